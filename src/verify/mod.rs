//! The design on an engine: its tables are created, filled with items that are like the model's, and
//! every access pattern is run as planned. What the plan says, what the items say by the service's
//! rules, and what the engine did are held against each other.

mod bind;
mod call;
mod change;
mod condition;
mod context;
mod difference;
pub mod engine;
mod figures;
pub mod items;
mod judge;
mod part;
mod pattern;
mod range;
mod rows;
mod run;
mod scenario;
mod tables;
mod vary;
mod verdict;

pub use pattern::PatternRun;
pub use run::{Options, Step, Verification, VerifyError, verify};
pub use tables::{Existing, run_prefix};
pub use verdict::{Figure, TOLERANCE_PERCENT, Verdict};

use crate::design::Request;
use crate::model::Operation;

/// What a request does to one item, whether it is a pattern or an action. A batch without actions
/// puts items.
fn item_operation(request: &Request<'_>) -> Operation {
    match request.operation {
        Operation::BatchGet | Operation::TransactGet => Operation::Get,
        Operation::BatchWrite | Operation::TransactWrite => Operation::Put,
        operation => operation,
    }
}

//! The gate: which findings are new, and whether a design has become too dear.
//!
//! A finding is known by its fingerprint, which no moved line changes. Known are those of a
//! baseline, and those that an earlier version of the file had already.

mod baseline;
mod before;
mod fail_on;
mod fingerprint;
mod increase;

pub use baseline::{BASELINE_VERSION, Baseline, BaselineError, DEFAULT_BASELINE, Entry, baseline_schema};
pub use before::keep_new;
pub use fail_on::FailOn;
pub use fingerprint::{Fingerprint, fingerprints};
pub use increase::{CostLimit, CostLimitError, Increase};

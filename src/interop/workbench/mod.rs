//! Models of NoSQL Workbench for Amazon DynamoDB.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/workbench.Modeler.ImportExisting.html>

mod entities;
mod read;
mod write;

pub(super) use read::{read, recognises};
pub use write::{Omission, write};

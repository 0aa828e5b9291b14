//! What DynamoDB does, as pure functions and constants that know nothing of a model.
//! Every constant names the documentation page that it comes from.

pub mod capacity;
pub mod limits;
pub mod propagation;
pub mod reserved;
pub mod size;

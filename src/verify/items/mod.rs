//! Items.

pub mod value;

pub use value::{AttributeValue, Attributes};

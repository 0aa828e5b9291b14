//! Items made from a model: the model scaled down to a number that a machine bears, and items that
//! have its keys, types, sizes, shares and relations.
//!
//! [`scale()`] gives a model whose numbers are those of the items, so that the planner and the load
//! say of it what a run over the items should show. [`Generator`] makes the items, the same ones for
//! the same model and seed on every platform.

mod assume;
mod clock;
mod collision;
mod dataset;
mod document;
mod format;
mod generator;
mod ids;
pub mod jsonl;
mod key;
mod mates;
mod order;
mod pool;
mod random;
mod recipe;
mod scale;
mod source;
mod spread;
mod statistics;
pub mod value;
mod workbench;

use crate::units::Bytes;

pub use collision::Collision;
pub use dataset::{Dataset, Generated};
pub(super) use format::listed;
pub use generator::Generator;
pub(super) use recipe::whole;
pub use scale::{Scaled, scale};
pub use value::{AttributeValue, Attributes};
pub use workbench::workbench;

/// The most items that are made at once; they are held in memory.
pub const MOST_ITEMS: u64 = 200_000;

/// The most bytes of items that are made at once; in memory they take about five times as much.
pub const MOST_BYTES: u64 = 128 << 20;

/// The number of items to load into a table, where none is asked for.
pub const USUAL_ITEMS: u64 = 10_000;

/// What was done to a model's numbers, for the person who reads the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of change it is.
    pub kind: NoteKind,
    /// What was changed, from what, to what.
    pub message: String,
}

/// Kinds of changes to a model's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// A number is smaller, in proportion.
    Scaled,
    /// A number is smaller than its proportion: what is found at this scale is less.
    Capped,
    /// A number that the model does not say was taken to be something.
    Assumed,
    /// Something cannot be made.
    LeftOut,
}

/// Why no items can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemsError {
    /// There is nothing to make items of.
    #[error("no entity of the model has a table and values for its key; items are made of entities")]
    NoEntities,
    /// More items than are made at once.
    #[error("{0} items are more than the {MOST_ITEMS} that are made at once; ask for fewer")]
    TooMany(u64),
    /// Fewer items than entities.
    #[error("{0} items are too few for {1} entities; ask for at least one of each")]
    TooFew(u64, usize),
    /// More bytes than are made at once.
    #[error(
        "the items would take {bytes} in all, more than the {} that are made at once; ask for fewer: {fewer} items would fit",
        Bytes(MOST_BYTES)
    )]
    TooLarge {
        /// Bytes that the items would take, rounded up to a megabyte.
        bytes: Bytes,
        /// About how many items take as many bytes as there may be.
        fewer: u64,
    },
}

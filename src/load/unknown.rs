//! What a number would need and the model does not say. An unknown is carried along and listed,
//! never taken as zero.

use crate::design::{EntityId, PathId};

/// A number, or what is missing for it.
pub type Known<'m, T> = Result<T, Unknown<'m>>;

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown<'m> {
    /// The size of an attribute's value.
    Size {
        /// The entity that has it.
        entity: EntityId,
        /// The attribute.
        attribute: &'m str,
    },
    /// The share of an entity's items that have an attribute.
    Presence {
        /// The entity that has it.
        entity: EntityId,
        /// The attribute.
        attribute: &'m str,
    },
    /// How often an update makes an item come into an index or leave it: membership hangs on a
    /// value that the update changes.
    Membership {
        /// The entity that is written.
        entity: EntityId,
        /// The index.
        path: PathId,
    },
    /// How many of an entity's new items come into an index: what decides it does not last, or is said
    /// in part.
    NewMembers {
        /// The entity that is put.
        entity: EntityId,
        /// The index.
        path: PathId,
        /// The attribute that the put would have to tell.
        attribute: &'m str,
    },
    /// How many items an entity has.
    Items(EntityId),
    /// How many items a call of a pattern evaluates.
    Evaluated(usize),
    /// How many of the items that a call of a pattern evaluates are of each entity, which differ in size.
    Kinds(usize),
    /// How many items a call of a pattern returns, which a second read must bring.
    Returned(usize),
    /// How many queries a call of a pattern takes.
    Queries(usize),
    /// How often a pattern is called on average.
    Rate(usize),
    /// How often a pattern is called at its peak.
    Peak(usize),
    /// No path serves the pattern, or names in it are wrong.
    Unserved(usize),
    /// The pattern is not designed yet.
    Undecided(usize),
    /// How the pattern's calls spread over the key values of a table or an index.
    Skew {
        /// The pattern.
        pattern: usize,
        /// The table or index.
        path: PathId,
    },
}

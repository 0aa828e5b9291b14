//! What the entries of an index hold.

use crate::design::AccessPath;
use crate::model::Projection;

/// Which attributes an entry of a table or index holds.
pub(crate) struct Held<'p> {
    base: &'p AccessPath<'p>,
    path: &'p AccessPath<'p>,
    projection: &'p Projection,
}

impl<'p> Held<'p> {
    /// What the entries of a path hold, whose table is `base`.
    pub(crate) fn new(base: &'p AccessPath<'p>, path: &'p AccessPath<'p>) -> Self {
        Self::with(base, path, path.projection)
    }

    /// What they would hold with another projection.
    pub(super) fn with(base: &'p AccessPath<'p>, path: &'p AccessPath<'p>, projection: &'p Projection) -> Self {
        Self { base, path, projection }
    }

    /// Whether an attribute is in the entries of items that have it.
    pub(crate) fn holds(&self, name: &str) -> bool {
        match self.projection {
            Projection::All => true,
            Projection::Include(names) if names.iter().any(|n| n == name) => true,
            _ => self.base.keys().chain(self.path.keys()).any(|key| key == name),
        }
    }

    /// Whether entries are whole items.
    pub(super) fn is_whole(&self) -> bool {
        *self.projection == Projection::All
    }
}

//! What does not last: attributes that other writes take from items or give another value, so that the
//! items that are there say little about new ones.

use std::collections::BTreeSet;

use super::write::said;
use crate::design::{Design, EntityId};
use crate::model::{Operation, Operator};

/// Attributes of entities that do not stay as a put has made them.
#[derive(Debug, Default)]
pub(super) struct Passing<'m> {
    taken: BTreeSet<(EntityId, &'m str)>,
    changed: BTreeSet<(EntityId, &'m str)>,
}

impl<'m> Passing<'m> {
    /// What the patterns and the tables' expiry do.
    pub(super) fn new(design: &Design<'m>) -> Self {
        let mut all = Self::default();
        for pattern in &design.patterns {
            for request in &pattern.requests {
                let Some(entity) = request.entities.first().copied() else { continue };
                let said = said(pattern, request);
                let of_entity = |name: &'m str| (entity, name);
                match request.operation {
                    Operation::Update => {
                        all.taken.extend(said.removes.into_iter().map(of_entity));
                        all.changed.extend(said.sets.0.keys().map(|name| of_entity(name)));
                    }
                    // Items that are deleted for what they have.
                    Operation::Delete => {
                        let has = request.conditions.iter().filter(|(_, it)| it.operator != Operator::Missing);
                        all.taken.extend(has.map(|(name, _)| of_entity(name)));
                    }
                    _ => {
                        let overwrite = said.replaces.into_iter();
                        for overwrite in overwrite {
                            all.taken.extend(overwrite.drops.iter().map(|name| of_entity(name)));
                            let changes = overwrite.changes.iter().flat_map(|names| names.iter());
                            all.changed.extend(changes.map(|name| of_entity(name)));
                        }
                    }
                }
            }
        }
        for entity in &design.entities {
            let table = entity.table.and_then(|table| design.table(table));
            if let Some(expiry) = table.and_then(|table| table.table.time_to_live.as_deref()) {
                all.taken.insert((entity.id, expiry));
            }
        }
        all
    }

    /// Whether items lose an attribute, so that it is rarer than among new ones.
    pub(super) fn is_taken(&self, entity: EntityId, name: &'m str) -> bool {
        self.taken.contains(&(entity, name))
    }

    /// Whether an attribute gets other values than a new item's.
    pub(super) fn is_changed(&self, entity: EntityId, name: &'m str) -> bool {
        self.changed.contains(&(entity, name)) || self.is_taken(entity, name)
    }
}

//! Items that would have the same primary key: the second would overwrite the first.

use std::collections::HashMap;

use crate::IndexMap;

use super::value::{AttributeValue, Attributes};
use crate::design::EntityId;

/// Items of two entities, or of one, that have the same primary keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The table.
    pub table: String,
    /// The entity whose items are kept.
    pub first: EntityId,
    /// The entity whose items would overwrite them, and are left out.
    pub second: EntityId,
    /// The first key that both have.
    pub key: Attributes,
    /// How many items are left out.
    pub items: u64,
}

/// The primary keys of a table's items.
#[derive(Debug, Default)]
pub(super) struct Keys {
    taken: HashMap<Vec<AttributeValue>, EntityId>,
    found: IndexMap<(EntityId, EntityId), Collision>,
}

impl Keys {
    /// Takes a key for an item of an entity; whether it was free.
    pub(super) fn take(&mut self, table: &str, entity: EntityId, key: &Attributes) -> bool {
        let values: Vec<AttributeValue> = key.values().cloned().collect();
        let Some(first) = self.taken.get(&values).copied() else {
            self.taken.insert(values, entity);
            return true;
        };
        let new = || Collision { table: table.to_owned(), first, second: entity, key: key.clone(), items: 0 };
        let collision = self.found.entry((first, entity)).or_insert_with(new);
        collision.items = collision.items.saturating_add(1);
        false
    }

    /// What collided.
    pub(super) fn collisions(self) -> impl Iterator<Item = Collision> {
        self.found.into_values()
    }
}

//! The items of all tables.

use std::ops::Range;

use crate::IndexMap;

use super::collision::Collision;
use super::value::{AttributeValue, Attributes};
use crate::design::EntityId;

/// An item with the values that it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The entity that it is one of.
    pub entity: EntityId,
    /// Its values by attribute name, those included that stand only inside keys.
    pub values: Attributes,
    /// The item as it is stored.
    pub item: Attributes,
}

impl Generated {
    /// The value of an attribute or of a key attribute.
    pub fn value(&self, name: &str) -> Option<&AttributeValue> {
        self.values.get(name).or_else(|| self.item.get(name))
    }
}

/// Items of all tables.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// The items of each table, entity by entity in the model's order.
    pub tables: IndexMap<String, Vec<Generated>>,
    /// Items that were left out because others have their primary keys.
    pub collisions: Vec<Collision>,
    /// Where each entity's items stand in those of its table; by [`EntityId`].
    pub(super) places: Vec<Option<(String, Range<usize>)>>,
}

impl Dataset {
    /// The items of an entity, in the order in which they were made.
    pub fn of(&self, entity: EntityId) -> &[Generated] {
        let Some(Some((table, range))) = self.places.get(entity.0) else { return &[] };
        self.tables.get(table).and_then(|items| items.get(range.clone())).unwrap_or_default()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.tables.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all items.
    pub fn bytes(&self) -> u64 {
        self.tables.values().flatten().map(|made| super::value::item_size(&made.item)).sum()
    }
}

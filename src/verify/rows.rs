//! The items of a run, by table, as the tables hold them.

use std::collections::BTreeMap;

use super::items::Generated;
use super::items::value::{AttributeValue, Attributes};
use crate::design::{AccessPath, Design, EntityId, TableId};
use crate::load::Held;

/// An item, with the values that it was made of.
pub(super) type Row = Generated;

/// The items of all tables.
#[derive(Debug)]
pub(super) struct Rows<'d, 'm> {
    design: &'d Design<'m>,
    tables: Vec<Vec<Row>>,
    by_key: Vec<BTreeMap<Vec<AttributeValue>, usize>>,
}

impl<'d, 'm> Rows<'d, 'm> {
    /// No items yet.
    pub(super) fn new(design: &'d Design<'m>) -> Self {
        let tables = design.tables.iter().map(|_| Vec::new()).collect();
        Self { design, tables, by_key: design.tables.iter().map(|_| BTreeMap::new()).collect() }
    }

    /// Adds an item of a table; the one that has its key already, if there is one, stays instead.
    pub(super) fn add(&mut self, table: TableId, row: Row) -> Result<(), Row> {
        let key = self.key(table, &row.item).map(|key| key.into_values().collect::<Vec<_>>());
        let (Some(key), Some(rows), Some(keys)) = (key, self.tables.get_mut(table.0), self.by_key.get_mut(table.0))
        else {
            return Err(row);
        };
        if keys.contains_key(&key) {
            return Err(row);
        }
        keys.insert(key, rows.len());
        rows.push(row);
        Ok(())
    }

    /// The items of a table.
    pub(super) fn of_table(&self, table: TableId) -> &[Row] {
        self.tables.get(table.0).map(Vec::as_slice).unwrap_or_default()
    }

    /// The items of an entity.
    pub(super) fn of_entity(&self, entity: EntityId) -> impl Iterator<Item = &Row> {
        let table = self.design.entity(entity).and_then(|entity| entity.table);
        let rows = table.map(|table| self.of_table(table)).unwrap_or_default();
        rows.iter().filter(move |row| row.entity == entity)
    }

    /// The item with a primary key.
    pub(super) fn at(&self, table: TableId, key: &Attributes) -> Option<&Row> {
        let position = self.by_key.get(table.0)?.get(&key.values().cloned().collect::<Vec<_>>())?;
        self.tables.get(table.0)?.get(*position)
    }

    /// The primary key of an item of a table; nothing where it lacks a part of it.
    pub(super) fn key(&self, table: TableId, item: &Attributes) -> Option<Attributes> {
        let base = self.design.base_path(table)?;
        base.keys().map(|key| Some((key.to_owned(), item.get(key)?.clone()))).collect()
    }

    /// What a path holds of an item; nothing where the item is not in it.
    pub(super) fn entry(&self, path: &AccessPath<'m>, item: &Attributes) -> Option<Attributes> {
        entry(self.design, path, item)
    }
}

/// What a path holds of an item; nothing where the item lacks a key attribute of it.
pub(super) fn entry(design: &Design<'_>, path: &AccessPath<'_>, item: &Attributes) -> Option<Attributes> {
    if !path.keys().all(|key| item.get(key).is_some_and(is_scalar)) {
        return None;
    }
    if path.is_table() {
        return Some(item.clone());
    }
    let held = Held::new(design.base_path(path.table)?, path);
    Some(item.iter().filter(|(name, _)| held.holds(name)).map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn is_scalar(value: &AttributeValue) -> bool {
    matches!(value, AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::B(_))
}

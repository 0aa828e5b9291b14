//! Whose values a pattern asks for: key values spread evenly over small and large collections, so
//! that a few calls stand for all.

use std::collections::{BTreeMap, BTreeSet};

use super::Asked;
use crate::design::{Design, EntityId};
use crate::model::Operator;
use crate::verify::items::value::{AttributeValue, item_size};
use crate::verify::rows::Row;

/// Items whose values a number of calls ask for. Key values that the parents have and no item uses
/// are among them, since a parent may have no children.
pub fn subjects<'a>(asked: &Asked<'a, '_, '_>, calls: usize) -> Vec<&'a Row> {
    let mut names: Vec<&str> = Vec::new();
    for (name, condition) in asked.request.conditions {
        if condition.operator == Operator::Equals && condition.value.is_none() {
            names.push(name);
        }
    }
    for name in asked.request.key.keys() {
        let fill = asked.entity.fills.get(name.as_str());
        for attribute in fill.into_iter().flat_map(|fill| fill.template.attributes()) {
            if asked.access.partition.iter().any(|term| term.key == *name) && !names.contains(&attribute) {
                names.push(attribute);
            }
        }
    }
    // Of a key value: its first item, how many there are, and their bytes.
    let mut groups: BTreeMap<Vec<&AttributeValue>, (usize, &'a Row, u64, u64)> = BTreeMap::new();
    let mut order = 0;
    let entities: Vec<EntityId> = asked.request.entities.clone();
    let mut add = |row: &'a Row, counts: u64| {
        let Some(values) = names.iter().map(|name| row.value(name)).collect::<Option<Vec<_>>>() else { return };
        let bytes = item_size(&row.item);
        let group = groups.entry(values).or_insert((order, row, 0, 0));
        group.2 = group.2.saturating_add(counts);
        group.3 = group.3.saturating_add(bytes.saturating_mul(counts));
        order += 1;
    };
    for entity in &entities {
        for row in asked.rows.of_entity(*entity).filter(|row| asked.is_member(row) && has_literals(asked, row)) {
            add(row, 1);
        }
    }
    if !asked.access.is_item && !names.is_empty() {
        for ancestor in ancestors(asked.design, &entities) {
            for row in asked.rows.of_entity(ancestor) {
                add(row, 0);
            }
        }
    }
    let mut sorted: Vec<(u64, u64, usize, &'a Row)> =
        groups.into_values().map(|(order, row, count, bytes)| (count, bytes, order, row)).collect();
    if sorted.is_empty() {
        let any = entities.iter().flat_map(|entity| asked.rows.of_entity(*entity));
        sorted = any.enumerate().map(|(order, row)| (0, 0, order, row)).collect();
    }
    sorted.sort_by_key(|(count, bytes, order, _)| (*count, *bytes, *order));
    // The middle of each of as many equal parts.
    let middle = |call: usize| (2 * call + 1).saturating_mul(sorted.len()) / calls.saturating_mul(2).max(1);
    (0..calls).filter_map(|call| sorted.get(middle(call)).map(|(.., row)| *row)).collect()
}

/// Whether an item has the fixed values that the request asks for.
fn has_literals(asked: &Asked<'_, '_, '_>, row: &Row) -> bool {
    asked.request.conditions.iter().all(|(name, condition)| match (condition.operator, &condition.value) {
        (Operator::Equals, Some(values)) => {
            let wanted = values.0.first().map(|literal| literal.text());
            row.value(name).is_none_or(|value| match value {
                AttributeValue::Bool(is_true) => wanted == Some(if *is_true { "true" } else { "false" }),
                other => other.text() == wanted,
            })
        }
        (Operator::Exists, _) => row.value(name).is_some(),
        (Operator::Missing, _) => row.value(name).is_none(),
        _ => true,
    })
}

fn ancestors(design: &Design<'_>, of: &[EntityId]) -> BTreeSet<EntityId> {
    let mut found = BTreeSet::new();
    let mut left: Vec<EntityId> = of.to_vec();
    while let Some(entity) = left.pop().and_then(|id| design.entity(id)) {
        for (parent, ..) in &entity.parents {
            if found.insert(*parent) {
                left.push(*parent);
            }
        }
    }
    found
}

//! Whose values a pattern asks for: key values spread evenly over small and large collections, so
//! that a few calls stand for all.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, is_literal};
use crate::design::{Design, EntityDesign, EntityId};
use crate::model::Operator;
use crate::verify::items::value::{AttributeValue, item_size};
use crate::verify::rows::Row;

/// Items whose values a number of calls ask for. Key values that the parents have and no item uses
/// are among them, since a parent may have no children.
pub(crate) fn subjects<'a>(asked: &Asked<'a, '_, '_>, calls: usize) -> Vec<Cow<'a, Row>> {
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
    let mut add = |row: &'a Row, counts: u64| {
        let Some(values) = names.iter().map(|name| row.value(name)).collect::<Option<Vec<_>>>() else { return };
        let bytes = item_size(&row.item);
        let group = groups.entry(values).or_insert((order, row, 0, 0));
        group.2 = group.2.saturating_add(counts);
        group.3 = group.3.saturating_add(bytes.saturating_mul(counts));
        order += 1;
    };
    let all = || asked.request.entities.iter().flat_map(|entity| asked.rows.of_entity(*entity));
    for row in all() {
        match (asked.is_member(row) && has_literals(asked, row), asked.access.is_item) {
            (true, _) => add(row, 1),
            // Of values that no item in the path has, a query finds nothing.
            (false, false) => add(row, 0),
            (false, true) => {}
        }
    }
    let mut parents = 0;
    if !asked.access.is_item && !names.is_empty() {
        let has_values_of = |ancestor: &EntityId| {
            asked.design.entity(*ancestor).is_some_and(|of| names.iter().all(|name| is_from(asked, of, name)))
        };
        for ancestor in ancestors(asked.design, &asked.request.entities).into_iter().filter(has_values_of) {
            for row in asked.rows.of_entity(ancestor).filter(|row| names.iter().all(|name| row.value(name).is_some())) {
                add(row, 0);
                parents += 1;
            }
        }
    }
    let unused = if parents == 0 && !asked.access.is_item { unused(&names, all().count(), &groups) } else { None };
    let mut sorted: Vec<(u64, u64, usize, &'a Row)> =
        groups.into_values().map(|(order, row, count, bytes)| (count, bytes, order, row)).collect();
    if sorted.is_empty() {
        sorted = all().enumerate().map(|(order, row)| (0, 0, order, row)).collect();
    }
    sorted.sort_by_key(|(count, bytes, order, _)| (*count, *bytes, *order));
    let ahead = unused.as_ref().map_or(0, |(_, count)| *count);
    let total = sorted.len().saturating_add(ahead);
    // The middle of each of as many equal parts.
    let middle = |call: usize| (2 * call + 1).saturating_mul(total) / calls.saturating_mul(2).max(1);
    let nth = |position: usize| match (position.checked_sub(ahead), &unused) {
        (None, Some((row, _))) => Some(Cow::Owned(row.clone())),
        (position, _) => sorted.get(position.unwrap_or(0)).map(|(.., row)| Cow::Borrowed(*row)),
    };
    (0..calls).filter_map(|call| nth(middle(call))).collect()
}

/// Combinations of values that no item has although each value is some item's, and how many there are:
/// the values of attributes that come from no common parent go together as they like, up to as many
/// combinations as there are items.
fn unused<T>(
    names: &[&str],
    items: usize,
    groups: &BTreeMap<Vec<&AttributeValue>, (T, &Row, u64, u64)>,
) -> Option<(Row, usize)> {
    const MOST_TRIED: usize = 10_000;
    let mut different: Vec<BTreeSet<&AttributeValue>> = names.iter().map(|_| BTreeSet::new()).collect();
    for values in groups.keys() {
        for (all, value) in different.iter_mut().zip(values) {
            all.insert(*value);
        }
    }
    let product = different.iter().fold(1_usize, |product, all| product.saturating_mul(all.len()));
    let count = product.min(items).checked_sub(groups.len()).filter(|count| *count > 0)?;
    let combination = |mut number: usize| -> Option<Vec<&AttributeValue>> {
        let pick = |all: &BTreeSet<&'_ AttributeValue>, number: &mut usize| {
            let position = *number % all.len().max(1);
            *number /= all.len().max(1);
            position
        };
        different.iter().map(|all| all.iter().nth(pick(all, &mut number)).copied()).collect()
    };
    let missing = (0..product.min(MOST_TRIED)).filter_map(combination).find(|values| !groups.contains_key(values))?;
    let mut row = groups.values().next()?.1.clone();
    for (name, value) in names.iter().zip(missing) {
        row.values.insert((*name).to_owned(), value.clone());
    }
    Some((row, count))
}

/// Whether an item has the fixed values that the request asks for.
fn has_literals(asked: &Asked<'_, '_, '_>, row: &Row) -> bool {
    asked.request.conditions.iter().all(|(name, condition)| match (condition.operator, &condition.value) {
        (Operator::Equals, Some(values)) => {
            let is_wanted = |value| values.0.first().is_some_and(|literal| is_literal(value, literal.text()));
            row.value(name).is_none_or(is_wanted)
        }
        (Operator::Exists, _) => row.value(name).is_some(),
        (Operator::Missing, _) => row.value(name).is_none(),
        _ => true,
    })
}

/// Whether an attribute of the items that are asked for has an ancestor's values: what says itself how many
/// different values it has, and does not tell the ancestors apart, has values of its own.
fn is_from(asked: &Asked<'_, '_, '_>, ancestor: &EntityDesign<'_>, name: &str) -> bool {
    let says = asked.with(name).attribute(name).is_some_and(|attribute| attribute.distinct.is_some());
    !says || ancestor.identity.iter().any(|known| known == name)
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

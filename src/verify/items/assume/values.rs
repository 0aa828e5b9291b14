//! How many different values attributes have, where the model does not say it.

use rust_decimal::Decimal;

use super::super::order::{parents, parents_first};
use super::PER_VALUE;
use crate::design::{Design, EntityDesign, EntityId, Part};
use crate::model::{AttributeType, Model, Operator};
use crate::units::{Count, Portion};

/// Children of children, as far as their assumptions wait for those of their parents.
const DEEPEST: u32 = 20;

/// How many different values the parts of partition keys have, and what patterns compare. Children have the
/// values of their parents, so they come after these.
pub(super) fn distinct(model: &mut Model) -> Vec<String> {
    let mut said = Vec::new();
    for depth in 0.. {
        let design = Design::new(model);
        let mut found: Vec<(String, String, Decimal)> = Vec::new();
        let mut waiting = vec![false; design.entities.len()];
        for entity in parents_first(&design).into_iter().filter_map(|id| design.entity(id)) {
            let waits = |id: EntityId| waiting.get(id.0).copied().unwrap_or(false);
            let before = found.len();
            let has_waiting_parent = depth < DEEPEST && parents(&design, entity).any(waits);
            if !has_waiting_parent {
                values_of(&design, entity, &mut found);
            }
            if let Some(place) = waiting.get_mut(entity.id.0) {
                *place = has_waiting_parent || found.len() > before;
            }
        }
        if found.is_empty() {
            break;
        }
        for (entity_name, name, count) in found {
            let Some(entity) = model.entities.get_mut(&entity_name) else { continue };
            let Some(attribute) = entity.attributes.get_mut(&name) else { continue };
            attribute.distinct = Some(Count(count));
            said.push(format!("`{name}` of `{entity_name}` has {} different values", Count(count)));
        }
    }
    said
}

fn values_of(design: &Design<'_>, entity: &EntityDesign<'_>, found: &mut Vec<(String, String, Decimal)>) {
    let mut with = entity.clone();
    if let Some((id, items)) = own_id(design, entity).zip(entity.items) {
        with.distinct.insert(id, items);
        found.push((entity.name.to_owned(), id.to_owned(), items));
    }
    for path in design.paths.iter().filter(|path| design.is_in(entity, path)) {
        let fills = path.partition.iter().filter_map(|key| entity.fills.get(key));
        let parts = fills.flat_map(|fill| fill.template.parts.iter()).filter_map(|part| match part {
            Part::Attribute { name, cut: None } => Some(&**name),
            _ => None,
        });
        assume_values(design, &mut with, &parts.collect::<Vec<_>>(), found);
    }
    let requests = design.patterns.iter().flat_map(|pattern| &pattern.requests);
    for request in requests.filter(|request| request.entities.contains(&entity.id)) {
        let equal = request.conditions.iter().filter(|(_, condition)| condition.operator == Operator::Equals);
        let names: Vec<&str> = equal.clone().map(|(name, _)| name.as_str()).collect();
        if design.groups(&with, &names).is_some() {
            continue;
        }
        for (name, _) in equal.filter(|(_, condition)| condition.matches.is_none()) {
            assume_values(design, &mut with, &[name], found);
        }
    }
}

/// The text that tells an item from all others: the last part of the primary key that no parent has.
fn own_id<'m>(design: &Design<'m>, entity: &EntityDesign<'m>) -> Option<&'m str> {
    let parents: Vec<_> = entity.parents.iter().filter_map(|(id, ..)| design.entity(*id)).collect();
    let is_unknown = |name: &&String| !entity.distinct.contains_key(name.as_str());
    let own = |name: &&String| !parents.iter().any(|parent| parent.knows(name));
    let last = entity.identity.iter().filter(is_unknown).rfind(own)?;
    let (name, attribute) = entity.entity.attributes.get_key_value(last)?;
    matches!(attribute.kind, AttributeType::String | AttributeType::Binary).then_some(name.as_str())
}

/// Takes as many values for the attributes whose number of values is unknown that all of them together
/// split the items into groups of a usual size.
fn assume_values<'m>(
    design: &Design<'m>,
    entity: &mut EntityDesign<'m>,
    names: &[&str],
    found: &mut Vec<(String, String, Decimal)>,
) {
    let Some(items) = entity.items else { return };
    for name in names {
        let Some((known, attribute)) = entity.entity.attributes.get_key_value(*name) else { continue };
        let knows = |name: &&str| entity.distinct.contains_key(*name);
        if knows(name) || design.groups(entity, names).is_some() || !can_repeat(attribute.kind) {
            continue;
        }
        let others: Vec<&str> = names.iter().copied().filter(|other| other != name).filter(knows).collect();
        let others = design.groups(entity, &others).unwrap_or(Decimal::ONE).max(Decimal::ONE);
        let size = said_of(design, entity.id, name, items).unwrap_or(Decimal::from(PER_VALUE));
        let size = size.max(Decimal::ONE);
        let groups = items.checked_div(size).and_then(|groups| groups.checked_div(others)).unwrap_or(Decimal::ONE);
        let count = groups.ceil().clamp(Decimal::ONE, items.max(Decimal::ONE));
        entity.distinct.insert(known.as_str(), count);
        found.push((entity.name.to_owned(), (*name).to_owned(), count));
    }
}

fn can_repeat(kind: AttributeType) -> bool {
    use AttributeType::{List, Map, Null};
    !matches!(kind, List | Map | Null)
}

/// How many items one value of an attribute has, as a pattern says it that compares the attribute.
fn said_of(design: &Design<'_>, entity: EntityId, name: &str, items: Decimal) -> Option<Decimal> {
    design.patterns.iter().flat_map(|pattern| &pattern.requests).filter(|r| r.entities.contains(&entity)).find_map(
        |request| {
            let condition = request.conditions.get(name).filter(|c| c.operator == Operator::Equals)?;
            match condition.matches? {
                Portion::Count(count) => Some(count.0),
                Portion::Share(share) => Some(items.saturating_mul(share.0)),
            }
        },
    )
}

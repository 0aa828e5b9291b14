//! A model with nothing unknown that items need: what it does not say is taken to be something usual,
//! and each of these assumptions is noted.

use indexmap::{IndexMap, IndexSet};
use rust_decimal::Decimal;

use super::format::{shard_digits, usual_size};
use super::{Note, NoteKind};
use crate::design::{Design, EntityDesign, EntityId, Part};
use crate::load::{Shape, Shapes};
use crate::model::{Attribute, AttributeType, Children, Model, Operator};
use crate::service::limits::NUMBER_DIGITS;
use crate::units::{Bytes, Count, Portion, Share};

/// Items of an entity whose number nobody knows.
const ITEMS: u64 = 100;

/// Items of each parent, and of each value of a key, where that is not known.
const PER_VALUE: u64 = 10;

/// The share of items that have an optional attribute.
pub(super) const PRESENT: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// A step of completion: what it takes to be so.
type Step = fn(&mut Model) -> Vec<String>;

/// Completes a model with everything that its items need, but for the numbers of different values.
pub(super) fn complete(model: &mut Model) -> Vec<Note> {
    run(model, &[attributes, shares, sizes, relations, counts])
}

/// Completes a model whose numbers of items are those that are made with the numbers of different values.
pub(super) fn complete_distinct(model: &mut Model) -> Vec<Note> {
    run(model, &[distinct])
}

fn run(model: &mut Model, steps: &[Step]) -> Vec<Note> {
    let said = steps.iter().flat_map(|step| step(model));
    said.map(|message| Note { kind: NoteKind::Assumed, message }).collect()
}

/// Attributes that keys and patterns name and their entity does not list.
fn attributes(model: &mut Model) -> Vec<String> {
    let mut missing: IndexMap<String, IndexSet<String>> = IndexMap::new();
    let design = Design::new(model);
    for entity in &design.entities {
        let parts = entity.fills.values().flat_map(|fill| fill.template.attributes());
        let mut names: IndexSet<String> = parts.map(str::to_owned).collect();
        if !entity.is_closed() {
            names.extend(names_in_patterns(&design, entity));
        }
        names.retain(|name| !entity.entity.attributes.contains_key(name));
        if !names.is_empty() {
            missing.insert(entity.name.to_owned(), names);
        }
    }
    let mut said = Vec::new();
    for (entity, names) in missing {
        said.push(format!("`{entity}` does not say what {} are: text", quoted(&names)));
        let Some(entity) = model.entities.get_mut(&entity) else { continue };
        entity.attributes.extend(names.into_iter().map(|name| (name, Attribute::default())));
    }
    said
}

/// What patterns name of an entity, key attributes of its table aside.
fn names_in_patterns(design: &Design<'_>, entity: &EntityDesign<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for pattern in design.patterns.iter().filter(|pattern| pattern.is_bound) {
        for request in pattern.requests.iter().filter(|request| request.entities.contains(&entity.id)) {
            names.extend(request.conditions.keys().cloned());
            match request.action {
                Some(action) => {
                    names.extend(action.sets.0.keys().cloned());
                    names.extend(
                        [&action.adds, &action.removes, &action.appends].into_iter().flat_map(|n| n.iter().cloned()),
                    );
                }
                None => {
                    let pattern = pattern.pattern;
                    names.extend(pattern.sets.0.keys().cloned());
                    let lists = [&pattern.adds, &pattern.removes, &pattern.appends];
                    names.extend(lists.into_iter().chain(&pattern.select).flat_map(|n| n.iter().cloned()));
                }
            }
        }
    }
    let paths = entity.table.into_iter().flat_map(|table| design.paths_of(table));
    let keys: Vec<&str> = paths.flat_map(|(_, path)| path.keys()).collect();
    names.retain(|name| !keys.contains(&name.as_str()));
    names
}

/// Shares of optional attributes and of listed values.
fn shares(model: &mut Model) -> Vec<String> {
    let mut said = Vec::new();
    for (name, entity) in &mut model.entities {
        let mut optional = IndexSet::new();
        for (attribute_name, attribute) in &mut entity.attributes {
            if attribute.optional == Some(true) && attribute.present.is_none() {
                attribute.present = Some(Share(PRESENT));
                optional.insert(attribute_name.clone());
            }
            if let Some(values) = &mut attribute.values {
                let known = values.0.values().flatten().fold(Decimal::ZERO, |sum, share| sum.saturating_add(share.0));
                let unknown = values.0.values().filter(|share| share.is_none()).count();
                let left = Decimal::ONE.saturating_sub(known).max(Decimal::ZERO);
                let each = left.checked_div(Decimal::from(unknown)).unwrap_or_default();
                for share in values.0.values_mut().filter(|share| share.is_none()) {
                    *share = Some(Share(each));
                }
            }
        }
        if !optional.is_empty() {
            said.push(format!("half of the items of `{name}` have {}", quoted(&optional)));
        }
    }
    said
}

/// Sizes of values that have none.
fn sizes(model: &mut Model) -> Vec<String> {
    let design = Design::new(model);
    let shapes = Shapes::new(&design);
    let room: Vec<Option<u64>> = design.entities.iter().map(|entity| room(entity, shapes.of(entity.id))).collect();
    let mut said = Vec::new();
    for ((name, entity), room) in model.entities.iter_mut().zip(room) {
        let mut taken = Vec::new();
        for (attribute_name, attribute) in &mut entity.attributes {
            if let Some(size) = attribute.size.filter(|_| attribute.kind == AttributeType::Number) {
                let digits = u32::try_from(size.0.saturating_sub(1).saturating_mul(2)).unwrap_or(NUMBER_DIGITS);
                attribute.digits = attribute.digits.or(Some(digits.clamp(1, NUMBER_DIGITS)));
            }
            if let Some(digits) = attribute.shards.map(shard_digits) {
                match attribute.kind {
                    AttributeType::Number => attribute.digits = attribute.digits.or(Some(digits)),
                    _ => attribute.size = attribute.size.or(Some(Bytes(u64::from(digits)))),
                }
            }
            if attribute.size.is_none() && attribute.values.is_none() && has_no_size(attribute.kind) {
                let usual = usual_size(attribute);
                let size = room.map_or(usual, |room| usual.min(room.max(3)));
                attribute.size = Some(Bytes(size));
                taken.push(format!("`{attribute_name}` {size}"));
            }
        }
        if !taken.is_empty() {
            said.push(format!("sizes of `{name}` that the model does not say, in bytes: {}", taken.join(", ")));
        }
    }
    said
}

fn has_no_size(kind: AttributeType) -> bool {
    use AttributeType::{Binary, BinarySet, List, Map, NumberSet, String, StringSet};
    matches!(kind, String | Binary | List | Map | StringSet | NumberSet | BinarySet)
}

/// Bytes that each value without a size may take in an item whose size is known. Half of what is left,
/// as a value may also stand inside keys.
fn room(entity: &EntityDesign<'_>, shape: Option<&Shape<'_>>) -> Option<u64> {
    let (size, shape) = (entity.entity.size?, shape?);
    let unsized_values = shape.unsized_attributes().count().max(1) as u64;
    let (known, _) = shape.sum_of_attributes();
    let left = size.0.saturating_sub(super::recipe::whole(known));
    Some(left / 2 / unsized_values)
}

/// How many children a parent has, where neither says it.
fn relations(model: &mut Model) -> Vec<String> {
    let design = Design::new(model);
    let unknown: Vec<(String, String, Decimal)> = design
        .entities
        .iter()
        .filter(|entity| entity.items.is_none() && entity.parents.iter().all(|(_, average, _)| average.is_none()))
        .filter_map(|entity| {
            let parent = super::generator::parents(&design, entity).next()?;
            let parent = design.entity(parent)?;
            let usual = if entity.identity.iter().all(|name| parent.knows(name)) { 1 } else { PER_VALUE };
            Some((entity.name.to_owned(), parent.name.to_owned(), Decimal::from(usual)))
        })
        .collect();
    let mut said = Vec::new();
    for (name, parent, usual) in unknown {
        let Some(entity) = model.entities.get_mut(&name) else { continue };
        let max = entity.belongs_to.0.get(&parent).and_then(|children| children.as_ref()?.max);
        let average = max.map_or(usual, |max| max.0.min(usual));
        said.push(format!("`{name}` has {} items for each `{parent}`", Count(average)));
        entity.belongs_to.0.insert(parent, Some(Children { average: Some(Count(average)), max }));
    }
    said
}

/// How many items there are, where nothing says it.
fn counts(model: &mut Model) -> Vec<String> {
    let mut said = Vec::new();
    loop {
        let design = Design::new(model);
        // A child's number may follow from that of a parent which has none yet.
        let waits = |entity: &EntityDesign<'_>| {
            let mut parents = super::generator::parents(&design, entity);
            parents.any(|id| design.entity(id).is_some_and(|parent| parent.items.is_none()))
        };
        let unknown = |entity: &&EntityDesign<'_>| entity.items.is_none() && entity.entity.items.is_none();
        let first = design.entities.iter().filter(unknown).find(|entity| !waits(entity));
        let Some(entity) = first.or_else(|| design.entities.iter().find(unknown)) else { return said };
        // As many as there are different keys, where these are few.
        let keys = entity
            .identity
            .iter()
            .try_fold(Decimal::ONE, |keys, name| Some(keys.saturating_mul(*entity.distinct.get(name.as_str())?)));
        let items = Count(keys.unwrap_or(Decimal::MAX).min(Decimal::from(ITEMS)));
        let name = entity.name.to_owned();
        said.push(format!("the number of items of `{name}` is {items}"));
        if let Some(entity) = model.entities.get_mut(&name) {
            entity.items = Some(items);
        }
    }
}

/// How many different values the parts of partition keys have, and what patterns compare.
fn distinct(model: &mut Model) -> Vec<String> {
    let mut said = Vec::new();
    let mut found: Vec<(String, String, Decimal)> = Vec::new();
    let design = Design::new(model);
    for entity in &design.entities {
        let mut with = entity.clone();
        if let Some((id, items)) = own_id(&design, entity).zip(entity.items) {
            with.distinct.insert(id, items);
            found.push((entity.name.to_owned(), id.to_owned(), items));
        }
        for path in design.paths.iter().filter(|path| design.is_in(entity, path)) {
            let fills = path.partition.iter().filter_map(|key| entity.fills.get(key));
            let parts = fills.flat_map(|fill| &fill.template.parts).filter_map(|part| match part {
                Part::Attribute { name, cut: None } => Some(name.as_str()),
                _ => None,
            });
            assume_values(&design, &mut with, &parts.collect::<Vec<_>>(), &mut found);
        }
        let requests = design.patterns.iter().flat_map(|pattern| &pattern.requests);
        for request in requests.filter(|request| request.entities.contains(&entity.id)) {
            let equal = request.conditions.iter().filter(|(_, condition)| condition.operator == Operator::Equals);
            let names: Vec<&str> = equal.clone().map(|(name, _)| name.as_str()).collect();
            if design.groups(&with, &names).is_some() {
                continue;
            }
            for (name, _) in equal.filter(|(_, condition)| condition.matches.is_none()) {
                assume_values(&design, &mut with, &[name], &mut found);
            }
        }
    }
    for (entity_name, name, count) in found {
        let Some(entity) = model.entities.get_mut(&entity_name) else { continue };
        let Some(attribute) = entity.attributes.get_mut(&name) else { continue };
        attribute.distinct = Some(Count(count));
        said.push(format!("`{name}` of `{entity_name}` has {} different values", Count(count)));
    }
    said
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

fn quoted(names: &IndexSet<String>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

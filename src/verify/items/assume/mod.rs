//! A model with nothing unknown that items need: what it does not say is taken to be something usual,
//! and each of these assumptions is noted.

mod counts;
mod values;

use indexmap::IndexSet;

use crate::IndexMap;
use rust_decimal::Decimal;

use super::format::{shard_digits, usual_size};
use super::{Note, NoteKind};
use crate::design::{Design, EntityDesign};
use crate::load::{Shape, Shapes};
use crate::model::{Attribute, AttributeType, Model};
use crate::service::limits::NUMBER_DIGITS;
use crate::units::{Bytes, Share};

/// Items of each parent, and of each value of a key, where that is not known.
const PER_VALUE: u64 = 10;

/// The share of items that have an optional attribute.
pub(super) const PRESENT: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// A step of completion: what it takes to be so.
type Step = fn(&mut Model) -> Vec<String>;

/// Completes a model with everything that its items need, but for the numbers of different values.
pub(super) fn complete(model: &mut Model) -> Vec<Note> {
    run(model, &[attributes, shares, sizes, counts::relations, counts::counts])
}

/// Completes a model whose numbers of items are those that are made with the numbers of different values.
pub(super) fn complete_distinct(model: &mut Model) -> Vec<Note> {
    run(model, &[values::distinct])
}

fn run(model: &mut Model, steps: &[Step]) -> Vec<Note> {
    let said = steps.iter().flat_map(|step| step(model));
    said.map(|message| Note { kind: NoteKind::Assumed, message }).collect()
}

/// Attributes that keys and patterns name and their entity does not list.
fn attributes(model: &mut Model) -> Vec<String> {
    let mut missing: IndexMap<String, IndexSet<String>> = IndexMap::default();
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

fn quoted(names: &IndexSet<String>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

//! Types of key attributes, and of the time-to-live attribute.

use std::collections::BTreeMap;

use crate::design::EntityDesign;
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::{AttributeType, KeyType};
use crate::plan::scalar_type;

pub(super) const RULES: &[Rule] = &[
    rule!("key-type", Keys, Error, key_type),
    rule!("key-type-conflict", Keys, Error, key_type_conflict),
    rule!("time-to-live-type", Keys, Error, time_to_live_type),
    rule!("mixed-time-formats", Keys, Warning, mixed_time_formats),
];

/// Why a type cannot be a key.
fn not_a_key(kind: AttributeType) -> Option<&'static str> {
    use AttributeType::{BinarySet, Boolean, List, Map, Null, NumberSet, StringSet};
    match kind {
        Boolean => Some("a boolean"),
        Null => Some("null"),
        List => Some("a list"),
        Map => Some("a map"),
        StringSet | NumberSet | BinarySet => Some("a set"),
        _ => None,
    }
}

fn key_type(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (key, fill) in &entity.fills {
            for name in fill.template.attributes() {
                let Some(what) = not_a_key(entity.kind_of(name)) else { continue };
                let whole = fill.template.copied().is_some();
                // A boolean inside a text template is just text.
                if !whole && entity.kind_of(name) == AttributeType::Boolean {
                    continue;
                }
                let several = matches!(what, "a list" | "a set");
                let message = if whole {
                    format!("`{name}` of `{}` is {what}, and cannot be the key `{key}`", entity.name)
                } else {
                    format!("`{name}` of `{}` is {what}, and cannot stand in the key `{key}`", entity.name)
                };
                let paths: Vec<_> = context
                    .design
                    .paths
                    .iter()
                    .filter(|p| Some(p.table) == entity.table && p.keys().any(|k| k == *key))
                    .collect();
                let mut finding = Finding::new(Place::value(entity.place.key("attributes").key(name)), message)
                    .label(format!("{what} is no key value"))
                    .why("Key attributes are text, numbers or binaries, and one item has one value of each; the service rejects any other type.")
                    .help(match (several, entity.kind_of(name)) {
                        (true, _) => format!("write one item for each element of `{name}` (an entity of its own), and key these"),
                        (_, AttributeType::Boolean) => {
                            format!("make it sparse instead: a text or number attribute that only the wanted items have, such as a date `{name}_at`")
                        }
                        _ => "key the item by a text, number or binary attribute".to_owned(),
                    });
                if let Some(path) = paths.first() {
                    finding = finding.related(Place::key(path.place.clone()), format!("has `{key}` in its key"));
                }
                found.push(finding);
            }
        }
    }
}

fn key_type_conflict(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let mut types: BTreeMap<&str, (KeyType, &EntityDesign<'_>)> = BTreeMap::new();
        for entity in table.entities.iter().filter_map(|id| context.design.entity(*id)) {
            for (key, fill) in &entity.fills {
                let Some(kind) = scalar_type(entity, fill) else { continue };
                match types.get(key) {
                    None => {
                        types.insert(key, (kind, entity));
                    }
                    Some((other_kind, other)) if *other_kind != kind => found.push(
                        Finding::new(key_place(entity, key), format!("`{key}` is {kind} in `{}` and {other_kind} in `{}`", entity.name, other.name))
                            .label(format!("{kind} here"))
                            .related(key_place(other, key), format!("{other_kind} here"))
                            .why("A key attribute has one type for the whole table; writes of the other type are rejected (ValidationException).")
                            .help("use one type; zero-padded text sorts as numbers do"),
                    ),
                    Some(_) => {}
                }
            }
        }
    }
}

fn key_place(entity: &EntityDesign<'_>, key: &str) -> Place {
    if entity.entity.keys.contains_key(key) {
        Place::value(entity.place.key("keys").key(key))
    } else {
        Place::value(entity.place.key("attributes").key(key))
    }
}

/// Time to live reads a number of seconds, and ignores everything else without a word.
fn time_to_live_type(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let Some(name) = &table.table.time_to_live else { continue };
        for entity in table.entities.iter().filter_map(|id| context.design.entity(*id)) {
            let Some(attribute) = entity.attribute(name) else { continue };
            let what = match attribute.kind {
                AttributeType::Epoch | AttributeType::Number => continue,
                AttributeType::EpochMs => "milliseconds",
                _ => "no number",
            };
            let place = Place::value(entity.place.key("attributes").key(name));
            found.push(
                Finding::new(place.clone(), format!("`{name}` of `{}` cannot expire items: it is {what}", entity.name))
                    .label("time to live needs epoch seconds")
                    .related(
                        Place::value(crate::source::ModelPath::of(["tables", table.name, "time_to_live"])),
                        "the table's time-to-live attribute",
                    )
                    .why("Time to live takes a number attribute with seconds since 1970; any other value is ignored silently, and milliseconds lie thousands of years ahead.")
                    .help(format!("make it `{name}: epoch`"))
                    .edit(place, "epoch", "make it epoch seconds"),
            );
        }
    }
}

/// The same attribute in two time formats within one table: they do not sort or compare together.
fn mixed_time_formats(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let is_time = |kind: AttributeType| {
        matches!(kind, AttributeType::Timestamp | AttributeType::Date | AttributeType::Epoch | AttributeType::EpochMs)
    };
    for table in &context.design.tables {
        let mut formats: BTreeMap<&str, (AttributeType, &EntityDesign<'_>)> = BTreeMap::new();
        for entity in table.entities.iter().filter_map(|id| context.design.entity(*id)) {
            let keyed = |name: &str| entity.fills.values().any(|fill| fill.template.uses(name));
            for (name, attribute) in entity.entity.attributes.iter().filter(|(name, a)| is_time(a.kind) && keyed(name))
            {
                match formats.get(name.as_str()) {
                    None => {
                        formats.insert(name, (attribute.kind, entity));
                    }
                    Some((kind, other)) if *kind != attribute.kind => found.push(
                        Finding::new(
                            Place::value(entity.place.key("attributes").key(name)),
                            format!("`{name}` has two time formats in table `{}`", table.name),
                        )
                        .label(format!("{} in `{}`", word(attribute.kind), entity.name))
                        .related(Place::value(other.place.key("attributes").key(name)), format!("{} in `{}`", word(*kind), other.name))
                        .why("Times of different formats neither sort nor compare with each other, so ranges over both go wrong.")
                        .help("use one format for all keys of the table"),
                    ),
                    Some(_) => {}
                }
            }
        }
    }
}

fn word(kind: AttributeType) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

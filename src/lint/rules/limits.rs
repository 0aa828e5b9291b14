//! Sizes, lengths and names that the service does not take.

use crate::design::{AccessPath, EntityDesign, Part};
use crate::lint::registry::rule;
use crate::lint::wording::and_list;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::{AttributeType, Projection};
use crate::service::limits::{
    ATTRIBUTE_NAME_BYTES, KEY_NAME_BYTES, NUMBER_DIGITS, PARTITION_KEY_BYTES, SORT_KEY_BYTES, is_table_name,
};
use crate::service::reserved::is_reserved;

pub(super) const RULES: &[Rule] = &[
    rule!("key-too-long", Keys, Error, key_too_long),
    rule!("invalid-name", Keys, Error, invalid_name),
    rule!("too-many-digits", Keys, Error, too_many_digits),
    Rule { is_off: true, ..rule!("reserved-word", Keys, Advice, reserved_word) },
];

/// The least and most bytes of a template's value, and what makes it long.
fn length(entity: &EntityDesign<'_>, parts: &[Part]) -> (u64, u64, Vec<String>) {
    let (mut least, mut most, mut long) = (0_u64, 0_u64, Vec::new());
    for part in parts {
        match part {
            Part::Text(text) => {
                least = least.saturating_add(text.len() as u64);
                most = most.saturating_add(text.len() as u64);
            }
            Part::Attribute { cut: Some(cut), .. } => {
                least = least.saturating_add(cut.length() as u64);
                most = most.saturating_add(cut.length() as u64);
            }
            Part::Attribute { name, cut: None } => {
                let attribute = entity.attribute(name);
                let (low, high) = match entity.kind_of(name) {
                    AttributeType::Uuid => (36, 36),
                    AttributeType::Ulid => (26, 26),
                    AttributeType::Ksuid => (27, 27),
                    AttributeType::Timestamp => (24, 24),
                    AttributeType::Date => (10, 10),
                    _ => {
                        let size = attribute.and_then(|a| a.size).map(|size| size.0);
                        let high = attribute.and_then(|a| a.max_size).map(|size| size.0).or(size).unwrap_or(1);
                        // The average says that some value is at least as long.
                        (size.unwrap_or(1), high.max(size.unwrap_or(1)))
                    }
                };
                if high > 64 {
                    long.push(format!("`{name}` up to {high} bytes"));
                }
                least = least.saturating_add(low);
                most = most.saturating_add(high);
            }
        }
    }
    (least, most, long)
}

fn key_too_long(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for path in &context.design.paths {
        for (_, entity) in
            context.design.entities_of(path.table).filter(|(_, entity)| context.design.is_in(entity, path))
        {
            check_length(entity, path, &path.partition, "partition", PARTITION_KEY_BYTES, found);
            check_length(entity, path, &path.sort, "sort", SORT_KEY_BYTES, found);
        }
    }
}

/// Several key attributes of one index are held against the limit together: the service's own
/// message speaks of the "aggregated size of all range keys".
fn check_length(
    entity: &EntityDesign<'_>,
    path: &AccessPath<'_>,
    keys: &[&str],
    what: &str,
    limit: u64,
    found: &mut Vec<Finding>,
) {
    let parts: Vec<Part> = keys
        .iter()
        .filter_map(|key| entity.fills.get(*key))
        .flat_map(|fill| fill.template.parts.iter().cloned())
        .collect();
    let (least, most, long) = length(entity, &parts);
    if most <= limit {
        return;
    }
    let key = keys.first().copied().unwrap_or_default();
    let place = match entity.entity.keys.contains_key(key) {
        true => Place::value(entity.place.key("keys").key(key)),
        false => Place::key(entity.place.key("attributes").key(key)),
    };
    let size =
        if least > limit { format!("is at least {least} bytes long") } else { format!("can be {most} bytes long") };
    let finding = Finding::new(place, format!("the {what} key of `{}` {size}", entity.name))
        .label(format!("at most {limit} bytes"))
        .related(Place::key(path.place.clone()), format!("the {what} key of {}", path.label()))
        .why(format!(
            "The service rejects {what} key values over {limit} bytes (ValidationException). Here: {}.",
            and_list(long)
        ))
        .help(
            "put a hash of the long part into the key and keep the text as an attribute, or state a smaller `max_size`",
        )
        .number("bytes", most)
        .number("most", limit);
    found.push(if least > limit { finding } else { finding.at_most(Level::Warning) });
}

fn invalid_name(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for path in &context.design.paths {
        if !is_table_name(path.name) {
            found.push(
                Finding::new(
                    Place::key(path.place.clone()),
                    format!("`{}` cannot be the name of a table or index", path.name),
                )
                .label("3 to 255 of A-Z a-z 0-9 _ . -")
                .why("The service rejects other names (ValidationException).")
                .help("rename it; the names of stages and environments belong into the deployment"),
            );
        }
        for (field, keys) in [("partition_key", &path.partition), ("sort_key", &path.sort)] {
            for key in keys.iter().filter(|key| key.len() > KEY_NAME_BYTES || key.is_empty()) {
                found.push(too_long_name(Place::value(path.place.key(field)), key, KEY_NAME_BYTES, "a key attribute"));
            }
        }
        if let Projection::Include(names) = path.projection {
            for (index, name) in
                names.iter().enumerate().filter(|(_, name)| name.len() > KEY_NAME_BYTES || name.is_empty())
            {
                let place = Place::value(path.place.key("projection").index(index));
                found.push(too_long_name(place, name, KEY_NAME_BYTES, "a projected attribute"));
            }
        }
    }
    for entity in &context.design.entities {
        for name in entity.entity.attributes.keys().filter(|name| name.len() > ATTRIBUTE_NAME_BYTES || name.is_empty())
        {
            let place = Place::key(entity.place.key("attributes").key(name));
            found.push(too_long_name(place, name, ATTRIBUTE_NAME_BYTES, "an attribute"));
        }
    }
}

fn too_long_name(place: Place, name: &str, most: usize, what: &str) -> Finding {
    Finding::new(place, format!("the name of {what} has {} bytes", name.len()))
        .label(format!("1 to {most} bytes"))
        .why("The service rejects other names (ValidationException).")
        .help("shorten it; names are stored and billed in every item, too")
}

fn too_many_digits(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (name, attribute) in &entity.entity.attributes {
            let Some(digits) = attribute.digits.filter(|digits| *digits > NUMBER_DIGITS) else { continue };
            if attribute.kind != AttributeType::Number || attribute.padded == Some(true) {
                continue;
            }
            found.push(
                Finding::new(
                    Place::value(entity.place.key("attributes").key(name).key("digits")),
                    format!("`{name}` has {digits} digits"),
                )
                .label(format!("a number has at most {NUMBER_DIGITS}"))
                .why("The service rejects numbers of more significant digits (ValidationException).")
                .help("make it a string, padded with zeros if it is to sort"),
            );
        }
    }
}

/// Only an unaliased use in an expression is rejected, and the expressions that `keyplan plan`
/// writes are aliased; so this is off unless a team asks for it.
fn reserved_word(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let names = entity.entity.attributes.keys().filter(|name| is_reserved(name));
        for name in names {
            found.push(
                Finding::new(Place::key(entity.place.key("attributes").key(name)), format!("`{name}` is a reserved word"))
                    .label("needs an alias in expressions")
                    .why("An expression that names it without an alias is rejected (ValidationException); puts work, so the mistake shows late.")
                    .help(format!("write `#{name}` in expressions, with `ExpressionAttributeNames: {{\"#{name}\": \"{name}\"}}`")),
            );
        }
    }
}

//! Entities and the key attributes of their table.

use crate::design::EntityDesign;
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::Operation;

pub(super) const RULES: &[Rule] = &[
    rule!("entity-without-key", Keys, Error, entity_without_key),
    rule!("optional-key", Keys, Error, optional_key),
    rule!("changing-key", Keys, Error, changing_key),
];

fn entity_without_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(base) = entity.table.and_then(|table| context.design.base_path(table)) else {
            if entity.entity.table.is_none() && context.design.tables.len() != 1 {
                found.push(
                    Finding::new(Place::key(entity.place.clone()), format!("`{}` is in no table", entity.name))
                        .label("which table?")
                        .help("name its table: `table: …`"),
                );
            }
            continue;
        };
        let missing: Vec<&str> = base
            .keys()
            .filter(|key| !entity.fills.contains_key(*key) && !entity.entity.keys.contains_key(*key))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let names = quoted_list(missing.iter().copied());
        let example =
            missing.first().map(|key| format!("{key}: \"{}#{{id}}\"", entity.name.to_uppercase())).unwrap_or_default();
        let place = if entity.entity.keys.is_empty() { entity.place.clone() } else { entity.place.key("keys") };
        found.push(
            Finding::new(Place::key(place), format!("`{}` has no value for {names}", entity.name))
                .label("no item can be written without it")
                .related(Place::key(base.place.clone()), format!("its key is {}", quoted_list(base.keys())))
                .why("Every item needs every attribute of the table's primary key (ValidationException otherwise).")
                .help(format!(
                    "say how the entity fills it: `keys: {{{example}}}`, or give it an attribute of that name"
                )),
        );
    }
}

fn optional_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(base) = entity.table.and_then(|table| context.design.base_path(table)) else { continue };
        for key in base.keys() {
            let Some(fill) = entity.fills.get(key) else { continue };
            if fill.when.is_some() {
                found.push(
                    Finding::new(
                        Place::key(entity.place.key("keys").key(key).key("when")),
                        format!("`{key}` of `{}` is there only for some items", entity.name),
                    )
                    .label("a primary key is there for all")
                    .related(Place::key(base.place.clone()), "part of the table's primary key")
                    .why("An item without its primary key cannot be written.")
                    .help("`when` is for index keys; make two entities of it, or give all items a key"),
                );
            }
            for name in fill.template.attributes() {
                let Some(attribute) = entity.attribute(name).filter(|attribute| attribute.may_be_absent()) else {
                    continue;
                };
                let field = if attribute.optional == Some(true) { "optional" } else { "present" };
                found.push(
                    Finding::new(
                        Place::value(entity.place.key("attributes").key(name).key(field)),
                        format!("`{name}` is part of `{}`'s primary key, but not every item has it", entity.name),
                    )
                    .label("may be absent")
                    .related(Place::key(base.place.clone()), format!("`{key}` = `{}`", fill.template))
                    .why("A key attribute must be there, not empty and not null, or the write is rejected (ValidationException).")
                    .help("give the items a value for it, or key them by an attribute that all have"),
                );
            }
        }
    }
}

/// Updates that set what the primary key is made of: a key cannot be changed.
fn changing_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Update) {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        let Some(base) = entity.table.and_then(|table| context.design.base_path(table)) else { continue };
        for (field, name) in written(&planned) {
            let Some((key, fill)) = base
                .keys()
                .filter_map(|key| Some((key, entity.fills.get(key)?)))
                .find(|(key, fill)| *key == name || fill.template.uses(name))
            else {
                continue;
            };
            let whole = fill.template.copied() == Some(name) || key == name;
            let finding = Finding::new(
                Place::key(planned.request.place.key(field)),
                format!("`{}` changes `{name}`, which is part of `{}`'s primary key", planned.pattern.name, entity.name),
            )
            .label(format!("changes `{name}`"))
            .related(place_of_key(entity, key), format!("`{key}` = `{}`", fill.template))
            .why(if whole {
                "UpdateItem cannot change a key attribute (ValidationException).".to_owned()
            } else {
                format!("The key keeps the old `{name}`: UpdateItem cannot change a key, so the item stays where the old value put it, and reads by the new one miss it.")
            })
            .help(format!(
                "delete the old item and put the new one in a transaction, or take `{name}` out of the key and into an index key, which may change at the price of two index writes for each change"
            ));
            found.push(finding);
        }
    }
}

fn place_of_key(entity: &EntityDesign<'_>, key: &str) -> Place {
    if entity.entity.keys.contains_key(key) {
        Place::value(entity.place.key("keys").key(key))
    } else {
        Place::key(entity.place.key("attributes").key(key))
    }
}

/// The attributes that an update writes, with the field that says so.
pub(super) fn written<'p>(planned: &crate::lint::Planned<'p, '_>) -> Vec<(&'static str, &'p str)> {
    let (sets, lists) = match planned.request.action {
        Some(action) => {
            (&action.sets, [("adds", &action.adds), ("removes", &action.removes), ("appends", &action.appends)])
        }
        None => {
            let pattern = planned.pattern.pattern;
            (&pattern.sets, [("adds", &pattern.adds), ("removes", &pattern.removes), ("appends", &pattern.appends)])
        }
    };
    let mut all: Vec<(&'static str, &'p str)> = sets.0.keys().map(|name| ("sets", name.as_str())).collect();
    for (field, names) in lists {
        all.extend(names.iter().map(|name| (field, name.as_str())));
    }
    all
}

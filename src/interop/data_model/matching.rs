//! Key values of sample calls, laid beside the key templates of the kinds of items.

use crate::IndexMap;

use crate::design::{Part, Template};
use crate::model::{Condition, Entity, Operator};
use crate::plan::align;

/// A comparison of a key attribute in a call.
#[derive(Debug, Clone)]
pub(super) struct KeyValue {
    /// The key attribute.
    pub(super) attribute: String,
    /// The comparison.
    pub(super) operator: Operator,
    /// The first value, where the call says it.
    pub(super) text: Option<String>,
}

/// The kinds of items that a call's keys can be of, and what is known of each when it is made; the
/// kinds of the first match's conditions only.
pub(super) fn matching(
    entities: &IndexMap<String, Entity>,
    table: &str,
    keys: &[KeyValue],
) -> (Vec<String>, IndexMap<String, Condition>) {
    let mut found: Vec<String> = Vec::new();
    let mut first: Option<IndexMap<String, Condition>> = None;
    for (name, entity) in entities.iter().filter(|(_, entity)| entity.table.as_deref() == Some(table)) {
        let Some(conditions) = conditions(entity, keys) else { continue };
        match &first {
            None => first = Some(conditions),
            Some(known) if !known.keys().eq(conditions.keys()) => continue,
            Some(_) => {}
        }
        found.push(name.clone());
    }
    (found, first.unwrap_or_default())
}

/// The template of a key attribute; nothing where the entity has no value for it.
pub(super) fn template(entity: &Entity, attribute: &str) -> Option<Template> {
    match entity.keys.get(attribute) {
        Some(key) => Template::compile(&key.value).ok(),
        None => entity.attributes.contains_key(attribute).then(|| Template::attribute(attribute)),
    }
}

/// What the keys say of an entity's attributes; nothing where they cannot be its keys.
fn conditions(entity: &Entity, keys: &[KeyValue]) -> Option<IndexMap<String, Condition>> {
    let mut conditions = IndexMap::default();
    for key in keys {
        let template = template(entity, &key.attribute)?;
        let Some(text) = key.text.as_deref().filter(|text| !text.is_empty()) else {
            let bound = template.attributes().map(|name| (name.to_owned(), Condition::default()));
            conditions.extend(bound);
            continue;
        };
        // The value as it is, whatever braces it has.
        let stated = Template { parts: [Part::Text(text.into())].into(), is_number: false };
        let alignment = align(&stated, &template)?;
        if key.operator == Operator::Equals && !alignment.rest.is_empty() {
            return None;
        }
        let open = alignment.ends_in.filter(|_| key.operator != Operator::Equals);
        for name in alignment.bound {
            if Some(name) != open {
                conditions.insert(name.to_owned(), Condition::default());
            }
        }
        // A range ends within the value of an attribute; text alone tells kinds of items apart.
        if let Some(name) = open {
            conditions.insert(name.to_owned(), Condition { operator: key.operator, ..Condition::default() });
        }
    }
    Some(conditions)
}

/// The first attribute of a key that no equality binds: the order that the items come in.
pub(super) fn ordered_by(
    entity: &Entity,
    sort_keys: &[String],
    conditions: &IndexMap<String, Condition>,
) -> Option<String> {
    let is_open = |name: &&str| conditions.get(*name).is_none_or(|condition| condition.operator != Operator::Equals);
    sort_keys.iter().find_map(|key| template(entity, key)?.attributes().find(is_open).map(str::to_owned))
}

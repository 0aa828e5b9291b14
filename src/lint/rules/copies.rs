//! Values that stand in more than one place and change in one of them.

use std::collections::HashMap;

use super::entity_keys::written;
use crate::design::{EntityDesign, EntityId, is_common};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::Operation;
use crate::plan::is_write;

pub(super) const RULES: &[Rule] =
    &[rule!("stale-copy", Collections, Advice, stale_copy), rule!("state-in-key", Keys, Advice, state_in_key)];

/// More things than this that share one id are not copies of each other.
const MOST_COPIES: usize = 20;

/// So many attributes beside key and state, all of them the other's, make a copy (a threshold of our own).
const LEAST_SHARED: usize = 2;

/// An update changes an attribute of an entity; another entity carries the same attribute together
/// with the first one's id, and no pattern ever writes it again.
fn stale_copy(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    // Entities by the id that their key ends in, so that copies are found without comparing all pairs.
    let mut holders: HashMap<&str, Vec<EntityId>> = HashMap::new();
    for entity in &context.design.entities {
        if let Some(id) = entity.identity.last() {
            holders.entry(id).or_default().push(entity.id);
        }
    }
    for planned in context.requests().filter(|planned| planned.operation == Operation::Update) {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        let Some(id) = entity.identity.last() else { continue };
        let changed: Vec<&str> =
            written(&planned).into_iter().filter(|(field, _)| *field == "sets").map(|(_, name)| name).collect();
        for holder in holders.get(id.as_str()).into_iter().flatten().take(MOST_COPIES) {
            let Some(copy) = context.design.entity(*holder).filter(|copy| is_copy(copy, entity, id)) else { continue };
            let shared: Vec<&str> = changed
                .iter()
                .copied()
                .filter(|name| copy.entity.attributes.contains_key(*name) && !is_own(copy, entity, name))
                .collect();
            // What is written together, or again by anything but its creation, is kept up to date.
            let kept = context.requests_of(copy.id).any(|other| {
                is_write(other.operation) && (other.operation != Operation::Put || other.index == planned.index)
            });
            if shared.is_empty() || kept || planned.pattern.entities.contains(&copy.id) {
                continue;
            }
            let first = shared.first().copied().unwrap_or_default();
            found.push(
                Finding::new(
                    Place::key(planned.request.place.key("sets")),
                    format!("`{}` changes {} of `{}`, and `{}` keeps the old value", planned.pattern.name, quoted_list(shared.iter().copied()), entity.name, copy.name),
                )
                .label("changed here only")
                .related(Place::key(copy.place.key("attributes").key(first)), format!("has `{id}` and `{first}` too, and no pattern updates it"))
                .why("A copy is right only as long as every change is written to it as well, in the same transaction or from the table's stream.")
                .help(format!("update `{}` in the same transaction, or keep only what does not change in it; a history that is to keep old values is fine as it is", copy.name)),
            );
        }
    }
}

/// Whether an entity's items are copies of another's: their own key ends in the other's id, beside
/// the id of whoever they are copied for. What is called `id` is each entity's own.
fn is_copy(copy: &EntityDesign<'_>, of: &EntityDesign<'_>, id: &String) -> bool {
    copy.id != of.id && copy.identity.last() == Some(id) && !is_common(id)
}

/// Whether an attribute is about the item itself, though the other entity has one of that name: when
/// it was changed, or the state of what belongs to the other.
fn is_own(copy: &EntityDesign<'_>, of: &EntityDesign<'_>, name: &str) -> bool {
    let is_satellite = copy.identity.iter().all(|part| of.identity.contains(part));
    let is_of_child = || is_state(name) || (!is_satellite && is_common(name));
    is_of_a_change(name) || (copy.is_child_of(of) && !is_whole_copy(copy, of) && is_of_child())
}

/// Whether a name is of when, or how often, an item was changed: `updated_at`, `lastModified`.
fn is_of_a_change(name: &str) -> bool {
    const WORDS: &[&str] = &["updated", "modified", "changed", "touched", "version", "revision"];
    let name = name.to_ascii_lowercase();
    let changed = name.strip_prefix("last").map_or(name.as_str(), |rest| rest.trim_start_matches('_'));
    WORDS.iter().any(|word| changed.starts_with(word))
}

/// Whether an entity has nothing of its own beside its key, and enough of the other's to be its copy:
/// a state is then the other's too.
fn is_whole_copy(copy: &EntityDesign<'_>, of: &EntityDesign<'_>) -> bool {
    let mut own = copy.entity.attributes.keys().filter(|name| !copy.identity.contains(name));
    let shared = own.clone().filter(|name| !is_state(name) && !is_of_a_change(name)).count();
    shared >= LEAST_SHARED && own.all(|name| of.entity.attributes.contains_key(name))
}

/// A state in a primary key: the item cannot move on to the next state.
fn state_in_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(base) = entity.table.and_then(|table| context.design.base_path(table)) else { continue };
        for (key, fill) in base.keys().filter_map(|key| Some((key, entity.fills.get(key)?))) {
            let Some(name) = fill.template.attributes().find(|name| is_state(name)) else { continue };
            // A state of something has a handful of values; `state` may be a part of a country as well.
            if entity.attribute(name).and_then(|it| it.distinct).is_some_and(|count| count.ceil() > 20) {
                continue;
            }
            // Whoever deletes and puts the items knows; an update that sets it is `changing-key`.
            let handled = context.requests_of(entity.id).any(|planned| match planned.operation {
                Operation::Delete => true,
                Operation::Update => written(&planned).iter().any(|(_, written)| *written == name),
                _ => false,
            });
            if handled {
                continue;
            }
            found.push(
                Finding::new(place(entity, key), format!("`{name}` is part of `{}`'s primary key, and a state changes", entity.name))
                    .label("cannot be updated here")
                    .related(Place::key(base.place.clone()), "the primary key")
                    .why("A key attribute cannot be changed: every step to another state is a delete and a put, in a transaction (4 write units for an item of 1 KB instead of 1).")
                    .help(format!("keep `{name}` out of the table's key, and put it into the sort key of an index, where it may change")),
            );
        }
    }
}

fn place(entity: &EntityDesign<'_>, key: &str) -> Place {
    if entity.entity.keys.contains_key(key) {
        Place::value(entity.place.key("keys").key(key))
    } else {
        Place::key(entity.place.key("attributes").key(key))
    }
}

/// Names that people give to a state.
pub(super) fn is_state(name: &str) -> bool {
    ends_in(name, &["status", "state", "stage", "phase"])
}

/// Whether the last word of an attribute's name is one of these.
pub(super) fn ends_in(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let at = name.len().checked_sub(word.len());
        let Some((before, end)) = at.and_then(|at| name.split_at_checked(at)) else { return false };
        // `status`, `order_status`, `orderStatus`; not `estate`.
        end.eq_ignore_ascii_case(word)
            && (before.is_empty() || before.ends_with('_') || end.starts_with(char::is_uppercase))
    })
}

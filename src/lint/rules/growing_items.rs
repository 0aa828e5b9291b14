//! Items that only grow.

use crate::design::EntityDesign;
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::Operation;

pub(super) const RULES: &[Rule] = &[rule!("growing-item", Keys, Warning, growing_item)];

/// Whether something says where an attribute ends: a largest size, or a write that empties it.
pub(super) fn has_end(context: &Context<'_, '_>, entity: &EntityDesign<'_>, name: &str) -> bool {
    let is_bounded = entity.attribute(name).is_some_and(|a| a.max_size.is_some()) || entity.entity.max_size.is_some();
    is_bounded
        || context.requests_of(entity.id).any(|other| {
            let pattern = other.pattern.pattern;
            let removes = other.request.action.map_or(&pattern.removes, |action| &action.removes);
            let sets = other.request.action.map_or(&pattern.sets, |action| &action.sets);
            removes.iter().any(|n| n == name) || sets.0.contains_key(name)
        })
}

/// Under which key the parts have a place: beside the item where its table has a sort key.
fn place_of_parts(context: &Context<'_, '_>, entity: &EntityDesign<'_>) -> &'static str {
    let base = entity.table.and_then(|table| context.design.base_path(table));
    match base.is_some_and(|base| base.sort.is_empty()) {
        true => {
            ", in a table that has a sort key to tell them apart (this one has room for one item under a key value)"
        }
        false => " under the same partition key",
    }
}

/// An update that makes an attribute longer, of which nothing says how long it gets.
fn growing_item(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Update) {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        let appends = planned.request.action.map_or(&planned.pattern.pattern.appends, |action| &action.appends);
        for (index, name) in appends.iter().enumerate() {
            if has_end(context, entity, name) {
                continue;
            }
            let mut finding = Finding::new(
                Place::value(planned.request.place.key("appends").index(index)),
                format!("`{}` makes `{name}` of `{}` longer each time, without an end", planned.pattern.name, entity.name),
            )
            .label("how long can it get?")
            .why("An item holds at most 400 KB, and every write pays for the whole item: n additions cost in the order of n² write units.")
            .help(format!("write the parts as items of their own{}, or say where it ends: `{name}: {{max_size: 50 KB}}`", place_of_parts(context, entity)));
            if entity.entity.attributes.contains_key(name) {
                finding = finding.related(Place::key(entity.place.key("attributes").key(name)), "has no `max_size`");
            }
            found.push(finding);
        }
    }
}

//! Uniqueness: only a primary key is unique.

use super::entity_keys::written;
use crate::design::{EntityDesign, EntityId};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::model::Operation;

pub(super) const RULES: &[Rule] = &[
    rule!("unenforced-uniqueness", Keys, Warning, unenforced_uniqueness),
    rule!("unguarded-unique-put", Keys, Warning, unguarded_unique_put),
];

/// The entity whose primary key is made of this attribute alone: it can exist once for each value.
fn sentinel<'a, 'm>(context: &Context<'a, 'm>, name: &str) -> Option<&'a EntityDesign<'m>> {
    context.design.entities.iter().find(|entity| entity.identity == [name])
}

fn unique_attributes<'a, 'm>(context: &Context<'a, 'm>) -> impl Iterator<Item = (&'a EntityDesign<'m>, &'m str)> {
    context.design.entities.iter().flat_map(|entity| {
        let names = entity.entity.attributes.iter().filter(|(_, attribute)| attribute.unique == Some(true));
        names.map(move |(name, _)| (entity, name.as_str()))
    })
}

/// The puts of an entity.
pub(super) fn puts<'a, 'm>(context: &Context<'a, 'm>, entity: EntityId) -> impl Iterator<Item = Planned<'a, 'm>> {
    context.requests_of(entity).filter(|planned| matches!(planned.operation, Operation::Put | Operation::BatchWrite))
}

fn unenforced_uniqueness(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (entity, name) in unique_attributes(context) {
        if let Some(claim) = sentinel(context, name) {
            if claim.id != entity.id {
                changed_without_claim(context, (entity, name), claim, found);
            }
            continue;
        }
        let by_index = context.design.paths.iter().find(|path| {
            path.is_global()
                && Some(path.table) == entity.table
                && path.partition.iter().any(|key| entity.fills.get(*key).is_some_and(|f| f.template.uses(name)))
        });
        let mut finding = Finding::new(
            Place::value(entity.place.key("attributes").key(name).key("unique")),
            format!("nothing keeps `{name}` of `{}` unique", entity.name),
        )
        .label("not a primary key")
        .why("Only the table's primary key is unique. A condition sees only the item with the same key, and a look-up before the write races with another one.")
        .help(format!(
            "write a second item keyed by it in the same transaction: an entity with `keys: {{…: \"{}#{{{name}}}\"}}`, put with a condition that it does not exist",
            name.to_uppercase()
        ));
        if let Some(path) = by_index {
            finding = finding.related(Place::key(path.place.clone()), "an index key is not unique");
        }
        found.push(finding);
    }
}

/// Updates of a unique value that leave the item as it is which reserves the value.
fn changed_without_claim(
    context: &Context<'_, '_>,
    (entity, name): (&EntityDesign<'_>, &str),
    claim: &EntityDesign<'_>,
    found: &mut Vec<Finding>,
) {
    for planned in context.requests_of(entity.id).filter(|planned| planned.operation == Operation::Update) {
        let changes = written(&planned);
        let is_claimed = planned.pattern.pattern.operation == Some(Operation::TransactWrite)
            && puts(context, claim.id).any(|put| put.pattern.name == planned.pattern.name);
        let part = changes.iter().find(|(part, changed)| *changed == name && matches!(*part, "sets" | "adds"));
        let Some((part, _)) = part.filter(|_| !is_claimed) else { continue };
        found.push(
            Finding::new(
                Place::value(planned.request.place.key(part)),
                format!("`{}` changes `{name}` without claiming the new value", planned.pattern.name),
            )
            .label(format!("no put of `{}` with it", claim.name))
            .related(Place::key(claim.place.clone()), format!("reserves `{name}`"))
            .why("The item that reserves the old value stays, and none reserves the new one: somebody else can take it, and nobody the old one.")
            .help(format!("make it a `transact_write`: update `{}`, delete the old `{}`, and put the new one with `condition: true`", entity.name, claim.name)),
        );
    }
}

/// A sentinel that is written without a condition: the last writer steals the value.
fn unguarded_unique_put(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (entity, name) in unique_attributes(context) {
        let Some(sentinel) = sentinel(context, name) else { continue };
        let writes: Vec<Planned<'_, '_>> = puts(context, sentinel.id).collect();
        let any_writes = context.requests().any(|planned| crate::plan::is_write(planned.operation));
        if writes.is_empty() {
            if any_writes && sentinel.name != entity.name {
                found.push(
                    Finding::new(
                        Place::key(sentinel.place.clone()),
                        format!("no pattern writes `{}`, which should keep `{name}` unique", sentinel.name),
                    )
                    .label("never written")
                    .related(Place::key(entity.place.key("attributes").key(name)), "unique")
                    .why("Without the item, nothing is reserved, and two items can have the same value.")
                    .help(format!("put it in the transaction that creates `{}`, with `condition: true`", entity.name)),
                );
            }
            continue;
        }
        for planned in writes {
            if planned.is_guarded() {
                continue;
            }
            let place = if planned.request.action.is_some() {
                planned.request.place.key("entity")
            } else {
                planned.request.place.clone()
            };
            let place = if planned.request.action.is_some() { Place::value(place) } else { Place::key(place) };
            found.push(
                Finding::new(place, format!("`{}` puts `{}` without a condition, so `{name}` can be taken over", planned.pattern.name, sentinel.name))
                    .label("the last writer wins")
                    .related(Place::key(entity.place.key("attributes").key(name)), "should be unique")
                    .why("A put replaces what is there. Without `attribute_not_exists`, a second sign-up with the same value takes it from the first.")
                    .help("add `condition: true` (in code: `attribute_not_exists` of the partition key)"),
            );
        }
    }
}

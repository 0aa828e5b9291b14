//! Advice that only one of the two schools of table design gives. `style` says which one a model
//! follows; without it, these rules are silent.

use crate::design::{AccessPath, EntityDesign};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::Style;

pub(super) const RULES: &[Rule] = &[
    rule!("synthetic-key", Keys, Advice, synthetic_key),
    rule!("generic-key-name", Keys, Advice, generic_key_name),
    rule!("overloaded-index", Indexes, Advice, overloaded_index),
    rule!("unrelated-entities", Collections, Advice, unrelated_entities),
    rule!("split-collection", Collections, Advice, split_collection),
];

fn is_natural(context: &Context<'_, '_>) -> bool {
    context.model.style == Some(Style::Natural)
}

/// A joined text in a global index key, where several attributes would do.
fn synthetic_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if !is_natural(context) {
        return;
    }
    for path in context.design.paths.iter().filter(|path| path.is_global()) {
        for (_, entity) in
            context.design.entities_of(path.table).filter(|(_, entity)| context.design.is_in(entity, path))
        {
            for key in path.keys() {
                let Some(fill) = entity.fills.get(key).filter(|fill| fill.declared) else { continue };
                let names: Vec<&str> = fill.template.attributes().collect();
                if names.len() < 2 {
                    continue;
                }
                found.push(
                    Finding::new(Place::value(entity.place.key("keys").key(key)), format!("`{key}` joins {} into one text", quoted_list(names.iter().copied())))
                        .label("a joined text")
                        .related(Place::key(path.place.clone()), "takes up to 4 attributes on each side")
                        .why("A global index takes 1 to 4 partition and 0 to 4 sort attributes with their own types, so nothing has to be joined, padded or backfilled.")
                        .help(format!("name the attributes in the index key: `[{}]`", names.join(", "))),
                );
            }
        }
    }
}

/// Names such as `pk` in a table that holds one entity.
fn generic_key_name(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if !is_natural(context) {
        return;
    }
    let generic = |name: &str| {
        let lower = name.to_ascii_lowercase();
        matches!(
            lower.as_str(),
            "pk" | "sk" | "hk" | "rk" | "hash" | "range" | "hashkey" | "rangekey" | "partitionkey" | "sortkey"
        ) || (lower.starts_with("gsi") && lower.contains("k"))
    };
    for table in context.design.tables.iter().filter(|table| table.entities.len() == 1) {
        let Some(base) = table.paths.first().and_then(|id| context.design.path(*id)) else { continue };
        let names: Vec<&str> = base.keys().filter(|key| generic(key)).collect();
        if names.is_empty() {
            continue;
        }
        found.push(
            Finding::new(Place::value(base.place.key("partition_key")), format!("table `{}` holds one entity under the names {}", table.name, quoted_list(names)))
                .label("says nothing about what it is")
                .why("Generic key names let many entities share a table; with one entity, its own attribute names read better and need no templates.")
                .help("key the table by the entity's own attributes, such as `partition_key: customer_id`"),
        );
    }
}

fn served_jointly(context: &Context<'_, '_>, a: &EntityDesign<'_>, b: &EntityDesign<'_>) -> bool {
    context.requests_of(a.id).any(|planned| planned.request.entities.contains(&b.id))
}

fn overloaded_index(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if !is_natural(context) {
        return;
    }
    for path in context.design.paths.iter().filter(|path| path.is_global()) {
        let members: Vec<&EntityDesign<'_>> = context
            .design
            .entities_of(path.table)
            .map(|(_, entity)| entity)
            .filter(|entity| context.design.is_in(entity, path))
            .collect();
        let [first, rest @ ..] = members.as_slice() else { continue };
        if rest.is_empty() || rest.iter().any(|other| served_jointly(context, first, other)) {
            continue;
        }
        found.push(
            Finding::new(Place::key(path.place.clone()), format!("`{}` holds {}, which nothing reads together", path.name, quoted_list(members.iter().map(|e| e.name))))
                .label("one index for several things")
                .why("Overloading saved indexes when a table had 5; with 20, an index for each purpose has its own projection, throughput and name.")
                .help("give each entity an index of its own, keyed by its own attributes"),
        );
    }
}

/// Entities that share a table although nothing reads or writes them together.
fn unrelated_entities(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if !is_natural(context) {
        return;
    }
    for table in context.design.tables.iter().filter(|table| table.entities.len() > 1) {
        let entities: Vec<&EntityDesign<'_>> =
            table.entities.iter().filter_map(|id| context.design.entity(*id)).collect();
        let Some(base) = table.paths.first().and_then(|id| context.design.path(*id)) else { continue };
        let alone: Vec<&EntityDesign<'_>> = entities
            .iter()
            .copied()
            .filter(|entity| {
                !entities.iter().any(|other| {
                    other.name != entity.name
                        && (served_jointly(context, entity, other) || same_partition(entity, other, base))
                })
            })
            .collect();
        let [first, ..] = alone.as_slice() else { continue };
        let what = match alone.len() {
            all if all == entities.len() => "them together",
            1 => "it together with the table's other entities",
            _ => "them together, nor any of them with the table's other entities",
        };
        found.push(
            Finding::new(Place::key(first.place.clone()), format!("{} in table `{}`, and no pattern reads {what}", place_word(&alone), table.name))
                .label("shares a table for no pattern")
                .related(Place::key(base.place.clone()), "the table")
                .why("Entities of one table share its backups, stream, class, capacity and permissions; without a joint read they gain nothing by it.")
                .help("give each a table of its own"),
        );
    }
}

fn place_word(alone: &[&EntityDesign<'_>]) -> String {
    let names = quoted_list(alone.iter().map(|entity| entity.name));
    if alone.len() == 1 { format!("{names} is") } else { format!("{names} are") }
}

fn same_partition(a: &EntityDesign<'_>, b: &EntityDesign<'_>, base: &AccessPath<'_>) -> bool {
    base.partition.iter().all(|key| match (a.fills.get(*key), b.fills.get(*key)) {
        (Some(a), Some(b)) => a.template.parts == b.template.parts,
        _ => false,
    })
}

/// In single-table style: a parent and its children in different tables, read one after the other.
fn split_collection(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if context.model.style != Some(Style::SingleTable) {
        return;
    }
    for pattern in &context.design.patterns {
        for (next, _) in &pattern.next {
            let Some(target) = context.design.patterns.get(*next) else { continue };
            let (Some(a), Some(b)) = (pattern.entities.first(), target.entities.first()) else { continue };
            let (Some(a), Some(b)) = (context.design.entity(*a), context.design.entity(*b)) else { continue };
            let related = |x: &EntityDesign<'_>, y: &EntityDesign<'_>| y.entity.belongs_to.0.contains_key(x.name);
            if a.table.is_none() || b.table.is_none() || a.table == b.table || !(related(a, b) || related(b, a)) {
                continue;
            }
            found.push(
                Finding::new(
                    Place::key(pattern.place.key("then")),
                    format!("`{}` and `{}` read a parent and its children from two tables", pattern.name, target.name),
                )
                .label("two reads, one after the other")
                .related(Place::key(a.place.clone()), "in one table")
                .related(Place::key(b.place.clone()), "in another")
                .why("In one table under the same partition key, one query reads both.")
                .help(format!(
                    "put `{}` and `{}` into one table with the parent's id as partition key",
                    a.name, b.name
                )),
            );
        }
    }
}

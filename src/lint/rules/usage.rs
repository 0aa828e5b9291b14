//! Entities that are read but never written, or written but never read.

use std::collections::BTreeSet;

use crate::design::{EntityDesign, EntityId};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::model::{AttributeType, Operation};
use crate::plan::is_write;

pub(super) const RULES: &[Rule] = &[
    rule!("never-written", Coverage, Advice, never_written),
    rule!("never-read", Coverage, Advice, never_read),
    rule!("one-way-relation", Collections, Advice, one_way_relation),
];

struct Usage {
    read: BTreeSet<EntityId>,
    written: BTreeSet<EntityId>,
    /// Entities of patterns that are not designed yet or served elsewhere.
    open: BTreeSet<EntityId>,
}

fn usage(context: &Context<'_, '_>) -> Usage {
    let mut usage = Usage { read: BTreeSet::new(), written: BTreeSet::new(), open: BTreeSet::new() };
    for pattern in &context.design.patterns {
        if pattern.pattern.undecided == Some(true) || pattern.pattern.served_by.is_some() {
            usage.open.extend(&pattern.entities);
            continue;
        }
        for request in &pattern.requests {
            let set = if is_write(request.operation) { &mut usage.written } else { &mut usage.read };
            set.extend(&request.entities);
        }
    }
    usage
}

fn never_written(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let usage = usage(context);
    // A model that lists few writes leaves the others out; only a gap in a list is a gap.
    let written = usage.read.intersection(&usage.written).count();
    if written.saturating_mul(3) < usage.read.len().saturating_mul(2) {
        return;
    }
    for (index, entity) in context.design.entities.iter().enumerate() {
        let id = EntityId(index);
        if usage.read.contains(&id) && !usage.written.contains(&id) && !usage.open.contains(&id) {
            found.push(
                Finding::new(
                    Place::key(entity.place.clone()),
                    format!("`{}` is read, but no pattern writes it", entity.name),
                )
                .label("who writes it?")
                .why("Writes drive half of the cost and most of the heat; without them both are too low.")
                .help("add the pattern that creates or updates it"),
            );
        }
    }
}

fn never_read(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let usage = usage(context);
    if usage.read.is_empty() {
        return;
    }
    let attributes = context.design.entities.iter().flat_map(|entity| &entity.entity.attributes);
    let unique: BTreeSet<&str> =
        attributes.filter(|(_, a)| a.unique == Some(true)).map(|(name, _)| name.as_str()).collect();
    for (index, entity) in context.design.entities.iter().enumerate() {
        let id = EntityId(index);
        // What keeps another attribute unique, or makes a write fail, is there to be in the way.
        let guards = matches!(entity.identity.as_slice(), [name] if unique.contains(name.as_str()))
            || context.requests_of(id).any(|planned| asks_the_item(entity, &planned));
        let expires = entity.table.and_then(|t| context.design.table(t)).is_some_and(|t| t.table.stream.is_some());
        if usage.written.contains(&id) && !usage.read.contains(&id) && !usage.open.contains(&id) && !guards && !expires
        {
            found.push(
                Finding::new(
                    Place::key(entity.place.clone()),
                    format!("`{}` is written, but no pattern reads it", entity.name),
                )
                .label("who reads it?")
                .why("Items that nobody reads are paid for with every write and every month.")
                .help("add the pattern that reads it, or send it to a log or an event bus instead"),
            );
        }
    }
}

/// Whether a write answers like a read: something is decided by the item that is there, or the call
/// that counts gives back the new number.
fn asks_the_item(entity: &EntityDesign<'_>, planned: &Planned<'_, '_>) -> bool {
    let said = planned.pattern.pattern;
    let misses = planned.request.action.map_or(said.misses, |action| action.misses);
    if planned.is_guarded() || misses.is_some() {
        return true;
    }
    // What a put says in `where` is of the new item.
    let is_of_key = |name: &String| entity.identity.contains(name);
    let is_change = matches!(planned.operation, Operation::Update | Operation::Delete);
    if is_change && planned.request.conditions.keys().any(|name| !is_of_key(name)) {
        return true;
    }
    let mut changed = said.sets.0.keys().chain(said.adds.iter());
    let is_alone = planned.operation == Operation::Update && planned.request.action.is_none();
    is_alone && changed.any(|name| entity.kind_of(name) == AttributeType::Number)
}

/// A link between two parents that is only ever read from one side.
fn one_way_relation(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let usage = usage(context);
    for entity in &context.design.entities {
        let [first, second] = entity.parents.as_slice() else { continue };
        let queries: Vec<_> =
            context.requests_of(entity.id).filter(|planned| planned.operation == Operation::Query).collect();
        if queries.is_empty() || usage.open.contains(&entity.id) {
            continue;
        }
        let sides = [first, second].map(|(parent, ..)| {
            let parent = context.design.entity(*parent)?;
            let own = parent.identity.iter().find(|name| entity.knows(name))?;
            let asked = queries.iter().any(|planned| planned.request.conditions.contains_key(own));
            Some((parent.name, own.clone(), asked))
        });
        let [Some(a), Some(b)] = sides else { continue };
        if a.1 == b.1 {
            continue;
        }
        let (asked, other) = match (a.2, b.2) {
            (true, false) => (a, b),
            (false, true) => (b, a),
            _ => continue,
        };
        found.push(
            Finding::new(Place::key(entity.place.clone()), format!("`{}` is read by `{}` only, never by `{}`", entity.name, asked.0, other.0))
                .label("one direction")
                .why("A link between two things is usually asked for from both; the other direction needs an index with the keys swapped, which is easier before there is data.")
                .help(format!("add the pattern for `{}` and an index on `{}`, or accept that it is not needed", other.0, other.1)),
        );
    }
}

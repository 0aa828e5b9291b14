//! What of a hot key value no split for heat can spread: single items, new items that come in order,
//! and everything beside a local index.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::single::{ToItems, names_item, to_items};
use super::{attribute_of, request_of};
use crate::design::{AccessPath, EntityDesign, Part};
use crate::lint::Context;
use crate::lint::wording::number;
use crate::load::{Contribution, Spot, ceiling};
use crate::model::{AttributeType, Operation};

/// What keeps a key value from being spread over several partitions.
pub(super) struct Pinned<'a, 'm> {
    pub(super) why: String,
    /// What it keeps together for sure, in units per second.
    pub(super) units: Decimal,
    /// The same if the traffic goes where it is assumed to go, and all of it at once.
    pub(super) likely: Decimal,
    /// The entity that has only one item under the value, where that is the reason.
    pub(super) item: Option<&'a EntityDesign<'m>>,
}

/// Whether an entity has at most one item in each partition key value of a path.
pub(super) fn is_one_item(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> bool {
    path.is_table()
        && path.sort.iter().all(|key| entity.fills.get(*key).is_some_and(|fill| fill.template.is_constant()))
}

/// What makes new items come at the end of a part of a collection.
struct Rising<'e> {
    /// The text that the part's sort keys begin with.
    beginning: String,
    /// The attribute after it: the time of the write, or an id that begins with it.
    name: &'e str,
}

fn rising<'e>(context: &Context<'_, '_>, entity: &'e EntityDesign<'_>, path: &AccessPath<'_>) -> Option<Rising<'e>> {
    let fills = path.sort.iter().filter_map(|key| entity.fills.get(*key));
    let mut beginning = String::new();
    let mut name = None;
    for part in fills.flat_map(|fill| fill.template.parts.iter()) {
        match part {
            Part::Text(text) => beginning.push_str(text),
            Part::Attribute { .. } => {
                name = attribute_of(part);
                break;
            }
        }
    }
    let name = name?;
    let is_parents = entity.parents.iter().filter_map(|(id, ..)| context.design.entity(*id)).any(|p| p.knows(name));
    let is_time = match entity.attribute(name)?.kind {
        AttributeType::Ulid | AttributeType::Ksuid => !is_parents,
        AttributeType::Timestamp | AttributeType::Date | AttributeType::Epoch | AttributeType::EpochMs => true,
        _ => false,
    };
    is_time.then_some(Rising { beginning, name })
}

/// What of the reads or writes of a spot stays together most.
pub(super) fn pinned<'a, 'm>(
    context: &Context<'a, 'm>,
    spot: &Spot<'m>,
    path: &AccessPath<'_>,
    busiest: &EntityDesign<'m>,
    is_write: bool,
) -> Option<Pinned<'a, 'm>> {
    let table = context.design.table(path.table)?;
    if path.is_table() && !table.table.local_indexes.is_empty() {
        let why = format!(
            "`{}` has local indexes, so all items of one key value stay in one partition, however hot they are.",
            table.name
        );
        return Some(Pinned { why, units: spot.sure(is_write, |_| true), likely: spot.units(is_write), item: None });
    }
    let items = single_items(context, spot, path, is_write);
    let new = if is_write { new_items(context, spot, path) } else { Vec::new() };
    let same = same_item(context, spot, path, busiest, is_write).filter(|_| items.is_empty());
    items.into_iter().chain(new).chain(same).max_by_key(|pinned| (pinned.units, pinned.likely))
}

pub(super) fn known_units<'s, 'm: 's>(parts: impl Iterator<Item = &'s Contribution<'m>>) -> Decimal {
    parts.filter_map(|part| part.units.ok()).fold(Decimal::ZERO, Decimal::saturating_add)
}

/// What goes to single items, for every entity that has one under the value.
fn single_items<'a, 'm>(
    context: &Context<'a, 'm>,
    spot: &Spot<'m>,
    path: &AccessPath<'_>,
    is_write: bool,
) -> Vec<Pinned<'a, 'm>> {
    let entity = |part: &Contribution<'m>| context.entity_of(request_of(context, part)?);
    let mut entities: Vec<&'a EntityDesign<'m>> = Vec::new();
    for one in spot.parts(is_write).filter_map(entity).filter(|one| is_one_item(one, path)) {
        if !entities.iter().any(|other| other.id == one.id) {
            entities.push(one);
        }
    }
    let pinned = |one: &'a EntityDesign<'m>| {
        let is_its = |part: &Contribution<'m>| entity(part).is_some_and(|other| other.id == one.id);
        let units = spot.sure(is_write, is_its);
        let likely = known_units(spot.parts(is_write).filter(|part| is_its(part))).max(units);
        let is_sure = units > ceiling(is_write) || units == likely;
        let is_assumed = spot.parts(is_write).any(|part| is_its(part) && part.basis.is_assumed());
        let why = format!(
            "{} of them go to a single `{}` item, which cannot be split{}.",
            number(if is_sure { units } else { likely }),
            one.name,
            // What is assumed is said beside it.
            if is_sure || is_assumed { "" } else { ", if all patterns are busiest on the same item at the same time" }
        );
        Pinned { why, units, likely, item: Some(one) }
    };
    entities.into_iter().map(pinned).collect()
}

/// What goes to the same item of a collection with every call.
fn same_item<'a, 'm>(
    context: &Context<'a, 'm>,
    spot: &Spot<'m>,
    path: &AccessPath<'_>,
    entity: &EntityDesign<'m>,
    is_write: bool,
) -> Option<Pinned<'a, 'm>> {
    let Some(ToItems::One(said)) = to_items(context, spot, path, entity, is_write) else { return None };
    let is_its = |part: &Contribution<'m>| names_item(context, part, entity);
    let units = spot.sure(is_write, is_its);
    let likely = known_units(spot.parts(is_write).filter(|part| is_its(part))).max(units);
    let why =
        format!("{} of them go to a single `{}` item ({said}), which cannot be split.", number(likely), entity.name);
    Some(Pinned { why, units, likely, item: None })
}

/// New items that come at one end, for every such end of the value's items.
fn new_items<'a, 'm>(context: &Context<'a, 'm>, spot: &Spot<'m>, path: &AccessPath<'_>) -> Vec<Pinned<'a, 'm>> {
    let end = |part: &Contribution<'m>| {
        let request = request_of(context, part).filter(|request| request.operation == Operation::Put)?;
        rising(context, context.entity_of(request)?, path)
    };
    let mut names: BTreeMap<String, (Decimal, &str)> = BTreeMap::new();
    for part in spot.parts(true) {
        let (Some(Rising { beginning, name }), Ok(units)) = (end(part), part.units) else { continue };
        let busiest = names.entry(beginning).or_insert((units, name));
        if units > busiest.0 {
            *busiest = (units, name);
        }
    }
    let pinned = |(beginning, (_, name)): (String, (Decimal, &str))| {
        let is_its = |part: &Contribution<'m>| end(part).is_some_and(|end| end.beginning == beginning);
        let units = spot.sure(true, is_its);
        let likely = known_units(spot.parts(true).filter(|part| is_its(part))).max(units);
        let why = format!(
            "{} of them are for new items, which come in the order of `{name}` at the end of the sort key: a partition that splits for heat leaves all of them in its last part.",
            number(if units > ceiling(true) { units } else { likely })
        );
        Pinned { why, units, likely, item: None }
    };
    names.into_iter().map(pinned).collect()
}

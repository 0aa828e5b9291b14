//! Tables with local indexes, whose partition key values are bounded in size.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::cost::{Added, plateau};
use crate::design::{AccessPath, Design, EntityDesign, Part, TableDesign};
use crate::lint::registry::rule;
use crate::lint::wording::{bytes, number};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::State;
use crate::model::AttributeType;
use crate::service::limits::{COLLECTION_ALARM_BYTES, COLLECTION_BYTES};
use crate::units::SECONDS_PER_MONTH;

pub(super) const RULES: &[Rule] = &[rule!("large-local-index-collection", Heat, Error, large_local_index_collection)];

/// How far growth without retention is followed.
const MONTHS: u32 = 36;

/// How deep children of children are followed.
const MOST_GENERATIONS: usize = 8;

/// What one entity brings to a collection.
struct Brought<'a, 'm> {
    entity: &'a EntityDesign<'m>,
    /// Bytes of an item with its entries in local indexes.
    each: Decimal,
    average: Decimal,
    largest: Option<Decimal>,
    ahead: Option<Decimal>,
}

fn large_local_index_collection(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let mut bound = context.design.tables.iter().filter(|table| !table.table.local_indexes.is_empty()).peekable();
    if bound.peek().is_none() {
        return;
    }
    let added = Added::in_months(context.design, Decimal::from(SECONDS_PER_MONTH / 3600), MONTHS);
    for table in bound {
        let Some(path) = table.paths.first().and_then(|id| context.design.path(*id)) else { continue };
        let mut domains: BTreeMap<String, Vec<Brought<'_, '_>>> = BTreeMap::new();
        for entity in table.entities.iter().filter_map(|id| context.design.entity(*id)) {
            let fills = path.partition.iter().filter_map(|key| entity.fills.get(*key));
            let parts: Vec<Part> = fills.flat_map(|fill| fill.template.parts.iter().cloned()).collect();
            if let Some(part) = part_of(context, table, (entity, &parts), &added) {
                domains.entry(Part::join(&parts)).or_default().push(part);
            }
        }
        for (key, parts) in domains {
            found.extend(judge(path, &key, &parts));
        }
    }
}

fn part_of<'a, 'm>(
    context: &Context<'a, 'm>,
    table: &TableDesign<'m>,
    (entity, parts): (&'a EntityDesign<'m>, &[Part]),
    added: &Added,
) -> Option<Brought<'a, 'm>> {
    let design = context.design;
    let shape = context.figures.load.shapes.of(entity.id)?;
    let usual = State::default();
    let mut each = shape.item_bytes(&usual).ok()?;
    for path in table.paths.iter().filter_map(|id| design.path(*id)) {
        if path.is_table() || path.is_global() || !design.is_in(entity, path) {
            continue;
        }
        // An index of which too little is known is left out: the collection is at least so large.
        if let (Ok(share), Ok(entry)) = (shape.membership(path, &usual), shape.entry_bytes(design, path, &usual)) {
            each = each.saturating_add(share.saturating_mul(entry));
        }
    }
    let names: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Attribute { name, .. } => Some(&**name),
            Part::Text(_) => None,
        })
        .collect();
    let groups = if names.is_empty() { Decimal::ONE } else { design.groups(entity, &names)? };
    let average = entity.items?.checked_div(groups)?;
    let is_bucket = parts.iter().any(|part| match part {
        Part::Attribute { cut: Some(_), .. } => true,
        Part::Attribute { name, .. } => matches!(
            entity.kind_of(name),
            AttributeType::Date | AttributeType::Timestamp | AttributeType::Epoch | AttributeType::EpochMs
        ),
        Part::Text(_) => false,
    });
    // New time buckets are new key values, and so are new parents: only a fixed number of values
    // says how each grows.
    let shards_only = names.iter().all(|name| entity.attribute(name).is_some_and(|a| a.shards.is_some()));
    let parent_grows = entity
        .parents
        .iter()
        .filter_map(|(id, ..)| design.entity(*id))
        .any(|parent| added.to(parent.id) != Some(Decimal::ZERO) || parent.items.is_none());
    let is_own = entity.identity.iter().all(|name| names.contains(&name.as_str()));
    let is_fixed = shards_only || (!entity.parents.is_empty() && !parent_grows);
    let ahead = (is_fixed && !is_bucket && !is_own)
        .then(|| added.items(entity))
        .flatten()
        .and_then(|items| items.checked_div(groups))
        .filter(|items| *items > average);
    let largest = most_in_value(design, entity, &names, 0).filter(|most| *most > average);
    Some(Brought { entity, each, average, largest, ahead })
}

/// The most items of an entity in one key value, where the model says so of it or of the parent
/// through which it hangs on the key.
fn most_in_value(design: &Design<'_>, entity: &EntityDesign<'_>, names: &[&str], depth: usize) -> Option<Decimal> {
    if depth > MOST_GENERATIONS || names.is_empty() {
        return None;
    }
    entity.parents.iter().find_map(|(id, average, most)| {
        let parent = design.entity(*id)?;
        let is_key = !parent.identity.is_empty()
            && parent.identity.len() == names.len()
            && parent.identity.iter().all(|name| names.contains(&name.as_str()));
        if is_key {
            return *most;
        }
        most_in_value(design, parent, names, depth + 1)?.checked_mul((*average)?)
    })
}

fn judge(path: &AccessPath<'_>, key: &str, parts: &[Brought<'_, '_>]) -> Option<Finding> {
    let total = |items: &dyn Fn(&Brought<'_, '_>) -> Decimal| {
        parts.iter().map(|part| items(part).saturating_mul(part.each)).fold(Decimal::ZERO, Decimal::saturating_add)
    };
    let today = |part: &Brought<'_, '_>| part.largest.unwrap_or(part.average);
    // No single value need be the largest for every entity: one is, and the rest are as on average.
    let most_of_one = parts.iter().map(|part| (today(part) - part.average).saturating_mul(part.each)).max()?;
    let is_largest = |part: &Brought<'_, '_>| (today(part) - part.average).saturating_mul(part.each) == most_of_one;
    let today = |part: &Brought<'_, '_>| if is_largest(part) { today(part) } else { part.average };
    let ahead = |part: &Brought<'_, '_>| part.ahead.unwrap_or(part.average).max(today(part));
    let (now, later) = (total(&today), total(&ahead));
    let (alarm, most) = (Decimal::from(COLLECTION_ALARM_BYTES), Decimal::from(COLLECTION_BYTES));
    if now <= alarm && later <= alarm {
        return None;
    }
    let is_now = now > alarm;
    let (size, items): (Decimal, &dyn Fn(&Brought<'_, '_>) -> Decimal) =
        if is_now { (now, &today) } else { (later, &ahead) };
    let largest = parts.iter().max_by_key(|part| items(part).saturating_mul(part.each))?;
    let sums: Vec<String> = parts
        .iter()
        .map(|part| {
            format!(
                "{} `{}` × {} bytes = {}",
                number(items(part)),
                part.entity.name,
                number(part.each),
                bytes(items(part).saturating_mul(part.each))
            )
        })
        .collect();
    let when = if is_now {
        String::new()
    } else if plateau(largest.entity).is_some() {
        ", once as many expire as come".to_owned()
    } else {
        format!(" after {MONTHS} months of the stated growth")
    };
    let which = match (key.contains('{'), parts.iter().any(|part| part.largest.is_some())) {
        (true, true) => "the largest ",
        (true, false) => "an average ",
        (false, _) => "",
    };
    let shown = format!("`{key}`");
    let level = if is_now && size > most { Level::Error } else { Level::Warning };
    Some(
        Finding::new(
            Place::key(path.place.key("local_indexes")),
            format!("{which}{shown} of {} has {}{when}", path.label(), bytes(size)),
        )
        .label(format!("binds a key value to {}", bytes(most)))
        .related(Place::value(path.place.key("partition_key")), "decides the collection")
        .related(Place::key(largest.entity.place.clone()), format!("{} of it", bytes(items(largest).saturating_mul(largest.each))))
        .why(format!(
            "{}, entries in local indexes included. In a table with local indexes the items of one partition key value may have {} together with their entries; beyond that every write that makes it larger is rejected (ItemCollectionSizeLimitExceededException). The guide raises an alarm at {}.",
            sums.join("; "),
            bytes(most),
            bytes(alarm)
        ))
        .help("make the local indexes global ones (`global_indexes` with the same partition key), which have no such limit, or put a time bucket or a shard into the partition key; a local index cannot be dropped later")
        .number("bytes", size.round_dp(0).to_string())
        .number("most", COLLECTION_BYTES)
        .at_most(level),
    )
}

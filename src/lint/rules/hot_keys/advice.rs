//! What to do about a hot key value: shards for writes and for collections, copies and caches for
//! single items; and what shards ask of other requests.

use rust_decimal::Decimal;

use super::pinned::{Pinned, is_one_item};
use super::single::{Division, QUEUE, ToItems, cached, to_items};
use super::{attribute_of, partition, request_of, sharding, warm};
use crate::design::{AccessPath, EntityDesign, EntityId, Part};
use crate::lint::Context;
use crate::lint::wording::{calls, noun, number, quoted_list};
use crate::load::{Spot, ceiling};
use crate::model::Operation;
use crate::plan::is_item_operation;
use crate::service::capacity::ReadMode;
use crate::service::limits::BATCH_GET_ITEMS;
use crate::units::Hottest;

/// How many shards bring reads or writes of the value below the ceiling; at least two.
pub(super) fn heat_shards(spot: &Spot<'_>, is_write: bool) -> Decimal {
    spot.heat(is_write).ceil().max(Decimal::TWO)
}

/// How many shards to write down, where the value is one of so many: each is then no more than warm.
pub(in super::super) fn roomy_shards(spot: &Spot<'_>, is_write: bool, shards: Decimal) -> Decimal {
    shards_for(spot.units(is_write).saturating_mul(shards), is_write)
}

/// How many shards are no more than warm with so many units per second; at least two.
fn shards_for(units: Decimal, is_write: bool) -> Decimal {
    let most = ceiling(is_write).saturating_mul(warm());
    units.checked_div(most).unwrap_or(units).ceil().max(Decimal::TWO)
}

/// What must change as well where a pattern says itself how busy its busiest key value is: that is
/// of a whole key value, which stays as busy however many shards there are.
pub(in super::super) fn said_of_whole_keys(
    context: &Context<'_, '_>,
    spot: &Spot<'_>,
    entity: &EntityDesign<'_>,
    is_write: bool,
) -> Option<String> {
    let patterns = spot.parts(is_write).filter_map(|part| context.design.patterns.get(part.pattern));
    let (name, requests, hottest) =
        patterns.filter_map(|it| Some((it.name, &it.requests, it.pattern.hottest?))).next()?;
    let path = context.design.path(spot.path)?;
    let names = partition(entity, path).filter_map(attribute_of);
    let mut names: Vec<&str> =
        names.filter(|name| entity.attribute(name).is_none_or(|attribute| attribute.shards.is_none())).collect();
    // The one with most values tells the busiest from the others; shares of several are multiplied.
    let values = |name: &&str| entity.distinct.get(*name).copied();
    names.retain(|name| values(name) != Some(Decimal::ONE));
    names.sort_by_key(|name| std::cmp::Reverse(values(name).unwrap_or(Decimal::MAX)));
    let (attribute, others) = names.split_first()?;
    let of_each = if requests.len() > 1 { " of each entity that it writes" } else { "" };
    let instead = match hottest {
        Hottest::Share(share) => format!("write `hottest: {share}` on the attribute `{attribute}`{of_each} instead"),
        Hottest::Rate(_) => format!("say it as a share on the attribute `{attribute}`{of_each} instead"),
    };
    let whole = match others {
        [] => String::new(),
        others => {
            format!(", with `hottest: 100%` on {}, since shares are multiplied", quoted_list(others.iter().copied()))
        }
    };
    Some(format!(
        "`hottest` of `{name}` is of one whole key value, its shard included: {instead}, where it is the share before the split{whole}"
    ))
}

/// What requests for single items need, once their key has a shard: where an item becomes several, its
/// writes choose a shard and its reads ask all; else the shard follows from what tells items apart.
fn single_items(
    context: &Context<'_, '_>,
    path: &AccessPath<'_>,
    entity: &EntityDesign<'_>,
    divided: Option<&Division<'_>>,
    shards: Decimal,
) -> Option<String> {
    let requests = || {
        let of_items = context.requests_of(entity.id).filter(|_| path.is_table());
        of_items.filter(|planned| {
            let is_new = matches!(planned.operation, Operation::Put | Operation::BatchWrite);
            is_item_operation(planned.operation) && !is_new
        })
    };
    if let Some(division) = divided {
        let named = |is_update: bool| {
            let mut names: Vec<&str> = Vec::new();
            for planned in requests().filter(|it| (it.operation == Operation::Update) == is_update) {
                if !names.contains(&planned.pattern.name) {
                    names.push(planned.pattern.name);
                }
            }
            names
        };
        let (updates, others) = (named(true), named(false));
        let update = (!updates.is_empty()).then(|| {
            let (names, shard) = (quoted_list(updates), division.shard());
            format!("an update ({names}) {shard}, and says that it knows it: `shard: equals` in its `where`")
        });
        // Without a sort key there is nothing to query: each shard is one item with a key that is known.
        let how = match path.sort.is_empty() {
            true if shards <= Decimal::from(BATCH_GET_ITEMS) => {
                format!("takes all {} items, with one `batch_get`", number(shards))
            }
            true => format!("takes all {} items, with as many gets", number(shards)),
            false => "asks all shards, with a query".to_owned(),
        };
        let other = (!others.is_empty()).then(|| format!("what needs the whole ({}) {how}", quoted_list(others)));
        let both: Vec<String> = update.into_iter().chain(other).collect();
        return (!both.is_empty()).then(|| both.join("; "));
    }
    let one = requests().next()?;
    let in_key: Vec<&str> = partition(entity, path).filter_map(attribute_of).collect();
    let known: Vec<&str> = entity.identity.iter().map(String::as_str).filter(|name| !in_key.contains(name)).collect();
    let from = if known.is_empty() { "what it knows".to_owned() } else { quoted_list(known) };
    Some(format!(
        "a request for one item, such as `{}`, must then know its shard: calculate it from {from}, and say `shard: equals` in its `where`",
        one.pattern.name
    ))
}

/// What becomes of other entities' items under the value, whose keys the advice does not change.
fn neighbours(context: &Context<'_, '_>, spot: &Spot<'_>, entity: &EntityDesign<'_>, is_write: bool) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for part in spot.parts(is_write) {
        let Some(other) = request_of(context, part).and_then(|request| context.entity_of(request)) else { continue };
        if other.id != entity.id && !names.contains(&other.name) {
            names.push(other.name);
        }
    }
    (!names.is_empty()).then(|| {
        format!(
            "{} under the same value can keep their keys, or have shards that follow from what their own requests know",
            quoted_list(names)
        )
    })
}

/// What to do: shards for writes and for collections, copies and caches for single items.
pub(super) fn help(
    context: &Context<'_, '_>,
    spot: &Spot<'_>,
    path: &AccessPath<'_>,
    busiest: &EntityDesign<'_>,
    pinned: Option<&Pinned<'_, '_>>,
    is_write: bool,
) -> String {
    if let Some((entity, name, shards)) = sharding(context, spot) {
        let more = roomy_shards(spot, is_write, Decimal::from(shards));
        let said = said_of_whole_keys(context, spot, entity, is_write).map(|said| format!("; {said}"));
        return match is_write {
            true => format!(
                "give `{name}` of `{}` more shards: `shards: {more}`{}",
                entity.name,
                said.unwrap_or_default()
            ),
            false => "put a cache in front of it, or keep copies of the items and read one of them at random; more shards spread only what a query reads, and each query reads at least half a unit from each".to_owned(),
        };
    }
    // Where a single item is too much by itself, shards of the others leave it as it is.
    let single = pinned.filter(|pinned| pinned.likely > ceiling(is_write));
    let single = single.and_then(|pinned| Some((pinned.item?, shards_for(pinned.likely, is_write))));
    let (entity, shards) = single.unwrap_or((busiest, roomy_shards(spot, is_write, Decimal::ONE)));
    let to_items = to_items(context, spot, path, entity, is_write).filter(|_| !is_one_item(entity, path));
    let one_item = is_one_item(entity, path) || matches!(to_items, Some(ToItems::One(_)));
    let same = match &to_items {
        Some(ToItems::One(why)) => {
            format!("the calls ask for one item ({why}), which a calculated shard leaves whole: ")
        }
        _ => String::new(),
    };
    if !is_write && (one_item || to_items.is_some()) {
        return format!("{same}{}", cached(context, spot, shards));
    }
    let division = Division::of(context, spot, entity);
    if one_item && division == Division::Not {
        return format!("{same}{QUEUE}");
    }
    let mut text = match (one_item, &to_items) {
        (true, _) => format!(
            "{same}{}spread the `{}` item over {} items and {} when reading",
            division.condition(),
            entity.name,
            number(shards),
            division.joined()
        ),
        (_, Some(ToItems::Any)) => {
            format!("if the calls go to many items of the key value, spread it over {} shards", number(shards))
        }
        _ => format!("spread the key value over {} shards", number(shards)),
    };
    text.push_str(":\n");
    text.push_str(&sharded_key(path, entity, shards));
    let beside = [
        said_of_whole_keys(context, spot, entity, is_write),
        single_items(context, path, entity, one_item.then_some(&division), shards),
        neighbours(context, spot, entity, is_write),
        readers(context, spot, Some(entity.id), shards),
        if one_item { division.otherwise() } else { None },
        to_items.filter(|_| !one_item).map(|_| to_one(&division, shards)),
    ];
    for sentence in beside.into_iter().flatten() {
        text.push('\n');
        text.push_str(&sentence);
    }
    text
}

/// What to do where most of the writes of a key value go to one of its items.
fn to_one(division: &Division<'_>, shards: Decimal) -> String {
    let divided = match division {
        Division::Not => {
            return format!("if they go to one item, a shard that follows from its key leaves them together: {QUEUE}");
        }
        division => format!(
            "{}keep {} items in its place (a write {}) and {} when reading",
            division.condition(),
            number(shards),
            division.shard(),
            division.joined()
        ),
    };
    let otherwise = division.otherwise().map(|otherwise| format!("; {otherwise}")).unwrap_or_default();
    format!("if they go to one item, a shard that follows from its key leaves them together: {divided}{otherwise}")
}

/// The key with a shard, in the model's words.
fn sharded_key(path: &AccessPath<'_>, entity: &EntityDesign<'_>, shards: Decimal) -> String {
    let key = path.partition.first().copied().unwrap_or_default();
    match entity.fills.get(key) {
        Some(fill) if fill.declared => {
            let template = Part::join(&fill.template.parts);
            format!(
                "  keys: {{{key}: \"{template}#{{shard}}\"}}\n  attributes:\n    shard: {{type: number, shards: {shards}}}"
            )
        }
        _ if path.is_global() => {
            let all: Vec<&str> = path.partition.iter().copied().chain(std::iter::once("shard")).collect();
            format!(
                "  partition_key: [{}]\nand in `{}`\n  shard: {{type: number, shards: {shards}}}",
                all.join(", "),
                entity.name
            )
        }
        _ => format!(
            "  keys: {{pk: \"{{{key}}}#{{shard}}\"}}    # with `partition_key: pk`\n  attributes:\n    shard: {{type: number, shards: {shards}}}"
        ),
    }
}

/// What shards cost the queries, of one entity or of all, that read all of them. A query of many reads together what
/// one reads alone, and each at least half a unit.
pub(in super::super) fn readers(
    context: &Context<'_, '_>,
    spot: &Spot<'_>,
    of: Option<EntityId>,
    shards: Decimal,
) -> Option<String> {
    let mut seen: Vec<(usize, &str, Decimal)> = Vec::new();
    for part in spot.parts(false) {
        let (Some(pattern), Some(request)) = (context.design.patterns.get(part.pattern), request_of(context, part))
        else {
            continue;
        };
        if request.operation != Operation::Query || of.is_some_and(|of| !request.entities.contains(&of)) {
            continue;
        }
        let now = part.per_call.unwrap_or_default();
        match seen.iter_mut().find(|(index, ..)| *index == part.pattern) {
            Some((.., all)) => *all = all.saturating_add(now),
            None => seen.push((part.pattern, pattern.name, now)),
        }
    }
    let (index, name, now) = seen.first()?;
    let least = ReadMode::Eventual.factor().saturating_mul(shards).max(*now);
    let rate = context.figures.load.patterns.get(*index).and_then(|load| load.calls.average.ok());
    let rate = rate.map_or(String::new(), |rate| {
        let units = least.saturating_mul(rate);
        format!(", at least {} read {}/s at its {}", number(units), noun(units, "unit", "units"), calls(rate))
    });
    let (others, ask) = match seen.len() {
        1 => (String::new(), "asks"),
        many => (format!(" (and {} more)", many - 1), "ask"),
    };
    Some(format!(
        "`{name}`{others} {ask} all {} shards: {} queries and at least {} read {} instead of one query{rate}",
        number(shards),
        number(shards),
        number(least),
        noun(least, "unit", "units")
    ))
}

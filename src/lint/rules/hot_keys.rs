//! Partition key values that get more than one partition serves, calculated from rates and sizes.

use rust_decimal::Decimal;

use super::constant_keys::key_place;
use super::shards::unsettled;
use crate::design::{AccessPath, EntityDesign, Part, Request};
use crate::lint::registry::rule;
use crate::lint::wording::{calls, noun, number, percent, quoted_list, units};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::{Basis, Contribution, Spot, ceiling, hottest};
use crate::model::{AttributeType, Consistency, Operation};
use crate::plan::{consistency, is_item_operation};
use crate::service::capacity::ReadMode;
use crate::units::Hottest;

pub(super) const RULES: &[Rule] = &[
    rule!("hot-partition", Heat, Error, hot_partition),
    rule!("hot-index-partition", Heat, Error, hot_index_partition),
];

/// From this share of the ceiling on, little is left for growth and for uneven seconds.
pub(super) fn warm() -> Decimal {
    Decimal::new(7, 1)
}

fn hot_partition(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    judge(context, found, false);
}

fn hot_index_partition(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    judge(context, found, true);
}

fn judge(context: &Context<'_, '_>, found: &mut Vec<Finding>, of_indexes: bool) {
    for spot in hottest(&context.figures.heat) {
        let Some(path) = context.design.path(spot.path).filter(|path| path.is_global() == of_indexes) else { continue };
        if spot.heat(true).max(spot.heat(false)) <= warm() {
            continue;
        }
        // How many shards there must be is said by another rule.
        let too_few_shards = spot.heat(true) > Decimal::ONE && sharding(context, spot).is_some();
        for is_write in [true, false] {
            let is_said = is_write && too_few_shards;
            if spot.heat(is_write) <= warm() || is_said {
                continue;
            }
            let waits = if is_write { unsettled(context, spot) } else { Vec::new() };
            found.extend(finding(context, spot, path, is_write).map(|found| found.unless("unknown-shard", waits)));
        }
    }
}

/// The shard attribute in the key of a spot, with the entity that has it and the number of shards.
pub(super) fn sharding<'a, 'm>(
    context: &Context<'a, 'm>,
    spot: &Spot<'m>,
) -> Option<(&'a EntityDesign<'m>, &'m str, u32)> {
    let path = context.design.path(spot.path)?;
    spot.contributions.iter().find_map(|part| {
        let entity = context.entity_of(request_of(context, part)?)?;
        let names = partition(entity, path).filter_map(attribute_of);
        names
            .filter_map(|name| entity.entity.attributes.get_key_value(name))
            .find_map(|(name, attribute)| Some((entity, name.as_str(), attribute.shards.filter(|shards| *shards > 0)?)))
    })
}

pub(super) fn request_of<'a, 'm>(context: &Context<'a, 'm>, part: &Contribution<'m>) -> Option<&'a Request<'m>> {
    context.design.patterns.get(part.pattern)?.requests.get(part.request)
}

fn partition<'e>(entity: &'e EntityDesign<'_>, path: &AccessPath<'_>) -> impl Iterator<Item = &'e Part> {
    path.partition.iter().filter_map(|key| entity.fills.get(*key)).flat_map(|fill| fill.template.parts.iter())
}

fn attribute_of(part: &Part) -> Option<&str> {
    match part {
        Part::Attribute { name, .. } => Some(&**name),
        Part::Text(_) => None,
    }
}

/// What keeps a key value from being spread over several partitions.
struct Pinned {
    why: String,
    /// What it keeps together for sure.
    units: Decimal,
    /// The same if the traffic goes where it is assumed to go.
    likely: Decimal,
}

/// Whether an entity has at most one item in each partition key value of a path.
fn is_one_item(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> bool {
    path.is_table()
        && path.sort.iter().all(|key| entity.fills.get(*key).is_some_and(|fill| fill.template.is_constant()))
}

/// The attribute that makes new items come at the end of a collection: the first that the sort key
/// is made of, where it is the time of the write or an id that begins with it.
fn rising<'e>(context: &Context<'_, '_>, entity: &'e EntityDesign<'_>, path: &AccessPath<'_>) -> Option<&'e str> {
    let parts = path.sort.iter().filter_map(|key| entity.fills.get(*key)).flat_map(|fill| fill.template.parts.iter());
    let name = parts.filter_map(attribute_of).next()?;
    let is_parents = entity.parents.iter().filter_map(|(id, ..)| context.design.entity(*id)).any(|p| p.knows(name));
    let is_time = match entity.attribute(name)?.kind {
        AttributeType::Ulid | AttributeType::Ksuid => !is_parents,
        AttributeType::Timestamp | AttributeType::Date | AttributeType::Epoch | AttributeType::EpochMs => true,
        _ => false,
    };
    is_time.then_some(name)
}

fn pinned(context: &Context<'_, '_>, spot: &Spot<'_>, path: &AccessPath<'_>, is_write: bool) -> Option<Pinned> {
    let table = context.design.table(path.table)?;
    let entity = |part: &Contribution<'_>| {
        let pattern = context.design.patterns.get(part.pattern)?;
        context.entity_of(pattern.requests.get(part.request)?)
    };
    if path.is_table() && !table.table.local_indexes.is_empty() {
        let why = format!(
            "`{}` has local indexes, so all items of one key value stay in one partition, however hot they are.",
            table.name
        );
        return Some(Pinned { why, units: spot.sure(is_write, |_| true), likely: spot.units(is_write) });
    }
    let mut entities: Vec<&EntityDesign<'_>> = Vec::new();
    for one in spot.parts(is_write).filter_map(entity) {
        if !entities.iter().any(|other| other.id == one.id) {
            entities.push(one);
        }
    }
    let mut all = Vec::new();
    for one in entities.iter().filter(|one| is_one_item(one, path)) {
        let units = spot.sure(is_write, |c| entity(c).is_some_and(|e| e.id == one.id));
        let why = format!("{} of them go to a single `{}` item, which cannot be split.", number(units), one.name);
        all.push(Pinned { why, units, likely: units });
    }
    if let Some(name) = entities.iter().find_map(|one| rising(context, one, path)).filter(|_| is_write) {
        let is_put = |c: &Contribution<'_>| {
            let request = context.design.patterns.get(c.pattern).and_then(|p| p.requests.get(c.request));
            request.is_some_and(|request| request.operation == Operation::Put)
        };
        let is_last = |c: &Contribution<'_>| is_put(c) && entity(c).is_some_and(|e| rising(context, e, path).is_some());
        let units = spot.sure(true, is_last);
        let assumed = spot.parts(true).filter(|c| is_last(c)).filter_map(|c| c.units.ok());
        let likely = assumed.fold(Decimal::ZERO, Decimal::saturating_add).max(units);
        let why = format!(
            "{} of them are for new items, which come in the order of `{name}` at the end of the sort key: a partition that splits for heat leaves all of them in its last part.",
            number(if units > ceiling(true) { units } else { likely })
        );
        all.push(Pinned { why, units, likely });
    }
    all.into_iter().max_by_key(|pinned| (pinned.units, pinned.likely))
}

/// The parts of one pattern on a value, put together.
struct Share<'a, 'm> {
    name: &'a str,
    index: usize,
    per_call: Decimal,
    first: &'a Contribution<'m>,
    units: Decimal,
}

fn by_pattern<'a, 'm>(context: &Context<'a, 'm>, spot: &'a Spot<'m>, is_write: bool) -> Vec<Share<'a, 'm>> {
    let mut all: Vec<Share<'a, 'm>> = Vec::new();
    for part in spot.parts(is_write) {
        let (Ok(units), Ok(per_call)) = (part.units, part.per_call) else { continue };
        match all.iter_mut().find(|other| other.index == part.pattern && other.first.share == part.share) {
            Some(other) => {
                other.units = other.units.saturating_add(units);
                other.per_call = other.per_call.saturating_add(per_call);
            }
            None => {
                let Some(pattern) = context.design.patterns.get(part.pattern) else { continue };
                all.push(Share { name: pattern.name, index: part.pattern, per_call, first: part, units });
            }
        }
    }
    all.sort_by_key(|share| std::cmp::Reverse(share.units));
    all
}

/// How the units of a spot come about: `` `buy`: 3 units × 1,200 calls/s × 20% = 720 ``.
pub(super) fn arithmetic(context: &Context<'_, '_>, spot: &Spot<'_>, is_write: bool) -> String {
    const MOST: usize = 4;
    let shares = by_pattern(context, spot, is_write);
    let mut lines: Vec<String> = shares
        .iter()
        .take(MOST)
        .filter_map(|share| {
            let rate = share.first.calls.ok()?;
            let part = match share.first.share {
                // A rate on the value itself has no share.
                part if part.is_zero() || part == Decimal::ONE => String::new(),
                part => format!(" × {}", percent(part)),
            };
            let (per_call, all) = (units(share.per_call), number(share.units));
            Some(format!("`{}`: {per_call} × {}{part} = {all}/s", share.name, calls(rate)))
        })
        .collect();
    if shares.len() > MOST {
        let rest = shares.iter().skip(MOST).map(|share| share.units).fold(Decimal::ZERO, Decimal::saturating_add);
        lines.push(format!("{} more: {}/s", shares.len() - MOST, number(rest)));
    }
    lines.join("; ")
}

/// What the shares rest on, in a sentence; nothing where the model says them.
fn basis(spot: &Spot<'_>, is_write: bool) -> Option<&'static str> {
    let parts = || spot.parts(is_write).filter(|part| part.units.is_ok());
    if parts().any(|part| part.basis == Basis::Items) {
        return Some("The traffic is taken to spread over the values as the items do.");
    }
    if parts().any(|part| part.basis == Basis::Newest) {
        return Some("New items are taken to carry the time of now, and so to land on the newest bucket.");
    }
    parts()
        .all(|part| part.basis == Basis::Even)
        .then_some("This is so even if the traffic is spread evenly over the key values; any skew adds to it.")
}

fn finding(context: &Context<'_, '_>, spot: &Spot<'_>, path: &AccessPath<'_>, is_write: bool) -> Option<Finding> {
    let shares = by_pattern(context, spot, is_write);
    let busiest = shares.first()?;
    let pattern = context.design.patterns.get(busiest.index)?;
    let entity = context.entity_of(request_of(context, busiest.first)?)?;
    let (units, most) = (spot.units(is_write), ceiling(is_write));
    let heat = spot.heat(is_write);
    let direction = if is_write { "write" } else { "read" };
    let is_over = heat > Decimal::ONE;
    let pinned = pinned(context, spot, path, is_write);
    let is_pinned = pinned.as_ref().is_some_and(|pinned| pinned.units > most);
    let at_least = if spot.unknown().next().is_some() { "at least " } else { "" };

    let mut why = vec![format!("{}.", arithmetic(context, spot, is_write))];
    why.push(format!(
        "One partition key value {} at most {} {direction} units/s: this is {at_least}{} of it.",
        if is_write { "takes" } else { "gives" },
        number(most),
        percent(heat)
    ));
    why.extend(basis(spot, is_write).map(str::to_owned));
    if spot.parts(is_write).any(|part| part.is_average && part.units.is_ok()) {
        why.push("A peak that is not given counts as its average.".to_owned());
    }
    if is_over {
        match pinned {
            Some(pinned) if pinned.likely > most => why.push(pinned.why),
            _ => why.push(
                "The service may move hot parts of the key value to partitions of their own, in time and if the traffic is spread over the sort key; until then it throttles."
                    .to_owned(),
            ),
        }
        if path.is_global() && is_write {
            why.push(format!("While the index throttles, the writes of table `{}` throttle with it.", path.table_name));
        }
    }
    let total = context.figures.demands.of(spot.path, spot.region).flow(is_write).peak.known;
    if let Some(share) = most.checked_div(total).filter(|share| *share < Decimal::ONE) {
        why.push(format!(
            "Of the {} {direction} units/s of all of {}, one key value may get at most {}.",
            number(total),
            path.label(),
            percent(share)
        ));
    }
    let key = if spot.key.contains('{') { format!("the busiest `{}`", spot.key) } else { format!("`{}`", spot.key) };
    let message = if is_over {
        format!("{at_least}{} {direction} units/s land on {key} of {}", number(units), path.label())
    } else {
        format!("{key} of {} is at {at_least}{} of what one key value serves", path.label(), percent(heat))
    };
    let mut finding = Finding::new(Place::key(pattern.place.clone()), message)
        .label(format!("{} of the {} {direction} units/s", number(busiest.units), number(units)))
        .related(
            Place::value(path.place.key("partition_key")),
            format!("one value serves {} {direction} units/s", number(most)),
        )
        .related(key_place(entity, path), format!("how `{}` fills it", entity.name))
        .why(why.join(" "))
        .help(help(context, spot, path, entity, is_write))
        .number("units_per_second", units.round_dp(6).normalize().to_string())
        .number("most", most.to_string())
        .number("shards_needed", heat_shards(spot, is_write).to_string());
    if !is_over {
        finding = finding.at_most(Level::Advice);
    } else if !is_pinned {
        finding = finding.at_most(Level::Warning);
    }
    Some(finding)
}

/// How many shards bring reads or writes of the value below the ceiling; at least two.
fn heat_shards(spot: &Spot<'_>, is_write: bool) -> Decimal {
    spot.heat(is_write).ceil().max(Decimal::TWO)
}

/// How many shards to write down, where the value is one of so many: each is then no more than warm.
pub(super) fn roomy_shards(spot: &Spot<'_>, is_write: bool, shards: Decimal) -> Decimal {
    let all = spot.heat(is_write).saturating_mul(shards);
    all.checked_div(warm()).unwrap_or(all).ceil().max(Decimal::TWO)
}

/// What must change as well where a pattern says itself how busy its busiest key value is: that is
/// of a whole key value, which stays as busy however many shards there are.
pub(super) fn said_of_whole_keys(
    context: &Context<'_, '_>,
    spot: &Spot<'_>,
    entity: &EntityDesign<'_>,
    is_write: bool,
) -> Option<String> {
    let patterns = spot.parts(is_write).filter_map(|part| context.design.patterns.get(part.pattern));
    let (name, hottest) = patterns.filter_map(|it| Some((it.name, it.pattern.hottest?))).next()?;
    let path = context.design.path(spot.path)?;
    let mut names = partition(entity, path).filter_map(attribute_of);
    let attribute = names.find(|name| entity.attribute(name).is_none_or(|attribute| attribute.shards.is_none()))?;
    let instead = match hottest {
        Hottest::Share(share) => format!("write `hottest: {share}` on the attribute `{attribute}` instead"),
        Hottest::Rate(_) => format!("say it as a share on the attribute `{attribute}` instead"),
    };
    Some(format!(
        "`hottest` of `{name}` is of one whole key value, its shard included: {instead}, where it is the share before the split"
    ))
}

/// What requests for single items need, once their key has a shard.
fn single_items(context: &Context<'_, '_>, path: &AccessPath<'_>, entity: &EntityDesign<'_>) -> Option<String> {
    let mut requests = context.requests_of(entity.id).filter(|_| path.is_table());
    let one = requests.find(|planned| {
        is_item_operation(planned.operation) && !matches!(planned.operation, Operation::Put | Operation::BatchWrite)
    })?;
    let in_key: Vec<&str> = partition(entity, path).filter_map(attribute_of).collect();
    let known: Vec<&str> = entity.identity.iter().map(String::as_str).filter(|name| !in_key.contains(name)).collect();
    let from = if known.is_empty() { "what it knows".to_owned() } else { quoted_list(known) };
    Some(format!(
        "a request for one item, such as `{}`, must then know its shard: calculate it from {from}",
        one.pattern.name
    ))
}

/// What to do: shards for writes and for collections, copies and caches for single items.
fn help(
    context: &Context<'_, '_>,
    spot: &Spot<'_>,
    path: &AccessPath<'_>,
    entity: &EntityDesign<'_>,
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
    let shards = roomy_shards(spot, is_write, Decimal::ONE);
    let one_item = is_one_item(entity, path);
    if !is_write && one_item {
        let patterns = spot.parts(false).filter_map(|part| context.design.patterns.get(part.pattern));
        let mut modes = patterns.map(|pattern| consistency(context.design, pattern));
        let eventually = match modes.any(|mode| mode == Consistency::Strong) {
            true => "read eventually consistently, which halves the units, ",
            false => "",
        };
        return format!(
            "{eventually}put a cache in front of it (DAX, or the application's own), or keep {} copies of the item and read one at random",
            number(shards)
        );
    }
    let key = path.partition.first().copied().unwrap_or_default();
    let yaml = match entity.fills.get(key) {
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
    };
    let mut text = match one_item {
        true => format!("spread the item over {} items and add them up when reading:\n{yaml}", number(shards)),
        false => format!("spread the key value over {} shards:\n{yaml}", number(shards)),
    };
    let beside = [
        said_of_whole_keys(context, spot, entity, is_write),
        single_items(context, path, entity).filter(|_| !one_item),
        readers(context, spot, shards),
    ];
    for sentence in beside.into_iter().flatten() {
        text.push('\n');
        text.push_str(&sentence);
    }
    text
}

/// What shards cost the queries that read all of them.
pub(super) fn readers(context: &Context<'_, '_>, spot: &Spot<'_>, shards: Decimal) -> Option<String> {
    let mut seen = Vec::new();
    let least = ReadMode::Eventual.factor().saturating_mul(shards);
    for part in spot.parts(false) {
        let (Some(pattern), Some(request)) = (context.design.patterns.get(part.pattern), request_of(context, part))
        else {
            continue;
        };
        if request.operation != Operation::Query || seen.iter().any(|(name, _)| *name == pattern.name) {
            continue;
        }
        let rate = context.figures.load.patterns.get(part.pattern).and_then(|load| load.calls.average.ok());
        seen.push((pattern.name, rate));
    }
    let (name, rate) = seen.first()?;
    let rate = rate.map_or(String::new(), |rate| {
        let units = least.saturating_mul(rate);
        format!(", {} read {}/s at its {}", number(units), noun(units, "unit", "units"), calls(rate))
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

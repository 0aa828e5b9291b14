//! Partition key values that get more than one partition serves, calculated from rates and sizes.

mod advice;
mod pinned;
mod single;

use rust_decimal::Decimal;

use self::advice::{heat_shards, help};
pub(super) use self::advice::{readers, roomy_shards, said_of_whole_keys};
use self::pinned::pinned;
use super::aggregates::limit_to_see_any;
use super::constant_keys::key_place;
use super::shards::unsettled;
use crate::design::{AccessPath, EntityDesign, Part, Request};
use crate::lint::registry::rule;
use crate::lint::wording::{calls, number, percent, units};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::{Basis, Contribution, Spot, ceiling, hottest};

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

/// The limit with which the busiest pattern would see whether there is any item, where that may be
/// all that it reads many for.
fn any_is_enough(context: &Context<'_, '_>, busiest: &Share<'_, '_>) -> Option<Decimal> {
    let (_, access) = context.plans.of(busiest.index).get(busiest.first.request)?.access()?;
    let limit = limit_to_see_any(context, context.design.patterns.get(busiest.index)?, access)?;
    access.evaluated.is_some_and(|items| items > limit).then_some(limit)
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
    let pinned = pinned(context, spot, path, entity, is_write);
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
        match &pinned {
            Some(pinned) if pinned.likely > most => why.push(pinned.why.clone()),
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
    let help = help(context, spot, path, entity, pinned.as_ref(), is_write);
    let help = match any_is_enough(context, busiest).filter(|_| !is_write) {
        Some(limit) => format!(
            "if `{}` only asks whether there is any item, `limit: {limit}` reads enough; if not, {help}",
            pattern.name
        ),
        None => help,
    };
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
        .help(help)
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

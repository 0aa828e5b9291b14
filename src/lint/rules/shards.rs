//! Whether a number of shards fits the traffic.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::hot_keys::{arithmetic, readers, request_of, roomy_shards, said_of_whole_keys, sharding};
use crate::design::{EntityId, Request};
use crate::lint::registry::rule;
use crate::lint::wording::{calls, number};
use crate::lint::{Context, Finding, Place, Rule};
use crate::load::{Spot, ceiling, hottest};
use crate::plan::{Plan, is_write};

pub(super) const RULES: &[Rule] = &[
    rule!("too-few-shards", Heat, Warning, too_few_shards),
    rule!("too-many-shards", Heat, Advice, too_many_shards),
    rule!("unknown-shard", Heat, Warning, unknown_shard),
];

/// Whether a request is for single items and does not know in which shard they are, so that it has
/// to try them all.
fn tries_all_shards(plan: &Plan<'_>) -> bool {
    let access = plan.access().map(|(_, access)| access);
    access.is_some_and(|access| access.is_item && access.fan_out.iter().any(|why| why.contains("each shard")))
}

/// Where `unknown-shard` reports a request.
fn unknown_shard_place(request: &Request<'_>) -> Place {
    Place::key(request.place.key("where"))
}

/// The writes to a spot that try all shards, as `unknown-shard` reports them: until the shard is
/// known, numbers of the spot say little, unless what the other writes bring is too much already.
pub(super) fn unsettled(context: &Context<'_, '_>, spot: &Spot<'_>) -> Vec<Place> {
    let (mut places, mut settled) = (Vec::new(), Decimal::ZERO);
    for part in spot.parts(true) {
        let plan = context.plans.of(part.pattern).get(part.request).filter(|plan| tries_all_shards(plan));
        match plan.and_then(|_| request_of(context, part)) {
            Some(request) => places.push(unknown_shard_place(request)),
            None => settled = settled.saturating_add(part.units.unwrap_or_default()),
        }
    }
    if settled > ceiling(true) { Vec::new() } else { places }
}

fn unknown_shard(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| tries_all_shards(planned.plan)) {
        let (Some((path, _)), Some(entity)) = (planned.access(context.design), context.entity_of(planned.request))
        else {
            continue;
        };
        let fills = path.partition.iter().filter_map(|key| entity.fills.get(*key));
        let sharded = fills.flat_map(|fill| fill.template.attributes()).find_map(|name| {
            let shards = entity.attribute(name)?.shards?;
            (!planned.request.conditions.contains_key(name)).then(|| (name.to_owned(), shards))
        });
        let Some((name, shards)) = sharded else { continue };
        let average = context.figures.load.patterns.get(planned.index).and_then(|load| load.calls.average.ok());
        let rate = average.map_or(String::new(), |rate| {
            let all = Decimal::from(shards).saturating_mul(rate);
            format!(" {shards} × {} = {} requests/s.", calls(rate), number(all))
        });
        let why = if is_write(planned.operation) {
            format!(
                "The item is in one of {shards} shards. A write of a wrong one does not find it, and an update without a condition makes a second item there.{rate}"
            )
        } else {
            format!(
                "The item is in one of {shards} shards, so {shards} keys are read to find it, and each costs at least half a read unit.{rate}"
            )
        };
        found.push(
            Finding::new(
                unknown_shard_place(planned.request),
                format!("`{}` does not know the shard of the `{}` item", planned.pattern.name, entity.name),
            )
            .label(format!("`{name}` is not known"))
            .related(Place::value(entity.place.key("attributes").key(&name).key("shards")), "decides the partition")
            .why(why)
            .help(format!(
                "calculate the shard from what the caller knows, such as a hash of the item's id, instead of drawing it at random, and say so: `where: {{{name}: equals}}`"
            ))
            .number("shards", shards),
        );
    }
}

fn too_few_shards(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for spot in hottest(&context.figures.heat) {
        let Some(path) = context.design.path(spot.path) else { continue };
        if spot.heat(true) <= Decimal::ONE {
            continue;
        }
        let Some((entity, name, shards)) = sharding(context, spot) else { continue };
        // More shards do not help reads that ask all of them: each query reads at least half a unit.
        let (is_write, direction) = (true, "write");
        let heat = spot.heat(is_write);
        let needed = heat.saturating_mul(Decimal::from(shards)).ceil();
        let mut why = format!(
            "{}. So {} {direction} units/s land on one shard, which serves {}: {shards} × {} / {} = {} shards are the least.",
            arithmetic(context, spot, is_write),
            number(spot.units(is_write)),
            number(ceiling(is_write)),
            number(spot.units(is_write)),
            number(ceiling(is_write)),
            number(needed)
        );
        if path.is_global() {
            why.push_str(&format!(
                " While the index throttles, the writes of table `{}` throttle with it.",
                path.table_name
            ));
        }
        let roomy = roomy_shards(spot, is_write, Decimal::from(shards));
        let mut help = format!("`shards: {roomy}` on `{name}` of `{}`, which leaves some room", entity.name);
        let said = said_of_whole_keys(context, spot, entity, is_write);
        for sentence in said.into_iter().chain(readers(context, spot, None, roomy)) {
            help.push_str(&format!("; {sentence}"));
        }
        let attribute = entity.place.key("attributes").key(name);
        found.push(
            Finding::new(
                Place::value(attribute.key("shards")),
                format!("{shards} shards are too few for {}: {} are needed", path.label(), number(needed)),
            )
            .label(format!("{} {direction} units/s on each", number(spot.units(is_write))))
            .related(
                Place::value(path.place.key("partition_key")),
                format!("one value serves {} {direction} units/s", number(ceiling(is_write))),
            )
            .why(why)
            .help(help)
            .unless("unknown-shard", unsettled(context, spot))
            .number("shards", shards)
            .number("needed", needed.to_string()),
        );
    }
}

/// So many times the needed shards are room for growth; more only cost.
const ROOM: u32 = 10;

/// Paths that one attribute shards beyond this many are not looked at.
const MOST_PATHS: usize = 100;

fn too_many_shards(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if !context.model.entities.values().any(|entity| entity.attributes.values().any(|it| it.shards.is_some())) {
        return;
    }
    // The same attribute may shard several paths; another of them may need all of its shards.
    let mut sharded: BTreeMap<(EntityId, &str), Vec<&Spot<'_>>> = BTreeMap::new();
    for spot in hottest(&context.figures.heat) {
        if let Some((entity, name, _)) = sharding(context, spot) {
            sharded.entry((entity.id, name)).or_default().push(spot);
        }
    }
    for spot in sharded.values().flatten() {
        let Some(path) = context.design.path(spot.path) else { continue };
        let Some((entity, name, shards)) = sharding(context, spot) else { continue };
        let is_sure = spot.contributions.iter().all(|c| c.units.is_ok() && !c.is_average && !c.basis.is_assumed());
        let is_written = spot.contributions.iter().any(|c| c.is_write);
        let all = Decimal::from(shards);
        let needed = spot.heat(true).max(spot.heat(false)).saturating_mul(all).ceil().max(Decimal::ONE);
        if !is_sure || !is_written || all <= needed.saturating_mul(Decimal::from(ROOM)) {
            continue;
        }
        let same = sharded.get(&(entity.id, name)).into_iter().flatten().take(MOST_PATHS);
        let mut others = same.filter(|other| other.path != spot.path || other.key != spot.key);
        let is_needed_elsewhere = others.any(|other| {
            let heat = other.heat(true).max(other.heat(false)).saturating_mul(all).ceil();
            heat.saturating_mul(Decimal::from(ROOM)) >= all || other.unknown().next().is_some()
        });
        if is_needed_elsewhere {
            continue;
        }
        let Some(cost) = readers(context, spot, None, all) else { continue };
        let is_write = spot.heat(true) >= spot.heat(false);
        let direction = if is_write { "write" } else { "read" };
        found.push(
            Finding::new(
                Place::value(entity.place.key("attributes").key(name).key("shards")),
                format!("{shards} shards of {} where {} would do", path.label(), number(needed)),
            )
            .label(format!("{} {direction} units/s on each", number(spot.units(is_write))))
            .related(Place::value(path.place.key("partition_key")), format!("one value serves {} {direction} units/s", number(ceiling(is_write))))
            .why(format!("{}. {cost}.", arithmetic(context, spot, is_write)))
            .help(format!(
                "`shards: {}` on `{name}` of `{}` leaves room for twice the traffic; more can be added later, as long as reads ask for all of them",
                needed.saturating_mul(Decimal::TWO),
                entity.name
            ))
            .unless("unknown-shard", unsettled(context, spot))
            .number("shards", shards)
            .number("needed", needed.to_string()),
        );
    }
}

//! Partition keys that gather too much: constants, times, and attributes with few values.

use rust_decimal::Decimal;

use super::copies::{ends_in, is_state};
use super::hot_keys::warm;
use crate::design::{AccessPath, EntityDesign, Part, PathId};
use crate::lint::registry::rule;
use crate::lint::wording::{noun, percent, quoted_list};
use crate::lint::{Context, Finding, Level, Place, Planned, Rule, Together};
use crate::load::{Contribution, ceiling};
use crate::model::{AttributeType, Operation};
use crate::plan::{FEW_VALUES, declared_values, is_short_list, writes_seldom};
use crate::service::limits::{PARTITION_READ_UNITS, PARTITION_WRITE_UNITS};
use crate::units::Count;

pub(super) const RULES: &[Rule] = &[
    rule!("constant-partition-key", Keys, Warning, constant_partition_key),
    rule!("time-partition-key", Keys, Warning, time_partition_key),
    rule!("few-partition-keys", Keys, Warning, few_partition_keys),
];

/// Whether the heat of an entity's keys in a path is known, so that the rules of heat have said what
/// there is to say: one of its values is hot, or not even all of the path's units together would heat
/// a single value.
fn is_calculated(context: &Context<'_, '_>, path: &AccessPath<'_>, entity: &EntityDesign<'_>) -> bool {
    let belongs = |part: &Contribution<'_>| {
        let request = context.design.patterns.get(part.pattern).and_then(|p| p.requests.get(part.request));
        request.is_some_and(|request| request.entities.contains(&entity.id))
    };
    let is_path = |id| context.design.path(id).is_some_and(|other| std::ptr::eq(other, path));
    let spots =
        || context.figures.heat.iter().filter(|spot| is_path(spot.path) && spot.contributions.iter().any(belongs));
    if spots().any(|spot| [true, false].into_iter().any(|is_write| spot.heat(is_write) > warm())) {
        return true;
    }
    let mut parts = spots().flat_map(|spot| &spot.contributions).filter(|part| belongs(part));
    let is_written = spots().flat_map(|spot| &spot.contributions).any(|part| part.is_write && belongs(part));
    let is_known = parts.all(|part| part.per_call.is_ok() && part.calls.is_ok() && !part.is_average);
    let Some(id) = context.design.paths.iter().position(|other| std::ptr::eq(other, path)).map(PathId) else {
        return false;
    };
    let demand = context.figures.demands.of(id, 0);
    let is_low = |is_write: bool| demand.flow(is_write).peak.known <= ceiling(is_write).saturating_mul(warm());
    is_written && is_known && is_low(true) && is_low(false)
}

/// Whether the model's own numbers show that the entity is too small or too rarely written to
/// heat one partition, or how hot it is.
fn is_cool(context: &Context<'_, '_>, path: &AccessPath<'_>, entity: &EntityDesign<'_>) -> bool {
    if is_calculated(context, path, entity) {
        return true;
    }
    if is_short_list(entity, Decimal::ONE) {
        return true;
    }
    writes_seldom(context.model, context.requests_of(entity.id).map(|planned| (planned.pattern, planned.request)))
}

fn partition_parts<'e>(entity: &'e EntityDesign<'_>, path: &AccessPath<'_>) -> Vec<&'e Part> {
    path.partition.iter().filter_map(|key| entity.fills.get(*key)).flat_map(|fill| fill.template.parts.iter()).collect()
}

/// Paths with the entities that are in them.
fn memberships<'a, 'm>(context: &Context<'a, 'm>) -> impl Iterator<Item = (&'a AccessPath<'m>, &'a EntityDesign<'m>)> {
    let design = context.design;
    design.paths.iter().filter(|path| path.is_table() || path.is_global()).flat_map(move |path| {
        design
            .entities_of(path.table)
            .filter(move |(_, entity)| design.is_in(entity, path))
            .map(move |(_, entity)| (path, entity))
    })
}

pub(super) fn key_place(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> Place {
    match path.partition.iter().find(|key| entity.entity.keys.contains_key(**key)) {
        Some(key) => Place::value(entity.place.key("keys").key(key)),
        None => {
            let key = path.partition.first().copied().unwrap_or_default();
            Place::key(entity.place.key("attributes").key(key))
        }
    }
}

fn ceilings() -> String {
    let thousands = |units: u64| format!("{},{:03}", units / 1000, units % 1000);
    let (writes, reads) = (thousands(PARTITION_WRITE_UNITS), thousands(PARTITION_READ_UNITS));
    format!("One partition key value takes at most {writes} write units and {reads} read units per second")
}

fn back_pressure(path: &AccessPath<'_>) -> &'static str {
    if path.is_global() { ", and an index that throttles also throttles the writes of its table" } else { "" }
}

fn constant_partition_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (path, entity) in memberships(context) {
        let parts = partition_parts(entity, path);
        let constant = parts.iter().all(|part| matches!(part, Part::Text(_)));
        // Without a sort key that varies there is one such item, such as a configuration.
        let varies = path.is_global()
            || path.sort.iter().filter_map(|key| entity.fills.get(*key)).any(|fill| !fill.template.is_constant());
        let sparse = path.keys().filter_map(|key| entity.fills.get(key)).any(|fill| fill.when.is_some());
        if parts.is_empty() || !constant || !varies || sparse || is_cool(context, path, entity) {
            continue;
        }
        let text = Part::join(&parts.into_iter().cloned().collect::<Vec<_>>());
        let items = entity.items.map_or("All".to_owned(), |items| format!("All {}", Count(items)));
        let help = "add an attribute that varies to the key, or spread it over shards (`{shard}` with `shards: 10`); a short list says so with `items`";
        let cause = Place::value(path.place.key("partition_key"));
        let together = Together {
            cause: cause.clone(),
            name: entity.name.to_owned(),
            message: (
                "each of ".to_owned(),
                format!(" has the same partition key for all of its items in {}", path.label()),
            ),
            why: format!("All items of a kind share one key value. {}{}.", ceilings(), back_pressure(path)),
            help: help.to_owned(),
        };
        found.push(
            Finding::new(
                key_place(entity, path),
                format!("every `{}` has the same partition key in {}", entity.name, path.label()),
            )
            .label(format!("always `{text}`"))
            .related(cause, "decides the partition")
            .why(format!("{items} `{}` items share one key value. {}{}.", entity.name, ceilings(), back_pressure(path)))
            .help(help)
            .together(together),
        );
    }
}

fn time_partition_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (path, entity) in memberships(context) {
        let parts = partition_parts(entity, path);
        let times: Vec<&str> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Attribute { name, .. } => Some(&**name),
                Part::Text(_) => None,
            })
            .collect();
        if times.is_empty() || !times.iter().all(|name| entity.kind_of(name).is_time()) {
            continue;
        }
        // A full timestamp differs from item to item; what gathers is a day or another bucket.
        let buckets = parts.iter().any(|part| match part {
            Part::Attribute { cut: Some(_), .. } => true,
            Part::Attribute { name, cut: None } => entity.kind_of(name) == AttributeType::Date,
            Part::Text(_) => false,
        });
        if !buckets {
            continue;
        }
        let is_one = |key: &&str| entity.fills.get(*key).is_none_or(|fill| fill.template.is_constant());
        if path.is_table() && path.sort.iter().all(is_one) {
            // There is nothing to share: like a single item, it is as hot as its own rates say.
            found.extend(one_for_each(context, path, entity, &parts));
            continue;
        }
        if is_cool(context, path, entity) {
            continue;
        }
        found.push(
            Finding::new(key_place(entity, path), format!("all `{}` items of one time bucket share a partition of {}", entity.name, path.label()))
                .label(format!("only the time {} decides the partition", quoted_list(times.iter().copied())))
                .related(Place::value(path.place.key("partition_key")), "decides the partition")
                .why(format!("All writes for the current bucket go to one key value. {}{}.", ceilings(), back_pressure(path)))
                .help(match path.is_global() {
                    true => "add another attribute or a shard to the partition key (a global index takes up to 4), and query the shards",
                    false => "put an id before the time, or add a shard (`{time:date}#{shard}`), and query the shards",
                }),
        );
    }
}

/// A time that is the whole primary key, where the model asks for more than one item of it.
fn one_for_each(
    context: &Context<'_, '_>,
    path: &AccessPath<'_>,
    entity: &EntityDesign<'_>,
    parts: &[&Part],
) -> Option<Finding> {
    let is_alone = |planned: &Planned<'_, '_>| planned.request.entities.len() == 1;
    let several = |planned: &Planned<'_, '_>| {
        let pattern = planned.pattern.pattern;
        let is_limited = pattern.limit.is_some_and(|limit| limit.0 <= Decimal::ONE);
        let is_said_one = pattern.returns.is_some_and(|items| items.0 <= Decimal::ONE);
        planned.operation == Operation::Query
            && is_alone(planned)
            && !is_limited
            && !is_said_one
            && planned.read(context.design).is_some_and(|(read, _)| read.is_table())
    };
    let asked = context.requests_of(entity.id).find(several).filter(|_| path.sort.is_empty());
    let tenant = context.model.tenant.as_deref().filter(|tenant| entity.knows(tenant));
    let text = Part::join(&parts.iter().copied().cloned().collect::<Vec<_>>());
    let (why, help) = match (tenant, asked) {
        (Some(tenant), _) => (
            format!("The item of one `{tenant}` replaces that of another."),
            format!("add `{tenant}` to the key, or allow it if there is one item for all"),
        ),
        (None, Some(asked)) => (
            format!("A put replaces the item that is there, and `{}` finds one item at most.", asked.pattern.name),
            "if there are several, add what tells them apart to the key; if there is one, read it with `get`"
                .to_owned(),
        ),
        (None, None) => return None,
    };
    let finding =
        Finding::new(key_place(entity, path), format!("only one `{}` can exist for each `{text}`", entity.name))
            .label("the whole primary key")
            .related(Place::value(path.place.key("partition_key")), "and nothing beside it")
            .why(why)
            .help(help);
    Some(finding.at_most(Level::Advice))
}

fn few_partition_keys(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (path, entity) in memberships(context) {
        let parts = partition_parts(entity, path);
        let names: Vec<&str> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Attribute { name, .. } => Some(&**name),
                Part::Text(_) => None,
            })
            .collect();
        let all_sparse = entity.may_be_out_of(path);
        let declared = |name: &&str| declared_values(entity, name);
        // What the names suggest stands in for a number that is not given, and is advice at most.
        let is_guess = names.iter().any(|name| declared(name).is_none());
        let value = |name| declared(name).or_else(|| is_few_by_name(name).then_some(Decimal::ONE));
        let values: Option<Decimal> =
            names.iter().try_fold(Decimal::ONE, |product, name| Some(product.saturating_mul(value(name)?)));
        let Some(values) = values.filter(|values| !names.is_empty() && *values < Decimal::from(FEW_VALUES)) else {
            continue;
        };
        let small = is_short_list(entity, values);
        // How many shards are enough depends on the rates, not on a number of values.
        let sharded = names.iter().any(|name| entity.attribute(name).is_some_and(|a| a.shards.is_some()));
        if all_sparse || small || sharded || is_cool(context, path, entity) {
            continue;
        }
        let which = quoted_list(names.iter().copied());
        if is_guess {
            found.push(guessed(path, entity, &which));
            continue;
        }
        found.push(
            Finding::new(
                key_place(entity, path),
                format!(
                    "{} has only {} partition {} for `{}`",
                    path.label(),
                    Count(values),
                    noun(values, "key", "keys"),
                    entity.name
                ),
            )
            .label(format!("{which} has {}", noun(values, "one value", "few values")))
            .related(Place::value(path.place.key("partition_key")), "decides the partition")
            .why(format!(
                "{} {}{}.",
                match values == Decimal::ONE {
                    true => "All items have the same key value.".to_owned(),
                    false => {
                        format!(
                            "The items share {} key values, and the busiest of them gets at least {} of the writes.",
                            Count(values),
                            percent(Decimal::ONE.checked_div(values).unwrap_or_default())
                        )
                    }
                },
                ceilings(),
                back_pressure(path)
            ))
            .help(match path.is_global() {
                true => format!("add an attribute with many values or a shard to the partition key (up to 4 attributes), with {which} in the sort key; or make the index sparse, so that only the wanted items are in it"),
                false => "key the items by an attribute with many values".to_owned(),
            })
            .number("partition_keys", values.to_string()),
        );
    }
}

/// Whether people give this name to an attribute with a handful of values.
fn is_few_by_name(name: &&str) -> bool {
    is_state(name) || ends_in(name, &["type", "kind", "role", "tier", "priority", "severity", "gender"])
}

/// What is said where only the names suggest that there are few values.
fn guessed(path: &AccessPath<'_>, entity: &EntityDesign<'_>, which: &str) -> Finding {
    Finding::new(key_place(entity, path), format!("{which} alone is the partition key of `{}` in {}", entity.name, path.label()))
        .label("few values, by the name")
        .related(Place::value(path.place.key("partition_key")), "decides the partition")
        .why(format!("Items with the same value share a partition. {}{}.", ceilings(), back_pressure(path)))
        .help("say how many values there are (`values: [open, done]`, or `distinct: 5k`); if they are few, put an attribute with many values before them, or let only the wanted items into the index")
        .at_most(Level::Advice)
}

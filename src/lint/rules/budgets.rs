//! The budget held against the bill and the demand.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::cost::{Missing, dollars};
use crate::design::{PathId, TableId};
use crate::lint::amounts::{about, apart, exact, percent, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::{noun, quoted_list};
use crate::lint::{Context, Finding, Level, Place, Rule, is_judged};
use crate::load::{Total, Unknown, throughput_path};
use crate::model::Limit;
use crate::source::ModelPath;
use crate::units::Rate;

pub(super) const RULES: &[Rule] = &[rule!("over-budget", Cost, Error, over_budget)];

/// Missing things that are named; the rest is counted.
const MOST_NAMED: usize = 5;

/// What a limit is of, with what is known of it.
struct Spent<'a, 'm> {
    /// ``table `Shop` ``, for the message.
    whose: String,
    known: Decimal,
    missing: BTreeSet<Missing<'m>>,
    /// Patterns without a plan, which have no part in it.
    unplanned: Vec<&'a str>,
    /// The largest parts, with their places.
    parts: Vec<(Place, String)>,
}

fn over_budget(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let Some(budget) = &context.model.budget else { return };
    let design = context.design;
    let bill = &context.figures.bill;
    // Patterns without a plan are named apart.
    let countable =
        |missing: &Missing<'_>| !matches!(missing, Missing::Load(Unknown::Unserved(_) | Unknown::Undecided(_)));
    let place = ModelPath::of(["budget"]);
    let unplanned = |table: Option<TableId>| -> Vec<&str> {
        let of = |id: &crate::design::EntityId| design.entity(*id).and_then(|entity| entity.table);
        let meant = context.unplanned().filter(|pattern| {
            table.is_none_or(|table| {
                pattern.entities.is_empty() || pattern.entities.iter().any(|id| of(id) == Some(table))
            })
        });
        meant.map(|pattern| pattern.name).collect()
    };
    let by_table = bill.by(|line| Some(line.source?.table));
    let by_pattern = bill.by(|line| line.source?.pattern);
    if let Some(limit) = budget.monthly_cost {
        let mut patterns: Vec<(usize, Decimal)> = by_pattern.iter().map(|(index, amount)| (*index, *amount)).collect();
        patterns.sort_by_key(|(index, amount)| (std::cmp::Reverse(*amount), *index));
        let parts = patterns.iter().take(3).filter_map(|(index, amount)| {
            let pattern = design.patterns.get(*index)?;
            Some((Place::key(pattern.place.clone()), format!("{} of it", usd(*amount))))
        });
        let spent = Spent {
            whose: "the design".to_owned(),
            known: bill.total(),
            missing: bill.missing().into_iter().filter(countable).collect(),
            unplanned: unplanned(None),
            parts: parts.collect(),
        };
        found.extend(cost(context, &place.key("monthly_cost"), limit.0, spent));
    }
    let table_gaps = bill.missing_by(|gap| countable(&gap.missing).then_some(gap.source.table));
    for (index, table) in design.tables.iter().enumerate() {
        let (id, Some(limit)) = (TableId(index), budget.tables.get(table.name)) else { continue };
        let place = place.key("tables").key(table.name);
        let own = Place::key(ModelPath::of(["tables"]).key(table.name));
        let spent = Spent {
            whose: format!("table `{}`", table.name),
            known: by_table.get(&id).copied().unwrap_or_default(),
            missing: table_gaps.get(&id).cloned().unwrap_or_default(),
            unplanned: unplanned(Some(id)),
            parts: vec![(own, "what it is of".to_owned())],
        };
        if let Some(money) = limit.monthly_cost {
            found.extend(cost(context, &place.key("monthly_cost"), money.0, spent));
        }
        let components = || table.paths.iter().copied().filter(|id| throughput_path(design, *id) == Some(*id));
        for (is_write, rate) in rates(limit) {
            let peak = components().fold(Total::default(), |mut total, id: PathId| {
                let flow = context.figures.demands.of(id, 0).flow(is_write).peak;
                total.add(Ok(flow.known));
                total.unknown = total.unknown.or(flow.unknown);
                total
            });
            let whose = format!("table `{}`", table.name);
            found.extend(units(context, &place, is_write, rate, (&whose, peak, !unplanned(Some(id)).is_empty())));
        }
    }
    let pattern_gaps = bill.missing_by(|gap| gap.source.pattern.filter(|_| countable(&gap.missing)));
    let patterns: BTreeMap<&str, usize> = design.patterns.iter().enumerate().map(|(i, p)| (p.name, i)).collect();
    for (name, limit) in &budget.access_patterns {
        let Some((index, pattern)) = patterns.get(name.as_str()).and_then(|i| Some((*i, design.patterns.get(*i)?)))
        else {
            continue;
        };
        if pattern.pattern.served_by.is_some() {
            continue;
        }
        let place = place.key("access_patterns").key(name);
        let is_unplanned =
            !is_judged(pattern) || !context.plans.patterns.get(index).is_some_and(|plan| plan.is_served());
        let spent = Spent {
            whose: format!("`{name}`"),
            known: by_pattern.get(&index).copied().unwrap_or_default(),
            missing: pattern_gaps.get(&index).cloned().unwrap_or_default(),
            unplanned: if is_unplanned { vec![pattern.name] } else { Vec::new() },
            parts: vec![(Place::key(pattern.place.clone()), "what it is of".to_owned())],
        };
        if let Some(money) = limit.monthly_cost {
            found.extend(cost(context, &place.key("monthly_cost"), money.0, spent));
        }
        let Some(load) = context.figures.load.patterns.get(index) else { continue };
        for (is_write, rate) in rates(limit) {
            let mut peak = Total::default();
            for charge in load.charges().filter(|charge| charge.why.is_write() == is_write) {
                peak.add(charge.units.and_then(|units| Ok(units.saturating_mul(load.calls.peak?))));
                if let (Ok(_), Err(why)) = (charge.units, load.calls.whole_peak()) {
                    peak.add(Err(why));
                }
            }
            found.extend(units(context, &place, is_write, rate, (&format!("`{name}`"), peak, is_unplanned)));
        }
    }
}

fn rates(limit: &Limit) -> impl Iterator<Item = (bool, Rate)> {
    [(false, limit.read_units), (true, limit.write_units)]
        .into_iter()
        .filter_map(|(is_write, rate)| Some((is_write, rate?)))
}

/// The cost of something against its limit.
fn cost(context: &Context<'_, '_>, place: &ModelPath, limit: Decimal, spent: Spent<'_, '_>) -> Option<Finding> {
    let is_whole = spent.missing.is_empty() && spent.unplanned.is_empty();
    let at_least = if is_whole { "" } else { "at least " };
    if spent.known > limit {
        let over = spent.known.saturating_sub(limit);
        let [known, budget] = apart([spent.known, limit], dollars);
        let mut finding = Finding::new(
            Place::value(place.clone()),
            format!("{} costs {at_least}{known} USD a month, over its budget of {budget} USD", spent.whose),
        )
        .label(format!("{} too much", usd(over)))
        .why(format!(
            "The bill is {at_least}{} of the budget, at the list prices of {}.",
            over.saturating_add(limit).checked_div(limit).map_or("more than all".to_owned(), percent),
            context.figures.bill.region
        ))
        .help("`keyplan cost` prints the bill line by line; redesign the largest line first, or raise the budget")
        .number("usd_per_month", exact(spent.known))
        .number("budget_usd_per_month", exact(limit))
        .number("is_complete", is_whole);
        for (place, label) in spent.parts {
            finding = finding.related(place, label);
        }
        return Some(finding);
    }
    if is_whole {
        return None;
    }
    let described: Vec<(ModelPath, String)> =
        spent.missing.iter().take(MOST_NAMED).map(|missing| missing.describe(context.design)).collect();
    let more = spent.missing.len().saturating_sub(described.len());
    let first = described.first().map(|(_, words)| format!(" First: {words}.")).unwrap_or_default();
    let without_plan = match spent.unplanned.as_slice() {
        [] => String::new(),
        names => format!(" Without a plan, and so without a cost: {}.", quoted_list(names.iter().copied())),
    };
    let and_more = match more {
        0 => String::new(),
        1 => " One more number is missing.".to_owned(),
        more => format!(" {more} more numbers are missing."),
    };
    let mut finding = Finding::new(
        Place::value(place.clone()),
        format!("whether {} stays within {} a month cannot be confirmed", spent.whose, usd(limit)),
    )
    .label(format!("at least {} is known", usd(spent.known)))
    .why(format!(
        "The known parts of the bill are {} of the budget.{first}{and_more}{without_plan}",
        percent(spent.known.checked_div(limit).unwrap_or_default())
    ))
    .help("add the missing numbers; a rough one is better than none")
    .number("usd_per_month", exact(spent.known))
    .number("budget_usd_per_month", exact(limit))
    .number("is_complete", false)
    .at_most(Level::Advice);
    for (place, words) in described {
        let words = words.split(" (`").next().unwrap_or(&words).to_owned();
        finding = finding.related(Place::key(place), words);
    }
    Some(finding)
}

/// The units at the peak of something against their limit.
fn units(
    context: &Context<'_, '_>,
    place: &ModelPath,
    is_write: bool,
    rate: Rate,
    (whose, peak, is_unplanned): (&str, Total<'_>, bool),
) -> Option<Finding> {
    let limit = rate.per_second();
    let direction = if is_write { "write" } else { "read" };
    let place = Place::value(place.key(if is_write { "write_units" } else { "read_units" }));
    let is_whole = peak.unknown.is_none() && !is_unplanned;
    let at_least = if is_whole { "" } else { "at least " };
    if peak.known > limit {
        let [known, budget] = apart([peak.known, limit], about);
        return Some(
            Finding::new(
                place,
                format!("{whose} consumes {at_least}{known} {direction} {} per second at its peak, over its budget of {budget}", noun(peak.known, "unit", "units")),
            )
            .label(format!("{} too many", about(peak.known.saturating_sub(limit))))
            .why("The peaks of all patterns are taken to fall together, with the units of their indexes.")
            .help("`keyplan cost --format json` has the units of every pattern; consume less in the largest one, or raise the budget")
            .number("units_per_second", exact(peak.known))
            .number("budget_units_per_second", exact(limit)),
        );
    }
    if is_whole {
        return None;
    }
    let why = match peak.unknown {
        Some(unknown) => format!("Not known: {}.", Missing::Load(unknown).describe(context.design).1),
        None => "A pattern has no plan, and so no units.".to_owned(),
    };
    Some(
        Finding::new(
            place,
            format!("whether {whose} stays within {} per second cannot be confirmed", units_of(limit, direction)),
        )
        .label(format!("at least {} {} known", about(peak.known), noun(peak.known, "is", "are")))
        .why(why)
        .help("add the missing numbers; a rough one is better than none")
        .at_most(Level::Advice),
    )
}

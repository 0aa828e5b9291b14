//! Units that are paid for and bring nothing more.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::capacity::short_of_reads;
use crate::cost::What;
use crate::design::PatternDesign;
use crate::lint::amounts::{LEAST_USD, about, exact, part, percent, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::{noun, quoted_list};
use crate::lint::{Context, Finding, Level, Place, Rule, is_judged};
use crate::load::{Consumed, Known, PatternLoad, throughput_path};
use crate::model::{Consistency, Need, Operation};
use crate::plan::consistency;
use crate::source::ModelPath;

pub(super) const RULES: &[Rule] = &[
    rule!("unneeded-strong-read", Capacity, Advice, unneeded_strong_read),
    rule!("single-action-transaction", Capacity, Warning, single_action_transaction),
    rule!("failing-conditions", Capacity, Warning, failing_conditions),
    rule!("missed-reads", Capacity, Advice, missed_reads),
];

/// From this much a month on, what is wasted is worth a warning (a threshold of our own).
const MUCH_USD: Decimal = Decimal::TEN;

/// The share of failed conditions that is worth a word: 10 % (a threshold of our own).
fn many_failures() -> Decimal {
    Decimal::new(1, 1)
}

/// The share of reads without an item that is worth a word: half (a threshold of our own).
fn many_misses() -> Decimal {
    Decimal::new(5, 1)
}

/// Dollars of a month by pattern and what they are for.
fn by_pattern(context: &Context<'_, '_>) -> BTreeMap<(usize, What), Decimal> {
    context.figures.bill.by(|line| Some((line.source?.pattern?, line.what)))
}

fn judged<'a, 'm>(
    context: &Context<'a, 'm>,
) -> impl Iterator<Item = (usize, &'a PatternDesign<'m>, &'a PatternLoad<'m>)> {
    let patterns = context.design.patterns.iter().zip(&context.figures.load.patterns).enumerate();
    patterns.filter(|(_, (pattern, _))| is_judged(pattern)).map(|(index, (pattern, load))| (index, pattern, load))
}

/// Units of one call that are consumed for a reason, and those of them that bring nothing.
fn units<'m>(load: &PatternLoad<'m>, why: Consumed) -> Known<'m, (Decimal, Decimal)> {
    load.charges().filter(|charge| charge.why == why).try_fold((Decimal::ZERO, Decimal::ZERO), |(all, none), charge| {
        Ok((all.saturating_add(charge.units?), none.saturating_add(charge.wasted?)))
    })
}

/// What is saved is worth a word from a twentieth of the demand on (a threshold of our own).
const PARTS_OF_DEMAND: Decimal = Decimal::from_parts(20, 0, 0, false, 0);

/// What half of some reads costs, where that is worth a word.
fn saved(whose: &str, half: Decimal) -> String {
    if half < LEAST_USD { String::new() } else { format!(" Half of {whose} reads is {} a month.", usd(half)) }
}

fn unneeded_strong_read(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let dollars = LazyCell::new(|| by_pattern(context));
    let short = LazyCell::new(|| short_of_reads(context));
    let mut by_default = Vec::new();
    for (index, pattern, load) in judged(context) {
        let Some(operation) = pattern.pattern.operation else { continue };
        let is_read = matches!(operation, Operation::Get | Operation::BatchGet | Operation::Query | Operation::Scan);
        let is_needed = pattern.pattern.needs.iter().any(|need| matches!(need, Need::ReadYourWrites | Need::Atomic));
        if !is_read || is_needed || consistency(context.design, pattern) != Consistency::Strong {
            continue;
        }
        // A read of a global index cannot be strong; that is another finding.
        let is_global =
            |charge: &crate::load::Charge<'_>| context.design.path(charge.path).is_some_and(|p| p.is_global());
        let Ok((units, _)) = units(load, Consumed::Read) else { continue };
        let half = dollars.get(&(index, What::Reads)).copied().unwrap_or_default() / Decimal::TWO;
        if load.charges().any(is_global) {
            continue;
        }
        // Where capacity is short, twice the units are throttled requests, whatever they cost.
        let calls = load.calls.peak.ok().max(load.calls.average.ok()).unwrap_or_default();
        let fewer = units.saturating_mul(calls) / Decimal::TWO;
        let mut components = load.charges().filter_map(|charge| throughput_path(context.design, charge.path));
        let throttled = components.find_map(|id| Some((context.design.path(id)?, short.get(&id)?)));
        let throttled = throttled.filter(|(_, (_, needed))| fewer.saturating_mul(PARTS_OF_DEMAND) >= *needed);
        if half < LEAST_USD && throttled.is_none() {
            continue;
        }
        let short = throttled.map_or_else(String::new, |(path, (most, needed))| {
            let asked = units_of(*needed, "read");
            format!(" Of the {asked} per second that are asked for, {} has {}; eventually consistent, `{}` asks for {} fewer.", path.label(), about(*most), pattern.name, about(fewer))
        });
        if pattern.pattern.consistency.is_none() {
            by_default.push((pattern.name, half, short));
            continue;
        }
        found.push(
            Finding::new(
                Place::value(pattern.place.key("consistency")),
                format!("`{}` reads strongly consistent and does not say what for", pattern.name),
            )
            .label("twice the units")
            .why(format!(
                "A call consumes {}; eventually consistent it is {}.{}{short}",
                units_of(units, "read"),
                about(units / Decimal::TWO),
                saved("its", half)
            ))
            .help("leave it out, or say what relies on it: `needs: [read_your_writes]`")
            .number("read_units_per_call", exact(units))
            .number("saved_usd_per_month", exact(half)),
        );
    }
    if by_default.is_empty() {
        return;
    }
    let throttled: BTreeSet<String> = by_default.iter().map(|(.., short)| short.clone()).collect();
    let throttled: Vec<String> = throttled.into_iter().collect();
    let total = by_default.iter().map(|(_, half, _)| *half).fold(Decimal::ZERO, Decimal::saturating_add);
    found.push(
        Finding::new(
            Place::value(ModelPath::of(["defaults"]).key("consistency")),
            format!("{} read strongly consistent by default", quoted_list(by_default.iter().map(|(name, ..)| *name))),
        )
        .label("twice the units")
        .why(format!("None of them says that it relies on it.{}{}", saved("their", total), throttled.concat()))
        .help("write `consistency: strong` where a caller needs it, with `needs: [read_your_writes]`, and leave the default out")
        .number("saved_usd_per_month", exact(total)),
    );
}

fn single_action_transaction(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let dollars = LazyCell::new(|| by_pattern(context));
    for (index, pattern, load) in judged(context) {
        let (instead, what, why) = match pattern.pattern.operation {
            Some(Operation::TransactWrite) => {
                ("the single write", What::Writes, "A single write with a condition is as atomic")
            }
            Some(Operation::TransactGet) => {
                ("`get` with `consistency: strong`", What::Reads, "A strongly consistent get is as current")
            }
            _ => continue,
        };
        let [request] = pattern.requests.as_slice() else { continue };
        let is_one = request.count == Decimal::ONE && request.operation != Operation::ConditionCheck;
        let keys =
            context.plans.of(index).first().and_then(|plan| plan.access()).and_then(|(_, access)| access.queries);
        // The same token again within ten minutes does nothing: a reason for a transaction of one.
        if !is_one || keys != Some(Decimal::ONE) || pattern.pattern.repeats.is_some() {
            continue;
        }
        let why_units = if what == What::Reads { Consumed::Read } else { Consumed::Write };
        let units = units(load, why_units).ok().map(|(units, _)| units);
        let half = dollars.get(&(index, what)).map(|amount| *amount / Decimal::TWO);
        let price = match (units, half) {
            (Some(units), Some(half)) => {
                format!(
                    " Here: {} {} instead of {}, {} a month too much.",
                    about(units),
                    noun(units, "unit", "units"),
                    about(units / Decimal::TWO),
                    usd(half)
                )
            }
            (Some(units), None) => {
                format!(
                    " Here: {} {} instead of {}.",
                    about(units),
                    noun(units, "unit", "units"),
                    about(units / Decimal::TWO)
                )
            }
            _ => String::new(),
        };
        let instead = match (what, pattern.requests.first().map(|r| r.operation)) {
            (What::Writes, Some(Operation::Put)) => "`operation: put`",
            (What::Writes, Some(Operation::Update)) => "`operation: update`",
            (What::Writes, Some(Operation::Delete)) => "`operation: delete`",
            _ => instead,
        };
        let mut finding = Finding::new(
            Place::value(pattern.place.key("operation")),
            format!("`{}` is a transaction of one request", pattern.name),
        )
        .label("twice the units for nothing")
        .why(format!("{why}, at half the units.{price}"))
        .help(format!("write {instead}; only a client token that makes repeats harmless speaks for the transaction (`repeats: 1%`)"));
        if let Some(half) = half {
            finding = finding.number("saved_usd_per_month", exact(half));
        }
        found.push(finding);
    }
}

fn failing_conditions(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let dollars = LazyCell::new(|| by_pattern(context));
    for (index, pattern, load) in judged(context) {
        let share =
            |guard: &Option<crate::model::Guard>| guard.as_ref().and_then(|guard| guard.fails).map(|share| share.0);
        let whole = share(&pattern.pattern.condition);
        let mut fails: Vec<(ModelPath, Decimal)> =
            whole.map(|share| (pattern.place.key("condition").key("fails"), share)).into_iter().collect();
        for request in &pattern.requests {
            if let Some(share) = request.action.and_then(|action| share(&action.condition)) {
                fails.push((request.place.key("condition").key("fails"), share));
            }
        }
        let total = fails.iter().map(|(_, share)| *share).fold(Decimal::ZERO, Decimal::saturating_add);
        let total = total.min(Decimal::ONE);
        let Some((place, _)) = fails.iter().max_by_key(|(_, share)| *share).cloned() else { continue };
        if total <= many_failures() {
            continue;
        }
        let Ok((all, wasted)) = units(load, Consumed::Write) else { continue };
        let amount = dollars.get(&(index, What::Writes)).map(|amount| amount.saturating_mul(part(wasted, all)));
        if wasted.is_zero() || amount.is_some_and(|amount| amount < LEAST_USD) {
            continue;
        }
        let month = amount.map(|amount| format!(", {} a month", usd(amount))).unwrap_or_default();
        let what = if pattern.pattern.operation == Some(Operation::TransactWrite) {
            "A transaction that is cancelled is billed for all of its actions."
        } else {
            "A write whose condition fails is billed like one that takes place."
        };
        let mut finding = Finding::new(
            Place::value(place),
            format!("{} of the calls of `{}` fail and are billed", percent(total), pattern.name),
        )
        .label("billed for nothing")
        .why(format!("{what} Of {} of an average call, {} change nothing{month}.", units_of(all, "write"), about(wasted)))
        .help("read first where that is cheaper (an item of 4 KB is half a unit to read and 4 to write), or narrow who tries: a queue, a lease, a random delay")
        .number("fails", exact(total))
        .number("wasted_write_units_per_call", exact(wasted));
        if let Some(amount) = amount {
            finding = finding.number("wasted_usd_per_month", exact(amount));
        }
        let is_much = amount.is_some_and(|amount| amount >= MUCH_USD);
        found.push(if is_much { finding } else { finding.at_most(Level::Advice) });
    }
}

fn missed_reads(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let dollars = LazyCell::new(|| by_pattern(context));
    for (index, pattern, load) in judged(context) {
        let own = pattern.pattern.misses.map(|share| (pattern.place.key("misses"), share.0));
        let actions = pattern.requests.iter().filter_map(|request| {
            let share = request.action?.misses?.0;
            Some((request.place.key("misses"), share))
        });
        let Some((place, share)) = own.into_iter().chain(actions).max_by_key(|(_, share)| *share) else { continue };
        if share <= many_misses() {
            continue;
        }
        let Ok((all, wasted)) = units(load, Consumed::Read) else { continue };
        let amount = dollars.get(&(index, What::Reads)).copied().unwrap_or_default();
        let amount = amount.saturating_mul(part(wasted, all));
        if amount < LEAST_USD {
            continue;
        }
        found.push(
            Finding::new(Place::value(place), format!("{} of the reads of `{}` find nothing", percent(share), pattern.name))
                .label("billed all the same")
                .why(format!("A read of a key that has no item consumes the minimum. Of {} of an average call, {} find nothing: {} a month.", units_of(all, "read"), about(wasted), usd(amount)))
                .help("where an item that is read before could say whether there is one, keep a mark there; where the read only guards a write, make it the write's condition")
                .number("wasted_read_units_per_call", exact(wasted))
                .number("wasted_usd_per_month", exact(amount)),
        );
    }
}

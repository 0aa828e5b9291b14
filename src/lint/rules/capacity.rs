//! Provisioned capacity held against the demand.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::cost::{StatedCapacity, What};
use crate::design::{AccessPath, PathId};
use crate::lint::amounts::{about, exact, is_worth, percent, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, noun};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::{Flow, called_in, throughput_path, units_in};
use crate::model::{Autoscaled, Billing};
use crate::source::ModelPath;

pub(super) const RULES: &[Rule] = &[
    rule!("capacity-below-peak", Capacity, Warning, capacity_below_peak),
    rule!("fixed-capacity", Capacity, Advice, fixed_capacity),
    rule!("autoscaling-bounds", Capacity, Error, autoscaling_bounds),
];

/// The targets that scaling takes, in percent.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html>
const TARGETS: std::ops::RangeInclusive<i64> = 20..=90;

/// The target of the proposals.
const TARGET: i64 = 70;

/// One direction of the throughput of a provisioned table or global index in one Region.
struct Provisioned<'a, 'm> {
    id: PathId,
    path: &'a AccessPath<'m>,
    region: usize,
    is_write: bool,
    flow: Flow<'m>,
    said: StatedCapacity<'m>,
    /// Where `capacity` and `autoscaling` stand.
    place: ModelPath,
}

impl Provisioned<'_, '_> {
    fn direction(&self) -> &'static str {
        if self.is_write { "write" } else { "read" }
    }

    fn field(&self, setting: &str) -> ModelPath {
        self.place.key(setting).key(self.direction())
    }

    /// The units per second that it takes at most.
    fn most(&self) -> Option<Decimal> {
        self.said.scaled.map(|bounds| bounds.max.0).or(self.said.fixed)
    }

    /// The units per second that it has to take at some time.
    fn needed(&self) -> Decimal {
        self.flow.peak.known.max(self.flow.average.known).ceil()
    }
}

fn provisioned<'a, 'm>(context: &Context<'a, 'm>) -> Vec<Provisioned<'a, 'm>> {
    let mut all = Vec::new();
    let design = context.design;
    for table in design.tables.iter().filter(|table| table.table.billing == Some(Billing::Provisioned)) {
        for id in table.paths.iter().copied().filter(|id| throughput_path(design, *id) == Some(*id)) {
            let Some(path) = design.path(id) else { continue };
            for region in 0..=table.table.replicas.0.len() {
                for is_write in [false, true] {
                    let Some(said) = StatedCapacity::of(design, id, is_write, region).filter(StatedCapacity::is_said)
                    else {
                        continue;
                    };
                    let replica = region.checked_sub(1).and_then(|at| table.table.replicas.0.get_index(at));
                    let place = match replica.filter(|_| said.is_of_replica) {
                        Some((name, _)) => path.place.key("replicas").key(name),
                        None => path.place.clone(),
                    };
                    let flow = *context.figures.demands.of(id, region).flow(is_write);
                    all.push(Provisioned { id, path, region, is_write, flow, said, place });
                }
            }
        }
    }
    all
}

/// The tables and global indexes whose read capacity is below what is asked for, with both.
pub(super) fn short_of_reads(context: &Context<'_, '_>) -> BTreeMap<PathId, (Decimal, Decimal)> {
    let reads = provisioned(context).into_iter().filter(|part| !part.is_write);
    let short = reads.filter_map(|part| {
        let (most, needed) = (part.most()?, part.flow.peak.known.max(part.flow.average.known));
        (needed > most).then_some((part.id, (most, needed)))
    });
    short.collect()
}

/// For each component, Region and direction the pattern with the highest peak, and its units.
fn busiest(context: &Context<'_, '_>) -> BTreeMap<(PathId, usize, bool), (usize, Decimal)> {
    let design = context.design;
    let mut busiest: BTreeMap<(PathId, usize, bool), (usize, Decimal)> = BTreeMap::new();
    for (index, (pattern, load)) in design.patterns.iter().zip(&context.figures.load.patterns).enumerate() {
        let mut own: BTreeMap<(PathId, usize, bool), Decimal> = BTreeMap::new();
        let Ok(peak) = load.calls.peak else { continue };
        for charge in load.charges() {
            let Some(id) = throughput_path(design, charge.path) else { continue };
            let Some(table) = design.path(id).map(|path| path.table) else { continue };
            let called = called_in(design, pattern, table);
            let regions = design.table(table).map_or(1, |table| table.table.replicas.0.len() + 1);
            for region in 0..regions {
                if let Ok(units) = units_in(charge, called, region) {
                    let sum = own.entry((id, region, charge.why.is_write())).or_default();
                    *sum = sum.saturating_add(units.saturating_mul(peak));
                }
            }
        }
        for (place, units) in own {
            let most = busiest.entry(place).or_insert((index, units));
            if units > most.1 {
                *most = (index, units);
            }
        }
    }
    busiest
}

fn capacity_below_peak(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    // One finding for each setting, about the Region that asks most of it.
    let mut worst: BTreeMap<ModelPath, Provisioned<'_, '_>> = BTreeMap::new();
    for part in provisioned(context) {
        let field = match part.said.scaled {
            Some(_) => part.field("autoscaling").key("max"),
            None => part.field("capacity"),
        };
        match worst.get(&field) {
            Some(other) if other.flow.peak.known >= part.flow.peak.known => {}
            _ => {
                worst.insert(field, part);
            }
        }
    }
    if worst.is_empty() {
        return;
    }
    let busiest = busiest(context);
    for (field, part) in &worst {
        let Some(most) = part.most() else { continue };
        let (average, peak) = (part.flow.average.known, part.flow.peak.known);
        if peak.max(average) <= most {
            continue;
        }
        let top = busiest.get(&(part.id, part.region, part.is_write));
        let alone = top.map_or(Decimal::ZERO, |(_, units)| *units);
        let direction = part.direction();
        let (asked, what, when) = match average > most {
            true => (average, part.flow.average.shown(), "on average"),
            false => (peak, part.flow.peak.shown(), "at the peak"),
        };
        let setting = if part.said.scaled.is_some() { "scales up to" } else { "has" };
        let consequence = match (part.path.is_global(), part.is_write) {
            (true, true) => format!(
                "What it does not take throttles the writes of table `{}`, whoever reads it.",
                part.path.table_name
            ),
            _ => "Requests beyond it are throttled once up to 300 seconds of unused capacity are used up.".to_owned(),
        };
        let certainty = match (average > most, alone > most) {
            (true, _) => "No peak is needed for that: the average alone is more.",
            (false, true) => "One pattern alone asks for more.",
            (false, false) => "No pattern alone asks for so much; it is the sum, if all peaks fall together.",
        };
        let other = worst.values().find(|other| other.place == part.place && other.is_write != part.is_write);
        let mut finding = Finding::new(
            Place::value(field.clone()),
            format!(
                "{} {setting} {}, and {what} {} asked for {when}",
                part.path.label(),
                units_of(most, direction),
                noun(asked, "is", "are")
            ),
        )
        .label(format!("below the {}", if average > most { "average" } else { "peak" }))
        .why(format!("{consequence} {certainty}"))
        .help(raised(part, other))
        .number("capacity", exact(most))
        .number("average_units_per_second", exact(average))
        .number("peak_units_per_second", exact(peak));
        if let Some((pattern, units)) = top
            && let Some(pattern) = context.design.patterns.get(*pattern)
        {
            finding = finding.related(
                Place::key(pattern.place.clone()),
                format!("{} {} per second at its peak", about(*units), noun(*units, "unit", "units")),
            );
        }
        let is_certain = average > most || alone > most;
        found.push(if is_certain { finding } else { finding.at_most(Level::Advice) });
    }
}

/// What to write for capacity that is too low. It holds what both directions need, so that a finding
/// about each of them proposes the same.
fn raised(part: &Provisioned<'_, '_>, other: Option<&Provisioned<'_, '_>>) -> String {
    let mut both: Vec<&Provisioned<'_, '_>> = other.into_iter().chain([part]).collect();
    both.sort_by_key(|part| part.is_write);
    let fixed = both.iter().filter_map(|part| {
        let units = part.said.fixed?;
        let least = if part.said.scaled.is_some() { units } else { units.max(part.needed()) };
        Some(format!("{}: {}", part.direction(), least.normalize()))
    });
    let fixed: Vec<String> = fixed.collect();
    let scaled = both.iter().filter_map(|part| match (part.said.scaled, part.said.fixed) {
        (Some(bounds), _) => {
            let (direction, most) = (part.direction(), bounds.max.0.max(part.needed()).normalize());
            let target = bounds.target.map(|target| format!(", target: {target}")).unwrap_or_default();
            Some(format!("{direction}: {{min: {}, max: {most}{target}}}", bounds.min.0.min(most).normalize()))
        }
        (None, Some(units)) if units < part.needed() => {
            Some(following(part.direction(), part.flow.average.known, part.flow.peak.known))
        }
        (None, _) => None,
    });
    let scaled = format!("`autoscaling: {{{}}}`", scaled.collect::<Vec<_>>().join(", "));
    match part.said.scaled {
        Some(_) => scaled,
        None => format!("`capacity: {{{}}}`, or {scaled}", fixed.join(", ")),
    }
}

/// Bounds of scaling for a load: from quiet hours to the peak at the usual target.
fn following(direction: &str, average: Decimal, peak: Decimal) -> String {
    let peak = peak.max(average);
    let most = peak.checked_div(Decimal::new(TARGET, 2)).unwrap_or(peak).ceil();
    format!("{direction}: {{min: {}, max: {most}, target: {TARGET}%}}", quiet(average))
}

/// Units that keep the usual target of them in use, at least one.
fn follow(average: Decimal) -> Decimal {
    average.checked_div(Decimal::new(TARGET, 2)).unwrap_or(average).ceil().max(Decimal::ONE)
}

/// Dollars of a month for capacity that nothing uses, in the home Region.
fn idle(context: &Context<'_, '_>) -> BTreeMap<(PathId, bool), Decimal> {
    let home = context.figures.bill.region;
    context.figures.bill.by(|line| {
        let source = line.source.filter(|_| line.what == What::IdleCapacity && line.region == home)?;
        Some((source.path, line.item.is_write()))
    })
}

/// What capacity of so many units would save at so many, given what its idle part costs.
fn saved(idle: Decimal, average: Decimal, units: Decimal, needed: Decimal) -> Decimal {
    let unused = units.saturating_sub(average);
    let less = units.saturating_sub(needed).min(unused);
    idle.saturating_mul(less).checked_div(unused).unwrap_or_default()
}

/// The peak that a fixed capacity has to be made for, as a multiple of the average.
fn peak_factor() -> Decimal {
    Decimal::new(15, 1)
}

/// A direction whose capacity stands at the peak.
struct Standing<'m> {
    direction: &'static str,
    units: Decimal,
    average: Decimal,
    peak: Decimal,
    needed: Decimal,
    saving: Decimal,
    path: &'m AccessPath<'m>,
    place: ModelPath,
}

impl Standing<'_> {
    /// What to write instead.
    fn scaled(&self) -> String {
        following(self.direction, self.average, self.peak)
    }
}

/// A least capacity for quiet hours: what a quarter of the average needs.
fn quiet(average: Decimal) -> Decimal {
    follow(average.checked_div(Decimal::from(4)).unwrap_or_default())
}

fn fixed_capacity(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let idle = idle(context);
    let mut standing: BTreeMap<PathId, Vec<Standing<'_>>> = BTreeMap::new();
    for part in provisioned(context).into_iter().filter(|part| part.region == 0 && part.said.scaled.is_none()) {
        let (Ok(average), Ok(peak), Some(units)) = (part.flow.average.whole(), part.flow.peak.whole(), part.said.fixed)
        else {
            continue;
        };
        if peak > units || peak <= average.saturating_mul(peak_factor()) || context.has_unplanned(part.path.table) {
            continue;
        }
        let idle = idle.get(&(part.id, part.is_write)).copied().unwrap_or_default();
        let needed = follow(average);
        let saving = saved(idle, average, units, needed);
        if is_worth(saving, idle) {
            let (direction, place) = (part.direction(), part.field("capacity"));
            let own = Standing { direction, units, average, peak, needed, saving, path: part.path, place };
            standing.entry(part.id).or_default().push(own);
        }
    }
    for parts in standing.into_values() {
        let Some(first) = parts.first() else { continue };
        let list = |of: &dyn Fn(&Standing<'_>) -> String| and_list(parts.iter().map(of));
        let saving = parts.iter().map(|part| part.saving).fold(Decimal::ZERO, Decimal::saturating_add);
        let mut finding = Finding::new(
            Place::value(first.place.clone()),
            format!(
                "{} pays for {} units at all hours and uses {} on average",
                first.path.label(),
                list(&|part| format!("{} {}", about(part.units), part.direction)),
                list(&|part| about(part.average))
            ),
        )
        .label("does not follow the load")
        .why(format!(
            "The peak is {} times the average. Capacity that follows the load with {TARGET}% in use would be about {} {} and save about {} a month. Scaling reacts within minutes, so it is for load that does not jump.",
            list(&|part| about(part.peak.checked_div(part.average).unwrap_or_default().round_dp(1))),
            list(&|part| about(part.needed)),
            noun(parts.last().map_or(Decimal::ZERO, |part| part.needed), "unit", "units"),
            usd(saving)
        ))
        .help(format!("`autoscaling: {{{}}}`", parts.iter().map(Standing::scaled).collect::<Vec<_>>().join(", ")))
        .number("saved_usd_per_month", exact(saving));
        for part in parts.iter().skip(1) {
            finding = finding.related(Place::value(part.place.clone()), "nor does this");
        }
        found.push(finding);
    }
}

fn autoscaling_bounds(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let idle = idle(context);
    for part in provisioned(context).into_iter().filter(|part| part.region == 0 || part.said.is_of_replica) {
        let Some(bounds) = part.said.scaled else { continue };
        let field = part.field("autoscaling");
        let direction = part.direction();
        rejected_bounds(&part, bounds, &field, found);
        let (Ok(average), true) = (part.flow.average.whole(), bounds.max >= bounds.min) else { continue };
        let target = bounds.target.map_or(Decimal::new(TARGET, 2), |share| share.0);
        let needed = average.checked_div(target).unwrap_or(average).ceil().max(Decimal::ONE);
        let idle = idle.get(&(part.id, part.is_write)).copied().unwrap_or_default();
        let saving = saved(idle, average, bounds.min.0, needed);
        if part.region != 0
            || needed >= bounds.min.0
            || context.has_unplanned(part.path.table)
            || !is_worth(saving, idle)
        {
            continue;
        }
        found.push(
            Finding::new(
                Place::value(field.key("min")),
                format!("{} never scales below {}, and the average load needs {}", part.path.label(), units_of(bounds.min.0, direction), about(needed)),
            )
            .label("above the average")
            .why(format!(
                "{} {} used on average, {} with {} of them in use. The rest stands idle for about {} a month.",
                about(average), noun(average, "unit is", "units are"), about(needed), percent(target), usd(saving)
            ))
            .help(format!("`{direction}: {{min: {}, max: {}}}`, unless the load jumps faster than scaling follows, which takes minutes", quiet(average), bounds.max))
            .number("min", exact(bounds.min.0))
            .number("needed", exact(needed))
            .number("saved_usd_per_month", exact(saving))
            .at_most(Level::Advice),
        );
    }
}

/// Bounds and targets that the service does not take.
fn rejected_bounds(part: &Provisioned<'_, '_>, bounds: &Autoscaled, field: &ModelPath, found: &mut Vec<Finding>) {
    if bounds.max < bounds.min {
        found.push(
            Finding::new(
                Place::value(field.key("max")),
                format!("{} scales up to {}, below its least of {}", part.path.label(), bounds.max, bounds.min),
            )
            .label("less than `min`")
            .related(Place::value(field.key("min")), "the least units")
            .why("RegisterScalableTarget rejects a maximum capacity below the minimum (ValidationException).")
            .help(format!("swap them: `{{min: {}, max: {}}}`", bounds.max, bounds.min)),
        );
    }
    let in_range =
        |share: Decimal| share >= Decimal::new(*TARGETS.start(), 2) && share <= Decimal::new(*TARGETS.end(), 2);
    if let Some(target) = bounds.target.filter(|target| !in_range(target.0)) {
        found.push(
            Finding::new(
                Place::value(field.key("target")),
                format!("{} is to keep {target} of its capacity in use", part.path.label()),
            )
            .label("20% to 90%")
            .why("Scaling takes targets from 20% to 90% and rejects others (ValidationException).")
            .help("`target: 70%` is what the service takes by itself"),
        );
    }
}

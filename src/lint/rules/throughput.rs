//! Throughput of whole tables and indexes: what a new one starts with, quotas, and limits that the
//! design sets itself.

use rust_decimal::Decimal;

use crate::cost::dollars;
use crate::design::{AccessPath, PathId, PathKind};
use crate::lint::registry::rule;
use crate::lint::wording::{calls, number, quoted_list, units};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::{Total, Unknown, called_in, throughput_path, units_in};
use crate::model::{AutoScaling, Billing, Capacity};
use crate::prices::{Direction, Item};
use crate::service::limits::{
    ACCOUNT_UNITS, DOUBLING_MINUTES, NEW_TABLE_READ_UNITS, NEW_TABLE_WRITE_UNITS, TABLE_UNITS,
};

pub(super) const RULES: &[Rule] = &[
    rule!("peak-above-new-table", Heat, Warning, peak_above_new_table),
    rule!("table-over-quota", Heat, Warning, table_over_quota),
    rule!("max-throughput-below-peak", Heat, Warning, max_throughput_below_peak),
];

/// A table or global index with its settings.
struct Component<'a, 'm> {
    id: PathId,
    path: &'a AccessPath<'m>,
    billing: Billing,
    capacity: Option<&'m Capacity>,
    autoscaling: Option<&'m AutoScaling>,
    most: Option<&'m Capacity>,
    warm: Option<&'m Capacity>,
    /// The Regions of the table, its home first.
    regions: Vec<&'m str>,
}

fn components<'a, 'm>(context: &Context<'a, 'm>) -> Vec<Component<'a, 'm>> {
    let design = context.design;
    let all = design.paths.iter().enumerate().filter_map(|(index, path)| {
        let table = design.table(path.table)?.table;
        let (capacity, autoscaling, most, warm) = match path.kind {
            PathKind::Table => (&table.capacity, &table.autoscaling, &table.max_throughput, &table.warm_throughput),
            PathKind::Global(index) => {
                (&index.capacity, &index.autoscaling, &index.max_throughput, &index.warm_throughput)
            }
            PathKind::Local(_) => return None,
        };
        let replicas = table.replicas.0.keys().map(String::as_str);
        Some(Component {
            id: PathId(index),
            path,
            billing: table.billing.unwrap_or(Billing::OnDemand),
            capacity: capacity.as_ref(),
            autoscaling: autoscaling.as_ref(),
            most: most.as_ref(),
            warm: warm.as_ref(),
            regions: std::iter::once(context.figures.bill.region).chain(replicas).collect(),
        })
    });
    all.collect()
}

fn side(capacity: Option<&Capacity>, is_write: bool) -> Option<Decimal> {
    capacity.and_then(|capacity| if is_write { capacity.write } else { capacity.read }).map(|count| count.0)
}

fn word(is_write: bool) -> &'static str {
    if is_write { "write" } else { "read" }
}

/// The Region in which a component is asked for most, and for how much.
fn busiest<'m>(context: &Context<'_, 'm>, component: &Component<'_, 'm>, is_write: bool) -> (usize, Total<'m>) {
    let of = |region: usize| context.figures.demands.of(component.id, region).flow(is_write).peak;
    let regions = 0..component.regions.len();
    let most = regions.rev().max_by_key(|region| of(*region).known).unwrap_or_default();
    (most, of(most))
}

/// The patterns that ask most of a component, with what each asks: `` `buy` 3 × 1,200 = 3,600 ``.
fn sum_of_patterns(context: &Context<'_, '_>, component: &Component<'_, '_>, region: usize, is_write: bool) -> String {
    const MOST: usize = 4;
    let mut all: Vec<(Decimal, &str, Decimal, Decimal)> = Vec::new();
    for (pattern, load) in context.design.patterns.iter().zip(&context.figures.load.patterns) {
        let called = called_in(context.design, pattern, component.path.table);
        let own = load.charges().filter(|charge| {
            charge.why.is_write() == is_write && throughput_path(context.design, charge.path) == Some(component.id)
        });
        let mut units = own.map(|charge| units_in(charge, called, region));
        let sum = units.try_fold(Decimal::ZERO, |sum, units| Ok::<_, Unknown<'_>>(sum.saturating_add(units?)));
        let (Ok(each), Ok(calls)) = (sum, load.calls.peak) else { continue };
        let total = each.saturating_mul(calls);
        if !total.is_zero() {
            all.push((total, pattern.name, each, calls));
        }
    }
    all.sort_by_key(|(total, ..)| std::cmp::Reverse(*total));
    let more = all.len().saturating_sub(MOST);
    let shown = all
        .into_iter()
        .take(MOST)
        .map(|(total, name, each, rate)| format!("`{name}`: {} × {} = {}/s", units(each), calls(rate), number(total)));
    let mut texts: Vec<String> = shown.collect();
    if more > 0 {
        texts.push(format!("{more} more"));
    }
    texts.join("; ")
}

/// A sum, with `at least` where a part of it is unknown.
fn shown(total: &Total<'_>) -> String {
    format!("{}{}", if total.unknown.is_some() { "at least " } else { "" }, number(total.known))
}

/// The place of a setting, or of the component where it has none.
fn place(component: &Component<'_, '_>, setting: &str, is_given: bool) -> Place {
    if is_given { Place::key(component.path.place.key(setting)) } else { Place::key(component.path.place.clone()) }
}

fn peak_above_new_table(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for component in components(context).iter().filter(|component| component.billing == Billing::OnDemand) {
        for is_write in [true, false] {
            if warm_needed(context, component, is_write).is_none() {
                continue;
            }
            let start = new_units(is_write);
            let (region, peak) = busiest(context, component, is_write);
            let warm = warm_units(component, is_write);
            let direction = word(is_write);
            let needed = round_up(peak.known);
            // The setting holds both directions, and stands once.
            let both = [false, true].map(|is_write| {
                let wanted = warm_needed(context, component, is_write).or(side(component.warm, is_write))?;
                Some(format!("{}: {}", word(is_write), wanted.normalize()))
            });
            let both: Vec<String> = both.into_iter().flatten().collect();
            let mut doublings = 0_u64;
            let mut reached = warm;
            while reached < peak.known {
                reached = reached.saturating_mul(Decimal::TWO);
                doublings += 1;
            }
            let what = if component.path.is_global() { "index" } else { "table" };
            let begins = if warm > start { "is warmed up for" } else { "begins with" };
            let mut help = format!("warm it up: `warm_throughput: {{{}}}`", both.join(", "));
            if let Some((each, total)) = warming_price(context, component, needed - warm, is_write) {
                let regions = component.regions.len();
                let times = if regions > 1 { format!(" in {regions} Regions") } else { String::new() };
                help.push_str(&format!(
                    "; once about ${} (an estimate: {} {direction} units × ${}{times})",
                    dollars(total),
                    number(needed - warm),
                    each.normalize()
                ));
            }
            help.push_str("; or let the traffic rise slowly when it starts");
            found.push(
                Finding::new(
                    place(component, "warm_throughput", component.warm.is_some()),
                    format!("a new {} gives less than its peak of {} {direction} units/s", component.path.label(), shown(&peak)),
                )
                .label(format!("{begins} {} {direction} units/s", number(warm)))
                .why(format!(
                    "{}. A new on-demand {what} {begins} {} {direction} units/s and then serves at once up to twice the highest peak it has had; asked for more within {DOUBLING_MINUTES} minutes, it may throttle. From {} to {} it takes {doublings} {} of {DOUBLING_MINUTES} minutes.",
                    sum_of_patterns(context, component, region, is_write),
                    number(warm),
                    number(warm),
                    number(peak.known),
                    if doublings == 1 { "doubling" } else { "doublings" }
                ))
                .help(help)
                .number("peak", peak.known.round_dp(6).normalize().to_string())
                .number("most", warm.normalize().to_string())
                .at_most(if doublings > 1 { Level::Warning } else { Level::Advice }),
            );
        }
    }
}

/// What a new table or index begins with.
fn new_units(is_write: bool) -> Decimal {
    Decimal::from(if is_write { NEW_TABLE_WRITE_UNITS } else { NEW_TABLE_READ_UNITS })
}

/// What a component begins with, warmed up or not.
fn warm_units(component: &Component<'_, '_>, is_write: bool) -> Decimal {
    let start = new_units(is_write);
    side(component.warm, is_write).unwrap_or(start).max(start)
}

/// The warm throughput for a peak above what a component begins with; nothing where it is not. What
/// the quota does not let through is another finding.
fn warm_needed(context: &Context<'_, '_>, component: &Component<'_, '_>, is_write: bool) -> Option<Decimal> {
    let peak = busiest(context, component, is_write).1.known;
    let is_above = peak > warm_units(component, is_write) && peak <= Decimal::from(TABLE_UNITS);
    is_above.then(|| round_up(peak))
}

/// Up to two digits that count.
fn round_up(units: Decimal) -> Decimal {
    let mut step = Decimal::ONE;
    while units > step.saturating_mul(Decimal::ONE_HUNDRED) {
        step = step.saturating_mul(Decimal::TEN);
    }
    (units / step).ceil().saturating_mul(step)
}

/// The price of warming up one unit in the home Region, and of all units in every Region.
fn warming_price(
    context: &Context<'_, '_>,
    component: &Component<'_, '_>,
    units: Decimal,
    is_write: bool,
) -> Option<(Decimal, Decimal)> {
    let item = Item::WarmThroughput(if is_write { Direction::Write } else { Direction::Read });
    let prices = component.regions.iter().map(|region| Some(context.book.region(region)?.price(item)?.paid()));
    let prices: Vec<Decimal> = prices.collect::<Option<_>>()?;
    let total = prices.iter().map(|price| price.saturating_mul(units)).fold(Decimal::ZERO, Decimal::saturating_add);
    Some((*prices.first()?, total))
}

fn table_over_quota(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let most = Decimal::from(TABLE_UNITS);
    let all = components(context);
    for component in &all {
        for is_write in [true, false] {
            let (region, peak) = busiest(context, component, is_write);
            if peak.known <= most {
                continue;
            }
            let direction = word(is_write);
            found.push(
                Finding::new(
                    Place::key(component.path.place.clone()),
                    format!("{} {direction} units/s at the peak of {}", shown(&peak), component.path.label()),
                )
                .label(format!("the default quota is {} {direction} units/s", number(most)))
                .why(format!(
                    "{}. Without a higher quota, what goes beyond {} {direction} units/s throttles.",
                    sum_of_patterns(context, component, region, is_write),
                    number(most)
                ))
                .help(format!(
                    "request a quota of {} {direction} units/s per table in Service Quotas before the start, in each Region, or divide the data over several tables",
                    number(round_up(peak.known))
                ))
                .number("peak", peak.known.round_dp(6).normalize().to_string())
                .number("most", TABLE_UNITS),
            );
        }
    }
    for is_write in [true, false] {
        let direction = word(is_write);
        let provisioned = all.iter().filter(|component| component.billing == Billing::Provisioned);
        let parts: Vec<(&Component<'_, '_>, Decimal)> = provisioned
            .filter_map(|component| {
                let scaled =
                    component.autoscaling.and_then(|s| if is_write { s.write.as_ref() } else { s.read.as_ref() });
                let units = scaled.map(|scaled| scaled.max.0).or(side(component.capacity, is_write))?;
                Some((component, units))
            })
            .collect();
        let total = parts.iter().map(|(_, units)| *units).fold(Decimal::ZERO, Decimal::saturating_add);
        let Some((largest, _)) = parts.iter().max_by_key(|(_, units)| *units) else { continue };
        if total <= Decimal::from(ACCOUNT_UNITS) {
            continue;
        }
        let names = quoted_list(parts.iter().map(|(component, _)| component.path.name));
        found.push(
            Finding::new(
                Place::key(largest.path.place.clone()),
                format!("{} provisioned {direction} units in one account", number(total)),
            )
            .label(format!("the default quota of an account is {}", number(Decimal::from(ACCOUNT_UNITS))))
            .why(format!(
                "Capacities, and the `max` of scaled ones, of {names} add up to {} {direction} units; an account may provision {} in a Region, and a capacity beyond that is refused.",
                number(total),
                number(Decimal::from(ACCOUNT_UNITS))
            ))
            .help(format!(
                "request an account quota of {} {direction} units in Service Quotas, or use on-demand tables, which do not count",
                number(round_up(total))
            ))
            .number("units", total.normalize().to_string())
            .number("most", ACCOUNT_UNITS),
        );
    }
}

fn max_throughput_below_peak(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for component in components(context).iter().filter(|component| component.billing == Billing::OnDemand) {
        for is_write in [true, false] {
            let direction = word(is_write);
            let Some(most) = side(component.most, is_write) else { continue };
            let (region, peak) = busiest(context, component, is_write);
            if peak.known <= most {
                continue;
            }
            found.push(
                Finding::new(
                    Place::value(component.path.place.key("max_throughput").key(direction)),
                    format!(
                        "`max_throughput` of {} is below its peak of {} {direction} units/s",
                        component.path.label(),
                        shown(&peak)
                    ),
                )
                .label(format!("{} {direction} units/s at most", number(most)))
                .why(format!(
                    "{}. The service throttles what goes beyond {}: {} of {} units/s at the peak{}.",
                    sum_of_patterns(context, component, region, is_write),
                    number(most),
                    number(peak.known - most),
                    number(peak.known),
                    match component.path.is_global() && is_write {
                        true => ", and the writes of the table with them",
                        false => "",
                    }
                ))
                .help(format!(
                    "`max_throughput: {{{direction}: {}}}`; it protects from a runaway cost, so leave room above the peak",
                    round_up(peak.known.saturating_mul(Decimal::new(15, 1)))
                ))
                .number("peak", peak.known.round_dp(6).normalize().to_string())
                .number("most", most.normalize().to_string()),
            );
        }
    }
}

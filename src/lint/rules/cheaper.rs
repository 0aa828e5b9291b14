//! The same load under other terms: billing mode, table class, commitments.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::cost::{Bill, Commitment, Terms, What};
use crate::design::{Design, TableDesign, TableId};
use crate::lint::amounts::{about, exact, is_worth, part, percent, usd};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::throughput_path;
use crate::model::{Billing, Operation, TableClass};
use crate::plan::is_write;
use crate::prices::{Item, Term};
use crate::source::ModelPath;

pub(super) const RULES: &[Rule] = &[
    rule!("provisioned-would-be-cheaper", Cost, Advice, provisioned_would_be_cheaper),
    rule!("on-demand-would-be-cheaper", Cost, Warning, on_demand_would_be_cheaper),
    rule!("infrequent-access-would-be-cheaper", Cost, Advice, infrequent_access_would_be_cheaper),
    rule!("standard-class-would-be-cheaper", Cost, Advice, standard_class_would_be_cheaper),
    // `keyplan cost` shows it; as a finding it would come with every large bill.
    Rule { is_off: true, ..rule!("commitment-would-be-cheaper", Cost, Advice, commitment_would_be_cheaper) },
];

/// Dollars of a month below which another billing mode is not worth its care (a threshold of our own).
const LEAST_FOR_MODE: Decimal = Decimal::TEN;

/// The most that a peak may be of the average for scaled capacity to follow it (a threshold of our own).
const MOST_PEAK: Decimal = Decimal::from_parts(4, 0, 0, false, 0);

/// Dollars of a month for throughput from which a commitment is worth a word (a threshold of our own).
const LEAST_FOR_COMMITMENT: Decimal = Decimal::ONE_HUNDRED;

/// What tables cost in a month, in parts.
struct Parts {
    throughput: BTreeMap<TableId, Decimal>,
    storage: BTreeMap<TableId, Decimal>,
    /// Tables with a part of their throughput that has no amount.
    gaps: BTreeSet<TableId>,
    /// Tables with a part of their storage that has none.
    unstored: BTreeSet<TableId>,
}

impl Parts {
    fn of(bill: &Bill<'_>) -> Self {
        let table = |line: &crate::cost::Line<'_>, is: bool| line.source.filter(|_| is).map(|source| source.table);
        let lacking = |is: &dyn Fn(What) -> bool| {
            bill.gaps.iter().filter(|gap| is(gap.what)).map(|gap| gap.source.table).collect()
        };
        Self {
            throughput: bill.by(|line| table(line, line.what.is_throughput())),
            storage: bill.by(|line| table(line, line.what == What::Storage)),
            gaps: lacking(&|what| what.is_throughput()),
            unstored: lacking(&|what| what == What::Storage),
        }
    }

    fn throughput(&self, table: TableId) -> Decimal {
        self.throughput.get(&table).copied().unwrap_or_default()
    }

    fn storage(&self, table: TableId) -> Decimal {
        self.storage.get(&table).copied().unwrap_or_default()
    }
}

fn billing(table: &TableDesign<'_>) -> Billing {
    table.table.billing.unwrap_or(Billing::OnDemand)
}

fn class(table: &TableDesign<'_>) -> TableClass {
    table.table.class.unwrap_or(TableClass::Standard)
}

fn bill_under<'m>(context: &Context<'_, 'm>, terms: &Terms<'m>) -> Bill<'m> {
    context.figures.account(context.design, context.book).bill(terms)
}

/// The tables that a comparison is about, and of whose throughput everything is known.
fn candidates<'a, 'm>(
    context: &Context<'a, 'm>,
    now: &Parts,
    is: impl Fn(&TableDesign<'m>) -> bool,
) -> Vec<(TableId, &'a TableDesign<'m>)> {
    let tables = context.design.tables.iter().enumerate().map(|(index, table)| (TableId(index), table));
    tables.filter(|(id, table)| is(table) && !now.gaps.contains(id) && !context.has_unplanned(*id)).collect()
}

/// Units per second of a table with its global indexes, on average and at the peak, weighted by what
/// a unit costs; and the largest peak as a multiple of its average. Nothing where any is not known.
fn utilisation(context: &Context<'_, '_>, table: &TableDesign<'_>) -> Option<(Decimal, Decimal)> {
    let prices = context.home_prices.as_ref()?;
    let class = class(table);
    let (mut average, mut peak, mut steepest) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    let design: &Design<'_> = context.design;
    for id in table.paths.iter().copied().filter(|id| throughput_path(design, *id) == Some(*id)) {
        let demand = context.figures.demands.of(id, 0);
        for (is_write, item) in [(false, Item::CapacityRead(class)), (true, Item::CapacityWrite(class))] {
            let flow = demand.flow(is_write);
            let (mean, most) = (flow.average.whole().ok()?, flow.peak.whole().ok()?);
            let usd = prices.price(item)?.paid();
            average = average.saturating_add(mean.saturating_mul(usd));
            peak = peak.saturating_add(most.saturating_mul(usd));
            // The peak of next to nothing decides nothing.
            if most > Decimal::ONE {
                steepest = steepest.max(most.checked_div(mean).unwrap_or(Decimal::MAX));
            }
        }
    }
    Some((average.checked_div(peak)?, steepest))
}

/// The share of write capacity that has to be in use for it to be cheaper than requests, at the
/// prices of the home Region: a capacity unit makes 3,600 request units an hour.
fn break_even(context: &Context<'_, '_>, table: &TableDesign<'_>) -> Option<Decimal> {
    let prices = context.home_prices.as_ref()?;
    let class = class(table);
    let hour = prices.price(Item::CapacityWrite(class))?.paid();
    let request = prices.price(Item::RequestWrite(class))?.paid();
    hour.checked_div(request.saturating_mul(Decimal::from(3_600)))
}

fn table_place(table: &TableDesign<'_>, field: &str) -> Place {
    Place::value(ModelPath::of(["tables"]).key(table.name).key(field))
}

fn mode_place(table: &TableDesign<'_>) -> Place {
    match table.table.billing {
        Some(_) => table_place(table, "billing"),
        None => Place::key(ModelPath::of(["tables"]).key(table.name)),
    }
}

fn provisioned_would_be_cheaper(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let now = Parts::of(&context.figures.bill);
    let tables = candidates(context, &now, |table| billing(table) == Billing::OnDemand);
    if tables.iter().all(|(id, _)| now.throughput(*id) < LEAST_FOR_MODE) {
        return;
    }
    let other = Parts::of(&bill_under(context, &Terms { billing: Some(Billing::Provisioned), ..Terms::default() }));
    for (id, table) in tables {
        let (paid, instead) = (now.throughput(id), other.throughput(id));
        let saved = paid.saturating_sub(instead);
        let Some((used, steepest)) = utilisation(context, table) else { continue };
        if other.gaps.contains(&id) || steepest > MOST_PEAK || saved < LEAST_FOR_MODE || !is_worth(saved, paid) {
            continue;
        }
        let Some(break_even) = break_even(context, table) else { continue };
        found.push(
            Finding::new(
                mode_place(table),
                format!("provisioned capacity for table `{}` would be about {} a month instead of {}", table.name, usd(instead), usd(paid)),
            )
            .label(format!("on demand, {} a month", usd(paid)))
            .why(format!(
                "Capacity is cheaper than requests once more than {} of it is in use ({}). Scaled at a target of 70%, 70% is in use as long as scaling follows; capacity that stood at the peak all the time would have {} in use. The highest peak is {} times its average.",
                percent(break_even), context.figures.bill.region, percent(used), about(steepest.round_dp(1))
            ))
            .help("`billing: provisioned` with `autoscaling` for the table and each global index, if the load is steady enough; it may throttle while scaling catches up")
            .number("on_demand_usd_per_month", exact(paid))
            .number("provisioned_usd_per_month", exact(instead))
            .number("break_even_utilisation", exact(break_even))
            .number("utilisation_at_peak_capacity", exact(used)),
        );
    }
}

fn on_demand_would_be_cheaper(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let now = Parts::of(&context.figures.bill);
    let tables = candidates(context, &now, |table| billing(table) == Billing::Provisioned);
    if tables.is_empty() {
        return;
    }
    let bill = &context.figures.bill;
    let idle = bill.by(|line| line.source.filter(|_| line.what == What::IdleCapacity).map(|source| source.table));
    let other = Parts::of(&bill_under(context, &Terms { billing: Some(Billing::OnDemand), ..Terms::default() }));
    for (id, table) in tables {
        let (paid, instead) = (now.throughput(id), other.throughput(id));
        let saved = paid.saturating_sub(instead);
        // A table of which no request is known is not described, rather than idle.
        if other.gaps.contains(&id) || instead.is_zero() || !is_worth(saved, paid) {
            continue;
        }
        let Some(break_even) = break_even(context, table) else { continue };
        let idle = idle.get(&id).copied().unwrap_or_default();
        let used = part(paid.saturating_sub(idle), paid);
        let finding = Finding::new(
            mode_place(table),
            format!("on demand, table `{}` would be {} a month instead of {}", table.name, usd(instead), usd(paid)),
        )
        .label(format!("{} a month for capacity", usd(paid)))
        .why(format!(
            "{} of the capacity is in use on average, by what it costs; below {} requests are cheaper ({}). {} a month is for capacity that stands idle.",
            percent(used), percent(break_even), bill.region, usd(idle)
        ))
        .help("`billing: on_demand`, without `capacity` and `autoscaling`; or less capacity")
        .number("provisioned_usd_per_month", exact(paid))
        .number("on_demand_usd_per_month", exact(instead))
        .number("break_even_utilisation", exact(break_even))
        .number("utilisation", exact(used));
        let is_much = saved > LEAST_FOR_MODE && saved.saturating_mul(Decimal::from(5)) > paid;
        found.push(if is_much { finding } else { finding.at_most(Level::Advice) });
    }
}

/// Tables that something is written to, by the model: one whose writes are left out seems to be
/// there for storage only.
fn written(context: &Context<'_, '_>) -> BTreeSet<TableId> {
    let writes =
        context.requests().filter(|planned| is_write(planned.operation) || planned.operation == Operation::Put);
    writes.filter_map(|planned| context.entity_of(planned.request)?.table).collect()
}

fn infrequent_access_would_be_cheaper(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    compare_classes(context, TableClass::Standard, TableClass::StandardInfrequentAccess, found);
}

fn standard_class_would_be_cheaper(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    compare_classes(context, TableClass::StandardInfrequentAccess, TableClass::Standard, found);
}

fn compare_classes(context: &Context<'_, '_>, from: TableClass, to: TableClass, found: &mut Vec<Finding>) {
    let now = Parts::of(&context.figures.bill);
    let is_uniform = |table: &TableDesign<'_>| table.table.replicas.0.values().flatten().all(|r| r.class.is_none());
    let tables = candidates(context, &now, |table| class(table) == from && is_uniform(table));
    if tables.iter().all(|(id, _)| now.throughput(*id).saturating_add(now.storage(*id)) < Decimal::ONE) {
        return;
    }
    let written = written(context);
    let other = Parts::of(&bill_under(context, &Terms { class: Some(to), ..Terms::default() }));
    for (id, table) in tables {
        let (throughput, storage) = (now.throughput(id), now.storage(id));
        let (then_throughput, then_storage) = (other.throughput(id), other.storage(id));
        let (paid, instead) = (throughput.saturating_add(storage), then_throughput.saturating_add(then_storage));
        let saved = paid.saturating_sub(instead);
        let is_unknown = other.gaps.contains(&id) || now.unstored.contains(&id) || other.unstored.contains(&id);
        if is_unknown || !written.contains(&id) || throughput.is_zero() || !is_worth(saved, paid) {
            continue;
        }
        // Where both classes cost the same: what throughput costs more against what storage costs less.
        let dearer = part(then_throughput.saturating_sub(throughput), throughput);
        let cheaper = part(storage.saturating_sub(then_storage), storage);
        let break_even = part(dearer, cheaper);
        let own = storage.checked_div(throughput).unwrap_or_default();
        let name = match to {
            TableClass::Standard => "standard",
            TableClass::StandardInfrequentAccess => "standard_infrequent_access",
        };
        let place = match table.table.class {
            Some(_) => table_place(table, "class"),
            None => Place::key(ModelPath::of(["tables"]).key(table.name)),
        };
        let side = if to == TableClass::Standard { "below" } else { "above" };
        let mut finding = Finding::new(
            place,
            format!("in the class `{name}`, table `{}` would be {} a month instead of {}", table.name, usd(instead), usd(paid)),
        )
        .label(format!("{} for storage, {} for throughput", usd(storage), usd(throughput)))
        .why(format!(
            "There, storage is {} and throughput {}. For this table the class pays where storage costs {side} {} of throughput ({}); it costs {}.",
            usd(then_storage), usd(then_throughput), percent(break_even), context.figures.bill.region, percent(own)
        ))
        .help(format!("`class: {name}`; it can be changed twice in 30 days, without downtime{}", if to == TableClass::Standard { "" } else { ", and reserved capacity does not cover it" }))
        .number("usd_per_month", exact(paid))
        .number("other_class_usd_per_month", exact(instead))
        .number("break_even_storage_to_throughput", exact(break_even));
        if !own.is_zero() {
            finding = finding.number("storage_to_throughput", exact(own));
        }
        found.push(finding);
    }
}

fn commitment_would_be_cheaper(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let bill = &context.figures.bill;
    let throughput = bill.sum(|line| line.what.is_throughput());
    if throughput < LEAST_FOR_COMMITMENT {
        return;
    }
    let total = bill.total();
    let under =
        |commitment| total.saturating_sub(bill_under(context, &Terms { commitment, ..Terms::default() }).total());
    let plan = under(Commitment::SavingsPlan);
    let has_capacity = context.design.tables.iter().any(|table| billing(table) == Billing::Provisioned);
    let reserved = if has_capacity { under(Commitment::Reserved(Term::OneYear)) } else { Decimal::ZERO };
    let saved = plan.max(reserved);
    if !is_worth(saved, throughput) {
        return;
    }
    let discounts = context.book.savings_plan();
    let mut ways = Vec::new();
    if !plan.is_zero() {
        ways.push(format!(
            "A Database Savings Plan for a year takes {} off requests and {} off provisioned capacity: {} a month, nothing upfront.",
            percent(discounts.on_demand), percent(discounts.provisioned), usd(plan)
        ));
    }
    if reserved > Decimal::ZERO {
        ways.push(format!(
            "Reserved capacity for a year, in blocks of 100 over what is provisioned in every hour: {} a month, a part of it paid upfront.",
            usd(reserved)
        ));
    }
    let help = if reserved > plan {
        "reserve the steady part of the capacity, once the load has been what it is for some months; what is reserved is due whether it is used or not"
    } else {
        "commit to the part of the load that is there all year, once it has been what it is for some months; what is committed is due whether it is used or not"
    };
    found.push(
        Finding::new(
            Place::key(ModelPath::of(["tables"])),
            format!(
                "throughput is {} a month at list prices; a commitment would save up to {}",
                usd(throughput),
                usd(saved)
            ),
        )
        .label(format!("{} of throughput a month", usd(throughput)))
        .why(ways.join(" "))
        .help(help)
        .number("throughput_usd_per_month", exact(throughput))
        .number("savings_plan_usd_per_month", exact(plan))
        .number("reserved_usd_per_month", exact(reserved)),
    );
}

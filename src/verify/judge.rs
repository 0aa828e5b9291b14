//! The numbers of a pattern held against each other: the engine against the items, call by call, and
//! the items against the plan, on average.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::call::Called;
use super::figures::{Counts, Expected, Meter};
use super::pattern::{PatternRun, Planned, Weighed};
use super::scenario::Scenario;
use super::verdict::{Average, Figure, TOLERANCE_PERCENT, Verdict};
use crate::design::{AccessPath, Design, Request};
use crate::load::{Consumed, PatternLoad, throughput_path};
use crate::plan::{Access, Plan};

/// The average of a number over the calls of a pattern.
type Mean<'f> = dyn Fn(&dyn Fn(&Called) -> Decimal) -> Decimal + 'f;

impl<'m> Planned<'_, '_, 'm> {
    /// The average over calls, each case by its weight.
    fn mean(scenarios: &[Scenario], calls: &[Weighed], of: &dyn Fn(&Called) -> Decimal) -> Decimal {
        let mut total = Decimal::ZERO;
        for (position, scenario) in scenarios.iter().enumerate() {
            let all: Vec<Decimal> =
                calls.iter().filter(|call| call.scenario == position).map(|call| of(&call.called)).collect();
            let sum = all.iter().copied().fold(Decimal::ZERO, Decimal::saturating_add);
            let mean = sum.checked_div(Decimal::from(all.len())).unwrap_or_default();
            total = total.saturating_add(mean.saturating_mul(scenario.weight));
        }
        total.round_dp(6)
    }

    /// Judges the calls of a pattern, made in these scenarios.
    pub(super) fn judge(
        &self,
        run: &mut PatternRun,
        scenarios: &[Scenario],
        calls: &[Weighed],
        requests: Vec<(&Request<'m>, &Access<'m>)>,
    ) {
        let mean = |of: &dyn Fn(&Called) -> Decimal| Self::mean(scenarios, calls, of);
        let is_range = requests.iter().any(|(_, access)| !access.is_item);
        if let ([(_, access)], true) = (requests.as_slice(), is_range) {
            self.judge_counts(run, calls, access, &mean);
        }
        let planned = planned_units(self.context.design, self.load);
        let told = planned_units(self.context.design, self.written.load);
        let meters: BTreeSet<Meter> = planned
            .keys()
            .copied()
            .chain(calls.iter().flat_map(|call| call.called.expected.units().into_keys()))
            .chain(
                calls.iter().filter_map(|call| call.called.seen.as_ref()).flat_map(|seen| seen.units.keys().copied()),
            )
            .collect();
        let repeats = self.pattern.pattern.repeats.map_or(Decimal::ZERO, |share| share.0);
        for meter in meters {
            let at = |units: &BTreeMap<Meter, Decimal>| units.get(&meter).copied().unwrap_or_default();
            let expected = |called: &Called, units: &dyn Fn(&Expected) -> BTreeMap<Meter, Decimal>| {
                let again = called.again.as_ref().map(|(_, again)| at(&units(again)).saturating_mul(repeats));
                at(&units(&called.expected)).saturating_add(again.unwrap_or_default())
            };
            let by_items = mean(&|called| expected(called, &Expected::units));
            let seen = mean(&|called| {
                let again = called.again.as_ref().map(|(seen, _)| at(&seen.units).saturating_mul(repeats));
                let first = called.seen.as_ref().map_or_else(|| at(&called.expected.units()), |seen| at(&seen.units));
                first.saturating_add(again.unwrap_or_default())
            });
            let is_exact = calls.iter().all(|call| call.called.expected.is_exact);
            let mut verdict = Verdict::Agrees;
            let mut why: Vec<String> = Vec::new();
            for Weighed { called, .. } in calls.iter().filter(|call| call.called.expected.is_exact) {
                let pairs = called.seen.iter().map(|seen| (seen, &called.expected));
                for (seen, expected) in pairs.chain(called.again.iter().map(|(seen, expected)| (seen, expected))) {
                    if at(&seen.units) == at(&expected.units()) {
                        continue;
                    }
                    let (reported, reasons) = expected.reported(self.context.kind);
                    if at(&seen.units) == at(&reported) && !reasons.is_empty() {
                        verdict = verdict.max(Verdict::EngineDiffers);
                        why.extend(reasons.iter().map(|why| (*why).to_owned()));
                    } else {
                        verdict = Verdict::Differs;
                        why.push(format!(
                            "a call that by its items consumes {} consumes {}",
                            at(&expected.units()).normalize(),
                            at(&seen.units).normalize()
                        ));
                    }
                }
            }
            let found = if is_exact { by_items } else { seen };
            let is_told = told.get(&meter).is_none_or(Option::is_some) && run.is_comparable;
            let planned = planned.get(&meter).copied().flatten().filter(|_| is_told);
            if let Some(planned) = planned {
                let (least, most) = (100 - TOLERANCE_PERCENT, 100 + TOLERANCE_PERCENT);
                let band = |percent: u64| mean(&move |called| expected(called, &|e: &Expected| e.units_at(percent)));
                let even =
                    |percent: u64| mean(&move |called| expected(called, &|e: &Expected| e.evened().units_at(percent)));
                let between = (band(least).min(even(least)), band(most).max(even(most)));
                let draws = (meter.is_write && self.has_entries(meter)).then_some(self.context.repeat as u64);
                let average = Average { planned, found, between, step: Decimal::ZERO, draws };
                if !average.agrees() {
                    verdict = Verdict::Differs;
                    why.push(disagreement(planned, found));
                }
            }
            why.sort();
            why.dedup();
            why.truncate(3);
            let by_items = is_exact.then_some(by_items);
            run.figures.push(Figure { what: self.label(meter), planned, by_items, seen, verdict, why });
        }
    }

    fn judge_counts(&self, run: &mut PatternRun, calls: &[Weighed], access: &Access<'m>, mean: &Mean<'_>) {
        type Of = fn(&Counts) -> u64;
        let late = access.fetch.as_ref().is_some_and(|fetch| !fetch.filtered.is_empty());
        let segments = self.pattern.pattern.segments.filter(|_| access.is_scan).unwrap_or(1).max(1);
        let queries = access.queries.map(|queries| queries.saturating_mul(Decimal::from(segments)));
        let pages = self.load.charges().find_map(|charge| charge.pages);
        let told = self.written.plans.first().and_then(Plan::access).map(|(_, access)| access);
        let tells = |of: fn(&Access<'_>) -> Option<Decimal>| {
            run.is_comparable && told.is_some_and(|access| of(access).is_some())
        };
        let evaluated = access.evaluated.filter(|_| tells(|access| access.evaluated));
        let returned = access.returned.filter(|_| !late && tells(|access| access.returned));
        let pages = pages.filter(|_| evaluated.is_some());
        let queries = queries.filter(|_| tells(|access| access.queries));
        let all: [(&str, Of, Option<Decimal>, Decimal); 4] = [
            ("queries", |counts| counts.queries, queries, Decimal::ZERO),
            ("pages", |counts| counts.pages, pages, queries.unwrap_or(Decimal::ONE)),
            ("evaluated", |counts| counts.evaluated, evaluated, Decimal::ONE),
            ("returned", |counts| counts.returned, returned, Decimal::ONE),
        ];
        for (what, of, planned, step) in all {
            let count = |called: &Called| Decimal::from(called.seen.as_ref().map_or(0, of));
            let should = |called: &Called| Decimal::from(of(&called.expected.counts));
            let (seen, by_items) = (mean(&count), mean(&should));
            let is_exact = what == "queries" || calls.iter().all(|call| call.called.expected.is_exact);
            let mut verdict = Verdict::Agrees;
            let mut why = Vec::new();
            if is_exact && calls.iter().any(|call| count(&call.called) != should(&call.called)) {
                verdict = Verdict::Differs;
                why.push("the engine does not find what the items say".to_owned());
            }
            let wanted = |expected: &Expected| expected.counts.returned.saturating_sub(expected.unwanted);
            let missed = calls.iter().map(|call| &call.called.expected).find_map(|expected| {
                expected.meant.filter(|meant| *meant != wanted(expected)).map(|meant| (meant, wanted(expected)))
            });
            if let (Some((meant, found)), "returned") = (missed, what) {
                verdict = Verdict::Differs;
                why.push(format!("the pattern asks for {meant} items, and its request finds {found}"));
            }
            if let Some(planned) = planned {
                let unwanted = if what == "returned" {
                    mean(&|called| Decimal::from(called.expected.unwanted))
                } else {
                    Decimal::ZERO
                };
                let found = if is_exact { by_items } else { seen }.saturating_sub(unwanted);
                let average = Average { planned, found, between: (found, found), step, draws: None };
                if !average.agrees() {
                    verdict = Verdict::Differs;
                    why.push(disagreement(planned, found));
                }
            }
            let by_items = is_exact.then_some(by_items);
            run.figures.push(Figure { what: what.to_owned(), planned, by_items, seen, verdict, why });
        }
    }

    /// Whether what is metered are entries of indexes, at least in part.
    fn has_entries(&self, meter: Meter) -> bool {
        let design = self.context.design;
        design.path(meter.owner).is_some_and(|owner| {
            let is_local = |path: &AccessPath<'_>| !path.is_table() && !path.is_global();
            owner.is_global() || design.paths_of(owner.table).any(|(_, path)| is_local(path))
        })
    }

    fn label(&self, meter: Meter) -> String {
        let word = if meter.is_write { "write" } else { "read" };
        let path = self.context.design.path(meter.owner);
        match path {
            Some(path) if path.is_global() => format!("{word} units, index {}", path.name),
            Some(path) => format!("{word} units, table {}", path.name),
            None => format!("{word} units"),
        }
    }
}

/// Units of a call by the plan; nothing where the model does not tell.
fn planned_units(design: &Design<'_>, load: &PatternLoad<'_>) -> BTreeMap<Meter, Option<Decimal>> {
    let mut sums: BTreeMap<Meter, Option<Decimal>> = BTreeMap::new();
    for charge in load.charges() {
        let owner = throughput_path(design, charge.path).unwrap_or(charge.path);
        let is_write = matches!(charge.why, Consumed::Write | Consumed::IndexWrite);
        let sum = sums.entry(Meter { owner, is_write }).or_insert(Some(Decimal::ZERO));
        *sum = sum.zip(charge.units.ok()).map(|(sum, units)| sum.saturating_add(units));
    }
    sums
}

/// What is said where an average is not the planned one; six digits tell any two apart.
fn disagreement(planned: Decimal, found: Decimal) -> String {
    let shown = |number: Decimal| number.round_dp(6).normalize();
    format!("the plan says {}, the items of the calls {}", shown(planned), shown(found))
}

//! One pattern: its scenarios run several times each, and what came of it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::bind::{Asked, Carry, subjects};
use super::call::{Called, call, sent};
use super::change::{ItemRequest, Maker, Turn};
use super::context::{CallError, Context};
use super::difference::not_taken;
use super::figures::{Counts, Expected, Meter};
use super::item_operation;
use super::part::Sent;
use super::range::RangeCall;
use super::scenario::{Scenario, said, scenarios};
use super::verdict::{Average, Figure, TOLERANCE_PERCENT, Verdict};
use crate::design::{AccessPath, Design, PatternDesign, Request};
use crate::load::{Consumed, PatternLoad, throughput_path};
use crate::model::Operation;
use crate::plan::{Access, Expressions, Plan};

/// What became of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternRun {
    /// The pattern's name.
    pub name: String,
    /// Its position in the model.
    pub index: usize,
    /// Why it was not run, if it was not.
    pub not_run: Option<String>,
    /// How it came out.
    pub verdict: Verdict,
    /// How many calls were made.
    pub calls: u64,
    /// The cases that were run, with the weight of each.
    pub cases: Vec<(String, Decimal)>,
    /// Its numbers.
    pub figures: Vec<Figure>,
    /// What there is to say of it beside the numbers.
    pub remarks: Vec<String>,
    /// Whether the items allow the numbers that the plan goes by.
    pub is_comparable: bool,
}

impl PatternRun {
    fn new(pattern: &PatternDesign<'_>, index: usize) -> Self {
        Self {
            name: pattern.name.to_owned(),
            index,
            not_run: None,
            verdict: Verdict::Agrees,
            calls: 0,
            cases: Vec::new(),
            figures: Vec::new(),
            remarks: Vec::new(),
            is_comparable: true,
        }
    }

    /// A pattern that is not run.
    pub fn not_run(pattern: &PatternDesign<'_>, index: usize, why: impl Into<String>) -> Self {
        Self { not_run: Some(why.into()), ..Self::new(pattern, index) }
    }

    /// A pattern whose call was not answered as it should be.
    fn failed(pattern: &PatternDesign<'_>, index: usize, why: String) -> Self {
        Self { verdict: Verdict::Differs, remarks: vec![why], ..Self::new(pattern, index) }
    }
}

/// The average of a number over the calls of a pattern.
type Mean<'f> = dyn Fn(&dyn Fn(&Called) -> Decimal) -> Decimal + 'f;

/// A call with the weight of its case.
struct Weighed {
    scenario: usize,
    called: Called,
}

/// What the model says by itself of a pattern: a number that it does not tell was taken to be
/// something for the run, and is not held against it.
#[derive(Clone, Copy)]
pub(crate) struct Written<'c, 'm> {
    pub(crate) plans: &'c [Plan<'m>],
    pub(crate) load: &'c PatternLoad<'m>,
}

/// A pattern with what is planned for it.
pub(super) struct Planned<'c, 'd, 'm> {
    pub context: &'c Context<'d, 'm>,
    pub index: usize,
    pub pattern: &'c PatternDesign<'m>,
    pub plans: &'c [Plan<'m>],
    pub load: &'c PatternLoad<'m>,
    /// The plans and the load of the model as it is written, where less is known.
    pub written: Written<'c, 'm>,
    /// The number of the next new item.
    pub serial: &'c Cell<u64>,
}

impl<'c, 'd, 'm> Planned<'c, 'd, 'm> {
    /// Runs the pattern.
    ///
    /// # Errors
    /// When the engine does not answer any more.
    pub(super) fn run(&self) -> Result<PatternRun, CallError> {
        let (pattern, index) = (self.pattern, self.index);
        if let Some(why) = not_taken(self.context.kind, sent(pattern)) {
            return Ok(PatternRun::not_run(pattern, index, why));
        }
        let mut requests = Vec::new();
        for (request, plan) in pattern.requests.iter().zip(self.plans) {
            let found = plan.access().and_then(|(path, access)| Some((self.context.design.path(path)?, access)));
            let asked = found.and_then(|found| self.context.asked(pattern, request, found));
            match asked {
                Some((asked, printed)) => requests.push((request, asked, printed)),
                None => return Ok(PatternRun::not_run(pattern, index, "no key or index serves it")),
            }
        }
        let mut unmet = Vec::new();
        let scenarios = scenarios(pattern);
        let mut calls = Vec::new();
        for (position, scenario) in scenarios.iter().enumerate() {
            let made = match requests.as_slice() {
                [(_, asked, printed)] if !asked.access.is_item => self.ranges(asked, printed, &mut unmet),
                all => self.items(all, scenario),
            };
            match made {
                Ok(made) => calls.extend(made.into_iter().map(|called| Weighed { scenario: position, called })),
                Err(CallError::Engine(error)) if error.is_unreachable() => return Err(error.into()),
                Err(error @ CallError::Engine(_)) => {
                    return Ok(PatternRun::failed(pattern, index, format!("the engine answers {error}")));
                }
                Err(error) => return Ok(PatternRun::not_run(pattern, index, error.to_string())),
            }
        }
        let mut run = PatternRun::new(pattern, index);
        run.calls = calls.len() as u64;
        run.is_comparable = unmet.is_empty();
        run.remarks.extend(unmet.into_iter().take(2));
        run.cases = scenarios.iter().map(|scenario| (shown(scenario), scenario.weight)).collect();
        self.judge(
            &mut run,
            &scenarios,
            &calls,
            requests.iter().map(|(request, asked, _)| (*request, asked.access)).collect(),
        );
        run.verdict = run.figures.iter().map(|figure| figure.verdict).max().unwrap_or(Verdict::Agrees);
        if calls.iter().any(|call| call.called.seen.is_none()) {
            let why = "the service reports no capacity of a condition that fails; that part is calculated";
            run.remarks.push(why.to_owned());
        }
        Ok(run)
    }

    fn ranges(
        &self,
        asked: &Asked<'_, 'd, 'm>,
        printed: &Expressions,
        unmet: &mut Vec<String>,
    ) -> Result<Vec<Called>, CallError> {
        let mut carry = Carry::new();
        let repeat = if asked.access.is_scan { 1 } else { self.context.repeat };
        let range = RangeCall { context: self.context, pattern: self.pattern, asked, printed };
        let all = subjects(asked, repeat);
        if all.is_empty() {
            return Err(CallError::NoItem(asked.entity.name.to_owned()));
        }
        let called = all.into_iter().map(|subject| {
            let bound = asked.bind(&subject, &mut carry);
            for why in bound.unmet.iter().filter(|why| !unmet.contains(why)).cloned().collect::<Vec<_>>() {
                unmet.push(why);
            }
            let (seen, expected) = range.run(&bound)?;
            Ok(Called { seen: Some(seen), expected, again: None })
        });
        called.collect()
    }

    fn items(
        &self,
        requests: &[(&Request<'m>, Asked<'_, 'd, 'm>, Expressions)],
        scenario: &Scenario,
    ) -> Result<Vec<Called>, CallError> {
        let repeat = self.context.repeat;
        let takes_conditions = sent(self.pattern) != Sent::Batch;
        let each = |request: &Request<'m>| {
            usize::try_from(super::items::whole(request.count)).unwrap_or(usize::MAX).clamp(1, 1000)
        };
        let subjects: Vec<_> =
            requests.iter().map(|(request, asked, _)| subjects(asked, repeat.saturating_mul(each(request)))).collect();
        let mut called = Vec::new();
        for round in 0..repeat {
            let mut all: Vec<ItemRequest> = Vec::new();
            let mut taken = BTreeSet::new();
            for (((request, asked, printed), subjects), case) in requests.iter().zip(&subjects).zip(&scenario.cases) {
                let maker = Maker {
                    context: self.context,
                    asked,
                    printed,
                    operation: item_operation(request),
                    said: said(self.pattern, request),
                    takes_conditions,
                };
                for number in 0..each(request) {
                    let nth = number.saturating_mul(repeat).saturating_add(round);
                    let subject = subjects.get(nth).or(subjects.last());
                    let any = || self.context.rows.of_entity(asked.entity.id);
                    let others = any().filter(|_| request.operation != Operation::Put || !taken.is_empty());
                    // One call names an item once.
                    let mut tried = subject.map(|subject| subject.as_ref()).into_iter().chain(others);
                    let made = loop {
                        let Some(subject) = tried.next() else {
                            return Err(CallError::NoItem(asked.entity.name.to_owned()));
                        };
                        let turn = Turn { nth, of: repeat.saturating_mul(each(request)), serial: self.next() };
                        let made = maker.make(case, subject, turn)?;
                        if made.iter().all(|one| !taken.contains(&(one.table, one.key.clone()))) {
                            break made;
                        }
                    };
                    taken.extend(made.iter().map(|one| (one.table, one.key.clone())));
                    all.extend(made);
                }
            }
            called.push(call(self.context, self.pattern, &all)?);
        }
        Ok(called)
    }

    fn next(&self) -> u64 {
        self.serial.replace(self.serial.get().saturating_add(1))
    }

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

    fn judge(
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
                    why.push(format!(
                        "the plan says {}, the items of the calls {}",
                        planned.normalize(),
                        found.normalize()
                    ));
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
                    why.push(format!(
                        "the plan says {}, the items of the calls {}",
                        planned.normalize(),
                        found.normalize()
                    ));
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

fn shown(scenario: &Scenario) -> String {
    let odd = scenario.odd.and_then(|odd| scenario.cases.get(odd)).or(scenario.cases.first());
    let word = odd.map_or_else(|| "usual".to_owned(), super::scenario::Case::word);
    match (scenario.odd, scenario.cases.len()) {
        (Some(odd), 2..) => format!("request {}: {word}", odd + 1),
        (None, 2..) => "usual".to_owned(),
        _ => word,
    }
}

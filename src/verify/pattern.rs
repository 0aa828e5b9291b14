//! One pattern: its scenarios run several times each, and what came of it.

use std::cell::Cell;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::bind::{Asked, Carry, subjects};
use super::call::{Called, call, sent};
use super::change::{ItemRequest, Maker, Turn};
use super::context::{CallError, Context};
use super::difference::not_taken;
use super::item_operation;
use super::part::Sent;
use super::range::RangeCall;
use super::scenario::{Scenario, said, scenarios};
use super::verdict::{Figure, Verdict};
use crate::design::{PatternDesign, Request};
use crate::load::PatternLoad;
use crate::model::Operation;
use crate::plan::{Expressions, Plan};

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

/// A call with the weight of its case.
pub(super) struct Weighed {
    pub(super) scenario: usize,
    pub(super) called: Called,
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

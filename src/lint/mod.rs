//! Rules: what they are, how they run, and which of their findings are kept.

mod allow;
mod amounts;
mod finding;
mod registry;
pub mod rules;
pub(crate) mod wording;

pub(crate) use allow::span_of;
pub use allow::{AllowComment, Judged, Levels, Suppressed, judge};
pub use finding::{Edit, Finding, Level, Place, Target, Together};
pub use registry::{Family, Rule, find, registry};

use std::collections::BTreeSet;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::cost::Figures;
use crate::design::{AccessPath, Design, EntityDesign, EntityId, PatternDesign, Request, TableId};
use crate::interop::Deployed;
use crate::model::{Model, Operation};
use crate::plan::{Access, Plan, Plans};
use crate::prices::{PriceBook, Region};
use crate::source::ModelPath;

/// What rules look at: the facts that the earlier stages have computed.
pub struct Context<'a, 'm> {
    /// The model as written.
    pub model: &'m Model,
    /// The model resolved.
    pub design: &'a Design<'m>,
    /// The access plans.
    pub plans: &'a Plans<'m>,
    /// What is calculated: sizes, units, heat, the bill.
    pub figures: &'a Figures<'m>,
    /// The prices of the bill.
    pub book: &'a PriceBook,
    /// Those of its home Region.
    pub home_prices: Option<Region<'a>>,
    /// Today, for what gets old.
    pub today: Date,
    /// What is deployed, where the model is held against it.
    pub deployed: Option<&'a Deployed>,
    /// Key templates that a YAML comment has cut short, with the comment's text.
    pub cut_templates: &'a [(ModelPath, String)],
    /// The requests that are judged.
    requests: Vec<Planned<'a, 'm>>,
    /// For each entity, the requests that touch it, by their indexes.
    by_entity: Vec<Vec<usize>>,
    /// The tables that a pattern without a plan is meant for.
    unplanned_tables: BTreeSet<TableId>,
}

/// A request with everything known of it.
#[derive(Clone, Copy)]
pub struct Planned<'a, 'm> {
    /// The index of the pattern in the design.
    pub index: usize,
    /// What the request does; here too, because most rules look at nothing else of most requests.
    pub operation: Operation,
    /// The pattern.
    pub pattern: &'a PatternDesign<'m>,
    /// The request.
    pub request: &'a Request<'m>,
    /// Its plan.
    pub plan: &'a Plan<'m>,
}

impl<'a, 'm> Planned<'a, 'm> {
    /// The chosen path and how it serves the request.
    pub fn access(&self, design: &'a Design<'m>) -> Option<(&'a AccessPath<'m>, &'a Access<'m>)> {
        let (id, access) = self.plan.access()?;
        Some((design.path(id)?, access))
    }

    /// Whether its request carries a condition.
    pub fn is_guarded(&self) -> bool {
        let guard = self.request.action.map_or(&self.pattern.pattern.condition, |action| &action.condition);
        guard.as_ref().is_some_and(|guard| guard.present)
    }

    /// What is read: the chosen path, or the one that serves all but the order.
    pub fn read(&self, design: &'a Design<'m>) -> Option<(&'a AccessPath<'m>, &'a Access<'m>)> {
        let unordered = || self.plan.unordered.as_ref().map(|(id, access)| (*id, access.as_ref()));
        let (id, access) = self.plan.access().or_else(unordered)?;
        Some((design.path(id)?, access))
    }
}

impl<'a, 'm> Context<'a, 'm> {
    /// Gathers what rules look at.
    pub fn new(
        (design, plans): (&'a Design<'m>, &'a Plans<'m>),
        (figures, book): (&'a Figures<'m>, &'a PriceBook),
        cut_templates: &'a [(ModelPath, String)],
        today: Date,
    ) -> Self {
        let mut requests = Vec::new();
        let mut by_entity = vec![Vec::new(); design.entities.len()];
        for (index, pattern) in design.patterns.iter().enumerate().filter(|(_, pattern)| is_judged(pattern)) {
            for (request, plan) in pattern.requests.iter().zip(plans.of(index)) {
                if request.entities.is_empty() {
                    continue;
                }
                for id in &request.entities {
                    if let Some(list) = by_entity.get_mut(id.0) {
                        list.push(requests.len());
                    }
                }
                requests.push(Planned { index, operation: request.operation, pattern, request, plan });
            }
        }
        let mut context = Self {
            model: design.model,
            design,
            plans,
            figures,
            book,
            home_prices: book.region(figures.bill.region),
            today,
            deployed: None,
            cut_templates,
            requests,
            by_entity,
            unplanned_tables: BTreeSet::new(),
        };
        context.unplanned_tables = context.find_unplanned();
        context
    }

    /// Held against what is deployed.
    #[must_use]
    pub fn against(mut self, deployed: Option<&'a Deployed>) -> Self {
        self.deployed = deployed;
        self
    }

    /// Every request that is to be judged: not those that are undecided, served elsewhere or that
    /// name things which do not exist.
    pub fn requests(&self) -> impl Iterator<Item = Planned<'a, 'm>> {
        self.requests.iter().copied()
    }

    /// The judged requests that touch an entity.
    pub fn requests_of(&self, entity: EntityId) -> impl Iterator<Item = Planned<'a, 'm>> {
        self.by_entity.get(entity.0).into_iter().flatten().filter_map(|index| self.requests.get(*index).copied())
    }

    /// The single entity of a request.
    pub fn entity_of(&self, request: &Request<'m>) -> Option<&'a EntityDesign<'m>> {
        self.design.entity(*request.entities.first()?)
    }
}

/// Whether a pattern is to be judged.
pub(crate) fn is_judged(pattern: &PatternDesign<'_>) -> bool {
    pattern.is_bound && pattern.pattern.undecided != Some(true) && pattern.pattern.served_by.is_none()
}

/// Runs every rule that is not off; settings from outside the model may turn rules on.
pub fn check(context: &Context<'_, '_>, levels: Levels<'_>) -> Vec<Finding> {
    let is_wanted = |rule: &&Rule| {
        let set = [levels.house, levels.over_all, &context.model.lint.levels];
        !rule.is_off || set.iter().any(|levels| levels.contains_key(rule.name))
    };
    let run = |rule: &Rule| {
        let mut findings = Vec::new();
        (rule.check)(context, &mut findings);
        for finding in &mut findings {
            finding.rule = rule.name;
            finding.level = finding.level.min(rule.level);
        }
        findings
    };
    let by_rule: Vec<Vec<Finding>> = match context.design.is_large() {
        true => registry().par_iter().filter(is_wanted).map(run).collect(),
        false => registry().iter().filter(is_wanted).map(run).collect(),
    };
    let mut all = Vec::with_capacity(by_rule.iter().map(Vec::len).sum());
    all.extend(by_rule.into_iter().flatten());
    all
}

//! One model file, from its text to findings with their places: the whole line of stages in one
//! call. Reports take what comes out of here.

use std::sync::Arc;

use crate::IndexMap;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::cost::{Figures, Scale, Terms};
use crate::design::Design;
use crate::interop::{Deployed, Origin};
use crate::lint::{self, Finding, Judged, Level, Place};
use crate::model::{Model, RuleLevel};
use crate::plan::Plans;
use crate::prices::{Direction, PriceBook};
use crate::source::{self, Locator, Problem, SourceFile, Span, Tree};

/// Settings of a check that come from outside the model.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Levels of rules; they win over the model's own.
    pub levels: IndexMap<String, RuleLevel>,
    /// Levels of rules that the model's own win over: the habits of a house.
    pub house_levels: IndexMap<String, RuleLevel>,
    /// The lowest level that makes the check fail; nothing where no finding does.
    pub fails_at: Option<Level>,
    /// What the bill is made with.
    pub terms: Terms<'static>,
    /// Today, for acceptances that expire and prices that get old.
    pub today: Date,
    /// The prices.
    pub book: PriceBook,
    /// The home Region; the model's own where absent.
    pub region: Option<String>,
    /// How many times the stated traffic there is.
    pub scale: Scale,
    /// What is deployed, to hold the model against.
    pub deployed: Option<Arc<Deployed>>,
}

impl Settings {
    /// The rules' own levels and the embedded prices, on a day.
    pub fn on(today: Date) -> Self {
        Self {
            levels: IndexMap::default(),
            house_levels: IndexMap::default(),
            fails_at: Some(Level::Error),
            terms: Terms::default(),
            today,
            book: PriceBook::embedded(),
            region: None,
            scale: Scale::default(),
            deployed: None,
        }
    }

    fn levels(&self) -> lint::Levels<'_> {
        lint::Levels { house: &self.house_levels, over_all: &self.levels }
    }
}

/// A checked file.
#[derive(Debug)]
pub struct CheckedFile {
    /// The text.
    pub file: SourceFile,
    /// What keeps the text from being read; then nothing else could be checked.
    pub problems: Vec<Problem>,
    /// The findings, in the order of the text.
    pub findings: Vec<Located>,
    /// Accepted findings.
    pub suppressed: Vec<Accepted>,
    /// How the patterns are served, in the model's order.
    pub patterns: Vec<PatternSummary>,
    /// What the design costs; nothing where not one part of it is known.
    pub cost: Option<Cost>,
    /// What it did cost in the earlier version that it was compared with.
    pub cost_before: Option<Cost>,
    /// Findings that are there and not reported, because they are known.
    pub known: Known,
    /// The lowest level that makes the check fail; nothing where no finding does.
    pub fails_at: Option<Level>,
}

/// How many findings are known and not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// By the baseline.
    pub in_baseline: usize,
    /// Because an earlier version of the file had them.
    pub before: usize,
}

/// A finding whose places are bytes of the text.
#[derive(Debug, Clone)]
pub struct Located {
    /// The finding.
    pub finding: Finding,
    /// Its place.
    pub span: Span,
    /// Its other places, with their labels.
    pub related: Vec<(Span, String)>,
    /// Its places in other files, with their labels.
    pub elsewhere: Vec<Elsewhere>,
    /// What its edit replaces.
    pub edit: Option<Span>,
}

/// A place in a file that the model is held against.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// All of those files.
    pub deployed: Arc<Deployed>,
    /// Which of them, and where in it.
    pub origin: Origin,
    /// A few words for the marked place.
    pub label: String,
}

impl Elsewhere {
    /// The file.
    pub fn file(&self) -> Option<&SourceFile> {
        self.deployed.files.get(self.origin.file)
    }
}

/// An accepted finding.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The finding.
    pub located: Located,
    /// The reason given.
    pub reason: String,
    /// Whether a comment accepts it; otherwise `lint.allow` does.
    pub in_source: bool,
}

/// How a pattern is served.
#[derive(Debug, Clone)]
pub struct PatternSummary {
    /// Its name.
    pub name: String,
    /// Whether every request of it has a path; nothing when it is not to be judged.
    pub is_served: Option<bool>,
    /// The path of its first request.
    pub path: Option<String>,
    /// Read units of one call, where they are known.
    pub read_units: Option<Decimal>,
    /// Write units of one call, indexes included, where they are known.
    pub write_units: Option<Decimal>,
    /// US dollars of throughput in a month, where they are known.
    pub usd_per_month: Option<Decimal>,
}

/// What a design costs in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// US dollars; at least so many where it is not complete.
    pub usd_per_month: Decimal,
    /// How many parts have no amount.
    pub unknown: usize,
    /// The Region whose prices they are.
    pub region: String,
}

impl CheckedFile {
    /// The most serious level of its findings.
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().map(|located| located.finding.level).max()
    }

    /// Whether a finding is serious enough for the check to fail.
    pub fn fails(&self) -> bool {
        self.fails_at.zip(self.worst()).is_some_and(|(failing, worst)| worst >= failing)
    }

    /// How many findings have a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|located| located.finding.level == level).count()
    }
}

/// Checks a text.
pub fn check(file: SourceFile, settings: &Settings) -> CheckedFile {
    let (model, tree) = match source::load(&file.text) {
        Ok(loaded) => loaded,
        Err(problems) => return CheckedFile { fails_at: settings.fails_at, ..unreadable(file, problems) },
    };
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let terms = Terms { region: settings.region.as_deref().or(settings.terms.region), ..settings.terms.clone() };
    let figures = Figures::new(&design, &plans, &settings.book, &terms, settings.scale);
    let assessed = assess(&file, &tree, (&design, &plans, &figures), settings);
    let is_large = design.is_large();
    let given_back = || drop((plans, figures, design));
    let finish = || {
        let checked = located(file, &tree, &model, assessed, settings);
        drop(tree);
        checked
    };
    // Giving back what a large model took is a part of the work, too.
    match is_large {
        true => rayon::join(finish, given_back).0,
        false => (finish(), given_back()).0,
    }
}

/// Checks a text whose model has been read and calculated already.
pub fn judged(
    file: SourceFile,
    tree: &Tree,
    stages: (&Design<'_>, &Plans<'_>, &Figures<'_>),
    settings: &Settings,
) -> CheckedFile {
    let assessed = assess(&file, tree, stages, settings);
    located(file, tree, stages.0.model, assessed, settings)
}

/// What is said of a model, before it has places in the text.
struct Assessed {
    findings: Vec<Finding>,
    patterns: Vec<PatternSummary>,
    cost: Option<Cost>,
}

fn assess(
    file: &SourceFile,
    tree: &Tree,
    (design, plans, figures): (&Design<'_>, &Plans<'_>, &Figures<'_>),
    settings: &Settings,
) -> Assessed {
    let cut_templates = source::cut_templates(tree, &file.text);
    let context = lint::Context::new((design, plans), (figures, &settings.book), &cut_templates, settings.today)
        .against(settings.deployed.as_deref());
    let found = || lint::check(&context, settings.levels());
    let summed = || summaries(design, plans, figures);
    let (findings, patterns) = match design.is_large() {
        true => rayon::join(found, summed),
        false => (found(), summed()),
    };
    let bill = &figures.bill;
    let cost = (!bill.lines.is_empty()).then(|| Cost {
        usd_per_month: bill.total(),
        unknown: bill.gaps.len(),
        region: bill.region.to_owned(),
    });
    Assessed { findings, patterns, cost }
}

/// How the patterns are served.
fn summaries(design: &Design<'_>, plans: &Plans<'_>, figures: &Figures<'_>) -> Vec<PatternSummary> {
    design
        .patterns
        .iter()
        .zip(&plans.patterns)
        .zip(figures.load.patterns.iter().zip(figures.bill.of_patterns(design.patterns.len())))
        .map(|((pattern, plan), (load, usd_per_month))| PatternSummary {
            read_units: load.units(Direction::Read).ok().filter(|_| plan.is_served()),
            write_units: load.units(Direction::Write).ok().filter(|_| plan.is_served()),
            usd_per_month,
            name: pattern.name.to_owned(),
            is_served: lint::is_judged(pattern).then(|| plan.is_served()),
            path: plan
                .requests
                .first()
                .and_then(|plan| plan.access())
                .and_then(|(id, _)| design.path(id))
                .map(|path| path.name.to_owned()),
        })
        .collect()
}

/// Judges what was found, and gives it its places in the text.
fn located(file: SourceFile, tree: &Tree, model: &Model, assessed: Assessed, settings: &Settings) -> CheckedFile {
    let Assessed { findings, patterns, cost } = assessed;
    let locator = Locator::new(tree);
    let document = (&locator, file.text.as_str(), &file.lines);
    let judged = lint::judge(findings, model, settings.levels(), document, settings.today);
    let (findings, suppressed) = locate(judged, &locator, settings.deployed.as_ref());
    CheckedFile {
        file,
        problems: Vec::new(),
        findings,
        suppressed,
        patterns,
        cost,
        cost_before: None,
        known: Known::default(),
        fails_at: settings.fails_at,
    }
}

/// A file that could not be read.
pub fn unreadable(file: SourceFile, problems: Vec<Problem>) -> CheckedFile {
    CheckedFile {
        file,
        problems,
        findings: Vec::new(),
        suppressed: Vec::new(),
        patterns: Vec::new(),
        cost: None,
        cost_before: None,
        known: Known::default(),
        fails_at: Some(Level::Error),
    }
}

fn locate(judged: Judged, locator: &Locator<'_>, deployed: Option<&Arc<Deployed>>) -> (Vec<Located>, Vec<Accepted>) {
    let of = |place: &Place| lint::span_of(locator, place);
    let located = |finding: Finding, span: Span| {
        let related = finding.related.iter().map(|(place, label)| (of(place), label.clone())).collect();
        let edit = finding.edit.as_ref().map(|edit| of(&edit.place));
        let elsewhere = finding.elsewhere.iter().filter_map(|(origin, label)| {
            Some(Elsewhere { deployed: Arc::clone(deployed?), origin: *origin, label: label.clone() })
        });
        let elsewhere = elsewhere.collect();
        Located { finding, span, related, elsewhere, edit }
    };
    let findings = judged.findings.into_iter().map(|(finding, span)| located(finding, span)).collect();
    let suppressed = judged
        .suppressed
        .into_iter()
        .map(|(s, span)| Accepted { located: located(s.finding, span), reason: s.reason, in_source: s.in_source })
        .collect();
    (findings, suppressed)
}

/// The numbers of a finding as one JSON object.
pub fn numbers(finding: &Finding) -> Value {
    finding
        .numbers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

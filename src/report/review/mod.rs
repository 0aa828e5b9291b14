//! The report for a design review: what was found, how each pattern is served, what lies together,
//! what runs hot and what it costs, on one page of HTML or as Markdown.
//!
//! The files here gather what is said; `html/` and `markdown/` say it.

mod collections;
mod example;
mod graph;
mod heat;
mod html;
mod markdown;
mod matrix;
mod stop;
mod words;

use rust_decimal::Decimal;

pub use html::html;
pub use markdown::markdown;
pub use stop::Stop;

use crate::check::CheckedFile;
use crate::design::Design;
use crate::lint::Level;
use crate::plan::Plans;
use crate::report::cost::Costing;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One page for a browser.
    Html,
    /// Markdown.
    Markdown,
}

/// Everything that a report says.
pub struct Review<'a, 'm> {
    /// The checked file.
    pub checked: &'a CheckedFile,
    /// How each pattern is served.
    pub plans: &'a Plans<'m>,
    /// The numbers at every stop of the slider.
    pub stops: Vec<Stop<'a, 'm>>,
    /// The stop that the report itself is for.
    base: usize,
}

/// The stops of the slider, in tenths of the stated traffic: 0.1 to 100 times.
const STOPS: [i64; 19] = [1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 500, 700, 1000];

/// The traffic that a report is calculated for: only its own, or with a slider also what lies around.
pub fn factors(own: Decimal, form: Form) -> Vec<Decimal> {
    let mut all: Vec<Decimal> = match form {
        Form::Html => STOPS.iter().map(|tenths| Decimal::new(*tenths, 1).normalize()).collect(),
        Form::Markdown => Vec::new(),
    };
    all.push(own.normalize());
    all.sort_unstable();
    all.dedup();
    all
}

impl<'a, 'm> Review<'a, 'm> {
    /// A report on the stop with this traffic; nothing where there is none.
    pub fn new(
        checked: &'a CheckedFile,
        plans: &'a Plans<'m>,
        stops: Vec<Stop<'a, 'm>>,
        scale: Decimal,
    ) -> Option<Self> {
        let base = stops.iter().position(|stop| stop.costing.scale == scale)?;
        Some(Self { checked, plans, stops, base })
    }

    /// The numbers that the report itself is about.
    ///
    /// Its position was found among the stops, so there always is one.
    pub(super) fn own(&self) -> Option<&Stop<'a, 'm>> {
        self.stops.get(self.base)
    }

    /// The design's name, or its file's.
    pub(super) fn title(&self) -> &str {
        let name = self.own().and_then(|stop| stop.costing.design.model.name.as_deref());
        name.unwrap_or(&self.checked.file.name)
    }

    /// What the findings come to, in a sentence.
    pub(super) fn verdict(&self) -> &'static str {
        match self.checked.worst() {
            Some(Level::Error) => "This design does not hold: the service would reject it, or patterns are not served.",
            Some(Level::Warning) => "Nothing is broken; the warnings say what may cost, throttle or go wrong.",
            Some(Level::Advice) => "The design holds; there is advice.",
            None => "The design holds; nothing was found.",
        }
    }

    /// Patterns that are served, and patterns that are to be.
    pub(super) fn coverage(&self) -> (usize, usize) {
        let judged = || self.checked.patterns.iter().filter_map(|pattern| pattern.is_served);
        (judged().filter(|served| *served).count(), judged().count())
    }

    /// Where a byte of the model stands: `file:line`.
    pub(super) fn place(&self, offset: usize) -> String {
        let file = &self.checked.file;
        format!("{}:{}", file.name, file.lines.position(&file.text, offset).0)
    }
}

/// The bill's total with its currency, as a sentence has it.
pub(super) fn total(costing: &Costing<'_, '_>) -> String {
    let bill = &costing.figures.bill;
    match (bill.lines.is_empty(), bill.is_complete()) {
        (true, false) => "not known".to_owned(),
        (_, true) => format!("{} USD", crate::cost::dollars(bill.total())),
        (false, false) => format!("at least {} USD", crate::cost::dollars(bill.total())),
    }
}

/// The name of a table or an index with its table.
pub(super) fn path_name(design: &Design<'_>, id: crate::design::PathId) -> String {
    design.path(id).map_or_else(String::new, |path| match path.is_table() {
        true => path.table_name.to_owned(),
        false => format!("{} / {}", path.table_name, path.name),
    })
}

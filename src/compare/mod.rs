//! Two versions of a design: what becomes of patterns, findings, cost and heat, and what it takes to
//! bring the data from one to the other.

mod amounts;
mod coverage;
mod migration;
mod renamed;

pub use amounts::{Amount, Heat, Sum, Warmth};
pub use coverage::{Coverage, Fate};
pub use migration::{Effort, Kind, Pace, Step, Work};

use crate::check::Located;
use crate::cost::Figures;
use crate::design::{AccessPath, Design};
use crate::gate::Fingerprint;
use crate::plan::Plans;
use crate::prices::PriceBook;

/// One version of a design, with everything that is calculated for it.
pub struct Version<'a, 'm> {
    /// The model resolved.
    pub design: &'a Design<'m>,
    /// Its access plans.
    pub plans: &'a Plans<'m>,
    /// Its numbers.
    pub figures: &'a Figures<'m>,
}

/// A table or index by its name; indexes of different tables can have the same.
fn path_name(path: &AccessPath<'_>) -> String {
    if path.is_table() { path.label() } else { format!("{} of `{}`", path.label(), path.table_name) }
}

/// What differs between two versions.
#[derive(Debug)]
pub struct Comparison {
    /// Patterns that are new, gone, or served in another way.
    pub coverage: Vec<Coverage>,
    /// What tables, indexes and patterns cost, where that changes.
    pub costs: Vec<Amount>,
    /// How warm tables and indexes get, where that changes.
    pub heat: Vec<Warmth>,
    /// What it takes to get from the old version to the new one, in the order in which it is done.
    pub migration: Vec<Step>,
}

impl Comparison {
    /// Whether nothing differs that anybody has to look at.
    pub fn is_empty(&self) -> bool {
        self.coverage.is_empty() && self.costs.is_empty() && self.heat.is_empty() && self.migration.is_empty()
    }
}

/// Compares two versions. Writes that a migration needs go at a pace.
pub fn compare(old: &Version<'_, '_>, new: &Version<'_, '_>, book: &PriceBook, pace: Pace) -> Comparison {
    let renamed = renamed::patterns(old, new);
    Comparison {
        coverage: coverage::coverage(old, new, &renamed),
        costs: amounts::costs(old, new, &renamed),
        heat: amounts::heat(old, new),
        migration: migration::migration(old, new, book, pace),
    }
}

/// Findings that only one of two versions has.
#[derive(Debug)]
pub struct Findings<'f> {
    /// What is new, the gravest first.
    pub new: Vec<&'f Located>,
    /// What is gone, the gravest first.
    pub fixed: Vec<&'f Located>,
}

/// Tells the findings of two versions apart: by their fingerprints, never by line.
pub fn findings<'f>(old: &'f [Located], new: &'f [Located]) -> Findings<'f> {
    let identity = |located: &'f Located| Fingerprint::of(&located.finding);
    let only = |these: &'f [Located], others: &'f [Located]| {
        let mut left: Vec<_> = others.iter().map(identity).collect();
        left.sort_unstable();
        let mut all = Vec::new();
        for located in these {
            match left.binary_search(&identity(located)) {
                Ok(at) => {
                    left.remove(at);
                }
                Err(_) => all.push(located),
            }
        }
        // The gravest first, each level in the order of the file.
        all.sort_by_key(|located| std::cmp::Reverse(located.finding.level));
        all
    };
    Findings { new: only(new, old), fixed: only(old, new) }
}

//! One stop of the slider: the numbers of a design at so many times its traffic, and what of them
//! is looked up again and again.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::heat::{Busiest, PatternHeat, busiest, pattern_heat};
use crate::report::cost::{By, Costing, Group, groups};

/// The numbers at one traffic.
pub struct Stop<'a, 'm> {
    /// The bill and all that belongs to it.
    pub costing: Costing<'a, 'm>,
    /// What each pattern costs; nothing where not all of it is known.
    pub(super) usd: Vec<Option<Decimal>>,
    /// The busiest key value that each pattern lands on.
    pub(super) heat: Vec<Option<PatternHeat>>,
    /// The busiest key value of every table and index.
    pub(super) busiest: Busiest,
    sums: [IndexMap<String, Group>; 3],
    largest: [Decimal; 3],
}

/// What a report sums the bill up by.
pub(super) const WAYS: [(By, &str); 3] =
    [(By::Table, "table"), (By::Index, "table or index"), (By::Pattern, "access pattern")];

impl<'a, 'm> Stop<'a, 'm> {
    /// Looks up what is needed often.
    pub fn new(costing: Costing<'a, 'm>) -> Self {
        let patterns = costing.design.patterns.len();
        let bill = &costing.figures.bill;
        let usd = bill.of_patterns(patterns);
        let heat = pattern_heat(costing.figures, patterns);
        let sums = WAYS.map(|(by, _)| {
            groups(costing.design, bill, by).into_iter().map(|group| (group.name.clone(), group)).collect()
        });
        let largest = sums
            .each_ref()
            .map(|sums: &IndexMap<String, Group>| sums.values().map(|group| group.total).max().unwrap_or_default());
        let busiest = busiest(costing.figures);
        Self { costing, usd, heat, busiest, sums, largest }
    }

    /// The bill summed up in one of the [`WAYS`], the dearest first.
    pub(super) fn sums(&self, way: usize) -> impl Iterator<Item = &Group> {
        self.sums.get(way).into_iter().flat_map(IndexMap::values)
    }

    /// One of these sums by its name.
    pub(super) fn sum(&self, way: usize, name: &str) -> Option<&Group> {
        self.sums.get(way)?.get(name)
    }

    /// The largest of these sums.
    pub(super) fn largest(&self, way: usize) -> Decimal {
        self.largest.get(way).copied().unwrap_or_default()
    }
}

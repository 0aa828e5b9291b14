//! Demand: units per second of every table and global index, over all patterns, by Region.

use rust_decimal::Decimal;

use super::unknown::Unknown;
use super::{Charge, Consumed, Load};
use crate::design::{Design, PathId, PatternDesign, TableId};
use crate::units::Count;

/// A sum of which some parts may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Total<'m> {
    /// The sum of what is known.
    pub known: Decimal,
    /// The first part that is not, if any: then the sum is at least `known`.
    pub unknown: Option<Unknown<'m>>,
}

impl<'m> Total<'m> {
    /// Adds a part.
    pub fn add(&mut self, part: Result<Decimal, Unknown<'m>>) {
        match part {
            Ok(amount) => self.known = self.known.saturating_add(amount),
            Err(why) => self.unknown = self.unknown.or(Some(why)),
        }
    }

    /// The sum where all of it is known.
    pub fn whole(&self) -> Result<Decimal, Unknown<'m>> {
        self.unknown.map_or(Ok(self.known), Err)
    }

    /// The sum as people read it, with `at least` where a part is unknown.
    pub fn shown(&self) -> String {
        let at_least = if self.unknown.is_some() { "at least " } else { "" };
        format!("{at_least}{}", Count(self.known.round_dp(1)))
    }
}

/// Units per second of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Flow<'m> {
    /// On average.
    pub average: Total<'m>,
    /// At the peak, where the peaks of all patterns fall together.
    pub peak: Total<'m>,
}

/// What is asked of a table or a global index in one Region.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Demand<'m> {
    /// Read units.
    pub reads: Flow<'m>,
    /// Write units.
    pub writes: Flow<'m>,
}

impl<'m> Demand<'m> {
    /// Reads or writes.
    pub fn flow(&self, is_write: bool) -> &Flow<'m> {
        if is_write { &self.writes } else { &self.reads }
    }
}

/// The demand of every path of a design; local indexes count with their tables.
#[derive(Debug)]
pub struct Demands<'m> {
    by_path: Vec<Vec<Demand<'m>>>,
}

fn replica_count(design: &Design<'_>, table: TableId) -> usize {
    design.table(table).map_or(0, |table| table.table.replicas.0.len())
}

/// The Region in which a pattern is called, as a position among a table's Regions: 0 is the home.
pub fn called_in(design: &Design<'_>, pattern: &PatternDesign<'_>, table: TableId) -> usize {
    let Some(region) = &pattern.pattern.region else { return 0 };
    let replicas = design.table(table).map(|table| &table.table.replicas.0);
    replicas.and_then(|replicas| replicas.get_index_of(region.as_str())).map_or(0, |position| position + 1)
}

/// The table or global index whose throughput a path uses: a local index uses its table's.
pub fn throughput_path(design: &Design<'_>, id: PathId) -> Option<PathId> {
    let path = design.path(id)?;
    if path.is_global() || path.is_table() { Some(id) } else { design.table(path.table)?.paths.first().copied() }
}

/// Units of one call that a charge makes in a Region, given where the pattern is called.
pub(crate) fn units_in<'m>(charge: &Charge<'m>, called: usize, region: usize) -> Result<Decimal, Unknown<'m>> {
    match (charge.why, called == region) {
        (_, true) => charge.units,
        (Consumed::Write | Consumed::IndexWrite, false) => charge.replicated,
        (_, false) => Ok(Decimal::ZERO),
    }
}

impl<'m> Demands<'m> {
    /// Sums up a load.
    pub fn new(design: &Design<'m>, load: &Load<'m>) -> Self {
        let regions = |path: &crate::design::AccessPath<'m>| replica_count(design, path.table) + 1;
        let mut by_path: Vec<Vec<Demand<'m>>> =
            design.paths.iter().map(|path| vec![Demand::default(); regions(path)]).collect();
        for (pattern, load) in design.patterns.iter().zip(&load.patterns) {
            for charge in load.charges() {
                let Some((id, path)) = throughput_path(design, charge.path).and_then(|id| Some((id, design.path(id)?)))
                else {
                    continue;
                };
                let called = called_in(design, pattern, path.table);
                let Some(demands) = by_path.get_mut(id.0) else { continue };
                for (region, demand) in demands.iter_mut().enumerate() {
                    let units = units_in(charge, called, region);
                    if units == Ok(Decimal::ZERO) {
                        continue;
                    }
                    let flow = if charge.why.is_write() { &mut demand.writes } else { &mut demand.reads };
                    let times = |calls: Result<Decimal, Unknown<'m>>| Ok(units?.saturating_mul(calls?));
                    flow.average.add(times(load.calls.average));
                    flow.peak.add(times(load.calls.peak));
                    if let Some(why) = load.calls.unknown_chain {
                        flow.average.add(Err(why));
                    }
                    if let Err(why) = load.calls.whole_peak() {
                        flow.peak.add(Err(why));
                    }
                }
            }
        }
        Self { by_path }
    }

    /// The demand of a path in one of its table's Regions; 0 is the home.
    pub fn of(&self, path: PathId, region: usize) -> Demand<'m> {
        self.by_path.get(path.0).and_then(|regions| regions.get(region)).copied().unwrap_or_default()
    }
}

//! Heat: the busiest key value of every table and index beside what one key value can take.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::words::{number, percent};
use super::{Review, Stop, path_name};
use crate::cost::Figures;
use crate::design::{Design, PathId};
use crate::load::{Basis, Spot, Total, ceiling};

/// The busiest key value that a pattern lands on.
#[derive(Debug, Clone, Copy)]
pub(super) struct PatternHeat {
    /// As a share of what one key value can take.
    pub(super) share: Decimal,
    /// Whether it is hot by writes.
    pub(super) is_write: bool,
    /// Whether more may land there than is known.
    pub(super) is_at_least: bool,
    /// Whether nothing of it is known.
    pub(super) is_unknown: bool,
}

impl PatternHeat {
    /// In words: `at least 12% of reads`.
    pub(super) fn words(&self) -> String {
        if self.is_unknown {
            return "unknown".to_owned();
        }
        let at_least = if self.is_at_least { "at least " } else { "" };
        let over = if self.share > Decimal::ONE { ", over" } else { "" };
        format!("{at_least}{} of {}{over}", percent(self.share), if self.is_write { "writes" } else { "reads" })
    }
}

/// The busiest key values that patterns land on, in the patterns' order.
pub(super) fn pattern_heat(figures: &Figures<'_>, patterns: usize) -> Vec<Option<PatternHeat>> {
    let mut all: Vec<Option<PatternHeat>> = vec![None; patterns];
    for spot in &figures.heat {
        let is_at_least = spot.unknown().next().is_some();
        for is_write in [false, true] {
            let share = spot.heat(is_write);
            for part in spot.parts(is_write) {
                let Some(known) = all.get_mut(part.pattern) else { continue };
                let is_unknown = part.units.is_err();
                if known.is_none_or(|known| share > known.share) {
                    *known = Some(PatternHeat { share, is_write, is_at_least, is_unknown });
                }
            }
        }
    }
    all
}

/// The positions of the busiest key values, by table or index, Region and direction.
pub(super) type Busiest = BTreeMap<(PathId, usize, bool), usize>;

/// Finds the busiest key value of every table and index; the first of those that are equally busy,
/// so that the same one is named every time.
pub(super) fn busiest(figures: &Figures<'_>) -> Busiest {
    let mut all = Busiest::new();
    for (at, spot) in figures.heat.iter().enumerate() {
        for is_write in [false, true] {
            if spot.parts(is_write).next().is_none() {
                continue;
            }
            let known = all.entry((spot.path, spot.region, is_write)).or_insert(at);
            if figures.heat.get(*known).is_some_and(|known| spot.units(is_write) > known.units(is_write)) {
                *known = at;
            }
        }
    }
    all
}

/// A table or index whose heat is shown, in one Region and one direction.
#[derive(Debug, Clone)]
pub(super) struct Row {
    path: PathId,
    region: usize,
    is_write: bool,
    /// Its name, with the Region where it is a replica's.
    pub(super) name: String,
}

/// The rows of a design: every table and index on which any pattern's calls land.
pub(super) fn rows(review: &Review<'_, '_>) -> Vec<Row> {
    let Some(stop) = review.own() else { return Vec::new() };
    let (design, figures) = (stop.costing.design, stop.costing.figures);
    let mut keys: Vec<(PathId, usize, bool)> = Vec::new();
    for spot in &figures.heat {
        for part in &spot.contributions {
            // Without a rate there is nothing that could be warm.
            if part.units.is_ok_and(|units| !units.is_zero())
                || figures
                    .load
                    .patterns
                    .get(part.pattern)
                    .is_some_and(|load| load.calls.average.is_ok() || load.calls.peak.is_ok())
            {
                keys.push((spot.path, spot.region, part.is_write));
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let named = |(path, region, is_write): (PathId, usize, bool)| {
        let name = path_name(design, path);
        let name = match replica(design, path, region) {
            Some(region) => format!("{name} in {region}"),
            None => name,
        };
        Row { path, region, is_write, name }
    };
    keys.into_iter().map(named).collect()
}

/// The name of a replica's Region; nothing for the home.
fn replica<'d>(design: &'d Design<'_>, path: PathId, region: usize) -> Option<&'d str> {
    let table = design.table(design.path(path)?.table)?;
    table.table.replicas.0.get_index(region.checked_sub(1)?).map(|(name, _)| name.as_str())
}

impl Row {
    /// Reads or writes.
    pub(super) fn direction(&self) -> &'static str {
        if self.is_write { "writes" } else { "reads" }
    }

    /// Whether it is about writes.
    pub(super) fn is_write(&self) -> bool {
        self.is_write
    }

    /// What one key value can take per second.
    pub(super) fn ceiling(&self) -> Decimal {
        ceiling(self.is_write)
    }

    /// The busiest key value.
    fn spot<'s, 'm>(&self, stop: &'s Stop<'_, 'm>) -> Option<&'s Spot<'m>> {
        stop.costing.figures.heat.get(*stop.busiest.get(&(self.path, self.region, self.is_write))?)
    }

    fn is_unknown(&self, spot: &Spot<'_>) -> bool {
        spot.parts(self.is_write).any(|part| part.units.is_err())
    }

    /// How the busiest key value is made.
    pub(super) fn key(&self, stop: &Stop<'_, '_>) -> String {
        self.spot(stop).map_or_else(String::new, |spot| spot.key.to_string())
    }

    /// Its units as a share of the ceiling; nothing where none are known.
    pub(super) fn share(&self, stop: &Stop<'_, '_>) -> Option<Decimal> {
        let spot = self.spot(stop)?;
        let share = spot.heat(self.is_write);
        (!share.is_zero() || !self.is_unknown(spot)).then_some(share)
    }

    /// Its units per second.
    pub(super) fn units(&self, stop: &Stop<'_, '_>) -> String {
        let Some(spot) = self.spot(stop) else { return String::new() };
        let units = spot.units(self.is_write);
        match (self.is_unknown(spot), units.is_zero()) {
            (true, true) => "unknown".to_owned(),
            (true, false) => format!("at least {}", number(units)),
            (false, _) => number(units),
        }
    }

    /// The share of the ceiling in words.
    pub(super) fn words(&self, stop: &Stop<'_, '_>) -> String {
        match self.share(stop) {
            None => "unknown".to_owned(),
            Some(share) if share > Decimal::ONE => format!("{}, over", percent(share)),
            Some(share) => percent(share),
        }
    }

    /// What the number rests on.
    pub(super) fn basis(&self, stop: &Stop<'_, '_>) -> String {
        let Some(spot) = self.spot(stop).filter(|_| self.share(stop).is_some()) else {
            return "–".to_owned();
        };
        let words = match spot.parts(self.is_write).map(|part| part.basis).max() {
            Some(Basis::Stated) => "as stated",
            Some(Basis::Items) => "as items spread",
            Some(Basis::Newest) => "the newest key",
            _ => "even traffic",
        };
        let is_average = spot.parts(self.is_write).any(|part| part.is_average);
        format!("{words}{}", if is_average { ", averages" } else { "" })
    }

    /// Units per second at the peak, or on average where no peak is known.
    fn flow<'m>(&self, stop: &Stop<'_, 'm>) -> (Total<'m>, bool) {
        let demand = stop.costing.figures.demands.of(self.path, self.region);
        let flow = demand.flow(self.is_write);
        let is_average = flow.peak.known.is_zero() && flow.peak.unknown.is_some();
        (if is_average { flow.average } else { flow.peak }, is_average)
    }

    /// The largest share of the traffic that one key value may take: the ceiling through all units
    /// per second at the peak.
    pub(super) fn headroom(&self, stop: &Stop<'_, '_>) -> String {
        let (flow, is_average) = self.flow(stop);
        let is_unsure = flow.unknown.is_some() || is_average;
        match self.ceiling().checked_div(flow.known).filter(|share| *share < Decimal::ONE) {
            Some(share) if is_unsure => format!("at most {}", percent(share)),
            Some(share) => percent(share),
            None if is_unsure => "unknown".to_owned(),
            None => "all of it".to_owned(),
        }
    }

    /// All units per second at the peak.
    pub(super) fn demand(&self, stop: &Stop<'_, '_>) -> String {
        let (flow, is_average) = self.flow(stop);
        let average = if is_average { " on average" } else { "" };
        match (flow.unknown.is_some(), flow.known.is_zero()) {
            (true, true) => "unknown".to_owned(),
            (true, false) => format!("at least {}{average}", number(flow.known)),
            (false, _) => format!("{}{average}", number(flow.known)),
        }
    }
}

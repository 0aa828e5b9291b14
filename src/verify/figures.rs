//! What calls were seen to do, and what they should do: the same numbers, from an engine's answers
//! and from the items that it holds.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::difference::reported;
use super::engine::EngineKind;
use super::part::{Charged, Part, Range, Size};
use crate::design::{Design, PathId, PathKind, TableId};
use crate::load::throughput_path;

/// Whose units, and of what kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Meter {
    /// A table with its local indexes, or a global index.
    pub owner: PathId,
    /// Whether they are write units.
    pub is_write: bool,
}

/// The numbers of one call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// Queries, scans, or items named by their keys.
    pub queries: u64,
    /// Pages of queries and scans.
    pub pages: u64,
    /// Items evaluated by queries and scans.
    pub evaluated: u64,
    /// Items returned.
    pub returned: u64,
    /// Units.
    pub units: BTreeMap<Meter, Decimal>,
}

impl Counts {
    /// Adds units.
    pub(super) fn add(&mut self, meter: Meter, units: Decimal) {
        let sum = self.units.entry(meter).or_default();
        *sum = sum.saturating_add(units);
    }
}

/// What one call should do.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    /// What consumes units.
    pub parts: Vec<Charged>,
    /// The counts, without units.
    pub counts: Counts,
    /// Items returned that the pattern does not want, because they share the key range.
    pub unwanted: u64,
    /// Items that the pattern asks for, told from its conditions; nothing where a call does not return
    /// all of them.
    pub(super) meant: Option<u64>,
    /// Whether units and pages can be told to the last one.
    pub is_exact: bool,
}

impl Expected {
    /// Adds a part to the table or index that bears it.
    pub(super) fn charge(&mut self, design: &Design<'_>, path: PathId, part: Part) {
        self.parts.push(Charged { owner: throughput_path(design, path).unwrap_or(path), part });
    }

    /// Units by a way to count a part.
    fn sum(&self, units: impl Fn(&Part) -> Decimal) -> BTreeMap<Meter, Decimal> {
        let mut counts = Counts::default();
        for Charged { owner, part } in &self.parts {
            counts.add(Meter { owner: *owner, is_write: part.is_write() }, units(part));
        }
        counts.units
    }

    /// Units by the service's rules.
    pub(super) fn units(&self) -> BTreeMap<Meter, Decimal> {
        self.sum(Part::units)
    }

    /// Units if all sizes were this many hundredths of what they are.
    pub(super) fn units_at(&self, percent: u64) -> BTreeMap<Meter, Decimal> {
        self.sum(|part| part.resized(percent).units())
    }

    /// The same call if its queries found alike many bytes each, which is how an average counts them.
    pub(super) fn evened(&self) -> Self {
        let is_plain = |range: &Range| !range.fetches && range.limit.is_none();
        let ranges = self.parts.iter().filter_map(|charged| match &charged.part {
            Part::Range(range) if is_plain(range) => Some(range),
            _ => None,
        });
        let (count, bytes) = ranges.fold((0_u64, 0_u64), |(count, bytes), range| {
            let own = range.entries.iter().map(|size| size.bytes).fold(0, u64::saturating_add);
            (count + 1, bytes.saturating_add(own))
        });
        let average = bytes.checked_div(count).unwrap_or(0);
        let mut evened = self.clone();
        for charged in &mut evened.parts {
            if let Part::Range(range) = &mut charged.part
                && is_plain(range)
            {
                range.entries = vec![Size { bytes: average, by_dynoxide: average }];
            }
        }
        evened
    }

    /// Units as an engine is known to report them, with the reasons where that is not what the
    /// service does.
    pub(super) fn reported(&self, engine: EngineKind) -> (BTreeMap<Meter, Decimal>, Vec<&'static str>) {
        let mut reasons = Vec::new();
        for Charged { part, .. } in &self.parts {
            for why in reported(engine, part).1 {
                if !reasons.contains(&why) {
                    reasons.push(why);
                }
            }
        }
        (self.sum(|part| reported(engine, part).0), reasons)
    }
}

/// Adds what a response says was consumed.
pub(super) fn add_consumed(
    design: &Design<'_>,
    table_of: impl Fn(&str) -> Option<TableId>,
    response: &Value,
    is_write: bool,
    counts: &mut Counts,
) {
    let consumed = response.get("ConsumedCapacity");
    let each = consumed
        .and_then(Value::as_array)
        .map_or_else(|| consumed.into_iter().collect(), |all| all.iter().collect::<Vec<_>>());
    for one in each {
        let Some(table) = one.get("TableName").and_then(Value::as_str).and_then(&table_of) else { continue };
        let mut rest = units_in(one);
        for (id, path) in design.paths_of(table) {
            let PathKind::Global(_) = path.kind else { continue };
            let index = one.get("GlobalSecondaryIndexes").and_then(|all| all.get(path.name));
            let units = index.map(units_in).unwrap_or_default();
            rest = rest.saturating_sub(units);
            if !units.is_zero() {
                counts.add(Meter { owner: id, is_write }, units);
            }
        }
        if let (Some(base), false) = (design.base_path(table), rest.is_zero()) {
            counts.add(Meter { owner: base.id, is_write }, rest);
        }
    }
}

fn units_in(consumed: &Value) -> Decimal {
    let units = consumed.get("CapacityUnits").map(Value::to_string).unwrap_or_default();
    units.parse().or_else(|_| Decimal::from_scientific(&units)).unwrap_or_default()
}

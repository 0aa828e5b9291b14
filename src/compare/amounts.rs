//! What tables, indexes and patterns cost before and after, and how warm they get.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Version;
use crate::units::Share;

/// What something costs in a month, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// What it is: ``table `Shop` ``, ``index `by_status` ``, ``pattern `recent_orders` ``.
    pub name: String,
    /// Before; nothing where it was not there.
    pub before: Option<Sum>,
    /// After.
    pub after: Option<Sum>,
}

/// US dollars of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// What is known of it.
    pub usd: Decimal,
    /// Whether that is all.
    pub is_complete: bool,
}

impl Amount {
    /// By how much it changes, where both are known completely.
    pub fn change(&self) -> Option<Decimal> {
        let (before, after) = (self.before?, self.after?);
        (before.is_complete && after.is_complete).then(|| after.usd.saturating_sub(before.usd))
    }

    /// Whether what is there of both is known completely.
    pub fn is_complete(&self) -> bool {
        self.before.iter().chain(&self.after).all(|sum| sum.is_complete)
    }

    /// The change as a share of what it was.
    pub fn percent(&self) -> Option<Share> {
        let share = self.change()?.checked_div(self.before?.usd)?;
        Some(Share(share.round_dp(4)))
    }
}

/// The whole, and each table, index and pattern whose cost changes.
pub fn costs(old: &Version<'_, '_>, new: &Version<'_, '_>) -> Vec<Amount> {
    let (before, after) = (amounts(old), amounts(new));
    let mut names: Vec<&(u8, String)> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|key| Amount { name: key.1.clone(), before: before.get(key).copied(), after: after.get(key).copied() })
        .filter(|amount| amount.before != amount.after)
        .collect()
}

/// Amounts by kind and name.
fn amounts(version: &Version<'_, '_>) -> BTreeMap<(u8, String), Sum> {
    let bill = &version.figures.bill;
    let mut all: BTreeMap<(u8, String), Sum> = BTreeMap::new();
    let nothing = Sum { usd: Decimal::ZERO, is_complete: true };
    let names = |source: &crate::cost::Source<'_>| {
        let path = version.design.path(source.path);
        let table = path.map(|path| (1, format!("table `{}`", path.table_name)));
        let index = path.filter(|path| !path.is_table()).map(|path| (2, path.label()));
        let pattern = source.pattern.and_then(|at| version.design.patterns.get(at));
        let pattern = pattern.map(|pattern| (3, format!("pattern `{}`", pattern.name)));
        [Some((0, "the whole design".to_owned())), table, index, pattern]
    };
    for line in &bill.lines {
        let Some(source) = &line.source else { continue };
        for name in names(source).into_iter().flatten() {
            let sum = all.entry(name).or_insert(nothing);
            sum.usd = sum.usd.saturating_add(line.amount);
        }
    }
    for gap in &bill.gaps {
        for name in names(&gap.source).into_iter().flatten() {
            all.entry(name).or_insert(nothing).is_complete = false;
        }
    }
    all
}

/// How warm the busiest key value of a table or index gets, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warmth {
    /// The table or index, and the direction: ``writes of table `Shop` ``.
    pub name: String,
    /// Share of what one key value can take, before.
    pub before: Option<Share>,
    /// The same after.
    pub after: Option<Share>,
}

/// Tables and indexes whose warmth changes by at least a hundredth of the ceiling.
pub fn heat(old: &Version<'_, '_>, new: &Version<'_, '_>) -> Vec<Warmth> {
    let (before, after) = (warmth(old), warmth(new));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |map: &BTreeMap<String, Decimal>, name: &String| map.get(name).copied();
    names
        .into_iter()
        .filter(|name| {
            let (a, b) = (of(&before, name).unwrap_or_default(), of(&after, name).unwrap_or_default());
            (a - b).abs() >= Decimal::new(1, 2)
        })
        .map(|name| Warmth {
            name: name.clone(),
            before: of(&before, name).map(|heat| Share(heat.round_dp(3))),
            after: of(&after, name).map(|heat| Share(heat.round_dp(3))),
        })
        .collect()
}

fn warmth(version: &Version<'_, '_>) -> BTreeMap<String, Decimal> {
    let mut all: BTreeMap<String, Decimal> = BTreeMap::new();
    for spot in &version.figures.heat {
        let Some(path) = version.design.path(spot.path) else { continue };
        for (is_write, word) in [(false, "reads"), (true, "writes")] {
            let heat = all.entry(format!("{word} of {}", path.label())).or_default();
            *heat = spot.heat(is_write).max(*heat);
        }
    }
    all
}

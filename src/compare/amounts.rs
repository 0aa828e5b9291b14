//! What tables, indexes and patterns cost before and after, and how warm they get.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::renamed::Renamed;
use super::{Version, path_name};
use crate::design::AccessPath;
use crate::units::Share;

/// What something costs in a month, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// What it is: ``table `Shop` ``, ``index `by_status` of `Shop` ``, ``pattern `recent_orders` ``.
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
    /// How many parts are not known.
    pub gaps: usize,
}

impl Sum {
    /// Whether everything is known.
    pub fn is_complete(self) -> bool {
        self.gaps == 0
    }
}

impl Amount {
    /// By how much it changes, where both are known completely.
    pub fn change(&self) -> Option<Decimal> {
        self.known_change().filter(|_| self.is_complete())
    }

    /// By how much what is known of it changes; nothing where one of them is not there, or where more
    /// or less of one is known, so that they are not sums of the same.
    pub fn known_change(&self) -> Option<Decimal> {
        let (before, after) = (self.before?, self.after?);
        (before.gaps == after.gaps).then(|| after.usd.saturating_sub(before.usd))
    }

    /// Whether what is there of both is known completely.
    pub fn is_complete(&self) -> bool {
        self.before.iter().chain(&self.after).all(|sum| sum.is_complete())
    }

    /// The change as a share of what it was.
    pub fn percent(&self) -> Option<Share> {
        let share = self.change()?.checked_div(self.before?.usd)?;
        Some(Share(share.round_dp(4)))
    }

    /// Whether it is worth a word.
    fn differs(&self) -> bool {
        match (self.before, self.after) {
            (Some(before), Some(after)) => {
                before.gaps != after.gaps || before.usd.saturating_sub(after.usd).abs() >= LEAST
            }
            (before, after) => before != after,
        }
    }
}

/// US dollars a month below which a change has no word.
const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What an amount is of, in the order in which amounts are shown.
type Name = (u8, String);

/// The whole, and each table, index and pattern whose cost changes. A pattern that is only called
/// otherwise is the same.
pub(super) fn costs(old: &Version<'_, '_>, new: &Version<'_, '_>, renamed: &Renamed<'_, '_>) -> Vec<Amount> {
    let new_names: BTreeMap<&str, &str> = renamed.iter().map(|(new, old)| (*old, *new)).collect();
    let (before, after) = (Amounts::of(old, &new_names), Amounts::of(new, &BTreeMap::new()));
    let mut names: Vec<&Name> = before.sums.keys().chain(after.sums.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        // What is there without an amount, such as what reads from capacity that is paid anyway and
        // is not known, is neither new nor gone.
        .filter(|name| !before.lacks(name) && !after.lacks(name))
        .map(|name| Amount {
            name: name.1.clone(),
            before: before.sums.get(name).copied(),
            after: after.sums.get(name).copied(),
        })
        .filter(Amount::differs)
        .collect()
}

/// The amounts of a version.
struct Amounts {
    sums: BTreeMap<Name, Sum>,
    there: BTreeSet<Name>,
}

impl Amounts {
    fn of(version: &Version<'_, '_>, new_names: &BTreeMap<&str, &str>) -> Self {
        let (design, bill) = (version.design, &version.figures.bill);
        let index = |path: &AccessPath<'_>| (2, path_name(path));
        let pattern = |name: &str| (3, format!("pattern `{}`", new_names.get(name).copied().unwrap_or(name)));
        let nothing = Sum { usd: Decimal::ZERO, gaps: 0 };
        let names = |source: &crate::cost::Source<'_>| {
            let path = design.path(source.path);
            let table = path.map(|path| (1, format!("table `{}`", path.table_name)));
            let index = path.filter(|path| !path.is_table()).map(index);
            let pattern = source.pattern.and_then(|at| design.patterns.get(at)).map(|known| pattern(known.name));
            [Some((0, "the whole design".to_owned())), table, index, pattern].into_iter().flatten()
        };
        let mut sums: BTreeMap<Name, Sum> = BTreeMap::new();
        for line in &bill.lines {
            for name in line.source.iter().flat_map(names) {
                let sum = sums.entry(name).or_insert(nothing);
                sum.usd = sum.usd.saturating_add(line.amount);
            }
        }
        for name in bill.gaps.iter().flat_map(|gap| names(&gap.source)) {
            let sum = sums.entry(name).or_insert(nothing);
            sum.gaps = sum.gaps.saturating_add(1);
        }
        let indexes = design.paths.iter().filter(|path| !path.is_table()).map(index);
        let there = indexes.chain(design.patterns.iter().map(|known| pattern(known.name))).collect();
        Self { sums, there }
    }

    /// Whether something is there, and has no amount.
    fn lacks(&self, name: &Name) -> bool {
        self.there.contains(name) && !self.sums.contains_key(name)
    }
}

/// How warm the busiest key value of a table or index gets, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warmth {
    /// The table or index, and the direction: ``writes of table `Shop` ``.
    pub name: String,
    /// Before; nothing where nothing lands on it.
    pub before: Option<Heat>,
    /// The same after.
    pub after: Option<Heat>,
}

/// Share of what one key value can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heat {
    /// What is known of it.
    pub share: Share,
    /// Whether that is all.
    pub is_complete: bool,
}

/// Tables and indexes whose warmth changes by at least a hundredth of the ceiling.
pub(super) fn heat(old: &Version<'_, '_>, new: &Version<'_, '_>) -> Vec<Warmth> {
    let (before, after) = (warmth(old), warmth(new));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let share = |heat: Option<&Heat>| heat.map_or(Decimal::ZERO, |heat| heat.share.0);
    names
        .into_iter()
        .filter(|name| {
            let change = share(before.get(*name)).saturating_sub(share(after.get(*name)));
            change.abs() >= Decimal::new(1, 2)
        })
        .map(|name| Warmth { name: name.clone(), before: before.get(name).copied(), after: after.get(name).copied() })
        .collect()
}

fn warmth(version: &Version<'_, '_>) -> BTreeMap<String, Heat> {
    let mut all: BTreeMap<String, Heat> = BTreeMap::new();
    for spot in &version.figures.heat {
        let Some(path) = version.design.path(spot.path) else { continue };
        for (is_write, word) in [(false, "reads"), (true, "writes")] {
            if spot.parts(is_write).next().is_none() {
                continue;
            }
            let nothing = Heat { share: Share(Decimal::ZERO), is_complete: true };
            let heat = all.entry(format!("{word} of {}", path_name(path))).or_insert(nothing);
            heat.share = Share(spot.heat(is_write).round_dp(3).max(heat.share.0));
            heat.is_complete &= spot.parts(is_write).all(|part| part.units.is_ok());
        }
    }
    all
}

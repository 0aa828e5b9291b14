//! Amounts in findings: how numbers and dollars are written, and which are worth a word.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::wording::noun;
use super::{Context, is_judged};
use crate::cost::dollars;
use crate::design::{PatternDesign, TableId};
use crate::units::{Share, grouped};

/// Dollars of a month below which a difference is not worth a finding.
pub(super) const LEAST_USD: Decimal = Decimal::ONE;

/// The same as a share of what is compared: 5 %.
const LEAST_PERCENT: u32 = 5;

/// Whether a difference is worth a finding: at least 1 USD a month and 5 % of what it is taken from.
pub(super) fn is_worth(saved: Decimal, of: Decimal) -> bool {
    let share = saved.saturating_mul(Decimal::ONE_HUNDRED);
    saved >= LEAST_USD && share >= of.saturating_mul(Decimal::from(LEAST_PERCENT))
}

/// `1,234.56 USD`.
pub(super) fn usd(amount: Decimal) -> String {
    format!("{} USD", dollars(amount))
}

/// `28.9%`.
pub(super) fn percent(share: Decimal) -> String {
    Share(share.round_dp(3)).to_string()
}

/// A part of a whole; nothing of nothing.
pub(super) fn part(part: Decimal, whole: Decimal) -> Decimal {
    part.checked_div(whole).unwrap_or_default()
}

/// A number of four digits: `29.5`, `1,234`, `2.628M`.
pub(super) fn about(number: Decimal) -> String {
    let rounded = number.round_sf(4).unwrap_or(number);
    let thousand = Decimal::ONE_THOUSAND;
    let scaled = [("B", 3), ("M", 2), ("k", 1)].into_iter().find_map(|(suffix, power)| {
        let size = (0..power).fold(Decimal::ONE, |size, _| size.saturating_mul(thousand));
        // Four digits stand as they are.
        let from = if power == 1 { Decimal::from(10_000) } else { size };
        (rounded >= from).then(|| format!("{}{suffix}", (rounded / size).normalize()))
    });
    scaled.unwrap_or_else(|| grouped(&rounded.normalize().to_string()))
}

/// Two numbers in the words for each, and digit by digit where these would read the same.
pub(super) fn apart(numbers: [Decimal; 2], words: fn(Decimal) -> String) -> [String; 2] {
    let [one, other] = numbers.map(words);
    if one == other { numbers.map(|number| number.normalize().to_string()) } else { [one, other] }
}

/// `1 read unit`, `2.5 read units`.
pub(super) fn units_of(number: Decimal, direction: &str) -> String {
    format!("{} {direction} {}", about(number), noun(number, "unit", "units"))
}

/// A number for machines, as a text, to so many places that it is the same everywhere.
pub(super) fn exact(number: Decimal) -> String {
    number.round_dp(6).normalize().to_string()
}

impl<'a, 'm> Context<'a, 'm> {
    /// Patterns that are meant to be served by these tables and have no plan yet, so that they have
    /// no part in any figure.
    pub(super) fn unplanned(&self) -> impl Iterator<Item = &'a PatternDesign<'m>> {
        let design = self.design;
        design.patterns.iter().zip(&self.plans.patterns).filter_map(|(pattern, plan)| {
            let is_elsewhere = pattern.pattern.served_by.is_some();
            (!is_elsewhere && (!is_judged(pattern) || !plan.is_served())).then_some(pattern)
        })
    }

    /// Whether the figures of a table lack such a pattern.
    pub(super) fn has_unplanned(&self, table: TableId) -> bool {
        self.unplanned_tables.contains(&table)
    }

    /// The tables whose figures lack such a pattern; all of them where a pattern names no entity.
    pub(super) fn find_unplanned(&self) -> BTreeSet<TableId> {
        let mut tables = BTreeSet::new();
        for pattern in self.unplanned() {
            let own = pattern.entities.iter().filter_map(|id| self.design.entity(*id)?.table);
            let before = tables.len();
            tables.extend(own);
            if pattern.entities.is_empty() && tables.len() == before {
                return (0..self.design.tables.len()).map(TableId).collect();
            }
        }
        tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [("0", "0"), ("0.5", "0.5"), ("29.54", "29.54"), ("1234.5", "1,234"), ("12345", "12.34k")];
        for (number, text) in
            cases.into_iter().chain([("2628000", "2.628M"), ("3000000000", "3B"), ("0.41666", "0.4167")])
        {
            assert_eq!(about(number.parse().unwrap_or_default()), text);
        }
        assert_eq!(units_of(Decimal::ONE, "read"), "1 read unit");
        assert_eq!(percent("0.28888".parse().unwrap_or_default()), "28.9%");
        assert_eq!(usd("1234.5".parse().unwrap_or_default()), "1,234.50 USD");
    }

    #[test]
    fn small_differences_are_not_worth_a_word() {
        let is = |saved: u32, of: u32| is_worth(Decimal::from(saved), Decimal::from(of));
        assert!(is(1, 20) && !is(0, 1) && !is(49, 1_000) && is(50, 1_000));
    }
}

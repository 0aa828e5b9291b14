//! A difference in one sentence, which stands first: what is lost, what is new, what it costs.

use rust_decimal::Decimal;

use super::{Difference, amount, by_usd};
use crate::compare::Fate;
use crate::cost::dollars;
use crate::lint::Level;
use crate::units::Count;

/// The sentence; nothing where nothing of it changes.
pub(super) fn headline(difference: &Difference<'_>) -> Option<String> {
    let parts: Vec<String> =
        [lost(difference), found(difference), cost(difference), work(difference)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn lost(difference: &Difference<'_>) -> Option<String> {
    let coverage = &difference.comparison.coverage;
    let lost = coverage.iter().filter(|it| matches!(it.fate, Fate::Lost(_) | Fate::New(None))).count();
    (lost > 0).then(|| format!("{} not served", counted(lost, "pattern is", "patterns are")))
}

fn found(difference: &Difference<'_>) -> Option<String> {
    let new = &difference.findings.new;
    let errors = new.iter().filter(|located| located.finding.level == Level::Error).count();
    let others = new.len() - errors;
    let said = counted(errors, "new error", "new errors");
    match (errors, others) {
        (0, 0) => None,
        (0, _) => Some(counted(others, "new finding", "new findings")),
        (_, 0) => Some(said),
        (_, _) => Some(format!("{said} and {}", counted(others, "other finding", "other findings"))),
    }
}

/// What the whole costs more or less, which is the first of the amounts.
fn cost(difference: &Difference<'_>) -> Option<String> {
    let whole = difference.comparison.costs.first()?;
    Some(match (whole.known_change(), whole.before, whole.after) {
        (Some(by), ..) if whole.is_complete() => format!("{} a month", by_usd(by)),
        (Some(by), ..) => format!("{} a month of what is known", by_usd(by)),
        (None, Some(before), Some(after)) => format!("{} a month becomes {}", amount(before), amount(after)),
        (None, _, Some(after)) => format!("{} a month", amount(after)),
        _ => return None,
    })
}

/// All writes of the migration.
fn work(difference: &Difference<'_>) -> Option<String> {
    let steps = || difference.comparison.migration.iter().filter_map(|step| step.work);
    let (mut units, mut usd) = (Decimal::ZERO, Decimal::ZERO);
    for work in steps() {
        units = units.saturating_add(work.effort.map(|effort| effort.units).unwrap_or_default());
        usd = usd.saturating_add(work.usd.unwrap_or_default());
    }
    let is_known = steps().all(|work| work.usd.is_some());
    let units = units.round_sf(3).unwrap_or(units);
    match (steps().next(), is_known, units.is_zero()) {
        (None, ..) | (_, true, true) => None,
        (_, false, true) => Some("what the migration writes is not known".to_owned()),
        (_, true, _) => Some(format!("the migration writes about {} units for {} USD", Count(units), dollars(usd))),
        (_, false, _) => {
            Some(format!("the migration writes at least about {} units for {} USD", Count(units), dollars(usd)))
        }
    }
}

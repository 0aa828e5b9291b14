//! Numbers held against each other: what the plan says, what the items say, what the engine did.

use rust_decimal::Decimal;

/// How a figure or a pattern came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The plan and the engine agree.
    Agrees,
    /// The engine differs from the service as it is known to; the plan agrees with what the service does.
    EngineDiffers,
    /// They do not agree.
    Differs,
}

impl Verdict {
    /// The verdict in a word or two, for readers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::EngineDiffers => "engine differs",
            Self::Differs => "DIFFERS",
        }
    }
}

/// One number of a pattern, for an average call.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is: `evaluated`, `write units of index by_status`.
    pub what: String,
    /// What the plan says; nothing where the model does not tell.
    pub planned: Option<Decimal>,
    /// What the very items of the calls should give by the service's rules; nothing where that hangs
    /// on the engine's own order.
    pub by_items: Option<Decimal>,
    /// What was seen.
    pub seen: Decimal,
    /// How it came out.
    pub verdict: Verdict,
    /// Why, where it does not agree.
    pub why: Vec<String>,
}

/// The share by which an average may differ from a plan's: the items of a run are some of many.
pub const TOLERANCE_PERCENT: u64 = 25;

/// A planned average beside that of some calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Average {
    /// What the plan says.
    pub planned: Decimal,
    /// The average of the calls.
    pub found: Decimal,
    /// The same if all sizes were a tolerance smaller, and larger.
    pub between: (Decimal, Decimal),
    /// The smallest difference that counts.
    pub step: Decimal,
    /// How many calls there were, where an item is in an index or is not.
    pub draws: Option<u64>,
}

impl Average {
    /// Whether the two are as near as averages of a few calls can be: within the tolerance or one
    /// step; or where sizes within the tolerance give the plan's units; or, where each call either has
    /// an entry or has not, within two standard errors or one call.
    pub(super) fn agrees(&self) -> bool {
        let off = self.planned.saturating_sub(self.found).abs();
        let share = self.planned.saturating_mul(Decimal::new(TOLERANCE_PERCENT as i64, 2));
        let (low, high) = self.between;
        if off <= share.max(self.step) || (low <= self.planned && self.planned <= high) {
            return true;
        }
        let Some(draws) = self.draws.map(|draws| Decimal::from(draws.max(1))) else { return false };
        let part = self.planned.saturating_sub(self.planned.floor());
        let spread = part.saturating_mul(Decimal::ONE.saturating_sub(part)).saturating_mul(Decimal::from(4));
        let is_fraction = !part.is_zero();
        is_fraction
            && (off.saturating_mul(draws) <= Decimal::ONE || off.saturating_mul(off).saturating_mul(draws) <= spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn average(planned: i64, found: i64, between: (i64, i64), draws: Option<u64>) -> bool {
        let hundredths = |n| Decimal::new(n, 2);
        Average {
            planned: hundredths(planned),
            found: hundredths(found),
            between: (hundredths(between.0), hundredths(between.1)),
            step: Decimal::ZERO,
            draws,
        }
        .agrees()
    }

    #[test]
    fn a_write_that_was_not_planned_is_never_near_enough() {
        assert!(!average(0, 100, (100, 100), Some(5)));
        assert!(!average(100, 0, (0, 0), Some(5)));
        assert!(!average(100, 200, (200, 200), Some(5)));
    }

    #[test]
    fn sizes_near_a_step_and_rare_entries_are() {
        assert!(average(100, 200, (100, 200), None));
        assert!(average(1, 0, (0, 0), Some(5)));
        assert!(average(20, 0, (0, 0), Some(5)));
        assert!(!average(60, 0, (0, 0), Some(5)));
        assert!(average(1000, 1200, (0, 0), None));
        assert!(!average(1000, 1300, (0, 0), None));
    }
}

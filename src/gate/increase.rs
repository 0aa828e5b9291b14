//! How much more a design costs than before, and how much more it may.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::check::{CheckedFile, Cost};
use crate::cost::dollars;
use crate::units::Money;

/// How much more a month may cost: `10%` of what it did, or `50 USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostLimit {
    /// A part of what it did cost: 0.1 is 10 %. More than the whole is possible.
    Part(Decimal),
    /// An amount.
    Amount(Money),
}

/// Why a text is no such limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no limit of an increase; write a part such as `10%` or an amount such as `50 USD`")]
pub struct CostLimitError(String);

impl FromStr for CostLimit {
    type Err = CostLimitError;

    fn from_str(text: &str) -> Result<Self, CostLimitError> {
        let wrong = || CostLimitError(text.to_owned());
        if let Some(number) = text.trim().strip_suffix('%') {
            let percent: Decimal = number.trim_end().parse().map_err(|_| wrong())?;
            if percent.is_sign_negative() {
                return Err(wrong());
            }
            return Ok(Self::Part(percent / Decimal::ONE_HUNDRED));
        }
        text.parse().map(Self::Amount).map_err(|_| wrong())
    }
}

impl fmt::Display for CostLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(part) => write!(f, "{}%", part.saturating_mul(Decimal::ONE_HUNDRED).normalize()),
            Self::Amount(amount) => amount.fmt(f),
        }
    }
}

/// What a design costs now and did cost before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Increase {
    /// Before.
    pub before: Cost,
    /// Now.
    pub after: Cost,
}

impl Increase {
    /// Compares a file with its earlier version; nothing where one of them has no amount at all.
    pub fn of(file: &CheckedFile) -> Option<Self> {
        Some(Self { before: file.cost_before.clone()?, after: file.cost.clone()? })
    }

    /// How much more it is; negative where it is less.
    pub fn difference(&self) -> Decimal {
        self.after.usd_per_month.saturating_sub(self.before.usd_per_month)
    }

    /// Whether it is more than a limit allows. Nothing that costs more is within a part of nothing.
    pub fn exceeds(&self, limit: CostLimit) -> bool {
        self.difference().is_sign_positive() && self.difference() > self.allowed(limit)
    }

    fn allowed(&self, limit: CostLimit) -> Decimal {
        match limit {
            CostLimit::Part(part) => self.before.usd_per_month.saturating_mul(part),
            CostLimit::Amount(Money(amount)) => amount,
        }
    }

    /// The arithmetic in one line, for the limits that it exceeds.
    pub fn line(&self, file: &str, revision: &str, limits: &[CostLimit]) -> String {
        let (before, after) = (self.before.usd_per_month, self.after.usd_per_month);
        let difference = self.difference();
        let mut line = format!(
            "{file}: a month costs {}{} USD, and cost {}{} USD at {revision}: {} - {} = {} USD more",
            at_least(&self.after),
            dollars(after),
            at_least(&self.before),
            dollars(before),
            dollars(after),
            dollars(before),
            dollars(difference)
        );
        if let Some(part) = difference.checked_div(before) {
            let percent = part.saturating_mul(Decimal::ONE_HUNDRED);
            let percent = percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero).normalize();
            line.push_str(&format!(" ({percent} %)"));
        }
        let allowed: Vec<String> = limits
            .iter()
            .map(|limit| match limit {
                CostLimit::Part(_) => format!("{limit} = {} USD", dollars(self.allowed(*limit))),
                CostLimit::Amount(_) => limit.to_string(),
            })
            .collect();
        line.push_str(&format!("; at most {} is allowed", allowed.join(" and ")));
        if self.before.region != self.after.region {
            line.push_str(&format!("; the Region was {} and is {}", self.before.region, self.after.region));
        }
        line
    }
}

fn at_least(cost: &Cost) -> String {
    match cost.unknown {
        0 => String::new(),
        1 => "at least (1 part is unknown) ".to_owned(),
        many => format!("at least ({many} parts are unknown) "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(usd: u32) -> Cost {
        Cost { usd_per_month: Decimal::from(usd), unknown: 0, region: "us-east-1".to_owned() }
    }

    #[test]
    fn limits_are_parts_or_amounts() {
        let limit = |text: &str| text.parse::<CostLimit>();
        assert_eq!(limit("10%"), Ok(CostLimit::Part(Decimal::new(1, 1))));
        assert_eq!(limit(" 150 % ").map(|limit| limit.to_string()), Ok("150%".to_owned()));
        assert_eq!(limit("50 USD"), Ok(CostLimit::Amount(Money(Decimal::from(50)))));
        for wrong in ["", "10", "-1%", "%", "ten USD"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_line_shows_the_arithmetic() {
        let grown = Increase { before: cost(100), after: cost(112) };
        let (part, amount) = (CostLimit::Part(Decimal::new(1, 1)), CostLimit::Amount(Money(Decimal::from(12))));
        assert!(grown.exceeds(part) && !grown.exceeds(amount));
        assert_eq!(
            grown.line("a.yaml", "main", &[part]),
            "a.yaml: a month costs 112.00 USD, and cost 100.00 USD at main: 112.00 - 100.00 = 12.00 USD more (12 %); \
             at most 10% = 10.00 USD is allowed"
        );
        assert!(Increase { before: cost(0), after: cost(1) }.exceeds(part));
        assert!(!Increase { before: cost(9), after: cost(1) }.exceeds(part));
        assert!(!Increase { before: cost(9), after: cost(9) }.exceeds(CostLimit::Part(Decimal::ZERO)));
    }
}

//! Quantities as people write and read them: bytes, counts, shares, rates, durations, money.
//!
//! Every quantity keeps its unit in its type, so that a rate cannot be added to a count, and is
//! exact: numbers are decimals, never binary floats. Each type reads its text with `FromStr`, and
//! the same reading serves YAML, JSON and the command line.

mod parse;
mod schema;

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

pub use parse::QuantityError;
pub use schema::{QUANTITY_KEYWORD, check_quantity};

/// Seconds in the month that rates per month are converted with: 730 hours, as AWS's own
/// calculator counts (<https://docs.aws.amazon.com/pricing-calculator/latest/userguide/what-is-pricing-calculator.html>).
pub const SECONDS_PER_MONTH: u32 = 730 * 3600;

/// A size in bytes. `1.5 KB` is read with 1 KB = 1024 bytes, as the service counts
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>);
/// a size that is not whole is rounded up to a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// A number of things, zero or more; averages may have a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Count(pub Decimal);

/// A part of a whole, from 0 (`0%`) to 1 (`100%`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(pub Decimal);

/// Either a share (`2%`) or a number of things (`3`): a number without `%` is a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Portion {
    /// A part of the whole.
    Share(Share),
    /// So many of them.
    Count(Count),
}

/// A unit of time that people name in a rate or a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// One second.
    Second,
    /// 60 seconds.
    Minute,
    /// 3,600 seconds.
    Hour,
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 730 hours, see [`SECONDS_PER_MONTH`].
    Month,
    /// 365 days.
    Year,
}

/// So many things in a period: `120/s`, `5M/day`, `30/min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many things.
    pub count: Decimal,
    /// In which period.
    pub per: Period,
}

/// A length of time: `30d`, `2y`, `15 min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duration {
    /// How many periods.
    pub count: Decimal,
    /// Of which length.
    pub period: Period,
}

/// An amount of US dollars: `900 USD`, `$12.50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub Decimal);

/// Traffic on the busiest key value: a share of the pattern's peak (`2%`) or a rate (`40/s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hottest {
    /// A part of the pattern's peak.
    Share(Share),
    /// Calls in a period.
    Rate(Rate),
}

impl Period {
    /// The period's length in seconds.
    pub fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
            Self::Month => SECONDS_PER_MONTH,
            Self::Year => 31_536_000,
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
            Self::Month => "month",
            Self::Year => "y",
        }
    }
}

impl Rate {
    /// Things per second, saturating at the largest decimal.
    pub fn per_second(self) -> Decimal {
        self.count / Decimal::from(self.per.seconds())
    }
}

impl Duration {
    /// The length in seconds, saturating at the largest decimal.
    pub fn seconds(self) -> Decimal {
        self.count.saturating_mul(Decimal::from(self.period.seconds()))
    }
}

impl Count {
    /// The nearest whole number at or above, saturating at `u64::MAX`.
    pub fn ceil(self) -> u64 {
        self.0.ceil().to_u64().unwrap_or(u64::MAX)
    }
}

impl Share {
    /// The whole: 100 %.
    pub const ALL: Self = Self(Decimal::ONE);
}

/// Writes a number as people read it: `1234.5`, `80k`, `2M`; exact, without trailing zeros.
fn short_number(n: Decimal) -> String {
    let scales = [(1_000_000_000_u64, "B"), (1_000_000, "M"), (1_000, "k")];
    for (size, suffix) in scales {
        let scaled = n / Decimal::from(size);
        if scaled >= Decimal::ONE && scaled.normalize().scale() <= 2 {
            return format!("{}{suffix}", scaled.normalize());
        }
    }
    n.normalize().to_string()
}

/// Separates the thousands of the digits before the point: `27746.6` is `27,746.6`.
pub(crate) fn grouped(number: &str) -> String {
    let first = usize::from(number.starts_with('-'));
    let end = first + number.chars().skip(first).take_while(char::is_ascii_digit).count();
    let mut grouped = String::with_capacity(number.len() + end / 3);
    for (index, sign) in number.chars().enumerate() {
        if index > first && index < end && (end - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(sign);
    }
    grouped
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (size, suffix) in [(1_u64 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")] {
            let scaled = Decimal::from(self.0) / Decimal::from(size);
            if scaled >= Decimal::ONE && scaled.normalize().scale() <= 2 {
                return write!(f, "{} {suffix}", scaled.normalize());
            }
        }
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(&short_number(self.0)))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0.saturating_mul(Decimal::ONE_HUNDRED).normalize())
    }
}

impl fmt::Display for Portion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => share.fmt(f),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = if self.per == Period::Day { "day" } else { self.per.symbol() };
        write!(f, "{}/{per}", grouped(&short_number(self.count)))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period {
            Period::Month => write!(f, "{} months", self.count.normalize()),
            period => write!(f, "{}{}", self.count.normalize(), period.symbol()),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD", self.0.normalize())
    }
}

impl fmt::Display for Hottest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => share.fmt(f),
            Self::Rate(rate) => rate.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;

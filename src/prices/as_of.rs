//! When a source last showed a price.

use std::fmt;

use jiff::civil::Date;

/// When a source last showed a price: a day, or a month where the source says no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsOf {
    /// The day; the first of the month where only the month is known.
    pub date: Date,
    /// Whether the source says the day.
    pub is_day_known: bool,
}

impl AsOf {
    /// Reads `2025-12-06` or `2026-05`.
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Some(date) = day(text) {
            return Some(Self { date, is_day_known: true });
        }
        let date = day(&format!("{text}-01"))?;
        Some(Self { date, is_day_known: false })
    }
}

impl From<Date> for AsOf {
    fn from(date: Date) -> Self {
        Self { date, is_day_known: true }
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_day_known {
            return write!(f, "{}", self.date);
        }
        write!(f, "{:04}-{:02}", self.date.year(), self.date.month())
    }
}

/// Reads a day in the one form that price books and price lists use, `YYYY-MM-DD`.
pub(super) fn day(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if is_plain { text.parse().ok() } else { None }
}

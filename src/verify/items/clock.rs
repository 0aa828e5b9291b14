//! Times of items: points in a window that ends at a fixed day, written as the formats have them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::model::AttributeType;

/// The end of every window, 2026-01-01T00:00:00Z, in milliseconds since 1970. No clock is read, so that
/// the same model has the same items on every day.
pub(super) const END: u64 = 1_767_225_600_000;

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// The window of items of which the model says neither how long they are kept nor how many come.
pub(super) const USUAL_WINDOW: u64 = 365 * DAY;

/// How far back a window reaches; seconds since 1970 have ten digits from 2001 on.
const EARLIEST_BEFORE_END: u64 = 24 * 365 * DAY;

/// The longest window; what is longer than [`EARLIEST_BEFORE_END`] reaches into the future.
const LONGEST: u64 = 200 * 365 * DAY;

/// How far after an item's time its expiry lies, so that nothing expires while it is looked at.
pub(super) const UNTIL_EXPIRY: u64 = 30 * 365 * DAY;

/// A stretch of time, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window(u64);

impl Window {
    /// A window of so many milliseconds.
    pub(super) fn of(milliseconds: u64) -> Self {
        Self(milliseconds.clamp(1, LONGEST))
    }

    /// The same window, or a longer one that holds so many different values, each as long as a unit.
    pub(super) fn holding(self, count: u64, unit: u64) -> Self {
        Self::of(self.0.max(count.saturating_mul(unit)))
    }

    /// Its length in seconds.
    pub(super) fn seconds(self) -> Decimal {
        Decimal::from(self.0) / Decimal::ONE_THOUSAND
    }

    /// Milliseconds since 1970 at the fraction `part / parts` of the window; a fraction above 1 lies
    /// behind its end.
    pub(super) fn at(self, part: u64, parts: u64) -> u64 {
        let start = END.saturating_sub(self.0.min(EARLIEST_BEFORE_END));
        let offset = u128::from(self.0) * u128::from(part) / u128::from(parts.max(1));
        start.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX)).min(LAST)
    }
}

/// 2255, so that seconds since 1970 have ten digits.
const LAST: u64 = 9_000_000_000_000;

/// Milliseconds that two values of a kind are apart at least; for the epochs, whose last digit is
/// never zero, a little more than their own unit.
pub(super) fn unit(kind: AttributeType) -> u64 {
    match kind {
        AttributeType::Date => DAY,
        AttributeType::Epoch => 2_000,
        AttributeType::EpochMs => 2,
        _ => 1,
    }
}

/// `2026-03-01T12:00:00.000Z`
pub(super) fn timestamp(milliseconds: u64) -> String {
    let instant = i64::try_from(milliseconds).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let time = instant.unwrap_or_default().to_zoned(TimeZone::UTC).datetime();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

/// `2026-03-01`
pub(super) fn date(milliseconds: u64) -> String {
    let mut text = timestamp(milliseconds);
    text.truncate(10);
    text
}

/// A number near another whose last digit is not zero, in the same order. Engines and the service's
/// documentation disagree by a byte about numbers that end in zeros.
pub(super) fn without_last_zero(number: u64) -> u64 {
    let ninths = number / 10 * 9 + (number % 10) * 9 / 10;
    ninths / 9 * 10 + ninths % 9 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_formats_have_them() {
        assert_eq!(timestamp(END), "2026-01-01T00:00:00.000Z");
        assert_eq!(timestamp(END - 1), "2025-12-31T23:59:59.999Z");
        assert_eq!(date(0), "1970-01-01");
    }

    #[test]
    fn numbers_without_a_last_zero_keep_their_order() {
        let numbers: Vec<u64> = (1_000..1_100).map(without_last_zero).collect();
        assert!(numbers.is_sorted() && numbers.iter().all(|n| n % 10 != 0));
        let apart: Vec<u64> = (0..100).map(|n| without_last_zero(n * 2)).collect();
        assert!(apart.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((0..100).all(|n| without_last_zero(n).abs_diff(n) <= 1));
    }

    #[test]
    fn a_window_ends_where_all_do_and_grows_with_what_it_holds() {
        let day = Window::of(DAY);
        assert_eq!((day.at(0, 4), day.at(4, 4)), (END - DAY, END));
        assert_eq!(day.holding(3, DAY).at(0, 1), END - 3 * DAY);
        assert_eq!(Window::of(u64::MAX).at(u64::MAX, 1), LAST);
    }
}

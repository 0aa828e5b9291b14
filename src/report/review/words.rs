//! Numbers as a report writes them: grouped, and with as many digits as can be read.

use rust_decimal::{Decimal, RoundingStrategy};

/// A number with about three digits, grouped.
pub(super) fn number(value: Decimal) -> String {
    let size = value.abs();
    let places = if size >= Decimal::ONE_HUNDRED {
        0
    } else if size >= Decimal::TEN {
        1
    } else if size >= Decimal::ONE {
        2
    } else {
        3
    };
    let rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero).normalize();
    if rounded.is_zero() && !value.is_zero() {
        return "< 0.001".to_owned();
    }
    group(&rounded.to_string())
}

/// Puts commas between the thousands of a decimal number.
fn group(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

/// A share in percent.
pub(super) fn percent(share: Decimal) -> String {
    let percent = share.saturating_mul(Decimal::ONE_HUNDRED);
    let places = if percent >= Decimal::TEN { 0 } else { 1 };
    let rounded = percent.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero).normalize();
    if rounded.is_zero() && !percent.is_zero() {
        return "< 0.1%".to_owned();
    }
    format!("{}%", group(&rounded.to_string()))
}

/// A text in which every character can be seen: the last one of all, which ends ranges, and control
/// characters are written out.
pub(super) fn shown(text: &str) -> String {
    let is_seen = |c: char| !c.is_control() && c != char::MAX;
    text.chars().map(|c| if is_seen(c) { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

/// A count with its noun: `1 error`, `2 errors`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A number that may be unknown.
pub(super) fn or_unknown(value: Option<Decimal>) -> String {
    value.map_or_else(|| "unknown".to_owned(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let shown = |text: &str| text.parse().map(number).unwrap_or_default();
        for (text, words) in
            [("0", "0"), ("1234567.8", "1,234,568"), ("12.345", "12.3"), ("0.0004", "< 0.001"), ("-1000", "-1,000")]
        {
            assert_eq!(shown(text), words);
        }
        assert_eq!(percent(Decimal::new(12345, 4)), "123%");
        assert_eq!(percent(Decimal::new(4, 4)), "< 0.1%");
        assert_eq!(percent(Decimal::new(33, 3)), "3.3%");
    }
}

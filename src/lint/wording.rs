//! Words for lists, counts and numbers in messages.

use rust_decimal::Decimal;

use crate::units::grouped;

/// `` `a`, `b` and `c` ``.
pub(super) fn quoted_list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    and_list(names.into_iter().map(|name| format!("`{name}`")))
}

/// `a, b and c`; long lists end in how many more there are.
pub(super) fn and_list(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<String> = names.into_iter().collect();
    const MOST: usize = 6;
    if names.len() > MOST + 1 {
        let more = names.len() - MOST;
        names.truncate(MOST);
        return format!("{} and {more} more", names.join(", "));
    }
    and_list_whole(&names)
}

/// `a, b and c`, however many there are.
pub(crate) fn and_list_whole(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// The noun that stands after a number: `item` after 1, `items` after all others.
pub(super) fn noun<'w>(value: Decimal, one: &'w str, many: &'w str) -> &'w str {
    if value == Decimal::ONE { one } else { many }
}

/// A name or word with the article that its first letter asks for: ``an `Order` ``, `a get`.
pub(super) fn with_article(word: &str) -> String {
    let first = word.trim_start_matches('`').chars().next().map(|c| c.to_ascii_lowercase());
    // `User` and `Unit` begin with the sound of "you".
    let is_open = match first {
        Some('a' | 'e' | 'i' | 'o') => true,
        Some('u') => {
            let lower = word.trim_start_matches('`').to_ascii_lowercase();
            !["uni", "us", "ut", "ui", "uu"].iter().any(|start| lower.starts_with(start))
        }
        _ => false,
    };
    format!("{} {word}", if is_open { "an" } else { "a" })
}

/// `1 item`, `3 items`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", noun(count.into(), one, many))
}

/// A rate of calls: `1 call/s`, `20 calls/s`.
pub(super) fn calls(rate: Decimal) -> String {
    format!("{} {}/s", number(rate), noun(rate, "call", "calls"))
}

/// A text in double quotes, as YAML and JSON both read it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A number as people read it: `1,234`, `12.5`, `0.04`; three digits are enough below a hundred.
pub(super) fn number(value: Decimal) -> String {
    let places = match value.abs() {
        size if size >= Decimal::ONE_HUNDRED => 0,
        size if size >= Decimal::TEN => 1,
        size if size >= Decimal::ONE => 2,
        size if size >= Decimal::new(1, 2) => 3,
        _ => 6,
    };
    grouped(&value.round_dp(places).normalize().to_string())
}

/// `1 unit`, `2.5 units`.
pub(super) fn units(value: Decimal) -> String {
    format!("{} {}", number(value), noun(value, "unit", "units"))
}

/// A part of a whole in percent, from a share: `0.125` is `12.5%`.
pub(super) fn percent(share: Decimal) -> String {
    format!("{}%", number(share.saturating_mul(Decimal::ONE_HUNDRED)))
}

/// Bytes as people read them: `1,041 bytes`, `12.5 KB`, `9.31 GB`.
pub(super) fn bytes(size: Decimal) -> String {
    let scales = [(1_u64 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (10 << 10, "KB")];
    for (least, unit) in scales {
        if size >= Decimal::from(least) {
            let one = if unit == "KB" { 1 << 10 } else { least };
            return format!("{} {unit}", number(size / Decimal::from(one)));
        }
    }
    format!("{} bytes", number(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_follow_the_first_letter() {
        let words = ["`Event`", "`User`", "update", "get", "`Unit`", "`Order`"].map(with_article);
        assert_eq!(words, ["an `Event`", "a `User`", "an update", "a get", "a `Unit`", "an `Order`"]);
    }

    #[test]
    fn numbers_read_well() {
        let read = |text: &str| number(text.parse().unwrap_or_default());
        let pairs = [("1234567", "1,234,567"), ("999.6", "1,000"), ("12.55", "12.6"), ("3", "3"), ("0.0416", "0.042")];
        for (given, shown) in pairs {
            assert_eq!(read(given), shown);
        }
        assert_eq!([calls(Decimal::ONE), calls(Decimal::new(15, 1))], ["1 call/s", "1.5 calls/s"]);
        assert_eq!([counted(1, "key", "keys"), counted(0, "key", "keys")], ["1 key", "0 keys"]);
        assert_eq!(percent(Decimal::new(125, 3)), "12.5%");
        assert_eq!([bytes(1041.into()), bytes(12_800.into())], ["1,041 bytes", "12.5 KB"]);
        assert_eq!(bytes(Decimal::from(10_u64 << 30)), "10 GB");
    }
}

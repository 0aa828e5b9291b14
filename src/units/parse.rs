//! Reading quantities from text.

use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Bytes, Count, Duration, Hottest, Money, Period, Portion, Rate, Share};

/// Why a text is not the quantity it should be. The message names what was read and shows how the
/// quantity is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QuantityError(String);

fn wrong(text: &str, what: &str, example: &str) -> QuantityError {
    let shown: String = text.chars().take(40).collect();
    QuantityError(format!("`{shown}` is not {what}; write it like {example}"))
}

/// Splits `1.5 KB` into its number and the rest (trimmed). Accepts `_` and `,` between digits,
/// and the multipliers k, M, B and G glued to the number where `multipliers` says so.
fn split_number(text: &str) -> Option<(Decimal, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | ','))).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    // An exponent is part of the number (`1e6`), as YAML itself writes it.
    let mut after = rest.chars();
    if matches!(after.next(), Some('e' | 'E')) && after.next().is_some_and(|c| c.is_ascii_digit()) {
        let digits_in_exponent = rest.get(1..)?.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - 1);
        let (exponent, rest) = rest.get(1..)?.split_at_checked(digits_in_exponent)?;
        let number = Decimal::from_scientific(&format!("{digits}e{exponent}")).ok()?;
        return Some((number, rest.trim_start()));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let plain: String = digits.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    // 28 digits are what a decimal holds; longer ones are a mistake, not a quantity.
    let number = Decimal::from_str_exact(&plain).ok()?;
    Some((number, rest.trim_start()))
}

/// Takes a multiplier word off the front: `2M`, `80k`, `3B`, `1.5 million`.
fn multiplied(number: Decimal, rest: &str) -> Option<(Decimal, &str)> {
    let word_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, after) = rest.split_at_checked(word_end)?;
    let factor: u64 = match word {
        "" => return Some((number, rest)),
        "k" | "K" | "thousand" => 1_000,
        "M" | "m" | "million" => 1_000_000,
        "B" | "G" | "bn" | "billion" => 1_000_000_000,
        "T" | "trillion" => 1_000_000_000_000,
        _ => return Some((number, rest)),
    };
    Some((number.checked_mul(Decimal::from(factor))?, after.trim_start()))
}

impl FromStr for Bytes {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a size", "`850`, `1.5 KB` or `2 MB`");
        let (number, rest) = split_number(text).ok_or_else(error)?;
        let unit: u64 = match rest.to_ascii_lowercase().as_str() {
            "" | "b" | "byte" | "bytes" => 1,
            "k" | "kb" | "kib" => 1 << 10,
            "m" | "mb" | "mib" => 1 << 20,
            "g" | "gb" | "gib" => 1 << 30,
            "t" | "tb" | "tib" => 1 << 40,
            _ => return Err(error()),
        };
        let bytes = number.checked_mul(Decimal::from(unit)).and_then(|n| n.ceil().to_u64());
        bytes.map(Self).ok_or_else(error)
    }
}

impl FromStr for Count {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a count", "`1200`, `80k` or `2M`");
        let (number, rest) = split_number(text).ok_or_else(error)?;
        match multiplied(number, rest) {
            Some((number, "")) => Ok(Self(number)),
            _ => Err(error()),
        }
    }
}

impl FromStr for Share {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a share", "`5%` (a share needs its percent sign)");
        let (number, rest) = split_number(text).ok_or_else(error)?;
        if rest != "%" || number > Decimal::ONE_HUNDRED {
            return Err(error());
        }
        Ok(Self(number / Decimal::ONE_HUNDRED))
    }
}

impl FromStr for Portion {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim_end().ends_with('%') {
            return text.parse().map(Self::Share);
        }
        text.parse()
            .map(Self::Count)
            .map_err(|_| wrong(text, "a share or a count", "`10%` (of the items) or `3` (items)"))
    }
}

/// Reads the name of a period, in the short and long forms that people write.
fn period(word: &str) -> Option<Period> {
    Some(match word.to_ascii_lowercase().as_str() {
        "s" | "sec" | "second" | "seconds" => Period::Second,
        "m" | "min" | "minute" | "minutes" => Period::Minute,
        "h" | "hr" | "hour" | "hours" => Period::Hour,
        "d" | "day" | "days" => Period::Day,
        "w" | "wk" | "week" | "weeks" => Period::Week,
        "mo" | "month" | "months" => Period::Month,
        "y" | "yr" | "year" | "years" => Period::Year,
        _ => return None,
    })
}

impl FromStr for Rate {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a rate", "`120/s`, `30/min` or `5M/day`");
        let (number, rest) = split_number(text).ok_or_else(error)?;
        let (count, rest) = multiplied(number, rest).ok_or_else(error)?;
        let word = match rest.strip_prefix('/').or_else(|| rest.strip_prefix("per ")) {
            Some(word) => word.trim(),
            None if matches!(rest, "rps" | "tps" | "qps") => "s",
            None => return Err(error()),
        };
        let per = period(word).ok_or_else(error)?;
        Ok(Self { count, per })
    }
}

impl FromStr for Duration {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a length of time", "`7d`, `24h` or `2y`");
        let (count, rest) = split_number(text).ok_or_else(error)?;
        let period = period(rest).ok_or_else(error)?;
        Ok(Self { count, period })
    }
}

impl FromStr for Money {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "an amount of money", "`900 USD`");
        let trimmed = text.trim();
        let (number, _) = match trimmed.strip_prefix('$') {
            Some(amount) => split_number(amount).map(|(number, rest)| (number, rest, true)),
            None => split_number(trimmed).map(|(number, rest)| (number, rest, false)),
        }
        .and_then(|(number, rest, dollar)| {
            let (number, rest) = multiplied(number, rest)?;
            (rest == "USD" || (dollar && rest.is_empty())).then_some((number, rest))
        })
        .ok_or_else(error)?;
        Ok(Self(number))
    }
}

impl FromStr for Hottest {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim_end().ends_with('%') {
            return text.parse().map(Self::Share);
        }
        text.parse().map(Self::Rate).map_err(|_| wrong(text, "a share or a rate", "`2%` (of the peak) or `40/s`"))
    }
}

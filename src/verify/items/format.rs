//! How values of each type are written: the value with an index among the values of a name.

use super::clock;
use super::document;
use super::ids;
use super::random::Random;
use super::value::AttributeValue;
use crate::design::ASSUMED_DIGITS;
use crate::model::{Attribute, AttributeType, Literal};
use crate::service::limits::NUMBER_DIGITS;
use crate::service::size::ITEM_BYTES;

/// How the values of an attribute are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Format {
    /// One of these.
    Listed(Vec<AttributeValue>),
    /// A number of a shard, from the first on.
    Shard { first: u64, is_number: bool },
    /// Any other type, with bytes of a value and digits of a number.
    Kind { kind: AttributeType, size: usize, digits: usize },
}

/// Which value it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pick {
    /// Its index among the values of the name.
    pub(super) index: u64,
    /// Its time, in milliseconds since 1970.
    pub(super) instant: u64,
}

impl Format {
    /// How an attribute's values are written.
    pub(super) fn of(attribute: &Attribute) -> Self {
        let kind = attribute.kind;
        if let Some(values) = &attribute.values {
            return Self::Listed(values.0.keys().map(|value| listed(kind, value)).collect());
        }
        if let Some(shards) = attribute.shards {
            return Self::Shard { first: first_shard(shards), is_number: kind == AttributeType::Number };
        }
        let size = attribute.size.map_or_else(|| usual_size(attribute), |bytes| bytes.0);
        let digits = attribute.digits.unwrap_or(ASSUMED_DIGITS).clamp(1, NUMBER_DIGITS);
        // No item holds a larger value.
        let size = usize::try_from(size.min(ITEM_BYTES)).unwrap_or(usize::MAX);
        Self::Kind { kind, size, digits: digits as usize }
    }

    /// How many different values there are at least; values with higher indexes are repeated.
    pub(super) fn capacity(&self) -> u64 {
        use AttributeType as T;
        match self {
            Self::Listed(values) => values.len() as u64,
            Self::Shard { .. } => u64::MAX,
            Self::Kind { kind, size, digits } => match kind {
                T::String => letters(*size),
                T::Number => numbers(*digits),
                T::Binary => 1_u64.checked_shl(u32::try_from(size.saturating_mul(8)).unwrap_or(64)).unwrap_or(u64::MAX),
                T::Boolean => 2,
                T::Null => 1,
                _ => u64::MAX,
            },
        }
    }

    /// A value.
    pub(super) fn value(&self, random: Random, name: &str, pick: Pick) -> AttributeValue {
        match self {
            Self::Listed(values) => {
                let index = pick.index.checked_rem(values.len() as u64).unwrap_or(0);
                usize::try_from(index).ok().and_then(|i| values.get(i)).cloned().unwrap_or(AttributeValue::Null)
            }
            Self::Shard { first, is_number } => {
                let shard = first.saturating_add(pick.index).to_string();
                if *is_number { AttributeValue::N(shard) } else { AttributeValue::S(shard) }
            }
            Self::Kind { kind, size, digits } => kind_value(*kind, (*size, *digits), random, name, pick),
        }
    }
}

/// The number of the first shard: all of them have equally many digits.
fn first_shard(shards: u32) -> u64 {
    match shards {
        0..=9 => 1,
        10..=90 => 10,
        91..=900 => 100,
        901..=9_000 => 1_000,
        _ => 1_000_000_000,
    }
}

/// Digits of the numbers of shards.
pub(super) fn shard_digits(shards: u32) -> u32 {
    u32::try_from(first_shard(shards).to_string().len()).unwrap_or(ASSUMED_DIGITS)
}

/// Bytes of a value whose size the model does not say: 20 of text, 32 of a binary, 60 of anything that
/// has elements; never more than the largest that the model allows.
pub(super) fn usual_size(attribute: &Attribute) -> u64 {
    let size = match attribute.kind {
        AttributeType::String => 20,
        AttributeType::Binary => 32,
        _ => 60,
    };
    attribute.max_size.map_or(size, |most| most.0.min(size))
}

/// A listed value as an attribute of a type.
pub(in crate::verify) fn listed(kind: AttributeType, value: &Literal) -> AttributeValue {
    use AttributeType as T;
    match (kind, value) {
        // The key of a map is text.
        (T::Boolean, value) if matches!(value.text(), "true" | "false") => AttributeValue::Bool(value.text() == "true"),
        (T::Number | T::Epoch | T::EpochMs, value) => AttributeValue::N(value.text().to_owned()),
        (_, value) => AttributeValue::S(value.text().to_owned()),
    }
}

fn kind_value(
    kind: AttributeType,
    (size, digits): (usize, usize),
    random: Random,
    name: &str,
    pick: Pick,
) -> AttributeValue {
    use AttributeType as T;
    use AttributeValue as V;
    let Pick { index, instant } = pick;
    let mut bytes = random.at(name, index);
    let first = random.offset(name);
    let at = |index: u64| (index, first);
    match kind {
        T::String => V::S(text(size, at(index), &mut bytes)),
        T::Number => V::N(number(digits, at(index), &mut bytes)),
        T::Binary => V::B(binary(size, at(index), &mut bytes)),
        T::Boolean => V::Bool(index % 2 == 1),
        T::Null => V::Null,
        T::List => V::L(document::list(size, &mut bytes)),
        T::Map => V::M(document::map(size, &mut bytes)),
        T::StringSet => V::Ss(document::members(size).map(|(i, size)| text(size, at(i), &mut bytes)).collect()),
        T::BinarySet => V::Bs(document::members(size).map(|(i, size)| binary(size, at(i), &mut bytes)).collect()),
        T::NumberSet => {
            let members = document::number_members(size);
            V::Ns(members.map(|(i, digits)| number(digits, at(i), &mut bytes)).collect())
        }
        T::Uuid => V::S(ids::uuid(&bytes.take(16))),
        T::Ulid => V::S(ids::ulid(instant, index, bytes.next())),
        T::Ksuid => V::S(ids::ksuid(instant, index, &bytes.take(12))),
        T::Timestamp => V::S(clock::timestamp(instant)),
        T::Date => V::S(clock::date(instant)),
        T::Epoch => V::N(clock::without_last_zero(instant / 1_000).to_string()),
        T::EpochMs => V::N(clock::without_last_zero(instant).to_string()),
    }
}

/// Letters at the beginning of a text that tell it from others.
const TELLING_LETTERS: usize = 8;

fn letters(size: usize) -> u64 {
    26_u64.saturating_pow(u32::try_from(size.min(TELLING_LETTERS)).unwrap_or(0))
}

/// Small letters, of so many bytes: no delimiter of any key is among them.
pub(super) fn text(size: usize, at: (u64, u64), bytes: &mut super::random::Bytes) -> String {
    let mut text = String::with_capacity(size);
    let mut rest = shuffled(at, letters(size));
    for _ in 0..size.min(TELLING_LETTERS) {
        text.push(letter(u32::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    while text.len() < size {
        // 26^12 is well below 2^64, so that each letter comes equally often.
        let mut random = bytes.next();
        for _ in 0..12.min(size.saturating_sub(text.len())) {
            text.push(letter(u32::try_from(random % 26).unwrap_or(0)));
            random /= 26;
        }
    }
    text
}

fn letter(index: u32) -> char {
    char::from_u32(u32::from(b'a') + index).unwrap_or('a')
}

/// Digits at the beginning of a number that tell it from others.
const TELLING_DIGITS: usize = 18;

/// How many numbers there are of so many digits that begin and end with another digit than zero.
fn numbers(digits: usize) -> u64 {
    match digits.min(TELLING_DIGITS) {
        0 | 1 => 9,
        many => 81_u64.saturating_mul(10_u64.saturating_pow(u32::try_from(many - 2).unwrap_or(0))),
    }
}

/// A whole number of exactly so many digits, the last of them no zero.
fn number(digits: usize, at: (u64, u64), bytes: &mut super::random::Bytes) -> String {
    let telling = digits.clamp(1, TELLING_DIGITS);
    let chosen = shuffled(at, numbers(telling));
    let mut text = match telling {
        1 => (chosen + 1).to_string(),
        _ => {
            let lowest = 10_u64.saturating_pow(u32::try_from(telling - 2).unwrap_or(0));
            (lowest + chosen / 9).to_string() + &(chosen % 9 + 1).to_string()
        }
    };
    while text.len() < digits {
        let is_last = text.len() + 1 == digits;
        let digit = if is_last { 1 + bytes.below(9) } else { bytes.below(10) };
        text.push_str(&digit.to_string());
    }
    text
}

/// Bytes that begin with what tells them from others.
fn binary(size: usize, (index, _): (u64, u64), bytes: &mut super::random::Bytes) -> Vec<u8> {
    let mut all = bytes.take(size);
    for (byte, telling) in all.iter_mut().zip(index.to_le_bytes().into_iter().take(5)) {
        *byte = telling;
    }
    all
}

/// Another index below the same bound for each index below it, in no visible order; the first index is
/// that of an offset. A bound has no other prime factors than 2, 3, 5 and 13, as powers of ten and of 26
/// have.
fn shuffled((index, offset): (u64, u64), bound: u64) -> u64 {
    let wide = u128::from(bound.max(1));
    // The golden section of the bound, and on to a factor that shares no divisor with it.
    let golden = wide * 618_033_988_749 / 1_000_000_000_000;
    let shares_none = |factor: &u128| [2, 3, 5, 13].iter().all(|prime| !factor.is_multiple_of(*prime));
    let factor = (golden.max(1)..).find(shares_none).unwrap_or(1);
    let place = (u128::from(index) % wide * factor + u128::from(offset) % wide) % wide;
    u64::try_from(place).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::units::Bytes;

    fn values(attribute: &Attribute, count: u64) -> Vec<AttributeValue> {
        let format = Format::of(attribute);
        let pick = |index| Pick { index, instant: clock::END + index * 10_000 };
        (0..count).map(|index| format.value(Random::new(1), "a", pick(index))).collect()
    }

    #[test]
    fn every_type_has_its_size_and_different_values() {
        use AttributeType as T;
        let formats =
            [(T::Uuid, 36), (T::Ulid, 26), (T::Ksuid, 27), (T::Timestamp, 24), (T::Epoch, 6), (T::EpochMs, 8)];
        for (kind, size) in formats {
            let values = values(&Attribute { kind, ..Attribute::default() }, 1_000);
            assert!(values.iter().all(|value| value.size() == size), "{kind:?} {:?}", values.first());
            assert_eq!(values.iter().collect::<BTreeSet<_>>().len(), 1_000, "{kind:?}");
            assert!(kind == T::Uuid || values.is_sorted(), "{kind:?}");
        }
        for kind in [T::String, T::Binary, T::List, T::Map, T::StringSet, T::NumberSet, T::BinarySet] {
            for size in [8, 9, 20, 53, 61, 62, 300, 5_000] {
                let attribute = Attribute { kind, size: Some(Bytes(size)), ..Attribute::default() };
                assert!(values(&attribute, 3).iter().all(|value| value.size() == size), "{kind:?} of {size}");
            }
        }
    }

    #[test]
    fn numbers_have_their_digits_and_no_zeros_at_the_end() {
        for digits in 1..=38 {
            let attribute = Attribute { kind: AttributeType::Number, digits: Some(digits), ..Attribute::default() };
            let values = values(&attribute, 9);
            assert_eq!(values.iter().collect::<BTreeSet<_>>().len(), 9, "{digits} digits");
            for value in values {
                let text = value.text().unwrap_or_default();
                assert!(text.len() == digits as usize && !text.ends_with('0') && !text.starts_with('0'), "{text}");
                assert_eq!(value.size(), crate::service::size::number_size_of_digits(digits));
            }
        }
    }

    #[test]
    fn values_are_different_up_to_the_capacity() {
        for (kind, size, digits) in [(AttributeType::String, 2, 1), (AttributeType::Number, 1, 3)] {
            let format = Format::Kind { kind, size, digits };
            let value = |index| format.value(Random::new(1), "a", Pick { index, instant: 0 });
            let all: BTreeSet<_> = (0..format.capacity()).map(value).collect();
            assert_eq!(all.len() as u64, format.capacity());
        }
    }
}

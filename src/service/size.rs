//! Sizes of values and items in bytes.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
//! ("Sizes"): an item's size is the sum of its attributes' names and values; the docs call the size
//! of a number approximate, and [`number_size`] is the exact rule that AWS's own calculator follows
//! (<https://github.com/awslabs/amazon-dynamodb-tools/tree/main/snippets/item_size_calculator>).

use serde_json::Value;

/// Bytes of the largest item, attribute names included. With local secondary indexes the item and
/// all its entries in them count together.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const ITEM_BYTES: u64 = 400 * 1024;

/// Bytes that storage is billed for beyond the size of each item and each index entry (Sizes).
pub const STORAGE_OVERHEAD_BYTES: u64 = 100;

/// Bytes more for each item of a table that has replicas (Sizes).
pub const REPLICA_OVERHEAD_BYTES: u64 = 48;

/// Bytes of a list or a map before its elements, and of an empty one (Sizes).
pub const DOCUMENT_BYTES: u64 = 3;

/// Bytes of each element of a list or a map beyond its own size (Sizes).
pub const ELEMENT_BYTES: u64 = 1;

/// Bytes of a boolean or a null (Sizes).
pub const FLAG_BYTES: u64 = 1;

/// The most bytes that a number takes, sign included (Sizes).
pub const NUMBER_BYTES: u64 = 21;

/// The most significant digits that a number has.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
const NUMBER_DIGITS: i32 = 38;

/// The power of ten of the first digit of the smallest and of the largest number (same page).
const NUMBER_POWERS: std::ops::RangeInclusive<i32> = -130..=125;

/// Bytes of a number as it is written: `-12.5`, `1E10`. Digits count in pairs that are aligned on
/// the decimal point; leading and trailing pairs of zeros do not count, one byte comes on top and
/// one more for a minus sign. Nothing when the text is no number that the service stores.
pub fn number_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok().filter(|e| e.abs() < 100_000)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    // The power of ten of a digit: the first of `12.3` stands for 10¹, the last for 10⁻¹.
    let highest = i32::try_from(whole.len()).ok()? - 1 + exponent;
    let mut significant = (0_i32..).zip(whole.bytes().chain(fraction.bytes())).filter(|(_, digit)| *digit != b'0');
    let Some((first, _)) = significant.next() else { return Some(1) };
    let last = significant.last().map_or(first, |(index, _)| index);
    if last - first >= NUMBER_DIGITS || !NUMBER_POWERS.contains(&(highest - first)) {
        return None;
    }
    let pairs = (highest - first).div_euclid(2) - (highest - last).div_euclid(2) + 1;
    let size = 1 + u64::try_from(pairs).unwrap_or(0) + u64::from(is_negative);
    Some(size.min(NUMBER_BYTES))
}

/// Bytes of a positive number of so many significant digits, taken to fill whole pairs as well as
/// they can: one for two digits, and one.
pub fn number_size_of_digits(digits: u32) -> u64 {
    (u64::from(digits).div_ceil(2) + 1).min(NUMBER_BYTES)
}

/// Bytes of an attribute value in DynamoDB's JSON form (`{"S": "text"}`), or in plain JSON, where
/// a text is a string, an object a map and an array a list. Nothing when it is neither.
pub fn value_size(value: &Value) -> Option<u64> {
    // Values nest in the text of a file, so the walk keeps its own stack.
    let mut total = 0_u64;
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        total = total.saturating_add(match typed(value) {
            Some((kind, inner)) => typed_size(kind, inner, &mut left)?,
            None => plain_size(value, &mut left)?,
        });
    }
    Some(total)
}

/// Bytes of an item: the sum of its attributes' names and values. Nothing when a value is not one.
pub fn item_size(item: &serde_json::Map<String, Value>) -> Option<u64> {
    item.iter().try_fold(0_u64, |total, (name, value)| {
        Some(total.saturating_add(name.len() as u64).saturating_add(value_size(value)?))
    })
}

/// The type word and the content of a value such as `{"S": "text"}`.
fn typed(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (kind, inner) = object.iter().next()?;
    let fits = match kind.as_str() {
        "S" | "N" | "B" => inner.is_string(),
        "BOOL" | "NULL" => inner.is_boolean(),
        "M" => inner.is_object(),
        "L" => inner.is_array(),
        "SS" | "NS" | "BS" => inner.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string)),
        _ => false,
    };
    fits.then_some((kind.as_str(), inner))
}

fn typed_size<'v>(kind: &str, inner: &'v Value, left: &mut Vec<&'v Value>) -> Option<u64> {
    let text = || inner.as_str().unwrap_or_default();
    let elements = || inner.as_array().into_iter().flatten();
    let strings = || elements().filter_map(Value::as_str);
    Some(match kind {
        "S" => text().len() as u64,
        "N" => number_size(text())?,
        "B" => binary_size(text()),
        "BOOL" | "NULL" => FLAG_BYTES,
        "L" | "M" => plain_size(inner, left)?,
        // Sets have no overhead of their own.
        "SS" => strings().map(|text| text.len() as u64).sum(),
        "BS" => strings().map(binary_size).sum(),
        "NS" => strings().map(number_size).try_fold(0_u64, |total, size| Some(total + size?))?,
        _ => return None,
    })
}

fn plain_size<'v>(value: &'v Value, left: &mut Vec<&'v Value>) -> Option<u64> {
    Some(match value {
        Value::Null | Value::Bool(_) => FLAG_BYTES,
        Value::Number(number) => number_size(&number.to_string())?,
        Value::String(text) => text.len() as u64,
        Value::Array(elements) => {
            left.extend(elements);
            DOCUMENT_BYTES + ELEMENT_BYTES * elements.len() as u64
        }
        Value::Object(fields) => {
            left.extend(fields.values());
            let names: u64 = fields.keys().map(|name| name.len() as u64).sum();
            DOCUMENT_BYTES + ELEMENT_BYTES * fields.len() as u64 + names
        }
    })
}

/// Bytes of a binary value that stands in base64, as the service's JSON writes it.
fn binary_size(base64: &str) -> u64 {
    let digits = base64.bytes().filter(|b| !matches!(b, b'=' | b'\n' | b'\r')).count() as u64;
    digits * 3 / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_documented_sizes() {
        let golden: [(&[&str], u64); 8] = [
            (&["0", "0.0", "-0", "0E5"], 1),
            (&["1", "9", "10", "99", "100", "1000", "10000", "0.5", "0.05", "0.005", "1700000000"], 2),
            (&["1E+10", "1E-10", "1E125", "1E-130"], 2),
            (&["101", "123", "1234", "1.5", "12.5", "-1", "-100", "0.00001234", "110", "0.015"], 3),
            (&["12345", "123.45", "100.5"], 4),
            (&["-12345", "3.14159", "100.001", "99999999", "1763769600"], 5),
            (&["12345678901234567890123456789012345678"], 20),
            (&["-12345678901234567890123456789012345678", "-9.9999999999999999999999999999999999999E+125"], 21),
        ];
        for (numbers, size) in golden {
            for number in numbers {
                assert_eq!(number_size(number), Some(size), "{number}");
            }
        }
        assert_eq!(number_size("1763769600000"), Some(6));
        assert_eq!([number_size(""), number_size("1.2.3"), number_size("abc"), number_size("1e")], [None; 4]);
    }

    #[test]
    fn items_have_the_documented_sizes() {
        let size = |text: &str| match serde_json::from_str(text) {
            Ok(Value::Object(item)) => item_size(&item),
            _ => None,
        };
        // Constraints page: "the item size is 23 bytes".
        assert_eq!(size(r#"{"shirt-color": {"S": "R"}, "shirt-size": {"S": "M"}}"#), Some(23));
        assert_eq!(size(r#"{"shirt-color": "R", "shirt-size": "M"}"#), Some(23));
        assert_eq!(size(r#"{"a": {"L": []}, "b": {"M": {}}, "c": {"S": ""}}"#), Some(1 + 3 + 1 + 3 + 1));
        assert_eq!(size(r#"{"m": {"M": {"ab": {"N": "12"}, "c": {"L": [{"BOOL": true}]}}}}"#), Some(16));
        assert_eq!(size(r#"{"s": {"NS": ["1", "-123"]}, "t": {"SS": ["ä"]}, "b": {"B": "AAECAw=="}}"#), Some(15));
        for wrong in ["12x", "NaN", "1E126", "1E-131", "123456789012345678901234567890123456789"] {
            assert_eq!(size(&format!(r#"{{"a": {{"N": "{wrong}"}}}}"#)), None, "{wrong}");
        }
        assert_eq!(size(r#"{"a": {"N": "12x", "b": ""}}"#), Some(1 + 3 + 2 + 1 + 3 + 1));
    }
}

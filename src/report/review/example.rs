//! Example values for the drawings of item collections, made from types and names alone, so that
//! the same attribute has the same value wherever it stands.

use crate::design::{Cut, Part};
use crate::model::{Attribute, AttributeType};

/// A moment that all examples share.
const MOMENT: &str = "2026-03-01T12:00:00.000Z";

/// An example of an attribute's value as the item itself holds it.
pub(super) fn value(name: &str, attribute: Option<&Attribute>) -> String {
    let kind = attribute.map(|attribute| attribute.kind).unwrap_or_default();
    if let Some(first) = attribute.and_then(|a| a.values.as_ref()).and_then(|values| values.0.keys().next()) {
        return first.text().to_owned();
    }
    if let Some(shards) = attribute.and_then(|attribute| attribute.shards) {
        return (seed(name) % shards.max(1)).to_string();
    }
    match kind {
        AttributeType::String => word(name),
        AttributeType::Number => digits(name, attribute.and_then(|attribute| attribute.digits)),
        AttributeType::Binary => format!("0x{}…", letters(name, "0123456789abcdef", 6)),
        AttributeType::Boolean => "true".to_owned(),
        AttributeType::Null => "null".to_owned(),
        AttributeType::List => "[ … ]".to_owned(),
        AttributeType::Map => "{ … }".to_owned(),
        AttributeType::StringSet => "{ a, b }".to_owned(),
        AttributeType::NumberSet => "{ 1, 2 }".to_owned(),
        AttributeType::BinarySet => "{ 0x61, 0x62 }".to_owned(),
        AttributeType::Uuid => format!("{}…", letters(name, "0123456789abcdef", 8)),
        AttributeType::Ulid => format!("01K{}…", letters(name, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 5)),
        AttributeType::Ksuid => format!("2K{}…", letters(name, "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", 6)),
        AttributeType::Timestamp => MOMENT.to_owned(),
        AttributeType::Date => cut(Cut::Date),
        AttributeType::Epoch => "1772366400".to_owned(),
        AttributeType::EpochMs => "1772366400000".to_owned(),
    }
}

/// An example of a part of a key.
pub(super) fn part(part: &Part, known: impl Fn(&str) -> (String, Option<Attribute>)) -> String {
    match part {
        Part::Text(text) => text.to_string(),
        Part::Attribute { cut: Some(at), .. } => cut(*at),
        Part::Attribute { name, cut: None } => {
            let (value, attribute) = known(name);
            match attribute.as_ref().and_then(|a| a.digits.filter(|_| a.padded == Some(true))) {
                Some(digits) => format!("{value:0>width$}", width = digits.min(38) as usize),
                None => value,
            }
        }
    }
}

fn cut(at: Cut) -> String {
    MOMENT.chars().take(at.length()).collect()
}

/// A number that follows from a name; the same in every run and on every machine.
fn seed(name: &str) -> u32 {
    name.bytes().fold(2_166_136_261, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}

fn letters(name: &str, alphabet: &str, count: usize) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = seed(name);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 16).unwrap_or_default()
    };
    (0..count).filter_map(|_| alphabet.get(next() % alphabet.len().max(1))).collect()
}

fn digits(name: &str, digits: Option<u32>) -> String {
    let most = 10_u32.saturating_pow(digits.unwrap_or(2).clamp(1, 6));
    (seed(name) % most).max(1).to_string()
}

/// A text for a few names that every design has; otherwise the name with a number.
fn word(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let has = |part: &str| lower.contains(part);
    if has("email") {
        "ada@example.com".to_owned()
    } else if lower == "name" {
        "A name".to_owned()
    } else if has("first_name") || has("given_name") {
        "Ada".to_owned()
    } else if has("family_name_lower") || has("last_name_lower") {
        "lovelace".to_owned()
    } else if has("family_name") || has("last_name") {
        "Lovelace".to_owned()
    } else if has("phone") {
        "+44 20 7946 0018".to_owned()
    } else if lower == "text" || has("description") || has("body") || has("comment") {
        "Some words …".to_owned()
    } else if has("title") {
        "A title".to_owned()
    } else {
        format!("{name}-1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_follow_from_names_and_types() {
        let of = |kind| Attribute { kind, ..Attribute::default() };
        assert_eq!(value("customer_id", Some(&of(AttributeType::Ulid))).chars().count(), 9);
        assert_eq!(
            value("customer_id", Some(&of(AttributeType::Ulid))),
            value("customer_id", Some(&of(AttributeType::Ulid)))
        );
        assert_eq!(value("status", None), "status-1");
        let padded = Attribute { digits: Some(6), padded: Some(true), ..of(AttributeType::Number) };
        let shown = part(&Part::Attribute { name: "n".into(), cut: None }, |_| ("42".to_owned(), Some(padded.clone())));
        assert_eq!(shown, "000042");
        assert_eq!(
            part(&Part::Attribute { name: "at".into(), cut: Some(Cut::Month) }, |_| Default::default()),
            "2026-03"
        );
    }
}

//! Attribute values, as DynamoDB has them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use crate::service::size::{DOCUMENT_BYTES, ELEMENT_BYTES, FLAG_BYTES, number_size};

/// The attributes of an item, or values by attribute name.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// The value of an attribute.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeValue {
    /// Text.
    S(String),
    /// A number, in digits.
    N(String),
    /// Bytes.
    B(Vec<u8>),
    /// `true` or `false`.
    Bool(bool),
    /// No value.
    Null,
    /// A list.
    L(Vec<Self>),
    /// A map.
    M(BTreeMap<String, Self>),
    /// A set of different texts.
    Ss(Vec<String>),
    /// A set of different numbers.
    Ns(Vec<String>),
    /// A set of different binaries.
    Bs(Vec<Vec<u8>>),
}

/// Levels of lists and maps that the service takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const NESTED_LEVELS: usize = 32;

impl AttributeValue {
    /// Bytes of the value, without the attribute's name; the rules of [`crate::service::size`].
    pub fn size(&self) -> u64 {
        let number = |digits: &String| number_size(digits).unwrap_or(digits.len() as u64);
        match self {
            Self::S(text) => text.len() as u64,
            Self::N(digits) => number(digits),
            Self::B(bytes) => bytes.len() as u64,
            Self::Bool(_) | Self::Null => FLAG_BYTES,
            Self::L(elements) => elements.iter().fold(DOCUMENT_BYTES, |total, e| total + ELEMENT_BYTES + e.size()),
            Self::M(fields) => fields
                .iter()
                .fold(DOCUMENT_BYTES, |total, (name, value)| total + ELEMENT_BYTES + name.len() as u64 + value.size()),
            Self::Ss(members) => members.iter().map(|text| text.len() as u64).sum(),
            Self::Ns(members) => members.iter().map(number).sum(),
            Self::Bs(members) => members.iter().map(|bytes| bytes.len() as u64).sum(),
        }
    }

    /// How many elements a list, map or set has.
    pub fn elements(&self) -> Option<usize> {
        match self {
            Self::L(elements) => Some(elements.len()),
            Self::M(fields) => Some(fields.len()),
            Self::Ss(members) | Self::Ns(members) => Some(members.len()),
            Self::Bs(members) => Some(members.len()),
            _ => None,
        }
    }

    /// The text of a text, or the digits of a number.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::S(text) | Self::N(text) => Some(text),
            _ => None,
        }
    }

    /// The word for its type, as the service writes it.
    pub fn type_word(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::L(_) => "L",
            Self::M(_) => "M",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
        }
    }

    /// The value in DynamoDB's JSON: `{"S": "text"}`.
    pub fn to_json(&self) -> Value {
        let inner = match self {
            Self::S(text) | Self::N(text) => json!(text),
            Self::B(bytes) => json!(BASE64.encode(bytes)),
            Self::Bool(is_true) => json!(is_true),
            Self::Null => json!(true),
            Self::L(elements) => elements.iter().map(Self::to_json).collect(),
            Self::M(fields) => Value::Object(item_to_json(fields)),
            Self::Ss(members) | Self::Ns(members) => json!(members),
            Self::Bs(members) => members.iter().map(|bytes| BASE64.encode(bytes)).collect(),
        };
        json!({ self.type_word(): inner })
    }

    /// Reads a value of DynamoDB's JSON; nothing when it is none, or nests deeper than the service
    /// takes.
    pub fn from_json(value: &Value) -> Option<Self> {
        Self::nested(value, NESTED_LEVELS)
    }

    fn nested(value: &Value, levels: usize) -> Option<Self> {
        let (kind, inner) = value.as_object().filter(|object| object.len() == 1)?.iter().next()?;
        let text = || inner.as_str().map(str::to_owned);
        let binary = |value: &Value| BASE64.decode(value.as_str()?).ok();
        let digits = |value: &Value| value.as_str().filter(|text| number_size(text).is_some()).map(str::to_owned);
        Some(match kind.as_str() {
            "S" => Self::S(text()?),
            "N" => Self::N(digits(inner)?),
            "B" => Self::B(binary(inner)?),
            "BOOL" => Self::Bool(inner.as_bool()?),
            "NULL" => Self::Null,
            "L" => {
                let below = levels.checked_sub(1)?;
                Self::L(inner.as_array()?.iter().map(|element| Self::nested(element, below)).collect::<Option<_>>()?)
            }
            "M" => {
                let below = levels.checked_sub(1)?;
                let fields = inner.as_object()?.iter();
                Self::M(fields.map(|(name, v)| Some((name.clone(), Self::nested(v, below)?))).collect::<Option<_>>()?)
            }
            "SS" => Self::Ss(members(inner, |value| value.as_str().map(str::to_owned))?),
            "NS" => Self::Ns(members(inner, digits)?),
            "BS" => Self::Bs(members(inner, binary)?),
            _ => return None,
        })
    }
}

fn members<T>(array: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    array.as_array().filter(|array| !array.is_empty())?.iter().map(read).collect()
}

/// An item in DynamoDB's JSON: `{"pk": {"S": "text"}}`.
pub fn item_to_json(item: &Attributes) -> Map<String, Value> {
    item.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
}

/// Reads an item of DynamoDB's JSON; nothing when a value is none.
pub fn item_from_json(item: &Map<String, Value>) -> Option<Attributes> {
    item.iter().map(|(name, value)| Some((name.clone(), AttributeValue::from_json(value)?))).collect()
}

/// Bytes of an item: its attributes' names and values.
pub fn item_size(item: &Attributes) -> u64 {
    item.iter().map(|(name, value)| (name.len() as u64).saturating_add(value.size())).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_survive_json_and_have_the_size_of_it() {
        let item = json!({
            "a": {"S": "ä"}, "b": {"N": "-12.5"}, "c": {"B": "AAECAw=="}, "d": {"BOOL": true}, "e": {"NULL": true},
            "f": {"L": [{"N": "1"}, {"L": []}]}, "g": {"M": {"x": {"S": ""}}}, "h": {"SS": ["p", "qq"]},
            "i": {"NS": ["1", "101"]}, "j": {"BS": ["AA==", "AAA="]},
        });
        let json = item.as_object().unwrap();
        let read = item_from_json(json).unwrap();
        assert_eq!(Value::Object(item_to_json(&read)), item);
        assert_eq!(Some(item_size(&read)), crate::service::size::item_size(json));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let deep = (0..40).fold(json!({ "L": [] }), |inner, _| json!({ "L": [inner] }));
        for wrong in [json!("plain"), json!({"S": 1}), json!({"N": "x"}), json!({"SS": []}), json!({"B": "*"}), deep] {
            assert_eq!(AttributeValue::from_json(&wrong), None, "{wrong}");
        }
    }
}

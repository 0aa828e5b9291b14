//! Values of the file that have a form of their own.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use crate::gate::CostLimit;

/// The hours of a month, from 1 to 744.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours(pub Decimal);

impl Hours {
    /// Reads them.
    ///
    /// # Errors
    /// When the number is none that a month can have.
    pub fn read(text: &str) -> Result<Self, String> {
        match text.trim().parse::<Decimal>() {
            Ok(hours) if hours >= Decimal::ONE && hours <= Decimal::from(744) => Ok(Self(hours)),
            _ => Err("a month has from 1 to 744 hours".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Hours;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of hours, such as 730")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Hours, E> {
                Hours::read(&number.to_string()).map_err(E::custom)
            }
            // The shortest text of a float is what was written, so no digit is made up.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Hours, E> {
                Hours::read(&number.to_string()).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Number)
    }
}

impl JsonSchema for Hours {
    fn schema_name() -> Cow<'static, str> {
        "Hours".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 1, "maximum": 744, "default": 730 })
    }
}

/// How much more a month may cost: one limit, or several that all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits(pub Vec<CostLimit>);

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Limits;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text such as \"10%\" or \"50 USD\", or a list of them")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Limits, E> {
                text.parse().map(|limit| Limits(vec![limit])).map_err(E::custom)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Limits, A::Error> {
                let mut limits = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    limits.push(text.parse().map_err(de::Error::custom)?);
                }
                Ok(Limits(limits))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

impl JsonSchema for Limits {
    fn schema_name() -> Cow<'static, str> {
        "Limits".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let limit = json_schema!({ "type": "string", "examples": ["10%", "50 USD"] });
        json_schema!({ "anyOf": [limit.clone(), { "type": "array", "items": limit }] })
    }
}

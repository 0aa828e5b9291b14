//! What the same request of the application does next: `then`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::short::{or_short, short_form};
use crate::units::Count;

/// What the same request of the application does next: one step, or a list of steps.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Chain(pub Vec<Step>);

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Chain;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a step or a list of steps")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Chain, E> {
                Ok(Chain(vec![Step { pattern: name.to_owned(), times: None }]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Chain, A::Error> {
                Step::deserialize(MapAccessDeserializer::new(map)).map(|step| Chain(vec![step]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Chain, A::Error> {
                let calls: Vec<Call> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Chain(calls.into_iter().map(|Call { pattern, times }| Step { pattern, times }).collect()))
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

impl JsonSchema for Chain {
    fn schema_name() -> Cow<'static, str> {
        "Chain".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let step = generator.subschema_for::<Step>();
        let call = generator.subschema_for::<Call>();
        json_schema!({
            "anyOf": [{ "type": "string" }, step, { "type": "array", "items": call }],
            "description": "What the same request of the application does next.",
            "examples": [{ "pattern": "get_customer", "times": 20 }],
        })
    }
}

/// A pattern that follows.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The pattern's name.
    pub pattern: String,
    /// How many times it is called; once where absent.
    pub times: Option<Count>,
}

/// A pattern that follows, in a list of them. A word is the pattern's name.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<String>)]
pub struct Call {
    /// The pattern's name.
    pub pattern: String,
    /// How many times it is called; once where absent.
    pub times: Option<Count>,
}

short_form!(Call, String, |pattern| Call { pattern, times: None });

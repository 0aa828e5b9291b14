//! Entities: the kinds of items, how they fill keys, and how many there are.

use std::borrow::Cow;
use std::fmt;

use crate::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::short::{names_or_map, or_short, short_form};
use super::{Attribute, Literal, Literals};
use crate::units::{Bytes, Count, Duration, Rate};

/// A kind of item: where it lives, how it fills the keys, what it holds and how many there are.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The table whose items these are. May be left out when the model has only one table.
    pub table: Option<String>,
    /// What it is, for readers.
    pub description: Option<String>,
    /// How many items there are today; with `belongs_to` it follows from the parents.
    pub items: Option<Count>,
    /// How the entity fills key attributes that it does not have under that name: a template
    /// such as `"CUSTOMER#{customer_id}"`, a literal, or a value with a condition.
    #[serde(default)]
    pub keys: IndexMap<String, KeyTemplate>,
    /// The attributes, by name.
    #[serde(default)]
    pub attributes: IndexMap<String, Attribute>,
    /// The entities that this one belongs to, and how many of it each has.
    #[serde(default)]
    pub belongs_to: Parents,
    /// How many items are added in a period.
    #[schemars(example = &"80k/day")]
    pub growth: Option<Rate>,
    /// How long an item is kept.
    #[schemars(example = &"2y")]
    pub retention: Option<Duration>,
    /// The average size of the whole item in bytes, names included.
    pub size: Option<Bytes>,
    /// The largest size of the whole item in bytes, names included.
    pub max_size: Option<Bytes>,
}

/// The value of a key attribute: a template such as `"ORDER#{placed_at}#{order_id}"`, a literal,
/// or a value that only some items have.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<Literal>)]
pub struct KeyTemplate {
    /// The template. `{name}` stands for an attribute, `{name:date}` (`month`, `hour`, `year`,
    /// `minute`) for a time cut short.
    pub value: Literal,
    /// The items that have this key attribute: attribute values that they all have.
    #[serde(default)]
    pub when: IndexMap<String, Literals>,
}

short_form!(KeyTemplate, Literal, |value| KeyTemplate { value, when: IndexMap::default() });

/// The parents of an entity: a map from parent to the number of children, or just a name or names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parents(pub IndexMap<String, Option<Children>>);

impl Serialize for Parents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        names_or_map(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Parents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Parents;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of parents, a parent's name, or a list of names")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Parents, E> {
                Ok(Parents(std::iter::once((name.to_owned(), None)).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Parents, A::Error> {
                let names: Vec<String> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Parents(names.into_iter().map(|name| (name, None)).collect()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Parents, A::Error> {
                IndexMap::deserialize(MapAccessDeserializer::new(map)).map(Parents)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Parents {
    fn schema_name() -> Cow<'static, str> {
        "Parents".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let children = generator.subschema_for::<Children>();
        json_schema!({
            "anyOf": [
                { "type": "object", "additionalProperties": children },
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ],
            "description": "The parent entities, each with the number of children that one parent has.",
            "examples": [{ "Customer": 12 }, { "Customer": { "average": 12, "max": "40k" } }],
        })
    }
}

/// How many children one parent has. A number is the average.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<Count>)]
pub struct Children {
    /// The average number of children of one parent.
    pub average: Option<Count>,
    /// The largest number of children of one parent.
    pub max: Option<Count>,
}

short_form!(Children, Count, |average| Children { average: Some(average), max: None });

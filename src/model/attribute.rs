//! Attributes: type, size, values, and how their values are spread.

use std::borrow::Cow;
use std::fmt;

use crate::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::Literal;
use super::short::{or_short, short_form};
use crate::units::{Bytes, Count, Share};

/// What an attribute holds: its type, size, values and spread. `customer_id: ulid` is short for
/// `customer_id: {type: ulid}`.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<AttributeType>)]
pub struct Attribute {
    /// The DynamoDB type, or a format that fixes size and order as well; `string` where absent.
    #[serde(rename = "type", default)]
    pub kind: AttributeType,
    /// What it means, for readers.
    pub description: Option<String>,
    /// The average size of the value in bytes, without the attribute's name.
    pub size: Option<Bytes>,
    /// The largest size of the value in bytes.
    pub max_size: Option<Bytes>,
    /// How many different values there are.
    pub distinct: Option<Count>,
    /// The values it can have: a list, or a map with each value's share of the items.
    pub values: Option<Values>,
    /// The share of items that have the attribute; all of them where absent.
    pub present: Option<Share>,
    /// Not every item has it, and nobody knows how many do.
    pub optional: Option<bool>,
    /// No two items may have the same value.
    pub unique: Option<bool>,
    /// Spreads a hot key over this many values; a query that does not name the shard reads them all.
    pub shards: Option<u32>,
    /// How many significant digits a number has.
    pub digits: Option<u32>,
    /// The number is padded with zeros to `digits` when it stands inside a string key, so that it
    /// sorts as a number.
    pub padded: Option<bool>,
    /// The share of the traffic that goes to the busiest value.
    pub hottest: Option<Share>,
    /// The exponent of a Zipf distribution of the traffic over the values; 1 is a strong skew.
    pub zipf: Option<Count>,
    /// `false` when the value is written only inside key templates, not as an attribute of its own.
    pub stored: Option<bool>,
}

short_form!(Attribute, AttributeType, |kind| Attribute { kind, ..Attribute::default() });

impl Attribute {
    /// Whether some items lack the attribute, by a stated share or an unknown one.
    pub fn may_be_absent(&self) -> bool {
        self.optional == Some(true) || self.present.is_some_and(|share| share < Share::ALL)
    }

    /// Whether all its values are texts of one length, as it stands inside a key.
    pub fn has_fixed_length(&self) -> bool {
        use AttributeType::{Date, Epoch, EpochMs, Ksuid, Number, Timestamp, Ulid, Uuid};
        if let Some(values) = &self.values {
            let mut lengths = values.0.keys().map(|value| value.text().len());
            let first = lengths.next();
            return lengths.all(|length| Some(length) == first);
        }
        match self.kind {
            Number => self.padded == Some(true) && self.digits.is_some(),
            kind => matches!(kind, Date | Epoch | EpochMs | Ksuid | Timestamp | Ulid | Uuid),
        }
    }
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// Text (`S`).
    #[default]
    String,
    /// A number (`N`) of up to 38 digits.
    Number,
    /// Bytes (`B`).
    Binary,
    /// `true` or `false`; cannot be a key.
    Boolean,
    /// No value; cannot be a key.
    Null,
    /// A list; cannot be a key.
    List,
    /// A map; cannot be a key.
    Map,
    /// A set of different strings; cannot be a key.
    StringSet,
    /// A set of different numbers; cannot be a key.
    NumberSet,
    /// A set of different binaries; cannot be a key.
    BinarySet,
    /// A UUID as text: 36 bytes, no order.
    Uuid,
    /// A ULID as text: 26 bytes, sorts by time of creation.
    Ulid,
    /// A KSUID as text: 27 bytes, sorts by time of creation.
    Ksuid,
    /// ISO-8601 UTC text with milliseconds (`2026-03-01T12:00:00.000Z`): 24 bytes, sorts by time.
    Timestamp,
    /// An ISO-8601 day (`2026-03-01`): 10 bytes, sorts by time.
    Date,
    /// Seconds since 1970 as a number; what time to live needs.
    Epoch,
    /// Milliseconds since 1970 as a number.
    EpochMs,
}

/// The values an attribute can have: a list, or a map with each value's share of the items.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(pub IndexMap<Literal, Option<Share>>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrMap;

        impl<'de> Visitor<'de> for ListOrMap {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of values, or a map of values and shares")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Values, A::Error> {
                let list: Vec<Literal> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Values(list.into_iter().map(|value| (value, None)).collect()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Values, A::Error> {
                IndexMap::deserialize(MapAccessDeserializer::new(map)).map(Values)
            }
        }

        deserializer.deserialize_any(ListOrMap)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.values().all(Option::is_none) {
            return serializer.collect_seq(self.0.keys());
        }
        serializer.collect_map(self.0.iter().map(|(value, share)| (value.text(), share)))
    }
}

impl JsonSchema for Values {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let literal = generator.subschema_for::<Literal>();
        let share = generator.subschema_for::<Share>();
        json_schema!({
            "anyOf": [
                { "type": "array", "items": literal },
                { "type": "object", "additionalProperties": share },
            ],
            "description": "The possible values: a list, or a map with each value's share of the items.",
            "examples": [["free", "plus"], { "free": "90%", "plus": "10%" }],
        })
    }
}

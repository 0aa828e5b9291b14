//! Access patterns: what the application asks, how often, and what each call meets.

use std::borrow::Cow;
use std::fmt;

use crate::IndexMap;
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::short::{names_or_map, or_short, short_form};
use super::{Chain, Consistency, KeyStatement, Literal, Literals, Names};
use crate::units::{Bytes, Count, Duration, Hottest, Portion, Rate, Share};

/// One way in which the application reads or writes.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct AccessPattern {
    /// What it is for, for readers.
    pub description: Option<String>,
    /// The DynamoDB operation. May be left out only where `undecided` or `served_by` says why.
    pub operation: Option<Operation>,
    /// The entity that is read or written; a list for a query that reads several at once.
    #[serde(default)]
    pub entity: Names,
    /// What is known when the call is made, by attribute: `customer_id: equals`.
    #[serde(default, rename = "where")]
    pub conditions: IndexMap<String, Condition>,
    /// The key strings as the code builds them; they are held against the entities' templates.
    #[serde(default)]
    pub key: IndexMap<String, KeyStatement>,
    /// The order in which items must come, such as `placed_at desc`; a list for several attributes.
    #[serde(default)]
    pub order_by: Names,
    /// The service's `Limit`: how many items are evaluated at most, before any filter.
    pub limit: Option<Count>,
    /// The attributes that the caller uses; all of them where absent.
    #[serde(default)]
    pub select: Option<Names>,
    /// How up to date the read must be.
    pub consistency: Option<Consistency>,
    /// The path that the application uses: an index's name, or `table`.
    pub via: Option<String>,
    /// The average number of calls in a period.
    pub rate: Option<Rate>,
    /// The largest number of calls in a period.
    pub peak: Option<Rate>,
    /// Traffic on the busiest key value: a share of the peak, or a rate.
    pub hottest: Option<Hottest>,
    /// Items that a call evaluates, where the derived number is not right.
    pub evaluates: Option<Count>,
    /// Items that a call returns, where the derived number is not right.
    pub returns: Option<Count>,
    /// Whether only the number of items is wanted.
    pub count_only: Option<bool>,
    /// How many pages are read: a number, or `all`.
    pub pages: Option<Pages>,
    /// The share of calls that find no item (get, update, delete, condition check).
    pub misses: Option<Share>,
    /// The write's condition: `true`, or a map that says how often it fails.
    pub condition: Option<Guard>,
    /// What a put overwrites: the share of calls that meet an item, or a map about it.
    pub replaces: Option<Overwrite>,
    /// The attributes that an update changes: a list, or a map about each.
    #[serde(default)]
    pub sets: Updates,
    /// Attributes that an update adds where they were absent.
    #[serde(default)]
    pub adds: Names,
    /// Attributes that an update removes.
    #[serde(default)]
    pub removes: Names,
    /// Lists, maps and strings that an update makes longer.
    #[serde(default)]
    pub appends: Names,
    /// The share of updates that make the item.
    pub creates: Option<Share>,
    /// The share of transactions that are sent again with the same token.
    pub repeats: Option<Share>,
    /// How many segments a parallel scan has.
    pub segments: Option<u32>,
    /// The requests of a batch or a transaction.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// How many equal requests a batch has. Where an `in` says which items these are, its values are
    /// the requests, and both numbers are the same.
    pub batch: Option<Count>,
    /// What the same request of the application does next.
    #[serde(default, rename = "then")]
    pub next: Chain,
    /// The Region in which it is called; the home Region where absent.
    pub region: Option<String>,
    /// What the caller relies on beyond the items themselves.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// The aggregate that the caller wants, where that is the answer.
    pub computes: Option<Computes>,
    /// Not designed yet; the pattern is listed and not judged.
    pub undecided: Option<bool>,
    /// Another system that answers it, such as `OpenSearch`; the pattern is listed and not judged.
    pub served_by: Option<String>,
}

/// A DynamoDB operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `GetItem`: one item by its full primary key.
    Get,
    /// `BatchGetItem`: up to 100 items by their full primary keys.
    BatchGet,
    /// `Query`: items of one partition key value, of the table or an index.
    Query,
    /// `Scan`: everything in the table or an index.
    Scan,
    /// `PutItem`: writes a whole item.
    Put,
    /// `UpdateItem`: changes attributes of one item.
    Update,
    /// `DeleteItem`: removes one item.
    Delete,
    /// A condition on an item inside a write transaction that changes nothing.
    ConditionCheck,
    /// `BatchWriteItem`: up to 25 puts and deletes, not atomic.
    BatchWrite,
    /// `TransactGetItems`: up to 100 items, all as of one moment.
    TransactGet,
    /// `TransactWriteItems`: up to 100 writes, all or none.
    TransactWrite,
}

/// What is known about an attribute when the call is made. A word is the comparison.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<Operator>)]
pub struct Condition {
    /// The comparison.
    #[serde(rename = "is")]
    pub operator: Operator,
    /// The value, where it is always the same; a list for `in`.
    pub value: Option<Literals>,
    /// How many items satisfy it: a share of the items, or a number of items.
    pub matches: Option<Portion>,
    /// How many values an `in` has.
    pub count: Option<Count>,
    /// How much time a range covers, where a key cuts the time into buckets.
    #[schemars(example = &"7d")]
    pub span: Option<Duration>,
}

short_form!(Condition, Operator, |operator| Condition { operator, ..Condition::default() });

/// A comparison in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The same value.
    #[default]
    Equals,
    /// Any other value; never served by a key.
    NotEquals,
    /// Below the value.
    LessThan,
    /// Below or the same.
    AtMost,
    /// Above the value.
    GreaterThan,
    /// Above or the same.
    AtLeast,
    /// From one value to another, both included.
    Between,
    /// Starts with the text.
    BeginsWith,
    /// One of several values; on a key, one query for each.
    In,
    /// Has the text or the element inside; never served by a key.
    Contains,
    /// The item has the attribute.
    Exists,
    /// The item does not have the attribute.
    Missing,
}

impl AccessPattern {
    /// How many values its `in` conditions have together; nothing where it has none, or where that is
    /// not said.
    pub fn listed_values(&self) -> Option<Decimal> {
        let mut listed = self.conditions.values().filter(|it| it.operator == Operator::In).peekable();
        listed.peek()?;
        listed.try_fold(Decimal::ONE, |all, condition| {
            let values = condition.value.as_ref().map(|values| Decimal::from(values.0.len()));
            Some(all.saturating_mul(condition.count.map(|count| count.0).or(values)?))
        })
    }

    /// How many equal requests a call has beside those that its `in` conditions list.
    pub fn equal_requests(&self) -> Decimal {
        let batch = self.batch.map(|batch| batch.0).filter(|batch| self.listed_values() != Some(*batch));
        batch.unwrap_or(Decimal::ONE)
    }
}

/// One request of a batch or a transaction.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What it does: `get`, `put`, `update`, `delete` or `condition_check`; what the pattern's
    /// operation implies where absent.
    pub operation: Option<Operation>,
    /// The entity it touches.
    pub entity: String,
    /// What is known of the item's key. Two actions with the same entity and the same `where`
    /// touch the same item.
    #[serde(default, rename = "where")]
    pub conditions: IndexMap<String, Condition>,
    /// The key strings as the code builds them.
    #[serde(default)]
    pub key: IndexMap<String, KeyStatement>,
    /// How many such requests the call has, each on another item; one where absent.
    pub count: Option<Count>,
    /// The attributes that an update changes.
    #[serde(default)]
    pub sets: Updates,
    /// Attributes that an update adds where they were absent.
    #[serde(default)]
    pub adds: Names,
    /// Attributes that an update removes.
    #[serde(default)]
    pub removes: Names,
    /// Lists, maps and strings that an update makes longer.
    #[serde(default)]
    pub appends: Names,
    /// The share of updates that make the item.
    pub creates: Option<Share>,
    /// The share of calls that find no item.
    pub misses: Option<Share>,
    /// The write's condition.
    pub condition: Option<Guard>,
    /// What a put overwrites.
    pub replaces: Option<Overwrite>,
    /// The attributes that the caller uses.
    pub select: Option<Names>,
}

/// A write's condition: `true`, or a map that says how often it fails.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<bool>)]
pub struct Guard {
    /// Whether there is a condition at all.
    #[serde(skip, default = "yes")]
    pub present: bool,
    /// The share of calls whose condition fails. A failed write is billed.
    pub fails: Option<Share>,
    /// The condition expression, for readers.
    pub expression: Option<String>,
}

fn yes() -> bool {
    true
}

short_form!(Guard, bool, |present| Guard { present, fails: None, expression: None });

/// What a put overwrites. A share is how often it meets an item.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<Share>)]
pub struct Overwrite {
    /// The share of calls that meet an item; all where absent.
    pub share: Option<Share>,
    /// The size of the item that is overwritten, in bytes.
    pub size: Option<Bytes>,
    /// The attributes whose values change; without it, index keys keep theirs and the rest changes.
    pub changes: Option<Names>,
    /// Attributes that the overwritten item had and the new one does not.
    #[serde(default)]
    pub drops: Names,
}

short_form!(Overwrite, Share, |share| Overwrite { share: Some(share), ..Overwrite::default() });

/// The attributes that an update changes: a list, or a map about each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Updates(pub IndexMap<String, Option<Changes>>);

impl Serialize for Updates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        names_or_map(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Updates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Updates;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute, a list of attributes, or a map of attributes and changes")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Updates, E> {
                Ok(Updates(std::iter::once((name.to_owned(), None)).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Updates, A::Error> {
                let names: Vec<String> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Updates(names.into_iter().map(|name| (name, None)).collect()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Updates, A::Error> {
                IndexMap::deserialize(MapAccessDeserializer::new(map)).map(Updates)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Updates {
    fn schema_name() -> Cow<'static, str> {
        "Updates".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let changes = generator.subschema_for::<Changes>();
        json_schema!({
            "anyOf": [
                { "type": "array", "items": { "type": "string" } },
                { "type": "string" },
                { "type": "object", "additionalProperties": changes },
            ],
            "description": "Attributes that are set: a list (the value changes on every call), or a map about each.",
            "examples": [["status"], { "status": { "changes": "40%" } }],
        })
    }
}

/// How often an update really changes an attribute, and what it was before.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The share of calls in which the value becomes another one; all where absent.
    pub changes: Option<Share>,
    /// The size of the value before, in bytes.
    pub size_before: Option<Bytes>,
}

/// How many pages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// To the end.
    All,
    /// So many.
    Some(Count),
}

impl<'de> Deserialize<'de> for Pages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Literal::deserialize(deserializer)? {
            Literal::Text(word) if word == "all" => Ok(Self::All),
            other => other.text().parse().map(Self::Some).map_err(de::Error::custom),
        }
    }
}

impl Serialize for Pages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Some(count) => count.serialize(serializer),
        }
    }
}

impl JsonSchema for Pages {
    fn schema_name() -> Cow<'static, str> {
        "Pages".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "string", "enum": ["all"] }, { "type": "integer", "minimum": 1 }],
            "description": "`all` to read to the end, or a number of pages.",
        })
    }
}

/// What the caller relies on beyond the items themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The read must see what the same caller has just written.
    ReadYourWrites,
    /// All of it happens, or none of it.
    Atomic,
    /// The number of all matches, beside one page of them.
    TotalCount,
    /// Jumping to a page by its number.
    PageNumbers,
    /// Text is found whatever its case.
    CaseInsensitive,
}

/// An aggregate over the items that a pattern reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Computes {
    /// How many there are.
    Count,
    /// The sum of an attribute.
    Sum,
    /// The average of an attribute.
    Average,
    /// The largest ones by an attribute.
    Top,
    /// The different values of an attribute.
    Distinct,
}

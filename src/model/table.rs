//! Tables, secondary indexes and their settings.

use std::borrow::Cow;
use std::fmt;

use crate::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::Names;
use super::short::{names_or_map, or_short, short_form};
use crate::units::{Count, Duration, Rate, Share};

/// A table: its keys, indexes and settings.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What the table is for, for readers.
    pub description: Option<String>,
    /// The attribute whose value decides the partition. Its type comes from the entities.
    pub partition_key: Names,
    /// The attribute that orders the items of a partition key value.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub sort_key: Names,
    /// How throughput is paid for; `on_demand` where absent.
    pub billing: Option<Billing>,
    /// Provisioned read and write units per second.
    pub capacity: Option<Capacity>,
    /// Target tracking of provisioned capacity.
    pub autoscaling: Option<AutoScaling>,
    /// The most that an on-demand table may consume per second.
    pub max_throughput: Option<Capacity>,
    /// The throughput that the table is warmed up for, in units per second.
    pub warm_throughput: Option<Capacity>,
    /// The table class; `standard` where absent.
    pub class: Option<TableClass>,
    /// The attribute that holds each item's expiry in epoch seconds.
    #[schemars(example = &"expires_at")]
    pub time_to_live: Option<String>,
    /// Continuous backups: `true`, or a map with the recovery period.
    pub point_in_time_recovery: Option<PointInTimeRecovery>,
    /// Whether the table is protected from deletion.
    pub deletion_protection: Option<bool>,
    /// The change stream: what its records hold, or a map that also names its readers.
    pub stream: Option<Stream>,
    /// Whether changes go to a Kinesis data stream.
    pub kinesis_stream: Option<bool>,
    /// The other Regions of a global table: a list, or a map with what differs there.
    #[serde(default)]
    pub replicas: Regions,
    /// Whether replicas agree before a write is acknowledged; `eventual` where absent.
    pub multi_region_consistency: Option<ReplicationConsistency>,
    /// The witness Region of a strongly consistent global table.
    pub witness: Option<String>,
    /// On-demand backups that are taken and kept.
    pub backups: Option<Backups>,
    /// Global secondary indexes, by name.
    #[serde(default)]
    pub global_indexes: IndexMap<String, GlobalIndex>,
    /// Local secondary indexes, by name. They can only be created together with the table.
    #[serde(default)]
    pub local_indexes: IndexMap<String, LocalIndex>,
}

/// A global secondary index: other keys for the same items, with throughput of its own.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct GlobalIndex {
    /// What the index is for, for readers.
    pub description: Option<String>,
    /// 1 to 4 attributes that together decide the partition: a name or a list.
    pub partition_key: Names,
    /// 0 to 4 attributes that order the entries: a name or a list.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub sort_key: Names,
    /// What the index holds beside the keys; `all` where absent.
    #[serde(default)]
    pub projection: Projection,
    /// Provisioned read and write units per second.
    pub capacity: Option<Capacity>,
    /// Target tracking of provisioned capacity.
    pub autoscaling: Option<AutoScaling>,
    /// The most that the index of an on-demand table may consume per second.
    pub max_throughput: Option<Capacity>,
    /// The throughput that the index is warmed up for, in units per second.
    pub warm_throughput: Option<Capacity>,
}

/// A local secondary index: another order of the same item collections.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct LocalIndex {
    /// What the index is for, for readers.
    pub description: Option<String>,
    /// The one attribute that orders the entries of a partition key value.
    pub sort_key: Names,
    /// What the index holds beside the keys; `all` where absent.
    #[serde(default)]
    pub projection: Projection,
}

/// What an index holds beside the keys: everything, nothing, or a list of further attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Projection {
    /// Every attribute of the item.
    #[default]
    All,
    /// Only the keys of the table and of the index.
    KeysOnly,
    /// The keys and these attributes.
    Include(Vec<String>),
}

impl Projection {
    /// Whether two indexes hold the same: the order of a list means nothing to the service.
    pub fn holds_as_much(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Include(names), Self::Include(others)) => {
                names.iter().all(|name| others.contains(name)) && others.iter().all(|name| names.contains(name))
            }
            _ => self == other,
        }
    }
}

impl<'de> Deserialize<'de> for Projection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrList;

        impl<'de> Visitor<'de> for WordOrList {
            type Value = Projection;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("all, keys_only or a list of attributes")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Projection, E> {
                match word {
                    "all" => Ok(Projection::All),
                    "keys_only" => Ok(Projection::KeysOnly),
                    _ => Err(E::unknown_variant(word, &["all", "keys_only"])),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Projection, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Projection::Include)
            }
        }

        deserializer.deserialize_any(WordOrList)
    }
}

impl Serialize for Projection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::KeysOnly => serializer.serialize_str("keys_only"),
            Self::Include(names) => names.serialize(serializer),
        }
    }
}

impl JsonSchema for Projection {
    fn schema_name() -> Cow<'static, str> {
        "Projection".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {
                    "type": "string",
                    "enum": ["all", "keys_only"],
                    "enumDescriptions": ["Every attribute of the item.", "Only the keys of the table and of the index."],
                },
                { "type": "array", "items": { "type": "string" } },
            ],
            "default": "all",
            "description": "What the index holds beside the keys: `all`, `keys_only`, or a list of further attributes.",
        })
    }
}

/// How throughput is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// By request.
    OnDemand,
    /// By the hour, for capacity that is set or scaled.
    Provisioned,
}

/// The price class of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableClass {
    /// Cheaper requests, dearer storage.
    Standard,
    /// Dearer requests, cheaper storage.
    StandardInfrequentAccess,
}

/// Read and write units per second.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// Read units per second.
    pub read: Option<Count>,
    /// Write units per second.
    pub write: Option<Count>,
}

/// Target tracking of reads and writes.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct AutoScaling {
    /// How read capacity is scaled.
    pub read: Option<Autoscaled>,
    /// How write capacity is scaled.
    pub write: Option<Autoscaled>,
}

/// The bounds and the target of scaled capacity.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Autoscaled {
    /// The least units per second.
    pub min: Count,
    /// The most units per second.
    pub max: Count,
    /// The utilisation to keep, from 20 to 90 percent; 70 where absent.
    pub target: Option<Share>,
}

/// Continuous backups: `true`, or a map with the recovery period.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<bool>)]
pub struct PointInTimeRecovery {
    /// Whether it is on; `true` where absent.
    #[serde(default)]
    pub enabled: Recovery,
    /// How far back the table can be restored, from 1 to 35 days. The price does not depend on it.
    pub recovery_period: Option<Duration>,
}

/// Whether continuous backups are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Recovery(pub bool);

impl Default for Recovery {
    fn default() -> Self {
        Self(true)
    }
}

short_form!(PointInTimeRecovery, bool, |enabled| PointInTimeRecovery {
    enabled: Recovery(enabled),
    recovery_period: None
});

/// The change stream of a table. A word is what its records hold.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<StreamView>)]
pub struct Stream {
    /// What a record holds.
    pub view: StreamView,
    /// Who reads the stream directly, such as `lambda`.
    #[serde(default)]
    pub readers: Vec<String>,
    /// How often readers other than Lambda ask for records (`GetRecords`), all together.
    pub reads: Option<Rate>,
}

short_form!(Stream, StreamView, |view| Stream { view, readers: Vec::new(), reads: None });

/// What a stream record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamView {
    /// Only the keys of the changed item.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// The item before and after the change.
    NewAndOldImages,
}

/// Whether replicas agree before a write is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplicationConsistency {
    /// Replicas follow within about a second; the last writer wins.
    Eventual,
    /// A write is acknowledged once another Region has it; exactly three Regions.
    Strong,
}

/// What differs in one replica Region.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Replica {
    /// The table class there.
    pub class: Option<TableClass>,
    /// Continuous backups there.
    pub point_in_time_recovery: Option<PointInTimeRecovery>,
    /// Whether the replica is protected from deletion.
    pub deletion_protection: Option<bool>,
    /// Provisioned read capacity there; write capacity is the same in every Region.
    pub capacity: Option<Capacity>,
    /// Target tracking of read capacity there.
    pub autoscaling: Option<AutoScaling>,
    /// The most that may be read per second there.
    pub max_throughput: Option<Capacity>,
}

/// The other Regions of a global table: a list, or a map with what differs there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Regions(pub IndexMap<String, Option<Replica>>);

impl Serialize for Regions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        names_or_map(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrMap;

        impl<'de> Visitor<'de> for ListOrMap {
            type Value = Regions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of Regions, or a map of Regions and settings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Regions, A::Error> {
                let names: Vec<String> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Regions(names.into_iter().map(|name| (name, None)).collect()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Regions, A::Error> {
                IndexMap::deserialize(MapAccessDeserializer::new(map)).map(Regions)
            }
        }

        deserializer.deserialize_any(ListOrMap)
    }
}

impl JsonSchema for Regions {
    fn schema_name() -> Cow<'static, str> {
        "Regions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let replica = generator.subschema_for::<Replica>();
        json_schema!({
            "anyOf": [
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "additionalProperties": replica },
            ],
            "description": "Regions: a list, or a map with what differs there.",
            "examples": [["us-east-1"]],
        })
    }
}

/// On-demand backups that are taken and kept.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Backups {
    /// How many are taken in a month.
    pub per_month: Option<Count>,
    /// How long each is kept.
    #[schemars(example = &"30d")]
    pub keep: Option<Duration>,
}

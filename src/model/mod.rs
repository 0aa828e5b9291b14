//! The model file, format version 1: what a user writes, as types. Nothing here computes.
//!
//! The doc comments of this module are the descriptions of the JSON Schema, so they are written
//! for the person who writes a model.

mod attribute;
mod chain;
mod entity;
mod key_statement;
mod key_type;
mod names;
mod pattern;
mod short;
mod table;

use crate::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

pub use attribute::{Attribute, AttributeType, Values};
pub use chain::{Call, Chain, Step};
pub use entity::{Children, Entity, KeyTemplate, Parents};
pub use key_statement::{KeyCondition, KeyStatement};
pub use key_type::KeyType;
pub use names::{Literal, Literals, Names};
pub use pattern::{
    AccessPattern, Action, Changes, Computes, Condition, Guard, Need, Operation, Operator, Overwrite, Pages, Updates,
};
pub use table::{
    AutoScaling, Autoscaled, Backups, Billing, Capacity, GlobalIndex, LocalIndex, PointInTimeRecovery, Projection,
    Recovery, Regions, Replica, ReplicationConsistency, Stream, StreamView, Table, TableClass,
};

use crate::units::{Count, Money, Rate};

/// The format version that this program reads.
pub const FORMAT_VERSION: u64 = 1;

/// A DynamoDB design: its tables, the entities that live in them, and how the application reads
/// and writes them.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan model")]
pub struct Model {
    /// The format version: `1`.
    #[schemars(extend("const" = 1))]
    pub keyplan: u64,
    /// What the design is called in reports.
    pub name: Option<String>,
    /// What the design is for, in a sentence or two.
    pub description: Option<String>,
    /// The AWS Region where the tables live; prices follow it.
    #[schemars(example = &"eu-west-1")]
    pub region: Option<String>,
    /// Which school of table design to give advice for. AWS teaches two that contradict each
    /// other; without this, advice that only one of them gives stays silent.
    pub style: Option<Style>,
    /// The attribute that names the tenant in a multi-tenant design. Entities that have it are
    /// checked to keep tenants apart in their partition keys.
    #[schemars(example = &"tenant_id")]
    pub tenant: Option<String>,
    /// Values that patterns take where they do not say otherwise.
    #[serde(default)]
    pub defaults: Defaults,
    /// The tables, by name.
    #[serde(default)]
    pub tables: IndexMap<String, Table>,
    /// The kinds of items, by name.
    #[serde(default)]
    pub entities: IndexMap<String, Entity>,
    /// How the application reads and writes, by name.
    #[serde(default)]
    pub access_patterns: IndexMap<String, AccessPattern>,
    /// What the design may cost or consume; going over it fails the check.
    pub budget: Option<Budget>,
    /// Levels of rules, and findings that are accepted.
    #[serde(default)]
    pub lint: Lint,
}

/// The two schools of table design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Many entities share a table with generic key attributes (`pk`, `sk`, `gsi1pk`).
    SingleTable,
    /// Tables and indexes are keyed by the entities' own attributes.
    Natural,
}

/// Values that patterns take where they do not say otherwise.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// How many times the average the peak is, for a pattern that gives only `rate`.
    #[schemars(example = &4)]
    pub peak_to_average: Option<Count>,
    /// The read consistency of patterns that do not name one; `eventual` where this is absent too.
    pub consistency: Option<Consistency>,
}

/// How up to date a read must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// May miss the latest writes; costs half of a strong read.
    #[default]
    Eventual,
    /// Sees every earlier write; not possible on a global secondary index.
    Strong,
}

/// What the design may cost or consume; going over it fails the check.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The most that all tables together may cost in a month.
    #[schemars(example = &"900 USD")]
    pub monthly_cost: Option<Money>,
    /// Limits of single tables, by name.
    #[serde(default)]
    pub tables: IndexMap<String, Limit>,
    /// Limits of single access patterns, by name.
    #[serde(default)]
    pub access_patterns: IndexMap<String, Limit>,
}

/// What one table or one pattern may cost or consume.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The most it may cost in a month.
    #[schemars(example = &"120 USD")]
    pub monthly_cost: Option<Money>,
    /// The most read units that it may consume at its peak.
    #[schemars(example = &"500/s")]
    pub read_units: Option<Rate>,
    /// The most write units that it may consume at its peak.
    #[schemars(example = &"200/s")]
    pub write_units: Option<Rate>,
}

/// Levels of rules, and findings that are accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Lint {
    /// Other levels than the rules' own, by rule name.
    #[serde(default)]
    pub levels: IndexMap<String, RuleLevel>,
    /// Findings that are known and accepted, each with its reason.
    #[serde(default)]
    pub allow: Vec<Allow>,
}

/// How loudly a rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleLevel {
    /// The rule is silent.
    Off,
    /// Worth knowing; never fails a check by itself.
    Advice,
    /// Likely to cost money, throttle or return a wrong result.
    Warning,
    /// The service rejects it, or the pattern cannot be served.
    Error,
}

/// A finding that is known and accepted.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// The rule's name.
    #[schemars(example = &"full-scan")]
    pub rule: String,
    /// The place in the model, with everything below it; the whole model where absent.
    #[schemars(example = &"access_patterns.nightly_export")]
    pub at: Option<String>,
    /// Why the finding is accepted. Reviewers read it.
    pub reason: String,
    /// The last day on which it is accepted (`YYYY-MM-DD`).
    #[schemars(example = &"2027-03-01")]
    pub until: Option<String>,
}

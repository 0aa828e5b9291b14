//! keyplan tells, offline and in milliseconds, whether a DynamoDB design holds: which key or index
//! serves each access pattern, where it scans, and what the service would reject.

pub mod check;
pub mod cli;
pub mod compare;
pub mod config;
pub mod cost;
pub mod design;
pub mod gate;
pub mod interop;
pub mod lint;
pub mod load;
pub mod model;
pub mod plan;
pub mod prices;
pub mod report;
pub mod service;
pub mod source;
pub mod units;
pub mod verify;

/// Maps in the order of the text. Their keys are short names, which the standard hash takes longer
/// over than over comparing them.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, foldhash::fast::RandomState>;

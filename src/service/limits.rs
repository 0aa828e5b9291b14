//! Quotas and limits.
//!
//! Unless a line says otherwise, the source is
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
//! ("Quotas") or <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
//! ("Constraints").

/// Global secondary indexes of a table; a default quota that AWS raises on request (Quotas).
pub const GLOBAL_INDEXES: usize = 20;

/// Local secondary indexes of a table; cannot be raised (Quotas).
pub const LOCAL_INDEXES: usize = 5;

/// Partition key attributes of a global secondary index.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html>
pub const INDEX_PARTITION_ATTRIBUTES: usize = 4;

/// Sort key attributes of a global secondary index.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html>
pub const INDEX_SORT_ATTRIBUTES: usize = 4;

/// Attributes that one index may name in its projection.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html>
pub const PROJECTED_ATTRIBUTES_PER_INDEX: usize = 20;

/// Attributes that all indexes of a table may name in their projections together; the same name in
/// two indexes counts twice (Quotas).
pub const PROJECTED_ATTRIBUTES_PER_TABLE: usize = 100;

/// Bytes of a partition key value (Constraints).
pub const PARTITION_KEY_BYTES: u64 = 2048;

/// Bytes of a sort key value (Constraints).
pub const SORT_KEY_BYTES: u64 = 1024;

/// Bytes of the name of a key attribute or of an attribute named in a projection (Constraints).
pub const KEY_NAME_BYTES: usize = 255;

/// Bytes of any other attribute name (Constraints).
pub const ATTRIBUTE_NAME_BYTES: usize = 65_535;

/// The least and most characters of a table's or index's name, of `[A-Za-z0-9_.-]` (Constraints).
pub const TABLE_NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=255;

/// Significant digits of a number (Constraints).
pub const NUMBER_DIGITS: u32 = 38;

/// Values of an `IN` comparison (Constraints).
pub const IN_OPERANDS: u64 = 100;

/// Requests of a transaction, each on another item.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>
pub const TRANSACTION_ACTIONS: u64 = 100;

/// Items of a `BatchGetItem`.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
pub const BATCH_GET_ITEMS: u64 = 100;

/// Requests of a `BatchWriteItem`.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
pub const BATCH_WRITE_REQUESTS: u64 = 25;

/// Write units per second that one partition, and so one partition key value, can take.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const PARTITION_WRITE_UNITS: u64 = 1_000;

/// Read units per second that one partition, and so one partition key value, can give.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const PARTITION_READ_UNITS: u64 = 3_000;

/// Read units per second that a new on-demand table or index gives at once; later twice the peak
/// that it has had.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
pub const NEW_TABLE_READ_UNITS: u64 = 12_000;

/// Write units per second that a new on-demand table or index takes at once.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
pub const NEW_TABLE_WRITE_UNITS: u64 = 4_000;

/// Minutes within which an on-demand table that is asked for more than twice its earlier peak may
/// throttle.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
pub const DOUBLING_MINUTES: u64 = 30;

/// Read units, and write units, per second of a table or a global index; a default quota that AWS
/// raises on request (Quotas).
pub const TABLE_UNITS: u64 = 40_000;

/// Provisioned read units, and write units, of an account in a Region; a default quota that AWS
/// raises on request (Quotas).
pub const ACCOUNT_UNITS: u64 = 80_000;

/// Bytes of a partition key value's items and local index entries, in a table with local indexes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html>
pub const COLLECTION_BYTES: u64 = 10 << 30;

/// Bytes of a collection from which on the guide raises an alarm.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html>
pub const COLLECTION_ALARM_BYTES: u64 = 8 << 30;

/// Bytes of all items of a transaction.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>
pub const TRANSACTION_BYTES: u64 = 4 << 20;

/// Bytes that one `BatchGetItem` returns.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
pub const BATCH_GET_BYTES: u64 = 16 << 20;

/// Bytes of a table from which on a parallel scan is worth it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-query-scan.html>
pub const PARALLEL_SCAN_BYTES: u64 = 20 << 30;

/// Bytes of a table for each segment of a parallel scan.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-query-scan.html>
pub const SEGMENT_BYTES: u64 = 2 << 30;

/// Whether a text may name a table or an index (Constraints).
pub fn is_table_name(name: &str) -> bool {
    TABLE_NAME_CHARACTERS.contains(&name.chars().count())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Days that point-in-time recovery can reach back.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html>
pub const RECOVERY_DAYS: std::ops::RangeInclusive<u32> = 1..=35;

/// Processes that may read a shard of a change stream at the same time (Quotas).
pub const STREAM_READERS: usize = 2;

/// The same for a global table, whose replication is told to be the second (Quotas).
pub const GLOBAL_TABLE_STREAM_READERS: usize = 1;

/// Regions of a strongly consistent global table, its witness included.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html>
pub const STRONG_REGIONS: usize = 3;

/// The Regions in which a strongly consistent global table can have replicas and its witness.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html>
pub const REGIONS_OF_STRONG_TABLES: [&str; 15] = [
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ca-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "eu-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
];

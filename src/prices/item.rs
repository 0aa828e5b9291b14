//! What can have a price, by its name in the book.

use crate::model::TableClass;

/// Reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Reads.
    Read,
    /// Writes.
    Write,
}

/// How long capacity is reserved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Term {
    /// One year.
    OneYear,
    /// Three years; few Regions sell it.
    ThreeYears,
}

impl Term {
    /// Its months.
    pub fn months(self) -> u32 {
        match self {
            Self::OneYear => 12,
            Self::ThreeYears => 36,
        }
    }
}

/// What can have a price. Units are those of a single price; DAX nodes are named by [`dax_node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// A write request unit, on demand.
    RequestWrite(TableClass),
    /// A read request unit, on demand.
    RequestRead(TableClass),
    /// A replicated write request unit, in each Region of a global table.
    RequestReplicatedWrite(TableClass),
    /// A write capacity unit for an hour.
    CapacityWrite(TableClass),
    /// A read capacity unit for an hour.
    CapacityRead(TableClass),
    /// A replicated write capacity unit for an hour.
    CapacityReplicatedWrite(TableClass),
    /// A GB of tables and indexes for a month.
    Storage(TableClass),
    /// A GB under point-in-time recovery for a month.
    PointInTimeRecovery,
    /// A GB of on-demand backups for a month.
    Backup,
    /// A GB restored.
    Restore,
    /// A GB of a full export to S3.
    ExportFull,
    /// A GB of an incremental export to S3.
    ExportIncremental,
    /// A GB imported from S3, before compression.
    Import,
    /// A `GetRecords` call on a stream.
    StreamsRead,
    /// A change of up to 1 KB sent to Kinesis.
    ChangeCapture,
    /// A reserved capacity unit for an hour.
    ReservedHour(Term, Direction),
    /// A reserved capacity unit, upfront for the whole term.
    ReservedUpfront(Term, Direction),
    /// A unit by which warm throughput is raised, once. Derived: no source states a number.
    WarmThroughput(Direction),
    /// A GB in AWS Backup's warm storage for a month.
    VaultWarm,
    /// A GB in AWS Backup's cold storage for a month, 90 days at least.
    VaultCold,
    /// A GB deleted from cold storage before its time, for a month.
    VaultColdEarlyDelete,
    /// A GB restored from warm storage.
    VaultRestoreWarm,
    /// A GB restored from cold storage.
    VaultRestoreCold,
    /// A GB in a logically air-gapped vault, warm, for a month.
    AirGappedWarm,
    /// A GB in a logically air-gapped vault, cold, for a month.
    AirGappedCold,
    /// A GB sent to the internet.
    TransferOut,
    /// The GB sent to the internet that are free each month, for all services and Regions together;
    /// in [`EVERYWHERE`](super::EVERYWHERE).
    TransferOutFree,
    /// A GB written to vector indexes.
    VectorWrite(TableClass),
    /// A GB searched in vector indexes.
    VectorSearch(TableClass),
}

impl Item {
    /// The name in the book.
    pub fn as_str(self) -> &'static str {
        use TableClass::{Standard, StandardInfrequentAccess as Infrequent};
        match self {
            Self::RequestWrite(Standard) => "od_write_std",
            Self::RequestWrite(Infrequent) => "od_write_ia",
            Self::RequestRead(Standard) => "od_read_std",
            Self::RequestRead(Infrequent) => "od_read_ia",
            Self::RequestReplicatedWrite(Standard) => "od_repl_write_std",
            Self::RequestReplicatedWrite(Infrequent) => "od_repl_write_ia",
            Self::CapacityWrite(Standard) => "prov_wcu_hour_std",
            Self::CapacityWrite(Infrequent) => "prov_wcu_hour_ia",
            Self::CapacityRead(Standard) => "prov_rcu_hour_std",
            Self::CapacityRead(Infrequent) => "prov_rcu_hour_ia",
            Self::CapacityReplicatedWrite(Standard) => "prov_rwcu_hour_std",
            Self::CapacityReplicatedWrite(Infrequent) => "prov_rwcu_hour_ia",
            Self::Storage(Standard) => "storage_gb_month_std",
            Self::Storage(Infrequent) => "storage_gb_month_ia",
            Self::PointInTimeRecovery => "pitr_gb_month",
            Self::Backup => "backup_ondemand_gb_month",
            Self::Restore => "restore_gb",
            Self::ExportFull => "export_s3_full_gb",
            Self::ExportIncremental => "export_s3_incremental_gb",
            Self::Import => "import_s3_gb",
            Self::StreamsRead => "streams_read_request",
            Self::ChangeCapture => "cdc_kinesis_unit",
            Self::ReservedHour(Term::OneYear, Direction::Write) => "reserved_1y_wcu_hour",
            Self::ReservedHour(Term::OneYear, Direction::Read) => "reserved_1y_rcu_hour",
            Self::ReservedHour(Term::ThreeYears, Direction::Write) => "reserved_3y_wcu_hour",
            Self::ReservedHour(Term::ThreeYears, Direction::Read) => "reserved_3y_rcu_hour",
            Self::ReservedUpfront(Term::OneYear, Direction::Write) => "reserved_1y_wcu_upfront",
            Self::ReservedUpfront(Term::OneYear, Direction::Read) => "reserved_1y_rcu_upfront",
            Self::ReservedUpfront(Term::ThreeYears, Direction::Write) => "reserved_3y_wcu_upfront",
            Self::ReservedUpfront(Term::ThreeYears, Direction::Read) => "reserved_3y_rcu_upfront",
            Self::WarmThroughput(Direction::Write) => "warm_throughput_wcu_onetime",
            Self::WarmThroughput(Direction::Read) => "warm_throughput_rcu_onetime",
            Self::VaultWarm => "awsbackup_warm_gb_month",
            Self::VaultCold => "awsbackup_cold_gb_month",
            Self::VaultColdEarlyDelete => "awsbackup_cold_early_delete_gb_month",
            Self::VaultRestoreWarm => "awsbackup_restore_warm_gb",
            Self::VaultRestoreCold => "awsbackup_restore_cold_gb",
            Self::AirGappedWarm => "awsbackup_warm_airgapped_gb_month",
            Self::AirGappedCold => "awsbackup_cold_airgapped_gb_month",
            Self::TransferOut => "transfer_out_internet_gb",
            Self::TransferOutFree => "transfer_out_internet_free_gb",
            Self::VectorWrite(Standard) => "vector_write_gb_std",
            Self::VectorWrite(Infrequent) => "vector_write_gb_ia",
            Self::VectorSearch(Standard) => "vector_search_gb_std",
            Self::VectorSearch(Infrequent) => "vector_search_gb_ia",
        }
    }
}

impl Item {
    /// Whether it is the price of write throughput.
    pub fn is_write(self) -> bool {
        use Item::{CapacityReplicatedWrite, CapacityWrite, RequestReplicatedWrite, RequestWrite};
        matches!(self, RequestWrite(_) | RequestReplicatedWrite(_) | CapacityWrite(_) | CapacityReplicatedWrite(_))
    }
}

impl AsRef<str> for Item {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// The name in the book of a DAX node for an hour, from its type: `dax.r5.large`.
pub fn dax_node(node_type: &str) -> String {
    format!("dax_node_hour:{node_type}")
}

/// Whether an item is request units or provisioned capacity, whose days make the day of a book.
pub(super) fn is_throughput(item: &str) -> bool {
    item.starts_with("od_") || item.starts_with("prov_")
}

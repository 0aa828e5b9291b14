//! From usage types to items.

use crate::model::TableClass::{Standard, StandardInfrequentAccess as Infrequent};
use crate::prices::{Direction, Item, Term};

/// A usage type without the Region's prefix, the item it is, and the unit that is priced.
type Known = (&'static str, Item, &'static str);

/// What can be bought on demand.
const ON_DEMAND: &[Known] = &[
    ("WriteRequestUnits", Item::RequestWrite(Standard), "WriteRequestUnits"),
    ("ReadRequestUnits", Item::RequestRead(Standard), "ReadRequestUnits"),
    ("ReplWriteRequestUnits", Item::RequestReplicatedWrite(Standard), "ReplicatedWriteRequestUnits"),
    ("IA-WriteRequestUnits", Item::RequestWrite(Infrequent), "WriteRequestUnits"),
    ("IA-ReadRequestUnits", Item::RequestRead(Infrequent), "ReadRequestUnits"),
    ("IA-ReplWriteRequestUnits", Item::RequestReplicatedWrite(Infrequent), "ReplicatedWriteRequestUnits"),
    ("WriteCapacityUnit-Hrs", Item::CapacityWrite(Standard), "WriteCapacityUnit-Hrs"),
    ("ReadCapacityUnit-Hrs", Item::CapacityRead(Standard), "ReadCapacityUnit-Hrs"),
    ("ReplWriteCapacityUnit-Hrs", Item::CapacityReplicatedWrite(Standard), "ReplicatedWriteCapacityUnit-Hrs"),
    ("IA-WriteCapacityUnit-Hrs", Item::CapacityWrite(Infrequent), "WriteCapacityUnit-Hrs"),
    ("IA-ReadCapacityUnit-Hrs", Item::CapacityRead(Infrequent), "ReadCapacityUnit-Hrs"),
    ("IA-ReplWriteCapacityUnit-Hrs", Item::CapacityReplicatedWrite(Infrequent), "ReplicatedWriteCapacityUnit-Hrs"),
    ("TimedStorage-ByteHrs", Item::Storage(Standard), "GB-Mo"),
    ("IA-TimedStorage-ByteHrs", Item::Storage(Infrequent), "GB-Mo"),
    ("TimedPITRStorage-ByteHrs", Item::PointInTimeRecovery, "GB-Mo"),
    ("TimedBackupStorage-ByteHrs", Item::Backup, "GB-Month"),
    ("RestoreDataSize-Bytes", Item::Restore, "GB"),
    ("ExportDataSize-Bytes", Item::ExportFull, "GB"),
    ("IncrementalExportDataSize-Bytes", Item::ExportIncremental, "GB"),
    ("ImportDataSize-Bytes", Item::Import, "GB"),
    ("Streams-Requests", Item::StreamsRead, "Requests"),
    // As the developer guide writes it.
    ("Streams-RequestsCount", Item::StreamsRead, "Requests"),
    ("ChangeDataCaptureUnits-Kinesis", Item::ChangeCapture, "ChangeDataCaptureUnits"),
    ("VectorWriteRequest", Item::VectorWrite(Standard), "GB"),
    ("VectorSearch", Item::VectorSearch(Standard), "GB"),
    ("IA-VectorWriteRequest", Item::VectorWrite(Infrequent), "GB"),
    ("IA-VectorSearch", Item::VectorSearch(Infrequent), "GB"),
];

/// What an offer's row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) item: Item,
    pub(super) unit: &'static str,
}

/// The item of a row; `None` where the book has none.
pub(super) fn usage(usage_type: &str, operation: &str, term_type: &str, lease: &str, unit: &str) -> Option<Usage> {
    let (_, item, expected) = *ON_DEMAND.iter().find(|(name, ..)| *name == without_prefix(usage_type))?;
    // Request units and capacity units share groups; where the operation says which, it must agree.
    let contradicts = match item.as_str() {
        name if name.starts_with("od_") => operation == "CommittedThroughput",
        _ => operation == "PayPerRequestThroughput",
    };
    if contradicts {
        return None;
    }
    let item = match term_type {
        "OnDemand" => return Some(Usage { item, unit: expected }),
        "Reserved" => item,
        _ => return None,
    };
    let direction = match item {
        Item::CapacityWrite(Standard) => Direction::Write,
        Item::CapacityRead(Standard) => Direction::Read,
        _ => return None,
    };
    let term = match lease.to_ascii_lowercase().replace(' ', "").as_str() {
        "1yr" | "1year" => Term::OneYear,
        "3yr" | "3years" => Term::ThreeYears,
        _ => return None,
    };
    Some(match unit {
        "Quantity" => Usage { item: Item::ReservedUpfront(term, direction), unit: "Quantity" },
        _ => Usage { item: Item::ReservedHour(term, direction), unit: expected },
    })
}

/// A usage type without the Region's prefix, such as `EU-` or `APS3-`. `IA-` is none: it is part of
/// the name.
fn without_prefix(usage_type: &str) -> &str {
    let Some((prefix, rest)) = usage_type.split_once('-') else { return usage_type };
    let letters = prefix.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_region = (2..=4).contains(&letters.len())
        && prefix.len() <= letters.len().saturating_add(2)
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && prefix != "IA";
    if is_region { rest } else { usage_type }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(usage_type: &str) -> Option<&'static str> {
        usage(usage_type, "", "OnDemand", "", "").map(|usage| usage.item.as_str())
    }

    #[test]
    fn usage_types_match_whole_after_a_region() {
        assert_eq!(item("WriteRequestUnits"), Some("od_write_std"));
        assert_eq!(item("EU-WriteRequestUnits"), Some("od_write_std"));
        assert_eq!(item("USE1-IA-ReplWriteRequestUnits"), Some("od_repl_write_ia"));
        assert_eq!(item("IA-TimedStorage-ByteHrs"), Some("storage_gb_month_ia"));
        assert_eq!(item("APS3-TimedPITRStorage-ByteHrs"), Some("pitr_gb_month"));
        assert_eq!(item("Streams-Requests"), Some("streams_read_request"));
        for unknown in [
            "IA-TimedPITRStorage-ByteHrs",
            "IA-IA-WriteRequestUnits",
            "EU-EU-WriteRequestUnits",
            "eu-WriteRequestUnits",
            "MyWriteRequestUnits",
            "EU-TimedStorage-ByteHrs-X",
            "EUW2-",
            "-WriteRequestUnits",
            "",
        ] {
            assert_eq!(item(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn terms_and_operations_decide() {
        let of = |operation, term, lease, unit| {
            usage("EU-WriteCapacityUnit-Hrs", operation, term, lease, unit).map(|usage| usage.item.as_str())
        };
        assert_eq!(of("CommittedThroughput", "OnDemand", "", ""), Some("prov_wcu_hour_std"));
        assert_eq!(of("PayPerRequestThroughput", "OnDemand", "", ""), None);
        assert_eq!(of("", "Reserved", "1yr", "Quantity"), Some("reserved_1y_wcu_upfront"));
        assert_eq!(of("", "Reserved", "3 years", "WriteCapacityUnit-Hrs"), Some("reserved_3y_wcu_hour"));
        assert_eq!(of("", "Reserved", "5yr", "Quantity"), None);
        assert_eq!(of("", "FlatRate", "", ""), None);
        assert_eq!(usage("IA-WriteCapacityUnit-Hrs", "", "Reserved", "1yr", "Quantity"), None);
    }
}

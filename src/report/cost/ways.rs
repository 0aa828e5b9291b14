//! Ways to pay in words: which one is the cheapest, and where they break even.

use serde_json::{Value, json};

use crate::cost::{Alternative, BreakEven, ReservedSaving};
use crate::report::load::number;
use crate::units::Share;

/// What a way is marked with beside the others.
pub(in crate::report) fn mark(way: &Alternative<'_>) -> &'static str {
    match (way.is_cheapest, way.is_cheapest_uncommitted) {
        (true, _) => "cheapest",
        (false, true) => "cheapest without commitment",
        (false, false) => "",
    }
}

/// Where one way becomes cheaper than another, in sentences without a full stop.
pub(in crate::report) fn break_evens(even: &BreakEven) -> Vec<String> {
    let mut all = vec![
        format!(
            "provisioned write capacity is cheaper than requests where more than {} of it is in use, read capacity from {}",
            Share(even.write_utilisation),
            Share(even.read_utilisation),
        ),
        format!(
            "infrequent access pays where storage costs more than {} to {} of the throughput, depending on how much of it is reads (AWS's rule, 25% dearer requests and 60% cheaper storage, gives 41.7%)",
            Share(even.storage_for_reads.min(even.storage_for_writes)),
            Share(even.storage_for_reads.max(even.storage_for_writes)),
        ),
    ];
    let terms = [("1 year", even.reserved_1y), ("3 years", even.reserved_3y)];
    let reserved: Vec<String> = terms
        .into_iter()
        .filter_map(|(term, saving)| saving.map(|saving| (term, saving)))
        .map(|(term, ReservedSaving { writes, reads })| {
            format!("for {term} it is {} cheaper (reads {})", Share(writes), Share(reads))
        })
        .collect();
    if !reserved.is_empty() {
        all.push(format!("reserved capacity is paid for in every hour of its term; {}", reserved.join(", ")));
    }
    all
}

/// The same as JSON.
pub(super) fn break_even_json(even: &BreakEven) -> Value {
    let saving = |saving: Option<ReservedSaving>| {
        saving.map(|ReservedSaving { writes, reads }| json!({ "writes": number(writes), "reads": number(reads) }))
    };
    json!({
        "write_utilisation": number(even.write_utilisation),
        "read_utilisation": number(even.read_utilisation),
        "storage_share_of_throughput_for_writes": number(even.storage_for_writes),
        "storage_share_of_throughput_for_reads": number(even.storage_for_reads),
        "reserved_1y_saving": saving(even.reserved_1y),
        "reserved_3y_saving": saving(even.reserved_3y),
    })
}

//! Tables that come, go, or cannot be changed in place.

use super::settings::regions;
use super::work::{self, Effort};
use super::{Both, Change, Kind, Step};
use crate::design::{AccessPath, TableDesign};
use crate::model::{ReplicationConsistency, Table};
use crate::plan::key_type;
use crate::source::ModelPath;

pub(super) fn tables(change: &Change<'_, '_, '_>, steps: &mut Vec<Step>) {
    let (old, new) = (change.old.design, change.new.design);
    let place = |name: &str| ModelPath::of(["tables", name]);
    for table in &new.tables {
        if !old.tables.iter().any(|known| known.name == table.name) {
            steps.push(Step::new(Kind::NewTable, place(table.name), format!("table `{}` is new", table.name)).steps([
                format!("create `{}` with all its indexes: local ones cannot be added later, and global ones are built faster now than one by one", table.name),
            ]));
        }
    }
    for both in change.tables() {
        replaced(change, &both, steps);
    }
    for table in &old.tables {
        if !new.tables.iter().any(|known| known.name == table.name) {
            let step = Step::new(Kind::DropTable, place(table.name), format!("table `{}` is gone", table.name));
            steps.push(step.steps([
                format!("stop every reader and writer of `{}`", table.name),
                "take a last backup or export of it".to_owned(),
                deleted(table.table).to_owned(),
            ]));
        }
    }
}

/// Why a table has to be replaced by a new one.
fn reasons(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>) -> Vec<String> {
    let (old, new) = (both.old.table, both.new.table);
    let mut reasons = Vec::new();
    let names = |table: &Table| table.partition_key.0.iter().chain(&table.sort_key.0).cloned().collect::<Vec<_>>();
    let (before, after) = (names(old), names(new));
    if before != after {
        reasons.push(format!(
            "the key of a table cannot be changed (`{}` to `{}`)",
            before.join("`, `"),
            after.join("`, `")
        ));
    } else {
        reasons.extend(after.iter().filter_map(|key| type_changes(change, both, key)));
    }
    for name in old.local_indexes.keys().chain(new.local_indexes.keys().filter(|n| !old.local_indexes.contains_key(*n)))
    {
        let what = match (old.local_indexes.get(name), new.local_indexes.get(name)) {
            (Some(_), None) => "deleted",
            (None, Some(_)) => "added",
            (Some(a), Some(b)) if a.sort_key != b.sort_key || !a.projection.holds_as_much(&b.projection) => "changed",
            (Some(_), Some(index)) => {
                let typed = index.sort_key.iter().filter_map(|key| type_changes(change, both, key));
                reasons.extend(typed.map(|change| format!("{change}: local index `{name}` is made with the table")));
                continue;
            }
            _ => continue,
        };
        reasons.push(format!("local index `{name}` is {what}, and local indexes are made with the table"));
    }
    let (was_strong, stays_global) = (is_strong(old), !new.replicas.0.is_empty());
    if is_strong(new) && !was_strong {
        reasons.push("strong consistency between Regions is set while a table is empty".to_owned());
    } else if was_strong && !is_strong(new) && stays_global {
        reasons.push("the consistency between the Regions of a table cannot be changed".to_owned());
    } else if was_strong && stays_global && has_other_members(change, both) {
        reasons.push("the Regions of a strongly consistent table are set while it is empty, and stay".to_owned());
    }
    reasons
}

/// That a key attribute has another type than before.
fn type_changes(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, key: &str) -> Option<String> {
    let before = key_type(change.old.design, both.old, key)?;
    let after = key_type(change.new.design, both.new, key)?;
    (before != after).then(|| {
        let (before, after) = (before.letter(), after.letter());
        format!("the type of the key attribute `{key}` cannot be changed ({before} to {after})")
    })
}

/// Whether every replica acknowledges a write. Such a table gets its Regions while it is empty, and
/// loses all but one of them at once.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html>
pub(super) fn is_strong(table: &Table) -> bool {
    table.multi_region_consistency == Some(ReplicationConsistency::Strong)
}

/// Whether other Regions than before hold a replica or the witness.
fn has_other_members(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>) -> bool {
    let (before, after) = regions(change, both);
    before != after || both.old.table.witness != both.new.table.witness
}

fn replaced(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, steps: &mut Vec<Step>) {
    let reasons = reasons(change, both);
    if reasons.is_empty() {
        return;
    }
    let name = both.new.name;
    let work = change.work(both.new, copied(change, both.new)).scanning(both.old, change);
    // An import makes a table that is not empty, and so one that cannot become strongly consistent.
    let (replicas, import) = match is_strong(both.new.table) {
        true => (", and its replicas while it is empty", ""),
        false => {
            ("", "; or export to S3 and import, which fills indexes for free but needs a table that is not there yet")
        }
    };
    let mut step = Step::new(Kind::ReplaceTable, ModelPath::of(["tables", name]), format!("table `{name}` has to be made anew"))
        .why(reasons.join("; "))
        .steps([
            format!("create the new table beside `{name}` under another name (a table cannot be renamed), with its indexes and settings{replicas}"),
            "write every change to both tables, the old one first: in the application, or from the old table's stream".to_owned(),
            format!("copy what is there, item by item with the new keys and a condition that never overwrites what is newer{import}"),
            "compare counts and samples, then let readers use the new table".to_owned(),
            format!("stop writing to the old table, keep it for a while, then {}", deleted(both.old.table)),
        ])
        .work(work);
    if both.old.table.stream.is_some() && both.new.table.stream.is_some() {
        step.steps
            .insert(1, "bind the readers of its stream to the new table's, which has an ARN of its own".to_owned());
    }
    steps.push(step);
}

/// How a table is deleted.
fn deleted(table: &Table) -> &'static str {
    match table.deletion_protection {
        Some(true) => "switch deletion protection off and delete it",
        _ => "delete it",
    }
}

/// Writing every item of a table and every entry of its global indexes once.
fn copied(change: &Change<'_, '_, '_>, table: &TableDesign<'_>) -> Option<Effort> {
    let design = change.new.design;
    let mut total = Effort::default();
    for entity in table.entities.iter().filter_map(|id| design.entity(*id)) {
        // Only what is there already has to come over.
        if change.old_entity(entity.name).is_none() {
            continue;
        }
        for (_, path) in design.paths_of(entity.table?) {
            if path.is_table() || design.is_in(entity, path) {
                let effort = work::entries(change.new, entity, index_name(path))?;
                let items = if path.is_table() { effort.items } else { rust_decimal::Decimal::ZERO };
                total = total.add(Effort { items, ..effort });
            }
        }
    }
    Some(total)
}

pub(super) fn index_name<'p>(path: &AccessPath<'p>) -> Option<&'p str> {
    (!path.is_table()).then_some(path.name)
}

//! Updates that move index entries.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::entity_keys::written;
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::Operation;

pub(super) const RULES: &[Rule] = &[rule!("index-key-churn", Indexes, Advice, index_key_churn)];

/// Entries are deleted and inserted when an index key changes: two writes to the index for one to
/// the table.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes>
fn index_key_churn(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.request.operation == Operation::Update) {
        let Some(entity) = context.entity_of(&planned.request) else { continue };
        let Some(table) = entity.table else { continue };
        // Index name -> the attributes of its key that the update changes.
        let mut moved: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (_, path) in context.design.paths_of(table).filter(|(_, path)| !path.is_table() && context.design.is_in(entity, path)) {
            for (field, name) in written(&planned) {
                let in_key = path.keys().any(|key| {
                    key == name || entity.fills.get(key).is_some_and(|fill| fill.template.uses(name))
                });
                // Adding and removing move an entry in or out: one write.
                if in_key && field == "sets" {
                    moved.entry(path.name).or_default().push(name);
                }
            }
        }
        if moved.is_empty() {
            continue;
        }
        let attributes: std::collections::BTreeSet<&str> = moved.values().flatten().copied().collect();
        let writes = Decimal::from(2 * moved.len());
        let mut finding = Finding::new(
            Place::key(planned.request.place.key("sets")),
            format!("`{}` moves its entry in {}", planned.pattern.name, quoted_list(moved.keys().copied())),
        )
        .label(format!("changes {}", quoted_list(attributes.iter().copied())))
        .why(format!(
            "When an index key changes, the old entry is deleted and a new one inserted: at least {writes} index writes for each update, beside the write to the table."
        ))
        .help("keep what changes often out of index keys: key by what stays, or use a sparse index for the one state that is asked for");
        for (name, _) in moved.iter().take(3) {
            if let Some((_, path)) = context.design.paths_of(table).find(|(_, path)| path.name == *name) {
                finding = finding.related(Place::key(path.place.clone()), "its key changes");
            }
        }
        found.push(finding.number("index_writes", 2 * moved.len()));
    }
}

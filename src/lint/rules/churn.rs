//! Updates that move index entries.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::entity_keys::written;
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::model::Operation;

pub(super) const RULES: &[Rule] = &[rule!("index-key-churn", Indexes, Advice, index_key_churn)];

/// The attributes whose values a request changes: those that an update sets, or that a put says it
/// changes on the item it replaces.
fn changed<'p>(planned: &Planned<'p, '_>) -> Vec<(&'static str, &'p str)> {
    if planned.operation == Operation::Update {
        return written(planned);
    }
    let replaces = match planned.request.action {
        Some(action) => action.replaces.as_ref(),
        None => planned.pattern.pattern.replaces.as_ref(),
    };
    let changes = replaces.and_then(|overwrite| overwrite.changes.as_ref());
    changes.into_iter().flat_map(|names| names.iter()).map(|name| ("replaces", name.as_str())).collect()
}

/// Entries are deleted and inserted when an index key changes: two writes to the index for one to
/// the table.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes>
fn index_key_churn(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| matches!(planned.operation, Operation::Update | Operation::Put))
    {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        let Some(table) = entity.table else { continue };
        // An item that each call makes has no entry yet.
        let creates = match planned.request.action {
            Some(action) => action.creates,
            None => planned.pattern.pattern.creates,
        };
        if creates.is_some_and(|share| share.0 >= Decimal::ONE) {
            continue;
        }
        // Index name -> the attributes of its key that the update changes.
        let mut moved: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        // Where an item may have no entry, nothing may have to be moved.
        let (mut all_sparse, mut any_sparse) = (true, false);
        for (_, path) in
            context.design.paths_of(table).filter(|(_, path)| !path.is_table() && context.design.is_in(entity, path))
        {
            let is_in_key = |name: &str| {
                path.keys().any(|key| key == name || entity.fills.get(key).is_some_and(|fill| fill.template.uses(name)))
            };
            let in_key = || changed(&planned).into_iter().filter(|(_, name)| is_in_key(name));
            // Adding and removing bring an entry in or out: one write, whatever else changes.
            if in_key().any(|(field, _)| matches!(field, "adds" | "removes")) {
                continue;
            }
            for (_, name) in in_key().filter(|(field, _)| matches!(*field, "sets" | "replaces")) {
                moved.entry(path.name).or_default().push(name);
                all_sparse &= entity.may_be_out_of(path);
                any_sparse |= entity.may_be_out_of(path);
            }
        }
        if moved.is_empty() {
            continue;
        }
        let attributes: std::collections::BTreeSet<&str> = moved.values().flatten().copied().collect();
        let writes = 2 * moved.len();
        let writes = if any_sparse { format!("up to {writes}") } else { format!("at least {writes}") };
        let sparse = if all_sparse { "" } else { ", or use a sparse index for the one state that is asked for" };
        let mut finding = Finding::new(
            Place::key(planned.request.place.key(if planned.operation == Operation::Put { "replaces" } else { "sets" })),
            format!("`{}` moves its entry in {}", planned.pattern.name, quoted_list(moved.keys().copied())),
        )
        .label(format!("changes {}", quoted_list(attributes.iter().copied())))
        .why(format!(
            "When an index key changes, the old entry is deleted and a new one inserted: {writes} index writes for each such write, beside the one to the table."
        ))
        .help(format!("keep what changes often out of index keys: key by what stays{sparse}"));
        for (name, _) in moved.iter().take(3) {
            if let Some((_, path)) = context.design.paths_of(table).find(|(_, path)| path.name == *name) {
                finding = finding.related(Place::key(path.place.clone()), "its key changes");
            }
        }
        found.push(finding.number("index_writes", 2 * moved.len()));
    }
}

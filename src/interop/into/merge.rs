//! The model that is wanted: the tables as the infrastructure has them, with what only a model
//! says.

use serde_yaml::Value;

use crate::interop::deployed::Deployed;
use crate::interop::imported::{Imported, ImportedTable, Note, NoteKind};
use crate::model::{Billing, Model, Names, Table};
use crate::source::{ModelPath, Step};

/// The updated model, and what a reader must know.
pub(super) fn merged(model: &Model, mut imported: Imported) -> Result<(Model, Vec<Note>), serde_yaml::Error> {
    let mut wanted = model.clone();
    let mut notes = Vec::new();
    let deployed = Deployed { files: Vec::new(), tables: std::mem::take(&mut imported.tables), notes: Vec::new() };
    let named: Vec<(&str, &Names)> =
        model.tables.iter().map(|(name, table)| (name.as_str(), &table.partition_key)).collect();
    let (found, extra) = deployed.matched(&named);
    for ((name, old), here) in model.tables.iter().zip(found) {
        let place = ModelPath::of(["tables", name]);
        let Some(here) = here else {
            let text = format!("`{name}` is not in the imported files; it stays as it is");
            notes.push(Note { kind: NoteKind::Assumed, at: place, text, origin: None });
            continue;
        };
        types_differ(model, name, here, &mut notes);
        wanted.tables.insert(name.clone(), table(old, here)?);
    }
    imported.tables = extra.into_iter().cloned().collect();
    imported.entities.retain(|name, _| !model.entities.contains_key(name));
    imported.access_patterns.retain(|name, _| !model.access_patterns.contains_key(name));
    let has_patterns = !model.access_patterns.is_empty();
    let (new, more) = imported.into_model();
    notes.extend(more.into_iter().filter(|note| !(has_patterns && note.at == ModelPath::root())));
    wanted.tables.extend(new.tables);
    wanted.entities.extend(new.entities);
    wanted.access_patterns.extend(new.access_patterns);
    Ok((wanted, notes))
}

/// A table as the infrastructure has it, with what only the model says of it.
fn table(old: &Table, here: &ImportedTable) -> Result<Table, serde_yaml::Error> {
    let mut new = here.table.clone();
    new.description.clone_from(&old.description);
    new.backups.clone_from(&old.backups);
    if let (Some(new), Some(old)) = (&mut new.stream, &old.stream) {
        new.readers.clone_from(&old.readers);
    }
    // What is absent and what is said is the same to the service.
    if new.billing.unwrap_or(Billing::OnDemand) == old.billing.unwrap_or(Billing::OnDemand) {
        new.billing = old.billing;
    }
    let period = |table: &Table| table.point_in_time_recovery.as_ref().and_then(|recovery| recovery.recovery_period);
    if let (Some(kept), None) = (period(old), period(&new))
        && let Some(recovery) = &mut new.point_in_time_recovery
        && recovery.enabled.0
    {
        recovery.recovery_period = Some(kept);
    }
    if new.warm_throughput.is_none() {
        new.warm_throughput.clone_from(&old.warm_throughput);
    }
    for (name, index) in &mut new.global_indexes {
        if let Some(before) = old.global_indexes.get(name) {
            index.description.clone_from(&before.description);
            if index.warm_throughput.is_none() {
                index.warm_throughput.clone_from(&before.warm_throughput);
            }
        }
    }
    for (name, index) in &mut new.local_indexes {
        if let Some(before) = old.local_indexes.get(name) {
            index.description.clone_from(&before.description);
        }
    }
    keep_unknown(new, old, here)
}

/// Keeps what the model says of parts that the infrastructure does not tell.
fn keep_unknown(new: Table, old: &Table, here: &ImportedTable) -> Result<Table, serde_yaml::Error> {
    if here.unknown.is_empty() {
        return Ok(new);
    }
    let (mut kept, old) = (serde_yaml::to_value(new)?, serde_yaml::to_value(old)?);
    for part in here.unknown.keys() {
        let keys: Vec<&str> = part.0.iter().map(|step| if let Step::Key(key) = step { key } else { "" }).collect();
        keep(&mut kept, &old, &keys);
    }
    serde_yaml::from_value(kept)
}

/// Recursion is bounded by the length of the path, which is that of a table's own parts.
fn keep(new: &mut Value, old: &Value, path: &[&str]) {
    match (path, new.as_mapping_mut(), old.as_mapping()) {
        ([first, rest @ ..], Some(map), _) => {
            let Some(old) = old.get(first) else { return };
            let inner = map.entry(Value::String((*first).to_owned())).or_insert(Value::Null);
            keep(inner, old, rest);
        }
        // Of a list that is not known whole, what it lacks may be there all the same.
        ([], Some(map), Some(old)) => {
            for (key, value) in old {
                map.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        _ => *new = old.clone(),
    }
}

/// Types belong to entities, which a person wrote: a difference is said and left to them.
fn types_differ(model: &Model, table: &str, here: &ImportedTable, notes: &mut Vec<Note>) {
    for (name, entity) in &model.entities {
        if entity.table.as_deref().is_some_and(|of| of != table) {
            continue;
        }
        for (key, kind) in &here.key_types {
            let Some(attribute) = entity.attributes.get(key) else { continue };
            if attribute.kind.as_key() != Some(*kind) {
                let at = ModelPath::of(["entities", name, "attributes", key]);
                let text = format!("`{key}` is {kind} in `{table}`; the entity has another type");
                notes.push(Note { kind: NoteKind::ToFillIn, at, text, origin: Some(here.origin) });
            }
        }
    }
}

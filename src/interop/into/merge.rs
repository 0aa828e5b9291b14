//! The model that is wanted: the tables as the infrastructure has them, with what only a model
//! says.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::interop::deployed::Deployed;
use crate::interop::imported::{Imported, ImportedTable, Note, NoteKind};
use crate::model::{Billing, Capacity, Model, Names, Projection, ReplicationConsistency, Table, TableClass};
use crate::source::{ModelPath, Step};

/// The updated model, and what a reader must know.
pub(super) fn merged(model: &Model, mut imported: Imported) -> Result<(Model, Vec<Note>), serde_yaml::Error> {
    let mut wanted = model.clone();
    let mut notes = Vec::new();
    let tables = std::mem::take(&mut imported.tables);
    let deployed = Deployed { files: Vec::new(), tables, notes: Vec::new(), parameters: BTreeSet::new() };
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
        new.reads = old.reads;
    }
    keep_words(&mut new, old);
    let period = |table: &Table| table.point_in_time_recovery.as_ref().and_then(|recovery| recovery.recovery_period);
    if let (Some(kept), None) = (period(old), period(&new))
        && let Some(recovery) = &mut new.point_in_time_recovery
        && recovery.enabled.0
    {
        recovery.recovery_period = Some(kept);
    }
    new.warm_throughput = warm(new.warm_throughput, old.warm_throughput.as_ref(), here);
    // Where capacity scales, what a table that runs has is only where it stands now.
    if here.is_deployed && old.autoscaling.is_some() {
        new.capacity.clone_from(&old.capacity);
    }
    for (name, index) in &mut new.global_indexes {
        if let Some(before) = old.global_indexes.get(name) {
            if here.is_deployed && before.autoscaling.is_some() {
                index.capacity.clone_from(&before.capacity);
            }
            index.description.clone_from(&before.description);
            index.warm_throughput = warm(index.warm_throughput.take(), before.warm_throughput.as_ref(), here);
            keep_order(&mut index.projection, &before.projection);
        }
    }
    for (name, index) in &mut new.local_indexes {
        if let Some(before) = old.local_indexes.get(name) {
            index.description.clone_from(&before.description);
            keep_order(&mut index.projection, &before.projection);
        }
    }
    keep_unknown(new, old, here)
}

/// Leaves a setting as the model has it, or leaves it out, where both are the same to the service.
fn keep_words(new: &mut Table, old: &Table) {
    fn keep<T: PartialEq + Copy>(new: &mut Option<T>, old: Option<T>, default: T) {
        if new.unwrap_or(default) == old.unwrap_or(default) {
            *new = old;
        }
    }
    keep(&mut new.billing, old.billing, Billing::OnDemand);
    keep(&mut new.class, old.class, TableClass::Standard);
    keep(&mut new.deletion_protection, old.deletion_protection, false);
    keep(&mut new.kinesis_stream, old.kinesis_stream, false);
    keep(&mut new.multi_region_consistency, old.multi_region_consistency, ReplicationConsistency::Eventual);
    let recovers = |table: &Table| table.point_in_time_recovery.as_ref().is_some_and(|recovery| recovery.enabled.0);
    if !recovers(new) && !recovers(old) {
        new.point_in_time_recovery.clone_from(&old.point_in_time_recovery);
    }
}

/// The service keeps what an index includes as a set, and shows it by name.
fn keep_order(new: &mut Projection, old: &Projection) {
    if let (Projection::Include(here), Projection::Include(before)) = (&*new, old)
        && here.iter().collect::<BTreeSet<_>>() == before.iter().collect::<BTreeSet<_>>()
    {
        new.clone_from(old);
    }
}

/// Warm throughput: a table that runs has some which nobody asked for, and grows beyond what
/// somebody did.
fn warm(new: Option<Capacity>, old: Option<&Capacity>, here: &ImportedTable) -> Option<Capacity> {
    let reaches = |new: &Capacity, old: &Capacity| new.read >= old.read && new.write >= old.write;
    match (new, old) {
        (None, old) => old.cloned(),
        (Some(_), None) if here.is_deployed => None,
        (Some(new), Some(old)) if here.is_deployed && reaches(&new, old) => Some(old.clone()),
        (new, _) => new,
    }
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

//! Keys of tables, and the types of key attributes.

use std::collections::BTreeSet;

use super::{Pair, pairs};
use crate::lint::{Context, Finding, Place};
use crate::model::Names;
use crate::plan::key_type;
use crate::source::ModelPath;

pub(super) fn check(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pair in pairs(context) {
        let (model, here) = (pair.design.table, &pair.here.table);
        found.extend(key(&pair, "partition_key", "the partition key", [&model.partition_key, &here.partition_key]));
        found.extend(key(&pair, "sort_key", "the sort key", [&model.sort_key, &here.sort_key]));
        types(&pair, found);
    }
}

fn key(pair: &Pair<'_, '_, '_>, part: &str, what: &str, [model, here]: [&Names; 2]) -> Option<Finding> {
    if model == here {
        return None;
    }
    pair.differs(&ModelPath::of([part]), what, &shown(model), &shown(here))
}

/// Key attributes as a reader knows them.
pub(super) fn shown(names: &Names) -> String {
    if names.is_empty() {
        return "not there".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Types of attributes that are keys on both sides.
fn types(pair: &Pair<'_, '_, '_>, found: &mut Vec<Finding>) {
    let design = pair.context.design;
    let paths = pair.design.paths.iter().filter_map(|id| design.path(*id));
    let keys: BTreeSet<&str> = paths.flat_map(|path| path.keys()).collect();
    for name in keys {
        let (Some(model), Some(here)) = (key_type(design, pair.design, name), pair.here.key_types.get(name)) else {
            continue;
        };
        if model == *here {
            continue;
        }
        // The first entity that has the attribute tells the type, so that is the place.
        let entity =
            pair.design.entities.iter().filter_map(|id| design.entity(*id)).find(|e| e.fills.contains_key(name));
        let part = ModelPath::of(["key_types", name]);
        let what = format!("the type of the key attribute `{name}`");
        let Some(mut finding) = pair.differs(&part, &what, &model.to_string(), &here.to_string()) else { continue };
        if let Some(entity) = entity {
            let list = if entity.entity.keys.contains_key(name) { "keys" } else { "attributes" };
            finding.place = Place::value(entity.place.key(list).key(name));
        }
        found.push(finding);
    }
}

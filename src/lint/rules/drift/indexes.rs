//! Indexes that only one side has, and what they are keyed by and hold.

use std::collections::BTreeSet;

use super::keys::shown;
use super::{Pair, pairs};
use crate::lint::{Context, Finding, Place};
use crate::model::{Names, Projection};
use crate::source::ModelPath;

/// An index of either kind, as both sides have it.
struct Index<'i> {
    /// Nothing for a local index, which has its table's.
    partition: Option<&'i Names>,
    sort: &'i Names,
    projection: &'i Projection,
}

pub(super) fn check(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pair in pairs(context) {
        let global = |table: &'_ crate::model::Table| table.global_indexes.keys().cloned().collect::<Vec<_>>();
        let local = |table: &'_ crate::model::Table| table.local_indexes.keys().cloned().collect::<Vec<_>>();
        let (model, here) = (pair.design.table, &pair.here.table);
        compare(&pair, "global_indexes", "index", [global(model), global(here)], found);
        compare(&pair, "local_indexes", "local index", [local(model), local(here)], found);
    }
}

fn index<'i>(table: &'i crate::model::Table, kind: &str, name: &str) -> Option<Index<'i>> {
    if kind == "local_indexes" {
        let index = table.local_indexes.get(name)?;
        return Some(Index { partition: None, sort: &index.sort_key, projection: &index.projection });
    }
    let index = table.global_indexes.get(name)?;
    Some(Index { partition: Some(&index.partition_key), sort: &index.sort_key, projection: &index.projection })
}

fn compare(pair: &Pair<'_, '_, '_>, kind: &str, what: &str, [model, here]: [Vec<String>; 2], found: &mut Vec<Finding>) {
    let table = pair.design.name;
    for name in &model {
        let part = ModelPath::of([kind, name]);
        let (Some(ours), theirs) = (index(pair.design.table, kind, name), index(&pair.here.table, kind, name)) else {
            continue;
        };
        let Some(theirs) = theirs else {
            // A list that is not known whole may well have it.
            if pair.here.unknown_at(&part).is_none() {
                found.push(missing(pair, &part, what, name));
            }
            continue;
        };
        let of = |part: &str| format!("{part} of the {what} `{name}`");
        if ours.partition != theirs.partition {
            let shown = |names: Option<&Names>| names.map(shown).unwrap_or_default();
            let (a, b) = (shown(ours.partition), shown(theirs.partition));
            found.extend(pair.differs(&part.key("partition_key"), &of("the partition key"), &a, &b));
        }
        if ours.sort != theirs.sort {
            let (a, b) = (shown(ours.sort), shown(theirs.sort));
            found.extend(pair.differs(&part.key("sort_key"), &of("the sort key"), &a, &b));
        }
        if held(pair, ours.projection) != held(pair, theirs.projection) {
            let (a, b) = (projection(ours.projection), projection(theirs.projection));
            found.extend(pair.differs(&part.key("projection"), &of("the projection"), &a, &b));
        }
    }
    for name in here.iter().filter(|name| !model.contains(name)) {
        let part = ModelPath::of([kind, name]);
        found.push(
            Finding::new(
                Place::key(pair.place.key(kind)),
                format!("the infrastructure has the {what} `{name}` of `{table}`, and the model does not"),
            )
            .label(format!("no `{name}` here"))
            .elsewhere(pair.origin(&part), "deployed here")
            .why("Every write that touches its keys or its projection is billed again for it, and a pattern that reads it has no plan here.")
            .help("add it with `keyplan import --into`, or delete it there if nothing reads it"),
        );
    }
}

fn missing(pair: &Pair<'_, '_, '_>, part: &ModelPath, what: &str, name: &str) -> Finding {
    let table = pair.design.name;
    let mut place = pair.place.clone();
    place.0.extend(part.0.iter().cloned());
    Finding::new(Place::key(place), format!("the infrastructure does not have the {what} `{name}` of `{table}`"))
        .label("not deployed")
        .elsewhere(pair.origin(part), "none of that name here")
        .why("A query on an index that is not there fails (ValidationException).")
        .help(match what {
            "local index" => "a local index can only be made together with its table: that is a new table",
            _ => "add it there, or take it out of the model",
        })
}

/// What an index holds beside the keys of table and index, which it always holds.
fn held(pair: &Pair<'_, '_, '_>, projection: &Projection) -> Option<BTreeSet<String>> {
    let Projection::Include(names) = projection else {
        return (*projection == Projection::KeysOnly).then(BTreeSet::new);
    };
    let model = pair.design.table;
    let is_key = |name: &String| model.partition_key.iter().chain(model.sort_key.iter()).any(|key| key == name);
    Some(names.iter().filter(|name| !is_key(name)).cloned().collect())
}

fn projection(projection: &Projection) -> String {
    match projection {
        Projection::All => "`all`".to_owned(),
        Projection::KeysOnly => "`keys_only`".to_owned(),
        Projection::Include(names) => {
            let mut names = names.clone();
            names.sort();
            format!("[{}]", names.join(", "))
        }
    }
}

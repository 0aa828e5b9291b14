//! Existing items that have to be written again or deleted: other key values, a new key attribute,
//! other attributes, another table, no entity any more.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::attributes::{Lag, Pair};
use super::work::{self, Effort, Work};
use super::{Both, Change, Kind, Step, shards};
use crate::design::{AccessPath, EntityDesign};
use crate::load::State;
use crate::plan::key_type;
use crate::service::capacity::write_units;
use crate::source::ModelPath;

pub(super) fn items(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, steps: &mut Vec<Step>) {
    let design = change.new.design;
    let base: Vec<&str> =
        both.new.paths.first().and_then(|id| design.path(*id)).map(|path| path.keys().collect()).unwrap_or_default();
    for new in both.new.entities.iter().filter_map(|id| design.entity(*id)) {
        let Some(old) = change.old_entity(new.name) else { continue };
        if old.table.and_then(|t| change.old.design.table(t)).is_none_or(|table| table.name != both.old.name) {
            continue;
        }
        let pair = Pair::new(old, new);
        let lags = pair.lags(design);
        let (mut in_key, mut in_index, mut added): (Vec<Keyed>, Vec<Keyed>, Vec<Keyed>) = Default::default();
        for (key, fill) in &new.fills {
            match old.fills.get(key) {
                Some(before) if !pair.is_same(before, fill) => {
                    let says = pair.change(key, before, fill);
                    let keyed = Keyed { key: (*key).to_owned(), says };
                    if base.contains(key) { in_key.push(keyed) } else { in_index.push(keyed) }
                }
                // An attribute that is there already needs no writing.
                None if !base.contains(key) && fill.declared && !old.entity.attributes.contains_key(*key) => {
                    added.push(Keyed { key: (*key).to_owned(), says: format!("`{key}` as `{}`", fill.template) });
                }
                _ => {}
            }
        }
        if !in_key.is_empty() {
            steps.push(rekeyed(change, both, new, &in_key, &lags));
        } else {
            if !in_index.is_empty() || !added.is_empty() || !lags.is_empty() {
                steps.push(updated(change, both, &pair, (&in_index, &added, &lags)));
            }
            shards::resharded(change, both, &pair, steps);
        }
    }
}

/// A key attribute whose values change, and how.
struct Keyed {
    key: String,
    says: String,
}

fn listed(keyed: &[Keyed]) -> String {
    keyed.iter().map(|keyed| keyed.says.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whether an index is there before and after, so that it need not be built.
fn stays(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, path: &AccessPath<'_>) -> bool {
    let is_retyped = path.keys().any(|key| is_retyped(change, both, key));
    !is_retyped
        && both.old.paths.iter().filter_map(|id| change.old.design.path(*id)).any(|old| {
            let same_keys = old.partition == path.partition && old.sort == path.sort;
            !old.is_table() && old.name == path.name && same_keys && old.projection.holds_as_much(path.projection)
        })
}

/// Whether a key attribute has another of the service's types than before, so that indexes with it
/// have to be made anew.
fn is_retyped(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, key: &str) -> bool {
    let kinds = (key_type(change.old.design, both.old, key), key_type(change.new.design, both.new, key));
    kinds.0.zip(kinds.1).is_some_and(|(before, after)| before != after)
}

/// What to do first where an index that is there refuses the items as they are to be.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>
fn refused(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, entity: &EntityDesign<'_>) -> Option<String> {
    let paths = change.new.design.paths_of(entity.table?).filter(|(_, path)| path.is_global());
    let (index, key) = paths.into_iter().find_map(|(_, path)| {
        let is_there = both.old.table.global_indexes.contains_key(path.name);
        let key = path.keys().find(|key| entity.fills.contains_key(key) && is_retyped(change, both, key))?;
        is_there.then_some((path.name, key))
    })?;
    Some(format!(
        "before any of it, see below how index `{index}` is made anew: as it is, it refuses every write of an item with the new type of `{key}`"
    ))
}

/// Items whose primary key changes are other items: each is written anew and the old one deleted.
fn rekeyed(
    change: &Change<'_, '_, '_>,
    both: &Both<'_, '_, '_>,
    entity: &EntityDesign<'_>,
    changes: &[Keyed],
    lags: &[Lag],
) -> Step {
    let name = entity.name;
    let effort = (|| {
        let put = work::entries(change.new, entity, None)?;
        let mut units = put.units.saturating_add(change.deleted(change.old_entity(entity.name)?)?.units);
        // The new item enters the indexes that are there; one that is built later is charged then.
        for (_, path) in change.new.design.paths_of(entity.table?) {
            if stays(change, both, path) && change.new.design.is_in(entity, path) {
                units = units.saturating_add(work::entries(change.new, entity, Some(path.name))?.units);
            }
        }
        Some(Effort { items: put.items, units })
    })();
    let with = match lags.is_empty() {
        true => String::new(),
        false => {
            let names: Vec<String> = lags.iter().map(|lag| format!("`{}`", lag.name)).collect();
            format!("; they get {} with it", names.join(", "))
        }
    };
    let mut step = Step::new(
        Kind::RewriteItems,
        entity.place.key("keys"),
        format!("the primary key of `{name}` changes: {}", listed(changes)),
    )
    .why("a primary key cannot be changed: the item is put under the new key, and the old one deleted")
    .steps([
        format!("let readers look under the new key first and under the old one after it, for `{name}`"),
        "write new and changed items under both keys, in one transaction".to_owned(),
        format!("copy what is there to the new keys, with a condition that never overwrites what is newer{with}"),
        "compare, let readers use the new keys alone, stop writing the old ones, delete them".to_owned(),
    ]);
    step.steps.splice(0..0, refused(change, both, entity));
    step.work(change.work(both.new, effort).scanning(both.old, change))
}

/// Items that get other index keys or attributes: each is updated once, for all of it.
fn updated(
    change: &Change<'_, '_, '_>,
    both: &Both<'_, '_, '_>,
    pair: &Pair<'_, '_, '_>,
    (changed, added, lags): (&[Keyed], &[Keyed], &[Lag]),
) -> Step {
    let (old, entity) = (pair.old, pair.new);
    let name = entity.name;
    let written = |path: &AccessPath<'_>| {
        let base = change.new.design.base_path(path.table);
        let mut names = added.iter().map(|keyed| &keyed.key).chain(lags.iter().map(|lag| &lag.name));
        names.any(|name| base.is_none_or(|base| path.holds(base, name)))
    };
    let effort = (|| {
        // Items with several of the attributes are taken to be others.
        let some = lags.iter().map(|lag| lag.share).try_fold(Decimal::ZERO, |sum, one| Some(sum.saturating_add(one?)));
        let share = if changed.is_empty() && added.is_empty() { some?.min(Decimal::ONE) } else { Decimal::ONE };
        let items = entity.items?.saturating_mul(share);
        let bytes = |version: &super::Version<'_, '_>, entity: &EntityDesign<'_>| {
            version.figures.load.shapes.of(entity.id)?.item_bytes(&State::default()).ok()
        };
        let mut units = items.saturating_mul(write_units(bytes(change.old, old)?, bytes(change.new, entity)?));
        for (_, path) in change.new.design.paths_of(entity.table?) {
            // An index that is built afterwards is charged with its build.
            if !stays(change, both, path) || !change.new.design.is_in(entity, path) {
                continue;
            }
            // An entry whose key changes is deleted and inserted; otherwise it is written in place.
            let times = match changed.iter().any(|keyed| path.keys().any(|key| key == keyed.key)) {
                true => Decimal::TWO,
                false if written(path) => Decimal::ONE,
                false => continue,
            };
            let entries = work::entries(change.new, entity, Some(path.name))?;
            units = units.saturating_add(entries.units.saturating_mul(times).saturating_mul(share));
        }
        Some(Effort { items, units })
    })();
    let keys = match (changed.is_empty(), added.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("`{name}` items need a new key attribute: {}", listed(added))),
        (false, true) => Some(format!("an index key of `{name}` changes: {}", listed(changed))),
        (false, false) => Some(format!("an index key of `{name}` changes: {}, {}", listed(changed), listed(added))),
    };
    // What is said of the key needs not be said again of its attribute.
    let says: Vec<&str> = lags
        .iter()
        .filter(|lag| !changed.iter().any(|keyed| keyed.key == lag.name))
        .map(|lag| lag.says.as_str())
        .collect();
    let attributes = (!says.is_empty()).then(|| format!("`{name}` items that are there {}", says.join(", ")));
    let (place, why) = match (&keys, lags.first()) {
        (None, Some(lag)) => (
            entity.place.key("attributes").key(&lag.name),
            "an attribute comes into an item only when somebody writes it; until then a condition on it does not find the item",
        ),
        _ => (
            entity.place.key("keys"),
            "items that nobody writes keep what they have, and an index holds only what the items have",
        ),
    };
    let title: Vec<String> = keys.into_iter().chain(attributes).collect();
    let mut step = Step::new(Kind::RewriteItems, place, title.join("; ")).why(why).steps([
        "deploy writers that set the new value with every write".to_owned(),
        "go through the items that are there and set it, with a condition that they still exist".to_owned(),
        "let readers rely on it when all items have it".to_owned(),
    ]);
    let other_names: Vec<String> = lags
        .iter()
        .filter_map(|lag| Some(format!("`{}`, or `{}` where there is none", lag.name, lag.old_name.as_ref()?)))
        .collect();
    if !other_names.is_empty() {
        let read = format!("deploy readers that take {}", other_names.join(", "));
        step.steps.insert(0, format!("{read}; if the code maps the old name instead, nothing has to be written"));
    }
    step.steps.splice(0..0, refused(change, both, entity));
    step.work(change.work(both.new, effort).scanning(both.old, change))
}

/// Entities that live in another table than before.
pub(super) fn moved(change: &Change<'_, '_, '_>, steps: &mut Vec<Step>) {
    for new in &change.new.design.entities {
        let Some(old) = change.old_entity(new.name) else { continue };
        let source = old.table.and_then(|t| change.old.design.table(t));
        let target = new.table.and_then(|id| Some((id, change.new.design.table(id)?)));
        let (Some(source), Some((target_id, target))) = (source, target) else { continue };
        let (from, to) = (source.name, target.name);
        if from == to {
            continue;
        }
        let design = change.new.design;
        let effort = design
            .paths_of(target_id)
            .filter(|(_, path)| path.is_table() || design.is_in(new, path))
            .map(|(_, path)| work::entries(change.new, new, super::tables::index_name(path)))
            .try_fold(Effort::default(), |sum, one| Some(Effort { items: new.items?, units: sum.add(one?).units }));
        // A table that goes takes the items with it.
        let stays = design.tables.iter().any(|table| table.name == from);
        let (effort, last) = match stays {
            true => (
                effort.zip(change.deleted(old)).map(|(put, deleted)| Effort { items: put.items, ..put.add(deleted) }),
                format!("let readers use `{to}`, stop writing `{from}`, delete its copies"),
            ),
            false => (effort, format!("let readers use `{to}`, stop writing `{from}`")),
        };
        steps.push(
            Step::new(
                Kind::RewriteItems,
                ModelPath::of(["entities", new.name, "table"]),
                format!("`{}` moves from table `{from}` to `{to}`", new.name),
            )
            .steps([
                format!("write every change of `{}` to both tables", new.name),
                "copy what is there, with a condition that never overwrites what is newer".to_owned(),
                last,
            ])
            .work(change.work(target, effort).scanning(source, change)),
        );
    }
}

/// Entities that are gone, while their table stays: nothing deletes their items.
pub(super) fn left(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, kept: &BTreeSet<&str>, steps: &mut Vec<Step>) {
    for old in both.old.entities.iter().filter_map(|id| change.old.design.entity(*id)) {
        if kept.contains(old.name) {
            continue;
        }
        let (name, table) = (old.name, both.new.name);
        steps.push(
            Step::new(
                Kind::DeleteItems,
                ModelPath::of(["entities", name]),
                format!("`{name}` is gone; its items stay in `{table}` until somebody deletes them"),
            )
            .why("they are stored and paid for, and indexes keep their entries")
            .steps([format!("stop what reads and writes `{name}`"), "delete its items".to_owned()])
            .work(
                Work::on(both.old, change.old, change.book, change.pace, change.deleted(old))
                    .scanning(both.old, change),
            ),
        );
    }
}

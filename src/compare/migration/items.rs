//! Existing items that have to be written again: other key values, a new key attribute, another table.

use rust_decimal::Decimal;

use super::work::{self, Effort, Work};
use super::{Both, Change, Kind, Step};
use crate::design::{EntityDesign, Fill};
use crate::load::State;
use crate::service::capacity::write_units;
use crate::source::ModelPath;

pub(super) fn items(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, steps: &mut Vec<Step>) {
    let design = change.new.design;
    for new in both.new.entities.iter().filter_map(|id| design.entity(*id)) {
        let Some(old) = change.old_entity(new.name) else { continue };
        if old.table.and_then(|t| change.old.design.table(t)).is_none_or(|table| table.name != both.old.name) {
            continue;
        }
        let (mut in_key, mut in_index, mut added): (Vec<String>, Vec<String>, Vec<String>) = Default::default();
        let base: Vec<&str> = design
            .base_path(new.table.unwrap_or(crate::design::TableId(0)))
            .map(|p| p.keys().collect())
            .unwrap_or_default();
        for (key, fill) in &new.fills {
            match old.fills.get(key) {
                Some(before) if !same(before, fill) => {
                    let shown = format!("`{key}` from `{}` to `{}`", before.template, fill.template);
                    if base.contains(key) { in_key.push(shown) } else { in_index.push(shown) }
                }
                // An attribute that is there already needs no writing.
                None if !base.contains(key) && fill.declared && !old.entity.attributes.contains_key(*key) => {
                    added.push(format!("`{key}` as `{}`", fill.template));
                }
                _ => {}
            }
        }
        if !in_key.is_empty() {
            steps.push(rekeyed(change, both, new, &in_key));
        } else if !in_index.is_empty() || !added.is_empty() {
            steps.push(updated(change, both, new, &in_index, &added));
        }
        steps.extend(without_history(change, both, old, new));
    }
}

/// Attributes that patterns ask for and that existing items do not have.
fn without_history(
    change: &Change<'_, '_, '_>,
    both: &Both<'_, '_, '_>,
    old: &EntityDesign<'_>,
    new: &EntityDesign<'_>,
) -> Option<Step> {
    // An entity without attributes is a sketch, which says nothing of what its items have.
    if !old.is_closed() {
        return None;
    }
    let design = change.new.design;
    let patterns: Vec<_> = design.patterns.iter().filter(|pattern| pattern.entities.contains(&new.id)).collect();
    let asked = |name: &str| -> Vec<String> {
        let asks = patterns.iter().filter(|pattern| {
            let pattern = pattern.pattern;
            let is_read = pattern.operation.is_some_and(|operation| !crate::plan::is_write(operation));
            let selected = pattern.select.iter().flat_map(|names| names.iter()).any(|known| known == name);
            is_read && (pattern.conditions.contains_key(name) || selected)
        });
        asks.map(|pattern| format!("`{}`", pattern.name)).collect()
    };
    let fresh: Vec<(&str, Vec<String>)> = new
        .entity
        .attributes
        .iter()
        .filter(|(name, attribute)| {
            !old.entity.attributes.contains_key(*name)
                && !old.fills.contains_key(name.as_str())
                && attribute.stored != Some(false)
                && !attribute.may_be_absent()
        })
        .map(|(name, _)| (name.as_str(), asked(name)))
        .filter(|(_, patterns)| !patterns.is_empty())
        .collect();
    let (first, _) = fresh.first()?;
    let named: Vec<String> =
        fresh.iter().map(|(name, patterns)| format!("`{name}` (asked for by {})", patterns.join(", "))).collect();
    let effort = work::entries(change.new, new, None);
    Some(
        Step::new(
            Kind::RewriteItems,
            new.place.key("attributes").key(first),
            format!("`{}` items that are there lack {}", new.name, named.join(", ")),
        )
        .why("an attribute comes into an item only when somebody writes it; until then a condition on it does not find the item")
        .steps([
            "deploy writers that set it with every write".to_owned(),
            "go through the items that are there and set it, with a condition that they still exist".to_owned(),
            "deploy the readers that ask for it".to_owned(),
        ])
        .work(Work::on(both.new, change.new, change.book, change.pace, effort)),
    )
}

fn same(a: &Fill<'_>, b: &Fill<'_>) -> bool {
    a.template == b.template && a.when == b.when
}

/// Items whose primary key changes are other items: each is written anew and the old one deleted.
fn rekeyed(
    change: &Change<'_, '_, '_>,
    both: &Both<'_, '_, '_>,
    entity: &EntityDesign<'_>,
    changes: &[String],
) -> Step {
    let name = entity.name;
    let design = change.new.design;
    let effort = (|| {
        let put = work::entries(change.new, entity, None)?;
        let deleted = work::entries(change.old, entity, None)?;
        let mut units = put.units.saturating_add(deleted.units);
        for (_, path) in
            design.paths_of(entity.table?).filter(|(_, path)| !path.is_table() && design.is_in(entity, path))
        {
            // The new item enters the index, the old one leaves it.
            let entries = work::entries(change.new, entity, Some(path.name))?;
            units = units.saturating_add(entries.units.saturating_mul(Decimal::TWO));
        }
        Some(Effort { items: put.items, units })
    })();
    Step::new(
        Kind::RewriteItems,
        entity.place.key("keys"),
        format!("the primary key of `{name}` changes: {}", changes.join(", ")),
    )
    .why("a primary key cannot be changed: the item is put under the new key, and the old one deleted")
    .steps([
        format!("let readers look under the new key first and under the old one after it, for `{name}`"),
        "write new and changed items under both keys, in one transaction".to_owned(),
        "copy what is there to the new keys, with a condition that never overwrites what is newer".to_owned(),
        "compare, let readers use the new keys alone, stop writing the old ones, delete them".to_owned(),
    ])
    .work(Work::on(both.new, change.new, change.book, change.pace, effort))
}

/// Items whose index keys change or come: each is updated once.
fn updated(
    change: &Change<'_, '_, '_>,
    both: &Both<'_, '_, '_>,
    entity: &EntityDesign<'_>,
    changed: &[String],
    added: &[String],
) -> Step {
    let name = entity.name;
    let effort = (|| {
        let items = entity.items?;
        let bytes = |version: &super::Version<'_, '_>| {
            let known = version.design.entities.iter().find(|known| known.name == name)?;
            version.figures.load.shapes.of(known.id)?.item_bytes(&State::default()).ok()
        };
        let mut units = items.saturating_mul(write_units(bytes(change.old)?, bytes(change.new)?));
        let design = change.new.design;
        for (_, path) in
            design.paths_of(entity.table?).filter(|(_, path)| !path.is_table() && design.is_in(entity, path))
        {
            let was_there =
                change.old.design.paths.iter().any(|p| p.table_name == both.old.name && p.name == path.name);
            let moves = path.keys().any(|key| {
                let old = change.old_entity(name).and_then(|old| old.fills.get(key));
                old.zip(entity.fills.get(key)).is_some_and(|(old, new)| !same(old, new))
            });
            // An index that is built afterwards is charged with its build.
            if was_there && moves {
                let entries = work::entries(change.new, entity, Some(path.name))?;
                units = units.saturating_add(entries.units.saturating_mul(Decimal::TWO));
            }
        }
        Some(Effort { items, units })
    })();
    let what: Vec<String> = changed.iter().chain(added).cloned().collect();
    let title = match changed.is_empty() {
        true => format!("`{name}` items need a new key attribute: {}", added.join(", ")),
        false => format!("an index key of `{name}` changes: {}", what.join(", ")),
    };
    Step::new(Kind::RewriteItems, entity.place.key("keys"), title)
        .why("items that nobody writes keep what they have, and an index holds only what the items have")
        .steps([
            "deploy writers that set the new value with every write".to_owned(),
            "go through the items that are there and set it, with a condition that they still exist".to_owned(),
            "let readers use it when all items have it".to_owned(),
        ])
        .work(Work::on(both.new, change.new, change.book, change.pace, effort))
}

/// Entities that live in another table than before.
pub(super) fn moved(change: &Change<'_, '_, '_>, steps: &mut Vec<Step>) {
    let table_name = |version: &super::Version<'_, '_>, entity: &EntityDesign<'_>| {
        entity.table.and_then(|t| version.design.table(t)).map(|table| table.name.to_owned())
    };
    for new in &change.new.design.entities {
        let Some(old) = change.old_entity(new.name) else { continue };
        let (Some(from), Some(to)) = (table_name(change.old, old), table_name(change.new, new)) else { continue };
        let Some(target) = new.table.and_then(|t| change.new.design.table(t)) else { continue };
        if from == to {
            continue;
        }
        let design = change.new.design;
        let effort = design
            .paths_of(new.table.unwrap_or(crate::design::TableId(0)))
            .filter(|(_, path)| path.is_table() || design.is_in(new, path))
            .map(|(_, path)| work::entries(change.new, new, super::tables::index_name(path)))
            .try_fold(Effort::default(), |sum, one| Some(Effort { items: new.items?, units: sum.add(one?).units }));
        steps.push(
            Step::new(
                Kind::RewriteItems,
                ModelPath::of(["entities", new.name, "table"]),
                format!("`{}` moves from table `{from}` to `{to}`", new.name),
            )
            .steps([
                format!("write every change of `{}` to both tables", new.name),
                "copy what is there, with a condition that never overwrites what is newer".to_owned(),
                format!("let readers use `{to}`, stop writing `{from}`, delete its copies"),
            ])
            .work(Work::on(target, change.new, change.book, change.pace, effort)),
        );
    }
}

//! Another number of shards below the same key templates: keys look the same, and items lie where
//! readers no longer look.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::attributes::Pair;
use super::work::{self, Effort};
use super::{Both, Change, Kind, Step, tables};
use crate::design::{AccessPath, Design, EntityDesign, Request};
use crate::model::Operator;
use crate::plan::is_item_operation;

/// A sharding attribute whose number of shards changes, with the paths that it spreads.
struct Resharded<'a, 'm> {
    name: &'a str,
    shards: [u32; 2],
    paths: Vec<&'a AccessPath<'m>>,
}

/// The steps for an entity whose primary key is not made anew anyway.
pub(super) fn resharded(
    change: &Change<'_, '_, '_>,
    both: &Both<'_, '_, '_>,
    pair: &Pair<'_, '_, '_>,
    steps: &mut Vec<Step>,
) {
    for one in found(change, pair) {
        let [before, after] = one.shards;
        let (entity, name) = (pair.new, one.name);
        let place = entity.place.key("attributes").key(name).key("shards");
        let keys: Vec<String> = one.paths.iter().map(|path| path.label()).collect();
        let title = format!(
            "`{}` is spread over {after} shards instead of {before}, by `{name}` in {}",
            entity.name,
            keys.join(", ")
        );
        let caller = knows_shard(change.old.design, pair.old, &one).or(knows_shard(change.new.design, entity, &one));
        let step = match caller {
            None if after > before => Step::new(Kind::InPlace, place, title)
                .why("items stay where they are, and readers ask every shard")
                .steps([format!("let readers ask all {after} shards before anything is written to the new ones")]),
            None => {
                let gone = Decimal::from(before - after).checked_div(Decimal::from(before)).unwrap_or_default();
                let step = Step::new(Kind::RewriteItems, place, title)
                    .why(format!("readers ask {after} shards, and find nothing of what lies in the others"));
                let work = change.work(both.new, effort(change, pair, &one, gone));
                rewritten(step, &one, "of the shards that go", "of one that stays")
                    .work(work.scanning(both.old, change))
            }
            Some(pattern) => {
                let step = Step::new(Kind::RewriteItems, place, title).why(format!(
                    "`{pattern}` names the shard of an item; where the code calculates it from the number of shards, it now looks in another than the one in which the item lies"
                ));
                let work = change.work(both.new, effort(change, pair, &one, Decimal::ONE));
                let mut step = rewritten(step, &one, "whose shard is now another", "of the new shard")
                    .work(work.scanning(both.old, change));
                if after > before {
                    step.steps.push(
                        "where the shard is kept with the item's id instead, nothing has to be written".to_owned(),
                    );
                }
                step
            }
        };
        steps.push(step);
    }
}

/// How items get to another shard.
fn rewritten(step: Step, one: &Resharded<'_, '_>, which: &str, to: &str) -> Step {
    let after = one.shards[1];
    let is_keyed = one.paths.iter().any(|path| path.is_table());
    let write = match is_keyed {
        true => format!(
            "put the items {which} under the key {to}, with a condition that never overwrites what is newer, and delete the old ones"
        ),
        false => {
            format!("set `{}` of the items {which} to that {to}, with a condition that they still exist", one.name)
        }
    };
    step.steps([
        format!("let writers use the {after} shards, while readers still look where items lay before"),
        write,
        format!("let readers use the {after} shards alone when no item is left elsewhere"),
    ])
}

/// The sharding attributes of an entity that have another number of shards under the same templates.
fn found<'a, 'n>(change: &'a Change<'_, '_, 'n>, pair: &'a Pair<'_, '_, 'n>) -> Vec<Resharded<'a, 'n>> {
    let mut all: BTreeMap<&str, Resharded<'a, 'n>> = BTreeMap::new();
    let Some(table) = pair.new.table else { return Vec::new() };
    for (_, path) in change.new.design.paths_of(table) {
        let was_there = change
            .old
            .design
            .paths
            .iter()
            .any(|old| old.table_name == path.table_name && tables::index_name(old) == tables::index_name(path));
        for key in path.partition.iter().filter(|_| was_there) {
            let (Some(before), Some(after)) = (pair.old.fills.get(*key), pair.new.fills.get(*key)) else { continue };
            if !pair.is_same(before, after) {
                continue;
            }
            for (old, new) in before.template.attributes().zip(after.template.attributes()) {
                let shards = |entity: &EntityDesign<'_>, name: &str| entity.attribute(name)?.shards;
                let (Some(before), Some(after)) = (shards(pair.old, old), shards(pair.new, new)) else { continue };
                if before == after {
                    continue;
                }
                let Some((name, _)) = pair.new.entity.attributes.get_key_value(new) else { continue };
                let one = Resharded { name, shards: [before, after], paths: Vec::new() };
                all.entry(name).or_insert(one).paths.push(path);
            }
        }
    }
    all.into_values().collect()
}

/// A pattern that knows in which shard an item is, rather than asking them all. A query of a key that
/// is nothing but the shard goes through the shards one by one, and knows of no item.
fn knows_shard<'m>(design: &Design<'m>, entity: &EntityDesign<'m>, one: &Resharded<'_, '_>) -> Option<&'m str> {
    let fills = one.paths.iter().flat_map(|path| &path.partition).filter_map(|key| entity.fills.get(*key));
    let is_alone = fills.flat_map(|fill| fill.template.attributes()).all(|name| name == one.name);
    let knows = |request: &Request<'m>| {
        let condition = request.conditions.get(one.name);
        condition.is_some_and(|it| it.operator == Operator::Equals && it.value.is_none())
            && request.entities.contains(&entity.id)
            && (is_item_operation(request.operation) || !is_alone)
    };
    design.patterns.iter().find(|pattern| pattern.requests.iter().any(knows)).map(|pattern| pattern.name)
}

/// Writing a share of an entity's items to other shards: each is put and deleted, or updated, and its
/// entries in the indexes that the shard spreads are deleted and inserted.
fn effort(
    change: &Change<'_, '_, '_>,
    pair: &Pair<'_, '_, '_>,
    one: &Resharded<'_, '_>,
    share: Decimal,
) -> Option<Effort> {
    let entity = pair.new;
    let item = work::entries(change.new, entity, None)?;
    let is_keyed = one.paths.iter().any(|path| path.is_table());
    let mut units = item.units;
    if is_keyed {
        units = units.saturating_add(change.deleted(pair.old)?.units);
    }
    for (_, path) in change.new.design.paths_of(entity.table?).filter(|(_, path)| !path.is_table()) {
        let is_spread = one.paths.iter().any(|spread| spread.id == path.id);
        if change.new.design.is_in(entity, path) && (is_keyed || is_spread) {
            let entries = work::entries(change.new, entity, Some(path.name))?.units;
            // With the item, its old entry is deleted already.
            units = units.saturating_add(if is_keyed { entries } else { entries.saturating_mul(Decimal::TWO) });
        }
    }
    Some(Effort { items: item.items.saturating_mul(share), units: units.saturating_mul(share) })
}

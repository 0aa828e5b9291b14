//! How many items there are, where the model does not say it.

use rust_decimal::Decimal;

use super::super::order::parents;
use super::PER_VALUE;
use crate::design::{Design, EntityDesign};
use crate::model::{Children, Model};
use crate::units::Count;

/// Items of an entity whose number nobody knows.
const ITEMS: u64 = 100;

/// How many children a parent has, where neither says it.
pub(super) fn relations(model: &mut Model) -> Vec<String> {
    let design = Design::new(model);
    let unknown: Vec<(String, String, Decimal)> = design
        .entities
        .iter()
        .filter(|entity| entity.items.is_none() && entity.parents.iter().all(|(_, average, _)| average.is_none()))
        .filter_map(|entity| {
            let parent = parents(&design, entity).next()?;
            let parent = design.entity(parent)?;
            let usual = if entity.identity.iter().all(|name| parent.knows(name)) { 1 } else { PER_VALUE };
            Some((entity.name.to_owned(), parent.name.to_owned(), Decimal::from(usual)))
        })
        .collect();
    let mut said = Vec::new();
    for (name, parent, usual) in unknown {
        let Some(entity) = model.entities.get_mut(&name) else { continue };
        let max = entity.belongs_to.0.get(&parent).and_then(|children| children.as_ref()?.max);
        let average = max.map_or(usual, |max| max.0.min(usual));
        said.push(format!("`{name}` has {} items for each `{parent}`", Count(average)));
        entity.belongs_to.0.insert(parent, Some(Children { average: Some(Count(average)), max }));
    }
    said
}

/// How many items there are, where nothing says it.
pub(super) fn counts(model: &mut Model) -> Vec<String> {
    let mut said = Vec::new();
    loop {
        let design = Design::new(model);
        let unknown: Vec<&EntityDesign<'_>> = design.entities.iter().filter(|entity| entity.items.is_none()).collect();
        // A child's number may follow from that of a parent which has none yet.
        let waits = |entity: &EntityDesign<'_>| {
            let mut parents = parents(&design, entity).filter_map(|id| design.entity(id));
            parents.any(|parent| parent.items.is_none())
        };
        let (waiting, ready): (Vec<_>, Vec<_>) = unknown.into_iter().partition(|entity| waits(entity));
        let found = if ready.is_empty() { waiting } else { ready };
        if found.is_empty() {
            return said;
        }
        let found: Vec<(String, Count)> = found.into_iter().map(|e| (e.name.to_owned(), usual_items(e))).collect();
        for (name, items) in found {
            said.push(format!("the number of items of `{name}` is {items}"));
            if let Some(entity) = model.entities.get_mut(&name) {
                entity.items = Some(items);
            }
        }
    }
}

/// As many items as there are different keys, where these are few.
fn usual_items(entity: &EntityDesign<'_>) -> Count {
    let keys = entity
        .identity
        .iter()
        .try_fold(Decimal::ONE, |keys, name| Some(keys.saturating_mul(*entity.distinct.get(name.as_str())?)));
    Count(keys.unwrap_or(Decimal::MAX).min(Decimal::from(ITEMS)))
}

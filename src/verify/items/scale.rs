//! A model scaled down: as many items as asked for, and every collection as large as in the model where
//! that many items bear it.

use rust_decimal::Decimal;

use super::order::{parents, parents_first};
use super::recipe::{whole, window};
use super::statistics;
use super::{ItemsError, MOST_ITEMS, Note, NoteKind, assume};
use crate::design::{Design, EntityDesign, Part};
use crate::model::{Children, Model};
use crate::units::{Count, Duration, Period};

/// A model whose numbers are those of a number of items that a machine bears.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaled {
    /// The model. The planner and the load say of it what a run over its items should show.
    pub model: Model,
    /// What was scaled, capped and assumed.
    pub notes: Vec<Note>,
}

/// Items of an entity without parents that are kept at least, where there are as many and their children
/// leave room for them.
const FEWEST: u64 = 3;

/// A collection that is larger than this part of all items is not a reason to keep more of them.
const LARGEST_PART: u64 = 20;

/// Steps of the share by which entities without parents are scaled.
const STEPS: u64 = 1 << 40;

/// Scales a model to about so many items in all.
///
/// Entities without parents shrink by one factor; children stay as many for each parent as they are.
/// Where even a few parents have more children than all items together, the children of one parent are
/// capped, at the same number everywhere.
///
/// # Errors
/// When no entity has a table, or the number of items is beyond [`MOST_ITEMS`] or below one for each
/// entity.
pub fn scale(model: &Model, items: u64) -> Result<Scaled, ItemsError> {
    if items > MOST_ITEMS {
        return Err(ItemsError::TooMany(items));
    }
    let mut complete = Model { budget: None, ..model.clone() };
    let mut notes = assume::complete(&mut complete);
    let design = Design::new(&complete);
    let tables = design.entities.iter().filter(|entity| entity.table.is_some()).count();
    if tables == 0 {
        return Err(ItemsError::NoEntities);
    }
    if items < tables as u64 {
        return Err(ItemsError::TooFew(items, tables));
    }
    let scale = Scale::new(&design, items);
    let counts = scale.fitting(items);
    let mut scaled = complete.clone();
    let changes = design.entities.iter().zip(&counts).zip(&mut scaled.entities);
    for ((entity, count), (_, written)) in changes {
        notes.extend(note(&design, entity, &counts));
        if let Some(why) = left_out(&design, entity) {
            notes.push(Note { kind: NoteKind::LeftOut, message: format!("no items of `{}`: {why}", entity.name) });
        }
        let factor = window_factor(&design, entity, &counts);
        written.retention =
            Some(Duration { count: window(entity).seconds().saturating_mul(factor), period: Period::Second });
        written.growth = None;
        written.items = Some(Count(Decimal::from(*count)));
        for (parent, children) in &mut written.belongs_to.0 {
            let parent = design.entities.iter().find(|e| e.name == parent.as_str());
            let Some(parents) = parent.and_then(|parent| counts.get(parent.id.0)) else { continue };
            let average = Decimal::from(*count).checked_div(Decimal::from(*parents)).unwrap_or_default();
            let max = children
                .as_ref()
                .and_then(|c| c.max)
                .map(|max| Count(max.0.clamp(average, Decimal::from(*count).max(average))));
            *children = Some(Children { average: Some(Count(average)), max });
        }
    }
    statistics::follow(&design, &counts, &mut scaled);
    notes.extend(assume::complete_distinct(&mut scaled));
    notes.sort_by_key(|note| note.kind);
    Ok(Scaled { model: scaled, notes })
}

/// What the numbers of items follow from, for each entity in the model's order.
struct Scale {
    order: Vec<usize>,
    entities: Vec<Numbers>,
}

#[derive(Debug, Clone)]
struct Numbers {
    items: Decimal,
    /// The first parent, and the children of each.
    parent: Option<(usize, Decimal)>,
    /// The other parents, where pairs of parents are all that tells items apart.
    pairs: Vec<usize>,
    /// The largest collection that should stay whole.
    collection: u64,
    is_stored: bool,
}

impl Scale {
    fn new(design: &Design<'_>, target: u64) -> Self {
        let numbers = |entity: &EntityDesign<'_>| {
            let items = entity.items.unwrap_or(Decimal::ONE).max(Decimal::ONE);
            let parent = parents(design, entity).next().and_then(|id| {
                let count = design.entity(id)?.items?;
                Some((id.0, items.checked_div(count)?))
            });
            let collection = collection(design, entity, Decimal::from(target / LARGEST_PART));
            Numbers { items, parent, pairs: pairs(design, entity), collection, is_stored: entity.table.is_some() }
        };
        let order = parents_first(design).into_iter().map(|id| id.0).collect();
        Self { order, entities: design.entities.iter().map(numbers).collect() }
    }

    /// The numbers of items that come nearest to a target without passing it.
    fn fitting(&self, target: u64) -> Vec<u64> {
        let fits = |counts: &[u64]| self.total(counts) <= target;
        for fewest in (1..=FEWEST).rev() {
            let counts = |share| self.counts(share, fewest, u64::MAX);
            if fits(&counts(0)) {
                return counts(last(STEPS, |share| fits(&counts(share))));
            }
        }
        let counts = |cap| self.counts(0, FEWEST, cap);
        counts(last(target, |cap| fits(&counts(cap))).max(1))
    }

    fn total(&self, counts: &[u64]) -> u64 {
        let stored = self.entities.iter().zip(counts).filter(|(entity, _)| entity.is_stored);
        stored.map(|(_, count)| *count).fold(0, u64::saturating_add)
    }

    /// The numbers of items at a share of the entities without parents, in [`STEPS`], of which `fewest`
    /// are kept, when no collection is larger than `cap`.
    fn counts(&self, share: u64, fewest: u64, cap: u64) -> Vec<u64> {
        let mut counts = vec![1; self.entities.len()];
        let share = Decimal::from(share).checked_div(Decimal::from(STEPS)).unwrap_or(Decimal::ONE);
        for index in &self.order {
            let Some(entity) = self.entities.get(*index) else { continue };
            let all = whole(entity.items);
            let count = match entity.parent {
                Some((parent, each)) => {
                    let of = |index: usize| counts.get(index).copied().unwrap_or(1);
                    let pairs = entity.pairs.iter().map(|pair| of(*pair)).reduce(u64::saturating_mul);
                    let most = Decimal::from(cap.min(pairs.unwrap_or(u64::MAX)));
                    whole(each.min(most).saturating_mul(Decimal::from(of(parent))))
                }
                None => {
                    let kept = entity.collection.min(cap).max(fewest);
                    whole(entity.items.saturating_mul(share)).max(kept)
                }
            };
            if let Some(place) = counts.get_mut(*index) {
                *place = count.clamp(1, all.max(1));
            }
        }
        counts
    }
}

/// The last number up to `most` of which something holds that holds of all smaller ones.
fn last(most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// The parents beside the first of an entity whose items are told apart by their parents alone.
fn pairs(design: &Design<'_>, entity: &EntityDesign<'_>) -> Vec<usize> {
    let all: Vec<_> = parents(design, entity).filter_map(|id| design.entity(id)).collect();
    match entity.identity.iter().all(|name| all.iter().any(|parent| parent.knows(name))) {
        true => all.iter().skip(1).map(|parent| parent.id.0).collect(),
        false => Vec::new(),
    }
}

/// Items of one partition key value of the table or an index, the most that are not above a bound.
fn collection(design: &Design<'_>, entity: &EntityDesign<'_>, most: Decimal) -> u64 {
    let paths = design.paths.iter().filter(|path| design.is_in(entity, path));
    let sizes = paths.filter_map(|path| {
        let fills = path.partition.iter().filter_map(|key| entity.fills.get(key));
        let names: Vec<&str> = fills.flat_map(|fill| fill.template.attributes()).collect();
        entity.items?.checked_div(design.groups(entity, &names)?)
    });
    whole(sizes.filter(|size| *size <= most).max().unwrap_or_default().ceil())
}

/// By how much the time shrinks that an entity's items come from: as much as the items of one parent, so
/// that as many of them fall in an hour as before. Without a parent, time is a reason to shrink it only
/// where a key cuts it to buckets.
fn window_factor(design: &Design<'_>, entity: &EntityDesign<'_>, counts: &[u64]) -> Decimal {
    let ratio = |of: &EntityDesign<'_>| {
        let count = counts.get(of.id.0).copied().unwrap_or(1);
        of.items.and_then(|items| Decimal::from(count).checked_div(items)).unwrap_or(Decimal::ONE)
    };
    let factor = match parents(design, entity).next().and_then(|id| design.entity(id)) {
        Some(parent) => ratio(entity).checked_div(ratio(parent)).unwrap_or(Decimal::ONE),
        None if has_buckets(design, entity) => ratio(entity),
        None => Decimal::ONE,
    };
    factor.min(Decimal::ONE)
}

fn has_buckets(design: &Design<'_>, entity: &EntityDesign<'_>) -> bool {
    design.paths.iter().filter(|path| design.is_in(entity, path)).any(|path| {
        let parts = path.partition.iter().filter_map(|key| entity.fills.get(key)).flat_map(|f| f.template.parts.iter());
        parts.into_iter().any(|part| matches!(part, Part::Attribute { cut: Some(_), .. }))
    })
}

/// Why an entity has no items in a table.
fn left_out(design: &Design<'_>, entity: &EntityDesign<'_>) -> Option<&'static str> {
    let Some(base) = entity.table.and_then(|table| design.base_path(table)) else {
        return Some("the model does not say which table they are in");
    };
    let is_filled = base.keys().all(|key| entity.fills.contains_key(key));
    (!is_filled).then_some("they have no value for a key attribute of their table")
}

/// What became of an entity's number of items.
fn note(design: &Design<'_>, entity: &EntityDesign<'_>, counts: &[u64]) -> Option<Note> {
    let (count, items) = (counts.get(entity.id.0).copied()?, entity.items?);
    if whole(items) == count {
        return None;
    }
    let scaled = format!("{count} of {} items of `{}`", Count(items.round()), entity.name);
    let parent = parents(design, entity).next().and_then(|id| design.entity(id));
    if let Some(parent) = parent
        && let Some(before) = parent.items.and_then(|parents| items.checked_div(parents))
        && let Some(after) = counts.get(parent.id.0).and_then(|n| Decimal::from(count).checked_div(Decimal::from(*n)))
    {
        let is_capped = before.saturating_sub(after) > Decimal::ONE;
        let each = format!("{} for each `{}`", Count(after.round_dp(2)), parent.name);
        return Some(match is_capped {
            true => Note {
                kind: NoteKind::Capped,
                message: format!(
                    "{scaled}: {each} instead of {}; what reads all of them finds fewer",
                    Count(before.round_dp(2))
                ),
            },
            false => Note { kind: NoteKind::Scaled, message: format!("{scaled}: {each}") },
        });
    }
    Some(Note { kind: NoteKind::Scaled, message: scaled })
}

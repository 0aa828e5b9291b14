//! How the items of one entity are made: where the value of each attribute comes from.

use crate::IndexMap;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::clock::{self, Window};
use super::format::Format;
use super::pool::{IsShared, Owners, Pool};
use super::random::Random;
use super::source::{Position, Source};
use super::spread;
use crate::design::{AccessPath, Design, EntityDesign, EntityId, Part};
use crate::model::{Attribute, AttributeType};
use crate::units::Share;

/// How the items of one entity are made.
#[derive(Debug)]
pub(super) struct Recipe<'m> {
    /// How many items there are.
    pub(super) count: u64,
    /// The parents whose items each item has one of.
    pub(super) parents: Vec<EntityId>,
    /// How many groups the items are dealt to.
    pub(super) groups: u64,
    /// The place of each item by age.
    ages: Vec<u64>,
    /// The attributes, with the key parts that the model does not list.
    pub(super) ingredients: IndexMap<&'m str, Ingredient>,
}

/// How the values of one attribute are made.
#[derive(Debug, Clone)]
pub(super) struct Ingredient {
    pub(super) source: Source,
    pub(super) format: Format,
    pub(super) pool: Pool,
    /// Of which items have it: those with a place below a number.
    presence: Option<(Vec<u64>, u64)>,
    /// Milliseconds that its times are later than those of the items.
    pub(super) later: u64,
    /// Whether an item holds it under its own name.
    pub(super) is_stored: bool,
}

impl Ingredient {
    /// Whether an item has it.
    pub(super) fn is_present(&self, at: &Position) -> bool {
        self.presence.as_ref().is_none_or(|(ranks, until)| {
            let rank = usize::try_from(at.item).ok().and_then(|item| ranks.get(item));
            rank.is_none_or(|rank| rank < until)
        })
    }
}

impl<'m> Recipe<'m> {
    /// Where an item stands.
    pub(super) fn position(&self, item: u64) -> Position {
        let position = Position::new(item, self.groups, self.count);
        let age = usize::try_from(item).ok().and_then(|item| self.ages.get(item).copied());
        Position { age: age.unwrap_or(item), ..position }
    }

    /// The recipe of an entity whose parents have theirs; nothing where it has no table or no items.
    pub(super) fn new(
        design: &Design<'m>,
        entity: &EntityDesign<'m>,
        parents: &[(EntityId, &Self)],
        (random, owners): (Random, &Owners),
    ) -> Option<Self> {
        let count = whole(entity.items?).max(1);
        let base = design.base_path(entity.table?)?;
        if !base.keys().all(|key| entity.fills.contains_key(key)) {
            return None;
        }
        let mut writer = Writer { design, entity, parents, random, owners, count, fresh: false };
        let fresh = writer.own_identity().any(|name| writer.limit(name).is_none());
        writer.fresh = fresh;
        let (leaders, groups) = match parents.first() {
            Some((_, parent)) => (Vec::new(), parent.count),
            None => writer.leaders(base),
        };
        let largest = count.div_ceil(groups.max(1));
        let mut places = 1_u64;
        let mut ingredients = IndexMap::default();
        for (which, name) in names(entity).into_iter().enumerate() {
            let leader = leaders.iter().find(|(known, _)| *known == name).map(|(_, source)| source.clone());
            let source = leader.unwrap_or_else(|| writer.source(name, which, &mut places));
            ingredients.insert(name, writer.ingredient(name, which, source, largest));
        }
        let recipe =
            Self { count, parents: parents.iter().map(|(id, _)| *id).collect(), groups, ages: Vec::new(), ingredients };
        let by_age = (0..count).map(|item| {
            let (part, parts) = recipe.position(item).time();
            ((u128::from(part) << 40) / u128::from(parts.max(1)), item)
        });
        let ages = spread::ranks(by_age, count);
        Some(Self { ages, ..recipe })
    }
}

/// A number of things, rounded to a whole one.
pub(in crate::verify) fn whole(count: Decimal) -> u64 {
    count.round().to_u64().unwrap_or(u64::MAX)
}

/// The attributes of an entity, with those that only its keys name.
fn names<'m>(entity: &EntityDesign<'m>) -> Vec<&'m str> {
    let mut names: Vec<&'m str> = entity.entity.attributes.keys().map(String::as_str).collect();
    for (key, fill) in &entity.fills {
        if !fill.declared && !names.contains(key) {
            names.push(key);
        }
    }
    names
}

/// What a recipe is written from.
struct Writer<'w, 'm> {
    design: &'w Design<'m>,
    entity: &'w EntityDesign<'m>,
    parents: &'w [(EntityId, &'w Recipe<'m>)],
    random: Random,
    owners: &'w Owners,
    count: u64,
    /// Whether some part of the primary key is the item's own.
    fresh: bool,
}

impl<'m> Writer<'_, 'm> {
    fn attribute(&self, name: &str) -> Attribute {
        self.entity.attribute(name).cloned().unwrap_or_default()
    }

    fn is_listed(&self, name: &str) -> bool {
        self.entity.attribute(name).is_some_and(|attribute| attribute.values.is_some())
    }

    fn is_identity(&self, name: &str) -> bool {
        self.entity.identity.iter().any(|known| known == name)
    }

    /// The parts of the primary key that no parent has.
    fn own_identity(&self) -> impl Iterator<Item = &str> {
        self.entity.identity.iter().map(String::as_str).filter(|name| self.parent_of(name).is_none())
    }

    /// How many different values an attribute has, where these are fewer than the items.
    fn limit(&self, name: &str) -> Option<u64> {
        let attribute = self.entity.attribute(name);
        let listed = attribute.and_then(|a| a.values.as_ref()).map(|values| values.0.len() as u64);
        let distinct = || self.entity.distinct.get(name).map(|d| whole(*d)).filter(|d| *d < self.count);
        listed.or_else(distinct)
    }

    /// The parts of the partition key whose values groups of items have, and how many groups there are.
    fn leaders(&self, base: &AccessPath<'m>) -> (Vec<(&str, Source)>, u64) {
        let fills = base.partition.iter().filter_map(|key| self.entity.fills.get(key));
        let partition: Vec<&str> = fills.flat_map(|fill| fill.template.attributes()).collect();
        let mut leaders = Vec::new();
        let mut groups = 1_u64;
        for name in self.own_identity().filter(|name| partition.contains(name)) {
            // Listed values have shares of their own, which groups of one size cannot have.
            let Some(of) = self.limit(name).filter(|_| !self.fresh || !self.is_listed(name)) else { continue };
            leaders.push((name, Source::Group { every: groups, of }));
            groups = groups.saturating_mul(of).min(self.count);
        }
        (leaders, groups)
    }

    /// The parent that has an attribute's value: the same name in related entities means the same values.
    fn parent_of(&self, name: &str) -> Option<usize> {
        let attribute = self.entity.attribute(name);
        let is_own = attribute.is_some_and(|a| a.shards.is_some() || a.unique == Some(true));
        let is_listed = attribute.is_some_and(|a| a.values.is_some() || a.kind == AttributeType::Boolean);
        let says = attribute.is_some_and(|a| a.distinct.is_some());
        self.parents.iter().position(|(id, recipe)| {
            let Some(parent) = self.design.entity(*id) else { return false };
            let identifies = parent.identity.iter().any(|known| known == name);
            // What is listed is the parent's where it tells the parents apart, with the same shares.
            let is_same = || are_shared_alike(attribute, parent.attribute(name));
            recipe.ingredients.contains_key(name)
                && !is_own
                && match is_listed {
                    true => identifies && is_same(),
                    false => identifies || (!says && parent.distinct.contains_key(name)),
                }
        })
    }

    fn source(&self, name: &str, which: usize, places: &mut u64) -> Source {
        if let Some(parent) = self.parent_of(name) {
            return Source::Parent(parent);
        }
        let kind = self.entity.kind_of(name);
        let ranks = || spread::order(self.random, &format!("{name}@{}", self.entity.name), 2 * which, self.count);
        if let Some(of) = self.limit(name) {
            if self.is_identity(name) && !self.fresh {
                let every = *places;
                *places = places.saturating_mul(of);
                return Source::Place { every, of };
            }
            return match self.until(name) {
                Some(until) => Source::Listed { ranks: ranks(), until },
                None => Source::Dealt { ranks: ranks(), of, among: self.count },
            };
        }
        match kind {
            AttributeType::Timestamp | AttributeType::Date | AttributeType::Epoch | AttributeType::EpochMs => {
                Source::Time
            }
            _ if Format::of(&self.attribute(name)).capacity() < self.count => Source::Within,
            _ => Source::Age,
        }
    }

    /// The number of items up to each of the listed values; equally many of each where no shares are given.
    fn until(&self, name: &str) -> Option<Vec<u64>> {
        let values = self.entity.attribute(name)?.values.as_ref()?;
        let known = values.0.values().map(|share| share.map(|share| share.0));
        let even = Decimal::ONE.checked_div(Decimal::from(values.0.len())).unwrap_or(Decimal::ONE);
        let shares: Vec<Decimal> = known.collect::<Option<_>>().unwrap_or_else(|| vec![even; values.0.len()]);
        let total = shares.iter().copied().fold(Decimal::ZERO, Decimal::saturating_add);
        let mut sum = Decimal::ZERO;
        let until = shares.iter().map(|share| {
            sum = sum.saturating_add(*share);
            whole(sum.saturating_mul(Decimal::from(self.count)).checked_div(total).unwrap_or_default())
        });
        // The last value takes what rounding leaves.
        Some(until.take(values.0.len().saturating_sub(1)).collect())
    }

    fn ingredient(&self, name: &str, which: usize, source: Source, largest: u64) -> Ingredient {
        let attribute = self.attribute(name);
        let presence = self.presence(name, &attribute, which);
        let table = self.entity.table.and_then(|table| self.design.table(table));
        let is_expiry = table.is_some_and(|table| table.table.time_to_live.as_deref() == Some(name));
        let is_filled = self.entity.fills.get(name).is_some_and(|fill| fill.declared);
        let later = if is_expiry { clock::UNTIL_EXPIRY } else { 0 };
        let is_stored = !is_filled && (attribute.stored != Some(false) || self.is_natural_key(name));
        if let Source::Parent(parent) = source
            && let Some(theirs) = self.parents.get(parent).and_then(|(_, recipe)| recipe.ingredients.get(name))
        {
            return Ingredient { source, presence, is_stored, ..theirs.clone() };
        }
        let source = among_present(source, presence.as_ref());
        let unit = clock::unit(attribute.kind);
        let window = window(self.entity);
        let (values, window) = match &source {
            Source::Group { of, .. } | Source::Place { of, .. } | Source::Dealt { of, .. } => {
                (*of, window.holding(*of, unit))
            }
            Source::Time if self.is_identity(name) => {
                (self.count, window.holding(largest, self.cut_unit(name).unwrap_or(unit)))
            }
            _ => (self.count, window),
        };
        let is_shared = match source {
            Source::Group { .. } | Source::Place { .. } | Source::Dealt { .. } => IsShared::Anyway,
            _ => IsShared::AsAnId,
        };
        let pool_name = self.owners.pool(self.design, self.entity, name, is_shared);
        let pool = Pool { name: pool_name, count: values, window };
        Ingredient { source, format: Format::of(&attribute), pool, presence, later, is_stored }
    }

    fn is_natural_key(&self, name: &str) -> bool {
        self.entity.fills.get(name).is_some_and(|fill| !fill.declared)
    }

    fn presence(&self, name: &str, attribute: &Attribute, which: usize) -> Option<(Vec<u64>, u64)> {
        if !attribute.may_be_absent() || self.is_identity(name) {
            return None;
        }
        let share = attribute.present.map_or(super::assume::PRESENT, |share| share.0);
        let until = whole(share.saturating_mul(Decimal::from(self.count)));
        let (which, name) = self.set_together(name).unwrap_or((which, name));
        let name = format!("present:{name}@{}", self.entity.name);
        Some((spread::order(self.random, &name, 2 * which + 1, self.count), until))
    }

    /// The first of the attributes that are set together with one, and its place: those that the key of
    /// an index needs together, and what these are set together with elsewhere. Where one of them is
    /// rarer, the items that have it are some of those that have the others.
    fn set_together(&self, name: &str) -> Option<(usize, &'m str)> {
        let paths = self.entity.table.into_iter().flat_map(|table| self.design.paths_of(table));
        let needed: Vec<Vec<&str>> = paths
            .filter(|(_, path)| !path.is_table() && self.design.is_in(self.entity, path))
            .map(|(_, path)| {
                let fills = path.keys().filter_map(|key| self.entity.fills.get(key));
                let names = fills.flat_map(|fill| {
                    fill.template
                        .attributes()
                        .chain(fill.when.into_iter().flat_map(|when| when.keys().map(String::as_str)))
                });
                names.filter(|name| self.attribute(name).may_be_absent()).collect()
            })
            .collect();
        let mut all = vec![name];
        let mut seen = 0;
        while let Some(name) = all.get(seen).copied() {
            seen += 1;
            for other in needed.iter().filter(|needed| needed.contains(&name)).flatten() {
                if !all.contains(other) {
                    all.push(other);
                }
            }
        }
        names(self.entity).into_iter().enumerate().find(|(_, name)| all.contains(name))
    }

    /// Milliseconds of the bucket that the primary key cuts a time to, where it never has all of it.
    fn cut_unit(&self, name: &str) -> Option<u64> {
        let base = self.design.base_path(self.entity.table?)?;
        let parts =
            base.keys().filter_map(|key| self.entity.fills.get(key)).flat_map(|fill| fill.template.parts.iter());
        let cuts = parts.filter_map(|part| match part {
            Part::Attribute { name: known, cut } if **known == *name => Some(*cut),
            _ => None,
        });
        let shortest = cuts.collect::<Option<Vec<_>>>()?.into_iter().map(|cut| cut.seconds()).min()?;
        // A month or a year may be some days longer than the usual one.
        let seconds = if shortest > 86_400 { shortest.saturating_add(2 * 86_400) } else { shortest };
        Some(u64::from(seconds).saturating_mul(1_000))
    }
}

/// Whether two attributes list the same values, each with about as many of the items.
fn are_shared_alike(one: Option<&Attribute>, other: Option<&Attribute>) -> bool {
    /// Shares of few items are rounded to whole ones.
    const ROUNDED: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
    let (Some(one), Some(other)) = (one, other) else { return false };
    let is_near = |a: Option<Share>, b: Option<Share>| match (a, b) {
        (Some(a), Some(b)) => a.0.saturating_sub(b.0).abs() <= ROUNDED,
        (a, b) => a == b,
    };
    match (&one.values, &other.values) {
        (Some(one), Some(other)) => {
            one.0.len() == other.0.len()
                && one.0.iter().all(|(value, share)| other.0.get(value).is_some_and(|same| is_near(*share, *same)))
        }
        (None, None) => one.kind == other.kind,
        _ => false,
    }
}

/// Deals values to the items that have the attribute alone.
fn among_present(source: Source, presence: Option<&(Vec<u64>, u64)>) -> Source {
    let (Source::Dealt { ranks, of, .. }, Some((places, until))) = (&source, presence) else { return source };
    let present = ranks.iter().zip(places).zip(0_u64..).filter(|((_, place), _)| *place < until);
    let ranks = spread::ranks(present.map(|((rank, _), item)| (*rank, item)), ranks.len() as u64);
    Source::Dealt { ranks, of: *of, among: *until }
}

/// The time that an entity's items come from: as long as they are kept, else as long as it takes for so
/// many to come.
pub(super) fn window(entity: &EntityDesign<'_>) -> Window {
    let seconds = entity.entity.retention.map(|retention| retention.seconds()).or_else(|| {
        let rate = entity.entity.growth?.per_second();
        entity.items?.checked_div(rate)
    });
    let milliseconds = seconds.and_then(|seconds| seconds.saturating_mul(Decimal::from(1_000)).to_u64());
    Window::of(milliseconds.unwrap_or(clock::USUAL_WINDOW))
}

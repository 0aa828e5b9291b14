//! Items of a design: the same ones for the same model and seed.

use rust_decimal::Decimal;

use super::collision::Keys;
use super::dataset::{Dataset, Generated};
use super::format::{Format, Pick, text};
use super::key::key_value;
use super::mates::Mates;
use super::order::{parents, parents_first};
use super::pool::{Owners, Pools};
use super::random::Random;
use super::recipe::{Ingredient, Recipe, whole};
use super::source::{Position, Source};
use super::value::{AttributeValue, Attributes};
use super::{ItemsError, MOST_BYTES, MOST_ITEMS};
use crate::design::{Design, EntityDesign, EntityId};
use crate::load::{Shape, Shapes, State};
use crate::model::AttributeType;
use crate::units::Bytes;

/// The name of an attribute that fills an item up to the size that the model says it has.
const FILLER: &str = "_";

/// Items of a design.
#[derive(Debug)]
pub struct Generator<'d, 'm> {
    design: &'d Design<'m>,
    random: Random,
    recipes: Vec<Option<Recipe<'m>>>,
    /// Bytes of the filler of each entity's items.
    fillers: Vec<usize>,
    dataset: Dataset,
}

impl<'d, 'm> Generator<'d, 'm> {
    /// Makes the items of a design whose numbers are small enough, as [`super::scale()`] makes them.
    ///
    /// # Errors
    /// When there would be more than [`MOST_ITEMS`] or [`MOST_BYTES`], or none at all.
    pub fn new(design: &'d Design<'m>, seed: u64) -> Result<Self, ItemsError> {
        let shapes = Shapes::new(design);
        within_bounds(design, &shapes)?;
        let random = Random::new(seed);
        let order = parents_first(design);
        let recipes = recipes(design, &order, random);
        if recipes.iter().all(Option::is_none) {
            return Err(ItemsError::NoEntities);
        }
        let fillers = design.entities.iter().map(|entity| filler(entity, shapes.of(entity.id))).collect();
        let mut generator = Self { design, random, recipes, fillers, dataset: Dataset::default() };
        let made = generator.all(&order);
        generator.dataset = generator.keep(made);
        Ok(generator)
    }

    /// The items.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// An item of an entity that is not among the items and whose key none of them has: the values are
    /// those of an existing item, and what is each item's own is new. `n` tells fresh items apart; the
    /// same `n` gives the same item.
    ///
    /// Nothing where the entity has no items, or its keys have no part that can be new.
    pub fn fresh(&self, entity: EntityId, n: u64) -> Option<Generated> {
        let (design, recipe) = (self.design.entity(entity)?, self.recipes.get(entity.0)?.as_ref()?);
        let existing = self.dataset.of(entity);
        let like = n.checked_rem(existing.len() as u64)?;
        let mut values = existing.get(usize::try_from(like).ok()?)?.values.clone();
        let position = recipe.position(like);
        let place = position.of.saturating_add(1).saturating_add(n);
        let new =
            Position { item: recipe.count.saturating_add(n), place, age: recipe.count.saturating_add(n), ..position };
        let in_key = |name: &str| design.identity.iter().any(|known| known == name);
        for (name, ingredient) in recipe.ingredients.iter().filter(|(_, ingredient)| ingredient.source.is_fresh()) {
            if let (Some(value), Some(index)) = (values.get_mut(*name), ingredient.source.index(&new)) {
                *value = self.value(ingredient, index, &new);
            }
        }
        let has_own = |(name, ingredient): (&&str, &Ingredient)| in_key(name) && ingredient.source.is_fresh();
        if !recipe.ingredients.iter().any(has_own) {
            // The item belongs to nobody yet: its owner is new.
            let mut inherited = recipe.ingredients.iter().rev().filter(|(name, ingredient)| {
                in_key(name) && matches!(ingredient.source, Source::Parent(_)) && is_id(&ingredient.format)
            });
            let (name, ingredient) = inherited.next()?;
            let index = ingredient.pool.count.saturating_add(n);
            values.insert((*name).to_owned(), self.value(ingredient, index, &new));
        }
        Some(self.item(design, recipe, values))
    }

    /// The item that has some values; nothing where the entity has no items.
    pub fn of_values(&self, entity: EntityId, values: Attributes) -> Option<Generated> {
        let (design, recipe) = (self.design.entity(entity)?, self.recipes.get(entity.0)?.as_ref()?);
        Some(self.item(design, recipe, values))
    }

    /// The items of all entities, parents before children.
    fn all(&self, order: &[EntityId]) -> Vec<Vec<Generated>> {
        let mut made: Vec<Vec<Generated>> = Vec::new();
        made.resize_with(self.design.entities.len(), Vec::new);
        for id in order {
            let (Some(entity), Some(Some(recipe))) = (self.design.entity(*id), self.recipes.get(id.0)) else {
                continue;
            };
            let of = |parent: &EntityId| made.get(parent.0).map(Vec::as_slice).unwrap_or_default();
            let first = recipe.parents.first().map(of).unwrap_or_default();
            let others = recipe.parents.iter().skip(1).map(|parent| {
                let recipe = self.recipes.get(parent.0).and_then(Option::as_ref);
                Mates::new(first.first(), recipe, of(parent))
            });
            let others: Vec<Mates<'_>> = others.collect();
            let items = (0..recipe.count).map(|item| {
                let position = recipe.position(item);
                let parents = parents_of(&position, first, &others);
                self.item(entity, recipe, self.values(recipe, &position, &parents))
            });
            let items: Vec<Generated> = items.collect();
            if let Some(place) = made.get_mut(id.0) {
                *place = items;
            }
        }
        made
    }

    fn values(&self, recipe: &Recipe<'m>, at: &Position, parents: &[Option<&Generated>]) -> Attributes {
        let mut values = Attributes::new();
        for (name, ingredient) in recipe.ingredients.iter().filter(|(_, ingredient)| ingredient.is_present(at)) {
            let value = match (&ingredient.source, ingredient.source.index(at)) {
                (Source::Parent(parent), _) => {
                    parents.get(*parent).copied().flatten().and_then(|parent| parent.values.get(*name).cloned())
                }
                (_, Some(index)) => Some(self.value(ingredient, index, at)),
                (_, None) => None,
            };
            values.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        values
    }

    fn value(&self, ingredient: &Ingredient, index: u64, at: &Position) -> AttributeValue {
        let pool = &ingredient.pool;
        let (part, parts) = match ingredient.source {
            Source::Time => at.time(),
            _ => (index, pool.count),
        };
        let instant = pool.window.at(part, parts).saturating_add(ingredient.later);
        ingredient.format.value(self.random, &pool.name, Pick { index, instant })
    }

    /// The item of some values: what is stored of them, the keys that are made of them, and the filler.
    fn item(&self, entity: &EntityDesign<'m>, recipe: &Recipe<'m>, values: Attributes) -> Generated {
        let mut item = Attributes::new();
        for (name, value) in &values {
            if recipe.ingredients.get(name.as_str()).is_some_and(|ingredient| ingredient.is_stored) {
                item.insert(name.clone(), value.clone());
            }
        }
        for (key, fill) in entity.fills.iter().filter(|(_, fill)| fill.declared) {
            item.extend(key_value(entity, fill, &values).map(|value| ((*key).to_owned(), value)));
        }
        if let Some(size) = self.fillers.get(entity.id.0).and_then(|bytes| bytes.checked_sub(FILLER.len())) {
            let filler = text(size, (0, 0), &mut self.random.at(FILLER, entity.id.0 as u64));
            item.entry(FILLER.to_owned()).or_insert(AttributeValue::S(filler));
        }
        Generated { entity: entity.id, values, item }
    }

    /// The tables with all items but those whose primary key another has.
    fn keep(&self, made: Vec<Vec<Generated>>) -> Dataset {
        let mut dataset = Dataset { places: vec![None; made.len()], ..Dataset::default() };
        let mut made: Vec<Option<Vec<Generated>>> = made.into_iter().map(Some).collect();
        for table in &self.design.tables {
            let Some(base) = table.paths.first().and_then(|path| self.design.path(*path)) else { continue };
            let mut keys = Keys::default();
            let mut kept: Vec<Generated> = Vec::new();
            for id in &table.entities {
                let start = kept.len();
                let items = made.get_mut(id.0).and_then(Option::take).unwrap_or_default();
                kept.extend(items.into_iter().filter(|made| {
                    let key = made.item.iter().filter(|(name, _)| base.keys().any(|key| key == *name));
                    let key: Attributes = key.map(|(name, value)| (name.clone(), value.clone())).collect();
                    keys.take(table.name, *id, &key)
                }));
                if let Some(place) = dataset.places.get_mut(id.0) {
                    *place = Some((table.name.to_owned(), start..kept.len()));
                }
            }
            dataset.collisions.extend(keys.collisions());
            dataset.tables.insert(table.name.to_owned(), kept);
        }
        dataset
    }
}

/// The items of the parents that an item belongs to. The first parent's children are dealt in runs, the
/// others' in turns, so that no two have the same parents.
fn parents_of<'g>(at: &Position, first: &'g [Generated], others: &[Mates<'g>]) -> Vec<Option<&'g Generated>> {
    let first = usize::try_from(at.group).ok().and_then(|group| first.get(group));
    let mut turn = at.item;
    let others = others.iter().map(|mates| {
        let mates = mates.of(first);
        let count = (mates.len() as u64).max(1);
        let index = usize::try_from(turn % count).ok();
        turn /= count;
        index.and_then(|index| mates.get(index).copied())
    });
    std::iter::once(first).chain(others).collect()
}

fn is_id(format: &Format) -> bool {
    use AttributeType as T;
    matches!(format, Format::Kind { kind: T::Uuid | T::Ulid | T::Ksuid | T::String | T::Number | T::Binary, .. })
}

/// Bytes that a value counts at least in the bound of all.
const LEAST_BYTES: u64 = 32;

/// Bytes of a megabyte.
const MB: u64 = 1 << 20;

fn within_bounds(design: &Design<'_>, shapes: &Shapes<'_>) -> Result<(), ItemsError> {
    let (mut items, mut bytes) = (0_u64, 0_u64);
    for entity in design.entities.iter().filter(|entity| entity.table.is_some()) {
        let count = entity.items.map_or(0, whole);
        let size = shapes.of(entity.id).and_then(|shape| shape.item_bytes(&State::default()).ok()).map_or(0, whole);
        // Values that are not stored, or whose size is not known, take memory all the same.
        let values = entity.entity.attributes.values().map(|attribute| attribute.size.map_or(0, |size| size.0));
        let size = size.max(values.map(|size| size.max(LEAST_BYTES)).fold(0, u64::saturating_add));
        items = items.saturating_add(count);
        bytes = bytes.saturating_add(count.saturating_mul(size));
    }
    if items > MOST_ITEMS {
        return Err(ItemsError::TooMany(items));
    }
    if bytes > MOST_BYTES {
        let fewer = u128::from(items) * u128::from(MOST_BYTES) / u128::from(bytes);
        return Err(ItemsError::TooLarge {
            bytes: Bytes(bytes.div_ceil(MB).saturating_mul(MB)),
            fewer: u64::try_from(fewer).unwrap_or(0),
        });
    }
    Ok(())
}

/// Bytes by which an item is larger than its attributes, where the model says how large it is.
fn filler(entity: &EntityDesign<'_>, shape: Option<&Shape<'_>>) -> usize {
    let Some((size, shape)) = entity.entity.size.zip(shape) else { return 0 };
    let (attributes, _) = shape.sum_of_attributes();
    let left = Decimal::from(size.0).saturating_sub(attributes).max(Decimal::ZERO);
    usize::try_from(whole(left)).unwrap_or(0)
}

fn recipes<'m>(design: &Design<'m>, order: &[EntityId], random: Random) -> Vec<Option<Recipe<'m>>> {
    let mut recipes: Vec<Option<Recipe<'m>>> = Vec::new();
    recipes.resize_with(design.entities.len(), || None);
    let mut pools = Pools::default();
    let owners = Owners::new(design);
    for id in order {
        let Some(entity) = design.entity(*id) else { continue };
        let with_items = parents(design, entity).filter_map(|id| Some((id, recipes.get(id.0)?.as_ref()?)));
        let with_items: Vec<(EntityId, &Recipe<'m>)> = with_items.collect();
        let recipe = Recipe::new(design, entity, &with_items, (random, &owners));
        for ingredient in recipe.iter().flat_map(|recipe| recipe.ingredients.values()) {
            pools.note(&ingredient.pool.name, ingredient.pool.count, ingredient.pool.window);
        }
        if let Some(place) = recipes.get_mut(id.0) {
            *place = recipe;
        }
    }
    for ingredient in recipes.iter_mut().flatten().flat_map(|recipe| recipe.ingredients.values_mut()) {
        ingredient.pool = pools.get(&ingredient.pool);
    }
    recipes
}

//! Derived numbers: how many items an entity has, how many different values an attribute, and
//! where given and derived numbers contradict each other.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::{Design, EntityDesign, EntityId, PatternDesign, outcomes, relations};
use crate::model::AttributeType;
use crate::source::ModelPath;
use crate::units::Count;

/// Averages are rounded by the people who write them; numbers that are nearer than this share do
/// not contradict each other.
const TOLERANCE_PERCENT: i64 = 10;

/// Two numbers that cannot both be right.
#[derive(Debug, Clone, PartialEq)]
pub struct Contradiction {
    /// What contradicts what, with the numbers.
    pub message: String,
    /// The number that was written.
    pub place: ModelPath,
    /// The number that it contradicts.
    pub against: Option<(ModelPath, String)>,
}

/// Derives counts and distinct values, parents before children.
pub(super) fn derive(design: &mut Design<'_>) {
    // With a circle nothing can be derived from it; each entity keeps what it was given.
    let in_circle: HashSet<EntityId> = design.cycles.iter().flatten().copied().collect();
    for id in relations::parents_first(design) {
        if !in_circle.contains(&id) {
            items(design, id);
        }
        distinct(design, id, &in_circle);
        contradictions_within(design, id);
    }
    let found: Vec<Contradiction> = outcomes::contradictions(design)
        .into_iter()
        .chain(design.entities.iter().filter_map(|entity| too_few_keys(design, entity)))
        .chain(design.patterns.iter().filter_map(more_returned_than_read))
        .collect();
    design.contradictions.extend(found);
}

fn items(design: &mut Design<'_>, id: EntityId) {
    let Some(entity) = design.entity(id) else { return };
    let mut derived: Option<(Decimal, ModelPath, String)> = None;
    let mut found = Vec::new();
    for (parent, average, most) in &entity.parents {
        let Some(parent) = design.entity(*parent) else { continue };
        let place = entity.place.key("belongs_to").key(parent.name);
        if let (Some(average), Some(most)) = (average, most)
            && average > most
        {
            found.push(Contradiction {
                message: format!(
                    "`{}` has {} per `{}` on average but at most {}",
                    entity.name,
                    Count(*average),
                    parent.name,
                    Count(*most)
                ),
                place: place.key("max"),
                against: None,
            });
        }
        let (Some(average), Some(parents)) = (average, parent.items) else { continue };
        let count = average.saturating_mul(parents);
        let explained = format!("{} `{}` × {} each", Count(parents), parent.name, Count(*average));
        match &derived {
            Some((other, other_place, other_explained)) if !near(*other, count) => found.push(Contradiction {
                message: format!(
                    "`{}` has {} items by one parent ({other_explained}) and {} by another ({explained})",
                    entity.name,
                    Count(*other),
                    Count(count)
                ),
                place: place.clone(),
                against: Some((other_place.clone(), format!("gives {}", Count(*other)))),
            }),
            Some(_) => {}
            None => derived = Some((count, place, explained)),
        }
    }
    if let (Some(given), Some((count, place, explained))) = (entity.items, &derived)
        && !near(given, *count)
    {
        found.push(Contradiction {
            message: format!(
                "`{}` is said to have {} items, but its parents give {} ({explained})",
                entity.name,
                Count(given),
                Count(*count)
            ),
            place: entity.place.key("items"),
            against: Some((place.clone(), format!("gives {}", Count(*count)))),
        });
    }
    let count = entity.items.or(derived.map(|(count, ..)| count));
    design.contradictions.extend(found);
    if let Some(entity) = design.entities.get_mut(id.0) {
        entity.items = count;
    }
}

fn near(a: Decimal, b: Decimal) -> bool {
    let larger = a.max(b);
    (a - b).abs().saturating_mul(Decimal::ONE_HUNDRED) <= larger.saturating_mul(Decimal::from(TOLERANCE_PERCENT))
}

/// More items than their primary key has values, or more children of one parent than the rest of it.
fn too_few_keys(design: &Design<'_>, entity: &EntityDesign<'_>) -> Option<Contradiction> {
    let base = design.base_path(entity.table?)?;
    let is_whole = base.keys().all(|key| entity.fills.contains_key(key));
    if !is_whole || entity.identity.is_empty() {
        return None;
    }
    match entity.items {
        Some(items) => too_few_in_all(design, entity, items),
        None => too_few_for_each(design, entity),
    }
}

fn too_few_in_all(design: &Design<'_>, entity: &EntityDesign<'_>, items: Decimal) -> Option<Contradiction> {
    let names: Vec<&str> = entity.identity.iter().map(String::as_str).collect();
    // What a parent's key identifies is no more than there are parents, however its attributes combine.
    let parent = design.identified_ancestor(entity, &names).filter(|(_, names)| !names.iter().any(|n| is_common(n)));
    let (count, covered) = parent.as_ref().map_or((Decimal::ONE, &[][..]), |(count, names)| (*count, names.as_slice()));
    let rest: Vec<&str> = names.iter().copied().filter(|name| !covered.iter().any(|known| known == name)).collect();
    // The same key of several parts may be the child's own: an aggregate and its events have a version.
    if rest.is_empty() && covered.len() > 1 {
        return None;
    }
    let keys = count.saturating_mul(combinations(entity, &rest)?);
    if items <= keys || near(items, keys) {
        return None;
    }
    let parts = parent.iter().map(|(count, names)| (*count, names.join("`, `"))).chain(values_of(entity, &rest));
    let said = if entity.entity.items.is_some() { "items" } else { "belongs_to" };
    Some(Contradiction {
        message: format!(
            "`{}` has {} items, but only {} different keys{}",
            entity.name,
            Count(items),
            Count(keys),
            product(parts)
        ),
        place: entity.place.key(said),
        against: Some((deciding(entity, &rest), format!("gives {} keys at most", Count(keys)))),
    })
}

/// The same below one parent, where nobody says how many parents there are.
fn too_few_for_each(design: &Design<'_>, entity: &EntityDesign<'_>) -> Option<Contradiction> {
    entity.parents.iter().filter(|(id, ..)| *id != entity.id).find_map(|(id, average, _)| {
        let (parent, average) = (design.entity(*id)?, (*average)?);
        let is_of_child = |name: &String| entity.identity.contains(name) && !is_common(name);
        let is_below = !parent.identity.is_empty() && parent.identity.iter().all(is_of_child);
        let names = entity.identity.iter().map(String::as_str);
        let rest: Vec<&str> = names.filter(|name| !parent.identity.iter().any(|known| known == name)).collect();
        let keys = combinations(entity, &rest)?;
        let may_be_own = rest.is_empty() && parent.identity.len() > 1;
        if !is_below || may_be_own || average <= keys || near(average, keys) {
            return None;
        }
        Some(Contradiction {
            message: format!(
                "`{}` has {} for each `{}`, but only {} different keys below one{}",
                entity.name,
                Count(average),
                parent.name,
                Count(keys),
                product(values_of(entity, &rest))
            ),
            place: entity.place.key("belongs_to").key(parent.name),
            against: Some((deciding(entity, &rest), format!("gives {} keys at most", Count(keys)))),
        })
    })
}

/// How many combinations the values of some attributes have at most.
fn combinations(entity: &EntityDesign<'_>, names: &[&str]) -> Option<Decimal> {
    names.iter().try_fold(Decimal::ONE, |product, name| {
        let attribute = entity.attribute(name)?;
        let is_said = attribute.values.is_some() || attribute.distinct.is_some();
        let count = entity.distinct.get(*name).filter(|_| is_said || !is_common(name))?;
        Some(product.saturating_mul(*count))
    })
}

/// Names that are each entity's own: the `id` of a child is not the `id` of its parent.
pub(crate) fn is_common(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "id",
        "uid",
        "uuid",
        "guid",
        "ulid",
        "key",
        "name",
        "code",
        "slug",
        "title",
        "label",
        "number",
        "no",
        "pk",
        "sk",
        "hash",
        "type",
        "kind",
        "date",
        "time",
        "timestamp",
        "version",
        "status",
        "state",
    ];
    NAMES.iter().any(|common| name.eq_ignore_ascii_case(common))
}

fn values_of<'n>(entity: &EntityDesign<'_>, names: &'n [&str]) -> impl Iterator<Item = (Decimal, String)> + 'n {
    let counts: Vec<Option<Decimal>> = names.iter().map(|name| entity.distinct.get(*name).copied()).collect();
    names.iter().zip(counts).filter_map(|(name, count)| Some((count?, (*name).to_owned())))
}

/// The arithmetic of a product of several parts: `` (100k `user_id` × 6 `kind`)``.
fn product(parts: impl Iterator<Item = (Decimal, String)>) -> String {
    let parts: Vec<String> = parts.map(|(count, names)| format!("{} `{names}`", Count(count))).collect();
    if parts.len() < 2 { String::new() } else { format!(" ({})", parts.join(" × ")) }
}

/// The attribute that leaves so few keys: the one with the fewest values, where the entity lists it.
fn deciding(entity: &EntityDesign<'_>, names: &[&str]) -> ModelPath {
    let listed = names.iter().filter(|name| entity.entity.attributes.contains_key(**name));
    match listed.min_by_key(|name| entity.distinct.get(**name).copied()) {
        Some(name) => entity.place.key("attributes").key(name),
        None => entity.place.clone(),
    }
}

/// A read that is said to return more than it reads.
fn more_returned_than_read(pattern: &PatternDesign<'_>) -> Option<Contradiction> {
    let (evaluates, returns) = (pattern.pattern.evaluates?, pattern.pattern.returns?);
    (returns.0 > evaluates.0).then(|| Contradiction {
        message: format!("`{}` is said to return {returns} items of the {evaluates} that it evaluates", pattern.name),
        place: pattern.place.key("returns"),
        against: Some((pattern.place.key("evaluates"), format!("{evaluates} are evaluated"))),
    })
}

/// How many different values each attribute has: said, listed, or following from the relations.
fn distinct(design: &mut Design<'_>, id: EntityId, in_circle: &HashSet<EntityId>) {
    let Some(entity) = design.entity(id) else { return };
    let mut found = Vec::new();
    for (name, attribute) in &entity.entity.attributes {
        let listed = attribute.values.as_ref().map(|values| Decimal::from(values.0.len()));
        let shards = attribute.shards.map(Decimal::from);
        let said = attribute.distinct.map(|count| count.0).or(listed).or(shards);
        let boolean = (attribute.kind == AttributeType::Boolean).then(|| Decimal::from(2));
        let unique = (attribute.unique == Some(true)).then_some(entity.items).flatten();
        let inherited = || inherited(design, entity, name, in_circle);
        let own = || {
            let is_identity = entity.identity == [name.as_str()];
            let is_fresh = attribute.kind.is_identifier()
                && entity.identity.last() == Some(name)
                && is_own(name, entity.name)
                && (is_common(name) || !parents_know(design, entity, name));
            (is_identity || is_fresh).then_some(entity.items).flatten()
        };
        if let Some(count) = said.or(boolean).or(unique).or_else(inherited).or_else(own) {
            let most = entity.items.unwrap_or(count);
            found.push((name.as_str(), count.min(most).max(Decimal::ONE)));
        }
    }
    if let Some(entity) = design.entities.get_mut(id.0) {
        entity.distinct.extend(found);
    }
}

/// The same attribute name in a parent means the same values.
fn inherited(
    design: &Design<'_>,
    entity: &EntityDesign<'_>,
    name: &str,
    in_circle: &HashSet<EntityId>,
) -> Option<Decimal> {
    let is_of_child = is_own_part(entity, name);
    entity.parents.iter().filter(|(parent, ..)| !in_circle.contains(parent)).find_map(|(parent, ..)| {
        let parent = design.entity(*parent)?;
        let same = || parent.distinct.get(name).copied().filter(|_| !is_of_child);
        same().or_else(|| (identifies(parent, name) && !is_of_child).then_some(parent.items).flatten())
    })
}

/// Whether an attribute of a child holds what identifies its parent: under the same name, or as the
/// `post_id` of a `Post` whose own name for it is `id`.
fn identifies(parent: &EntityDesign<'_>, name: &str) -> bool {
    let [own] = parent.identity.as_slice() else { return false };
    own == name || (is_common(own) && letters(name) == format!("{}{}", letters(parent.name), letters(own)))
}

/// Whether the part of a key that tells an entity's items apart is its own although a parent has the
/// name too: the `id` of both. What stands before it is what the parent is known by.
fn is_own_part(entity: &EntityDesign<'_>, name: &str) -> bool {
    is_common(name) && entity.identity.last().is_some_and(|part| part == name)
}

/// Whether a name says that it is the entity's own identifier: the `id`, or the `message_id` of a
/// `Message` or a `ChatMessage`. Other identifiers in a key may be those of something else, each in
/// many items: the `celebrity_id` of a `Follow`.
fn is_own(name: &str, entity: &str) -> bool {
    is_common(name) || names_itself(name, entity)
}

/// Whether an attribute is called after the entity: the `message_id` of a `Message` or a `ChatMessage`.
pub(crate) fn names_itself(name: &str, entity: &str) -> bool {
    let (name, entity) = (letters(name), letters(entity));
    let stem = ["uuid", "ulid", "guid", "ksuid", "key", "id"].iter().find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|stem| !stem.is_empty() && (entity.ends_with(stem) || stem.ends_with(&entity)))
}

/// A name without what sets its words apart.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn parents_know(design: &Design<'_>, entity: &EntityDesign<'_>, name: &str) -> bool {
    entity.parents.iter().filter_map(|(parent, ..)| design.entity(*parent)).any(|parent| parent.knows(name))
}

/// Whether a value holds several, whose number is another than that of the items.
fn has_elements(kind: AttributeType) -> bool {
    use AttributeType::{BinarySet, List, Map, NumberSet, StringSet};
    matches!(kind, List | Map | StringSet | NumberSet | BinarySet)
}

fn contradictions_within(design: &mut Design<'_>, id: EntityId) {
    let Some(entity) = design.entity(id) else { return };
    let mut found = Vec::new();
    for (name, attribute) in &entity.entity.attributes {
        let place = entity.place.key("attributes").key(name);
        if let (Some(size), Some(most)) = (attribute.size, attribute.max_size)
            && size > most
        {
            found.push(Contradiction {
                message: format!("`{name}` is {size} on average but at most {most}"),
                place: place.key("max_size"),
                against: Some((place.key("size"), "the average".to_owned())),
            });
        }
        if let (Some(said), Some(items)) = (attribute.distinct, entity.items)
            && said.0 > items
            && !near(said.0, items)
            && !has_elements(attribute.kind)
        {
            found.push(Contradiction {
                message: format!(
                    "`{name}` is said to have {said} different values, but `{}` has {} items",
                    entity.name,
                    Count(items)
                ),
                place: place.key("distinct"),
                against: Some((entity.place.key("items"), format!("{} items", Count(items)))),
            });
        }
        // The busiest of so many values has no less than its even share.
        if let (Some(hottest), Some(values)) = (attribute.hottest, attribute.distinct)
            && let Some(even) = Decimal::ONE.checked_div(values.0)
            && hottest.0 < even
            && !near(hottest.0, even)
        {
            found.push(Contradiction {
                message: format!(
                    "the busiest value of `{name}` is said to have {hottest} of the traffic, but each of {values} has {} if it is even",
                    crate::units::Share(even.round_dp(6))
                ),
                place: place.key("hottest"),
                against: Some((place.key("distinct"), format!("{values} values"))),
            });
        }
        let Some(values) = &attribute.values else { continue };
        let shares: Vec<Decimal> = values.0.values().filter_map(|share| share.map(|s| s.0)).collect();
        let total = shares.iter().copied().fold(Decimal::ZERO, Decimal::saturating_add);
        let complete = shares.len() == values.0.len() && !shares.is_empty();
        let whole = Decimal::ONE;
        let slack = Decimal::new(5, 3);
        if total > whole + slack || (complete && total < whole - slack) {
            found.push(Contradiction {
                message: format!("the shares of `{name}`'s values add up to {}", crate::units::Share(total)),
                place: place.key("values"),
                against: None,
            });
        }
        if let Some(said) = attribute.distinct
            && said.0 != Decimal::from(values.0.len())
        {
            found.push(Contradiction {
                message: format!("`{name}` is said to have {said} different values, but {} are listed", values.0.len()),
                place: place.key("distinct"),
                against: Some((place.key("values"), format!("lists {}", values.0.len()))),
            });
        }
    }
    let (size, most) = (entity.entity.size, entity.entity.max_size);
    if let (Some(size), Some(most)) = (size, most)
        && size > most
    {
        found.push(Contradiction {
            message: format!("`{}` is {size} on average but at most {most}", entity.name),
            place: entity.place.key("max_size"),
            against: Some((entity.place.key("size"), "the average".to_owned())),
        });
    }
    design.contradictions.extend(found);
}

impl<'m> Design<'m> {
    /// How many groups the values of some attributes split an entity's items into, when each
    /// group has the same values of all of them; nothing where that is not known.
    pub fn groups(&self, entity: &EntityDesign<'m>, attributes: &[&str]) -> Option<Decimal> {
        let items = entity.items;
        if !entity.identity.is_empty() && entity.identity.iter().all(|name| attributes.contains(&name.as_str())) {
            return items;
        }
        // An ancestor that these attributes identify counts once, not attribute by attribute.
        let is_inherited = |name: &&str| !is_own_part(entity, name);
        let inherited: Vec<&str> = attributes.iter().copied().filter(is_inherited).collect();
        let ancestor = self.identified_ancestor(entity, &inherited);
        let (mut groups, covered) = match &ancestor {
            Some((count, identity)) => (*count, identity.as_slice()),
            None => (Decimal::ONE, &[][..]),
        };
        for name in attributes.iter().filter(|name| !covered.iter().any(|known| known == *name)) {
            groups = groups.saturating_mul(*entity.distinct.get(name)?);
        }
        // Values that come from one ancestor go together as they do there, however many combinations
        // there could be: a task's project and tenant are no more than there are tasks.
        for ancestor in self.ancestors(entity) {
            let Some(count) = ancestor.items else { continue };
            let is_there = |name: &&str| inherited.contains(name) && ancestor.entity.attributes.contains_key(*name);
            let others = attributes.iter().filter(|name| !is_there(name));
            let mut others = others.map(|name| entity.distinct.get(name).copied());
            let bound = others.try_fold(count, |all, n| Some(all.saturating_mul(n?)));
            groups = bound.map_or(groups, |bound| groups.min(bound));
        }
        Some(items.map_or(groups, |items| groups.min(items)).max(Decimal::ONE))
    }

    /// The parents of an entity, theirs, and so on, each once.
    fn ancestors(&self, entity: &EntityDesign<'m>) -> Vec<&EntityDesign<'m>> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let mut queue: Vec<EntityId> = entity.parents.iter().map(|(id, ..)| *id).collect();
        while let Some(id) = queue.pop() {
            if let (true, Some(ancestor)) = (seen.insert(id), self.entity(id)) {
                queue.extend(ancestor.parents.iter().map(|(id, ..)| *id));
                found.push(ancestor);
            }
        }
        found
    }

    /// The ancestor with the most items whose whole primary key is among the attributes.
    fn identified_ancestor(&self, entity: &EntityDesign<'m>, attributes: &[&str]) -> Option<(Decimal, Vec<String>)> {
        let mut best: Option<(Decimal, Vec<String>)> = None;
        for ancestor in self.ancestors(entity) {
            let identified = !ancestor.identity.is_empty()
                && ancestor.identity.iter().all(|name| attributes.contains(&name.as_str()));
            if let (true, Some(count)) = (identified, ancestor.items)
                && best.as_ref().is_none_or(|(most, _)| count > *most)
            {
                best = Some((count, ancestor.identity.clone()));
            }
        }
        best
    }
}

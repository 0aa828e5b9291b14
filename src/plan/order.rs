//! Order: whether a path gives items in the order that a pattern asks for.

use super::OrderServed;
use super::clause::{Clause, Unordered};
use super::disorder::Disorder;
use super::key::Names;
use super::sorts::sorts_inside_text;
use crate::design::{AccessPath, EntityDesign, Part};
use crate::model::Operation;

/// One requested sort attribute.
struct Wanted<'p> {
    attribute: &'p str,
    backwards: bool,
}

/// Decides whether the path's order after what is bound by equality is the one wanted.
///
/// # Errors
/// The clause that names both orders.
pub(super) fn order<'m>(
    wanted: &'m [String],
    entities: &[&EntityDesign<'m>],
    path: &AccessPath<'m>,
    (equal, buckets): (&Names<'_>, &Names<'_>),
    (operation, queries_differ): (Operation, bool),
) -> Result<OrderServed, Clause> {
    if wanted.is_empty() {
        return Ok(OrderServed::NotAsked);
    }
    let parsed: Vec<Wanted<'_>> = wanted.iter().map(|entry| parse(entry)).collect();
    // What is the same for every item needs no order.
    let is_same = |name: &str| equal.contains(name) && !buckets.contains(name);
    let mut open: Vec<&Wanted<'_>> = parsed.iter().filter(|w| !is_same(w.attribute)).collect();
    if let ([entity], Operation::Query) = (entities, operation) {
        open.truncate(before_uniqueness(entity, &open, is_same));
    }
    let Some(first) = open.first() else {
        // Of a list of values, each query gives one.
        let backwards = parsed.first().is_some_and(|wanted| wanted.backwards);
        return Ok(if queries_differ { OrderServed::Merged { backwards } } else { OrderServed::Forwards });
    };
    let backwards = first.backwards;
    let fail =
        |stored: String, because: Option<Box<Unordered>>| Clause::Order { wanted: described(&parsed), stored, because };
    let because = |attribute: &str, why| Some(Box::new(Unordered { attribute: attribute.to_owned(), why }));
    let mut before_first: Option<(&EntityDesign<'m>, Vec<Part>)> = None;
    for entity in entities.iter().filter(|entity| open.iter().any(|w| entity.knows(w.attribute)) || entities.len() == 1)
    {
        // One item of a kind, such as a parent beside its children, is in no order with itself.
        let is_single =
            path.sort.iter().all(|key| entity.fills.get(*key).is_some_and(|fill| fill.template.is_constant()));
        if entities.len() > 1 && is_single {
            continue;
        }
        let stored = stored_order(entity, path, (equal, buckets));
        let mut parts = stored.iter().filter(|part| !is_same(part.name)).peekable();
        for wanted in &open {
            let is_in_key = |part: &&Sorted<'_>| part.key == wanted.attribute;
            // A key attribute is in its own order, whatever it is made of; where all of it is bound, or
            // it is made of nothing, it is the same for every item.
            if path.sort.contains(&wanted.attribute)
                && (parts.peek().is_some_and(is_in_key) || !parts.clone().any(|part| is_in_key(&part)))
            {
                while parts.next_if(is_in_key).is_some() {}
                continue;
            }
            match parts.next() {
                Some(part) if part.name == wanted.attribute => {
                    if let Err(why) = &part.sorts {
                        return Err(fail(described_stored(&stored), because(part.name, why.clone())));
                    }
                }
                _ => return Err(fail(described_stored(&stored), None)),
            }
        }
        if let Some(mixed) = open.iter().find(|w| w.backwards != backwards) {
            let why = Disorder::Directions { attribute: mixed.attribute.to_owned() };
            return Err(fail(described_stored(&stored), because(mixed.attribute, why)));
        }
        let before = before(entity, path, first.attribute);
        match &before_first {
            Some((other, parts)) if *parts != before => {
                let shown = |entity: &EntityDesign<'_>, parts: &[Part]| {
                    format!("`{}` items (`{}…`)", entity.name, Part::join(parts))
                };
                let (one, other) = (shown(other, parts), shown(entity, &before));
                let why = Disorder::Kinds { one, other, attribute: first.attribute.to_owned() };
                return Err(fail(described_stored(&stored), because(first.attribute, why)));
            }
            Some(_) => {}
            None => before_first = Some((entity, before)),
        }
    }
    Ok(match (queries_differ, backwards) {
        (true, backwards) => OrderServed::Merged { backwards },
        (false, true) => OrderServed::Backwards,
        (false, false) => OrderServed::Forwards,
    })
}

/// How many of the attributes matter: as soon as what is bound and what sorts before tell an entity's
/// items apart, nothing is left to tie. The keys of an index are not unique, so that it takes the
/// attributes of the table's key.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>
fn before_uniqueness(entity: &EntityDesign<'_>, open: &[&Wanted<'_>], is_same: impl Fn(&str) -> bool) -> usize {
    let is_unique_by = |sorted: &[&Wanted<'_>]| {
        let is_sorted = |name: &str| sorted.iter().any(|wanted| wanted.attribute == name);
        !entity.identity.is_empty() && entity.identity.iter().all(|name| is_same(name) || is_sorted(name))
    };
    (0..open.len()).find(|count| open.get(..*count).is_some_and(is_unique_by)).unwrap_or(open.len())
}

fn parse(entry: &str) -> Wanted<'_> {
    let mut words = entry.split_whitespace();
    let attribute = words.next().unwrap_or("");
    let backwards = words.next().is_some_and(|word| word.to_ascii_lowercase().starts_with("desc"));
    Wanted { attribute, backwards }
}

fn described(wanted: &[Wanted<'_>]) -> String {
    let words: Vec<String> =
        wanted.iter().map(|w| format!("`{}{}`", w.attribute, if w.backwards { " desc" } else { "" })).collect();
    format!("by {}", words.join(", then "))
}

/// An attribute that a path sorts by.
struct Sorted<'t> {
    name: &'t str,
    /// The key attribute that holds it.
    key: &'t str,
    sorts: Result<(), Disorder>,
}

/// The attributes that a path sorts an entity's items by, from the left.
fn stored_order<'t>(
    entity: &'t EntityDesign<'_>,
    path: &'t AccessPath<'_>,
    (equal, buckets): (&Names<'_>, &Names<'_>),
) -> Vec<Sorted<'t>> {
    let mut stored = Vec::new();
    for key in &path.sort {
        if equal.contains(*key) && !buckets.contains(*key) {
            continue;
        }
        let Some(fill) = entity.fills.get(*key) else {
            stored.push(Sorted { name: key, key, sorts: Ok(()) });
            continue;
        };
        if fill.template.copied().is_none() && !fill.template.is_constant() {
            let parts = fill.template.parts.iter().enumerate();
            let inside = parts.filter_map(|(position, part)| match part {
                // All of the bucket that is asked for has the same.
                Part::Attribute { name, cut: Some(_) } if buckets.contains(&**name) => None,
                Part::Attribute { name, cut } => {
                    let mut sorts = sorts_inside_text(
                        entity.attribute(name),
                        *cut,
                        fill.template.parts.get(position.saturating_add(1)),
                    );
                    if let (Ok(()), Some(cut)) = (&sorts, cut) {
                        sorts = Err(Disorder::Cut { word: cut.word(), attribute: name.to_string() });
                    }
                    Some(Sorted { name, key, sorts })
                }
                Part::Text(_) => None,
            });
            stored.extend(inside);
        } else if let Some(name) = fill.template.copied() {
            stored.push(Sorted { name, key, sorts: Ok(()) });
        }
    }
    stored
}

/// What stands in a path's sort key before an attribute, which may be a part of it.
fn before(entity: &EntityDesign<'_>, path: &AccessPath<'_>, attribute: &str) -> Vec<Part> {
    let keys = path.sort.iter().take_while(|key| **key != attribute);
    let parts = keys.filter_map(|key| entity.fills.get(*key)).flat_map(|fill| fill.template.parts.iter());
    parts.take_while(|part| !matches!(part, Part::Attribute { name, .. } if **name == *attribute)).cloned().collect()
}

fn described_stored(stored: &[Sorted<'_>]) -> String {
    if stored.is_empty() {
        return "undefined (nothing is left to sort by)".to_owned();
    }
    let names: Vec<String> = stored.iter().map(|part| format!("`{}`", part.name)).collect();
    format!("by {}", names.join(", then "))
}

//! Order: whether a path gives items in the order that a pattern asks for.

use super::OrderServed;
use super::clause::Clause;
use super::key::{Names, sorts_inside_text};
use crate::design::{AccessPath, EntityDesign, Part};

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
    equal: &Names<'_>,
    queries_differ: bool,
) -> Result<OrderServed, Clause> {
    if wanted.is_empty() {
        return Ok(OrderServed::NotAsked);
    }
    let parsed: Vec<Wanted<'_>> = wanted.iter().map(|entry| parse(entry)).collect();
    // What is the same for every item needs no order.
    let open: Vec<&Wanted<'_>> = parsed.iter().filter(|w| !equal.contains(w.attribute)).collect();
    let Some(first) = open.first() else {
        // Of a list of values, each query gives one.
        let backwards = parsed.first().is_some_and(|wanted| wanted.backwards);
        return Ok(if queries_differ { OrderServed::Merged { backwards } } else { OrderServed::Forwards });
    };
    let backwards = first.backwards;
    let fail = |stored: String, because: Option<String>| Clause::Order { wanted: described(&parsed), stored, because };
    for entity in entities.iter().filter(|entity| open.iter().any(|w| entity.knows(w.attribute)) || entities.len() == 1)
    {
        // One item of a kind, such as a parent beside its children, is in no order with itself.
        let is_single =
            path.sort.iter().all(|key| entity.fills.get(*key).is_some_and(|fill| fill.template.is_constant()));
        if entities.len() > 1 && is_single {
            continue;
        }
        let stored = stored_order(entity, path, equal);
        if let Some(mixed) = open.iter().find(|w| w.backwards != backwards) {
            let because = format!("one query reads in one direction, and `{}` asks for the other", mixed.attribute);
            return Err(fail(described_stored(&stored), Some(because)));
        }
        let mut parts = stored.iter();
        for wanted in &open {
            let next = parts.find(|part| !matches!(part, Sorted { name, .. } if equal.contains(*name)));
            match next {
                Some(part) if part.name == wanted.attribute => {
                    if let Err(because) = &part.sorts {
                        return Err(fail(described_stored(&stored), Some(because.clone())));
                    }
                }
                _ => return Err(fail(described_stored(&stored), None)),
            }
        }
    }
    Ok(match (queries_differ, backwards) {
        (true, backwards) => OrderServed::Merged { backwards },
        (false, true) => OrderServed::Backwards,
        (false, false) => OrderServed::Forwards,
    })
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
    sorts: Result<(), String>,
}

/// The attributes that a path sorts an entity's items by, from the left.
fn stored_order<'t>(entity: &'t EntityDesign<'_>, path: &'t AccessPath<'_>, equal: &Names<'_>) -> Vec<Sorted<'t>> {
    let mut stored = Vec::new();
    for key in &path.sort {
        if equal.contains(*key) {
            continue;
        }
        let Some(fill) = entity.fills.get(*key) else {
            stored.push(Sorted { name: key, sorts: Ok(()) });
            continue;
        };
        // The key attribute may be asked for by its own name.
        if fill.template.copied().is_none() && !fill.template.is_constant() {
            let inside = fill.template.parts.iter().filter_map(|part| match part {
                Part::Attribute { name, cut } => {
                    let mut sorts = sorts_inside_text(entity.attribute(name), *cut);
                    if let (Ok(()), Some(cut)) = (&sorts, cut) {
                        sorts = Err(format!("the key keeps only the {} of `{name}`", cut.word()));
                    }
                    Some(Sorted { name, sorts })
                }
                Part::Text(_) => None,
            });
            stored.extend(inside);
        } else if let Some(name) = fill.template.copied() {
            stored.push(Sorted { name, sorts: Ok(()) });
        }
    }
    stored
}

fn described_stored(stored: &[Sorted<'_>]) -> String {
    if stored.is_empty() {
        return "undefined (nothing is left to sort by)".to_owned();
    }
    let names: Vec<String> = stored.iter().map(|part| format!("`{}`", part.name)).collect();
    format!("by {}", names.join(", then "))
}

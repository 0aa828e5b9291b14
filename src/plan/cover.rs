//! Coverage: whether a path holds the attributes that a pattern returns and filters by.

use super::{Fetch, Filter};
use crate::design::{AccessPath, Design, EntityDesign};
use crate::model::{AccessPattern, Computes, Projection};

/// The attributes that only a second read can bring; nothing when the path holds them all.
pub(super) fn fetch(
    design: &Design<'_>,
    pattern: &AccessPattern,
    entity: &EntityDesign<'_>,
    path: &AccessPath<'_>,
    filters: &[Filter<'_>],
) -> Option<Fetch> {
    if path.is_table() || *path.projection == Projection::All {
        return None;
    }
    let base = design.base_path(path.table)?;
    let stored = |name: &str| path.holds(base, name);
    // An attribute that stands whole inside a key that the path holds, if only as a projected attribute,
    // can be read out of it.
    let inside_key = |name: &str| {
        entity.fills.iter().filter(|(key, _)| stored(key)).any(|(_, fill)| {
            fill.template.parts.iter().any(
                |part| matches!(part, crate::design::Part::Attribute { name: inside, cut: None } if **inside == *name),
            )
        })
    };
    let filtered: Vec<String> =
        filters.iter().map(|filter| filter.attribute.clone()).filter(|name| !stored(name)).collect();
    let only_counts = pattern.count_only == Some(true) || pattern.computes == Some(Computes::Count);
    let wanted: Vec<&str> = match (&pattern.select, only_counts) {
        (_, true) => Vec::new(),
        (Some(select), _) => select.iter().map(String::as_str).collect(),
        (None, _) => entity
            .entity
            .attributes
            .iter()
            .filter(|(_, attribute)| attribute.stored != Some(false))
            .map(|(name, _)| name.as_str())
            .collect(),
    };
    let mut attributes: Vec<String> = wanted
        .into_iter()
        .filter(|name| entity.knows(name) && !stored(name) && !inside_key(name))
        .map(str::to_owned)
        .collect();
    attributes.extend(filtered.iter().filter(|name| !attributes.contains(name)).cloned().collect::<Vec<_>>());
    let is_explicit = pattern.select.is_some() || !filtered.is_empty();
    (!attributes.is_empty()).then_some(Fetch { attributes, filtered, is_explicit })
}

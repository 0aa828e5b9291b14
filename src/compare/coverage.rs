//! Patterns that are new, gone, or served in another way.

use std::collections::BTreeSet;

use super::renamed::Renamed;
use super::{Version, path_name};
use crate::lint::is_judged;

/// What becomes of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is new, and served by this path or not at all.
    New(Option<String>),
    /// It is gone.
    Gone,
    /// Nothing served it; now this path does.
    Gained(String),
    /// A path served it; now nothing does.
    Lost(String),
    /// A path served it; now the model leaves it open, or to another system.
    Left(String),
    /// It is the same pattern under another name than this.
    Renamed(String),
    /// Another path serves it.
    Moved {
        /// The path of before.
        from: String,
        /// The path of now.
        to: String,
    },
}

/// A pattern and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The pattern's name.
    pub pattern: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// The path that serves a pattern, and whether the pattern is judged at all.
fn path_of(version: &Version<'_, '_>, index: usize) -> (bool, Option<String>) {
    let Some(pattern) = version.design.patterns.get(index) else { return (false, None) };
    let plans = version.plans.patterns.get(index);
    let is_served = plans.is_some_and(|plan| plan.is_served());
    let path = plans
        .and_then(|plan| plan.requests.first()?.access())
        .and_then(|(id, _)| version.design.path(id))
        .map(path_name);
    (is_judged(pattern), path.filter(|_| is_served))
}

pub(super) fn coverage(old: &Version<'_, '_>, new: &Version<'_, '_>, renamed: &Renamed<'_, '_>) -> Vec<Coverage> {
    let (before, after) = (&old.design.model.access_patterns, &new.design.model.access_patterns);
    let mut all = Vec::new();
    for (index, (name, pattern)) in after.iter().enumerate() {
        let (is_judged, to) = path_of(new, index);
        let old_name = renamed.get(name.as_str()).copied();
        let was = before.get_index_of(old_name.unwrap_or(name)).map(|index| path_of(old, index));
        let is_left = pattern.undecided == Some(true) || pattern.served_by.is_some();
        let fate = match was {
            None => is_judged.then_some(Fate::New(to)),
            Some((was_judged, from)) => match (from.filter(|_| was_judged), to.filter(|_| is_judged)) {
                (Some(from), Some(to)) if from != to => Some(Fate::Moved { from, to }),
                (Some(from), None) if is_left => Some(Fate::Left(from)),
                (Some(from), None) => Some(Fate::Lost(from)),
                (None, Some(to)) => Some(Fate::Gained(to)),
                _ => old_name.map(|from| Fate::Renamed(from.to_owned())),
            },
        };
        all.extend(fate.map(|fate| Coverage { pattern: name.clone(), fate }));
    }
    let kept: BTreeSet<&str> = renamed.values().copied().collect();
    let gone = before.keys().filter(|name| !after.contains_key(*name) && !kept.contains(name.as_str()));
    all.extend(gone.map(|name| Coverage { pattern: name.clone(), fate: Fate::Gone }));
    all
}

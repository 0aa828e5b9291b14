//! Patterns that are new, gone, or served in another way.

use super::Version;
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
        .map(|path| path.label());
    (is_judged(pattern), path.filter(|_| is_served))
}

pub(super) fn coverage(old: &Version<'_, '_>, new: &Version<'_, '_>) -> Vec<Coverage> {
    let (before, after) = (&old.design.model.access_patterns, &new.design.model.access_patterns);
    let mut all = Vec::new();
    for (index, name) in after.keys().enumerate() {
        let (is_judged, to) = path_of(new, index);
        if !is_judged {
            continue;
        }
        let fate = match before.get_index_of(name).map(|index| path_of(old, index)) {
            None => Some(Fate::New(to)),
            Some((_, from)) => match (from, to) {
                (Some(from), Some(to)) if from != to => Some(Fate::Moved { from, to }),
                (Some(from), None) => Some(Fate::Lost(from)),
                (None, Some(to)) => Some(Fate::Gained(to)),
                _ => None,
            },
        };
        all.extend(fate.map(|fate| Coverage { pattern: name.clone(), fate }));
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    all.extend(gone.map(|name| Coverage { pattern: name.clone(), fate: Fate::Gone }));
    all
}

//! What is called otherwise in the new version, and is the same in everything else.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::Version;
use crate::model::AccessPattern;

/// Old names by new ones.
pub(super) type Renamed<'o, 'n> = BTreeMap<&'n str, &'o str>;

/// Patterns that do what another one did, which is gone.
pub(super) fn patterns<'o, 'n>(old: &Version<'_, 'o>, new: &Version<'_, 'n>) -> Renamed<'o, 'n> {
    let (before, after) = (&old.design.model.access_patterns, &new.design.model.access_patterns);
    let what = |pattern: &AccessPattern| text(&AccessPattern { description: None, ..pattern.clone() });
    paired(
        before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(name, it)| (name.as_str(), what(it))),
        after.iter().filter(|(name, _)| !before.contains_key(*name)).map(|(name, it)| (name.as_str(), what(it))),
    )
}

/// Entities with the table, the keys and the attributes of another one, which is gone. No item holds
/// the name of its entity.
pub(super) fn entities<'o, 'n>(old: &Version<'_, 'o>, new: &Version<'_, 'n>) -> Renamed<'o, 'n> {
    let (before, after) = (&old.design.model.entities, &new.design.model.entities);
    let table = |version: &Version<'_, '_>, name: &str| {
        let entity = version.design.entities.iter().find(|entity| entity.name == name)?;
        version.design.table(entity.table?).map(|table| table.name.to_owned())
    };
    paired(
        before
            .iter()
            .filter(|(name, _)| !after.contains_key(*name))
            .map(|(name, it)| (name.as_str(), text(&(table(old, name), &it.keys, &it.attributes)))),
        after
            .iter()
            .filter(|(name, _)| !before.contains_key(*name))
            .map(|(name, it)| (name.as_str(), text(&(table(new, name), &it.keys, &it.attributes)))),
    )
}

/// What something says, for comparison; nothing where it cannot be written.
fn text(what: &impl Serialize) -> Option<String> {
    serde_json::to_string(what).ok()
}

/// Pairs what says the same, in order.
fn paired<'o, 'n>(
    gone: impl Iterator<Item = (&'o str, Option<String>)>,
    come: impl Iterator<Item = (&'n str, Option<String>)>,
) -> Renamed<'o, 'n> {
    let mut waiting: BTreeMap<String, VecDeque<&'o str>> = BTreeMap::new();
    for (name, what) in gone {
        waiting.entry(what.unwrap_or_default()).or_default().push_back(name);
    }
    come.filter_map(|(name, what)| Some((name, waiting.get_mut(&what?)?.pop_front()?))).collect()
}

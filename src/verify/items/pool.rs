//! Which attributes draw from the same values: those that carry the id of another entity under its name.

use std::collections::BTreeMap;

use super::clock::Window;
use crate::design::{Design, EntityDesign};

/// The values of a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pool {
    /// What tells its values from those of other names.
    pub(super) name: String,
    /// How many values there are.
    pub(super) count: u64,
    /// The times that they come from.
    pub(super) window: Window,
}

/// All pools of a design, by name.
#[derive(Debug, Default)]
pub(super) struct Pools(BTreeMap<String, (u64, Window)>);

impl Pools {
    /// Notes that an attribute draws so many values.
    pub(super) fn note(&mut self, name: &str, count: u64, window: Window) {
        let pool = self.0.entry(name.to_owned()).or_insert((count, window));
        if count > pool.0 {
            *pool = (count, window);
        }
    }

    /// A pool with all that draw from it.
    pub(super) fn get(&self, pool: &Pool) -> Pool {
        let (count, window) = self.0.get(&pool.name).copied().unwrap_or((pool.count, pool.window));
        Pool { name: pool.name.clone(), count, window }
    }
}

/// The name of the pool that an entity's own attribute draws from.
///
/// An attribute that some entity is identified by has its values everywhere, as the `customer_id` of an
/// e-mail address is that of a customer. Where two entities of a table could then have the same key,
/// each has its own: ids of the same name (`id`) do not mean the same things.
pub(super) fn name(design: &Design<'_>, entity: &EntityDesign<'_>, attribute: &str, is_shared: bool) -> String {
    let own = || format!("{attribute}@{}", entity.name);
    let identifies = |e: &EntityDesign<'_>| e.identity.iter().any(|name| name == attribute);
    let is_its_own = |e: &&EntityDesign<'_>| {
        let parents = e.parents.iter().filter_map(|(id, ..)| design.entity(*id));
        identifies(e) && !parents.into_iter().any(|parent| parent.knows(attribute))
    };
    match design.entities.iter().find(is_its_own) {
        None if is_shared => attribute.to_owned(),
        None => own(),
        Some(owner) if owner.id == entity.id || !identifies(entity) => attribute.to_owned(),
        Some(owner) if may_meet(design, owner, entity) => own(),
        Some(_) => attribute.to_owned(),
    }
}

/// Whether two entities of one table could have the same primary key.
fn may_meet(design: &Design<'_>, a: &EntityDesign<'_>, b: &EntityDesign<'_>) -> bool {
    let Some(base) = a.table.filter(|_| a.table == b.table).and_then(|table| design.base_path(table)) else {
        return false;
    };
    base.keys().all(|key| match (a.fills.get(key), b.fills.get(key)) {
        (Some(a_fill), Some(b_fill)) => {
            design.language(a, &a_fill.template).meets(&design.language(b, &b_fill.template))
        }
        _ => false,
    })
}

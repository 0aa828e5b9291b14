//! Which attributes draw from the same values: those that carry the id of another entity under its name.

use std::collections::BTreeMap;

use super::clock::Window;
use crate::design::{Design, EntityDesign, EntityId};

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

/// The entities that are identified by an attribute of their own, the first for each name.
#[derive(Debug)]
pub(super) struct Owners(BTreeMap<String, EntityId>);

impl Owners {
    /// The owners of a design's ids.
    pub(super) fn new(design: &Design<'_>) -> Self {
        let mut owners = BTreeMap::new();
        for entity in &design.entities {
            let parents: Vec<_> = entity.parents.iter().filter_map(|(id, ..)| design.entity(*id)).collect();
            for name in entity.identity.iter().filter(|name| !parents.iter().any(|parent| parent.knows(name))) {
                owners.entry(name.clone()).or_insert(entity.id);
            }
        }
        Self(owners)
    }

    /// The name of the pool that an entity's own attribute draws from.
    ///
    /// An attribute that some entity is identified by has its values everywhere, as the `customer_id` of an
    /// e-mail address is that of a customer. Where two entities of a table could then have the same key,
    /// each has its own: ids of the same name (`id`) do not mean the same things.
    pub(super) fn pool(
        &self,
        design: &Design<'_>,
        entity: &EntityDesign<'_>,
        attribute: &str,
        is_shared: IsShared,
    ) -> String {
        let own = || format!("{attribute}@{}", entity.name);
        let identifies = entity.identity.iter().any(|name| name == attribute);
        match self.0.get(attribute).and_then(|id| design.entity(*id)) {
            None if is_shared == IsShared::Anyway => attribute.to_owned(),
            None => own(),
            Some(owner) if owner.id != entity.id && identifies && may_meet(design, owner, entity) => own(),
            Some(_) => attribute.to_owned(),
        }
    }
}

/// Whether entities draw from the same values of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsShared {
    /// They do, as the number of values is known.
    Anyway,
    /// They do where one of them is identified by it.
    AsAnId,
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

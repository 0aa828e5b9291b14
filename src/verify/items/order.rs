//! Which entities belong to which, and in which order they are worked on.

use crate::design::{Design, EntityDesign, EntityId};

/// The entities, each after its parents; a circle has no first one, so its relations do not count.
pub(super) fn parents_first(design: &Design<'_>) -> Vec<EntityId> {
    let mut waits_for: Vec<usize> = Vec::with_capacity(design.entities.len());
    let mut children: Vec<Vec<EntityId>> = vec![Vec::new(); design.entities.len()];
    for entity in &design.entities {
        waits_for.push(parents(design, entity).count());
        for parent in parents(design, entity) {
            if let Some(theirs) = children.get_mut(parent.0) {
                theirs.push(entity.id);
            }
        }
    }
    let ready = design.entities.iter().zip(&waits_for).filter(|(_, parents)| **parents == 0);
    let mut order: Vec<EntityId> = ready.map(|(entity, _)| entity.id).collect();
    let mut next = 0;
    while let Some(id) = order.get(next).copied() {
        next += 1;
        for child in children.get(id.0).into_iter().flatten() {
            let Some(parents) = waits_for.get_mut(child.0) else { continue };
            *parents = parents.saturating_sub(1);
            if *parents == 0 {
                order.push(*child);
            }
        }
    }
    order
}

/// The parents of an entity, but for those in a circle with it.
pub(super) fn parents<'e>(design: &'e Design<'_>, entity: &'e EntityDesign<'_>) -> impl Iterator<Item = EntityId> + 'e {
    let circle = design.cycles.iter().find(|circle| circle.contains(&entity.id));
    entity.parents.iter().map(|(id, ..)| *id).filter(move |id| circle.is_none_or(|circle| !circle.contains(id)))
}

//! What the `where` of a write tells of an item beside its primary key: of the one that a put makes, or
//! of the one that another write meets.

use super::{Design, EntityDesign, MemberValues, Request};
use crate::model::{Condition, Literal, Operator};

/// What is told of an item.
#[derive(Debug, Clone, Default)]
pub struct Told<'m> {
    /// Those that it has.
    pub has: Vec<&'m str>,
    /// Those that it does not have.
    pub lacks: Vec<&'m str>,
    /// Those of which the value is always the same.
    pub values: Vec<(&'m str, &'m Literal)>,
}

impl<'m> Told<'m> {
    /// What a put says of the item that it makes: what decides which indexes the item is in.
    pub fn of_new(design: &Design<'m>, entity: &EntityDesign<'m>, request: &Request<'m>) -> Self {
        Self::of(design, entity, request, |name, condition| says_of_item(design, entity, name, condition))
    }

    /// What another write asks of the item that it meets, or else it fails.
    pub fn of_met(design: &Design<'m>, entity: &EntityDesign<'m>, request: &Request<'m>) -> Self {
        // What an item lacks is no value either.
        Self::of(design, entity, request, |_, condition| condition.operator != Operator::NotEquals)
    }

    fn of(
        design: &Design<'m>,
        entity: &EntityDesign<'m>,
        request: &Request<'m>,
        says: impl Fn(&str, &Condition) -> bool,
    ) -> Self {
        let mut item = Self::default();
        let said = request.conditions.iter().filter(|(name, condition)| says(name, condition));
        for (name, condition) in said.filter(|(name, _)| !is_in_primary_key(design, entity, name)) {
            if condition.operator == Operator::Missing {
                item.lacks.push(name);
                continue;
            }
            item.has.push(name);
            let value = condition.value.as_ref().filter(|_| condition.operator == Operator::Equals);
            if let Some([value]) = value.map(|value| value.0.as_slice()) {
                item.values.push((name, value));
            }
        }
        item.complete(design, entity);
        item
    }

    /// Attributes that a key needs together are set together: who has one has those that are no rarer.
    fn complete(&mut self, design: &Design<'m>, entity: &EntityDesign<'m>) {
        let present = |name: &str| entity.attribute(name).and_then(|attribute| attribute.present);
        let paths =
            entity.table.into_iter().flat_map(|table| design.paths_of(table)).filter(|(_, path)| !path.is_table());
        if self.has.is_empty() {
            return;
        }
        for (_, path) in paths {
            let fills = || path.keys().filter_map(|key| entity.fills.get(key));
            let needed = || fills().flat_map(|fill| fill.template.attributes());
            let Some(rarest) = needed().filter(|name| self.has.contains(name)).filter_map(present).min() else {
                continue;
            };
            let others = needed().filter(|name| present(name).is_some_and(|share| share >= rarest));
            let more: Vec<&'m str> = others
                .filter_map(|name| entity.entity.attributes.get_key_value(name))
                .map(|(name, _)| name.as_str())
                .filter(|name| !self.has.contains(name) && !self.lacks.contains(name))
                .collect();
            self.has.extend(more);
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.has.is_empty() && self.lacks.is_empty()
    }

    /// The values that it has for certain.
    pub fn member_values(&self) -> MemberValues<'m> {
        self.values.iter().map(|(name, value)| (*name, value.text())).collect()
    }

    /// What still holds of the item when some of its attributes have changed.
    pub fn without(mut self, is_changed: impl Fn(&str) -> bool) -> Self {
        self.has.retain(|name| !is_changed(name));
        self.lacks.retain(|name| !is_changed(name));
        self.values.retain(|(name, _)| !is_changed(name));
        self
    }
}

/// Whether a put's condition on an attribute is part of the item that it makes, rather than asked of
/// the item that it meets: it tells the item's primary key, or what keys of indexes hang on.
pub fn says_of_item(design: &Design<'_>, entity: &EntityDesign<'_>, name: &str, condition: &Condition) -> bool {
    if is_in_primary_key(design, entity, name) {
        return condition.operator == Operator::Equals;
    }
    let decides = entity.fills.iter().any(|(key, fill)| {
        *key == name || fill.template.uses(name) || fill.when.is_some_and(|when| when.contains_key(name))
    });
    decides && matches!(condition.operator, Operator::Equals | Operator::Exists | Operator::Missing)
}

/// Whether an attribute is a part of an entity's primary key, or the key attribute itself.
pub fn is_in_primary_key(design: &Design<'_>, entity: &EntityDesign<'_>, name: &str) -> bool {
    entity.table.and_then(|table| design.base_path(table)).is_some_and(|base| {
        base.keys().any(|key| key == name || entity.fills.get(key).is_some_and(|fill| fill.template.uses(name)))
    })
}

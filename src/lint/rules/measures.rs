//! Measures that are made to tell items apart.

use super::copies::ends_in;
use super::uniqueness::puts;
use crate::design::{EntityDesign, Part};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};

pub(super) const RULES: &[Rule] = &[rule!("measure-as-identity", Keys, Advice, measure_as_identity)];

/// Names that people give to what is measured, of which two items may well have the same.
fn is_measure(name: &str) -> bool {
    const MEASURES: &[&str] = &[
        "score",
        "points",
        "price",
        "amount",
        "rating",
        "total",
        "balance",
        "distance",
        "duration",
        "weight",
        "votes",
        "views",
        "likes",
        "clicks",
        "popularity",
    ];
    ends_in(name, MEASURES)
}

/// An attribute outside the key that says what the item is about: the player of a score.
fn identifier<'m>(entity: &EntityDesign<'m>) -> Option<&'m str> {
    let mut others = entity.entity.attributes.iter().filter(|(name, _)| !entity.identity.contains(name));
    others
        .find(|(name, attribute)| attribute.kind.is_identifier() || ends_in(name, &["id"]))
        .map(|(name, _)| name.as_str())
}

/// An entity whose items differ only by a measure: two of the same are one item.
fn measure_as_identity(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(base) = entity.table.and_then(|table| context.design.base_path(table)) else { continue };
        let Some((sort, fill)) = base.sort.first().and_then(|key| Some((*key, entity.fills.get(*key)?))) else {
            continue;
        };
        // One of a few listed values tells nothing apart.
        let is_listed = |name: &str| entity.attribute(name).is_some_and(|it| it.values.is_some());
        let mut parts = fill.template.parts.iter().filter_map(|part| match part {
            Part::Attribute { name, cut } if !is_listed(name) => Some((name, cut)),
            _ => None,
        });
        let (Some((name, None)), None) = (parts.next(), parts.next()) else { continue };
        let is_told_apart = entity.attribute(name).is_none_or(|it| it.unique == Some(true));
        let Some(other) = identifier(entity).filter(|_| is_measure(name) && !is_told_apart) else { continue };
        let mut puts = puts(context, entity.id).peekable();
        if puts.peek().is_none() {
            continue;
        }
        let then = match puts.all(|planned| planned.is_guarded()) {
            true => "the second fails its condition although it is another item",
            false => "the second silently replaces the first",
        };
        let place =
            if fill.declared { entity.place.key("keys").key(sort) } else { entity.place.key("attributes").key(name) };
        found.push(
            Finding::new(Place::value(place), format!("two `{}` items of the same `{name}` are one item", entity.name))
                .label(format!("only `{name}` tells them apart"))
                .related(Place::key(base.place.clone()), "the primary key")
                .related(Place::key(entity.place.key("attributes").key(other)), "not in the key")
                .why(format!("Where one partition key value gets the same `{name}` twice, {then}."))
                .help(format!("make the sort key a text that ends in the id, with the number padded: `{}#{{{other}}}`; or key by `{other}`, and let an index sort by `{name}`", fill.template)),
        );
    }
}

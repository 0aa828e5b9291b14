//! Entities whose primary keys can be the same, decided on the languages of their templates.

use std::collections::{BTreeMap, HashSet};

use crate::design::{AccessPath, EntityDesign, EntityId, Part};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::AttributeType;

pub(super) const RULES: &[Rule] = &[
    rule!("key-collision", Keys, Error, key_collision),
    rule!("unmarked-entities", Collections, Advice, unmarked_entities),
];

/// Collisions of one entity beyond this many say nothing new.
const MOST_PER_ENTITY: usize = 3;

/// So many entities whose keys may be alike are looked at for each one. Only entities keyed by ids
/// alone, all in one table, are more; their ids keep them apart.
const MOST_LOOKED_AT: usize = 200;

/// The template of an entity's key value, shown as `pk / sk`.
fn shown(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> String {
    let parts: Vec<String> =
        path.keys().filter_map(|key| entity.fills.get(key)).map(|fill| fill.template.to_string()).collect();
    parts.join(" / ")
}

/// Whether every part of two keys is the same text or an attribute of the same name: then the same
/// values make the same key for sure.
fn same_shape(a: &EntityDesign<'_>, b: &EntityDesign<'_>, path: &AccessPath<'_>) -> bool {
    path.keys().all(|key| match (a.fills.get(key), b.fills.get(key)) {
        (Some(a_fill), Some(b_fill)) => a_fill.template.parts == b_fill.template.parts,
        _ => false,
    })
}

/// Whether the key holds an id that is made for each item: unique by its format, and no parent's.
fn has_fresh_id(entity: &EntityDesign<'_>, base: &AccessPath<'_>) -> bool {
    use crate::model::AttributeType::{Ksuid, Ulid, Uuid};
    let last = base.keys().filter_map(|key| entity.fills.get(key)).flat_map(|fill| fill.template.attributes()).last();
    last.is_some_and(|name| matches!(entity.kind_of(name), Uuid | Ulid | Ksuid)) && base.keys().count() > 1
}

fn key_place(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> Place {
    let declared = path.keys().filter(|key| entity.fills.get(*key).is_some_and(|fill| fill.declared)).last();
    match declared {
        Some(key) => Place::value(entity.place.key("keys").key(key)),
        None => Place::key(entity.place.clone()),
    }
}

fn key_collision(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    let collections = &context.plans.collections;
    for table in &design.tables {
        let Some(base_id) = table.paths.first() else { continue };
        let Some(base) = design.path(*base_id) else { continue };
        let mut reported: BTreeMap<EntityId, usize> = BTreeMap::new();
        let mut seen: HashSet<(EntityId, EntityId)> = HashSet::new();
        for (id, entity) in
            design.entities_of(crate::design::TableId(base.table.0)).filter(|(_, e)| design.is_in(e, base))
        {
            for other_id in collections.with_equal_key(design, entity, *base_id).into_iter().take(MOST_LOOKED_AT) {
                if reported.get(&id).is_some_and(|count| *count >= MOST_PER_ENTITY) {
                    break;
                }
                if other_id == id || !seen.insert((id.min(other_id), id.max(other_id))) {
                    continue;
                }
                let Some(other) = design.entity(other_id) else { continue };
                if different_things(entity, other, base) || !languages_meet(context, entity, other, base) {
                    continue;
                }
                *reported.entry(id).or_default() += 1;
                *reported.entry(other_id).or_default() += 1;
                let (late, early) = if id > other_id { (entity, other) } else { (other, entity) };
                found.push(collision(late, early, base));
            }
        }
    }
}

/// Whether ids that are unique by themselves, under different names, keep the keys apart.
fn different_things(a: &EntityDesign<'_>, b: &EntityDesign<'_>, base: &AccessPath<'_>) -> bool {
    use crate::model::AttributeType::{Ksuid, Ulid, Uuid};
    base.keys().any(|key| {
        let (Some(x), Some(y)) = (a.fills.get(key), b.fills.get(key)) else { return false };
        let parts = x.template.parts.iter().zip(&y.template.parts);
        let mut aligned = x.template.parts.len() == y.template.parts.len();
        let mut apart = false;
        for (p, q) in parts {
            match (p, q) {
                (Part::Text(p), Part::Text(q)) => aligned &= p == q,
                (Part::Attribute { name: p, .. }, Part::Attribute { name: q, .. }) => {
                    let is_id = |e: &EntityDesign<'_>, n: &str| matches!(e.kind_of(n), Uuid | Ulid | Ksuid);
                    apart |= aligned && p != q && is_id(a, p) && is_id(b, q);
                }
                _ => aligned = false,
            }
        }
        apart
    })
}

fn languages_meet(
    context: &Context<'_, '_>,
    a: &EntityDesign<'_>,
    b: &EntityDesign<'_>,
    base: &AccessPath<'_>,
) -> bool {
    base.keys().all(|key| {
        let (Some(x), Some(y)) = (a.fills.get(key), b.fills.get(key)) else { return false };
        let (a, b) = (context.design.language(a, &x.template), context.design.language(b, &y.template));
        a.meets(&b)
    })
}

fn collision(late: &EntityDesign<'_>, early: &EntityDesign<'_>, base: &AccessPath<'_>) -> Finding {
    let certain = same_shape(late, early, base) && !(has_fresh_id(late, base) && has_fresh_id(early, base));
    let message = if certain {
        format!("`{}` and `{}` have the same primary key", late.name, early.name)
    } else {
        format!("`{}` and `{}` can have the same primary key", late.name, early.name)
    };
    let number = at_one_number(late, early, base);
    let only = number.map(|name| format!("They meet at a single value of the number `{name}`, if it is ever given. "));
    let finding = Finding::new(key_place(late, base), message)
        .label(format!("`{}`", shown(late, base)))
        .related(key_place(early, base), format!("`{}`", shown(early, base)))
        .why(format!(
            "{}A put of the one silently replaces the other; a get of the one returns the other.",
            only.unwrap_or_default()
        ))
        .help(format!("begin the key of each kind with a text of its own, such as `{}#…`", late.name.to_uppercase()));
    match (certain, number) {
        (true, _) => finding,
        (false, Some(_)) => finding.at_most(Level::Advice),
        (false, None) => finding.at_most(Level::Warning),
    }
}

/// The number that one key has where the other is a fixed text, such as `v{version}` beside `v0`, with
/// all else the same. Counters mostly leave the value out that is taken.
fn at_one_number<'m>(a: &EntityDesign<'m>, b: &EntityDesign<'m>, base: &AccessPath<'_>) -> Option<&'m str> {
    let mut differing = base.keys().filter_map(|key| {
        let (x, y) = (a.fills.get(key)?, b.fills.get(key)?);
        (x.template != y.template).then_some((x, y))
    });
    let (x, y) = differing.next().filter(|_| differing.next().is_none())?;
    let (entity, open) = if x.template.is_constant() { (b, y) } else { (a, x) };
    if !x.template.is_constant() && !y.template.is_constant() {
        return None;
    }
    let mut names = open.template.attributes();
    let name = names.next().filter(|_| names.next().is_none())?;
    let (key, attribute) = entity.entity.attributes.get_key_value(name)?;
    (attribute.kind == AttributeType::Number).then_some(key.as_str())
}

/// Entities of one table whose items nothing tells apart: no text in a key, no attribute for it.
fn unmarked_entities(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    for index in 0..design.tables.len() {
        let id = crate::design::TableId(index);
        let Some(base) = design.base_path(id) else { continue };
        let unmarked: Vec<&EntityDesign<'_>> = design
            .entities_of(id)
            .map(|(_, entity)| entity)
            .filter(|entity| entity.is_closed() && design.is_in(entity, base))
            .filter(|entity| {
                let has_text = base
                    .keys()
                    .filter_map(|key| entity.fills.get(key))
                    .any(|fill| fill.template.parts.iter().any(|part| matches!(part, Part::Text(_))));
                let has_marker = entity.entity.attributes.iter().any(|(name, attribute)| {
                    let named = ["type", "kind", "entity", "_type", "entity_type", "entitytype", "item_type"]
                        .contains(&name.to_ascii_lowercase().as_str());
                    named || attribute.values.as_ref().is_some_and(|values| values.0.len() == 1)
                });
                !has_text && !has_marker
            })
            .collect();
        let [first, second, ..] = unmarked.as_slice() else { continue };
        found.push(
            Finding::new(
                Place::key(second.place.clone()),
                format!("nothing tells a `{}` item from a `{}` item", second.name, first.name),
            )
            .label("no text in its key, and no type attribute")
            .related(Place::key(first.place.clone()), "nor here")
            .why("Code that reads streams, exports or scans of the table has to know what each item is.")
            .help("give each entity a type attribute (`type: {values: [order]}`), or a text of its own in its keys"),
        );
    }
}

//! Entities whose primary keys can be the same, decided on the languages of their templates.

use std::collections::{BTreeMap, HashSet};

use crate::design::{AccessPath, EntityDesign, EntityId, Part};
use crate::lint::registry::rule;
use crate::lint::rules::uniqueness::puts;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::AttributeType;

pub(super) const RULES: &[Rule] = &[
    rule!("key-collision", Keys, Error, key_collision),
    rule!("unmarked-entities", Collections, Advice, unmarked_entities),
];

/// Collisions of one entity beyond this many say nothing new.
const MOST_PER_ENTITY: usize = 25;

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

/// Whether two entities share partition key values only where a value of one attribute is, as it
/// stands, also one of another: nothing is known of either, such as of `{order_id}` and `{customer_id}`.
pub(super) fn share_values_only(a: &EntityDesign<'_>, b: &EntityDesign<'_>, path: &AccessPath<'_>) -> bool {
    let open = |entity: &EntityDesign<'_>, name: &str| {
        entity.attribute(name).is_none_or(|it| it.kind == AttributeType::String && it.values.is_none())
    };
    path.partition.iter().any(|key| {
        let names = a.fills.get(key).zip(b.fills.get(key));
        let names = names.and_then(|(a, b)| a.template.copied().zip(b.template.copied()));
        names.is_some_and(|(x, y)| x != y && open(a, x) && open(b, y))
    })
}

/// Whether the key holds an id that is made for each item: unique by its format, and no parent's.
fn has_fresh_id(entity: &EntityDesign<'_>, base: &AccessPath<'_>) -> bool {
    let last = base.keys().filter_map(|key| entity.fills.get(key)).flat_map(|fill| fill.template.attributes()).last();
    last.is_some_and(|name| entity.kind_of(name).is_identifier()) && base.keys().count() > 1
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
        let mut pairs: Vec<(EntityId, EntityId, Meeting<'_>)> = Vec::new();
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
                let meeting = Meeting {
                    is_certain: same_shape(entity, other, base)
                        && !(has_fresh_id(entity, base) && has_fresh_id(other, base)),
                    number: at_one_number(entity, other, base),
                    is_guarded: are_guarded(context, entity) && are_guarded(context, other),
                    by_value: share_values_only(entity, other, base),
                };
                pairs.push((id.max(other_id), id.min(other_id), meeting));
            }
        }
        for ((id, meeting), others) in gathered(&pairs) {
            let others: Vec<&EntityDesign<'_>> = others.into_iter().filter_map(|id| design.entity(id)).collect();
            found.extend(design.entity(id).and_then(|entity| collision(entity, &others, base, meeting)));
        }
    }
}

/// How two entities meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Meeting<'m> {
    /// Whether the same values make the same key for sure.
    is_certain: bool,
    /// The number at a single value of which they meet, if it is ever given.
    number: Option<&'m str>,
    /// Whether every put of them carries a condition.
    is_guarded: bool,
    /// Whether they meet only where values of different attributes are the same.
    by_value: bool,
}

/// The entities that each one meets, in the same way. A pair stands with the entity that meets more
/// others, so that one key without a text of its own is one finding; else with the later one.
fn gathered<'m>(pairs: &[(EntityId, EntityId, Meeting<'m>)]) -> BTreeMap<(EntityId, Meeting<'m>), Vec<EntityId>> {
    let mut counts: BTreeMap<(EntityId, Meeting<'m>), usize> = BTreeMap::new();
    for (late, early, meeting) in pairs {
        *counts.entry((*late, *meeting)).or_default() += 1;
        *counts.entry((*early, *meeting)).or_default() += 1;
    }
    let mut gathered: BTreeMap<(EntityId, Meeting<'m>), Vec<EntityId>> = BTreeMap::new();
    for (late, early, meeting) in pairs {
        let count = |id: &EntityId| counts.get(&(*id, *meeting));
        let (id, other) = if count(early) > count(late) { (early, late) } else { (late, early) };
        gathered.entry((*id, *meeting)).or_default().push(*other);
    }
    gathered.values_mut().for_each(|others| others.sort_unstable());
    gathered
}

/// Whether an entity is put, and never without a condition.
fn are_guarded(context: &Context<'_, '_>, entity: &EntityDesign<'_>) -> bool {
    let mut puts = puts(context, entity.id).peekable();
    puts.peek().is_some() && puts.all(|planned| planned.is_guarded())
}

/// Whether ids that are unique by themselves, under different names, keep the keys apart.
fn different_things(a: &EntityDesign<'_>, b: &EntityDesign<'_>, base: &AccessPath<'_>) -> bool {
    base.keys().any(|key| {
        let (Some(x), Some(y)) = (a.fills.get(key), b.fills.get(key)) else { return false };
        let parts = x.template.parts.iter().zip(y.template.parts.iter());
        let mut aligned = x.template.parts.len() == y.template.parts.len();
        let mut apart = false;
        for (p, q) in parts {
            match (p, q) {
                (Part::Text(p), Part::Text(q)) => aligned &= p == q,
                (Part::Attribute { name: p, .. }, Part::Attribute { name: q, .. }) => {
                    apart |= aligned && p != q && a.kind_of(p).is_identifier() && b.kind_of(q).is_identifier();
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

fn collision(
    entity: &EntityDesign<'_>,
    others: &[&EntityDesign<'_>],
    base: &AccessPath<'_>,
    meeting: Meeting<'_>,
) -> Option<Finding> {
    let have = if meeting.is_certain { "have" } else { "can have" };
    let message = match others {
        [] => return None,
        [other] => format!("`{}` and `{}` {have} the same primary key", entity.name, other.name),
        _ => {
            let has = if meeting.is_certain { "has" } else { have };
            let names = quoted_list(others.iter().map(|other| other.name));
            format!("`{}` {has} the same primary key as {names}", entity.name)
        }
    };
    let only =
        meeting.number.map(|name| format!("They meet at a single value of the number `{name}`, if it is ever given. "));
    let only = only.or_else(|| {
        meeting
            .by_value
            .then(|| "They meet where a value of the one's partition key is also one of the other's. ".to_owned())
    });
    let what = match meeting.is_guarded {
        true => {
            "Every put has a condition, so where that is that there is no such item, the put that comes second fails: a key that the one has taken, the other cannot have. A get of the one can return the other."
        }
        false => "A put of the one silently replaces the other; a get of the one returns the other.",
    };
    let own = format!("begin the key of each kind with a text of its own, such as `{}#…`", entity.name.to_uppercase());
    let mut finding = Finding::new(key_place(entity, base), message)
        .label(format!("`{}`", shown(entity, base)))
        .why(format!("{}{what}", only.unwrap_or_default()))
        .help(match meeting.is_guarded && !meeting.is_certain {
            true => format!("{own}; or accept it, if they are meant to share one set of names"),
            false => own,
        });
    for other in others.iter().take(3) {
        finding = finding.related(key_place(other, base), format!("`{}`", shown(other, base)));
    }
    Some(match meeting {
        Meeting { is_certain: true, .. } => finding,
        Meeting { number: Some(_), .. } | Meeting { is_guarded: true, .. } | Meeting { by_value: true, .. } => {
            finding.at_most(Level::Advice)
        }
        _ => finding.at_most(Level::Warning),
    })
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

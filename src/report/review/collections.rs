//! Item collections: which entities lie together under one partition key value of a table or an
//! index, each with one example item.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::example;
use super::words::number;
use crate::cost::Figures;
use crate::design::{AccessPath, Design, EntityDesign, Fill, Part};
use crate::load::State;
use crate::model::Projection;

/// Attributes of an example item that are shown; the rest is counted.
const MOST_ATTRIBUTES: usize = 10;

/// A table or index with what lies together in it.
#[derive(Debug)]
pub(super) struct Drawing {
    /// ``table `Shop` ``
    pub(super) label: String,
    /// The names of the partition key attributes.
    pub(super) partition: Vec<String>,
    /// The names of the sort key attributes.
    pub(super) sort: Vec<String>,
    /// What an index holds beside its keys.
    pub(super) holds: Option<String>,
    /// Its collections, one of each kind.
    pub(super) collections: Vec<Collection>,
}

impl Drawing {
    /// What there is instead of a sort key.
    pub(super) fn order(&self) -> &'static str {
        if self.holds.is_some() { "no sort key: entries in no order" } else { "no sort key: one item for each value" }
    }
}

/// The items of one partition key value.
#[derive(Debug)]
pub(super) struct Collection {
    /// The value of each partition key attribute.
    pub(super) partition: Vec<String>,
    /// One item for each entity, in the order of the sort key.
    pub(super) items: Vec<Item>,
}

/// An example item.
#[derive(Debug)]
pub(super) struct Item {
    /// Its entity.
    pub(super) entity: String,
    /// The value of each sort key attribute.
    pub(super) sort: Vec<String>,
    /// Its other attributes.
    pub(super) attributes: Vec<(String, String)>,
    /// How many further attributes it has.
    pub(super) more: usize,
    /// How many such items lie in a collection, and which.
    pub(super) notes: Vec<String>,
}

/// The drawings of all tables and indexes, by table.
pub(super) fn drawings(design: &Design<'_>, figures: &Figures<'_>) -> Vec<(String, Vec<Drawing>)> {
    let of = |table: &crate::design::TableDesign<'_>| {
        let paths = table.paths.iter().filter_map(|id| design.path(*id));
        (table.name.to_owned(), paths.map(|path| drawing(design, figures, path)).collect())
    };
    design.tables.iter().map(of).collect()
}

fn drawing(design: &Design<'_>, figures: &Figures<'_>, path: &AccessPath<'_>) -> Drawing {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut groups: IndexMap<Vec<String>, Vec<&EntityDesign<'_>>> = IndexMap::default();
    for (_, entity) in design.entities_of(path.table).filter(|(_, entity)| design.is_in(entity, path)) {
        groups.entry(kind(entity, path)).or_default().push(entity);
    }
    Drawing {
        label: path.label(),
        partition: owned(&path.partition),
        sort: owned(&path.sort),
        holds: match path.projection {
            _ if path.is_table() => None,
            Projection::All => Some("holds every attribute".to_owned()),
            Projection::KeysOnly => Some("holds only keys".to_owned()),
            Projection::Include(names) => Some(format!("holds the keys and {}", names.join(", "))),
        },
        collections: groups.values().map(|members| collection(design, figures, path, members)).collect(),
    }
}

/// How partition key values are made: entities that make them alike share collections. Behind a
/// text, attributes may have any name; without one, the same name is the same thing.
fn kind(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> Vec<String> {
    fills(entity, &path.partition)
        .map(|(_, fill)| {
            let has_text = fill.template.parts.iter().any(|part| matches!(part, Part::Text(_)));
            let shape = |part: &Part| match part {
                Part::Attribute { cut, .. } if has_text => format!("{{{}}}", cut.map_or("", |cut| cut.word())),
                part => part.to_string(),
            };
            fill.template.parts.iter().map(shape).collect()
        })
        .collect()
}

fn fills<'e, 'm>(
    entity: &'e EntityDesign<'m>,
    keys: &'e [&'m str],
) -> impl Iterator<Item = (&'m str, &'e Fill<'m>)> + use<'e, 'm> {
    keys.iter().filter_map(|key| Some((*key, entity.fills.get(*key)?)))
}

/// The values that the attributes of an example item have.
struct Values<'e, 'm> {
    entity: &'e EntityDesign<'m>,
    /// Names of attributes that another entity of the collection has under its own name.
    alias: IndexMap<String, String>,
    /// Values that the item must have to be in the index.
    fixed: IndexMap<String, String>,
}

impl Values<'_, '_> {
    fn of(&self, name: &str) -> String {
        if let Some(value) = self.fixed.get(name) {
            return value.clone();
        }
        let known = self.alias.get(name).map_or(name, String::as_str);
        example::value(known, self.entity.attribute(name))
    }

    fn key(&self, fill: &Fill<'_>) -> String {
        let known = |name: &str| (self.of(name), self.entity.attribute(name).cloned());
        fill.template.parts.iter().map(|part| example::part(part, known)).collect()
    }
}

fn collection(
    design: &Design<'_>,
    figures: &Figures<'_>,
    path: &AccessPath<'_>,
    members: &[&EntityDesign<'_>],
) -> Collection {
    let names = |entity: &EntityDesign<'_>| -> Vec<String> {
        fills(entity, &path.partition).flat_map(|(_, fill)| fill.template.attributes().map(str::to_owned)).collect()
    };
    let first = members.first().map(|entity| names(entity)).unwrap_or_default();
    let mut partition = Vec::new();
    let mut items = Vec::new();
    for entity in members {
        let alias = names(entity).into_iter().zip(first.iter().cloned()).filter(|(own, known)| own != known).collect();
        let conditions = fills(entity, &path.partition).chain(fills(entity, &path.sort));
        let fixed = conditions
            .filter_map(|(_, fill)| fill.when)
            .flatten()
            .filter_map(|(name, values)| Some((name.clone(), values.0.first()?.text().to_owned())))
            .collect();
        let values = Values { entity, alias, fixed };
        if partition.is_empty() {
            partition = fills(entity, &path.partition).map(|(_, fill)| values.key(fill)).collect();
        }
        items.push((item(design, figures, path, &values), entity.id));
    }
    items.sort_by(|(a, of_a), (b, of_b)| in_order(&a.sort, &b.sort).then(of_a.cmp(of_b)));
    Collection { partition, items: items.into_iter().map(|(item, _)| item).collect() }
}

/// The order of sort keys: numbers by value, texts by their bytes.
fn in_order(a: &[String], b: &[String]) -> std::cmp::Ordering {
    let compare = |(a, b): (&String, &String)| match (a.parse::<Decimal>(), b.parse::<Decimal>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    };
    a.iter().zip(b).map(compare).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

fn item(design: &Design<'_>, figures: &Figures<'_>, path: &AccessPath<'_>, values: &Values<'_, '_>) -> Item {
    let entity = values.entity;
    let is_key = |name: &str| path.keys().any(|key| key == name);
    let mut attributes: Vec<(String, String)> = Vec::new();
    // In an index, the keys of the table are what leads back to the item.
    if !path.is_table()
        && let Some(base) = design.base_path(path.table)
    {
        for key in base.keys().filter(|key| !is_key(key)) {
            if let Some(fill) = entity.fills.get(key) {
                attributes.push((key.to_owned(), values.key(fill)));
            }
        }
    }
    let is_held = |name: &str| match path.projection {
        _ if path.is_table() => true,
        Projection::All => true,
        Projection::KeysOnly => false,
        Projection::Include(names) => names.iter().any(|held| held == name),
    };
    for (name, attribute) in &entity.entity.attributes {
        let is_shown = attributes.iter().any(|(shown, _)| shown == name);
        if !is_key(name) && !is_shown && is_held(name) && attribute.stored != Some(false) {
            attributes.push((name.clone(), values.of(name)));
        }
    }
    let more = attributes.len().saturating_sub(MOST_ATTRIBUTES);
    attributes.truncate(MOST_ATTRIBUTES);
    Item {
        entity: entity.name.to_owned(),
        sort: fills(entity, &path.sort).map(|(_, fill)| values.key(fill)).collect(),
        attributes,
        more,
        notes: notes(design, figures, path, values),
    }
}

/// How many items of an entity a collection holds, and which of them.
fn notes(design: &Design<'_>, figures: &Figures<'_>, path: &AccessPath<'_>, values: &Values<'_, '_>) -> Vec<String> {
    let entity = values.entity;
    let mut notes = Vec::new();
    let names: Vec<&str> = fills(entity, &path.partition).flat_map(|(_, fill)| fill.template.attributes()).collect();
    let share = figures.load.shapes.of(entity.id).and_then(|shape| shape.membership(path, &State::default()).ok());
    let is_one = entity.identity.iter().all(|name| names.contains(&name.as_str())) && !entity.identity.is_empty();
    // Times that a key cuts short make more groups than the whole times would tell.
    let is_cut = fills(entity, &path.partition)
        .flat_map(|(_, fill)| fill.template.parts.iter())
        .any(|part| matches!(part, Part::Attribute { cut: Some(_), .. }));
    let count = entity
        .items
        .zip(share)
        .zip(design.groups(entity, &names))
        .and_then(|((items, share), groups)| items.saturating_mul(share).checked_div(groups));
    match count {
        _ if is_one && !is_cut => {}
        Some(count) if !is_cut && count.round_dp(2) != Decimal::ONE => {
            notes.push(format!("{} in a collection on average", number(count)))
        }
        _ => {}
    }
    if let Some(share) = share.filter(|share| *share < Decimal::ONE && !path.is_table()) {
        notes.push(format!("{} of all are here", super::words::percent(share)));
    }
    if !values.fixed.is_empty() {
        let conditions: Vec<String> = values.fixed.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        notes.push(format!("only where {}", conditions.join(", ")));
    }
    notes
}

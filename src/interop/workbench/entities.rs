//! Kinds of items of a Workbench model: its facets or, where there are none, its sample rows by the
//! shape of their keys.

use indexmap::{IndexMap, IndexSet};

use super::super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::super::key_guess::{Guess, KeyColumn, guess, is_label, names_a_kind};
use super::super::node::{Node, Origin};
use super::super::samples::{Cell, Row, Shown, format_of, from_letters, row, shown};
use super::super::table_shape::key_names;
use crate::model::{Attribute, AttributeType, Entity, Literal};
use crate::source::ModelPath;
use crate::units::Bytes;

/// One kind of items: its name, its rows, and the attributes that its facet lists.
struct Kind<'n> {
    name: String,
    origin: Origin,
    rows: Vec<Row>,
    listed: Vec<String>,
    facet: Option<&'n Node>,
}

/// The most rows that are looked at for each table; more say nothing new.
const MOST_ROWS: usize = 10_000;

/// Adds the kinds of items of a table.
pub(super) fn entities(imported: &mut Imported, table: &ImportedTable, properties: &Node) {
    let declared = declared_types(table, properties);
    for kind in kinds(table, properties) {
        let name = free_name(&kind.name, &imported.entities);
        let place = ModelPath::of(["entities", &name]);
        let (entity, remarks) = entity(table, &kind, &declared);
        for text in remarks {
            imported.notes.push(Note { kind: NoteKind::Assumed, at: place.clone(), text, origin: Some(kind.origin) });
        }
        imported.entities.insert(name, entity);
    }
}

fn free_name<T>(wanted: &str, taken: &IndexMap<String, T>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2_usize;
    while taken.contains_key(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// Types by attribute, as the model declares them.
fn declared_types(table: &ImportedTable, properties: &Node) -> IndexMap<String, AttributeType> {
    let mut types: IndexMap<String, AttributeType> =
        table.key_types.iter().map(|(name, kind)| (name.clone(), (*kind).into())).collect();
    for attribute in properties.get("NonKeyAttributes").map(Node::items).unwrap_or_default() {
        if let Some(name) = attribute.get("AttributeName").and_then(Node::word)
            && let Some(kind) = attribute.get("AttributeType").and_then(Node::text).and_then(from_letters)
        {
            types.entry(name.trim().to_owned()).or_insert(kind);
        }
    }
    types
}

fn rows_of(node: &Node) -> Vec<Row> {
    node.get("TableData").map(Node::items).unwrap_or_default().iter().take(MOST_ROWS).map(row).collect()
}

fn kinds<'n>(table: &ImportedTable, properties: &'n Node) -> Vec<Kind<'n>> {
    let facets = properties.get("TableFacets").map(Node::items).unwrap_or_default();
    let loose = rows_of(properties);
    if facets.is_empty() {
        let listed = properties.get("NonKeyAttributes").map(Node::items).unwrap_or_default();
        let listed: Vec<String> =
            listed.iter().filter_map(|a| Some(a.get("AttributeName")?.word()?.trim().to_owned())).collect();
        let origin = properties.get("TableData").map_or(properties.origin, |rows| rows.origin);
        let mut kinds = group(table, loose, &table.name, origin);
        // Without rows, and with rows of one kind, the table's attributes are the kind's.
        match kinds.as_mut_slice() {
            [] => kinds.push(Kind { name: item_name(&table.name), origin, rows: Vec::new(), listed, facet: None }),
            [only] => only.listed = listed,
            _ => {}
        }
        return kinds;
    }
    let mut kinds = Vec::new();
    for (position, facet) in facets.iter().enumerate() {
        let name = facet.get("FacetName").and_then(Node::word).map(str::trim).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("{}Facet{}", table.name, position + 1), str::to_owned);
        let listed: Vec<String> = facet
            .get("NonKeyAttributes")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|name| Some(name.word().or_else(|| name.get("AttributeName")?.word())?.trim().to_owned()))
            .collect();
        let mut rows = rows_of(facet);
        if rows.is_empty() {
            // Rows of the table are those of the only facet that has all their attributes.
            rows = loose.iter().filter(|row| fits_only(row, position, facets, table)).cloned().collect();
        }
        let mut split = group(table, rows, &name, facet.origin);
        if split.is_empty() {
            split.push(Kind { name, origin: facet.origin, rows: Vec::new(), listed: Vec::new(), facet: None });
        }
        let is_one = split.len() == 1;
        for kind in &mut split {
            kind.facet = Some(facet);
            if is_one {
                kind.listed.clone_from(&listed);
            }
        }
        kinds.extend(split);
    }
    kinds
}

fn fits_only(row: &Row, position: usize, facets: &[Node], table: &ImportedTable) -> bool {
    let fits = |facet: &Node| {
        let listed: Vec<&str> =
            facet.get("NonKeyAttributes").map(Node::items).unwrap_or_default().iter().filter_map(Node::word).collect();
        row.keys().all(|name| table.key_types.contains_key(name) || listed.contains(&name.as_str()))
    };
    facets.iter().enumerate().all(|(other, facet)| fits(facet) == (other == position))
}

/// Rows by kind: by the attribute that tells kinds apart, where one does, or by what their keys
/// begin with.
fn group<'n>(table: &ImportedTable, rows: Vec<Row>, name: &str, origin: Origin) -> Vec<Kind<'n>> {
    let teller = teller(&rows);
    let mut groups: IndexMap<Vec<String>, Vec<Row>> = IndexMap::new();
    for row in rows {
        let sign = match &teller {
            Some(teller) => vec![row.get(teller).and_then(|cell| cell.text.clone()).unwrap_or_default()],
            None => signs(table, &row),
        };
        groups.entry(sign).or_default().push(row);
    }
    if teller.is_none() {
        join_values(&mut groups);
    }
    let is_one = groups.len() == 1;
    let of = |(sign, rows): (Vec<String>, Vec<Row>)| {
        let told: Vec<&str> = sign.iter().map(String::as_str).filter(|sign| !sign.is_empty()).collect();
        let kind_name = match (&teller, is_one, told.last()) {
            (Some(_), false, Some(value)) => (*value).to_owned(),
            (_, true, _) if name == table.name => item_name(name),
            (_, true, _) | (_, _, None) => name.to_owned(),
            (None, false, Some(_)) if name == table.name => told.join("_"),
            (None, false, Some(last)) => format!("{name}_{last}"),
        };
        Kind { name: kind_name, origin, rows, listed: Vec::new(), facet: None }
    };
    groups.into_iter().map(of).collect()
}

fn item_name(table: &str) -> String {
    format!("{table}Item")
}

/// The attribute that tells the kinds of these rows apart: all rows have it, and rows with another
/// value have other attributes or the name leaves no doubt.
fn teller(rows: &[Row]) -> Option<String> {
    let first = rows.first()?;
    let name = first.keys().find(|name| names_a_kind(name))?;
    let mut attributes: IndexMap<&str, IndexSet<&str>> = IndexMap::new();
    for row in rows {
        let value = row.get(name)?.text.as_deref()?;
        attributes.entry(value).or_default().extend(row.keys().map(String::as_str));
    }
    let sets: Vec<&IndexSet<&str>> = attributes.values().collect();
    let differ = sets.iter().enumerate().all(|(i, set)| sets.iter().skip(i + 1).all(|other| set != other));
    (name.to_lowercase().contains("entity") || differ).then(|| name.clone())
}

/// What the values of the table's keys begin with, where that is a word.
fn signs(table: &ImportedTable, row: &Row) -> Vec<String> {
    let keys = || table.table.partition_key.iter().chain(table.table.sort_key.iter());
    // What another attribute holds is a value.
    let is_value = |text: &str| {
        let other = |(name, cell): (&String, &Cell)| {
            !keys().any(|key| key == name) && !names_a_kind(name) && cell.text.as_deref() == Some(text)
        };
        row.iter().any(other)
    };
    keys()
        .map(|key| {
            let text = row.get(key).and_then(|cell| cell.text.as_deref()).unwrap_or_default();
            match text.split(['#', '|', '/']).find(|part| !part.is_empty()) {
                Some(first) if first.len() < text.len() && is_label(first) && !is_value(first) => first.to_owned(),
                Some(whole) if whole == text && is_label(whole) && !whole.chars().any(char::is_lowercase) => {
                    whole.to_owned()
                }
                _ => String::new(),
            }
        })
        .collect()
}

/// Joins groups with the same attributes whose keys differ only where one has no word: then the
/// words are values.
fn join_values(groups: &mut IndexMap<Vec<String>, Vec<Row>>) {
    let attributes = |rows: &[Row]| -> IndexSet<String> { rows.iter().flat_map(|row| row.keys().cloned()).collect() };
    let open: Vec<(Vec<String>, IndexSet<String>)> = groups
        .iter()
        .filter(|(sign, _)| sign.iter().any(String::is_empty))
        .map(|(sign, rows)| (sign.clone(), attributes(rows)))
        .collect();
    for (sign, names) in open {
        let same: Vec<Vec<String>> = groups
            .iter()
            .filter(|(other, rows)| {
                **other != sign
                    && attributes(rows) == names
                    && sign.iter().zip(*other).all(|(open, word)| open.is_empty() || open == word)
            })
            .map(|(other, _)| other.clone())
            .collect();
        for other in same {
            let rows = groups.shift_remove(&other).unwrap_or_default();
            if let Some(into) = groups.get_mut(&sign) {
                into.extend(rows);
            }
        }
    }
}

fn entity(table: &ImportedTable, kind: &Kind<'_>, declared: &IndexMap<String, AttributeType>) -> (Entity, Vec<String>) {
    let mut remarks = Vec::new();
    let mut entity = Entity { table: Some(table.name.clone()), ..Entity::default() };
    let rows: Vec<&Row> = kind.rows.iter().collect();
    let guess = guess(&rows, &columns(table, kind.facet));
    let keys = &table.table;
    let primary: Vec<&String> = keys.partition_key.iter().chain(keys.sort_key.iter()).collect();
    let mut names: IndexSet<&str> = primary.iter().map(|name| name.as_str()).collect();
    names.extend(rows.iter().flat_map(|row| row.keys().map(String::as_str)));
    names.extend(kind.listed.iter().map(String::as_str));
    let mut numbers = Vec::new();
    for name in names {
        if guess.templates.contains_key(name) {
            continue;
        }
        let cells: Vec<&Cell> = rows.iter().filter_map(|row| row.get(name)).collect();
        let Shown { mut attribute, doubts, holds_numbers } = shown(&cells, rows.len(), declared.get(name).copied());
        if primary.iter().any(|key| *key == name) {
            attribute.optional = None;
        } else if cells.is_empty() {
            attribute.optional = Some(true);
        }
        remarks.extend(doubts.into_iter().map(|doubt| format!("`{name}` {doubt}")));
        if holds_numbers {
            numbers.push(format!("`{name}`"));
        }
        entity.attributes.insert(name.to_owned(), attribute);
    }
    keys_of(&mut entity, guess, &mut remarks);
    if !numbers.is_empty() {
        remarks.push(format!("text (S) that holds numbers only: {}", numbers.join(", ")));
    }
    remarks.push(match rows.len() {
        0 => "there are no sample rows: how keys are built and how large values are is not known".to_owned(),
        1 => "keys, formats and sizes are those of 1 sample row".to_owned(),
        count => format!("keys, formats and sizes are those of {count} sample rows"),
    });
    (entity, remarks)
}

fn keys_of(entity: &mut Entity, guess: Guess, remarks: &mut Vec<String>) {
    for (name, template) in guess.templates {
        let value = Literal::Text(template);
        entity.keys.insert(name, crate::model::KeyTemplate { value, when: IndexMap::new() });
    }
    for (name, values) in guess.parts {
        let texts: Vec<&str> = values.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let kind = format_of(&texts).unwrap_or_default();
        let total: usize = texts.iter().map(|text| text.len()).sum();
        let average = total.div_ceil(texts.len().max(1)) as u64;
        let largest = texts.iter().map(|text| text.len()).max().unwrap_or_default() as u64;
        let is_text = kind == AttributeType::String;
        let attribute = Attribute {
            kind,
            size: is_text.then_some(Bytes(average)),
            max_size: (is_text && largest > average).then_some(Bytes(largest)),
            stored: Some(false),
            ..Attribute::default()
        };
        entity.attributes.insert(name, attribute);
    }
    remarks.extend(guess.doubts);
}

/// The key attributes of the table and of its indexes, each once, with the facet's aliases.
fn columns<'a>(table: &ImportedTable, facet: Option<&'a Node>) -> Vec<KeyColumn<'a>> {
    let alias = |part| facet.and_then(|facet| facet.at(&["KeyAttributeAlias", part])).and_then(Node::word);
    let named = |name: String| {
        let part = if table.table.partition_key.0.contains(&name) {
            alias("PartitionKeyAlias")
        } else if table.table.sort_key.0.contains(&name) {
            alias("SortKeyAlias")
        } else {
            None
        };
        KeyColumn { name, alias: part }
    };
    key_names(&table.table).into_iter().map(named).collect()
}

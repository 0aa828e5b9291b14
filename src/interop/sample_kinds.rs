//! Kinds of items as sample rows show them: rows are told apart by the attribute that says so or by
//! what their keys begin with, and each kind's keys and attributes are read off its rows.

use indexmap::IndexSet;

use crate::IndexMap;

use super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::key_guess::{Guess, Habits, KeyColumn, guess, is_label, names_a_kind};
use super::node::{Node, Origin};
use super::samples::{Cell, Row, Shown, format_of, shown};
use super::table_shape::key_names;
use crate::model::{Attribute, AttributeType, Entity, Literal};
use crate::source::ModelPath;
use crate::units::Bytes;

/// One kind of items: its name, its rows, and the attributes that its facet lists.
pub(super) struct Kind<'n> {
    /// What it is called.
    pub(super) name: String,
    /// Where the file has it.
    pub(super) origin: Origin,
    /// Its sample rows.
    pub(super) rows: Vec<Row>,
    /// The attributes that the file lists for it.
    pub(super) listed: Vec<String>,
    /// The view of the table that names parts of its keys.
    pub(super) facet: Option<&'n Node>,
}

/// Adds kinds of items; `declared` are the types that the file gives attributes.
pub(super) fn add(
    imported: &mut Imported,
    table: &ImportedTable,
    kinds: Vec<Kind<'_>>,
    declared: &IndexMap<String, AttributeType>,
) {
    let mut habits = Habits::default();
    for kind in kinds {
        let name = free_name(&kind.name, &imported.entities);
        let place = ModelPath::of(["entities", &name]);
        let (entity, remarks) = entity(table, &kind, declared, &mut habits);
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

/// More words than these that keys begin with are no kinds of items but values.
const MOST_KINDS: usize = 50;

/// Rows by kind: by the attribute that tells kinds apart, where one does, or by what their keys
/// begin with.
pub(super) fn group<'n>(table: &ImportedTable, rows: Vec<Row>, name: &str, origin: Origin) -> Vec<Kind<'n>> {
    let teller = teller(&rows);
    let mut groups: IndexMap<Vec<String>, Vec<Row>> = IndexMap::default();
    for row in rows {
        let sign = match &teller {
            Some(teller) => vec![row.get(teller).and_then(|cell| cell.text.clone()).unwrap_or_default()],
            None => signs(table, &row),
        };
        groups.entry(sign).or_default().push(row);
    }
    if groups.len() > MOST_KINDS {
        let all = groups.into_values().flatten().collect();
        groups = std::iter::once((Vec::new(), all)).collect();
    } else if teller.is_none() {
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

/// The name of a table's only kind of items.
pub(super) fn item_name(table: &str) -> String {
    format!("{table}Item")
}

/// The attribute that tells the kinds of these rows apart: all rows have it, and rows with another
/// value have other attributes or the name leaves no doubt.
fn teller(rows: &[Row]) -> Option<String> {
    let first = rows.first()?;
    let name = first.keys().find(|name| names_a_kind(name))?;
    let mut attributes: IndexMap<&str, IndexSet<&str>> = IndexMap::default();
    for row in rows {
        let value = row.get(name)?.text.as_deref()?;
        attributes.entry(value).or_default().extend(row.keys().map(String::as_str));
    }
    if attributes.len() > MOST_KINDS {
        return None;
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

fn entity(
    table: &ImportedTable,
    kind: &Kind<'_>,
    declared: &IndexMap<String, AttributeType>,
    habits: &mut Habits,
) -> (Entity, Vec<String>) {
    let mut remarks = Vec::new();
    let mut entity = Entity { table: Some(table.name.clone()), ..Entity::default() };
    let rows: Vec<&Row> = kind.rows.iter().collect();
    let guess = guess(&rows, &columns(table, kind.facet), habits);
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
        let compiled = crate::design::Template::compile(&Literal::Text(template.clone()));
        for part in compiled.iter().flat_map(crate::design::Template::attributes) {
            if !entity.attributes.contains_key(part) && !guess.parts.contains_key(part) {
                let attribute = Attribute { stored: Some(false), ..Attribute::default() };
                entity.attributes.insert(part.to_owned(), attribute);
            }
        }
        let value = Literal::Text(template);
        entity.keys.insert(name, crate::model::KeyTemplate { value, when: IndexMap::default() });
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

//! Kinds of items of a Workbench model: its facets or, where there are none, its sample rows by the
//! shape of their keys.

use crate::IndexMap;

use super::super::imported::{Imported, ImportedTable};
use super::super::node::Node;
use super::super::sample_kinds::{Kind, add, group, item_name};
use super::super::samples::{Row, from_letters, row};
use crate::model::AttributeType;

/// The most rows that are looked at for each table; more say nothing new.
const MOST_ROWS: usize = 10_000;

/// Adds the kinds of items of a table.
pub(super) fn entities(imported: &mut Imported, table: &ImportedTable, properties: &Node) {
    let declared = declared_types(table, properties);
    let kinds = kinds(table, properties);
    add(imported, table, kinds, &declared);
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

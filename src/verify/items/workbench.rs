//! Items as the sample data of a NoSQL Workbench data model, version 3.0: tables, global indexes, and a
//! facet for each entity with its items as rows.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/workbench.Modeler.ImportExisting.html>
//! Nothing documents the form itself; it follows the data models that AWS publishes.

use crate::IndexMap;
use serde_json::{Map, Value, json};

use super::dataset::{Dataset, Generated};
use super::value::item_to_json;
use super::{Note, NoteKind};
use crate::design::{AccessPath, Design, EntityDesign, TableDesign};
use crate::model::Projection;

/// The day of the model, which is the end of its items' time: no clock is read.
const DAY: &str = "Jan 01, 2026, 12:00 AM";

/// The data model of one table, or of all of them, and what it cannot say.
pub fn workbench(design: &Design<'_>, dataset: &Dataset, table: Option<&str>) -> (Value, Vec<Note>) {
    let mut notes = Vec::new();
    let tables: Vec<Value> = design
        .tables
        .iter()
        .filter(|found| table.is_none_or(|table| table == found.name))
        .filter_map(|table| data_model(design, dataset, table, &mut notes))
        .collect();
    let model = json!({
        "ModelName": design.model.name.as_deref().unwrap_or("keyplan"),
        "ModelMetadata": {
            "Author": "",
            "DateCreated": DAY,
            "DateLastModified": DAY,
            "Description": design.model.description.as_deref().unwrap_or_default(),
            "AWSService": "Amazon DynamoDB",
            "Version": "3.0",
        },
        "DataModel": tables,
    });
    (model, notes)
}

fn data_model(design: &Design<'_>, dataset: &Dataset, table: &TableDesign<'_>, notes: &mut Vec<Note>) -> Option<Value> {
    let items = dataset.tables.get(table.name).map(Vec::as_slice).unwrap_or_default();
    let mut paths = table.paths.iter().filter_map(|path| design.path(*path));
    let base = paths.next()?;
    let types = types(items);
    let mut indexes = Vec::new();
    for index in paths {
        match keys(index, &types).filter(|_| index.is_global()) {
            Some(keys) => indexes.push(json!({
                "IndexName": index.name,
                "KeyAttributes": keys,
                "Projection": projection(index.projection),
            })),
            None => notes.push(Note {
                kind: NoteKind::LeftOut,
                message: format!(
                    "{} of `{}`: data models of NoSQL Workbench have only global indexes with one attribute in each key",
                    index.label(),
                    table.name
                ),
            }),
        }
    }
    let is_key = |name: &str| base.keys().any(|key| key == name);
    let others = types.iter().filter(|(name, _)| !is_key(name));
    let others: Vec<Value> = others.map(|(name, kind)| attribute(name, kind)).collect();
    let facets = design.entities_of(base.table).map(|(id, entity)| facet(base, entity, dataset.of(id)));
    let facets: Vec<Value> = facets.collect();
    Some(json!({
        "TableName": table.name,
        "KeyAttributes": keys(base, &types)?,
        "NonKeyAttributes": others,
        "TableFacets": facets,
        "GlobalSecondaryIndexes": indexes,
        "DataAccess": { "MySql": {} },
        "BillingMode": "PAY_PER_REQUEST",
    }))
}

/// The attributes of some items, with the word for the type that the first of them has.
fn types(items: &[Generated]) -> IndexMap<&str, &'static str> {
    let mut types = IndexMap::default();
    for (name, value) in items.iter().flat_map(|made| &made.item) {
        types.entry(name.as_str()).or_insert_with(|| value.type_word());
    }
    types
}

fn attribute(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "AttributeType": kind })
}

/// The keys of a path; nothing where a key has several attributes.
fn keys(path: &AccessPath<'_>, types: &IndexMap<&str, &'static str>) -> Option<Value> {
    let key = |name: &str| attribute(name, types.get(name).copied().unwrap_or("S"));
    match (path.partition.as_slice(), path.sort.as_slice()) {
        ([partition], []) => Some(json!({ "PartitionKey": key(partition) })),
        ([partition], [sort]) => Some(json!({ "PartitionKey": key(partition), "SortKey": key(sort) })),
        _ => None,
    }
}

fn projection(projection: &Projection) -> Value {
    match projection {
        Projection::All => json!({ "ProjectionType": "ALL" }),
        Projection::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
        Projection::Include(names) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names }),
    }
}

/// An entity with its items; its keys are called by their templates.
fn facet(base: &AccessPath<'_>, entity: &EntityDesign<'_>, items: &[Generated]) -> Value {
    let alias = |key: &&str| entity.fills.get(key).map_or_else(|| (*key).to_owned(), |fill| fill.template.to_string());
    let mut aliases = Map::new();
    let parts = [("PartitionKeyAlias", base.partition.first()), ("SortKeyAlias", base.sort.first())];
    for (word, key) in parts {
        aliases.extend(key.map(|key| (word.to_owned(), Value::String(alias(key)))));
    }
    let names = types(items);
    let others: Vec<&str> = names.keys().copied().filter(|name| !base.keys().any(|key| key == *name)).collect();
    json!({
        "FacetName": entity.name,
        "KeyAttributeAlias": aliases,
        "TableData": items.iter().map(|made| Value::Object(item_to_json(&made.item))).collect::<Vec<_>>(),
        "NonKeyAttributes": others,
        "DataAccess": { "MySql": {} },
    })
}

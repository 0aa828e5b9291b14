//! Schemas of the OneTable library, as JSON or as an object literal in JavaScript or TypeScript.
//!
//! <https://doc.onetable.io/api/table/schemas/>

mod fields;
mod template;

use super::assembled::{definition, key_schema, list, map, projection, text};
use super::format::ImportError;
use super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::node::{Node, Value};
use super::table_shape::{self, key_names};
use crate::source::ModelPath;

/// Whether a document is a schema, or a script that has one.
pub(super) fn recognises(document: &Node) -> bool {
    !schemas(document).is_empty()
}

fn is_schema(node: &Node) -> bool {
    let indexes = node.get("indexes").into_iter().flat_map(Node::entries);
    let has_index = indexes.into_iter().any(|(_, index)| index.get("hash").is_some() || index.get("sort").is_some());
    has_index && matches!(node.get("models").map(|models| &models.value), Some(Value::Map(_)))
}

/// The schemas of a document, each with the table that is made with it. `new Table({name, schema})`
/// comes before the schema alone.
fn schemas(document: &Node) -> Vec<(&Node, Option<&Node>)> {
    if is_schema(document) {
        return vec![(document, None)];
    }
    let mut found: Vec<(&Node, Option<&Node>)> = Vec::new();
    for (_, constant) in document.entries() {
        let Some(settings) = constant.get("new Table").and_then(|arguments| arguments.items().first()) else {
            continue;
        };
        if let Some(schema) = settings.get("schema").filter(|schema| is_schema(schema)) {
            found.push((schema, settings.get("name")));
        }
    }
    for (_, constant) in document.entries() {
        if is_schema(constant) && !found.iter().any(|(schema, _)| schema.value == constant.value) {
            found.push((constant, None));
        }
    }
    found
}

/// Reads the schemas of a document.
///
/// # Errors
/// When there is none.
pub(super) fn read(file: usize, document: &Node) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    for (schema, named) in schemas(document) {
        let table_name = named.and_then(Node::text).filter(|name| !name.is_empty());
        let mut name = table_name.unwrap_or("Table").to_owned();
        while imported.tables.iter().any(|table| table.name == name) {
            name.push('_');
        }
        if table_name.is_none() {
            let text = match named.map(|node| &node.value) {
                Some(Value::Unknown(why)) => format!("the table's name is {why}; it is called `{name}`"),
                _ => format!("the schema does not name its table; it is called `{name}`"),
            };
            let at = ModelPath::of(["tables", &name]);
            imported.notes.push(Note { kind: NoteKind::Assumed, at, text, origin: Some(schema.origin) });
        }
        let table = table(name, schema, &mut imported.notes);
        fields::models(&mut imported, &table, schema);
        imported.tables.push(table);
    }
    if imported.tables.is_empty() {
        return Err(ImportError {
            file,
            message: "there is no OneTable schema in this file: no object has `indexes` and `models`".to_owned(),
            span: None,
            help: Some("the schema must be an object literal; what code puts together cannot be read".to_owned()),
        });
    }
    Ok(imported)
}

fn table(name: String, schema: &Node, notes: &mut Vec<Note>) -> ImportedTable {
    let indexes: Vec<(&str, &Node)> = schema.get("indexes").into_iter().flat_map(Node::entries).collect();
    let primary = indexes.iter().find(|(name, _)| *name == "primary").or_else(|| indexes.first()).copied();
    let one = |index: &Node, part: &str| -> Vec<Node> {
        index.get(part).filter(|node| node.value != Value::Nothing).cloned().into_iter().collect()
    };
    let schema_of = |index: &Node| key_schema(index.origin, &one(index, "hash"), &one(index, "sort"));
    let is_local = |index: &Node| index.get("type").and_then(Node::text) == Some("local");
    let secondary = |local: bool| {
        let of = indexes
            .iter()
            .filter(|(name, index)| primary.is_none_or(|(primary, _)| primary != *name) && is_local(index) == local);
        let shapes = of.map(|(name, index)| {
            let keys = ["hash", "sort"];
            let own = keys.iter().flat_map(|part| {
                [index.get(part), primary.and_then(|(_, primary)| primary.get(part))].into_iter().flatten()
            });
            let own: Vec<&str> = own.filter_map(Node::word).collect();
            map(
                index.origin,
                [
                    ("IndexName", Some(text(index.origin, name))),
                    ("KeySchema", Some(schema_of(index))),
                    ("Projection", projected(index, &own)),
                ],
            )
        });
        list(schema.origin, shapes.collect())
    };
    let mut definitions = Vec::new();
    for (_, model) in schema.get("models").into_iter().flat_map(Node::entries) {
        for (_, index) in &indexes {
            for part in ["hash", "sort"] {
                let Some(key) = index.get(part).filter(|key| key.word().is_some()) else { continue };
                if let Some(field) = key.word().and_then(|name| model.get(name)) {
                    let is_number = fields::type_word(field).as_deref() == Some("number");
                    definitions.push(definition(key, &text(field.origin, if is_number { "N" } else { "S" })));
                }
            }
        }
    }
    let primary_schema = primary.map(|(_, index)| schema_of(index));
    let shape = map(
        schema.origin,
        [
            ("KeySchema", primary_schema),
            ("AttributeDefinitions", Some(list(schema.origin, definitions))),
            ("GlobalSecondaryIndexes", Some(secondary(false))),
            ("LocalSecondaryIndexes", Some(secondary(true))),
        ],
    );
    let mut table = table_shape::table(name, &shape, notes);
    table.tells_only(&[], "a OneTable schema does not have it");
    for key in key_names(&table.table) {
        if !table.key_types.contains_key(&key) {
            table.never_told(ModelPath::of(["key_types"]).key(&key), "no model of the schema has it as a field");
        }
    }
    table
}

/// `project`: `all`, `keys`, or names, of which the library leaves the keys out.
fn projected(index: &Node, own: &[&str]) -> Option<Node> {
    let project = index.get("project")?;
    let kind = |word| text(project.origin, word);
    match &project.value {
        Value::List(names) => {
            let further = names.iter().filter(|name| name.word().is_none_or(|word| !own.contains(&word)));
            let further = list(project.origin, further.cloned().collect());
            projection(Some(&kind("INCLUDE")), Some(&further))
        }
        Value::Text(word) if word == "all" => projection(Some(&kind("ALL")), None),
        Value::Text(word) if word == "keys" => projection(Some(&kind("KEYS_ONLY")), None),
        _ => projection(Some(project), None),
    }
}

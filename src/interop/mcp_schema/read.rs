//! Tables and entities of a `schema.json`.

use crate::IndexMap;

use super::super::assembled::{key_schema, list, map, one_or_more, projection};
use super::super::format::ImportError;
use super::super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::super::node::{Node, Value};
use super::super::table_shape;
use super::keys::{self, Places};
use super::patterns;
use crate::model::{Attribute, AttributeType, Entity, KeyType};
use crate::source::ModelPath;

/// Whether a document is such a schema.
pub(in crate::interop) fn recognises(document: &Node) -> bool {
    let tables = document.get("tables").map(Node::items).unwrap_or_default();
    tables.iter().any(|table| table.get("table_config").is_some())
}

/// An entity of the file: its name there and in the model, and where its items live.
pub(super) struct FileEntity<'n> {
    /// The table's name.
    pub(super) table: String,
    /// The name in the file.
    pub(super) own: String,
    /// The name in the model, which no other entity has.
    pub(super) name: String,
    /// What the file says of it.
    pub(super) node: &'n Node,
    /// Its key templates by the attribute that they fill, and the parts of each path's keys.
    pub(super) places: Places,
}

/// Reads a schema.
///
/// # Errors
/// When it has no table that could be read.
pub(in crate::interop) fn read(file: usize, document: &Node) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    let mut entities: Vec<FileEntity<'_>> = Vec::new();
    for (position, node) in document.get("tables").map(Node::items).unwrap_or_default().iter().enumerate() {
        let Some(config) = node.get("table_config") else { continue };
        let named = config.get("table_name").and_then(Node::word).map(str::to_owned);
        let name = named.unwrap_or_else(|| format!("Table{}", position + 1));
        let mut table = table(&name, node, config, &mut imported.notes);
        for (own, described) in node.get("entities").into_iter().flat_map(Node::entries) {
            let wanted = if imported.entities.contains_key(own) { format!("{name}{own}") } else { own.to_owned() };
            let mut unique = wanted.clone();
            while imported.entities.contains_key(&unique) {
                unique.push('_');
            }
            let (entity, places) = entity(&table, &unique, described, &mut imported.notes);
            types(&mut table, &entity);
            imported.entities.insert(unique.clone(), entity);
            entities.push(FileEntity {
                table: name.clone(),
                own: own.to_owned(),
                name: unique,
                node: described,
                places,
            });
        }
        imported.tables.push(table);
    }
    if imported.tables.is_empty() {
        return Err(ImportError {
            file,
            message: "no table of this schema has a `table_config`".to_owned(),
            span: Some(document.origin.span),
            help: None,
        });
    }
    patterns::single(&mut imported, &entities);
    patterns::across(&mut imported, &entities, document);
    Ok(imported)
}

fn table(name: &str, node: &Node, config: &Node, notes: &mut Vec<Note>) -> ImportedTable {
    let keys_of = |node: &Node| {
        key_schema(node.origin, one_or_more(node.get("partition_key")), one_or_more(node.get("sort_key")))
    };
    let place = ModelPath::of(["tables", name]);
    let indexes = node.get("gsi_list").map(|indexes| {
        let mut seen: Vec<&str> = Vec::new();
        let mut read = Vec::new();
        for index in indexes.items() {
            let named = index.get("name").and_then(Node::word);
            if let Some(named) = named
                && seen.contains(&named)
            {
                let text = format!("another index of the name `{named}`: the last is kept");
                let at = place.key("global_indexes").key(named);
                notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(index.origin) });
            }
            seen.extend(named);
            let shape = map(
                index.origin,
                [
                    ("IndexName", index.get("name").cloned()),
                    ("KeySchema", Some(keys_of(index))),
                    ("Projection", projection(index.get("projection"), index.get("included_attributes"))),
                ],
            );
            read.push(shape);
        }
        list(indexes.origin, read)
    });
    let shape = map(node.origin, [("KeySchema", Some(keys_of(config))), ("GlobalSecondaryIndexes", indexes)]);
    let mut table = table_shape::table(name.to_owned(), &shape, notes);
    let why = "the schema of the MCP server does not have it";
    table.tells_only(&[], why);
    table.never_told(ModelPath::of(["local_indexes"]), why);
    table
}

fn entity(table: &ImportedTable, name: &str, node: &Node, notes: &mut Vec<Note>) -> (Entity, Places) {
    let place = ModelPath::of(["entities", name]);
    let mut attributes: IndexMap<String, Attribute> = IndexMap::default();
    for field in node.get("fields").map(Node::items).unwrap_or_default() {
        let Some(field_name) = field.get("name").and_then(Node::word) else { continue };
        let written = field.get("type").and_then(Node::text).unwrap_or_default();
        let kind = field_type(written);
        if kind.is_none() {
            let at = place.key("attributes").key(field_name);
            let text = format!("`{written}` is no type of a field; text is taken");
            notes.push(Note { kind: NoteKind::Assumed, at, text, origin: Some(field.origin) });
        }
        let optional = (field.get("required").and_then(Node::boolean) == Some(false)).then_some(true);
        let attribute = Attribute { kind: kind.unwrap_or_default(), optional, ..Attribute::default() };
        attributes.insert(field_name.to_owned(), attribute);
    }
    let mut entity = Entity { table: Some(table.name.clone()), attributes, ..Entity::default() };
    let places = keys::read(table, &mut entity, node, &place, notes);
    (entity, places)
}

/// The type of a field.
/// <https://github.com/awslabs/mcp/blob/main/src/dynamodb-mcp-server/awslabs/dynamodb_mcp_server/repo_generation_tool/core/schema_definitions.py>
fn field_type(word: &str) -> Option<AttributeType> {
    Some(match word {
        "string" => AttributeType::String,
        "integer" | "decimal" => AttributeType::Number,
        "boolean" => AttributeType::Boolean,
        "array" => AttributeType::List,
        "object" => AttributeType::Map,
        "uuid" => AttributeType::Uuid,
        _ => return None,
    })
}

/// The types of key attributes follow from the entities: a template that is one number field and
/// nothing else makes a number, every other one text.
fn types(table: &mut ImportedTable, entity: &Entity) {
    let keys: Vec<String> = super::super::table_shape::key_names(&table.table);
    for key in keys {
        let copied = match entity.keys.get(&key).map(|template| &template.value) {
            None => Some(key.as_str()),
            Some(value) => {
                let text = value.text();
                text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|name| !name.contains('{'))
            }
        };
        let kind = match copied {
            Some(name) => entity.attributes.get(name).and_then(|attribute| attribute.kind.as_key()),
            None => Some(KeyType::String),
        };
        if let Some(kind) = kind {
            table.key_types.entry(key).or_insert(kind);
        }
    }
}

/// A value of a list or nothing.
pub(super) fn is_given(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.value != Value::Nothing)
}

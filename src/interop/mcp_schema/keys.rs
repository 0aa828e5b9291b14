//! Key templates of a `schema.json`: `pk_template`, `sk_template`, and those of the indexes.

use crate::IndexMap;

use super::super::assembled::one_or_more;
use super::super::imported::{ImportedTable, Note, NoteKind};
use super::super::node::Node;
use super::read::is_given;
use crate::design::Template;
use crate::model::{Entity, KeyTemplate, Literal, Names};
use crate::source::ModelPath;

/// The attributes that the keys of the table and of each index are made of, in their order. The
/// table has the empty name.
pub(super) type Places = IndexMap<String, KeyParts>;

/// The parts of one path's keys.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyParts {
    /// Names of the partition key attributes.
    pub(super) partition_keys: Vec<String>,
    /// Names of the sort key attributes.
    pub(super) sort_keys: Vec<String>,
    /// The entity's attributes within the partition key.
    pub(super) partition: Vec<String>,
    /// The entity's attributes within the sort key.
    pub(super) sort: Vec<String>,
    /// The partition key's templates as the file has them.
    pub(super) partition_text: Vec<String>,
}

/// Adds the templates to the entity.
pub(super) fn read(
    table: &ImportedTable,
    entity: &mut Entity,
    node: &Node,
    place: &ModelPath,
    notes: &mut Vec<Note>,
) -> Places {
    let mut places = Places::default();
    let keys = &table.table;
    let mut reader = Reader { entity, place, notes };
    places.insert(String::new(), reader.path(&keys.partition_key, &keys.sort_key, node));
    for mapping in node.get("gsi_mappings").map(Node::items).unwrap_or_default() {
        let Some(name) = mapping.get("name").and_then(Node::word) else { continue };
        let Some(index) = keys.global_indexes.get(name) else {
            let text = format!("keys for index `{name}`, which the table does not have");
            reader.note(NoteKind::NotModelled, text, mapping);
            continue;
        };
        places.insert(name.to_owned(), reader.path(&index.partition_key, &index.sort_key, mapping));
    }
    places
}

struct Reader<'a> {
    entity: &'a mut Entity,
    place: &'a ModelPath,
    notes: &'a mut Vec<Note>,
}

impl Reader<'_> {
    fn note(&mut self, kind: NoteKind, text: String, at: &Node) {
        self.notes.push(Note { kind, at: self.place.clone(), text, origin: Some(at.origin) });
    }

    fn path(&mut self, partition: &Names, sort: &Names, node: &Node) -> KeyParts {
        let mut parts = KeyParts {
            partition_keys: partition.0.clone(),
            sort_keys: sort.0.clone(),
            partition: self.side(partition, node, "pk_template"),
            sort: self.side(sort, node, "sk_template"),
            partition_text: Vec::new(),
        };
        let texts = one_or_more(node.get("pk_template")).iter().filter_map(Node::word);
        parts.partition_text = texts.map(str::to_owned).collect();
        parts
    }

    /// One side of a key: the templates of its attributes, by position.
    fn side(&mut self, names: &Names, node: &Node, part: &str) -> Vec<String> {
        let templates = one_or_more(node.get(part));
        if templates.len() != names.len() && (is_given(node.get(part)) || !names.is_empty()) {
            let (have, want) = (templates.len(), names.len());
            let text = format!("`{part}` has {have} templates for {want} key attributes");
            self.note(NoteKind::Unknown, text, node.get(part).unwrap_or(node));
        }
        let mut attributes = Vec::new();
        for (name, template) in names.iter().zip(templates) {
            let Some(text) = template.word() else { continue };
            attributes.extend(self.one(name, text, template));
        }
        attributes
    }

    fn one(&mut self, name: &str, text: &str, at: &Node) -> Vec<String> {
        let value = Literal::Text(text.to_owned());
        let template = match Template::compile(&value) {
            Ok(template) => template,
            Err(why) => {
                self.note(NoteKind::Unknown, format!("the template `{text}` of `{name}`: {why}"), at);
                return Vec::new();
            }
        };
        let attributes: Vec<String> = template.attributes().map(str::to_owned).collect();
        for attribute in &attributes {
            let is_key = self.entity.keys.contains_key(attribute) || attribute == name;
            if !self.entity.attributes.contains_key(attribute) && !is_key {
                let text = format!("the template `{text}` of `{name}` names `{attribute}`, which is no field");
                self.note(NoteKind::Unknown, text, at);
            }
        }
        // A key that is its own field needs no template.
        if template.copied() == Some(name) {
            return attributes;
        }
        match self.entity.keys.get(name) {
            Some(before) if before.value != value => {
                let text = format!(
                    "`{name}` is `{}` and `{text}` at once: an attribute has one value, and the first is kept",
                    before.value
                );
                self.note(NoteKind::NotModelled, text, at);
            }
            _ => {
                self.entity.keys.insert(name.to_owned(), KeyTemplate { value, when: IndexMap::default() });
            }
        }
        attributes
    }
}

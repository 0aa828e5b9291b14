//! Models of a OneTable schema as entities.

use crate::IndexMap;

use super::super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::super::node::{Node, Value};
use super::super::table_shape::key_names;
use super::template;
use crate::model::{Attribute, AttributeType, Entity, KeyTemplate, Literal, Values};
use crate::source::ModelPath;

/// What holds for all models of a schema.
struct Rules {
    iso_dates: bool,
    type_field: String,
    /// Fields that the library adds to every item.
    added: Vec<(String, AttributeType)>,
}

impl Rules {
    fn of(schema: &Node) -> Self {
        let parameter = |name: &str| schema.at(&["params", name]);
        let word = |name: &str, otherwise: &str| {
            parameter(name).and_then(Node::text).filter(|word| !word.is_empty()).unwrap_or(otherwise).to_owned()
        };
        let iso_dates = parameter("isoDates").and_then(Node::boolean) == Some(true);
        let time = if iso_dates { AttributeType::Timestamp } else { AttributeType::EpochMs };
        let mut added = Vec::new();
        let stamps = parameter("timestamps").and_then(Node::word).unwrap_or_default();
        if matches!(stamps, "true" | "create") {
            added.push((word("createdField", "created"), time));
        }
        if matches!(stamps, "true" | "update") {
            added.push((word("updatedField", "updated"), time));
        }
        Self { iso_dates, type_field: word("typeField", "_type"), added }
    }
}

/// Adds the models.
pub(super) fn models(imported: &mut Imported, table: &ImportedTable, schema: &Node) {
    let rules = Rules::of(schema);
    for (own, model) in schema.get("models").into_iter().flat_map(Node::entries) {
        let mut name = own.to_owned();
        while imported.entities.contains_key(&name) {
            name.push('_');
        }
        let place = ModelPath::of(["entities", &name]);
        let mut reader =
            Reader { rules: &rules, table, model: own, notes: &mut imported.notes, place, unique: Vec::new() };
        let entity = reader.entity(model);
        let unique = std::mem::take(&mut reader.unique);
        imported.entities.insert(name.clone(), entity);
        for (field, attribute) in unique {
            guard(imported, table, own, &format!("{name}_unique_{field}"), &field, attribute);
        }
    }
}

/// The further items by which the library keeps an attribute unique; it writes them in one
/// transaction with the item. <https://doc.onetable.io/api/model/methods/#unique-fields>
fn guard(imported: &mut Imported, table: &ImportedTable, model: &str, wanted: &str, field: &str, attribute: Attribute) {
    let mut name = wanted.to_owned();
    while imported.entities.contains_key(&name) {
        name.push('_');
    }
    if field.contains(['{', '}', ':']) {
        return;
    }
    let template = |text: String| KeyTemplate { value: Literal::Text(text), when: IndexMap::default() };
    let mut keys = IndexMap::default();
    if let Some(hash) = table.table.partition_key.0.first() {
        keys.insert(hash.clone(), template(format!("_unique#{model}#{field}#{{{field}}}")));
    }
    if let Some(sort) = table.table.sort_key.0.first() {
        keys.insert(sort.clone(), template("_unique#".to_owned()));
    }
    let attribute = Attribute { unique: None, optional: None, stored: Some(false), ..attribute };
    let attributes = std::iter::once((field.to_owned(), attribute)).collect();
    let at = ModelPath::of(["entities", &name]);
    let text = format!("the library keeps `{field}` of `{model}` unique by such items, one for each value");
    imported.notes.push(Note { kind: NoteKind::Assumed, at, text, origin: None });
    imported.entities.insert(name, Entity { table: Some(table.name.clone()), keys, attributes, ..Entity::default() });
}

/// The word of a field's type, in small letters.
pub(super) fn type_word(field: &Node) -> Option<String> {
    let kind = field.get("type")?;
    kind.text().map(|word| word.trim().to_lowercase())
}

struct Reader<'a> {
    rules: &'a Rules,
    table: &'a ImportedTable,
    model: &'a str,
    notes: &'a mut Vec<Note>,
    place: ModelPath,
    /// Attributes that no two items may share.
    unique: Vec<(String, Attribute)>,
}

impl Reader<'_> {
    fn note(&mut self, kind: NoteKind, field: &str, text: String, at: &Node) {
        let part = if key_names(&self.table.table).iter().any(|key| key == field) { "keys" } else { "attributes" };
        let place = self.place.key(part).key(field);
        self.notes.push(Note { kind, at: place, text, origin: Some(at.origin) });
    }

    fn entity(&mut self, model: &Node) -> Entity {
        let mut entity = Entity { table: Some(self.table.name.clone()), ..Entity::default() };
        let keys = key_names(&self.table.table);
        let primary: Vec<&String> =
            self.table.table.partition_key.iter().chain(self.table.table.sort_key.iter()).collect();
        let mut in_primary: Vec<String> = Vec::new();
        for (name, field) in model.entries() {
            if let Value::Unknown(why) = &field.value {
                let text = format!("the field `{name}`: {why}");
                self.note(NoteKind::Unknown, name, text, field);
                // A field of which nothing is known is still an attribute.
                if name != "..." {
                    entity
                        .attributes
                        .insert(name.to_owned(), Attribute { optional: Some(true), ..Attribute::default() });
                }
                continue;
            }
            let is_key = keys.iter().any(|key| key == name);
            if is_key && let Some(names) = self.key(&mut entity, name, field, model) {
                if primary.iter().any(|key| *key == name) {
                    in_primary.extend(names);
                }
                continue;
            }
            self.field(&mut entity, name, field);
            if is_key && primary.iter().any(|key| *key == name) {
                in_primary.push(name.to_owned());
            }
        }
        for (name, kind) in &self.rules.added {
            entity.attributes.entry(name.clone()).or_insert_with(|| Attribute { kind: *kind, ..Attribute::default() });
        }
        let values = Values(std::iter::once((Literal::Text(self.model.to_owned()), None)).collect());
        let told = Attribute { values: Some(values), ..Attribute::default() };
        entity.attributes.entry(self.rules.type_field.clone()).or_insert(told);
        // Without the parts of its primary key the library refuses to write an item.
        for name in in_primary {
            if let Some(attribute) = entity.attributes.get_mut(&name) {
                attribute.optional = None;
            }
        }
        entity
    }

    /// A key with a value template; nothing where the field is its own value.
    fn key(&mut self, entity: &mut Entity, name: &str, field: &Node, model: &Node) -> Option<Vec<String>> {
        let value = field.get("value")?;
        let text = match &value.value {
            Value::Text(text) => text,
            Value::Unknown(why) => {
                let text = format!("`{name}` is made by code: {why}");
                self.note(NoteKind::Unknown, name, text, value);
                return None;
            }
            Value::Boolean(true) => {
                let text = format!("`{name}` is made by a function of the application");
                self.note(NoteKind::Unknown, name, text, value);
                return None;
            }
            _ => return None,
        };
        let read = template::read(text, self.model, &self.rules.type_field, |property| stored_as(model, property));
        for doubt in read.doubts {
            self.note(NoteKind::Unknown, name, doubt, value);
        }
        let template = read.template?;
        for part in &read.names {
            let is_field = model.entries().any(|(field, _)| stored_as(model, field) == *part);
            let is_added = self.rules.added.iter().any(|(added, _)| added == part);
            if !is_field && !is_added {
                let text = format!("`{text}` names `{part}`, which is no field of `{}`", self.model);
                self.note(NoteKind::Unknown, name, text, value);
                let attribute = Attribute { stored: Some(false), ..Attribute::default() };
                entity.attributes.entry(part.clone()).or_insert(attribute);
            }
        }
        let value = Literal::Text(template);
        entity.keys.insert(name.to_owned(), KeyTemplate { value, when: IndexMap::default() });
        Some(read.names)
    }

    fn field(&mut self, entity: &mut Entity, name: &str, field: &Node) {
        let mut stored = true;
        let mut attribute_name = name;
        match field.get("map").and_then(Node::text).map(|map| map.split_once('.').ok_or(map)) {
            // Packed into another attribute, with other fields.
            Some(Ok((into, _))) => {
                let packed = Attribute { kind: AttributeType::Map, ..Attribute::default() };
                entity.attributes.entry(into.to_owned()).or_insert(packed);
                stored = false;
            }
            Some(Err(short)) => attribute_name = short,
            None => {}
        }
        if field.get("encode").is_some() {
            stored = false;
        }
        let is_given = ["generate", "default", "value"].iter().any(|part| {
            field.get(part).is_some_and(|node| !matches!(node.value, Value::Nothing | Value::Boolean(false)))
        });
        let is_required = field.get("required").and_then(Node::boolean) == Some(true);
        let mut attribute = Attribute {
            kind: self.kind(name, field),
            optional: (!is_given && !is_required).then_some(true),
            stored: (!stored).then_some(false),
            ..Attribute::default()
        };
        if let Some(allowed) = field.get("enum").map(Node::items).filter(|items| !items.is_empty()) {
            let values = allowed.iter().filter_map(|value| match &value.value {
                Value::Text(text) => Some((Literal::Text(text.clone()), None)),
                Value::Number(digits) => Some((Literal::Number(digits.clone()), None)),
                _ => None,
            });
            attribute.values = Some(Values(values.collect())).filter(|values| !values.0.is_empty());
        }
        if field.get("unique").and_then(Node::boolean) == Some(true) {
            attribute.unique = Some(true);
            self.unique.push((attribute_name.to_owned(), attribute.clone()));
        }
        entity.attributes.insert(attribute_name.to_owned(), attribute);
    }

    fn kind(&mut self, name: &str, field: &Node) -> AttributeType {
        match field.get("generate").and_then(Node::text) {
            Some(word) if word.starts_with("ulid") => return AttributeType::Ulid,
            Some("uuid") => return AttributeType::Uuid,
            _ => {}
        }
        let is_flag = |part: &str| field.get(part).and_then(Node::boolean) == Some(true);
        let word = type_word(field);
        match word.as_deref() {
            Some("string") => AttributeType::String,
            Some("number") => AttributeType::Number,
            Some("boolean") => AttributeType::Boolean,
            // An expiry is kept in seconds.
            Some("date") if is_flag("ttl") => AttributeType::Epoch,
            Some("date") => match field.get("isoDates").and_then(Node::boolean).unwrap_or(self.rules.iso_dates) {
                true => AttributeType::Timestamp,
                false => AttributeType::EpochMs,
            },
            Some("object") => AttributeType::Map,
            Some("array") => AttributeType::List,
            Some("set") => AttributeType::StringSet,
            Some("buffer" | "arraybuffer" | "binary" | "uint8array") => AttributeType::Binary,
            _ => {
                let said = match field.get("type").map(|kind| (&kind.value, word)) {
                    Some((Value::Unknown(why), _)) => format!("its type is {why}"),
                    Some((_, Some(word))) => format!("`{word}` is no type of the library"),
                    _ => "it has no type".to_owned(),
                };
                self.note(NoteKind::Assumed, name, format!("{said}; text is taken"), field);
                AttributeType::String
            }
        }
    }
}

/// The attribute that a property is stored as.
fn stored_as(model: &Node, property: &str) -> String {
    let mapped = model.at(&[property, "map"]).and_then(Node::text).filter(|map| !map.contains('.'));
    mapped.unwrap_or(property).to_owned()
}

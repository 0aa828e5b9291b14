//! Access patterns of a `schema.json`, of one entity and across tables.

use crate::IndexMap;

use super::super::imported::{Imported, Note, NoteKind};
use super::super::node::Node;
use super::bind::{Parameter, Request, bind, parameters};
use super::filters;
use super::read::FileEntity;
use crate::model::{AccessPattern, Action, Changes, Consistency, Guard, Names, Operation, Updates};
use crate::source::ModelPath;

/// Adds the patterns that stand with their entity.
pub(super) fn single(imported: &mut Imported, entities: &[FileEntity<'_>]) {
    for entity in entities {
        for node in entity.node.get("access_patterns").map(Node::items).unwrap_or_default() {
            let name = free_name(imported, node, Some(&entity.name));
            let mut pattern = PatternReader { imported, place: ModelPath::of(["access_patterns", &name]), node };
            let read = pattern.one(entity, entities);
            imported.access_patterns.insert(name, read);
        }
    }
}

/// Adds the transactions across tables.
pub(super) fn across(imported: &mut Imported, entities: &[FileEntity<'_>], document: &Node) {
    for node in document.get("cross_table_access_patterns").map(Node::items).unwrap_or_default() {
        let name = free_name(imported, node, None);
        let mut pattern = PatternReader { imported, place: ModelPath::of(["access_patterns", &name]), node };
        let read = pattern.transaction(entities);
        imported.access_patterns.insert(name, read);
    }
}

fn free_name(imported: &Imported, node: &Node, entity: Option<&str>) -> String {
    let named = node.get("name").and_then(Node::word).map(str::trim).filter(|name| !name.is_empty());
    let wanted = named.map_or_else(
        || format!("pattern_{}", node.get("pattern_id").and_then(Node::word).unwrap_or("without_a_name")),
        str::to_owned,
    );
    let is_free = |name: &String| !imported.access_patterns.contains_key(name);
    if is_free(&wanted) {
        return wanted;
    }
    let mut name = entity.map_or_else(|| format!("{wanted}_2"), |entity| format!("{entity}_{wanted}"));
    while !is_free(&name) {
        name.push('_');
    }
    name
}

/// The operation of a word, with or without `Item` at its end.
fn operation(word: &str) -> Option<Operation> {
    Some(match word.trim_end_matches('s').trim_end_matches("Item") {
        "Get" => Operation::Get,
        "Put" => Operation::Put,
        "Update" => Operation::Update,
        "Delete" => Operation::Delete,
        "ConditionCheck" => Operation::ConditionCheck,
        "Query" => Operation::Query,
        "Scan" => Operation::Scan,
        "BatchGet" => Operation::BatchGet,
        "BatchWrite" => Operation::BatchWrite,
        "TransactGet" => Operation::TransactGet,
        "TransactWrite" => Operation::TransactWrite,
        _ => return None,
    })
}

struct PatternReader<'a> {
    imported: &'a mut Imported,
    place: ModelPath,
    node: &'a Node,
}

impl PatternReader<'_> {
    fn note(&mut self, kind: NoteKind, text: String) {
        let origin = Some(self.node.origin);
        self.imported.notes.push(Note { kind, at: self.place.clone(), text, origin });
    }

    fn description(&self) -> Option<String> {
        self.node.get("description").and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn one(&mut self, entity: &FileEntity<'_>, entities: &[FileEntity<'_>]) -> AccessPattern {
        let word = self.node.get("operation").and_then(Node::text).unwrap_or_default();
        let mut pattern = AccessPattern {
            description: self.description(),
            operation: operation(word),
            entity: Names(vec![entity.name.clone()]),
            via: self.node.get("index_name").and_then(Node::word).map(str::to_owned),
            ..AccessPattern::default()
        };
        let Some(operation) = pattern.operation else {
            self.note(NoteKind::Unknown, format!("`{word}` is no operation of DynamoDB"));
            pattern.undecided = Some(true);
            return pattern;
        };
        if self.node.get("consistent_read").and_then(Node::boolean) == Some(true) {
            pattern.consistency = Some(Consistency::Strong);
        }
        let filter = self.node.get("filter_expression").map(filters::read).unwrap_or_default();
        let parameters: Vec<Parameter<'_>> = parameters(self.node)
            .into_iter()
            .filter(|p| !filter.parameters.iter().any(|name| name == p.name))
            .collect();
        match operation {
            Operation::Put => {}
            Operation::Scan => {
                for parameter in parameters.iter().filter(|parameter| parameter.entity.is_none()) {
                    self.scan_parameter(&mut pattern, entity, parameter);
                }
            }
            Operation::BatchWrite | Operation::TransactWrite | Operation::TransactGet => {
                pattern.actions = self.batch(operation, entity, entities, &parameters);
                pattern.entity = Names::default();
            }
            _ => self.keyed(&mut pattern, operation, entity, &parameters),
        }
        for (field, condition) in filter.conditions {
            if let Some(before) = pattern.conditions.get(&field) {
                let text = format!("the filter on `{field}`: the pattern has `{}` for it", word_of(before.operator));
                self.note(NoteKind::NotModelled, text);
                continue;
            }
            pattern.conditions.insert(field, condition);
        }
        for text in filter.left_out {
            self.note(NoteKind::NotModelled, text);
        }
        if self.node.get("return_type").and_then(Node::text) == Some("mixed_data") && operation == Operation::Query {
            self.mixed(&mut pattern, entity, entities);
        }
        pattern
    }

    fn scan_parameter(&mut self, pattern: &mut AccessPattern, entity: &FileEntity<'_>, parameter: &Parameter<'_>) {
        let is_field = self.has_field(entity, parameter.name);
        if is_field {
            pattern.conditions.insert(parameter.name.to_owned(), crate::model::Condition::default());
        } else {
            self.note(NoteKind::Unknown, format!("the parameter `{}` names no field", parameter.name));
        }
    }

    fn has_field(&self, entity: &FileEntity<'_>, name: &str) -> bool {
        self.imported.entities.get(&entity.name).is_some_and(|entity| entity.attributes.contains_key(name))
    }

    /// A query, or an operation on one item.
    fn keyed(
        &mut self,
        pattern: &mut AccessPattern,
        operation: Operation,
        entity: &FileEntity<'_>,
        parameters: &[Parameter<'_>],
    ) {
        let Some(described) = self.imported.entities.get(&entity.name) else { return };
        let index = pattern.via.as_deref().unwrap_or_default();
        let parts = entity.places.get(index).cloned();
        if parts.is_none() {
            let text = format!("`{}` has no keys for index `{index}` in this file", entity.own);
            let bound = bind(&Request { operation, described, parts: &Default::default(), range: None }, parameters);
            pattern.conditions = bound.conditions;
            self.note(NoteKind::Unknown, text);
            return;
        }
        let written = self.node.get("range_condition").and_then(Node::text);
        let range = written.and_then(filters::comparison);
        let parts = parts.unwrap_or_default();
        let bound = bind(&Request { operation, described, parts: &parts, range }, parameters);
        if let (Some(written), None) = (written, range) {
            self.note(NoteKind::Unknown, format!("`{written}` is no range condition"));
        }
        pattern.conditions = bound.conditions;
        if operation == Operation::Update {
            pattern.sets = sets(bound.others);
            if pattern.sets.0.is_empty() {
                self.note(NoteKind::ToFillIn, "`sets`: the attributes that the update changes".to_owned());
            }
        }
        if operation == Operation::BatchGet {
            self.note(NoteKind::ToFillIn, "`batch`: how many items one call gets".to_owned());
        }
        for (kind, text) in bound.remarks {
            self.note(kind, text);
        }
    }

    /// The actions of a batch or transaction that stands with one entity: one for each entity that
    /// is handed over.
    fn batch(
        &mut self,
        operation: Operation,
        entity: &FileEntity<'_>,
        entities: &[FileEntity<'_>],
        parameters: &[Parameter<'_>],
    ) -> Vec<Action> {
        let handed: Vec<&FileEntity<'_>> =
            parameters.iter().filter_map(|p| entities.iter().find(|e| Some(e.own.as_str()) == p.entity)).collect();
        let handed = if handed.is_empty() { vec![entity] } else { handed };
        self.note(NoteKind::ToFillIn, "`count`: how many items of each kind one call has".to_owned());
        let of = |entity: &&FileEntity<'_>| {
            let kind = if operation == Operation::TransactGet { Operation::Get } else { Operation::Put };
            Action { operation: Some(kind), entity: entity.name.clone(), ..Action::default() }
        };
        handed.iter().map(of).collect()
    }

    /// A query that returns several kinds of items: all those with the same partition key.
    fn mixed(&mut self, pattern: &mut AccessPattern, entity: &FileEntity<'_>, entities: &[FileEntity<'_>]) {
        let index = pattern.via.as_deref().unwrap_or_default();
        let Some(parts) = entity.places.get(index) else { return };
        let shares = |other: &&FileEntity<'_>| {
            other.table == entity.table
                && other.name != entity.name
                && other.places.get(index).is_some_and(|found| found.partition_text == parts.partition_text)
        };
        let others: Vec<String> = entities.iter().filter(shares).map(|other| other.name.clone()).collect();
        if !others.is_empty() {
            let text = "`mixed_data`: the file does not say which kinds; those with the same partition key are listed";
            self.note(NoteKind::Assumed, text.to_owned());
            pattern.entity.0.extend(others);
        }
    }

    fn transaction(&mut self, entities: &[FileEntity<'_>]) -> AccessPattern {
        let word = self.node.get("operation").and_then(Node::text).unwrap_or_default();
        let mut pattern = AccessPattern { description: self.description(), ..AccessPattern::default() };
        let allowed = |operation: &Operation| {
            matches!(
                operation,
                Operation::TransactWrite | Operation::TransactGet | Operation::BatchWrite | Operation::BatchGet
            )
        };
        pattern.operation = operation(word).filter(allowed);
        if pattern.operation.is_none() {
            self.note(NoteKind::Unknown, format!("`{word}` is no operation on several tables"));
        }
        let parameters = parameters(self.node);
        for involved in self.node.get("entities_involved").map(Node::items).unwrap_or_default() {
            match self.action(involved, entities, &parameters) {
                Ok(action) => pattern.actions.push(action),
                Err(why) => self.note(NoteKind::Unknown, why),
            }
        }
        if pattern.operation.is_none() || pattern.actions.is_empty() {
            let touched = std::mem::take(&mut pattern.actions).into_iter().map(|action| action.entity);
            pattern.entity = Names(touched.collect());
            pattern.operation = None;
            pattern.undecided = Some(true);
        }
        pattern
    }

    fn action(
        &mut self,
        node: &Node,
        entities: &[FileEntity<'_>],
        parameters: &[Parameter<'_>],
    ) -> Result<Action, String> {
        let word = |key: &str| node.get(key).and_then(Node::word).unwrap_or_default();
        let (table, own) = (word("table"), word("entity"));
        let entity = entities
            .iter()
            .find(|entity| entity.table == table && entity.own == own)
            .ok_or_else(|| format!("there is no entity `{own}` in a table `{table}`"))?;
        let operation =
            operation(word("action")).ok_or_else(|| format!("`{}` is no action of a transaction", word("action")))?;
        let mut action = Action { operation: Some(operation), entity: entity.name.clone(), ..Action::default() };
        if let Some(expression) = node.get("condition").and_then(Node::text) {
            action.condition = Some(Guard { present: true, fails: None, expression: Some(expression.to_owned()) });
        }
        if operation == Operation::Put {
            return Ok(action);
        }
        let (Some(described), Some(parts)) = (self.imported.entities.get(&entity.name), entity.places.get("")) else {
            return Ok(action);
        };
        let own = |parameter: &&Parameter<'_>| match parameter.entity {
            Some(kind) => kind == entity.own,
            None => {
                described.attributes.contains_key(parameter.name)
                    || parts.partition_keys.iter().chain(&parts.sort_keys).any(|key| key == parameter.name)
            }
        };
        let own: Vec<Parameter<'_>> = parameters.iter().filter(own).copied().collect();
        let bound = bind(&Request { operation, described, parts, range: None }, &own);
        action.conditions = bound.conditions;
        if operation == Operation::Update {
            action.sets = sets(bound.others);
        }
        for (kind, text) in bound.remarks {
            self.note(kind, text);
        }
        Ok(action)
    }
}

fn sets(names: Vec<String>) -> Updates {
    Updates(names.into_iter().map(|name| (name, None::<Changes>)).collect::<IndexMap<_, _>>())
}

fn word_of(operator: crate::model::Operator) -> String {
    serde_json::to_value(operator).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

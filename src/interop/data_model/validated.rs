//! The MCP server's model: tables as `create-table` takes them, sample items, and one command of
//! the AWS command line for each access pattern.
//!
//! <https://github.com/awslabs/mcp/blob/main/src/dynamodb-mcp-server/awslabs/dynamodb_mcp_server/prompts/json_generation_guide.md>

use crate::IndexMap;
use rust_decimal::Decimal;
use serde_json::Value;

use super::super::format::ImportError;
use super::super::imported::{Imported, Note, NoteKind};
use super::super::node::Node;
use super::super::sample_kinds::{Kind, add, group, item_name};
use super::super::samples::row;
use super::super::table_shape;
use super::command::{Command, plain};
use super::matching::{KeyValue, matching, ordered_by};
use super::{operation, pattern_name};
use crate::model::{AccessPattern, Action, Condition, Consistency, Guard, Names, Operation, Operator, Updates};
use crate::source::ModelPath;
use crate::units::Count;

/// Reads a model.
///
/// # Errors
/// When none of its tables has a `KeySchema`.
pub(in crate::interop) fn read(file: usize, document: &Node) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    for (position, node) in document.get("tables").map(Node::items).unwrap_or_default().iter().enumerate() {
        let named = node.get("TableName").and_then(Node::word).map(str::to_owned);
        let name = named.unwrap_or_else(|| format!("Table{}", position + 1));
        let mut table = table_shape::table(name.clone(), node, &mut imported.notes);
        let told =
            ["billing", "capacity", "max_throughput", "warm_throughput", "class", "deletion_protection", "stream"];
        table.tells_only(&told, "`create-table` does not take it");
        let items = document.at(&["items", &name]);
        let requests = items.map(Node::items).unwrap_or_default();
        let rows = requests.iter().map(|item| row(item.at(&["PutRequest", "Item"]).unwrap_or(item))).collect();
        let mut kinds = group(&table, rows, &name, items.unwrap_or(node).origin);
        if kinds.is_empty() {
            let (name, origin) = (item_name(&name), node.origin);
            kinds.push(Kind { name, origin, rows: Vec::new(), listed: Vec::new(), facet: None });
        }
        let declared = table.key_types.iter().map(|(name, kind)| (name.clone(), (*kind).into())).collect();
        add(&mut imported, &table, kinds, &declared);
        imported.tables.push(table);
    }
    if imported.tables.is_empty() {
        let message = "this model has no tables".to_owned();
        return Err(ImportError { file, message, span: Some(document.origin.span), help: None });
    }
    for (position, node) in document.get("access_patterns").map(Node::items).unwrap_or_default().iter().enumerate() {
        let description = node.get("description").and_then(Node::text).unwrap_or_default();
        let number = node.get("pattern").and_then(Node::word).map_or_else(|| (position + 1).to_string(), str::to_owned);
        let name = pattern_name(description, &number, |name| !imported.access_patterns.contains_key(name));
        let place = ModelPath::of(["access_patterns", &name]);
        let (mut pattern, remarks) = Reader { imported: &imported, remarks: Vec::new() }.pattern(node);
        pattern.description = Some(description.to_owned()).filter(|text| !text.is_empty());
        for (kind, text) in remarks {
            imported.notes.push(Note { kind, at: place.clone(), text, origin: Some(node.origin) });
        }
        imported.access_patterns.insert(name, pattern);
    }
    Ok(imported)
}

struct Reader<'i> {
    imported: &'i Imported,
    remarks: Vec<(NoteKind, String)>,
}

impl Reader<'_> {
    fn pattern(mut self, node: &Node) -> (AccessPattern, Vec<(NoteKind, String)>) {
        let mut pattern = AccessPattern::default();
        let word = node.get("dynamodb_operation").and_then(Node::text).filter(|word| !word.is_empty());
        match (word, word.and_then(operation)) {
            (None, _) => match node.get("reason").and_then(Node::text) {
                Some(reason) => pattern.served_by = Some(reason.to_owned()),
                None => pattern.undecided = Some(true),
            },
            (Some(word), None) => {
                self.remarks.push((NoteKind::Unknown, format!("`{word}` is no operation of DynamoDB")));
                pattern.undecided = Some(true);
            }
            (_, Some(operation)) => self.served(&mut pattern, operation, node),
        }
        (pattern, self.remarks)
    }

    fn served(&mut self, pattern: &mut AccessPattern, operation: Operation, node: &Node) {
        let Some(command) = node.get("implementation").and_then(Node::text).and_then(Command::read) else {
            self.remarks.push((NoteKind::Unknown, "its command cannot be read".to_owned()));
            pattern.undecided = Some(true);
            return;
        };
        pattern.operation = Some(operation);
        let word = |key: &str, option: &str| {
            let told = node.get(key).and_then(Node::word).filter(|word| !word.is_empty());
            told.or_else(|| command.option(option)).unwrap_or_default().to_owned()
        };
        let table = word("table", "table-name");
        pattern.via = Some(word("index", "index-name")).filter(|index| !index.is_empty());
        match operation {
            Operation::BatchWrite => {
                pattern.actions = self.batch_writes(&command);
                let text = "`count`: how many requests of each kind one call has; the sample is no measure";
                self.remarks.push((NoteKind::ToFillIn, text.to_owned()));
            }
            Operation::TransactGet | Operation::TransactWrite => pattern.actions = self.transaction(&command),
            Operation::BatchGet => {
                let keys = command.json("request-items").unwrap_or_default();
                let first = keys.as_object().and_then(|tables| tables.iter().next());
                let (table, key) = first.map_or((table.as_str(), None), |(name, keys)| {
                    (name.as_str(), keys.pointer("/Keys/0").and_then(Value::as_object))
                });
                self.item(pattern, table, key);
                self.remarks.push((NoteKind::ToFillIn, "`batch`: how many items one call gets".to_owned()));
            }
            Operation::Query | Operation::Scan => self.reads(pattern, operation, &table, &command),
            _ => {
                let item = command.json(if operation == Operation::Put { "item" } else { "key" });
                self.item(pattern, &table, item.as_ref().and_then(Value::as_object));
            }
        }
        if operation == Operation::Put {
            pattern.conditions = IndexMap::default();
        }
        let update = command.update();
        pattern.sets = Updates(update.sets.into_iter().map(|name| (name, None)).collect());
        pattern.removes = Names(update.removes);
        if let Some(expression) = command.option("condition-expression") {
            let expression = Some(command.named(expression));
            pattern.condition = Some(Guard { present: true, fails: None, expression });
        }
        if command.option("consistent-read").is_some() {
            pattern.consistency = Some(Consistency::Strong);
        }
        pattern.select = command.projected().map(Names);
        pattern.count_only = (command.option("select") == Some("COUNT")).then_some(true);
    }

    /// The entity of an item, and the parts of its primary key.
    fn item(&mut self, pattern: &mut AccessPattern, table: &str, item: Option<&serde_json::Map<String, Value>>) {
        let (entity, conditions) = self.of_item(table, item);
        pattern.entity = Names(entity.into_iter().collect());
        pattern.conditions = conditions;
    }

    fn of_item(
        &mut self,
        table: &str,
        item: Option<&serde_json::Map<String, Value>>,
    ) -> (Option<String>, IndexMap<String, Condition>) {
        let described = self.imported.tables.iter().find(|found| found.name == table);
        let keys =
            described.into_iter().flat_map(|found| found.table.partition_key.iter().chain(found.table.sort_key.iter()));
        let keys: Vec<KeyValue> = keys
            .filter_map(|name| {
                let text = item?.get(name).and_then(plain)?;
                Some(KeyValue { attribute: name.clone(), operator: Operator::Equals, text: Some(text) })
            })
            .collect();
        let (found, conditions) = self.kinds(table, &keys);
        (found.into_iter().next(), conditions)
    }

    /// The kinds of items that have such keys; the first of the table, and said, where none has.
    fn kinds(&mut self, table: &str, keys: &[KeyValue]) -> (Vec<String>, IndexMap<String, Condition>) {
        let (found, conditions) = matching(&self.imported.entities, table, keys);
        if !found.is_empty() {
            return (found, conditions);
        }
        let mut of_table = self.imported.entities.iter().filter(|(_, entity)| entity.table.as_deref() == Some(table));
        let Some((name, _)) = of_table.next() else {
            self.remarks.push((NoteKind::Unknown, format!("the file has no table `{table}`")));
            return (Vec::new(), IndexMap::default());
        };
        let text = format!("the sample items of `{table}` have no such keys; `{name}` is taken");
        self.remarks.push((NoteKind::Assumed, text));
        // What the call says, without its values.
        let open: Vec<KeyValue> = keys.iter().map(|key| KeyValue { text: None, ..key.clone() }).collect();
        let (found, conditions) = matching(&self.imported.entities, table, &open);
        (if found.is_empty() { vec![name.clone()] } else { found }, conditions)
    }

    fn reads(&mut self, pattern: &mut AccessPattern, operation: Operation, table: &str, command: &Command) {
        let stated = command.comparisons("key-condition-expression");
        if operation == Operation::Query && stated.is_none() {
            self.remarks.push((NoteKind::Unknown, "its key condition cannot be read".to_owned()));
        }
        let keys: Vec<KeyValue> = stated
            .unwrap_or_default()
            .into_iter()
            .map(|comparison| KeyValue {
                text: comparison.values.first().and_then(|value| command.value(value)),
                attribute: comparison.attribute,
                operator: comparison.operator,
            })
            .collect();
        let (entities, conditions) = self.kinds(table, &keys);
        pattern.conditions = conditions;
        if let Some(filter) = command.option("filter-expression") {
            match command.comparisons("filter-expression") {
                Some(comparisons) => {
                    for comparison in comparisons {
                        let count = (comparison.operator == Operator::In)
                            .then(|| Count(Decimal::from(comparison.values.len())));
                        let condition = Condition { operator: comparison.operator, count, ..Condition::default() };
                        pattern.conditions.entry(comparison.attribute).or_insert(condition);
                    }
                }
                None => {
                    let text = format!("the filter `{}`", command.named(filter));
                    self.remarks.push((NoteKind::NotModelled, text));
                }
            }
        }
        let limit = command.option("limit").and_then(|limit| limit.parse().ok());
        pattern.limit = limit.filter(|limit| *limit > Decimal::ZERO).map(Count);
        let first = entities.first().and_then(|name| self.imported.entities.get(name));
        let described = self.imported.tables.iter().find(|found| found.name == table);
        if command.option("no-scan-index-forward").is_some()
            && let (Some(entity), Some(described)) = (first, described)
        {
            let index = pattern.via.as_deref();
            let global = index.and_then(|name| described.table.global_indexes.get(name)).map(|index| &index.sort_key);
            let local = index.and_then(|name| described.table.local_indexes.get(name)).map(|index| &index.sort_key);
            let sort = global.or(local).unwrap_or(&described.table.sort_key);
            let by = ordered_by(entity, &sort.0, &pattern.conditions);
            pattern.order_by = Names(by.map(|name| format!("{name} desc")).into_iter().collect());
        }
        pattern.entity = Names(entities);
    }

    fn batch_writes(&mut self, command: &Command) -> Vec<Action> {
        let mut actions: Vec<Action> = Vec::new();
        let requests = command.json("request-items").unwrap_or_default();
        for (table, requests) in requests.as_object().into_iter().flatten() {
            for request in requests.as_array().into_iter().flatten() {
                let (operation, item) =
                    match (request.pointer("/PutRequest/Item"), request.pointer("/DeleteRequest/Key")) {
                        (Some(item), _) => (Operation::Put, item),
                        (None, Some(key)) => (Operation::Delete, key),
                        (None, None) => continue,
                    };
                let (entity, conditions) = self.of_item(table, item.as_object());
                let Some(entity) = entity else { continue };
                if actions.iter().any(|action| action.operation == Some(operation) && action.entity == entity) {
                    continue;
                }
                let conditions = if operation == Operation::Put { IndexMap::default() } else { conditions };
                actions.push(Action { operation: Some(operation), entity, conditions, ..Action::default() });
            }
        }
        actions
    }

    fn transaction(&mut self, command: &Command) -> Vec<Action> {
        let mut actions = Vec::new();
        let items = command.json("transact-items").unwrap_or_default();
        for item in items.as_array().into_iter().flatten() {
            let Some((word, inner)) = item.as_object().and_then(|map| map.iter().next()) else { continue };
            let operation = match word.as_str() {
                "Get" => Operation::Get,
                "Put" => Operation::Put,
                "Update" => Operation::Update,
                "Delete" => Operation::Delete,
                "ConditionCheck" => Operation::ConditionCheck,
                other => {
                    self.remarks.push((NoteKind::Unknown, format!("`{other}` is no action of a transaction")));
                    continue;
                }
            };
            let table = inner.get("TableName").and_then(Value::as_str).unwrap_or_default();
            let key = inner.get("Item").or_else(|| inner.get("Key")).and_then(Value::as_object);
            let (entity, conditions) = self.of_item(table, key);
            let Some(entity) = entity else { continue };
            let guard = inner.get("ConditionExpression").and_then(Value::as_str);
            actions.push(Action {
                operation: Some(operation),
                entity,
                conditions: if operation == Operation::Put { IndexMap::default() } else { conditions },
                condition: guard.map(|expression| Guard {
                    present: true,
                    fails: None,
                    expression: Some(expression.to_owned()),
                }),
                ..Action::default()
            });
        }
        actions
    }
}

//! `dynamodb_data_model.json`, a name that two tools of AWS use for two shapes: the DynamoDB MCP
//! server's model that it validates against DynamoDB Local, and the model that the calculator of
//! AWS's agent skill for DynamoDB prices.

mod calculator;
mod command;
mod expression;
mod matching;
mod validated;

use super::node::{Node, Value};

pub(super) use calculator::read as read_calculator;
pub(super) use validated::read as read_validated;

/// Whether a document is the MCP server's: tables as `create-table` takes them, with patterns or
/// items beside them.
pub(super) fn recognises_validated(document: &Node) -> bool {
    let tables = document.get("tables").map(Node::items).unwrap_or_default();
    tables.iter().any(|table| table.get("KeySchema").is_some())
        && (document.get("access_patterns").is_some() || document.get("items").is_some())
}

/// Whether a document is the calculator's: tables with a `key_schema` of two names.
pub(super) fn recognises_calculator(document: &Node) -> bool {
    let tables = document.get("tables").map(Node::items).unwrap_or_default();
    tables.iter().any(|table| {
        table.get("table_name").is_some()
            && matches!(table.get("key_schema").map(|schema| &schema.value), Some(Value::Map(_)))
    })
}

/// The operation of a word such as `GetItem`.
fn operation(word: &str) -> Option<crate::model::Operation> {
    use crate::model::Operation;
    Some(match word.trim() {
        "GetItem" => Operation::Get,
        "PutItem" => Operation::Put,
        "UpdateItem" => Operation::Update,
        "DeleteItem" => Operation::Delete,
        "Query" => Operation::Query,
        "Scan" => Operation::Scan,
        "BatchGetItem" => Operation::BatchGet,
        "BatchWriteItem" => Operation::BatchWrite,
        "TransactGetItems" => Operation::TransactGet,
        "TransactWriteItems" => Operation::TransactWrite,
        _ => return None,
    })
}

/// A pattern's name from its description: `Get component by serial number` is
/// `get_component_by_serial_number`.
fn pattern_name(description: &str, number: &str, is_free: impl Fn(&str) -> bool) -> String {
    let words: Vec<String> = description
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(8)
        .map(str::to_lowercase)
        .collect();
    let name = if words.is_empty() { format!("pattern_{number}") } else { words.join("_") };
    if is_free(&name) {
        return name;
    }
    let mut numbered = format!("{name}_{number}");
    while !is_free(&numbered) {
        numbered.push('_');
    }
    numbered
}

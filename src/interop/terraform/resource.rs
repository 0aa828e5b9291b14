//! Resources, wherever they were read from: a configuration, a plan or a state.

use crate::interop::node::{Node, Origin, Value};

/// A resource, or one instance of it.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// Its address: `module.shop.aws_dynamodb_table.orders["eu"]`.
    pub(super) address: String,
    /// Its type: `aws_dynamodb_table`.
    pub(super) kind: String,
    /// What a table may be called after, where its name is open.
    pub(super) label: String,
    /// Its attributes; nested blocks are lists.
    pub(super) values: Node,
    /// The Region that it is in, where that is told.
    pub(super) region: Option<Node>,
    /// The alias of its provider.
    pub(super) alias: Option<String>,
    /// Its name with what is open in it as it is written.
    pub(super) pattern: Option<String>,
    /// Why nobody knows how many of it there are.
    pub(super) open: Option<String>,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// The types of resources that say something of a table.
pub(super) const KINDS: [&str; 9] = [
    "aws_dynamodb_table",
    "aws_dynamodb_global_secondary_index",
    "aws_dynamodb_table_replica",
    "aws_dynamodb_kinesis_streaming_destination",
    "aws_dynamodb_contributor_insights",
    "aws_dynamodb_resource_policy",
    "aws_appautoscaling_target",
    "aws_appautoscaling_policy",
    "aws_appautoscaling_scheduled_action",
];

/// Labels that say nothing of what a resource is.
const GENERIC: [&str; 8] =
    ["this", "main", "default", "table", "tables", "dynamodb", "dynamodb_table", "dynamodb_tables"];

/// What a table may be called after: its resource's label, or its module's where that says more,
/// with the key of its instance.
pub(super) fn label(module: &str, label: &str, key: &str) -> String {
    let generic = GENERIC.contains(&label);
    let parts = match (generic, module.is_empty(), key.is_empty()) {
        (true, false, _) => [module, key],
        (true, true, false) => [key, ""],
        _ => [label, key],
    };
    let written: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' };
    let name: String = written.join("_").chars().map(allowed).collect();
    // A table's name has 3 characters or more.
    // <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>
    if name.len() < 3 { format!("{name}_table") } else { name }
}

impl Resource {
    /// An attribute that is there: neither null nor an empty text.
    pub(super) fn value(&self, name: &str) -> Option<&Node> {
        present(&self.values, name)
    }
}

/// An entry of a map that is there: neither null nor an empty text, which states have for null.
pub(super) fn present<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.get(name).filter(|node| node.value != Value::Nothing && node.text() != Some(""))
}

/// The one block of a kind, which is a list of one, or one map in plans and for some modules.
pub(super) fn block<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let node = present(node, name)?;
    match &node.value {
        Value::List(items) => items.first(),
        _ => Some(node),
    }
}

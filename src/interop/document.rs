//! YAML and JSON files of other tools as [`Node`]s.

use indexmap::IndexMap;

use super::node::{Node, Origin, Value};
use crate::source::{NodeId, NodeKind, Problem, Scalar, SourceFile, Tree, parse_foreign};

/// Reads a YAML or JSON text. A value with a tag of its own, such as `!Ref Name`, becomes a map of
/// the tag and the value: `{"!Ref": "Name"}`.
///
/// # Errors
/// The syntax error, at its place.
pub(super) fn read_document(file: &SourceFile, index: usize) -> Result<Node, Vec<Problem>> {
    let tree = parse_foreign(&file.text)?;
    Ok(node(&tree, tree.root(), index))
}

/// Recursion is bounded by the depth, and size by the alias budget, that parsing allows.
fn node(tree: &Tree, id: NodeId, file: usize) -> Node {
    let read = tree.node(id);
    let origin = Origin { file, span: read.span };
    let value = match &read.kind {
        NodeKind::List(items) => Value::List(items.iter().map(|item| node(tree, *item, file)).collect()),
        NodeKind::Map(pairs) => Value::Map(
            pairs.iter().map(|(key, value)| (tree.text(*key).to_owned(), node(tree, *value, file))).collect(),
        ),
        NodeKind::Scalar { text, .. } => match read.kind.scalar() {
            Some(Scalar::Null) | None => Value::Nothing,
            Some(Scalar::Boolean(yes)) => Value::Boolean(yes),
            Some(Scalar::Number(number)) => Value::Number(number.to_owned()),
            Some(Scalar::Text(_)) => Value::Text(text.clone()),
        },
    };
    match tree.tag(id) {
        None => Node::new(value, origin),
        Some(tag) => {
            // A tagged word is text, whatever it looks like: `!Ref 1`.
            let value = match (&read.kind, value) {
                (NodeKind::Scalar { text, .. }, _) => Value::Text(text.clone()),
                (_, value) => value,
            };
            let tagged: IndexMap<String, Node> = std::iter::once((tag.to_owned(), Node::new(value, origin))).collect();
            Node::new(Value::Map(tagged), origin)
        }
    }
}

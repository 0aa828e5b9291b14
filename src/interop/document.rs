//! YAML and JSON files of other tools as [`Node`]s.

use crate::IndexMap;

use super::node::{Node, Origin, Value};
use crate::source::{NodeId, NodeKind, Problem, Scalar, SourceFile, Span, Tree, parse_foreign};

/// Reads a YAML or JSON text. A value with a tag of its own, such as `!Ref Name`, becomes a map of
/// the tag and the value: `{"!Ref": "Name"}`.
///
/// # Errors
/// The syntax error, at its place.
pub(super) fn read_document(file: &SourceFile, index: usize) -> Result<Node, Vec<Problem>> {
    match parse_foreign(&file.text) {
        Ok(tree) => Ok(node(&tree, tree.root(), index, 0)),
        Err(problems) => one_after_another(&file.text, index).ok_or(problems),
    }
}

/// JSON documents behind each other, as a loop of `aws dynamodb describe-table` prints them, as a
/// list; nothing where the text is something else.
fn one_after_another(text: &str, file: usize) -> Option<Node> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    let mut items = Vec::new();
    let mut start = 0;
    while let Some(document) = stream.next() {
        document.ok()?;
        let end = stream.byte_offset();
        let tree = parse_foreign(text.get(start..end)?).ok()?;
        items.push(node(&tree, tree.root(), file, start));
        start = end;
    }
    let span = Span::new(0, text.len());
    (items.len() > 1).then(|| Node::new(Value::List(items), Origin { file, span }))
}

/// Recursion is bounded by the depth, and size by the alias budget, that parsing allows.
/// `start` is where the tree's text begins in the file.
fn node(tree: &Tree, id: NodeId, file: usize, start: usize) -> Node {
    let read = tree.node(id);
    let span = Span::new(read.span.start.saturating_add(start), read.span.end.saturating_add(start));
    let origin = Origin { file, span };
    let value = match &read.kind {
        NodeKind::List(items) => Value::List(items.iter().map(|item| node(tree, *item, file, start)).collect()),
        NodeKind::Map(pairs) => Value::Map(
            pairs.iter().map(|(key, value)| (tree.text(*key).to_owned(), node(tree, *value, file, start))).collect(),
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

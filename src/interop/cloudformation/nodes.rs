//! Rewriting evaluated maps into the shape that tables share.

use crate::IndexMap;

use super::super::node::{Node, Origin, Value};

/// A map of the entries that are there.
pub(super) fn map<const N: usize>(entries: [(&str, Option<Node>); N], origin: Origin) -> Node {
    let entries = entries.into_iter().filter_map(|(key, node)| Some((key.to_owned(), node?)));
    Node::new(Value::Map(entries.collect()), origin)
}

/// A text at a place.
pub(super) fn text(text: &str, origin: Origin) -> Node {
    Node::new(Value::Text(text.to_owned()), origin)
}

/// The value of a key; where the map itself is open, so is the value.
pub(super) fn within(node: Option<&Node>, key: &str) -> Option<Node> {
    let node = node?;
    if matches!(node.value, Value::Unknown(_)) { Some(node.clone()) } else { node.get(key).cloned() }
}

/// A map with entries put into it; those that are absent leave it as it is.
pub(super) fn with<const N: usize>(node: &Node, entries: [(&str, Option<Node>); N]) -> Node {
    let mut node = node.clone();
    if let Value::Map(map) = &mut node.value {
        for (key, value) in entries {
            if let Some(value) = value {
                map.insert(key.to_owned(), value);
            }
        }
    }
    node
}

/// A value whose keys begin with capital letters. Values nest no deeper than evaluating allows.
pub(super) fn capitalised(node: &Node) -> Node {
    let value = match &node.value {
        Value::List(items) => Value::List(items.iter().map(capitalised).collect()),
        Value::Map(map) => {
            let entries: IndexMap<String, Node> = map
                .iter()
                .map(|(key, value)| {
                    let mut letters = key.chars();
                    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                    (first.into_iter().chain(letters).collect(), capitalised(value))
                })
                .collect();
            Value::Map(entries)
        }
        other => other.clone(),
    };
    Node::new(value, node.origin)
}

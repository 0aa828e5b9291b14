//! Tables of other notations, put into the shape that `CreateTable` has, so that
//! [`super::table_shape`] reads them all. Every value keeps the place that it stands at.

use super::node::{Node, Origin, Value};

/// A map of what is there.
pub(super) fn map<const N: usize>(origin: Origin, entries: [(&str, Option<Node>); N]) -> Node {
    let entries = entries.into_iter().filter_map(|(key, node)| Some((key.to_owned(), node?)));
    Node::new(Value::Map(entries.collect()), origin)
}

/// A list.
pub(super) fn list(origin: Origin, items: Vec<Node>) -> Node {
    Node::new(Value::List(items), origin)
}

/// A text.
pub(super) fn text(origin: Origin, text: &str) -> Node {
    Node::new(Value::Text(text.to_owned()), origin)
}

/// The nodes of one value or a list of values; none where there is no value.
pub(super) fn one_or_more(node: Option<&Node>) -> &[Node] {
    match node {
        None => &[],
        Some(node) => match &node.value {
            Value::List(items) => items,
            Value::Nothing => &[],
            _ => std::slice::from_ref(node),
        },
    }
}

/// A `KeySchema` of the names of the partition key's and the sort key's attributes.
pub(super) fn key_schema(origin: Origin, partition: &[Node], sort: &[Node]) -> Node {
    let element = |role: &str, name: &Node| {
        let role = text(name.origin, role);
        map(name.origin, [("AttributeName", Some(name.clone())), ("KeyType", Some(role))])
    };
    let partition = partition.iter().map(|name| element("HASH", name));
    list(origin, partition.chain(sort.iter().map(|name| element("RANGE", name))).collect())
}

/// A `Projection` of a type and the further attributes.
pub(super) fn projection(kind: Option<&Node>, names: Option<&Node>) -> Option<Node> {
    let kind = kind?;
    Some(map(kind.origin, [("ProjectionType", Some(kind.clone())), ("NonKeyAttributes", names.cloned())]))
}

/// One of the `AttributeDefinitions`.
pub(super) fn definition(name: &Node, kind: &Node) -> Node {
    map(name.origin, [("AttributeName", Some(name.clone())), ("AttributeType", Some(kind.clone()))])
}

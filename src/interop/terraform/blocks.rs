//! The body of a block as a value: nested blocks are lists, by their kind.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks>

use std::rc::Rc;

use crate::IndexMap;
use hcl_edit::expr::Expression;

use super::evaluate::{attribute, entries, written};
use super::module::Module;
use super::scope::{Names, map, unknown};
use super::syntax::{Block, Body, Written};
use crate::interop::node::{Node, Value};

/// Attributes that say how a resource is made, not what it is.
const META: [&str; 4] = ["count", "for_each", "provider", "depends_on"];

/// Blocks of that kind.
const META_BLOCKS: [&str; 4] = ["lifecycle", "provisioner", "connection", "timeouts"];

/// The attributes and nested blocks of a body. Recursion is bounded by the nesting that the parser
/// allows, and the whole by the steps of the program.
pub(super) fn body(body: &Body, module: &Rc<Module<'_>>, names: &Names) -> Node {
    let mut entries: IndexMap<String, Node> = IndexMap::default();
    let origin = body.attributes.values().next().map(|attribute| attribute.origin);
    for (name, value) in body.attributes.iter().filter(|(name, _)| !META.contains(&name.as_str())) {
        entries.insert(name.clone(), attribute(value, &module.scope(value.origin, names)));
    }
    for block in body.blocks.iter().filter(|block| !META_BLOCKS.contains(&block.kind.as_str())) {
        let (kind, made) = if block.kind == "dynamic" {
            (block.label(0), dynamic(block, module, names))
        } else {
            (block.kind.as_str(), vec![placed(block, self::body(&block.body, module, names))])
        };
        let list = entries.entry(kind.to_owned()).or_insert_with(|| Node::new(Value::List(Vec::new()), block.origin));
        if let Value::List(items) = &mut list.value {
            items.extend(made);
        }
    }
    Node::new(Value::Map(entries), origin.unwrap_or_default())
}

fn placed(block: &Block, node: Node) -> Node {
    Node::new(node.value, block.origin)
}

/// The blocks that a `dynamic` block makes; an unknown one where nobody knows how many.
fn dynamic(block: &Block, module: &Rc<Module<'_>>, names: &Names) -> Vec<Node> {
    let Some(each) = block.body.attributes.get("for_each") else { return Vec::new() };
    let Some(content) = block.body.blocks.iter().find(|inner| inner.kind == "content") else { return Vec::new() };
    let iterator = match block.body.attributes.get("iterator").map(|iterator| &iterator.written) {
        Some(Written::Hcl(expression)) => match &**expression {
            Expression::Variable(name) => name.as_str(),
            _ => block.label(0),
        },
        Some(Written::Json(node)) => node.text().unwrap_or(block.label(0)),
        None => block.label(0),
    };
    let collection = written(&each.written, &module.scope(each.origin, names));
    let open = |why: &str| vec![unknown(format!("how many there are: {why}"), block.origin)];
    match collection.as_ref().map(entries) {
        Err(why) => open(why),
        Ok(Err(why)) => open(&why),
        Ok(Ok(None)) => {
            open(&super::operators::first_unknown(&[&collection.unwrap_or_else(|why| unknown(why, block.origin))]))
        }
        Ok(Ok(Some(all))) => all
            .into_iter()
            .map_while(|(key, value)| {
                module.program.spend(1)?;
                let origin = value.origin;
                let names = names.with(iterator, map([("key", key), ("value", value)], origin));
                Some(placed(content, self::body(&content.body, module, &names)))
            })
            .collect(),
    }
}

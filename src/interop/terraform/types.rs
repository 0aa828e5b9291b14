//! Type constraints of variables: conversions, and the defaults of optional attributes.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>

use hcl_edit::expr::{Expression, FuncArgs, ObjectKey};

use super::evaluate::evaluate;
use super::scope::Scope;
use crate::interop::node::{Node, Value};

/// A value as a variable of this type has it. What does not fit is left as it is: the defaults are
/// what matters here. Recursion is bounded by the nesting that the parser allows.
pub(super) fn conform(node: Node, constraint: &Expression, scope: &Scope<'_, '_>) -> Node {
    match constraint {
        Expression::Parenthesis(inner) => conform(node, inner.inner(), scope),
        Expression::Variable(name) => plain(node, name.as_str()),
        Expression::String(name) => plain(node, name.value()),
        Expression::FuncCall(call) => match (call.name.name.as_str(), first(&call.args)) {
            ("list" | "set" | "map", Some(inner)) => each(node, inner, scope),
            ("object", Some(Expression::Object(declared))) => {
                let mut node = node;
                if let Value::Map(map) = &mut node.value {
                    for (key, value) in declared {
                        let name = match key {
                            ObjectKey::Ident(name) => name.as_str(),
                            ObjectKey::Expression(Expression::Variable(name)) => name.as_str(),
                            ObjectKey::Expression(Expression::String(name)) => name.value(),
                            ObjectKey::Expression(_) => continue,
                        };
                        let given = map.get(name).cloned();
                        if let Some(value) = attribute(given, value.expr(), node.origin, scope) {
                            map.insert(name.to_owned(), value);
                        }
                    }
                }
                node
            }
            _ => node,
        },
        _ => node,
    }
}

fn first(arguments: &FuncArgs) -> Option<&Expression> {
    arguments.iter().next()
}

/// An attribute of an object, with its default where it is optional; nothing where a required one
/// is missing.
fn attribute(
    given: Option<Node>,
    constraint: &Expression,
    origin: crate::interop::node::Origin,
    scope: &Scope<'_, '_>,
) -> Option<Node> {
    let optional = match constraint {
        Expression::FuncCall(call) if call.name.name.as_str() == "optional" => Some(&call.args),
        _ => None,
    };
    let Some(optional) = optional else { return given.map(|node| conform(node, constraint, scope)) };
    let inner = first(optional)?;
    match given.filter(|node| node.value != Value::Nothing) {
        Some(node) => Some(conform(node, inner, scope)),
        None => match optional.iter().nth(1).map(|default| evaluate(default, scope)) {
            Some(Ok(default)) => Some(conform(default, inner, scope)),
            _ => Some(Node::new(Value::Nothing, origin)),
        },
    }
}

fn each(mut node: Node, inner: &Expression, scope: &Scope<'_, '_>) -> Node {
    let mut change = |slot: &mut Node| {
        let taken = std::mem::replace(slot, Node::new(Value::Nothing, slot.origin));
        *slot = conform(taken, inner, scope);
    };
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(&mut change),
        Value::Map(map) => map.values_mut().for_each(&mut change),
        _ => {}
    }
    node
}

fn plain(node: Node, name: &str) -> Node {
    let value = match (name, &node.value) {
        ("string", Value::Number(_) | Value::Boolean(_)) => node.word().map(|word| Value::Text(word.to_owned())),
        ("number", Value::Text(text)) if node.number().is_some() => Some(Value::Number(text.trim().to_owned())),
        ("bool", Value::Text(_)) => node.boolean().map(Value::Boolean),
        _ => None,
    };
    match value {
        Some(value) => Node::new(value, node.origin),
        None => node,
    }
}

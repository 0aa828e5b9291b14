//! Terraform's functions that designs of tables use.
//!
//! <https://developer.hashicorp.com/terraform/language/functions>

mod collections;
mod numbers;
mod texts;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall};

use super::evaluate::evaluate;
use super::operators::first_unknown;
use super::scope::{Evaluated, Scope, unknown};
use crate::interop::node::{Node, Origin, Value};

/// Evaluates a call. A function that is not known here, or that asks for what the files do not
/// hold, has an unknown value.
pub(super) fn call(call: &FuncCall, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let name = call.name.name.as_str();
    let written: Vec<&Expression> = call.args.iter().collect();
    match name {
        "try" => return first_that_holds(&written, origin, scope),
        "can" => {
            let held = written.first().map(|expression| evaluate(expression, scope));
            return Ok(match held {
                Some(Ok(Node { value: Value::Unknown(why), .. })) => unknown(why, origin),
                held => Node::new(Value::Boolean(matches!(held, Some(Ok(_)))), origin),
            });
        }
        _ => {}
    }
    let mut arguments = written.iter().map(|expression| evaluate(expression, scope)).collect::<Result<Vec<_>, _>>()?;
    if call.args.expand_final() {
        match arguments.pop().map(|last| (last.value, last.origin)) {
            Some((Value::List(items), _)) => arguments.extend(items),
            Some((Value::Unknown(why), _)) => return Ok(unknown(why, origin)),
            _ => return Err(format!("`{name}`: what stands before `...` is no list")),
        }
    }
    // A value of its parts, which may be unknown without the whole being so.
    if let "coalesce" = name {
        return coalesce(arguments, origin);
    }
    if let Some(argument) = arguments.iter().find(|argument| matches!(argument.value, Value::Unknown(_))) {
        return Ok(unknown(first_unknown(&[argument]), origin));
    }
    let size = arguments.iter().map(|argument| super::scope::measure(argument).0).sum();
    if scope.module.program.spend(size).is_none() {
        return Ok(unknown("the configuration takes too many steps to evaluate", origin));
    }
    let arguments = arguments.as_slice();
    let value = collections::call(name, arguments)
        .or_else(|| texts::call(name, arguments))
        .or_else(|| numbers::call(name, arguments));
    match value {
        Some(Ok(value)) => Ok(Node::new(value, origin)),
        Some(Err(why)) => Err(format!("`{name}`: {why}")),
        None => Ok(unknown(format!("`{}` is not evaluated", scope.excerpt(call.span())), origin)),
    }
}

/// `try`: the first argument that Terraform would not refuse.
fn first_that_holds(written: &[&Expression], origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let mut refused = None;
    for expression in written {
        match evaluate(expression, scope) {
            Ok(node) => return Ok(node),
            Err(why) => refused = Some(why),
        }
    }
    match refused {
        Some(why) => Err(why),
        None => Ok(unknown("`try` has no argument", origin)),
    }
}

/// `coalesce`: the first argument that is neither null nor empty. What stands before an unknown
/// one decides; what stands after it does not.
fn coalesce(arguments: Vec<Node>, origin: Origin) -> Evaluated {
    arguments
        .into_iter()
        .find(|argument| match &argument.value {
            Value::Nothing => false,
            Value::Text(text) => !text.is_empty(),
            _ => true,
        })
        .map(|node| Node::new(node.value, origin))
        .ok_or_else(|| "`coalesce`: every argument is null or empty".to_owned())
}

/// The result of a function; why Terraform would refuse the call.
type Returned = Result<Value, String>;

fn argument(arguments: &[Node], position: usize) -> Result<&Node, String> {
    arguments.get(position).ok_or_else(|| "an argument is missing".to_owned())
}

fn list(arguments: &[Node], position: usize) -> Result<&[Node], String> {
    let node = argument(arguments, position)?;
    match &node.value {
        Value::List(items) => Ok(items),
        _ => Err(format!("{} stands where a list is expected", node.kind())),
    }
}

fn word(arguments: &[Node], position: usize) -> Result<&str, String> {
    let node = argument(arguments, position)?;
    node.word().ok_or_else(|| format!("{} stands where text is expected", node.kind()))
}

/// Whether a value, or something within it, is unknown.
fn is_open(node: &Node) -> bool {
    match &node.value {
        Value::Unknown(_) => true,
        Value::List(items) => items.iter().any(is_open),
        Value::Map(map) => map.values().any(is_open),
        _ => false,
    }
}

//! Expressions as values, as far as the files tell them.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions>

use crate::IndexMap;
use hcl_edit::Span as _;
use hcl_edit::expr::{Array, Conditional, Expression, ForExpr, Object, ObjectKey, Traversal, TraversalOperator};

use super::functions;
use super::operators::{binary, equal, truth, unary};
use super::scope::{Evaluated, Scope, Text, number, text, unknown};
use super::syntax::{Attribute, Written};
use super::template;
use crate::interop::node::{Node, Origin, Value};

/// The key of a map that has entries besides those that the files tell: a resource's attributes.
pub(super) const OPEN: &str = "";

const TOO_LARGE: &str = "the configuration takes too many steps to evaluate";
const TOO_DEEP: &str = "the expression is nested too deeply, or refers to itself";

/// Evaluates a value as it is written.
pub(super) fn written(written: &Written, scope: &Scope<'_, '_>) -> Evaluated {
    match written {
        Written::Hcl(expression) => evaluate(expression, scope),
        Written::Json(node) => json(node, scope),
    }
}

/// Evaluates an attribute of a block. What is not known, or would be refused, is unknown, with the
/// expression before the reason.
pub(super) fn attribute(attribute: &Attribute, scope: &Scope<'_, '_>) -> Node {
    let expression = match &attribute.written {
        Written::Hcl(expression) => scope.excerpt(expression.span()),
        Written::Json(node) => node.text().map(super::scope::excerpt).unwrap_or_default(),
    };
    let quoted = |why: &str| match expression.is_empty() || why.contains(&format!("`{expression}`")) {
        true => why.to_owned(),
        false => format!("`{expression}`: {why}"),
    };
    match written(&attribute.written, scope) {
        Ok(Node { value: Value::Unknown(why), .. }) | Err(why) => unknown(quoted(&why), attribute.origin),
        Ok(node) => node,
    }
}

/// JSON whose texts are templates. Recursion is bounded by the depth that parsing allows.
fn json(node: &Node, scope: &Scope<'_, '_>) -> Evaluated {
    let value = match &node.value {
        Value::Text(text) if text.contains("${") || text.contains("%{") => {
            let parsed = hcl_edit::parser::parse_template(text)
                .map_err(|error| format!("`{text}` is no template: {}", error.message()))?;
            let within = Scope { text: Text::Within(text, node.origin), ..scope.clone() };
            return template::evaluate(parsed.iter(), node.origin, &within);
        }
        Value::List(items) => Value::List(items.iter().map(|item| json(item, scope)).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| Ok((key.clone(), json(value, scope)?)));
            Value::Map(entries.collect::<Result<_, String>>()?)
        }
        value => value.clone(),
    };
    Ok(spent(Node::new(value, node.origin), 1, scope))
}

/// The value, unless it is one too many.
fn spent(node: Node, steps: usize, scope: &Scope<'_, '_>) -> Node {
    match scope.module.program.spend(steps) {
        Some(()) => node,
        None => unknown(TOO_LARGE, node.origin),
    }
}

/// Evaluates an expression.
///
/// # Errors
/// Why Terraform would refuse it; `try` and `can` go on from there.
pub(super) fn evaluate(expression: &Expression, scope: &Scope<'_, '_>) -> Evaluated {
    let origin = scope.origin(expression.span());
    let program = scope.module.program;
    if program.spend(1).is_none() {
        return Ok(unknown(TOO_LARGE, origin));
    }
    program.deeper(|| kind(expression, origin, scope)).unwrap_or_else(|| Ok(unknown(TOO_DEEP, origin)))
}

fn kind(expression: &Expression, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    Ok(match expression {
        Expression::Null(_) => Node::new(Value::Nothing, origin),
        Expression::Bool(value) => Node::new(Value::Boolean(*value.value()), origin),
        Expression::Number(value) => number(value.value(), origin),
        Expression::String(value) => text(value.value(), origin),
        Expression::Array(items) => array(items, origin, scope)?,
        Expression::Object(entries) => object(entries, origin, scope)?,
        Expression::StringTemplate(parts) => template::evaluate(parts.iter(), origin, scope)?,
        Expression::HeredocTemplate(parts) => template::evaluate(parts.template.iter(), origin, scope)?,
        Expression::Parenthesis(inner) => evaluate(inner.inner(), scope)?,
        Expression::Variable(name) => match scope.names.get(name.as_str()) {
            Some(node) => node.clone(),
            None => return Err(format!("`{}` is no value", name.as_str())),
        },
        Expression::Conditional(condition) => conditional(condition, scope)?,
        Expression::FuncCall(call) => functions::call(call, origin, scope)?,
        Expression::Traversal(traversal) => self::traversal(traversal, scope)?,
        Expression::UnaryOp(operation) => unary(operation, origin, scope)?,
        Expression::BinaryOp(operation) => binary(operation, origin, scope)?,
        Expression::ForExpr(each) => for_each(each, origin, scope)?,
    })
}

fn array(items: &Array, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let items = items.iter().map(|item| evaluate(item, scope)).collect::<Result<_, _>>()?;
    Ok(Node::new(Value::List(items), origin))
}

fn object(object: &Object, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let mut entries = IndexMap::default();
    for (key, value) in object {
        let key = match key {
            ObjectKey::Ident(name) => name.as_str().to_owned(),
            ObjectKey::Expression(Expression::Variable(name)) => name.as_str().to_owned(),
            ObjectKey::Expression(expression) => {
                let key = evaluate(expression, scope)?;
                match &key.value {
                    Value::Unknown(why) => return Ok(unknown(why, origin)),
                    _ => key.word().ok_or("a key is no text")?.to_owned(),
                }
            }
        };
        entries.insert(key, evaluate(value.expr(), scope)?);
    }
    Ok(Node::new(Value::Map(entries), origin))
}

fn conditional(condition: &Conditional, scope: &Scope<'_, '_>) -> Evaluated {
    let known = evaluate(&condition.cond_expr, scope)?;
    match truth(&known)? {
        Some(true) => evaluate(&condition.true_expr, scope),
        Some(false) => evaluate(&condition.false_expr, scope),
        // Where both ways come to the same, it does not matter which is taken.
        None => match (evaluate(&condition.true_expr, scope), evaluate(&condition.false_expr, scope)) {
            (Ok(yes), Ok(no)) if equal(&yes, &no) == Some(true) => Ok(yes),
            _ => Ok(known),
        },
    }
}

/// Keys and values of a collection; `None` where it is not known.
pub(super) fn entries(collection: &Node) -> Result<Option<Vec<(Node, Node)>>, String> {
    match &collection.value {
        Value::List(items) => {
            let numbered = items.iter().enumerate();
            Ok(Some(numbered.map(|(index, item)| (number(index, item.origin), item.clone())).collect()))
        }
        Value::Map(map) => {
            let entries = map.iter().filter(|(key, _)| *key != OPEN);
            Ok(Some(entries.map(|(key, value)| (text(key, value.origin), value.clone())).collect()))
        }
        Value::Unknown(_) => Ok(None),
        _ => Err(format!("{} stands where a collection is expected", collection.kind())),
    }
}

fn for_each(each: &ForExpr, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let collection = evaluate(&each.intro.collection_expr, scope)?;
    let Some(all) = entries(&collection)? else { return Ok(collection) };
    let mut items = Vec::new();
    let mut map: IndexMap<String, Node> = IndexMap::default();
    for (key, value) in all {
        let mut within = scope.with(each.intro.value_var.as_str(), value);
        if let Some(name) = &each.intro.key_var {
            within = within.with(name.as_str(), key);
        }
        if let Some(condition) = &each.cond {
            let holds = evaluate(&condition.expr, &within)?;
            match truth(&holds)? {
                Some(true) => {}
                Some(false) => continue,
                None => return Ok(Node::new(holds.value, origin)),
            }
        }
        let Some(key) = &each.key_expr else {
            items.push(evaluate(&each.value_expr, &within)?);
            continue;
        };
        let key = evaluate(key, &within)?;
        if let Value::Unknown(why) = key.value {
            return Ok(unknown(why, origin));
        }
        let key = key.word().ok_or("a key is no text")?.to_owned();
        let value = evaluate(&each.value_expr, &within)?;
        if each.grouping {
            let group = map.entry(key).or_insert_with(|| Node::new(Value::List(Vec::new()), origin));
            if let Value::List(items) = &mut group.value {
                items.push(value);
            }
        } else {
            map.insert(key, value);
        }
    }
    let value = if each.key_expr.is_some() { Value::Map(map) } else { Value::List(items) };
    Ok(Node::new(value, origin))
}

fn traversal(traversal: &Traversal, scope: &Scope<'_, '_>) -> Evaluated {
    let operators = traversal.operators.as_slice();
    let written = || scope.excerpt(traversal.span());
    match &traversal.expr {
        Expression::Variable(root) if scope.names.get(root.as_str()).is_none() => {
            let (value, rest) = scope.module.refer(root.as_str(), operators, scope, &written)?;
            follow(value, rest, scope, &written)
        }
        other => follow(evaluate(other, scope)?, operators, scope, &written),
    }
}

/// Goes from a value to what is within it.
pub(super) fn follow(
    mut node: Node,
    operators: &[hcl_edit::Decorated<TraversalOperator>],
    scope: &Scope<'_, '_>,
    written: &dyn Fn() -> String,
) -> Evaluated {
    let mut left = operators;
    while let [operator, rest @ ..] = left {
        left = rest;
        node = match operator.value() {
            TraversalOperator::GetAttr(name) => within(node, name.as_str(), written)?,
            TraversalOperator::LegacyIndex(index) => within(node, &index.value().to_string(), written)?,
            TraversalOperator::Index(index) => {
                let index = evaluate(index, scope)?;
                match &index.value {
                    Value::Unknown(_) => index,
                    _ => within(node, index.word().ok_or("an index is neither text nor a number")?, written)?,
                }
            }
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                let origin = node.origin;
                let items = match node.value {
                    Value::Unknown(_) => return Ok(node),
                    Value::Nothing => Vec::new(),
                    Value::List(items) => items,
                    value => vec![Node::new(value, origin)],
                };
                let items = items.into_iter().map(|item| follow(item, rest, scope, written));
                return Ok(Node::new(Value::List(items.collect::<Result<_, _>>()?), origin));
            }
        };
    }
    Ok(node)
}

fn within(node: Node, key: &str, written: &dyn Fn() -> String) -> Evaluated {
    let origin = node.origin;
    match node.value {
        Value::Unknown(_) => Ok(node),
        Value::Map(mut map) => match map.swap_remove(key) {
            Some(value) => Ok(value),
            None if map.contains_key(OPEN) => {
                Ok(unknown(format!("`{}` is known only when it is applied", written()), origin))
            }
            None => Err(format!("`{}`: there is no `{key}`", written())),
        },
        Value::List(items) => {
            let index: usize = key.parse().map_err(|_| format!("`{}`: a list has no `{key}`", written()))?;
            items.into_iter().nth(index).ok_or_else(|| format!("`{}`: there is no item {index}", written()))
        }
        _ => Err(format!("`{}`: {} has no `{key}`", written(), node_kind(&node.value))),
    }
}

fn node_kind(value: &Value) -> &'static str {
    Node::new(value.clone(), Origin::default()).kind()
}

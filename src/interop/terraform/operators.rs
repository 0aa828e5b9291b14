//! Operators, and what they take for numbers and truth.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/operators>

use hcl_edit::expr::{BinaryOp, BinaryOperator, UnaryOp, UnaryOperator};
use rust_decimal::Decimal;

use super::evaluate::{OPEN, evaluate};
use super::scope::{Evaluated, Scope, number, unknown};
use crate::interop::node::{Node, Origin, Value};

/// Whether a condition holds; `None` where it is not known.
pub(super) fn truth(node: &Node) -> Result<Option<bool>, String> {
    match &node.value {
        Value::Unknown(_) => Ok(None),
        _ => node.boolean().map(Some).ok_or_else(|| format!("{} stands where true or false is expected", node.kind())),
    }
}

/// Whether two values are the same; `None` where that is not known.
pub(super) fn equal(a: &Node, b: &Node) -> Option<bool> {
    match (&a.value, &b.value) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        (Value::Number(_), Value::Number(_)) => Some(a.number() == b.number()),
        (Value::List(a), Value::List(b)) if a.len() == b.len() => all(a.iter().zip(b).map(|(a, b)| equal(a, b))),
        (Value::Map(x), Value::Map(y)) if !x.contains_key(OPEN) && !y.contains_key(OPEN) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all(x.iter().map(|(key, a)| y.get(key).map_or(Some(false), |b| equal(a, b))))
        }
        (Value::Map(_), Value::Map(_)) => None,
        (Value::Nothing, Value::Nothing) => Some(true),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        _ => Some(false),
    }
}

/// Whether all hold; one that does not decides, whatever is not known of the others.
fn all(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for one in each {
        match one {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

/// A number, with its kind in the error.
pub(super) fn decimal(node: &Node) -> Result<Decimal, String> {
    node.number().ok_or_else(|| format!("{} stands where a number is expected", node.kind()))
}

pub(super) fn unary(operation: &UnaryOp, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let operand = evaluate(&operation.expr, scope)?;
    if let Value::Unknown(_) = operand.value {
        return Ok(operand);
    }
    Ok(match operation.operator.value() {
        UnaryOperator::Neg => number(-decimal(&operand)?, origin),
        UnaryOperator::Not => Node::new(Value::Boolean(truth(&operand)? == Some(false)), origin),
    })
}

pub(super) fn binary(operation: &BinaryOp, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let operator = *operation.operator.value();
    let left = evaluate(&operation.lhs_expr, scope)?;
    if let BinaryOperator::And | BinaryOperator::Or = operator {
        return logic(operator == BinaryOperator::Or, left, operation, origin, scope);
    }
    let right = evaluate(&operation.rhs_expr, scope)?;
    if let BinaryOperator::Eq | BinaryOperator::NotEq = operator {
        return Ok(match equal(&left, &right) {
            Some(same) => Node::new(Value::Boolean(same == (operator == BinaryOperator::Eq)), origin),
            None => unknown(first_unknown(&[&left, &right]), origin),
        });
    }
    if let Value::Unknown(_) = left.value {
        return Ok(left);
    }
    if let Value::Unknown(_) = right.value {
        return Ok(right);
    }
    let (left, right) = (decimal(&left)?, decimal(&right)?);
    let calculated = match operator {
        BinaryOperator::Less => return Ok(Node::new(Value::Boolean(left < right), origin)),
        BinaryOperator::LessEq => return Ok(Node::new(Value::Boolean(left <= right), origin)),
        BinaryOperator::Greater => return Ok(Node::new(Value::Boolean(left > right), origin)),
        BinaryOperator::GreaterEq => return Ok(Node::new(Value::Boolean(left >= right), origin)),
        BinaryOperator::Plus => left.checked_add(right),
        BinaryOperator::Minus => left.checked_sub(right),
        BinaryOperator::Mul => left.checked_mul(right),
        BinaryOperator::Div => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    calculated.map(|value| number(value.normalize(), origin)).ok_or_else(|| "the number is out of range".to_owned())
}

/// `a && b` is false and `a || b` is true as soon as one side says so.
fn logic(decisive: bool, left: Node, operation: &BinaryOp, origin: Origin, scope: &Scope<'_, '_>) -> Evaluated {
    let known = truth(&left)?;
    if known == Some(decisive) {
        return Ok(Node::new(Value::Boolean(decisive), origin));
    }
    let right = evaluate(&operation.rhs_expr, scope)?;
    match (known, truth(&right)?) {
        (_, Some(right)) if right == decisive => Ok(Node::new(Value::Boolean(decisive), origin)),
        (Some(_), Some(_)) => Ok(Node::new(Value::Boolean(!decisive), origin)),
        _ => Ok(unknown(first_unknown(&[&left, &right]), origin)),
    }
}

/// Why the first of some values, or what is within it, is not known.
pub(super) fn first_unknown(nodes: &[&Node]) -> String {
    fn within(node: &Node) -> Option<&str> {
        match &node.value {
            Value::Unknown(why) => Some(why),
            Value::List(items) => items.iter().find_map(within),
            Value::Map(map) => map.values().find_map(within),
            _ => None,
        }
    }
    nodes.iter().find_map(|node| within(node)).unwrap_or("it is known only when it is applied").to_owned()
}

//! Functions of numbers.

use rust_decimal::Decimal;

use super::super::operators::{decimal, first_unknown};
use super::{Returned, argument, is_open, list};
use crate::interop::node::{Node, Value};

/// The result of a function of this kind; nothing for another function.
pub(super) fn call(name: &str, arguments: &[Node]) -> Option<Returned> {
    let number = |value: Decimal| Value::Number(value.normalize().to_string());
    let of = |change: &dyn Fn(Decimal) -> Decimal| {
        argument(arguments, 0).and_then(decimal).map(|value| number(change(value)))
    };
    Some(match name {
        "tonumber" => match argument(arguments, 0).map(|node| &node.value) {
            Ok(Value::Nothing) => Ok(Value::Nothing),
            _ => of(&|value| value),
        },
        "abs" => of(&|value| value.abs()),
        "ceil" => of(&|value| value.ceil()),
        "floor" => of(&|value| value.floor()),
        "min" => all(arguments).map(|values| values.into_iter().min().map_or(Value::Nothing, number)),
        "max" => all(arguments).map(|values| values.into_iter().max().map_or(Value::Nothing, number)),
        "sum" => sum(arguments),
        "range" => range(arguments),
        _ => return None,
    })
}

fn all(arguments: &[Node]) -> Result<Vec<Decimal>, String> {
    arguments.iter().map(decimal).collect()
}

fn sum(arguments: &[Node]) -> Returned {
    let items = list(arguments, 0)?;
    if let Some(open) = items.iter().find(|item| is_open(item)) {
        return Ok(Value::Unknown(first_unknown(&[open])));
    }
    let sum = all(items)?.into_iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value));
    sum.map(|sum| Value::Number(sum.normalize().to_string())).ok_or_else(|| "the sum is out of range".to_owned())
}

/// Whole numbers that follow each other. Terraform itself stops at 1024 of them.
fn range(arguments: &[Node]) -> Returned {
    const MOST: usize = 1024;
    let bounds = all(arguments)?;
    let (start, end, step) = match bounds.as_slice() {
        [end] => (Decimal::ZERO, *end, Decimal::ONE),
        [start, end] => (*start, *end, Decimal::ONE),
        [start, end, step] if *step > Decimal::ZERO => (*start, *end, *step),
        _ => return Err("these are no bounds".to_owned()),
    };
    let origin = argument(arguments, 0)?.origin;
    let mut values = Vec::new();
    let mut next = start;
    while next < end {
        if values.len() == MOST {
            return Err("there are more than 1024 numbers".to_owned());
        }
        values.push(Node::new(Value::Number(next.normalize().to_string()), origin));
        next = next.checked_add(step).ok_or("a number is out of range")?;
    }
    Ok(Value::List(values))
}

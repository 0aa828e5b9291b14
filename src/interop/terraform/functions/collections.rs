//! Functions of lists, sets and maps.

use crate::IndexMap;

use super::super::evaluate::OPEN;
use super::super::operators::{equal, first_unknown};
use super::{Returned, argument, is_open, list, word};
use crate::interop::node::{Node, Value};

/// The result of a function of this kind; nothing for another function.
pub(super) fn call(name: &str, arguments: &[Node]) -> Option<Returned> {
    Some(match name {
        "length" => length(arguments),
        "keys" => entries(arguments).map(|map| {
            let mut keys: Vec<(&String, &Node)> = map.iter().filter(|(key, _)| *key != OPEN).collect();
            keys.sort_by_key(|(key, _)| *key);
            let key = |(key, node): (&String, &Node)| Node::new(Value::Text(key.clone()), node.origin);
            Value::List(keys.into_iter().map(key).collect())
        }),
        "values" => entries(arguments).map(|map| {
            let mut values: Vec<(&String, &Node)> = map.iter().filter(|(key, _)| *key != OPEN).collect();
            values.sort_by_key(|(key, _)| *key);
            Value::List(values.into_iter().map(|(_, value)| value.clone()).collect())
        }),
        "lookup" => lookup(arguments),
        "merge" => merge(arguments),
        "concat" => (0..arguments.len())
            .map(|position| list(arguments, position))
            .collect::<Result<Vec<_>, _>>()
            .map(|lists| Value::List(lists.into_iter().flatten().cloned().collect())),
        "flatten" => list(arguments, 0).map(|items| {
            let mut flat = Vec::new();
            flatten(items, &mut flat);
            Value::List(flat)
        }),
        "compact" => list(arguments, 0).map(|items| {
            let kept = items.iter().filter(|item| item.value != Value::Nothing && item.text() != Some(""));
            Value::List(kept.cloned().collect())
        }),
        "distinct" => list(arguments, 0).map(|items| distinct(items.to_vec())),
        "toset" => to_set(arguments),
        "tolist" => list(arguments, 0).map(|items| Value::List(items.to_vec())),
        "tomap" => entries(arguments).map(|map| Value::Map(map.clone())),
        "sort" => list(arguments, 0).map(|items| sorted(items.to_vec())),
        "reverse" => list(arguments, 0).map(|items| Value::List(items.iter().rev().cloned().collect())),
        "element" => element(arguments),
        "slice" => slice(arguments),
        "contains" => contains(arguments),
        "index" => index(arguments),
        "one" => one(arguments),
        "coalescelist" => Ok((0..arguments.len())
            .filter_map(|position| list(arguments, position).ok())
            .find(|items| !items.is_empty())
            .map_or_else(|| Value::List(Vec::new()), |items| Value::List(items.to_vec()))),
        "zipmap" => zipmap(arguments),
        "setunion" => (0..arguments.len())
            .map(|position| list(arguments, position))
            .collect::<Result<Vec<_>, _>>()
            .map(|lists| distinct(lists.into_iter().flatten().cloned().collect())),
        "setsubtract" => sets(arguments, false),
        "setintersection" if arguments.len() == 2 => sets(arguments, true),
        "alltrue" | "anytrue" => booleans(arguments, name == "anytrue"),
        _ => return None,
    })
}

fn entries(arguments: &[Node]) -> Result<&IndexMap<String, Node>, String> {
    let node = argument(arguments, 0)?;
    match &node.value {
        Value::Map(map) => Ok(map),
        _ => Err(format!("{} stands where a map is expected", node.kind())),
    }
}

fn length(arguments: &[Node]) -> Returned {
    let node = argument(arguments, 0)?;
    let length = match &node.value {
        Value::List(items) => items.len(),
        Value::Map(map) => map.keys().filter(|key| *key != OPEN).count(),
        Value::Text(text) => text.chars().count(),
        _ => return Err(format!("{} has no length", node.kind())),
    };
    Ok(Value::Number(length.to_string()))
}

fn lookup(arguments: &[Node]) -> Returned {
    let map = entries(arguments)?;
    let key = word(arguments, 1)?;
    match (map.get(key), arguments.get(2)) {
        (Some(value), _) => Ok(value.value.clone()),
        (None, Some(default)) => Ok(default.value.clone()),
        (None, None) => Err(format!("there is no `{key}`")),
    }
}

fn merge(arguments: &[Node]) -> Returned {
    let mut merged = IndexMap::default();
    for node in arguments {
        match &node.value {
            Value::Map(map) => merged.extend(map.clone()),
            Value::Nothing => {}
            _ => return Err(format!("{} stands where a map is expected", node.kind())),
        }
    }
    Ok(Value::Map(merged))
}

/// Recursion is bounded by the depth of values.
fn flatten(items: &[Node], flat: &mut Vec<Node>) {
    for item in items {
        match &item.value {
            Value::List(inner) => flatten(inner, flat),
            _ => flat.push(item.clone()),
        }
    }
}

/// Every value once. Where it is not known whether two are the same, neither is the whole.
fn distinct(items: Vec<Node>) -> Value {
    if let Some(open) = items.iter().find(|item| is_open(item)) {
        return Value::Unknown(first_unknown(&[open]));
    }
    // Plain values are told apart by what they are written as; only others are compared in pairs.
    let mut seen = std::collections::BTreeSet::new();
    let mut kept: Vec<Node> = Vec::new();
    for item in items {
        let new = match item.word() {
            Some(word) => seen.insert(word.to_owned()),
            None => !kept.iter().any(|other| equal(other, &item) == Some(true)),
        };
        if new {
            kept.push(item);
        }
    }
    Value::List(kept)
}

/// A set has no order of its own; Terraform shows texts sorted.
fn to_set(arguments: &[Node]) -> Returned {
    Ok(match distinct(list(arguments, 0)?.to_vec()) {
        Value::List(items) => sorted(items),
        other => other,
    })
}

fn sorted(mut items: Vec<Node>) -> Value {
    if let Some(open) = items.iter().find(|item| is_open(item)) {
        return Value::Unknown(first_unknown(&[open]));
    }
    items.sort_by(|a, b| a.word().cmp(&b.word()));
    Value::List(items)
}

fn position(arguments: &[Node], argument: usize) -> Result<usize, String> {
    word(arguments, argument)?.parse().map_err(|_| "a position is no whole number".to_owned())
}

fn element(arguments: &[Node]) -> Returned {
    let items = list(arguments, 0)?;
    let position = position(arguments, 1)?;
    // Counting goes on from the start after the end.
    let position = position.checked_rem(items.len()).ok_or("the list is empty")?;
    items.get(position).map(|item| item.value.clone()).ok_or_else(|| "there is no such item".to_owned())
}

fn slice(arguments: &[Node]) -> Returned {
    let items = list(arguments, 0)?;
    let range = position(arguments, 1)?..position(arguments, 2)?;
    items.get(range).map(|items| Value::List(items.to_vec())).ok_or_else(|| "the list is shorter".to_owned())
}

/// Whether an item is there; an open item may be the one.
fn contains(arguments: &[Node]) -> Returned {
    let (items, wanted) = (list(arguments, 0)?, argument(arguments, 1)?);
    let same: Vec<Option<bool>> = items.iter().map(|item| equal(item, wanted)).collect();
    if same.contains(&Some(true)) {
        return Ok(Value::Boolean(true));
    }
    if same.contains(&None) {
        return Ok(Value::Unknown(first_unknown(&items.iter().collect::<Vec<_>>())));
    }
    Ok(Value::Boolean(false))
}

fn index(arguments: &[Node]) -> Returned {
    let (items, wanted) = (list(arguments, 0)?, argument(arguments, 1)?);
    let found = items.iter().position(|item| equal(item, wanted) == Some(true));
    found.map(|position| Value::Number(position.to_string())).ok_or_else(|| "there is no such item".to_owned())
}

fn one(arguments: &[Node]) -> Returned {
    match list(arguments, 0)? {
        [] => Ok(Value::Nothing),
        [only] => Ok(only.value.clone()),
        _ => Err("the list has more than one item".to_owned()),
    }
}

fn zipmap(arguments: &[Node]) -> Returned {
    let (keys, values) = (list(arguments, 0)?, list(arguments, 1)?);
    if let Some(open) = keys.iter().find(|key| is_open(key)) {
        return Ok(Value::Unknown(first_unknown(&[open])));
    }
    let entry = |(key, value): (&Node, &Node)| Some((key.word()?.to_owned(), value.clone()));
    Ok(Value::Map(keys.iter().zip(values).filter_map(entry).collect()))
}

/// The items of the first list that are, or are not, in the second.
fn sets(arguments: &[Node], shared: bool) -> Returned {
    let (items, others) = (list(arguments, 0)?, list(arguments, 1)?);
    if let Some(open) = items.iter().chain(others).find(|item| is_open(item)) {
        return Ok(Value::Unknown(first_unknown(&[open])));
    }
    let others: std::collections::BTreeSet<Option<&str>> = others.iter().map(Node::word).collect();
    Ok(Value::List(items.iter().filter(|item| others.contains(&item.word()) == shared).cloned().collect()))
}

/// Whether any, or every, item is true: one that decides is enough.
fn booleans(arguments: &[Node], decisive: bool) -> Returned {
    let items = list(arguments, 0)?;
    if items.iter().any(|item| item.boolean() == Some(decisive)) {
        return Ok(Value::Boolean(decisive));
    }
    match items.iter().find(|item| is_open(item)) {
        Some(open) => Ok(Value::Unknown(first_unknown(&[open]))),
        None => Ok(Value::Boolean(!decisive)),
    }
}

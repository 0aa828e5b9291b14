//! `filter_expression` of an access pattern: conditions that are joined by AND become conditions
//! of the pattern; what the model has no word for is said.

use super::super::node::Node;
use crate::model::{Condition, Operator};
use crate::units::Count;
use rust_decimal::Decimal;

/// What a filter says.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Conditions by field, in order.
    pub(super) conditions: Vec<(String, Condition)>,
    /// What cannot be expressed, in sentences.
    pub(super) left_out: Vec<String>,
    /// The parameters that the filter uses, which are no key's.
    pub(super) parameters: Vec<String>,
}

/// Reads a filter.
pub(super) fn read(node: &Node) -> Filter {
    let mut filter = Filter::default();
    let listed = node.get("conditions").map(Node::items).unwrap_or_default();
    for condition in listed {
        let single = ["param", "param2"].into_iter().filter_map(|key| condition.get(key)?.word());
        let many = condition.get("params").map(Node::items).unwrap_or_default().iter().filter_map(Node::word);
        filter.parameters.extend(single.chain(many).map(str::to_owned));
    }
    let joined = node.get("logical_operator").and_then(Node::text).unwrap_or("AND");
    if listed.len() > 1 && !joined.eq_ignore_ascii_case("AND") {
        filter.left_out.push(format!("a filter whose conditions are joined by {joined}"));
        return filter;
    }
    if listed.is_empty() {
        filter.left_out.push("a filter without conditions".to_owned());
    }
    for condition in listed {
        let Some(field) = condition.get("field").and_then(Node::word) else {
            filter.left_out.push("a filter condition without a field".to_owned());
            continue;
        };
        match one(condition) {
            Ok(read) => filter.conditions.push((field.to_owned(), read)),
            Err(why) => filter.left_out.push(format!("the filter on `{field}`: {why}")),
        }
    }
    filter
}

fn one(node: &Node) -> Result<Condition, String> {
    let function = node.get("function").and_then(Node::text);
    let operator = node.get("operator").and_then(Node::text);
    let (is, needs) = match (function, operator) {
        (Some("contains"), None) => (Operator::Contains, 1),
        (Some("begins_with"), None) => (Operator::BeginsWith, 1),
        (Some("attribute_exists"), None) => (Operator::Exists, 0),
        (Some("attribute_not_exists"), None) => (Operator::Missing, 0),
        (Some("size"), _) => return Err("a comparison of `size` has no word in a model".to_owned()),
        (Some(other), None) => return Err(format!("`{other}` is no function of filters")),
        (Some(function), Some(operator)) => return Err(format!("`{function}` and `{operator}` at once")),
        (None, Some(word)) => match (comparison(word), word) {
            (Some(Operator::Between), _) => (Operator::Between, 2),
            (Some(operator), _) => (operator, 1),
            (None, "in") => (Operator::In, 0),
            (None, "<>" | "!=") => (Operator::NotEquals, 1),
            (None, other) => return Err(format!("`{other}` is no operator of filters")),
        },
        (None, None) => return Err("it has neither an operator nor a function".to_owned()),
    };
    let given = ["param", "param2"].iter().filter(|key| node.get(key).is_some()).count();
    if given < needs {
        return Err(format!("it names {given} of {needs} parameters"));
    }
    let mut condition = Condition { operator: is, ..Condition::default() };
    if is == Operator::In {
        let values = node.get("params").map(Node::items).unwrap_or_default().len();
        if values == 0 {
            return Err("`in` without parameters".to_owned());
        }
        condition.count = Some(Count(Decimal::from(values)));
    }
    Ok(condition)
}

/// A comparison that a filter and a range condition share.
pub(super) fn comparison(word: &str) -> Option<Operator> {
    Some(match word {
        "=" => Operator::Equals,
        "<" => Operator::LessThan,
        "<=" => Operator::AtMost,
        ">" => Operator::GreaterThan,
        ">=" => Operator::AtLeast,
        "between" => Operator::Between,
        "begins_with" => Operator::BeginsWith,
        _ => return None,
    })
}

//! Parameters of a pattern, laid beside the keys that they fill.

use crate::IndexMap;

use super::super::imported::NoteKind;
use super::super::node::Node;
use super::keys::KeyParts;
use crate::model::{Condition, Entity, Operation, Operator};

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter<'n> {
    /// Its name.
    pub(super) name: &'n str,
    /// The kind of items that it is, where it is a whole item.
    pub(super) entity: Option<&'n str>,
}

/// The parameters of a pattern; what has no name cannot be one.
pub(super) fn parameters(node: &Node) -> Vec<Parameter<'_>> {
    node.get("parameters")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|parameter| {
            let is_entity = parameter.get("type").and_then(Node::text) == Some("entity");
            let kind = parameter.get("entity_type").and_then(Node::word);
            Some(Parameter {
                name: parameter.get("name")?.word()?,
                entity: if is_entity { Some(kind.unwrap_or_default()) } else { None },
            })
        })
        .collect()
}

/// What a request is about.
pub(super) struct Request<'a> {
    /// What it does.
    pub(super) operation: Operation,
    /// The entity.
    pub(super) described: &'a Entity,
    /// The keys of the path.
    pub(super) parts: &'a KeyParts,
    /// The comparison of the sort key, where it is not equality.
    pub(super) range: Option<Operator>,
}

/// What the parameters say.
#[derive(Debug, Default)]
pub(super) struct Bound {
    /// The conditions.
    pub(super) conditions: IndexMap<String, Condition>,
    /// Fields that are handed over and are no part of the key.
    pub(super) others: Vec<String>,
    /// What was assumed, and what is open.
    pub(super) remarks: Vec<(NoteKind, String)>,
}

/// Lays the parameters beside the keys: by name, and what has another name by its position.
pub(super) fn bind(request: &Request<'_>, parameters: &[Parameter<'_>]) -> Bound {
    let mut bound = Bound::default();
    let parts = request.parts;
    let wanted: Vec<&String> = parts.partition.iter().chain(&parts.sort).collect();
    let plain: Vec<&str> = parameters.iter().filter(|p| p.entity.is_none()).map(|p| p.name).collect();
    // The whole item is known, so its key is.
    let is_handed_over = plain.is_empty() && !parameters.is_empty();
    if is_handed_over
        || (request.operation == Operation::BatchGet && !plain.iter().any(|p| wanted.iter().any(|w| w == p)))
    {
        bound.conditions.extend(wanted.into_iter().map(|name| (name.clone(), Condition::default())));
        return bound;
    }
    let ranged = match request.range {
        None => 0,
        Some(Operator::Between) => 2,
        Some(_) => 1,
    };
    let known = plain.len().saturating_sub(ranged).max(plain.len().min(parts.partition.len()));
    let (equal, range) = plain.split_at_checked(known).unwrap_or((&plain, &[]));
    let mut unnamed = Vec::new();
    for name in equal {
        let side = if parts.partition_keys.iter().any(|key| key == name) {
            Some(&parts.partition)
        } else if parts.sort_keys.iter().any(|key| key == name) {
            Some(&parts.sort)
        } else {
            None
        };
        if wanted.iter().any(|attribute| attribute == name) {
            bound.conditions.insert((*name).to_owned(), Condition::default());
        } else if let Some(side) = side {
            // The key as a whole.
            bound.conditions.extend(side.iter().map(|attribute| (attribute.clone(), Condition::default())));
        } else if request.described.attributes.contains_key(*name) {
            bound.others.push((*name).to_owned());
        } else {
            unnamed.push(*name);
        }
    }
    by_position(request, &mut bound, &unnamed);
    if request.operation == Operation::Query {
        for name in std::mem::take(&mut bound.others) {
            bound.conditions.insert(name, Condition::default());
        }
    }
    if let Some(operator) = request.range {
        range_of(request, &mut bound, operator, range, ranged);
    }
    bound
}

/// Parameters that no field has the name of stand for the parts that nothing is known of, in order.
fn by_position(request: &Request<'_>, bound: &mut Bound, unnamed: &[&str]) {
    let parts = request.parts;
    let mut open: Vec<&String> = parts.partition.iter().filter(|name| !bound.conditions.contains_key(*name)).collect();
    if request.operation != Operation::Query {
        open.extend(parts.sort.iter().filter(|name| !bound.conditions.contains_key(*name)));
    }
    let is_clear = open.len() == unnamed.len();
    for (position, name) in unnamed.iter().enumerate() {
        match open.get(position).filter(|_| is_clear) {
            Some(attribute) => {
                let text = format!("the parameter `{name}` is taken to be `{attribute}`, by its position");
                bound.remarks.push((NoteKind::Assumed, text));
                bound.conditions.insert((*attribute).clone(), Condition::default());
            }
            None => {
                bound.remarks.push((NoteKind::Unknown, format!("the parameter `{name}` names no field")));
            }
        }
    }
}

/// The range is on the first part of the sort key that nothing is known of.
fn range_of(request: &Request<'_>, bound: &mut Bound, operator: Operator, range: &[&str], needs: usize) {
    if range.len() != needs {
        let text = format!("the range condition needs {needs} parameters and has {}", range.len());
        bound.remarks.push((NoteKind::Unknown, text));
    }
    let open: Vec<&String> = request.parts.sort.iter().filter(|name| !bound.conditions.contains_key(*name)).collect();
    let named = open.iter().find(|name| range.contains(&name.as_str())).or_else(|| open.first());
    match named {
        Some(name) => {
            if open.len() > 1 && !range.contains(&name.as_str()) {
                let text = format!("the range is of the sort key; it is taken to be of `{name}`, the first part left");
                bound.remarks.push((NoteKind::Assumed, text));
            }
            bound.conditions.insert((*name).clone(), Condition { operator, ..Condition::default() });
        }
        None => {
            let text = "a range condition, and no part of the sort key is left for it".to_owned();
            bound.remarks.push((NoteKind::Unknown, text));
        }
    }
}

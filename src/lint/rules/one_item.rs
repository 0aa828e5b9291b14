//! Queries whose key names one item.

use rust_decimal::Decimal;

use crate::design::Part;
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::model::{Operation, Operator};
use crate::plan::TermOperator;

pub(super) const RULES: &[Rule] = &[rule!("query-of-one-item", Coverage, Warning, query_of_one_item)];

/// Whether a query binds the whole primary key of one item by equality: one value of each key, and no
/// time that a key cuts, of which `where` names a part.
pub(super) fn names_one_item(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> bool {
    let [id] = planned.request.entities.as_slice() else { return false };
    let (Some(entity), Some((path, access))) = (context.design.entity(*id), planned.read(context.design)) else {
        return false;
    };
    let is_whole = |key: &str| {
        let mut terms = access.partition.iter().chain(&access.sort);
        terms.any(|term| term.key == key && term.operator == TermOperator::Equals)
    };
    let mut parts = path.keys().filter_map(|key| entity.fills.get(key)).flat_map(|fill| fill.template.parts.iter());
    planned.operation == Operation::Query
        && path.is_table()
        && access.queries == Some(Decimal::ONE)
        && access.over_read.is_empty()
        && path.keys().all(is_whole)
        && !parts.any(|part| matches!(part, Part::Attribute { cut: Some(_), .. }))
        && !planned.request.conditions.values().any(|condition| condition.operator == Operator::In)
}

fn query_of_one_item(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| names_one_item(context, planned)) {
        let (name, asked, place) = (planned.pattern.name, planned.pattern.pattern, &planned.pattern.place);
        let several = |count: &crate::units::Count| count.0 > Decimal::ONE;
        let is_ordered = !asked.order_by.0.is_empty();
        let (part, message, is_certain) = match (asked.returns.filter(several), asked.limit.filter(several)) {
            (Some(returns), _) => {
                ("returns", format!("`{name}` is said to return {returns} items, but its key names one"), true)
            }
            (None, Some(limit)) if is_ordered => {
                ("limit", format!("`{name}` asks for the first {limit} in order, but its key names one item"), true)
            }
            (None, Some(limit)) => {
                ("limit", format!("`{name}` asks for up to {limit} items, but its key names one"), false)
            }
            (None, None) if is_ordered => {
                ("order_by", format!("`{name}` asks for an order, but its key names one item"), false)
            }
            (None, None) => continue,
        };
        let Some((entity, (path, _))) = context.entity_of(planned.request).zip(planned.read(context.design)) else {
            continue;
        };
        let keys = quoted_list(path.keys());
        let longer = path.sort.iter().find_map(|key| Some((key, entity.fills.get(*key)?)));
        let apart = match longer {
            Some((key, fill)) => {
                format!("let the key tell them apart, such as by `{key}: \"{}#{{id}}\"`", fill.template)
            }
            None => "add a sort key that tells them apart".to_owned(),
        };
        found.push(
            Finding::new(Place::value(place.key(part)), message)
                .label("one item at most")
                .related(Place::key(path.place.clone()), "its whole primary key is bound")
                .why(format!(
                    "The query binds {keys} by equality, which is the whole primary key of {}. Each value of it exists once, and a second put replaces the first: it returns 1 item or none.",
                    path.label()
                ))
                .help(format!("if there are several `{}` items, {apart}; if there is one, write `operation: get` and leave `{part}` out", entity.name))
                .at_most(if is_certain { Level::Warning } else { Level::Advice }),
        );
    }
}

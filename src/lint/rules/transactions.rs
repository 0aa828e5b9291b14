//! Transactions and batches that the service would reject.

use rust_decimal::Decimal;

use crate::design::{Part, Request};
use crate::lint::registry::rule;
use crate::lint::wording::quoted;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::{Operation, Operator};
use crate::service::limits::{BATCH_GET_ITEMS, BATCH_WRITE_REQUESTS, IN_OPERANDS, TRANSACTION_ACTIONS};
use crate::units::Count;

pub(super) const RULES: &[Rule] = &[
    rule!("same-item-twice", Coverage, Error, same_item_twice),
    rule!("too-many-requests", Coverage, Error, too_many_requests),
    rule!("too-many-operands", Coverage, Error, too_many_operands),
    rule!("misplaced-operation", Coverage, Error, misplaced_operation),
];

fn same_item_twice(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in &context.design.patterns {
        let is_transaction =
            matches!(pattern.pattern.operation, Some(Operation::TransactGet | Operation::TransactWrite));
        let is_batch = matches!(pattern.pattern.operation, Some(Operation::BatchGet | Operation::BatchWrite));
        // What holds more requests than any call takes is another finding, and not looked through here.
        let too_many = pattern.requests.len() as u64 > 2 * TRANSACTION_ACTIONS;
        if (!is_transaction && !is_batch) || too_many {
            continue;
        }
        for (index, request) in pattern.requests.iter().enumerate() {
            let known = !request.conditions.is_empty() || !request.key.is_empty();
            if !known || request.action.is_none() {
                continue;
            }
            let earlier = pattern.requests.iter().take(index).find(|earlier| {
                earlier.entities == request.entities
                    && earlier.conditions == request.conditions
                    && earlier.key == request.key
            });
            let Some(earlier) = earlier else { continue };
            let entity = context.entity_of(request).map_or("", |entity| entity.name);
            let same = if request.key.is_empty() { "`where`" } else { "`key`" };
            let kind = if is_transaction { "transaction" } else { "batch" };
            let is_check = [request.operation, earlier.operation].contains(&Operation::ConditionCheck);
            let help = if is_check {
                "drop the separate `condition_check` and put its condition on the write of that item".to_owned()
            } else {
                let other = other_key(context, request).map_or_else(
                    || ", or name different items".to_owned(),
                    |key| format!("; where they are two items, such as two accounts, write `count: 2` on one action in place of both, or `{key}` in place of the second `where`"),
                );
                format!("join the two into one action{other}")
            };
            found.push(
                Finding::new(Place::value(request.place.key("entity")), format!("`{}` touches the same `{entity}` item twice", pattern.name))
                    .label("the same item again")
                    .related(Place::value(earlier.place.key("entity")), "first here")
                    .why(format!("Both have the same {same}. The service rejects a {kind} with two requests for one item (ValidationException), every time."))
                    .help(help),
            );
        }
    }
}

/// How a request names another item of the same kind as one with the same `where`: its key with other
/// names for what is known, `key: {account_id: "{other_account_id}"}`. Nothing where literals name
/// the item, or where the key is no template of what is known.
fn other_key(context: &Context<'_, '_>, request: &Request<'_>) -> Option<String> {
    let is_open = |name: &str| {
        request.conditions.get(name).is_some_and(|it| it.operator == Operator::Equals && it.value.is_none())
    };
    let entity = context.entity_of(request)?;
    let path = context.design.base_path(entity.table?)?;
    let mut keys = Vec::new();
    for key in path.keys() {
        let fill = entity.fills.get(key)?;
        let parts = fill.template.parts.iter().map(|part| match part {
            Part::Attribute { name, .. } if !is_open(name) => None,
            Part::Attribute { name, cut } => Some(Part::Attribute { name: format!("other_{name}").into(), cut: *cut }),
            text => Some(text.clone()),
        });
        keys.push(format!("{key}: {}", quoted(&Part::join(&parts.collect::<Option<Vec<Part>>>()?))));
    }
    Some(format!("key: {{{}}}", keys.join(", ")))
}

fn too_many_requests(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in &context.design.patterns {
        let (most, name) = match pattern.pattern.operation {
            Some(Operation::BatchGet) => (BATCH_GET_ITEMS, "BatchGetItem"),
            Some(Operation::BatchWrite) => (BATCH_WRITE_REQUESTS, "BatchWriteItem"),
            Some(Operation::TransactGet) => (TRANSACTION_ACTIONS, "TransactGetItems"),
            Some(Operation::TransactWrite) => (TRANSACTION_ACTIONS, "TransactWriteItems"),
            _ => continue,
        };
        let count: Decimal =
            pattern.requests.iter().fold(Decimal::ZERO, |sum, request| sum.saturating_add(items_of(request)));
        if count <= Decimal::from(most) {
            continue;
        }
        let part = match (pattern.pattern.actions.is_empty(), pattern.pattern.batch) {
            (false, _) => "actions",
            (true, Some(_)) => "batch",
            (true, None) => "where",
        };
        let parts = (count / Decimal::from(most)).ceil();
        found.push(
            Finding::new(
                Place::key(pattern.place.key(part)),
                format!("`{}` puts {} requests into one {name}", pattern.name, Count(count)),
            )
            .label(format!("{name} takes at most {most}"))
            .why("The service rejects larger calls (ValidationException).")
            .help(format!(
                "split it into {} calls; what must be atomic has to fit into one transaction of {TRANSACTION_ACTIONS}",
                Count(parts)
            ))
            .number("requests", count.to_string())
            .number("most", most),
        );
    }
}

/// How many items one request names: its count, times the values of its `in` conditions.
fn items_of(request: &Request<'_>) -> Decimal {
    let values = request.conditions.values().filter(|c| c.operator == Operator::In).map(|condition| {
        let listed = condition.value.as_ref().map(|values| Decimal::from(values.0.len()));
        condition.count.map(|count| count.0).or(listed).unwrap_or(Decimal::ONE)
    });
    values.fold(request.count, Decimal::saturating_mul)
}

fn too_many_operands(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let Some((_, access)) = planned.access(context.design) else { continue };
        // Values of a key become queries; only a filter's IN has operands.
        for filter in &access.filters {
            let listed = filter.condition.value.as_ref().map(|values| Decimal::from(values.0.len()));
            let Some(count) = filter.condition.count.map(|count| count.0).or(listed) else { continue };
            if filter.condition.operator != Operator::In || count <= Decimal::from(IN_OPERANDS) {
                continue;
            }
            let place = planned.request.place.key("where").key(&filter.attribute);
            found.push(
                Finding::new(
                    Place::key(place),
                    format!("`{}` compares `{}` with {} values", planned.pattern.name, filter.attribute, Count(count)),
                )
                .label(format!("`IN` takes at most {IN_OPERANDS}"))
                .why("The service rejects longer lists (ValidationException).")
                .help("split the values over several calls, or filter in the application"),
            );
        }
    }
}

fn misplaced_operation(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    use Operation::{BatchGet, BatchWrite, ConditionCheck, Delete, Get, Put, TransactGet, TransactWrite, Update};
    for pattern in &context.design.patterns {
        let Some(operation) = pattern.pattern.operation else {
            if pattern.pattern.undecided != Some(true) && pattern.pattern.served_by.is_none() {
                found.push(
                    Finding::new(Place::key(pattern.place.clone()), format!("`{}` has no operation", pattern.name))
                        .label("nothing to plan")
                        .help("say what it does (`operation: query`), or that it is `undecided: true`"),
                );
            }
            continue;
        };
        if pattern.pattern.actions.is_empty() {
            if pattern.pattern.entity.is_empty() && super::super::is_judged(pattern) {
                found.push(
                    Finding::new(Place::key(pattern.place.clone()), format!("`{}` names no entity", pattern.name))
                        .label("nothing to read or write")
                        .help("name the entity that it reads or writes: `entity: Order`"),
                );
            }
            if operation == ConditionCheck {
                found.push(
                    Finding::new(
                        Place::value(pattern.place.key("operation")),
                        "a condition check stands only inside a write transaction",
                    )
                    .label("not an operation by itself")
                    .help("make it one of the `actions` of a `transact_write`"),
                );
            }
            continue;
        }
        let allowed: &[Operation] = match operation {
            BatchGet | TransactGet => &[Get],
            BatchWrite => &[Put, Delete],
            TransactWrite => &[Put, Update, Delete, ConditionCheck],
            _ => &[],
        };
        if allowed.is_empty() {
            found.push(
                Finding::new(
                    Place::key(pattern.place.key("actions")),
                    format!("`{}` has actions, but is not a batch or transaction", pattern.name),
                )
                .label("only batches and transactions have actions")
                .help("make it a `batch_get`, `batch_write`, `transact_get` or `transact_write`"),
            );
            continue;
        }
        if operation == BatchWrite {
            for request in pattern
                .requests
                .iter()
                .filter(|r| r.action.is_some_and(|a| a.condition.as_ref().is_some_and(|g| g.present)))
            {
                found.push(
                    Finding::new(Place::key(request.place.key("condition")), "BatchWriteItem takes no conditions")
                        .label("not possible in a batch")
                        .why("Puts and deletes of a batch are unconditional; only single writes and transactions have conditions.")
                        .help("write `operation: transact_write`, or send the write by itself"),
                );
            }
        }
        for request in pattern.requests.iter().filter(|request| !allowed.contains(&request.operation)) {
            let words: Vec<String> = allowed.iter().map(|o| format!("`{}`", word(*o))).collect();
            found.push(
                Finding::new(
                    Place::value(request.place.key("operation")),
                    format!("{} cannot hold `{}`", crate::plan::operation_name(operation), word(request.operation)),
                )
                .label("rejected by the service")
                .help(format!("its actions are {}", words.join(", "))),
            );
        }
    }
}

fn word(operation: Operation) -> String {
    serde_json::to_value(operation).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

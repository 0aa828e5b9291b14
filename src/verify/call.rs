//! Calls that name items by their keys: sent as the pattern sends them, alone, in batches or in
//! transactions, and undone afterwards, so that the next call meets the same items.

use serde_json::{Map, Value, json};

use super::change::ItemRequest;
use super::context::{CallError, Context};
use super::engine::EngineError;
use super::figures::{Counts, Expected};
use super::items::value::item_to_json;
use super::part::{Asked, Part, Sent, Size};
use super::range::unprocessed;
use super::rows::entry;
use crate::design::PatternDesign;
use crate::model::{Consistency, Operation};
use crate::plan::consistency;
use crate::service::capacity::ReadMode;
use crate::service::limits::{BATCH_GET_ITEMS, BATCH_WRITE_REQUESTS};
use crate::service::propagation::EntryChange;

/// What one call did and should do.
#[derive(Debug)]
pub(super) struct Called {
    /// What was seen; nothing where the service reports nothing, which it does of failed conditions.
    pub seen: Option<Counts>,
    /// What it should do.
    pub expected: Expected,
    /// The same transaction sent again.
    pub again: Option<(Counts, Expected)>,
}

/// How a pattern sends its requests.
pub(super) fn sent(pattern: &PatternDesign<'_>) -> Sent {
    match pattern.pattern.operation {
        Some(Operation::BatchGet | Operation::BatchWrite) => Sent::Batch,
        Some(Operation::TransactGet | Operation::TransactWrite) => Sent::Transaction,
        _ => Sent::Alone,
    }
}

/// Sends the requests of one call.
///
/// # Errors
/// When the engine refuses what it should take, or takes what it should refuse.
pub(super) fn call(
    context: &Context<'_, '_>,
    pattern: &PatternDesign<'_>,
    requests: &[ItemRequest],
) -> Result<Called, CallError> {
    let sent = sent(pattern);
    let fails = requests.iter().any(|request| request.fails);
    let expected = expected(context, pattern, requests, sent);
    for request in requests.iter().filter(|request| writes(request.operation)) {
        prepare(context, request)?;
    }
    let token = pattern.pattern.repeats.filter(|_| !fails).map(|_| token(requests));
    let mut seen = Counts { queries: requests.len() as u64, ..Counts::default() };
    let result = match sent {
        Sent::Alone => requests.iter().try_for_each(|request| alone(context, pattern, request, &mut seen)),
        Sent::Batch => batches(context, pattern, requests, &mut seen),
        Sent::Transaction => transaction(context, requests, token.as_deref(), true, &mut seen),
    };
    let again = match (&result, &token) {
        (Ok(()), Some(token)) if pattern.pattern.operation == Some(Operation::TransactWrite) => {
            let mut counts = Counts::default();
            Some(
                transaction(context, requests, Some(token), false, &mut counts)
                    .map(|()| (counts, replayed(context, requests))),
            )
        }
        _ => None,
    };
    for request in requests.iter().filter(|request| writes(request.operation)) {
        restore(context, request)?;
    }
    let seen = match (result, fails) {
        (Ok(()), false) => Some(seen),
        (Err(error), true) if error.is_failed_condition() => None,
        (Err(error), _) => return Err(error.into()),
        (Ok(()), true) => {
            let why = "the condition of a write should not hold, and the engine lets it pass";
            return Err(EngineError::new("NotRefused", why).into());
        }
    };
    Ok(Called { seen, expected, again: again.transpose()? })
}

fn writes(operation: Operation) -> bool {
    matches!(operation, Operation::Put | Operation::Update | Operation::Delete)
}

/// A token that only this transaction has: its requests in a short form. It may have 36 characters.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
fn token(requests: &[ItemRequest]) -> String {
    let text = format!("{requests:?}");
    let hash =
        |seed: u64| text.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:016x}{:016x}", hash(0xcbf2_9ce4_8422_2325), hash(0x9e37_79b9_7f4a_7c15))
}

/// Makes the item as the request is to meet it.
fn prepare(context: &Context<'_, '_>, request: &ItemRequest) -> Result<(), EngineError> {
    let stored = context.rows.at(request.table, &request.key).map(|row| &row.item);
    match &request.before {
        Some(before) if stored != Some(before) => context.put(request.table, before),
        None if stored.is_some() => context.delete(request.table, &request.key),
        _ => Ok(()),
    }
}

/// Makes the item as it was before the call.
fn restore(context: &Context<'_, '_>, request: &ItemRequest) -> Result<(), EngineError> {
    match context.rows.at(request.table, &request.key) {
        Some(row) => context.put(request.table, &row.item),
        None => context.delete(request.table, &request.key),
    }
}

fn body(context: &Context<'_, '_>, request: &ItemRequest) -> Map<String, Value> {
    let mut body = request.parameters.clone();
    body.insert("TableName".to_owned(), json!(context.name_of(request.table)));
    if request.operation != Operation::Put {
        body.insert("Key".to_owned(), item_to_json(&request.key).into());
    }
    body
}

fn alone(
    context: &Context<'_, '_>,
    pattern: &PatternDesign<'_>,
    request: &ItemRequest,
    seen: &mut Counts,
) -> Result<(), EngineError> {
    let mut body = body(context, request);
    let operation = match request.operation {
        Operation::Put => "PutItem",
        Operation::Update => "UpdateItem",
        Operation::Delete => "DeleteItem",
        _ => "GetItem",
    };
    if operation == "GetItem" && consistency(context.design, pattern) == Consistency::Strong {
        body.insert("ConsistentRead".to_owned(), json!(true));
    }
    let response = context.measured(operation, body, operation != "GetItem", seen)?;
    seen.returned += u64::from(response.get("Item").is_some_and(|item| !item.is_null()));
    Ok(())
}

fn batches(
    context: &Context<'_, '_>,
    pattern: &PatternDesign<'_>,
    requests: &[ItemRequest],
    seen: &mut Counts,
) -> Result<(), EngineError> {
    let is_write = pattern.pattern.operation == Some(Operation::BatchWrite);
    let strong = consistency(context.design, pattern) == Consistency::Strong;
    let (operation, most) =
        if is_write { ("BatchWriteItem", BATCH_WRITE_REQUESTS) } else { ("BatchGetItem", BATCH_GET_ITEMS) };
    for chunk in requests.chunks(most as usize) {
        let mut tables: Map<String, Value> = Map::new();
        for request in chunk {
            let name = context.name_of(request.table);
            let key = Value::Object(item_to_json(&request.key));
            if is_write {
                let one = match &request.after {
                    Some(item) => json!({ "PutRequest": { "Item": item_to_json(item) } }),
                    None => json!({ "DeleteRequest": { "Key": key } }),
                };
                let all = tables.entry(name.to_owned()).or_insert_with(|| json!([]));
                all.as_array_mut().into_iter().for_each(|all| all.push(one.clone()));
            } else {
                let all =
                    tables.entry(name.to_owned()).or_insert_with(|| json!({ "Keys": [], "ConsistentRead": strong }));
                let keys = all.get_mut("Keys").and_then(Value::as_array_mut);
                keys.into_iter().for_each(|keys| keys.push(key.clone()));
            }
        }
        let mut left = Some(Value::Object(tables));
        while let Some(items) = left.take() {
            let body = Map::from_iter([("RequestItems".to_owned(), items)]);
            let response = context.measured(operation, body, is_write, seen)?;
            let found = response.get("Responses").and_then(Value::as_object);
            let found = found.into_iter().flat_map(|tables| tables.values()).filter_map(Value::as_array).map(Vec::len);
            seen.returned += found.sum::<usize>() as u64;
            left = unprocessed(&response, if is_write { "UnprocessedItems" } else { "UnprocessedKeys" });
        }
    }
    Ok(())
}

fn transaction(
    context: &Context<'_, '_>,
    requests: &[ItemRequest],
    token: Option<&str>,
    is_first: bool,
    seen: &mut Counts,
) -> Result<(), EngineError> {
    let is_read = requests.iter().all(|request| request.operation == Operation::Get);
    let items = requests.iter().map(|request| {
        let word = match request.operation {
            Operation::Put => "Put",
            Operation::Update => "Update",
            Operation::Delete => "Delete",
            Operation::Get => "Get",
            _ => "ConditionCheck",
        };
        json!({ word: body(context, request) })
    });
    let mut whole = Map::from_iter([("TransactItems".to_owned(), items.collect::<Vec<_>>().into())]);
    if let Some(token) = token {
        whole.insert("ClientRequestToken".to_owned(), json!(token));
    }
    let operation = if is_read { "TransactGetItems" } else { "TransactWriteItems" };
    // A transaction that is sent again reads what it has written.
    let response = context.measured(operation, whole, !is_read && is_first, seen)?;
    let found = response.get("Responses").and_then(Value::as_array).into_iter().flatten();
    seen.returned += found.filter(|one| one.get("Item").is_some_and(Value::is_object)).count() as u64;
    Ok(())
}

/// What a transaction that is sent again should read.
fn replayed(context: &Context<'_, '_>, requests: &[ItemRequest]) -> Expected {
    let mut expected = Expected { is_exact: true, ..Expected::default() };
    for request in requests {
        let Some(base) = context.design.base_path(request.table) else { continue };
        let item = request.after.as_ref().or(request.before.as_ref());
        let size = item.map(Size::of).unwrap_or_default();
        expected.charge(context.design, base.id, Part::Replay { size });
    }
    expected
}

/// What a call should consume, item by item and entry by entry.
fn expected(context: &Context<'_, '_>, pattern: &PatternDesign<'_>, requests: &[ItemRequest], sent: Sent) -> Expected {
    let design = context.design;
    let mut expected = Expected { is_exact: true, ..Expected::default() };
    expected.counts.queries = requests.len() as u64;
    let fails = requests.iter().any(|request| request.fails);
    let mode = match (sent, consistency(design, pattern)) {
        (Sent::Transaction, _) => ReadMode::Transactional,
        (_, Consistency::Strong) => ReadMode::Strong,
        (_, Consistency::Eventual) => ReadMode::Eventual,
    };
    for request in requests {
        let Some(base) = design.base_path(request.table) else { continue };
        let (before, after) = (request.before.as_ref(), request.after.as_ref());
        if request.operation == Operation::Get {
            expected.counts.returned += u64::from(before.is_some());
            expected.charge(design, base.id, Part::Item { size: before.map(Size::of), mode, sent });
            continue;
        }
        let asked = match request.operation {
            Operation::Delete => Asked::Deleted,
            Operation::ConditionCheck => Asked::Checked,
            _ => Asked::Written,
        };
        let part = Part::Write { before: before.map(Size::of), after: after.map(Size::of), asked, sent };
        expected.charge(design, base.id, part);
        if fails || asked == Asked::Checked {
            continue;
        }
        for (id, path) in design.paths_of(request.table).filter(|(_, path)| !path.is_table()) {
            let held = |item: &super::items::value::Attributes| entry(design, path, item);
            let (was, is) = (before.and_then(held), after.and_then(held));
            let keys = |entry: &super::items::value::Attributes| -> Vec<_> {
                base.keys().chain(path.keys()).map(|key| entry.get(key).cloned()).collect()
            };
            let change = match (&was, &is) {
                (None, None) => continue,
                (None, Some(_)) => EntryChange::Enters,
                (Some(_), None) => EntryChange::Leaves,
                (Some(was), Some(is)) if was == is => continue,
                (Some(was), Some(is)) if keys(was) == keys(is) => EntryChange::Changes,
                _ => EntryChange::Moves,
            };
            let size = |entry: &Option<_>| entry.as_ref().map(Size::of).unwrap_or_default();
            expected.charge(design, id, Part::Entry { change, before: size(&was), after: size(&is), sent });
        }
    }
    expected
}

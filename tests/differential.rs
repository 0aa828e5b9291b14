//! The estimator against an engine that shares no code with it: random tables, indexes and requests,
//! a model that says exactly this situation, and the units of both, which have to be the same for the
//! table and for each index.
//!
//! Where the engine is known to differ (`docs/verify.md`), the situation does not come up, or the
//! figure that is expected instead is calculated; nothing is compared with a tolerance.

#![cfg(feature = "verify")]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "differential/ranges.rs"]
mod ranges;
#[path = "differential/requests.rs"]
mod requests;
#[path = "differential/schema.rs"]
mod schema;

use std::collections::BTreeMap;

use keyplan::design::{Design, PathKind};
use keyplan::load::{Load, Traffic};
use keyplan::plan::Plans;
use keyplan::service::capacity::{ReadMode, read_units};
use keyplan::service::size::item_size;
use keyplan::verify::engine::{Embedded, Engine};
use proptest::prelude::*;
use rust_decimal::Decimal;
use schema::Schema;
use serde_json::{Map, Value, json};

/// Units by `table` or the name of an index; nothing that is zero.
type Units = BTreeMap<String, Decimal>;

/// What the one pattern of a model consumes by keyplan's load.
fn predicted(text: &str) -> Units {
    let (model, _) = keyplan::source::load(text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let design = Design::new(&model);
    let load = Load::new(&design, &Plans::new(&design), Traffic::default());
    let mut units = Units::new();
    for charge in load.patterns[0].charges() {
        let path = design.path(charge.path).unwrap();
        let name = if matches!(path.kind, PathKind::Table) { "table" } else { path.name };
        let amount = charge.units.unwrap_or_else(|why| panic!("{name}: {why:?}\n{text}"));
        *units.entry(name.to_owned()).or_default() += amount;
    }
    units.retain(|_, amount| !amount.is_zero());
    units
}

/// Adds what an engine says that a request consumed.
fn add_reported(units: &mut Units, answer: &Value) {
    let mut add = |name: &str, part: &Value| {
        let amount: Decimal = part["CapacityUnits"].to_string().parse().unwrap();
        if !amount.is_zero() {
            *units.entry(name.to_owned()).or_default() += amount;
        }
    };
    let consumed = &answer["ConsumedCapacity"];
    let tables = consumed.as_array().cloned().unwrap_or_else(|| vec![consumed.clone()]);
    for table in tables {
        if table["Table"].is_object() {
            add("table", &table["Table"]);
        }
        for field in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            for (name, part) in table[field].as_object().into_iter().flatten() {
                add(name, part);
            }
        }
    }
}

/// An engine with the table and some items.
fn engine(schema: &Schema, items: impl Iterator<Item = schema::Item>) -> Embedded {
    let engine = Embedded::start().unwrap();
    engine.call("CreateTable", &schema.created()).unwrap_or_else(|error| panic!("{error}\n{}", schema.created()));
    for item in items {
        engine.call("PutItem", &json!({ "TableName": "Main", "Item": item })).unwrap();
    }
    engine
}

fn called(engine: &Embedded, operation: &str, mut body: Value) -> Value {
    body["ReturnConsumedCapacity"] = json!("INDEXES");
    engine.call(operation, &body).unwrap_or_else(|error| panic!("{error}\n{operation} {body:#}"))
}

fn model(schema: &Schema, entities: Map<String, Value>, pattern: &Map<String, Value>) -> String {
    let tables = json!({ "Main": schema.in_model() });
    json!({ "keyplan": 1, "tables": tables, "entities": entities, "access_patterns": { "p": pattern } }).to_string()
}

/// Requests by key: what the model says of them, and what the engine says.
fn by_key(schema: &Schema, sent: requests::Sent, all: &[requests::Request], is_strong: bool) -> (String, Units) {
    use requests::Sent;
    let subjects: Vec<_> = all.iter().enumerate().map(|(at, request)| request.subject(schema, at)).collect();
    let entities =
        subjects.iter().enumerate().map(|(at, s)| (format!("E{at}"), schema.in_entity(s.entity.clone()))).collect();
    let mut pattern = match sent {
        Sent::Alone => subjects[0].action.clone(),
        _ => {
            let actions: Vec<_> = subjects.iter().map(|subject| &subject.action).collect();
            json!({ "operation": sent.in_model(), "actions": actions }).as_object().unwrap().clone()
        }
    };
    let reads = sent == Sent::BatchGet || all[0].names().0 == "GetItem" && sent == Sent::Alone;
    if reads && is_strong {
        pattern.insert("consistency".to_owned(), json!("strong"));
    }
    let engine = engine(schema, subjects.iter().filter_map(|subject| subject.before.clone()));
    let parts = all.iter().zip(&subjects).enumerate().map(|(at, (request, s))| (request, request.asked(schema, s, at)));
    let parts: Vec<_> = parts.collect();
    let within = |part: &Map<String, Value>, field: &str| part[field].clone();
    let (operation, body) = match sent {
        Sent::Alone => {
            let mut body = Value::from(parts[0].1.clone());
            if reads {
                body["ConsistentRead"] = json!(is_strong);
            }
            (parts[0].0.names().0, body)
        }
        Sent::BatchGet => {
            let keys: Vec<_> = parts.iter().map(|(_, part)| within(part, "Key")).collect();
            ("BatchGetItem", json!({ "RequestItems": { "Main": { "Keys": keys, "ConsistentRead": is_strong } } }))
        }
        Sent::BatchWrite => {
            let writes = parts.iter().map(|(_, part)| match part.get("Item") {
                Some(item) => json!({ "PutRequest": { "Item": item } }),
                None => json!({ "DeleteRequest": { "Key": within(part, "Key") } }),
            });
            ("BatchWriteItem", json!({ "RequestItems": { "Main": writes.collect::<Vec<_>>() } }))
        }
        Sent::TransactGet | Sent::TransactWrite => {
            let actions: Vec<_> = parts.iter().map(|(request, part)| json!({ request.names().1: part })).collect();
            let name = if sent == Sent::TransactGet { "TransactGetItems" } else { "TransactWriteItems" };
            (name, json!({ "TransactItems": actions }))
        }
    };
    let mut units = Units::new();
    add_reported(&mut units, &called(&engine, operation, body));
    (model(schema, entities, &pattern), units)
}

/// A query or a scan: what the model says of it, and what the engine says with its known differences
/// undone, which a range that finds all that it should may have.
fn by_range(schema: &Schema, range: &ranges::Range) -> (String, Units) {
    let situation = range.situation(schema);
    let (path, mut body) = (situation.path, situation.body);
    let engine = engine(schema, situation.items.iter().cloned());
    let (mut units, mut found) = (Units::new(), Vec::new());
    loop {
        let answer = called(&engine, situation.operation, body.clone());
        add_reported(&mut units, &answer);
        let items = answer["Items"].as_array().unwrap();
        if situation.lacks && path.is_local() {
            // The engine rounds what a page fetches once, and puts it on the index; the service rounds
            // each item.
            let strong = body["ConsistentRead"] == json!(true);
            let mode = if strong { ReadMode::Strong } else { ReadMode::Eventual };
            let sizes = items.iter().map(|item| Decimal::from(item_size(item.as_object().unwrap()).unwrap()));
            let index = units.entry(path.name.clone()).or_default();
            *index -= read_units(sizes.clone().sum(), mode);
            *index += sizes.map(|bytes| read_units(bytes, mode)).sum::<Decimal>();
        }
        found.extend(items.iter().map(|item| schema.key_of(item.as_object().unwrap())));
        // A full page that is the last has a place to go on as well, where nothing more comes.
        if found.len() >= situation.read {
            break;
        }
        body["ExclusiveStartKey"] = answer["LastEvaluatedKey"].clone();
        assert!(body["ExclusiveStartKey"].is_object(), "{} items instead of {}", found.len(), situation.read);
    }
    assert_eq!(found.len(), situation.read);
    if situation.lacks && path.is_global() && !found.is_empty() {
        let request = json!({ "RequestItems": { "Main": { "Keys": found } } });
        add_reported(&mut units, &called(&engine, "BatchGetItem", request));
    }
    if path.is_local() {
        // The engine puts a scan of a local index on the table, whose units they are either way.
        if let Some(amount) = units.remove("table") {
            *units.entry(path.name.clone()).or_default() += amount;
        }
    }
    let entities = Map::from_iter([("E".to_owned(), schema.in_entity(situation.entity))]);
    (model(schema, entities, &situation.pattern), units)
}

/// A table with a sparse index, and one pattern of its items of 4,097 bytes with the index key.
fn sparse(projection: &str, pattern: &str) -> Units {
    predicted(&format!(
        "keyplan: 1
tables:
  Main: {{partition_key: id, global_indexes: {{by: {{partition_key: status, projection: {projection}}}}}}}
entities:
  E:
    items: 4
    attributes:
      id: {{type: string, size: 10}}
      status: {{type: string, size: 10, distinct: 1, present: 50%}}
      note: {{type: string, size: 10, present: 5%}}
      body: {{type: string, size: 4065}}
access_patterns:
  p: {pattern}
"
    ))
}

#[test]
fn items_behind_entries_have_the_index_key() {
    // 12 + 16 + 0.05 x 14 + 4,069 bytes are two blocks each; without all of the status they were one.
    let units = sparse("keys_only", "{operation: query, entity: E, where: {status: equals}}");
    assert_eq!(units, Units::from([("by".to_owned(), Decimal::new(5, 1)), ("table".to_owned(), Decimal::TWO)]));
}

#[test]
fn what_items_do_not_have_does_not_change() {
    // Half of the items are in the index, and 5 % of these have the one attribute that can change there.
    let units = sparse("[note]", "{operation: put, entity: E, replaces: 100%}");
    assert_eq!(units, Units::from([("by".to_owned(), Decimal::new(25, 3)), ("table".to_owned(), Decimal::from(4))]));
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn requests_by_key_consume_what_an_engine_reports(
        schema in schema::schemas(), (sent, all) in requests::requests(), is_strong: bool,
    ) {
        let (text, reported) = by_key(&schema, sent, &all, is_strong);
        prop_assert_eq!(predicted(&text), reported, "{}", text);
    }

    #[test]
    fn queries_and_scans_consume_what_an_engine_reports(schema in schema::schemas(), range in ranges::ranges()) {
        let (text, reported) = by_range(&schema, &range);
        prop_assert_eq!(predicted(&text), reported, "{}", text);
    }
}

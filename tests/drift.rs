//! A model held against its infrastructure: equal sides are silent, and each difference is said
//! once, at its place.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use std::sync::Arc;

use keyplan::check::{CheckedFile, Settings, check};
use keyplan::interop::{Deployed, Options};
use keyplan::source::SourceFile;
use serde_json::{Value, json};

const MODEL: &str = r"keyplan: 1
tables:
  Bookings:
    partition_key: hotel_id
    sort_key: arrives_on
    billing: provisioned
    capacity: {read: 20, write: 10}
    class: standard
    time_to_live: expires_at
    point_in_time_recovery: {recovery_period: 7d}
    deletion_protection: true
    stream: new_image
    global_indexes:
      by_guest: {partition_key: guest_id, sort_key: arrives_on, projection: [room, price], capacity: {read: 5, write: 10}}
    local_indexes:
      by_room: {sort_key: room, projection: keys_only}
entities:
  Booking:
    attributes: {hotel_id: ulid, arrives_on: date, guest_id: ulid, room: string, price: number, expires_at: epoch}
";

fn deployed() -> Value {
    json!({
        "TableName": "Bookings",
        "AttributeDefinitions": [
            {"AttributeName": "hotel_id", "AttributeType": "S"},
            {"AttributeName": "arrives_on", "AttributeType": "S"},
            {"AttributeName": "guest_id", "AttributeType": "S"},
            {"AttributeName": "room", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "hotel_id", "KeyType": "HASH"},
            {"AttributeName": "arrives_on", "KeyType": "RANGE"},
        ],
        "ProvisionedThroughput": {"ReadCapacityUnits": 20, "WriteCapacityUnits": 10},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 7},
        "DeletionProtectionEnabled": true,
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
        "GlobalSecondaryIndexes": [{
            "IndexName": "by_guest",
            "KeySchema": [
                {"AttributeName": "guest_id", "KeyType": "HASH"},
                {"AttributeName": "arrives_on", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["price", "room"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 10},
        }],
        "LocalSecondaryIndexes": [{
            "IndexName": "by_room",
            "KeySchema": [
                {"AttributeName": "hotel_id", "KeyType": "HASH"},
                {"AttributeName": "room", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    })
}

fn held_against(model: &str, deployed: &Value) -> CheckedFile {
    let text = serde_json::to_string_pretty(deployed).unwrap();
    let file = SourceFile::new("described.json", text.into_bytes()).map_err(|bad| bad.1).unwrap();
    let deployed = Deployed::read(vec![file], &Options::default()).unwrap();
    let settings = Settings { deployed: Some(Arc::new(deployed)), ..Settings::on("2026-11-22".parse().unwrap()) };
    check(SourceFile::new("model.yaml", model.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap(), &settings)
}

/// The drift that is found: rule, path in the model, and the marked text of the other file.
fn drift(model: &str, deployed: &Value) -> Vec<(String, String, String)> {
    let checked = held_against(model, deployed);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let drift = checked.findings.iter().filter(|located| located.finding.rule.starts_with("drift-"));
    drift
        .map(|located| {
            let elsewhere = located.elsewhere.first().map(|elsewhere| {
                let text = elsewhere.origin.span.of(&elsewhere.file().unwrap().text);
                text.lines().next().unwrap_or_default().to_owned()
            });
            (located.finding.rule.to_owned(), located.finding.place.path.to_string(), elsewhere.unwrap_or_default())
        })
        .collect()
}

#[test]
fn equal_sides_are_silent() {
    assert_eq!(drift(MODEL, &deployed()), []);
}

/// Changes one value of the infrastructure, by its JSON pointer; `null` takes it away.
#[test]
fn each_difference_is_said_once_at_its_place() {
    let table = "tables.Bookings";
    for (pointer, value, rule, path, marked) in [
        ("/KeySchema/1/AttributeName", json!("room"), "drift-key", "sort_key", "\"room\""),
        ("/KeySchema/0/AttributeName", json!("guest_id"), "drift-key", "partition_key", "\"guest_id\""),
        ("/ProvisionedThroughput/ReadCapacityUnits", json!(21), "drift-setting", "capacity.read", "21"),
        ("/BillingMode", json!("PAY_PER_REQUEST"), "drift-setting", "billing", "\"PAY_PER_REQUEST\""),
        (
            "/TableClass",
            json!("STANDARD_INFREQUENT_ACCESS"),
            "drift-setting",
            "class",
            "\"STANDARD_INFREQUENT_ACCESS\"",
        ),
        ("/TimeToLiveSpecification/AttributeName", json!("ttl"), "drift-setting", "time_to_live", "\"ttl\""),
        ("/TimeToLiveSpecification/Enabled", json!(false), "drift-setting", "time_to_live", "false"),
        (
            "/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
            json!(false),
            "drift-setting",
            "point_in_time_recovery",
            "false",
        ),
        (
            "/PointInTimeRecoverySpecification/RecoveryPeriodInDays",
            json!(35),
            "drift-setting",
            "point_in_time_recovery",
            "true",
        ),
        ("/DeletionProtectionEnabled", json!(null), "drift-setting", "deletion_protection", "{"),
        ("/StreamSpecification/StreamViewType", json!("KEYS_ONLY"), "drift-setting", "stream", "\"KEYS_ONLY\""),
        ("/StreamSpecification", json!(null), "drift-setting", "stream", "{"),
        (
            "/GlobalSecondaryIndexes/0/ProvisionedThroughput/WriteCapacityUnits",
            json!(1),
            "drift-setting",
            "global_indexes.by_guest.capacity.write",
            "1",
        ),
        (
            "/GlobalSecondaryIndexes/0/Projection/NonKeyAttributes",
            json!(["price"]),
            "drift-index",
            "global_indexes.by_guest.projection",
            "[",
        ),
        (
            "/GlobalSecondaryIndexes/0/KeySchema/1/AttributeName",
            json!("room"),
            "drift-index",
            "global_indexes.by_guest.sort_key",
            "\"room\"",
        ),
        (
            "/LocalSecondaryIndexes/0/Projection/ProjectionType",
            json!("ALL"),
            "drift-index",
            "local_indexes.by_room.projection",
            "\"ALL\"",
        ),
        ("/LocalSecondaryIndexes", json!(null), "drift-index", "local_indexes.by_room", "{"),
        ("/KinesisStreamSpecification", json!({"StreamArn": "x"}), "drift-setting", "kinesis_stream", "{"),
        ("/WarmThroughput", json!({"ReadUnitsPerSecond": 12000}), "", "", ""),
    ] {
        let mut changed = deployed();
        match changed.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => {
                changed.as_object_mut().unwrap().insert(pointer.trim_start_matches('/').to_owned(), value.clone());
            }
        }
        let expected: Vec<_> = (!rule.is_empty())
            .then(|| (rule.to_owned(), format!("{table}.{path}"), marked.to_owned()))
            .into_iter()
            .collect();
        assert_eq!(drift(MODEL, &changed), expected, "{pointer} = {value}");
    }
}

#[test]
fn types_are_compared_at_the_attribute() {
    let mut changed = deployed();
    *changed.pointer_mut("/AttributeDefinitions/1/AttributeType").unwrap() = json!("N");
    let expected = ("drift-key".to_owned(), "entities.Booking.attributes.arrives_on".to_owned(), "\"N\"".to_owned());
    assert_eq!(drift(MODEL, &changed), [expected]);
}

#[test]
fn indexes_and_tables_of_one_side_are_named() {
    let mut changed = deployed();
    let more = json!({
        "IndexName": "by_price",
        "KeySchema": [{"AttributeName": "price", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    });
    changed.pointer_mut("/GlobalSecondaryIndexes").unwrap().as_array_mut().unwrap().push(more);
    let expected = ("drift-index".to_owned(), "tables.Bookings.global_indexes".to_owned(), "\"by_price\"".to_owned());
    assert_eq!(drift(MODEL, &changed), [expected]);

    let other = json!({"TableName": "Guests", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]});
    let extra = ("drift-table".to_owned(), "tables".to_owned(), "{".to_owned());
    assert_eq!(drift(MODEL, &json!([deployed(), other])), std::slice::from_ref(&extra));
    let missing = ("drift-table".to_owned(), "tables.Bookings".to_owned(), String::new());
    let found = drift(MODEL, &json!([other]));
    assert_eq!(found.len(), 2);
    assert!(found.contains(&extra) && found.contains(&missing), "{found:?}");
}

#[test]
fn names_that_differ_in_dress_are_the_same_table() {
    for name in ["bookings", "bookings-table", "${Stage}-bookings", "BookingsTable", "another-name"] {
        let mut changed = deployed();
        *changed.pointer_mut("/TableName").unwrap() = json!(name);
        assert_eq!(drift(MODEL, &changed), [], "{name}");
    }
}

/// `describe-table` shows neither expiry nor recovery, so nothing may be said about them.
#[test]
fn what_a_file_cannot_tell_is_not_compared() {
    let mut changed = deployed();
    let table = changed.as_object_mut().unwrap();
    table.remove("TimeToLiveSpecification");
    table.remove("PointInTimeRecoverySpecification");
    assert_eq!(drift(MODEL, &changed), []);
}

/// What `describe-table` prints of a table that runs, whose capacity scales, has settings that
/// nobody asked for and lacks one that somebody did.
#[test]
fn a_described_table_that_runs_is_silent() {
    let model = "keyplan: 1
tables:
  Bookings:
    partition_key: hotel_id
    billing: provisioned
    autoscaling: {read: {min: 5, max: 50}, write: {min: 5, max: 50}}
    warm_throughput: {read: 13k}
    replicas: [eu-west-1]
    global_indexes:
      by_guest:
        partition_key: guest_id
        projection: [room, price]
        autoscaling: {read: {min: 5, max: 50}, write: {min: 5, max: 50}}
entities:
  Booking: {attributes: {hotel_id: ulid, guest_id: ulid, room: string, price: number}}
";
    let key = |name: &str| json!([{"AttributeName": name, "KeyType": "HASH"}]);
    let units = |units: u32| json!({"NumberOfDecreasesToday": 2, "ReadCapacityUnits": units, "WriteCapacityUnits": 5});
    let warm = |read: u32| json!({"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"});
    let mut described = json!({"Table": {
        "TableName": "Bookings",
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/Bookings",
        "TableStatus": "ACTIVE",
        "TableClassSummary": {"TableClass": "STANDARD"},
        "DeletionProtectionEnabled": false,
        "AttributeDefinitions": [
            {"AttributeName": "guest_id", "AttributeType": "S"},
            {"AttributeName": "hotel_id", "AttributeType": "S"},
        ],
        "KeySchema": key("hotel_id"),
        "ProvisionedThroughput": units(17),
        "WarmThroughput": warm(14_000),
        "OnDemandThroughput": {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1},
        "Replicas": [{"RegionName": "eu-west-1", "ReplicaTableClassSummary": {"TableClass": "STANDARD"}}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by_guest",
            "KeySchema": key("guest_id"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["price", "room"]},
            "ProvisionedThroughput": units(9),
            "WarmThroughput": warm(12_000),
        }],
    }});
    assert_eq!(drift(model, &described), []);
    let file = |name: &str, text: String| SourceFile::new(name, text.into_bytes()).map_err(|bad| bad.1).unwrap();
    let read = |described: &Value| {
        keyplan::interop::read(&[file("described.json", described.to_string())], &Options::default()).unwrap()
    };
    // Nor has the infrastructure's side anything to say.
    let updated = keyplan::interop::update(&file("model.yaml", model.to_owned()), read(&described)).unwrap();
    assert_eq!(updated.text, model);
    // Less than what was asked for is a difference, and is not taken for the usual.
    *described.pointer_mut("/Table/WarmThroughput").unwrap() = warm(12_000);
    let found = drift(model, &described);
    let places: Vec<&str> = found.iter().map(|(_, place, _)| place.as_str()).collect();
    assert_eq!(places, ["tables.Bookings.warm_throughput.read"]);
    // What every table has is no setting of a new model.
    let (imported, _) = read(&described).into_model();
    assert_eq!(imported.tables.get("Bookings").unwrap().warm_throughput, None);
}

/// A loop of `describe-table` prints one document after another.
#[test]
fn documents_one_after_another_are_all_read() {
    let mut other = deployed();
    *other.pointer_mut("/TableName").unwrap() = "Guests".into();
    let text = format!("{}\n{}\n", json!({"Table": other}), json!({"Table": deployed()}));
    let file = |text: &str| SourceFile::new("tables.json", text.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap();
    let read = |text: &str| keyplan::interop::read(&[file(text)], &Options::default());
    let imported = read(&text).unwrap();
    let named: Vec<&str> = imported.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(named, ["Guests", "Bookings"]);
    // Places are those in the file, not in the document.
    let billing = imported.tables[1].key_types.keys().next().unwrap();
    let at = imported.tables[1].origins[&keyplan::source::ModelPath::of(["key_types", billing])];
    assert!(at.span.start > text.find('\n').unwrap(), "{at:?}");
    assert_eq!(at.span.of(&text), "\"S\"");
    // A document that is cut off is a mistake, and said at its place.
    let cut = read(text.trim_end().trim_end_matches('}')).unwrap_err();
    assert!(cut.span.is_some(), "{cut:?}");
}

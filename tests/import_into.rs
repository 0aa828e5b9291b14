//! Importing into a model that is there: what differs is changed, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use keyplan::design::Design;
use keyplan::interop::{Options, create_table_input, read, update};
use keyplan::model::{Capacity, GlobalIndex, Model, Names, Projection, Stream, StreamView};
use keyplan::source::{SourceFile, load};
use keyplan::units::Count;
use proptest::prelude::*;
use serde_json::Value;

const FIXTURES: [&str; 6] =
    ["book-match-game", "online-shop", "clinic-natural-keys", "iot-time-series", "multi-tenant-saas", "flawed"];

fn source(name: &str, text: &str) -> SourceFile {
    SourceFile::new(name, text.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap()
}

fn fixture(name: &str) -> SourceFile {
    let path = format!("{}/fixtures/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    source(name, &std::fs::read_to_string(path).unwrap())
}

/// The tables of a model, as the service would be asked for them.
fn described(model: &Model) -> SourceFile {
    let design = Design::new(model);
    let tables: Vec<Value> = design.tables.iter().map(|table| create_table_input(&design, table).request).collect();
    source("tables.json", &serde_json::to_string_pretty(&tables).unwrap())
}

/// What the service would be asked for, without what it does by default.
fn to_the_service(model: &Model) -> Value {
    let mut tables: Value = serde_json::from_str(&described(model).text).unwrap();
    for table in tables.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for (setting, default) in [("DeletionProtectionEnabled", false.into()), ("TableClass", "STANDARD".into())] {
            if table.get(setting) == Some::<&Value>(&default) {
                table.remove(setting);
            }
        }
    }
    tables
}

fn updated(file: &SourceFile, tables: SourceFile) -> String {
    let imported = read(&[tables], &Options::default()).unwrap();
    update(file, imported).unwrap().text
}

#[test]
fn a_model_that_says_the_same_is_not_touched() {
    for name in FIXTURES {
        // Its on-demand table has a capacity, which no table of the service can have.
        if name == "flawed" {
            continue;
        }
        let file = fixture(name);
        let (model, _) = load(&file.text).unwrap();
        let text = updated(&file, described(&model));
        assert_eq!(text, file.text, "{name}");
    }
}

#[derive(Debug, Clone)]
enum Change {
    DropIndex(usize),
    AddIndex,
    Project,
    Class,
    Stream,
    NoStream,
    Protect,
    Limit(u32),
}

fn changed(model: &Model, table: usize, change: &Change) -> Model {
    let mut model = model.clone();
    let position = table % model.tables.len();
    let Some((_, table)) = model.tables.get_index_mut(position) else { return model };
    match change {
        Change::DropIndex(at) if !table.global_indexes.is_empty() => {
            table.global_indexes.shift_remove_index(at % table.global_indexes.len());
        }
        Change::AddIndex => {
            let index = GlobalIndex {
                partition_key: table.partition_key.clone(),
                sort_key: Names(vec!["made_at".to_owned()]),
                projection: Projection::Include(vec!["one".to_owned(), "two words".to_owned()]),
                ..GlobalIndex::default()
            };
            table.global_indexes.insert("added-by.test".to_owned(), index);
        }
        Change::Project => {
            for index in table.global_indexes.values_mut() {
                index.projection = Projection::KeysOnly;
            }
        }
        Change::Class => table.class = Some(keyplan::model::TableClass::StandardInfrequentAccess),
        Change::Stream => table.stream = Some(Stream { view: StreamView::KeysOnly, readers: Vec::new(), reads: None }),
        Change::NoStream => table.stream = None,
        Change::Protect => table.deletion_protection = Some(table.deletion_protection != Some(true)),
        Change::Limit(units) => {
            table.max_throughput = Some(Capacity { read: Some(Count((*units).into())), write: None });
        }
        Change::DropIndex(_) => {}
    }
    model
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..9usize).prop_map(Change::DropIndex),
        Just(Change::AddIndex),
        Just(Change::Project),
        Just(Change::Class),
        Just(Change::Stream),
        Just(Change::NoStream),
        Just(Change::Protect),
        (1..99_999u32).prop_map(Change::Limit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// After an import the tables say what the files say; asked again, nothing is left to change;
    /// and every comment that did not stand on a line that had to go is there still.
    #[test]
    fn an_update_says_what_the_files_say_and_keeps_the_rest(
        name in proptest::sample::select(FIXTURES.to_vec()),
        changes in proptest::collection::vec((0..9usize, change()), 1..5),
    ) {
        let file = fixture(name);
        let (model, tree) = load(&file.text).unwrap();
        let wanted = changes.iter().fold(model.clone(), |model, (table, change)| changed(&model, *table, change));
        let text = updated(&file, described(&wanted));
        let (written, _) = load(&text).unwrap();
        prop_assert_eq!(to_the_service(&written), to_the_service(&wanted));
        prop_assert_eq!(&written.entities, &model.entities);
        prop_assert_eq!(&written.access_patterns, &model.access_patterns);
        let again = updated(&source(name, &text), described(&wanted));
        prop_assert_eq!(&again, &text);
        let kept: Vec<&str> = text.lines().collect();
        for comment in &tree.comments {
            let line = file.text[..comment.span.start].rfind('\n').map_or(0, |newline| newline + 1);
            let whole = file.text[line..].lines().next().unwrap_or_default();
            let content = whole.split(" #").next().unwrap_or_default().trim();
            let still = kept.iter().any(|line| line.contains(comment.text.trim()));
            // A comment goes with the index or the setting that it stands beside.
            let gone = !content.is_empty() && !kept.iter().any(|line| line.trim_start().starts_with(content));
            prop_assert!(still || gone, "lost `{}` of `{whole}`", comment.text);
        }
    }
}

#[test]
fn who_reads_a_stream_and_how_often_is_kept() {
    let text = "keyplan: 1
tables:
  Jobs:
    partition_key: id
    stream: {view: new_image, readers: [search], reads: 4/s}
entities:
  Job: {attributes: {id: ulid}}
";
    let file = source("model.yaml", text);
    let (mut model, _) = load(text).unwrap();
    let stream = model.tables.values_mut().find_map(|table| table.stream.as_mut()).unwrap();
    stream.view = StreamView::OldImage;
    let (model, _) = load(&updated(&file, described(&model))).unwrap();
    let stream = model.tables.values().find_map(|table| table.stream.as_ref()).unwrap();
    assert_eq!((stream.view, stream.readers.as_slice()), (StreamView::OldImage, &["search".to_owned()][..]));
    assert_eq!(stream.reads.map(|rate| rate.to_string()).as_deref(), Some("4/s"));
}

#[test]
fn a_json_model_stays_json() {
    let text = r#"{
  "keyplan": 1,
  "tables": {"T": {"partition_key": "pk", "global_indexes": {"g": {"partition_key": "a"}}}},
  "entities": {"E": {"attributes": {"pk": "string", "a": "string", "b": "string"}}}
}
"#;
    let file = source("model.json", text);
    let (mut model, _) = load(text).unwrap();
    let table = model.tables.get_mut("T").unwrap();
    table.sort_key = Names(vec!["b".to_owned()]);
    table
        .global_indexes
        .insert("h".to_owned(), GlobalIndex { partition_key: table.sort_key.clone(), ..GlobalIndex::default() });
    let written = updated(&file, described(&model));
    let value: Value = serde_json::from_str(&written).expect("it is JSON still");
    assert_eq!(value["tables"]["T"]["sort_key"], "b");
    assert_eq!(value["tables"]["T"]["global_indexes"]["h"]["partition_key"], "b");
}

#[test]
fn parts_that_anchors_repeat_are_refused_and_not_broken() {
    let text = "keyplan: 1\ntables:\n  A: &same\n    partition_key: pk\n    class: standard\n  B: *same\nentities:\n  E: {table: A, attributes: {pk: string}}\n  F: {table: B, attributes: {pk: string}}\n";
    let file = source("model.yaml", text);
    let (mut model, _) = load(text).unwrap();
    model.tables.get_mut("A").unwrap().class = Some(keyplan::model::TableClass::StandardInfrequentAccess);
    let imported = read(&[described(&model)], &Options::default()).unwrap();
    let error = update(&file, imported).unwrap_err().to_string();
    assert!(error.contains("anchors"), "{error}");
}

/// Data models know keys and little else: what they do not tell is the person's to say.
#[test]
fn a_data_model_takes_no_settings_away() {
    let model = r"keyplan: 1
tables:
  Shop:
    partition_key: pk
    sort_key: sk
    billing: provisioned
    capacity: {read: 5, write: 5}
    autoscaling: {read: {min: 5, max: 50}, write: {min: 5, max: 50}}
    class: standard_infrequent_access
    time_to_live: expires
    stream: new_image
    replicas: [us-east-1, us-west-2]
    multi_region_consistency: strong
    witness: us-east-2
    global_indexes:
      by_owner: {partition_key: gpk, capacity: {read: 1, write: 1}, autoscaling: {read: {min: 1, max: 9}}}
entities:
  Thing:
    attributes: {pk: string, sk: string, gpk: string, expires: epoch}
";
    let one_table = r#"{"format": "onetable:1.1.0", "version": "0.0.1",
        "indexes": {"primary": {"hash": "pk", "sort": "sk"}, "by_owner": {"hash": "gpk", "project": "all"}},
        "models": {"Thing": {"pk": {"type": "string", "value": "A"}, "sk": {"type": "string"}, "gpk": {"type": "string"}}}}"#;
    let workbench = r#"{"ModelName": "x", "ModelMetadata": {"Version": "2.0"}, "DataModel": [{"TableName": "Shop",
        "KeyAttributes": {"PartitionKey": {"AttributeName": "pk", "AttributeType": "S"},
            "SortKey": {"AttributeName": "sk", "AttributeType": "S"}},
        "GlobalSecondaryIndexes": [{"IndexName": "by_owner", "Projection": {"ProjectionType": "ALL"},
            "KeyAttributes": {"PartitionKey": {"AttributeName": "gpk", "AttributeType": "S"}}}]}]}"#;
    for (name, text) in [("schema.json", one_table), ("workbench.json", workbench)] {
        let imported = read(&[source(name, text)], &Options::default()).unwrap();
        let written = update(&source("model.yaml", model), imported).unwrap();
        let of_tables: Vec<String> =
            written.changed.iter().map(ToString::to_string).filter(|part| part.starts_with("tables")).collect();
        assert_eq!(of_tables, [""; 0], "{name}");
    }
}

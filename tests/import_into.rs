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
        Change::Stream => table.stream = Some(Stream { view: StreamView::KeysOnly, readers: Vec::new() }),
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

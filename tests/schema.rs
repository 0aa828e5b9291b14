//! The published schemas are current, and say the same as the program.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::Path;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `UPDATE_SCHEMA=1 cargo test --test schema` writes the files anew.
fn is_current(file: &str, schema: &Value) {
    let path = root().join("schema").join(file);
    let text = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(published == text, "schema/{file} is not current; run `UPDATE_SCHEMA=1 cargo test --test schema`");
}

#[test]
fn the_published_schemas_are_current() {
    is_current("model-v1.json", &keyplan::source::model_schema());
    is_current("check-v1.json", &keyplan::report::json::schema());
    is_current("config-v1.json", &keyplan::config::schema());
    is_current("baseline-v1.json", &keyplan::gate::baseline_schema());
}

fn as_json(text: &str) -> Value {
    let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    serde_json::to_value(value).unwrap()
}

#[test]
fn fixtures_and_examples_keep_to_the_schema() {
    let validator = jsonschema::validator_for(&keyplan::source::model_schema()).unwrap();
    let mut texts: Vec<(String, String)> = fs::read_dir(root().join("fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    texts.push(("starter".into(), fs::read_to_string(root().join("src/cli/starter.yaml")).unwrap()));
    for (name, text) in texts {
        let errors: Vec<String> =
            validator.iter_errors(&as_json(&text)).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn schema_and_program_refuse_the_same() {
    let validator = jsonschema::validator_for(&keyplan::source::model_schema()).unwrap();
    let cases = [
        ("tables: {}", true),
        ("tabels: {}", false),
        ("tables: {A: {partition_key: id, billing: on_demand}}", true),
        ("tables: {A: {partition_key: id, billing: ondemand}}", false),
        ("tables: {A: {sort_key: id}}", false),
        ("tables: {A: {partition_key: [a, b]}}", true),
        ("tables: {A: {partition_key: {a: b}}}", false),
        ("tables: {A: {partition_key: id, replicas: [us-east-1]}}", true),
        ("tables: {A: {partition_key: id, replicas: {us-east-1: {class: standard}}}}", true),
        ("tables: {A: {partition_key: id, replicas: {us-east-1: {class: cheap}}}}", false),
        ("entities: {A: {items: 2M, size: 1.5 KB, growth: 80k/day, retention: 2y}}", true),
        ("entities: {A: {items: lots}}", false),
        ("entities: {A: {belongs_to: B}}", true),
        ("entities: {A: {belongs_to: {B: 12}}}", true),
        ("entities: {A: {belongs_to: {B: {average: 2, most: 3}}}}", false),
        ("entities: {A: {attributes: {a: ulid, b: {type: number, digits: 3}}}}", true),
        ("entities: {A: {attributes: {a: ulidd}}}", false),
        ("entities: {A: {attributes: {a: {values: {x: 90%, y: 10%}}}}}", true),
        ("entities: {A: {attributes: {a: {values: {x: 0.9}}}}}", false),
        ("entities: {A: {keys: {pk: 0, sk: \"A#{b}\", g: {value: x, when: {s: open}}}}}", true),
        ("entities: {A: {keys: {pk: {when: {s: open}}}}}", false),
        ("access_patterns: {p: {operation: query, where: {a: equals, b: {is: in, count: 3}}}}", true),
        ("access_patterns: {p: {operation: query, where: {a: eq}}}", false),
        ("access_patterns: {p: {operation: query, pages: all, limit: 20}}", true),
        ("access_patterns: {p: {operation: query, pages: some}}", false),
        ("access_patterns: {p: {operation: put, replaces: {share: 30%, changes: [a], drops: [b]}}}", true),
        ("access_patterns: {p: {operation: put, replaces: 0.3}}", false),
        ("access_patterns: {p: {operation: update, sets: {a: {changes: 40%, size_before: 3000}}}}", true),
        ("access_patterns: {p: {operation: get, then: {pattern: q, times: 20}}}", true),
        ("access_patterns: {p: {operation: get, then: [q, {pattern: r}]}}", true),
        ("access_patterns: {p: {operation: get, then: {times: 20}}}", false),
        ("access_patterns: {p: {operation: get, rate: 80k}}", false),
        ("access_patterns: {p: {operation: transact_write, actions: [{operation: put, entity: E, count: 3}]}}", true),
        ("access_patterns: {p: {operation: transact_write, actions: [{operation: put}]}}", false),
        ("budget: {monthly_cost: 900 USD, tables: {A: {write_units: 20/s}}}", true),
        ("budget: {monthly_cost: 900}", false),
        ("lint: {levels: {full-scan: error}, allow: [{rule: a, reason: b, until: 2027-03-01}]}", true),
        ("lint: {levels: {full-scan: fatal}}", false),
    ];
    for (text, is_model) in cases {
        let text = format!("keyplan: 1\n{text}\n");
        let by_schema = validator.is_valid(&as_json(&text));
        let by_program = keyplan::source::load(&text);
        assert_eq!(by_schema, is_model, "the schema on {text}");
        assert_eq!(by_program.is_ok(), is_model, "the program on {text}: {by_program:?}");
    }
}

//! Data models of other tools: NoSQL Workbench, the DynamoDB MCP server, the cost calculator and
//! OneTable. The samples are our own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice, missing_docs)]

use std::io::Write as _;
use std::process::Stdio;

use jiff::civil::Date;
use keyplan::check::{Settings, check};
use keyplan::design::Design;
use keyplan::interop::workbench::write;
use keyplan::interop::{Imported, Options, model_text, read};
use keyplan::lint::Level;
use keyplan::model::{KeyType, Model, Projection, Table};
use keyplan::source::{SourceFile, load};

const WORKBENCH: &str = include_str!("import_models/workbench.json");
const MCP_SCHEMA: &str = include_str!("import_models/schema.json");
const MCP_USAGE: &str = include_str!("import_models/usage_data.json");
const MCP_MODEL: &str = include_str!("import_models/mcp_data_model.json");
const COST_MODEL: &str = include_str!("import_models/cost_data_model.json");
const ONETABLE: &str = include_str!("import_models/onetable.ts");

fn source(name: &str, text: &str) -> SourceFile {
    SourceFile::new(name.to_owned(), text.as_bytes().to_vec()).map_err(|bad| bad.1.message).unwrap()
}

fn imported(files: &[(&str, &str)]) -> Result<Imported, String> {
    let files: Vec<SourceFile> = files.iter().map(|(name, text)| source(name, text)).collect();
    read(&files, &Options::default()).map_err(|error| error.message)
}

fn written(files: &[(&str, &str)]) -> String {
    let (model, notes) = imported(files).unwrap().into_model();
    model_text(&model, "Imported.", &notes).unwrap()
}

/// Rules and messages at a level that matters.
fn findings(text: &str) -> Vec<String> {
    let settings = Settings::on(Date::constant(2026, 3, 1));
    let checked = check(source("model.yaml", text), &settings);
    assert!(checked.problems.is_empty(), "{:?}\n{text}", checked.problems);
    let loud = checked.findings.iter().filter(|found| found.finding.level > Level::Advice);
    loud.map(|found| format!("{}: {}", found.finding.rule, found.finding.message)).collect()
}

#[test]
fn a_workbench_model_brings_kinds_of_items() {
    insta::assert_snapshot!(written(&[("workbench.json", WORKBENCH)]));
}

#[test]
fn an_mcp_schema_brings_patterns() {
    insta::assert_snapshot!(written(&[("schema.json", MCP_SCHEMA), ("usage_data.json", MCP_USAGE)]));
}

#[test]
fn an_mcp_data_model_brings_its_commands() {
    insta::assert_snapshot!(written(&[("dynamodb_data_model.json", MCP_MODEL)]));
}

#[test]
fn a_cost_model_brings_rates_and_sizes() {
    insta::assert_snapshot!(written(&[("dynamodb_data_model.json", COST_MODEL)]));
}

#[test]
fn a_onetable_schema_is_read_out_of_code() {
    insta::assert_snapshot!(written(&[("schema.ts", ONETABLE)]));
}

#[test]
fn code_on_standard_input_takes_the_formats_name() {
    let run = |arguments: &[&str], text: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keyplan"));
        command.arg("import").args(arguments).arg("-");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (ok, model, said) = run(&["--from", "onetable"], ONETABLE);
    assert!(ok && model.contains("gs1pk: \"kind#{kind}\""), "{said}");
    assert!(said.contains("`gs1sk` is made by code: a function (entities.Plant.keys.gs1sk)"), "{said}");
    let (ok, _, said) = run(&[], MCP_USAGE);
    assert!(!ok && said.contains("keyplan import schema.json usage_data.json"), "{said}");
}

#[test]
fn two_files_with_the_same_names_lose_nothing_in_silence() {
    let notes = imported(&[("a.json", MCP_SCHEMA), ("b.json", MCP_SCHEMA)]).unwrap().notes;
    let said = |text: &str| notes.iter().any(|note| note.text.contains(text));
    assert!(said("another file has `Patient` too") && said("another file has `get_patient` too"));
}

#[test]
fn scans_and_queries_without_a_key_are_found() {
    let found = findings(&written(&[("schema.json", MCP_SCHEMA)]));
    let about = |rule: &str, pattern: &str| found.iter().any(|f| f.starts_with(rule) && f.contains(pattern));
    assert!(about("full-scan", "find_patients"), "{found:#?}");
    assert!(about("unserved-pattern", "visits_in_room"), "{found:#?}");
    assert!(!found.iter().any(|f| f.contains("get_patient") || f.contains("open_visits_of_doctor")), "{found:#?}");
    let found = findings(&written(&[("dynamodb_data_model.json", MCP_MODEL)]));
    assert!(found.iter().any(|f| f.starts_with("full-scan") && f.contains("big_trains")), "{found:#?}");
    assert!(found.iter().any(|f| f.starts_with("filter-after-limit")), "{found:#?}");
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn what_an_import_cannot_know_makes_no_alarm() {
    for files in [("workbench.json", WORKBENCH), ("schema.ts", ONETABLE)] {
        let found = findings(&written(&[files]));
        // The capacity of the index is to be filled in.
        assert!(found.iter().all(|f| f.starts_with("index-capacity")), "{found:#?}");
    }
}

#[test]
fn look_alikes_say_what_they_lack() {
    let refused = |text: &str| imported(&[("x.json", text)]).unwrap_err();
    assert!(refused(r#"{"ModelName": "x", "DataModel": [{"TableName": "t"}]}"#).contains("not a Workbench export"));
    assert!(refused(r#"{"ModelName": "x", "ModelMetadata": {"Version": "3.0"}}"#).contains("not a Workbench export"));
    assert!(refused(r#"{"ModelMetadata": {"AWSService": "Amazon Keyspaces"}, "DataModel": []}"#).contains("Keyspaces"));
    assert!(refused(MCP_USAGE).contains("describe no table"));
    let code = imported(&[("schema.ts", "export default {models: {}}")]).unwrap_err();
    assert!(code.contains("no file that keyplan can import"), "{code}");
}

#[test]
fn cut_and_corrupted_files_are_read_or_refused() {
    let files = [
        ("workbench.json", WORKBENCH),
        ("schema.json", MCP_SCHEMA),
        ("usage.json", MCP_USAGE),
        ("model.json", MCP_MODEL),
        ("cost.json", COST_MODEL),
        ("schema.ts", ONETABLE),
    ];
    for (name, text) in files {
        // Scripts are read cut anywhere; JSON has to be put together again to be read at all.
        for at in (0..text.len()).step_by(if name.ends_with("ts") { 13 } else { 197 }) {
            let cut = text.get(..at).unwrap_or_default();
            for end in ["", "\"", "}}]}", "`${"] {
                let _ = imported(&[(name, &format!("{cut}{end}"))]).map(Imported::into_model);
            }
        }
        let strings = some_strings(text);
        for (start, end) in strings {
            for other in
                ["null", "[]", "{}", "\"\"", "\"{\"", "\"{a:b}\"", "-1e400", "99999999999999999999999999999999"]
            {
                let mutated = format!("{}{other}{}", &text[..start], &text[end..]);
                let Ok(read) = imported(&[(name, &mutated)]) else { continue };
                let (model, notes) = read.into_model();
                let text = model_text(&model, "x", &notes).expect("every model can be written");
                assert!(load(&text).is_ok(), "{:?}\n{mutated}\n{text}", load(&text).err());
            }
        }
    }
}

/// The places of some strings of a text, with their quotes.
fn some_strings(text: &str) -> Vec<(usize, usize)> {
    let quote = if text.contains("dynamodb-onetable") { '\'' } else { '"' };
    let marks: Vec<usize> = text.match_indices(quote).map(|(at, _)| at).collect();
    marks.chunks(2).filter(|pair| pair.len() == 2).map(|pair| (pair[0], pair[1] + 1)).step_by(23).collect()
}

/// What a Workbench model can say of a table.
fn sayable(table: &Table) -> Table {
    let mut table = Table {
        description: None,
        max_throughput: None,
        warm_throughput: None,
        class: None,
        time_to_live: None,
        point_in_time_recovery: None,
        deletion_protection: None,
        stream: None,
        kinesis_stream: None,
        replicas: Default::default(),
        multi_region_consistency: None,
        witness: None,
        backups: None,
        ..table.clone()
    };
    table.global_indexes.retain(|_, index| index.partition_key.len() == 1 && index.sort_key.len() <= 1);
    for index in table.global_indexes.values_mut() {
        index.description = None;
        index.capacity = None;
        index.autoscaling = None;
        index.max_throughput = None;
        index.warm_throughput = None;
        if matches!(&index.projection, Projection::Include(names) if names.is_empty()) {
            index.projection = Projection::KeysOnly;
        }
    }
    for index in table.local_indexes.values_mut() {
        index.description = None;
    }
    for scaled in table.autoscaling.iter_mut().flat_map(|scaling| [&mut scaling.read, &mut scaling.write]).flatten() {
        scaled.target = scaled.target.or(Some("70%".parse().unwrap()));
    }
    if table.billing == Some(keyplan::model::Billing::OnDemand) || table.billing.is_none() {
        table.capacity = None;
        table.autoscaling = None;
    }
    table
}

fn exported(model: &Model) -> Imported {
    let design = Design::new(model);
    let (text, _) = write(&design);
    imported(&[("exported.json", &text)]).unwrap()
}

#[test]
fn what_workbench_can_say_survives_the_way_there_and_back() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        let Ok((model, _)) = load(&std::fs::read_to_string(&path).unwrap()) else { continue };
        let back = exported(&model);
        let design = Design::new(&model);
        assert_eq!(back.tables.len(), model.tables.len(), "{path:?}");
        for table in &back.tables {
            let expected = sayable(&model.tables[&table.name]);
            assert_eq!(table.table, expected, "{path:?}");
        }
        let (again, _) = back.clone().into_model();
        let redesigned = Design::new(&again);
        for entity in &design.entities {
            let found = redesigned.entities.iter().find(|found| found.name == entity.name).unwrap();
            let table = design.tables.get(entity.table.unwrap().0).unwrap();
            let types = &back.tables.iter().find(|found| found.name == table.name).unwrap().key_types;
            for (key, fill) in &entity.fills {
                let kind = match fill.template.copied() {
                    _ if fill.template.is_number => Some(KeyType::Number),
                    Some(copied) => entity.kind_of(copied).as_key(),
                    None => Some(KeyType::String),
                };
                // Keys of indexes that the format cannot have are attributes there; what cannot be a
                // key has no type of one.
                if let (Some(found), Some(kind)) = (types.get(*key), kind) {
                    assert_eq!(*found, kind, "{path:?} {} {key}", entity.name);
                }
            }
            assert!(table.table.partition_key.iter().all(|key| types.contains_key(key)), "{path:?}");
            for key in table.table.partition_key.iter().chain(table.table.sort_key.iter()) {
                let (was, is) = (&entity.fills[key.as_str()].template, &found.fills[key.as_str()].template);
                if !was.is_constant() {
                    assert_eq!(was.to_string(), is.to_string(), "{path:?} {}", entity.name);
                }
            }
        }
    }
}

#[test]
fn an_export_says_what_it_leaves_out() {
    let (model, _) = load(include_str!("../fixtures/online-shop.yaml")).unwrap();
    let design = Design::new(&model);
    let (text, omissions) = write(&design);
    let omissions: Vec<String> =
        omissions.iter().map(|omission| format!("{}: {}", omission.at, omission.text)).collect();
    insta::assert_snapshot!(format!("{text}\n{}", omissions.join("\n")));
}

//! Other tools' files: read for real, and counted.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use keyplan::check::{Settings, check};
use keyplan::interop::{Imported, Options, model_text, read};
use keyplan::source::SourceFile;

/// A collection of other people's files beside the project, where there is one.
fn corpus() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    path.join("manifest.csv").is_file().then_some(path)
}

/// Kinds of files in the collection that can be imported.
const KINDS: &[&str] = &["cfn", "cli", "mcp-schema", "mcp-usage", "nosqlwb", "onetable", "terraform", "tfplan"];

/// Files whose figures differ from the manifest's, or that are refused, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "cfn/aws-cloudformation__aws-cloudformation-templates__CloudFormation__fn-foreach-ddb.json",
        "the manifest counts the resource; its loop makes four tables",
    ),
    (
        "cfn/aws-cloudformation__aws-cloudformation-templates__CloudFormation__fn-foreach-ddb.yaml",
        "the manifest counts the resource; its loop makes four tables",
    ),
    (
        "cfn/widdix__aws-cf-templates__state__dynamodb.yaml",
        "each of its indexes is made only where a parameter names it, and none has a default",
    ),
    (
        "tfplan/bridgecrewio__checkov__resources__plan_tags_variety__tfplan.json",
        "one table, which the plan mentions three times: planned, changed and configured",
    ),
    (
        "tfplan/infracost__infracost__testdata__breakdown_with_policy_data_upload_plan_json__plan.json",
        "one table, which the plan mentions three times: planned, changed and configured",
    ),
    ("mcp-schema/awslabs__mcp__invalid_gsi_schema.json", "two of its three indexes have the same name"),
    ("mcp-usage/awslabs__mcp__elearning_usage_data.json", SAMPLES),
    ("mcp-usage/awslabs__mcp__food_delivery_usage_data.json", SAMPLES),
    ("mcp-usage/awslabs__mcp__package_delivery_app_usage_data.json", SAMPLES),
    ("mcp-usage/awslabs__mcp__project_management_usage_data.json", SAMPLES),
    ("mcp-usage/awslabs__mcp__social_media_app_usage_data.json", SAMPLES),
    ("mcp-usage/awslabs__mcp__user_analytics_usage_data.json", SAMPLES),
    ("onetable/ChristianRich__dynamodb-single-table-demo__src__db__schema-complex.ts", IN_CODE),
    ("onetable/ChristianRich__dynamodb-single-table-demo__src__db__schema-simple.ts", IN_CODE),
    ("onetable/andrujoh__arc-example-notes-with-dynamo-onetable__db__schemas__schema-0.0.1.js", IN_CODE),
    ("onetable/sensedeep__dynamodb-onetable__test__schemas__defaultSchema.ts", IN_CODE),
    ("onetable/sensedeep__dynamodb-onetable__test__schemas__fullSchema.ts", IN_CODE),
];

const IN_CODE: &str = "the manifest counts no indexes of schemas that are code; these have them";

const SAMPLES: &str = "sample items describe no table; they are read together with their schema";

fn counts(imported: &Imported) -> (usize, usize, usize) {
    let tables = &imported.tables;
    (
        tables.len(),
        tables.iter().map(|table| table.table.global_indexes.len()).sum(),
        tables.iter().map(|table| table.table.local_indexes.len()).sum(),
    )
}

#[test]
fn files_of_others_import_with_all_their_tables_and_indexes() {
    let Some(corpus) = corpus() else {
        println!("SKIPPED: no collection of foreign files here");
        return;
    };
    let different: BTreeMap<&str, &str> = DIFFERENT.iter().copied().collect();
    let mut results = String::from("file | tables gsis lsis | expected | result\n");
    let mut wrong = Vec::new();
    let mut rows = csv::Reader::from_path(corpus.join("manifest.csv")).expect("the manifest is CSV");
    let headers = rows.headers().expect("it has a header").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("a column of the manifest");
    let (file, kind) = (column("file"), column("kind"));
    let expected = [column("tables"), column("gsis"), column("lsis")];
    for row in rows.records() {
        let row = row.expect("a row of the manifest");
        if !KINDS.contains(&&row[kind]) {
            continue;
        }
        let name = row[file].to_owned();
        let bytes = fs::read(corpus.join(&name)).expect("a file of the manifest is there");
        let source = SourceFile::new(name.clone(), bytes).map_err(|bad| bad.1.message);
        let imported = source.and_then(|source| read(&[source], &Options::default()).map_err(|error| error.message));
        let expected: Vec<Option<usize>> = expected.iter().map(|column| row[*column].parse().ok()).collect();
        let (found, result) = match &imported {
            Ok(imported) => {
                let (tables, global, local) = counts(imported);
                let equal = [tables, global, local]
                    .iter()
                    .zip(&expected)
                    .all(|(found, expected)| expected.is_none_or(|expected| expected == *found));
                (format!("{tables} {global} {local}"), if equal { "equal".to_owned() } else { "DIFFERS".to_owned() })
            }
            Err(why) => ("-".to_owned(), format!("refused: {why}")),
        };
        let known = different.get(name.as_str());
        let expected =
            expected.iter().map(|n| n.map_or("?".to_owned(), |n| n.to_string())).collect::<Vec<_>>().join(" ");
        let line = format!(
            "{name} | {found} | {expected} | {result}{}",
            known.map(|why| format!(" ({why})")).unwrap_or_default()
        );
        if (result != "equal") != known.is_some() {
            wrong.push(line.clone());
        }
        let _ = writeln!(results, "{line}");
    }
    println!("{results}");
    assert!(wrong.is_empty(), "unexpected results:\n{}", wrong.join("\n"));
}

/// Every scan that a schema of the MCP server asks for is found in its model, and nothing else is
/// called a scan.
#[test]
fn scans_of_schemas_are_found_by_the_check() {
    let Some(corpus) = corpus() else {
        println!("SKIPPED: no collection of foreign files here");
        return;
    };
    let mut schemas: Vec<PathBuf> =
        fs::read_dir(corpus.join("mcp-schema")).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    schemas.sort();
    let mut scans = 0;
    for path in schemas {
        let text = fs::read_to_string(&path).expect("a text");
        let schema: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let mut expected: Vec<String> = Vec::new();
        for table in schema["tables"].as_array().into_iter().flatten() {
            for (_, entity) in table["entities"].as_object().into_iter().flatten() {
                for pattern in entity["access_patterns"].as_array().into_iter().flatten() {
                    if pattern["operation"] == "Scan" {
                        expected.push(pattern["name"].as_str().expect("a name").to_owned());
                    }
                }
            }
        }
        let source = SourceFile::new("schema.json", text.into_bytes()).map_err(|bad| bad.1.message).expect("UTF-8");
        let imported = read(&[source], &Options::default()).expect("a schema that imports");
        let (model, notes) = imported.into_model();
        let written = model_text(&model, "", &notes).expect("a model as text");
        let source = SourceFile::new("model.yaml", written.into_bytes()).map_err(|bad| bad.1.message).expect("UTF-8");
        let checked = check(source, &Settings::on("2026-11-22".parse().expect("a day")));
        assert_eq!(checked.problems, [], "{}", path.display());
        let found = checked.findings.iter().map(|located| &located.finding).filter(|found| found.rule == "full-scan");
        let found: Vec<String> = found.map(|found| found.message.clone()).collect();
        assert_eq!(found.len(), expected.len(), "{}: {found:?}, not {expected:?}", path.display());
        for name in &expected {
            assert!(found.iter().any(|message| message.contains(&format!("`{name}`"))), "{name} in {found:?}");
        }
        scans += expected.len();
    }
    assert!(scans > 0, "the collection has scans");
}

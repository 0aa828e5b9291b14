//! SARIF 2.1.0, for code scanning.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use super::Written;
use crate::check::{Accepted, CheckedFile, Located, numbers};
use crate::gate::Fingerprint;
use crate::lint::{Level, Rule, registry};
use crate::source::{Problem, SourceFile, Span};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://github.com/keyplan/keyplan";

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, files: &[CheckedFile]) -> Written {
    let indices: BTreeMap<&str, usize> =
        registry().iter().enumerate().map(|(index, rule)| (rule.name, index)).collect();
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for file in files {
        results.extend(file.findings.iter().map(|located| result(&file.file, located, &indices, None)));
        results.extend(
            file.suppressed.iter().map(|accepted| result(&file.file, &accepted.located, &indices, Some(accepted))),
        );
        notifications.extend(file.problems.iter().map(|problem| notification(&file.file, problem)));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "keyplan",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": registry().iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "automationDetails": { "id": "keyplan/check/" },
            "artifacts": files.iter().map(|file| json!({
                "location": { "uri": uri(&file.file.name) },
                "sourceLanguage": "yaml",
            })).collect::<Vec<_>>(),
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "name": pascal(rule.name),
        "shortDescription": { "text": rule.summary() },
        "fullDescription": { "text": rule.summary() },
        "helpUri": format!("{HOME}/blob/main/rules/{}.md", rule.name),
        "help": { "text": rule.text(), "markdown": rule.text() },
        "defaultConfiguration": { "enabled": !rule.is_off, "level": level(rule.level) },
        "properties": { "tags": ["dynamodb", rule.family.word()], "precision": "high" },
    })
}

fn pascal(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Advice => "note",
    }
}

/// A relative URI with forward slashes; characters that a URI cannot hold are escaped.
fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.replace('\\', "/").trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (line, column) = file.lines.position(&file.text, span.start);
    let (end_line, end_column) = file.lines.position(&file.text, span.end.max(span.start));
    json!({
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": if end_line == line { end_column.max(column) } else { end_column },
        "byteOffset": span.start,
        "byteLength": span.end.saturating_sub(span.start),
    })
}

fn physical(file: &SourceFile, span: Span) -> Value {
    json!({ "artifactLocation": { "uri": uri(&file.name) }, "region": region(file, span) })
}

fn result(file: &SourceFile, located: &Located, indices: &BTreeMap<&str, usize>, accepted: Option<&Accepted>) -> Value {
    let finding = &located.finding;
    let parts = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
    let text: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let path = finding.place.path.to_string();
    let inside = located.related.iter().map(|(span, label)| (file, *span, label));
    let outside = located
        .elsewhere
        .iter()
        .filter_map(|elsewhere| Some((elsewhere.file()?, elsewhere.origin.span, &elsewhere.label)));
    let related: Vec<Value> = inside
        .chain(outside)
        .enumerate()
        .map(|(index, (file, span, label))| {
            json!({
                "id": index + 1,
                "physicalLocation": physical(file, span),
                "message": { "text": label },
            })
        })
        .collect();
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": indices.get(finding.rule),
        "level": level(finding.level),
        "message": { "text": text.join("\n\n") },
        "locations": [{
            "physicalLocation": physical(file, located.span),
            "logicalLocations": [{ "fullyQualifiedName": path, "kind": "member" }],
        }],
        "relatedLocations": related,
        "partialFingerprints": { "keyplan/v1": Fingerprint::of(finding).to_string() },
        "properties": { "numbers": numbers(finding) },
    });
    let Some(object) = result.as_object_mut() else { return result };
    if let (Some(edit), Some(span)) = (&finding.edit, located.edit) {
        object.insert(
            "fixes".into(),
            json!([{
                "description": { "text": edit.title },
                "artifactChanges": [{
                    "artifactLocation": { "uri": uri(&file.name) },
                    "replacements": [{ "deletedRegion": region(file, span), "insertedContent": { "text": edit.text } }],
                }],
            }]),
        );
    }
    if let Some(accepted) = accepted {
        let kind = if accepted.in_source { "inSource" } else { "external" };
        object.insert("suppressions".into(), json!([{ "kind": kind, "justification": accepted.reason }]));
    }
    result
}

fn notification(file: &SourceFile, problem: &Problem) -> Value {
    json!({
        "level": "error",
        "message": { "text": problem.message },
        "locations": [{ "physicalLocation": physical(file, problem.span) }],
    })
}

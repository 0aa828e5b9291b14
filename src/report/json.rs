//! JSON, for programs. Its schema is `keyplan schema --of check`.

use std::io::Write;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Totals, Written};
use crate::check::{CheckedFile, Cost, Located, numbers};
use crate::gate::Fingerprint;
use crate::source::{SourceFile, Span};

/// The version of this output; it changes when a field is renamed or removed.
pub const OUTPUT_VERSION: u32 = 1;

/// The schema's address.
const SCHEMA_ID: &str = "https://keyplan.dev/schema/check-v1.json";

/// The result of a check.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckOutput {
    /// The version of this output.
    pub version: u32,
    /// The version of the program.
    pub keyplan: &'static str,
    /// The checked files, in the order given.
    pub files: Vec<FileOutput>,
    /// The numbers of findings.
    pub summary: Totals,
}

/// One checked file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileOutput {
    /// The file's name as it was given.
    pub file: String,
    /// What keeps it from being read; then the other lists are empty.
    pub problems: Vec<ProblemOutput>,
    /// The findings, in the order of the text.
    pub findings: Vec<FindingOutput>,
    /// Findings that the model accepts.
    pub accepted: Vec<AcceptedOutput>,
    /// How the access patterns are served.
    pub access_patterns: Vec<PatternOutput>,
    /// What the design costs; absent where not one part of it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostOutput>,
    /// What it did cost at the revision of `--base`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_before: Option<CostOutput>,
}

/// A place in the text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Location {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column after the end.
    pub end_column: usize,
    /// The byte of the start.
    pub offset: usize,
    /// The number of bytes.
    pub length: usize,
}

/// Something that keeps a text from being read as a model.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProblemOutput {
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where.
    pub location: Location,
    /// The text that belongs there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

/// A finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingOutput {
    /// The rule.
    pub rule: &'static str,
    /// `error`, `warning` or `advice`.
    pub level: &'static str,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What tells the finding from others of its file; it has no line and no number in it.
    pub fingerprint: String,
    /// The path in the model, such as `access_patterns.recent_orders.where`.
    pub path: String,
    /// Where.
    pub location: Location,
    /// Other places that belong to it.
    pub related: Vec<RelatedOutput>,
    /// Places in files that the model is held against.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub elsewhere: Vec<ElsewhereOutput>,
    /// The numbers behind it; decimals are text, so that no digit is lost.
    pub numbers: Value,
    /// A change that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<EditOutput>,
}

/// Another place of a finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RelatedOutput {
    /// What it has to do with it.
    pub label: String,
    /// The path in the model.
    pub path: String,
    /// Where.
    pub location: Location,
}

/// A place of a finding in a file that the model is held against.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ElsewhereOutput {
    /// What it has to do with it.
    pub label: String,
    /// The file.
    pub file: String,
    /// Where.
    pub location: Location,
}

/// A change that mends a finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EditOutput {
    /// What it does.
    pub title: String,
    /// What is replaced.
    pub location: Location,
    /// By what.
    pub text: String,
}

/// A finding that the model accepts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AcceptedOutput {
    /// The finding.
    pub finding: FindingOutput,
    /// Why it is accepted.
    pub reason: String,
    /// `comment` or `model`.
    pub by: &'static str,
}

/// How an access pattern is served.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PatternOutput {
    /// Its name.
    pub name: String,
    /// Whether it is served; absent where it is not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served: Option<bool>,
    /// The table or index of its first request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Read units of one call; absent where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_units: Option<String>,
    /// Write units of one call, indexes included; absent where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_units: Option<String>,
    /// US dollars of throughput in a month; absent where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_month: Option<String>,
}

/// What a design costs in a month, at list prices.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CostOutput {
    /// US dollars; at least so many where parts are unknown.
    pub usd_per_month: String,
    /// How many parts have no amount, because something is missing in the model.
    pub unknown: usize,
    /// The Region whose prices they are.
    pub region: String,
}

/// The JSON Schema of this output.
pub fn schema() -> Value {
    crate::source::polished::<CheckOutput>(SCHEMA_ID)
}

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, files: &[CheckedFile]) -> Written {
    let output = CheckOutput {
        version: OUTPUT_VERSION,
        keyplan: env!("CARGO_PKG_VERSION"),
        files: files.iter().map(file_output).collect(),
        summary: Totals::of(files),
    };
    serde_json::to_writer_pretty(&mut *out, &output)?;
    writeln!(out)
}

fn file_output(checked: &CheckedFile) -> FileOutput {
    let file = &checked.file;
    FileOutput {
        file: file.name.clone(),
        problems: checked
            .problems
            .iter()
            .map(|problem| ProblemOutput {
                message: problem.message.clone(),
                help: problem.help.clone(),
                location: location(file, problem.span),
                replacement: problem.replacement.clone(),
            })
            .collect(),
        findings: checked.findings.iter().map(|located| finding_output(file, located)).collect(),
        accepted: checked
            .suppressed
            .iter()
            .map(|accepted| AcceptedOutput {
                finding: finding_output(file, &accepted.located),
                reason: accepted.reason.clone(),
                by: if accepted.in_source { "comment" } else { "model" },
            })
            .collect(),
        access_patterns: checked
            .patterns
            .iter()
            .map(|pattern| PatternOutput {
                name: pattern.name.clone(),
                served: pattern.is_served,
                path: pattern.path.clone(),
                read_units: pattern.read_units.map(text),
                write_units: pattern.write_units.map(text),
                usd_per_month: pattern.usd_per_month.map(text),
            })
            .collect(),
        cost: checked.cost.as_ref().map(cost_output),
        cost_before: checked.cost_before.as_ref().map(cost_output),
    }
}

fn cost_output(cost: &Cost) -> CostOutput {
    CostOutput { usd_per_month: text(cost.usd_per_month), unknown: cost.unknown, region: cost.region.clone() }
}

/// A decimal as text, so that no reader makes a binary float of it.
fn text(number: Decimal) -> String {
    number.normalize().to_string()
}

fn location(file: &SourceFile, span: Span) -> Location {
    let (line, column) = file.lines.position(&file.text, span.start);
    let (end_line, end_column) = file.lines.position(&file.text, span.end);
    Location { line, column, end_line, end_column, offset: span.start, length: span.end.saturating_sub(span.start) }
}

fn finding_output(file: &SourceFile, located: &Located) -> FindingOutput {
    let finding = &located.finding;
    FindingOutput {
        rule: finding.rule,
        level: finding.level.word(),
        message: finding.message.clone(),
        why: finding.why.clone(),
        help: finding.help.clone(),
        fingerprint: Fingerprint::of(finding).to_string(),
        path: finding.place.path.to_string(),
        location: location(file, located.span),
        related: finding
            .related
            .iter()
            .zip(&located.related)
            .map(|((place, label), (span, _))| RelatedOutput {
                label: label.clone(),
                path: place.path.to_string(),
                location: location(file, *span),
            })
            .collect(),
        elsewhere: located
            .elsewhere
            .iter()
            .filter_map(|elsewhere| {
                let file = elsewhere.file()?;
                let (label, file_name) = (elsewhere.label.clone(), file.portable_name());
                Some(ElsewhereOutput { label, file: file_name, location: location(file, elsewhere.origin.span) })
            })
            .collect(),
        numbers: numbers(finding),
        edit: finding.edit.as_ref().zip(located.edit).map(|(edit, span)| EditOutput {
            title: edit.title.clone(),
            location: location(file, span),
            text: edit.text.clone(),
        }),
    }
}

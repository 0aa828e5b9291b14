//! The tables of a design in the formats of the tools that create them.
//!
//! A design is checked once ([`wanted`]); what a target does not carry is said once
//! ([`settings`]); each target then only writes. The formats that are read as well as written, with
//! a notation of their own, have their writers beside their readers.

mod cdk;
mod cloudformation;
mod global_table;
mod identifiers;
mod scaling;
mod script;
mod sdk;
mod settings;
mod shell;
mod wanted;
mod yaml;

use serde_json::Value;

use super::{terraform, workbench};
use crate::design::Design;
use crate::model::Model;
use crate::source::ModelPath;
use settings::omissions;
use wanted::Wanted;

/// A format that tables can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Target {
    /// A CloudFormation template in YAML.
    Cloudformation,
    /// A template of the Serverless Application Model, in YAML.
    Sam,
    /// A stack of the AWS Cloud Development Kit, in TypeScript.
    Cdk,
    /// The JSON that `aws dynamodb create-table --cli-input-json` reads.
    CreateTable,
    /// A shell script that creates the tables in DynamoDB Local.
    Shell,
    /// Inputs of the AWS SDK for JavaScript, in TypeScript.
    Sdk,
    /// A configuration of Terraform's AWS provider.
    Terraform,
    /// A model of NoSQL Workbench, with the kinds of items.
    NosqlWorkbench,
}

/// What was written, and what of the design is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The text of the file.
    pub text: String,
    /// The parts of the design that the format cannot hold, or holds otherwise.
    pub omissions: Vec<Omission>,
}

/// A part of a design that a format cannot hold, or holds otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Omission {
    /// The part of the model.
    pub at: ModelPath,
    /// What becomes of it, in a sentence without a full stop.
    pub text: String,
}

/// Why a design cannot be written: the output would be rejected, or would be something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ExportError(pub Vec<String>);

/// Writes tables of a design: those named, or all of them where none is.
///
/// # Errors
/// Every reason why the result would be wrong: a key attribute of unknown type, provisioned
/// throughput that is not given, a name that no table has.
pub fn export(design: &Design<'_>, target: Target, tables: &[String]) -> Result<Exported, ExportError> {
    let wanted = wanted::tables(design, target, tables).map_err(ExportError)?;
    let (text, omissions) = match target {
        Target::Terraform => {
            let (text, omissions) = terraform::write(design, |table| is_chosen(tables, table.name));
            (text, omissions.into_iter().map(|(at, text)| Omission { at, text }).collect())
        }
        Target::NosqlWorkbench => workbench_model(design.model, tables),
        _ => (String::new(), wanted.iter().flat_map(|table| omissions(table, target)).collect()),
    };
    let comment = |mark| commented(mark, design, &omissions);
    let text = match target {
        Target::Cloudformation | Target::Sam => {
            comment("# ") + &yaml::to_yaml(&cloudformation::template(design.model, &wanted, target))
        }
        Target::Cdk => comment("// ") + &cdk::stack(design.model, &wanted),
        Target::CreateTable => requests(&wanted),
        Target::Shell => shell::script(design.model, &comment("# "), &wanted),
        Target::Sdk => comment("// ") + &sdk::inputs(&wanted),
        Target::Terraform => format!("{}\n{text}", comment("# ")),
        Target::NosqlWorkbench => text,
    };
    Ok(Exported { text, omissions })
}

/// Whether a table is among those named, or all are meant.
fn is_chosen(tables: &[String], name: &str) -> bool {
    tables.is_empty() || tables.iter().any(|table| table == name)
}

/// A Workbench model, which holds a whole design: of what is left of the model with some tables.
fn workbench_model(model: &Model, tables: &[String]) -> (String, Vec<Omission>) {
    let mut model = model.clone();
    let only = model.tables.keys().next().cloned().filter(|_| model.tables.len() == 1);
    model.tables.retain(|name, _| is_chosen(tables, name));
    model
        .entities
        .retain(|_, entity| entity.table.as_ref().or(only.as_ref()).is_some_and(|table| is_chosen(tables, table)));
    let (text, omissions) = workbench::write(&Design::new(&model));
    (text, omissions.into_iter().map(|workbench::Omission { at, text }| Omission { at, text }).collect())
}

/// One request, or a list of them.
fn requests(wanted: &[Wanted<'_, '_>]) -> String {
    let requests: Vec<&Value> = wanted.iter().map(|table| &table.request).collect();
    let text = match requests.as_slice() {
        [one] => serde_json::to_string_pretty(one),
        all => serde_json::to_string_pretty(all),
    };
    // A value of text and numbers can always be written.
    text.unwrap_or_default() + "\n"
}

/// The comment at the top: whose tables these are, and what is not in the file.
fn commented(mark: &str, design: &Design<'_>, omissions: &[Omission]) -> String {
    let of = design.model.name.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
    let mut lines = vec![format!("Tables{of}, written by keyplan.")];
    if !omissions.is_empty() {
        lines.push("Not as in the model:".to_owned());
        lines.extend(omissions.iter().map(|omission| format!("- {}: {}", omission.at, omission.text)));
    }
    // A name may hold line ends, and nothing of it may stand outside the comment.
    let line = |line: String| format!("{mark}{}\n", line.replace(is_line_end, " "));
    lines.into_iter().map(line).collect()
}

/// Whether a character ends a comment's line in some language.
fn is_line_end(c: char) -> bool {
    c.is_control() || ('\u{2028}'..='\u{2029}').contains(&c)
}

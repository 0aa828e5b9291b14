//! The tables of a design in the formats of the tools that create them.
//!
//! A design is checked once ([`wanted`]); what a target does not carry is said once
//! ([`settings`]); each target then only writes.

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

use crate::design::Design;
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
    let omissions: Vec<Omission> = wanted.iter().flat_map(|table| omissions(table, target)).collect();
    let text = match target {
        Target::Cloudformation | Target::Sam => {
            let template = cloudformation::template(design.model, &wanted, target);
            commented("# ", design, &omissions) + &yaml::to_yaml(&template)
        }
        Target::Cdk => commented("// ", design, &omissions) + &cdk::stack(design.model, &wanted),
        Target::CreateTable => requests(&wanted),
        Target::Shell => shell::script(design.model, &commented("# ", design, &omissions), &wanted),
        Target::Sdk => commented("// ", design, &omissions) + &sdk::inputs(&wanted),
    };
    Ok(Exported { text, omissions })
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

//! Which format a file has, and the reader for it.

use std::collections::{BTreeMap, BTreeSet};

use super::document::read_document;
use super::imported::{Imported, Note, NoteKind};
use super::javascript::{is_script, read_script};
use super::node::Node;
use super::{cloudformation, data_model, described, mcp_schema, onetable, terraform, workbench};
use crate::source::{ModelPath, SourceFile, Span};

/// A foreign format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Format {
    /// The JSON of `aws dynamodb create-table`, `describe-table` and their relatives.
    #[value(alias = "describe-table")]
    CreateTable,
    /// CloudFormation and SAM templates, `serverless.yml`, and what the CDK makes.
    #[value(alias = "sam", alias = "serverless", alias = "cdk")]
    Cloudformation,
    /// Terraform: configuration files, or a plan or state as `terraform show -json` prints it.
    #[value(alias = "tf")]
    Terraform,
    /// A model of NoSQL Workbench.
    #[value(alias = "workbench")]
    NosqlWorkbench,
    /// `schema.json` of AWS Labs' DynamoDB MCP server.
    McpSchema,
    /// `usage_data.json` of that server: sample items, given together with their schema.
    McpUsage,
    /// A schema of the OneTable library: JSON, or an object literal in JavaScript or TypeScript.
    #[value(name = "onetable")]
    OneTable,
    /// `dynamodb_data_model.json` of the DynamoDB MCP server: tables, sample items and commands.
    McpDataModel,
    /// `dynamodb_data_model.json` of the cost calculator in AWS's agent skill for DynamoDB.
    CostModel,
}

/// How files are read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The format; what the content shows where absent.
    pub format: Option<Format>,
    /// Values of a template's parameters or a configuration's variables, by name.
    pub parameters: BTreeMap<String, String>,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ImportError {
    /// Which of the files.
    pub file: usize,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// Where in the file.
    pub span: Option<Span>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Format {
    /// What the format is called in messages.
    pub fn title(self) -> &'static str {
        match self {
            Self::CreateTable => "create-table or describe-table JSON",
            Self::Cloudformation => "CloudFormation, SAM or Serverless template",
            Self::Terraform => "a Terraform configuration, plan or state",
            Self::NosqlWorkbench => "NoSQL Workbench model",
            Self::McpSchema => "schema of the DynamoDB MCP server",
            Self::McpUsage => "sample items of the DynamoDB MCP server",
            Self::OneTable => "OneTable schema",
            Self::McpDataModel => "data model of the DynamoDB MCP server",
            Self::CostModel => "model of the DynamoDB cost calculator",
        }
    }

    /// The format that a YAML or JSON document shows to be, by the fields that only it has.
    fn of_document(document: &Node) -> Option<Self> {
        if described::recognises(document) {
            return Some(Self::CreateTable);
        }
        if cloudformation::recognises(document) {
            return Some(Self::Cloudformation);
        }
        if terraform::recognises(document) {
            return Some(Self::Terraform);
        }
        if workbench::recognises(document) {
            return Some(Self::NosqlWorkbench);
        }
        if mcp_schema::recognises(document) {
            return Some(Self::McpSchema);
        }
        if mcp_schema::usage::recognises(document) {
            return Some(Self::McpUsage);
        }
        if onetable::recognises(document) {
            return Some(Self::OneTable);
        }
        if data_model::recognises_validated(document) {
            return Some(Self::McpDataModel);
        }
        if data_model::recognises_calculator(document) {
            return Some(Self::CostModel);
        }
        None
    }
}

/// Reads files. Files of formats whose parts may be spread, as a Terraform module's, are read
/// together; the others one by one.
///
/// # Errors
/// The first file that cannot be read, or that is of no known format.
pub fn read(files: &[SourceFile], options: &Options) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    let mut configuration = Vec::new();
    for (index, file) in files.iter().enumerate() {
        if terraform::is_configuration(file, options.format) {
            configuration.push(index);
        } else {
            imported.add(read_one(index, file, options)?);
        }
    }
    if !configuration.is_empty() {
        imported.add(terraform::read_configuration(files, &configuration, options)?);
    }
    mcp_schema::usage::measure(&mut imported)?;
    Ok(imported)
}

fn read_one(index: usize, file: &SourceFile, options: &Options) -> Result<Imported, ImportError> {
    let is_code =
        is_script(&file.name) || (options.format == Some(Format::OneTable) && !file.text.trim_start().starts_with('{'));
    let document = if is_code { read_script(file, index) } else { read_document(file, index) };
    let document = document.map_err(|problems| syntax_error(index, problems))?;
    let format =
        options.format.or_else(|| Format::of_document(&document)).ok_or_else(|| unknown_format(index, &document))?;
    match format {
        Format::CreateTable => described::read(index, &document),
        Format::Cloudformation => {
            let mut imported = cloudformation::read(index, &document, &options.parameters)?;
            imported.parameters.extend(options.parameters.keys().filter(|name| asks_for(&file.text, name)).cloned());
            Ok(imported)
        }
        Format::Terraform => terraform::read_plan(index, &document),
        Format::NosqlWorkbench => workbench::read(index, &document),
        Format::McpSchema => mcp_schema::read(index, &document),
        Format::OneTable => onetable::read(index, &document),
        Format::McpDataModel => data_model::read_validated(index, &document),
        Format::CostModel => data_model::read_calculator(index, &document),
        Format::McpUsage => Ok(mcp_schema::usage::read(&document)),
    }
}

/// Whether a `${…}` of a text asks for a value of this name: `${Stage}`, `${opt:stage, 'dev'}`.
fn asks_for(text: &str, name: &str) -> bool {
    let inside = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    let mut addresses = inside.flat_map(|inside| inside.split(',')).map(str::trim);
    addresses.any(|address| address == name || address.split_once(':').is_some_and(|(_, rest)| rest == name))
}

pub(super) fn syntax_error(file: usize, problems: Vec<crate::source::Problem>) -> ImportError {
    let first = problems.into_iter().next();
    ImportError {
        file,
        message: first.as_ref().map_or_else(|| "the file cannot be read".to_owned(), |problem| problem.message.clone()),
        span: first.as_ref().map(|problem| problem.span),
        help: first.and_then(|problem| problem.help),
    }
}

fn unknown_format(file: usize, document: &Node) -> ImportError {
    let message = if document.get("keyplan").is_some() {
        "this is a keyplan model already".to_owned()
    } else {
        let keys: Vec<String> = document.entries().take(5).map(|(key, _)| format!("`{key}`")).collect();
        let found = if keys.is_empty() { document.kind().to_owned() } else { format!("a map of {}", keys.join(", ")) };
        format!("this is no file that keyplan can import: {found}")
    };
    ImportError { file, message, span: None, help: Some("name the format with `--from`, where it is one".to_owned()) }
}

impl Imported {
    /// Adds what another file told. A table that is there already is left out, and said.
    pub(super) fn add(&mut self, more: Self) {
        let mut names: BTreeSet<String> = self.tables.iter().map(|table| table.name.clone()).collect();
        for table in more.tables {
            if names.insert(table.name.clone()) {
                self.tables.push(table);
                continue;
            }
            self.notes.push(Note {
                kind: NoteKind::NotModelled,
                at: ModelPath::of(["tables", &table.name]),
                text: format!("another table of the name `{}`: the first is kept", table.name),
                origin: Some(table.origin),
            });
        }
        self.name = self.name.take().or(more.name);
        self.description = self.description.take().or(more.description);
        self.region = self.region.take().or(more.region);
        for (name, entity) in more.entities {
            if self.entities.contains_key(&name) {
                self.notes.push(second("entities", &name));
            }
            self.entities.entry(name).or_insert(entity);
        }
        for (name, pattern) in more.access_patterns {
            if self.access_patterns.contains_key(&name) {
                self.notes.push(second("access_patterns", &name));
            }
            self.access_patterns.entry(name).or_insert(pattern);
        }
        self.notes.extend(more.notes);
        self.parameters.extend(more.parameters);
        self.samples.extend(more.samples);
    }
}

/// A file has a part of a name that an earlier file has too.
fn second(part: &str, name: &str) -> Note {
    let text = format!("another file has `{name}` too: the first is kept");
    Note { kind: NoteKind::NotModelled, at: ModelPath::of([part, name]), text, origin: None }
}

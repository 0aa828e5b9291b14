//! The command line: arguments in, a library call, its result printed out.

mod against;
mod base;
mod baseline;
mod check;
mod config;
mod configuration;
mod cost;
mod diff;
mod explain;
mod export;
mod generate;
mod git;
mod graph;
mod import;
mod init;
mod inputs;
mod output;
mod plan;
mod prices;
mod replace;
mod report;
mod rules;
mod schema;
mod settings;
mod size;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::ConfigError;

pub use output::Color;

/// Checks DynamoDB designs: is every access pattern served, by which key, and what does not hold.
#[derive(Debug, Parser)]
#[command(name = "keyplan", version, about, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check models and report what does not hold.
    Check(check::CheckArguments),
    /// Keep known findings in a file, so that only new ones are reported.
    Baseline(baseline::BaselineArguments),
    /// Show the settings that hold for a model, and where each is set.
    Config(config::ShowArguments),
    /// Show how each access pattern is served, like a database's EXPLAIN.
    Plan(plan::PlanArguments),
    /// Show what a design costs in a month.
    Cost(cost::CostArguments),
    /// Write the whole design down for a review: one page, or Markdown.
    Report(report::ReportArguments),
    /// Compare two versions of a model, and show the way from one to the other.
    Diff(diff::DiffArguments),
    /// Draw patterns, paths, tables and entities as a graph.
    Graph(graph::GraphArguments),
    /// Make items of a model, to load into a table.
    Generate(generate::GenerateArguments),
    /// Show the price book, or read an AWS price list into it.
    Prices(prices::PricesArguments),
    /// List the rules.
    Rules(rules::RulesArguments),
    /// Explain a rule, with examples.
    Explain(explain::ExplainArguments),
    /// Print a JSON Schema.
    Schema(schema::SchemaArguments),
    /// Show the size of an item, to the byte, and what it takes to read and write it.
    Size(size::SizeArguments),
    /// Run every access pattern on an engine, and hold what it consumes against the plan.
    Verify(verify::VerifyArguments),
    /// Write a commented model to start from.
    Init(init::InitArguments),
    /// Make a model of other tools' files: templates, table descriptions, data models.
    Import(import::ImportArguments),
    /// Write a model's tables for the tools that create them: templates, scripts, SDK inputs.
    Export(export::ExportArguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing at or above the level that fails.
    Clean,
    /// Findings at or above it.
    Found,
    /// A wrong use of the command.
    Usage,
    /// Input that cannot be read.
    Unreadable,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Found => 1,
            Outcome::Usage => 2,
            Outcome::Unreadable => 3,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A wrong use of the command.
    #[error("{0}")]
    Usage(String),
    /// Input that cannot be read.
    #[error("{0}")]
    Input(String),
    /// A configuration file that is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Output that cannot be written.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let stdout = io::stdout();
    let mut out = io::BufWriter::new(stdout.lock());
    let result = dispatch(&arguments, &mut out).and_then(|outcome| {
        out.flush()?;
        Ok(outcome)
    });
    match result {
        Ok(outcome) => outcome.into(),
        // The reader has seen enough: `keyplan check | head`.
        Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(output::aside(), "keyplan: {error}");
            match error {
                CommandError::Usage(_) | CommandError::Config(_) => Outcome::Usage.into(),
                _ => Outcome::Unreadable.into(),
            }
        }
    }
}

fn dispatch(arguments: &Arguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    match &arguments.command {
        Command::Check(check) => check::run(check, arguments.color, out),
        Command::Baseline(baseline) => baseline::run(baseline, out),
        Command::Config(config) => config::run(config, &mut output::Plain(out)),
        Command::Plan(plan) => plan::run(plan, arguments.color, out),
        Command::Cost(cost) => cost::run(cost, arguments.color, out),
        Command::Report(report) => report::run(report, out),
        Command::Diff(diff) => diff::run(diff, arguments.color, out),
        Command::Graph(graph) => graph::run(graph, out),
        Command::Generate(generate) => generate::run(generate, out),
        Command::Prices(prices) => prices::run(prices, arguments.color, out),
        Command::Rules(rules) => rules::run(rules, out),
        Command::Explain(explain) => explain::run(explain, out),
        Command::Schema(schema) => schema::run(schema, out),
        Command::Size(size) => size::run(size, out),
        Command::Verify(verify) => verify::run(verify, arguments.color, out),
        Command::Init(init) => init::run(init, out),
        Command::Import(import) => import::run(import, out),
        Command::Export(export) => export::run(export, out),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Arguments::command(), "keyplan", out);
            Ok(Outcome::Clean)
        }
    }
}

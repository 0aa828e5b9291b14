//! `keyplan graph`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CommandError, Outcome, inputs};
use crate::design::Design;
use crate::plan::Plans;
use crate::report::graph as report;

/// The arguments of `graph`.
#[derive(Debug, Args)]
pub(super) struct GraphArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Graphviz.
    Dot,
    /// For Markdown pages that draw Mermaid.
    Mermaid,
}

/// Prints the graph of patterns, paths, tables and entities.
pub(super) fn run(arguments: &GraphArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let (_, model) = inputs::one_model(&files, "keyplan graph FILE")?;
    let design = Design::new(&model);
    let graph = report::graph(&design, &Plans::new(&design));
    match arguments.format {
        Format::Dot => report::write_dot(out, &graph)?,
        Format::Mermaid => report::write_mermaid(out, &graph)?,
    }
    Ok(Outcome::Clean)
}

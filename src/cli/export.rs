//! `keyplan export`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::inputs::one_model;
use super::output::aside;
use super::replace::replace;
use super::{CommandError, Outcome};
use crate::design::Design;
use crate::interop::{Target, export};

/// The arguments of `export`.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// The format to write.
    #[arg(long = "to", value_enum, value_name = "FORMAT")]
    target: Target,
    /// Write to this file instead of standard output, as a whole or not at all.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this table; may be given several times.
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
}

/// Writes the tables; what is not in the output, or otherwise, is said on standard error.
pub(super) fn run(arguments: &ExportArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let (file, model) = one_model(&files, "keyplan export FILE --to FORMAT")?;
    let design = Design::new(&model);
    let exported = export(&design, arguments.target, &arguments.tables).map_err(|error| {
        let problems: Vec<String> = error.0.iter().map(|problem| format!("{}: {problem}", file.name)).collect();
        CommandError::Input(problems.join("\n"))
    })?;
    match &arguments.output {
        None => out.write_all(exported.text.as_bytes())?,
        Some(path) => replace(path, exported.text)?,
    }
    out.flush()?;
    let mut aside = aside();
    for omission in &exported.omissions {
        writeln!(aside, "{}: {}: {}", file.name, omission.at, omission.text)?;
    }
    Ok(Outcome::Clean)
}

//! `keyplan init`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use clap::Args;

use super::{CommandError, Outcome};

/// The model that `init` writes.
const STARTER: &str = include_str!("starter.yaml");

/// The arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// Where to write it; `-` for standard output.
    #[arg(default_value = "keyplan.yaml")]
    file: PathBuf,
}

/// Writes a model to start from. A file that is there is never touched.
pub(super) fn run(arguments: &InitArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    if arguments.file.as_os_str() == "-" {
        write!(out, "{STARTER}")?;
        return Ok(Outcome::Clean);
    }
    let shown = arguments.file.display();
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(&arguments.file).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => CommandError::Usage(format!("`{shown}` exists already; name another file")),
            _ => CommandError::Input(format!("`{shown}` cannot be written: {error}")),
        })?;
    file.write_all(STARTER.as_bytes())
        .map_err(|error| CommandError::Input(format!("`{shown}` cannot be written: {error}")))?;
    writeln!(out, "wrote {shown}; `keyplan check {shown}` checks it, `keyplan plan {shown}` shows its plans")?;
    Ok(Outcome::Clean)
}

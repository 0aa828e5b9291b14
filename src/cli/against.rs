//! `--against`: the infrastructure that models are held against.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::CommandError;
use super::import::{files_of, known_parameters, parameter, said};
use crate::interop::{Deployed, Format, Options};

/// What a model is held against.
#[derive(Debug, Args)]
pub(super) struct AgainstArguments {
    /// Report every difference to this infrastructure: a template, a plan, a table description.
    /// Given several times, all files together.
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// The format of the files of `--against`; what their content shows where absent.
    #[arg(long, value_enum, value_name = "FORMAT", requires = "against")]
    against_format: Option<Format>,
    /// The value of a template's parameter or a configuration's variable.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter, requires = "against")]
    parameters: Vec<(String, String)>,
}

impl AgainstArguments {
    /// The infrastructure, where one is named.
    ///
    /// # Errors
    /// When a file cannot be read, or is of no known format.
    pub(super) fn deployed(&self) -> Result<Option<Arc<Deployed>>, CommandError> {
        if self.against.is_empty() {
            return Ok(None);
        }
        let files = files_of(&self.against)?;
        let options = Options { format: self.against_format, parameters: self.parameters.iter().cloned().collect() };
        match Deployed::read(files, &options) {
            Ok(deployed) => {
                known_parameters(&self.parameters, &deployed.parameters)?;
                Ok(Some(Arc::new(deployed)))
            }
            Err((files, error)) => Err(CommandError::Input(said(&files, &error))),
        }
    }
}

/// What the infrastructure does not tell, so that nothing is said about it.
pub(super) fn not_compared(deployed: &Deployed) -> Vec<String> {
    let mut notes = Vec::new();
    for table in &deployed.tables {
        let mut parts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (part, unknown) in &table.unknown {
            parts.entry(&unknown.why).or_default().push(format!("`{part}`"));
        }
        for (why, parts) in parts {
            notes.push(format!("not compared in `{}`: {} ({why})", table.name, parts.join(", ")));
        }
    }
    notes
}

//! `keyplan schema`

use std::io::Write;

use clap::{Args, ValueEnum};

use super::{CommandError, Outcome};
use crate::report::json;
use crate::source::model_schema;

/// The arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// What the schema is of.
    #[arg(long, value_enum, default_value_t = Of::Model)]
    of: Of,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The model file.
    Model,
    /// The output of `check --format json`.
    Check,
    /// The settings in `keyplan.toml`.
    Config,
    /// The file of known findings.
    Baseline,
}

/// Prints a JSON Schema.
pub(super) fn run(arguments: &SchemaArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let schema = match arguments.of {
        Of::Model => model_schema(),
        Of::Check => json::schema(),
        Of::Config => crate::config::schema(),
        Of::Baseline => crate::gate::baseline_schema(),
    };
    serde_json::to_writer_pretty(&mut *out, &schema).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(Outcome::Clean)
}

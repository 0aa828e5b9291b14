//! `keyplan cost`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::Color;
use super::{CommandError, Outcome, inputs};
use crate::cost::{Account, Terms};
use crate::design::Design;
use crate::load::{Demands, Load, Traffic, heat};
use crate::plan::Plans;
use crate::prices::PriceBook;
use crate::report::cost::{self as report, Costing};

/// The arguments of `cost`.
#[derive(Debug, Args)]
pub(super) struct CostArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Prints a bill.
pub(super) fn run(arguments: &CostArguments, _color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let (_, model) = inputs::one_model(&files, "keyplan cost FILE")?;
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let load = Load::new(&design, &plans, Traffic::default());
    let demands = Demands::new(&design, &load);
    let book = PriceBook::embedded();
    let terms = Terms::default();
    let account = Account { design: &design, load: &load, demands: &demands, book: &book };
    let costing = Costing { account, terms: &terms, bill: account.bill(&terms), heat: heat(&design, &plans, &load) };
    serde_json::to_writer_pretty(&mut *out, &report::to_json(&costing)).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(Outcome::Clean)
}

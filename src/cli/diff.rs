//! `keyplan diff`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rust_decimal::Decimal;

use super::output::{Color, style};
use super::{CommandError, Outcome, inputs};
use crate::check::{CheckedFile, Settings, check};
use crate::compare::{self, Pace, Version};
use crate::cost::{Figures, Scale, Terms};
use crate::design::Design;
use crate::model::Model;
use crate::plan::Plans;
use crate::prices::PriceBook;
use crate::report::diff::{self as report, Difference};
use crate::source::{SourceFile, load};

/// The arguments of `diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The old and the new model; with `--base` only the new one.
    #[arg(required = true, num_args = 1..=2)]
    files: Vec<PathBuf>,
    /// Compare with the same file at a git revision, such as `origin/main`.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// How fast a migration writes, in write units per second.
    #[arg(long, value_name = "UNITS", default_value = "1000", value_parser = pace)]
    pace: Decimal,
    /// The day to hold expiry dates against, instead of today (`YYYY-MM-DD`).
    #[arg(long, value_name = "DATE")]
    today: Option<jiff::civil::Date>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For a pull request's comment; nothing where nothing differs.
    Markdown,
    /// For programs.
    Json,
}

fn pace(text: &str) -> Result<Decimal, String> {
    match text.trim().trim_end_matches("/s").parse::<Decimal>() {
        Ok(units) if units > Decimal::ZERO => Ok(units),
        _ => Err("write it like `1000` or `1000/s`".to_owned()),
    }
}

/// Compares two versions of a model.
pub(super) fn run(arguments: &DiffArguments, color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let one = |file: &PathBuf| inputs::one_model(std::slice::from_ref(file), "keyplan diff OLD NEW");
    let (old, new) = match (arguments.files.as_slice(), &arguments.base) {
        ([new], Some(base)) => (at_revision(new, base)?, one(new)?),
        ([old, new], None) => (one(old)?, one(new)?),
        (_, Some(_)) => return Err(CommandError::Usage("with `--base` name the new model alone".to_owned())),
        (_, None) => return Err(CommandError::Usage("name two models, or one with `--base REV`".to_owned())),
    };
    let book = PriceBook::embedded();
    let today = arguments.today.unwrap_or_else(super::check::today);
    let (old_checked, new_checked) = (checked(&old.0, today)?, checked(&new.0, today)?);
    let with = |model: &Model, then: &mut dyn FnMut(&Version<'_, '_>) -> Result<(), CommandError>| {
        let design = Design::new(model);
        let plans = Plans::new(&design);
        let figures = Figures::new(&design, &plans, &book, &Terms::default(), Scale::default());
        then(&Version { design: &design, plans: &plans, figures: &figures })
    };
    with(&old.1, &mut |old_version| {
        with(&new.1, &mut |new_version| {
            let difference = Difference {
                old: (&old_checked, old_version),
                new: (&new_checked, new_version),
                comparison: compare::compare(old_version, new_version, &book, Pace(arguments.pace)),
                findings: compare::findings(&old_checked.findings, &new_checked.findings),
                pace: Pace(arguments.pace),
            };
            match arguments.format {
                Format::Human => report::write(out, style(color).width, &difference)?,
                Format::Markdown => report::write_markdown(out, &difference)?,
                Format::Json => {
                    serde_json::to_writer_pretty(&mut *out, &report::to_json(&difference))
                        .map_err(std::io::Error::from)?;
                    writeln!(out)?;
                }
            }
            Ok(())
        })
    })?;
    Ok(Outcome::Clean)
}

fn checked(file: &SourceFile, today: jiff::civil::Date) -> Result<CheckedFile, CommandError> {
    let again = SourceFile::new(file.name.clone(), file.text.clone().into_bytes());
    let file = again.map_err(|bad| CommandError::Input(format!("`{}`: {}", bad.0.name, bad.1.message)))?;
    Ok(check(file, &Settings::on(today)))
}

/// The model that a file was at a git revision.
fn at_revision(file: &Path, revision: &str) -> Result<(SourceFile, Model), CommandError> {
    let text = super::git::show(file, revision)?;
    let name = format!("{}@{revision}", file.display());
    let source = SourceFile::new(name.clone(), text)
        .map_err(|bad| CommandError::Input(format!("`{name}`: {}", bad.1.message)))?;
    match load(&source.text) {
        Ok((model, _)) => Ok((source, model)),
        Err(problems) => {
            let message = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
            Err(CommandError::Input(format!("`{name}` is no model: {message}")))
        }
    }
}

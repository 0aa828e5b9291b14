//! `keyplan diff`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rust_decimal::Decimal;

use super::git::Found;
use super::inputs::Document;
use super::output::{Color, Plain, aside, style};
use super::settings::{ConfigArguments, house};
use super::{CommandError, Outcome, git, inputs};
use crate::check::judged;
use crate::compare::{self, Pace, Version};
use crate::cost::{Figures, Scale};
use crate::design::Design;
use crate::plan::Plans;
use crate::report::diff::{self as report, Difference};
use crate::source::SourceFile;

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
    #[command(flatten)]
    config: ConfigArguments,
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
    let read = || match (arguments.files.as_slice(), &arguments.base) {
        ([new], Some(base)) => Ok(rayon::join(|| at_revision(new, base), || inputs::one_document(new))),
        ([old, new], None) => Ok(rayon::join(|| inputs::one_document(old), || inputs::one_document(new))),
        (_, Some(_)) => Err("with `--base` name the new model alone"),
        (_, None) => Err("name two models, or one with `--base REV`"),
    };
    let (old, new) = read().map_err(|wrong| CommandError::Usage(wrong.to_owned()))?;
    let (old, new) = (old?, new?);
    let config = arguments.config.of(&new.file.name)?;
    let settings = house(&config, None, arguments.today)?;
    let book = &settings.book;
    let designs = (Design::new(&old.model), Design::new(&new.model));
    let plans = rayon::join(|| Plans::new(&designs.0), || Plans::new(&designs.1));
    let figures = rayon::join(
        || Figures::new(&designs.0, &plans.0, book, &settings.terms, Scale::default()),
        || Figures::new(&designs.1, &plans.1, book, &settings.terms, Scale::default()),
    );
    let (checked_old, checked_new) = rayon::join(
        || judged(old.file, &old.tree, (&designs.0, &plans.0, &figures.0), &settings),
        || judged(new.file, &new.tree, (&designs.1, &plans.1, &figures.1), &settings),
    );
    let old_version = Version { design: &designs.0, plans: &plans.0, figures: &figures.0 };
    let new_version = Version { design: &designs.1, plans: &plans.1, figures: &figures.1 };
    let difference = Difference {
        old: (&checked_old, &old_version),
        new: (&checked_new, &new_version),
        comparison: compare::compare(&old_version, &new_version, book, Pace(arguments.pace)),
        findings: compare::findings(&checked_old.findings, &checked_new.findings),
        pace: Pace(arguments.pace),
    };
    match arguments.format {
        Format::Human => report::write(&mut Plain(out), style(color).width, &difference)?,
        Format::Markdown => report::write_markdown(out, &difference)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &report::to_json(&difference)).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Outcome::Clean)
}

/// The model that a file was at a git revision; an empty one where it was not there. Says on standard
/// error what it is held against, where that is not the file's name.
fn at_revision(file: &Path, revision: &str) -> Result<Document, CommandError> {
    let name = file.display();
    let (old_name, bytes, note) = match git::at_revision(file, revision)? {
        Some(Found { old_name: None, bytes }) => (name.to_string(), bytes, None),
        Some(Found { old_name: Some(old), bytes }) => {
            let note = format!("compared with {old} at {revision}");
            (old, bytes, Some(note))
        }
        None => {
            let note = format!("not there at {revision}; all of it is new");
            (name.to_string(), EMPTY.to_vec(), Some(note))
        }
    };
    if let Some(note) = note {
        writeln!(aside(), "keyplan: {name}: {note}")?;
    }
    inputs::document(SourceFile::new(format!("{old_name}@{revision}"), bytes))
}

/// A model of nothing.
const EMPTY: &[u8] = b"keyplan: 1\n";

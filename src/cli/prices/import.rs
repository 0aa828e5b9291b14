//! `keyplan prices import`

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::{book, text};
use crate::cli::replace::replace;
use crate::cli::{CommandError, Outcome};
use crate::prices::import::{Change, Changes, MAX_BYTES, import};

/// Lines of each kind that the summary shows.
const MOST_SHOWN: usize = 10;

/// The arguments of `prices import`.
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// The price list; `-` for standard input.
    offer: PathBuf,
    /// A price book to start from, instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Where to write the new book; a file that is there is replaced. Without it, standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Imports a price list. What changed is said on standard error.
pub(super) fn run(arguments: &ImportArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let base = book(arguments.prices.as_deref())?;
    let shown = arguments.offer.display();
    let offer = text(&arguments.offer, MAX_BYTES)?;
    let imported = import(&base, &offer).map_err(|error| CommandError::Input(format!("`{shown}`: {error}")))?;
    summary(&mut io::stderr().lock(), &imported.changes)?;
    if imported.changes.recognized() == 0 {
        return Err(CommandError::Input(format!("`{shown}` has no price that the book could take")));
    }
    let written = imported.book.write();
    match &arguments.output {
        None => write!(out, "{written}")?,
        Some(path) if path.as_os_str() == "-" => write!(out, "{written}")?,
        Some(path) => replace(path, &written)
            .map_err(|error| CommandError::Input(format!("`{}` cannot be written: {error}", path.display())))?,
    }
    Ok(Outcome::Clean)
}

fn summary(out: &mut dyn Write, changes: &Changes) -> io::Result<()> {
    writeln!(
        out,
        "{} updated, {} added, {} the same at a later day, {} unchanged, {} older than the book's",
        changes.updated.len(),
        changes.added.len(),
        changes.confirmed,
        changes.unchanged,
        changes.older.len()
    )?;
    writeln!(out, "{} rows ignored, {} prices refused", changes.ignored, changes.refused.len())?;
    let of = |change: &Change| {
        let before = change.before.map_or_else(|| "none".to_owned(), |usd| usd.to_string());
        format!("{} {}: {before} -> {}", change.region, change.item, change.after)
    };
    listed(out, "updated", changes.updated.iter().map(of))?;
    listed(out, "added", changes.added.iter().map(of))?;
    listed(out, "older, not taken", changes.older.iter().map(of))?;
    listed(out, "refused", changes.refused.iter().cloned())?;
    listed(out, "Regions", changes.regions.iter().cloned())
}

fn listed(out: &mut dyn Write, title: &str, lines: impl ExactSizeIterator<Item = String>) -> io::Result<()> {
    let count = lines.len();
    if count > 0 {
        writeln!(out, "{title}:")?;
    }
    for line in lines.take(MOST_SHOWN) {
        writeln!(out, "  {line}")?;
    }
    if count > MOST_SHOWN {
        writeln!(out, "  and {} more", count.saturating_sub(MOST_SHOWN))?;
    }
    Ok(())
}

//! `keyplan prices`

mod import;
mod show;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::output::{Color, style};
use super::{CommandError, Outcome};
use crate::prices::{self, PriceBook};
use crate::source::nearest;

/// The arguments of `prices`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct PricesArguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// A Region, by its code (`*` for what is billed for all together); without it a list of them.
    region: Option<String>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// A price book to use instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read an AWS price list into a price book.
    ///
    /// The list is an offer file of AmazonDynamoDB (JSON or CSV), or what `aws pricing get-products`
    /// answers. What it has takes the place of the book's prices, unless these are newer.
    Import(import::ImportArguments),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[value(alias = "human")]
    Text,
    /// For programs.
    Json,
}

/// Shows prices, or imports them.
pub(super) fn run(arguments: &PricesArguments, color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    if let Some(Command::Import(import)) = &arguments.command {
        return import::run(import, out);
    }
    let book = book(arguments.prices.as_deref())?;
    let width = style(color).width;
    match (&arguments.region, arguments.format) {
        (None, Format::Text) => show::book(out, width, &book)?,
        (None, Format::Json) => json(out, &show::book_json(&book))?,
        (Some(code), format) => {
            let region = book.region(code).ok_or_else(|| {
                let hint = nearest(code, book.codes()).map_or_else(
                    || "`keyplan prices` lists them".to_owned(),
                    |meant| format!("did you mean `{meant}`?"),
                );
                CommandError::Usage(format!("no prices are known for the Region `{code}`; {hint}"))
            })?;
            match format {
                Format::Text => show::region(out, width, &book, &region)?,
                Format::Json => json(out, &show::region_json(&region))?,
            }
        }
    }
    Ok(Outcome::Clean)
}

fn json(out: &mut dyn Write, value: &serde_json::Value) -> Result<(), CommandError> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

/// The price book of a file, or the built-in one.
pub(super) fn book(file: Option<&Path>) -> Result<PriceBook, CommandError> {
    let Some(path) = file else { return Ok(PriceBook::embedded()) };
    let text = text(path, prices::MAX_BYTES)?;
    PriceBook::read(text).map_err(|error| CommandError::Input(format!("`{}`: {error}", path.display())))
}

/// The text of a file; `-` is standard input. No more than one byte above the limit is read.
fn text(path: &Path, limit: usize) -> Result<String, CommandError> {
    let shown = path.display();
    let cannot = |error: std::io::Error| CommandError::Input(format!("`{shown}` cannot be read: {error}"));
    let mut bytes = Vec::new();
    let most = (limit as u64).saturating_add(1);
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(cannot)?;
    } else {
        File::open(path).map_err(cannot)?.take(most).read_to_end(&mut bytes).map_err(cannot)?;
    }
    if bytes.len() > limit {
        return Err(CommandError::Input(format!("`{shown}` is larger than {} MB", limit >> 20)));
    }
    String::from_utf8(bytes).map_err(|_| CommandError::Input(format!("`{shown}` is no UTF-8 text")))
}

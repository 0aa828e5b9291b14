//! `keyplan generate`

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::replace::replace;
use super::{CommandError, Outcome, inputs};
use crate::design::Design;
use crate::model::Model;
use crate::verify::items::{Generator, ItemsError, NoteKind, USUAL_ITEMS, jsonl, scale};

/// The arguments of `generate`.
#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// How many items there are in all, about.
    #[arg(long, default_value_t = USUAL_ITEMS)]
    items: u64,
    /// Another seed gives other values.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Only this table. Its lines are `{"Item": …}`, as an import from S3 wants them.
    #[arg(long)]
    table: Option<String>,
    /// The file to write, instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One item a line, in DynamoDB's JSON.
    Jsonl,
}

/// Writes items that are made from a model.
pub(super) fn run(arguments: &GenerateArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let (_, model) = inputs::one_model(&files, "keyplan generate FILE")?;
    if let Some(table) = arguments.table.as_ref().filter(|table| !model.tables.contains_key(*table)) {
        return Err(CommandError::Usage(no_table(&model, table)));
    }
    let wrong = |error: ItemsError| match error {
        ItemsError::NoEntities => CommandError::Input(error.to_string()),
        _ => CommandError::Usage(error.to_string()),
    };
    let scaled = scale(&model, arguments.items).map_err(wrong)?;
    let design = Design::new(&scaled.model);
    let generator = Generator::new(&design, arguments.seed).map_err(wrong)?;
    let mut text = Vec::new();
    match arguments.format {
        Format::Jsonl => jsonl::write(&mut text, generator.dataset(), arguments.table.as_deref())?,
    }
    match &arguments.output {
        Some(file) => write(file, &text)
            .map_err(|error| CommandError::Input(format!("`{}` cannot be written: {error}", file.display())))?,
        None => out.write_all(&text)?,
    }
    let mut notes = io::stderr().lock();
    for note in &scaled.notes {
        writeln!(notes, "{}: {}", word(note.kind), note.message)?;
    }
    for collision in &generator.dataset().collisions {
        let name = |id| design.entity(id).map_or("", |entity| entity.name);
        let key: Vec<String> =
            collision.key.iter().map(|(name, value)| format!("`{name}` = {}", value.to_json())).collect();
        writeln!(
            notes,
            "collision: {} items of `{}` have primary keys that items of `{}` have, and are left out; the first: {}",
            collision.items,
            name(collision.second),
            name(collision.first),
            key.join(", ")
        )?;
    }
    Ok(Outcome::Clean)
}

/// Writes a file as a whole; into a device or a pipe, which must stay what it is.
fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let is_special = fs::metadata(path).is_ok_and(|found| !found.is_file());
    if is_special {
        return OpenOptions::new().write(true).open(path)?.write_all(text);
    }
    replace(path, std::str::from_utf8(text).map_err(io::Error::other)?)
}

fn word(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Scaled => "scaled",
        NoteKind::Capped => "capped",
        NoteKind::Assumed => "assumed",
        NoteKind::LeftOut => "left out",
    }
}

fn no_table(model: &Model, table: &str) -> String {
    match crate::source::nearest(table, model.tables.keys().map(String::as_str)) {
        Some(meant) => format!("there is no table `{table}`; did you mean `{meant}`?"),
        None => format!("there is no table `{table}` in the model"),
    }
}

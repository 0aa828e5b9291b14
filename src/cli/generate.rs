//! `keyplan generate`

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::aside;
use super::replace::replace;
use super::{CommandError, Outcome, inputs};
use crate::design::Design;
use crate::model::Model;
use crate::verify::items::{Generator, ItemsError, NoteKind, USUAL_ITEMS, jsonl, scale, workbench};

/// The arguments of `generate`.
#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// About how many items there are in all; 10000 where absent, and 100 for NoSQL Workbench.
    #[arg(long)]
    items: Option<u64>,
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
    /// A data model of NoSQL Workbench with the items as sample data.
    Workbench,
}

/// Items of sample data to look at, where no number is asked for.
const SAMPLE_ITEMS: u64 = 100;

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
    let usual = match arguments.format {
        Format::Jsonl => USUAL_ITEMS,
        Format::Workbench => SAMPLE_ITEMS,
    };
    let scaled = scale(&model, arguments.items.unwrap_or(usual)).map_err(wrong)?;
    let design = Design::new(&scaled.model);
    let generator = Generator::new(&design, arguments.seed).map_err(wrong)?;
    let mut text = Vec::new();
    let mut notes = scaled.notes.clone();
    match arguments.format {
        Format::Jsonl => jsonl::write(&mut text, generator.dataset(), arguments.table.as_deref())?,
        Format::Workbench => {
            let (data_model, left_out) = workbench(&design, generator.dataset(), arguments.table.as_deref());
            notes.extend(left_out);
            serde_json::to_writer_pretty(&mut text, &data_model).map_err(io::Error::from)?;
            text.push(b'\n');
        }
    }
    match &arguments.output {
        Some(file) => replace(file, &text)
            .map_err(|error| CommandError::Input(format!("`{}` cannot be written: {error}", file.display())))?,
        None => out.write_all(&text)?,
    }
    let mut said = aside();
    for note in &notes {
        writeln!(said, "{}: {}", word(note.kind), note.message)?;
    }
    for collision in &generator.dataset().collisions {
        let name = |id| design.entity(id).map_or("", |entity| entity.name);
        let key: Vec<String> =
            collision.key.iter().map(|(name, value)| format!("`{name}` = {}", value.to_json())).collect();
        writeln!(
            said,
            "collision: {} of the items of `{}` left out, as items of `{}` have their primary keys; the first: {}",
            collision.items,
            name(collision.second),
            name(collision.first),
            key.join(", ")
        )?;
    }
    Ok(Outcome::Clean)
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

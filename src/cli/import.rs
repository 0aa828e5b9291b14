//! `keyplan import`

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::inputs::{Input, read_files};
use super::replace::replace;
use super::{CommandError, Outcome};
use crate::interop::{Format, ImportError, Note, NoteKind, Options, model_text, read};
use crate::source::{ModelPath, SourceFile};

/// The arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// Files of other tools, `-` for standard input, or a directory of a Terraform configuration.
    /// Files of one format may be given together.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The format of the files; what their content shows where absent.
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: Option<Format>,
    /// The value of a template's parameter or a configuration's variable.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Write the model to this file instead of standard output. An existing file is not overwritten.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Reads foreign files and writes the model.
pub(super) fn run(arguments: &ImportArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let inputs = read_files(&arguments.files)?;
    let files: Vec<SourceFile> = inputs
        .into_iter()
        .map(|input: Input| input.map_err(|bad| CommandError::Input(format!("`{}` {}", bad.0.name, bad.1.message))))
        .collect::<Result<_, _>>()?;
    let options = Options { format: arguments.from, parameters: arguments.parameters.iter().cloned().collect() };
    let imported = read(&files, &options).map_err(|error| CommandError::Input(said(&files, &error)))?;
    let (model, notes) = imported.into_model();
    let names: Vec<String> = files.iter().map(|file| format!("`{}`", file.portable_name())).collect();
    let heading = format!("Imported from {}.", names.join(", "));
    let text = model_text(&model, &heading, &notes).map_err(|error| CommandError::Input(error.to_string()))?;
    match &arguments.output {
        None => out.write_all(text.as_bytes())?,
        Some(path) if path.exists() => {
            let why = format!("`{}` exists already; name another file", path.display());
            return Err(CommandError::Usage(why));
        }
        Some(path) => replace(path, &text)?,
    }
    out.flush()?;
    summary(&files, &notes, &mut io::stderr().lock())?;
    Ok(Outcome::Clean)
}

/// An error with the place it is at.
fn said(files: &[SourceFile], error: &ImportError) -> String {
    let mut said = String::new();
    if let Some(file) = files.get(error.file) {
        said.push_str(&file.name);
        if let Some(span) = error.span {
            let (line, column) = file.lines.position(&file.text, span.start);
            said.push_str(&format!(":{line}:{column}"));
        }
        said.push_str(": ");
    }
    said.push_str(&error.message);
    if let Some(help) = &error.help {
        said.push_str(&format!("\n  help: {help}"));
    }
    said
}

/// What the reader must know, on standard error.
fn summary(files: &[SourceFile], notes: &[Note], aside: &mut dyn Write) -> io::Result<()> {
    for note in notes.iter().filter(|note| note.kind != NoteKind::ToFillIn) {
        let place = note.origin.and_then(|origin| {
            let file = files.get(origin.file)?;
            let (line, column) = file.lines.position(&file.text, origin.span.start);
            Some(format!("{}:{line}:{column}: ", file.name))
        });
        let part = if note.at == ModelPath::root() { String::new() } else { format!(" ({})", note.at) };
        writeln!(aside, "{}{}: {}{part}", place.unwrap_or_default(), note.kind.word(), note.text)?;
    }
    let open = notes.iter().filter(|note| note.kind == NoteKind::ToFillIn).count();
    if open > 0 {
        let places = if open == 1 { "place" } else { "places" };
        writeln!(aside, "keyplan: {open} {places} to fill in, marked `TODO` in the model")?;
    }
    Ok(())
}

//! `keyplan import`

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::inputs::{Input, read_files};
use super::output::aside;
use super::replace::replace;
use super::{CommandError, Outcome};
use crate::interop::{Format, ImportError, Imported, Note, NoteKind, Options, model_text, read, update};
use crate::source::{ModelPath, SourceFile, nearest};

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
    /// Update this model: its tables follow the files, and what a person wrote stays.
    #[arg(long, value_name = "MODEL", conflicts_with = "output")]
    into: Option<PathBuf>,
    /// Write the model to this file instead of standard output. An existing file is not overwritten.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Looks whether the files take the parameters that are given.
///
/// # Errors
/// The first that they do not know.
pub(super) fn known_parameters(given: &[(String, String)], takes: &BTreeSet<String>) -> Result<(), CommandError> {
    let Some((name, _)) = given.iter().find(|(name, _)| !takes.contains(name)) else { return Ok(()) };
    let hint = nearest(name, takes.iter().map(String::as_str))
        .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    Err(CommandError::Usage(format!("the files have no parameter or variable `{name}`{hint}")))
}

/// Reads foreign files and writes the model.
pub(super) fn run(arguments: &ImportArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files = files_of(&arguments.files)?;
    let options = Options { format: arguments.from, parameters: arguments.parameters.iter().cloned().collect() };
    let imported = read(&files, &options).map_err(|error| CommandError::Input(said(&files, &error)))?;
    known_parameters(&arguments.parameters, &imported.parameters)?;
    if let Some(path) = &arguments.into {
        return into(path, &files, imported);
    }
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
    let (open, notes): (Vec<Note>, Vec<Note>) = notes.into_iter().partition(|note| note.kind == NoteKind::ToFillIn);
    let mut aside = aside();
    remarks(&files, &notes, &mut aside)?;
    if !open.is_empty() {
        let places = if open.len() == 1 { "place" } else { "places" };
        writeln!(aside, "keyplan: {} {places} to fill in, marked `TODO` in the model", open.len())?;
    }
    Ok(Outcome::Clean)
}

/// Updates a model in its place.
fn into(path: &Path, files: &[SourceFile], imported: Imported) -> Result<Outcome, CommandError> {
    let model = files_of(&[path.to_path_buf()])?;
    let Some(model) = model.first() else { return Ok(Outcome::Clean) };
    let updated = update(model, imported).map_err(|error| CommandError::Input(format!("{}: {error}", model.name)))?;
    if updated.text != model.text {
        replace(path, &updated.text)?;
    }
    let mut aside = aside();
    for part in &updated.changed {
        writeln!(aside, "changed: {part}")?;
    }
    remarks(files, &updated.notes, &mut aside)?;
    if updated.changed.is_empty() {
        writeln!(aside, "keyplan: `{}` says the same already", model.name)?;
    }
    Ok(Outcome::Clean)
}

/// The texts of files.
pub(super) fn files_of(paths: &[PathBuf]) -> Result<Vec<SourceFile>, CommandError> {
    let text = |input: Input| input.map_err(|bad| CommandError::Input(format!("`{}` {}", bad.0.name, bad.1.message)));
    read_files(paths)?.into_iter().map(text).collect()
}

/// An error with the place it is at.
pub(super) fn said(files: &[SourceFile], error: &ImportError) -> String {
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
fn remarks(files: &[SourceFile], notes: &[Note], aside: &mut dyn Write) -> io::Result<()> {
    for note in notes {
        let place = note.origin.and_then(|origin| {
            let file = files.get(origin.file)?;
            let (line, column) = file.lines.position(&file.text, origin.span.start);
            Some(format!("{}:{line}:{column}: ", file.name))
        });
        let part = if note.at == ModelPath::root() { String::new() } else { format!(" ({})", note.at) };
        writeln!(aside, "{}{}: {}{part}", place.unwrap_or_default(), note.kind.word(), note.text)?;
    }
    Ok(())
}

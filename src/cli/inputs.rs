//! Input files: names, directories and standard input.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::CommandError;
use crate::model::Model;
use crate::source::{MAX_BYTES, Problem, SourceFile, Tree, load};

/// A file that was read, or why it is no text.
pub(super) type Input = Result<SourceFile, Box<(SourceFile, Problem)>>;

/// Reads what the arguments name: files, directories (every model in them), `-` for standard
/// input; without arguments the models of the current directory.
pub(super) fn read(arguments: &[PathBuf]) -> Result<Vec<Input>, CommandError> {
    read_without(arguments, &mut |_| Ok(false))
}

/// Says of a file in a directory whether it is left out.
pub(super) type LeftOut<'l> = dyn FnMut(&Path) -> Result<bool, CommandError> + 'l;

/// The same, without what is left out of directories. A file that is named itself is always read.
pub(super) fn read_without(arguments: &[PathBuf], left_out: &mut LeftOut<'_>) -> Result<Vec<Input>, CommandError> {
    let here = [PathBuf::from(".")];
    let named = if arguments.is_empty() { &here[..] } else { arguments };
    let mut inputs = Vec::new();
    let mut seen = BTreeSet::new();
    // A file that is named twice, or by its directory as well, is read once.
    let mut is_new = |path: &Path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_path_buf()));
    for path in named {
        if path.as_os_str() == "-" && !is_new(path) {
            continue;
        }
        if path.as_os_str() == "-" {
            inputs.push(standard_input()?);
        } else if path.is_dir() {
            let mut found = Vec::new();
            let mut without = 0_usize;
            for model in models_in(path) {
                if let Ok(path) = &model
                    && left_out(path)?
                {
                    without += 1;
                } else {
                    found.push(model);
                }
            }
            if found.is_empty() && without > 0 {
                let why = format!("no model in `{}` but the {without} that `exclude` leaves out", path.display());
                return Err(CommandError::Input(why));
            }
            if found.is_empty() {
                let help = "a model is a YAML or JSON file that begins with `keyplan: 1`; `keyplan init` writes one";
                return Err(CommandError::Input(format!("no model in `{}` ({help})", path.display())));
            }
            inputs.extend(found.into_iter().filter_map(|found| match found {
                Ok(path) => is_new(&path).then(|| file(&path)),
                Err((name, why)) => Some(Err(SourceFile::unread(name, why))),
            }));
        } else if is_new(path) {
            inputs.push(file(path));
        }
    }
    // One file that cannot be read is an error; among several it is one of the results.
    match inputs.as_slice() {
        [Err(bad)] if bad.0.text.is_empty() => Err(CommandError::Input(format!("`{}` {}", bad.0.name, bad.1.message))),
        _ => Ok(inputs),
    }
}

/// Reads files of any kind, one by one; `-` is standard input, and a directory stands for the
/// Terraform configuration in it.
pub(super) fn read_files(arguments: &[PathBuf]) -> Result<Vec<Input>, CommandError> {
    let mut inputs = Vec::new();
    for path in arguments {
        if path.as_os_str() == "-" {
            inputs.push(standard_input()?);
        } else if path.is_dir() {
            inputs.extend(super::configuration::read(path)?);
        } else {
            inputs.push(file(path));
        }
    }
    Ok(inputs)
}

/// A model that was read, with its text and the tree that tells where everything stands.
pub(super) struct Document {
    pub(super) file: SourceFile,
    pub(super) model: Model,
    pub(super) tree: Tree,
}

/// Reads the one model that a command works on.
///
/// # Errors
/// When there are several, or when it cannot be read.
pub(super) fn one_model(files: &[PathBuf], example: &str) -> Result<(SourceFile, Model), CommandError> {
    let mut read = read(files)?;
    let (Some(input), true) = (read.pop(), read.is_empty()) else {
        let what = match files {
            [] => "several models are here".to_owned(),
            [one] => format!("several models are in `{}`", one.display()),
            all => format!("{} files are named, and one is taken", all.len()),
        };
        return Err(CommandError::Usage(format!("{what}; name one: `{example}`")));
    };
    let document = document(input)?;
    Ok((document.file, document.model))
}

/// Reads the model of a file.
///
/// # Errors
/// When it cannot be read.
pub(super) fn one_document(path: &Path) -> Result<Document, CommandError> {
    document(file(path))
}

/// Reads a text as a model.
///
/// # Errors
/// Every mistake in it, each at its place.
pub(super) fn document(input: Input) -> Result<Document, CommandError> {
    let file = input.map_err(|bad| CommandError::Input(format!("`{}` {}", bad.0.name, bad.1.message)))?;
    match load(&file.text) {
        Ok((model, tree)) => Ok(Document { file, model, tree }),
        Err(problems) => {
            let lines = problems.iter().map(|problem| {
                let (line, column) = file.lines.position(&file.text, problem.span.start);
                format!("{}:{line}:{column}: {}", file.name, problem.message)
            });
            Err(CommandError::Input(lines.collect::<Vec<_>>().join("\n")))
        }
    }
}

fn standard_input() -> Result<Input, CommandError> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CommandError::Input(format!("standard input: {error}")))?;
    Ok(SourceFile::new("<stdin>", bytes))
}

/// Reads one file.
pub(super) fn file(path: &Path) -> Input {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    // One byte more than is allowed tells a file that is too large, without reading all of it.
    match std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)) {
        Ok(_) => SourceFile::new(name, bytes),
        Err(error) => Err(SourceFile::unread(name, format!("cannot be read: {error}"))),
    }
}

/// The models below a directory, sorted by name; other YAML and JSON files are passed over. What
/// cannot be looked at may be a model, so it is named with the reason.
fn models_in(directory: &Path) -> Vec<Result<PathBuf, (String, String)>> {
    let walk = ignore::WalkBuilder::new(directory).require_git(false).build();
    let mut found: Vec<Result<PathBuf, (String, String)>> = walk
        .filter_map(|entry| match entry {
            Ok(entry) => {
                let path = entry.into_path();
                let named = path.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known));
                let path = path.strip_prefix("./").map(Path::to_path_buf).unwrap_or(path);
                (named && path.is_file() && may_be_a_model(&path)).then_some(Ok(path))
            }
            Err(error) => {
                let name = match &error {
                    ignore::Error::WithPath { path, .. } => path.display().to_string(),
                    _ => directory.display().to_string(),
                };
                Some(Err((name, format!("cannot be read: {error}"))))
            }
        })
        .collect();
    found.sort_by(|a, b| {
        let name = |found: &Result<PathBuf, (String, String)>| match found {
            Ok(path) => path.clone(),
            Err((name, _)) => PathBuf::from(name),
        };
        name(a).cmp(&name(b))
    });
    found
}

/// Whether a file's beginning has the format version at the start of a line, or cannot be read.
fn may_be_a_model(path: &Path) -> bool {
    const BEGINNING: u64 = 16 << 10;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    read.is_err()
        || text
            .trim_start_matches('\u{feff}')
            .lines()
            .any(|line| line.starts_with("keyplan:") || has_json_version(line))
}

/// Whether a line of JSON has the format version: `"keyplan": 1`, and not a package of that name.
fn has_json_version(line: &str) -> bool {
    let Some((_, after)) = line.split_once("\"keyplan\"") else { return false };
    after
        .trim_start()
        .strip_prefix(':')
        .is_some_and(|value| value.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

//! `keyplan baseline`

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::check::{Checked, check_all};
use super::replace::replace;
use super::settings::{FindingArguments, Resolver, directory};
use super::{CommandError, Outcome};
use crate::check::CheckedFile;
use crate::config::paths::{absolute, relative, shown};
use crate::gate::{Baseline, Entry};

/// Larger files are no baselines.
const MAX_BYTES: u64 = 64 << 20;

/// The arguments of `baseline`.
#[derive(Debug, Args)]
pub(super) struct BaselineArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the findings that there are now; `check --baseline` does not report them any more.
    Create {
        /// Models: files or directories. Without it, the models of the current directory.
        files: Vec<PathBuf>,
        /// Replace a baseline that is there.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        findings: FindingArguments,
    },
    /// Remove the entries that do not occur any more.
    Prune {
        /// Models: files or directories. Without it, those that the baseline names.
        files: Vec<PathBuf>,
        #[command(flatten)]
        findings: FindingArguments,
    },
    /// Fail where entries do not occur any more.
    Check {
        /// Models: files or directories. Without it, those that the baseline names.
        files: Vec<PathBuf>,
        #[command(flatten)]
        findings: FindingArguments,
    },
}

/// Works on a baseline.
pub(super) fn run(arguments: &BaselineArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    match &arguments.command {
        Command::Create { files, force, findings } => create(files, *force, findings, out),
        Command::Prune { files, findings } => prune(files, findings, out),
        Command::Check { files, findings } => stale(files, findings, out),
    }
}

fn create(
    files: &[PathBuf],
    force: bool,
    findings: &FindingArguments,
    out: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let mut resolver = Resolver::new(findings, None)?;
    let path = resolver.of(Path::new("."))?.usual_baseline(findings);
    if !force && path.exists() {
        let why = format!("`{}` exists already; `baseline prune` shortens it, `--force` replaces it", shown(&path));
        return Err(CommandError::Usage(why));
    }
    let checked = checked(files, findings, &mut resolver, &path)?;
    let mut baseline = Baseline::default();
    for (file, _) in &checked {
        baseline.add(&name_in(&path, &file.file.name), file);
    }
    write(&path, &baseline)?;
    writeln!(out, "{}: {} in {}", shown(&path), findings_text(baseline.len()), files_text(baseline.files().len()))?;
    Ok(Outcome::Clean)
}

fn prune(files: &[PathBuf], findings: &FindingArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let (path, baseline, removed) = without_stale(files, findings)?;
    if !removed.is_empty() {
        write(&path, &baseline)?;
    }
    for entry in &removed {
        writeln!(out, "removed {}", line(entry))?;
    }
    let count: usize = removed.iter().map(|entry| entry.count).sum();
    let left = baseline.len();
    writeln!(out, "{}: {} removed, {left} left", shown(&path), findings_text(count))?;
    Ok(Outcome::Clean)
}

fn stale(files: &[PathBuf], findings: &FindingArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let (path, baseline, stale) = without_stale(files, findings)?;
    for entry in &stale {
        writeln!(out, "gone: {}", line(entry))?;
    }
    let count: usize = stale.iter().map(|entry| entry.count).sum();
    if count == 0 {
        writeln!(out, "{}: all of its {} still occur", shown(&path), findings_text(baseline.len()))?;
        return Ok(Outcome::Clean);
    }
    writeln!(
        out,
        "{}: {} of {} gone; `keyplan baseline prune` removes what is",
        shown(&path),
        count,
        findings_text(baseline.len() + count)
    )?;
    Ok(Outcome::Found)
}

/// The baseline without what does not occur any more, and that.
fn without_stale(
    files: &[PathBuf],
    findings: &FindingArguments,
) -> Result<(PathBuf, Baseline, Vec<Entry>), CommandError> {
    let mut resolver = Resolver::new(findings, None)?;
    let path = resolver.of(Path::new("."))?.usual_baseline(findings);
    let mut baseline = read(&path)?;
    let root = directory(&path).to_path_buf();
    let there: Vec<PathBuf> =
        baseline.files().iter().map(|name| root.join(name)).filter(|file| file.exists()).collect();
    let checked = match (files, there.as_slice()) {
        ([], []) => Vec::new(),
        ([], there) => checked(there, findings, &mut resolver, &path)?,
        (named, _) => checked(named, findings, &mut resolver, &path)?,
    };
    let mut removed = Vec::new();
    let of_files: BTreeMap<String, &CheckedFile> =
        checked.iter().map(|(file, _)| (name_in(&path, &file.file.name), file)).collect();
    for name in baseline.files() {
        match of_files.get(&name) {
            Some(file) => removed.extend(baseline.prune(&name, Some(file))),
            None if !root.join(&name).exists() => removed.extend(baseline.prune(&name, None)),
            // A file that was not looked at keeps its entries.
            None => {}
        }
    }
    Ok((path, baseline, removed))
}

/// Checks files, all of which must be readable and have this baseline.
fn checked(
    files: &[PathBuf],
    findings: &FindingArguments,
    resolver: &mut Resolver<'_>,
    path: &Path,
) -> Result<Vec<Checked>, CommandError> {
    let checked = check_all(files, resolver)?;
    for (file, settings) in &checked {
        let name = &file.file.name;
        if name == "<stdin>" {
            return Err(CommandError::Usage("a baseline is of files; standard input has no name".to_owned()));
        }
        if let Some(problem) = file.problems.first() {
            let (line, column) = file.file.lines.position(&file.file.text, problem.span.start);
            return Err(CommandError::Input(format!("{name}:{line}:{column}: {}", problem.message)));
        }
        if let Some(other) = settings.baseline(findings)
            && absolute(other) != absolute(path)
        {
            let other = shown(other);
            return Err(CommandError::Usage(format!(
                "the configuration of `{name}` has another baseline, `{other}`; name the one to use with `--baseline`"
            )));
        }
    }
    Ok(checked)
}

/// The baselines of a check, each read once.
#[derive(Default)]
pub(super) struct Baselines {
    read: BTreeMap<PathBuf, Baseline>,
    noted: BTreeSet<String>,
}

impl Baselines {
    /// Takes the known findings out of a file, and notes entries that do not occur any more.
    pub(super) fn take_known(
        &mut self,
        path: &Path,
        file: &mut CheckedFile,
        notes: &mut Vec<String>,
    ) -> Result<(), CommandError> {
        let key = absolute(path);
        if !self.read.contains_key(&key) {
            self.read.insert(key.clone(), read(path)?);
        }
        let Some(baseline) = self.read.get(&key) else { return Ok(()) };
        let name = name_in(path, &file.file.name);
        if file.problems.is_empty() && self.noted.insert(name.clone()) {
            let gone = baseline.count_gone(&name, file);
            if gone > 0 {
                let what = findings_text(gone);
                let name = &file.file.name;
                notes.push(format!("{name}: {what} of the baseline gone; `keyplan baseline prune` removes what is"));
            }
        }
        baseline.take_known(&name, file);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Baseline, CommandError> {
    let shown = shown(path);
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text)).map_err(|error| {
        CommandError::Input(match error.kind() {
            ErrorKind::NotFound => format!("there is no baseline `{shown}`; `keyplan baseline create` writes one"),
            _ => format!("`{shown}` cannot be read: {error}"),
        })
    })?;
    Baseline::read(&text).map_err(|error| CommandError::Input(format!("`{shown}` {error}")))
}

fn write(path: &Path, baseline: &Baseline) -> Result<(), CommandError> {
    replace(path, baseline.write())
        .map_err(|error| CommandError::Input(format!("`{}` cannot be written: {error}", shown(path))))
}

/// A file's name in a baseline: from the baseline's directory.
fn name_in(path: &Path, file: &str) -> String {
    relative(directory(path), Path::new(file))
}

fn line(entry: &Entry) -> String {
    let times = if entry.count > 1 { format!(" ({} times)", entry.count) } else { String::new() };
    format!("{}: {} {}: {}{times}", entry.file, entry.rule, entry.path, entry.message)
}

fn findings_text(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}

fn files_text(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

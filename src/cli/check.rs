//! `keyplan check`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rayon::prelude::*;

use super::against::{AgainstArguments, not_compared};
use super::baseline::Baselines;
use super::inputs::{Input, read_without};
use super::output::{Color, Plain, aside, style};
use super::settings::{FileSettings, GateArguments, Resolver};
use super::{CommandError, Outcome, base};
use crate::check::{CheckedFile, check, unreadable};
use crate::config::paths::{absolute, shown};
use crate::report::{Format, joined};
use crate::source::escaped;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Models to check: files, directories, or `-` for standard input. Without it, the models of
    /// the current directory.
    files: Vec<PathBuf>,
    /// Report only what the files did not have at this git revision.
    #[arg(long, value_name = "REVISION")]
    base: Option<String>,
    #[command(flatten)]
    against: AgainstArguments,
    #[command(flatten)]
    gate: GateArguments,
}

/// A checked file and its settings.
pub(super) type Checked = (CheckedFile, Arc<FileSettings>);

/// Checks models and writes the report.
pub(super) fn run(arguments: &CheckArguments, color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let gate = &arguments.gate;
    if arguments.base.is_none() && !gate.max_cost_increase.is_empty() {
        let why = "`--max-cost-increase` compares with a git revision; name it with `--base REVISION`";
        return Err(CommandError::Usage(why.to_owned()));
    }
    let deployed = arguments.against.deployed()?;
    let mut resolver = Resolver::new(&gate.findings, gate.fail_on)?.against(deployed.clone());
    let mut checked = check_all(&arguments.files, &mut resolver)?;
    let format = format(gate, &checked)?;
    let mut baselines = Baselines::default();
    let mut notes = deployed.as_deref().map(not_compared).unwrap_or_default();
    for (file, settings) in &mut checked {
        if let Some(path) = settings.baseline(&gate.findings) {
            baselines.take_known(path, file, &mut notes)?;
        }
    }
    let mut increases = Vec::new();
    if let Some(revision) = &arguments.base {
        let before = base::Before { revision, gate, baselines: &mut baselines };
        increases = before.compare(&mut checked, &mut notes)?;
    }
    let mut files: Vec<CheckedFile> = checked.into_iter().map(|(file, _)| file).collect();
    if format == Format::Human {
        for file in &mut files {
            file.findings = joined(std::mem::take(&mut file.findings));
        }
    }
    format.write(out, &files, style(color))?;
    out.flush()?;
    let mut aside = aside();
    for note in notes {
        writeln!(aside, "keyplan: {note}")?;
    }
    for line in &increases {
        match format {
            Format::Human | Format::Concise => writeln!(Plain(&mut *out), "{line}")?,
            Format::Github => {
                writeln!(out, "::error title=keyplan cost::{}", escaped(line).replace('%', "%25"))?;
            }
            // The other forms are read by programs; the line must not end up in them.
            _ => writeln!(aside, "keyplan: {line}")?,
        }
    }
    if files.iter().any(|file| !file.problems.is_empty()) {
        return Ok(Outcome::Unreadable);
    }
    let fails = !increases.is_empty() || files.iter().any(CheckedFile::fails);
    Ok(if fails { Outcome::Found } else { Outcome::Clean })
}

/// Checks what arguments name, each file with its settings.
pub(super) fn check_all(files: &[PathBuf], resolver: &mut Resolver<'_>) -> Result<Vec<Checked>, CommandError> {
    let read = read_without(files, &mut |path| Ok(resolver.config(path)?.excludes(&absolute(path))))?;
    let mut work = Vec::new();
    for input in read {
        let name = match &input {
            Ok(file) => &file.name,
            Err(bad) => &bad.0.name,
        };
        let settings = resolver.of(Path::new(name))?;
        work.push((input, settings));
    }
    let one = |(input, settings): (Input, Arc<FileSettings>)| match input {
        Ok(file) => (check(file, &settings.settings), settings),
        Err(bad) => {
            let (file, mut problem) = *bad;
            problem.message = format!("the file {}", problem.message);
            (CheckedFile { fails_at: settings.settings.fails_at, ..unreadable(file, vec![problem]) }, settings)
        }
    };
    Ok(match work.len() {
        // Threads cost more than one usual model.
        1 => work.pop().into_iter().map(one).collect(),
        _ => work.into_par_iter().map(one).collect(),
    })
}

/// The form of the report. There is one report, so configurations of several files must agree.
fn format(gate: &GateArguments, checked: &[Checked]) -> Result<Format, CommandError> {
    if let Some(format) = gate.format {
        return Ok(format);
    }
    let mut chosen: Option<(Format, &CheckedFile)> = None;
    for (file, settings) in checked {
        let format = settings.config.format.as_ref().map_or(Format::default(), |set| set.value);
        match chosen {
            None => chosen = Some((format, file)),
            Some((first, of)) if first != format => {
                let named = |file: &CheckedFile| shown(Path::new(&file.file.name));
                return Err(CommandError::Usage(format!(
                    "the configurations of `{}` and `{}` ask for `{}` and `{}`; choose with `--format`",
                    named(of),
                    named(file),
                    first.word(),
                    format.word()
                )));
            }
            Some(_) => {}
        }
    }
    Ok(chosen.map_or(Format::default(), |(format, _)| format))
}

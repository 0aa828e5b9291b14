//! `keyplan verify`

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::output::{Color, Plain, Readers, style};
use super::{CommandError, Outcome, inputs};
use crate::model::Model;
use crate::report::verify::{self as report, VerifyReport};
use crate::source::{escaped, nearest};
use crate::verify::engine::{Endpoint, Engine, EngineKind, Remote};
use crate::verify::items::{ItemsError, USUAL_ITEMS, scale};
use crate::verify::{Existing, Options, Step, VerifyError, run_prefix, verify};

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// How many items there are in all, about.
    #[arg(long, default_value_t = USUAL_ITEMS)]
    items: u64,
    /// Another seed gives other items.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many calls are made of each case of a pattern.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    repeat: u16,
    /// Only this pattern; may be given several times.
    #[arg(long, value_name = "NAME")]
    pattern: Vec<String>,
    /// An engine at an address, such as `http://127.0.0.1:8000`, instead of the one inside.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Which engine is there, where its answers do not tell: its known differences are not held
    /// against the design.
    #[arg(long, value_enum, requires = "endpoint")]
    engine: Option<EngineKind>,
    /// Use an address of another machine. Tables are created and deleted there.
    #[arg(long, requires = "endpoint")]
    allow_remote: bool,
    /// The beginning of the tables' names; a random one where absent.
    #[arg(long)]
    prefix: Option<String>,
    /// Delete tables that have these names already.
    #[arg(long)]
    replace: bool,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Readers::Human)]
    format: Readers,
}

/// Runs every pattern on an engine.
pub(super) fn run(arguments: &VerifyArguments, color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let (file, model) = inputs::one_model(&files, "keyplan verify FILE")?;
    let options = Options {
        seed: arguments.seed,
        repeat: arguments.repeat.into(),
        prefix: arguments.prefix.clone().unwrap_or_else(run_prefix),
        existing: if arguments.replace { Existing::Replaced } else { Existing::Kept },
        patterns: chosen(&model, &arguments.pattern)?,
    };
    let scaled = scale(&model, arguments.items).map_err(|error| no_items(&error))?;
    let (engine, kind) = engine(arguments)?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // Without a handler the run still ends; only its tables stay, where they are not its own memory.
    let _ = ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed));
    let shows = std::io::stderr().is_terminal();
    let mut progress = |step: Step<'_>| {
        if shows {
            show(step);
        }
    };
    let verification = verify((&model, &scaled), &options, (engine.as_ref(), kind), &stop, &mut progress).map_err(
        |error| match error {
            VerifyError::Items(error) => no_items(&error),
            other => CommandError::Input(other.to_string()),
        },
    )?;
    let name = model.name.as_deref().unwrap_or(&file.name);
    let report = VerifyReport { name, notes: &scaled.notes, seed: arguments.seed, verification: &verification };
    match arguments.format {
        Readers::Human => report::write(&mut Plain(out), style(color).width, &report)?,
        Readers::Json => {
            serde_json::to_writer_pretty(&mut *out, &report::to_json(&report)).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(if verification.agrees() { Outcome::Clean } else { Outcome::Found })
}

fn no_items(error: &ItemsError) -> CommandError {
    match error {
        ItemsError::NoEntities => CommandError::Input(error.to_string()),
        _ => CommandError::Usage(error.to_string()),
    }
}

/// A line that the next one overwrites.
fn show(step: Step<'_>) {
    let line = match step {
        Step::Loaded(done, all) => format!("items {done} of {all}"),
        Step::Pattern(done, all, name) if done < all => format!("pattern {} of {all}: {}", done + 1, escaped(name)),
        Step::Pattern(..) => String::new(),
    };
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush());
}

fn engine(arguments: &VerifyArguments) -> Result<(Box<dyn Engine>, EngineKind), CommandError> {
    let Some(url) = &arguments.endpoint else { return embedded() };
    let remote = if arguments.allow_remote { Remote::Allowed } else { Remote::Refused };
    let endpoint = Endpoint::at(url, remote).map_err(|error| CommandError::Usage(error.to_string()))?;
    let kind = arguments.engine.unwrap_or_else(|| endpoint.kind());
    Ok((Box::new(endpoint), kind))
}

#[cfg(feature = "verify")]
fn embedded() -> Result<(Box<dyn Engine>, EngineKind), CommandError> {
    let engine = crate::verify::engine::Embedded::start().map_err(|error| CommandError::Input(error.to_string()))?;
    Ok((Box::new(engine), EngineKind::Dynoxide))
}

#[cfg(not(feature = "verify"))]
fn embedded() -> Result<(Box<dyn Engine>, EngineKind), CommandError> {
    let why = "this keyplan was built without an engine inside; name one with `--endpoint URL`, or build with the feature `verify`";
    Err(CommandError::Usage(why.to_owned()))
}

fn chosen(model: &Model, wanted: &[String]) -> Result<Option<Vec<usize>>, CommandError> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let position = |name: &String| {
        model.access_patterns.get_index_of(name).ok_or_else(|| {
            let hint = nearest(name, model.access_patterns.keys().map(String::as_str))
                .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            CommandError::Usage(format!("there is no access pattern `{name}`{hint}"))
        })
    };
    let mut all = wanted.iter().map(position).collect::<Result<Vec<_>, _>>()?;
    all.sort_unstable();
    all.dedup();
    Ok(Some(all))
}

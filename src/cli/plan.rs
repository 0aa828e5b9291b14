//! `keyplan plan`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::output::{Color, Plain, Readers, style};
use super::settings::{ConfigArguments, book};
use super::{CommandError, Outcome, inputs};
use crate::cost::{Figures, Scale};
use crate::design::Design;
use crate::plan::Plans;
use crate::report::plan as report;
use crate::source::nearest;

/// The arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    /// A model (a file, the directory of one, or `-`) and names of access patterns; without a model
    /// the one of the current directory, without names every pattern.
    #[arg(value_name = "[FILE] PATTERN")]
    names: Vec<String>,
    #[command(flatten)]
    config: ConfigArguments,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Readers::Human)]
    format: Readers,
}

/// Prints plans.
pub(super) fn run(arguments: &PlanArguments, color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    // A directory counts where a file stands: first. After that a name is a pattern's.
    let first = arguments.names.first();
    let is_file = |name: &String| {
        let path = std::path::Path::new(name);
        name == "-"
            || path.is_file()
            || (path.is_dir() && first.is_some_and(|first| std::ptr::eq(first, name)))
            || path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
    };
    let (files, wanted): (Vec<&String>, Vec<&String>) = arguments.names.iter().partition(|name| is_file(name));
    let files: Vec<PathBuf> = files.into_iter().map(PathBuf::from).collect();
    let (file, model) = inputs::one_model(&files, "keyplan plan FILE PATTERN")?;
    let config = arguments.config.of(&file.name)?;
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let indices = chosen(&design, &wanted)?;
    let figures = Figures::new(&design, &plans, &book(None, &config)?, &config.terms(), Scale::default());
    let all = (&design, &plans, &figures);
    match arguments.format {
        Readers::Human => report::write(&mut Plain(out), style(color).width, all, &indices)?,
        Readers::Json => {
            serde_json::to_writer_pretty(&mut *out, &report::to_json(all, &indices)).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Outcome::Clean)
}

fn chosen(design: &Design<'_>, wanted: &[&String]) -> Result<Vec<usize>, CommandError> {
    if wanted.is_empty() {
        return Ok((0..design.patterns.len()).collect());
    }
    wanted
        .iter()
        .map(|name| {
            design.patterns.iter().position(|pattern| pattern.name == *name).ok_or_else(|| {
                let hint = nearest(name, design.patterns.iter().map(|pattern| pattern.name))
                    .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
                CommandError::Usage(format!("there is no access pattern `{name}`{hint}"))
            })
        })
        .collect()
}

//! `keyplan check`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indexmap::IndexMap;
use jiff::civil::Date;
use rayon::prelude::*;

use super::output::{Color, style};
use super::{CommandError, Outcome, inputs};
use crate::check::{CheckedFile, Settings, check, unreadable};
use crate::lint::{Level, find, registry};
use crate::model::RuleLevel;
use crate::report::{concise, github, human, json, sarif};

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Models to check: files, directories, or `-` for standard input. Without it, the models of
    /// the current directory.
    files: Vec<PathBuf>,
    /// The form of the report.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The lowest level that makes the check fail (exit code 1).
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "LEVEL")]
    fail_on: FailOn,
    /// Another level for a rule, such as `full-scan=error` or `unused-index=off`.
    #[arg(long = "level", value_name = "RULE=LEVEL", value_parser = rule_level)]
    levels: Vec<(String, RuleLevel)>,
    /// The day to hold expiry dates against, instead of today (`YYYY-MM-DD`).
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with source excerpts.
    Human,
    /// One line for each finding.
    Concise,
    /// JSON; see `keyplan schema --of check`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow annotations.
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Anything found.
    Advice,
    /// Warnings and errors.
    Warning,
    /// Errors.
    Error,
    /// Nothing found makes it fail.
    Never,
}

fn rule_level(text: &str) -> Result<(String, RuleLevel), String> {
    let (rule, level) = text.split_once('=').ok_or("write RULE=LEVEL, such as full-scan=error")?;
    if find(rule).is_none() {
        let meant = crate::source::nearest(rule, registry().iter().map(|rule| rule.name));
        let hint =
            meant.map_or_else(|| "`keyplan rules` lists them".to_owned(), |meant| format!("did you mean `{meant}`?"));
        return Err(format!("there is no rule `{rule}`; {hint}"));
    }
    let level = match level {
        "off" => RuleLevel::Off,
        "advice" => RuleLevel::Advice,
        "warning" => RuleLevel::Warning,
        "error" => RuleLevel::Error,
        _ => return Err(format!("`{level}` is no level; write off, advice, warning or error")),
    };
    Ok((rule.to_owned(), level))
}

/// Checks models and writes the report.
pub(super) fn run(arguments: &CheckArguments, color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let levels: IndexMap<String, RuleLevel> = arguments.levels.iter().cloned().collect();
    let today = arguments.today.unwrap_or_else(today);
    let settings = Settings { levels, ..Settings::on(today) };
    let mut read = inputs::read(&arguments.files)?;
    let one = |input: inputs::Input| match input {
        Ok(file) => check(file, &settings),
        Err(bad) => {
            let (file, problem) = *bad;
            unreadable(file, vec![problem])
        }
    };
    let files: Vec<CheckedFile> = match read.len() {
        // Threads cost more than one usual model.
        1 => read.pop().into_iter().map(one).collect(),
        _ => read.into_par_iter().map(one).collect(),
    };
    match arguments.format {
        Format::Human => human::write(out, &files, style(color))?,
        Format::Concise => concise::write(out, &files)?,
        Format::Json => json::write(out, &files)?,
        Format::Sarif => sarif::write(out, &files)?,
        Format::Github => github::write(out, &files)?,
    }
    if files.iter().any(|file| !file.problems.is_empty()) {
        return Ok(Outcome::Unreadable);
    }
    let worst = files.iter().filter_map(CheckedFile::worst).max();
    let failing = match arguments.fail_on {
        FailOn::Never => None,
        FailOn::Error => Some(Level::Error),
        FailOn::Warning => Some(Level::Warning),
        FailOn::Advice => Some(Level::Advice),
    };
    let fails = failing.zip(worst).is_some_and(|(failing, worst)| worst >= failing);
    Ok(if fails { Outcome::Found } else { Outcome::Clean })
}

/// Today in UTC, so that a run has the same result in every time zone.
pub(super) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

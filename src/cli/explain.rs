//! `keyplan explain`

use std::io::Write;

use clap::Args;

use super::{CommandError, Outcome};
use crate::lint::{find, registry};
use crate::source::nearest;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The rule's name.
    rule: String,
}

/// Prints a rule's page.
pub(super) fn run(arguments: &ExplainArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let Some(rule) = find(&arguments.rule) else {
        let hint = nearest(&arguments.rule, registry().iter().map(|rule| rule.name))
            .map_or_else(|| "`keyplan rules` lists them".to_owned(), |meant| format!("did you mean `{meant}`?"));
        return Err(CommandError::Usage(format!("there is no rule `{}`; {hint}", arguments.rule)));
    };
    let level = if rule.is_off { "off" } else { rule.level.word() };
    writeln!(out, "{} ({}, {level})\n", rule.name, rule.family.word())?;
    writeln!(out, "{}", rule.text().trim_end())?;
    Ok(Outcome::Clean)
}

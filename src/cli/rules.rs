//! `keyplan rules`

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::output::Readers;
use super::{CommandError, Outcome};
use crate::lint::{Family, registry};

/// The arguments of `rules`.
#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Readers::Human)]
    format: Readers,
}

/// Lists the rules.
pub(super) fn run(arguments: &RulesArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    match arguments.format {
        Readers::Human => {
            let width = registry().iter().map(|rule| rule.name.len()).max().unwrap_or_default();
            let mut family: Option<Family> = None;
            for rule in registry() {
                if family != Some(rule.family) {
                    let gap = if family.is_some() { "\n" } else { "" };
                    writeln!(out, "{gap}{}", rule.family.word())?;
                    family = Some(rule.family);
                }
                let level = if rule.is_off { "off" } else { rule.level.word() };
                writeln!(out, "  {:<width$} {level:<8} {}", rule.name, rule.summary())?;
            }
        }
        Readers::Json => {
            let rules: Vec<_> = registry()
                .iter()
                .map(|rule| {
                    json!({
                        "name": rule.name,
                        "family": rule.family.word(),
                        "level": rule.level.word(),
                        "enabled": !rule.is_off,
                        "summary": rule.summary(),
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut *out, &rules).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Outcome::Clean)
}

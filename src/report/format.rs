//! The forms of a report.

use std::io::Write;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

use super::human::{self, Style};
use super::{Written, concise, github, gitlab, json, junit, sarif};
use crate::check::CheckedFile;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people, with source excerpts.
    #[default]
    Human,
    /// One line for each finding.
    Concise,
    /// JSON; see `keyplan schema --of check`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow annotations.
    Github,
    /// GitLab code quality.
    Gitlab,
    /// JUnit XML.
    Junit,
}

impl Format {
    /// Writes a report in this form.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(self, out: &mut dyn Write, files: &[CheckedFile], style: Style) -> Written {
        match self {
            Self::Human => human::write(out, files, style),
            Self::Concise => concise::write(out, files),
            Self::Json => json::write(out, files),
            Self::Sarif => sarif::write(out, files),
            Self::Github => github::write(out, files),
            Self::Gitlab => gitlab::write(out, files),
            Self::Junit => junit::write(out, files),
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
        }
    }
}

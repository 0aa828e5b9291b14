//! The lowest level that makes a check fail.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::lint::Level;

/// The lowest level that makes a check fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Anything found.
    Advice,
    /// Warnings and errors.
    Warning,
    /// Errors.
    #[default]
    Error,
    /// Nothing found makes it fail.
    Never,
}

impl FailOn {
    /// The level; nothing for `never`.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Advice => Some(Level::Advice),
            Self::Warning => Some(Level::Warning),
            Self::Error => Some(Level::Error),
            Self::Never => None,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        self.level().map_or("never", Level::word)
    }
}

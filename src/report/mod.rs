//! Reports: what was found, in the forms that people and programs read. One file for each.

pub mod concise;
pub mod cost;
pub mod diff;
mod format;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod human;
mod joined;
pub mod json;
pub mod junit;
mod load;
pub mod plan;
pub mod review;
pub mod sarif;
mod snippet;
pub mod verify;

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

pub use format::Format;
pub use joined::joined;

use crate::check::CheckedFile;
use crate::lint::Level;

/// The numbers of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[schemars(rename = "Summary")]
pub struct Totals {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Advice.
    pub advice: usize,
    /// Accepted findings.
    pub accepted: usize,
    /// Findings that are not listed, because the baseline knows them.
    pub in_baseline: usize,
    /// Findings that are not listed, because the file had them at the revision of `--base`.
    pub before: usize,
    /// Files that could not be read.
    pub unreadable: usize,
}

impl Totals {
    /// Counts over files.
    pub fn of(files: &[CheckedFile]) -> Self {
        let sum = |level| files.iter().map(|file| file.count(level)).sum();
        Self {
            errors: sum(Level::Error),
            warnings: sum(Level::Warning),
            advice: sum(Level::Advice),
            accepted: files.iter().map(|file| file.suppressed.len()).sum(),
            in_baseline: files.iter().map(|file| file.known.in_baseline).sum(),
            before: files.iter().map(|file| file.known.before).sum(),
            unreadable: files.iter().filter(|file| !file.problems.is_empty()).count(),
        }
    }
}

/// How a report is written.
pub type Written = io::Result<()>;

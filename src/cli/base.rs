//! `keyplan check --base`: the same files at a git revision, for what a change introduces.

use std::path::Path;

use super::baseline::Baselines;
use super::check::Checked;
use super::settings::{FileSettings, GateArguments};
use super::{CommandError, git};
use crate::check::{CheckedFile, check, unreadable};
use crate::gate::{CostLimit, Increase, keep_new};
use crate::source::SourceFile;

/// What files are compared with.
pub(super) struct Before<'b> {
    /// The git revision.
    pub(super) revision: &'b str,
    /// The arguments.
    pub(super) gate: &'b GateArguments,
    /// The baselines: what they know is not new on either side.
    pub(super) baselines: &'b mut Baselines,
}

impl Before<'_> {
    /// Keeps of each file what is new, and returns a line for each that has become too dear.
    pub(super) fn compare(self, checked: &mut [Checked], notes: &mut Vec<String>) -> Result<Vec<String>, CommandError> {
        let mut lines = Vec::new();
        for (file, settings) in checked {
            let name = file.file.name.clone();
            if name == "<stdin>" {
                let why = "`--base` compares files with a git revision; standard input has none";
                return Err(CommandError::Usage(why.to_owned()));
            }
            if file.file.text.is_empty() && !file.problems.is_empty() {
                continue;
            }
            let Some(mut before) = self.file(&name, settings, notes)? else { continue };
            if let Some(path) = settings.baseline(&self.gate.findings) {
                self.baselines.take_known(path, &mut before, &mut Vec::new())?;
            }
            keep_new(file, &before);
            let limits = settings.limits(self.gate);
            if !limits.is_empty() {
                lines.extend(self.too_dear(file, limits, notes));
            }
        }
        Ok(lines)
    }

    /// A file as it was, checked with the settings of today; nothing where it is new.
    fn file(
        &self,
        name: &str,
        settings: &FileSettings,
        notes: &mut Vec<String>,
    ) -> Result<Option<CheckedFile>, CommandError> {
        let revision = self.revision;
        let Some(found) = git::at_revision(Path::new(name), revision)? else {
            notes.push(format!("{name}: not there at {revision}; all of it is new"));
            return Ok(None);
        };
        if let Some(old) = &found.old_name {
            notes.push(format!("{name}: compared with {old} at {revision}"));
        }
        // The name of today, because baselines know the file by it.
        let before = match SourceFile::new(name, found.bytes) {
            Ok(file) => check(file, &settings.settings),
            Err(bad) => {
                let (file, mut problem) = *bad;
                problem.message = format!("the file {}", problem.message);
                unreadable(file, vec![problem])
            }
        };
        if !before.problems.is_empty() {
            notes.push(format!("{name}: cannot be read as a model at {revision}; all findings count as new"));
            return Ok(None);
        }
        Ok(Some(before))
    }

    fn too_dear(&self, file: &CheckedFile, limits: &[CostLimit], notes: &mut Vec<String>) -> Option<String> {
        let name = &file.file.name;
        let Some(increase) = Increase::of(file) else {
            if file.problems.is_empty() && (file.cost.is_some() || file.cost_before.is_some()) {
                let when = if file.cost.is_some() { format!("at {}", self.revision) } else { "now".to_owned() };
                notes.push(format!("{name}: cost is not compared; no part of it is known {when}"));
            }
            return None;
        };
        let exceeded: Vec<CostLimit> = limits.iter().copied().filter(|limit| increase.exceeds(*limit)).collect();
        (!exceeded.is_empty()).then(|| increase.line(name, self.revision, &exceeded))
    }
}

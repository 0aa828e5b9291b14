//! The baseline: findings that are known and not reported, in a file that people review.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Fingerprint;
use crate::check::CheckedFile;

/// The version of the file.
pub const BASELINE_VERSION: u64 = 1;

/// The name of the file where none is given.
pub const DEFAULT_BASELINE: &str = "keyplan-baseline.json";

/// Known findings. Files have names with `/`, relative to the baseline's directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<(String, Fingerprint), Entry>,
}

/// A known finding of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The file.
    pub file: String,
    /// The rule.
    pub rule: String,
    /// The path in the model. It and the message are for those who review; the fingerprint decides.
    pub path: String,
    /// What was wrong when the finding was taken in.
    pub message: String,
    /// The fingerprint.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    pub fingerprint: String,
    /// How many findings have it.
    #[schemars(range(min = 1))]
    pub count: usize,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("is no baseline: {0}")]
    Syntax(#[from] serde_json::Error),
    /// Another version.
    #[error("is a baseline of version {0}; this keyplan reads version {BASELINE_VERSION}")]
    Version(u64),
    /// Something in it is wrong.
    #[error("is no baseline: entry {entry} ({file}, {rule}): {what}")]
    Entry {
        /// Which entry, from 1.
        entry: usize,
        /// Its file.
        file: String,
        /// Its rule.
        rule: String,
        /// What is wrong.
        what: String,
    },
}

#[derive(Deserialize)]
struct Version {
    keyplan_baseline: u64,
}

/// Findings that are known and not reported. `keyplan baseline` writes this file.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan baseline")]
struct Written {
    /// The version of the file: `1`.
    #[schemars(extend("const" = 1))]
    keyplan_baseline: u64,
    /// The findings, sorted by file, path and rule.
    findings: Vec<Entry>,
}

/// The JSON Schema of the file.
pub fn baseline_schema() -> Value {
    crate::source::polished::<Written>("https://keyplan.dev/schema/baseline-v1.json")
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// When the text is not JSON, has another version, or was changed so that it means nothing.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        // The version first: another version may have other fields.
        let Version { keyplan_baseline } = serde_json::from_str(text)?;
        if keyplan_baseline != BASELINE_VERSION {
            return Err(BaselineError::Version(keyplan_baseline));
        }
        let written: Written = serde_json::from_str(text)?;
        let mut entries = BTreeMap::new();
        for (index, entry) in written.findings.into_iter().enumerate() {
            let (file, rule) = (entry.file.clone(), entry.rule.clone());
            let wrong = |what: &str| BaselineError::Entry { entry: index + 1, file, rule, what: what.to_owned() };
            let fingerprint = match entry.fingerprint.parse::<Fingerprint>() {
                Ok(fingerprint) => fingerprint,
                Err(what) => return Err(wrong(&what)),
            };
            if entry.count == 0 {
                return Err(wrong("its `count` is 0; remove the entry instead"));
            }
            if entry.file.is_empty() || entry.file.contains('\\') {
                return Err(wrong("its `file` is not a name with `/`"));
            }
            if entries.contains_key(&(entry.file.clone(), fingerprint)) {
                return Err(wrong("it is there twice; `count` says how many findings there are"));
            }
            entries.insert((entry.file.clone(), fingerprint), entry);
        }
        Ok(Self { entries })
    }

    /// The text of the file: sorted by file, path and rule.
    pub fn write(&self) -> String {
        let mut findings: Vec<Entry> = self.entries.values().cloned().collect();
        findings.sort_by(|a, b| {
            let key =
                |entry: &Entry| (entry.file.clone(), entry.path.clone(), entry.rule.clone(), entry.fingerprint.clone());
            key(a).cmp(&key(b))
        });
        let written = Written { keyplan_baseline: BASELINE_VERSION, findings };
        // Strings and numbers only: they can always be written.
        format!("{}\n", serde_json::to_string_pretty(&written).unwrap_or_default())
    }

    /// Takes in all findings of a file.
    pub fn add(&mut self, name: &str, file: &CheckedFile) {
        for located in &file.findings {
            let finding = &located.finding;
            let fingerprint = Fingerprint::of(finding);
            let entry = self.entries.entry((name.to_owned(), fingerprint)).or_insert_with(|| Entry {
                file: name.to_owned(),
                rule: finding.rule.to_owned(),
                path: finding.place.path.to_string(),
                message: finding.message.clone(),
                fingerprint: fingerprint.to_string(),
                count: 0,
            });
            entry.count += 1;
        }
    }

    /// Takes the known findings out of a file, the first of those that are alike, and counts them.
    pub fn take_known(&self, name: &str, file: &mut CheckedFile) {
        let mut left = self.counts(name);
        let found = file.findings.len();
        file.findings.retain(|located| match left.get_mut(&Fingerprint::of(&located.finding)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        file.known.in_baseline += found - file.findings.len();
    }

    /// Takes out what a file no longer has, or all of its entries where the file is gone. Returns
    /// it, each entry with how many findings it lost.
    pub fn prune(&mut self, name: &str, file: Option<&CheckedFile>) -> Vec<Entry> {
        let mut removed = Vec::new();
        for (fingerprint, count) in self.gone(name, file) {
            let key = (name.to_owned(), fingerprint);
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            removed.push(Entry { count, ..entry.clone() });
            entry.count = entry.count.saturating_sub(count);
            if entry.count == 0 {
                self.entries.remove(&key);
            }
        }
        removed.sort_by(|a, b| (&a.path, &a.rule).cmp(&(&b.path, &b.rule)));
        removed
    }

    /// How many of its findings a file no longer has.
    pub fn count_gone(&self, name: &str, file: &CheckedFile) -> usize {
        self.gone(name, Some(file)).into_values().sum()
    }

    /// The files that it names, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self.entries.keys().map(|(file, _)| file.clone()).collect();
        files.dedup();
        files
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.entries.values().map(|entry| entry.count).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn gone(&self, name: &str, file: Option<&CheckedFile>) -> BTreeMap<Fingerprint, usize> {
        let mut gone = self.counts(name);
        for located in file.iter().flat_map(|file| &file.findings) {
            if let Some(count) = gone.get_mut(&Fingerprint::of(&located.finding)) {
                *count = count.saturating_sub(1);
            }
        }
        gone.retain(|_, count| *count > 0);
        gone
    }

    fn counts(&self, name: &str) -> BTreeMap<Fingerprint, usize> {
        let from_first = self.entries.range((name.to_owned(), Fingerprint::FIRST)..);
        let of_file = from_first.take_while(|((file, _), _)| file == name);
        of_file.map(|((_, fingerprint), entry)| (*fingerprint, entry.count)).collect()
    }
}

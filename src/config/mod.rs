//! `keyplan.toml`: the habits of a house, for all models below the directory where it stands.
//!
//! The file nearest to a model counts, and what it extends. What the command line says wins over
//! the model's own `lint.levels`, these over the file, and the file over the rules' own levels.

mod find;
pub(crate) mod paths;
mod value;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_decimal::Decimal;

use crate::cost::{Commitment, Gigabyte, Terms};
use crate::gate::{CostLimit, FailOn};
use crate::model::RuleLevel;
use crate::prices::FreeTier;
use crate::report::Format;

pub use find::Configs;
pub use value::{Hours, Limits};
pub use written::schema;

/// The name of the file.
pub const FILE_NAME: &str = "keyplan.toml";

/// Why there is no configuration: one line for each mistake, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// A value, and where it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// The file that sets it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

/// Files that walks through directories leave out.
#[derive(Debug, Clone)]
pub struct Exclude {
    /// As it was written.
    pub glob: String,
    matcher: ignore::gitignore::Gitignore,
}

/// What the configuration files say. Nothing is set where none does.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The files: the nearest first, then what it extends.
    pub files: Vec<PathBuf>,
    /// The lowest level that makes the check fail.
    pub fail_on: Option<Set<FailOn>>,
    /// The form of the report.
    pub format: Option<Set<Format>>,
    /// The baseline.
    pub baseline: Option<Set<PathBuf>>,
    /// The price book.
    pub prices: Option<Set<PathBuf>>,
    /// How much more a month may cost.
    pub max_cost_increase: Option<Set<Vec<CostLimit>>>,
    /// Levels of rules.
    pub levels: BTreeMap<String, Set<RuleLevel>>,
    /// Hours of a month.
    pub hours_per_month: Option<Set<Decimal>>,
    /// How large a GB is.
    pub gigabyte: Option<Set<Gigabyte>>,
    /// Whether what is free is taken off.
    pub free_tier: Option<Set<FreeTier>>,
    /// What is committed to.
    pub commitment: Option<Set<Commitment>>,
    /// Files that walks through directories leave out; those of all files together.
    pub exclude: Vec<Set<Exclude>>,
}

impl Config {
    /// This, and what `base` says of everything that this leaves open.
    #[must_use]
    fn over(mut self, base: Self) -> Self {
        self.files.extend(base.files);
        self.exclude.extend(base.exclude);
        for (rule, level) in base.levels {
            self.levels.entry(rule).or_insert(level);
        }
        Self {
            fail_on: self.fail_on.or(base.fail_on),
            format: self.format.or(base.format),
            baseline: self.baseline.or(base.baseline),
            prices: self.prices.or(base.prices),
            max_cost_increase: self.max_cost_increase.or(base.max_cost_increase),
            hours_per_month: self.hours_per_month.or(base.hours_per_month),
            gigabyte: self.gigabyte.or(base.gigabyte),
            free_tier: self.free_tier.or(base.free_tier),
            commitment: self.commitment.or(base.commitment),
            ..self
        }
    }

    /// What a bill is made with.
    pub fn terms(&self) -> Terms<'static> {
        let usual = Terms::default();
        Terms {
            month_hours: self.hours_per_month.as_ref().map_or(usual.month_hours, |set| set.value),
            gigabyte: self.gigabyte.as_ref().map_or(usual.gigabyte, |set| set.value),
            free_tier: self.free_tier.as_ref().map_or(usual.free_tier, |set| set.value),
            commitment: self.commitment.as_ref().map_or(usual.commitment, |set| set.value),
            ..usual
        }
    }

    /// Whether walks through directories leave a file out. The path is absolute.
    pub fn excludes(&self, path: &Path) -> bool {
        self.exclude.iter().any(|set| {
            let matcher = &set.value.matcher;
            // Globs are held against the path below the directory of the file that has them.
            path.strip_prefix(matcher.path())
                .is_ok_and(|below| matcher.matched_path_or_any_parents(below, false).is_ignore())
        })
    }
}

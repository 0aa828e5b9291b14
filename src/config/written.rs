//! The text of a configuration file, as types. The doc comments are the descriptions of its schema.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ignore::gitignore::GitignoreBuilder;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::DeTable;

use super::value::{Hours, Limits};
use super::{Config, ConfigError, Exclude, Set};
use crate::cost::{Commitment, Gigabyte};
use crate::gate::FailOn;
use crate::lint::{find, registry};
use crate::model::RuleLevel;
use crate::prices::{FreeTier, Term};
use crate::report::Format;
use crate::source::{LineIndex, nearest};

/// The schema's address.
const SCHEMA_ID: &str = "https://keyplan.dev/schema/config-v1.json";

/// Settings for all models below the directory of this file, unless one stands nearer to them.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(title = "keyplan.toml", deny_unknown_fields)]
struct Written {
    /// Another file whose settings hold where this one says nothing; relative to this file.
    #[schemars(with = "Option<String>")]
    extends: Option<Spanned<String>>,
    /// The lowest level that makes a check fail.
    #[schemars(with = "Option<FailOn>")]
    fail_on: Option<Spanned<FailOn>>,
    /// The form of the report.
    #[schemars(with = "Option<Format>")]
    format: Option<Spanned<Format>>,
    /// The file of known findings; relative to this file.
    #[schemars(with = "Option<String>")]
    baseline: Option<Spanned<String>>,
    /// A price book of your own, as `keyplan prices import` writes it; relative to this file.
    #[schemars(with = "Option<String>")]
    prices: Option<Spanned<String>>,
    /// How much more a month may cost than at the revision of `--base`: `10%`, `50 USD`, or both.
    #[schemars(with = "Option<Limits>")]
    max_cost_increase: Option<Spanned<Limits>>,
    /// Files that are left out of directories, as in a `.gitignore` in this file's directory.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    exclude: Vec<Spanned<String>>,
    /// Other levels than the rules' own, by rule name. A model's `lint.levels` win over them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RuleLevel>")]
    levels: BTreeMap<String, Spanned<RuleLevel>>,
    /// What bills are made with.
    #[serde(default)]
    cost: Cost,
}

/// What bills are made with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Cost {
    /// The hours of a month.
    #[schemars(with = "Option<Hours>")]
    hours_per_month: Option<Spanned<Hours>>,
    /// How large a GB is.
    #[schemars(with = "Option<Unit>")]
    gigabyte: Option<Spanned<Unit>>,
    /// Whether to take off what is free for the account in every Region.
    #[schemars(with = "Option<bool>")]
    free_tier: Option<Spanned<bool>>,
    /// Whether a Database Savings Plan covers all throughput.
    #[schemars(with = "Option<bool>")]
    savings_plan: Option<Spanned<bool>>,
    /// Reserved capacity over steady provisioned capacity.
    #[schemars(with = "Option<Reserved>")]
    reserved: Option<Spanned<Reserved>>,
}

/// How large a GB is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// 2^30 bytes.
    Binary,
    /// 10^9 bytes.
    Decimal,
}

/// For how long capacity is reserved.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
enum Reserved {
    /// Not at all.
    #[serde(rename = "none")]
    None,
    /// For one year.
    #[serde(rename = "1y")]
    OneYear,
    /// For three years.
    #[serde(rename = "3y")]
    ThreeYears,
}

/// The JSON Schema of the file.
pub fn schema() -> Value {
    crate::source::polished::<Written>(SCHEMA_ID)
}

/// Reads a file's text. With the configuration comes what it extends.
pub(super) fn read(file: &Path, text: &str) -> Result<(Config, Option<Set<PathBuf>>), ConfigError> {
    let reader = Reader { file, text: text.trim_start_matches('\u{feff}') };
    let table = DeTable::parse(reader.text).map_err(|error| reader.wrong(&error))?;
    let unknown = reader.unknown_keys(table.get_ref());
    if !unknown.is_empty() {
        return Err(ConfigError(unknown.join("\n")));
    }
    let written: Written = toml::from_str(reader.text).map_err(|error| reader.wrong(&error))?;
    reader.config(written)
}

/// A word that is none of those that can stand there: the same in the words of the other messages.
fn not_of_the_words(message: &str) -> Option<String> {
    let quoted: Vec<&str> = message.strip_prefix("unknown variant ")?.split('`').skip(1).step_by(2).collect();
    let (word, known) = quoted.split_first()?;
    let hint =
        nearest(word, known.iter().copied()).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    Some(format!("`{word}` is none of {}{hint}", known.join(", ")))
}

struct Reader<'r> {
    file: &'r Path,
    text: &'r str,
}

impl Reader<'_> {
    fn position(&self, offset: usize) -> (usize, usize) {
        LineIndex::new(self.text).position(self.text, offset)
    }

    fn at(&self, offset: usize, what: &str) -> String {
        let (line, column) = self.position(offset);
        format!("{}:{line}:{column}: {what}", super::paths::shown(self.file))
    }

    fn wrong(&self, error: &toml::de::Error) -> ConfigError {
        let offset = error.span().map_or(0, |span| span.start);
        let message = error.message().trim_end();
        ConfigError(self.at(offset, &not_of_the_words(message).unwrap_or_else(|| message.to_owned())))
    }

    /// What is wrong with the names of keys and rules: all of it, not the first only.
    fn unknown_keys(&self, table: &DeTable<'_>) -> Vec<String> {
        let schema = schema();
        let names = |pointer: &str| -> Vec<&str> {
            let keys = schema.pointer(pointer).and_then(Value::as_object);
            keys.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
        };
        let mut found = self.unknown(table, "key", &names("/properties"));
        if let Some(cost) = table.get("cost").and_then(|cost| cost.get_ref().as_table()) {
            found.extend(self.unknown(cost, "key", &names("/$defs/Cost/properties")));
        }
        if let Some(levels) = table.get("levels").and_then(|levels| levels.get_ref().as_table()) {
            let rules: Vec<&str> = registry().iter().map(|rule| rule.name).collect();
            found.extend(self.unknown(levels, "rule", &rules));
        }
        found
    }

    fn unknown(&self, table: &DeTable<'_>, kind: &str, known: &[&str]) -> Vec<String> {
        let mut unknown: Vec<_> = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        let hint = |name: &str| match (nearest(name, known.iter().copied()), kind) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, "rule") => "`keyplan rules` lists them".to_owned(),
            (None, _) => format!("there are {}", known.join(", ")),
        };
        unknown
            .into_iter()
            .map(|key| {
                let name = key.get_ref();
                self.at(key.span().start, &format!("there is no {kind} `{name}`; {}", hint(name)))
            })
            .collect()
    }

    fn set<T, U>(&self, value: Spanned<T>, of: impl FnOnce(T) -> U) -> Set<U> {
        let line = self.position(value.span().start).0;
        Set { value: of(value.into_inner()), file: self.file.to_path_buf(), line }
    }

    fn beside(&self, name: &str) -> PathBuf {
        super::paths::normal(&self.file.with_file_name("").join(name))
    }

    fn config(&self, written: Written) -> Result<(Config, Option<Set<PathBuf>>), ConfigError> {
        let commitment = self.commitment(written.cost.savings_plan, written.cost.reserved)?;
        let mut levels = BTreeMap::new();
        for (rule, level) in written.levels {
            debug_assert!(find(&rule).is_some());
            levels.insert(rule, self.set(level, |level| level));
        }
        let mut exclude = Vec::new();
        for glob in written.exclude {
            exclude.push(self.exclude(glob)?);
        }
        let path = |name: Option<Spanned<String>>| name.map(|name| self.set(name, |name| self.beside(&name)));
        let config = Config {
            files: vec![self.file.to_path_buf()],
            fail_on: written.fail_on.map(|value| self.set(value, |value| value)),
            format: written.format.map(|value| self.set(value, |value| value)),
            baseline: path(written.baseline),
            prices: path(written.prices),
            max_cost_increase: written.max_cost_increase.map(|value| self.set(value, |limits| limits.0)),
            levels,
            hours_per_month: written.cost.hours_per_month.map(|value| self.set(value, |hours| hours.0)),
            gigabyte: written.cost.gigabyte.map(|value| {
                self.set(value, |unit| match unit {
                    Unit::Binary => Gigabyte::Binary,
                    Unit::Decimal => Gigabyte::Decimal,
                })
            }),
            free_tier: written
                .cost
                .free_tier
                .map(|value| self.set(value, |applied| if applied { FreeTier::Applied } else { FreeTier::Ignored })),
            commitment,
            exclude,
        };
        Ok((config, path(written.extends)))
    }

    fn commitment(
        &self,
        plan: Option<Spanned<bool>>,
        reserved: Option<Spanned<Reserved>>,
    ) -> Result<Option<Set<Commitment>>, ConfigError> {
        let plan = plan
            .map(|value| self.set(value, |covered| if covered { Commitment::SavingsPlan } else { Commitment::None }));
        let at = reserved.as_ref().map_or(0, |value| value.span().start);
        let reserved = reserved.map(|value| {
            self.set(value, |term| match term {
                Reserved::None => Commitment::None,
                Reserved::OneYear => Commitment::Reserved(Term::OneYear),
                Reserved::ThreeYears => Commitment::Reserved(Term::ThreeYears),
            })
        });
        match (plan, reserved) {
            (Some(plan), Some(reserved)) if plan.value != Commitment::None => {
                if reserved.value == Commitment::None {
                    return Ok(Some(plan));
                }
                Err(ConfigError(self.at(at, "a savings plan and reserved capacity exclude each other; keep one")))
            }
            (plan, reserved) => Ok(reserved.or(plan)),
        }
    }

    fn exclude(&self, glob: Spanned<String>) -> Result<Set<Exclude>, ConfigError> {
        let at = glob.span().start;
        let wrong = |error: ignore::Error| ConfigError(self.at(at, &format!("this is no glob: {error}")));
        let mut builder = GitignoreBuilder::new(self.file.parent().unwrap_or(Path::new("/")));
        builder.add_line(None, glob.get_ref()).map_err(wrong)?;
        let matcher = builder.build().map_err(wrong)?;
        Ok(self.set(glob, |glob| Exclude { glob, matcher }))
    }
}

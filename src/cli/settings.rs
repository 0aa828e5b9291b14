//! The settings of a check, for each file: from the command line, the configuration and by default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::civil::Date;

use super::{CommandError, prices};
use crate::check::Settings;
use crate::config::{Config, Configs};
use crate::gate::{CostLimit, DEFAULT_BASELINE, FailOn};
use crate::interop::Deployed;
use crate::lint::{find, registry};
use crate::model::RuleLevel;
use crate::prices::PriceBook;
use crate::report::Format;

/// The settings that a configuration makes, with the prices and the day of the command line.
pub(super) fn house(config: &Config, prices: Option<&PathBuf>, day: Option<Date>) -> Result<Settings, CommandError> {
    Ok(Settings {
        house_levels: config.levels.iter().map(|(rule, set)| (rule.clone(), set.value)).collect(),
        fails_at: config.fail_on.as_ref().map_or(FailOn::default(), |set| set.value).level(),
        terms: config.terms(),
        book: book(prices, config)?,
        ..Settings::on(day.unwrap_or_else(today))
    })
}

/// What decides about findings, in every command that has some.
#[derive(Debug, Args)]
pub(super) struct FindingArguments {
    /// Another level for a rule, such as `full-scan=error` or `unused-index=off`.
    #[arg(long = "level", value_name = "RULE=LEVEL", value_parser = rule_level)]
    pub(super) levels: Vec<(String, RuleLevel)>,
    /// The file of known findings.
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// A price book of your own, as `keyplan prices import` writes it.
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,
    /// The day to hold expiry dates against, instead of today (`YYYY-MM-DD`).
    #[arg(long, value_name = "DATE")]
    pub(super) today: Option<Date>,
    #[command(flatten)]
    pub(super) config: ConfigArguments,
}

/// Which configuration counts.
#[derive(Debug, Args)]
pub(super) struct ConfigArguments {
    /// A configuration file for all models, instead of the `keyplan.toml` nearest to each.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// No configuration file at all.
    #[arg(long)]
    no_config: bool,
}

impl ConfigArguments {
    /// The configurations of a run.
    pub(super) fn configs(&self) -> Result<Configs, CommandError> {
        Ok(match &self.config {
            Some(file) => Configs::one(file)?,
            None if self.no_config => Configs::none(),
            None => Configs::nearest(),
        })
    }

    /// The configuration of a command that shows one model.
    pub(super) fn of(&self, file: &str) -> Result<Arc<Config>, CommandError> {
        Ok(self.configs()?.of(directory(Path::new(file)))?)
    }
}

/// The price book that a command line, else a configuration, names; else the built-in one.
pub(super) fn book(given: Option<&PathBuf>, config: &Config) -> Result<PriceBook, CommandError> {
    let named = given.or(config.prices.as_ref().map(|set| &set.value));
    prices::book(named.map(PathBuf::as_path))
}

/// What decides about a check's report and its end.
#[derive(Debug, Args)]
pub(super) struct GateArguments {
    /// The form of the report (human, unless the configuration says otherwise).
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// The lowest level that makes the check fail with exit code 1 (error, unless the configuration
    /// says otherwise).
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(super) fail_on: Option<FailOn>,
    /// How much more a month may cost than at the revision of `--base`: `10%` or `50 USD`; given
    /// twice, both hold.
    #[arg(long, value_name = "LIMIT")]
    pub(super) max_cost_increase: Vec<CostLimit>,
    #[command(flatten)]
    pub(super) findings: FindingArguments,
}

/// The settings of one file. Files below the same configuration share them.
#[derive(Debug)]
pub(super) struct FileSettings {
    /// For the check itself.
    pub(super) settings: Settings,
    /// What the configuration says.
    pub(super) config: Arc<Config>,
}

impl FileSettings {
    /// The baseline, where one is named.
    pub(super) fn baseline<'s>(&'s self, arguments: &'s FindingArguments) -> Option<&'s Path> {
        let named = arguments.baseline.as_ref().or(self.config.baseline.as_ref().map(|set| &set.value));
        named.map(PathBuf::as_path)
    }

    /// The baseline, with its usual name where none is named.
    pub(super) fn usual_baseline(&self, arguments: &FindingArguments) -> PathBuf {
        self.baseline(arguments).unwrap_or(Path::new(DEFAULT_BASELINE)).to_path_buf()
    }

    /// How much more a month may cost.
    pub(super) fn limits<'s>(&'s self, arguments: &'s GateArguments) -> &'s [CostLimit] {
        match (&self.config.max_cost_increase, arguments.max_cost_increase.as_slice()) {
            (Some(set), []) => &set.value,
            (_, limits) => limits,
        }
    }
}

/// Finds the settings of files.
pub(super) struct Resolver<'a> {
    arguments: &'a FindingArguments,
    fail_on: Option<FailOn>,
    configs: Configs,
    deployed: Option<Arc<Deployed>>,
    ready: BTreeMap<Option<PathBuf>, Arc<FileSettings>>,
}

impl<'a> Resolver<'a> {
    /// For the arguments of a command.
    pub(super) fn new(arguments: &'a FindingArguments, fail_on: Option<FailOn>) -> Result<Self, CommandError> {
        Ok(Self { arguments, fail_on, configs: arguments.config.configs()?, deployed: None, ready: BTreeMap::new() })
    }

    /// With infrastructure that the models are held against.
    #[must_use]
    pub(super) fn against(mut self, deployed: Option<Arc<Deployed>>) -> Self {
        self.deployed = deployed;
        self
    }

    /// The configuration that counts for a file.
    pub(super) fn config(&mut self, file: &Path) -> Result<Arc<Config>, CommandError> {
        Ok(self.configs.of(directory(file))?)
    }

    /// The settings of a file; those of the current directory for standard input.
    pub(super) fn of(&mut self, file: &Path) -> Result<Arc<FileSettings>, CommandError> {
        let config = self.config(file)?;
        let key = config.files.first().cloned();
        if let Some(known) = self.ready.get(&key) {
            return Ok(Arc::clone(known));
        }
        let mut settings = house(&config, self.arguments.prices.as_ref(), self.arguments.today)?;
        settings.levels = self.arguments.levels.iter().cloned().collect();
        settings.fails_at = self.fail_on.map_or(settings.fails_at, FailOn::level);
        settings.deployed.clone_from(&self.deployed);
        let ready = Arc::new(FileSettings { settings, config });
        self.ready.insert(key, Arc::clone(&ready));
        Ok(ready)
    }
}

/// The directory of a file.
pub(super) fn directory(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Reads `full-scan=error`.
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

/// Today in UTC, so that a run has the same result in every time zone.
fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

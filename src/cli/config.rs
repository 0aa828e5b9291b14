//! `keyplan config`

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::IndexMap;
use clap::Args;

use super::settings::{GateArguments, Resolver};
use super::{CommandError, Outcome, inputs};
use crate::config::paths::shown;
use crate::config::{Config, Set};
use crate::cost::{Commitment, Gigabyte, Terms};
use crate::gate::FailOn;
use crate::lint::Level;
use crate::model::RuleLevel;
use crate::prices::{FreeTier, Term};
use crate::report::Format;
use crate::source::{Locator, ModelPath, load};

/// The arguments of `config`.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// A model, whose own levels are shown too. Without it, what holds in the current directory.
    file: Option<PathBuf>,
    /// Print every value that holds, and where it is from. This is what happens without it, too.
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    gate: GateArguments,
}

/// A value, and where it is from.
type Row = (String, String, String);

const COMMAND_LINE: &str = "command line";
const DEFAULT: &str = "default";

/// Shows what holds for a file.
pub(super) fn run(arguments: &ShowArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let ShowArguments { file, show: _, gate } = arguments;
    let mut resolver = Resolver::new(&gate.findings, gate.fail_on)?;
    let at = match file {
        Some(directory) if directory.is_dir() => directory.join("."),
        Some(file) => file.clone(),
        None => PathBuf::from("./."),
    };
    let config = resolver.config(&at)?;
    let mut rows = values(&config, gate);
    let of_model = match file {
        Some(file) if !file.is_dir() => model_levels(file)?,
        _ => IndexMap::default(),
    };
    rows.extend(levels(&config, gate, &of_model));
    let width = |column: fn(&Row) -> &String| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
    let (name, value) = (width(|row| &row.0), width(|row| &row.1));
    let files: Vec<String> = config.files.iter().map(|file| shown(file)).collect();
    let files = if files.is_empty() { "no keyplan.toml".to_owned() } else { files.join(", which extends ") };
    writeln!(out, "{files}")?;
    for (a, b, c) in &rows {
        writeln!(out, "  {a:<name$}  {b:<value$}  {c}")?;
    }
    Ok(Outcome::Clean)
}

fn place<T>(set: &Set<T>) -> String {
    format!("{}:{}", shown(&set.file), set.line)
}

/// One row: the command line, else the configuration, else what is usual.
fn row<T>(name: &str, given: Option<&T>, set: Option<&Set<T>>, usual: &str, text: impl Fn(&T) -> String) -> Row {
    let (value, origin) = match (given, set) {
        (Some(given), _) => (text(given), COMMAND_LINE.to_owned()),
        (None, Some(set)) => (text(&set.value), place(set)),
        (None, None) => (usual.to_owned(), DEFAULT.to_owned()),
    };
    (name.to_owned(), value, origin)
}

fn values(config: &Config, gate: &GateArguments) -> Vec<Row> {
    let path = |path: &PathBuf| shown(path);
    let given = &gate.findings;
    let limits = (!gate.max_cost_increase.is_empty()).then_some(&gate.max_cost_increase);
    let usual = Terms::default();
    let mut rows = vec![
        row("fail_on", gate.fail_on.as_ref(), config.fail_on.as_ref(), FailOn::default().word(), |fail_on| {
            fail_on.word().to_owned()
        }),
        row("format", gate.format.as_ref(), config.format.as_ref(), Format::default().word(), |format| {
            format.word().to_owned()
        }),
        row("baseline", given.baseline.as_ref(), config.baseline.as_ref(), "none", path),
        row("prices", given.prices.as_ref(), config.prices.as_ref(), "built in", path),
        row("max_cost_increase", limits, config.max_cost_increase.as_ref(), "none", |limits| {
            limits.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
        }),
        row("cost.hours_per_month", None, config.hours_per_month.as_ref(), &usual.month_hours.to_string(), |hours| {
            hours.normalize().to_string()
        }),
        row("cost.gigabyte", None, config.gigabyte.as_ref(), "binary", |unit| match unit {
            Gigabyte::Binary => "binary".to_owned(),
            Gigabyte::Decimal => "decimal".to_owned(),
        }),
        row("cost.free_tier", None, config.free_tier.as_ref(), "false", |free| {
            (*free == FreeTier::Applied).to_string()
        }),
        row("cost.commitment", None, config.commitment.as_ref(), "none", |commitment| match commitment {
            Commitment::None => "none".to_owned(),
            Commitment::SavingsPlan => "savings plan".to_owned(),
            Commitment::Reserved(Term::OneYear) => "reserved for 1y".to_owned(),
            Commitment::Reserved(Term::ThreeYears) => "reserved for 3y".to_owned(),
        }),
    ];
    if config.exclude.is_empty() {
        rows.push(row::<String>("exclude", None, None, "none", String::clone));
    }
    rows.extend(config.exclude.iter().map(|set| ("exclude".to_owned(), set.value.glob.clone(), place(set))));
    rows
}

/// The levels that are set anywhere. The strongest of several counts, and is the one shown.
fn levels(config: &Config, gate: &GateArguments, of_model: &IndexMap<String, (RuleLevel, String)>) -> Vec<Row> {
    let mut set: IndexMap<&str, (RuleLevel, String)> = IndexMap::default();
    for (rule, level) in &config.levels {
        set.insert(rule, (level.value, place(level)));
    }
    for (rule, (level, place)) in of_model {
        set.insert(rule, (*level, place.clone()));
    }
    for (rule, level) in &gate.findings.levels {
        set.insert(rule, (*level, COMMAND_LINE.to_owned()));
    }
    set.sort_unstable_keys();
    let word = |level: RuleLevel| Level::of(level).map_or("off", Level::word).to_owned();
    let others = if set.is_empty() { "of every rule" } else { "of other rules" };
    set.iter()
        .map(|(rule, (level, place))| (format!("levels.{rule}"), word(*level), place.clone()))
        .chain([("levels".to_owned(), others.to_owned(), DEFAULT.to_owned())])
        .collect()
}

/// The model's own levels, with their places.
fn model_levels(file: &Path) -> Result<IndexMap<String, (RuleLevel, String)>, CommandError> {
    let (source, model) = inputs::one_model(&[file.to_path_buf()], "keyplan config FILE")?;
    let Ok((_, tree)) = load(&source.text) else { return Ok(IndexMap::default()) };
    let locator = Locator::new(&tree);
    let place = |rule: &str| {
        let span = locator.key_span(&ModelPath::of(["lint", "levels", rule]));
        format!("{}:{}", source.name, source.lines.position(&source.text, span.start).0)
    };
    Ok(model.lint.levels.iter().map(|(rule, level)| (rule.clone(), (*level, place(rule)))).collect())
}

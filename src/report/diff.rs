//! What differs between two versions: for people, for a pull request, for programs.

mod headline;

use std::io::Write;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Written;
use crate::check::{CheckedFile, Located};
use crate::compare::{
    Amount, Comparison, Coverage, Fate, Findings, Heat, Kind, Pace, Step, Sum, Version, Warmth, Work,
};
use crate::cost::dollars;
use crate::units::{Count, Share};

/// The hidden line by which a pull request's comment is found again and updated.
pub const MARKER: &str = "<!-- keyplan-diff -->";

/// Two versions and what differs.
pub struct Difference<'a> {
    /// The old version, checked and calculated.
    pub old: (&'a CheckedFile, &'a Version<'a, 'a>),
    /// The new version.
    pub new: (&'a CheckedFile, &'a Version<'a, 'a>),
    /// What differs.
    pub comparison: Comparison,
    /// Findings that only one of them has.
    pub findings: Findings<'a>,
    /// How fast a migration writes.
    pub pace: Pace,
}

impl Difference<'_> {
    fn is_empty(&self) -> bool {
        self.comparison.is_empty() && self.findings.new.is_empty() && self.findings.fixed.is_empty()
    }
}

/// Writes the difference for people.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, width: usize, difference: &Difference<'_>) -> Written {
    if difference.is_empty() {
        return writeln!(out, "nothing differs");
    }
    let width = width.clamp(50, 110);
    if let Some(headline) = headline::headline(difference) {
        lines(out, width, "", &format!("{}: {headline}", difference.new.0.file.name))?;
        writeln!(out)?;
    }
    for section in sections(difference) {
        writeln!(out, "{}", section.title)?;
        for item in section.items {
            lines(out, width, "  - ", &item.text)?;
            for line in item.below {
                lines(out, width, "      ", &line)?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn lines(out: &mut dyn Write, width: usize, indent: &str, text: &str) -> Written {
    let next = " ".repeat(indent.len());
    let options = textwrap::Options::new(width).initial_indent(indent).subsequent_indent(&next);
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// Writes the difference as a pull request's comment; nothing where nothing differs.
///
/// # Errors
/// When writing fails.
pub fn write_markdown(out: &mut dyn Write, difference: &Difference<'_>) -> Written {
    if difference.is_empty() {
        return Ok(());
    }
    writeln!(out, "{MARKER}\n### keyplan: {}\n", escaped(&difference.new.0.file.name))?;
    if let Some(headline) = headline::headline(difference) {
        writeln!(out, "{}\n", escaped(&headline))?;
    }
    for section in sections(difference) {
        writeln!(out, "**{}**\n", section.title)?;
        for item in section.items {
            writeln!(out, "- {}", escaped(&item.text))?;
            for line in &item.below {
                let is_numbered = line.split_once(". ").is_some_and(|(n, _)| n.chars().all(|c| c.is_ascii_digit()));
                let mark = if is_numbered { "" } else { "- " };
                writeln!(out, "  {mark}{}", escaped(line))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Text that Markdown shows as it is; names in backquotes stay code.
fn escaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            all.push('`');
        }
        if index % 2 == 1 {
            all.push_str(part);
        } else {
            all.push_str(&part.replace('&', "&amp;").replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_"));
        }
    }
    all
}

struct Section {
    title: String,
    items: Vec<Item>,
}

struct Item {
    text: String,
    below: Vec<String>,
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self { text, below: Vec::new() }
    }
}

fn sections(difference: &Difference<'_>) -> Vec<Section> {
    let comparison = &difference.comparison;
    let mut all = Vec::new();
    let mut add = |title: &str, items: Vec<Item>| {
        if !items.is_empty() {
            all.push(Section { title: title.to_owned(), items });
        }
    };
    add("Access patterns", comparison.coverage.iter().map(|coverage| fate(coverage).into()).collect());
    add("New findings", difference.findings.new.iter().map(|found| finding(difference.new.0, found)).collect());
    add("Gone", difference.findings.fixed.iter().map(|found| finding(difference.old.0, found)).collect());
    add("Cost a month", comparison.costs.iter().map(|amount| cost(amount).into()).collect());
    add("Busiest key value", comparison.heat.iter().map(|warmth| warm(warmth).into()).collect());
    add("Migration", comparison.migration.iter().map(|step| migration(step, difference.pace)).collect());
    all
}

fn fate(coverage: &Coverage) -> String {
    let name = &coverage.pattern;
    match &coverage.fate {
        Fate::New(Some(path)) => format!("`{name}` is new, served by {path}"),
        Fate::New(None) => format!("`{name}` is new, and nothing serves it"),
        Fate::Gone => format!("`{name}` is gone"),
        Fate::Gained(path) => format!("`{name}` is now served, by {path}"),
        Fate::Lost(path) => format!("`{name}` is not served any more; it was by {path}"),
        Fate::Left(path) => format!("`{name}` is left open, or to another system; it was served by {path}"),
        Fate::Renamed(from) => format!("`{from}` is called `{name}`"),
        Fate::Moved { from, to } => format!("`{name}` goes from {from} to {to}"),
    }
}

fn finding(file: &CheckedFile, located: &Located) -> Item {
    let (line, _) = file.file.lines.position(&file.file.text, located.span.start);
    let finding = &located.finding;
    format!("{}[{}] line {line}: {}", finding.level.word(), finding.rule, crate::source::escaped(&finding.message))
        .into()
}

/// An amount; of what is not known completely, what is known.
fn amount(sum: Sum) -> String {
    match (sum.is_complete(), sum.usd.is_zero()) {
        (true, _) => format!("{} USD", dollars(sum.usd)),
        (false, true) => "not known".to_owned(),
        (false, false) => format!("at least {} USD", dollars(sum.usd)),
    }
}

fn cost(change: &Amount) -> String {
    let is_known = |sum: Option<Sum>| sum.is_some_and(|sum| sum.is_complete() || !sum.usd.is_zero());
    let by = match (change.change(), change.percent()) {
        _ if !is_known(change.before) || !is_known(change.after) => String::new(),
        (Some(by), percent) => {
            let percent = percent.map_or_else(String::new, |Share(share)| {
                let sign = if by.is_sign_negative() { "" } else { "+" };
                format!(", {sign}{}%", share.saturating_mul(Decimal::ONE_HUNDRED).round_dp(1).normalize())
            });
            format!(" ({}{percent})", by_usd(by))
        }
        (None, _) => {
            change.known_change().map_or_else(String::new, |by| format!(" (of what is known: {})", by_usd(by)))
        }
    };
    match (change.before, change.after) {
        (None, None) => format!("{}: not known", change.name),
        (None, Some(after)) => format!("{}: {}, and not there before", change.name, amount(after)),
        (Some(before), None) => format!("{}: gone; it was {}", change.name, amount(before)),
        (Some(before), Some(after)) => format!("{}: {} to {}{by}", change.name, amount(before), amount(after)),
    }
}

/// An amount that is more or less.
fn by_usd(by: Decimal) -> String {
    format!("{}{} USD", if by.is_sign_negative() { "" } else { "+" }, dollars(by))
}

fn warm(change: &Warmth) -> String {
    let shown = |heat: Option<Heat>| match heat {
        None => "nothing".to_owned(),
        Some(heat) if heat.is_complete => heat.share.to_string(),
        Some(heat) => format!("at least {}", heat.share),
    };
    format!("{}: {} to {} of what one value can take", change.name, shown(change.before), shown(change.after))
}

fn migration(step: &Step, pace: Pace) -> Item {
    let mut below = Vec::new();
    below.extend(step.why.as_ref().map(|why| format!("Why: {why}.")));
    below.extend(step.work.as_ref().map(|work| takes(step.kind, work, pace)));
    below.extend(step.steps.iter().enumerate().map(|(index, todo)| format!("{}. {}.", index + 1, sentence(todo))));
    Item { text: format!("{} ({})", step.title, step.kind.words()), below }
}

/// A text with a capital letter in front.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a step takes, in a sentence or two.
fn takes(kind: Kind, work: &Work, Pace(pace): Pace) -> String {
    let Some(effort) = work.effort else {
        return "How many items there are, or how large, is not known, so neither is what it takes.".to_owned();
    };
    let time = work
        .seconds
        .map_or_else(String::new, |seconds| format!(", {} at {} units a second", duration(seconds), Count(pace)));
    let what = match kind {
        Kind::NewIndex => "entries are written",
        Kind::DeleteItems => "items are deleted",
        _ => "items are written",
    };
    let scan = work.scan.map_or_else(String::new, |scan| match scan.units {
        Some(units) => {
            let about = units.round_sf(3).unwrap_or(units);
            format!(" A scan that finds them: about {} read units, {}.", Count(about), price(scan.usd))
        }
        None => " How much a scan reads that finds them is not known.".to_owned(),
    });
    format!(
        "{} {what}: {} write units, {}{time}.{scan}",
        Count(effort.items.round_dp(0)),
        Count(effort.units.round_dp(0)),
        price(work.usd)
    )
}

fn price(usd: Option<Decimal>) -> String {
    usd.map_or_else(|| "a price that is not known".to_owned(), |usd| format!("{} USD", dollars(usd)))
}

/// Seconds as people say them.
fn duration(seconds: Decimal) -> String {
    for (length, one, many) in [(86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes")] {
        let count = (seconds / Decimal::from(length)).round_dp(1).normalize();
        if count >= Decimal::ONE {
            return format!("{count} {}", if count == Decimal::ONE { one } else { many });
        }
    }
    "less than a minute".to_owned()
}

/// The difference as JSON.
pub fn to_json(difference: &Difference<'_>) -> Value {
    let comparison = &difference.comparison;
    let number = |number: Option<Decimal>| number.map(|n| n.normalize().to_string());
    let share = |share: Option<Share>| share.map(|Share(share)| share.normalize().to_string());
    let found = |file: &CheckedFile, located: &Located| {
        let (line, column) = file.file.lines.position(&file.file.text, located.span.start);
        json!({
            "rule": located.finding.rule,
            "level": located.finding.level.word(),
            "message": located.finding.message,
            "path": located.finding.place.path.to_string(),
            "line": line,
            "column": column,
        })
    };
    json!({
        "version": 1,
        "keyplan": env!("CARGO_PKG_VERSION"),
        "old": difference.old.0.file.name,
        "new": difference.new.0.file.name,
        "differs": !difference.is_empty(),
        "coverage": comparison.coverage.iter().map(|coverage| {
            let (fate, from, to) = match &coverage.fate {
                Fate::New(path) => ("new", None, path.clone()),
                Fate::Gone => ("gone", None, None),
                Fate::Gained(path) => ("gained", None, Some(path.clone())),
                Fate::Lost(path) => ("lost", Some(path.clone()), None),
                Fate::Left(path) => ("left", Some(path.clone()), None),
                Fate::Renamed(from) => ("renamed", Some(from.clone()), None),
                Fate::Moved { from, to } => ("moved", Some(from.clone()), Some(to.clone())),
            };
            json!({ "pattern": coverage.pattern, "fate": fate, "from": from, "to": to })
        }).collect::<Vec<_>>(),
        "findings": {
            "new": difference.findings.new.iter().map(|l| found(difference.new.0, l)).collect::<Vec<_>>(),
            "fixed": difference.findings.fixed.iter().map(|l| found(difference.old.0, l)).collect::<Vec<_>>(),
        },
        "costs": comparison.costs.iter().map(|amount| json!({
            "name": amount.name,
            "before": number(amount.before.map(|sum| sum.usd)),
            "after": number(amount.after.map(|sum| sum.usd)),
            "is_complete": amount.is_complete(),
            "change": number(amount.change()),
            "share": share(amount.percent()),
        })).collect::<Vec<_>>(),
        "heat": comparison.heat.iter().map(|warmth| json!({
            "name": warmth.name,
            "before": share(warmth.before.map(|heat| heat.share)),
            "after": share(warmth.after.map(|heat| heat.share)),
            "is_complete": warmth.before.iter().chain(&warmth.after).all(|heat| heat.is_complete),
        })).collect::<Vec<_>>(),
        "migration": comparison.migration.iter().map(|step| json!({
            "kind": step.kind.words(),
            "path": step.place.to_string(),
            "title": step.title,
            "why": step.why,
            "steps": step.steps,
            "items": number(step.work.and_then(|work| work.effort).map(|effort| effort.items)),
            "write_units": number(step.work.and_then(|work| work.effort).map(|effort| effort.units)),
            "usd": number(step.work.and_then(|work| work.usd)),
            "read_units": number(step.work.and_then(|work| work.scan).and_then(|scan| scan.units)),
            "read_usd": number(step.work.and_then(|work| work.scan).and_then(|scan| scan.usd)),
            "seconds": number(step.work.and_then(|work| work.seconds).map(|seconds| seconds.round_dp(1))),
        })).collect::<Vec<_>>(),
    })
}

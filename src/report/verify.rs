//! What came of a run on an engine, for people and for programs.

use std::io::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Written;
use super::load::number;
use crate::units::grouped;
use crate::verify::items::{Note, NoteKind};
use crate::verify::{Figure, PatternRun, TOLERANCE_PERCENT, Verdict, Verification};

/// A run with what it was made of.
#[derive(Debug)]
pub struct VerifyReport<'a> {
    /// The model's name.
    pub name: &'a str,
    /// What was done to the model's numbers.
    pub notes: &'a [Note],
    /// What the items were drawn with.
    pub seed: u64,
    /// What came of it.
    pub verification: &'a Verification,
}

/// Decimal places that are shown.
const PLACES: u32 = 2;

fn shown(value: Decimal) -> String {
    grouped(&value.round_dp(PLACES).normalize().to_string())
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(&count.to_string()), if count == 1 { one } else { many })
}

/// Writes a run for people, in so many columns.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, width: usize, report: &VerifyReport<'_>) -> Written {
    let run = report.verification;
    let items: usize = run.entities.iter().map(|(_, items)| items).sum();
    writeln!(
        out,
        "{}: {} on {}, with {} of seed {}",
        report.name,
        counted(run.patterns.len(), "pattern", "patterns"),
        run.engine.name(),
        counted(items, "item", "items"),
        report.seed
    )?;
    let not_run = run.patterns.iter().filter(|pattern| pattern.not_run.is_some()).count();
    let sums = [
        counted(run.count(Verdict::Agrees), "agrees", "agree"),
        format!("{} where the engine is known to differ", run.count(Verdict::EngineDiffers)),
        counted(run.count(Verdict::Differs), "differs", "differ"),
        format!("{not_run} not run"),
    ];
    writeln!(out, "{}\n", sums.join(", "))?;
    let ran = || run.patterns.iter().filter(|pattern| pattern.not_run.is_none());
    if ran().next().is_some() {
        writeln!(out, "{}\n", table(ran(), width))?;
    }
    for (head, verdict) in
        [("Differs", Verdict::Differs), ("The engine differs, as it is known to", Verdict::EngineDiffers)]
    {
        let lines: Vec<String> = ran().flat_map(|pattern| explained(pattern, verdict)).collect();
        section(out, width, head, &lines)?;
    }
    section(out, width, "The engine refuses", &run.refused)?;
    section(out, width, "Items that overwrite each other", &run.collisions)?;
    let remarks = ran().filter(|pattern| pattern.verdict != Verdict::Differs || !pattern.figures.is_empty());
    let remarks: Vec<String> = remarks
        .flat_map(|pattern| pattern.remarks.iter().map(|remark| format!("{}: {remark}", pattern.name)))
        .collect();
    section(out, width, "Remarks", &remarks)?;
    let left: Vec<String> =
        run.patterns.iter().filter_map(|p| Some(format!("{}: {}", p.name, p.not_run.as_ref()?))).collect();
    section(out, width, "Not run", &left)?;
    let notes = report.notes.iter().filter(|note| note.kind != NoteKind::Scaled);
    section(out, width, "About the items", &notes.map(|note| note.message.clone()).collect::<Vec<_>>())?;
    let key = format!(
        "plan: an average call of the scaled model; items: what the very items of the calls consume by the service's \
         rules; engine: what it reported. The engine is held against the items exactly, the items against the plan \
         within {TOLERANCE_PERCENT} %."
    );
    textwrap::wrap(&key, width.clamp(40, 110)).iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn explained(pattern: &PatternRun, verdict: Verdict) -> Vec<String> {
    let figures = pattern.figures.iter().filter(|figure| figure.verdict == verdict);
    let mut lines: Vec<String> =
        figures.map(|figure| format!("{}, {}: {}", pattern.name, figure.what, figure.why.join("; "))).collect();
    if pattern.verdict == verdict && pattern.figures.is_empty() {
        lines.extend(pattern.remarks.iter().map(|remark| format!("{}: {remark}", pattern.name)));
    }
    lines
}

fn section(out: &mut dyn Write, width: usize, head: &str, lines: &[String]) -> Written {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "{head}")?;
    let options = || textwrap::Options::new(width.clamp(40, 110)).initial_indent("  - ").subsequent_indent("    ");
    for line in lines {
        textwrap::wrap(line, options()).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    writeln!(out)
}

fn table<'p>(patterns: impl Iterator<Item = &'p PatternRun>, width: usize) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY).set_header(["pattern", "plan", "items", "engine", ""]);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.clamp(60, 120)).unwrap_or(80));
    for pattern in patterns {
        table.add_row([
            pattern.name.clone(),
            String::new(),
            String::new(),
            String::new(),
            pattern.verdict.word().to_owned(),
        ]);
        for figure in &pattern.figures {
            let mark = if figure.verdict == Verdict::Agrees { "" } else { figure.verdict.word() };
            let known = |value: Option<Decimal>| value.map_or_else(|| "?".to_owned(), shown);
            table.add_row([
                format!("  {}", figure.what),
                known(figure.planned),
                known(figure.by_items),
                shown(figure.seen),
                mark.to_owned(),
            ]);
        }
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 1 } else { 0 }, 1));
        if (1..4).contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agrees => "agrees",
        Verdict::EngineDiffers => "engine_differs",
        Verdict::Differs => "differs",
    }
}

/// A run as JSON.
pub fn to_json(report: &VerifyReport<'_>) -> Value {
    let run = report.verification;
    let figure = |figure: &Figure| {
        json!({
            "what": figure.what,
            "plan": figure.planned.map(number),
            "items": figure.by_items.map(number),
            "engine": number(figure.seen),
            "verdict": code(figure.verdict),
            "why": figure.why,
        })
    };
    let pattern = |pattern: &PatternRun| {
        json!({
            "pattern": pattern.name,
            "not_run": pattern.not_run,
            "verdict": if pattern.not_run.is_some() { None } else { Some(code(pattern.verdict)) },
            "calls": pattern.calls,
            "cases": pattern.cases.iter().map(|(case, weight)| json!({ "case": case, "weight": number(*weight) })).collect::<Vec<_>>(),
            "figures": pattern.figures.iter().map(figure).collect::<Vec<_>>(),
            "remarks": pattern.remarks,
        })
    };
    json!({
        "version": 1,
        "keyplan": env!("CARGO_PKG_VERSION"),
        "engine": run.engine.name(),
        "seed": report.seed,
        "agrees": run.agrees(),
        "items": run.entities.iter().map(|(entity, items)| (entity.clone(), json!(items))).collect::<serde_json::Map<_, _>>(),
        "notes": report.notes.iter().map(|note| &note.message).collect::<Vec<_>>(),
        "refused": run.refused,
        "collisions": run.collisions,
        "patterns": run.patterns.iter().map(pattern).collect::<Vec<_>>(),
    })
}

//! For people at a terminal: each finding with its places, why it matters and what to do.

use std::io::Write;

use super::snippet::{Snippet, draw, draw_place};
use super::{Totals, Written};
use crate::check::{CheckedFile, Located};
use crate::cost::dollars;
use crate::lint::Level;
use crate::source::{Problem, escaped, escaped_lines};

/// How the report looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
}

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, files: &[CheckedFile], style: Style) -> Written {
    for file in files {
        for problem in &file.problems {
            write_problem(out, file, problem, style)?;
        }
        for located in &file.findings {
            write_finding(out, file, located, style)?;
        }
    }
    summary(out, files)
}

fn write_problem(out: &mut dyn Write, file: &CheckedFile, problem: &Problem, style: Style) -> Written {
    let snippet = Snippet {
        file: &file.file,
        level: Level::Error,
        code: "unreadable",
        message: &escaped(&problem.message),
        labels: vec![(problem.span, escaped(&problem.label))],
    };
    write!(out, "{}", draw(&snippet, style.color, style.width))?;
    if let Some(help) = &problem.help {
        paragraph(out, "do", help, style)?;
    }
    writeln!(out)
}

fn write_finding(out: &mut dyn Write, file: &CheckedFile, located: &Located, style: Style) -> Written {
    let finding = &located.finding;
    let mut labels = vec![(located.span, escaped(&finding.label))];
    labels.extend(located.related.iter().map(|(span, label)| (*span, escaped(label))));
    let snippet = Snippet {
        file: &file.file,
        level: finding.level,
        code: finding.rule,
        message: &escaped(&finding.message),
        labels,
    };
    write!(out, "{}", draw(&snippet, style.color, style.width))?;
    for elsewhere in &located.elsewhere {
        let Some(file) = elsewhere.file() else { continue };
        let labels = vec![(elsewhere.origin.span, escaped(&elsewhere.label))];
        let snippet = Snippet { file, level: finding.level, code: finding.rule, message: "", labels };
        write!(out, "{}", draw_place(&snippet, style.color, style.width))?;
    }
    if let Some(why) = &finding.why {
        paragraph(out, "why", why, style)?;
    }
    if let Some(help) = &finding.help {
        paragraph(out, "do", help, style)?;
    }
    writeln!(out)
}

/// Wraps a text under its heading. Lines that begin with a space are kept as they are, so that
/// they can be pasted.
fn paragraph(out: &mut dyn Write, heading: &str, text: &str, style: Style) -> Written {
    let heading = format!("{heading}:");
    let (bold, plain) = if style.color { ("\u{1b}[36m", "\u{1b}[0m") } else { ("", "") };
    let mut first = format!("  {bold}{heading:<4}{plain} ");
    for line in escaped_lines(text).lines() {
        if line.starts_with(' ') {
            writeln!(out, "{first}{line}")?;
        } else {
            let indent = if line.starts_with("- ") { "  " } else { "" };
            for (index, wrapped) in textwrap::wrap(line, style.width.clamp(50, 100) - 7).iter().enumerate() {
                let hang = if index == 0 { "" } else { indent };
                writeln!(out, "{first}{hang}{wrapped}")?;
                first = " ".repeat(7);
            }
        }
        first = " ".repeat(7);
    }
    Ok(())
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn summary(out: &mut dyn Write, files: &[CheckedFile]) -> Written {
    let totals = Totals::of(files);
    let judged: Vec<bool> =
        files.iter().flat_map(|file| &file.patterns).filter_map(|pattern| pattern.is_served).collect();
    let served = judged.iter().filter(|served| **served).count();
    let mut parts = Vec::new();
    if totals.unreadable > 0 {
        parts.push(counted(totals.unreadable, "file could not be read", "files could not be read"));
    }
    if totals.unreadable < files.len() {
        let what = if judged.len() == 1 { "access pattern" } else { "access patterns" };
        parts.push(format!("{served} of {} {what} served", judged.len()));
        for (count, one, many) in [
            (totals.errors, "error", "errors"),
            (totals.warnings, "warning", "warnings"),
            (totals.advice, "piece of advice", "pieces of advice"),
        ] {
            if count > 0 {
                parts.push(counted(count, one, many));
            }
        }
        if totals.errors + totals.warnings + totals.advice == 0 {
            let new = if totals.in_baseline + totals.before > 0 { "new " } else { "" };
            parts.push(format!("nothing {new}found"));
        }
        if totals.accepted > 0 {
            parts.push(format!("{} accepted", totals.accepted));
        }
        if totals.in_baseline > 0 {
            parts.push(format!("{} in the baseline", totals.in_baseline));
        }
        if totals.before > 0 {
            parts.push(format!("{} there before", totals.before));
        }
        if let [CheckedFile { cost: Some(cost), .. }] = files
            && !cost.usd_per_month.is_zero()
        {
            let at_least = if cost.unknown > 0 { "at least " } else { "" };
            parts.push(format!("{at_least}{} USD a month in {}", dollars(cost.usd_per_month), cost.region));
        }
    }
    let scope = match files {
        [one] => escaped(&one.file.name),
        many => format!("{} files", many.len()),
    };
    writeln!(out, "{scope}: {}", parts.join(", "))
}

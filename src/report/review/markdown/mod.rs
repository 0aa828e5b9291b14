//! The report as Markdown, with the drawing as Mermaid.

mod cost;
mod design;
mod escape;
mod table;

use super::words::counted;
use super::{Review, matrix, total};
use crate::check::Located;
use crate::lint::Level;
use crate::report::review::html::prose::{Block, blocks};
use escape::{code, text};

/// Writes the report.
pub fn markdown(review: &Review<'_, '_>) -> String {
    let rows = matrix::rows(review);
    let mut out = String::new();
    let mut part = |text: String| {
        out.push_str(text.trim_end());
        out.push_str("\n\n");
    };
    part(format!("# Design review: {}", text(review.title())));
    part(format!("**{}**", review.verdict()));
    part(summary(review));
    part(findings(review));
    part(design::patterns(review, &rows));
    part(design::collections(review));
    part(design::drawing(review, &rows));
    part(cost::heat(review));
    part(cost::sums(review));
    part(cost::alternatives(review));
    part(cost::growth(review));
    part(cost::basis(review));
    part(format!("Written by keyplan {} from {}.", env!("CARGO_PKG_VERSION"), code(&review.checked.file.name)));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn summary(review: &Review<'_, '_>) -> String {
    let (served, judged) = review.coverage();
    let count = |level| review.checked.count(level);
    let mut lines = vec![format!("- {served} of {judged} access patterns served")];
    lines.push(format!(
        "- {}, {}, {} of advice",
        counted(count(Level::Error), "error", "errors"),
        counted(count(Level::Warning), "warning", "warnings"),
        counted(count(Level::Advice), "piece", "pieces"),
    ));
    if let Some(costing) = review.own().map(|stop| &stop.costing) {
        let region = costing.figures.bill.region;
        lines.push(format!(
            "- Cost: {} a month in {region}, prices of {}, {} × the traffic of the model",
            total(costing),
            costing.seen(),
            costing.scale.normalize()
        ));
    }
    lines.join("\n")
}

fn findings(review: &Review<'_, '_>) -> String {
    let mut out = String::from("## Findings\n\n");
    if review.checked.findings.is_empty() {
        out.push_str("Nothing was found.\n\n");
    }
    for (level, name) in [(Level::Error, "Errors"), (Level::Warning, "Warnings"), (Level::Advice, "Advice")] {
        let own: Vec<&Located> = review.checked.findings.iter().filter(|l| l.finding.level == level).collect();
        if own.is_empty() {
            continue;
        }
        out.push_str(&format!("### {name} ({})\n\n", own.len()));
        for located in own {
            out.push_str(&finding(review, located));
        }
    }
    let accepted = &review.checked.suppressed;
    if !accepted.is_empty() {
        out.push_str("### Accepted\n\n");
        for accepted in accepted {
            let finding = &accepted.located.finding;
            let reason = if accepted.reason.trim().is_empty() { "no reason given" } else { &accepted.reason };
            let place = review.place(accepted.located.span.start);
            out.push_str(&format!(
                "- {} {} ({}): {}\n",
                code(finding.rule),
                prose(&finding.message),
                text(&place),
                text(reason)
            ));
        }
    }
    out
}

fn finding(review: &Review<'_, '_>, located: &Located) -> String {
    let finding = &located.finding;
    let mut out = format!(
        "- **{}** {} – {}\n",
        prose(&finding.message),
        code(finding.rule),
        text(&review.place(located.span.start))
    );
    for (name, words) in [("Why", &finding.why), ("Do", &finding.help)] {
        let Some(words) = words else { continue };
        let mut name = Some(name);
        for block in blocks(words) {
            let head = name.take().map_or_else(String::new, |name| format!("*{name}:* "));
            match block {
                Block::Line(line) => out.push_str(&format!("\n  {head}{}\n", prose(&line))),
                Block::List(entries) => {
                    out.push('\n');
                    for entry in entries {
                        out.push_str(&format!("  - {}\n", prose(&entry)));
                    }
                }
                Block::Code(block) => out.push_str(&escape::fenced(&block, "yaml", "  ")),
            }
        }
    }
    let related: Vec<String> = located
        .related
        .iter()
        .map(|(span, label)| {
            let about = if label.is_empty() { String::new() } else { format!(" ({})", prose(label)) };
            format!("{}{about}", text(&review.place(span.start)))
        })
        .collect();
    if !related.is_empty() {
        out.push_str(&format!("\n  See also {}\n", related.join("; ")));
    }
    out.push('\n');
    out
}

/// A sentence, with names between backticks as code.
pub(super) fn prose(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(sentence);
    }
    let shown = parts.iter().enumerate().map(|(index, part)| if index % 2 == 1 { code(part) } else { text(part) });
    shown.collect()
}

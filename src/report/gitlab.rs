//! GitLab code quality: findings beside the changed lines of a merge request.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::io::Write;

use serde_json::{Value, json};

use super::Written;
use crate::check::CheckedFile;
use crate::gate::{Fingerprint, fingerprints};
use crate::lint::Level;
use crate::source::Span;

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, files: &[CheckedFile]) -> Written {
    let mut issues = Vec::new();
    for file in files {
        let name = file.file.portable_name();
        for (index, problem) in file.problems.iter().enumerate() {
            let parts = [Some(&problem.message), problem.help.as_ref()];
            let fingerprint = Fingerprint::of_words(&["unreadable", &problem.message]).within(&name, index);
            issues.push(issue(file, ("unreadable", "blocker"), &parts, problem.span, fingerprint));
        }
        for (located, (fingerprint, occurrence)) in file.findings.iter().zip(fingerprints(file)) {
            let finding = &located.finding;
            let severity = match finding.level {
                Level::Error => "critical",
                Level::Warning => "major",
                Level::Advice => "info",
            };
            let parts = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
            let fingerprint = fingerprint.within(&name, occurrence);
            issues.push(issue(file, (finding.rule, severity), &parts, located.span, fingerprint));
        }
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue(
    file: &CheckedFile,
    (rule, severity): (&str, &str),
    parts: &[Option<&String>],
    span: Span,
    fingerprint: Fingerprint,
) -> Value {
    let line = |offset| file.file.lines.position(&file.file.text, offset).0;
    let text: Vec<&str> = parts.iter().flatten().map(|part| part.as_str()).collect();
    json!({
        "description": text.join("\n\n"),
        "check_name": rule,
        "fingerprint": fingerprint.to_string(),
        "severity": severity,
        "location": {
            "path": file.file.portable_name(),
            "lines": { "begin": line(span.start), "end": line(span.end.max(span.start)) },
        },
    })
}

//! JUnit XML, for build servers that show tests: one suite for each file, one case for each finding.
//!
//! A finding below the level that makes the check fail is a case that passes, with its text as
//! output. A file without findings is one case that passes.

use std::io::Write;

use super::Written;
use crate::check::{CheckedFile, Located};
use crate::source::Span;

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, files: &[CheckedFile]) -> Written {
    let sum = |count: fn(&CheckedFile) -> usize| files.iter().map(count).sum::<usize>();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="keyplan" tests="{}" failures="{}" errors="{}" time="0">"#,
        sum(cases),
        sum(failures),
        sum(|file| file.problems.len())
    )?;
    for file in files {
        suite(out, file)?;
    }
    writeln!(out, "</testsuites>")
}

/// How many cases a file has.
fn cases(file: &CheckedFile) -> usize {
    (file.findings.len() + file.problems.len()).max(1)
}

fn fails(file: &CheckedFile, located: &Located) -> bool {
    file.fails_at.is_some_and(|level| located.finding.level >= level)
}

fn failures(file: &CheckedFile) -> usize {
    file.findings.iter().filter(|located| fails(file, located)).count()
}

fn suite(out: &mut dyn Write, file: &CheckedFile) -> Written {
    let name = escaped(&file.file.portable_name());
    writeln!(
        out,
        r#"  <testsuite name="{name}" tests="{}" failures="{}" errors="{}" skipped="0" time="0">"#,
        cases(file),
        failures(file),
        file.problems.len()
    )?;
    for problem in &file.problems {
        let text = [Some(&problem.message), problem.help.as_ref()];
        let body = body(file, problem.span, &text);
        let message = escaped(&problem.message);
        case(out, &name, "unreadable", &format!(r#"<error type="unreadable" message="{message}">{body}</error>"#))?;
    }
    for located in &file.findings {
        let finding = &located.finding;
        let path = finding.place.path.to_string();
        let title = if path.is_empty() { finding.rule.to_owned() } else { format!("{} {path}", finding.rule) };
        let text = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
        let body = body(file, located.span, &text);
        let outcome = if fails(file, located) {
            let message = escaped(&finding.message);
            format!(r#"<failure type="{}" message="{message}">{body}</failure>"#, finding.rule)
        } else {
            format!("<system-out>{body}</system-out>")
        };
        case(out, &name, &title, &outcome)?;
    }
    if file.findings.is_empty() && file.problems.is_empty() {
        writeln!(out, r#"    <testcase classname="{name}" name="check" time="0"/>"#)?;
    }
    writeln!(out, "  </testsuite>")
}

fn case(out: &mut dyn Write, file: &str, title: &str, outcome: &str) -> Written {
    writeln!(out, r#"    <testcase classname="{file}" name="{}" time="0">"#, escaped(title))?;
    writeln!(out, "      {outcome}")?;
    writeln!(out, "    </testcase>")
}

/// The place and the whole text of a finding.
fn body(file: &CheckedFile, span: Span, parts: &[Option<&String>]) -> String {
    let (line, column) = file.file.lines.position(&file.file.text, span.start);
    let mut text = format!("{}:{line}:{column}", file.file.portable_name());
    for part in parts.iter().flatten() {
        text.push('\n');
        text.push_str(part);
    }
    // Line feeds may stand in an element's text as they are.
    escaped(&text).replace("&#10;", "\n")
}

/// A text for an attribute or an element: what is special in XML is escaped, and what XML cannot
/// hold at all, such as most control characters, is replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            '\r' => safe.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c if c < ' ' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

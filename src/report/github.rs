//! GitHub annotations: workflow commands that mark lines of a pull request.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::io::Write;

use super::Written;
use crate::check::CheckedFile;
use crate::lint::Level;
use crate::source::{Span, escaped, escaped_lines};

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, files: &[CheckedFile]) -> Written {
    for file in files {
        for problem in &file.problems {
            let mut text = problem.message.clone();
            if let Some(help) = &problem.help {
                text.push_str("\n\n");
                text.push_str(help);
            }
            command(out, file, "error", "unreadable", problem.span, &text)?;
        }
        for located in &file.findings {
            let finding = &located.finding;
            let kind = match finding.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Advice => "notice",
            };
            let parts = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
            let text: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            command(out, file, kind, finding.rule, located.span, &text.join("\n\n"))?;
        }
    }
    Ok(())
}

fn command(out: &mut dyn Write, file: &CheckedFile, kind: &str, rule: &str, span: Span, text: &str) -> Written {
    let (line, column) = file.file.lines.position(&file.file.text, span.start);
    let (end_line, end_column) = file.file.lines.position(&file.file.text, span.end.max(span.start));
    let name = property(&escaped(&file.file.name));
    // GitHub takes columns only where the annotation stays on one line.
    let place = if end_line == line {
        format!("line={line},col={column},endColumn={}", end_column.max(column + 1))
    } else {
        format!("line={line},endLine={end_line}")
    };
    writeln!(out, "::{kind} file={name},{place},title=keyplan {rule}::{}", data(&escaped_lines(text)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

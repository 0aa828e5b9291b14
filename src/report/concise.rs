//! One line for each finding: `file:line:column: level[rule]: message`.

use std::io::Write;

use super::Written;
use crate::check::CheckedFile;
use crate::source::escaped;

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, files: &[CheckedFile]) -> Written {
    for file in files {
        let position = |offset| file.file.lines.position(&file.file.text, offset);
        let name = escaped(&file.file.name);
        for problem in &file.problems {
            let (line, column) = position(problem.span.start);
            writeln!(out, "{name}:{line}:{column}: error[unreadable]: {}", escaped(&problem.message))?;
        }
        for located in &file.findings {
            let (line, column) = position(located.span.start);
            let finding = &located.finding;
            writeln!(
                out,
                "{name}:{line}:{column}: {}[{}]: {}",
                finding.level.word(),
                finding.rule,
                escaped(&finding.message)
            )?;
        }
    }
    Ok(())
}

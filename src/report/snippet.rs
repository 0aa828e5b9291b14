//! Source snippets through miette, over an index of lines.
//!
//! miette's own sources look for lines from the start of the text for every label; a thousand
//! findings on 1 MB would take seconds. This one knows where lines start.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity,
    SourceCode, SourceSpan, SpanContents,
};

use crate::lint::Level;
use crate::source::{SourceFile, Span, escaped};

/// A longer line than this is shown without its rest.
const LONGEST_LINE: usize = 300;

struct Indexed<'f>(&'f SourceFile);

impl SourceCode for Indexed<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (text, lines) = (self.0.shown(), &self.0.lines);
        let start = span.offset().min(text.len());
        let end = start.saturating_add(span.len()).min(text.len());
        let first = lines.line_of(start).saturating_sub(before);
        let last = (lines.line_of(end.saturating_sub(1).max(start)) + after).min(lines.len().saturating_sub(1));
        let from = lines.start_of(first, text);
        let to = lines.start_of(last + 1, text).max(end);
        let data = text.as_bytes().get(from..to).ok_or(MietteError::OutOfBounds)?;
        let column = if before == 0 { lines.position(text, start).1.saturating_sub(1) } else { 0 };
        let covered = SourceSpan::from((from, to - from));
        Ok(Box::new(MietteSpanContents::new_named(
            escaped(&self.0.name),
            data,
            covered,
            first,
            column,
            last - first + 1,
        )))
    }
}

/// What a snippet shows.
pub(super) struct Snippet<'f> {
    pub file: &'f SourceFile,
    pub level: Level,
    pub code: &'f str,
    pub message: &'f str,
    /// The main place first.
    pub labels: Vec<(Span, String)>,
}

impl fmt::Debug for Snippet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl fmt::Display for Snippet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Snippet<'_> {}

struct WithSource<'s, 'f>(&'s Snippet<'f>, Indexed<'f>);

impl fmt::Debug for WithSource<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for WithSource<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl std::error::Error for WithSource<'_, '_> {}

impl Diagnostic for WithSource<'_, '_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{}[{}]", self.0.level.word(), self.0.code)))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.0.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Advice => Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.1)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let text = &self.0.file.text;
        Some(Box::new(self.0.labels.iter().enumerate().map(move |(index, (span, label))| {
            let (start, length) = clamped(text, *span);
            let label = (!label.is_empty()).then(|| label.clone());
            if index == 0 {
                LabeledSpan::new_primary_with_span(label, (start, length))
            } else {
                LabeledSpan::new_with_span(label, (start, length))
            }
        })))
    }
}

/// A span as miette can draw it: inside the text, on one line, and not empty (a place past the end
/// would panic the renderer).
fn clamped(text: &str, span: Span) -> (usize, usize) {
    let mut start = span.start.min(text.len());
    while start > 0 && !text.is_char_boundary(start) {
        start -= 1;
    }
    if start == text.len() {
        // The last character that is there to be marked.
        start = text.char_indices().rev().find(|(_, c)| *c != '\n').map_or(0, |(at, _)| at);
    }
    let rest = text.get(start..).unwrap_or("");
    let line = rest.find('\n').unwrap_or(rest.len());
    let wanted = span.end.min(text.len()).saturating_sub(start).min(line).min(LONGEST_LINE);
    let mut length = wanted.max(rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8));
    while !text.is_char_boundary(start + length) {
        length += 1;
    }
    (start, length)
}

/// Draws a snippet.
pub(super) fn draw(snippet: &Snippet<'_>, color: bool, width: usize) -> String {
    let long_line = snippet.labels.iter().any(|(span, _)| {
        let line = snippet.file.lines.line_of(span.start);
        let start = snippet.file.lines.start_of(line, &snippet.file.text);
        snippet.file.lines.start_of(line + 1, &snippet.file.text) - start > LONGEST_LINE
    });
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_links(false).with_width(width.max(40)).with_context_lines(0);
    let mut out = String::new();
    let drawn = WithSource(snippet, Indexed(snippet.file));
    if long_line || handler.render_report(&mut out, &drawn).is_err() {
        let at = snippet.labels.first().map_or(0, |(span, _)| span.start);
        let (line, column) = snippet.file.lines.position(&snippet.file.text, at);
        let level = snippet.level.word();
        return format!(
            "{level}[{}]: {}\n  {}:{line}:{column}\n",
            snippet.code,
            snippet.message,
            escaped(&snippet.file.name)
        );
    }
    out
}

/// Draws only the marked place of a snippet, without its heading.
pub(super) fn draw_place(snippet: &Snippet<'_>, color: bool, width: usize) -> String {
    let drawn = draw(snippet, color, width);
    match drawn.find('╭').and_then(|frame| drawn.get(..frame)?.rfind('\n')) {
        Some(start) => drawn.get(start + 1..).unwrap_or_default().to_owned(),
        // Too long a line is only named, under the heading.
        None => drawn.lines().skip(1).map(|line| format!("{line}\n")).collect(),
    }
}

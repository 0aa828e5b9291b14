//! How output looks: colours and width.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

use crate::report::human::Style;
use crate::source::escaped_lines;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set; also where `FORCE_COLOR` is.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Whom an output of two forms is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Readers {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Columns where the terminal does not say.
const USUAL_WIDTH: usize = 100;

/// The style of a report on standard output.
pub(super) fn style(color: Color) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if set("FORCE_COLOR") => true,
        Color::Auto => std::io::stdout().is_terminal(),
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let width = columns.or_else(terminal_width).unwrap_or(USUAL_WIDTH);
    Style { color, width }
}

fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

/// Output for people that has no colours of its own: what would steer a terminal comes from a file,
/// and is written out. Programs get it as their format escapes it.
pub(super) struct Plain<W>(pub(super) W);

impl<W: Write> Write for Plain<W> {
    /// Takes whole texts, as `write!` hands them over.
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.write_all(escaped_lines(&String::from_utf8_lossy(text)).as_bytes())?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Standard error, for what is said aside.
pub(super) fn aside() -> Plain<io::Stderr> {
    Plain(io::stderr())
}

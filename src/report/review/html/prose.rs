//! Sentences of findings: names between backticks, lists, and blocks to paste.

use maud::{Markup, html};

/// A sentence, with names between backticks as code.
pub(super) fn line(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without a partner is a character like any other.
    let is_paired = parts.len() % 2 == 1;
    html! {
        @if is_paired {
            @for (index, part) in parts.iter().enumerate() {
                @if index % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else { (text) }
    }
}

/// Several lines: indented ones are blocks, those that begin with a dash are lists.
pub(super) fn lines(text: &str) -> Markup {
    html! {
        @for block in blocks(text) {
            @match block {
                Block::Line(text) => p { (line(&text)) },
                Block::List(entries) => ul { @for entry in entries { li { (line(&entry)) } } },
                Block::Code(text) => pre tabindex="0" { (text) },
            }
        }
    }
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Block {
    Line(String),
    List(Vec<String>),
    Code(String),
}

/// Takes a text of several lines apart.
pub(in super::super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for text in text.lines() {
        if let Some(entry) = text.strip_prefix("- ") {
            match blocks.last_mut() {
                Some(Block::List(entries)) => entries.push(entry.to_owned()),
                _ => blocks.push(Block::List(vec![entry.to_owned()])),
            }
        } else if text.starts_with("  ") {
            match blocks.last_mut() {
                Some(Block::Code(code)) => {
                    code.push('\n');
                    code.push_str(text.strip_prefix("  ").unwrap_or(text));
                }
                _ => blocks.push(Block::Code(text.strip_prefix("  ").unwrap_or(text).to_owned())),
            }
        } else if !text.trim().is_empty() {
            blocks.push(Block::Line(text.to_owned()));
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_apart() {
        assert_eq!(
            blocks("why\n- a\n- b\n  x:\n    y: 1\nend"),
            vec![
                Block::Line("why".to_owned()),
                Block::List(vec!["a".to_owned(), "b".to_owned()]),
                Block::Code("x:\n  y: 1".to_owned()),
                Block::Line("end".to_owned()),
            ]
        );
    }

    #[test]
    fn names_are_code_and_inert() {
        assert_eq!(line("`<b>` & more").into_string(), "<code>&lt;b&gt;</code> &amp; more");
        assert_eq!(line("a ` b").into_string(), "a ` b");
    }
}

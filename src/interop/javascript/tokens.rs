//! The words and signs of a JavaScript text.

use crate::source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name or a keyword.
    Name,
    /// A number.
    Number,
    /// A string in quotes, with them.
    Text,
    /// A string in backticks, with them.
    Template,
    /// A regular expression.
    Pattern,
    /// Anything else.
    Sign,
}

/// A token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where it stands.
    pub(super) span: Span,
}

/// Splits a text; comments and white space are left out. Any text has tokens: what is no
/// JavaScript is read as signs.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        let next = |offset: usize| at.saturating_add(offset.max(first.len_utf8())).min(text.len());
        if first.is_whitespace() {
            at = next(1);
            continue;
        }
        if rest.starts_with("//") {
            at = next(rest.find('\n').unwrap_or(rest.len()));
            continue;
        }
        if rest.starts_with("/*") {
            at = next(rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4));
            continue;
        }
        let (kind, length) = match first {
            '"' | '\'' => (TokenKind::Text, quoted(rest, first)),
            '`' => (TokenKind::Template, template(rest)),
            '0'..='9' => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
                (TokenKind::Number, rest.find(|c| !is_part(c)).unwrap_or(rest.len()))
            }
            '/' if pattern_may_stand(text, tokens.last()) => match pattern(rest) {
                Some(length) => (TokenKind::Pattern, length),
                None => (TokenKind::Sign, 1),
            },
            c if is_name(c) || c == '#' => {
                (TokenKind::Name, rest.find(|c| !is_name(c) && c != '#').unwrap_or(rest.len()))
            }
            _ if rest.starts_with("...") => (TokenKind::Sign, 3),
            _ if ["=>", "==", "&&", "||", "??", "?."].iter().any(|sign| rest.starts_with(sign)) => (TokenKind::Sign, 2),
            other => (TokenKind::Sign, other.len_utf8()),
        };
        let end = next(length);
        tokens.push(Token { kind, span: Span { start: at, end } });
        at = end;
    }
    tokens
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a string in quotes; it ends at the end of the line at the latest.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return at,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// The length of a string in backticks, with the code in its braces.
fn template(rest: &str) -> usize {
    let mut escaped = false;
    let mut braces = 0_usize;
    let mut before = ' ';
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' if before == '$' || braces > 0 => braces += 1,
            '}' if braces > 0 => braces -= 1,
            '`' if braces == 0 => return at + 1,
            _ => {}
        }
        before = c;
    }
    rest.len()
}

/// Whether a slash begins a regular expression: it does where no value ends before it.
fn pattern_may_stand(text: &str, before: Option<&Token>) -> bool {
    let Some(token) = before else { return true };
    let word = text.get(token.span.start..token.span.end).unwrap_or_default();
    match token.kind {
        TokenKind::Name => matches!(word, "return" | "typeof" | "case" | "in" | "of"),
        TokenKind::Sign => !matches!(word, ")" | "]" | "}"),
        _ => false,
    }
}

/// The length of a regular expression with its flags.
fn pattern(rest: &str) -> Option<usize> {
    let (mut escaped, mut in_class) = (false, false);
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => {
                let after = rest.get(at + 1..)?;
                let flags = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
                return Some(at + 1 + flags);
            }
            _ => {}
        }
    }
    None
}

/// The text of a string in quotes.
pub(super) fn unescape(quoted: &str) -> String {
    let mut chars = quoted.chars();
    let quote = chars.next();
    let inner = chars.as_str();
    let inner = quote.and_then(|quote| inner.strip_suffix(quote)).unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('\n') | None => {}
                Some(other) => text.push(other),
            },
            other => text.push(other),
        }
    }
    text
}

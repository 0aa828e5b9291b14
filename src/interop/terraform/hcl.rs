//! HCL as `terraform fmt` leaves it: two spaces for each level, and the `=` of neighbours aligned.
//!
//! <https://developer.hashicorp.com/terraform/language/style>

use std::fmt::Write as _;

/// A text of HCL that grows.
#[derive(Debug, Default)]
pub(super) struct Hcl {
    out: String,
    depth: usize,
    /// The attributes since the last block, which are aligned with each other.
    pending: Vec<(String, String)>,
}

impl Hcl {
    /// Adds an attribute whose value is an expression.
    pub(super) fn set(&mut self, name: &str, expression: impl std::fmt::Display) {
        self.pending.push((name.to_owned(), expression.to_string()));
    }

    /// Adds an attribute that is there.
    pub(super) fn set_some(&mut self, name: &str, expression: Option<impl std::fmt::Display>) {
        if let Some(expression) = expression {
            self.set(name, expression);
        }
    }

    /// Adds a block, with an empty line before it unless it is the first thing within another.
    pub(super) fn block(&mut self, head: &str, body: impl FnOnce(&mut Self)) {
        self.flush();
        if !self.out.is_empty() && !self.out.ends_with("{\n") {
            self.out.push('\n');
        }
        let margin = "  ".repeat(self.depth);
        let _ = writeln!(self.out, "{margin}{head} {{");
        self.depth += 1;
        body(self);
        self.flush();
        self.depth -= 1;
        let _ = writeln!(self.out, "{margin}}}");
    }

    /// The text.
    pub(super) fn finish(mut self) -> String {
        self.flush();
        self.out
    }

    fn flush(&mut self) {
        // An attribute after a block stands apart from it.
        if !self.pending.is_empty() && self.out.ends_with("}\n") {
            self.out.push('\n');
        }
        let margin = "  ".repeat(self.depth);
        let width = self.pending.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, expression) in self.pending.drain(..) {
            let _ = writeln!(self.out, "{margin}{name:<width$} = {expression}");
        }
    }
}

/// A text as an expression, with nothing in it evaluated.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                quoted.push(c);
                quoted.push(c);
            }
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Texts as a list.
pub(super) fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
}

/// A name as a resource's label: letters, digits and `_`, not beginning with a digit.
pub(super) fn label(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    // `OrderItems` is `order_items`, and `GSI1` is `gsi1`.
    let mut words = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            words.push('_');
        }
        words.push(allowed(c));
        before = c;
    }
    if words.starts_with(|c: char| c.is_ascii_alphabetic()) { words } else { format!("table_{words}") }
}

//! Object literals in JavaScript and TypeScript files, as [`Node`]s, for tools whose models are
//! code. Nothing is run: literals, names of constants of the same file and plain template strings
//! are read; calls, functions and everything else is unknown, with what it is.

use crate::IndexMap;

use super::node::{Node, Origin, Value};
use crate::source::{Problem, SourceFile, Span};

mod tokens;

use tokens::{Token, TokenKind, tokens};

/// How deep literals may nest.
const MAX_DEPTH: usize = 64;

/// How many values one file may hold, names of constants read again at each use.
const MAX_VALUES: usize = 500_000;

/// How many words of code that is not read are passed over.
const MAX_PASSED: usize = 20_000_000;

/// Whether a file is named as such code is.
pub(super) fn is_script(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| {
        matches!(extension.as_str(), "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx")
    })
}

/// Reads the constants and exports of a file: a map by name, with `default` for the default
/// export and `module.exports`. `new Table({…})` is the map `{"new Table": […]}`.
///
/// # Errors
/// A literal that nests too deeply or holds too much.
pub(super) fn read_script(file: &SourceFile, index: usize) -> Result<Node, Vec<Problem>> {
    let tokens = tokens(&file.text);
    let mut reader = Reader {
        text: &file.text,
        tokens,
        at: 0,
        depth: 0,
        values: 0,
        passed: 0,
        file: index,
        constants: IndexMap::default(),
        too_much: None,
    };
    reader.statements();
    if let Some((message, span)) = reader.too_much {
        let help = None;
        return Err(vec![Problem { message, span, label: "here".to_owned(), help, replacement: None }]);
    }
    let origin = Origin { file: index, span: Span { start: 0, end: file.text.len() } };
    Ok(Node::new(Value::Map(reader.constants), origin))
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    values: usize,
    passed: usize,
    file: usize,
    constants: IndexMap<String, Node>,
    too_much: Option<(String, Span)>,
}

impl<'t> Reader<'t> {
    fn peek(&self, ahead: usize) -> Option<(TokenKind, &'t str)> {
        let token = self.tokens.get(self.at.saturating_add(ahead))?;
        Some((token.kind, self.text.get(token.span.start..token.span.end)?))
    }

    fn is(&self, ahead: usize, text: &str) -> bool {
        self.peek(ahead).is_some_and(|(kind, found)| matches!(kind, TokenKind::Name | TokenKind::Sign) && found == text)
    }

    fn name(&self, ahead: usize) -> Option<&'t str> {
        self.peek(ahead).filter(|(kind, _)| *kind == TokenKind::Name).map(|(_, text)| text)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(Span { start: self.text.len(), end: self.text.len() }, |token| token.span)
    }

    fn node(&self, value: Value, start: Span) -> Node {
        let end = self.tokens.get(self.at.saturating_sub(1)).map_or(start.end, |token| token.span.end);
        Node::new(value, Origin { file: self.file, span: Span { start: start.start, end: end.max(start.start) } })
    }

    /// Looks for `const name = …`, `export default …` and `module.exports = …`, at any depth: a
    /// function may build the model.
    fn statements(&mut self) {
        while self.at < self.tokens.len() && self.too_much.is_none() {
            let before = self.at;
            if self.is(0, "export") && self.is(1, "default") {
                self.at += 2;
                self.constant("default");
            } else if self.is(0, "module") && self.is(1, ".") && self.is(2, "exports") && self.is(3, "=") {
                self.at += 4;
                self.constant("default");
            } else if ["const", "let", "var"].iter().any(|word| self.is(0, word)) {
                if let Some(name) = self.name(1) {
                    self.at += 2;
                    self.skip_type();
                    if self.is(0, "=") {
                        self.at += 1;
                        self.constant(name);
                    }
                }
            } else if self.is(0, "new") {
                // A table that is made without a name of its own.
                let unnamed = format!("new {}", self.constants.len());
                self.constant(&unnamed);
            }
            self.at = self.at.max(before + 1);
        }
    }

    /// Passes a type between a name and its `=`.
    fn skip_type(&mut self) {
        if !self.is(0, ":") {
            return;
        }
        let mut depth = 0_usize;
        while let Some((kind, text)) = self.peek(0) {
            if !self.may_pass() {
                return;
            }
            match (kind, text) {
                (TokenKind::Sign, "{" | "(" | "[" | "<") => depth += 1,
                (TokenKind::Sign, "}" | ")" | "]" | ">") => depth = depth.saturating_sub(1),
                (TokenKind::Sign, "=" | ";") if depth == 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn constant(&mut self, name: &str) {
        // What is not a value, such as a function, is looked into by the caller.
        let start = self.at;
        let node = self.value();
        if let Value::Unknown(_) = node.value {
            self.at = start;
        }
        self.constants.insert(name.to_owned(), node);
    }

    /// A value up to the comma, bracket or semicolon that ends it.
    fn value(&mut self) -> Node {
        let start = self.span();
        self.values = self.values.saturating_add(1);
        if self.depth >= MAX_DEPTH || self.values > MAX_VALUES {
            let message =
                if self.depth >= MAX_DEPTH { "the literal nests too deeply" } else { "the file holds too much" };
            self.too_much.get_or_insert_with(|| (message.to_owned(), start));
            self.at = self.tokens.len();
            return self.node(Value::Unknown(message.to_owned()), start);
        }
        self.depth += 1;
        let value = self.primary(start);
        let value = self.followed(value, start);
        self.depth -= 1;
        self.node(value, start)
    }

    fn primary(&mut self, start: Span) -> Value {
        let Some((kind, text)) = self.peek(0) else { return Value::Unknown("nothing".to_owned()) };
        match (kind, text) {
            (TokenKind::Sign, "{") => return self.object(),
            (TokenKind::Sign, "[") => return self.list(),
            (TokenKind::Sign, "(") => {
                self.at += 1;
                let inner = self.value();
                if self.is(0, ")") && !self.is(1, "=>") {
                    self.at += 1;
                    return inner.value;
                }
                return Value::Unknown("a function".to_owned());
            }
            (TokenKind::Sign, "-") if self.peek(1).is_some_and(|(kind, _)| kind == TokenKind::Number) => {
                let number = self.peek(1).map(|(_, digits)| format!("-{}", digits.replace('_', "")));
                self.at += 2;
                return Value::Number(number.unwrap_or_default());
            }
            (TokenKind::Sign, _) => return Value::Unknown("an expression".to_owned()),
            _ => {}
        }
        self.at += 1;
        match kind {
            TokenKind::Text => Value::Text(tokens::unescape(text)),
            TokenKind::Template => self.template(text),
            TokenKind::Number => Value::Number(text.replace('_', "").trim_end_matches('n').to_owned()),
            TokenKind::Pattern => Value::Unknown("a regular expression".to_owned()),
            TokenKind::Sign => Value::Unknown("an expression".to_owned()),
            TokenKind::Name => self.named(text, start),
        }
    }

    fn named(&mut self, text: &str, start: Span) -> Value {
        match text {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            "null" | "undefined" => Value::Nothing,
            "function" | "async" | "class" => Value::Unknown("a function".to_owned()),
            "new" => {
                let class = self.name(0).unwrap_or_default().to_owned();
                self.at += 1;
                if !self.is(0, "(") {
                    return Value::Unknown(format!("a new `{class}`"));
                }
                let arguments = self.sequence(")");
                let arguments = self.node(Value::List(arguments), start);
                Value::Map(std::iter::once((format!("new {class}"), arguments)).collect())
            }
            "Object" if self.is(0, ".") && self.is(1, "freeze") && self.is(2, "(") => {
                self.at += 2;
                self.sequence(")").into_iter().next().map_or(Value::Nothing, |node| node.value)
            }
            // Built-in types are read as their names.
            "String" | "Number" | "Boolean" | "Date" | "Object" | "Array" | "Set" | "Buffer" | "ArrayBuffer"
            | "Uint8Array"
                if !self.is(0, "(") =>
            {
                Value::Text(text.to_owned())
            }
            name => match self.constants.get(name) {
                Some(known) if !self.is(0, ".") && !self.is(0, "(") => {
                    let value = known.value.clone();
                    self.values = self.values.saturating_add(size(&value));
                    value
                }
                _ => Value::Unknown(format!("`{name}`, whose value is not in this place")),
            },
        }
    }

    /// What comes after a value: `as const` and `satisfies Type` change nothing; an operator or a
    /// call makes it unknown.
    fn followed(&mut self, value: Value, start: Span) -> Value {
        let mut value = value;
        loop {
            if self.is(0, "as") || self.is(0, "satisfies") {
                self.skip_to_end();
                return value;
            }
            if self.is(0, "+")
                && let Value::Text(text) = &value
            {
                let so_far = text.clone();
                let before = self.at;
                self.at += 1;
                let next = self.span();
                if let Value::Text(more) = self.primary(next) {
                    value = Value::Text(so_far + &more);
                    continue;
                }
                self.at = before;
            }
            match self.peek(0) {
                None => return value,
                Some((TokenKind::Sign, "," | "}" | "]" | ")" | ";")) => return value,
                // The next statement, where a line ends without a semicolon.
                Some((TokenKind::Name, _)) if self.line_ended() => return value,
                Some(_) => {
                    let said = self.text.get(start.start..self.span().end).unwrap_or_default();
                    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(40).collect();
                    value = Value::Unknown(match value {
                        Value::Unknown(_) if self.is(0, "(") => format!("a call: `{said}…`"),
                        Value::Unknown(why) if why == "a function" => why,
                        _ => format!("an expression: `{said}…`"),
                    });
                    self.skip_to_end();
                    return value;
                }
            }
        }
    }

    fn line_ended(&self) -> bool {
        let before =
            self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |token| token.span.end);
        self.text.get(before..self.span().start).is_some_and(|between| between.contains('\n'))
    }

    /// Counts a word that is passed over: calls within calls are passed once for each that they
    /// are in.
    fn may_pass(&mut self) -> bool {
        self.passed = self.passed.saturating_add(1);
        if self.passed > MAX_PASSED {
            let span = self.span();
            self.too_much.get_or_insert_with(|| ("the code is too much to look through".to_owned(), span));
            self.at = self.tokens.len();
        }
        self.passed <= MAX_PASSED
    }

    /// Passes the rest of an expression.
    fn skip_to_end(&mut self) {
        let mut depth = 0_usize;
        while let Some((kind, text)) = self.peek(0) {
            if !self.may_pass() {
                return;
            }
            match (kind, text) {
                (TokenKind::Sign, "{" | "(" | "[") => depth += 1,
                (TokenKind::Sign, "}" | ")" | "]") if depth == 0 => return,
                (TokenKind::Sign, "}" | ")" | "]") => depth -= 1,
                (TokenKind::Sign, "," | ";") if depth == 0 => return,
                (TokenKind::Name, "export" | "const" | "let" | "var") if depth == 0 && self.line_ended() => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Values between brackets, up to the closing one.
    fn sequence(&mut self, close: &str) -> Vec<Node> {
        self.at += 1;
        let mut items = Vec::new();
        while self.at < self.tokens.len() && !self.is(0, close) {
            let before = self.at;
            if self.is(0, "...") {
                let start = self.span();
                self.at += 1;
                match self.value().value {
                    Value::List(more) => items.extend(more),
                    _ => items.push(self.node(Value::Unknown("items of another place".to_owned()), start)),
                }
            } else if self.is(0, ",") {
                self.at += 1;
            } else {
                items.push(self.value());
            }
            self.at = self.at.max(before + 1);
        }
        self.at += 1;
        items
    }

    fn list(&mut self) -> Value {
        Value::List(self.sequence("]"))
    }

    fn object(&mut self) -> Value {
        self.at += 1;
        let mut map: IndexMap<String, Node> = IndexMap::default();
        while self.at < self.tokens.len() && !self.is(0, "}") {
            let before = self.at;
            self.entry(&mut map);
            self.at = self.at.max(before + 1);
        }
        self.at += 1;
        Value::Map(map)
    }

    fn entry(&mut self, map: &mut IndexMap<String, Node>) {
        if self.is(0, ",") {
            return;
        }
        let start = self.span();
        if self.is(0, "...") {
            self.at += 1;
            if let Value::Map(more) = self.value().value {
                map.extend(more);
            } else {
                let node = self.node(Value::Unknown("entries of another place".to_owned()), start);
                map.insert("...".to_owned(), node);
            }
            return;
        }
        let computed = self.is(0, "[");
        let Some((kind, text)) = self.peek(0) else { return };
        let key = match kind {
            TokenKind::Name | TokenKind::Number => text.to_owned(),
            TokenKind::Text => tokens::unescape(text),
            _ if computed => self.computed_key(),
            _ => {
                self.skip_to_end();
                return;
            }
        };
        if !computed {
            self.at += 1;
        }
        let value = if self.is(0, ":") {
            self.at += 1;
            self.value()
        } else if self.is(0, ",") || self.is(0, "}") {
            // `{name}` stands for `{name: name}`.
            let value = self.constants.get(&key).map(|node| node.value.clone());
            let value = value.unwrap_or_else(|| Value::Unknown(format!("`{key}`, whose value is not in this place")));
            self.values = self.values.saturating_add(size(&value));
            self.node(value, start)
        } else {
            self.skip_to_end();
            self.node(Value::Unknown("a function".to_owned()), start)
        };
        map.insert(key, value);
    }

    /// `[NAME]` as a key: the text of a constant.
    fn computed_key(&mut self) -> String {
        let items = self.sequence("]");
        match items.first().map(|node| &node.value) {
            Some(Value::Text(text)) => text.clone(),
            _ => "[…]".to_owned(),
        }
    }

    /// A template string: text with the values of constants.
    fn template(&self, raw: &str) -> Value {
        let inner = raw.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(raw);
        let mut text = String::new();
        let mut rest = inner;
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Value::Unknown("a template string".to_owned());
            };
            match self.constants.get(name.trim()).map(|node| &node.value) {
                Some(Value::Text(value) | Value::Number(value)) => text.push_str(value),
                _ => return Value::Unknown(format!("a template string with `${{{}}}`", name.trim())),
            }
            rest = after;
        }
        text.push_str(rest);
        Value::Text(text)
    }
}

/// How many values a value holds.
fn size(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(|item| size(&item.value)).sum::<usize>().saturating_add(1),
        Value::Map(map) => map.values().map(|item| size(&item.value)).sum::<usize>().saturating_add(1),
        _ => 1,
    }
}

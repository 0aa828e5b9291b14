//! What names mean where an expression stands.

use std::rc::Rc;

use crate::IndexMap;

use super::module::Module;
use crate::interop::node::{Node, Origin, Value};
use crate::source::Span;

/// What an evaluation comes to: a value, which may be unknown, or why Terraform would refuse it.
pub(super) type Evaluated = Result<Node, String>;

/// Names that a block or a `for` binds: `each`, `count`, an iterator. The innermost comes first.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Option<Rc<Bound>>);

#[derive(Debug)]
struct Bound {
    name: String,
    value: Node,
    outer: Names,
}

impl Names {
    /// These names and one more.
    pub(super) fn with(&self, name: &str, value: Node) -> Self {
        Self(Some(Rc::new(Bound { name: name.to_owned(), value, outer: self.clone() })))
    }

    /// What a name is bound to.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let mut names = self;
        while let Some(bound) = &names.0 {
            if bound.name == name {
                return Some(&bound.value);
            }
            names = &bound.outer;
        }
        None
    }
}

/// Where an expression stands: its module, its text, and the names around it.
#[derive(Clone)]
pub(super) struct Scope<'s, 'p> {
    pub(super) module: &'s Rc<Module<'p>>,
    pub(super) names: Names,
    pub(super) text: Text<'s>,
}

/// The text that spans count in.
#[derive(Clone, Copy)]
pub(super) enum Text<'s> {
    /// That of a file, by its position.
    File(usize),
    /// A template that is a text of a JSON file, and its place there.
    Within(&'s str, Origin),
}

impl<'s, 'p> Scope<'s, 'p> {
    /// The same place with one more name.
    pub(super) fn with(&self, name: &str, value: Node) -> Self {
        Self { names: self.names.with(name, value), ..self.clone() }
    }

    /// The place of a span.
    pub(super) fn origin(&self, span: Option<std::ops::Range<usize>>) -> Origin {
        match self.text {
            Text::Within(_, origin) => origin,
            Text::File(file) => {
                let span = span.unwrap_or_default();
                let skipped = self.skipped(file);
                Origin { file, span: Span::new(span.start + skipped, span.end + skipped) }
            }
        }
    }

    fn skipped(&self, file: usize) -> usize {
        let text = self.module.program.files.get(file).map_or("", |file| file.text.as_str());
        text.len() - text.trim_start_matches('\u{feff}').len()
    }

    /// The text of a span on one line, cut where it is long.
    pub(super) fn excerpt(&self, span: Option<std::ops::Range<usize>>) -> String {
        let text = match self.text {
            Text::Within(text, _) => text,
            Text::File(file) => {
                self.module.program.files.get(file).map_or("", |source| source.text.trim_start_matches('\u{feff}'))
            }
        };
        excerpt(span.and_then(|span| text.get(span)).unwrap_or(text))
    }
}

/// A text on one line, cut where it is long.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 70;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.chars().count() > LONGEST {
            let cut: String = line.chars().take(LONGEST - 1).collect();
            return format!("{cut}…");
        }
    }
    line
}

/// Text at a place.
pub(super) fn text(text: impl Into<String>, origin: Origin) -> Node {
    Node::new(Value::Text(text.into()), origin)
}

/// A number at a place.
pub(super) fn number(number: impl ToString, origin: Origin) -> Node {
    Node::new(Value::Number(number.to_string()), origin)
}

/// A map at a place.
pub(super) fn map<const N: usize>(entries: [(&str, Node); N], origin: Origin) -> Node {
    let entries: IndexMap<String, Node> = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Node::new(Value::Map(entries), origin)
}

/// An unknown value, and why.
pub(super) fn unknown(why: impl Into<String>, origin: Origin) -> Node {
    Node::new(Value::Unknown(why.into()), origin)
}

/// The size of a value, in values, and how deep it is nested.
pub(super) fn measure(node: &Node) -> (usize, usize) {
    let inner = |(size, depth): (usize, usize), node: &Node| {
        let (s, d) = measure(node);
        (size.saturating_add(s), depth.max(d))
    };
    let (size, depth) = match &node.value {
        Value::List(items) => items.iter().fold((0, 0), inner),
        Value::Map(map) => map.values().fold((0, 0), inner),
        // A text takes its room.
        Value::Text(text) => return (1 + text.len() / 64, 1),
        _ => return (1, 1),
    };
    (size + 1, depth + 1)
}

//! What a foreign file says, after its own notation is taken away: values with their places, and
//! values that only the running system knows.

use crate::IndexMap;
use rust_decimal::Decimal;

use crate::source::Span;

/// Where a value stands: a file, by its position among the files that are read together, and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Origin {
    /// Which of the files.
    pub file: usize,
    /// Where in it.
    pub span: Span,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub origin: Origin,
}

/// A value of a foreign file.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: `null`, or what says "leave this out".
    Nothing,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, in the digits that it was written with.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written.
    Map(IndexMap<String, Node>),
    /// A value that the files do not tell, and why.
    Unknown(String),
}

/// What a place of a file says about one question.
#[derive(Debug, Clone, PartialEq)]
pub enum Told<T> {
    /// This.
    Known(T, Origin),
    /// Something that the file alone does not tell, and why.
    Unknown(String, Origin),
    /// Nothing.
    Absent,
}

impl<T> Told<T> {
    /// The value, where it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value, _) => Some(value),
            Self::Unknown(..) | Self::Absent => None,
        }
    }
}

impl Node {
    /// A value at a place.
    pub fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// The value of a key of a map; nothing for other values.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The items of a list; none for other values.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map; none for other values.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        let map = match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        };
        map.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// The text, where it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Text, or a number or boolean as it would stand in text.
    pub fn word(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Boolean(true) => Some("true"),
            Value::Boolean(false) => Some("false"),
            _ => None,
        }
    }

    /// A number, also where it is written as text, as templates' parameters are.
    pub fn number(&self) -> Option<Decimal> {
        let text = self.word()?.trim();
        text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
    }

    /// A boolean, also where it is written as text.
    pub fn boolean(&self) -> Option<bool> {
        match self.word()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Whether it says the same as another node, wherever the two stand. Depth is that of parsing.
    pub fn says_same(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::List(own), Value::List(others)) => {
                own.len() == others.len() && own.iter().zip(others).all(|(own, other)| own.says_same(other))
            }
            (Value::Map(own), Value::Map(others)) => {
                let same = |(key, own): (&String, &Node)| others.get(key).is_some_and(|other| own.says_same(other));
                own.len() == others.len() && own.iter().all(same)
            }
            (own, other) => own == other,
        }
    }

    /// A few words for what the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Nothing => "nothing",
            Value::Boolean(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Unknown(_) => "a value that the file does not tell",
        }
    }
}

/// Reads what a place says, with a reading of its value. A value of another kind is unknown, with
/// the kind that was expected.
pub(super) fn told<'n, T>(node: Option<&'n Node>, expected: &str, read: impl FnOnce(&'n Node) -> Option<T>) -> Told<T> {
    let Some(node) = node else { return Told::Absent };
    match &node.value {
        Value::Nothing => Told::Absent,
        Value::Unknown(why) => Told::Unknown(why.clone(), node.origin),
        _ => match read(node) {
            Some(value) => Told::Known(value, node.origin),
            None => {
                let found = match node.word() {
                    Some(word) if word.len() <= 80 => format!("`{word}`"),
                    _ => node.kind().to_owned(),
                };
                Told::Unknown(format!("{found} stands where {expected} is expected"), node.origin)
            }
        },
    }
}

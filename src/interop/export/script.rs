//! Values in TypeScript.

use std::fmt::Write as _;

use serde_json::Value;

/// The width that a value on one line may have.
const WIDTH: usize = 100;

/// A value as TypeScript writes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// Code as it stands: a number, a name.
    Code(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Expression>),
    /// An object.
    Object(Vec<(String, Expression)>),
    /// A call of a function with one argument.
    Call(String, Box<Expression>),
}

impl Expression {
    /// Code as it stands.
    pub(super) fn code(code: impl ToString) -> Self {
        Self::Code(code.to_string())
    }

    /// Text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Text in a list.
    pub(super) fn texts(texts: &[String]) -> Self {
        Self::List(texts.iter().map(|text| Self::text(text)).collect())
    }

    /// A call of a function with one argument.
    pub(super) fn call(function: &str, argument: Self) -> Self {
        Self::Call(function.to_owned(), Box::new(argument))
    }

    /// An object of the properties that there are.
    pub(super) fn object<const N: usize>(properties: [(&str, Option<Self>); N]) -> Self {
        let given = properties.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Self::Object(given.collect())
    }

    /// The text, whose first line follows what stands there already.
    pub(super) fn written(&self, indent: usize, taken: usize) -> String {
        let flat = self.flat();
        if indent + taken + flat.chars().count() <= WIDTH {
            return flat;
        }
        let inner = indent + 2;
        let margin = " ".repeat(inner);
        let end = " ".repeat(indent);
        let mut out = String::new();
        match self {
            Self::Code(_) | Self::Text(_) => return flat,
            Self::Call(function, argument) => {
                return format!("{function}({})", argument.written(indent, taken + function.len() + 2));
            }
            Self::List(items) => {
                out.push_str("[\n");
                for item in items {
                    let _ = writeln!(out, "{margin}{},", item.written(inner, 1));
                }
                let _ = write!(out, "{end}]");
            }
            Self::Object(properties) => {
                out.push_str("{\n");
                for (name, value) in properties {
                    let name = key(name);
                    let value = value.written(inner, name.chars().count() + 3);
                    let _ = writeln!(out, "{margin}{name}: {value},");
                }
                let _ = write!(out, "{end}}}");
            }
        }
        out
    }

    /// The text on one line.
    fn flat(&self) -> String {
        match self {
            Self::Code(code) => code.clone(),
            Self::Text(text) => quoted(text),
            Self::Call(function, argument) => format!("{function}({})", argument.flat()),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::flat).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Object(properties) if properties.is_empty() => "{}".to_owned(),
            Self::Object(properties) => {
                let all: Vec<String> =
                    properties.iter().map(|(name, value)| format!("{}: {}", key(name), value.flat())).collect();
                format!("{{ {} }}", all.join(", "))
            }
        }
    }
}

impl From<&Value> for Expression {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Code(value.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.iter().map(|(key, value)| (key.clone(), value.into())).collect()),
        }
    }
}

/// A property's name, in quotes where it is no name of the language.
fn key(name: &str) -> String {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name { name.to_owned() } else { quoted(name) }
}

/// JSON's text is text in TypeScript too.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wide_is_broken_into_lines() {
        let short = Expression::from(&json!({ "a": [1, "x\"y"], "b-c": true, "d": {} }));
        assert_eq!(short.written(0, 0), r#"{ a: [1, "x\"y"], "b-c": true, d: {} }"#);
        let call = Expression::call("make", Expression::object([("list", Some(short)), ("none", None)]));
        let wide = call.written(2, WIDTH - 20);
        assert_eq!(wide, "make({\n    list: { a: [1, \"x\\\"y\"], \"b-c\": true, d: {} },\n  })");
    }
}

//! Parts of a model as text.

use serde_yaml::Value;

use crate::interop::written::{prune, shorten};
use crate::model::Model;

/// The longest map that is written on one line.
const WIDTH: usize = 90;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// YAML, with as few quotes as it allows.
    Yaml,
    /// JSON: every word in quotes.
    Json,
}

/// A model as a plain value, without what says nothing.
pub(super) fn value(model: &Model) -> Result<Value, serde_yaml::Error> {
    let mut value = serde_yaml::to_value(model)?;
    prune(&mut value);
    shorten(&mut value);
    Ok(value)
}

/// A value on one line. Depth is that of the model's types.
pub(super) fn inline(value: &Value, notation: Notation) -> String {
    match value {
        Value::Mapping(map) => {
            let entries = map.iter().map(|(key, value)| {
                let key = word(key.as_str().unwrap_or_default(), notation);
                format!("{key}: {}", inline(value, notation))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Sequence(items) => {
            format!("[{}]", items.iter().map(|item| inline(item, notation)).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => word(text, notation),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Tagged(_) => "null".to_owned(),
    }
}

/// An entry of a block map: on one line where it is short, else with its parts below it.
pub(super) fn entry(key: &str, value: &Value, indent: usize) -> Result<String, serde_yaml::Error> {
    let margin = " ".repeat(indent);
    let line = format!("{margin}{}: {}\n", word(key, Notation::Yaml), inline(value, Notation::Yaml));
    let is_deep = match value {
        Value::Mapping(map) => map.values().any(Value::is_mapping),
        _ => false,
    };
    if line.len() <= WIDTH && !is_deep {
        return Ok(line);
    }
    let one: serde_yaml::Mapping = std::iter::once((Value::String(key.to_owned()), value.clone())).collect();
    let block = serde_yaml::to_string(&one)?;
    Ok(block.lines().map(|line| format!("{margin}{line}\n")).collect())
}

/// A word, in quotes where it needs them.
fn word(text: &str, notation: Notation) -> String {
    let is_plain = notation == Notation::Yaml
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if is_plain { text.to_owned() } else { serde_json::Value::String(text.to_owned()).to_string() }
}

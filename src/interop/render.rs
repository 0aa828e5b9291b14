//! Parts of a model as text, as a person would lay them out: what is short stands on one line.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Bound;

use serde_yaml::{Mapping, Value};

use super::written::{prune, shorten};
use crate::model::Model;
use crate::source::ModelPath;

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

/// A model's value as a document. Parts that are marked get lines of their own, so that a remark can
/// stand above each.
pub(super) fn document(model: &Mapping, marked: &BTreeSet<ModelPath>) -> String {
    let mut text = String::new();
    for (key, value) in model {
        let Some(key) = key.as_str() else { continue };
        // An empty line before each part that holds others.
        if value.is_mapping() && !text.is_empty() {
            text.push('\n');
        }
        lines(&mut text, key, value, &ModelPath::root().key(key), marked);
    }
    text
}

/// An entry of a block map at an indentation: on one line where it is short, else with its parts
/// below it.
pub(super) fn entry(key: &str, value: &Value, path: &ModelPath, indent: usize) -> String {
    let mut text = String::new();
    lines(&mut text, key, value, path, &BTreeSet::new());
    let written = indentation(path);
    let margin = " ".repeat(indent);
    text.lines().map(|line| format!("{margin}{}\n", line.get(written..).unwrap_or_default())).collect()
}

/// Two spaces for each step into the model.
fn indentation(path: &ModelPath) -> usize {
    path.0.len().saturating_sub(1) * 2
}

/// Writes an entry. Depth is that of the model's types.
fn lines(out: &mut String, key: &str, value: &Value, path: &ModelPath, marked: &BTreeSet<ModelPath>) {
    let margin = " ".repeat(indentation(path));
    let key = word(key, Notation::Yaml);
    let line = format!("{margin}{key}: {}", inline(value, Notation::Yaml));
    let fits = line.len() <= WIDTH;
    match value {
        Value::Mapping(map) if !map.is_empty() => {
            // What is named at the top of the model, and what is remarked on, keeps its own lines.
            let below = marked.range::<ModelPath, _>((Bound::Excluded(path), Bound::Unbounded)).next();
            let is_marked = below.is_some_and(|marked| marked.is_within(path));
            if fits && path.0.len() > 2 && !is_marked && !map.values().any(Value::is_mapping) {
                let _ = writeln!(out, "{line}");
                return;
            }
            let _ = writeln!(out, "{margin}{key}:");
            for (key, value) in map {
                let Some(key) = key.as_str() else { continue };
                lines(out, key, value, &path.key(key), marked);
            }
        }
        Value::Sequence(items) if !fits => {
            let _ = writeln!(out, "{margin}{key}:");
            for item in items {
                let _ = writeln!(out, "{margin}  - {}", inline(item, Notation::Yaml));
            }
        }
        _ => {
            let _ = writeln!(out, "{line}");
        }
    }
}

/// A word, in quotes where it needs them.
fn word(text: &str, notation: Notation) -> String {
    let is_plain = notation == Notation::Yaml && (is_name(text) || is_quantity(text));
    if is_plain { text.to_owned() } else { serde_json::Value::String(text.to_owned()).to_string() }
}

/// Words that YAML reads as text, whatever its version.
fn is_name(text: &str) -> bool {
    const MEANT: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' '))
        && !MEANT.contains(&text.to_ascii_lowercase().as_str())
}

/// A number with a unit, such as `30%`, `2 KB`, `7d` and `80k/day`, which cannot be taken for a
/// number (`1e5`, `0x1f`, `0o7`).
fn is_quantity(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    text.starts_with(|c: char| c.is_ascii_digit())
        && unit.starts_with(|c: char| matches!(c, '%' | '/' | ' ') || c.is_ascii_alphabetic())
        && !unit.starts_with(['e', 'E', 'x', 'o', 'b'])
        && text.ends_with(|c: char| c == '%' || c.is_ascii_alphabetic())
        && unit.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '%' | '/' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_as_the_text_that_they_are() {
        for text in [
            "pk",
            "true",
            "No",
            "y",
            "12",
            "1e5",
            "0x1f",
            "2026-01-01",
            "30%",
            "2 KB",
            "80k/day",
            "7d",
            "a b",
            "a: b",
            "#x",
            "c#{id}",
            "{id}",
            "",
            " ",
            "~",
            "null",
            "-",
            "- a",
            "a,b",
            "é",
            "5 %",
            "1/2",
            "=",
            ".5",
            "_",
            "*a",
            "a/b",
        ] {
            for notation in [Notation::Yaml, Notation::Json] {
                let written = format!("{{a: [{0}], {0}: {0}}}", word(text, notation));
                let tree = crate::source::parse_foreign(&written).unwrap();
                let crate::source::NodeKind::Map(pairs) = &tree.node(tree.root()).kind else { panic!() };
                let (key, value) = pairs.last().unwrap();
                assert_eq!((tree.text(*key), tree.text(*value)), (text, text), "{written}");
                let scalar = tree.node(*value).kind.scalar().unwrap();
                assert_eq!(scalar, crate::source::Scalar::Text(text), "{written}");
            }
        }
    }
}

//! A JSON value as the YAML of a CloudFormation template, with the short forms of its functions.

use std::fmt::Write as _;

use serde_json::Value;

/// Functions of CloudFormation that have a short form in YAML.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
const SHORT_FORMS: [(&str, &str); 2] = [("Ref", "!Ref"), ("Fn::Sub", "!Sub")];

/// Words that are no text for one YAML reader or another: YAML 1.1, which CloudFormation's tools
/// read, has more of them than YAML 1.2 (<https://yaml.org/type/bool.html>).
const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];

/// Writes a value as YAML in blocks.
pub(super) fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

/// Writes the lines of a value, each with the indent. Depth is that of the templates made here.
fn write(out: &mut String, value: &Value, indent: usize) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let _ = write!(out, "{margin}{}:", plain_or_quoted(key));
                after(out, value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut block = String::new();
                write(&mut block, item, indent + 2);
                // The first line of the item stands behind the dash.
                let _ = write!(out, "{margin}- {}", block.trim_start());
            }
        }
        _ => {
            let _ = writeln!(out, "{margin}{}", inline(value).unwrap_or_default());
        }
    }
}

/// Writes what stands after a key: on its line, or in the lines below it.
fn after(out: &mut String, value: &Value, indent: usize) {
    match inline(value) {
        Some(text) => {
            let _ = writeln!(out, " {text}");
        }
        None => {
            out.push('\n');
            write(out, value, indent + 2);
        }
    }
}

/// A value that stands on one line.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => Some(plain_or_quoted(text)),
        Value::Array(items) => items.is_empty().then(|| "[]".to_owned()),
        Value::Object(map) => match map.iter().next() {
            None => Some("{}".to_owned()),
            Some((key, Value::String(text))) if map.len() == 1 => {
                let (_, short) = SHORT_FORMS.iter().find(|(long, _)| long == key)?;
                Some(format!("{short} {}", plain_or_quoted(text)))
            }
            Some(_) => None,
        },
    }
}

/// Text as it is where no reader of YAML takes it for anything else, or in quotes.
fn plain_or_quoted(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-/:${}".contains(c);
    if begins && text.chars().all(is_plain) && !text.ends_with(':') && !WORDS.contains(&&*text.to_ascii_lowercase()) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            // <https://yaml.org/spec/1.2.2/#51-character-set>
            c if c.is_control() || ('\u{2028}'..='\u{2029}').contains(&c) || c == '\u{feff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_in_blocks() {
        let value = json!({
            "A": {"Ref": "Orders"}, "B": [{"x": 1, "y": [true, {"z": "no"}]}, "two words", []],
            "C": {"Fn::Sub": "table/${Orders}"}, "1": {}, "D": {"Ref": "a", "b": null},
        });
        let expected = "A: !Ref Orders\nB:\n  - x: 1\n    \"y\":\n      - true\n      - z: \"no\"\n  - \"two words\"\n  \
                        - []\nC: !Sub table/${Orders}\n\"1\": {}\nD:\n  Ref: a\n  b: null\n";
        assert_eq!(to_yaml(&value), expected);
    }

    #[test]
    fn text_stays_text() {
        let texts =
            ["on", "NULL", "12:30", "1e3", "2001-01-01", "a: b", "a #b", "", "~", "a\u{2028}\u{7f}\n\"\\", "x:"];
        for text in texts {
            let written = to_yaml(&json!({ "k": [text] }));
            let tree = crate::source::parse_foreign(&written).unwrap();
            let crate::source::NodeKind::Map(pairs) = &tree.node(tree.root()).kind else { panic!("{written}") };
            let crate::source::NodeKind::List(items) = &tree.node(pairs[0].1).kind else { panic!("{written}") };
            assert_eq!(tree.text(items[0]), text, "{written}");
            assert!(written.contains('"'), "{written}");
        }
    }
}

//! One command of the AWS command line, as a pattern of the MCP server's model has it:
//! `aws dynamodb query --table-name T --key-condition-expression '#a = :a' …`.

use crate::IndexMap;
use serde_json::Value;

use super::expression::{Comparison, Update, comparisons, update};

/// How many placeholders are written out in an expression; the service allows 4 KB of text.
const MOST_NAMES: usize = 500;

/// What a command says.
#[derive(Debug, Default)]
pub(super) struct Command {
    options: IndexMap<String, String>,
    names: IndexMap<String, String>,
    values: IndexMap<String, Value>,
}

impl Command {
    /// Reads a command; nothing where it is no command of `aws dynamodb`, or more than one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let words = words(text)?;
        let mut words = words.into_iter().skip_while(|word| word != "dynamodb").skip(2).peekable();
        let mut command = Self::default();
        while let Some(word) = words.next() {
            if matches!(word.as_str(), "&&" | "||" | "|" | ";") {
                return None;
            }
            let Some(option) = word.strip_prefix("--") else { continue };
            let value = words.next_if(|next| !next.starts_with("--")).unwrap_or_default();
            command.options.insert(option.to_owned(), value);
        }
        command.names = command.json("expression-attribute-names").map(texts).unwrap_or_default();
        command.values = match command.json("expression-attribute-values") {
            Some(Value::Object(map)) => map.into_iter().collect(),
            _ => IndexMap::default(),
        };
        Some(command)
    }

    /// The value of an option.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// The JSON of an option.
    pub(super) fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.option(name)?).ok()
    }

    /// The attribute that a name or placeholder stands for.
    pub(super) fn attribute(&self, name: &str) -> String {
        self.names.get(name).map_or(name, String::as_str).to_owned()
    }

    /// An expression with the attributes' own names.
    pub(super) fn named(&self, expression: &str) -> String {
        let mut named = expression.to_owned();
        // Longer placeholders first: `#ab` is not `#a`.
        let mut names: Vec<(&String, &String)> = self.names.iter().collect();
        names.sort_by_key(|(placeholder, _)| std::cmp::Reverse(placeholder.len()));
        for (placeholder, name) in names.into_iter().take(MOST_NAMES) {
            named = named.replace(placeholder.as_str(), name);
        }
        named
    }

    /// The text of a value such as `{"S": "A#1"}`, by its placeholder.
    pub(super) fn value(&self, placeholder: &str) -> Option<String> {
        plain(self.values.get(placeholder)?)
    }

    /// The comparisons of an expression with the attributes' own names; nothing where there are
    /// none that can be read.
    pub(super) fn comparisons(&self, option: &str) -> Option<Vec<Comparison>> {
        let named =
            |comparison: Comparison| Comparison { attribute: self.attribute(&comparison.attribute), ..comparison };
        Some(comparisons(self.option(option)?)?.into_iter().map(named).collect())
    }

    /// What the update expression changes, with the attributes' own names.
    pub(super) fn update(&self) -> Update {
        let read = update(self.option("update-expression").unwrap_or_default());
        let named = |names: Vec<String>| names.iter().map(|name| self.attribute(name)).collect();
        Update { sets: named(read.sets), removes: named(read.removes) }
    }

    /// The attributes of the projection expression.
    pub(super) fn projected(&self) -> Option<Vec<String>> {
        let text = self.option("projection-expression").filter(|text| !text.trim().is_empty())?;
        Some(text.split(',').map(|name| self.attribute(name.trim())).collect())
    }
}

fn texts(value: Value) -> IndexMap<String, String> {
    let Value::Object(map) = value else { return IndexMap::default() };
    map.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
}

/// The text or number of a value in DynamoDB's JSON.
pub(super) fn plain(value: &Value) -> Option<String> {
    let inner = value.as_object().and_then(|map| map.values().next()).unwrap_or(value);
    match inner {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The words of a command line, without their quotes; nothing where a quote stays open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') | (None, '\\') => match chars.next() {
                // A line that goes on.
                Some('\n') | None => {}
                Some(next) => word.get_or_insert_default().push(next),
            },
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn commands_are_read_with_their_quotes() {
        let command = Command::read(
            r##"aws dynamodb query --table-name T --no-scan-index-forward --limit 5 \
            --key-condition-expression '#a = :a' --expression-attribute-names '{"#a": "id"}' \
            --expression-attribute-values '{":a": {"S": "it\u0027s"}}'"##,
        )
        .unwrap();
        assert_eq!(command.option("limit"), Some("5"));
        assert_eq!(command.option("no-scan-index-forward"), Some(""));
        assert_eq!(command.comparisons("key-condition-expression").unwrap().first().unwrap().attribute, "id");
        assert_eq!(command.value(":a").as_deref(), Some("it's"));
    }

    #[test]
    fn two_commands_and_open_quotes_are_none() {
        assert!(Command::read("aws dynamodb get-item --key '{}' && aws dynamodb scan").is_none());
        assert!(Command::read("aws dynamodb get-item --key '{").is_none());
    }
}

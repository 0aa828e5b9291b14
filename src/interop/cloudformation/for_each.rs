//! Loops of the language extensions: `Fn::ForEach::Name: [Identifier, [A, B], {Key${Identifier}: …}]`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use std::borrow::Cow;

use crate::IndexMap;

use super::super::node::{Node, Origin, Value};
use super::evaluate::{Evaluation, Scope};

/// The longest item of a loop in bytes: what is made of it is a name, which has no more.
const MAX_ITEM: usize = 255;

/// Whether an item may be filled in: it has no part that would be filled in itself.
fn is_plain(item: &str) -> bool {
    item.len() <= MAX_ITEM && !item.contains("${") && !item.contains("&{")
}

/// What the identifiers of the loops around stand for; the innermost last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bindings(Vec<(String, String)>);

impl Bindings {
    /// What an identifier stands for.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(identifier, _)| identifier == name).map(|(_, value)| value.as_str())
    }

    fn with(&self, identifier: &str, value: &str) -> Self {
        let mut bindings = self.clone();
        bindings.0.push((identifier.to_owned(), value.to_owned()));
        bindings
    }

    /// A text with the identifiers filled in: `${Name}`, and `&{Name}`, which keeps letters and digits.
    pub(super) fn fill<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut filled = Cow::Borrowed(text);
        for (identifier, value) in self.0.iter().rev() {
            let whole = format!("${{{identifier}}}");
            if filled.contains(&whole) {
                filled = Cow::Owned(filled.replace(&whole, value));
            }
            let plain = format!("&{{{identifier}}}");
            if filled.contains(&plain) {
                let value: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
                filled = Cow::Owned(filled.replace(&plain, &value));
            }
        }
        filled
    }
}

/// An entry of a map after its loops have run.
pub(super) struct Entry<'n> {
    pub(super) key: String,
    pub(super) body: Body<'n>,
}

/// What an entry holds.
pub(super) enum Body<'n> {
    /// A value that stands within loops.
    Node(&'n Node, Bindings),
    /// A loop over something that the template does not tell, and why.
    Open(String, Origin),
}

impl Evaluation<'_> {
    /// The entries of a map, with its loops run.
    pub(super) fn expanded<'n>(&self, map: &'n IndexMap<String, Node>, scope: Scope<'_>) -> Vec<Entry<'n>> {
        let mut entries = Vec::with_capacity(map.len());
        for (key, node) in map {
            if key.starts_with("Fn::ForEach::") {
                self.run(key, node, scope, &mut entries);
            } else {
                let body = Body::Node(node, scope.bindings.clone());
                entries.push(Entry { key: scope.bindings.fill(key).into_owned(), body });
            }
        }
        entries
    }

    fn run<'n>(&self, name: &str, node: &'n Node, scope: Scope<'_>, entries: &mut Vec<Entry<'n>>) {
        let open =
            |why: String, origin| Entry { key: name.to_owned(), body: Body::Open(format!("`{name}`: {why}"), origin) };
        let ([identifier, collection, body], Some(scope)) = (node.items(), self.enter(scope, 0)) else {
            entries.push(open("a loop has an identifier, a list and a map".to_owned(), node.origin));
            return;
        };
        let (Some(identifier), Value::Map(body)) = (identifier.text(), &body.value) else {
            entries.push(open("a loop has an identifier, a list and a map".to_owned(), node.origin));
            return;
        };
        let collection = self.value(collection, scope);
        if let Value::Unknown(why) = &collection.value {
            entries.push(open(why.clone(), collection.origin));
        }
        for item in collection.items() {
            match (&item.value, item.word()) {
                (_, Some(word)) if is_plain(word) => {
                    let bindings = scope.bindings.with(identifier, word);
                    let made = body.len().saturating_mul(MAX_ITEM);
                    let Some(scope) = self.enter(scope.within(&bindings), made) else { return };
                    entries.extend(self.expanded(body, scope));
                }
                (Value::Unknown(why), _) => entries.push(open(why.clone(), item.origin)),
                _ => entries.push(open(format!("{} stands in the list", item.kind()), item.origin)),
            }
        }
    }
}

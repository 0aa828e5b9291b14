//! The shape check: holds the tree against the model's schema and reports every mistake at once.
//!
//! Decoding stops at the first mistake; this walk does not, and it knows the exact place of each.
//! It reads the very schema that editors use, so that the two can never disagree.

use super::shapes::{Shape, Shapes};
use super::suggest::word_for;
use super::tree::{NodeId, NodeKind, Scalar, Tree};
use super::{Problem, Span};
use crate::units::check_quantity;

/// More mistakes than this are not more help.
const MOST_PROBLEMS: usize = 100;

/// Finds every place where the tree is not a model.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let shapes = Shapes::of_the_model();
    let mut walk = Walk { tree, shapes, problems: Vec::new() };
    walk.node(tree.root(), 0, "the model", None);
    walk.problems
}

struct Walk<'t> {
    tree: &'t Tree,
    shapes: &'t Shapes,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn report(&mut self, span: Span, message: String, label: &str, help: Option<String>, replacement: Option<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem { message, span, label: label.to_owned(), help, replacement });
        }
    }

    /// Recursion is bounded by the depth that parsing allows.
    fn node(&mut self, id: NodeId, shape: usize, name: &str, key: Option<NodeId>) {
        let shapes = self.shapes;
        let Some(shape) = shapes.get(shape) else { return };
        let tree = self.tree;
        let node = tree.node(id);
        match &node.kind {
            NodeKind::Map(pairs) => match &shape.map {
                Some(_) => self.map(pairs, shape, node.span, name, key),
                None => {
                    let values: Vec<NodeId> = pairs.iter().map(|(_, value)| *value).collect();
                    self.wrong_kind(node.span, shape, name, ("a map", &values));
                }
            },
            NodeKind::List(items) => match shape.list {
                Some(item_shape) => {
                    for item in items {
                        self.node(*item, item_shape, name, None);
                    }
                }
                None => self.wrong_kind(node.span, shape, name, ("a list", items)),
            },
            NodeKind::Scalar { text, .. } => {
                let scalar = node.kind.scalar().unwrap_or(Scalar::Null);
                let span = match (scalar, key) {
                    // Nothing stands there to be marked: mark the key.
                    (Scalar::Null, Some(key)) if node.span.start == node.span.end => tree.node(key).span,
                    _ => node.span,
                };
                self.scalar(scalar, text, span, shape, name);
            }
        }
    }

    fn map(&mut self, pairs: &[(NodeId, NodeId)], shape: &Shape, span: Span, name: &str, owner: Option<NodeId>) {
        let Some(map) = &shape.map else { return };
        let tree = self.tree;
        let mut is_worded = false;
        for (key, value) in pairs {
            let text = tree.text(*key);
            if let Some(shape) = map.keys.get(text).copied().or(map.others) {
                self.node(*value, shape, text, Some(*key));
                continue;
            }
            let names: Vec<&str> = map.keys.keys().map(String::as_str).collect();
            let worded = long_form(shape).and_then(|(key, words)| {
                let same = words.iter().copied().find(|word| *word == text);
                Some((key, same.or_else(|| word_for(text, &words))?))
            });
            let meant = word_for(text, &names).filter(|_| worded.is_none());
            let help = match (worded, meant) {
                (Some((key, word)), _) => {
                    is_worded = true;
                    format!("write `{name}: {{{key}: {word}, value: {}}}`", self.written(*value))
                }
                (None, Some(meant)) => format!("did you mean `{meant}`?"),
                (None, None) if map.keys.contains_key("keys") && self.written(*value).contains(['{', '#']) => {
                    format!("how `{name}` makes its keys stands under `keys`: `keys: {{{text}: …}}`")
                }
                (None, None) => format!("`{name}` takes {}", listed(&names)),
            };
            let message = format!("`{text}` is not a key of `{name}`");
            self.report(tree.node(*key).span, message, "unknown key", Some(help), meant.map(str::to_owned));
        }
        for required in &map.required {
            // What was written in its place has been reported.
            if !is_worded && !pairs.iter().any(|(key, _)| tree.text(*key) == required) {
                let place = owner.map_or(Span::new(span.start, span.start), |key| tree.node(key).span);
                let help = if required == "keyplan" {
                    "start the file with the format version: `keyplan: 1`".to_owned()
                } else {
                    format!("add `{required}: …`")
                };
                self.report(place, format!("`{name}` lacks `{required}`"), "incomplete", Some(help), None);
            }
        }
    }

    /// The one key of a map that takes a value which stands in the map's place: `budget: 900 USD`.
    fn only_key<'s>(&self, shape: &'s Shape, text: &str) -> Option<&'s str> {
        let map = shape.map.as_ref()?;
        let takes = |name: &&String| {
            let scalar =
                map.keys.get(*name).and_then(|index| self.shapes.get(*index)).and_then(|it| it.scalar.as_ref());
            scalar.and_then(|it| it.quantity.as_ref()).is_some_and(|kind| check_quantity(kind, text).is_ok())
        };
        let mut keys = map.keys.keys().filter(takes);
        keys.next().filter(|_| keys.next().is_none()).map(String::as_str)
    }

    /// A value as it can stand in an example.
    fn written(&self, id: NodeId) -> String {
        const MOST_ITEMS: usize = 4;
        let kind = &self.tree.node(id).kind;
        match kind {
            NodeKind::Scalar { text, .. } => {
                let is_bare =
                    text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.starts_with(char::is_numeric);
                match kind.scalar() {
                    Some(Scalar::Text(_)) if !is_bare => format!("\"{}\"", shortened(text)),
                    _ => shortened(text),
                }
            }
            NodeKind::List(items) => {
                let scalars = items.iter().take(MOST_ITEMS).map(|item| self.tree.text(*item));
                format!("[{}]", scalars.map(shortened).collect::<Vec<_>>().join(", "))
            }
            NodeKind::Map(_) => "…".to_owned(),
        }
    }

    fn wrong_kind(&mut self, span: Span, shape: &Shape, name: &str, (found, values): (&str, &[NodeId])) {
        let help = self.one_of(values, shape, name).map(|word| format!("write `{name}: {word}`"));
        let message = format!("`{name}` should be {}, not {found}", expected(shape));
        // Mark where a long node starts, not the whole of it.
        let first_line = span.start.saturating_add(40).min(span.end);
        self.report(Span::new(span.start, first_line), message, "unexpected here", help, None);
    }

    /// What is meant by several values where one is wanted: the set or list of them where that is a
    /// word, else the only text among them.
    fn one_of(&self, values: &[NodeId], shape: &Shape, name: &str) -> Option<String> {
        let expects = shape.scalar.as_ref()?;
        let mut texts = values.iter().filter(|id| matches!(self.tree.node(**id).kind.scalar(), Some(Scalar::Text(_))));
        let text = texts.next().map(|id| self.tree.text(*id));
        if expects.words.is_empty() {
            return text
                .filter(|_| texts.next().is_none() && expects.text && expects.quantity.is_none())
                .map(shortened);
        }
        let is_word = |word: &str| expects.words.iter().any(|other| other == word);
        let set = text.map(|text| format!("{text}_set")).filter(|set| is_word(set));
        match (is_word("list"), set) {
            (false, _) => None,
            (true, None) => Some("list".to_owned()),
            (true, Some(set)) => Some(format!("list`, or `{name}: {set}")),
        }
    }

    fn scalar(&mut self, scalar: Scalar<'_>, text: &str, span: Span, shape: &Shape, name: &str) {
        let Some(expects) = &shape.scalar else {
            let found = if scalar == Scalar::Null { "left empty" } else { "a single value" };
            let message = format!("`{name}` should be {}, not {found}", expected(shape));
            let help = match scalar {
                Scalar::Null => Some(format!("give `{name}` a value, or remove it")),
                _ => self.only_key(shape, text).map(|key| format!("write `{name}: {{{key}: {}}}`", shortened(text))),
            };
            return self.report(span, message, "unexpected here", help, None);
        };
        if scalar == Scalar::Null {
            let message = format!("`{name}` has no value");
            let example = match (&expects.example, expects.words.first()) {
                (Some(example), _) => format!("write {}, for example `{name}: {example}`", expected(shape)),
                (None, Some(_)) => format!("write {}", expected(shape)),
                _ => format!("write {} after it, or remove it", expected(shape)),
            };
            return self.report(span, message, "empty", Some(example), None);
        }
        if let Some(constant) = expects.constant {
            if text != constant.to_string() || !matches!(scalar, Scalar::Number(_)) {
                let is_quoted = text == constant.to_string();
                let found = if is_quoted { "text".to_owned() } else { format!("`{}`", shortened(text)) };
                let message = format!("`{name}` should be {constant}, not {found}");
                let (label, help) = match is_quoted {
                    true => ("quoted", format!("write the number without quotes: `{name}: {constant}`")),
                    false => ("unknown version", "this program reads format version 1".to_owned()),
                };
                self.report(span, message, label, Some(help), Some(constant.to_string()));
            }
            return;
        }
        if let Some(kind) = &expects.quantity {
            if let Err(error) = check_quantity(kind, text) {
                self.report(span, format!("`{name}`: {error}"), "cannot be read", None, None);
            }
            return;
        }
        let fits = match scalar {
            Scalar::Boolean(_) => expects.boolean,
            Scalar::Number(_) => expects.number,
            _ => expects.text,
        };
        if !fits {
            let found = match scalar {
                Scalar::Boolean(_) => format!("the boolean `{text}`"),
                Scalar::Number(_) => format!("the number `{text}`"),
                _ => format!("`{}`", shortened(text)),
            };
            let help = (expects.text && expects.words.is_empty()).then(|| format!("quote it: `\"{text}\"`"));
            let help = help.or_else(|| (expects.boolean && !expects.text).then(|| switch(shape, name)));
            let message = format!("`{name}` should be {}, not {found}", expected(shape));
            return self.report(span, message, "unexpected here", help, None);
        }
        if let (Scalar::Text(_), false) = (scalar, expects.words.is_empty()) {
            if !expects.words.iter().any(|word| word == text) {
                let words: Vec<&str> = expects.words.iter().map(String::as_str).collect();
                let meant = word_for(text, &words);
                let help = match meant {
                    Some(meant) => format!("did you mean `{meant}`? `{name}` takes {}", listed(&words)),
                    None => match long_form(shape).zip(words.first()) {
                        Some(((key, _), word)) => format!(
                            "`{name}` takes a comparison: {}; a value that is always the same stands beside it: \
                             `{name}: {{{key}: {word}, value: {}}}`",
                            listed(&words),
                            shortened(text)
                        ),
                        None => format!("`{name}` takes {}", listed(&words)),
                    },
                };
                let message = format!("`{}` is not a value of `{name}`", shortened(text));
                self.report(span, message, "unknown word", Some(help), meant.map(str::to_owned));
            }
            return;
        }
        if let Scalar::Number(number) = scalar {
            let value = number.parse::<f64>().unwrap_or(f64::NAN);
            let low = expects.minimum.is_some_and(|least| value < least as f64);
            let high = expects.maximum.is_some_and(|most| value > most as f64);
            let broken = expects.whole && number.parse::<i64>().is_err();
            if low || high || broken {
                let message = format!("`{name}` cannot be {number}");
                self.report(span, message, "out of range", None, None);
            }
        }
    }
}

/// What to write for a switch, and with it for a map that says more.
fn switch(shape: &Shape, name: &str) -> String {
    match shape.map.as_ref().filter(|map| map.keys.contains_key("fails")) {
        Some(_) => format!(
            "write `{name}: true`, or how often it fails, `{name}: {{fails: 2%}}`; that there is one is part of a \
             model, its expression is not"
        ),
        None => "write `true` or `false`".to_owned(),
    }
}

/// Where a word may stand alone for a map with more to say: the key of the map that takes the word,
/// and the words.
fn long_form(shape: &Shape) -> Option<(&str, Vec<&str>)> {
    let (scalar, map) = (shape.scalar.as_ref()?, shape.map.as_ref()?);
    let [key] = map.required.as_slice() else { return None };
    let words: Vec<&str> = scalar.words.iter().map(String::as_str).collect();
    (!words.is_empty() && map.keys.contains_key("value")).then_some((key, words))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What a shape takes, in words.
fn expected(shape: &Shape) -> String {
    let mut choices: Vec<String> = Vec::new();
    if let Some(scalar) = &shape.scalar {
        match &scalar.quantity {
            Some(kind) if kind == "bytes" => choices.push("a size".to_owned()),
            Some(kind) if kind == "portion" => choices.push("a share or a count".to_owned()),
            Some(kind) if kind == "hottest" => choices.push("a share or a rate".to_owned()),
            Some(kind) if kind == "money" => choices.push("an amount of money".to_owned()),
            Some(kind) => choices.push(format!("a {kind}")),
            None => {
                if !scalar.words.is_empty() {
                    let words: Vec<&str> = scalar.words.iter().map(String::as_str).collect();
                    choices.push(format!("one of {}", listed(&words)));
                } else if scalar.text {
                    choices.push("text".to_owned());
                }
                if scalar.number {
                    choices.push("a number".to_owned());
                }
                if scalar.boolean {
                    choices.push("true or false".to_owned());
                }
            }
        }
    }
    if shape.list.is_some() {
        choices.push("a list".to_owned());
    }
    if shape.map.is_some() {
        choices.push("a map".to_owned());
    }
    match choices.as_slice() {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}

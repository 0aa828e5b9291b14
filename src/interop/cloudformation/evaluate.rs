//! Values of a template: what is written, with functions and variables taken away.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::IndexMap;

use super::super::node::{Node, Origin, Value};
use super::conditions::Decision;
use super::for_each::{Bindings, Body};
use super::template::Template;
use super::text::{Pattern, Piece, pieces};

/// How deep references may lead: a template itself nests no deeper than 64 levels.
const MAX_DEPTH: usize = 96;

/// What evaluating may make: bytes of text, and for each value as much as it takes to hold it.
const MAX_MADE: usize = 32 << 20;
const VALUE_SIZE: usize = 64;

/// Evaluates the values of one template.
pub(super) struct Evaluation<'d> {
    pub(super) template: Template<'d>,
    /// What the user gave for parameters and variables.
    pub(super) given: &'d BTreeMap<String, String>,
    /// What conditions come to; nothing while one is being decided.
    pub(super) decided: RefCell<BTreeMap<String, Option<Decision>>>,
    made: Cell<usize>,
}

/// Where a value is evaluated: within which loops, and how deep.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) bindings: &'s Bindings,
    depth: usize,
}

impl<'s> Scope<'s> {
    /// Outermost, within loops.
    pub(super) fn of(bindings: &'s Bindings) -> Self {
        Self { bindings, depth: 0 }
    }

    /// The same depth, within other loops.
    pub(super) fn within<'n>(&self, bindings: &'n Bindings) -> Scope<'n> {
        Scope { bindings, depth: self.depth }
    }
}

/// The function that a map is, and its argument: `{"Fn::Sub": …}`, `{"!Sub": …}` or `{"Ref": …}`.
pub(super) fn function(node: &Node) -> Option<(Cow<'_, str>, &Node)> {
    let Value::Map(map) = &node.value else { return None };
    let (name, argument) = map.first().filter(|_| map.len() == 1)?;
    let name = match name.strip_prefix('!') {
        Some(short @ ("Ref" | "Condition")) => Cow::Borrowed(short),
        Some(short) => Cow::Owned(format!("Fn::{short}")),
        None if name == "Ref" || name.starts_with("Fn::") && !name.starts_with("Fn::ForEach::") => {
            Cow::Borrowed(name.as_str())
        }
        None => return None,
    };
    Some((name, argument))
}

/// A value that the template does not tell.
pub(super) fn unknown(why: impl Into<String>, origin: Origin) -> Node {
    Node::new(Value::Unknown(why.into()), origin)
}

impl<'d> Evaluation<'d> {
    /// For a template, with what the user gave for its parameters.
    pub(super) fn new(template: Template<'d>, given: &'d BTreeMap<String, String>) -> Self {
        Self { template, given, decided: RefCell::default(), made: Cell::new(0) }
    }

    /// One level deeper; nothing where a template leads in circles or grows without end.
    pub(super) fn enter<'s>(&self, scope: Scope<'s>, bytes: usize) -> Option<Scope<'s>> {
        let made = self.made.get().saturating_add(bytes).saturating_add(VALUE_SIZE);
        self.made.set(made);
        let deeper = Scope { depth: scope.depth.saturating_add(1), ..scope };
        (made <= MAX_MADE && deeper.depth <= MAX_DEPTH).then_some(deeper)
    }

    /// The value of a node: nothing is left of functions and variables, and parts that are
    /// `AWS::NoValue` are gone.
    pub(super) fn value(&self, node: &Node, scope: Scope<'_>) -> Node {
        let Some(scope) = self.enter(scope, node.text().map_or(0, str::len)) else {
            return unknown("the template's references lead in circles, or make more than can be read", node.origin);
        };
        match &node.value {
            Value::Text(text) => self.text_value(&scope.bindings.fill(text), node.origin, scope),
            Value::List(items) => {
                let items =
                    items.iter().map(|item| self.value(item, scope)).filter(|item| item.value != Value::Nothing);
                Node::new(Value::List(items.collect()), node.origin)
            }
            Value::Map(map) => match function(node) {
                Some((name, argument)) => self.call(&name, argument, node, scope),
                None => Node::new(Value::Map(self.entries(map, scope)), node.origin),
            },
            _ => node.clone(),
        }
    }

    fn entries(&self, map: &IndexMap<String, Node>, scope: Scope<'_>) -> IndexMap<String, Node> {
        let mut entries = IndexMap::with_capacity_and_hasher(map.len(), Default::default());
        for entry in self.expanded(map, scope) {
            let value = match entry.body {
                Body::Node(node, bindings) => self.value(node, scope.within(&bindings)),
                Body::Open(why, origin) => unknown(why, origin),
            };
            if value.value != Value::Nothing {
                entries.insert(entry.key, value);
            }
        }
        entries
    }

    /// The text that a node comes to, with its open parts in it.
    pub(super) fn pattern(&self, node: &Node, scope: Scope<'_>) -> Pattern {
        let Some(scope) = self.enter(scope, 0) else {
            return Pattern::open("${…}", "the template's references lead in circles");
        };
        if let Value::Text(text) = &node.value {
            return self.text_pattern(&scope.bindings.fill(text), node.origin, scope);
        }
        if let Some((name, argument)) = function(node) {
            if let Some(pattern) = self.call_for_text(&name, argument, scope) {
                return pattern;
            }
            let written = match (&*name, argument.text()) {
                ("Ref" | "Fn::GetAtt" | "Fn::ImportValue", Some(text)) => scope.bindings.fill(text).into_owned(),
                ("Fn::GetAtt", None) => {
                    let parts: Vec<&str> = argument.items().iter().filter_map(Node::text).collect();
                    scope.bindings.fill(&parts.join(".")).into_owned()
                }
                _ => name.to_string(),
            };
            return pattern_of(&self.call(&name, argument, node, scope), &written);
        }
        pattern_of(&self.value(node, scope), "…")
    }

    /// What a text without functions comes to, which may hold Serverless variables.
    fn text_value(&self, text: &str, origin: Origin, scope: Scope<'_>) -> Node {
        if !text.contains("${") {
            return Node::new(Value::Text(text.to_owned()), origin);
        }
        let found = pieces(text);
        if let [Piece::Hole(inside)] = found.as_slice()
            && is_variable(inside)
        {
            return self.variable(inside, origin, scope);
        }
        text_node(self.text_pattern(text, origin, scope), origin)
    }

    pub(super) fn text_pattern(&self, text: &str, origin: Origin, scope: Scope<'_>) -> Pattern {
        let mut pattern = Pattern::default();
        for piece in pieces(text) {
            let part = match piece {
                Piece::Literal(text) => Pattern::known(text),
                Piece::Hole(inside) if is_variable(inside) => pattern_of(&self.variable(inside, origin, scope), inside),
                Piece::Hole(inside) => Pattern::known(format!("${{{inside}}}")),
            };
            if self.enter(scope, part.text.len()).is_none() {
                return Pattern::open(text, "the text grows longer than can be read");
            }
            pattern.push(&part);
        }
        pattern
    }
}

/// Whether a hole is a variable of the Serverless Framework, `${source:address}` or
/// `${source(argument):address}`: `${AWS::Region}` and `${Name}` are CloudFormation's.
///
/// <https://www.serverless.com/framework/docs/guides/variables>
fn is_variable(inside: &str) -> bool {
    let word = inside.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inside.len());
    let rest = inside.get(word..).unwrap_or_default();
    word > 0 && (rest.starts_with('(') || rest.starts_with(':') && !rest.starts_with("::"))
}

/// A value as a part of text; `written` names it where it is open.
pub(super) fn pattern_of(node: &Node, written: &str) -> Pattern {
    match (&node.value, node.word()) {
        (_, Some(word)) => Pattern::known(word),
        (Value::Nothing, _) => Pattern::default(),
        (Value::Unknown(why), _) => Pattern::open(format!("${{{written}}}"), why.as_str()),
        _ => Pattern::open(format!("${{{written}}}"), format!("{} stands where text is expected", node.kind())),
    }
}

/// A text as a value: unknown where a part of it is open.
pub(super) fn text_node(pattern: Pattern, origin: Origin) -> Node {
    let value = match pattern.open {
        None => Value::Text(pattern.text),
        Some(why) => Value::Unknown(why),
    };
    Node::new(value, origin)
}

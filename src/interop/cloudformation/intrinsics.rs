//! The intrinsic functions. One whose answer only CloudFormation knows gives an unknown value that
//! names it.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use super::super::node::{Node, Origin, Value};
use super::conditions::Decision;
use super::evaluate::{Evaluation, Scope, pattern_of, text_node, unknown};
use super::reference::known_later;
use super::text::{Pattern, Piece, pieces};

impl Evaluation<'_> {
    /// The value of a function; `node` is the whole of it.
    pub(super) fn call(&self, name: &str, argument: &Node, node: &Node, scope: Scope<'_>) -> Node {
        let origin = node.origin;
        if let Some(pattern) = self.sub_or_join(name, argument, scope) {
            return text_node(pattern, origin);
        }
        match name {
            "Ref" => match argument.text() {
                Some(text) => self.reference(&scope.bindings.fill(text), origin, scope),
                None => unknown("`Ref` has no name", origin),
            },
            "Fn::If" => self.choice(argument, origin, scope),
            "Fn::FindInMap" => self.find_in_map(argument, origin, scope),
            "Fn::Select" => self.select(argument, origin, scope),
            "Fn::Split" => self.split(argument, origin, scope),
            "Fn::Length" => {
                let list = self.value(argument, scope);
                match list.value {
                    Value::List(items) => Node::new(Value::Number(items.len().to_string()), origin),
                    Value::Unknown(why) => unknown(why, origin),
                    _ => unknown("`Fn::Length` is of a list", origin),
                }
            }
            "Fn::ToJsonString" => match json(&self.value(argument, scope)) {
                Ok(value) => Node::new(Value::Text(value.to_string()), origin),
                Err(why) => unknown(why, origin),
            },
            "Fn::Transform" => unknown(
                "`Fn::Transform` is a macro, such as an included file, that CloudFormation runs when the stack is made",
                origin,
            ),
            _ => unknown(known_later(&written(name, argument, scope)), origin),
        }
    }

    /// The text of a function that makes or chooses text; nothing for other functions.
    pub(super) fn call_for_text(&self, name: &str, argument: &Node, scope: Scope<'_>) -> Option<Pattern> {
        if name == "Fn::If"
            && let [condition, yes, no] = argument.items()
        {
            let chosen = match self.decide(&scope.bindings.fill(condition.text()?), scope) {
                Decision::Yes => yes,
                Decision::No => no,
                Decision::Open(_) => return None,
            };
            return Some(self.pattern(chosen, scope));
        }
        self.sub_or_join(name, argument, scope)
    }

    fn sub_or_join(&self, name: &str, argument: &Node, scope: Scope<'_>) -> Option<Pattern> {
        match (name, &argument.value, argument.items()) {
            ("Fn::Sub", Value::Text(text), _) => Some(self.sub(text, None, argument.origin, scope)),
            ("Fn::Sub", _, [text, variables]) => Some(self.sub(text.text()?, Some(variables), text.origin, scope)),
            ("Fn::Sub", _, [text]) => Some(self.sub(text.text()?, None, text.origin, scope)),
            ("Fn::Join", _, [delimiter, list]) => Some(self.join(delimiter, list, scope)),
            _ => None,
        }
    }

    fn sub(&self, text: &str, variables: Option<&Node>, origin: Origin, scope: Scope<'_>) -> Pattern {
        // Loops fill in first, then the Serverless Framework, then CloudFormation.
        let given = self.text_pattern(&scope.bindings.fill(text), origin, scope);
        let mut pattern = Pattern::default();
        for piece in pieces(&given.text) {
            let part = match piece {
                Piece::Literal(text) => Pattern::known(text),
                Piece::Hole(inside) => match inside.trim().strip_prefix('!') {
                    Some(literal) => Pattern::known(format!("${{{literal}}}")),
                    None => self.placeholder(inside.trim(), variables, origin, scope),
                },
            };
            if self.enter(scope, part.text.len()).is_none() {
                return Pattern::open(text, "the text grows longer than can be read");
            }
            pattern.push(&part);
        }
        pattern.open = given.open.or(pattern.open);
        pattern
    }

    fn placeholder(&self, name: &str, variables: Option<&Node>, origin: Origin, scope: Scope<'_>) -> Pattern {
        if let Some(variable) = variables.and_then(|variables| variables.get(name)) {
            return self.pattern(variable, scope);
        }
        if name.contains('.') {
            return Pattern::open(format!("${{{name}}}"), known_later(&format!("Fn::GetAtt {name}")));
        }
        pattern_of(&self.reference(name, origin, scope), name)
    }

    fn join(&self, delimiter: &Node, list: &Node, scope: Scope<'_>) -> Pattern {
        let delimiter = self.pattern(delimiter, scope);
        let made;
        // Items of a written list may be open one by one.
        let items = match &list.value {
            Value::List(items) => items.as_slice(),
            _ => {
                made = self.value(list, scope);
                if let Value::Unknown(why) = &made.value {
                    return Pattern::open("${…}", why.as_str());
                }
                made.items()
            }
        };
        let mut pattern = Pattern::default();
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                pattern.push(&delimiter);
            }
            let part = self.pattern(item, scope);
            if self.enter(scope, part.text.len().saturating_add(delimiter.text.len())).is_none() {
                return Pattern::open("${…}", "the text grows longer than can be read");
            }
            pattern.push(&part);
        }
        pattern
    }

    fn choice(&self, argument: &Node, origin: Origin, scope: Scope<'_>) -> Node {
        let [condition, yes, no] = argument.items() else {
            return unknown("`Fn::If` has a condition and two values", origin);
        };
        let Some(name) = condition.text() else {
            return unknown("`Fn::If` has no condition's name", origin);
        };
        match self.decide(&scope.bindings.fill(name), scope) {
            Decision::Yes => self.value(yes, scope),
            Decision::No => self.value(no, scope),
            Decision::Open(why) => {
                let (yes, no) = (self.value(yes, scope), self.value(no, scope));
                // What both say needs no decision.
                if same(&yes, &no) { yes } else { unknown(why, origin) }
            }
        }
    }

    fn find_in_map(&self, argument: &Node, origin: Origin, scope: Scope<'_>) -> Node {
        let [map, first, second, options @ ..] = argument.items() else {
            return unknown("`Fn::FindInMap` has a map and two keys", origin);
        };
        let mut keys = Vec::new();
        for key in [map, first, second] {
            let key = self.pattern(key, scope);
            match key.open {
                Some(why) => return unknown(why, origin),
                None => keys.push(key.text),
            }
        }
        let [map, first, second] = keys.as_slice() else { return unknown("`Fn::FindInMap` has no keys", origin) };
        let found = self.template.find("Mappings", map).and_then(|map| map.get(first)?.get(second));
        let default = options.first().and_then(|options| options.get("DefaultValue"));
        match found.or(default) {
            Some(found) => Node { origin, ..self.value(found, scope) },
            None => unknown(format!("the mappings have no `{map}.{first}.{second}`"), origin),
        }
    }

    fn select(&self, argument: &Node, origin: Origin, scope: Scope<'_>) -> Node {
        let [index, list] = argument.items() else {
            return unknown("`Fn::Select` has a position and a list", origin);
        };
        let position = self.value(index, scope);
        let Some(position) = position.word().and_then(|word| word.trim().parse::<usize>().ok()) else {
            return unknown("the position of `Fn::Select` is open", origin);
        };
        // Of a written list only the item that is chosen has to be known.
        if let Value::List(items) = &list.value
            && let Some(item) = items.get(position)
        {
            return self.value(item, scope);
        }
        let list = self.value(list, scope);
        match (&list.value, list.items().get(position)) {
            (_, Some(item)) => item.clone(),
            (Value::Unknown(why), None) => unknown(why.as_str(), origin),
            _ => unknown(format!("the list of `Fn::Select` has no item {position}"), origin),
        }
    }

    fn split(&self, argument: &Node, origin: Origin, scope: Scope<'_>) -> Node {
        let [delimiter, text] = argument.items() else {
            return unknown("`Fn::Split` has a delimiter and a text", origin);
        };
        let (delimiter, text) = (self.pattern(delimiter, scope), self.pattern(text, scope));
        if let Some(why) = delimiter.open.or(text.open) {
            return unknown(why, origin);
        }
        if delimiter.text.is_empty() || self.enter(scope, text.text.len().saturating_mul(64)).is_none() {
            return unknown("`Fn::Split` has no delimiter, or makes more than can be read", origin);
        }
        let items = text.text.split(&delimiter.text).map(|item| Node::new(Value::Text(item.to_owned()), origin));
        Node::new(Value::List(items.collect()), origin)
    }
}

/// A function in a few words: with its argument where that is a word or two.
fn written(name: &str, argument: &Node, scope: Scope<'_>) -> String {
    let words: Option<Vec<&str>> = match &argument.value {
        Value::List(items) => items.iter().map(Node::word).collect(),
        _ => argument.word().map(|word| vec![word]),
    };
    let joined = words.map(|words| words.join(".")).filter(|words| !words.is_empty() && words.len() <= 80);
    joined.map_or_else(|| name.to_owned(), |words| format!("{name} {}", scope.bindings.fill(&words)))
}

/// Whether two values are equal, wherever they stand. Neither nests deeper than values do.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => false,
        (left, right) => left == right,
    }
}

/// A value as JSON.
fn json(node: &Node) -> Result<serde_json::Value, String> {
    Ok(match &node.value {
        Value::Nothing => serde_json::Value::Null,
        Value::Boolean(yes) => serde_json::Value::Bool(*yes),
        Value::Number(digits) => {
            digits.parse::<serde_json::Number>().map_or_else(|_| digits.as_str().into(), serde_json::Value::Number)
        }
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => serde_json::Value::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| Ok((key.clone(), json(value)?)));
            serde_json::Value::Object(entries.collect::<Result<_, String>>()?)
        }
        Value::Unknown(why) => return Err(why.clone()),
    })
}

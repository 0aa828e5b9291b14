//! Variables of the Serverless Framework: `${self:custom.name}`, `${opt:stage, 'dev'}`.
//!
//! <https://www.serverless.com/framework/docs/guides/variables>,
//! <https://www.serverless.com/framework/docs/providers/aws/guide/variables>

use std::borrow::Cow;

use super::super::node::{Node, Origin, Value};
use super::evaluate::{Evaluation, Scope, unknown};
use super::text::alternatives;

impl Evaluation<'_> {
    /// What stands between `${` and `}`: an address and what to take where it has no value.
    pub(super) fn variable(&self, inside: &str, origin: Origin, scope: Scope<'_>) -> Node {
        let Some(scope) = self.enter(scope, inside.len()) else {
            return unknown(format!("`${{{inside}}}` leads in circles"), origin);
        };
        let choices = alternatives(inside);
        for (position, choice) in choices.iter().enumerate() {
            let address = self.text_pattern(choice, origin, scope);
            if let Some(why) = address.open {
                return unknown(why, origin);
            }
            let last = position + 1 == choices.len();
            if let Some(value) = self.at_address(&address.text, last, origin, scope) {
                return value;
            }
        }
        let name = choices.first().copied().unwrap_or(inside);
        let text = format!("`${{{name}}}` is not given; `--parameter '{name}=…'` gives it");
        unknown(text, origin)
    }

    /// The value at an address; nothing where there is none and an alternative may have one.
    fn at_address(&self, address: &str, last: bool, origin: Origin, scope: Scope<'_>) -> Option<Node> {
        if let Some(value) = self.given.get(address) {
            return Some(Node::new(Value::Text(value.clone()), origin));
        }
        if is_quoted(address) {
            return Some(literal(address, origin));
        }
        let (source, rest) = match address.split_once(':') {
            Some(parts) => parts,
            // A whole file, or a function of the framework.
            None if address.contains('(') => (address, ""),
            None => return Some(literal(address, origin)),
        };
        match source {
            "self" => self.of_itself(rest, origin, scope),
            "opt" | "env" => self.by_name(rest, origin),
            "sls" if rest == "stage" => self.stage(origin, scope),
            "param" => self.by_name(rest, origin).or_else(|| {
                let stage = self.stage(origin, scope);
                let stage = stage.as_ref().and_then(Node::text).unwrap_or("dev");
                let of = |stage: &str| self.of_itself(&format!("params.{stage}.{rest}"), origin, scope);
                of(stage).or_else(|| of("default"))
            }),
            "aws" if rest == "region" => Some(self.serverless_region(origin, scope)),
            _ if last || source.contains('(') || ["ssm", "cf", "s3"].contains(&source) => {
                let text = if source.starts_with("file") {
                    format!("`${{{address}}}` stands in another file; `--parameter '{address}=…'` gives it")
                } else {
                    format!("`${{{address}}}` is known when it is deployed; `--parameter '{address}=…'` gives it")
                };
                Some(unknown(text, origin))
            }
            _ => None,
        }
    }

    fn by_name(&self, name: &str, origin: Origin) -> Option<Node> {
        self.given.get(name).map(|value| Node::new(Value::Text(value.clone()), origin))
    }

    fn stage(&self, origin: Origin, scope: Scope<'_>) -> Option<Node> {
        self.by_name("sls:stage", origin)
            .or_else(|| self.by_name("opt:stage", origin))
            .or_else(|| self.by_name("stage", origin))
            .or_else(|| self.of_itself("provider.stage", origin, scope))
    }

    /// The Region that a `serverless.yml` deploys to.
    pub(super) fn serverless_region(&self, origin: Origin, scope: Scope<'_>) -> Node {
        let given = ["AWS::Region", "opt:region", "region"].iter().find_map(|name| self.by_name(name, origin));
        given
            .or_else(|| self.of_itself("provider.region", origin, scope))
            .unwrap_or_else(|| unknown("the Region is known when it is deployed", origin))
    }

    /// A value of the `serverless.yml` itself, by its path.
    fn of_itself(&self, path: &str, origin: Origin, scope: Scope<'_>) -> Option<Node> {
        let document = self.template.serverless?;
        let mut current = Cow::Borrowed(document);
        for step in path.split('.') {
            // What is on the way may be a variable itself.
            if matches!(&current.value, Value::Text(_)) {
                current = Cow::Owned(self.value(&current, scope));
            }
            if let Value::Unknown(why) = &current.value {
                return Some(unknown(why.as_str(), origin));
            }
            let found = match &current {
                Cow::Borrowed(node) => child(node, step).map(Cow::Borrowed),
                Cow::Owned(node) => child(node, step).cloned().map(Cow::Owned),
            };
            let Some(found) = found else { return default(path, origin) };
            current = found;
        }
        // An older way to write it: `service: {name: orders}`.
        let named = if path == "service" { current.get("name").cloned() } else { None };
        let value = self.value(named.as_ref().unwrap_or(&current), scope);
        let origin = if value.word().is_some() { origin } else { value.origin };
        (value.value != Value::Nothing).then_some(Node { origin, ..value })
    }
}

fn child<'n>(node: &'n Node, step: &str) -> Option<&'n Node> {
    match &node.value {
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    }
}

/// What the framework takes where a file is silent.
///
/// <https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml>
fn default(path: &str, origin: Origin) -> Option<Node> {
    let word = match path {
        "provider.stage" => "dev",
        "provider.region" => "us-east-1",
        _ => return None,
    };
    Some(Node::new(Value::Text(word.to_owned()), origin))
}

fn is_quoted(text: &str) -> bool {
    text.starts_with(['\'', '"'])
}

/// A value that stands in the variable itself: `'dev'`, `5`, `true`.
fn literal(text: &str, origin: Origin) -> Node {
    let value = match text {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        "null" => Value::Nothing,
        _ if text.parse::<f64>().is_ok_and(f64::is_finite) => Value::Number(text.to_owned()),
        _ => Value::Text(text.trim_matches(['\'', '"']).to_owned()),
    };
    Node::new(value, origin)
}

//! `Ref`, and the parameters of a template.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>

use super::super::node::{Node, Origin, Value};
use super::evaluate::{Evaluation, Scope, unknown};

impl Evaluation<'_> {
    /// `Ref`: an identifier of a loop, a pseudo parameter, a parameter, or a resource.
    pub(super) fn reference(&self, name: &str, origin: Origin, scope: Scope<'_>) -> Node {
        if name == "AWS::NoValue" {
            return Node::new(Value::Nothing, origin);
        }
        if let Some(value) = scope.bindings.get(name) {
            return Node::new(Value::Text(value.to_owned()), origin);
        }
        let parameter = self.template.find("Parameters", name);
        let kind = parameter.and_then(|parameter| parameter.get("Type")).and_then(Node::text).unwrap_or("String");
        let value = match (self.given.get(name), parameter) {
            (Some(value), _) => Value::Text(value.clone()),
            (None, None) if name == "AWS::Region" && self.template.serverless.is_some() => {
                return self.serverless_region(origin, scope);
            }
            (None, None) if name.starts_with("AWS::") => {
                let text = format!("`{name}` is known when the stack is made; `--parameter {name}=…` gives it");
                return unknown(text, origin);
            }
            (None, None) => return unknown(known_later(&format!("Ref {name}")), origin),
            (None, Some(_)) if kind.starts_with("AWS::SSM::Parameter::Value") => {
                let text = format!("parameter `{name}` is read from Systems Manager; `--parameter {name}=…` gives it");
                return unknown(text, origin);
            }
            (None, Some(parameter)) => match parameter.get("Default").map(|default| self.value(default, scope).value) {
                Some(value) => value,
                None => {
                    let text = format!("parameter `{name}` has no default; `--parameter {name}=…` gives it");
                    return unknown(text, origin);
                }
            },
        };
        match &value {
            Value::Text(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                let items = text.split(',').map(|item| Node::new(Value::Text(item.trim().to_owned()), origin));
                Node::new(Value::List(items.collect()), origin)
            }
            _ => Node::new(value, origin),
        }
    }
}

/// Why the answer of a function is not known here.
pub(super) fn known_later(what: &str) -> String {
    format!("`{what}` is known when the stack is made")
}

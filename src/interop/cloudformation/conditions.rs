//! Conditions, which may be open: what they come to may depend on what the template does not tell.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>

use super::super::node::{Node, Value};
use super::evaluate::{Evaluation, Scope, function};
use super::for_each::{Bindings, Body};

/// What a condition comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    Yes,
    No,
    /// It depends on what the template does not tell.
    Open(String),
}

impl From<bool> for Decision {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Evaluation<'_> {
    /// What the condition of a name comes to.
    pub(super) fn decide(&self, name: &str, scope: Scope<'_>) -> Decision {
        if let Some(decided) = self.decided.borrow().get(name) {
            return decided.clone().unwrap_or_else(|| Decision::Open(format!("condition `{name}` rests on itself")));
        }
        self.decided.borrow_mut().insert(name.to_owned(), None);
        let decision = match self.body_of(name, scope) {
            Some((body, bindings)) => self.decision(body, scope.within(&bindings)),
            None => Decision::Open("the template does not define it".to_owned()),
        };
        let decision = match decision {
            Decision::Open(why) if !why.starts_with("condition `") => {
                Decision::Open(format!("condition `{name}` is open: {why}"))
            }
            decision => decision,
        };
        self.decided.borrow_mut().insert(name.to_owned(), Some(decision.clone()));
        decision
    }

    fn body_of(&self, name: &str, scope: Scope<'_>) -> Option<(&Node, Bindings)> {
        if let Some(body) = self.template.find("Conditions", name) {
            return Some((body, Bindings::default()));
        }
        let outside = Bindings::default();
        for section in self.template.sections("Conditions") {
            let Value::Map(map) = &section.value else { continue };
            if !map.keys().any(|key| key.starts_with("Fn::ForEach::")) {
                continue;
            }
            for entry in self.expanded(map, scope.within(&outside)) {
                if let (true, Body::Node(node, bindings)) = (entry.key == name, entry.body) {
                    return Some((node, bindings));
                }
            }
        }
        None
    }

    fn decision(&self, node: &Node, scope: Scope<'_>) -> Decision {
        let Some(scope) = self.enter(scope, 0) else {
            return Decision::Open("the conditions lead too deep".to_owned());
        };
        if let Some(name) = node.get("Condition").and_then(Node::text) {
            return self.decide(&scope.bindings.fill(name), scope);
        }
        let Some((name, argument)) = function(node) else {
            return node.boolean().map_or_else(|| Decision::Open("it is no condition".to_owned()), Decision::from);
        };
        match &*name {
            "Condition" => match argument.text() {
                Some(name) => self.decide(&scope.bindings.fill(name), scope),
                None => Decision::Open("it is no condition".to_owned()),
            },
            "Fn::Equals" => self.equals(argument, scope),
            "Fn::Not" => match argument.items().first().map(|node| self.decision(node, scope)) {
                Some(Decision::Yes) => Decision::No,
                Some(Decision::No) => Decision::Yes,
                Some(open) => open,
                None => Decision::Open("`Fn::Not` has no condition".to_owned()),
            },
            "Fn::And" => self.all(argument, scope, &Decision::No, Decision::Yes),
            "Fn::Or" => self.all(argument, scope, &Decision::Yes, Decision::No),
            _ => Decision::Open(format!("`{name}` decides nothing here")),
        }
    }

    /// Goes through conditions: one that is `decisive` decides all, an open one leaves all open.
    fn all(&self, list: &Node, scope: Scope<'_>, decisive: &Decision, otherwise: Decision) -> Decision {
        let mut result = otherwise;
        for node in list.items() {
            let decision = self.decision(node, scope);
            if decision == *decisive {
                return decision;
            }
            if matches!(decision, Decision::Open(_)) && !matches!(result, Decision::Open(_)) {
                result = decision;
            }
        }
        result
    }

    fn equals(&self, argument: &Node, scope: Scope<'_>) -> Decision {
        let [left, right] = argument.items() else {
            return Decision::Open("`Fn::Equals` compares two values".to_owned());
        };
        let (left, right) = (self.pattern(left, scope), self.pattern(right, scope));
        match left.open.or(right.open) {
            Some(why) => Decision::Open(why),
            None => Decision::from(left.text == right.text),
        }
    }
}

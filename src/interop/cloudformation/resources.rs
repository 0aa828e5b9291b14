//! The resources of a template, with their loops run.

use super::super::imported::{Note, NoteKind};
use super::super::node::{Node, Value};
use super::conditions::Decision;
use super::evaluate::{Evaluation, Scope};
use super::for_each::{Bindings, Body};
use crate::source::ModelPath;

/// A resource of a template.
pub(super) struct Resource<'n> {
    /// Its name in the template.
    pub(super) logical_id: String,
    /// What it is, such as `AWS::DynamoDB::Table`.
    pub(super) kind: String,
    /// The whole of it, as written.
    pub(super) body: &'n Node,
    bindings: Bindings,
}

impl Resource<'_> {
    /// Where its values are evaluated.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope::of(&self.bindings)
    }

    /// Its properties, evaluated; an empty map where it has none.
    pub(super) fn properties(&self, evaluation: &Evaluation<'_>) -> Node {
        match self.body.get("Properties").map(|node| evaluation.value(node, self.scope())) {
            Some(node) if node.value != Value::Nothing => node,
            _ => Node::new(Value::Map(crate::IndexMap::default()), self.body.origin),
        }
    }

    /// The condition that it is created under, and what that comes to.
    pub(super) fn condition(&self, evaluation: &Evaluation<'_>) -> Option<(String, Decision)> {
        let name = self.scope().bindings.fill(self.body.get("Condition")?.text()?).into_owned();
        let decision = evaluation.decide(&name, self.scope());
        Some((name, decision))
    }

    /// Why it may not be there; nothing where it is, and `None` where it is not.
    pub(super) fn presence(&self, evaluation: &Evaluation<'_>) -> Option<Option<String>> {
        match self.condition(evaluation) {
            None | Some((_, Decision::Yes)) => Some(None),
            Some((_, Decision::Open(why))) => Some(Some(why)),
            Some((_, Decision::No)) => None,
        }
    }
}

/// All resources, in the order of the template.
pub(super) fn all<'d>(evaluation: &Evaluation<'d>, notes: &mut Vec<Note>) -> Vec<Resource<'d>> {
    let outside = Bindings::default();
    let mut found = Vec::new();
    for section in evaluation.template.sections("Resources") {
        let Value::Map(map) = &section.value else { continue };
        for entry in evaluation.expanded(map, Scope::of(&outside)) {
            let (body, bindings) = match entry.body {
                Body::Node(body, bindings) => (body, bindings),
                Body::Open(why, origin) => {
                    notes.push(open(why, origin));
                    continue;
                }
            };
            if body.text().is_some() {
                let why = format!("resource `{}` stands elsewhere: import that file too", entry.key);
                notes.push(open(why, body.origin));
            }
            if let Some(kind) = body.get("Type").and_then(Node::text) {
                let kind = bindings.fill(kind).into_owned();
                found.push(Resource { logical_id: entry.key, kind, body, bindings });
            }
        }
    }
    found
}

fn open(text: String, origin: super::super::node::Origin) -> Note {
    Note { kind: NoteKind::Unknown, at: ModelPath::root(), text, origin: Some(origin) }
}

//! The sections of a template, wherever they stand: a template, a fragment of one, or the
//! `resources` of a `serverless.yml`.

use std::borrow::Cow;

use crate::IndexMap;

use super::super::node::{Node, Value};

/// The parts of a document that hold resources and what they refer to.
pub(super) struct Template<'d> {
    /// The `serverless.yml` around, where there is one.
    pub(super) serverless: Option<&'d Node>,
    parts: Vec<&'d Node>,
}

/// Whether a map is a resource: `{Type: AWS::DynamoDB::Table, …}`.
fn is_resource(node: &Node) -> bool {
    node.get("Type").and_then(Node::text).is_some_and(|kind| kind.contains("::"))
}

/// Whether a map names resources.
fn holds_resources(node: &Node) -> bool {
    node.entries().any(|(name, resource)| is_resource(resource) || name.starts_with("Fn::ForEach::"))
}

fn is_serverless(document: &Node) -> bool {
    document.get("provider").is_some()
        && ["service", "resources", "functions"].iter().any(|key| document.get(key).is_some())
}

/// Whether a document is of this family.
pub(super) fn recognises(document: &Node) -> bool {
    document.get("AWSTemplateFormatVersion").is_some()
        || is_serverless(document)
        || ["Resources", "resources"].iter().any(|key| {
            document.get(key).is_some_and(|section| {
                holds_resources(section) || section.get("Resources").is_some_and(holds_resources)
            })
        })
        || is_resource(document)
        || holds_resources(document)
}

/// The document with its resources in a section: fragments leave the section out.
pub(super) fn with_section(document: &Node) -> Cow<'_, Node> {
    let wrap = |key: &str, node: Node| {
        let origin = node.origin;
        Node::new(Value::Map(IndexMap::from_iter([(key.to_owned(), node)])), origin)
    };
    if is_resource(document) {
        Cow::Owned(wrap("Resources", wrap("Table", document.clone())))
    } else if document.get("Resources").is_none() && document.get("resources").is_none() && holds_resources(document) {
        Cow::Owned(wrap("Resources", document.clone()))
    } else {
        Cow::Borrowed(document)
    }
}

impl<'d> Template<'d> {
    /// The template in a document.
    pub(super) fn of(document: &'d Node) -> Self {
        let serverless = is_serverless(document).then_some(document);
        let mut parts = vec![document];
        if let Some(resources) = document.get("resources") {
            // Serverless takes one template or a list of them.
            parts.push(resources);
            parts.extend(resources.items());
        }
        Self { serverless, parts }
    }

    /// The sections of a name.
    pub(super) fn sections(&self, name: &str) -> impl Iterator<Item = &'d Node> {
        self.parts.iter().filter_map(move |part| part.get(name)).flat_map(|section| match &section.value {
            Value::List(items) => items.iter().collect::<Vec<_>>(),
            _ => vec![section],
        })
    }

    /// An entry of a section.
    pub(super) fn find(&self, section: &str, name: &str) -> Option<&'d Node> {
        self.sections(section).find_map(|section| section.get(name))
    }

    /// Parts that are no maps, such as a `${file(…)}` in a `serverless.yml`.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = &'d Node> {
        let parts = self.parts.iter().copied();
        parts.chain(self.sections("Resources")).filter(|node| node.text().is_some())
    }
}

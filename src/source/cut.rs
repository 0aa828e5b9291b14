//! Key templates that YAML has cut short: ` #` starts a comment in an unquoted value, so
//! `sk: ORDER #{id}` reads as `ORDER`.

use super::path::ModelPath;
use super::tree::{NodeId, NodeKind, Tree};

/// Every unquoted key template that a comment follows on its line, with the comment's text, where
/// the comment looks like the rest of the template.
pub fn cut_templates(tree: &Tree, text: &str) -> Vec<(ModelPath, String)> {
    let mut found = Vec::new();
    if tree.comments.iter().any(|comment| comment.after_content) {
        for (section, field) in [("entities", "keys"), ("access_patterns", "key")] {
            for (name, owner) in entries(tree, child(tree, tree.root(), section)) {
                for (key, value) in entries(tree, child(tree, owner, field)) {
                    let place = ModelPath::of([section, name, field, key]);
                    templates(tree, text, value, &place, &mut found);
                }
            }
        }
    }
    found
}

fn templates(tree: &Tree, text: &str, id: NodeId, place: &ModelPath, found: &mut Vec<(ModelPath, String)>) {
    let node = tree.node(id);
    match &node.kind {
        NodeKind::Scalar { plain: true, .. } => {
            let next = tree.comments.partition_point(|comment| comment.span.start < node.span.end);
            let Some(comment) = tree.comments.get(next).filter(|comment| comment.after_content) else { return };
            let between = text.get(node.span.end..comment.span.start).unwrap_or("\n");
            let glued = comment.text.starts_with(|c: char| !c.is_whitespace()) && comment.text.contains('{');
            if between.chars().all(|c| c == ' ') && glued {
                found.push((place.clone(), comment.text.clone()));
            }
        }
        NodeKind::Map(pairs) => {
            for (key, value) in pairs {
                templates(tree, text, *value, &place.key(tree.text(*key)), found);
            }
        }
        _ => {}
    }
}

fn child(tree: &Tree, id: NodeId, name: &str) -> Option<NodeId> {
    entries(tree, Some(id)).find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn entries(tree: &Tree, id: Option<NodeId>) -> impl Iterator<Item = (&str, NodeId)> {
    let pairs = match id.map(|id| &tree.node(id).kind) {
        Some(NodeKind::Map(pairs)) => pairs.as_slice(),
        _ => &[],
    };
    pairs.iter().map(|(key, value)| (tree.text(*key), *value))
}

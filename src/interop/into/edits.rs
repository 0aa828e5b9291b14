//! The changes of a text that turn one model into another, as few and as small as they can be.

use serde_yaml::{Mapping, Value};

use crate::interop::render::{Notation, entry, inline};
use crate::source::{ModelPath, NodeId, NodeKind, Span, Tree};

/// Changes of a text.
#[derive(Debug, Default)]
pub(super) struct Edits {
    edits: Vec<(Span, String)>,
    /// The parts that change.
    pub(super) changed: Vec<ModelPath>,
}

/// The changes from one value of a document to another.
pub(super) fn between(tree: &Tree, text: &str, old: &Value, new: &Value) -> Edits {
    let root = tree.node(tree.root());
    let notation =
        if text.get(root.span.start..).is_some_and(|t| t.starts_with('{')) { Notation::Json } else { Notation::Yaml };
    let mut walk = Walk { tree, text, notation, edits: Edits::default() };
    walk.value(tree.root(), &ModelPath::root(), old, new);
    walk.edits
}

impl Edits {
    /// The text with the changes.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut edits: Vec<&(Span, String)> = self.edits.iter().collect();
        edits.sort_by_key(|(span, _)| (span.start, span.end));
        let mut written = String::with_capacity(text.len());
        let mut at = 0;
        for (span, new) in edits {
            written.push_str(text.get(at..span.start.max(at)).unwrap_or_default());
            written.push_str(new);
            at = at.max(span.end);
        }
        written.push_str(text.get(at..).unwrap_or_default());
        written
    }
}

struct Walk<'w> {
    tree: &'w Tree,
    text: &'w str,
    notation: Notation,
    edits: Edits,
}

impl Walk<'_> {
    fn value(&mut self, id: NodeId, path: &ModelPath, old: &Value, new: &Value) {
        if old == new {
            return;
        }
        let node = self.tree.node(id);
        if let (NodeKind::Map(pairs), Value::Mapping(old), Value::Mapping(new)) = (&node.kind, old, new) {
            let is_flow = self.text.get(node.span.start..).is_some_and(|text| text.starts_with('{'));
            match is_flow {
                true => self.flow_map(node.span, pairs, path, old, new),
                false => self.block_map(node.span, pairs, path, old, new),
            }
            return;
        }
        self.edits.changed.push(path.clone());
        let block_start = self.tree.node(id).span;
        self.edits.edits.push((block_start, inline(new, self.notation)));
    }

    /// Changes inside entries that stay.
    fn kept(&mut self, pairs: &[(NodeId, NodeId)], path: &ModelPath, old: &Mapping, new: &Mapping) {
        for (key, value) in pairs {
            let name = self.tree.text(*key);
            let Some(new) = new.get(name) else { continue };
            // What is written and says nothing is not in the plain value.
            let nothing = Value::Null;
            self.value(*value, &path.key(name), old.get(name).unwrap_or(&nothing), new);
        }
    }

    fn flow_map(&mut self, span: Span, pairs: &[(NodeId, NodeId)], path: &ModelPath, old: &Mapping, new: &Mapping) {
        let written: Vec<&str> = pairs.iter().map(|(key, _)| self.tree.text(*key)).collect();
        let goes = |name: &&&str| old.contains_key(**name) && !new.contains_key(**name);
        if written.iter().any(|name| goes(&name)) || pairs.is_empty() {
            // Taking an entry out of a line leaves its commas; the line is short enough to write anew.
            self.edits.changed.push(path.clone());
            self.edits.edits.push((span, inline(&Value::Mapping(new.clone()), self.notation)));
            return;
        }
        self.kept(pairs, path, old, new);
        let Some(end) = pairs.last().map(|(_, value)| self.tree.node(*value).span.end) else { return };
        for (name, value) in added(&written, old, new) {
            self.edits.changed.push(path.key(name));
            let one: Mapping = std::iter::once((Value::String(name.to_owned()), value.clone())).collect();
            let entry = inline(&Value::Mapping(one), self.notation);
            let entry = entry.trim_start_matches('{').strip_suffix('}').unwrap_or_default().to_owned();
            self.edits.edits.push((Span::new(end, end), format!(", {entry}")));
        }
    }

    fn block_map(&mut self, span: Span, pairs: &[(NodeId, NodeId)], path: &ModelPath, old: &Mapping, new: &Mapping) {
        let written: Vec<&str> = pairs.iter().map(|(key, _)| self.tree.text(*key)).collect();
        for (key, value) in pairs {
            let name = self.tree.text(*key);
            if old.contains_key(name) && !new.contains_key(name) {
                let start = self.line_start(self.tree.node(*key).span.start);
                let end = self.line_end(self.tree.node(*value).span.end);
                self.edits.changed.push(path.key(name));
                self.edits.edits.push((Span::new(start, end), String::new()));
            }
        }
        self.kept_or_rewritten(pairs, path, old, new);
        let indent = span.start - self.line_start(span.start);
        let last = pairs.iter().map(|(_, value)| self.tree.node(*value).span.end).max().unwrap_or(span.end);
        let end = self.line_end(last);
        for (name, value) in added(&written, old, new) {
            let mut entry = entry(name, value, &path.key(name), indent);
            // The last line of a file may lack its end.
            if !self.text.get(..end).is_some_and(|text| text.ends_with('\n')) {
                entry.insert(0, '\n');
            }
            self.edits.changed.push(path.key(name));
            self.edits.edits.push((Span::new(end, end), entry));
        }
    }

    /// Entries that stay: changed inside, or written anew where a block gives way to something else.
    fn kept_or_rewritten(&mut self, pairs: &[(NodeId, NodeId)], path: &ModelPath, old: &Mapping, new: &Mapping) {
        let (mut inside, mut anew) = (Vec::new(), Vec::new());
        for (key, value) in pairs {
            let node = self.tree.node(*value);
            let (key_line, value_line) =
                (self.line_start(self.tree.node(*key).span.start), self.line_start(node.span.start));
            let name = self.tree.text(*key);
            let is_block = key_line != value_line;
            let both_maps = matches!(node.kind, NodeKind::Map(_)) && new.get(name).is_some_and(Value::is_mapping);
            if is_block && !both_maps { anew.push((*key, *value)) } else { inside.push((*key, *value)) }
        }
        self.kept(&inside, path, old, new);
        for (key, value) in anew {
            let name = self.tree.text(key);
            let Some(wanted) = new.get(name).filter(|wanted| old.get(name) != Some(*wanted)) else { continue };
            let start = self.line_start(self.tree.node(key).span.start);
            let indent = self.tree.node(key).span.start - start;
            let end = self.line_end(self.tree.node(value).span.end);
            let entry = entry(name, wanted, &path.key(name), indent);
            self.edits.changed.push(path.key(name));
            self.edits.edits.push((Span::new(start, end), entry));
        }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// The end of the line that a value ends on, its line end included.
    fn line_end(&self, at: usize) -> usize {
        // A text of several lines ends at the start of the line after it.
        if self.text.get(..at).is_some_and(|before| before.ends_with('\n')) {
            return at;
        }
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |newline| at + newline + 1)
    }
}

/// Entries that are wanted and not written. One that both sides have without its being written is
/// a default.
fn added<'n>(written: &[&str], old: &Mapping, new: &'n Mapping) -> Vec<(&'n str, &'n Value)> {
    let entries = new.iter().filter_map(|(name, value)| Some((name.as_str()?, value)));
    entries.filter(|(name, value)| !written.contains(name) && old.get(name) != Some(*value)).collect()
}

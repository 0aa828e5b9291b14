//! From model paths to places in the text.

use std::cell::RefCell;

use crate::IndexMap;

use super::path::{ModelPath, Step};
use super::tree::{NodeId, NodeKind, Span, Tree};

/// Maps with more keys than this get a look-up table, so that finding many paths in a large model
/// stays linear.
const SMALL_MAP: usize = 16;

/// Finds nodes by path.
#[derive(Debug)]
pub struct Locator<'t> {
    tree: &'t Tree,
    tables: RefCell<IndexMap<NodeId, IndexMap<&'t str, usize>>>,
}

impl<'t> Locator<'t> {
    /// A locator for one document.
    pub fn new(tree: &'t Tree) -> Self {
        Self { tree, tables: RefCell::default() }
    }

    /// The document.
    pub fn tree(&self) -> &'t Tree {
        self.tree
    }

    /// The node at a path and its key, or those of the nearest ancestor that the text has.
    pub fn nodes(&self, path: &ModelPath) -> (Option<NodeId>, NodeId) {
        let mut key = None;
        let mut value = self.tree.root();
        for step in &path.0 {
            match (step, &self.tree.node(value).kind) {
                (Step::Key(name), NodeKind::Map(pairs)) => match self.entry(value, pairs, name) {
                    Some((k, v)) => (key, value) = (Some(k), v),
                    None => break,
                },
                (Step::Index(index), NodeKind::List(items)) => match items.get(*index) {
                    Some(item) => (key, value) = (None, *item),
                    None => break,
                },
                // A single name may stand where a list is meant.
                (Step::Index(0), NodeKind::Scalar { .. }) => {}
                // A list of names may stand where a map is meant: the name itself is the place.
                (Step::Key(name), NodeKind::List(items)) => {
                    match items.iter().find(|item| self.tree.text(**item) == name) {
                        Some(item) => (key, value) = (None, *item),
                        None => break,
                    }
                }
                _ => break,
            }
        }
        (key, value)
    }

    fn entry(&self, map: NodeId, pairs: &'t [(NodeId, NodeId)], name: &str) -> Option<(NodeId, NodeId)> {
        if pairs.len() <= SMALL_MAP {
            return pairs.iter().find(|(key, _)| self.tree.text(*key) == name).copied();
        }
        let mut tables = self.tables.borrow_mut();
        let table = tables.entry(map).or_insert_with(|| {
            pairs.iter().enumerate().map(|(position, (key, _))| (self.tree.text(*key), position)).collect()
        });
        pairs.get(*table.get(name)?).copied()
    }

    /// The bytes of a path's key; of its value where it has none.
    pub fn key_span(&self, path: &ModelPath) -> Span {
        let (key, value) = self.nodes(path);
        self.tree.node(key.unwrap_or(value)).span
    }

    /// The bytes of a path's value.
    pub fn value_span(&self, path: &ModelPath) -> Span {
        self.tree.node(self.nodes(path).1).span
    }

    /// The bytes from a path's key to the end of its value.
    pub fn whole_span(&self, path: &ModelPath) -> Span {
        let (key, value) = self.nodes(path);
        let value = self.tree.node(value).span;
        let start = key.map_or(value.start, |key| self.tree.node(key).span.start);
        Span::new(start, value.end.max(start))
    }

    /// Reads a dotted path such as `access_patterns.a.b`, where a name may itself hold dots.
    pub fn resolve(&self, dotted: &str) -> Option<ModelPath> {
        let mut path = ModelPath::root();
        let mut rest = dotted;
        let mut value = self.tree.root();
        while !rest.is_empty() {
            match &self.tree.node(value).kind {
                NodeKind::Map(pairs) => {
                    let (name, next) = pairs
                        .iter()
                        .map(|(key, value)| (self.tree.text(*key), *value))
                        .filter(|(name, _)| {
                            rest.strip_prefix(name).is_some_and(|r| r.is_empty() || r.starts_with(['.', '[']))
                        })
                        .max_by_key(|(name, _)| name.len())?;
                    path = path.key(name);
                    rest = rest.get(name.len()..)?;
                    value = next;
                }
                NodeKind::List(items) => {
                    let (digits, after) = rest.strip_prefix('[')?.split_once(']')?;
                    let index = digits.parse().ok()?;
                    path = path.index(index);
                    rest = after;
                    value = *items.get(index)?;
                }
                NodeKind::Scalar { .. } => return None,
            }
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
        Some(path)
    }
}

//! The entities of every path, arranged so that those whose keys can be alike are found without
//! comparing all pairs.
//!
//! Key templates are taken apart at their table's delimiters into segments: a text, or anything.
//! `ORDER#{id}#ITEM` is `ORDER`, anything, `ITEM`. The segments of a path's key attributes make a
//! trie; a look-up follows equal texts, and anything where either side has it. What it finds may
//! still differ in formats and lengths, which [`crate::design::Language`] decides.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Access;
use super::key::{KeyTerm, TermOperator};
use crate::design::{AccessPath, Design, EntityDesign, EntityId, Part, PathId};
use crate::model::{Attribute, AttributeType};

/// A longer template than this is not taken apart further; look-ups then find it whatever follows.
const MOST_SEGMENTS: usize = 48;

/// One piece of a key between delimiters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Anything,
    /// The end of one key attribute.
    End,
}

/// A template in pieces.
struct Pieces {
    segments: Vec<Segment>,
    /// Whether more may follow that is not known.
    is_open: bool,
}

#[derive(Debug, Default)]
struct Node {
    texts: BTreeMap<String, usize>,
    anything: Option<usize>,
    end: Option<usize>,
    /// Entities whose key ends here.
    complete: Vec<EntityId>,
    /// Entities whose key goes on in an unknown way.
    open: Vec<EntityId>,
}

/// One trie for each path of a design.
#[derive(Debug)]
pub struct CollectionIndex {
    paths: Vec<Vec<Node>>,
}

impl CollectionIndex {
    /// Arranges the entities of a design.
    pub fn new(design: &Design<'_>) -> Self {
        let arranged = |path: &AccessPath<'_>| {
            let mut nodes = vec![Node::default()];
            for (id, entity) in design.entities_of(path.table).filter(|(_, entity)| design.is_in(entity, path)) {
                insert(&mut nodes, id, &whole_key(design, entity, path));
            }
            nodes
        };
        let paths = match design.is_large() {
            true => design.paths.par_iter().map(arranged).collect(),
            false => design.paths.iter().map(arranged).collect(),
        };
        Self { paths }
    }

    /// Entities whose key in a path may equal the entity's own.
    pub fn with_equal_key(&self, design: &Design<'_>, entity: &EntityDesign<'_>, id: PathId) -> Vec<EntityId> {
        let Some(path) = design.path(id) else { return Vec::new() };
        self.look_up(id, &whole_key(design, entity, path), Last::Whole)
    }

    /// Entities whose items may lie in the key range of an access.
    pub(super) fn in_range(
        &self,
        design: &Design<'_>,
        wanted: &EntityDesign<'_>,
        id: PathId,
        access: &Access<'_>,
    ) -> Vec<EntityId> {
        let delimiters = delimiters(design, wanted);
        let mut pieces = Pieces { segments: Vec::new(), is_open: false };
        let mut last = Last::Whole;
        let Some(path) = design.path(id) else { return Vec::new() };
        for key in path.partition.iter().chain(&path.sort) {
            let term = access.partition.iter().chain(&access.sort).find(|term| term.key == *key);
            match term {
                Some(term) if term.operator == TermOperator::Equals && !compares_itself(term) => {
                    let more = take_apart(&term.prefix, wanted, delimiters);
                    pieces.is_open |= more.is_open;
                    pieces.segments.extend(more.segments);
                    pieces.segments.push(Segment::End);
                }
                Some(term) if !compares_itself(term) => {
                    let more = take_apart(&term.prefix, wanted, delimiters);
                    pieces.is_open |= more.is_open;
                    pieces.segments.extend(more.segments);
                    last = Last::Beginning;
                }
                _ => pieces.is_open = true,
            }
            if pieces.is_open || last == Last::Beginning {
                break;
            }
        }
        self.look_up(id, &pieces, last)
    }

    fn look_up(&self, id: PathId, pieces: &Pieces, last: Last) -> Vec<EntityId> {
        let Some(nodes) = self.paths.get(id.0) else { return Vec::new() };
        let mut found = Vec::new();
        visit(nodes, 0, &pieces.segments, if pieces.is_open { Last::Open } else { last }, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What follows the last segment of a look-up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing.
    Whole,
    /// The segment itself may go on, and more segments may follow.
    Beginning,
    /// Anything may follow.
    Open,
}

/// The pattern compares the key attribute itself, so nothing of its value is known.
fn compares_itself(term: &KeyTerm) -> bool {
    matches!(term.prefix.as_slice(), [Part::Attribute { name, .. }] if **name == term.key)
}

fn delimiters<'d>(design: &'d Design<'_>, entity: &EntityDesign<'_>) -> &'d [u8] {
    entity.table.and_then(|table| design.table(table)).map(|table| table.delimiters.as_slice()).unwrap_or_default()
}

fn whole_key(design: &Design<'_>, entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> Pieces {
    let delimiters = delimiters(design, entity);
    let mut pieces = Pieces { segments: Vec::new(), is_open: false };
    for fill in path.keys().filter_map(|key| entity.fills.get(key)) {
        let more = take_apart(&fill.template.parts, entity, delimiters);
        pieces.segments.extend(more.segments);
        pieces.segments.push(Segment::End);
        if more.is_open {
            pieces.segments.pop();
            pieces.is_open = true;
            break;
        }
    }
    pieces
}

fn take_apart(parts: &[Part], entity: &EntityDesign<'_>, delimiters: &[u8]) -> Pieces {
    let mut segments = Vec::new();
    let mut current = Segment::Text(String::new());
    for part in parts {
        match part {
            Part::Text(text) => {
                for character in text.chars() {
                    let is_delimiter = u8::try_from(character).is_ok_and(|byte| delimiters.contains(&byte));
                    if is_delimiter {
                        segments.push(std::mem::replace(&mut current, Segment::Text(String::new())));
                    } else if let Segment::Text(known) = &mut current {
                        known.push(character);
                    }
                }
            }
            Part::Attribute { name, cut } => {
                if may_hold(entity.attribute(name), cut.is_some(), delimiters) {
                    return Pieces { segments, is_open: true };
                }
                current = Segment::Anything;
            }
        }
        if segments.len() >= MOST_SEGMENTS {
            segments.truncate(MOST_SEGMENTS);
            return Pieces { segments, is_open: true };
        }
    }
    segments.push(current);
    Pieces { segments, is_open: false }
}

/// Whether a value of an attribute may hold a delimiter.
fn may_hold(attribute: Option<&Attribute>, is_cut: bool, delimiters: &[u8]) -> bool {
    let any_of = |bytes: &[u8]| delimiters.iter().any(|delimiter| bytes.contains(delimiter));
    let Some(attribute) = attribute else { return is_cut && any_of(b":.") };
    if let Some(values) = &attribute.values {
        return values.0.keys().any(|value| any_of(value.text().as_bytes()));
    }
    match attribute.kind {
        AttributeType::Timestamp | AttributeType::Date => any_of(b":."),
        AttributeType::Number => any_of(b".+"),
        _ => is_cut && any_of(b":."),
    }
}

fn insert(nodes: &mut Vec<Node>, id: EntityId, pieces: &Pieces) {
    let mut at = 0;
    for segment in &pieces.segments {
        let fresh = nodes.len();
        let Some(node) = nodes.get_mut(at) else { return };
        let next = match segment {
            Segment::Text(text) => *node.texts.entry(text.clone()).or_insert(fresh),
            Segment::Anything => *node.anything.get_or_insert(fresh),
            Segment::End => *node.end.get_or_insert(fresh),
        };
        if next == fresh {
            nodes.push(Node::default());
        }
        at = next;
    }
    if let Some(node) = nodes.get_mut(at) {
        if pieces.is_open { node.open.push(id) } else { node.complete.push(id) }
    }
}

/// Follows the segments; the depth is bounded by the length that templates are taken apart to.
fn visit(nodes: &[Node], at: usize, segments: &[Segment], last: Last, found: &mut Vec<EntityId>) {
    let Some(node) = nodes.get(at) else { return };
    found.extend(&node.open);
    let Some((segment, rest)) = segments.split_first() else {
        match last {
            Last::Whole => found.extend(&node.complete),
            Last::Beginning | Last::Open => everything(nodes, at, found),
        }
        return;
    };
    let unfinished = rest.is_empty() && last == Last::Beginning;
    match segment {
        Segment::Text(text) if unfinished => {
            let alike = node.texts.range(text.clone()..).take_while(|(known, _)| known.starts_with(text));
            for (_, next) in alike {
                everything(nodes, *next, found);
            }
            if let Some(next) = node.anything {
                everything(nodes, next, found);
            }
        }
        Segment::Text(text) => {
            for next in node.texts.get(text).into_iter().chain(&node.anything) {
                visit(nodes, *next, rest, last, found);
            }
        }
        Segment::Anything => {
            for next in node.texts.values().chain(&node.anything) {
                visit(nodes, *next, rest, last, found);
            }
        }
        Segment::End => {
            if let Some(next) = node.end {
                visit(nodes, next, rest, last, found);
            }
        }
    }
}

/// Every entity below a node.
fn everything(nodes: &[Node], at: usize, found: &mut Vec<EntityId>) {
    let mut queue = vec![at];
    while let Some(node) = queue.pop().and_then(|at| nodes.get(at)) {
        found.extend(node.open.iter().chain(&node.complete));
        queue.extend(node.texts.values().chain(&node.anything).chain(&node.end));
    }
}

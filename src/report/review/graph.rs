//! The drawing of which pattern uses which path of which table: three columns, laid out by hand so
//! that the same design always gives the same picture.

use std::collections::BTreeMap;

use super::Review;
use super::matrix::Row;
use crate::design::{Design, PathKind};

/// What a node stands for, which decides its look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A pattern that is served.
    Pattern,
    /// A pattern that nothing serves.
    Unserved,
    /// A table's own keys.
    TableKeys,
    /// A local or global index.
    Index,
    /// A table.
    Table,
    /// Another system.
    Other,
}

/// A node, with its column and its place in it from the top.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// What it stands for.
    pub(super) kind: Kind,
    /// Its name.
    pub(super) label: String,
    /// A word about it, where there is one.
    pub(super) note: String,
    /// 0, 1 or 2.
    pub(super) column: usize,
    /// Its middle from the top.
    pub(super) y: u32,
}

/// What an edge stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Items are read by key.
    Read,
    /// Everything is read.
    Scan,
    /// Items are written.
    Write,
    /// A path belongs to a table.
    Belongs,
}

/// An edge between nodes, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) what: Use,
    /// How far above or below the middle of its target it ends.
    pub(super) shift: i32,
}

/// The drawing.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    /// How high it is.
    pub(super) height: u32,
}

/// Space from one node's middle to the next.
pub(super) const STEP: u32 = 34;
/// Space above the first node's middle.
pub(super) const TOP: u32 = 46;

/// Draws the patterns of a matrix.
pub(super) fn graph(review: &Review<'_, '_>, design: &Design<'_>, rows: &[Row<'_>]) -> Graph {
    let mut nodes: Vec<Node> = Vec::new();
    let mut edges: Vec<Edge> = Vec::new();
    let node = |nodes: &mut Vec<Node>, kind, label: &str, note: &str, column| {
        nodes.push(Node { kind, label: label.to_owned(), note: note.to_owned(), column, y: 0 });
        nodes.len() - 1
    };
    let tables: Vec<usize> =
        design.tables.iter().map(|table| node(&mut nodes, Kind::Table, table.name, "", 2)).collect();
    let mut paths = BTreeMap::new();
    for path in &design.paths {
        let (kind, label, note) = match path.kind {
            PathKind::Table => (Kind::TableKeys, path.name, "table keys"),
            PathKind::Local(_) => (Kind::Index, path.name, "local index"),
            PathKind::Global(_) => (Kind::Index, path.name, "global index"),
        };
        let at = node(&mut nodes, kind, label, note, 1);
        paths.insert(path.id, at);
        if let Some(table) = tables.get(path.table.0) {
            edges.push(Edge { from: at, to: *table, what: Use::Belongs, shift: 0 });
        }
    }
    let mut systems: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let is_unserved = row.is_served(review) == Some(false);
        let kind = if is_unserved { Kind::Unserved } else { Kind::Pattern };
        let note = if is_unserved {
            "not served"
        } else {
            row.note.as_deref().filter(|_| row.requests.is_empty()).unwrap_or("")
        };
        let at = node(&mut nodes, kind, row.name, note, 0);
        if let Some(system) = design.patterns.get(row.index).and_then(|pattern| pattern.pattern.served_by.as_deref()) {
            let known = systems.get(system).copied();
            let to = known.unwrap_or_else(|| node(&mut nodes, Kind::Other, system, "another system", 1));
            systems.insert(system, to);
            edges.push(Edge { from: at, to, what: Use::Read, shift: 0 });
        }
        let mut own: Vec<(usize, Use)> = Vec::new();
        for request in &row.requests {
            let Some(to) = request.path.as_ref().and_then(|(id, _)| paths.get(id)) else { continue };
            own.push((*to, request.what()));
        }
        own.sort_unstable();
        own.dedup();
        edges.extend(own.into_iter().map(|(to, what)| Edge { from: at, to, what, shift: 0 }));
    }
    let height = place(&mut nodes, &edges);
    spread(&nodes, &mut edges);
    Graph { nodes, edges, height }
}

/// How far from the middle of a node an edge may end.
const REACH: i32 = 10;

/// Lets edges that end at the same node end beside each other, in the order in which they come.
fn spread(nodes: &[Node], edges: &mut [Edge]) {
    let height = |edge: &Edge| nodes.get(edge.from).map_or(0, |node| node.y);
    let mut order: Vec<(usize, u32, usize)> =
        edges.iter().enumerate().map(|(at, edge)| (edge.to, height(edge), at)).collect();
    order.sort_unstable();
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let last = i32::try_from(group.len()).unwrap_or(i32::MAX).saturating_sub(1);
        for (rank, (_, _, at)) in (0_i32..).zip(group) {
            if let Some(edge) = edges.get_mut(*at).filter(|_| last > 0) {
                edge.shift = REACH.min(3 * last) * (2 * rank - last) / last;
            }
        }
    }
}

/// Orders each column by the middle of what its nodes are joined to, then sets the heights. The
/// patterns keep the model's order among those that use the same path.
fn place(nodes: &mut [Node], edges: &[Edge]) -> u32 {
    let of = |nodes: &[Node], column: usize| -> Vec<usize> {
        nodes.iter().enumerate().filter(|(_, node)| node.column == column).map(|(at, _)| at).collect()
    };
    let mut columns = [of(nodes, 0), of(nodes, 1), of(nodes, 2)];
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for edge in edges {
        for (at, other) in [(edge.from, edge.to), (edge.to, edge.from)] {
            if let Some(known) = neighbours.get_mut(at) {
                known.push(other);
            }
        }
    }
    for _ in 0..2 {
        for (column, beside) in [(0, 1), (1, 0), (0, 1)] {
            let ranks: BTreeMap<usize, usize> =
                columns.get(beside).into_iter().flatten().enumerate().map(|(rank, at)| (*at, rank)).collect();
            let Some(own) = columns.get_mut(column) else { continue };
            let middle = |at: usize| -> (u64, usize) {
                let joined = || neighbours.get(at).into_iter().flatten().filter_map(|other| ranks.get(other));
                let count = joined().count() as u64;
                let sum: u64 = joined().map(|rank| *rank as u64).sum();
                ((sum * 1000).checked_div(count).unwrap_or(u64::MAX), at)
            };
            let mut keyed: Vec<((u64, usize), usize)> = own.iter().map(|at| (middle(*at), *at)).collect();
            keyed.sort_unstable();
            *own = keyed.into_iter().map(|(_, at)| at).collect();
        }
    }
    let tallest = columns.iter().map(Vec::len).max().unwrap_or_default() as u32;
    let height = TOP + tallest.max(1) * STEP;
    for column in &columns {
        // Shorter columns are spread over the height of the tallest.
        let count = (column.len() as u32).max(1);
        let space = tallest.max(1) * STEP * 10 / count;
        for (rank, at) in column.iter().enumerate() {
            if let Some(node) = nodes.get_mut(*at) {
                node.y = TOP + (rank as u32 * space + space / 2) / 10 - STEP / 2 + STEP / 4;
            }
        }
    }
    height
}

//! The graph of a design: patterns, the paths that serve them, tables and the entities in them, as DOT
//! and as Mermaid.

use std::io::Write;

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::Written;
use crate::design::Design;
use crate::lint::is_judged;
use crate::plan::{Plans, is_write};
use crate::source::escaped;

/// A node of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An access pattern.
    Pattern(String),
    /// A global or local index.
    Index(String),
    /// A table.
    Table(String),
    /// An entity.
    Entity(String),
    /// A system that answers patterns instead, or nothing at all.
    Elsewhere(String),
}

/// How two nodes hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// A pattern reads a path.
    Reads,
    /// A pattern writes a table.
    Writes,
    /// A pattern is followed by another.
    Then,
    /// Nothing serves the pattern.
    Unserved,
    /// An index is of a table.
    Of,
    /// An entity lives in a table.
    In,
    /// An entity belongs to another.
    BelongsTo,
}

impl Edge {
    fn words(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Then => "then",
            Self::Unserved => "nothing serves it",
            Self::Of => "index of",
            Self::In => "in",
            Self::BelongsTo => "belongs to",
        }
    }

    fn is_dashed(self) -> bool {
        matches!(self, Self::Of | Self::In | Self::BelongsTo | Self::Unserved)
    }
}

/// The graph of a planned design.
pub fn graph(design: &Design<'_>, plans: &Plans<'_>) -> DiGraph<Node, Edge> {
    let mut graph = DiGraph::new();
    let paths: Vec<NodeIndex> = design
        .paths
        .iter()
        .map(|path| {
            let name = path.name.to_owned();
            graph.add_node(if path.is_table() { Node::Table(name) } else { Node::Index(name) })
        })
        .collect();
    let base = |table: crate::design::TableId| {
        let first = design.table(table)?.paths.first()?;
        paths.get(first.0).copied()
    };
    for (path, node) in design.paths.iter().zip(&paths) {
        if let (false, Some(table)) = (path.is_table(), base(path.table)) {
            graph.add_edge(*node, table, Edge::Of);
        }
    }
    let entities: Vec<NodeIndex> =
        design.entities.iter().map(|entity| graph.add_node(Node::Entity(entity.name.to_owned()))).collect();
    for (entity, node) in design.entities.iter().zip(&entities) {
        if let Some(table) = entity.table.and_then(base) {
            graph.add_edge(*node, table, Edge::In);
        }
        for (parent, ..) in &entity.parents {
            if let Some(parent) = entities.get(parent.0) {
                graph.add_edge(*node, *parent, Edge::BelongsTo);
            }
        }
    }
    let patterns: Vec<NodeIndex> =
        design.patterns.iter().map(|pattern| graph.add_node(Node::Pattern(pattern.name.to_owned()))).collect();
    let mut elsewhere: Vec<(String, NodeIndex)> = Vec::new();
    for (index, (pattern, node)) in design.patterns.iter().zip(&patterns).enumerate() {
        for (next, _) in &pattern.next {
            if let Some(next) = patterns.get(*next) {
                graph.add_edge(*node, *next, Edge::Then);
            }
        }
        let missing = match &pattern.pattern.served_by {
            Some(system) => Some(system.clone()),
            None if pattern.pattern.undecided == Some(true) => Some("not designed yet".to_owned()),
            None if is_judged(pattern) && !plans.patterns.get(index).is_some_and(|plan| plan.is_served()) => {
                Some("not served".to_owned())
            }
            None => None,
        };
        if let Some(name) = missing {
            let known = elsewhere.iter().find(|(known, _)| *known == name).map(|(_, node)| *node);
            let to = known.unwrap_or_else(|| {
                let node = graph.add_node(Node::Elsewhere(name.clone()));
                elsewhere.push((name, node));
                node
            });
            graph.add_edge(*node, to, Edge::Unserved);
        }
        for (request, plan) in pattern.requests.iter().zip(plans.of(index)) {
            let Some(path) = plan.access().and_then(|(id, _)| paths.get(id.0)) else { continue };
            let edge = if is_write(request.operation) { Edge::Writes } else { Edge::Reads };
            // Several requests of one pattern are one edge.
            if !graph.edges_connecting(*node, *path).any(|known| *known.weight() == edge) {
                graph.add_edge(*node, *path, edge);
            }
        }
    }
    graph
}

impl Node {
    fn label(&self) -> String {
        let (Self::Pattern(name) | Self::Index(name) | Self::Table(name) | Self::Entity(name) | Self::Elsewhere(name)) =
            self;
        escaped(name)
    }
}

/// Writes the graph for Graphviz.
///
/// # Errors
/// When writing fails.
pub fn write_dot(out: &mut dyn Write, graph: &DiGraph<Node, Edge>) -> Written {
    writeln!(out, "digraph design {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];")?;
    for (index, node) in graph.node_indices().zip(graph.node_weights()) {
        let shape = match node {
            Node::Pattern(_) => "shape=box, style=rounded",
            Node::Index(_) => "shape=box",
            Node::Table(_) => "shape=cylinder",
            Node::Entity(_) => "shape=ellipse",
            Node::Elsewhere(_) => "shape=box, style=dashed",
        };
        let label = node.label().replace('\\', "\\\\").replace('"', "\\\"");
        writeln!(out, "  n{} [label=\"{label}\", {shape}];", index.index())?;
    }
    for edge in graph.edge_references() {
        let style = if edge.weight().is_dashed() { ", style=dashed" } else { "" };
        writeln!(
            out,
            "  n{} -> n{} [label=\"{}\"{style}];",
            edge.source().index(),
            edge.target().index(),
            edge.weight().words()
        )?;
    }
    writeln!(out, "}}")
}

/// Writes the graph for Mermaid, which Markdown pages draw.
///
/// # Errors
/// When writing fails.
pub fn write_mermaid(out: &mut dyn Write, graph: &DiGraph<Node, Edge>) -> Written {
    writeln!(out, "flowchart LR")?;
    for (index, node) in graph.node_indices().zip(graph.node_weights()) {
        let (open, close) = match node {
            Node::Pattern(_) => ("(", ")"),
            Node::Index(_) => ("[", "]"),
            Node::Table(_) => ("[(", ")]"),
            Node::Entity(_) => ("([", "])"),
            Node::Elsewhere(_) => ("{{", "}}"),
        };
        // Mermaid reads entities of HTML inside quotes, so nothing of a name can end them.
        let label = node.label().replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
        writeln!(out, "  n{}{open}\"{label}\"{close}", index.index())?;
    }
    for edge in graph.edge_references() {
        let arrow = if edge.weight().is_dashed() { "-." } else { "--" };
        let end = if edge.weight().is_dashed() { ".->" } else { "-->" };
        writeln!(
            out,
            "  n{} {arrow} {} {end} n{}",
            edge.source().index(),
            edge.weight().words(),
            edge.target().index()
        )?;
    }
    Ok(())
}

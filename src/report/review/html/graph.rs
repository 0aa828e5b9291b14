//! Patterns, paths and tables as a drawing.

use maud::{Markup, html};

use super::super::Review;
use super::super::graph::{Edge, Graph, Kind, Node, Use, graph};
use super::super::matrix::Row;

/// Left edges and widths of the three columns.
const COLUMNS: [(u32, u32); 3] = [(2, 280), (372, 268), (730, 200)];
/// How wide the drawing is.
const WIDTH: u32 = 934;
/// How high a node is.
const BOX: u32 = 26;

pub(super) fn section(review: &Review<'_, '_>, rows: &[Row<'_>]) -> Markup {
    let Some(stop) = review.own() else { return html! {} };
    let graph = graph(review, stop.costing.design, rows);
    html! {
        section #graph {
            h2 { "Patterns and paths" }
            div.scroll.drawing tabindex="0" role="region" aria-label="Which pattern uses which path" { (drawing(&graph)) }
            ul.legend {
                li { (key("read")) "reads by key" }
                li { (key("write")) "writes" }
                li { (key("scan")) "reads everything" }
                li { "✗ not served" }
            }
        }
    }
}

fn key(class: &str) -> Markup {
    html! {
        svg viewBox="0 0 36 10" width="36" height="10" role="img" {
            title { "The line of this kind" }
            path class={ "edge " (class) } d="M1 5H35" {}
        }
    }
}

fn drawing(graph: &Graph) -> Markup {
    html! {
        svg.graph viewBox={ "0 0 " (WIDTH) " " (graph.height) } width=(WIDTH) height=(graph.height) role="img" {
            title { "Access patterns on the left, the table keys and indexes that they use in the middle, tables on the right" }
            @for ((x, _), name) in COLUMNS.iter().zip(["Access patterns", "Keys and indexes", "Tables"]) {
                text.head x=(x) y="16" { (name) }
            }
            @for edge in &graph.edges { (line(graph, edge)) }
            @for node in &graph.nodes { (shape(node)) }
        }
    }
}

fn line(graph: &Graph, edge: &Edge) -> Markup {
    let ends = graph.nodes.get(edge.from).zip(graph.nodes.get(edge.to));
    let Some((from, to)) = ends else { return html! {} };
    let (Some((left, width)), Some((right, _))) = (COLUMNS.get(from.column), COLUMNS.get(to.column)) else {
        return html! {};
    };
    let start = left + width;
    let middle = (start + right) / 2;
    let end = i64::from(to.y) + i64::from(edge.shift);
    let (class, verb) = match edge.what {
        Use::Read => ("read", "reads"),
        Use::Scan => ("scan", "reads all of"),
        Use::Write => ("write", "writes"),
        Use::Belongs => ("belongs", "belongs to"),
    };
    html! {
        path class={ "edge " (class) } d={ "M" (start) " " (from.y) "C" (middle) " " (from.y) " " (middle) " " (end) " " (right) " " (end) } {
            title { (from.label) " " (verb) " " (to.label) }
        }
    }
}

fn shape(node: &Node) -> Markup {
    let Some((x, width)) = COLUMNS.get(node.column) else { return html! {} };
    let class = match node.kind {
        Kind::Pattern => "pattern",
        Kind::Unserved => "pattern bad",
        Kind::TableKeys => "keys",
        Kind::Index => "index",
        Kind::Table => "table",
        Kind::Other => "other",
    };
    let mark = if node.kind == Kind::Unserved { "✗ " } else { "" };
    // A character of the label takes 7 and one of the note 6 units.
    let room = (width - 24) as usize;
    let note = short(&node.note, room / 2 / 6);
    let label = short(&node.label, room.saturating_sub(note.chars().count() * 6 + mark.chars().count() * 7 + 8) / 7);
    html! {
        g class={ "node " (class) } {
            title { (node.label) @if !node.note.is_empty() { " – " (node.note) } }
            rect x=(x) y=(node.y - BOX / 2) width=(width) height=(BOX) rx="5" {}
            text x=(x + 10) y=(node.y + 4) { (mark) (label) }
            @if !note.is_empty() { text.about x=(x + width - 10) y=(node.y + 4) text-anchor="end" { (note) } }
        }
    }
}

/// A text cut to so many characters.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

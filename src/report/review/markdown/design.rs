//! How the design serves its patterns, and what lies together in it.

use super::super::Review;
use super::super::collections::{Drawing, Item, drawings};
use super::super::graph::{Kind, Use, graph};
use super::super::matrix::{RequestRow, Row};
use super::escape::{code, mermaid, text};
use super::prose;
use super::table::table;

/// The matrix of access patterns.
pub(super) fn patterns(review: &Review<'_, '_>, rows: &[Row<'_>]) -> String {
    let Some(stop) = review.own() else { return String::new() };
    let lines = |row: &Row<'_>, of: &dyn Fn(&RequestRow) -> String| -> String {
        row.requests.iter().map(of).collect::<Vec<_>>().join("<br>")
    };
    let all = rows.iter().map(|row| {
        let name = match row.description {
            Some(description) => format!("{}<br>{}", code(row.name), text(description)),
            None => code(row.name),
        };
        let note = row.note.as_deref().filter(|_| row.requests.is_empty());
        vec![
            name,
            note.map_or_else(|| lines(row, &|request| text(&request.operation)), text),
            lines(row, &|request| match &request.path {
                Some((_, label)) => prose(label),
                None => "**not served**".to_owned(),
            }),
            lines(row, &|request| match &request.filter {
                Some(filter) => format!("{} then filter {}", code(&request.key), code(filter)),
                None => code(&request.key),
            }),
            lines(row, &|request| text(&request.items)),
            text(&row.units(stop)),
            text(&row.calls(stop)),
            text(&row.heat(stop)),
            text(&row.usd(stop)),
        ]
    });
    let heads = [
        "Pattern",
        "Operation",
        "Path",
        "Key condition",
        "#Items",
        "#Units per call",
        "#Peak calls/s",
        "#Heat",
        "#USD a month",
    ];
    format!("## Access patterns\n\n{}", table(&heads, all))
}

/// The item collections of every table and index.
pub(super) fn collections(review: &Review<'_, '_>) -> String {
    let all = review.own().map(|stop| drawings(stop.costing.design, stop.costing.figures)).unwrap_or_default();
    let mut out = String::from(
        "## Item collections\n\nOne example of each kind; the values are made up from the key templates and types.\n\n",
    );
    for (name, drawings) in &all {
        out.push_str(&format!("### Table {}\n\n", code(name)));
        for (index, drawing) in drawings.iter().enumerate() {
            if index > 0 {
                let holds = drawing.holds.as_deref().map_or_else(String::new, |holds| format!(", {}", text(holds)));
                out.push_str(&format!("#### {}{holds}\n\n", prose(&drawing.label)));
            }
            out.push_str(&path(drawing));
            out.push('\n');
        }
    }
    out
}

fn path(drawing: &Drawing) -> String {
    if drawing.collections.is_empty() {
        return "No entity is in it.\n".to_owned();
    }
    let joined = |names: &[String]| names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
    let partition = format!("{} (partition key)", joined(&drawing.partition));
    let sort = if drawing.sort.is_empty() {
        drawing.order().to_owned()
    } else {
        format!("{} (sort key)", joined(&drawing.sort))
    };
    let rows = drawing.collections.iter().flat_map(|collection| {
        collection.items.iter().enumerate().map(|(index, item)| {
            let own = if index == 0 { joined(&collection.partition) } else { String::new() };
            vec![own, joined(&item.sort), text(&item.entity), attributes(item)]
        })
    });
    table(&[&partition, &sort, "Entity", "Attributes"], rows)
}

fn attributes(item: &Item) -> String {
    let mut parts: Vec<String> =
        item.attributes.iter().map(|(name, value)| format!("{} = {}", text(name), code(value))).collect();
    if item.more > 0 {
        parts.push(format!("and {} more", item.more));
    }
    parts.extend(item.notes.iter().map(|note| format!("*{}*", text(note))));
    parts.join("<br>")
}

/// The drawing of patterns and paths.
pub(super) fn drawing(review: &Review<'_, '_>, rows: &[Row<'_>]) -> String {
    let Some(stop) = review.own() else { return String::new() };
    let graph = graph(review, stop.costing.design, rows);
    let mut out = String::from("## Patterns and paths\n\n```mermaid\nflowchart LR\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let label = match (node.kind, node.note.is_empty()) {
            (Kind::TableKeys | Kind::Index, _) | (_, false) => {
                format!("{}<br>{}", mermaid(&node.label), mermaid(&node.note))
            }
            (_, true) => mermaid(&node.label),
        };
        let (open, close) = match node.kind {
            Kind::Table => ("[(", ")]"),
            Kind::TableKeys | Kind::Index => ("([", "])"),
            _ => ("[", "]"),
        };
        out.push_str(&format!("  n{index}{open}\"{label}\"{close}\n"));
    }
    for edge in &graph.edges {
        let line = match edge.what {
            Use::Read => "-->",
            Use::Scan => "-- all --x",
            Use::Write => "-. writes .->",
            Use::Belongs => "---",
        };
        out.push_str(&format!("  n{} {line} n{}\n", edge.from, edge.to));
    }
    out.push_str("```\n");
    out
}

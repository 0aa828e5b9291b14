//! The report as one page: no network, no font, one small script that it also works without.

mod collections;
pub(super) mod cost;
mod findings;
mod graph;
pub(super) mod growth;
mod heat;
mod live;
mod matrix;
pub(super) mod prose;
mod sources;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::live::Live;
use super::{Review, matrix as rows, total};
use crate::lint::Level;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Nothing may be loaded from anywhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The sections, by their anchors.
const SECTIONS: [(&str, &str); 8] = [
    ("findings", "Findings"),
    ("patterns", "Access patterns"),
    ("collections", "Item collections"),
    ("graph", "Patterns and paths"),
    ("heat", "Heat"),
    ("cost", "Cost"),
    ("growth", "Growth"),
    ("basis", "What this rests on"),
];

/// Writes the page.
pub fn html(review: &Review<'_, '_>) -> String {
    let live = Live::new(review);
    let rows = rows::rows(review);
    let body = html! {
        header {
            p.kind { "Design review" }
            h1 { (review.title()) }
            p.verdict { (review.verdict()) }
            (tiles(review, &live))
        }
        (tools(review, &live))
        nav aria-label="Sections" {
            ul { @for (anchor, name) in SECTIONS { li { a href={ "#" (anchor) } { (name) } } } }
        }
        main {
            (findings::section(review))
            (matrix::section(review, &live, &rows))
            (collections::section(review))
            (graph::section(review, &rows))
            (heat::section(review, &live))
            (cost::section(review, &live))
            (growth::section(review))
            (sources::section(review))
        }
        footer {
            p { "Written by keyplan " (env!("CARGO_PKG_VERSION")) " from " code { (review.checked.file.name) } ". "
                "Nothing on this page is loaded from elsewhere." }
        }
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "keyplan " (env!("CARGO_PKG_VERSION")) };
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (review.title()) " – design review" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                script #figures type="application/json" { (PreEscaped(live.json())) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    visible(&page.into_string())
}

/// Control characters, which a name may hold, have no place in a page.
fn visible(page: &str) -> String {
    let is_fine = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if page.chars().all(is_fine) {
        return page.to_owned();
    }
    page.chars().map(|c| if is_fine(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
}

fn tiles(review: &Review<'_, '_>, live: &Live<'_, '_, '_>) -> Markup {
    let count = |level| review.checked.count(level);
    let (served, judged) = review.coverage();
    let costing = review.own().map(|stop| &stop.costing);
    html! {
        dl.tiles {
            div.tile.wide {
                dt { "Cost a month" }
                dd { (live.text(|stop| total(&stop.costing))) }
                dd.note {
                    @if let Some(costing) = costing { (costing.figures.bill.region) ", prices of " (costing.seen()) }
                    " · " (live.text(|stop| format!("{} × the traffic of the model", stop.costing.scale.normalize())))
                }
            }
            div.tile {
                dt { "Patterns served" }
                dd { (served) " " small { "of " (judged) } }
                dd.note { @if served == judged { "all that are to be" } @else { (judged - served) " not served" } }
            }
            (tile(count(Level::Error), "error", "Errors"))
            (tile(count(Level::Warning), "warning", "Warnings"))
            (tile(count(Level::Advice), "advice", "Advice"))
        }
    }
}

fn tile(count: usize, level: &str, name: &str) -> Markup {
    let class = if count == 0 { "tile none" } else { "tile" };
    html! {
        div class={ (class) " " (level) } {
            dt { (name) }
            dd { (count) }
            dd.note { @if count == 0 { "none" } @else { a href="#findings" { "see the findings" } } }
        }
    }
}

/// What the script works: shown by it.
fn tools(review: &Review<'_, '_>, live: &Live<'_, '_, '_>) -> Markup {
    html! {
        div #tools hidden {
            div {
                label for="traffic" { "Traffic" }
                input #traffic type="range" min="0" max=(review.stops.len().saturating_sub(1)) step="1" value=(review.base);
                output #factor for="traffic" { (live.text(|stop| format!("{}×", stop.costing.scale.normalize()))) }
                span.sum { b { (live.text(|stop| total(&stop.costing))) } " a month" }
            }
            div {
                label for="search" { "Search" }
                input #search type="search" placeholder="pattern, rule, table …" autocomplete="off";
                output #found for="search" {}
            }
            p.note { "Cost, heat and calls follow the traffic; findings, growth and the drawings are those of "
                (review.stops.get(review.base).map_or_else(String::new, |stop| stop.costing.scale.normalize().to_string())) "×." }
        }
    }
}

//! The matrix of access patterns: a body for each pattern, with a row for each of its requests.

use maud::{Markup, html};

use super::super::Review;
use super::super::matrix::{RequestRow, Row};
use super::live::Live;
use super::prose;

pub(super) fn section(review: &Review<'_, '_>, live: &Live<'_, '_, '_>, rows: &[Row<'_>]) -> Markup {
    html! {
        section #patterns {
            h2 { "Access patterns" }
            p.note { "Units, items and calls are averages; items are evaluated → returned where the two differ. "
                "Heat is what lands on the busiest key value, as a share of what one value can take." }
            div.scroll tabindex="0" role="region" aria-label="The access patterns" {
                table.matrix data-sortable="" {
                    thead {
                        tr {
                            th scope="col" { "Pattern" }
                            th scope="col" { "Operation" }
                            th scope="col" { "Path" }
                            th scope="col" { "Key condition" }
                            th.n scope="col" { "Items" }
                            th.n scope="col" { "Units per call" }
                            th.n scope="col" { "Peak calls/s" }
                            th.n scope="col" { "Heat" }
                            th.n scope="col" { "USD a month" }
                        }
                    }
                    @for row in rows { (pattern(review, live, row)) }
                }
            }
        }
    }
}

fn pattern(review: &Review<'_, '_>, live: &Live<'_, '_, '_>, row: &Row<'_>) -> Markup {
    let class = (row.is_served(review) == Some(false)).then_some("unserved");
    let rows = (row.requests.len() > 1).then_some(row.requests.len());
    html! {
        tbody data-find="" class=[class] {
            tr {
                th scope="rowgroup" rowspan=[rows] {
                    code { (row.name) }
                    @if let Some(description) = row.description { span.description { (description) } }
                }
                @match row.requests.first() {
                    Some(first) => (request(first)),
                    None => td colspan="4" { em { (row.note.as_deref().unwrap_or("no request")) } }
                }
                td.n rowspan=[rows] { (live.text(|stop| row.units(stop))) }
                td.n rowspan=[rows] { (live.text(|stop| row.calls(stop))) }
                td.n rowspan=[rows] { (live.text(|stop| row.heat(stop))) }
                td.n rowspan=[rows] { (live.text(|stop| row.usd(stop))) }
            }
            @for further in row.requests.iter().skip(1) { tr { (request(further)) } }
        }
    }
}

fn request(request: &RequestRow) -> Markup {
    html! {
        td { (request.operation) }
        @match &request.path {
            Some((_, label)) => {
                td { (prose::line(label)) }
                td.key {
                    @if !request.key.is_empty() { code { (request.key) } }
                    @if let Some(filter) = &request.filter { span.filter { "then filter " code { (filter) } } }
                }
                td.n { (request.items) }
            }
            None => td colspan="3" { strong.bad { "not served" } }
        }
    }
}

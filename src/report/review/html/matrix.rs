//! The matrix of access patterns.

use maud::{Markup, html};

use super::super::Review;
use super::super::matrix::{RequestRow, Row};
use super::live::Live;

pub(super) fn section(review: &Review<'_, '_>, live: &Live<'_, '_, '_>, rows: &[Row<'_>]) -> Markup {
    html! {
        section #patterns {
            h2 { "Access patterns" }
            p.note { "Units, items and calls are averages; “items” are evaluated → returned where a filter drops some. "
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
                    tbody { @for row in rows { (pattern(review, live, row)) } }
                }
            }
        }
    }
}

fn pattern(review: &Review<'_, '_>, live: &Live<'_, '_, '_>, row: &Row<'_>) -> Markup {
    let is_unserved = row.is_served(review) == Some(false);
    html! {
        tr data-find="" class=[is_unserved.then_some("unserved")] {
            th scope="row" {
                code { (row.name) }
                @if let Some(description) = row.description { span.description { (description) } }
            }
            @if row.requests.is_empty() {
                td colspan="4" { em { (row.note.as_deref().unwrap_or("no request")) } }
            } @else {
                td { (lines(row, |request| html! { (request.operation) })) }
                td { (lines(row, |request| html! {
                    @if let Some((_, label)) = &request.path { (super::prose::line(label)) } @else { strong.bad { "not served" } }
                })) }
                td.key { (lines(row, |request| html! {
                    code { (request.key) }
                    @if let Some(filter) = &request.filter { span.filter { "then filter " code { (filter) } } }
                })) }
                td.n { (lines(row, |request| html! { (request.items) })) }
            }
            td.n { (live.text(|stop| row.units(stop))) }
            td.n { (live.text(|stop| row.calls(stop))) }
            td.n { (live.text(|stop| row.heat(stop))) }
            td.n { (live.text(|stop| row.usd(stop))) }
        }
    }
}

/// One line for each request of a pattern.
fn lines(row: &Row<'_>, of: impl Fn(&RequestRow) -> Markup) -> Markup {
    html! { @for request in &row.requests { div.request { (of(request)) } } }
}

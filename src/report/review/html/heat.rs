//! Heat bars against what one key value can take.

use maud::{Markup, html};

use super::super::Review;
use super::super::heat::{Row, rows};
use super::super::words::number;
use super::live::Live;

pub(super) fn section(review: &Review<'_, '_>, live: &Live<'_, '_, '_>) -> Markup {
    let rows = rows(review);
    html! {
        section #heat {
            h2 { "Heat" }
            @if rows.is_empty() {
                p { "No pattern that reads or writes by key has a known rate, so nothing is known of heat." }
            } @else {
                p.note { "One partition key value gives 3,000 read units and takes 1,000 write units per second. "
                    "Headroom is the largest share of the traffic of the table or index that one key value may take. Where nothing says that one value is busier than another, even traffic is taken: then it is that or more." }
                div.scroll tabindex="0" role="region" aria-label="Heat of tables and indexes" {
                    table data-sortable="" {
                        thead {
                            tr {
                                th scope="col" { "Table / index" }
                                th scope="col" { "Busiest key value" }
                                th scope="col" { "Direction" }
                                th.n scope="col" { "Units/s on it" }
                                th.n scope="col" { "Of the ceiling" }
                                th.chart scope="col" { "0 to 100%" }
                                th scope="col" { "Spread" }
                                th.n scope="col" { "All units/s" }
                                th.n scope="col" { "Headroom" }
                            }
                        }
                        tbody { @for row in &rows { (line(live, row)) } }
                    }
                }
            }
        }
    }
}

fn line(live: &Live<'_, '_, '_>, row: &Row) -> Markup {
    html! {
        tr data-find="" {
            th scope="row" { (row.name) }
            td.key { code { (live.text(|stop| row.key(stop))) } }
            td { (row.direction()) }
            td.n { (live.text(|stop| row.units(stop))) }
            td.n { (live.text(|stop| row.words(stop))) }
            td.chart {
                (live.bar(
                    |_| format!("Share of {} {} units per second", number(row.ceiling()), if row.is_write() { "write" } else { "read" }),
                    |stop| row.share(stop),
                ))
            }
            td.spread { (live.text(|stop| row.basis(stop))) }
            td.n { (live.text(|stop| row.demand(stop))) }
            td.n { (live.text(|stop| row.headroom(stop))) }
        }
    }
}

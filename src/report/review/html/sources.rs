//! What the report rests on: assumptions, what is not known, and where the prices are from.

use maud::{Markup, html};

use super::super::Review;
use super::super::words::counted;
use super::prose;
use crate::cost::Used;
use crate::report::cost::Costing;

pub(super) fn section(review: &Review<'_, '_>) -> Markup {
    let Some(costing) = review.own().map(|stop| &stop.costing) else { return html! {} };
    html! {
        section #basis {
            h2 { "What this rests on" }
            (unknown(costing))
            h3 { "Assumed" }
            ul { @for sentence in costing.assumptions() { li { (prose::line(&sentence)) } } }
            (prices(costing))
        }
    }
}

fn unknown(costing: &Costing<'_, '_>) -> Markup {
    let bill = &costing.figures.bill;
    let missing = bill.missing();
    html! {
        h3 { "Not known " small { (bill.gaps.len()) } }
        @if missing.is_empty() {
            p { "Every part of the bill has an amount." }
        } @else {
            p { (counted(bill.gaps.len(), "part has", "parts have")) " no amount and " (if bill.gaps.len() == 1 { "is" } else { "are" }) " in no sum:" }
            ul {
                @for what in missing {
                    @let (place, message) = what.describe(costing.design);
                    li data-find="" { (prose::line(&message)) " " span.place { (place) } }
                }
            }
        }
    }
}

fn prices(costing: &Costing<'_, '_>) -> Markup {
    let used = &costing.figures.bill.prices;
    let mut sources: Vec<&str> = Vec::new();
    for price in used {
        if !sources.contains(&price.source.as_str()) {
            sources.push(&price.source);
        }
    }
    html! {
        h3 { "Prices" }
        @if used.is_empty() {
            p { "No price was needed." }
        } @else {
            p { "Seen on " (costing.seen()) " or later. List prices in US dollars; the sources are listed below:" }
            div.scroll tabindex="0" role="region" aria-label="Prices" {
                table data-sortable="" {
                    thead { tr {
                        th scope="col" { "Region" }
                        th scope="col" { "Price" }
                        th.n scope="col" { "USD" }
                        th scope="col" { "Per" }
                        th scope="col" { "Seen" }
                        th scope="col" { "Rate code" }
                        th scope="col" { "Source" }
                    } }
                    tbody { @for price in used { (row(price, &sources)) } }
                }
            }
            ol.sources { @for source in &sources { li { (source) } } }
        }
    }
}

fn row(price: &Used<'_>, sources: &[&str]) -> Markup {
    let source = sources.iter().position(|source| *source == price.source).map_or(0, |at| at + 1);
    html! {
        tr {
            th scope="row" { (price.region) }
            td { code { (price.item.as_str()) } }
            td.n { (price.usd.normalize()) }
            td { (price.unit) }
            td { (price.as_of) }
            td { @match &price.rate_code { Some(code) => code { (code) }, None => "none" } }
            td { (source) }
        }
    }
}

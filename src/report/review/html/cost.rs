//! The bill by table, index and pattern, and other ways to pay it.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::super::stop::WAYS;
use super::super::words::percent;
use super::super::{Review, Stop, total};
use super::live::Live;
use crate::cost::{Alternative, BreakEven, dollars};
use crate::report::cost::{Costing, amount, break_evens, mark as way_mark};

/// Bars of one chart; what is cheaper is in the matrix.
const MOST_BARS: usize = 40;

pub(super) fn section(review: &Review<'_, '_>, live: &Live<'_, '_, '_>) -> Markup {
    let Some(stop) = review.own() else { return html! {} };
    html! {
        section #cost {
            h2 { "Cost" }
            p { b { (live.text(|stop| total(&stop.costing))) } " a month in " (stop.costing.figures.bill.region) "." }
            @if !stop.costing.figures.bill.lines.is_empty() {
                @for (way, (_, name)) in WAYS.iter().enumerate() { (chart(review, live, way, name)) }
                (alternatives(review, live))
            }
        }
    }
}

fn chart(review: &Review<'_, '_>, live: &Live<'_, '_, '_>, way: usize, name: &str) -> Markup {
    let Some(own) = review.own() else { return html! {} };
    let all: Vec<&str> = own.sums(way).map(|group| group.name.as_str()).collect();
    let has_unknown = own.sums(way).any(|group| group.unknown > 0);
    let part = |pick: fn(&crate::report::cost::Group) -> Decimal, name: &str| {
        live.text(|stop| {
            let amount = stop.sum(way, name).map(pick).unwrap_or_default();
            if amount.is_zero() { "–".to_owned() } else { dollars(amount) }
        })
    };
    html! {
        h3 { "By " (name) }
        div.scroll tabindex="0" role="region" aria-label={ "Cost by " (name) } {
            table data-sortable="" {
                thead {
                    tr {
                        th scope="col" { (name) }
                        th.n scope="col" { "USD a month" }
                        th.chart scope="col" { "Beside the dearest" }
                        th.n scope="col" { "Share" }
                        th.n scope="col" { "Reads" }
                        th.n scope="col" { "Writes" }
                        th.n scope="col" { "Storage" }
                        th.n scope="col" { "Other" }
                        @if has_unknown { th.n scope="col" { "Unknown parts" } }
                    }
                }
                tbody {
                    @for name in all.iter().take(MOST_BARS) {
                        @let unknown = own.sum(way, name).map_or(0, |group| group.unknown);
                        tr data-find="" {
                            th scope="row" { (name) }
                            td.n { (live.text(|stop| sum(stop, way, name))) }
                            td.chart {
                                (live.bar(
                                    |_| "US dollars beside the largest amount here".to_owned(),
                                    |stop| stop.sum(way, name).and_then(|group| group.total.checked_div(stop.largest(way))),
                                ))
                            }
                            td.n { (live.text(|stop| share(stop, way, name))) }
                            td.n { (part(|group| group.reads, name)) }
                            td.n { (part(|group| group.writes, name)) }
                            td.n { (part(|group| group.storage, name)) }
                            td.n { (part(|group| group.other, name)) }
                            @if has_unknown { td.n { @if unknown > 0 { (unknown) } @else { "–" } } }
                        }
                    }
                }
            }
        }
        @if all.len() > MOST_BARS { p.note { "The " (all.len() - MOST_BARS) " cheaper ones are left out here." } }
    }
}

fn alternatives(review: &Review<'_, '_>, live: &Live<'_, '_, '_>) -> Markup {
    let Some(own) = review.own() else { return html! {} };
    let mut names: Vec<&str> = Vec::new();
    // A way that is the design's own at one traffic may differ at another.
    for way in review.stops.iter().flat_map(|stop| &stop.costing.alternatives) {
        if !names.contains(&way.name) {
            names.push(way.name);
        }
    }
    html! {
        h3 { "Other ways to pay for the same" }
        div.scroll tabindex="0" role="region" aria-label="Other ways to pay" {
            table data-sortable="" {
                thead {
                    tr {
                        th scope="col" { "Paid for as" }
                        th.n scope="col" { "USD a month" }
                        th.chart scope="col" { "Beside the dearest" }
                        th.n scope="col" { "Difference" }
                        th scope="col" { "" span.hidden { "Mark" } }
                    }
                }
                tbody {
                    @for name in names {
                        tr {
                            th scope="row" { (name) }
                            td.n { (live.text(|stop| way(&stop.costing, name).map_or_else(|| "as modelled".to_owned(), |(way, current)| amount(way, current)))) }
                            td.chart {
                                (live.bar(|_| "US dollars beside the dearest way".to_owned(), |stop| {
                                    let dearest = stop.costing.alternatives.iter().map(|way| way.total).max()?;
                                    let (way, current) = way(&stop.costing, name)?;
                                    if amount(way, current) == "not known" { return None; }
                                    way.total.checked_div(dearest)
                                }))
                            }
                            td.n { (live.text(|stop| difference(&stop.costing, name))) }
                            td { strong.good { (live.text(|stop| mark(&stop.costing, name).to_owned())) } }
                        }
                    }
                }
            }
        }
        @if let Some(even) = own.costing.break_even { p.note { (break_even(&even)) } }
    }
}

fn way<'c, 'm>(costing: &'c Costing<'_, 'm>, name: &str) -> Option<(&'c Alternative<'m>, &'c Alternative<'m>)> {
    let current = costing.alternatives.iter().find(|way| way.is_current)?;
    Some((costing.alternatives.iter().find(|way| way.name == name)?, current))
}

/// A sum of the bill; at least so much where parts of it are unknown.
pub(in super::super) fn sum(stop: &Stop<'_, '_>, way: usize, name: &str) -> String {
    match stop.sum(way, name) {
        Some(group) if group.unknown > 0 && group.total.is_zero() => "unknown".to_owned(),
        Some(group) if group.unknown > 0 => format!("at least {}", dollars(group.total)),
        Some(group) => dollars(group.total),
        None => "–".to_owned(),
    }
}

/// A sum's share of the bill.
pub(in super::super) fn share(stop: &Stop<'_, '_>, way: usize, name: &str) -> String {
    let total = stop.costing.figures.bill.total();
    let share = stop.sum(way, name).and_then(|group| group.total.checked_div(total));
    share.filter(|share| !share.is_zero()).map_or_else(|| "–".to_owned(), percent)
}

/// How much more or less a way costs than the design as it stands.
pub(in super::super) fn difference(costing: &Costing<'_, '_>, name: &str) -> String {
    let Some((way, current)) = way(costing, name) else { return String::new() };
    if way.is_current || way.gaps > 0 || current.gaps > 0 {
        return String::new();
    }
    let change = way.total.saturating_sub(current.total);
    let sign = if change.is_sign_negative() { "−" } else { "+" };
    change.abs().checked_div(current.total).map_or_else(String::new, |share| format!("{sign}{}", percent(share)))
}

/// Words for the cheapest.
pub(in super::super) fn mark(costing: &Costing<'_, '_>, name: &str) -> &'static str {
    way(costing, name).map_or("", |(way, _)| way_mark(way))
}

/// Where one way becomes cheaper than another.
pub(in super::super) fn break_even(even: &BreakEven) -> String {
    let sentences = break_evens(even).into_iter().map(|sentence| {
        let mut letters = sentence.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).chain(['.']).collect::<String>()
    });
    sentences.collect::<Vec<_>>().join(" ")
}

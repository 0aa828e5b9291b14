//! Heat, cost, growth, and what they rest on.

use rust_decimal::Decimal;

use super::super::html::cost::{break_even, difference, mark, share, sum};
use super::super::html::growth::{is_flat, when};
use super::super::stop::WAYS;
use super::super::words::{counted, number};
use super::super::{Review, heat as rows, total};
use super::escape::{code, text};
use super::prose;
use super::table::table;
use crate::cost::dollars;
use crate::report::cost::amount;

/// Heat against what one key value can take.
pub(super) fn heat(review: &Review<'_, '_>) -> String {
    let Some(stop) = review.own() else { return String::new() };
    let rows = rows::rows(review);
    if rows.is_empty() {
        return "## Heat\n\nNo pattern that reads or writes by key has a known rate, so nothing is known of heat.\n"
            .to_owned();
    }
    let all = rows.iter().map(|row| {
        vec![
            text(&row.name),
            code(&row.key(stop)),
            row.direction().to_owned(),
            text(&row.units(stop)),
            text(&row.words(stop)),
            row.basis(stop),
            text(&row.demand(stop)),
            text(&row.headroom(stop)),
        ]
    });
    let heads = [
        "Table / index",
        "Busiest key value",
        "Direction",
        "#Units/s on it",
        "#Of the ceiling",
        "Spread",
        "#All units/s",
        "#Headroom",
    ];
    format!(
        "## Heat\n\nOne partition key value gives 3,000 read units and takes 1,000 write units per second. Headroom is the largest share of the traffic of the table or index that one key value may take.\n\n{}",
        table(&heads, all)
    )
}

/// The bill by table, index and pattern.
pub(super) fn sums(review: &Review<'_, '_>) -> String {
    let Some(stop) = review.own() else { return String::new() };
    let bill = &stop.costing.figures.bill;
    let mut out = format!("## Cost\n\n**{}** a month in {}.\n", text(&total(&stop.costing)), bill.region);
    if bill.lines.is_empty() {
        return out;
    }
    let cell = |amount: Decimal| if amount.is_zero() { "–".to_owned() } else { text(&dollars(amount)) };
    for (way, (_, name)) in WAYS.iter().enumerate() {
        let rows = stop.sums(way).map(|group| {
            vec![
                text(&group.name),
                text(&sum(stop, way, &group.name)),
                text(&share(stop, way, &group.name)),
                cell(group.reads),
                cell(group.writes),
                cell(group.storage),
                cell(group.other),
                if group.unknown > 0 { group.unknown.to_string() } else { "–".to_owned() },
            ]
        });
        let heads = [name, "#USD a month", "#Share", "#Reads", "#Writes", "#Storage", "#Other", "#Unknown parts"];
        out.push_str(&format!("\n### By {name}\n\n{}", table(&heads, rows)));
    }
    out
}

/// Other ways to pay.
pub(super) fn alternatives(review: &Review<'_, '_>) -> String {
    let Some(costing) = review.own().map(|stop| &stop.costing) else { return String::new() };
    let Some(current) = costing.alternatives.iter().find(|way| way.is_current) else { return String::new() };
    if costing.figures.bill.lines.is_empty() {
        return String::new();
    }
    let rows = costing.alternatives.iter().map(|way| {
        vec![
            way.name.to_owned(),
            text(&amount(way, current)),
            difference(costing, way.name),
            mark(costing, way.name).to_owned(),
        ]
    });
    let mut out = format!(
        "### Other ways to pay for the same\n\n{}",
        table(&["Paid for as", "#USD a month", "#Difference", "Mark"], rows)
    );
    if let Some(even) = costing.break_even {
        out.push_str(&format!("\n{}\n", break_even(&even)));
    }
    out
}

/// Growth.
pub(super) fn growth(review: &Review<'_, '_>) -> String {
    let points = review.own().map(|stop| stop.costing.growth.as_slice()).unwrap_or_default();
    if is_flat(points) {
        return "## Growth\n\nThe model names no growth, so what is stored stays as it is (`growth: 80k/day` on an entity).\n".to_owned();
    }
    let rows = points.iter().map(|point| {
        let at_least = if point.is_complete { "" } else { "at least " };
        vec![
            when(point),
            text(&number(point.gigabytes)),
            text(&dollars(point.storage)),
            format!("{at_least}{}", text(&dollars(point.total))),
        ]
    });
    format!("## Growth\n\n{}", table(&["When", "#GB stored", "#USD for it", "#USD in all"], rows))
}

/// Assumptions, unknowns and prices.
pub(super) fn basis(review: &Review<'_, '_>) -> String {
    let Some(costing) = review.own().map(|stop| &stop.costing) else { return String::new() };
    let bill = &costing.figures.bill;
    let missing = bill.missing();
    let mut out = format!("## What this rests on\n\n### Not known ({})\n\n", bill.gaps.len());
    if missing.is_empty() {
        out.push_str("Every part of the bill has an amount.\n");
    } else {
        let parts = counted(bill.gaps.len(), "part has", "parts have");
        out.push_str(&format!("{parts} no amount and no place in any sum:\n\n"));
    }
    for what in missing {
        let (place, message) = what.describe(costing.design);
        out.push_str(&format!("- {} ({})\n", prose(&message), text(&place.to_string())));
    }
    out.push_str("\n### Assumed\n\n");
    for sentence in costing.assumptions() {
        out.push_str(&format!("- {}\n", prose(&sentence)));
    }
    if bill.prices.is_empty() {
        return out;
    }
    let rows = bill.prices.iter().map(|price| {
        vec![
            text(price.region),
            code(price.item.as_str()),
            price.usd.normalize().to_string(),
            text(&price.unit),
            price.as_of.to_string(),
            price.rate_code.as_deref().map_or_else(|| "none".to_owned(), code),
            text(&price.source),
        ]
    });
    let heads = ["Region", "Price", "#USD", "Per", "Seen", "Rate code", "Source"];
    out.push_str(&format!("\n### Prices\n\nSeen on {} or later.\n\n{}", costing.seen(), table(&heads, rows)));
    out
}

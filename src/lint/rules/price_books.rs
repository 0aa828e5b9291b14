//! The prices themselves: how old they are, and what they lack.

use jiff::Unit;

use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::source::{ModelPath, nearest};

pub(super) const RULES: &[Rule] = &[
    rule!("prices-out-of-date", Cost, Advice, prices_out_of_date),
    rule!("region-without-prices", Cost, Warning, region_without_prices),
];

/// Days after which a price is worth another look (a threshold of our own).
const OLD_DAYS: i32 = 180;

fn prices_out_of_date(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let bill = &context.figures.bill;
    if bill.total().is_zero() {
        return;
    }
    let Some(price) = bill.prices.iter().min_by_key(|price| price.as_of) else { return };
    let oldest = price.as_of;
    let Ok(age) = context.today.since((Unit::Day, oldest.date)) else { return };
    let days = age.get_days();
    if days <= OLD_DAYS {
        return;
    }
    let named = named_regions(context).into_iter().find(|(_, region)| *region == price.region);
    let place = named.map_or_else(|| Place::key(ModelPath::root()), |(place, _)| place);
    found.push(
        Finding::new(place, format!("the prices of {} were last seen on {oldest}, {days} days ago", price.region))
            .label(if price.region == bill.region { "every amount rests on them" } else { "its amounts rest on them" })
            .why("Prices change by announcement, and seldom: the last large change halved those of requests on 2024-11-01.")
            .help("`keyplan prices import OFFER --output prices.tsv`, with the price list of AmazonDynamoDB from AWS")
            .number("days", days)
            .number("as_of", oldest.to_string()),
    );
}

/// The Regions that a model names, each with its place.
fn named_regions<'m>(context: &Context<'_, 'm>) -> Vec<(Place, &'m str)> {
    let mut named: Vec<(Place, &'m str)> = Vec::new();
    if let Some(region) = &context.model.region {
        named.push((Place::value(ModelPath::of(["region"])), region));
    }
    for table in &context.design.tables {
        let place = ModelPath::of(["tables"]).key(table.name).key("replicas");
        for (index, (region, settings)) in table.table.replicas.0.iter().enumerate() {
            let is_listed = table.table.replicas.0.values().all(Option::is_none);
            let place = match is_listed && settings.is_none() {
                true => Place::value(place.index(index)),
                false => Place::key(place.key(region)),
            };
            named.push((place, region));
        }
    }
    named
}

fn region_without_prices(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let named = named_regions(context);
    if named.is_empty() {
        return;
    }
    let codes: Vec<&str> = context.book.codes().collect();
    for (place, region) in named.into_iter().filter(|(_, region)| !codes.contains(region)) {
        let meant = nearest(region, codes.iter().copied());
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                "`keyplan prices` lists the Regions that have prices; `keyplan prices import` adds others".to_owned()
            }
        };
        let mut finding = Finding::new(place.clone(), format!("the price book has no Region `{region}`"))
            .label("nothing there has a price")
            .why("What is consumed in a Region without prices has no amount, so the bill is too low.")
            .help(help);
        if let Some(meant) = meant {
            finding = finding.number("nearest", meant);
        }
        // Where nothing has a price anyway, a Region that the book lacks may well be one that exists.
        let is_needed = !context.figures.bill.lines.is_empty() || !context.figures.bill.gaps.is_empty();
        found.push(if is_needed { finding } else { finding.at_most(Level::Advice) });
    }
}

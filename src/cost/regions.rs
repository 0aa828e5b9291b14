//! The same design in other Regions.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::bill::amount;
use super::usage::Usage;
use crate::prices::{Item, PriceBook};

/// What a design would cost with another home Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InRegion {
    /// The Region's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// US dollars in a month, at list prices.
    pub total: Decimal,
    /// Whether every part has a price there.
    pub is_complete: bool,
}

/// What the usage of a month costs with each Region of the book as the home, cheapest first. What
/// arises in replicas stays where it is. Usage is summed up once, so this takes no longer for a
/// large design than for a small one.
pub fn in_regions(usage: &[Usage<'_>], book: &PriceBook, home: &str) -> Vec<InRegion> {
    let mut at_home: IndexMap<Item, Decimal> = IndexMap::default();
    let mut elsewhere = Decimal::ZERO;
    let mut is_known = true;
    let mut others: IndexMap<(&str, Item), Option<Decimal>> = IndexMap::default();
    for part in usage {
        let Ok(quantity) = part.quantity else {
            is_known = false;
            continue;
        };
        if part.source.region == home {
            let sum = at_home.entry(part.item).or_default();
            *sum = sum.saturating_add(quantity);
            continue;
        }
        let usd = *others
            .entry((part.source.region, part.item))
            .or_insert_with(|| Some(book.region(part.source.region)?.price(part.item)?.paid()));
        match usd {
            Some(usd) => elsewhere = elsewhere.saturating_add(amount(quantity, usd)),
            None => is_known = false,
        }
    }
    let mut all: Vec<InRegion> = book
        .regions()
        .map(|region| {
            let mut total = elsewhere;
            let mut is_complete = is_known;
            for (item, quantity) in &at_home {
                match region.price(*item) {
                    Some(price) => total = total.saturating_add(amount(*quantity, price.paid())),
                    None => is_complete = false,
                }
            }
            InRegion { code: region.code.to_owned(), name: region.name.to_owned(), total, is_complete }
        })
        .collect();
    all.sort_by(|a, b| (!a.is_complete, a.total, &a.code).cmp(&(!b.is_complete, b.total, &b.code)));
    all
}

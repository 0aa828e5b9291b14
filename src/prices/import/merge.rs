//! Setting the prices of an offer into a book.

use std::collections::BTreeSet;

use crate::IndexMap;

use super::dimension::{self, Offered, is_same, plain_name};
use super::offer::{Edition, Offer};
use super::{Change, Changes, Import, ImportError, SERVICE};
use crate::model::TableClass;
use crate::prices::read::Contents;
use crate::prices::{AsOf, Confirmation, Direction, Item, Price, PriceBook, Region, write};

/// The source of warm throughput in Regions that are new to a book.
const DERIVED: &str = "derived: one provisioned unit-hour, once, for each unit that is raised; no source at hand \
                       states a number";

/// A book with the prices of an offer.
pub(super) fn merge(base: &PriceBook, offer: Offer) -> Result<Import, ImportError> {
    let sources: Vec<String> = offer.editions.iter().map(source).collect();
    let contents = base.contents()?;
    let mut names = IndexMap::default();
    for region in &contents.regions {
        names.insert(plain_name(region.name), region.code);
    }
    let sorted = dimension::sort(&offer, &names);
    let mut merge = Merge { contents, changes: Changes::default(), touched: BTreeSet::new() };
    merge.changes.ignored = sorted.ignored;
    merge.changes.refused = sorted.refused;
    for offered in sorted.prices {
        let edition = offer.editions.get(offered.edition);
        if let (Some(edition), Some(source)) = (edition, sources.get(offered.edition)) {
            merge.set(offered, edition, source);
        }
    }
    merge.finish()
}

fn source(edition: &Edition) -> String {
    format!("price list offer {SERVICE} {}, published {}", edition.version, edition.published)
}

/// A book while it changes.
struct Merge<'a> {
    contents: Contents<'a>,
    changes: Changes,
    touched: BTreeSet<&'a str>,
}

impl<'a> Merge<'a> {
    fn set(&mut self, offered: Offered<'a>, edition: &Edition, source: &'a str) {
        let (code, item, as_of) = (offered.region, offered.usage.item.as_str(), AsOf::from(edition.published));
        let known = self.contents.regions.binary_search_by_key(&code, |region| region.code);
        let before = known.ok().and_then(|at| self.contents.regions.get(at)).and_then(|region| region.price(item));
        let is_older = before.is_some_and(|before| before.as_of.date > edition.published);
        let is_equal = before.is_some_and(|before| is_same(&before.tiers, &offered.tiers));
        let is_seen = before.is_some_and(|before| before.as_of.date == edition.published);
        let had = before.map(Price::paid);
        // The unit that the book writes stays: lists differ in it.
        let unit = before.map_or(offered.usage.unit, |before| before.unit);
        let price = Price { item, unit, tiers: offered.tiers, as_of, source, is_derived: false };
        let change = Change { region: code.to_owned(), item: item.to_owned(), before: had, after: price.paid() };
        match (is_equal, is_older) {
            (true, true) => return add_one(&mut self.changes.unchanged),
            (true, false) if is_seen => return add_one(&mut self.changes.unchanged),
            (true, false) => add_one(&mut self.changes.confirmed),
            (false, true) => return self.changes.older.push(change),
            (false, false) if had.is_some() => self.changes.updated.push(change),
            (false, false) => self.changes.added.push(change),
        }
        if !self.contents.head.sources.contains(&source) {
            self.contents.head.sources.push(source);
        }
        let at = known.unwrap_or_else(|at| {
            self.contents.regions.insert(at, new_region(code, &offered.product.location));
            at
        });
        let Some(region) = self.contents.regions.get_mut(at) else { return };
        region.free_tier |= !price.free_units().is_zero();
        region.prices.insert(item, price);
        let seen = Confirmation { as_of: Some(as_of), what: source };
        if !region.confirmations.contains(&seen) {
            // The newest is the first; those without a day are the last.
            let later = region.confirmations.iter().take_while(|known| known.as_of > seen.as_of).count();
            region.confirmations.insert(later, seen);
        }
        self.touched.insert(code);
    }

    fn finish(mut self) -> Result<Import, ImportError> {
        let mut needs_source = false;
        for region in self.contents.regions.iter_mut().filter(|region| self.touched.contains(region.code)) {
            needs_source |= derive_warm_throughput(region);
        }
        if needs_source && !self.contents.head.sources.contains(&DERIVED) {
            self.contents.head.sources.push(DERIVED);
        }
        let oldest = self.contents.regions.iter().filter_map(Region::date).min();
        self.contents.head.date = oldest.unwrap_or(self.contents.head.date);
        self.changes.regions = self.touched.iter().map(|code| (*code).to_owned()).collect();
        let book = PriceBook::read(write::book(&self.contents))?;
        Ok(Import { book, changes: self.changes })
    }
}

fn add_one(count: &mut usize) {
    *count = count.saturating_add(1);
}

fn new_region<'a>(code: &'a str, location: &'a str) -> Region<'a> {
    let is_name = !location.is_empty() && location.len() <= 80 && !location.chars().any(char::is_control);
    let name = if is_name && location.trim() == location { location } else { code };
    let partition = match code {
        _ if code.starts_with("cn-") => "aws-cn",
        _ if code.starts_with("us-gov-") => "aws-us-gov",
        _ if code.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    };
    let (confirmations, prices) = (Vec::new(), IndexMap::default());
    Region { code, name, partition, free_tier: false, confirmations, prices, transfer: None }
}

/// Warm throughput follows from the price of provisioned capacity, and changes with it. True where a
/// price was new.
fn derive_warm_throughput(region: &mut Region<'_>) -> bool {
    let mut is_new = false;
    for (direction, unit, capacity) in [
        (Direction::Read, "ReadUnit", Item::CapacityRead(TableClass::Standard)),
        (Direction::Write, "WriteUnit", Item::CapacityWrite(TableClass::Standard)),
    ] {
        let Some((usd, as_of)) = region.price(capacity).map(|price| (price.paid(), price.as_of)) else { continue };
        let item = Item::WarmThroughput(direction).as_str();
        match region.prices.get_mut(item) {
            Some(price) if !price.is_derived => {}
            Some(price) => {
                // A day moves only with the price: nothing confirms a rule.
                if price.paid() != usd {
                    price.as_of = as_of;
                    price.tiers.truncate(1);
                    price.tiers.iter_mut().for_each(|tier| tier.usd = usd);
                }
            }
            None => {
                is_new = true;
                let tiers = vec![crate::prices::Tier { from: Default::default(), to: None, usd, rate_code: None }];
                region.prices.insert(item, Price { item, unit, tiers, as_of, source: DERIVED, is_derived: true });
            }
        }
    }
    is_new
}

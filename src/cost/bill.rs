//! The bill: usage times price, line by line, and what is missing for all of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::IndexMap;
use rust_decimal::Decimal;

use super::commitment;
use super::missing::Missing;
use super::terms::{Commitment, Terms};
use super::usage::{Source, Usage, What};
use crate::model::Billing;
use crate::prices::{AsOf, Item, Price, PriceBook, Region, SavingsPlan};

/// Decimal places of an amount in dollars. Fixed, so that sums are the same in any order.
const DECIMALS: u32 = 12;

/// A line of a bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// Where it arises; nothing of the design for what is of the account, such as a free tier.
    pub source: Option<Source<'a>>,
    /// What it is for.
    pub what: What,
    /// The Region whose price it is.
    pub region: &'a str,
    /// What is priced.
    pub item: Item,
    /// How much of it in a month, in the price's unit.
    pub quantity: Decimal,
    /// US dollars for a unit.
    pub usd: Decimal,
    /// US dollars in a month: quantity times price.
    pub amount: Decimal,
}

/// Something that has no amount, because something is missing for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap<'a> {
    /// Where it arises.
    pub source: Source<'a>,
    /// What it is for.
    pub what: What,
    /// What is missing.
    pub missing: Missing<'a>,
}

/// The bill of a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill<'a> {
    /// The lines that have an amount.
    pub lines: Vec<Line<'a>>,
    /// What has none.
    pub gaps: Vec<Gap<'a>>,
    /// The home Region.
    pub region: &'a str,
    /// Whether neither the model nor the terms name it.
    pub is_region_assumed: bool,
    /// The prices that were used, with where they are from.
    pub prices: Vec<Used<'a>>,
}

/// A price that a bill used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used<'a> {
    /// The Region.
    pub region: &'a str,
    /// What is priced.
    pub item: Item,
    /// The unit.
    pub unit: String,
    /// The list price in US dollars.
    pub usd: Decimal,
    /// AWS's code of the rate.
    pub rate_code: Option<String>,
    /// When a source last showed it.
    pub as_of: AsOf,
    /// The source.
    pub source: String,
}

/// An amount rounded to the places that all amounts have.
pub(super) fn amount(quantity: Decimal, usd: Decimal) -> Decimal {
    quantity.saturating_mul(usd).round_dp(DECIMALS)
}

/// The prices of the Regions that a bill touches, read once each.
pub(super) struct Prices<'b> {
    book: &'b PriceBook,
    regions: IndexMap<String, Option<Region<'b>>>,
    savings_plan: SavingsPlan,
}

impl<'b> Prices<'b> {
    pub(super) fn new(book: &'b PriceBook) -> Self {
        Self { book, regions: IndexMap::default(), savings_plan: book.savings_plan() }
    }

    pub(super) fn region(&mut self, code: &str) -> Option<&Region<'b>> {
        if !self.regions.contains_key(code) {
            self.regions.insert(code.to_owned(), self.book.region(code));
        }
        self.regions.get(code)?.as_ref()
    }

    pub(super) fn price(&mut self, region: &str, item: Item) -> Option<&Price<'b>> {
        self.region(region)?.price(item)
    }

    /// The price of a unit under a commitment.
    fn unit_price(&self, list: Decimal, item: Item, commitment: Commitment) -> Decimal {
        match (commitment, billing(item)) {
            (Commitment::SavingsPlan, Some(billing)) => self.savings_plan.discounted(list, billing),
            _ => list,
        }
    }
}

/// How throughput is paid that an item is the price of; nothing where it is not throughput.
pub(super) fn billing(item: Item) -> Option<Billing> {
    match item {
        Item::RequestRead(_) | Item::RequestWrite(_) | Item::RequestReplicatedWrite(_) => Some(Billing::OnDemand),
        Item::CapacityRead(_) | Item::CapacityWrite(_) | Item::CapacityReplicatedWrite(_) => Some(Billing::Provisioned),
        _ => None,
    }
}

/// Prices the usage of a month.
pub(super) fn price<'a>(usage: &[Usage<'a>], book: &PriceBook, terms: &Terms<'a>, home: &'a str) -> Bill<'a> {
    let mut prices = Prices::new(book);
    let mut used: IndexMap<(&'a str, Item), Result<Decimal, ()>> = IndexMap::default();
    let mut rows = Vec::new();
    let mut lines = Vec::with_capacity(usage.len());
    let mut gaps = Vec::new();
    for Usage { source, what, item, quantity } in usage {
        let gap = |missing| Gap { source: *source, what: *what, missing };
        let quantity = match quantity {
            Ok(quantity) => *quantity,
            Err(missing) => {
                gaps.push(gap(*missing));
                continue;
            }
        };
        let usd = match used.get(&(source.region, *item)) {
            Some(known) => *known,
            None => {
                let found = prices.price(source.region, *item).map(|price| row(source.region, *item, price));
                let list = found.as_ref().map(|row| row.usd).ok_or(());
                rows.extend(found);
                let usd = list.map(|list| prices.unit_price(list, *item, terms.commitment));
                used.insert((source.region, *item), usd);
                usd
            }
        };
        match usd {
            Ok(usd) => lines.push(Line {
                source: Some(*source),
                what: *what,
                region: source.region,
                item: *item,
                quantity,
                usd,
                amount: amount(quantity, usd),
            }),
            Err(()) => gaps.push(gap(Missing::Price { region: source.region, item: item.as_str() })),
        }
    }
    commitment::free_tier(&mut lines, &mut prices, terms);
    Bill { lines, gaps, region: home, is_region_assumed: false, prices: rows }
}

pub(super) fn row<'a>(region: &'a str, item: Item, price: &Price<'_>) -> Used<'a> {
    Used {
        region,
        item,
        unit: price.unit.to_owned(),
        usd: price.paid(),
        rate_code: price.rate_code().map(str::to_owned),
        as_of: price.as_of,
        source: price.source.to_owned(),
    }
}

impl<'a> Bill<'a> {
    /// The sum of all lines.
    pub fn total(&self) -> Decimal {
        self.sum(|_| true)
    }

    /// The sum of the lines that satisfy a condition.
    pub fn sum(&self, of: impl Fn(&Line<'a>) -> bool) -> Decimal {
        self.lines.iter().filter(|line| of(line)).map(|line| line.amount).fold(Decimal::ZERO, Decimal::saturating_add)
    }

    /// What each of so many patterns costs, where all of it is known and it costs anything by itself.
    pub fn of_patterns(&self, patterns: usize) -> Vec<Option<Decimal>> {
        let mut sums: Vec<Option<Decimal>> = vec![None; patterns];
        for line in &self.lines {
            let Some(sum) = line.source.and_then(|source| sums.get_mut(source.pattern?)) else { continue };
            *sum = Some(sum.unwrap_or_default().saturating_add(line.amount));
        }
        for gap in &self.gaps {
            if let Some(sum) = gap.source.pattern.and_then(|pattern| sums.get_mut(pattern)) {
                *sum = None;
            }
        }
        sums
    }

    /// The sums of the lines that have a key, by that key, in one pass.
    pub fn by<K: Ord>(&self, key: impl Fn(&Line<'a>) -> Option<K>) -> BTreeMap<K, Decimal> {
        let mut sums = BTreeMap::new();
        for line in &self.lines {
            if let Some(key) = key(line) {
                let sum: &mut Decimal = sums.entry(key).or_default();
                *sum = sum.saturating_add(line.amount);
            }
        }
        sums
    }

    /// What is missing, each thing once, for the gaps that have a key, by that key.
    pub fn missing_by<K: Ord>(&self, key: impl Fn(&Gap<'a>) -> Option<K>) -> BTreeMap<K, BTreeSet<Missing<'a>>> {
        let mut missing: BTreeMap<K, BTreeSet<Missing<'a>>> = BTreeMap::new();
        for gap in &self.gaps {
            if let Some(key) = key(gap) {
                missing.entry(key).or_default().insert(gap.missing);
            }
        }
        missing
    }

    /// Whether every part has an amount.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// What is missing, each thing once, in a fixed order.
    pub fn missing(&self) -> Vec<Missing<'a>> {
        let mut all: Vec<Missing<'a>> = self.gaps.iter().map(|gap| gap.missing).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

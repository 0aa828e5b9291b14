//! The prices of one Region.

use crate::IndexMap;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::item::is_throughput;
use super::{AsOf, Price};

/// The code of the section with what is billed for all Regions together.
pub const EVERYWHERE: &str = "*";

/// A Region and its prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region<'a> {
    /// Its code, `us-east-1`.
    pub code: &'a str,
    /// Its name, as the price list writes it.
    pub name: &'a str,
    /// Its partition, `aws` or `aws-us-gov`.
    pub partition: &'a str,
    /// Whether it has bands that cost nothing.
    pub free_tier: bool,
    /// Second sources that show prices of it, in the order of the book: the newest first, those without
    /// a day last. Empty where there is but one source.
    pub confirmations: Vec<Confirmation<'a>>,
    pub(super) prices: IndexMap<&'a str, Price<'a>>,
    pub(super) transfer: Option<Transfer<'a>>,
}

/// A second source that shows prices of a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation<'a> {
    /// When it showed them, where it says so.
    pub as_of: Option<AsOf>,
    /// Which prices, and where.
    pub what: &'a str,
}

/// The price of data sent to other Regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer<'a> {
    /// The unit that is priced: GB.
    pub unit: &'a str,
    /// USD for a unit to every Region that is not an exception.
    pub usd: Decimal,
    /// The Regions to which it costs something else; `None` where no price is known.
    pub exceptions: IndexMap<&'a str, Option<Decimal>>,
    /// When a source last showed it.
    pub as_of: AsOf,
    /// The source, in words.
    pub source: &'a str,
}

impl<'a> Region<'a> {
    /// The price of an item, by [`Item`](super::Item) or by name; `None` where none is known.
    pub fn price(&self, item: impl AsRef<str>) -> Option<&Price<'a>> {
        self.prices.get(item.as_ref())
    }

    /// All prices, in the order of the book.
    pub fn prices(&self) -> impl ExactSizeIterator<Item = &Price<'a>> {
        self.prices.values()
    }

    /// The price of data sent to other Regions, where it is known.
    pub fn transfer(&self) -> Option<&Transfer<'a>> {
        self.transfer.as_ref()
    }

    /// The oldest day of an on-demand or provisioned price: all of them have been seen since.
    pub fn date(&self) -> Option<Date> {
        self.prices().filter(|price| is_throughput(price.item)).map(|price| price.as_of.date).min()
    }

    /// The first of the second sources that show prices of it.
    pub fn confirmation(&self) -> Option<&Confirmation<'a>> {
        self.confirmations.first()
    }
}

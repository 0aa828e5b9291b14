//! What all shapes of a price list say, in one shape.

use jiff::civil::Date;

use super::{ImportError, SERVICE};
use crate::prices::as_of::day;

/// Versions that one file can be put together from; answers of the price API have one or two.
const MOST_EDITIONS: usize = 50;

/// A price list.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// Its editions; one, but for answers of the price API, which say it for each product.
    pub(super) editions: Vec<Edition>,
    /// What is sold.
    pub(super) products: Vec<Product>,
    /// The prices.
    pub(super) rows: Vec<Row>,
}

/// A version of a service's price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edition {
    pub(super) version: String,
    pub(super) published: Date,
}

/// What is sold, where.
#[derive(Debug, Default, Clone)]
pub(super) struct Product {
    pub(super) service: String,
    pub(super) region_code: String,
    pub(super) location: String,
    pub(super) location_type: String,
    pub(super) usage_type: String,
    pub(super) operation: String,
}

/// One tier of one price.
#[derive(Debug)]
pub(super) struct Row {
    /// The number of its edition.
    pub(super) edition: usize,
    /// The number of its product.
    pub(super) product: usize,
    /// The product's SKU and the term's code: the tiers of one price have the same.
    pub(super) term: String,
    /// `OnDemand` or `Reserved`.
    pub(super) term_type: String,
    /// How long it is reserved for, `1yr` or `3yr`.
    pub(super) lease: String,
    pub(super) rate_code: String,
    pub(super) unit: String,
    pub(super) begin: String,
    pub(super) end: String,
    /// The currency and the price in it.
    pub(super) price: (String, String),
}

impl Offer {
    /// The number of an edition, which is added if it is new.
    pub(super) fn edition(&mut self, version: &str, published: &str) -> Result<usize, ImportError> {
        let wrong = |what: &str| ImportError::Edition(format!("its {what} is missing or cannot be read"));
        let published = published.get(..10).and_then(day).ok_or_else(|| wrong("publication date"))?;
        if version.is_empty() || version.len() > 40 || !version.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(wrong("version"));
        }
        let edition = Edition { version: version.to_owned(), published };
        if let Some(index) = self.editions.iter().position(|known| *known == edition) {
            return Ok(index);
        }
        if self.editions.len() >= MOST_EDITIONS {
            return Err(ImportError::Edition(format!("it is put together from more than {MOST_EDITIONS} versions")));
        }
        self.editions.push(edition);
        Ok(self.editions.len().saturating_sub(1))
    }
}

/// Refuses the price list of another service, where it says which it is of.
pub(super) fn expect_service(code: &str) -> Result<(), ImportError> {
    if code.is_empty() || code == SERVICE {
        return Ok(());
    }
    Err(ImportError::OtherService(code.chars().filter(|c| !c.is_control()).take(40).collect()))
}

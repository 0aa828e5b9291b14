//! Reading an AWS price list into a price book.
//!
//! Three shapes are read: the JSON of a bulk offer file, its CSV, and what the price API's
//! `GetProducts` answers. Every value that the offer has for DynamoDB takes the place of the book's;
//! what the offer does not have stays. A price is never replaced by one of an older offer.
//! <https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file.html>

mod csv;
mod dimension;
mod json;
mod merge;
mod offer;
mod usage;

#[cfg(test)]
mod tests;

use rust_decimal::Decimal;

use super::{BookError, PriceBook};

/// The largest offer file that is read: 64 MB. That of DynamoDB for all Regions has 1.5 MB.
pub const MAX_BYTES: usize = 64 << 20;

/// A book with an offer read into it.
#[derive(Debug, Clone)]
pub struct Import {
    /// The new book.
    pub book: PriceBook,
    /// What is other than before.
    pub changes: Changes,
}

/// What an offer changed in a book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Prices that are other than before.
    pub updated: Vec<Change>,
    /// Prices that the book did not have.
    pub added: Vec<Change>,
    /// Prices that the offer has as the book has them, at a later day: they have its day now.
    pub confirmed: usize,
    /// Prices that the offer has as the book has them, at no later day.
    pub unchanged: usize,
    /// Prices that differ from the book's and were left out, because the book's are newer.
    pub older: Vec<Change>,
    /// Rows of the offer that no item of the book is for, or that are of no Region.
    pub ignored: usize,
    /// Rows that should have been of use and could not be, and why.
    pub refused: Vec<String>,
    /// The Regions whose prices were updated, added or confirmed, in order.
    pub regions: Vec<String>,
}

impl Changes {
    /// How many prices of the offer the book has an item for.
    pub fn recognized(&self) -> usize {
        let listed = [self.updated.len(), self.added.len(), self.older.len(), self.confirmed, self.unchanged];
        listed.into_iter().fold(0, usize::saturating_add)
    }
}

/// A price that differs between the book and the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The Region.
    pub region: String,
    /// The item.
    pub item: String,
    /// USD for a unit that is not free, in the book as it was.
    pub before: Option<Decimal>,
    /// USD for a unit that is not free, in the offer.
    pub after: Decimal,
}

/// Why an offer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It has more than [`MAX_BYTES`].
    #[error("larger than {} MB", MAX_BYTES >> 20)]
    TooLarge,
    /// It is JSON, and not of a shape that is known.
    #[error("not a price list: {0}")]
    Json(#[from] serde_json::Error),
    /// It is CSV, and not of a shape that is known.
    #[error("not a price list: {0}")]
    Csv(String),
    /// Its version or day is missing.
    #[error("not a price list: {0}")]
    Edition(String),
    /// It is the price list of another service.
    #[error("this is the price list of {0}, not of {SERVICE}")]
    OtherService(String),
    /// The base book, or the new one, is no book.
    #[error(transparent)]
    Book(#[from] BookError),
}

/// The code of DynamoDB's offer. Other services use some of the same usage types.
const SERVICE: &str = "AmazonDynamoDB";

/// Reads an offer into a book.
pub fn import(base: &PriceBook, text: &str) -> Result<Import, ImportError> {
    if text.len() > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    let offer = if text.starts_with(['{', '[']) { json::read(text)? } else { csv::read(text)? };
    merge::merge(base, offer)
}

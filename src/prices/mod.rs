//! Prices: the embedded price book, a user's own, and how an AWS price list is read into either.
//!
//! # The format of a price book
//!
//! Lines of text with fields between tabs. Empty lines and lines that begin with `#` say nothing;
//! other control characters than the tab are refused. What a field means follows from its place:
//!
//! ```text
//! keyplan-prices  1                                the version of this format, always first
//! date            DAY                              the oldest day of an on-demand or provisioned price
//! note            TEXT                             anything worth knowing
//! source          NUMBER  TEXT                     numbered from 1 without gaps
//! savings-plan    ON-DEMAND  PROVISIONED  DECIMALS  AS-OF  SOURCE
//! reserved        BLOCK  AS-OF  SOURCE             units that are reserved at once
//!
//! region          CODE  NAME  PARTITION  free-tier|no-free-tier
//! confirmed       AS-OF|undated  TEXT              a second source that shows prices of this Region
//! ITEM            UNIT  PRICE  AS-OF  SOURCE  RATE-CODES  [derived]
//! transfer        UNIT  PRICE  AS-OF  SOURCE  REGION=PRICE …
//! ```
//!
//! The first part is the head of the book; `savings-plan` and `reserved` may be absent. Every `region`
//! line begins a section, and the sections stand in the order of their codes. The Region `*` has
//! what is billed for all Regions together.
//!
//! - `PRICE` is in USD for a single unit: `0.25`, or with tiers `0..25=0 25..=0.25`, which join
//!   without gaps from zero on. It is exact: digits and a point.
//! - `AS-OF` is a day (`2025-12-06`), or a month (`2026-05`) where no day is known. It says when a
//!   source last showed the price, not when the price took effect.
//! - `RATE-CODES` are AWS's own, `SKU.TERM.RATE`, one for each tier, `-` where it is not known.
//! - There are at most 1000 sources and 1000 Regions, and 16 MB.
//! - `derived` marks a price that no source states and that follows from others.
//! - `transfer` is the price of a GB to every other Region of the book, but for those listed at its
//!   end (`-` for none); `REGION=-` is a Region to which no price is known.

mod amount;
mod as_of;
mod book;
mod commitment;
pub mod import;
mod item;
mod line;
mod read;
mod region;
mod write;

#[cfg(test)]
mod tests;

pub use amount::{FreeTier, Price, Tier};
pub use as_of::AsOf;
pub use book::{MAX_BYTES, PriceBook};
pub use commitment::{Provenance, ReservedRules, SavingsPlan};
pub use item::{Direction, Item, Term, dax_node};
pub use read::BookError;
pub use region::{Confirmation, EVERYWHERE, Region, Transfer};

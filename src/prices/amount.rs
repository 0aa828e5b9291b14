//! A price, its tiers, and what a quantity costs.

use rust_decimal::Decimal;

use super::AsOf;

/// The price of an item in a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price<'a> {
    /// The item's name, as in [`Item::as_str`](super::Item::as_str).
    pub item: &'a str,
    /// The unit that is priced, as AWS writes it, such as `GB-Mo` or `WriteRequestUnits`.
    pub unit: &'a str,
    /// The tiers, in order; they join without gaps from zero on. Never empty.
    pub tiers: Vec<Tier<'a>>,
    /// When a source last showed it.
    pub as_of: AsOf,
    /// The source, in words.
    pub source: &'a str,
    /// Whether it follows from other prices, and no source states it.
    pub is_derived: bool,
}

/// A range of a month's quantity and its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier<'a> {
    /// Where it begins, in the price's unit.
    pub from: Decimal,
    /// Where it ends; `None` for no end.
    pub to: Option<Decimal>,
    /// USD for a single unit.
    pub usd: Decimal,
    /// AWS's code of this rate, `SKU.TERM.RATE`, where it is known.
    pub rate_code: Option<&'a str>,
}

/// Whether a leading band that costs nothing is taken off.
///
/// The band is one for an account and Region, not for a table, so an estimate of one design cannot
/// know how much of it is left. AWS's own calculator does not take it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeTier {
    /// All is charged, the free band at the price of the tier after it.
    Ignored,
    /// The free band costs nothing.
    Applied,
}

impl<'a> Price<'a> {
    /// USD for a unit in the first tier that is not free; zero where all is free.
    pub fn paid(&self) -> Decimal {
        self.paid_tier().map_or(Decimal::ZERO, |tier| tier.usd)
    }

    /// AWS's code of the rate of [`paid`](Self::paid), where it is known.
    pub fn rate_code(&self) -> Option<&'a str> {
        self.paid_tier().or(self.tiers.first()).and_then(|tier| tier.rate_code)
    }

    /// The units at the front that cost nothing; zero where there is no such band.
    pub fn free_units(&self) -> Decimal {
        let free = self.tiers.iter().take_while(|tier| tier.usd.is_zero());
        free.last().map_or(Decimal::ZERO, |tier| tier.to.unwrap_or(Decimal::MAX))
    }

    /// USD for a month's quantity, in the price's unit. Exact as far as 28 digits go; beyond them it
    /// is the largest number there is. A quantity below zero costs nothing, as does what lies beyond
    /// the end of the last tier.
    pub fn amount(&self, quantity: Decimal, free_tier: FreeTier) -> Decimal {
        let mut total = Decimal::ZERO;
        let mut is_leading = true;
        for tier in &self.tiers {
            is_leading &= tier.usd.is_zero();
            let usd = if is_leading && free_tier == FreeTier::Ignored { self.paid() } else { tier.usd };
            let end = tier.to.map_or(quantity, |to| to.min(quantity));
            if end <= tier.from {
                break;
            }
            total = total.saturating_add(end.saturating_sub(tier.from).saturating_mul(usd));
        }
        total
    }

    fn paid_tier(&self) -> Option<&Tier<'a>> {
        self.tiers.iter().find(|tier| !tier.usd.is_zero())
    }
}

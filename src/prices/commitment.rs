//! Prices for a commitment: Savings Plans and reserved capacity.

use rust_decimal::{Decimal, RoundingStrategy};

use super::AsOf;
use crate::model::Billing;

/// What a Database Savings Plan takes off list prices: one year, nothing upfront.
///
/// It covers request units and provisioned capacity of both table classes, replicated writes
/// included; not storage, backups, streams, exports, imports or DAX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SavingsPlan {
    /// The part taken off request units: `0.18`.
    pub on_demand: Decimal,
    /// The part taken off provisioned unit-hours: `0.12`.
    pub provisioned: Decimal,
    /// The decimal places to which AWS rounds a discounted unit price, half up: 10.
    pub decimals: u32,
}

impl SavingsPlan {
    /// USD for a unit under the plan, from its list price. Rounded as AWS rounds it:
    /// 0.0000001425 on demand becomes 0.0000001169.
    pub fn discounted(&self, list: Decimal, billing: Billing) -> Decimal {
        let fraction = match billing {
            Billing::OnDemand => self.on_demand,
            Billing::Provisioned => self.provisioned,
        };
        let price = list.saturating_mul(Decimal::ONE.saturating_sub(fraction));
        price.round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero)
    }
}

/// How capacity is reserved, next to the prices of [`Item::ReservedHour`](super::Item::ReservedHour)
/// and [`Item::ReservedUpfront`](super::Item::ReservedUpfront), which are for a single unit.
///
/// It covers provisioned reads and writes of the Standard class in one Region; not replicated
/// writes, Standard-IA or on-demand. Both parts are due for every hour of the term, used or not. A
/// Region without a price for a term does not sell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedRules {
    /// Units that are reserved at once: 100.
    pub block: Decimal,
}

/// Where a fact is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// When the source last showed it.
    pub as_of: AsOf,
    /// The source, in words.
    pub source: &'a str,
}

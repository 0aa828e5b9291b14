//! Terms: what belongs to a bill rather than to a design.

use rust_decimal::Decimal;

use crate::model::{Billing, TableClass};
use crate::prices::{FreeTier, Term};
use crate::units::SECONDS_PER_MONTH;

/// The Region whose prices are taken where neither the model nor the command line names one.
pub const ASSUMED_REGION: &str = "us-east-1";

/// The part of provisioned capacity that scaling keeps in use where a model does not say: 70 %.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html>
pub const ASSUMED_TARGET_PERCENT: u32 = 70;

/// What a bill is made with, beside the design and the price book.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms<'a> {
    /// The home Region; the model's own where absent.
    pub region: Option<&'a str>,
    /// How all tables pay for throughput; each its own way where absent.
    pub billing: Option<Billing>,
    /// The class of all tables; each its own where absent.
    pub class: Option<TableClass>,
    /// How provisioned capacity is set.
    pub provisioning: Provisioning,
    /// Hours of a month.
    pub month_hours: Decimal,
    /// How large a GB is.
    pub gigabyte: Gigabyte,
    /// Whether bands that cost nothing are taken off.
    pub free_tier: FreeTier,
    /// What is committed to for a lower price.
    pub commitment: Commitment,
    /// Months from today, for growth.
    pub months_ahead: u32,
}

/// How provisioned capacity is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provisioning {
    /// As the model states it; where it states none, it follows the load, 70 % in use.
    Scaled,
    /// As the model states it; where it states none, it stands at the peak.
    AtPeak,
    /// It follows the load, 70 % in use, whatever the model states.
    AllScaled,
    /// It stands at the peak, whatever the model states.
    AllAtPeak,
}

impl Provisioning {
    /// Whether the capacity that a model states stays.
    pub fn keeps_stated(self) -> bool {
        matches!(self, Self::Scaled | Self::AtPeak)
    }
}

/// How large a GB is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gigabyte {
    /// 2³⁰ bytes, by the documentation's own rule for all sizes.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
    Binary,
    /// 10⁹ bytes, as one of AWS's calculators counts.
    Decimal,
}

impl Gigabyte {
    /// Its bytes.
    pub fn bytes(self) -> Decimal {
        match self {
            Self::Binary => Decimal::from(1_u64 << 30),
            Self::Decimal => Decimal::from(1_000_000_000_u64),
        }
    }
}

/// What is committed to for a lower price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commitment {
    /// Nothing.
    None,
    /// A Database Savings Plan over all throughput, for a year.
    SavingsPlan,
    /// Reserved capacity over the part of provisioned capacity that is there in every hour.
    Reserved(Term),
}

impl Default for Terms<'_> {
    fn default() -> Self {
        Self {
            region: None,
            billing: None,
            class: None,
            provisioning: Provisioning::Scaled,
            month_hours: Decimal::from(SECONDS_PER_MONTH / 3600),
            gigabyte: Gigabyte::Binary,
            free_tier: FreeTier::Ignored,
            commitment: Commitment::None,
            months_ahead: 0,
        }
    }
}

//! Cost: the bill of a month, the alternatives to it, and how it grows.
//!
//! Usage is gathered first, without prices; pricing it is a second step. Amounts are decimals, and
//! every total is the sum of its lines.

mod alternatives;
mod bill;
mod break_even;
mod capture;
mod commitment;
mod figures;
mod growth;
mod missing;
mod provisioned;
mod regions;
mod storage;
mod terms;
mod usage;

use rust_decimal::{Decimal, RoundingStrategy};

pub use alternatives::{Alternative, alternatives};
pub use bill::{Bill, Gap, Line, Used};
pub use break_even::{BreakEven, ReservedSaving, break_even};
pub use figures::{Figures, Scale};
pub use growth::{Added, Point, growth, plateau};
pub use missing::Missing;
pub use provisioned::StatedCapacity;
pub use regions::{InRegion, in_regions};
pub use terms::{ASSUMED_REGION, ASSUMED_TARGET_PERCENT, Commitment, Gigabyte, Provisioning, Terms};
pub use usage::{Source, Usage, What};

use crate::design::Design;
use crate::load::{Demands, Load};
use crate::prices::PriceBook;
use crate::units::grouped;
use usage::Basis;

/// What bills are made from.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a, 'm> {
    /// The design.
    pub design: &'a Design<'m>,
    /// Its load.
    pub load: &'a Load<'m>,
    /// Its demand.
    pub demands: &'a Demands<'m>,
    /// The prices.
    pub book: &'a PriceBook,
}

impl<'a, 'm> Account<'a, 'm> {
    /// The usage of a month.
    pub fn usage(&self, terms: &Terms<'m>) -> Vec<Usage<'m>> {
        usage::usage(&self.basis(terms))
    }

    /// The bill of a month.
    pub fn bill(&self, terms: &Terms<'m>) -> Bill<'m> {
        let basis = self.basis(terms);
        let mut bill = bill::price(&usage::usage(&basis), self.book, terms, basis.home());
        bill.is_region_assumed = terms.region.is_none() && self.design.model.region.is_none();
        if let Commitment::Reserved(term) = terms.commitment {
            commitment::reserve(&basis, self.book, term, &mut bill);
        }
        bill
    }

    fn basis<'b>(&'b self, terms: &'b Terms<'m>) -> Basis<'b, 'm> {
        let added = Added::in_months(self.design, terms.month_hours, terms.months_ahead);
        Basis { design: self.design, load: self.load, demands: self.demands, terms, added }
    }
}

/// An amount as people read it: cents, and more places where there are no cents.
pub fn dollars(amount: Decimal) -> String {
    let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    if rounded.is_zero() && !amount.is_zero() {
        return if amount.abs() < Decimal::new(1, 4) {
            "< 0.0001".to_owned()
        } else {
            amount.round_dp(4).normalize().to_string()
        };
    }
    let sign = if rounded.is_sign_negative() { "-" } else { "" };
    format!("{sign}{}", grouped(&format!("{:.2}", rounded.abs())))
}

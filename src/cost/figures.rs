//! Figures: everything that is calculated for one design, in one place for rules and reports.

use super::{Account, Bill, Terms};
use crate::design::Design;
use crate::load::{Demands, Load, Spot, Traffic, heat};
use crate::plan::Plans;
use crate::prices::PriceBook;

/// The numbers of a design.
#[derive(Debug)]
pub struct Figures<'m> {
    /// Units per call, and how often calls come.
    pub load: Load<'m>,
    /// Units per second of every table and global index.
    pub demands: Demands<'m>,
    /// The busiest partition key values.
    pub heat: Vec<Spot<'m>>,
    /// The bill of a month.
    pub bill: Bill<'m>,
}

impl<'m> Figures<'m> {
    /// Calculates them.
    pub fn new(design: &Design<'m>, plans: &Plans<'m>, book: &PriceBook, terms: &Terms<'m>, scale: Scale) -> Self {
        let traffic = Traffic { month_hours: terms.month_hours, scale: scale.0 };
        let load = Load::new(design, plans, traffic);
        let billed = || {
            let demands = Demands::new(design, &load);
            let bill = Account { design, load: &load, demands: &demands, book }.bill(terms);
            (demands, bill)
        };
        let warmed = || heat(design, plans, &load);
        let (heat, (demands, bill)) = match design.is_large() {
            true => rayon::join(warmed, billed),
            false => (warmed(), billed()),
        };
        Self { load, demands, heat, bill }
    }

    /// What further bills are made from.
    pub fn account<'a>(&'a self, design: &'a Design<'m>, book: &'a PriceBook) -> Account<'a, 'm> {
        Account { design, load: &self.load, demands: &self.demands, book }
    }
}

/// How many times the stated rates there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale(pub rust_decimal::Decimal);

impl Default for Scale {
    fn default() -> Self {
        Self(rust_decimal::Decimal::ONE)
    }
}

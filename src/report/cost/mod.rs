//! Bills, for people and for programs.

mod csv;
mod group;
mod human;
mod json;
mod ways;

pub use csv::write as write_csv;
pub use group::By;
pub(super) use group::{Group, groups};
pub(super) use human::amount;
pub use human::{Trace, write};
pub use json::to_json;
pub(super) use ways::{break_evens, mark};

use rust_decimal::Decimal;

use crate::cost::{Alternative, BreakEven, Commitment, Figures, InRegion, Point, Terms, What};
use crate::design::Design;
use crate::model::AttributeType;
use crate::prices::{AsOf, Direction, FreeTier, Item, PriceBook};
use crate::units::Share;

/// Everything that is said of what a design costs.
pub struct Costing<'a, 'm> {
    /// The design.
    pub design: &'a Design<'m>,
    /// Its numbers, the bill among them.
    pub figures: &'a Figures<'m>,
    /// The prices.
    pub book: &'a PriceBook,
    /// What the bill is made with.
    pub terms: &'a Terms<'m>,
    /// How many times the stated traffic it is for.
    pub scale: Decimal,
    /// Other ways to pay.
    pub alternatives: Vec<Alternative<'m>>,
    /// Where they break even, in the home Region.
    pub break_even: Option<BreakEven>,
    /// How it grows.
    pub growth: Vec<Point>,
    /// The same in every Region, where it was asked for.
    pub regions: Vec<InRegion>,
}

impl Costing<'_, '_> {
    /// When the prices of the bill were seen: the oldest of them, or the book where none was needed.
    pub fn seen(&self) -> AsOf {
        let used = self.figures.bill.prices.iter().map(|price| price.as_of);
        used.min().unwrap_or_else(|| self.book.date().into())
    }

    /// What the bill rests on beside the model, in sentences.
    pub fn assumptions(&self) -> Vec<String> {
        let bill = &self.figures.bill;
        let mut all = Vec::new();
        if bill.is_region_assumed {
            all.push(format!("the model names no Region; the prices are those of {}", bill.region));
        }
        let free = match self.terms.free_tier {
            FreeTier::Ignored => "without the free tier",
            FreeTier::Applied => "with the whole free tier of the account",
        };
        let gigabyte = match self.terms.gigabyte {
            crate::cost::Gigabyte::Binary => "2^30",
            crate::cost::Gigabyte::Decimal => "10^9",
        };
        all.push(format!(
            "a month has {} hours and a GB {gigabyte} bytes; list prices, {free}, before taxes",
            self.terms.month_hours.normalize()
        ));
        if self.terms.commitment == Commitment::SavingsPlan {
            let plan = self.book.savings_plan();
            all.push(format!(
                "a Database Savings Plan takes {} off requests and {} off provisioned capacity, for a year",
                Share(plan.on_demand),
                Share(plan.provisioned)
            ));
        }
        if let Commitment::Reserved(term) = self.terms.commitment {
            let sold = self
                .book
                .region(bill.region)
                .is_some_and(|region| region.price(Item::ReservedHour(term, Direction::Write)).is_some());
            let is_reserved = bill.lines.iter().any(|line| line.what == What::Reserved);
            all.push(match (is_reserved, sold) {
                (true, _) => format!(
                    "steady capacity of the Standard class is reserved in whole blocks for {} months; a month carries its part of what is paid upfront",
                    term.months()
                ),
                (false, true) => "nothing is reserved, and list prices stay: only whole blocks of provisioned capacity of the Standard class that is there in every hour can be, and of capacity that is scaled that is its `min` alone".to_owned(),
                (false, false) => format!("reserved capacity of that term is not sold in {}; list prices stay", bill.region),
            });
        }
        if self.scale != Decimal::ONE {
            all.push(format!("traffic is {} times what the model says", self.scale.normalize()));
        }
        let sizes_guessed = self.design.entities.iter().any(|entity| {
            entity.entity.size.is_none()
                && entity.entity.attributes.values().any(|attribute| {
                    attribute.kind == AttributeType::Number
                        && attribute.digits.is_none()
                        && attribute.size.is_none()
                        && attribute.values.is_none()
                })
        });
        if sizes_guessed {
            all.push("numbers without `digits` count 6 bytes, which is 10 digits".to_owned());
        }
        for table in self.design.tables.iter().filter(|table| table.table.replicas.0.contains_key(bill.region)) {
            all.push(format!("table `{}` has a replica in {} already; both are counted", table.name, bill.region));
        }
        let tables = || self.design.tables.iter().map(|table| table.table);
        if tables().any(|table| table.autoscaling.is_some()) {
            all.push("scaled capacity follows the average load, between its bounds".to_owned());
        }
        if tables().any(|table| !table.replicas.0.is_empty()) {
            all.push("what a transaction writes goes to replicas item by item, at the plain price; data sent to replicas is free".to_owned());
            if tables().any(|table| table.time_to_live.is_some() && !table.replicas.0.is_empty()) {
                all.push("items expire in replicas as fast as new ones come".to_owned());
            }
        }
        all
    }
}

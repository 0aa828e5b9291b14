//! Growth: how many items there are in months to come, until retention takes away as much as comes.

use rust_decimal::Decimal;

use super::{Account, Bill, Terms, What};
use crate::design::EntityDesign;
use crate::load::per_month;

/// What a design holds and costs so many months from today, with the traffic of today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Months from today.
    pub month: u32,
    /// GB of tables and indexes, in all Regions together.
    pub gigabytes: Decimal,
    /// US dollars for storage and what is billed by its size.
    pub storage: Decimal,
    /// US dollars in all.
    pub total: Decimal,
    /// Whether all of it is known.
    pub is_complete: bool,
}

/// How a bill grows: today, and at the end of every year up to a number of months.
pub fn growth<'m>(account: &Account<'_, 'm>, terms: &Terms<'m>, months: u32) -> Vec<Point> {
    let mut at: Vec<u32> = (0..=months / 12).map(|year| year * 12).collect();
    if !months.is_multiple_of(12) {
        at.push(months);
    }
    at.into_iter()
        .map(|month| {
            let bill = account.bill(&Terms { months_ahead: month, ..terms.clone() });
            Point {
                month,
                gigabytes: stored(&bill),
                storage: bill
                    .sum(|line| matches!(line.what, What::Storage | What::PointInTimeRecovery | What::Backups)),
                total: bill.total(),
                is_complete: bill.is_complete(),
            }
        })
        .collect()
}

fn stored(bill: &Bill<'_>) -> Decimal {
    let lines = bill.lines.iter().filter(|line| line.what == What::Storage);
    lines.map(|line| line.quantity).fold(Decimal::ZERO, Decimal::saturating_add)
}

/// Items of an entity so many months from today. Growth adds until what is older than the retention
/// goes as fast as new items come; an entity without growth stays as it is.
pub fn items_ahead(entity: &EntityDesign<'_>, month_hours: Decimal, months: u32) -> Option<Decimal> {
    let today = entity.items?;
    let Some(growth) = entity.entity.growth.filter(|_| months > 0) else { return Some(today) };
    let added = per_month(growth, month_hours).saturating_mul(Decimal::from(months));
    let grown = today.saturating_add(added);
    Some(match plateau(entity) {
        // What is there beyond the plateau today is old and not said to go.
        Some(most) => grown.min(most.max(today)),
        None => grown,
    })
}

/// The number of items at which as many go as come; nothing where growth or retention is not said.
pub fn plateau(entity: &EntityDesign<'_>) -> Option<Decimal> {
    let growth = entity.entity.growth?;
    let seconds = entity.entity.retention?.seconds();
    Some(growth.count.saturating_mul(seconds) / Decimal::from(growth.per.seconds()))
}

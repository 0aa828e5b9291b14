//! Growth: how many items there are in months to come, until retention takes away as much as comes.

use rust_decimal::Decimal;

use super::{Account, Bill, Terms, What};
use crate::design::{Design, EntityDesign, EntityId};
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

/// How many items come to those of today in some months.
#[derive(Debug)]
pub struct Added(Vec<Option<Decimal>>);

impl Added {
    /// What comes to every entity in so many months. Its own growth adds until what is older than the
    /// retention goes as fast as new items come. Without one, new parents bring as many items as each
    /// has on average: of several parents, those that bring most. What nothing adds to stays as it is.
    pub fn in_months(design: &Design<'_>, month_hours: Decimal, months: u32) -> Self {
        let mut added = vec![Some(Decimal::ZERO); design.entities.len()];
        if months == 0 {
            return Self(added);
        }
        for id in design.parents_first() {
            let Some(entity) = design.entity(id) else { continue };
            let all = match entity.entity.growth {
                Some(growth) => grown(entity, per_month(growth, month_hours).saturating_mul(Decimal::from(months))),
                None => brought(entity, &added),
            };
            if let Some(known) = added.get_mut(id.0) {
                *known = all;
            }
        }
        Self(added)
    }

    /// What comes to an entity; nothing where that is not known.
    pub fn to(&self, id: EntityId) -> Option<Decimal> {
        self.0.get(id.0).copied().flatten()
    }

    /// Items of an entity then.
    pub fn items(&self, entity: &EntityDesign<'_>) -> Option<Decimal> {
        Some(entity.items?.saturating_add(self.to(entity.id)?))
    }
}

/// What is left of the items that come, where old ones go. What is there beyond the plateau today is
/// old and not said to go.
fn grown(entity: &EntityDesign<'_>, coming: Decimal) -> Option<Decimal> {
    let Some(most) = plateau(entity) else { return Some(coming) };
    Some(coming.min(most.saturating_sub(entity.items?).max(Decimal::ZERO)))
}

/// What new parents bring.
fn brought(entity: &EntityDesign<'_>, added: &[Option<Decimal>]) -> Option<Decimal> {
    let counted = entity.parents.iter().filter_map(|(parent, average, _)| Some((parent, (*average)?)));
    counted
        .map(|(parent, average)| Some(added.get(parent.0).copied().flatten()?.saturating_mul(average)))
        .try_fold(Decimal::ZERO, |most, brought| Some(most.max(brought?)))
}

/// The number of items at which as many go as come; nothing where growth or retention is not said.
pub fn plateau(entity: &EntityDesign<'_>) -> Option<Decimal> {
    let growth = entity.entity.growth?;
    let seconds = entity.entity.retention?.seconds();
    Some(growth.count.saturating_mul(seconds) / Decimal::from(growth.per.seconds()))
}

//! Growth: how many items there are in months to come, until retention takes away as much as comes.

use rust_decimal::Decimal;

use crate::design::EntityDesign;
use crate::load::per_month;

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

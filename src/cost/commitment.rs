//! What takes something off list prices for the account as a whole: the free tier, reserved capacity.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::bill::{Bill, Line, Prices, Used, amount, row};
use super::terms::Terms;
use super::usage::{Basis, What};
use super::{provisioned, usage};
use crate::model::{Billing, TableClass};
use crate::prices::{Direction, FreeTier, Item, PriceBook, Term};

/// Takes the bands that cost nothing off, once for each Region and item: they are the account's, not
/// a table's.
pub(super) fn free_tier<'m>(lines: &mut Vec<Line<'m>>, prices: &mut Prices<'_>, terms: &Terms<'_>) {
    if terms.free_tier == FreeTier::Ignored {
        return;
    }
    let mut used: IndexMap<(&'m str, Item), (Decimal, Decimal)> = IndexMap::default();
    for line in lines.iter() {
        let (quantity, _) = used.entry((line.region, line.item)).or_insert((Decimal::ZERO, line.usd));
        *quantity = quantity.saturating_add(line.quantity);
    }
    for ((region, item), (quantity, usd)) in used {
        let free = prices.price(region, item).map(|price| price.free_units()).unwrap_or_default().min(quantity);
        if !free.is_zero() {
            let (quantity, amount) = (-free, -amount(free, usd));
            lines.push(Line { source: None, what: What::FreeTier, region, item, quantity, usd, amount });
        }
    }
}

/// Puts the steady part of provisioned capacity under reserved capacity, in whole blocks: what it
/// covers is not paid by the hour any more, and each block costs something upfront, which is spread
/// over the months of its term, and something for every hour.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/reserved-capacity.html>
pub(super) fn reserve<'m>(basis: &Basis<'_, 'm>, book: &PriceBook, term: Term, bill: &mut Bill<'m>) {
    let Some(block) = book.reserved_rules().map(|(rules, _)| rules.block).filter(|block| !block.is_zero()) else {
        return;
    };
    let months = Decimal::from(term.months());
    let mut prices = Prices::new(book);
    for ((region, is_write), steady) in steady_units(basis) {
        let direction = if is_write { Direction::Write } else { Direction::Read };
        let units = (steady / block).floor().saturating_mul(block);
        let mut found = |item| prices.price(region, item).map(|price| row(region, item, price));
        let hourly = found(Item::ReservedHour(term, direction));
        let upfront = found(Item::ReservedUpfront(term, direction));
        let list_item = match is_write {
            true => Item::CapacityWrite(TableClass::Standard),
            false => Item::CapacityRead(TableClass::Standard),
        };
        let list = found(list_item);
        let (Some(hourly), Some(upfront), Some(list), false) = (hourly, upfront, list, units.is_zero()) else {
            continue;
        };
        let hours = units.saturating_mul(basis.terms.month_hours);
        // What is paid once for a unit is a month's part of a unit in every month.
        for (row, quantity) in [(list, -hours), (hourly, hours), (upfront, units / months)] {
            let Used { item, usd, .. } = row;
            let amount = amount(quantity, usd);
            bill.lines.push(Line { source: None, what: What::Reserved, region, item, quantity, usd, amount });
            if !bill.prices.iter().any(|used| used.region == region && used.item == item) {
                bill.prices.push(row);
            }
        }
    }
}

/// Provisioned units that are there in every hour, of tables of the standard class and of their
/// indexes; replicated writes cannot be reserved.
fn steady_units<'m>(basis: &Basis<'_, 'm>) -> IndexMap<(&'m str, bool), Decimal> {
    let mut steady: IndexMap<(&'m str, bool), Decimal> = IndexMap::default();
    for table in &basis.design.tables {
        if basis.billing(table) != Billing::Provisioned {
            continue;
        }
        for path in table.paths.iter().copied().filter(|path| usage::component(basis.design, *path) == *path) {
            for (position, region) in basis.regions(table).into_iter().enumerate() {
                for is_write in [false, true] {
                    let item = provisioned::item(basis, table, path, is_write, position);
                    let covered = matches!(
                        item,
                        Item::CapacityRead(TableClass::Standard) | Item::CapacityWrite(TableClass::Standard)
                    );
                    if let (true, Ok(units)) = (covered, provisioned::units(basis, table, path, is_write, position)) {
                        let total = steady.entry((region, is_write)).or_default();
                        *total = total.saturating_add(units.steady);
                    }
                }
            }
        }
    }
    steady
}

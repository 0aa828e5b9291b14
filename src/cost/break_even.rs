//! Break-evens: where one way to pay becomes cheaper than another, from the prices of a Region.

use rust_decimal::Decimal;

use super::bill::Prices;
use crate::model::TableClass;
use crate::prices::{Direction, Item, PriceBook, Term};

/// Hours of the year that reserved capacity is sold for.
const YEAR_HOURS: u32 = 8760;

/// Where one way to pay becomes cheaper than another, from the prices of a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakEven {
    /// The part of provisioned write units in use above which they are cheaper than write requests.
    pub write_utilisation: Decimal,
    /// The same of read units.
    pub read_utilisation: Decimal,
    /// Storage, as a share of the cost of throughput, above which infrequent access is cheaper for a
    /// table on demand that only writes.
    pub storage_for_writes: Decimal,
    /// The same for a table that only reads.
    pub storage_for_reads: Decimal,
    /// What capacity reserved for a year saves, where the Region sells it.
    pub reserved_1y: Option<ReservedSaving>,
    /// What capacity reserved for three years saves, where the Region sells it.
    pub reserved_3y: Option<ReservedSaving>,
}

/// The part of the price by the hour that reserved capacity saves over its term, the upfront payment
/// included. It is paid whether it is used or not: it pays where a unit would else be paid for in
/// more than the rest of the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedSaving {
    /// Of write units.
    pub writes: Decimal,
    /// Of read units.
    pub reads: Decimal,
}

/// The break-evens of a Region; nothing where a price is not known.
pub fn break_even(book: &PriceBook, region: &str) -> Option<BreakEven> {
    use TableClass::{Standard, StandardInfrequentAccess as Infrequent};
    let mut prices = Prices::new(book);
    let mut price = |item| prices.price(region, item).map(|price| price.paid());
    let hour = Decimal::from(3600);
    let (write, read) = (price(Item::RequestWrite(Standard))?, price(Item::RequestRead(Standard))?);
    let saving =
        Decimal::ONE.saturating_sub(price(Item::Storage(Infrequent))?.checked_div(price(Item::Storage(Standard))?)?);
    let mut premium = |dear, list: Decimal| {
        Some(price(dear)?.checked_div(list)?.saturating_sub(Decimal::ONE).checked_div(saving)?.round_dp(4))
    };
    let storage_for_writes = premium(Item::RequestWrite(Infrequent), write)?;
    let storage_for_reads = premium(Item::RequestRead(Infrequent), read)?;
    let utilisation =
        |capacity: Decimal, request: Decimal| Some(capacity.checked_div(request.saturating_mul(hour))?.round_dp(4));
    let write_utilisation = utilisation(price(Item::CapacityWrite(Standard))?, write)?;
    let read_utilisation = utilisation(price(Item::CapacityRead(Standard))?, read)?;
    Some(BreakEven {
        write_utilisation,
        read_utilisation,
        storage_for_writes,
        storage_for_reads,
        reserved_1y: reserved_saving(&mut prices, region, Term::OneYear),
        reserved_3y: reserved_saving(&mut prices, region, Term::ThreeYears),
    })
}

/// What reserved capacity of a term saves in a Region.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/reserved-capacity.html>
fn reserved_saving(prices: &mut Prices<'_>, region: &str, term: Term) -> Option<ReservedSaving> {
    let hours = Decimal::from(YEAR_HOURS * term.months() / 12);
    let mut saving = |direction, list| {
        let mut paid = |item| prices.price(region, item).map(|price| price.paid());
        let upfront = paid(Item::ReservedUpfront(term, direction))?.checked_div(hours)?;
        let reserved = paid(Item::ReservedHour(term, direction))?.saturating_add(upfront);
        Some(Decimal::ONE.saturating_sub(reserved.checked_div(paid(list)?)?).round_dp(3))
    };
    Some(ReservedSaving {
        writes: saving(Direction::Write, Item::CapacityWrite(TableClass::Standard))?,
        reads: saving(Direction::Read, Item::CapacityRead(TableClass::Standard))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_break_evens_of_us_east_1() {
        let dec = |text: &str| text.parse::<Decimal>().unwrap_or_default();
        let found = break_even(&PriceBook::embedded(), "us-east-1");
        assert_eq!(
            found,
            Some(BreakEven {
                write_utilisation: dec("0.2889"),
                read_utilisation: dec("0.2889"),
                storage_for_writes: dec("0.4133"),
                storage_for_reads: dec("0.4"),
                reserved_1y: Some(ReservedSaving { writes: dec("0.54"), reads: dec("0.544") }),
                reserved_3y: Some(ReservedSaving { writes: dec("0.77"), reads: dec("0.772") }),
            })
        );
        // The ratios that the documentation rounds to: 25 % dearer requests, 60 % cheaper storage.
        assert_eq!((dec("0.25") / dec("0.6")).round_dp(3), dec("0.417"));
    }

    #[test]
    fn a_term_that_is_not_sold_saves_nothing() {
        let found = break_even(&PriceBook::embedded(), "us-east-2");
        assert!(found.is_some_and(|even| even.reserved_1y.is_some() && even.reserved_3y.is_none()));
    }
}

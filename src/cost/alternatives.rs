//! Alternatives: the same design paid for in other ways, side by side.

use rust_decimal::Decimal;

use super::bill::Prices;
use super::terms::{Commitment, Provisioning, Terms};
use super::{Account, Bill};
use crate::design::TableId;
use crate::model::{Billing, TableClass};
use crate::prices::{Direction, Item, PriceBook, Term};

/// A way to pay, and what the design costs then.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative<'m> {
    /// What it is, in a few words.
    pub name: &'static str,
    /// How it is paid.
    pub terms: Terms<'m>,
    /// US dollars in a month; at least so many where there are gaps.
    pub total: Decimal,
    /// How many parts have no amount.
    pub gaps: usize,
    /// What each table costs, in the design's order.
    pub tables: Vec<Decimal>,
    /// Whether it is the design as it stands.
    pub is_current: bool,
    /// Whether it is the cheapest of those without gaps, without a commitment.
    pub is_cheapest: bool,
}

/// The design as it stands, and the other ways to pay for it.
pub fn alternatives<'m>(account: &Account<'_, 'm>, terms: &Terms<'m>, current: &Bill<'m>) -> Vec<Alternative<'m>> {
    use Provisioning::{AtPeak, Scaled};
    use TableClass::{Standard, StandardInfrequentAccess as Infrequent};
    let ways: [(&'static str, Billing, TableClass, Provisioning, Commitment); 9] = [
        ("on demand", Billing::OnDemand, Standard, Scaled, Commitment::None),
        ("on demand, infrequent access", Billing::OnDemand, Infrequent, Scaled, Commitment::None),
        ("on demand with a savings plan", Billing::OnDemand, Standard, Scaled, Commitment::SavingsPlan),
        ("provisioned, scaled to 70 %", Billing::Provisioned, Standard, Scaled, Commitment::None),
        ("provisioned, infrequent access", Billing::Provisioned, Infrequent, Scaled, Commitment::None),
        ("provisioned with a savings plan", Billing::Provisioned, Standard, Scaled, Commitment::SavingsPlan),
        ("provisioned at the peak", Billing::Provisioned, Standard, AtPeak, Commitment::None),
        ("… reserved for 1 year", Billing::Provisioned, Standard, AtPeak, Commitment::Reserved(Term::OneYear)),
        ("… reserved for 3 years", Billing::Provisioned, Standard, AtPeak, Commitment::Reserved(Term::ThreeYears)),
    ];
    let tables = account.design.tables.len();
    let mut all = vec![entry("as modelled", terms.clone(), current, tables, true)];
    let region = terms.region.or(account.design.model.region.as_deref()).unwrap_or(super::ASSUMED_REGION);
    let sells = |term| {
        account.book.region(region).is_some_and(|r| r.price(Item::ReservedHour(term, Direction::Write)).is_some())
    };
    for (name, billing, class, provisioning, commitment) in ways {
        if let Commitment::Reserved(term) = commitment
            && !sells(term)
        {
            continue;
        }
        let terms = Terms { billing: Some(billing), class: Some(class), provisioning, commitment, ..terms.clone() };
        let bill = account.bill(&terms);
        let way = entry(name, terms, &bill, tables, false);
        // What the design already does is no alternative.
        if commitment != Commitment::None || all.first().is_none_or(|current| current.tables != way.tables) {
            all.push(way);
        }
    }
    let cheapest = all
        .iter()
        .enumerate()
        .filter(|(_, way)| way.gaps == 0 && way.terms.commitment == terms.commitment)
        .min_by_key(|(index, way)| (way.total, *index))
        .map(|(index, _)| index);
    if let Some(way) = cheapest.and_then(|index| all.get_mut(index)) {
        way.is_cheapest = true;
    }
    all
}

fn entry<'m>(
    name: &'static str,
    terms: Terms<'m>,
    bill: &Bill<'m>,
    tables: usize,
    is_current: bool,
) -> Alternative<'m> {
    let mut by_table = vec![Decimal::ZERO; tables];
    for line in &bill.lines {
        let Some(TableId(table)) = line.source.map(|source| source.table) else { continue };
        if let Some(sum) = by_table.get_mut(table) {
            *sum = sum.saturating_add(line.amount);
        }
    }
    Alternative {
        name,
        terms,
        total: bill.total(),
        gaps: bill.gaps.len(),
        tables: by_table,
        is_current,
        is_cheapest: false,
    }
}

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
    Some(BreakEven {
        write_utilisation: utilisation(price(Item::CapacityWrite(Standard))?, write)?,
        read_utilisation: utilisation(price(Item::CapacityRead(Standard))?, read)?,
        storage_for_writes,
        storage_for_reads,
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
            })
        );
        // The ratios that the documentation rounds to: 25 % dearer requests, 60 % cheaper storage.
        assert_eq!((dec("0.25") / dec("0.6")).round_dp(3), dec("0.417"));
    }

    #[test]
    fn what_reserved_capacity_saves_in_us_east_1() {
        let book = PriceBook::embedded();
        let mut prices = Prices::new(&book);
        let mut saving = |term, months: i64, direction, item| {
            let mut paid = |item| prices.price("us-east-1", item).map(|price| price.paid()).unwrap_or_default();
            let hours = Decimal::from(8760 * months / 12);
            let upfront = paid(Item::ReservedUpfront(term, direction)) / hours;
            let list = paid(item);
            (Decimal::ONE - (paid(Item::ReservedHour(term, direction)) + upfront) / list).round_dp(3).to_string()
        };
        let write = Item::CapacityWrite(TableClass::Standard);
        let read = Item::CapacityRead(TableClass::Standard);
        assert_eq!(saving(Term::OneYear, 12, Direction::Write, write), "0.540");
        assert_eq!(saving(Term::OneYear, 12, Direction::Read, read), "0.544");
        assert_eq!(saving(Term::ThreeYears, 36, Direction::Write, write), "0.770");
        assert_eq!(saving(Term::ThreeYears, 36, Direction::Read, read), "0.772");
    }
}

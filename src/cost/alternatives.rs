//! Alternatives: the same design paid for in other ways, side by side.

use rust_decimal::Decimal;

use super::provisioned::is_stated;
use super::terms::{Commitment, Provisioning, Terms};
use super::{Account, Bill, What};
use crate::design::TableId;
use crate::model::{Billing, TableClass};
use crate::prices::{Direction, Item, Term};

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
    /// Whether anything is committed to: a Savings Plan, or capacity that is reserved in fact.
    pub is_committed: bool,
    /// Whether it is the design as it stands.
    pub is_current: bool,
    /// Whether it is the cheapest of those without gaps.
    pub is_cheapest: bool,
    /// Whether it is the cheapest of those without gaps and without a commitment.
    pub is_cheapest_uncommitted: bool,
}

/// A way to pay before it is priced: its name, and what it changes.
type Way = (&'static str, Billing, TableClass, Provisioning, Commitment);

/// The ways to pay that are compared. Where the model states capacity, that capacity is one of them;
/// where it states none, the capacity that the load asks for is.
fn ways(is_capacity_stated: bool) -> Vec<Way> {
    use Billing::{OnDemand, Provisioned};
    use Commitment::{Reserved, SavingsPlan};
    use Provisioning::{AllAtPeak, AllScaled, AtPeak, Scaled};
    use TableClass::{Standard, StandardInfrequentAccess as Infrequent};
    let none = Commitment::None;
    let (one, three) = (Reserved(Term::OneYear), Reserved(Term::ThreeYears));
    let mut ways = vec![
        ("on demand", OnDemand, Standard, Scaled, none),
        ("on demand, infrequent access", OnDemand, Infrequent, Scaled, none),
        ("on demand with a savings plan", OnDemand, Standard, Scaled, SavingsPlan),
    ];
    ways.extend(match is_capacity_stated {
        false => vec![
            ("provisioned, scaled to 70 %", Provisioned, Standard, Scaled, none),
            ("provisioned, infrequent access", Provisioned, Infrequent, Scaled, none),
            ("provisioned with a savings plan", Provisioned, Standard, Scaled, SavingsPlan),
            ("provisioned at the peak", Provisioned, Standard, AtPeak, none),
            ("… reserved for 1 year", Provisioned, Standard, AtPeak, one),
            ("… reserved for 3 years", Provisioned, Standard, AtPeak, three),
        ],
        true => vec![
            ("stated capacity", Provisioned, Standard, Scaled, none),
            ("stated capacity, infrequent access", Provisioned, Infrequent, Scaled, none),
            ("stated capacity, savings plan", Provisioned, Standard, Scaled, SavingsPlan),
            ("stated capacity, reserved for 1 year", Provisioned, Standard, Scaled, one),
            ("stated capacity, reserved for 3 years", Provisioned, Standard, Scaled, three),
            ("provisioned, scaled to 70 %", Provisioned, Standard, AllScaled, none),
            ("provisioned at the peak", Provisioned, Standard, AllAtPeak, none),
        ],
    });
    ways
}

/// The position of the cheapest of some ways, of those of which everything is known.
fn cheapest<'m>(all: &[Alternative<'m>], of: impl Fn(&Alternative<'m>) -> bool) -> Option<usize> {
    let known = all.iter().enumerate().filter(|(_, way)| way.gaps == 0 && of(way));
    known.min_by_key(|(index, way)| (way.total, *index)).map(|(index, _)| index)
}

/// The design as it stands, and the other ways to pay for it.
pub fn alternatives<'m>(account: &Account<'_, 'm>, terms: &Terms<'m>, current: &Bill<'m>) -> Vec<Alternative<'m>> {
    let tables = account.design.tables.len();
    let mut all = vec![entry("as modelled", terms.clone(), current, tables, true)];
    let region = terms.region.or(account.design.model.region.as_deref()).unwrap_or(super::ASSUMED_REGION);
    let sells = |term| {
        account.book.region(region).is_some_and(|r| r.price(Item::ReservedHour(term, Direction::Write)).is_some())
    };
    for (name, billing, class, provisioning, commitment) in ways(account.design.tables.iter().any(is_stated)) {
        if let Commitment::Reserved(term) = commitment
            && !sells(term)
        {
            continue;
        }
        let terms = Terms { billing: Some(billing), class: Some(class), provisioning, commitment, ..terms.clone() };
        let bill = account.bill(&terms);
        let way = entry(name, terms, &bill, tables, false);
        // What the design already does is no alternative.
        if commitment != Commitment::None
            || all.first().is_none_or(|current| (&current.tables, current.total) != (&way.tables, way.total))
        {
            all.push(way);
        }
    }
    if let Some(way) = cheapest(&all, |_| true).and_then(|index| all.get_mut(index)) {
        way.is_cheapest = true;
    }
    let uncommitted = cheapest(&all, |way| !way.is_committed);
    if let Some(way) = uncommitted.and_then(|index| all.get_mut(index)) {
        way.is_cheapest_uncommitted = true;
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
    let is_committed = match terms.commitment {
        Commitment::None => false,
        Commitment::SavingsPlan => true,
        Commitment::Reserved(_) => bill.lines.iter().any(|line| line.what == What::Reserved),
    };
    Alternative {
        name,
        terms,
        is_committed,
        total: bill.total(),
        gaps: bill.gaps.len(),
        tables: by_table,
        is_current,
        is_cheapest: false,
        is_cheapest_uncommitted: false,
    }
}

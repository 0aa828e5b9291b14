//! The same design paid for in other ways, with amounts worked out by hand from the prices of
//! us-east-1.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use keyplan::cost::{Alternative, Commitment, Figures, Scale, Terms, alternatives};
use keyplan::design::Design;
use keyplan::plan::Plans;
use keyplan::prices::{PriceBook, Term};
use rust_decimal::Decimal;

/// 70 read and 35 write units a second, and 1,100 million bytes with the overhead of the items.
const MODEL: &str = "keyplan: 1
region: us-east-1
tables:
  Jobs: {partition_key: id, BILLING}
entities:
  Job: {items: 1M, attributes: {id: ulid, data: {type: string, size: 968}}}
access_patterns:
  get: {operation: get, entity: Job, where: {id: equals}, consistency: strong, rate: 70/s, peak: 140/s}
  put: {operation: put, entity: Job, rate: 35/s, peak: 70/s}
";

const STORED: &str = "0.256113708019";
const STORED_INFREQUENTLY: &str = "0.102445483208";

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn ways<T>(billing: &str, commitment: Commitment, ask: impl FnOnce(&[Alternative<'_>]) -> T) -> T {
    let (model, _) = keyplan::source::load(&MODEL.replace("BILLING", billing)).unwrap();
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let book = PriceBook::embedded();
    let terms = Terms { commitment, ..Terms::default() };
    let figures = Figures::new(&design, &plans, &book, &terms, Scale::default());
    ask(&alternatives(&figures.account(&design, &book), &terms, &figures.bill))
}

fn amounts(ways: &[Alternative<'_>]) -> Vec<(&'static str, Decimal)> {
    ways.iter().map(|way| (way.name, way.total)).collect()
}

const ON_DEMAND: &[(&str, &str, &str)] = &[
    ("on demand, infrequent access", "100.2582", STORED_INFREQUENTLY),
    ("on demand with a savings plan", "65.99565", STORED),
];

fn expected(parts: &[&[(&'static str, &str, &str)]]) -> Vec<(&'static str, Decimal)> {
    parts.concat().into_iter().map(|(name, throughput, stored)| (name, dec(throughput) + dec(stored))).collect()
}

#[test]
fn without_stated_capacity_the_load_decides() {
    let found = ways("billing: on_demand", Commitment::None, amounts);
    let others = [
        ("provisioned, scaled to 70 %", "33.215", STORED),
        ("provisioned, infrequent access", "41.245", STORED_INFREQUENTLY),
        ("provisioned with a savings plan", "29.2292", STORED),
        ("provisioned at the peak", "46.501", STORED),
        // Only 100 of the 140 read units are a whole block, and none of the 70 write units.
        ("… reserved for 1 year", "41.336", STORED),
        ("… reserved for 3 years", "39.179", STORED),
    ];
    assert_eq!(found, expected(&[&[("as modelled", "80.4825", STORED)], ON_DEMAND, &others]));
}

#[test]
fn stated_capacity_is_kept_apart_from_what_the_load_asks_for() {
    let found = ways("billing: provisioned, capacity: {read: 200, write: 1000}", Commitment::None, amounts);
    let others = [
        ("stated capacity, infrequent access", "614.66", STORED_INFREQUENTLY),
        ("stated capacity, savings plan", "434.2624", STORED),
        ("stated capacity, reserved for 1 year", "227.09", STORED),
        ("stated capacity, reserved for 3 years", "113.466", STORED),
        ("provisioned, scaled to 70 %", "33.215", STORED),
        ("provisioned at the peak", "46.501", STORED),
    ];
    let first = [("as modelled", "493.48", STORED), ("on demand", "80.4825", STORED)];
    assert_eq!(found, expected(&[&first, ON_DEMAND, &others]));
}

#[test]
fn the_cheapest_is_marked_with_and_without_a_commitment() {
    let marked = |ways: &[Alternative<'_>]| {
        let of = |is_marked: fn(&Alternative<'_>) -> bool| -> Vec<&str> {
            ways.iter().filter(|way| is_marked(way)).map(|way| way.name).collect()
        };
        (of(|way| way.is_cheapest), of(|way| way.is_cheapest_uncommitted))
    };
    let saved = vec!["provisioned with a savings plan"];
    let scaled = vec!["provisioned, scaled to 70 %"];
    assert_eq!(ways("billing: on_demand", Commitment::None, marked), (saved, scaled.clone()));
    let stated = "billing: provisioned, capacity: {read: 200, write: 1000}";
    let reserved = Commitment::Reserved(Term::ThreeYears);
    assert_eq!(ways(stated, reserved, marked), (scaled.clone(), scaled));
    // Of scaled capacity no whole block is there in every hour: the design as it stands commits to nothing.
    let steady = "billing: provisioned, autoscaling: {read: {min: 5, max: 300}, write: {min: 5, max: 300}}";
    let saved = vec!["stated capacity, savings plan"];
    assert_eq!(ways(steady, reserved, marked), (saved, vec!["as modelled"]));
}

#[test]
fn what_is_reserved_has_a_row_without_it() {
    let stated = "billing: provisioned, capacity: {read: 200, write: 1000}";
    let found = ways(stated, Commitment::Reserved(Term::ThreeYears), amounts);
    let amount = |name: &str| found.iter().find(|(way, _)| *way == name).map(|(_, amount)| *amount);
    assert_eq!(amount("as modelled"), Some(dec("113.466") + dec(STORED)));
    assert_eq!(amount("stated capacity"), Some(dec("493.48") + dec(STORED)));
}

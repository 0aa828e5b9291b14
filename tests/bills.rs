//! Monthly bills and heat, case by case: each model is small, and each amount was worked out by an
//! independent reference program from the documentation and the published prices.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;

use keyplan::IndexMap;
use keyplan::cost::{Commitment, Figures, Scale, Terms, What, growth};
use keyplan::design::Design;
use keyplan::plan::Plans;
use keyplan::prices::{FreeTier, PriceBook, Term};
use rust_decimal::Decimal;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bill {
    case: String,
    tests: String,
    #[serde(default)]
    free_tier: bool,
    #[serde(default)]
    hours: Option<u32>,
    #[serde(default)]
    commitment: Option<String>,
    model: String,
    total: String,
    #[serde(default)]
    by_item: IndexMap<String, IndexMap<String, String>>,
    #[serde(default)]
    by_pattern: IndexMap<String, Option<String>>,
    #[serde(default)]
    incomplete: bool,
    #[serde(default)]
    growth: IndexMap<String, String>,
}

/// Amounts of a bill have 12 places, and a bill some tens of lines.
fn is_near(expected: &str, found: Decimal) -> bool {
    let expected: Decimal = expected.parse().unwrap();
    (expected - found).abs() < Decimal::new(1, 9)
}

fn check(case: &Bill, wrong: &mut Vec<String>) {
    let (model, _) = keyplan::source::load(&format!("keyplan: 1\n{}", case.model))
        .unwrap_or_else(|problems| panic!("{}: {problems:?}", case.case));
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let book = PriceBook::embedded();
    let terms = Terms {
        free_tier: if case.free_tier { FreeTier::Applied } else { FreeTier::Ignored },
        commitment: match case.commitment.as_deref() {
            None => Commitment::None,
            Some("savings_plan") => Commitment::SavingsPlan,
            Some("reserved_1y") => Commitment::Reserved(Term::OneYear),
            Some("reserved_3y") => Commitment::Reserved(Term::ThreeYears),
            Some(other) => panic!("{other}"),
        },
        month_hours: case.hours.map_or(Terms::default().month_hours, Decimal::from),
        ..Terms::default()
    };
    let figures = Figures::new(&design, &plans, &book, &terms, Scale::default());
    let bill = &figures.bill;
    let mut equal = |what: String, expected: &str, found: Decimal| {
        if !is_near(expected, found) {
            wrong.push(format!("{} ({}): {what}: {found} instead of {expected}", case.case, case.tests));
        }
    };
    equal("total".to_owned(), &case.total, bill.total());
    for (item, regions) in &case.by_item {
        for (region, usd) in regions {
            equal(
                format!("{item} in {region}"),
                usd,
                bill.sum(|line| line.item.as_str() == item && line.region == region),
            );
        }
    }
    for (pattern, usd) in &case.by_pattern {
        let Some(usd) = usd else { continue };
        let index = design.patterns.iter().position(|p| p.name == pattern).unwrap();
        let found = bill.sum(|line| {
            line.what.is_throughput()
                && line.what != What::ReplicatedExpiry
                && line.source.and_then(|source| source.pattern) == Some(index)
        });
        equal(format!("pattern {pattern}"), usd, found);
    }
    let points = growth(&figures.account(&design, &book), &terms, 36);
    for (month, usd) in &case.growth {
        let point = points.iter().find(|point| point.month.to_string() == *month).unwrap();
        equal(format!("month {month}"), usd, point.total);
    }
    if bill.is_complete() == case.incomplete {
        wrong.push(format!("{} ({}): unknown is {:?}", case.case, case.tests, bill.missing()));
    }
}

fn run(text: &str, at_least: usize) {
    let cases: Vec<Bill> = serde_yaml::from_str(text).unwrap();
    assert!(cases.len() >= at_least, "{} cases", cases.len());
    let mut wrong = Vec::new();
    cases.iter().for_each(|case| check(case, &mut wrong));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

macro_rules! families {
    ($($name:ident: $at_least:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                run(include_str!(concat!("bills/", stringify!($name), ".yaml")), $at_least);
            }
        )*
    };
}

families! {
    requests: 19,
    indexes: 12,
    storage: 6,
    backups: 5,
    capture: 11,
    replicas: 12,
    expiry: 6,
    provisioned: 10,
    autoscaling: 10,
    chains: 5,
    several_tables: 3,
    gaps: 7,
    commitments: 13,
    growth_over_years: 8,
    free_tier: 6,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heat {
    case: String,
    tests: String,
    model: String,
    hottest: IndexMap<String, Sides>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sides {
    read: Option<String>,
    write: Option<String>,
}

#[test]
fn heat() {
    let cases: Vec<Heat> = serde_yaml::from_str(include_str!("bills/heat.yaml")).unwrap();
    assert!(cases.len() >= 37);
    let mut wrong = Vec::new();
    for case in &cases {
        let (model, _) = keyplan::source::load(&format!("keyplan: 1\n{}", case.model)).unwrap();
        let design = Design::new(&model);
        let plans = Plans::new(&design);
        let figures = Figures::new(&design, &plans, &PriceBook::embedded(), &Terms::default(), Scale::default());
        let mut hottest: BTreeMap<(&str, bool), Decimal> = BTreeMap::new();
        for spot in figures.heat.iter().filter(|spot| spot.region == 0) {
            for is_write in [false, true] {
                let busiest = hottest.entry((design.path(spot.path).unwrap().name, is_write)).or_default();
                *busiest = spot.units(is_write).max(*busiest);
            }
        }
        for (path, sides) in &case.hottest {
            for (is_write, expected) in [(false, &sides.read), (true, &sides.write)] {
                let Some(expected) = expected else { continue };
                let expected: Decimal = expected.parse().unwrap();
                let found = hottest.get(&(path.as_str(), is_write)).copied().unwrap_or_default();
                // The share of a Zipf distribution is rounded to six places.
                if (expected - found).abs() > expected * Decimal::new(1, 5) + Decimal::new(1, 6) {
                    wrong.push(format!("{} ({}): {path}: {found} instead of {expected}", case.case, case.tests));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

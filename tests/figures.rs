//! Laws of the numbers: nothing gets cheaper by growing, halves are halves, and every total is the
//! sum of its parts to the last digit.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;

use keyplan::cost::{Figures, Scale, Terms};
use keyplan::design::Design;
use keyplan::load::State;
use keyplan::plan::Plans;
use keyplan::prices::{Direction, PriceBook};
use keyplan::source::load;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// A design with two indexes, whose numbers can be moved.
#[derive(Debug, Clone)]
struct Numbers {
    body: u32,
    title: u32,
    items: u32,
    children: u32,
    rate: u32,
    limit: u32,
    present: u32,
    replaced: u32,
    fails: u32,
    strong: bool,
    replicas: usize,
    billing: usize,
    projection: usize,
    scan: bool,
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let sizes = (1..60_000_u32, 1..3_000_u32, 1..5_000_000_u32, 1..4_000_u32);
    let traffic = (1..5_000_u32, 1..2_000_u32, 0..=100_u32, 0..=50_u32, 0..=50_u32);
    let settings = (any::<bool>(), 0..3_usize, 0..3_usize, 0..3_usize, any::<bool>());
    (sizes, traffic, settings).prop_map(
        |(
            (body, title, items, children),
            (rate, limit, present, replaced, fails),
            (strong, replicas, billing, projection, scan),
        )| {
            Numbers {
                body,
                title,
                items,
                children,
                rate,
                limit,
                present,
                replaced,
                fails,
                strong,
                replicas,
                billing,
                projection,
                scan,
            }
        },
    )
}

impl Numbers {
    fn model(&self) -> String {
        let replicas = ["[]", "[us-east-1]", "[us-east-1, ap-south-1]"][self.replicas];
        let billing = [
            "billing: on_demand",
            "billing: provisioned\n    capacity: {read: 20000, write: 20000}",
            "billing: provisioned\n    autoscaling: {read: {min: 5, max: 100000}, write: {min: 5, max: 100000}}",
        ][self.billing];
        let index_capacity = if self.billing == 0 { "" } else { ", capacity: {read: 500, write: 500}" };
        let projection = ["all", "keys_only", "[title]"][self.projection];
        let consistency = if self.strong { "strong" } else { "eventual" };
        let scan = if self.scan { "  everything: {operation: scan, entity: Child, rate: 1/h}\n" } else { "" };
        let Self { body, title, items, children, rate, limit, present, replaced, fails, .. } = self;
        format!(
            "keyplan: 1
region: eu-west-1
tables:
  T:
    partition_key: parent_id
    sort_key: child_id
    {billing}
    replicas: {replicas}
    point_in_time_recovery: true
    kinesis_stream: true
    backups: {{per_month: 4, keep: 30d}}
    global_indexes:
      by_kind: {{partition_key: kind, sort_key: [at], projection: {projection}{index_capacity}}}
    local_indexes:
      by_at: {{sort_key: at, projection: keys_only}}
entities:
  Parent: {{items: {items}, table: U, attributes: {{parent_id: ulid}}}}
  Child:
    table: T
    belongs_to: {{Parent: {children}}}
    attributes:
      parent_id: ulid
      child_id: ulid
      at: {{type: timestamp, present: {present}%}}
      kind: {{type: string, values: {{a: 60%, bb: 30%, ccc: 10%}}}}
      title: {{type: string, size: {title}}}
      body: {{type: string, size: {body}}}
access_patterns:
  one: {{operation: get, entity: Child, where: {{parent_id: equals, child_id: equals}}, consistency: {consistency}, rate: {rate}/s}}
  page: {{operation: query, entity: Child, where: {{parent_id: equals}}, limit: {limit}, consistency: {consistency}, rate: {rate}/min}}
  all: {{operation: query, entity: Child, where: {{parent_id: equals}}, consistency: {consistency}, rate: {rate}/h}}
  new: {{operation: put, entity: Child, replaces: {replaced}%, condition: {{fails: {fails}%}}, rate: {rate}/min}}
  rename: {{operation: update, entity: Child, where: {{parent_id: equals, child_id: equals}}, sets: [title], rate: {rate}/min}}
  gone: {{operation: delete, entity: Child, where: {{parent_id: equals, child_id: equals}}, misses: {fails}%, rate: {rate}/min}}
{scan}",
        )
        .replace("tables:\n", "tables:\n  U: {partition_key: parent_id}\n")
    }
}

/// What is compared: item bytes, units of each pattern, the bill.
struct Result {
    bytes: Decimal,
    units: Vec<(Decimal, Decimal)>,
    total: Decimal,
    storage: Decimal,
}

fn calculate(text: &str, scale: Decimal) -> Result {
    let (model, _) = load(text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let figures = Figures::new(&design, &plans, &PriceBook::embedded(), &Terms::default(), Scale(scale));
    assert!(figures.bill.is_complete(), "{:?}\n{text}", figures.bill.missing());
    let child = design.entities.iter().find(|entity| entity.name == "Child").unwrap();
    let units =
        |direction| figures.load.patterns.iter().map(move |load| load.units(direction).unwrap()).collect::<Vec<_>>();
    // Every way of summing up the lines gives the same total, to the last digit.
    let bill = &figures.bill;
    let mut by_pattern: BTreeMap<Option<usize>, Decimal> = BTreeMap::new();
    let mut by_item: BTreeMap<(&str, &str), Decimal> = BTreeMap::new();
    for line in &bill.lines {
        *by_pattern.entry(line.source.and_then(|source| source.pattern)).or_default() += line.amount;
        *by_item.entry((line.region, line.item.as_str())).or_default() += line.amount;
    }
    assert_eq!(by_pattern.values().sum::<Decimal>(), bill.total());
    assert_eq!(by_item.values().sum::<Decimal>(), bill.total());
    Result {
        bytes: figures.load.shapes.of(child.id).unwrap().item_bytes(&State::default()).unwrap(),
        units: units(Direction::Read).into_iter().zip(units(Direction::Write)).collect(),
        total: bill.total(),
        storage: bill.sum(|line| line.what == keyplan::cost::What::Storage),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn nothing_gets_cheaper_by_growing(numbers in numbers(), more in 1..5_000_u32) {
        let before = calculate(&numbers.model(), Decimal::ONE);
        let larger = Numbers { body: numbers.body + more, ..numbers.clone() };
        let after = calculate(&larger.model(), Decimal::ONE);
        prop_assert!(after.bytes > before.bytes);
        prop_assert!(after.storage > before.storage);
        for (index, (before, after)) in before.units.iter().zip(&after.units).enumerate() {
            // A page of larger items holds fewer of them, so only whole reads can be compared.
            if index != 1 {
                prop_assert!(after.0 >= before.0 && after.1 >= before.1, "{index}: {before:?} {after:?}");
            }
        }
        let busier = Numbers { rate: numbers.rate + more, ..numbers.clone() };
        prop_assert!(calculate(&busier.model(), Decimal::ONE).total >= before.total);
        prop_assert!(calculate(&numbers.model(), Decimal::TWO).total >= before.total);
        let more_items = Numbers { items: numbers.items + more, ..numbers };
        prop_assert!(calculate(&more_items.model(), Decimal::ONE).storage > before.storage);
    }

    #[test]
    fn eventual_reads_are_half_of_strong_ones(numbers in numbers()) {
        let of = |strong| calculate(&Numbers { strong, scan: false, ..numbers.clone() }.model(), Decimal::ONE);
        for (eventual, strong) in of(false).units.iter().zip(of(true).units) {
            prop_assert_eq!(eventual.0 * Decimal::TWO, strong.0);
        }
    }

    #[test]
    fn traffic_scales_requests_in_proportion(numbers in numbers()) {
        let on_demand = Numbers { billing: 0, ..numbers };
        let bill = |scale| calculate(&on_demand.model(), scale);
        let (one, ten) = (bill(Decimal::ONE), bill(Decimal::TEN));
        let fixed = one.storage;
        prop_assert!(ten.total >= one.total);
        prop_assert!(ten.total - fixed <= (one.total - fixed) * Decimal::TEN + Decimal::new(1, 6));
    }
}

//! Units, sizes and storage, case by case: each model is small, and each number was worked out from
//! the documentation by an independent reference program.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;

use keyplan::IndexMap;
use keyplan::cost::{Figures, Scale, Terms, What};
use keyplan::design::{Design, PathKind, TableId};
use keyplan::load::State;
use keyplan::plan::Plans;
use keyplan::prices::PriceBook;
use keyplan::service::size::number_size;
use rust_decimal::Decimal;
use serde::Deserialize;

/// A number of a case, exact.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Number(Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_yaml::Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| serde_yaml::to_string(&value).unwrap(), str::to_owned);
        Ok(Self(text.trim().parse().unwrap()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    tests: String,
    model: String,
    #[serde(default)]
    per_call: IndexMap<String, Units>,
    #[serde(default)]
    item_bytes: IndexMap<String, Number>,
    #[serde(default)]
    entry_bytes: IndexMap<String, IndexMap<String, Number>>,
    #[serde(default)]
    index_share: IndexMap<String, IndexMap<String, Number>>,
    #[serde(default)]
    storage_bytes: IndexMap<String, Storage>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Units {
    #[serde(default)]
    table: Pair,
    #[serde(default)]
    indexes: IndexMap<String, Pair>,
    #[serde(default)]
    local_indexes: IndexMap<String, Pair>,
    #[serde(default)]
    remote: IndexMap<String, Units>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Pair {
    #[serde(default)]
    read: Number,
    #[serde(default)]
    write: Number,
}

#[derive(Deserialize)]
struct Storage {
    table: Number,
    #[serde(default)]
    indexes: IndexMap<String, Number>,
    #[serde(default)]
    local_indexes: IndexMap<String, Number>,
}

/// What a call consumes by table (local indexes included), global and local index in a Region.
fn consumed(design: &Design<'_>, figures: &Figures<'_>, pattern: usize, region: Option<&str>) -> Units {
    let mut units = Units::default();
    let load = &figures.load.patterns[pattern];
    for charge in load.charges() {
        let path = design.path(charge.path).unwrap();
        let table = design.table(path.table).unwrap().table;
        let position = region.map_or(0, |region| table.replicas.0.get_index_of(region).unwrap() + 1);
        let called = design.patterns[pattern].pattern.region.as_deref();
        let called = called.and_then(|called| table.replicas.0.get_index_of(called)).map_or(0, |at| at + 1);
        let amount = match (called == position, charge.why.is_write()) {
            (true, _) => charge.units.expect("every number of a case is known"),
            (false, true) => charge.replicated.unwrap(),
            (false, false) => Decimal::ZERO,
        };
        let add = |pair: &mut Pair| if charge.why.is_write() { pair.write.0 += amount } else { pair.read.0 += amount };
        match path.kind {
            PathKind::Table => add(&mut units.table),
            PathKind::Global(_) => add(units.indexes.entry(path.name.to_owned()).or_default()),
            PathKind::Local(_) => {
                add(&mut units.table);
                add(units.local_indexes.entry(path.name.to_owned()).or_default());
            }
        }
    }
    units
}

fn compare(what: &str, expected: &Units, found: &Units, wrong: &mut Vec<String>) {
    let mut pair = |name: &str, expected: Pair, found: Pair| {
        let near = |a: Decimal, b: Decimal| (a - b).abs() < Decimal::new(1, 9);
        if !near(expected.read.0, found.read.0) || !near(expected.write.0, found.write.0) {
            wrong.push(format!("{what} {name}: {found:?} instead of {expected:?}"));
        }
    };
    pair("table", expected.table, found.table);
    for (kind, expected, found) in
        [("index", &expected.indexes, &found.indexes), ("local", &expected.local_indexes, &found.local_indexes)]
    {
        let names: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
        for name in names.into_iter().filter(|name| kind == "index" || expected.contains_key(*name)) {
            let of = |map: &IndexMap<String, Pair>| map.get(name).copied().unwrap_or_default();
            pair(&format!("{kind} {name}"), of(expected), of(found));
        }
    }
}

fn check(case: &Case, wrong: &mut Vec<String>) {
    let text = format!("keyplan: 1\n{}", case.model);
    let (model, _) = keyplan::source::load(&text).unwrap_or_else(|problems| panic!("{}: {problems:?}", case.case));
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let figures = Figures::new(&design, &plans, &PriceBook::embedded(), &Terms::default(), Scale::default());
    let mut found = Vec::new();
    for (index, pattern) in design.patterns.iter().enumerate() {
        let expected = &case.per_call[pattern.name];
        compare(pattern.name, expected, &consumed(&design, &figures, index, None), &mut found);
        for (region, expected) in &expected.remote {
            let units = consumed(&design, &figures, index, Some(region));
            compare(&format!("{} in {region}", pattern.name), expected, &units, &mut found);
        }
    }
    let mut equal = |what: String, expected: Decimal, got: Decimal| {
        if (expected - got).abs() > Decimal::new(1, 6) {
            found.push(format!("{what}: {got} instead of {expected}"));
        }
    };
    for entity in &design.entities {
        let shape = figures.load.shapes.of(entity.id).unwrap();
        if let Some(bytes) = case.item_bytes.get(entity.name) {
            equal(format!("item of {}", entity.name), bytes.0, shape.item_bytes(&State::default()).unwrap());
        }
        for (_, path) in design.paths_of(entity.table.unwrap()) {
            if let Some(bytes) = case.entry_bytes.get(path.name).and_then(|of| of.get(entity.name)) {
                let found = shape.entry_bytes(&design, path, &State::default()).unwrap();
                equal(format!("entry of {} in {}", entity.name, path.name), bytes.0, found);
            }
            if let Some(share) = case.index_share.get(path.name).and_then(|of| of.get(entity.name)) {
                let found = shape.membership(path, &State::default()).unwrap();
                equal(format!("share of {} in {}", entity.name, path.name), share.0, found);
            }
        }
    }
    for (name, expected) in &case.storage_bytes {
        let table = TableId(design.tables.iter().position(|table| table.name == name).unwrap());
        let home = figures.bill.region;
        let mut stored: BTreeMap<&str, Decimal> = BTreeMap::new();
        for line in &figures.bill.lines {
            let source = line.source.unwrap();
            if line.what == What::Storage && source.table == table && line.region == home {
                *stored.entry(design.path(source.path).unwrap().name).or_default() += line.quantity;
            }
        }
        let bytes = |path: &str| (stored.get(path).copied().unwrap_or_default() * Decimal::from(1 << 30)).round_dp(3);
        equal(format!("storage of {name}"), expected.table.0, bytes(name));
        for (index, expected) in expected.indexes.iter().chain(&expected.local_indexes) {
            equal(format!("storage of {index}"), expected.0, bytes(index));
        }
    }
    wrong.extend(found.into_iter().map(|what| format!("{} ({}): {what}", case.case, case.tests)));
}

fn run(text: &str, at_least: usize) {
    let cases: Vec<Case> = serde_yaml::from_str(text).unwrap();
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
                run(include_str!(concat!("units/", stringify!($name), ".yaml")), $at_least);
            }
        )*
    };
}

families! {
    item_sizes: 32,
    unit_edges: 15,
    reads_by_key: 11,
    table_queries: 44,
    entry_sizes: 22,
    index_queries: 32,
    scans: 13,
    table_writes: 27,
    transactions: 14,
    index_writes: 46,
    replicas: 20,
    combinations: 5,
}

#[test]
fn numbers() {
    let sizes: IndexMap<String, u64> = serde_yaml::from_str(include_str!("units/numbers.yaml")).unwrap();
    assert!(sizes.len() > 120);
    for (number, bytes) in sizes {
        assert_eq!(number_size(&number), Some(bytes), "{number}");
    }
}

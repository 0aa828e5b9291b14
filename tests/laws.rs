//! Laws that hold for every design: proposals serve, more indexes never take a path away, plans and
//! reports do not depend on anything but the model.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use keyplan::check::{Settings, check};
use keyplan::design::Design;
use keyplan::model::{GlobalIndex, Model, Names, Projection};
use keyplan::plan::{Plans, propose};
use keyplan::source::{SourceFile, load};
use proptest::prelude::*;

const ATTRIBUTES: [&str; 6] = ["owner", "kind", "made_at", "day", "score", "code"];
const TYPES: [&str; 6] =
    ["ulid", "{values: [a, b, c]}", "timestamp", "date", "number", "{type: number, digits: 4, padded: true}"];
const OPERATORS: [&str; 5] = ["equals", "begins_with", "at_least", "between", "contains"];

/// A table of one entity with some keys, and queries with some conditions.
fn designs() -> impl Strategy<Value = String> {
    let conditions = prop::collection::btree_map(0..6_usize, 0..5_usize, 1..4);
    let query = (conditions, prop::option::of(0..6_usize), any::<bool>());
    let queries = prop::collection::vec(query, 1..6);
    (0..6_usize, prop::option::of(0..6_usize), any::<bool>(), queries).prop_map(|(pk, sk, templated, queries)| {
        let attributes: Vec<String> =
            ATTRIBUTES.iter().zip(TYPES).map(|(name, kind)| format!("      {name}: {kind}\n")).collect();
        let table = match (templated, sk) {
            (true, _) => "    partition_key: pk\n    sort_key: sk\n".to_owned(),
            (false, Some(sk)) if sk != pk => {
                format!("    partition_key: {}\n    sort_key: {}\n", ATTRIBUTES[pk], ATTRIBUTES[sk])
            }
            _ => format!("    partition_key: {}\n", ATTRIBUTES[pk]),
        };
        let keys = if templated {
            let tail = sk.map_or(String::new(), |sk| format!("#{{{}}}", ATTRIBUTES[sk]));
            format!("    keys: {{pk: \"P#{{{}}}\", sk: \"S{tail}\"}}\n", ATTRIBUTES[pk])
        } else {
            String::new()
        };
        let mut text = format!("keyplan: 1\ntables:\n  Main:\n{table}entities:\n  Thing:\n    items: 1M\n{keys}    attributes:\n{}access_patterns:\n", attributes.concat());
        for (index, (conditions, order, limited)) in queries.iter().enumerate() {
            text.push_str(&format!("  q{index}:\n    operation: query\n    entity: Thing\n    where:\n"));
            for (attribute, operator) in conditions {
                text.push_str(&format!("      {}: {}\n", ATTRIBUTES[*attribute], OPERATORS[*operator]));
            }
            if let Some(order) = order {
                text.push_str(&format!("    order_by: {}\n", ATTRIBUTES[*order]));
            }
            if *limited {
                text.push_str("    limit: 10\n");
            }
        }
        text
    })
}

fn model(text: &str) -> Model {
    load(text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}")).0
}

fn served(model: &Model) -> Vec<bool> {
    let design = Design::new(model);
    Plans::new(&design).patterns.iter().map(|plan| plan.is_served()).collect()
}

/// What is said of keys that gather too many items.
fn gathering(model: &Model) -> Vec<&'static str> {
    let text = keyplan::interop::model_text(model, "", &[]).unwrap();
    let settings = Settings::on("2026-11-22".parse().unwrap());
    let checked = check(SourceFile::new("m.yaml", text.into_bytes()).unwrap(), &settings);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let rules = checked.findings.iter().map(|located| located.finding.rule);
    rules.filter(|rule| ["few-partition-keys", "time-partition-key", "constant-partition-key"].contains(rule)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_proposed_index_serves_its_pattern(text in designs()) {
        let model = model(&text);
        let design = Design::new(&model);
        let plans = Plans::new(&design);
        for (index, pattern) in design.patterns.iter().enumerate() {
            let Some(request) = pattern.requests.first() else { continue };
            if plans.patterns[index].is_served() {
                continue;
            }
            let Some(proposal) = propose(&design, pattern, request) else { continue };
            let mut better = model.clone();
            better.tables["Main"].global_indexes.insert(proposal.name.clone(), proposal.index.clone());
            if let Some(shard) = &proposal.shard {
                let sharded = keyplan::model::Attribute { shards: Some(10), ..Default::default() };
                better.entities["Thing"].attributes.insert(shard.name.clone(), sharded);
            }
            prop_assert!(served(&better)[index], "{} does not serve {} of\n{text}", proposal.yaml(), pattern.name);
            let (before, after) = (gathering(&model), gathering(&better));
            prop_assert!(after.iter().all(|rule| before.contains(rule)), "{} is {after:?} of\n{text}", proposal.yaml());
        }
    }

    #[test]
    fn another_index_takes_no_path_away(text in designs(), pk in 0..6_usize, sk in 0..6_usize) {
        let before = model(&text);
        let mut after = before.clone();
        let index = GlobalIndex {
            partition_key: Names(vec![ATTRIBUTES[pk].to_owned()]),
            sort_key: Names(if sk == pk { vec![] } else { vec![ATTRIBUTES[sk].to_owned()] }),
            projection: Projection::All,
            ..GlobalIndex::default()
        };
        after.tables["Main"].global_indexes.insert("another".to_owned(), index);
        for (was, is) in served(&before).into_iter().zip(served(&after)) {
            prop_assert!(is || !was);
        }
    }

    #[test]
    fn the_same_text_gives_the_same_bytes(text in designs()) {
        let settings = Settings::on("2026-11-22".parse().unwrap());
        let report = || {
            let file = SourceFile::new("m.yaml", text.clone().into_bytes()).unwrap();
            let mut out = Vec::new();
            keyplan::report::json::write(&mut out, &[check(file, &settings)]).unwrap();
            out
        };
        prop_assert_eq!(report(), report());
    }

    #[test]
    fn no_text_panics(text in "[ -~\\n\u{e9}\u{1f980}]{0,400}") {
        let settings = Settings::on("2026-11-22".parse().unwrap());
        let checked = check(SourceFile::new("m.yaml", text.into_bytes()).unwrap(), &settings);
        let style = keyplan::report::human::Style { color: false, width: 80 };
        keyplan::report::human::write(&mut Vec::new(), &[checked], style).unwrap();
    }

    #[test]
    fn no_damaged_model_panics(at in 0..6000_usize, length in 0..40_usize, other in "[ -~\\n]{0,12}") {
        let mut text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/online-shop.yaml")).unwrap();
        let start = at.min(text.len());
        let end = (start + length).min(text.len());
        text.replace_range(start..end, &other);
        let settings = Settings::on("2026-11-22".parse().unwrap());
        let checked = check(SourceFile::new("m.yaml", text.into_bytes()).unwrap(), &settings);
        let style = keyplan::report::human::Style { color: false, width: 80 };
        keyplan::report::human::write(&mut Vec::new(), &[checked], style).unwrap();
    }
}

#[test]
fn the_made_model_is_judged_as_meant() {
    let text = support::model_with(100);
    let model = model(&text);
    let unserved = served(&model).into_iter().filter(|served| !served).count();
    assert_eq!(unserved, 10, "one pattern in ten asks for what no key knows");
}

/// Entities of one table with templates of every shape.
fn crowds() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("A"),
        Just("B"),
        Just("AB"),
        Just("#"),
        Just("#A#"),
        Just("{id}"),
        Just("{name}"),
        Just("{at}"),
        Just("{kind}"),
        Just("|"),
        Just("{n}")
    ];
    let template = prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat());
    prop::collection::vec((template.clone(), template), 2..9).prop_map(|entities| {
        let mut text = String::from("keyplan: 1\ntables:\n  Main: {partition_key: pk, sort_key: sk}\nentities:\n");
        for (index, (pk, sk)) in entities.iter().enumerate() {
            text.push_str(&format!(
                "  E{index}:\n    keys: {{pk: \"{pk}\", sk: \"{sk}\"}}\n    attributes: {{id: ulid, name: string, at: timestamp, kind: {{values: [A, B]}}, n: number}}\n"
            ));
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// The quick look-up may find too much, and never too little.
    #[test]
    fn the_collection_index_misses_no_pair(text in crowds()) {
        let model = model(&text);
        let design = Design::new(&model);
        let index = keyplan::plan::CollectionIndex::new(&design);
        let base = design.tables[0].paths[0];
        for (i, a) in design.entities.iter().enumerate() {
            let found = index.with_equal_key(&design, a, base);
            for b in design.entities.iter().skip(i) {
                let meet = ["pk", "sk"].iter().all(|key| {
                    let (x, y) = (&a.fills[*key].template, &b.fills[*key].template);
                    design.language(a, x).meets(&design.language(b, y))
                });
                prop_assert!(!meet || found.contains(&b.id), "{} and {} in\n{text}", a.name, b.name);
            }
        }
    }
}

//! `keyplan cost` and `keyplan size` with the real binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::process::{Command, Output};

use rust_decimal::Decimal;
use serde_json::Value;

fn keyplan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyplan"));
    for name in ["NO_COLOR", "FORCE_COLOR"] {
        command.env_remove(name);
    }
    command.env("COLUMNS", "80").current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn text(arguments: &[&str]) -> String {
    let output = keyplan(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&text(&[arguments, &["--format", "json"]].concat())).unwrap()
}

fn total(arguments: &[&str]) -> Decimal {
    decimal(&json(arguments)["total"]["usd_per_month"])
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

const SHOP: &str = "fixtures/online-shop.yaml";

#[test]
fn bills_read_as_people_see_them() {
    for (name, arguments) in [
        ("shop", vec!["cost", SHOP]),
        ("shop_by_pattern", vec!["cost", SHOP, "--by", "pattern", "--months", "0"]),
        ("clinic_with_gaps", vec!["cost", "fixtures/clinic-natural-keys.yaml"]),
        ("nothing_known", vec!["cost", "fixtures/book-match-game.yaml"]),
        ("shop_traced", vec!["cost", SHOP, "--by", "what", "--months", "0", "--trace"]),
        ("shop_regions", vec!["cost", SHOP, "--all-regions", "--months", "0"]),
    ] {
        let text = text(&arguments);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 80, "{name} is {widest} wide");
        insta::assert_snapshot!(format!("cost_{name}"), text);
    }
}

#[test]
fn every_way_of_summing_up_gives_the_total() {
    let bill = json(&["cost", SHOP]);
    let whole = decimal(&bill["total"]["usd_per_month"]);
    for (way, groups) in bill["by"].as_object().unwrap() {
        let sum: Decimal = groups.as_array().unwrap().iter().map(|group| decimal(&group["usd_per_month"])).sum();
        assert_eq!(sum, whole, "by {way}");
    }
    let lines = bill["lines"].as_array().unwrap();
    let sum: Decimal = lines.iter().map(|line| decimal(&line["usd_per_month"])).sum();
    assert_eq!(sum, whole);
    for line in lines {
        let product = decimal(&line["quantity"]) * decimal(&line["usd_per_unit"]);
        assert!((product - decimal(&line["usd_per_month"])).abs() < Decimal::new(1, 11), "{line}");
        let is_traced = bill["prices"]["used"].as_array().unwrap().iter().any(|price| {
            price["item"] == line["item"] && price["region"] == line["region"] && price["rate_code"].is_string()
        });
        assert!(is_traced, "{line}");
    }
}

#[test]
fn csv_has_the_lines_of_the_json() {
    let csv = text(&["cost", SHOP, "--format", "csv"]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let column = rows.headers().unwrap().iter().position(|name| name == "usd_per_month").unwrap();
    let sum: Decimal = rows.records().map(|row| row.unwrap()[column].parse::<Decimal>().unwrap_or_default()).sum();
    assert_eq!(sum, total(&["cost", SHOP]));
}

#[test]
fn switches_do_what_they_say() {
    let plain = total(&["cost", SHOP]);
    assert!(total(&["cost", SHOP, "--scale", "10x"]) > plain * Decimal::from(9));
    assert!(total(&["cost", SHOP, "--scale", "0.5x"]) < plain);
    assert!(total(&["cost", SHOP, "--free-tier"]) < plain);
    assert!(total(&["cost", SHOP, "--savings-plan"]) < plain);
    assert!(total(&["cost", SHOP, "--hours", "720"]) < plain);
    assert!(total(&["cost", SHOP, "--gigabyte", "decimal"]) > plain);
    assert_ne!(total(&["cost", SHOP, "--mode", "provisioned"]), plain);
    assert_ne!(total(&["cost", SHOP, "--class", "ia"]), plain);
    assert!(total(&["cost", SHOP, "--region", "sa-east-1"]) > plain);
    let regions = json(&["cost", SHOP, "--all-regions"]);
    let regions = regions["regions"].as_array().unwrap();
    assert_eq!(regions.len(), 36);
    for code in ["eu-west-1", "us-east-1", "sa-east-1", "ap-northeast-1"] {
        let listed = regions.iter().find(|region| region["region"] == code).unwrap();
        // The comparison sums usage up before it prices it, so its last digits may differ.
        let difference = decimal(&listed["usd_per_month"]) - total(&["cost", SHOP, "--region", code]);
        assert!(difference.abs() < Decimal::new(1, 9), "{code}: {difference}");
    }
}

#[test]
fn the_day_is_that_of_the_oldest_price_in_use() {
    let of = |region: &str| {
        let bill = json(&["cost", SHOP, "--region", region]);
        let used = bill["prices"]["used"].as_array().unwrap();
        let oldest = used.iter().map(|price| price["as_of"].as_str().unwrap()).min().unwrap().to_owned();
        assert_eq!(bill["prices"]["date"], oldest.as_str());
        let shown = text(&["cost", SHOP, "--region", region]);
        assert!(shown.lines().next().unwrap().ends_with(&format!("in {region} (prices of {oldest})")), "{shown}");
        let report = text(&["report", SHOP, "--region", region, "--format", "markdown"]);
        assert!(report.contains(&format!("in {region}, prices of {oldest},")), "{report}");
        oldest
    };
    assert!(of("us-east-1") > of("eu-west-1"), "prices of different days");
}

#[test]
fn a_note_says_why_nothing_is_reserved() {
    let assumed = |mode: &str| {
        let shown = text(&["cost", SHOP, "--mode", mode, "--reserved", "3y", "--region", "us-east-1"]);
        let (_, assumed) = shown.split_once("Assumed").unwrap();
        assumed.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for mode in ["provisioned", "on_demand"] {
        let assumed = assumed(mode);
        assert!(assumed.contains("nothing is reserved") && !assumed.contains("paid upfront"), "{assumed}");
    }
}

#[test]
fn wrong_uses_are_told() {
    for (arguments, needle) in [
        (vec!["cost", SHOP, "--region", "eu-wst-1"], "did you mean `eu-west-1`"),
        (vec!["cost", SHOP, "--scale=-2"], "10x"),
        (vec!["cost", SHOP, "--hours", "9000"], "744"),
        (vec!["cost", SHOP, "--savings-plan", "--reserved", "1y"], "cannot be used with"),
    ] {
        let output = keyplan(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(needle), "{said}");
    }
    assert_eq!(keyplan(&["cost", "no-such.yaml"]).status.code(), Some(3));
    assert_eq!(keyplan(&["cost", SHOP, "--prices", "Cargo.toml"]).status.code(), Some(3));
}

#[test]
fn sizes_of_items() {
    insta::assert_snapshot!(
        "size",
        text(&["size", r#"{"shirt-color": {"S": "R"}, "shirt-size": {"S": "M"}, "stock": {"N": "-12345"}}"#])
    );
    let size = json(&["size", r#"{"shirt-color": "R", "shirt-size": "M"}"#]);
    assert_eq!(size["bytes"], 23);
    assert_eq!(keyplan(&["size", "[1]"]).status.code(), Some(3));
    // Plain numbers keep their digits, whatever a float would make of them.
    let exact = json(&["size", r#"{"a": 1E-130, "b\"1": [12345678901234567890123456789012345678, "1"], "c": 2.50}"#]);
    assert_eq!(exact["attributes"]["a"]["value"], 2);
    assert_eq!(exact["attributes"]["b\"1"]["value"], 3 + (1 + 20) + (1 + 1));
    assert_eq!(exact["attributes"]["c"]["value"], 3);
    for wrong in [r#"{"a": 1E126}"#, r#"{"a": {"N": "NaN"}}"#, r#"{"a": 01}"#] {
        assert_eq!(keyplan(&["size", wrong]).status.code(), Some(3), "{wrong}");
    }
}

#[test]
fn each_region_lists_the_tables_that_are_there() {
    let model = std::env::temp_dir().join(format!("keyplan-regions-{}.yaml", std::process::id()));
    let text = "keyplan: 1
region: eu-west-1
tables:
  Here: {partition_key: id}
  East: {partition_key: id, replicas: [us-east-1]}
  Both: {partition_key: id, replicas: [eu-central-1, us-east-1]}
entities:
  A: {table: Here, items: 10, attributes: {id: ulid, b: {size: 1000, max_size: 3000}}}
  B: {table: East, items: 10, attributes: {id: ulid, b: {size: 2000}}}
  C: {table: Both, items: 10, attributes: {id: ulid, b: {size: 4000}}}
access_patterns:
  t: {operation: transact_write, rate: 1/s, actions: [{operation: put, entity: A}, {operation: put, entity: B}, {operation: put, entity: C}]}
";
    std::fs::write(&model, text).unwrap();
    let cost = json(&["cost", model.to_str().unwrap()]);
    std::fs::remove_file(&model).unwrap();
    let remote = &cost["patterns"][0]["per_call_in_replicas"];
    let written = |region: &str| -> Vec<(String, String)> {
        let tables = remote[region].as_object().unwrap();
        tables.iter().map(|(name, units)| (name.clone(), units["write"].as_str().unwrap().to_owned())).collect()
    };
    let pairs = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(name, units)| ((*name).to_owned(), (*units).to_owned())).collect()
    };
    assert_eq!(written("us-east-1"), pairs(&[("East", "2"), ("Both", "4")]));
    assert_eq!(written("eu-central-1"), pairs(&[("Both", "4")]));
    let item = &cost["entities"][0];
    assert_eq!((&item["item_bytes"], &item["largest_item_bytes"]), (&"1029".into(), &"3029".into()));
    assert_eq!((&item["units"]["write"], &item["largest_units"]["write"]), (&"2".into(), &"3".into()));
    assert_eq!(item["units"]["read_eventual"], "0.5");
}

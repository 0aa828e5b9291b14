//! What `diff` says of every kind of change, against what the service can change in place.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const OLD: &str = "keyplan: 1
region: us-east-1
tables:
  Shop:
    partition_key: pk
    sort_key: sk
    time_to_live: expires_at
    stream: new_image
    deletion_protection: true
    global_indexes:
      by_status: {partition_key: status, sort_key: [placed_at], projection: [total]}
      by_email: {partition_key: email, projection: keys_only}
entities:
  Customer:
    items: 1M
    keys: {pk: \"CUSTOMER#{customer_id}\", sk: PROFILE}
    attributes: {customer_id: uuid, email: {type: string, size: 30}, note: {type: string, size: 1500}}
  Order:
    items: 10M
    keys: {pk: \"CUSTOMER#{customer_id}\", sk: \"ORDER#{placed_at}\"}
    attributes:
      customer_id: uuid
      placed_at: timestamp
      status: {type: string, size: 8, distinct: 5}
      total: {type: number, digits: 6}
      lines: {type: list, size: 1200}
      expires_at: epoch
access_patterns:
  orders: {operation: query, entity: Order, where: {customer_id: equals}, order_by: placed_at desc, limit: 20, rate: 10/s}
  customer: {operation: get, entity: Customer, where: {customer_id: equals}, rate: 10/s}
  by_email: {operation: query, entity: Customer, where: {email: equals}, select: [customer_id], rate: 1/s}
  place: {operation: put, entity: Order, rate: 5/s}
";

fn keyplan(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .env("COLUMNS", "80")
        .env_remove("NO_COLOR")
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap()
}

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// The migration from the old design to one with some text replaced.
fn migration(name: &str, changes: &[(&str, &str)]) -> Vec<Value> {
    let folder = folder(name);
    let new = changes.iter().fold(OLD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is in the old design");
        text.replace(from, to)
    });
    std::fs::write(folder.join("old.yaml"), OLD).unwrap();
    std::fs::write(folder.join("new.yaml"), new).unwrap();
    let output = keyplan(&folder, &["diff", "old.yaml", "new.yaml", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let difference: Value = serde_json::from_slice(&output.stdout).unwrap();
    difference["migration"].as_array().unwrap().clone()
}

fn text(step: &Value) -> String {
    let steps: Vec<&str> = step["steps"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    format!("{} {} {}", step["title"].as_str().unwrap(), step["why"].as_str().unwrap_or_default(), steps.join(" "))
}

#[test]
fn nothing_changes_nothing_to_do() {
    assert!(migration("same", &[]).is_empty());
    assert!(migration("words", &[("tables:", "name: Another name\ntables:")]).is_empty());
}

/// 10M items of 1.3 KB: put under the new key and deleted under the old one, 2 units each, and their
/// entries in `by_status` enter and leave.
#[test]
fn a_new_sort_key_rewrites_every_item() {
    let steps = migration("sort_key", &[("ORDER#{placed_at}", "ORDER#{placed_at}#{status}")]);
    assert_eq!(steps.len(), 1, "{steps:?}");
    let step = &steps[0];
    assert_eq!(step["kind"], "items are written again");
    assert_eq!(step["items"], "10000000");
    assert_eq!(step["write_units"], (10_000_000_u64 * (2 + 2 + 1 + 1)).to_string());
    assert_eq!(step["usd"], "37.5");
    assert_eq!(step["seconds"], "60000");
    assert!(text(step).contains("under both keys"), "{}", text(step));
}

/// Only the entries move: 10M updates of 2 units. The index itself stays.
#[test]
fn a_new_index_key_value_updates_every_item() {
    let old = (
        "      by_email: {partition_key: email, projection: keys_only}",
        "      by_email: {partition_key: gsi, projection: keys_only}",
    );
    let keyed = ("sk: PROFILE}", "sk: PROFILE, gsi: \"MAIL#{email}\"}");
    let steps = migration("index_key", &[old, keyed]);
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["in place", "items are written again", "a new index"]);
    assert_eq!(steps[1]["write_units"], (1_000_000 * 2).to_string());
    assert!(text(&steps[1]).contains("`gsi` as `MAIL#{email}`"));
    assert!(text(&steps[2]).contains("keys of an index cannot be changed"));
    assert!(text(&steps[2]).contains("`gsi` of `Customer`"));
}

#[test]
fn a_new_index_is_built_from_what_is_there() {
    let index = "      by_email: {partition_key: email, projection: keys_only}\n      by_total: {partition_key: [status], sort_key: [total], projection: all}";
    let steps = migration("new_index", &[("      by_email: {partition_key: email, projection: keys_only}", index)]);
    assert_eq!(steps.len(), 1);
    assert_eq!((&steps[0]["kind"], &steps[0]["items"]), (&"a new index".into(), &"10000000".into()));
    assert_eq!(steps[0]["write_units"], (10_000_000 * 2).to_string());
    assert!(text(&steps[0]).contains("reads of the table for it are free"));
}

#[test]
fn another_projection_is_another_index() {
    let steps = migration("projection", &[("projection: [total]", "projection: all")]);
    assert!(text(&steps[0]).contains("one update"), "two index changes take two updates: {steps:?}");
    let index = steps.iter().find(|step| step["kind"] == "a new index").unwrap();
    assert!(text(index).contains("projection of an index cannot be changed"));
    assert!(text(index).contains("delete it"));
}

/// 10M orders of 1.3 KB have to be written once before the new pattern finds them.
#[test]
fn a_new_attribute_is_not_in_the_items_that_are_there() {
    let attribute = (
        "      total: {type: number, digits: 6}",
        "      total: {type: number, digits: 6}\n      channel: {type: string, size: 3}",
    );
    let pattern = (
        "  place: {",
        "  web_orders: {operation: query, entity: Order, where: {customer_id: equals, channel: equals}}\n  place: {",
    );
    let steps = migration("history", &[attribute, pattern]);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!((&steps[0]["kind"], &steps[0]["items"]), (&"items are written again".into(), &"10000000".into()));
    assert_eq!(steps[0]["write_units"], "20000000");
    assert!(text(&steps[0]).contains("`channel` (asked for by `web_orders`)"), "{}", text(&steps[0]));
    // An attribute that nobody asks for needs nothing.
    assert!(migration("no_history", &[attribute]).is_empty());
}

#[test]
fn a_dropped_index_waits_for_its_readers() {
    let steps = migration("dropped", &[("      by_email: {partition_key: email, projection: keys_only}\n", "")]);
    assert_eq!(steps[0]["kind"], "an index is deleted");
    assert!(text(&steps[0]).contains("`by_email`"), "{}", text(&steps[0]));
}

#[test]
fn keys_and_local_indexes_need_a_new_table() {
    let key = migration(
        "table_key",
        &[
            ("    sort_key: sk\n", "    sort_key: sort\n"),
            ("sk: PROFILE", "sort: PROFILE"),
            ("sk: \"ORDER", "sort: \"ORDER"),
        ],
    );
    let local = migration(
        "local",
        &[(
            "    global_indexes:",
            "    local_indexes: {by_total: {sort_key: total, projection: keys_only}}\n    global_indexes:",
        )],
    );
    for (steps, why) in
        [(key, "the key of a table cannot be changed"), (local, "local indexes are made with the table")]
    {
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert_eq!(steps[0]["kind"], "a new table and a way over");
        assert!(text(&steps[0]).contains(why), "{}", text(&steps[0]));
        assert_eq!(steps[0]["items"], "11000000");
    }
}

#[test]
fn settings_change_in_place() {
    let cases = [
        (
            "billing",
            "    stream: new_image",
            "    stream: new_image\n    billing: provisioned\n    capacity: {read: 100, write: 100}",
            "every global index",
        ),
        (
            "class",
            "    stream: new_image",
            "    stream: new_image\n    class: standard_infrequent_access",
            "twice in 30 days",
        ),
        ("ttl", "    time_to_live: expires_at", "    time_to_live: gone_at", "about an hour"),
        ("stream", "stream: new_image", "stream: new_and_old_images", "new ARN"),
        ("recovery", "    stream: new_image", "    stream: new_image\n    point_in_time_recovery: true", "goes on"),
        ("protection", "    deletion_protection: true\n", "", "goes off"),
        ("replica", "    stream: new_image", "    stream: new_image\n    replicas: [eu-west-1]", "like a restore"),
    ];
    for (name, from, to, needle) in cases {
        let steps = migration(name, &[(from, to)]);
        assert!(!steps.is_empty() && steps.iter().all(|step| step["kind"] == "in place"), "{name}: {steps:?}");
        assert!(steps.iter().any(|step| text(step).contains(needle)), "{name}: {steps:?}");
    }
}

#[test]
fn tables_come_and_go() {
    let steps = migration("gone", &[("  Shop:\n", "  Store:\n")]);
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["a new table", "items are written again", "items are written again", "a table is deleted"]);
    assert!(text(steps.last().unwrap()).contains("deletion protection off"));
}

#[test]
fn what_people_and_pull_requests_read() {
    let folder = folder("read");
    std::fs::write(folder.join("old.yaml"), OLD).unwrap();
    let new = OLD
        .replace("ORDER#{placed_at}", "ORDER#{placed_at}#{status}")
        .replace("rate: 10/s}\n  customer", "rate: 40/s}\n  customer")
        .replace("      by_email: {partition_key: email, projection: keys_only}\n", "");
    std::fs::write(folder.join("new.yaml"), new).unwrap();
    let said = |format: &str| {
        let output = keyplan(&folder, &["diff", "old.yaml", "new.yaml", "--format", format, "--today", "2026-11-22"]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    insta::assert_snapshot!("diff_human", said("human"));
    insta::assert_snapshot!("diff_markdown", said("markdown"));
    let same = keyplan(&folder, &["diff", "old.yaml", "old.yaml", "--format", "markdown"]);
    assert!(same.stdout.is_empty(), "a comment says nothing where nothing differs");
}

#[test]
fn a_git_revision_is_the_old_version() {
    let git = |folder: &Path, arguments: &[&str]| {
        Command::new("git")
            .current_dir(folder)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(arguments)
            .output()
    };
    let folder = folder("revision");
    if git(&folder, &["init", "-q"]).is_err() {
        println!("SKIPPED: git is not there");
        return;
    }
    std::fs::create_dir_all(folder.join("design")).unwrap();
    std::fs::write(folder.join("design/model.yaml"), OLD).unwrap();
    git(&folder, &["add", "."]).unwrap();
    git(&folder, &["commit", "-qm", "first"]).unwrap();
    std::fs::write(folder.join("design/model.yaml"), OLD.replace("stream: new_image", "stream: keys_only")).unwrap();
    let output = keyplan(&folder, &["diff", "design/model.yaml", "--base", "HEAD", "--format", "json"]);
    let difference: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(difference["migration"][0]["path"], "tables.Shop.stream");
    for (revision, code) in [("no-such-branch", 3), ("--output=x", 2)] {
        let output = keyplan(&folder, &["diff", "design/model.yaml", &format!("--base={revision}")]);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

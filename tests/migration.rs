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

/// What differs between the old design and one with some text replaced.
fn difference(name: &str, changes: &[(&str, &str)]) -> Value {
    let new = changes.iter().fold(OLD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is in the old design");
        text.replace(from, to)
    });
    compared(name, OLD, &new)
}

/// What differs between two designs.
fn compared(name: &str, old: &str, new: &str) -> Value {
    let folder = folder(name);
    std::fs::write(folder.join("old.yaml"), old).unwrap();
    std::fs::write(folder.join("new.yaml"), new).unwrap();
    let output = keyplan(&folder, &["diff", "old.yaml", "new.yaml", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The migration from the old design to one with some text replaced.
fn migration(name: &str, changes: &[(&str, &str)]) -> Vec<Value> {
    difference(name, changes)["migration"].as_array().unwrap().clone()
}

/// The migration from one design to another.
fn between(name: &str, old: &str, new: &str) -> Vec<Value> {
    compared(name, old, new)["migration"].as_array().unwrap().clone()
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
    assert_eq!(kinds, ["items are written again", "one after another", "a new index"]);
    assert_eq!(steps[0]["write_units"], (1_000_000 * 2).to_string());
    assert!(text(&steps[0]).contains("`gsi` as `MAIL#{email}`"));
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

#[test]
fn the_order_of_a_projection_is_no_change() {
    let two = OLD.replace("projection: [total]", "projection: [total, lines]");
    let steps = between("projection_order", &two, &two.replace("[total, lines]", "[lines, total]"));
    assert!(steps.is_empty(), "{steps:?}");
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html>
#[test]
fn another_type_of_a_local_index_key_is_another_table() {
    let local = OLD.replace(
        "    global_indexes:",
        "    local_indexes: {by_total: {sort_key: total, projection: keys_only}}\n    global_indexes:",
    );
    let steps = between(
        "local_type",
        &local,
        &local.replace("total: {type: number, digits: 6}", "total: {type: string, size: 6}"),
    );
    assert_eq!(steps[0]["kind"], "a new table and a way over", "{steps:?}");
    assert!(text(&steps[0]).contains("the type of the key attribute `total` cannot be changed (N to S)"));
}

/// A template writes the zeros; an attribute that is itself the key stays the number that it is.
#[test]
fn padding_changes_the_keys_that_templates_write_alone() {
    let scores = |keys: &str, n: &str| {
        format!(
            "keyplan: 1\ntables: {{Scores: {{partition_key: game, sort_key: n}}}}\n\
             entities: {{Score: {{items: 100k, {keys}attributes: {{game: uuid, n: {{type: number, digits: 5{n}}}}}}}}}\n\
             access_patterns: {{put: {{operation: put, entity: Score}}}}\n"
        )
    };
    let padded = |name: &str, keys: &str| between(name, &scores(keys, ""), &scores(keys, ", padded: true"));
    assert!(padded("natural_padded", "").is_empty());
    let written = padded("written_padded", "keys: {n: \"{n}\"}, ");
    assert!(text(&written[0]).contains("the type of the key attribute `n` cannot be changed (N to S)"), "{written:?}");
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

/// The attributes of the keys are called otherwise; the keys hold the same values. Each item is
/// updated once, 2M and 20M units, and the entries of `by_status`, which do not hold it, stay.
#[test]
fn another_name_in_a_template_leaves_the_keys() {
    let steps = migration(
        "key_name",
        &[
            ("{customer_id}", "{user_id}"),
            ("customer_id: uuid", "user_id: uuid"),
            ("customer_id: equals", "user_id: equals"),
            ("[customer_id]", "[user_id]"),
        ],
    );
    assert_eq!(steps.len(), 2, "{steps:?}");
    for (step, units) in steps.iter().zip(["2000000", "20000000"]) {
        assert_eq!((&step["kind"], step["write_units"].as_str()), (&"items are written again".into(), Some(units)));
        assert!(text(step).contains("have `customer_id`, which is now called `user_id`"), "{}", text(step));
        assert!(text(step).contains("nothing has to be written"), "{}", text(step));
    }
}

/// The new name is written into the items that have the old one, and into the entries that hold it.
#[test]
fn another_name_of_an_attribute_is_a_write() {
    let named = &[("total: {type: number", "sum: {type: number"), ("projection: [total]", "projection: all")];
    let old = migration("projected", &[named[1]]);
    let steps = migration("name", named);
    assert_eq!(steps.len(), old.len() + 1);
    assert_eq!(steps[0]["write_units"], "20000000", "the index is made anew, and charged there");
    assert!(text(&steps[0]).contains("`sum`, or `total` where there is none"), "{}", text(&steps[0]));

    let partly = migration("partly", &[("expires_at: epoch", "gone_at: {type: epoch, present: 5%}")]);
    assert!(partly.is_empty(), "an attribute that went and another that came: {partly:?}");
}

/// 10M orders of 2 units, and their entries, which hold it.
#[test]
fn another_type_is_a_write() {
    let steps = migration("type", &[("total: {type: number, digits: 6}", "total: {type: string, size: 6}")]);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(steps[0]["write_units"], "30000000");
    assert!(text(&steps[0]).contains("hold `total` as number, and it is now string"), "{}", text(&steps[0]));
    // To say more precisely what is there changes nothing; nor does another way to make identifiers.
    assert!(migration("precise", &[("email: {type: string, size: 30}", "email: ulid")]).is_empty());
    assert!(migration("identifiers", &[("customer_id: uuid", "customer_id: ulid")]).is_empty());
}

/// The template stays, and what it makes changes with the type of its attribute. A table has one type
/// for a key attribute, so the old index and the new one cannot be there together.
#[test]
fn another_type_in_a_template_is_another_key() {
    let steps = migration("key_type", &[("placed_at: timestamp", "placed_at: epoch_ms")]);
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["items are written again", "one after another", "a new index"]);
    assert!(text(&steps[0]).contains("`placed_at`, which is epoch_ms instead of timestamp"), "{}", text(&steps[0]));
    // The old item leaves the old index; the new index is charged when it is built.
    assert_eq!(steps[0]["write_units"], (10_000_000_u64 * (2 + 2 + 1)).to_string());
    assert!(text(&steps[0]).contains("index `by_status` is made anew: as it is, it refuses"), "{}", text(&steps[0]));
    assert!(text(&steps[2]).contains("under another name than `placed_at`"), "{}", text(&steps[2]));
    assert!(!text(&steps[2]).contains("give the new index another name"), "{}", text(&steps[2]));
}

#[test]
fn other_items_in_an_index_are_said() {
    let keyed = |fill: &str| {
        OLD.replace("partition_key: email, projection", "partition_key: gsi, projection")
            .replace("sk: PROFILE}", &format!("sk: PROFILE, gsi: {fill}}}"))
    };
    let folder = folder("when");
    std::fs::write(folder.join("old.yaml"), keyed("\"MAIL#{email}\"")).unwrap();
    std::fs::write(folder.join("new.yaml"), keyed("{value: \"MAIL#{email}\", when: {note: x}}")).unwrap();
    let output = keyplan(&folder, &["diff", "old.yaml", "new.yaml", "--format", "json"]);
    let difference: Value = serde_json::from_slice(&output.stdout).unwrap();
    let step = &difference["migration"][0];
    assert!(text(step).contains("other items than before have `gsi`"), "{}", text(step));
    assert_eq!(step["write_units"], Value::Null, "how many they are is not known");
}

/// One pass writes what is new, with the copies under the new key.
#[test]
fn a_new_key_and_a_new_attribute_are_one_pass() {
    let steps = migration(
        "one_pass",
        &[
            ("ORDER#{placed_at}", "ORDER#{placed_at}#{channel}"),
            ("      lines: {", "      channel: {type: string, size: 3}\n      lines: {"),
            (
                "  place: {",
                "  web: {operation: query, entity: Order, where: {customer_id: equals, channel: equals}}\n  place: {",
            ),
        ],
    );
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(text(&steps[0]).contains("they get `channel` with it"), "{}", text(&steps[0]));
    // What finds the items: 12 GB and more, half a unit for 4 KB.
    let read: f64 = steps[0]["read_units"].as_str().unwrap().parse().unwrap();
    assert!((1.5e6..2.5e6).contains(&read), "{read}");
}

#[test]
fn names_of_entities_and_patterns_are_no_data() {
    let entity = difference("entity_name", &[("  Customer:\n", "  Buyer:\n"), ("entity: Customer", "entity: Buyer")]);
    assert_eq!(entity["migration"], Value::Array(Vec::new()));
    let pattern = difference("pattern_name", &[("  customer: {", "  customer_page: {")]);
    assert_eq!(pattern["coverage"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&pattern["coverage"][0]["fate"], &pattern["coverage"][0]["from"]),
        (&"renamed".into(), &"customer".into())
    );
    assert_eq!(pattern["costs"], Value::Array(Vec::new()));
}

/// 1M customers of 2 units, and their entries in `by_email`.
#[test]
fn items_without_an_entity_stay() {
    let start = OLD.find("  Customer:\n").unwrap();
    let customer = &OLD[start..OLD.find("  Order:\n").unwrap()];
    let steps = migration("left", &[(customer, "")]);
    let step = steps.iter().find(|step| step["kind"] == "items are deleted").unwrap();
    assert!(text(step).contains("stay in `Shop`"), "{}", text(step));
    assert_eq!(step["write_units"], "3000000");
}

#[test]
fn another_region_is_a_replica() {
    let steps = migration("region", &[("region: us-east-1", "region: eu-west-1")]);
    let said: Vec<String> = steps.iter().map(text).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("gets a replica in eu-west-1") && said[0].contains("new and old images"), "{said:?}");
    assert!(said[1].contains("the replica of `Shop` in us-east-1 goes"), "{said:?}");
    assert!(migration("no_region", &[("region: us-east-1\n", "")]).is_empty(), "nobody says where it was going");
}

/// Indexes of different tables can have the same name, and what is known in part is not zero.
#[test]
fn amounts_are_of_one_thing() {
    let two = OLD
        .replace(
            "entities:\n",
            "  Archive:
    partition_key: pk
    global_indexes: {by_status: {partition_key: state, projection: all}}
entities:
  Old:
    table: Archive
    items: 1M
    keys: {pk: \"{old_id}\"}
    attributes: {old_id: uuid, state: {type: string, size: 4, distinct: 3}}
",
        )
        .replace("  Customer:\n", "  Customer:\n    table: Shop\n")
        .replace("  Order:\n", "  Order:\n    table: Shop\n");
    let two = format!(
        "{two}  archive: {{operation: put, entity: Old, rate: 50/s}}\n  open: {{operation: query, entity: Old, where: {{state: equals}}, limit: 10, rate: 50/s}}\n"
    );
    let folder = folder("two_tables");
    std::fs::write(folder.join("old.yaml"), &two).unwrap();
    std::fs::write(folder.join("new.yaml"), two.replace("rate: 50/s}", "rate: 500/s, hottest: 20%}")).unwrap();
    let output = keyplan(&folder, &["diff", "old.yaml", "new.yaml", "--format", "json"]);
    let difference: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |list: &str| -> Vec<String> {
        difference[list].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names("costs").contains(&"index `by_status` of `Archive`".to_owned()), "{difference}");
    assert!(!names("costs").contains(&"index `by_status` of `Shop`".to_owned()), "{difference}");
    assert!(names("heat").contains(&"writes of index `by_status` of `Archive`".to_owned()), "{difference}");
}

/// A pattern whose units are not known costs nothing of its own where capacity is paid anyway: it is
/// not gone.
#[test]
fn what_is_not_counted_is_not_gone() {
    let provisioned = "    stream: new_image\n    billing: provisioned\n    capacity: {read: 10, write: 10}";
    let all = difference(
        "capacity_mode",
        &[
            ("    stream: new_image", provisioned),
            ("projection: [total]}", "projection: [total], capacity: {read: 1, write: 1}}"),
            ("projection: keys_only}", "projection: keys_only, capacity: {read: 1, write: 1}}"),
        ],
    );
    let costs = all["costs"].as_array().unwrap();
    assert!(costs.iter().all(|cost| cost["after"] != Value::Null), "{costs:?}");
    let steps = all["migration"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "the capacity of indexes comes with the mode: {steps:?}");
}

#[test]
fn a_pattern_that_is_left_open_is_said() {
    let all = difference("open", &[("  customer: {", "  customer: {served_by: Redis, ")]);
    assert_eq!(all["coverage"][0]["fate"], "left");
}

/// A sum that holds less than before is no saving.
#[test]
fn sums_of_other_parts_are_not_subtracted() {
    let all = difference("parts", &[("Order, rate: 5/s}", "Order}")]);
    let whole = &all["costs"][0];
    assert_eq!(whole["name"], "the whole design");
    assert!(whole["before"].is_string() && whole["after"].is_string(), "{whole}");
    assert_eq!(whole["change"], Value::Null);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parts");
    let output = keyplan(&folder, &["diff", "old.yaml", "new.yaml"]);
    let first = String::from_utf8_lossy(&output.stdout).lines().take(2).collect::<Vec<_>>().join(" ");
    assert!(first.contains(" a month becomes at least "), "{first}");
}

/// Errors stand before warnings, and they before advice.
#[test]
fn the_gravest_findings_stand_first() {
    let all = difference(
        "grave",
        &[
            ("ORDER#{placed_at}", "ORDER#{placed_at}#{status}"),
            ("      by_email: {partition_key: email, projection: keys_only}\n", ""),
        ],
    );
    let levels: Vec<&str> =
        all["findings"]["new"].as_array().unwrap().iter().map(|f| f["level"].as_str().unwrap()).collect();
    let mut sorted = levels.clone();
    sorted.sort_unstable_by_key(|level| ["error", "warning", "advice"].iter().position(|known| known == level));
    assert_eq!(levels, sorted);
    assert_eq!(levels.first(), Some(&"error"));
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
        ("no_ttl", "    time_to_live: expires_at\n", "", "stay for good"),
        ("no_stream", "    stream: new_image\n", "", "24 hours"),
        (
            "cap",
            "    stream: new_image",
            "    stream: new_image\n    max_throughput: {read: 10, write: 10}",
            "gets a cap",
        ),
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

/// Without a text key of its own, the items stay where they are: 2 units for each, and nothing for
/// the index, which is not there with the old type and is charged when it is built.
#[test]
fn another_type_of_an_index_key_is_said_once() {
    let plain = OLD.replace("ORDER#{placed_at}", "ORDER#{order_id}");
    let plain = plain.replace("      placed_at: timestamp", "      order_id: ulid\n      placed_at: timestamp");
    let steps = between("index_type", &plain, &plain.replace("placed_at: timestamp", "placed_at: epoch"));
    assert_eq!(steps[0]["write_units"], "20000000", "{}", text(&steps[0]));
    assert_eq!(steps[0]["title"], "an index key of `Order` changes: `placed_at` is epoch instead of timestamp");
    let first = steps[0]["steps"][0].as_str().unwrap();
    assert!(first.contains("index `by_status` is made anew: as it is, it refuses"), "{first}");
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html>
#[test]
fn a_strongly_consistent_table_keeps_its_regions() {
    let strong = |regions: &str| format!("    replicas: [{regions}]\n    multi_region_consistency: strong\n");
    let old = OLD.replace("    time_to_live: expires_at\n", &strong("us-east-2, us-west-2"));
    let to = |name: &str, settings: &str| {
        let new = OLD.replace("    time_to_live: expires_at\n", settings);
        between(name, &old, &new)
    };
    let single = to("strong_single", "");
    assert_eq!(single.len(), 2, "{single:?}");
    for step in &single {
        assert_eq!(step["kind"], "in place");
        assert!(text(step).contains("none goes alone"), "{}", text(step));
    }
    let moved = to("strong_moved", &strong("us-east-2, eu-west-1"));
    assert_eq!(moved.len(), 1, "{moved:?}");
    assert!(text(&moved[0]).contains("set while it is empty, and stay"), "{}", text(&moved[0]));
    assert!(!text(&moved[0]).contains("import"), "an import makes a table that is not empty: {}", text(&moved[0]));
    let eventual = to("strong_eventual", "    replicas: [us-east-2, us-west-2]\n");
    assert!(text(&eventual[0]).contains("consistency between the Regions of a table cannot be changed"));
    assert!(text(&eventual[0]).contains("import"), "{}", text(&eventual[0]));
    assert!(to("strong_same", &strong("us-west-2, us-east-2")).is_empty());
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dynamodb-globaltable-streamspecification.html>
#[test]
fn the_stream_of_a_global_table_stays() {
    let old = OLD.replace("    stream: new_image\n", "    stream: new_and_old_images\n    replicas: [eu-west-1]\n");
    let keys = between("stream_of_global", &old, &old.replace("stream: new_and_old_images", "stream: keys_only"));
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(text(&keys[0]).contains("cannot change while there are replicas"), "{}", text(&keys[0]));
    // The first replica is where a resource becomes another type; the second is not.
    let is_warned = |steps: &[Value]| steps.iter().any(|step| text(step).contains("DeletionPolicy: Retain"));
    assert!(is_warned(&between("first_replica", OLD, &old)));
    let second = between("second_replica", &old, &old.replace("[eu-west-1]", "[eu-west-1, us-west-2]"));
    assert!(!second.is_empty() && !is_warned(&second), "{second:?}");
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
    // What was not there is held against nothing, and what was called otherwise against itself.
    std::fs::write(folder.join("design/new.yaml"), OLD).unwrap();
    let output = keyplan(&folder, &["diff", "design/new.yaml", "--base", "HEAD", "--format", "json"]);
    let difference: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(difference["coverage"].as_array().unwrap().iter().all(|one| one["fate"] == "new"));
    assert_eq!(difference["findings"]["fixed"], Value::Array(Vec::new()));
    assert_eq!(difference["migration"][0]["kind"], "a new table");
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said(&output).contains("not there at HEAD; all of it is new"), "{}", said(&output));
    std::fs::write(folder.join("design/model.yaml"), OLD).unwrap();
    git(&folder, &["mv", "design/model.yaml", "design/shop.yaml"]).unwrap();
    let output = keyplan(&folder, &["diff", "design/shop.yaml", "--base", "HEAD"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "nothing differs\n");
    assert!(said(&output).contains("compared with design/model.yaml at HEAD"), "{}", said(&output));
    for (revision, code) in [("no-such-branch", 3), ("--output=x", 2)] {
        let output = keyplan(&folder, &["diff", "design/shop.yaml", &format!("--base={revision}")]);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Tickets of events, spread over shards that readers ask one and all.
fn sharded(shards: u32, update: &str) -> String {
    format!(
        "keyplan: 1
tables:
  Seats: {{partition_key: pk, sort_key: sk, global_indexes: {{by_state: {{partition_key: [state, shard]}}}}}}
entities:
  Seat:
    items: 1M
    size: 200
    keys: {{pk: \"EVENT#{{event}}#{{shard}}\", sk: \"SEAT#{{seat}}\"}}
    attributes:
      event: {{type: ulid, distinct: 1000}}
      shard: {{type: number, shards: {shards}}}
      seat: {{type: string, size: 4}}
      state: {{values: [free, sold]}}
access_patterns:
  map: {{operation: query, entity: Seat, where: {{event: equals}}}}
  load: {{operation: put, entity: Seat}}
{update}"
    )
}

/// A quarter of the items lies in the shards that go: put and deleted, in the table and its index.
#[test]
fn fewer_shards_leave_items_where_nobody_looks() {
    let steps = between("fewer_shards", &sharded(8, ""), &sharded(6, ""));
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(steps[0]["kind"], "items are written again");
    assert_eq!(steps[0]["items"], "250000");
    assert_eq!(steps[0]["write_units"], "1000000");
    let text = text(&steps[0]);
    assert!(text.contains("6 shards instead of 8, by `shard` in table `Seats`, index `by_state`"), "{text}");
}

#[test]
fn more_random_shards_need_only_their_readers_first() {
    let steps = between("more_shards", &sharded(4, ""), &sharded(8, ""));
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!((&steps[0]["kind"], &steps[0]["write_units"]), (&Value::from("in place"), &Value::Null));
    assert!(text(&steps[0]).contains("readers ask all 8 shards before"), "{}", text(&steps[0]));
}

#[test]
fn shards_that_are_calculated_move_every_item() {
    let sell = "  sell: {operation: update, entity: Seat, where: {event: equals, shard: equals, seat: equals}, sets: [state]}\n";
    for (before, after) in [(4, 8), (8, 4)] {
        let steps = between("calculated_shards", &sharded(before, sell), &sharded(after, sell));
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert_eq!(steps[0]["items"], "1000000");
        assert!(text(&steps[0]).contains("`sell` names the shard of an item"), "{}", text(&steps[0]));
    }
}

#[test]
fn shards_of_a_key_that_changes_anyway_are_written_with_it() {
    let new = sharded(4, "").replace("SEAT#{seat}", "S#{seat}");
    let steps = between("shards_and_key", &sharded(8, ""), &new);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(steps[0]["items"], "1000000");
}

/// A shard in an index alone is an attribute that is set anew: the item is updated, its entry moves.
#[test]
fn shards_of_an_index_alone_are_set_anew() {
    let in_index = |shards| sharded(shards, "").replace("EVENT#{event}#{shard}", "EVENT#{event}");
    let steps = between("index_shards", &in_index(8), &in_index(4));
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!((&steps[0]["items"], &steps[0]["write_units"]), (&Value::from("500000"), &Value::from("1500000")));
    assert!(text(&steps[0]).contains("set `shard` of the items"), "{}", text(&steps[0]));
}

/// Who goes through shards one by one, as a queue's workers do, knows of no item where it lies.
#[test]
fn a_query_of_a_shard_alone_calculates_none() {
    let queue = |shards: u32| {
        let next = "  next: {operation: query, entity: Seat, where: {shard: equals}, via: by_state}\n";
        let text = sharded(shards, next).replace("EVENT#{event}#{shard}", "EVENT#{event}");
        text.replace("partition_key: [state, shard]", "partition_key: shard")
    };
    let steps = between("queue_shards", &queue(4), &queue(8));
    assert_eq!((steps.len(), &steps[0]["kind"]), (1, &Value::from("in place")), "{steps:?}");
}

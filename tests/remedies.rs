//! What rules tell people to do, where the usual advice would not help.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use keyplan::check::{CheckedFile, Settings, check};
use keyplan::lint::{Finding, Level};
use keyplan::report::joined;
use keyplan::source::SourceFile;

fn checked(model: &str) -> CheckedFile {
    let text = format!("keyplan: 1\n{model}");
    let settings = Settings::on("2026-11-22".parse().unwrap());
    let checked = check(SourceFile::new("model.yaml", text.into_bytes()).map_err(|bad| bad.1).unwrap(), &settings);
    assert!(checked.problems.is_empty(), "{:?} in\n{model}", checked.problems);
    checked
}

fn findings(model: &str, rule: &str) -> Vec<Finding> {
    checked(model).findings.into_iter().map(|l| l.finding).filter(|finding| finding.rule == rule).collect()
}

/// What the only finding of a rule tells to do.
fn help(model: &str, rule: &str) -> String {
    let found = findings(model, rule);
    assert_eq!(found.len(), 1, "{rule}: {found:?}");
    found[0].help.clone().unwrap_or_default()
}

/// A get that always asks for one of the items under its key value.
fn flags(condition: &str) -> String {
    format!(
        "tables: {{Flags: {{partition_key: flag, sort_key: env}}}}
entities:
  Flag: {{items: 6k, attributes: {{flag: {{type: string, size: 16}}, env: {{values: [dev, qa, prod]}}, rules: {{type: map, size: 500}}}}}}
access_patterns:
  evaluate: {{operation: get, entity: Flag, where: {{flag: equals, env: {condition}}}, rate: 4k/s, peak: 15k/s, hottest: 50%}}
  save: {{operation: put, entity: Flag, rate: 1/min}}
"
    )
}

#[test]
fn reads_of_single_items_are_cached_and_not_sharded() {
    let one = findings(&flags("{is: equals, value: prod}"), "hot-partition");
    assert_eq!(one[0].level, Level::Error, "all of it goes to one item");
    assert!(one[0].why.as_deref().unwrap().contains("a single `Flag` item (`env` is always `prod`)"), "{one:?}");
    for condition in ["{is: equals, value: prod}", "equals"] {
        let help = help(&flags(condition), "hot-partition");
        assert!(help.contains("put a cache in front of it"), "{help}");
        assert!(help.contains("keep 2 copies of the item") && !help.contains("shard:"), "{help}");
    }
    assert_eq!(findings(&flags("equals"), "hot-partition")[0].level, Level::Warning, "which item is not said");
}

/// Updates of one item in each key value, or of one of many.
fn counted(sort: &str, known: &str, attributes: &str, written: &str) -> String {
    format!(
        "tables: {{Counts: {{partition_key: page{sort}}}}}
entities:
  Count: {{items: 1M, attributes: {{page: {{type: uuid, hottest: 50%}}, {attributes}}}}}
access_patterns:
  count: {{operation: update, entity: Count, where: {{page: equals{known}}}, {written}, rate: 100/s, peak: 4k/s}}
  read: {{operation: get, entity: Count, where: {{page: equals{known}}}, rate: 2/s}}
  make: {{operation: put, entity: Count, rate: 1/s}}
"
    )
}

#[test]
fn writes_to_one_item_divide_by_what_is_written() {
    let sum = help(&counted("", "", "views: number, seen_at: timestamp", "sets: [views, seen_at]"), "hot-partition");
    assert!(sum.starts_with("if `views` is only counted up, spread the `Count` item over 3 items"), "{sum}");
    assert!(sum.contains("what needs the whole (`read`) takes all 3 items, with one `batch_get`"), "{sum}");
    let set = help(&counted("", "", "tags: {type: string_set, size: 100}", "appends: [tags]"), "hot-partition");
    assert!(set.starts_with("spread the `Count` item over 3 items and put them together"), "{set}");
    assert!(set.contains("calculates its shard from the member of `tags`") && !set.contains("random"), "{set}");
    let last = help(&counted("", "", "title: {type: string, size: 90}", "sets: [title]"), "hot-partition");
    assert_eq!(last, "collect the writes to the item in a queue, and write once for many of them");
}

#[test]
fn shards_that_follow_from_the_key_of_one_item_help_many_items_only() {
    let help = help(
        &counted(", sort_key: link", ", link: equals", "link: ulid, clicks: number", "sets: [clicks]"),
        "hot-partition",
    );
    assert!(help.starts_with("if the calls go to many items of the key value, spread it over 3 shards:"), "{help}");
    assert!(help.contains("calculate it from `link`"), "{help}");
    assert!(help.contains("if they go to one item, a shard that follows from its key leaves them together: if `clicks` is only counted up, keep 3 items in its place"), "{help}");
}

/// The batch get that the advice asks for.
#[test]
fn the_shards_of_an_item_without_sort_key_come_in_one_batch() {
    let model = "tables: {Counts: {partition_key: pk}}
entities:
  Count: {items: 3M, keys: {pk: \"{page}#{shard}\"}, attributes: {page: {type: uuid, hottest: 50%}, shard: {type: number, shards: 3}, views: number}}
access_patterns:
  count: {operation: update, entity: Count, where: {page: equals, shard: equals}, sets: [views], rate: 100/s, peak: 4k/s}
  read: {operation: batch_get, entity: Count, where: {page: equals, shard: equals}, batch: 3, rate: 2/s}
  make: {operation: put, entity: Count, rate: 1/s}
";
    let checked = checked(model);
    let left = checked.findings.iter().filter(|l| l.finding.level > Level::Advice).map(|l| l.finding.rule);
    assert_eq!(left.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn members_of_a_list_are_items_and_two_ranges_are_not_one_key() {
    let stays = |matches: [&str; 2]| {
        format!(
            "tables: {{Stays: {{partition_key: hotel, sort_key: sk}}}}
entities:
  Stay: {{keys: {{sk: \"{{from}}#{{to}}\"}}, attributes: {{hotel: uuid, from: date, to: date, guests: {{type: list, size: 90}}}}}}
access_patterns:
  overlapping: {{operation: query, entity: Stay, where: {{hotel: equals, from: {{is: at_most{}}}, to: {{is: at_least{}}}}}}}
  with_guest: {{operation: query, entity: Stay, where: {{hotel: equals, guests: contains}}}}
",
            matches[0], matches[1]
        )
    };
    let found = findings(&stays([", matches: 50%", ", matches: 1%"]), "filtered-read");
    let texts: Vec<&str> = found.iter().map(|finding| finding.help.as_deref().unwrap()).collect();
    assert!(
        texts[0].starts_with("let the sort key begin with `to`, which keeps 1%, where `from` keeps 50%"),
        "{texts:?}"
    );
    assert!(texts[0].contains("write an item for each day (or another bucket) that a `Stay` covers"), "{texts:?}");
    assert!(
        found[0].why.as_deref().unwrap().contains("A query takes one range, and that of `from` is it"),
        "{found:?}"
    );
    assert!(texts[1].starts_with("write an item for each member of `guests`"), "{texts:?}");
    assert!(texts[1].contains("(a list cannot be a key)") && !texts[1].contains("sort key"), "{texts:?}");
}

#[test]
fn what_only_trims_a_bucket_is_not_said_to_be_filtered() {
    let model = "tables: {Ledger: {partition_key: pk, sort_key: id}}
entities:
  Entry: {keys: {pk: \"{day:month}\"}, attributes: {day: date, id: ulid, category: string}}
access_patterns:
  of_year: {operation: query, entity: Entry, where: {day: {is: between, span: 365d}, category: equals}}
";
    let found = findings(model, "filtered-read");
    assert_eq!(found[0].message, "`of_year` filters by `category` after reading");
    assert!(found[0].help.as_deref().unwrap().starts_with("put `category`"), "{found:?}");
}

#[test]
fn parts_of_a_growing_item_have_a_place() {
    let model = |sort: &str, known: &str| {
        format!(
            "tables: {{Rooms: {{partition_key: room{sort}}}}}
entities:
  Room: {{attributes: {{room: uuid, part: ulid, reviews: list}}}}
access_patterns:
  review: {{operation: update, entity: Room, where: {{room: equals{known}}}, appends: [reviews]}}
"
        )
    };
    assert!(help(&model("", ""), "growing-item").contains("in a table that has a sort key"));
    assert!(
        help(&model(", sort_key: part", ", part: equals"), "growing-item").contains("under the same partition key")
    );
}

#[test]
fn kinds_are_told_apart_where_the_key_is_free() {
    let model = "tables: {Zones: {partition_key: pk, sort_key: sk, global_indexes: {by_tag: {partition_key: tag, sort_key: pk}}}}
entities:
  Label: {keys: {pk: \"ZONE#{zone}\", sk: \"LABEL#{label}\", tag: \"T#{label}\"}, attributes: {zone: uuid, label: string}}
  Owner: {keys: {pk: \"ZONE#{zone}\", sk: OWNER, tag: \"T#{owner}\"}, attributes: {zone: uuid, owner: string}}
access_patterns:
  labelled: {operation: query, entity: Label, where: {label: equals}, via: by_tag}
";
    let help = help(model, "reads-other-entities");
    assert!(
        help.starts_with("give the `tag` of `Label` a beginning that no other entity's has (here `T#{label}`)"),
        "{help}"
    );
    assert!(help.contains("since `pk` is the partition key of table `Zones` as well"), "{help}");
}

#[test]
fn the_price_of_a_key_that_changes_is_said_on_both_sides() {
    let model = "tables: {Tasks: {partition_key: pk, sort_key: sk, global_indexes: {by_user: {partition_key: user, sort_key: due}}}}
entities:
  Task: {keys: {pk: \"LIST#{list}\", sk: \"{due}#{task}\"}, attributes: {list: uuid, task: ulid, due: date, user: uuid}}
access_patterns:
  move: {operation: update, entity: Task, where: {list: equals, due: equals, task: equals}, sets: [due]}
  of_user: {operation: query, entity: Task, where: {user: equals}, order_by: due}
";
    assert!(help(model, "changing-key").contains("an index key, which may change at the price of two index writes"));
    assert!(
        help(model, "index-key-churn")
            .starts_with("the key of `by_user` is the price of what `of_user` asks for by `due`")
    );
    let unasked = model.replace(", order_by: due", "");
    assert!(help(&unasked, "index-key-churn").starts_with("keep what changes often out of index keys"));
}

#[test]
fn an_attribute_of_another_entity_is_named_with_its_type() {
    let model = "tables: {Rooms: {partition_key: room, sort_key: day}}
entities:
  Room: {keys: {day: ROOM}, attributes: {room: uuid, beds: number}}
  Night: {attributes: {room: uuid, day: date}}
access_patterns:
  free: {operation: query, entity: Night, where: {room: equals, beds: at_least}}
";
    assert!(help(model, "unknown-reference").contains("`beds: number` as `Room` has it"));
    let unknown = model.replace("beds: at_least", "colour: equals");
    assert!(help(&unknown, "unknown-reference").ends_with("`colour: string`"));
}

#[test]
fn indexes_of_one_name_are_told_apart_by_their_tables() {
    let model = "tables:
  A: {partition_key: a, global_indexes: {by_user: {partition_key: user}}}
  B: {partition_key: b, global_indexes: {by_user: {partition_key: user}}}
entities:
  One: {table: A, attributes: {a: uuid, user: uuid}}
  Two: {table: B, attributes: {b: uuid, user: uuid}}
access_patterns:
  of_user: {operation: query, entity: One, where: {user: equals}}
  two: {operation: get, entity: Two, where: {b: equals}}
";
    let found = findings(model, "unused-index");
    assert_eq!(found[0].message, "no access pattern uses the global index `by_user` of table `B`");
}

/// Two tables that can be deleted, and one whose risk is accepted beside it.
#[test]
fn one_cause_is_one_finding_for_people_and_accepted_in_each_place() {
    let model = "tables:
  A: {partition_key: a, point_in_time_recovery: true}
  B: {partition_key: b, point_in_time_recovery: true}
  C: {partition_key: c, point_in_time_recovery: true}   # keyplan: allow[unprotected-table] made anew each night
  D: {partition_key: d, point_in_time_recovery: true}
entities:
  One: {table: A, attributes: {a: uuid}}
  Two: {table: B, attributes: {b: uuid}}
  Three: {table: C, attributes: {c: uuid}}
  Four: {table: D, attributes: {d: uuid}}
access_patterns:
  one: {operation: get, entity: One, where: {a: equals}}
";
    let by_place =
        format!("{model}lint:\n  allow: [{{rule: unprotected-table, at: tables.A, reason: a copy of another}}]\n");
    for (model, names, accepted) in [(model, "`A`, `B` and `D`", 1), (&by_place, "`B` and `D`", 2)] {
        let checked = checked(model);
        assert_eq!(checked.suppressed.len(), accepted);
        let of_rule = |findings: Vec<_>| -> Vec<_> {
            findings.into_iter().filter(|l: &keyplan::check::Located| l.finding.rule == "unprotected-table").collect()
        };
        assert_eq!(of_rule(checked.findings.clone()).len(), 4 - accepted, "programs read each");
        let one = of_rule(joined(checked.findings));
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].finding.message, format!("each of the tables {names} can be deleted by one call"));
    }
}

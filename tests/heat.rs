//! What the rules of heat and sizes say of small models, and at which level: above all, where they
//! must not say too much.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use keyplan::check::{CheckedFile, Settings, check};
use keyplan::lint::Level;
use keyplan::source::SourceFile;

fn checked(model: &str) -> CheckedFile {
    let text = format!("keyplan: 1\n{model}");
    let settings = Settings::on("2026-11-22".parse().unwrap());
    let checked = check(SourceFile::new("model.yaml", text.into_bytes()).map_err(|bad| bad.1).unwrap(), &settings);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    checked
}

/// The level of a rule's most serious finding.
fn level(model: &str, rule: &str) -> Option<Level> {
    let checked = checked(model);
    checked.findings.iter().filter(|l| l.finding.rule == rule).map(|l| l.finding.level).max()
}

fn why(model: &str, rule: &str) -> String {
    let checked = checked(model);
    let found = checked.findings.iter().find(|l| l.finding.rule == rule).unwrap();
    found.finding.why.clone().unwrap_or_default()
}

/// A table of log entries, of which one tenant writes a part, with a sort key of some type.
fn log(sort: &str, indexes: &str, hottest: &str) -> String {
    format!(
        "tables: {{Log: {{partition_key: tenant, sort_key: entry{indexes}}}}}
entities:
  Entry:
    items: 90M
    attributes:
      tenant: {{type: uuid, distinct: 500}}
      entry: {sort}
      text: {{type: string, size: 1500}}
access_patterns:
  write: {{operation: put, entity: Entry, rate: 500/s, peak: 2k/s, hottest: {hottest}}}
"
    )
}

#[test]
fn a_split_decides_between_error_and_warning() {
    assert_eq!(level(&log("ulid", "", "30%"), "hot-partition"), Some(Level::Error));
    assert_eq!(level(&log("uuid", "", "30%"), "hot-partition"), Some(Level::Warning));
    let local = ", local_indexes: {by_text: {sort_key: text, projection: keys_only}}";
    assert_eq!(level(&log("uuid", local, "30%"), "hot-partition"), Some(Level::Error));
    assert_eq!(level(&log("uuid", "", "20%"), "hot-partition"), Some(Level::Advice));
    assert_eq!(level(&log("uuid", "", "10%"), "hot-partition"), None);
    assert!(
        why(&log("ulid", "", "30%"), "hot-partition").starts_with("`write`: 2 units × 2,000 calls/s × 30% = 1,200/s.")
    );
}

#[test]
fn nothing_is_said_without_rates_or_spread() {
    let model = log("ulid", "", "30%").replace(", rate: 500/s, peak: 2k/s", "");
    assert_eq!(level(&model, "hot-partition"), None);
    let unknown = log("ulid", "", "30%").replace(", hottest: 30%", "").replace(", distinct: 500", "");
    assert_eq!(level(&unknown, "hot-partition"), None);
}

#[test]
fn peaks_and_busiest_values_of_different_patterns_need_not_meet() {
    let model = log("ulid", "", "15%")
        + "  import: {operation: put, entity: Entry, rate: 500/s, peak: 2k/s, hottest: 15%}
";
    assert_eq!(level(&model, "hot-partition"), Some(Level::Warning), "600 + 600 units, perhaps on one value");
}

#[test]
fn reads_of_different_regions_do_not_add_up() {
    let model = |region: &str| {
        format!(
            "region: us-east-1
tables: {{Settings: {{partition_key: name, replicas: [eu-west-1]}}}}
entities:
  Setting:
    items: 1
    keys: {{name: CONFIG}}
    size: 2 KB
access_patterns:
  here: {{operation: get, entity: Setting, rate: 4k/s, peak: 4k/s}}
  there: {{operation: get, entity: Setting, rate: 4k/s, peak: 4k/s{region}}}
"
        )
    };
    assert_eq!(level(&model(""), "hot-partition"), Some(Level::Error), "4,000 units on one item");
    assert_eq!(level(&model(", region: eu-west-1"), "hot-partition"), None, "2,000 units in each Region");
}

#[test]
fn assumed_shares_are_a_warning_at_most() {
    let by_status = "tables:
  Jobs: {partition_key: job_id, global_indexes: {by_status: {partition_key: status, sort_key: job_id}}}
entities:
  Job:
    items: 9M
    attributes:
      job_id: ulid
      status: {type: string, values: {waiting: 5%, done: 95%}}
access_patterns:
  add: {operation: put, entity: Job, rate: 3k/s, peak: 3k/s}
";
    assert_eq!(level(by_status, "hot-index-partition"), Some(Level::Warning));
    let by_day = "tables:
  Visits: {partition_key: visit_id, global_indexes: {by_day: {partition_key: day, sort_key: visit_id}}}
entities:
  Visit:
    items: 9M
    attributes: {visit_id: ulid, day: date}
access_patterns:
  plan: {operation: put, entity: Visit, rate: 3k/s, peak: 3k/s}
";
    assert_eq!(level(by_day, "hot-index-partition"), Some(Level::Warning));
    assert_eq!(level(by_day, "time-partition-key"), None, "said with numbers already");
}

#[test]
fn patterns_that_other_systems_answer_bring_no_heat() {
    let model = log("ulid", "", "30%").replace("operation: put, ", "operation: put, served_by: Kinesis, ");
    assert_eq!(level(&model, "hot-partition"), None);
}

#[test]
fn calculated_keys_leave_nothing_to_the_structural_rules() {
    let model = |rates: &str| {
        format!(
            "tables: {{Feed: {{partition_key: feed, sort_key: id}}}}
entities:
  Post:
    items: 2M
    keys: {{feed: ALL}}
    attributes: {{id: uuid, text: {{type: string, size: 300}}}}
access_patterns:
  post: {{operation: put, entity: Post{rates}}}
"
        )
    };
    assert_eq!(level(&model(""), "constant-partition-key"), Some(Level::Warning));
    assert_eq!(level(&model(", rate: 100/s, peak: 600/s"), "constant-partition-key"), None);
    assert_eq!(level(&model(", rate: 100/s, peak: 600/s"), "hot-partition"), None);
    assert_eq!(level(&model(", rate: 100/s, peak: 2k/s"), "constant-partition-key"), None);
    assert_eq!(level(&model(", rate: 100/s, peak: 2k/s"), "hot-partition"), Some(Level::Warning));
    // A peak that nobody gives may be anything.
    assert_eq!(level(&model(", rate: 300/s"), "constant-partition-key"), Some(Level::Warning));
}

#[test]
fn several_largest_attributes_need_not_meet_in_one_item() {
    let model = |sizes: &str| {
        format!(
            "tables: {{Pages: {{partition_key: id}}}}
entities:
  Page:
    attributes:
      id: uuid
{sizes}access_patterns:
  page: {{operation: get, entity: Page, where: {{id: equals}}}}
"
        )
    };
    let three = "      a: {type: string, size: 2 KB, max_size: 150 KB}
      b: {type: string, size: 2 KB, max_size: 150 KB}
      c: {type: string, size: 2 KB, max_size: 150 KB}
";
    assert_eq!(level(&model(three), "item-over-limit"), Some(Level::Warning));
    let one = "      a: {type: string, size: 2 KB, max_size: 399 KB}
      b: {type: string, size: 2 KB}
";
    assert_eq!(level(&model(one), "item-over-limit"), Some(Level::Error));
    let none = "      a: {type: string, size: 2 KB}\n";
    assert_eq!(level(&model(none), "item-over-limit"), None);
}

#[test]
fn local_index_entries_count_with_their_item() {
    let model = |index: &str| {
        format!(
            "tables:
  Files: {{partition_key: owner, sort_key: id, {index}: {{by_day: {{{key}sort_key: day}}}}}}
entities:
  File:
    max_size: 250 KB
    attributes: {{owner: uuid, id: uuid, day: date, data: binary}}
access_patterns:
  file: {{operation: get, entity: File, where: {{owner: equals, id: equals}}}}
",
            key = if index == "global_indexes" { "partition_key: owner, " } else { "" }
        )
    };
    assert_eq!(level(&model("local_indexes"), "item-over-limit"), Some(Level::Error));
    assert_eq!(level(&model("global_indexes"), "item-over-limit"), None);
}

#[test]
fn keys_are_not_moved_out_of_an_item() {
    let model = |index: &str| {
        format!(
            "tables: {{Cases: {{partition_key: id{index}}}}}
entities:
  Case:
    items: 1M
    attributes:
      id: uuid
      status: {{type: string, size: 8}}
      report: {{type: string, size: 9 KB}}
access_patterns:
  move: {{operation: update, entity: Case, where: {{id: equals}}, sets: [status], rate: 20/s}}
"
        )
    };
    assert_eq!(level(&model(""), "small-update-of-large-item"), Some(Level::Warning));
    let index = ", global_indexes: {by_status: {partition_key: status, sort_key: id, projection: keys_only}}";
    assert_eq!(level(&model(index), "small-update-of-large-item"), None);
}

#[test]
fn new_items_of_a_time_bucket_are_not_said_to_spread() {
    let model = |sort: &str| {
        format!(
            "tables: {{Log: {{partition_key: pk, sort_key: sk}}}}
entities:
  Entry:
    items: 9M
    size: 400
    keys: {{pk: \"DAY#{{at:date}}\", sk: \"{sort}\"}}
    attributes: {{at: timestamp, id: uuid}}
access_patterns:
  write: {{operation: put, entity: Entry, rate: 400/s, peak: 2k/s}}
"
        )
    };
    let (late, spread) = (model("{at}#{id}"), model("{id}"));
    // Where they go is assumed, so it is a warning for both; a split helps only the second.
    assert_eq!([level(&late, "hot-partition"), level(&spread, "hot-partition")], [Some(Level::Warning); 2]);
    assert!(why(&late, "hot-partition").contains("2,000 of them are for new items, which come in the order of `at`"));
    assert!(!why(&late, "hot-partition").contains("The service may move hot parts"));
    assert!(why(&spread, "hot-partition").contains("The service may move hot parts"));
}

/// A transaction that does not know the shard of the counter it adds to, and adds to a total as well.
fn counted(lint: &str, calls: &str) -> String {
    format!(
        "{lint}tables:
  Counters: {{partition_key: pk}}
  Totals: {{partition_key: of}}
entities:
  Counter:
    table: Counters
    items: 40
    size: 200
    keys: {{pk: \"{{name}}#{{shard}}\"}}
    attributes: {{name: {{type: string, size: 8, distinct: 10}}, shard: {{type: number, shards: 4}}, hits: number}}
  Total: {{table: Totals, items: 1, size: 200, keys: {{of: ALL}}, attributes: {{hits: number}}}}
access_patterns:
  hit:
    operation: transact_write
    actions:
    - {{operation: update, entity: Counter, where: {{name: equals}}, sets: [hits]}}
    - {{operation: update, entity: Total, sets: [hits]}}
    peak: 3k/s
  read: {{operation: query, entity: Counter, where: {{name: equals}}, rate: 1/s}}
{calls}"
    )
}

/// The tables whose busiest values are reported, by the shards that are too few or as they are.
fn hot(model: &str) -> Vec<&'static str> {
    let checked = checked(model);
    let is_hot = |rule: &str| matches!(rule, "hot-partition" | "too-few-shards");
    let found = checked.findings.iter().filter(|l| is_hot(l.finding.rule));
    let tables = found.map(|l| if l.finding.message.contains("`Totals`") { "Totals" } else { "Counters" });
    tables.collect()
}

#[test]
fn an_unknown_shard_hides_no_heat_but_its_own() {
    assert_eq!(hot(&counted("", "")), ["Totals"], "600 units/s on each shard, if all of them are tried");
    // Without the rule, and where its finding is accepted, nothing is said instead.
    let off = "lint: {levels: {unknown-shard: off}}\n";
    assert_eq!(hot(&counted(off, "").replace("3k/s", "9k/s")).len(), 2);
    let allowed = "lint: {allow: [{rule: unknown-shard, reason: a rare call}]}\n";
    assert_eq!(hot(&counted(allowed, "").replace("3k/s", "9k/s")).len(), 2);
    assert_eq!(hot(&counted("", "").replace("3k/s", "9k/s")), ["Totals"]);
    // What comes from writes that know their shard is too much whatever the others are.
    let known = "  set: {operation: update, entity: Counter, where: {name: equals, shard: equals}, sets: [hits], peak: 50k/s}\n";
    assert_eq!(hot(&counted("", known)).len(), 2);
}

/// Tasks of projects of tenants, of which more come every month, in a table with a local index.
fn tasks(partition: &str, growth: &str) -> String {
    format!(
        "tables: {{Tasks: {{partition_key: pk, sort_key: task_id, local_indexes: {{by_day: {{sort_key: day}}}}}}}}
entities:
  Tenant: {{table: Tasks, items: 100, growth: {growth}, size: 100, keys: {{pk: \"TENANT#{{tenant_id}}\", task_id: T, day: T}}, attributes: {{tenant_id: uuid}}}}
  Project: {{table: Tasks, belongs_to: {{Tenant: 10}}, size: 100, keys: {{pk: \"PROJECT#{{project_id}}\", task_id: P, day: P}}, attributes: {{project_id: uuid, tenant_id: uuid}}}}
  Task:
    table: Tasks
    belongs_to: {{Project: 1000}}
    size: 2000
    keys: {{pk: \"{partition}\"}}
    attributes: {{project_id: uuid, shard: {{type: number, shards: 4}}, task_id: uuid, day: date}}
access_patterns:
  add: {{operation: put, entity: Task, rate: 1/s}}
"
    )
}

#[test]
fn new_parents_bring_their_children_and_collections_of_their_own() {
    let rule = "large-local-index-collection";
    assert_eq!(level(&tasks("PROJECT#{project_id}", "100/month"), rule), None, "each project has 1,000 as before");
    assert_eq!(level(&tasks("TASKS#{shard}", "100/month"), rule), Some(Level::Warning), "37 times as many on 4 shards");
    assert_eq!(level(&tasks("TASKS#{shard}", "1/month"), rule), None);
}

#[test]
fn storage_of_children_grows_with_their_parents() {
    let model = tasks("PROJECT#{project_id}", "100/month");
    assert_eq!(level(&model, "storage-grows"), Some(Level::Advice));
    let found = checked(&model).findings.into_iter().filter(|l| l.finding.rule == "storage-grows");
    let messages: Vec<String> = found.map(|l| l.finding.message).collect();
    assert_eq!(messages, ["`Task` grows with `Project`, and nothing says how long it is kept"]);
    assert_eq!(level(&tasks("PROJECT#{project_id}", "10/month"), "storage-grows"), None, "2.2 times as many");
    // A parent that is kept for a month brings nothing for longer.
    let kept = model.replace("growth: 100/month,", "growth: 100/month, retention: 30d,");
    assert_eq!(level(&kept, "storage-grows"), None);
}

#[test]
fn a_sparse_index_is_as_small_as_its_rarest_key_attribute() {
    let model = "tables:
  Seats: {partition_key: seat_id, global_indexes: {held: {partition_key: bucket, sort_key: until}}}
entities:
  Seat:
    attributes: {seat_id: ulid, bucket: {type: string, size: 2, present: 5%}, until: {type: epoch, present: 2%}}
access_patterns:
  all_held: {operation: scan, entity: Seat, via: held}
";
    let found = checked(model).findings.into_iter().find(|l| l.finding.rule == "partial-index").unwrap();
    assert_eq!(found.finding.message, "`all_held` finds only the 2% `Seat` items that have `until`");
}

fn help(model: &str, rule: &str) -> Vec<String> {
    let of_rule = checked(model).findings.into_iter().filter(|l| l.finding.rule == rule);
    of_rule.filter_map(|l| l.finding.help).collect()
}

/// Seats of events, of which the busiest gets 60 % of the holds.
fn seats(shards: Option<u32>, of_event: &str, of_pattern: &str) -> String {
    let (key, shard, known) = match shards {
        Some(shards) => ("#{shard}", format!("\n      shard: {{type: number, shards: {shards}}}"), ", shard: equals"),
        None => ("", String::new(), ""),
    };
    format!(
        "tables: {{Seats: {{partition_key: pk, sort_key: sk}}}}
entities:
  Seat:
    items: 5M
    keys: {{pk: \"EVENT#{{event}}{key}\", sk: \"SEAT#{{seat}}\"}}
    attributes:
      event: {{type: uuid, distinct: 1k{of_event}}}
      seat: {{type: string, size: 4}}
      state: {{type: string, size: 4}}{shard}
access_patterns:
  hold: {{operation: update, entity: Seat, where: {{event: equals, seat: equals{known}}}, sets: [state], rate: 10/s, peak: 5k/s{of_pattern}}}
"
    )
}

#[test]
fn the_shards_that_are_advised_leave_nothing_to_advise() {
    // 3,000 write units/s: 4 shards would be at 75 %, and get the same advice again.
    let one = help(&seats(None, ", hottest: 60%", ""), "hot-partition");
    assert!(one[0].contains("shards: 5}") && one[0].contains("calculate it from `seat`"), "{one:?}");
    let few = help(&seats(Some(2), ", hottest: 60%", ""), "too-few-shards");
    assert!(few[0].starts_with("`shards: 5` on `shard` of `Seat`"), "{few:?}");
    let more = help(&seats(Some(4), ", hottest: 60%", ""), "hot-partition");
    assert!(more[0].ends_with("more shards: `shards: 5`"), "{more:?}");
    let enough = seats(Some(5), ", hottest: 60%", "");
    assert_eq!((level(&enough, "hot-partition"), level(&enough, "too-few-shards")), (None, None));
}

#[test]
fn what_a_pattern_says_of_whole_keys_is_to_be_said_of_the_attribute() {
    let said = "write `hottest: 60%` on the attribute `event` instead";
    for (shards, rule) in [(None, "hot-partition"), (Some(5), "too-few-shards")] {
        let help = help(&seats(shards, "", ", hottest: 60%"), rule);
        assert!(help[0].contains(said), "{help:?}");
    }
}

#[test]
fn both_directions_of_a_warm_table_are_one_setting() {
    let model = "tables: {Seats: {partition_key: id}}
entities:
  Seat: {items: 1M, size: 200, attributes: {id: uuid}}
access_patterns:
  read: {operation: get, entity: Seat, where: {id: equals}, consistency: strong, rate: 1/s, peak: 20k/s}
  write: {operation: put, entity: Seat, rate: 1/s, peak: 9k/s}
";
    let both = help(model, "peak-above-new-table");
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(both.iter().all(|help| help.contains("`warm_throughput: {read: 20000, write: 9000}`")), "{both:?}");
    let warm = model.replace("{partition_key: id}", "{partition_key: id, warm_throughput: {read: 25000}}");
    let one = help(&warm, "peak-above-new-table");
    assert!(one.len() == 1 && one[0].contains("`warm_throughput: {read: 25000, write: 9000}`"), "{one:?}");
}

/// Six listed attributes of 32 values make 32⁶ keys: a thousand million of them.
#[test]
fn listed_values_of_many_parts_stay_few_ways() {
    let values: Vec<String> = (0..32).map(|v| format!("v{v}: {}", if v == 7 { "69%" } else { "1%" })).collect();
    let attributes: String =
        (0..6).map(|a| format!("      a{a}: {{type: string, values: {{{}}}}}\n", values.join(", "))).collect();
    let model = format!(
        "tables: {{Cells: {{partition_key: pk}}}}
entities:
  Cell:
    items: 1M
    size: 1 KB
    keys: {{pk: \"{{a0}}#{{a1}}#{{a2}}#{{a3}}#{{a4}}#{{a5}}\"}}
    attributes:
{attributes}
access_patterns:
  change: {{operation: update, entity: Cell, sets: [at], rate: 20k/s, where: {{a0: equals, a1: equals, a2: equals, a3: equals, a4: equals, a5: equals}}}}
"
    );
    // The busiest value of each: 69 % six times over.
    let why = why(&model, "hot-partition");
    assert!(why.contains("× 10.8%"), "{why}");
}

/// Orders with a status, of which nearly all have been delivered, that an index finds by status.
fn by_status(sort: &str, sets: &str) -> String {
    format!(
        "tables:
  Orders: {{partition_key: order_id, global_indexes: {{by_status: {{partition_key: status, sort_key: {sort}, projection: keys_only}}}}}}
entities:
  Order:
    items: 1M
    attributes: {{order_id: ulid, placed_at: timestamp, seen_at: timestamp, status: {{type: string, size: 9, values: {{delivered: 95%, pending: 5%}}}}}}
access_patterns:
  change: {{operation: update, entity: Order, where: {{order_id: equals}}, sets: [{sets}], rate: 600/s, peak: 600/s}}
"
    )
}

#[test]
fn an_entry_that_moves_leaves_one_value_and_comes_to_another() {
    let rule = "hot-index-partition";
    assert_eq!(level(&by_status("placed_at", "status"), rule), None, "600 × 95% under any one status");
    // Where only the sort key changes, both writes are under the same value.
    assert_eq!(level(&by_status("seen_at", "seen_at"), rule), Some(Level::Warning));
    let why = why(&by_status("seen_at", "seen_at"), rule);
    assert!(why.starts_with("`change`: 2 units × 600 calls/s × 95% = 1,140/s"), "{why}");
    let warm = by_status("placed_at", "status").replace("600/s", "900/s");
    assert_eq!(level(&warm, rule), Some(Level::Advice), "855 of 1,000 units");
}

#[test]
fn shards_cost_a_query_at_least_what_it_reads_now() {
    let model = "tables:
  Votes: {partition_key: candidate, sort_key: voter}
entities:
  Vote: {items: 150M, attributes: {candidate: {type: string, size: 11, distinct: 12}, voter: uuid}}
access_patterns:
  vote: {operation: put, entity: Vote, rate: 20k/s, peak: 20k/s}
  all_votes: {operation: query, entity: Vote, where: {candidate: equals}, pages: all, rate: 1/min}
";
    let before = help(model, "hot-partition").join(" ");
    assert!(before.contains("3 queries and at least 93,441 read units instead of one query"), "{before}");
}

#[test]
fn new_items_come_in_the_order_of_their_own_sort_key() {
    let model = "tables:
  app: {partition_key: pk, sort_key: sk}
entities:
  Member: {items: 60k, keys: {pk: \"ORG#{org_id}\", sk: \"USER#{user_id}\"}, attributes: {org_id: ulid, user_id: ulid}}
  Log: {items: 200M, keys: {pk: \"ORG#{org_id}\", sk: \"LOG#{at}#{log_id}\"}, attributes: {org_id: {type: ulid, distinct: 2k}, at: timestamp, log_id: ulid, message: {type: string, size: 700}}}
access_patterns:
  members: {operation: query, entity: Member, where: {org_id: equals}}
  add_member: {operation: put, entity: Member, rate: 1k/day}
  log: {operation: put, entity: Log, rate: 460/s, peak: 4k/s, hottest: 50%}
";
    let why = why(model, "hot-partition");
    assert!(why.contains("2,000 of them are for new items, which come in the order of `at`"), "{why}");
}

#[test]
fn a_single_item_is_never_said_to_be_split() {
    let model = |key: &str| {
        format!(
            "tables: {{Posts: {{{key}}}}}
access_patterns:
  open: {{operation: update, entity: Summary, where: {{post_id: equals}}, sets: [opens], rate: 700/s, peak: 700/s, hottest: 90%}}
  click: {{operation: update, entity: Summary, where: {{post_id: equals}}, sets: [clicks], rate: 700/s, peak: 700/s, hottest: 90%}}
"
        )
    };
    let attributes = "attributes: {post_id: ulid, opens: number, clicks: number}";
    let alone = model("partition_key: post_id") + &format!("entities: {{Summary: {{items: 1000, {attributes}}}}}\n");
    let sorted = model("partition_key: pk, sort_key: sk")
        + &format!(
            "entities: {{Summary: {{items: 1000, keys: {{pk: \"{{post_id}}\", sk: SUMMARY}}, {attributes}}}}}\n"
        );
    for model in [alone, sorted] {
        // Two patterns may be busiest on two posts.
        assert_eq!(level(&model, "hot-partition"), Some(Level::Warning));
        let why = why(&model, "hot-partition");
        let single = "1,260 of them go to a single `Summary` item, which cannot be split, if all patterns are busiest on the same item at the same time.";
        assert!(why.contains(single) && !why.contains("may move hot parts"), "{why}");
    }
}

/// A summary of a post beside its openings, both written at once.
fn post(summary: &str, shard: &str, known: &str, read: &str, hottest: &str) -> String {
    let (of_key, of_pattern) = if shard.is_empty() { ("", hottest) } else { (hottest, "") };
    format!(
        "tables: {{Posts: {{partition_key: pk, sort_key: sk}}}}
entities:
  Summary:
    items: 500k
    keys: {{pk: \"{summary}\", sk: SUMMARY}}
    attributes: {{post: {{type: number, digits: 9{of_key}}}, opens: number{shard}}}
  Open:
    belongs_to: {{Summary: 400}}
    keys: {{pk: \"{{post}}\", sk: \"OPEN#{{reader}}\"}}
    attributes: {{post: {{type: number, digits: 9}}, reader: {{type: string, size: 64}}}}
access_patterns:
  opened:
    operation: transact_write
    actions:
      - {{operation: put, entity: Open}}
      - {{operation: update, entity: Summary, where: {{post: equals{known}}}, sets: [opens]}}
    rate: 60/s
    peak: 600/s{of_pattern}
  summary: {{operation: {read}, entity: Summary, where: {{post: equals}}, rate: 2/s}}
  opens_read: {{operation: get, entity: Open, where: {{post: equals, reader: equals}}, rate: 1/s}}
"
    )
}

#[test]
fn shards_of_a_single_item_are_drawn_and_named() {
    let plain = post("{post}", "", "", "get", "\n    hottest: 90%");
    let help = help(&plain, "hot-partition").join(" ");
    let sums = "if `opens` is only counted up, spread the `Summary` item over 2 items and add them up when reading";
    assert!(help.starts_with(sums), "{help}");
    assert!(
        help.ends_with("if not, collect the writes to the item in a queue, and write once for many of them"),
        "{help}"
    );
    assert!(help.contains("an update (`opened`) draws a shard at random"), "{help}");
    assert!(help.contains("what needs the whole (`summary`) asks all shards, with a query"), "{help}");
    assert!(help.contains("`Open` under the same value can keep their keys"), "{help}");
    assert!(!help.contains("`reader`"), "{help}");
    let shard = ", shard: {type: number, shards: 2}";
    let followed = post("{post}#{shard}", shard, ", shard: equals", "query", ", hottest: 90%");
    for rule in ["unknown-shard", "too-few-shards", "hot-partition"] {
        assert_eq!(level(&followed, rule), None, "{rule}");
    }
}

/// Orders that wait in a sparse index, under one value, while something is done with them.
fn waiting(place: &str, then: &str) -> String {
    format!(
        "tables:
  Orders: {{partition_key: order_id, global_indexes: {{pending: {{partition_key: queue, sort_key: placed_at, projection: keys_only}}}}}}
entities:
  Order:
    items: 10M
    attributes: {{order_id: ulid, placed_at: timestamp, queue: {{type: string, values: [PENDING], present: 0.2%}}}}
access_patterns:
  place: {{operation: put, entity: Order{place}, rate: 3k/s, peak: 3k/s}}
{then}"
    )
}

/// The missing numbers of a model, in words.
fn missing(model: &str) -> String {
    let of_rule = checked(model).findings.into_iter().filter(|l| l.finding.rule == "missing-numbers");
    of_rule.map(|l| format!("{:?}", l.finding)).collect()
}

#[test]
fn what_a_put_says_decides_whether_it_comes_into_a_sparse_index() {
    let rule = "hot-index-partition";
    for said in ["equals", "exists", "{is: equals, value: PENDING}"] {
        let model = waiting(&format!(", where: {{queue: {said}}}"), "");
        assert!(level(&model, rule).is_some(), "{said}");
        assert!(why(&model, rule).starts_with("`place`: 1 unit × 3,000 calls/s = 3,000/s"), "{said}");
        assert_eq!(missing(&model), "", "{said}");
    }
    let none = waiting(", where: {queue: missing}", "");
    assert_eq!((level(&none, rule), missing(&none).as_str()), (None, ""));
}

#[test]
fn what_is_missing_is_short_beside_its_place() {
    let takes = "  take: {operation: update, entity: Order, where: {order_id: equals}, removes: [queue], rate: 1/s}\n";
    let found =
        checked(&waiting("", takes)).findings.into_iter().find(|l| l.finding.rule == "missing-numbers").unwrap();
    let labels: Vec<&str> = found.finding.related.iter().map(|(_, label)| label.as_str()).collect();
    assert!(labels.contains(&"how many new `Order` items come into index `pending` is not known"), "{labels:?}");
}

#[test]
fn the_share_of_all_items_is_not_that_of_new_ones_where_items_leave() {
    let takes = "  take: {operation: update, entity: Order, where: {order_id: equals}, removes: [queue], rate: 1/s}\n";
    assert!(missing(&waiting("", takes)).contains("it hangs on `queue`"), "{}", missing(&waiting("", takes)));
    assert_eq!(missing(&waiting(", where: {queue: exists}", takes)), "");
    // What stays as it is put is as frequent among new items.
    assert_eq!(missing(&waiting("", "")), "");
    let expires = waiting("", "").replace("order_id, global", "order_id, time_to_live: queue, global");
    assert!(missing(&expires).contains("it hangs on `queue`"), "{}", missing(&expires));
}

/// Orders of which an index holds the open ones, by a value that a put may say.
fn open_orders(place: &str, then: &str) -> String {
    format!(
        "tables:
  Orders: {{partition_key: order_id, global_indexes: {{open: {{partition_key: open_pk, sort_key: order_id, projection: keys_only}}}}}}
entities:
  Order:
    items: 10M
    keys: {{open_pk: {{value: OPEN, when: {{status: open}}}}}}
    attributes: {{order_id: ulid, status: {{type: string, values: {{open: 1%, shut: 99%}}}}}}
access_patterns:
  place: {{operation: put, entity: Order{place}, rate: 3k/s, peak: 3k/s}}
{then}"
    )
}

#[test]
fn the_value_that_a_put_says_decides_as_well() {
    let rule = "hot-index-partition";
    let open = open_orders(", where: {status: {is: equals, value: open}}", "");
    assert!(why(&open, rule).starts_with("`place`: 1 unit × 3,000 calls/s = 3,000/s"));
    let shut = open_orders(", where: {status: {is: equals, value: shut}}", "");
    assert_eq!((level(&shut, rule), missing(&shut).as_str()), (None, ""));
    let shuts = "  shut: {operation: update, entity: Order, where: {order_id: equals}, sets: [status], removes: [open_pk], rate: 1/s}\n";
    assert!(missing(&open_orders("", shuts)).contains("it hangs on `status`"));
    assert_eq!(missing(&open_orders("", "")), "");
}

#[test]
fn a_put_takes_no_parts_of_an_update() {
    let model = waiting(", adds: [queue]", "");
    let found: Vec<_> =
        checked(&model).findings.into_iter().filter(|l| l.finding.rule == "rejected-parameter").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].finding.message, "`place` is a put, which takes no `adds`");
    assert_eq!(found[0].finding.level, Level::Warning);
}

/// A flag that every call of another pattern reads, whose callers are given.
fn flag(callers: &str) -> String {
    format!(
        "tables:
  Main: {{partition_key: flag_id}}
  Orders: {{partition_key: order_id}}
entities:
  Flag: {{table: Main, items: 1000, attributes: {{flag_id: ulid, text: {{type: string, size: 300}}}}}}
  Order: {{table: Orders, items: 1M, attributes: {{order_id: ulid}}}}
access_patterns:
  flag: {{operation: get, entity: Flag, where: {{flag_id: equals}}, hottest: 100%}}
{callers}"
    )
}

#[test]
fn what_follows_a_call_without_a_peak_has_its_average() {
    let caller = |name: &str, rates: &str| {
        format!("  {name}: {{operation: get, entity: Order, where: {{order_id: equals}}, {rates}, then: flag}}\n")
    };
    let one = flag(&caller("order", "rate: 20k/s"));
    assert_eq!(level(&one, "hot-partition"), Some(Level::Error));
    assert!(
        why(&one, "hot-partition").starts_with("`flag`: 0.5 units × 20,000 calls/s = 10,000/s."),
        "{}",
        why(&one, "hot-partition")
    );
    assert!(why(&one, "hot-partition").contains("A peak that is not given counts as its average."));
    // The peak of another caller comes on top, and does not hide it.
    let two = flag(&(caller("order", "rate: 20k/s") + &caller("open", "rate: 10/s, peak: 100/s")));
    assert!(why(&two, "hot-partition").starts_with("`flag`: 0.5 units × 20,100 calls/s = 10,050/s."));
    let known = flag(&caller("order", "rate: 10/s, peak: 20k/s"));
    assert!(!why(&known, "hot-partition").contains("not given"));
}

#[test]
fn batches_put_new_items_into_the_bucket_of_now() {
    let log = |write: &str| {
        format!(
            "tables: {{Log: {{partition_key: day, sort_key: entry}}}}
entities:
  Entry:
    items: 10M
    keys: {{day: \"{{at:date}}\", entry: \"{{at}}#{{id}}\"}}
    attributes: {{at: timestamp, id: ulid, text: {{type: string, size: 300}}}}
    growth: 100k/day
access_patterns:
  write: {{{write}}}
"
        )
    };
    let batch = log("operation: batch_write, entity: Entry, batch: 25, rate: 10/s, peak: 60/s");
    assert_eq!(level(&batch, "hot-partition"), Some(Level::Warning));
    assert!(why(&batch, "hot-partition").contains("1,500/s"), "{}", why(&batch, "hot-partition"));
    assert_eq!(
        level(&log("operation: put, entity: Entry, rate: 250/s, peak: 1500/s"), "hot-partition"),
        Some(Level::Warning)
    );
}

#[test]
fn a_peak_of_which_a_part_is_not_given_is_not_whole() {
    use keyplan::cost::{Figures, Scale, Terms};
    let peaks = |callers: &str| {
        let text = format!("keyplan: 1\n{}", flag(callers));
        let (model, _) = keyplan::source::load(&text).unwrap();
        let design = keyplan::design::Design::new(&model);
        let plans = keyplan::plan::Plans::new(&design);
        let book = keyplan::prices::PriceBook::embedded();
        let figures = Figures::new(&design, &plans, &book, &Terms::default(), Scale::default());
        let calls = figures.load.patterns.first().unwrap().calls;
        (calls.peak.ok().map(|peak| peak.to_string()), calls.whole_peak().ok().map(|peak| peak.to_string()))
    };
    let caller = |name: &str, rates: &str| {
        format!("  {name}: {{operation: get, entity: Order, where: {{order_id: equals}}, {rates}, then: flag}}\n")
    };
    let (all, some) = (caller("order", "rate: 20/s, peak: 90/s"), caller("open", "rate: 10/s"));
    assert_eq!(peaks(&all), (Some("90".to_owned()), Some("90".to_owned())));
    assert_eq!(peaks(&(all + &some)), (Some("100".to_owned()), None));
    assert_eq!(peaks(&some), (None, None));
}

//! What makes the rules of operations and fit speak, and what keeps them silent.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use keyplan::check::{Settings, check};
use keyplan::lint::{Finding, Level};
use keyplan::source::SourceFile;

/// The findings of a rule: levels and messages.
fn found(model: &str, rule: &str) -> Vec<(Level, String)> {
    findings(model, rule).into_iter().map(|finding| (finding.level, finding.message)).collect()
}

/// The findings of a rule, whole.
fn findings(model: &str, rule: &str) -> Vec<Finding> {
    let text = format!("keyplan: 1\n{model}");
    let settings = Settings::on("2026-11-22".parse().unwrap());
    let checked = check(SourceFile::new("model.yaml", text.into_bytes()).map_err(|bad| bad.1).unwrap(), &settings);
    assert!(checked.problems.is_empty(), "{:?} in\n{model}", checked.problems);
    checked.findings.into_iter().map(|located| located.finding).filter(|finding| finding.rule == rule).collect()
}

fn table(settings: &str, entity: &str) -> String {
    format!(
        "region: us-east-1
tables:
  Things: {{partition_key: id, {settings}}}
entities:
  Thing: {{attributes: {{id: uuid, note: string, count: number, expires_at: epoch}}{entity}}}
access_patterns:
  list: {{operation: scan, entity: Thing}}
"
    )
}

#[test]
fn a_sketch_is_not_asked_for_backups() {
    for rule in ["unprotected-table", "no-continuous-backups"] {
        let count = |settings: &str, entity: &str| found(&table(settings, entity), rule).len();
        assert_eq!(count("billing: on_demand", ""), 0, "{rule} speaks of a sketch");
        assert_eq!(count("replicas: [eu-west-1]", ""), 1, "{rule}");
        assert_eq!(count("replicas: [eu-west-1]", ", retention: 1d"), 0, "{rule} speaks of what expires");
        assert_eq!(count("replicas: [eu-west-1], time_to_live: expires_at", ""), 0, "{rule} speaks of what expires");
        assert_eq!(count("deletion_protection: true, point_in_time_recovery: true", ""), 0, "{rule}");
    }
    let backed = "deletion_protection: true, backups: {per_month: 4, keep: 30d}";
    assert_eq!(found(&table(backed, ""), "no-continuous-backups"), []);
}

#[test]
fn recovery_periods_are_whole_days_up_to_35() {
    for (period, is_wrong) in
        [("1d", false), ("24h", false), ("35d", false), ("5w", false), ("36h", true), ("36d", true)]
    {
        let model = table(&format!("point_in_time_recovery: {{recovery_period: {period}}}"), "");
        assert_eq!(!found(&model, "recovery-period").is_empty(), is_wrong, "{period}");
    }
}

#[test]
fn readers_of_a_stream_are_counted() {
    let count = |settings: &str, readers: &str| {
        let model = table(&format!("{settings}stream: {{view: new_image, readers: [{readers}]}}"), "");
        found(&model, "too-many-stream-readers").len()
    };
    assert_eq!([count("", "a, b"), count("", "a, b, c")], [0, 1]);
    assert_eq!([count("replicas: [eu-west-1], ", "a"), count("replicas: [eu-west-1], ", "a, b")], [0, 1]);
    let strong = "replicas: [us-east-2], witness: us-west-2, multi_region_consistency: strong, ";
    assert_eq!([count(strong, "a, b"), count(strong, "a, b, c")], [0, 1]);
}

#[test]
fn an_expiry_that_the_caller_sees_is_silent() {
    let count = |entity: &str, pattern: &str| {
        let model = format!("{}  it: {{{pattern}}}\n", table("time_to_live: expires_at", entity));
        found(&model, "reads-expired-items").len()
    };
    let get = "operation: get, entity: Thing, where: {id: equals}";
    assert_eq!(count("", get), 0);
    assert_eq!(count("", &format!("{get}, select: [note]")), 1);
    assert_eq!(count("", &format!("{get}, select: [note, expires_at]")), 0);
    assert_eq!(count(", retention: 1y", &format!("{get}, select: [note]")), 0);
    assert_eq!(count("", "operation: query, entity: Thing, where: {id: equals}, count_only: true"), 1);
    let filtered = "operation: query, entity: Thing, where: {id: equals, expires_at: greater_than}, count_only: true";
    assert_eq!(count("", filtered), 0);
}

#[test]
fn a_strong_global_table_has_three_regions() {
    let wrong = |settings: &str| {
        let model = table(&format!("multi_region_consistency: strong, {settings}"), "");
        found(&model, "strong-global-table").len()
    };
    assert_eq!(wrong("replicas: [us-east-2, us-west-2]"), 0);
    assert_eq!(wrong("replicas: [eu-west-1, ap-south-1]"), 0);
    assert_eq!(wrong("replicas: [us-east-2], witness: us-west-2"), 0);
    // The home Region may stand in the list as well.
    assert_eq!(wrong("replicas: [us-east-1, us-east-2, us-west-2]"), 0);
    assert_eq!(wrong("replicas: [us-east-2]"), 1);
    assert_eq!(wrong("witness: us-west-2"), 1);
    assert_eq!(wrong("replicas: [us-east-2, us-west-2], witness: eu-west-1"), 1);
    assert_eq!(wrong("replicas: [us-east-2, sa-east-1]"), 1);
    assert_eq!(wrong("replicas: [us-east-2, us-west-2], time_to_live: expires_at"), 1);
}

#[test]
fn only_stated_capacity_has_to_scale() {
    let count = |settings: &str| {
        let model = table(&format!("replicas: [eu-west-1], {settings}"), "");
        found(&model, "global-table-without-scaling").len()
    };
    assert_eq!(count("billing: provisioned"), 0);
    assert_eq!(count("billing: provisioned, capacity: {read: 5}"), 0);
    assert_eq!(count("billing: provisioned, capacity: {read: 5, write: 5}"), 1);
    assert_eq!(count("billing: provisioned, autoscaling: {read: {min: 5, max: 50}}"), 1);
    assert_eq!(count("billing: provisioned, capacity: {write: 5}, autoscaling: {write: {min: 5, max: 50}}"), 0);
    let alone = table("billing: provisioned, capacity: {read: 5, write: 5}", "");
    assert_eq!(found(&alone, "global-table-without-scaling"), []);
}

#[test]
fn writes_that_cannot_meet_are_silent() {
    let levels = |settings: &str, here: &str, there: &str| {
        let base = table(&format!("replicas: [eu-west-1]{settings}"), "");
        let model = format!(
            "{base}  here: {{entity: Thing, {here}}}\n  there: {{entity: Thing, region: eu-west-1, {there}}}\n"
        );
        found(&model, "writes-in-several-regions").into_iter().map(|(level, _)| level).collect::<Vec<_>>()
    };
    let update = |sets: &str| format!("operation: update, where: {{id: equals}}, sets: [{sets}]");
    assert_eq!(levels("", &update("count"), &update("count")), [Level::Warning]);
    assert_eq!(levels("", &update("note"), &update("note")), [Level::Advice]);
    assert_eq!(levels("", "operation: put, condition: true", "operation: put, condition: true"), []);
    assert_eq!(levels("", "operation: put, replaces: 90%", &update("note")), [Level::Advice]);
    assert_eq!(levels("", "operation: put", &update("count")), []);
    let delete = "operation: delete, where: {id: equals}";
    assert_eq!(levels("", delete, delete), []);
    let only = |value: &str| {
        format!("operation: update, where: {{id: equals, note: {{is: equals, value: {value}}}}}, sets: [count]")
    };
    assert_eq!(levels("", &only("us"), &only("eu")), []);
    let named = format!("{}, region: us-east-1", update("count"));
    let home = table("replicas: [us-east-1, eu-west-1]", "");
    let model = format!("{home}  here: {{entity: Thing, {named}}}\n  too: {{entity: Thing, {}}}\n", update("count"));
    assert_eq!(found(&model, "writes-in-several-regions"), [], "a home Region that is listed twice");
    let strong = ", witness: us-west-2, multi_region_consistency: strong";
    assert_eq!(levels(strong, &update("count"), &update("count")), []);
}

#[test]
fn a_strong_read_where_writes_are_is_silent() {
    let count = |read: &str, write: &str| {
        let base = table("replicas: [eu-west-1]", "");
        let model = format!(
            "{base}  read: {{operation: get, entity: Thing, where: {{id: equals}}, {read}}}\n  write: {{operation: put, entity: Thing{write}}}\n"
        );
        found(&model, "strong-read-of-other-region").len()
    };
    assert_eq!(count("consistency: strong, region: eu-west-1", ""), 1);
    assert_eq!(count("consistency: strong", ", region: eu-west-1"), 1);
    assert_eq!(count("consistency: strong", ""), 0);
    assert_eq!(count("consistency: strong, region: eu-west-1", ", region: eu-west-1"), 0);
    assert_eq!(count("region: eu-west-1", ""), 0);
}

/// What the service would reject is not advised.
#[test]
fn strong_consistency_is_advised_where_it_is_possible() {
    let advised = |settings: &str| {
        let base = table(&format!("replicas: [eu-west-1]{settings}"), "");
        let update = "{operation: update, entity: Thing, where: {id: equals}, sets: [count]";
        let read = "{operation: get, entity: Thing, where: {id: equals}, consistency: strong, region: eu-west-1}";
        let write = format!("{base}  here: {update}}}\n  there: {update}, region: eu-west-1}}\n");
        let strong = |model: &str, rule: &str| {
            let all = findings(model, rule);
            assert_eq!(all.len(), 1, "{rule}");
            all.iter().any(|finding| finding.help.as_deref().unwrap_or_default().contains("multi_region_consistency"))
        };
        let writes = strong(&write, "writes-in-several-regions");
        let reads = strong(&format!("{base}  here: {update}}}\n  read: {read}\n"), "strong-read-of-other-region");
        assert_eq!(writes, reads);
        writes
    };
    assert!(advised(""));
    assert!(!advised(", time_to_live: expires_at"));
}

#[test]
fn children_that_go_are_no_orphans() {
    let count = |each: &str, child: &str, patterns: &str| {
        let model = format!(
            "tables:
  Chat: {{partition_key: room, sort_key: sk, time_to_live: expires_at}}
entities:
  Room: {{items: 10, keys: {{sk: \"#ROOM\"}}, attributes: {{room: ulid}}}}
  Message:
    belongs_to: {{Room: {each}}}
    keys: {{sk: \"M#{{message}}\"}}
    attributes: {{room: ulid, message: ulid{child}}}
access_patterns:
  messages: {{operation: query, entity: Message, where: {{room: equals}}}}
  close: {{operation: delete, entity: Room, where: {{room: equals}}}}
{patterns}"
        );
        found(&model, "orphaned-children").len()
    };
    assert_eq!(count("900", "", ""), 1);
    assert_eq!(count("20", "", ""), 0);
    assert_eq!(count("900", ", expires_at: epoch", ""), 0);
    assert_eq!(count("900", "", "  clean: {operation: batch_write, entity: Message, batch: 25}\n"), 0);
    assert_eq!(count("900", "", "  later: {undecided: true}\n"), 0);
    let one = "  remove: {operation: delete, entity: Message, where: {room: equals, message: equals}}\n";
    assert_eq!(count("900", "", one), 0);
}

#[test]
fn one_form_is_no_relational_design() {
    let model = |patterns: &str| {
        format!(
            "tables:
  Tickets: {{partition_key: customer, sort_key: ticket}}
entities:
  Ticket: {{attributes: {{customer: ulid, ticket: ulid, title: string, product: string, severity: string, assignee: string}}}}
access_patterns:
  open: {{operation: put, entity: Ticket}}
  ticket: {{operation: get, entity: Ticket, where: {{customer: equals, ticket: equals}}}}
  close: {{operation: delete, entity: Ticket, where: {{customer: equals, ticket: equals}}}}
{patterns}"
        )
    };
    let count = |patterns: &str| found(&model(patterns), "relational-fit");
    let why = |patterns: &str| {
        let all = findings(&model(patterns), "relational-fit");
        all.into_iter().filter_map(|finding| finding.why).collect::<String>()
    };
    let form = "  form: {operation: query, entity: Ticket, where: {customer: equals, product: equals, severity: equals, title: contains}, needs: [total_count]}\n";
    let sum = "  sum: {operation: query, entity: Ticket, where: {customer: equals}, computes: count}\n";
    let later = "  later: {undecided: true}\n";
    assert_eq!(
        count(&format!("{form}  list: {{operation: query, entity: Ticket, where: {{customer: equals}}}}\n")),
        []
    );
    assert_eq!(count(&format!("{sum}{later}")), [], "two kinds");
    let all = count(&format!("{form}{sum}{later}"));
    assert_eq!(all.len(), 1);
    assert!(all.iter().all(|(level, _)| *level == Level::Advice));
    assert_eq!(why(&format!("{form}{sum}{later}")).matches("joins").count(), 0, "nothing joins");
    // The sum is served by a key and answered by reading everything: three of six are left.
    assert!(why(&format!("{form}{sum}{later}")).contains("3 of 6 patterns are answered by a key alone"));
    // Rates that are missing elsewhere do not hide those that are known.
    let busy = sum.replace("computes: count", "computes: count, rate: 900/s");
    assert!(why(&format!("{form}{busy}{later}")).contains("at least 900 calls per second"));
    // What is left to another system is designed around.
    let beside = "  form: {served_by: OpenSearch}\n";
    assert_eq!(count(&format!("{beside}{sum}{later}")), [], "two kinds and a system beside it");
    // Too few patterns to judge by.
    let few = format!("access_patterns:\n{later}");
    assert_eq!(found(&few, "relational-fit"), []);
}

/// A payment between two accounts, whose second update is written as given.
fn transfer(second: &str) -> String {
    format!(
        "tables: {{Accounts: {{partition_key: pk}}}}
entities:
  Account: {{items: 1M, size: 200, keys: {{pk: \"ACCOUNT#{{account_id}}\"}}, attributes: {{account_id: ulid, balance: number}}}}
access_patterns:
  transfer:
    operation: transact_write
    actions:
      - {{operation: update, entity: Account, where: {{account_id: equals}}, sets: [balance]}}
      - {{operation: update, entity: Account, {second}, sets: [balance]}}
    rate: 100/s
    peak: 2k/s
"
    )
}

#[test]
fn two_items_of_one_kind_in_a_transaction_are_named_as_the_finding_says() {
    let same = findings(&transfer("where: {account_id: equals}"), "same-item-twice");
    let help = same[0].help.clone().unwrap();
    let key = "key: {pk: \"ACCOUNT#{other_account_id}\"}";
    assert!(help.contains(key) && help.contains("`count: 2`"), "{help}");
    for rule in ["same-item-twice", "hot-partition", "unserved-pattern", "incomplete-key", "unknown-reference"] {
        assert_eq!(found(&transfer(key), rule), []);
        let once = transfer("count: 1, where: {account_id: equals}");
        let (head, tail) = once.split_once("      - {operation: update").unwrap();
        let last = tail.split_once('\n').unwrap().1.replace("count: 1", "count: 2");
        assert_eq!(found(&format!("{head}{last}"), rule), []);
    }
    // One literal is one item.
    let literal = "where: {account_id: {is: equals, value: bank}}";
    let both = transfer(literal).replacen("where: {account_id: equals}", literal, 1);
    assert!(!findings(&both, "same-item-twice")[0].help.clone().unwrap().contains("other_"));
}

#[test]
fn a_proposal_for_a_pinned_pattern_says_to_change_its_path() {
    let model = "tables: {Market: {partition_key: seller_id, sort_key: listing_id}}
entities:
  Listing: {attributes: {seller_id: uuid, listing_id: ulid, title: string}}
access_patterns:
  newest: {operation: query, entity: Listing, where: {seller_id: equals}, order_by: title, via: table}
  titled: {operation: query, entity: Listing, where: {title: equals}, via: table}
";
    let help = |rule: &str, model: &str| findings(model, rule)[0].help.clone().unwrap();
    for (rule, index) in [("unserved-order", "by_seller_id_and_title"), ("unserved-pattern", "by_title")] {
        let pinned = help(rule, model);
        assert!(pinned.contains(&format!("write `via: {index}`")), "{pinned}");
        let free = help(rule, &model.replace(", via: table", ""));
        assert!(free.contains(index) && !free.contains("via"), "{free}");
    }
}

/// Orders by one of their few states.
fn by_state(rest: &str, write: &str) -> String {
    format!(
        "tables: {{Orders: {{partition_key: id}}}}
entities:
  Order: {{attributes: {{id: uuid, state: {{values: [open, paid, sent]}}, day: date, maker: uuid}}{rest}}}
access_patterns:
  paid: {{operation: query, entity: Order, where: {{state: equals}}}}
  of_day: {{operation: query, entity: Order, where: {{day: equals}}}}
  of_maker: {{operation: query, entity: Order, where: {{maker: equals}}}}
  place: {{operation: put, entity: Order{write}}}
"
    )
}

#[test]
fn an_index_is_proposed_with_shards_where_few_values_would_gather_too_much() {
    let help = |model: &str| -> Vec<String> {
        findings(model, "unserved-pattern").into_iter().filter_map(|finding| finding.help).collect()
    };
    let busy = help(&by_state("", ""));
    assert!(busy[0].contains("shards: 10}`, since there are only 3 values of `state`"), "{busy:?}");
    assert!(busy[1].contains("since all items of a day have the same key value"), "{busy:?}");
    assert!(!busy[2].contains("shard"), "{busy:?}");
    // What the rules of few keys call harmless needs none.
    for (rest, write) in [(", items: 900", ""), (", items: 5M", ", peak: 50/s, rate: 1/s")] {
        let calm = help(&by_state(rest, write));
        assert!(calm.len() == 3 && calm.iter().all(|help| !help.contains("shard")), "{calm:?}");
    }
}

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
    assert_eq!(count(", retention: 1y", &format!("{get}, select: [note]")), 1);
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

/// What the only finding of a rule says to do.
fn help(model: &str, rule: &str) -> String {
    let found = findings(model, rule);
    assert_eq!(found.len(), 1, "{rule} in\n{model}");
    found.into_iter().find_map(|finding| finding.help).unwrap_or_default()
}

#[test]
fn what_to_do_about_a_scan_is_all_that_there_is_to_do() {
    let model = |pattern: &str| {
        format!(
            "tables: {{Notes: {{partition_key: id}}}}
entities:
  Note: {{attributes: {{id: uuid, text: string, due_at: epoch}}}}
access_patterns:
  it: {{{pattern}}}
"
        )
    };
    let by_time = "operation: scan, entity: Note, where: {due_at: less_than}";
    assert!(help(&model(by_time), "full-scan").contains("a sharding attribute, `shard: {type: number, shards: 10}`"));
    let in_text = "operation: scan, entity: Note, where: {text: contains}";
    assert!(help(&model(in_text), "full-scan").contains("`served_by: OpenSearch`"));
    let why = |pattern: &str| findings(&model(pattern), "full-scan").remove(0).why.unwrap_or_default();
    assert!(why(by_time).starts_with("A scan reads and bills everything"));
    assert!(why(&format!("{by_time}, limit: 10")).contains("this one ends after 10, whether or not"));
    assert!(why("operation: scan, entity: Note, limit: 10").contains("this one ends after 10."));
}

#[test]
fn a_filter_by_the_expiry_is_proposed_with_its_projection() {
    let model = |projection: &str| {
        format!(
            "tables:
  Carts:
    partition_key: cart
    time_to_live: gone_at
    global_indexes: {{by_user: {{partition_key: user, projection: {projection}}}}}
entities:
  Cart: {{attributes: {{cart: uuid, user: uuid, total: number, gone_at: epoch}}, retention: 3d}}
access_patterns:
  of_user: {{operation: query, entity: Cart, where: {{user: equals}}, select: [cart], via: by_user}}
"
        )
    };
    let help = |projection: &str| help(&model(projection), "reads-expired-items");
    assert!(help("keys_only").ends_with(", and let index `by_user` hold it: `projection: [gone_at]`; each change of `gone_at` is then written to it as well"));
    assert!(help("[total]").contains("`projection: [total, gone_at]`;"));
    assert!(help("[gone_at]").ends_with("(a filter on few items)"));
    assert!(help("all").ends_with("(a filter on few items)"));
}

#[test]
fn an_expiry_that_is_there_is_the_one_to_name() {
    let model = |attribute: &str| {
        format!(
            "region: us-east-1
tables: {{Jobs: {{partition_key: job}}}}
entities:
  Job: {{items: 2M, size: 400, attributes: {{job: uuid, {attribute}: epoch}}, retention: 2d, growth: 1M/day}}
access_patterns:
  add: {{operation: put, entity: Job, rate: 1M/day}}
"
        )
    };
    let help = |attribute: &str| help(&model(attribute), "deletes-instead-of-expiry");
    assert!(help("expireAfter").starts_with("`time_to_live: expireAfter` on table `Jobs`"));
    // Another time is not one after which an item may go.
    assert!(help("made_at").starts_with("`time_to_live: expires_at` on table `Jobs`, and `expires_at: epoch`"));
}

#[test]
fn an_entry_that_may_be_absent_moves_at_most() {
    let model = |key: &str| {
        format!(
            "tables:
  Boxes:
    partition_key: id
    global_indexes: {{by_hub: {{partition_key: hub_key, sort_key: at}}}}
entities:
  Box:
    keys: {{hub_key: {key}}}
    attributes: {{id: uuid, hub: uuid, state: {{type: string, values: [in, out]}}, at: timestamp}}
access_patterns:
  touch: {{operation: update, entity: Box, where: {{id: equals}}, sets: [state, at]}}
"
        )
    };
    let finding = |key: &str| findings(&model(key), "index-key-churn").remove(0);
    let whole = finding("\"HUB#{hub}\"");
    assert!(whole.why.unwrap().contains("2 write units on average for each such write, beside"));
    assert!(whole.help.unwrap().contains("sparse index"));
    let sparse = finding("{value: \"HUB#{hub}\", when: {state: in}}");
    assert!(sparse.why.unwrap().contains("up to 2 index writes"));
    assert!(!sparse.help.unwrap().contains("sparse index"));
    let unknown_size = model("\"HUB#{hub}\"").replace("id: uuid", "id: string");
    let unknown_size = findings(&unknown_size, "index-key-churn").remove(0);
    assert!(unknown_size.why.unwrap().contains("at least 2 index writes"));
    // What costs less than a dollar a month is not worth a word: 2 units, at 0.000000625 USD each.
    let at =
        |rate: &str| model("\"HUB#{hub}\"").replace("sets: [state, at]", &format!("sets: [state, at], rate: {rate}"));
    let often = findings(&at("1/s"), "index-key-churn").remove(0);
    assert!(often.why.unwrap().contains("2 write units on average for each such write, 3.29 USD a month"));
    assert!(findings(&at("1/min"), "index-key-churn").is_empty());
}

/// Users and teams whose names are keys of one form, with the conditions of their puts.
fn shared_names(conditions: [bool; 2]) -> String {
    format!(
        "tables: {{Names: {{partition_key: pk, sort_key: sk}}}}
entities:
  User: {{keys: {{pk: \"NAME#{{nick}}\", sk: \"NAME#{{nick}}\"}}, attributes: {{nick: string}}}}
  Team: {{keys: {{pk: \"NAME#{{title}}\", sk: \"NAME#{{title}}\"}}, attributes: {{title: string}}}}
access_patterns:
  add_user: {{operation: put, entity: User, condition: {}}}
  add_team: {{operation: put, entity: Team, condition: {}}}
",
        conditions[0], conditions[1]
    )
}

#[test]
fn guarded_puts_replace_nothing() {
    let finding = |conditions| findings(&shared_names(conditions), "key-collision").remove(0);
    let (open, guarded) = (finding([true, false]), finding([true, true]));
    assert_eq!([open.level, guarded.level], [Level::Warning, Level::Advice]);
    assert!(open.why.unwrap().contains("silently replaces"));
    let why = guarded.why.unwrap();
    assert!(why.contains("the put that comes second fails") && !why.contains("replaces"), "{why}");
}

#[test]
fn a_key_that_can_be_any_other_is_one_finding() {
    let model = "tables: {Main: {partition_key: pk}}
entities:
  Setting: {keys: {pk: \"{name}\"}, attributes: {name: string}}
  Shop: {keys: {pk: \"SHOP{shop}\"}, attributes: {shop: string}}
  Till: {keys: {pk: \"TILL{till}\"}, attributes: {till: string}}
  Shelf: {keys: {pk: \"SHELF{shelf}\"}, attributes: {shelf: string}}
";
    let messages: Vec<String> = found(model, "key-collision").into_iter().map(|(_, message)| message).collect();
    assert_eq!(messages, ["`Setting` can have the same primary key as `Shop`, `Till` and `Shelf`"]);
}

#[test]
fn what_is_only_possible_is_not_said_to_be_so() {
    let why = |where_: &str| {
        let model = format!(
            "tables: {{Home: {{partition_key: pk, sort_key: sk}}}}
entities:
  Device: {{keys: {{pk: \"HOME#{{home}}\", sk: \"{{device}}\"}}, attributes: {{home: uuid, device: string}}}}
  Event: {{keys: {{pk: \"HOME#{{home}}\", sk: \"E{{event}}\"}}, attributes: {{home: uuid, event: ulid}}}}
access_patterns:
  it: {{operation: query, {where_}}}
"
        );
        findings(&model, "reads-other-entities").remove(0).why.unwrap_or_default()
    };
    assert!(
        why("entity: Device, where: {home: equals}").starts_with("Each call also reads and pays for every `Event`")
    );
    assert!(
        why("entity: Event, where: {home: equals}").starts_with("Each call may also read and pay for every `Device`")
    );
}

#[test]
fn one_of_a_thing_is_said_of_one() {
    let model = "tables:
  Items: {partition_key: id, global_indexes: {all: {partition_key: kind, sort_key: id}}}
entities:
  Item: {items: 4k, size: 100, attributes: {id: uuid, kind: {type: string, values: [x]}}}
access_patterns:
  all: {operation: query, entity: Item, where: {kind: {is: equals, value: x}}}
  every: {operation: scan, entity: Item, limit: 1, where: {id: exists}}
";
    let few = findings(model, "few-partition-keys").remove(0);
    assert_eq!(few.message, "index `all` has only 1 partition key for `Item`");
    assert!(few.why.unwrap().starts_with("All items have the same key value. One partition key value"));
    assert_eq!(few.label, "`kind` has one value");
    assert_eq!(findings(model, "full-scan")[0].label, "reads up to 1 item, in no order, on each call");
}

#[test]
fn a_time_that_is_the_whole_key_has_one_item() {
    let model = |tenant: &str, read: &str, sort: &str| {
        format!(
            "{tenant}tables:
  Hours: {{partition_key: day{sort}}}
entities:
  Duty: {{attributes: {{day: date, team: string, user: string}}}}
access_patterns:
  today: {{operation: {read}, entity: Duty, where: {{day: equals}}}}
  assign: {{operation: put, entity: Duty}}
"
        )
    };
    let rule = "time-partition-key";
    let one = vec![(Level::Advice, "only one `Duty` can exist for each `{day}`".to_owned())];
    assert_eq!(found(&model("", "get", ""), rule), []);
    assert_eq!(found(&model("tenant: team\n", "get", ""), rule), one);
    assert_eq!(found(&model("", "query", ""), rule), one);
    assert!(help(&model("tenant: team\n", "get", ""), rule).starts_with("add `team` to the key"));
    let shared = found(&model("", "query", ", sort_key: team"), rule);
    let is_shared = |(level, said): &(Level, String)| *level == Level::Warning && said.contains("share a partition");
    assert!(shared.first().is_some_and(is_shared), "{shared:?}");
}

#[test]
fn a_query_of_everything_is_a_scan_or_an_index_with_a_key_for_all() {
    let model = |items: &str, known: &str| {
        format!(
            "tables:
  main: {{partition_key: PK, sort_key: SK, global_indexes: {{GSI1: {{partition_key: GSI1_PK}}}}}}
entities:
  Tenant:
    items: {items}
    keys: {{PK: \"T#{{id}}\", SK: A, GSI1_PK: \"T#{{parent}}\"}}
    attributes: {{id: ulid, parent: ulid, at: timestamp}}
access_patterns:
  all: {{operation: query, entity: Tenant{known}}}
"
        )
    };
    let rule = "unserved-pattern";
    let few = help(&model("20", ""), rule);
    assert!(few.contains("`operation: scan`") && few.ends_with("partition key is a constant"), "{few}");
    assert!(help(&model("1M", ""), rule).contains("partition key is a shard"));
    // An order gives the index that serves it.
    assert!(help(&model("1M", ", order_by: at"), rule).starts_with("this index of `main` would serve it"));
}

#[test]
fn entities_that_share_a_table_for_nothing_are_told_from_those_that_do_not() {
    let model = |more: &str| {
        format!(
            "style: natural
tables:
  Taken: {{partition_key: value}}
entities:
  Email: {{keys: {{value: \"email#{{email}}\"}}, attributes: {{email: string}}}}
  Nick: {{keys: {{value: \"nick#{{nick}}\"}}, attributes: {{nick: string}}}}{more}
access_patterns:
  email: {{operation: get, entity: Email, where: {{email: equals}}}}
  nick: {{operation: get, entity: Nick, where: {{nick: equals}}}}
"
        )
    };
    let said = |model: &str| {
        let found = found(model, "unrelated-entities").into_iter().next();
        found.and_then(|(_, message)| message.rsplit_once("no pattern reads ").map(|(_, end)| end.to_owned()))
    };
    assert_eq!(said(&model("")).as_deref(), Some("them together"));
    let more = "\n  Phone: {keys: {value: \"nick#{nick}\"}, attributes: {nick: string}}";
    let other = said(&model(more));
    assert_eq!(other.as_deref(), Some("it together with the table's other entities"));
}

#[test]
fn whether_there_is_any_takes_no_count() {
    let model = |pattern: &str, more: &str| {
        format!(
            "region: us-east-1
tables:
  vault: {{partition_key: path, sort_key: sk}}
entities:
  Entry: {{keys: {{sk: \"E#{{name}}\"}}, attributes: {{path: {{type: string, size: 20, hottest: 60%}}, name: uuid, value: {{type: binary, size: 2 KB}}}}}}
{more}access_patterns:
  children: {{operation: query, entity: Entry, where: {{path: equals}}, evaluates: 20k, rate: 5/s, {pattern}}}
"
        )
    };
    let of_one = "`limit: 1` reads enough";
    let counts = model("computes: count", "");
    assert!(help(&counts, "computed-by-reading").contains(of_one));
    assert!(
        help(&counts, "hot-partition").starts_with("if `children` only asks whether there is any item, `limit: 1`")
    );
    assert!(help(&model("returns: 1", ""), "hot-partition").contains(of_one));
    // A sum needs them all, and so does who reads them.
    assert!(!help(&model("computes: sum", ""), "computed-by-reading").contains("limit"));
    assert!(!help(&model("select: [name]", ""), "hot-partition").contains("limit"));
    // What lies in the range besides may come first.
    let dir = "  Dir: {keys: {sk: .}, attributes: {path: {type: string, size: 20}}}\n";
    let both = model("computes: count", dir).replace("E#{name}", "{name}");
    assert!(help(&both, "computed-by-reading").contains("`limit: 2`"));
}

#[test]
fn an_unpadded_number_is_advice_until_its_order_counts() {
    let level = |pattern: &str| {
        let model = format!(
            "tables: {{Docs: {{partition_key: doc, sort_key: sk}}}}
entities:
  Page: {{keys: {{sk: \"P{{page}}\"}}, attributes: {{doc: uuid, page: number}}}}
access_patterns:
  it: {{operation: query, entity: Page, where: {{doc: equals}}{pattern}}}
"
        );
        found(&model, "unpadded-number")[0].0
    };
    assert_eq!(level(""), Level::Advice);
    assert_eq!(level(", key: {doc: \"{doc}\", sk: {begins_with: P}}"), Level::Advice);
    for ordered in [", order_by: page", ", limit: 5", ", key: {doc: \"{doc}\", sk: {between: [P5, P20]}}"] {
        assert_eq!(level(ordered), Level::Warning, "{ordered}");
    }
}

#[test]
fn a_question_about_one_item_is_no_count() {
    let level = |pattern: &str| {
        let model = format!(
            "tables: {{Votes: {{partition_key: poll, sort_key: voter, global_indexes: {{by_code: {{partition_key: code}}}}}}}}
entities:
  Vote: {{attributes: {{poll: uuid, voter: uuid, code: {{type: string, unique: true}}}}}}
access_patterns:
  it: {{entity: Vote, count_only: true, {pattern}}}
"
        );
        found(&model, "computed-by-reading").first().map(|(level, _)| *level)
    };
    assert_eq!(level("operation: query, where: {poll: equals}"), Some(Level::Warning));
    assert_eq!(level("operation: query, where: {poll: equals, voter: equals}"), None);
    assert_eq!(level("operation: query, where: {code: equals}"), None);
    // A filter reads all that it looks at.
    assert_eq!(level("operation: query, where: {poll: equals, code: equals}, via: table"), Some(Level::Warning));
    assert_eq!(level("operation: scan, where: {code: equals}, via: table"), Some(Level::Warning));
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

/// The messages of a rule on a table of documents, by tenant and then by version, beside other items.
fn of_documents(pattern: &str, rule: &str) -> Vec<String> {
    let model = format!(
        "tables: {{App: {{partition_key: pk, sort_key: sk}}}}
entities:
  Doc:
    keys: {{pk: \"T#{{tenant}}\", sk: \"D#{{version}}#{{doc}}\"}}
    attributes: {{tenant: uuid, version: {{type: number, digits: 4, padded: true}}, doc: ulid, at: timestamp, day: date}}
  Old: {{keys: {{pk: \"T#{{tenant}}\", sk: \"A#{{doc}}\"}}, attributes: {{tenant: uuid, doc: ulid}}}}
access_patterns:
  some: {{operation: query, entity: Doc, {pattern}}}
"
    );
    found(&model, rule).into_iter().map(|(_, message)| message).collect()
}

#[test]
fn a_stated_range_holds_some_key_and_the_whole_last_value() {
    let ranges = |rule: &str, range: &str| {
        of_documents(&format!("where: {{tenant: equals}}, key: {{pk: \"T#{{tenant}}\", sk: {range}}}"), rule).len()
    };
    for beside in [
        "{at_least: E}",
        "{greater_than: \"D$\"}",
        "{at_most: D}",
        "{less_than: C}",
        "{between: [\"A#\", \"A#~\"]}",
        "{between: [\"D#\", \"D#\"]}",
    ] {
        assert_eq!(ranges("key-mismatch", beside), 1, "{beside}");
    }
    for among in [
        "{at_least: D}",
        "{at_most: E}",
        "{less_than: \"D#2\"}",
        "{between: [\"D#\", \"D$\"]}",
        "{between: [\"A\", \"{end}\"]}",
        "{at_least: \"{start}\"}",
    ] {
        assert_eq!(ranges("key-mismatch", among), 0, "{among}");
    }
    assert_eq!(ranges("range-misses-end", "{between: [\"D#0002\", \"D#0009\"]}"), 1);
    assert_eq!(ranges("range-misses-end", "{at_most: \"D#0009\"}"), 1);
    for right in ["{between: [\"D#0002\", \"D#0009$\"]}", "{between: [\"D#00\", \"D#09\"]}", "{less_than: \"D#0009\"}"]
    {
        assert_eq!(ranges("range-misses-end", right), 0, "{right}");
    }
}

#[test]
fn a_key_attribute_in_where_is_held_against_its_template() {
    let mismatches = |sort: &str| of_documents(&format!("where: {{pk: equals, sk: {sort}}}"), "key-mismatch").len();
    for wrong in ["{is: begins_with, value: \"B#\"}", "{is: equals, value: \"D#1\"}", "{is: at_least, value: E}"] {
        assert_eq!(mismatches(wrong), 1, "{wrong}");
    }
    for right in ["{is: begins_with, value: \"D#\"}", "begins_with", "{is: at_least, value: \"D#0007\"}"] {
        assert_eq!(mismatches(right), 0, "{right}");
    }
}

#[test]
fn a_parameter_that_the_operation_does_not_have_is_said() {
    let said = |pattern: &str| {
        let model = format!(
            "tables: {{Boats: {{partition_key: harbor, sort_key: boat}}}}
entities:
  Boat: {{attributes: {{harbor: uuid, boat: uuid, length: number, log: list}}}}
access_patterns:
  some: {{{pattern}}}
"
        );
        found(&model, "rejected-parameter").into_iter().map(|(level, _)| level).collect::<Vec<_>>()
    };
    let item = "entity: Boat, where: {harbor: equals, boat: equals}";
    let several = "entity: Boat, where: {harbor: equals}";
    for wrong in [
        format!("operation: get, {item}, limit: 10"),
        format!("operation: get, {item}, pages: all"),
        format!("operation: query, {several}, sets: [length]"),
        format!("operation: delete, {item}, removes: [length]"),
        format!("operation: update, {item}, sets: [length], replaces: 50%"),
        format!("operation: query, {several}, misses: 10%"),
        format!("operation: query, {several}, batch: 10"),
        format!("operation: query, {several}, repeats: 10%"),
        format!("operation: delete, {item}, creates: 10%"),
        "operation: put, entity: Boat, sets: [length]".to_owned(),
        "operation: put, entity: Boat, consistency: strong".to_owned(),
        "operation: put, entity: Boat, select: [length]".to_owned(),
    ] {
        assert_eq!(said(&wrong), [Level::Warning], "{wrong}");
    }
    assert_eq!(said(&format!("operation: update, {item}, appends: [length]")), [Level::Error]);
    for right in [
        format!("operation: query, {several}, limit: 10, pages: 3, select: [length], consistency: strong"),
        format!("operation: update, {item}, sets: [length], appends: [log], creates: 10%"),
        format!("operation: delete, {item}, misses: 5%, condition: true"),
        format!("operation: batch_get, {item}, batch: 10"),
        "operation: put, entity: Boat, replaces: 10%".to_owned(),
        "operation: transact_write, repeats: 1%, actions: [{operation: put, entity: Boat, replaces: 10%}]".to_owned(),
    ] {
        assert_eq!(said(&right), [], "{right}");
    }
}

/// A state of something is one of a handful; one of a country is not.
#[test]
fn a_state_with_many_values_is_no_state_of_something() {
    let model = |distinct: u32| {
        format!(
            "tables: {{Stores: {{partition_key: pk, sort_key: sk}}}}
entities:
  Store: {{keys: {{pk: \"C#{{country}}\", sk: \"{{state}}#{{city}}\"}}, attributes: {{country: string, state: {{type: string, distinct: {distinct}}}, city: string}}}}
access_patterns:
  stores: {{operation: query, entity: Store, where: {{country: equals, state: equals}}}}
"
        )
    };
    assert_eq!(found(&model(4), "state-in-key").len(), 1);
    assert_eq!(found(&model(500), "state-in-key"), []);
}

#[test]
fn values_of_another_form_find_nothing() {
    let asks =
        |rule: &str, condition: &str| of_documents(&format!("where: {{tenant: equals, {condition}}}"), rule).len();
    for wrong in [
        "at: {is: equals, value: \"2026-01-31\"}",
        "at: {is: at_least, value: 1700000000}",
        "at: {is: between, value: [\"20260101\", \"20260131\"]}",
        "day: {is: in, value: [\"2026-01-31\", \"2026-01-31T00:00:00.000Z\"]}",
        "doc: {is: equals, value: \"0000-0000\"}",
    ] {
        assert_eq!(asks("unlisted-value", wrong), 1, "{wrong}");
    }
    for right in [
        "at: {is: equals, value: \"2026-01-31T12:00:00.000Z\"}",
        "at: {is: at_least, value: \"2026-01\"}",
        "at: {is: between, value: [\"2026-01-01\", \"2026-01-31~\"]}",
        "at: {is: begins_with, value: \"2026-01-31T\"}",
        "at: {is: not_equals, value: \"never\"}",
        "day: {is: equals, value: \"2026-01-31\"}",
    ] {
        assert_eq!(asks("unlisted-value", right), 0, "{right}");
    }
    for (condition, misses) in [
        ("at: {is: between, value: [\"2026-01-01\", \"2026-01-31\"]}", 1),
        ("at: {is: at_most, value: \"2026-01-31T23:59\"}", 1),
        ("at: {is: less_than, value: \"2026-02-01\"}", 0),
        ("at: {is: at_most, value: \"2026-01-31T23:59:59.999Z\"}", 0),
        ("day: {is: between, value: [\"2026-01-01\", \"2026-01-31\"]}", 0),
    ] {
        assert_eq!(asks("range-misses-end", condition), misses, "{condition}");
    }
}

/// A key that cuts a time to its day is asked for by the day.
#[test]
fn a_day_is_a_value_of_a_time_that_the_key_cuts() {
    let model = |key: &str| {
        format!(
            "tables: {{Log: {{partition_key: pk, sort_key: sk}}}}
entities:
  Line: {{keys: {{pk: \"L#{{{key}}}\", sk: \"{{id}}\"}}, attributes: {{at: timestamp, id: ulid}}}}
access_patterns:
  day: {{operation: query, entity: Line, where: {{at: {{is: equals, value: \"2026-01-31\"}}}}}}
"
        )
    };
    assert_eq!(found(&model("at:date"), "unlisted-value"), []);
    assert_eq!(found(&model("at"), "unlisted-value").len(), 1);
}

#[test]
fn a_change_of_a_unique_value_claims_it_in_the_same_transaction() {
    let model = |change: &str| {
        format!(
            "tables: {{Users: {{partition_key: pk}}}}
entities:
  User: {{keys: {{pk: \"U#{{uid}}\"}}, attributes: {{uid: ulid, email: {{type: string, unique: true}}, name: string}}}}
  Claim: {{keys: {{pk: \"E#{{email}}\"}}, attributes: {{email: string, uid: ulid}}}}
access_patterns:
  sign_up: {{operation: transact_write, actions: [{{operation: put, entity: User, condition: true}}, {{operation: put, entity: Claim, condition: true}}]}}
  change: {change}
"
        )
    };
    let update = |sets: &str| format!("{{operation: update, entity: User, where: {{uid: equals}}, sets: [{sets}]}}");
    let claimed = "{operation: transact_write, actions: [{operation: update, entity: User, where: {uid: equals}, sets: [email]}, {operation: delete, entity: Claim, where: {email: equals}}, {operation: put, entity: Claim, condition: true}]}";
    assert_eq!(found(&model(&update("email")), "unenforced-uniqueness").len(), 1);
    assert_eq!(found(&model(&update("name")), "unenforced-uniqueness"), []);
    assert_eq!(found(&model(claimed), "unenforced-uniqueness"), []);
}

#[test]
fn a_number_as_text_is_no_day_and_no_uuid() {
    let collides = |other: &str| {
        let model = format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Numbered: {{keys: {{pk: \"S#{{site}}\", sk: \"R#{{no}}\"}}, attributes: {{site: uuid, no: number}}}}
  Other: {{keys: {{pk: \"S#{{site}}\", sk: \"R#{{other}}\"}}, attributes: {{site: uuid, other: {other}}}}}
access_patterns:
  put: {{operation: put, entity: Numbered}}
"
        );
        !found(&model, "key-collision").is_empty()
    };
    for apart in ["date", "timestamp", "uuid"] {
        assert!(!collides(apart), "{apart}");
    }
    for alike in ["number", "epoch", "string", "{type: number, digits: 3, padded: true}"] {
        assert!(collides(alike), "{alike}");
    }
}

/// Letters sort after `#` and before `|`; with nothing in between, the next part decides.
#[test]
fn what_follows_free_text_decides_the_order_of_values_that_begin_alike() {
    let level = |sort: &str, name: &str| {
        let model = format!(
            "tables: {{Contacts: {{partition_key: pk, sort_key: sk}}}}
entities:
  Contact: {{keys: {{pk: \"U#{{user}}\", sk: \"{sort}\"}}, attributes: {{user: uuid, name: {name}, id: ulid}}}}
access_patterns:
  by_name: {{operation: query, entity: Contact, where: {{user: equals}}, order_by: name}}
"
        );
        found(&model, "text-out-of-order").into_iter().map(|(level, _)| level).next()
    };
    for sort in ["{name}|{id}", "{name}_{id}", "{name}{id}", "N#{name}~{id}"] {
        assert_eq!(level(sort, "string"), Some(Level::Warning), "{sort}");
        assert_eq!(level(sort, "uuid"), None, "{sort}");
        assert_eq!(level(sort, "{values: [red, green]}"), None, "{sort}");
    }
    for sort in ["{name}#{id}", "{name}/{id}", "{name}", "{id}|{name}"] {
        assert_eq!(level(sort, "string"), None, "{sort}");
    }
}

#[test]
fn keys_that_are_other_attributes_may_meet_or_not() {
    let model = |second: &str, kind: &str| {
        format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Order: {{keys: {{pk: \"{{order_id}}\", sk: \"{{line}}\"}}, attributes: {{order_id: {kind}, line: string}}}}
  Person: {{keys: {{pk: \"{second}\", sk: \"{{name}}\"}}, attributes: {{person_id: {kind}, order_id: {kind}, name: string}}}}
access_patterns:
  order: {{operation: query, entity: Order, where: {{order_id: equals}}}}
"
        )
    };
    let levels = |second: &str, kind: &str| {
        ["key-collision", "reads-other-entities"]
            .map(|rule| found(&model(second, kind), rule).into_iter().map(|(level, _)| level).next())
    };
    assert_eq!(levels("{person_id}", "string"), [Some(Level::Advice); 2]);
    assert_eq!(levels("{order_id}", "string"), [Some(Level::Warning); 2]);
    assert_eq!(levels("{person_id}", "number")[0], Some(Level::Warning));
}

#[test]
fn ends_of_a_padded_number_are_numbers() {
    let model = |ends: &str| {
        format!(
            "tables: {{Games: {{partition_key: pk, sort_key: sk}}}}
entities:
  Rank: {{keys: {{pk: \"GAME#{{game}}\", sk: \"LEVEL#{{level}}\"}}, attributes: {{game: ulid, level: {{type: number, digits: 3, padded: true}}}}}}
access_patterns:
  some: {{operation: query, entity: Rank, where: {{game: equals, level: {{is: between, value: {ends}}}}}}}
"
        )
    };
    assert_eq!(found(&model("[9, 10]"), "rejected-comparison"), []);
    assert_eq!(found(&model("[10, 9]"), "rejected-comparison").len(), 1);
}

#[test]
fn tenants_with_the_same_name_overwrite_each_other() {
    let model = |table: &str, keys: &str, name: &str| {
        let text = format!(
            "tenant: team
tables:
  Flags: {table}
entities:
  Flag: {{{keys}attributes: {{team: string, env: string, {name}}}}}
access_patterns:
  set: {{operation: put, entity: Flag}}
"
        );
        found(&text, "tenant-boundary").into_iter().map(|(_, message)| message).collect::<Vec<_>>()
    };
    let one = |which: &str| format!("`Flag` items of two tenants with the same {which} are one item");
    assert_eq!(model("{partition_key: name}", "", "name: string"), [one("`name`")]);
    assert_eq!(model("{partition_key: name, sort_key: env}", "", "name: string"), [one("`name` and `env`")]);
    let joined = "keys: {pk: \"FLAG#{name}\", sk: FLAG}, ";
    assert_eq!(model("{partition_key: pk, sort_key: sk}", joined, "name: string"), [one("`name`")]);
    // Nobody says what the code puts into the key.
    let raw = model("{partition_key: pk, sort_key: sk}", "", "pk: string, sk: string, name: string");
    assert_eq!(raw, ["`Flag` items of different tenants share partitions of table `Flags`"]);
    // The tenant is in the key, or something that no two tenants have.
    assert!(model("{partition_key: team, sort_key: name}", "", "name: string").is_empty());
    assert!(model("{partition_key: name}", "", "name: uuid").is_empty());
    assert!(model("{partition_key: name}", "", "name: {type: string, unique: true}").is_empty());
    for id in ["id", "flag_id", "flagId", "email", "api_token"] {
        assert!(model(&format!("{{partition_key: {id}}}"), "", &format!("{id}: string")).is_empty(), "{id}");
    }
    assert!(
        model("{partition_key: name}", "keys: {name: \"{teamName}\"}, ", "teamName: string")
            .iter()
            .all(|message| !message.contains("one item"))
    );
    // In another partition than the tenant's, but not the same item.
    let mixed = model("{partition_key: name, sort_key: team}", "", "name: string");
    assert_eq!(mixed, ["`Flag` items of different tenants share partitions of table `Flags`"]);
}

#[test]
fn one_expired_item_is_read_however_long_it_was_kept() {
    let model = |retention: &str, pattern: &str| {
        let text = format!(
            "tables:
  Sessions: {{partition_key: user, sort_key: id, time_to_live: exp}}
entities:
  Session: {{retention: {retention}, attributes: {{user: uuid, id: uuid, val: string, exp: epoch}}}}
access_patterns:
  read: {{entity: Session, {pattern}}}
"
        );
        found(&text, "reads-expired-items").len()
    };
    let get = "operation: get, where: {user: equals, id: equals}, select: [val]";
    let query = "operation: query, where: {user: equals, id: equals}, select: [val]";
    let list = "operation: query, where: {user: equals}, select: [val]";
    for life in ["30d", "31d", "2y"] {
        assert_eq!((model(life, get), model(life, query)), (1, 1), "{life}");
    }
    assert_eq!((model("30d", list), model("31d", list)), (1, 0));
    assert_eq!(model("31d", "operation: get, where: {user: equals, id: equals}"), 0);
    assert_eq!(model("31d", "operation: get, where: {user: equals, id: equals}, select: [val, exp]"), 0);
}

#[test]
fn strong_reads_count_where_capacity_is_short() {
    let model = |capacity: &str, pattern: &str| {
        let text = format!(
            "region: us-east-1
tables:
  Jobs: {{partition_key: id, {capacity}}}
entities:
  Job: {{items: 5k, size: 1 KB, attributes: {{id: uuid, state: string}}}}
access_patterns:
  poll: {{operation: get, entity: Job, where: {{id: equals}}, consistency: strong, {pattern}}}
"
        );
        findings(&text, "unneeded-strong-read")
    };
    let short = "billing: provisioned, capacity: {read: 10, write: 5}";
    let seldom = "rate: 1/s, peak: 50/s";
    let found = model(short, seldom);
    let why = found[0].why.as_deref().unwrap();
    assert!(why.contains("Of the 50 read units per second that are asked for, table `Jobs` has 10"), "{why}");
    assert!(why.contains("`poll` asks for 25 fewer"), "{why}");
    // Enough capacity, on demand, or a reason: less than a dollar a month is nobody's concern.
    assert!(model("billing: provisioned, capacity: {read: 50, write: 5}", seldom).is_empty());
    assert!(model("billing: on_demand", seldom).is_empty());
    assert!(model(short, "rate: 1/s, peak: 50/s, needs: [read_your_writes]").is_empty());
    assert!(model(short, "rate: 1/s").is_empty());
}

#[test]
fn a_check_before_a_write_is_guarded_by_its_condition() {
    let model = |read: &str, write: &str| {
        let text = format!(
            "tables:
  Seats: {{partition_key: event_id, sort_key: seat}}
entities:
  Booking: {{attributes: {{event_id: uuid, seat: string, user: uuid}}}}
access_patterns:
  check: {{entity: Booking, {read}}}
  book: {{entity: Booking, {write}}}
"
        );
        findings(&text, "unguarded-write-after-read")
    };
    let get = "operation: get, where: {event_id: equals, seat: equals}, then: [book], needs: [atomic]";
    let query = "operation: query, where: {event_id: equals}, then: [book], needs: [atomic]";
    let found = model(get, "operation: put");
    assert_eq!((found.len(), found[0].level), (1, Level::Warning));
    assert!(found[0].help.as_deref().unwrap().contains("condition: true"));
    let update = "operation: update, where: {event_id: equals, seat: equals}, sets: [user]";
    assert_eq!(model(get, update).len(), 1);
    let counted = model(query, "operation: put");
    assert!(counted[0].help.as_deref().unwrap().contains("a counter"));
    // A condition, a read that nobody relies on, and what changes nothing that was read.
    assert!(model(get, "operation: put, condition: true").is_empty());
    assert!(model(get, &format!("{update}, condition: true")).is_empty());
    assert!(
        model("operation: get, where: {event_id: equals, seat: equals}, then: [book]", "operation: put").is_empty()
    );
    assert!(model(get, "operation: query, where: {event_id: equals}").is_empty());
    // What is written beside the write that is guarded.
    let log = "operation: put, condition: true}\n  log: {operation: put, entity: Booking";
    assert!(model(&get.replace("[book]", "[book, log]"), log).is_empty());
}

#[test]
fn items_that_never_expire_stay_in_the_answer() {
    let model = |present: &str| {
        format!(
            "tables:
  Jobs:
    partition_key: queue
    sort_key: job_id
    time_to_live: expires_at
entities:
  Job:
    retention: 7d
    attributes:
      queue: string
      job_id: ulid
      expires_at: {{type: epoch{present}}}
access_patterns:
  jobs: {{operation: query, entity: Job, where: {{queue: equals}}, select: [job_id]}}
"
        )
    };
    let help = |present: &str| findings(&model(present), "reads-expired-items").remove(0).help.unwrap();
    assert!(help("").starts_with("compare it with the clock: `expires_at: greater_than` in `where`"));
    for some in [", present: 97%", ", optional: true"] {
        assert!(help(some).starts_with("add `expires_at` to `select`"), "{}", help(some));
        assert!(help(some).ends_with("would also leave out the items that have none"));
    }
}

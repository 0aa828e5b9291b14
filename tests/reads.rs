//! What the rules about reads say of limits, filters and scans, and what keeps them silent.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use keyplan::check::{Settings, check};
use keyplan::lint::{Finding, Level};
use keyplan::source::SourceFile;

/// The findings of a rule.
fn findings(model: &str, rule: &str) -> Vec<Finding> {
    let text = format!("keyplan: 1\n{model}");
    let settings = Settings::on("2026-11-22".parse().unwrap());
    let checked = check(SourceFile::new("model.yaml", text.into_bytes()).map_err(|bad| bad.1).unwrap(), &settings);
    assert!(checked.problems.is_empty(), "{:?} in\n{model}", checked.problems);
    checked.findings.into_iter().map(|located| located.finding).filter(|finding| finding.rule == rule).collect()
}

fn levels(model: &str, rule: &str) -> Vec<Level> {
    findings(model, rule).into_iter().map(|finding| finding.level).collect()
}

fn help(finding: &Finding) -> &str {
    finding.help.as_deref().unwrap_or_default()
}

/// A table of two kinds of items, each alone below its partition key value.
fn shared(spaces: &str, jobs: &str, pattern: &str) -> String {
    format!(
        "tables:
  App: {{partition_key: pk, sort_key: sk}}
entities:
  Space: {{{spaces}keys: {{pk: \"SPACE#{{name}}\", sk: META}}, attributes: {{name: {{type: string, size: 12}}, state: string}}}}
  Job: {{{jobs}keys: {{pk: \"JOB#{{job_id}}\", sk: META}}, attributes: {{job_id: ulid}}}}
access_patterns:
  spaces: {{{pattern}}}
  job: {{operation: get, entity: Job, where: {{job_id: equals}}}}
"
    )
}

#[test]
fn a_limit_counts_the_items_of_other_entities() {
    let rule = "filter-after-limit";
    let scan = "operation: scan, entity: Space, limit: 100";
    let found = findings(&shared("items: 40, ", "items: 5k, ", scan), rule);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].level, Level::Warning);
    assert!(found[0].message.contains("`Space`"), "{}", found[0].message);
    let why = found[0].why.as_deref().unwrap();
    assert!(why.contains("5k `Job`"), "{why}");
    // How many there are of each is not known.
    assert_eq!(levels(&shared("", "", scan), rule), [Level::Advice]);
    assert_eq!(levels(&shared("items: 40, ", "", scan), rule), [Level::Advice]);
    // Nearly all is wanted; the limit is never reached; one item shows that the table answers.
    assert!(levels(&shared("items: 100k, ", "items: 5k, ", scan), rule).is_empty());
    assert!(levels(&shared("items: 40, ", "items: 50, ", scan), rule).is_empty());
    assert!(levels(&shared("items: 40, ", "items: 5k, ", "operation: scan, entity: Space, limit: 1"), rule).is_empty());
    // All of it is read, or wanted, or one item.
    for silent in [
        "operation: scan, entity: Space",
        "operation: scan, entity: Space, limit: 100, pages: all",
        "operation: scan, entity: [Space, Job], limit: 100",
        "operation: query, entity: Space, where: {name: equals}, limit: 1",
    ] {
        assert!(levels(&shared("items: 40, ", "items: 5k, ", silent), rule).is_empty(), "{silent}");
    }
}

/// Orders and events in the partitions of customers.
fn collection(orders: &str, events: &str, pattern: &str) -> String {
    format!(
        "tables:
  App: {{partition_key: pk, sort_key: sk}}
entities:
  Customer: {{items: 1000, keys: {{pk: \"C#{{customer_id}}\", sk: \"#META\"}}, attributes: {{customer_id: ulid}}}}
  Order: {{belongs_to: {{Customer: {orders}}}, keys: {{pk: \"C#{{customer_id}}\", sk: \"{{ordered_at}}\"}}, attributes: {{customer_id: ulid, ordered_at: timestamp}}}}
  Event: {{belongs_to: {{Customer: {events}}}, keys: {{pk: \"C#{{customer_id}}\", sk: \"{{at}}#{{event_id}}\"}}, attributes: {{customer_id: ulid, at: timestamp, event_id: ulid}}}}
access_patterns:
  latest: {{{pattern}}}
  customer: {{operation: get, entity: Customer, where: {{customer_id: equals}}}}
"
    )
}

#[test]
fn a_querys_limit_counts_its_neighbours() {
    let rule = "filter-after-limit";
    let query = "operation: query, entity: Order, where: {customer_id: equals}, order_by: ordered_at desc, limit: 20";
    assert_eq!(levels(&collection("100", "400", query), rule), [Level::Warning]);
    // The parent is one item, and few events are few.
    assert!(levels(&collection("500", "5", query), rule).is_empty());
    // Another rule says that the range holds other entities.
    let unknown = collection("100", "400", query).replace("belongs_to: {Customer: 400}, ", "");
    assert!(levels(&unknown, rule).is_empty());
    assert_eq!(levels(&unknown, "reads-other-entities").len(), 1);
}

/// Comments, all of which have the same partition key value in an index.
fn comments(items: &str, patterns: &str) -> String {
    format!(
        "tables:
  Comments: {{partition_key: idea, sort_key: comment_id, global_indexes: {{by_date: {{partition_key: all, sort_key: at}}}}}}
entities:
  Comment:
    {items}keys: {{all: x}}
    attributes: {{idea: uuid, comment_id: uuid, at: timestamp, is_hidden: boolean, body: {{type: string, size: 300}}}}
access_patterns:
  put: {{operation: put, entity: Comment}}
  newest: {{operation: query, entity: Comment, order_by: at desc, limit: 10, via: by_date}}
{patterns}
"
    )
}

#[test]
fn a_number_of_items_does_not_lower_the_verdict_on_a_read_of_everything() {
    let of_idea = "  of_idea: {operation: query, entity: Comment, where: {idea: equals}, order_by: at desc}";
    for items in ["", "items: 300k\n    "] {
        let found = findings(&comments(items, of_idea), "filtered-read");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].level, Level::Warning, "{items}");
        let why = found[0].why.as_deref().unwrap();
        assert!(why.contains("reads and bills all") && why.contains("index `by_date`"), "{why}");
        assert_eq!(why.contains("300k"), !items.is_empty(), "{why}");
        let help = help(&found[0]);
        assert!(help.contains("partition_key: idea\n    sort_key: at"), "{help}");
    }
    // So few items are read in passing.
    assert_eq!(levels(&comments("items: 20\n    ", of_idea), "filtered-read"), [Level::Advice]);
}

#[test]
fn an_index_is_proposed_only_where_it_serves_the_filter() {
    let hidden = "  hidden: {operation: query, entity: Comment, where: {is_hidden: {is: equals, matches: 5%}}, order_by: at desc}";
    let found = findings(&comments("items: 300k\n    ", hidden), "filtered-read");
    assert!(!help(&found[0]).contains("partition_key"), "{}", help(&found[0]));
    // What is proposed is accepted.
    let with_index = comments(
        "items: 300k\n    ",
        "  of_idea: {operation: query, entity: Comment, where: {idea: equals}, order_by: at desc}",
    )
    .replace("global_indexes: {", "global_indexes: {by_idea_and_at: {partition_key: idea, sort_key: at}, ");
    assert!(findings(&with_index, "filtered-read").is_empty());
    assert!(findings(&with_index, "unserved-pattern").is_empty());
}

#[test]
fn what_lacks_an_attribute_is_not_found_by_an_index_on_it() {
    let model = |known: &str, deliver: &str| {
        format!(
            "tables:
  outbox: {{partition_key: id, global_indexes: {{outstanding: {{partition_key: topic, sort_key: created}}}}}}
entities:
  Message:
    items: 120k
    attributes:
      id: uuid
      topic: {{type: string, distinct: 20}}
      created: epoch_ms
      delivered: {{type: epoch_ms, present: 5%}}
access_patterns:
  put: {{operation: put, entity: Message}}
  deliver: {{operation: update, entity: Message, where: {{id: equals}}, {deliver}}}
  sweep: {{operation: query, entity: Message, where: {{topic: equals, delivered: {{is: {known}, matches: 5%}}}}}}
"
        )
    };
    let helped = |known: &str, deliver: &str| {
        let found = findings(&model(known, deliver), "filtered-read");
        help(&found[0]).to_owned()
    };
    assert!(helped("exists", "adds: [delivered]").starts_with("put `delivered` into a sort key or a sparse index"));
    let missing = helped("missing", "adds: [delivered]");
    assert!(
        missing.contains("an attribute of its own") && missing.contains("`deliver` takes away with `removes`"),
        "{missing}"
    );
    let unknown = helped("missing", "sets: [topic]");
    assert!(unknown.contains("that the update that adds `delivered` takes away"), "{unknown}");
}

#[test]
fn a_scan_for_a_range_is_a_query_of_the_index_that_sorts_by_it() {
    let rule = "scan-despite-key";
    let scan = |condition: &str| {
        comments(
            "items: 300k\n    ",
            &format!("  last_day: {{operation: scan, entity: Comment, where: {{{condition}}}}}"),
        )
    };
    let found = findings(&scan("at: {is: at_least, matches: 2000}"), rule);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("index `by_date`"), "{}", found[0].message);
    assert!(findings(&scan("at: {is: at_least, matches: 2000}"), "full-scan").is_empty());
    // Without a condition on the sort key the query reads all of the index.
    assert!(findings(&scan("is_hidden: equals"), rule).is_empty());
    assert_eq!(findings(&scan("is_hidden: equals"), "full-scan").len(), 1);
    // Most items would be read twice, once by the index and once for their bodies.
    let keys_only =
        scan("at: {is: at_least, matches: 80%}").replace("sort_key: at}", "sort_key: at, projection: keys_only}");
    assert!(findings(&keys_only, rule).is_empty());
}

/// Reminders with an index by service, and a pattern that could use it.
fn reminders(pattern: &str) -> String {
    format!(
        "tables:
  reminders: {{partition_key: id, global_indexes: {{by_service: {{partition_key: service, sort_key: hash}}}}}}
entities:
  Reminder: {{items: 100k, attributes: {{id: uuid, service: string, hash: number}}}}
access_patterns:
  of_range: {{operation: scan, entity: Reminder, {pattern}}}
  put: {{operation: put, entity: Reminder}}
  one: {{operation: get, entity: Reminder, where: {{id: equals}}}}
"
    )
}

#[test]
fn an_index_that_a_scan_should_use_is_not_to_be_dropped() {
    let range = "where: {service: equals, hash: between}";
    assert_eq!(findings(&reminders(range), "scan-despite-key").len(), 1);
    assert!(findings(&reminders(range), "unused-index").is_empty());
    let strong = reminders(&format!("{range}, consistency: strong"));
    let found = findings(&strong, "full-scan");
    assert!(
        help(&found[0]).contains("index `by_service` serves it with `consistency: eventual`"),
        "{}",
        help(&found[0])
    );
    assert!(findings(&strong, "unused-index").is_empty());
    // Where the other rule is off, the index is unused as before.
    let off = |rule: &str, model: &str| format!("lint: {{levels: {{{rule}: off}}}}\n{model}");
    assert_eq!(findings(&off("full-scan", &strong), "unused-index").len(), 1);
    assert_eq!(findings(&off("scan-despite-key", &reminders(range)), "unused-index").len(), 1);
    assert_eq!(findings(&reminders("where: {hash: between}, consistency: strong"), "unused-index").len(), 1);
}

#[test]
fn a_path_that_does_not_exist_is_held_against_indexes_only() {
    let suggestion = |via: &str| {
        let model = format!(
            "tables:
  feedback: {{partition_key: pk, global_indexes: {{gsi4-by-feedback-id: {{partition_key: feedback_id}}}}}}
  via-other: {{partition_key: pk}}
entities:
  Feedback: {{table: feedback, attributes: {{pk: uuid, feedback_id: uuid}}}}
access_patterns:
  edit: {{operation: query, entity: Feedback, where: {{feedback_id: equals}}, via: {via}}}
"
        );
        findings(&model, "unknown-reference").remove(0).help.unwrap()
    };
    assert!(!suggestion("feedback-id-index").contains("`feedback`?"), "{}", suggestion("feedback-id-index"));
    assert_eq!(suggestion("gsi4-by-feedbackid"), "did you mean `gsi4-by-feedback-id`?");
    assert_eq!(suggestion("tabel"), "did you mean `table`?");
}

#[test]
fn a_time_is_an_identity_only_among_items_that_share_the_rest() {
    let model = |id: &str, keys: &str| {
        format!(
            "tables:
  Main: {{partition_key: id, sort_key: sk}}
entities:
  Thing:
    keys: {{sk: \"{keys}\"}}
    attributes: {{id: {{{id}}}, at: timestamp, source: {{type: string, values: [a, b, c]}}}}
access_patterns:
  put: {{operation: put, entity: Thing}}
"
        )
    };
    let rule = "time-as-identity";
    assert_eq!(
        findings(&model("type: uuid", "{at}"), rule)[0].message,
        "two `Thing` items of the same millisecond are one item"
    );
    assert!(findings(&model("type: uuid, unique: true", "{at}"), rule).is_empty());
    let found = findings(&model("type: uuid", "{at}#{source}"), rule);
    assert_eq!(found[0].message, "two `Thing` items of the same millisecond can be one item");
    assert!(found[0].why.as_deref().unwrap().contains("two writes with the same `source` within a millisecond"));
    assert!(help(&found[0]).contains("`{at}#{source}#{id}`"), "{}", help(&found[0]));
}

#[test]
fn a_day_a_condition_and_a_name_do_not_tell_items_apart() {
    let model = |keys: &str, attributes: &str, condition: &str| {
        let text = format!(
            "tables:
  Things: {{partition_key: job, sort_key: sk}}
entities:
  Thing:
    keys: {{sk: \"{keys}\"}}
    attributes: {{job: string, {attributes}}}
access_patterns:
  put: {{operation: put, entity: Thing{condition}}}
"
        );
        findings(&text, "time-as-identity").into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    let one = |tick: &str| format!("two `Thing` items of the same {tick} are one item");
    assert_eq!(model("{day}#{at}", "day: date, at: epoch_ms", ""), [one("millisecond")]);
    assert_eq!(model("{at:month}#{at}", "at: timestamp", ""), [one("millisecond")]);
    let refused = |tick: &str| format!("of two `Thing` items of the same {tick}, the second is refused");
    assert_eq!(model("{at}", "at: timestamp", ", condition: true"), [refused("millisecond")]);
    assert_eq!(model("{at}", "at: epoch", ", condition: true"), [refused("second")]);
    // Nobody has two appointments at one time.
    assert!(model("{starts_at}", "starts_at: timestamp", ", condition: true").is_empty());
    assert_eq!(model("{starts_at}", "starts_at: timestamp", ""), [one("millisecond")]);
    for name in ["created_at", "createdAt", "timestamp", "eventTimestamp", "at"] {
        for kind in ["string", "number"] {
            let found = model(&format!("{{{name}}}"), &format!("{name}: {kind}"), "");
            assert_eq!(found, [one("moment")], "{name}: {kind}");
        }
    }
    // A day alone is a bucket; two times, or another attribute, tell items apart; other names are no times.
    assert!(model("{day}", "day: date", "").is_empty());
    assert!(model("{at}#{until}", "at: timestamp, until: timestamp", "").is_empty());
    assert!(model("{day}#{at}#{id}", "day: date, at: epoch_ms, id: ulid", "").is_empty());
    assert!(model("{at}", "at: {type: timestamp, unique: true}", ", condition: true").is_empty());
    for name in ["seat", "SEAT", "format", "chat", "start_time", "slug"] {
        assert!(model(&format!("{{{name}}}"), &format!("{name}: string"), "").is_empty(), "{name}");
    }
}

#[test]
fn numbers_in_text_sort_as_text() {
    let model = |sort: &str, attribute: &str, asked: &str| {
        let text = format!(
            "tables:
  Creds: {{partition_key: name, sort_key: {sort}}}
entities:
  Cred: {{{}attributes: {{name: string, {attribute}}}}}
access_patterns:
  read: {{operation: query, entity: Cred, where: {{name: equals}}{asked}}}
",
            if sort == "sk" { "keys: {sk: \"v{version}\"}, " } else { "" }
        );
        levels(&text, "unpadded-number")
    };
    let newest = ", order_by: version desc, limit: 1";
    let listed = "version: {values: [\"1\", \"2\", \"9\", \"10\", \"11\"]}";
    assert_eq!(model("sk", listed, newest), [Level::Warning]);
    assert_eq!(model("version", listed, newest), [Level::Warning]);
    let named = "version: {type: string, size: 2}";
    assert_eq!(model("version", named, newest), [Level::Advice]);
    assert_eq!(model("sk", named, newest), [Level::Advice]);
    // No order is asked for; one length; no numbers; a number as the key itself.
    assert!(model("sk", listed, "").is_empty());
    assert!(model("version", named, "").is_empty());
    assert!(model("version", named, ", limit: 5").is_empty());
    for even in [
        "version: {values: [\"01\", \"09\", \"10\"]}",
        "version: {values: [draft, \"1\", \"10\"]}",
        "version: {type: string, size: 8, max_size: 8}",
        "version: ulid",
        "version: timestamp",
    ] {
        assert!(model("version", even, newest).is_empty(), "{even}");
    }
    assert!(model("version", "version: number", newest).is_empty());
    assert_eq!(model("sk", "version: number", newest), [Level::Warning]);
    assert!(model("sk", "version: {type: number, digits: 6, padded: true}", newest).is_empty());
}

#[test]
fn a_count_of_many_pages_is_not_told_to_read_one() {
    let model = |computes: &str| {
        format!(
            "tables:
  Views: {{partition_key: campaign, sort_key: view_id}}
entities:
  View: {{items: 10M, attributes: {{campaign: {{type: uuid, distinct: 100}}, view_id: ulid, user: uuid}}}}
access_patterns:
  views: {{operation: query, entity: View, where: {{campaign: equals}}, {computes}pages: all, rate: 1/s}}
"
        )
    };
    for computes in ["computes: count, ", "computes: sum, ", "count_only: true, "] {
        assert!(findings(&model(computes), "many-pages").is_empty(), "{computes}");
        assert_eq!(findings(&model(computes), "computed-by-reading").len(), 1);
        // Whoever switches that rule off still hears of the pages, and what helps.
        let alone = format!("{}lint: {{levels: {{computed-by-reading: off}}}}\n", model(computes));
        let found = findings(&alone, "many-pages");
        assert!(help(&found[0]).contains("an item of its own") && !help(&found[0]).contains("limit"));
    }
    assert!(help(&findings(&model(""), "many-pages")[0]).contains("`limit: 50`"));
}

#[test]
fn a_range_that_ends_before_the_other_item_does_not_read_it() {
    let model = |end: &str| {
        format!(
            "tables:
  Blog: {{partition_key: pk, sort_key: sk}}
entities:
  Site: {{keys: {{pk: 'SITE#{{domain}}', sk: 'SITE#{{domain}}'}}, attributes: {{domain: string}}}}
  Post: {{keys: {{pk: 'SITE#{{domain}}', sk: 'POST#{{id}}'}}, attributes: {{domain: string, id: ksuid}}}}
access_patterns:
  posts: {{operation: query, entity: Post, key: {{pk: 'SITE#{{domain}}', sk: {{{end}: 'SITE#{{domain}}'}}}}}}
  site: {{operation: get, entity: Site, where: {{domain: equals}}}}
"
        )
    };
    assert!(levels(&model("less_than"), "reads-other-entities").is_empty());
    assert_eq!(levels(&model("at_most"), "reads-other-entities").len(), 1);
}

#[test]
fn a_page_that_is_wanted_whole_is_scanned_for_little() {
    let model = |items: &str, rate: &str, wanted: &str| {
        format!(
            "region: us-east-1
tables:
  Leases: {{partition_key: lease}}
entities:
  Lease: {{items: {items}, attributes: {{lease: {{type: string, size: 60}}, owner: {{type: string, size: 200}}}}}}
access_patterns:
  leases: {{operation: scan, entity: Lease, rate: {rate}{wanted}}}
"
        )
    };
    let rule = "full-scan";
    assert_eq!(levels(&model("400", "2/min", ""), rule), [Level::Advice]);
    // What is dear, filtered or longer than a page is not.
    for (items, rate, wanted) in
        [("400", "20/s", ""), ("400", "2/min", ", where: {owner: equals}"), ("40k", "2/min", "")]
    {
        assert_eq!(levels(&model(items, rate, wanted), rule), [Level::Warning], "{items} {rate} {wanted}");
    }
}

#[test]
fn the_last_identifier_of_a_key_is_new_only_where_it_is_the_items_own() {
    let items = |entity: &str, attribute: &str, numbers: &str| {
        let model = format!(
            "keyplan: 1
tables:
  Main:
    partition_key: user_id
    sort_key: {attribute}
    global_indexes: {{inverted: {{partition_key: {attribute}, projection: keys_only}}}}
entities:
  {entity}: {{items: 10M, attributes: {{user_id: {{type: uuid, distinct: 1M}}, {attribute}: {{type: uuid{numbers}}}}}}}
access_patterns:
  back: {{operation: query, entity: {entity}, where: {{{attribute}: equals}}, select: [user_id]}}
"
        );
        let (model, _) = keyplan::source::load(&model).unwrap();
        let design = keyplan::design::Design::new(&model);
        design.entities[0].distinct.get(attribute).map(ToString::to_string)
    };
    assert_eq!(items("Message", "message_id", ""), Some("10000000".to_owned()));
    assert_eq!(items("ChatMessage", "messageId", ""), Some("10000000".to_owned()));
    assert_eq!(items("Note", "id", ""), Some("10000000".to_owned()));
    // Whom somebody follows is followed by others too.
    assert_eq!(items("Follow", "followee_id", ""), None);
    assert_eq!(items("Follow", "celebrity_id", ""), None);
    assert_eq!(items("Follow", "celebrity_id", ", distinct: 20"), Some("20".to_owned()));
}

/// The help of `unserved-order`, where it speaks, for items below a user.
fn unordered(sort: &str, attributes: &str, order: &str) -> Option<String> {
    let model = format!(
        "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Task: {{keys: {{pk: \"U#{{user}}\", sk: \"{sort}\"}}, attributes: {{user: uuid, {attributes}, id: ulid}}}}
access_patterns:
  next: {{operation: query, entity: Task, where: {{user: equals}}, order_by: {order}, limit: 20}}
"
    );
    findings(&model, "unserved-order").first().map(|finding| help(finding).to_owned())
}

#[test]
fn each_disorder_has_a_remedy_that_removes_it() {
    let said = |sort: &str, attributes: &str, order: &str, remedy: &str| {
        let help = unordered(sort, attributes, order).unwrap_or_else(|| panic!("{sort} {attributes}"));
        assert!(help.contains(remedy), "{help}");
    };
    let (cut, time) = ("T#{due:date}#{id}", "due: timestamp");
    said(cut, time, "due", "`{due}` in place of the part that is cut");
    assert_eq!(unordered("T#{due}#{id}", time, "due"), None);

    said("T#{n}#{id}", "n: {type: number, digits: 4}", "n", "`padded: true` with `digits`");
    assert_eq!(unordered("T#{n}#{id}", "n: {type: number, digits: 4, padded: true}", "n"), None);

    let padded = "n: {type: number, digits: 4, padded: true}";
    said("T#{n}#{id}", padded, "[n desc, id]", "ask for one direction throughout");
    assert_eq!(unordered("T#{n}#{id}", padded, "[n desc, id desc]"), None);

    let values = "kind: {type: string, values: [a, ab]}";
    said("T#{kind}|{id}", values, "kind", "write `#` after `kind`");
    assert_eq!(unordered("T#{kind}#{id}", values, "kind"), None);
}

#[test]
fn kinds_one_after_the_other_can_be_made_to_begin_alike() {
    let said = |order: &str, payment: &str| {
        let model = format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Order: {{keys: {{pk: \"{{user}}\", sk: \"{order}\"}}, attributes: {{user: uuid, at: timestamp, id: ulid}}}}
  Payment: {{keys: {{pk: \"{{user}}\", sk: \"{payment}\"}}, attributes: {{user: uuid, at: timestamp, id: ulid}}}}
access_patterns:
  all: {{operation: query, entity: [Order, Payment], where: {{user: equals}}, order_by: at}}
"
        );
        findings(&model, "unserved-order").first().map(|finding| help(finding).to_owned())
    };
    let help = said("O#{at}#{id}", "P#{at}#{id}").unwrap();
    assert!(help.contains("begin alike up to `at`"), "{help}");
    assert_eq!(said("{at}#O#{id}", "{at}#P#{id}"), None);
}

#[test]
fn an_order_that_is_not_served_says_nothing_of_its_limit() {
    let model = "tables: {Main: {partition_key: pk, sort_key: sk}}
entities:
  Task: {keys: {pk: \"{user}\", sk: \"{due:date}#{id}\"}, attributes: {user: uuid, due: timestamp, id: ulid, state: string}}
access_patterns:
  next: {operation: query, entity: Task, where: {user: equals, state: equals}, order_by: due, limit: 20}
";
    assert_eq!(findings(model, "unserved-order").len(), 1);
    assert!(findings(model, "filter-after-limit").is_empty());
}

#[test]
fn values_of_a_sort_key_are_queries_of_their_own() {
    let said = |condition: &str| {
        let model = format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Thing: {{keys: {{pk: \"{{tenant}}\", sk: \"{{kind}}#{{id}}\"}}, attributes: {{tenant: uuid, kind: {{type: string, size: 4}}, id: ulid}}}}
access_patterns:
  some: {{operation: query, entity: Thing, where: {{{condition}}}}}
"
        );
        let found = findings(&model, "query-per-value");
        (found[0].why.clone().unwrap(), help(&found[0]).to_owned())
    };
    let (why, sort) = said("tenant: equals, kind: {is: in, count: 3}");
    assert!(why.contains("one range of the sort key") && sort.contains("`between` the first and the last"), "{sort}");
    let (why, partition) = said("tenant: {is: in, count: 3}, kind: equals");
    assert!(why.contains("one partition key value") && partition.contains("under one key"), "{partition}");
    let (_, items) = said("tenant: equals, kind: equals, id: {is: in, count: 3}");
    assert!(items.contains("the full key of every item is known"), "{items}");
}

#[test]
fn a_neighbour_that_the_limit_does_not_reach_is_no_finding() {
    let model = |order: &str| {
        format!(
            "tables: {{Photos: {{partition_key: album, sort_key: photo}}}}
entities:
  Album: {{items: 100, keys: {{photo: \"#ALBUM\"}}, attributes: {{album: ulid}}}}
  Photo: {{belongs_to: {{Album: 40}}, attributes: {{album: ulid, photo: ulid}}}}
access_patterns:
  newest: {{operation: query, entity: Photo, where: {{album: equals}}, order_by: photo{order}, limit: 30}}
"
        )
    };
    assert_eq!(levels(&model(""), "reads-other-entities"), [Level::Advice]);
    assert!(levels(&model(" desc"), "reads-other-entities").is_empty());
}

#[test]
fn a_put_that_makes_items_meets_none() {
    let model = |put: &str, others: &str| {
        format!(
            "tables: {{Pay: {{partition_key: id, global_indexes: {{by_kind: {{partition_key: kind}}}}}}}}
entities:
  Payment: {{attributes: {{id: uuid, kind: string, state: string}}}}
access_patterns:
  create: {{operation: put, entity: Payment, {put}}}
{others}"
        )
    };
    let rule = "impossible-creation";
    let new = "where: {state: {is: equals, value: new}}";
    assert_eq!(levels(&model(new, ""), rule), [Level::Warning]);
    assert_eq!(
        levels(
            &model(new, "  change: {operation: update, entity: Payment, where: {id: equals}, sets: [state]}\n"),
            rule
        ),
        [Level::Warning]
    );
    // What replaces items, what new items fulfil, and what says which index the item is in.
    for sound in
        [format!("{new}, replaces: 100%"), "where: {state: missing}".to_owned(), "where: {kind: equals}".to_owned()]
    {
        assert!(levels(&model(&sound, ""), rule).is_empty(), "{sound}");
    }
    // Something else makes them.
    for other in ["put, entity: Payment", "update, entity: Payment, where: {id: equals}, sets: [state], creates: 10%"] {
        assert!(levels(&model(new, &format!("  other: {{operation: {other}}}\n")), rule).is_empty(), "{other}");
    }
}

#[test]
fn a_batch_of_other_numbers_than_its_list_is_a_contradiction() {
    let said = |batch: u32| {
        let model = format!(
            "tables: {{Main: {{partition_key: id}}}}
entities:
  Thing: {{attributes: {{id: uuid}}}}
access_patterns:
  some: {{operation: batch_get, entity: Thing, where: {{id: {{is: in, count: 20}}}}, batch: {batch}}}
"
        );
        findings(&model, "contradicting-numbers").into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(said(20), [""; 0]);
    assert_eq!(said(4), ["`some` is a batch of 4, and its `in` asks for 20"]);
}

#[test]
fn an_id_that_parent_and_child_both_have_is_each_ones_own() {
    let model = "keyplan: 1
tables:
  Posts: {partition_key: id}
  Comments: {partition_key: post_id, sort_key: id}
entities:
  Post: {table: Posts, items: 10k, attributes: {id: ulid}}
  Comment: {table: Comments, belongs_to: {Post: 30}, attributes: {post_id: ulid, id: ulid}}
";
    let (model, _) = keyplan::source::load(model).unwrap();
    let design = keyplan::design::Design::new(&model);
    let of = |attribute: &str| design.entities[1].distinct.get(attribute).map(ToString::to_string);
    assert_eq!(of("id"), Some("300000".to_owned()));
    assert_eq!(of("post_id"), Some("10000".to_owned()));
    assert_eq!(design.groups(&design.entities[1], &["id"]).unwrap().to_string(), "300000");
}

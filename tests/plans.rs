//! Access plans, case by case: what the service documents of key conditions, held against what a
//! plan says and prints.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use keyplan::cost::{Figures, Scale, Terms};
use keyplan::design::Design;
use keyplan::plan::Plans;
use keyplan::prices::PriceBook;
use keyplan::source::load;
use serde_json::{Value, json};

/// What becomes of a model's design, plans and figures, with the place of the pattern `p`.
fn planned<T>(model: &str, then: impl FnOnce((&Design<'_>, &Plans<'_>, &Figures<'_>), usize) -> T) -> T {
    let text = format!("keyplan: 1\n{model}");
    let (model, _) = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let design = Design::new(&model);
    assert!(design.dangling.is_empty(), "{:?}", design.dangling);
    let plans = Plans::new(&design);
    let index = design.patterns.iter().position(|pattern| pattern.name == "p").unwrap();
    let figures = Figures::new(&design, &plans, &PriceBook::embedded(), &Terms::default(), Scale::default());
    then((&design, &plans, &figures), index)
}

/// The plan of the pattern `p` of a model with one table.
fn plan(model: &str) -> Value {
    planned(model, |all, index| keyplan::report::plan::to_json(all, &[index])["plans"][0]["requests"][0].clone())
}

/// The same plan as people read it.
fn printed(model: &str) -> String {
    planned(model, |all, index| {
        let mut out = Vec::new();
        keyplan::report::plan::write(&mut out, 100, all, &[index]).unwrap();
        String::from_utf8(out).unwrap()
    })
}

/// The parameters of the request that a plan stands for.
fn request(keys: &str, attributes: &str, pattern: &str) -> Value {
    let plan = plan(&model(keys, attributes, pattern));
    assert_eq!(plan["served"], true, "{plan:#}");
    plan["request"].clone()
}

fn model(keys: &str, attributes: &str, pattern: &str) -> String {
    format!(
        "tables:\n  Main: {{partition_key: pk, sort_key: sk, global_indexes: {{gsi: {{partition_key: gpk, sort_key: gsk}}}}}}\n\
         entities:\n  Thing: {{keys: {{{keys}}}, attributes: {{{attributes}}}}}\naccess_patterns:\n  p: {{entity: Thing, {pattern}}}\n"
    )
}

fn rejected(keys: &str, attributes: &str, pattern: &str) -> Vec<String> {
    let plan = plan(&model(keys, attributes, pattern));
    assert_eq!(plan["served"], false, "{plan:#}");
    let candidates = plan["candidates"].as_array().unwrap();
    let clauses = candidates.iter().flat_map(|c| c["rejected_because"].as_array().unwrap().clone());
    clauses.map(|clause| clause["clause"].as_str().unwrap().to_owned()).collect()
}

const KEYS: &str = "pk: \"U#{user}\", sk: \"O#{at}#{id}\"";
const ATTRIBUTES: &str =
    "user: ulid, at: timestamp, id: ulid, status: string, n: {type: number, digits: 3, padded: true}";

#[test]
fn ranges_stay_within_the_prefix_and_take_what_follows_into_account() {
    let values = |operator: &str| {
        let pattern = format!("operation: query, where: {{user: equals, at: {operator}}}");
        let request = request(KEYS, ATTRIBUTES, &pattern);
        (request["KeyConditionExpression"].clone(), request["ExpressionAttributeValues"].clone())
    };
    let pk = json!({"S": "U#{user}"});
    let between = json!("pk = :pk AND sk BETWEEN :sk_from AND :sk_to");
    let ends = |low: &str, high: &str| json!({":pk": pk, ":sk_from": {"S": low}, ":sk_to": {"S": high}});
    assert_eq!(values("at_least"), (between.clone(), ends("O#{at}", "O$")));
    // Stored keys go on with `#` after the time, so "greater than" begins after all of them.
    assert_eq!(values("greater_than"), (between.clone(), ends("O#{at}$", "O$")));
    assert_eq!(values("at_most"), (between.clone(), ends("O#", "O#{at}$")));
    assert_eq!(values("less_than"), (between.clone(), ends("O#", "O#{at}")));
    assert_eq!(values("between"), (between, ends("O#{at_from}", "O#{at_to}$")));
    let (condition, given) = values("begins_with");
    assert_eq!(condition, "pk = :pk AND begins_with(sk, :sk)");
    assert_eq!(given[":sk"], json!({"S": "O#{at}"}));
}

#[test]
fn an_exclusive_end_behind_a_prefix_stays_exclusive_where_it_can() {
    let request = request(
        "pk: \"U#{user}\", sk: \"V#{n}\"",
        ATTRIBUTES,
        "operation: query, where: {user: equals, n: {is: greater_than, value: 7}}",
    );
    assert_eq!(request["ExpressionAttributeValues"][":sk_from"], json!({"S": "V#007\u{0}"}));
    assert_eq!(request["ExpressionAttributeValues"][":sk_to"], json!({"S": "V$"}));
}

#[test]
fn literals_stand_in_keys_as_they_are_stored() {
    let line = request(
        "pk: \"U#{user}\", sk: \"L#{n}\"",
        ATTRIBUTES,
        "operation: get, where: {user: equals, n: {is: equals, value: 1}}",
    );
    assert_eq!(line["Key"]["sk"], json!({"S": "L#001"}));
    let prefix = request(
        "pk: \"U#{user}\", sk: \"S#{status}\"",
        ATTRIBUTES,
        "operation: query, where: {user: equals, status: {is: begins_with, value: new}}",
    );
    assert_eq!(prefix["ExpressionAttributeValues"][":sk"], json!({"S": "S#new"}));
    let direct =
        request(KEYS, ATTRIBUTES, "operation: query, where: {pk: equals, sk: {is: begins_with, value: \"O#2026\"}}");
    assert_eq!(direct["ExpressionAttributeValues"], json!({":pk": {"S": "{pk}"}, ":sk": {"S": "O#2026"}}));
    let between = request(
        KEYS,
        ATTRIBUTES,
        "operation: query, where: {user: equals, at: {is: between, value: [\"2026-01\", \"2026-02\"]}}",
    );
    assert_eq!(between["ExpressionAttributeValues"][":sk_to"], json!({"S": "O#2026-02$"}));
}

#[test]
fn membership_replaces_a_filter_only_where_it_says_as_much() {
    let keys = "pk: \"U#{user}\", sk: \"{id}\", gpk: {value: OPEN, when: {status: [open, waiting]}}, gsk: \"{at}\"";
    let attributes = "user: ulid, id: ulid, at: timestamp, status: {values: {open: 2%, waiting: 2%, closed: 96%}}";
    let filter = |condition: &str| {
        let pattern =
            format!("operation: query, via: gsi, where: {{gpk: {{is: equals, value: OPEN}}, status: {condition}}}");
        request(keys, attributes, &pattern)["FilterExpression"].clone()
    };
    assert_eq!(filter("{is: in, value: [open, waiting]}"), Value::Null);
    assert_eq!(filter("{is: not_equals, value: closed}"), Value::Null);
    assert_eq!(filter("{is: equals, value: waiting}"), json!("#status = :status"));
    assert_eq!(filter("equals"), json!("#status = :status"));
}

#[test]
fn a_cut_day_keeps_its_filter_and_a_cut_time_names_its_bucket() {
    let keys = "pk: \"U#{user}\", sk: \"{day:month}#{id}\"";
    let day = request(keys, "user: ulid, id: ulid, day: date", "operation: query, where: {user: equals, day: equals}");
    assert_eq!(day["FilterExpression"], "#day = :day");
    let keys = "pk: \"U#{user}\", sk: \"{at:date}#{id}\"";
    let time =
        request(keys, "user: ulid, id: ulid, at: timestamp", "operation: query, where: {user: equals, at: equals}");
    assert_eq!(time["FilterExpression"], Value::Null);
}

#[test]
fn values_carry_their_types() {
    let keys = "pk: \"{finger}\", sk: \"{score}\"";
    let attributes = "finger: binary, score: number, tags: number_set, live: boolean, state: string";
    let pattern =
        "operation: query, where: {finger: equals, score: at_least, tags: contains, live: equals, state: not_equals}";
    let request = request(keys, attributes, pattern);
    assert_eq!(request["KeyConditionExpression"], "pk = :pk AND sk >= :sk");
    assert_eq!(request["FilterExpression"], "contains(tags, :tags) AND live = :live AND #state <> :state");
    assert_eq!(
        request["ExpressionAttributeValues"],
        json!({":pk": {"B": "{finger}"}, ":sk": {"N": "{score}"}, ":tags": {"N": "{tags}"}, ":live": {"BOOL": "{live}"}, ":state": {"S": "{state}"}})
    );
}

#[test]
fn requests_hold_nothing_that_the_service_rejects() {
    let count = request(KEYS, ATTRIBUTES, "operation: query, where: {user: equals}, count_only: true, select: [id]");
    assert_eq!((&count["Select"], &count["ProjectionExpression"]), (&json!("COUNT"), &Value::Null));
    let get =
        request(KEYS, ATTRIBUTES, "operation: get, where: {user: equals, at: equals, id: equals, status: equals}");
    assert_eq!((&get["ExpressionAttributeValues"], &get["FilterExpression"]), (&Value::Null, &Value::Null));
    let update = request(
        KEYS,
        ATTRIBUTES,
        "operation: update, sets: [n], where: {user: equals, at: equals, id: equals, status: equals}",
    );
    assert_eq!(update["ConditionExpression"], "#status = :status");
}

#[test]
fn a_query_of_an_index_asks_only_for_what_the_service_gives() {
    let with = |indexes: &str, pattern: &str| {
        let model = format!(
            "tables:\n  Main: {{partition_key: id, sort_key: at, {indexes}}}\nentities:\n  Thing: {{attributes: {{id: uuid, at: ulid, kind: string, name: string, state: string}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, {pattern}}}\n"
        );
        plan(&model)["request"].clone()
    };
    // A global index cannot be asked for what it does not hold; the second read needs the table's key.
    let global = "global_indexes: {gsi: {partition_key: kind, projection: [name]}}";
    let select = with(global, "where: {kind: equals}, via: gsi, select: [name, state]");
    assert_eq!((&select["ProjectionExpression"], &select["Select"]), (&json!("#name, id, #at"), &Value::Null));
    let covered = with(global, "where: {kind: equals}, via: gsi, select: [name]");
    assert_eq!(covered["ProjectionExpression"], "#name");
    let all = with(global, "where: {kind: equals}, via: gsi");
    assert_eq!((&all["ProjectionExpression"], &all["Select"]), (&Value::Null, &Value::Null));
    // What stands only in a key of the entry comes with the key.
    let inside = plan(
        "tables:\n  Main: {partition_key: pk, global_indexes: {gsi: {partition_key: kind, projection: [total]}}}\nentities:\n  Thing: {keys: {pk: 'T#{id}'}, attributes: {id: uuid, kind: string, total: number}}\naccess_patterns:\n  p: {operation: query, entity: Thing, where: {kind: equals}, select: [id, total]}\n",
    );
    assert_eq!(inside["request"]["ProjectionExpression"], "pk, #total");
    // A local index fetches, but only what it is asked for: without a word it returns what it holds.
    let local = "local_indexes: {lsi: {sort_key: kind, projection: keys_only}}";
    let all = with(local, "where: {id: equals, kind: equals}, via: lsi");
    assert_eq!(all["Select"], "ALL_ATTRIBUTES");
    let select = with(local, "where: {id: equals, kind: equals}, via: lsi, select: [state]");
    assert_eq!((&select["ProjectionExpression"], &select["Select"]), (&json!("#state"), &Value::Null));
    // What the index lacks is no filter there, so the application has to get it.
    let filtered = with(local, "where: {id: equals, kind: equals, state: equals}, via: lsi, select: [name]");
    assert_eq!(
        (&filtered["FilterExpression"], &filtered["ProjectionExpression"]),
        (&Value::Null, &json!("#name, #state"))
    );
}

#[test]
fn values_that_come_from_one_parent_go_together() {
    // A comment has its task's tenant: there are as many pairs of both as tasks, not as products.
    let model = |pattern: &str| {
        plan(&format!(
            "tables:\n  Main: {{partition_key: pk, sort_key: sk}}\nentities:\n  Tenant: {{items: 50, keys: {{pk: '{{tenant}}', sk: '#'}}, attributes: {{tenant: ulid}}}}\n  Task: {{belongs_to: {{Tenant: 100}}, keys: {{pk: '{{tenant}}', sk: '{{project}}#{{task}}'}}, attributes: {{tenant: ulid, project: ulid, task: ulid}}}}\n  Comment: {{belongs_to: {{Task: 4}}, keys: {{pk: '{{tenant}}#{{task}}', sk: '{{comment}}'}}, attributes: {{tenant: ulid, task: {{type: ulid, distinct: 5000}}, comment: ulid}}}}\naccess_patterns:\n  p: {pattern}\n"
        ))
    };
    let comments = model("{operation: query, entity: Comment, where: {tenant: equals, task: equals}}");
    assert_eq!(comments["evaluated"], "4");
    let tasks = model("{operation: query, entity: Task, where: {tenant: equals}}");
    assert_eq!((&tasks["evaluated"], &tasks["returned"]), (&json!("101"), &json!("100")));
}

#[test]
fn a_range_matches_no_more_items_than_its_index_holds() {
    let model = |matches: &str| {
        plan(&format!(
            "tables:\n  Main: {{partition_key: id, global_indexes: {{gsi: {{partition_key: kind, sort_key: due}}}}}}\nentities:\n  Thing: {{items: 1000, attributes: {{id: uuid, kind: {{type: string, distinct: 10}}, due: {{type: date, present: 5%}}}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, where: {{kind: equals, due: {{is: at_most, matches: {matches}}}}}, via: gsi}}\n"
        ))["evaluated"]
            .clone()
    };
    // Of 100 items of a kind, 5 are in the index.
    assert_eq!((model("3"), model("40"), model("40%")), (json!("3"), json!("5"), json!("2")));
}

#[test]
fn clauses_name_what_fails() {
    assert_eq!(
        rejected(KEYS, ATTRIBUTES, "operation: query, where: {id: equals}"),
        ["partition-key-unknown", "not-member"]
    );
    assert_eq!(
        rejected(KEYS, ATTRIBUTES, "operation: query, where: {user: begins_with}"),
        ["partition-key-not-equal", "not-member"]
    );
    assert_eq!(
        rejected(KEYS, ATTRIBUTES, "operation: get, where: {user: equals, at: equals}"),
        ["key-incomplete", "item-operation-on-index"]
    );
    assert_eq!(
        rejected(KEYS, ATTRIBUTES, "operation: query, where: {user: equals}, order_by: status"),
        ["order", "not-member"]
    );
    let gsi = "pk: \"{id}\", sk: X, gpk: \"{user}\", gsk: \"{at}\"";
    assert_eq!(
        rejected(gsi, ATTRIBUTES, "operation: query, where: {user: equals}, consistency: strong"),
        ["partition-key-unknown", "strong-on-global-index"]
    );
}

#[test]
fn multi_attribute_keys_are_bound_from_the_left() {
    let table = |pattern: &str| {
        plan(&format!(
            "tables:\n  Main: {{partition_key: id, global_indexes: {{gsi: {{partition_key: [a, b], sort_key: [c, d, e]}}}}}}\n\
             entities:\n  Thing: {{attributes: {{id: uuid, a: string, b: string, c: string, d: number, e: string}}}}\n\
             access_patterns:\n  p: {{operation: query, entity: Thing, {pattern}}}\n"
        ))
    };
    let condition = |pattern: &str| table(pattern)["request"]["KeyConditionExpression"].clone();
    assert_eq!(
        condition("where: {a: equals, b: equals, c: equals, d: at_least}"),
        "a = :a AND b = :b AND c = :c AND d >= :d"
    );
    assert_eq!(
        condition("where: {a: equals, b: equals, c: begins_with}, order_by: [c, d]"),
        "a = :a AND b = :b AND begins_with(c, :c)"
    );
    let clauses = |pattern: &str| {
        let plan = table(pattern);
        let gsi = plan["candidates"][1]["rejected_because"].clone();
        gsi.as_array().unwrap().iter().map(|c| c["clause"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(clauses("where: {a: equals}"), ["partition-key-unknown"]);
    assert_eq!(clauses("where: {a: equals, b: equals, d: equals}"), ["sort-key-gap"]);
    assert_eq!(clauses("where: {a: equals, b: equals, c: at_least, d: equals}"), ["sort-key-gap"]);
    assert_eq!(clauses("where: {a: equals, b: equals, c: contains}"), ["sort-key-operator"]);
    assert_eq!(clauses("where: {a: equals, b: equals, c: equals, d: begins_with}"), ["begins-with-number"]);
    assert_eq!(clauses("where: {a: equals, b: equals}, order_by: [d]"), ["order"]);
    assert_eq!(clauses("where: {a: equals, b: equals}, order_by: [c, d desc]"), ["order"]);
}

#[test]
fn counts_follow_relations_shares_and_sparseness() {
    let orders = |pattern: &str| {
        plan(&format!(
            "tables:\n  Main: {{partition_key: pk, sort_key: sk, global_indexes: {{gsi: {{partition_key: queue, sort_key: at}}}}}}\n\
             entities:\n  User: {{items: 1000, keys: {{pk: \"U#{{user}}\", sk: \"#U\"}}, attributes: {{user: ulid}}}}\n  \
             Order:\n    belongs_to: {{User: 40}}\n    keys: {{pk: \"U#{{user}}\", sk: \"O#{{at}}#{{id}}\"}}\n    \
             attributes: {{user: ulid, at: timestamp, id: ulid, status: {{values: {{open: 10%, done: 90%}}}}, queue: {{type: string, distinct: 4, present: 1%}}}}\n\
             access_patterns:\n  p: {{operation: query, entity: Order, {pattern}}}\n"
        ))
    };
    let counts = |pattern: &str| {
        let plan = orders(pattern);
        (plan["evaluated"].clone(), plan["returned"].clone())
    };
    assert_eq!(counts("where: {user: equals}"), (json!("40"), json!("40")));
    assert_eq!(counts("where: {user: equals, status: {is: equals, value: open}}"), (json!("40"), json!("4")));
    assert_eq!(counts("where: {user: equals, at: {is: at_least, matches: 25%}}, limit: 3"), (json!("3"), json!("3")));
    assert_eq!(counts("where: {user: equals, at: at_least}"), (Value::Null, Value::Null));
    // 40,000 orders, of which 1 % are in the index, in 4 queues.
    assert_eq!(counts("where: {queue: equals}, via: gsi"), (json!("100"), json!("100")));
}

#[test]
fn code_that_states_its_keys_is_taken_at_its_word() {
    let two = |pattern: &str| {
        plan(&format!(
            "tables:\n  Main: {{partition_key: pk, sort_key: sk}}\nentities:\n  \
             Vendor: {{keys: {{pk: \"V#{{v}}\", sk: \"#VENDOR\"}}, attributes: {{v: string}}}}\n  \
             Product: {{keys: {{pk: \"V#{{v}}\", sk: \"PRODUCT#{{p}}\"}}, attributes: {{v: string, p: string}}}}\n\
             access_patterns:\n  p: {{operation: query, entity: Product, {pattern}}}\n"
        ))
    };
    let all = two("where: {v: equals}, key: {pk: \"V#{v}\"}");
    assert_eq!(all["request"]["KeyConditionExpression"], "pk = :pk");
    assert_eq!(all["also_reads"], json!(["Vendor"]));
    let own = two("where: {v: equals}");
    assert_eq!(own["request"]["KeyConditionExpression"], "pk = :pk AND begins_with(sk, :sk)");
    assert_eq!(own["also_reads"], json!([]));
    let range = two("key: {pk: \"V#{v}\", sk: {between: [\"PRODUCT#a\", \"PRODUCT#b\"]}}");
    assert_eq!(range["request"]["ExpressionAttributeValues"][":sk_to"], json!({"S": "PRODUCT#b"}));
    assert_eq!(range["also_reads"], json!([]));
}

#[test]
fn what_is_read_in_another_order_is_known() {
    let unordered = |pattern: &str| {
        let text = format!(
            "keyplan: 1\ntables:\n  Main: {{partition_key: pk, sort_key: sk}}\nentities:\n\
             \x20 Artist: {{keys: {{pk: POPULAR, sk: \"{{score}}#ARTIST#{{a}}\"}}, attributes: {{a: ulid, score: number}}}}\n\
             \x20 Song: {{keys: {{pk: POPULAR, sk: \"{{score}}#SONG#{{s}}\"}}, attributes: {{s: ulid, score: number}}}}\n\
             access_patterns:\n  p: {{operation: query, entity: Artist, {pattern}}}\n"
        );
        let (model, _) = load(&text).unwrap();
        let design = Design::new(&model);
        let plans = Plans::new(&design);
        let plan = &plans.of(0)[0];
        let others = |(_, access): &(_, Box<keyplan::plan::Access<'_>>)| access.over_read.len();
        (plan.chosen.is_some(), plan.unordered.as_ref().map(others))
    };
    // The order is not served, and the songs of the board are read all the same.
    assert_eq!(unordered("order_by: score desc"), (false, Some(1)));
    assert_eq!(unordered("where: {a: equals}"), (true, None));
    assert_eq!(unordered("order_by: score, consistency: strong, via: table"), (false, Some(1)));
}

/// One table with two kinds of items in an item collection.
fn two_kinds(order: &str, other: &str, pattern: &str) -> Value {
    plan(&format!(
        "tables:\n  Main: {{partition_key: pk, sort_key: sk}}\nentities:\n  \
         Order: {{items: 1k, keys: {{pk: \"C#{{customer}}\", sk: \"{order}\"}}, attributes: {ORDERED}}}\n  \
         Other: {{items: 5k, belongs_to: {{Order: 5}}, keys: {{pk: \"C#{{customer}}\", sk: \"{other}\"}}, attributes: {ORDERED}}}\n\
         access_patterns:\n  p: {{operation: query, entity: [Order, Other], {pattern}}}\n"
    ))
}

const ORDERED: &str = "{customer: {type: ulid, distinct: 10}, order: ulid, day: date, line: ulid}";

#[test]
fn a_query_of_several_entities_binds_what_their_keys_share() {
    let children = two_kinds("ORDER#{order}", "ORDER#{order}#LINE#{line}", "where: {customer: equals, order: equals}");
    assert_eq!(children["request"]["KeyConditionExpression"], "pk = :pk AND begins_with(sk, :sk)");
    assert_eq!(children["request"]["ExpressionAttributeValues"][":sk"], json!({"S": "ORDER#{order}"}));
    assert_eq!(children["evaluated"], "6");
    // A range that both begin with goes as far as the longer key does.
    let since =
        two_kinds("DAY#{day}", "DAY#{day}#{line}", "where: {customer: equals, day: {is: at_most, matches: 10%}}");
    assert_eq!(since["request"]["KeyConditionExpression"], "pk = :pk AND sk BETWEEN :sk_from AND :sk_to");
    assert_eq!(since["request"]["ExpressionAttributeValues"][":sk_to"], json!({"S": "DAY#{day}$"}));
    assert_eq!(since["evaluated"], "60");
}

#[test]
fn what_keys_of_several_entities_do_not_share_is_filtered() {
    let plan = two_kinds("ORDER#{day}", "LINE#{day}", "where: {customer: equals, day: {is: at_least, matches: 10%}}");
    assert_eq!(plan["request"]["KeyConditionExpression"], "pk = :pk");
    assert_eq!(plan["request"]["FilterExpression"], "#day >= :day");
    assert_eq!((&plan["evaluated"], &plan["returned"]), (&json!("600"), &json!("60")));
}

#[test]
fn items_of_several_entities_are_in_one_order_where_their_keys_begin_alike() {
    let served = |order: &str, other: &str| {
        two_kinds(order, other, "where: {customer: equals}, order_by: day desc, limit: 10")["served"] == true
    };
    assert!(served("{day}#{order}", "{day}#{line}"));
    assert!(served("DAY#{day}#{order}", "DAY#{day}#LINE#{line}"));
    assert!(!served("ORDER#{day}", "LINE#{day}"));
    // A parent beside its children is one item at the edge.
    assert!(served("ORDER", "LINE#{day}"));
}

#[test]
fn an_equality_on_a_cut_time_is_its_bucket_and_no_order_within_it() {
    let keys = "pk: \"{id}\", gpk: \"DAY#{at:date}\", gsk: \"{at}\"";
    let model = |order: &str| {
        model(&format!("sk: x, {keys}"), ATTRIBUTES, &format!("operation: query, where: {{at: equals}}, {order}"))
    };
    let newest = plan(&model("order_by: at desc, limit: 20"));
    assert_eq!(newest["request"]["KeyConditionExpression"], "gpk = :gpk");
    assert_eq!(newest["request"]["ScanIndexForward"], false);
    let by_number = keys.replace("{at}", "{n}");
    let clauses = rejected(
        &format!("sk: x, {by_number}"),
        ATTRIBUTES,
        "operation: query, via: gsi, where: {at: equals}, order_by: at desc",
    );
    assert!(clauses.contains(&"order".to_owned()), "{clauses:?}");
}

#[test]
fn listed_values_sort_inside_a_key_only_where_what_follows_does_not_part_them() {
    let clauses = |values: &str| {
        let pattern = "operation: query, where: {user: equals}, order_by: name";
        let attributes = format!("user: ulid, id: ulid, name: {{values: [{values}]}}");
        let plan = plan(&model("pk: \"U#{user}\", sk: \"N#{name}#{id}\"", &attributes, pattern));
        plan["served"].as_bool().unwrap()
    };
    // A space sorts before the `#` that follows `Ann`.
    assert!(!clauses("Ann, Ann Marie, Bob"));
    assert!(clauses("Ann, Anna, Bob"));
}

#[test]
fn an_open_range_over_a_cut_time_has_the_whole_bucket_of_its_end() {
    let values = |operator: &str| {
        let pattern = format!("operation: query, where: {{user: equals, at: {operator}}}");
        let request = request("pk: \"U#{user}\", sk: \"O#{at:hour}#{id}\"", ATTRIBUTES, &pattern);
        assert!(request["FilterExpression"].is_string(), "{request:#}");
        let values = &request["ExpressionAttributeValues"];
        (values[":sk_from"]["S"].as_str().unwrap().to_owned(), values[":sk_to"]["S"].as_str().unwrap().to_owned())
    };
    assert_eq!(values("greater_than"), ("O#{at:hour}".to_owned(), "O$".to_owned()));
    assert_eq!(values("less_than"), ("O#".to_owned(), "O#{at:hour}$".to_owned()));
}

#[test]
fn the_path_with_the_fewest_units_is_chosen() {
    let path = |pattern: &str| {
        let plan = plan(&format!(
            "tables:\n  Users:\n    partition_key: tenant\n    sort_key: id\n    \
             local_indexes: {{by_email: {{sort_key: email, projection: keys_only}}}}\n    \
             global_indexes: {{by_place: {{partition_key: country, sort_key: city}}, by_phone: {{partition_key: phone}}}}\n\
             entities:\n  User: {{items: 1M, size: 600, attributes: {{tenant: {{type: uuid, distinct: 100}}, id: uuid, \
             email: {{type: string, size: 20, distinct: 1M}}, phone: {{type: string, distinct: 1M}}, \
             country: {{type: string, distinct: 50}}, city: {{type: string, distinct: 500}}}}}}\n\
             access_patterns:\n  p: {{operation: query, entity: User, {pattern}}}\n"
        ));
        plan["path"].as_str().unwrap().to_owned()
    };
    // One entry and one second read, and not 10,000 items and a filter.
    assert_eq!(path("where: {tenant: equals, email: equals}"), "by_email");
    // A second read for each of many small items costs more than the filter.
    assert_eq!(path("where: {tenant: equals, email: {is: begins_with, matches: 90%}}"), "Users");
    // Two filters on one item, and not one on 40.
    assert_eq!(path("where: {phone: equals, country: equals, city: equals}"), "by_phone");
}

#[test]
fn a_range_over_a_time_holds_no_text_that_cannot_lie_in_it() {
    let also_read = |operator: &str| {
        let plan = plan(&format!(
            "tables:\n  Main: {{partition_key: sensor, sort_key: sk}}\nentities:\n  \
             Sensor: {{items: 10, keys: {{sk: \"#META\"}}, attributes: {{sensor: uuid}}}}\n  \
             Reading: {{belongs_to: {{Sensor: 1k}}, keys: {{sk: \"{{at}}#{{n}}\"}}, attributes: {{sensor: uuid, at: timestamp, n: ulid}}}}\n  \
             Alarm: {{belongs_to: {{Sensor: 50}}, keys: {{sk: \"ALARM#{{n}}\"}}, attributes: {{sensor: uuid, n: ulid}}}}\n\
             access_patterns:\n  p: {{operation: query, entity: Reading, where: {{sensor: equals, at: {{is: {operator}, matches: 60}}}}}}\n"
        ));
        let others = plan["also_reads"].as_array().into_iter().flatten();
        others.map(|other| other.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(also_read("between").is_empty());
    assert!(also_read("at_most") == ["Sensor"], "{:?}", also_read("at_most"));
    assert_eq!(also_read("at_least"), ["Alarm"]);
}

#[test]
fn a_range_takes_the_same_share_of_items_that_are_keyed_alike() {
    let plan = plan(
        "tables:\n  Main: {partition_key: device, sort_key: at}\nentities:\n  \
         Reading: {items: 100k, attributes: {device: {type: uuid, distinct: 100}, at: timestamp}}\n  \
         Event: {items: 10k, attributes: {device: {type: uuid, distinct: 100}, at: timestamp}}\n\
         access_patterns:\n  p: {operation: query, entity: Reading, where: {device: equals, at: {is: at_least, matches: 1%}}}\n",
    );
    // 10 of 1,000 readings, and 1 of 100 events.
    assert_eq!((&plan["evaluated"], &plan["also_reads"]), (&json!("11"), &json!(["Event"])));
}

#[test]
fn a_filter_knows_what_its_index_holds_and_which_items_have_the_attribute() {
    let returned = |attributes: &str, keys: &str, condition: &str| {
        let plan = plan(&format!(
            "tables:\n  Main: {{partition_key: id, global_indexes: {{gsi: {{partition_key: gpk}}}}}}\nentities:\n  \
             Thing: {{items: 1000, keys: {{{keys}}}, attributes: {{id: ulid, {attributes}}}}}\n\
             access_patterns:\n  p: {{operation: query, via: gsi, entity: Thing, where: {{gpk: equals, {condition}}}}}\n"
        ));
        plan["returned"].as_str().unwrap().to_owned()
    };
    let states = "state: {type: string, values: {open: 10%, paid: 20%, shipped: 70%}}";
    let sparse = "gpk: {value: X, when: {state: [open, paid]}}";
    // 300 items are in the index, and 100 of them are open.
    assert_eq!(returned(states, sparse, "state: {is: equals, value: open}"), "100");
    let regions = "region: {type: string, present: 50%, values: {eu: 60%, us: 40%}}";
    assert_eq!(returned(regions, "gpk: X", "region: {is: equals, value: eu}"), "300");
    assert_eq!(returned(regions, "gpk: X", "region: {is: not_equals, value: eu}"), "700");
}

/// `ann|` comes after `anna|`, and what begins with `q` may be `qx`: a range or a beginning of the key would
/// leave items out, or hold others.
#[test]
fn text_that_runs_on_is_left_to_a_filter() {
    let filters = |sort: &str, name: &str, condition: &str| {
        let keys = format!("pk: \"U#{{user}}\", sk: \"{sort}\"");
        let attributes = format!("user: ulid, name: {name}, id: ulid");
        let request =
            request(&keys, &attributes, &format!("operation: query, where: {{user: equals, name: {condition}}}"));
        let condition = request["KeyConditionExpression"].as_str().unwrap().to_owned();
        (condition.contains("sk"), !request["FilterExpression"].is_null())
    };
    for (sort, name, condition, (in_key, filtered)) in [
        ("{name}|{id}", "string", "greater_than", (false, true)),
        ("{name}#{id}", "string", "greater_than", (true, false)),
        ("{name}|{id}", "uuid", "greater_than", (true, false)),
        ("{name}|{id}", "string", "equals", (true, false)),
        ("{name}{id}", "string", "greater_than", (false, true)),
        ("{name}{id}", "string", "equals", (true, true)),
        ("{name}{id}", "string", "{is: equals, value: q}", (true, true)),
        ("{name}{id}", "string", "begins_with", (true, true)),
        ("{name}{id}", "string", "{is: begins_with, value: q}", (true, true)),
        ("{name}{id}", "uuid", "equals", (true, false)),
        ("{name}{id}", "{values: [a, b]}", "equals", (true, false)),
        ("{name}{id}", "{values: [a, ab]}", "equals", (true, true)),
    ] {
        assert_eq!(filters(sort, name, condition), (in_key, filtered), "{sort} {name} {condition}");
    }
}

#[test]
fn a_padded_number_is_text_in_a_text_key_alone() {
    let level = "user: ulid, level: {type: number, digits: 3, padded: true}";
    let filtered = request(
        "pk: \"U#{user}\", sk: x",
        level,
        "operation: query, where: {user: equals, level: {is: at_least, value: 7}}",
    );
    assert_eq!(filtered["ExpressionAttributeValues"][":level"], json!({"N": "7"}));
    let keyed = plan(
        "tables:\n  Main: {partition_key: user, sort_key: level}\nentities:\n  \
         Thing: {attributes: {user: ulid, level: {type: number, digits: 3, padded: true}}}\n\
         access_patterns:\n  p: {operation: query, entity: Thing, where: {user: equals, level: {is: at_least, value: 7}}}\n",
    );
    assert_eq!(keyed["request"]["ExpressionAttributeValues"][":level"], json!({"N": "7"}));
    let copied = request(
        "pk: \"U#{user}\", sk: \"{level}\"",
        level,
        "operation: query, where: {user: equals, level: {is: at_least, value: 7}}",
    );
    assert_eq!(copied["ExpressionAttributeValues"][":sk"], json!({"S": "007"}));
}

#[test]
fn an_entity_with_the_same_key_is_no_further_item() {
    let also_reads = |nick_sort: &str| {
        let model = format!(
            "tables: {{Names: {{partition_key: pk, sort_key: sk}}}}
entities:
  User: {{keys: {{pk: \"NAME#{{nick}}\", sk: \"{nick_sort}#{{nick}}\"}}, attributes: {{nick: string}}}}
  Team: {{keys: {{pk: \"NAME#{{title}}\", sk: \"NAME#{{title}}\"}}, attributes: {{title: string}}}}
  Member: {{keys: {{pk: \"NAME#{{title}}\", sk: \"MEMBER#{{nick}}\"}}, attributes: {{title: string, nick: string}}}}
access_patterns:
  p: {{operation: query, entity: [Team, Member], where: {{title: equals}}}}
"
        );
        let plan = plan(&model);
        (plan["also_reads"].clone(), plan["may_read"].clone())
    };
    assert_eq!(also_reads("NAME"), (json!([]), json!([])));
    // A nick may be a title.
    assert_eq!(also_reads("USER"), (json!([]), json!(["User"])));
}

#[test]
fn a_put_has_no_condition_on_the_key_that_it_writes() {
    let key = "where: {user: equals, at: equals, id: equals";
    let put = request(KEYS, ATTRIBUTES, &format!("operation: put, {key}}}"));
    assert_eq!((&put["ConditionExpression"], &put["ExpressionAttributeValues"]), (&Value::Null, &Value::Null));
    let batch = request(
        KEYS,
        ATTRIBUTES,
        &format!("operation: batch_write, actions: [{{operation: put, entity: Thing, {key}}}}}]"),
    );
    assert_eq!(batch["ConditionExpression"], Value::Null);
    // What is said beside the key is a condition all the same.
    let guarded = request(KEYS, ATTRIBUTES, &format!("operation: put, {key}, status: {{is: missing}}}}"));
    assert_eq!(guarded["ConditionExpression"], "attribute_not_exists(#status)");
}

#[test]
fn every_odd_name_has_an_alias_of_its_own() {
    let attributes = "user: ulid, at: timestamp, id: ulid, a-b: string, a.b: string, é: string, ü: string";
    let odd = request(
        KEYS,
        attributes,
        "operation: query, where: {user: equals, a-b: equals, a.b: equals, é: equals, ü: equals}",
    );
    assert_eq!(odd["FilterExpression"], "#a_b = :a_b AND #a_b_2 = :a_b_2 AND #_ = :_ AND #__2 = :__2");
    assert_eq!(odd["ExpressionAttributeNames"], json!({"#a_b": "a-b", "#a_b_2": "a.b", "#_": "é", "#__2": "ü"}));
}

#[test]
fn two_ends_of_a_key_are_one_comparison_or_none() {
    let stated = |ends: &str| format!("operation: query, key: {{pk: \"U#{{user}}\", sk: {{{ends}}}}}");
    let both = request(KEYS, ATTRIBUTES, &stated("at_least: \"O#{from}\", at_most: \"O#{to}\""));
    assert_eq!(both["KeyConditionExpression"], "pk = :pk AND sk BETWEEN :sk_from AND :sk_to");
    assert_eq!(both["ExpressionAttributeValues"][":sk_to"], json!({"S": "O#{to}"}));
    let clauses = rejected(KEYS, ATTRIBUTES, &stated("at_least: \"O#{from}\", less_than: \"O#{to}\""));
    assert_eq!(clauses.first().map(String::as_str), Some("several-comparisons"));
}

#[test]
fn a_list_of_values_has_as_many_operands_as_values() {
    let filter = |condition: &str| {
        let pattern = format!("operation: query, where: {{user: equals, status: {condition}}}");
        request(KEYS, ATTRIBUTES, &pattern)
    };
    assert_eq!(filter("{is: in, value: [new]}")["FilterExpression"], "#status IN (:status_1)");
    let three = filter("{is: in, count: 3}");
    assert_eq!(three["FilterExpression"], "#status IN (:status_1, :status_2, :status_3)");
    assert_eq!(three["ExpressionAttributeValues"][":status_3"], json!({"S": "{status_3}"}));
}

#[test]
fn what_is_stored_only_in_keys_is_read_from_them() {
    let attributes = "user: {type: ulid, stored: false}, at: timestamp, id: {type: ulid, stored: false}, note: string";
    let hidden = request(KEYS, attributes, "operation: query, where: {user: equals}, select: [id, user, note]");
    assert_eq!(hidden["ProjectionExpression"], "sk, pk, note");
}

#[test]
fn a_count_by_what_the_index_lacks_is_made_by_the_application() {
    let counted = |indexes: &str, via: &str, place: &str| {
        plan(&format!(
            "tables:\n  Main: {{partition_key: id, sort_key: at, {indexes}}}\nentities:\n  Thing: {{attributes: {{id: uuid, at: ulid, kind: string, note: string}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, where: {{{place}, note: exists}}, count_only: true, via: {via}}}\n"
        ))
    };
    let global = counted("global_indexes: {gsi: {partition_key: kind, projection: keys_only}}", "gsi", "kind: equals");
    let request = &global["request"];
    assert_eq!((&request["Select"], &request["ProjectionExpression"]), (&Value::Null, &json!("id, #at")));
    assert_eq!(global["fetches"], json!(["note"]));
    let local =
        counted("local_indexes: {lsi: {sort_key: kind, projection: keys_only}}", "lsi", "id: equals, kind: equals");
    let by_lsi = &local["request"];
    assert_eq!((&by_lsi["IndexName"], &by_lsi["FilterExpression"]), (&json!("lsi"), &Value::Null));
    assert_eq!((&by_lsi["Select"], &by_lsi["ProjectionExpression"]), (&Value::Null, &json!("note")));
    // The table filters by itself, and counts.
    let table = counted("local_indexes: {}", "table", "id: equals");
    assert_eq!((&table["request"]["Select"], &table["fetches"]), (&json!("COUNT"), &Value::Null));
}

#[test]
fn values_are_written_as_the_service_reads_them() {
    let attributes = "user: ulid, at: timestamp, id: ulid, live: boolean, tags: string_set, place: map";
    let pattern =
        "operation: query, where: {user: equals, live: {is: equals, value: true}, tags: equals, place: equals}";
    let values = request(KEYS, attributes, pattern)["ExpressionAttributeValues"].clone();
    assert_eq!(values[":live"], json!({"BOOL": true}));
    let sized = request(KEYS, attributes, "operation: query, where: {user: equals, tags: at_least}");
    assert_eq!(sized["FilterExpression"], "size(tags) >= :tags");
    assert_eq!(sized["ExpressionAttributeValues"][":tags"], json!({"N": "{tags}"}));
    assert_eq!((&values[":tags"], &values[":place"]), (&json!({"SS": ["{tags}"]}), &json!({"M": "{place}"})));
}

#[test]
fn parameters_stand_only_where_the_operation_has_them() {
    let key = "where: {user: equals, at: equals, id: equals}";
    let get =
        request(KEYS, ATTRIBUTES, &format!("operation: get, {key}, limit: 1, count_only: true, consistency: strong"));
    assert_eq!((&get["Limit"], &get["Select"], &get["ConsistentRead"]), (&Value::Null, &Value::Null, &json!(true)));
    let pattern = format!("operation: transact_get, consistency: strong, {key}");
    assert_eq!(request(KEYS, ATTRIBUTES, &pattern)["ConsistentRead"], Value::Null);
}

#[test]
fn a_value_that_is_not_listed_is_no_item() {
    let found = |value: &str| {
        let model = format!(
            "tables:\n  Main: {{partition_key: user, sort_key: id}}\nentities:\n  Thing: {{items: 1000, attributes: {{user: {{type: ulid, distinct: 10}}, id: ulid, status: {{values: [open, done]}}}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, where: {{user: equals, status: {{is: equals, value: {value}}}}}}}\n"
        );
        let plan = plan(&model);
        (plan["evaluated"].clone(), plan["returned"].clone())
    };
    assert_eq!(found("open"), (json!("100"), json!("50")));
    assert_eq!(found("opne"), (json!("100"), json!("0")));
}

#[test]
fn a_beginning_within_a_time_is_no_equality() {
    let found = |begins: &str, more: &str| {
        let model = format!(
            "tables:\n  Main: {{partition_key: pk, sort_key: sk}}\nentities:\n  Thing: {{items: 1000, keys: {{pk: \"U#{{user}}\", sk: \"O#{{state}}#{{at}}\"}}, attributes: {{user: {{type: ulid, distinct: 10}}, at: timestamp, state: {{values: [open, done]}}}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, key: {{pk: \"U#{{user}}\", sk: {{begins_with: \"{begins}\"}}}}{more}}}\n"
        );
        plan(&model)["evaluated"].clone()
    };
    assert_eq!(found("O#open#2026-01", ""), Value::Null);
    assert_eq!(found("O#{state}#{month}", ""), Value::Null);
    assert_eq!(found("O#{state}#{at:month}", ""), Value::Null);
    assert_eq!(found("O#{state}#{at}", ""), json!("1"));
    assert_eq!(found("O#open", ""), json!("50"));
    let stated = ", where: {user: equals, state: equals, at: {is: begins_with, matches: 10%}}";
    assert_eq!(found("O#{state}#{month}", stated), json!("5"));
}

#[test]
fn one_query_for_each_value_gives_no_order_by_itself() {
    let ordered = |order: &str| {
        let model = format!(
            "tables:\n  Main: {{partition_key: user, sort_key: n}}\nentities:\n  Thing: {{attributes: {{user: ulid, n: number}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, where: {{user: equals, n: {{is: in, count: 3}}}}, order_by: {order}}}\n"
        );
        let (model, _) = load(&format!("keyplan: 1\n{model}")).unwrap();
        let design = Design::new(&model);
        let plans = Plans::new(&design);
        plans.of(0)[0].access().map(|(_, access)| access.order)
    };
    use keyplan::plan::OrderServed;
    assert_eq!(ordered("n"), Some(OrderServed::Merged { backwards: false }));
    assert_eq!(ordered("n desc"), Some(OrderServed::Merged { backwards: true }));
}

/// What a rule says of the pattern `p`.
fn said(rule: &str, pattern: &str) -> Vec<String> {
    let attributes = "user: string, at: timestamp, id: ulid, live: boolean, place: map, tags: string_set, \
                      n: {type: number, digits: 3}, state: {values: [open, done]}";
    said_of(
        rule,
        &format!(
            "tables:\n  Main: {{partition_key: user, sort_key: id}}\nentities:\n  Thing: {{attributes: {{{attributes}}}}}\naccess_patterns:\n  p: {{entity: Thing, {pattern}}}\n"
        ),
    )
}

/// What a rule says of a model.
fn said_of(rule: &str, model: &str) -> Vec<String> {
    use keyplan::check::{Settings, check};
    use keyplan::source::SourceFile;
    let text = format!("keyplan: 1\n{model}");
    let file = SourceFile::new("model.yaml", text.into_bytes()).map_err(|bad| bad.1).unwrap();
    let checked = check(file, &Settings::on("2026-11-22".parse().unwrap()));
    assert!(checked.problems.is_empty(), "{model}");
    let of_rule = checked.findings.iter().filter(|located| located.finding.rule == rule);
    of_rule.map(|located| located.finding.message.clone()).collect()
}

#[test]
fn numbers_that_cannot_be_are_said() {
    let entity = |items: &str, attributes: &str, pattern: &str| {
        said_of(
            "contradicting-numbers",
            &format!(
                "tables:\n  Main: {{partition_key: pk, sort_key: sk}}\nentities:\n  Thing: {{items: {items}, keys: {{pk: \"A#{{a}}\", sk: \"B#{{b}}\"}}, attributes: {{{attributes}}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, where: {{a: equals}}, {pattern}}}\n"
            ),
        )
    };
    let few = "a: {values: [x, y, z]}, b: {type: string, distinct: 4}";
    assert_eq!(entity("100", few, ""), ["`Thing` has 100 items, but only 12 different keys (3 `a` × 4 `b`)"]);
    assert_eq!(entity("13", few, ""), [""; 0]);
    assert_eq!(entity("100", "a: {values: [x, y, z]}, b: ulid", ""), [""; 0]);
    let many = "a: ulid, b: ulid, c: {type: string, distinct: 500}";
    assert_eq!(entity("100", many, ""), ["`c` is said to have 500 different values, but `Thing` has 100 items"]);
    assert_eq!(entity("480", many, ""), [""; 0]);
    assert_eq!(entity("100", "a: ulid, b: ulid, c: {type: string_set, distinct: 500}", ""), [""; 0]);
    let busiest = |hottest: &str, values: &str| {
        entity("100", &format!("a: {{type: string, distinct: {values}, hottest: {hottest}}}, b: ulid"), "")
    };
    assert_eq!(
        busiest("50%", "1"),
        ["the busiest value of `a` is said to have 50% of the traffic, but each of 1 has 100% if it is even"]
    );
    assert_eq!([busiest("33%", "3"), busiest("2%", "80")], [[""; 0], [""; 0]]);
    let reads = "`p` is said to return 9 items of the 5 that it evaluates";
    assert_eq!(entity("100", "a: ulid, b: ulid", "evaluates: 5, returns: 9"), [reads]);
    assert_eq!(entity("100", "a: ulid, b: ulid", "evaluates: 5, returns: 5"), [""; 0]);
}

#[test]
fn a_parent_has_no_more_children_than_keys_below_it() {
    let model = |users: &str, child: &str, kind: &str| {
        said_of(
            "contradicting-numbers",
            &format!(
                "tables:\n  Users: {{partition_key: user_id}}\n  Events: {{partition_key: user_id, sort_key: kind}}\nentities:\n  User: {{table: Users, {users}attributes: {{user_id: uuid}}}}\n  Event: {{table: Events, {child}, attributes: {{user_id: uuid, kind: {kind}}}}}\naccess_patterns:\n  p: {{operation: query, entity: Event, where: {{user_id: equals}}}}\n"
            ),
        )
    };
    let kinds = "{values: [a, b, c, d, e, f]}";
    let all = "`Event` has 10M items, but only 600k different keys (100k `user_id` × 6 `kind`)";
    assert_eq!(model("items: 100k, ", "belongs_to: {User: 100}", kinds), [all]);
    assert_eq!(model("items: 100k, ", "belongs_to: User, items: 10M", kinds), [all]);
    // Without the number of users, what is said of one of them is enough.
    let each = "`Event` has 100 for each `User`, but only 6 different keys below one";
    assert_eq!(model("", "belongs_to: {User: 100}", kinds), [each]);
    // As many as there are kinds; any number of kinds; the kinds below another attribute.
    assert_eq!(model("items: 100k, ", "belongs_to: {User: 6}", kinds), [""; 0]);
    assert_eq!(model("", "belongs_to: {User: 6}", kinds), [""; 0]);
    assert_eq!(model("items: 100k, ", "belongs_to: {User: 100}", "string"), [""; 0]);
    assert_eq!(model("", "belongs_to: {User: 100}", "string"), [""; 0]);
    // The `id` of a child is its own.
    let posts = "tables:\n  Users: {partition_key: id}\n  Posts: {partition_key: id}\nentities:\n  User: {table: Users, items: 1k, attributes: {id: uuid}}\n  Post: {table: Posts, belongs_to: {User: 100}, attributes: {id: uuid, user_id: uuid}}\naccess_patterns:\n  p: {operation: get, entity: Post, where: {id: equals}}\n";
    assert_eq!(said_of("contradicting-numbers", posts), [""; 0]);
    let steps = "tables:\n  A: {partition_key: run_id, sort_key: step}\n  B: {partition_key: run_id, sort_key: step}\nentities:\n  Latest: {table: A, items: 1k, attributes: {run_id: uuid, step: number}}\n  Step: {table: B, belongs_to: {Latest: 20}, attributes: {run_id: uuid, step: number}}\naccess_patterns:\n  p: {operation: query, entity: Step, where: {run_id: equals}}\n";
    assert_eq!(said_of("contradicting-numbers", steps), [""; 0]);
}

#[test]
fn a_query_of_a_whole_key_returns_one_item() {
    let model = |sort: &str, conditions: &str, more: &str| {
        said_of(
            "query-of-one-item",
            &format!(
                "tables:\n  Events: {{partition_key: user_id, sort_key: sk, global_indexes: {{by_kind: {{partition_key: [user_id, kind]}}}}}}\nentities:\n  Event: {{keys: {{sk: \"{sort}\"}}, attributes: {{user_id: uuid, kind: string, at: timestamp}}}}\naccess_patterns:\n  p: {{operation: query, entity: Event, where: {{user_id: equals, {conditions}}}, {more}}}\n"
            ),
        )
    };
    let kind = |more: &str| model("K#{kind}", "kind: equals", &format!("via: table, {more}"));
    assert_eq!(kind("returns: 50"), ["`p` is said to return 50 items, but its key names one"]);
    let first = "`p` asks for the first 10 in order, but its key names one item";
    assert_eq!(kind("order_by: at desc, limit: 10"), [first]);
    assert_eq!(kind("limit: 10"), ["`p` asks for up to 10 items, but its key names one"]);
    assert_eq!(kind("order_by: at desc, limit: 1"), ["`p` asks for an order, but its key names one item"]);
    for silent in ["limit: 1", "returns: 1", "select: [at]"] {
        assert_eq!(kind(silent), [""; 0], "{silent}");
    }
    // Several values, a part of the key, a bucket of time, an index: several items.
    assert_eq!(model("K#{kind}", "kind: in", "via: table, limit: 10"), [""; 0]);
    assert_eq!(model("K#{kind}#{at}", "kind: equals", "via: table, order_by: at, limit: 10"), [""; 0]);
    assert_eq!(model("K#{at:date}", "at: equals", "limit: 10"), [""; 0]);
    assert_eq!(model("K#{at}", "kind: equals", "via: by_kind, order_by: at, limit: 10"), [""; 0]);
}

#[test]
fn what_is_known_of_an_item_may_be_too_large_already() {
    let transaction = |count: u32| {
        said_of(
            "transaction-too-large",
            &format!(
                "tables:\n  Main: {{partition_key: id}}\nentities:\n  Thing: {{attributes: {{id: uuid, body: {{type: string, size: 50 KB}}, note: string}}}}\naccess_patterns:\n  p: {{operation: transact_write, actions: [{{operation: put, entity: Thing, count: {count}}}]}}\n"
            ),
        )
    };
    assert_eq!((transaction(100).len(), transaction(60).len()), (1, 0));
}

#[test]
fn an_index_that_would_lack_items_says_so() {
    let proposed = |due: &str| {
        plan(&format!(
            "tables:\n  Main: {{partition_key: id}}\nentities:\n  Thing: {{attributes: {{id: uuid, owner: uuid, due: {due}}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, where: {{owner: equals}}, order_by: due}}\n"
        ))["proposal_lacks"]
            .clone()
    };
    let lacks = "it holds only the 20% of `Thing` items that have `due`";
    assert_eq!(proposed("{type: date, present: 20%}"), json!([lacks]));
    assert_eq!(proposed("date"), json!([]));
}

/// One query for each value; a filter does where an equality is known as well.
#[test]
fn an_index_is_proposed_for_a_list_of_values() {
    let proposed = |pattern: &str, more: &str| {
        let plan = plan(&format!(
            "tables:\n  Main: {{partition_key: id}}\nentities:\n  Thing: {{items: 1M, attributes: {{id: ulid, owner: {{type: uuid, distinct: 10k}}, kind: {{type: string, distinct: 900}}, due: date}}}}\n{more}access_patterns:\n  p: {{operation: query, entity: Thing, {pattern}}}\n"
        ));
        (plan["proposal"].as_str().unwrap_or_default().to_owned(), plan["proposal_beside"].clone())
    };
    let (index, beside) = proposed("where: {owner: {is: in, count: 3}}, order_by: due", "");
    assert!(index.contains("partition_key: owner") && index.contains("sort_key: due"), "{index}");
    assert_eq!(beside, json!([]));
    let (index, _) = proposed("where: {owner: {is: in, count: 3}}", "");
    assert!(index.contains("partition_key: owner"), "{index}");
    let (index, _) = proposed("where: {kind: equals, owner: {is: in, count: 3}}", "");
    assert!(index.contains("partition_key: kind"), "{index}");
    let (_, beside) = proposed("where: {owner: equals}", "  Other: {attributes: {id: ulid, owner: uuid}}\n");
    assert!(beside[0].as_str().unwrap().contains("items of `Other` have these attributes too"), "{beside}");
    let (index, beside) = proposed("where: {due: at_least}", "");
    assert!(index.contains("- shard") || index.contains("partition_key: shard"), "{index}");
    assert!(beside[0].as_str().unwrap().contains("`shard: {type: number, shards: 10}`"), "{beside}");
}

#[test]
fn an_update_that_makes_each_item_moves_no_entry() {
    let moved = |creates: &str| {
        said_of(
            "index-key-churn",
            &format!(
                "tables:\n  Main: {{partition_key: id, global_indexes: {{gsi: {{partition_key: state}}}}}}\nentities:\n  Thing: {{attributes: {{id: uuid, state: string}}}}\naccess_patterns:\n  p: {{operation: update, entity: Thing, where: {{id: equals}}, sets: [state], creates: {creates}}}\n"
            ),
        )
        .len()
    };
    assert_eq!((moved("100%"), moved("50%")), (0, 1));
}

#[test]
fn an_update_beside_an_index_writes_nothing_of_it() {
    let model = "tables:\n  Main: {partition_key: id, global_indexes: {gsi: {partition_key: mail, projection: keys_only}}}\nentities:\n  Thing: {attributes: {id: uuid, mail: {type: string, size: 20, optional: true}, n: number}}\naccess_patterns:\n  p: {operation: update, entity: Thing, where: {id: equals}, sets: [n], rate: 1/s}\n";
    let (model, _) = load(&format!("keyplan: 1\n{model}")).unwrap();
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let figures = Figures::new(&design, &plans, &PriceBook::embedded(), &Terms::default(), Scale::default());
    let index =
        figures.load.patterns[0].charges().find(|charge| design.path(charge.path).unwrap().is_global()).unwrap();
    assert_eq!(index.units.ok(), Some(rust_decimal::Decimal::ZERO));
}

#[test]
fn what_the_service_rejects_is_said_and_nothing_else() {
    let comparison = |condition: &str| {
        said("rejected-comparison", &format!("operation: query, where: {{user: equals, {condition}}}"))
    };
    let rejected = [
        "n: begins_with",
        "tags: begins_with",
        "live: at_most",
        "live: {is: equals, value: perhaps}",
        "n: {is: equals, value: many}",
        "n: {is: between, value: [10, 9]}",
        "at: {is: between, value: [\"2026-02\", \"2026-01\"]}",
        "n: {is: between, value: [9]}",
        "n: {is: equals, value: [9, 10]}",
        "id: {is: between, value: [b, a]}",
    ];
    for condition in rejected {
        assert_eq!(comparison(condition).len(), 1, "{condition}");
    }
    let taken = [
        "n: {is: between, value: [9, 10]}",
        "n: {is: in, value: [1.5, 2]}",
        "tags: at_least",
        "place: equals",
        "at: begins_with",
        "live: {is: equals, value: true}",
        "n: {is: not_equals, value: [1, 2]}",
        "id: {is: between, value: [a, a]}",
    ];
    for condition in taken {
        assert_eq!(comparison(condition), [""; 0], "{condition}");
    }
    let stated =
        |ends: &str| said("rejected-comparison", &format!("operation: query, key: {{user: X, id: {{{ends}}}}}"));
    assert_eq!(stated("at_least: a, less_than: b").len(), 1);
    assert_eq!(stated("between: [\"A#2\", \"A#1\"]").len(), 1);
    assert_eq!(stated("between: [\"A#{b}\", \"A#{a}\"]"), [""; 0]);
    assert_eq!(stated("between: [\"A#\", \"A#{a}\"]"), [""; 0]);
    assert_eq!(stated("at_least: a, at_most: b"), [""; 0]);
    assert_eq!(said("rejected-comparison", "operation: query, where: {user: {is: equals, value: \"\"}}").len(), 1);
}

#[test]
fn a_value_beside_the_list_is_a_slip() {
    let asked = |condition: &str| {
        said("unlisted-value", &format!("operation: query, where: {{user: equals, state: {condition}}}"))
    };
    assert_eq!(asked("{is: equals, value: opne}"), ["`p` asks for `state` = `opne`, which is not among its `values`"]);
    assert_eq!(asked("{is: in, value: [open, lost]}").len(), 1);
    assert_eq!(asked("{is: in, value: [open, done]}"), [""; 0]);
    assert_eq!(asked("{is: begins_with, value: o}"), [""; 0]);
}

#[test]
fn operations_on_one_item_take_one_key_and_no_filter() {
    let key = "where: {user: equals, id: {is: in, count: 3}}";
    for operation in ["get", "update", "delete"] {
        assert_eq!(said("several-keys", &format!("operation: {operation}, {key}")).len(), 1, "{operation}");
    }
    for operation in ["batch_get", "transact_get", "query"] {
        assert_eq!(said("several-keys", &format!("operation: {operation}, {key}")), [""; 0], "{operation}");
    }
    assert_eq!(said("filter-on-get", "operation: get, where: {user: equals, id: equals, n: equals}").len(), 1);
    assert_eq!(said("filter-on-get", "operation: delete, where: {user: equals, id: equals, n: equals}"), [""; 0]);
    let update = "operation: update, where: {user: equals, id: equals}";
    assert_eq!(said("overlapping-updates", &format!("{update}, adds: [n], appends: [n]")).len(), 1);
    assert_eq!(said("overlapping-updates", &format!("{update}, sets: [n], appends: [tags]")), [""; 0]);
    assert_eq!(said("rejected-parameter", "operation: query, where: {user: equals}, limit: 0, segments: 2").len(), 2);
    let ordered = |order: &str| {
        said("unknown-reference", &format!("operation: query, where: {{user: equals}}, order_by: {order}"))
    };
    assert_eq!(ordered("id down"), ["there is no direction `down`"]);
    assert_eq!(ordered("[id up now]"), ["there is no direction `up now`"]);
    for fine in ["id", "id DESC", "id asc", "id descending"] {
        assert_eq!(ordered(fine), [""; 0], "{fine}");
    }
    assert_eq!(said("rejected-parameter", "operation: scan, limit: 10, segments: 2"), [""; 0]);
}

/// What a plan evaluates and returns; null where that is not known.
fn counts(plan: &Value) -> (Value, Value) {
    let rounded = |value: &Value| match value.as_str() {
        Some(text) => json!((text.parse::<f64>().unwrap() * 10.0).round() / 10.0),
        None => Value::Null,
    };
    (rounded(&plan["evaluated"]), rounded(&plan["returned"]))
}

#[test]
fn a_limit_is_no_reason_for_a_path_that_returns_nothing() {
    let chosen = |size: &str, pattern: &str| {
        let model = format!(
            "tables: {{Orders: {{partition_key: id, global_indexes: {{
  by_status: {{partition_key: status, sort_key: at}},
  by_customer: {{partition_key: customer, sort_key: at}},
  by_both: {{partition_key: [status, kind, shard], sort_key: at}}}}}}}}
entities:
  Order:
    items: 1M
    {size}
    attributes: {{id: ulid, customer: {{type: uuid, distinct: 10k}}, at: timestamp, kind: {{values: {{web: 1%, shop: 99%}}}},
      status: {{values: {{open: 40%, done: 60%}}}}, shard: {{type: number, shards: 4}}}}
access_patterns:
  p: {{operation: query, entity: Order, {pattern}}}
"
        );
        let plan = plan(&model);
        (plan["index"].as_str().unwrap().to_owned(), counts(&plan))
    };
    let of_customer = "where: {status: {is: equals, value: open}, customer: equals}";
    for size in ["size: 400", ""] {
        // One in 10k is of the customer, two in five are open.
        let first = format!("{of_customer}, order_by: at desc, limit: 10");
        assert_eq!(chosen(size, &first), ("by_customer".to_owned(), (json!(10.0), json!(4.0))), "{size}");
        // Four queries that return what they read, rather than one that returns a hundredth.
        let exact =
            "where: {status: {is: equals, value: open}, kind: {is: equals, value: web}}, order_by: at, limit: 10";
        assert_eq!(chosen(size, exact), ("by_both".to_owned(), (json!(40.0), json!(40.0))), "{size}");
    }
    // Three queries of a known yield, rather than one of an unknown.
    let several = "where: {status: {is: equals, value: open}, customer: {is: in, count: 3}}, order_by: at, limit: 10";
    assert_eq!(chosen("size: 400", several), ("by_customer".to_owned(), (json!(30.0), json!(12.0))));
    // Nobody knows how many customers: not before a path that is exact.
    let open = "where: {status: {is: equals, value: open}, kind: {is: equals, value: web}, customer: in}, order_by: at, limit: 10";
    assert_eq!(chosen("size: 400", open).0, "by_both");
}

#[test]
fn an_unknown_number_of_queries_evaluates_an_unknown_number_of_items() {
    let feed = |topic: &str| {
        let model = format!(
            "tables: {{Posts: {{partition_key: topic, sort_key: at}}}}
entities:
  Post: {{items: 1M, attributes: {{topic: {{type: string, distinct: 100}}, at: timestamp}}}}
access_patterns:
  p: {{operation: query, entity: Post, where: {{topic: {topic}}}, order_by: at desc, limit: 10}}
"
        );
        counts(&plan(&model))
    };
    assert_eq!(feed("in"), (Value::Null, Value::Null));
    assert_eq!(feed("{is: in, count: 3}"), (json!(30.0), json!(30.0)));
}

/// The plan of a query of files, whose folder may or may not be `ORDER`, beside orders.
fn beside_orders(user: &str, folder: &str, pattern: &str) -> Value {
    plan(&format!(
        "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  File:
    items: 100k
    keys: {{pk: \"U#{{user}}\", sk: \"{folder}#{{file}}\"}}
    attributes: {{user: {{type: uuid, distinct: 1k}}, folder: {{type: string, distinct: 5k}}, file: ulid}}
  Order:
    items: 10M
    keys: {{pk: \"U#{{{user}}}\", sk: \"ORDER#{{oid}}\"}}
    attributes: {{{user}: {{type: uuid, distinct: 1k}}, oid: ulid}}
access_patterns:
  p: {{operation: query, entity: File, where: {{user: equals, {pattern}}}}}
"
    ))
}

#[test]
fn what_a_range_only_can_hold_is_not_counted() {
    let by_value = beside_orders("user", "{folder}", "folder: equals");
    assert_eq!((&by_value["also_reads"], &by_value["may_read"]), (&json!([]), &json!(["Order"])));
    assert_eq!(counts(&by_value), (json!(1.0), json!(1.0)));
    let certain = beside_orders("user", "{folder}", "file: exists");
    assert_eq!((&certain["also_reads"], &certain["may_read"]), (&json!(["Order"]), &json!([])));
    assert_eq!(counts(&certain), (json!(10_100.0), json!(100.0)));
    // A fixed value is known beforehand.
    let fixed = beside_orders("user", "{folder}", "folder: {is: equals, value: docs}");
    assert_eq!((&fixed["also_reads"], &fixed["may_read"]), (&json!([]), &json!([])));
    // Every order lies after every date.
    let beyond = |operator: &str| {
        let model = format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Day: {{items: 1k, keys: {{pk: \"U#{{user}}\", sk: \"{{day}}\"}}, attributes: {{user: {{type: uuid, distinct: 10}}, day: date}}}}
  Order: {{items: 10k, keys: {{pk: \"U#{{user}}\", sk: \"ORDER#{{oid}}\"}}, attributes: {{user: {{type: uuid, distinct: 10}}, oid: ulid}}}}
access_patterns:
  p: {{operation: query, entity: Day, where: {{user: equals, day: {{is: {operator}, matches: 10%}}}}}}
"
        );
        let plan = plan(&model);
        (plan["also_reads"].clone(), plan["may_read"].clone(), counts(&plan))
    };
    assert_eq!(beyond("at_least"), (json!(["Order"]), json!([]), (json!(1010.0), json!(10.0))));
    assert_eq!(beyond("at_most"), (json!([]), json!([]), (json!(10.0), json!(10.0))));
}

#[test]
fn a_neighbour_counts_as_far_as_the_beginning_selects_it() {
    let model = "tables: {Main: {partition_key: pk, sort_key: sk}}
entities:
  Order: {items: 1k, keys: {pk: \"C#{customer}\", sk: \"O#{order}\"}, attributes: {customer: {type: uuid, distinct: 10}, order: ulid}}
  Line: {items: 5k, belongs_to: Order, keys: {pk: \"C#{customer}\", sk: \"O#{order}#{line}\"}, attributes: {customer: {type: uuid, distinct: 10}, order: {type: ulid, distinct: 1k}, line: {type: number, digits: 2, padded: true}}}
access_patterns:
  p: {operation: query, entity: Order, key: {pk: \"C#{customer}\", sk: {begins_with: \"O#{order}\"}}}
";
    let plan = plan(model);
    assert_eq!(plan["also_reads"], json!(["Line"]));
    assert_eq!(counts(&plan), (json!(6.0), json!(1.0)));
}

#[test]
fn a_bucket_holds_its_part_of_the_items() {
    let read = |entity: &str, day: &str, pattern: &str| {
        let model = format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk, global_indexes: {{by_month: {{partition_key: month, sort_key: room}}}}}}}}
entities:
  Booking: {{items: 1M, {entity} keys: {{pk: \"H#{{hotel}}#{{day:month}}\", sk: \"{{day}}#{{room}}\", month: \"M#{{day:month}}\"}}, attributes: {{hotel: {{type: uuid, distinct: 10}}, room: {{type: string, size: 4}}, day: {day}}}}}
access_patterns:
  p: {{operation: query, entity: Booking, where: {{{pattern}}}}}
"
        );
        let plan = plan(&model);
        (counts(&plan), plan["queries"].clone(), plan["request"]["FilterExpression"].clone())
    };
    // 600 days are 20 months: a twentieth of the index is read, and a thirtieth of that is the day.
    let (filter, days) = ("#day = :day", "{type: date, distinct: 600}");
    assert_eq!(read("", days, "day: equals"), ((json!(50_000.0), json!(1666.7)), json!("1"), json!(filter)));
    // The day itself is in the sort key.
    assert_eq!(read("", days, "hotel: equals, day: equals").0, (json!(166.7), json!(166.7)));
    // Nobody knows over how many months.
    assert_eq!(read("", "date", "day: equals").0, (Value::Null, Value::Null));
    assert_eq!(read("", "timestamp", "day: equals").0, (Value::Null, Value::Null));
    assert_eq!(read("", "timestamp", "hotel: equals, day: equals").0, (Value::Null, Value::Null));
    // As long as items are kept, or as long as so many take to come.
    let month = (json!(100_000.0), json!(100_000.0));
    assert_eq!(read("retention: 300d,", "timestamp", "day: equals").0, month);
    assert_eq!(read("growth: \"3333.3333333333333/day\",", "timestamp", "day: equals").0, month);
    assert_eq!(
        read("retention: 300d,", "timestamp", "hotel: equals, day: equals").0,
        (json!(10_000.0), json!(10_000.0))
    );
    // A list of times asks for each bucket once, and a filter keeps to its days.
    let listed = |values: &str| read("", days, &format!("day: {{is: in, value: [{values}]}}"));
    let both = json!("#day IN (:day_1, :day_2)");
    assert_eq!(listed("\"2026-01-05\", \"2026-01-06\""), ((json!(50_000.0), json!(3333.3)), json!("1"), both.clone()));
    assert_eq!(listed("\"2026-01-05\", \"2026-02-06\""), ((json!(100_000.0), json!(3333.3)), json!("2"), both.clone()));
    assert_eq!(read("", days, "day: {is: in, count: 2}"), ((json!(100_000.0), json!(3333.3)), json!("2"), both));
    // Where the sort key has the days, each is one query.
    let own = read("", days, "hotel: equals, day: {is: in, value: [\"2026-01-05\", \"2026-01-06\"]}");
    assert_eq!(own, ((json!(333.3), json!(333.3)), json!("2"), Value::Null));
    let times = "day: {is: in, value: [\"2026-01-05T10:00:00.000Z\", \"2026-01-06T10:00:00.000Z\"]}";
    assert_eq!(read("retention: 300d,", "timestamp", times), (month, json!("1"), Value::Null));
}

#[test]
fn why_a_cut_date_is_filtered_is_that_the_key_cuts_it() {
    let model = "tables: {Main: {partition_key: pk, sort_key: sk}}
entities:
  Booking: {keys: {pk: \"H#{hotel}\", sk: \"{day:month}#{room}\"}, attributes: {hotel: uuid, room: string, day: date}}
access_patterns:
  p: {operation: query, entity: Booking, where: {hotel: equals, day: equals}}
";
    let text = printed(model);
    assert!(text.contains("the key keeps only the month of `day`"), "{text}");
}

#[test]
fn the_times_of_a_list_are_in_no_order_within_their_buckets() {
    let keys = "pk: \"{at:date}\", sk: \"{host}#{id}\"";
    let attributes = "at: timestamp, host: uuid, id: ulid";
    for at in ["equals", "{is: in, count: 2}"] {
        let pattern = format!("operation: query, where: {{at: {at}}}, order_by: at");
        assert_eq!(rejected(keys, attributes, &pattern)[0], "order", "{at}");
    }
    let sorted = "pk: \"{at:date}\", sk: \"{at}#{id}\"";
    let pattern = "operation: query, where: {at: {is: in, count: 2}}, order_by: at";
    let plan = plan(&model(sorted, attributes, pattern));
    assert_eq!((&plan["served"], &plan["queries"]), (&json!(true), &json!("2")));
}

#[test]
fn a_limit_ends_among_all_that_lies_in_the_range() {
    let read = |pattern: &str| {
        let model = format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Post: {{items: 100k, keys: {{pk: \"P#{{p}}\", sk: \"A#{{a}}\"}}, attributes: {{p: {{type: uuid, distinct: 1k}}, a: ulid}}}}
  Like: {{items: 10k, keys: {{pk: \"P#{{p}}\", sk: \"A#{{a}}#C#{{c}}\"}}, attributes: {{p: {{type: uuid, distinct: 1k}}, a: ulid, c: ulid}}}}
access_patterns:
  p: {{operation: query, entity: Post, where: {{p: equals{pattern}}}
"
        );
        counts(&plan(&model))
    };
    // A hundred posts, and ten likes among them.
    let some = (json!(5.0), json!(4.5));
    assert_eq!(read("}, limit: 5"), some);
    assert_eq!(read(", a: at_most}, limit: 5"), some);
    assert_eq!(read(", a: {is: at_most, matches: 50%}}, limit: 5"), some);
    assert_eq!(read("}, limit: 100, pages: 5"), (json!(110.0), json!(100.0)));
    assert_eq!(read(", a: {is: at_most, matches: 50%}}, limit: 1000"), (json!(55.0), json!(50.0)));
    // So few are there that the limit tells nothing of the range.
    assert_eq!(read(", a: at_most}, limit: 1000"), (Value::Null, Value::Null));
}

#[test]
fn what_comes_after_a_unique_key_needs_no_order() {
    let order = |attributes: &str, pattern: &str| {
        let model = format!(
            "tables: {{Msgs: {{partition_key: room, sort_key: at, global_indexes: {{
  by_user: {{partition_key: user, sort_key: at}}, by_at: {{partition_key: at, sort_key: room}}}}}}}}
entities:
  Msg: {{attributes: {{room: uuid, at: timestamp, user: uuid, id: ulid{attributes}}}}}
access_patterns:
  p: {{operation: query, entity: Msg, {pattern}}}
"
        );
        plan(&model)["served"].clone()
    };
    for served in [
        "where: {room: equals}, order_by: [at, id]",
        "where: {room: equals}, order_by: [at desc, id]",
        "where: {room: equals, at: equals}, order_by: id",
        "where: {at: equals}, order_by: [room, user]",
        "where: {user: equals, room: equals}, order_by: [at, id]",
    ] {
        assert_eq!(order("", served), json!(true), "{served}");
    }
    for tied in [
        // Two rooms may have a message at the same time.
        "where: {user: equals}, order_by: [at, id]",
        "where: {user: equals}, order_by: [at, room]",
        "where: {room: equals}, order_by: [id, at]",
    ] {
        assert_eq!(order("", tied), json!(false), "{tied}");
    }
}

#[test]
fn a_reason_is_said_once_and_is_the_real_one() {
    let sparse = "tables: {Main: {partition_key: id, global_indexes: {open: {partition_key: gpk, sort_key: gsk}}}}
entities:
  Order:
    keys: {gpk: {value: \"OPEN#{region}\", when: {status: open}}, gsk: {value: \"{due}\", when: {status: open}}}
    attributes: {id: ulid, status: {values: [open, done]}, region: {values: [eu, us]}, due: timestamp}
access_patterns:
  p: {operation: scan, entity: Order, via: open}
";
    assert_eq!(plan(sparse)["caveats"].as_array().unwrap().len(), 1);
    let get = "operation: get, where: {user: equals, id: equals}, order_by: n";
    assert_eq!(said("incomplete-key", get), [""; 0]);
    assert_eq!(said("unserved-order", get), ["`p` asks items by their keys for an order"]);
    assert_eq!(said("incomplete-key", "operation: get, where: {user: equals}, order_by: n").len(), 1);
}

#[test]
fn an_item_operation_means_the_whole_time() {
    let attributes = "device: uuid, at: timestamp, id: uuid, value: number";
    for (sort, known) in
        [("{at}", "device: equals, at: equals"), ("{at}#{id}", "device: equals, at: equals, id: equals")]
    {
        let keys = format!("pk: \"{{device}}#{{at:date}}\", sk: \"{sort}\"");
        for operation in
            ["operation: get", "operation: update, sets: [value]", "operation: delete", "operation: batch_get"]
        {
            let item = request(&keys, attributes, &format!("{operation}, where: {{{known}}}"));
            assert_eq!(item["Key"], json!({"pk": {"S": "{device}#{at:date}"}, "sk": {"S": sort}}));
        }
        // Of a query the same equality is the day.
        let day = request(&keys, attributes, "operation: query, where: {device: equals, at: equals}");
        assert_eq!(day["KeyConditionExpression"], "pk = :pk");
    }
    let checked = plan(
        "tables:\n  Main: {partition_key: pk, sort_key: at}\n\
         entities:\n  Reading: {keys: {pk: \"{device}#{at:date}\"}, attributes: {device: uuid, at: timestamp}}\n\
         access_patterns:\n  p:\n    operation: transact_write\n    actions:\n      \
         - {operation: condition_check, entity: Reading, where: {device: equals, at: equals}}\n",
    );
    assert_eq!(checked["served"], true, "{checked:#}");
}

#[test]
fn a_list_that_two_key_attributes_hold_is_as_many_keys_as_it_has_values() {
    let keys = "pk: \"{device}#{at:date}\", sk: \"{at}\"";
    let pattern = "operation: batch_get, where: {device: equals, at: {is: in, count: 5}}";
    let plan = plan(&model(keys, "device: uuid, at: timestamp", pattern));
    assert_eq!(plan["queries"], "5", "{plan:#}");
}

#[test]
fn a_sort_key_named_itself_is_in_its_own_order() {
    let backwards = |keys: &str, pattern: &str| request(keys, ATTRIBUTES, pattern)["ScanIndexForward"].clone();
    assert_eq!(backwards(KEYS, "operation: query, where: {user: equals}, order_by: sk desc, limit: 10"), false);
    let indexed = format!("{KEYS}, gpk: \"S#{{status}}\", gsk: \"{{at:month}}#{{id}}\"");
    assert_eq!(backwards(&indexed, "operation: query, where: {status: equals}, order_by: [gsk desc]"), false);
    // The key holds all of the time, but only its month before the id.
    assert_eq!(
        rejected(&indexed, ATTRIBUTES, "operation: query, via: gsi, where: {status: equals}, order_by: at desc")[1],
        "order"
    );
    // Another path's key gives no order.
    let other = rejected(&indexed, ATTRIBUTES, "operation: query, via: gsi, where: {status: equals}, order_by: sk");
    assert_eq!(other[1], "order");
}

#[test]
fn several_sort_attributes_are_in_the_order_of_their_positions() {
    let served = |known: &str, order: &str| {
        let model = format!(
            "tables:\n  Main: {{partition_key: id, global_indexes: {{gsi: {{partition_key: gpk, sort_key: [one, two]}}}}}}\n\
             entities:\n  Thing:\n    keys: {{gpk: \"{{user}}\", one: \"A#{{a}}#{{b}}\", two: \"C#{{c}}\"}}\n    \
             attributes: {{id: ulid, user: ulid, a: ulid, b: ulid, c: ulid}}\n\
             access_patterns:\n  p: {{entity: Thing, operation: query, where: {{user: equals{known}}}, order_by: [{order}]}}\n"
        );
        plan(&model)["served"] == true
    };
    assert!(served("", "one"));
    assert!(served("", "one desc, two desc"));
    assert!(served("", "one, c"));
    assert!(served("", "a, b, two"));
    // What is left of a key after its first attribute is in the order of the whole key.
    assert!(served("", "a, one"));
    assert!(served(", a: equals, b: equals", "two"));
    assert!(!served("", "two"));
    assert!(!served("", "a, two"));
    assert!(!served("", "one, a desc"));
    assert!(!served("", "two, one"));
}

#[test]
fn several_entities_are_in_the_order_of_the_whole_key() {
    let served = |order: &str| {
        let model = format!(
            "tables:\n  Main: {{partition_key: pk, sort_key: sk}}\n\
             entities:\n  Order: {{keys: {{pk: \"U#{{user}}\", sk: \"O#{{at}}\"}}, attributes: {{user: ulid, at: timestamp}}}}\n  \
             Payment: {{keys: {{pk: \"U#{{user}}\", sk: \"P#{{at}}\"}}, attributes: {{user: ulid, at: timestamp}}}}\n\
             access_patterns:\n  p: {{entity: [Order, Payment], operation: query, where: {{user: equals}}, order_by: {order}}}\n"
        );
        plan(&model)["served"] == true
    };
    assert!(served("sk desc"));
    assert!(!served("at desc"));
}

#[test]
fn small_numbers_and_pages_of_several_queries_read_as_what_they_are() {
    let jobs = |pattern: &str| {
        printed(&format!(
            "tables:\n  Jobs: {{partition_key: id, global_indexes: {{waiting: {{partition_key: shard, sort_key: due}}}}}}\n\
             entities:\n  Job: {{items: 100k, attributes: {{id: uuid, shard: {{type: number, shards: 10, present: 5%}}, due: epoch, note: {{type: string, size: 2 KB}}}}}}\n\
             access_patterns:\n  p: {{entity: Job, {pattern}}}\n"
        ))
    };
    let due = |more: &str| jobs(&format!("operation: query, via: waiting, where: {{due: {{is: at_most, {more}}}}}"));
    let get = |rate: &str| jobs(&format!("operation: get, where: {{id: equals}}, rate: {rate}"));
    assert!(get("20/day").contains("calls      20/day on average"), "{}", get("20/day"));
    assert!(get("1/min").contains("calls      0.017/s on average"));
    assert!(get("1/month").contains("calls      less than 0.1/day on average"), "{}", get("1/month"));
    let few = due("matches: 0.02");
    assert!(few.contains("less than 0.1 evaluated, less than 0.1 returned"), "{few}");
    assert!(few.contains("10 of up to 1 MB; one for each query, and queries can run side by side"), "{few}");
    let many = due("matches: 100%");
    assert!(many.contains("20 of up to 1 MB; 2 in turn for each query, and queries can run side by side"), "{many}");
    let scan = |segments: &str| jobs(&format!("operation: scan{segments}"));
    assert!(scan("").contains("of up to 1 MB, one after the other"), "{}", scan(""));
    assert!(scan(", segments: 4").contains("segments can run side by side"), "{}", scan(", segments: 4"));
}

#[test]
fn what_a_limit_leaves_of_the_wanted_items_follows_from_all_counts() {
    let items = |orders: &str, payments: &str| {
        let plan = plan(&format!(
            "tables:\n  Main: {{partition_key: pk, sort_key: sk}}\n\
             entities:\n  Order: {{{orders}keys: {{pk: \"O#{{id}}\", sk: \"O#\"}}, attributes: {{id: ulid}}}}\n  \
             Payment: {{{payments}keys: {{pk: \"P#{{id}}\", sk: \"P#\"}}, attributes: {{id: ulid}}}}\n\
             access_patterns:\n  p: {{entity: Order, operation: scan, limit: 100}}\n"
        ));
        [plan["evaluated"].clone(), plan["returned"].clone()]
    };
    assert_eq!(items("items: 40, ", "items: 3960, "), [json!("100"), json!("1")]);
    // More of them than the limit: a quarter of all, and of each page.
    assert_eq!(items("items: 1000, ", "items: 3000, "), [json!("100"), json!("25")]);
    assert_eq!(items("", "items: 3000, "), [json!("100"), Value::Null]);
    assert_eq!(items("items: 1000, ", ""), [json!("100"), Value::Null]);
}

#[test]
fn listed_numbers_of_one_length_sort_as_they_count() {
    let years = |values: &str, pattern: &str| {
        let keys = "pk: \"{org}\", sk: \"{year}#{id}\"";
        let attributes = format!("org: ulid, year: {{type: number, digits: 4, values: {values}}}, id: ulid");
        plan(&model(keys, &attributes, &format!("operation: query, {pattern}")))
    };
    let newest = "where: {org: equals}, order_by: [year desc, id desc]";
    assert_eq!(years("[2024, 2025, 2026]", newest)["served"], json!(true));
    for otherwise in ["[9, 10]", "[-20, -10]", "[1.5, 9.5]"] {
        assert_eq!(years(otherwise, newest)["served"], json!(false), "{otherwise}");
    }
    let condition = |values: &str, range: &str| {
        let plan = years(values, &format!("where: {{org: equals, year: {range}}}"));
        plan["request"]["KeyConditionExpression"].as_str().unwrap().to_owned()
    };
    assert_eq!(condition("[2024, 2025, 2026]", "between"), "pk = :pk AND sk BETWEEN :sk_from AND :sk_to");
    // `999` is text after `2024`, and so are numbers of several lengths.
    assert_eq!(condition("[2024, 2025, 2026]", "{is: at_least, value: 999}"), "pk = :pk");
    assert_eq!(condition("[9, 10]", "between"), "pk = :pk");
}

#[test]
fn a_condition_of_the_application_is_said() {
    let local = |pattern: &str| {
        printed(&format!(
            "tables: {{Main: {{partition_key: id, sort_key: at, local_indexes: {{lsi: {{sort_key: kind, projection: keys_only}}}}}}}}\nentities:\n  Thing: {{attributes: {{id: uuid, at: ulid, kind: string, state: string}}}}\naccess_patterns:\n  p: {{operation: query, entity: Thing, {pattern}}}\n"
        ))
    };
    let said = "`state` is not in the index, where no FilterExpression sees it";
    let filtered = local("where: {id: equals, kind: equals, state: equals}, via: lsi");
    assert!(filtered.contains(said), "{filtered}");
    let table = local("where: {id: equals, state: equals}");
    assert!(!table.contains(said) && table.contains("FilterExpression"), "{table}");
}

#[test]
fn a_path_that_lacks_items_is_rejected_beside_one_that_has_all() {
    let model = |pin: &str| {
        format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk, global_indexes: {{open: {{partition_key: gpk}}}}}}}}\nentities:\n  Seat: {{items: 1k, keys: {{pk: \"{{show}}\", sk: \"{{seat}}\", gpk: {{value: \"{{show}}\", when: {{state: open}}}}}}, attributes: {{show: {{type: ulid, distinct: 10}}, seat: uuid, state: {{type: string, values: {{open: 30%, sold: 70%}}}}}}}}\naccess_patterns:\n  p: {{operation: query, entity: Seat, where: {{show: equals}}{pin}}}\n"
        )
    };
    let clause = "rejected   index `open`: it holds only those `Seat` items whose `state` is `open`";
    for pin in ["", ", via: table"] {
        let text = printed(&model(pin));
        assert!(text.contains(clause), "{text}");
    }
    assert_eq!(plan(&model(""))["candidates"][1]["rejected_because"][0]["clause"], "incomplete");
}

#[test]
fn a_batch_and_the_list_of_its_keys_are_the_same_requests() {
    let text = |batch: &str, count: u32| {
        printed(&format!(
            "tables: {{Main: {{partition_key: id}}}}\nentities:\n  Thing: {{items: 1k, size: 100, attributes: {{id: uuid}}}}\naccess_patterns:\n  p: {{operation: batch_get, entity: Thing, where: {{id: {{is: in, count: {count}}}}}{batch}, rate: 1/s}}\n"
        ))
    };
    for same in [text("", 30), text(", batch: 30", 30)] {
        assert!(same.contains("30 in one call") && same.contains("15 read of"), "{same}");
    }
    let differ = text(", batch: 5", 2);
    assert!(differ.contains("10 items in a call") && differ.contains("2 for each of 5 requests"), "{differ}");
}

#[test]
fn heat_is_of_paths_that_a_call_touches() {
    let text = printed(
        "region: us-east-1\ntables: {Jobs: {partition_key: id, global_indexes: {due: {partition_key: shard, sort_key: at}}}}\nentities:\n  Job: {items: 1k, attributes: {id: ulid, shard: {type: number, shards: 2, digits: 1}, at: timestamp, state: {type: string, size: 4}, note: {type: string, size: 20}}}\naccess_patterns:\n  p: {operation: update, entity: Job, where: {id: equals}, sets: [shard], rate: 10/s}\n  put: {operation: put, entity: Job, rate: 400/s}\n",
    );
    assert!(text.contains("of index `due`:"), "{text}");
    let sparse = printed(
        "region: us-east-1\ntables: {Jobs: {partition_key: id, global_indexes: {due: {partition_key: shard, sort_key: at, projection: keys_only}}}}\nentities:\n  Job: {items: 1k, attributes: {id: ulid, shard: {type: number, shards: 2, digits: 1}, at: timestamp, state: {type: string, size: 4}}}\naccess_patterns:\n  p: {operation: update, entity: Job, where: {id: equals}, sets: [state], rate: 10/s}\n  put: {operation: put, entity: Job, rate: 400/s}\n",
    );
    assert!(!sparse.contains("of index `due`:"), "{sparse}");
}

#[test]
fn a_pin_that_does_not_serve_points_to_the_path_that_does() {
    let text = printed(&model(
        "pk: \"{user}\", sk: \"{id}\", gpk: \"{kind}\", gsk: \"{id}\"",
        "user: ulid, id: ulid, kind: string",
        "operation: query, where: {user: equals}, via: gsi",
    ));
    assert!(text.contains("table `Main` serves it: write `via: table`, or leave `via` out"), "{text}");
    assert!(!text.contains("this index of"), "{text}");
}

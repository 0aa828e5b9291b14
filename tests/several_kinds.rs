//! Queries whose key range holds several kinds of items: what their values are compared with, and which
//! of them a limit reaches.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use keyplan::cost::{Figures, Scale, Terms};
use keyplan::design::Design;
use keyplan::plan::Plans;
use keyplan::prices::PriceBook;
use keyplan::source::load;
use serde_json::{Value, json};

/// The plan of the pattern `p`, for programs and for people.
fn planned(model: &str) -> (Value, String) {
    let text = format!("keyplan: 1\nregion: us-east-1\n{model}");
    let (model, _) = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let design = Design::new(&model);
    assert!(design.dangling.is_empty(), "{:?}", design.dangling);
    let plans = Plans::new(&design);
    let figures = Figures::new(&design, &plans, &PriceBook::embedded(), &Terms::default(), Scale::default());
    let all = (&design, &plans, &figures);
    let mut out = Vec::new();
    keyplan::report::plan::write(&mut out, 100, all, &[0]).unwrap();
    let json = keyplan::report::plan::to_json(all, &[0])["plans"][0].clone();
    (json["requests"][0].clone(), String::from_utf8(out).unwrap())
}

fn shop(entities: &str, pattern: &str) -> (Value, String) {
    planned(&format!(
        "tables: {{Shop: {{partition_key: pk, sort_key: sk}}}}
entities:
  Customer: {{items: 100, keys: {{pk: \"C#{{customer}}\", sk: \"#META\"}}, attributes: {{customer: uuid, name: {{type: string, size: 3000}}}}}}
  Order:
    belongs_to: {{Customer: 50}}
    keys: {{pk: \"C#{{customer}}\", sk: \"O#{{created}}#{{order}}\"}}
    attributes: {{customer: uuid, order: {{type: ulid, stored: false}}, created: timestamp, amount: {{type: number, digits: 6}}, paid: boolean, lines: {{type: list, size: 500}}}}
access_patterns:
  p: {{operation: query, entity: [{entities}], {pattern}, rate: 1/s}}
"
    ))
}

#[test]
fn a_value_has_the_type_of_the_entity_that_has_the_attribute() {
    for entities in ["Customer, Order", "Order, Customer"] {
        let request = |pattern: &str| shop(entities, pattern).0["request"].clone();
        let filter = |condition: &str| request(&format!("where: {{customer: equals, {condition}}}"));
        let amount = filter("amount: {is: greater_than, value: 100}");
        assert_eq!(amount["ExpressionAttributeValues"][":amount"], json!({"N": "100"}), "{entities}");
        let paid = filter("paid: {is: equals, value: true}");
        assert_eq!(paid["ExpressionAttributeValues"][":paid"], json!({"BOOL": true}), "{entities}");
        let lines = filter("lines: {is: at_least, value: 3}");
        assert_eq!(lines["FilterExpression"], "size(#lines) >= :lines", "{entities}");
        let select = request("where: {customer: equals}, select: [name, order, amount]");
        assert_eq!(select["ProjectionExpression"], "#name, sk, amount", "{entities}");
    }
}

#[test]
fn types_that_differ_are_said() {
    let printed = |size: &str| {
        planned(&format!(
            "tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  Box: {{keys: {{pk: \"{{id}}\", sk: \"B#{{n}}\"}}, attributes: {{id: uuid, n: ulid, size: number}}}}
  Shirt: {{keys: {{pk: \"{{id}}\", sk: \"S#{{n}}\"}}, attributes: {{id: uuid, n: ulid, size: {size}}}}}
access_patterns:
  p: {{operation: query, entity: [Box, Shirt], where: {{id: equals, size: equals}}}}
"
        ))
        .1
    };
    let note = "`size` is N in Box and S in Shirt";
    assert!(printed("string").contains(note), "{}", printed("string"));
    assert!(!printed("number").contains("is N in"), "{}", printed("number"));
}

/// Children in a partition with one item of another kind, which `parent` is the sort key of.
fn limited(parent: &str, order: &str, limit: u32) -> (Value, String) {
    planned(&format!(
        "tables: {{Photos: {{partition_key: album, sort_key: photo}}}}
entities:
  Album: {{items: 100, keys: {{photo: \"{parent}\"}}, attributes: {{album: ulid, title: {{type: string, size: 3000}}}}}}
  Photo: {{belongs_to: {{Album: 40}}, attributes: {{album: ulid, photo: ulid, thumb: {{type: binary, size: 900}}}}}}
access_patterns:
  p: {{operation: query, entity: Photo, where: {{album: equals}}, order_by: photo{order}, limit: {limit}, rate: 1/s}}
"
    ))
}

#[test]
fn a_limit_from_the_other_end_does_not_reach_a_neighbour() {
    let of = |parent: &str, order: &str, limit: u32| {
        let (plan, printed) = limited(parent, order, limit);
        assert!(!plan["evaluated"].is_null(), "{printed}");
        let items = [plan["evaluated"].as_str().unwrap(), plan["returned"].as_str().unwrap()].join(" ");
        (items, plan["also_reads"].clone(), printed)
    };
    // `#` sorts below every ULID.
    let (items, others, printed) = of("#ALBUM", " desc", 30);
    assert_eq!((items.as_str(), others), ("30 30", json!([])), "{printed}");
    assert!(printed.contains("may read   `Album`, where the limit is not reached before"), "{printed}");
    let (items, others, printed) = of("#ALBUM", "", 30);
    assert_eq!((items.as_str(), others), ("30 29", json!(["Album"])), "{printed}");
    // `~` sorts above.
    let (items, others, _) = of("~ALBUM", "", 30);
    assert_eq!((items.as_str(), others), ("30 30", json!([])));
    // The limit is not reached, or the key may lie anywhere among the others.
    let (items, others, _) = of("#ALBUM", " desc", 50);
    assert_eq!((items.as_str(), others), ("41 40", json!(["Album"])));
    let (items, others, _) = of("7ALBUM", " desc", 30);
    assert!(items.starts_with("30 29.2") && others == json!(["Album"]), "{items}");
}

#[test]
fn kinds_that_are_asked_for_together_count_in_their_order() {
    // One customer of 3 KB and nine orders, and only orders: not a share of each.
    let units = |order: &str| {
        let printed = shop("Customer, Order", &format!("where: {{customer: equals}}, {order}limit: 10")).1;
        printed.lines().find(|line| line.contains("units")).unwrap().trim().to_owned()
    };
    assert!(units("").starts_with("units      1.5 read"), "{}", units(""));
    assert!(units("order_by: sk desc, ").starts_with("units      1 read"), "{}", units("order_by: sk desc, "));
}

#[test]
fn a_neighbour_before_a_fixed_range_is_not_read() {
    let with = |range: &str| {
        planned(&format!(
            "tables: {{Docs: {{partition_key: pk, sort_key: sk}}}}
entities:
  Latest: {{items: 100, keys: {{pk: \"{{doc}}\", sk: \"V#0\"}}, attributes: {{doc: ulid}}}}
  Version: {{belongs_to: {{Latest: 20}}, keys: {{pk: \"{{doc}}\", sk: \"V#{{version}}\"}}, attributes: {{doc: ulid, version: {{type: number, digits: 5, padded: true}}}}}}
access_patterns:
  p: {{operation: query, entity: Version, where: {{doc: equals{range}}}}}
"
        ))
        .0
    };
    let read = |range: &str| [with(range)["also_reads"].clone(), with(range)["may_read"].clone()];
    assert_eq!(read(", version: {is: between, value: [1, 10]}"), [json!([]), json!([])]);
    // It begins what the range begins with.
    assert_eq!(read(""), [json!(["Latest"]), json!([])]);
}

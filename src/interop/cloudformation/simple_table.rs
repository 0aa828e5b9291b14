//! The table of AWS SAM: `AWS::Serverless::SimpleTable`.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html>

use super::super::node::{Node, Value};
use super::evaluate::unknown;
use super::nodes::{map, text, with, within};

/// The properties of a SAM table as those of `AWS::DynamoDB::Table`; `globals` is what the template
/// sets for all of them.
pub(super) fn as_table(properties: &Node, globals: Option<&Node>) -> Node {
    let origin = properties.origin;
    let globals = globals.map(|globals| globals.entries().collect::<Vec<_>>()).unwrap_or_default();
    let mut properties = properties.clone();
    if let Value::Map(own) = &mut properties.value {
        for (key, value) in globals {
            own.entry(key.to_owned()).or_insert_with(|| value.clone());
        }
    }
    let key = properties.get("PrimaryKey");
    // Without a key the table has `id`, a string.
    let (name, letter) = match key {
        None => (text("id", origin), text("S", origin)),
        Some(key) => {
            let missing = || unknown("`PrimaryKey` has no `Name`", key.origin);
            let untyped = || unknown("`PrimaryKey` has no `Type`", key.origin);
            let name = within(Some(key), "Name").unwrap_or_else(missing);
            (name, letter(within(Some(key), "Type").unwrap_or_else(untyped)))
        }
    };
    let at = key.map_or(origin, |key| key.origin);
    let list = |node| Some(Node::new(Value::List(vec![node]), at));
    let definition = map([("AttributeName", Some(name.clone())), ("AttributeType", Some(letter))], at);
    let element = map([("AttributeName", Some(name)), ("KeyType", Some(text("HASH", at)))], at);
    let provisioned = properties.get("ProvisionedThroughput").is_some();
    let billing = if provisioned { "PROVISIONED" } else { "PAY_PER_REQUEST" };
    with(
        &properties,
        [
            ("AttributeDefinitions", list(definition)),
            ("KeySchema", list(element)),
            ("BillingMode", Some(text(billing, origin))),
        ],
    )
}

fn letter(kind: Node) -> Node {
    let letter = match kind.text() {
        Some("String") => "S",
        Some("Number") => "N",
        Some("Binary") => "B",
        Some(other) => {
            return unknown(format!("`{other}` stands where `String`, `Number` or `Binary` is expected"), kind.origin);
        }
        None => return kind,
    };
    text(letter, kind.origin)
}

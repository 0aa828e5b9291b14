//! A table's resource in the shape that `CreateTable` has, which is read once for all formats.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dynamodb_table>

use crate::IndexMap;

use super::resource::{block, present};
use super::scope::{map, text, unknown};
use crate::interop::node::{Node, Origin, Value};

/// The properties of a table, with the indexes that are resources of their own.
pub(super) fn table(values: &Node, own_indexes: &[&Node]) -> Node {
    let on_demand = present(values, "billing_mode").and_then(Node::text) == Some("PAY_PER_REQUEST");
    let mut properties = renamed(
        values,
        &[
            ("BillingMode", "billing_mode"),
            ("TableClass", "table_class"),
            ("DeletionProtectionEnabled", "deletion_protection_enabled"),
        ],
    );
    let mut set = |name: &str, node: Option<Node>| {
        if let Some(node) = node {
            properties.insert(name.to_owned(), node);
        }
    };
    set("AttributeDefinitions", Some(attributes(values, own_indexes)));
    set("KeySchema", key_schema(values, None));
    set("ProvisionedThroughput", provisioned(values).filter(|_| !on_demand));
    set("OnDemandThroughput", throughput(values, "on_demand_throughput", &ON_DEMAND));
    set("WarmThroughput", throughput(values, "warm_throughput", &WARM));
    set("GlobalSecondaryIndexes", indexes(values, "global_secondary_index", own_indexes, None, on_demand));
    set("LocalSecondaryIndexes", indexes(values, "local_secondary_index", &[], Some(values), true));
    set("StreamSpecification", stream(values));
    set("TimeToLiveSpecification", time_to_live(values));
    set("PointInTimeRecoverySpecification", recovery(values));
    Node::new(Value::Map(properties), values.origin)
}

const PROVISIONED: [(&str, &str); 2] =
    [("ReadCapacityUnits", "read_capacity"), ("WriteCapacityUnits", "write_capacity")];
const OWN_PROVISIONED: [(&str, &str); 2] =
    [("ReadCapacityUnits", "read_capacity_units"), ("WriteCapacityUnits", "write_capacity_units")];
const ON_DEMAND: [(&str, &str); 2] =
    [("MaxReadRequestUnits", "max_read_request_units"), ("MaxWriteRequestUnits", "max_write_request_units")];
const WARM: [(&str, &str); 2] =
    [("ReadUnitsPerSecond", "read_units_per_second"), ("WriteUnitsPerSecond", "write_units_per_second")];

/// What is there under other names.
fn renamed(node: &Node, names: &[(&str, &str)]) -> IndexMap<String, Node> {
    let entry = |(new, old): &(&str, &str)| Some(((*new).to_owned(), present(node, old)?.clone()));
    names.iter().filter_map(entry).collect()
}

fn renamed_map(node: &Node, names: &[(&str, &str)]) -> Option<Node> {
    let entries = renamed(node, names);
    let origin = entries.values().next()?.origin;
    Some(Node::new(Value::Map(entries), origin))
}

/// A block under other names; an unknown one stays so.
fn throughput(values: &Node, name: &str, names: &[(&str, &str)]) -> Option<Node> {
    let block = block(values, name)?;
    match block.value {
        Value::Unknown(_) => Some(block.clone()),
        _ => renamed_map(block, names).map(|node| Node::new(node.value, block.origin)),
    }
}

fn provisioned(values: &Node) -> Option<Node> {
    renamed_map(values, &PROVISIONED)
}

/// The items of a list of blocks, each changed; an unknown list is one unknown item.
fn items(list: Option<&Node>, change: impl Fn(&Node) -> Node) -> Vec<Node> {
    let Some(list) = list else { return Vec::new() };
    let change = |item: &Node| match item.value {
        Value::Unknown(_) => item.clone(),
        _ => change(item),
    };
    match &list.value {
        Value::List(items) => items.iter().map(change).collect(),
        // Some plans and modules have one map for one block.
        Value::Map(_) | Value::Unknown(_) => vec![change(list)],
        _ => Vec::new(),
    }
}

fn attributes(values: &Node, own_indexes: &[&Node]) -> Node {
    let list = present(values, "attribute");
    let definition = |node: &Node| {
        Node::new(Value::Map(renamed(node, &[("AttributeName", "name"), ("AttributeType", "type")])), node.origin)
    };
    let mut definitions = items(list, definition);
    for index in own_indexes {
        definitions.extend(items(present(index, "key_schema"), |node| {
            let names = [("AttributeName", "attribute_name"), ("AttributeType", "attribute_type")];
            Node::new(Value::Map(renamed(node, &names)), node.origin)
        }));
    }
    Node::new(Value::List(definitions), list.unwrap_or(values).origin)
}

/// The keys of a table or index: blocks, or one attribute or two. A local index has the partition
/// key of its table.
fn key_schema(values: &Node, table: Option<&Node>) -> Option<Node> {
    if let Some(list) = present(values, "key_schema").filter(|list| !list.items().is_empty()) {
        let names = [("AttributeName", "attribute_name"), ("KeyType", "key_type")];
        let elements = items(Some(list), |node| Node::new(Value::Map(renamed(node, &names)), node.origin));
        return Some(Node::new(Value::List(elements), list.origin));
    }
    let element = |name: &Node, kind: &str| {
        map([("AttributeName", name.clone()), ("KeyType", text(kind, name.origin))], name.origin)
    };
    let hash = present(table.unwrap_or(values), "hash_key").map(|name| element(name, "HASH"));
    let range = present(values, "range_key").map(|name| element(name, "RANGE"));
    let elements: Vec<Node> = hash.into_iter().chain(range).collect();
    let origin = elements.first()?.origin;
    Some(Node::new(Value::List(elements), origin))
}

fn indexes(values: &Node, name: &str, own: &[&Node], table: Option<&Node>, on_demand: bool) -> Option<Node> {
    let list = present(values, name);
    let mut all = items(list, |index| {
        let mut read = renamed(index, &[("IndexName", "name")]);
        let projection =
            renamed(index, &[("ProjectionType", "projection_type"), ("NonKeyAttributes", "non_key_attributes")]);
        read.insert("Projection".to_owned(), Node::new(Value::Map(projection), index.origin));
        read.extend(key_schema(index, table).map(|keys| ("KeySchema".to_owned(), keys)));
        let capacity = provisioned(index).filter(|_| !on_demand);
        read.extend(capacity.map(|node| ("ProvisionedThroughput".to_owned(), node)));
        read.extend(limits(index));
        Node::new(Value::Map(read), index.origin)
    });
    all.extend(own.iter().map(|index| own_index(index)));
    let origin = list.map(|list| list.origin).or_else(|| own.first().map(|index| index.origin))?;
    Some(Node::new(Value::List(all), origin))
}

fn limits(index: &Node) -> impl Iterator<Item = (String, Node)> {
    let most =
        throughput(index, "on_demand_throughput", &ON_DEMAND).map(|node| ("OnDemandThroughput".to_owned(), node));
    let warm = throughput(index, "warm_throughput", &WARM).map(|node| ("WarmThroughput".to_owned(), node));
    most.into_iter().chain(warm)
}

/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dynamodb_global_secondary_index>
fn own_index(index: &Node) -> Node {
    let mut read = renamed(index, &[("IndexName", "index_name")]);
    read.extend(key_schema(index, None).map(|keys| ("KeySchema".to_owned(), keys)));
    let names = [("ProjectionType", "projection_type"), ("NonKeyAttributes", "non_key_attributes")];
    read.extend(throughput(index, "projection", &names).map(|node| ("Projection".to_owned(), node)));
    let capacity = throughput(index, "provisioned_throughput", &OWN_PROVISIONED);
    read.extend(capacity.map(|node| ("ProvisionedThroughput".to_owned(), node)));
    read.extend(limits(index));
    Node::new(Value::Map(read), index.origin)
}

/// A switch: on, off, or unknown with the reason.
fn switch(node: Option<&Node>) -> Result<bool, Node> {
    match node.map(|node| (&node.value, node)) {
        Some((Value::Unknown(_), node)) => Err(node.clone()),
        Some((_, node)) => Ok(node.boolean().unwrap_or(false)),
        None => Ok(false),
    }
}

fn boolean(value: bool, origin: Origin) -> Node {
    Node::new(Value::Boolean(value), origin)
}

fn stream(values: &Node) -> Option<Node> {
    let enabled = present(values, "stream_enabled")?;
    let view = present(values, "stream_view_type");
    Some(match (switch(Some(enabled)), view) {
        (Err(open), _) => open,
        (Ok(false), _) => map([("StreamEnabled", boolean(false, enabled.origin))], enabled.origin),
        (Ok(true), None) => unknown("`stream_view_type` is missing", enabled.origin),
        (Ok(true), Some(view)) => {
            map([("StreamEnabled", boolean(true, enabled.origin)), ("StreamViewType", view.clone())], enabled.origin)
        }
    })
}

fn time_to_live(values: &Node) -> Option<Node> {
    let ttl = block(values, "ttl")?;
    if let Value::Unknown(_) = ttl.value {
        return Some(ttl.clone());
    }
    Some(match switch(ttl.get("enabled")) {
        Err(open) => open,
        Ok(enabled) => {
            let origin = ttl.get("enabled").unwrap_or(ttl).origin;
            let mut read = renamed(ttl, &[("AttributeName", "attribute_name")]);
            read.insert("Enabled".to_owned(), boolean(enabled, origin));
            Node::new(Value::Map(read), ttl.origin)
        }
    })
}

fn recovery(values: &Node) -> Option<Node> {
    let block = block(values, "point_in_time_recovery")?;
    Some(switched_recovery(block))
}

/// Continuous backups: a block, or `true` as replicas have it.
pub(super) fn switched_recovery(node: &Node) -> Node {
    match &node.value {
        Value::Unknown(_) => node.clone(),
        Value::Boolean(enabled) => map([("PointInTimeRecoveryEnabled", boolean(*enabled, node.origin))], node.origin),
        _ => {
            let mut read = renamed(node, &[("PointInTimeRecoveryEnabled", "enabled")]);
            // States have 0 days where it is off.
            let days =
                present(node, "recovery_period_in_days").filter(|days| days.number().is_some_and(|n| !n.is_zero()));
            read.extend(days.map(|days| ("RecoveryPeriodInDays".to_owned(), days.clone())));
            Node::new(Value::Map(read), node.origin)
        }
    }
}

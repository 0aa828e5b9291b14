//! `AWS::DynamoDB::GlobalTable`: write capacity is one for all Regions, and what can differ stands
//! with each replica. The replica of the stack's own Region is the table of the model.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html>

use super::super::imported::{ImportedTable, Note, NoteKind};
use super::super::node::{Node, Told, Value, told};
use super::super::table_shape;
use super::autoscaling::{limits, set, target};
use super::nodes::{map, with, within};
use crate::model::{AutoScaling, Autoscaled, Capacity, PointInTimeRecovery, Recovery, Regions, Replica, TableClass};
use crate::source::ModelPath;
use crate::units::Count;

/// What a replica says of its own Region, which a table of one Region says of itself.
const OF_THE_REGION: [&str; 7] = [
    "TableClass",
    "PointInTimeRecoverySpecification",
    "DeletionProtectionEnabled",
    "KinesisStreamSpecification",
    "ContributorInsightsSpecification",
    "ResourcePolicy",
    "Tags",
];

/// Reads a global table. `region` is the stack's; where nobody says it, a replica's is taken.
pub(super) fn table(
    name: String,
    properties: &Node,
    region: &mut Option<String>,
    notes: &mut Vec<Note>,
) -> ImportedTable {
    let replicas = table_shape::list(properties.get("Replicas"), "a list");
    let listed = properties.get("Replicas").map(Node::items).unwrap_or_default();
    let home = home(&name, listed, region, notes);
    let mut table = table_shape::table(name, &as_table(properties, home), notes);
    scaling(&mut table, properties, home);
    let at = ModelPath::of(["replicas"]);
    if table.take(at, replicas).is_some() {
        others(&mut table, listed, home, notes);
    }
    let witness = properties.get("GlobalTableWitnesses").map(Node::items).unwrap_or_default().first();
    let witness = told(witness.and_then(|one| one.get("Region")), "a Region", |node| node.text().map(str::to_owned));
    table.table.witness = table.take(ModelPath::of(["witness"]), witness);
    table
}

/// The replica of the stack's Region.
fn home<'n>(table: &str, replicas: &'n [Node], region: &mut Option<String>, notes: &mut Vec<Note>) -> Option<&'n Node> {
    let name = |replica: &&Node| replica.get("Region").and_then(Node::text).map(str::to_owned);
    if let Some(own) = replicas.iter().find(|replica| region.is_some() && name(replica) == *region) {
        return Some(own);
    }
    // A Region that is open is that of the stack: nothing else is written so.
    let open = |replica: &&Node| matches!(replica.get("Region").map(|node| &node.value), Some(Value::Unknown(_)));
    if let Some(open) = replicas.iter().find(open) {
        return Some(open);
    }
    let first = replicas.first()?;
    let taken = name(&first)?;
    if replicas.len() > 1 {
        let text = format!(
            "the stack is deployed in `{taken}`, the first of its Regions; `--parameter AWS::Region=…` names another"
        );
        let at = ModelPath::of(["tables", table]);
        notes.push(Note { kind: NoteKind::Assumed, at, text, origin: Some(first.origin) });
    }
    region.get_or_insert(taken);
    Some(first)
}

/// The settings of a replica for reads: its own, else those of the whole table.
fn reads(own: Option<&Node>, whole: &Node, key: &str) -> Option<Node> {
    within(own, key).or_else(|| whole.get(key).cloned())
}

/// The read and write throughput of a table or index in the shape that tables share.
fn throughput(whole: &Node, own: Option<&Node>) -> [(&'static str, Option<Node>); 2] {
    let read = reads(own, whole, "ReadProvisionedThroughputSettings");
    let most = reads(own, whole, "ReadOnDemandThroughputSettings");
    let write = whole.get("WriteProvisionedThroughputSettings");
    let pair = |one: &str, first: Option<Node>, other: &str, second: Option<Node>| {
        let place = first.as_ref().or(second.as_ref()).map(|node| node.origin);
        place.map(|origin| map([(one, first), (other, second)], origin))
    };
    let provisioned = pair(
        "ReadCapacityUnits",
        within(read.as_ref(), "ReadCapacityUnits"),
        "WriteCapacityUnits",
        within(write, "WriteCapacityUnits"),
    );
    let on_demand = pair(
        "MaxReadRequestUnits",
        within(most.as_ref(), "MaxReadRequestUnits"),
        "MaxWriteRequestUnits",
        within(whole.get("WriteOnDemandThroughputSettings"), "MaxWriteRequestUnits"),
    );
    [("ProvisionedThroughput", provisioned), ("OnDemandThroughput", on_demand)]
}

/// A replica's settings of an index.
fn index_of<'n>(replica: Option<&'n Node>, index: &Node) -> Option<&'n Node> {
    let name = index.get("IndexName").and_then(Node::word)?;
    let indexes = replica?.get("GlobalSecondaryIndexes")?.items();
    indexes.iter().find(|own| own.get("IndexName").and_then(Node::word) == Some(name))
}

/// The global table as the table of its home Region.
fn as_table(properties: &Node, home: Option<&Node>) -> Node {
    let mut table = with(properties, throughput(properties, home));
    let Value::Map(entries) = &mut table.value else { return table };
    if let Some(indexes) = entries.get_mut("GlobalSecondaryIndexes")
        && let Value::List(indexes) = &mut indexes.value
    {
        for index in indexes {
            *index = with(index, throughput(index, index_of(home, index)));
        }
    }
    // Replicas are read by themselves: their words here are not those of the command line's.
    entries.shift_remove("Replicas");
    for key in OF_THE_REGION {
        if let Some(value) = home.and_then(|home| home.get(key)) {
            entries.insert(key.to_owned(), value.clone());
        }
    }
    table
}

/// The scaling of one setting, at its place.
fn scaled(table: &mut ImportedTable, place: &ModelPath, settings: Option<&Node>, key: &str) -> Option<Autoscaled> {
    let settings = table.take(place.clone(), table_shape::map_of(settings))?;
    let scaling = table.take(place.clone(), table_shape::map_of(settings.get(key)));
    let Some(scaling) = scaling else {
        if !table.unknown.contains_key(place) {
            table.origins.remove(place);
        }
        return None;
    };
    let (min, max) = table.take(place.clone(), limits(scaling, scaling.origin))?;
    let target = table.take(place.key("target"), target(scaling));
    Some(Autoscaled { min, max, target })
}

/// Reads that a replica scales, and writes that the whole table scales.
fn scaling_of(table: &mut ImportedTable, place: &ModelPath, whole: &Node, own: Option<&Node>) -> Option<AutoScaling> {
    let place = place.key("autoscaling");
    let mut settings = None;
    let read = reads(own, whole, "ReadProvisionedThroughputSettings");
    if let Some(read) = scaled(table, &place.key("read"), read.as_ref(), "ReadCapacityAutoScalingSettings") {
        set(&mut settings, true, read);
    }
    let write = whole.get("WriteProvisionedThroughputSettings");
    if let Some(write) = scaled(table, &place.key("write"), write, "WriteCapacityAutoScalingSettings") {
        set(&mut settings, false, write);
    }
    settings
}

fn scaling(table: &mut ImportedTable, properties: &Node, home: Option<&Node>) {
    table.table.autoscaling = scaling_of(table, &ModelPath::root(), properties, home);
    for index in properties.get("GlobalSecondaryIndexes").map(Node::items).unwrap_or_default() {
        let Some(name) = index.get("IndexName").and_then(Node::word) else { continue };
        let scaling = scaling_of(table, &ModelPath::of(["global_indexes", name]), index, index_of(home, index));
        if let Some(found) = table.table.global_indexes.get_mut(name) {
            found.autoscaling = scaling;
        }
    }
}

/// The replicas of the other Regions, with what differs there.
fn others(table: &mut ImportedTable, replicas: &[Node], home: Option<&Node>, notes: &mut Vec<Note>) {
    let mut regions = Regions::default();
    for replica in replicas.iter().filter(|replica| home != Some(*replica)) {
        let at = ModelPath::of(["replicas"]);
        let name = told(replica.get("Region"), "a Region", |node| node.text().map(str::to_owned));
        let Some(name) = table.take(at.clone(), name) else { continue };
        let settings = settings(table, &at.key(&name), replica);
        regions.0.insert(name.clone(), (settings != Replica::default()).then_some(settings));
        let keys = ["ReadProvisionedThroughputSettings", "ReadOnDemandThroughputSettings"];
        let mut indexes = replica.get("GlobalSecondaryIndexes").map(Node::items).unwrap_or_default().iter();
        let differs = |index: &Node, key: &str| {
            let here = index_of(home, index).and_then(|here| here.get(key));
            index.get(key).is_some_and(|there| here.is_none_or(|here| !there.says_same(here)))
        };
        if indexes.any(|index| keys.iter().any(|key| differs(index, key))) {
            let text = format!("throughput of indexes of the replica in `{name}`");
            let at = ModelPath::of(["tables", &table.name]);
            notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(replica.origin) });
        }
    }
    // A list where none differs, else a map in which every Region has its settings.
    if regions.0.values().any(Option::is_some) {
        regions.0.values_mut().for_each(|settings| {
            settings.get_or_insert_default();
        });
    }
    table.table.replicas = regions;
}

/// What a replica says that the table of the home Region does not say just so. A replica that is
/// silent has the service's default, not what the home Region has.
fn settings(table: &mut ImportedTable, at: &ModelPath, replica: &Node) -> Replica {
    let class = told(replica.get("TableClass"), "a table class", |node| table_shape::table_class(node.text()?));
    let class_known = !matches!(class, Told::Unknown(..));
    let class = table.take(at.key("class"), class);
    let protection = told(replica.get("DeletionProtectionEnabled"), "true or false", Node::boolean);
    let protection_known = !matches!(protection, Told::Unknown(..));
    let protection = table.take(at.key("deletion_protection"), protection);
    let recovery = table_shape::recovery(replica.get("PointInTimeRecoverySpecification"));
    let recovery_known = !matches!(recovery, Told::Unknown(..));
    let recovery = table.take(at.key("point_in_time_recovery"), recovery);
    let read = replica.get("ReadProvisionedThroughputSettings");
    let units = |node: Option<&Node>| told(node, "a number", |node| node.number().map(Count));
    let only_reads = |read: Option<Count>| read.map(|read| Capacity { read: Some(read), write: None });
    let capacity = units(read.and_then(|read| read.get("ReadCapacityUnits")));
    let capacity = table.take(at.key("capacity").key("read"), capacity);
    let most = units(replica.at(&["ReadOnDemandThroughputSettings", "MaxReadRequestUnits"]));
    let most = table.take(at.key("max_throughput").key("read"), most);
    let place = at.key("autoscaling").key("read");
    let scaled = scaled(table, &place, read, "ReadCapacityAutoScalingSettings");
    let home = &table.table;
    let off = PointInTimeRecovery { enabled: Recovery(false), recovery_period: None };
    let scaled = scaled.map(|read| AutoScaling { read: Some(read), write: None });
    Replica {
        class: differing(class, class_known, home.class, TableClass::Standard),
        point_in_time_recovery: differing(recovery, recovery_known, home.point_in_time_recovery.clone(), off),
        deletion_protection: differing(protection, protection_known, home.deletion_protection, false),
        capacity: only_reads(capacity.filter(|read| home.capacity.as_ref().and_then(|home| home.read) != Some(*read))),
        autoscaling: scaled
            .filter(|scaled| home.autoscaling.as_ref().and_then(|home| home.read.as_ref()) != scaled.read.as_ref()),
        max_throughput: only_reads(
            most.filter(|most| home.max_throughput.as_ref().and_then(|home| home.read) != Some(*most)),
        ),
    }
}

/// A replica's setting where it is not the home Region's, with the service's default for both.
fn differing<T: PartialEq + Clone>(there: Option<T>, is_known: bool, here: Option<T>, default: T) -> Option<T> {
    let there = if is_known { there.unwrap_or_else(|| default.clone()) } else { return None };
    (there != here.unwrap_or(default)).then_some(there)
}

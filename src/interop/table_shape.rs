//! The shape that `CreateTable`, `DescribeTable` and CloudFormation's table share.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>

use indexmap::IndexSet;
use rust_decimal::Decimal;

use super::imported::{ImportedTable, Note, NoteKind};
use super::node::{Node, Told, Value, told};
use crate::model::{
    Billing, Capacity, GlobalIndex, KeyType, LocalIndex, Names, PointInTimeRecovery, Projection, Recovery,
    ReplicationConsistency, Stream, StreamView, Table, TableClass,
};
use crate::source::{ModelPath, Step};
use crate::units::{Count, Duration, Period};

/// Properties of a table that a model has no place for.
const NOT_MODELLED: [&str; 7] = [
    "SSESpecification",
    "SSEDescription",
    "ResourcePolicy",
    "ContributorInsightsSpecification",
    "ImportSourceSpecification",
    "VectorIndexes",
    "Tags",
];

/// Reads a table's properties.
pub(super) fn table(name: String, properties: &Node, notes: &mut Vec<Note>) -> ImportedTable {
    let mut table = ImportedTable { name, origin: properties.origin, ..ImportedTable::default() };
    key_types(&mut table, properties);
    let (partition_key, sort_key) = keys(&mut table, &ModelPath::root(), properties);
    table.table.partition_key = partition_key;
    table.table.sort_key = sort_key;
    table.table.billing = billing(&mut table, properties);
    throughput(&mut table, properties);
    global_indexes(&mut table, properties);
    local_indexes(&mut table, properties);
    settings(&mut table, properties);
    let place = ModelPath::of(["tables", &table.name]);
    for property in NOT_MODELLED {
        if let Some(node) = properties.get(property).filter(|node| node.value != Value::Nothing) {
            let text = format!("`{property}`");
            notes.push(Note { kind: NoteKind::NotModelled, at: place.clone(), text, origin: Some(node.origin) });
        }
    }
    table
}

/// The key attributes of a table and of its indexes, each once.
pub(super) fn key_names(table: &Table) -> Vec<String> {
    let own = table.partition_key.iter().chain(table.sort_key.iter());
    let global =
        table.global_indexes.values().flat_map(|index| index.partition_key.iter().chain(index.sort_key.iter()));
    let local = table.local_indexes.values().flat_map(|index| index.sort_key.iter());
    own.chain(global).chain(local).cloned().collect::<IndexSet<String>>().into_iter().collect()
}

/// A map, as it stands.
pub(super) fn map_of(node: Option<&Node>) -> Told<&Node> {
    told(node, "a map", |node| matches!(node.value, Value::Map(_)).then_some(node))
}

fn path(name: &str) -> ModelPath {
    ModelPath::of([name])
}

/// A list whose every item is known, or why not.
pub(super) fn list<'n>(node: Option<&'n Node>, expected: &str) -> Told<&'n [Node]> {
    match told(node, expected, |node| match &node.value {
        Value::List(items) => Some(items.as_slice()),
        // A single map stands for a list of it in some tools' output.
        Value::Map(_) => Some(std::slice::from_ref(node)),
        _ => None,
    }) {
        Told::Known(items, origin) => {
            match items.iter().find_map(|item| match &item.value {
                Value::Unknown(why) => Some((why.clone(), item.origin)),
                _ => None,
            }) {
                Some((why, at)) => Told::Unknown(why, at),
                None => Told::Known(items, origin),
            }
        }
        other => other,
    }
}

fn key_types(table: &mut ImportedTable, properties: &Node) {
    let at = path("key_types");
    let definitions = known_items(table, at.clone(), properties.get("AttributeDefinitions")).unwrap_or_default();
    for definition in definitions {
        let Some(name) = definition.get("AttributeName").and_then(Node::word) else {
            table.take::<()>(at.clone(), Told::Unknown("an attribute's name is open".to_owned(), definition.origin));
            continue;
        };
        let kind = told(definition.get("AttributeType"), "`S`, `N` or `B`", |node| KeyType::from_letter(node.text()?));
        if let Some(kind) = table.take(at.key(name), kind) {
            table.key_types.insert(name.to_owned(), kind);
        }
    }
}

/// The partition and the sort key of a table or index, whose place is `place`.
fn keys(table: &mut ImportedTable, place: &ModelPath, properties: &Node) -> (Names, Names) {
    let mut partition = Names::default();
    let mut sort = Names::default();
    let at = place.key("partition_key");
    let Some(schema) = table.take(at.clone(), list(properties.get("KeySchema"), "a list")) else {
        if let Some(unknown) = table.unknown.get(&at).cloned() {
            table.unknown.insert(place.key("sort_key"), unknown);
        } else {
            let why = "`KeySchema` is missing".to_owned();
            table.take::<()>(at, Told::Unknown(why, properties.origin));
        }
        return (partition, sort);
    };
    for element in schema {
        let name = told(element.get("AttributeName"), "a name", |node| node.word().map(str::to_owned));
        // A key without its type is read as the service's own examples order them: HASH first.
        let is_sort = element.get("KeyType").and_then(Node::text) == Some("RANGE");
        let (part, into) = if is_sort { ("sort_key", &mut sort) } else { ("partition_key", &mut partition) };
        if let Some(name) = table.take(place.key(part), name) {
            into.0.push(name);
        }
    }
    let of_table_or_global = place.0.first() != Some(&Step::Key("local_indexes".to_owned()));
    if partition.is_empty() && of_table_or_global && !table.unknown.contains_key(&at) {
        table.take::<()>(at, Told::Unknown("`KeySchema` names no `HASH` attribute".to_owned(), properties.origin));
    }
    (partition, sort)
}

fn billing(table: &mut ImportedTable, properties: &Node) -> Option<Billing> {
    // What was created reports its mode in a summary; a provisioned table that never changed its
    // mode has none.
    let described = properties.at(&["BillingModeSummary", "BillingMode"]);
    let mode =
        told(described.or_else(|| properties.get("BillingMode")), "a billing mode", |node| match node.text()? {
            "PAY_PER_REQUEST" => Some(Billing::OnDemand),
            "PROVISIONED" => Some(Billing::Provisioned),
            _ => None,
        });
    match mode {
        // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html#cfn-dynamodb-table-billingmode>
        Told::Absent => Some(Billing::Provisioned),
        mode => table.take(path("billing"), mode),
    }
}

/// A number of units, where it is more than nothing: on-demand tables describe themselves with
/// zeros, and `-1` takes a limit away.
fn units(node: Option<&Node>) -> Told<Option<Count>> {
    told(node, "a number", |node| node.number().map(|units| (units > Decimal::ZERO).then_some(Count(units))))
}

/// Read and write units of one property.
fn capacity(
    table: &mut ImportedTable,
    at: &ModelPath,
    property: Option<&Node>,
    [read, write]: [&str; 2],
) -> Option<Capacity> {
    let property = table.take(at.clone(), map_of(property))?;
    let read = table.take(at.key("read"), units(property.get(read))).flatten();
    let write = table.take(at.key("write"), units(property.get(write))).flatten();
    (read.is_some() || write.is_some()).then_some(Capacity { read, write })
}

/// The three throughput settings that tables and global indexes share.
struct Throughput {
    capacity: Option<Capacity>,
    most: Option<Capacity>,
    warm: Option<Capacity>,
}

fn throughput_of(table: &mut ImportedTable, place: &ModelPath, properties: &Node) -> Throughput {
    let provisioned = properties.get("ProvisionedThroughput");
    Throughput {
        capacity: capacity(table, &place.key("capacity"), provisioned, ["ReadCapacityUnits", "WriteCapacityUnits"]),
        most: capacity(
            table,
            &place.key("max_throughput"),
            properties.get("OnDemandThroughput"),
            ["MaxReadRequestUnits", "MaxWriteRequestUnits"],
        ),
        warm: capacity(
            table,
            &place.key("warm_throughput"),
            properties.get("WarmThroughput"),
            ["ReadUnitsPerSecond", "WriteUnitsPerSecond"],
        ),
    }
}

fn throughput(table: &mut ImportedTable, properties: &Node) {
    let read = throughput_of(table, &ModelPath::root(), properties);
    table.table.capacity = read.capacity;
    table.table.max_throughput = read.most;
    table.table.warm_throughput = read.warm;
}

fn projection(table: &mut ImportedTable, at: ModelPath, index: &Node) -> Projection {
    let kind = map_of(index.get("Projection"));
    let Some(node) = table.take(at.clone(), kind) else { return Projection::All };
    let kind = told(node.get("ProjectionType"), "a projection type", |node| match node.text()? {
        "ALL" => Some(Projection::All),
        "KEYS_ONLY" => Some(Projection::KeysOnly),
        "INCLUDE" => Some(Projection::Include(Vec::new())),
        _ => None,
    });
    match table.take(at.clone(), kind) {
        Some(Projection::Include(_)) => {
            let names = list(node.get("NonKeyAttributes"), "a list of names");
            let names = table.take(at, names).unwrap_or_default();
            let names: Vec<String> = names.iter().filter_map(|name| name.word().map(str::to_owned)).collect();
            // Nothing included is what the keys alone are.
            if names.is_empty() { Projection::KeysOnly } else { Projection::Include(names) }
        }
        Some(projection) => projection,
        None => Projection::All,
    }
}

/// The name of an index, and its place in the model.
fn index_name(table: &mut ImportedTable, kind: &str, index: &Node) -> Option<(String, ModelPath)> {
    let name = told(index.get("IndexName"), "a name", |node| node.word().map(str::to_owned));
    match name {
        Told::Known(name, origin) => {
            let place = path(kind).key(&name);
            if table.origins.contains_key(&place) {
                let why = format!("two indexes are called `{name}`; the last is kept");
                table.take::<()>(place.clone(), Told::Unknown(why, origin));
            }
            table.origins.insert(place.clone(), origin);
            Some((name, place))
        }
        Told::Unknown(why, origin) => {
            table.take::<()>(path(kind), Told::Unknown(format!("an index's name is open: {why}"), origin));
            None
        }
        Told::Absent => {
            table.take::<()>(path(kind), Told::Unknown("an index has no name".to_owned(), index.origin));
            None
        }
    }
}

fn global_indexes(table: &mut ImportedTable, properties: &Node) {
    let at = path("global_indexes");
    let Some(indexes) = known_items(table, at, properties.get("GlobalSecondaryIndexes")) else { return };
    for index in indexes {
        let Some((name, place)) = index_name(table, "global_indexes", index) else { continue };
        let (partition_key, sort_key) = keys(table, &place, index);
        let projection = projection(table, place.key("projection"), index);
        let throughput = throughput_of(table, &place, index);
        table.table.global_indexes.insert(
            name,
            GlobalIndex {
                partition_key,
                sort_key,
                projection,
                capacity: throughput.capacity,
                max_throughput: throughput.most,
                warm_throughput: throughput.warm,
                ..GlobalIndex::default()
            },
        );
    }
}

fn local_indexes(table: &mut ImportedTable, properties: &Node) {
    let at = path("local_indexes");
    let Some(indexes) = known_items(table, at, properties.get("LocalSecondaryIndexes")) else { return };
    for index in indexes {
        let Some((name, place)) = index_name(table, "local_indexes", index) else { continue };
        let (_, sort_key) = keys(table, &place, index);
        let projection = projection(table, place.key("projection"), index);
        table.table.local_indexes.insert(name, LocalIndex { sort_key, projection, ..LocalIndex::default() });
    }
}

/// The items of a list that are known; the list is marked as unknown where some are not.
fn known_items<'n>(table: &mut ImportedTable, at: ModelPath, node: Option<&'n Node>) -> Option<Vec<&'n Node>> {
    match list(node, "a list") {
        Told::Known(items, origin) => {
            table.origins.insert(at, origin);
            Some(items.iter().filter(|item| item.value != Value::Nothing).collect())
        }
        Told::Unknown(why, origin) => {
            table.take::<()>(at, Told::Unknown(why, origin));
            let items = node.map(Node::items).unwrap_or_default();
            Some(items.iter().filter(|item| !matches!(item.value, Value::Unknown(_) | Value::Nothing)).collect())
        }
        Told::Absent => None,
    }
}

fn settings(table: &mut ImportedTable, properties: &Node) {
    let class = properties.at(&["TableClassSummary", "TableClass"]).or_else(|| properties.get("TableClass"));
    table.table.class = table.take(path("class"), told(class, "a table class", |node| table_class(node.text()?)));
    let protection = told(properties.get("DeletionProtectionEnabled"), "true or false", Node::boolean);
    table.table.deletion_protection = table.take(path("deletion_protection"), protection);
    table.table.stream = stream(table, properties.get("StreamSpecification"));
    table.table.time_to_live = time_to_live(table, properties.get("TimeToLiveSpecification"));
    let recovery = recovery(properties.get("PointInTimeRecoverySpecification"));
    table.table.point_in_time_recovery = table.take(path("point_in_time_recovery"), recovery);
    let kinesis = told(properties.get("KinesisStreamSpecification"), "a map", |_| Some(true));
    table.table.kinesis_stream = table.take(path("kinesis_stream"), kinesis);
    let consistency =
        told(properties.get("MultiRegionConsistency"), "EVENTUAL or STRONG", |node| match node.text()? {
            "EVENTUAL" => Some(ReplicationConsistency::Eventual),
            "STRONG" => Some(ReplicationConsistency::Strong),
            _ => None,
        });
    table.table.multi_region_consistency = table.take(path("multi_region_consistency"), consistency);
}

pub(super) fn table_class(word: &str) -> Option<TableClass> {
    match word {
        "STANDARD" => Some(TableClass::Standard),
        "STANDARD_INFREQUENT_ACCESS" => Some(TableClass::StandardInfrequentAccess),
        _ => None,
    }
}

pub(super) fn stream_view(word: &str) -> Option<StreamView> {
    match word {
        "KEYS_ONLY" => Some(StreamView::KeysOnly),
        "NEW_IMAGE" => Some(StreamView::NewImage),
        "OLD_IMAGE" => Some(StreamView::OldImage),
        "NEW_AND_OLD_IMAGES" => Some(StreamView::NewAndOldImages),
        _ => None,
    }
}

fn stream(table: &mut ImportedTable, node: Option<&Node>) -> Option<Stream> {
    let node = table.take(path("stream"), map_of(node))?;
    // A stream that is described as off has no view.
    if node.get("StreamEnabled").and_then(Node::boolean) == Some(false) {
        return None;
    }
    let view = told(node.get("StreamViewType"), "a stream view type", |node| stream_view(node.text()?));
    let view = table.take(path("stream"), view)?;
    Some(Stream { view, readers: Vec::new(), reads: None })
}

fn time_to_live(table: &mut ImportedTable, node: Option<&Node>) -> Option<String> {
    let node = table.take(path("time_to_live"), map_of(node))?;
    let enabled = told(node.get("Enabled"), "true or false", Node::boolean);
    if table.take(path("time_to_live"), enabled) == Some(false) {
        return None;
    }
    let name = told(node.get("AttributeName"), "a name", |node| node.word().map(str::to_owned));
    table.take(path("time_to_live"), name)
}

/// Continuous backups of a table or of a replica.
pub(super) fn recovery(node: Option<&Node>) -> Told<PointInTimeRecovery> {
    match map_of(node) {
        Told::Known(node, _) => {
            let days = node.get("RecoveryPeriodInDays").and_then(Node::number);
            let recovery_period = days.map(|count| Duration { count, period: Period::Day });
            told(node.get("PointInTimeRecoveryEnabled"), "true or false", |node| {
                Some(PointInTimeRecovery { enabled: Recovery(node.boolean()?), recovery_period })
            })
        }
        Told::Unknown(why, origin) => Told::Unknown(why, origin),
        Told::Absent => Told::Absent,
    }
}

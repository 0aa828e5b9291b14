//! The service's own request that creates a table.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>

use crate::IndexMap;
use serde_json::{Map, Value, json};

use super::throughput::{Direction, Throughput};
use crate::design::{AccessPath, Design, EntityDesign, PathKind, TableDesign};
use crate::model::{Billing, KeyType, Projection, StreamView, TableClass};
use crate::plan::scalar_type;

/// The body of a `CreateTable` request, and what of it the design does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// The body. Expiry, recovery, replicas and Kinesis streams are other requests.
    pub request: Value,
    /// Key attributes whose type no entity tells; they are taken for text.
    pub assumed_text: Vec<String>,
    /// Names of the table and its global indexes whose provisioned throughput is not given, so that
    /// the request lacks what the service requires.
    pub without_throughput: Vec<String>,
}

/// The request that creates a table of a design.
pub fn create_table_input(design: &Design<'_>, table: &TableDesign<'_>) -> CreateTable {
    let paths: Vec<&AccessPath<'_>> = table.paths.iter().filter_map(|id| design.path(*id)).collect();
    let is_provisioned = table.table.billing == Some(Billing::Provisioned);
    let mut created = CreateTable { request: Value::Null, assumed_text: Vec::new(), without_throughput: Vec::new() };
    let mut request = Map::new();
    request.insert("TableName".to_owned(), json!(table.name));
    let definitions: Vec<Value> = key_attributes(design, table)
        .into_iter()
        .map(|(name, told)| {
            let kind = told.first().and_then(|(_, kind)| *kind).unwrap_or_else(|| {
                created.assumed_text.push(name.to_owned());
                KeyType::String
            });
            json!({ "AttributeName": name, "AttributeType": kind.letter() })
        })
        .collect();
    request.insert("AttributeDefinitions".to_owned(), definitions.into());
    let base = paths.iter().find(|path| path.is_table());
    request.insert("KeySchema".to_owned(), base.map_or_else(Vec::new, |path| key_schema(path)).into());
    let (mut local, mut global) = (Vec::new(), Vec::new());
    for path in &paths {
        let mut index = Map::new();
        index.insert("IndexName".to_owned(), json!(path.name));
        index.insert("KeySchema".to_owned(), key_schema(path).into());
        index.insert("Projection".to_owned(), projection(path.projection));
        match path.kind {
            PathKind::Table => {}
            PathKind::Local(_) => local.push(Value::Object(index)),
            PathKind::Global(settings) => {
                if !throughput(&settings.into(), &mut index, is_provisioned) {
                    created.without_throughput.push(path.name.to_owned());
                }
                global.push(Value::Object(index));
            }
        }
    }
    if !local.is_empty() {
        request.insert("LocalSecondaryIndexes".to_owned(), local.into());
    }
    if !global.is_empty() {
        request.insert("GlobalSecondaryIndexes".to_owned(), global.into());
    }
    let mode = if is_provisioned { "PROVISIONED" } else { "PAY_PER_REQUEST" };
    request.insert("BillingMode".to_owned(), json!(mode));
    if !throughput(&table.table.into(), &mut request, is_provisioned) {
        created.without_throughput.insert(0, table.name.to_owned());
    }
    settings(table, &mut request);
    created.request = Value::Object(request);
    created
}

/// What each entity that has a value for a key attribute tells of its type; nothing where it leaves
/// it open, or where the value can be no key.
pub(super) type TypesTold<'m> = Vec<(&'m str, Option<KeyType>)>;

/// Every key attribute once, in the order of the table's and its indexes' keys, with what is told of
/// its type. Those who tell one come first.
pub(super) fn key_attributes<'m>(design: &Design<'m>, table: &TableDesign<'m>) -> IndexMap<&'m str, TypesTold<'m>> {
    let paths = table.paths.iter().filter_map(|id| design.path(*id));
    let entities = || table.entities.iter().filter_map(|id| design.entity(*id));
    let told = |entity: &EntityDesign<'m>, name: &str| {
        let fill = entity.fills.get(name)?;
        Some((entity.name, scalar_type(entity, fill)))
    };
    let mut attributes = IndexMap::default();
    for name in paths.flat_map(|path| path.partition.iter().chain(&path.sort)) {
        attributes.entry(*name).or_insert_with(|| {
            let mut all: TypesTold<'m> = entities().filter_map(|entity| told(entity, name)).collect();
            all.sort_by_key(|(_, kind)| kind.is_none());
            all
        });
    }
    attributes
}

/// Settings that are not about keys and throughput.
fn settings(table: &TableDesign<'_>, request: &mut Map<String, Value>) {
    if let Some(stream) = &table.table.stream {
        let stream = json!({ "StreamEnabled": true, "StreamViewType": stream_view(stream.view) });
        request.insert("StreamSpecification".to_owned(), stream);
    }
    if let Some(class) = table.table.class {
        request.insert("TableClass".to_owned(), json!(table_class(class)));
    }
    if let Some(is_protected) = table.table.deletion_protection {
        request.insert("DeletionProtectionEnabled".to_owned(), json!(is_protected));
    }
}

/// The service's word for what a stream's records hold.
pub(super) fn stream_view(view: StreamView) -> &'static str {
    match view {
        StreamView::KeysOnly => "KEYS_ONLY",
        StreamView::NewImage => "NEW_IMAGE",
        StreamView::OldImage => "OLD_IMAGE",
        StreamView::NewAndOldImages => "NEW_AND_OLD_IMAGES",
    }
}

/// The service's word for a table class.
pub(super) fn table_class(class: TableClass) -> &'static str {
    match class {
        TableClass::Standard => "STANDARD",
        TableClass::StandardInfrequentAccess => "STANDARD_INFREQUENT_ACCESS",
    }
}

/// The partition key attributes, then the sort key attributes, each in its order. Of a global index
/// there may be four of each.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html>
fn key_schema(path: &AccessPath<'_>) -> Vec<Value> {
    let element = |kind: &'static str| move |name: &&str| json!({ "AttributeName": name, "KeyType": kind });
    path.partition.iter().map(element("HASH")).chain(path.sort.iter().map(element("RANGE"))).collect()
}

fn projection(projection: &Projection) -> Value {
    match projection {
        Projection::All => json!({ "ProjectionType": "ALL" }),
        Projection::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
        // The service requires a name, and calls no names by another word.
        Projection::Include(names) if names.is_empty() => json!({ "ProjectionType": "KEYS_ONLY" }),
        Projection::Include(names) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names }),
    }
}

/// Writes what applies in the billing mode. Whether nothing that it requires is missing.
fn throughput(of: &Throughput<'_>, request: &mut Map<String, Value>, is_provisioned: bool) -> bool {
    let mut write = |name: &str, before: &str, after: &str, units: &dyn Fn(Direction) -> Option<u64>| {
        let given = Direction::BOTH
            .into_iter()
            .filter_map(|direction| Some((format!("{before}{}{after}", direction.word()), json!(units(direction)?))));
        let given: Map<String, Value> = given.collect();
        let is_whole = given.len() == Direction::BOTH.len();
        if !given.is_empty() {
            request.insert(name.to_owned(), given.into());
        }
        is_whole
    };
    let is_complete = if is_provisioned {
        write("ProvisionedThroughput", "", "CapacityUnits", &|direction| of.provisioned(direction))
    } else {
        write("OnDemandThroughput", "Max", "RequestUnits", &|direction| of.most(direction));
        true
    };
    write("WarmThroughput", "", "UnitsPerSecond", &|direction| of.warm(direction));
    is_complete
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::load;

    fn created(text: &str) -> CreateTable {
        let (model, _) = load(text).unwrap();
        let design = Design::new(&model);
        create_table_input(&design, design.tables.first().unwrap())
    }

    #[test]
    fn the_request_has_all_that_the_model_says() {
        let created = created(
            r#"
keyplan: 1
tables:
  Shop:
    partition_key: pk
    sort_key: sk
    max_throughput: {read: 500}
    warm_throughput: {read: 15k, write: 5k}
    class: standard_infrequent_access
    deletion_protection: true
    stream: new_image
    local_indexes:
      by_time: {sort_key: at, projection: keys_only}
    global_indexes:
      by_place: {partition_key: [country, city], sort_key: [at, pk], projection: [name], max_throughput: {write: 9}}
entities:
  Visit:
    keys: {pk: "VISIT#{id}", sk: 0}
    attributes: {id: uuid, at: epoch, country: {type: number, digits: 3, padded: true}, city: binary, name: string}
"#,
        );
        assert_eq!((created.assumed_text.len(), created.without_throughput.len()), (0, 0));
        assert_eq!(
            created.request,
            json!({
                "TableName": "Shop",
                "AttributeDefinitions": [
                    { "AttributeName": "pk", "AttributeType": "S" },
                    { "AttributeName": "sk", "AttributeType": "N" },
                    { "AttributeName": "at", "AttributeType": "N" },
                    { "AttributeName": "country", "AttributeType": "N" },
                    { "AttributeName": "city", "AttributeType": "B" },
                ],
                "KeySchema": [
                    { "AttributeName": "pk", "KeyType": "HASH" },
                    { "AttributeName": "sk", "KeyType": "RANGE" },
                ],
                "LocalSecondaryIndexes": [{
                    "IndexName": "by_time",
                    "KeySchema": [
                        { "AttributeName": "pk", "KeyType": "HASH" },
                        { "AttributeName": "at", "KeyType": "RANGE" },
                    ],
                    "Projection": { "ProjectionType": "KEYS_ONLY" },
                }],
                "GlobalSecondaryIndexes": [{
                    "IndexName": "by_place",
                    "KeySchema": [
                        { "AttributeName": "country", "KeyType": "HASH" },
                        { "AttributeName": "city", "KeyType": "HASH" },
                        { "AttributeName": "at", "KeyType": "RANGE" },
                        { "AttributeName": "pk", "KeyType": "RANGE" },
                    ],
                    "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"] },
                    "OnDemandThroughput": { "MaxWriteRequestUnits": 9 },
                }],
                "BillingMode": "PAY_PER_REQUEST",
                "OnDemandThroughput": { "MaxReadRequestUnits": 500 },
                "WarmThroughput": { "ReadUnitsPerSecond": 15000, "WriteUnitsPerSecond": 5000 },
                "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
                "TableClass": "STANDARD_INFREQUENT_ACCESS",
                "DeletionProtectionEnabled": true,
            })
        );
    }

    #[test]
    fn provisioned_throughput_starts_at_the_least_of_scaling() {
        let created = created(
            r"
keyplan: 1
tables:
  T:
    partition_key: pk
    billing: provisioned
    max_throughput: {read: 500}
    capacity: {write: 7}
    autoscaling: {read: {min: 5, max: 50}, write: {min: 1, max: 9}}
    global_indexes:
      bare: {partition_key: other}
",
        );
        assert_eq!(created.assumed_text, ["pk", "other"]);
        assert_eq!(created.without_throughput, ["bare"]);
        let request = created.request;
        let throughput = json!({ "ReadCapacityUnits": 5, "WriteCapacityUnits": 7 });
        assert_eq!(request.get("ProvisionedThroughput"), Some(&throughput));
        assert_eq!(request.get("OnDemandThroughput"), None);
    }
}

//! A table with replicas as CloudFormation's `AWS::DynamoDB::GlobalTable`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html>

use serde_json::{Map, Value, json};

use super::Target;
use super::cloudformation::recovery;
use super::scaling::within_global_table;
use super::settings::added_stream;
use super::wanted::Wanted;
use crate::interop::create_table::{stream_view, table_class};
use crate::interop::throughput::{Direction, Throughput};
use crate::model::{Autoscaled, GlobalIndex, Replica, ReplicationConsistency};
use crate::units::Count;

/// Properties of the request that a global table says of each Region, or otherwise.
const OTHERWISE: [&str; 4] = ["ProvisionedThroughput", "OnDemandThroughput", "TableClass", "DeletionProtectionEnabled"];

/// Makes a global table's properties of a table's, with the ARN of the home's Kinesis stream.
pub(super) fn properties(
    wanted: &Wanted<'_, '_>,
    target: Target,
    mut properties: Map<String, Value>,
    kinesis: Option<Value>,
) -> Map<String, Value> {
    properties.retain(|name, _| !OTHERWISE.contains(&name.as_str()));
    if let Some(indexes) = properties.get_mut("GlobalSecondaryIndexes").and_then(Value::as_array_mut) {
        for (index, settings) in indexes.iter_mut().filter_map(Value::as_object_mut).zip(indexes_of(wanted)) {
            index.retain(|name, _| !OTHERWISE.contains(&name.as_str()));
            index.extend(write_settings(&settings.1.into(), wanted.is_provisioned()));
        }
    }
    properties.extend(write_settings(&wanted.table.into(), wanted.is_provisioned()));
    if let Some(view) = added_stream(wanted, target) {
        properties.insert("StreamSpecification".to_owned(), json!({ "StreamViewType": stream_view(view) }));
    }
    if let Some(consistency) = wanted.table.multi_region_consistency {
        let word = match consistency {
            ReplicationConsistency::Eventual => "EVENTUAL",
            ReplicationConsistency::Strong => "STRONG",
        };
        properties.insert("MultiRegionConsistency".to_owned(), json!(word));
    }
    if let Some(witness) = &wanted.table.witness {
        properties.insert("GlobalTableWitnesses".to_owned(), json!([{ "Region": witness }]));
    }
    let region = wanted.home.map_or_else(|| json!({ "Ref": "AWS::Region" }), |home| json!(home));
    let mut home = replica(wanted, region, None);
    if let Some(arn) = kinesis {
        home.insert("KinesisStreamSpecification".to_owned(), json!({ "StreamArn": arn }));
    }
    let others = wanted.replicas().map(|(region, settings)| replica(wanted, json!(region), settings));
    let replicas: Vec<Value> = std::iter::once(home).chain(others).map(Value::Object).collect();
    properties.insert("Replicas".to_owned(), replicas.into());
    properties
}

/// The global indexes in the order of the request.
fn indexes_of<'m>(wanted: &Wanted<'_, 'm>) -> impl Iterator<Item = (&'m String, &'m GlobalIndex)> {
    wanted.table.global_indexes.iter()
}

/// One Region: what is said of it, or else of the table.
fn replica(wanted: &Wanted<'_, '_>, region: Value, there: Option<&Replica>) -> Map<String, Value> {
    let table = wanted.table;
    let mut replica = Map::new();
    replica.insert("Region".to_owned(), region);
    if let Some(class) = there.and_then(|there| there.class).or(table.class) {
        replica.insert("TableClass".to_owned(), json!(table_class(class)));
    }
    if let Some(is_protected) = there.and_then(|there| there.deletion_protection).or(table.deletion_protection) {
        replica.insert("DeletionProtectionEnabled".to_owned(), json!(is_protected));
    }
    let settings = there.and_then(|there| there.point_in_time_recovery.as_ref());
    if let Some(settings) = settings.or(table.point_in_time_recovery.as_ref()) {
        replica.insert("PointInTimeRecoverySpecification".to_owned(), recovery(settings));
    }
    let of_replica = there.map(Throughput::from);
    replica.extend(read_settings(of_replica.as_ref(), &table.into(), wanted.is_provisioned()));
    let indexes = indexes_of(wanted).filter_map(|(name, index)| {
        let settings = read_settings(None, &index.into(), wanted.is_provisioned());
        (!settings.is_empty()).then(|| {
            let mut index = Map::new();
            index.insert("IndexName".to_owned(), json!(name));
            index.extend(settings);
            Value::Object(index)
        })
    });
    let indexes: Vec<Value> = indexes.collect();
    if !indexes.is_empty() {
        replica.insert("GlobalSecondaryIndexes".to_owned(), indexes.into());
    }
    replica
}

/// What may be read in a Region: what is said of it, or else of all.
fn read_settings(there: Option<&Throughput<'_>>, own: &Throughput<'_>, is_provisioned: bool) -> Map<String, Value> {
    let direction = Direction::Read;
    let mut settings = Map::new();
    if is_provisioned {
        let of = there.filter(|there| there.provisioned(direction).is_some()).unwrap_or(own);
        let capacity = match of.scaling(direction) {
            Some(scaled) => {
                json!({ "ReadCapacityAutoScalingSettings": within_global_table(scaled, of.given(direction)) })
            }
            None => json!({ "ReadCapacityUnits": of.given(direction) }),
        };
        settings.insert("ReadProvisionedThroughputSettings".to_owned(), capacity);
    } else if let Some(most) = there.and_then(|there| there.most(direction)).or_else(|| own.most(direction)) {
        settings.insert("ReadOnDemandThroughputSettings".to_owned(), json!({ "MaxReadRequestUnits": most }));
    }
    settings
}

/// What may be written, in every Region.
fn write_settings(of: &Throughput<'_>, is_provisioned: bool) -> Map<String, Value> {
    let direction = Direction::Write;
    let mut settings = Map::new();
    if is_provisioned {
        let capacity = match of.scaling(direction) {
            Some(scaled) => Some(within_global_table(scaled, of.given(direction))),
            None => of.given(direction).map(|units| within_global_table(&standing(units), None)),
        };
        let capacity = json!({ "WriteCapacityAutoScalingSettings": capacity });
        settings.insert("WriteProvisionedThroughputSettings".to_owned(), capacity);
    } else if let Some(most) = of.most(direction) {
        settings.insert("WriteOnDemandThroughputSettings".to_owned(), json!({ "MaxWriteRequestUnits": most }));
    }
    settings
}

/// Scaling that stands still, which is how a global table says a fixed number of units.
pub(super) fn standing(units: u64) -> Autoscaled {
    Autoscaled { min: Count(units.into()), max: Count(units.into()), target: None }
}

//! Tables as a template of CloudFormation, or of the Serverless Application Model above it.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>

use serde_json::{Map, Value, json};

use super::identifiers::{Identifiers, pascal};
use super::wanted::{Wanted, recovery_days};
use super::{Target, global_table, scaling};
use crate::model::{KeyType, Model, PointInTimeRecovery};

/// The properties of a table that the simple resource of the Serverless Application Model knows.
const SIMPLE: [&str; 5] = ["TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput"];

/// The template of some tables.
pub(super) fn template(model: &Model, tables: &[Wanted<'_, '_>], target: Target) -> Value {
    let mut names = Identifiers::default();
    let mut parameters = Map::new();
    let mut resources = Map::new();
    // Tables have their names before what belongs to them.
    let ids: Vec<String> = tables.iter().map(|wanted| names.claim(&pascal(wanted.name, "Table"))).collect();
    for (wanted, id) in tables.iter().zip(&ids) {
        let kinesis = (wanted.table.kinesis_stream == Some(true)).then(|| {
            let parameter = names.claim(&format!("{id}KinesisStreamArn"));
            let what = format!("The ARN of the Kinesis data stream that takes the changes of table {}", wanted.name);
            parameters.insert(parameter.clone(), json!({ "Type": "String", "Description": what }));
            json!({ "Ref": parameter })
        });
        let (kind, properties) = resource(wanted, target, kinesis);
        let resource = json!({
            "Type": kind,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": properties,
        });
        resources.insert(id.clone(), resource);
        if wanted.is_provisioned() && !wanted.is_replicated() {
            resources.extend(scaling::resources(wanted, id, &mut names));
        }
    }
    let mut template = Map::new();
    template.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
    if target == Target::Sam {
        template.insert("Transform".to_owned(), json!("AWS::Serverless-2016-10-31"));
    }
    if let Some(name) = &model.name {
        template.insert("Description".to_owned(), json!(format!("Tables of {name}")));
    }
    if !parameters.is_empty() {
        template.insert("Parameters".to_owned(), parameters.into());
    }
    template.insert("Resources".to_owned(), resources.into());
    template.into()
}

/// A table's resource: its type and its properties.
fn resource(wanted: &Wanted<'_, '_>, target: Target, kinesis: Option<Value>) -> (&'static str, Map<String, Value>) {
    let table = wanted.table;
    let mut properties = wanted.request.as_object().cloned().unwrap_or_default();
    // A template has no switch for a stream: it is there or not.
    if let Some(stream) = properties.get_mut("StreamSpecification").and_then(Value::as_object_mut) {
        stream.remove("StreamEnabled");
    }
    if let Some(name) = &table.time_to_live {
        let expiry = json!({ "AttributeName": name, "Enabled": true });
        properties.insert("TimeToLiveSpecification".to_owned(), expiry);
    }
    if wanted.is_replicated() {
        return ("AWS::DynamoDB::GlobalTable", global_table::properties(wanted, target, properties, kinesis));
    }
    if let Some(settings) = &table.point_in_time_recovery {
        properties.insert("PointInTimeRecoverySpecification".to_owned(), recovery(settings));
    }
    if let Some(arn) = kinesis {
        properties.insert("KinesisStreamSpecification".to_owned(), json!({ "StreamArn": arn }));
    }
    match simple(wanted, &properties).filter(|_| target == Target::Sam) {
        Some(simple) => ("AWS::Serverless::SimpleTable", simple),
        None => ("AWS::DynamoDB::Table", properties),
    }
}

/// The properties of a table that has only a partition key, where it is such a table.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html>
fn simple(wanted: &Wanted<'_, '_>, properties: &Map<String, Value>) -> Option<Map<String, Value>> {
    let is_simple = properties.keys().all(|name| SIMPLE.contains(&name.as_str()))
        && wanted.key_types.len() == 1
        && (!wanted.is_provisioned() || !crate::interop::throughput::Throughput::from(wanted.table).is_scaled());
    let (name, kind) = wanted.key_types.first().filter(|_| is_simple)?;
    let kind = match kind {
        KeyType::String => "String",
        KeyType::Number => "Number",
        KeyType::Binary => "Binary",
    };
    let mut simple = Map::new();
    simple.insert("TableName".to_owned(), json!(wanted.name));
    simple.insert("PrimaryKey".to_owned(), json!({ "Name": name, "Type": kind }));
    if let Some(throughput) = properties.get("ProvisionedThroughput") {
        simple.insert("ProvisionedThroughput".to_owned(), throughput.clone());
    }
    Some(simple)
}

/// Continuous backups of a table or of a replica.
pub(super) fn recovery(settings: &PointInTimeRecovery) -> Value {
    let mut recovery = Map::new();
    recovery.insert("PointInTimeRecoveryEnabled".to_owned(), json!(settings.enabled.0));
    if let Some(days) = recovery_days(settings).filter(|_| settings.enabled.0) {
        recovery.insert("RecoveryPeriodInDays".to_owned(), json!(days));
    }
    recovery.into()
}

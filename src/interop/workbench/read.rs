//! The tables of a Workbench model. Versions differ in what they have, not in how it is written:
//! billing came with 3.0.

use super::super::assembled::{definition, key_schema, list, map, one_or_more, projection, text};
use super::super::format::ImportError;
use super::super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::super::node::{Node, Told, Value, told};
use super::super::table_shape;
use super::entities::entities;
use crate::model::{AutoScaling, Autoscaled, Billing};
use crate::source::ModelPath;
use crate::units::{Count, Share};
use rust_decimal::Decimal;

/// Whether a document is such a model, or looks like one.
pub(in crate::interop) fn recognises(document: &Node) -> bool {
    document.get("DataModel").is_some()
        || (document.get("ModelName").is_some() && document.get("ModelMetadata").is_some())
}

/// Reads a model.
///
/// # Errors
/// A file that only looks like a model of Workbench, or one of another database.
pub(in crate::interop) fn read(file: usize, document: &Node) -> Result<Imported, ImportError> {
    let refused = |message: String, at: &Node, help: Option<&str>| ImportError {
        file,
        message,
        span: Some(at.origin.span),
        help: help.map(str::to_owned),
    };
    let export = "export the model from NoSQL Workbench as \"NoSQL Workbench model format\"";
    if let Some(service) = document.at(&["ModelMetadata", "AWSService"])
        && let Some(name) = service.text()
        && !name.contains("DynamoDB")
    {
        return Err(refused(format!("this is a Workbench model for {name}, not for DynamoDB"), service, None));
    }
    let Some(Node { value: Value::List(tables), .. }) = document.get("DataModel") else {
        let message = "this is not a Workbench export: it has no list of tables in `DataModel`".to_owned();
        return Err(refused(message, document, Some(export)));
    };
    if let Some(other) = tables.iter().find(|table| {
        table.get("TableName").and_then(Node::word).is_none() || table.at(&["KeyAttributes", "PartitionKey"]).is_none()
    }) {
        let message = "this is not a Workbench export: a table in `DataModel` lacks `TableName` or \
                       `KeyAttributes.PartitionKey`"
            .to_owned();
        return Err(refused(message, other, Some(export)));
    }
    let mut imported = Imported {
        name: document
            .get("ModelName")
            .and_then(Node::text)
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(str::to_owned),
        description: document
            .at(&["ModelMetadata", "Description"])
            .and_then(Node::text)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        ..Imported::default()
    };
    for properties in tables {
        let name = properties.get("TableName").and_then(Node::word).unwrap_or_default().trim().to_owned();
        let table = table(name, properties, &mut imported.notes);
        entities(&mut imported, &table, properties);
        imported.tables.push(table);
    }
    Ok(imported)
}

fn table(name: String, properties: &Node, notes: &mut Vec<Note>) -> ImportedTable {
    let mut definitions = Vec::new();
    let schema = keys(properties, &mut definitions);
    let mut indexes = |part: &str| {
        let indexes = properties.get(part)?;
        let read = indexes.items().iter().map(|index| {
            map(
                index.origin,
                [
                    ("IndexName", index.get("IndexName").cloned()),
                    ("KeySchema", Some(keys(index, &mut definitions))),
                    (
                        "Projection",
                        projection(
                            index.at(&["Projection", "ProjectionType"]),
                            index.at(&["Projection", "NonKeyAttributes"]),
                        ),
                    ),
                    ("ProvisionedThroughput", throughput(index)),
                ],
            )
        });
        Some(list(indexes.origin, read.collect()))
    };
    let global = indexes("GlobalSecondaryIndexes");
    let local = indexes("LocalSecondaryIndexes");
    let shape = map(
        properties.origin,
        [
            ("KeySchema", Some(schema)),
            ("AttributeDefinitions", Some(list(properties.origin, definitions))),
            ("BillingMode", properties.get("BillingMode").cloned()),
            ("ProvisionedThroughput", throughput(properties)),
            ("GlobalSecondaryIndexes", global),
            ("LocalSecondaryIndexes", local),
        ],
    );
    let mut table = table_shape::table(name, &shape, notes);
    scaling(&mut table, properties);
    if table.table.billing == Some(Billing::Provisioned) {
        for (index, settings) in &table.table.global_indexes {
            if settings.capacity.is_none() {
                let at = ModelPath::of(["tables", &table.name, "global_indexes", index]);
                let text = "`capacity` of the index: the table is provisioned, and the file gives the index none";
                notes.push(Note { kind: NoteKind::ToFillIn, at, text: text.to_owned(), origin: None });
            }
        }
    }
    // Billing came with version 3.0.
    let is_billed = properties.get("BillingMode").is_some();
    let told: &[&str] = if is_billed { &["billing", "capacity", "autoscaling"] } else { &[] };
    table.tells_only(told, "the Workbench model does not have it");
    for part in ["SavedQuery", "SavedQueries"] {
        let Some(queries) = properties.get(part).filter(|node| !node.items().is_empty()) else { continue };
        let text = format!("`{part}`: operations saved in Workbench are samples, not access patterns");
        let at = ModelPath::of(["tables", &table.name]);
        notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(queries.origin) });
    }
    table
}

/// The `KeySchema` of a table or an index; the attributes' types are added to the definitions.
fn keys(properties: &Node, definitions: &mut Vec<Node>) -> Node {
    let mut names = |part: &str| -> Vec<Node> {
        let attributes = one_or_more(properties.at(&["KeyAttributes", part])).iter().filter_map(|attribute| {
            let name = attribute.get("AttributeName")?;
            let trimmed = text(name.origin, name.word()?.trim());
            if let Some(kind) = attribute.get("AttributeType") {
                definitions.push(definition(&trimmed, kind));
            }
            Some(trimmed)
        });
        attributes.collect()
    };
    let (partition, sort) = (names("PartitionKey"), names("SortKey"));
    key_schema(properties.origin, &partition, &sort)
}

fn throughput(properties: &Node) -> Option<Node> {
    // On-demand tables keep the numbers of the form that nobody filled in.
    if properties.get("BillingMode").and_then(Node::text) == Some("PAY_PER_REQUEST") {
        return None;
    }
    properties.at(&["ProvisionedCapacitySettings", "ProvisionedThroughput"]).cloned()
}

/// Target tracking of a table.
fn scaling(table: &mut ImportedTable, properties: &Node) {
    if properties.get("BillingMode").and_then(Node::text) != Some("PROVISIONED") {
        return;
    }
    let mut one = |part: &str, side: &str| -> Option<Autoscaled> {
        let at = ModelPath::of(["autoscaling", side]);
        let settings = properties.at(&["ProvisionedCapacitySettings", part]);
        let read = told(settings, "a map", |settings| {
            let number = |path: &[&str]| settings.at(path).and_then(Node::number).filter(|n| *n > Decimal::ZERO);
            let target = number(&["ScalingPolicyConfiguration", "TargetValue"])
                .filter(|target| *target <= Decimal::ONE_HUNDRED)
                .and_then(|target| target.checked_div(Decimal::ONE_HUNDRED));
            Some(Autoscaled {
                min: Count(number(&["ScalableTargetRequest", "MinCapacity"])?),
                max: Count(number(&["ScalableTargetRequest", "MaxCapacity"])?),
                target: target.map(Share),
            })
        });
        match read {
            Told::Unknown(..) if settings.is_some_and(|node| node.entries().next().is_none()) => None,
            read => table.take(at, read),
        }
    };
    let (read, write) = (one("AutoScalingRead", "read"), one("AutoScalingWrite", "write"));
    if read.is_some() || write.is_some() {
        table.table.autoscaling = Some(AutoScaling { read, write });
    }
}

//! The JSON of the AWS command line: the input of `create-table`, and what `describe-table`,
//! `create-table`, `update-table`, `restore-table-from-backup` and `describe-backup` print.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html>

use super::format::ImportError;
use super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::node::{Node, Told, Value, told};
use super::table_shape;
use crate::model::{Billing, Regions, Replica, TableClass};
use crate::source::ModelPath;

/// The wrappers that a table comes in.
const WRAPPERS: [&str; 4] = ["Table", "TableDescription", "Tables", "BackupDescription"];

/// Whether a document is such JSON.
pub(super) fn recognises(document: &Node) -> bool {
    !tables_of(document).is_empty()
}

/// Reads such JSON.
///
/// # Errors
/// When there is no table in it.
pub(super) fn read(file: usize, document: &Node) -> Result<Imported, ImportError> {
    let found = tables_of(document);
    if found.is_empty() {
        return Err(ImportError {
            file,
            message: "there is no table in this JSON: nothing has a `KeySchema`".to_owned(),
            span: None,
            help: Some("save what `aws dynamodb describe-table --table-name NAME` prints".to_owned()),
        });
    }
    let mut imported = Imported::default();
    for (position, properties) in found.into_iter().enumerate() {
        let name = properties.get("TableName").and_then(Node::word).map(str::to_owned);
        let named = name.clone().unwrap_or_else(|| format!("Table{}", position + 1));
        if name.is_none() {
            let text = "the table has no `TableName`; it is called after its position".to_owned();
            let at = ModelPath::of(["tables", &named]);
            imported.notes.push(Note { kind: NoteKind::Assumed, at, text, origin: Some(properties.origin) });
        }
        let mut table = table_shape::table(named, properties, &mut imported.notes);
        replicas(&mut table, properties);
        table.is_deployed = ["TableArn", "TableStatus"].iter().any(|property| properties.get(property).is_some());
        never_shown(&mut table, properties);
        if imported.region.is_none() {
            imported.region = region(properties);
        }
        imported.tables.push(table);
    }
    Ok(imported)
}

/// Says what this JSON never tells. Scaling belongs to another service:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html>
fn never_shown(table: &mut ImportedTable, properties: &Node) {
    let why = "neither `create-table` nor `describe-table` shows it";
    for part in ["time_to_live", "point_in_time_recovery", "kinesis_stream"] {
        if properties.get(property_of(part)).is_none() {
            table.never_told(ModelPath::of([part]), why);
        }
    }
    if table.table.billing == Some(Billing::OnDemand) {
        return;
    }
    table.never_told(ModelPath::of(["autoscaling"]), why);
    let indexes: Vec<String> = table.table.global_indexes.keys().cloned().collect();
    for index in indexes {
        table.never_told(ModelPath::of(["global_indexes", &index, "autoscaling"]), why);
    }
}

fn property_of(part: &str) -> &'static str {
    match part {
        "time_to_live" => "TimeToLiveSpecification",
        "point_in_time_recovery" => "PointInTimeRecoverySpecification",
        _ => "KinesisStreamSpecification",
    }
}

/// The tables of a document, whatever wraps them: one, a list, `{Table: …}`, `{Tables: […]}`.
/// Lists are looked into once, so depth is bounded.
fn tables_of(document: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    let outer: Vec<&Node> = match &document.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![document],
    };
    for node in outer {
        let inner = WRAPPERS.iter().filter_map(|wrapper| node.get(wrapper)).flat_map(|inner| match &inner.value {
            Value::List(items) => items.iter().collect::<Vec<_>>(),
            _ => vec![inner],
        });
        for node in std::iter::once(node).chain(inner) {
            // A backup describes its table in two parts.
            let node = node.get("SourceTableDetails").unwrap_or(node);
            if node.get("KeySchema").is_some() {
                found.push(node);
            }
        }
    }
    found
}

/// The Region that the table's ARN names: `arn:aws:dynamodb:eu-west-1:123456789012:table/Orders`.
fn region(properties: &Node) -> Option<String> {
    let arn = properties.get("TableArn")?.text()?;
    let mut parts = arn.split(':');
    let (Some("arn"), Some(_), Some("dynamodb"), Some(region)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    (!region.is_empty()).then(|| region.to_owned())
}

/// The other Regions of a described global table.
fn replicas(table: &mut ImportedTable, properties: &Node) {
    let at = ModelPath::of(["replicas"]);
    let Some(replicas) = table.take(at.clone(), table_shape::list(properties.get("Replicas"), "a list")) else {
        return;
    };
    let home = region(properties);
    let mut regions = Regions::default();
    for replica in replicas {
        let name = told(replica.get("RegionName"), "a Region", |node| node.text().map(str::to_owned));
        let Some(name) = table.take(at.clone(), name) else { continue };
        if Some(&name) == home.as_ref() {
            continue;
        }
        let class = told(replica.at(&["ReplicaTableClassSummary", "TableClass"]), "a table class", |node| {
            table_shape::table_class(node.text()?)
        });
        let class = table.take(at.key(&name).key("class"), class);
        let own = table.table.class.unwrap_or(TableClass::Standard);
        let class = class.filter(|class| *class != own);
        regions.0.insert(name, class.map(|class| Replica { class: Some(class), ..Replica::default() }));
    }
    table.table.replicas = regions;
    let witness = properties.get("GlobalTableWitnesses").map(Node::items).unwrap_or_default().first();
    let witness =
        told(witness.and_then(|witness| witness.get("RegionName")), "a Region", |node| node.text().map(str::to_owned));
    if let Told::Known(..) | Told::Unknown(..) = witness {
        table.table.witness = table.take(ModelPath::of(["witness"]), witness);
    }
}

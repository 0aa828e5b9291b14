//! The other Regions of a global table: blocks of the table, or resources of their own.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dynamodb_table_replica>

use super::resource::{Resource, block, present};
use super::shape::switched_recovery;
use super::tables::{Sources, of_kind};
use crate::interop::imported::{ImportedTable, Note, NoteKind};
use crate::interop::node::{Node, Told, Value, told};
use crate::interop::table_shape::{list, recovery, table_class};
use crate::model::{Replica, ReplicationConsistency};
use crate::source::ModelPath;

/// Reads the replicas of a table, how they agree, and the witness.
pub(super) fn read(table: &mut ImportedTable, source: &Sources<'_>, notes: &mut Vec<Note>) {
    let at = ModelPath::of(["replicas"]);
    let home = source.table.region.as_ref().and_then(Node::text);
    let blocks = source.table.value("replica");
    let known = match list(blocks, "a list") {
        Told::Known(items, origin) if !items.is_empty() => table.take(at.clone(), Told::Known(items, origin)),
        Told::Unknown(why, origin) => {
            table.take::<()>(at.clone(), Told::Unknown(why, origin));
            blocks.map(Node::items)
        }
        _ => None,
    };
    for replica in known.unwrap_or_default().iter().filter(|item| !matches!(item.value, Value::Unknown(_))) {
        let region = told(replica.get("region_name"), "a Region", |node| node.text().map(str::to_owned));
        let Some(region) = table.take(at.clone(), region) else { continue };
        // A plan of an existing table may list the Region that the table itself is in.
        if Some(region.as_str()) == home {
            let text = format!("a replica in `{region}`, where the table itself is");
            let at = ModelPath::of(["tables", &table.name]);
            notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(replica.origin) });
            continue;
        }
        add(table, &region, replica);
        let mode = told(present(replica, "consistency_mode"), "EVENTUAL or STRONG", |node| match node.text()? {
            "EVENTUAL" => Some(ReplicationConsistency::Eventual),
            "STRONG" => Some(ReplicationConsistency::Strong),
            _ => None,
        });
        let mode = table.take(ModelPath::of(["multi_region_consistency"]), mode);
        table.table.multi_region_consistency = mode.or(table.table.multi_region_consistency);
    }
    for replica in of_kind(source, "aws_dynamodb_table_replica") {
        own(table, replica, notes);
    }
    let witness = block(&source.table.values, "global_table_witness");
    let witness = match witness.map(|block| (&block.value, block)) {
        Some((Value::Unknown(why), block)) => Told::Unknown(why.clone(), block.origin),
        witness => told(witness.and_then(|(_, block)| block.get("region_name")), "a Region", |node| {
            node.text().map(str::to_owned)
        }),
    };
    table.table.witness = table.take(ModelPath::of(["witness"]), witness);
}

/// A replica that is a resource of its own. Its Region is that of its provider.
fn own(table: &mut ImportedTable, replica: &Resource, notes: &mut Vec<Note>) {
    let at = ModelPath::of(["replicas"]);
    let region = replica.region.as_ref().and_then(Node::text);
    let Some(region) = region else {
        let provider =
            replica.alias.as_ref().map_or_else(|| "its provider".to_owned(), |alias| format!("`aws.{alias}`"));
        let why = format!("`{}` is in the Region of {provider}, which the files do not tell", replica.address);
        table.take::<()>(at, Told::Unknown(why, replica.origin));
        return;
    };
    if let Some(alias) = &replica.alias
        && alias.replace('_', "-") == region
    {
        let text = format!("`{region}` is the Region of the provider `aws.{alias}`");
        let at = ModelPath::of(["tables", &table.name, "replicas"]);
        notes.push(Note { kind: NoteKind::Assumed, at, text, origin: Some(replica.origin) });
    }
    table.origins.entry(at).or_insert(replica.origin);
    add(table, region, &replica.values);
}

fn add(table: &mut ImportedTable, region: &str, replica: &Node) {
    let at = ModelPath::of(["replicas"]).key(region);
    table.origins.insert(at.clone(), replica.origin);
    let class = told(present(replica, "table_class_override"), "a table class", |node| table_class(node.text()?));
    let class = table.take(at.key("class"), class);
    let protection = told(present(replica, "deletion_protection_enabled"), "true or false", Node::boolean);
    let deletion_protection = table.take(at.key("deletion_protection"), protection);
    let backups = present(replica, "point_in_time_recovery").map(switched_recovery);
    let point_in_time_recovery = table.take(at.key("point_in_time_recovery"), recovery(backups.as_ref()));
    let settings = Replica { class, deletion_protection, point_in_time_recovery, ..Replica::default() };
    let settings = (settings != Replica::default()).then_some(settings);
    table.table.replicas.0.insert(region.to_owned(), settings);
}

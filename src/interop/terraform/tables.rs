//! Tables from the resources that say something of them.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::{address, resolve};
use super::replicas;
use super::resource::{Resource, block, present};
use super::scaling;
use super::shape;
use crate::interop::imported::{Imported, ImportedTable, Note, NoteKind};
use crate::interop::node::{Node, Told, Value};
use crate::interop::table_shape;
use crate::source::ModelPath;

/// Attributes and blocks of a table that a model has no place for.
const NOT_MODELLED: [&str; 6] = [
    "server_side_encryption",
    "import_table",
    "restore_source_name",
    "restore_source_table_arn",
    "tags",
    "vector_index",
];

/// What every table comes from, and what refers to it.
pub(super) struct Sources<'r> {
    pub(super) table: &'r Resource,
    pub(super) others: Vec<&'r Resource>,
}

/// The tables of resources, with what other resources say of them.
pub(super) fn tables(mut resources: Vec<Resource>, mut imported: Imported) -> Imported {
    let names = names(&resources);
    let mut sources = link(&mut resources, &names, &mut imported.notes);
    let mut taken = BTreeSet::new();
    for source in &mut sources {
        let table = table(source, &mut taken, &mut imported.notes);
        imported.tables.push(table);
    }
    imported.region = imported.region.take().or_else(|| home(&sources));
    for (source, table) in sources.iter().zip(&imported.tables) {
        let region = source.table.region.as_ref().and_then(Node::text);
        if let (Some(region), Some(home)) = (region, &imported.region)
            && region != home
        {
            let at = ModelPath::of(["tables", &table.name]);
            let text = format!("the table is in `{region}`, and this model's Region is `{home}`");
            imported.notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(table.origin) });
        }
    }
    imported
}

/// The names of all tables, by their addresses.
fn names(resources: &[Resource]) -> BTreeMap<String, Node> {
    let tables = || resources.iter().filter(|resource| resource.kind == "aws_dynamodb_table");
    let given = |resource: &Resource| (resource.address.clone(), resource.values.get("name").cloned());
    let mut names: BTreeMap<String, Node> =
        tables().map(given).filter_map(|(address, name)| Some((address, name?))).collect();
    // A name may be made of another table's.
    let first = names.clone();
    names.values_mut().for_each(|name| resolve(name, &first));
    names
}

/// Which table each of the other resources is about.
fn link<'r>(resources: &'r mut [Resource], names: &BTreeMap<String, Node>, notes: &mut Vec<Note>) -> Vec<Sources<'r>> {
    let by_name: BTreeMap<&str, &str> =
        names.iter().rev().filter_map(|(address, name)| Some((name.text()?, address.as_str()))).collect();
    let targets: Vec<Option<String>> = resources
        .iter()
        .map(|resource| {
            let about = about(resource)?;
            let text = about.text()?;
            let address = address(text).map(str::to_owned);
            address.or_else(|| by_name.get(table_named(text)).map(|address| (*address).to_owned()))
        })
        .collect();
    for resource in resources.iter_mut() {
        // What scales an index says which one behind the name of the table, which may be open.
        let id = resource.values.get("resource_id").cloned();
        resolve(&mut resource.values, names);
        if let (Some(id), Value::Map(map)) = (id, &mut resource.values.value) {
            map.insert("resource_id".to_owned(), id);
        }
    }
    let mut sources: Vec<Sources<'r>> = Vec::new();
    let mut others = Vec::new();
    for (resource, target) in resources.iter().zip(targets) {
        if resource.kind == "aws_dynamodb_table" {
            sources.push(Sources { table: resource, others: Vec::new() });
        } else if about(resource).is_some() {
            others.push((resource, target));
        }
    }
    let positions: BTreeMap<&str, usize> =
        sources.iter().enumerate().map(|(position, source)| (source.table.address.as_str(), position)).collect();
    for (resource, target) in others {
        let position = target.as_deref().and_then(|target| positions.get(target));
        match position.and_then(|position| sources.get_mut(*position)) {
            Some(source) => source.others.push(resource),
            None => {
                let text = format!("`{}` is about a table that is not among the files", resource.address);
                let (kind, at) = (NoteKind::NotModelled, ModelPath::root());
                notes.push(Note { kind, at, text, origin: Some(resource.origin) });
            }
        }
    }
    sources
}

/// The attribute by which a resource says which table it is about; nothing for what is about
/// something else.
fn about(resource: &Resource) -> Option<&Node> {
    let name = match resource.kind.as_str() {
        "aws_dynamodb_table_replica" => "global_table_arn",
        "aws_dynamodb_resource_policy" => "resource_arn",
        kind if kind.starts_with("aws_appautoscaling") => {
            // Targets of other services are no matter of ours; policies name no service at times.
            let service = resource.value("service_namespace").and_then(Node::text);
            let resource = resource.value("resource_id");
            let named = resource.and_then(Node::text).is_some_and(|id| id.starts_with("table/"));
            return resource.filter(|_| service == Some("dynamodb") || named);
        }
        "aws_dynamodb_table" => return None,
        _ => "table_name",
    };
    resource.value(name)
}

/// The name of a table within `table/Orders/index/by_date`, an ARN, or plain.
fn table_named(text: &str) -> &str {
    let text = text.rsplit_once(":table/").map_or(text, |(_, name)| name);
    let text = text.strip_prefix("table/").unwrap_or(text);
    text.split('/').next().unwrap_or(text)
}

/// The Region that most tables are in; of those, the first.
fn home(sources: &[Sources<'_>]) -> Option<String> {
    let regions: Vec<&str> =
        sources.iter().filter_map(|source| source.table.region.as_ref().and_then(Node::text)).collect();
    let often = |region: &str| regions.iter().filter(|other| **other == region).count();
    let most = regions.iter().map(|region| often(region)).max()?;
    regions.iter().find(|region| often(region) == most).map(|region| (*region).to_owned())
}

fn table(source: &Sources<'_>, taken: &mut BTreeSet<String>, notes: &mut Vec<Note>) -> ImportedTable {
    let resource = source.table;
    let own_indexes: Vec<&Node> =
        of_kind(source, "aws_dynamodb_global_secondary_index").map(|index| &index.values).collect();
    let properties = shape::table(&resource.values, &own_indexes);
    let (name, note) = name(resource, taken);
    let mut table = table_shape::table(name, &properties, notes);
    table.origin = resource.origin;
    // Only a table that was made has an ARN.
    table.is_deployed = resource.value("arn").and_then(Node::text).is_some();
    table.other_names = other_names(resource, &table.name);
    let at = ModelPath::of(["tables", &table.name]);
    let mut say = |kind, text, origin| notes.push(Note { kind, at: at.clone(), text, origin: Some(origin) });
    if let Some(text) = note {
        say(NoteKind::Assumed, text, resource.origin);
    }
    if let Some(why) = &resource.open {
        say(NoteKind::Assumed, format!("how many of it there are is open, and one is taken: {why}"), resource.origin);
    }
    let mut left_out: Vec<String> =
        NOT_MODELLED.iter().filter(|name| is_said(resource.value(name))).map(|name| format!("`{name}`")).collect();
    for kind in
        ["aws_dynamodb_contributor_insights", "aws_dynamodb_resource_policy", "aws_appautoscaling_scheduled_action"]
    {
        left_out.extend(of_kind(source, kind).map(|other| format!("`{}`", other.address)));
    }
    if !left_out.is_empty() {
        say(NoteKind::NotModelled, left_out.join(", "), resource.origin);
    }
    replicas::read(&mut table, source, notes);
    scaling::read(&mut table, source, notes);
    if let Some(stream) = of_kind(source, "aws_dynamodb_kinesis_streaming_destination").next() {
        let told = Told::Known(true, stream.origin);
        table.table.kinesis_stream = table.take(ModelPath::of(["kinesis_stream"]), told);
    }
    table
}

/// The resources of a type that are about a table.
pub(super) fn of_kind<'s>(source: &'s Sources<'_>, kind: &'s str) -> impl Iterator<Item = &'s Resource> {
    source.others.iter().copied().filter(move |other| other.kind == kind)
}

/// Whether a setting is there and says something: no empty map or list, and not switched off.
fn is_said(node: Option<&Node>) -> bool {
    match node.map(|node| (node, &node.value)) {
        None => false,
        Some((_, Value::Map(map))) => !map.is_empty(),
        Some((node, Value::List(items))) => {
            !items.is_empty()
                && node.items().iter().all(|item| present(item, "enabled").and_then(Node::boolean) != Some(false))
        }
        Some(_) => true,
    }
}

/// The name of a table in the model, and why it is not its own.
fn name(resource: &Resource, taken: &mut BTreeSet<String>) -> (String, Option<String>) {
    let own = resource.value("name").and_then(Node::text);
    let (mut name, mut note) = match (own, &resource.pattern) {
        (Some(own), _) => (own.to_owned(), None),
        (None, Some(pattern)) => {
            let note = format!("the name, `{pattern}`, is open; the table is called after its resource");
            (resource.label.clone(), Some(note))
        }
        (None, None) => {
            (resource.label.clone(), Some("the name is open; the table is called after its resource".to_owned()))
        }
    };
    if taken.contains(&name) && name != resource.label {
        note = Some(format!("another table is called `{name}` as well; this one is called after its resource"));
        name = resource.label.clone();
    }
    let mut unique = name.clone();
    let mut number = 2;
    while !taken.insert(unique.clone()) {
        unique = format!("{name}_{number}");
        number += 1;
    }
    (unique, note)
}

/// What else the table goes by: its own name, its pattern, its address, its resource's label.
fn other_names(resource: &Resource, name: &str) -> Vec<String> {
    let own = resource.value("name").and_then(Node::text).map(str::to_owned);
    let mut names: Vec<String> = Vec::new();
    for other in
        own.into_iter().chain(resource.pattern.clone()).chain([resource.address.clone(), resource.label.clone()])
    {
        if other != name && !names.contains(&other) {
            names.push(other);
        }
    }
    names
}

/// The value of a nested block's attribute.
pub(super) fn nested<'n>(resource: &'n Resource, name: &str, attribute: &str) -> Option<&'n Node> {
    present(block(&resource.values, name)?, attribute)
}

//! The tables among a template's resources.

use super::super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::super::node::{Node, Value};
use super::super::table_shape;
use super::conditions::Decision;
use super::evaluate::Evaluation;
use super::nodes::capitalised;
use super::resources::Resource;
use super::text::Pattern;
use super::{global_table, simple_table};
use crate::source::ModelPath;

/// What a table can have. Anything else is a slip, or newer than this list, and would be lost
/// without a word.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>
const PROPERTIES: [&str; 22] = [
    "AttributeDefinitions",
    "BillingMode",
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "Fn::Transform",
    "GlobalSecondaryIndexes",
    "ImportSourceSpecification",
    "KeySchema",
    "KinesisStreamSpecification",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "PointInTimeRecoverySpecification",
    "ProvisionedThroughput",
    "ResourcePolicy",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "TableName",
    "Tags",
    "TimeToLiveSpecification",
    "VectorIndexes",
    "WarmThroughput",
];

/// A table, and how resources of its template refer to it.
pub(super) struct FoundTable {
    pub(super) table: ImportedTable,
    /// Its name in the template.
    pub(super) logical_id: String,
    /// The text that its name comes to, with open parts in it.
    pub(super) name_pattern: Option<String>,
}

impl FoundTable {
    /// Whether a name, as a pattern, is this table's.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name_pattern.as_deref() == Some(name)
            || name.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) == Some(self.logical_id.as_str())
    }
}

/// The tables of a template.
pub(super) fn read(
    evaluation: &Evaluation<'_>,
    resources: &[Resource<'_>],
    imported: &mut Imported,
) -> Vec<FoundTable> {
    let mut found: Vec<FoundTable> = Vec::new();
    // What is created comes first, so that of two tables of a name it keeps the name.
    let mut tables: Vec<(&Resource<'_>, Option<(String, Decision)>)> = resources
        .iter()
        .filter(|resource| is_table(&resource.kind))
        .map(|resource| (resource, resource.condition(evaluation)))
        .collect();
    let position: Vec<String> = tables.iter().map(|(resource, _)| resource.logical_id.clone()).collect();
    tables.sort_by_key(|(_, condition)| matches!(condition, Some((_, Decision::No))));
    for (resource, condition) in tables {
        let mut notes = Vec::new();
        let Some(table) = table(evaluation, resource, condition.as_ref(), &found, imported, &mut notes) else {
            imported.notes.extend(notes);
            continue;
        };
        imported.notes.extend(notes);
        found.push(table);
    }
    found.sort_by_key(|table| position.iter().position(|id| *id == table.logical_id));
    found
}

fn is_table(kind: &str) -> bool {
    [
        "AWS::DynamoDB::Table",
        "AWS::DynamoDB::GlobalTable",
        "AWS::Serverless::SimpleTable",
        "Custom::AmplifyDynamoDBTable",
    ]
    .contains(&kind)
}

fn table(
    evaluation: &Evaluation<'_>,
    resource: &Resource<'_>,
    condition: Option<&(String, Decision)>,
    found: &[FoundTable],
    imported: &mut Imported,
    notes: &mut Vec<Note>,
) -> Option<FoundTable> {
    let logical_id = resource.logical_id.clone();
    let pattern = name_pattern(evaluation, resource);
    let known = pattern.as_ref().filter(|pattern| pattern.open.is_none() && !pattern.text.contains("${"));
    let mut name = known.map_or_else(|| logical_id.clone(), |known| known.text.clone());
    let mut note = |kind, at: ModelPath, text: String| {
        notes.push(Note { kind, at, text, origin: Some(resource.body.origin) });
    };
    if let Some(other) = found.iter().find(|other| other.table.name == name) {
        let (first, place) = (&other.logical_id, ModelPath::of(["tables", &name]));
        if matches!(condition, Some((_, Decision::No))) {
            let text =
                format!("`{logical_id}` is created instead of `{first}` where its condition is true; it is left out");
            note(NoteKind::NotModelled, place, text);
            return None;
        }
        note(
            NoteKind::Assumed,
            place,
            format!("`{logical_id}` has the name of `{first}`; it is called by its own here"),
        );
        name.clone_from(&logical_id);
        while found.iter().any(|other| other.table.name == name) {
            name.push('_');
        }
    }
    let place = ModelPath::of(["tables", &name]);
    if let Some(Pattern { text, open: Some(why) }) = &pattern {
        note(NoteKind::Unknown, place.clone(), format!("its name `{text}`: {why}"));
    }
    match condition {
        Some((condition, Decision::No)) => note(
            NoteKind::Assumed,
            place,
            format!(
                "with these parameters condition `{condition}` is false and the table is not created; it is read as if it were"
            ),
        ),
        Some((_, Decision::Open(why))) => note(NoteKind::Assumed, place, format!("the table is created; {why}")),
        _ => {}
    }
    let properties = properties(evaluation, resource);
    if properties.get("Fn::Transform").is_some() {
        let text = "a macro, such as an included file, may add properties when the stack is made".to_owned();
        note(NoteKind::Unknown, ModelPath::of(["tables", &name]), text);
    }
    if resource.kind == "AWS::DynamoDB::Table" {
        for (property, node) in properties.entries().filter(|(name, _)| !PROPERTIES.contains(name)) {
            let text = format!("`{property}`, which `AWS::DynamoDB::Table` is not known to have");
            let at = ModelPath::of(["tables", &name]);
            notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(node.origin) });
        }
    }
    let mut table = if resource.kind == "AWS::DynamoDB::GlobalTable" {
        global_table::table(name, &properties, &mut imported.region, notes)
    } else {
        table_shape::table(name, &properties, notes)
    };
    table.origin = resource.body.origin;
    if let Value::Unknown(why) = &properties.value {
        table.take::<()>(ModelPath::root(), super::super::node::Told::Unknown(why.clone(), properties.origin));
    }
    let name_pattern = pattern.map(|pattern| pattern.text);
    let others = [Some(&logical_id), name_pattern.as_ref()];
    table.other_names = others.into_iter().flatten().filter(|other| **other != table.name).cloned().collect();
    Some(FoundTable { table, logical_id, name_pattern })
}

/// The table's name as the template has it.
fn name_pattern(evaluation: &Evaluation<'_>, resource: &Resource<'_>) -> Option<Pattern> {
    let properties = resource.body.get("Properties")?;
    let name = properties.get("TableName").or_else(|| properties.get("tableName"))?;
    Some(evaluation.pattern(name, resource.scope())).filter(|pattern| !pattern.text.is_empty())
}

/// The properties in the shape of `AWS::DynamoDB::Table`, or of `AWS::DynamoDB::GlobalTable`.
fn properties(evaluation: &Evaluation<'_>, resource: &Resource<'_>) -> Node {
    let properties = resource.properties(evaluation);
    match resource.kind.as_str() {
        "AWS::Serverless::SimpleTable" => {
            let globals = evaluation.template.find("Globals", "SimpleTable");
            let globals = globals.map(|globals| evaluation.value(globals, resource.scope()));
            simple_table::as_table(&properties, globals.as_ref())
        }
        "Custom::AmplifyDynamoDBTable" => capitalised(&properties),
        _ => properties,
    }
}

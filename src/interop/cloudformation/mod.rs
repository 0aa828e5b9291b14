//! CloudFormation and AWS SAM templates, the `resources` of a `serverless.yml`, fragments of
//! either, and what the CDK, SST and Amplify make of theirs.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>

mod autoscaling;
mod conditions;
mod evaluate;
mod for_each;
mod global_table;
mod intrinsics;
mod nodes;
mod reference;
mod replicas;
mod resources;
mod simple_table;
mod tables;
mod template;
mod text;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use super::format::ImportError;
use super::imported::{Imported, Note, NoteKind};
use super::node::{Node, Value};
use crate::source::ModelPath;
use evaluate::{Evaluation, Scope};
use for_each::Bindings;
use resources::Resource;
use template::Template;

/// Whether a document is of this family.
pub(super) fn recognises(document: &Node) -> bool {
    template::recognises(document)
}

/// Reads such a document, with values for its parameters and variables.
///
/// # Errors
/// When there is no table in it.
pub(super) fn read(file: usize, document: &Node, given: &BTreeMap<String, String>) -> Result<Imported, ImportError> {
    let document = template::with_section(document);
    let evaluation = Evaluation::new(Template::of(&document), given);
    let mut imported = Imported::default();
    let resources = resources::all(&evaluation, &mut imported.notes);
    describe(&evaluation, &document, &mut imported);
    macros(&document, &mut imported.notes);
    let mut tables = tables::read(&evaluation, &resources, &mut imported);
    if tables.is_empty() {
        return Err(no_table(file, &evaluation, &resources));
    }
    replicas::apply(&evaluation, &resources, &mut tables);
    autoscaling::apply(&evaluation, &resources, &mut tables, &mut imported.notes);
    for element in evaluation.template.elsewhere() {
        let text = format!("`{}` may hold more tables: import that file too", element.text().unwrap_or_default());
        let origin = Some(element.origin);
        imported.notes.push(Note { kind: NoteKind::Unknown, at: ModelPath::root(), text, origin });
    }
    imported.tables = tables.into_iter().map(|found| found.table).collect();
    imported.parameters = takes(&evaluation);
    Ok(imported)
}

/// The names that values can be given for: parameters, pseudo parameters, resources that are referred
/// to, and what every Serverless service is deployed with.
fn takes(evaluation: &Evaluation<'_>) -> BTreeSet<String> {
    let sections = ["Parameters", "Resources"].into_iter().flat_map(|name| evaluation.template.sections(name));
    let mut names: BTreeSet<String> =
        sections.flat_map(|section| section.entries().map(|(name, _)| name.to_owned())).collect();
    names.extend(evaluation.given.keys().filter(|name| name.starts_with("AWS::")).cloned());
    if evaluation.template.serverless.is_some() {
        names.extend(["stage", "opt:stage", "sls:stage", "region", "opt:region"].map(str::to_owned));
    }
    names
}

/// Macros of the user's own, which may change the whole template.
fn macros(document: &Node, notes: &mut Vec<Note>) {
    let Some(transform) = document.get("Transform") else { return };
    for name in std::iter::once(transform).chain(transform.items()) {
        if let Some(name) = name.text().filter(|name| !name.starts_with("AWS::")) {
            let text = format!("macro `{name}` may change the whole template when the stack is made");
            let origin = Some(transform.origin);
            notes.push(Note { kind: NoteKind::Unknown, at: ModelPath::root(), text, origin });
        }
    }
}

/// What the document says of itself: its name, its purpose and its Region.
fn describe(evaluation: &Evaluation<'_>, document: &Node, imported: &mut Imported) {
    let outside = Bindings::default();
    let scope = Scope::of(&outside);
    let text = |node: Node| match node.value {
        Value::Text(text) => {
            Some(text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
        }
        _ => None,
    };
    imported.description = document.get("Description").and_then(|node| text(evaluation.value(node, scope)));
    imported.region = match evaluation.template.serverless {
        Some(serverless) => {
            let service = serverless.get("service").map(|service| service.get("name").unwrap_or(service));
            imported.name = service.and_then(|node| text(evaluation.value(node, scope)));
            text(evaluation.serverless_region(document.origin, scope))
        }
        None => evaluation.given.get("AWS::Region").cloned(),
    };
}

fn no_table(file: usize, evaluation: &Evaluation<'_>, resources: &[Resource<'_>]) -> ImportError {
    let nested: Vec<String> = resources
        .iter()
        .filter(|resource| {
            ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"].contains(&resource.kind.as_str())
        })
        .map(|resource| format!("`{}`", resource.logical_id))
        .collect();
    let elsewhere: Vec<String> =
        evaluation.template.elsewhere().filter_map(Node::text).map(|text| format!("`{text}`")).take(5).collect();
    let help = if !nested.is_empty() {
        Some(format!("it has nested stacks: import the templates of {}", nested.join(", ")))
    } else if !elsewhere.is_empty() {
        Some(format!("its resources stand in other files: import {}", elsewhere.join(", ")))
    } else {
        None
    };
    ImportError { file, message: "there is no DynamoDB table in this template".to_owned(), span: None, help }
}

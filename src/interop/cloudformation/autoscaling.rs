//! Scaled capacity, which templates set beside the table.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalingpolicy.html>

use super::super::imported::{ImportedTable, Note, NoteKind};
use super::super::node::{Node, Origin, Told, told};
use super::evaluate::Evaluation;
use super::resources::Resource;
use super::tables::FoundTable;
use crate::model::{AutoScaling, Autoscaled};
use crate::source::ModelPath;
use crate::units::{Count, Share};
use rust_decimal::Decimal;

/// What a resource scales: `table/Orders` or `table/Orders/index/by_date`, and reads or writes.
#[derive(PartialEq, Eq)]
struct Scaled {
    id: String,
    dimension: String,
}

/// Adds what scalable targets and their policies say to the tables and indexes.
pub(super) fn apply(
    evaluation: &Evaluation<'_>,
    resources: &[Resource<'_>],
    tables: &mut [FoundTable],
    notes: &mut Vec<Note>,
) {
    let policies: Vec<(&Resource<'_>, Node)> = resources
        .iter()
        .filter(|resource| resource.kind == "AWS::ApplicationAutoScaling::ScalingPolicy")
        .filter(|resource| resource.presence(evaluation).is_some())
        .map(|resource| (resource, resource.properties(evaluation)))
        .collect();
    for resource in resources.iter().filter(|one| one.kind == "AWS::ApplicationAutoScaling::ScalableTarget") {
        let Some(doubt) = resource.presence(evaluation) else { continue };
        let Some(scaled) = scaled(evaluation, resource) else { continue };
        let Some((reads, table, index)) = whose(&scaled, tables) else {
            let text = format!("`{}` scales `{}`, which is not in this file", resource.logical_id, scaled.id);
            let origin = Some(resource.body.origin);
            notes.push(Note { kind: NoteKind::NotModelled, at: ModelPath::root(), text, origin });
            continue;
        };
        let properties = resource.properties(evaluation);
        let policy = policies.iter().find(|(policy, _)| belongs(evaluation, policy, resource, &scaled));
        let target = policy.map_or(Told::Absent, |(_, policy)| target(policy));
        let place = index.as_ref().map_or_else(ModelPath::root, |index| ModelPath::of(["global_indexes", index]));
        let place = place.key("autoscaling").key(if reads { "read" } else { "write" });
        let scaling = match doubt {
            Some(why) => Told::Unknown(why, resource.body.origin),
            None => limits(&properties, resource.body.origin),
        };
        let target = table.take(place.key("target"), target);
        let Some((min, max)) = table.take(place, scaling) else { continue };
        let Some(settings) = settings_of(table, index.as_deref()) else { continue };
        set(settings, reads, Autoscaled { min, max, target });
    }
}

/// Puts the scaling of reads or writes in its place.
pub(super) fn set(settings: &mut Option<AutoScaling>, reads: bool, scaled: Autoscaled) {
    let settings = settings.get_or_insert_default();
    let slot = if reads { &mut settings.read } else { &mut settings.write };
    *slot = Some(scaled);
}

fn settings_of<'t>(table: &'t mut ImportedTable, index: Option<&str>) -> Option<&'t mut Option<AutoScaling>> {
    match index {
        None => Some(&mut table.table.autoscaling),
        Some(index) => table.table.global_indexes.get_mut(index).map(|index| &mut index.autoscaling),
    }
}

fn scaled(evaluation: &Evaluation<'_>, resource: &Resource<'_>) -> Option<Scaled> {
    let properties = resource.body.get("Properties")?;
    let text = |key: &str| Some(evaluation.pattern(properties.get(key)?, resource.scope()).text);
    let scaled = Scaled { id: text("ResourceId")?, dimension: text("ScalableDimension")? };
    scaled.dimension.starts_with("dynamodb:").then_some(scaled)
}

/// Whether reads are scaled, and the table and index that are.
fn whose<'t>(scaled: &Scaled, tables: &'t mut [FoundTable]) -> Option<(bool, &'t mut ImportedTable, Option<String>)> {
    let (kind, reads) = match scaled.dimension.as_str() {
        "dynamodb:table:ReadCapacityUnits" => ("table", true),
        "dynamodb:table:WriteCapacityUnits" => ("table", false),
        "dynamodb:index:ReadCapacityUnits" => ("index", true),
        "dynamodb:index:WriteCapacityUnits" => ("index", false),
        _ => return None,
    };
    let path = scaled.id.strip_prefix("table/")?;
    let (name, index) = match path.rsplit_once("/index/") {
        Some((name, index)) => (name, Some(index.to_owned())),
        None => (path, None),
    };
    if index.is_some() != (kind == "index") {
        return None;
    }
    let found = tables.iter_mut().find(|table| table.is_called(name))?;
    let table = &mut found.table;
    index.as_ref().is_none_or(|index| table.table.global_indexes.contains_key(index)).then_some((reads, table, index))
}

/// Whether a policy is that of a target: it refers to it, or names the same thing.
fn belongs(evaluation: &Evaluation<'_>, policy: &Resource<'_>, target: &Resource<'_>, scaled: &Scaled) -> bool {
    let reference = policy.body.at(&["Properties", "ScalingTargetId"]);
    match reference.map(|node| evaluation.pattern(node, policy.scope()).text) {
        Some(reference) => {
            let id = reference.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            id.is_some_and(|id| id.strip_suffix(".Id").unwrap_or(id) == target.logical_id)
        }
        None => self::scaled(evaluation, policy).as_ref() == Some(scaled),
    }
}

/// The least and the most units.
pub(super) fn limits(settings: &Node, origin: Origin) -> Told<(Count, Count)> {
    let units = |key: &str| told(settings.get(key), "a number", |node| node.number().map(Count));
    match (units("MinCapacity"), units("MaxCapacity")) {
        (Told::Known(min, origin), Told::Known(max, _)) => Told::Known((min, max), origin),
        (Told::Unknown(why, origin), _) | (_, Told::Unknown(why, origin)) => Told::Unknown(why, origin),
        _ => Told::Unknown("`MinCapacity` or `MaxCapacity` is missing".to_owned(), origin),
    }
}

/// The utilisation that a policy keeps, in percent there and a share here.
pub(super) fn target(settings: &Node) -> Told<Share> {
    let target = settings.at(&["TargetTrackingScalingPolicyConfiguration", "TargetValue"]);
    told(target, "a percentage", |node| {
        let percent = node.number().filter(|percent| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percent))?;
        percent.checked_div(Decimal::ONE_HUNDRED).map(Share)
    })
}

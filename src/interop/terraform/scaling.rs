//! Target tracking of capacity, which is two resources for each of reads and writes.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/appautoscaling_policy#dynamodb-table-autoscaling>

use super::resource::Resource;
use super::tables::{Sources, nested, of_kind};
use crate::interop::imported::{ImportedTable, Note, NoteKind};
use crate::interop::node::{Node, Told, told};
use crate::model::{AutoScaling, Autoscaled};
use crate::source::ModelPath;
use crate::units::{Count, Share};

/// Reads how the capacity of a table and its indexes is scaled.
pub(super) fn read(table: &mut ImportedTable, source: &Sources<'_>, notes: &mut Vec<Note>) {
    for target in of_kind(source, "aws_appautoscaling_target") {
        let Some(place) = Place::of(target) else {
            let at = ModelPath::of(["tables", &table.name]);
            let text = format!("`{}` does not say what it scales", target.address);
            notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(target.origin) });
            continue;
        };
        let mut policies =
            of_kind(source, "aws_appautoscaling_policy").filter(|policy| Place::of(policy).as_ref() == Some(&place));
        let goal =
            policies.find_map(|policy| nested(policy, "target_tracking_scaling_policy_configuration", "target_value"));
        let path = place.path();
        let bounds = bounds(target, goal);
        let scaled = table.take(path, bounds);
        let scaling = match &place.index {
            None => Some(&mut table.table.autoscaling),
            Some(index) => table.table.global_indexes.get_mut(index).map(|index| &mut index.autoscaling),
        };
        match scaling {
            Some(scaling) => place.put(scaling, scaled),
            None => {
                let at = ModelPath::of(["tables", &table.name]);
                let index = place.index.unwrap_or_default();
                let text = format!("`{}` scales an index, `{index}`, that the table does not have", target.address);
                notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(target.origin) });
            }
        }
    }
}

/// What is scaled: a table or an index, its reads or its writes.
#[derive(PartialEq)]
struct Place {
    index: Option<String>,
    reads: bool,
}

impl Place {
    fn of(resource: &Resource) -> Option<Self> {
        let dimension = resource.value("scalable_dimension")?.text()?;
        let (rest, reads) = match dimension.strip_suffix(":ReadCapacityUnits") {
            Some(rest) => (rest, true),
            None => (dimension.strip_suffix(":WriteCapacityUnits")?, false),
        };
        let index = match rest {
            "dynamodb:table" => None,
            "dynamodb:index" => {
                let id = resource.value("resource_id")?.text()?;
                Some(id.split_once("/index/")?.1.to_owned())
            }
            _ => return None,
        };
        Some(Self { index, reads })
    }

    fn path(&self) -> ModelPath {
        let at = match &self.index {
            None => ModelPath::of(["autoscaling"]),
            Some(index) => ModelPath::of(["global_indexes", index, "autoscaling"]),
        };
        at.key(if self.reads { "read" } else { "write" })
    }

    fn put(&self, scaling: &mut Option<AutoScaling>, scaled: Option<Autoscaled>) {
        let Some(scaled) = scaled else { return };
        let scaling = scaling.get_or_insert_with(AutoScaling::default);
        let slot = if self.reads { &mut scaling.read } else { &mut scaling.write };
        *slot = Some(scaled);
    }
}

fn bounds(target: &Resource, goal: Option<&Node>) -> Told<Autoscaled> {
    let count = |name: &str| told(target.value(name), "a number", |node| node.number().map(Count));
    let (min, max) = match (count("min_capacity"), count("max_capacity")) {
        (Told::Known(min, _), Told::Known(max, _)) => (min, max),
        (Told::Unknown(why, origin), _) | (_, Told::Unknown(why, origin)) => return Told::Unknown(why, origin),
        _ => return Told::Unknown("`min_capacity` or `max_capacity` is missing".to_owned(), target.origin),
    };
    let target_value = told(goal, "a number", |node| {
        node.number().and_then(|percent| percent.checked_div(rust_decimal::Decimal::ONE_HUNDRED)).map(Share)
    });
    match target_value {
        Told::Unknown(why, origin) => Told::Unknown(why, origin),
        share => Told::Known(Autoscaled { min, max, target: share.known() }, target.origin),
    }
}

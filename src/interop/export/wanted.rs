//! Tables as every target wants them: checked to be whole, with the types of their keys.

use crate::IndexMap;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::settings::{carries_replicas, needs_other_stream};
use super::{Target, is_chosen};
use crate::design::{AccessPath, Design, PathKind, TableDesign};
use crate::interop::create_table::{create_table_input, key_attributes};
use crate::model::{Billing, KeyType, PointInTimeRecovery, Table};
use crate::service::limits::{INDEX_PARTITION_ATTRIBUTES, INDEX_SORT_ATTRIBUTES, RECOVERY_DAYS, is_table_name};
use crate::units::Period;

/// A table to be written.
#[derive(Debug)]
pub(super) struct Wanted<'d, 'm> {
    /// Its name.
    pub(super) name: &'m str,
    /// What the model says of it.
    pub(super) table: &'m Table,
    /// The table as a path, then its local, then its global indexes.
    pub(super) paths: Vec<&'d AccessPath<'m>>,
    /// The types of all key attributes.
    pub(super) key_types: IndexMap<&'m str, KeyType>,
    /// The request that creates it.
    pub(super) request: Value,
    /// The Region that the others are replicas of.
    pub(super) home: Option<&'m str>,
}

impl<'m> Wanted<'_, 'm> {
    /// Whether throughput is provisioned.
    pub(super) fn is_provisioned(&self) -> bool {
        self.table.billing == Some(Billing::Provisioned)
    }

    /// The other Regions, with what differs there. The home may be listed among them.
    pub(super) fn replicas(&self) -> impl Iterator<Item = (&'m str, Option<&'m crate::model::Replica>)> {
        let home = self.home;
        let all = self.table.replicas.0.iter().map(|(name, replica)| (name.as_str(), replica.as_ref()));
        all.filter(move |(name, _)| Some(*name) != home)
    }

    /// Whether there are other Regions.
    pub(super) fn is_replicated(&self) -> bool {
        self.replicas().next().is_some()
    }
}

/// The tables of these names, or all.
///
/// # Errors
/// Everything that would make the output wrong.
pub(super) fn tables<'d, 'm>(
    design: &'d Design<'m>,
    target: Target,
    names: &[String],
) -> Result<Vec<Wanted<'d, 'm>>, Vec<String>> {
    let mut problems: Vec<String> = names
        .iter()
        .filter(|name| design.tables.iter().all(|table| table.name != name.as_str()))
        .map(|name| format!("no table is called `{name}`"))
        .collect();
    if design.tables.is_empty() {
        problems.push("the model has no tables".to_owned());
    }
    let chosen = design.tables.iter().filter(|table| is_chosen(names, table.name));
    let wanted = chosen.map(|table| wanted(design, table, target, &mut problems)).collect();
    if problems.is_empty() { Ok(wanted) } else { Err(problems) }
}

fn wanted<'d, 'm>(
    design: &'d Design<'m>,
    table: &TableDesign<'m>,
    target: Target,
    problems: &mut Vec<String>,
) -> Wanted<'d, 'm> {
    let created = create_table_input(design, table);
    for part in &created.without_throughput {
        problems.push(format!(
            "`{part}` of table `{}` is provisioned, and its read or write capacity is not given: say `capacity` or \
             `autoscaling`",
            table.name
        ));
    }
    let wanted = Wanted {
        name: table.name,
        table: table.table,
        paths: table.paths.iter().filter_map(|id| design.path(*id)).collect(),
        key_types: key_types(design, table, problems),
        request: created.request,
        home: design.model.region.as_deref(),
    };
    for path in &wanted.paths {
        problems.extend(wrong_path(path));
    }
    let replicas = table.table.replicas.0.values().flatten();
    let recovery = replicas.filter_map(|replica| replica.point_in_time_recovery.as_ref());
    for recovery in recovery.chain(&table.table.point_in_time_recovery) {
        if recovery.recovery_period.is_some() && recovery_days(recovery).is_none() {
            problems.push(format!(
                "the recovery period of table `{}` is not whole days from {} to {}",
                table.name,
                RECOVERY_DAYS.start(),
                RECOVERY_DAYS.end()
            ));
        }
    }
    if carries_replicas(target) && needs_other_stream(&wanted) {
        let name = table.name;
        problems.push(format!("table `{name}` has replicas, which need the stream `new_and_old_images`"));
    }
    wanted
}

/// The types of a table's key attributes.
fn key_types<'m>(
    design: &Design<'m>,
    table: &TableDesign<'m>,
    problems: &mut Vec<String>,
) -> IndexMap<&'m str, KeyType> {
    let mut types = IndexMap::default();
    for (name, told) in key_attributes(design, table) {
        let known: Vec<(&str, KeyType)> = told.iter().filter_map(|(entity, kind)| Some((*entity, (*kind)?))).collect();
        let Some((entity, kind)) = known.first() else {
            let why = match told.first() {
                Some((entity, _)) => format!("`{entity}` does not tell it, or has a value there that can be no key"),
                None => "no entity has a value for it".to_owned(),
            };
            problems
                .push(format!("the type of the key attribute `{name}` of table `{}` is not known: {why}", table.name));
            continue;
        };
        if let Some((other, different)) = known.iter().find(|(_, other)| other != kind) {
            problems.push(format!(
                "the key attribute `{name}` of table `{}` is {kind} in `{entity}` and {different} in `{other}`",
                table.name
            ));
        }
        types.insert(name, *kind);
    }
    types
}

/// What of a path's name and keys the service rejects.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>
fn wrong_path(path: &AccessPath<'_>) -> Vec<String> {
    let label = path.label();
    let mut problems = Vec::new();
    if !is_table_name(path.name) {
        problems.push(format!("{label}: a name is 3 to 255 letters, digits, `_`, `-` and `.`"));
    }
    let (partition, sort) = match path.kind {
        PathKind::Table => (1..=1, 0..=1),
        // Its partition key is the table's, of which this is said already.
        PathKind::Local(_) => (0..=usize::MAX, 1..=1),
        PathKind::Global(_) => (1..=INDEX_PARTITION_ATTRIBUTES, 0..=INDEX_SORT_ATTRIBUTES),
    };
    for (key, attributes, allowed) in [("partition", &path.partition, partition), ("sort", &path.sort, sort)] {
        let count = attributes.len();
        if !allowed.contains(&count) {
            let (least, most) = (allowed.start(), allowed.end());
            let takes = if least == most { least.to_string() } else { format!("{least} to {most}") };
            problems.push(format!("{label} has {count} {key} key attributes; it takes {takes}"));
        }
    }
    problems
}

/// The recovery period in days, where it is one that the service takes.
pub(super) fn recovery_days(recovery: &PointInTimeRecovery) -> Option<u32> {
    let days = recovery.recovery_period?.seconds().checked_div(Decimal::from(Period::Day.seconds()))?;
    let whole = days.is_integer().then(|| days.to_u32()).flatten()?;
    RECOVERY_DAYS.contains(&whole).then_some(whole)
}

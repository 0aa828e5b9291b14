//! The model against the infrastructure that is deployed, or that a template describes.

mod indexes;
mod keys;
mod settings;
mod tables;

use crate::design::TableDesign;
use crate::interop::{Deployed, ImportedTable, Origin};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::Names;
use crate::source::ModelPath;

pub(super) const RULES: &[Rule] = &[
    rule!("drift-table", Drift, Error, tables::check),
    rule!("drift-key", Drift, Error, keys::check),
    rule!("drift-index", Drift, Error, indexes::check),
    rule!("drift-setting", Drift, Error, settings::check),
];

/// A table of the model and the same table as it is deployed.
struct Pair<'p, 'a, 'm> {
    context: &'p Context<'a, 'm>,
    design: &'a TableDesign<'m>,
    here: &'a ImportedTable,
    place: ModelPath,
}

/// Every table that both sides have.
fn pairs<'p, 'a, 'm>(context: &'p Context<'a, 'm>) -> Vec<Pair<'p, 'a, 'm>> {
    let Some(deployed) = context.deployed else { return Vec::new() };
    let (found, _) = matched(context, deployed);
    let tables = context.design.tables.iter().zip(found);
    tables
        .filter_map(|(design, here)| {
            Some(Pair { context, design, here: here?, place: ModelPath::of(["tables", design.name]) })
        })
        .collect()
}

fn matched<'a>(
    context: &Context<'a, '_>,
    deployed: &'a Deployed,
) -> (Vec<Option<&'a ImportedTable>>, Vec<&'a ImportedTable>) {
    let model: Vec<(&str, &Names)> =
        context.design.tables.iter().map(|table| (table.name, &table.table.partition_key)).collect();
    deployed.matched(&model)
}

impl Pair<'_, '_, '_> {
    /// Where a part of the table stands in the infrastructure; its nearest ancestor where it does
    /// not stand there.
    fn origin(&self, part: &ModelPath) -> Origin {
        let mut part = part.clone();
        loop {
            if let Some(origin) = self.here.origins.get(&part) {
                return *origin;
            }
            if part.0.pop().is_none() {
                return self.here.origin;
            }
        }
    }

    /// Whether the infrastructure tells a part at all.
    fn tells(&self, part: &ModelPath) -> bool {
        self.here.unknown_at(part).is_none() && !self.here.unknown.keys().any(|unknown| unknown.is_within(part))
    }

    /// A difference at a part of the table, where the infrastructure tells it.
    fn differs(&self, part: &ModelPath, what: &str, model: &str, deployed: &str) -> Option<Finding> {
        if !self.tells(part) {
            return None;
        }
        let mut place = self.place.clone();
        place.0.extend(part.0.iter().cloned());
        let name = self.design.name;
        let finding = Finding::new(
            Place::key(place),
            format!("{what} of `{name}` is {model} in the model and {deployed} in the infrastructure"),
        );
        Some(
            finding
                .label(format!("{model} here"))
                .elsewhere(self.origin(part), format!("{deployed} here"))
                .why("What is checked here is the model; where the deployed table is another one, its verdicts, heat and cost are those of a table that is not there.")
                .help("change the one that is wrong; `keyplan import --into` takes the infrastructure's side"),
        )
    }
}

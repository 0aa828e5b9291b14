//! Tables that only one side has.

use super::matched;
use crate::lint::{Context, Finding, Level, Place};
use crate::source::ModelPath;

pub(super) fn check(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let Some(deployed) = context.deployed else { return };
    let (here, extra) = matched(context, deployed);
    let names: Vec<String> = deployed.files.iter().map(|file| format!("`{}`", file.portable_name())).collect();
    let files = names.join(", ");
    for (table, _) in context.design.tables.iter().zip(&here).filter(|(_, here)| here.is_none()) {
        let others: Vec<String> = extra.iter().map(|table| format!("`{}`", table.name)).collect();
        let has = match others.as_slice() {
            [] => "it has no other table".to_owned(),
            names => format!("tables there that the model does not have: {}", names.join(", ")),
        };
        found.push(
            Finding::new(
                Place::key(ModelPath::of(["tables", table.name])),
                format!("`{}` is not in the infrastructure ({files})", table.name),
            )
            .label("no such table there")
            .why(format!("The model's verdicts are about a table that is not deployed; {has}."))
            .help(
                "give the table the same name on both sides, or hold the model against all files of its infrastructure",
            ),
        );
    }
    for table in extra {
        found.push(
            Finding::new(
                Place::key(ModelPath::of(["tables"])),
                format!("the infrastructure has a table `{}` that the model does not have", table.name),
            )
            // It may well belong to another design.
            .at_most(Level::Warning)
            .label("not among these")
            .elsewhere(table.origin, "this table")
            .why("Nothing of what is read from it and written to it is checked here.")
            .help("model it with `keyplan import --into`, or accept the finding where it belongs to another design"),
        );
    }
}

//! Key schemas that the service rejects.

use std::collections::HashSet;

use rust_decimal::Decimal;

use crate::cost::StatedCapacity;
use crate::design::{AccessPath, PathId, PathKind};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::{Billing, Projection};
use crate::service::limits::{
    GLOBAL_INDEXES, INDEX_PARTITION_ATTRIBUTES, INDEX_SORT_ATTRIBUTES, LOCAL_INDEXES, PROJECTED_ATTRIBUTES_PER_INDEX,
    PROJECTED_ATTRIBUTES_PER_TABLE,
};

pub(super) const RULES: &[Rule] = &[
    rule!("key-schema", Keys, Error, key_schema),
    rule!("too-many-indexes", Indexes, Error, too_many_indexes),
    rule!("projection-list", Indexes, Error, projection_list),
    rule!("index-capacity", Indexes, Error, index_capacity),
];

/// Global indexes from which a table has little room left.
const NEARLY_FULL: usize = 17;

fn schema(path: &AccessPath<'_>, field: &str, message: String, label: &str, help: &str) -> Finding {
    Finding::new(Place::value(path.place.key(field)), message)
        .label(label)
        .why("The service rejects such a key schema (ValidationException).")
        .help(help)
}

fn key_schema(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for path in &context.design.paths {
        let (partition, sort) = (path.partition.len(), path.sort.len());
        let label = path.label();
        match path.kind {
            PathKind::Table => {
                if partition != 1 {
                    let message = format!("{label} has {partition} partition key attributes");
                    let help = "a table takes exactly one; several (1 to 4) are for global secondary indexes, or join them in a template";
                    found.push(schema(path, "partition_key", message, "exactly one", help));
                }
                if sort > 1 {
                    let message = format!("{label} has {sort} sort key attributes");
                    let help = "a table takes at most one; several (up to 4) are for global secondary indexes, or join them in a template";
                    found.push(schema(path, "sort_key", message, "at most one", help));
                }
            }
            PathKind::Local(_) => {
                if sort != 1 {
                    let message = format!("{label} has {sort} sort key attributes");
                    found.push(schema(
                        path,
                        "sort_key",
                        message,
                        "exactly one",
                        "a local index takes exactly one sort key attribute",
                    ));
                }
                let table_has_sort = context.design.base_path(path.table).is_some_and(|base| !base.sort.is_empty());
                if !table_has_sort {
                    found.push(
                        Finding::new(Place::key(path.place.clone()), format!("{label} needs a table with a sort key"))
                            .label("its table has only a partition key")
                            .why("A local index is another order of the table's item collections; without a sort key there are none (ValidationException).")
                            .help("make it a global index with the same partition key, or give the table a sort key"),
                    );
                }
            }
            PathKind::Global(_) => {
                if partition == 0 || partition > INDEX_PARTITION_ATTRIBUTES {
                    let message = format!("{label} has {partition} partition key attributes");
                    let help = "a global index takes 1 to 4 partition key attributes";
                    found.push(schema(path, "partition_key", message, "1 to 4", help));
                }
                if sort > INDEX_SORT_ATTRIBUTES {
                    let message = format!("{label} has {sort} sort key attributes");
                    let help = "a global index takes 0 to 4 sort key attributes";
                    found.push(schema(path, "sort_key", message, "at most 4", help));
                }
            }
        }
        let mut seen = HashSet::new();
        if let Some(twice) = path.keys().find(|key| !seen.insert(*key)) {
            let field = if path.sort.contains(&twice) { "sort_key" } else { "partition_key" };
            let message = format!("{label} names `{twice}` twice in its key");
            found.push(schema(path, field, message, "named twice", "each key attribute stands once"));
        }
    }
}

fn too_many_indexes(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let place = |field: &str| Place::key(crate::source::ModelPath::of(["tables", table.name, field]));
        let (global, local) = (table.table.global_indexes.len(), table.table.local_indexes.len());
        if local > LOCAL_INDEXES {
            found.push(
                Finding::new(place("local_indexes"), format!("table `{}` has {local} local indexes", table.name))
                    .label(format!("at most {LOCAL_INDEXES}"))
                    .why("The limit of local secondary indexes cannot be raised.")
                    .help("make some of them global indexes, which need not be created together with the table")
                    .number("indexes", local),
            );
        }
        if global >= NEARLY_FULL {
            let over = global > GLOBAL_INDEXES;
            let finding = Finding::new(place("global_indexes"), format!("table `{}` has {global} global indexes", table.name))
                .label(format!("the default quota is {GLOBAL_INDEXES}"))
                .why(if over {
                    "CreateTable rejects more than the account's quota (20 unless AWS has raised it), and each index is paid for with every write that touches it.".to_owned()
                } else {
                    let left = match GLOBAL_INDEXES - global {
                        0 => "None is left".to_owned(),
                        1 => "One is left".to_owned(),
                        more => format!("{more} are left"),
                    };
                    format!("{left} for patterns that are not known yet; the quota can be raised on request.")
                })
                .help("join indexes whose keys begin alike, or split the table")
                .number("indexes", global);
            found.push(if over { finding } else { finding.at_most(crate::lint::Level::Warning) });
        }
    }
}

fn projection_list(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let mut total = 0;
        for path in table.paths.iter().filter_map(|id| context.design.path(*id)).filter(|path| !path.is_table()) {
            let Projection::Include(names) = path.projection else { continue };
            total += names.len();
            let place = Place::value(path.place.key("projection"));
            if names.is_empty() {
                found.push(
                    Finding::new(place.clone(), format!("`{}` projects an empty list", path.name))
                        .label("names nothing")
                        .why("The service rejects INCLUDE without attributes (ValidationException).")
                        .help("write `projection: keys_only`")
                        .edit(place.clone(), "keys_only", "project the keys only"),
                );
            }
            if names.len() > PROJECTED_ATTRIBUTES_PER_INDEX {
                found.push(
                    Finding::new(place.clone(), format!("`{}` projects {} named attributes", path.name, names.len()))
                        .label(format!("an index takes at most {PROJECTED_ATTRIBUTES_PER_INDEX}"))
                        .why("The service rejects longer lists (ValidationException).")
                        .help("write `projection: all`, or keep what its patterns select"),
                );
            }
            let mut seen = HashSet::new();
            if let Some((index, twice)) = names.iter().enumerate().find(|(_, name)| !seen.insert(name.as_str())) {
                found.push(
                    Finding::new(
                        Place::value(path.place.key("projection").index(index)),
                        format!("`{}` projects `{twice}` twice", path.name),
                    )
                    .label("named twice")
                    .why("The service rejects a name that stands twice in a projection (ValidationException).")
                    .help("remove one of them"),
                );
            }
        }
        if total > PROJECTED_ATTRIBUTES_PER_TABLE {
            found.push(
                Finding::new(
                    Place::key(crate::source::ModelPath::of(["tables", table.name])),
                    format!("the indexes of table `{}` project {total} named attributes", table.name),
                )
                .label(format!("at most {PROJECTED_ATTRIBUTES_PER_TABLE} over all its indexes"))
                .why("Each name counts once for every index that lists it (ValidationException beyond the limit).")
                .help("project `all` where most attributes are listed, and only the keys where few are needed"),
            );
        }
    }
}

fn index_capacity(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let place = crate::source::ModelPath::of(["tables", table.name]);
        let provisioned = table.table.billing == Some(Billing::Provisioned);
        let scaled = table.table.autoscaling.is_some();
        if provisioned && table.table.capacity.is_none() && !scaled {
            found.push(
                Finding::new(
                    Place::value(place.key("billing")),
                    format!("table `{}` is provisioned, but has no capacity", table.name),
                )
                .label("how many units?")
                .why("CreateTable needs ProvisionedThroughput for a provisioned table (ValidationException).")
                .help(format!("add `capacity: {}`, or `autoscaling`", needed(context, table.paths.first().copied())))
                .at_most(crate::lint::Level::Advice),
            );
        }
        for id in table.paths.iter().copied().filter(|_| provisioned) {
            found.extend(half_capacity(context, id));
        }
        if !provisioned && (table.table.capacity.is_some() || scaled) {
            let field = if table.table.capacity.is_some() { "capacity" } else { "autoscaling" };
            found.push(
                Finding::new(
                    Place::key(place.key(field)),
                    format!("table `{}` is on demand, but has provisioned capacity", table.name),
                )
                .label("only for provisioned tables")
                .why("The service rejects ProvisionedThroughput together with PAY_PER_REQUEST (ValidationException).")
                .help("write `billing: provisioned`, or `max_throughput` to cap an on-demand table"),
            );
        }
        for (id, path) in table.paths.iter().filter_map(|id| Some((id, context.design.path(*id)?))) {
            let PathKind::Global(index) = path.kind else { continue };
            let has = index.capacity.is_some() || index.autoscaling.is_some();
            if provisioned && !has && (table.table.capacity.is_some() || scaled) {
                found.push(
                    Finding::new(Place::key(path.place.clone()), format!("`{}` has no capacity of its own", path.name))
                        .label("its table is provisioned")
                        .related(Place::value(place.key("billing")), "so every global index needs capacity")
                        .why("A global index has its own throughput (ValidationException without it); one that is too small throttles the table's writes.")
                        .help(format!(
                            "add `capacity: {}` or `autoscaling` to the index, with at least the table's share of writes",
                            needed(context, Some(*id))
                        )),
                );
            } else if !provisioned && has {
                found.push(
                    Finding::new(Place::key(path.place.clone()), format!("`{}` has provisioned capacity, but its table is on demand", path.name))
                        .label("only for provisioned tables")
                        .why("The service rejects ProvisionedThroughput together with PAY_PER_REQUEST (ValidationException).")
                        .help("remove it, or write `max_throughput` to cap the index"),
                );
            }
        }
    }
}

/// Reads or writes without capacity, where the other direction has some.
fn half_capacity(context: &Context<'_, '_>, id: PathId) -> Option<Finding> {
    let path = context.design.path(id).filter(|path| path.is_table() || path.is_global())?;
    let said = |is_write| StatedCapacity::of(context.design, id, is_write, 0).is_some_and(|said| said.is_said());
    let (missing, given) = match (said(false), said(true)) {
        (true, false) => ("write", "read"),
        (false, true) => ("read", "write"),
        _ => return None,
    };
    Some(
        Finding::new(
            Place::key(path.place.clone()),
            format!("{} has {given} capacity, but no {missing} capacity", path.label()),
        )
        .label(format!("how many {missing} units?"))
        .why("ProvisionedThroughput takes both, at least 1 unit of each (ValidationException).")
        .help(format!("add the missing one: `capacity: {}`", needed(context, Some(id))))
        .at_most(crate::lint::Level::Advice),
    )
}

/// The capacity for the peaks of a path, where they are known; otherwise an example.
fn needed(context: &Context<'_, '_>, path: Option<PathId>) -> String {
    let peak = |is_write: bool| {
        let flow = *context.figures.demands.of(path?, 0).flow(is_write);
        Some(flow.peak.whole().ok()?.ceil().normalize())
    };
    match (peak(false), peak(true)) {
        (Some(read), Some(write)) if !(read.is_zero() && write.is_zero()) => {
            format!("{{read: {}, write: {}}}", read.max(Decimal::ONE), write.max(Decimal::ONE))
        }
        _ => "{read: 100, write: 50}".to_owned(),
    }
}

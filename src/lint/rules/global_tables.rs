//! Global tables: what the service takes, and what replication does to writes and strong reads.

use std::collections::BTreeSet;

use super::protection::table_path;
use crate::design::{EntityDesign, PatternDesign, TableDesign, TableId};
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, counted};
use crate::lint::{Context, Finding, Level, Place, Planned, Rule, is_judged};
use crate::load::called_in;
use crate::model::{
    AttributeType, AutoScaling, Billing, Capacity, Consistency, Literals, Operation, Operator, ReplicationConsistency,
};
use crate::plan::is_write;
use crate::service::limits::{REGIONS_OF_STRONG_TABLES, STRONG_REGIONS};

pub(super) const RULES: &[Rule] = &[
    rule!("strong-global-table", Operations, Error, strong_global_table),
    rule!("global-table-without-scaling", Operations, Error, global_table_without_scaling),
    rule!("writes-in-several-regions", Operations, Warning, writes_in_several_regions),
    rule!("strong-read-of-other-region", Operations, Warning, strong_read_of_other_region),
];

fn is_strong(table: &TableDesign<'_>) -> bool {
    table.table.multi_region_consistency == Some(ReplicationConsistency::Strong)
}

/// Whether a table has nothing that strong consistency excludes.
fn can_be_strong(table: &TableDesign<'_>) -> bool {
    table.table.time_to_live.is_none() && table.table.local_indexes.is_empty()
}

fn strong_global_table(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (index, table) in context.design.tables.iter().enumerate() {
        if is_strong(table) {
            strong_regions(context, table, found);
            strong_features(context, TableId(index), table, found);
        } else if table.table.witness.is_some() {
            found.push(
                Finding::new(
                    Place::key(table_path(table).key("witness")),
                    format!("table `{}` has a witness, but is not strongly consistent", table.name),
                )
                .label("only for strong consistency")
                .why("A witness holds what a strongly consistent global table needs to agree on a write. Replicas that only follow have none.")
                .help("`multi_region_consistency: strong`, or leave `witness` out"),
            );
        }
    }
}

fn strong_regions(context: &Context<'_, '_>, table: &TableDesign<'_>, found: &mut Vec<Finding>) {
    let path = table_path(table);
    let home = context.model.region.as_deref();
    let replicas: BTreeSet<&str> = table.table.replicas.0.keys().map(String::as_str).collect();
    let witness = table.table.witness.as_deref();
    let mut all: BTreeSet<&str> = replicas.iter().copied().chain(witness).collect();
    // A home that is not named is still one of them.
    let unnamed = usize::from(home.is_none_or(|home| all.insert(home)));
    let count = all.len() + if home.is_none() { unnamed } else { 0 };
    if count != STRONG_REGIONS {
        let place = match replicas.is_empty() {
            true => Place::value(path.key("multi_region_consistency")),
            false => Place::key(path.key("replicas")),
        };
        let mut parts = vec![home.map_or_else(|| "the home Region".to_owned(), |home| format!("{home} (home)"))];
        parts.extend(replicas.iter().filter(|region| Some(**region) != home).map(|region| (*region).to_owned()));
        parts.extend(witness.map(|region| format!("{region} (witness)")));
        found.push(
            Finding::new(place, format!("strongly consistent table `{}` has {}", table.name, counted(count, "Region", "Regions")))
                .label("must be three")
                .related(Place::value(path.key("multi_region_consistency")), "strongly consistent")
                .why(format!("A write is acknowledged once two of three Regions have it, so there are exactly three: three replicas, or two and a witness. Here: {}.", and_list(parts)))
                .help("name two other Regions: `replicas: [us-east-2, us-west-2]`, or one and `witness: us-west-2`")
                .number("regions", count),
        );
    }
    let named = table.table.replicas.0.keys().map(|region| (region.as_str(), path.key("replicas")));
    let named = named.chain(witness.map(|region| (region, path.key("witness"))));
    let named = named.chain(home.map(|region| (region, crate::source::ModelPath::of(["region"]))));
    for (region, place) in named.filter(|(region, _)| !REGIONS_OF_STRONG_TABLES.contains(region)) {
        found.push(
            Finding::new(Place::value(place), format!("strongly consistent tables are not offered in {region}"))
                .label(format!("not in {region}"))
                .related(Place::value(path.key("multi_region_consistency")), "strongly consistent")
                .why(format!("The documentation names {} Regions for it, and {region} is not one of them.", REGIONS_OF_STRONG_TABLES.len()))
                .help("choose among the Regions that `keyplan explain strong-global-table` lists, or `multi_region_consistency: eventual`"),
        );
    }
}

fn strong_features(context: &Context<'_, '_>, id: TableId, table: &TableDesign<'_>, found: &mut Vec<Finding>) {
    let path = table_path(table);
    let strong = Place::value(path.key("multi_region_consistency"));
    if table.table.time_to_live.is_some() {
        found.push(
            Finding::new(
                Place::key(path.key("time_to_live")),
                format!("strongly consistent table `{}` cannot have a time to live", table.name),
            )
            .label("not with strong consistency")
            .related(strong.clone(), "strongly consistent")
            .why("Time to live is not supported there, so nothing expires by itself.")
            .help("delete by a job that queries what has expired, or keep what expires in another table"),
        );
    }
    if !table.table.local_indexes.is_empty() {
        found.push(
            Finding::new(
                Place::key(path.key("local_indexes")),
                format!("strongly consistent table `{}` cannot have local indexes", table.name),
            )
            .label("not with strong consistency")
            .related(strong.clone(), "strongly consistent")
            .why("Local secondary indexes are not supported there.")
            .help("make it a global index with the table's partition key, whose reads are eventually consistent"),
        );
    }
    for pattern in context.design.patterns.iter().filter(|pattern| is_judged(pattern)) {
        let Some(operation @ (Operation::TransactGet | Operation::TransactWrite)) = pattern.pattern.operation else {
            continue;
        };
        let touches = pattern.requests.iter().flat_map(|request| &request.entities);
        if !touches.into_iter().any(|entity| context.design.entity(*entity).is_some_and(|e| e.table == Some(id))) {
            continue;
        }
        let word = if operation == Operation::TransactGet { "TransactGetItems" } else { "TransactWriteItems" };
        found.push(
            Finding::new(
                Place::value(pattern.place.key("operation")),
                format!("`{}` is a transaction on strongly consistent table `{}`", pattern.name, table.name),
            )
            .label("rejected")
            .related(strong.clone(), "strongly consistent")
            .why(format!("{word} returns an error there, in every Region."))
            .help("keep what changes together in one item, written with a condition; or `multi_region_consistency: eventual`, and write in one Region"),
        );
    }
}

/// Whether a model says how writes are provisioned, and not that they scale.
fn stands_still(capacity: Option<&Capacity>, scaling: Option<&AutoScaling>) -> bool {
    let scales = scaling.is_some_and(|scaling| scaling.write.is_some());
    !scales && (scaling.is_some() || capacity.is_some_and(|capacity| capacity.write.is_some()))
}

fn global_table_without_scaling(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let is_provisioned = |table: &&TableDesign<'_>| {
        table.table.billing == Some(Billing::Provisioned) && !table.table.replicas.0.is_empty()
    };
    for table in context.design.tables.iter().filter(is_provisioned) {
        let path = table_path(table);
        let own = (format!("table `{}`", table.name), path.clone(), (&table.table.capacity, &table.table.autoscaling));
        let indexes = table.table.global_indexes.iter().map(|(name, index)| {
            let place = path.key("global_indexes").key(name);
            (format!("index `{name}`"), place, (&index.capacity, &index.autoscaling))
        });
        for (label, place, (capacity, scaling)) in std::iter::once(own).chain(indexes) {
            if !stands_still(capacity.as_ref(), scaling.as_ref()) {
                continue;
            }
            let setting = if capacity.is_some() { "capacity" } else { "autoscaling" };
            found.push(
                Finding::new(
                    Place::key(place.key(setting)),
                    format!("{label} is replicated, and its write capacity does not scale"),
                )
                .label("rejected with replicas")
                .related(Place::key(path.key("replicas")), "a global table")
                .why("A provisioned table gets replicas only if its writes scale, and those of its global indexes too: replicated writes come on top of a Region's own, and a replica without room for them falls behind.")
                .help("`autoscaling: {write: {min: 5, max: 500, target: 70%}}` with your bounds, or `billing: on_demand`"),
            );
        }
    }
}

/// A Region of a table, by its position: 0 is the home.
fn region_name<'a>(context: &Context<'a, '_>, table: &TableDesign<'a>, position: usize) -> &'a str {
    let replica = position.checked_sub(1).and_then(|at| table.table.replicas.0.get_index(at));
    replica.map(|(name, _)| name.as_str()).or(context.model.region.as_deref()).unwrap_or("the home Region")
}

/// Where a pattern is called, as a position among a table's Regions. A home Region that is listed among
/// the replicas as well is still the home.
fn place_of_call(context: &Context<'_, '_>, pattern: &PatternDesign<'_>, table: TableId) -> usize {
    let is_home = pattern.pattern.region.is_some() && pattern.pattern.region == context.model.region;
    if is_home { 0 } else { called_in(context.design, pattern, table) }
}

/// Whether an entity exists only so that an attribute of another is unique.
fn is_claim(context: &Context<'_, '_>, entity: &EntityDesign<'_>) -> bool {
    let [name] = entity.identity.as_slice() else { return false };
    let unique = |other: &EntityDesign<'_>| other.attribute(name).is_some_and(|a| a.unique == Some(true));
    context.design.entities.iter().any(unique)
}

/// Whether a write meets an item that may be there already; a new item of its own has no rival.
fn can_meet(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> bool {
    let pattern = planned.pattern.pattern;
    let (replaces, condition) = match planned.request.action {
        Some(action) => (&action.replaces, &action.condition),
        None => (&pattern.replaces, &pattern.condition),
    };
    let overwrites = replaces.as_ref().is_some_and(|over| over.share.is_none_or(|share| !share.0.is_zero()));
    let is_guarded = condition.as_ref().is_some_and(|guard| guard.present);
    match planned.operation {
        Operation::Update | Operation::Delete => true,
        Operation::Put => {
            overwrites || (is_guarded && context.entity_of(planned.request).is_some_and(|e| is_claim(context, e)))
        }
        _ => false,
    }
}

/// Whether a write is more than new values in place of old ones: then a lost one is a wrong result.
fn builds_on_what_is_there(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> bool {
    let pattern = planned.pattern.pattern;
    let (condition, appends, sets) = match planned.request.action {
        Some(action) => (&action.condition, &action.appends, &action.sets),
        None => (&pattern.condition, &pattern.appends, &pattern.sets),
    };
    let entity = context.entity_of(planned.request);
    let is_number = |name: &String| entity.is_some_and(|entity| entity.kind_of(name) == AttributeType::Number);
    condition.as_ref().is_some_and(|guard| guard.present)
        || pattern.operation == Some(Operation::TransactWrite)
        || !appends.is_empty()
        || sets.0.keys().any(is_number)
}

/// Whether two requests say by different values that they are about different items.
fn are_apart(one: &Planned<'_, '_>, other: &Planned<'_, '_>) -> bool {
    let fixed = |planned: &Planned<'_, '_>, name: &str| -> Option<Literals> {
        let condition = planned.request.conditions.get(name)?;
        (condition.operator == Operator::Equals).then(|| condition.value.clone()).flatten()
    };
    one.request.conditions.keys().any(|name| match (fixed(one, name), fixed(other, name)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    })
}

fn writes_in_several_regions(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (index, table) in context.design.tables.iter().enumerate() {
        if table.table.replicas.0.is_empty() || is_strong(table) {
            continue;
        }
        let id = TableId(index);
        for (_, entity) in context.design.entities_of(id) {
            let writes: Vec<(usize, Planned<'_, '_>)> = context
                .requests_of(entity.id)
                .filter(|planned| can_meet(context, planned))
                .map(|planned| (place_of_call(context, planned.pattern, id), planned))
                .collect();
            let rivals = writes.iter().enumerate().find_map(|(at, (region, one))| {
                let other = writes.iter().skip(at + 1).find(|(other_region, other)| {
                    let only_delete = one.operation == Operation::Delete && other.operation == Operation::Delete;
                    other_region != region && !only_delete && !are_apart(one, other)
                });
                Some(((*region, one), other.map(|(region, other)| (*region, other))?))
            });
            let Some((one, other)) = rivals else { continue };
            // The one that says its Region is where the finding stands.
            let ((here, marked), (there, second)) = if one.0 == 0 { (other, one) } else { (one, other) };
            let regions: BTreeSet<usize> = writes.iter().map(|(region, _)| *region).collect();
            let names: Vec<&str> = regions.iter().map(|region| region_name(context, table, *region)).collect();
            let is_transaction = [marked, second]
                .iter()
                .any(|planned| planned.pattern.pattern.operation == Some(Operation::TransactWrite));
            let transaction = if is_transaction {
                " A transaction is atomic in its own Region only: the others get its items one by one, and its conditions do not see them."
            } else {
                ""
            };
            let strong = if is_transaction || !can_be_strong(table) {
                ""
            } else {
                ", or `multi_region_consistency: strong`, where a rival write fails and can be tried again"
            };
            let is_guarded = is_claim(context, entity);
            let consequence = if is_guarded {
                "Writes reach the other Regions in about a second. Within it both conditions can hold, each in its own Region, and the value is then taken twice."
            } else {
                "Writes reach the other Regions in about a second. Of two writes to an item within it the later one stays, whole, and the other is lost without an error; a counter misses counts."
            };
            let builds = [marked, second].iter().any(|planned| builds_on_what_is_there(context, planned));
            found.push(
                Finding::new(
                    Place::value(marked.pattern.place.key("region")),
                    format!(
                        "`{}` items are changed in {}, and the last writer wins",
                        entity.name,
                        and_list(names.iter().map(|n| (*n).to_owned()))
                    ),
                )
                .label(format!("`{}` writes in {}", marked.pattern.name, region_name(context, table, here)))
                .related(
                    Place::key(second.pattern.place.clone()),
                    format!("writes in {}", region_name(context, table, there)),
                )
                .related(Place::key(table_path(table).key("replicas")), "replicas follow within about a second")
                .why(format!("{consequence}{transaction}"))
                .help(format!("change an item in one Region only (send writes to the Region of its user){strong}"))
                .number("regions", regions.len())
                .at_most(if builds { Level::Warning } else { Level::Advice }),
            );
        }
    }
}

fn strong_read_of_other_region(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| !is_write(planned.operation)) {
        let pattern = planned.pattern.pattern;
        if pattern.consistency != Some(Consistency::Strong) {
            continue;
        }
        let [entity] = planned.request.entities.as_slice() else { continue };
        let Some((id, table)) =
            context.design.entity(*entity).and_then(|e| e.table).and_then(|id| Some((id, context.design.table(id)?)))
        else {
            continue;
        };
        if table.table.replicas.0.is_empty() || is_strong(table) {
            continue;
        }
        let here = place_of_call(context, planned.pattern, id);
        let writers: Vec<Planned<'_, '_>> =
            context.requests_of(*entity).filter(|other| is_write(other.operation)).collect();
        let regions: BTreeSet<usize> = writers.iter().map(|other| place_of_call(context, other.pattern, id)).collect();
        // What is also written here is strongly consistent with that.
        let Some(writer) = writers.first().filter(|_| !regions.contains(&here)) else { continue };
        let name = |position| region_name(context, table, position);
        let strong = if can_be_strong(table) { "; or `multi_region_consistency: strong`" } else { "" };
        found.push(
            Finding::new(
                Place::value(planned.pattern.place.key("consistency")),
                format!("`{}` reads strongly in {} what is written in {}", planned.pattern.name, name(here), and_list(regions.iter().map(|at| name(*at).to_owned()))),
            )
            .label("consistent with its own Region only")
            .related(Place::key(writer.pattern.place.clone()), format!("writes in {}", name(place_of_call(context, writer.pattern, id))))
            .related(Place::key(table_path(table).key("replicas")), "replicas follow within about a second")
            .why("A strongly consistent read sees what its own Region has. Writes of other Regions come by replication, usually within a second, so the read misses them all the same and costs twice the units.")
            .help(format!("read in {} what must be current; otherwise `consistency: eventual`{strong}", name(place_of_call(context, writer.pattern, id)))),
        );
    }
}

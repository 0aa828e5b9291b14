//! Global secondary indexes: keys and projection are fixed, and a table builds or deletes one index at
//! a time. <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html>

use super::tables::kind;
use super::work::{self, Effort, Work};
use super::{Both, Change, Kind, Step};
use crate::model::GlobalIndex;
use crate::source::ModelPath;

pub(super) fn indexes(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, steps: &mut Vec<Step>) {
    let (old, new) = (&both.old.table.global_indexes, &both.new.table.global_indexes);
    let place = ModelPath::of(["tables", both.new.name]).key("global_indexes");
    let mut changed = 0_usize;
    for (name, index) in new {
        match old.get(name) {
            None => {
                changed += 1;
                steps.push(built(change, both, name, format!("index `{name}` of `{}` is new", both.new.name)));
            }
            Some(before) => {
                if let Some(why) = differs(change, both, before, index) {
                    changed += 2;
                    let mut step =
                        built(change, both, name, format!("index `{name}` of `{}` has to be made anew", both.new.name))
                            .why(why);
                    step.steps.insert(0, "give the new index another name: both are there for a while".to_owned());
                    step.steps.push(format!("when no reader uses the old `{name}`, delete it"));
                    steps.push(step);
                } else if before.capacity != index.capacity || before.autoscaling != index.autoscaling {
                    steps.push(Step::new(
                        Kind::InPlace,
                        place.key(name).key("capacity"),
                        format!("the capacity of index `{name}` changes"),
                    ));
                }
            }
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        changed += 1;
        let readers = readers(change, both, name);
        let mut step =
            Step::new(Kind::DropIndex, place.key(name), format!("index `{name}` of `{}` is gone", both.new.name));
        if !readers.is_empty() {
            step.steps.push(format!(
                "first deploy {} without it: in the old version {} read it",
                readers.join(", "),
                if readers.len() == 1 { "this pattern" } else { "these patterns" }
            ));
        }
        step.steps.push("delete it; what it held is gone at once, the table is untouched".to_owned());
        steps.push(step);
    }
    if changed > 1 {
        steps.push(Step::new(
            Kind::InPlace,
            place,
            format!("`{}` has {changed} index changes", both.new.name),
        )
        .why("one update, and one CloudFormation deployment, creates or deletes one index of a table; the next waits until it is done")
        .steps([format!("deploy {changed} times, one index change each, new ones before old ones go")]));
    }
}

/// Why an index cannot stay.
fn differs(
    change: &Change<'_, '_, '_>,
    both: &Both<'_, '_, '_>,
    old: &GlobalIndex,
    new: &GlobalIndex,
) -> Option<String> {
    if old.partition_key != new.partition_key || old.sort_key != new.sort_key {
        return Some("the keys of an index cannot be changed".to_owned());
    }
    if old.projection != new.projection {
        return Some("the projection of an index cannot be changed".to_owned());
    }
    let keys = new.partition_key.iter().chain(new.sort_key.iter());
    for key in keys {
        let kinds = (kind(change.old.design, both.old, key), kind(change.new.design, both.new, key));
        if let (Some(before), Some(after)) = kinds
            && before != after
        {
            return Some(format!(
                "the type of the key attribute `{key}` changes from {before} to {after}; items with the old type would be refused"
            ));
        }
    }
    None
}

/// Building an index: the table is read for free, each entry is written.
fn built(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, name: &str, title: String) -> Step {
    let design = change.new.design;
    let mut effort = Some(Effort::default());
    let mut missing: Vec<String> = Vec::new();
    let path =
        both.new.paths.iter().filter_map(|id| design.path(*id)).find(|path| path.name == name && path.is_global());
    for entity in both.new.entities.iter().filter_map(|id| design.entity(*id)) {
        let (Some(old), Some(path)) = (change.old_entity(entity.name), path) else { continue };
        if !design.is_in(entity, path) {
            continue;
        }
        effort = effort.zip(work::entries(change.new, entity, Some(name))).map(|(sum, one)| sum.add(one));
        // What fills the key must be in the items before the index can hold them.
        for key in path.keys() {
            let is_stored = old.entity.attributes.contains_key(key) || old.fills.contains_key(key);
            if !is_stored {
                missing.push(format!("`{key}` of `{}`", entity.name));
            }
        }
    }
    let work = Work::on(both.new, change.new, change.book, change.pace, effort);
    let place = ModelPath::of(["tables", both.new.name]).key("global_indexes").key(name);
    let mut step = Step::new(Kind::NewIndex, place, title).work(work);
    if !missing.is_empty() {
        step.steps.push(format!(
            "from now on write {} with every new item, and write them into the items that are there (see below): items without them are not in the index",
            missing.join(", ")
        ));
    }
    step.steps.push("create it; reads of the table for it are free, entries are written and charged".to_owned());
    if both.new.table.billing == Some(crate::model::Billing::Provisioned) {
        step.steps.push("give it enough write capacity for the time of the build, and less afterwards".to_owned());
    }
    step.steps.push("let readers use it when it is active".to_owned());
    step
}

/// The patterns that read an index in the old version and still do something in the new one.
fn readers(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, name: &str) -> Vec<String> {
    let design = change.old.design;
    let mut all = Vec::new();
    for (pattern, plans) in design.patterns.iter().zip(&change.old.plans.patterns) {
        let reads = plans.requests.iter().filter_map(|plan| plan.access()).any(|(id, _)| {
            design
                .path(id)
                .is_some_and(|path| path.name == name && path.is_global() && path.table_name == both.old.name)
        });
        if reads {
            all.push(format!("`{}`", pattern.name));
        }
    }
    all
}

//! Global secondary indexes: keys and projection are fixed, and a table builds or deletes one index at
//! a time. <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html>

use super::settings::{mode, shown};
use super::work::{self, Effort};
use super::{Both, Change, Kind, Step};
use crate::model::GlobalIndex;
use crate::plan::key_type;
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
                    let title = format!("index `{name}` of `{}` has to be made anew", both.new.name);
                    let mut step = built(change, both, name, title).why(why.words);
                    match why.typed {
                        None => {
                            step.steps.insert(0, "give the new index another name: both are there for a while".to_owned());
                            step.steps.push(format!("when no reader uses the old `{name}`, delete it"));
                        }
                        // While the old index is there, its type is the table's.
                        Some(key) => step.steps.insert(
                            0,
                            format!("keep the new values under another name than `{key}`, and key the new index by that: then both can be there for a while; otherwise delete the old `{name}` before anything is written, and nothing serves its readers until the new one is built"),
                        ),
                    }
                    steps.push(step);
                } else {
                    steps.extend(resized(both, name, (before, index)));
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
                "first deploy the application without it: in the old version it is read by {}",
                readers.join(", "),
            ));
        }
        step.steps.push("delete it; what it held is gone at once, the table is untouched".to_owned());
        steps.push(step);
    }
    if changed > 1 {
        steps.push(Step::new(
            Kind::OneByOne,
            place,
            format!("`{}` has {changed} index changes", both.new.name),
        )
        .why("one update, and one CloudFormation deployment, creates or deletes one index of a table; the next waits until it is done")
        .steps([format!("deploy {changed} times, one index change each, new ones before old ones go, and other settings of the table apart from them")]));
    }
}

/// Throughput settings of an index, which change in place. With another capacity mode they come along.
fn resized(both: &Both<'_, '_, '_>, name: &str, (old, new): (&GlobalIndex, &GlobalIndex)) -> Option<Step> {
    if mode(both.old.table) != mode(both.new.table) {
        return None;
    }
    let what = if old.capacity != new.capacity {
        ("capacity", format!("the capacity{}", shown(old.capacity.as_ref(), new.capacity.as_ref())))
    } else if old.autoscaling != new.autoscaling {
        ("autoscaling", "the scaling".to_owned())
    } else if old.max_throughput != new.max_throughput {
        (
            "max_throughput",
            format!("the cap on throughput{}", shown(old.max_throughput.as_ref(), new.max_throughput.as_ref())),
        )
    } else if old.warm_throughput != new.warm_throughput {
        (
            "warm_throughput",
            format!("the warm throughput{}", shown(old.warm_throughput.as_ref(), new.warm_throughput.as_ref())),
        )
    } else {
        return None;
    };
    let place = ModelPath::of(["tables", both.new.name]).key("global_indexes").key(name).key(what.0);
    Some(Step::new(Kind::InPlace, place, format!("index `{name}` of `{}` changes {}", both.new.name, what.1)))
}

/// Why an index cannot stay.
struct Why {
    words: String,
    /// The key attribute whose type changes; a table has one type for each.
    typed: Option<String>,
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html> says what becomes
/// of items whose type is not the index's.
fn differs(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, old: &GlobalIndex, new: &GlobalIndex) -> Option<Why> {
    for key in new.partition_key.iter().chain(new.sort_key.iter()) {
        let kinds = (key_type(change.old.design, both.old, key), key_type(change.new.design, both.new, key));
        let was_key = old.partition_key.iter().chain(old.sort_key.iter()).any(|known| known == key);
        if let (true, Some(before), Some(after)) = (was_key, kinds.0, kinds.1)
            && before != after
        {
            let (before, after) = (before.letter(), after.letter());
            return Some(Why {
                words: format!(
                    "the type of the key attribute `{key}` changes from {before} to {after}: an index leaves out items of the other type when it is built, and refuses them afterwards"
                ),
                typed: Some(key.clone()),
            });
        }
    }
    let words = if old.partition_key != new.partition_key || old.sort_key != new.sort_key {
        "the keys of an index cannot be changed"
    } else if !old.projection.holds_as_much(&new.projection) {
        "the projection of an index cannot be changed"
    } else {
        return None;
    };
    Some(Why { words: words.to_owned(), typed: None })
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
    let work = change.work(both.new, effort);
    let place = ModelPath::of(["tables", both.new.name]).key("global_indexes").key(name);
    let mut step = Step::new(Kind::NewIndex, place, title).work(work);
    if !missing.is_empty() {
        step.steps.push(format!(
            "from now on write {} with every new item, and into the items that are there (see above): items without are not in the index",
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

/// The patterns that read an index in the old version.
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

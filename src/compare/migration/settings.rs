//! Settings of a table that change while it is in use, with what each brings along.

use super::{Both, Kind, Step};
use crate::model::{Billing, Table, TableClass};
use crate::source::ModelPath;

pub(super) fn settings(both: &Both<'_, '_, '_>, steps: &mut Vec<Step>) {
    let (old, new) = (both.old.table, both.new.table);
    let name = both.new.name;
    let place = ModelPath::of(["tables", name]);
    let mut add = |key: &str, title: String, why: Option<&str>, todo: Vec<String>| {
        let mut step = Step::new(Kind::InPlace, place.key(key), title);
        step.why = why.map(str::to_owned);
        step.steps = todo;
        steps.push(step);
    };
    billing(name, old, new, &mut add);
    if old.class.unwrap_or(TableClass::Standard) != new.class.unwrap_or(TableClass::Standard) {
        add(
            "class",
            format!("`{name}` changes its table class"),
            Some("the class changes at most twice in 30 days"),
            vec![],
        );
    }
    if old.time_to_live != new.time_to_live {
        let todo = match (&old.time_to_live, &new.time_to_live) {
            (Some(before), Some(after)) => vec![
                format!("switch expiry by `{before}` off; for about an hour nothing else can be set"),
                format!("write `{after}` into the items that are there, then switch expiry by it on"),
            ],
            (None, Some(after)) => vec![format!(
                "switch expiry by `{after}` on when the items have it: those with a time in the past are deleted within days, those without it stay"
            )],
            _ => vec![],
        };
        add("time_to_live", format!("expiry of `{name}` changes"), None, todo);
    }
    if old.stream.as_ref().map(|s| s.view) != new.stream.as_ref().map(|s| s.view) {
        let why = "what a stream holds is fixed while it is on: it is switched off and on, and gets a new ARN, so every reader has to be bound to it again";
        let why = (old.stream.is_some() && new.stream.is_some()).then_some(why);
        add("stream", format!("the stream of `{name}` changes"), why, vec![]);
    }
    let recovery = |table: &Table| table.point_in_time_recovery.as_ref().is_some_and(|setting| setting.enabled.0);
    if recovery(old) != recovery(new) {
        let word = if recovery(new) { "on" } else { "off, and what it could restore is gone" };
        add("point_in_time_recovery", format!("point-in-time recovery of `{name}` goes {word}"), None, vec![]);
    }
    if old.deletion_protection.unwrap_or(false) != new.deletion_protection.unwrap_or(false) {
        let word = if new.deletion_protection == Some(true) { "on" } else { "off" };
        add("deletion_protection", format!("deletion protection of `{name}` goes {word}"), None, vec![]);
    }
    if old.kinesis_stream.unwrap_or(false) != new.kinesis_stream.unwrap_or(false) {
        add("kinesis_stream", format!("change capture to Kinesis of `{name}` changes"), None, vec![]);
    }
    replicas(name, old, new, &mut add);
}

type Add<'a> = dyn FnMut(&str, String, Option<&str>, Vec<String>) + 'a;

fn billing(name: &str, old: &Table, new: &Table, add: &mut Add<'_>) {
    let mode = |table: &Table| table.billing.unwrap_or(Billing::OnDemand);
    if mode(old) != mode(new) {
        let (title, why, todo) = match mode(new) {
            Billing::OnDemand => (
                format!("`{name}` changes to on-demand capacity"),
                "a table changes to on-demand at most four times in 24 hours",
                vec![],
            ),
            Billing::Provisioned => (
                format!("`{name}` changes to provisioned capacity"),
                "the update has to name the capacity of the table and of every global index",
                vec![
                    "set scaling up in the same deployment; until it acts, the capacity is what the update says"
                        .to_owned(),
                ],
            ),
        };
        add("billing", title, Some(why), todo);
    } else if old.capacity != new.capacity || old.autoscaling != new.autoscaling {
        let why =
            "capacity goes up at any time, and down four times a day and once more in every hour without a change";
        add("capacity", format!("the capacity of `{name}` changes"), Some(why), vec![]);
    }
    if old.warm_throughput != new.warm_throughput {
        add(
            "warm_throughput",
            format!("the warm throughput of `{name}` changes"),
            Some("it can only be raised, which is charged once"),
            vec![],
        );
    }
    if old.max_throughput != new.max_throughput {
        add("max_throughput", format!("the most that `{name}` may consume changes"), None, vec![]);
    }
}

fn replicas(name: &str, old: &Table, new: &Table, add: &mut Add<'_>) {
    for region in new.replicas.0.keys().filter(|region| !old.replicas.0.contains_key(*region)) {
        add(
            "replicas",
            format!("`{name}` gets a replica in {region}"),
            Some(
                "its first copy is charged like a restore, by the GB; up to 10 TB a day are copied in an account and Region",
            ),
            vec!["provisioned tables need scaled write capacity, and a stream with both images, before".to_owned()],
        );
    }
    for region in old.replicas.0.keys().filter(|region| !new.replicas.0.contains_key(*region)) {
        add(
            "replicas",
            format!("the replica of `{name}` in {region} goes"),
            None,
            vec![format!("stop the callers in {region} before")],
        );
    }
}

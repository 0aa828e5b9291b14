//! Settings of a table that change while it is in use, with what each brings along.

use std::collections::BTreeSet;

use super::tables::is_strong;
use super::{Both, Change, Kind, Step};
use crate::model::{AutoScaling, Billing, Capacity, Stream, StreamView, Table, TableClass};
use crate::source::ModelPath;

pub(super) fn settings(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, steps: &mut Vec<Step>) {
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
    let class = |table: &Table| table.class.unwrap_or(TableClass::Standard);
    if class(old) != class(new) {
        let word = match class(new) {
            TableClass::Standard => "Standard",
            TableClass::StandardInfrequentAccess => "Standard-Infrequent Access",
        };
        let why = "the class changes at most twice in 30 days";
        add("class", format!("`{name}` changes to the table class {word}"), Some(why), vec![]);
    }
    expiry(name, old, new, &mut add);
    stream(name, old, new, &mut add);
    let recovery = |table: &Table| table.point_in_time_recovery.as_ref().filter(|setting| setting.enabled.0).cloned();
    match (recovery(old), recovery(new)) {
        (None, Some(_)) => {
            let title = format!("point-in-time recovery of `{name}` goes on");
            let why = "it restores nothing from before it is on";
            add("point_in_time_recovery", title, Some(why), vec![]);
        }
        (Some(_), None) => {
            let title = format!("point-in-time recovery of `{name}` goes off, and what it could restore is gone");
            add("point_in_time_recovery", title, None, vec![]);
        }
        (Some(a), Some(b)) if a.recovery_period != b.recovery_period => {
            add("point_in_time_recovery", format!("the recovery period of `{name}` changes"), None, vec![]);
        }
        _ => {}
    }
    let on = |setting: Option<bool>| if setting == Some(true) { "on" } else { "off" };
    if on(old.deletion_protection) != on(new.deletion_protection) {
        let title = format!("deletion protection of `{name}` goes {}", on(new.deletion_protection));
        add("deletion_protection", title, None, vec![]);
    }
    if on(old.kinesis_stream) != on(new.kinesis_stream) {
        let title = format!("change capture to Kinesis of `{name}` goes {}", on(new.kinesis_stream));
        add("kinesis_stream", title, None, vec![]);
    }
    replicas(change, both, &mut add);
}

type Add<'a> = dyn FnMut(&str, String, Option<&str>, Vec<String>) + 'a;

/// How a table is charged; on demand where the model does not say.
pub(super) fn mode(table: &Table) -> Billing {
    table.billing.unwrap_or(Billing::OnDemand)
}

/// Units per second before and after, in parentheses; nothing where one of them is not said.
pub(super) fn shown(old: Option<&Capacity>, new: Option<&Capacity>) -> String {
    let (Some(old), Some(new)) = (old, new) else { return String::new() };
    let one = |word: &str, a: Option<crate::units::Count>, b: Option<crate::units::Count>| match (a, b) {
        (Some(a), Some(b)) if a != b => Some(format!("{word} {a} to {b}")),
        _ => None,
    };
    let both: Vec<String> =
        [one("read", old.read, new.read), one("write", old.write, new.write)].into_iter().flatten().collect();
    if both.is_empty() { String::new() } else { format!(" ({})", both.join(", ")) }
}

fn billing(name: &str, old: &Table, new: &Table, add: &mut Add<'_>) {
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
    } else if old.capacity != new.capacity {
        let capacity = shown(old.capacity.as_ref(), new.capacity.as_ref());
        let why =
            "capacity goes up at any time, and down four times a day and once more in every hour without a decrease";
        add("capacity", format!("the capacity of `{name}` changes{capacity}"), Some(why), vec![]);
    } else if old.autoscaling != new.autoscaling {
        let word = |setting: &Option<AutoScaling>| setting.is_some();
        let what = match (word(&old.autoscaling), word(&new.autoscaling)) {
            (false, _) => "goes on",
            (_, false) => "goes off",
            _ => "changes",
        };
        add("autoscaling", format!("the scaling of `{name}` {what}"), None, vec![]);
    }
    if old.warm_throughput != new.warm_throughput {
        let warm = shown(old.warm_throughput.as_ref(), new.warm_throughput.as_ref());
        add(
            "warm_throughput",
            format!("the warm throughput of `{name}` changes{warm}"),
            Some("it can only be raised, which is charged once"),
            vec![],
        );
    }
    if old.max_throughput != new.max_throughput {
        let title = match (&old.max_throughput, &new.max_throughput) {
            (None, _) => format!("`{name}` gets a cap on throughput: requests beyond it are throttled"),
            (_, None) => format!("the cap on the throughput of `{name}` goes"),
            (a, b) => format!("the cap on the throughput of `{name}` changes{}", shown(a.as_ref(), b.as_ref())),
        };
        add("max_throughput", title, None, vec![]);
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>
fn expiry(name: &str, old: &Table, new: &Table, add: &mut Add<'_>) {
    let (title, todo) = match (&old.time_to_live, &new.time_to_live) {
        (Some(before), Some(after)) if before != after => (
            format!("`{name}` expires items by `{after}` instead of `{before}`"),
            vec![
                format!("switch expiry by `{before}` off; for about an hour nothing else can be set"),
                format!("write `{after}` into the items that are there, then switch expiry by it on"),
            ],
        ),
        (None, Some(after)) => (
            format!("`{name}` expires items by `{after}`"),
            vec![format!(
                "switch it on when the items have it: those with a time in the past are deleted within days (not those that lie more than five years back), those without it stay"
            )],
        ),
        (Some(before), None) => {
            (format!("`{name}` does not expire items any more: those with `{before}` stay for good"), vec![])
        }
        _ => return,
    };
    add("time_to_live", title, None, todo);
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html>
fn stream(name: &str, old: &Table, new: &Table, add: &mut Add<'_>) {
    let view = |table: &Table| table.stream.as_ref().map(|stream: &Stream| stream.view);
    let is_replicated = |table: &Table| !table.replicas.0.is_empty() && !is_strong(table);
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dynamodb-globaltable-streamspecification.html
    if is_replicated(old) && is_replicated(new) && view(old).is_some() && view(old) != view(new) {
        add(
            "stream",
            format!("the stream of `{name}` cannot change while there are replicas"),
            Some("replication reads it, so a global table's stream is always on, and holds the same in all Regions"),
            vec!["leave it as it is; readers can drop what they do not need".to_owned()],
        );
        return;
    }
    let (title, why) = match (view(old), view(new)) {
        (Some(a), Some(b)) if a != b => (
            format!("the stream of `{name}` changes what it holds"),
            Some(
                "what a stream holds is fixed while it is on: it is switched off and on, and gets a new ARN, so every reader has to be bound to it again",
            ),
        ),
        (None, Some(_)) => (format!("the stream of `{name}` goes on, and holds changes from then on"), None),
        (Some(_), None) => (
            format!("the stream of `{name}` goes off"),
            Some("its readers get no more changes; what it holds can be read for 24 hours"),
        ),
        _ => return,
    };
    add("stream", title, why, vec![]);
}

/// The Regions that hold a table before and after, the home Region among them where both versions say it.
pub(super) fn regions(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let homes = (change.old.design.model.region.as_deref(), change.new.design.model.region.as_deref());
    let is_said = homes.0.is_some() && homes.1.is_some();
    let all = |table: &Table, home: Option<&str>| -> BTreeSet<String> {
        let home = home.filter(|_| is_said).map(str::to_owned);
        table.replicas.0.keys().cloned().chain(home).collect()
    };
    (all(both.old.table, homes.0), all(both.new.table, homes.1))
}

/// Regions that come and go, the home Region among them: a table moves by a replica.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html>
fn replicas(change: &Change<'_, '_, '_>, both: &Both<'_, '_, '_>, add: &mut Add<'_>) {
    let (old, new, name) = (both.old.table, both.new.table, both.new.name);
    let (before, after) = regions(change, both);
    for region in after.difference(&before) {
        let mut todo = Vec::new();
        let has_images = old.stream.as_ref().is_some_and(|stream| stream.view == StreamView::NewAndOldImages);
        if !is_strong(new) && !has_images {
            todo.push(
                match &old.stream {
                    None => "switch a stream with new and old images on before",
                    Some(_) => "switch the stream off and on again with new and old images before: it gets a new ARN, so every reader has to be bound to it again",
                }
                .to_owned(),
            );
        }
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-globaltable.html
        if old.replicas.0.is_empty() {
            todo.push("in CloudFormation, do not turn the resource's `Type` from `AWS::DynamoDB::Table` into `GlobalTable`, which can delete the table: take it out of the stack with `DeletionPolicy: Retain`, and import it as a global table".to_owned());
        }
        if mode(new) == Billing::Provisioned && new.autoscaling.as_ref().is_none_or(|scaling| scaling.write.is_none()) {
            todo.push("let its write capacity scale, or change it to on-demand, before".to_owned());
        }
        add(
            "replicas",
            format!("`{name}` gets a replica in {region}"),
            Some(
                "its first copy is charged like a restore, by the GB; up to 10 TB a day are copied in an account and Region",
            ),
            todo,
        );
    }
    let why = is_strong(old).then_some(
        "a strongly consistent table loses all Regions but one in the same update, its witness among them; none goes alone",
    );
    for region in before.difference(&after) {
        let todo = vec![format!("stop the callers in {region} before")];
        add("replicas", format!("the replica of `{name}` in {region} goes"), why, todo);
    }
    for (region, settings) in &new.replicas.0 {
        if old.replicas.0.get(region).is_some_and(|before| before != settings) {
            add("replicas", format!("settings of the replica of `{name}` in {region} change"), None, vec![]);
        }
    }
}

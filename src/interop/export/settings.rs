//! Which settings a target carries, and what becomes of the others.

use super::wanted::Wanted;
use super::{Omission, Target};
use crate::interop::throughput::{Direction, Throughput};
use crate::model::{ReplicationConsistency, StreamView};
use crate::source::ModelPath;

/// A setting that some targets carry and others do not. All targets carry keys, indexes,
/// projections, billing, capacity, the most and the warm throughput, the class, protection from
/// deletion, and what a stream's records hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Autoscaling,
    TimeToLive,
    Recovery,
    Kinesis,
    Replicas,
    StreamReaders,
    Backups,
}

impl Setting {
    fn is_carried_by(self, target: Target) -> bool {
        use Target::{Cdk, Cloudformation, Sam, Sdk, Shell, Terraform};
        match self {
            Self::Autoscaling | Self::Kinesis | Self::Replicas => {
                matches!(target, Cloudformation | Sam | Cdk | Terraform)
            }
            Self::TimeToLive => matches!(target, Cloudformation | Sam | Cdk | Terraform | Sdk | Shell),
            Self::Recovery => matches!(target, Cloudformation | Sam | Cdk | Terraform | Sdk),
            Self::StreamReaders | Self::Backups => false,
        }
    }

    /// Why a target does not carry it.
    fn why(self, target: Target) -> &'static str {
        match (self, target) {
            (Self::StreamReaders, _) => "left out: the readers of a stream are resources of their own",
            (Self::Backups, _) => "left out: backups on demand are taken by a plan or by a job",
            (_, Target::Shell) => "left out: DynamoDB Local has none",
            (Self::Autoscaling, _) => "left out: scaling is a request to Application Auto Scaling",
            (Self::TimeToLive, _) => "left out: `update-time-to-live` sets it once the table is there",
            (Self::Recovery, _) => "left out: `update-continuous-backups` sets it once the table is there",
            (Self::Kinesis, _) => "left out: `enable-kinesis-streaming-destination` sets it, for a stream's ARN",
            (Self::Replicas, _) => "left out: `update-table` adds them once the table is there",
        }
    }
}

/// Whether a target carries replicas.
pub(super) fn carries_replicas(target: Target) -> bool {
    Setting::Replicas.is_carried_by(target)
}

/// Whether replicas agree before a write is acknowledged.
fn is_strong(wanted: &Wanted<'_, '_>) -> bool {
    wanted.table.multi_region_consistency == Some(ReplicationConsistency::Strong)
}

/// Whether the table has replicas that follow its stream, and the model says another stream than
/// they need.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html#cfn-dynamodb-globaltable-streamspecification>
pub(super) fn needs_other_stream(wanted: &Wanted<'_, '_>) -> bool {
    let view = wanted.table.stream.as_ref().map(|stream| stream.view);
    wanted.is_replicated() && !is_strong(wanted) && view.is_some_and(|view| view != StreamView::NewAndOldImages)
}

/// The stream that replicas need where the model says none. The CDK also adds it to strongly
/// consistent tables, whose replicas do without.
pub(super) fn added_stream(wanted: &Wanted<'_, '_>, target: Target) -> Option<StreamView> {
    let needed = wanted.is_replicated() && (!is_strong(wanted) || target == Target::Cdk);
    (needed && carries_replicas(target) && wanted.table.stream.is_none()).then_some(StreamView::NewAndOldImages)
}

/// What of a table a target does not carry, or carries otherwise. The writers of Terraform and of
/// NoSQL Workbench say it themselves.
pub(super) fn omissions(wanted: &Wanted<'_, '_>, target: Target) -> Vec<Omission> {
    let mut omitted = not_carried(wanted, target);
    omitted.extend(without_effect(wanted));
    // The CDK's construct is a global table also with one Region.
    if target == Target::Cdk || (carries_replicas(target) && wanted.is_replicated()) {
        omitted.extend(standing_writes(wanted));
    }
    if carries_replicas(target) && wanted.is_replicated() {
        omitted.extend(of_replicas(wanted, target));
    }
    omitted
}

fn place(wanted: &Wanted<'_, '_>) -> ModelPath {
    ModelPath::of(["tables", wanted.name])
}

/// Throughput settings with their places: of the table, and of its global indexes.
fn throughputs<'m>(wanted: &Wanted<'_, 'm>) -> Vec<(ModelPath, Throughput<'m>)> {
    let own = (place(wanted), Throughput::from(wanted.table));
    let indexes = wanted.table.global_indexes.iter();
    let indexes = indexes.map(|(name, index)| (place(wanted).key("global_indexes").key(name), index.into()));
    std::iter::once(own).chain(indexes).collect()
}

/// The settings that are said, and that the target does not carry.
fn not_carried(wanted: &Wanted<'_, '_>, target: Target) -> Vec<Omission> {
    let (table, at) = (wanted.table, place(wanted));
    let scaled = throughputs(wanted).into_iter().filter(|(_, of)| wanted.is_provisioned() && of.is_scaled());
    let mut said: Vec<(Setting, ModelPath)> =
        scaled.map(|(place, _)| (Setting::Autoscaling, place.key("autoscaling"))).collect();
    let settings = [
        (Setting::TimeToLive, "time_to_live", table.time_to_live.is_some()),
        (
            Setting::Recovery,
            "point_in_time_recovery",
            table.point_in_time_recovery.as_ref().is_some_and(|on| on.enabled.0),
        ),
        (
            Setting::StreamReaders,
            "stream.readers",
            table.stream.as_ref().is_some_and(|stream| !stream.readers.is_empty()),
        ),
        (Setting::Kinesis, "kinesis_stream", table.kinesis_stream == Some(true)),
        (Setting::Replicas, "replicas", wanted.is_replicated()),
        (Setting::Backups, "backups", table.backups.is_some()),
    ];
    said.extend(settings.into_iter().filter(|(.., is_said)| *is_said).map(|(setting, key, _)| (setting, at.key(key))));
    said.into_iter()
        .filter(|(setting, _)| !setting.is_carried_by(target))
        .map(|(setting, at)| Omission { at, text: setting.why(target).to_owned() })
        .collect()
}

/// Settings that are said, and that have no meaning beside the others.
fn without_effect(wanted: &Wanted<'_, '_>) -> Vec<Omission> {
    let mut omitted = Vec::new();
    let mut leave = |at: ModelPath, why: &str| omitted.push(Omission { at, text: format!("left out: {why}") });
    for (place, of) in throughputs(wanted) {
        let says = |units: &dyn Fn(Direction) -> bool| Direction::BOTH.into_iter().any(units);
        if wanted.is_provisioned() && says(&|direction| of.most(direction).is_some()) {
            leave(place.key("max_throughput"), "it is a setting of on-demand tables");
        }
        if !wanted.is_provisioned() && says(&|direction| of.given(direction).is_some()) {
            leave(place.key("capacity"), "it is a setting of provisioned tables");
        }
        if !wanted.is_provisioned() && of.is_scaled() {
            leave(place.key("autoscaling"), "it is a setting of provisioned tables");
        }
    }
    if !wanted.is_replicated() {
        let at = place(wanted);
        if is_strong(wanted) {
            leave(at.key("multi_region_consistency"), "there are no replicas");
        }
        if wanted.table.witness.is_some() {
            leave(at.key("witness"), "there are no replicas");
        }
    }
    omitted
}

/// Provisioned writes that do not scale, which a global table cannot say.
fn standing_writes(wanted: &Wanted<'_, '_>) -> Vec<Omission> {
    let fixed = throughputs(wanted).into_iter().filter_map(|(place, of)| {
        let units = of.given(Direction::Write).filter(|_| of.scaling(Direction::Write).is_none())?;
        let text = format!("written as scaling from {units} to {units}: a global table's writes must scale");
        Some(Omission { at: place.key("capacity").key("write"), text })
    });
    if wanted.is_provisioned() { fixed.collect() } else { Vec::new() }
}

/// What is otherwise in a global table.
fn of_replicas(wanted: &Wanted<'_, '_>, target: Target) -> Vec<Omission> {
    let at = place(wanted);
    let mut different = Vec::new();
    if added_stream(wanted, target).is_some() {
        let text = "`new_and_old_images` is added, which replicas need".to_owned();
        different.push(Omission { at: at.key("stream"), text });
    }
    if wanted.home.is_none() {
        let text = match target {
            Target::Cdk => "the model names no `region`: give the stack one as `env.region`",
            _ => "the model names no `region`: the stack's own is taken for the home",
        };
        different.push(Omission { at: at.key("replicas"), text: text.to_owned() });
    }
    if wanted.table.kinesis_stream == Some(true) {
        let text = "written for the home Region: a replica's stream has an ARN of its own".to_owned();
        different.push(Omission { at: at.key("kinesis_stream"), text });
    }
    for (region, replica) in wanted.replicas() {
        let Some(there) = replica.map(Throughput::from) else { continue };
        let writes = there.provisioned(Direction::Write).is_some() || there.most(Direction::Write).is_some();
        if writes {
            let text = "what is said of writes is left out: they are the same in every Region".to_owned();
            different.push(Omission { at: at.key("replicas").key(region), text });
        }
    }
    different
}

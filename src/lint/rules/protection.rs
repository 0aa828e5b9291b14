//! What keeps data from being lost, and who reads its changes.

use rust_decimal::Decimal;

use crate::design::{EntityDesign, TableDesign};
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, quoted_list};
use crate::lint::{Context, Finding, Place, Rule, Together};
use crate::model::{PointInTimeRecovery, ReplicationConsistency, Table};
use crate::service::limits::{GLOBAL_TABLE_STREAM_READERS, RECOVERY_DAYS, STREAM_READERS};
use crate::source::ModelPath;

pub(super) const RULES: &[Rule] = &[
    rule!("unprotected-table", Operations, Advice, unprotected_table),
    rule!("no-continuous-backups", Operations, Advice, no_continuous_backups),
    rule!("recovery-period", Operations, Error, recovery_period),
    rule!("too-many-stream-readers", Operations, Warning, too_many_stream_readers),
];

/// Seconds of a day.
const DAY: u32 = 86_400;

pub(super) fn table_path(table: &TableDesign<'_>) -> ModelPath {
    ModelPath::of(["tables"]).key(table.name)
}

/// Whether a model says anything of how its tables are run. A sketch of keys and patterns does not,
/// and is left alone.
fn speaks_of_operations(context: &Context<'_, '_>) -> bool {
    let speaks = |table: &Table| {
        table.point_in_time_recovery.is_some()
            || table.deletion_protection.is_some()
            || table.backups.is_some()
            || !table.replicas.0.is_empty()
    };
    context.design.tables.iter().any(|table| speaks(table.table))
}

/// Whether the items of an entity go by themselves, or may do so.
pub(super) fn expires(table: &Table, entity: &EntityDesign<'_>) -> bool {
    let has = |attribute: &str| !entity.is_closed() || entity.entity.attributes.contains_key(attribute);
    entity.entity.retention.is_some() || table.time_to_live.as_deref().is_some_and(has)
}

/// The entities of a table that nothing lets go.
fn lasting<'a>(context: &Context<'a, '_>, table: &'a TableDesign<'_>) -> Vec<&'a str> {
    let entities = table.entities.iter().filter_map(|id| context.design.entity(*id));
    entities.filter(|entity| !expires(table.table, entity)).map(|entity| entity.name).collect()
}

fn is_on(setting: Option<&PointInTimeRecovery>) -> bool {
    setting.is_some_and(|setting| setting.enabled.0)
}

fn unprotected_table(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if !speaks_of_operations(context) {
        return;
    }
    for table in context.design.tables.iter().filter(|table| table.table.deletion_protection != Some(true)) {
        let kept = lasting(context, table);
        if kept.is_empty() {
            continue;
        }
        let place = match table.table.deletion_protection {
            Some(_) => Place::value(table_path(table).key("deletion_protection")),
            None => Place::key(table_path(table)),
        };
        found.push(
            Finding::new(place, format!("table `{}` can be deleted by one call", table.name))
                .label("not protected from deletion")
                .why(format!(
                    "It holds {}, which nothing lets expire. Protection is off unless it is asked for, costs nothing, and makes the service refuse `DeleteTable`.",
                    quoted_list(kept)
                ))
                .help("`deletion_protection: true`")
                .together(Together {
                    cause: Place::key(ModelPath::of(["tables"])),
                    name: table.name.to_owned(),
                    message: ("each of the tables ".to_owned(), " can be deleted by one call".to_owned()),
                    why: "They hold what nothing lets expire. Protection is off unless it is asked for, costs nothing, and makes the service refuse `DeleteTable`.".to_owned(),
                    help: "`deletion_protection: true` in each".to_owned(),
                }),
        );
    }
}

fn no_continuous_backups(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    if !speaks_of_operations(context) {
        return;
    }
    for table in &context.design.tables {
        // Whoever takes backups, or keeps them in a Region only, has thought of it.
        let replicas = table.table.replicas.0.values().flatten();
        let elsewhere = replicas.into_iter().any(|replica| is_on(replica.point_in_time_recovery.as_ref()));
        if is_on(table.table.point_in_time_recovery.as_ref()) || table.table.backups.is_some() || elsewhere {
            continue;
        }
        let kept = lasting(context, table);
        if kept.is_empty() {
            continue;
        }
        let place = match table.table.point_in_time_recovery {
            Some(_) => Place::value(table_path(table).key("point_in_time_recovery")),
            None => Place::key(table_path(table)),
        };
        let replicated = if table.table.replicas.0.is_empty() {
            ""
        } else {
            " Replicas are no backup: a wrong write or delete reaches them within about a second."
        };
        let help = "`point_in_time_recovery: true` restores the table as of any second of the last 35 days; `backups: {per_month: 4, keep: 90d}` if copies from time to time are enough";
        found.push(
            Finding::new(place, format!("nothing brings back what is lost in table `{}`", table.name))
                .label("no backups")
                .why(format!(
                    "It holds {}, which nothing lets expire, and a wrong write or delete of it is final.{replicated}",
                    quoted_list(kept)
                ))
                .help(help)
                .together(Together {
                    cause: Place::key(ModelPath::of(["tables"])),
                    name: table.name.to_owned(),
                    message: ("nothing brings back what is lost in the tables ".to_owned(), String::new()),
                    why: format!(
                        "They hold what nothing lets expire, and a wrong write or delete of it is final.{replicated}"
                    ),
                    help: help.to_owned(),
                }),
        );
    }
}

fn recovery_period(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let path = table_path(table);
        let own = (path.clone(), table.table.point_in_time_recovery.as_ref());
        let replicas = table.table.replicas.0.iter().map(|(region, replica)| {
            let setting = replica.as_ref().and_then(|replica| replica.point_in_time_recovery.as_ref());
            (path.key("replicas").key(region), setting)
        });
        for (place, setting) in std::iter::once(own).chain(replicas) {
            let Some(period) = setting.and_then(|setting| setting.recovery_period) else { continue };
            let days = period.seconds().checked_div(Decimal::from(DAY)).unwrap_or_default();
            let (least, most) = (Decimal::from(*RECOVERY_DAYS.start()), Decimal::from(*RECOVERY_DAYS.end()));
            if days.is_integer() && days >= least && days <= most {
                continue;
            }
            let nearest = days.ceil().clamp(least, most).normalize();
            found.push(
                Finding::new(
                    Place::value(place.key("point_in_time_recovery").key("recovery_period")),
                    format!("a recovery period of {period} is not possible"),
                )
                .label("1 to 35 days")
                .why("`RecoveryPeriodInDays` takes whole days from 1 to 35; any other number is rejected.")
                .help(format!("`recovery_period: {nearest}d`; the price is the same for every period. What has to be kept for longer needs `backups`, or an export to S3")),
            );
        }
    }
}

fn too_many_stream_readers(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let Some(stream) = &table.table.stream else { continue };
        let is_global = !table.table.replicas.0.is_empty()
            && table.table.multi_region_consistency != Some(ReplicationConsistency::Strong);
        let most = if is_global { GLOBAL_TABLE_STREAM_READERS } else { STREAM_READERS };
        let readers = stream.readers.len();
        if readers <= most {
            continue;
        }
        let (whose, limit) = if is_global {
            ("a global table", "one, because replication reads the stream as well")
        } else {
            ("a table", "two")
        };
        let mut finding = Finding::new(
            Place::key(table_path(table).key("stream").key("readers")),
            format!("{readers} readers share the stream of table `{}`", table.name),
        )
        .label(and_list(stream.readers.iter().cloned()))
        .why(format!("A shard of the stream of {whose} is made for {limit}. More readers are throttled and fall behind, and a stream keeps records for 24 hours only."))
        .help("let one reader pass the changes on (EventBridge, SNS, or Lambda with several targets), or use `kinesis_stream: true`, whose stream takes 5 readers, and 20 with enhanced fan-out")
        .number("readers", readers)
        .number("most_readers", most);
        if is_global {
            finding = finding.related(Place::key(table_path(table).key("replicas")), "a global table");
        }
        found.push(finding);
    }
}

//! The tables of a design as a Terraform configuration.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dynamodb_table>

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::hcl::{Hcl, label, list, quoted};
use crate::design::{Design, TableDesign};
use crate::interop::create_table::create_table_input;
use crate::model::{Autoscaled, Billing, PointInTimeRecovery, Replica, ReplicationConsistency, StreamView, Table};
use crate::source::ModelPath;
use crate::units::{Period, Share};

/// The utilisation that scaling keeps where a model does not say, in percent; the console's own.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.Console.html>
const USUAL_TARGET: u32 = 70;

/// What was left out, or written otherwise than the model says: the part, and what becomes of it.
pub type Omissions = Vec<(ModelPath, String)>;

/// Writes the tables of a design that `wanted` chooses as resources of Terraform's AWS provider,
/// and says what of them is not in the text.
pub fn write<'m>(design: &Design<'m>, wanted: impl Fn(&TableDesign<'m>) -> bool) -> (String, Omissions) {
    let mut writer = Writer { design, hcl: Hcl::default(), omissions: Vec::new(), labels: BTreeSet::new() };
    for table in design.tables.iter().filter(|table| wanted(table)) {
        writer.table(table);
    }
    (writer.hcl.finish(), writer.omissions)
}

struct Writer<'d, 'm> {
    design: &'d Design<'m>,
    hcl: Hcl,
    omissions: Omissions,
    labels: BTreeSet<String>,
}

impl<'m> Writer<'_, 'm> {
    fn leave(&mut self, at: ModelPath, why: &str) {
        self.omissions.push((at, why.to_owned()));
    }

    /// A label that no other table has.
    fn label(&mut self, name: &str) -> String {
        let wanted = label(name);
        let mut unique = wanted.clone();
        let mut number = 2_usize;
        while !self.labels.insert(unique.clone()) {
            unique = format!("{wanted}_{number}");
            number += 1;
        }
        unique
    }

    fn table(&mut self, table: &TableDesign<'m>) {
        let at = ModelPath::of(["tables", table.name]);
        let created = create_table_input(self.design, table);
        for name in &created.assumed_text {
            self.leave(at.clone(), &format!("the type of `{name}` is not known; it is written as text, `S`"));
        }
        for part in &created.without_throughput {
            self.leave(at.clone(), &format!("`{part}` is provisioned, and its capacity is not given"));
        }
        let provisioned = table.table.billing == Some(Billing::Provisioned);
        self.without_place(&at, table.table, provisioned);
        let stream = self.stream(&at, table.table);
        let replicas = self.replicas(&at, table.table);
        let label = self.label(table.name);
        let scaled = provisioned && table.table.autoscaling.is_some();
        self.hcl.block(&format!("resource \"aws_dynamodb_table\" \"{label}\""), |hcl| {
            let request = &created.request;
            keys(hcl, request);
            settings(hcl, request, table.table, stream);
            for definition in items(request, "AttributeDefinitions") {
                hcl.block("attribute", |hcl| {
                    hcl.set_some("name", text(definition, "AttributeName"));
                    hcl.set_some("type", text(definition, "AttributeType"));
                });
            }
            for index in items(request, "GlobalSecondaryIndexes") {
                hcl.block("global_secondary_index", |hcl| global_index(hcl, index));
            }
            for index in items(request, "LocalSecondaryIndexes") {
                hcl.block("local_secondary_index", |hcl| {
                    hcl.set_some("name", text(index, "IndexName"));
                    hcl.set_some("range_key", key_names(index, "RANGE").first().map(|name| quoted(name)));
                    projection(hcl, index);
                });
            }
            limits(hcl, request);
            blocks(hcl, table.table, &replicas);
            if scaled {
                hcl.block("lifecycle", |hcl| hcl.set("ignore_changes", "[read_capacity, write_capacity]"));
            }
        });
        if provisioned {
            self.scaling(&at, table.table, &label);
        }
        if table.table.kinesis_stream == Some(true) {
            self.kinesis(table.name, &label);
        }
    }

    /// What a resource has no place for, and what has no meaning beside the rest.
    fn without_place(&mut self, at: &ModelPath, table: &Table, provisioned: bool) {
        let readers = table.stream.as_ref().is_some_and(|stream| !stream.readers.is_empty());
        let without: [(&str, bool, &str); 5] = [
            ("stream", readers, "left out: the readers of a stream are resources of their own"),
            ("backups", table.backups.is_some(), "left out: backups on demand are taken by a plan or by a job"),
            (
                "autoscaling",
                !provisioned && table.autoscaling.is_some(),
                "left out: it is a setting of provisioned tables",
            ),
            ("capacity", !provisioned && table.capacity.is_some(), "left out: it is a setting of provisioned tables"),
            (
                "max_throughput",
                provisioned && table.max_throughput.is_some(),
                "left out: it is a setting of on-demand tables",
            ),
        ];
        for (part, _, why) in without.into_iter().filter(|(_, said, _)| *said) {
            self.leave(at.key(part), why);
        }
        for (name, index) in &table.global_indexes {
            let at = at.key("global_indexes").key(name);
            for (part, said) in [("autoscaling", index.autoscaling.is_some()), ("capacity", index.capacity.is_some())] {
                if said && !provisioned {
                    self.leave(at.key(part), "left out: it is a setting of provisioned tables");
                }
            }
            if provisioned && index.max_throughput.is_some() {
                self.leave(at.key("max_throughput"), "left out: it is a setting of on-demand tables");
            }
            if provisioned && index.autoscaling.is_some() {
                let why = "written; every later apply sets the capacity of the index back to where it starts, unless \
                           `ignore_changes` names `global_secondary_index`";
                self.leave(at.key("autoscaling"), why);
            }
        }
    }

    /// What the stream's records hold: what the model says, or what replicas need.
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dynamodb_table#global-tables>
    fn stream(&mut self, at: &ModelPath, table: &Table) -> Option<StreamView> {
        let said = table.stream.as_ref().map(|stream| stream.view);
        let strong = table.multi_region_consistency == Some(ReplicationConsistency::Strong);
        if table.replicas.0.is_empty() || strong || said == Some(StreamView::NewAndOldImages) {
            return said;
        }
        self.leave(at.key("stream"), "written as `new_and_old_images`, which replicas need");
        Some(StreamView::NewAndOldImages)
    }

    /// The other Regions, without the one that the table is in.
    fn replicas<'t>(&mut self, at: &ModelPath, table: &'t Table) -> Vec<(&'t str, Option<&'t Replica>)> {
        let home = self.design.model.region.as_deref();
        let mut replicas = Vec::new();
        for (region, replica) in table.replicas.0.iter().filter(|(region, _)| Some(region.as_str()) != home) {
            let at = at.key("replicas").key(region);
            if let Some(replica) = replica {
                let of_their_own = [
                    ("class", replica.class.is_some()),
                    ("capacity", replica.capacity.is_some()),
                    ("autoscaling", replica.autoscaling.is_some()),
                    ("max_throughput", replica.max_throughput.is_some()),
                ];
                for (part, _) in of_their_own.into_iter().filter(|(_, said)| *said) {
                    self.leave(at.key(part), "left out: a `replica` block has no such setting");
                }
                if replica.point_in_time_recovery.as_ref().is_some_and(|on| on.recovery_period.is_some()) {
                    let why = "the recovery period is left out: a `replica` block only says whether it is on";
                    self.leave(at.key("point_in_time_recovery"), why);
                }
            }
            replicas.push((region.as_str(), replica.as_ref()));
        }
        if replicas.is_empty() {
            for (part, said) in [
                ("multi_region_consistency", table.multi_region_consistency.is_some()),
                ("witness", table.witness.is_some()),
            ] {
                if said {
                    self.leave(at.key(part), "left out: there are no replicas");
                }
            }
        }
        replicas
    }

    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/appautoscaling_policy#dynamodb-table-autoscaling>
    fn scaling(&mut self, at: &ModelPath, table: &Table, label: &str) {
        let own = (None, table.autoscaling.as_ref());
        let indexes = table.global_indexes.iter().map(|(name, index)| (Some(name), index.autoscaling.as_ref()));
        for (index, scaling) in std::iter::once(own).chain(indexes) {
            let Some(scaling) = scaling else { continue };
            for (word, scaled) in [("Read", &scaling.read), ("Write", &scaling.write)] {
                if let Some(scaled) = scaled {
                    self.scaled(label, index.map(String::as_str), word, scaled);
                }
            }
            if scaling.read.is_none() && scaling.write.is_none() {
                self.leave(at.key("autoscaling"), "left out: it scales neither reads nor writes");
            }
        }
    }

    fn scaled(&mut self, table: &str, index: Option<&str>, word: &str, scaled: &Autoscaled) {
        let place = index.map_or_else(|| table.to_owned(), |index| format!("{table}_{}", label(index)));
        let name = self.label(&format!("{place}_{}", word.to_ascii_lowercase()));
        let (kind, below) = match index {
            None => ("table", String::new()),
            Some(index) => ("index", format!("/index/{index}")),
        };
        self.hcl.block(&format!("resource \"aws_appautoscaling_target\" \"{name}\""), |hcl| {
            hcl.set("service_namespace", quoted("dynamodb"));
            let below = quoted(&below);
            hcl.set(
                "resource_id",
                format!("\"table/${{aws_dynamodb_table.{table}.name}}{}\"", below.trim_matches('"')),
            );
            hcl.set("scalable_dimension", quoted(&format!("dynamodb:{kind}:{word}CapacityUnits")));
            hcl.set("min_capacity", scaled.min.ceil());
            hcl.set("max_capacity", scaled.max.ceil());
        });
        let target = format!("aws_appautoscaling_target.{name}");
        self.hcl.block(&format!("resource \"aws_appautoscaling_policy\" \"{name}\""), |hcl| {
            hcl.set("name", format!("\"DynamoDB{word}CapacityUtilization:${{{target}.resource_id}}\""));
            hcl.set("policy_type", quoted("TargetTrackingScaling"));
            for attribute in ["service_namespace", "resource_id", "scalable_dimension"] {
                hcl.set(attribute, format!("{target}.{attribute}"));
            }
            hcl.block("target_tracking_scaling_policy_configuration", |hcl| {
                let percent = |Share(share): Share| share.saturating_mul(Decimal::ONE_HUNDRED).normalize();
                hcl.set("target_value", scaled.target.map_or_else(|| Decimal::from(USUAL_TARGET), percent));
                hcl.block("predefined_metric_specification", |hcl| {
                    hcl.set("predefined_metric_type", quoted(&format!("DynamoDB{word}CapacityUtilization")));
                });
            });
        });
    }

    fn kinesis(&mut self, name: &str, label: &str) {
        self.hcl.block(&format!("variable \"{label}_stream_arn\""), |hcl| {
            let about = format!("The ARN of the Kinesis data stream that gets the changes of {name}.");
            hcl.set("description", quoted(&about));
            hcl.set("type", "string");
        });
        self.hcl.block(&format!("resource \"aws_dynamodb_kinesis_streaming_destination\" \"{label}\""), |hcl| {
            hcl.set("stream_arn", format!("var.{label}_stream_arn"));
            hcl.set("table_name", format!("aws_dynamodb_table.{label}.name"));
        });
    }
}

fn items<'r>(request: &'r Value, name: &str) -> &'r [Value] {
    request.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A text of the request as an expression.
fn text(request: &Value, name: &str) -> Option<String> {
    request.get(name).and_then(Value::as_str).map(quoted)
}

/// The key attributes of one type, in their order.
fn key_names<'r>(request: &'r Value, kind: &str) -> Vec<&'r str> {
    let of_kind =
        items(request, "KeySchema").iter().filter(|key| key.get("KeyType").and_then(Value::as_str) == Some(kind));
    of_kind.filter_map(|key| key.get("AttributeName").and_then(Value::as_str)).collect()
}

fn keys(hcl: &mut Hcl, request: &Value) {
    hcl.set_some("name", text(request, "TableName"));
    hcl.set_some("billing_mode", text(request, "BillingMode"));
    units(hcl, request.get("ProvisionedThroughput"), CAPACITY);
    hcl.set_some("hash_key", key_names(request, "HASH").first().map(|name| quoted(name)));
    hcl.set_some("range_key", key_names(request, "RANGE").first().map(|name| quoted(name)));
}

fn settings(hcl: &mut Hcl, request: &Value, table: &Table, stream: Option<StreamView>) {
    hcl.set_some("table_class", text(request, "TableClass"));
    if let Some(view) = stream {
        hcl.set("stream_enabled", true);
        let view = match view {
            StreamView::KeysOnly => "KEYS_ONLY",
            StreamView::NewImage => "NEW_IMAGE",
            StreamView::OldImage => "OLD_IMAGE",
            StreamView::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        };
        hcl.set("stream_view_type", quoted(view));
    }
    hcl.set_some("deletion_protection_enabled", table.deletion_protection);
}

/// The names of read and write units in the request, and in a resource.
type Units = [(&'static str, &'static str); 2];

const CAPACITY: Units = [("ReadCapacityUnits", "read_capacity"), ("WriteCapacityUnits", "write_capacity")];

fn units(hcl: &mut Hcl, request: Option<&Value>, names: Units) {
    for (name, attribute) in names {
        hcl.set_some(attribute, request.and_then(|request| request.get(name)));
    }
}

/// The blocks of the most and the warm throughput.
fn limits(hcl: &mut Hcl, request: &Value) {
    if let Some(most) = request.get("OnDemandThroughput") {
        let names =
            [("MaxReadRequestUnits", "max_read_request_units"), ("MaxWriteRequestUnits", "max_write_request_units")];
        hcl.block("on_demand_throughput", |hcl| units(hcl, Some(most), names));
    }
    if let Some(warm) = request.get("WarmThroughput") {
        let names =
            [("ReadUnitsPerSecond", "read_units_per_second"), ("WriteUnitsPerSecond", "write_units_per_second")];
        hcl.block("warm_throughput", |hcl| units(hcl, Some(warm), names));
    }
}

fn projection(hcl: &mut Hcl, index: &Value) {
    let Some(projection) = index.get("Projection") else { return };
    hcl.set_some("projection_type", text(projection, "ProjectionType"));
    let names = items(projection, "NonKeyAttributes");
    if !names.is_empty() {
        hcl.set("non_key_attributes", list(names.iter().filter_map(Value::as_str)));
    }
}

fn global_index(hcl: &mut Hcl, index: &Value) {
    hcl.set_some("name", text(index, "IndexName"));
    let (partition, sort) = (key_names(index, "HASH"), key_names(index, "RANGE"));
    let single = partition.len() == 1 && sort.len() <= 1;
    if single {
        hcl.set_some("hash_key", partition.first().map(|name| quoted(name)));
        hcl.set_some("range_key", sort.first().map(|name| quoted(name)));
    }
    projection(hcl, index);
    units(hcl, index.get("ProvisionedThroughput"), CAPACITY);
    if !single {
        let keys = partition.iter().map(|name| (name, "HASH")).chain(sort.iter().map(|name| (name, "RANGE")));
        for (name, kind) in keys {
            hcl.block("key_schema", |hcl| {
                hcl.set("attribute_name", quoted(name));
                hcl.set("key_type", quoted(kind));
            });
        }
    }
    limits(hcl, index);
}

fn blocks(hcl: &mut Hcl, table: &Table, replicas: &[(&str, Option<&Replica>)]) {
    if let Some(attribute) = &table.time_to_live {
        hcl.block("ttl", |hcl| {
            hcl.set("attribute_name", quoted(attribute));
            hcl.set("enabled", true);
        });
    }
    if let Some(recovery) = &table.point_in_time_recovery {
        hcl.block("point_in_time_recovery", |hcl| {
            hcl.set("enabled", recovery.enabled.0);
            hcl.set_some("recovery_period_in_days", recovery_days(recovery));
        });
    }
    for (region, replica) in replicas {
        hcl.block("replica", |hcl| {
            hcl.set("region_name", quoted(region));
            hcl.set_some(
                "consistency_mode",
                table.multi_region_consistency.map(|mode| match mode {
                    ReplicationConsistency::Eventual => quoted("EVENTUAL"),
                    ReplicationConsistency::Strong => quoted("STRONG"),
                }),
            );
            // A model's replica is as the table where it says nothing; a block's has no backups then.
            let recovery = replica.and_then(|replica| replica.point_in_time_recovery.as_ref());
            let recovery = recovery.or(table.point_in_time_recovery.as_ref());
            hcl.set_some("point_in_time_recovery", recovery.map(|recovery| recovery.enabled.0));
            let is_protected = replica.and_then(|replica| replica.deletion_protection).or(table.deletion_protection);
            hcl.set_some("deletion_protection_enabled", is_protected);
        });
    }
    if let Some(witness) = table.witness.as_ref().filter(|_| !replicas.is_empty()) {
        hcl.block("global_table_witness", |hcl| hcl.set("region_name", quoted(witness)));
    }
}

/// The recovery period in whole days, the smallest that holds it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html>
fn recovery_days(recovery: &PointInTimeRecovery) -> Option<u64> {
    let seconds = recovery.recovery_period?.seconds();
    seconds.checked_div(Decimal::from(Period::Day.seconds()))?.ceil().to_u64()
}

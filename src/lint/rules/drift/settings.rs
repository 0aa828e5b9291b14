//! Settings of tables and indexes: billing, throughput, class, expiry, recovery, streams,
//! protection, Regions.

use std::fmt::Display;

use super::{Pair, pairs};
use crate::lint::{Context, Finding};
use crate::model::{
    AutoScaling, Autoscaled, Billing, Capacity, Replica, ReplicationConsistency, StreamView, Table, TableClass,
};
use crate::source::ModelPath;
use crate::units::{Count, Share};

pub(super) fn check(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pair in pairs(context) {
        let (model, here) = (pair.design.table, &pair.here.table);
        let mut differences = Differences { pair: &pair, found };
        differences.of_table(model, here);
        let throughput = |table: &Table| Throughput {
            capacity: table.capacity.clone(),
            autoscaling: table.autoscaling.clone(),
            most: table.max_throughput.clone(),
            warm: table.warm_throughput.clone(),
        };
        let is_provisioned = [model, here].iter().all(|table| table.billing == Some(Billing::Provisioned));
        differences.of_throughput(&ModelPath::root(), "", is_provisioned, &throughput(model), &throughput(here));
        for (name, ours) in &model.global_indexes {
            let Some(theirs) = here.global_indexes.get(name) else { continue };
            let throughput = |index: &crate::model::GlobalIndex| Throughput {
                capacity: index.capacity.clone(),
                autoscaling: index.autoscaling.clone(),
                most: index.max_throughput.clone(),
                warm: index.warm_throughput.clone(),
            };
            let part = ModelPath::of(["global_indexes", name]);
            let of = format!(" of the index `{name}`");
            differences.of_throughput(&part, &of, is_provisioned, &throughput(ours), &throughput(theirs));
        }
    }
}

/// What tables and global indexes have alike.
struct Throughput {
    capacity: Option<Capacity>,
    autoscaling: Option<AutoScaling>,
    most: Option<Capacity>,
    warm: Option<Capacity>,
}

struct Differences<'d, 'p, 'a, 'm> {
    pair: &'d Pair<'p, 'a, 'm>,
    found: &'d mut Vec<Finding>,
}

impl Differences<'_, '_, '_, '_> {
    /// Two values of one setting.
    fn of<T: PartialEq>(&mut self, part: &ModelPath, what: &str, [model, here]: [T; 2], word: impl Fn(&T) -> String) {
        if model != here {
            self.found.extend(self.pair.differs(part, what, &word(&model), &word(&here)));
        }
    }

    fn of_table(&mut self, model: &Table, here: &Table) {
        let at = |name: &str| ModelPath::of([name]);
        // What is absent is what the service does by default.
        let billing = |table: &Table| table.billing.unwrap_or(Billing::OnDemand);
        self.of(&at("billing"), "the billing mode", [billing(model), billing(here)], |mode| {
            word(match mode {
                Billing::OnDemand => "on_demand",
                Billing::Provisioned => "provisioned",
            })
        });
        let class = |table: &Table| table.class.unwrap_or(TableClass::Standard);
        self.of(&at("class"), "the table class", [class(model), class(here)], class_word);
        let ttl = |table: &Table| table.time_to_live.clone();
        self.of(&at("time_to_live"), "the time-to-live attribute", [ttl(model), ttl(here)], optional);
        let on = |table: &Table| table.point_in_time_recovery.as_ref().is_some_and(|recovery| recovery.enabled.0);
        self.of(&at("point_in_time_recovery"), "point-in-time recovery", [on(model), on(here)], on_or_off);
        let period =
            |table: &Table| table.point_in_time_recovery.as_ref().and_then(|recovery| recovery.recovery_period);
        if let (true, true, Some(ours), Some(theirs)) = (on(model), on(here), period(model), period(here)) {
            let days = [ours, theirs].map(crate::units::Duration::seconds);
            let shown = |seconds: &rust_decimal::Decimal| {
                format!("{} days", (seconds / rust_decimal::Decimal::from(86_400)).normalize())
            };
            self.of(&at("point_in_time_recovery"), "the recovery period", days, shown);
        }
        let protected = |table: &Table| table.deletion_protection == Some(true);
        self.of(&at("deletion_protection"), "deletion protection", [protected(model), protected(here)], on_or_off);
        let stream = |table: &Table| table.stream.as_ref().map(|stream| stream.view);
        self.of(&at("stream"), "the stream", [stream(model), stream(here)], |view| view.map_or_else(off, view_word));
        let kinesis = |table: &Table| table.kinesis_stream == Some(true);
        self.of(&at("kinesis_stream"), "the Kinesis stream", [kinesis(model), kinesis(here)], on_or_off);
        let consistency = |table: &Table| table.multi_region_consistency.unwrap_or(ReplicationConsistency::Eventual);
        let consistencies = [consistency(model), consistency(here)];
        self.of(&at("multi_region_consistency"), "the consistency between Regions", consistencies, |consistency| {
            word(match consistency {
                ReplicationConsistency::Eventual => "eventual",
                ReplicationConsistency::Strong => "strong",
            })
        });
        let witness = |table: &Table| table.witness.clone();
        self.of(&at("witness"), "the witness Region", [witness(model), witness(here)], optional);
        self.of_replicas(model, here);
    }

    fn of_replicas(&mut self, model: &Table, here: &Table) {
        let part = ModelPath::of(["replicas"]);
        let regions = |table: &Table| {
            let mut regions: Vec<String> = table.replicas.0.keys().cloned().collect();
            regions.sort();
            regions
        };
        self.of(&part, "the list of replicas", [regions(model), regions(here)], |regions| match regions.as_slice() {
            [] => "none".to_owned(),
            regions => regions.join(", "),
        });
        for (region, ours) in &model.replicas.0 {
            let Some(theirs) = here.replicas.0.get(region) else { continue };
            let class = |replica: &Option<Replica>, table: &Table| {
                replica.as_ref().and_then(|replica| replica.class).or(table.class).unwrap_or(TableClass::Standard)
            };
            let classes = [class(ours, model), class(theirs, here)];
            self.of(&part.key(region).key("class"), &format!("the table class in {region}"), classes, class_word);
        }
    }

    fn of_throughput(&mut self, at: &ModelPath, of: &str, is_provisioned: bool, model: &Throughput, here: &Throughput) {
        let reads: fn(&Capacity) -> Option<Count> = |capacity| capacity.read;
        let writes: fn(&Capacity) -> Option<Count> = |capacity| capacity.write;
        for (direction, read) in [("read", reads), ("write", writes)] {
            let units = |capacity: &Option<Capacity>| capacity.as_ref().and_then(read).map(|units| units.0.normalize());
            let scaled = |throughput: &Throughput| {
                let both = throughput.autoscaling.as_ref()?;
                if direction == "read" { both.read.clone() } else { both.write.clone() }
            };
            let (ours, theirs) = (scaled(model), scaled(here));
            let part = at.key("autoscaling").key(direction);
            let what = format!("the scaling of {direction} capacity{of}");
            self.of(&part, &what, [ours.as_ref().map(bounds), theirs.as_ref().map(bounds)], |bounds| {
                bounds.clone().unwrap_or_else(|| "none".to_owned())
            });
            // Where capacity scales, what is set is only where it began.
            let is_scaled = ours.is_some() || theirs.is_some();
            if is_provisioned && !is_scaled && units(&model.capacity).is_some() {
                let capacities = [units(&model.capacity), units(&here.capacity)];
                self.of(&at.key("capacity").key(direction), &format!("{direction} capacity{of}"), capacities, optional);
            }
            if !is_provisioned {
                let most = [units(&model.most), units(&here.most)];
                let what = format!("the limit of {direction} throughput{of}");
                self.of(&at.key("max_throughput").key(direction), &what, most, optional);
            }
            // Every table reports some warm throughput; only one that was asked for is a setting, and
            // a table that runs may have grown beyond it.
            let warm = [units(&model.warm), units(&here.warm)];
            let has_grown = self.pair.here.is_deployed && warm[1] >= warm[0];
            if warm[0].is_some() && !has_grown {
                self.of(
                    &at.key("warm_throughput").key(direction),
                    &format!("warm {direction} throughput{of}"),
                    warm,
                    optional,
                );
            }
        }
    }
}

fn bounds(scaled: &Autoscaled) -> String {
    // <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html>: 70 % by default.
    let target = scaled.target.unwrap_or(Share(rust_decimal::Decimal::new(70, 2)));
    format!("{} to {} at {target}", scaled.min, scaled.max)
}

fn word(word: &str) -> String {
    format!("`{word}`")
}

fn off() -> String {
    "off".to_owned()
}

fn on_or_off(on: &bool) -> String {
    if *on { "on".to_owned() } else { off() }
}

fn optional<T: Display>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "not set".to_owned(), |value| format!("`{value}`"))
}

fn class_word(class: &TableClass) -> String {
    word(match class {
        TableClass::Standard => "standard",
        TableClass::StandardInfrequentAccess => "standard_infrequent_access",
    })
}

fn view_word(view: StreamView) -> String {
    word(match view {
        StreamView::KeysOnly => "keys_only",
        StreamView::NewImage => "new_image",
        StreamView::OldImage => "old_image",
        StreamView::NewAndOldImages => "new_and_old_images",
    })
}

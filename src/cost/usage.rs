//! Usage: what a month consumes of everything that has a price, without prices.

use rust_decimal::Decimal;

use super::growth::Added;
use super::missing::Missing;
use super::terms::Terms;
use super::{capture, provisioned, storage};
use crate::design::{Design, EntityId, PathId, TableDesign, TableId};
use crate::load::{Consumed, Demands, Known, Load, Unknown, called_in, throughput_path, units_in};
use crate::model::{Billing, TableClass};
use crate::prices::Item;

/// What a part of a month's usage is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Items and entries read.
    Reads,
    /// Items read again, for what a global index does not hold.
    SecondReads,
    /// Items written.
    Writes,
    /// Entries of indexes written.
    IndexWrites,
    /// Provisioned capacity that nothing uses.
    IdleCapacity,
    /// Items and entries stored.
    Storage,
    /// Continuous backups.
    PointInTimeRecovery,
    /// Backups taken on demand.
    Backups,
    /// Changes sent to Kinesis.
    ChangeCapture,
    /// Expired items deleted in replicas.
    ReplicatedExpiry,
    /// Bands that cost nothing.
    FreeTier,
    /// What reserved capacity takes off, and what it costs.
    Reserved,
}

impl What {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::SecondReads => "second reads",
            Self::Writes => "writes",
            Self::IndexWrites => "index writes",
            Self::IdleCapacity => "idle capacity",
            Self::Storage => "storage",
            Self::PointInTimeRecovery => "point-in-time recovery",
            Self::Backups => "backups",
            Self::ChangeCapture => "change capture",
            Self::ReplicatedExpiry => "expiry in replicas",
            Self::FreeTier => "free tier",
            Self::Reserved => "reserved capacity",
        }
    }

    /// Whether it is read and write throughput.
    pub fn is_throughput(self) -> bool {
        matches!(
            self,
            Self::Reads
                | Self::SecondReads
                | Self::Writes
                | Self::IndexWrites
                | Self::IdleCapacity
                | Self::ReplicatedExpiry
        )
    }

    pub(super) fn of(why: Consumed) -> Self {
        match why {
            Consumed::Read | Consumed::Repeat => Self::Reads,
            Consumed::SecondRead => Self::SecondReads,
            Consumed::Write => Self::Writes,
            Consumed::IndexWrite => Self::IndexWrites,
        }
    }
}

/// Where usage arises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// The Region.
    pub region: &'a str,
    /// The table.
    pub table: TableId,
    /// The table itself or one of its indexes.
    pub path: PathId,
    /// The entity whose items it is about.
    pub entity: Option<EntityId>,
    /// The access pattern.
    pub pattern: Option<usize>,
}

/// A part of a month's usage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage<'a> {
    /// Where it arises.
    pub source: Source<'a>,
    /// What it is for.
    pub what: What,
    /// What is priced.
    pub item: Item,
    /// How much of it, in the unit of its price.
    pub quantity: Result<Decimal, Missing<'a>>,
}

/// What everything is calculated from.
pub(super) struct Basis<'a, 'm> {
    pub(super) design: &'a Design<'m>,
    pub(super) load: &'a Load<'m>,
    pub(super) demands: &'a Demands<'m>,
    pub(super) terms: &'a Terms<'m>,
    /// Items that come until the month of the bill.
    pub(super) added: Added,
}

impl<'m> Basis<'_, 'm> {
    /// The home Region.
    pub(super) fn home(&self) -> &'m str {
        self.terms.region.or(self.design.model.region.as_deref()).unwrap_or(super::ASSUMED_REGION)
    }

    /// The Regions of a table, its home first.
    pub(super) fn regions(&self, table: &TableDesign<'m>) -> Vec<&'m str> {
        let replicas = table.table.replicas.0.keys().map(String::as_str);
        std::iter::once(self.home()).chain(replicas).collect()
    }

    /// How a table pays for throughput.
    pub(super) fn billing(&self, table: &TableDesign<'m>) -> Billing {
        self.terms.billing.or(table.table.billing).unwrap_or(Billing::OnDemand)
    }

    /// A table's class in one of its Regions; 0 is the home.
    pub(super) fn class(&self, table: &TableDesign<'m>, region: usize) -> TableClass {
        let replica = region.checked_sub(1).and_then(|at| table.table.replicas.0.get_index(at));
        let there = replica.and_then(|(_, replica)| replica.as_ref()?.class);
        self.terms.class.or(there).or(table.table.class).unwrap_or(TableClass::Standard)
    }
}

/// Whether a table has replicas, so that its writes are replicated ones in every Region.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/global-tables-billing.html>
pub(super) fn is_replicated(table: &TableDesign<'_>) -> bool {
    !table.table.replicas.0.is_empty()
}

/// The usage of a month.
pub(super) fn usage<'m>(basis: &Basis<'_, 'm>) -> Vec<Usage<'m>> {
    let charges = basis.load.patterns.iter().map(|pattern| pattern.charges().count()).sum();
    let mut all = Vec::with_capacity(charges);
    requests(basis, &mut all);
    unplanned(basis, &mut all);
    let parts = provisioned::parts(basis);
    for (index, table) in basis.design.tables.iter().enumerate() {
        let id = TableId(index);
        if basis.billing(table) == Billing::Provisioned {
            provisioned::capacity(basis, id, table, &parts, &mut all);
        }
        storage::storage(basis, id, table, &mut all);
        storage::backups(basis, id, table, &mut all);
        capture::expiry(basis, id, table, &mut all);
        capture::streams(basis, id, table, &mut all);
    }
    capture::changes(basis, &mut all);
    all
}

/// Patterns that nobody can price yet: not designed, or not served.
fn unplanned<'m>(basis: &Basis<'_, 'm>, all: &mut Vec<Usage<'m>>) {
    for (index, (pattern, load)) in basis.design.patterns.iter().zip(&basis.load.patterns).enumerate() {
        if pattern.pattern.served_by.is_some() || load.requests.iter().any(|request| !request.charges.is_empty()) {
            continue;
        }
        let entity = pattern.entities.first().and_then(|id| basis.design.entity(*id));
        let table = entity.and_then(|entity| entity.table).unwrap_or(TableId(0));
        let Some(path) = basis.design.table(table).and_then(|table| table.paths.first().copied()) else { continue };
        let why = match pattern.pattern.undecided {
            Some(true) => Unknown::Undecided(index),
            _ => Unknown::Unserved(index),
        };
        all.push(Usage {
            source: Source { region: basis.home(), table, path, entity: None, pattern: Some(index) },
            what: What::Reads,
            item: Item::RequestRead(TableClass::Standard),
            quantity: Err(Missing::Load(why)),
        });
    }
}

/// Requests of tables that pay for each.
fn requests<'m>(basis: &Basis<'_, 'm>, all: &mut Vec<Usage<'m>>) {
    let regions: Vec<Vec<&str>> = basis.design.tables.iter().map(|table| basis.regions(table)).collect();
    for (index, (pattern, load)) in basis.design.patterns.iter().zip(&basis.load.patterns).enumerate() {
        for (request, consumed) in pattern.requests.iter().zip(&load.requests) {
            for charge in &consumed.charges {
                let Some(path) = basis.design.path(charge.path) else { continue };
                let (Some(table), Some(regions)) = (basis.design.table(path.table), regions.get(path.table.0)) else {
                    continue;
                };
                if basis.billing(table) == Billing::Provisioned {
                    continue;
                }
                let called = called_in(basis.design, pattern, path.table);
                for (position, region) in regions.iter().enumerate() {
                    let units = units_in(charge, called, position);
                    if units == Ok(Decimal::ZERO) {
                        continue;
                    }
                    let class = basis.class(table, position);
                    let item = match charge.why.is_write() {
                        false => Item::RequestRead(class),
                        true if is_replicated(table) && !path.is_global() => Item::RequestReplicatedWrite(class),
                        true => Item::RequestWrite(class),
                    };
                    let quantity = units.and_then(|units| Ok(units.saturating_mul(load.calls.monthly?)));
                    let source = Source {
                        region,
                        table: path.table,
                        path: charge.path,
                        entity: request.entities.first().copied(),
                        pattern: Some(index),
                    };
                    let mut push = |quantity: Known<'m, Decimal>| {
                        let quantity = quantity.map_err(Missing::Load);
                        all.push(Usage { source, what: What::of(charge.why), item, quantity });
                    };
                    push(quantity);
                    if let (Some(why), Ok(_)) = (load.calls.unknown_chain, quantity) {
                        push(Err(why));
                    }
                }
            }
        }
    }
}

/// The path whose throughput a charge uses.
pub(super) fn component(design: &Design<'_>, path: PathId) -> PathId {
    throughput_path(design, path).unwrap_or(path)
}

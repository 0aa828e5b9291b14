//! Provisioned capacity: how much there is, how much of it each pattern uses, and what stands idle.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::missing::Missing;
use super::terms::{ASSUMED_TARGET_PERCENT, Provisioning};
use super::usage::{Basis, Source, Usage, What, component, is_replicated};
use crate::design::{Design, EntityId, PathId, PathKind, TableDesign, TableId};
use crate::load::{Flow, called_in, units_in};
use crate::model::{AutoScaling, Autoscaled, Billing, Capacity, Replica};
use crate::prices::Item;

/// Decimal places to which units per second are held to be exact, far more than any rate has.
const RATE_DECIMALS: u32 = 15;

/// Provisioned units of one direction, and whether they are the same in every hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) units: Decimal,
    pub(super) steady: Decimal,
}

/// What a model says of the provisioned capacity of a table or global index in one direction.
#[derive(Debug, Clone, Copy)]
pub struct StatedCapacity<'m> {
    /// The bounds, where it is scaled; they win over a fixed capacity.
    pub scaled: Option<&'m Autoscaled>,
    /// The units per second, where they are fixed.
    pub fixed: Option<Decimal>,
    /// Whether the replica itself says it, rather than the table.
    pub is_of_replica: bool,
}

impl<'m> StatedCapacity<'m> {
    /// What the model says of a path in one of its table's Regions; 0 is the home. Write capacity is
    /// the same in every Region; read capacity may differ.
    pub fn of(design: &Design<'m>, path: PathId, is_write: bool, region: usize) -> Option<Self> {
        let path = design.path(path)?;
        if let PathKind::Global(index) = path.kind {
            return Some(Self::pick(index.capacity.as_ref(), index.autoscaling.as_ref(), is_write));
        }
        let table = design.table(path.table)?.table;
        let own = Self::pick(table.capacity.as_ref(), table.autoscaling.as_ref(), is_write);
        let replica = region.checked_sub(1).and_then(|at| table.replicas.0.get_index(at));
        let Some(Replica { capacity, autoscaling, .. }) =
            replica.and_then(|(_, replica)| replica.as_ref()).filter(|_| !is_write)
        else {
            return Some(own);
        };
        let there = Self::pick(capacity.as_ref(), autoscaling.as_ref(), is_write);
        Some(if there.is_said() { Self { is_of_replica: true, ..there } } else { own })
    }

    /// Whether anything is said.
    pub fn is_said(&self) -> bool {
        self.scaled.is_some() || self.fixed.is_some()
    }

    fn pick(capacity: Option<&'m Capacity>, scaling: Option<&'m AutoScaling>, is_write: bool) -> Self {
        let units = |capacity: &Capacity| if is_write { capacity.write } else { capacity.read };
        Self {
            scaled: scaling.and_then(|s| if is_write { s.write.as_ref() } else { s.read.as_ref() }),
            fixed: capacity.and_then(units).map(|count| count.0),
            is_of_replica: false,
        }
    }
}

/// Provisioned units of a table or global index in one of its Regions.
pub(super) fn units<'m>(
    basis: &Basis<'_, 'm>,
    table: &TableDesign<'m>,
    path_id: PathId,
    is_write: bool,
    region: usize,
) -> Result<Units, Missing<'m>> {
    let said = StatedCapacity::of(basis.design, path_id, is_write, region)
        .ok_or(Missing::Capacity { path: path_id, is_write })?;
    let flow = *basis.demands.of(path_id, region).flow(is_write);
    let is_modelled = is_stated(table) && basis.terms.provisioning.keeps_stated();
    match said {
        StatedCapacity { scaled: Some(bounds), .. } if is_modelled => {
            let target = bounds.target.map_or(assumed_target(), |share| share.0);
            let needed = follow(&flow, target)?;
            Ok(Units { units: needed.min(bounds.max.0).max(bounds.min.0), steady: bounds.min.0 })
        }
        StatedCapacity { fixed: Some(units), .. } if is_modelled => Ok(Units { units, steady: units }),
        _ if is_modelled => Err(Missing::Capacity { path: path_id, is_write }),
        _ => match basis.terms.provisioning {
            Provisioning::Scaled | Provisioning::AllScaled => {
                let units = follow(&flow, assumed_target())?.max(Decimal::ONE);
                Ok(Units { units, steady: Decimal::ZERO })
            }
            Provisioning::AtPeak | Provisioning::AllAtPeak => {
                let units = whole_units(flow.peak.whole().map_err(Missing::Load)?).max(Decimal::ONE);
                Ok(Units { units, steady: units })
            }
        },
    }
}

/// Whether the model says what capacity a table has.
pub(super) fn is_stated(table: &TableDesign<'_>) -> bool {
    table.table.billing == Some(Billing::Provisioned)
}

pub(super) fn assumed_target() -> Decimal {
    Decimal::new(i64::from(ASSUMED_TARGET_PERCENT), 2)
}

/// Whole units that keep the target share of them in use on average.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html>
fn follow<'m>(flow: &Flow<'m>, target: Decimal) -> Result<Decimal, Missing<'m>> {
    let average = flow.average.whole().map_err(Missing::Load)?;
    Ok(whole_units(average.checked_div(target).unwrap_or(average)))
}

/// The whole units that are not less. A rate such as 40 a minute has no end as a decimal, and what its
/// last places are off must not buy a unit.
fn whole_units(units: Decimal) -> Decimal {
    units.round_dp(RATE_DECIMALS).ceil()
}

/// The item that provisioned units of a path are priced as.
pub(super) fn item(
    basis: &Basis<'_, '_>,
    table: &TableDesign<'_>,
    path: PathId,
    is_write: bool,
    region: usize,
) -> Item {
    let class = basis.class(table, region);
    let is_global = basis.design.path(path).is_some_and(|path| path.is_global());
    match is_write {
        false => Item::CapacityRead(class),
        true if is_replicated(table) && !is_global => Item::CapacityReplicatedWrite(class),
        true => Item::CapacityWrite(class),
    }
}

/// A component's capacity in one Region and one direction.
type Place = (PathId, usize, bool);

/// What a pattern uses of a component.
pub(super) struct Part<'m> {
    path: PathId,
    entity: Option<EntityId>,
    pattern: usize,
    what: What,
    per_second: Result<Decimal, Missing<'m>>,
}

/// What patterns use of every component of provisioned tables.
pub(super) fn parts<'m>(basis: &Basis<'_, 'm>) -> BTreeMap<Place, Vec<Part<'m>>> {
    let mut parts: BTreeMap<Place, Vec<Part<'m>>> = BTreeMap::new();
    let is_provisioned: Vec<bool> =
        basis.design.tables.iter().map(|table| basis.billing(table) == Billing::Provisioned).collect();
    for (index, (pattern, load)) in basis.design.patterns.iter().zip(&basis.load.patterns).enumerate() {
        for (request, consumed) in pattern.requests.iter().zip(&load.requests) {
            for charge in &consumed.charges {
                let Some(path) = basis.design.path(charge.path) else { continue };
                if is_provisioned.get(path.table.0) != Some(&true) {
                    continue;
                }
                let called = called_in(basis.design, pattern, path.table);
                let regions = basis.design.table(path.table).map_or(1, |table| table.table.replicas.0.len() + 1);
                for region in 0..regions {
                    let units = units_in(charge, called, region);
                    if units == Ok(Decimal::ZERO) {
                        continue;
                    }
                    let place = (component(basis.design, charge.path), region, charge.why.is_write());
                    parts.entry(place).or_default().push(Part {
                        path: charge.path,
                        entity: request.entities.first().copied(),
                        pattern: index,
                        what: What::of(charge.why),
                        per_second: units
                            .and_then(|units| Ok(units.saturating_mul(load.calls.average?)))
                            .map_err(Missing::Load),
                    });
                }
            }
        }
    }
    parts
}

/// Capacity hours of a provisioned table and its global indexes, in every Region.
pub(super) fn capacity<'m>(
    basis: &Basis<'_, 'm>,
    id: TableId,
    table: &TableDesign<'m>,
    parts: &BTreeMap<Place, Vec<Part<'m>>>,
    all: &mut Vec<Usage<'m>>,
) {
    let month_hours = basis.terms.month_hours;
    for path in table.paths.iter().copied().filter(|path| component(basis.design, *path) == *path) {
        for (position, region) in basis.regions(table).into_iter().enumerate() {
            for is_write in [false, true] {
                let source = Source { region, table: id, path, entity: None, pattern: None };
                let item = item(basis, table, path, is_write, position);
                let hours =
                    units(basis, table, path, is_write, position).map(|units| units.units.saturating_mul(month_hours));
                let own = parts.get(&(path, position, is_write)).map(Vec::as_slice).unwrap_or_default();
                split(hours, source, item, own, month_hours, all);
            }
        }
    }
}

/// Splits capacity hours into what each pattern uses and what is idle; patterns that ask for more
/// than there is share it in proportion.
fn split<'m>(
    hours: Result<Decimal, Missing<'m>>,
    source: Source<'m>,
    item: Item,
    parts: &[Part<'m>],
    month_hours: Decimal,
    all: &mut Vec<Usage<'m>>,
) {
    let hours = match hours {
        Ok(hours) => hours,
        Err(why) => {
            all.push(Usage { source, what: What::IdleCapacity, item, quantity: Err(why) });
            return;
        }
    };
    let asked = |part: &Part<'m>| part.per_second.unwrap_or_default().saturating_mul(month_hours);
    let total = parts.iter().map(&asked).fold(Decimal::ZERO, Decimal::saturating_add);
    let is_over = total > hours;
    let mut left = hours;
    for part in parts.iter().filter(|part| part.per_second.is_ok()) {
        let own = asked(part);
        let own = if is_over { hours.saturating_mul(own).checked_div(total).unwrap_or_default() } else { own };
        let own = own.min(left);
        left = left.saturating_sub(own);
        all.push(Usage {
            source: Source { path: part.path, entity: part.entity, pattern: Some(part.pattern), ..source },
            what: part.what,
            item,
            quantity: Ok(own),
        });
    }
    if !left.is_zero() {
        all.push(Usage { source, what: What::IdleCapacity, item, quantity: Ok(left) });
    }
}

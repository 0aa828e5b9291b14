//! Work: items that are read and written for a migration, with units, dollars and time.

use rust_decimal::Decimal;

use super::{Change, Version};
use crate::cost::ASSUMED_REGION;
use crate::design::{EntityDesign, TableDesign};
use crate::load::State;
use crate::model::{Billing, TableClass};
use crate::prices::{Direction, Item, PriceBook};
use crate::service::capacity::{ReadMode, read_units, write_units};

/// How fast a migration writes, in write units per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(pub Decimal);

impl Default for Pace {
    /// What one partition takes.
    fn default() -> Self {
        Self(Decimal::from(crate::service::limits::PARTITION_WRITE_UNITS))
    }
}

/// What writing some items takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Items or index entries.
    pub items: Decimal,
    /// Write units, in one Region.
    pub units: Decimal,
}

impl Effort {
    pub(super) fn add(self, other: Self) -> Self {
        Self { items: self.items.saturating_add(other.items), units: self.units.saturating_add(other.units) }
    }
}

/// The work of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Items and units; nothing where a count or a size is not known.
    pub effort: Option<Effort>,
    /// US dollars for the units, in all Regions; nothing where they or the price are not known.
    pub usd: Option<Decimal>,
    /// Seconds at the pace.
    pub seconds: Option<Decimal>,
    /// Reading the items, where they have to be read first.
    pub scan: Option<Scan>,
}

/// What reading a table once takes, in one Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// Read units, eventually consistent; nothing where a count or a size is not known.
    pub units: Option<Decimal>,
    /// US dollars for them.
    pub usd: Option<Decimal>,
}

impl Work {
    /// Prices some effort on a table: requests on demand, hours of capacity where it is provisioned.
    pub(super) fn on(
        table: &TableDesign<'_>,
        version: &Version<'_, '_>,
        book: &PriceBook,
        pace: Pace,
        effort: Option<Effort>,
    ) -> Self {
        let home = home(version);
        let regions = std::iter::once(home).chain(table.table.replicas.0.keys().map(String::as_str));
        let usd = effort.and_then(|effort| {
            let price = |region| unit_price(book, region, table, Direction::Write);
            regions
                .map(|region| Some(effort.units.saturating_mul(price(region)?)))
                .try_fold(Decimal::ZERO, |total, usd| Some(total.saturating_add(usd?)))
        });
        let seconds = effort.and_then(|effort| effort.units.checked_div(pace.0));
        Self { effort, usd, seconds, scan: None }
    }

    /// The same, with a scan that finds the items: it reads whatever the old table holds.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html>
    pub(super) fn scanning(self, table: &TableDesign<'_>, change: &Change<'_, '_, '_>) -> Self {
        let version = change.old;
        let bytes = |entity: &EntityDesign<'_>| {
            let each = version.figures.load.shapes.of(entity.id)?.item_bytes(&State::default()).ok()?;
            Some(entity.items?.saturating_mul(each))
        };
        let all = table.entities.iter().filter_map(|id| version.design.entity(*id));
        let bytes = all.map(bytes).try_fold(Decimal::ZERO, |sum, one| Some(sum.saturating_add(one?)));
        let units = bytes.map(|bytes| read_units(bytes, ReadMode::Eventual));
        let price = unit_price(change.book, home(version), table, Direction::Read);
        let usd = units.zip(price).map(|(units, price)| units.saturating_mul(price));
        Self { scan: Some(Scan { units, usd }), ..self }
    }
}

/// The home Region of a version.
fn home<'v>(version: &Version<'_, 'v>) -> &'v str {
    version.design.model.region.as_deref().unwrap_or(ASSUMED_REGION)
}

/// US dollars for a unit: a request on demand, a second of capacity where it is provisioned.
fn unit_price(book: &PriceBook, region: &str, table: &TableDesign<'_>, direction: Direction) -> Option<Decimal> {
    let region = book.region(region)?;
    let class = table.table.class.unwrap_or(TableClass::Standard);
    let (is_provisioned, seconds) = match table.table.billing {
        Some(Billing::Provisioned) => (true, Decimal::from(3600)),
        _ => (false, Decimal::ONE),
    };
    let item = match (direction, is_provisioned) {
        (Direction::Read, false) => Item::RequestRead(class),
        (Direction::Read, true) => Item::CapacityRead(class),
        (Direction::Write, false) => Item::RequestWrite(class),
        (Direction::Write, true) => Item::CapacityWrite(class),
    };
    Some(region.price(item)?.paid() / seconds)
}

/// Units of writing every item of an entity of a version once into its table or an index.
pub(super) fn entries(version: &Version<'_, '_>, entity: &EntityDesign<'_>, path_name: Option<&str>) -> Option<Effort> {
    let design = version.design;
    let shape = version.figures.load.shapes.of(entity.id)?;
    let (_, path) = design.paths_of(entity.table?).find(|(_, path)| match path_name {
        None => path.is_table(),
        Some(name) => path.name == name && !path.is_table(),
    })?;
    let usual = State::default();
    let share = shape.membership(path, &usual).ok()?;
    let items = entity.items?.saturating_mul(share);
    let bytes = shape.entry_bytes(design, path, &usual).ok()?;
    Some(Effort { items, units: items.saturating_mul(write_units(Decimal::ZERO, bytes)) })
}

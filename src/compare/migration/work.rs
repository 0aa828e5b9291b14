//! Work: items that are read and written for a migration, with units, dollars and time.

use rust_decimal::Decimal;

use super::Version;
use crate::cost::ASSUMED_REGION;
use crate::design::{EntityDesign, TableDesign};
use crate::load::State;
use crate::model::{Billing, TableClass};
use crate::prices::{Item, PriceBook};
use crate::service::capacity::write_units;

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
        let home = version.design.model.region.as_deref().unwrap_or(ASSUMED_REGION);
        let regions = std::iter::once(home).chain(table.table.replicas.0.keys().map(String::as_str));
        let class = table.table.class.unwrap_or(TableClass::Standard);
        let price = |region: &str| {
            let region = book.region(region)?;
            match table.table.billing {
                Some(Billing::Provisioned) => {
                    Some(region.price(Item::CapacityWrite(class))?.paid() / Decimal::from(3600))
                }
                _ => Some(region.price(Item::RequestWrite(class))?.paid()),
            }
        };
        let usd = effort.and_then(|effort| {
            regions
                .map(|region| Some(effort.units.saturating_mul(price(region)?)))
                .try_fold(Decimal::ZERO, |total, usd| Some(total.saturating_add(usd?)))
        });
        let seconds = effort.and_then(|effort| effort.units.checked_div(pace.0));
        Self { effort, usd, seconds }
    }
}

/// Units of writing every item of an entity once into a table or index, as it is in a version.
pub(super) fn entries(version: &Version<'_, '_>, entity: &EntityDesign<'_>, path_name: Option<&str>) -> Option<Effort> {
    let design = version.design;
    let entity = design.entities.iter().find(|known| known.name == entity.name)?;
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

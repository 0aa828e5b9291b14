//! Storage: items and index entries, continuous backups, and backups on demand.

use rust_decimal::Decimal;

use super::missing::Missing;
use super::usage::{Basis, Source, Usage, What, is_replicated};
use crate::design::{EntityDesign, PathId, TableDesign, TableId};
use crate::load::{State, Unknown};
use crate::prices::Item;
use crate::service::size::{REPLICA_OVERHEAD_BYTES, STORAGE_OVERHEAD_BYTES};

/// Billed bytes of an entity's items in a table or index, overheads included.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub(super) fn stored_bytes<'m>(
    basis: &Basis<'_, 'm>,
    table: &TableDesign<'m>,
    entity: &EntityDesign<'m>,
    path_id: PathId,
) -> Result<Decimal, Missing<'m>> {
    let path = basis.design.path(path_id).ok_or(Missing::Load(Unknown::Items(entity.id)))?;
    let shape = basis.load.shapes.of(entity.id).ok_or(Missing::Load(Unknown::Items(entity.id)))?;
    let usual = State::default();
    let share = shape.membership(path, &usual).map_err(Missing::Load)?;
    if share.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let items = basis.added.items(entity).ok_or(Missing::Load(Unknown::Items(entity.id)))?;
    if items.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let bytes = shape.entry_bytes(basis.design, path, &usual).map_err(Missing::Load)?;
    let overhead =
        STORAGE_OVERHEAD_BYTES + if path.is_table() && is_replicated(table) { REPLICA_OVERHEAD_BYTES } else { 0 };
    Ok(items.saturating_mul(share).saturating_mul(bytes.saturating_add(Decimal::from(overhead))))
}

/// The entities of a table with the paths that they are in.
fn placed<'b, 'm>(
    basis: &Basis<'b, 'm>,
    id: TableId,
) -> impl Iterator<Item = (&'b EntityDesign<'m>, PathId, bool)> + use<'b, 'm> {
    let design = basis.design;
    design.entities_of(id).flat_map(move |(_, entity)| {
        let paths = design.paths_of(id).filter(move |(_, path)| path.is_table() || design.is_in(entity, path));
        paths.map(move |(path_id, path)| (entity, path_id, path.is_global()))
    })
}

/// GB-months of items and entries, in every Region.
pub(super) fn storage<'m>(basis: &Basis<'_, 'm>, id: TableId, table: &TableDesign<'m>, all: &mut Vec<Usage<'m>>) {
    let recovery = |region: usize| {
        let replica = region.checked_sub(1).and_then(|at| table.table.replicas.0.get_index(at));
        let there = replica.and_then(|(_, replica)| replica.as_ref()?.point_in_time_recovery.as_ref());
        there.or(table.table.point_in_time_recovery.as_ref()).is_some_and(|setting| setting.enabled.0)
    };
    for (entity, path, is_global) in placed(basis, id) {
        let gigabytes = stored_bytes(basis, table, entity, path).map(|bytes| bytes / basis.terms.gigabyte.bytes());
        if gigabytes == Ok(Decimal::ZERO) {
            continue;
        }
        for (position, region) in basis.regions(table).into_iter().enumerate() {
            let source = Source { region, table: id, path, entity: Some(entity.id), pattern: None };
            let item = Item::Storage(basis.class(table, position));
            all.push(Usage { source, what: What::Storage, item, quantity: gigabytes });
            // Recovery holds the table and its local indexes.
            // <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-understanding-billing.html>
            if !is_global && recovery(position) {
                let item = Item::PointInTimeRecovery;
                all.push(Usage { source, what: What::PointInTimeRecovery, item, quantity: gigabytes });
            }
        }
    }
}

/// GB-months of the backups on demand that are held at a time, of the table and its local indexes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-understanding-billing.html>
pub(super) fn backups<'m>(basis: &Basis<'_, 'm>, id: TableId, table: &TableDesign<'m>, all: &mut Vec<Usage<'m>>) {
    let Some(backups) = &table.table.backups else { return };
    let month = basis.terms.month_hours.saturating_mul(Decimal::from(3600));
    let held = backups
        .per_month
        .zip(backups.keep)
        .and_then(|(count, keep)| count.0.saturating_mul(keep.seconds()).checked_div(month));
    for (entity, path, is_global) in placed(basis, id) {
        if is_global {
            continue;
        }
        let quantity = held.ok_or(Missing::Backups(id)).and_then(|held| {
            let bytes = stored_bytes(basis, table, entity, path)?;
            Ok((bytes / basis.terms.gigabyte.bytes()).saturating_mul(held))
        });
        let source = Source { region: basis.home(), table: id, path, entity: Some(entity.id), pattern: None };
        all.push(Usage { source, what: What::Backups, item: Item::Backup, quantity });
    }
}

//! Change capture and expiry: Kinesis, streams, and deletes that replicas pay for.

use rust_decimal::Decimal;

use super::missing::Missing;
use super::usage::{Basis, Source, Usage, What, is_replicated};
use crate::design::{EntityDesign, TableDesign, TableId};
use crate::load::{State, Unknown, per_month};
use crate::model::Billing;
use crate::prices::Item;
use crate::service::capacity::write_units;

/// Changes sent to Kinesis: one unit for each KB of a write that changes something.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-understanding-billing.html>
pub(super) fn changes<'m>(basis: &Basis<'_, 'm>, all: &mut Vec<Usage<'m>>) {
    for (index, (pattern, load)) in basis.design.patterns.iter().zip(&basis.load.patterns).enumerate() {
        for (request, consumed) in pattern.requests.iter().zip(&load.requests) {
            for charge in consumed.charges.iter().filter(|charge| charge.changes != Ok(Decimal::ZERO)) {
                let Some(path) = basis.design.path(charge.path) else { continue };
                let captured = basis.design.table(path.table).is_some_and(|t| t.table.kinesis_stream == Some(true));
                if !captured {
                    continue;
                }
                let quantity = charge.changes.and_then(|units| Ok(units.saturating_mul(load.calls.monthly?)));
                all.push(Usage {
                    source: Source {
                        region: basis.home(),
                        table: path.table,
                        path: charge.path,
                        entity: request.entities.first().copied(),
                        pattern: Some(index),
                    },
                    what: What::ChangeCapture,
                    item: Item::ChangeCapture,
                    quantity: quantity.map_err(Missing::Load),
                });
            }
        }
    }
}

/// Items that expire in a month once as many go as come, with the units of one delete; nothing where
/// no item of the entity expires.
fn expiring<'m>(
    basis: &Basis<'_, 'm>,
    table: &TableDesign<'m>,
    entity: &EntityDesign<'m>,
) -> Option<Result<Decimal, Missing<'m>>> {
    let attribute = table.table.time_to_live.as_deref()?;
    if entity.is_closed() && !entity.knows(attribute) {
        return None;
    }
    let said = entity.attribute(attribute);
    let units = || {
        let growth = entity.entity.growth.ok_or(Missing::Growth(entity.id))?;
        let share = match said.map(|attribute| (attribute.present, attribute.optional)) {
            Some((Some(present), _)) => present.0,
            Some((None, Some(true))) => {
                let name = entity.entity.attributes.get_key_value(attribute).map_or("", |(name, _)| name.as_str());
                return Err(Missing::Load(Unknown::Presence { entity: entity.id, attribute: name }));
            }
            _ => Decimal::ONE,
        };
        let shape = basis.load.shapes.of(entity.id).ok_or(Missing::Growth(entity.id))?;
        let bytes = shape.item_bytes(&State::default()).map_err(Missing::Load)?;
        let deletes = per_month(growth, basis.terms.month_hours).saturating_mul(share);
        Ok(deletes.saturating_mul(write_units(bytes, Decimal::ZERO)))
    };
    Some(units())
}

/// Expiry costs nothing where it happens; every other Region pays for the delete, and so does Kinesis.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html>
pub(super) fn expiry<'m>(basis: &Basis<'_, 'm>, id: TableId, table: &TableDesign<'m>, all: &mut Vec<Usage<'m>>) {
    let Some(path) = table.paths.first().copied() else { return };
    let is_captured = table.table.kinesis_stream == Some(true);
    if !is_replicated(table) && !is_captured {
        return;
    }
    for (_, entity) in basis.design.entities_of(id) {
        let Some(quantity) = expiring(basis, table, entity) else { continue };
        let source = Source { region: basis.home(), table: id, path, entity: Some(entity.id), pattern: None };
        if is_captured {
            all.push(Usage { source, what: What::ChangeCapture, item: Item::ChangeCapture, quantity });
        }
        // Provisioned replicas delete with the write capacity that they have.
        if basis.billing(table) == Billing::Provisioned {
            continue;
        }
        for (position, region) in basis.regions(table).into_iter().enumerate().skip(1) {
            let item = Item::RequestReplicatedWrite(basis.class(table, position));
            all.push(Usage { source: Source { region, ..source }, what: What::ReplicatedExpiry, item, quantity });
        }
    }
}

/// Streams are read for free by Lambda and by global tables; other readers pay for every request,
/// whether it brings records or not.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CostOptimization_StreamsUsage.html>
pub(super) fn streams<'m>(basis: &Basis<'_, 'm>, id: TableId, table: &TableDesign<'m>, all: &mut Vec<Usage<'m>>) {
    let (Some(stream), Some(path)) = (&table.table.stream, table.paths.first().copied()) else { return };
    let is_read = stream.readers.iter().any(|reader| !reader.eq_ignore_ascii_case("lambda"));
    if is_read || stream.reads.is_some() {
        let reads = stream.reads.map(|rate| per_month(rate, basis.terms.month_hours));
        all.push(Usage {
            source: Source { region: basis.home(), table: id, path, entity: None, pattern: None },
            what: What::ChangeCapture,
            item: Item::StreamsRead,
            quantity: reads.ok_or(Missing::StreamReads(id)),
        });
    }
}

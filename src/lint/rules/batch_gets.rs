//! Batches of items that lie beside each other.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::cost::What;
use crate::design::{AccessPath, EntityDesign};
use crate::lint::amounts::{LEAST_USD, about, exact, part, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};
use crate::load::State;
use crate::model::{Consistency, Operation, Operator};
use crate::plan::consistency;
use crate::prices::Direction;
use crate::service::capacity::{PagedRead, ReadMode};
use crate::units::Count;

pub(super) const RULES: &[Rule] =
    &[rule!("batch-get-in-one-collection", Capacity, Advice, batch_get_in_one_collection)];

/// A batch is rounded up item by item, a query once a page.
fn batch_get_in_one_collection(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let dollars: BTreeMap<usize, Decimal> = context.figures.bill.by(|line| {
        let is_read = line.what == What::Reads;
        line.source.filter(|_| is_read)?.pattern
    });
    for planned in context.requests() {
        // What the items of several actions have in common is not said.
        let is_batch = planned.pattern.pattern.operation == Some(Operation::BatchGet);
        if !is_batch || planned.request.action.is_some() {
            continue;
        }
        let (Some((path, access)), Some(entity)) = (planned.access(context.design), context.entity_of(planned.request))
        else {
            continue;
        };
        let Some(wanted) = access.queries else { continue };
        let Some(collection) = collection(context, path, entity) else { continue };
        let is = |name: &str, operator: Operator| {
            planned.request.conditions.get(name).is_some_and(|condition| condition.operator == operator)
        };
        let of = |keys: &[&str]| -> Vec<String> {
            let fills = keys.iter().filter_map(|key| entity.fills.get(*key));
            fills.flat_map(|fill| fill.template.attributes().map(str::to_owned)).collect()
        };
        let one_partition = of(&path.partition).iter().all(|name| is(name, Operator::Equals));
        if !one_partition || !of(&path.sort).iter().any(|name| is(name, Operator::In)) {
            continue;
        }
        let load = context.figures.load.patterns.get(planned.index);
        let Some(batch) = load.and_then(|load| load.units(Direction::Read).ok()) else { continue };
        let shape = context.figures.load.shapes.of(entity.id);
        let Some(bytes) = shape.and_then(|shape| shape.item_bytes(&State::default()).ok()) else { continue };
        let mode = match consistency(context.design, planned.pattern) {
            Consistency::Strong => ReadMode::Strong,
            Consistency::Eventual => ReadMode::Eventual,
        };
        let query =
            PagedRead { items: collection, item_bytes: bytes, fetched_bytes: None, limit: None, most_pages: None };
        let query = query.read(mode).units;
        let saved = dollars.get(&planned.index).copied().unwrap_or_default();
        let saved = saved.saturating_mul(Decimal::ONE.saturating_sub(part(query, batch)));
        if batch <= query.saturating_mul(Decimal::TWO) || saved < LEAST_USD {
            continue;
        }
        found.push(
            Finding::new(
                Place::value(planned.pattern.place.key("operation")),
                format!("`{}` gets {} items of one key value one by one", planned.pattern.name, Count(wanted)),
            )
            .label(format!("{} a call", units_of(batch, "read")))
            .related(Place::key(path.place.clone()), "they lie together here")
            .why(format!(
                "A batch rounds every item up to 4 KB: {}. A query rounds once a page, and reads all {} items of {} bytes of the key value for {}. The difference is {} a month.",
                units_of(batch, "read"), about(collection), about(bytes), units_of(query, "read"), usd(saved)
            ))
            .help("write `operation: query` with the equality alone, and pick the wanted items in the application")
            .number("batch_units_per_call", exact(batch))
            .number("query_units_per_call", exact(query))
            .number("saved_usd_per_month", exact(saved)),
        );
    }
}

/// Items of a partition key value where they are all of one entity, and their number is known.
fn collection(context: &Context<'_, '_>, path: &AccessPath<'_>, entity: &EntityDesign<'_>) -> Option<Decimal> {
    let [_] = context.design.table(path.table)?.entities.as_slice() else { return None };
    let [key] = path.partition.as_slice() else { return None };
    let attribute = entity.fills.get(*key)?.template.copied()?;
    entity.items?.checked_div(*entity.distinct.get(attribute)?)
}

//! The load of a design as JSON: sizes, units per call, rates, heat.

use crate::IndexMap;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::cost::Missing;
use crate::design::{AccessPath, Design, EntityDesign, PathKind, PatternDesign, TableId};
use crate::load::{Basis, Consumed, Contribution, Demands, Known, Load, PatternLoad, Spot, State, called_in, units_in};
use crate::service::capacity::{ReadMode, read_units, write_units};

/// A decimal as a JSON text, so that no reader makes a binary float of it.
pub(super) fn number(value: Decimal) -> Value {
    Value::from(value.normalize().to_string())
}

/// A number that may be unknown: then null.
pub(super) fn known(value: Known<'_, Decimal>) -> Value {
    value.map_or(Value::Null, number)
}

/// What a pattern consumes.
pub(super) fn pattern<'m>(design: &Design<'m>, pattern: &PatternDesign<'m>, load: &PatternLoad<'m>) -> Value {
    let mut unknown: Vec<String> = Vec::new();
    for charge in load.charges() {
        if let Err(why) = charge.units {
            let message = Missing::Load(why).describe(design).1;
            if !unknown.contains(&message) {
                unknown.push(message);
            }
        }
    }
    json!({
        "pattern": pattern.name,
        "calls": {
            "average_per_second": known(load.calls.average.map(|calls| calls.round_dp(9))),
            "peak_per_second": known(load.calls.whole_peak().map(|calls| calls.round_dp(9))),
            "per_month": known(load.calls.monthly.map(|calls| calls.round_dp(9))),
            "chained_per_second": number(load.calls.chained.round_dp(9)),
        },
        "per_call": per_call(design, pattern, load, None),
        "per_call_in_replicas": remote(design, pattern, load),
        "charges": load.requests.iter().zip(&pattern.requests).flat_map(|(load, request)| {
            load.charges.iter().map(move |charge| json!({
                "entity": request.entities.first().and_then(|id| design.entity(*id)).map(|entity| entity.name),
                "table": design.path(charge.path).map(|path| path.table_name),
                "index": design.path(charge.path).filter(|path| !path.is_table()).map(|path| path.name),
                "why": why(charge.why),
                "units": known(charge.units),
                "pages": charge.pages.map(number),
            }))
        }).collect::<Vec<_>>(),
        "unknown": unknown,
    })
}

fn why(consumed: Consumed) -> &'static str {
    match consumed {
        Consumed::Read => "read",
        Consumed::SecondRead => "second_read",
        Consumed::Repeat => "repeat",
        Consumed::Write => "write",
        Consumed::IndexWrite => "index_write",
    }
}

/// Units of both directions.
#[derive(Debug, Clone, Copy)]
struct Units<'m> {
    read: Known<'m, Decimal>,
    write: Known<'m, Decimal>,
}

impl Default for Units<'_> {
    fn default() -> Self {
        Self { read: Ok(Decimal::ZERO), write: Ok(Decimal::ZERO) }
    }
}

impl<'m> Units<'m> {
    fn add(&mut self, is_write: bool, units: Known<'m, Decimal>) {
        let sum = if is_write { &mut self.write } else { &mut self.read };
        *sum = sum.and_then(|total| Ok(total.saturating_add(units?)));
    }

    fn json(&self) -> Value {
        json!({ "read": known(self.read), "write": known(self.write) })
    }
}

/// Units of a table and its indexes.
#[derive(Debug, Default)]
struct TableUnits<'m> {
    own: Units<'m>,
    indexes: IndexMap<&'m str, Units<'m>>,
    local_indexes: IndexMap<&'m str, Units<'m>>,
}

/// Units of one call by table and index in a replica Region, or at home: of the tables that are there.
/// Writes of local indexes count with the table and are listed beside it.
fn per_call<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    load: &PatternLoad<'m>,
    region: Option<&str>,
) -> Value {
    let mut tables: IndexMap<&'m str, TableUnits<'m>> = IndexMap::default();
    for charge in load.charges() {
        let Some(path) = design.path(charge.path) else { continue };
        let position = match region {
            Some(region) => {
                replicas(design, path.table).position(|replica| replica == region).map(|position| position + 1)
            }
            None => Some(0),
        };
        let Some(position) = position else { continue };
        let units = units_in(charge, called_in(design, pattern, path.table), position);
        let is_write = charge.why.is_write();
        let table = tables.entry(path.table_name).or_default();
        match path.kind {
            PathKind::Table => table.own.add(is_write, units),
            PathKind::Global(_) => table.indexes.entry(path.name).or_default().add(is_write, units),
            PathKind::Local(_) => {
                table.own.add(is_write, units);
                table.local_indexes.entry(path.name).or_default().add(is_write, units);
            }
        }
    }
    let named = |indexes: &IndexMap<&str, Units<'_>>| -> Map<String, Value> {
        indexes.iter().map(|(name, units)| ((*name).to_owned(), units.json())).collect()
    };
    let all = tables.iter().map(|(name, table)| {
        let value = json!({
            "read": known(table.own.read),
            "write": known(table.own.write),
            "indexes": named(&table.indexes),
            "local_indexes": named(&table.local_indexes),
        });
        ((*name).to_owned(), value)
    });
    Value::Object(all.collect())
}

/// Units of one call in each replica Region of the tables that it is about.
fn remote<'m>(design: &Design<'m>, pattern: &PatternDesign<'m>, load: &PatternLoad<'m>) -> Value {
    let mut all = Map::new();
    for path in load.charges().filter_map(|charge| design.path(charge.path)) {
        for region in replicas(design, path.table) {
            if !all.contains_key(region) {
                all.insert(region.to_owned(), per_call(design, pattern, load, Some(region)));
            }
        }
    }
    Value::Object(all)
}

/// The other Regions of a table.
fn replicas<'m>(design: &Design<'m>, table: TableId) -> impl Iterator<Item = &'m str> {
    let table = design.table(table).map(|table| table.table);
    table.into_iter().flat_map(|table| table.replicas.0.keys().map(String::as_str))
}

/// Units of reading so many bytes by key, and of writing them.
fn units(bytes: Decimal) -> Value {
    let read = |mode| number(read_units(bytes, mode));
    json!({
        "read_eventual": read(ReadMode::Eventual),
        "read_strong": read(ReadMode::Strong),
        "read_transactional": read(ReadMode::Transactional),
        "write": number(write_units(Decimal::ZERO, bytes)),
    })
}

/// The sizes of an entity's items and of its entries in every index.
pub(super) fn entity(design: &Design<'_>, entity: &EntityDesign<'_>, load: &Load<'_>) -> Value {
    let Some(shape) = load.shapes.of(entity.id) else { return Value::Null };
    let usual = State::default();
    let write = |bytes| write_units(Decimal::ZERO, bytes);
    let (largest, is_complete) = shape.largest_item();
    let indexes: Map<String, Value> = entity
        .table
        .into_iter()
        .flat_map(|table| design.paths_of(table))
        .filter(|(_, path)| !path.is_table() && design.is_in(entity, path))
        .map(|(_, path)| {
            let (largest, is_complete) = shape.largest_entry(design, path);
            let value = json!({
                "entry_bytes": known(shape.entry_bytes(design, path, &usual)),
                "largest_entry_bytes": number(largest),
                "is_largest_known": is_complete,
                "write_units": known(shape.entry_bytes(design, path, &usual).map(write)),
                "largest_write_units": number(write(largest)),
                "share_of_items": known(shape.membership(path, &usual)),
            });
            (path.name.to_owned(), value)
        })
        .collect();
    json!({
        "entity": entity.name,
        "items": entity.items.map(number),
        "item_bytes": known(shape.item_bytes(&usual)),
        "largest_item_bytes": number(largest),
        "is_largest_known": is_complete,
        "units": shape.item_bytes(&usual).map_or(Value::Null, units),
        "largest_units": units(largest),
        "indexes": indexes,
    })
}

/// The demand of a table or global index in its home Region.
pub(super) fn demand(demands: &Demands<'_>, path: &AccessPath<'_>) -> Value {
    let demand = demands.of(path.id, 0);
    let flow = |is_write: bool| {
        let flow = demand.flow(is_write);
        json!({
            "average": number(flow.average.known.round_dp(9)),
            "is_average_complete": flow.average.unknown.is_none(),
            "peak": number(flow.peak.known.round_dp(9)),
            "is_peak_complete": flow.peak.unknown.is_none(),
        })
    };
    json!({
        "table": path.table_name,
        "index": (!path.is_table()).then_some(path.name),
        "read_units_per_second": flow(false),
        "write_units_per_second": flow(true),
    })
}

/// A busy key value.
pub(super) fn spot(design: &Design<'_>, spot: &Spot<'_>) -> Value {
    let path = design.path(spot.path);
    let side = |is_write: bool| {
        json!({
            "units_per_second": number(spot.units(is_write).round_dp(6)),
            "share_of_ceiling": number(spot.heat(is_write).round_dp(6)),
        })
    };
    json!({
        "table": path.map(|path| path.table_name),
        "index": path.filter(|path| !path.is_table()).map(|path| path.name),
        "region": region_of(design, spot),
        "key": &*spot.key,
        "reads": side(false),
        "writes": side(true),
        "basis": match spot.basis() {
            Basis::Even => "even_traffic",
            Basis::Newest => "newest_items",
            Basis::Items => "shares_of_items",
            Basis::Stated => "stated",
        },
        "is_complete": spot.unknown().next().is_none(),
        "shards_needed": number(spot.shards()),
        "from": spot.contributions.iter().map(|part| contribution(design, part)).collect::<Vec<_>>(),
    })
}

fn contribution(design: &Design<'_>, part: &Contribution<'_>) -> Value {
    json!({
        "pattern": design.patterns.get(part.pattern).map(|pattern| pattern.name),
        "direction": if part.is_write { "write" } else { "read" },
        "share_of_calls": number(part.share.round_dp(12)),
        "units_per_second": known(part.units.map(|units| units.round_dp(6))),
        "is_average": part.is_average,
    })
}

/// The Region of a spot: a replica's name, or the home's where the model gives it.
fn region_of<'d>(design: &'d Design<'_>, spot: &Spot<'_>) -> Option<&'d str> {
    let table = design.table(design.path(spot.path)?.table)?.table;
    match spot.region.checked_sub(1) {
        Some(replica) => table.replicas.0.get_index(replica).map(|(name, _)| name.as_str()),
        None => design.model.region.as_deref(),
    }
}

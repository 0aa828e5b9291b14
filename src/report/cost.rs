//! Bills as JSON.

use serde_json::{Map, Value, json};

use super::load::{demand, entity, number, pattern, spot};
use crate::cost::{Account, Bill, Gigabyte, Line, Terms};
use crate::design::Design;
use crate::load::Spot;
use crate::prices::FreeTier;

/// Everything that a bill is made of.
pub struct Costing<'a, 'm> {
    /// What the bill is made from.
    pub account: Account<'a, 'm>,
    /// What it is made with.
    pub terms: &'a Terms<'m>,
    /// The bill.
    pub bill: Bill<'m>,
    /// The busiest key values.
    pub heat: Vec<Spot<'m>>,
}

/// A bill as JSON: units, heat, lines, what is missing.
pub fn to_json(costing: &Costing<'_, '_>) -> Value {
    let Account { design, load, demands, book } = costing.account;
    let bill = &costing.bill;
    let patterns = design.patterns.iter().zip(&load.patterns);
    json!({
        "version": 1,
        "keyplan": env!("CARGO_PKG_VERSION"),
        "currency": "USD",
        "region": bill.region,
        "is_region_assumed": bill.is_region_assumed,
        "terms": {
            "hours_per_month": number(costing.terms.month_hours),
            "gigabyte_bytes": number(costing.terms.gigabyte.bytes()),
            "is_gigabyte_binary": costing.terms.gigabyte == Gigabyte::Binary,
            "free_tier": costing.terms.free_tier == FreeTier::Applied,
        },
        "total": { "usd_per_month": number(bill.total()), "is_complete": bill.is_complete(), "unknown": bill.gaps.len() },
        "lines": bill.lines.iter().map(|line| line_json(design, line)).collect::<Vec<_>>(),
        "unknown": bill.gaps.iter().map(|gap| {
            let (place, message) = gap.missing.describe(design);
            json!({
                "what": gap.what.words(),
                "region": gap.source.region,
                "table": design.table(gap.source.table).map(|table| table.name),
                "pattern": gap.source.pattern.and_then(|p| design.patterns.get(p)).map(|p| p.name),
                "path": place.to_string(),
                "message": message,
            })
        }).collect::<Vec<_>>(),
        "patterns": patterns.map(|(design_pattern, load)| pattern(design, design_pattern, load)).collect::<Vec<_>>(),
        "entities": design.entities.iter().map(|e| entity(design, e, load)).collect::<Vec<_>>(),
        "demand": design.paths.iter().enumerate().filter(|(_, path)| path.is_table() || path.is_global()).map(|(index, path)| {
            let mut value = demand(demands, crate::design::PathId(index));
            value["table"] = path.table_name.into();
            value["index"] = (!path.is_table()).then_some(path.name).into();
            value
        }).collect::<Vec<_>>(),
        "heat": costing.heat.iter().map(|s| spot(design, s)).collect::<Vec<_>>(),
        "prices": {
            "date": book.date().to_string(),
            "used": bill.prices.iter().map(|price| json!({
                "region": price.region,
                "item": price.item.as_str(),
                "unit": price.unit,
                "usd": number(price.usd),
                "rate_code": price.rate_code,
                "as_of": price.as_of.to_string(),
                "source": price.source,
            })).collect::<Vec<_>>(),
        },
    })
}

fn line_json(design: &Design<'_>, line: &Line<'_>) -> Value {
    let mut value = Map::new();
    let path = line.source.and_then(|source| design.path(source.path));
    let mut put = |name: &str, field: Value| {
        value.insert(name.to_owned(), field);
    };
    put("region", line.region.into());
    put("table", path.map(|path| path.table_name).into());
    put("index", path.filter(|path| !path.is_table()).map(|path| path.name).into());
    let entity = line.source.and_then(|source| design.entity(source.entity?));
    put("entity", entity.map(|entity| entity.name).into());
    let pattern = line.source.and_then(|source| design.patterns.get(source.pattern?));
    put("pattern", pattern.map(|pattern| pattern.name).into());
    put("what", line.what.words().into());
    put("item", line.item.as_str().into());
    put("quantity", number(line.quantity));
    put("usd_per_unit", number(line.usd));
    put("usd_per_month", number(line.amount));
    Value::Object(value)
}

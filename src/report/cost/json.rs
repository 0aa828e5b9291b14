//! Bills as JSON.

use serde_json::{Map, Value, json};

use super::Costing;
use super::group::{By, groups};
use super::ways::break_even_json;
use crate::cost::{Commitment, Gigabyte, Line};
use crate::design::Design;
use crate::prices::{FreeTier, Term};
use crate::report::load::{demand, entity, number, pattern, spot};

/// A bill as JSON: units, heat, lines, what is missing.
pub fn to_json(costing: &Costing<'_, '_>) -> Value {
    let Costing { design, figures, .. } = costing;
    let (load, demands, bill) = (&figures.load, &figures.demands, &figures.bill);
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
            "commitment": commitment(costing.terms.commitment),
            "scale": number(costing.scale),
        },
        "assumptions": costing.assumptions(),
        "total": { "usd_per_month": number(bill.total()), "is_complete": bill.is_complete(), "unknown": bill.gaps.len() },
        "by": grouped(costing),
        "alternatives": costing.alternatives.iter().map(|way| json!({
            "name": way.name,
            "usd_per_month": number(way.total),
            "unknown": way.gaps,
            "is_current": way.is_current,
            "is_cheapest": way.is_cheapest,
            "is_cheapest_without_commitment": way.is_cheapest_uncommitted,
            "tables": design.tables.iter().zip(&way.tables).map(|(table, usd)| (table.name.to_owned(), number(*usd))).collect::<Map<_, _>>(),
        })).collect::<Vec<_>>(),
        "break_even": costing.break_even.as_ref().map(break_even_json),
        "growth": costing.growth.iter().map(|point| json!({
            "month": point.month,
            "gigabytes": number(point.gigabytes.round_dp(9)),
            "storage_usd_per_month": number(point.storage),
            "usd_per_month": number(point.total),
            "is_complete": point.is_complete,
        })).collect::<Vec<_>>(),
        "regions": costing.regions.iter().map(|region| json!({
            "region": region.code,
            "name": region.name,
            "usd_per_month": number(region.total),
            "is_complete": region.is_complete,
        })).collect::<Vec<_>>(),
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
        "demand": design.paths.iter().filter(|path| path.is_table() || path.is_global()).map(|path| demand(demands, path)).collect::<Vec<_>>(),
        "heat": figures.heat.iter().map(|s| spot(design, s)).collect::<Vec<_>>(),
        "prices": {
            "date": costing.seen().to_string(),
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

fn commitment(commitment: Commitment) -> Option<&'static str> {
    match commitment {
        Commitment::None => None,
        Commitment::SavingsPlan => Some("savings_plan"),
        Commitment::Reserved(Term::OneYear) => Some("reserved_1y"),
        Commitment::Reserved(Term::ThreeYears) => Some("reserved_3y"),
    }
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

/// The bill summed up in every way.
fn grouped(costing: &Costing<'_, '_>) -> Value {
    let ways = [
        ("table", By::Table),
        ("index", By::Index),
        ("entity", By::Entity),
        ("pattern", By::Pattern),
        ("what", By::What),
        ("region", By::Region),
    ];
    let of = |by| -> Vec<Value> {
        groups(costing.design, &costing.figures.bill, by)
            .into_iter()
            .map(|group| {
                json!({
                    "name": group.name,
                    "reads": number(group.reads),
                    "writes": number(group.writes),
                    "storage": number(group.storage),
                    "other": number(group.other),
                    "usd_per_month": number(group.total),
                    "unknown": group.unknown,
                })
            })
            .collect()
    };
    Value::Object(ways.into_iter().map(|(name, by)| (name.to_owned(), of(by).into())).collect())
}

//! A bill as CSV: one row for each line.

use std::io::Write;

use super::Costing;
use crate::report::Written;

/// Writes every line of a bill, and every part without an amount with an empty one.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, costing: &Costing<'_, '_>) -> Written {
    let design = costing.design;
    let bill = &costing.figures.bill;
    let mut rows = ::csv::Writer::from_writer(out);
    rows.write_record([
        "region",
        "table",
        "index",
        "entity",
        "pattern",
        "what",
        "item",
        "quantity",
        "unit",
        "usd_per_unit",
        "usd_per_month",
        "rate_code",
        "price_as_of",
        "missing",
    ])?;
    let name = |source: Option<&crate::cost::Source<'_>>| {
        let path = source.and_then(|source| design.path(source.path));
        [
            path.map(|path| path.table_name).unwrap_or_default(),
            path.filter(|path| !path.is_table()).map(|path| path.name).unwrap_or_default(),
            source.and_then(|source| design.entity(source.entity?)).map(|e| e.name).unwrap_or_default(),
            source.and_then(|source| design.patterns.get(source.pattern?)).map(|p| p.name).unwrap_or_default(),
        ]
    };
    for line in &bill.lines {
        let [table, index, entity, pattern] = name(line.source.as_ref());
        let price = bill.prices.iter().find(|price| price.region == line.region && price.item == line.item);
        rows.write_record([
            line.region,
            table,
            index,
            entity,
            pattern,
            line.what.words(),
            line.item.as_str(),
            &line.quantity.normalize().to_string(),
            price.map(|price| price.unit.as_str()).unwrap_or_default(),
            &line.usd.normalize().to_string(),
            &line.amount.normalize().to_string(),
            price.and_then(|price| price.rate_code.as_deref()).unwrap_or_default(),
            &price.map(|price| price.as_of.to_string()).unwrap_or_default(),
            "",
        ])?;
    }
    for gap in &bill.gaps {
        let [table, index, entity, pattern] = name(Some(&gap.source));
        let (_, missing) = gap.missing.describe(design);
        let what = gap.what.words();
        rows.write_record([
            gap.source.region,
            table,
            index,
            entity,
            pattern,
            what,
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            &missing,
        ])?;
    }
    rows.flush()
}

//! Items as lines of DynamoDB's JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::dataset::Dataset;
use super::value::item_to_json;

/// Writes one item a line: with its table, or for one table alone as an import from S3 wants it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html>
///
/// # Errors
/// When the output cannot be written.
pub fn write(out: &mut dyn Write, dataset: &Dataset, table: Option<&str>) -> io::Result<()> {
    for (name, items) in dataset.tables.iter().filter(|(name, _)| table.is_none_or(|table| table == *name)) {
        for made in items {
            let item = Value::Object(item_to_json(&made.item));
            let line = match table {
                Some(_) => json!({ "Item": item }),
                None => json!({ "table": name, "item": item }),
            };
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}

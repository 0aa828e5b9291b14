//! `keyplan size`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{CommandError, Outcome, inputs};
use crate::service::capacity::{ReadMode, read_units, write_units};
use crate::service::size::{ITEM_BYTES, item_size, value_size};

/// The arguments of `size`.
#[derive(Debug, Args)]
pub(super) struct SizeArguments {
    /// An item as JSON: a file, `-` for standard input, or the JSON itself. Values stand in
    /// DynamoDB's form (`{"N": "12.5"}`) or plainly.
    item: String,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Prints the size of an item, attribute by attribute, and what reading and writing it consumes.
pub(super) fn run(arguments: &SizeArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let item = item(&arguments.item)?;
    let wrong =
        || CommandError::Input("a value is neither DynamoDB's JSON nor plain JSON that an item can hold".to_owned());
    let sizes: Vec<(&String, u64)> = item
        .iter()
        .map(|(name, value)| Ok((name, value_size(value).ok_or_else(wrong)?)))
        .collect::<Result<_, CommandError>>()?;
    let bytes = item_size(&item).ok_or_else(wrong)?;
    let size = Decimal::from(bytes);
    let units = |mode| read_units(size, mode).normalize();
    let (eventual, strong, transactional) =
        (units(ReadMode::Eventual), units(ReadMode::Strong), units(ReadMode::Transactional));
    let writes = write_units(Decimal::ZERO, size).normalize();
    if arguments.format == Format::Json {
        let attributes: Map<String, Value> = sizes
            .iter()
            .map(|(name, value)| ((*name).clone(), json!({ "name": name.len(), "value": value })))
            .collect();
        let output = json!({
            "bytes": bytes,
            "share_of_limit": (size / Decimal::from(ITEM_BYTES)).round_dp(6).to_string(),
            "attributes": attributes,
            "read_units": { "eventual": eventual.to_string(), "strong": strong.to_string(), "transactional": transactional.to_string() },
            "write_units": writes.to_string(),
        });
        serde_json::to_writer_pretty(&mut *out, &output).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(Outcome::Clean);
    }
    for (name, value) in &sizes {
        writeln!(out, "{:>8}  {name} ({} + {value})", name.len() as u64 + value, name.len())?;
    }
    writeln!(out, "{bytes:>8}  bytes of {ITEM_BYTES}")?;
    writeln!(
        out,
        "a read takes {eventual} units eventually consistent, {strong} strongly, {transactional} in a transaction; a write {writes}"
    )?;
    Ok(Outcome::Clean)
}

fn item(argument: &str) -> Result<Map<String, Value>, CommandError> {
    let (name, text) = if argument.trim_start().starts_with('{') {
        ("the item".to_owned(), argument.to_owned())
    } else {
        let file = inputs::read(&[PathBuf::from(argument)])?.pop();
        match file {
            Some(Ok(file)) => (file.name.clone(), file.text),
            Some(Err(bad)) => return Err(CommandError::Input(format!("{}: {}", bad.0.name, bad.1.message))),
            None => return Err(CommandError::Usage("name one item".to_owned())),
        }
    };
    match serde_json::from_str(&text) {
        // As `get-item` prints it.
        Ok(Value::Object(mut fields)) if fields.len() == 1 && fields.get("Item").is_some_and(Value::is_object) => {
            match fields.remove("Item") {
                Some(Value::Object(item)) => Ok(item),
                _ => Ok(fields),
            }
        }
        Ok(Value::Object(item)) => Ok(item),
        Ok(_) => Err(CommandError::Input(format!("{name}: an item is a JSON object"))),
        Err(error) => Err(CommandError::Input(format!("{name}: {error}"))),
    }
}

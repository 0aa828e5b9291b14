//! `keyplan size`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rust_decimal::Decimal;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::output::Readers;
use super::{CommandError, Outcome, inputs};
use crate::service::capacity::{ReadMode, read_units, write_units};
use crate::service::size::{ITEM_BYTES, item_size, value_size};
use crate::units::grouped;

/// The arguments of `size`.
#[derive(Debug, Args)]
pub(super) struct SizeArguments {
    /// An item as JSON: a file, `-` for standard input, or the JSON itself. Values stand in
    /// DynamoDB's form (`{"N": "12.5"}`) or plainly.
    item: String,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Readers::Human)]
    format: Readers,
}

/// Prints the size of an item, attribute by attribute, and what reading and writing it consumes.
pub(super) fn run(arguments: &SizeArguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let item = item(&arguments.item)?;
    let wrong = |name: &str| {
        CommandError::Input(format!(
            "`{name}` has a value that DynamoDB does not store: a number has at most 38 digits and is 0 or from 1E-130 to 9.99E+125"
        ))
    };
    let sizes: Vec<(&String, u64)> = item
        .iter()
        .map(|(name, value)| Ok((name, value_size(value).ok_or_else(|| wrong(name))?)))
        .collect::<Result<_, CommandError>>()?;
    let bytes = item_size(&item).unwrap_or_default();
    let size = Decimal::from(bytes);
    let units = |mode| read_units(size, mode).normalize();
    let (eventual, strong, transactional) =
        (units(ReadMode::Eventual), units(ReadMode::Strong), units(ReadMode::Transactional));
    let writes = write_units(Decimal::ZERO, size).normalize();
    if arguments.format == Readers::Json {
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
    writeln!(out, "{bytes:>8}  bytes of {}", grouped(&ITEM_BYTES.to_string()))?;
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
    let bad = |why: String| CommandError::Input(format!("{name}: {why}"));
    serde_json::from_str::<IgnoredAny>(&text).map_err(|error| bad(error.to_string()))?;
    if !text.trim_start().starts_with('{') {
        return Err(bad("an item is a JSON object".to_owned()));
    }
    let mut fields: Map<String, Value> =
        serde_json::from_str(&with_typed_numbers(&text)).map_err(|error| bad(error.to_string()))?;
    // As `get-item` prints it.
    let is_answer = fields.len() == 1;
    match fields.get_mut("Item") {
        Some(Value::Object(item)) if is_answer => Ok(std::mem::take(item)),
        _ => Ok(fields),
    }
}

/// JSON whose bare numbers stand in DynamoDB's form: as text they keep all of their digits, which a
/// floating-point number of 64 bits does not.
fn with_typed_numbers(json: &str) -> String {
    let mut typed = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, token) = rest.split_at(start);
        typed.push_str(before);
        let is_text = token.starts_with('"');
        let length = if is_text { text_length(token) } else { number_length(token) };
        let (token, after) = token.split_at(length);
        if is_text {
            typed.push_str(token);
        } else {
            typed.push_str("{\"N\":\"");
            typed.push_str(token);
            typed.push_str("\"}");
        }
        rest = after;
    }
    typed.push_str(rest);
    typed
}

/// Bytes of the text that JSON begins with, quotes included.
fn text_length(json: &str) -> usize {
    let mut is_escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(json.len(), |end| end + 2)
}

/// Bytes of the number that JSON begins with.
fn number_length(json: &str) -> usize {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
    json.find(|c| !is_part(c)).unwrap_or(json.len())
}

//! Sample rows that other tools keep beside a table: what attributes hold, as far as the samples
//! agree, and how large their values are.

use crate::IndexMap;

use super::node::{Node, Value};
use crate::model::{Attribute, AttributeType};
use crate::service::size::value_size;
use crate::units::Bytes;

/// The value of one attribute in one row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// The type it has there.
    pub(super) kind: AttributeType,
    /// Its text, without spaces around it; nothing for lists, maps and what stands for a value that
    /// somebody has still to fill in.
    pub(super) text: Option<String>,
    /// The size in bytes; nothing where the value is broken.
    pub(super) size: Option<u64>,
    /// Spaces or tabs were around the text.
    pub(super) is_padded: bool,
    /// The text is a placeholder such as `<email>`.
    pub(super) is_placeholder: bool,
}

/// One row: the cells by attribute, in the order of the file.
pub(super) type Row = IndexMap<String, Cell>;

/// A row of DynamoDB's JSON (`{"id": {"S": "1"}}`) or of plain JSON.
pub(super) fn row(node: &Node) -> Row {
    node.entries().map(|(name, value)| (name.to_owned(), cell(value))).collect()
}

fn cell(node: &Node) -> Cell {
    let typed = match &node.value {
        Value::Map(map) if map.len() == 1 => {
            map.first().and_then(|(letter, inner)| Some((from_letters(letter)?, inner)))
        }
        _ => None,
    };
    let (kind, inner) = typed.unwrap_or((plain_kind(node), node));
    let written = match kind {
        AttributeType::String | AttributeType::Number | AttributeType::Binary => inner.word(),
        _ => None,
    };
    let trimmed = written.map(str::trim);
    let is_placeholder = trimmed.is_some_and(|text| text.len() > 2 && text.starts_with('<') && text.ends_with('>'));
    Cell {
        kind,
        size: if is_placeholder { None } else { value_size(&to_json(node)) },
        is_padded: trimmed != written,
        text: trimmed.filter(|text| !text.is_empty() && !is_placeholder).map(str::to_owned),
        is_placeholder,
    }
}

/// The type of DynamoDB's letters.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>
pub(super) fn from_letters(letters: &str) -> Option<AttributeType> {
    Some(match letters {
        "S" => AttributeType::String,
        "N" => AttributeType::Number,
        "B" => AttributeType::Binary,
        "BOOL" => AttributeType::Boolean,
        "NULL" => AttributeType::Null,
        "L" => AttributeType::List,
        "M" => AttributeType::Map,
        "SS" => AttributeType::StringSet,
        "NS" => AttributeType::NumberSet,
        "BS" => AttributeType::BinarySet,
        _ => return None,
    })
}

fn plain_kind(node: &Node) -> AttributeType {
    match &node.value {
        Value::Nothing | Value::Unknown(_) => AttributeType::Null,
        Value::Boolean(_) => AttributeType::Boolean,
        Value::Number(_) => AttributeType::Number,
        Value::Text(_) => AttributeType::String,
        Value::List(_) => AttributeType::List,
        Value::Map(_) => AttributeType::Map,
    }
}

/// A node as JSON. Depth is that of the document.
fn to_json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Nothing | Value::Unknown(_) => serde_json::Value::Null,
        Value::Boolean(yes) => serde_json::Value::Bool(*yes),
        Value::Number(digits) => {
            serde_json::from_str(digits).unwrap_or_else(|_| serde_json::Value::String(digits.clone()))
        }
        Value::Text(text) => serde_json::Value::String(text.clone()),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(map) => {
            serde_json::Value::Object(map.iter().map(|(key, value)| (key.clone(), to_json(value))).collect())
        }
    }
}

/// An attribute as the rows show it.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Its type or format, its average and its largest size, and whether rows lack it.
    pub(super) attribute: Attribute,
    /// What is doubtful about it, in words that follow its name.
    pub(super) doubts: Vec<String>,
    /// Every text is a number.
    pub(super) holds_numbers: bool,
}

/// What the cells of one attribute show; `declared` is the type that the file gives it.
pub(super) fn shown(cells: &[&Cell], rows: usize, declared: Option<AttributeType>) -> Shown {
    let mut shown = Shown::default();
    let mut kinds: Vec<AttributeType> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.kind != AttributeType::Null) {
        if !kinds.contains(&cell.kind) {
            kinds.push(cell.kind);
        }
    }
    let kind = declared.or_else(|| kinds.first().copied()).unwrap_or_default();
    if kinds.len() > 1 {
        shown.doubts.push("has values of several types".to_owned());
    } else if let (Some(declared), [only]) = (declared, kinds.as_slice())
        && declared != *only
    {
        shown.doubts.push(format!("is declared as {} and holds {}", letters(declared), letters(*only)));
    }
    let texts: Vec<&str> = cells.iter().filter_map(|cell| cell.text.as_deref()).collect();
    let is_text = kind == AttributeType::String && kinds.iter().all(|kind| *kind == AttributeType::String);
    shown.holds_numbers = is_text && !texts.is_empty() && texts.iter().all(|text| is_number(text));
    shown.attribute.kind = if is_text { format_of(&texts).unwrap_or(kind) } else { kind };
    if is_text && shown.attribute.kind == AttributeType::String {
        let times = texts.iter().filter(|text| looks_like_time(text)).count();
        let mut lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        lengths.sort_unstable();
        if times > 1 && times == texts.len() && lengths.first() != lengths.last() {
            shown.doubts.push("has times in several formats".to_owned());
        }
    }
    if cells.iter().any(|cell| cell.is_padded) {
        shown.doubts.push("has spaces or tabs around a value, which were left out".to_owned());
    }
    if cells.iter().any(|cell| cell.is_placeholder) {
        shown.doubts.push("has a placeholder instead of a value".to_owned());
    }
    if texts.iter().any(|text| is_doubled(text)) {
        shown.doubts.push("has a value that stands twice in a row".to_owned());
    }
    if cells.len() < rows {
        shown.attribute.optional = Some(true);
    }
    // A format says its size itself.
    if matches!(
        shown.attribute.kind,
        AttributeType::String
            | AttributeType::Number
            | AttributeType::Binary
            | AttributeType::List
            | AttributeType::Map
            | AttributeType::StringSet
            | AttributeType::NumberSet
            | AttributeType::BinarySet
    ) {
        let sizes: Vec<u64> = cells.iter().filter_map(|cell| cell.size).filter(|size| *size > 0).collect();
        let total = sizes.iter().fold(0_u64, |total, size| total.saturating_add(*size));
        if let (Some(largest), count @ 1..) = (sizes.iter().max(), sizes.len() as u64) {
            let average = total.div_ceil(count);
            shown.attribute.size = Some(Bytes(average));
            shown.attribute.max_size = (*largest > average).then_some(Bytes(*largest));
        }
    }
    shown
}

/// The letters of a type.
fn letters(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Number | AttributeType::Epoch | AttributeType::EpochMs => "a number (N)",
        AttributeType::Binary => "binary (B)",
        AttributeType::Boolean => "true or false (BOOL)",
        AttributeType::Null => "nothing (NULL)",
        AttributeType::List => "a list (L)",
        AttributeType::Map => "a map (M)",
        AttributeType::StringSet => "a set of strings (SS)",
        AttributeType::NumberSet => "a set of numbers (NS)",
        AttributeType::BinarySet => "a set of binaries (BS)",
        _ => "text (S)",
    }
}

/// The format that every one of the texts has; nothing where they do not agree.
pub(super) fn format_of(texts: &[&str]) -> Option<AttributeType> {
    let all = |test: fn(&str) -> bool| !texts.is_empty() && texts.iter().all(|text| test(text));
    [
        (AttributeType::Uuid, is_uuid as fn(&str) -> bool),
        (AttributeType::Timestamp, is_timestamp),
        (AttributeType::Date, |text| fits(text, "dddd-dd-dd")),
        // Twenty-six letters can be a word; a ULID has digits too.
        (AttributeType::Ulid, is_ulid),
    ]
    .into_iter()
    .find(|(_, test)| all(*test))
    .map(|(kind, _)| kind)
}

/// Whether a text follows a pattern of `d` (digit), `h` (hexadecimal digit) and itself.
fn fits(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(b, p)| match p {
            b'd' => b.is_ascii_digit(),
            b'h' => b.is_ascii_hexdigit(),
            other => b == other,
        })
}

fn is_uuid(text: &str) -> bool {
    fits(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh")
}

fn is_timestamp(text: &str) -> bool {
    fits(text, "dddd-dd-ddTdd:dd:dd.dddZ")
}

fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.starts_with(|c: char| ('0'..='7').contains(&c))
        && text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'H' | b'J' | b'K' | b'M' | b'N' | b'P'..=b'T' | b'V'..=b'Z'))
        && text.bytes().any(|b| b.is_ascii_uppercase())
}

/// Whether a text begins as an ISO-8601 day does.
pub(super) fn looks_like_time(text: &str) -> bool {
    text.get(..10).is_some_and(|day| fits(day, "dddd-dd-dd"))
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    // A leading zero is wanted by whoever wrote it: `00123` is text.
    !(unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with("0."))
        && unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && unsigned.parse::<f64>().is_ok()
}

/// Whether a longer text with spaces is the same text twice, as a paste gone wrong leaves it.
fn is_doubled(text: &str) -> bool {
    let halves = text.split_at_checked(text.len() / 2);
    text.len() >= 16 && text.contains(' ') && halves.is_some_and(|(one, other)| one == other)
}

//! References to tables, which stand for their names until all names are known.
//!
//! Two resources may have the same name, in different Regions or by mistake, and a name may be
//! unknown; what refers to a table by its resource finds it all the same.

use std::collections::BTreeMap;

use super::scope::unknown;
use crate::interop::node::{Node, Value};

/// Private characters around an address: no file has a reason to use them.
const START: char = '\u{F0000}';
const END: char = '\u{F0001}';

/// The text that stands for the table of an address.
pub(super) fn token(address: &str) -> String {
    format!("{START}{address}{END}")
}

/// The address of the table that a text refers to.
pub(super) fn address(text: &str) -> Option<&str> {
    let (_, after) = text.split_once(START)?;
    after.split_once(END).map(|(address, _)| address)
}

/// A text with the names of tables for what stands for them; why not, where one is not known.
pub(super) fn named(text: &str, names: &BTreeMap<String, Node>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(START) {
        out.push_str(before);
        let (address, after) = after.split_once(END).unwrap_or((after, ""));
        match names.get(address).map(|name| &name.value) {
            Some(Value::Text(name)) => out.push_str(name),
            Some(Value::Unknown(why)) => return Err(why.clone()),
            _ => return Err(format!("`{address}` has no name")),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Writes names for all references within a value. Recursion is bounded by the depth of values.
pub(super) fn resolve(node: &mut Node, names: &BTreeMap<String, Node>) {
    let origin = node.origin;
    match &mut node.value {
        Value::Text(text) if text.contains(START) => match named(text, names) {
            Ok(known) => *text = known,
            Err(why) => *node = unknown(why, origin),
        },
        Value::List(items) => items.iter_mut().for_each(|item| resolve(item, names)),
        Value::Map(map) => map.values_mut().for_each(|value| resolve(value, names)),
        _ => {}
    }
}

//! Key attributes of items, made from their values by the templates of the design.

use super::clock;
use super::value::{AttributeValue, Attributes};
use crate::design::{ASSUMED_DIGITS, Cut, EntityDesign, Fill, Part};
use crate::model::AttributeType;

/// The value of a key attribute; nothing where the item lacks a part of it, or is not among those that
/// have it.
pub(super) fn key_value(entity: &EntityDesign<'_>, fill: &Fill<'_>, values: &Attributes) -> Option<AttributeValue> {
    let is_let_in = |(name, members): (&String, &crate::model::Literals)| {
        let value = values.get(name).and_then(text_of);
        value.is_some_and(|value| members.0.iter().any(|member| member.text() == value))
    };
    if !fill.when.into_iter().flatten().all(is_let_in) {
        return None;
    }
    if fill.template.is_number {
        return Some(AttributeValue::N(Part::join(&fill.template.parts)));
    }
    if let Some(name) = fill.template.copied() {
        let value = values.get(name)?;
        let is_as_it_is = !fill.declared
            || entity.is_number_key(fill)
            || matches!(value, AttributeValue::S(_) | AttributeValue::B(_));
        if is_as_it_is {
            return Some(value.clone());
        }
    }
    let mut text = String::new();
    for part in fill.template.parts.iter() {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Attribute { name, cut } => text.push_str(&part_text(entity, name, *cut, values.get(&**name)?)?),
        }
    }
    Some(AttributeValue::S(text))
}

/// A value as it stands inside a key.
fn part_text(entity: &EntityDesign<'_>, name: &str, cut: Option<Cut>, value: &AttributeValue) -> Option<String> {
    let kind = entity.kind_of(name);
    if let Some(cut) = cut {
        let milliseconds = |factor: u64| value.text()?.parse::<u64>().ok()?.checked_mul(factor);
        let time = match kind {
            AttributeType::Epoch => clock::timestamp(milliseconds(1_000)?),
            AttributeType::EpochMs => clock::timestamp(milliseconds(1)?),
            _ => text_of(value)?,
        };
        return Some(time.get(..cut.length()).map_or(time.clone(), str::to_owned));
    }
    let attribute = entity.attribute(name);
    let text = text_of(value)?;
    let is_padded = attribute.is_some_and(|attribute| attribute.padded == Some(true));
    let digits = attribute.and_then(|attribute| attribute.digits).unwrap_or(ASSUMED_DIGITS) as usize;
    Some(if is_padded { format!("{text:0>digits$}") } else { text })
}

/// The text of a value that can stand inside a key.
fn text_of(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text.clone()),
        AttributeValue::Bool(is_true) => Some(is_true.to_string()),
        AttributeValue::B(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        _ => None,
    }
}

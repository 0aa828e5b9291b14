//! Values and items that differ from others only as much as they have to.

use super::items::value::{AttributeValue, Attributes, item_size};

/// A value like another, of the same size.
pub(super) fn varied(value: &AttributeValue) -> Option<AttributeValue> {
    let turned = |text: &str, last: char| {
        let mut text = text.to_owned();
        let other = text.pop().map(|c| if c == last { char::from(last as u8 + 1) } else { last });
        text.push(other?);
        Some(text)
    };
    match value {
        AttributeValue::S(text) if text.is_ascii() => turned(text, 'a').map(AttributeValue::S),
        AttributeValue::N(digits) => turned(digits, '1').map(AttributeValue::N),
        AttributeValue::Bool(is_true) => Some(AttributeValue::Bool(!is_true)),
        AttributeValue::L(elements) => elements.last().and_then(varied).map(|last| {
            let kept = elements.iter().take(elements.len().saturating_sub(1)).cloned();
            AttributeValue::L(kept.chain([last]).collect())
        }),
        AttributeValue::M(fields) => {
            fields.iter().find_map(|(name, value)| Some((name, varied(value)?))).map(|(name, value)| {
                let mut fields = fields.clone();
                fields.insert(name.clone(), value);
                AttributeValue::M(fields)
            })
        }
        AttributeValue::B(bytes) => {
            let mut bytes = bytes.clone();
            let last = bytes.pop()?;
            bytes.push(last.wrapping_add(1));
            Some(AttributeValue::B(bytes))
        }
        _ => None,
    }
}

/// Makes an item as large as it is said to be, where it is smaller.
pub(super) fn fill_up(item: &mut Attributes, bytes: u64) {
    const NAME: &str = "_before";
    let size = item_size(item).saturating_add(NAME.len() as u64);
    let left = usize::try_from(bytes.saturating_sub(size).min(crate::service::size::ITEM_BYTES)).unwrap_or(0);
    if left > 0 {
        item.insert(NAME.to_owned(), AttributeValue::S("x".repeat(left)));
    }
}

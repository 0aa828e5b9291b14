//! Whether values keep their order, and their ends, where they stand inside a text key.

use super::disorder::Disorder;
use crate::design::{Cut, Part};
use crate::model::{Attribute, AttributeType, Literal};

/// Whether values of an attribute sort right where they stand inside a text key; if not, why.
pub(super) fn sorts_inside_text(
    attribute: Option<&Attribute>,
    cut: Option<Cut>,
    next: Option<&Part>,
) -> Result<(), Disorder> {
    let Some(attribute) = attribute else { return Ok(()) };
    if cut.is_some() {
        return match attribute.kind {
            AttributeType::Timestamp | AttributeType::Date | AttributeType::String => Ok(()),
            _ => Err(Disorder::NoTime),
        };
    }
    match attribute.kind {
        AttributeType::Number if attribute.padded != Some(true) && listed_length(attribute).is_none() => {
            Err(Disorder::Unpadded)
        }
        _ => match (&attribute.values, next) {
            (Some(values), Some(Part::Text(after))) => {
                let texts: Vec<&str> = values.0.keys().map(Literal::text).collect();
                out_of_order(&texts, after).map_or(Ok(()), |(value, longer)| {
                    let (value, longer, after) = (value.to_owned(), longer.to_owned(), after.to_string());
                    Err(Disorder::Longer { value, longer, after })
                })
            }
            _ => Ok(()),
        },
    }
}

/// The length of an attribute's listed values where they are whole numbers of one length: as text they
/// sort as they count.
fn listed_length(attribute: &Attribute) -> Option<usize> {
    let values = &attribute.values.as_ref()?.0;
    let length = values.keys().next()?.text().len();
    let is_even = |text: &str| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    values.keys().all(|value| is_even(value.text())).then_some(length)
}

/// Whether a fixed end of a range over listed numbers sorts among them as it counts.
pub(super) fn is_end_of_listed(attribute: Option<&Attribute>, end: &str) -> bool {
    let counted = attribute.filter(|it| it.kind == AttributeType::Number && it.padded != Some(true));
    counted.and_then(listed_length).is_none_or(|length| end.len() == length)
}

/// Whether a range of values is a range of the text keys that hold them; if not, why. Stricter than the
/// order, because a range that begins or ends in the wrong place leaves items out and nobody sees it.
pub(super) fn ranges_inside_text(
    attribute: Option<&Attribute>,
    cut: Option<Cut>,
    next: Option<&Part>,
) -> Result<(), String> {
    sorts_inside_text(attribute, cut, next).map_err(|why| why.to_string())?;
    if cut.is_some() {
        return Ok(());
    }
    may_sort_otherwise(attribute, next).map_or(Ok(()), Err)
}

/// Why text may sort otherwise inside a key than by itself, if it may: where one value is the beginning
/// of another, what follows decides. Which values there are is not known, only that text is mostly made
/// of letters and digits.
pub fn may_sort_otherwise(attribute: Option<&Attribute>, next: Option<&Part>) -> Option<String> {
    match next? {
        Part::Attribute { .. } if ends_by_itself(attribute) => None,
        Part::Attribute { name, .. } => Some(format!("nothing ends it before `{name}`, so that decides as well")),
        Part::Text(after) => {
            let is_free = attribute.is_none_or(|it| it.kind == AttributeType::String && it.values.is_none());
            // In ASCII the digits come first, then the letters.
            let is_after_letters = after.bytes().next().is_some_and(|byte| byte > b'A');
            (is_free && is_after_letters)
                .then(|| format!("`{after}` sorts after letters, so `ann{after}` comes after `anna{after}`"))
        }
    }
}

/// Whether nothing tells where a value ends and the next part begins, as in `{a}{b}`: what begins like
/// one value may be a longer one.
pub(super) fn runs_into(attribute: Option<&Attribute>, next: Option<&Part>) -> bool {
    matches!(next, Some(Part::Attribute { .. })) && !ends_by_itself(attribute)
}

/// Whether no value of an attribute is the beginning of another one, so that it needs no delimiter.
fn ends_by_itself(attribute: Option<&Attribute>) -> bool {
    let Some(attribute) = attribute else { return false };
    let is_beginning = |short: &str, long: &str| short != long && long.starts_with(short);
    match &attribute.values {
        Some(values) => {
            let mut texts: Vec<&str> = values.0.keys().map(Literal::text).collect();
            texts.sort_unstable();
            !texts.iter().zip(texts.iter().skip(1)).any(|(value, next)| is_beginning(value, next))
        }
        None => attribute.has_fixed_length(),
    }
}

/// Two values of which the longer begins with the shorter and sorts before it once something follows
/// both.
fn out_of_order<'v>(values: &[&'v str], after: &str) -> Option<(&'v str, &'v str)> {
    let follows = after.bytes().next()?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    // In byte order the values that begin with one come right after it, the lowest first.
    sorted.iter().zip(sorted.iter().skip(1)).find_map(|(value, longer)| {
        let goes_on = longer.strip_prefix(value)?.bytes().next()?;
        (goes_on < follows).then_some((*value, *longer))
    })
}

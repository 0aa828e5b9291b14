//! Whether values keep their order where they stand inside a text key.

use crate::design::{Cut, Part};
use crate::model::{Attribute, AttributeType, Literal};

/// Whether values of an attribute sort right where they stand inside a text key; if not, why.
pub(super) fn sorts_inside_text(
    attribute: Option<&Attribute>,
    cut: Option<Cut>,
    next: Option<&Part>,
) -> Result<(), String> {
    let Some(attribute) = attribute else { return Ok(()) };
    if cut.is_some() {
        return match attribute.kind {
            AttributeType::Timestamp | AttributeType::Date | AttributeType::String => Ok(()),
            _ => Err("only an ISO-8601 time can be cut so that it sorts".to_owned()),
        };
    }
    match attribute.kind {
        AttributeType::Number if attribute.padded != Some(true) => {
            Err("numbers inside text sort as text, so 10 comes before 9; pad them with zeros".to_owned())
        }
        _ => match (&attribute.values, next) {
            (Some(values), Some(Part::Text(after))) => {
                let texts: Vec<&str> = values.0.keys().map(Literal::text).collect();
                out_of_order(&texts, after).map_or(Ok(()), |(value, longer)| {
                    Err(format!("`{longer}` sorts before `{value}{after}`, though it comes after `{value}`"))
                })
            }
            _ => Ok(()),
        },
    }
}

/// Two values of which the longer begins with the shorter and sorts before it once something follows
/// both. Values as they are listed; what free text holds is not known.
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

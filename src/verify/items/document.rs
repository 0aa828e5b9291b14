//! Lists, maps and sets of a size to the byte.

use std::collections::BTreeMap;

use super::format::text;
use super::random::Bytes;
use super::value::AttributeValue;
use crate::service::size::{DOCUMENT_BYTES, ELEMENT_BYTES, NUMBER_BYTES};

/// Bytes of an element or a member, but for the last.
const USUAL: usize = 50;

/// Bytes of a number of ten digits.
const USUAL_NUMBER: usize = 6;

/// A list of texts of so many bytes; the smallest takes three.
pub(super) fn list(size: usize, bytes: &mut Bytes) -> Vec<AttributeValue> {
    let each = usize::try_from(ELEMENT_BYTES).unwrap_or(1);
    let sizes = parts(size.saturating_sub(overhead()), each, USUAL);
    sizes.into_iter().map(|size| AttributeValue::S(text(size.saturating_sub(each), (bytes.next(), 0), bytes))).collect()
}

/// A map of texts of so many bytes; the smallest takes three, and the next five.
pub(super) fn map(size: usize, bytes: &mut Bytes) -> BTreeMap<String, AttributeValue> {
    let each = usize::try_from(ELEMENT_BYTES).unwrap_or(1);
    let sizes = parts(size.saturating_sub(overhead()), each + NAME, USUAL);
    let fields = (0_u64..).zip(sizes).map(|(index, size)| {
        let mut name = format!("f{index:0width$}", width = NAME - 1);
        name.truncate(size.saturating_sub(each));
        let left = size.saturating_sub(each + name.len());
        (name, AttributeValue::S(text(left, (bytes.next(), 0), bytes)))
    });
    // A field has a name, so one byte more than an empty map cannot be had.
    fields.filter(|(name, _)| !name.is_empty()).collect()
}

/// Bytes of the names of a map's fields.
const NAME: usize = 5;

/// Indexes and sizes of the members of a set of texts or binaries.
pub(super) fn members(size: usize) -> impl Iterator<Item = (u64, usize)> {
    (0..).zip(parts(size.max(1), MEMBER, USUAL))
}

/// The least bytes of a member, so that there are enough different ones.
const MEMBER: usize = 4;

/// Indexes and digits of the members of a set of numbers.
pub(super) fn number_members(size: usize) -> impl Iterator<Item = (u64, usize)> {
    let most = usize::try_from(NUMBER_BYTES).unwrap_or(21) - 1;
    (0..).zip(parts(size.max(2), MEMBER, USUAL_NUMBER)).map(move |(index, size)| (index, 2 * (size.min(most) - 1)))
}

fn overhead() -> usize {
    usize::try_from(DOCUMENT_BYTES).unwrap_or(3)
}

/// Parts of a usual size that add up to a whole; the last two take what is left, and none is smaller
/// than the least, unless the whole is.
fn parts(whole: usize, least: usize, usual: usize) -> Vec<usize> {
    let mut parts = Vec::with_capacity(whole / usual + 1);
    let mut left = whole;
    while left >= usual + least {
        parts.push(usual);
        left -= usual;
    }
    if left > 0 {
        parts.push(left);
    }
    parts
}

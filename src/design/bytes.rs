//! Bytes of values: what an attribute or a template takes, on average and at most.

use rust_decimal::Decimal;

use super::{Cut, EntityDesign, Fill, MemberValues, Part, Template};
use crate::model::{Attribute, AttributeType, Literal};
use crate::service::size::{FLAG_BYTES, NUMBER_BYTES, number_size, number_size_of_digits};

/// Digits of a number whose digits the model does not give: as an attribute it takes 6 bytes.
pub const ASSUMED_DIGITS: u32 = 10;

/// Average and largest bytes of an attribute's value, without its name. With `members`, of the
/// items that have one of these values.
pub(crate) fn value_bytes(attribute: &Attribute, members: Option<&[&str]>) -> (Option<Decimal>, Option<Decimal>) {
    let size = |bytes: crate::units::Bytes| Decimal::from(bytes.0);
    let (average, largest) = if attribute.values.is_some() {
        let is_number = is_number(attribute.kind);
        listed_bytes(attribute, members, |value| match (value, is_number) {
            (Literal::Boolean(_), _) => FLAG_BYTES,
            (_, true) => number_size(value.text()).unwrap_or(value.text().len() as u64),
            (_, false) => value.text().len() as u64,
        })
    } else {
        let (average, largest) = kind_bytes(attribute);
        (average.map(Decimal::from), largest.map(Decimal::from))
    };
    let average = attribute.size.map(size).or(average);
    // A stated average says nothing of the largest value, unless the kind fixes both.
    let largest = attribute.max_size.map(size).or(if attribute.size.is_some() && !is_fixed(attribute.kind) {
        None
    } else {
        largest
    });
    (average, largest)
}

/// Average and largest over the listed values: weighted where shares are given.
fn listed_bytes(
    attribute: &Attribute,
    members: Option<&[&str]>,
    size: impl Fn(&Literal) -> u64,
) -> (Option<Decimal>, Option<Decimal>) {
    let Some(values) = &attribute.values else { return (None, None) };
    let listed = || values.0.iter().filter(|(value, _)| members.is_none_or(|some| some.contains(&value.text())));
    let largest = listed().map(|(value, _)| size(value)).max().map(Decimal::from);
    let mut total = Decimal::ZERO;
    let mut weight = Decimal::ZERO;
    let is_weighted = values.0.values().all(Option::is_some);
    for (value, share) in listed() {
        let part = share.filter(|_| is_weighted).map_or(Decimal::ONE, |share| share.0);
        weight = weight.saturating_add(part);
        total = total.saturating_add(part.saturating_mul(Decimal::from(size(value))));
    }
    (total.checked_div(weight), largest)
}

fn is_number(kind: AttributeType) -> bool {
    use AttributeType::{Epoch, EpochMs, Number, NumberSet};
    // A set of one member is as large as the member.
    matches!(kind, Number | Epoch | EpochMs | NumberSet)
}

/// Whether every value of a kind has the same bytes.
fn is_fixed(kind: AttributeType) -> bool {
    use AttributeType::{Boolean, Date, Epoch, EpochMs, Ksuid, Null, Timestamp, Ulid, Uuid};
    matches!(kind, Boolean | Null | Uuid | Ulid | Ksuid | Timestamp | Date | Epoch | EpochMs)
}

/// Bytes that a kind fixes: average and largest.
fn kind_bytes(attribute: &Attribute) -> (Option<u64>, Option<u64>) {
    let same = |bytes| (Some(bytes), Some(bytes));
    match attribute.kind {
        AttributeType::Boolean | AttributeType::Null => same(FLAG_BYTES),
        AttributeType::Number => match attribute.digits {
            Some(digits) => same(number_size_of_digits(digits)),
            None => (Some(number_size_of_digits(ASSUMED_DIGITS)), Some(NUMBER_BYTES)),
        },
        AttributeType::Epoch => same(number_size_of_digits(10)),
        AttributeType::EpochMs => same(number_size_of_digits(13)),
        kind => text_format_bytes(kind).map_or((None, None), same),
    }
}

/// Bytes of a format that is text of a fixed length.
fn text_format_bytes(kind: AttributeType) -> Option<u64> {
    Some(match kind {
        AttributeType::Uuid => 36,
        AttributeType::Ulid => 26,
        AttributeType::Ksuid => 27,
        AttributeType::Timestamp => 24,
        AttributeType::Date => 10,
        _ => return None,
    })
}

/// Average and largest bytes of a key attribute's value, of the items that have some members' values.
pub(crate) fn fill_bytes(
    entity: &EntityDesign<'_>,
    fill: &Fill<'_>,
    members: &MemberValues<'_>,
) -> (Option<Decimal>, Option<Decimal>) {
    match fill.template.copied() {
        Some(name) if !fill.declared || entity.is_number_key(fill) => {
            entity.attribute(name).map_or((None, None), |attribute| value_bytes(attribute, members.of_attribute(name)))
        }
        _ => template_bytes(entity, &fill.template, members),
    }
}

/// Average and largest bytes of a template's value, of the items that have some members' values.
fn template_bytes(
    entity: &EntityDesign<'_>,
    template: &Template,
    members: &MemberValues<'_>,
) -> (Option<Decimal>, Option<Decimal>) {
    if template.is_number {
        let bytes = number_size(&Part::join(&template.parts)).map(Decimal::from);
        return (bytes, bytes);
    }
    let sum = |a: Option<Decimal>, b: Option<Decimal>| a.zip(b).map(|(a, b)| a.saturating_add(b));
    template.parts.iter().fold((Some(Decimal::ZERO), Some(Decimal::ZERO)), |(average, largest), part| {
        let (more, most) = match part {
            Part::Text(text) => {
                let bytes = Some(Decimal::from(text.len()));
                (bytes, bytes)
            }
            Part::Attribute { name, cut } => entity
                .attribute(name)
                .map_or((None, None), |attribute| text_bytes(attribute, *cut, members.of_attribute(name))),
        };
        (sum(average, more), sum(largest, most))
    })
}

/// Bytes of an attribute's value as text inside a key: average and largest.
fn text_bytes(attribute: &Attribute, cut: Option<Cut>, members: Option<&[&str]>) -> (Option<Decimal>, Option<Decimal>) {
    let same = |bytes: u64| (Some(Decimal::from(bytes)), Some(Decimal::from(bytes)));
    if let Some(cut) = cut {
        return same(cut.length() as u64);
    }
    if attribute.values.is_some() {
        return listed_bytes(attribute, members, |value| value.text().len() as u64);
    }
    match attribute.kind {
        AttributeType::Number => same(u64::from(attribute.digits.unwrap_or(ASSUMED_DIGITS))),
        AttributeType::Epoch => same(10),
        AttributeType::EpochMs => same(13),
        _ => value_bytes(attribute, members),
    }
}

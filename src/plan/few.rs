//! Whether partition key values are so few that too much gathers on each, as far as the model's own
//! numbers tell.

use rust_decimal::Decimal;

use crate::design::{EntityDesign, PatternDesign, Request};
use crate::model::{AttributeType, Model, Operation};
use crate::service::limits::PARTITION_WRITE_UNITS;

/// Fewer values than this do not spread a table's writes.
pub const FEW_VALUES: u32 = 10;

/// A collection of this many items is a short list, wherever it lies.
const SHORT_LIST: u32 = 1_000;

/// A tenth of what one partition takes is no heat.
const COOL_SHARE: u32 = 10;

/// How many values an attribute is said to have; nothing where the model does not say.
pub fn declared_values(entity: &EntityDesign<'_>, name: &str) -> Option<Decimal> {
    let attribute = entity.attribute(name)?;
    let listed = attribute.values.as_ref().map(|values| Decimal::from(values.0.len()));
    let boolean = (attribute.kind == AttributeType::Boolean).then_some(Decimal::TWO);
    listed.or(attribute.distinct.map(|count| count.0)).or(attribute.shards.map(Decimal::from)).or(boolean)
}

/// Whether an entity's items, divided among so many key values, stay short lists.
pub fn is_short_list(entity: &EntityDesign<'_>, values: Decimal) -> bool {
    let each = entity.items.map(|items| items.checked_div(values.max(Decimal::ONE)).unwrap_or(items));
    each.is_some_and(|each| each <= Decimal::from(SHORT_LIST)) && entity.entity.growth.is_none()
}

/// Whether the requests of an entity write so seldom, at the peak, that one partition hardly notices;
/// not where nothing writes it, or a rate is missing.
pub fn writes_seldom<'r, 'm: 'r>(
    model: &Model,
    requests: impl Iterator<Item = (&'r PatternDesign<'m>, &'r Request<'m>)>,
) -> bool {
    use Operation::{BatchWrite, Delete, Put, Update};
    let times = model.defaults.peak_to_average.map_or(Decimal::ONE, |count| count.0);
    let mut writes = requests.filter(|(_, it)| matches!(it.operation, Put | Update | Delete | BatchWrite)).map(
        |(pattern, request)| {
            let (peak, rate) = (pattern.pattern.peak, pattern.pattern.rate);
            let average = rate.map(|rate| rate.per_second().saturating_mul(times));
            Some(peak.map(|peak| peak.per_second()).or(average)?.saturating_mul(request.count))
        },
    );
    let Some(first) = writes.next() else { return false };
    let total = writes.fold(first, |sum, one| Some(sum?.saturating_add(one?)));
    total.is_some_and(|total| total.saturating_mul(Decimal::from(COOL_SHARE)) <= Decimal::from(PARTITION_WRITE_UNITS))
}

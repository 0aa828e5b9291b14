//! Time buckets: what a key keeps of a time that it cuts, how many buckets an entity's items lie in,
//! and how many of them a list of times asks for.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::Access;
use super::estimate::values_of_in;
use crate::design::{Cut, EntityDesign, Part, Request};
use crate::model::{AttributeType, Condition, Operator};

/// The seconds of a day.
const DAY: u32 = 86_400;

/// A time that the keys of an access cut, and that the request gives by equality.
pub(super) struct Bucket<'a> {
    /// The attribute.
    pub name: &'a str,
    /// The finest cut of it.
    pub cut: Cut,
    /// The equality or list.
    pub condition: &'a Condition,
}

/// The times that an access knows only by their buckets: all that a key has of them is cut.
pub(super) fn buckets<'a>(request: &'a Request<'_>, access: &'a Access<'_>) -> Vec<Bucket<'a>> {
    let mut found: Vec<Bucket<'a>> = Vec::new();
    let mut whole = BTreeSet::new();
    for part in access.partition.iter().chain(&access.sort).flat_map(|term| &term.prefix) {
        let Part::Attribute { name, cut } = part else { continue };
        let asked = request.conditions.get(&**name);
        let Some(condition) = asked.filter(|it| matches!(it.operator, Operator::Equals | Operator::In)) else {
            continue;
        };
        match (cut, found.iter_mut().find(|bucket| bucket.name == &**name)) {
            (None, _) => {
                whole.insert(&**name);
            }
            (Some(cut), Some(bucket)) if cut.seconds() < bucket.cut.seconds() => bucket.cut = *cut,
            (Some(_), Some(_)) => {}
            (Some(cut), None) => found.push(Bucket { name, cut: *cut, condition }),
        }
    }
    found.retain(|bucket| !whole.contains(bucket.name));
    found
}

impl Bucket<'_> {
    /// How many of the buckets one call reads.
    pub(super) fn asked(&self) -> Option<Decimal> {
        match self.condition.operator {
            Operator::In => listed(self.condition, Some(self.cut)),
            _ => Some(Decimal::ONE),
        }
    }
}

/// How many buckets of a time the items of an entity lie in; nothing where that is not known.
pub(super) fn bucket_count(entity: &EntityDesign<'_>, name: &str, cut: Cut) -> Option<Decimal> {
    let bucket = Decimal::from(cut.seconds());
    let days = entity.distinct.get(name).filter(|_| entity.kind_of(name) == AttributeType::Date);
    // Where nobody says how long they take, days follow each other.
    let seconds = lifetime(entity).or_else(|| Some(days?.saturating_mul(Decimal::from(DAY))))?;
    let count = seconds.checked_div(bucket)?;
    Some(days.map_or(count, |days| count.min(*days)).max(Decimal::ONE))
}

/// The time that an entity's items come from, in seconds: as long as they are kept, else as long as it
/// takes for so many to come.
fn lifetime(entity: &EntityDesign<'_>) -> Option<Decimal> {
    let kept = entity.entity.retention.map(|retention| retention.seconds());
    kept.or_else(|| entity.items?.checked_div(entity.entity.growth?.per_second()))
}

/// How many key values the list of an `in` asks for: times of the same bucket ask for one.
pub(super) fn listed(condition: &Condition, cut: Option<Cut>) -> Option<Decimal> {
    match (&condition.value, cut) {
        (Some(values), Some(cut)) => {
            let kept = |text: &'_ str| text.get(..cut.length()).unwrap_or(text).to_owned();
            let different: BTreeSet<String> = values.0.iter().map(|value| kept(value.text())).collect();
            Some(Decimal::from(different.len()))
        }
        _ => values_of_in(condition),
    }
}

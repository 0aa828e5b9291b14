//! What helps where the heat is that of single items, which no calculated shard divides: a cache or
//! copies for reads; several items that are put together, or a queue, for writes.

use rust_decimal::Decimal;

use super::super::entity_keys::written;
use super::pinned::known_units;
use super::{attribute_of, partition, request_of, warm};
use crate::design::{AccessPath, EntityDesign, Request};
use crate::lint::Context;
use crate::lint::wording::{number, quoted_list};
use crate::load::{Contribution, Spot, ceiling};
use crate::model::{AttributeType, Consistency, Operation, Operator};
use crate::plan::consistency;

/// What a request brings less than this part of the heat with does not decide how writes divide.
const LITTLE: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// How what is written to one item can be divided over several.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Division<'a> {
    /// Numbers, which can be added up if they are counted up.
    Sums(Vec<&'a str>),
    /// Members of a set: each has a shard of its own, so that it stands only once.
    Members(&'a str),
    /// Elements of a list, in any of the items.
    Elements,
    /// The model does not say what is written.
    Unknown,
    /// The last write counts.
    Not,
}

impl<'a> Division<'a> {
    /// How the writes of an entity that heat a value divide.
    pub(super) fn of(context: &Context<'a, '_>, spot: &Spot<'_>, entity: &EntityDesign<'_>) -> Self {
        let mut sums: Vec<&str> = Vec::new();
        let mut others: Option<Self> = None;
        for planned in context.requests_of(entity.id) {
            let lands = |part: &Contribution<'_>| {
                part.pattern == planned.index
                    && request_of(context, part).is_some_and(|request| std::ptr::eq(request, planned.request))
            };
            let units = known_units(spot.parts(true).filter(|part| lands(part)));
            if units <= spot.units(true).saturating_mul(LITTLE) {
                continue;
            }
            let names = written(&planned);
            if planned.operation != Operation::Update {
                return Self::Not;
            }
            if names.is_empty() {
                others = Some(Self::Unknown);
            }
            for (field, name) in names {
                use AttributeType::{BinarySet, List, Number, NumberSet, StringSet};
                let kind = entity.attribute(name).map(|attribute| attribute.kind);
                match (field, kind) {
                    ("appends", Some(StringSet | NumberSet | BinarySet)) => others = Some(Self::Members(name)),
                    ("appends", Some(List)) => others = others.or(Some(Self::Elements)),
                    ("sets" | "adds", Some(Number)) => sums.push(name),
                    // The latest of several times is that of the whole.
                    ("sets" | "adds", Some(kind)) if kind.is_time() => {}
                    (_, None) => others = others.or(Some(Self::Unknown)),
                    _ => return Self::Not,
                }
            }
        }
        sums.sort_unstable();
        sums.dedup();
        match others {
            Some(others) => others,
            None if sums.is_empty() => Self::Not,
            None => Self::Sums(sums),
        }
    }

    /// What has to hold for it, at the beginning of a sentence.
    pub(super) fn condition(&self) -> String {
        match self {
            Self::Sums(names) => {
                let are = if names.len() == 1 { "is" } else { "are" };
                format!("if {} {are} only counted up, ", quoted_list(names.iter().copied()))
            }
            Self::Unknown => "if what is written can be added up, ".to_owned(),
            _ => String::new(),
        }
    }

    /// What becomes of the items when they are read.
    pub(super) fn joined(&self) -> &'static str {
        if matches!(self, Self::Sums(_) | Self::Unknown) { "add them up" } else { "put them together" }
    }

    /// How a write comes to its shard.
    pub(super) fn shard(&self) -> String {
        match self {
            Self::Members(name) => {
                format!("calculates its shard from the member of `{name}` (a hash), so that none stands twice")
            }
            _ => "draws a shard at random".to_owned(),
        }
    }

    /// What to do where it does not hold.
    pub(super) fn otherwise(&self) -> Option<String> {
        matches!(self, Self::Sums(_) | Self::Unknown).then(|| format!("if not, {QUEUE}"))
    }
}

/// What divides writes of which only the last one counts.
pub(super) const QUEUE: &str = "collect the writes to the item in a queue, and write once for many of them";

/// Where nearly all of a value's heat is that of requests that name one of its items.
pub(super) enum ToItems {
    /// All of them name the same item.
    One(String),
    /// Whether they name one or many, the model does not say.
    Any,
}

/// Whether the heat is that of requests for single items of a collection.
pub(super) fn to_items(
    context: &Context<'_, '_>,
    spot: &Spot<'_>,
    path: &AccessPath<'_>,
    entity: &EntityDesign<'_>,
    is_write: bool,
) -> Option<ToItems> {
    let by_key = |part: &&Contribution<'_>| names_item(context, part, entity);
    let rest = spot.units(is_write).saturating_sub(known_units(spot.parts(is_write).filter(by_key)));
    if !path.is_table() || rest > ceiling(is_write).saturating_mul(warm()) {
        return None;
    }
    let in_key: Vec<&str> = partition(entity, path).filter_map(attribute_of).collect();
    let mut others = entity.identity.iter().filter(|name| !in_key.contains(&name.as_str())).peekable();
    let fixed = |name: &str| {
        let mut requests = spot.parts(is_write).filter(by_key).filter_map(|part| request_of(context, part));
        let first = requests.next().and_then(|request| said(request, name))?;
        requests.all(|request| said(request, name).as_ref() == Some(&first)).then_some(first)
    };
    let has_others = others.peek().is_some();
    let values: Option<Vec<String>> =
        others.map(|name| Some(format!("`{name}` is always `{}`", fixed(name)?))).collect();
    Some(values.filter(|_| has_others).map_or(ToItems::Any, |values| ToItems::One(values.join(", "))))
}

/// Whether a request names one item of an entity that is there.
pub(super) fn names_item(context: &Context<'_, '_>, part: &Contribution<'_>, entity: &EntityDesign<'_>) -> bool {
    use Operation::{BatchGet, Delete, Get, TransactGet, Update};
    request_of(context, part).is_some_and(|request| {
        matches!(request.operation, BatchGet | Delete | Get | TransactGet | Update)
            && request.entities.contains(&entity.id)
    })
}

/// The one value of an attribute that a request always has.
fn said(request: &Request<'_>, name: &str) -> Option<String> {
    let condition = request.conditions.get(name).filter(|condition| condition.operator == Operator::Equals)?;
    match condition.value.as_ref()?.0.as_slice() {
        [value] => Some(value.text().to_owned()),
        _ => None,
    }
}

/// What helps reads of single items.
pub(super) fn cached(context: &Context<'_, '_>, spot: &Spot<'_>, copies: Decimal) -> String {
    let patterns = spot.parts(false).filter_map(|part| context.design.patterns.get(part.pattern));
    let mut modes = patterns.map(|pattern| consistency(context.design, pattern));
    let eventually = match modes.any(|mode| mode == Consistency::Strong) {
        true => "read eventually consistently, which halves the units, ",
        false => "",
    };
    format!(
        "{eventually}put a cache in front of it (DAX, or the application's own), or keep {} copies of the item and read one at random",
        number(copies)
    )
}

//! How many items a call evaluates and returns, from counts and selectivity. What is not known
//! stays unknown.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::key::Names;
use super::neighbours::MOST_NEIGHBOURS;
use super::{Access, Filter, OverRead, is_range};
use crate::design::{AccessPath, Design, EntityDesign, MemberValues, Part, PatternDesign, Request, share_of_values};
use crate::model::{Condition, Literal, Operator, Pages};
use crate::units::{Count, Portion, Share};

/// Fills in the items of the wanted entities.
pub(super) fn estimate(
    design: &Design<'_>,
    pattern: &PatternDesign<'_>,
    (request, path): (&Request<'_>, &AccessPath<'_>),
    equal: &Names<'_>,
    ranged: Option<&str>,
    access: &mut Access<'_>,
) {
    if access.is_item {
        access.evaluated = Some(Decimal::ONE);
        access.returned = Some(Decimal::ONE);
        return;
    }
    let entities = request.entities.iter().filter_map(|id| design.entity(*id));
    let mut in_range = Some(Decimal::ZERO);
    let mut returned = Some(Decimal::ZERO);
    for entity in entities {
        let items = keyed(design, entity, (request, path), equal, ranged, access).zip(member_share(
            entity,
            path,
            (equal, ranged),
            request,
        ));
        let items = items.map(|(items, share)| items.saturating_mul(share));
        // What the key has taken its share of already, the filter only keeps to.
        let has_share =
            |name: &str| ranged == Some(name) || bucketed(request, access).is_some_and(|(of, _)| of == name);
        let filters = access.filters.iter().filter(|filter| !has_share(&filter.attribute));
        let left = filters.fold(items, |left, filter| matching(entity, (request, path), filter, left));
        access.in_range.push(items);
        in_range = sum(in_range, items);
        returned = sum(returned, left);
    }
    access.evaluated = in_range;
    access.returned = returned;
    bound_by_limit(pattern, access);
    said(pattern, access);
}

/// The share of what a condition on the key selects that a path holds: the items that have every
/// attribute of its key, and the values that let them in. What is said in items already, is said of
/// the path.
fn member_share(
    entity: &EntityDesign<'_>,
    path: &AccessPath<'_>,
    (equal, ranged): (&Names<'_>, Option<&str>),
    request: &Request<'_>,
) -> Option<Decimal> {
    let in_items = |name: &str| matches!(request.conditions.get(name).and_then(|c| c.matches), Some(Portion::Count(_)));
    if ranged.is_some_and(in_items) || request.conditions.keys().any(|name| in_items(name)) {
        return Some(Decimal::ONE);
    }
    share_in(entity, path, request, |name| equal.contains(name))
}

/// The share of an entity's items that a path holds, of those with the values of `bound` attributes
/// that a request asks for.
pub(super) fn share_in(
    entity: &EntityDesign<'_>,
    path: &AccessPath<'_>,
    request: &Request<'_>,
    bound: impl Fn(&str) -> bool,
) -> Option<Decimal> {
    if path.is_table() {
        return Some(Decimal::ONE);
    }
    let fills = || path.keys().filter_map(|key| entity.fills.get(key));
    let members = MemberValues::of(fills());
    let made_of: BTreeSet<&str> = fills().flat_map(|fill| fill.template.attributes()).collect();
    let needed = made_of.iter().copied().chain(members.iter().map(|(name, _)| name));
    let mut share = Decimal::ONE;
    for name in needed.collect::<BTreeSet<&str>>() {
        let Some(attribute) = entity.attribute(name) else { continue };
        share = match (attribute.present, attribute.optional) {
            // What a key needs together is set together.
            (Some(present), _) => share.min(present.0),
            (None, Some(true)) => return None,
            _ => share,
        };
    }
    for (name, values) in members.iter() {
        let attribute = entity.attribute(name)?;
        let held = share_of_values(attribute, values, None)?;
        let asked = request.conditions.get(name).filter(|c| bound(name) && is_equality(c.operator));
        share = share.saturating_mul(match asked {
            // The share of a value that is asked for counts with the key condition.
            Some(condition) if known_share(entity, name, condition).is_some() => Decimal::ONE,
            // All values of an attribute share the items; those that the path lacks leave theirs to the rest.
            Some(_) => {
                let all = attribute.values.as_ref().map_or(0, |values| values.0.len());
                held.saturating_mul(Decimal::from(all)).checked_div(Decimal::from(values.len())).unwrap_or(held)
            }
            None => held,
        });
    }
    Some(share)
}

fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equals | Operator::In)
}

fn sum(a: Option<Decimal>, b: Option<Decimal>) -> Option<Decimal> {
    a.zip(b).map(|(a, b)| a.saturating_add(b))
}

/// The pattern's own numbers win.
fn said(pattern: &PatternDesign<'_>, access: &mut Access<'_>) {
    if let Some(count) = pattern.pattern.evaluates {
        access.evaluated = Some(count.0);
        access.returned = access.returned.filter(|r| *r <= count.0);
    }
    if let Some(count) = pattern.pattern.returns {
        access.returned = Some(count.0);
    }
}

/// Items of one entity that the key condition selects, over all queries of the call.
fn keyed(
    design: &Design<'_>,
    entity: &EntityDesign<'_>,
    (request, path): (&Request<'_>, &AccessPath<'_>),
    equal: &Names<'_>,
    ranged: Option<&str>,
    access: &Access<'_>,
) -> Option<Decimal> {
    let items = entity.items;
    if access.is_scan {
        return items;
    }
    // A number of items said for an equality is the number in one key value.
    let said = equal.iter().filter_map(|name| request.conditions.get(name.as_ref())).find_map(|condition| {
        match condition.matches {
            Some(Portion::Count(count)) => Some(count.0),
            _ => None,
        }
    });
    let names: Vec<&str> = equal.iter().map(AsRef::as_ref).filter(|name| entity.knows(name)).collect();
    let identified = !entity.identity.is_empty() && entity.identity.iter().all(|name| names.contains(&name.as_str()));
    let per_value = if identified {
        Some(Decimal::ONE)
    } else if let Some(said) = said {
        Some(said)
    } else {
        let shared = valued(entity, request, &names);
        let rest: Vec<&str> = names.iter().copied().filter(|name| !shared.0.contains(name)).collect();
        let groups = design.groups(entity, &rest);
        items.zip(groups).map(|(items, groups)| {
            let share = shared.1;
            (items / groups.max(Decimal::ONE)).saturating_mul(share)
        })
    };
    let values = fan_of_values(request, equal, &valued(entity, request, &names).0);
    let total = per_value.zip(values).map(|(items, values)| items.saturating_mul(values));
    // A number of items is of those in the path, and no more than are there.
    let held = match said {
        Some(_) => total,
        None => total
            .zip(share_in(entity, path, request, |name| equal.contains(name)))
            .map(|(total, share)| total.saturating_mul(share)),
    };
    let within = |condition: &Condition, total| match condition.matches {
        Some(Portion::Count(_)) => range_matching(condition, held),
        _ => range_matching(condition, total),
    };
    let total = match bucketed(request, access) {
        Some((_, condition)) => within(condition, total),
        None => total,
    };
    match ranged {
        Some(name) => match request.conditions.get(name) {
            Some(condition) => within(condition, total),
            None => None,
        },
        None => total,
    }
}

/// The range over a time whose buckets are the partition key: it reads the buckets that it touches.
fn bucketed<'q>(request: &'q Request<'_>, access: &Access<'_>) -> Option<(&'q str, &'q Condition)> {
    access.partition.iter().flat_map(|term| &term.prefix).find_map(|part| match part {
        Part::Attribute { name, cut: Some(_) } => {
            let (name, condition) = request.conditions.get_key_value(&**name)?;
            is_range(condition.operator).then_some((name.as_str(), condition))
        }
        _ => None,
    })
}

/// Equalities with a fixed value whose share of the items is known, and the product of the shares.
pub(super) fn valued<'n>(
    entity: &EntityDesign<'_>,
    request: &Request<'_>,
    names: &[&'n str],
) -> (Vec<&'n str>, Decimal) {
    let mut found = Vec::new();
    let mut share = Decimal::ONE;
    for name in names {
        let Some(condition) = request.conditions.get(*name) else { continue };
        if let Some(known) = known_share(entity, name, condition) {
            found.push(*name);
            share = share.saturating_mul(known);
        }
    }
    (found, share)
}

/// The share of the items that satisfy an equality, where the model says it.
fn known_share(entity: &EntityDesign<'_>, name: &str, condition: &Condition) -> Option<Decimal> {
    match condition.matches {
        Some(Portion::Share(Share(share))) => Some(share),
        _ => share_of_value(entity, name, condition),
    }
}

/// The share of the items that have the condition's value, where `values` gives shares.
fn share_of_value(entity: &EntityDesign<'_>, name: &str, condition: &Condition) -> Option<Decimal> {
    let asked: Vec<&str> = condition.value.as_ref()?.0.iter().map(Literal::text).collect();
    share_of_values(entity.attribute(name)?, &asked, None)
}

/// How many key values one call reads where each holds its own items; those whose shares of the
/// items are known are counted with these. Shards and time buckets split one set of items.
fn fan_of_values(request: &Request<'_>, equal: &Names<'_>, shared: &[&str]) -> Option<Decimal> {
    let listed = request.conditions.iter().filter(|(name, condition)| {
        condition.operator == Operator::In && equal.contains(name.as_str()) && !shared.contains(&name.as_str())
    });
    listed.map(|(_, condition)| values_of_in(condition)).try_fold(Decimal::ONE, |all, n| Some(all.saturating_mul(n?)))
}

/// How many values an `in` has.
pub(super) fn values_of_in(condition: &Condition) -> Option<Decimal> {
    let listed = condition.value.as_ref().map(|values| Decimal::from(values.0.len()));
    condition.count.map(|count| count.0).or(listed)
}

fn range_matching(condition: &Condition, total: Option<Decimal>) -> Option<Decimal> {
    match condition.matches {
        Some(Portion::Share(Share(share))) => total.map(|total| total.saturating_mul(share)),
        Some(Portion::Count(count)) => Some(total.map_or(count.0, |total| total.min(count.0))),
        None => None,
    }
}

/// Items of a path that are left after a filter; unknown when its selectivity is.
fn matching(
    entity: &EntityDesign<'_>,
    (request, path): (&Request<'_>, &AccessPath<'_>),
    Filter { attribute: name, condition, .. }: &Filter<'_>,
    items: Option<Decimal>,
) -> Option<Decimal> {
    if request.entities.len() > 1 && !entity.knows(name) {
        // Of several entities, those without the attribute have no value that could match.
        let lacks = matches!(condition.operator, Operator::NotEquals | Operator::Missing);
        return if lacks { items } else { Some(Decimal::ZERO) };
    }
    match condition.matches {
        Some(Portion::Share(Share(share))) => return items.map(|items| items.saturating_mul(share)),
        Some(Portion::Count(count)) => return Some(items.map_or(count.0, |items| items.min(count.0))),
        None => {}
    }
    let items = items?;
    let fills = || path.keys().filter_map(|key| entity.fills.get(key)).filter(|_| !path.is_table());
    let attribute = entity.attribute(name);
    // Every item of an index has what its key is made of.
    let present = match attribute {
        Some(_) if fills().any(|fill| fill.template.uses(name)) => Some(Decimal::ONE),
        Some(attribute) => match (attribute.present, attribute.optional) {
            (Some(present), _) => Some(present.0),
            (None, Some(true)) => None,
            _ => Some(Decimal::ONE),
        },
        None => None,
    };
    let members = MemberValues::of(fills());
    let of_value = || {
        let asked: Vec<&str> = condition.value.as_ref()?.0.iter().map(Literal::text).collect();
        let Some(members) = members.of_attribute(name) else {
            return Some(items.saturating_mul(share_of_values(attribute?, &asked, None)?));
        };
        let both: Vec<&str> = asked.into_iter().filter(|value| members.contains(value)).collect();
        let (some, all) = (share_of_values(attribute?, &both, None)?, share_of_values(attribute?, members, None)?);
        items.saturating_mul(some).checked_div(all)
    };
    let one_of_many = || items.checked_div(*entity.distinct.get(name.as_str())?.max(&Decimal::ONE));
    let having = |items: Option<Decimal>| Some(items?.saturating_mul(present?));
    match condition.operator {
        Operator::Equals => having(of_value().or_else(one_of_many)),
        Operator::In => having(of_value()),
        // An item without the attribute is not equal to any value.
        Operator::NotEquals => having(of_value()).map(|equal| items.saturating_sub(equal).max(Decimal::ZERO)),
        Operator::Exists => having(Some(items)),
        Operator::Missing => having(Some(items)).map(|having| items.saturating_sub(having)),
        _ => None,
    }
}

/// `limit` bounds what is evaluated, page by page; without it every match is read.
fn bound_by_limit(pattern: &PatternDesign<'_>, access: &mut Access<'_>) {
    let Some(limit) = pattern.pattern.limit else { return };
    let pages = match pattern.pattern.pages {
        Some(Pages::All) => return,
        Some(Pages::Some(pages)) => pages.0,
        None => Decimal::ONE,
    };
    let queries = access.queries.unwrap_or(Decimal::ONE);
    let most = limit.0.saturating_mul(pages).saturating_mul(queries);
    let Some(all) = access.evaluated else {
        // The limit is the most that is read, and what a full collection gives.
        access.evaluated = Some(most);
        // How many of these are of other entities is not known either.
        access.returned = if access.over_read.is_empty() { kept(access, most) } else { None };
        return;
    };
    if all > most {
        access.evaluated = Some(most);
        access.returned = access.returned.map(|some| some.saturating_mul(most).checked_div(all).unwrap_or(some));
    }
}

/// What of so many evaluated items the filters leave; unknown where one does not say its share.
fn kept(access: &Access<'_>, evaluated: Decimal) -> Option<Decimal> {
    access.filters.iter().try_fold(evaluated, |left, filter| match filter.condition.matches {
        Some(Portion::Share(Share(share))) => Some(left.saturating_mul(share)),
        _ => None,
    })
}

/// Adds the items of other entities that lie in the key range. A limit counts them too, so that it
/// bounds all of them together.
pub(super) fn add_neighbours(pattern: &PatternDesign<'_>, access: &mut Access<'_>) {
    if access.is_item {
        return;
    }
    if let Some(Count(evaluated)) = pattern.pattern.evaluates {
        // The number has all that lies in the range; where that is what is asked for, it comes back.
        if access.over_read.is_empty() {
            access.returned = access.returned.or_else(|| kept(access, evaluated));
        }
        return;
    }
    if access.over_read.is_empty() {
        return;
    }
    // Where there may be more of them, their number is not known.
    let listed = Some(Decimal::ZERO).filter(|_| access.over_read.len() < MOST_NEIGHBOURS);
    let more = access.over_read.iter().fold(listed, |total, OverRead { items, .. }| sum(total, *items));
    let own = access.in_range.iter().fold(Some(Decimal::ZERO), |total, items| sum(total, *items));
    if let (Some(own), Some(evaluated), Some(returned)) = (own, access.evaluated, access.returned)
        && own > evaluated
    {
        access.returned = returned.saturating_mul(own).checked_div(evaluated);
    }
    access.evaluated = sum(own, more);
    bound_by_limit(pattern, access);
    said(pattern, access);
}

//! How many items a call evaluates and returns, from counts and selectivity. What is not known
//! stays unknown.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::buckets::{Bucket, bucket_count, buckets};
use super::key::{KeyTerm, Names, TermOperator};
use super::neighbours::MOST_NEIGHBOURS;
use super::{Access, Filter, is_range};
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
    let buckets = buckets(request, access);
    let (mut ranges, mut collections, mut passing) = (Vec::new(), Some(Decimal::ZERO), Vec::new());
    for entity in entities {
        let share = member_share(entity, path, (equal, ranged), request);
        let keyed = keyed(design, entity, (request, path), (equal, &buckets), ranged, access);
        let held = |items: Option<Decimal>| items.zip(share).map(|(items, share)| items.saturating_mul(share));
        let (all, items) = (held(keyed.in_collection), held(keyed.in_range));
        // What the key has taken its share of already, the filter only keeps to.
        let has_share =
            |name: &str| ranged == Some(name) || bucketed(request, access).is_some_and(|(of, _)| of == name);
        let filters = access.filters.iter().filter(|filter| !has_share(&filter.attribute));
        let left =
            filters.fold(items, |left, filter| match buckets.iter().find(|bucket| bucket.name == filter.attribute) {
                Some(bucket) => matching_in_bucket(entity, bucket, left),
                None => matching(entity, (request, path), filter, left),
            });
        ranges.push(items);
        collections = sum(collections, all);
        passing.push(left);
    }
    (access.in_range, access.in_collection, access.matching) = (ranges, collections, passing);
    count_read(pattern, access);
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

fn total(items: &[Option<Decimal>]) -> Option<Decimal> {
    items.iter().copied().fold(Some(Decimal::ZERO), sum)
}

fn sum(a: Option<Decimal>, b: Option<Decimal>) -> Option<Decimal> {
    a.zip(b).map(|(a, b)| a.saturating_add(b))
}

/// Items of one entity that a call selects by its key, over all its queries.
struct Keyed {
    /// By the equalities and the beginning.
    in_collection: Option<Decimal>,
    /// By the whole key condition.
    in_range: Option<Decimal>,
}

fn keyed(
    design: &Design<'_>,
    entity: &EntityDesign<'_>,
    (request, path): (&Request<'_>, &AccessPath<'_>),
    (equal, buckets): (&Names<'_>, &[Bucket<'_>]),
    ranged: Option<&str>,
    access: &Access<'_>,
) -> Keyed {
    let items = entity.items;
    if access.is_scan {
        return Keyed { in_collection: items, in_range: items };
    }
    // A number of items said for an equality is the number in one key value.
    let said = equal.iter().filter_map(|name| request.conditions.get(name.as_ref())).find_map(|condition| {
        match condition.matches {
            Some(Portion::Count(count)) => Some(count.0),
            _ => None,
        }
    });
    let names: Vec<&str> = equal.iter().map(AsRef::as_ref).filter(|name| entity.knows(name)).collect();
    let (shared, share) = valued(entity, request, &names);
    // A bucket whose share is said counts with the shares.
    let buckets: Vec<&Bucket<'_>> = buckets.iter().filter(|bucket| !shared.contains(&bucket.name)).collect();
    let is_bucket = |name: &str| buckets.iter().any(|bucket| bucket.name == name);
    let is_whole_key = path.is_table() && is_whole_key(path, access);
    let is_known = |name: &str| names.contains(&name) && (is_whole_key || !is_bucket(name));
    let per_value = if !entity.identity.is_empty() && entity.identity.iter().all(|name| is_known(name)) {
        Some(Decimal::ONE)
    } else if let Some(said) = said {
        Some(said)
    } else {
        let rest = names.iter().copied().filter(|name| !shared.contains(name) && !is_bucket(name));
        let groups = design.groups(entity, &rest.collect::<Vec<&str>>());
        let groups = buckets.iter().try_fold(groups, |groups, bucket| {
            Some(Some(groups?.saturating_mul(bucket_count(entity, bucket.name, bucket.cut)?)))
        });
        items.zip(groups.flatten()).map(|(items, groups)| {
            let groups = groups.min(items).max(Decimal::ONE);
            items.checked_div(groups).unwrap_or(items).saturating_mul(share)
        })
    };
    let read = buckets.iter().try_fold(Decimal::ONE, |read, bucket| Some(read.saturating_mul(bucket.asked()?)));
    let values = fan_of_values(request, equal, |name| !shared.contains(&name) && !is_bucket(name));
    let values = values.zip(read).map(|(values, read)| values.saturating_mul(read));
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
    let touched = match bucketed(request, access) {
        Some((_, condition)) => within(condition, total),
        None => total,
    };
    let in_range = match ranged {
        Some(name) => request.conditions.get(name).and_then(|condition| within(condition, touched)),
        None => touched,
    };
    Keyed { in_collection: total, in_range }
}

/// Whether every key attribute is bound by equality.
fn is_whole_key(path: &AccessPath<'_>, access: &Access<'_>) -> bool {
    let is_equal = |key: &str, term: &KeyTerm| term.key == key && term.operator == TermOperator::Equals;
    path.keys().all(|key| access.partition.iter().chain(&access.sort).any(|term| is_equal(key, term)))
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
fn fan_of_values(request: &Request<'_>, equal: &Names<'_>, counts: impl Fn(&str) -> bool) -> Option<Decimal> {
    let listed = request.conditions.iter().filter(|(name, condition)| {
        condition.operator == Operator::In && equal.contains(name.as_str()) && counts(name)
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

/// Of the items in some buckets of a time, those of the very times that are asked for.
fn matching_in_bucket(entity: &EntityDesign<'_>, bucket: &Bucket<'_>, items: Option<Decimal>) -> Option<Decimal> {
    let condition = bucket.condition;
    if let Some(Portion::Count(count)) = condition.matches {
        return Some(items.map_or(count.0, |items| items.min(count.0)));
    }
    let one_of_many = || {
        let asked = if condition.operator == Operator::In { values_of_in(condition)? } else { Decimal::ONE };
        asked.checked_div(*entity.distinct.get(bucket.name)?)
    };
    let of_all = known_share(entity, bucket.name, condition).or_else(one_of_many)?;
    let of_buckets =
        of_all.saturating_mul(bucket_count(entity, bucket.name, bucket.cut)?).checked_div(bucket.asked()?)?;
    Some(items?.saturating_mul(of_buckets.min(Decimal::ONE)))
}

/// What of so many evaluated items the filters leave; unknown where one does not say its share.
fn kept(access: &Access<'_>, evaluated: Decimal) -> Option<Decimal> {
    access.filters.iter().try_fold(evaluated, |left, filter| match filter.condition.matches {
        Some(Portion::Share(Share(share))) => Some(left.saturating_mul(share)),
        _ => None,
    })
}

/// How many items one query may evaluate, page by page; nothing where it reads every match.
fn most_of_query(pattern: &PatternDesign<'_>) -> Option<Decimal> {
    let limit = pattern.pattern.limit?.0;
    match pattern.pattern.pages {
        Some(Pages::All) => None,
        Some(Pages::Some(pages)) => Some(limit.saturating_mul(pages.0)),
        None => Some(limit),
    }
}

/// How many items one call may evaluate, over all its queries, where a limit says so.
pub(super) fn most_of_call(pattern: &PatternDesign<'_>, access: &Access<'_>) -> Option<Decimal> {
    Some(most_of_query(pattern)?.saturating_mul(access.queries?))
}

/// Whether a limit ends the queries of an access before they have read every match.
pub(super) fn ends_by_limit(pattern: &PatternDesign<'_>, access: &Access<'_>) -> bool {
    let most = most_of_query(pattern).map(|most| access.queries.map(|queries| queries.saturating_mul(most)));
    most.is_some_and(|most| most.zip(access.evaluated).is_none_or(|(most, evaluated)| evaluated >= most))
}

/// Counts what a call evaluates and returns: of the wanted items and of the others in the key range,
/// as many as the limit lets it read. The pattern's own numbers win.
pub(super) fn count_read(pattern: &PatternDesign<'_>, access: &mut Access<'_>) {
    if access.is_item {
        return;
    }
    let wanted = total(&access.in_range);
    // More of them than are looked for are not counted.
    let is_all = access.over_read.len().saturating_add(access.may_read.len()) < MOST_NEIGHBOURS;
    let others = access.over_read.iter().map(|other| other.items.filter(|_| is_all));
    let others = others.fold(Some(Decimal::ZERO), sum);
    (access.evaluated, access.returned) = match most_of_query(pattern) {
        Some(most) => up_to(access, most, wanted, others),
        None => (sum(wanted, others), total(&access.matching)),
    };
    if let Some(Count(count)) = pattern.pattern.evaluates {
        access.evaluated = Some(count);
        // The number has all that lies in the range; where that is what is asked for, it comes back.
        let all = || kept(access, count).filter(|_| access.over_read.is_empty());
        access.returned = access.returned.filter(|returned| *returned <= count).or_else(all);
    }
    if let Some(Count(count)) = pattern.pattern.returns {
        access.returned = Some(count);
    }
}

/// What a call evaluates and returns where a query ends after so many items.
fn up_to(
    access: &Access<'_>,
    most: Decimal,
    wanted: Option<Decimal>,
    others: Option<Decimal>,
) -> (Option<Decimal>, Option<Decimal>) {
    let Some(most) = access.queries.map(|queries| queries.saturating_mul(most)) else { return (None, None) };
    let matching = total(&access.matching);
    let share = |of: Decimal, all: Decimal| most.saturating_mul(of).checked_div(all);
    match (sum(wanted, others), sum(access.in_collection, others)) {
        (Some(all), _) if all <= most => (Some(all), matching),
        (Some(all), _) => (Some(most), matching.and_then(|matching| share(matching, all))),
        // How many of the few that are there lie in the range is not known.
        (None, Some(there)) if there <= most => (None, matching),
        // The limit is the most that is read, and what a full collection gives.
        (None, Some(there)) => {
            let of_wanted = access.in_collection.and_then(|wanted| share(wanted, there));
            (Some(most), of_wanted.and_then(|items| kept(access, items)))
        }
        (None, None) => (Some(most), kept(access, most).filter(|_| access.over_read.is_empty())),
    }
}

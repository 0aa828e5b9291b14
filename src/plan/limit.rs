//! What a limit reaches: where the templates' texts decide which kinds of items come first, a query that
//! a limit ends reads these kinds and not the others.

use rust_decimal::Decimal;

use super::estimate::most_of_call;
use super::key::TermOperator;
use super::neighbours::MOST_NEIGHBOURS;
use super::{Access, OrderServed};
use crate::design::{AccessPath, Design, EntityDesign, EntityId, Language, PatternDesign, Request};
use crate::model::AttributeType;

/// A kind of items in a key range.
struct Kind {
    /// Its entity's position in the request; nothing for a neighbour.
    wanted: Option<usize>,
    entity: EntityId,
    /// The values of its sort key.
    keys: Language,
    /// How many of its items lie in the range.
    items: Option<Decimal>,
}

/// Leaves what a limit never reaches out of the counts of an access. Kinds whose keys may lie among each
/// other stay a mixture, and so does what is not known.
pub(super) fn end_by_limit<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
    path: &AccessPath<'m>,
    access: &mut Access<'m>,
) {
    let neighbours = access.over_read.len().saturating_add(access.may_read.len());
    if access.is_scan || pattern.pattern.evaluates.is_some() || neighbours >= MOST_NEIGHBOURS {
        return;
    }
    let Some(most) = most_of_call(pattern, access) else { return };
    let backwards = matches!(access.order, OrderServed::Backwards | OrderServed::Merged { backwards: true });
    let is_before = |one: &Language, other: &Language| match backwards {
        true => other.comes_before(one),
        false => one.comes_before(other),
    };
    let Some(key) = open_key(path, access) else { return };
    let Some(kinds) = kinds(design, request, key, access).filter(|kinds| kinds.len() > 1) else { return };
    let groups = in_order(&kinds, is_before);
    let Some(read) = read(&groups, most) else { return };
    for (group, (part, whole)) in groups.iter().zip(&read) {
        let share = |items: &mut Option<Decimal>| {
            *items = items.map(|items| items.saturating_mul(*part).checked_div(*whole).unwrap_or_default());
        };
        for kind in group {
            match kind.wanted {
                Some(position) => {
                    access.in_range.get_mut(position).into_iter().for_each(share);
                    access.matching.get_mut(position).into_iter().for_each(share);
                }
                None => {
                    let found = access.over_read.iter_mut().filter(|other| other.entity == kind.entity);
                    found.for_each(|other| share(&mut other.items));
                }
            }
        }
    }
    let reached = || groups.iter().zip(&read).filter(|(_, (part, _))| !part.is_zero()).flat_map(|(group, _)| group);
    let is_reached = |id: EntityId| match kinds.iter().find(|kind| kind.entity == id) {
        Some(_) => reached().any(|kind| kind.entity == id),
        None => {
            let keys = design.entity(id).and_then(|entity| keys(design, entity, key));
            !keys.is_some_and(|keys| reached().all(|kind| is_before(&kind.keys, &keys)))
        }
    };
    for others in [&mut access.over_read, &mut access.may_read] {
        let (near, far) = std::mem::take(others).into_iter().partition(|other| is_reached(other.entity));
        *others = near;
        access.past_limit.extend::<Vec<_>>(far);
    }
}

/// The kinds of items in a key range; nothing where the order of some is not that of text.
fn kinds<'m>(design: &Design<'m>, request: &Request<'m>, key: &str, access: &Access<'m>) -> Option<Vec<Kind>> {
    let wanted = request.entities.iter().zip(&access.in_range).enumerate();
    let wanted = wanted.map(|(position, (entity, items))| (Some(position), *entity, *items));
    let others = access.over_read.iter().map(|other| (None, other.entity, other.items));
    let all = wanted.chain(others).map(|(wanted, entity, items)| {
        let keys = keys(design, design.entity(entity)?, key)?;
        Some(Kind { wanted, entity, keys, items })
    });
    all.collect()
}

/// The first sort key attribute that an access leaves open.
fn open_key<'m>(path: &AccessPath<'m>, access: &Access<'m>) -> Option<&'m str> {
    let is_bound = |key: &str| access.sort.iter().any(|term| term.key == key && term.operator == TermOperator::Equals);
    path.sort.iter().copied().find(|key| !is_bound(key))
}

/// What an entity has for a key attribute that is text.
fn keys<'m>(design: &Design<'m>, entity: &EntityDesign<'m>, key: &str) -> Option<Language> {
    let fill = entity.fills.get(key)?;
    let is_binary = fill.template.copied().is_some_and(|name| entity.kind_of(name) == AttributeType::Binary);
    (!is_binary && !entity.is_number_key(fill)).then(|| design.language(entity, &fill.template))
}

/// Kinds in the order in which they are read; those of which it is not decided are together.
fn in_order(kinds: &[Kind], is_before: impl Fn(&Language, &Language) -> bool) -> Vec<Vec<&Kind>> {
    let mut ranked: Vec<(usize, &Kind)> = kinds
        .iter()
        .map(|kind| (kinds.iter().filter(|other| is_before(&other.keys, &kind.keys)).count(), kind))
        .collect();
    ranked.sort_by_key(|(before, _)| *before);
    let mut groups: Vec<Vec<&Kind>> = Vec::new();
    let mut rest = ranked.as_slice();
    while !rest.is_empty() {
        let is_first = |count: &usize| {
            let (first, others) = rest.split_at(*count);
            first.iter().all(|(_, one)| others.iter().all(|(_, other)| is_before(&one.keys, &other.keys)))
        };
        let count = (1..rest.len()).find(is_first).unwrap_or(rest.len());
        let (first, others) = rest.split_at(count);
        groups.push(first.iter().map(|(_, kind)| *kind).collect());
        rest = others;
    }
    groups
}

/// Of every group, what is read of how many; nothing where the limit is not reached before the last one,
/// or where that is not known.
fn read(groups: &[Vec<&Kind>], most: Decimal) -> Option<Vec<(Decimal, Decimal)>> {
    let mut left = most;
    let mut read = Vec::new();
    for group in groups {
        if left.is_zero() {
            read.push((Decimal::ZERO, Decimal::ONE));
            continue;
        }
        let items = group.iter().try_fold(Decimal::ZERO, |sum, kind| Some(sum.saturating_add(kind.items?)))?;
        let part = items.min(left);
        read.push((part, items));
        left = left.saturating_sub(part);
    }
    (groups.len() > 1 && left.is_zero()).then_some(read)
}

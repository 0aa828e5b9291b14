//! Neighbours: other entities whose items lie in the key range that a plan reads.

use rust_decimal::Decimal;

use crate::model::Operator;

use super::Access;
use super::buckets::bucket_count;
use super::collections::CollectionIndex;
use super::estimate::{share_in, valued};
use super::key::{KeyTerm, TermOperator};
use crate::design::{AccessPath, Design, EntityDesign, EntityId, Fill, Language, Part, Request, Template};

/// More neighbours than this say nothing new; looking for all of them would take time that grows
/// with the square of a model whose entities all share one collection.
pub(super) const MOST_NEIGHBOURS: usize = 25;

/// So many entities whose keys may lie in a range are looked at.
const MOST_LOOKED_AT: usize = 500;

/// Another entity in the key range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverRead {
    /// The entity.
    pub entity: EntityId,
    /// How many of its items one call reads, where that is known.
    pub items: Option<Decimal>,
    /// Whether a partition key value holds at most one of its items.
    pub is_single: bool,
}

impl CollectionIndex {
    /// The other entities that an accepted access reads, and those that it reads only where values
    /// happen to be so.
    pub(super) fn over_read(
        &self,
        design: &Design<'_>,
        request: &Request<'_>,
        path: &AccessPath<'_>,
        access: &Access<'_>,
    ) -> (Vec<OverRead>, Vec<OverRead>) {
        let wanted = request.entities.first().and_then(|id| design.entity(*id)).filter(|_| !access.is_item);
        let Some(wanted) = wanted else { return Default::default() };
        let mut found: Vec<OverRead> = self
            .in_range(design, wanted, path.id, access)
            .into_iter()
            .take(MOST_LOOKED_AT)
            .filter(|id| !request.entities.contains(id))
            .filter_map(|id| {
                let other = design.entity(id)?;
                // One item has the key, whichever of the two kinds it is.
                let mut wanted_too = request.entities.iter().filter_map(|id| design.entity(*id));
                if !access.is_scan && wanted_too.any(|wanted| stands_for(other, wanted, path)) {
                    return None;
                }
                reads(design, wanted, other, path, access).then(|| OverRead {
                    entity: id,
                    items: items_in_collection(design, request, other, path, access).map(|items| {
                        items.saturating_mul(share_of_range(design, request, (wanted, other), path, access))
                    }),
                    is_single: is_single(other, path),
                })
            })
            .take(MOST_NEIGHBOURS)
            .collect();
        found.sort_unstable_by_key(|other| other.entity);
        found.into_iter().partition(|found| {
            let other = design.entity(found.entity);
            other.is_some_and(|other| is_certain(design, request, (wanted, other), path, access))
        })
    }
}

/// Whether an item of the one entity has the very key that an item of the other has in the same
/// partition: keys of the table that are made alike, each of one attribute alone.
fn stands_for(other: &EntityDesign<'_>, wanted: &EntityDesign<'_>, path: &AccessPath<'_>) -> bool {
    let ([name], [own]) = (other.identity.as_slice(), wanted.identity.as_slice()) else { return false };
    let is_alike = |(part, own_part): (&Part, &Part)| match (part, own_part) {
        (Part::Text(text), Part::Text(own_text)) => text == own_text,
        (Part::Attribute { name: part, cut: None }, Part::Attribute { name: own_part, cut: None }) => {
            **part == *name && **own_part == *own
        }
        _ => false,
    };
    path.is_table()
        && is_single(other, path)
        && path.keys().all(|key| match (other.fills.get(key), wanted.fills.get(key)) {
            (Some(fill), Some(own_fill)) => {
                let (parts, own_parts) = (&fill.template.parts, &own_fill.template.parts);
                parts.len() == own_parts.len() && parts.iter().zip(own_parts.iter()).all(is_alike)
            }
            _ => false,
        })
}

/// Whether the key range of an access holds items of another entity.
fn reads<'m>(
    design: &Design<'m>,
    wanted: &EntityDesign<'m>,
    other: &EntityDesign<'m>,
    path: &AccessPath<'m>,
    access: &Access<'m>,
) -> bool {
    if access.is_scan {
        return true;
    }
    let partition = access.partition.iter().all(|term| {
        let Some(fill) = other.fills.get(term.key.as_str()) else { return false };
        // The same attribute is the same thing; ids of different things are never equal.
        if let [Part::Attribute { name, cut: None }] = term.prefix.as_slice()
            && let Some(copied) = fill.template.copied()
        {
            return copied == &**name || !different_ids(wanted, name, other, copied);
        }
        let range = term_language(design, wanted, term);
        range.meets(&design.language(other, &fill.template))
    });
    partition
        && path.sort.iter().all(|key| {
            let Some(term) = access.sort.iter().find(|term| term.key == *key) else { return true };
            let Some(fill) = other.fills.get(*key) else { return false };
            if is_outside(design, wanted, term, (other, &fill.template)) || is_left_out(other, fill, term, access) {
                return false;
            }
            term_language(design, wanted, term).meets(&design.language(other, &fill.template))
        })
}

/// Whether a range ends just before the only item of another entity in the partition: the end is what
/// its key is made of, and the partition decides all of that.
fn is_left_out(other: &EntityDesign<'_>, fill: &Fill<'_>, term: &KeyTerm, access: &Access<'_>) -> bool {
    let is_decided = |part: &Part| {
        matches!(part, Part::Text(_)) || access.partition.iter().any(|partition| partition.prefix.contains(part))
    };
    matches!(term.operator, TermOperator::Range(Operator::LessThan | Operator::GreaterThan))
        && term.ends.first().is_some_and(|end| **end == *fill.template.parts)
        && fill.template.parts.iter().all(is_decided)
        && access.partition.iter().all(|partition| {
            other.fills.get(partition.key.as_str()).is_some_and(|own| *own.template.parts == *partition.prefix)
        })
}

/// Whether every value of another entity's template lies beyond an end of a range.
fn is_outside<'m>(
    design: &Design<'m>,
    wanted: &EntityDesign<'m>,
    term: &KeyTerm,
    (other, template): (&EntityDesign<'m>, &Template),
) -> bool {
    let TermOperator::Range(operator) = term.operator else { return false };
    let [low, high] = ends(term, operator).map(|end| end.map(|parts| of_parts(design, wanted, parts)));
    let own = design.language(other, template);
    low.is_some_and(|low| own.comes_before(&low)) || high.is_some_and(|high| high.is_below(&own))
}

/// Whether every value of another entity's template lies between the ends of a range.
fn is_between<'m>(
    design: &Design<'m>,
    wanted: &EntityDesign<'m>,
    (term, operator): (&KeyTerm, Operator),
    (other, template): (&EntityDesign<'m>, &Template),
) -> bool {
    let [low, high] = ends(term, operator).map(|end| end.map(|parts| of_parts(design, wanted, parts)));
    let own = design.language(other, template);
    // Within its prefix, a range has two ends.
    begins(&template.parts, &term.prefix)
        && (low.is_some() || high.is_some())
        && low.is_none_or(|low| low.is_below(&own))
        && high.is_none_or(|high| own.is_below(&high))
}

fn of_parts<'m>(design: &Design<'m>, entity: &EntityDesign<'m>, parts: Vec<Part>) -> Language {
    design.language(entity, &Template { parts: parts.into(), is_number: false })
}

/// Whether the items of another entity that has the same values lie in what is read, whatever these
/// values are.
fn is_certain<'m>(
    design: &Design<'m>,
    request: &Request<'m>,
    (wanted, other): (&EntityDesign<'m>, &EntityDesign<'m>),
    path: &AccessPath<'m>,
    access: &Access<'m>,
) -> bool {
    let is_alike = |term: &KeyTerm, template: &Template| {
        let own = wanted.fills.get(term.key.as_str()).map(|fill| &fill.template);
        own.is_some_and(|own| own.parts == template.parts) || *asked(request, &term.prefix, template) == *template.parts
    };
    access.is_scan
        || access.partition.iter().chain(&access.sort).all(|term| {
            let Some(template) = other.fills.get(term.key.as_str()).map(|fill| &fill.template) else { return false };
            match term.operator {
                _ if path.partition.contains(&term.key.as_str()) => is_alike(term, template),
                TermOperator::Equals => is_alike(term, template),
                _ if is_compared_alike(term, other) => true,
                TermOperator::BeginsWith => {
                    term.ranged.is_none() && begins(&template.parts, &asked(request, &term.prefix, template))
                }
                TermOperator::Range(operator) => is_between(design, wanted, (term, operator), (other, template)),
            }
        })
}

/// What a condition binds, with the attributes of a template in the place of values that are always
/// the same.
fn asked(request: &Request<'_>, prefix: &[Part], template: &Template) -> Vec<Part> {
    let is_value = |text: &str, name: &str| {
        let condition = request.conditions.get(name).filter(|condition| condition.operator == Operator::Equals);
        condition.and_then(|it| it.value.as_ref()?.0.first()).is_some_and(|value| value.text() == text)
    };
    let parts = prefix.iter().enumerate().map(|(position, part)| match (part, template.parts.get(position)) {
        (Part::Text(text), Some(own @ Part::Attribute { name, cut: None })) if is_value(text, name) => own.clone(),
        _ => part.clone(),
    });
    parts.collect()
}

/// Whether a value begins with a prefix whose last text may end within a text of the value.
fn begins(value: &[Part], prefix: &[Part]) -> bool {
    let Some((last, before)) = prefix.split_last() else { return true };
    let is_last = |part: &Part| match (part, last) {
        (Part::Text(text), Part::Text(beginning)) => text.starts_with(&**beginning),
        (part, last) => part == last,
    };
    value.get(..before.len()) == Some(before) && value.get(before.len()).is_some_and(is_last)
}

/// Whether another entity's value begins with what a range compares: the same attribute in the same
/// place.
fn is_compared_alike(term: &KeyTerm, other: &EntityDesign<'_>) -> bool {
    let compared: Vec<&Part> = term.prefix.iter().chain(&term.ranged).collect();
    let fill = other.fills.get(term.key.as_str());
    let begins = |own: &[Part]| own.get(..compared.len()).is_some_and(|own| own.iter().eq(compared.iter().copied()));
    term.ranged.is_some() && fill.is_some_and(|fill| begins(&fill.template.parts))
}

/// The values that a range goes from and to: as the code states them, or what it compares with after
/// its prefix.
fn ends(term: &KeyTerm, operator: Operator) -> [Option<Vec<Part>>; 2] {
    let end = |position: usize| {
        if !term.ends.is_empty() {
            return term.ends.get(position).cloned();
        }
        let literal = term.literals.get(position).map(|text| Part::Text(text.as_str().into()));
        let compared = literal.or_else(|| term.ranged.clone())?;
        Some(term.prefix.iter().cloned().chain([compared]).collect())
    };
    match operator {
        Operator::Between => [end(0), end(1)],
        Operator::AtLeast | Operator::GreaterThan => [end(0), None],
        Operator::AtMost | Operator::LessThan => [None, end(0)],
        _ => [None, None],
    }
}

/// Whether two attributes hold ids that are unique by themselves and have different names.
fn different_ids(a: &EntityDesign<'_>, name: &str, b: &EntityDesign<'_>, other: &str) -> bool {
    name != other && (a.kind_of(name).is_identifier() || b.kind_of(other).is_identifier())
}

/// The strings that a key condition selects.
fn term_language<'m>(design: &Design<'m>, entity: &EntityDesign<'m>, term: &KeyTerm) -> Language {
    let template = Template { parts: term.prefix.clone().into(), is_number: false };
    match term.operator {
        TermOperator::Equals => match term.prefix.as_slice() {
            // The pattern compares the key attribute itself, so its own template says what it can be.
            [Part::Attribute { name, .. }] if **name == term.key => match entity.fills.get(term.key.as_str()) {
                Some(fill) => design.language(entity, &fill.template),
                None => Language::anything(),
            },
            _ => design.language(entity, &template),
        },
        _ if term.prefix.is_empty() => match (term.operator, &term.ranged) {
            (TermOperator::BeginsWith, Some(Part::Attribute { name, .. })) if **name == term.key => {
                match entity.fills.get(term.key.as_str()) {
                    Some(fill) => design
                        .language(entity, &Template { parts: leading(&fill.template).into(), is_number: false })
                        .and_more(),
                    None => Language::anything(),
                }
            }
            _ => Language::anything(),
        },
        _ => design.language(entity, &template).and_more(),
    }
}

/// The text that a template begins with, as parts.
fn leading(template: &Template) -> Vec<Part> {
    template.parts.iter().take(1).filter(|part| matches!(part, Part::Text(_))).cloned().collect()
}

/// Whether one partition key value holds at most one item of an entity: its sort key adds nothing
/// to what the partition key says.
fn is_single(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> bool {
    let in_partition = |name: &str| {
        path.partition.iter().filter_map(|key| entity.fills.get(*key)).any(|fill| fill.template.uses(name))
    };
    entity.identity.iter().all(|name| in_partition(name))
}

/// The share of another entity's items of a partition key value that a range takes: where both begin
/// with the attribute that it compares, as much as of the wanted items; else all of them may lie in it.
fn share_of_range(
    design: &Design<'_>,
    request: &Request<'_>,
    (wanted, other): (&EntityDesign<'_>, &EntityDesign<'_>),
    path: &AccessPath<'_>,
    access: &Access<'_>,
) -> Decimal {
    let ranged = access.sort.iter().find(|term| is_compared_alike(term, other));
    let all = ranged.and_then(|_| items_in_collection(design, request, wanted, path, access));
    let within = access.in_range.first().copied().flatten();
    within
        .zip(all)
        .and_then(|(within, all)| within.checked_div(all))
        .map_or(Decimal::ONE, |share| share.min(Decimal::ONE))
}

/// What a condition on a sort key binds of an entity's value, where that begins alike.
fn bound_in<'e>(request: &Request<'_>, entity: &'e EntityDesign<'_>, term: &KeyTerm) -> &'e [Part] {
    let Some(fill) = entity.fills.get(term.key.as_str()) else { return &[] };
    let is_begun = begins(&fill.template.parts, &asked(request, &term.prefix, &fill.template));
    fill.template.parts.get(..term.prefix.len()).filter(|_| is_begun).unwrap_or_default()
}

/// Items of an entity that share the partition key value, and what a condition on the sort key binds.
fn items_in_collection(
    design: &Design<'_>,
    request: &Request<'_>,
    other: &EntityDesign<'_>,
    path: &AccessPath<'_>,
    access: &Access<'_>,
) -> Option<Decimal> {
    let items = other.items?;
    if access.is_scan {
        return Some(items.saturating_mul(share_in(other, path, request, |_| false)?));
    }
    let fills = path.partition.iter().filter_map(|key| other.fills.get(*key));
    let bound = fills.flat_map(|fill| fill.template.parts.iter());
    let bound = bound.chain(access.sort.iter().flat_map(|term| bound_in(request, other, term)));
    let (mut names, mut buckets) = (Vec::new(), Decimal::ONE);
    for part in bound {
        match part {
            Part::Attribute { name, cut: None } => names.push(&**name),
            Part::Attribute { name, cut: Some(cut) } => {
                buckets = buckets.saturating_mul(bucket_count(other, name, *cut)?);
            }
            Part::Text(_) => {}
        }
    }
    // The share of a value that the request asks for stands for itself.
    let held = items.saturating_mul(share_in(other, path, request, |name| names.contains(&name))?);
    let (shared, share) = valued(other, request, &names);
    let rest: Vec<&str> = names.into_iter().filter(|name| !shared.contains(name)).collect();
    let groups = design.groups(other, &rest)?;
    let groups = groups.saturating_mul(buckets).max(Decimal::ONE);
    Some(held.checked_div(groups)?.saturating_mul(share))
}

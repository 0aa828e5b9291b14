//! Neighbours: other entities whose items lie in the key range that a plan reads.

use rust_decimal::Decimal;

use crate::model::Operator;

use super::Access;
use super::collections::CollectionIndex;
use super::estimate::{share_in, valued};
use super::key::{KeyTerm, TermOperator};
use crate::design::{AccessPath, Design, EntityDesign, EntityId, Language, Part, Request, Template};

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
    /// The other entities that an accepted access reads.
    pub(super) fn over_read(
        &self,
        design: &Design<'_>,
        request: &Request<'_>,
        path: &AccessPath<'_>,
        access: &Access<'_>,
    ) -> Vec<OverRead> {
        if access.is_item {
            return Vec::new();
        }
        let Some(wanted) = request.entities.first().and_then(|id| design.entity(*id)) else { return Vec::new() };
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
        found
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
            if is_outside(design, wanted, term, (other, &fill.template)) {
                return false;
            }
            term_language(design, wanted, term).meets(&design.language(other, &fill.template))
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
    let (low, high) = ends(term, operator);
    let language = |parts: Vec<Part>| design.language(wanted, &Template { parts: parts.into(), is_number: false });
    let own = design.language(other, template);
    low.is_some_and(|low| own.is_below(&language(low))) || high.is_some_and(|high| language(high).is_below(&own))
}

/// The values that a range goes from and to: as the code states them, or what it compares with after
/// its prefix.
fn ends(term: &KeyTerm, operator: Operator) -> (Option<Vec<Part>>, Option<Vec<Part>>) {
    let end = |position: usize| {
        if !term.ends.is_empty() {
            return term.ends.get(position).cloned();
        }
        let literal = term.literals.get(position).map(|text| Part::Text(text.as_str().into()));
        let compared = literal.or_else(|| term.ranged.clone())?;
        Some(term.prefix.iter().cloned().chain([compared]).collect())
    };
    match operator {
        Operator::Between => (end(0), end(1)),
        Operator::AtLeast | Operator::GreaterThan => (end(0), None),
        Operator::AtMost | Operator::LessThan => (None, end(0)),
        _ => (None, None),
    }
}

/// Whether two attributes hold ids that are unique by themselves and have different names.
fn different_ids(a: &EntityDesign<'_>, name: &str, b: &EntityDesign<'_>, other: &str) -> bool {
    use crate::model::AttributeType::{Ksuid, Ulid, Uuid};
    let is_id = |entity: &EntityDesign<'_>, name: &str| matches!(entity.kind_of(name), Uuid | Ulid | Ksuid);
    name != other && (is_id(a, name) || is_id(b, other))
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
    let is_compared = |term: &&KeyTerm| {
        let compared: Vec<&Part> = term.prefix.iter().chain(&term.ranged).collect();
        let fill = other.fills.get(term.key.as_str());
        let begins =
            |own: &[Part]| own.get(..compared.len()).is_some_and(|own| own.iter().eq(compared.iter().copied()));
        term.ranged.is_some() && fill.is_some_and(|fill| begins(&fill.template.parts))
    };
    let ranged = access.sort.iter().find(is_compared);
    let all = ranged.and_then(|_| items_in_collection(design, request, wanted, path, access));
    let within = access.in_range.first().copied().flatten();
    within
        .zip(all)
        .and_then(|(within, all)| within.checked_div(all))
        .map_or(Decimal::ONE, |share| share.min(Decimal::ONE))
}

/// Items of an entity that share the partition key value.
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
    let names: Vec<&str> = fills.flat_map(|fill| fill.template.attributes()).collect();
    // The share of a value that the request asks for stands for itself.
    let held = items.saturating_mul(share_in(other, path, request, |name| names.contains(&name))?);
    let (shared, share) = valued(other, request, &names);
    let rest: Vec<&str> = names.into_iter().filter(|name| !shared.contains(name)).collect();
    let groups = design.groups(other, &rest)?;
    Some((held / groups.max(Decimal::ONE)).saturating_mul(share))
}

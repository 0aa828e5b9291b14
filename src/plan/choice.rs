//! The choice between the paths that serve a request.

use rust_decimal::Decimal;

use super::estimate::ends_by_limit;
use super::{Access, Candidate};
use crate::design::{AccessPath, Design, EntityDesign, MemberValues, PatternDesign, Request, fill_bytes, value_bytes};
use crate::model::Projection;
use crate::service::capacity::{ReadMode, read_units};

/// The cheapest accepted candidate that gives all it should: the one that takes the fewest read units.
/// Where these are not known of all, it is the one without a second read and with the fewest filters,
/// queries and items; the table before its indexes where all that is equal.
///
/// What a limit ends early is not all that matches, so that few units are no merit where a filter drops
/// most of what they read: a path that ends so without filters, and by a known number of queries, comes
/// first, and of the others the one that takes the least for an item that it returns.
pub(super) fn best(
    design: &Design<'_>,
    pattern: &PatternDesign<'_>,
    request: &Request<'_>,
    candidates: &[Candidate<'_>],
) -> Option<usize> {
    let accepted = candidates.iter().enumerate().filter_map(|(index, candidate)| {
        Some((index, design.path(candidate.path)?, candidate.outcome.as_ref().ok()?.as_ref()))
    });
    let mut accepted: Vec<(usize, &AccessPath<'_>, &Access<'_>)> = accepted.collect();
    let fewest = accepted.iter().map(|(.., access)| access.caveats.len()).min()?;
    accepted.retain(|(.., access)| access.caveats.len() == fewest);
    if let [(only, ..)] = accepted.as_slice() {
        return Some(*only);
    }
    // Whole items by as many queries: fewer of them are never more units, whatever their size is.
    let queries = accepted.first().and_then(|(.., access)| access.queries);
    let is_by_number = accepted.iter().all(|(_, path, access)| {
        let is_whole = path.is_table() || *path.projection == Projection::All;
        is_whole
            && access.fetch.is_none()
            && access.evaluated.is_some()
            && queries.is_some()
            && access.queries == queries
    });
    let unknown = Decimal::MAX;
    let costs = accepted.iter().map(
        |(_, path, access)| {
            if is_by_number { access.evaluated } else { units(design, request, path, access) }
        },
    );
    let costs: Option<Vec<Decimal>> = costs.collect();
    let ranked = accepted.iter().enumerate().map(|(position, (index, path, access))| {
        let is_exact = access.filters.is_empty() && access.queries.is_some();
        let is_short = ends_by_limit(pattern, access) && !is_exact;
        let of_call = |cost: Decimal| match is_short {
            true => access.returned.and_then(|returned| cost.checked_div(returned)).unwrap_or(unknown),
            false => cost,
        };
        let cost = costs.as_ref().and_then(|costs| costs.get(position)).copied().map(of_call);
        let (fetches, filters) = (access.fetch.is_some(), access.filters.len());
        let (queries, evaluated) = (access.queries.unwrap_or(unknown), access.evaluated.map_or(unknown, of_call));
        let for_one = if is_short { evaluated } else { Decimal::ZERO };
        let work = match cost {
            Some(_) => (fetches, 0, Decimal::ZERO, queries, evaluated, filters),
            None => (fetches, filters, for_one, queries, evaluated, 0),
        };
        ((is_short, cost, work, (usize::MAX - access.sort.len(), path.is_global())), *index)
    });
    ranked.min().map(|(_, index)| index)
}

/// Read units of a call when it reads eventually, its neighbours in the key range aside: enough to
/// compare paths with.
fn units(design: &Design<'_>, request: &Request<'_>, path: &AccessPath<'_>, access: &Access<'_>) -> Option<Decimal> {
    let (queries, evaluated) = (access.queries?, access.evaluated?);
    let entities = request.entities.iter().filter_map(|id| design.entity(*id));
    // Of several entities the largest stands for all.
    let bytes = entities.map(|entity| {
        let base = design.base_path(path.table)?;
        Some((entry_bytes(entity, path, base)?, entry_bytes(entity, base, base)?))
    });
    let (entry, item) = bytes.collect::<Option<Vec<_>>>()?.into_iter().max()?;
    let per_query = evaluated.checked_div(queries.max(Decimal::ONE))?.saturating_mul(entry);
    let read = queries.max(Decimal::ONE).saturating_mul(read_units(per_query, ReadMode::Eventual));
    let second = match &access.fetch {
        None => Decimal::ZERO,
        Some(fetch) => {
            let items = if fetch.filtered.is_empty() { access.returned? } else { evaluated };
            items.saturating_mul(read_units(item, ReadMode::Eventual))
        }
    };
    Some(read.saturating_add(second))
}

/// Average bytes of what a path holds of an item.
fn entry_bytes(entity: &EntityDesign<'_>, path: &AccessPath<'_>, base: &AccessPath<'_>) -> Option<Decimal> {
    let whole = entity.entity.size.map(|size| Decimal::from(size.0));
    if whole.is_some() && (path.is_table() || *path.projection == Projection::All) {
        return whole;
    }
    let members = MemberValues::default();
    let keys = entity.fills.iter().filter(|(key, fill)| fill.declared && path.holds(base, key));
    let keys = keys.map(|(key, fill)| (key.len(), fill_bytes(entity, fill, &members).0));
    let held = entity.entity.attributes.iter().filter(|(name, attribute)| {
        let is_key = entity.fills.get(name.as_str()).is_some_and(|fill| fill.declared);
        attribute.stored != Some(false) && !is_key && path.holds(base, name)
    });
    let held = held.map(|(name, attribute)| {
        let share = attribute.present.map_or(Decimal::ONE, |share| share.0);
        (name.len(), value_bytes(attribute, None).0.map(|bytes| bytes.saturating_mul(share)))
    });
    let known = keys.chain(held).try_fold(Decimal::ZERO, |total, (name, value)| {
        Some(total.saturating_add(Decimal::from(name)).saturating_add(value?))
    });
    known.or(whole)
}

//! What reads consume: single items, batches, queries and scans.

use rust_decimal::Decimal;

use super::presence::{Supposed, whichever};
use super::shape::Shapes;
use super::state::State;
use super::unknown::{Known, Unknown};
use super::{Charge, Consumed};
use crate::design::{AccessPath, Design, EntityId, PathId, PatternDesign, Request};
use crate::model::{Consistency, Operation, Pages, Projection};
use crate::plan::{Access, consistency};
use crate::service::capacity::{PagedRead, Paging, ReadMode, read_units};

/// A read with its plan.
#[derive(Clone, Copy)]
pub(super) struct Read<'a, 'm> {
    pub(super) design: &'a Design<'m>,
    pub(super) shapes: &'a Shapes<'m>,
    pub(super) index: usize,
    pub(super) pattern: &'a PatternDesign<'m>,
    pub(super) request: &'a Request<'m>,
    pub(super) path_id: PathId,
    pub(super) access: &'a Access<'m>,
    /// What the path's entries hold, where it is not what they hold as modelled.
    pub(super) projection: Option<&'a Projection>,
    /// What is supposed of attributes whose share of the items is not known.
    pub(super) supposed: Option<Supposed>,
}

impl<'m> Read<'_, 'm> {
    fn mode(&self) -> ReadMode {
        let is_transaction = matches!(self.pattern.pattern.operation, Some(Operation::TransactGet));
        match consistency(self.design, self.pattern) {
            _ if is_transaction => ReadMode::Transactional,
            Consistency::Strong => ReadMode::Strong,
            Consistency::Eventual => ReadMode::Eventual,
        }
    }

    /// What a calculation gives, whatever is not known of attributes that make no difference.
    fn whichever<T: PartialEq>(&self, of: impl Fn(&Self) -> Known<'m, T>) -> Known<'m, T> {
        whichever(of(self), |supposed| of(&Self { supposed: Some(supposed), ..*self }))
    }

    /// What is known of the items that are read.
    fn state(&self) -> State<'m> {
        State { supposed: self.supposed, ..State::default() }
    }

    /// What one call consumes.
    pub(super) fn charges(&self) -> Vec<Charge<'m>> {
        let Some(path) = self.design.path(self.path_id) else { return Vec::new() };
        if self.access.is_item {
            let (units, wasted) =
                self.whichever(Self::items_by_key).map_or_else(|why| (Err(why), Err(why)), |(u, w)| (Ok(u), Ok(w)));
            return vec![Charge { wasted, ..Charge::new(self.path_id, Consumed::Read, units) }];
        }
        let read = self.whichever(|read| read.range(path));
        let mut charges = vec![Charge {
            pages: read.as_ref().ok().map(|read| read.pages),
            ..Charge::new(self.path_id, Consumed::Read, read.as_ref().map(|read| read.units).map_err(|why| *why))
        }];
        // A local index fetches by itself; from a global one the application reads the items again.
        if path.is_global()
            && self.access.fetch.is_some()
            && let Some(base) = self.design.table(path.table).and_then(|table| table.paths.first().copied())
        {
            charges.push(Charge::new(
                base,
                Consumed::SecondRead,
                read.and_then(|page| self.whichever(|read| read.second_read(path, page))),
            ));
        }
        charges
    }

    /// Reading the items of a global index again by their primary keys, because it does not hold
    /// every attribute that is asked for: those that a filter leaves, or all where the filter needs
    /// such an attribute itself.
    fn second_read(&self, path: &AccessPath<'m>, read: Paging) -> Known<'m, Decimal> {
        let filters_late = self.access.fetch.as_ref().is_some_and(|fetch| !fetch.filtered.is_empty());
        let items = if filters_late {
            read.items
        } else {
            let returned = self.access.returned.ok_or(Unknown::Returned(self.index))?;
            let evaluated = self.access.evaluated.ok_or(Unknown::Evaluated(self.index))?;
            returned.saturating_mul(read.items).checked_div(evaluated).unwrap_or(returned)
        };
        let entity = self.request.entities.first().copied().ok_or(Unknown::Unserved(self.index))?;
        let bytes = self.behind(entity, path)?;
        Ok(items.saturating_mul(read_units(bytes, self.mode())))
    }

    /// Items by their full primary keys; each is rounded on its own, and one that is missing
    /// consumes the minimum. The units, and those of them that find nothing.
    fn items_by_key(&self) -> Known<'m, (Decimal, Decimal)> {
        let mode = self.mode();
        let misses = match self.request.action {
            Some(action) => action.misses,
            None => self.pattern.pattern.misses,
        };
        let missed = misses.map_or(Decimal::ZERO, |share| share.0);
        let found = Decimal::ONE.saturating_sub(missed);
        let entity = self.request.entities.first().copied().ok_or(Unknown::Unserved(self.index))?;
        let bytes = if found.is_zero() { Ok(Decimal::ZERO) } else { self.bytes(entity, self.path_id) }?;
        let wasted = missed.saturating_mul(read_units(Decimal::ZERO, mode));
        let one = found.saturating_mul(read_units(bytes, mode)).saturating_add(wasted);
        let times = self.access.queries.ok_or(Unknown::Queries(self.index))?.saturating_mul(self.request.count);
        Ok((one.saturating_mul(times), wasted.saturating_mul(times)))
    }

    fn bytes(&self, entity: EntityId, path: PathId) -> Known<'m, Decimal> {
        let shape = self.shapes.of(entity).ok_or(Unknown::Unserved(self.index))?;
        let path = self.design.path(path).ok_or(Unknown::Unserved(self.index))?;
        match self.projection {
            Some(projection) => shape.entry_bytes_with(self.design, path, projection, &self.state()),
            None => shape.entry_bytes(self.design, path, &self.state()),
        }
    }

    /// Average bytes of the items behind the entries of an index, which have its key attributes.
    fn behind(&self, entity: EntityId, path: &AccessPath<'m>) -> Known<'m, Decimal> {
        let shape = self.shapes.of(entity).ok_or(Unknown::Unserved(self.index))?;
        shape.entry_bytes_with(self.design, path, &Projection::All, &self.state())
    }

    /// The average over all entities whose items lie in the key range.
    fn average_bytes(&self, bytes: impl Fn(EntityId) -> Known<'m, Decimal>) -> Known<'m, Decimal> {
        let wanted = self.request.entities.iter().copied().zip(self.access.in_range.iter().copied());
        let others = self.access.over_read.iter().map(|other| (other.entity, other.items));
        // Items that are said to be evaluated are the wanted ones.
        let is_said = self.pattern.pattern.evaluates.is_some();
        let all: Vec<(EntityId, Option<Decimal>)> =
            wanted.chain(others.filter(|_| !is_said)).filter(|(_, items)| *items != Some(Decimal::ZERO)).collect();
        let sizes = all.iter().map(|(entity, _)| bytes(*entity)).collect::<Known<'m, Vec<Decimal>>>()?;
        if let Some(first) = sizes.first().filter(|first| sizes.iter().all(|size| size == *first)) {
            return Ok(*first);
        }
        let (mut items, mut total) = (Decimal::ZERO, Decimal::ZERO);
        for ((_, count), size) in all.iter().zip(sizes) {
            let count = count.ok_or(Unknown::Kinds(self.index))?;
            items = items.saturating_add(count);
            total = total.saturating_add(count.saturating_mul(size));
        }
        Ok(total.checked_div(items).unwrap_or_default())
    }

    /// A query or a scan: pages, items and units of one call, over all its queries or segments.
    fn range(&self, path: &AccessPath<'m>) -> Known<'m, Paging> {
        let items = self.access.evaluated.ok_or(Unknown::Evaluated(self.index))?;
        let queries = self.access.queries.ok_or(Unknown::Queries(self.index))?;
        let segments = match self.pattern.pattern.segments {
            Some(segments) if self.access.is_scan => Decimal::from(segments.max(1)),
            _ => Decimal::ONE,
        };
        let times = queries.saturating_mul(segments).max(Decimal::ONE);
        let item_bytes = match items.is_zero() {
            true => Decimal::ZERO,
            false => self.average_bytes(|entity| self.bytes(entity, self.path_id))?,
        };
        // What is looked at under another projection finds there what it needs.
        let fetch = self.access.fetch.as_ref().filter(|_| self.projection.is_none());
        let fetched_bytes = match (fetch, path.is_global() || path.is_table()) {
            (Some(_), false) => Some(self.average_bytes(|entity| self.behind(entity, path))?),
            _ => None,
        };
        let pattern = self.pattern.pattern;
        let limit = pattern.limit.map(|count| count.0);
        let most_pages = match pattern.pages {
            Some(Pages::All) => None,
            Some(Pages::Some(pages)) => Some(pages.0),
            None => limit.map(|_| Decimal::ONE),
        };
        let read = PagedRead { items: items / times, item_bytes, fetched_bytes, limit, most_pages }.read(self.mode());
        Ok(Paging {
            pages: read.pages.saturating_mul(times),
            items: read.items.saturating_mul(times),
            units: read.units.saturating_mul(times),
        })
    }
}

//! Load: what every pattern consumes, per call, per second and per month, in read and write units
//! of the table and of each index.

mod demand;
mod heat;
mod held;
mod landing;
mod passing;
mod presence;
mod rates;
mod read;
mod shape;
mod state;
mod unknown;
mod write;

use rayon::prelude::*;
use rust_decimal::Decimal;

pub(crate) use demand::units_in;
pub use demand::{Demand, Demands, Flow, Total, called_in, throughput_path};
pub use heat::{Basis, Contribution, Spot, ceiling, heat, hottest};
pub(crate) use held::Held;
use passing::Passing;
pub use presence::Supposed;
pub use rates::{Calls, calls, per_month};
pub use shape::{Shape, Shapes};
pub use state::State;
pub use unknown::{Known, Unknown};

use crate::design::{Design, PathId, PatternDesign, Request};
use crate::model::{Operation, Projection};
use crate::plan::{Plan, Plans, is_write};
use crate::prices::Direction;
use crate::units::SECONDS_PER_MONTH;

/// How rates become numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// Hours of a month.
    pub month_hours: Decimal,
    /// How many times the stated rates there are.
    pub scale: Decimal,
}

impl Default for Traffic {
    /// Months of 730 hours, as AWS's calculator has them, and rates as they are stated.
    fn default() -> Self {
        Self { month_hours: Decimal::from(SECONDS_PER_MONTH / 3600), scale: Decimal::ONE }
    }
}

/// Why units are consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consumed {
    /// Items or entries are read.
    Read,
    /// Items are read again by their primary keys, for what a global index does not hold.
    SecondRead,
    /// A transaction that is sent again reads what it has written.
    Repeat,
    /// An item is written.
    Write,
    /// An index follows a write of the table.
    IndexWrite,
}

impl Consumed {
    /// Whether they are write units.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Write | Self::IndexWrite)
    }
}

/// Units that one call consumes of one table or index.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge<'m> {
    /// The table or index that is read or written.
    pub path: PathId,
    /// Why.
    pub why: Consumed,
    /// Units of one call, on average.
    pub units: Known<'m, Decimal>,
    /// Units of one call in each other Region of a global table, on average.
    pub replicated: Known<'m, Decimal>,
    /// Units of the writes that change something, which is what a change stream carries.
    pub changes: Known<'m, Decimal>,
    /// Units of one call that bring nothing, on average: writes whose condition fails, with all of
    /// their transaction, and reads by a key that has no item.
    pub wasted: Known<'m, Decimal>,
    /// Units of one call, in every Region, that are under another partition key value than the rest: an
    /// index entry that moves is removed from one value and written under another.
    pub elsewhere: Decimal,
    /// Pages of one call, for a query or a scan.
    pub pages: Option<Decimal>,
}

impl<'m> Charge<'m> {
    /// A charge that no other Region shares.
    pub(crate) fn new(path: PathId, why: Consumed, units: Known<'m, Decimal>) -> Self {
        let none = Ok(Decimal::ZERO);
        Self { path, why, units, replicated: none, changes: none, wasted: none, elsewhere: Decimal::ZERO, pages: None }
    }
}

/// What one request of a pattern consumes.
#[derive(Debug)]
pub struct RequestLoad<'m> {
    /// Units of one call of the pattern, by table and index.
    pub charges: Vec<Charge<'m>>,
}

/// What a pattern consumes.
#[derive(Debug)]
pub struct PatternLoad<'m> {
    /// How often it is called.
    pub calls: Calls<'m>,
    /// One entry for each request of the pattern.
    pub requests: Vec<RequestLoad<'m>>,
}

impl<'m> PatternLoad<'m> {
    /// All charges of one call.
    pub fn charges(&self) -> impl Iterator<Item = &Charge<'m>> {
        self.requests.iter().flat_map(|request| &request.charges)
    }

    /// Read or write units of one call, on all tables and indexes, in the Region of the call.
    pub fn units(&self, direction: Direction) -> Known<'m, Decimal> {
        self.charges()
            .filter(|charge| charge.why.is_write() == (direction == Direction::Write))
            .try_fold(Decimal::ZERO, |total, charge| Ok(total.saturating_add(charge.units?)))
    }
}

/// What a design consumes.
#[derive(Debug)]
pub struct Load<'m> {
    /// The shapes of the entities' items.
    pub shapes: Shapes<'m>,
    /// One entry for each pattern, in the model's order.
    pub patterns: Vec<PatternLoad<'m>>,
    passing: Passing<'m>,
}

impl<'m> Load<'m> {
    /// The load of a planned design.
    pub fn new(design: &Design<'m>, plans: &Plans<'m>, traffic: Traffic) -> Self {
        let shapes = Shapes::new(design);
        let passing = Passing::new(design);
        let calls = calls(design, traffic);
        let consumed = |(index, (pattern, calls)): (usize, (&PatternDesign<'m>, Calls<'m>))| {
            let failing = failing_in_all(pattern);
            let requests = pattern.requests.iter().zip(plans.of(index));
            let requests = requests
                // What another system answers consumes nothing here, and what is not designed is not known.
                .filter(|_| pattern.pattern.served_by.is_none() && pattern.pattern.undecided != Some(true))
                .map(|(request, plan)| RequestLoad {
                    charges: charges(design, (&shapes, &passing), (index, pattern), (request, plan), (failing, None)),
                });
            PatternLoad { calls, requests: requests.collect() }
        };
        let patterns = match design.is_large() {
            true => design.patterns.par_iter().zip(calls).enumerate().map(consumed).collect(),
            false => design.patterns.iter().zip(calls).enumerate().map(consumed).collect(),
        };
        Self { shapes, patterns, passing }
    }

    /// Units that one call of a request would write to an index, if its entries held something else.
    ///
    /// # Errors
    /// What is missing to know them.
    pub fn index_units_under(
        &self,
        design: &Design<'m>,
        pattern: (usize, &PatternDesign<'m>),
        request: (&Request<'m>, &Plan<'m>),
        under: (PathId, &Projection),
    ) -> Known<'m, Decimal> {
        let outcome = (failing_in_all(pattern.1), Some(under));
        let charges = charges(design, (&self.shapes, &self.passing), pattern, request, outcome);
        let own = charges.iter().filter(|charge| charge.path == under.0 && charge.why == Consumed::IndexWrite);
        own.map(|charge| charge.units).try_fold(Decimal::ZERO, |total, units| Ok(total.saturating_add(units?)))
    }
}

/// Units that one call of a request would read of the index that its plan has chosen, if entries held
/// something else that is enough for it.
///
/// # Errors
/// What is missing to know them.
pub fn read_units_under<'m>(
    design: &Design<'m>,
    shapes: &Shapes<'m>,
    (index, pattern): (usize, &PatternDesign<'m>),
    (request, plan): (&Request<'m>, &Plan<'m>),
    projection: &Projection,
) -> Known<'m, Decimal> {
    let (path_id, access) = plan.access().ok_or(Unknown::Unserved(index))?;
    let projection = Some(projection);
    let read = read::Read { design, shapes, index, pattern, request, path_id, access, projection, supposed: None };
    let charges = read.charges();
    let own = charges.iter().filter(|charge| charge.path == path_id && charge.why == Consumed::Read);
    own.map(|charge| charge.units).try_fold(Decimal::ZERO, |total, units| Ok(total.saturating_add(units?)))
}

fn charges<'m>(
    design: &Design<'m>,
    (shapes, passing): (&Shapes<'m>, &Passing<'m>),
    (index, pattern): (usize, &PatternDesign<'m>),
    (request, plan): (&Request<'m>, &Plan<'m>),
    (failing, under): (Option<Decimal>, Option<(PathId, &Projection)>),
) -> Vec<Charge<'m>> {
    let Some((path_id, access)) = plan.access() else {
        // A part of a pattern that nothing serves; one that is not to be judged has no parts.
        let table = request.entities.first().and_then(|id| design.entity(*id)?.table);
        let base = table.and_then(|table| design.table(table)?.paths.first().copied());
        let why = if is_write(request.operation) { Consumed::Write } else { Consumed::Read };
        return base.map(|base| Charge::new(base, why, Err(Unknown::Unserved(index)))).into_iter().collect();
    };
    if !is_write(request.operation) && request.operation != Operation::ConditionCheck {
        let (projection, supposed) = (None, None);
        return read::Read { design, shapes, index, pattern, request, path_id, access, projection, supposed }.charges();
    }
    let Some((entity, shape)) = request.entities.first().and_then(|id| Some((design.entity(*id)?, shapes.of(*id)?)))
    else {
        return Vec::new();
    };
    let Some(keys) = access.queries else {
        return vec![Charge::new(path_id, Consumed::Write, Err(Unknown::Queries(index)))];
    };
    let others_succeed = failing.map_or(Decimal::ONE, |all| others_succeed(pattern, request, all));
    write::Write { design, shape, passing, entity, pattern, request, path_id, keys, others_succeed, under }.charges()
}

/// The share of a transaction's calls in which some action fails; nothing for what is no transaction.
/// Failures of the actions are shares of all calls, so they add up.
fn failing_in_all(pattern: &PatternDesign<'_>) -> Option<Decimal> {
    if pattern.pattern.operation != Some(Operation::TransactWrite) {
        return None;
    }
    let whole = pattern.pattern.condition.as_ref().filter(|_| !pattern.pattern.actions.is_empty());
    let first = whole.and_then(|guard| guard.fails).map_or(Decimal::ZERO, |share| share.0);
    let each = pattern.requests.iter().map(|request| write::failing(pattern, request));
    Some(each.fold(first, Decimal::saturating_add))
}

/// Of the calls in which one action of a transaction does not fail, the share in which the whole
/// takes place, where so many of all calls fail.
fn others_succeed(pattern: &PatternDesign<'_>, request: &Request<'_>, all: Decimal) -> Decimal {
    let own = write::failing(pattern, request);
    let takes_place = Decimal::ONE.saturating_sub(all).max(Decimal::ZERO);
    takes_place.checked_div(Decimal::ONE.saturating_sub(own)).unwrap_or_default()
}

//! Access plans: for every request of every pattern, each table and index is tried, and either
//! accepted or rejected with the exact clause that fails; the cheapest accepted one is chosen,
//! unless the pattern is pinned.

mod bound;
mod buckets;
mod choice;
mod clause;
mod collections;
mod cover;
mod disorder;
mod estimate;
mod expression;
mod fan;
mod few;
mod key;
mod limit;
mod neighbours;
mod order;
mod proposal;
mod sorts;
mod statement;
mod try_path;

use rayon::prelude::*;
use rust_decimal::Decimal;

pub(crate) use clause::operator_word;
pub use clause::{Caveat, Clause, Unordered, operation_name};
pub use collections::CollectionIndex;
pub use disorder::Disorder;
pub use expression::{Expressions, TypedValue, expressions};
pub(crate) use expression::{counts_elements, differing_types, operands_of_in};
pub use few::{FEW_VALUES, declared_values, is_short_list, writes_seldom};
pub use key::{KeyTerm, TermOperator, key_type, scalar_type};
pub use neighbours::OverRead;
pub use proposal::{NewShard, Proposal, propose};
pub use sorts::may_sort_otherwise;
pub use statement::{Alignment, align, compile_statement};

use crate::design::{AccessPath, Design, Part, PathId, PatternDesign, Request, is_in_primary_key};
use crate::model::{AccessPattern, Condition, Consistency, Operation, Operator};

/// What becomes of every pattern of a design, in the model's order.
#[derive(Debug)]
pub struct Plans<'m> {
    /// One entry for each pattern.
    pub patterns: Vec<PatternPlan<'m>>,
    /// Where the keys of entities can be alike.
    pub collections: CollectionIndex,
}

/// The plans of one pattern.
#[derive(Debug)]
pub struct PatternPlan<'m> {
    /// One plan for each request; a batch or transaction has several.
    pub requests: Vec<Plan<'m>>,
}

/// The plan of one request.
#[derive(Debug)]
pub struct Plan<'m> {
    /// Every path that was tried, in the table's order.
    pub candidates: Vec<Candidate<'m>>,
    /// The chosen candidate; nothing when no path serves the request.
    pub chosen: Option<usize>,
    /// Whether the choice was pinned with `via`.
    pub is_pinned: bool,
    /// The one path that would serve the request in another order, where none is chosen. The code
    /// reads it all the same, so what it holds besides is worth knowing.
    pub unordered: Option<(PathId, Box<Access<'m>>)>,
}

/// A path that was tried.
#[derive(Debug)]
pub struct Candidate<'m> {
    /// The path.
    pub path: PathId,
    /// How it would serve the request, or every clause that fails.
    pub outcome: Result<Box<Access<'m>>, Vec<Clause>>,
}

/// How a path serves a request.
#[derive(Debug, Clone)]
pub struct Access<'m> {
    /// Conditions on the partition key attributes.
    pub partition: Vec<KeyTerm>,
    /// Conditions on the sort key attributes, from the left.
    pub sort: Vec<KeyTerm>,
    /// Conditions that the key cannot serve; they are applied after items are read.
    pub filters: Vec<Filter<'m>>,
    /// Attributes that the path does not hold, so that a second read must bring them.
    pub fetch: Option<Fetch>,
    /// How many queries one call takes; nothing when the number of values is unknown.
    pub queries: Option<Decimal>,
    /// Why it takes more than one query.
    pub fan_out: Vec<String>,
    /// What the path does not give although it serves the key condition.
    pub caveats: Vec<Caveat>,
    /// How the requested order comes about.
    pub order: OrderServed,
    /// For each entity of the request, its items in the key range, before any limit; of the chosen access,
    /// as far as the limit can reach.
    pub in_range: Vec<Option<Decimal>>,
    /// All items of these entities that the key range could take, before any limit: what its equalities
    /// and its beginning select.
    pub in_collection: Option<Decimal>,
    /// For each entity of the request, those of them that pass the filters.
    pub matching: Vec<Option<Decimal>>,
    /// Other entities whose items lie in the key range.
    pub over_read: Vec<OverRead>,
    /// Other entities whose items lie in the key range for some values only. No number counts them.
    pub may_read: Vec<OverRead>,
    /// Other entities whose items are read only where there are fewer of the others than the limit.
    pub past_limit: Vec<OverRead>,
    /// Items that one call evaluates.
    pub evaluated: Option<Decimal>,
    /// Items that one call returns.
    pub returned: Option<Decimal>,
    /// Whether every item of the path is read.
    pub is_scan: bool,
    /// Whether the key names one item.
    pub is_item: bool,
}

/// A condition that the key cannot serve.
#[derive(Debug, Clone)]
pub struct Filter<'m> {
    /// The attribute.
    pub attribute: String,
    /// The condition on it.
    pub condition: &'m Condition,
    /// Why the key does not serve it although it holds the attribute.
    pub why: Option<String>,
}

/// A second read for attributes that an index does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// The attributes.
    pub attributes: Vec<String>,
    /// Those of them that a filter needs, so that it can only be applied after the second read.
    pub filtered: Vec<String>,
    /// Whether the pattern names what it selects; without `select` it is taken to want everything.
    pub is_explicit: bool,
}

/// How the requested order comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderServed {
    /// None was asked for.
    NotAsked,
    /// By the sort key, forwards.
    Forwards,
    /// By the sort key, backwards (`ScanIndexForward=false`).
    Backwards,
    /// Each of several queries is in order; the application merges them.
    Merged {
        /// Whether each is read backwards.
        backwards: bool,
    },
}

impl<'m> Plan<'m> {
    /// The chosen path and how it serves the request.
    pub fn access(&self) -> Option<(PathId, &Access<'m>)> {
        let candidate = self.candidates.get(self.chosen?)?;
        Some((candidate.path, candidate.outcome.as_ref().ok()?))
    }

    /// A path that would serve a request whose pattern is pinned to another one.
    pub fn path_instead(&self) -> Option<PathId> {
        let mut candidates = self.candidates.iter().filter(|_| self.is_pinned);
        candidates.find(|candidate| candidate.outcome.is_ok()).map(|candidate| candidate.path)
    }

    /// Whether the chosen path has items that another leaves out.
    pub fn has_more_than(&self, other: &Access<'_>) -> bool {
        self.access().is_some_and(|(_, chosen)| chosen.caveats.len() < other.caveats.len())
    }
}

impl PatternPlan<'_> {
    /// Whether every request has a plan.
    pub fn is_served(&self) -> bool {
        !self.requests.is_empty() && self.requests.iter().all(|plan| plan.chosen.is_some())
    }
}

impl<'m> Plans<'m> {
    /// Plans every pattern of a design.
    pub fn new(design: &Design<'m>) -> Self {
        let collections = CollectionIndex::new(design);
        let planned = |pattern: &PatternDesign<'m>| PatternPlan {
            requests: pattern.requests.iter().map(|r| plan(design, &collections, pattern, r)).collect(),
        };
        let patterns = match design.is_large() {
            true => design.patterns.par_iter().map(planned).collect(),
            false => design.patterns.iter().map(planned).collect(),
        };
        Self { patterns, collections }
    }

    /// The plans of a pattern by its index.
    pub fn of(&self, pattern: usize) -> &[Plan<'m>] {
        self.patterns.get(pattern).map(|p| p.requests.as_slice()).unwrap_or_default()
    }
}

/// The consistency that a pattern reads with.
pub fn consistency(design: &Design<'_>, pattern: &PatternDesign<'_>) -> Consistency {
    pattern.pattern.consistency.or(design.model.defaults.consistency).unwrap_or_default()
}

/// Whether an operation names one item by its full primary key.
pub fn is_item_operation(operation: Operation) -> bool {
    !matches!(operation, Operation::Query | Operation::Scan)
}

/// Whether an operation changes items.
pub fn is_write(operation: Operation) -> bool {
    use Operation::{BatchWrite, Delete, Put, TransactWrite, Update};
    matches!(operation, Put | Update | Delete | BatchWrite | TransactWrite)
}

/// Whether an operation makes an item out of nothing, so that no key has to be known before.
pub fn makes_item(design: &Design<'_>, request: &Request<'_>) -> bool {
    let entities = || request.entities.iter().filter_map(|id| design.entity(*id));
    let is_key = |name: &String| entities().any(|entity| is_in_primary_key(design, entity, name));
    match request.operation {
        // A put carries the whole item, whatever the pattern says of it.
        Operation::Put => true,
        // Items that are not asked for by their keys are put.
        Operation::BatchWrite | Operation::TransactWrite => {
            request.key.is_empty() && !request.conditions.keys().any(is_key)
        }
        _ => false,
    }
}

/// Whether a comparison can be a range of a sort key.
pub fn is_range(operator: Operator) -> bool {
    use Operator::{AtLeast, AtMost, BeginsWith, Between, GreaterThan, LessThan};
    matches!(operator, AtLeast | AtMost | BeginsWith | Between | GreaterThan | LessThan)
}

fn plan<'m>(
    design: &Design<'m>,
    collections: &CollectionIndex,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
) -> Plan<'m> {
    let table = request.entities.first().and_then(|id| design.entity(*id)?.table);
    let Some(table) = table else {
        return Plan { candidates: Vec::new(), chosen: None, is_pinned: false, unordered: None };
    };
    let pinned = pattern.via.filter(|_| request.action.is_none());
    let mut unordered = Vec::new();
    let candidates: Vec<Candidate<'m>> = design
        .paths_of(table)
        .map(|(id, path)| Candidate {
            path: id,
            outcome: try_path::try_path(design, pattern, request, path).map(Box::new).map_err(|rejection| {
                let counts = pinned.is_none_or(|via| via == id);
                unordered.extend(rejection.unordered.filter(|_| counts).map(|access| (id, access)));
                rejection.clauses
            }),
        })
        .collect();
    let chosen = match pinned {
        Some(via) => candidates.iter().position(|c| c.path == via && c.outcome.is_ok()),
        None => choice::best(design, pattern, request, &candidates),
    };
    // Of several, which one the code reads is not known.
    let unordered = unordered.pop().filter(|_| unordered.is_empty() && chosen.is_none());
    let mut plan = Plan { candidates, chosen, is_pinned: pinned.is_some(), unordered };
    let read = match chosen.and_then(|index| plan.candidates.get_mut(index)) {
        Some(candidate) => candidate.outcome.as_mut().ok().map(|access| (candidate.path, access)),
        None => plan.unordered.as_mut().map(|(path, access)| (*path, access)),
    };
    if let Some((id, access)) = read
        && let Some(path) = design.path(id)
    {
        (access.over_read, access.may_read) = collections.over_read(design, request, path, access);
        limit::end_by_limit(design, pattern, request, path, access);
        estimate::count_read(pattern, access);
    }
    plan
}

/// The path that a scan's conditions would be a query of, if there is one that gives every item
/// that the scan does.
pub fn query_instead<'m>(design: &Design<'m>, pattern: &PatternDesign<'m>, scan: &Request<'m>) -> Option<PathId> {
    let query = Request {
        operation: Operation::Query,
        entities: scan.entities.clone(),
        conditions: scan.conditions,
        key: scan.key,
        action: scan.action,
        count: scan.count,
        place: scan.place.clone(),
    };
    let table = design.entity(*query.entities.first()?)?.table?;
    let candidates: Vec<Candidate<'m>> = design
        .paths_of(table)
        .map(|(id, path)| Candidate {
            path: id,
            outcome: try_path::try_path(design, pattern, &query, path).map(Box::new).map_err(|r| r.clauses),
        })
        .filter(|candidate| {
            let access = candidate.outcome.as_ref().ok().filter(|access| access.caveats.is_empty());
            access.zip(design.path(candidate.path)).is_some_and(|(access, path)| {
                // Where all items have one key value, a range can be most of them, and reading these a
                // second time costs more than a scan.
                let is_range = access.fetch.is_none() && !reads_all(design, &query, path, access);
                !has_one_partition(design, &query, path) || is_range
            })
        })
        .collect();
    choice::best(design, pattern, &query, &candidates)
        .and_then(|index| candidates.get(index))
        .map(|candidate| candidate.path)
}

/// The same for a strong scan, where the query may be an eventually consistent one.
pub fn eventual_query_instead<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    scan: &Request<'m>,
) -> Option<PathId> {
    if consistency(design, pattern) != Consistency::Strong {
        return None;
    }
    let said = AccessPattern { consistency: Some(Consistency::Eventual), ..pattern.pattern.clone() };
    let pattern = PatternDesign {
        name: pattern.name,
        pattern: &said,
        entities: pattern.entities.clone(),
        requests: Vec::new(),
        via: pattern.via,
        next: Vec::new(),
        is_bound: pattern.is_bound,
        place: pattern.place.clone(),
    };
    query_instead(design, &pattern, scan)
}

/// Whether the partition key of a path is the same for every item of a request's entities.
pub fn has_one_partition(design: &Design<'_>, request: &Request<'_>, path: &AccessPath<'_>) -> bool {
    request.entities.iter().filter_map(|id| design.entity(*id)).all(|entity| {
        path.partition.iter().all(|key| entity.fills.get(*key).is_some_and(|fill| fill.template.is_constant()))
    })
}

/// Whether a query reads as much as a scan: the partition key is the same for every item of the
/// request's entities, and nothing that differs between items bounds the sort key.
pub fn reads_all(design: &Design<'_>, request: &Request<'_>, path: &AccessPath<'_>, access: &Access<'_>) -> bool {
    let is_open = |term: &KeyTerm| {
        let text = |part: &Part| match part {
            Part::Text(text) => Some(text.to_string()),
            Part::Attribute { .. } => None,
        };
        let said: Option<String> = term.prefix.iter().map(text).collect();
        term.ranged.is_none()
            && term.ends.is_empty()
            && said.is_some_and(|said| {
                let mut entities = request.entities.iter().filter_map(|id| design.entity(*id));
                entities.all(|entity| {
                    let fill = entity.fills.get(term.key.as_str());
                    fill.is_some_and(|fill| fill.template.leading_text().starts_with(&said))
                })
            })
    };
    has_one_partition(design, request, path) && access.sort.iter().all(is_open)
}

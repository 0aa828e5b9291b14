//! Whether the patterns as a whole are work for DynamoDB.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::design::{EntityId, PatternDesign};
use crate::lint::amounts::about;
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, bytes, counted, noun, number, quoted_list};
use crate::lint::{Context, Finding, Place, Planned, Rule, is_judged};
use crate::load::State;
use crate::model::{Computes, Consistency, Need, Operation, Operator};
use crate::plan::{Clause, consistency, is_write};
use crate::source::ModelPath;

pub(super) const RULES: &[Rule] = &[rule!("relational-fit", Fit, Advice, relational_fit)];

// No source gives a number for any of this; the thresholds are our own.

/// Kinds of signals, and of patterns or entities that show them, from which on the question is worth a
/// word.
const LEAST_KINDS: usize = 3;

/// Patterns below which a list says too little of an application.
const LEAST_PATTERNS: usize = 5;

/// One pattern in so many must show a signal.
const ONE_IN: usize = 10;

/// Filters of one query that look like a search form.
const MANY_FILTERS: usize = 3;

/// Unique attributes of one entity that its key can no longer carry.
const MOST_UNIQUE: usize = 2;

/// Patterns over different entities that one request of the application joins.
const LONG_CHAIN: usize = 3;

/// Bytes and calls per second below which one small database serves all.
const SMALL_BYTES: u64 = 10 << 30;
const FEW_CALLS: u32 = 50;

/// A kind of signal, with the patterns or entities that show it.
struct Signal<'a> {
    /// What they do, as the end of a sentence that begins with their number.
    one: &'static str,
    many: &'static str,
    /// What a relational database has for it.
    answer: &'static str,
    shown_by: Vec<&'a str>,
}

fn relational_fit(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    let total = design.patterns.len();
    if total < LEAST_PATTERNS {
        return;
    }
    let all = signals(context);
    let by_key = served_by_key(context, &all.iter().flat_map(|signal| &signal.shown_by).copied().collect());
    let by_pattern: Vec<Signal<'_>> = all
        .into_iter()
        .filter(|signal| !signal.shown_by.is_empty() && signal.shown_by.len().saturating_mul(ONE_IN) >= total)
        .collect();
    let unique: Vec<&str> =
        design.entities.iter().filter(|e| unique_attributes(e) > MOST_UNIQUE).map(|e| e.name).collect();
    let small = small(context);
    let kinds = by_pattern.len() + usize::from(!unique.is_empty()) + usize::from(small.is_some());
    // One form that searches, counts and pages is one thing to design around, not three.
    let sources: BTreeSet<&str> = by_pattern.iter().flat_map(|signal| &signal.shown_by).copied().collect();
    let sources = sources.len() + unique.len() + usize::from(small.is_some());
    if kinds < LEAST_KINDS || sources < LEAST_KINDS {
        return;
    }
    let mut evidence: Vec<String> = by_pattern
        .iter()
        .map(|signal| {
            let count = signal.shown_by.len();
            let what = if count == 1 { signal.one } else { signal.many };
            format!("{count} of {total} patterns {what} ({})", quoted_list(signal.shown_by.iter().copied()))
        })
        .collect();
    if !unique.is_empty() {
        let verb = if unique.len() == 1 { "has" } else { "have" };
        evidence
            .push(format!("{} {verb} more than {MOST_UNIQUE} unique attributes", quoted_list(unique.iter().copied())));
    }
    let mut answers: Vec<&str> = by_pattern.iter().map(|signal| signal.answer).collect();
    if !unique.is_empty() {
        answers.push("unique constraints on any column");
    }
    if small.is_some() {
        answers.push("room for all of it on a small server");
    }
    let answers = answers.join(", ");
    evidence.extend(small);
    let mut finding = Finding::new(
        Place::key(ModelPath::of(["access_patterns"])),
        format!("{} of this design are what relational databases are made for", counted(kinds, "trait", "traits")),
    )
    .label(format!("seen in {sources} places"))
    .why(format!(
        "{}. For these a relational database has: {answers}. It would give up latency that stays the same at any size, capacity that follows the load by itself, and a bill for requests instead of for a server. What speaks for DynamoDB: {by_key}.",
        evidence.join("; ")
    ))
    .help("weigh both before more is built; if it is to be DynamoDB, say so with a reason (`keyplan: allow[relational-fit]`), and leave search and analysis to a system beside it (`served_by`)")
    .number("signals", kinds)
    .number("patterns", total);
    let marked: BTreeSet<&str> = by_pattern.iter().filter_map(|signal| signal.shown_by.first().copied()).collect();
    for pattern in design.patterns.iter().filter(|pattern| marked.contains(pattern.name)) {
        let what = by_pattern.iter().find(|signal| signal.shown_by.first() == Some(&pattern.name));
        finding = finding.related(Place::key(pattern.place.clone()), what.map_or("", |signal| signal.label()));
    }
    found.push(finding);
}

impl Signal<'_> {
    fn label(&self) -> &'static str {
        self.one
    }
}

fn unique_attributes(entity: &crate::design::EntityDesign<'_>) -> usize {
    entity.entity.attributes.values().filter(|attribute| attribute.unique == Some(true)).count()
}

/// What patterns show, each kind with all patterns that show it.
fn signals<'a>(context: &Context<'a, '_>) -> Vec<Signal<'a>> {
    let design = context.design;
    let of_patterns = |is: &dyn Fn(&PatternDesign<'_>) -> bool| -> Vec<&'a str> {
        design.patterns.iter().filter(|pattern| is(pattern)).map(|pattern| pattern.name).collect()
    };
    let of_requests = |is: &dyn Fn(&Planned<'a, '_>) -> bool| -> Vec<&'a str> {
        let mut names: Vec<&'a str> = context.requests().filter(|p| is(p)).map(|p| p.pattern.name).collect();
        names.dedup();
        names
    };
    let needs = |pattern: &PatternDesign<'_>, need| is_judged(pattern) && pattern.pattern.needs.contains(&need);
    vec![
        Signal {
            one: "is not known yet",
            many: "are not known yet",
            answer: "answers to new questions without a new index or a backfill",
            shown_by: of_patterns(&|pattern| pattern.pattern.undecided == Some(true)),
        },
        Signal {
            one: "filters by three or more attributes that no key serves",
            many: "filter by three or more attributes that no key serves",
            answer: "indexes that it combines for any set of filters",
            shown_by: of_requests(&|planned| filters(context, planned, |_| true) >= MANY_FILTERS),
        },
        Signal {
            one: "computes an aggregate",
            many: "compute aggregates",
            answer: "aggregates",
            shown_by: of_patterns(&|pattern| is_judged(pattern) && aggregates(pattern)),
        },
        Signal {
            one: "searches in texts",
            many: "search in texts",
            answer: "text indexes",
            shown_by: {
                let search = |operator| matches!(operator, Operator::Contains | Operator::BeginsWith);
                of_requests(&|planned| filters(context, planned, search) > 0)
            },
        },
        Signal {
            one: "wants page numbers or totals",
            many: "want page numbers or totals",
            answer: "counts with pages by number",
            shown_by: of_patterns(&|pattern| needs(pattern, Need::PageNumbers) || needs(pattern, Need::TotalCount)),
        },
        Signal {
            one: "starts a chain of reads over three or more entities",
            many: "start chains of reads over three or more entities",
            answer: "joins",
            shown_by: chains(context),
        },
        Signal {
            one: "needs a strongly consistent look-up by what is no key of the table",
            many: "need strongly consistent look-ups by what is no key of the table",
            answer: "current reads through any index",
            shown_by: of_requests(&|planned| is_strong_elsewhere(context, planned)),
        },
    ]
}

/// How many conditions of a read no key serves. A look at the expiry is none: it is to be there.
fn filters(context: &Context<'_, '_>, planned: &Planned<'_, '_>, is: impl Fn(Operator) -> bool) -> usize {
    if !matches!(planned.operation, Operation::Query | Operation::Scan) {
        return 0;
    }
    let expiry = context
        .entity_of(planned.request)
        .and_then(|entity| context.design.table(entity.table?)?.table.time_to_live.as_deref());
    let Some((_, access)) = planned.access(context.design) else {
        // Nothing serves it. A search in a text is a search all the same.
        let conditions = planned.request.conditions.values();
        return conditions.filter(|c| c.operator == Operator::Contains && is(c.operator)).count();
    };
    let counts =
        |filter: &&crate::plan::Filter<'_>| Some(filter.attribute.as_str()) != expiry && is(filter.condition.operator);
    access.filters.iter().filter(counts).count()
}

/// The first items of a key are no aggregate.
fn aggregates(pattern: &PatternDesign<'_>) -> bool {
    let pattern = pattern.pattern;
    match pattern.computes {
        Some(Computes::Top) => pattern.order_by.is_empty() || pattern.limit.is_none(),
        other => other.is_some(),
    }
}

/// Patterns that start a chain of reads, each over another entity.
fn chains<'a>(context: &Context<'a, '_>) -> Vec<&'a str> {
    let design = context.design;
    let reads = |pattern: &PatternDesign<'_>| {
        is_judged(pattern) && pattern.requests.iter().all(|request| !is_write(request.operation))
    };
    let starts = (0..design.patterns.len()).filter(|index| {
        design.patterns.get(*index).is_some_and(|pattern| !pattern.next.is_empty() && reads(pattern))
            && reaches(context, *index, &mut Vec::new(), &reads)
    });
    starts.filter_map(|index| Some(design.patterns.get(index)?.name)).collect()
}

/// Whether a chain from this pattern goes on over enough entities that it has not seen.
fn reaches(
    context: &Context<'_, '_>,
    index: usize,
    seen: &mut Vec<EntityId>,
    reads: &dyn Fn(&PatternDesign<'_>) -> bool,
) -> bool {
    let Some(pattern) = context.design.patterns.get(index).filter(|pattern| reads(pattern)) else { return false };
    let Some(entity) = pattern.entities.first().filter(|entity| !seen.contains(entity)) else { return false };
    seen.push(*entity);
    let is_long = seen.len() >= LONG_CHAIN || pattern.next.iter().any(|(next, _)| reaches(context, *next, seen, reads));
    seen.pop();
    is_long
}

/// A read that must be current by what only a global index serves.
fn is_strong_elsewhere(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> bool {
    let is_read = matches!(planned.operation, Operation::Query | Operation::Get | Operation::BatchGet);
    let is_strong = consistency(context.design, planned.pattern) == Consistency::Strong
        || planned.pattern.pattern.needs.contains(&Need::ReadYourWrites);
    if !is_read || !is_strong {
        return false;
    }
    match planned.access(context.design) {
        Some((path, _)) => path.is_global(),
        None => planned.plan.candidates.iter().any(
            |candidate| matches!(&candidate.outcome, Err(clauses) if clauses.as_slice() == [Clause::StrongOnGlobal]),
        ),
    }
}

/// Bytes of all items, where all counts and sizes are known.
fn stored(context: &Context<'_, '_>) -> Option<Decimal> {
    let each = context.design.entities.iter().map(|entity| {
        let item = context.figures.load.shapes.of(entity.id)?.item_bytes(&State::default()).ok()?;
        Some(item.saturating_mul(entity.items?))
    });
    each.into_iter().try_fold(Decimal::ZERO, |sum, one| Some(sum.saturating_add(one?)))
}

fn is_small(stored: Decimal) -> bool {
    stored < Decimal::from(SMALL_BYTES)
}

/// That the data and the traffic are small, where all of both is known.
fn small(context: &Context<'_, '_>) -> Option<String> {
    let stored = stored(context).filter(|stored| is_small(*stored))?;
    let peak = peak(context)?;
    (peak < Decimal::from(FEW_CALLS)).then(|| {
        format!(
            "all items are {} and all peaks together {} {} per second",
            bytes(stored),
            about(peak),
            noun(peak, "call", "calls")
        )
    })
}

/// Calls per second of all patterns at their peaks, where all are known.
fn peak(context: &Context<'_, '_>) -> Option<Decimal> {
    let patterns = context.design.patterns.iter().zip(&context.figures.load.patterns);
    patterns
        .map(|(_, load)| load.calls.whole_peak().ok())
        .try_fold(Decimal::ZERO, |sum, peak| Some(sum.saturating_add(peak?)))
}

/// Calls per second of all patterns whose rates are known: at their peaks, or at least on average.
fn least_calls(context: &Context<'_, '_>) -> Decimal {
    let calls = context.figures.load.patterns.iter().map(|load| load.calls);
    let known = calls.map(|calls| calls.peak.or(calls.average).unwrap_or_default());
    known.fold(Decimal::ZERO, Decimal::saturating_add)
}

/// What speaks for DynamoDB, in words.
fn served_by_key(context: &Context<'_, '_>, signals: &BTreeSet<&str>) -> String {
    let design = context.design;
    let by_key = design.patterns.iter().zip(&context.plans.patterns).filter(|(pattern, plan)| {
        // A sum over all that a key finds is no answer by the key.
        is_judged(pattern)
            && !signals.contains(pattern.name)
            && plan.is_served()
            && plan
                .requests
                .iter()
                .filter_map(crate::plan::Plan::access)
                .all(|(_, access)| !access.is_scan && access.filters.is_empty())
    });
    let mut words =
        vec![format!("{} of {} patterns are answered by a key alone", by_key.count(), design.patterns.len())];
    let known = least_calls(context);
    if known >= Decimal::from(FEW_CALLS) {
        words.push(format!("there are at least {} calls per second", number(known)));
    }
    words
        .extend(stored(context).filter(|stored| !is_small(*stored)).map(|all| format!("all items are {}", bytes(all))));
    and_list(words)
}

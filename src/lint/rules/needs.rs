//! What callers rely on and the chosen path does not give.

use crate::design::{Design, PatternDesign, Request, is_in_primary_key};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::{Consistency, Guard, Need, Operation};
use crate::plan::consistency;

pub(super) const RULES: &[Rule] = &[
    rule!("stale-read", Coverage, Warning, stale_read),
    rule!("batch-not-atomic", Coverage, Warning, batch_not_atomic),
    rule!("chain-not-atomic", Coverage, Warning, chain_not_atomic),
    rule!("unguarded-write-after-read", Coverage, Warning, unguarded_write_after_read),
    rule!("page-numbers", Coverage, Error, page_numbers),
    rule!("case-insensitive-key", Coverage, Warning, case_insensitive_key),
];

fn place(pattern: &PatternDesign<'_>, need: Need) -> Option<Place> {
    let index = pattern.pattern.needs.iter().position(|n| *n == need)?;
    Some(Place::value(pattern.place.key("needs").index(index)))
}

fn stale_read(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let Some(place) = place(planned.pattern, Need::ReadYourWrites) else { continue };
        if crate::plan::is_write(planned.operation) || planned.operation == Operation::ConditionCheck {
            continue;
        }
        let Some((path, _)) = planned.access(context.design) else { continue };
        let name = planned.pattern.name;
        if path.is_global() {
            found.push(
                Finding::new(place, format!("`{name}` must see its own writes, but reads {}", path.label()))
                    .label("an index follows after the write")
                    .related(Place::key(path.place.clone()), "eventually consistent, always")
                    .why("A global secondary index is updated after the table, usually within a second; a read right after the write may miss it.")
                    .help("read by the table's key with `consistency: strong`, or use what the write returns (`ReturnValues: ALL_NEW`)"),
            );
        } else if consistency(context.design, planned.pattern) == Consistency::Eventual
            && planned.operation != Operation::TransactGet
        {
            found.push(
                Finding::new(place, format!("`{name}` must see its own writes, but reads eventually consistent"))
                    .label("may miss the latest write")
                    .why("An eventually consistent read may come from a copy that has not seen the latest write.")
                    .help("write `consistency: strong`; it costs twice the read units"),
            );
        }
    }
}

fn batch_not_atomic(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in &context.design.patterns {
        let Some(place) = place(pattern, Need::Atomic) else { continue };
        let (is, instead) = match pattern.pattern.operation {
            Some(Operation::BatchWrite) => ("BatchWriteItem", "transact_write"),
            Some(Operation::BatchGet) => ("BatchGetItem", "transact_get"),
            _ => continue,
        };
        found.push(
            Finding::new(place, format!("`{}` must happen as a whole, but {is} may do a part", pattern.name))
                .label("a batch is not atomic")
                .related(Place::value(pattern.place.key("operation")), "each request succeeds or fails alone")
                .why(format!(
                    "{is} returns what it did not get to as unprocessed; other callers can see the half of it."
                ))
                .help(format!("write `operation: {instead}` (up to 100 items, twice the units)"))
                .edit(Place::value(pattern.place.key("operation")), instead, "make it a transaction"),
        );
    }
}

/// A read that must hold until what follows it is written, where nothing holds it.
fn unguarded_write_after_read(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    use Operation::{BatchGet, Get, Put, Query, Scan, TransactGet, TransactWrite, Update};
    for pattern in context.design.patterns.iter().filter(|pattern| super::super::is_judged(pattern)) {
        let Some(operation) = pattern.pattern.operation else { continue };
        let Some(place) = place(pattern, Need::Atomic) else { continue };
        if !matches!(operation, Get | BatchGet | TransactGet | Query | Scan) {
            continue;
        }
        let targets = || {
            let all = pattern.next.iter().filter_map(|(next, _)| context.design.patterns.get(*next));
            all.filter(|target| super::super::is_judged(target))
        };
        let is_guarded = |target: &PatternDesign<'_>| is_guarded(context.design, target);
        // One write with a condition is enough; what else is written follows from it.
        if targets().any(is_guarded) {
            continue;
        }
        let writes = |target: &PatternDesign<'_>| {
            matches!(target.pattern.operation, Some(Put | Update | TransactWrite))
                && target.requests.iter().any(|it| matches!(it.operation, Put | Update | TransactWrite))
        };
        let mut unguarded = targets().filter(|target| writes(target));
        let Some(target) = unguarded.next() else { continue };
        let (read, write) = (pattern.name, target.name);
        let is_same = target.entities.iter().any(|id| pattern.entities.contains(id));
        let help = match operation {
            Get | BatchGet | TransactGet if is_same => format!(
                "let the service look again when it writes: give `{write}` a condition on what was read (`condition: true`), such as that there is no item, or that its version is still the same"
            ),
            Get | BatchGet | TransactGet => {
                format!("let `{write}` be a `transact_write` with a `condition_check` on the item that `{read}` reads")
            }
            _ => format!(
                "no condition sees several items: keep what `{read}` looks for in one item, such as a counter, and change it with a condition in one `transact_write` with `{write}`"
            ),
        };
        let mut finding = Finding::new(
            place,
            format!("`{read}` and `{write}` must happen as a whole, but others can write between them"),
        )
        .label("a read, and then a write")
        .related(Place::key(target.place.clone()), "has no condition")
        .why("Two callers that read at the same moment see the same, and both write as if they were alone: a limit is passed, or the later write replaces the earlier. A strongly consistent read does not change that.")
        .help(help);
        for other in unguarded.take(2) {
            finding = finding.related(Place::key(other.place.clone()), "has no condition either");
        }
        found.push(finding);
    }
}

/// Whether a pattern writes only where a condition holds. A transaction alone is no guard: it is one
/// step, and yet it writes over what others wrote before it.
fn is_guarded(design: &Design<'_>, pattern: &PatternDesign<'_>) -> bool {
    let holds = |guard: Option<&Guard>| guard.is_some_and(|guard| guard.present);
    // What an update or delete asks of the item beside its key is its condition.
    let asks = |request: &Request<'_>| {
        let entity = request.entities.first().and_then(|id| design.entity(*id));
        matches!(request.operation, Operation::Update | Operation::Delete)
            && entity.is_some_and(|it| request.conditions.keys().any(|name| !is_in_primary_key(design, it, name)))
    };
    holds(pattern.pattern.condition.as_ref())
        || pattern.requests.iter().any(|request| {
            let guard = request.action.and_then(|action| action.condition.as_ref());
            request.operation == Operation::ConditionCheck || holds(guard) || asks(request)
        })
}

/// A write that must happen together with the writes that follow it, each of them a call of its own.
fn chain_not_atomic(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in context.design.patterns.iter().filter(|pattern| super::super::is_judged(pattern)) {
        let Some(place) = place(pattern, Need::Atomic) else { continue };
        // A transaction has what it asks for; what follows it, such as a line in a log, may fail.
        if !matches!(pattern.pattern.operation, Some(Operation::Put | Operation::Update | Operation::Delete)) {
            continue;
        }
        let all = pattern.next.iter().filter_map(|(next, _)| context.design.patterns.get(*next));
        let mut writes = all.filter(|next| next.pattern.operation.is_some_and(crate::plan::is_write));
        let Some(next) = writes.next() else { continue };
        let mut finding = Finding::new(
            place,
            format!("`{}` and `{}` must happen as a whole, but are two calls", pattern.name, next.name),
        )
        .label("one of the writes may fail")
        .related(Place::key(next.place.clone()), "written after it, by a call of its own")
        .why("Each call succeeds or fails alone. When the second one fails, or the program stops between them, the first stays written, and nothing takes it back.")
        .help(format!("make one `transact_write` of them, with `{}` and `{}` as its `actions` (up to 100 items, 4 MB together, twice the units)", pattern.name, next.name));
        for other in writes.take(2) {
            finding = finding.related(Place::key(other.place.clone()), "and this one");
        }
        found.push(finding);
    }
}

fn page_numbers(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in context.design.patterns.iter().filter(|pattern| super::super::is_judged(pattern)) {
        let Some(place) = place(pattern, Need::PageNumbers) else { continue };
        found.push(
            Finding::new(place, format!("`{}` jumps to a page by its number", pattern.name))
                .label("there are no offsets")
                .why("A query goes on from the last item it returned (`LastEvaluatedKey`). To skip to page 50, pages 1 to 49 are read and billed.")
                .help("page by cursor (next and previous), or say `served_by` another system"),
        );
    }
}

fn case_insensitive_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let Some(place) = place(planned.pattern, Need::CaseInsensitive) else { continue };
        let Some((path, access)) = planned.access(context.design) else { continue };
        let Some(entity) = context.entity_of(planned.request) else { continue };
        let keyed = access.partition.iter().chain(&access.sort).find_map(|term| {
            let fill = entity.fills.get(term.key.as_str())?;
            let raw = fill.template.attributes().find(|name| {
                let lower = name.to_ascii_lowercase();
                planned.request.conditions.contains_key(*name)
                    && entity.kind_of(name) == crate::model::AttributeType::String
                    && !["lower", "normal", "folded", "upper", "canonical"].iter().any(|word| lower.contains(word))
            })?;
            Some(raw.to_owned())
        });
        let Some(attribute) = keyed else { continue };
        found.push(
            Finding::new(
                place,
                format!("`{}` finds `{attribute}` whatever its case, but keys compare bytes", planned.pattern.name),
            )
            .label("`A` and `a` are different keys")
            .related(Place::key(path.place.clone()), "compares byte by byte")
            .why("Key values are compared as bytes, so `Ann@example.org` and `ann@example.org` are two values.")
            .help(format!("keep a normalised copy such as `{attribute}_lower`, and key that")),
        );
    }
}

//! Requests that no path serves. One request gives one finding: the rule that names the decisive
//! clause speaks, and the message lists why each path was rejected.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::design::PathId;
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, quoted_list, with_article};
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::model::{AttributeType, Operation, Operator};
use crate::plan::{Clause, Proposal, is_item_operation, is_short_list, operation_name, propose, writes_seldom};

pub(super) const RULES: &[Rule] = &[
    rule!("unserved-pattern", Coverage, Error, unserved_pattern),
    rule!("unserved-order", Coverage, Error, unserved_order),
    rule!("strong-read-on-index", Coverage, Error, strong_read_on_index),
    rule!("item-operation-on-index", Coverage, Error, item_operation_on_index),
    rule!("incomplete-key", Coverage, Error, incomplete_key),
    rule!("text-search", Coverage, Error, text_search),
];

/// What to do about a search inside texts.
pub(super) const TEXT_SEARCH: &str = "use `begins_with` on a sort key if a prefix is enough; otherwise feed a search engine from the table's stream and say `served_by: OpenSearch`";

/// What keeps a request from being served.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    Pattern,
    Order,
    Strong,
    IndexForItem,
    Key,
    Text,
}

fn obstacle(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> Option<Obstacle> {
    if planned.plan.chosen.is_some() || planned.plan.candidates.is_empty() {
        return None;
    }
    let operation = planned.operation;
    if is_item_operation(operation) {
        let pinned_to_index =
            planned.pattern.via.and_then(|via| context.design.path(via)).is_some_and(|path| !path.is_table());
        let is_by_order = |clauses: &[Clause]| clauses.iter().all(|clause| matches!(clause, Clause::Order { .. }));
        return Some(if planned.plan.is_pinned && pinned_to_index {
            Obstacle::IndexForItem
        } else if rejections(planned).any(|(_, clauses)| is_by_order(clauses)) {
            Obstacle::Order
        } else {
            Obstacle::Key
        });
    }
    let mut only_order = false;
    for (_, clauses) in rejections(planned) {
        // Said by `rejected-comparison`.
        if clauses.iter().any(|clause| matches!(clause, Clause::SeveralComparisons { .. })) {
            return None;
        }
        if clauses.iter().all(|clause| *clause == Clause::StrongOnGlobal) {
            return Some(Obstacle::Strong);
        }
        only_order |= clauses.iter().all(is_order);
    }
    if only_order {
        return Some(Obstacle::Order);
    }
    if operation == Operation::Query && searches_text(context, planned).is_some() {
        return Some(Obstacle::Text);
    }
    Some(Obstacle::Pattern)
}

/// The rejected paths that count: the pinned one, or all.
fn rejections<'p>(planned: &Planned<'p, '_>) -> impl Iterator<Item = (PathId, &'p [Clause])> {
    let pinned = planned.pattern.via.filter(|_| planned.plan.is_pinned);
    planned
        .plan
        .candidates
        .iter()
        .filter(move |candidate| pinned.is_none_or(|via| candidate.path == via))
        .filter_map(|candidate| Some((candidate.path, candidate.outcome.as_ref().err()?.as_slice())))
}

/// The text attribute that the request searches inside, when nothing else is known by equality.
pub(super) fn searches_text<'p>(context: &Context<'p, '_>, planned: &Planned<'p, '_>) -> Option<&'p str> {
    let entity = context.entity_of(planned.request)?;
    let conditions = planned.request.conditions;
    if conditions.values().any(|c| c.operator == Operator::Equals) {
        return None;
    }
    conditions.iter().find_map(|(name, condition)| {
        let is_text = matches!(entity.kind_of(name), AttributeType::String);
        (condition.operator == Operator::Contains && is_text).then_some(name.as_str())
    })
}

/// "table `Shop`: …; index `by_x`: …", the nearest misses first.
fn reasons(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> String {
    let mut all: Vec<(usize, String)> = rejections(planned)
        .filter_map(|(path, clauses)| {
            let path = context.design.path(path)?;
            let first = clauses.first()?;
            let more = if clauses.len() > 1 { format!(" (and {} more)", clauses.len() - 1) } else { String::new() };
            Some((clauses.len(), format!("- {}: {first}{more}", path.label())))
        })
        .collect();
    all.sort_by_key(|(clauses, _)| *clauses);
    const MOST: usize = 5;
    let more = all.len().saturating_sub(MOST);
    let mut lines: Vec<String> = all.into_iter().take(MOST).map(|(_, line)| line).collect();
    if more > 0 {
        lines.push(format!("- and {more} more; `keyplan plan {}` lists them all", planned.pattern.name));
    }
    lines.join("\n")
}

/// The proposal of an index, as help.
pub(super) fn proposal(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> Option<String> {
    described(context, &propose(context.design, planned.pattern, planned.request)?)
}

/// A proposal in words, with what is to be pasted.
pub(super) fn described(context: &Context<'_, '_>, proposal: &Proposal) -> Option<String> {
    let table = context.design.table(proposal.table)?;
    let yaml: String = proposal.yaml().lines().map(|line| format!("  {line}\n")).collect();
    let caveats: String = proposal.caveats.iter().map(|caveat| format!("but {caveat}\n")).collect();
    let beside: String = proposal.beside().iter().map(|sentence| format!("{sentence}\n")).collect();
    Some(format!("this index of `{}` would serve it (under `global_indexes`):\n{yaml}{caveats}{beside}", table.name))
}

fn place(planned: &Planned<'_, '_>) -> Place {
    Place::key(planned.request.place.clone())
}

/// The place of the pattern's `where`, where it has one.
fn where_place(planned: &Planned<'_, '_>) -> Place {
    if planned.request.conditions.is_empty() { place(planned) } else { Place::key(planned.request.place.key("where")) }
}

fn each(
    context: &Context<'_, '_>,
    wanted: Obstacle,
    found: &mut Vec<Finding>,
    report: impl Fn(&Planned<'_, '_>) -> Finding,
) {
    for planned in context.requests() {
        if obstacle(context, &planned) == Some(wanted) {
            let mut finding = report(&planned);
            if let Some(path) = planned.pattern.via.and_then(|via| context.design.path(via)) {
                finding = finding.related(Place::key(path.place.clone()), "the path it is pinned to");
            }
            found.push(finding);
        }
    }
}

fn unserved_pattern(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    each(context, Obstacle::Pattern, found, |planned| {
        let name = planned.pattern.name;
        let subject = match planned.pattern.via.and_then(|via| context.design.path(via)) {
            Some(path) if planned.plan.is_pinned => format!("{} does not serve `{name}`", path.label()),
            _ => format!("no key or index serves `{name}`"),
        };
        let finding = Finding::new(where_place(planned), subject)
            .label("what is known here is no key")
            .why(format!("Each path was tried:\n{}", reasons(context, planned)));
        let other = other_path(context, planned).or_else(|| fill_key(context, planned));
        let asks_nothing = planned.request.conditions.is_empty() && planned.request.key.is_empty();
        match other.or_else(|| proposal(context, planned)) {
            Some(help) => finding.help(help),
            None if asks_nothing => finding.label("nothing is known to query by").help(of_all(context, planned)),
            None => finding.help("bind a partition key by equality, or add an index whose partition key is known here"),
        }
    });
}

/// What to do where all items are asked for.
fn of_all(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> String {
    let entities = || planned.request.entities.iter().filter_map(|id| context.design.entity(*id));
    let tables: BTreeSet<&str> =
        entities().filter_map(|entity| Some(context.design.base_path(entity.table?)?.name)).collect();
    let is_small = entities().all(|entity| {
        let requests = context.requests_of(entity.id).map(|planned| (planned.pattern, planned.request));
        is_short_list(entity, Decimal::ONE) || writes_seldom(context.model, requests)
    });
    let key = match is_small {
        true => "a constant",
        false => "a shard (`type: number, shards: 10`), of which a call queries every one",
    };
    format!(
        "write `operation: scan` to read all of table {}, or give {} an index of {} own whose partition key is {key}",
        quoted_list(tables),
        quoted_list(entities().map(|entity| entity.name)),
        if planned.request.entities.len() == 1 { "its" } else { "their" }
    )
}

/// What a pattern pinned to an index lacks, where that is only a key attribute of its entity.
fn fill_key(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> Option<String> {
    let (_, clauses) = rejections(planned).find(|_| planned.plan.is_pinned)?;
    let missing: Vec<String> = clauses
        .iter()
        .filter_map(|clause| match clause {
            Clause::NotMember { entity, key } => Some(format!("`{entity}` a value for `{key}`")),
            _ => None,
        })
        .collect();
    let path = planned.pattern.via.and_then(|via| context.design.path(via))?;
    if clauses.iter().any(|clause| matches!(clause, Clause::NotItsKey { .. })) {
        return Some(format!("compare the keys of {}: {}", path.label(), quoted_list(path.keys())));
    }
    (!missing.is_empty())
        .then(|| format!("give {} (under its `keys`), so that its items are in {}", and_list(missing), path.label()))
}

/// A path that would serve a pinned pattern.
fn other_path(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> Option<String> {
    let path = context.design.path(planned.plan.path_instead()?)?;
    Some(format!("{} serves it: write `via: {}`, or leave `via` out", path.label(), path.via()))
}

fn is_order(clause: &Clause) -> bool {
    matches!(clause, Clause::Order { .. } | Clause::StrongOnGlobal)
}

fn unserved_order(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    each(context, Obstacle::Order, found, |planned| {
        let wanted = planned.pattern.pattern.order_by.0.join(", ");
        if is_item_operation(planned.operation) {
            let what = format!("`{}` asks items by their keys for an order", planned.pattern.name);
            return Finding::new(Place::value(planned.pattern.place.key("order_by")), what)
                .label(format!("`{wanted}` is no order of theirs"))
                .why(format!("{} takes whole keys, and knows no order of items.", operation_name(planned.operation)))
                .help("drop `order_by`, or make it a `query`");
        }
        let reads_all = planned.pattern.pattern.limit.is_none();
        let finding = Finding::new(
            Place::value(planned.pattern.place.key("order_by")),
            format!("no path gives `{}` in the order it asks for", planned.pattern.name),
        )
        .label(format!("`{wanted}` is not the order of the keys"))
        .why(format!(
            "A query returns items in the order of the sort key, and only in that.\n{}{}",
            reasons(context, planned),
            if reads_all { "" } else { "\nWith `limit`, other items than the wanted ones come back." }
        ));
        let sort_later = if reads_all {
            "or drop `order_by` and sort in the application, which reads every match anyway"
        } else {
            ""
        };
        // A path that only the order keeps from serving.
        let near = rejections(planned).filter(|(_, clauses)| clauses.iter().all(is_order)).flat_map(|(_, it)| it);
        let unordered = near.filter_map(|clause| match clause {
            Clause::Order { because, .. } => because.as_deref(),
            _ => None,
        });
        if let Some(unordered) = unordered.into_iter().next() {
            let remedy = unordered.why.remedy(&unordered.attribute);
            let later = if reads_all { format!("; {sort_later}") } else { String::new() };
            return finding.help(format!("{remedy}{later}"));
        }
        match proposal(context, planned) {
            Some(help) => finding.help(format!("{help}{sort_later}")),
            None if sort_later.is_empty() => finding.help("put the attribute first in a sort key"),
            None => finding.help(format!("put the attribute first in a sort key, {sort_later}")),
        }
    });
}

fn strong_read_on_index(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    each(context, Obstacle::Strong, found, |planned| {
        let place = planned.pattern.place.key("consistency");
        let place = if planned.pattern.pattern.consistency.is_some() { place } else { planned.pattern.place.clone() };
        Finding::new(Place::value(place), format!("`{}` asks for a strong read of a global secondary index", planned.pattern.name))
            .label("not possible on a global index")
            .why("The service rejects `ConsistentRead=true` on a global secondary index (ValidationException): such an index follows the table after the write.")
            .help("read by the table's own key, use a local secondary index (only at the table's creation), take the new item from the write (`ReturnValues`), or accept `consistency: eventual`")
    });
}

fn item_operation_on_index(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    each(context, Obstacle::IndexForItem, found, |planned| {
        let operation = format!("{:?}", planned.operation).to_lowercase();
        Finding::new(
            Place::value(planned.pattern.place.key("via")),
            format!("`{}` is {} through an index", planned.pattern.name, with_article(&operation)),
        )
        .label("an index answers only Query and Scan")
        .why("GetItem, writes, batches and transactions take the table's full primary key; index keys are not unique.")
        .help("make it a `query` of the index, and let a `get` by the primary key follow it (`then`) where the whole item is needed")
    });
}

fn incomplete_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    each(context, Obstacle::Key, found, |planned| {
        let entity = context.entity_of(planned.request);
        let clauses: Vec<&Clause> = planned
            .plan
            .candidates
            .iter()
            .filter(|candidate| context.design.path(candidate.path).is_some_and(|path| path.is_table()))
            .filter_map(|candidate| candidate.outcome.as_ref().err())
            .flatten()
            .collect();
        let what = clauses.iter().map(|clause| clause.to_string()).collect::<Vec<_>>().join("; ");
        let name = entity.map_or("", |entity| entity.name);
        let needed: Vec<String> =
            entity.map(|e| e.identity.iter().map(|name| format!("{name}: equals")).collect()).unwrap_or_default();
        Finding::new(
            where_place(planned),
            format!("`{}` does not know the full primary key of `{name}`", planned.pattern.name),
        )
        .label("not a full primary key")
        .why(format!(
            "{what}. The service takes an item operation only with every key attribute (ValidationException)."
        ))
        .help(format!("give the whole key, `where: {{{}}}`, or make it a `query` on what is known", needed.join(", ")))
    });
}

fn text_search(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    each(context, Obstacle::Text, found, |planned| {
        let attribute = searches_text(context, planned).unwrap_or_default();
        Finding::new(
            Place::key(planned.request.place.key("where").key(attribute)),
            format!("`{}` searches inside the text of `{attribute}`", planned.pattern.name),
        )
        .label("no key can serve `contains`")
        .why("Keys are compared as a whole or from their beginning, so every item would have to be read and filtered.")
        .help(TEXT_SEARCH)
    });
}

//! Requests of the application that take many calls one after another.

use std::collections::{BTreeMap, HashSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rust_decimal::Decimal;

use crate::design::Design;
use crate::lint::amounts::{LEAST_USD, exact, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::Operation;
use crate::prices::Direction;
use crate::units::Count;

pub(super) const RULES: &[Rule] =
    &[rule!("call-per-item", Coverage, Warning, call_per_item), rule!("long-chain", Coverage, Warning, long_chain)];

/// Calls after the first that a request usually affords: a look-up, what it leads to, and one more.
const USUAL_STEPS: usize = 2;

fn call_per_item(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let amounts = context.figures.bill.by(|line| line.source?.pattern);
    for (index_of, pattern) in context.design.patterns.iter().enumerate() {
        for (index, (next, times)) in pattern.next.iter().enumerate() {
            let (Some(times), Some(target)) = (times, context.design.patterns.get(*next)) else { continue };
            if *times <= Decimal::ONE {
                continue;
            }
            let Some(operation) = target.pattern.operation else { continue };
            let step = pattern.place.key("then");
            let step = if pattern.pattern.next.0.len() > 1 { step.index(index) } else { step };
            let (advice, level) = match operation {
                Operation::Get => (
                    format!("read them with one `batch_get` (up to 100 items in a call, the same units), or copy what is needed onto the items of `{}`", pattern.name),
                    Level::Warning,
                ),
                Operation::Query => (
                    "keep the children in the parents' item collection, or copy what is needed, so that one query reads both".to_owned(),
                    Level::Warning,
                ),
                Operation::Put | Operation::Update | Operation::Delete => (
                    "send writes that can fail alone as one `batch_write` (up to 25), or run them in the background".to_owned(),
                    Level::Advice,
                ),
                _ => continue,
            };
            let consumed = consumed(context, &amounts, index_of, (*next, *times));
            let units = consumed.as_ref().map(|(units, _)| *units);
            let finding = Finding::new(
                Place::value(step.key("times")),
                format!("`{}` calls `{}` {} times", pattern.name, target.name, Count(*times)),
            )
            .label("a call for each item")
            .related(Place::key(target.place.clone()), "called for each")
            .why(format!(
                "One request of the application makes {} calls to the service.{}",
                Count(times.saturating_add(Decimal::ONE)),
                consumed.map(|(_, words)| words).unwrap_or_default()
            ))
            .help(advice)
            .number("calls", times.to_string())
            .at_most(level);
            found.push(match units {
                Some(units) => finding.number("units", exact(units)),
                None => finding,
            });
        }
    }
}

/// The units of all calls that follow one call, with a sentence about them and what they cost.
fn consumed(
    context: &Context<'_, '_>,
    amounts: &BTreeMap<usize, Decimal>,
    from: usize,
    (next, times): (usize, Decimal),
) -> Option<(Decimal, String)> {
    let loads = &context.figures.load.patterns;
    let target = loads.get(next)?;
    let is_write = target.charges().any(|charge| charge.why.is_write());
    let units = target.units(if is_write { Direction::Write } else { Direction::Read }).ok()?.saturating_mul(times);
    let direction = if is_write { "write" } else { "read" };
    let words = format!(" The calls that follow are {}", units_of(units, direction));
    // The part of the target's bill that these calls make.
    let part = loads.get(from).and_then(|load| {
        let calls = load.calls.monthly.ok()?.saturating_mul(times);
        calls.checked_div(target.calls.monthly.ok()?)
    });
    let amount = part.map(|part| amounts.get(&next).copied().unwrap_or_default().saturating_mul(part));
    Some(match amount.filter(|amount| *amount >= LEAST_USD) {
        Some(amount) => (units, format!("{words}, {} a month.", usd(amount))),
        None => (units, format!("{words}.")),
    })
}

/// The graph of what follows what.
fn chain_graph(design: &Design<'_>) -> DiGraph<usize, ()> {
    let mut graph = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..design.patterns.len()).map(|index| graph.add_node(index)).collect();
    for (from, pattern) in nodes.iter().zip(&design.patterns) {
        for next in pattern.next.iter().filter_map(|(next, _)| nodes.get(*next)) {
            graph.add_edge(*from, *next, ());
        }
    }
    graph
}

fn long_chain(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    if design.patterns.iter().all(|pattern| pattern.next.is_empty()) {
        return;
    }
    let graph = chain_graph(design);
    // Groups come with what they lead to before them, so the longest way is known in one pass.
    let mut longest: Vec<Option<(usize, Option<usize>)>> = vec![None; design.patterns.len()];
    for group in kosaraju_scc(&graph) {
        let members: Vec<usize> = group.iter().filter_map(|node| graph.node_weight(*node).copied()).collect();
        let circular = members.len() > 1 || group.first().is_some_and(|node| graph.contains_edge(*node, *node));
        if circular {
            found.extend(circle(design, members));
            continue;
        }
        let Some(index) = members.first().copied() else { continue };
        let next = design.patterns.get(index).map(|pattern| pattern.next.as_slice()).unwrap_or_default();
        let best = next
            .iter()
            .filter_map(|(next, _)| Some((longest.get(*next).copied().flatten()?.0, *next)))
            .max_by_key(|(steps, next)| (*steps, usize::MAX - next));
        if let Some(place) = longest.get_mut(index) {
            *place = Some(best.map_or((1, None), |(steps, next)| (steps + 1, Some(next))));
        }
    }
    let targets: HashSet<usize> =
        design.patterns.iter().flat_map(|pattern| pattern.next.iter().map(|(next, _)| *next)).collect();
    for (index, pattern) in design.patterns.iter().enumerate() {
        let Some((steps, _)) = longest.get(index).copied().flatten() else { continue };
        // Only the start of a chain speaks, not each of its tails.
        if steps <= USUAL_STEPS + 1 || targets.contains(&index) {
            continue;
        }
        let way = std::iter::successors(Some(index), |at| longest.get(*at).copied().flatten()?.1);
        let names: Vec<&str> = way.filter_map(|at| design.patterns.get(at)).map(|p| p.name).collect();
        found.push(
            Finding::new(Place::key(pattern.place.key("then")), format!("`{}` is {steps} calls one after another", pattern.name))
                .label(quoted_list(names))
                .why("Each step waits for the one before, so the latencies add up, and every step can throttle.")
                .help("copy attributes that do not change, keep what is read together in one item collection, or read independent things at the same time")
                .number("steps", steps),
        );
    }
}

/// Patterns that lead back to themselves.
fn circle(design: &Design<'_>, mut members: Vec<usize>) -> Option<Finding> {
    members.sort_unstable();
    let names = members.iter().filter_map(|index| design.patterns.get(*index)).map(|pattern| pattern.name);
    let first = design.patterns.get(*members.first()?)?;
    Some(
        Finding::new(
            Place::key(first.place.key("then")),
            format!("`{}` leads back to itself: {}", first.name, quoted_list(names)),
        )
        .label("how many steps is not known")
        .why("A walk from item to item makes a call for every step and a query for every branch; a graph walk of more than two steps is what DynamoDB does worst.")
        .help("bound the depth, store the path in the items (`begins_with` reads a whole subtree), or use a graph database"),
    )
}

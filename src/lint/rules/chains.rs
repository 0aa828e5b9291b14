//! Requests of the application that take many calls one after another.

use std::collections::HashSet;

use rust_decimal::Decimal;

use crate::design::Design;
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::Operation;
use crate::units::Count;

pub(super) const RULES: &[Rule] =
    &[rule!("call-per-item", Coverage, Warning, call_per_item), rule!("long-chain", Coverage, Warning, long_chain)];

/// Calls after the first that a request usually affords: a look-up, what it leads to, and one more.
const USUAL_STEPS: usize = 2;

fn call_per_item(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in &context.design.patterns {
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
            found.push(
                Finding::new(
                    Place::value(step.key("times")),
                    format!("`{}` calls `{}` {} times", pattern.name, target.name, Count(*times)),
                )
                .label("a call for each item")
                .related(Place::key(target.place.clone()), "called for each")
                .why(format!(
                    "One request of the application makes {} calls to the service.",
                    Count(times.saturating_add(Decimal::ONE))
                ))
                .help(advice)
                .number("calls", times.to_string())
                .at_most(level),
            );
        }
    }
}

/// The longest way through `then`, by names; and whether it comes back to itself.
fn longest(design: &Design<'_>, start: usize, on_the_way: &mut Vec<usize>) -> (Vec<usize>, bool) {
    // A chain is a handful of steps; the bound keeps odd models cheap.
    const DEEPEST: usize = 12;
    let mut best = (Vec::new(), false);
    if on_the_way.len() >= DEEPEST {
        return best;
    }
    for (next, _) in design.patterns.get(start).map(|pattern| pattern.next.as_slice()).unwrap_or_default() {
        if on_the_way.contains(next) {
            return (vec![*next], true);
        }
        on_the_way.push(*next);
        let (mut rest, circular) = longest(design, *next, on_the_way);
        on_the_way.pop();
        rest.insert(0, *next);
        if circular || rest.len() > best.0.len() {
            best = (rest, circular);
        }
        if circular {
            break;
        }
    }
    best
}

fn long_chain(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    let targets: HashSet<usize> =
        design.patterns.iter().flat_map(|pattern| pattern.next.iter().map(|(next, _)| *next)).collect();
    for (index, pattern) in design.patterns.iter().enumerate() {
        if pattern.next.is_empty() {
            continue;
        }
        let (chain, circular) = longest(design, index, &mut vec![index]);
        let names = || {
            std::iter::once(pattern.name).chain(chain.iter().filter_map(|i| design.patterns.get(*i)).map(|p| p.name))
        };
        if circular {
            let lowest = chain.iter().chain([&index]).min() == Some(&index);
            if lowest {
                found.push(
                    Finding::new(Place::key(pattern.place.key("then")), format!("`{}` leads back to itself: {}", pattern.name, quoted_list(names())))
                        .label("how many steps is not known")
                        .why("A walk from item to item makes a call for every step and a query for every branch; a graph walk of more than two steps is what DynamoDB does worst.")
                        .help("bound the depth, store the path in the items (`begins_with` reads a whole subtree), or use a graph database"),
                );
            }
            continue;
        }
        // Only the start of a chain speaks, not each of its tails.
        if chain.len() > USUAL_STEPS && !targets.contains(&index) {
            let steps = chain.len() + 1;
            found.push(
                Finding::new(Place::key(pattern.place.key("then")), format!("`{}` is {steps} calls one after another", pattern.name))
                    .label(quoted_list(names()))
                    .why("Each step waits for the one before, so the latencies add up, and every step can throttle.")
                    .help("copy attributes that do not change, keep what is read together in one item collection, or read independent things at the same time")
                    .number("steps", steps),
            );
        }
    }
}

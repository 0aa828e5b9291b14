//! How often patterns are called: by the application itself, and by the chains of other patterns.

use petgraph::algo::toposort;
use petgraph::graph::DiGraph;
use rust_decimal::Decimal;

use super::Traffic;
use super::unknown::{Known, Unknown};
use crate::design::{Design, PatternDesign};
use crate::units::{Period, Rate};

/// How often a pattern is called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calls<'m> {
    /// Calls per second on average, chains included.
    pub average: Known<'m, Decimal>,
    /// Calls per second at the peak, chains included; known where that of anything in it is. What has
    /// no peak counts with its average, and `unknown_peak` remembers it.
    pub peak: Known<'m, Decimal>,
    /// Calls in a month, chains included.
    pub monthly: Known<'m, Decimal>,
    /// The part of the average that chains of other patterns make.
    pub chained: Decimal,
    /// What is missing to know what chains add, where one that calls has no known rate.
    pub unknown_chain: Option<Unknown<'m>>,
    /// What is missing to know the whole peak, where a part of it is known.
    pub unknown_peak: Option<Unknown<'m>>,
}

impl<'m> Calls<'m> {
    /// Calls per second at the peak, where the peak of everything in it is known.
    ///
    /// # Errors
    /// What is missing.
    pub fn whole_peak(&self) -> Known<'m, Decimal> {
        match self.unknown_chain.or(self.unknown_peak) {
            Some(why) => Err(why),
            None => self.peak,
        }
    }

    /// Takes up what another pattern calls.
    fn follow(&mut self, from: &Calls<'m>, times: Decimal) {
        // What is not known of a caller adds nothing that could be counted; it is remembered.
        self.unknown_chain = self.unknown_chain.or(from.average.err()).or(from.unknown_chain);
        self.unknown_peak = self.unknown_peak.or(from.unknown_peak);
        let standing_in = |calls: &Calls<'m>| calls.average.unwrap_or_default();
        self.peak = match (self.peak, from.peak) {
            (Err(own), Err(more)) => Err(if standing_in(self).is_zero() { more } else { own }),
            (own, more) => {
                let stands_in = |calls: &Calls<'m>, why| (!standing_in(calls).is_zero()).then_some(why);
                let missing = own.err().and_then(|why| stands_in(self, why));
                let missing = missing.or(more.err().and_then(|why| stands_in(from, why)));
                self.unknown_peak = self.unknown_peak.or(missing);
                let (own, more) = (own.unwrap_or(standing_in(self)), more.unwrap_or(standing_in(from)));
                Ok(own.saturating_add(more.saturating_mul(times)))
            }
        };
        let add = |a: Known<'m, Decimal>, b: Known<'m, Decimal>| {
            Ok(a?.saturating_add(b.unwrap_or_default().saturating_mul(times)))
        };
        self.average = add(self.average, from.average);
        self.monthly = add(self.monthly, from.monthly);
        self.chained = self.chained.saturating_add(standing_in(from).saturating_mul(times));
    }
}

/// The calls of every pattern of a design, in its order. A pattern's own rate counts the calls that
/// start with it; what other patterns call `then` comes on top.
pub fn calls<'m>(design: &Design<'m>, traffic: Traffic) -> Vec<Calls<'m>> {
    let mut calls: Vec<Calls<'m>> = Vec::with_capacity(design.patterns.len());
    for (index, pattern) in design.patterns.iter().enumerate() {
        calls.push(own(design, index, pattern, traffic));
    }
    if design.patterns.iter().all(|pattern| pattern.next.is_empty()) {
        return calls;
    }
    let mut graph = DiGraph::<usize, Decimal>::new();
    let nodes: Vec<_> = (0..design.patterns.len()).map(|index| graph.add_node(index)).collect();
    for (pattern, node) in design.patterns.iter().zip(&nodes) {
        for (next, times) in &pattern.next {
            if let Some(next) = nodes.get(*next) {
                graph.add_edge(*node, *next, times.unwrap_or(Decimal::ONE));
            }
        }
    }
    // In a circle nothing follows from anything; a rule reports it, and each keeps its own rate.
    let Ok(order) = toposort(&graph, None) else { return calls };
    let called: Vec<bool> =
        nodes.iter().map(|node| graph.neighbors_directed(*node, petgraph::Incoming).next().is_some()).collect();
    // A pattern that only follows others has no calls of its own.
    for (index, calls) in calls.iter_mut().enumerate() {
        let pattern = design.patterns.get(index).map(|pattern| pattern.pattern);
        let is_silent = pattern.is_some_and(|pattern| pattern.rate.is_none() && pattern.peak.is_none());
        if is_silent && called.get(index) == Some(&true) {
            *calls = Calls {
                average: Ok(Decimal::ZERO),
                peak: Err(Unknown::Peak(index)),
                monthly: Ok(Decimal::ZERO),
                chained: Decimal::ZERO,
                unknown_chain: None,
                unknown_peak: None,
            };
        }
    }
    for node in order {
        let Some(from) = graph.node_weight(node).and_then(|index| calls.get(*index)).copied() else { continue };
        let mut edges = graph.neighbors(node).detach();
        while let Some((edge, next)) = edges.next(&graph) {
            let (Some(times), Some(to)) = (graph.edge_weight(edge), graph.node_weight(next)) else { continue };
            let Some(to) = calls.get_mut(*to) else { continue };
            to.follow(&from, *times);
        }
    }
    calls
}

fn own<'m>(design: &Design<'m>, index: usize, pattern: &PatternDesign<'m>, traffic: Traffic) -> Calls<'m> {
    let per_second = |rate: Rate| per_second(rate, traffic.month_hours).saturating_mul(traffic.scale);
    let average = pattern.pattern.rate.map(per_second);
    let factor = design.model.defaults.peak_to_average.map(|count| count.0);
    let scaled = || Some(average?.saturating_mul(factor?));
    let peak = pattern.pattern.peak.map(per_second).or_else(scaled);
    let monthly = pattern.pattern.rate.map(|rate| per_month(rate, traffic.month_hours).saturating_mul(traffic.scale));
    Calls {
        average: average.ok_or(Unknown::Rate(index)),
        peak: peak.ok_or(Unknown::Peak(index)),
        monthly: monthly.ok_or(Unknown::Rate(index)),
        chained: Decimal::ZERO,
        unknown_chain: None,
        unknown_peak: None,
    }
}

/// Things per second where a month has so many hours: what is said by the month is spread over it.
fn per_second(rate: Rate, month_hours: Decimal) -> Decimal {
    match rate.per {
        Period::Month => {
            let seconds = month_hours.saturating_mul(Decimal::from(3600));
            rate.count.checked_div(seconds).unwrap_or_else(|| rate.per_second())
        }
        _ => rate.per_second(),
    }
}

/// How many things a rate makes in a month of so many hours. What is said by the month stays as it
/// is said.
pub fn per_month(rate: Rate, month_hours: Decimal) -> Decimal {
    let month_seconds = month_hours.saturating_mul(Decimal::from(3600));
    match rate.per {
        Period::Month => rate.count,
        per => rate.count.saturating_mul(month_seconds) / Decimal::from(per.seconds()),
    }
}

//! The matrix of access patterns: one row for each, with how it is served.

use rust_decimal::Decimal;
use serde_json::Value;

use super::Review;
use super::graph::Use;
use super::stop::Stop;
use super::words::{number, or_unknown, shown};
use crate::cost::dollars;
use crate::design::{Design, PathId, PatternDesign, Request};
use crate::lint::is_judged;
use crate::plan::{Expressions, Plan, TypedValue, expressions, is_write, operation_name};
use crate::prices::Direction;

/// A pattern of the matrix.
#[derive(Debug)]
pub(super) struct Row<'m> {
    /// Its position among the patterns.
    pub(super) index: usize,
    /// Its name.
    pub(super) name: &'m str,
    /// What it is for.
    pub(super) description: Option<&'m str>,
    /// Why it has no requests that could be planned.
    pub(super) note: Option<String>,
    /// Its requests.
    pub(super) requests: Vec<RequestRow>,
}

/// A request of a pattern.
#[derive(Debug)]
pub(super) struct RequestRow {
    /// What it does to what: `Query Order`.
    pub(super) operation: String,
    /// The table or index; nothing where none serves it.
    pub(super) path: Option<(PathId, String)>,
    /// The key condition with its values.
    pub(super) key: String,
    /// Conditions that are applied after items are read.
    pub(super) filter: Option<String>,
    /// Items evaluated and returned.
    pub(super) items: String,
    /// Whether it writes, or reads everything.
    what: Use,
}

impl RequestRow {
    /// What it does with the path.
    pub(super) fn what(&self) -> Use {
        self.what
    }
}

/// The rows of a design.
pub(super) fn rows<'m>(review: &Review<'_, 'm>) -> Vec<Row<'m>> {
    let Some(stop) = review.own() else { return Vec::new() };
    let design = stop.costing.design;
    design
        .patterns
        .iter()
        .enumerate()
        .map(|(index, pattern)| Row {
            index,
            name: pattern.name,
            description: pattern.pattern.description.as_deref(),
            note: note(pattern, review.plans.of(index).is_empty()),
            requests: if is_judged(pattern) {
                let plans = review.plans.of(index);
                pattern.requests.iter().zip(plans).map(|(request, plan)| row(design, pattern, request, plan)).collect()
            } else {
                Vec::new()
            },
        })
        .collect()
}

fn note(pattern: &PatternDesign<'_>, is_empty: bool) -> Option<String> {
    if pattern.pattern.undecided == Some(true) {
        return Some("not designed yet".to_owned());
    }
    if let Some(system) = &pattern.pattern.served_by {
        return Some(format!("served by {system}"));
    }
    if !pattern.is_bound || is_empty {
        return Some("no plan: a name in it is wrong or missing, see the findings".to_owned());
    }
    None
}

fn row<'m>(design: &Design<'m>, pattern: &PatternDesign<'m>, request: &Request<'m>, plan: &Plan<'m>) -> RequestRow {
    let names: Vec<&str> = request.entities.iter().filter_map(|id| Some(design.entity(*id)?.name)).collect();
    let times = if request.count == Decimal::ONE { String::new() } else { format!("{} × ", number(request.count)) };
    let operation = format!("{times}{} {}", operation_name(request.operation), names.join(", "));
    let Some((path, access)) = plan.access().and_then(|(id, access)| Some((design.path(id)?, access))) else {
        let empty = String::new;
        return RequestRow { operation, path: None, key: empty(), filter: None, items: empty(), what: Use::Read };
    };
    let what = match (is_write(request.operation), access.is_scan) {
        (true, _) => Use::Write,
        (false, true) => Use::Scan,
        (false, false) => Use::Read,
    };
    let written = expressions(design, pattern, request, path, access).unwrap_or_default();
    let key = if access.is_scan {
        "every item".to_owned()
    } else if let Some(condition) = &written.key_condition_expression {
        with_values(condition, &written)
    } else {
        let parts = written.key.iter().map(|(name, value)| format!("{name} = {}", plain(value)));
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() { own_key(design, request) } else { parts.join(" AND ") }
    };
    let filter = written.filter_expression.as_ref().map(|filter| with_values(filter, &written));
    let items = match access.is_item {
        true => or_unknown(access.queries),
        false => {
            let (evaluated, returned) = (or_unknown(access.evaluated), or_unknown(access.returned));
            if evaluated == returned { evaluated } else { format!("{evaluated} → {returned}") }
        }
    };
    RequestRow { operation, path: Some((path.id, path.label())), key, filter, items, what }
}

/// The primary key of an item that is written as a whole.
fn own_key(design: &Design<'_>, request: &Request<'_>) -> String {
    let entity = request.entities.first().and_then(|id| design.entity(*id));
    let Some((entity, base)) = entity.and_then(|entity| Some((entity, design.base_path(entity.table?)?))) else {
        return String::new();
    };
    let parts = base.keys().filter_map(|key| Some(format!("{key} = {}", entity.fills.get(key)?.template)));
    parts.collect::<Vec<_>>().join(" AND ")
}

fn plain(value: &TypedValue) -> String {
    let text = |value: &Value| shown(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
    value.values().next().map(text).unwrap_or_default()
}

/// An expression with its names and values in the places of their placeholders.
fn with_values(expression: &str, written: &Expressions) -> String {
    let mut out = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find([':', '#']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = from.char_indices().skip(1).find(|(_, c)| !is_part(*c)).map_or(from.len(), |(at, _)| at);
        let (placeholder, after) = from.split_at(end);
        let name = written.expression_attribute_names.get(placeholder).cloned();
        let value = written.expression_attribute_values.get(placeholder).map(plain);
        out.push_str(&name.or(value).unwrap_or_else(|| placeholder.to_owned()));
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Row<'_> {
    /// Whether every request has a path; nothing where it is not to be judged.
    pub(super) fn is_served(&self, review: &Review<'_, '_>) -> Option<bool> {
        review.checked.patterns.get(self.index).and_then(|pattern| pattern.is_served)
    }

    /// Units of one call.
    pub(super) fn units(&self, stop: &Stop<'_, '_>) -> String {
        let Some(load) = stop.costing.figures.load.patterns.get(self.index) else { return String::new() };
        if load.charges().next().is_none() {
            return "–".to_owned();
        }
        let mut parts = Vec::new();
        for (direction, word) in [(Direction::Read, "read"), (Direction::Write, "write")] {
            match load.units(direction) {
                Ok(units) if units.is_zero() => {}
                Ok(units) => parts.push(format!("{} {word}", number(units))),
                Err(_) => parts.push("unknown".to_owned()),
            }
        }
        parts.dedup();
        parts.join(", ")
    }

    /// Calls per second at the peak; the average where no peak is known.
    pub(super) fn calls(&self, stop: &Stop<'_, '_>) -> String {
        let Some(load) = stop.costing.figures.load.patterns.get(self.index) else { return String::new() };
        match (load.calls.peak, load.calls.average) {
            (Ok(peak), _) if load.calls.whole_peak().is_err() => format!("at least {}", number(peak)),
            (Ok(peak), _) => number(peak),
            (Err(_), Ok(average)) => format!("{} on average", number(average)),
            (Err(_), Err(_)) => "unknown".to_owned(),
        }
    }

    /// The busiest key value that it lands on.
    pub(super) fn heat(&self, stop: &Stop<'_, '_>) -> String {
        let heat = stop.heat.get(self.index).copied().flatten();
        heat.map_or_else(|| "–".to_owned(), |heat| heat.words())
    }

    /// US dollars a month.
    pub(super) fn usd(&self, stop: &Stop<'_, '_>) -> String {
        let has_load =
            stop.costing.figures.load.patterns.get(self.index).is_some_and(|load| load.charges().next().is_some());
        match stop.usd.get(self.index).copied().flatten() {
            Some(amount) => dollars(amount),
            None if has_load => "unknown".to_owned(),
            None => "–".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_give_way_to_what_they_stand_for() {
        let value = |text: &str| -> TypedValue { std::iter::once(("S", Value::from(text))).collect() };
        let written = Expressions {
            expression_attribute_names: [("#s".to_owned(), "status".to_owned())].into_iter().collect(),
            expression_attribute_values: [(":sk".to_owned(), value("A#{b}")), (":sk_to".to_owned(), value("A$"))]
                .into_iter()
                .collect(),
            ..Expressions::default()
        };
        assert_eq!(with_values("#s BETWEEN :sk AND :sk_to", &written), "status BETWEEN A#{b} AND A$");
    }
}

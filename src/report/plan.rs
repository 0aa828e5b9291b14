//! Access plans as a database's EXPLAIN prints them, for people and as JSON.

use std::collections::BTreeMap;
use std::io::Write;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Written, load};
use crate::cost::{Figures, Missing, dollars};
use crate::design::{AccessPath, Design, PathId, PatternDesign, Request};
use crate::load::{Basis, Known, PatternLoad, Spot, Unknown};
use crate::model::{Operation, Operator};
use crate::plan::{
    Access, Candidate, Clause, Expressions, Filter, OrderServed, OverRead, Plan, Plans, Proposal, differing_types,
    expressions, is_item_operation, operation_name, propose,
};
use crate::units::{Count, Share};

/// Where a plan is written, and how wide it may be.
struct Page<'w> {
    out: &'w mut dyn Write,
    width: usize,
}

impl Page<'_> {
    /// What `write!` calls.
    fn write_fmt(&mut self, text: std::fmt::Arguments<'_>) -> Written {
        self.out.write_fmt(text)
    }
}

/// Writes the plans of patterns, wrapped to a width; what is to be pasted is not wrapped.
///
/// # Errors
/// When writing fails.
pub fn write(
    out: &mut dyn Write,
    width: usize,
    (design, plans, figures): (&Design<'_>, &Plans<'_>, &Figures<'_>),
    patterns: &[usize],
) -> Written {
    let out = &mut Page { out, width };
    let costs = figures.bill.of_patterns(design.patterns.len());
    let mut spots: BTreeMap<usize, Vec<&Spot<'_>>> = BTreeMap::new();
    for spot in &figures.heat {
        for part in &spot.contributions {
            let of = spots.entry(part.pattern).or_default();
            if of.last().is_none_or(|last| !std::ptr::eq(*last, spot)) {
                of.push(spot);
            }
        }
    }
    for (position, index) in patterns.iter().enumerate() {
        let Some(pattern) = design.patterns.get(*index) else { continue };
        if position > 0 {
            writeln!(out)?;
        }
        pattern_plan(out, design, pattern, plans.of(*index))?;
        // What nothing serves consumes nothing that could be shown.
        let is_served = plans.patterns.get(*index).is_some_and(|plan| plan.is_served());
        let load = figures.load.patterns.get(*index).filter(|load| is_served && load.charges().next().is_some());
        if let Some(load) = load {
            consumption(out, design, (pattern, plans.of(*index), load), costs.get(*index).copied().flatten())?;
            heat(out, design, spots.get(index).map(Vec::as_slice).unwrap_or_default(), *index)?;
        }
    }
    Ok(())
}

/// What a call consumes, how often it comes, and what that costs.
fn consumption(
    out: &mut Page<'_>,
    design: &Design<'_>,
    (pattern, plans, load): (&PatternDesign<'_>, &[Plan<'_>], &PatternLoad<'_>),
    cost: Option<Decimal>,
) -> Written {
    let mut parts: Vec<(PathId, bool, Known<'_, Decimal>)> = Vec::new();
    for charge in load.charges() {
        let is_write = charge.why.is_write();
        match parts.iter_mut().find(|part| part.0 == charge.path && part.1 == is_write) {
            Some(part) => part.2 = part.2.and_then(|sum| Ok(sum.saturating_add(charge.units?))),
            None => parts.push((charge.path, is_write, charge.units)),
        }
    }
    let mut shown = Vec::new();
    for (path, is_write, units) in parts.iter().filter(|part| part.2 != Ok(Decimal::ZERO)) {
        let Some(path) = design.path(*path) else { continue };
        let direction = if *is_write { "write" } else { "read" };
        let units = match units {
            Ok(units) => rounded(*units, 3),
            Err(_) => "unknown".to_owned(),
        };
        shown.push(format!("{units} {direction} of {}", path.label()));
    }
    field(out, "units", &format!("{} per call", shown.join(", ")))?;
    let pages = load.requests.iter().zip(plans).filter_map(|(request, plan)| {
        let pages = request.charges.iter().filter_map(|charge| charge.pages).max()?;
        Some((pages, plan.access()?.1))
    });
    if let Some((pages, access)) = pages.max_by_key(|(pages, _)| *pages).filter(|(pages, _)| *pages > Decimal::ONE) {
        field(out, "pages", &paged(pattern, access, pages))?;
    }
    let mut rates = Vec::new();
    if let Ok(average) = load.calls.average {
        rates.push(format!("{} on average", rate(average)));
    }
    if let Ok(peak) = load.calls.peak {
        let least = if load.calls.whole_peak().is_ok() { "" } else { "at least " };
        rates.push(format!("{least}{} at the peak", rate(peak)));
    }
    if !load.calls.chained.is_zero() {
        rates.push(format!("{} of it from other patterns", rate(load.calls.chained)));
    }
    if !rates.is_empty() {
        field(out, "calls", &rates.join(", "))?;
    }
    if let Some(cost) = cost {
        field(out, "cost", &format!("{} USD a month", dollars(cost)))?;
    }
    let mut unknown: Vec<Unknown<'_>> = load.charges().filter_map(|charge| charge.units.err()).collect();
    unknown.dedup();
    for why in unknown {
        field(out, "unknown", &Missing::Load(why).describe(design).1)?;
    }
    Ok(())
}

/// A number to so many places, and to four digits from a million on; what is not nothing does not read as
/// nothing.
fn rounded(number: Decimal, places: u32) -> String {
    let is_large = number >= Decimal::from(1_000_000);
    let rounded = if is_large { number.round_sf(4).unwrap_or(number).normalize() } else { number.round_dp(places) };
    match rounded.is_zero() && !number.is_zero() {
        true => format!("less than {}", Decimal::new(1, places)),
        false => Count(rounded).to_string(),
    }
}

/// Calls in a second, or in a day where these are few.
fn rate(per_second: Decimal) -> String {
    const SECONDS_OF_A_DAY: u32 = 86_400;
    match per_second.is_zero() || per_second >= Decimal::new(1, 2) {
        true => format!("{}/s", rounded(per_second, 3)),
        false => format!("{}/day", rounded(per_second.saturating_mul(SECONDS_OF_A_DAY.into()), 1)),
    }
}

/// How many pages a call reads: those of a query or segment come one after the other, but several
/// queries or segments do not wait for each other.
fn paged(pattern: &PatternDesign<'_>, access: &Access<'_>, pages: Decimal) -> String {
    let segments = pattern.pattern.segments.filter(|_| access.is_scan).map_or(Decimal::ONE, Decimal::from);
    let (parts, one, several) = match access.is_scan {
        true => (segments, "segment", "segments"),
        false => (access.queries.unwrap_or(Decimal::ONE), "query", "queries"),
    };
    let all = format!("{} of up to 1 MB", Count(pages));
    if parts <= Decimal::ONE {
        return format!("{all}, one after the other");
    }
    let each = pages.checked_div(parts).filter(|each| *each > Decimal::ONE);
    let each = each.map_or("one".to_owned(), |each| format!("{} in turn", rounded(each, 1)));
    format!("{all}; {each} for each {one}, and {several} can run side by side")
}

/// Less than this share of a ceiling is not worth a line.
const WARM: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// The busiest key value of every path that the pattern lands on, with all that lands there.
fn heat(out: &mut Page<'_>, design: &Design<'_>, spots: &[&Spot<'_>], pattern: usize) -> Written {
    let own = |spot: &Spot<'_>, is_write: bool| {
        // A path that the pattern's own calls leave alone has the heat of others.
        let lands = spot
            .contributions
            .iter()
            .any(|part| part.pattern == pattern && part.is_write == is_write && part.per_call != Ok(Decimal::ZERO));
        if lands { spot.heat(is_write) } else { Decimal::ZERO }
    };
    let mut busiest: BTreeMap<PathId, &Spot<'_>> = BTreeMap::new();
    for spot in spots {
        let warmth = |spot: &Spot<'_>| own(spot, false).max(own(spot, true));
        let known = busiest.entry(spot.path).or_insert(spot);
        if warmth(spot) > warmth(known) {
            *known = spot;
        }
    }
    for (path, spot) in busiest {
        let Some(path) = design.path(path) else { continue };
        let mut sides = Vec::new();
        for (is_write, word) in [(false, "reads"), (true, "writes")] {
            let heat = own(spot, is_write);
            if heat >= WARM {
                sides.push(format!("{} of the {word} that one key value can take", Share(heat.round_dp(3))));
            }
        }
        if sides.is_empty() {
            continue;
        }
        let at_least = if spot.unknown().next().is_some() { "at least " } else { "" };
        let even = if spot.basis() == Basis::Even { ", if traffic is even" } else { "" };
        field(out, "heat", &format!("`{}` of {}: {at_least}{}{even}", spot.key, path.label(), sides.join(", ")))?;
    }
    Ok(())
}

fn pattern_plan(out: &mut Page<'_>, design: &Design<'_>, pattern: &PatternDesign<'_>, plans: &[Plan<'_>]) -> Written {
    writeln!(out, "{}", pattern.name)?;
    if let Some(description) = &pattern.pattern.description {
        writeln!(out, "  {description}")?;
    }
    if pattern.pattern.undecided == Some(true) {
        return writeln!(out, "  not designed yet");
    }
    if let Some(system) = &pattern.pattern.served_by {
        return writeln!(out, "  served by {system}");
    }
    if plans.is_empty() {
        return writeln!(out, "  no plan: it names no operation or no entity that exists");
    }
    for (request, plan) in pattern.requests.iter().zip(plans) {
        request_plan(out, design, pattern, request, plan)?;
    }
    Ok(())
}

fn entity_names(design: &Design<'_>, request: &Request<'_>) -> String {
    request.entities.iter().filter_map(|id| Some(design.entity(*id)?.name)).collect::<Vec<_>>().join(", ")
}

fn request_plan(
    out: &mut Page<'_>,
    design: &Design<'_>,
    pattern: &PatternDesign<'_>,
    request: &Request<'_>,
    plan: &Plan<'_>,
) -> Written {
    let is_one_call = request.action.is_none();
    let keys = plan.access().and_then(|(_, access)| access.queries).unwrap_or(Decimal::ONE);
    let (times, items) = match (request.count == Decimal::ONE, is_one_call) {
        (true, _) => (String::new(), String::new()),
        (false, true) => (String::new(), format!(", {} items in a call", Count(request.count.saturating_mul(keys)))),
        (false, false) => (format!("{} × ", Count(request.count)), String::new()),
    };
    writeln!(out, "  {times}{} {}{items}", operation_name(request.operation), entity_names(design, request))?;
    let chosen = plan.access().and_then(|(id, access)| Some((design.path(id)?, access)));
    match chosen {
        Some((path, access)) => chosen_path(out, design, pattern, request, path, access, plan)?,
        None => {
            writeln!(out, "    not served")?;
            if let Some(path) = path_instead(design, plan) {
                writeln!(out, "    {} serves it: write `via: {}`, or leave `via` out", path.label(), path.via())?;
            } else if let Some(proposal) = propose(design, pattern, request) {
                let table = design.table(proposal.table).map_or("", |table| table.name);
                writeln!(out, "    this index of `{table}` would serve it (under `global_indexes`):")?;
                for line in proposal.yaml().lines() {
                    writeln!(out, "      {line}")?;
                }
                for caveat in &proposal.caveats {
                    writeln!(out, "      (but {caveat})")?;
                }
                let width = out.width.clamp(50, 110) - 4;
                for line in proposal.beside().iter().flat_map(|sentence| textwrap::wrap(sentence, width)) {
                    writeln!(out, "    {line}")?;
                }
            }
        }
    }
    if is_item_operation(request.operation) && plan.chosen.is_some() {
        return Ok(());
    }
    rejected(out, design, plan)
}

/// Columns that a field's name takes.
const INDENT: usize = 15;

fn field(out: &mut Page<'_>, name: &str, value: &str) -> Written {
    let width = out.width.clamp(50, 110) - INDENT;
    for (index, line) in textwrap::wrap(value, width).iter().enumerate() {
        let name = if index == 0 { name } else { "" };
        writeln!(out, "    {name:<10} {line}")?;
    }
    Ok(())
}

fn chosen_path(
    out: &mut Page<'_>,
    design: &Design<'_>,
    pattern: &PatternDesign<'_>,
    request: &Request<'_>,
    path: &AccessPath<'_>,
    access: &Access<'_>,
    plan: &Plan<'_>,
) -> Written {
    let pinned = if plan.is_pinned { " (pinned by `via`)" } else { "" };
    field(out, "path", &format!("{}{pinned}", path.label()))?;
    if let Some(written) = expressions(design, pattern, request, path, access) {
        parameters(out, &written)?;
    }
    let order = match access.order {
        OrderServed::NotAsked => None,
        OrderServed::Forwards => Some("as stored".to_owned()),
        OrderServed::Backwards => Some("read backwards".to_owned()),
        OrderServed::Merged { backwards } => {
            let direction = if backwards { ", each read backwards" } else { "" };
            Some(format!("the application merges the queries{direction}"))
        }
    };
    if let Some(order) = order {
        field(out, "order", &order)?;
    }
    if access.is_item && access.queries != Some(Decimal::ONE) {
        let keys = access.queries.map_or("an unknown number".to_owned(), |queries| Count(queries).to_string());
        let takes_one = matches!(request.operation, Operation::Get | Operation::Update | Operation::Delete);
        match takes_one && request.action.is_none() {
            true => field(out, "keys", &format!("{keys}, and a call takes one"))?,
            false if request.count == Decimal::ONE => field(out, "keys", &format!("{keys} in one call"))?,
            false => field(out, "keys", &format!("{keys} for each of {} requests", Count(request.count)))?,
        }
    } else if access.queries != Some(Decimal::ONE) || !access.fan_out.is_empty() {
        let queries = access.queries.map_or("an unknown number".to_owned(), |queries| Count(queries).to_string());
        field(out, "queries", &format!("{queries} per call: {}", access.fan_out.join(", ")))?;
    }
    if !access.is_item {
        field(out, "items", &items(access))?;
    }
    for term in access.sort.iter().filter(|term| term.includes_its_end()) {
        field(
            out,
            "note",
            &format!("BETWEEN includes its ends: the caller drops the item whose `{}` is the end itself", term.key),
        )?;
    }
    let others = access.over_read.iter().map(|other| ("also reads", other, ""));
    let others = others.chain(access.may_read.iter().map(|other| ("may read", other, "")));
    let past = ", where the limit is not reached before";
    for (what, other, when) in others.chain(access.past_limit.iter().map(|other| ("may read", other, past))) {
        let Some(entity) = design.entity(other.entity) else { continue };
        let count = match (other.items, other.is_single) {
            _ if !when.is_empty() => String::new(),
            (Some(items), _) => format!("{} ", rounded(items, 1)),
            (None, true) => "1 ".to_owned(),
            (None, false) => String::new(),
        };
        field(out, what, &format!("{count}`{}`{when}", entity.name))?;
    }
    if !tells_apart(design, access) {
        let wanted = entity_names(design, request);
        let counted = if pattern.pattern.limit.is_some() { "; the limit counts them all" } else { "" };
        field(out, "", &format!("the application has to tell {wanted} from these{counted}"))?;
    }
    let fetched = access.fetch.as_ref().map(|fetch| fetch.filtered.as_slice()).unwrap_or_default();
    for filter in &access.filters {
        let types = differing_types(design, request, &filter.attribute);
        if let Some(((kind, entity), (other_kind, other))) =
            types.first().and_then(|first| Some((first, types.iter().find(|it| it.0 != first.0)?)))
        {
            let name = &filter.attribute;
            let differ = format!(
                "`{name}` is {kind} in {entity} and {other_kind} in {other}, and a value compares with one type only: this one finds no {other}"
            );
            field(out, "note", &differ)?;
        }
        if fetched.contains(&filter.attribute) {
            let name = &filter.attribute;
            let late = format!(
                "`{name}` is not in the index, where no FilterExpression sees it: the application filters by it, after the fetch"
            );
            field(out, "filter", &late)?;
        } else if let Some(why) = &filter.why {
            field(out, "filter", &format!("`{}` is left to the filter: {why}", filter.attribute))?;
        }
    }
    if let Some(fetch) = &access.fetch {
        let by = if path.is_global() {
            "the application reads the items again by primary key"
        } else {
            "the service fetches them from the table"
        };
        field(out, "fetch", &format!("{} not in the index: {by}", fetch.attributes.join(", ")))?;
    }
    for caveat in &access.caveats {
        field(out, "but", &caveat.to_string())?;
    }
    Ok(())
}

/// Whether what comes back is of the wanted entities alone: nothing else is read, or has the
/// attributes of the filters.
fn tells_apart(design: &Design<'_>, access: &Access<'_>) -> bool {
    let needs_it = |filter: &&Filter<'_>| !matches!(filter.condition.operator, Operator::NotEquals | Operator::Missing);
    let others = access.over_read.iter().chain(&access.may_read).chain(&access.past_limit);
    others.filter_map(|other| design.entity(other.entity)).all(|other| {
        access.filters.iter().filter(needs_it).any(|filter| other.is_closed() && !other.knows(&filter.attribute))
    })
}

fn items(access: &Access<'_>) -> String {
    let shown = |count: Option<Decimal>| count.map_or("unknown".to_owned(), |count| rounded(count, 1));
    format!("{} evaluated, {} returned", shown(access.evaluated), shown(access.returned))
}

/// The request's parameters, as they are pasted into code.
fn parameters(out: &mut Page<'_>, written: &Expressions) -> Written {
    let object = serde_json::to_value(written)?;
    let Value::Object(fields) = object else { return Ok(()) };
    for (name, value) in fields {
        if matches!(name.as_str(), "Operation" | "TableName") {
            continue;
        }
        writeln!(out, "    {name}: {}", inline(&value))?;
    }
    Ok(())
}

/// JSON on one line, with spaces after commas and colons.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), inline(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn rejected(out: &mut Page<'_>, design: &Design<'_>, plan: &Plan<'_>) -> Written {
    for (index, candidate) in plan.candidates.iter().enumerate() {
        if Some(index) == plan.chosen {
            continue;
        }
        let Some(path) = design.path(candidate.path) else { continue };
        match &candidate.outcome {
            Ok(access) if plan.has_more_than(access) => {
                let caveats: Vec<String> = access.caveats.iter().map(ToString::to_string).collect();
                field(out, "rejected", &format!("{}: {}", path.label(), caveats.join("; ")))?;
            }
            Ok(access) => {
                let word = if plan.is_pinned { "possible" } else { "dearer" };
                field(out, word, &format!("{}: {}", path.label(), why_not_chosen(access)))?;
            }
            Err(clauses) => {
                for (position, clause) in clauses.iter().enumerate() {
                    let label = if position == 0 { format!("{}: ", path.label()) } else { "and ".to_owned() };
                    field(out, if position == 0 { "rejected" } else { "" }, &format!("{label}{clause}"))?;
                }
            }
        }
    }
    Ok(())
}

fn why_not_chosen(access: &Access<'_>) -> String {
    let mut reasons = Vec::new();
    if !access.caveats.is_empty() {
        reasons.push(access.caveats.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    }
    if access.fetch.is_some() {
        reasons.push("needs a second read".to_owned());
    }
    if !access.filters.is_empty() {
        reasons.push(format!(
            "filters by {}",
            access.filters.iter().map(|f| format!("`{}`", f.attribute)).collect::<Vec<_>>().join(", ")
        ));
    }
    if access.queries != Some(Decimal::ONE) {
        reasons.push("takes several queries".to_owned());
    }
    reasons.push(items(access));
    reasons.join("; ")
}

/// The plans of patterns as JSON.
pub fn to_json((design, plans, figures): (&Design<'_>, &Plans<'_>, &Figures<'_>), patterns: &[usize]) -> Value {
    let costs = figures.bill.of_patterns(design.patterns.len());
    let all: Vec<Value> = patterns
        .iter()
        .filter_map(|index| {
            let pattern = design.patterns.get(*index)?;
            let requests: Vec<Value> = pattern
                .requests
                .iter()
                .zip(plans.of(*index))
                .map(|(request, plan)| request_json(design, pattern, request, plan))
                .collect();
            Some(json!({
                "pattern": pattern.name,
                "undecided": pattern.pattern.undecided == Some(true),
                "served_by": pattern.pattern.served_by,
                "requests": requests,
                "load": figures.load.patterns.get(*index).map(|load| load::pattern(design, pattern, load)),
                "usd_per_month": costs.get(*index).copied().flatten().map(load::number),
            }))
        })
        .collect();
    json!({ "version": 1, "keyplan": env!("CARGO_PKG_VERSION"), "plans": all })
}

/// A path that would serve a pattern which is pinned to another one. What only lacks an order there wants
/// that order, and an index that has it.
fn path_instead<'d, 'm>(design: &'d Design<'m>, plan: &Plan<'_>) -> Option<&'d AccessPath<'m>> {
    let is_order = |candidate: &Candidate<'_>| {
        let clauses = candidate.outcome.as_ref().err();
        clauses.is_some_and(|clauses| clauses.iter().all(|clause| matches!(clause, Clause::Order { .. })))
    };
    if plan.candidates.iter().any(is_order) {
        return None;
    }
    design.path(plan.path_instead()?)
}

fn request_json(design: &Design<'_>, pattern: &PatternDesign<'_>, request: &Request<'_>, plan: &Plan<'_>) -> Value {
    let chosen = plan.access().and_then(|(id, access)| Some((design.path(id)?, access)));
    let is_open = chosen.is_none() && path_instead(design, plan).is_none();
    let proposal = if is_open { propose(design, pattern, request) } else { None };
    json!({
        "operation": operation_name(request.operation),
        "entities": request.entities.iter().filter_map(|id| Some(design.entity(*id)?.name)).collect::<Vec<_>>(),
        "count": request.count.normalize().to_string(),
        "served": chosen.is_some(),
        "pinned": plan.is_pinned,
        "path": chosen.map(|(path, _)| path.name),
        "index": chosen.filter(|(path, _)| !path.is_table()).map(|(path, _)| path.name),
        "request": chosen.and_then(|(path, access)| expressions(design, pattern, request, path, access)),
        "queries": chosen.and_then(|(_, access)| access.queries).map(|n| n.normalize().to_string()),
        "evaluated": chosen.and_then(|(_, access)| access.evaluated).map(|n| n.normalize().to_string()),
        "returned": chosen.and_then(|(_, access)| access.returned).map(|n| n.normalize().to_string()),
        "also_reads": chosen.map(|(_, access)| names_of(design, &access.over_read)),
        "may_read": chosen.map(|(_, access)| names_of(design, &access.may_read)),
        "fetches": chosen.and_then(|(_, access)| access.fetch.as_ref()).map(|fetch| &fetch.attributes),
        "caveats": chosen.map(|(_, access)| access.caveats.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "candidates": plan.candidates.iter().map(|candidate| candidate_json(design, plan, candidate)).collect::<Vec<_>>(),
        "proposal": proposal.as_ref().map(Proposal::yaml),
        "proposal_beside": proposal.as_ref().map(Proposal::beside),
        "proposal_lacks": proposal.map(|p| p.caveats.iter().map(ToString::to_string).collect::<Vec<_>>()),
    })
}

fn names_of<'m>(design: &Design<'m>, others: &[OverRead]) -> Vec<&'m str> {
    others.iter().filter_map(|other| Some(design.entity(other.entity)?.name)).collect()
}

fn candidate_json(design: &Design<'_>, plan: &Plan<'_>, candidate: &Candidate<'_>) -> Value {
    let path = design.path(candidate.path).map(|path| path.name);
    match &candidate.outcome {
        Ok(access) if plan.has_more_than(access) => json!({
            "path": path,
            "accepted": false,
            "rejected_because": access.caveats.iter().map(|caveat| json!({ "clause": "incomplete", "message": caveat.to_string() })).collect::<Vec<_>>(),
        }),
        Ok(_) => json!({ "path": path, "accepted": true, "rejected_because": [] }),
        Err(clauses) => json!({
            "path": path,
            "accepted": false,
            "rejected_because": clauses.iter().map(|clause| json!({ "clause": clause.code(), "message": clause.to_string() })).collect::<Vec<_>>(),
        }),
    }
}

//! Updates that move index entries.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::entity_keys::written;
use crate::cost::What;
use crate::design::{EntityId, PathId};
use crate::lint::amounts::{LEAST_USD, exact, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::load::Consumed;
use crate::model::Operation;

pub(super) const RULES: &[Rule] = &[rule!("index-key-churn", Indexes, Advice, index_key_churn)];

/// The attributes whose values a request changes: those that an update sets, or that a put says it
/// changes on the item it replaces.
fn changed<'p>(planned: &Planned<'p, '_>) -> Vec<(&'static str, &'p str)> {
    if planned.operation == Operation::Update {
        return written(planned);
    }
    let replaces = match planned.request.action {
        Some(action) => action.replaces.as_ref(),
        None => planned.pattern.pattern.replaces.as_ref(),
    };
    let changes = replaces.and_then(|overwrite| overwrite.changes.as_ref());
    changes.into_iter().flat_map(|names| names.iter()).map(|name| ("replaces", name.as_str())).collect()
}

/// A query of one of these indexes that asks for an order or a value of what changes in its key.
fn asking<'a>(
    context: &Context<'a, '_>,
    entity: EntityId,
    moved: &BTreeMap<(&str, PathId), Vec<&'a str>>,
) -> Option<(&'a str, &'a str, &'a str)> {
    context.requests_of(entity).find_map(|planned| {
        let (path, access) = planned.read(context.design).filter(|_| planned.operation == Operation::Query)?;
        let orders = &planned.pattern.pattern.order_by.0;
        let filtered = |name: &str| access.filters.iter().any(|filter| filter.attribute == name);
        let asks = |name: &str| {
            planned.request.conditions.contains_key(name) && !filtered(name)
                || orders.iter().any(|entry| entry.split_whitespace().next() == Some(name))
        };
        let name = moved.get(&(path.name, path.id))?.iter().copied().find(|name| asks(name))?;
        Some((planned.pattern.name, name, path.name))
    })
}

/// Entries are deleted and inserted when an index key changes: two writes to the index for one to
/// the table.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes>
fn index_key_churn(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let priced = OnceCell::new();
    let dollars = |pattern, path| {
        let by = || {
            context.figures.bill.by(|line| {
                let source = line.source.filter(|_| line.what == What::IndexWrites)?;
                Some((source.pattern?, source.path))
            })
        };
        priced.get_or_init(by).get(&(pattern, path)).copied()
    };
    for planned in context.requests().filter(|planned| matches!(planned.operation, Operation::Update | Operation::Put))
    {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        let Some(table) = entity.table else { continue };
        // An item that each call makes has no entry yet.
        let creates = match planned.request.action {
            Some(action) => action.creates,
            None => planned.pattern.pattern.creates,
        };
        if creates.is_some_and(|share| share.0 >= Decimal::ONE) {
            continue;
        }
        // The indexes, with the attributes of their keys that the update changes.
        let mut moved: BTreeMap<(&str, PathId), Vec<&str>> = BTreeMap::new();
        // Where an item may have no entry, nothing may have to be moved.
        let (mut all_sparse, mut any_sparse) = (true, false);
        for (id, path) in
            context.design.paths_of(table).filter(|(_, path)| !path.is_table() && context.design.is_in(entity, path))
        {
            let is_in_key = |name: &str| {
                path.keys().any(|key| key == name || entity.fills.get(key).is_some_and(|fill| fill.template.uses(name)))
            };
            let in_key = || changed(&planned).into_iter().filter(|(_, name)| is_in_key(name));
            // Adding and removing bring an entry in or out: one write, whatever else changes.
            if in_key().any(|(field, _)| matches!(field, "adds" | "removes")) {
                continue;
            }
            for (_, name) in in_key().filter(|(field, _)| matches!(*field, "sets" | "replaces")) {
                moved.entry((path.name, id)).or_default().push(name);
                all_sparse &= entity.may_be_out_of(path);
                any_sparse |= entity.may_be_out_of(path);
            }
        }
        if moved.is_empty() {
            continue;
        }
        let attributes: BTreeSet<&str> = moved.values().flatten().copied().collect();
        let cost =
            moved.keys().try_fold(Decimal::ZERO, |sum, (_, id)| Some(sum.saturating_add(dollars(planned.index, *id)?)));
        if cost.is_some_and(|cost| cost < LEAST_USD) {
            continue;
        }
        let writes = match units(context, &planned, moved.keys().map(|(_, id)| *id)) {
            Some(units) => {
                let month = cost.map(|cost| format!(", {} a month", usd(cost))).unwrap_or_default();
                format!("{} on average for each such write{month}", units_of(units, "write"))
            }
            None => {
                let limit = if any_sparse { "up to" } else { "at least" };
                format!("{limit} {} index writes for each such write", 2 * moved.len())
            }
        };
        let sparse = if all_sparse { "" } else { ", or use a sparse index for the one state that is asked for" };
        let advice = format!("key by what stays{sparse}");
        let help = match asking(context, entity.id, &moved) {
            Some((pattern, name, index)) => format!(
                "the key of `{index}` is the price of what `{pattern}` asks for by `{name}`: keep it where that is read more often than it changes; else {advice}"
            ),
            None => format!("keep what changes often out of index keys: {advice}"),
        };
        let names = quoted_list(moved.keys().map(|(name, _)| *name));
        let mut finding = Finding::new(
            Place::key(planned.request.place.key(if planned.operation == Operation::Put { "replaces" } else { "sets" })),
            format!("`{}` moves its entry in {names}", planned.pattern.name),
        )
        .label(format!("changes {}", quoted_list(attributes.iter().copied())))
        .why(format!(
            "When an index key changes, the old entry is deleted and a new one inserted: {writes}, beside the write to the table."
        ))
        .help(help);
        for (_, id) in moved.keys().take(3) {
            if let Some(path) = context.design.path(*id) {
                finding = finding.related(Place::key(path.place.clone()), "its key changes");
            }
        }
        if let Some(cost) = cost {
            finding = finding.number("index_writes_usd_per_month", exact(cost));
        }
        found.push(finding.number("index_writes", 2 * moved.len()));
    }
}

/// Write units that a request takes for its entries in some indexes, where they are known.
fn units(
    context: &Context<'_, '_>,
    planned: &Planned<'_, '_>,
    indexes: impl Iterator<Item = PathId>,
) -> Option<Decimal> {
    let position = planned.pattern.requests.iter().position(|request| std::ptr::eq(request, planned.request))?;
    let charges = &context.figures.load.patterns.get(planned.index)?.requests.get(position)?.charges;
    let indexes: Vec<PathId> = indexes.collect();
    let of = charges.iter().filter(|charge| charge.why == Consumed::IndexWrite && indexes.contains(&charge.path));
    let all =
        of.map(|charge| charge.units.ok()).try_fold(Decimal::ZERO, |sum, units| Some(sum.saturating_add(units?)))?;
    let each = all.checked_div(planned.request.count)?;
    (!each.is_zero()).then_some(each)
}

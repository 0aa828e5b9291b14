//! What indexes cost beside what they give.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::cost::What;
use crate::design::{AccessPath, EntityDesign, EntityId, PathId, PathKind, TableId};
use crate::lint::amounts::{LEAST_USD, about, exact, is_worth, part, percent, usd};
use crate::lint::registry::rule;
use crate::lint::wording::counted;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule, is_judged};
use crate::load::{State, read_units_under};
use crate::model::{Operation, Projection};
use crate::service::limits::PROJECTED_ATTRIBUTES_PER_INDEX;
use crate::service::propagation::EntryChange;

pub(super) const RULES: &[Rule] = &[
    rule!("index-write-amplification", Indexes, Warning, index_write_amplification),
    rule!("wide-projection", Indexes, Advice, wide_projection),
];

/// From this much a month on, an index that costs more than it gives is worth a warning (a threshold
/// of our own).
const MUCH_USD: Decimal = Decimal::TEN;

/// Index writes for a write of the table that are worth a word (a threshold of our own).
const MANY_INDEX_WRITES: Decimal = Decimal::TWO;

/// Write units of a month by table and index, in all Regions where a write is made; nothing for a
/// table of whose writes something is not known.
pub(super) fn written(context: &Context<'_, '_>) -> BTreeMap<TableId, BTreeMap<PathId, Decimal>> {
    let mut units: BTreeMap<TableId, BTreeMap<PathId, Decimal>> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for load in &context.figures.load.patterns {
        for charge in load.charges().filter(|charge| charge.why.is_write()) {
            let Some(table) = context.design.path(charge.path).map(|path| path.table) else { continue };
            match (charge.units, load.calls.monthly) {
                (Ok(per_call), Ok(calls)) => {
                    let sum = units.entry(table).or_default().entry(charge.path).or_default();
                    *sum = sum.saturating_add(per_call.saturating_mul(calls));
                }
                _ => {
                    unknown.insert(table);
                }
            }
        }
    }
    units.retain(|table, _| !unknown.contains(table) && !context.has_unplanned(*table));
    units
}

fn index_write_amplification(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    let written = written(context);
    if written.is_empty() {
        return;
    }
    let writes = context.figures.bill.by(|line| {
        let is_write = matches!(line.what, What::Writes | What::IndexWrites);
        Some(line.source.filter(|_| is_write)?.path)
    });
    let reads = context.figures.bill.by(|line| {
        let is_read = matches!(line.what, What::Reads | What::SecondReads);
        Some(line.source.filter(|_| is_read)?.path)
    });
    // What is read through an index says what it is worth; what is written, what all of them cost.
    let unpriced_reads = context
        .figures
        .bill
        .missing_by(|gap| matches!(gap.what, What::Reads | What::SecondReads).then_some(gap.source.path));
    let unpriced_writes = context
        .figures
        .bill
        .missing_by(|gap| matches!(gap.what, What::Writes | What::IndexWrites).then_some(gap.source.table));
    let mut readers: BTreeMap<PathId, BTreeSet<&str>> = BTreeMap::new();
    for planned in context.requests() {
        if let Some((id, _)) = planned.plan.access() {
            readers.entry(id).or_default().insert(planned.pattern.name);
        }
    }
    let dollars = |of: &BTreeMap<PathId, Decimal>, id: PathId| of.get(&id).copied().unwrap_or_default();
    for (table, units) in &written {
        let Some(base) = design.table(*table).and_then(|table| table.paths.first().copied()) else { continue };
        if unpriced_writes.contains_key(table) {
            continue;
        }
        let indexes: Vec<(PathId, &AccessPath<'_>, Decimal)> = design
            .paths_of(*table)
            .filter(|(_, path)| !path.is_table())
            .filter_map(|(id, path)| Some((id, path, *units.get(&id)?)))
            .filter(|(.., units)| !units.is_zero())
            .collect();
        let own = units.get(&base).copied().unwrap_or_default();
        let all_dollars =
            indexes.iter().map(|(id, ..)| dollars(&writes, *id)).fold(dollars(&writes, base), Decimal::saturating_add);
        let mut is_said = false;
        for (id, path, entries) in &indexes {
            let (cost, worth) = (dollars(&writes, *id), dollars(&reads, *id));
            let Some(names) = readers.get(id) else { continue };
            let dominates = cost.saturating_mul(Decimal::TWO) > all_dollars && worth < cost;
            if !dominates || unpriced_reads.contains_key(id) || !is_worth(cost, all_dollars) {
                continue;
            }
            is_said = true;
            let finding = Finding::new(
                Place::key(path.place.clone()),
                format!("{} of what the writes of table `{}` cost is its index `{}`", percent(part(cost, all_dollars)), path.table_name, path.name),
            )
            .label(format!("{} a month to write", usd(cost)))
            .why(format!(
                "{} units of entries are written for {} units of items in a month. What is read through it ({}) is {} a month.",
                about(*entries), about(own), counted(names.len(), "pattern", "patterns"), usd(worth)
            ))
            .help("keep values that change out of its key and out of its projection, let only the items into it that are asked for (`when`, or an attribute that they lose), or serve its patterns from another path")
            .number("index_write_units_per_month", exact(*entries))
            .number("table_write_units_per_month", exact(own))
            .number("index_writes_usd_per_month", exact(cost))
            .number("index_reads_usd_per_month", exact(worth));
            found.push(if cost >= MUCH_USD { finding } else { finding.at_most(Level::Advice) });
        }
        let entries = indexes.iter().map(|(.., units)| *units).fold(Decimal::ZERO, Decimal::saturating_add);
        let cost = all_dollars.saturating_sub(dollars(&writes, base));
        if is_said || entries <= own.saturating_mul(MANY_INDEX_WRITES) || !is_worth(cost, all_dollars) {
            continue;
        }
        let Some((_, first, _)) = indexes.first() else { continue };
        let kind = if matches!(first.kind, PathKind::Local(_)) { "local_indexes" } else { "global_indexes" };
        let place = design.base_path(*table).map(|path| path.place.key(kind)).unwrap_or_default();
        let times = entries.checked_div(own).unwrap_or_default().round_dp(1).normalize();
        let mut finding = Finding::new(
            Place::key(place),
            format!("every unit written to table `{}` is {times} more in its indexes", first.table_name),
        )
        .label(format!("{} a month of index writes", usd(cost)))
        .why(format!(
            "{} units of entries for {} units of items in a month. An index is written when an item comes, goes or changes what it holds, and twice when its key changes.",
            about(entries), about(own)
        ))
        .help("join indexes that serve alike queries, project less, and keep out the items that nobody asks for there")
        .number("index_write_units_per_month", exact(entries))
        .number("table_write_units_per_month", exact(own))
        .number("index_writes_usd_per_month", exact(cost));
        for (id, path, units) in indexes.iter().take(5) {
            let label = format!("{} units, {} a month", about(*units), usd(dollars(&writes, *id)));
            finding = finding.related(Place::key(path.place.clone()), label);
        }
        found.push(finding.at_most(Level::Advice));
    }
}

/// The attributes that the readers of an index use, where all of them say so.
fn used<'a>(readers: &[Planned<'a, '_>]) -> Option<BTreeSet<&'a str>> {
    let mut used: BTreeSet<&'a str> = BTreeSet::new();
    for planned in readers {
        let (_, access) = planned.plan.access()?;
        // What is read again anyway says that the projection is not meant to be whole.
        if access.fetch.is_some() {
            return None;
        }
        let pattern = planned.pattern.pattern;
        match &pattern.select {
            Some(select) => used.extend(select.iter().map(String::as_str)),
            None if pattern.count_only == Some(true) => {}
            None => return None,
        }
        // What the key serves is known; what a filter needs must be there.
        used.extend(access.filters.iter().map(|filter| filter.attribute.as_str()));
    }
    Some(used)
}

fn wide_projection(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    let mut readers: BTreeMap<PathId, Vec<Planned<'_, '_>>> = BTreeMap::new();
    for planned in context.requests() {
        if let Some((id, _)) = planned.plan.access() {
            readers.entry(id).or_default().push(planned);
        }
    }
    let stored = context.figures.bill.by(|line| {
        let source = line.source.filter(|_| line.what == What::Storage)?;
        Some((source.path, source.entity?))
    });
    let written = writes_of_indexes(context);
    let reads = context.figures.bill.by(|line| {
        let source = line.source.filter(|_| line.what == What::Reads)?;
        Some((source.path, source.pattern?))
    });
    for (id, readers) in readers {
        let Some(path) = design.path(id).filter(|path| !path.is_table() && *path.projection == Projection::All) else {
            continue;
        };
        if context.has_unplanned(path.table) || design.patterns.iter().any(|p| p.via == Some(id) && !is_judged(p)) {
            continue;
        }
        let Some(used) = used(&readers) else { continue };
        let keys: BTreeSet<&str> =
            design.base_path(path.table).into_iter().flat_map(AccessPath::keys).chain(path.keys()).collect();
        let names: Vec<String> =
            used.iter().filter(|name| !keys.contains(*name)).map(|name| (*name).to_owned()).collect();
        if names.len() > PROJECTED_ATTRIBUTES_PER_INDEX {
            continue;
        }
        let narrow = if names.is_empty() { Projection::KeysOnly } else { Projection::Include(names.clone()) };
        let members: Vec<&EntityDesign<'_>> =
            design.entities_of(path.table).map(|(_, e)| e).filter(|entity| design.is_in(entity, path)).collect();
        // Without a list of attributes nobody knows what an entry would hold.
        if !members.iter().all(|entity| entity.is_closed()) {
            continue;
        }
        let (mut saved, mut all, mut unwritten, mut sizes) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, Vec::new());
        for entity in members {
            let Some((wide, less)) = bytes(context, path, entity, &narrow) else { continue };
            let units = |bytes| EntryChange::Enters.write_units(Decimal::ZERO, bytes);
            let overhead = Decimal::from(crate::service::size::STORAGE_OVERHEAD_BYTES);
            let fewer = Decimal::ONE.saturating_sub(part(units(less), units(wide)));
            let smaller = part(wide.saturating_sub(less), wide.saturating_add(overhead));
            let storage = stored.get(&(id, entity.id)).copied().unwrap_or_default();
            (all, saved) = (all.saturating_add(storage), saved.saturating_add(storage.saturating_mul(smaller)));
            for (pattern, writes) in written.get(&(id, entity.id)).into_iter().flatten() {
                let is_left = changes_nothing(context, *pattern, entity, path, &used);
                let less = if is_left { *writes } else { writes.saturating_mul(fewer) };
                unwritten = unwritten.saturating_add(if is_left { *writes } else { Decimal::ZERO });
                (all, saved) = (all.saturating_add(*writes), saved.saturating_add(less));
            }
            sizes.push((entity.name, wide, less));
        }
        let (fewer, read) = saved_reads(context, path, &readers, &narrow, &reads);
        (saved, all) = (saved.saturating_add(fewer), all.saturating_add(read));
        let Some((name, wide, less)) = sizes.iter().max_by_key(|(_, wide, less)| wide.saturating_sub(*less)) else {
            continue;
        };
        if !is_worth(saved, all) {
            continue;
        }
        let projection = if names.is_empty() { "keys_only".to_owned() } else { format!("[{}]", names.join(", ")) };
        let place = Place::value(path.place.key("projection"));
        let mut finding = Finding::new(place, format!("{} holds whole items, and its readers use {}", path.label(), attributes(names.len())))
            .label("more than is read")
            .why(format!(
                "An entry of `{name}` has {} bytes instead of {}. Smaller entries save about {} of {} a month for its reads, writes and storage{}.",
                about(*wide), about(*less), usd(saved), usd(all), of_which(fewer, unwritten)
            ))
            .help(format!("`projection: {projection}`; a projection cannot be changed later, so make a new index and drop the old one"))
            .number("entry_bytes", exact(*wide))
            .number("needed_bytes", exact(*less))
            .number("saved_usd_per_month", exact(saved));
        for planned in readers.iter().take(5) {
            finding = finding.related(Place::key(planned.pattern.place.key("select")), "what is used");
        }
        found.push(finding);
    }
}

/// What the readers of an index would save with smaller entries, and what they cost: each reads whole
/// blocks of 4 KB, of all entries of a page together.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html>
fn saved_reads(
    context: &Context<'_, '_>,
    path: &AccessPath<'_>,
    readers: &[Planned<'_, '_>],
    narrow: &Projection,
    dollars: &BTreeMap<(PathId, usize), Decimal>,
) -> (Decimal, Decimal) {
    let mut units: BTreeMap<usize, (Decimal, Decimal)> = BTreeMap::new();
    for planned in readers {
        let (pattern, request) = ((planned.index, planned.pattern), (planned.request, planned.plan));
        let under = |projection| {
            read_units_under(context.design, &context.figures.load.shapes, pattern, request, projection).ok()
        };
        let (Some(wide), Some(less)) = (under(path.projection), under(narrow)) else { continue };
        let (now, then) = units.entry(planned.index).or_default();
        (*now, *then) = (now.saturating_add(wide), then.saturating_add(less));
    }
    units.into_iter().fold((Decimal::ZERO, Decimal::ZERO), |(saved, all), (pattern, (now, then))| {
        let amount = dollars.get(&(path.id, pattern)).copied().unwrap_or_default();
        let fewer = Decimal::ONE.saturating_sub(part(then, now));
        (saved.saturating_add(amount.saturating_mul(fewer)), all.saturating_add(amount))
    })
}

/// What of a saving is for reads, and what for changes that an index would no longer be told of.
fn of_which(reads: Decimal, changes: Decimal) -> String {
    let parts = [(reads, "for reads"), (changes, "for changes of what they would no longer hold")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(saved, _)| *saved >= LEAST_USD)
        .map(|(saved, what)| format!("{} of it {what}", usd(saved)))
        .collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// What patterns pay in a month to write the entries of an entity, by index.
fn writes_of_indexes(context: &Context<'_, '_>) -> BTreeMap<(PathId, EntityId), Vec<(usize, Decimal)>> {
    let each = context.figures.bill.by(|line| {
        let source = line.source.filter(|_| line.what == What::IndexWrites)?;
        Some((source.path, source.entity?, source.pattern?))
    });
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for ((path, entity, pattern), amount) in each {
        all.entry((path, entity)).or_default().push((pattern, amount));
    }
    all
}

/// Whether a pattern only updates items of an entity, and nothing of what their entries would hold: an
/// index is not written when no projected attribute changes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes>
fn changes_nothing(
    context: &Context<'_, '_>,
    pattern: usize,
    entity: &EntityDesign<'_>,
    path: &AccessPath<'_>,
    kept: &BTreeSet<&str>,
) -> bool {
    let is_in_key = |name: &str| {
        entity.fills.iter().filter(|(key, _)| path.keys().any(|own| own == **key)).any(|(key, fill)| {
            *key == name || fill.template.uses(name) || fill.when.is_some_and(|when| when.contains_key(name))
        })
    };
    let mut own = context.requests_of(entity.id).filter(|planned| planned.index == pattern).peekable();
    own.peek().is_some()
        && own.all(|planned| {
            let changed = super::entity_keys::written(&planned);
            planned.operation == Operation::Update
                && !changed.is_empty()
                && changed.iter().all(|(_, name)| !kept.contains(name) && !is_in_key(name))
        })
}

fn attributes(count: usize) -> String {
    match count {
        0 => "its keys only".to_owned(),
        _ => format!("{} beside the keys", counted(count, "attribute", "attributes")),
    }
}

/// Bytes of an entry as the index is, and under another projection.
pub(super) fn bytes(
    context: &Context<'_, '_>,
    path: &AccessPath<'_>,
    entity: &EntityDesign<'_>,
    other: &Projection,
) -> Option<(Decimal, Decimal)> {
    let shape = context.figures.load.shapes.of(entity.id)?;
    let usual = State::default();
    let now = shape.entry_bytes(context.design, path, &usual).ok()?;
    let then = shape.entry_bytes_with(context.design, path, other, &usual).ok()?;
    Some((now, then))
}

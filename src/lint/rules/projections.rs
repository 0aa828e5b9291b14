//! Attributes that a chosen index does not hold.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::index_costs::{bytes, written};
use crate::cost::What;
use crate::design::{AccessPath, EntityDesign, EntityId, PathId, TableId};
use crate::lint::amounts::{LEAST_USD, exact, part, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::load::{Consumed, read_units_under};
use crate::model::Projection;
use crate::plan::is_write;
use crate::service::size::STORAGE_OVERHEAD_BYTES;
use crate::units::Count;

pub(super) const RULES: &[Rule] = &[rule!("unprojected-attributes", Coverage, Warning, unprojected)];

fn unprojected(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let amounts = context.figures.bill.by(|line| line.source.filter(|_| line.what == What::SecondReads)?.pattern);
    let monthly = LazyCell::new(|| Amounts::of(context));
    let mut weighed = 0_usize;
    for planned in context.requests() {
        let Some((path, access)) = planned.access(context.design) else { continue };
        let Some(fetch) = &access.fetch else { continue };
        // A read that follows by the primary key is the second read, said.
        if !fetch.is_explicit && !planned.pattern.next.is_empty() {
            continue;
        }
        let names = quoted_list(fetch.attributes.iter().map(String::as_str));
        let each = access
            .returned
            .filter(|items| *items != Decimal::ONE)
            .map_or("each item".to_owned(), |items| format!("each of the {} items", Count(items.round_dp(1))));
        let why = if path.is_global() {
            let filter = if fetch.filtered.is_empty() {
                String::new()
            } else {
                format!(
                    " The filter on {} can only be applied after that.",
                    quoted_list(fetch.filtered.iter().map(String::as_str))
                )
            };
            format!(
                "A global index cannot fetch what it does not hold: the application has to read {each} again by its primary key.{filter}"
            )
        } else {
            format!(
                "A local index fetches what it does not hold from the table: one more read, rounded up to 4 KB, for {each}."
            )
        };
        let place = match &planned.pattern.pattern.select {
            Some(_) => Place::key(planned.pattern.place.key("select")),
            None => Place::key(planned.pattern.place.clone()),
        };
        let mut list: Vec<&str> = match path.projection {
            Projection::Include(names) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        list.extend(fetch.attributes.iter().map(String::as_str));
        let fits = list.len() <= crate::service::limits::PROJECTED_ATTRIBUTES_PER_INDEX;
        let wider = match fits && fetch.is_explicit {
            true => Projection::Include(list.iter().map(|name| (*name).to_owned()).collect()),
            false => Projection::All,
        };
        weighed = weighed.saturating_add(1);
        let balance = if weighed <= MOST_WEIGHED { balance(context, path, &wider, &monthly) } else { None };
        let is_dearer = balance.as_ref().is_some_and(|balance| balance.added > balance.saved);
        // A local index fetches by itself, so that nothing would be left to do.
        if is_dearer && !path.is_global() {
            continue;
        }
        let projection = if wider == Projection::All { "all".to_owned() } else { format!("[{}]", list.join(", ")) };
        let select = if fetch.is_explicit { "" } else { ", or say with `select` what the caller uses" };
        let again = again(context, planned.index, amounts.get(&planned.index).copied());
        let why = match &again {
            Some((_, words)) if path.is_global() => format!("{why}{words}"),
            _ => why,
        };
        let (why, help) = match balance.filter(|_| is_dearer) {
            Some(Balance { saved, added }) => (
                format!(
                    "{why} Projecting them would save {} a month and cost {} for what is then written, stored and read.",
                    usd(saved),
                    usd(added)
                ),
                format!("let a read by the primary key follow (`then`){select}"),
            ),
            None => (
                why,
                format!(
                    "project them (`projection: {projection}`){select}, or let a read by the primary key follow (`then`)"
                ),
            ),
        };
        let mut finding = Finding::new(
            place,
            format!("`{}` needs {names}, which {} does not hold", planned.pattern.name, path.label()),
        )
        .label("needs a second read")
        .related(Place::value(path.place.key("projection")), "projects without them")
        .why(why)
        .help(help);
        if let Some((units, _)) = again {
            finding = finding.number("second_read_units_per_call", exact(units));
        }
        found.push(if fetch.is_explicit && !is_dearer { finding } else { finding.at_most(Level::Advice) });
    }
}

/// So many remedies are weighed, or time grows with the square of a model.
const MOST_WEIGHED: usize = 100;

/// What a month costs, by what a projection changes.
struct Amounts {
    reads: BTreeMap<(usize, What), Decimal>,
    /// Of tables with their indexes.
    writes: BTreeMap<TableId, Decimal>,
    storage: BTreeMap<(PathId, EntityId), Decimal>,
    /// Units, where all writes of a table are known.
    written: BTreeMap<TableId, BTreeMap<PathId, Decimal>>,
}

impl Amounts {
    fn of(context: &Context<'_, '_>) -> Self {
        let bill = &context.figures.bill;
        Self {
            reads: bill.by(|line| {
                let is_read = matches!(line.what, What::Reads | What::SecondReads);
                Some((line.source.filter(|_| is_read)?.pattern?, line.what))
            }),
            writes: bill.by(|line| {
                let is_write = matches!(line.what, What::Writes | What::IndexWrites);
                Some(line.source.filter(|_| is_write)?.table)
            }),
            storage: bill.by(|line| {
                let source = line.source.filter(|_| line.what == What::Storage)?;
                Some((source.path, source.entity?))
            }),
            written: written(context),
        }
    }
}

/// What a wider projection of an index changes, in dollars of a month.
struct Balance {
    /// What reading again takes now.
    saved: Decimal,
    /// What wider entries would take to write, to store and to read; at least so much.
    added: Decimal,
}

/// What is gained and lost with a wider projection; nothing where reads or writes are not known.
fn balance(context: &Context<'_, '_>, path: &AccessPath<'_>, wider: &Projection, amounts: &Amounts) -> Option<Balance> {
    let (read_less, read_more) = of_reads(context, path, wider, amounts)?;
    let more = of_writes(context, path, wider, amounts)?.saturating_add(of_storage(context, path, wider, amounts));
    Some(Balance { saved: read_less, added: read_more.saturating_add(more) })
}

/// Dollars that the readers of an index save if it holds what they fetch, and that the others add
/// because entries are larger.
fn of_reads(
    context: &Context<'_, '_>,
    path: &AccessPath<'_>,
    wider: &Projection,
    amounts: &Amounts,
) -> Option<(Decimal, Decimal)> {
    let is_enough = |names: &[String]| match wider {
        Projection::All => true,
        Projection::Include(held) => names.iter().all(|name| held.contains(name)),
        Projection::KeysOnly => false,
    };
    let (mut saved, mut added) = (Decimal::ZERO, Decimal::ZERO);
    for planned in context.requests() {
        let Some((_, access)) = planned.plan.access().filter(|(id, _)| *id == path.id) else { continue };
        let fetches = access.fetch.as_ref();
        let is_fed = fetches.is_some_and(|fetch| is_enough(&fetch.attributes));
        // What is not known of the others is no part of "at least".
        let (Some(now), Some(then)) = (read_now(context, &planned), read_then(context, &planned, wider)) else {
            if is_fed { return None } else { continue }
        };
        if fetches.is_some() && !is_fed {
            continue;
        }
        let amount = |what| amounts.reads.get(&(planned.index, what)).copied();
        let own = amount(What::Reads);
        if is_fed {
            own?;
        }
        if is_fed && path.is_global() {
            saved = saved.saturating_add(amount(What::SecondReads)?);
        }
        let change = own.unwrap_or_default().saturating_mul(part(then, now).saturating_sub(Decimal::ONE));
        if change.is_sign_negative() {
            saved = saved.saturating_sub(change);
        } else {
            added = added.saturating_add(change);
        }
    }
    Some((saved, added))
}

/// Units that a call reads of its index, what a local index fetches included.
fn read_now(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> Option<Decimal> {
    let (id, _) = planned.plan.access()?;
    let load = context.figures.load.patterns.get(planned.index)?;
    let mut reads = load.charges().filter(|charge| charge.path == id && charge.why == Consumed::Read);
    reads.try_fold(Decimal::ZERO, |sum, charge| Some(sum.saturating_add(charge.units.ok()?)))
}

/// The same if entries held more.
fn read_then(context: &Context<'_, '_>, planned: &Planned<'_, '_>, wider: &Projection) -> Option<Decimal> {
    let (pattern, request) = ((planned.index, planned.pattern), (planned.request, planned.plan));
    read_units_under(context.design, &context.figures.load.shapes, pattern, request, wider).ok()
}

/// Dollars that writes of an index would take more, at what a unit of its table costs on average.
fn of_writes(
    context: &Context<'_, '_>,
    path: &AccessPath<'_>,
    wider: &Projection,
    amounts: &Amounts,
) -> Option<Decimal> {
    let units = amounts.written.get(&path.table)?;
    let now = units.get(&path.id).copied().unwrap_or_default();
    let mut then = Decimal::ZERO;
    for planned in context.requests().filter(|planned| is_write(planned.operation)) {
        let is_of_table = |entity: &EntityDesign<'_>| entity.table == Some(path.table);
        let entity = context.entity_of(planned.request).filter(|entity| is_of_table(entity));
        if entity.is_none_or(|entity| !context.design.is_in(entity, path)) {
            continue;
        }
        let load = &context.figures.load;
        let (pattern, request) = ((planned.index, planned.pattern), (planned.request, planned.plan));
        let each = load.index_units_under(context.design, pattern, request, (path.id, wider)).ok()?;
        let calls = load.patterns.get(planned.index)?.calls.monthly.ok()?;
        then = then.saturating_add(each.saturating_mul(calls));
    }
    let all = units.values().copied().fold(Decimal::ZERO, Decimal::saturating_add);
    let each = part(amounts.writes.get(&path.table).copied().unwrap_or_default(), all);
    Some(then.saturating_sub(now).max(Decimal::ZERO).saturating_mul(each))
}

/// Dollars that the entries of an index would take more to store, as far as they are known.
fn of_storage(context: &Context<'_, '_>, path: &AccessPath<'_>, wider: &Projection, amounts: &Amounts) -> Decimal {
    let overhead = Decimal::from(STORAGE_OVERHEAD_BYTES);
    let members = context.design.entities_of(path.table).map(|(id, _)| id);
    let more = members.filter_map(|id| {
        let amount = amounts.storage.get(&(path.id, id))?;
        let (now, then) = bytes(context, path, context.design.entity(id)?, wider)?;
        Some(amount.saturating_mul(part(then.saturating_sub(now), now.saturating_add(overhead))))
    });
    more.fold(Decimal::ZERO, Decimal::saturating_add)
}

/// The units that reading again takes, with a sentence about them and what they cost.
fn again(context: &Context<'_, '_>, pattern: usize, amount: Option<Decimal>) -> Option<(Decimal, String)> {
    let load = context.figures.load.patterns.get(pattern)?;
    let mut seconds = load.charges().filter(|charge| charge.why == Consumed::SecondRead).peekable();
    seconds.peek()?;
    let units = seconds.try_fold(Decimal::ZERO, |sum, charge| Some(sum.saturating_add(charge.units.ok()?)))?;
    let month = amount.filter(|amount| *amount >= LEAST_USD).map(|amount| format!(", {} a month", usd(amount)));
    Some((units, format!(" That is {} a call{}.", units_of(units, "read"), month.unwrap_or_default())))
}

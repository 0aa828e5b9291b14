//! What costs more than it has to, or will.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::cost::{Added, Terms, What};
use crate::design::{EntityDesign, EntityId, TableDesign, TableId};
use crate::lint::amounts::{LEAST_USD, about, exact, is_worth, part, percent, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Rule, is_judged};
use crate::load::{State, per_month};
use crate::model::{AttributeType, Operation, ReplicationConsistency, TableClass};
use crate::plan::makes_item;
use crate::prices::Item;
use crate::service::capacity::write_units;
use crate::service::propagation::EntryChange;
use crate::source::ModelPath;

pub(super) const RULES: &[Rule] = &[
    // `keyplan cost` shows it; as a finding it would come with every large bill.
    Rule { is_off: true, ..rule!("pattern-dominates-cost", Cost, Advice, pattern_dominates_cost) },
    rule!("deletes-instead-of-expiry", Cost, Advice, deletes_instead_of_expiry),
    rule!("recovery-of-short-lived-items", Cost, Advice, recovery_of_short_lived_items),
    rule!("storage-grows", Cost, Advice, storage_grows),
    rule!("expiry-in-replicas", Cost, Advice, expiry_in_replicas),
    rule!("replication-multiplies-writes", Cost, Advice, replication_multiplies_writes),
];

/// Dollars of a month from which it is worth a word that one part is most of it (a threshold of our
/// own).
const LEAST_BILL: Decimal = Decimal::from_parts(50, 0, 0, false, 0);

/// The least patterns of which one can dominate (a threshold of our own).
const LEAST_PATTERNS: usize = 4;

/// Seconds of a day.
const DAY: u32 = 86_400;

/// Days beyond which the end of what is kept is not yet in sight (a threshold of our own).
const LONG_LIFE_DAYS: u32 = 365;

/// Months ahead, and how many times today's storage is then worth a word (thresholds of our own).
const MONTHS_AHEAD: u32 = 12;
const MUCH_GROWTH: Decimal = Decimal::from_parts(3, 0, 0, false, 0);

/// Dollars of a month that storage has to grow by to be worth a word (a threshold of our own).
const LEAST_GROWTH: Decimal = Decimal::TEN;

fn table_path(table: &TableDesign<'_>) -> ModelPath {
    ModelPath::of(["tables"]).key(table.name)
}

fn pattern_dominates_cost(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let bill = &context.figures.bill;
    let total = bill.total();
    let priced = bill.by(|line| line.source?.pattern);
    if total < LEAST_BILL
        || !bill.is_complete()
        || context.unplanned().next().is_some()
        || priced.len() < LEAST_PATTERNS
    {
        return;
    }
    let Some((index, amount)) = priced.iter().max_by_key(|(_, amount)| **amount) else { return };
    if amount.saturating_mul(Decimal::TWO) <= total {
        return;
    }
    let Some(pattern) = context.design.patterns.get(*index) else { return };
    let parts = bill.by(|line| {
        let source = line.source.filter(|source| source.pattern == Some(*index))?;
        Some((line.what, source.path))
    });
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by_key(|(place, amount)| (std::cmp::Reverse(*amount), *place));
    let words = parts.iter().take(3).filter_map(|((what, path), amount)| {
        Some(format!("{} for {} of {}", usd(*amount), what.words(), context.design.path(*path)?.label()))
    });
    let words: Vec<String> = words.collect();
    found.push(
        Finding::new(
            Place::key(pattern.place.clone()),
            format!("`{}` is {} of the whole bill", pattern.name, percent(part(*amount, total))),
        )
        .label(format!("{} of {} a month", usd(*amount), usd(total)))
        .why(format!("It is {}. What is saved elsewhere changes little.", words.join(", ")))
        .help("look at this pattern first: fewer calls, smaller items, a narrower index, a cache")
        .number("usd_per_month", exact(*amount))
        .number("bill_usd_per_month", exact(total)),
    );
}

/// Write units of deleting one item with its entries in all indexes.
fn delete_units(context: &Context<'_, '_>, table: TableId, entity: &EntityDesign<'_>) -> Option<Decimal> {
    let shape = context.figures.load.shapes.of(entity.id)?;
    let usual = State::default();
    let mut units = write_units(shape.item_bytes(&usual).ok()?, Decimal::ZERO);
    for (_, path) in context.design.paths_of(table).filter(|(_, path)| !path.is_table()) {
        if !context.design.is_in(entity, path) {
            continue;
        }
        let share = shape.membership(path, &usual).ok()?;
        if !share.is_zero() {
            let entry = shape.entry_bytes(context.design, path, &usual).ok()?;
            units = units.saturating_add(share.saturating_mul(EntryChange::Leaves.write_units(entry, Decimal::ZERO)));
        }
    }
    Some(units)
}

/// The attribute in seconds whose name says that it is an item's expiry.
fn own_expiry<'m>(entity: &EntityDesign<'m>) -> Option<&'m str> {
    let says =
        |name: &str| ["expir", "ttl", "time_to_live"].iter().any(|part| name.to_ascii_lowercase().contains(part));
    let mut seconds = entity.entity.attributes.iter().filter(|(_, attribute)| attribute.kind == AttributeType::Epoch);
    seconds.find(|(name, _)| says(name)).map(|(name, _)| name.as_str())
}

fn deletes_instead_of_expiry(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let Some(prices) = &context.home_prices else { return };
    let month_hours = Terms::default().month_hours;
    for entity in &context.design.entities {
        let (Some(growth), Some(retention)) = (entity.entity.growth, entity.entity.retention) else { continue };
        let Some((id, table)) = entity.table.and_then(|id| Some((id, context.design.table(id)?))) else { continue };
        // Strongly consistent global tables have no time to live.
        if table.table.multi_region_consistency == Some(ReplicationConsistency::Strong) {
            continue;
        }
        let expiry = table.table.time_to_live.as_deref();
        if expiry.is_some_and(|attribute| !entity.is_closed() || entity.knows(attribute)) {
            continue;
        }
        let class = table.table.class.unwrap_or(TableClass::Standard);
        let Some(price) = prices.price(Item::RequestWrite(class)).map(|price| price.paid()) else { continue };
        let Some(units) = delete_units(context, id, entity) else { continue };
        let deletes = per_month(growth, month_hours);
        let amount = deletes.saturating_mul(units).saturating_mul(price);
        let deletes_it = context.requests_of(entity.id).find(|planned| match planned.operation {
            Operation::Delete => true,
            Operation::BatchWrite | Operation::TransactWrite => !makes_item(context.design, planned.request),
            _ => false,
        });
        // Where nothing deletes them, they are still there after their time, whatever it would cost; for
        // what is kept for years, that is still to come.
        let is_late = deletes_it.is_none() && retention.seconds() <= Decimal::from(LONG_LIFE_DAYS * DAY);
        if amount < LEAST_USD && !is_late {
            continue;
        }
        let (what, help) = match expiry {
            Some(attribute) => (
                format!(
                    "`{}` items are kept for {retention}, but have no `{attribute}` that expires them",
                    entity.name
                ),
                format!("add `{attribute}: epoch` to the attributes, set when the item is written"),
            ),
            None => (
                format!(
                    "`{}` items are kept for {retention}, and table `{}` has no time to live",
                    entity.name, table.name
                ),
                match own_expiry(entity) {
                    Some(own) => {
                        format!("`time_to_live: {own}` on table `{}`, if `{own}` is when an item may go", table.name)
                    }
                    None => format!(
                        "`time_to_live: expires_at` on table `{}`, and `expires_at: epoch` in the items, set when they are written",
                        table.name
                    ),
                },
            ),
        };
        let mut finding = Finding::new(Place::value(entity.place.key("retention")), what)
            .label("who deletes them?")
            .why(format!(
                "Once the oldest reach that age, as many items go in a month as come, {}. {}A delete of one consumes {} with its index entries: {} a month at the price of requests. Time to live deletes for nothing, usually within a few days.",
                about(deletes),
                if deletes_it.is_none() { "No pattern deletes them. " } else { "" },
                units_of(units, "write"),
                usd(amount)
            ))
            .help(help)
            .number("deletes_per_month", exact(deletes))
            .number("write_units_per_delete", exact(units))
            .number("saved_usd_per_month", exact(amount));
        finding = match (deletes_it, expiry) {
            (Some(planned), _) => finding.related(Place::key(planned.pattern.place.clone()), "deletes them one by one"),
            (None, Some(_)) => finding.related(Place::value(table_path(table).key("time_to_live")), "what expires"),
            (None, None) => finding.related(Place::key(table_path(table)), "without `time_to_live`"),
        };
        found.push(finding);
    }
}

fn recovery_of_short_lived_items(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let amounts = context.figures.bill.by(|line| {
        let is_recovery = line.what == What::PointInTimeRecovery;
        Some(line.source.filter(|_| is_recovery)?.table)
    });
    for (index, table) in context.design.tables.iter().enumerate() {
        let id = TableId(index);
        if !table.table.point_in_time_recovery.as_ref().is_some_and(|setting| setting.enabled.0) {
            continue;
        }
        let kept: Vec<Option<Decimal>> = context
            .design
            .entities_of(id)
            .map(|(_, entity)| entity.entity.retention.map(|retention| retention.seconds()))
            .collect();
        let is_short = |seconds: &Option<Decimal>| seconds.is_some_and(|seconds| seconds <= Decimal::from(DAY));
        if kept.is_empty() || !kept.iter().all(is_short) || amounts.get(&id).is_some_and(|amount| *amount < LEAST_USD) {
            continue;
        }
        let cost = amounts.get(&id).map(|amount| format!(" Here it is {} a month.", usd(*amount))).unwrap_or_default();
        let mut finding = Finding::new(
            Place::key(table_path(table).key("point_in_time_recovery")),
            format!("table `{}` is backed up continuously, and nothing in it is kept for more than a day", table.name),
        )
        .label("what would be restored?")
        .why(format!("Recovery is billed by what the table holds, whatever its period. A restore brings back items that have expired since.{cost}"))
        .help("leave `point_in_time_recovery` out, unless a rule of your organisation asks for it");
        for (_, entity) in context.design.entities_of(id).take(5) {
            finding = finding.related(Place::value(entity.place.key("retention")), "gone by then");
        }
        if let Some(amount) = amounts.get(&id) {
            finding = finding.number("usd_per_month", exact(*amount));
        }
        found.push(finding);
    }
}

fn storage_grows(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let storage: BTreeMap<EntityId, Decimal> =
        context.figures.bill.by(|line| line.source.filter(|_| line.what == What::Storage)?.entity);
    let added = Added::in_months(context.design, Terms::default().month_hours, MONTHS_AHEAD);
    for entity in context.design.entities.iter().filter(|entity| entity.entity.retention.is_none()) {
        let (Some(today), Some(ahead)) = (entity.items, added.items(entity)) else { continue };
        let Some((place, grows)) = growing(context, entity, &added) else { continue };
        let table = entity.table.and_then(|id| context.design.table(id));
        let expires = table.and_then(|table| table.table.time_to_live.as_deref());
        // The share of the items that have no expiry, where it is given, stays.
        let stays =
            expires.and_then(|name| Some((name, Decimal::ONE.saturating_sub(entity.attribute(name)?.present?.0))));
        let has_expiry = expires.is_some_and(|attribute| !entity.is_closed() || entity.knows(attribute));
        if has_expiry && stays.is_none_or(|(_, share)| share <= Decimal::ZERO) {
            continue;
        }
        let share = stays.map_or(Decimal::ONE, |(_, share)| share);
        let ahead = today.saturating_add(ahead.saturating_sub(today).saturating_mul(share));
        let (Some(times), Some(now)) = (ahead.checked_div(today), storage.get(&entity.id)) else { continue };
        let then = now.saturating_mul(times);
        let more = then.saturating_sub(*now);
        if times <= MUCH_GROWTH || more < LEAST_GROWTH || !is_worth(more, *now) {
            continue;
        }
        found.push(
            Finding::new(
                place,
                match stays {
                    None => format!("`{}` grows {grows}, and nothing says how long it is kept", entity.name),
                    Some((name, share)) => format!(
                        "`{}` grows {grows}, and {} of it has no `{name}` that would expire it",
                        entity.name,
                        percent(share)
                    ),
                },
            )
            .label(format!("{} times as many in {MONTHS_AHEAD} months", about(times.round_dp(1))))
            .why(format!(
                "{} items today are {} then: {} a month for storage with its indexes instead of {}, and {} more with every further year.",
                about(today), about(ahead), usd(then), usd(*now), usd(more)
            ))
            .help(match table.and_then(|table| table.table.class) {
                Some(TableClass::StandardInfrequentAccess) => "say how long items are kept (`retention: 2y`) and let time to live delete them, or move old ones to S3",
                _ => "say how long items are kept (`retention: 2y`) and let time to live delete them, or move old ones to S3 or to a table of the class `standard_infrequent_access`",
            })
            .number("items_in_12_months", exact(ahead))
            .number("storage_usd_per_month", exact(*now))
            .number("storage_usd_per_month_in_12_months", exact(then)),
        );
    }
}

/// What an entity grows by, in words, and where that is said: its own growth, or the parent whose new
/// items bring it.
fn growing(context: &Context<'_, '_>, entity: &EntityDesign<'_>, added: &Added) -> Option<(Place, String)> {
    if let Some(growth) = entity.entity.growth {
        return Some((Place::value(entity.place.key("growth")), format!("by {growth}")));
    }
    let brings = |(id, average, _): &(EntityId, Option<Decimal>, _)| Some(added.to(*id)?.saturating_mul((*average)?));
    let parent = entity.parents.iter().filter(|parent| brings(parent).is_some()).max_by_key(|parent| brings(parent))?;
    let name = context.design.entity(parent.0)?.name;
    Some((Place::key(entity.place.key("belongs_to").key(name)), format!("with `{name}`")))
}

fn expiry_in_replicas(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let amounts = context.figures.bill.by(|line| {
        let is_expiry = line.what == What::ReplicatedExpiry;
        Some(line.source.filter(|_| is_expiry)?.table)
    });
    for (id, amount) in amounts.into_iter().filter(|(_, amount)| *amount >= LEAST_USD) {
        let Some(table) = context.design.table(id) else { continue };
        let regions: Vec<&str> = table.table.replicas.0.keys().map(String::as_str).collect();
        found.push(
            Finding::new(
                Place::value(table_path(table).key("time_to_live")),
                format!("what expires in table `{}` is deleted in {} for {} a month", table.name, quoted_list(regions.iter().copied()), usd(amount)),
            )
            .label("free here, written in every replica")
            .related(Place::key(table_path(table).key("replicas")), "where the deletes are replicated to")
            .why("Time to live deletes for nothing in the Region where it acts; every other Region is charged a replicated write for each KB of the item.")
            .help("keep what lives shortly (sessions, tokens) in a table without replicas, if other Regions can do without it")
            .number("usd_per_month", exact(amount)),
        );
    }
}

fn replication_multiplies_writes(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let bill = &context.figures.bill;
    let writes = bill.by(|line| {
        let is_write = matches!(line.what, What::Writes | What::IndexWrites);
        Some((line.source.filter(|_| is_write)?.table, line.region == bill.region))
    });
    for (index, table) in context.design.tables.iter().enumerate().filter(|(_, t)| !t.table.replicas.0.is_empty()) {
        let amount = |is_home| writes.get(&(TableId(index), is_home)).copied().unwrap_or_default();
        let (home, others) = (amount(true), amount(false));
        let all = home.saturating_add(others);
        if all < LEAST_BILL || others.is_zero() {
            continue;
        }
        let regions = table.table.replicas.0.len() + 1;
        let called: Vec<&str> = context
            .design
            .patterns
            .iter()
            .filter(|pattern| is_judged(pattern) && pattern.pattern.region.is_some())
            .map(|pattern| pattern.name)
            .collect();
        let local =
            if called.is_empty() { " No pattern says that it is called in another Region (`region`)." } else { "" };
        found.push(
            Finding::new(
                Place::key(table_path(table).key("replicas")),
                format!("every write of table `{}` is paid for in {regions} Regions: {} a month", table.name, usd(all)),
            )
            .label(format!("{} of it outside {}", usd(others), bill.region))
            .why(format!("Each Region is charged for the item and for its entry in every index.{local}"))
            .help("keep in replicas only what other Regions read: items that one Region needs belong into a table without replicas, and an index that one Region reads is still written in all")
            .number("usd_per_month", exact(all))
            .number("replicas_usd_per_month", exact(others))
            .number("regions", regions)
            .at_most(Level::Advice),
        );
    }
}

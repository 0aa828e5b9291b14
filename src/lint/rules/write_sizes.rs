//! Write and read units that an item's size wastes.

use rust_decimal::Decimal;

use crate::cost::{What, dollars};
use crate::design::{EntityDesign, PathId};
use crate::lint::registry::rule;
use crate::lint::wording::{number, percent, quoted_list};
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::load::State;
use crate::model::{Billing, Operation};
use crate::service::capacity::{READ_UNIT_BYTES, WRITE_UNIT_BYTES, write_units};

pub(super) const RULES: &[Rule] = &[
    rule!("small-update-of-large-item", Sizes, Warning, small_update_of_large_item),
    rule!("size-just-over-unit", Sizes, Advice, size_just_over_unit),
];

/// An item of this size is large for an update of a few bytes.
const LARGE_ITEM: u64 = 4096;

/// What changes is a small part of the item below this share.
fn small() -> Decimal {
    Decimal::new(1, 1)
}

/// Dollars a month from which on a change of the design may be worth it.
const WORTH_A_CHANGE: u32 = 10;

/// Dollars a month below which nothing is worth saying.
const WORTH_A_WORD: u32 = 1;

fn base(context: &Context<'_, '_>, entity: &EntityDesign<'_>) -> Option<PathId> {
    context.design.table(entity.table?)?.paths.first().copied()
}

/// What a pattern costs in a month for one kind of use of a table's items of an entity.
fn monthly(context: &Context<'_, '_>, entity: &EntityDesign<'_>, path: PathId, pattern: usize, what: What) -> Decimal {
    context.figures.bill.sum(|line| {
        line.what == what
            && line.source.is_some_and(|source| {
                source.path == path && source.entity == Some(entity.id) && source.pattern == Some(pattern)
            })
    })
}

fn small_update_of_large_item(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Update) {
        found.extend(small_update(context, &planned));
    }
}

fn small_update(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> Option<Finding> {
    let entity = context.entity_of(planned.request)?;
    let shape = context.figures.load.shapes.of(entity.id)?;
    let base = base(context, entity)?;
    let path = context.design.path(base)?;
    let item = shape.item_bytes(&State::default()).ok()?;
    let pattern = planned.pattern.pattern;
    let (sets, adds, removes, appends) = match planned.request.action {
        Some(action) => (&action.sets, &action.adds, &action.removes, &action.appends),
        None => (&pattern.sets, &pattern.adds, &pattern.removes, &pattern.appends),
    };
    // How much of a growing value changes is not known.
    if !appends.is_empty() || (sets.0.is_empty() && adds.is_empty()) || item < Decimal::from(LARGE_ITEM) {
        return None;
    }
    let changed: Vec<&str> = sets.0.keys().map(String::as_str).chain(adds.iter().map(String::as_str)).collect();
    let all: Vec<&str> = changed.iter().copied().chain(removes.iter().map(String::as_str)).collect();
    // What stands in a key is where it has to be, and two requests of one pattern are not told apart
    // in the bill.
    let is_beside = |name: &str| shape.beside_keys().any(|other| other == name);
    let same = planned.pattern.requests.iter().filter(|request| request.entities == planned.request.entities).count();
    if !all.iter().all(|name| is_beside(name)) || same > 1 {
        return None;
    }
    let bytes = all.iter().map(|name| shape.attribute_bytes(name)).sum::<Option<Decimal>>()?;
    if bytes >= item.saturating_mul(small()) {
        return None;
    }
    let load = context.figures.load.patterns.get(planned.index)?;
    let calls = load.calls.average.ok()?;
    let apart = shape.part_bytes(path, &changed).ok()?;
    let now = write_units(item, item);
    let then = write_units(apart, apart);
    let times = planned.request.count;
    let is_transaction = pattern.operation == Some(Operation::TransactWrite);
    let factor = if is_transaction { Decimal::TWO } else { Decimal::ONE };
    let wasted = (now - then).saturating_mul(factor).saturating_mul(times).saturating_mul(calls);
    let cost = monthly(context, entity, base, planned.index, What::Writes);
    let saved = cost.saturating_mul((now - then) / now);
    if saved < Decimal::from(WORTH_A_WORD) {
        return None;
    }
    let doubled = if is_transaction { " × 2 (transaction)" } else { "" };
    let many = if times == Decimal::ONE { String::new() } else { format!(" × {} items", number(times)) };
    let names = quoted_list(changed.iter().copied());
    let finding = Finding::new(
        Place::key(planned.request.place.key(if sets.0.is_empty() { "adds" } else { "sets" })),
        format!("`{}` changes {} of {} bytes and pays for all of them", planned.pattern.name, number(bytes), number(item)),
    )
    .label(format!("{} write units for {}", number(now), percent(bytes / item)))
    .related(Place::key(entity.place.clone()), format!("{} bytes", number(item)))
    .why(format!(
        "An update pays for the whole item: {} bytes / 1,024 = {} units. An item with only the key and {names} has {} bytes, {} {}. ({} - {}){doubled}{many} × {} calls/s = {} write units/s for nothing, about ${} of ${} a month.",
        number(item),
        number(now),
        number(apart),
        number(then),
        if then == Decimal::ONE { "unit" } else { "units" },
        number(now),
        number(then),
        number(calls),
        number(wasted),
        dollars(saved),
        dollars(cost)
    ))
    .help(format!(
        "keep {names} in an item of its own under the same partition key (`{}` as sort key, say); a query reads both where they are wanted together",
        changed.first().map_or_else(String::new, |name| name.to_uppercase())
    ))
    .number("wasted_units_per_second", wasted.round_dp(6).normalize().to_string())
    .number("saved_per_month", saved.round_dp(2).to_string());
    let guard = planned.request.action.map_or(&pattern.condition, |action| &action.condition);
    // A condition may be on what would stay behind.
    let is_guarded = guard.as_ref().is_some_and(|guard| guard.present);
    Some(if saved < Decimal::from(WORTH_A_CHANGE) || is_guarded { finding.at_most(Level::Advice) } else { finding })
}

/// So little above a whole unit can be saved by shorter names and values.
fn slack() -> Decimal {
    Decimal::new(5, 2)
}

fn size_just_over_unit(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (block, what) in [(WRITE_UNIT_BYTES, What::Writes), (READ_UNIT_BYTES, What::Reads)] {
            found.extend(just_over(context, entity, Decimal::from(block), what));
        }
    }
}

fn just_over(context: &Context<'_, '_>, entity: &EntityDesign<'_>, block: Decimal, what: What) -> Option<Finding> {
    let shape = context.figures.load.shapes.of(entity.id)?;
    let item = shape.item_bytes(&State::default()).ok()?;
    let whole = (item / block).floor();
    let over = item - whole.saturating_mul(block);
    let (largest, is_known) = shape.largest_item();
    // Items of very different sizes would not all come below the step.
    let is_even = is_known && largest <= (whole + Decimal::ONE).saturating_mul(block);
    if whole.is_zero() || over.is_zero() || over > whole.saturating_mul(block).saturating_mul(slack()) || !is_even {
        return None;
    }
    let is_write = what == What::Writes;
    let units = whole + Decimal::ONE;
    let base = base(context, entity)?;
    let counts = |operation: Operation| match operation {
        Operation::Put | Operation::Update => is_write,
        Operation::Get => !is_write,
        _ => false,
    };
    let mut cost = Decimal::ZERO;
    let mut names: Vec<&str> = Vec::new();
    for planned in context.requests_of(entity.id).filter(|planned| counts(planned.operation)) {
        let one = monthly(context, entity, base, planned.index, what);
        if !one.is_zero() && !names.contains(&planned.pattern.name) {
            cost = cost.saturating_add(one);
            names.push(planned.pattern.name);
        }
    }
    // Provisioned capacity falls only where its setting does.
    let table = context.design.table(entity.table?)?;
    let saved = cost / units;
    if saved < Decimal::from(WORTH_A_CHANGE) || table.table.billing == Some(Billing::Provisioned) {
        return None;
    }
    let (direction, kilobytes) = if is_write { ("write", whole) } else { ("read", whole * Decimal::from(4)) };
    Some(
        Finding::new(
            Place::key(entity.place.clone()),
            format!("`{}` items are {} bytes over {} KB, and pay for a {direction} unit more", entity.name, number(over), number(kilobytes)),
        )
        .label(format!("{} bytes", number(item)))
        .why(format!(
            "{} bytes are rounded up to {} {direction} units; {} bytes less, and it is {}. {} cost about ${} a month for this; 1 of {} units of it is ${}.",
            number(item),
            number(units),
            number(over),
            number(whole),
            quoted_list(names.iter().copied()),
            dollars(cost),
            number(units),
            dollars(saved)
        ))
        .help("shorten attribute names or values: an id in binary instead of text, `epoch` (6 bytes) instead of `timestamp` (24), one-letter codes instead of words")
        .number("bytes_over", over.normalize().to_string())
        .number("saved_per_month", saved.round_dp(2).to_string()),
    )
}

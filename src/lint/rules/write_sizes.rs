//! Write and read units that an item's size wastes.

use rust_decimal::Decimal;

use crate::cost::{What, dollars};
use crate::design::{AccessPath, EntityDesign, PathId, Request};
use crate::lint::registry::rule;
use crate::lint::rules::growing_items::has_end;
use crate::lint::wording::{calls, number, percent, quoted_list, units};
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::load::{Shape, State};
use crate::model::{Billing, Names, Operation};
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

/// An update of a large item, with what it pays for.
struct Update<'a, 'm> {
    planned: Planned<'a, 'm>,
    entity: &'a EntityDesign<'m>,
    shape: &'a Shape<'m>,
    path: &'a AccessPath<'m>,
    /// Bytes of the item.
    item: Decimal,
    /// Calls per second, on average.
    calls: Decimal,
    /// Dollars a month for the table's writes.
    cost: Decimal,
}

impl<'a, 'm> Update<'a, 'm> {
    fn of(context: &Context<'a, 'm>, planned: Planned<'a, 'm>) -> Option<Self> {
        let entity = context.entity_of(planned.request)?;
        let shape = context.figures.load.shapes.of(entity.id)?;
        let base = base(context, entity)?;
        let item = shape.item_bytes(&State::default()).ok()?;
        // Two requests of one pattern are not told apart in the bill.
        let is_same = |request: &&Request<'_>| request.entities == planned.request.entities;
        if item < Decimal::from(LARGE_ITEM) || planned.pattern.requests.iter().filter(is_same).count() > 1 {
            return None;
        }
        let calls = context.figures.load.patterns.get(planned.index)?.calls.average.ok()?;
        let cost = monthly(context, entity, base, planned.index, What::Writes);
        Some(Self { planned, entity, shape, path: context.design.path(base)?, item, calls, cost })
    }

    /// The attributes that it changes, and all that it names beside what it makes longer.
    fn names(&self) -> (Vec<&'a str>, Vec<&'a str>) {
        let pattern = self.planned.pattern.pattern;
        let (sets, adds, removes) = match self.planned.request.action {
            Some(action) => (&action.sets, &action.adds, &action.removes),
            None => (&pattern.sets, &pattern.adds, &pattern.removes),
        };
        let changed: Vec<&str> = sets.0.keys().map(String::as_str).chain(adds.iter().map(String::as_str)).collect();
        let all = changed.iter().copied().chain(removes.iter().map(String::as_str)).collect();
        (changed, all)
    }

    fn appends(&self) -> &'a Names {
        self.planned.request.action.map_or(&self.planned.pattern.pattern.appends, |action| &action.appends)
    }

    /// The field that names what it changes.
    fn field(&self) -> &'static str {
        let sets = self.planned.request.action.map_or(&self.planned.pattern.pattern.sets, |action| &action.sets);
        if sets.0.is_empty() { "adds" } else { "sets" }
    }

    /// What a transaction multiplies units with, and the words for it.
    fn doubled(&self) -> (Decimal, &'static str) {
        match self.planned.pattern.pattern.operation {
            Some(Operation::TransactWrite) => (Decimal::TWO, " × 2 (transaction)"),
            _ => (Decimal::ONE, ""),
        }
    }

    /// The words for several items in a call.
    fn many(&self) -> String {
        let times = self.planned.request.count;
        if times == Decimal::ONE { String::new() } else { format!(" × {} items", number(times)) }
    }

    /// A condition may be on what would stay behind.
    fn at_level(&self, finding: Finding, saved: Decimal) -> Finding {
        let is_little = saved < Decimal::from(WORTH_A_CHANGE);
        if is_little || self.planned.is_guarded() { finding.at_most(Level::Advice) } else { finding }
    }
}

fn small_update_of_large_item(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Update) {
        let Some(update) = Update::of(context, planned) else { continue };
        found.extend(if update.appends().is_empty() { small_update(&update) } else { addition(context, &update) });
    }
}

/// An addition to a long list, held against an item of its own. How large an addition is, is not in
/// the model.
fn addition(context: &Context<'_, '_>, update: &Update<'_, '_>) -> Option<Finding> {
    let (entity, item, cost) = (update.entity, update.item, update.cost);
    let names = update.appends();
    // A list without an end is a finding of its own.
    if !names.iter().all(|name| has_end(context, entity, name)) {
        return None;
    }
    let long = names.iter().map(|name| update.shape.attribute_bytes(name)).sum::<Option<Decimal>>()?;
    if Decimal::from(WRITE_UNIT_BYTES) > long.saturating_mul(small()) {
        return None;
    }
    let left = item.saturating_sub(long).max(Decimal::ONE);
    let (_, others) = update.names();
    let now = write_units(item, item);
    let beside = if others.is_empty() { Decimal::ZERO } else { write_units(left, left) };
    let then = Decimal::from(names.len()).saturating_add(beside);
    let saved = cost.saturating_mul((now - then) / now);
    if saved < Decimal::from(WORTH_A_WORD) {
        return None;
    }
    let list = quoted_list(names.iter().map(String::as_str));
    let with = if others.is_empty() { String::new() } else { format!(" and the change of {}", quoted_list(others)) };
    let finding = Finding::new(
        Place::key(update.planned.request.place.key("appends")),
        format!("`{}` makes {list} longer and pays for all {} bytes of the item", update.planned.pattern.name, number(item)),
    )
    .label(format!("{} write units for an addition", number(now)))
    .related(Place::key(entity.place.clone()), format!("{} bytes", number(item)))
    .why(format!(
        "An update pays for the whole item: {} bytes / 1,024 = {}. {}{}{} × {} are about ${} a month. How large an addition is, is not in the model; one of up to 1 KB in an item of its own{with} would be {}, about ${} a month.",
        number(item),
        units(now),
        units(now),
        update.doubled().1,
        update.many(),
        calls(update.calls),
        dollars(cost),
        units(then),
        dollars(cost.saturating_sub(saved))
    ))
    .help("write each addition as an item of its own under the same partition key, with a time or a number in the sort key, and query those that are wanted")
    .number("saved_per_month", saved.round_dp(2).to_string());
    Some(update.at_level(finding, saved))
}

fn small_update(update: &Update<'_, '_>) -> Option<Finding> {
    let Update { planned, entity, shape, path, item, calls: rate, cost } = update;
    let (item, cost) = (*item, *cost);
    let (changed, all) = update.names();
    if changed.is_empty() {
        return None;
    }
    // What stands in a key is where it has to be.
    let is_beside = |name: &str| shape.beside_keys().any(|other| other == name);
    if !all.iter().all(|name| is_beside(name)) {
        return None;
    }
    let bytes = all.iter().map(|name| shape.attribute_bytes(name)).sum::<Option<Decimal>>()?;
    if bytes >= item.saturating_mul(small()) {
        return None;
    }
    let apart = shape.part_bytes(path, &changed).ok()?;
    let now = write_units(item, item);
    let then = write_units(apart, apart);
    let (factor, doubled) = update.doubled();
    let wasted = (now - then).saturating_mul(factor).saturating_mul(planned.request.count).saturating_mul(*rate);
    let saved = cost.saturating_mul((now - then) / now);
    if saved < Decimal::from(WORTH_A_WORD) {
        return None;
    }
    let many = update.many();
    let names = quoted_list(changed.iter().copied());
    let finding = Finding::new(
        Place::key(planned.request.place.key(update.field())),
        format!("`{}` changes {} of {} bytes and pays for all of them", planned.pattern.name, number(bytes), number(item)),
    )
    .label(format!("{} write units for {}", number(now), percent(bytes / item)))
    .related(Place::key(entity.place.clone()), format!("{} bytes", number(item)))
    .why(format!(
        "An update pays for the whole item: {} bytes / 1,024 = {} units. An item with only the key and {names} has {} bytes, {}. ({} - {}){doubled}{many} × {} = {} write units/s for nothing, about ${} of ${} a month.",
        number(item),
        number(now),
        number(apart),
        units(then),
        number(now),
        number(then),
        calls(*rate),
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
    Some(update.at_level(finding, saved))
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

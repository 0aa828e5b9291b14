//! Storage that goes into names and overheads instead of values.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::cost::{What, dollars};
use crate::design::{EntityDesign, EntityId};
use crate::lint::registry::rule;
use crate::lint::wording::{number, percent, quoted_list, with_article};
use crate::lint::{Context, Finding, Place, Rule};
use crate::load::State;
use crate::service::size::{REPLICA_OVERHEAD_BYTES, STORAGE_OVERHEAD_BYTES};

pub(super) const RULES: &[Rule] = &[
    rule!("long-attribute-names", Sizes, Advice, long_attribute_names),
    rule!("overhead-dominates-storage", Sizes, Advice, overhead_dominates_storage),
];

/// Names that are a larger part of an item than this are worth a look.
fn long() -> Decimal {
    Decimal::new(3, 1)
}

/// A hundredth of the bill, as far as it is known: less is not worth a change.
fn is_part_of_bill(context: &Context<'_, '_>, amount: Decimal) -> bool {
    amount.saturating_mul(Decimal::ONE_HUNDRED) >= context.figures.bill.total()
}

/// GB of an entity below which its storage is not worth a change.
const LITTLE_STORAGE: u32 = 10;

/// What a month stores of each entity in its table in the home Region: GB, and dollars.
type Stored = HashMap<EntityId, (Decimal, Decimal)>;

fn stored(context: &Context<'_, '_>) -> Stored {
    let bill = &context.figures.bill;
    let lines = bill.lines.iter().filter(|line| line.what == What::Storage && line.region == bill.region);
    lines
        .filter_map(|line| {
            let source = line.source?;
            let is_table = context.design.path(source.path)?.is_table();
            is_table.then_some((source.entity?, (line.quantity, line.amount)))
        })
        .collect()
}

fn overhead(context: &Context<'_, '_>, entity: &EntityDesign<'_>) -> Option<Decimal> {
    let table = context.design.table(entity.table?)?;
    let replicated = if table.table.replicas.0.is_empty() { 0 } else { REPLICA_OVERHEAD_BYTES };
    Some(Decimal::from(STORAGE_OVERHEAD_BYTES + replicated))
}

fn long_attribute_names(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let stored = stored(context);
    for entity in &context.design.entities {
        found.extend(names_of(context, entity, &stored));
    }
}

fn names_of(context: &Context<'_, '_>, entity: &EntityDesign<'_>, stored: &Stored) -> Option<Finding> {
    let shape = context.figures.load.shapes.of(entity.id)?;
    let item = shape.item_bytes(&State::default()).ok()?;
    let names = shape.name_bytes().ok()?;
    let share = names.checked_div(item)?;
    let (gigabytes, amount) = *stored.get(&entity.id)?;
    if share <= long() || share > Decimal::ONE {
        return None;
    }
    let part = names / item.saturating_add(overhead(context, entity)?);
    let in_names = gigabytes.saturating_mul(part);
    let amount = amount.saturating_mul(part);
    if in_names < Decimal::from(LITTLE_STORAGE) || !is_part_of_bill(context, amount) {
        return None;
    }
    let mut longest: Vec<&str> = entity.entity.attributes.keys().map(String::as_str).collect();
    longest.sort_by_key(|name| std::cmp::Reverse(name.len()));
    longest.truncate(3);
    Some(
        Finding::new(
            Place::key(entity.place.key("attributes")),
            format!("attribute names are {} of {} item", percent(share), with_article(&format!("`{}`", entity.name))),
        )
        .label(format!("{} of {} bytes", number(names), number(item)))
        .why(format!(
            "Names are stored in every item: {} of {} GB, about ${} a month in one Region, and as much again in each index with all attributes. They also count towards the units of reads and writes.",
            number(in_names),
            number(gigabytes),
            dollars(amount)
        ))
        .help(format!("shorten the longest, {}, and let the code map them", quoted_list(longest)))
        .number("name_bytes", names.round_dp(2).normalize().to_string())
        .number("item_bytes", item.normalize().to_string()),
    )
}

fn overhead_dominates_storage(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let stored = stored(context);
    for entity in &context.design.entities {
        found.extend(overhead_of(context, entity, &stored));
    }
}

fn overhead_of(context: &Context<'_, '_>, entity: &EntityDesign<'_>, stored: &Stored) -> Option<Finding> {
    let shape = context.figures.load.shapes.of(entity.id)?;
    let item = shape.item_bytes(&State::default()).ok()?;
    let overhead = overhead(context, entity)?;
    let billed = item.saturating_add(overhead);
    let share = overhead.checked_div(billed)?;
    let (gigabytes, amount) = *stored.get(&entity.id)?;
    let amount = amount.saturating_mul(share);
    let is_little = gigabytes < Decimal::from(LITTLE_STORAGE) || !is_part_of_bill(context, amount);
    if share <= Decimal::new(5, 1) || is_little {
        return None;
    }
    Some(
        Finding::new(
            Place::key(entity.place.clone()),
            format!("{} of the billed storage of `{}` is overhead", percent(share), entity.name),
        )
        .label(format!("{} bytes, and {} of overhead", number(item), number(overhead)))
        .why(format!(
            "Storage is billed with {} bytes more for each item: {} / ({} + {}) = {}. That is {} of {} GB, about ${} a month in one Region; every index entry has its own 100 bytes.",
            number(overhead),
            number(overhead),
            number(item),
            number(overhead),
            percent(share),
            number(gigabytes.saturating_mul(share)),
            number(gigabytes),
            dollars(amount)
        ))
        .help("put several of these small items into one, as a map or a list, where they are read together and stay well below 400 KB")
        .number("item_bytes", item.normalize().to_string())
        .number("overhead_bytes", overhead.to_string()),
    )
}

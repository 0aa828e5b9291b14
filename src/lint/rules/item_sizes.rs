//! Items, attributes and transactions that are too large, and sizes that contradict each other.

use rust_decimal::Decimal;

use crate::design::EntityDesign;
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, bytes, number};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::State;
use crate::model::{AttributeType, Operation};
use crate::service::limits::{BATCH_GET_BYTES, TRANSACTION_BYTES};
use crate::service::size::ITEM_BYTES;

pub(super) const RULES: &[Rule] = &[
    rule!("item-over-limit", Sizes, Error, item_over_limit),
    rule!("item-near-limit", Sizes, Warning, item_near_limit),
    rule!("large-attribute", Sizes, Warning, large_attribute),
    rule!("size-disagrees", Sizes, Warning, size_disagrees),
    rule!("transaction-too-large", Sizes, Error, transaction_too_large),
];

/// An attribute of this average size is worth a place of its own.
const LARGE_AVERAGE: u64 = 100 * 1024;

/// An attribute that can get this large leaves little of an item.
const LARGE_MOST: u64 = 300 * 1024;

/// From this part of the limit on, an item is near it.
const NEAR_PERCENT: u64 = 75;

/// The size of an item that the limit is held against.
struct Held {
    /// Bytes, entries in local indexes included.
    bytes: Decimal,
    /// How they come about.
    parts: Vec<String>,
    /// Whether the sum can only be reached if several attributes are largest at once.
    is_worst_case: bool,
    place: Place,
}

impl Held {
    fn sum(&self) -> String {
        match self.parts.as_slice() {
            [_] => format!("{} bytes", number(self.bytes)),
            parts => format!("{} = {} bytes", parts.join(" + "), number(self.bytes)),
        }
    }
}

/// The average item with its entries in local indexes, and the largest.
fn held(context: &Context<'_, '_>, entity: &EntityDesign<'_>) -> Option<(Option<Held>, Held)> {
    let design = context.design;
    let shape = context.figures.load.shapes.of(entity.id)?;
    let usual = State::default();
    let locals: Vec<_> = entity
        .table
        .into_iter()
        .flat_map(|table| design.paths_of(table))
        .filter(|(_, path)| !path.is_table() && !path.is_global() && design.is_in(entity, path))
        .map(|(_, path)| path)
        .collect();
    let place = |field: &str| Place::value(entity.place.key(field));
    let average = shape.item_bytes(&usual).ok().map(|item| {
        let mut all = item;
        let mut parts = vec![format!("{} bytes of the item", number(item))];
        for path in &locals {
            // The item that has an entry in every local index must fit, however rare it is.
            if let Ok(entry) = shape.entry_bytes(design, path, &usual) {
                all = all.saturating_add(entry);
                parts.push(format!("{} in {}", number(entry), path.label()));
            }
        }
        let place = if entity.entity.size.is_some() { place("size") } else { Place::key(entity.place.clone()) };
        Held { bytes: all, parts, is_worst_case: false, place }
    });
    let (item, _) = shape.largest_item();
    let mut all = item;
    let mut parts = vec![format!("{} bytes of the item", number(item))];
    for path in &locals {
        let (entry, _) = shape.largest_entry(design, path);
        all = all.saturating_add(entry);
        parts.push(format!("{} in {}", number(entry), path.label()));
    }
    if entity.entity.max_size.is_some() {
        return Some((average, Held { bytes: all, parts, is_worst_case: false, place: place("max_size") }));
    }
    // One attribute at its largest in an otherwise average item can surely be; all of them need not.
    let attributes = entity.entity.attributes.iter();
    let alone = attributes.filter_map(|(name, attribute)| {
        let most = Decimal::from(attribute.max_size?.0);
        let state = State { sizes: vec![(name.as_str(), most)], ..State::default() };
        let item = shape.item_bytes(&state).unwrap_or(most);
        let entries = locals.iter().filter_map(|path| shape.entry_bytes(design, path, &state).ok());
        Some((entries.fold(item, Decimal::saturating_add), name))
    });
    let largest = alone.max();
    let place = match largest {
        Some((_, name)) => Place::value(entity.place.key("attributes").key(name).key("max_size")),
        None => Place::key(entity.place.clone()),
    };
    let near = limit() * Decimal::from(NEAR_PERCENT) / Decimal::ONE_HUNDRED;
    let (bytes, is_alone) = match largest {
        Some((bytes, _)) if bytes > limit() => (bytes, true),
        Some((bytes, _)) if all <= limit() && bytes > near => (bytes, true),
        _ => (all, false),
    };
    if is_alone {
        parts = vec![format!("{} bytes of the item", number(bytes))];
    }
    Some((average, Held { bytes, parts, is_worst_case: !is_alone, place }))
}

fn limit() -> Decimal {
    Decimal::from(ITEM_BYTES)
}

fn about_local_indexes(held: &Held) -> &'static str {
    if held.parts.len() > 1 { " An item and its entries in local indexes count together." } else { "" }
}

const SPLIT: &str = "move the large part to S3 and keep its key, write it as several items under the same partition key, or compress it";

fn item_over_limit(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some((average, largest)) = held(context, entity) else { continue };
        let average = average.filter(|held| held.bytes > limit());
        let (held, which) = match average {
            Some(held) => (held, "on average"),
            None if largest.bytes > limit() => (largest, "at their largest"),
            None => continue,
        };
        let level = if held.is_worst_case { Level::Warning } else { Level::Error };
        let together =
            if held.is_worst_case { " This is so where several attributes are largest at once." } else { "" };
        found.push(
            Finding::new(
                held.place.clone(),
                format!("`{}` items have {} {which}, more than an item can hold", entity.name, bytes(held.bytes)),
            )
            .label(format!("the most is {} bytes", number(limit())))
            .why(format!(
                "{}, of at most {}.{together}{} A write of a larger item is rejected (ValidationException).",
                held.sum(),
                number(limit()),
                about_local_indexes(&held)
            ))
            .help(SPLIT)
            .number("bytes", held.bytes.normalize().to_string())
            .number("most", ITEM_BYTES)
            .at_most(level),
        );
    }
}

fn item_near_limit(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let near = limit() * Decimal::from(NEAR_PERCENT) / Decimal::ONE_HUNDRED;
    for entity in &context.design.entities {
        let Some((average, largest)) = held(context, entity) else { continue };
        let held = match average.filter(|held| held.bytes > near) {
            Some(held) => held,
            None => largest,
        };
        // A single attribute that is that large is a finding of its own.
        let is_one = entity.entity.attributes.values().any(is_large);
        if held.bytes <= near || held.bytes > limit() || is_one {
            continue;
        }
        found.push(
            Finding::new(
                held.place.clone(),
                format!("`{}` items can have {}, near the limit of an item", entity.name, bytes(held.bytes)),
            )
            .label(format!("{}% of {} bytes", number(held.bytes / limit() * Decimal::ONE_HUNDRED), number(limit())))
            .why(format!(
                "{}, of at most {}.{} That leaves {}; a write of a larger item is rejected (ValidationException).",
                held.sum(),
                number(limit()),
                about_local_indexes(&held),
                bytes(limit().saturating_sub(held.bytes))
            ))
            .help(SPLIT)
            .number("bytes", held.bytes.normalize().to_string())
            .number("most", ITEM_BYTES)
            .at_most(if held.is_worst_case { Level::Advice } else { Level::Warning }),
        );
    }
}

fn is_large(attribute: &crate::model::Attribute) -> bool {
    attribute.size.is_some_and(|size| size.0 > LARGE_AVERAGE)
        || attribute.max_size.is_some_and(|size| size.0 > LARGE_MOST)
}

fn large_attribute(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    use AttributeType::{Binary, BinarySet, List, Map, NumberSet, String, StringSet};
    for entity in &context.design.entities {
        for (name, attribute) in entity.entity.attributes.iter().filter(|(_, attribute)| is_large(attribute)) {
            let kinds = [String, Binary, List, Map, StringSet, NumberSet, BinarySet];
            // What does not fit into an item at all is an error of its own.
            let is_over = |size: Option<crate::units::Bytes>| size.is_some_and(|size| size.0 > ITEM_BYTES);
            if !kinds.contains(&attribute.kind) || is_over(attribute.size) || is_over(attribute.max_size) {
                continue;
            }
            let (field, size, which) = match attribute.size.filter(|size| size.0 > LARGE_AVERAGE) {
                Some(size) => ("size", size, "on average"),
                None => ("max_size", attribute.max_size.unwrap_or_default(), "at its largest"),
            };
            let size = Decimal::from(size.0);
            let writes = (size / Decimal::from(1024)).ceil();
            let reads = (size / Decimal::from(4096)).ceil() / Decimal::TWO;
            let is_document = matches!(attribute.kind, List | Map | StringSet | NumberSet | BinarySet);
            found.push(
                Finding::new(
                    Place::value(entity.place.key("attributes").key(name).key(field)),
                    format!("`{name}` of `{}` has {} {which}", entity.name, bytes(size)),
                )
                .label(format!("{} write units for every write of the item", number(writes)))
                .why(format!(
                    "{} bytes / 1,024 = {} write units for any write of the item, even of another attribute, and {} read units for any read of it, even of another attribute. An item holds at most {} bytes.",
                    number(size),
                    number(writes),
                    number(reads),
                    number(limit())
                ))
                .help(match is_document {
                    true => "write its elements as items of their own under the same partition key, and query those that are wanted",
                    false => "keep the value in S3 and its key here, or compress it; split it over several items where it must stay in the table",
                })
                .number("bytes", size.normalize().to_string()),
            );
        }
    }
}

/// Stated sizes that are further below the sum of their parts than this are no rounding.
const TOLERANCE_PERCENT: u32 = 10;

fn size_disagrees(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(stated) = entity.entity.size.map(|size| Decimal::from(size.0)) else { continue };
        let Some(shape) = context.figures.load.shapes.of(entity.id) else { continue };
        if entity.entity.attributes.is_empty() {
            continue;
        }
        let (sum, is_complete) = shape.sum_of_attributes();
        // Numbers without digits are counted by a guess.
        let guessed = entity
            .entity
            .attributes
            .values()
            .filter(|a| a.kind == AttributeType::Number && a.digits.is_none() && a.size.is_none() && a.values.is_none())
            .count();
        let sure = sum.saturating_sub(Decimal::from(guessed) * Decimal::from(4));
        let least = sure * Decimal::from(100 - TOLERANCE_PERCENT) / Decimal::ONE_HUNDRED;
        let mut level = Level::Warning;
        let (message, why) = if stated < least {
            (
                format!(
                    "`{}` is said to have {}, but its attributes alone have {}",
                    entity.name,
                    bytes(stated),
                    bytes(sure)
                ),
                format!(
                    "{} bytes of names and values{}, against {} bytes for the whole item.",
                    number(sure),
                    if is_complete { "" } else { ", without those whose size is not known" },
                    number(stated)
                ),
            )
        } else if is_complete && sizes_attributes(entity) && stated > sum.saturating_mul(Decimal::TWO) {
            level = Level::Advice;
            (
                format!(
                    "`{}` is said to have {}, but its attributes make up only {}",
                    entity.name,
                    bytes(stated),
                    bytes(sum)
                ),
                format!(
                    "All listed attributes together have {} bytes, names included, less than half of {}.",
                    number(sum),
                    number(stated)
                ),
            )
        } else {
            continue;
        };
        found.push(
            Finding::new(Place::value(entity.place.key("size")), message)
                .label("disagrees with the attributes")
                .related(Place::key(entity.place.key("attributes")), format!("{} bytes", number(sum)))
                .why(format!("{why} Units, heat and storage follow from the stated size."))
                .help("leave `size` out and let it follow from the attributes, or mend the sizes of the attributes, or list the missing ones")
                .number("stated", stated.to_string())
                .number("sum", sum.round_dp(2).normalize().to_string())
                .at_most(level),
        );
    }
}

/// Whether sizes are given to attributes beside the keys: a list of only the keys, with a size for
/// the whole, leaves the rest out on purpose.
fn sizes_attributes(entity: &EntityDesign<'_>) -> bool {
    let in_keys =
        |name: &str| entity.fills.contains_key(name) || entity.fills.values().any(|fill| fill.template.uses(name));
    entity.entity.attributes.iter().any(|(name, attribute)| attribute.size.is_some() && !in_keys(name))
}

fn transaction_too_large(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in context.design.patterns.iter().filter(|pattern| crate::lint::is_judged(pattern)) {
        let (most, call) = match pattern.pattern.operation {
            Some(Operation::TransactGet) => (TRANSACTION_BYTES, "TransactGetItems"),
            Some(Operation::TransactWrite) => (TRANSACTION_BYTES, "TransactWriteItems"),
            Some(Operation::BatchGet) => (BATCH_GET_BYTES, "BatchGetItem"),
            _ => continue,
        };
        let most = Decimal::from(most);
        let mut sum = Decimal::ZERO;
        let mut parts: Vec<String> = Vec::new();
        for request in &pattern.requests {
            // What is deleted or only checked is not sent.
            if matches!(request.operation, Operation::Delete | Operation::ConditionCheck) {
                continue;
            }
            let Some(entity) = context.entity_of(request) else { continue };
            let shape = context.figures.load.shapes.of(entity.id);
            let Some(shape) = shape else { continue };
            // Where a size is missing, the item is at least what is known of it.
            let known = shape.item_bytes(&State::default());
            let least = if known.is_err() { "at least " } else { "" };
            let size = known.unwrap_or_else(|_| shape.sum_of_attributes().0.floor());
            sum = sum.saturating_add(request.count.saturating_mul(size));
            parts.push(format!("{} `{}` × {least}{} bytes", number(request.count), entity.name, number(size)));
        }
        if sum <= most {
            continue;
        }
        let has_updates = pattern.requests.iter().any(|request| request.operation == Operation::Update);
        let is_batch = pattern.pattern.operation == Some(Operation::BatchGet);
        let why = if is_batch {
            "What goes beyond comes back as unprocessed keys, to be asked for again: one call is several."
        } else {
            "The service rejects larger ones."
        };
        found.push(
            Finding::new(
                Place::key(pattern.place.clone()),
                format!("`{}` puts {} into one {call}", pattern.name, bytes(sum)),
            )
            .label(format!("at most {}", bytes(most)))
            .why(format!("{} = {}, of at most {}. {why}", and_list(parts), bytes(sum), bytes(most)))
            .help(match is_batch {
                true => "ask for fewer items in one call, or for the keys of an index that holds only what is needed",
                false => "split it into transactions that are each atomic by themselves, or keep the large values in S3 and only their keys here",
            })
            .number("bytes", sum.round_dp(0).to_string())
            .number("most", most.to_string())
            .at_most(if is_batch || has_updates { Level::Warning } else { Level::Error }),
        );
    }
}

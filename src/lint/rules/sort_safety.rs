//! Keys that do not sort, or do not tell items apart, as their author means them to.

use crate::design::{EntityDesign, Part, Template};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::model::{AttributeType, KeyStatement, Operation, Operator};
use crate::plan::{align, compile_statement, is_range, may_sort_otherwise};

pub(super) const RULES: &[Rule] = &[
    rule!("unpadded-number", Keys, Warning, unpadded_number),
    rule!("text-out-of-order", Keys, Warning, text_out_of_order),
    rule!("time-as-identity", Keys, Advice, time_as_identity),
    rule!("shard-outside-partition", Keys, Warning, shard_outside_partition),
];

/// Whether some query asks for the order of this key attribute: in `order_by`, by taking the first
/// items, or by a range.
fn is_read_in_order(context: &Context<'_, '_>, entity: &EntityDesign<'_>, key: &str, attribute: &str) -> bool {
    let Some(fill) = entity.fills.get(key) else { return false };
    context.requests_of(entity.id).any(|planned| {
        let stated = stated_parts(&planned, key, &fill.template);
        let is_bound = |name: &str| {
            let condition = planned.request.conditions.get(name);
            condition.is_some_and(|c| c.operator == Operator::Equals) || stated.contains(&name)
        };
        // Only the first part that is not bound decides the order; later ones break its ties.
        let bound = fill.template.attributes().find(|name| !is_bound(name)) != Some(attribute);
        let through = planned.access(context.design).is_none_or(|(path, _)| path.sort.contains(&key));
        !bound && through && planned.operation == Operation::Query && asks_for_order(&planned, key, attribute)
    })
}

/// Whether a query names an order, takes the first items, or compares the attribute or the code's own
/// key text with the ends of a range.
fn asks_for_order(planned: &Planned<'_, '_>, key: &str, attribute: &str) -> bool {
    let pattern = planned.pattern.pattern;
    let stated = planned.request.key.get(key).map(KeyStatement::comparisons).unwrap_or_default();
    // The text before a number has no order.
    let has_ends = |operator: Operator| is_range(operator) && operator != Operator::BeginsWith;
    !pattern.order_by.0.is_empty()
        || pattern.limit.is_some()
        || planned.request.conditions.get(attribute).is_some_and(|condition| has_ends(condition.operator))
        || stated.iter().any(|comparison| has_ends(comparison.operator))
}

/// The attributes that the code's own key text binds: all that it covers, but for the last one of a
/// range, which the range is over.
fn stated_parts<'t>(planned: &Planned<'_, '_>, key: &str, template: &'t Template) -> Vec<&'t str> {
    let Some(statement) = planned.request.key.get(key) else { return Vec::new() };
    let mut bound = Vec::new();
    for comparison in statement.comparisons() {
        let whole = matches!(comparison.operator, Operator::Equals | Operator::BeginsWith);
        let stated = comparison.values.iter().filter_map(|value| compile_statement(value));
        for alignment in stated.filter_map(|stated| align(&stated, template)) {
            let count = alignment.bound.len() - usize::from(!whole && !alignment.bound.is_empty());
            bound.extend(alignment.bound.into_iter().take(count));
        }
    }
    bound
}

fn unpadded_number(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(table) = entity.table else { continue };
        let sort_keys: Vec<&str> =
            context.design.paths_of(table).flat_map(|(_, path)| path.sort.iter().copied()).collect();
        for (key, fill) in
            entity.fills.iter().filter(|(key, fill)| sort_keys.contains(key) && fill.template.copied().is_none())
        {
            for name in fill.template.attributes() {
                let Some(attribute) = entity.attribute(name) else { continue };
                if attribute.kind != AttributeType::Number
                    || attribute.padded == Some(true)
                    || attribute.shards.is_some()
                {
                    continue;
                }
                // Numbers of a list that all have the same length sort as they stand.
                let same_length = attribute.values.as_ref().is_some_and(|values| {
                    let mut lengths = values.0.keys().map(|value| value.text().len());
                    let first = lengths.next();
                    lengths.all(|length| Some(length) == first)
                });
                if same_length {
                    continue;
                }
                let digits = attribute.digits.unwrap_or(6);
                let finding = Finding::new(
                    Place::value(entity.place.key("keys").key(key)),
                    format!("the number `{name}` stands unpadded in the sort key of `{}`", entity.name),
                )
                .label("sorts as text: 10 before 9")
                .related(Place::key(entity.place.key("attributes").key(name)), "a number, not padded")
                .why("Text keys sort byte by byte, so `10` comes before `9`, and the range from `5` to `20` is rejected because its ends are the wrong way round.")
                .help(format!("pad it with zeros to a fixed width and say so, `{name}: {{type: number, digits: {digits}, padded: true}}`, or make it a number key of its own"));
                found.push(if is_read_in_order(context, entity, key, name) {
                    finding
                } else {
                    finding.at_most(Level::Advice)
                });
            }
        }
    }
}

/// Text that a query is to give in order, with something after it that decides where values begin alike.
fn text_out_of_order(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let Some((path, _)) = planned.access(context.design) else { continue };
        let wanted = planned.pattern.pattern.order_by.0.iter().filter_map(|entry| entry.split_whitespace().next());
        for (name, entity) in wanted.flat_map(|name| context.entity_of(planned.request).map(|entity| (name, entity))) {
            let is_bound = planned.request.conditions.get(name).is_some_and(|c| c.operator == Operator::Equals);
            let fills = path.sort.iter().filter_map(|key| Some((key, entity.fills.get(*key)?)));
            let why = fills.into_iter().find_map(|(key, fill)| {
                let mut parts = fill.template.parts.iter();
                parts.find(|part| matches!(part, Part::Attribute { name: it, .. } if **it == *name))?;
                Some((key, fill, may_sort_otherwise(entity.attribute(name), parts.next())?))
            });
            let Some((key, fill, why)) = why.filter(|_| !is_bound) else { continue };
            found.push(
                Finding::new(
                    Place::key(planned.request.place.key("order_by")),
                    format!("`{}` may not get `{name}` in order", planned.pattern.name),
                )
                .label("where one value is the beginning of another")
                .related(Place::value(entity.place.key("keys").key(key)), format!("`{}`", fill.template))
                .why(format!("A text key sorts byte by byte: {why}."))
                .help(format!("put a delimiter that sorts before letters and digits after it, such as `#`: `{{{name}}}#…`; or list its `values`, where none is the beginning of another")),
            );
        }
    }
}

/// An entity whose items differ only by the time at which they were made.
fn time_as_identity(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(base) = entity.table.and_then(|table| context.design.base_path(table)) else { continue };
        let Some(sort) = base.sort.first() else { continue };
        let Some(fill) = entity.fills.get(*sort) else { continue };
        // An attribute with a handful of values tells nothing apart.
        let few = |name: &str| {
            let attribute = entity.attribute(name);
            attribute.is_some_and(|a| {
                a.values.is_some()
                    || a.kind == AttributeType::Boolean
                    || a.distinct.is_some_and(|count| count.ceil() <= 20)
            })
        };
        let mut names = fill.template.parts.iter().filter_map(|part| match part {
            Part::Attribute { name, cut } if !few(name) => Some((name, cut)),
            _ => None,
        });
        let beside: Vec<&str> = fill.template.attributes().filter(|name| few(name)).collect();
        let (Some((name, cut)), None) = (names.next(), names.next()) else { continue };
        // One item for each partition key value shares it with no other.
        let is_unique = |name: &str| entity.attribute(name).is_some_and(|attribute| attribute.unique == Some(true));
        let partition = base.partition.iter().filter_map(|key| entity.fills.get(*key));
        let is_whole = |part: &Part| matches!(part, Part::Attribute { name, cut: None } if is_unique(name));
        if partition.flat_map(|fill| fill.template.parts.iter()).any(is_whole) {
            continue;
        }
        let kind = entity.kind_of(name);
        let tick = match kind {
            AttributeType::Timestamp | AttributeType::EpochMs if cut.is_none() => "millisecond",
            AttributeType::Epoch => "second",
            // A day, or a time that is cut on purpose, names a bucket: one item for each.
            _ => continue,
        };
        let mut puts = context
            .requests_of(entity.id)
            .filter(|planned| matches!(planned.operation, Operation::Put | Operation::BatchWrite));
        // With a condition the second write is told that it came second; within a second that is
        // still likely to be an honest one.
        let loses = puts.any(|planned| kind == AttributeType::Epoch || !planned.is_guarded());
        if !loses {
            continue;
        }
        let place =
            if fill.declared { entity.place.key("keys").key(sort) } else { entity.place.key("attributes").key(name) };
        let (are, with, tell) = match quoted_list(beside.iter().copied()) {
            list if list.is_empty() => ("are", String::new(), "tells"),
            list => ("can be", format!(" with the same {list}"), "tell"),
        };
        let apart = quoted_list(std::iter::once(&**name).chain(beside));
        found.push(
            Finding::new(Place::value(place), format!("two `{}` items of the same {tick} {are} one item", entity.name))
                .label(format!("only {apart} {tell} them apart"))
                .related(Place::key(base.place.clone()), "the primary key")
                .why(format!("Where one partition key value gets two writes{with} within a {tick}, the second silently replaces the first, or fails its condition."))
                .help(format!("append an id (`{}#{{id}}`), or use a `ulid` or `ksuid`, which sort by time and differ", fill.template)),
        );
    }
}

fn shard_outside_partition(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(table) = entity.table else { continue };
        for (name, attribute) in entity.entity.attributes.iter().filter(|(_, attribute)| attribute.shards.is_some()) {
            let uses = |keys: &[&str]| {
                keys.iter().filter_map(|key| entity.fills.get(*key)).any(|fill| fill.template.uses(name))
            };
            let in_partition = context.design.paths_of(table).any(|(_, path)| uses(&path.partition));
            let in_sort = context.design.paths_of(table).find(|(_, path)| uses(&path.sort));
            let Some((_, path)) = in_sort.filter(|_| !in_partition) else { continue };
            found.push(
                Finding::new(Place::key(entity.place.key("attributes").key(name)), format!("the shard `{name}` is in a sort key, not in a partition key"))
                    .label(format!("{} shards that spread nothing", attribute.shards.unwrap_or_default()))
                    .related(Place::key(path.place.clone()), "holds it in its sort key")
                    .why("Only the partition key decides where an item is stored; all shards of a sort key lie in one partition.")
                    .help("put the shard into the partition key"),
            );
        }
    }
}

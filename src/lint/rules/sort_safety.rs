//! Keys that do not sort, or do not tell items apart, as their author means them to.

use super::copies::ends_in;
use super::uniqueness::puts;
use crate::design::{Cut, EntityDesign, Part, Template, names_itself};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::model::{Attribute, AttributeType, KeyStatement, Operation, Operator};
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

/// Why the values of an attribute sort otherwise than the numbers that they are.
#[derive(Clone, Copy, PartialEq)]
enum Unpadded {
    /// A number that a template writes as text.
    Number,
    /// Text whose listed values are whole numbers of several lengths.
    Listed,
    /// Text that by its name is a number.
    Named,
}

/// Names that people give to what counts up (a guess of our own). A `rank` that is text is often made
/// to sort as text, with room between any two.
const COUNTING: &[&str] = &["version", "revision", "number", "seq", "sequence"];

fn unpadded(name: &str, attribute: &Attribute, is_copied: bool) -> Option<Unpadded> {
    let texts = || attribute.values.iter().flat_map(|values| values.0.keys().map(|value| value.text().to_owned()));
    let is_fixed = attribute.max_size.is_some() && attribute.size == attribute.max_size;
    if attribute.padded == Some(true) || attribute.shards.is_some() {
        return None;
    }
    // Numbers of a list that all have the same length sort as they stand.
    let same_length = |mut lengths: Vec<usize>| {
        lengths.dedup();
        lengths.len() == 1
    };
    let is_even = same_length(texts().map(|text| text.len()).collect());
    match attribute.kind {
        // A number that is the key itself sorts by its value.
        AttributeType::Number if is_copied || is_even => None,
        AttributeType::Number => Some(Unpadded::Number),
        AttributeType::String if attribute.values.is_some() => {
            let is_whole = |text: String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            (!is_even && texts().all(is_whole)).then_some(Unpadded::Listed)
        }
        AttributeType::String if ends_in(name, COUNTING) && !is_fixed => Some(Unpadded::Named),
        _ => None,
    }
}

fn unpadded_number(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        let Some(table) = entity.table else { continue };
        // Within a partition that the number is a part of, it is always the same.
        let sorts = |key: &str, name: &str| {
            context.design.paths_of(table).any(|(_, path)| {
                let is_whole = |part: &Part| matches!(part, Part::Attribute { name: it, cut: None } if **it == *name);
                let fills = path.partition.iter().filter_map(|key| entity.fills.get(*key));
                path.sort.contains(&key) && !fills.flat_map(|fill| fill.template.parts.iter()).any(is_whole)
            })
        };
        for (key, fill) in &entity.fills {
            for name in fill.template.attributes().filter(|name| sorts(key, name)) {
                let Some(attribute) = entity.attribute(name) else { continue };
                let is_copied = fill.template.copied().is_some();
                let Some(why) = unpadded(name, attribute, is_copied) else { continue };
                let is_read = is_read_in_order(context, entity, key, name);
                let is_asked = || context.requests_of(entity.id).any(|planned| orders_by(&planned, name));
                let (what, label, help) = match why {
                    Unpadded::Number => {
                        let digits = attribute.digits.unwrap_or(6);
                        (
                            "the number",
                            "a number, not padded",
                            format!(
                                "pad it with zeros to a fixed width and say so, `{name}: {{type: number, digits: {digits}, padded: true}}`, or make it a number key of its own"
                            ),
                        )
                    }
                    Unpadded::Listed if is_read => (
                        "the number",
                        "lists numbers as text",
                        format!(
                            "pad the values with zeros to one length, such as `{}`, or let `{name}` be a number (`{name}: {{type: number, digits: {}, padded: true}}`)",
                            listed_padded(attribute),
                            longest(attribute)
                        ),
                    ),
                    Unpadded::Named if is_read && is_asked() => (
                        "what may be the number",
                        "a number, by its name",
                        format!(
                            "if it is a number, pad it with zeros to a fixed width and say so (`{name}: {{type: number, digits: 6, padded: true}}`); text of one length says so with `size` and `max_size`"
                        ),
                    ),
                    _ => continue,
                };
                let place = match fill.declared {
                    true => Place::value(entity.place.key("keys").key(key)),
                    false => Place::key(entity.place.key("attributes").key(name)),
                };
                let finding = Finding::new(
                    place,
                    format!("{what} `{name}` stands unpadded in the sort key of `{}`", entity.name),
                )
                .label("sorts as text: 10 before 9")
                .related(Place::key(entity.place.key("attributes").key(name)), label)
                .why("Text keys sort byte by byte, so `10` comes before `9`, and the range from `5` to `20` is rejected because its ends are the wrong way round.")
                .help(help);
                found.push(match is_read && why != Unpadded::Named {
                    true => finding,
                    false => finding.at_most(Level::Advice),
                });
            }
        }
    }
}

/// Whether a query names an attribute in its order.
fn orders_by(planned: &Planned<'_, '_>, name: &str) -> bool {
    planned.pattern.pattern.order_by.0.iter().any(|entry| entry.split_whitespace().next() == Some(name))
}

/// The length of the longest listed value.
fn longest(attribute: &Attribute) -> usize {
    let values = attribute.values.iter().flat_map(|values| values.0.keys());
    values.map(|value| value.text().len()).max().unwrap_or_default()
}

/// A shorter listed value, as long as the longest.
fn listed_padded(attribute: &Attribute) -> String {
    let mut values = attribute.values.iter().flat_map(|values| values.0.keys());
    let width = longest(attribute);
    values
        .find(|value| value.text().len() < width)
        .map_or_else(String::new, |value| format!("{:0>width$}", value.text()))
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

/// How precise a time is that tells items apart; nothing for a bucket and for what is no time.
fn tick(entity: &EntityDesign<'_>, name: &str, cut: Option<Cut>) -> Option<&'static str> {
    match entity.kind_of(name) {
        AttributeType::Timestamp | AttributeType::EpochMs if cut.is_none() => Some("millisecond"),
        AttributeType::Epoch => Some("second"),
        // What the name suggests; how precise it is, nobody says.
        AttributeType::String | AttributeType::Number if is_time_by_name(name) => Some("moment"),
        _ => None,
    }
}

/// Whether people give this name to the time at which something was made.
fn is_time_by_name(name: &str) -> bool {
    // `SEAT` ends in no word of its own.
    let is_written_large = !name.contains('_') && name.chars().all(|letter| !letter.is_lowercase());
    ends_in(name, &["timestamp", "datetime"]) || (ends_in(name, &["at", "ts"]) && !is_written_large)
}

/// Whether people give this name to a time that is taken rather than met: of two appointments of a
/// patient at one time, the second is to be refused.
fn is_taken_by_name(name: &str) -> bool {
    const WORDS: &[&str] =
        &["start", "begin", "slot", "from", "open", "close", "valid", "effective", "depart", "window", "period"];
    let lower = name.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
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
                let is_few = a.distinct.map(|count| count.ceil() <= 20);
                let by_name = a.kind == AttributeType::String && ends_in(name, &["type", "kind", "role"]);
                a.values.is_some() || a.kind == AttributeType::Boolean || is_few.unwrap_or(by_name)
            })
        };
        // A day, or a time that is cut on purpose, names a bucket: one item for each, and beside a
        // more precise time it says nothing more.
        let bucket = |name: &str, cut: &Option<Cut>| {
            let kind = entity.kind_of(name);
            kind == AttributeType::Date || (cut.is_some() && kind.is_time())
        };
        let mut names = fill.template.parts.iter().filter_map(|part| match part {
            Part::Attribute { name, cut } if !few(name) && !bucket(name, cut) => Some((name, cut)),
            _ => None,
        });
        let beside: Vec<&str> = fill.template.attributes().filter(|name| few(name)).collect();
        let (Some((name, cut)), None) = (names.next(), names.next()) else { continue };
        // One item for each partition key value shares it with no other.
        let is_unique = |name: &str| {
            let attribute = entity.attribute(name);
            attribute.is_some_and(|it| {
                it.unique == Some(true) || (it.kind.is_identifier() && names_itself(name, entity.name))
            })
        };
        let partition = base.partition.iter().filter_map(|key| entity.fills.get(*key));
        let is_whole = |part: &Part| matches!(part, Part::Attribute { name, cut: None } if is_unique(name));
        if is_unique(name) || partition.flat_map(|fill| fill.template.parts.iter()).any(is_whole) {
            continue;
        }
        let Some(tick) = tick(entity, name, *cut) else { continue };
        let mut puts = puts(context, entity.id).peekable();
        if puts.peek().is_none() {
            continue;
        }
        // With a condition the second write is told that it came second.
        let is_refused = puts.all(|planned| planned.is_guarded());
        if is_refused && is_taken_by_name(name) {
            continue;
        }
        let place =
            if fill.declared { entity.place.key("keys").key(sort) } else { entity.place.key("attributes").key(name) };
        let (are, with, tell) = match quoted_list(beside.iter().copied()) {
            list if list.is_empty() => ("are", String::new(), "tells"),
            list => ("can be", format!(" with the same {list}"), "tell"),
        };
        let apart = quoted_list(std::iter::once(&**name).chain(beside));
        let (message, then) = match is_refused {
            true => (
                format!("of two `{}` items of the same {tick}{with}, the second is refused", entity.name),
                "the second fails its condition although it is another item",
            ),
            false => (
                format!("two `{}` items of the same {tick} {are} one item", entity.name),
                "the second silently replaces the first, or fails its condition",
            ),
        };
        let (by_name, within) = match tick {
            "moment" => (" (a time, by the name)", "at one moment".to_owned()),
            _ => ("", format!("within a {tick}")),
        };
        found.push(
            Finding::new(Place::value(place), message)
                .label(format!("only {apart} {tell} them apart{by_name}"))
                .related(Place::key(base.place.clone()), "the primary key")
                .why(format!("Where one partition key value gets two writes{with} {within}, {then}."))
                .help(format!(
                    "append an id (`{}#{{id}}`), or use a `ulid` or `ksuid`, which sort by time and differ",
                    fill.template
                )),
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

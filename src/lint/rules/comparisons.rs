//! Comparisons that the service rejects, or that no item can satisfy.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::member_values::unlisted_members;
use crate::design::{EntityDesign, Language, Part, Template};
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, quoted};
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::model::{AttributeType, Condition, KeyType, Literal, Operator};
use crate::plan::{compile_statement, counts_elements, is_range, operator_word};
use crate::source::nearest;

pub(super) const RULES: &[Rule] = &[
    rule!("rejected-comparison", Coverage, Error, rejected_comparison),
    rule!("unlisted-value", Model, Warning, unlisted_value),
];

/// A condition of a request.
struct Compared<'a, 'm> {
    planned: Planned<'a, 'm>,
    entity: &'a EntityDesign<'m>,
    name: &'m str,
    condition: &'m Condition,
}

impl<'m> Compared<'_, 'm> {
    fn place(&self) -> Place {
        Place::key(self.planned.request.place.key("where").key(self.name))
    }

    fn values(&self) -> &'m [Literal] {
        self.condition.value.as_ref().map(|values| values.0.as_slice()).unwrap_or_default()
    }

    /// Whether the values are numbers; a padded one is text in a key alone, where it sorts as it does here.
    fn is_number(&self) -> bool {
        self.entity.kind_of(self.name).as_key() == Some(KeyType::Number)
    }

    fn finding(&self, message: String) -> Finding {
        Finding::new(self.place(), message)
    }
}

fn conditions<'a, 'm>(context: &Context<'a, 'm>) -> impl Iterator<Item = Compared<'a, 'm>> {
    let design = context.design;
    context.requests().flat_map(move |planned| {
        planned.request.conditions.iter().filter_map(move |(name, condition)| {
            let entity = design.entities_with(planned.request, name).next()?;
            Some(Compared { planned, entity, name, condition })
        })
    })
}

fn rejected_comparison(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for compared in conditions(context) {
        let problem = wrong_type(context, &compared)
            .or_else(|| wrong_count(&compared))
            .or_else(|| no_value_of_type(&compared))
            .or_else(|| reversed(&compared))
            .or_else(|| empty_key(context, &compared));
        found.extend(problem);
    }
    for planned in context.requests() {
        stated_keys(&planned, found);
    }
}

/// An order or a beginning asked of a type that has none. A key of that type is another finding, so
/// only filters and conditions are looked at.
fn wrong_type(context: &Context<'_, '_>, compared: &Compared<'_, '_>) -> Option<Finding> {
    use AttributeType::{BinarySet, Boolean, List, Map, Null, NumberSet, StringSet};
    let (name, operator) = (compared.name, compared.condition.operator);
    if !is_range(operator) {
        return None;
    }
    let (_, access) = compared.planned.read(context.design)?;
    if !access.filters.iter().any(|filter| filter.attribute == name) {
        return None;
    }
    let kind = match compared.entity.kind_of(name) {
        // A range of what has elements is one of their number.
        _ if counts_elements(compared.entity, name, operator) => return None,
        Boolean => "a boolean",
        Null => "null",
        List => "a list",
        Map => "a map",
        StringSet | NumberSet | BinarySet => "a set",
        _ if operator == Operator::BeginsWith && compared.is_number() => "a number",
        _ => return None,
    };
    let (why, help) = match operator {
        Operator::BeginsWith => (
            "`begins_with` takes text or binary. The service rejects it with a value of another type (ValidationException).",
            "compare it with `equals`, or with a range; for a beginning, store it as text",
        ),
        _ => (
            "Only text, numbers and binary have an order. The service rejects the comparison with a value of another type (ValidationException).",
            "compare it with `equals`, or keep what has an order in another attribute",
        ),
    };
    let word = operator_word(operator);
    Some(
        compared
            .finding(format!("`{}` compares `{name}`, {kind}, with `{word}`", compared.planned.pattern.name))
            .label(format!("{kind} has no `{word}`"))
            .why(why)
            .help(help),
    )
}

/// More or fewer values than the comparison has operands.
fn wrong_count(compared: &Compared<'_, '_>) -> Option<Finding> {
    let (values, operator) = (compared.values(), compared.condition.operator);
    let most = match operator {
        Operator::In | Operator::NotEquals | Operator::Exists | Operator::Missing => return None,
        Operator::Between => 2,
        _ => 1,
    };
    let is_set = {
        use AttributeType::{BinarySet, List, NumberSet, StringSet};
        matches!(compared.entity.kind_of(compared.name), List | StringSet | NumberSet | BinarySet)
    };
    let is_right = values.is_empty() || values.len() == most || (is_set && operator == Operator::Equals);
    if is_right {
        return None;
    }
    let word = operator_word(operator);
    let takes = if most == 1 { "one value" } else { "two values" };
    let help = match operator {
        Operator::Equals => "write `is: in` for one of several values, or give one".to_owned(),
        _ => format!("give {takes}"),
    };
    Some(
        compared
            .finding(format!(
                "`{}` compares `{}` by `{word}` with {} values",
                compared.planned.pattern.name,
                compared.name,
                values.len()
            ))
            .label(format!("`{word}` takes {takes}"))
            .why("The service has no such comparison, so the request cannot be written.")
            .help(help),
    )
}

/// A text where the attribute is a number, true or false.
fn no_value_of_type(compared: &Compared<'_, '_>) -> Option<Finding> {
    let is_number = compared.is_number();
    let is_boolean = compared.entity.kind_of(compared.name) == AttributeType::Boolean;
    let is_one = |text: &str| match is_number {
        true => text.parse::<f64>().is_ok_and(f64::is_finite),
        false => text.parse::<bool>().is_ok(),
    };
    let wrong = compared.values().iter().find(|value| (is_number || is_boolean) && !is_one(value.text()))?;
    let is = if is_number { "a number" } else { "true or false" };
    Some(
        compared
            .finding(format!(
                "`{}` compares `{}` with `{wrong}`, and it is {is}",
                compared.planned.pattern.name, compared.name
            ))
            .label(format!("`{wrong}` is not {is}"))
            .why("A value is sent with its type, and the service rejects one that its type cannot be (ValidationException).")
            .help("correct the value, or the attribute's type"),
    )
}

/// Ends of a range the wrong way round.
fn reversed(compared: &Compared<'_, '_>) -> Option<Finding> {
    let [low, high] = compared.values() else { return None };
    let is_reversed = match (compared.is_number(), number(low.text()), number(high.text())) {
        (true, Some(low), Some(high)) => low > high,
        (true, ..) => false,
        (false, ..) => low.text() > high.text(),
    };
    (compared.condition.operator == Operator::Between && is_reversed)
        .then(|| ends_reversed(compared.place(), compared.planned.pattern.name, low.text(), high.text()))
}

fn number(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

fn ends_reversed(place: Place, pattern: &str, low: &str, high: &str) -> Finding {
    Finding::new(place, format!("the range of `{pattern}` begins at `{low}` and ends at `{high}`, before it"))
        .label("the ends are the wrong way round")
        .why("The service rejects a `BETWEEN` whose upper end is below the lower one (ValidationException). Text is compared by its bytes, so `10` is below `9`.")
        .help(format!("write the lower end first: `[{}, {}]`", quoted(high), quoted(low)))
}

/// An empty value of a key attribute.
fn empty_key(context: &Context<'_, '_>, compared: &Compared<'_, '_>) -> Option<Finding> {
    let is_equality = matches!(compared.condition.operator, Operator::Equals | Operator::In);
    if !is_equality || !compared.values().iter().any(|value| value.text().is_empty()) {
        return None;
    }
    let (path, access) = compared.planned.read(context.design)?;
    let is_copied = |key: &str| compared.entity.fills.get(key)?.template.copied();
    let key = path.keys().find(|key| *key == compared.name || is_copied(key) == Some(compared.name))?;
    (!access.is_scan).then(|| no_empty_key(compared.place(), compared.planned.pattern.name, key))
}

fn no_empty_key(place: Place, pattern: &str, key: &str) -> Finding {
    Finding::new(place, format!("`{pattern}` gives the key `{key}` an empty value"))
        .label("a key is never empty")
        .why("The service rejects an empty text as the value of a key attribute (ValidationException).")
        .help("leave the condition out, or give the value that items without one have")
}

/// Keys as the code states them: compared more than once, in a range that runs backwards, or empty.
fn stated_keys(planned: &Planned<'_, '_>, found: &mut Vec<Finding>) {
    let pattern = planned.pattern.name;
    for (key, statement) in planned.request.key {
        let place = || Place::key(planned.request.place.key("key").key(key));
        let comparisons = statement.comparisons();
        if comparisons.len() > 1 {
            let words = comparisons.iter().map(|comparison| format!("`{}`", operator_word(comparison.operator)));
            found.push(
                Finding::new(place(), format!("`{pattern}` compares `{key}` with {}", and_list(words)))
                    .label("one comparison for each key")
                    .why("The service takes one condition for each key attribute of a query, and rejects a second one (ValidationException).")
                    .help("write `between` with both ends, which it includes: end it before the first key that is not wanted"),
            );
            continue;
        }
        for comparison in comparisons {
            match (comparison.operator, comparison.values.as_slice()) {
                (Operator::Between, [low, high]) => {
                    let ends = compile_statement(low).zip(compile_statement(high));
                    if let Some((low, high)) = ends.filter(|(low, high)| is_after(low, high)) {
                        found.push(ends_reversed(place(), pattern, &low.to_string(), &high.to_string()));
                    }
                }
                (Operator::Equals, [whole]) if whole.text().is_empty() => {
                    found.push(no_empty_key(place(), pattern, key));
                }
                _ => {}
            }
        }
    }
}

/// Whether every value of one template is greater than every value of another, told from their first
/// fixed texts that differ.
fn is_after(low: &Template, high: &Template) -> bool {
    let is_number = low.is_number && high.is_number;
    if let (true, Some(low), Some(high)) =
        (is_number, number(&Part::join(&low.parts)), number(&Part::join(&high.parts)))
    {
        return low > high;
    }
    let pairs = low.parts.iter().zip(high.parts.iter());
    let first = pairs.skip_while(|(a, b)| a == b).map(|pair| match pair {
        (Part::Text(a), Part::Text(b)) => {
            let differ = a.bytes().zip(b.bytes()).find(|(a, b)| a != b);
            differ.map_or(Ordering::Equal, |(a, b)| a.cmp(&b))
        }
        _ => Ordering::Equal,
    });
    !is_number && first.take(1).any(|order| order == Ordering::Greater)
}

/// A fixed value that is none of the listed ones, or not of the attribute's format.
fn unlisted_value(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    unlisted_members(context, found);
    for compared in conditions(context) {
        found.extend(other_format(context, &compared));
        let is_of_list = matches!(compared.condition.operator, Operator::Equals | Operator::NotEquals | Operator::In);
        if compared.values().is_empty() || !is_of_list {
            continue;
        }
        // An attribute of several entities may have other values in each.
        let entities = compared.planned.request.entities.iter().filter_map(|id| context.design.entity(*id));
        let lists: Option<Vec<_>> = entities.map(|entity| entity.attribute(compared.name)?.values.as_ref()).collect();
        let Some(lists) = lists else { continue };
        let listed = || lists.iter().flat_map(|values| values.0.keys()).map(Literal::text);
        for value in compared.values().iter().filter(|value| !listed().any(|known| known == value.text())) {
            let (pattern, name) = (compared.planned.pattern.name, compared.name);
            let finding = compared
                .finding(format!("`{pattern}` asks for `{name}` = `{value}`, which is not among its `values`"))
                .label("the value of no item")
                .related(
                    Place::key(compared.entity.place.key("attributes").key(name)),
                    format!("has {}", and_list(listed().map(|known| format!("`{known}`")))),
                )
                .why("The listed values are all that there are, so this one finds nothing, without an error.");
            found.push(match nearest(value.text(), listed()) {
                Some(meant) => finding.help(format!("did you mean `{meant}`?")),
                None => finding.help(format!("correct it, or list it under the `values` of `{name}`")),
            });
        }
    }
}

/// A value that the attribute's format, such as a time, never has. Only what stands at the end of a range may
/// be the beginning of a value, with a sign after it that closes the range.
fn other_format(context: &Context<'_, '_>, compared: &Compared<'_, '_>) -> Option<Finding> {
    use AttributeType::{Date, Ksuid, Timestamp, Ulid, Uuid};
    let (entity, name, kind) = (compared.entity, compared.name, compared.entity.kind_of(compared.name));
    entity.attribute(name).filter(|it| it.values.is_none())?;
    if compared.values().is_empty() || !matches!(kind, Timestamp | Date | Uuid | Ulid | Ksuid) {
        return None;
    }
    let form = context.design.language(entity, &Template::attribute(name));
    let begins = |text: &str| text.is_empty() || language(text).and_more().meets(&form);
    let is_cut = || {
        entity.fills.values().any(|fill| {
            fill.template
                .parts
                .iter()
                .any(|part| matches!(part, Part::Attribute { name: it, cut: Some(_) } if **it == *name))
        })
    };
    let is_right = |text: &str| match compared.condition.operator {
        // An equality on a time that a key cuts means the bucket.
        Operator::Equals | Operator::In if is_cut() => begins(text),
        Operator::Equals | Operator::In => language(text).meets(&form),
        Operator::BeginsWith => begins(text),
        operator if is_range(operator) => {
            let mut signs = text.chars();
            signs.next_back();
            begins(text) || begins(signs.as_str())
        }
        _ => true,
    };
    let wrong = compared.values().iter().find(|value| !value.text().is_empty() && !is_right(value.text()))?;
    let format = match kind {
        Timestamp => "an ISO-8601 time (`2026-03-01T12:00:00.000Z`)",
        Date => "a day (`2026-03-01`)",
        Uuid => "a UUID of 36 characters",
        Ulid => "a ULID of 26 characters",
        _ => "a KSUID of 27 characters",
    };
    let word = operator_word(compared.condition.operator);
    Some(
        compared
            .finding(format!("`{}` compares `{name}` by `{word}` with `{wrong}`, and it is {format}", compared.planned.pattern.name))
            .label("the value of no item")
            .related(Place::key(entity.place.key("attributes").key(name)), format!("is {format}"))
            .why("Text is compared byte by byte: a value of another form is equal to none, and a range from or to it does not begin or end where it says.")
            .help(format!("write the value as `{name}` has it, or correct the type of `{name}`")),
    )
}

/// One text.
fn language(text: &str) -> Language {
    Language::of(&Template::fixed(text), |_| None, &[])
}

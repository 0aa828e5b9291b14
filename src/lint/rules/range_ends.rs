//! Ranges whose upper end leaves out the items of the last value.

use super::key_statements::{Stated, compiled, statements};
use crate::design::{EntityDesign, Part, Template};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::{Attribute, AttributeType, Operator};

pub(super) const RULES: &[Rule] = &[rule!("range-misses-end", Keys, Warning, range_misses_end)];

/// A `between` whose upper end stops where stored keys go on: the last value is missed.
fn range_misses_end(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    condition_misses_end(context, found);
    for built in statements(context) {
        let Stated { planned, entity, key, ref comparison, .. } = built;
        let Some(fill) = entity.fills.get(key) else { continue };
        let ends = compiled(comparison);
        let end = match (comparison.operator, ends.as_slice()) {
            (Operator::Between, [_, high]) => high,
            (Operator::AtMost, [high]) => high,
            _ => continue,
        };
        let is_inclusive = |name: &str| {
            let asked = planned.request.conditions.get(name).map(|condition| condition.operator);
            matches!(asked, Some(Operator::Between | Operator::AtMost))
        };
        let continued = goes_on_after(end, &fill.template, entity)
            .map(|continues| (format!("{end}{}", next_text(&continues)), continues))
            .or_else(|| stops_after(end, &fill.template, is_inclusive));
        let Some((open, continues)) = continued else { continue };
        found.push(
            Finding::new(
                built.place(),
                format!("the range of `{}` ends at `{end}`, but stored keys go on after it", planned.pattern.name),
            )
            .label("misses the last value")
            .related(
                Place::value(entity.place.key("keys").key(key)),
                format!("`{}` goes on with `{continues}`", fill.template),
            )
            .why(format!("`{end}{continues}…` is greater than `{end}`, so the items of the last value are left out."))
            .help(format!("end the range after everything that begins like that: `{open}`")),
        );
    }
}

/// A range in `where` over times that ends at a day, and so at its first instant.
fn condition_misses_end(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        for (name, condition) in planned.request.conditions {
            let values = condition.value.as_ref().map(|values| values.0.as_slice()).unwrap_or_default();
            let end = match (condition.operator, values) {
                (Operator::Between, [_, end]) | (Operator::AtMost, [end]) => end.text(),
                _ => continue,
            };
            let is_time = |it: &&Attribute| it.kind == AttributeType::Timestamp && it.values.is_none();
            let is_short = |it: &Attribute| ends_a_value(it, end) && end.len() < 24 && !end.ends_with('Z');
            if !entity.attribute(name).filter(is_time).is_some_and(is_short) {
                continue;
            }
            found.push(
                Finding::new(
                    Place::key(planned.request.place.key("where").key(name)),
                    format!("the range of `{}` ends at `{end}`, but values of `{name}` go on after it", planned.pattern.name),
                )
                .label("misses the last value")
                .related(Place::key(entity.place.key("attributes").key(name)), "times to the millisecond")
                .why(format!("A time that begins with `{end}` is greater than `{end}`, so the items of this last part are left out."))
                .help("end the range at its last instant, such as `2026-01-31T23:59:59.999Z`, or use `less_than` with the next day"),
            );
        }
    }
}

/// The text that stored keys go on with after the range's end.
fn goes_on_after(end: &Template, template: &Template, entity: &EntityDesign<'_>) -> Option<String> {
    // A range may leave the beginning out only if the template has none, so parts stand side by side.
    let position = end.parts.len();
    let last = end.parts.last()?;
    let in_template = template.parts.get(position.checked_sub(1)?)?;
    let rest = template.parts.get(position..)?;
    match (last, in_template) {
        (Part::Attribute { .. }, Part::Attribute { .. }) => match rest.first()? {
            Part::Text(text) => Some(text.to_string()),
            Part::Attribute { .. } => None,
        },
        // A fixed value such as `2026-01-31` stands for the attribute, with its full length.
        (Part::Text(text), Part::Attribute { name, .. }) => {
            let attribute = entity.attribute(name).filter(|attribute| ends_a_value(attribute, text))?;
            match rest.first() {
                Some(Part::Text(next)) => Some(next.to_string()),
                None if attribute.kind == AttributeType::Timestamp && text.len() < 24 => Some("T…".to_owned()),
                _ => None,
            }
        }
        (Part::Text(text), Part::Text(has)) => {
            // `ORDER#2026-01-31` against `ORDER#` + `{date}` + `#…`.
            let value = text.strip_prefix(&**has)?;
            let Part::Attribute { name, .. } = rest.first()? else { return None };
            match rest.get(1) {
                Some(Part::Text(next)) if ends_a_value(entity.attribute(name)?, value) => Some(next.to_string()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The end that a range should have, and what stored keys go on with, where it stops at the delimiter
/// after an attribute whose last value is asked for too.
fn stops_after(end: &Template, template: &Template, is_inclusive: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let [before @ .., Part::Attribute { name, .. }, Part::Text(delimiter)] = &*end.parts else { return None };
    let rest = template.parts.get(before.len()..)?;
    let [Part::Attribute { name: stored, .. }, Part::Text(same), next @ Part::Attribute { .. }, ..] = rest else {
        return None;
    };
    let last = delimiter.chars().last()?;
    if stored != name || same != delimiter || !is_inclusive(name) {
        return None;
    }
    let shown = end.to_string();
    let open = format!("{}{}", shown.strip_suffix(last)?, next_text(&last.to_string()));
    Some((open, next.to_string()))
}

/// Whether a text that ends a range is a whole value of an attribute, or the day of a time.
fn ends_a_value(attribute: &Attribute, text: &str) -> bool {
    let is_time = || {
        let mut signs = text.chars();
        signs.next().is_some_and(|first| first.is_ascii_digit())
            && signs.all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | 'T' | 'Z'))
    };
    let is_number = |digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    match (attribute.kind, &attribute.values) {
        (_, Some(values)) => values.0.keys().any(|value| value.text() == text),
        (AttributeType::Date, _) => text.len() == 10 && is_time(),
        (AttributeType::Timestamp, _) => (10..=24).contains(&text.len()) && is_time(),
        (AttributeType::Epoch, _) => is_number(10),
        (AttributeType::EpochMs, _) => is_number(13),
        (AttributeType::Number, _) if attribute.padded == Some(true) => {
            attribute.digits.is_some_and(|digits| is_number(digits as usize))
        }
        _ => false,
    }
}

/// The text just after a delimiter: `$` after `#`.
fn next_text(delimiter: &str) -> String {
    let first = delimiter.chars().next().unwrap_or('#');
    char::from_u32(u32::from(first) + 1).map(String::from).unwrap_or_default()
}

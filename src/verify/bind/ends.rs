//! Values for comparisons that leave their value open: ends of a range, a beginning, a part, chosen
//! so that as many items satisfy them as the model says.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Asked, Carry, comparable, text_of, typed};
use crate::model::{Condition, Operator};
use crate::plan::{counts_elements, is_range, operands_of_in};
use crate::units::{Count, Portion};
use crate::verify::condition::{compare, holds};
use crate::verify::items::value::AttributeValue;
use crate::verify::rows::Row;

impl Asked<'_, '_, '_> {
    /// Chooses what a condition compares an attribute with.
    pub(super) fn choose(
        &self,
        name: &str,
        condition: &Condition,
        subject: &Row,
        (texts, unmet): (&mut BTreeMap<String, String>, &mut Vec<String>),
        carry: &mut Carry,
    ) {
        let operator = condition.operator;
        if operator == Operator::Equals && condition.matches.is_none() {
            return;
        }
        // No item tells how many elements are meant.
        if counts_elements(self.with(name), name, operator) {
            return;
        }
        let about = self.candidates(subject, name);
        // Of one item by its key, the condition of a write is to hold.
        let wanted = match self.access.is_item {
            true => Some(about.len()),
            false => how_many(name, condition.matches.or(self.said(name)), about.len(), carry),
        };
        let mut values: Vec<&AttributeValue> = about.iter().filter_map(|row| row.value(name)).collect();
        let elsewhere: Vec<&AttributeValue>;
        if values.is_empty() {
            let all = self.request.entities.iter().flat_map(|entity| self.rows.of_entity(*entity));
            elsewhere = all.filter_map(|row| row.value(name)).collect();
            values.clone_from(&elsewhere);
        }
        values.sort_by(|a, b| compare(a, b).unwrap_or(std::cmp::Ordering::Equal));
        let attribute = self.with(name).attribute(name);
        let text = |value: &AttributeValue| text_of(attribute, value);
        let chosen: Vec<String> = match operator {
            Operator::Exists | Operator::Missing => return,
            Operator::In => {
                // In a filter; those of a key are queries of their own.
                let mut different: Vec<String> = match self.cut_of(name) {
                    // A filter keeps to the very times of the queries.
                    Some(_) => self.values_of_in(name, condition, subject),
                    None => values.iter().filter_map(|value| text(value)).collect(),
                };
                different.dedup();
                for (position, value) in different.iter().cycle().take(operands_of_in(condition)).enumerate() {
                    texts.insert(format!("{name}_{}", position + 1), value.clone());
                }
                return;
            }
            Operator::BeginsWith | Operator::Contains => parts(&values, subject.value(name), operator),
            Operator::Equals | Operator::NotEquals => {
                let others = self.rows.of_entity(self.entity.id).filter_map(|row| row.value(name));
                let others = others.filter(|_| self.access.is_item).take(MOST_TRIED);
                let mut different: Vec<String> = values.iter().copied().chain(others).filter_map(text).collect();
                different.dedup();
                different
            }
            _ => {
                let (low, high) = ends(operator, &values, wanted.unwrap_or(values.len().div_ceil(2)));
                let kind = comparable(self.with(name), name);
                let satisfied = about.iter().filter(|row| {
                    let operands = match operator {
                        Operator::Between => vec![typed(kind, low.clone()), typed(kind, high.clone())],
                        _ => vec![typed(kind, low.clone())],
                    };
                    holds(operator, row.value(name), &operands)
                });
                note(name, wanted, satisfied.count(), unmet);
                texts.extend([(name.to_owned(), low.clone()), (format!("{name}_from"), low)]);
                texts.insert(format!("{name}_to"), high);
                return;
            }
        };
        let kind = comparable(self.with(name), name);
        let satisfied = |text: &String| {
            let operand = [typed(kind, text.clone())];
            about.iter().filter(|row| holds(operator, row.value(name), &operand)).count()
        };
        let own = subject.value(name).and_then(text);
        let goal = wanted.unwrap_or(0);
        let best = match (wanted, operator) {
            (None, Operator::Equals | Operator::NotEquals) => own.or_else(|| chosen.first().cloned()),
            _ => chosen.iter().take(MOST_TRIED).min_by_key(|text| satisfied(text).abs_diff(goal)).cloned(),
        };
        if let Some(best) = best {
            note(name, wanted, satisfied(&best), unmet);
            texts.insert(name.to_owned(), best);
        }
    }
}

impl Asked<'_, '_, '_> {
    /// How many items a key's range is to match in each query where the pattern says how many a call
    /// evaluates. A filter leaves that number as it is, and items of other entities are part of it.
    fn said(&self, name: &str) -> Option<Portion> {
        let is_filter = self.access.filters.iter().any(|filter| filter.attribute == name);
        let is_range = self.request.conditions.get(name).is_some_and(|it| is_range(it.operator));
        let evaluates = self.evaluates.filter(|_| is_range && !is_filter && self.access.over_read.is_empty())?;
        Some(Portion::Count(Count(evaluates.0.checked_div(self.access.queries?)?)))
    }
}

/// The most values that are tried for one comparison.
const MOST_TRIED: usize = 200;

/// How many of the items a condition is to match in this call; fractions are kept for the next.
pub(super) fn how_many(name: &str, matches: Option<Portion>, items: usize, carry: &mut Carry) -> Option<usize> {
    let items = Decimal::from(items);
    let wanted = match matches? {
        Portion::Share(share) => items.saturating_mul(share.0),
        Portion::Count(count) => count.0.min(items),
    };
    let left = carry.entry(name.to_owned()).or_default();
    let whole = wanted.saturating_add(*left).round().clamp(Decimal::ZERO, items);
    *left = wanted.saturating_add(*left).saturating_sub(whole);
    whole.to_usize()
}

/// Says that the values of the items do not allow the stated selectivity.
fn note(name: &str, wanted: Option<usize>, met: usize, unmet: &mut Vec<String>) {
    let Some(wanted) = wanted else { return };
    if met.abs_diff(wanted) > (wanted / 4).max(1) {
        unmet.push(format!("no value of `{name}` matches {wanted} of the items as the model says; {met} match"));
    }
}

/// Ends of a range that so many of the sorted values lie in. Both are given; a comparison with one
/// value takes the first.
pub(super) fn ends(operator: Operator, sorted: &[&AttributeValue], count: usize) -> (String, String) {
    let at = |position: Option<usize>| position.and_then(|position| sorted.get(position)).map(|v| plain(v).0);
    let beyond = || after(sorted.last().map(|v| plain(v)).unwrap_or_default());
    let ahead = || before(sorted.first().map(|v| plain(v)).unwrap_or_default());
    let all = sorted.len();
    let count = count.min(all);
    let low = match operator {
        Operator::AtLeast => at(all.checked_sub(count).filter(|_| count > 0)).unwrap_or_else(beyond),
        Operator::GreaterThan => at(all.checked_sub(count + 1)).unwrap_or_else(ahead),
        Operator::AtMost => at(count.checked_sub(1)).unwrap_or_else(ahead),
        Operator::LessThan => at(Some(count)).unwrap_or_else(beyond),
        _ => at(Some((all - count) / 2).filter(|_| count > 0)).unwrap_or_else(beyond),
    };
    let high = match operator {
        Operator::Between => {
            at(((all - count) / 2 + count).checked_sub(1).filter(|_| count > 0)).unwrap_or_else(beyond)
        }
        _ => low.clone(),
    };
    (low, high)
}

/// A value's text, and whether it is a number.
fn plain(value: &AttributeValue) -> (String, bool) {
    (text_of(None, value).unwrap_or_default(), matches!(value, AttributeValue::N(_)))
}

/// A value after another, of its type.
fn after((text, is_number): (String, bool)) -> String {
    if is_number { shifted(&text, Decimal::ONE) } else { format!("{text}~") }
}

/// A value before another, of its type.
fn before((text, is_number): (String, bool)) -> String {
    if is_number {
        return shifted(&text, Decimal::NEGATIVE_ONE);
    }
    let lower = text.chars().next().and_then(|first| char::from_u32(u32::from(first).saturating_sub(1)));
    lower.map_or_else(|| "!".to_owned(), String::from)
}

fn shifted(number: &str, by: Decimal) -> String {
    number.parse::<Decimal>().map_or_else(|_| "0".to_owned(), |n| n.saturating_add(by).normalize().to_string())
}

/// Beginnings of values, or parts of them, that a comparison may ask for.
fn parts(values: &[&AttributeValue], own: Option<&AttributeValue>, operator: Operator) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in own.into_iter().chain(values.iter().copied()) {
        match value {
            AttributeValue::S(text) if operator == Operator::BeginsWith => {
                let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
                found.extend(ends.filter_map(|end| text.get(..end)).map(str::to_owned));
            }
            AttributeValue::S(text) => {
                let characters: Vec<char> = text.chars().collect();
                for length in 1..=3 {
                    found.extend(characters.windows(length).take(20).map(|part| part.iter().collect::<String>()));
                }
            }
            AttributeValue::Ss(members) | AttributeValue::Ns(members) => found.extend(members.iter().cloned()),
            AttributeValue::L(elements) => found.extend(elements.iter().filter_map(|e| text_of(None, e))),
            _ => {}
        }
        if found.len() >= MOST_TRIED {
            break;
        }
    }
    found
}

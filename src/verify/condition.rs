//! Conditions on values, as the service decides them: the key condition of a request that is sent,
//! and comparisons of a filter.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::items::value::{AttributeValue, Attributes};
use crate::model::Operator;

/// The order of two values of one type; nothing for values of different types or of types without order.
pub(super) fn compare(a: &AttributeValue, b: &AttributeValue) -> Option<Ordering> {
    match (a, b) {
        (AttributeValue::S(a), AttributeValue::S(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (AttributeValue::B(a), AttributeValue::B(b)) => Some(a.cmp(b)),
        (AttributeValue::N(a), AttributeValue::N(b)) => {
            let number = |digits: &str| digits.parse::<Decimal>().or_else(|_| Decimal::from_scientific(digits)).ok();
            Some(number(a)?.cmp(&number(b)?))
        }
        _ => None,
    }
}

/// Whether a value satisfies a comparison.
pub(super) fn holds(operator: Operator, value: Option<&AttributeValue>, operands: &[AttributeValue]) -> bool {
    let first = operands.first();
    let order = || compare(value?, first?);
    match operator {
        Operator::Equals => value.is_some() && value == first,
        // What an item lacks is unlike any value.
        Operator::NotEquals => value.is_none_or(|value| !operands.contains(value)),
        Operator::LessThan => order() == Some(Ordering::Less),
        Operator::AtMost => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Operator::GreaterThan => order() == Some(Ordering::Greater),
        Operator::AtLeast => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        Operator::Between => {
            let below_last = || compare(value?, operands.get(1)?);
            holds(Operator::AtLeast, value, operands) && matches!(below_last(), Some(Ordering::Less | Ordering::Equal))
        }
        Operator::BeginsWith => match (value, first) {
            (Some(AttributeValue::S(text)), Some(AttributeValue::S(start))) => text.starts_with(start.as_str()),
            (Some(AttributeValue::B(bytes)), Some(AttributeValue::B(start))) => bytes.starts_with(start),
            _ => false,
        },
        Operator::In => value.is_some_and(|value| operands.contains(value)),
        Operator::Contains => value.zip(first).is_some_and(|(value, part)| contains(value, part)),
        Operator::Exists => value.is_some(),
        Operator::Missing => value.is_none(),
    }
}

fn contains(value: &AttributeValue, part: &AttributeValue) -> bool {
    match (value, part) {
        (AttributeValue::S(text), AttributeValue::S(part)) => text.contains(part.as_str()),
        (AttributeValue::L(elements), part) => elements.contains(part),
        (AttributeValue::Ss(members), AttributeValue::S(part))
        | (AttributeValue::Ns(members), AttributeValue::N(part)) => members.contains(part),
        (AttributeValue::Bs(members), AttributeValue::B(part)) => members.contains(part),
        _ => false,
    }
}

/// A key condition, read back from the text that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyCondition(Vec<(String, Operator, Vec<AttributeValue>)>);

impl KeyCondition {
    /// Reads a key condition, with its names and values; nothing where it is none.
    pub(super) fn read(text: &str, names: impl Fn(&str) -> String, values: &Attributes) -> Option<Self> {
        let spaced = text.replace(['(', ')', ','], " ");
        let mut words = spaced.split_whitespace().peekable();
        let mut tests = Vec::new();
        while let Some(word) = words.next() {
            let value = |word: &str| values.get(word).cloned();
            let test = if word == "begins_with" {
                let name = names(words.next()?);
                (name, Operator::BeginsWith, vec![value(words.next()?)?])
            } else {
                let name = names(word);
                match words.next()? {
                    "BETWEEN" => {
                        let low = value(words.next()?)?;
                        let high = words.next().filter(|and| *and == "AND").and_then(|_| value(words.next()?))?;
                        (name, Operator::Between, vec![low, high])
                    }
                    sign => {
                        let operator = match sign {
                            "=" => Operator::Equals,
                            "<" => Operator::LessThan,
                            "<=" => Operator::AtMost,
                            ">" => Operator::GreaterThan,
                            ">=" => Operator::AtLeast,
                            _ => return None,
                        };
                        (name, operator, vec![value(words.next()?)?])
                    }
                }
            };
            tests.push(test);
            if words.next().is_some_and(|and| and != "AND") {
                return None;
            }
        }
        (!tests.is_empty()).then_some(Self(tests))
    }

    /// Whether an item lies in the range.
    pub(super) fn holds(&self, item: &Attributes) -> bool {
        self.0.iter().all(|(name, operator, operands)| holds(*operator, item.get(name), operands))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_condition_reads_back() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let values: Attributes =
            [(":pk", "C#1"), (":a", "O#"), (":b", "O$")].map(|(name, value)| (name.to_owned(), text(value))).into();
        let names = |name: &str| if name == "#k" { "key".to_owned() } else { name.to_owned() };
        let item = |pk: &str, key: &str| -> Attributes {
            [("pk", pk), ("key", key)].map(|(name, value)| (name.to_owned(), text(value))).into()
        };
        let range = KeyCondition::read("pk = :pk AND #k BETWEEN :a AND :b", names, &values).unwrap();
        assert!(
            range.holds(&item("C#1", "O#7")) && !range.holds(&item("C#1", "P")) && !range.holds(&item("C#2", "O#7"))
        );
        let begins = KeyCondition::read("pk = :pk AND begins_with(#k, :a)", names, &values).unwrap();
        assert!(begins.holds(&item("C#1", "O#7")) && !begins.holds(&item("C#1", "O$")));
        assert_eq!(KeyCondition::read("pk ~ :pk", names, &values), None);
        assert_eq!(KeyCondition::read("pk = :missing", names, &values), None);
    }

    #[test]
    fn numbers_compare_as_numbers() {
        let number = |digits: &str| AttributeValue::N(digits.to_owned());
        assert_eq!(compare(&number("10"), &number("9")), Some(Ordering::Greater));
        assert_eq!(compare(&number("1.0"), &number("1")), Some(Ordering::Equal));
        assert_eq!(compare(&number("1"), &AttributeValue::S("1".to_owned())), None);
    }
}

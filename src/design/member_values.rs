//! The values that let an item into an index, where `when` conditions of its key attributes ask for
//! some.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::Fill;
use crate::model::{Attribute, Literals};

/// The values that an item must have, by attribute.
#[derive(Debug, Clone, Default)]
pub struct MemberValues<'m>(Vec<(&'m str, Vec<&'m str>)>);

impl<'m> FromIterator<(&'m str, &'m str)> for MemberValues<'m> {
    /// One value for each attribute.
    fn from_iter<T: IntoIterator<Item = (&'m str, &'m str)>>(values: T) -> Self {
        Self(values.into_iter().map(|(name, value)| (name, vec![value])).collect())
    }
}

impl<'m> MemberValues<'m> {
    /// What all of some key attributes ask for together.
    pub fn of<'f>(fills: impl Iterator<Item = &'f Fill<'m>>) -> Self
    where
        'm: 'f,
    {
        let mut all = Self::default();
        for when in fills.filter_map(|fill| fill.when) {
            all.narrow(&Self::asked(when));
        }
        all
    }

    fn asked(when: &'m IndexMap<String, Literals>) -> Self {
        let texts = |values: &'m Literals| values.0.iter().map(|value| value.text()).collect();
        Self(when.iter().map(|(name, values)| (name.as_str(), texts(values))).collect())
    }

    /// Asks for others as well: where both are about one attribute, its value is one that both allow.
    pub fn narrow(&mut self, other: &Self) {
        for (name, values) in &other.0 {
            match self.0.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.retain(|value| values.contains(value)),
                None => self.0.push((name, values.clone())),
            }
        }
    }

    /// Whether every item will do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attributes, each with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&'m str, &[&'m str])> {
        self.0.iter().map(|(name, values)| (*name, values.as_slice()))
    }

    /// The values that an attribute must have; nothing where every value will do.
    pub fn of_attribute(&self, name: &str) -> Option<&[&'m str]> {
        self.iter().find(|(known, _)| *known == name).map(|(_, values)| values)
    }
}

/// The share of the items with an attribute whose value is one of some: of all of them, or of those
/// with a value `among` others. Nothing where the model does not give the shares.
pub fn share_of_values(attribute: &Attribute, values: &[&str], among: Option<&[&str]>) -> Option<Decimal> {
    let both: Option<Vec<&str>> =
        among.map(|others| values.iter().copied().filter(|value| others.contains(value)).collect());
    match (&both, among) {
        (Some(both), _) if both.is_empty() => return Some(Decimal::ZERO),
        (Some(both), Some(others)) if both.len() == others.len() => return Some(Decimal::ONE),
        _ => {}
    }
    let listed = attribute.values.as_ref()?;
    let share = |values: &[&str]| {
        values.iter().try_fold(Decimal::ZERO, |total, wanted| {
            match listed.0.iter().find(|(value, _)| value.text() == *wanted) {
                Some((_, share)) => Some(total.saturating_add((*share)?.0)),
                // The listed values are all that there are.
                None => Some(total),
            }
        })
    };
    match both.zip(among) {
        Some((both, others)) => share(&both)?.checked_div(share(others)?),
        None => share(values),
    }
}

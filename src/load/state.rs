//! What is known of an item before or after a write.

use rust_decimal::Decimal;

use super::presence::Supposed;
use crate::design::MemberValues;

/// What is known of an item before or after a write, beyond what holds for all of its kind.
#[derive(Debug, Clone, Default)]
pub struct State<'a> {
    /// Attributes that it has.
    pub has: Vec<&'a str>,
    /// Attributes that it does not have.
    pub lacks: Vec<&'a str>,
    /// Bytes of values that differ from the average.
    pub sizes: Vec<(&'a str, Decimal)>,
    /// Bytes of the whole item.
    pub whole: Option<Decimal>,
    /// Values of which it has one, because it is a member of an index or was made so.
    pub among: Option<MemberValues<'a>>,
    /// What is supposed of attributes whose share of all items is not known.
    pub supposed: Option<Supposed>,
}

impl State<'_> {
    /// Adds what else is known of the item; what is known already goes first.
    pub(super) fn and(mut self, more: Self) -> Self {
        self.has.extend(more.has);
        self.lacks.extend(more.lacks);
        for (name, bytes) in more.sizes {
            if self.size_of(name).is_none() {
                self.sizes.push((name, bytes));
            }
        }
        self.whole = self.whole.or(more.whole);
        self.among = self.among.or(more.among);
        self
    }

    /// Whether nothing is known of the item.
    pub(super) fn is_usual(&self) -> bool {
        let is_any = self.sizes.is_empty() && self.whole.is_none() && self.among.is_none() && self.supposed.is_none();
        is_any && self.has.is_empty() && self.lacks.is_empty()
    }

    /// Bytes of a value that differ from the average.
    pub(super) fn size_of(&self, name: &str) -> Option<Decimal> {
        self.sizes.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
    }

    /// Whether something is known of a stored attribute, or of what it is made of.
    pub(super) fn touches(&self, stored: &str, made_of: &[&str]) -> bool {
        let named = |name: &str| self.has.contains(&name) || self.lacks.contains(&name);
        named(stored) || made_of.iter().any(|name| named(name)) || self.size_of(stored).is_some()
    }
}

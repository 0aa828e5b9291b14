//! Where an attribute's value comes from in each item.

use super::spread::{part_of, start_of};

/// Where an item stands among those of its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Its number among all.
    pub(super) item: u64,
    /// The group that it is in: the children of one parent, or the items with one value.
    pub(super) group: u64,
    /// How many groups there are.
    pub(super) groups: u64,
    /// Its place in the group.
    pub(super) place: u64,
    /// How many items the group has.
    pub(super) of: u64,
    /// Its place among all by age.
    pub(super) age: u64,
}

impl Position {
    /// The position of an item when `count` items are dealt to groups in runs; its age is not known yet.
    pub(super) fn new(item: u64, groups: u64, count: u64) -> Self {
        let group = part_of(item, groups, count);
        let start = start_of(group, groups, count);
        let of = start_of(group + 1, groups, count).saturating_sub(start).max(1);
        Self { item, group, groups, place: item.saturating_sub(start), of, age: item }
    }

    /// The time of the item as a fraction of the window: the items of a group are evenly apart, and the
    /// groups shifted against each other, so that no two items have the same time.
    pub(super) fn time(&self) -> (u64, u64) {
        let part = self.place.saturating_mul(self.groups).saturating_add(self.group);
        (part, self.of.saturating_mul(self.groups))
    }
}

/// Where an attribute's value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// A parent has it under the same name.
    Parent(usize),
    /// The group has it: the value changes with every so many groups, and begins again.
    Group { every: u64, of: u64 },
    /// The place in the group has it, in the same way; each group goes on with the value after the last
    /// of the group before, so that all values are there equally often.
    Place { every: u64, of: u64 },
    /// No two items of a group have the same.
    Within,
    /// No two items have the same, and later items have later ones.
    Age,
    /// The item's time.
    Time,
    /// One of so many values, each equally often among the items that have one.
    Dealt { ranks: Vec<u64>, of: u64, among: u64 },
    /// One of several values; the number of items up to each.
    Listed { ranks: Vec<u64>, until: Vec<u64> },
}

impl Source {
    /// The index of an item's value; nothing where it is a parent's.
    pub(super) fn index(&self, at: &Position) -> Option<u64> {
        let rank = |ranks: &[u64]| usize::try_from(at.item).ok().and_then(|item| ranks.get(item).copied()).unwrap_or(0);
        Some(match self {
            Self::Parent(_) => return None,
            Self::Group { every, of } => at.group.checked_div(*every).unwrap_or(0).checked_rem(*of).unwrap_or(0),
            Self::Place { every, of } => {
                let turn = at.place.checked_div(*every).unwrap_or(0);
                let before = at.group.saturating_mul(at.of.div_ceil((*every).max(1)));
                turn.saturating_add(before).checked_rem(*of).unwrap_or(0)
            }
            Self::Within => at.place,
            Self::Age | Self::Time => at.age,
            Self::Dealt { ranks, of, among } => part_of(rank(ranks), *of, *among),
            Self::Listed { ranks, until } => {
                let rank = rank(ranks);
                until.iter().take_while(|until| **until <= rank).count() as u64
            }
        })
    }

    /// Whether every item has another value than all others of its group.
    pub(super) fn is_fresh(&self) -> bool {
        matches!(self, Self::Within | Self::Age | Self::Time)
    }
}

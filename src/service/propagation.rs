//! What a write of an item does to a secondary index.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html> and
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html>, "Provisioned
//! throughput considerations". An index whose entry stays as it is consumes nothing.

use rust_decimal::Decimal;

use super::capacity::write_units;

/// What becomes of an item's entry in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryChange {
    /// There was none and is none, or it stays as it is.
    None,
    /// The item comes into the index.
    Enters,
    /// The item leaves the index.
    Leaves,
    /// The value of an index key attribute changes: one write deletes, one inserts.
    Moves,
    /// A projected attribute changes.
    Changes,
}

impl EntryChange {
    /// Units that the index consumes, with the entry's bytes before and after.
    pub fn write_units(self, before: Decimal, after: Decimal) -> Decimal {
        match self {
            Self::None => Decimal::ZERO,
            Self::Enters => write_units(Decimal::ZERO, after),
            Self::Leaves => write_units(before, Decimal::ZERO),
            Self::Moves => write_units(before, Decimal::ZERO).saturating_add(write_units(Decimal::ZERO, after)),
            // The larger of the two, as for an item of the table; measured on AWS.
            Self::Changes => write_units(before, after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_cost_what_happens_to_them() {
        let (small, large) = (Decimal::from(500), Decimal::from(2500));
        assert_eq!(EntryChange::None.write_units(small, large), Decimal::ZERO);
        assert_eq!(EntryChange::Enters.write_units(Decimal::ZERO, large), Decimal::from(3));
        assert_eq!(EntryChange::Leaves.write_units(large, Decimal::ZERO), Decimal::from(3));
        assert_eq!(EntryChange::Moves.write_units(small, large), Decimal::from(4));
        assert_eq!(EntryChange::Changes.write_units(large, small), Decimal::from(3));
    }
}

//! What a table or a global index is given, in each direction, as the service's interfaces want it.

use rust_decimal::Decimal;

use crate::model::{AutoScaling, Autoscaled, Capacity, GlobalIndex, Replica, Table};
use crate::units::{Count, Share};

/// The utilisation that scaling keeps where a model does not say, in percent; the console's own.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.Console.html>
const USUAL_TARGET: u32 = 70;

/// Reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// What is read.
    Read,
    /// What is written.
    Write,
}

impl Direction {
    pub(super) const BOTH: [Self; 2] = [Self::Read, Self::Write];

    /// `Read` or `Write`, as it stands within the service's names.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
        }
    }

    fn units(self, capacity: &Capacity) -> Option<Count> {
        match self {
            Self::Read => capacity.read,
            Self::Write => capacity.write,
        }
    }

    fn scaling(self, scaling: &AutoScaling) -> Option<&Autoscaled> {
        match self {
            Self::Read => scaling.read.as_ref(),
            Self::Write => scaling.write.as_ref(),
        }
    }
}

/// The throughput settings of a table, of a global index, or of a replica.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throughput<'m> {
    capacity: Option<&'m Capacity>,
    autoscaling: Option<&'m AutoScaling>,
    most: Option<&'m Capacity>,
    warm: Option<&'m Capacity>,
}

impl<'m> From<&'m Table> for Throughput<'m> {
    fn from(table: &'m Table) -> Self {
        Self {
            capacity: table.capacity.as_ref(),
            autoscaling: table.autoscaling.as_ref(),
            most: table.max_throughput.as_ref(),
            warm: table.warm_throughput.as_ref(),
        }
    }
}

impl<'m> From<&'m GlobalIndex> for Throughput<'m> {
    fn from(index: &'m GlobalIndex) -> Self {
        Self {
            capacity: index.capacity.as_ref(),
            autoscaling: index.autoscaling.as_ref(),
            most: index.max_throughput.as_ref(),
            warm: index.warm_throughput.as_ref(),
        }
    }
}

impl<'m> From<&'m Replica> for Throughput<'m> {
    fn from(replica: &'m Replica) -> Self {
        Self {
            capacity: replica.capacity.as_ref(),
            autoscaling: replica.autoscaling.as_ref(),
            most: replica.max_throughput.as_ref(),
            warm: None,
        }
    }
}

impl<'m> Throughput<'m> {
    /// The provisioned units per second at first: those given, or the least that scaling may set.
    pub(super) fn provisioned(&self, direction: Direction) -> Option<u64> {
        self.given(direction).or_else(|| Some(self.scaling(direction)?.min.ceil()))
    }

    /// The provisioned units per second that are given.
    pub(super) fn given(&self, direction: Direction) -> Option<u64> {
        self.capacity.and_then(|capacity| direction.units(capacity)).map(Count::ceil)
    }

    /// How the provisioned units are scaled.
    pub(super) fn scaling(&self, direction: Direction) -> Option<&'m Autoscaled> {
        self.autoscaling.and_then(|scaling| direction.scaling(scaling))
    }

    /// The most units per second on demand.
    pub(super) fn most(&self, direction: Direction) -> Option<u64> {
        self.most.and_then(|most| direction.units(most)).map(Count::ceil)
    }

    /// The units per second that it is warmed up for.
    pub(super) fn warm(&self, direction: Direction) -> Option<u64> {
        self.warm.and_then(|warm| direction.units(warm)).map(Count::ceil)
    }

    /// Whether some of it is scaled.
    pub(super) fn is_scaled(&self) -> bool {
        Direction::BOTH.into_iter().any(|direction| self.scaling(direction).is_some())
    }
}

/// The utilisation to keep, in percent.
pub(super) fn target_percent(scaled: &Autoscaled) -> Decimal {
    let said = scaled.target.map(|Share(share)| share.saturating_mul(Decimal::ONE_HUNDRED).normalize());
    said.unwrap_or_else(|| Decimal::from(USUAL_TARGET))
}

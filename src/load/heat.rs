//! Heat: the units per second that land on the busiest partition key value of a table or an index.
//!
//! Calls of all patterns whose keys are made in the same way land on the same values. A partition
//! gives 3,000 read units and takes 1,000 write units per second, and so does one key value.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::IndexMap;

use super::landing::{Landing, Usual, landings};
use super::unknown::{Known, Unknown};
use super::{Load, called_in, units_in};
use crate::design::{AccessPath, Design, PathId, PatternDesign};
use crate::plan::Plans;
use crate::service::limits::{PARTITION_READ_UNITS, PARTITION_WRITE_UNITS};
use crate::units::Hottest;

/// What is known of how calls spread over partition key values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Nothing says that one value is busier than another: the share is that of even traffic, so the
    /// busiest value has at least this.
    Even,
    /// The key is made of a time cut into buckets, and new items are taken to carry the time of now.
    Newest,
    /// The shares of the items that have each listed value; calls are taken to spread as items do.
    Items,
    /// The model says or implies how busy the busiest value is.
    Stated,
}

impl Basis {
    /// Whether it is taken to be so, and neither said nor certain.
    pub fn is_assumed(self) -> bool {
        matches!(self, Self::Newest | Self::Items)
    }
}

/// What one pattern brings to the busiest key value.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution<'m> {
    /// The pattern.
    pub pattern: usize,
    /// The request of the pattern.
    pub request: usize,
    /// Whether they are write units.
    pub is_write: bool,
    /// The share of the calls that lands on the value, where the model gives shares.
    pub share: Decimal,
    /// What the share rests on.
    pub basis: Basis,
    /// Units of one call in the Region that one key value can get.
    pub per_call: Known<'m, Decimal>,
    /// Calls per second at the peak, of which the share lands on the value; where the model gives a
    /// rate on the value, that rate.
    pub calls: Known<'m, Decimal>,
    /// Units per second on the value.
    pub units: Known<'m, Decimal>,
    /// Units per second on the value on average; as `units` where no average is known.
    pub average: Decimal,
    /// Whether the pattern gives a peak of its own, which need not fall together with others.
    pub has_own_peak: bool,
    /// Whether the pattern's peak is not known and its average stands in.
    pub is_average: bool,
}

impl Contribution<'_> {
    /// Units at the peak of some pattern: what peaks by itself at another time counts with its average.
    fn at_peak_of(&self, other: &Self) -> Decimal {
        let is_together = self.pattern == other.pattern || (!self.has_own_peak && !other.has_own_peak);
        if is_together { self.units.unwrap_or_default() } else { self.average }
    }
}

/// The busiest partition key value among those that are made in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot<'m> {
    /// The table or global index.
    pub path: PathId,
    /// The Region, as a position among those of the table; 0 is the home.
    pub region: usize,
    /// How its partition key values are made: `CUSTOMER#{customer_id}`, or a value that is busy by
    /// itself: `OPEN`.
    pub key: Arc<str>,
    /// What lands there.
    pub contributions: Vec<Contribution<'m>>,
    read_units: Decimal,
    write_units: Decimal,
}

impl<'m> Spot<'m> {
    /// What brings read or write units to the value.
    pub fn parts(&self, is_write: bool) -> impl Iterator<Item = &Contribution<'m>> {
        self.contributions.iter().filter(move |c| c.is_write == is_write)
    }

    /// Known units per second, reads or writes; at least so much where something is unknown.
    pub fn units(&self, is_write: bool) -> Decimal {
        if is_write { self.write_units } else { self.read_units }
    }

    /// Units per second of some contributions that come together on one value whatever the model
    /// leaves open: different patterns may be busiest on different values, and at different times.
    pub fn sure(&self, is_write: bool, of: impl Fn(&Contribution<'m>) -> bool) -> Decimal {
        let parts: Vec<&Contribution<'m>> =
            self.parts(is_write).filter(|c| c.units.is_ok() && !c.basis.is_assumed() && of(c)).collect();
        // Patterns without a peak of their own peak together, so one of them stands for all.
        let mut peaking: BTreeMap<Option<usize>, &Contribution<'m>> = BTreeMap::new();
        for part in &parts {
            peaking.entry(part.has_own_peak.then_some(part.pattern)).or_insert(part);
        }
        let at = |peaking: &Contribution<'m>| {
            let (mut even, mut whole) = (Decimal::ZERO, Decimal::ZERO);
            let mut alone: BTreeMap<(usize, usize), Decimal> = BTreeMap::new();
            for part in &parts {
                let units = part.at_peak_of(peaking);
                if part.basis == Basis::Even {
                    even = even.saturating_add(units);
                    continue;
                }
                if part.share == Decimal::ONE {
                    whole = whole.saturating_add(units);
                }
                let own = alone.entry((part.pattern, part.request)).or_default();
                *own = own.saturating_add(units);
            }
            even.saturating_add(alone.into_values().fold(whole, Decimal::max))
        };
        peaking.into_values().map(at).fold(Decimal::ZERO, Decimal::max)
    }

    /// The units as a share of what one key value can take: 1 is the ceiling.
    pub fn heat(&self, is_write: bool) -> Decimal {
        self.units(is_write) / ceiling(is_write)
    }

    /// What is missing to know all of it.
    pub fn unknown(&self) -> impl Iterator<Item = Unknown<'m>> {
        self.contributions.iter().filter_map(|contribution| contribution.units.err())
    }

    /// Whether some of it is said or implied by the model, and not only even traffic.
    pub fn basis(&self) -> Basis {
        self.contributions.iter().map(|contribution| contribution.basis).max().unwrap_or(Basis::Even)
    }

    /// How many shards bring the value below the ceilings.
    pub fn shards(&self) -> Decimal {
        self.heat(true).ceil().max(self.heat(false).ceil()).max(Decimal::ONE)
    }
}

/// For every table, index and way of making the key, the Region where the busiest value is hottest.
pub fn hottest<'s, 'm>(spots: &'s [Spot<'m>]) -> Vec<&'s Spot<'m>> {
    if spots.iter().all(|spot| spot.region == 0) {
        return spots.iter().collect();
    }
    let heat = |spot: &Spot<'_>| spot.heat(true).max(spot.heat(false));
    let mut chosen: BTreeMap<(PathId, &str), &Spot<'m>> = BTreeMap::new();
    for spot in spots {
        let best = chosen.entry((spot.path, &*spot.key)).or_insert(spot);
        if heat(spot) > heat(best) {
            *best = spot;
        }
    }
    chosen.into_values().collect()
}

/// What one key value can take per second.
pub fn ceiling(is_write: bool) -> Decimal {
    Decimal::from(if is_write { PARTITION_WRITE_UNITS } else { PARTITION_READ_UNITS })
}

/// What lands on a partition key value: its path, the Region, how it is made, and what a pattern
/// brings there.
type Landed<'m> = (PathId, usize, Arc<str>, Contribution<'m>);

/// The busiest values of every table and global index, by path and way of making the key.
pub fn heat<'m>(design: &Design<'m>, plans: &Plans<'m>, load: &Load<'m>) -> Vec<Spot<'m>> {
    /// So many patterns share what they have worked out of their landings.
    const TOGETHER: usize = 500;
    let of_some = |(group, patterns): (usize, &[PatternDesign<'m>])| {
        landed(design, plans, load, group.saturating_mul(TOGETHER), patterns)
    };
    let groups: Vec<Vec<Landed<'m>>> = match design.is_large() {
        true => design.patterns.par_chunks(TOGETHER).enumerate().map(of_some).collect(),
        false => design.patterns.chunks(TOGETHER).enumerate().map(of_some).collect(),
    };
    // Where everything goes, and then room for all of it at once.
    let mut counts: IndexMap<(PathId, usize, Arc<str>), usize> = IndexMap::default();
    let landed = || groups.iter().flatten();
    let places: Vec<usize> = landed()
        .map(|(path, region, key, _)| {
            let place = counts.entry((*path, *region, Arc::clone(key)));
            let position = place.index();
            *place.or_default() += 1;
            position
        })
        .collect();
    let mut spots: Vec<Spot<'m>> = counts
        .into_iter()
        .map(|((path, region, key), count)| Spot {
            path,
            region,
            key,
            contributions: Vec::with_capacity(count),
            read_units: Decimal::ZERO,
            write_units: Decimal::ZERO,
        })
        .collect();
    for ((.., contribution), place) in groups.into_iter().flatten().zip(places) {
        let Some(spot) = spots.get_mut(place) else { continue };
        let sum = if contribution.is_write { &mut spot.write_units } else { &mut spot.read_units };
        *sum = sum.saturating_add(contribution.units.unwrap_or_default());
        spot.contributions.push(contribution);
    }
    spots.sort_unstable_by(|one, other| (one.path, one.region, &one.key).cmp(&(other.path, other.region, &other.key)));
    spots
}

/// Where the calls of some patterns land, of which the first has this position among all.
fn landed<'m>(
    design: &Design<'m>,
    plans: &Plans<'m>,
    load: &Load<'m>,
    first: usize,
    patterns: &[PatternDesign<'m>],
) -> Vec<Landed<'m>> {
    let mut usual = Usual::default();
    // Most charges land in one way.
    let charges: usize = load.patterns.iter().skip(first).take(patterns.len()).map(|load| load.charges().count()).sum();
    let mut all = Vec::with_capacity(charges);
    for (index, (pattern, load)) in (first..).zip(patterns.iter().zip(load.patterns.iter().skip(first))) {
        let (calls, is_average) = match load.calls.peak {
            Ok(peak) => (Ok(peak), load.calls.unknown_peak.is_some()),
            Err(why) => (load.calls.average.map_err(|_| why), true),
        };
        for (position, (request, consumed)) in pattern.requests.iter().zip(&load.requests).enumerate() {
            let is_scan = plans.of(index).get(position).and_then(|plan| plan.access()).is_some_and(|(_, a)| a.is_scan);
            if is_scan {
                continue;
            }
            for charge in &consumed.charges {
                let Some((id, path)) = heated(design, charge.path) else { continue };
                let called = called_in(design, pattern, path.table);
                let regions = design.table(path.table).map_or(1, |table| table.table.replicas.0.len() + 1);
                for landing in landings(design, pattern, request, charge, path, &mut usual).iter() {
                    for region in 0..regions {
                        // Writes land in every Region, reads where they are called.
                        let per_call = units_in(charge, called, region)
                            .map(|units| units.saturating_sub(charge.elsewhere).max(Decimal::ZERO));
                        if region != called && per_call == Ok(Decimal::ZERO) {
                            continue;
                        }
                        let at = |calls| units(pattern, per_call, calls, landing, (index, id));
                        let units = at(calls);
                        let average = if load.calls.average.is_ok() { at(load.calls.average) } else { units };
                        let contribution = Contribution {
                            pattern: index,
                            request: position,
                            is_write: charge.why.is_write(),
                            share: landing.share.unwrap_or_default() / landing.ways,
                            basis: landing.basis,
                            per_call,
                            calls: match rate_on_value(pattern, landing) {
                                Some(rate) => Ok(rate),
                                None => calls,
                            },
                            units,
                            average: average.unwrap_or_default(),
                            has_own_peak: pattern.pattern.peak.is_some(),
                            is_average,
                        };
                        all.push((id, region, Arc::clone(&landing.key), contribution));
                    }
                }
            }
        }
    }
    all
}

/// Local indexes lie in the partitions of their table.
fn heated<'d, 'm>(design: &'d Design<'m>, id: PathId) -> Option<(PathId, &'d AccessPath<'m>)> {
    let path = design.path(id)?;
    if path.is_global() || path.is_table() {
        return Some((id, path));
    }
    let base = *design.table(path.table)?.paths.first()?;
    Some((base, design.path(base)?))
}

fn units<'m>(
    pattern: &PatternDesign<'m>,
    per_call: Known<'m, Decimal>,
    calls: Known<'m, Decimal>,
    landing: &Landing,
    (index, path): (usize, PathId),
) -> Known<'m, Decimal> {
    let per_call = per_call?;
    if let Some(rate) = rate_on_value(pattern, landing) {
        return Ok(per_call.saturating_mul(rate));
    }
    let share = landing.share.ok_or(Unknown::Skew { pattern: index, path })?;
    Ok(per_call.saturating_mul(calls?).saturating_mul(share) / landing.ways)
}

/// A rate on the busiest value, which stands for itself.
fn rate_on_value(pattern: &PatternDesign<'_>, landing: &Landing) -> Option<Decimal> {
    match pattern.pattern.hottest {
        Some(Hottest::Rate(rate)) if landing.basis == Basis::Stated && landing.share.is_none() => {
            Some(rate.per_second() / landing.ways)
        }
        _ => None,
    }
}

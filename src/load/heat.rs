//! Heat: the units per second that land on the busiest partition key value of a table or an index.
//!
//! Calls of all patterns whose keys are made in the same way land on the same values. A partition
//! gives 3,000 read units and takes 1,000 write units per second, and so does one key value.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::unknown::{Known, Unknown};
use super::{Charge, Consumed, Load, called_in, units_in};
use crate::design::{AccessPath, Design, EntityDesign, EntityId, Part, PathId, PatternDesign, Request};
use crate::model::{Attribute, AttributeType, Operation, Operator};
use crate::plan::{Plans, is_range};
use crate::service::limits::{PARTITION_READ_UNITS, PARTITION_WRITE_UNITS};
use crate::units::Hottest;

/// Listed values beyond this many are not looked at one by one.
const MOST_VALUES: usize = 32;

/// Terms of a Zipf sum that are added one by one; the rest is integrated.
const ZIPF_TERMS: u64 = 1_000;

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
    /// Units of one call in the Region.
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

/// The part of a request's calls that lands on one way to make a partition key value.
#[derive(Debug, Clone)]
struct Landing {
    key: Arc<str>,
    share: Option<Decimal>,
    basis: Basis,
}

/// Landings that hang on nothing but the entity, the path and whether items are new, and are the
/// same for all patterns.
type Usual = HashMap<(EntityId, PathId, bool), Arc<[Landing]>>;

/// The busiest values of every table and global index, by path and way of making the key.
pub fn heat<'m>(design: &Design<'m>, plans: &Plans<'m>, load: &Load<'m>) -> Vec<Spot<'m>> {
    let mut usual = Usual::new();
    let mut spots: BTreeMap<(PathId, usize, Arc<str>), Vec<Contribution<'m>>> = BTreeMap::new();
    for (index, (pattern, load)) in design.patterns.iter().zip(&load.patterns).enumerate() {
        let (calls, is_average) = match load.calls.peak {
            Ok(peak) => (Ok(peak), false),
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
                        let per_call = units_in(charge, called, region);
                        if region != called && per_call == Ok(Decimal::ZERO) {
                            continue;
                        }
                        let at = |calls| units(pattern, per_call, calls, landing, (index, id));
                        let units = at(calls);
                        let average = if load.calls.average.is_ok() { at(load.calls.average) } else { units };
                        spots.entry((id, region, Arc::clone(&landing.key))).or_default().push(Contribution {
                            pattern: index,
                            request: position,
                            is_write: charge.why.is_write(),
                            share: landing.share.unwrap_or_default(),
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
                        });
                    }
                }
            }
        }
    }
    spots
        .into_iter()
        .map(|((path, region, key), contributions)| {
            let sum = |is_write: bool| {
                let own = contributions.iter().filter(|part| part.is_write == is_write);
                own.filter_map(|part| part.units.ok()).fold(Decimal::ZERO, Decimal::saturating_add)
            };
            Spot { path, region, key, read_units: sum(false), write_units: sum(true), contributions }
        })
        .collect()
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
    Ok(per_call.saturating_mul(calls?).saturating_mul(share))
}

/// A rate on the busiest value, which stands for itself.
fn rate_on_value(pattern: &PatternDesign<'_>, landing: &Landing) -> Option<Decimal> {
    match pattern.pattern.hottest {
        Some(Hottest::Rate(rate)) if landing.basis == Basis::Stated && landing.share.is_none() => {
            Some(rate.per_second())
        }
        _ => None,
    }
}

/// Where the calls of a request land in a path, and with which share on the busiest value.
fn landings<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
    charge: &Charge<'m>,
    path: &AccessPath<'m>,
    usual: &mut Usual,
) -> Arc<[Landing]> {
    let Some(entity) = request.entities.first().and_then(|id| design.entity(*id)) else { return Arc::from([]) };
    // What the pattern says of its busiest key value is of the key that the request itself uses.
    let is_own_key = charge.why != Consumed::IndexWrite || same_key(design, entity, path);
    let hottest = pattern.pattern.hottest.filter(|_| is_own_key);
    let says_more = hottest.is_some()
        || request.conditions.values().any(|condition| condition.value.is_some() || condition.span.is_some());
    if says_more {
        return spread(design, request, entity, path, hottest).into();
    }
    let key = (entity.id, path.id, request.operation == Operation::Put);
    if let Some(known) = usual.get(&key) {
        return Arc::clone(known);
    }
    let landings: Arc<[Landing]> = spread(design, request, entity, path, None).into();
    usual.insert(key, Arc::clone(&landings));
    landings
}

fn spread<'m>(
    design: &Design<'m>,
    request: &Request<'m>,
    entity: &EntityDesign<'m>,
    path: &AccessPath<'m>,
    hottest: Option<Hottest>,
) -> Vec<Landing> {
    let fills = path.partition.iter().filter_map(|key| entity.fills.get(*key));
    let parts: Vec<&Part> = fills.flat_map(|fill| &fill.template.parts).collect();
    if parts.is_empty() {
        return Vec::new();
    }
    let mut all =
        vec![Spread { key: String::new(), share: Some(Decimal::ONE), basis: None, open: Vec::new(), assumed: None }];
    for part in parts {
        all = all.into_iter().flat_map(|spread| spread.with(request, entity, part)).collect();
    }
    all.into_iter()
        .map(|spread| match hottest {
            Some(Hottest::Share(share)) => {
                Landing { key: spread.key.into(), share: Some(share.0), basis: Basis::Stated }
            }
            Some(Hottest::Rate(_)) => Landing { key: spread.key.into(), share: None, basis: Basis::Stated },
            None => spread.land(design, entity),
        })
        .collect()
}

/// Whether an index is partitioned by what the table is partitioned by.
fn same_key(design: &Design<'_>, entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> bool {
    let names = |path: &AccessPath<'_>| -> Vec<String> {
        let fills = path.partition.iter().filter_map(|key| entity.fills.get(*key));
        let mut names: Vec<String> = fills.flat_map(|f| f.template.attributes().map(str::to_owned)).collect();
        names.sort_unstable();
        names
    };
    design.base_path(path.table).is_some_and(|base| names(base) == names(path))
}

/// A way to make the key, built up part by part.
#[derive(Clone)]
struct Spread {
    key: String,
    share: Option<Decimal>,
    basis: Option<Basis>,
    /// Attributes of which nothing says how their values are spread.
    open: Vec<String>,
    /// What a share rests on that nobody says.
    assumed: Option<Basis>,
}

impl Spread {
    fn with(self, request: &Request<'_>, entity: &EntityDesign<'_>, part: &Part) -> Vec<Self> {
        let Part::Attribute { name, cut } = part else {
            return vec![Self { key: format!("{}{part}", self.key), ..self }];
        };
        let stated = |spread: Self, key: &str, share: Decimal| Self {
            key: format!("{}{key}", spread.key),
            share: spread.share.map(|s| s.saturating_mul(share)),
            basis: Some(Basis::Stated),
            open: spread.open,
            assumed: spread.assumed,
        };
        let shown = part.to_string();
        if let Some(value) = fixed(request, name) {
            return vec![stated(self, value, Decimal::ONE)];
        }
        let Some(attribute) = entity.attribute(name) else { return vec![self.open(&shown, name)] };
        // A range over a time reads every bucket that it touches once.
        if let (Some(cut), Some(condition)) = (cut, request.conditions.get(name))
            && is_range(condition.operator)
            && let Some(span) = condition.span
        {
            let buckets = (span.seconds() / Decimal::from(cut.seconds())).ceil().max(Decimal::ONE);
            return vec![stated(self, &shown, Decimal::ONE / buckets)];
        }
        if let Some(shards) = attribute.shards.filter(|shards| *shards > 0) {
            return vec![Self {
                key: format!("{}{shown}", self.key),
                share: self.share.map(|s| s / Decimal::from(shards)),
                ..self
            }];
        }
        if let Some(hottest) = attribute.hottest {
            return vec![stated(self, &shown, hottest.0)];
        }
        if let Some(values) = attribute.values.as_ref().filter(|values| values.0.len() <= MOST_VALUES)
            && values.0.values().all(Option::is_some)
        {
            return values
                .0
                .iter()
                .map(|(value, share)| {
                    let spread = stated(self.clone(), value.text(), share.map_or(Decimal::ONE, |s| s.0));
                    Self { assumed: Some(Basis::Items), ..spread }
                })
                .collect();
        }
        if let (Some(exponent), Some(values)) = (attribute.zipf, entity.distinct.get(name.as_str())) {
            return vec![match zipf_share(exponent.0, *values) {
                Some(share) => stated(self, &shown, share),
                None => self.open(&shown, name),
            }];
        }
        // New items carry the time of now, so all of them land on the newest bucket.
        if request.operation == Operation::Put && is_bucket(attribute, cut.is_some()) {
            let assumed = self.assumed.or(Some(Basis::Newest));
            return vec![Self { assumed, ..stated(self, &shown, Decimal::ONE) }];
        }
        vec![self.open(&shown, name)]
    }

    fn open(mut self, shown: &str, name: &str) -> Self {
        self.key.push_str(shown);
        self.open.push(name.to_owned());
        self
    }

    /// Spreads what is left over the values that there are, evenly.
    fn land<'m>(self, design: &Design<'m>, entity: &EntityDesign<'m>) -> Landing {
        let said = self.assumed.or(self.basis);
        if self.open.is_empty() {
            // A key that is the same for all, or whose parts all say how busy they are; shards alone
            // share evenly.
            let is_shared = self.share.is_some_and(|share| share < Decimal::ONE);
            let basis = said.unwrap_or(if is_shared { Basis::Even } else { Basis::Stated });
            return Landing { key: self.key.into(), share: self.share, basis };
        }
        let names: Vec<&str> = self.open.iter().map(String::as_str).collect();
        let groups = design.groups(entity, &names).filter(|groups| *groups > Decimal::ZERO);
        let share = groups.zip(self.share).map(|(groups, share)| share / groups);
        Landing { key: self.key.into(), share, basis: said.unwrap_or(Basis::Even) }
    }
}

/// Whether an attribute is a time that is cut into buckets, by the key or by itself.
fn is_bucket(attribute: &Attribute, is_cut: bool) -> bool {
    match attribute.kind {
        AttributeType::Date => true,
        AttributeType::Timestamp | AttributeType::Epoch | AttributeType::EpochMs => is_cut,
        _ => false,
    }
}

/// The value that a request always asks for.
fn fixed<'m>(request: &Request<'m>, name: &str) -> Option<&'m str> {
    let condition = request.conditions.get(name).filter(|condition| condition.operator == Operator::Equals)?;
    match condition.value.as_ref()?.0.as_slice() {
        [value] => Some(value.text()),
        _ => None,
    }
}

/// The share of the busiest of so many values under a Zipf distribution: 1 / Σ 1/kˢ.
/// Calculated in floats, because it is an estimate of a skew and no amount of units or money.
fn zipf_share(exponent: Decimal, values: Decimal) -> Option<Decimal> {
    let s = exponent.to_f64()?;
    let count = values.floor().to_u64()?.max(1);
    let listed = count.min(ZIPF_TERMS);
    let mut sum: f64 = (1..=listed).map(|k| (k as f64).powf(-s)).sum();
    if count > listed {
        let (from, to) = (listed as f64 + 0.5, count as f64 + 0.5);
        sum +=
            if (s - 1.0).abs() < 1e-9 { (to / from).ln() } else { (to.powf(1.0 - s) - from.powf(1.0 - s)) / (1.0 - s) };
    }
    Decimal::try_from(1.0 / sum).ok().map(|share| share.round_dp(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_of_zipf() {
        let share = |s: &str, n: u64| {
            zipf_share(s.parse().unwrap_or_default(), n.into()).and_then(|share| share.to_f64()).unwrap_or_default()
        };
        // Harmonic numbers: H(10) = 2.928968, H(1000) = 7.485471, H(1,000,000) = 14.392727.
        for (values, harmonic) in [(10, 2.928_968), (1_000, 7.485_471), (1_000_000, 14.392_727)] {
            assert!((share("1", values) - 1.0 / harmonic).abs() < 1e-5, "{values}");
        }
        assert!((share("0", 50) - 0.02).abs() < 1e-6);
        assert!((share("2", 1_000_000) - 6.0 / std::f64::consts::PI.powi(2)).abs() < 1e-5);
    }
}

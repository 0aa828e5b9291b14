//! Where calls land: the partition key values that a request's calls go to, and with which share on
//! the busiest of them.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::IndexMap;

use super::heat::Basis;
use super::{Charge, Consumed};
use crate::design::{AccessPath, Design, EntityDesign, EntityId, Part, PathId, PatternDesign, Request};
use crate::model::{Attribute, AttributeType, Literal, Operator, Values};
use crate::plan::{is_range, makes_item};
use crate::units::{Hottest, Share};

/// Listed values beyond this many are not looked at one by one.
const MOST_VALUES: usize = 32;

/// Beyond so many ways to make a key, only the busiest of further listed values is looked at.
const MOST_WAYS: usize = 1_024;

/// Terms of a Zipf sum that are added one by one; the rest is integrated.
const ZIPF_TERMS: u64 = 1_000;

/// The part of a request's calls that lands on one way to make a partition key value.
#[derive(Debug, Clone)]
pub(super) struct Landing {
    /// How the values are made, or the one value.
    pub(super) key: Arc<str>,
    /// The share of the calls that come to the busiest of them, where the model gives shares.
    pub(super) share: Option<Decimal>,
    /// How many values each such call goes to; each of them gets its part of the call's units.
    pub(super) ways: Decimal,
    /// What the share rests on.
    pub(super) basis: Basis,
}

/// Landings that hang on nothing but the entity, the path and whether items are new, and are the
/// same for all patterns.
pub(super) type Usual = IndexMap<(EntityId, PathId, bool), Arc<[Landing]>>;

/// Where the calls of a request land in a path, and with which share on the busiest value.
pub(super) fn landings<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
    charge: &Charge<'m>,
    path: &AccessPath<'m>,
    usual: &mut Usual,
) -> Arc<[Landing]> {
    let Some(entity) = request.entities.first().and_then(|id| design.entity(*id)) else { return Arc::from([]) };
    // What the pattern says of its busiest key value is of the key that the request itself uses.
    let is_own_key = || charge.why != Consumed::IndexWrite || same_key(design, entity, path);
    let is_new = || makes_values(design, pattern, request, entity, path);
    let hottest = pattern.pattern.hottest.filter(|_| is_own_key() && !is_new());
    let says_more = hottest.is_some()
        || request.conditions.values().any(|condition| condition.value.is_some() || condition.span.is_some());
    if says_more {
        return spread(design, request, entity, path, hottest).into();
    }
    let key = (entity.id, path.id, makes_item(design, request));
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
    let mut parts = fills.flat_map(|fill| fill.template.parts.iter()).peekable();
    if parts.peek().is_none() {
        return Vec::new();
    }
    let mut all = vec![Spread::begin(makes_item(design, request))];
    for part in parts {
        if let Some(values) = Spread::listed(request, entity, part) {
            let ways = all.len().saturating_mul(values.0.len());
            let busiest = || values.0.iter().max_by_key(|(_, share)| **share);
            let values: Vec<_> =
                if ways <= MOST_WAYS { values.0.iter().collect() } else { busiest().into_iter().collect() };
            all = all.into_iter().flat_map(|spread| spread.with_each(&values)).collect();
            continue;
        }
        for spread in &mut all {
            spread.add(request, entity, part);
        }
    }
    let stated = |spread: Spread, share: Option<Decimal>| Landing {
        key: spread.key.into(),
        share,
        ways: spread.ways,
        basis: Basis::Stated,
    };
    all.into_iter()
        .map(|spread| match hottest {
            Some(Hottest::Share(share)) => stated(spread, Some(share.0)),
            Some(Hottest::Rate(_)) => stated(spread, None),
            None => spread.land(design, entity),
        })
        .collect()
}

/// Whether a request makes a key value of its own with every call, beside others that a pattern's
/// busiest value can be of: it puts new items, of which no two have the same value. A put whose
/// condition fails now and then comes to values that are there.
fn makes_values(
    design: &Design<'_>,
    pattern: &PatternDesign<'_>,
    request: &Request<'_>,
    entity: &EntityDesign<'_>,
    path: &AccessPath<'_>,
) -> bool {
    let (replaces, guard) = match request.action {
        Some(action) => (&action.replaces, &action.condition),
        None => (&pattern.pattern.replaces, &pattern.pattern.condition),
    };
    let fails = guard.as_ref().and_then(|guard| guard.fails).is_some_and(|share| !share.0.is_zero());
    let fills = || path.partition.iter().filter_map(|key| entity.fills.get(*key));
    let is_own = |name: &String| {
        fills().any(|fill| fill.template.attributes().any(|part| part == name)) && fixed(request, name).is_none()
    };
    pattern.requests.len() > 1
        && makes_item(design, request)
        && replaces.is_none()
        && !fails
        && !entity.identity.is_empty()
        && entity.identity.iter().all(is_own)
}

/// Whether each call goes to all shards of an attribute: nothing says to which one. A new item
/// chooses one.
fn goes_to_all(request: &Request<'_>, entity: &EntityDesign<'_>, name: &str) -> bool {
    let says = |key: &String| {
        key == name || entity.fills.get(key.as_str()).is_some_and(|fill| fill.template.attributes().any(|n| n == name))
    };
    !request.conditions.keys().chain(request.key.keys()).any(says)
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
    ways: Decimal,
    basis: Option<Basis>,
    /// Attributes of which nothing says how their values are spread.
    open: Vec<String>,
    /// What a share rests on that nobody says.
    assumed: Option<Basis>,
    /// Whether the calls bring new items.
    is_new: bool,
}

impl<'m> Spread {
    fn begin(is_new: bool) -> Self {
        let (share, ways) = (Some(Decimal::ONE), Decimal::ONE);
        Self { key: String::new(), share, ways, basis: None, open: Vec::new(), assumed: None, is_new }
    }

    /// The listed values of a part that makes as many ways, each with the share of the items that have it.
    fn listed(request: &Request<'_>, entity: &EntityDesign<'m>, part: &Part) -> Option<&'m Values> {
        let Part::Attribute { name, cut: None } = part else { return None };
        let attribute = entity.attribute(name).filter(|_| fixed(request, name).is_none())?;
        let is_said = attribute.shards.is_some_and(|shards| shards > 0) || attribute.hottest.is_some();
        let values = attribute.values.as_ref().filter(|values| !is_said && values.0.len() <= MOST_VALUES)?;
        values.0.values().all(Option::is_some).then_some(values)
    }

    /// A way for each of the listed values that come next.
    fn with_each(self, values: &[(&Literal, &Option<Share>)]) -> impl Iterator<Item = Self> {
        values.iter().map(move |(value, share)| {
            let mut spread = Self { assumed: Some(Basis::Items), ..self.clone() };
            spread.state(value.text(), share.map_or(Decimal::ONE, |share| share.0));
            spread
        })
    }

    /// Adds the part that comes next.
    fn add(&mut self, request: &Request<'_>, entity: &EntityDesign<'_>, part: &Part) {
        let Part::Attribute { name, cut } = part else {
            self.key.push_str(&part.to_string());
            return;
        };
        if let Some(value) = fixed(request, name) {
            return self.state(value, Decimal::ONE);
        }
        let shown = part.to_string();
        let Some(attribute) = entity.attribute(name) else { return self.leave_open(&shown, name) };
        // A range over a time reads every bucket that it touches once.
        if let (Some(cut), Some(condition)) = (cut, request.conditions.get(&**name))
            && is_range(condition.operator)
            && let Some(span) = condition.span
        {
            let buckets = (span.seconds() / Decimal::from(cut.seconds())).ceil().max(Decimal::ONE);
            self.ways = self.ways.saturating_mul(buckets);
            return self.state(&shown, Decimal::ONE);
        }
        if let Some(shards) = attribute.shards.filter(|shards| *shards > 0) {
            self.key.push_str(&shown);
            let shards = Decimal::from(shards);
            match !self.is_new && goes_to_all(request, entity, name) {
                true => self.ways = self.ways.saturating_mul(shards),
                false => self.share = self.share.map(|share| share / shards),
            }
            return;
        }
        if let Some(hottest) = attribute.hottest {
            return self.state(&shown, hottest.0);
        }
        if let (Some(exponent), Some(values)) = (attribute.zipf, entity.distinct.get(&**name)) {
            return match zipf_share(exponent.0, *values) {
                Some(share) => self.state(&shown, share),
                None => self.leave_open(&shown, name),
            };
        }
        // New items carry the time of now, so all of them land on the newest bucket.
        if self.is_new && is_bucket(attribute, cut.is_some()) {
            self.assumed.get_or_insert(Basis::Newest);
            return self.state(&shown, Decimal::ONE);
        }
        self.leave_open(&shown, name);
    }

    /// The model says or implies the share of the busiest value.
    fn state(&mut self, shown: &str, share: Decimal) {
        self.key.push_str(shown);
        self.share = self.share.map(|before| before.saturating_mul(share));
        self.basis = Some(Basis::Stated);
    }

    fn leave_open(&mut self, shown: &str, name: &str) {
        self.key.push_str(shown);
        self.open.push(name.to_owned());
    }

    /// Spreads what is left over the values that there are, evenly.
    fn land(self, design: &Design<'m>, entity: &EntityDesign<'m>) -> Landing {
        let said = self.assumed.or(self.basis);
        if self.open.is_empty() {
            // A key that is the same for all, or whose parts all say how busy they are; shards alone
            // share evenly.
            let is_shared = self.share.is_some_and(|share| share < Decimal::ONE) || self.ways > Decimal::ONE;
            let basis = said.unwrap_or(if is_shared { Basis::Even } else { Basis::Stated });
            return Landing { key: self.key.into(), share: self.share, ways: self.ways, basis };
        }
        let names: Vec<&str> = self.open.iter().map(String::as_str).collect();
        let groups = design.groups(entity, &names).filter(|groups| *groups > Decimal::ZERO);
        let share = groups.zip(self.share).map(|(groups, share)| share / groups);
        Landing { key: self.key.into(), share, ways: self.ways, basis: said.unwrap_or(Basis::Even) }
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

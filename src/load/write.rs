//! What writes consume: the item in the table, and its entries in every index, weighted by how
//! often each case happens.

use rust_decimal::Decimal;

use super::passing::Passing;
use super::presence::whichever;
use super::shape::Shape;
use super::state::State;
use super::unknown::{Known, Unknown};
use super::{Charge, Consumed};
use crate::design::{AccessPath, Design, EntityDesign, PathId, PatternDesign, Request, Told};
use crate::model::{Guard, Operation, Overwrite, Projection, Updates};
use crate::service::capacity::{ReadMode, TRANSACTION_FACTOR, read_units, write_units};
use crate::service::propagation::EntryChange;

/// A write with everything that decides its price.
pub(super) struct Write<'a, 'm> {
    pub(super) design: &'a Design<'m>,
    pub(super) shape: &'a Shape<'m>,
    pub(super) passing: &'a Passing<'m>,
    pub(super) entity: &'a EntityDesign<'m>,
    pub(super) pattern: &'a PatternDesign<'m>,
    pub(super) request: &'a Request<'m>,
    /// The table that is written.
    pub(super) path_id: PathId,
    /// How many items one call writes.
    pub(super) keys: Decimal,
    /// The share of the calls whose transaction is not cancelled by another action.
    pub(super) others_succeed: Decimal,
    /// An index whose entries are looked at as if they held something else.
    pub(super) under: Option<(PathId, &'a Projection)>,
}

/// What a request says of its write, whether it is a pattern or an action.
pub(super) struct Said<'m> {
    pub(super) sets: &'m Updates,
    adds: Vec<&'m str>,
    pub(super) removes: Vec<&'m str>,
    appends: Vec<&'m str>,
    creates: Decimal,
    misses: Decimal,
    fails: Decimal,
    pub(super) replaces: Option<&'m Overwrite>,
}

/// One thing that can happen, with the share of the calls in which it does.
struct Case<'m> {
    share: Decimal,
    before: Option<State<'m>>,
    after: Option<State<'m>>,
    /// Attributes whose values change, with the share of these calls in which each does.
    changes: Vec<(&'m str, Decimal)>,
    /// Whether the write takes place; a failed or missed one consumes units and changes nothing.
    is_applied: bool,
}

/// The share of calls in which a write's condition fails.
pub(super) fn failing(pattern: &PatternDesign<'_>, request: &Request<'_>) -> Decimal {
    let share = |guard: &Option<Guard>| guard.as_ref().and_then(|guard| guard.fails).map_or(Decimal::ZERO, |s| s.0);
    match request.action {
        Some(action) => share(&action.condition),
        None => share(&pattern.pattern.condition),
    }
}

/// What is said of a request, whether it is a pattern or an action.
pub(super) fn said<'m>(pattern: &PatternDesign<'m>, request: &Request<'m>) -> Said<'m> {
    fn names(names: &crate::model::Names) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }
    let share = |share: Option<crate::units::Share>| share.map_or(Decimal::ZERO, |share| share.0);
    let fails = failing(pattern, request);
    match request.action {
        Some(action) => Said {
            sets: &action.sets,
            adds: names(&action.adds),
            removes: names(&action.removes),
            appends: names(&action.appends),
            creates: share(action.creates),
            misses: share(action.misses),
            fails,
            replaces: action.replaces.as_ref(),
        },
        None => {
            let pattern = pattern.pattern;
            Said {
                sets: &pattern.sets,
                adds: names(&pattern.adds),
                removes: names(&pattern.removes),
                appends: names(&pattern.appends),
                creates: share(pattern.creates),
                misses: share(pattern.misses),
                fails,
                replaces: pattern.replaces.as_ref(),
            }
        }
    }
}

impl<'m> Write<'_, 'm> {
    /// What can happen. The shares add up to one.
    fn cases(&self) -> Vec<Case<'m>> {
        let said = said(self.pattern, self.request);
        let rest = |parts: &[Decimal]| {
            parts.iter().fold(Decimal::ONE, |left, part| left.saturating_sub(*part)).max(Decimal::ZERO)
        };
        let missed = Case { share: said.misses, before: None, after: None, changes: Vec::new(), is_applied: false };
        match self.request.operation {
            Operation::Delete => vec![
                Case { share: rest(&[said.misses, said.fails]), before: Some(self.state(self.met())), ..nothing() },
                Case { share: said.fails, before: Some(State::default()), is_applied: false, ..nothing() },
                missed,
            ],
            Operation::ConditionCheck => vec![
                Case {
                    share: rest(&[said.misses]),
                    before: Some(self.state(self.met())),
                    is_applied: false,
                    ..nothing()
                },
                missed,
            ],
            Operation::Update => self.update_cases(&said, rest(&[said.misses, said.fails, said.creates]), missed),
            _ => self.put_cases(&said, &rest),
        }
    }

    fn update_cases(&self, said: &Said<'m>, in_place: Decimal, missed: Case<'m>) -> Vec<Case<'m>> {
        let mut changes: Vec<(&'m str, Decimal)> = Vec::new();
        let mut sizes = Vec::new();
        for (name, change) in &said.sets.0 {
            let change = change.as_ref();
            changes.push((name, change.and_then(|c| c.changes).map_or(Decimal::ONE, |share| share.0)));
            if let Some(bytes) = change.and_then(|c| c.size_before) {
                sizes.push((name.as_str(), Decimal::from(bytes.0)));
            }
        }
        let others = said.adds.iter().chain(&said.removes).chain(&said.appends);
        changes.extend(others.map(|name| (*name, Decimal::ONE)));
        let written: Vec<&'m str> =
            said.sets.0.keys().map(String::as_str).chain(said.appends.iter().copied()).collect();
        let state = |more: &[&'m str], lacks: &[&'m str], sizes: Vec<(&'m str, Decimal)>| State {
            has: written.iter().chain(more).copied().collect(),
            lacks: lacks.to_vec(),
            sizes,
            ..State::default()
        };
        let before = || state(&said.removes, &said.adds, sizes.clone());
        let after = || state(&said.adds, &said.removes, Vec::new());
        let met = self.met();
        let still = met.clone().without(|name| changes.iter().any(|(changed, _)| *changed == name));
        let met = |before: State<'m>| before.and(self.state(met.clone()));
        let left = |after: State<'m>| after.and(self.state(still.clone()));
        // A value that stays the same has the same size before.
        let is_sized = |name: &str| sizes.iter().any(|(sized, _)| *sized == name);
        let resized = match sizes.is_empty() {
            true => Decimal::ONE,
            false => any(changes.iter().filter(|(name, _)| is_sized(name)).map(|(_, share)| *share)),
        };
        let given = |share: Decimal| {
            let own = |name: &str, usual: Decimal| if is_sized(name) { share } else { usual };
            changes.iter().map(|(name, usual)| (*name, own(name, *usual))).collect::<Vec<_>>()
        };
        let same_size = || state(&said.removes, &said.adds, Vec::new());
        vec![
            Case {
                share: in_place.saturating_mul(resized),
                before: Some(met(before())),
                after: Some(left(after())),
                changes: given(Decimal::ONE),
                is_applied: true,
            },
            Case {
                share: in_place.saturating_mul(Decimal::ONE.saturating_sub(resized)),
                before: Some(met(same_size())),
                after: Some(left(after())),
                changes: given(Decimal::ZERO),
                is_applied: true,
            },
            Case { share: said.creates, after: Some(after()), ..nothing() },
            Case { share: said.fails, before: Some(before()), after: Some(after()), is_applied: false, ..nothing() },
            missed,
        ]
    }

    fn put_cases(&self, said: &Said<'m>, rest: &dyn Fn(&[Decimal]) -> Decimal) -> Vec<Case<'m>> {
        let Some(overwrite) = said.replaces else {
            return vec![
                Case { share: rest(&[said.fails]), after: Some(self.new_item()), ..nothing() },
                // A put fails where an item is in its way: one like the new one.
                Case {
                    share: said.fails,
                    before: Some(State::default()),
                    after: Some(State::default()),
                    is_applied: false,
                    ..nothing()
                },
            ];
        };
        let drops: Vec<&'m str> = overwrite.drops.iter().map(String::as_str).collect();
        let mut changes: Vec<(&'m str, Decimal)> = match &overwrite.changes {
            Some(names) => names.iter().map(|name| (name.as_str(), Decimal::ONE)).collect(),
            None => self.shape.beside_keys().map(|name| (name, Decimal::ONE)).collect(),
        };
        changes.extend(drops.iter().map(|name| (*name, Decimal::ONE)));
        let whole = overwrite.size.map(|bytes| Decimal::from(bytes.0));
        // What is put is there before as well, with another value where it changes.
        let before = || {
            let mut state = self.new_item();
            let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
            state.sizes.retain(|(name, _)| !is_changed(name));
            state.has.extend(&drops);
            State { whole, ..state }
        };
        let after = || {
            let mut state = self.new_item();
            state.lacks.extend(&drops);
            state
        };
        let share = match overwrite.share {
            Some(share) => share.0,
            None => rest(&[said.fails]),
        };
        vec![
            Case { share: rest(&[share, said.fails]), after: Some(self.new_item()), ..nothing() },
            Case { share, before: Some(before()), after: Some(after()), changes: changes.clone(), is_applied: true },
            Case { share: said.fails, before: Some(before()), after: Some(after()), is_applied: false, ..nothing() },
        ]
    }

    /// The item that a put makes.
    fn new_item(&self) -> State<'m> {
        self.state(Told::of_new(self.design, self.entity, self.request))
    }

    /// What is asked of the item that a write meets.
    fn met(&self) -> Told<'m> {
        Told::of_met(self.design, self.entity, self.request)
    }

    /// The state of an item of which this is told.
    fn state(&self, said: Told<'m>) -> State<'m> {
        if said.is_empty() {
            return State::default();
        }
        let values = said.member_values();
        let sizes = self.shape.averages_among(self.entity, &values).collect();
        let among = Some(values).filter(|values| !values.is_empty());
        State { has: said.has, lacks: said.lacks, sizes, among, ..State::default() }
    }

    /// The share of new items in a state that come into an index. That of the items that are there is
    /// theirs only where all that decides it stays as it is put.
    fn new_members(&self, state: &State<'m>, id: PathId, path: &AccessPath<'m>) -> Known<'m, Decimal> {
        let share = self.shape.membership(path, state)?;
        if share.is_zero() || share == Decimal::ONE || self.request.operation == Operation::Update {
            return Ok(share);
        }
        let (present, valued) = self.shape.deciding(path);
        let is_told = |name: &str| state.among.as_ref().is_some_and(|among| among.of_attribute(name).is_some());
        // Where one of several is told, how many of these items have the others is not.
        let is_part = present.iter().any(|name| self.request.conditions.contains_key(*name));
        let open = present.iter().filter(|name| !state.has.contains(name));
        let mut open = open.filter(|name| is_part || self.passing.is_taken(self.entity.id, name));
        let mut others = valued.iter().filter(|name| !is_told(name) && self.passing.is_changed(self.entity.id, name));
        match open.next().or_else(|| others.next()) {
            Some(attribute) => Err(Unknown::NewMembers { entity: self.entity.id, path: id, attribute }),
            None => Ok(share),
        }
    }

    /// What one call consumes.
    pub(super) fn charges(&self) -> Vec<Charge<'m>> {
        let is_transaction = self.pattern.pattern.operation == Some(Operation::TransactWrite);
        let factor = if is_transaction { Decimal::from(TRANSACTION_FACTOR) } else { Decimal::ONE };
        let times = self.request.count.saturating_mul(self.keys);
        let cases: Vec<Case<'m>> = self.cases().into_iter().filter(|case| !case.share.is_zero()).collect();
        let mut table = Ok(Decimal::ZERO);
        let mut replicated = Ok(Decimal::ZERO);
        let mut changes = Ok(Decimal::ZERO);
        let mut wasted = Ok(Decimal::ZERO);
        let is_check = self.request.operation == Operation::ConditionCheck;
        for case in &cases {
            let units = self.whichever(case, |case| self.table_units(case));
            let weight = case.share.saturating_mul(times);
            add(&mut table, units, weight.saturating_mul(factor));
            // A transaction that another action cancels is billed, too.
            let idle = match (case.is_applied || is_check, case.before.is_some()) {
                (true, _) => Decimal::ONE.saturating_sub(self.others_succeed),
                (false, true) => Decimal::ONE,
                (false, false) => Decimal::ZERO,
            };
            add(&mut wasted, units, weight.saturating_mul(factor).saturating_mul(idle));
            if case.is_applied {
                // Replicas get what took place, item by item, outside any transaction.
                // <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>
                let weight = weight.saturating_mul(self.others_succeed);
                add(&mut replicated, units, weight);
                add(&mut changes, units, weight.saturating_mul(case.changing()));
            }
        }
        let mut charges =
            vec![Charge { replicated, changes, wasted, ..Charge::new(self.path_id, Consumed::Write, table) }];
        if is_transaction && let Some(repeats) = self.pattern.pattern.repeats {
            // The same transaction again reads what it has written.
            let read = |state: &State<'m>| {
                let bytes = self.shape.item_bytes(state)?;
                Ok(read_units(bytes, ReadMode::Transactional).saturating_mul(times).saturating_mul(repeats.0))
            };
            let usual = |supposed| State { supposed, ..State::default() };
            let read = whichever(read(&usual(None)), |supposed| read(&usual(Some(supposed))));
            charges.push(Charge::new(self.path_id, Consumed::Repeat, read));
        }
        let Some(table) = self.entity.table else { return charges };
        for (id, path) in self.design.paths_of(table).filter(|(_, path)| !path.is_table()) {
            let is_asked = self.under.is_none_or(|(asked, _)| asked == id);
            if !is_asked || !self.design.is_in(self.entity, path) || self.request.operation == Operation::ConditionCheck
            {
                continue;
            }
            let (mut units, mut elsewhere) = (Ok(Decimal::ZERO), Ok(Decimal::ZERO));
            for case in cases.iter().filter(|case| case.is_applied) {
                let weight = case.share.saturating_mul(times).saturating_mul(self.others_succeed);
                let entry = self.whichever(case, |case| self.entry_units(case, id, path));
                add(&mut units, entry.map(|entry| entry.all), weight);
                add(&mut elsewhere, entry.map(|entry| entry.elsewhere), weight);
            }
            let elsewhere = elsewhere.unwrap_or_default();
            charges.push(Charge { replicated: units, elsewhere, ..Charge::new(id, Consumed::IndexWrite, units) });
        }
        charges
    }

    /// What a calculation gives, whatever is not known of attributes that make no difference.
    fn whichever<T: PartialEq>(&self, case: &Case<'m>, of: impl Fn(&Case<'m>) -> Known<'m, T>) -> Known<'m, T> {
        whichever(of(case), |supposed| {
            let state = |state: &Option<State<'m>>| Some(State { supposed: Some(supposed), ..state.as_ref()?.clone() });
            let (before, after) = (state(&case.before), state(&case.after));
            of(&Case { before, after, changes: case.changes.clone(), ..*case })
        })
    }

    /// Units of the table: the larger of the item before and after, one where nothing is met.
    fn table_units(&self, case: &Case<'m>) -> Known<'m, Decimal> {
        let bytes = |state: &Option<State<'m>>| match state {
            Some(state) => self.shape.item_bytes(state),
            None => Ok(Decimal::ZERO),
        };
        Ok(write_units(bytes(&case.before)?, bytes(&case.after)?))
    }

    /// Units of an index, averaged over what becomes of the entry.
    fn entry_units(&self, case: &Case<'m>, id: PathId, path: &AccessPath<'m>) -> Known<'m, EntryUnits> {
        let under = self.under.filter(|(other, _)| *other == id).map(|(_, projection)| projection);
        let projection = under.unwrap_or(path.projection);
        let entry = |state: &State<'m>| match under {
            Some(projection) => self.shape.entry_bytes_with(self.design, path, projection, state),
            None => self.shape.entry_bytes(self.design, path, state),
        };
        let member = |state: &State<'m>| self.shape.membership(path, state);
        let (before, after) = match (&case.before, &case.after) {
            (None, None) => return Ok(EntryUnits::default()),
            (None, Some(after)) => {
                let share = self.new_members(after, id, path)?;
                return weighted(share, EntryChange::Enters, Ok(Decimal::ZERO), || entry(after));
            }
            (Some(before), None) => {
                return weighted(member(before)?, EntryChange::Leaves, entry(before), || Ok(Decimal::ZERO));
            }
            (Some(before), Some(after)) => (before, after),
        };
        let keys = self.shape.key_parts(path);
        let comes = |state: &State<'m>| state.lacks.iter().any(|name| keys.contains(name));
        let (was_out, goes_out) = (comes(before), comes(after));
        if was_out && goes_out {
            return Ok(EntryUnits::default());
        }
        if was_out {
            return weighted(member(after)?, EntryChange::Enters, Ok(Decimal::ZERO), || entry(after));
        }
        if goes_out {
            return weighted(member(before)?, EntryChange::Leaves, entry(before), || Ok(Decimal::ZERO));
        }
        let is_changed = |name: &str| case.changes.iter().any(|(changed, share)| *changed == name && !share.is_zero());
        if self.shape.hangs_on(path, is_changed) {
            return Err(Unknown::Membership { entity: self.entity.id, path: id });
        }
        let changing = |of: &[&str]| any(case.changes.iter().filter(|(name, _)| of.contains(name)).map(|(_, s)| *s));
        let moves = changing(&keys);
        // What an item does not have cannot change.
        let held =
            |name: &str, state: &State<'m>| self.shape.projected_share(self.design, (path, projection), name, state);
        let others = case.changes.iter().filter(|(name, share)| !keys.contains(name) && !share.is_zero());
        let projected = others.map(|(name, share)| {
            let most = held(name, before)?.max(held(name, after)?);
            Ok(most.saturating_mul(*share))
        });
        let changes = Decimal::ONE.saturating_sub(moves);
        let projected = if changes.is_zero() { Ok(changes) } else { any_known(projected) };
        // What changes nothing of an entry costs nothing, whoever has one.
        if moves.is_zero() && projected.is_ok_and(|share| share.is_zero()) {
            return Ok(EntryUnits::default());
        }
        let (stays, changes) = (member(after)?, changes.saturating_mul(projected?));
        if stays.is_zero() {
            return Ok(EntryUnits::default());
        }
        let (before, after) = (entry(before)?, entry(after)?);
        let moved = moves.saturating_mul(EntryChange::Moves.write_units(before, after));
        let changed = changes.saturating_mul(EntryChange::Changes.write_units(before, after));
        // One of the two writes of a move is under the value before, the other under the value after.
        let smaller = EntryChange::Leaves
            .write_units(before, Decimal::ZERO)
            .min(EntryChange::Enters.write_units(Decimal::ZERO, after));
        let apart = changing(&self.shape.partition_parts(path)).saturating_mul(smaller);
        Ok(EntryUnits {
            all: stays.saturating_mul(moved.saturating_add(changed)),
            elsewhere: stays.saturating_mul(apart),
        })
    }
}

/// Units of an index entry that follows a write.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct EntryUnits {
    all: Decimal,
    /// Those of them that are under another partition key value than the rest.
    elsewhere: Decimal,
}

impl Case<'_> {
    /// The share of these calls that change something, so that they stand in a change stream.
    fn changing(&self) -> Decimal {
        match (&self.before, &self.after) {
            (Some(_), Some(_)) => any(self.changes.iter().map(|(_, share)| *share)),
            _ => Decimal::ONE,
        }
    }
}

/// Adds weighted units to a sum; what has no weight need not be known.
fn add<'m>(sum: &mut Known<'m, Decimal>, units: Known<'m, Decimal>, weight: Decimal) {
    if let (Ok(total), false) = (&sum, weight.is_zero()) {
        *sum = units.map(|units| total.saturating_add(units.saturating_mul(weight)));
    }
}

/// A case in which nothing was and nothing is, to be filled in.
fn nothing<'m>() -> Case<'m> {
    Case { share: Decimal::ZERO, before: None, after: None, changes: Vec::new(), is_applied: true }
}

/// The share of calls in which at least one of several things happens that do not hang together.
fn any(shares: impl Iterator<Item = Decimal>) -> Decimal {
    let none = shares.fold(Decimal::ONE, |none, share| none.saturating_mul(Decimal::ONE.saturating_sub(share)));
    Decimal::ONE.saturating_sub(none)
}

/// The same where not every share is known; it need not be where something happens for certain.
fn any_known<'m>(shares: impl Iterator<Item = Known<'m, Decimal>>) -> Known<'m, Decimal> {
    let shares: Vec<Known<'m, Decimal>> = shares.collect();
    let known = any(shares.iter().filter_map(|share| share.as_ref().ok().copied()));
    match shares.into_iter().find_map(Result::err) {
        Some(why) if known != Decimal::ONE => Err(why),
        _ => Ok(known),
    }
}

fn weighted<'m>(
    share: Decimal,
    change: EntryChange,
    before: Known<'m, Decimal>,
    after: impl FnOnce() -> Known<'m, Decimal>,
) -> Known<'m, EntryUnits> {
    if share.is_zero() {
        return Ok(EntryUnits::default());
    }
    let all = share.saturating_mul(change.write_units(before?, after()?));
    Ok(EntryUnits { all, elsewhere: Decimal::ZERO })
}

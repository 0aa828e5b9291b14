//! Shapes: what an entity's items hold, and how many bytes that is, in the table and in its indexes.

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::held::Held;
use super::presence::Supposed;
use super::state::State;
use super::unknown::{Known, Unknown};
use crate::design::{
    AccessPath, Design, EntityDesign, EntityId, MemberValues, PathId, fill_bytes, share_of_values, value_bytes,
};
use crate::model::{Entity, Projection};

/// An attribute as it is stored in an item.
#[derive(Debug)]
struct Stored<'m> {
    name: &'m str,
    /// Average and largest bytes of the value, where they are known.
    average: Option<Decimal>,
    largest: Option<Decimal>,
    /// What the value is made of: the template's attributes, or the attribute itself.
    made_of: Vec<&'m str>,
    /// The values that let an item have it.
    members: MemberValues<'m>,
}

/// The items of one entity.
#[derive(Debug)]
pub struct Shape<'m> {
    id: EntityId,
    entity: &'m Entity,
    stored: Vec<Stored<'m>>,
    whole: Option<Decimal>,
    largest_whole: Option<Decimal>,
    presence: Vec<(&'m str, Option<Decimal>)>,
    /// What the keys of the table and its indexes are made of.
    in_keys: Vec<&'m str>,
    /// The values that let items into an index, where it asks for some.
    members: Vec<(PathId, MemberValues<'m>)>,
    /// Average bytes of values among the members of an index, where values decide who is one.
    among_members: Vec<(PathId, &'m str, Decimal)>,
    /// What is asked most, for items in no particular state: bytes of an item, and for every path of
    /// its table the bytes of an entry and the share of items that have one.
    usual_item: Known<'m, Decimal>,
    usual_entries: Vec<Usual<'m>>,
}

/// An entry of an item in no particular state.
#[derive(Debug, Clone, Copy)]
struct Usual<'m> {
    path: PathId,
    bytes: Known<'m, Decimal>,
    share: Known<'m, Decimal>,
}

impl<'m> Shape<'m> {
    /// The shape of an entity's items.
    pub fn new(design: &Design<'m>, entity: &EntityDesign<'m>) -> Self {
        let mut shape = Self::stored(entity);
        let usual = State::default();
        shape.usual_item = shape.calculated_item(&usual);
        let paths = || entity.table.into_iter().flat_map(|table| design.paths_of(table));
        let of_path = |path: &AccessPath<'_>| MemberValues::of(path.keys().filter_map(|key| entity.fills.get(key)));
        let indexes = paths().filter(|(_, path)| !path.is_table());
        shape.members = indexes.map(|(id, path)| (id, of_path(path))).filter(|(_, all)| !all.is_empty()).collect();
        shape.among_members = paths().flat_map(|(id, _)| shape.averages_among_members(entity, id)).collect();
        shape.usual_entries = paths()
            .filter(|(_, path)| design.is_in(entity, path))
            .map(|(id, path)| Usual {
                path: id,
                bytes: shape.entry_bytes_with(design, path, path.projection, &usual),
                share: shape.calculated_membership(path, &usual),
            })
            .collect();
        shape
    }

    /// What an entity's items hold.
    fn stored(entity: &EntityDesign<'m>) -> Self {
        let attributes = &entity.entity.attributes;
        let mut stored = Vec::with_capacity(attributes.len() + entity.fills.len());
        for (name, attribute) in attributes {
            let is_filled = entity.fills.get(name.as_str()).is_some_and(|fill| fill.declared);
            if attribute.stored == Some(false) || is_filled {
                continue;
            }
            let (average, largest) = value_bytes(attribute, None);
            let members = MemberValues::default();
            stored.push(Stored { name, average, largest, made_of: vec![name.as_str()], members });
        }
        for (key, fill) in &entity.fills {
            if !fill.declared && attributes.contains_key(*key) {
                continue;
            }
            let members = MemberValues::of(std::iter::once(fill));
            let (average, largest) = fill_bytes(entity, fill, &members);
            let made_of = fill.template.attributes().filter_map(|name| attributes.get_key_value(name));
            stored.push(Stored {
                name: key,
                average,
                largest,
                made_of: made_of.map(|(name, _)| name.as_str()).collect(),
                members,
            });
        }
        let presence = attributes
            .iter()
            .filter(|(_, attribute)| attribute.may_be_absent())
            .map(|(name, attribute)| (name.as_str(), attribute.present.map(|share| share.0)))
            .collect();
        let in_keys = stored.iter().filter(|s: &&Stored<'m>| entity.fills.contains_key(s.name));
        let in_keys = in_keys.flat_map(|s| s.made_of.iter().copied().chain(std::iter::once(s.name))).collect();
        Self {
            id: entity.id,
            entity: entity.entity,
            members: Vec::new(),
            among_members: Vec::new(),
            in_keys,
            stored,
            whole: entity.entity.size.map(|bytes| Decimal::from(bytes.0)),
            largest_whole: entity.entity.max_size.map(|bytes| Decimal::from(bytes.0)),
            presence,
            usual_item: Ok(Decimal::ZERO),
            usual_entries: Vec::new(),
        }
    }

    fn members_of(&self, path: PathId) -> Option<&MemberValues<'m>> {
        self.members.iter().find(|(id, _)| *id == path).map(|(_, members)| members)
    }

    fn usual(&self, path: PathId) -> Option<&Usual<'m>> {
        self.usual_entries.iter().find(|usual| usual.path == path)
    }

    /// The share of the items in a state that have a declared attribute.
    fn has(&self, name: &'m str, state: &State<'_>) -> Known<'m, Decimal> {
        if state.lacks.contains(&name) {
            return Ok(Decimal::ZERO);
        }
        if state.has.contains(&name) {
            return Ok(Decimal::ONE);
        }
        match self.presence.iter().find(|(known, _)| *known == name) {
            None => Ok(Decimal::ONE),
            Some((_, Some(share))) => Ok(*share),
            Some((_, None)) => match state.supposed {
                Some(Supposed::Had) => Ok(Decimal::ONE),
                Some(Supposed::Lacked) => Ok(Decimal::ZERO),
                None => Err(Unknown::Presence { entity: self.id, attribute: name }),
            },
        }
    }

    /// The share of the items in a state that hold a stored attribute.
    fn share(&self, stored: &Stored<'m>, state: &State<'_>) -> Known<'m, Decimal> {
        if state.lacks.contains(&stored.name) {
            return Ok(Decimal::ZERO);
        }
        if state.has.contains(&stored.name) {
            return Ok(Decimal::ONE);
        }
        self.let_in(&stored.members, &stored.made_of, state)
    }

    /// The share of the items in a state that have some attributes and the values that let them in.
    /// Attributes that a key needs together are set together, so the rarest of them decides; which
    /// values items have is taken to be independent of that.
    fn let_in(&self, members: &MemberValues<'m>, needed: &[&'m str], state: &State<'_>) -> Known<'m, Decimal> {
        let mut share = Decimal::ONE;
        for name in needed.iter().copied().chain(members.iter().map(|(name, _)| name)) {
            if !share.is_zero() {
                share = share.min(self.has(name, state)?);
            }
        }
        for (name, values) in members.iter() {
            if share.is_zero() {
                break;
            }
            let among = state.among.as_ref().and_then(|among| among.of_attribute(name));
            let part = self.entity.attributes.get(name).and_then(|held| share_of_values(held, values, among));
            share = share.saturating_mul(part.ok_or(Unknown::Presence { entity: self.id, attribute: name })?);
        }
        Ok(share)
    }

    /// The share of the items in a state that a path holds.
    pub fn membership(&self, path: &AccessPath<'m>, state: &State<'_>) -> Known<'m, Decimal> {
        match self.usual(path.id).filter(|_| state.is_usual()) {
            Some(usual) => usual.share,
            None => self.calculated_membership(path, state),
        }
    }

    fn calculated_membership(&self, path: &AccessPath<'m>, state: &State<'_>) -> Known<'m, Decimal> {
        if path.is_table() {
            return Ok(Decimal::ONE);
        }
        let mut needed: Vec<&'m str> = Vec::new();
        let mut members = MemberValues::default();
        for key in path.keys() {
            let Some(stored) = self.stored.iter().find(|stored| stored.name == key) else { return Ok(Decimal::ZERO) };
            if state.lacks.contains(&stored.name) {
                return Ok(Decimal::ZERO);
            }
            if state.has.contains(&stored.name) {
                continue;
            }
            needed.extend(&stored.made_of);
            members.narrow(&stored.members);
        }
        self.let_in(&members, &needed, state)
    }

    /// Average bytes of an item in a state; a size that is not whole is rounded up to a byte.
    pub fn item_bytes(&self, state: &State<'_>) -> Known<'m, Decimal> {
        if state.is_usual() { self.usual_item } else { self.calculated_item(state) }
    }

    fn calculated_item(&self, state: &State<'_>) -> Known<'m, Decimal> {
        if let Some(whole) = state.whole {
            return Ok(whole);
        }
        let mut total = Decimal::ZERO;
        match self.whole {
            Some(whole) => {
                // The stated size is that of an average item; a state moves it by what it adds or lacks.
                total = whole;
                let average = State { supposed: state.supposed, ..State::default() };
                for stored in &self.stored {
                    if !state.touches(stored.name, &stored.made_of) {
                        continue;
                    }
                    let usual = self.share(stored, &average)?;
                    let here = self.share(stored, state)?;
                    let given = state.size_of(stored.name);
                    // What every item has, whatever its size, is in the stated size already.
                    if given.is_none() && usual == here {
                        continue;
                    }
                    let bytes = self.average(stored)?;
                    let now = given.unwrap_or(bytes);
                    let name = Decimal::from(stored.name.len());
                    total = total
                        .saturating_add(here.saturating_mul(now.saturating_add(name)))
                        .saturating_sub(usual.saturating_mul(bytes.saturating_add(name)));
                }
            }
            None => {
                for stored in &self.stored {
                    total = total.saturating_add(self.stored_bytes(stored, state)?);
                }
            }
        }
        Ok(total.max(Decimal::ZERO).ceil())
    }

    /// Average bytes of the entries that items in a state have in a path: whole items in the table,
    /// keys and projected attributes in an index.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>, "Storage
    /// considerations".
    pub fn entry_bytes(&self, design: &Design<'m>, path: &AccessPath<'m>, state: &State<'_>) -> Known<'m, Decimal> {
        match self.usual(path.id).filter(|_| state.is_usual()) {
            Some(usual) => usual.bytes,
            None => self.entry_bytes_with(design, path, path.projection, state),
        }
    }

    /// The same with another projection.
    pub fn entry_bytes_with(
        &self,
        design: &Design<'m>,
        path: &AccessPath<'m>,
        projection: &Projection,
        state: &State<'_>,
    ) -> Known<'m, Decimal> {
        if path.is_table() {
            return self.calculated_item(state);
        }
        let member = self.as_member(path, state);
        let Some(base) = design.base_path(path.table) else { return self.calculated_item(&member) };
        let held = Held::with(base, path, projection);
        if held.is_whole() {
            // An item's stated size holds for its members as it does for all.
            return match self.whole {
                Some(_) => self.calculated_item(state),
                None => self.calculated_item(&member),
            };
        }
        let mut total = Decimal::ZERO;
        for stored in self.stored.iter().filter(|stored| held.holds(stored.name)) {
            total = total.saturating_add(self.stored_bytes(stored, &member)?);
        }
        Ok(total.ceil())
    }

    /// Average bytes of the values that are others among the members of an index than among all items.
    fn averages_among_members(&self, entity: &EntityDesign<'m>, id: PathId) -> Vec<(PathId, &'m str, Decimal)> {
        let Some(members) = self.members_of(id) else { return Vec::new() };
        self.averages_among(entity, members).map(|(name, bytes)| (id, name, bytes)).collect()
    }

    /// Average bytes of the values of items that have some values, where these are others for it.
    pub fn averages_among(
        &self,
        entity: &EntityDesign<'m>,
        members: &MemberValues<'m>,
    ) -> impl Iterator<Item = (&'m str, Decimal)> {
        let chosen = self.stored.iter().filter(|s| s.made_of.iter().any(|name| members.of_attribute(name).is_some()));
        let average = move |stored: &Stored<'m>| {
            let mut both = members.clone();
            both.narrow(&stored.members);
            match entity.fills.get(stored.name) {
                Some(fill) => fill_bytes(entity, fill, &both).0,
                None => value_bytes(entity.attribute(stored.name)?, both.of_attribute(stored.name)).0,
            }
        };
        chosen.filter_map(move |stored| Some((stored.name, average(stored)?)))
    }

    /// The state of the items in a state that are in a path: they have all its key attributes, and
    /// the values that let them in.
    fn as_member<'a>(&'a self, path: &AccessPath<'m>, state: &State<'a>) -> State<'a> {
        let mut member = state.clone();
        for key in path.keys() {
            let Some(stored) = self.stored.iter().find(|stored| stored.name == key) else { continue };
            let deciding = stored.members.iter().map(|(name, _)| name);
            for name in stored.made_of.iter().copied().chain(deciding).chain(std::iter::once(stored.name)) {
                if !member.has.contains(&name) {
                    member.has.push(name);
                }
            }
        }
        member.among = match (&state.among, self.members_of(path.id)) {
            (None, members) => members.cloned(),
            (Some(known), None) => Some(known.clone()),
            (Some(known), Some(members)) => {
                let mut both = known.clone();
                both.narrow(members);
                Some(both)
            }
        };
        for (_, name, bytes) in self.among_members.iter().filter(|(id, ..)| *id == path.id) {
            if member.size_of(name).is_none() {
                member.sizes.push((name, *bytes));
            }
        }
        member
    }

    fn stored_bytes(&self, stored: &Stored<'m>, state: &State<'_>) -> Known<'m, Decimal> {
        let share = self.share(stored, state)?;
        if share.is_zero() {
            return Ok(Decimal::ZERO);
        }
        let value = match state.size_of(stored.name) {
            Some(bytes) => bytes,
            None => self.average(stored)?,
        };
        Ok(share.saturating_mul(value.saturating_add(Decimal::from(stored.name.len()))))
    }

    fn average(&self, stored: &Stored<'m>) -> Known<'m, Decimal> {
        stored.average.ok_or(Unknown::Size { entity: self.id, attribute: stored.name })
    }

    /// The largest bytes of an item, and whether that is known of every attribute; otherwise the
    /// item is at least so large at its largest.
    pub fn largest_item(&self) -> (Decimal, bool) {
        if let Some(largest) = self.largest_whole {
            return (largest, true);
        }
        let (bytes, is_complete) = self.largest(|_| true);
        (bytes.max(self.whole.unwrap_or_default()), is_complete && self.whole.is_none())
    }

    /// The largest bytes of an entry in an index, and whether that is known of every attribute.
    pub fn largest_entry(&self, design: &Design<'m>, path: &AccessPath<'m>) -> (Decimal, bool) {
        match design.base_path(path.table) {
            Some(base) if !path.is_table() => {
                let held = Held::new(base, path);
                if held.is_whole() { self.largest_item() } else { self.largest(|name| held.holds(name)) }
            }
            _ => self.largest_item(),
        }
    }

    fn largest(&self, holds: impl Fn(&str) -> bool) -> (Decimal, bool) {
        let held = self.stored.iter().filter(|stored| holds(stored.name));
        held.fold((Decimal::ZERO, true), |(total, is_complete), stored| {
            let bytes = stored.largest.or(stored.average);
            let name = Decimal::from(stored.name.len());
            let total = total.saturating_add(name).saturating_add(bytes.unwrap_or_default());
            (total, is_complete && stored.largest.is_some())
        })
    }

    /// Bytes of the attribute names in an average item.
    pub fn name_bytes(&self) -> Known<'m, Decimal> {
        let usual = State::default();
        self.stored.iter().try_fold(Decimal::ZERO, |total, stored| {
            let share = self.share(stored, &usual)?;
            Ok(total.saturating_add(share.saturating_mul(Decimal::from(stored.name.len()))))
        })
    }

    /// Average bytes of the attributes whose size and presence are known, whatever size is stated for
    /// the whole, and whether these are all of them.
    pub fn sum_of_attributes(&self) -> (Decimal, bool) {
        let usual = State::default();
        self.stored.iter().fold((Decimal::ZERO, true), |(total, is_complete), stored| {
            match self.stored_bytes(stored, &usual) {
                Ok(bytes) => (total.saturating_add(bytes), is_complete),
                Err(_) => (total, false),
            }
        })
    }

    /// Average bytes of an item that has the key attributes of a path and some others, and nothing else.
    pub fn part_bytes(&self, path: &AccessPath<'m>, names: &[&str]) -> Known<'m, Decimal> {
        let held = self.stored.iter().filter(|s| names.contains(&s.name) || path.keys().any(|key| key == s.name));
        held.map(|stored| Ok(self.average(stored)?.saturating_add(Decimal::from(stored.name.len()))))
            .try_fold(Decimal::ZERO, |sum, bytes: Known<'m, Decimal>| Ok(sum.saturating_add(bytes?)))
            .map(|bytes| bytes.ceil())
    }

    /// The attributes whose average size is not known.
    pub fn unsized_attributes(&self) -> impl Iterator<Item = &'m str> {
        let is_needed = self.whole.is_none();
        self.stored.iter().filter(move |stored| is_needed && stored.average.is_none()).map(|stored| stored.name)
    }

    /// Average bytes of an attribute's name and value.
    pub fn attribute_bytes(&self, name: &str) -> Option<Decimal> {
        let stored = self.stored.iter().find(|stored| stored.name == name)?;
        Some(stored.average?.saturating_add(Decimal::from(stored.name.len())))
    }

    /// What the key attributes of a path are made of, with the key attributes themselves.
    pub fn key_parts(&self, path: &AccessPath<'m>) -> Vec<&'m str> {
        self.parts_of(|name| path.keys().any(|key| key == name))
    }

    /// The same of its partition key.
    pub fn partition_parts(&self, path: &AccessPath<'m>) -> Vec<&'m str> {
        self.parts_of(|name| path.partition.contains(&name))
    }

    fn parts_of(&self, is_key: impl Fn(&str) -> bool) -> Vec<&'m str> {
        let keys = self.stored.iter().filter(|stored| is_key(stored.name));
        keys.flat_map(|stored| stored.made_of.iter().chain(std::iter::once(&stored.name)).copied()).collect()
    }

    /// The attributes whose presence decides whether an item is in a path, and those whose value does.
    pub fn deciding(&self, path: &AccessPath<'m>) -> (Vec<&'m str>, Vec<&'m str>) {
        let keys = || self.stored.iter().filter(|stored| path.keys().any(|key| key == stored.name));
        let is_sparse = |name: &&str| self.presence.iter().any(|(known, _)| known == name);
        let values = keys().flat_map(|stored| stored.members.iter()).map(|(name, _)| name).collect();
        (self.key_parts(path).into_iter().filter(is_sparse).collect(), values)
    }

    /// Whether an item's membership of a path hangs on the value of one of some attributes.
    pub fn hangs_on(&self, path: &AccessPath<'m>, changed: impl Fn(&str) -> bool) -> bool {
        let keys = self.stored.iter().filter(|stored| path.keys().any(|key| key == stored.name));
        keys.flat_map(|stored| stored.members.iter()).any(|(name, _)| changed(name))
    }

    /// The share of a path's entries, of items in a state, that hold an attribute or something made of
    /// it, under a projection: only these can change with it.
    pub fn projected_share(
        &self,
        design: &Design<'m>,
        (path, projection): (&AccessPath<'m>, &Projection),
        name: &str,
        state: &State<'_>,
    ) -> Known<'m, Decimal> {
        let Some(base) = design.base_path(path.table) else { return Ok(Decimal::ZERO) };
        let (held, member) = (Held::with(base, path, projection), self.as_member(path, state));
        let touched = self.stored.iter().filter(|s| s.name == name || s.made_of.contains(&name));
        let mut shares = touched.filter(|stored| held.holds(stored.name)).map(|stored| self.share(stored, &member));
        shares.try_fold(Decimal::ZERO, |most, share| Ok(most.max(share?)))
    }

    /// The stored attributes that are not part of any key of the table and its indexes.
    pub fn beside_keys(&self) -> impl Iterator<Item = &'m str> {
        self.stored.iter().map(|stored| stored.name).filter(|name| !self.in_keys.contains(name))
    }
}

/// The shapes of all entities of a design, in its order.
#[derive(Debug)]
pub struct Shapes<'m>(Vec<Shape<'m>>);

impl<'m> Shapes<'m> {
    /// The shapes of a design's entities.
    pub fn new(design: &Design<'m>) -> Self {
        let shape = |entity| Shape::new(design, entity);
        Self(match design.is_large() {
            true => design.entities.par_iter().map(shape).collect(),
            false => design.entities.iter().map(shape).collect(),
        })
    }

    /// The shape of an entity.
    pub fn of(&self, entity: EntityId) -> Option<&Shape<'m>> {
        self.0.get(entity.0)
    }
}

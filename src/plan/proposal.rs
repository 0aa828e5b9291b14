//! Proposals: the index that would serve a query which nothing serves.

use std::sync::OnceLock;

use rust_decimal::Decimal;

use crate::IndexMap;

use super::few::{FEW_VALUES, declared_values, is_short_list, writes_seldom};
use super::try_path::try_entities;
use super::{Caveat, is_range};
use crate::design::{
    AccessPath, Design, EntityDesign, Fill, Part, PathId, PathKind, PatternDesign, Request, TableId, Template,
};
use crate::model::{Attribute, AttributeType, GlobalIndex, KeyStatement, Names, Operation, Operator, Projection};
use crate::service::limits::{INDEX_PARTITION_ATTRIBUTES, INDEX_SORT_ATTRIBUTES, PROJECTED_ATTRIBUTES_PER_INDEX};
use crate::source::ModelPath;
use crate::units::Count;

/// An index that would serve a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The table to add it to.
    pub table: TableId,
    /// A name for it.
    pub name: String,
    /// The index.
    pub index: GlobalIndex,
    /// A write-sharding attribute that the entity needs for it.
    pub shard: Option<NewShard>,
    /// What the index would not hold.
    pub caveats: Vec<Caveat>,
    /// Other entities that have its key attributes, so that a query reads their items too; not all
    /// where there are many.
    pub also: Vec<String>,
    /// The path that the pattern is pinned to, as messages name it: it has to go to the index.
    pub pinned: Option<String>,
}

/// A write-sharding attribute that an entity lacks.
#[derive(Debug, Clone, PartialEq)]
pub struct NewShard {
    /// A name for it.
    pub name: String,
    /// Why the index needs it, after "since".
    pub why: String,
}

impl NewShard {
    /// How many shards to begin with.
    pub const SHARDS: u32 = 10;
}

impl Proposal {
    /// So many of the other entities are named.
    const NAMED: usize = 3;

    /// So many other entities are looked at, or time grows with the square of a model.
    const LOOKED_AT: usize = 500;

    /// The index as model YAML, to paste under `global_indexes`.
    pub fn yaml(&self) -> String {
        let map: IndexMap<&str, &GlobalIndex> = std::iter::once((self.name.as_str(), &self.index)).collect();
        serde_yaml::to_string(&map).unwrap_or_default()
    }

    /// What else has to change with it, a sentence each.
    pub fn beside(&self) -> Vec<String> {
        let shard = self.shard.as_ref().map(|NewShard { name, why }| {
            let shards = NewShard::SHARDS;
            format!("give the entity a sharding attribute, `{name}: {{type: number, shards: {shards}}}`, since {why}")
        });
        let via = self.pinned.as_ref().map(|path| {
            format!("write `via: {}` on the pattern, or leave `via` out: it is pinned to {path}", self.name)
        });
        let also = (!self.also.is_empty()).then(|| {
            let named = self.also.iter().take(Self::NAMED).map(|name| format!("`{name}`"));
            let more = (self.also.len() > Self::NAMED).then(|| "others".to_owned());
            let others = named.chain(more).collect::<Vec<_>>().join(" and ");
            format!("mind that items of {others} have these attributes too and so come into the index: to keep them out, give the entity a key attribute of its own for it")
        });
        shard.into_iter().chain(via).chain(also).map(|sentence| format!("and {sentence}")).collect()
    }
}

/// The index that would serve a request; nothing where no index can, such as for a text search. A
/// proposal has been tried: the planner accepts it.
pub fn propose<'m>(design: &Design<'m>, pattern: &PatternDesign<'m>, request: &Request<'m>) -> Option<Proposal> {
    if !matches!(request.operation, Operation::Query | Operation::Scan) || request.entities.len() != 1 {
        return None;
    }
    let entity = design.entity(*request.entities.first()?)?;
    let table = entity.table?;
    let can_be_key = |name: &str| key_type(entity, name);
    let conditions = || {
        request.conditions.iter().filter(|(name, _)| !entity.fills.get(name.as_str()).is_some_and(|fill| fill.declared))
    };
    let compared = |operator| {
        conditions().filter(move |(name, c)| c.operator == operator && can_be_key(name)).map(|(name, _)| name.as_str())
    };
    let mut keys: Vec<&'m str> = compared(Operator::Equals)
        .map(|name| bucket_key(entity, name).unwrap_or(name))
        .take(INDEX_PARTITION_ATTRIBUTES)
        .collect();
    if keys.is_empty() {
        // A query for each value; with an equality beside it, a filter over one query is enough.
        keys.extend(compared(Operator::In).next());
    }
    let ranges =
        || conditions().filter(|(name, c)| is_range(c.operator) && can_be_key(name)).map(|(name, _)| name.as_str());
    let order = pattern.pattern.order_by.iter().filter_map(|entry| entry.split_whitespace().next());
    let mut sort: Vec<&'m str> = order.filter(|name| can_be_key(name) && !keys.contains(name)).collect();
    if sort.is_empty() {
        sort.extend(ranges().next());
    }
    sort.truncate(INDEX_SORT_ATTRIBUTES);
    if keys.is_empty() {
        sort.first()?;
    }
    let mut shard = None;
    if let Some(why) = gathers(design, entity, &keys, &sort) {
        let existing = entity.entity.attributes.iter().find(|(_, a)| a.shards.is_some()).map(|(name, _)| name.as_str());
        shard = existing.is_none().then(|| NewShard { name: "shard".to_owned(), why });
        keys.push(existing.unwrap_or("shard"));
    }
    let caveats = caveats(design, pattern, request, entity, &keys, &sort)?;
    let also = also(design, (entity, table), keys.iter().chain(&sort).copied());
    let names = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let (keys, sort) = (names(&keys), names(&sort));
    let projection = projection(pattern, request, &keys, &sort);
    let words: Vec<&str> = keys.iter().chain(&sort).map(String::as_str).collect();
    let mut name: String = format!("by_{}", words.join("_and_")).chars().take(60).collect();
    let taken = |name: &str| design.paths_of(table).any(|(_, path)| path.name == name);
    while taken(&name) {
        name.push_str("_2");
    }
    let index = GlobalIndex { partition_key: Names(keys), sort_key: Names(sort), projection, ..GlobalIndex::default() };
    let pinned = pattern.via.and_then(|via| design.path(via)).map(AccessPath::label);
    Some(Proposal { table, name, index, shard, caveats, also, pinned })
}

/// Other entities of a table that have every one of some attributes.
fn also<'k>(
    design: &Design<'_>,
    (entity, table): (&EntityDesign<'_>, TableId),
    keys: impl Iterator<Item = &'k str> + Clone,
) -> Vec<String> {
    let has = |other: &EntityDesign<'_>, key: &str| {
        other.fills.contains_key(key) || other.attribute(key).is_some_and(|it| it.stored != Some(false))
    };
    let others = design
        .entities_of(table)
        .take(Proposal::LOOKED_AT)
        .filter(|(id, other)| *id != entity.id && keys.clone().all(|key| has(other, key)));
    others.map(|(_, other)| other.name.to_owned()).take(Proposal::NAMED.saturating_add(1)).collect()
}

/// Why items with these keys would gather on too few partition key values, so that they have to be
/// spread over shards; nothing where they do not, or where it does not matter.
fn gathers(design: &Design<'_>, entity: &EntityDesign<'_>, keys: &[&str], sort: &[&str]) -> Option<String> {
    if keys.is_empty() {
        return Some("no equality is known".to_owned());
    }
    let is_sharded = keys.iter().any(|name| entity.attribute(name).is_some_and(|a| a.shards.is_some()));
    let is_sparse = keys.iter().chain(sort).any(|name| entity.attribute(name).is_some_and(Attribute::may_be_absent));
    if keys.len() >= INDEX_PARTITION_ATTRIBUTES || is_sharded || is_sparse || is_short_list(entity, Decimal::ONE) {
        return None;
    }
    let is_judged = |it: &PatternDesign<'_>| it.pattern.undecided != Some(true) && it.pattern.served_by.is_none();
    let requests = design.requests_of(entity.id).filter(|(pattern, _)| is_judged(pattern));
    if writes_seldom(design.model, requests) {
        return None;
    }
    let kinds = || keys.iter().map(|name| entity.kind_of(name));
    if kinds().all(AttributeType::is_time) && kinds().any(|kind| kind == AttributeType::Date) {
        return Some("all items of a day have the same key value".to_owned());
    }
    let values = keys
        .iter()
        .try_fold(Decimal::ONE, |product, name| Some(product.saturating_mul(declared_values(entity, name)?)))?;
    let is_few = values < Decimal::from(FEW_VALUES) && !is_short_list(entity, values);
    let names = keys.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    is_few.then(|| format!("there are only {} values of {names}", Count(values)))
}

/// Tries the index: an entity that has the keys' attributes, and a path with these keys. What it would
/// lack; nothing where it does not serve.
fn caveats<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
    entity: &EntityDesign<'m>,
    keys: &[&'m str],
    sort: &[&'m str],
) -> Option<Vec<Caveat>> {
    static INDEX: OnceLock<GlobalIndex> = OnceLock::new();
    let mut member = entity.clone();
    let is_open = |key: &&&str| !entity.fills.get(**key).is_some_and(|fill| fill.declared);
    for key in keys.iter().chain(sort).filter(is_open) {
        // A shard is bound by reading every one of them.
        let is_shard = *key == "shard" || entity.attribute(key).is_some_and(|a| a.shards.is_some());
        let template = if is_shard { Template::fixed("0") } else { Template::attribute(key) };
        member.fills.insert(key, Fill { template, when: None, declared: false });
    }
    let table = entity.table?;
    let path = AccessPath {
        // Not one of the design's paths.
        id: PathId(usize::MAX),
        table,
        table_name: "",
        kind: PathKind::Global(INDEX.get_or_init(GlobalIndex::default)),
        name: "proposal",
        partition: keys.to_vec(),
        sort: sort.to_vec(),
        projection: &Projection::All,
        place: ModelPath::root(),
    };
    let query = Request {
        operation: Operation::Query,
        entities: request.entities.clone(),
        conditions: request.conditions,
        key: no_statements(),
        action: request.action,
        count: request.count,
        place: ModelPath::root(),
    };
    try_entities(design, pattern, &query, &path, &[&member]).ok().map(|access| access.caveats)
}

/// The key attribute that is a bucket of a time, such as its day: what an equality on the time means.
fn bucket_key<'m>(entity: &EntityDesign<'m>, time: &str) -> Option<&'m str> {
    let is_cut = |part: &Part| match part {
        Part::Text(_) => true,
        Part::Attribute { name, cut } => **name == *time && cut.is_some(),
    };
    let is_bucket = |template: &Template| !template.is_constant() && template.parts.iter().all(is_cut);
    let time = (entity.kind_of(time) == AttributeType::Timestamp).then_some(time);
    time.and_then(|_| entity.fills.iter().find(|(_, fill)| is_bucket(&fill.template))).map(|(key, _)| *key)
}

/// Code that builds keys of other indexes would build this one's instead.
fn no_statements() -> &'static IndexMap<String, KeyStatement> {
    static NONE: OnceLock<IndexMap<String, KeyStatement>> = OnceLock::new();
    NONE.get_or_init(IndexMap::default)
}

/// Whether an attribute can be a key: only text, numbers and binaries can
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
fn key_type(entity: &EntityDesign<'_>, name: &str) -> bool {
    use AttributeType::{BinarySet, Boolean, List, Map, Null, NumberSet, StringSet};
    let attribute = entity.attribute(name);
    let stored = attribute.is_none_or(|a| a.stored != Some(false));
    stored && !matches!(entity.kind_of(name), Boolean | Null | List | Map | StringSet | NumberSet | BinarySet)
}

/// What the query returns and filters by; everything where that is much or not said.
fn projection(pattern: &PatternDesign<'_>, request: &Request<'_>, keys: &[String], sort: &[String]) -> Projection {
    let Some(select) = &pattern.pattern.select else { return Projection::All };
    let mut names: Vec<String> = Vec::new();
    for name in select.iter().chain(request.conditions.keys()) {
        if !keys.contains(name) && !sort.contains(name) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    match names.len() {
        0 => Projection::KeysOnly,
        n if n <= PROJECTED_ATTRIBUTES_PER_INDEX => Projection::Include(names),
        _ => Projection::All,
    }
}

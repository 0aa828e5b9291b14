//! Proposals: the index that would serve a query which nothing serves.

use indexmap::IndexMap;

use super::is_range;
use crate::design::{Design, EntityDesign, PatternDesign, Request, TableId};
use crate::model::{AttributeType, GlobalIndex, Names, Operation, Operator, Projection};
use crate::service::limits::{INDEX_PARTITION_ATTRIBUTES, INDEX_SORT_ATTRIBUTES, PROJECTED_ATTRIBUTES_PER_INDEX};

/// An index that would serve a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The table to add it to.
    pub table: TableId,
    /// A name for it.
    pub name: String,
    /// The index.
    pub index: GlobalIndex,
    /// A write-sharding attribute that the entity needs, because the query gives no equality.
    pub shard: Option<String>,
}

impl Proposal {
    /// The index as model YAML, to paste under `global_indexes`.
    pub fn yaml(&self) -> String {
        let map: IndexMap<&str, &GlobalIndex> = std::iter::once((self.name.as_str(), &self.index)).collect();
        serde_yaml::to_string(&map).unwrap_or_default()
    }
}

/// The index that would serve a request; nothing where no index can, such as for a text search.
pub fn propose(design: &Design<'_>, pattern: &PatternDesign<'_>, request: &Request<'_>) -> Option<Proposal> {
    if !matches!(request.operation, Operation::Query | Operation::Scan) {
        return None;
    }
    let entity = design.entity(*request.entities.first()?)?;
    let table = entity.table?;
    if request.entities.len() > 1 {
        return None;
    }
    let can_be_key = |name: &str| key_type(entity, name);
    let conditions = || {
        request.conditions.iter().filter(|(name, _)| !entity.fills.get(name.as_str()).is_some_and(|fill| fill.declared))
    };
    let partition: Vec<String> = conditions()
        .filter(|(name, c)| c.operator == Operator::Equals && can_be_key(name))
        .map(|(name, _)| name.clone())
        .take(INDEX_PARTITION_ATTRIBUTES)
        .collect();
    let ranges: Vec<String> = conditions()
        .filter(|(name, c)| is_range(c.operator) && can_be_key(name))
        .map(|(name, _)| name.clone())
        .collect();
    let ordered: Vec<String> = pattern
        .pattern
        .order_by
        .iter()
        .filter_map(|entry| entry.split_whitespace().next())
        .filter(|name| can_be_key(name) && !partition.iter().any(|p| p == name))
        .map(str::to_owned)
        .collect();
    let mut sort = ordered;
    // A range can only be last; where an order is wanted too, it must be on the first attribute of it.
    match ranges.first() {
        Some(range) if (sort.first() == Some(range) || sort.is_empty()) && sort.is_empty() => {
            sort.push(range.clone());
        }
        _ => {}
    }
    sort.truncate(INDEX_SORT_ATTRIBUTES);
    let mut shard = None;
    let mut keys = partition;
    if keys.is_empty() {
        // Nothing but an order or a range: the items must share partitions, spread over shards.
        sort.first()?;
        let name = entity
            .entity
            .attributes
            .iter()
            .find(|(_, a)| a.shards.is_some())
            .map_or("shard", |(name, _)| name.as_str());
        shard = (!entity.entity.attributes.contains_key(name)).then(|| name.to_owned());
        keys.push(name.to_owned());
    }
    let projection = projection(pattern, request, &keys, &sort);
    let words: Vec<&str> = keys.iter().chain(&sort).map(String::as_str).collect();
    let mut name = format!("by_{}", words.join("_and_"));
    name.truncate(60);
    let taken = |name: &str| design.paths_of(table).any(|(_, path)| path.name == name);
    while taken(&name) {
        name.push_str("_2");
    }
    let index = GlobalIndex { partition_key: Names(keys), sort_key: Names(sort), projection, ..GlobalIndex::default() };
    Some(Proposal { table, name, index, shard })
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

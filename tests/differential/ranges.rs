//! Random queries and scans over items whose number and average size the model says exactly.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::schema::{Item, Path, Schema, sizes};

/// A query or a scan of one path.
#[derive(Debug, Clone)]
pub struct Range {
    path: usize,
    is_scan: bool,
    /// Four times as many items lie in the range, or a few less.
    fours: usize,
    odd: usize,
    aim: usize,
    /// Bytes by which every other item is larger and the rest smaller than the average.
    spread: usize,
    /// Half of the items do not have one of the key attributes of the index.
    is_sparse: bool,
    is_strong: bool,
    /// Every attribute is asked for, or what the path holds.
    wants_all: bool,
    limit: Option<(usize, bool)>,
}

pub fn ranges() -> impl Strategy<Value = Range> {
    let numbers = (0..6_usize, 0..5_usize, 0..4_usize, sizes(), prop_oneof![0..4_usize, 0..900_usize]);
    let limit = prop::option::weighted(0.3, (1..9_usize, any::<bool>()));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (numbers, limit, flags).prop_map(|((path, fours, odd, aim, spread), limit, flags)| Range {
        path,
        is_scan: flags.0,
        fours,
        odd,
        aim,
        spread,
        is_sparse: flags.1,
        is_strong: flags.2,
        wants_all: flags.3,
        limit,
    })
}

/// A range over concrete items, with what the model says of it.
pub struct Situation<'s> {
    pub path: &'s Path,
    pub entity: Value,
    pub pattern: Map<String, Value>,
    pub operation: &'static str,
    pub body: Value,
    pub items: Vec<Item>,
    /// Whether items are fetched from the table for what the index lacks.
    pub lacks: bool,
    /// How many items the pages of one call have together.
    pub read: usize,
}

impl Range {
    pub fn situation<'s>(&self, schema: &'s Schema) -> Situation<'s> {
        let path = &schema.paths[self.path % schema.paths.len()];
        let is_index = path.is_global() || path.is_local();
        // One partition key value has many items, unless it tells them apart by itself.
        let fixed = if self.is_scan { &[] } else { &path.partition[..] };
        let is_one = schema.table().keys().all(|name| fixed.contains(&name));
        let sparse = path.keys().find(|name| self.is_sparse && is_index && !schema.is_primary(name) && !is_one);
        let count = self.fours * 4 + if sparse.is_some() { 0 } else { self.odd };
        let count = if is_one { 1 } else { count };
        let members = if sparse.is_some() { count / 2 } else { count };
        let named = || schema.attributes.iter().filter(|attribute| !attribute.is_made());
        // What a key is made of can be read from it.
        let held = || schema.attributes.iter().filter(|attribute| schema.holds(path, attribute.name));
        let lacking = named().any(|attribute| !held().any(|held| held.source() == attribute.name));
        let is_fixed = |name: &str| fixed.iter().any(|key| schema.source(key) == schema.source(name));
        let is_sparse = |name: &str| sparse.is_some_and(|key| schema.source(key) == schema.source(name));
        // A scan of an index that lacks what is wanted is nothing that a plan has.
        let wants_all = self.wants_all && !(self.is_scan && is_index);
        let lacks = lacking && wants_all;
        // With a limit, pages are rounded each by itself, and so is each item that is fetched.
        let spread = if self.limit.is_some() || lacks || !members.is_multiple_of(2) { 0 } else { self.spread };
        let padding = schema.padding(self.path, self.aim, |_| true).max(spread + 4);

        let mut declared = Map::new();
        for attribute in named() {
            let mut attribute = attribute.clone();
            attribute.size = if attribute.name == "pad" { padding } else { attribute.size };
            let mut said = attribute.in_model();
            if is_fixed(attribute.name) {
                said["distinct"] = json!(1);
            }
            if is_sparse(attribute.name) {
                said["present"] = json!("50%");
            }
            declared.insert(attribute.name.to_owned(), said);
        }
        let item = |at: usize| -> Item {
            let size = |name: &str, usual: usize| match name {
                "pad" if at.is_multiple_of(2) => padding - spread,
                "pad" => padding + spread,
                _ => usual,
            };
            let has = |name: &str| !is_sparse(name) || at < members;
            let serial = |name: &str| if is_fixed(name) { 7 } else { 10 + at };
            let attributes = schema.attributes.iter().filter(|attribute| has(attribute.name));
            attributes.map(|a| (a.name.to_owned(), a.value(size(a.name, a.size), serial(a.name)))).collect()
        };

        let mut pattern = json!({
            "operation": if self.is_scan { "scan" } else { "query" },
            "entity": "E",
            "via": path.name,
        });
        let mut body = json!({ "TableName": "Main" });
        if is_index {
            body["IndexName"] = json!(path.name);
        }
        if self.is_strong && !path.is_global() {
            pattern["consistency"] = json!("strong");
            body["ConsistentRead"] = json!(true);
        }
        if !wants_all {
            let asked = named().map(|attribute| attribute.name).filter(|name| schema.holds(path, name));
            pattern["select"] = asked.collect::<Vec<_>>().into();
        } else if lacks && path.is_local() {
            body["Select"] = json!("ALL_ATTRIBUTES");
        }
        if !fixed.is_empty() {
            let key: Map<String, Value> =
                fixed.iter().map(|name| (schema.source(name).to_owned(), json!("equals"))).collect();
            pattern["where"] = key.into();
            let (mut names, mut values, mut terms) = (Map::new(), Map::new(), Vec::new());
            for (at, name) in fixed.iter().enumerate() {
                let attribute = schema.attribute(name);
                names.insert(format!("#k{at}"), json!(name));
                values.insert(format!(":k{at}"), attribute.value(attribute.size, 7));
                terms.push(format!("#k{at} = :k{at}"));
            }
            body["KeyConditionExpression"] = json!(terms.join(" AND "));
            body["ExpressionAttributeNames"] = names.into();
            body["ExpressionAttributeValues"] = values.into();
        }
        let mut read = members;
        if let Some((limit, reads_on)) = self.limit {
            pattern["limit"] = json!(limit);
            body["Limit"] = json!(limit);
            if reads_on {
                pattern["pages"] = json!("all");
            } else {
                read = members.min(limit);
            }
        }
        let Value::Object(pattern) = pattern else { unreachable!() };
        Situation {
            path,
            entity: json!({ "table": "Main", "items": count, "attributes": declared }),
            pattern,
            operation: if self.is_scan { "Scan" } else { "Query" },
            body,
            items: (0..count).map(item).collect(),
            lacks,
            read,
        }
    }
}

//! A design as a Workbench 3.0 model: tables, indexes, billing, attributes, and a facet for each
//! kind of items. A facet's key aliases are the key templates, so that they can be read back.

use indexmap::IndexSet;

use crate::IndexMap;
use serde_json::{Map, Value, json};

use crate::design::{AccessPath, Design, EntityDesign, Fill, PathKind, TableDesign};
use crate::model::{Autoscaled, Billing, KeyType, Projection, Table};
use crate::source::ModelPath;
use crate::units::Count;

/// A part of a design that another tool's format has no place for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// The part of the model.
    pub at: ModelPath,
    /// What is left out and why, in a sentence without a full stop.
    pub text: String,
}

/// Writes a design as a model that NoSQL Workbench imports, and says what is left out.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/workbench.Modeler.ImportExisting.html>
pub fn write(design: &Design<'_>) -> (String, Vec<Omission>) {
    let mut writer = Writer { design, omissions: Vec::new() };
    let tables: Vec<Value> = design.tables.iter().map(|table| writer.table(table)).collect();
    writer.omit_settings();
    // No day: the file is the same whenever it is written.
    let model = json!({
        "ModelName": design.model.name.as_deref().unwrap_or("keyplan"),
        "ModelMetadata": {
            "Author": "",
            "DateCreated": "",
            "DateLastModified": "",
            "Description": design.model.description.as_deref().unwrap_or_default(),
            "AWSService": "Amazon DynamoDB",
            "Version": "3.0",
        },
        "DataModel": tables,
    });
    (format!("{model:#}\n"), writer.omissions)
}

struct Writer<'d, 'm> {
    design: &'d Design<'m>,
    omissions: Vec<Omission>,
}

impl<'d, 'm> Writer<'d, 'm> {
    fn omit(&mut self, at: ModelPath, text: &str) {
        self.omissions.push(Omission { at, text: text.to_owned() });
    }

    fn entities(&self, table: &TableDesign<'m>) -> Vec<&'d EntityDesign<'m>> {
        table.entities.iter().filter_map(|id| self.design.entities.get(id.0)).collect()
    }

    /// The type of a key attribute, as the kinds of items fill it; text where none does.
    fn key_type(&self, table: &TableDesign<'m>, name: &str) -> KeyType {
        let of = |entity: &EntityDesign<'_>| -> Option<KeyType> {
            match entity.fills.get(name) {
                Some(Fill { template, .. }) if template.is_number => Some(KeyType::Number),
                Some(Fill { template, .. }) => match template.copied() {
                    Some(copied) => entity.kind_of(copied).as_key(),
                    None => Some(KeyType::String),
                },
                None => entity.attribute(name)?.kind.as_key(),
            }
        };
        self.entities(table).into_iter().find_map(of).unwrap_or(KeyType::String)
    }

    fn key_attributes(&self, table: &TableDesign<'m>, partition: &str, sort: Option<&str>) -> Value {
        let one = |name: &str| json!({"AttributeName": name, "AttributeType": self.key_type(table, name).letter()});
        match sort {
            None => json!({"PartitionKey": one(partition)}),
            Some(sort) => json!({"PartitionKey": one(partition), "SortKey": one(sort)}),
        }
    }

    fn table(&mut self, table: &TableDesign<'m>) -> Value {
        let paths: Vec<&AccessPath<'m>> = table.paths.iter().filter_map(|id| self.design.path(*id)).collect();
        let own = paths.iter().find(|path| path.is_table());
        let keys: Vec<&str> = own.iter().flat_map(|path| path.keys()).collect();
        let mut written = Map::new();
        written.insert("TableName".to_owned(), json!(table.name));
        let partition = keys.first().copied().unwrap_or_default();
        let sort = own.and_then(|path| path.sort.first().copied());
        written.insert("KeyAttributes".to_owned(), self.key_attributes(table, partition, sort));
        written.insert("NonKeyAttributes".to_owned(), self.attributes(table, &paths, &keys));
        let facets: Vec<Value> =
            self.entities(table).into_iter().map(|entity| self.facet(entity, partition, sort, &keys)).collect();
        if !facets.is_empty() {
            written.insert("TableFacets".to_owned(), json!(facets));
        }
        for (part, global) in [("GlobalSecondaryIndexes", true), ("LocalSecondaryIndexes", false)] {
            let of = paths.iter().filter(|path| !path.is_table() && path.is_global() == global);
            let indexes: Vec<Value> = of.filter_map(|path| self.index(table, path, partition)).collect();
            if !indexes.is_empty() {
                written.insert(part.to_owned(), json!(indexes));
            }
        }
        written.insert("TableData".to_owned(), json!([]));
        written.insert("DataAccess".to_owned(), json!({"MySql": {}}));
        self.billing(&mut written, table.table);
        Value::Object(written)
    }

    /// Every attribute that is no key of the table, with its type.
    fn attributes(&self, table: &TableDesign<'m>, paths: &[&AccessPath<'m>], keys: &[&str]) -> Value {
        let mut types: IndexMap<&str, &str> = IndexMap::default();
        for path in paths {
            for name in path.keys() {
                types.entry(name).or_insert_with(|| self.key_type(table, name).letter());
            }
        }
        for entity in self.entities(table) {
            for (name, attribute) in &entity.entity.attributes {
                if attribute.stored != Some(false) {
                    types.entry(name).or_insert_with(|| attribute.kind.letters());
                }
            }
        }
        let others = types.into_iter().filter(|(name, _)| !keys.contains(name));
        others.map(|(name, letters)| json!({"AttributeName": name, "AttributeType": letters})).collect()
    }

    fn facet(&mut self, entity: &EntityDesign<'m>, partition: &str, sort: Option<&str>, keys: &[&str]) -> Value {
        let alias = |key: &str| entity.fills.get(key).map_or_else(|| key.to_owned(), |fill| fill.template.to_string());
        let mut aliases = Map::new();
        aliases.insert("PartitionKeyAlias".to_owned(), json!(alias(partition)));
        if let Some(sort) = sort {
            aliases.insert("SortKeyAlias".to_owned(), json!(alias(sort)));
        }
        let filled = entity.fills.keys().copied();
        let stored = entity.entity.attributes.iter().filter(|(_, attribute)| attribute.stored != Some(false));
        let names: IndexSet<&str> = filled.chain(stored.map(|(name, _)| name.as_str())).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| !keys.contains(name)).collect();
        let has_templates =
            entity.fills.iter().any(|(name, fill)| !keys.contains(name) && fill.template.copied() != Some(*name));
        if has_templates {
            let text = "key templates of indexes: a facet names those of the table only";
            self.omit(entity.place.key("keys"), text);
        }
        json!({
            "FacetName": entity.name,
            "KeyAttributeAlias": aliases,
            "TableData": [],
            "NonKeyAttributes": names,
            "DataAccess": {"MySql": {}},
        })
    }

    fn index(&mut self, table: &TableDesign<'m>, path: &AccessPath<'m>, own_partition: &str) -> Option<Value> {
        if path.partition.len() > 1 || path.sort.len() > 1 {
            self.omit(
                path.place.clone(),
                "the index: its keys are made of several attributes, which Workbench models do not have",
            );
            return None;
        }
        let partition = match path.kind {
            PathKind::Local(_) => own_partition,
            _ => path.partition.first().copied()?,
        };
        if let PathKind::Global(index) = path.kind
            && (index.capacity.is_some() || index.autoscaling.is_some())
        {
            self.omit(path.place.key("capacity"), "capacity of the index: Workbench models have that of tables only");
        }
        let projection = match path.projection {
            Projection::All => json!({"ProjectionType": "ALL"}),
            Projection::KeysOnly => json!({"ProjectionType": "KEYS_ONLY"}),
            Projection::Include(names) => json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": names}),
        };
        Some(json!({
            "IndexName": path.name,
            "KeyAttributes": self.key_attributes(table, partition, path.sort.first().copied()),
            "Projection": projection,
        }))
    }

    fn billing(&mut self, written: &mut Map<String, Value>, table: &Table) {
        let Some(billing) = table.billing else { return };
        let word = if billing == Billing::Provisioned { "PROVISIONED" } else { "PAY_PER_REQUEST" };
        written.insert("BillingMode".to_owned(), json!(word));
        if billing != Billing::Provisioned {
            return;
        }
        let mut settings = Map::new();
        let units = |count: Option<Count>| count.map(Count::ceil);
        if let Some(capacity) = &table.capacity {
            let (read, write) = (units(capacity.read), units(capacity.write));
            let mut throughput = Map::new();
            throughput.extend(read.map(|read| ("ReadCapacityUnits".to_owned(), json!(read))));
            throughput.extend(write.map(|write| ("WriteCapacityUnits".to_owned(), json!(write))));
            settings.insert("ProvisionedThroughput".to_owned(), Value::Object(throughput));
        }
        let scaling = table.autoscaling.as_ref();
        for (part, scaled) in [
            ("AutoScalingRead", scaling.and_then(|scaling| scaling.read.as_ref())),
            ("AutoScalingWrite", scaling.and_then(|scaling| scaling.write.as_ref())),
        ] {
            settings.extend(scaled.map(|scaled| (part.to_owned(), autoscaled(scaled))));
        }
        if !settings.is_empty() {
            written.insert("ProvisionedCapacitySettings".to_owned(), Value::Object(settings));
        }
    }

    /// Settings and parts of the model that the format does not have.
    fn omit_settings(&mut self) {
        for table in &self.design.tables {
            let place = ModelPath::of(["tables", table.name]);
            let settings = table.table;
            let parts = [
                ("class", settings.class.is_some()),
                ("time_to_live", settings.time_to_live.is_some()),
                ("point_in_time_recovery", settings.point_in_time_recovery.is_some()),
                ("deletion_protection", settings.deletion_protection.is_some()),
                ("stream", settings.stream.is_some()),
                ("kinesis_stream", settings.kinesis_stream.is_some()),
                ("replicas", !settings.replicas.0.is_empty()),
                ("max_throughput", settings.max_throughput.is_some()),
                ("warm_throughput", settings.warm_throughput.is_some()),
                ("backups", settings.backups.is_some()),
            ];
            for (part, _) in parts.into_iter().filter(|(_, is_set)| *is_set) {
                self.omit(place.key(part), &format!("`{part}`: Workbench models do not have it"));
            }
        }
        if !self.design.model.access_patterns.is_empty() {
            let text = "access patterns, with their rates: Workbench models do not have them";
            self.omit(ModelPath::of(["access_patterns"]), text);
        }
        if !self.design.model.entities.is_empty() {
            let text = "numbers, sizes, values and relations of entities: Workbench models do not have them";
            self.omit(ModelPath::of(["entities"]), text);
        }
    }
}

fn autoscaled(scaled: &Autoscaled) -> Value {
    // 70 % is what the service's console starts with and what the model takes where absent.
    let target =
        scaled.target.map_or(70, |share| Count(share.0.saturating_mul(rust_decimal::Decimal::ONE_HUNDRED)).ceil());
    json!({
        "ScalableTargetRequest": {
            "MinCapacity": scaled.min.ceil(),
            "MaxCapacity": scaled.max.ceil(),
            "ServiceRole": "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
        },
        "ScalingPolicyConfiguration": {"TargetValue": target},
    })
}

//! The calculator's model: tables, kinds of items with sizes and numbers, and access patterns with
//! rates, of which it says no key conditions.
//!
//! The shape is that of `calculate_costs.py` and `deploy_model.py` of AWS's agent skill for
//! DynamoDB.

use crate::IndexMap;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::assembled::{definition, key_schema, list, map, one_or_more, projection, text};
use super::super::format::ImportError;
use super::super::imported::{Imported, ImportedTable, Note, NoteKind};
use super::super::node::{Node, Told, Value, told};
use super::super::samples::from_letters;
use super::super::table_shape;
use super::{operation, pattern_name};
use crate::model::{
    AccessPattern, Action, Attribute, Condition, Consistency, Entity, Guard, Names, Operation, Updates,
};
use crate::source::ModelPath;
use crate::units::{Bytes, Count, Duration, Period, Rate, Share};

/// Reads a model.
///
/// # Errors
/// When it has no tables.
pub(in crate::interop) fn read(file: usize, document: &Node) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    for node in document.get("tables").map(Node::items).unwrap_or_default() {
        let Some(name) = node.get("table_name").and_then(Node::word) else { continue };
        let table = table(name, node, &mut imported.notes);
        for entity in node.get("entities").map(Node::items).unwrap_or_default() {
            let wanted =
                entity.get("entity_name").and_then(Node::word).map_or_else(|| format!("{name}Item"), str::to_owned);
            let mut unique = wanted.clone();
            while imported.entities.contains_key(&unique) {
                unique = format!("{name}{unique}");
            }
            imported.entities.insert(unique, self::entity(&table, entity));
        }
        imported.tables.push(table);
    }
    if imported.tables.is_empty() {
        let message = "this model has no tables".to_owned();
        return Err(ImportError { file, message, span: Some(document.origin.span), help: None });
    }
    for (position, node) in document.get("access_patterns").map(Node::items).unwrap_or_default().iter().enumerate() {
        let word = |key: &str| node.get(key).and_then(Node::word).unwrap_or_default();
        let number = ["pattern_id", "id"].iter().map(|key| word(key)).find(|id| !id.is_empty());
        let number = number.map_or_else(|| (position + 1).to_string(), str::to_owned);
        let described = if word("name").is_empty() { word("description") } else { word("name") };
        let name = pattern_name(described, &number, |name| !imported.access_patterns.contains_key(name));
        let place = ModelPath::of(["access_patterns", &name]);
        let mut reader = Reader { imported: &mut imported, node, place };
        let pattern = reader.pattern();
        imported.access_patterns.insert(name, pattern);
    }
    Ok(imported)
}

fn table(name: &str, node: &Node, notes: &mut Vec<Note>) -> ImportedTable {
    let schema_of = |node: &Node| {
        let either = |one: &str, other: &str| node.get(one).or_else(|| node.get(other));
        let partition = one_or_more(either("partition_key", "hash_key"));
        key_schema(node.origin, partition, one_or_more(either("sort_key", "range_key")))
    };
    let indexes = |part: &str| {
        let indexes = node.get(part)?;
        let shapes = indexes.items().iter().map(|index| {
            let given = index.get("projection");
            let kind = given.and_then(|given| given.get("type").or(Some(given)).filter(|kind| kind.text().is_some()));
            let names = ["attributes", "non_key_attributes", "NonKeyAttributes"];
            let names = names.iter().find_map(|key| given?.get(key));
            let entries = [
                ("IndexName", index.get("index_name").cloned()),
                ("KeySchema", Some(schema_of(index))),
                ("Projection", projection(kind, names)),
            ];
            map(index.origin, entries)
        });
        Some(list(indexes.origin, shapes.collect()))
    };
    let schema = node.get("key_schema").map(schema_of);
    let stream = node.get("streams").filter(|streams| streams.get("enabled").and_then(Node::boolean) == Some(true));
    let stream = stream.map(|streams| {
        let view = streams.get("view_type").cloned();
        let view = view.unwrap_or_else(|| text(streams.origin, "NEW_AND_OLD_IMAGES"));
        map(streams.origin, [("StreamViewType", Some(view))])
    });
    let capacity = node.get("provisioned_capacity").filter(|node| node.value != Value::Nothing);
    let throughput = capacity.map(|capacity| {
        let (read, write) = (capacity.get("read").cloned(), capacity.get("write").cloned());
        map(capacity.origin, [("ReadCapacityUnits", read), ("WriteCapacityUnits", write)])
    });
    let billing = if capacity.is_some() { "PROVISIONED" } else { "PAY_PER_REQUEST" };
    let shape = map(
        node.origin,
        [
            ("KeySchema", schema),
            ("AttributeDefinitions", Some(list(node.origin, definitions(node)))),
            ("GlobalSecondaryIndexes", indexes("gsis")),
            ("LocalSecondaryIndexes", indexes("lsis")),
            // The calculator prices on demand, and says so.
            ("BillingMode", Some(text(capacity.unwrap_or(node).origin, billing))),
            ("ProvisionedThroughput", throughput),
            ("StreamSpecification", stream),
            ("TableClass", node.get("table_class").cloned()),
        ],
    );
    let mut table = table_shape::table(name.to_owned(), &shape, notes);
    if let Told::Known(true, origin) = told(node.get("global_tables"), "true or false", Node::boolean) {
        let why = "a global table whose Regions the model does not name".to_owned();
        table.take::<()>(ModelPath::of(["replicas"]), Told::Unknown(why, origin));
    }
    table.tells_only(&["billing", "capacity", "stream", "class"], "the calculator's model does not have it");
    table
}

/// Types of attributes: the table's own list counts more than the entities'.
fn definitions(node: &Node) -> Vec<Node> {
    let of = |attribute: &Node, name: &str, kind: &str| {
        let name = attribute.get(name).or_else(|| attribute.get("name"))?;
        let kind = attribute.get(kind).or_else(|| attribute.get("type"))?;
        let letter = crate::model::KeyType::from_letter(kind.text()?)?;
        Some(definition(name, &text(kind.origin, letter.letter())))
    };
    let entities = node.get("entities").map(Node::items).unwrap_or_default().iter();
    let fields = entities.flat_map(|entity| entity.get("attributes").map(Node::items).unwrap_or_default());
    let own = node.get("attribute_definitions").map(Node::items).unwrap_or_default().iter();
    let fields = fields.filter_map(|field| of(field, "name", "type"));
    fields.chain(own.filter_map(|field| of(field, "attribute_name", "attribute_type"))).collect()
}

fn entity(table: &ImportedTable, node: &Node) -> Entity {
    let number = |key: &str| node.get(key).and_then(Node::number).filter(|number| *number > Decimal::ZERO);
    let mut attributes: IndexMap<String, Attribute> = IndexMap::default();
    let primary = table.table.partition_key.iter().chain(table.table.sort_key.iter());
    for name in primary {
        let kind = table.key_types.get(name).map(|kind| (*kind).into()).unwrap_or_default();
        attributes.insert(name.clone(), Attribute { kind, ..Attribute::default() });
    }
    for field in node.get("attributes").map(Node::items).unwrap_or_default() {
        let Some(name) = field.get("name").or(Some(field)).and_then(Node::word) else { continue };
        let kind = table.key_types.get(name).map(|kind| (*kind).into());
        let written = field.get("type").and_then(Node::text).and_then(from_letters);
        let kind = kind.or(written).unwrap_or_default();
        attributes.insert(name.to_owned(), Attribute { kind, ..Attribute::default() });
    }
    let size = number("estimated_item_size_bytes").and_then(|size| size.ceil().to_u64());
    Entity {
        table: Some(table.name.clone()),
        attributes,
        items: number("estimated_item_count").map(Count),
        size: size.map(Bytes),
        ..Entity::default()
    }
}

struct Reader<'a> {
    imported: &'a mut Imported,
    node: &'a Node,
    place: ModelPath,
}

impl Reader<'_> {
    fn note(&mut self, kind: NoteKind, text: &str) {
        let note = Note { kind, at: self.place.clone(), text: text.to_owned(), origin: Some(self.node.origin) };
        self.imported.notes.push(note);
    }

    fn word(&self, key: &str) -> Option<&str> {
        self.node.get(key).and_then(Node::word).filter(|word| !word.is_empty())
    }

    fn number(&self, key: &str) -> Option<Decimal> {
        self.node.get(key).and_then(Node::number).filter(|number| *number > Decimal::ZERO)
    }

    fn share(&self, key: &str) -> Option<Share> {
        self.number(key).filter(|share| *share <= Decimal::ONE).map(Share)
    }

    fn names(&self, key: &str) -> Vec<String> {
        let names = self.node.get(key).map(Node::items).unwrap_or_default().iter();
        names.filter_map(|name| Some(name.word()?.to_owned())).collect()
    }

    fn pattern(&mut self) -> AccessPattern {
        let rate = |count: Decimal| Rate { count, per: Period::Second };
        let mut pattern = AccessPattern {
            description: self.word("description").map(str::to_owned),
            via: self.word("index").map(str::to_owned),
            rate: self.number("avg_rps").map(rate),
            peak: self.number("peak_rps").map(rate),
            ..AccessPattern::default()
        };
        let written = self.word("operation").unwrap_or_default().to_owned();
        pattern.operation = operation(&written);
        let entities = self.entities();
        let Some(operation) = pattern.operation else {
            self.note(NoteKind::Unknown, &format!("`{written}` is no operation of DynamoDB"));
            pattern.undecided = Some(true);
            pattern.entity = Names(entities);
            return pattern;
        };
        if self.word("consistency") == Some("strong") {
            pattern.consistency = Some(Consistency::Strong);
        }
        let items = self.number("items_per_request").map(Count);
        match operation {
            Operation::BatchWrite | Operation::TransactWrite | Operation::TransactGet => {
                pattern.actions = self.actions(operation, &entities, items);
            }
            Operation::Query | Operation::Scan => {
                pattern.evaluates = items;
                pattern.returns = items.filter(|_| self.node.get("filter").is_none_or(|f| f.value == Value::Nothing));
                pattern.entity = Names(entities.clone());
            }
            _ => pattern.entity = Names(entities.iter().take(1).cloned().collect()),
        }
        if operation == Operation::BatchGet {
            pattern.batch = items;
        }
        pattern.conditions = self.conditions(operation, pattern.via.as_deref());
        if self.node.get("filter").is_some_and(|filter| filter.value != Value::Nothing) {
            self.note(NoteKind::NotModelled, "`filter`");
        }
        if operation == Operation::Update {
            let written = self.names("attributes_written");
            if written.is_empty() {
                self.note(NoteKind::ToFillIn, "`sets`: the attributes that the update changes");
            }
            pattern.sets = Updates(written.into_iter().map(|name| (name, None)).collect());
        }
        pattern.select = Some(self.names("projection")).filter(|names| !names.is_empty()).map(Names);
        pattern.misses = self.share("non_existent_rate");
        pattern.condition = self.share("conditional_fail_rate").map(|fails| Guard {
            present: true,
            fails: Some(fails),
            expression: None,
        });
        self.onto_entity(&entities);
        pattern
    }

    /// The kinds of items that a pattern is about: those that it names, or those of its table.
    fn entities(&mut self) -> Vec<String> {
        let table = self.word("table").unwrap_or_default().to_owned();
        let named = ["entity", "entity_name"].iter().find_map(|key| self.word(key)).map(str::to_owned);
        if let Some(name) = named.filter(|name| self.imported.entities.contains_key(name)) {
            return vec![name];
        }
        let of_table = self.imported.entities.iter().filter(|(_, entity)| entity.table.as_deref() == Some(&table));
        let all: Vec<String> = of_table.map(|(name, _)| name.clone()).collect();
        if all.is_empty() {
            self.note(NoteKind::Unknown, &format!("the file describes no items of a table `{table}`"));
        } else if all.len() > 1 && self.node.get("entities_written").is_none() {
            self.note(NoteKind::Assumed, "the file does not say which kind of items this is about");
        }
        all
    }

    fn actions(&self, operation: Operation, entities: &[String], items: Option<Count>) -> Vec<Action> {
        let kind = Some(if operation == Operation::TransactGet { Operation::Get } else { Operation::Put });
        let action = |entity: String, count| Action { operation: kind, entity, count, ..Action::default() };
        let written = self.node.get("entities_written").map(Node::items).unwrap_or_default();
        let mut counted: IndexMap<String, Decimal> = IndexMap::default();
        for node in written {
            let name = node.word().or_else(|| node.get("entity").or_else(|| node.get("entity_name"))?.word());
            let count = node.get("count").and_then(Node::number).unwrap_or(Decimal::ONE);
            if let Some(name) = name.filter(|name| self.imported.entities.contains_key(*name)) {
                let sum = counted.entry(name.to_owned()).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        if counted.is_empty() {
            return entities.iter().take(1).map(|name| action(name.clone(), items)).collect();
        }
        counted.into_iter().map(|(name, count)| action(name, Some(Count(count)))).collect()
    }

    /// What the operation cannot do without: the whole primary key, or a query's partition key.
    fn conditions(&mut self, operation: Operation, index: Option<&str>) -> IndexMap<String, Condition> {
        let table = self.word("table").unwrap_or_default().to_owned();
        let Some(described) = self.imported.tables.iter().find(|found| found.name == table) else {
            return IndexMap::default();
        };
        let of = |names: &Names| names.iter().map(|name| (name.clone(), Condition::default())).collect::<Vec<_>>();
        let conditions: IndexMap<String, Condition> = match operation {
            Operation::Get | Operation::BatchGet | Operation::Update | Operation::Delete => {
                of(&described.table.partition_key).into_iter().chain(of(&described.table.sort_key)).collect()
            }
            Operation::Query => {
                let found = index.and_then(|index| described.table.global_indexes.get(index));
                of(found.map_or(&described.table.partition_key, |index| &index.partition_key)).into_iter().collect()
            }
            _ => IndexMap::default(),
        };
        if operation == Operation::Query && !conditions.is_empty() {
            self.note(NoteKind::Assumed, "the file has no key conditions; a query needs the partition key");
        }
        conditions
    }

    /// The size and the retention that a pattern gives for the items of its only kind.
    fn onto_entity(&mut self, entities: &[String]) {
        let [name] = entities else { return };
        let size = self.number("estimated_item_size_bytes").and_then(|size| size.ceil().to_u64()).map(Bytes);
        let days = self.number("retention_days").map(|count| Duration { count, period: Period::Day });
        let Some(entity) = self.imported.entities.get_mut(name) else { return };
        entity.retention = entity.retention.or(days);
        match (entity.size, size) {
            (None, Some(size)) => entity.size = Some(size),
            (Some(known), Some(size)) if known != size => {
                let text = format!("the file takes {size} for an item here; the entity has {known}");
                self.note(NoteKind::NotModelled, &text);
            }
            _ => {}
        }
    }
}

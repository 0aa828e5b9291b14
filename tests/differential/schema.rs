//! Random tables: keys, indexes and attributes, with values of exactly the size that the model says.

use base64::Engine as _;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub type Item = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Text,
    Binary,
    Number,
    OddNumber,
    Fixed(&'static str, usize),
    Epoch(&'static str, usize),
    Boolean,
    List,
    Map,
    Texts,
    Numbers,
    Binaries,
    /// `K#` and the text of another attribute.
    Made,
}

const KEYS: [Kind; 8] = [
    Kind::Text,
    Kind::Binary,
    Kind::Number,
    Kind::OddNumber,
    Kind::Fixed("uuid", 36),
    Kind::Fixed("timestamp", 24),
    Kind::Epoch("epoch", 10),
    Kind::Epoch("epoch_ms", 13),
];
const OTHERS: [Kind; 6] = [Kind::Boolean, Kind::List, Kind::Map, Kind::Texts, Kind::Numbers, Kind::Binaries];

#[derive(Debug, Clone)]
pub struct Attribute {
    pub name: &'static str,
    kind: Kind,
    /// Bytes of the value.
    pub size: usize,
}

impl Attribute {
    fn new(name: &'static str, kind: Kind, size: u8) -> Self {
        let size = usize::from(size);
        let size = match kind {
            Kind::Fixed(_, bytes) => bytes,
            Kind::Epoch(_, digits) => digits.div_ceil(2) + 1,
            Kind::Boolean => 1,
            Kind::Number | Kind::OddNumber => 4 + size % 17,
            Kind::Numbers => 8 + size % 17,
            _ => 9 + size % 40,
        };
        Self { name, kind, size }
    }

    /// The attribute that makes an item as large as it should be.
    pub fn padding() -> Self {
        Self { name: "pad", kind: Kind::Text, size: 4 }
    }

    /// Whether a template makes it, so that a model has no attribute of its name.
    pub fn is_made(&self) -> bool {
        self.kind == Kind::Made
    }

    /// The attribute that a model names: the one that it is made of, or itself.
    pub fn source(&self) -> &'static str {
        if self.is_made() { "d0" } else { self.name }
    }

    /// The attribute as a model says it.
    pub fn in_model(&self) -> Value {
        let (size, digits) = (self.size, self.size.saturating_sub(1) * 2);
        match self.kind {
            Kind::Text => json!({ "type": "string", "size": size }),
            Kind::Binary => json!({ "type": "binary", "size": size }),
            Kind::Number => json!({ "type": "number", "digits": digits }),
            Kind::OddNumber => json!({ "type": "number", "digits": digits - 1 }),
            Kind::Fixed(name, _) | Kind::Epoch(name, _) => json!({ "type": name }),
            Kind::Boolean => json!({ "type": "boolean" }),
            Kind::List => json!({ "type": "list", "size": size }),
            Kind::Map => json!({ "type": "map", "size": size }),
            Kind::Texts => json!({ "type": "string_set", "size": size }),
            Kind::Numbers => json!({ "type": "number_set", "size": size }),
            Kind::Binaries => json!({ "type": "binary_set", "size": size }),
            Kind::Made => Value::Null,
        }
    }

    fn key_type(&self) -> &'static str {
        match self.kind {
            Kind::Binary => "B",
            Kind::Number | Kind::OddNumber | Kind::Epoch(..) => "N",
            _ => "S",
        }
    }

    /// A value of so many bytes; another serial number makes another value.
    pub fn value(&self, size: usize, serial: usize) -> Value {
        let binary = |bytes, serial| base64::engine::general_purpose::STANDARD.encode(text(bytes, serial));
        let digits = size.saturating_sub(1) * 2;
        match self.kind {
            Kind::Text | Kind::Fixed(..) => json!({ "S": text(size, serial) }),
            Kind::Made => json!({ "S": format!("K#{}", text(size - 2, serial)) }),
            Kind::Binary => json!({ "B": binary(size, serial) }),
            Kind::Number => json!({ "N": number(digits, serial) }),
            Kind::OddNumber => json!({ "N": number(digits - 1, serial) }),
            Kind::Epoch(_, digits) => json!({ "N": number(digits, serial) }),
            Kind::Boolean => json!({ "BOOL": serial.is_multiple_of(2) }),
            Kind::List => json!({ "L": [{ "S": text(size - 4, serial) }] }),
            Kind::Map => json!({ "M": { "k": { "S": text(size - 5, serial) } } }),
            Kind::Texts => json!({ "SS": [text(4, serial), text(size - 4, serial + 5000)] }),
            Kind::Numbers => json!({ "NS": [number(6, serial), number((size - 5) * 2, serial + 5000)] }),
            Kind::Binaries => json!({ "BS": [binary(4, serial), binary(size - 4, serial + 5000)] }),
        }
    }
}

/// A text of so many bytes, some of them in characters of two.
fn text(bytes: usize, serial: usize) -> String {
    let rest = bytes - 4;
    format!("{serial:04}{}{}", "ä".repeat(rest / 2), "x".repeat(rest % 2))
}

/// A number of so many digits without a zero at either end, which every engine sizes alike.
fn number(digits: usize, serial: usize) -> String {
    format!("1{serial:0width$}1", width = digits - 2)
}

#[derive(Debug, Clone, PartialEq)]
pub enum Projection {
    All,
    KeysOnly,
    Include(Vec<&'static str>),
}

/// The table, or an index of it.
#[derive(Debug, Clone)]
pub struct Path {
    pub name: String,
    pub partition: Vec<&'static str>,
    pub sort: Vec<&'static str>,
    pub projection: Projection,
}

impl Path {
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.partition.iter().chain(&self.sort).copied()
    }

    pub fn is_global(&self) -> bool {
        self.name.starts_with('G')
    }

    pub fn is_local(&self) -> bool {
        self.name.starts_with('L')
    }

    fn key_schema(&self) -> Value {
        let part = |names: &[&'static str], kind: &'static str| -> Vec<Value> {
            names.iter().map(|name| json!({ "AttributeName": name, "KeyType": kind })).collect()
        };
        [part(&self.partition, "HASH"), part(&self.sort, "RANGE")].concat().into()
    }

    fn created(&self) -> Value {
        let projection = match &self.projection {
            Projection::All => json!({ "ProjectionType": "ALL" }),
            Projection::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
            Projection::Include(names) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names }),
        };
        json!({ "IndexName": self.name, "KeySchema": self.key_schema(), "Projection": projection })
    }

    fn in_model(&self) -> Value {
        let projection = match &self.projection {
            Projection::All => json!("all"),
            Projection::KeysOnly => json!("keys_only"),
            Projection::Include(names) => json!(names),
        };
        let mut index = json!({ "sort_key": self.sort, "projection": projection });
        if self.is_global() {
            index["partition_key"] = json!(self.partition);
        } else {
            index["sort_key"] = json!(self.sort[0]);
        }
        if self.sort.is_empty() {
            index.as_object_mut().unwrap().remove("sort_key");
        }
        index
    }
}

/// A table with its indexes; the first path is the table.
#[derive(Debug, Clone)]
pub struct Schema {
    pub paths: Vec<Path>,
    /// Everything that an item may have, the table's key first and the padding last.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    pub fn table(&self) -> &Path {
        &self.paths[0]
    }

    pub fn attribute(&self, name: &str) -> &Attribute {
        self.attributes.iter().find(|attribute| attribute.name == name).unwrap()
    }

    /// What a model names for an attribute.
    pub fn source(&self, name: &str) -> &'static str {
        self.attribute(name).source()
    }

    /// Whether an attribute, or what is made of it, is in the key of an index.
    pub fn is_in_index(&self, name: &str) -> bool {
        let source = self.source(name);
        self.paths.iter().skip(1).any(|path| path.keys().any(|key| self.source(key) == source))
    }

    /// An entity with the template of the key attribute that is made.
    pub fn in_entity(&self, mut entity: Value) -> Value {
        if let Some(made) = self.attributes.iter().find(|attribute| attribute.is_made()) {
            entity["keys"] = json!({ made.name: format!("K#{{{}}}", made.source()) });
        }
        entity
    }

    pub fn is_primary(&self, name: &str) -> bool {
        self.table().keys().any(|key| key == name)
    }

    /// Whether the entries of a path hold an attribute.
    pub fn holds(&self, path: &Path, name: &str) -> bool {
        match &path.projection {
            Projection::All => true,
            Projection::Include(names) if names.contains(&name) => true,
            _ => self.is_primary(name) || path.keys().any(|key| key == name),
        }
    }

    /// The size that the padding has in an item of some attributes whose entry in a path, or which
    /// itself, should have so many bytes; full kilobytes more where the rest is larger.
    pub fn padding(&self, path: usize, bytes: usize, has: impl Fn(&str) -> bool) -> usize {
        let path = &self.paths[path % self.paths.len()];
        let path = if self.holds(path, "pad") { path } else { self.table() };
        let others = self.attributes.iter().filter(|a| a.name != "pad" && has(a.name) && self.holds(path, a.name));
        let rest: usize = others.map(|a| a.name.len() + a.size).sum::<usize>() + "pad".len();
        (0..).map(|more| bytes + more * 1024).find(|bytes| *bytes >= rest + 4).unwrap() - rest
    }

    pub fn key_of(&self, item: &Item) -> Item {
        item.iter().filter(|(name, _)| self.is_primary(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// The `CreateTable` request.
    pub fn created(&self) -> Value {
        let is_key = |name: &str| self.paths.iter().any(|path| path.keys().any(|key| key == name));
        let keys = self.attributes.iter().filter(|attribute| is_key(attribute.name));
        let definitions: Vec<Value> =
            keys.map(|a| json!({ "AttributeName": a.name, "AttributeType": a.key_type() })).collect();
        let mut request = json!({
            "TableName": "Main",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": self.table().key_schema(),
            "AttributeDefinitions": definitions,
        });
        let mut add = |field: &str, indexes: Vec<Value>| {
            if !indexes.is_empty() {
                request[field] = indexes.into();
            }
        };
        add("GlobalSecondaryIndexes", self.paths.iter().filter(|p| p.is_global()).map(Path::created).collect());
        add("LocalSecondaryIndexes", self.paths.iter().filter(|p| p.is_local()).map(Path::created).collect());
        request
    }

    /// The table as a model says it.
    pub fn in_model(&self) -> Value {
        let indexes = |of: fn(&Path) -> bool| -> Map<String, Value> {
            self.paths.iter().filter(|path| of(path)).map(|path| (path.name.clone(), path.in_model())).collect()
        };
        let mut table = json!({
            "partition_key": self.table().partition[0],
            "global_indexes": indexes(Path::is_global),
            "local_indexes": indexes(Path::is_local),
        });
        if let Some(sort) = self.table().sort.first() {
            table["sort_key"] = json!(sort);
        }
        table
    }
}

/// One bit for each name of a list; at least one name, and at most so many.
fn chosen(names: &[&'static str], bits: u16, most: usize) -> Vec<&'static str> {
    let of_bits = names.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, name)| *name);
    let found: Vec<_> = of_bits.take(most).collect();
    if found.is_empty() { names.iter().take(1).copied().collect() } else { found }
}

fn projection(choice: u8, bits: u16, names: &[&'static str]) -> Projection {
    match choice % 3 {
        0 => Projection::All,
        1 => Projection::KeysOnly,
        _ => Projection::Include(chosen(names, bits, 6)),
    }
}

pub fn schemas() -> impl Strategy<Value = Schema> {
    let attributes = prop::collection::vec((any::<u8>(), any::<u8>()), 9);
    let global = prop::collection::vec((any::<u16>(), any::<u16>(), 0..3_u8, any::<u16>()), 0..=3);
    let local = prop::collection::vec((any::<u16>(), 0..3_u8, any::<u16>()), 0..=2);
    (any::<[bool; 2]>(), attributes, global, local).prop_map(|([has_sort, has_made], kinds, globals, locals)| {
        const NAMES: [&str; 9] = ["pk", "sk", "g0", "g1", "g2", "größe", "d0", "d1", "d2"];
        let mut attributes: Vec<Attribute> = Vec::new();
        for (at, (name, (kind, size))) in NAMES.into_iter().zip(kinds).enumerate() {
            let all = [&KEYS[..], &OTHERS[..]].concat();
            let kinds = if at < 6 { &KEYS[..] } else { &all[..] };
            attributes.push(Attribute::new(name, kinds[usize::from(kind) % kinds.len()], size));
        }
        if !has_sort {
            attributes.remove(1);
        }
        attributes.push(Attribute::padding());
        let names: Vec<_> = attributes.iter().map(|attribute| attribute.name).collect();
        let table = Path {
            name: "table".to_owned(),
            partition: vec!["pk"],
            sort: if has_sort { vec!["sk"] } else { Vec::new() },
            projection: Projection::All,
        };
        let primary: Vec<_> = table.keys().collect();
        let beside = |keys: &[&'static str]| -> Vec<&'static str> {
            names.iter().copied().filter(|name| !primary.contains(name) && !keys.contains(name)).rev().collect()
        };
        // Keys of indexes: rather of other attributes than of the table's key.
        let keyed: Vec<_> = names.iter().copied().filter(|name| NAMES[..6].contains(name)).rev().collect();
        let mut paths = vec![table];
        for (at, (partition, sort, choice, bits)) in globals.into_iter().enumerate() {
            let partition = chosen(&keyed, partition & partition >> 4, 3);
            let left: Vec<_> = keyed.iter().copied().filter(|name| !partition.contains(name)).collect();
            let sort = if sort & 0x300 == 0 { Vec::new() } else { chosen(&left, sort & sort >> 4, 2) };
            let projection = projection(choice, bits, &beside(&[&partition[..], &sort[..]].concat()));
            paths.push(Path { name: format!("Global{at}"), partition, sort, projection });
        }
        for (at, (sort, choice, bits)) in locals.into_iter().enumerate().filter(|_| has_sort) {
            let others: Vec<_> = keyed.iter().copied().filter(|name| *name != "pk" && *name != "sk").collect();
            let sort = vec![others[usize::from(sort) % others.len()]];
            let projection = projection(choice, bits, &beside(&sort));
            paths.push(Path { name: format!("Local{at}"), partition: vec!["pk"], sort, projection });
        }
        let mut schema = Schema { paths, attributes };
        if has_made && schema.is_in_index("g0") {
            let of = |name: &str| schema.attributes.iter().position(|attribute| attribute.name == name).unwrap();
            let (made, source) = (of("g0"), of("d0"));
            schema.attributes[source].kind = Kind::Text;
            schema.attributes[source].size = 12;
            schema.attributes[made].kind = Kind::Made;
            schema.attributes[made].size = 14;
        }
        schema
    })
}

/// Bytes of an item or an entry: mostly just at an edge of a unit.
pub fn sizes() -> impl Strategy<Value = usize> {
    let edges = (1..=4_usize, prop::sample::select(vec![1024_usize, 4096]), 0..=6_usize);
    prop_oneof![4 => edges.prop_map(|(count, unit, off)| count * unit + off - 3), 1 => 30..9000_usize]
}

//! What was read from a foreign file, before it becomes a model.

use std::collections::{BTreeMap, BTreeSet};

use crate::IndexMap;
use rust_decimal::Decimal;

use super::node::{Origin, Told};
use super::samples::Row;
use crate::model::{
    AccessPattern, Attribute, AttributeType, Capacity, Entity, KeyType, Model, Names, Projection, Table,
};
use crate::service::limits::{NEW_TABLE_READ_UNITS, NEW_TABLE_WRITE_UNITS};
use crate::source::ModelPath;
use crate::units::Count;

/// Tables, and what else a file tells, with everything that it does not tell.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// What the design is called.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The Region, where the file names one.
    pub region: Option<String>,
    /// The tables.
    pub tables: Vec<ImportedTable>,
    /// The kinds of items, where the file knows any. Tables without one get a placeholder.
    pub entities: IndexMap<String, Entity>,
    /// The access patterns, where the file knows any.
    pub access_patterns: IndexMap<String, AccessPattern>,
    /// What a reader must know of the reading.
    pub notes: Vec<Note>,
    /// The names that values can be given for: a template's parameters, a configuration's variables.
    pub parameters: BTreeSet<String>,
    /// Sample items for entities of another file.
    pub samples: Vec<SampleRows>,
}

/// Sample items of an entity.
#[derive(Debug, Clone)]
pub struct SampleRows {
    /// The entity's name.
    pub entity: String,
    /// The items.
    pub(super) rows: Vec<Row>,
    /// Where they stand.
    pub origin: Origin,
}

/// A table of a foreign file.
#[derive(Debug, Clone, Default)]
pub struct ImportedTable {
    /// Its name in the model.
    pub name: String,
    /// Other names that it goes by: the resource's name in the template, a name with open parts.
    pub other_names: Vec<String>,
    /// Its settings. A setting that is `unknown` is absent here.
    pub table: Table,
    /// The types of its key attributes and of those of its indexes.
    pub key_types: IndexMap<String, KeyType>,
    /// Whether this is a table that runs, and not one that is asked for. Its warm throughput is then
    /// what it has come to, which grows with its traffic:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html>
    pub is_deployed: bool,
    /// Where the table stands.
    pub origin: Origin,
    /// Where its parts stand, by their path below the table: `billing`, `global_indexes.by_date`,
    /// `key_types.pk`.
    pub origins: BTreeMap<ModelPath, Origin>,
    /// The parts that the file does not tell, by their path below the table, and why.
    pub unknown: BTreeMap<ModelPath, Unknown>,
}

/// The settings of a table beside its keys and indexes.
const SETTINGS: [&str; 14] = [
    "billing",
    "capacity",
    "autoscaling",
    "max_throughput",
    "warm_throughput",
    "class",
    "time_to_live",
    "point_in_time_recovery",
    "deletion_protection",
    "stream",
    "kinesis_stream",
    "replicas",
    "multi_region_consistency",
    "witness",
];

/// Why a part of a table is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The reason.
    pub why: String,
    /// Where the file leaves it open; nothing where this kind of file never tells it.
    pub origin: Option<Origin>,
}

/// What a reader must know of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of remark it is.
    pub kind: NoteKind,
    /// The part of the model that it is about.
    pub at: ModelPath,
    /// The remark, in a sentence without a full stop.
    pub text: String,
    /// Where the file says it.
    pub origin: Option<Origin>,
}

/// What kind of remark a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The file leaves it open; the model lacks it.
    Unknown,
    /// The file has it and a model cannot express it.
    NotModelled,
    /// The reading took it so, and could be wrong.
    Assumed,
    /// The file cannot tell it; a person must fill it in.
    ToFillIn,
}

impl NoteKind {
    /// The word before the remark.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotModelled => "not modelled",
            Self::Assumed => "assumed",
            Self::ToFillIn => "fill in",
        }
    }
}

impl ImportedTable {
    /// Takes a part of the table: its value where it is known, and where it stands or why it is not.
    pub fn take<T>(&mut self, path: ModelPath, told: Told<T>) -> Option<T> {
        match told {
            Told::Known(value, origin) => {
                self.origins.insert(path, origin);
                Some(value)
            }
            Told::Unknown(why, origin) => {
                self.unknown.insert(path, Unknown { why, origin: Some(origin) });
                None
            }
            Told::Absent => None,
        }
    }

    /// Says of a part that this kind of file never tells it.
    pub fn never_told(&mut self, path: ModelPath, why: &str) {
        self.unknown.entry(path).or_insert_with(|| Unknown { why: why.to_owned(), origin: None });
    }

    /// Says of a data model, which knows keys and little else, that it never tells the settings but
    /// these. Throughput of an index is told where it stands there.
    pub(super) fn tells_only(&mut self, told: &[&str], why: &str) {
        if !told.contains(&"billing") {
            // The shape's absent billing means provisioned; here it means that nobody said.
            self.table.billing = None;
        }
        for setting in SETTINGS.into_iter().filter(|setting| !told.contains(setting)) {
            self.never_told(ModelPath::of([setting]), why);
        }
        let mut absent = Vec::new();
        for (name, index) in &self.table.global_indexes {
            let at = ModelPath::of(["global_indexes", name]);
            let settings = [
                ("capacity", index.capacity.is_none()),
                ("autoscaling", index.autoscaling.is_none()),
                ("max_throughput", index.max_throughput.is_none()),
                ("warm_throughput", index.warm_throughput.is_none()),
            ];
            absent.extend(settings.into_iter().filter(|(_, absent)| *absent).map(|(setting, _)| at.key(setting)));
        }
        for part in absent {
            self.never_told(part, why);
        }
    }

    /// Whether a part, or what it is within, is not known.
    pub fn unknown_at(&self, path: &ModelPath) -> Option<&Unknown> {
        let mut known = self.unknown.iter().filter(|(unknown, _)| path.is_within(unknown));
        known.next().map(|(_, why)| why)
    }
}

impl Imported {
    /// The model, and the remarks on its parts. A table that no entity lives in gets a placeholder
    /// that has its key attributes, to be filled in.
    pub fn into_model(mut self) -> (Model, Vec<Note>) {
        let mut notes = self.notes;
        let mut tables = IndexMap::default();
        for mut table in self.tables {
            leave_out_usual_warmth(&mut table);
            let place = ModelPath::of(["tables", &table.name]);
            for part in hold_open_keys(&mut table) {
                let text = "the file does not tell this key; the name only holds its place";
                let at = place.join(&part);
                notes.push(Note { kind: NoteKind::ToFillIn, at, text: text.to_owned(), origin: None });
            }
            for (part, unknown) in &table.unknown {
                // What a kind of file never tells is no remark on this file.
                if unknown.origin.is_none() {
                    continue;
                }
                let at = place.join(part);
                let text = format!("`{part}`: {}", unknown.why);
                notes.push(Note { kind: NoteKind::Unknown, at, text, origin: unknown.origin });
            }
            let lived_in =
                self.entities.values().any(|entity| entity.table.as_deref().is_none_or(|name| name == table.name));
            if !lived_in {
                let name = placeholder_name(&table.name, &self.entities);
                let at = ModelPath::of(["entities", &name]);
                let text = "the kinds of items in this table: one entry for each, with its attributes, \
                            how its keys are built, and how many there are";
                notes.push(Note { kind: NoteKind::ToFillIn, at: at.clone(), text: text.to_owned(), origin: None });
                let (entity, untyped) = placeholder(&table);
                for attribute in untyped {
                    let at = at.key("attributes").key(&attribute);
                    let text = "its type, which the file does not tell".to_owned();
                    notes.push(Note { kind: NoteKind::ToFillIn, at, text, origin: None });
                }
                self.entities.insert(name, entity);
            }
            tables.insert(table.name, table.table);
        }
        if self.access_patterns.is_empty() && !tables.is_empty() {
            let text = "`access_patterns`: how the application reads and writes; without them nothing is known of \
                        what is served, hot or dear";
            notes.push(Note { kind: NoteKind::ToFillIn, at: ModelPath::root(), text: text.to_owned(), origin: None });
        }
        let model = Model {
            keyplan: crate::model::FORMAT_VERSION,
            name: self.name,
            description: self.description,
            region: self.region,
            tables,
            entities: self.entities,
            access_patterns: self.access_patterns,
            ..Model::default()
        };
        (model, notes)
    }
}

/// Leaves out the warm throughput that every table of the service has, which nobody asked for.
fn leave_out_usual_warmth(table: &mut ImportedTable) {
    if !table.is_deployed {
        return;
    }
    let above = |units: Option<Count>, usual: u64| units.filter(|units| units.0 > Decimal::from(usual));
    let settings = &mut table.table;
    let indexes = settings.global_indexes.values_mut().map(|index| &mut index.warm_throughput);
    for warm in indexes.chain([&mut settings.warm_throughput]) {
        *warm = warm.take().and_then(|warm| {
            let read = above(warm.read, NEW_TABLE_READ_UNITS);
            let write = above(warm.write, NEW_TABLE_WRITE_UNITS);
            (read.is_some() || write.is_some()).then_some(Capacity { read, write })
        });
    }
}

/// Names keys that the file does not tell, since no table or index of a model is without. Where they
/// are, below the table.
fn hold_open_keys(table: &mut ImportedTable) -> Vec<ModelPath> {
    let mut open = Vec::new();
    let mut hold = |key: &mut Names, name: &str, at: ModelPath| {
        if key.is_empty() {
            key.0.push(name.to_owned());
            open.push(at);
        }
    };
    hold(&mut table.table.partition_key, "unknown_partition_key", ModelPath::of(["partition_key"]));
    for (name, index) in &mut table.table.global_indexes {
        let at = ModelPath::of(["global_indexes", name, "partition_key"]);
        hold(&mut index.partition_key, "unknown_partition_key", at);
    }
    for (name, index) in &mut table.table.local_indexes {
        hold(&mut index.sort_key, "unknown_sort_key", ModelPath::of(["local_indexes", name, "sort_key"]));
    }
    open
}

/// The one kind of items that every table has until somebody names them: with what its keys, its
/// indexes and its expiry need. The attributes whose type the file does not tell come second.
fn placeholder(table: &ImportedTable) -> (Entity, Vec<String>) {
    let mut attributes: IndexMap<String, Attribute> = IndexMap::default();
    for (name, kind) in &table.key_types {
        attributes.insert(name.clone(), Attribute { kind: (*kind).into(), ..Attribute::default() });
    }
    // The expiry is a number of seconds, and items may be without:
    // <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html>
    if let Some(name) = &table.table.time_to_live {
        let expiry = Attribute { kind: AttributeType::Epoch, optional: Some(true), ..Attribute::default() };
        attributes.entry(name.clone()).or_insert(expiry);
    }
    let settings = &table.table;
    let globals = settings.global_indexes.values().map(|index| (&index.partition_key, &index.sort_key));
    let keys = globals.chain([(&settings.partition_key, &settings.sort_key)]).flat_map(|(one, other)| [one, other]);
    let keys = keys.chain(settings.local_indexes.values().map(|index| &index.sort_key)).flat_map(Names::iter);
    let mut untyped = Vec::new();
    for name in keys {
        if !attributes.contains_key(name) {
            attributes.insert(name.clone(), Attribute::default());
            untyped.push(name.clone());
        }
    }
    let projections = settings.global_indexes.values().map(|index| &index.projection);
    for projection in projections.chain(settings.local_indexes.values().map(|index| &index.projection)) {
        let Projection::Include(names) = projection else { continue };
        for name in names {
            if !attributes.contains_key(name) {
                attributes.insert(name.clone(), Attribute { optional: Some(true), ..Attribute::default() });
                untyped.push(name.clone());
            }
        }
    }
    (Entity { table: Some(table.name.clone()), attributes, ..Entity::default() }, untyped)
}

fn placeholder_name(table: &str, taken: &IndexMap<String, Entity>) -> String {
    let mut name = format!("{table}Item");
    while taken.contains_key(&name) {
        name.push('_');
    }
    name
}

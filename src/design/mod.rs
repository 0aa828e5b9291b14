//! The model resolved: names bound, key templates compiled, relations ordered, counts derived.
//! Nothing here judges; what does not fit together is kept for the rules to report.

mod bind;
mod bytes;
mod language;
mod member_values;
mod names;
mod outcomes;
mod relations;
mod statistics;
mod template;
mod told;

use crate::IndexMap;
use rust_decimal::Decimal;

pub use bytes::ASSUMED_DIGITS;
pub(crate) use bytes::{fill_bytes, value_bytes};
pub use language::{Language, delimiters};
pub use member_values::{MemberValues, share_of_values};
pub use statistics::Contradiction;
pub(crate) use statistics::{is_common, names_itself};
pub use template::{Cut, Part, Template, TemplateError};
pub use told::{Told, is_in_primary_key, says_of_item};

use crate::model::{
    AccessPattern, Action, Attribute, AttributeType, Condition, Entity, GlobalIndex, KeyStatement, KeyType, Literals,
    LocalIndex, Model, Operation, Projection, Table,
};
use crate::source::ModelPath;

/// The index of a table in [`Design::tables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub usize);

/// The index of a path in [`Design::paths`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(pub usize);

/// The index of an entity in [`Design::entities`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub usize);

/// A model whose names are bound and whose numbers are derived.
#[derive(Debug)]
pub struct Design<'m> {
    /// The model that it came from.
    pub model: &'m Model,
    /// The tables, in the model's order.
    pub tables: Vec<TableDesign<'m>>,
    /// Every table and index as a way to reach items.
    pub paths: Vec<AccessPath<'m>>,
    /// The entities, in the model's order.
    pub entities: Vec<EntityDesign<'m>>,
    /// The access patterns, in the model's order.
    pub patterns: Vec<PatternDesign<'m>>,
    /// Names that nothing has.
    pub dangling: Vec<Dangling>,
    /// Key templates that cannot be read.
    pub bad_templates: Vec<BadTemplate>,
    /// Numbers that contradict each other.
    pub contradictions: Vec<Contradiction>,
    /// Entities that belong to themselves through others, with their names in order.
    pub cycles: Vec<Vec<EntityId>>,
    /// For each entity, the requests that touch it, by the pattern's index and theirs.
    requests_by_entity: Vec<Vec<(usize, usize)>>,
}

/// A table with its paths.
#[derive(Debug)]
pub struct TableDesign<'m> {
    /// Its name.
    pub name: &'m str,
    /// What the model says of it.
    pub table: &'m Table,
    /// The table itself as a path, then its local, then its global indexes.
    pub paths: Vec<PathId>,
    /// The entities that live in it.
    pub entities: Vec<EntityId>,
    /// The punctuation that keeps the parts of its key templates apart.
    pub delimiters: Vec<u8>,
}

/// What kind of path it is.
#[derive(Debug, Clone, Copy)]
pub enum PathKind<'m> {
    /// The table itself.
    Table,
    /// A local secondary index.
    Local(&'m LocalIndex),
    /// A global secondary index.
    Global(&'m GlobalIndex),
}

/// A table or index as a way to reach items.
#[derive(Debug)]
pub struct AccessPath<'m> {
    /// Its index in [`Design::paths`].
    pub id: PathId,
    /// Whose path it is.
    pub table: TableId,
    /// The table's name.
    pub table_name: &'m str,
    /// What it is.
    pub kind: PathKind<'m>,
    /// The table's or index's name.
    pub name: &'m str,
    /// The partition key attributes.
    pub partition: Vec<&'m str>,
    /// The sort key attributes.
    pub sort: Vec<&'m str>,
    /// What it holds.
    pub projection: &'m Projection,
    /// Where it stands in the model.
    pub place: ModelPath,
}

impl AccessPath<'_> {
    /// Whether it is a global secondary index.
    pub fn is_global(&self) -> bool {
        matches!(self.kind, PathKind::Global(_))
    }

    /// What the `via` of a pattern calls the path.
    pub fn via(&self) -> &str {
        if self.is_table() { "table" } else { self.name }
    }

    /// Whether it is the table itself.
    pub fn is_table(&self) -> bool {
        matches!(self.kind, PathKind::Table)
    }

    /// Whether it holds an attribute of the items that have it, given the path of its table.
    pub fn holds(&self, base: &AccessPath<'_>, name: &str) -> bool {
        let is_projected = match self.projection {
            Projection::All => true,
            Projection::KeysOnly => false,
            Projection::Include(names) => names.iter().any(|projected| projected == name),
        };
        is_projected || base.keys().chain(self.keys()).any(|key| key == name)
    }

    /// All key attributes, partition first.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.partition.iter().chain(&self.sort).copied()
    }

    /// Its name as a reader knows it: ``table `Shop` `` or ``index `by_status` ``.
    pub fn label(&self) -> String {
        match self.kind {
            PathKind::Table => format!("table `{}`", self.name),
            PathKind::Local(_) => format!("local index `{}`", self.name),
            PathKind::Global(_) => format!("index `{}`", self.name),
        }
    }
}

/// How an entity fills a key attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Fill<'m> {
    /// The value.
    pub template: Template,
    /// The items that have it: attribute values that they all have.
    pub when: Option<&'m IndexMap<String, Literals>>,
    /// Whether `keys` says it; otherwise the entity has an attribute of the key attribute's name.
    pub declared: bool,
}

/// An entity with its compiled keys and derived numbers.
#[derive(Debug, Clone)]
pub struct EntityDesign<'m> {
    /// Its index in [`Design::entities`].
    pub id: EntityId,
    /// Its name.
    pub name: &'m str,
    /// What the model says of it.
    pub entity: &'m Entity,
    /// Where it lives; nothing where the table is unknown.
    pub table: Option<TableId>,
    /// How it fills the key attributes of its table and of the table's indexes.
    pub fills: IndexMap<&'m str, Fill<'m>>,
    /// How many items there are: given, or derived from the parents.
    pub items: Option<Decimal>,
    /// The parents that exist, with the children per parent.
    pub parents: Vec<(EntityId, Option<Decimal>, Option<Decimal>)>,
    /// The attributes that tell its items apart: those of its table key.
    pub identity: Vec<String>,
    /// How many different values an attribute has, where that is known.
    pub distinct: IndexMap<&'m str, Decimal>,
    /// Where it stands in the model.
    pub place: ModelPath,
}

impl<'m> EntityDesign<'m> {
    /// What the model says of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&'m Attribute> {
        self.entity.attributes.get(name)
    }

    /// Whether the model lists the entity's attributes, so that a name beside them is a mistake.
    pub fn is_closed(&self) -> bool {
        !self.entity.attributes.is_empty()
    }

    /// The type of an attribute; `string` where the model does not say.
    pub fn kind_of(&self, attribute: &str) -> AttributeType {
        self.attribute(attribute).map(|a| a.kind).unwrap_or_default()
    }

    /// Whether the value of a key attribute is a number. A padded number is text where a template
    /// writes it; an attribute that is itself the key stays what it is.
    pub fn is_number_key(&self, fill: &Fill<'_>) -> bool {
        let copied = || fill.template.copied().and_then(|name| self.attribute(name));
        let is_text = |attribute: &Attribute| fill.declared && attribute.padded == Some(true);
        fill.template.is_number
            || copied().is_some_and(|attribute| attribute.kind.as_key() == Some(KeyType::Number) && !is_text(attribute))
    }

    /// Whether the other entity is a parent of this one.
    pub fn is_child_of(&self, other: &Self) -> bool {
        self.parents.iter().any(|(parent, ..)| *parent == other.id)
    }

    /// Whether some of its items may lack a key attribute of a path that it fills: by `when`, or by
    /// an attribute that is not in all of them.
    pub fn may_be_out_of(&self, path: &AccessPath<'_>) -> bool {
        path.keys().filter_map(|key| self.fills.get(key)).any(|fill| {
            let mut names = fill.template.attributes();
            fill.when.is_some() || names.any(|name| self.attribute(name).is_some_and(Attribute::may_be_absent))
        })
    }

    /// Whether an attribute name means something for this entity.
    pub fn knows(&self, name: &str) -> bool {
        self.entity.attributes.contains_key(name)
            || self.fills.contains_key(name)
            || self.fills.values().any(|fill| fill.template.uses(name))
    }
}

/// A pattern with its names bound.
#[derive(Debug)]
pub struct PatternDesign<'m> {
    /// Its name.
    pub name: &'m str,
    /// What the model says of it.
    pub pattern: &'m AccessPattern,
    /// The entities that it names and that exist.
    pub entities: Vec<EntityId>,
    /// The single requests: its actions, or itself when it has none.
    pub requests: Vec<Request<'m>>,
    /// The path that it is pinned to.
    pub via: Option<PathId>,
    /// The patterns that follow, with how many times each.
    pub next: Vec<(usize, Option<Decimal>)>,
    /// Whether every name in it is bound, so that a plan can be made.
    pub is_bound: bool,
    /// Where it stands in the model.
    pub place: ModelPath,
}

/// One request of a pattern: the pattern itself, or one action of a batch or transaction.
#[derive(Debug)]
pub struct Request<'m> {
    /// What it does.
    pub operation: Operation,
    /// The entities that it touches; one, but for queries and scans.
    pub entities: Vec<EntityId>,
    /// What is known.
    pub conditions: &'m IndexMap<String, Condition>,
    /// The key strings as the code builds them.
    pub key: &'m IndexMap<String, KeyStatement>,
    /// The action, where the request is one.
    pub action: Option<&'m Action>,
    /// How many such requests one call has.
    pub count: Decimal,
    /// Where it stands in the model.
    pub place: ModelPath,
}

/// What a table's `time_to_live` should name.
pub const EXPIRY: &str = "expiry attribute";

/// What an index's `projection` should name.
pub const PROJECTED: &str = "projected attribute";

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq)]
pub struct Dangling {
    /// Where it is used.
    pub place: ModelPath,
    /// Whether the name is the key at the place, rather than its value.
    pub is_key: bool,
    /// What it should name: `entity`, `attribute`, …
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// The name that was probably meant.
    pub nearest: Option<String>,
    /// Whose names were searched, for the message.
    pub owner: Option<String>,
}

/// A key template that cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub struct BadTemplate {
    /// Where it stands.
    pub place: ModelPath,
    /// Why it cannot be read.
    pub error: TemplateError,
}

impl<'m> Design<'m> {
    /// Resolves a model.
    pub fn new(model: &'m Model) -> Self {
        let mut design = bind::bind(model);
        relations::relate(&mut design);
        statistics::derive(&mut design);
        design
    }

    /// Whether it has so many patterns that working on them with several threads is worth the start of
    /// these; a usual design is done before a thread has begun.
    pub fn is_large(&self) -> bool {
        const LARGE: usize = 500;
        self.model.access_patterns.len() >= LARGE
    }

    /// A table by its index.
    pub fn table(&self, id: TableId) -> Option<&TableDesign<'m>> {
        self.tables.get(id.0)
    }

    /// A path by its index.
    pub fn path(&self, id: PathId) -> Option<&AccessPath<'m>> {
        self.paths.get(id.0)
    }

    /// An entity by its index.
    pub fn entity(&self, id: EntityId) -> Option<&EntityDesign<'m>> {
        self.entities.get(id.0)
    }

    /// The paths of a table: itself, then its indexes.
    pub fn paths_of(&self, table: TableId) -> impl Iterator<Item = (PathId, &AccessPath<'m>)> {
        let ids = self.table(table).map(|t| t.paths.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| Some((*id, self.path(*id)?)))
    }

    /// The table's own path.
    pub fn base_path(&self, table: TableId) -> Option<&AccessPath<'m>> {
        self.path(*self.table(table)?.paths.first()?)
    }

    /// The entities, parents before their children; as they are written where relations make a circle.
    pub fn parents_first(&self) -> Vec<EntityId> {
        relations::parents_first(self)
    }

    /// The entities of a table.
    pub fn entities_of(&self, table: TableId) -> impl Iterator<Item = (EntityId, &EntityDesign<'m>)> {
        let ids = self.table(table).map(|t| t.entities.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| Some((*id, self.entity(*id)?)))
    }

    /// The requests that touch an entity, with their patterns.
    pub fn requests_of(&self, entity: EntityId) -> impl Iterator<Item = (&PatternDesign<'m>, &Request<'m>)> {
        let found = self.requests_by_entity.get(entity.0).into_iter().flatten();
        found.filter_map(|(pattern, request)| {
            let pattern = self.patterns.get(*pattern)?;
            Some((pattern, pattern.requests.get(*request)?))
        })
    }

    /// Whether an entity fills every key attribute of a path, so that its items can be in it.
    pub fn is_in(&self, entity: &EntityDesign<'m>, path: &AccessPath<'m>) -> bool {
        entity.table == Some(path.table) && path.keys().all(|key| entity.fills.contains_key(key))
    }

    /// The entities of a request that say what an attribute is; the first entity where none does.
    pub fn entities_with<'d>(
        &'d self,
        request: &Request<'_>,
        name: &str,
    ) -> impl Iterator<Item = &'d EntityDesign<'m>> + use<'d, 'm> {
        let entities = || request.entities.iter().filter_map(|id| self.entity(*id));
        let with: Vec<_> = entities().filter(|entity| entity.attribute(name).is_some()).collect();
        let or_first = entities().next().filter(|_| with.is_empty());
        with.into_iter().chain(or_first)
    }

    /// The strings that an entity's value of a key attribute can be.
    pub fn language(&self, entity: &EntityDesign<'m>, template: &Template) -> Language {
        let delimiters = entity.table.and_then(|t| self.table(t)).map(|t| t.delimiters.as_slice()).unwrap_or_default();
        Language::of(template, |name| entity.attribute(name), delimiters)
    }
}

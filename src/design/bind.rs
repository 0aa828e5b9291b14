//! Binding: every name of the model looked up, every key template compiled.

use crate::IndexMap;
use rayon::prelude::*;
use rust_decimal::Decimal;

use super::{
    AccessPath, BadTemplate, Dangling, Design, EntityDesign, EntityId, Fill, PathId, PathKind, PatternDesign, Request,
    TableDesign, TableId, Template, delimiters,
};
use super::{EXPIRY, PROJECTED};
use crate::model::{AccessPattern, Entity, KeyStatement, Model, Names, Operation, Projection};
use crate::source::{ModelPath, nearest};

/// Binds the names of a model. Counts and relations come later.
pub(super) fn bind<'m>(model: &'m Model) -> Design<'m> {
    let mut design = Design {
        model,
        tables: Vec::with_capacity(model.tables.len()),
        paths: Vec::new(),
        entities: Vec::with_capacity(model.entities.len()),
        patterns: Vec::with_capacity(model.access_patterns.len()),
        dangling: Vec::new(),
        bad_templates: Vec::new(),
        contradictions: Vec::new(),
        cycles: Vec::new(),
        requests_by_entity: Vec::new(),
    };
    tables(model, &mut design);
    entities(model, &mut design);
    let table_delimiters: Vec<Vec<u8>> = design
        .tables
        .iter()
        .map(|table| {
            let members = table.entities.iter().filter_map(|id| design.entities.get(id.0));
            delimiters(members.flat_map(|entity| entity.fills.values().map(|fill| &fill.template)))
        })
        .collect();
    for (table, delimiters) in design.tables.iter_mut().zip(table_delimiters) {
        table.delimiters = delimiters;
    }
    let mut dangling = std::mem::take(&mut design.dangling);
    let binder = || Binder { design: &design, dangling: Vec::new() };
    let bound = |(name, pattern): (&'m str, &'m AccessPattern)| {
        let mut names = binder();
        (names.pattern(name, pattern), names.dangling)
    };
    let patterns: Vec<(&str, &AccessPattern)> =
        model.access_patterns.iter().map(|(name, pattern)| (name.as_str(), pattern)).collect();
    let patterns: Vec<(PatternDesign<'_>, Vec<Dangling>)> = match design.is_large() {
        true => patterns.into_par_iter().map(bound).collect(),
        false => patterns.into_iter().map(bound).collect(),
    };
    let mut bound = Vec::with_capacity(patterns.len());
    for (pattern, missing) in patterns {
        bound.push(pattern);
        dangling.extend(missing);
    }
    let mut names = binder();
    names.rest(model);
    dangling.extend(names.dangling);
    design.patterns = bound;
    design.dangling = dangling;
    design.requests_by_entity = requests_by_entity(&design);
    design
}

fn requests_by_entity(design: &Design<'_>) -> Vec<Vec<(usize, usize)>> {
    let mut by_entity = vec![Vec::new(); design.entities.len()];
    for (index, pattern) in design.patterns.iter().enumerate() {
        for (position, request) in pattern.requests.iter().enumerate() {
            for id in &request.entities {
                if let Some(list) = by_entity.get_mut(id.0) {
                    list.push((index, position));
                }
            }
        }
    }
    by_entity
}

fn tables<'m>(model: &'m Model, design: &mut Design<'m>) {
    for (index, (name, table)) in model.tables.iter().enumerate() {
        let id = TableId(index);
        let place = ModelPath::of(["tables", name]);
        let mut paths = Vec::new();
        let mut add = |path: AccessPath<'m>| {
            let id = PathId(design.paths.len());
            paths.push(id);
            design.paths.push(AccessPath { id, ..path });
        };
        let partition: Vec<&str> = table.partition_key.iter().map(String::as_str).collect();
        add(AccessPath {
            id: PathId(0),
            table: id,
            table_name: name,
            kind: PathKind::Table,
            name,
            partition: partition.clone(),
            sort: table.sort_key.iter().map(String::as_str).collect(),
            projection: &Projection::All,
            place: place.clone(),
        });
        for (index_name, index) in &table.local_indexes {
            add(AccessPath {
                id: PathId(0),
                table: id,
                table_name: name,
                kind: PathKind::Local(index),
                name: index_name,
                partition: partition.clone(),
                sort: index.sort_key.iter().map(String::as_str).collect(),
                projection: &index.projection,
                place: place.key("local_indexes").key(index_name),
            });
        }
        for (index_name, index) in &table.global_indexes {
            add(AccessPath {
                id: PathId(0),
                table: id,
                table_name: name,
                kind: PathKind::Global(index),
                name: index_name,
                partition: index.partition_key.iter().map(String::as_str).collect(),
                sort: index.sort_key.iter().map(String::as_str).collect(),
                projection: &index.projection,
                place: place.key("global_indexes").key(index_name),
            });
        }
        design.tables.push(TableDesign { name, table, paths, entities: Vec::new(), delimiters: Vec::new() });
    }
}

fn entities<'m>(model: &'m Model, design: &mut Design<'m>) {
    for (index, (name, entity)) in model.entities.iter().enumerate() {
        let id = EntityId(index);
        let place = ModelPath::of(["entities", name]);
        let table = match &entity.table {
            Some(named) => {
                let found = model.tables.get_index_of(named.as_str()).map(TableId);
                if found.is_none() {
                    design.dangling.push(Dangling {
                        place: place.key("table"),
                        is_key: false,
                        what: "table",
                        name: named.clone(),
                        nearest: nearest(named, model.tables.keys().map(String::as_str)).map(str::to_owned),
                        owner: None,
                    });
                }
                found
            }
            None => (model.tables.len() == 1).then_some(TableId(0)),
        };
        if let Some(owner) = table.and_then(|t| design.tables.get_mut(t.0)) {
            owner.entities.push(id);
        }
        let fills = fills(entity, table, &place, design);
        let identity = table.and_then(|t| design.base_path(t)).map(|base| identity(base, &fills)).unwrap_or_default();
        design.entities.push(EntityDesign {
            id,
            name,
            entity,
            table,
            fills,
            items: entity.items.map(|count| count.0),
            parents: Vec::new(),
            identity,
            distinct: IndexMap::default(),
            place,
        });
    }
}

/// How an entity fills the key attributes of its table: by its `keys`, else by its own attribute.
fn fills<'m>(
    entity: &'m Entity,
    table: Option<TableId>,
    place: &ModelPath,
    design: &mut Design<'m>,
) -> IndexMap<&'m str, Fill<'m>> {
    let mut key_attributes: Vec<&'m str> = Vec::new();
    if let Some(table) = table.and_then(|t| design.tables.get(t.0)) {
        for path in table.paths.iter().filter_map(|id| design.paths.get(id.0)) {
            for key in path.partition.iter().chain(&path.sort) {
                if !key_attributes.contains(key) {
                    key_attributes.push(key);
                }
            }
        }
    }
    let mut fills = IndexMap::default();
    for (key, template) in &entity.keys {
        let here = place.key("keys").key(key);
        if table.is_some() && !key_attributes.contains(&key.as_str()) {
            design.dangling.push(Dangling {
                place: here,
                is_key: true,
                what: "key attribute",
                name: key.clone(),
                nearest: nearest(key, key_attributes.iter().copied()).map(str::to_owned),
                owner: table.and_then(|t| design.tables.get(t.0)).map(|t| format!("table `{}`", t.name)),
            });
            continue;
        }
        match Template::compile(&template.value) {
            Ok(compiled) => {
                undeclared_variables(entity, &compiled, &here, place, design);
                let when = (!template.when.is_empty()).then_some(&template.when);
                fills.insert(key.as_str(), Fill { template: compiled, when, declared: true });
            }
            Err(error) => design.bad_templates.push(BadTemplate { place: here, error }),
        }
        for name in template.when.keys() {
            if !entity.attributes.is_empty() && !entity.attributes.contains_key(name) {
                let here = place.key("keys").key(key).key("when").key(name);
                design.dangling.push(unknown_attribute(here, true, name, entity, place));
            }
        }
    }
    for key in key_attributes {
        if !entity.keys.contains_key(key) && entity.attributes.contains_key(key) {
            fills.insert(key, Fill { template: Template::attribute(key), when: None, declared: false });
        }
    }
    // In a model that lists no attributes at all, the natural key of a table is taken as given.
    if entity.attributes.is_empty() && entity.keys.is_empty() {
        let base = table.and_then(|t| design.base_path(t));
        let keys: Vec<&'m str> =
            base.map(|base| base.partition.iter().chain(&base.sort).copied().collect()).unwrap_or_default();
        for key in keys {
            fills.insert(key, Fill { template: Template::attribute(key), when: None, declared: false });
        }
    }
    fills
}

fn undeclared_variables(
    entity: &Entity,
    template: &Template,
    here: &ModelPath,
    place: &ModelPath,
    design: &mut Design<'_>,
) {
    if entity.attributes.is_empty() {
        return;
    }
    for name in template.attributes() {
        if !entity.attributes.contains_key(name) {
            design.dangling.push(unknown_attribute(here.clone(), false, name, entity, place));
        }
    }
}

fn unknown_attribute(place: ModelPath, is_key: bool, name: &str, entity: &Entity, owner: &ModelPath) -> Dangling {
    let entity_name = match owner.0.last() {
        Some(crate::source::Step::Key(name)) => name.clone(),
        _ => String::new(),
    };
    Dangling {
        place,
        is_key,
        what: "attribute",
        name: name.to_owned(),
        nearest: nearest(name, entity.attributes.keys().map(String::as_str)).map(str::to_owned),
        owner: Some(format!("`{entity_name}`")),
    }
}

/// The attributes that make up an entity's primary key.
fn identity(base: &AccessPath<'_>, fills: &IndexMap<&str, Fill<'_>>) -> Vec<String> {
    let mut identity: Vec<String> = Vec::new();
    for fill in base.keys().filter_map(|key| fills.get(key)) {
        for name in fill.template.attributes() {
            if !identity.iter().any(|known| known == name) {
                identity.push(name.to_owned());
            }
        }
    }
    identity
}

/// The names that patterns and settings may use.
struct Binder<'d, 'm> {
    design: &'d Design<'m>,
    dangling: Vec<Dangling>,
}

impl<'m> Binder<'_, 'm> {
    fn pattern(&mut self, name: &'m str, pattern: &'m AccessPattern) -> PatternDesign<'m> {
        let place = ModelPath::of(["access_patterns", name]);
        let before = self.dangling.len();
        let entities: Vec<EntityId> = pattern
            .entity
            .iter()
            .enumerate()
            .filter_map(|(index, name)| self.entity(name, || place.key("entity").index(index)))
            .collect();
        let mut requests = Vec::new();
        for (index, action) in pattern.actions.iter().enumerate() {
            let place = place.key("actions").index(index);
            let Some(entity) = self.entity(&action.entity, || place.key("entity")) else { continue };
            let implied = match pattern.operation {
                Some(Operation::BatchGet | Operation::TransactGet) => Operation::Get,
                _ => Operation::Put,
            };
            self.attributes(action.conditions.keys(), &[entity], || place.key("where"), true);
            self.attributes(action.sets.0.keys(), &[entity], || place.key("sets"), true);
            for (what, names) in [("adds", &action.adds), ("removes", &action.removes), ("appends", &action.appends)] {
                self.attributes(names.iter(), &[entity], || place.key(what), false);
            }
            self.statements(&action.key, &[entity], &place);
            requests.push(Request {
                operation: action.operation.unwrap_or(implied),
                entities: vec![entity],
                conditions: &action.conditions,
                key: &action.key,
                action: Some(action),
                count: action.count.map_or(Decimal::ONE, |count| count.0),
                place,
            });
        }
        if let (Some(operation), true) = (pattern.operation, pattern.actions.is_empty()) {
            requests.push(Request {
                operation,
                entities: entities.clone(),
                conditions: &pattern.conditions,
                key: &pattern.key,
                action: None,
                count: pattern.batch.map_or(Decimal::ONE, |count| count.0),
                place: place.clone(),
            });
        }
        if !entities.is_empty() {
            self.attributes(pattern.conditions.keys(), &entities, || place.key("where"), true);
            self.attributes(pattern.sets.0.keys(), &entities, || place.key("sets"), true);
            let lists = [
                ("adds", Some(&pattern.adds)),
                ("removes", Some(&pattern.removes)),
                ("appends", Some(&pattern.appends)),
                ("select", pattern.select.as_ref()),
            ];
            for (what, names) in lists {
                self.attributes(names.into_iter().flat_map(Names::iter), &entities, || place.key(what), false);
            }
            let ordered: Vec<String> = pattern.order_by.iter().map(|o| order_attribute(o).to_owned()).collect();
            self.attributes(ordered.iter(), &entities, || place.key("order_by"), false);
            self.directions(pattern, &place);
            self.statements(&pattern.key, &entities, &place);
        }
        let via = pattern.via.as_ref().and_then(|via| self.via(via, &entities, &place));
        let next = pattern
            .next
            .0
            .iter()
            .enumerate()
            .filter_map(|(index, step)| {
                let found = self.design.model.access_patterns.get_index_of(step.pattern.as_str());
                if found.is_none() {
                    let names = self.design.model.access_patterns.keys().map(String::as_str);
                    let nearest = nearest(&step.pattern, names).map(str::to_owned);
                    let mut place = place.key("then");
                    if pattern.next.0.len() > 1 {
                        place = place.index(index);
                    }
                    self.push(place.key("pattern"), false, "access pattern", &step.pattern, nearest, None);
                }
                Some((found?, step.times.map(|count| count.0)))
            })
            .collect();
        // What a plan would be made from must be there; a wrong name elsewhere stops nothing.
        let conditions = || [place.key("where"), place.key("key"), place.key("order_by"), place.key("actions")];
        let lost = self.dangling.get(before..).unwrap_or_default().iter().any(|dangling| {
            matches!(dangling.what, "entity" | "index")
                || conditions().iter().any(|part| dangling.place.is_within(part))
        });
        PatternDesign { name, pattern, entities, requests, via, next, is_bound: !lost, place }
    }

    fn push(
        &mut self,
        place: ModelPath,
        is_key: bool,
        what: &'static str,
        name: &str,
        nearest: Option<String>,
        owner: Option<String>,
    ) {
        self.dangling.push(Dangling { place, is_key, what, name: name.to_owned(), nearest, owner });
    }

    fn entity(&mut self, name: &str, place: impl Fn() -> ModelPath) -> Option<EntityId> {
        let found = self.design.model.entities.get_index_of(name).map(EntityId);
        if found.is_none() {
            let names = self.design.entities.iter().map(|entity| entity.name);
            let nearest = nearest(name, names).map(str::to_owned);
            self.push(place(), false, "entity", name, nearest, None);
        }
        found
    }

    /// Looks attribute names up in entities that list their attributes; any of several will do.
    fn attributes<'n>(
        &mut self,
        names: impl Iterator<Item = &'n String>,
        entities: &[EntityId],
        place: impl Fn() -> ModelPath,
        is_key: bool,
    ) {
        let design = self.design;
        let known: Vec<&EntityDesign<'_>> = entities.iter().filter_map(|id| design.entity(*id)).collect();
        for (index, name) in names.enumerate() {
            if known.iter().any(|entity| entity.knows(name)) {
                continue;
            }
            let is_path_key = known
                .iter()
                .filter_map(|e| e.table)
                .any(|table| design.paths_of(table).any(|(_, path)| path.keys().any(|key| key == name)));
            if is_path_key {
                continue;
            }
            let choices: Vec<&str> = known
                .iter()
                .flat_map(|entity| {
                    let in_templates = entity.fills.values().flat_map(|fill| fill.template.attributes());
                    entity.entity.attributes.keys().map(String::as_str).chain(in_templates)
                })
                .collect();
            let nearest = nearest(name, choices.iter().copied()).map(str::to_owned);
            let all_closed = known.iter().all(|entity| entity.is_closed());
            if all_closed || nearest.is_some() {
                let place = if is_key { place().key(name) } else { place().index(index) };
                let owners: Vec<String> = known.iter().map(|entity| format!("`{}`", entity.name)).collect();
                self.push(place, is_key, "attribute", name, nearest, Some(owners.join(", ")));
            }
        }
    }

    /// After the attribute of an `order_by` entry stands its direction, if anything.
    fn directions(&mut self, pattern: &AccessPattern, place: &ModelPath) {
        for (index, entry) in pattern.order_by.iter().enumerate() {
            let mut words = entry.split_whitespace();
            let (attribute, said) = (words.next().unwrap_or(""), words.collect::<Vec<_>>().join(" "));
            let known = ["", "asc", "desc", "ascending", "descending"];
            if known.contains(&said.to_ascii_lowercase().as_str()) {
                continue;
            }
            let is_backwards = said.starts_with(['d', 'D', 'r', 'R', '-']);
            let meant = if is_backwards { format!("{attribute} desc") } else { attribute.to_owned() };
            self.push(place.key("order_by").index(index), false, "direction", &said, Some(meant), None);
        }
    }

    /// Key statements name key attributes of the entity's table or indexes.
    fn statements(&mut self, statements: &IndexMap<String, KeyStatement>, entities: &[EntityId], place: &ModelPath) {
        let design = self.design;
        for name in statements.keys() {
            let tables = entities.iter().filter_map(|id| design.entity(*id)?.table);
            let keys: Vec<&str> =
                tables.flat_map(|table| design.paths_of(table).flat_map(|(_, path)| path.keys())).collect();
            if keys.contains(&name.as_str()) {
                continue;
            }
            let nearest = nearest(name, keys).map(str::to_owned);
            self.push(place.key("key").key(name), true, "key attribute", name, nearest, None);
        }
    }

    fn via(&mut self, via: &str, entities: &[EntityId], place: &ModelPath) -> Option<PathId> {
        let design = self.design;
        let tables: Vec<TableId> = entities.iter().filter_map(|id| design.entity(*id)?.table).collect();
        let mut names = Vec::new();
        for table in tables {
            for (id, path) in design.paths_of(table) {
                if path.name == via || (path.is_table() && via == "table") {
                    return Some(id);
                }
                // Who writes what looks like the table's name most often means an index.
                names.push(if path.is_table() { "table" } else { path.name });
            }
        }
        if !names.is_empty() {
            let nearest = nearest(via, names).map(str::to_owned);
            self.push(place.key("via"), false, "index", via, nearest, None);
        }
        None
    }

    /// Names outside the patterns: time to live, projections, parents, budget.
    fn rest(&mut self, model: &'m Model) {
        let design = self.design;
        for (index, table) in design.tables.iter().enumerate() {
            let members: Vec<EntityId> = table.entities.clone();
            if members.is_empty() {
                continue;
            }
            if let Some(attribute) = &table.table.time_to_live {
                let place = ModelPath::of(["tables", table.name, "time_to_live"]);
                self.some_entity_has((attribute, EXPIRY), &members, place, TableId(index));
            }
            for (_, path) in design.paths_of(TableId(index)) {
                let Projection::Include(names) = path.projection else { continue };
                for (position, name) in names.iter().enumerate() {
                    let place = path.place.key("projection").index(position);
                    self.some_entity_has((name, PROJECTED), &members, place, TableId(index));
                }
            }
        }
        for entity in &design.entities {
            for parent in entity.entity.belongs_to.0.keys() {
                self.entity(parent, || entity.place.key("belongs_to").key(parent));
            }
        }
        let Some(budget) = &model.budget else { return };
        for name in budget.tables.keys().filter(|name| !model.tables.contains_key(*name)) {
            let nearest = nearest(name, model.tables.keys().map(String::as_str)).map(str::to_owned);
            self.push(ModelPath::of(["budget", "tables", name]), true, "table", name, nearest, None);
        }
        for name in budget.access_patterns.keys().filter(|name| !model.access_patterns.contains_key(*name)) {
            let nearest = nearest(name, model.access_patterns.keys().map(String::as_str)).map(str::to_owned);
            self.push(ModelPath::of(["budget", "access_patterns", name]), true, "access pattern", name, nearest, None);
        }
    }

    /// A name at table level must be an attribute of some entity, where all of them list theirs.
    fn some_entity_has(
        &mut self,
        (name, what): (&str, &'static str),
        members: &[EntityId],
        place: ModelPath,
        table: TableId,
    ) {
        let design = self.design;
        let entities: Vec<&EntityDesign<'_>> = members.iter().filter_map(|id| design.entity(*id)).collect();
        let is_key = design.paths_of(table).any(|(_, path)| path.keys().any(|key| key == name));
        if is_key || entities.iter().any(|entity| !entity.is_closed() || entity.knows(name)) {
            return;
        }
        let choices = entities.iter().flat_map(|entity| entity.entity.attributes.keys().map(String::as_str));
        let nearest = nearest(name, choices).map(str::to_owned);
        let owner = design.table(table).map(|t| format!("table `{}`", t.name));
        self.push(place, false, what, name, nearest, owner);
    }
}

/// The attribute of an `order_by` entry such as `placed_at desc`.
pub(crate) fn order_attribute(entry: &str) -> &str {
    entry.split_whitespace().next().unwrap_or("")
}

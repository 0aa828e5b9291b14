//! Names that access patterns and settings use: looked up, with the nearest one where there is none.

use rust_decimal::Decimal;

use super::{Dangling, Design, EntityDesign, EntityId, PathId, PatternDesign, Request, TableId};
use super::{EXPIRY, PROJECTED};
use crate::IndexMap;
use crate::model::{AccessPattern, KeyStatement, Model, Names, Operation, Projection};
use crate::source::{ModelPath, nearest};

/// The names that patterns and settings may use.
pub(super) struct Binder<'d, 'm> {
    pub(super) design: &'d Design<'m>,
    pub(super) dangling: Vec<Dangling>,
}

impl<'m> Binder<'_, 'm> {
    pub(super) fn pattern(&mut self, name: &'m str, pattern: &'m AccessPattern) -> PatternDesign<'m> {
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
                count: pattern.equal_requests(),
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
                names.push(path.via());
            }
        }
        if !names.is_empty() {
            let nearest = nearest(via, names).map(str::to_owned);
            self.push(place.key("via"), false, "index", via, nearest, None);
        }
        None
    }

    /// Names outside the patterns: time to live, projections, parents, budget.
    pub(super) fn rest(&mut self, model: &'m Model) {
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

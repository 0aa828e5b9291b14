//! Binding: every name of the model looked up, every key template compiled.

use crate::IndexMap;
use rayon::prelude::*;

use super::names::Binder;
use super::{
    AccessPath, BadTemplate, Dangling, Design, EntityDesign, EntityId, Fill, PathId, PathKind, PatternDesign,
    TableDesign, TableId, Template, delimiters,
};
use crate::model::{AccessPattern, Entity, Model, Projection};
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

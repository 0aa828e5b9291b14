//! The resources of a configuration, through all its modules.

use std::rc::Rc;

use super::blocks::body;
use super::call::{Children, region_of};
use super::instances::{Instances, Key};
use super::module::Module;
use super::program::Program;
use super::resource::{KINDS, Resource, label};
use super::template::pattern;
use crate::interop::imported::{Note, NoteKind};
use crate::interop::node::{Node, Origin, Value};
use crate::source::ModelPath;

/// The resources of all modules that begin at a directory, and what could not be read.
pub(super) fn collect<'p>(program: &'p Program<'p>, root: &'p str, notes: &mut Vec<Note>) -> Vec<Resource> {
    let Some((path, directory)) = program.directories.get_key_value(root) else { return Vec::new() };
    let module = Module::new(program, (path, directory), String::new(), String::new(), None);
    let mut resources = Vec::new();
    let mut unread = Vec::new();
    of_module(&module, None, &mut resources, &mut unread);
    if let Some((_, origin)) = unread.first() {
        let names: Vec<&str> = unread.iter().map(|(what, _)| what.as_str()).collect();
        let text = format!("tables of modules whose source is not among the files: {}", names.join(", "));
        let at = ModelPath::root();
        notes.push(Note { kind: NoteKind::NotModelled, at, text, origin: Some(*origin) });
    }
    resources
}

/// Recursion is bounded by the number of modules that may be within each other.
fn of_module<'p>(
    module: &Rc<Module<'p>>,
    open: Option<&str>,
    resources: &mut Vec<Resource>,
    unread: &mut Vec<(String, Origin)>,
) {
    for ((kind, name), block) in
        module.directory.resources.iter().filter(|((kind, _), _)| KINDS.contains(&kind.as_str()))
    {
        let instances = module.instances(block);
        let own = match &instances {
            Instances::Open(_, why) => Some(why.clone()),
            _ => None,
        };
        for (key, names) in instances.with_keys() {
            if module.program.spend(1).is_none() {
                return;
            }
            let values = at_call(body(&block.body, module, &names), module);
            let (region, alias) = region_of(module, block, &values);
            let pattern = block
                .body
                .attributes
                .get("name")
                .filter(|_| !matches!(values.get("name").map(|name| &name.value), Some(Value::Text(_))))
                .map(|name| pattern(name, &module.scope(name.origin, &names)));
            let suffix = match &key {
                Key::Name(key) => key.clone(),
                Key::Index(index) if *index > 0 => index.to_string(),
                _ => String::new(),
            };
            resources.push(Resource {
                address: format!("{}{kind}.{name}{key}", module.address),
                kind: kind.clone(),
                label: label(&module.label, name, &suffix),
                values,
                region,
                alias,
                pattern,
                open: own.clone().or_else(|| open.map(str::to_owned)),
                origin: place(block.origin, module),
            });
        }
    }
    for (name, block) in &module.directory.modules {
        match &*module.children(name, block) {
            Children::Unread(_) => {
                let source = super::program::source(block).unwrap_or_default();
                unread.push((format!("`{}module.{name}` (`{source}`)", module.address), block.origin));
            }
            Children::Read(instances) => {
                let own = match instances {
                    Instances::Open(_, why) => Some(why.as_str()),
                    _ => open,
                };
                for (_, child) in instances.clone().with_keys() {
                    of_module(&child, own, resources, unread);
                }
            }
        }
    }
}

/// A place in the files: for a module that is known here, that of its call.
fn place(origin: Origin, module: &Rc<Module<'_>>) -> Origin {
    if origin.file < module.program.files.len() {
        return origin;
    }
    module.call.as_ref().map_or(Origin::default(), |call| call.block.origin)
}

fn at_call(mut node: Node, module: &Rc<Module<'_>>) -> Node {
    node.origin = place(node.origin, module);
    match &mut node.value {
        Value::List(items) => {
            for item in items.iter_mut() {
                *item = at_call(std::mem::replace(item, empty()), module);
            }
        }
        Value::Map(map) => {
            for value in map.values_mut() {
                *value = at_call(std::mem::replace(value, empty()), module);
            }
        }
        _ => {}
    }
    node
}

fn empty() -> Node {
    Node::new(Value::Nothing, Origin::default())
}

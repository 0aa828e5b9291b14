//! The files of a configuration, by the directories that are its modules.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::IndexMap;

use super::embedded;
use super::syntax::{Attribute, Block, Body, Written, parse};
use crate::interop::format::{ImportError, Options};
use crate::interop::node::{Node, Value};
use crate::source::SourceFile;

/// The steps of an evaluation, over all modules: a value that is made or copied is one. A thousand
/// tables take a tenth of it.
const STEPS: u64 = 500_000;

/// The deepest that evaluations may be nested, through references and modules.
const MAX_DEPTH: usize = 100;

/// The files, and what an evaluation of them may still consume.
pub(super) struct Program<'p> {
    pub(super) files: &'p [SourceFile],
    pub(super) options: &'p Options,
    pub(super) directories: BTreeMap<String, Directory>,
    /// The values of variables that files give.
    pub(super) values: IndexMap<String, Attribute>,
    steps: Cell<u64>,
    depth: Cell<usize>,
}

/// A module's blocks, by what refers to them.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) variables: IndexMap<String, Block>,
    pub(super) locals: IndexMap<String, Attribute>,
    pub(super) resources: IndexMap<(String, String), Block>,
    pub(super) modules: IndexMap<String, Block>,
    pub(super) outputs: IndexMap<String, Block>,
    pub(super) providers: Vec<Block>,
}

impl<'p> Program<'p> {
    /// Parses the files of these positions.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub(super) fn parse(files: &'p [SourceFile], which: &[usize], options: &'p Options) -> Result<Self, ImportError> {
        let mut directories: BTreeMap<String, Directory> = BTreeMap::new();
        let mut values = Vec::new();
        for &index in which {
            let Some(file) = files.get(index) else { continue };
            let body = parse(file, index)?;
            let name = file.portable_name();
            if is_values(&name) {
                values.push((rank(&name), body.attributes));
                continue;
            }
            directories.entry(directory_of(&name).to_owned()).or_default().add(body);
        }
        let called: Vec<String> =
            directories.values().flat_map(|directory| directory.modules.values().filter_map(source)).collect();
        for (position, (name, file)) in embedded::files().enumerate() {
            if called.iter().any(|source| embedded::known(source) == Some(name.as_str())) {
                // Its places are after those of the files; `collect` puts that of the call there.
                directories.entry(name).or_default().add(parse(&file, files.len() + position)?);
            }
        }
        // <https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence>
        values.sort_by(|(a, _), (b, _)| a.cmp(b));
        let values = values.into_iter().flat_map(|(_, attributes)| attributes).collect();
        Ok(Self { files, options, directories, values, steps: Cell::new(STEPS), depth: Cell::new(0) })
    }

    /// The directories that no other calls: Terraform would be started in these.
    pub(super) fn roots(&self) -> Vec<&str> {
        let called: BTreeSet<String> = self
            .directories
            .iter()
            .flat_map(|(name, directory)| {
                let local = |block: &Block| local_source(block).map(|source| joined(name, &source));
                directory.modules.values().filter_map(local).filter(|called| called != name).collect::<Vec<_>>()
            })
            .collect();
        let own = || self.directories.keys().map(String::as_str).filter(|name| !embedded::is_embedded(name));
        let roots: Vec<&str> = own().filter(|name| !called.contains(*name)).collect();
        // Modules that call each other in a circle have no root; then each is read for itself.
        if roots.is_empty() { own().collect() } else { roots }
    }

    /// The names that values can be given for: the variables of the roots, others that a file asks
    /// for although none declares them, and the workspace.
    pub(super) fn takes(&self) -> BTreeSet<String> {
        let roots = self.roots().into_iter().filter_map(|root| self.directories.get(root));
        let mut names: BTreeSet<String> = roots.flat_map(|root| root.variables.keys().cloned()).collect();
        let is_asked = |name: &String| self.files.iter().any(|file| file.text.contains(&format!("var.{name}")));
        let is_declared =
            |name: &String| self.directories.values().any(|directory| directory.variables.contains_key(name));
        let given = self.options.parameters.keys();
        names.extend(given.filter(|name| !is_declared(name) && is_asked(name)).cloned());
        names.insert("terraform.workspace".to_owned());
        names
    }

    /// Takes steps for a value of this size; nothing when too many were taken.
    pub(super) fn spend(&self, steps: usize) -> Option<()> {
        let left = self.steps.get().checked_sub(steps as u64);
        self.steps.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    /// Runs an evaluation one level deeper; nothing when that is too deep.
    pub(super) fn deeper<T>(&self, evaluate: impl FnOnce() -> T) -> Option<T> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return None;
        }
        self.depth.set(depth + 1);
        let result = evaluate();
        self.depth.set(depth);
        Some(result)
    }
}

impl Directory {
    fn add(&mut self, body: Body) {
        for block in body.blocks {
            let first = block.label(0).to_owned();
            match block.kind.as_str() {
                "variable" => drop(self.variables.insert(first, block)),
                "output" => drop(self.outputs.insert(first, block)),
                "module" => drop(self.modules.insert(first, block)),
                "provider" => self.providers.push(block),
                "locals" => self.locals.extend(block.body.attributes),
                "resource" => {
                    let second = block.label(1).to_owned();
                    self.resources.insert((first, second), block);
                }
                _ => {}
            }
        }
    }
}

/// Whether a file gives variables their values.
pub(super) fn is_values(name: &str) -> bool {
    name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
}

/// Which values win: those of files that are named by hand over those that Terraform finds.
fn rank(name: &str) -> (u8, String) {
    let file = name.rsplit('/').next().unwrap_or(name);
    let rank = match file {
        "terraform.tfvars" => 0,
        "terraform.tfvars.json" => 1,
        _ if file.contains(".auto.tfvars") => 2,
        // In the order given, which sorting keeps.
        _ => return (3, String::new()),
    };
    (rank, file.to_owned())
}

/// The directory of a file: what is before its name.
pub(super) fn directory_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The source of a module call, where it is a directory beside: `./tables`, `../tables`.
pub(super) fn local_source(call: &Block) -> Option<String> {
    let source = source(call)?;
    (source.starts_with("./") || source.starts_with("../")).then_some(source)
}

/// The source of a module call, which is always a plain text.
pub(super) fn source(call: &Block) -> Option<String> {
    match &call.body.attributes.get("source")?.written {
        Written::Hcl(expression) => expression.as_str().map(str::to_owned),
        Written::Json(Node { value: Value::Text(text), .. }) => Some(text.clone()),
        Written::Json(_) => None,
    }
}

/// A directory as it is written from another one, without `.` and without `..` where possible.
pub(super) fn joined(directory: &str, source: &str) -> String {
    let rooted = directory.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(source.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}

/// The directories of the modules that a configuration file calls, as they are written from where
/// the file's own name begins: `infra/modules/table` for `../modules/table` in `infra/shop/main.tf`.
pub fn module_directories(file: &SourceFile) -> Vec<String> {
    let Ok(body) = parse(file, 0) else { return Vec::new() };
    let name = file.portable_name();
    let calls = body.blocks.iter().filter(|block| block.kind == "module");
    calls.filter_map(local_source).map(|source| joined(directory_of(&name), &source)).collect()
}

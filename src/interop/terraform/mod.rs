//! Terraform: configurations in HCL or JSON, as far as they can be evaluated without running them,
//! and plans and states as JSON.
//!
//! <https://developer.hashicorp.com/terraform/language>

mod blocks;
mod call;
mod collect;
mod embedded;
mod evaluate;
mod functions;
mod hcl;
mod instances;
mod module;
mod operators;
mod plan;
mod program;
mod reference;
mod replicas;
mod resource;
mod scaling;
mod scope;
mod shape;
mod syntax;
mod tables;
mod template;
mod types;
mod write;

pub(super) use plan::recognises;
pub use program::module_directories;
pub use write::{Omissions, write};

use super::format::{Format, ImportError, Options};
use super::imported::Imported;
use super::node::Node;
use crate::source::SourceFile;

/// The ends of the names of configuration files.
const ENDS: [&str; 6] = [".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json"];

/// Whether a file of this name is part of a configuration.
pub fn is_configuration_name(name: &str) -> bool {
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a file is part of a configuration: by its name, or, where its name says nothing, by how
/// its lines begin.
pub(super) fn is_configuration(file: &SourceFile, format: Option<Format>) -> bool {
    if format.is_some_and(|format| format != Format::Terraform) {
        return false;
    }
    if is_configuration_name(&file.name) {
        return true;
    }
    let begins = |line: &str| {
        let mut words = line.split([' ', '{', '"']).filter(|word| !word.is_empty());
        let kind = words.next().unwrap_or_default();
        line.starts_with(kind)
            && ["resource", "variable", "module", "locals", "provider", "terraform", "data", "output"].contains(&kind)
            && line.trim_end().ends_with('{')
    };
    !file.text.trim_start().starts_with('{') && file.text.lines().any(begins)
}

/// Reads the files of configurations, each directory as one module.
///
/// # Errors
/// A file that cannot be parsed, or none that has to do with tables.
pub(super) fn read_configuration(
    files: &[SourceFile],
    which: &[usize],
    options: &Options,
) -> Result<Imported, ImportError> {
    let program = program::Program::parse(files, which, options)?;
    let mut all = Imported::default();
    for root in program.roots() {
        let resources = collect::collect(&program, root, &mut all.notes);
        all.add(tables::tables(resources, Imported::default()));
    }
    all.parameters = program.takes();
    if all.tables.is_empty() && all.notes.is_empty() {
        return Err(nothing(which.first().copied().unwrap_or_default()));
    }
    Ok(all)
}

/// Reads a plan or a state.
///
/// # Errors
/// When nothing in it has to do with tables.
pub(super) fn read_plan(file: usize, document: &Node) -> Result<Imported, ImportError> {
    let imported = tables::tables(plan::resources(document), Imported::default());
    if imported.tables.is_empty() && imported.notes.is_empty() {
        return Err(nothing(file));
    }
    Ok(imported)
}

fn nothing(file: usize) -> ImportError {
    ImportError {
        file,
        message: "no resource here has to do with a DynamoDB table".to_owned(),
        span: None,
        help: Some("name the files or the directory that declare `aws_dynamodb_table`".to_owned()),
    }
}

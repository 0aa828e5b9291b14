//! The Terraform configuration of a directory, with the modules beside it.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::CommandError;
use super::inputs::{Input, file};
use crate::interop::terraform::{is_configuration_name, module_directories};

/// The most directories of modules that one configuration reads.
const MOST: usize = 100;

/// Reads a directory's configuration as Terraform does: its own files, the variables' values that
/// are found without being named, and the modules that it calls by a path.
///
/// # Errors
/// When there is no configuration in it.
pub(super) fn read(directory: &Path) -> Result<Vec<Input>, CommandError> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([directory.to_path_buf()]);
    while let Some(next) = queue.pop_front() {
        let root = inputs.is_empty();
        for path in files(&next, root)? {
            let input = file(&path);
            let called = input.as_ref().map(module_directories).unwrap_or_default();
            for called in called {
                let called = PathBuf::from(if called.is_empty() { "." } else { &called });
                if seen.len() < MOST && called.is_dir() && called != next && seen.insert(called.clone()) {
                    queue.push_back(called);
                }
            }
            inputs.push(input);
        }
        if root && inputs.is_empty() {
            let why = format!("no Terraform file in `{}`; name the files to import", directory.display());
            return Err(CommandError::Input(why));
        }
    }
    Ok(inputs)
}

/// The files of one module, sorted by name; the values of variables only for the first.
fn files(directory: &Path, root: bool) -> Result<Vec<PathBuf>, CommandError> {
    let said = |error: std::io::Error| CommandError::Input(format!("`{}`: {error}", directory.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(said)? {
        let entry = entry.map_err(said)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let found = !name.starts_with('.') && is_configuration_name(&name) && entry.path().is_file();
        let values = name.contains(".tfvars");
        let automatic = ["terraform.tfvars", "terraform.tfvars.json"].contains(&name.as_str())
            || name.ends_with(".auto.tfvars")
            || name.ends_with(".auto.tfvars.json");
        if found && (!values || (root && automatic)) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

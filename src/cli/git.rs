//! Files as they were at a git revision, read through the git executable.

use std::path::Path;
use std::process::Command;

use super::CommandError;

/// The bytes of a file at a revision.
///
/// # Errors
/// When git is not there, the file is in no repository, or the revision does not have it.
pub(super) fn show(file: &Path, revision: &str) -> Result<Vec<u8>, CommandError> {
    if revision.starts_with('-') {
        return Err(CommandError::Usage(format!("`{revision}` is no git revision")));
    }
    let full = file
        .canonicalize()
        .map_err(|error| CommandError::Input(format!("`{}` cannot be read: {error}", file.display())))?;
    let (Some(directory), Some(name)) = (full.parent(), full.file_name()) else {
        return Err(CommandError::Usage(format!("`{}` is no file", file.display())));
    };
    // A path that begins with `./` is relative to the directory in which git runs.
    let object = format!("{revision}:./{}", name.to_string_lossy());
    let output = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(["show", "--end-of-options", &object])
        .output()
        .map_err(|error| CommandError::Input(format!("git cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("git gave no reason").trim_start_matches("fatal: ").to_owned();
    Err(CommandError::Input(format!("`{}` at `{revision}`: {said}", file.display())))
}

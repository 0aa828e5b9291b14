//! Files as they were at a git revision, read through the git executable. Nothing is written, and
//! nothing is fetched.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::CommandError;
use super::settings::directory;

/// A file at a revision.
pub(super) struct Found {
    /// What it was called then, where that was something else.
    pub(super) old_name: Option<String>,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// A revision, as seen from the directory of a file.
struct Revision<'r> {
    directory: &'r Path,
    name: &'r str,
    commit: String,
}

/// Reads a file as it was at a revision; nothing where it did not exist under its name, and git
/// knows of no other name that it had.
///
/// # Errors
/// When there is no git, no repository or no such revision.
pub(super) fn at_revision(file: &Path, name: &str) -> Result<Option<Found>, CommandError> {
    let revision = Revision::new(directory(file), name)?;
    let Some(base_name) = file.file_name() else { return Ok(None) };
    if let Some(bytes) = revision.file(base_name)? {
        return Ok(Some(Found { old_name: None, bytes }));
    }
    let Some(old) = revision.name_before(base_name)? else { return Ok(None) };
    let bytes = revision.run(&["cat-file".as_ref(), "blob".as_ref(), format!("{}:{old}", revision.commit).as_ref()])?;
    Ok(Some(Found { old_name: Some(old), bytes }))
}

impl<'r> Revision<'r> {
    fn new(directory: &'r Path, name: &'r str) -> Result<Self, CommandError> {
        if name.is_empty() || name.starts_with('-') {
            return Err(CommandError::Usage(format!("`{name}` is no git revision")));
        }
        if !git(directory, &["rev-parse".as_ref(), "--git-dir".as_ref()])?.status.success() {
            let place = std::path::absolute(directory).unwrap_or_else(|_| PathBuf::from(directory));
            let why = format!("`--base {name}`: `{}` is in no git repository that can be read", place.display());
            return Err(CommandError::Input(why));
        }
        let commit = format!("{name}^{{commit}}");
        let found = git(directory, &["rev-parse".as_ref(), "--verify".as_ref(), "--quiet".as_ref(), commit.as_ref()])?;
        if !found.status.success() {
            return Err(CommandError::Input(format!(
                "git knows no revision `{name}`; fetch it first (a shallow clone has only the newest commits)"
            )));
        }
        Ok(Self { directory, name, commit: String::from_utf8_lossy(&found.stdout).trim().to_owned() })
    }

    /// The bytes of a file of the directory, where it was there.
    fn file(&self, name: &OsStr) -> Result<Option<Vec<u8>>, CommandError> {
        let listed = self.run(&["ls-tree".as_ref(), "-z".as_ref(), self.commit.as_ref(), "--".as_ref(), name])?;
        // `mode type object<TAB>name`; a link's object is where it points to, and no model.
        let listed = String::from_utf8_lossy(&listed);
        let entry = listed.split('\t').next().unwrap_or_default();
        match entry.split(' ').collect::<Vec<_>>().as_slice() {
            [mode, "blob", object] if *mode != "120000" => {
                self.run(&["cat-file".as_ref(), "blob".as_ref(), object.as_ref()]).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The name, from the top of the repository, of the file that git takes for this one's past.
    fn name_before(&self, name: &OsStr) -> Result<Option<String>, CommandError> {
        let prefix = self.run(&["rev-parse".as_ref(), "--show-prefix".as_ref()])?;
        let now = format!("{}{}", String::from_utf8_lossy(&prefix).trim_end_matches('\n'), name.to_string_lossy());
        let renames = self.run(
            &[
                "diff",
                "--no-ext-diff",
                "--no-relative",
                "--name-status",
                "-z",
                "--find-renames",
                "--diff-filter=R",
                &self.commit,
            ]
            .map(OsStr::new),
        )?;
        let renames = String::from_utf8_lossy(&renames);
        // `R<percent>`, the old name and the new one, each with a zero byte after it.
        let fields: Vec<&str> = renames.split('\0').collect();
        let renamed = fields.chunks_exact(3).find_map(|entry| match entry {
            [_, old, new] if *new == now => Some((*old).to_owned()),
            _ => None,
        });
        Ok(renamed)
    }

    fn run(&self, arguments: &[&OsStr]) -> Result<Vec<u8>, CommandError> {
        let output = git(self.directory, arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(CommandError::Input(format!("git cannot read `{}`: {why}", self.name)))
    }
}

fn git(directory: &Path, arguments: &[&OsStr]) -> Result<Output, CommandError> {
    let mut command = Command::new("git");
    // Hooks run with these set, for another directory than the file's.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command.envs([("LC_ALL", "C"), ("GIT_OPTIONAL_LOCKS", "0"), ("GIT_NO_LAZY_FETCH", "1")]);
    command.arg("--literal-pathspecs").arg("--no-pager").args(arguments).current_dir(directory);
    command.output().map_err(|error: io::Error| match error.kind() {
        ErrorKind::NotFound if directory.is_dir() => {
            CommandError::Input("`--base` reads files through `git`, and there is no `git` on the path".to_owned())
        }
        _ => CommandError::Input(format!("`git` cannot be run in `{}`: {error}", directory.display())),
    })
}

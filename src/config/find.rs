//! Which file counts for a model: the nearest above it, and what that one extends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::paths::{absolute, shown};
use super::{Config, ConfigError, FILE_NAME, written};

/// Larger files are not settings.
const MAX_BYTES: u64 = 1 << 20;

/// The configurations of a run. Each file is read once.
#[derive(Debug, Default)]
pub struct Configs {
    fixed: Option<Arc<Config>>,
    of_directories: BTreeMap<PathBuf, Arc<Config>>,
    of_files: BTreeMap<PathBuf, Arc<Config>>,
}

impl Configs {
    /// Those that stand nearest to each model.
    pub fn nearest() -> Self {
        Self::default()
    }

    /// None for all models.
    pub fn none() -> Self {
        Self { fixed: Some(Arc::default()), ..Self::default() }
    }

    /// One file for all models.
    ///
    /// # Errors
    /// When it cannot be read or is wrong.
    pub fn one(file: &Path) -> Result<Self, ConfigError> {
        let config = load(&absolute(file), &mut Vec::new())?;
        Ok(Self { fixed: Some(Arc::new(config)), ..Self::default() })
    }

    /// What counts for models in a directory. The search goes upwards and ends with the directory
    /// that holds the repository (`.git`), so that nothing outside of it plays a part.
    ///
    /// # Errors
    /// When the file cannot be read or is wrong.
    pub fn of(&mut self, directory: &Path) -> Result<Arc<Config>, ConfigError> {
        if let Some(fixed) = &self.fixed {
            return Ok(Arc::clone(fixed));
        }
        let directory = absolute(directory);
        if let Some(known) = self.of_directories.get(&directory) {
            return Ok(Arc::clone(known));
        }
        let config = match nearest_file(&directory) {
            None => Arc::default(),
            Some(file) => match self.of_files.get(&file) {
                Some(known) => Arc::clone(known),
                None => {
                    let config = Arc::new(load(&file, &mut Vec::new())?);
                    self.of_files.insert(file, Arc::clone(&config));
                    config
                }
            },
        };
        self.of_directories.insert(directory, Arc::clone(&config));
        Ok(config)
    }
}

fn nearest_file(directory: &Path) -> Option<PathBuf> {
    for directory in directory.ancestors() {
        let file = directory.join(FILE_NAME);
        if file.is_file() {
            return Some(file);
        }
        if directory.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads a file with everything that it extends; `above` are the files that led to it.
fn load(file: &Path, above: &mut Vec<PathBuf>) -> Result<Config, ConfigError> {
    let text = text(file)?;
    let (config, extends) = written::read(file, &text)?;
    let Some(base) = extends else { return Ok(config) };
    above.push(file.to_path_buf());
    let at = format!("{}:{}: `extends`", shown(&base.file), base.line);
    if let Some(first) = above.iter().position(|seen| *seen == base.value) {
        let circle: Vec<String> = above.iter().skip(first).chain([&base.value]).map(|file| shown(file)).collect();
        return Err(ConfigError(format!("{at} goes in a circle: {}", circle.join(" -> "))));
    }
    if !base.value.is_file() {
        return Err(ConfigError(format!("{at}: there is no file `{}`", shown(&base.value))));
    }
    Ok(config.over(load(&base.value, above)?))
}

fn text(file: &Path) -> Result<String, ConfigError> {
    let cannot = |why: String| ConfigError(format!("`{}` {why}", shown(file)));
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| cannot(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(cannot("is larger than 1 MB".to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| cannot("is no UTF-8 text".to_owned()))
}

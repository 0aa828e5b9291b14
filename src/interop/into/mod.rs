//! Importing into a model that is there already: its tables follow the infrastructure, and
//! everything else stays as a person wrote it, comments and order included.

mod edits;
mod merge;

use crate::model::Model;
use crate::source::{ModelPath, SourceFile, load};

use super::imported::{Imported, Note};
use super::render;

/// A model that was updated.
#[derive(Debug, Clone)]
pub struct Updated {
    /// The new text.
    pub text: String,
    /// The parts that changed, in the order of the model.
    pub changed: Vec<ModelPath>,
    /// What a reader must know.
    pub notes: Vec<Note>,
}

/// Why a model cannot be updated.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The text is no model.
    #[error("the model cannot be read: {0}")]
    Unreadable(String),
    /// The text is written in a way that cannot be edited part by part.
    #[error("the model is written in a way that cannot be updated part by part{0}; write these parts out first")]
    Entangled(&'static str),
    /// The model cannot be written as YAML.
    #[error(transparent)]
    Unwritable(#[from] serde_yaml::Error),
}

/// Updates a model's text.
///
/// # Errors
/// When the text is no model, or when it repeats parts by anchors, so that changing one place would
/// change another.
pub fn update(file: &SourceFile, imported: Imported) -> Result<Updated, UpdateError> {
    let (model, tree) = load(&file.text).map_err(|problems| {
        UpdateError::Unreadable(problems.into_iter().next().map(|problem| problem.message).unwrap_or_default())
    })?;
    let (wanted, notes) = merge::merged(&model, imported)?;
    let (old, new) = (render::value(&model)?, render::value(&wanted)?);
    let edits = edits::between(&tree, &file.text, &old, &new);
    let text = edits.apply(&file.text);
    // What was written must be what was wanted, whatever the text looked like before.
    match load(&text) {
        Ok((written, _)) if same(&written, &wanted)? => Ok(Updated { text, changed: edits.changed, notes }),
        _ if tree.has_aliases() => Err(UpdateError::Entangled(" (it repeats parts by anchors)")),
        _ => Err(UpdateError::Entangled("")),
    }
}

fn same(written: &Model, wanted: &Model) -> Result<bool, serde_yaml::Error> {
    Ok(render::value(written)? == render::value(wanted)?)
}

//! Other tools' files: read into models, and written from them.
//!
//! A reader takes its format's own notation away and leaves [`node::Node`]s: values with their
//! places, and values that the file does not tell. What the formats share is read once, from
//! those. Nothing that a file leaves open is invented: it is absent from the model and said.

mod cloudformation;
mod create_table;
mod described;
mod document;
mod export;
mod format;
mod imported;
mod node;
mod table_shape;
mod throughput;
mod written;

pub use create_table::{CreateTable, create_table_input};
pub use export::{ExportError, Exported, Omission, Target, export};
pub use format::{Format, ImportError, Options, read};
pub use imported::{Imported, ImportedTable, Note, NoteKind, Unknown};
pub use node::{Node, Origin, Told, Value};
pub use written::model_text;

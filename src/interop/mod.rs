//! Other tools' files: read into models, and written from them.
//!
//! A reader takes its format's own notation away and leaves [`node::Node`]s: values with their
//! places, and values that the file does not tell. What the formats share is read once, from
//! those. Nothing that a file leaves open is invented: it is absent from the model and said.

mod assembled;
mod cloudformation;
mod create_table;
mod data_model;
mod deployed;
mod described;
mod document;
mod export;
mod format;
mod imported;
mod into;
mod javascript;
mod key_guess;
mod mcp_schema;
mod node;
mod onetable;
mod render;
mod sample_kinds;
mod samples;
mod table_shape;
pub mod terraform;
mod throughput;
pub mod workbench;
mod written;

pub use create_table::{CreateTable, create_table_input};
pub use deployed::Deployed;
pub use export::{ExportError, Exported, Omission, Target, export};
pub use format::{Format, ImportError, Options, read};
pub use imported::{Imported, ImportedTable, Note, NoteKind, SampleRows, Unknown};
pub use into::{UpdateError, Updated, update};
pub use node::{Node, Origin, Told, Value};
pub use written::model_text;

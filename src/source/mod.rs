//! Text to model: one parse of the text into a tree that knows where everything stands, a check of
//! its shape that finds every mistake at once, and the decoding into [`crate::model::Model`].

mod cut;
mod decode;
mod lines;
mod locate;
mod parse;
mod path;
mod schema;
mod shape;
mod shapes;
mod shown;
mod suggest;
mod tree;

pub use cut::cut_templates;
pub use decode::{SourceFile, load, parse_foreign};
pub use lines::LineIndex;
pub use locate::Locator;
pub use parse::{MAX_BYTES, MAX_DEPTH};
pub use path::{ModelPath, Step};
pub use schema::model_schema;
pub(crate) use schema::polished;
pub use shown::{escaped, escaped_lines};
pub use suggest::{nearest, word_for};
pub use tree::{Comment, Node, NodeId, NodeKind, Scalar, Span, Tree};

/// Something that keeps a text from being read as a model, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where in the text.
    pub span: Span,
    /// A few words for the marked place.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The text that belongs there, where only one thing can be meant.
    pub replacement: Option<String>,
}

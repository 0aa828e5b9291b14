//! The document as a tree of nodes with byte spans.

/// A range of bytes of the text, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from its two ends.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Whether the other span lies within this one.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The bytes that it covers.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// The index of a node in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// A node with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands. A node that an alias repeats stands where its anchor does.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// A word, number or text; `plain` when it is not quoted, so that it may be a number, a
    /// boolean or nothing.
    Scalar {
        /// The text after unescaping.
        text: String,
        /// Whether it stands without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<NodeId>),
    /// A map, in the order written; keys are unique.
    Map(Vec<(NodeId, NodeId)>),
}

/// What an unquoted word means by YAML 1.2's core schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'t> {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(&'t str),
    /// Anything else.
    Text(&'t str),
}

impl NodeKind {
    /// The scalar that the node is, if it is one.
    pub fn scalar(&self) -> Option<Scalar<'_>> {
        let Self::Scalar { text, plain } = self else { return None };
        if !plain {
            return Some(Scalar::Text(text));
        }
        Some(match text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
            "true" | "True" | "TRUE" => Scalar::Boolean(true),
            "false" | "False" | "FALSE" => Scalar::Boolean(false),
            word if is_number(word) => Scalar::Number(word),
            word => Scalar::Text(word),
        })
    }
}

/// Whether a word is a decimal integer or float of YAML 1.2's core schema.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'))
        && word.parse::<f64>().is_ok_and(f64::is_finite)
}

/// A comment of the text.
#[derive(Debug, Clone)]
pub struct Comment {
    /// The text after `#`.
    pub text: String,
    /// The whole comment, with its `#`.
    pub span: Span,
    /// Whether something else stands before it on its line.
    pub after_content: bool,
}

/// A parsed document.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    /// The comments, in the order of the text.
    pub comments: Vec<Comment>,
    /// The nodes that have a tag of their own, such as `!Ref`, in the order of the nodes.
    pub(super) tags: Vec<(NodeId, String)>,
    /// Whether an alias repeats a part of the document.
    pub(super) has_aliases: bool,
}

impl Tree {
    /// The outermost node.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// A node by its index.
    pub fn node(&self, id: NodeId) -> &Node {
        static NOTHING: Node = Node { kind: NodeKind::List(Vec::new()), span: Span { start: 0, end: 0 } };
        self.nodes.get(id.0 as usize).unwrap_or(&NOTHING)
    }

    /// Whether an alias repeats a part of the document.
    pub fn has_aliases(&self) -> bool {
        self.has_aliases
    }

    /// The tag of a node, such as `!Ref`, where the text's dialect has tags.
    pub fn tag(&self, id: NodeId) -> Option<&str> {
        let position = self.tags.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        self.tags.get(position).map(|(_, tag)| tag.as_str())
    }

    /// The text of a scalar node; empty for other nodes.
    pub fn text(&self, id: NodeId) -> &str {
        match &self.node(id).kind {
            NodeKind::Scalar { text, .. } => text,
            _ => "",
        }
    }
}

//! From bytes to a decoded model, with everything needed to point back into the text.

use serde_yaml::{Mapping, Number, Value};

use super::parse::{Dialect, parse};
use super::shown::stand_in;
use super::tree::{NodeId, NodeKind, Scalar, Tree};
use super::{LineIndex, Problem, Span, shape};
use crate::model::Model;

/// A text that was read, and where its lines start.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The name to show, usually the path as the user wrote it.
    pub name: String,
    /// The text.
    pub text: String,
    /// Where its lines start.
    pub lines: LineIndex,
    /// The text for excerpts, where it differs.
    shown: Option<String>,
}

impl SourceFile {
    /// The name as programs on other machines read it: with `/`, and no `./` before it.
    pub fn portable_name(&self) -> String {
        let name = self.name.replace('\\', "/");
        name.trim_start_matches("./").to_owned()
    }

    /// The text as excerpts may show it, byte by byte at the same places.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.text)
    }

    /// A file that could not be read, with the reason.
    pub fn unread(name: impl Into<String>, why: impl Into<String>) -> Box<(Self, Problem)> {
        let file = Self { name: name.into(), text: String::new(), lines: LineIndex::new(""), shown: None };
        let problem =
            Problem { message: why.into(), span: Span::new(0, 0), label: String::new(), help: None, replacement: None };
        Box::new((file, problem))
    }

    /// Takes a file's bytes as UTF-8 text.
    ///
    /// # Errors
    /// The place of the first byte that is not UTF-8, with the text before it.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Box<(Self, Problem)>> {
        let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let (text, invalid) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(at))
            }
        };
        let lines = LineIndex::new(&text);
        let shown = stand_in(&text);
        let file = Self { name: name.into(), text, lines, shown };
        // The beginning of what `>` writes in Windows PowerShell:
        // <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding>
        let what = if is_utf_16 { "is UTF-16 text; save it as UTF-8" } else { "is not UTF-8 text" };
        match invalid {
            None => Ok(file),
            Some(at) => {
                let problem = Problem {
                    message: format!("{what} (byte {at})"),
                    span: Span::new(at, at),
                    label: "the first byte that is not UTF-8".to_owned(),
                    help: Some("save the file as UTF-8".to_owned()),
                    replacement: None,
                };
                Err(Box::new((file, problem)))
            }
        }
    }
}

/// Reads a text as a model, with the tree that tells where everything stands.
///
/// # Errors
/// The syntax error, or every mistake in the document's shape, each at its place.
pub fn load(text: &str) -> Result<(Model, Tree), Vec<Problem>> {
    let tree = parse(text, Dialect::Model)?;
    let comments = json_comments(&tree);
    if !comments.is_empty() {
        return Err(comments);
    }
    let mut problems = shape::check(&tree);
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.span);
        return Err(problems);
    }
    let value = to_value(&tree, tree.root());
    match serde_path_to_error::deserialize(value) {
        Ok(model) => Ok((model, tree)),
        Err(error) => {
            let path = error.path().to_string();
            let dotted = super::Locator::new(&tree);
            let span = dotted.resolve(&path).map_or_else(Span::default, |path| dotted.value_span(&path));
            Err(vec![Problem {
                message: format!("`{path}` cannot be read: {}", error.into_inner()),
                span,
                label: "here".to_owned(),
                help: None,
                replacement: None,
            }])
        }
    }
}

/// What stands in JSON as other languages write comments, and is read as the beginning of a name.
fn json_comments(tree: &Tree) -> Vec<Problem> {
    let maps = tree.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::Map(pairs) => Some(pairs),
        _ => None,
    });
    let keys = maps.flatten().map(|(key, _)| tree.node(*key));
    let comments = keys.filter(|key| match &key.kind {
        NodeKind::Scalar { text, plain: true, .. } => text.starts_with("//") || text.starts_with("/*"),
        _ => false,
    });
    let mut problems: Vec<Problem> = comments
        .map(|key| Problem {
            message: "JSON has no comments".to_owned(),
            span: Span::new(key.span.start, key.span.start.saturating_add(2)),
            label: "read as a name".to_owned(),
            help: Some("remove it; in YAML a comment begins with `#`".to_owned()),
            replacement: None,
        })
        .collect();
    problems.sort_by_key(|problem| problem.span);
    problems
}

/// Reads the YAML or JSON text of another tool: with its tags, and with the last of a key that
/// comes twice.
///
/// # Errors
/// The syntax error, at its place.
pub fn parse_foreign(text: &str) -> Result<Tree, Vec<Problem>> {
    parse(text, Dialect::Foreign)
}

/// Recursion is bounded by the depth, and size by the alias budget, that parsing allows.
fn to_value(tree: &Tree, id: NodeId) -> Value {
    let kind = &tree.node(id).kind;
    match kind {
        NodeKind::List(items) => Value::Sequence(items.iter().map(|item| to_value(tree, *item)).collect()),
        NodeKind::Map(pairs) => {
            let mut map = Mapping::with_capacity(pairs.len());
            for (key, value) in pairs {
                map.insert(Value::String(tree.text(*key).to_owned()), to_value(tree, *value));
            }
            Value::Mapping(map)
        }
        NodeKind::Scalar { text, .. } => match kind.scalar() {
            Some(Scalar::Null) | None => Value::Null,
            Some(Scalar::Boolean(yes)) => Value::Bool(yes),
            Some(Scalar::Number(number)) => to_number(number),
            Some(Scalar::Text(_)) => Value::String(text.clone()),
        },
    }
}

/// A number as YAML holds it; one that would lose digits stays the text it was.
fn to_number(text: &str) -> Value {
    if let Ok(number) = text.parse::<u64>() {
        return Value::Number(Number::from(number));
    }
    if let Ok(number) = text.parse::<i64>() {
        return Value::Number(Number::from(number));
    }
    match text.parse::<f64>() {
        Ok(number) if number.to_string() == text => Value::Number(Number::from(number)),
        _ => Value::String(text.to_owned()),
    }
}

//! Terraform's two notations, HCL and JSON, as bodies of attributes and blocks.
//!
//! <https://developer.hashicorp.com/terraform/language/syntax/configuration>,
//! <https://developer.hashicorp.com/terraform/language/syntax/json>

use crate::IndexMap;
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{self, Structure};

use crate::interop::document::read_document;
use crate::interop::format::{ImportError, syntax_error};
use crate::interop::node::{Node, Origin, Value};
use crate::source::{SourceFile, Span};

/// The largest configuration file that is read, in bytes. People write a tenth of it; the parser's
/// time grows with the square of the entries of one object.
const MAX_BYTES: usize = 256 << 10;

/// What stands between two braces.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) attributes: IndexMap<String, Attribute>,
    pub(super) blocks: Vec<Block>,
}

/// A value that is to be evaluated.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) written: Written,
    pub(super) origin: Origin,
}

/// A value as it is written.
#[derive(Debug)]
pub(super) enum Written {
    /// An expression of HCL.
    Hcl(Box<Expression>),
    /// JSON whose texts are templates.
    Json(Node),
}

/// A block with its labels: `resource "aws_dynamodb_table" "orders" { … }`.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: String,
    pub(super) labels: Vec<String>,
    pub(super) body: Body,
    pub(super) origin: Origin,
}

impl Block {
    /// The label at a position; empty where there is none.
    pub(super) fn label(&self, position: usize) -> &str {
        self.labels.get(position).map_or("", String::as_str)
    }
}

/// Reads a file in the notation that its name, or else its text, shows.
///
/// # Errors
/// The syntax error, at its place.
pub(super) fn parse(file: &SourceFile, index: usize) -> Result<Body, ImportError> {
    if file.text.len() > MAX_BYTES {
        let message = format!("a configuration file of more than {} KB is not read", MAX_BYTES >> 10);
        return Err(ImportError { file: index, message, span: None, help: None });
    }
    if file.name.ends_with(".json") || file.text.trim_start().starts_with('{') {
        let document = read_document(file, index).map_err(|problems| syntax_error(index, problems))?;
        return Ok(match file.name.ends_with(".tfvars.json") {
            true => values(&document),
            false => top_level(&document),
        });
    }
    // The parser takes a file without its byte order mark, and spans count from there.
    let text = file.text.trim_start_matches('\u{feff}');
    let skipped = file.text.len() - text.len();
    let parsed = hcl_edit::parser::parse_body(text).map_err(|error| {
        let at = error.location().offset().saturating_add(skipped).min(file.text.len());
        let message = format!("the file is not valid HCL: {}", error.message());
        ImportError { file: index, message, span: Some(Span::new(at, at)), help: None }
    })?;
    Ok(body(parsed, &Place { file: index, skipped }))
}

/// Where the spans of a parse count from.
struct Place {
    file: usize,
    skipped: usize,
}

impl Place {
    fn origin(&self, span: Option<std::ops::Range<usize>>) -> Origin {
        let span = span.unwrap_or_default();
        Origin { file: self.file, span: Span::new(span.start + self.skipped, span.end + self.skipped) }
    }
}

/// Recursion is bounded by the nesting that the parser allows.
fn body(parsed: structure::Body, place: &Place) -> Body {
    let mut body = Body::default();
    for structure in parsed {
        match structure {
            Structure::Attribute(attribute) => {
                let origin = place.origin(attribute.span());
                let written = Written::Hcl(Box::new(attribute.value));
                body.attributes.insert(attribute.key.as_str().to_owned(), Attribute { written, origin });
            }
            Structure::Block(block) => {
                let origin = place.origin(block.span());
                let labels = block.labels.iter().map(|label| label.as_str().to_owned()).collect();
                let kind = block.ident.as_str().to_owned();
                body.blocks.push(Block { kind, labels, body: self::body(block.body, place), origin });
            }
        }
    }
    body
}

/// How many labels a block of the top level has.
fn labels_of(kind: &str) -> Option<usize> {
    match kind {
        "resource" | "data" => Some(2),
        "variable" | "module" | "output" | "provider" => Some(1),
        "locals" | "terraform" => Some(0),
        _ => None,
    }
}

fn top_level(document: &Node) -> Body {
    let mut body = Body::default();
    for (kind, inner) in document.entries() {
        if let Some(labels) = labels_of(kind) {
            labelled(&mut body, kind, &mut Vec::new(), labels, inner);
        }
    }
    body
}

/// Goes down as many maps as there are labels; a list stands for several of what it is in place of.
fn labelled(body: &mut Body, kind: &str, labels: &mut Vec<String>, missing: usize, node: &Node) {
    if let Value::List(items) = &node.value {
        // A list within a list is no notation of anything.
        for item in items.iter().filter(|item| matches!(item.value, Value::Map(_))) {
            labelled(body, kind, labels, missing, item);
        }
    } else if missing == 0 {
        let block = Block { kind: kind.to_owned(), labels: labels.clone(), body: json_body(node), origin: node.origin };
        body.blocks.push(block);
    } else {
        for (label, inner) in node.entries() {
            labels.push(label.to_owned());
            labelled(body, kind, labels, missing - 1, inner);
            labels.pop();
        }
    }
}

/// The body of a JSON block. Blocks within it cannot be told from maps; they are values, except
/// for `dynamic`.
fn json_body(node: &Node) -> Body {
    let mut body = values(node);
    if let Some(Attribute { written: Written::Json(dynamic), .. }) = body.attributes.shift_remove("dynamic") {
        labelled_dynamic(&mut body, &dynamic);
    }
    body
}

fn labelled_dynamic(body: &mut Body, dynamic: &Node) {
    for (label, inner) in dynamic.entries() {
        let several = std::slice::from_ref(inner);
        let several = if let Value::List(items) = &inner.value { items } else { several };
        for one in several {
            let mut read = values(one);
            if let Some(Attribute { written: Written::Json(content), origin }) = read.attributes.shift_remove("content")
            {
                let content =
                    Block { kind: "content".to_owned(), labels: Vec::new(), body: json_body(&content), origin };
                read.blocks.push(content);
            }
            let (kind, labels) = ("dynamic".to_owned(), vec![label.to_owned()]);
            body.blocks.push(Block { kind, labels, body: read, origin: one.origin });
        }
    }
}

/// A map whose entries are all values.
fn values(node: &Node) -> Body {
    let attributes = node.entries().filter(|(key, _)| *key != "//").map(|(key, value)| {
        (key.to_owned(), Attribute { written: Written::Json(value.clone()), origin: value.origin })
    });
    Body { attributes: attributes.collect(), blocks: Vec::new() }
}

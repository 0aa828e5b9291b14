//! Reading text into a [`Tree`], within limits that no input can exceed.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, Placement, ScalarStyle, Tag};

use super::Problem;
use super::tree::{Comment, Node, NodeId, NodeKind, Span, Tree};

/// The deepest nesting of a model; its own structure needs 8 levels.
pub const MAX_DEPTH: usize = 64;

/// The largest text, in bytes: 64 MB hold a design of some 150,000 patterns.
pub const MAX_BYTES: usize = 64 << 20;

/// More mistakes than this are not more help.
const MOST_PROBLEMS: usize = 100;

/// How many nodes aliases may add to those that are written out.
const ALIAS_BUDGET: u64 = 200_000;

/// A list or map whose end has not come yet.
struct Open {
    start: usize,
    anchor: usize,
    children: Vec<NodeId>,
    is_map: bool,
    tag: Option<String>,
}

/// Whose rules a text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A model's: tags mean nothing, and a key that comes twice is a mistake.
    Model,
    /// Another tool's: it has tags of its own, and of a key that comes twice the last counts, as in
    /// JSON.
    Foreign,
}

/// What an alias repeats: the node, how many nodes it stands for and how deep it is.
#[derive(Clone, Copy)]
struct Anchored {
    node: NodeId,
    weight: u64,
    height: usize,
}

struct Builder<'t> {
    text: &'t str,
    dialect: Dialect,
    tags: Vec<(NodeId, String)>,
    nodes: Vec<Node>,
    /// How many nodes each node stands for with its aliases, and how deep it is.
    measures: Vec<(u64, usize)>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    comments: Vec<Comment>,
    root: Option<NodeId>,
    aliased: u64,
    problems: Vec<Problem>,
}

/// Reads a text.
///
/// # Errors
/// The one syntax error that stopped the parser, or every duplicate key of the document.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Tree, Vec<Problem>> {
    if text.len() > MAX_BYTES {
        return Err(vec![problem(
            "the file is larger than 64 MB",
            Span::default(),
            "split the design into several files",
        )]);
    }
    if let Some(at) = text.find('\0') {
        return Err(vec![problem(
            "the text holds a NUL byte",
            Span::new(at, at + 1),
            "save the file as plain UTF-8 text",
        )]);
    }
    let mut builder = Builder {
        text,
        dialect,
        tags: Vec::new(),
        nodes: Vec::new(),
        measures: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        comments: Vec::new(),
        root: None,
        aliased: 0,
        problems: Vec::new(),
    };
    let mut options = Options::default();
    // A block of text that is commented out may be as long as it likes: what is kept of it is
    // bounded by the text.
    options.max_buffered_comment_events = usize::MAX;
    // Nobody asks for the comments of another tool's file.
    options.set_emit_comments(dialect == Dialect::Model);
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let at =
                    Span::new(span.start.byte_offset().unwrap_or_default(), span.end.byte_offset().unwrap_or_default());
                builder.event(event, at).map_err(|problem| vec![problem])?;
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
                return Err(vec![syntax_error(text, at, &error.info())]);
            }
        }
    }
    let Builder { nodes, comments, root, problems, tags, aliased, .. } = builder;
    if !problems.is_empty() {
        return Err(problems);
    }
    match root {
        Some(root) => Ok(Tree { nodes, root, comments, tags, has_aliases: aliased > 0 }),
        None => Err(vec![problem("the file is empty", Span::default(), "`keyplan init` writes a model to start from")]),
    }
}

fn problem(message: &str, span: Span, help: &str) -> Problem {
    Problem {
        message: message.to_owned(),
        span,
        label: "here".to_owned(),
        help: Some(help.to_owned()),
        replacement: None,
    }
}

/// Words for a syntax error, with the cause that is likely in a model file.
fn syntax_error(text: &str, at: usize, info: &str) -> Problem {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let previous = text.get(..start.saturating_sub(1)).and_then(|before| before.rsplit('\n').next()).unwrap_or("");
    let template = unquoted_template(text, at, start);
    let looks_templated = |line: &str| line.contains(": {") && line.contains('}') && !line.contains('"');
    let help = if line.starts_with('\t') || line.trim_start_matches(' ').starts_with('\t') {
        Some("indent with spaces; YAML does not allow tabs".to_owned())
    } else if let Some(quoted) = template {
        Some(format!("in a map in braces, `{{` ends an unquoted text; quote the key template: `{quoted}`"))
    } else if looks_templated(line) || looks_templated(previous) {
        let example = "a value that starts with `{` is a map to YAML; quote key templates: `pk: \"{user_id}#profile\"`";
        Some(example.to_owned())
    } else if info.contains("depth") || info.contains("recursion") || info.contains("nest") {
        Some("a model needs no more than 8 levels".to_owned())
    } else {
        None
    };
    Problem {
        message: format!("this is not valid YAML: {info}"),
        span: Span::new(at, at),
        label: "the text cannot be read from here on".to_owned(),
        help,
        replacement: None,
    }
}

/// The template that ends where the parser stopped, at the brace of its first attribute, with its key
/// and in quotes; `start` is where its line begins.
fn unquoted_template(text: &str, at: usize, start: usize) -> Option<String> {
    const MOST: usize = 60;
    let (before, rest) = (text.get(start..at)?, text.get(at..)?.lines().next()?);
    let (key, begun) = before.rsplit(['{', '[', ',']).next()?.split_once(": ")?;
    if !rest.starts_with('{') || begun.is_empty() || begun.contains(['"', '\'', ' ']) {
        return None;
    }
    // It goes on to the comma, brace or space that is not within braces of its own.
    let mut depth = 0_usize;
    let end = rest.find(|c: char| match c {
        '{' => {
            depth = depth.saturating_add(1);
            false
        }
        '}' if depth > 0 => {
            depth -= 1;
            false
        }
        _ => depth == 0 && matches!(c, ',' | '}' | ']' | ' '),
    });
    let goes_on = rest.get(..end.unwrap_or(rest.len()))?;
    (goes_on.len() <= MOST).then(|| format!("{}: \"{begun}{goes_on}\"", key.trim_start()))
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: Span) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain);
                // The parser writes an absent value as an empty span with `~`.
                let text = if plain && at.start == at.end { String::new() } else { text.into_owned() };
                let tag = self.own_tag(tag);
                self.close_node(NodeKind::Scalar { text, plain }, at, anchor, (1, 0), tag)
            }
            Event::SequenceStart(_, anchor, tag) => self.open_node(at, anchor, false, tag),
            Event::MappingStart(_, anchor, tag) => self.open_node(at, anchor, true, tag),
            Event::SequenceEnd | Event::MappingEnd => self.close_open(at),
            Event::Alias(id) => self.alias(id, at),
            Event::Comment(text, placement) => {
                let after_content = matches!(placement, Placement::Right);
                self.comments.push(Comment { text: text.into_owned(), span: at, after_content });
                Ok(())
            }
            Event::DocumentStart(..) if self.root.is_some() => Err(problem(
                "the file holds several documents",
                at,
                "keep one model in a file; check several files together",
            )),
            _ => Ok(()),
        }
    }

    /// A tag such as `!Ref`, where tags mean something; not those of YAML itself.
    fn own_tag(&self, tag: Option<Cow<'_, Tag>>) -> Option<String> {
        let tag = tag.filter(|_| self.dialect == Dialect::Foreign)?;
        (tag.handle() == "!" && !tag.suffix().is_empty()).then(|| format!("!{}", tag.suffix()))
    }

    fn open_node(&mut self, at: Span, anchor: usize, is_map: bool, tag: Option<Cow<'_, Tag>>) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(problem(
                "the text is nested more than 64 levels deep",
                at,
                "a model needs no more than 8 levels",
            ));
        }
        let tag = self.own_tag(tag);
        self.open.push(Open { start: at.start, anchor, children: Vec::new(), is_map, tag });
        Ok(())
    }

    /// Adds a finished node to the list or map that holds it.
    fn close_node(
        &mut self,
        kind: NodeKind,
        span: Span,
        anchor: usize,
        measure: (u64, usize),
        tag: Option<String>,
    ) -> Result<(), Problem> {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.tags.extend(tag.map(|tag| (id, tag)));
        self.nodes.push(Node { kind, span });
        self.measures.push(measure);
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: id, weight: measure.0, height: measure.1 });
        }
        self.attach(id);
        Ok(())
    }

    fn attach(&mut self, id: NodeId) {
        match self.open.last_mut() {
            Some(open) => open.children.push(id),
            None => self.root = Some(id),
        }
    }

    fn alias(&mut self, id: usize, at: Span) -> Result<(), Problem> {
        let Some(anchored) = self.anchors.get(&id).copied() else {
            return Err(problem("this alias stands inside the node that it repeats", at, "write the values out"));
        };
        self.aliased = self.aliased.saturating_add(anchored.weight);
        if self.aliased > ALIAS_BUDGET {
            return Err(problem("aliases repeat more than 200,000 nodes", at, "write the model with fewer aliases"));
        }
        if self.open.len() + anchored.height > MAX_DEPTH {
            return Err(problem("aliases nest more than 64 levels deep", at, "write the values out"));
        }
        self.attach(anchored.node);
        Ok(())
    }

    fn close_open(&mut self, at: Span) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let mut weight = 1_u64;
        let mut height = 0;
        for child in &open.children {
            let (child_weight, child_height) = self.measures.get(child.0 as usize).copied().unwrap_or((1, 0));
            weight = weight.saturating_add(child_weight);
            height = height.max(child_height + 1);
        }
        // A block ends where the next token starts; the last child's end is where a reader sees it end.
        let flow_end = self.text.as_bytes().get(at.end.wrapping_sub(1)).is_some_and(|b| matches!(b, b'}' | b']'));
        let last_child = open.children.iter().map(|id| self.node_end(*id)).max();
        let end = match last_child {
            Some(end) if !flow_end || at.start == at.end => end,
            _ => at.end,
        };
        let span = Span::new(open.start, end);
        let kind =
            if open.is_map { NodeKind::Map(self.pair_up(&open.children)) } else { NodeKind::List(open.children) };
        self.close_node(kind, span, open.anchor, (weight, height), open.tag)
    }

    fn node_end(&self, id: NodeId) -> usize {
        self.nodes.get(id.0 as usize).map_or(0, |node| node.span.end)
    }

    fn key_text(&self, id: NodeId) -> Option<&str> {
        match &self.nodes.get(id.0 as usize)?.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Pairs keys with values, reports keys that come twice, and carries merge keys (`<<`) out.
    fn pair_up(&mut self, children: &[NodeId]) -> Vec<(NodeId, NodeId)> {
        let mut pairs = Vec::with_capacity(children.len() / 2);
        let mut merged = Vec::new();
        let mut repeated = false;
        let mut seen: HashMap<String, NodeId> = HashMap::with_capacity(children.len() / 2);
        for pair in children.chunks_exact(2) {
            let [key, value] = pair else { continue };
            let Some(text) = self.key_text(*key).map(str::to_owned) else {
                let span = self.nodes.get(key.0 as usize).map(|node| node.span).unwrap_or_default();
                self.problems.push(problem(
                    "a key must be a word",
                    span,
                    "quote key templates that start with `{` or `[`",
                ));
                continue;
            };
            if text == "<<" {
                merged.push(*value);
                continue;
            }
            if seen.contains_key(&text) && self.problems.len() >= MOST_PROBLEMS {
                continue;
            }
            let before = seen.insert(text.clone(), *key);
            repeated |= before.is_some();
            if self.dialect == Dialect::Model
                && let Some(first) = before
            {
                let line = |id: NodeId| {
                    let start = self.nodes.get(id.0 as usize).map_or(0, |node| node.span.start);
                    self.text.get(..start).map_or(1, |before| before.matches('\n').count() + 1)
                };
                let message = format!("`{text}` is defined twice, here and on line {}", line(first));
                let span = self.nodes.get(key.0 as usize).map(|node| node.span).unwrap_or_default();
                self.problems.push(Problem {
                    message,
                    span,
                    label: "defined again".to_owned(),
                    help: Some("rename one of them, or join the two".to_owned()),
                    replacement: None,
                });
                continue;
            }
            pairs.push((*key, *value));
        }
        if repeated && self.dialect == Dialect::Foreign {
            pairs.retain(|(key, _)| self.key_text(*key).is_some_and(|text| seen.get(text) == Some(key)));
        }
        for value in merged {
            self.merge(value, &mut pairs, &mut seen);
        }
        pairs
    }

    fn merge(&self, value: NodeId, pairs: &mut Vec<(NodeId, NodeId)>, seen: &mut HashMap<String, NodeId>) {
        match self.nodes.get(value.0 as usize).map(|node| &node.kind) {
            Some(NodeKind::Map(more)) => {
                for (key, value) in more {
                    let text = self.key_text(*key).unwrap_or_default();
                    if !seen.contains_key(text) {
                        seen.insert(text.to_owned(), *key);
                        pairs.push((*key, *value));
                    }
                }
            }
            Some(NodeKind::List(several)) => {
                for value in several {
                    // A list of lists is not a merge; one level is what YAML allows.
                    if matches!(self.nodes.get(value.0 as usize).map(|n| &n.kind), Some(NodeKind::Map(_))) {
                        self.merge(*value, pairs, seen);
                    }
                }
            }
            _ => {}
        }
    }
}

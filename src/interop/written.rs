//! A model as YAML, with comments where something is open.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_yaml::Value;

use super::imported::{Note, NoteKind};
use super::render;
use crate::model::Model;
use crate::source::{Locator, ModelPath, load};

/// The width that comments are wrapped at.
const WIDTH: usize = 100;

/// The longest remark in characters.
const LONGEST: usize = 600;

/// Writes a model with a heading and remarks, each above the part that it is about.
///
/// # Errors
/// When the model cannot be written as YAML, which no model that was read does.
pub fn model_text(model: &Model, heading: &str, notes: &[Note]) -> Result<String, serde_yaml::Error> {
    let marked: BTreeSet<ModelPath> = notes.iter().map(|note| note.at.clone()).collect();
    let text = render::value(model)?.as_mapping().map(|model| render::document(model, &marked)).unwrap_or_default();
    let Ok((_, tree)) = load(&text) else { return Ok(with_heading(heading, &[], &text)) };
    let locator = Locator::new(&tree);
    let mut above: BTreeMap<usize, Vec<&Note>> = BTreeMap::new();
    let mut general = Vec::new();
    for note in notes {
        if note.at == ModelPath::root() || locator.nodes(&note.at).0.is_none() {
            general.push(note);
            continue;
        }
        let start = locator.key_span(&note.at).start;
        let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        above.entry(line).or_default().push(note);
    }
    let mut written = String::with_capacity(text.len() * 2);
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        for note in above.get(&offset).into_iter().flatten() {
            let indent = line.len() - line.trim_start_matches(' ').len();
            comment(&mut written, indent, note);
        }
        written.push_str(line);
        offset += line.len();
    }
    Ok(with_heading(heading, &general, &written))
}

fn with_heading(heading: &str, general: &[&Note], text: &str) -> String {
    let mut written = String::new();
    for line in heading.lines() {
        let _ = writeln!(written, "# {line}");
    }
    for note in general {
        comment(&mut written, 0, note);
    }
    written.push_str(text);
    written
}

fn comment(out: &mut String, indent: usize, note: &Note) {
    let margin = " ".repeat(indent);
    let text = match note.kind {
        NoteKind::ToFillIn => format!("TODO: {}", note.text),
        kind => format!("{}: {}", kind.word(), note.text),
    };
    // A remark may quote what a foreign file says, which may hold line ends and be of any length.
    let mut text = text.replace(|c: char| c.is_control(), " ");
    if let Some((cut, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(cut);
        text.push('…');
    }
    let wrapping = textwrap::Options::new(WIDTH.saturating_sub(indent + 2))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(&text, wrapping) {
        let _ = writeln!(out, "{margin}# {line}");
    }
}

/// Maps of names, in which also an entry without settings says something.
const NAMED: [&str; 5] = ["entities", "access_patterns", "attributes", "belongs_to", "replicas"];

/// Takes empty lists and maps away, which say nothing. Depth is that of the model's types.
pub(super) fn prune(value: &mut Value) {
    match value {
        Value::Mapping(map) => {
            for (name, inner) in map.iter_mut() {
                let is_named = name.as_str().is_some_and(|name| NAMED.contains(&name));
                match inner {
                    Value::Mapping(regions) if name.as_str() == Some("replicas") => every_region(regions),
                    Value::Mapping(entries) if is_named => entries.iter_mut().for_each(|(_, entry)| prune(entry)),
                    _ => prune(inner),
                }
            }
            // A key that is not known is still a part of every table and index.
            map.retain(|key, inner| !is_empty(inner) || matches!(key.as_str(), Some("partition_key" | "sort_key")));
        }
        Value::Sequence(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// A Region where nothing differs is still one.
fn every_region(regions: &mut serde_yaml::Mapping) {
    for (_, replica) in regions.iter_mut() {
        prune(replica);
        if replica.is_null() {
            *replica = Value::Mapping(serde_yaml::Mapping::new());
        }
    }
}

/// Writes `id: {type: ulid}` as `id: ulid`, `pk: {value: A}` as `pk: A`, and `id: {is: equals}` as
/// `id: equals`.
pub(super) fn shorten(model: &mut Value) {
    let short = [("entities", "attributes", "type"), ("entities", "keys", "value"), ("access_patterns", "where", "is")];
    for (part, list, word) in short {
        let Some(Value::Mapping(named)) = model.get_mut(part) else { continue };
        for (_, one) in named.iter_mut() {
            let Some(Value::Mapping(entries)) = one.get_mut(list) else { continue };
            for (_, entry) in entries.iter_mut() {
                if let Value::Mapping(map) = entry
                    && map.len() == 1
                    && let Some(short) = map.get(word)
                {
                    *entry = short.clone();
                }
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Mapping(map) => map.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

//! `usage_data.json` of the MCP server: sample items for the entities of a `schema.json`. Given
//! together with their schema, they say how large values are; they say nothing else.

use super::super::format::ImportError;
use super::super::imported::{Imported, Note, NoteKind, SampleRows};
use super::super::node::Node;
use super::super::samples::{Cell, Row, row, shown};
use crate::model::AttributeType;
use crate::source::ModelPath;

/// The parts of an entity's samples that are whole items; `update_data` is not.
const WHOLE: [&str; 2] = ["sample_data", "access_pattern_data"];

/// Whether a document is such sample data.
pub(in crate::interop) fn recognises(document: &Node) -> bool {
    let mut entities = document.get("entities").into_iter().flat_map(Node::entries);
    entities.any(|(_, entity)| entity.get("sample_data").is_some())
}

/// Reads the samples.
pub(in crate::interop) fn read(document: &Node) -> Imported {
    let of = |(name, entity): (&str, &Node)| {
        let rows = WHOLE.iter().filter_map(|part| entity.get(part)).map(row).filter(|row| !row.is_empty()).collect();
        SampleRows { entity: name.to_owned(), rows, origin: entity.origin }
    };
    let samples = document.get("entities").into_iter().flat_map(Node::entries).map(of);
    Imported { samples: samples.collect(), ..Imported::default() }
}

/// Measures the sizes of attributes on the samples that stand beside the entities.
///
/// # Errors
/// Samples without any of their entities: alone they describe no table.
pub(in crate::interop) fn measure(imported: &mut Imported) -> Result<(), ImportError> {
    let samples = std::mem::take(&mut imported.samples);
    let Some(first) = samples.first() else { return Ok(()) };
    if !samples.iter().any(|sample| imported.entities.contains_key(&sample.entity)) {
        return Err(ImportError {
            file: first.origin.file,
            message: "these are sample items of the DynamoDB MCP server; they describe no table".to_owned(),
            span: Some(first.origin.span),
            help: Some("give them together with their schema: `keyplan import schema.json usage_data.json`".to_owned()),
        });
    }
    for sample in samples {
        let at = ModelPath::of(["entities", &sample.entity]);
        let Some(entity) = imported.entities.get_mut(&sample.entity) else {
            let text = format!("sample items of `{}`, which the schema does not have", sample.entity);
            let note = Note { kind: NoteKind::NotModelled, at, text, origin: Some(sample.origin) };
            imported.notes.push(note);
            continue;
        };
        for (name, attribute) in &mut entity.attributes {
            let cells: Vec<&Cell> = sample.rows.iter().filter_map(|row: &Row| row.get(name)).collect();
            let seen = shown(&cells, sample.rows.len(), Some(attribute.kind)).attribute;
            attribute.size = attribute.size.or(seen.size);
            attribute.max_size = attribute.max_size.or(seen.max_size);
            if attribute.kind == AttributeType::String && !cells.is_empty() {
                attribute.kind = seen.kind;
            }
        }
        let items = if sample.rows.len() == 1 { "item" } else { "items" };
        let text = format!("sizes and formats are those of {} sample {items}", sample.rows.len());
        imported.notes.push(Note { kind: NoteKind::Assumed, at, text, origin: Some(sample.origin) });
    }
    Ok(())
}

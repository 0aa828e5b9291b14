//! Models made to measure, for tests and benchmarks.

#![allow(dead_code, missing_docs, unreachable_pub)]

use std::fmt::Write;

/// A single-table model with so many access patterns, of every usual kind, over a tenth as many
/// entities: the shape of a large real design.
pub fn model_with(patterns: usize) -> String {
    let groups = patterns.div_ceil(10).max(1);
    let mut text = String::from(
        "keyplan: 1\nname: Made to measure\ntables:\n  Main:\n    partition_key: pk\n    sort_key: sk\n    global_indexes:\n      gsi1: {partition_key: gsi1pk, sort_key: gsi1sk}\n      gsi2: {partition_key: [gsi2pk, kind], sort_key: [created_at], projection: [title]}\nentities:\n",
    );
    for group in 0..groups {
        let _ = write!(
            text,
            "  Thing{group}:\n    table: Main\n    items: 100k\n    keys:\n      pk: \"OWNER#{{owner_id}}\"\n      sk: \"THING{group}#{{created_at}}#{{thing_id}}\"\n      gsi1pk: \"THING{group}#{{thing_id}}\"\n      gsi1sk: \"#THING{group}\"\n      gsi2pk: \"OWNER#{{owner_id}}#THING{group}\"\n    attributes:\n      owner_id: {{type: ulid, distinct: 10k}}\n      thing_id: ulid\n      created_at: timestamp\n      kind: {{type: string, values: {{a: 50%, b: 30%, c: 20%}}}}\n      title: {{type: string, size: 40, max_size: 200}}\n      body: {{type: string, size: 1.5 KB}}\n"
        );
    }
    text.push_str("access_patterns:\n");
    for index in 0..patterns {
        let group = index / 10 % groups;
        let entity = format!("Thing{group}");
        let body = match index % 10 {
            0 => format!("operation: put\n    entity: {entity}\n    condition: true"),
            1 => format!(
                "operation: query\n    entity: {entity}\n    where: {{owner_id: equals}}\n    order_by: created_at desc\n    limit: 20"
            ),
            2 => format!(
                "operation: query\n    entity: {entity}\n    where:\n      owner_id: equals\n      created_at: {{is: at_least, matches: 10%}}"
            ),
            3 => format!(
                "operation: get\n    entity: {entity}\n    where: {{owner_id: equals, created_at: equals, thing_id: equals}}"
            ),
            4 => format!("operation: query\n    entity: {entity}\n    where: {{thing_id: equals}}\n    via: gsi1"),
            5 => format!(
                "operation: query\n    entity: {entity}\n    where: {{owner_id: equals, kind: equals}}\n    order_by: created_at\n    select: [title, created_at]"
            ),
            6 => format!(
                "operation: update\n    entity: {entity}\n    where: {{owner_id: equals, created_at: equals, thing_id: equals}}\n    sets: [title]"
            ),
            7 => format!(
                "operation: delete\n    entity: {entity}\n    where: {{owner_id: equals, created_at: equals, thing_id: equals}}"
            ),
            8 => format!(
                "operation: query\n    entity: {entity}\n    key: {{pk: \"OWNER#{{owner_id}}\", sk: {{begins_with: \"THING{group}#\"}}}}"
            ),
            _ => format!("operation: query\n    entity: {entity}\n    where: {{title: equals}}"),
        };
        let _ = write!(
            text,
            "  pattern_{index}:\n    {body}\n    rate: {}/s\n    peak: {}/s\n",
            index % 50 + 1,
            index % 50 * 4 + 10
        );
    }
    text
}

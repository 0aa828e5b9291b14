//! What every request of a run needs: the design, the items, the engine and the tables' names there.

use serde_json::{Map, Value, json};

use super::bind::{Asked, typed};
use super::engine::{Engine, EngineError, EngineKind};
use super::figures::{Counts, add_consumed};
use super::items::Generator;
use super::items::value::{Attributes, item_to_json};
use super::rows::{Row, Rows};
use crate::design::{AccessPath, Design, PatternDesign, Request, TableId};
use crate::plan::{Access, Expressions, expressions};

/// A run over one design and one engine.
pub(super) struct Context<'d, 'm> {
    /// The design.
    pub design: &'d Design<'m>,
    /// Makes items.
    pub generator: &'d Generator<'d, 'm>,
    /// The items that the engine holds.
    pub rows: Rows<'d, 'm>,
    /// The engine.
    pub engine: &'d dyn Engine,
    /// Which one it is.
    pub kind: EngineKind,
    /// The tables' names there, in the design's order.
    pub names: Vec<String>,
    /// How many calls are made of each case of a pattern.
    pub repeat: usize,
}

/// Why a call could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallError {
    /// A value that the generated items do not have.
    #[error("the items have no value for `{{{0}}}`")]
    NoValue(String),
    /// There is no item to ask for, or none can be made.
    #[error("there is no item of `{0}` to do it with")]
    NoItem(String),
    /// The engine refuses the request.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl<'d, 'm> Context<'d, 'm> {
    /// The table's name in the engine.
    pub(super) fn name_of(&self, table: TableId) -> &str {
        self.names.get(table.0).map_or("", String::as_str)
    }

    /// The table that has a name in the engine.
    pub(super) fn table_named(&self, name: &str) -> Option<TableId> {
        // Some engines answer with the table's address.
        let name = name.rsplit('/').next().unwrap_or(name);
        self.names.iter().position(|known| known == name).map(TableId)
    }

    /// Sends a request and adds what it consumed.
    pub(super) fn measured(
        &self,
        operation: &str,
        mut body: Map<String, Value>,
        is_write: bool,
        counts: &mut Counts,
    ) -> Result<Value, EngineError> {
        body.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
        let response = self.engine.call(operation, &Value::Object(body))?;
        add_consumed(self.design, |name| self.table_named(name), &response, is_write, counts);
        Ok(response)
    }

    /// Puts an item as it is, outside of what is measured.
    pub(super) fn put(&self, table: TableId, item: &Attributes) -> Result<(), EngineError> {
        let body = json!({ "TableName": self.name_of(table), "Item": item_to_json(item) });
        self.engine.call("PutItem", &body).map(drop)
    }

    /// Removes an item, outside of what is measured.
    pub(super) fn delete(&self, table: TableId, key: &Attributes) -> Result<(), EngineError> {
        let body = json!({ "TableName": self.name_of(table), "Key": item_to_json(key) });
        self.engine.call("DeleteItem", &body).map(drop)
    }

    /// What a request asks for, and the parameters that the plan prints for it.
    pub(super) fn asked<'a>(
        &'a self,
        pattern: &PatternDesign<'m>,
        request: &'a Request<'m>,
        (path, access): (&'a AccessPath<'m>, &'a Access<'m>),
    ) -> Option<(Asked<'a, 'd, 'm>, Expressions)> {
        let entity = self.design.entity(*request.entities.first()?)?;
        let evaluates = pattern.pattern.evaluates;
        let asked = Asked { design: self.design, rows: &self.rows, request, path, access, entity, evaluates };
        Some((asked, expressions(self.design, pattern, request, path, access)?))
    }
}

/// The parameters that a plan prints, with the values of one call.
pub(super) struct Filled {
    /// The parameters of expressions: names, values, filter, projection.
    pub parameters: Map<String, Value>,
    /// The values by their placeholders (`:pk`).
    pub values: Attributes,
    /// The primary key of a request for one item.
    pub key: Attributes,
}

/// Fills the placeholders of a plan's parameters.
pub(super) fn fill(
    asked: &Asked<'_, '_, '_>,
    subject: &Row,
    texts: &std::collections::BTreeMap<String, String>,
    printed: &Expressions,
) -> Result<Filled, CallError> {
    let one = |value: &crate::plan::TypedValue| {
        let (kind, value) = value.iter().next().ok_or_else(|| CallError::NoValue(String::new()))?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok::<_, CallError>(typed(kind, asked.fill(subject, texts, &text).map_err(CallError::NoValue)?))
    };
    let all = |values: &crate::IndexMap<String, crate::plan::TypedValue>| {
        values.iter().map(|(name, value)| Ok((name.clone(), one(value)?))).collect::<Result<Attributes, CallError>>()
    };
    let (values, key) = (all(&printed.expression_attribute_values)?, all(&printed.key)?);
    let mut parameters = Map::new();
    let texts = [
        ("KeyConditionExpression", &printed.key_condition_expression),
        ("FilterExpression", &printed.filter_expression),
        ("ConditionExpression", &printed.condition_expression),
        ("ProjectionExpression", &printed.projection_expression),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            parameters.insert(name.to_owned(), json!(text));
        }
    }
    if !printed.expression_attribute_names.is_empty() {
        parameters.insert("ExpressionAttributeNames".to_owned(), json!(printed.expression_attribute_names));
    }
    if !values.is_empty() {
        parameters.insert("ExpressionAttributeValues".to_owned(), item_to_json(&values).into());
    }
    Ok(Filled { parameters, values, key })
}

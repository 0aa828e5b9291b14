//! The tables of a run: created under names of their own, and removed at its end, however it ends.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::difference::knows_multi_attribute_keys;
use super::engine::{Engine, EngineError, EngineKind};
use crate::design::{Design, TableDesign};
use crate::interop::create_table_input;

/// What becomes of a table that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the run does not begin.
    Kept,
    /// It is deleted.
    Replaced,
}

/// A beginning of table names that no other run has.
pub fn run_prefix() -> String {
    // The seed that the standard library draws for its hash maps.
    format!("keyplan-{:08x}", RandomState::new().hash_one("keyplan") >> 32)
}

/// Tables that exist as long as this value.
pub(super) struct Tables<'e> {
    engine: &'e dyn Engine,
    created: Vec<String>,
    /// For each table of the design, why the engine does not take it, if it does not.
    pub(super) refused: Vec<Option<EngineError>>,
}

/// How often, and how long in all, a table's state is asked for.
const WAIT: Duration = Duration::from_millis(100);
const MOST_WAITS: u32 = 600;

impl<'e> Tables<'e> {
    /// Creates the tables of a design, under these names. `engine` creates them, and `last` removes
    /// them at the end.
    ///
    /// # Errors
    /// When a table has one of the names already, or the engine does not answer; what was created is
    /// removed.
    pub(super) fn create(
        design: &Design<'_>,
        names: &[String],
        (engine, last, kind): (&dyn Engine, &'e dyn Engine, EngineKind),
        existing: Existing,
    ) -> Result<Self, EngineError> {
        for name in names {
            match describe(engine, name) {
                Err(error) if error.code == "ResourceNotFoundException" => {}
                Err(error) => return Err(error),
                Ok(_) if existing == Existing::Kept => {
                    let why = format!(
                        "the table `{name}` is there already; say `--replace` to delete it, or choose another `--prefix`"
                    );
                    return Err(EngineError::new(EngineError::EXISTS, why));
                }
                Ok(_) => delete(engine, name)?,
            }
        }
        let mut tables = Self { engine: last, created: Vec::new(), refused: Vec::new() };
        for (table, name) in design.tables.iter().zip(names) {
            match engine.call("CreateTable", &create_request(design, table, name, kind)) {
                Ok(_) => {
                    tables.created.push(name.clone());
                    wait(engine, name, |state| state == Some("ACTIVE"))?;
                    tables.refused.push(None);
                }
                // The answer may have got lost, and the table be there.
                Err(error) if error.is_unreachable() => {
                    tables.created.push(name.clone());
                    return Err(error);
                }
                Err(error) => tables.refused.push(Some(error)),
            }
        }
        Ok(tables)
    }
}

impl Drop for Tables<'_> {
    fn drop(&mut self) {
        for name in &self.created {
            // Nobody is left to tell; the next run has other names.
            let _ = delete(self.engine, name);
        }
    }
}

fn delete(engine: &dyn Engine, name: &str) -> Result<(), EngineError> {
    engine.call("DeleteTable", &json!({ "TableName": name }))?;
    wait(engine, name, |state| state.is_none())
}

fn describe(engine: &dyn Engine, name: &str) -> Result<Value, EngineError> {
    engine.call("DescribeTable", &json!({ "TableName": name }))
}

/// Waits until a table is in a state; one that is not there has none.
fn wait(engine: &dyn Engine, name: &str, is_done: impl Fn(Option<&str>) -> bool) -> Result<(), EngineError> {
    for _ in 0..MOST_WAITS {
        let state = match describe(engine, name) {
            Ok(answer) => answer.pointer("/Table/TableStatus").and_then(Value::as_str).map(str::to_owned),
            Err(error) if error.code == "ResourceNotFoundException" => None,
            Err(error) => return Err(error),
        };
        if is_done(state.as_deref()) {
            return Ok(());
        }
        std::thread::sleep(WAIT);
    }
    Err(EngineError::new(EngineError::UNREACHABLE, format!("the table `{name}` does not become ready within a minute")))
}

/// What decides how a table answers: keys and indexes. Throughput, protection and the like would only
/// be in the way.
fn create_request(design: &Design<'_>, table: &TableDesign<'_>, name: &str, kind: EngineKind) -> Value {
    let whole = create_table_input(design, table).request;
    let part = |name: &str| whole.get(name).cloned();
    let mut request =
        Map::from_iter([("TableName".to_owned(), json!(name)), ("BillingMode".to_owned(), json!("PAY_PER_REQUEST"))]);
    for name in ["KeySchema", "LocalSecondaryIndexes"] {
        request.extend(part(name).map(|value| (name.to_owned(), value)));
    }
    let global: Vec<Value> = part("GlobalSecondaryIndexes")
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|index| knows_multi_attribute_keys(kind) || !is_multi_attribute(index))
        .map(|index| {
            let kept = ["IndexName", "KeySchema", "Projection"].into_iter();
            kept.filter_map(|name| Some((name.to_owned(), index.get(name)?.clone()))).collect::<Map<_, _>>().into()
        })
        .collect();
    let schemas = |indexes: Option<&Value>| -> Vec<Value> {
        indexes
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|index| index.get("KeySchema").cloned())
            .collect()
    };
    let mut keys = schemas(request.get("LocalSecondaryIndexes"));
    keys.extend(schemas(Some(&global.clone().into())));
    keys.extend(part("KeySchema"));
    let is_used = |definition: &&Value| {
        let name = definition.get("AttributeName");
        keys.iter().filter_map(Value::as_array).flatten().any(|key| key.get("AttributeName") == name)
    };
    let definitions = part("AttributeDefinitions");
    let definitions = definitions.as_ref().and_then(Value::as_array).into_iter().flatten().filter(is_used).cloned();
    request.insert("AttributeDefinitions".to_owned(), definitions.collect::<Vec<_>>().into());
    if !global.is_empty() {
        request.insert("GlobalSecondaryIndexes".to_owned(), global.into());
    }
    request.into()
}

fn is_multi_attribute(index: &Value) -> bool {
    let count = |kind: &str| {
        let keys = index.get("KeySchema").and_then(Value::as_array).into_iter().flatten();
        keys.filter(|key| key.get("KeyType").and_then(Value::as_str) == Some(kind)).count()
    };
    count("HASH") > 1 || count("RANGE") > 1
}

//! The engine inside the program: dynoxide, with its items in memory.

use dynoxide::{Database, errors::DynoxideError};
use serde_json::Value;

use super::{Engine, EngineError};

/// An engine of its own, empty at first and gone with the value.
#[derive(Clone)]
pub struct Embedded(Database);

impl Embedded {
    /// Starts an empty engine.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start() -> Result<Self, EngineError> {
        Database::memory().map(Self).map_err(refused)
    }
}

fn refused(error: DynoxideError) -> EngineError {
    let response = serde_json::to_value(error.to_response()).unwrap_or_default();
    let code = error.error_type();
    let code = code.rsplit('#').next().unwrap_or(code);
    let message = response.get("message").or_else(|| response.get("Message")).and_then(Value::as_str);
    EngineError::new(code, message.map_or_else(|| error.to_string(), str::to_owned))
}

macro_rules! answer {
    ($database:expr, $body:expr, $operation:ident) => {{
        let request = serde_json::from_value($body.clone())
            .map_err(|error| EngineError::new("SerializationException", error.to_string()))?;
        let response = $database.$operation(request).map_err(refused)?;
        serde_json::to_value(response).map_err(|error| EngineError::new("SerializationException", error.to_string()))
    }};
}

impl Engine for Embedded {
    fn call(&self, operation: &str, body: &Value) -> Result<Value, EngineError> {
        let database = &self.0;
        match operation {
            "CreateTable" => answer!(database, body, create_table),
            "DescribeTable" => answer!(database, body, describe_table),
            "DeleteTable" => answer!(database, body, delete_table),
            "ListTables" => answer!(database, body, list_tables),
            "GetItem" => answer!(database, body, get_item),
            "BatchGetItem" => answer!(database, body, batch_get_item),
            "TransactGetItems" => answer!(database, body, transact_get_items),
            "Query" => answer!(database, body, query),
            "Scan" => answer!(database, body, scan),
            "PutItem" => answer!(database, body, put_item),
            "UpdateItem" => answer!(database, body, update_item),
            "DeleteItem" => answer!(database, body, delete_item),
            "BatchWriteItem" => answer!(database, body, batch_write_item),
            "TransactWriteItems" => answer!(database, body, transact_write_items),
            _ => Err(EngineError::new("UnknownOperationException", format!("no operation `{operation}`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_have_the_service_s_codes() {
        let engine = Embedded::start().unwrap();
        let error = engine.call("DescribeTable", &json!({ "TableName": "None" })).unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException");
        assert!(!error.message.is_empty());
    }
}

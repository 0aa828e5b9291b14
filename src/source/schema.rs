//! The JSON Schema of the model, as editors read it and as the shape check uses it.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use crate::model::Model;

/// The schema's address; the file in the repository is this program's output.
const SCHEMA_ID: &str = "https://keyplan.dev/schema/model-v1.json";

/// The JSON Schema (2020-12) of the model file.
pub fn model_schema() -> Value {
    polished::<Model>(SCHEMA_ID)
}

/// A type's schema with what editors need: no `null` for optional keys, and enumerations whose
/// values carry their descriptions.
pub(crate) fn polished<T: JsonSchema>(id: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    polish(&mut schema);
    if let Some(object) = schema.as_object_mut() {
        object.insert("$id".into(), id.into());
    }
    schema.to_value()
}

fn polish(schema: &mut Schema) {
    if let Some(object) = schema.as_object_mut() {
        drop_null(object);
        enumerate_constants(object);
    }
    transform_subschemas(&mut polish, schema);
}

/// `Option<T>` allows `null`; in a model an optional key is simply left out.
fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|t| t != "null"));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
}

/// schemars writes a documented enum as `oneOf` constants; editors complete `enum` better.
fn enumerate_constants(object: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = object.get("oneOf") else { return };
    let mut values = Vec::new();
    let mut descriptions = Vec::new();
    for choice in choices {
        let description = choice.get("description").cloned().unwrap_or_else(|| "".into());
        if let Some(constant) = choice.get("const") {
            values.push(constant.clone());
            descriptions.push(description);
        } else if let Some(Value::Array(several)) = choice.get("enum") {
            for value in several {
                values.push(value.clone());
                descriptions.push(description.clone());
            }
        } else {
            return;
        }
    }
    object.remove("oneOf");
    object.insert("type".into(), "string".into());
    object.insert("enum".into(), Value::Array(values));
    object.insert("markdownEnumDescriptions".into(), Value::Array(descriptions.clone()));
    object.insert("enumDescriptions".into(), Value::Array(descriptions));
}

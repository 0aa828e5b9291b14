//! Short forms: a type that is written either as a map or, more briefly, as a word, number or list.
//!
//! Both forms decode to the same flat structure, so that the rest of the program sees one shape.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

/// Implements `Deserialize` and `Serialize` for a struct that derives both with
/// `#[serde(remote = "Self")]`: a map is the full form, anything else is read as `$short` and
/// turned into the struct by the closure.
macro_rules! short_form {
    ($type:ident, $short:ty, $build:expr) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;

                fn short<'de, D: serde::Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                    let build: fn($short) -> $type = $build;
                    <$short as serde::Deserialize>::deserialize(from).map(build)
                }

                impl<'de> serde::de::Visitor<'de> for Either {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("the short form or a map")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        $type::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<$type, A::Error> {
                        short(serde::de::value::SeqAccessDeserializer::new(seq))
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        short(serde::de::IntoDeserializer::into_deserializer(text))
                    }

                    fn visit_bool<E: serde::de::Error>(self, yes: bool) -> Result<$type, E> {
                        short(serde::de::IntoDeserializer::into_deserializer(yes))
                    }

                    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<$type, E> {
                        short(serde::de::IntoDeserializer::into_deserializer(number))
                    }

                    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$type, E> {
                        short(serde::de::IntoDeserializer::into_deserializer(number))
                    }

                    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<$type, E> {
                        short(serde::de::IntoDeserializer::into_deserializer(number))
                    }
                }

                deserializer.deserialize_any(Either)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $type::serialize(self, serializer)
            }
        }
    };
}

pub(super) use short_form;

/// A schema transform: the object schema becomes one of two alternatives beside the short form's.
/// The description stays on top, where editors show it.
pub(super) fn or_short<Short: JsonSchema>(schema: &mut Schema) {
    let short = Short::json_schema(&mut SchemaGenerator::default());
    either(schema, short.to_value());
}

fn either(schema: &mut Schema, short: Value) {
    let full = std::mem::take(schema);
    let mut object = full.to_value();
    let description = object.as_object_mut().and_then(|o| o.remove("description"));
    *schema = json_schema!({ "anyOf": [short, object] });
    if let Some(description) = description {
        schema.insert("description".into(), description);
    }
}

/// Writes a map whose values may be left out: as a list of its keys where all of them are,
/// otherwise as a map with an empty map for those.
pub(super) fn names_or_map<S, V>(map: &crate::IndexMap<String, Option<V>>, serializer: S) -> Result<S::Ok, S::Error>
where
    S: serde::Serializer,
    V: serde::Serialize + Default,
{
    if map.values().all(Option::is_none) {
        return serializer.collect_seq(map.keys());
    }
    let empty = V::default();
    serializer.collect_map(map.iter().map(|(name, value)| (name, value.as_ref().unwrap_or(&empty))))
}

//! The model's schema as the shape check walks it: what a scalar, a list or a map may be at a place.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::schema::model_schema;
use crate::IndexMap;

/// What may stand at a place.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) scalar: Option<ScalarShape>,
    pub(super) list: Option<usize>,
    pub(super) map: Option<MapShape>,
}

/// A single value.
#[derive(Debug, Default)]
pub(super) struct ScalarShape {
    pub(super) text: bool,
    pub(super) number: bool,
    pub(super) whole: bool,
    pub(super) boolean: bool,
    pub(super) words: Vec<String>,
    pub(super) constant: Option<u64>,
    pub(super) quantity: Option<String>,
    pub(super) minimum: Option<i64>,
    pub(super) maximum: Option<i64>,
    pub(super) example: Option<String>,
}

/// A map: its keys, in the order of the schema, and what other keys may hold.
#[derive(Debug, Default)]
pub(super) struct MapShape {
    pub(super) keys: IndexMap<String, usize>,
    pub(super) others: Option<usize>,
    pub(super) required: Vec<String>,
}

/// All shapes; the whole model is the first.
#[derive(Debug, Default)]
pub(super) struct Shapes(Vec<Shape>);

impl Shapes {
    /// The shapes of the published schema. Reading it takes a fraction of the time of making it from
    /// the types; a test holds the two to each other.
    pub(super) fn of_the_model() -> &'static Self {
        static MODEL: OnceLock<Shapes> = OnceLock::new();
        MODEL.get_or_init(|| match serde_json::from_str(include_str!("../../schema/model-v1.json")) {
            Ok(published) => Compiler::compile(&published),
            Err(_) => {
                let made = model_schema().to_string();
                serde_json::from_str(&made).map(|made| Compiler::compile(&made)).unwrap_or_default()
            }
        })
    }

    pub(super) fn get(&self, index: usize) -> Option<&Shape> {
        self.0.get(index)
    }
}

/// What the walk needs of a JSON Schema; the rest is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Schema<'s> {
    #[serde(rename = "$ref", borrow)]
    reference: Option<Cow<'s, str>>,
    #[serde(rename = "$defs", borrow)]
    definitions: IndexMap<Cow<'s, str>, Schema<'s>>,
    #[serde(borrow)]
    any_of: Vec<Schema<'s>>,
    #[serde(rename = "type", borrow)]
    types: Types<'s>,
    #[serde(borrow)]
    properties: Option<IndexMap<Cow<'s, str>, Schema<'s>>>,
    #[serde(borrow)]
    additional_properties: Option<Others<'s>>,
    #[serde(borrow)]
    items: Option<Box<Schema<'s>>>,
    #[serde(borrow)]
    required: Vec<Cow<'s, str>>,
    #[serde(rename = "enum", borrow)]
    words: Vec<Cow<'s, str>>,
    #[serde(rename = "const")]
    constant: Option<u64>,
    minimum: Option<i64>,
    maximum: Option<i64>,
    #[serde(rename = "x-keyplan-quantity", borrow)]
    quantity: Option<Cow<'s, str>>,
    #[serde(borrow)]
    examples: Vec<Example<'s>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Types<'s> {
    One(#[serde(borrow)] Cow<'s, str>),
    Some(#[serde(borrow)] Vec<Cow<'s, str>>),
}

impl Default for Types<'_> {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl Types<'_> {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Some(types) => types.iter().any(|one| one == name),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Others<'s> {
    Allowed(#[allow(dead_code)] bool),
    Like(#[serde(borrow)] Box<Schema<'s>>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Example<'s> {
    Text(#[serde(borrow)] Cow<'s, str>),
    Other(#[allow(dead_code)] IgnoredAny),
}

/// Makes shapes of a schema; what is defined once is one shape.
struct Compiler<'s> {
    root: &'s Schema<'s>,
    shapes: Vec<Shape>,
    by_reference: IndexMap<&'s str, usize>,
}

impl<'s> Compiler<'s> {
    fn compile(root: &'s Schema<'s>) -> Shapes {
        let mut compiler = Self { root, shapes: vec![Shape::default()], by_reference: IndexMap::default() };
        let mut shape = Shape::default();
        compiler.fill(root, &mut shape);
        if let Some(first) = compiler.shapes.first_mut() {
            *first = shape;
        }
        Shapes(compiler.shapes)
    }

    fn add(&mut self, schema: &'s Schema<'s>) -> usize {
        let reference = schema.reference.as_deref();
        if let Some(known) = reference.and_then(|name| self.by_reference.get(name)) {
            return *known;
        }
        let index = self.shapes.len();
        self.shapes.push(Shape::default());
        if let Some(name) = reference {
            self.by_reference.insert(name, index);
        }
        let mut shape = Shape::default();
        self.fill(schema, &mut shape);
        if let Some(place) = self.shapes.get_mut(index) {
            *place = shape;
        }
        index
    }

    fn fill(&mut self, schema: &'s Schema<'s>, shape: &mut Shape) {
        if let Some(reference) = &schema.reference {
            if let Some(target) = reference.strip_prefix("#/$defs/").and_then(|name| self.root.definitions.get(name)) {
                self.fill(target, shape);
            }
            return;
        }
        if !schema.any_of.is_empty() {
            for choice in &schema.any_of {
                self.fill(choice, shape);
            }
            return;
        }
        if schema.types.has("object") || schema.properties.is_some() {
            shape.map = Some(self.map_shape(schema));
        }
        if schema.types.has("array") {
            shape.list = schema.items.as_deref().map(|items| self.add(items));
        }
        if ["string", "number", "integer", "boolean"].iter().any(|name| schema.types.has(name))
            || schema.constant.is_some()
        {
            fill_scalar(schema, shape.scalar.get_or_insert_default());
        }
    }

    fn map_shape(&mut self, schema: &'s Schema<'s>) -> MapShape {
        let properties = schema.properties.iter().flatten();
        MapShape {
            keys: properties.map(|(name, schema)| (name.to_string(), self.add(schema))).collect(),
            others: match &schema.additional_properties {
                Some(Others::Like(others)) => Some(self.add(others)),
                _ => None,
            },
            required: schema.required.iter().map(ToString::to_string).collect(),
        }
    }
}

fn fill_scalar(schema: &Schema<'_>, scalar: &mut ScalarShape) {
    let types = &schema.types;
    scalar.text |= types.has("string");
    scalar.number |= types.has("number") || types.has("integer") || schema.constant.is_some();
    scalar.whole |= types.has("integer") && !types.has("number");
    scalar.boolean |= types.has("boolean");
    scalar.words.extend(schema.words.iter().map(ToString::to_string));
    scalar.constant = scalar.constant.or(schema.constant);
    scalar.minimum = schema.minimum.or(scalar.minimum);
    scalar.maximum = schema.maximum.or(scalar.maximum);
    if let Some(kind) = &schema.quantity {
        scalar.quantity = Some(kind.to_string());
    }
    if let Some(Example::Text(example)) = schema.examples.first() {
        scalar.example = Some(example.to_string());
    }
}

//! Keys as the code builds them, to be held against the entity's own templates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::short::{or_short, short_form};
use super::{Literal, Literals, Operator};

/// The value of one key attribute as the code builds it: a template, or a comparison with one.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_short::<Literal>)]
pub struct KeyStatement {
    /// The whole value.
    pub equals: Option<Literal>,
    /// The start of the value.
    pub begins_with: Option<Literal>,
    /// Two values that include the range's ends.
    pub between: Option<Literals>,
    /// Below this value.
    pub less_than: Option<Literal>,
    /// Below or the same.
    pub at_most: Option<Literal>,
    /// Above this value.
    pub greater_than: Option<Literal>,
    /// Above or the same.
    pub at_least: Option<Literal>,
}

short_form!(KeyStatement, Literal, |value| KeyStatement { equals: Some(value), ..KeyStatement::default() });

/// One comparison of a [`KeyStatement`].
#[derive(Debug, Clone, PartialEq)]
pub struct KeyCondition<'m> {
    /// Which comparison.
    pub operator: Operator,
    /// Its templates: two for `between`, otherwise one.
    pub values: Vec<&'m Literal>,
}

impl KeyStatement {
    /// The comparisons that are given, in the order of the fields; `at_least` with `at_most` is a
    /// `between`. The service takes one for each key attribute.
    pub fn comparisons(&self) -> Vec<KeyCondition<'_>> {
        if let (Some(low), Some(high)) = (&self.at_least, &self.at_most) {
            let is_alone = [&self.equals, &self.begins_with, &self.less_than, &self.greater_than]
                .iter()
                .all(|other| other.is_none());
            if is_alone && self.between.is_none() {
                return vec![KeyCondition { operator: Operator::Between, values: vec![low, high] }];
            }
        }
        let single = [
            (Operator::Equals, &self.equals),
            (Operator::BeginsWith, &self.begins_with),
            (Operator::LessThan, &self.less_than),
            (Operator::AtMost, &self.at_most),
            (Operator::GreaterThan, &self.greater_than),
            (Operator::AtLeast, &self.at_least),
        ];
        let mut all: Vec<KeyCondition<'_>> = single
            .into_iter()
            .filter_map(|(operator, value)| Some(KeyCondition { operator, values: vec![value.as_ref()?] }))
            .collect();
        if let Some(Literals(ends)) = &self.between {
            all.push(KeyCondition { operator: Operator::Between, values: ends.iter().collect() });
        }
        all
    }
}

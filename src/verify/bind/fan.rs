//! Several queries or keys in one call: the values of an `in`, shards, time buckets.

use std::collections::BTreeSet;

use super::buckets::Bucketed;
use super::{Asked, text_of};
use crate::design::Part;
use crate::model::{Condition, Operator};
use crate::verify::rows::Row;

/// The most queries or keys of one call.
const MOST_QUERIES: usize = 1000;

impl Asked<'_, '_, '_> {
    /// For each query or key of a call, the texts that only it has.
    pub(super) fn fan(
        &self,
        subject: &Row,
        bucketed: Option<&Bucketed>,
        unmet: &mut Vec<String>,
    ) -> Vec<Vec<(String, String)>> {
        let mut queries: Vec<Vec<(String, String)>> = vec![Vec::new()];
        let mut seen: Vec<String> = Vec::new();
        let terms = self.access.partition.iter().chain(&self.access.sort);
        // A key that the code states is built once, of the caller's values.
        let terms = terms.filter(|term| !self.request.key.contains_key(&term.key));
        for part in terms.flat_map(|term| &term.prefix) {
            let Part::Attribute { name, cut } = part else { continue };
            let (placeholder, texts) = match (self.request.conditions.get(&**name), bucketed) {
                (_, Some(bucketed)) if bucketed.name == **name && *cut == Some(bucketed.cut) => {
                    (format!("{name}:{}", bucketed.cut.word()), bucketed.buckets.clone())
                }
                (Some(condition), _) if condition.operator == Operator::In => {
                    let values = self.values_of_in(name, condition, subject);
                    let values = self.one_of_bucket(name, values);
                    let wanted = condition.count.map_or(1, |count| count.ceil());
                    if (values.len() as u64) < wanted && condition.value.is_none() {
                        unmet.push(format!("the items have {} values of `{name}` and not {wanted}", values.len()));
                    }
                    (name.to_string(), values)
                }
                (None, _) => match self.entity.attribute(name).and_then(|attribute| attribute.shards) {
                    Some(shards) => (name.to_string(), self.shards(name, shards)),
                    None => continue,
                },
                _ => continue,
            };
            if seen.contains(&placeholder) || texts.is_empty() {
                continue;
            }
            seen.push(placeholder.clone());
            let with = queries.iter().flat_map(|query| {
                texts.iter().map(|text| query.iter().cloned().chain([(placeholder.clone(), text.clone())]).collect())
            });
            queries = with.take(MOST_QUERIES).collect();
        }
        queries
    }

    /// One of the values for each bucket that a key cuts them to.
    fn one_of_bucket(&self, name: &str, mut values: Vec<String>) -> Vec<String> {
        let mut seen = BTreeSet::new();
        values.retain(|text| seen.insert(self.in_key(name, text)));
        values
    }

    /// The values that an `in` asks for: those that are said, or the subject's own and others of items
    /// that are alike, then of any; of different buckets where a key cuts them.
    pub(super) fn values_of_in(&self, name: &str, condition: &Condition, subject: &Row) -> Vec<String> {
        let said = condition.value.iter().flat_map(|values| &values.0).map(|value| value.text().to_owned());
        let mut found: Vec<String> = said.collect();
        if !found.is_empty() {
            return found;
        }
        let wanted = condition.count.map_or(1, |count| count.ceil()).min(MOST_QUERIES as u64) as usize;
        let alike = self.candidates(subject, name);
        let any = self.request.entities.iter().flat_map(|entity| self.rows.of_entity(*entity));
        let rows = std::iter::once(subject).chain(alike).chain(any);
        let mut seen = BTreeSet::new();
        let attribute = self.entity.attribute(name);
        let texts = rows.filter_map(|row| text_of(attribute, row.value(name)?));
        let texts = texts.filter(|text| seen.insert(self.in_key(name, text)));
        found.extend(texts.take(wanted));
        found
    }

    /// The shards: the values that items have, and as many further numbers as there are said to be.
    fn shards(&self, name: &str, shards: u32) -> Vec<String> {
        let attribute = self.entity.attribute(name);
        let rows = self.rows.of_entity(self.entity.id);
        let mut found: BTreeSet<String> = rows.filter_map(|row| text_of(attribute, row.value(name)?)).collect();
        let numbers = (0..shards.min(MOST_QUERIES as u32)).map(|number| number.to_string());
        for number in numbers {
            if found.len() >= shards as usize {
                break;
            }
            found.insert(number);
        }
        found.into_iter().take(MOST_QUERIES).collect()
    }
}

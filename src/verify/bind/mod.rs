//! Values for the placeholders of a plan's expressions: `{customer_id}`, `{placed_at:date}`,
//! `{placed_at_from}`, taken from the items of the run.

mod buckets;
mod ends;
mod fan;
mod subject;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::condition::holds;
use super::items::value::AttributeValue;
use super::rows::{Row, Rows};
use crate::design::{AccessPath, Cut, Design, EntityDesign, Part, Request};
use crate::model::{Attribute, AttributeType, Condition, Operator};
use crate::plan::{Access, align, compile_statement, counts_elements, is_range, operands_of_in};
use crate::units::Count;

pub(super) use subject::subjects;

/// Everything that decides what a request's placeholders stand for.
pub(super) struct Asked<'a, 'd, 'm> {
    /// The design.
    pub design: &'d Design<'m>,
    /// The items.
    pub rows: &'a Rows<'d, 'm>,
    /// The request.
    pub request: &'a Request<'m>,
    /// The path that serves it.
    pub path: &'a AccessPath<'m>,
    /// How.
    pub access: &'a Access<'m>,
    /// The entity whose templates the plan follows.
    pub entity: &'a EntityDesign<'m>,
    /// How many items the pattern says that a call evaluates.
    pub evaluates: Option<Count>,
}

/// What a number of items leaves over when it is not whole, by attribute, for the next call.
pub(super) type Carry = BTreeMap<String, Decimal>;

/// The values of one call: for each query or key of it, the texts of placeholders that are not the
/// subject's own values.
#[derive(Debug, Clone)]
pub(super) struct Bound<'a> {
    /// The item whose values are asked for.
    pub subject: &'a Row,
    /// One for each query or key.
    pub queries: Vec<BTreeMap<String, String>>,
    /// Selectivities that no values of the items give.
    pub unmet: Vec<String>,
}

impl<'a, 'm> Asked<'a, '_, 'm> {
    /// Chooses the values of a call for a subject.
    pub(super) fn bind<'s>(&self, subject: &'s Row, carry: &mut Carry) -> Bound<'s> {
        let mut texts = BTreeMap::new();
        let mut unmet = Vec::new();
        let window = self.window(subject, carry);
        for (name, condition) in self.request.conditions {
            if let Some((_, low, high)) = window.as_ref().filter(|(bucketed, ..)| bucketed.name == *name) {
                texts.extend([(name.clone(), low.clone()), (format!("{name}_from"), low.clone())]);
                texts.insert(format!("{name}_to"), high.clone());
                continue;
            }
            if condition.value.is_some() {
                self.note_absent(name, condition, &mut unmet);
                for (position, value) in condition.value.iter().flat_map(|values| &values.0).enumerate() {
                    let name = if position == 0 { name.clone() } else { format!("{name}_{}", position + 1) };
                    texts.insert(name, value.text().to_owned());
                }
                continue;
            }
            self.choose(name, condition, subject, (&mut texts, &mut unmet), carry);
        }
        self.name_as_stated(subject, &mut texts);
        let queries = self.fan(subject, window.as_ref().map(|(bucketed, ..)| bucketed), &mut unmet);
        let queries = queries
            .into_iter()
            .map(|own| texts.iter().map(|(name, text)| (name.clone(), text.clone())).chain(own).collect())
            .collect();
        Bound { subject, queries, unmet }
    }

    /// Says that no item has a fixed value that is asked for, which nobody could have known.
    fn note_absent(&self, name: &str, condition: &Condition, unmet: &mut Vec<String>) {
        let is_listed = self.with(name).attribute(name).is_some_and(|attribute| attribute.values.is_some());
        let is_equality = matches!(condition.operator, Operator::Equals | Operator::In);
        if is_listed || !is_equality || self.access.is_item {
            return;
        }
        let wanted = || condition.value.iter().flat_map(|values| &values.0).map(|value| value.text());
        let has = |row: &Row| {
            row.value(name).and_then(|v| self.text_of(name, v)).is_some_and(|text| wanted().any(|w| w == text))
        };
        if !self.rows.of_entity(self.with(name).id).any(has) {
            let values = wanted().collect::<Vec<_>>().join(", ");
            unmet.push(format!("no item has `{name}` = {values}; `values` would tell how many do"));
        }
    }

    fn text_of(&self, name: &str, value: &AttributeValue) -> Option<String> {
        text_of(self.with(name).attribute(name), value)
    }

    /// The entity that says what an attribute is.
    fn with(&self, name: &str) -> &EntityDesign<'m> {
        if self.entity.attribute(name).is_some() {
            return self.entity;
        }
        let mut entities = self.request.entities.iter().filter_map(|id| self.design.entity(*id));
        entities.find(|entity| entity.attribute(name).is_some()).unwrap_or(self.entity)
    }

    /// The names that stated keys use for the templates' attributes.
    fn name_as_stated(&self, subject: &Row, texts: &mut BTreeMap<String, String>) {
        for (key, statement) in self.request.key {
            let Some(fill) = self.entity.fills.get(key.as_str()) else { continue };
            for comparison in statement.comparisons() {
                let operator = comparison.operator;
                for (position, stated) in comparison.values.iter().filter_map(|v| compile_statement(v)).enumerate() {
                    let Some(alignment) = align(&stated, &fill.template) else { continue };
                    for (said, name) in &alignment.renamed {
                        let is_end = is_range(operator) && alignment.ends_in == Some(name);
                        let suffix = match (is_end, operator, position) {
                            (true, Operator::Between, 0) => "_from",
                            (true, Operator::Between, _) => "_to",
                            _ => "",
                        };
                        let chosen = texts.get(&format!("{name}{suffix}")).cloned();
                        if let Some(text) = chosen.or_else(|| self.text(subject, name)) {
                            texts.insert(said.to_string(), text);
                        }
                    }
                }
            }
        }
    }

    /// The text of a subject's value, as it stands in keys and expressions.
    pub(super) fn text(&self, subject: &Row, name: &str) -> Option<String> {
        self.text_of(name, subject.value(name)?)
    }

    /// The place where the keys of the path cut an attribute, if none of them holds it whole.
    fn cut_of(&self, attribute: &str) -> Option<Cut> {
        let parts = self.access.partition.iter().chain(&self.access.sort).flat_map(|term| &term.prefix);
        let cuts = parts.filter_map(|part| match part {
            Part::Attribute { name, cut } if **name == *attribute => Some(*cut),
            _ => None,
        });
        cuts.collect::<Option<Vec<Cut>>>()?.into_iter().min_by_key(|cut| cut.seconds())
    }

    /// What the keys of the path keep of a value.
    fn in_key(&self, attribute: &str, text: &str) -> String {
        self.cut_of(attribute).and_then(|cut| text.get(..cut.length())).unwrap_or(text).to_owned()
    }

    /// Whether a filter keeps to what a request says of an attribute.
    fn is_filtered(&self, attribute: &str) -> bool {
        self.access.filters.iter().any(|filter| filter.attribute == attribute)
    }

    /// Whether an item has the subject's values wherever the request asks for equality, but for one
    /// attribute.
    fn is_alike(&self, row: &Row, subject: &Row, but: &str) -> bool {
        self.request.conditions.iter().filter(|(name, _)| name.as_str() != but).all(|(name, condition)| {
            if condition.operator != Operator::Equals {
                return true;
            }
            // An attribute that is not there equals nothing; what only keys hold is not looked at.
            let Some(value) = row.value(name) else {
                // Of several kinds, one that does not have the attribute equals nothing.
                let of = self.design.entity(row.entity).unwrap_or(self.entity);
                if of.attribute(name).is_none() && self.with(name).attribute(name).is_some() {
                    return false;
                }
                return !of.attribute(name).is_some_and(Attribute::may_be_absent);
            };
            let cut = self.cut_of(name).filter(|_| !self.is_filtered(name));
            match (condition.value.as_ref().and_then(|values| values.0.first()), cut) {
                (Some(literal), None) => is_literal(value, literal.text()),
                (_, Some(cut)) => {
                    let kept = |value: &AttributeValue| {
                        value.text().and_then(|text| text.get(..cut.length())).map(str::to_owned)
                    };
                    subject.value(name).is_some_and(|own| kept(own) == kept(value))
                }
                _ => subject.value(name) == Some(value),
            }
        })
    }

    /// The items that a call for a subject is about: those of the request's entities in the path, with
    /// the subject's values.
    fn candidates(&self, subject: &Row, but: &str) -> Vec<&'a Row> {
        let all = self.request.entities.iter().flat_map(|entity| self.rows.of_entity(*entity));
        all.filter(|row| self.is_member(row) && self.is_alike(row, subject, but)).collect()
    }

    fn is_member(&self, row: &Row) -> bool {
        self.path.keys().all(|key| row.item.contains_key(key))
    }

    /// How many items the pattern asks for in a call, told from its conditions alone and not from the
    /// expressions that the plan makes of them; nothing where the plan does not give just these.
    pub(super) fn meant(&self, bound: &Bound<'_>) -> Option<u64> {
        let ends_loosely = self.access.sort.iter().any(|term| term.includes_its_end());
        let filters_late = self.access.fetch.as_ref().is_some_and(|fetch| !fetch.filtered.is_empty());
        let is_padded = |name: &String| self.entity.attribute(name).is_some_and(|a| a.padded == Some(true));
        let conditions = self.request.conditions;
        let is_loose = ends_loosely || filters_late || !self.access.caveats.is_empty() || !self.request.key.is_empty();
        if is_loose || conditions.keys().any(is_padded) {
            return None;
        }
        let first = bound.queries.first()?;
        let holds_for = |row: &Row, name: &String, condition: &Condition| match condition.operator {
            Operator::Equals => true,
            Operator::In if self.is_in_key(name) && !self.is_filtered(name) => {
                let kept = |text: &String| self.in_key(name, text);
                let text = row.value(name).and_then(|value| self.text_of(name, value));
                bound.queries.iter().any(|texts| texts.get(name).map(kept) == text.as_ref().map(kept))
            }
            _ => {
                let operands = self.operands(bound.subject, first, name, condition);
                self.is_kept(row.value(name), (name, condition), &operands)
            }
        };
        let rows = self.candidates(bound.subject, "").into_iter();
        let meant = rows.filter(|row| conditions.iter().all(|(name, condition)| holds_for(row, name, condition)));
        Some(meant.count() as u64)
    }

    /// Whether a key condition binds an attribute.
    fn is_in_key(&self, attribute: &str) -> bool {
        let mut parts = self.access.partition.iter().chain(&self.access.sort).flat_map(|term| &term.prefix);
        parts.any(|part| matches!(part, Part::Attribute { name, .. } if **name == *attribute))
    }

    /// The text that a placeholder stands for in one query or key.
    pub(super) fn resolve(&self, subject: &Row, texts: &BTreeMap<String, String>, name: &str) -> Option<String> {
        if let Some(text) = texts.get(name) {
            return Some(text.clone());
        }
        if let Some((attribute, cut)) = name.split_once(':') {
            let (word, suffix) = cut.find('_').map_or((cut, ""), |at| cut.split_at(at));
            let text = self.resolve(subject, texts, &format!("{attribute}{suffix}"))?;
            return text.get(..Cut::from_word(word)?.length()).map(str::to_owned).or(Some(text));
        }
        self.text(subject, name)
    }

    /// A text with its placeholders filled.
    ///
    /// # Errors
    /// The first placeholder that nothing fills.
    pub(super) fn fill(&self, subject: &Row, texts: &BTreeMap<String, String>, text: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            filled.push_str(before);
            filled.push_str(&self.resolve(subject, texts, name).ok_or_else(|| name.to_owned())?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The values that a filter compares an attribute with in a call.
    pub(super) fn operands(
        &self,
        subject: &Row,
        texts: &BTreeMap<String, String>,
        name: &str,
        condition: &Condition,
    ) -> Vec<AttributeValue> {
        let suffixes: Vec<String> = match condition.operator {
            Operator::Between => vec!["_from".to_owned(), "_to".to_owned()],
            Operator::In => (1..=operands_of_in(condition)).map(|number| format!("_{number}")).collect(),
            Operator::Exists | Operator::Missing => Vec::new(),
            _ => vec![String::new()],
        };
        let literal = |position: usize| {
            condition.value.as_ref().and_then(|values| values.0.get(position)).map(|value| value.text().to_owned())
        };
        let texts = suffixes.iter().enumerate().filter_map(|(position, suffix)| {
            literal(position).or_else(|| self.resolve(subject, texts, &format!("{name}{suffix}")))
        });
        let mut all: Vec<String> = texts.collect();
        if condition.operator == Operator::NotEquals {
            all.extend((1..).map_while(literal));
        }
        let is_counted = counts_elements(self.with(name), name, condition.operator);
        let kind = if is_counted { "N" } else { comparable(self.with(name), name) };
        all.into_iter().map(|text| typed(kind, text)).collect()
    }

    /// Whether a value satisfies a condition that is no key's; of what has elements, their number.
    pub(super) fn is_kept(
        &self,
        value: Option<&AttributeValue>,
        (name, condition): (&str, &Condition),
        operands: &[AttributeValue],
    ) -> bool {
        if !counts_elements(self.with(name), name, condition.operator) {
            return holds(condition.operator, value, operands);
        }
        let number = value.and_then(AttributeValue::elements).map(|count| AttributeValue::N(count.to_string()));
        holds(condition.operator, number.as_ref(), operands)
    }
}

/// The letter of the type that an attribute is compared with; of a set or a list, an element's.
fn comparable(entity: &EntityDesign<'_>, name: &str) -> &'static str {
    let attribute = entity.attribute(name);
    match entity.kind_of(name) {
        AttributeType::Boolean => "BOOL",
        AttributeType::Binary | AttributeType::BinarySet => "B",
        AttributeType::NumberSet => "N",
        AttributeType::Number | AttributeType::Epoch | AttributeType::EpochMs
            if attribute.is_some_and(|a| a.padded != Some(true)) =>
        {
            "N"
        }
        _ => "S",
    }
}

/// A value of a type from its text.
pub(super) fn typed(kind: &str, text: String) -> AttributeValue {
    match kind {
        "N" => AttributeValue::N(text),
        "BOOL" => AttributeValue::Bool(text == "true"),
        "NULL" => AttributeValue::Null,
        "B" => AttributeValue::from_json(&serde_json::json!({ "B": text })).unwrap_or(AttributeValue::S(text)),
        _ => AttributeValue::S(text),
    }
}

/// Whether a value is the one that a literal says.
fn is_literal(value: &AttributeValue, literal: &str) -> bool {
    match value {
        AttributeValue::Bool(is_true) => literal == if *is_true { "true" } else { "false" },
        other => other.text() == Some(literal),
    }
}

/// A value's text, as it stands in keys and expressions.
pub(super) fn text_of(attribute: Option<&Attribute>, value: &AttributeValue) -> Option<String> {
    let text = match value {
        AttributeValue::Bool(is_true) => is_true.to_string(),
        AttributeValue::B(_) => value.to_json().get("B")?.as_str()?.to_owned(),
        other => other.text()?.to_owned(),
    };
    Some(match attribute {
        Some(Attribute { padded: Some(true), digits: Some(digits), .. }) => {
            format!("{text:0>width$}", width = (*digits).min(64) as usize)
        }
        _ => text,
    })
}

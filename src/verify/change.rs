//! Requests for single items: what is there before, what is there after, and the parameters that make
//! the one the other.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::bind::{Asked, Carry};
use super::context::{CallError, Context, fill};
use super::items::listed;
use super::items::value::{AttributeValue, Attributes, item_to_json};
use super::rows::Row;
use super::scenario::{Case, Said};
use super::vary::{fill_up, varied};
use crate::design::{EntityDesign, TableId, Told};
use crate::model::Operation;
use crate::plan::Expressions;

/// A request for one item.
#[derive(Debug, Clone)]
pub(super) struct ItemRequest {
    /// The table.
    pub table: TableId,
    /// What it does: get, put, update, delete or check.
    pub operation: Operation,
    /// The item's primary key.
    pub key: Attributes,
    /// The item before.
    pub before: Option<Attributes>,
    /// The item after, if the request succeeds.
    pub after: Option<Attributes>,
    /// Whether its condition does not hold.
    pub fails: bool,
    /// Its parameters beside the table and the key.
    pub parameters: Map<String, Value>,
}

/// Which of the calls it is, of how many, so that new items are like old ones of all kinds; and a
/// number that no other new item has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// The position of the call.
    pub(super) nth: usize,
    /// How many there are.
    pub(super) of: usize,
    /// What no other has.
    pub(super) serial: u64,
}

/// What makes the requests for single items of one request of a pattern.
pub(super) struct Maker<'c, 'a, 'd, 'm> {
    pub context: &'c Context<'d, 'm>,
    pub asked: &'c Asked<'a, 'd, 'm>,
    pub printed: &'c Expressions,
    pub operation: Operation,
    pub said: Said<'m>,
    /// Whether it may have conditions, which a batch has not.
    pub takes_conditions: bool,
}

impl<'m> Maker<'_, '_, '_, 'm> {
    fn entity(&self) -> &EntityDesign<'m> {
        self.asked.entity
    }

    fn no_item(&self) -> CallError {
        CallError::NoItem(self.entity().name.to_owned())
    }

    /// A new item, like the one in the middle of as many equal parts of the old ones as there are calls.
    fn fresh(&self, turn: Turn) -> Result<Row, CallError> {
        let old = self.context.generator.dataset().of(self.entity().id).len();
        let like = (2 * turn.nth + 1).saturating_mul(old) / turn.of.saturating_mul(2).max(1);
        let number = (old as u64).saturating_mul(turn.serial).saturating_add(like as u64);
        self.context.generator.fresh(self.entity().id, number).ok_or_else(|| self.no_item())
    }

    /// The requests of one call in a case: one for each key.
    ///
    /// # Errors
    /// When there is no item or value for it.
    pub(super) fn make(&self, case: &Case, subject: &Row, turn: Turn) -> Result<Vec<ItemRequest>, CallError> {
        match self.operation {
            Operation::Put => Ok(vec![self.put(case, subject, turn)?]),
            _ => {
                let new;
                let subject = match case {
                    Case::Missed | Case::Created => {
                        new = self.fresh(turn)?;
                        &new
                    }
                    _ => subject,
                };
                // Values hang on the subject alone: the key names one item.
                let bound = self.asked.bind(subject, &mut Carry::new());
                bound.queries.iter().map(|texts| self.keyed(case, subject, texts)).collect()
            }
        }
    }

    fn put(&self, case: &Case, subject: &Row, turn: Turn) -> Result<ItemRequest, CallError> {
        let table = self.asked.path.table;
        let mut condition = None;
        let guarded = self.said.condition.is_some_and(|guard| guard.present) && self.takes_conditions;
        let (before, after) = match case {
            Case::Usual => {
                if guarded {
                    condition = Some("attribute_not_exists");
                }
                (None, self.with_said(self.fresh(turn)?))
            }
            Case::Failed => {
                condition = Some("attribute_not_exists");
                (Some(subject.item.clone()), subject.item.clone())
            }
            _ => {
                if guarded {
                    condition = Some("attribute_exists");
                }
                self.overwritten(subject)
            }
        };
        let key = self.context.rows.key(table, &after).ok_or_else(|| self.no_item())?;
        let mut parameters = Map::from_iter([("Item".to_owned(), item_to_json(&after).into())]);
        if let Some(function) = condition.filter(|_| self.takes_conditions) {
            self.guard(function, &mut parameters);
        }
        let fails = *case == Case::Failed;
        Ok(ItemRequest { table, operation: Operation::Put, key, before, after: Some(after), fails, parameters })
    }

    /// A new item with what the put says of it.
    fn with_said(&self, row: Row) -> Attributes {
        let said = Told::of_new(self.context.design, self.entity(), self.asked.request);
        if said.is_empty() {
            return row.item;
        }
        let mut values = row.values;
        self.say(&said, &mut values);
        self.render(values)
    }

    /// Gives values what a put says of its item.
    fn say(&self, said: &Told<'m>, values: &mut Attributes) {
        for name in &said.lacks {
            values.remove(*name);
        }
        for name in &said.has {
            self.give(values, name);
        }
        for (name, value) in &said.values {
            let kind = self.entity().attribute(name).map(|attribute| attribute.kind).unwrap_or_default();
            values.insert((*name).to_owned(), listed(kind, value));
        }
    }

    /// An item and what a put makes of it.
    fn overwritten(&self, subject: &Row) -> (Option<Attributes>, Attributes) {
        let overwrite = self.said.replaces;
        let entity = self.entity();
        let mut before = subject.values.clone();
        let said = Told::of_new(self.context.design, entity, self.asked.request);
        self.say(&said, &mut before);
        for name in overwrite.iter().flat_map(|overwrite| &overwrite.drops.0) {
            self.give(&mut before, name);
        }
        let mut after = before.clone();
        let in_keys = |name: &str| entity.fills.iter().any(|(key, fill)| *key == name || fill.template.uses(name));
        let changes: Vec<String> = match overwrite.and_then(|overwrite| overwrite.changes.as_ref()) {
            Some(names) => names.0.clone(),
            None => before.keys().filter(|name| !in_keys(name)).cloned().collect(),
        };
        for name in &changes {
            self.change(&mut after, name);
        }
        for name in overwrite.iter().flat_map(|overwrite| &overwrite.drops.0) {
            after.remove(name);
        }
        let mut stored = self.render(before);
        if let Some(size) = overwrite.and_then(|overwrite| overwrite.size) {
            fill_up(&mut stored, size.0);
        }
        let mut after = self.render(after);
        overwrite.iter().flat_map(|overwrite| &overwrite.drops.0).for_each(|name| drop(after.remove(name)));
        (Some(stored), after)
    }

    fn keyed(&self, case: &Case, subject: &Row, texts: &BTreeMap<String, String>) -> Result<ItemRequest, CallError> {
        let table = self.asked.path.table;
        let mut filled = fill(self.asked, subject, texts, self.printed)?;
        if !self.takes_conditions || self.operation == Operation::Get {
            filled.parameters.remove("ConditionExpression");
        }
        if self.operation != Operation::Get {
            filled.parameters.remove("ProjectionExpression");
        }
        let stored = self.context.rows.at(table, &filled.key).map(|row| row.item.clone());
        let mut parameters = filled.parameters;
        let (before, after) = match (self.operation, case) {
            (Operation::Update, Case::Missed) => (None, None),
            (Operation::Update, Case::Created) => (None, Some(subject.item.clone())),
            (Operation::Update, _) => {
                let (before, after) = self.updated(case, subject);
                (Some(before), Some(after))
            }
            (Operation::Delete, _) => (stored, None),
            _ => (stored.clone(), stored),
        };
        if let (Operation::Update, Some(after)) = (self.operation, &after) {
            self.update_expression(before.as_ref(), after, &mut parameters);
        }
        let guarded = self.said.condition.is_some_and(|guard| guard.present);
        let function = match (self.operation, case) {
            (Operation::Get, _) => None,
            (_, Case::Failed) => Some("attribute_not_exists"),
            (Operation::Update, Case::Missed) => Some("attribute_exists"),
            // A check that is to find nothing checks just that.
            (Operation::ConditionCheck, Case::Missed) => Some("attribute_not_exists"),
            (Operation::ConditionCheck, _) => Some("attribute_exists"),
            (_, Case::Created) => guarded.then_some("attribute_not_exists"),
            (Operation::Delete, Case::Missed) => None,
            _ => guarded.then_some("attribute_exists"),
        };
        if matches!(case, Case::Missed | Case::Created) {
            // What is known of an item does not hold where there is none.
            self.forget_condition(&mut parameters);
        }
        if let Some(function) = function.filter(|_| self.takes_conditions) {
            self.guard(function, &mut parameters);
        }
        let fails = *case == Case::Failed || (self.operation == Operation::Update && *case == Case::Missed);
        Ok(ItemRequest { table, operation: self.operation, key: filled.key, before, after, fails, parameters })
    }

    /// An item as an update meets it, and as it leaves it.
    fn updated(&self, case: &Case, subject: &Row) -> (Attributes, Attributes) {
        let said = self.said;
        let mut before = subject.values.clone();
        for name in said.sets.0.keys().chain(said.appends).chain(said.removes) {
            self.give(&mut before, name);
        }
        for name in said.adds {
            before.remove(name);
        }
        for (name, change) in &said.sets.0 {
            let size = change.as_ref().and_then(|change| change.size_before);
            if let (Some(size), Some(AttributeValue::S(text))) = (size, before.get_mut(name)) {
                *text = "x".repeat(usize::try_from(size.0).unwrap_or(0).min(crate::service::size::ITEM_BYTES as usize));
            }
        }
        let mut after = before.clone();
        for (name, change) in &said.sets.0 {
            let may_stay =
                change.as_ref().and_then(|change| change.changes).is_some_and(|share| share < crate::units::Share::ALL);
            let stays = may_stay && matches!(case, Case::Changed(names) if !names.contains(name));
            if !stays {
                self.change(&mut after, name);
            }
        }
        for name in said.appends {
            self.change(&mut after, name);
        }
        for name in said.adds {
            self.give(&mut after, name);
        }
        for name in said.removes {
            after.remove(name);
        }
        let (mut before, mut after) = (self.render(before), self.render(after));
        // Key attributes that are made of others can come and go by themselves.
        said.adds.iter().for_each(|name| drop(before.remove(name)));
        said.removes.iter().for_each(|name| drop(after.remove(name)));
        (before, after)
    }

    fn render(&self, values: Attributes) -> Attributes {
        self.context.generator.of_values(self.entity().id, values).map(|row| row.item).unwrap_or_default()
    }

    /// Gives an attribute a value where it has none.
    fn give(&self, values: &mut Attributes, name: &str) {
        if !values.contains_key(name) {
            let value = self.other(name, None).unwrap_or_else(|| AttributeValue::S("new".to_owned()));
            values.insert(name.to_owned(), value);
        }
    }

    /// Gives an attribute another value.
    fn change(&self, values: &mut Attributes, name: &str) {
        let own = values.get(name).cloned();
        let other = self.other(name, own.as_ref()).or_else(|| own.as_ref().and_then(varied));
        values.insert(name.to_owned(), other.or(own).unwrap_or_else(|| AttributeValue::S("new".to_owned())));
    }

    /// A value that another item has for an attribute.
    fn other(&self, name: &str, than: Option<&AttributeValue>) -> Option<AttributeValue> {
        let own = self.context.rows.of_entity(self.entity().id).filter_map(|row| row.values.get(name));
        own.into_iter().find(|value| Some(*value) != than).cloned()
    }

    fn forget_condition(&self, parameters: &mut Map<String, Value>) {
        if parameters.remove("ConditionExpression").is_some() {
            let is_own = |name: &str| name.starts_with("#k") || name.starts_with(":k");
            for kind in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
                if let Some(all) = parameters.get_mut(kind).and_then(Value::as_object_mut) {
                    all.retain(|name, _| is_own(name));
                    if all.is_empty() {
                        parameters.remove(kind);
                    }
                }
            }
        }
    }

    /// Adds a condition that the item is there, or is not.
    fn guard(&self, function: &str, parameters: &mut Map<String, Value>) {
        let Some(key) = self.asked.path.partition.first() else { return };
        let condition = format!("{function}(#key)");
        let joined = match parameters.get("ConditionExpression").and_then(Value::as_str) {
            Some(other) => format!("{other} AND {condition}"),
            None => condition,
        };
        parameters.insert("ConditionExpression".to_owned(), json!(joined));
        add(parameters, "ExpressionAttributeNames", [("#key".to_owned(), json!(key))]);
    }

    /// The update that makes one item of another: what it names is set even where it stays the same.
    fn update_expression(&self, before: Option<&Attributes>, after: &Attributes, parameters: &mut Map<String, Value>) {
        let empty = Attributes::new();
        let base: Vec<&str> = self.asked.path.keys().collect();
        let (was, said) = (before.unwrap_or(&empty), self.said);
        let is_named = |name: &String| said.sets.0.contains_key(name) || said.appends.contains(name);
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut names = Vec::new();
        let mut alias = |number: usize, name: &str| {
            let alias = format!("#k{number}");
            names.push((alias.clone(), json!(name)));
            alias
        };
        let mut values = Vec::new();
        for (number, (name, value)) in after.iter().enumerate() {
            let is_key = base.contains(&name.as_str());
            let stays = was.get(name) == Some(value);
            if (is_key && (stays || before.is_none())) || (stays && !is_named(name)) {
                continue;
            }
            set.push(format!("{} = :k{number}", alias(number, name)));
            values.push((format!(":k{number}"), value.to_json()));
        }
        let gone = was.keys().filter(|name| !after.contains_key(*name));
        for (number, name) in gone.enumerate() {
            remove.push(alias(after.len() + number, name));
        }
        let clauses = [("SET", set), ("REMOVE", remove)].into_iter().filter(|(_, all)| !all.is_empty());
        let clauses: Vec<String> = clauses.map(|(word, all)| format!("{word} {}", all.join(", "))).collect();
        if clauses.is_empty() {
            // The model does not say what is updated, and a transaction takes no update of nothing.
            names.push(("#none".to_owned(), json!("keyplan-nothing")));
        }
        let text = if clauses.is_empty() { "REMOVE #none".to_owned() } else { clauses.join(" ") };
        parameters.insert("UpdateExpression".to_owned(), json!(text));
        if !names.is_empty() {
            add(parameters, "ExpressionAttributeNames", names);
        }
        if !values.is_empty() {
            add(parameters, "ExpressionAttributeValues", values);
        }
    }
}

/// Adds to a map among parameters, which is made where it is missing.
fn add(parameters: &mut Map<String, Value>, name: &str, more: impl IntoIterator<Item = (String, Value)>) {
    let mut all = parameters.remove(name).and_then(|value| value.as_object().cloned()).unwrap_or_default();
    all.extend(more);
    parameters.insert(name.to_owned(), all.into());
}

//! Random requests by key: what they do to an item, as a model says it and as an engine is asked.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::schema::{Item, Schema, sizes};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operation {
    Get { finds: bool },
    PutNew,
    PutOver { names_changes: bool },
    Update,
    Create,
    Delete { finds: bool },
    Check { finds: bool },
}

/// What an operation does to an attribute; reads and deletes only see whether it is there.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Absent,
    Kept,
    /// Set to the value that it has.
    Same,
    Changed,
    Added,
    Removed,
}

const FATES: [Fate; 8] =
    [Fate::Kept, Fate::Kept, Fate::Changed, Fate::Absent, Fate::Same, Fate::Added, Fate::Removed, Fate::Changed];

/// One operation on one item.
#[derive(Debug, Clone)]
pub struct Request {
    pub operation: Operation,
    fates: Vec<Fate>,
    /// Whether items usually have what this one gets or loses.
    usual: Vec<bool>,
    /// The path whose entry has a certain size, and the size.
    aim: (usize, usize),
    /// Bytes by which the padding was larger or smaller before.
    was: i32,
    /// Whether the model says the size of the whole item.
    is_stated: bool,
}

/// An item before and after, with what the model says of it.
pub struct Subject {
    pub entity: Value,
    pub action: Map<String, Value>,
    pub before: Option<Item>,
    pub after: Option<Item>,
    /// The attributes that an update writes and removes.
    set: Vec<&'static str>,
    removed: Vec<&'static str>,
}

fn percent(is_all: bool) -> &'static str {
    if is_all { "100%" } else { "0%" }
}

fn size_of(item: &Item) -> u64 {
    keyplan::service::size::item_size(item).unwrap()
}

impl Request {
    fn fate(&self, schema: &Schema, name: &str) -> Fate {
        if schema.is_primary(name) {
            return Fate::Kept;
        }
        let source = schema.source(name);
        let at = schema.attributes.iter().position(|attribute| attribute.name == source).unwrap();
        let fate = self.fates[at];
        let in_index = schema.is_in_index(name);
        match (self.operation, fate) {
            // An update in a transaction has to have an expression.
            (Operation::Update, Fate::Absent | Fate::Kept) if name == "pad" => Fate::Same,
            (_, Fate::Absent) => Fate::Absent,
            (Operation::Update, fate) => fate,
            (Operation::Create, _) => Fate::Added,
            // Without a list, index keys stay and all else changes.
            (Operation::PutOver { names_changes: false }, Fate::Removed) => fate,
            (Operation::PutOver { names_changes: false }, _) if in_index => Fate::Kept,
            (Operation::PutOver { names_changes: false }, _) => Fate::Changed,
            // What a put adds to the item that it replaces is nothing that a model can say.
            (Operation::PutOver { .. }, Fate::Changed | Fate::Removed) => fate,
            _ => Fate::Kept,
        }
    }

    /// The size of the padding before. Of a replaced item a model tells only the whole size, so that
    /// an index with some of its attributes must not depend on it.
    fn padding_before(&self, schema: &Schema, after: usize) -> usize {
        use super::schema::Projection::Include;
        let is_part = schema.paths.iter().any(|p| matches!(p.projection, Include(_)) && schema.holds(p, "pad"));
        let before = after.saturating_add_signed(self.was as isize).max(4);
        match self.operation {
            Operation::Update => before,
            Operation::PutOver { .. } if !is_part => before,
            _ => after,
        }
    }

    pub fn subject(&self, schema: &Schema, position: usize) -> Subject {
        let serial = 10 + position * 10;
        let fate = |name: &str| self.fate(schema, name);
        let padding = schema.padding(self.aim.0, self.aim.1, |name| fate(name) != Fate::Absent);
        let padding_before = self.padding_before(schema, padding);
        let (mut before, mut after) = (Item::new(), Item::new());
        let mut declared = Map::new();
        let (mut sets, mut adds, mut removes) = (Map::new(), Vec::new(), Vec::new());
        let (mut changes, mut usual_bytes) = (Vec::new(), 0);
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for attribute in &schema.attributes {
            let name = attribute.name;
            let is_padding = name == "pad";
            let mut attribute = attribute.clone();
            attribute.size = if is_padding { padding } else { attribute.size };
            let fate = fate(name);
            let changes_padding = is_padding && fate == Fate::Changed;
            let size_before = if changes_padding { padding_before } else { attribute.size };
            if !matches!(fate, Fate::Absent | Fate::Added) {
                let serial = if fate == Fate::Changed { serial + 1 } else { serial };
                before.insert(name.to_owned(), attribute.value(size_before, serial));
            }
            if !matches!(fate, Fate::Absent | Fate::Removed) {
                after.insert(name.to_owned(), attribute.value(attribute.size, serial));
            }
            match fate {
                Fate::Same | Fate::Changed | Fate::Added => set.push(name),
                Fate::Removed => removed.push(name),
                Fate::Absent | Fate::Kept => {}
            }
            let at = schema.attributes.iter().position(|other| other.name == attribute.source()).unwrap();
            let is_usual = match fate {
                Fate::Absent => false,
                Fate::Added | Fate::Removed => self.usual[at] || self.operation == Operation::Create,
                _ => true,
            };
            if is_usual {
                usual_bytes += name.len() + attribute.size;
            }
            if attribute.is_made() {
                continue;
            }
            let mut said = attribute.in_model();
            if !is_usual {
                said["present"] = json!("0%");
            }
            declared.insert(name.to_owned(), said);
            match fate {
                Fate::Same => drop(sets.insert(name.to_owned(), json!({ "changes": "0%" }))),
                Fate::Changed if size_before != attribute.size => {
                    changes.push(name);
                    sets.insert(name.to_owned(), json!({ "size_before": size_before }));
                }
                Fate::Changed => {
                    changes.push(name);
                    sets.insert(name.to_owned(), json!({}));
                }
                Fate::Added => adds.push(name),
                Fate::Removed => removes.push(name),
                Fate::Absent | Fate::Kept => {}
            }
        }
        let mut entity = json!({ "table": "Main", "items": 1000, "attributes": declared });
        if self.is_stated {
            entity["size"] = json!(usual_bytes);
        }
        let key: Map<String, Value> = schema.table().keys().map(|name| (name.to_owned(), json!("equals"))).collect();
        let action = match self.operation {
            Operation::Get { finds } => json!({ "operation": "get", "where": key, "misses": percent(!finds) }),
            Operation::PutNew => json!({ "operation": "put" }),
            Operation::PutOver { names_changes } => {
                let mut replaces = json!({ "drops": removes });
                if names_changes {
                    replaces["changes"] = json!(changes);
                }
                if padding_before != padding {
                    replaces["size"] = json!(size_of(&before));
                }
                json!({ "operation": "put", "replaces": replaces })
            }
            Operation::Update => {
                json!({ "operation": "update", "where": key, "sets": sets, "adds": adds, "removes": removes })
            }
            Operation::Create => json!({ "operation": "update", "where": key, "adds": adds, "creates": "100%" }),
            Operation::Delete { finds } => json!({ "operation": "delete", "where": key, "misses": percent(!finds) }),
            Operation::Check { finds } => {
                json!({ "operation": "condition_check", "where": key, "misses": percent(!finds) })
            }
        };
        let Value::Object(mut action) = action else { unreachable!() };
        action.insert("entity".to_owned(), json!(format!("E{position}")));
        let (before, after) = match self.operation {
            Operation::PutNew | Operation::Create => (None, Some(after)),
            Operation::PutOver { .. } | Operation::Update => (Some(before), Some(after)),
            Operation::Get { finds } | Operation::Delete { finds } | Operation::Check { finds } => {
                (finds.then_some(before), None)
            }
        };
        Subject { entity, action, before, after, set, removed }
    }

    /// The parts of the engine's request.
    pub fn asked(&self, schema: &Schema, subject: &Subject, position: usize) -> Map<String, Value> {
        let key: Item = schema
            .attributes
            .iter()
            .filter(|attribute| schema.is_primary(attribute.name))
            .map(|a| (a.name.to_owned(), a.value(a.size, 10 + position * 10)))
            .collect();
        let mut asked = match self.operation {
            Operation::PutNew | Operation::PutOver { .. } => json!({ "Item": subject.after }),
            Operation::Check { finds } => {
                let condition = if finds { "attribute_exists(pk)" } else { "attribute_not_exists(pk)" };
                json!({ "Key": key, "ConditionExpression": condition })
            }
            _ => json!({ "Key": key }),
        };
        let written: &[&str] = match self.operation {
            Operation::Update | Operation::Create => &subject.set,
            _ => &[],
        };
        let removed: &[&str] = if self.operation == Operation::Update { &subject.removed } else { &[] };
        let (mut names, mut values) = (Map::new(), Map::new());
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for (at, name) in written.iter().enumerate() {
            names.insert(format!("#s{at}"), json!(name));
            values.insert(format!(":s{at}"), subject.after.as_ref().unwrap()[*name].clone());
            set.push(format!("#s{at} = :s{at}"));
        }
        for (at, name) in removed.iter().enumerate() {
            names.insert(format!("#r{at}"), json!(name));
            remove.push(format!("#r{at}"));
        }
        let clauses = [("SET", set), ("REMOVE", remove)];
        let clauses: Vec<String> = clauses
            .iter()
            .filter(|(_, all)| !all.is_empty())
            .map(|(word, all)| format!("{word} {}", all.join(", ")))
            .collect();
        if !clauses.is_empty() {
            asked["UpdateExpression"] = json!(clauses.join(" "));
            asked["ExpressionAttributeNames"] = names.into();
        }
        if !values.is_empty() {
            asked["ExpressionAttributeValues"] = values.into();
        }
        asked["TableName"] = json!("Main");
        let Value::Object(asked) = asked else { unreachable!() };
        asked
    }

    /// The operation's name in the API, and within a transaction.
    pub fn names(&self) -> (&'static str, &'static str) {
        match self.operation {
            Operation::Get { .. } => ("GetItem", "Get"),
            Operation::PutNew | Operation::PutOver { .. } => ("PutItem", "Put"),
            Operation::Update | Operation::Create => ("UpdateItem", "Update"),
            Operation::Delete { .. } => ("DeleteItem", "Delete"),
            Operation::Check { .. } => ("", "ConditionCheck"),
        }
    }
}

/// How requests are sent: one by itself, or several in a batch or a transaction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sent {
    Alone,
    BatchGet,
    BatchWrite,
    TransactGet,
    TransactWrite,
}

impl Sent {
    fn takes(self) -> Vec<Operation> {
        use Operation::{Check, Create, Delete, Get, PutNew, PutOver, Update};
        let gets = [Get { finds: true }, Get { finds: false }];
        let puts = [PutNew, PutOver { names_changes: true }, PutOver { names_changes: false }];
        let deletes = [Delete { finds: true }, Delete { finds: false }];
        let updates = [Update, Update, Update, Create];
        let checks = [Check { finds: true }, Check { finds: false }];
        match self {
            Self::Alone => [&gets[..], &puts, &deletes, &updates].concat(),
            Self::BatchGet | Self::TransactGet => gets.to_vec(),
            Self::BatchWrite => [&puts[..], &deletes].concat(),
            Self::TransactWrite => [&puts[..], &deletes, &updates, &checks].concat(),
        }
    }

    pub fn in_model(self) -> &'static str {
        match self {
            Self::Alone => "",
            Self::BatchGet => "batch_get",
            Self::BatchWrite => "batch_write",
            Self::TransactGet => "transact_get",
            Self::TransactWrite => "transact_write",
        }
    }
}

fn requests_of(sent: Sent) -> impl Strategy<Value = (Sent, Vec<Request>)> {
    let request = (
        prop::sample::select(sent.takes()),
        prop::collection::vec(prop::sample::select(FATES.to_vec()), 10),
        prop::collection::vec(any::<bool>(), 10),
        (0..6_usize, sizes()),
        prop_oneof![-4..=4_i32, -3000..3000_i32],
        any::<bool>(),
    );
    let request = request.prop_map(|(operation, fates, usual, aim, was, is_stated)| Request {
        operation,
        fates,
        usual,
        aim,
        was,
        is_stated,
    });
    let count = if sent == Sent::Alone { 1..=1 } else { 1..=4 };
    prop::collection::vec(request, count).prop_map(move |requests| (sent, requests))
}

pub fn requests() -> impl Strategy<Value = (Sent, Vec<Request>)> {
    prop_oneof![
        5 => requests_of(Sent::Alone),
        1 => requests_of(Sent::BatchGet),
        1 => requests_of(Sent::BatchWrite),
        1 => requests_of(Sent::TransactGet),
        3 => requests_of(Sent::TransactWrite),
    ]
}

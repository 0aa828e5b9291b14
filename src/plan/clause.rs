//! Why a path does not serve a request, clause by clause, in words that name the attribute.

use std::fmt;

use super::disorder::Disorder;
use crate::design::Template;
use crate::model::{Operation, Operator};
use crate::units::Share;

/// Why a key that holds the attributes of an order does not give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unordered {
    /// The attribute that is in the way.
    pub attribute: String,
    /// How.
    pub why: Disorder,
}

/// A clause that a path fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    /// An entity has no value for one of the path's key attributes, so its items are not in it.
    NotMember {
        /// The entity.
        entity: String,
        /// The key attribute.
        key: String,
    },
    /// The path holds only items with other values than the pattern asks for.
    OtherMembers {
        /// The attribute that decides membership.
        attribute: String,
        /// The values that members have.
        values: String,
    },
    /// A partition key attribute is not known.
    PartitionUnknown {
        /// The key attribute.
        key: String,
        /// Its template.
        template: Template,
        /// The part of it that is not known.
        missing: String,
    },
    /// A partition key attribute is compared otherwise than by equality.
    PartitionNotEqual {
        /// The key attribute.
        key: String,
        /// The part of it that is compared.
        attribute: String,
        /// The comparison.
        operator: Operator,
    },
    /// A sort key attribute is compared in a way that no key condition allows, and a filter must
    /// not name a key attribute.
    SortOperator {
        /// The key attribute.
        key: String,
        /// The comparison.
        operator: Operator,
    },
    /// `begins_with` on a number.
    BeginsWithNumber {
        /// The key attribute.
        key: String,
    },
    /// A sort key attribute is compared although one to its left is not bound by equality, and a
    /// filter must not name a key attribute.
    SortGap {
        /// The attribute that is compared.
        key: String,
        /// The attribute to its left.
        before: String,
    },
    /// A filter would name an attribute that is written only inside keys.
    NotStored {
        /// The attribute.
        attribute: String,
    },
    /// The path does not give the requested order.
    Order {
        /// The requested order.
        wanted: String,
        /// What the path's order is after the bound prefix.
        stored: String,
        /// A further reason, such as numbers that sort as text.
        because: Option<Box<Unordered>>,
    },
    /// Strong reads are not possible on a global secondary index.
    StrongOnGlobal,
    /// The operation works on the table's primary key only.
    ItemOperationOnIndex {
        /// The operation.
        operation: Operation,
    },
    /// An operation on one item lacks a part of the primary key.
    KeyIncomplete {
        /// The key attribute.
        key: String,
        /// Its template.
        template: Template,
        /// The part of it that is not known by equality.
        missing: String,
    },
    /// The code builds keys of other key attributes.
    OtherKeysBuilt {
        /// The key attributes that the code builds.
        built: String,
        /// The partition key attribute that it does not.
        key: String,
    },
    /// The code compares an attribute that is no key of the path.
    NotItsKey {
        /// The attribute.
        key: String,
    },
    /// The code compares a key attribute more than once.
    SeveralComparisons {
        /// The key attribute.
        key: String,
        /// The comparisons.
        operators: Vec<Operator>,
    },
    /// The entities that one query should read have different partition keys.
    PartitionsDiffer {
        /// The key attribute.
        key: String,
        /// One entity and its template.
        one: String,
        /// Another entity and its template.
        other: String,
    },
}

/// Something that a path does not give although it serves the key condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caveat {
    /// Only items that have an attribute are in the path.
    OnlyWith {
        /// The entity.
        entity: String,
        /// The key attribute of the path.
        key: String,
        /// The attribute that some items lack.
        attribute: String,
        /// The share of items that have it, where it is known.
        share: Option<Share>,
    },
    /// Only items with certain values are in the path.
    OnlyWhere {
        /// The entity.
        entity: String,
        /// The attribute that decides membership.
        attribute: String,
        /// The values that members have.
        values: String,
    },
}

/// A comparison in words: `equals`, `begins_with`.
pub(crate) fn operator_word(operator: Operator) -> &'static str {
    match operator {
        Operator::Equals => "equals",
        Operator::NotEquals => "not_equals",
        Operator::LessThan => "less_than",
        Operator::AtMost => "at_most",
        Operator::GreaterThan => "greater_than",
        Operator::AtLeast => "at_least",
        Operator::Between => "between",
        Operator::BeginsWith => "begins_with",
        Operator::In => "in",
        Operator::Contains => "contains",
        Operator::Exists => "exists",
        Operator::Missing => "missing",
    }
}

/// An operation by the service's own name.
pub fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Get => "GetItem",
        Operation::BatchGet => "BatchGetItem",
        Operation::Query => "Query",
        Operation::Scan => "Scan",
        Operation::Put => "PutItem",
        Operation::Update => "UpdateItem",
        Operation::Delete => "DeleteItem",
        Operation::ConditionCheck => "ConditionCheck",
        Operation::BatchWrite => "BatchWriteItem",
        Operation::TransactGet => "TransactGetItems",
        Operation::TransactWrite => "TransactWriteItems",
    }
}

impl Clause {
    /// A stable word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotMember { .. } => "not-member",
            Self::OtherMembers { .. } => "other-members",
            Self::PartitionUnknown { .. } => "partition-key-unknown",
            Self::PartitionNotEqual { .. } => "partition-key-not-equal",
            Self::SortOperator { .. } => "sort-key-operator",
            Self::BeginsWithNumber { .. } => "begins-with-number",
            Self::SortGap { .. } => "sort-key-gap",
            Self::NotStored { .. } => "not-stored",
            Self::Order { .. } => "order",
            Self::StrongOnGlobal => "strong-on-global-index",
            Self::ItemOperationOnIndex { .. } => "item-operation-on-index",
            Self::KeyIncomplete { .. } => "key-incomplete",
            Self::OtherKeysBuilt { .. } => "other-keys-built",
            Self::NotItsKey { .. } => "not-its-key",
            Self::SeveralComparisons { .. } => "several-comparisons",
            Self::PartitionsDiffer { .. } => "partitions-differ",
        }
    }
}

/// `` `pk` = `CUSTOMER#{customer_id}` ``, or just the name where the key is the attribute itself.
fn key_is(key: &str, template: &Template) -> String {
    if template.copied() == Some(key) { format!("`{key}`") } else { format!("`{key}` = `{template}`") }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMember { entity, key } => {
                write!(f, "`{entity}` has no value for `{key}`, so none of its items is in it")
            }
            Self::OtherMembers { attribute, values } => {
                write!(f, "it holds only items whose `{attribute}` is {values}")
            }
            Self::PartitionUnknown { key, template, missing } => {
                write!(
                    f,
                    "the partition key {} needs `{missing}`, which is not known by equality",
                    key_is(key, template)
                )
            }
            Self::PartitionNotEqual { key, attribute, operator } => {
                let word = operator_word(*operator);
                write!(f, "the partition key `{key}` takes only equality, and `{attribute}` is compared with `{word}`")
            }
            Self::SortOperator { key, operator } => {
                write!(
                    f,
                    "the sort key `{key}` cannot be compared with `{}`, and a filter must not name a key",
                    operator_word(*operator)
                )
            }
            Self::BeginsWithNumber { key } => {
                write!(f, "`begins_with` works on text, and the sort key `{key}` is a number")
            }
            Self::SortGap { key, before } => write!(
                f,
                "`{key}` comes after `{before}`, which is not bound by equality, and a filter must not name a key"
            ),
            Self::NotStored { attribute } => {
                write!(f, "`{attribute}` is written only inside keys (`stored: false`), so no filter can see it")
            }
            Self::Order { wanted, stored, because } => match because {
                Some(because) => write!(f, "it sorts {stored}, but {}", because.why),
                None => write!(f, "its order is {stored}, not {wanted}"),
            },
            Self::StrongOnGlobal => f.write_str("a global secondary index is only eventually consistent"),
            Self::ItemOperationOnIndex { operation } => {
                write!(f, "{} works on the table's primary key, not on an index", operation_name(*operation))
            }
            Self::KeyIncomplete { key, template, missing } => {
                write!(f, "the primary key needs {}, and `{missing}` is not known by equality", key_is(key, template))
            }
            Self::OtherKeysBuilt { built, key } => write!(f, "the code builds {built}, not its partition key `{key}`"),
            Self::NotItsKey { key } => write!(
                f,
                "the code compares `{key}`, which is no key of it, and a key condition takes only its own keys"
            ),
            Self::SeveralComparisons { key, operators } => {
                let words: Vec<String> = operators.iter().map(|o| format!("`{}`", operator_word(*o))).collect();
                write!(f, "`{key}` is compared with {}, and a query compares each key once", words.join(" and "))
            }
            Self::PartitionsDiffer { key, one, other } => {
                write!(f, "one query reads one partition key value, but `{key}` is {one} and {other}")
            }
        }
    }
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlyWith { entity, attribute, share: Some(share), .. } => {
                write!(f, "it holds only the {share} of `{entity}` items that have `{attribute}`")
            }
            Self::OnlyWith { entity, attribute, share: None, .. } => {
                write!(f, "it holds only those `{entity}` items that have `{attribute}`")
            }
            Self::OnlyWhere { entity, attribute, values } => {
                write!(f, "it holds only those `{entity}` items whose `{attribute}` is {values}")
            }
        }
    }
}

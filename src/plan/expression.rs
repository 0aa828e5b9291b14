//! Expressions ready to paste: the parameters of the request that a plan stands for.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html>

use crate::IndexMap;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use serde_json::{Value, json};

use super::key::{KeyTerm, TermOperator};
use super::{Access, OrderServed, clause::operation_name, consistency, is_range};
use crate::design::{AccessPath, Design, EntityDesign, Part, PatternDesign, Request};
use crate::model::{AttributeType, Condition, Consistency, KeyType, Names, Operation, Operator};
use crate::service::limits::IN_OPERANDS;
use crate::service::reserved::is_reserved;

/// The parameters of a request, under the service's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub struct Expressions {
    /// The operation's name.
    pub operation: String,
    /// The table.
    pub table_name: String,
    /// The index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_name: Option<String>,
    /// The primary key of an operation on one item.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub key: IndexMap<String, TypedValue>,
    /// The key condition of a query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_condition_expression: Option<String>,
    /// The filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_expression: Option<String>,
    /// The condition of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// The attributes to return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection_expression: Option<String>,
    /// Other names for reserved words and names with special characters.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub expression_attribute_names: IndexMap<String, String>,
    /// The values, with `{name}` where the caller's value goes.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub expression_attribute_values: IndexMap<String, TypedValue>,
    /// Whether the query runs forwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_index_forward: Option<bool>,
    /// How many items are evaluated at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Whether the read is strongly consistent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistent_read: Option<bool>,
    /// `COUNT` where only the number is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select: Option<&'static str>,
}

/// A value with its DynamoDB type: a text, `true` or `false`, or the elements of a set.
pub type TypedValue = IndexMap<&'static str, Value>;

struct Writer<'d, 'm> {
    design: &'d Design<'m>,
    request: &'d Request<'m>,
    /// The first entity of the request; what several share is made of its values.
    first: &'d EntityDesign<'m>,
    names: IndexMap<String, String>,
    values: IndexMap<String, TypedValue>,
}

/// Writes the parameters of a plan's request.
pub fn expressions<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
    path: &AccessPath<'m>,
    access: &Access<'m>,
) -> Option<Expressions> {
    let first = design.entity(*request.entities.first()?)?;
    let mut writer = Writer { design, request, first, names: IndexMap::default(), values: IndexMap::default() };
    let terms = || access.partition.iter().chain(&access.sort);
    let mut out = Expressions {
        operation: operation_name(request.operation).to_owned(),
        table_name: path.table_name.to_owned(),
        index_name: (!path.is_table()).then(|| path.name.to_owned()),
        ..Expressions::default()
    };
    if access.is_item {
        out.key = terms().map(|term| (term.key.clone(), writer.key_value(term, Part::join(&term.prefix)))).collect();
    } else if !access.is_scan {
        let conditions: Vec<String> = terms().map(|term| writer.key_term(term)).collect();
        out.key_condition_expression = Some(conditions.join(" AND "));
    }
    let fetched = access.fetch.as_ref().map(|fetch| fetch.filtered.as_slice()).unwrap_or_default();
    let filters: Vec<String> = access
        .filters
        .iter()
        .filter(|filter| !fetched.contains(&filter.attribute) && request.operation != Operation::Get)
        .map(|filter| writer.filter(&filter.attribute, filter.condition))
        .collect();
    if !filters.is_empty() {
        let joined = Some(filters.join(" AND "));
        // What a write knows beside the key is the condition under which it happens; a get has none.
        if access.is_item { out.condition_expression = joined } else { out.filter_expression = joined }
    }
    let only_counts = pattern.pattern.count_only == Some(true) && !access.is_item;
    // What only a second read can filter by, the application has to count by itself.
    let counts = only_counts && fetched.is_empty();
    let none = Names::default();
    let select = match only_counts {
        true => Some(&none),
        false => pattern.pattern.select.as_ref(),
    };
    if let (Some(select), false) = (select, counts || (access.is_item && request.action.is_some())) {
        let names = returned(design, request, path, access, select);
        let names: Vec<String> = names.iter().map(|name| writer.name(name)).collect();
        out.projection_expression = (!names.is_empty()).then(|| names.join(", "));
    }
    out.scan_index_forward = match access.order {
        OrderServed::Backwards | OrderServed::Merged { backwards: true } => Some(false),
        _ => None,
    };
    out.limit = pattern.pattern.limit.map(|limit| limit.ceil()).filter(|_| !access.is_item);
    // A transaction is always consistent, and has no parameter for it.
    // <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Get.html>
    let in_transaction = pattern.pattern.operation == Some(Operation::TransactGet);
    let reads = !super::is_write(request.operation) && !in_transaction;
    out.consistent_read = (reads && consistency(design, pattern) == Consistency::Strong).then_some(true);
    // A query of an index returns what the index holds, unless it says that it wants everything.
    // <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html>
    let fetches_all = access.fetch.is_some() && !path.is_global() && out.projection_expression.is_none();
    out.select = if counts { Some("COUNT") } else { fetches_all.then_some("ALL_ATTRIBUTES") };
    out.expression_attribute_names = writer.names;
    out.expression_attribute_values = writer.values;
    Some(out)
}

/// The attributes that a request returns. An attribute that is stored only in keys is returned as its
/// key, and so is one that an index holds as a key alone. A global index cannot be asked for the rest;
/// its query gives the table's key, which the second read needs. What the application has to filter by
/// itself comes too.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>
fn returned<'n>(
    design: &'n Design<'_>,
    request: &Request<'_>,
    path: &'n AccessPath<'_>,
    access: &'n Access<'_>,
    select: &'n Names,
) -> Vec<&'n str> {
    let lacks = |name: &str| access.fetch.iter().flat_map(|fetch| &fetch.attributes).any(|lacking| lacking == name);
    let mut names: Vec<&str> = Vec::new();
    let with = |name: &'n String| design.entities_with(request, name).map(move |entity| (name, entity));
    for (name, entity) in select.iter().flat_map(with) {
        let is_hidden = entity.attribute(name).is_some_and(|attribute| attribute.stored == Some(false));
        let is_elsewhere = |base: &AccessPath<'_>| is_hidden || (!path.is_table() && !path.holds(base, name));
        let base = design.base_path(path.table).filter(|base| is_elsewhere(base));
        match base {
            Some(_) if lacks(name) && path.is_global() => {}
            Some(base) if !lacks(name) || is_hidden => {
                let mut keys = base.keys().chain(path.keys());
                names.extend(keys.find(|key| entity.fills.get(*key).is_some_and(|fill| fill.template.uses(name))));
            }
            _ => names.push(name),
        }
    }
    match &access.fetch {
        Some(_) if path.is_global() => {
            names.extend(design.base_path(path.table).into_iter().flat_map(AccessPath::keys));
        }
        Some(fetch) => names.extend(fetch.filtered.iter().map(String::as_str)),
        None => {}
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

fn typed(kind: &'static str, value: impl Into<Value>) -> TypedValue {
    std::iter::once((kind, value.into())).collect()
}

/// The types that a filter's attribute has in the entities of a request, each with its entities, where
/// they are not all the same: no one value compares with both.
pub(crate) fn differing_types<'d>(
    design: &'d Design<'_>,
    request: &Request<'_>,
    name: &str,
) -> Vec<(&'static str, &'d str)> {
    let with = design.entities_with(request, name);
    let typed: Vec<_> = with.map(|entity| (letter(entity.kind_of(name)), entity.name)).collect();
    let is_one = typed.iter().zip(typed.iter().skip(1)).all(|((one, _), (other, _))| one == other);
    if is_one { Vec::new() } else { typed }
}

/// The service's letters for a type.
fn letter(kind: AttributeType) -> &'static str {
    use AttributeType::{Binary, BinarySet, Boolean, List, Map, Null, NumberSet, StringSet};
    match kind {
        Boolean => "BOOL",
        Null => "NULL",
        StringSet => "SS",
        NumberSet => "NS",
        BinarySet => "BS",
        List => "L",
        Map => "M",
        Binary => "B",
        kind if kind.as_key() == Some(KeyType::Number) => "N",
        _ => "S",
    }
}

/// Whether a comparison is with the number of an attribute's elements: lists, maps and sets have no
/// other order.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
pub(crate) fn counts_elements(entity: &EntityDesign<'_>, name: &str, operator: Operator) -> bool {
    use AttributeType::{BinarySet, List, Map, NumberSet, StringSet};
    let has_elements = matches!(entity.kind_of(name), List | Map | StringSet | NumberSet | BinarySet);
    has_elements && is_range(operator) && operator != Operator::BeginsWith
}

/// How many operands an `IN` has: the listed values or their number, as far as the service takes
/// them; two where nobody says how many there are.
pub(crate) fn operands_of_in(condition: &Condition) -> usize {
    let most = usize::try_from(IN_OPERANDS).unwrap_or(usize::MAX);
    let listed = condition.value.as_ref().map(|values| values.0.len());
    let counted = || condition.count.and_then(|count| count.0.ceil().to_usize());
    listed.filter(|count| *count > 0).or_else(counted).map_or(2, |count| count.clamp(1, most))
}

/// The last character there is.
const LAST: char = '\u{10FFFF}';

/// The smallest text that sorts after everything that begins with this one: its last character
/// raised by one. Key texts end with a delimiter, which is never the last character of ASCII.
fn just_after(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    while let Some(last) = characters.pop() {
        if let Some(next) = char::from_u32(u32::from(last) + 1) {
            characters.push(next);
            return characters.into_iter().collect();
        }
    }
    text.to_owned()
}

/// A word that stands for something in an expression: what it is made of, and a number where another
/// thing has the same word already.
fn placeholder<T: PartialEq>(known: &mut IndexMap<String, T>, sign: char, hint: &str, of: T) -> String {
    let safe: String = hint.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut word = format!("{sign}{safe}");
    let mut number = 2;
    while known.get(&word).is_some_and(|other| *other != of) {
        word = format!("{sign}{safe}_{number}");
        number += 1;
    }
    known.insert(word.clone(), of);
    word
}

impl<'d, 'm> Writer<'d, 'm> {
    /// The entity whose type of an attribute counts.
    fn typing(&self, name: &str) -> &'d EntityDesign<'m> {
        self.design.entities_with(self.request, name).next().unwrap_or(self.first)
    }

    /// The attribute's name as an expression may say it.
    fn name(&mut self, name: &str) -> String {
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && !is_reserved(name) {
            return name.to_owned();
        }
        placeholder(&mut self.names, '#', name, name.to_owned())
    }

    fn value(&mut self, hint: &str, value: TypedValue) -> String {
        placeholder(&mut self.values, ':', hint, value)
    }

    fn key_term(&mut self, term: &KeyTerm) -> String {
        let name = self.name(&term.key);
        let prefix = Part::join(&term.prefix);
        let ranged = term.ranged.as_ref().map(Part::to_string).unwrap_or_default();
        match term.operator {
            TermOperator::Equals => {
                let value = {
                    let typed = self.key_value(term, prefix);
                    self.value(&term.key, typed)
                };
                format!("{name} = {value}")
            }
            TermOperator::BeginsWith => {
                let value = {
                    let typed = self.key_value(term, format!("{prefix}{ranged}"));
                    self.value(&term.key, typed)
                };
                format!("begins_with({name}, {value})")
            }
            TermOperator::Range(operator) => self.range(term, &name, &prefix, &ranged, operator),
        }
    }

    /// A range on the part after a bound prefix. The bounds stay within the prefix, so that no
    /// other entity is read, and take into account what follows the value in the stored key.
    fn range(&mut self, term: &KeyTerm, name: &str, prefix: &str, ranged: &str, operator: Operator) -> String {
        if let [low, rest @ ..] = term.ends.as_slice() {
            let low = Part::join(low);
            return match rest {
                [high, ..] => self.between(term, name, low, Part::join(high)),
                [] => {
                    let sign = match operator {
                        Operator::AtLeast => ">=",
                        Operator::GreaterThan => ">",
                        Operator::AtMost => "<=",
                        _ => "<",
                    };
                    let value = {
                        let typed = self.key_value(term, low);
                        self.value(&term.key, typed)
                    };
                    format!("{name} {sign} {value}")
                }
            };
        }
        let labelled = |suffix: &str| {
            let position = usize::from(suffix == "_to");
            if let Some(literal) = term.literals.get(position) {
                literal.clone()
            } else if ranged.is_empty() {
                format!("{{{}{suffix}}}", term.key)
            } else {
                ranged.replace('}', &format!("{suffix}}}"))
            }
        };
        // Past everything that begins with the value, because stored keys go on after it.
        let upper = |value: &str| {
            let followed = format!("{prefix}{value}");
            match term.rest.first() {
                Some(Part::Text(text)) => format!("{followed}{}", just_after(text)),
                Some(Part::Attribute { .. }) => format!("{followed}{LAST}"),
                None => followed,
            }
        };
        let (low, high) = match operator {
            Operator::Between => (Some(format!("{prefix}{}", labelled("_from"))), Some(upper(&labelled("_to")))),
            Operator::AtLeast => (Some(format!("{prefix}{}", labelled(""))), None),
            // BETWEEN includes its ends; the next text after a value is the value with a NUL.
            Operator::GreaterThan if term.rest.is_empty() && !prefix.is_empty() => {
                (Some(format!("{}\0", upper(&labelled("")))), None)
            }
            Operator::GreaterThan => (Some(upper(&labelled(""))), None),
            Operator::AtMost => (None, Some(upper(&labelled("")))),
            _ => (None, Some(format!("{prefix}{}", labelled("")))),
        };
        let after_prefix = match term.prefix.last() {
            Some(Part::Text(_)) => just_after(prefix),
            _ => format!("{prefix}{LAST}"),
        };
        let bounds = (low, high, prefix.is_empty());
        match bounds {
            (Some(low), Some(high), _) => self.between(term, name, low, high),
            (Some(low), None, false) => self.between(term, name, low, after_prefix),
            (None, Some(high), false) => self.between(term, name, prefix.to_owned(), high),
            (Some(low), None, true) => {
                let sign = if operator == Operator::AtLeast { ">=" } else { ">" };
                let value = {
                    let typed = self.key_value(term, low);
                    self.value(&term.key, typed)
                };
                format!("{name} {sign} {value}")
            }
            (None, Some(high), true) => {
                let sign = if operator == Operator::AtMost { "<=" } else { "<" };
                let value = {
                    let typed = self.key_value(term, high);
                    self.value(&term.key, typed)
                };
                format!("{name} {sign} {value}")
            }
            (None, None, _) => name.to_owned(),
        }
    }

    fn between(&mut self, term: &KeyTerm, name: &str, low: String, high: String) -> String {
        let low = {
            let typed = self.key_value(term, low);
            self.value(&format!("{}_from", term.key), typed)
        };
        let high = {
            let typed = self.key_value(term, high);
            self.value(&format!("{}_to", term.key), typed)
        };
        format!("{name} BETWEEN {low} AND {high}")
    }

    /// A key's value with its type.
    fn key_value(&self, term: &KeyTerm, text: String) -> TypedValue {
        let copied = self.first.fills.get(term.key.as_str()).and_then(|fill| fill.template.copied());
        if copied.is_some_and(|name| self.first.kind_of(name) == AttributeType::Binary) {
            return typed("B", text);
        }
        typed(if term.is_number { "N" } else { "S" }, text)
    }

    /// A value to compare an attribute with; what a set or list contains is one of its elements.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
    fn attribute_value(&self, name: &str, operator: Operator, text: String) -> TypedValue {
        use AttributeType::{Binary, BinarySet, Boolean, List, Map, Null, NumberSet, StringSet};
        let is_element = operator == Operator::Contains;
        let entity = self.typing(name);
        if counts_elements(entity, name, operator) {
            return typed("N", text);
        }
        match entity.kind_of(name) {
            Boolean => typed("BOOL", text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from)),
            Null => typed("NULL", true),
            StringSet if !is_element => typed("SS", json!([text])),
            NumberSet if !is_element => typed("NS", json!([text])),
            BinarySet if !is_element => typed("BS", json!([text])),
            List if !is_element => typed("L", text),
            Map if !is_element => typed("M", text),
            NumberSet => typed("N", text),
            Binary | BinarySet => typed("B", text),
            kind if kind.as_key() == Some(KeyType::Number) => typed("N", text),
            _ => typed("S", text),
        }
    }

    fn filter(&mut self, attribute: &str, condition: &Condition) -> String {
        let name = self.name(attribute);
        let is_counted = counts_elements(self.typing(attribute), attribute, condition.operator);
        let name = if is_counted { format!("size({name})") } else { name };
        let literals: Vec<String> =
            condition.value.iter().flat_map(|values| &values.0).map(|value| value.text().to_owned()).collect();
        let mut operand = |suffix: &str, index: usize| {
            let text = literals.get(index).cloned().unwrap_or_else(|| format!("{{{attribute}{suffix}}}"));
            let value = self.attribute_value(attribute, condition.operator, text);
            self.value(&format!("{attribute}{suffix}"), value)
        };
        match condition.operator {
            Operator::Equals => format!("{name} = {}", operand("", 0)),
            Operator::NotEquals if literals.len() > 1 => {
                let operands: Vec<String> =
                    (0..literals.len()).map(|index| operand(&format!("_{}", index + 1), index)).collect();
                format!("NOT {name} IN ({})", operands.join(", "))
            }
            Operator::NotEquals => format!("{name} <> {}", operand("", 0)),
            Operator::LessThan => format!("{name} < {}", operand("", 0)),
            Operator::AtMost => format!("{name} <= {}", operand("", 0)),
            Operator::GreaterThan => format!("{name} > {}", operand("", 0)),
            Operator::AtLeast => format!("{name} >= {}", operand("", 0)),
            Operator::Between => {
                let low = operand("_from", 0);
                format!("{name} BETWEEN {low} AND {}", operand("_to", 1))
            }
            Operator::BeginsWith => format!("begins_with({name}, {})", operand("", 0)),
            Operator::Contains => format!("contains({name}, {})", operand("", 0)),
            Operator::In => {
                let operands: Vec<String> =
                    (0..operands_of_in(condition)).map(|index| operand(&format!("_{}", index + 1), index)).collect();
                format!("{name} IN ({})", operands.join(", "))
            }
            Operator::Exists => format!("attribute_exists({name})"),
            Operator::Missing => format!("attribute_not_exists({name})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::just_after;

    #[test]
    fn the_upper_end_of_a_prefix_is_the_next_text() {
        assert_eq!(just_after("ORDER#"), "ORDER$");
        assert_eq!(just_after("a\u{10FFFF}"), "b");
    }
}

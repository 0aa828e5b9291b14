//! Key conditions: what a request knows, turned into conditions on key attributes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::bound::shared_beginning;
use super::buckets::listed;
use super::fan::Fan;
use super::is_range;
use super::sorts::{is_end_of_listed, ranges_inside_text, runs_into};
use super::statement::{align, begun, compile_statement};
use crate::design::{Design, EntityDesign, Fill, Part, TableDesign, Template};
use crate::model::{Attribute, AttributeType, Condition, KeyStatement, KeyType, Operator};

/// A condition on one key attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTerm {
    /// The key attribute.
    pub key: String,
    /// The comparison, as the service knows it.
    pub operator: TermOperator,
    /// The bound beginning of the value (the whole value for `Equals`).
    pub prefix: Vec<Part>,
    /// What follows the range's own value in the stored key, so that upper bounds can include it.
    pub rest: Vec<Part>,
    /// The attribute whose value the range compares, after the prefix.
    pub ranged: Option<Part>,
    /// The values that the range compares with, where they are always the same.
    pub literals: Vec<String>,
    /// The ends of a range as the code states them; empty where they follow from the template.
    pub ends: Vec<Vec<Part>>,
    /// Whether the key attribute is a number.
    pub is_number: bool,
}

impl KeyTerm {
    /// Whether an exclusive upper end has to be written as an inclusive one: `BETWEEN` keeps the
    /// range within its prefix, and no text is the last one before another.
    pub fn includes_its_end(&self) -> bool {
        self.operator == TermOperator::Range(Operator::LessThan)
            && self.rest.is_empty()
            && !self.prefix.is_empty()
            && self.ends.is_empty()
    }
}

/// A comparison of a key condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermOperator {
    /// The whole value.
    Equals,
    /// Its beginning.
    BeginsWith,
    /// A range with these ends.
    Range(Operator),
}

/// What one key attribute contributes.
pub(super) struct Evaluated<'r> {
    /// The condition, if the key attribute takes one.
    pub term: Option<KeyTerm>,
    /// The attributes that the condition binds or compares.
    pub names: Vec<Name<'r>>,
    /// Whether the whole value is bound by equality.
    pub is_full: bool,
    /// The first part that is not bound by equality.
    pub stopped_at: Option<&'r str>,
    /// The comparison on that part, if it has one.
    pub stopped_by: Option<Operator>,
    /// How many values the key attribute takes in one call.
    pub fan: Fan,
}

/// An attribute inside a key, with the number of the condition's [`prefix`](KeyTerm::prefix) parts that
/// hold its value; nothing where only the whole condition does.
pub(super) type Name<'r> = (Cow<'r, str>, Option<usize>);

/// Names of attributes; most of them stand in the design already.
pub(super) type Names<'r> = BTreeSet<Cow<'r, str>>;

/// What a request knows, and what of it the key has used.
pub(super) struct Known<'r, 'm> {
    pub conditions: &'m crate::IndexMap<String, Condition>,
    pub statements: &'m crate::IndexMap<String, KeyStatement>,
    pub entity: &'r EntityDesign<'m>,
    /// Whether one item is asked for, by its full primary key.
    pub is_item: bool,
    /// Attributes that key conditions serve completely.
    pub served: Names<'r>,
    /// Attributes that the key has bound by equality, for estimates.
    pub equal: Names<'r>,
    /// Those of them that are bound to a time bucket: an equality on the time means all of it. An item
    /// operation has none, since one item is of one instant.
    pub buckets: Names<'r>,
    /// The attribute that the key's range compares.
    pub ranged: Option<&'r str>,
}

impl<'r, 'm> Known<'r, 'm> {
    fn condition(&self, name: &str) -> Option<&'m Condition> {
        self.conditions.get(name)
    }

    /// Evaluates one key attribute. `is_partition` allows shards and time buckets to fan out.
    pub(super) fn evaluate(&mut self, key: &'r str, fill: &'r Fill<'m>, is_partition: bool) -> Evaluated<'r> {
        let (template, is_number) = (&fill.template, self.entity.is_number_key(fill));
        if let Some(statement) = self.statements.get(key) {
            return self.stated(key, template, statement, is_number);
        }
        // Code that states its keys sends no condition on the others.
        if !self.statements.is_empty() && !is_partition && !self.conditions.contains_key(key) && !self.says_of(template)
        {
            return Evaluated::nothing(None, None, Fan::default());
        }
        if let Some(condition) = self.condition(key).filter(|_| template.copied() != Some(key)) {
            return self.direct(key, template, condition, is_number);
        }
        let mut prefix: Vec<Part> = Vec::new();
        let mut names = Vec::new();
        let mut fan = Fan::default();
        let mut parts = template.parts.iter();
        while let Some(part) = parts.next() {
            let Part::Attribute { name, cut } = part else {
                prefix.push(part.clone());
                continue;
            };
            let condition = self.condition(name);
            let operator = condition.map(|c| c.operator);
            match (condition, operator) {
                // Every instant of the bucket is asked for.
                (_, Some(Operator::Equals | Operator::In)) if cut.is_none() && self.buckets.contains(&**name) => {
                    let rest: Vec<Part> = parts.cloned().collect();
                    return self.stop(key, (prefix, names), part, rest, None, is_number, fan);
                }
                (Some(condition), Some(operator @ (Operator::Equals | Operator::In))) => {
                    if operator == Operator::In {
                        let each = cut.map_or("value", |cut| cut.word());
                        fan.add(name, listed(condition, *cut), format!("{each} of `{name}`"));
                    }
                    // A day whose month is in the key is bound to the month only. Of a time to the
                    // millisecond, an equality can only mean the bucket.
                    let is_time = self.entity.kind_of(name) == AttributeType::Timestamp;
                    if cut.is_none() || is_time {
                        self.served.insert(Cow::Borrowed(name));
                        names.push((Cow::Borrowed(&**name), Some(prefix.len().saturating_add(1))));
                        if self.equal.insert(Cow::Borrowed(name)) && cut.is_some() && !self.is_item {
                            self.buckets.insert(Cow::Borrowed(name));
                        }
                    }
                    let fixed = condition.value.as_ref().and_then(|values| values.0.first());
                    if let Some(value) = fixed.filter(|_| cut.is_none() && operator == Operator::Equals) {
                        let attribute = self.entity.attribute(name).filter(|_| !is_number);
                        prefix.push(Part::Text(key_text(attribute, value.text()).into()));
                        continue;
                    }
                }
                (Some(condition), Some(range)) if is_partition && cut.is_some() && is_range(range) => {
                    let bucket = cut.map_or(1, |cut| cut.seconds());
                    // The span says how much time is touched, whole buckets of it.
                    let touched =
                        condition.span.map(|span| (span.seconds() / Decimal::from(bucket)).ceil().max(Decimal::ONE));
                    fan.add(name, touched, format!("{} that the range touches", cut.map_or("", |c| c.word())));
                }
                (None, _) if is_partition && self.shards(name).is_some() => {
                    fan.add(name, self.shards(name).map(Decimal::from), format!("shard of `{name}`"));
                }
                _ => {
                    let rest: Vec<Part> = parts.cloned().collect();
                    return self.stop(key, (prefix, names), part, rest, condition, is_number, fan);
                }
            }
            prefix.push(part.clone());
        }
        Evaluated { names, ..Evaluated::whole(key, prefix, is_number, fan) }
    }

    fn shards(&self, name: &str) -> Option<u32> {
        self.entity.attribute(name).and_then(|attribute| attribute.shards)
    }

    /// The prefix ends at `part`: the rest of the value is a range, a beginning, or nothing.
    #[allow(clippy::too_many_arguments)]
    fn stop(
        &mut self,
        key: &'r str,
        (prefix, mut names): (Vec<Part>, Vec<Name<'r>>),
        part: &'r Part,
        rest: Vec<Part>,
        condition: Option<&Condition>,
        is_number: bool,
        fan: Fan,
    ) -> Evaluated<'r> {
        let Part::Attribute { name, cut } = part else { return Evaluated::nothing(None, None, fan) };
        let operator = condition.map(|c| c.operator);
        let alone = prefix.is_empty() && rest.is_empty() && cut.is_none();
        let attribute = self.entity.attribute(name);
        let sorts = alone || ranges_inside_text(attribute, *cut, rest.first()).is_ok();
        // A filter tells longer values apart.
        let is_exact = !runs_into(attribute, rest.first());
        if let Some((before, Some(count))) = names.last()
            && *count == prefix.len()
            && runs_into(self.entity.attribute(before), Some(part))
        {
            self.served.remove(before);
        }
        let literals: Vec<String> = condition
            .and_then(|c| c.value.as_ref())
            .filter(|_| cut.is_none())
            .map(|values| {
                let padded = attribute.filter(|_| !is_number);
                values.0.iter().map(|value| key_text(padded, value.text())).collect()
            })
            .unwrap_or_default();
        let begins = operator == Some(Operator::BeginsWith);
        let ends_sort = || is_number || literals.iter().all(|end| is_end_of_listed(attribute, end));
        let usable = operator.is_some_and(is_range) && (begins || (sorts && ends_sort())) && !(begins && cut.is_some());
        let term = match operator {
            Some(Operator::BeginsWith) if usable && !literals.is_empty() => {
                if is_exact {
                    self.served.insert(Cow::Borrowed(name));
                }
                self.ranged = Some(name);
                names.push((Cow::Borrowed(&**name), None));
                let mut prefix = prefix;
                prefix.extend(literals.into_iter().take(1).map(|text| Part::Text(text.into())));
                let (operator, ends) = (TermOperator::BeginsWith, Vec::new());
                let term = KeyTerm {
                    key: key.to_owned(),
                    operator,
                    prefix,
                    rest,
                    ranged: None,
                    literals: Vec::new(),
                    ends,
                    is_number,
                };
                return Evaluated {
                    term: Some(term),
                    names,
                    is_full: false,
                    stopped_at: Some(name),
                    stopped_by: Some(Operator::BeginsWith),
                    fan,
                };
            }
            Some(operator) if usable => {
                if cut.is_none() && is_exact {
                    self.served.insert(Cow::Borrowed(name));
                }
                self.ranged = Some(name);
                names.push((Cow::Borrowed(&**name), None));
                let operator = match operator {
                    Operator::BeginsWith => TermOperator::BeginsWith,
                    // What is wanted of the first and the last bucket, the filter tells.
                    Operator::GreaterThan if cut.is_some() => TermOperator::Range(Operator::AtLeast),
                    Operator::LessThan if cut.is_some() => TermOperator::Range(Operator::AtMost),
                    other => TermOperator::Range(other),
                };
                Some((operator, Some(part.clone())))
            }
            _ if prefix.is_empty() => None,
            _ => Some((TermOperator::BeginsWith, None)),
        };
        let term = term.map(|(operator, ranged)| KeyTerm {
            key: key.to_owned(),
            operator,
            prefix,
            rest,
            literals: if ranged.is_some() { literals } else { Vec::new() },
            ranged,
            ends: Vec::new(),
            is_number,
        });
        Evaluated { term, names, is_full: false, stopped_at: Some(name), stopped_by: operator, fan }
    }

    /// The pattern compares the key attribute itself.
    fn direct(
        &mut self,
        key: &'r str,
        template: &'r Template,
        condition: &Condition,
        is_number: bool,
    ) -> Evaluated<'r> {
        let whole = vec![Part::Attribute { name: key.into(), cut: None }];
        let mut fan = Fan::default();
        self.served.insert(Cow::Borrowed(key));
        match condition.operator {
            Operator::Equals | Operator::In => {
                if condition.operator == Operator::In {
                    fan.add(key, listed(condition, None), format!("value of `{key}`"));
                }
                let literal = condition.value.as_ref().and_then(|values| values.0.first()).filter(|_| fan.is_empty());
                let prefix = literal.map_or_else(
                    || if template.is_constant() { template.parts.to_vec() } else { whole },
                    |literal| vec![Part::Text(literal.text().into())],
                );
                self.equal.extend(template.attributes().map(Cow::Borrowed));
                self.served.extend(template.attributes().map(Cow::Borrowed));
                Evaluated::whole(key, prefix, is_number, fan)
            }
            operator if is_range(operator) => {
                self.ranged = Some(key);
                let kind = if operator == Operator::BeginsWith {
                    TermOperator::BeginsWith
                } else {
                    TermOperator::Range(operator)
                };
                let mut literals: Vec<String> =
                    condition.value.iter().flat_map(|values| &values.0).map(|value| value.text().to_owned()).collect();
                let begins_literal: Vec<Part> = match kind {
                    TermOperator::BeginsWith => {
                        literals.drain(..).take(1).map(|text| Part::Text(text.into())).collect()
                    }
                    _ => Vec::new(),
                };
                let term = KeyTerm {
                    key: key.to_owned(),
                    operator: kind,
                    prefix: begins_literal.clone(),
                    rest: Vec::new(),
                    ranged: if begins_literal.is_empty() { whole.into_iter().next() } else { None },
                    literals,
                    ends: Vec::new(),
                    is_number,
                };
                Evaluated { term: Some(term), ..Evaluated::nothing(Some(key), Some(operator), fan) }
            }
            operator => Evaluated::nothing(Some(key), Some(operator), fan),
        }
    }

    /// The code builds the key's value; the statement says how.
    fn stated(
        &mut self,
        key: &'r str,
        template: &'r Template,
        statement: &KeyStatement,
        is_number: bool,
    ) -> Evaluated<'r> {
        let fan = Fan::default();
        let open = |operator| Evaluated::nothing(Some(key), operator, Fan::default());
        let Some(comparison) = statement.comparisons().into_iter().next() else { return open(None) };
        let ends: Vec<Template> = comparison.values.iter().filter_map(|value| compile_statement(value)).collect();
        let Some(first) = ends.first() else { return open(Some(comparison.operator)) };
        // The stated text stands for as much of the entity's own template as it covers. Where the two
        // do not fit, a rule says so, and the statement is taken at its word here.
        let is_whole = comparison.operator == Operator::Equals;
        let shared = if ends.len() > 1 {
            Template { parts: common_prefix(&ends).into(), is_number: false }
        } else {
            first.clone()
        };
        let is_range = !is_whole && comparison.operator != Operator::BeginsWith;
        let is_beginning = comparison.operator == Operator::BeginsWith;
        let bound = match align(if is_range { &shared } else { first }, template) {
            Some(mut alignment) if !is_range || ends.len() > 1 => {
                if is_beginning && let Some(name) = begun(self.entity, first, template, &alignment) {
                    alignment.bound.retain(|bound| *bound != name);
                    self.served.insert(Cow::Borrowed(name));
                    self.ranged = Some(name);
                }
                alignment.bound
            }
            _ if is_whole => template.attributes().collect(),
            _ => Vec::new(),
        };
        self.served.extend(bound.iter().copied().map(Cow::Borrowed));
        self.served.extend(first.attributes().map(|name| Cow::Owned(name.to_owned())));
        self.equal.extend(bound.into_iter().map(Cow::Borrowed));
        if is_whole {
            self.served.extend(template.attributes().map(Cow::Borrowed));
            self.equal.extend(template.attributes().map(Cow::Borrowed));
        } else if is_range {
            // The range is over what comes after the shared beginning.
            let next = template.attributes().find(|name| !self.equal.contains(*name)).unwrap_or(key);
            self.served.insert(Cow::Borrowed(next));
            self.ranged = Some(next);
        }
        let operator = match comparison.operator {
            Operator::Equals => TermOperator::Equals,
            Operator::BeginsWith => TermOperator::BeginsWith,
            other => TermOperator::Range(other),
        };
        let term = KeyTerm {
            key: key.to_owned(),
            operator,
            prefix: match (is_range, ends.len() > 1) {
                (true, true) => shared.parts.to_vec(),
                (true, false) => Vec::new(),
                _ => first.parts.to_vec(),
            },
            rest: Vec::new(),
            ranged: None,
            literals: Vec::new(),
            ends: if is_range { ends.into_iter().map(|end| end.parts.to_vec()).collect() } else { Vec::new() },
            is_number,
        };
        Evaluated {
            term: Some(term),
            names: Vec::new(),
            is_full: is_whole,
            stopped_at: (!is_whole).then_some(key),
            stopped_by: (!is_whole).then_some(comparison.operator),
            fan,
        }
    }

    /// Whether the pattern says anything of an attribute of a key that its statements leave out.
    fn says_of(&self, template: &Template) -> bool {
        template.attributes().any(|name| self.conditions.contains_key(name) && !self.equal.contains(name))
    }
}

impl<'r> Evaluated<'r> {
    /// The whole value of a key attribute is bound.
    fn whole(key: &str, prefix: Vec<Part>, is_number: bool, fan: Fan) -> Self {
        let term = KeyTerm {
            key: key.to_owned(),
            operator: TermOperator::Equals,
            prefix,
            rest: Vec::new(),
            ranged: None,
            literals: Vec::new(),
            ends: Vec::new(),
            is_number,
        };
        Self { term: Some(term), is_full: true, ..Self::nothing(None, None, fan) }
    }

    /// Nothing of a key attribute is bound.
    fn nothing(stopped_at: Option<&'r str>, stopped_by: Option<Operator>, fan: Fan) -> Self {
        Self { term: None, names: Vec::new(), is_full: false, stopped_at, stopped_by, fan }
    }
}

/// The parts that both ends of a range begin with; nothing for a range with one end.
fn common_prefix(ends: &[Template]) -> Vec<Part> {
    let [low, high] = ends else { return Vec::new() };
    shared_beginning(&low.parts, &high.parts)
}

/// A literal as it stands in a key: padded where the attribute says so.
fn key_text(attribute: Option<&Attribute>, text: &str) -> String {
    match attribute {
        Some(Attribute { padded: Some(true), digits: Some(digits), .. }) => {
            format!("{text:0>width$}", width = (*digits).min(64) as usize)
        }
        _ => text.to_owned(),
    }
}

/// The type of an entity's value of a key attribute; nothing where the entity does not tell, or where
/// the value can be no key.
pub fn scalar_type(entity: &EntityDesign<'_>, fill: &Fill<'_>) -> Option<KeyType> {
    if entity.is_number_key(fill) {
        return Some(KeyType::Number);
    }
    let Some(name) = fill.template.copied() else { return Some(KeyType::String) };
    match entity.attribute(name)?.kind.as_key()? {
        // What is no number by now is written with leading zeros.
        KeyType::Number => Some(KeyType::String),
        kind => Some(kind),
    }
}

/// The type of a table's key attribute, as the first entity that tells has it.
pub fn key_type(design: &Design<'_>, table: &TableDesign<'_>, name: &str) -> Option<KeyType> {
    let entities = table.entities.iter().filter_map(|id| design.entity(*id));
    entities.into_iter().find_map(|entity| scalar_type(entity, entity.fills.get(name)?))
}

//! What the key of a path binds, for items of one entity and for items of several in one query.

use rust_decimal::Decimal;

use super::clause::Clause;
use super::fan::{self, Fan};
use super::key::{KeyTerm, Name, Names, TermOperator};
use crate::design::{Cut, EntityDesign, Part};
use crate::model::Operator;

/// What the key attributes of a path contribute.
#[derive(Default)]
pub(super) struct Bound<'r> {
    pub partition: Vec<BoundTerm<'r>>,
    pub sort: Vec<BoundTerm<'r>>,
    /// Attributes whose conditions the key serves completely.
    pub served: Names<'r>,
    /// Attributes that it binds by equality.
    pub equal: Names<'r>,
    /// Those of them that are bound to a time bucket, within which items differ.
    pub buckets: Names<'r>,
    /// The attribute that its range compares.
    pub ranged: Option<&'r str>,
}

/// A condition on a key attribute, and what of the request it stands for.
pub(super) struct BoundTerm<'r> {
    pub term: KeyTerm,
    /// The attributes that it binds or compares. What states the key itself has none.
    pub names: Vec<Name<'r>>,
    pub fan: Fan,
}

impl<'r> Bound<'r> {
    /// How many queries it takes, where that is known, and why more than one.
    pub(super) fn queries(&self) -> (Option<Decimal>, Vec<String>) {
        fan::queries(self.partition.iter().chain(&self.sort).map(|bound| &bound.fan))
    }

    /// The finest beginning of a time that the key conditions hold, where all that they hold of it is cut.
    pub(super) fn cut_of(&self, name: &str) -> Option<Cut> {
        let parts = self.partition.iter().chain(&self.sort).flat_map(|bound| &bound.term.prefix);
        let cuts = parts.filter_map(|part| match part {
            Part::Attribute { name: inside, cut } if **inside == *name => Some(*cut),
            _ => None,
        });
        cuts.collect::<Option<Vec<Cut>>>()?.into_iter().min_by_key(|cut| cut.seconds())
    }

    /// Joins the keys of a second entity of the same query: the partition must be the same, and the
    /// sort condition becomes what selects both.
    pub(super) fn join(
        &mut self,
        more: Self,
        (first, other): (&EntityDesign<'_>, &EntityDesign<'_>),
        clauses: &mut Vec<Clause>,
    ) {
        for (BoundTerm { term: a, .. }, BoundTerm { term: b, .. }) in self.partition.iter().zip(&more.partition) {
            if a.prefix != b.prefix {
                let shown = |entity: &EntityDesign<'_>, term: &KeyTerm| {
                    let fill = entity.fills.get(term.key.as_str());
                    let template = fill.map(|fill| fill.template.to_string()).unwrap_or_default();
                    format!("`{template}` for `{}`", entity.name)
                };
                let (one, other) = (shown(first, a), shown(other, b));
                clauses.push(Clause::PartitionsDiffer { key: a.key.clone(), one, other });
            }
        }
        self.served.extend(more.served.iter().cloned());
        if self.sort.iter().map(|bound| &bound.term).eq(more.sort.iter().map(|bound| &bound.term)) {
            return;
        }
        let before: Names<'r> = self.names().chain(more.names()).collect();
        self.sort = common(std::mem::take(&mut self.sort), &more.sort);
        let kept: Names<'r> = self.names().collect();
        // What the common condition leaves out is not served by it; a filter has to.
        let holds = |name: &str| kept.contains(name) || !before.contains(name);
        self.served.retain(|name| holds(name));
        self.equal.retain(|name| more.equal.contains(name) && holds(name));
        self.buckets.retain(|name| self.equal.contains(name));
        self.ranged = self.ranged.filter(|name| more.ranged == Some(*name) && holds(name));
    }

    fn names(&self) -> impl Iterator<Item = std::borrow::Cow<'r, str>> {
        self.partition.iter().chain(&self.sort).flat_map(|bound| &bound.names).map(|(name, _)| name.clone())
    }
}

/// The sort conditions that select the items of two entities: those that are the same, and of the
/// first that are not what both values begin with.
fn common<'r>(terms: Vec<BoundTerm<'r>>, others: &[BoundTerm<'r>]) -> Vec<BoundTerm<'r>> {
    let mut common = Vec::new();
    for (mut bound, other) in terms.into_iter().zip(others) {
        if let Some(rest) = same_range(&bound.term, &other.term) {
            bound.term.rest = rest;
            common.push(bound);
            continue;
        }
        let prefix = shared_beginning(&bound.term.prefix, &other.term.prefix);
        let within = |term: &KeyTerm, parts: &Option<usize>| {
            parts.is_some_and(|parts| prefix.get(..parts).is_some_and(|held| term.prefix.get(..parts) == Some(held)))
        };
        bound.names.retain(|(name, parts)| {
            within(&bound.term, parts)
                && other.names.iter().any(|(same, parts)| same == name && within(&other.term, parts))
        });
        if !prefix.is_empty() && !bound.term.is_number {
            let (operator, is_number) = (TermOperator::BeginsWith, false);
            let (rest, ranged, literals, ends) = (Vec::new(), None, Vec::new(), Vec::new());
            let term = KeyTerm { key: bound.term.key, operator, prefix, rest, ranged, literals, ends, is_number };
            common.push(BoundTerm { term, names: bound.names, fan: Fan::default() });
        }
        break;
    }
    common
}

/// What follows the compared value in the keys of both, where two conditions are the same but for
/// that: the text that sorts last, so that an upper end has all of both.
fn same_range(one: &KeyTerm, other: &KeyTerm) -> Option<Vec<Part>> {
    let alike = KeyTerm { rest: other.rest.clone(), ..one.clone() } == *other;
    // The upper end of `less_than` depends on whether something follows.
    let goes_on = !matches!(one.operator, TermOperator::Range(Operator::LessThan));
    if !alike || (one.rest != other.rest && !goes_on) {
        return None;
    }
    fn rank(rest: &[Part]) -> (u8, &str) {
        match rest.first() {
            None => (0, ""),
            Some(Part::Text(text)) => (1, text),
            Some(Part::Attribute { .. }) => (2, ""),
        }
    }
    Some(if rank(&other.rest) > rank(&one.rest) { other.rest.clone() } else { one.rest.clone() })
}

/// What two values both begin with.
pub(super) fn shared_beginning(one: &[Part], other: &[Part]) -> Vec<Part> {
    let mut prefix = Vec::new();
    for (a, b) in one.iter().zip(other) {
        match (a, b) {
            (Part::Text(a), Part::Text(b)) => {
                let shared = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
                if let Some(text) = a.get(..shared).filter(|text| !text.is_empty()) {
                    prefix.push(Part::Text(text.into()));
                }
                if shared < a.len() || shared < b.len() {
                    break;
                }
            }
            (a, b) if a == b => prefix.push(a.clone()),
            _ => break,
        }
    }
    prefix
}

//! Trying one path for one request.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::bound::{Bound, BoundTerm};
use super::clause::{Caveat, Clause};
use super::key::{Evaluated, KeyTerm, Known, Names, TermOperator};
use super::sorts::{ranges_inside_text, runs_into};
use super::{
    Access, Filter, OrderServed, consistency, cover, estimate, is_item_operation, is_range, makes_item, order,
};
use crate::design::{AccessPath, Design, EntityDesign, Fill, Part, PatternDesign, Request, says_of_item};
use crate::model::{Condition, Consistency, Literals, Operation, Operator};

/// Why a path does not serve a request.
pub(super) struct Rejection<'m> {
    /// Every clause that fails.
    pub clauses: Vec<Clause>,
    /// How it would serve the request in another order, where only the order is not served.
    pub unordered: Option<Box<Access<'m>>>,
}

impl From<Vec<Clause>> for Rejection<'_> {
    fn from(clauses: Vec<Clause>) -> Self {
        Self { clauses, unordered: None }
    }
}

/// Tries one path.
///
/// # Errors
/// Every clause that fails, so that a reader sees all of what is in the way.
pub(super) fn try_path<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
    path: &AccessPath<'m>,
) -> Result<Access<'m>, Rejection<'m>> {
    let entities: Vec<&EntityDesign<'m>> = request.entities.iter().filter_map(|id| design.entity(*id)).collect();
    try_entities(design, pattern, request, path, &entities)
}

/// Tries one path for items of these entities.
///
/// # Errors
/// Every clause that fails.
pub(super) fn try_entities<'m>(
    design: &Design<'m>,
    pattern: &PatternDesign<'m>,
    request: &Request<'m>,
    path: &AccessPath<'m>,
    entities: &[&EntityDesign<'m>],
) -> Result<Access<'m>, Rejection<'m>> {
    let mut clauses = Vec::new();
    let is_item = is_item_operation(request.operation);
    if is_item && !path.is_table() {
        return Err(vec![Clause::ItemOperationOnIndex { operation: request.operation }].into());
    }
    if path.is_global() && consistency(design, pattern) == Consistency::Strong {
        clauses.push(Clause::StrongOnGlobal);
    }
    for entity in entities {
        membership(entity, path, &mut clauses);
    }
    for (key, statement) in request.key.iter().filter(|(_, statement)| statement.comparisons().len() > 1) {
        let operators = statement.comparisons().iter().map(|comparison| comparison.operator).collect();
        clauses.push(Clause::SeveralComparisons { key: key.clone(), operators });
    }
    let Some(first) = entities.first() else { return Err(clauses.into()) };
    if clauses.iter().any(|clause| matches!(clause, Clause::NotMember { .. })) {
        return Err(clauses.into());
    }
    let mut caveats = Vec::new();
    for entity in entities {
        incomplete(entity, path, request, &mut caveats, &mut clauses);
    }
    // Several key attributes of a path may leave out the same items.
    let mut said = BTreeSet::new();
    caveats.retain(|caveat| said.insert(caveat.to_string()));
    let is_scan = request.operation == Operation::Scan;
    let bound = if is_scan {
        Bound::default()
    } else if makes_item(design, request) {
        Bound { served: said_of_item(design, request, entities), ..Bound::default() }
    } else {
        other_keys_built(request, path, &mut clauses);
        let mut bound = bind(first, path, request, is_item, &mut clauses);
        for other in entities.iter().skip(1) {
            let more = bind(other, path, request, is_item, &mut clauses);
            bound.join(more, (first, other), &mut clauses);
        }
        bound
    };
    let filters = filters(entities, path, request, &bound, is_item, is_scan, &mut clauses);
    let (queries, fan_out) = bound.queries();
    let many = queries != Some(Decimal::ONE);
    let wanted = &pattern.pattern.order_by.0;
    let order = order::order(wanted, entities, path, (&bound.equal, &bound.buckets), (request.operation, many));
    let order = match order {
        Ok(order) if !is_scan => order,
        Ok(OrderServed::NotAsked) => OrderServed::NotAsked,
        Ok(_) => {
            clauses.push(Clause::Order {
                wanted: format!("by `{}`", wanted.join(", ")),
                stored: "none: a scan has no order".to_owned(),
                because: None,
            });
            OrderServed::NotAsked
        }
        Err(clause) => {
            clauses.push(clause);
            OrderServed::NotAsked
        }
    };
    clauses.dedup();
    if clauses.iter().any(|clause| is_scan || !matches!(clause, Clause::Order { .. })) {
        return Err(clauses.into());
    }
    let mut access = Access {
        partition: bound.partition.into_iter().map(|bound| bound.term).collect(),
        sort: bound.sort.into_iter().map(|bound| bound.term).collect(),
        fetch: if is_item { None } else { cover::fetch(design, pattern.pattern, first, path, &filters) },
        filters,
        queries,
        fan_out,
        caveats,
        order,
        in_range: Vec::new(),
        in_collection: None,
        matching: Vec::new(),
        over_read: Vec::new(),
        may_read: Vec::new(),
        past_limit: Vec::new(),
        evaluated: None,
        returned: None,
        is_scan,
        is_item,
    };
    estimate::estimate(design, pattern, (request, path), &bound.equal, bound.ranged, &mut access);
    if clauses.is_empty() { Ok(access) } else { Err(Rejection { clauses, unordered: Some(Box::new(access)) }) }
}

/// What a put says of the item that it makes, and does not ask of one that it meets.
fn said_of_item<'r>(design: &Design<'_>, request: &'r Request<'_>, entities: &[&EntityDesign<'_>]) -> Names<'r> {
    let is_of_item =
        |name: &str, condition: &Condition| entities.iter().any(|entity| says_of_item(design, entity, name, condition));
    let said = request.conditions.iter().filter(|(name, condition)| is_of_item(name, condition));
    said.map(|(name, _)| Cow::Borrowed(name.as_str())).collect()
}

fn membership(entity: &EntityDesign<'_>, path: &AccessPath<'_>, clauses: &mut Vec<Clause>) {
    let missing = path.keys().find(|key| !entity.fills.contains_key(*key));
    if let (Some(key), true) = (missing, entity.table == Some(path.table)) {
        clauses.push(Clause::NotMember { entity: entity.name.to_owned(), key: key.to_owned() });
    } else if entity.table != Some(path.table) {
        let key = path.keys().next().unwrap_or_default().to_owned();
        clauses.push(Clause::NotMember { entity: entity.name.to_owned(), key });
    }
}

fn listed(values: &Literals) -> String {
    values.0.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ")
}

/// What of the entity the path holds, where that is not all of it.
fn incomplete(
    entity: &EntityDesign<'_>,
    path: &AccessPath<'_>,
    request: &Request<'_>,
    caveats: &mut Vec<Caveat>,
    clauses: &mut Vec<Clause>,
) {
    if path.is_table() {
        return;
    }
    let is_asked = |name: &str| request.conditions.get(name).is_some_and(|c| c.operator != Operator::Missing);
    let fills = || path.keys().filter_map(|key| Some((key, entity.fills.get(key)?)));
    let names = fills().flat_map(|(_, fill)| fill.template.attributes()).filter(|name| is_asked(name));
    let rarest = names.filter_map(|name| entity.attribute(name)?.present).map(|share| share.0).min();
    for (key, fill) in fills() {
        for (attribute, values) in fill.when.into_iter().flatten() {
            let asked = request.conditions.get(attribute);
            let asked_value =
                asked.filter(|c| matches!(c.operator, Operator::Equals | Operator::In)).and_then(|c| c.value.as_ref());
            match asked_value {
                Some(asked) if asked.0.iter().all(|a| values.0.iter().any(|v| v.text() == a.text())) => {}
                Some(_) => clauses.push(Clause::OtherMembers { attribute: attribute.clone(), values: listed(values) }),
                // What is asked for leaves out just what the path does not hold.
                None if asked.is_some_and(|c| leaves_out_the_rest(entity, attribute, values, c)) => {}
                None => caveats.push(Caveat::OnlyWhere {
                    entity: entity.name.to_owned(),
                    attribute: attribute.clone(),
                    values: listed(values),
                }),
            }
        }
        let names_key = request.conditions.contains_key(key) || request.key.contains_key(key);
        for name in fill.template.attributes() {
            let Some(attribute) = entity.attribute(name).filter(|a| a.may_be_absent()) else { continue };
            // Who has one attribute that the key needs has those that are no rarer.
            let comes_along = || attribute.present.zip(rarest).is_some_and(|(own, asked)| own.0 >= asked);
            if !is_asked(name) && !names_key && !comes_along() {
                caveats.push(Caveat::OnlyWith {
                    entity: entity.name.to_owned(),
                    key: key.to_owned(),
                    attribute: name.to_owned(),
                    share: attribute.present,
                });
            }
        }
    }
}

/// Whether a `not_equals` leaves out every listed value that is no member.
fn leaves_out_the_rest(entity: &EntityDesign<'_>, attribute: &str, members: &Literals, condition: &Condition) -> bool {
    let Some(listed) = entity.attribute(attribute).and_then(|a| a.values.as_ref()) else { return false };
    let holds = |values: &Literals, text: &str| values.0.iter().any(|value| value.text() == text);
    condition.operator == Operator::NotEquals
        && condition.value.as_ref().is_some_and(|excluded| {
            listed.0.keys().all(|value| holds(members, value.text()) || holds(excluded, value.text()))
        })
}

fn other_keys_built(request: &Request<'_>, path: &AccessPath<'_>, clauses: &mut Vec<Clause>) {
    if request.key.is_empty() {
        return;
    }
    if let Some(key) =
        path.partition.iter().find(|key| !request.key.contains_key(**key) && !request.conditions.contains_key(**key))
    {
        let built: Vec<String> = request.key.keys().map(|key| format!("`{key}`")).collect();
        clauses.push(Clause::OtherKeysBuilt { built: built.join(" and "), key: (*key).to_owned() });
    } else if let Some(key) = request.key.keys().find(|key| !path.keys().any(|own| own == *key)) {
        clauses.push(Clause::NotItsKey { key: key.clone() });
    }
}

/// Binds the key attributes of a path for one entity, and says which clauses fail.
fn bind<'r, 'm>(
    entity: &'r EntityDesign<'m>,
    path: &'r AccessPath<'m>,
    request: &Request<'m>,
    is_item: bool,
    clauses: &mut Vec<Clause>,
) -> Bound<'r> {
    let mut known = Known {
        conditions: request.conditions,
        statements: request.key,
        entity,
        is_item,
        served: Names::new(),
        equal: Names::new(),
        buckets: Names::new(),
        ranged: None,
    };
    // Most paths have one key attribute of each kind; a growing list takes room for four.
    let mut partition = Vec::with_capacity(path.partition.len());
    let mut sort = Vec::with_capacity(path.sort.len());
    let built_elsewhere = clauses.iter().any(|clause| matches!(clause, Clause::OtherKeysBuilt { .. }));
    for key in &path.partition {
        let Some(fill) = entity.fills.get(*key) else { continue };
        let evaluated = known.evaluate(key, fill, true);
        if !evaluated.is_full && !built_elsewhere {
            clauses.push(partition_clause(key, fill, evaluated.stopped_at, evaluated.stopped_by, is_item));
        }
        let Evaluated { term, names, fan, .. } = evaluated;
        partition.extend(term.map(|term| BoundTerm { term, names, fan }));
    }
    let mut open_key: Option<&str> = None;
    for key in &path.sort {
        let Some(fill) = entity.fills.get(*key) else { continue };
        if let Some(before) = open_key {
            gap(request, fill, key, before, clauses);
            continue;
        }
        let evaluated = known.evaluate(key, fill, false);
        if !evaluated.is_full {
            open_key = Some(key);
            if is_item {
                let missing = evaluated.stopped_at.unwrap_or(key).to_owned();
                clauses.push(Clause::KeyIncomplete {
                    key: (*key).to_owned(),
                    template: fill.template.clone(),
                    missing,
                });
            }
            sort_operator(key, fill, &evaluated.stopped_by, evaluated.term.as_ref(), clauses);
        }
        let Evaluated { term, names, fan, .. } = evaluated;
        sort.extend(term.map(|term| BoundTerm { term, names, fan }));
    }
    let Known { served, equal, buckets, ranged, .. } = known;
    Bound { partition, sort, served, equal, buckets, ranged }
}

fn partition_clause(key: &str, fill: &Fill<'_>, at: Option<&str>, by: Option<Operator>, is_item: bool) -> Clause {
    let missing = at.unwrap_or(key).to_owned();
    let (key, template) = (key.to_owned(), fill.template.clone());
    match by {
        Some(operator) => Clause::PartitionNotEqual { key, attribute: missing, operator },
        None if is_item => Clause::KeyIncomplete { key, template, missing },
        None => Clause::PartitionUnknown { key, template, missing },
    }
}

/// A comparison on a sort key attribute that is the attribute itself: a key condition or nothing,
/// because a filter must not name a key attribute of the path
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html>).
fn sort_operator(key: &str, fill: &Fill<'_>, by: &Option<Operator>, term: Option<&KeyTerm>, clauses: &mut Vec<Clause>) {
    let Some(operator) = by else { return };
    let natural = fill.template.copied() == Some(key);
    if term.is_some_and(|term| term.is_number && term.operator == TermOperator::BeginsWith && term.ranged.is_some()) {
        clauses.push(Clause::BeginsWithNumber { key: key.to_owned() });
    } else if natural && !is_range(*operator) && *operator != Operator::Exists {
        clauses.push(Clause::SortOperator { key: key.to_owned(), operator: *operator });
    }
}

fn gap(request: &Request<'_>, fill: &Fill<'_>, key: &str, before: &str, clauses: &mut Vec<Clause>) {
    let compared = request.conditions.get(key).is_some_and(|c| c.operator != Operator::Exists);
    let natural = fill.template.copied() == Some(key);
    if (compared && natural) || request.key.contains_key(key) {
        clauses.push(Clause::SortGap { key: key.to_owned(), before: before.to_owned() });
    }
}

/// The conditions that the key does not serve.
fn filters<'m>(
    entities: &[&EntityDesign<'m>],
    path: &AccessPath<'m>,
    request: &Request<'m>,
    bound: &Bound<'_>,
    is_item: bool,
    is_scan: bool,
    clauses: &mut Vec<Clause>,
) -> Vec<Filter<'m>> {
    let mut filters = Vec::new();
    for (name, condition) in request.conditions {
        if bound.served.contains(name.as_str()) {
            continue;
        }
        let in_key = path.keys().any(|key| key == name);
        let always = condition.operator == Operator::Exists
            && (in_key
                || entities
                    .iter()
                    .all(|entity| path.keys().filter_map(|key| entity.fills.get(key)).any(|f| f.template.uses(name))));
        let by_membership = entities.iter().all(|entity| {
            let fills = path.keys().filter_map(|key| entity.fills.get(key));
            let members = fills.filter_map(|fill| fill.when).filter_map(|when| when.get(name)).next();
            members.is_some_and(|members| all_satisfy(members, condition))
        });
        if always || (by_membership && !is_scan) {
            continue;
        }
        let already = clauses.iter().any(|clause| match clause {
            Clause::SortGap { key, .. } | Clause::SortOperator { key, .. } | Clause::BeginsWithNumber { key } => {
                key == name
            }
            Clause::PartitionNotEqual { attribute, .. } => attribute == name,
            _ => false,
        });
        if in_key && !is_scan && !is_item {
            let open = path.sort.iter().find(|key| !bound.equal.contains(**key)).filter(|key| *key != name);
            match open {
                _ if already => {}
                Some(before) => clauses.push(Clause::SortGap { key: name.clone(), before: (*before).to_owned() }),
                None => clauses.push(Clause::SortOperator { key: name.clone(), operator: condition.operator }),
            }
            continue;
        }
        let hidden = entities.iter().filter_map(|entity| entity.attribute(name)).any(|a| a.stored == Some(false));
        if hidden && !already {
            clauses.push(Clause::NotStored { attribute: name.clone() });
            continue;
        }
        // A path that does not serve filters nothing.
        let serving = entities.first().filter(|_| clauses.is_empty());
        let is_bound = bound.equal.contains(name.as_str()) || bound.ranged == Some(name);
        let why = serving.and_then(|entity| {
            match is_bound {
                true => goes_on(entity, path, name),
                false => None,
            }
            .or_else(|| why_not_by_key(entity, path, name, condition.operator))
        });
        let why = why.map(|why| match entities {
            [one, other, ..] => format!("up to it the keys of `{}` and `{}` are not the same", one.name, other.name),
            _ => why,
        });
        let is_equality = matches!(condition.operator, Operator::Equals | Operator::In);
        let why = match bound.cut_of(name).filter(|_| is_equality && clauses.is_empty()) {
            Some(cut) => Some(format!("the key keeps only the {} of `{name}`", cut.word())),
            None => why,
        };
        filters.push(Filter { attribute: name.clone(), condition, why });
    }
    filters
}

/// Whether every one of the values satisfies a condition, so that no filter has to.
fn all_satisfy(members: &Literals, condition: &Condition) -> bool {
    let asked = condition.value.as_ref().map(|values| values.0.as_slice()).unwrap_or_default();
    let is_asked = |member: &crate::model::Literal| asked.iter().any(|value| value.text() == member.text());
    match condition.operator {
        Operator::Equals | Operator::In => !asked.is_empty() && members.0.iter().all(is_asked),
        Operator::NotEquals => !asked.is_empty() && !members.0.iter().any(is_asked),
        Operator::Exists => true,
        _ => false,
    }
}

/// The reason why a key condition on an attribute also reads longer values.
fn goes_on(entity: &EntityDesign<'_>, path: &AccessPath<'_>, name: &str) -> Option<String> {
    let templates = path.sort.iter().filter_map(|key| entity.fills.get(*key)).map(|fill| &fill.template);
    let mut pairs = templates.flat_map(|template| template.parts.iter().zip(template.parts.iter().skip(1)));
    pairs.find_map(|pair| match pair {
        (Part::Attribute { name: it, .. }, next) if **it == *name && runs_into(entity.attribute(name), Some(next)) => {
            Some(format!("nothing ends it before `{next}`, so values that go on after it are read too"))
        }
        _ => None,
    })
}

/// The reason why a sort key that holds an attribute does not serve the condition on it.
fn why_not_by_key(entity: &EntityDesign<'_>, path: &AccessPath<'_>, name: &str, operator: Operator) -> Option<String> {
    let fill = path.sort.iter().filter_map(|key| entity.fills.get(*key)).find(|fill| fill.template.uses(name))?;
    let is_it = |part: &Part| matches!(part, Part::Attribute { name: inside, .. } if **inside == *name);
    let mut parts = fill.template.parts.iter().skip_while(|part| !is_it(part));
    let cut = parts.next().and_then(|part| match part {
        Part::Attribute { cut, .. } => *cut,
        Part::Text(_) => None,
    });
    if let Some(cut) = cut.filter(|_| is_range(operator)) {
        return Some(format!("it keeps only the {} of `{name}`, so the ends of the range are filtered", cut.word()));
    }
    let sorts = ranges_inside_text(entity.attribute(name), None, parts.next());
    match sorts {
        Err(because) if is_range(operator) => Some(because),
        _ if matches!(operator, Operator::Equals) || is_range(operator) => {
            Some(format!("in `{}` it comes after a part that is not known", fill.template))
        }
        _ => None,
    }
}

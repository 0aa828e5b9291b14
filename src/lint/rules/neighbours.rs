//! Queries that also read other entities of the collection.

use super::collisions::share_values_only;
use crate::design::{AccessPath, EntityDesign, Part};
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, quoted_list};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::Operation;
use crate::plan::{OrderServed, TermOperator};
use crate::units::Count;

pub(super) const RULES: &[Rule] = &[
    rule!("reads-other-entities", Collections, Warning, reads_other_entities),
    rule!("parent-out-of-place", Collections, Warning, parent_out_of_place),
];

fn reads_other_entities(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Query) {
        let Some((path, access)) = planned.read(context.design) else { continue };
        if access.over_read.is_empty() && access.may_read.is_empty()
            || planned.pattern.pattern.computes.is_some() && planned.request.entities.len() > 1
        {
            continue;
        }
        let others: Vec<(&EntityDesign<'_>, bool, Option<rust_decimal::Decimal>)> = access
            .over_read
            .iter()
            .chain(&access.may_read)
            .filter_map(|other| Some((context.design.entity(other.entity)?, other.is_single, other.items)))
            .collect();
        let single = others.iter().all(|(_, is_single, _)| *is_single);
        let names = quoted_list(others.iter().map(|(entity, ..)| entity.name));
        let wanted =
            quoted_list(planned.request.entities.iter().filter_map(|id| Some(context.design.entity(*id)?.name)));
        // As many as a list shows; it says how many more there are.
        let numbers = and_list(others.iter().map(|(entity, is_single, items)| match items {
            Some(items) => format!("{} `{}`", Count(items.round_dp(1)), entity.name),
            None if *is_single => format!("1 `{}`", entity.name),
            None => format!("every `{}` there", entity.name),
        }));
        let key = access.sort.first().map(|term| Part::join(&term.prefix));
        let is_range = access.sort.first().is_some_and(|term| matches!(term.operator, TermOperator::Range(_)));
        let caught = match (&key, path.sort.first()) {
            (_, Some(sort)) if is_range => format!("a range of `{sort}`"),
            (Some(prefix), Some(sort)) if !prefix.is_empty() => format!("`{sort}` that begins with `{prefix}`"),
            (_, Some(sort)) => format!("every `{sort}` of the partition key value"),
            _ => "every item of the partition key value".to_owned(),
        };
        let place = if planned.request.conditions.is_empty() {
            Place::key(planned.request.place.clone())
        } else {
            Place::key(planned.request.place.key("where"))
        };
        let is_certain = access.may_read.is_empty();
        let holds = if is_certain { "also holds" } else { "can also hold" };
        let reads = if is_certain { "also reads and pays for" } else { "may also read and pay for" };
        let mut finding = Finding::new(
            place,
            format!("`{}` wants {wanted}, but its key range {holds} {names}", planned.pattern.name),
        )
        .label(format!("reads {caught}"))
        .why(format!("Each call {reads} {numbers}, and the caller has to tell the kinds apart."))
        .help(help(context, &planned, path, &others));
        for (entity, ..) in others.iter().take(3) {
            let sort = told_apart_by(context, path).unwrap_or_default();
            let (place, label) = match entity.fills.get(sort) {
                Some(fill) if fill.declared => {
                    (entity.place.key("keys").key(sort), format!("`{}` lies in the range", fill.template))
                }
                _ => (entity.place.clone(), "lies in the same collection".to_owned()),
            };
            finding = finding.related(Place::value(place), label);
        }
        finding = finding.number("entities", others.len());
        // What is only possible, and only by values that happen to be the same.
        let wanted = planned.request.entities.first().and_then(|id| context.design.entity(*id));
        let by_value = wanted.is_some_and(|it| others.iter().all(|(other, ..)| share_values_only(it, other, path)));
        found.push(if single || by_value { finding.at_most(Level::Advice) } else { finding });
    }
}

fn help(
    context: &Context<'_, '_>,
    planned: &crate::lint::Planned<'_, '_>,
    path: &crate::design::AccessPath<'_>,
    others: &[(&EntityDesign<'_>, bool, Option<rust_decimal::Decimal>)],
) -> String {
    let entity = context.entity_of(planned.request).filter(|_| planned.request.entities.len() == 1);
    let sort = path.sort.first().copied();
    let key = told_apart_by(context, path);
    if key != sort {
        return own_partition(context, (entity, key), path, others);
    }
    let own = entity.zip(sort).and_then(|(entity, sort)| entity.fills.get(sort));
    let list = quoted_list(others.iter().map(|(entity, ..)| entity.name));
    match (own, planned.request.key.is_empty()) {
        (Some(fill), false)
            if !fill.template.leading_text().is_empty() && !states(planned, sort, fill.template.leading_text()) =>
        {
            format!(
                "narrow the condition to `begins_with: \"{}\"`, or add {list} to `entity` if they are wanted",
                fill.template.leading_text()
            )
        }
        (Some(fill), _) => format!(
            "give the sort keys beginnings that no other entity's has (here `{}`), or add {list} to `entity` if they are wanted",
            fill.template
        ),
        _ => {
            format!("give each kind of item a sort key prefix of its own, or add {list} to `entity` if they are wanted")
        }
    }
}

/// The key attribute of a path that can tell kinds of items apart: the first of its sort key, or, where
/// other patterns need that one as it is because it is another path's partition key, one of the
/// partition key that no other path has.
fn told_apart_by<'m>(context: &Context<'_, 'm>, path: &AccessPath<'m>) -> Option<&'m str> {
    let others = || context.design.paths_of(path.table).map(|(_, other)| other).filter(|other| other.id != path.id);
    let sort = path.sort.first().copied();
    if sort.is_none_or(|sort| !others().any(|other| other.partition.contains(&sort))) {
        return sort;
    }
    path.partition.iter().copied().find(|key| !others().any(|other| other.keys().any(|it| it == *key)))
}

/// What to do where only the partition key can tell the kinds apart, or no key attribute can.
fn own_partition(
    context: &Context<'_, '_>,
    (entity, key): (Option<&EntityDesign<'_>>, Option<&str>),
    path: &AccessPath<'_>,
    others: &[(&EntityDesign<'_>, bool, Option<rust_decimal::Decimal>)],
) -> String {
    let list = quoted_list(others.iter().map(|(entity, ..)| entity.name));
    let sort = path.sort.first().copied().unwrap_or_default();
    let user = context.design.paths_of(path.table).map(|(_, other)| other);
    let user = user.filter(|other| other.id != path.id).find(|other| other.partition.contains(&sort));
    let bound = user.map_or(String::new(), |user| format!("`{sort}` is the partition key of {} as well", user.label()));
    let fill = entity.zip(key).and_then(|(entity, key)| entity.fills.get(key));
    match (entity, key, fill.filter(|fill| fill.declared)) {
        (Some(entity), Some(key), Some(fill)) => format!(
            "give the `{key}` of `{}` a beginning that no other entity's has (here `{}`), since {bound}; or add {list} to `entity` if they are wanted",
            entity.name, fill.template
        ),
        (None, Some(key), _) => format!(
            "give each kind of item a beginning of its own in `{key}`, since {bound}; or add {list} to `entity` if they are wanted"
        ),
        _ => format!(
            "give the index a partition key of its own that names the kind of item, since {bound}; or add {list} to `entity` if they are wanted"
        ),
    }
}

/// Whether the code already states this beginning for the key.
fn states(planned: &crate::lint::Planned<'_, '_>, key: Option<&str>, text: &str) -> bool {
    let statement = key.and_then(|key| planned.request.key.get(key));
    statement.is_some_and(|statement| {
        statement.comparisons().iter().any(|c| c.values.iter().any(|value| value.text().starts_with(text)))
    })
}

/// A parent and its latest children in one query with a limit: the parent has to stand at the end
/// that is read first.
fn parent_out_of_place(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in
        context.requests().filter(|p| p.request.operation == Operation::Query && p.request.entities.len() > 1)
    {
        let Some((path, access)) = planned.access(context.design) else { continue };
        if planned.pattern.pattern.limit.is_none() || planned.pattern.pattern.pages.is_some() {
            continue;
        }
        let Some(sort) = path.sort.first() else { continue };
        let backwards = matches!(access.order, OrderServed::Backwards);
        let texts: Vec<(&EntityDesign<'_>, String, bool)> = planned
            .request
            .entities
            .iter()
            .filter_map(|id| {
                let entity = context.design.entity(*id)?;
                let template = &entity.fills.get(*sort)?.template;
                Some((entity, template.leading_text().to_owned(), template.is_constant()))
            })
            .collect();
        for (parent, text, _) in texts.iter().filter(|(_, text, constant)| *constant && !text.is_empty()) {
            let late = texts.iter().find(|(_, other, constant)| {
                !*constant
                    && !other.is_empty()
                    && !other.starts_with(text.as_str())
                    && !text.starts_with(other.as_str())
                    && (if backwards { other > text } else { other < text })
            });
            let Some((child, child_text, _)) = late else { continue };
            let direction = if backwards { "backwards" } else { "forwards" };
            found.push(
                Finding::new(
                    Place::key(planned.pattern.place.key("limit")),
                    format!("`{}` may stop before it reaches `{}`", planned.pattern.name, parent.name),
                )
                .label("counts the children first")
                .related(
                    Place::value(parent.place.key("keys").key(sort)),
                    format!("`{text}` is read after `{child_text}…`"),
                )
                .why(format!(
                    "Read {direction}, every `{}` comes before `{}`; with enough of them the limit is reached first.",
                    child.name, parent.name
                ))
                .help(if backwards {
                    format!("give `{}` a sort key after the children's, such as `~{text}`", parent.name)
                } else {
                    format!("give `{}` a sort key before the children's, such as `#{text}`", parent.name)
                }),
            );
        }
    }
}

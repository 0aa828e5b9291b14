//! What would serve a condition by the key that is left to a filter.

use crate::design::Part;
use crate::lint::wording::with_article;
use crate::lint::{Context, Planned};
use crate::model::{AttributeType, Condition, Operation, Operator};
use crate::plan::{Access, Filter, is_range};
use crate::units::Portion;

/// What to do for a filter that drops most of what is read.
pub(super) fn served(
    context: &Context<'_, '_>,
    planned: &Planned<'_, '_>,
    access: &Access<'_>,
    filter: &Filter<'_>,
) -> String {
    let served = by_key(context, planned, access, filter);
    match filter.condition.matches {
        Some(_) => served,
        None => format!("{served}, or say how much it keeps (`matches: 80%`) if that is most"),
    }
}

fn by_key(context: &Context<'_, '_>, planned: &Planned<'_, '_>, access: &Access<'_>, filter: &Filter<'_>) -> String {
    let (name, operator) = (filter.attribute.as_str(), filter.condition.operator);
    if operator == Operator::Missing {
        return unmarked_index(context, planned, name);
    }
    if let Some(ranged) = second_range(access, filter) {
        return one_range(context, planned, (ranged, name), filter.condition);
    }
    match context.entity_of(planned.request).map(|entity| (entity.name, entity.kind_of(name))) {
        Some((entity, kind)) if operator == Operator::Contains && has_members(kind) => format!(
            "write an item for each member of `{name}`, with the member in its key beside what tells `{entity}` items apart, and query these (a {} cannot be a key); or let a search service answer it",
            kind_word(kind)
        ),
        Some((_, kind)) if has_members(kind) && is_range(operator) => format!(
            "keep the number of elements of `{name}` in an attribute of its own (a {} cannot be a key), and put that into a sort key",
            kind_word(kind)
        ),
        Some((entity, kind)) if kind.as_key().is_none() => format!(
            "give the `{entity}` items that are wanted an attribute of their own, and make a sparse index of it (a {} cannot be a key)",
            kind_word(kind)
        ),
        _ => format!("put `{name}` into a sort key or a sparse index"),
    }
}

fn has_members(kind: AttributeType) -> bool {
    use AttributeType::{BinarySet, List, NumberSet, StringSet};
    matches!(kind, List | StringSet | NumberSet | BinarySet)
}

/// What people call a value that cannot be a key.
fn kind_word(kind: AttributeType) -> &'static str {
    use AttributeType::{BinarySet, Boolean, List, Map, NumberSet, StringSet};
    match kind {
        List => "list",
        Map => "map",
        StringSet | NumberSet | BinarySet => "set",
        Boolean => "boolean",
        _ => "value of this type",
    }
}

/// The attribute over which the key condition is a range already, where a filter is a second one.
pub(super) fn second_range<'a>(access: &'a Access<'_>, filter: &Filter<'_>) -> Option<&'a str> {
    let mut ranged = access.sort.iter().filter_map(|term| match &term.ranged {
        Some(Part::Attribute { name, .. }) => Some(&**name),
        _ => None,
    });
    let ranged = ranged.next().filter(|name| *name != filter.attribute)?;
    is_range(filter.condition.operator).then_some(ranged)
}

/// What to do about two ranges: which of them the key should take, and how overlap becomes equality.
fn one_range(
    context: &Context<'_, '_>,
    planned: &Planned<'_, '_>,
    (ranged, filtered): (&str, &str),
    filter: &Condition,
) -> String {
    let share = |condition: &Condition| match condition.matches {
        Some(Portion::Share(share)) => Some(share),
        _ => None,
    };
    let in_key = planned.request.conditions.get(ranged).and_then(share);
    let swapped = in_key.zip(share(filter)).filter(|(in_key, filtered)| filtered < in_key);
    let swapped = swapped.map(|(in_key, kept)| {
        format!("let the sort key begin with `{filtered}`, which keeps {kept}, where `{ranged}` keeps {in_key}")
    });
    // Both ends of a stay or a lease: it begins before and ends after what is asked for.
    let is_before = |operator| matches!(operator, Operator::AtMost | Operator::LessThan);
    let is_after = |operator| matches!(operator, Operator::AtLeast | Operator::GreaterThan);
    let other = planned.request.conditions.get(ranged).map(|condition| condition.operator);
    let overlaps = other.is_some_and(|other| {
        is_before(other) && is_after(filter.operator) || is_after(other) && is_before(filter.operator)
    });
    let entity = context.entity_of(planned.request).filter(|_| overlaps);
    let overlap = entity.filter(|entity| [ranged, filtered].iter().all(|name| entity.kind_of(name).is_time()));
    let overlap = overlap.map(|entity| {
        format!(
            "write an item for each day (or another bucket) that {} covers, and ask for the days by equality",
            with_article(&format!("`{}`", entity.name))
        )
    });
    let both: Vec<String> = swapped.into_iter().chain(overlap).collect();
    match both.is_empty() {
        true => format!(
            "let the sort key begin with that of `{ranged}` and `{filtered}` which keeps less; the other stays a filter"
        ),
        false => both.join("; or "),
    }
}

/// The index of what lacks an attribute: not one on it, which holds exactly the other items.
fn unmarked_index(context: &Context<'_, '_>, planned: &Planned<'_, '_>, attribute: &str) -> String {
    let Some(entity) = context.entity_of(planned.request) else { return String::new() };
    let adds = |request: &Planned<'_, '_>| {
        let said = request.pattern.pattern;
        let (sets, adds) = request.request.action.map_or((&said.sets, &said.adds), |it| (&it.sets, &it.adds));
        sets.0.contains_key(attribute) || adds.iter().any(|name| name == attribute)
    };
    let update = context.requests_of(entity.id).find(|it| it.operation == Operation::Update && adds(it));
    let who = update.map_or(format!("the update that adds `{attribute}`"), |it| format!("`{}`", it.pattern.name));
    format!(
        "make an index that only these items are in: its key is an attribute of its own that `{}` has while it lacks `{attribute}`, and that {who} takes away with `removes` (an index on `{attribute}` holds exactly the others)",
        entity.name
    )
}

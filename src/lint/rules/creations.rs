//! Puts that would make new items, under a condition that no new item fulfils.

use crate::design::EntityId;
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::model::{Operation, Operator};

pub(super) const RULES: &[Rule] = &[rule!("impossible-creation", Coverage, Warning, impossible_creation)];

fn impossible_creation(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(creates) {
        let asked = asked_of_met(&planned);
        let (Some(first), Some(entity)) = (asked.first(), context.entity_of(planned.request)) else { continue };
        // Where something else makes the items, this put may be meant to replace them.
        if is_made_otherwise(context, entity.id) {
            continue;
        }
        let name = planned.pattern.name;
        let asked = quoted_list(asked.iter().copied());
        found.push(
            Finding::new(
                Place::key(planned.request.place.key("where").key(first)),
                format!("`{name}` makes new items under a condition on {asked} that no new item fulfils"),
            )
            .label("asked of the item that is there before")
            .why(format!(
                "The service compares a put's condition with the item that the put replaces. Where there is none, {asked} has no value and the put is rejected (ConditionalCheckFailedException). `{name}` replaces nothing, and no other pattern makes a `{}`: there will never be one.",
                entity.name
            ))
            .help(format!(
                "leave {asked} out of `where` if that is what the new item is made with; if the put is to replace items, say so with `replaces: 100%`, and give the model the pattern that makes them"
            )),
        );
    }
}

/// Whether a request is a put that meets no item.
fn creates(planned: &Planned<'_, '_>) -> bool {
    let replaces = match planned.request.action {
        Some(action) => action.replaces.is_some(),
        None => planned.pattern.pattern.replaces.is_some(),
    };
    planned.operation == Operation::Put && !replaces
}

/// The attributes that a put compares of the item that it meets, in a way that nothing fulfils.
fn asked_of_met<'p>(planned: &Planned<'p, '_>) -> Vec<&'p str> {
    let filters = planned.plan.access().map(|(_, access)| access.filters.as_slice()).unwrap_or_default();
    let fails = |operator| !matches!(operator, Operator::Missing | Operator::NotEquals);
    filters.iter().filter(|filter| fails(filter.condition.operator)).map(|filter| filter.attribute.as_str()).collect()
}

/// Whether some request makes items of an entity without such a condition.
fn is_made_otherwise(context: &Context<'_, '_>, id: EntityId) -> bool {
    context.requests_of(id).any(|planned| match planned.operation {
        Operation::Put | Operation::BatchWrite | Operation::TransactWrite => asked_of_met(&planned).is_empty(),
        Operation::Update => match planned.request.action {
            Some(action) => action.creates.is_some(),
            None => planned.pattern.pattern.creates.is_some(),
        },
        _ => false,
    })
}

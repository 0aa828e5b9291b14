//! Children that are left when their parent is deleted.

use rust_decimal::Decimal;

use crate::design::EntityDesign;
use crate::lint::registry::rule;
use crate::lint::wording::with_article;
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::Operation;
use crate::plan::is_write;
use crate::units::Count;

pub(super) const RULES: &[Rule] = &[rule!("orphaned-children", Operations, Advice, orphaned_children)];

/// Children that one batch of deletes can take; below it, a loop in the code is nothing to speak of.
const ONE_BATCH: Decimal = Decimal::from_parts(25, 0, 0, false, 0);

/// Whether something may delete items of an entity: a pattern, or time.
fn is_deleted(context: &Context<'_, '_>, entity: &EntityDesign<'_>) -> bool {
    let table = entity.table.and_then(|id| context.design.table(id));
    table.is_none_or(|table| super::protection::expires(table.table, entity))
        || context
            .design
            .patterns
            .iter()
            .filter(|pattern| pattern.entities.contains(&entity.id) || pattern.entities.is_empty())
            .any(|pattern| {
                // What is not designed yet, or done elsewhere, may delete them.
                !crate::lint::is_judged(pattern)
                    || pattern.pattern.operation == Some(Operation::BatchWrite)
                    || pattern
                        .requests
                        .iter()
                        .any(|request| request.operation == Operation::Delete && request.entities.contains(&entity.id))
            })
}

fn orphaned_children(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Delete) {
        let Some(parent) = context.entity_of(planned.request) else { continue };
        for child in &context.design.entities {
            let Some((.., each, _)) = child.parents.iter().find(|(id, ..)| *id == parent.id) else { continue };
            let Some(each) = each.filter(|each| *each > ONE_BATCH) else { continue };
            // Only what is found through the parent's own key is lost with it.
            let is_below = child.table == parent.table
                && parent.identity.iter().all(|name| child.identity.contains(name))
                && child.parents.len() == 1;
            let is_read = context.requests_of(child.id).any(|other| !is_write(other.operation));
            if !is_below || parent.identity.is_empty() || !is_read || is_deleted(context, child) {
                continue;
            }
            let place = match planned.request.action {
                Some(_) => Place::value(planned.request.place.key("entity")),
                None => Place::key(planned.request.place.clone()),
            };
            let each = Count(each.round_dp(1));
            found.push(
                Finding::new(
                    place,
                    format!("`{}` deletes {}, and nothing deletes its {each} `{}` items", planned.pattern.name, with_article(&format!("`{}`", parent.name)), child.name),
                )
                .label("leaves its children")
                .related(Place::key(child.place.clone()), format!("{each} for each `{}`", parent.name))
                .why("There are no foreign keys and no cascades: the children stay, are billed as storage, and show up again if the parent's id is used anew.")
                .help(format!(
                    "delete them in the background, from the table's stream: query the children, then `batch_write` 25 deletes at a time; or let `{}` items expire",
                    child.name
                ))
                .number("children", each.0.to_string()),
            );
        }
    }
}

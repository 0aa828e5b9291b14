//! Items that have expired and are still there.

use rust_decimal::Decimal;

use super::one_item::names_one_item;
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::model::{AttributeType, Computes, Operation, Projection, ReplicationConsistency};

pub(super) const RULES: &[Rule] = &[rule!("reads-expired-items", Operations, Advice, reads_expired_items)];

/// The longest life, in days, of the items of a list, of which the days until an expired one is deleted
/// are a part worth a word (a threshold of our own).
const SHORT_LIFE: u32 = 30;

const DAY: u32 = 86_400;

/// The attributes that the caller gets, where the pattern says so; nothing where it gets all.
fn selected<'a>(planned: &Planned<'a, '_>) -> Option<Vec<&'a str>> {
    let select = match planned.request.action {
        Some(action) => action.select.as_ref(),
        None => planned.pattern.pattern.select.as_ref(),
    };
    select.map(|names| names.0.iter().map(String::as_str).collect())
}

/// What a filter on the expiry needs besides, where the index that is read does not hold it.
fn projecting(context: &Context<'_, '_>, planned: &Planned<'_, '_>, expiry: &str) -> String {
    let Some((path, _)) = planned.access(context.design) else { return String::new() };
    if context.design.base_path(path.table).is_none_or(|base| path.holds(base, expiry)) {
        return String::new();
    }
    let mut names: Vec<&str> = match path.projection {
        Projection::Include(names) => names.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    names.push(expiry);
    format!(
        ", and let {} hold it: `projection: [{}]`; each change of `{expiry}` is then written to it as well",
        path.label(),
        names.join(", ")
    )
}

fn reads_expired_items(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    use Operation::{BatchGet, Get, Query, TransactGet};
    for planned in context.requests().filter(|p| matches!(p.operation, Get | BatchGet | Query | TransactGet)) {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        let Some(table) = entity.table.and_then(|id| context.design.table(id)) else { continue };
        // A strongly consistent global table has none, which is a finding of its own.
        let is_strong = table.table.multi_region_consistency == Some(ReplicationConsistency::Strong);
        let Some(expiry) = table.table.time_to_live.as_deref().filter(|_| !is_strong) else { continue };
        let Some(attribute) = entity.attribute(expiry) else { continue };
        // A query of several entities is about more than what expires; another type never expires.
        if planned.request.entities.len() > 1 || !matches!(attribute.kind, AttributeType::Epoch | AttributeType::Number)
        {
            continue;
        }
        let short = Decimal::from(SHORT_LIFE).saturating_mul(Decimal::from(DAY));
        // In a list a few late items are a small part; a caller that gets one has nothing else.
        let is_one = matches!(planned.operation, Get | TransactGet) || names_one_item(context, &planned);
        if !is_one && entity.entity.retention.is_some_and(|life| life.seconds() > short) {
            continue;
        }
        let pattern = planned.pattern.pattern;
        let is_compared = planned.request.conditions.contains_key(expiry) || planned.request.key.contains_key(expiry);
        let counts = pattern.count_only == Some(true)
            || matches!(pattern.computes, Some(Computes::Count | Computes::Sum | Computes::Average));
        let (place, what) = match selected(&planned) {
            _ if is_compared => continue,
            _ if counts => (Place::key(planned.pattern.place.clone()), "counts"),
            // Whoever gets the whole item, or the expiry, can compare it with the clock.
            Some(names) if !names.contains(&expiry) => (Place::key(planned.request.place.key("select")), "returns"),
            _ => continue,
        };
        // A comparison leaves out the items that have no such attribute, which never expire.
        let all_have_it =
            attribute.optional != Some(true) && attribute.present.is_none_or(|share| share.0 >= Decimal::ONE);
        let filter = match planned.operation {
            Query if !all_have_it => format!(
                "add `{expiry}` to `select`, and let the code compare it with the clock{}; a filter `{expiry} > :now` would also leave out the items that have none",
                projecting(context, &planned, expiry)
            ),
            Query => format!(
                "compare it with the clock: `{expiry}: greater_than` in `where` (a filter on few items){}",
                projecting(context, &planned, expiry)
            ),
            _ => format!("add `{expiry}` to `select`, and let the code compare it with the clock"),
        };
        found.push(
            Finding::new(place, format!("`{}` {what} `{}` items that have expired", planned.pattern.name, entity.name))
                .label(format!("`{expiry}` is not looked at"))
                .related(Place::value(super::protection::table_path(table).key("time_to_live")), "deletes some time after")
                .why("Time to live deletes expired items in the background, usually within a few days. Until then every read returns them.")
                .help(filter),
        );
    }
}

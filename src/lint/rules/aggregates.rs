//! Answers that are computed by reading everything they are about.

use rust_decimal::Decimal;

use crate::design::PatternDesign;
use crate::lint::registry::rule;
use crate::lint::wording::noun;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::model::{Computes, Need, Operation, Operator};
use crate::plan::{Access, OrderServed};
use crate::units::Count;

pub(super) const RULES: &[Rule] = &[rule!("computed-by-reading", Coverage, Warning, computed_by_reading)];

/// The first items of a read that nothing orders are any items.
fn arbitrary(planned: &Planned<'_, '_>) -> Finding {
    let limit = planned.pattern.pattern.limit;
    let items = limit.map(|limit| format!("{limit} {}", noun(limit.0, "item", "items"))).unwrap_or_default();
    Finding::new(
        Place::value(planned.pattern.place.key("computes")),
        format!("`{}` takes {items} in no order that it names", planned.pattern.name),
    )
    .label("the top by what?")
    .related(Place::value(planned.pattern.place.key("limit")), "ends the read after so many")
    .why("Without an order from a sort key, the first items are arbitrary ones; a scan has no order at all.")
    .help("say the order (`order_by: total desc`), and read an index whose sort key gives it")
}

/// Where a pattern says that its answer is one number or list of values, made of all that it reads.
pub(super) fn aggregate_place(pattern: &PatternDesign<'_>) -> Option<Place> {
    let field = match pattern.pattern.computes {
        Some(Computes::Top) => return None,
        Some(_) => "computes",
        None if pattern.pattern.count_only == Some(true) => "count_only",
        None => return None,
    };
    Some(Place::value(pattern.place.key(field)))
}

/// As many items as this are read in passing.
const FEW: u32 = 100;

/// Whether what is read is one item at most, as where somebody asks whether a name is taken.
fn is_of_one_item(context: &Context<'_, '_>, planned: &Planned<'_, '_>, access: &Access<'_>) -> bool {
    // The key is known to be one item's by a unique attribute, or by all that tells items apart.
    let is_in_key = |name: &str| {
        let condition = planned.request.conditions.get(name);
        condition.is_some_and(|condition| condition.operator == Operator::Equals)
            && !access.filters.iter().any(|filter| filter.attribute == name)
    };
    let entity = context.entity_of(planned.request).filter(|_| planned.request.entities.len() == 1);
    let is_one = entity.is_some_and(|entity| {
        let mut attributes = entity.entity.attributes.iter();
        let is_whole = !entity.identity.is_empty() && entity.identity.iter().all(|name| is_in_key(name));
        is_whole || attributes.any(|(name, attribute)| attribute.unique == Some(true) && is_in_key(name))
    });
    is_one || access.evaluated.is_some_and(|items| items <= Decimal::ONE)
}

/// The limit that is enough to see whether there is any item, where that may be all that a query asks:
/// it counts, or returns one. Nothing where a filter comes after the limit.
pub(super) fn limit_to_see_any(
    context: &Context<'_, '_>,
    pattern: &PatternDesign<'_>,
    access: &Access<'_>,
) -> Option<Decimal> {
    let said = pattern.pattern;
    let may_ask = said.computes == Some(Computes::Count) || said.returns == Some(Count(Decimal::ONE));
    let mut others = access.over_read.iter().chain(&access.may_read);
    let is_open = said.operation == Some(Operation::Query) && said.limit.is_none() && said.order_by.is_empty();
    if !may_ask || !is_open || !access.filters.is_empty() || !others.all(|other| other.is_single) {
        return None;
    }
    let singles =
        access.over_read.iter().chain(&access.may_read).filter_map(|other| context.design.entity(other.entity));
    Some(Decimal::ONE.saturating_add(singles.count().into()))
}

fn computed_by_reading(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        if !matches!(planned.operation, Operation::Query | Operation::Scan) {
            continue;
        }
        let Some((_, access)) = planned.access(context.design) else { continue };
        let pattern = planned.pattern.pattern;
        let (place, what) = if let Some(computes) = pattern.computes {
            let what = match computes {
                Computes::Count => "counts",
                Computes::Sum => "sums up",
                Computes::Average => "averages",
                Computes::Distinct => "finds the different values of",
                // The largest come first when the key sorts by them.
                Computes::Top if access.order != OrderServed::NotAsked && pattern.limit.is_some() => continue,
                Computes::Top if access.order == OrderServed::NotAsked && pattern.limit.is_some() => {
                    found.push(arbitrary(&planned));
                    continue;
                }
                Computes::Top => "ranks",
            };
            ("computes", what)
        } else if pattern.count_only == Some(true) {
            ("count_only", "counts")
        } else if pattern.needs.contains(&Need::TotalCount) {
            ("needs", "needs the total of")
        } else {
            continue;
        };
        if is_of_one_item(context, &planned, access) {
            continue;
        }
        let few = access.evaluated.is_some_and(|items| items <= Decimal::from(FEW));
        let items =
            access.evaluated.map_or("the items".to_owned(), |items| format!("{} items", Count(items.round_dp(1))));
        let any = limit_to_see_any(context, planned.pattern, access).filter(|_| place == "computes");
        let any = any.map_or(String::new(), |limit| {
            format!("; where the question is only whether there is any, `limit: {limit}` reads enough")
        });
        let finding = Finding::new(Place::value(planned.pattern.place.key(place)), format!("`{}` {what} {items} by reading them", planned.pattern.name))
            .label("no aggregate is stored")
            .why("DynamoDB has no aggregates. A count or sum reads and bills every byte of the items; `Select=COUNT` saves the transfer, not the read.")
            .help(format!("keep the number in an item of its own and change it in the same transaction as the items, or from the table's stream; analytics belong in an export or zero-ETL target{any}"));
        found.push(if few { finding.at_most(Level::Advice) } else { finding });
    }
}

//! Filters: they run after items are read and billed, and after `Limit` has counted them.

use rust_decimal::Decimal;

use crate::cost::What;
use crate::design::{AccessPath, EntityDesign, Part};
use crate::lint::amounts::{LEAST_USD, about, exact, usd};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::load::Consumed;
use crate::model::Operation;
use crate::plan::{Access, Filter, KeyTerm, is_range};
use crate::units::{Count, Portion, Share};

pub(super) const RULES: &[Rule] = &[
    rule!("filter-after-limit", Coverage, Warning, filter_after_limit),
    rule!("filtered-read", Coverage, Warning, filtered_read),
    rule!("query-per-value", Coverage, Advice, query_per_value),
];

fn filtered<'a, 'm>(
    context: &Context<'a, 'm>,
    operations: &[Operation],
) -> impl Iterator<Item = (Planned<'a, 'm>, &'a AccessPath<'m>, &'a Access<'m>)> {
    let design = context.design;
    context.requests().filter(|planned| operations.contains(&planned.operation)).filter_map(move |planned| {
        let (path, access) = planned.read(design)?;
        (!access.filters.is_empty()).then_some((planned, path, access))
    })
}

/// Whether the key condition leaves nothing out: the partition key is the same for every item of the
/// request's entities, and nothing that differs between items bounds the sort key.
fn reads_all(context: &Context<'_, '_>, planned: &Planned<'_, '_>, path: &AccessPath<'_>, access: &Access<'_>) -> bool {
    let is_constant = |entity: &EntityDesign<'_>| {
        path.partition.iter().all(|key| entity.fills.get(*key).is_some_and(|fill| fill.template.is_constant()))
    };
    let entities = planned.request.entities.iter().filter_map(|id| context.design.entity(*id));
    let is_open =
        |term: &KeyTerm| term.ranged.is_none() && term.prefix.iter().all(|part| matches!(part, Part::Text(_)));
    entities.into_iter().all(is_constant) && access.sort.iter().all(is_open)
}

fn filter_names(access: &Access<'_>) -> String {
    quoted_list(access.filters.iter().map(|filter| filter.attribute.as_str()))
}

fn reads_to_the_end(planned: &Planned<'_, '_>) -> bool {
    planned.pattern.pattern.limit.is_none() || planned.pattern.pattern.pages.is_some()
}

/// `Limit` counts before the filter in a scan too.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.Limit>
fn filter_after_limit(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (planned, _, access) in
        filtered(context, &[Operation::Query, Operation::Scan]).filter(|(planned, ..)| !reads_to_the_end(planned))
    {
        // Items that time to live has not deleted yet are few, and have to be filtered.
        if filters_expiry(context, &planned, access) {
            continue;
        }
        let keeps_most = stated_share(access).is_some_and(|share| share >= Decimal::new(9, 1));
        let limit = planned.pattern.pattern.limit.map(|limit| limit.to_string()).unwrap_or_default();
        let filters = filter_names(access);
        let first = access.filters.first().map(|filter| filter.attribute.as_str()).unwrap_or_default();
        found.push(
            Finding::new(
                Place::value(planned.pattern.place.key("limit")),
                format!("`{}` limits to {limit} before it filters by {filters}", planned.pattern.name),
            )
            .label("counts items before the filter")
            .related(Place::key(planned.request.place.key("where").key(first)), "applied to what the limit left")
            .why(format!(
                "`Limit` is how many items are evaluated. Of {limit} evaluated items, any number from 0 to {limit} passes the filter, \
                 and an empty page does not mean the end."
            ))
            .help("put the filtered attribute into the key, or read on until enough items have come (`pages: all`)")
            .at_most(if keeps_most { Level::Advice } else { Level::Warning }),
        );
    }
}

/// Whether all that is filtered is the table's expiry.
fn filters_expiry(context: &Context<'_, '_>, planned: &Planned<'_, '_>, access: &Access<'_>) -> bool {
    let expiry = context
        .entity_of(planned.request)
        .and_then(|e| e.table)
        .and_then(|t| context.design.table(t))
        .and_then(|t| t.table.time_to_live.as_ref());
    access.filters.iter().all(|filter| Some(&filter.attribute) == expiry)
}

/// What the filters keep by the pattern's own word, where counts are not known.
fn stated_share(access: &Access<'_>) -> Option<Decimal> {
    access.filters.iter().try_fold(Decimal::ONE, |share, filter| match filter.condition.matches {
        Some(Portion::Share(Share(part))) => Some(share.saturating_mul(part)),
        _ => None,
    })
}

fn filtered_read(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let amounts = context.figures.bill.by(|line| line.source.filter(|_| line.what == What::Reads)?.pattern);
    for (planned, path, access) in
        filtered(context, &[Operation::Query]).filter(|(planned, ..)| reads_to_the_end(planned))
    {
        let share = match (access.evaluated, access.returned) {
            (Some(evaluated), Some(returned)) => returned.checked_div(evaluated),
            _ => stated_share(access),
        };
        // A range of a time that the key cuts is served by the key; the filter trims its ends.
        if share.is_none() && access.filters.iter().all(|filter| trims_a_range(access, filter)) {
            continue;
        }
        // Nothing is gained where one item is read, or where time to live leaves the few to be dropped.
        if access.evaluated.is_some_and(|items| items <= Decimal::ONE) || filters_expiry(context, &planned, access) {
            continue;
        }
        // AWS's own advice is to index what keeps less than half.
        if share.is_some_and(|share| share.saturating_mul(Decimal::from(2)) >= Decimal::ONE) {
            continue;
        }
        let few = access.evaluated.is_some_and(|items| items <= Decimal::from(25));
        let all = access.evaluated.is_none() && reads_all(context, &planned, path, access);
        let filters = filter_names(access);
        let Some(first) = access.filters.first() else { continue };
        let what = match (access.evaluated, access.returned) {
            (Some(evaluated), Some(returned)) => format!(
                "It evaluates {} items to return {} ({}); every one is read and billed.",
                Count(evaluated.round_dp(1)),
                Count(returned.round_dp(1)),
                Share(share.unwrap_or_default().round_dp(4))
            ),
            _ if all => format!(
                "The key condition is the same for every item, so each call reads and bills all of {}, as a scan does.",
                path.label()
            ),
            _ => "Every item of the key range is read and billed, whatever the filter keeps.".to_owned(),
        };
        let why = match &first.why {
            Some(why) => format!("{what} The sort key holds `{}`, but {why}.", first.attribute),
            None => what,
        };
        let wasted = share.and_then(|share| discarded(context, &planned, share, amounts.get(&planned.index).copied()));
        let why = match &wasted {
            Some((units, all, Some(amount))) if *amount >= LEAST_USD => format!(
                "{why} Of {} read units a call, {} are for items that the filter drops: {} a month.",
                about(*all),
                about(*units),
                usd(*amount)
            ),
            Some((units, all, _)) => {
                format!(
                    "{why} Of {} read units a call, {} are for items that the filter drops.",
                    about(*all),
                    about(*units)
                )
            }
            None => why,
        };
        let mut finding = Finding::new(
            Place::key(planned.request.place.key("where").key(&first.attribute)),
            format!("`{}` filters by {filters} after reading", planned.pattern.name),
        )
        .label("not served by the key")
        .why(why)
        .help(format!(
            "put `{}` into a sort key or a sparse index, or say how much it keeps (`matches: 80%`) if that is most",
            first.attribute
        ));
        if let (Some(evaluated), Some(returned)) = (access.evaluated, access.returned) {
            finding =
                finding.number("items_evaluated", evaluated.to_string()).number("items_returned", returned.to_string());
        }
        if let Some((units, _, amount)) = wasted {
            finding = finding.number("dropped_read_units_per_call", exact(units));
            if let Some(amount) = amount {
                finding = finding.number("dropped_usd_per_month", exact(amount));
            }
        }
        found.push(if share.is_none() && !all || few { finding.at_most(Level::Advice) } else { finding });
    }
}

/// Whether the key already bounds the filter's range, as finely as it holds the attribute.
fn trims_a_range(access: &Access<'_>, filter: &Filter<'_>) -> bool {
    let is_cut = |part: &Part| matches!(part, Part::Attribute { name, cut: Some(_) } if **name == filter.attribute);
    let mut terms = access.partition.iter().chain(&access.sort);
    is_range(filter.condition.operator) && terms.any(|term| term.prefix.iter().chain(&term.ranged).any(is_cut))
}

/// Units of a call that are read for what the filter drops, the units of the whole read, and what the
/// former cost in a month.
fn discarded(
    context: &Context<'_, '_>,
    planned: &Planned<'_, '_>,
    kept: Decimal,
    amount: Option<Decimal>,
) -> Option<(Decimal, Decimal, Option<Decimal>)> {
    let load = context.figures.load.patterns.get(planned.index)?;
    let reads = || load.charges().filter(|charge| charge.why == Consumed::Read);
    let all = reads().try_fold(Decimal::ZERO, |sum, charge| Some(sum.saturating_add(charge.units.ok()?)))?;
    let dropped = Decimal::ONE.saturating_sub(kept);
    // A call consumes the minimum, whatever it reads.
    if all <= Decimal::ONE {
        return None;
    }
    let amount = amount.map(|amount| amount.saturating_mul(dropped));
    Some((all.saturating_mul(dropped), all, amount))
}

fn query_per_value(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Query) {
        let Some((_, access)) = planned.access(context.design) else { continue };
        let Some(reason) = access.fan_out.iter().find(|why| why.contains("each value")) else { continue };
        let queries = access.queries.map_or("an unknown number of".to_owned(), |queries| Count(queries).to_string());
        found.push(
            Finding::new(Place::key(planned.request.place.key("where")), format!("`{}` is {queries} queries", planned.pattern.name))
                .label(reason.clone())
                .why("One query reads one partition key value, so an `in` on a key becomes a query for each value, and the application joins the results.")
                .help(match access.queries {
                Some(_) => "items known by their full key come in one `batch_get` of up to 100; otherwise keep the values together under one key",
                None => "say how many values there are with `count`; items known by their full key come in one `batch_get` of up to 100",
            }),
        );
    }
}

//! Filters: they run after items are read and billed, and after `Limit` has counted them.

use rust_decimal::Decimal;

use super::collisions::share_values_only;
use super::filter_help::{second_range, served};
use super::scans::FEW_ITEMS;
use super::unserved::described;
use crate::cost::What;
use crate::design::{AccessPath, EntityDesign, Part};
use crate::lint::amounts::{LEAST_USD, about, exact, usd};
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, quoted_list};
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::load::Consumed;
use crate::model::{Operation, Operator};
use crate::plan::{Access, Filter, TermOperator, is_range, propose, reads_all};
use crate::units::{Count, Portion, Share};

pub(super) const RULES: &[Rule] = &[
    rule!("filter-after-limit", Coverage, Warning, filter_after_limit),
    rule!("filtered-read", Coverage, Warning, filtered_read),
    rule!("query-per-value", Coverage, Advice, query_per_value),
];

/// Who keeps this share of what is read, misses little.
const MOST: Decimal = Decimal::from_parts(9, 0, 0, false, 1);

/// So many items of a key range are read in passing.
const FEW_OF_A_RANGE: u32 = 25;

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

fn filter_names<'f>(filters: impl IntoIterator<Item = &'f Filter<'f>>) -> String {
    quoted_list(filters.into_iter().map(|filter| filter.attribute.as_str()))
}

fn reads_to_the_end(planned: &Planned<'_, '_>) -> bool {
    planned.pattern.pattern.limit.is_none() || planned.pattern.pattern.pages.is_some()
}

/// `Limit` counts before the filter in a scan too.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.Limit>
fn filter_after_limit(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    limit_of_several_kinds(context, found);
    let limited = filtered(context, &[Operation::Query, Operation::Scan])
        .filter(|(planned, ..)| !reads_to_the_end(planned) && planned.plan.chosen.is_some());
    for (planned, _, access) in limited {
        // Items that time to live has not deleted yet are few, and have to be filtered.
        if filters_expiry(context, &planned, access) {
            continue;
        }
        let keeps_most = stated_share(access).is_some_and(|share| share >= MOST);
        let limit = planned.pattern.pattern.limit.map(|limit| limit.to_string()).unwrap_or_default();
        let filters = filter_names(&access.filters);
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

/// A limit on some of the entities of which items are read: choosing among them is a filter, too.
fn limit_of_several_kinds(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| !reads_to_the_end(planned)) {
        let is_scan = planned.operation == Operation::Scan;
        let Some((path, access)) = planned.read(context.design).filter(|(_, access)| access.filters.is_empty()) else {
            continue;
        };
        let Some(limit) = planned.pattern.pattern.limit else { continue };
        // Of a query, a parent beside its children is one item.
        let others: Vec<&EntityDesign<'_>> =
            access.over_read.iter().filter_map(|other| context.design.entity(other.entity)).collect();
        if !access.over_read.iter().any(|other| is_scan || !other.is_single) {
            continue;
        }
        // One item, whichever comes first, shows that the table answers.
        if is_scan && limit.0 == Decimal::ONE {
            continue;
        }
        let queries = access.queries.unwrap_or(Decimal::ONE).max(Decimal::ONE);
        let is_reached = access.evaluated.is_none_or(|items| items >= limit.0.saturating_mul(queries));
        let share = access.evaluated.zip(access.returned).and_then(|(all, wanted)| wanted.checked_div(all));
        // Where counts are missing, `reads-other-entities` says of a query what its range can hold.
        if !is_reached || share.map_or(!is_scan, |share| share >= MOST) {
            continue;
        }
        let wanted =
            quoted_list(planned.request.entities.iter().filter_map(|id| Some(context.design.entity(*id)?.name)));
        let numbers = and_list(access.over_read.iter().filter_map(|other| {
            let name = context.design.entity(other.entity)?.name;
            Some(other.items.map_or(format!("`{name}`"), |items| format!("{} `{name}`", Count(items.round_dp(1)))))
        }));
        let of_them = share.map_or("any number from 0 to all".to_owned(), |share| {
            format!("{} on average", Count(limit.0.saturating_mul(share).round_dp(1)))
        });
        let is_certain = share.is_some()
            && !others.iter().all(|other| {
                let mut wanted = planned.request.entities.iter().filter_map(|id| context.design.entity(*id));
                !is_scan && wanted.any(|wanted| share_values_only(wanted, other, path))
            });
        let mut finding = Finding::new(
            Place::value(planned.pattern.place.key("limit")),
            format!("`{}` limits to {limit} before the application picks {wanted}", planned.pattern.name),
        )
        .label("counts items of every kind")
        .why(format!(
            "`Limit` is how many items of every kind are evaluated, and what is read also holds {numbers}. Of {limit} evaluated items, {of_them} are {wanted}, and a page with none does not mean the end."
        ))
        .help(format!(
            "give {wanted} a key that nothing else has, such as that of an index of their own, or read on until enough items have come (`pages: all`)"
        ))
        .at_most(if is_certain { Level::Warning } else { Level::Advice });
        for other in others.iter().take(3) {
            finding = finding.related(Place::key(other.place.clone()), "lies in what is read");
        }
        found.push(finding);
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
        let mut judged: Vec<&Filter<'_>> =
            access.filters.iter().filter(|filter| !trims_a_range(access, filter)).collect();
        if judged.is_empty() {
            if share.is_none() {
                continue;
            }
            judged.extend(&access.filters);
        }
        // Nothing is gained where one item is read, or where time to live leaves the few to be dropped.
        if access.evaluated.is_some_and(|items| items <= Decimal::ONE) || filters_expiry(context, &planned, access) {
            continue;
        }
        // AWS's own advice is to index what keeps less than half.
        if share.is_some_and(|share| share.saturating_mul(Decimal::from(2)) >= Decimal::ONE) {
            continue;
        }
        let all = reads_all(context.design, planned.request, path, access);
        // What reads all is judged as the scan that it is.
        let most = if all { FEW_ITEMS } else { FEW_OF_A_RANGE };
        let few = access.evaluated.is_some_and(|items| items <= Decimal::from(most));
        let filters = filter_names(judged.iter().copied());
        let Some(first) = judged.first().copied() else { continue };
        let what = match (access.evaluated, access.returned) {
            (Some(evaluated), Some(returned)) => format!(
                "It evaluates {} items to return {} ({}); every one is read and billed.",
                Count(evaluated.round_dp(1)),
                Count(returned.round_dp(1)),
                Share(share.unwrap_or_default().round_dp(4))
            ),
            (evaluated, _) if all => format!(
                "The key condition is the same for every item, so each call reads and bills all{} of {}, as a scan does.",
                evaluated.map(|items| format!(" {} items", Count(items.round_dp(1)))).unwrap_or_default(),
                path.label()
            ),
            _ => "Every item of the key range is read and billed, whatever the filter keeps.".to_owned(),
        };
        let why = match (second_range(access, first), &first.why) {
            (Some(ranged), _) => format!(
                "{what} A query takes one range, and that of `{ranged}` is it; the range of `{}` can only be a filter.",
                first.attribute
            ),
            (None, Some(why)) => format!("{what} The sort key holds `{}`, but {why}.", first.attribute),
            (None, None) => what,
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
        .help(
            all.then(|| own_index(context, &planned, access))
                .flatten()
                .unwrap_or_else(|| served(context, &planned, access, first)),
        );
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

/// The index whose partition key is what a filter compares by equality.
fn own_index(context: &Context<'_, '_>, planned: &Planned<'_, '_>, access: &Access<'_>) -> Option<String> {
    let proposal = propose(context.design, planned.pattern, planned.request)?;
    let serves = |filter: &Filter<'_>| {
        filter.condition.operator == Operator::Equals && proposal.index.partition_key.0.contains(&filter.attribute)
    };
    described(context, &proposal).filter(|_| access.filters.iter().any(serves))
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
        let Some((path, access)) = planned.access(context.design) else { continue };
        let Some(reason) = access.fan_out.iter().find(|why| why.contains("each value")) else { continue };
        let queries = access.queries.map_or("an unknown number of".to_owned(), |queries| Count(queries).to_string());
        let is_listed = |part: &Part| match part {
            Part::Attribute { name, .. } => {
                planned.request.conditions.get(&**name).is_some_and(|it| it.operator == Operator::In)
            }
            Part::Text(_) => false,
        };
        let is_in_partition = access.partition.iter().flat_map(|term| &term.prefix).any(is_listed);
        let knows_items = path.is_table()
            && path.keys().all(|key| {
                let mut terms = access.partition.iter().chain(&access.sort);
                terms.any(|term| term.key == key && term.operator == TermOperator::Equals)
            });
        let why = match is_in_partition {
            true => {
                "One query reads one partition key value, so an `in` on a key becomes a query for each value, and the application joins the results."
            }
            false => {
                "A query takes one equality or one range of the sort key, so an `in` on a part of it becomes a query for each value, and the application joins the results."
            }
        };
        let mut help = Vec::new();
        if access.queries.is_none() {
            help.push("say how many values there are with `count`");
        }
        help.push(match (knows_items, is_in_partition) {
            (true, _) => "the full key of every item is known: one `batch_get` brings up to 100 of them",
            (false, true) => "items known by their full key come in one `batch_get` of up to 100; otherwise keep the values together under one key",
            (false, false) => "where little lies between the values, one query `between` the first and the last with a filter reads them together; where they are few or far apart, the queries are right as they are",
        });
        found.push(
            Finding::new(
                Place::key(planned.request.place.key("where")),
                format!("`{}` is {queries} queries", planned.pattern.name),
            )
            .label(reason.clone())
            .why(why)
            .help(help.join("; ")),
        );
    }
}

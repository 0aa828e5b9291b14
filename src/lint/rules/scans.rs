//! Scans, and queries that read much more than they return.

use rust_decimal::Decimal;

use crate::cost::{What, dollars};
use crate::lint::registry::rule;
use crate::lint::wording::number;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::load::Consumed;
use crate::model::Operation;
use crate::plan::query_instead;
use crate::units::Count;

pub(super) const RULES: &[Rule] =
    &[rule!("full-scan", Coverage, Warning, full_scan), rule!("scan-despite-key", Coverage, Warning, scan_despite_key)];

/// A scan this rare is a job, not a request.
const RARE_PER_HOUR: u32 = 1;

/// So many items fit into a page of 1 MB even at 10 KB each.
const FEW_ITEMS: u32 = 100;

fn scans<'a, 'm>(context: &Context<'a, 'm>) -> impl Iterator<Item = Planned<'a, 'm>> {
    context.requests().filter(|planned| planned.operation == Operation::Scan)
}

fn full_scan(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in scans(context) {
        let Some((path, access)) = planned.access(context.design) else { continue };
        if !planned.request.conditions.is_empty()
            && query_instead(context.design, planned.pattern, planned.request).is_some()
        {
            continue;
        }
        let name = planned.pattern.name;
        let rare =
            planned.pattern.pattern.rate.is_some_and(|rate| {
                rate.per_second().saturating_mul(Decimal::from(3600)) <= Decimal::from(RARE_PER_HOUR)
            });
        // An index that holds few of the table's items is made to be read whole.
        let sparse = !path.is_table()
            && context.design.entities_of(path.table).any(|(_, entity)| {
                !context.design.is_in(entity, path)
                    || path.keys().filter_map(|key| entity.fills.get(key)).any(|fill| {
                        fill.when.is_some()
                            || fill
                                .template
                                .attributes()
                                .any(|a| entity.attribute(a).is_some_and(|a| a.may_be_absent()))
                    })
            });
        let items = access.evaluated.map_or("every item".to_owned(), |items| format!("all {} items", Count(items)));
        let what = if path.is_table() { format!("table `{}`", path.name) } else { format!("index `{}`", path.name) };
        let mut finding = Finding::new(Place::value(planned.pattern.place.key("operation")), format!("`{name}` scans {what}"))
            .label(format!("reads {items} on each call"))
            .why(format!("A scan reads and bills everything in the path before it filters, page by page of 1 MB, and grows with the table.{}", numbers(context, &planned)));
        if let Some(items) = access.evaluated {
            finding = finding.number("items_evaluated", items.to_string());
        }
        if !path.is_table() {
            finding = finding.related(Place::key(path.place.clone()), "scanned as a whole");
        }
        let proposal = crate::plan::propose(context.design, planned.pattern, planned.request);
        finding = match proposal {
            Some(proposal) => {
                let yaml: String = proposal.yaml().lines().map(|line| format!("  {line}\n")).collect();
                finding.help(format!("make it a query; this index would serve it:\n{yaml}"))
            }
            None => finding.help("give the items a key to be queried by, make a sparse index of the wanted ones, or export to S3 for analysis"),
        };
        let few = access.evaluated.is_some_and(|items| items <= Decimal::from(FEW_ITEMS));
        let gentle = rare || sparse || few;
        found.push(if gentle { finding.at_most(Level::Advice) } else { finding });
    }
}

/// What a scan consumes and costs, where that is known.
fn numbers(context: &Context<'_, '_>, planned: &Planned<'_, '_>) -> String {
    let Some(load) = context.figures.load.patterns.get(planned.index) else { return String::new() };
    let Some(charge) = load.charges().find(|charge| charge.why == Consumed::Read && charge.pages.is_some()) else {
        return String::new();
    };
    let (Ok(units), Some(pages)) = (charge.units, charge.pages) else { return String::new() };
    let mut text = format!(" One run reads {} pages and {} read units", number(pages), number(units));
    if let Ok(runs) = load.calls.monthly {
        let cost = context.figures.bill.sum(|line| {
            line.what == What::Reads && line.source.is_some_and(|source| source.pattern == Some(planned.index))
        });
        let dollars = if cost.is_zero() { String::new() } else { format!(", ${}", dollars(cost)) };
        let all = units.saturating_mul(runs);
        text.push_str(&format!("; × {} runs = {} units a month{dollars}", number(runs), number(all)));
    }
    text.push('.');
    text
}

fn scan_despite_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in scans(context).filter(|planned| !planned.request.conditions.is_empty()) {
        let Some(better) = query_instead(context.design, planned.pattern, planned.request) else { continue };
        let Some(path) = context.design.path(better) else { continue };
        let via = if path.is_table() { "table" } else { path.name };
        let operation = Place::value(planned.pattern.place.key("operation"));
        found.push(
            Finding::new(
                operation.clone(),
                format!("`{}` scans although {} serves it", planned.pattern.name, path.label()),
            )
            .label("reads everything and filters")
            .related(Place::key(path.place.clone()), "its key is known here by equality")
            .why("A query reads only the items of one key value; a scan reads and bills them all.")
            .help(format!("write `operation: query` (`via: {via}`)"))
            .edit(operation, "query", "make it a query"),
        );
    }
}

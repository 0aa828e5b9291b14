//! Scans, and queries that read much more than they return.

use rust_decimal::Decimal;

use crate::cost::What;
use crate::lint::amounts::{LEAST_USD, about, exact, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::rules::unserved::{TEXT_SEARCH, proposal, searches_text};
use crate::lint::wording::noun;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::model::Operation;
use crate::plan::{eventual_query_instead, has_one_partition, query_instead};
use crate::prices::Direction;
use crate::units::Count;

pub(super) const RULES: &[Rule] =
    &[rule!("full-scan", Coverage, Warning, full_scan), rule!("scan-despite-key", Coverage, Warning, scan_despite_key)];

/// A scan this rare is a job, not a request.
const RARE_PER_HOUR: u32 = 1;

/// So many items fit into a page of 1 MB even at 10 KB each.
pub(super) const FEW_ITEMS: u32 = 100;

/// Read units of a page of 1 MB, read strongly consistently.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html>
const PAGE_UNITS: u32 = 256;

/// Scans of a page that take less than this in a month, in US dollars, are cheap.
const PAGE_USD: Decimal = LEAST_USD;

fn scans<'a, 'm>(context: &Context<'a, 'm>) -> impl Iterator<Item = Planned<'a, 'm>> {
    context.requests().filter(|planned| planned.operation == Operation::Scan)
}

/// What one scan takes, and what it costs in a month.
#[derive(Clone, Copy)]
struct Run {
    units: Decimal,
    calls: Option<Decimal>,
    amount: Option<Decimal>,
}

impl Run {
    fn words(self) -> String {
        let per_call = format!(" One scan is {}", units_of(self.units, "read"));
        match (self.amount, self.calls) {
            (Some(amount), Some(calls)) if amount >= LEAST_USD && !calls.is_zero() => format!(
                "{per_call}, {}; {} of them are {} a month.",
                usd(amount.checked_div(calls).unwrap_or_default()),
                about(calls),
                usd(amount)
            ),
            _ => format!("{per_call}."),
        }
    }

    fn numbers(self, finding: Finding) -> Finding {
        let finding = finding.number("read_units_per_call", exact(self.units));
        match self.amount {
            Some(amount) => finding.number("usd_per_month", exact(amount)),
            None => finding,
        }
    }
}

fn run(context: &Context<'_, '_>, planned: &Planned<'_, '_>, amount: Option<Decimal>) -> Option<Run> {
    let load = context.figures.load.patterns.get(planned.index)?;
    let units = load.units(Direction::Read).ok()?;
    Some(Run { units, calls: load.calls.monthly.ok(), amount })
}

/// What a scan reads and pays for.
fn reading(planned: &Planned<'_, '_>, limit: Option<Count>) -> String {
    match limit {
        None => "A scan reads and bills everything in the path before it filters, page by page of 1 MB, and grows with the table.".to_owned(),
        Some(limit) if planned.request.conditions.is_empty() => {
            format!("A scan reads items as they are stored; this one ends after {limit}.")
        }
        Some(limit) => format!(
            "A scan reads and bills items as they are stored, and filters what it has read; this one ends after {limit}, whether or not they pass the filter."
        ),
    }
}

fn full_scan(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let amounts = context.figures.bill.by(|line| {
        let is_read = matches!(line.what, What::Reads | What::SecondReads);
        line.source.filter(|_| is_read)?.pattern
    });
    for planned in scans(context) {
        let Some((path, access)) = planned.access(context.design) else { continue };
        let limit = planned.pattern.pattern.limit.filter(|_| planned.pattern.pattern.pages.is_none());
        // One item, whichever comes first, shows that the table answers; a health check reads no more.
        if limit == Some(Count(Decimal::ONE)) && planned.request.conditions.is_empty() {
            continue;
        }
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
            && context
                .design
                .entities_of(path.table)
                .any(|(_, entity)| !context.design.is_in(entity, path) || entity.may_be_out_of(path));
        let items = match (limit, access.evaluated) {
            (Some(limit), _) => format!("up to {limit} {}, in no order,", noun(limit.0, "item", "items")),
            (None, Some(items)) if items == Decimal::ONE => "the one item".to_owned(),
            (None, Some(items)) => format!("all {} items", Count(items)),
            (None, None) => "every item".to_owned(),
        };
        let what = if path.is_table() { format!("table `{}`", path.name) } else { format!("index `{}`", path.name) };
        let run = run(context, &planned, amounts.get(&planned.index).copied());
        let mut finding =
            Finding::new(Place::value(planned.pattern.place.key("operation")), format!("`{name}` scans {what}"))
                .label(format!("reads {items} on each call"))
                .why(format!("{}{}", reading(&planned, limit), run.map(Run::words).unwrap_or_default()));
        if let Some(run) = run {
            finding = run.numbers(finding);
        }
        if let Some(items) = access.evaluated {
            finding = finding.number("items_evaluated", items.to_string());
        }
        if !path.is_table() {
            finding = finding.related(Place::key(path.place.clone()), "scanned as a whole");
        }
        let eventual = Some(planned.request)
            .filter(|request| !request.conditions.is_empty())
            .and_then(|request| eventual_query_instead(context.design, planned.pattern, request))
            .and_then(|id| context.design.path(id));
        finding = match (eventual, proposal(context, &planned), searches_text(context, &planned)) {
            (Some(path), ..) => finding
                .related(Place::key(path.place.clone()), "serves it, but not strongly consistent")
                .help(format!(
                    "{} serves it with `consistency: eventual`: where it may miss the latest writes, write `operation: query` (`via: {}`)",
                    path.label(),
                    path.name
                )),
            (None, Some(proposal), _) => finding.help(format!("make it a query; {proposal}")),
            (None, None, Some(_)) => finding.help(TEXT_SEARCH),
            (None, None, None) => finding.help("give the items a key to be queried by, make a sparse index of the wanted ones, or export to S3 for analysis"),
        };
        let few = access.evaluated.is_some_and(|items| items <= Decimal::from(FEW_ITEMS));
        // Where every item is wanted and one cheap page has them all, a scan is the way to read them.
        let is_page = planned.request.conditions.is_empty()
            && run.is_some_and(|run| {
                run.units <= Decimal::from(PAGE_UNITS) && run.amount.is_some_and(|it| it < PAGE_USD)
            });
        let gentle = rare || sparse || few || is_page;
        found.push(if gentle { finding.at_most(Level::Advice) } else { finding });
    }
}

fn scan_despite_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in scans(context).filter(|planned| !planned.request.conditions.is_empty()) {
        let Some(better) = query_instead(context.design, planned.pattern, planned.request) else { continue };
        let Some(path) = context.design.path(better) else { continue };
        let via = path.via();
        let operation = Place::value(planned.pattern.place.key("operation"));
        let (known, reads) = match has_one_partition(context.design, planned.request, path) {
            true => ("its sort key is known here", "the range of its sort key"),
            false => ("its key is known here by equality", "the items of one key value"),
        };
        found.push(
            Finding::new(
                operation.clone(),
                format!("`{}` scans although {} serves it", planned.pattern.name, path.label()),
            )
            .label("reads everything and filters")
            .related(Place::key(path.place.clone()), known)
            .why(format!("A query reads only {reads}; a scan reads and bills all items."))
            .help(format!("write `operation: query` (`via: {via}`)"))
            .edit(operation, "query", "make it a query"),
        );
    }
}

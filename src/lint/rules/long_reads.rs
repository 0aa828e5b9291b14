//! Reads of many pages, and scans with too many segments.

use rust_decimal::Decimal;

use crate::cost::What;
use crate::lint::amounts::about;
use crate::lint::registry::rule;
use crate::lint::rules::aggregates::aggregate_place;
use crate::lint::wording::{bytes, calls, number};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::Consumed;
use crate::model::Operation;
use crate::service::limits::{PARALLEL_SCAN_BYTES, SEGMENT_BYTES};

pub(super) const RULES: &[Rule] =
    &[rule!("many-pages", Sizes, Warning, many_pages), rule!("many-segments", Heat, Advice, many_segments)];

/// More pages than this, one after another, are felt by who waits for them.
const LONG: u32 = 10;

fn many_pages(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Query) {
        // With a limit the pages are those that the caller asks for.
        if planned.pattern.pattern.limit.is_some() {
            continue;
        }
        let Some((path, access)) = planned.access(context.design) else { continue };
        let Some(load) = context.figures.load.patterns.get(planned.index) else { continue };
        let position = planned.pattern.requests.iter().position(|request| std::ptr::eq(request, planned.request));
        let request = position.and_then(|position| load.requests.get(position));
        let charge = request.and_then(|r| r.charges.iter().find(|c| c.why == Consumed::Read && c.pages.is_some()));
        let Some((charge, units)) = charge.and_then(|charge| Some((charge, charge.units.ok()?))) else { continue };
        let (Some(pages), Some(queries)) = (charge.pages, access.queries) else { continue };
        let each = pages.checked_div(queries.max(Decimal::ONE)).unwrap_or(pages);
        if each <= Decimal::ONE {
            continue;
        }
        let average = load.calls.average.ok();
        let rate = average.map_or(String::new(), |rate| {
            format!(" {} units × {} = {} read units/s.", about(units), calls(rate), about(units.saturating_mul(rate)))
        });
        let is_long = each > Decimal::from(LONG) && average.is_some_and(|rate| rate >= Decimal::ONE);
        // Who says `pages` knows of them; a job may read to the end.
        if planned.pattern.pattern.pages.is_some() && !is_long {
            continue;
        }
        let items = access.evaluated.map_or(String::new(), |items| format!("{} items, ", number(items)));
        let several =
            if queries > Decimal::ONE { format!(" in each of {} queries", number(queries)) } else { String::new() };
        let aggregate = aggregate_place(planned.pattern);
        // A number is not read a page at a time.
        let help = match &aggregate {
            Some(_) => {
                "keep the answer in an item of its own that the writes change, or narrow the range of the sort key"
            }
            None => {
                "read a page at a time and let the caller ask for more (`limit: 50`), narrow the range of the sort key, or query an index that holds only the attributes that are used"
            }
        };
        found.push(
            Finding::new(
                Place::key(planned.pattern.place.clone()),
                format!("`{}` reads {} pages, one after another", planned.pattern.name, number(each)),
            )
            .label(format!("{items}{} read units on each call", about(units)))
            .related(Place::key(path.place.clone()), "read here")
            .why(format!(
                "A page ends at 1 MB, and the next can only be asked for when it has come: {} round trips{several}, {} read units.{rate}",
                number(each),
                about(units)
            ))
            .help(help)
            .unless("computed-by-reading", aggregate)
            .number("pages", each.round_dp(2).normalize().to_string())
            .number("units_per_call", units.normalize().to_string())
            .at_most(if is_long { Level::Warning } else { Level::Advice }),
        );
    }
}

fn many_segments(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Scan) {
        let Some(segments) = planned.pattern.pattern.segments.filter(|segments| *segments > 1) else { continue };
        let Some((id, access)) = planned.plan.access() else { continue };
        let Some(path) = context.design.path(id).filter(|_| access.is_scan) else { continue };
        // All of the path must be known; what is stored counts without its overheads only roughly.
        let is_known = !context.figures.bill.gaps.iter().any(|gap| gap.what == What::Storage && gap.source.path == id);
        let home = context.figures.bill.region;
        let lines = context.figures.bill.lines.iter().filter(|line| {
            line.what == What::Storage && line.region == home && line.source.is_some_and(|source| source.path == id)
        });
        let gigabytes = lines.map(|line| line.quantity).fold(Decimal::ZERO, Decimal::saturating_add);
        let size = gigabytes.saturating_mul(Decimal::from(1_u64 << 30));
        let useful = (size / Decimal::from(SEGMENT_BYTES)).ceil().max(Decimal::ONE);
        let given = Decimal::from(segments);
        let is_small = size < Decimal::from(PARALLEL_SCAN_BYTES);
        let too_many = given > useful.saturating_mul(Decimal::from(LONG));
        if !is_known || size.is_zero() || !(is_small || too_many) {
            continue;
        }
        let message = match is_small {
            true => format!("`{}` scans {} in {segments} segments", planned.pattern.name, bytes(size)),
            false => format!(
                "`{}` scans {} in {segments} segments, where {} would do",
                planned.pattern.name,
                bytes(size),
                number(useful)
            ),
        };
        found.push(
            Finding::new(Place::value(planned.pattern.place.key("segments")), message)
                .label(format!("{} each", bytes(size / given)))
                .related(Place::key(path.place.clone()), bytes(size))
                .why(format!(
                    "{} / {segments} = {} in a segment. A parallel scan is worth it from {} on, with about one segment for {}; more of them only take the throughput of the table at once from everyone else.",
                    bytes(size),
                    bytes(size / given),
                    bytes(Decimal::from(PARALLEL_SCAN_BYTES)),
                    bytes(Decimal::from(SEGMENT_BYTES))
                ))
                .help(match is_small {
                    true => "leave `segments` out: one scan after another page is enough".to_owned(),
                    false => format!("`segments: {}`", number(useful)),
                })
                .number("segments", segments)
                .number("useful", useful.to_string()),
        );
    }
}

//! Attributes that a chosen index does not hold.

use rust_decimal::Decimal;

use crate::cost::What;
use crate::lint::amounts::{LEAST_USD, exact, units_of, usd};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::load::Consumed;
use crate::model::Projection;
use crate::units::Count;

pub(super) const RULES: &[Rule] = &[rule!("unprojected-attributes", Coverage, Warning, unprojected)];

fn unprojected(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let amounts = context.figures.bill.by(|line| line.source.filter(|_| line.what == What::SecondReads)?.pattern);
    for planned in context.requests() {
        let Some((path, access)) = planned.access(context.design) else { continue };
        let Some(fetch) = &access.fetch else { continue };
        // A read that follows by the primary key is the second read, said.
        if !fetch.is_explicit && !planned.pattern.next.is_empty() {
            continue;
        }
        let names = quoted_list(fetch.attributes.iter().map(String::as_str));
        let each = access
            .returned
            .filter(|items| *items != Decimal::ONE)
            .map_or("each item".to_owned(), |items| format!("each of the {} items", Count(items.round_dp(1))));
        let why = if path.is_global() {
            let filter = if fetch.filtered.is_empty() {
                String::new()
            } else {
                format!(
                    " The filter on {} can only be applied after that.",
                    quoted_list(fetch.filtered.iter().map(String::as_str))
                )
            };
            format!(
                "A global index cannot fetch what it does not hold: the application has to read {each} again by its primary key.{filter}"
            )
        } else {
            format!(
                "A local index fetches what it does not hold from the table: one more read, rounded up to 4 KB, for {each}."
            )
        };
        let place = match &planned.pattern.pattern.select {
            Some(_) => Place::key(planned.pattern.place.key("select")),
            None => Place::key(planned.pattern.place.clone()),
        };
        let mut list: Vec<&str> = match path.projection {
            Projection::Include(names) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        list.extend(fetch.attributes.iter().map(String::as_str));
        let fits = list.len() <= crate::service::limits::PROJECTED_ATTRIBUTES_PER_INDEX;
        let projection = if fits && fetch.is_explicit { format!("[{}]", list.join(", ")) } else { "all".to_owned() };
        let select = if fetch.is_explicit { "" } else { ", or say with `select` what the caller uses" };
        let again = again(context, planned.index, amounts.get(&planned.index).copied());
        let why = match &again {
            Some((_, words)) if path.is_global() => format!("{why}{words}"),
            _ => why,
        };
        let mut finding = Finding::new(
            place,
            format!("`{}` needs {names}, which {} does not hold", planned.pattern.name, path.label()),
        )
        .label("needs a second read")
        .related(Place::value(path.place.key("projection")), "projects without them")
        .why(why)
        .help(format!(
            "project them (`projection: {projection}`){select}, or let a read by the primary key follow (`then`)"
        ));
        if let Some((units, _)) = again {
            finding = finding.number("second_read_units_per_call", exact(units));
        }
        found.push(if fetch.is_explicit { finding } else { finding.at_most(Level::Advice) });
    }
}

/// The units that reading again takes, with a sentence about them and what they cost.
fn again(context: &Context<'_, '_>, pattern: usize, amount: Option<Decimal>) -> Option<(Decimal, String)> {
    let load = context.figures.load.patterns.get(pattern)?;
    let mut seconds = load.charges().filter(|charge| charge.why == Consumed::SecondRead).peekable();
    seconds.peek()?;
    let units = seconds.try_fold(Decimal::ZERO, |sum, charge| Some(sum.saturating_add(charge.units.ok()?)))?;
    let month = amount.filter(|amount| *amount >= LEAST_USD).map(|amount| format!(", {} a month", usd(amount)));
    Some((units, format!(" That is {} a call{}.", units_of(units, "read"), month.unwrap_or_default())))
}

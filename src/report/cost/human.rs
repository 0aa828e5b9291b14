//! A bill as people read it.

use std::io::Write;

use comfy_table::{CellAlignment, Table, presets};
use rust_decimal::Decimal;

use super::Costing;
use super::group::{By, Group, groups};
use super::ways::{break_evens, mark};
use crate::cost::{Alternative, dollars};
use crate::model::Billing;
use crate::report::Written;
use crate::units::{Count, Share, grouped};

/// Missing things that are named; the rest is counted.
const MOST_MISSING: usize = 12;

/// Writes a bill, summed up in one way, in so many columns.
///
/// # Errors
/// When writing fails.
pub fn write(out: &mut dyn Write, width: usize, costing: &Costing<'_, '_>, by: By, trace: Trace) -> Written {
    let bill = &costing.figures.bill;
    let name = costing.design.model.name.as_deref().unwrap_or("This design");
    let total = match (bill.lines.is_empty(), bill.is_complete()) {
        (true, false) => "cost not known".to_owned(),
        (_, true) => format!("{} USD a month", dollars(bill.total())),
        (false, false) => format!("at least {} USD a month", dollars(bill.total())),
    };
    writeln!(out, "{name}: {total} in {} (prices of {})\n", bill.region, costing.seen())?;
    if !bill.lines.is_empty() {
        writeln!(out, "{}\n", group_table(&groups(costing.design, bill, by), by, bill.total(), width))?;
    }
    if trace == Trace::Lines {
        lines(out, width, costing)?;
    }
    alternatives(out, width, costing)?;
    growth(out, width, costing)?;
    regions(out, width, costing)?;
    missing(out, width, costing)?;
    writeln!(out, "Assumed")?;
    costing.assumptions().iter().try_for_each(|sentence| wrapped(out, width, sentence))
}

/// Whether every line is shown with its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// Only the sums.
    Sums,
    /// Every line: quantity times price.
    Lines,
}

fn wrapped(out: &mut dyn Write, width: usize, text: &str) -> Written {
    let options = textwrap::Options::new(width.clamp(40, 110)).initial_indent("  - ").subsequent_indent("    ");
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn table(heads: &[&str], width: usize) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY).set_header(heads.iter().map(ToString::to_string));
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.clamp(60, 120)).unwrap_or(80));
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 1 } else { 0 }, 1));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// An amount in a cell: nothing where there is none.
fn cell(amount: Decimal) -> String {
    if amount.is_zero() { "-".to_owned() } else { dollars(amount) }
}

fn percent(part: Decimal, whole: Decimal) -> String {
    part.checked_div(whole).map_or_else(String::new, |share| Share(share.round_dp(3)).to_string())
}

fn group_table(groups: &[Group], by: By, total: Decimal, width: usize) -> Table {
    let unknown = groups.iter().any(|group| group.unknown > 0);
    let mut heads = vec![by.head(), "reads", "writes", "storage", "other", "USD", "share"];
    if unknown {
        heads.push("unknown");
    }
    let mut table = table(&heads, width);
    for group in groups {
        let mut row = vec![
            group.name.clone(),
            cell(group.reads),
            cell(group.writes),
            cell(group.storage),
            cell(group.other),
            cell(group.total),
            percent(group.total, total),
        ];
        if unknown {
            row.push(if group.unknown > 0 { group.unknown.to_string() } else { String::new() });
        }
        table.add_row(row);
    }
    table
}

/// Every line with its arithmetic, and the prices with where they are from.
fn lines(out: &mut dyn Write, width: usize, costing: &Costing<'_, '_>) -> Written {
    let bill = &costing.figures.bill;
    let is_in_several = bill.lines.iter().any(|line| line.region != bill.region);
    let options = textwrap::Options::new(width.clamp(40, 110))
        .subsequent_indent("      ")
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut put = |text: String| textwrap::wrap(&text, &options).iter().try_for_each(|line| writeln!(out, "{line}"));
    for line in &bill.lines {
        let path = line.source.and_then(|source| costing.design.path(source.path));
        let place = path.map_or_else(
            || "account".to_owned(),
            |path| match path.is_table() {
                true => path.table_name.to_owned(),
                false => format!("{} / {}", path.table_name, path.name),
            },
        );
        let of = line
            .source
            .and_then(|source| {
                let pattern = source.pattern.and_then(|at| costing.design.patterns.get(at)).map(|p| p.name);
                pattern.or_else(|| costing.design.entity(source.entity?).map(|entity| entity.name))
            })
            .map_or_else(String::new, |name| format!(" ({name})"));
        let number = bill.prices.iter().position(|price| price.region == line.region && price.item == line.item);
        let region = if is_in_several { format!(" in {}", line.region) } else { String::new() };
        put(format!(
            "{place}{of}, {}{region}: {} × {}{} = {} USD",
            line.what.words(),
            grouped(&line.quantity.round_dp(6).normalize().to_string()),
            line.usd.normalize(),
            number.map_or_else(String::new, |number| format!(" [{}]", number + 1)),
            line.amount.round_dp(6).normalize(),
        ))?;
    }
    put(String::new())?;
    for (index, price) in bill.prices.iter().enumerate() {
        let code = price.rate_code.as_deref().map_or_else(String::new, |code| format!(", {code}"));
        put(format!(
            "[{}] {} {}: {} USD per {}, {}{code}",
            index + 1,
            price.region,
            price.item.as_str(),
            price.usd.normalize(),
            price.unit,
            price.as_of
        ))?;
    }
    writeln!(out)
}

fn alternatives(out: &mut dyn Write, width: usize, costing: &Costing<'_, '_>) -> Written {
    let Some(current) = costing.alternatives.iter().find(|way| way.is_current) else { return Ok(()) };
    if costing.figures.bill.lines.is_empty() {
        return Ok(());
    }
    let mut table = table(&["paid for as", "USD a month", "difference", ""], width);
    for way in &costing.alternatives {
        let difference = match (way.is_current, way.gaps == 0 && current.gaps == 0) {
            (true, _) => String::new(),
            (false, true) => {
                let change = way.total.saturating_sub(current.total);
                let sign = if change.is_sign_negative() { "" } else { "+" };
                format!("{sign}{}", percent(change, current.total))
            }
            (false, false) => String::new(),
        };
        table.add_row([way.name.to_owned(), amount(way, current), difference, mark(way).to_owned()]);
    }
    writeln!(out, "{table}")?;
    for sentence in costing.break_even.iter().flat_map(break_evens) {
        wrapped(out, width, &sentence)?;
    }
    writeln!(out)
}

/// What a way costs; where more of it is unknown than of the design as it stands, the sum of the
/// rest would mislead.
pub(in crate::report) fn amount(way: &Alternative<'_>, current: &Alternative<'_>) -> String {
    match way.gaps {
        0 => dollars(way.total),
        gaps if gaps > current.gaps || way.terms.billing == Some(Billing::Provisioned) => "not known".to_owned(),
        _ => format!("at least {}", dollars(way.total)),
    }
}

fn growth(out: &mut dyn Write, width: usize, costing: &Costing<'_, '_>) -> Written {
    let Some(first) = costing.growth.first() else { return Ok(()) };
    if costing.growth.iter().all(|point| point.gigabytes == first.gigabytes) {
        return Ok(());
    }
    let mut table = table(&["with the traffic of today", "GB stored", "USD for it", "USD in all"], width);
    for point in &costing.growth {
        let when = if point.month == 0 { "today".to_owned() } else { format!("in {} months", point.month) };
        let at_least = if point.is_complete { "" } else { "at least " };
        table.add_row([
            when,
            Count(point.gigabytes.round_dp(1)).to_string(),
            dollars(point.storage),
            format!("{at_least}{}", dollars(point.total)),
        ]);
    }
    writeln!(out, "{table}\n")
}

fn regions(out: &mut dyn Write, width: usize, costing: &Costing<'_, '_>) -> Written {
    if costing.regions.is_empty() {
        return Ok(());
    }
    let mut table = table(&["home Region", "name", "USD a month"], width);
    for region in &costing.regions {
        let total =
            if region.is_complete { dollars(region.total) } else { format!("at least {}", dollars(region.total)) };
        table.add_row([region.code.clone(), region.name.clone(), total]);
    }
    writeln!(out, "{table}\n")
}

fn missing(out: &mut dyn Write, width: usize, costing: &Costing<'_, '_>) -> Written {
    let missing = costing.figures.bill.missing();
    if missing.is_empty() {
        return Ok(());
    }
    let gaps = costing.figures.bill.gaps.len();
    let parts = if gaps == 1 { "1 part has".to_owned() } else { format!("{gaps} parts have") };
    writeln!(out, "Not known, so {parts} no amount")?;
    for what in missing.iter().take(MOST_MISSING) {
        let (place, message) = what.describe(costing.design);
        wrapped(out, width, &format!("{place}: {message}"))?;
    }
    if missing.len() > MOST_MISSING {
        writeln!(out, "  and {} more; `--format json` lists all of them", missing.len() - MOST_MISSING)?;
    }
    writeln!(out)
}

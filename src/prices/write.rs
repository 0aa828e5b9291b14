//! Writing a price book, in the one form that all books have that were not written by hand.

use std::fmt::{self, Write};

use crate::IndexMap;

use super::read::Contents;
use super::{Price, Provenance, Region, Transfer};

/// What says to a reader of the file what the columns are.
const COLUMNS: &str = "
# region\tcode\tname\tpartition\tfree-tier or no-free-tier
# confirmed\tas of\twhat\t(seen again in a second source)
# item\tunit\tprice, or FROM..TO=PRICE for each tier\tas of\tsource\trate code of each tier
# transfer\tunit\tprice to every other Region\tas of\tsource\tRegions that differ (- no known price)
";

/// The numbers of the sources, by their words.
type Numbers<'a> = IndexMap<&'a str, usize>;

/// A book as text.
pub(super) fn book(contents: &Contents<'_>) -> String {
    let mut text = String::new();
    // A `String` takes all that is written to it.
    let _ = all(&mut text, contents);
    text
}

fn all(out: &mut String, contents: &Contents<'_>) -> fmt::Result {
    let head = &contents.head;
    writeln!(out, "keyplan-prices\t1\ndate\t{}", head.date)?;
    for note in &head.notes {
        writeln!(out, "note\t{note}")?;
    }
    let mut numbers = Numbers::default();
    for (number, source) in (1..).zip(&head.sources) {
        writeln!(out, "source\t{number}\t{source}")?;
        numbers.entry(source).or_insert(number);
    }
    if let Some((plan, from)) = &head.savings_plan {
        write!(out, "savings-plan\t{}\t{}\t{}\t", plan.on_demand, plan.provisioned, plan.decimals)?;
        provenance(out, &numbers, *from)?;
        writeln!(out)?;
    }
    if let Some((rules, from)) = &head.reserved {
        write!(out, "reserved\t{}\t", rules.block)?;
        provenance(out, &numbers, *from)?;
        writeln!(out)?;
    }
    out.push_str(COLUMNS);
    contents.regions.iter().try_for_each(|region| section(out, &numbers, region))
}

fn section(out: &mut String, numbers: &Numbers<'_>, region: &Region<'_>) -> fmt::Result {
    let free = if region.free_tier { "free-tier" } else { "no-free-tier" };
    writeln!(out, "\nregion\t{}\t{}\t{}\t{free}", region.code, region.name, region.partition)?;
    for confirmation in &region.confirmations {
        let as_of = confirmation.as_of.map_or_else(|| "undated".to_owned(), |as_of| as_of.to_string());
        writeln!(out, "confirmed\t{as_of}\t{}", confirmation.what)?;
    }
    region.prices().try_for_each(|price| price_line(out, numbers, price))?;
    region.transfer().map_or(Ok(()), |transfer| transfer_line(out, numbers, transfer))
}

fn price_line(out: &mut String, numbers: &Numbers<'_>, price: &Price<'_>) -> fmt::Result {
    write!(out, "{}\t{}\t", price.item, price.unit)?;
    match &price.tiers[..] {
        [all] if all.to.is_none() => write!(out, "{}", all.usd)?,
        tiers => {
            for (index, tier) in tiers.iter().enumerate() {
                let gap = if index == 0 { "" } else { " " };
                let to = tier.to.map(|to| to.to_string()).unwrap_or_default();
                write!(out, "{gap}{}..{to}={}", tier.from, tier.usd)?;
            }
        }
    }
    out.push('\t');
    provenance(out, numbers, Provenance { as_of: price.as_of, source: price.source })?;
    let codes: Vec<&str> = price.tiers.iter().map(|tier| tier.rate_code.unwrap_or("-")).collect();
    let codes = if codes.iter().all(|code| *code == "-") { "-".to_owned() } else { codes.join(" ") };
    writeln!(out, "\t{codes}{}", if price.is_derived { "\tderived" } else { "" })
}

fn transfer_line(out: &mut String, numbers: &Numbers<'_>, transfer: &Transfer<'_>) -> fmt::Result {
    write!(out, "transfer\t{}\t{}\t", transfer.unit, transfer.usd)?;
    provenance(out, numbers, Provenance { as_of: transfer.as_of, source: transfer.source })?;
    out.push('\t');
    for (index, (code, usd)) in transfer.exceptions.iter().enumerate() {
        let gap = if index == 0 { "" } else { " " };
        let usd = usd.map_or_else(|| "-".to_owned(), |usd| usd.to_string());
        write!(out, "{gap}{code}={usd}")?;
    }
    writeln!(out, "{}", if transfer.exceptions.is_empty() { "-" } else { "" })
}

fn provenance(out: &mut String, numbers: &Numbers<'_>, from: Provenance<'_>) -> fmt::Result {
    let number = numbers.get(from.source).copied().unwrap_or_default();
    write!(out, "{}\t{number}", from.as_of)
}

//! What `keyplan prices` prints.

use std::io::{self, Write};

use serde_json::{Value, json};
use textwrap::Options;

use crate::prices::{Price, PriceBook, Region, Tier, Transfer};

/// A table of all Regions.
pub(super) fn book(out: &mut dyn Write, width: usize, book: &PriceBook) -> io::Result<()> {
    writeln!(out, "prices seen on {} or later, in USD; by Region, with a second source\n", book.date())?;
    for region in book.regions() {
        let date = region.date().map(|date| date.to_string()).unwrap_or_default();
        writeln!(out, "{:<15} {:<26} {date:<10} {}", region.code, region.name, seen(&region))?;
        if let Some(confirmation) = region.confirmation() {
            wrapped(out, width, 4, confirmation.what)?;
        }
    }
    writeln!(out)?;
    book.notes().into_iter().try_for_each(|note| wrapped(out, width, 0, note))
}

fn seen(region: &Region<'_>) -> String {
    match region.confirmation().map(|confirmation| confirmation.as_of) {
        None => "one source".to_owned(),
        Some(None) => "again, undated".to_owned(),
        Some(Some(as_of)) => format!("again {as_of}"),
    }
}

/// All prices of a Region.
pub(super) fn region(out: &mut dyn Write, width: usize, book: &PriceBook, region: &Region<'_>) -> io::Result<()> {
    let free = if region.free_tier { "with free bands" } else { "no free bands" };
    writeln!(out, "{}  {}  ({}, {free})", region.code, region.name, region.partition)?;
    for confirmation in &region.confirmations {
        let as_of = confirmation.as_of.map_or_else(|| "undated".to_owned(), |as_of| as_of.to_string());
        wrapped(out, width, 2, &format!("{as_of}: {}", confirmation.what))?;
    }
    writeln!(out)?;
    let sources = book.sources();
    let mut cited: Vec<usize> = Vec::new();
    let mut cite = |source: &str| {
        let number = sources.iter().position(|known| *known == source).map_or(0, |index| index.saturating_add(1));
        cited.push(number);
        number
    };
    for price in region.prices() {
        let what = format!("{}  {}", price.item, price.unit);
        let derived = if price.is_derived { " derived" } else { "" };
        writeln!(out, "{what:<52} {} [{}]{derived}", price.as_of, cite(price.source))?;
        price.tiers.iter().try_for_each(|tier| tier_line(out, tier))?;
    }
    if let Some(transfer) = region.transfer() {
        let what = format!("transfer to other Regions  {}", transfer.unit);
        writeln!(out, "{what:<52} {} [{}]", transfer.as_of, cite(transfer.source))?;
        writeln!(out, "  {:<22} {:>14}", "", transfer.usd)?;
        for (code, usd) in &transfer.exceptions {
            let usd = usd.map_or_else(|| "not known".to_owned(), |usd| usd.to_string());
            writeln!(out, "  {:<22} {usd:>14}", format!("to {code}"))?;
        }
    }
    cited.sort_unstable();
    cited.dedup();
    writeln!(out, "\nprices are for a single unit, in USD; the day is when a source last showed them")?;
    for number in cited {
        let source = sources.get(number.saturating_sub(1)).copied().unwrap_or_default();
        wrapped(out, width, 0, &format!("[{number}] {source}"))?;
    }
    Ok(())
}

fn tier_line(out: &mut dyn Write, tier: &Tier<'_>) -> io::Result<()> {
    let range = match tier.to {
        None if tier.from.is_zero() => String::new(),
        None => format!("above {}", tier.from),
        Some(to) if tier.from.is_zero() => format!("up to {to}"),
        Some(to) => format!("{} to {to}", tier.from),
    };
    let line = format!("  {range:<22} {:>14}  {}", tier.usd, tier.rate_code.unwrap_or_default());
    writeln!(out, "{}", line.trim_end())
}

fn wrapped(out: &mut dyn Write, width: usize, indent: usize, text: &str) -> io::Result<()> {
    let (first, rest) = (" ".repeat(indent), " ".repeat(indent.saturating_add(2)));
    let options = Options::new(width.max(40)).initial_indent(&first).subsequent_indent(&rest);
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// All Regions, for programs.
pub(super) fn book_json(book: &PriceBook) -> Value {
    let plan = book.savings_plan();
    json!({
        "date": book.date().to_string(),
        "currency": "USD",
        "regions": book.regions().map(|region| head(&region)).collect::<Vec<_>>(),
        "savings_plan": {
            "on_demand": plan.on_demand.to_string(),
            "provisioned": plan.provisioned.to_string(),
            "decimals": plan.decimals,
            "source": book.savings_plan_source().map(|from| from.source),
        },
        "reserved_block": book.reserved_rules().map(|(rules, _)| rules.block.to_string()),
        "notes": book.notes(),
    })
}

fn head(region: &Region<'_>) -> Value {
    let confirmed = region.confirmations.iter().map(
        |confirmation| json!({"as_of": confirmation.as_of.map(|as_of| as_of.to_string()), "what": confirmation.what}),
    );
    json!({
        "code": region.code,
        "name": region.name,
        "partition": region.partition,
        "free_tier": region.free_tier,
        "date": region.date().map(|date| date.to_string()),
        "confirmed": confirmed.collect::<Vec<_>>(),
    })
}

/// A Region with its prices, for programs. Prices are texts, so that they stay exact.
pub(super) fn region_json(region: &Region<'_>) -> Value {
    let mut value = head(region);
    if let Some(object) = value.as_object_mut() {
        object.insert("prices".to_owned(), region.prices().map(price_json).collect());
        object.insert("transfer".to_owned(), region.transfer().map_or(Value::Null, transfer_json));
    }
    value
}

fn price_json(price: &Price<'_>) -> Value {
    let tiers = price.tiers.iter().map(|tier| {
        json!({
            "from": tier.from.to_string(),
            "to": tier.to.map(|to| to.to_string()),
            "usd": tier.usd.to_string(),
            "rate_code": tier.rate_code,
        })
    });
    json!({
        "item": price.item,
        "unit": price.unit,
        "tiers": tiers.collect::<Vec<_>>(),
        "as_of": price.as_of.to_string(),
        "source": price.source,
        "derived": price.is_derived,
    })
}

fn transfer_json(transfer: &Transfer<'_>) -> Value {
    let exceptions: serde_json::Map<String, Value> = transfer
        .exceptions
        .iter()
        .map(|(code, usd)| ((*code).to_owned(), usd.map_or(Value::Null, |usd| usd.to_string().into())))
        .collect();
    json!({
        "unit": transfer.unit,
        "usd": transfer.usd.to_string(),
        "exceptions": exceptions,
        "as_of": transfer.as_of.to_string(),
        "source": transfer.source,
    })
}

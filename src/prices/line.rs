//! Reading a line of a price book.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::item::is_throughput;
use super::{AsOf, EVERYWHERE, Price, Provenance, Region, Tier, Transfer};

/// The fields of a line that are not read yet.
pub(super) struct Fields<'a>(pub(super) std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    /// The next field, which is one word.
    pub(super) fn next(&mut self, what: &str) -> Result<&'a str, String> {
        let field = self.text(what)?;
        if field.contains(' ') { Err(format!("the {what} has a space in it")) } else { Ok(field) }
    }

    /// The next field, which may have spaces.
    pub(super) fn text(&mut self, what: &str) -> Result<&'a str, String> {
        let field = self.0.next().filter(|field| !field.is_empty() && field.trim() == *field);
        field.ok_or_else(|| format!("the {what} is missing, or begins or ends with a space"))
    }

    pub(super) fn provenance(&mut self, sources: &[&'a str]) -> Result<Provenance<'a>, String> {
        let as_of = as_of(self.next("day")?)?;
        let text = self.next("source")?;
        let index = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let source = index.and_then(|index| sources.get(index)).copied();
        Ok(Provenance { as_of, source: source.ok_or_else(|| format!("there is no source `{}`", shown(text)))? })
    }

    pub(super) fn end(&mut self) -> Result<(), String> {
        self.0.next().map_or(Ok(()), |more| Err(format!("`{}` is one field too many", shown(more))))
    }
}

pub(super) fn region_line<'a>(fields: &mut Fields<'a>) -> Result<Region<'a>, String> {
    let code = fields.next("code")?;
    if code != EVERYWHERE && !is_code(code) {
        return Err(format!("`{}` is no Region's code", shown(code)));
    }
    let (name, partition) = (fields.text("name")?, fields.next("partition")?);
    let free_tier = match fields.next("free tier")? {
        "free-tier" => true,
        "no-free-tier" => false,
        other => return Err(format!("`{}` is neither `free-tier` nor `no-free-tier`", shown(other))),
    };
    fields.end()?;
    let (confirmations, prices) = (Vec::new(), IndexMap::default());
    Ok(Region { code, name, partition, free_tier, confirmations, prices, transfer: None })
}

pub(super) fn price_line<'a>(item: &'a str, fields: &mut Fields<'a>, sources: &[&'a str]) -> Result<Price<'a>, String> {
    let unit = fields.next("unit")?;
    let mut tiers = tiers(fields.text("price")?)?;
    let Provenance { as_of, source } = fields.provenance(sources)?;
    let codes = fields.text("rate codes")?;
    if codes != "-" {
        let codes: Vec<&str> = codes.split(' ').collect();
        if codes.len() != tiers.len() {
            return Err(format!("{} tiers have {} rate codes", tiers.len(), codes.len()));
        }
        for (tier, code) in tiers.iter_mut().zip(codes) {
            tier.rate_code = (code != "-").then_some(code);
        }
    }
    let is_derived = match fields.0.next() {
        None => false,
        Some("derived") => true,
        Some(other) => return Err(format!("`{}` stands where only `derived` can", shown(other))),
    };
    fields.end()?;
    if is_throughput(item) && is_derived {
        return Err("a request or capacity price cannot be derived".to_owned());
    }
    Ok(Price { item, unit, tiers, as_of, source, is_derived })
}

fn tiers(text: &str) -> Result<Vec<Tier<'_>>, String> {
    if !text.contains('=') {
        return Ok(vec![Tier { from: Decimal::ZERO, to: None, usd: number(text)?, rate_code: None }]);
    }
    let mut tiers: Vec<Tier<'_>> = Vec::new();
    let mut reached = Some(Decimal::ZERO);
    for tier in text.split(' ') {
        let split = tier.split_once('=').and_then(|(range, usd)| Some((range.split_once("..")?, usd)));
        let ((from, to), usd) = split.ok_or_else(|| format!("`{}` is no tier like `0..25=0`", shown(tier)))?;
        let from = number(from)?;
        let to = if to.is_empty() { None } else { Some(number(to)?) };
        if reached != Some(from) || to.is_some_and(|to| to <= from) {
            return Err(format!("the tier `{}` does not join the one before it", shown(tier)));
        }
        reached = to;
        tiers.push(Tier { from, to, usd: number(usd)?, rate_code: None });
    }
    Ok(tiers)
}

pub(super) fn transfer_line<'a>(fields: &mut Fields<'a>, sources: &[&'a str]) -> Result<Transfer<'a>, String> {
    let (unit, usd) = (fields.next("unit")?, number(fields.next("price")?)?);
    let Provenance { as_of, source } = fields.provenance(sources)?;
    let listed = fields.text("Regions that differ")?;
    fields.end()?;
    let mut exceptions = IndexMap::default();
    for exception in listed.split(' ').filter(|_| listed != "-") {
        let split = exception.split_once('=').filter(|(code, _)| is_code(code));
        let (code, usd) = split.ok_or_else(|| format!("`{}` is not like `us-east-2=0.01`", shown(exception)))?;
        let usd = if usd == "-" { None } else { Some(number(usd)?) };
        if exceptions.insert(code, usd).is_some() {
            return Err(format!("`{}` stands twice", shown(code)));
        }
    }
    Ok(Transfer { unit, usd, exceptions, as_of, source })
}

/// Whether a text can be a Region's code.
pub(super) fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Reads an exact number of digits and a point, zero or more.
pub(super) fn number(text: &str) -> Result<Decimal, String> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.starts_with(|c: char| c != '.');
    let number = if is_plain { Decimal::from_str_exact(text).ok() } else { None };
    number.ok_or_else(|| format!("`{}` is no exact number", shown(text)))
}

pub(super) fn fraction(text: &str) -> Result<Decimal, String> {
    let fraction = number(text)?;
    if fraction > Decimal::ONE { Err(format!("`{}` is more than all", shown(text))) } else { Ok(fraction) }
}

pub(super) fn as_of(text: &str) -> Result<AsOf, String> {
    AsOf::read(text).ok_or_else(|| format!("`{}` is no day or month like 2025-12-06", shown(text)))
}

/// As much of a text as a message can hold.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

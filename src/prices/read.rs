//! Reading a price book.

use indexmap::map::Entry;
use jiff::civil::Date;

use super::as_of::day;
use super::line::{Fields, as_of, fraction, number, price_line, region_line, shown, transfer_line};
use super::{Confirmation, Provenance, Region, ReservedRules, SavingsPlan};

/// Sources, and Regions, that a book may have: far more than there are.
const MOST: usize = 1000;

/// Why a text is not a price book, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(*.line))]
pub struct BookError {
    /// The line, from 1; 0 where it is about the whole text.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

fn place(line: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}: ") }
}

/// All that a book says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contents<'a> {
    pub(super) head: Head<'a>,
    pub(super) regions: Vec<Region<'a>>,
}

/// What stands before the first Region.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Head<'a> {
    pub(super) date: Date,
    pub(super) notes: Vec<&'a str>,
    pub(super) sources: Vec<&'a str>,
    pub(super) savings_plan: Option<(SavingsPlan, Provenance<'a>)>,
    pub(super) reserved: Option<(ReservedRules, Provenance<'a>)>,
}

/// Reads a whole book.
pub(super) fn contents(text: &str) -> Result<Contents<'_>, BookError> {
    let mut reader = Reader::default();
    reader.read(text)?;
    let Some(date) = reader.date else { return Err(reader.error("there is no `date` line")) };
    let oldest = reader.regions.iter().filter_map(Region::date).min();
    if let Some(oldest) = oldest.filter(|oldest| *oldest != date) {
        let message = format!("the oldest on-demand or provisioned price is of {oldest}; `date` must say so");
        return Err(BookError { line: reader.date_line, message });
    }
    Ok(Contents { head: Head { date, ..reader.head }, regions: reader.regions })
}

/// Reads what stands before the first Region.
pub(super) fn head(text: &str) -> Result<Head<'_>, BookError> {
    let mut reader = Reader::default();
    reader.read(text)?;
    let date = reader.date.ok_or_else(|| reader.error("there is no `date` line"))?;
    Ok(Head { date, ..reader.head })
}

/// Reads the section of one Region.
pub(super) fn region<'a>(section: &'a str, sources: &[&'a str]) -> Result<Region<'a>, BookError> {
    let head = Head { sources: sources.to_vec(), ..Head::default() };
    let mut reader = Reader { has_version: true, head, ..Reader::default() };
    reader.read(section)?;
    reader.regions.pop().ok_or_else(|| reader.error("there is no Region"))
}

/// The first line. Whoever brings a price list of AWS instead learns what makes a book of it.
fn version(line: &str) -> Result<(), String> {
    match line.split_once('\t') {
        Some(("keyplan-prices", "1")) => Ok(()),
        Some(("keyplan-prices", version)) => Err(format!("version {} is not known; this is 1", shown(version))),
        _ => Err("this is no price book, which begins with `keyplan-prices`, a tab and `1`; `keyplan prices import` makes one of an AWS price list".to_owned()),
    }
}

#[derive(Default)]
struct Reader<'a> {
    line: usize,
    has_version: bool,
    date: Option<Date>,
    date_line: usize,
    head: Head<'a>,
    regions: Vec<Region<'a>>,
}

impl<'a> Reader<'a> {
    fn error(&self, message: impl Into<String>) -> BookError {
        BookError { line: self.line, message: message.into() }
    }

    fn read(&mut self, text: &'a str) -> Result<(), BookError> {
        for line in text.lines() {
            self.line = self.line.saturating_add(1);
            if !line.trim().is_empty() && !line.starts_with('#') {
                self.statement(line).map_err(|message| self.error(message))?;
            }
        }
        if self.has_version { Ok(()) } else { Err(self.error("this is no price book: `keyplan-prices` is missing")) }
    }

    fn statement(&mut self, line: &'a str) -> Result<(), String> {
        if !self.has_version {
            self.has_version = true;
            return version(line);
        }
        let is_plain = |byte: u8| byte == b'\t' || byte >= b' ' && byte != 0x7F;
        if !line.bytes().all(is_plain) || (!line.is_ascii() && line.chars().any(|c| c.is_control() && c != '\t')) {
            return Err("a control character stands here".to_owned());
        }
        let mut fields = Fields(line.split('\t'));
        let word = fields.next("first word")?;
        if word == "region" {
            let region = region_line(&mut fields)?;
            if self.regions.last().is_some_and(|last| last.code >= region.code) {
                return Err(format!("Region `{}` stands out of order, or twice", shown(region.code)));
            }
            if self.regions.len() >= MOST {
                return Err(format!("there are more than {MOST} Regions"));
            }
            self.regions.push(region);
            return Ok(());
        }
        let Some(region) = self.regions.last_mut() else { return self.head_line(word, &mut fields) };
        match word {
            "confirmed" => {
                let as_of = match fields.next("day")? {
                    "undated" => None,
                    text => Some(as_of(text)?),
                };
                region.confirmations.push(Confirmation { as_of, what: fields.text("what was confirmed")? });
                fields.end()
            }
            "transfer" if region.transfer.is_some() => Err("the Region has a `transfer` line already".to_owned()),
            "transfer" => {
                region.transfer = Some(transfer_line(&mut fields, &self.head.sources)?);
                Ok(())
            }
            item => match region.prices.entry(item) {
                Entry::Occupied(_) => Err(format!("`{}` has a price already", shown(item))),
                Entry::Vacant(entry) => {
                    entry.insert(price_line(item, &mut fields, &self.head.sources)?);
                    Ok(())
                }
            },
        }
    }

    fn head_line(&mut self, word: &str, fields: &mut Fields<'a>) -> Result<(), String> {
        match word {
            "date" if self.date.is_some() => return Err("there is a `date` already".to_owned()),
            "date" => {
                let text = fields.next("day")?;
                self.date = Some(day(text).ok_or_else(|| format!("`{}` is no day like 2025-12-06", shown(text)))?);
                self.date_line = self.line;
            }
            "note" => self.head.notes.push(fields.text("note")?),
            "source" => {
                let expected = self.head.sources.len().saturating_add(1);
                if expected > MOST {
                    return Err(format!("there are more than {MOST} sources"));
                }
                if fields.next("number")? != expected.to_string() {
                    return Err(format!("the number of this source should be {expected}"));
                }
                self.head.sources.push(fields.text("source")?);
            }
            "savings-plan" if self.head.savings_plan.is_none() => {
                let (on_demand, provisioned) = (fraction(fields.next("part")?)?, fraction(fields.next("part")?)?);
                let text = fields.next("decimals")?;
                let decimals = text.parse().ok().filter(|decimals| *decimals <= 28);
                let decimals = decimals.ok_or_else(|| format!("`{}` is no number up to 28", shown(text)))?;
                let plan = SavingsPlan { on_demand, provisioned, decimals };
                self.head.savings_plan = Some((plan, fields.provenance(&self.head.sources)?));
            }
            "reserved" if self.head.reserved.is_none() => {
                let rules = ReservedRules { block: number(fields.next("block")?)? };
                self.head.reserved = Some((rules, fields.provenance(&self.head.sources)?));
            }
            other => return Err(format!("`{}` is not known here, or stands twice", shown(other))),
        }
        fields.end()
    }
}

//! The price book: a text, of which only what is asked for is read.

use std::borrow::Cow;

use jiff::civil::Date;
use memchr::memmem;
use rust_decimal::Decimal;

use super::read::{self, BookError, Contents, Head};
use super::{EVERYWHERE, Provenance, Region, ReservedRules, SavingsPlan, write};

/// The largest price book that is read: 16 MB.
pub const MAX_BYTES: usize = 16 << 20;

/// The book that comes with the program.
const EMBEDDED: &str = include_str!("book.tsv");

/// How a section begins, after the line before it.
const SECTION: &str = "\nregion\t";

/// A price book. It is kept as text; asking for a Region reads the section of that Region alone.
#[derive(Debug, Clone)]
pub struct PriceBook {
    text: Cow<'static, str>,
}

impl PriceBook {
    /// The book that comes with the program. Nothing is read yet.
    pub const fn embedded() -> Self {
        Self { text: Cow::Borrowed(EMBEDDED) }
    }

    /// Reads a book in the [format](super) of this module, all of it, so that nothing in it can be
    /// wrong later.
    pub fn read(text: String) -> Result<Self, BookError> {
        if text.len() > MAX_BYTES {
            return Err(BookError { line: 0, message: format!("larger than {} MB", MAX_BYTES >> 20) });
        }
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        read::contents(&text)?;
        Ok(Self { text: Cow::Owned(text) })
    }

    /// The book as text, in the one form that this module writes: what is read from it is equal to
    /// this book. Comments of a user's own are not kept.
    pub fn write(&self) -> String {
        self.contents().map_or_else(|_| self.text.clone().into_owned(), |contents| write::book(&contents))
    }

    /// The day of the book: all its on-demand and provisioned prices were seen on it or later. Each
    /// price has a day of its own.
    pub fn date(&self) -> Date {
        self.head().date
    }

    /// What is worth knowing about the book.
    pub fn notes(&self) -> Vec<&str> {
        self.head().notes
    }

    /// The sources, in the order of their numbers, from 1.
    pub fn sources(&self) -> Vec<&str> {
        // The lines alone: what else the head says has nothing to do with them.
        self.head_text()
            .lines()
            .filter_map(|line| line.strip_prefix("source\t")?.split_once('\t'))
            .map(|(_, of)| of)
            .collect()
    }

    /// The prices of a Region, by its code.
    pub fn region(&self, code: &str) -> Option<Region<'_>> {
        read::region(self.section(code)?, &self.sources()).ok()
    }

    /// What is billed for all Regions together.
    pub fn everywhere(&self) -> Option<Region<'_>> {
        self.region(EVERYWHERE)
    }

    /// The codes of all Regions, in order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let codes = self.text.lines().filter_map(|line| line.strip_prefix("region\t")?.split('\t').next());
        codes.filter(|code| *code != EVERYWHERE)
    }

    /// All Regions in the order of their codes, each read as it is reached.
    pub fn regions(&self) -> impl Iterator<Item = Region<'_>> {
        let sources = self.sources();
        let mut rest = self.text.find(SECTION).and_then(|at| self.text.get(at.saturating_add(1)..));
        let sections = std::iter::from_fn(move || {
            let section = rest?;
            let end = section.find(SECTION);
            rest = end.and_then(|at| section.get(at.saturating_add(1)..));
            section.get(..end.unwrap_or(section.len()))
        });
        let regions = sections.filter_map(move |section| read::region(section, &sources).ok());
        regions.filter(|region| region.code != EVERYWHERE)
    }

    /// USD for a GB sent from one Region to another; `None` where no price is known. Within a Region
    /// it is zero. <https://aws.amazon.com/dynamodb/pricing/on-demand/> ("Data transfer")
    pub fn transfer_per_gb(&self, from: &str, to: &str) -> Option<Decimal> {
        self.section(to)?;
        let region = self.region(from)?;
        if from == to {
            return Some(Decimal::ZERO);
        }
        let transfer = region.transfer()?;
        transfer.exceptions.get(to).copied().unwrap_or(Some(transfer.usd))
    }

    /// What a Database Savings Plan takes off; nothing where the book says nothing of it.
    pub fn savings_plan(&self) -> SavingsPlan {
        self.head().savings_plan.map(|(plan, _)| plan).unwrap_or_default()
    }

    /// Where [`savings_plan`](Self::savings_plan) is from.
    pub fn savings_plan_source(&self) -> Option<Provenance<'_>> {
        self.head().savings_plan.map(|(_, provenance)| provenance)
    }

    /// How capacity is reserved, where the book says so, and where that is from.
    pub fn reserved_rules(&self) -> Option<(ReservedRules, Provenance<'_>)> {
        self.head().reserved
    }

    /// All of it.
    pub(super) fn contents(&self) -> Result<Contents<'_>, BookError> {
        read::contents(&self.text)
    }

    /// What stands before the first Region. It was read once without a mistake, or is embedded and
    /// tested; a head that cannot be read has nothing in it.
    fn head(&self) -> Head<'_> {
        read::head(self.head_text()).unwrap_or_default()
    }

    fn head_text(&self) -> &str {
        let end = memmem::find(self.text.as_bytes(), SECTION.as_bytes()).unwrap_or(self.text.len());
        self.text.get(..end).unwrap_or_default()
    }

    /// The lines of a Region.
    fn section(&self, code: &str) -> Option<&str> {
        if code.chars().any(char::is_control) {
            return None;
        }
        let first_line = format!("{SECTION}{code}\t");
        let start = memmem::find(self.text.as_bytes(), first_line.as_bytes())?.saturating_add(1);
        let section = self.text.get(start..)?;
        let end = memmem::find(section.as_bytes(), SECTION.as_bytes()).unwrap_or(section.len());
        section.get(..end)
    }
}

impl PartialEq for PriceBook {
    fn eq(&self, other: &Self) -> bool {
        match (self.contents(), other.contents()) {
            (Ok(one), Ok(other)) => one == other,
            _ => self.text == other.text,
        }
    }
}

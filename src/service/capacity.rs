//! What requests consume, in read and write units.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
//! ("Operations"). A capacity unit and a request unit are the same amount; only their prices differ.

use rust_decimal::Decimal;

/// Bytes that one read unit reads (Operations).
pub const READ_UNIT_BYTES: u64 = 4096;

/// Bytes that one write unit writes (Operations).
pub const WRITE_UNIT_BYTES: u64 = 1024;

/// Bytes after which a page of a query or a scan ends, before any filter (Operations).
pub const PAGE_BYTES: u64 = 1024 * 1024;

/// How many times the units of a plain request each action of a transaction consumes; entries of
/// secondary indexes are written at the plain amount (Operations; the index part is measured on AWS,
/// <https://github.com/aws/agent-toolkit-for-aws>, DynamoDB cost calculator).
pub const TRANSACTION_FACTOR: u64 = 2;

/// How a read is done, which decides its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    /// Half a unit for 4 KB.
    Eventual,
    /// One unit for 4 KB.
    Strong,
    /// Two units for 4 KB.
    Transactional,
}

impl ReadMode {
    /// Units for 4 KB.
    pub fn factor(self) -> Decimal {
        match self {
            Self::Eventual => Decimal::new(5, 1),
            Self::Strong => Decimal::ONE,
            Self::Transactional => Decimal::TWO,
        }
    }
}

/// Blocks of a size that so many bytes fill, at least one: what a request consumes at the minimum.
fn blocks(bytes: Decimal, block: u64) -> Decimal {
    (bytes / Decimal::from(block)).ceil().max(Decimal::ONE)
}

/// Units of reading so many bytes at once: one item, or the sum of the items of a page. A read that
/// finds nothing consumes the minimum (Operations).
pub fn read_units(bytes: Decimal, mode: ReadMode) -> Decimal {
    blocks(bytes, READ_UNIT_BYTES).saturating_mul(mode.factor())
}

/// Units of writing an item, which is the larger of what was there and what is written; a write that
/// finds nothing consumes one unit (Operations).
pub fn write_units(before: Decimal, after: Decimal) -> Decimal {
    blocks(before.max(after), WRITE_UNIT_BYTES)
}

/// The pages of a query or a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Pages that are read; at least one.
    pub pages: Decimal,
    /// Items that are read.
    pub items: Decimal,
    /// Units that are consumed.
    pub units: Decimal,
}

/// How a query or a scan reads: each page is rounded to 4 KB on its own (Operations).
#[derive(Debug, Clone, Copy)]
pub struct PagedRead {
    /// Items that match the key condition.
    pub items: Decimal,
    /// Average bytes of one of them where they are read: an item or an index entry.
    pub item_bytes: Decimal,
    /// Bytes of the whole item behind a local index entry, where attributes are fetched from it.
    pub fetched_bytes: Option<Decimal>,
    /// The most items of a page (`Limit`).
    pub limit: Option<Decimal>,
    /// The most pages that are read; to the end where absent.
    pub most_pages: Option<Decimal>,
}

impl PagedRead {
    /// Items of a full page. The item that crosses 1 MB is still in its page, as measured on AWS:
    /// items of 1,042 bytes come 1,007 to a page. An item that a local index fetches from the table
    /// counts with whole read units
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html>).
    pub fn page_items(&self) -> Decimal {
        let fetched = self.fetched_bytes.map_or(Decimal::ZERO, |bytes| {
            blocks(bytes, READ_UNIT_BYTES).saturating_mul(Decimal::from(READ_UNIT_BYTES))
        });
        let counted = self.item_bytes.saturating_add(fetched).max(Decimal::ONE);
        let by_size = (Decimal::from(PAGE_BYTES) / counted).ceil();
        self.limit.map_or(by_size, |limit| by_size.min(limit)).max(Decimal::ONE)
    }

    /// Reads it.
    pub fn read(&self, mode: ReadMode) -> Paging {
        let page = self.page_items();
        let items = match self.most_pages {
            Some(most) => self.items.min(page.saturating_mul(most)),
            None => self.items,
        };
        let full = (items / page).floor();
        let rest = (items - full.saturating_mul(page)).max(Decimal::ZERO);
        let units = |items: Decimal| {
            let read = read_units(items.saturating_mul(self.item_bytes), mode);
            let fetched = self.fetched_bytes.map_or(Decimal::ZERO, |bytes| read_units(bytes, mode));
            read.saturating_add(items.saturating_mul(fetched))
        };
        let mut pages = full;
        let mut total = if full.is_zero() { Decimal::ZERO } else { units(page).saturating_mul(full) };
        if !rest.is_zero() || full.is_zero() {
            pages = pages.saturating_add(Decimal::ONE);
            total = total.saturating_add(units(rest));
        }
        Paging { pages, items, units: total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap_or_default()
    }

    fn query(items: u64, item_bytes: u64) -> PagedRead {
        PagedRead {
            items: items.into(),
            item_bytes: item_bytes.into(),
            fetched_bytes: None,
            limit: None,
            most_pages: None,
        }
    }

    #[test]
    fn the_guides_reads() {
        // Operations: 3.5 KB reads 4 KB, 10 KB reads 12 KB.
        assert_eq!(read_units(3584.into(), ReadMode::Strong), Decimal::ONE);
        assert_eq!(read_units(10240.into(), ReadMode::Strong), dec("3"));
        assert_eq!(read_units(10240.into(), ReadMode::Eventual), dec("1.5"));
        assert_eq!(read_units(10240.into(), ReadMode::Transactional), dec("6"));
        assert_eq!(read_units(Decimal::ZERO, ReadMode::Eventual), dec("0.5"));
        // A query of 40.8 KB reads 44 KB; 1,500 items of 64 bytes read 96 KB.
        assert_eq!(query(1, 41779).read(ReadMode::Strong).units, dec("11"));
        assert_eq!(query(1500, 64).read(ReadMode::Strong).units, dec("24"));
        // GSI page: 8 entries of 2,000 bytes.
        assert_eq!(query(8, 2000).read(ReadMode::Eventual).units, dec("2"));
        // LSI page: 4 entries of 200 bytes whose items of 300 bytes are fetched.
        let lsi = PagedRead { fetched_bytes: Some(300.into()), ..query(4, 200) };
        assert_eq!(lsi.read(ReadMode::Strong).units, dec("5"));
    }

    #[test]
    fn the_guides_writes() {
        assert_eq!(write_units(Decimal::ZERO, 512.into()), Decimal::ONE);
        assert_eq!(write_units(Decimal::ZERO, 3584.into()), dec("4"));
        // A conditional write of 310 KB on an item of 300 KB, failed or not.
        assert_eq!(write_units((300 * 1024).into(), (310 * 1024).into()), dec("310"));
        assert_eq!(write_units(Decimal::ZERO, Decimal::ZERO), Decimal::ONE);
    }

    #[test]
    fn pages_end_with_the_item_that_crosses_the_megabyte() {
        let full = |item_bytes| PagedRead { most_pages: Some(Decimal::ONE), ..query(1_000_000, item_bytes) };
        let page = full(1042).read(ReadMode::Eventual);
        assert_eq!((page.items, page.units), (dec("1007"), dec("128.5")));
        assert_eq!(full(102_400).read(ReadMode::Eventual).items, dec("11"));
        assert_eq!(full(4096).read(ReadMode::Strong).units, dec("256"));
        // Each page rounds: three of 100 items of 100 bytes take 3 x 3 units, not 8.
        let limited = PagedRead { limit: Some(100.into()), ..query(300, 100) };
        let read = limited.read(ReadMode::Strong);
        assert_eq!((read.pages, read.units), (dec("3"), dec("9")));
    }
}

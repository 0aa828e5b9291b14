//! The parts of what a request consumes, for the very items that it meets: one item read, one range
//! of a key, one item written, one entry of an index written.

use rust_decimal::Decimal;

use super::items::value::{AttributeValue, Attributes, item_size};
use crate::design::PathId;
use crate::service::capacity::{PAGE_BYTES, READ_UNIT_BYTES, ReadMode, TRANSACTION_FACTOR, read_units, write_units};
use crate::service::propagation::EntryChange;

/// Bytes of an item or an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    /// By the service's rules.
    pub bytes: u64,
    /// By dynoxide's, which counts some numbers a byte lower.
    pub by_dynoxide: u64,
}

impl Size {
    /// The size of an item.
    pub(super) fn of(item: &Attributes) -> Self {
        let bytes = item_size(item);
        let short: u64 = item.values().map(short_of).fold(0, u64::saturating_add);
        Self { bytes, by_dynoxide: bytes.saturating_sub(short) }
    }
}

/// Bytes that dynoxide counts too few: digits before and after the decimal point pair up from the
/// first significant digit there, not aligned on the point.
fn short_of(value: &AttributeValue) -> u64 {
    match value {
        AttributeValue::N(digits) => short_of_number(digits),
        AttributeValue::Ns(members) => members.iter().map(|digits| short_of_number(digits)).sum(),
        AttributeValue::L(elements) => elements.iter().map(short_of).sum(),
        AttributeValue::M(fields) => fields.values().map(short_of).sum(),
        _ => 0,
    }
}

fn short_of_number(digits: &str) -> u64 {
    let Some(exact) = crate::service::size::number_size(digits) else { return 0 };
    let unsigned = digits.trim_start_matches(['-', '+']);
    if unsigned.contains(['e', 'E']) {
        return 0;
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    // Zeros at the other end count only between significant digits.
    let whole_digits = if fraction.is_empty() { whole.trim_end_matches('0').len() } else { whole.len() };
    let fraction_digits = if whole.is_empty() { fraction.trim_start_matches('0').len() } else { fraction.len() };
    let sign = usize::from(digits.starts_with('-') && whole_digits + fraction_digits > 0);
    let counted = whole_digits.div_ceil(2) + fraction_digits.div_ceil(2) + 1 + sign;
    exact.saturating_sub(counted as u64)
}

/// How a request reaches the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// On its own.
    Alone,
    /// In a batch.
    Batch,
    /// In a transaction.
    Transaction,
}

/// What a write asks of its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To be put or updated.
    Written,
    /// To be deleted.
    Deleted,
    /// To be as a condition says.
    Checked,
}

/// One thing that consumes units.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// An item read by its key; no size where there is none.
    Item {
        /// Its size.
        size: Option<Size>,
        /// How it is read.
        mode: ReadMode,
        /// In what.
        sent: Sent,
    },
    /// A query of one key value, or a scan.
    Range(Range),
    /// An item written; no size where there is none before or after.
    Write {
        /// Its size before.
        before: Option<Size>,
        /// Its size after.
        after: Option<Size>,
        /// What is asked.
        asked: Asked,
        /// In what.
        sent: Sent,
    },
    /// An entry of an index, following a write.
    Entry {
        /// What becomes of it.
        change: EntryChange,
        /// Its size before.
        before: Size,
        /// Its size after.
        after: Size,
        /// In what the item is written.
        sent: Sent,
    },
    /// An item of a transaction that is sent again.
    Replay {
        /// Its size, as written.
        size: Size,
    },
}

/// A part and who consumes it: a table with its local indexes, or a global index.
#[derive(Debug, Clone)]
pub(super) struct Charged {
    /// The table or the global index.
    pub owner: PathId,
    /// What is consumed.
    pub part: Part,
}

/// Items of one query or scan, in their order.
#[derive(Debug, Clone)]
pub(super) struct Range {
    /// Sizes where they are read: of items, or of index entries.
    pub entries: Vec<Size>,
    /// Sizes of the whole items behind the entries.
    pub items: Vec<Size>,
    /// Whether the items are fetched, because a local index lacks something asked for.
    pub fetches: bool,
    /// Whether the request names the attributes to return.
    pub projects: bool,
    /// Whether it is a scan, whose order nobody knows.
    pub is_scan: bool,
    /// Whether it reads an index.
    pub is_index: bool,
    /// The most items of a page.
    pub limit: Option<u64>,
    /// The most pages.
    pub most_pages: Option<u64>,
    /// How it is read.
    pub mode: ReadMode,
}

/// When a page ends by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageEnd {
    /// With the item that crosses 1 MB, as the service does.
    AfterCrossing,
    /// Before it.
    BeforeCrossing,
}

impl Range {
    /// The pages, as positions of items: each ends with its limit or its bytes. A page that ends with
    /// its limit is followed by another, be it empty, because the service does not look ahead.
    pub(super) fn pages(&self, bytes: impl Fn(&Size) -> u64, end: PageEnd) -> Vec<std::ops::Range<usize>> {
        let mut pages = Vec::new();
        let mut start = 0;
        while self.most_pages.is_none_or(|most| (pages.len() as u64) < most) {
            let mut next = start;
            let mut total = 0_u64;
            let mut is_cut = false;
            while let Some(entry) = self.entries.get(next) {
                let fetched = self.items.get(next).filter(|_| self.fetches);
                let blocks = fetched.map_or(0, |item| bytes(item).div_ceil(READ_UNIT_BYTES).max(1) * READ_UNIT_BYTES);
                let with = total.saturating_add(bytes(entry)).saturating_add(blocks);
                if end == PageEnd::BeforeCrossing && with > PAGE_BYTES && next > start {
                    is_cut = true;
                    break;
                }
                total = with;
                next += 1;
                if self.limit.is_some_and(|limit| (next - start) as u64 >= limit) {
                    is_cut = true;
                    break;
                }
                if total > PAGE_BYTES {
                    is_cut = next < self.entries.len();
                    break;
                }
            }
            pages.push(start..next);
            start = next;
            if !is_cut {
                break;
            }
        }
        pages
    }

    /// Bytes of a page's entries.
    pub(super) fn page_bytes(&self, page: &std::ops::Range<usize>, bytes: impl Fn(&Size) -> u64) -> u64 {
        self.entries.get(page.clone()).unwrap_or_default().iter().map(bytes).fold(0, u64::saturating_add)
    }

    /// Whether what a scan consumes does not hang on its order.
    pub(super) fn is_exact(&self) -> bool {
        !self.is_scan || (self.limit.is_none() && self.pages(|size| size.bytes, PageEnd::AfterCrossing).len() == 1)
    }

    fn units(&self) -> Decimal {
        let pages = self.pages(|size| size.bytes, PageEnd::AfterCrossing);
        pages.iter().fold(Decimal::ZERO, |total, page| {
            let read = read_units(self.page_bytes(page, |size| size.bytes).into(), self.mode);
            let items = self.items.get(page.clone()).filter(|_| self.fetches).unwrap_or_default();
            let fetched = items.iter().map(|item| read_units(item.bytes.into(), self.mode));
            total.saturating_add(read).saturating_add(fetched.sum())
        })
    }
}

/// How many times the units of a plain write.
pub(super) fn factor(sent: Sent) -> Decimal {
    if sent == Sent::Transaction { Decimal::from(TRANSACTION_FACTOR) } else { Decimal::ONE }
}

fn bytes(size: Option<Size>) -> Decimal {
    size.unwrap_or_default().bytes.into()
}

impl Part {
    /// Units by the service's rules.
    pub(super) fn units(&self) -> Decimal {
        match self {
            Self::Item { size, mode, .. } => read_units(bytes(*size), *mode),
            Self::Range(range) => range.units(),
            Self::Write { before, after, sent, .. } => {
                write_units(bytes(*before), bytes(*after)).saturating_mul(factor(*sent))
            }
            Self::Entry { change, before, after, .. } => change.write_units(before.bytes.into(), after.bytes.into()),
            Self::Replay { size } => read_units(size.bytes.into(), ReadMode::Transactional),
        }
    }

    /// The same part with all sizes at this many hundredths.
    pub(super) fn resized(&self, percent: u64) -> Self {
        let one = |size: &Size| Size {
            bytes: size.bytes.saturating_mul(percent) / 100,
            by_dynoxide: size.by_dynoxide.saturating_mul(percent) / 100,
        };
        let mut part = self.clone();
        match &mut part {
            Self::Item { size, .. } => *size = size.as_ref().map(one),
            Self::Range(range) => {
                range.entries = range.entries.iter().map(one).collect();
                range.items = range.items.iter().map(one).collect();
            }
            Self::Write { before, after, .. } => {
                *before = before.as_ref().map(one);
                *after = after.as_ref().map(one);
            }
            Self::Entry { before, after, .. } => (*before, *after) = (one(before), one(after)),
            Self::Replay { size } => *size = one(size),
        }
        part
    }

    /// Whether they are write units.
    pub(super) fn is_write(&self) -> bool {
        matches!(self, Self::Write { .. } | Self::Entry { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynoxide_counts_some_numbers_a_byte_lower() {
        let short =
            [("110", 1), ("0.015", 1), ("1700000000000", 1), ("0", 0), ("12", 0), ("-42", 0), ("1.5", 0), ("100.5", 0)];
        for (digits, expected) in short {
            assert_eq!(short_of_number(digits), expected, "{digits}");
        }
    }

    fn query(sizes: &[u64], limit: Option<u64>) -> Range {
        let entries: Vec<Size> = sizes.iter().map(|bytes| Size { bytes: *bytes, by_dynoxide: *bytes }).collect();
        Range {
            items: entries.clone(),
            entries,
            fetches: false,
            projects: false,
            is_scan: false,
            is_index: false,
            limit,
            most_pages: None,
            mode: ReadMode::Eventual,
        }
    }

    #[test]
    fn pages_end_with_the_item_that_crosses_a_megabyte() {
        let range = query(&[1042; 1500], None);
        let pages = range.pages(|size| size.bytes, PageEnd::AfterCrossing);
        assert_eq!(pages, [0..1007, 1007..1500]);
        assert_eq!(range.units(), Decimal::new(1285, 1) + Decimal::new(630, 1));
        let low = range.pages(|size| size.bytes, PageEnd::BeforeCrossing);
        assert_eq!(low, [0..1006, 1006..1500]);
    }

    #[test]
    fn a_page_that_its_limit_ends_is_followed_by_another() {
        let range = query(&[100; 4], Some(2));
        assert_eq!(range.pages(|size| size.bytes, PageEnd::AfterCrossing), [0..2, 2..4, 4..4]);
        assert_eq!(query(&[], None).units(), Decimal::new(5, 1));
    }
}

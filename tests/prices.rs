//! The price book against the collection of price facts it was made from, where that is at hand; and
//! the command.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keyplan::prices::import::import;
use keyplan::prices::{EVERYWHERE, PriceBook};
use rust_decimal::Decimal;

/// The collection, which is no part of this repository.
fn facts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/prices");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: the collection of price facts is not beside the project");
    None
}

fn rows(file: &Path) -> Vec<csv::StringRecord> {
    csv::Reader::from_path(file).unwrap().records().map(Result::unwrap).collect()
}

#[test]
fn every_price_is_that_of_the_collection() {
    let Some(folder) = facts() else { return };
    let book = PriceBook::embedded();
    let rows = rows(&folder.join("prices.csv"));
    for row in &rows {
        let region = book.region(&row[0]).unwrap();
        assert_eq!(region.name, &row[1]);
        let price = region.price(&row[2]).unwrap_or_else(|| panic!("{row:?}"));
        let tier = price.tiers.iter().find(|tier| tier.from.to_string() == row[5]).unwrap();
        let to = tier.to.map_or_else(|| "Inf".to_owned(), |to| to.to_string());
        let derived = if price.is_derived { "yes" } else { "no" };
        assert_eq!(
            [price.unit, &tier.usd.to_string(), &to, &price.as_of.to_string(), derived],
            [&row[3], &row[4], &row[6], &row[8], &row[9]],
            "{row:?}"
        );
    }
    let tiers = book
        .regions()
        .chain(book.everywhere())
        .flat_map(|region| region.prices().map(|price| price.tiers.len()).collect::<Vec<_>>());
    assert_eq!(tiers.sum::<usize>(), rows.len());
}

#[test]
fn every_rate_code_is_that_of_the_collection() {
    let Some(folder) = facts() else { return };
    let book = PriceBook::embedded();
    let rows = rows(&folder.join("sku_map.csv"));
    for row in &rows {
        let region = book.region(&row[0]).unwrap();
        let (item, is_free) = row[1].split_once('#').map_or((&row[1], false), |(item, _)| (item, true));
        let price = region.price(item).unwrap();
        let tier = if is_free { price.tiers.first() } else { price.tiers.last() }.unwrap();
        assert_eq!(tier.rate_code, Some(&row[5]), "{row:?}");
        assert_eq!(tier.usd, row[6].parse::<Decimal>().unwrap(), "{row:?}");
    }
    let codes = book
        .regions()
        .map(|region| region.prices().flat_map(|price| &price.tiers).filter(|tier| tier.rate_code.is_some()).count());
    assert_eq!(codes.sum::<usize>(), rows.len());
}

#[test]
fn every_transfer_price_is_that_of_the_collection() {
    let Some(folder) = facts() else { return };
    let book = PriceBook::embedded();
    let rows = rows(&folder.join("prices_interregion.csv"));
    for row in &rows {
        assert_eq!(book.transfer_per_gb(&row[0], &row[1]).unwrap().to_string(), row[3], "{row:?}");
    }
    let codes: Vec<&str> = book.codes().collect();
    let known = codes.iter().flat_map(|from| codes.iter().map(move |to| (from, to)));
    let known = known.filter(|(from, to)| from != to && book.transfer_per_gb(from, to).is_some());
    assert_eq!(known.count(), rows.len());
}

/// The book with the prices of one Region that an offer has wrong, and of long ago.
fn spoilt(region: &str) -> String {
    let text = PriceBook::embedded().write();
    let mut inside = false;
    let lines = text.lines().map(|line| {
        if let Some(rest) = line.strip_prefix("region\t") {
            inside = rest.starts_with(&format!("{region}\t"));
        }
        let mut fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        if line == "date\t2025-12-06" {
            return "date\t2020-01-01".to_owned();
        }
        if inside && fields.len() >= 6 && fields[5] != "-" && fields[0] != "transfer" {
            fields[2] = "7".to_owned();
            fields[3] = "2020-01-01".to_owned();
            fields[5] = "-".to_owned();
        }
        fields.join("\t")
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn the_sample_offers_are_the_book() {
    let Some(folder) = facts() else { return };
    let embedded = PriceBook::embedded();
    for name in ["offer_sample.json", "offer_sample.csv"] {
        let offer = std::fs::read_to_string(folder.join(name)).unwrap();
        let imported = import(&PriceBook::read(spoilt("us-east-1")).unwrap(), &offer).unwrap();
        let changes = &imported.changes;
        assert_eq!((changes.updated.len(), changes.added.len()), (30, 0), "{name}");
        assert_eq!((changes.older.len(), changes.ignored, changes.refused.len()), (0, 0, 0), "{name}");
        let (was, is) = (embedded.region("us-east-1").unwrap(), imported.book.region("us-east-1").unwrap());
        for price in was.prices() {
            let now = is.price(price.item).unwrap();
            assert_eq!(now.tiers, price.tiers, "{name} {}", price.item);
            assert_eq!(now.unit, price.unit);
        }
        // Over the book itself nothing changes: what it has was seen later.
        let over = import(&embedded, &offer).unwrap();
        assert_eq!((over.changes.unchanged, &over.book), (30, &embedded), "{name}");
    }
}

#[test]
fn an_old_answer_of_the_price_api_changes_nothing() {
    let Some(folder) = facts() else { return };
    let answer = std::fs::read_to_string(folder.join("samples/getproducts_REAL_2019-06-10_eu-west-1.json")).unwrap();
    let imported = import(&PriceBook::embedded(), &answer).unwrap();
    assert_eq!(imported.book, PriceBook::embedded());
    assert_eq!(imported.changes.older.len(), 3);
}

fn keyplan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyplan"));
    command.env("COLUMNS", "80").current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_command_shows_regions_and_prices() {
    insta::assert_snapshot!("prices", text(&keyplan(&["prices"])));
    insta::assert_snapshot!("prices_us-east-1", text(&keyplan(&["prices", "us-east-1"])));
    for arguments in [&["prices"][..], &["prices", "ap-southeast-3"], &["prices", EVERYWHERE]] {
        let shown = text(&keyplan(arguments));
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    }
    let json: serde_json::Value = serde_json::from_slice(&keyplan(&["prices", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["regions"].as_array().unwrap().len(), 36);
    let json = keyplan(&["prices", "us-east-1", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["prices"][0]["tiers"][0]["usd"], "0.000000625");
    let unknown = keyplan(&["prices", "us-east-11"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean `us-east-1`?"));
}

const OFFER: &str = r#"{"offerCode": "AmazonDynamoDB", "version": "20270101000000", "publicationDate": "2027-01-01T00:00:00Z",
  "products": {"A1": {"sku": "A1", "attributes": {"servicecode": "AmazonDynamoDB", "usagetype": "EU-ReadRequestUnits",
    "regionCode": "eu-west-1"}}},
  "terms": {"OnDemand": {"A1": {"A1.J": {"priceDimensions": {"A1.J.R": {"unit": "ReadRequestUnits", "beginRange": "0",
    "endRange": "Inf", "pricePerUnit": {"USD": "0.0000001000"}}}}}}}}"#;

#[test]
fn the_command_imports_and_replaces_files_whole() {
    let folder = std::env::temp_dir().join(format!("keyplan-prices-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (offer, book, broken) = (path("offer.json"), path("book.tsv"), path("broken.tsv"));
    std::fs::write(&offer, OFFER).unwrap();
    std::fs::write(&book, "mine").unwrap();
    std::fs::write(&broken, "keyplan-prices\t1\nprize\t1\n").unwrap();
    let printed = keyplan(&["prices", "import", &offer]);
    assert_eq!(printed.status.code(), Some(0));
    let said = String::from_utf8(printed.stderr.clone()).unwrap();
    assert!(said.contains("eu-west-1 od_read_std: 0.0000001415 -> 0.0000001\n"), "{said}");
    let written = keyplan(&["prices", "import", &offer, "-o", &book]);
    assert_eq!((written.status.code(), written.stdout.len()), (Some(0), 0));
    assert_eq!(std::fs::read_to_string(&book).unwrap(), text(&printed));
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let shown = text(&keyplan(&["prices", "eu-west-1", "--prices", &book]));
    assert!(shown.contains("0.0000001  A1.J.R\n"), "{shown}");
    let again = keyplan(&["prices", "import", &offer, "--prices", &book]);
    assert_eq!(text(&again), text(&printed));
    let wrong = keyplan(&["prices", "--prices", &broken]);
    assert_eq!(wrong.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("line 2: `prize`"));
    assert_eq!(keyplan(&["prices", "import", &broken]).status.code(), Some(3));
    assert_eq!(keyplan(&["prices", "import", "no/such.json"]).status.code(), Some(3));
    assert_eq!(keyplan(&["prices", "import", &offer, "-o", &path("no/such.tsv")]).status.code(), Some(3));
    std::fs::remove_dir_all(&folder).unwrap();
}

//! Price lists in all their shapes.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;

const BASE: &str = "keyplan-prices\t1\ndate\t2025-01-02\nsource\t1\ta list\n\n\
    region\teu-west-1\tEU (Ireland)\taws\tfree-tier\n\
    od_write_std\tWriteRequestUnits\t0.0000007\t2025-01-02\t1\t-\n\
    prov_wcu_hour_std\tWriteCapacityUnit-Hrs\t0..18600=0 18600..=0.0007\t2025-01-02\t1\t-\n\
    storage_gb_month_std\tGB-Month\t0..25=0 25..=0.283\t2025-01-02\t1\t-\n\
    warm_throughput_wcu_onetime\tWriteUnit\t0.0007\t2025-01-02\t1\t-\tderived\n";

fn base() -> PriceBook {
    PriceBook::read(BASE.to_owned()).unwrap()
}

fn product(sku: &str, usage: &str, region: &str) -> Value {
    json!({"sku": sku, "productFamily": "x", "attributes": {
        "servicecode": "AmazonDynamoDB", "location": "EU (Ireland)", "locationType": "AWS Region",
        "usagetype": usage, "operation": "", "regionCode": region}})
}

fn rate(unit: &str, from: &str, to: &str, usd: &str) -> Value {
    json!({"unit": unit, "beginRange": from, "endRange": to, "description": "d", "pricePerUnit": {"USD": usd}, "appliesTo": []})
}

/// An offer with products, and the terms of each.
fn offer(products: &[(Value, Value)]) -> Value {
    let mut file = json!({"formatVersion": "v1.0", "disclaimer": "…", "offerCode": "AmazonDynamoDB",
        "version": "20260301000000", "publicationDate": "2026-03-01T10:00:00Z",
        "products": {}, "terms": {"OnDemand": {}, "Reserved": {}}});
    for (product, terms) in products {
        let sku = product["sku"].as_str().unwrap();
        file["products"][sku] = product.clone();
        for (kind, terms) in terms.as_object().unwrap() {
            file["terms"][kind][sku] = terms.clone();
        }
    }
    file
}

fn on_demand(sku: &str, rates: &[Value]) -> Value {
    let rates: serde_json::Map<String, Value> =
        rates.iter().enumerate().map(|(index, rate)| (format!("{sku}.JRT.R{index}"), rate.clone())).collect();
    json!({"OnDemand": {format!("{sku}.JRT"): {"sku": sku, "offerTermCode": "JRT",
        "effectiveDate": "2026-03-01T00:00:00Z", "priceDimensions": rates, "termAttributes": {}}}})
}

fn one(usage: &str, rates: &[Value]) -> Value {
    offer(&[(product("A1", usage, "eu-west-1"), on_demand("A1", rates))])
}

fn run(offer: &Value) -> Import {
    import(&base(), &offer.to_string()).unwrap()
}

fn paid(book: &PriceBook, region: &str, item: &str) -> String {
    book.region(region).unwrap().price(item).unwrap().paid().to_string()
}

#[test]
fn an_offer_takes_the_place_of_prices() {
    let reserved = json!({"Reserved": {"C3.Y1": {"termAttributes": {"LeaseContractLength": "1yr", "OfferingClass": "standard",
        "PurchaseOption": "Heavy Utilization"}, "priceDimensions": {
        "C3.Y1.UP": {"unit": "Quantity", "description": "Upfront Fee", "pricePerUnit": {"USD": "1.7"}},
        "C3.Y1.HR": rate("WriteCapacityUnit-Hrs", "0", "Inf", "0.0001400000")}}}});
    let storage =
        on_demand("B2", &[rate("GB-Mo", "25", "Inf", "0.2830000000"), rate("GB-Mo", "0", "25", "0.0000000000")]);
    let capacity = on_demand("D4", &[rate("WriteCapacityUnit-Hrs", "0", "Inf", "0.0008")]);
    let imported = run(&offer(&[
        (
            product("A1", "EU-WriteRequestUnits", "eu-west-1"),
            on_demand("A1", &[rate("WriteRequestUnits", "0", "Inf", "0.0000006500")]),
        ),
        (product("B2", "EU-TimedStorage-ByteHrs", "eu-west-1"), storage),
        (product("C3", "EU-WriteCapacityUnit-Hrs", "eu-west-1"), reserved),
        (product("D4", "EU-WriteCapacityUnit-Hrs", "eu-west-1"), capacity),
        (product("E5", "EU-Cdc-GlueElasticViews", "eu-west-1"), on_demand("E5", &[rate("x", "0", "Inf", "1")])),
    ]));
    let (book, changes) = (&imported.book, &imported.changes);
    assert_eq!(paid(book, "eu-west-1", "od_write_std"), "0.00000065");
    assert_eq!(paid(book, "eu-west-1", "reserved_1y_wcu_upfront"), "1.7");
    assert_eq!(paid(book, "eu-west-1", "reserved_1y_wcu_hour"), "0.00014");
    assert_eq!(paid(book, "eu-west-1", "warm_throughput_wcu_onetime"), "0.0008");
    assert_eq!(changes.updated.len(), 2);
    assert_eq!(
        changes.updated[0],
        Change {
            region: "eu-west-1".to_owned(),
            item: "od_write_std".to_owned(),
            before: Some(Decimal::new(7, 7)),
            after: Decimal::new(65, 8)
        }
    );
    assert_eq!((changes.added.len(), changes.confirmed, changes.unchanged, changes.ignored), (2, 1, 0, 1));
    assert_eq!(changes.regions, ["eu-west-1"]);
    let region = book.region("eu-west-1").unwrap();
    let storage = region.price("storage_gb_month_std").unwrap();
    assert_eq!(storage.unit, "GB-Month");
    assert_eq!(storage.rate_code(), Some("B2.JRT.R0"));
    assert_eq!(storage.as_of.to_string(), "2026-03-01");
    assert_eq!(storage.source, "price list offer AmazonDynamoDB 20260301000000, published 2026-03-01");
    assert_eq!(region.confirmation().unwrap().what, storage.source);
    // All requests and capacity are of that day now.
    assert_eq!(book.date().to_string(), "2026-03-01");
    assert_eq!(&PriceBook::read(book.write()).unwrap(), book);
}

#[test]
fn a_second_time_changes_nothing() {
    let list = one("EU-WriteRequestUnits", &[rate("WriteRequestUnits", "0", "Inf", "0.00000065")]);
    let first = run(&list);
    let second = import(&first.book, &list.to_string()).unwrap();
    assert_eq!(second.book, first.book);
    assert_eq!((second.changes.unchanged, second.changes.regions.len()), (1, 0));
}

#[test]
fn older_lists_do_not_replace_newer_prices() {
    let mut list = one("EU-WriteRequestUnits", &[rate("WriteRequestUnits", "0", "Inf", "0.0000014135")]);
    list["publicationDate"] = "2019-06-10T17:22:12Z".into();
    let imported = run(&list);
    assert_eq!(imported.book, base());
    assert_eq!(imported.changes.older.len(), 1);
}

#[test]
fn what_cannot_be_used_is_refused_with_its_reason() {
    let cny =
        json!({"unit": "WriteRequestUnits", "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"CNY": "0.01"}});
    for (rates, reason) in [
        (vec![cny], "eu-west-1 od_write_std: priced in CNY, and the book is in USD"),
        (
            vec![rate("Millions", "0", "Inf", "1")],
            "eu-west-1 od_write_std: priced by `Millions`, and not by `WriteRequestUnits`",
        ),
        (vec![rate("WriteRequestUnits", "0", "Inf", "-1")], "eu-west-1 od_write_std: `-1` is no exact number"),
        (vec![rate("WriteRequestUnits", "1", "Inf", "1")], "eu-west-1 od_write_std: its ranges do not join"),
        (
            vec![rate("WriteRequestUnits", "0", "18600", "0")],
            "eu-west-1 od_write_std: its last range ends at 18600, so a part of the list is missing",
        ),
        (
            vec![rate("WriteRequestUnits", "0", "5", "1"), rate("WriteRequestUnits", "4", "Inf", "1")],
            "eu-west-1 od_write_std: its ranges do not join",
        ),
    ] {
        let imported = run(&one("EU-WriteRequestUnits", &rates));
        assert_eq!(imported.changes.refused, [reason]);
        assert_eq!(imported.book, base());
    }
    let twice = offer(&["A1", "B2"].map(|sku| {
        let usd = if sku == "A1" { "1" } else { "2" };
        (
            product(sku, "EU-WriteRequestUnits", "eu-west-1"),
            on_demand(sku, &[rate("WriteRequestUnits", "0", "Inf", usd)]),
        )
    }));
    assert_eq!(run(&twice).changes.refused, ["eu-west-1 od_write_std: the list has two prices that differ"]);
}

#[test]
fn other_services_use_the_same_usage_types() {
    let mut list = one("EU-TimedStorage-ByteHrs", &[rate("GB-Mo", "0", "Inf", "0.023")]);
    list["products"]["A1"]["attributes"]["servicecode"] = "AmazonS3".into();
    assert_eq!((run(&list).changes.ignored, run(&list).book), (1, base()));
    list["offerCode"] = "AmazonS3".into();
    let error = import(&base(), &list.to_string()).unwrap_err().to_string();
    assert_eq!(error, "this is the price list of AmazonS3, not of AmazonDynamoDB");
}

#[test]
fn regions_are_found_by_code_or_by_name_and_new_ones_added() {
    let rates = [rate("ReadRequestUnits", "0", "Inf", "0.0000001")];
    let mut list = one("EU-ReadRequestUnits", &rates);
    list["products"]["A1"]["attributes"]["location"] = "Europe (Ireland)".into();
    list["products"]["A1"]["attributes"].as_object_mut().unwrap().remove("regionCode");
    assert_eq!(paid(&run(&list).book, "eu-west-1", "od_read_std"), "0.0000001");
    list["products"]["A1"]["attributes"]["location"] = "Any".into();
    assert_eq!(run(&list).changes.ignored, 1);
    let mut list = one("XYZ1-ReadRequestUnits", &rates);
    list["products"]["A1"]["attributes"]["regionCode"] = "af-north-1".into();
    list["products"]["A1"]["attributes"]["location"] = "Africa (Cairo)".into();
    let book = run(&list).book;
    let region = book.region("af-north-1").unwrap();
    assert_eq!((region.name, region.partition, region.free_tier), ("Africa (Cairo)", "aws", false));
    assert_eq!(book.codes().collect::<Vec<_>>(), ["af-north-1", "eu-west-1"]);
}

#[test]
fn answers_of_the_price_api() {
    let mut answer = json!({"product": product("A1", "EU-WriteRequestUnits", ""), "serviceCode": "AmazonDynamoDB",
        "terms": on_demand("A1", &[rate("WriteRequestUnits", "0", "Inf", "0.0000006500")]),
        "version": "20260301000000", "publicationDate": "2026-03-01T10:00:00Z"});
    let dimension = &mut answer["terms"]["OnDemand"]["A1.JRT"]["priceDimensions"]["A1.JRT.R0"];
    *dimension = json!({"unit": "WriteRequestUnits", "startingRange": "0", "endingRange": "Inf",
        "pricePerUnit": {"USD": "0.0000006500"}});
    let bulk = run(&one("EU-WriteRequestUnits", &[rate("WriteRequestUnits", "0", "Inf", "0.00000065")]));
    for shape in [
        json!([answer]),
        json!([answer.to_string()]),
        json!({"FormatVersion": "aws_v1", "PriceList": [answer.to_string()], "NextToken": "t"}),
    ] {
        assert_eq!(run(&shape).book, bulk.book, "{shape}");
    }
}

const CSV: &str = r#""FormatVersion","v1.0"
"Disclaimer","Two, words"
"Publication Date","2026-03-01T10:00:00Z"
"Version","20260301000000"
"OfferCode","AmazonDynamoDB"
"SKU","OfferTermCode","RateCode","TermType","PriceDescription","StartingRange","EndingRange","Unit","PricePerUnit","Currency","serviceCode","Location","Location Type","usageType","operation","Region Code"
"B2","JRT","B2.JRT.F","OnDemand","free, really","0","25","GB-Mo","0.0000000000","USD","AmazonDynamoDB","EU (Ireland)","AWS Region","EU-TimedStorage-ByteHrs","","eu-west-1"
"B2","JRT","B2.JRT.P","OnDemand","paid","25","Inf","GB-Mo","0.2700000000","USD","AmazonDynamoDB","EU (Ireland)","AWS Region","EU-TimedStorage-ByteHrs","","eu-west-1"
"C3","JRT","C3.JRT.P","OnDemand","paid","0","Inf","Requests","0.1","CNY","AmazonDynamoDB","China (Beijing)","AWS Region","CNN1-Streams-Requests","GetRecords","cn-north-1"
"#;

#[test]
fn price_lists_in_csv() {
    let imported = import(&base(), CSV).unwrap();
    assert_eq!(paid(&imported.book, "eu-west-1", "storage_gb_month_std"), "0.27");
    let region = imported.book.region("eu-west-1").unwrap();
    assert_eq!(region.price("storage_gb_month_std").unwrap().free_units(), Decimal::from(25));
    assert_eq!(imported.changes.refused, ["cn-north-1 streams_read_request: priced in CNY, and the book is in USD"]);
    assert_eq!(imported.book.region("cn-north-1"), None);
    let unix = import(&base(), &CSV.replace('\n', "\r\n")).unwrap();
    assert_eq!(unix.book, imported.book);
}

#[test]
fn what_is_no_price_list_is_refused() {
    let error = |text: &str| import(&base(), text).unwrap_err().to_string();
    assert!(error("").contains("there is no column `usageType`"));
    assert!(error("{}").contains("neither `products` nor a `PriceList`"));
    assert!(error("{\"products\": {}}").contains("publication date"));
    assert!(error("[1]").starts_with("not a price list"));
    assert!(error(&"[".repeat(100_000)).starts_with("not a price list"));
    assert!(error(&CSV.replace("2026-03-01", "yesterday")).contains("publication date"));
    assert!(error(&CSV.replace("\"20260301000000\"", "\"a\u{1b}b\"")).contains("version"));
    assert!(error(&" ".repeat(MAX_BYTES + 1)).contains("larger than 64 MB"));
}

proptest! {
    #[test]
    fn a_damaged_list_is_never_a_panic(at in 0_usize..1900, bytes in ".{0,8}", cut in 0_usize..30, is_csv in any::<bool>()) {
        let json = one("EU-WriteRequestUnits", &[rate("WriteRequestUnits", "0", "Inf", "0.00000065")]).to_string();
        let list = if is_csv { CSV.to_owned() } else { json };
        let list: Vec<char> = list.chars().collect();
        let at = at % list.len();
        let damaged: String = list[..at].iter().copied().chain(bytes.chars()).chain(list[at..].iter().skip(cut).copied()).collect();
        if let Ok(imported) = import(&base(), &damaged) {
            prop_assert_eq!(PriceBook::read(imported.book.write()).unwrap(), imported.book);
        }
    }
}

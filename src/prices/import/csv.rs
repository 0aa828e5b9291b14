//! Price lists in CSV: a few lines about the file, a line of column names, and a row for each rate.

use crate::IndexMap;
use csv::{ReaderBuilder, StringRecord};

use super::ImportError;
use super::offer::{Offer, Product, Row, expect_service};

/// Lines that may stand before the column names; real files have five.
const MOST_LINES_BEFORE: usize = 20;

/// Reads a price list in CSV. Columns are found by name: those for reserved capacity are missing in
/// files without any.
pub(super) fn read(text: &str) -> Result<Offer, ImportError> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let mut about: IndexMap<String, String> = IndexMap::default();
    let mut columns = Columns::default();
    for record in records.by_ref().take(MOST_LINES_BEFORE) {
        let record = record.map_err(wrong)?;
        let field = |index: usize| record.get(index).unwrap_or_default().trim().to_owned();
        if field(0) == "SKU" {
            columns = Columns::new(&record);
            break;
        }
        about.insert(field(0), field(1));
    }
    for name in ["usageType", "RateCode", "PricePerUnit"] {
        if !columns.0.contains_key(&name.to_lowercase()) {
            return Err(ImportError::Csv(format!("there is no column `{name}`")));
        }
    }
    let about = |name: &str| about.get(name).map(String::as_str).unwrap_or_default();
    expect_service(about("OfferCode"))?;
    let mut offer = Offer::default();
    let edition = offer.edition(about("Version"), about("Publication Date"))?;
    for record in records {
        let record = record.map_err(wrong)?;
        let get = |name: &str| columns.get(&record, name).to_owned();
        let service = Some(get("serviceCode")).filter(|code| !code.is_empty());
        let product = offer.products.len();
        offer.products.push(Product {
            service: service.unwrap_or_else(|| about("OfferCode").to_owned()),
            region_code: get("Region Code"),
            location: get("Location"),
            location_type: get("Location Type"),
            usage_type: get("usageType"),
            operation: get("operation"),
        });
        offer.rows.push(Row {
            edition,
            product,
            term: format!("{} {}", columns.get(&record, "SKU"), columns.get(&record, "OfferTermCode")),
            term_type: get("TermType"),
            lease: get("LeaseContractLength"),
            rate_code: get("RateCode"),
            unit: get("Unit"),
            begin: get("StartingRange"),
            end: get("EndingRange"),
            price: (get("Currency"), get("PricePerUnit")),
        });
    }
    Ok(offer)
}

fn wrong(error: csv::Error) -> ImportError {
    ImportError::Csv(error.to_string())
}

/// Where each column is, by its name in small letters.
#[derive(Default)]
struct Columns(IndexMap<String, usize>);

impl Columns {
    fn new(names: &StringRecord) -> Self {
        Self(names.iter().enumerate().map(|(index, name)| (name.trim().to_lowercase(), index)).collect())
    }

    fn get<'r>(&self, record: &'r StringRecord, name: &str) -> &'r str {
        self.0.get(&name.to_lowercase()).and_then(|index| record.get(*index)).unwrap_or_default().trim()
    }
}

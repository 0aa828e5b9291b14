//! Price lists in JSON: bulk offer files, and answers of the price API.

use crate::IndexMap;
use serde::Deserialize;

use super::ImportError;
use super::offer::{Offer, Product, Row, expect_service};

/// A bulk offer file, or an answer of `GetProducts`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct File {
    offer_code: String,
    version: String,
    publication_date: String,
    products: Option<IndexMap<String, Sold>>,
    /// Type of term, SKU, code of the term.
    terms: IndexMap<String, IndexMap<String, IndexMap<String, Term>>>,
    #[serde(rename = "PriceList")]
    price_list: Option<Vec<Entry>>,
}

/// A product of an answer: as text that is JSON once more, or as it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Text(String),
    Product(Box<Answer>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    product: Sold,
    #[serde(default)]
    service_code: String,
    /// Type of term, code of the term.
    #[serde(default)]
    terms: IndexMap<String, IndexMap<String, Term>>,
    #[serde(default)]
    version: String,
    #[serde(default)]
    publication_date: String,
}

#[derive(Deserialize)]
struct Sold {
    #[serde(default)]
    sku: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attributes {
    servicecode: String,
    #[serde(rename = "regionCode")]
    region_code: String,
    location: String,
    #[serde(rename = "locationType")]
    location_type: String,
    usagetype: String,
    operation: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    #[serde(default)]
    price_dimensions: IndexMap<String, Dimension>,
    #[serde(default)]
    term_attributes: TermAttributes,
}

#[derive(Deserialize, Default)]
struct TermAttributes {
    #[serde(rename = "LeaseContractLength", default)]
    lease: String,
}

/// The real files say `beginRange`, the documentation of them `startingRange`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    #[serde(default)]
    unit: String,
    begin_range: Option<String>,
    starting_range: Option<String>,
    end_range: Option<String>,
    ending_range: Option<String>,
    #[serde(default)]
    price_per_unit: IndexMap<String, String>,
}

/// Reads a price list in JSON.
pub(super) fn read(text: &str) -> Result<Offer, ImportError> {
    let mut offer = Offer::default();
    if text.starts_with('[') {
        answers(&mut offer, serde_json::from_str(text)?)?;
        return Ok(offer);
    }
    let file: File = serde_json::from_str(text)?;
    match (file.products, file.price_list) {
        (Some(products), _) => {
            expect_service(&file.offer_code)?;
            let edition = offer.edition(&file.version, &file.publication_date)?;
            let mut numbers = IndexMap::default();
            for (sku, sold) in products {
                numbers.insert(sku, offer.products.len());
                offer.products.push(product(sold.attributes, &file.offer_code));
            }
            for (term_type, of_type) in file.terms {
                for (sku, terms) in of_type {
                    let Some(product) = numbers.get(&sku) else { continue };
                    rows(&mut offer, (edition, *product), &sku, &term_type, terms);
                }
            }
        }
        (None, Some(entries)) => answers(&mut offer, entries)?,
        (None, None) => return Err(ImportError::Edition("it has neither `products` nor a `PriceList`".to_owned())),
    }
    Ok(offer)
}

fn answers(offer: &mut Offer, entries: Vec<Entry>) -> Result<(), ImportError> {
    for entry in entries {
        let answer = match entry {
            Entry::Text(text) => serde_json::from_str(&text)?,
            Entry::Product(answer) => *answer,
        };
        let edition = offer.edition(&answer.version, &answer.publication_date)?;
        let number = offer.products.len();
        offer.products.push(product(answer.product.attributes, &answer.service_code));
        for (term_type, terms) in answer.terms {
            rows(offer, (edition, number), &answer.product.sku, &term_type, terms);
        }
    }
    Ok(())
}

fn product(attributes: Attributes, service: &str) -> Product {
    let named = !attributes.servicecode.is_empty();
    Product {
        service: if named { attributes.servicecode } else { service.to_owned() },
        region_code: attributes.region_code,
        location: attributes.location,
        location_type: attributes.location_type,
        usage_type: attributes.usagetype,
        operation: attributes.operation,
    }
}

fn rows(offer: &mut Offer, of: (usize, usize), sku: &str, term_type: &str, terms: IndexMap<String, Term>) {
    for (code, term) in terms {
        for (rate_code, dimension) in term.price_dimensions {
            let mut prices = dimension.price_per_unit;
            let price = prices.shift_remove_entry("USD").or_else(|| prices.pop());
            offer.rows.push(Row {
                edition: of.0,
                product: of.1,
                term: format!("{sku} {code}"),
                term_type: term_type.to_owned(),
                lease: term.term_attributes.lease.clone(),
                rate_code,
                unit: dimension.unit,
                begin: dimension.begin_range.or(dimension.starting_range).unwrap_or_default(),
                end: dimension.end_range.or(dimension.ending_range).unwrap_or_default(),
                price: price.unwrap_or_default(),
            });
        }
    }
}

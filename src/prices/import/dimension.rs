//! From the rows of an offer to prices with tiers.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::SERVICE;
use super::offer::{Offer, Product, Row};
use super::usage::{Usage, usage};
use crate::prices::Tier;
use crate::prices::line::{is_code, number};

/// A price that an offer has.
#[derive(Debug)]
pub(super) struct Offered<'o> {
    /// The number of its edition.
    pub(super) edition: usize,
    /// Where it is.
    pub(super) product: &'o Product,
    /// The code of the Region.
    pub(super) region: &'o str,
    /// What it is.
    pub(super) usage: Usage,
    /// Its tiers.
    pub(super) tiers: Vec<Tier<'o>>,
}

/// The prices of an offer, and what is not of use.
#[derive(Debug, Default)]
pub(super) struct Sorted<'o> {
    pub(super) prices: Vec<Offered<'o>>,
    pub(super) ignored: usize,
    pub(super) refused: Vec<String>,
}

/// A price's Region, item and term. Codes of terms and rates differ between partitions and say
/// nothing by themselves.
type Key<'o> = (&'o str, &'static str, &'o str);

/// Sorts the rows of an offer. `names` leads from the names of locations to codes of Regions, for
/// lists from before they had codes.
pub(super) fn sort<'o>(offer: &'o Offer, names: &IndexMap<String, &'o str>) -> Sorted<'o> {
    let mut sorted = Sorted::default();
    let mut groups: IndexMap<Key<'o>, (Usage, &'o Product, Vec<&'o Row>)> = IndexMap::default();
    for row in &offer.rows {
        let found = offer.products.get(row.product).and_then(|product| {
            let usage = usage(&product.usage_type, &product.operation, &row.term_type, &row.lease, &row.unit)?;
            let is_ours = product.service == SERVICE && matches!(product.location_type.as_str(), "" | "AWS Region");
            let region = if is_ours { region_of(product, names) } else { None };
            Some((usage, product, region?))
        });
        let Some((usage, product, region)) = found else {
            sorted.ignored = sorted.ignored.saturating_add(1);
            continue;
        };
        let key = (region, usage.item.as_str(), row.term.as_str());
        groups.entry(key).or_insert_with(|| (usage, product, Vec::new())).2.push(row);
    }
    let mut prices: IndexMap<(&str, &str), Option<Offered<'o>>> = IndexMap::default();
    for ((region, item, _), (usage, product, rows)) in groups {
        let edition = rows.first().map_or(0, |row| row.edition);
        let place = format!("{region} {item}");
        match tiers(usage, rows) {
            Err(why) => sorted.refused.push(format!("{place}: {why}")),
            Ok(tiers) => {
                let offered = Offered { edition, product, region, usage, tiers };
                let known = prices.entry((region, item)).or_insert_with(|| Some(offered.clone_of()));
                if known.as_ref().is_some_and(|known| !is_same(&known.tiers, &offered.tiers)) {
                    *known = None;
                    sorted.refused.push(format!("{place}: the list has two prices that differ"));
                }
            }
        }
    }
    sorted.prices = prices.into_values().flatten().collect();
    sorted
}

impl Offered<'_> {
    fn clone_of(&self) -> Self {
        Self { tiers: self.tiers.clone(), ..*self }
    }
}

/// The code of a product's Region; by its code, and by its name where it has none.
fn region_of<'o>(product: &'o Product, names: &IndexMap<String, &'o str>) -> Option<&'o str> {
    if product.region_code.is_empty() {
        return names.get(&plain_name(&product.location)).copied();
    }
    // Codes are short; this is no place for a text of a megabyte.
    Some(product.region_code.as_str()).filter(|code| code.len() <= 40 && is_code(code))
}

/// A Region's name in the form that all of AWS's lists can be brought to.
pub(super) fn plain_name(name: &str) -> String {
    name.replace("Europe (", "EU (").replace("GovCloud (US-West)", "GovCloud (US)").to_lowercase()
}

/// Whether tiers charge the same.
pub(super) fn is_same(one: &[Tier<'_>], other: &[Tier<'_>]) -> bool {
    let plain = |tier: &Tier<'_>| (tier.from, tier.to, tier.usd);
    one.iter().map(plain).eq(other.iter().map(plain))
}

/// The tiers of one price, in order.
fn tiers<'o>(usage: Usage, rows: Vec<&'o Row>) -> Result<Vec<Tier<'o>>, String> {
    let mut tiers = rows.into_iter().map(|row| tier(usage, row)).collect::<Result<Vec<_>, _>>()?;
    tiers.sort_by_key(|tier| tier.from);
    let mut reached = Some(Decimal::ZERO);
    for tier in &tiers {
        if reached != Some(tier.from) || tier.to.is_some_and(|to| to <= tier.from) {
            return Err("its ranges do not join".to_owned());
        }
        reached = tier.to;
    }
    // A list that is cut off may end after the band that costs nothing, which is no price.
    match reached {
        Some(end) => Err(format!("its last range ends at {end}, so a part of the list is missing")),
        None => Ok(tiers),
    }
}

fn tier(usage: Usage, row: &Row) -> Result<Tier<'_>, String> {
    let (currency, price) = &row.price;
    if currency != "USD" {
        let currency = if currency.is_empty() { "no currency".to_owned() } else { shown(currency) };
        return Err(format!("priced in {currency}, and the book is in USD"));
    }
    // `GB-Mo` and `GB-Month` are one unit.
    if row.unit.replace("GB-Month", "GB-Mo") != usage.unit.replace("GB-Month", "GB-Mo") {
        return Err(format!("priced by `{}`, and not by `{}`", shown(&row.unit), usage.unit));
    }
    let from = if row.begin.is_empty() { Decimal::ZERO } else { number(&row.begin)?.normalize() };
    let to = match row.end.as_str() {
        "" | "Inf" => None,
        end => Some(number(end)?.normalize()),
    };
    // A price with more than 28 digits, or in another form than digits and a point, is none.
    let usd = number(price)?.normalize();
    let is_code = row.rate_code.len() <= 80 && row.rate_code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    let rate_code = Some(row.rate_code.as_str()).filter(|code| is_code && !code.is_empty());
    Ok(Tier { from, to, usd, rate_code })
}

/// As much of an offer's text as a message can hold.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

//! Fan-out: how many queries one call takes, and why.

use rust_decimal::Decimal;

/// How many values a key attribute takes in one call.
#[derive(Clone, Default)]
pub(super) struct Fan(Vec<Way>);

/// One attribute that multiplies the queries of a call.
#[derive(Clone)]
struct Way {
    of: String,
    /// How many values; nothing where that is not known.
    count: Option<Decimal>,
    why: String,
}

impl Fan {
    /// One query for each of so many values of an attribute; `each` says what they are.
    pub(super) fn add(&mut self, of: &str, count: Option<Decimal>, each: String) {
        self.0.push(Way { of: of.to_owned(), count, why: format!("one query for each {each}") });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many queries it takes, where that is known, and why more than one. An attribute that several
/// key attributes hold splits a call once, into as many queries as it has values in the finest.
pub(super) fn queries<'f>(fans: impl Iterator<Item = &'f Fan>) -> (Option<Decimal>, Vec<String>) {
    let mut ways: Vec<&Way> = Vec::new();
    for way in fans.flat_map(|fan| &fan.0) {
        match ways.iter_mut().find(|known| known.of == way.of) {
            Some(known) if known.count.is_some_and(|count| way.count.is_none_or(|finer| finer > count)) => *known = way,
            Some(_) => {}
            None => ways.push(way),
        }
    }
    let count = ways.iter().try_fold(Decimal::ONE, |queries, way| Some(queries.saturating_mul(way.count?)));
    (count, ways.into_iter().map(|way| way.why.clone()).collect())
}

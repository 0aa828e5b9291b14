//! What follows the slider. Every value is calculated by the library at every stop and written into
//! the page, so that the script only chooses: it does no arithmetic that could differ.

use std::cell::RefCell;

use indexmap::IndexSet;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::super::{Review, Stop};

/// The values of everything that follows the slider.
pub(super) struct Live<'r, 'a, 'm> {
    review: &'r Review<'a, 'm>,
    series: RefCell<IndexSet<Vec<String>>>,
}

/// How wide a full bar is, in the drawing's own units.
const FULL: i64 = 1000;

impl<'r, 'a, 'm> Live<'r, 'a, 'm> {
    pub(super) fn new(review: &'r Review<'a, 'm>) -> Self {
        Self { review, series: RefCell::new(IndexSet::new()) }
    }

    /// The value at the report's own stop, and the number of its series where it changes.
    fn series(&self, of: impl Fn(&Stop<'a, 'm>) -> String) -> (String, Option<usize>) {
        let values: Vec<String> = self.review.stops.iter().map(of).collect();
        let own = values.get(self.review.base).cloned().unwrap_or_default();
        if values.iter().all(|value| *value == own) {
            return (own, None);
        }
        let (number, _) = self.series.borrow_mut().insert_full(values);
        (own, Some(number))
    }

    /// A text.
    pub(super) fn text(&self, of: impl Fn(&Stop<'a, 'm>) -> String) -> Markup {
        let (own, series) = self.series(of);
        html! { @if let Some(series) = series { span data-live=(series) { (own) } } @else { (own) } }
    }

    /// A bar for a share of the whole; above it the bar is full and has another look.
    pub(super) fn bar(
        &self,
        title: impl Fn(&Stop<'a, 'm>) -> String,
        share: impl Fn(&Stop<'a, 'm>) -> Option<Decimal>,
    ) -> Markup {
        let whole = Decimal::from(FULL);
        let (width, widths) = self.series(|stop| {
            let width = share(stop).unwrap_or_default().saturating_mul(whole).round_dp(0);
            width.min(whole).max(Decimal::ZERO).normalize().to_string()
        });
        let (class, classes) = self.series(|stop| {
            if share(stop).is_some_and(|share| share > Decimal::ONE) { "over" } else { "fill" }.to_owned()
        });
        html! {
            svg.bar viewBox={ "0 0 " (FULL) " 10" } preserveAspectRatio="none" role="img" {
                title { (self.text_only(title)) }
                rect.rail width=(FULL) height="10" {}
                rect class=(class) width=(width) height="10" data-live-width=[widths] data-live-class=[classes] {}
            }
        }
    }

    /// A text that stands where no element can be.
    fn text_only(&self, of: impl Fn(&Stop<'a, 'm>) -> String) -> String {
        self.review.own().map(of).unwrap_or_default()
    }

    /// All values as JSON that is safe inside a page.
    pub(super) fn json(&self) -> String {
        let factors: Vec<String> =
            self.review.stops.iter().map(|stop| stop.costing.scale.normalize().to_string()).collect();
        let totals: Vec<String> =
            self.review.stops.iter().map(|stop| stop.costing.figures.bill.total().normalize().to_string()).collect();
        let series = self.series.borrow();
        let all = serde_json::json!({
            "factors": factors,
            "base": self.review.base,
            "totals": totals,
            "series": series.iter().collect::<Vec<_>>(),
        });
        all.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }
}

//! Growth as a small chart with its numbers.

use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::Review;
use super::super::words::number;
use crate::cost::{Point, dollars};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 220;
const LEFT: u32 = 70;
const RIGHT: u32 = 600;
const TOP: u32 = 20;
const BOTTOM: u32 = 180;

pub(super) fn section(review: &Review<'_, '_>) -> Markup {
    let points = review.own().map(|stop| stop.costing.growth.as_slice()).unwrap_or_default();
    html! {
        section #growth {
            h2 { "Growth" }
            @if is_flat(points) {
                p { "The model names no growth, so what is stored stays as it is (" code { "growth: 80k/day" } " on an entity)." }
            } @else {
                p.note { "With the traffic of this report; items come and go as the model says." }
                @if points.len() > 1 { div.scroll tabindex="0" role="region" aria-label="Growth" { (chart(points)) } }
                (table(points))
            }
        }
    }
}

/// Whether nothing grows.
pub(in super::super) fn is_flat(points: &[Point]) -> bool {
    points.first().is_none_or(|first| points.iter().all(|point| point.gigabytes == first.gigabytes))
}

fn table(points: &[Point]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Growth in numbers" {
            table {
                thead { tr {
                    th scope="col" { "When" }
                    th.n scope="col" { "GB stored" }
                    th.n scope="col" { "USD for it" }
                    th.n scope="col" { "USD in all" }
                } }
                tbody { @for point in points { tr {
                    th scope="row" { (when(point)) }
                    td.n { (number(point.gigabytes)) }
                    td.n { (dollars(point.storage)) }
                    td.n { @if !point.is_complete { "at least " } (dollars(point.total)) }
                } } }
            }
        }
    }
}

/// When a point is.
pub(in super::super) fn when(point: &Point) -> String {
    if point.month == 0 { "today".to_owned() } else { format!("in {} months", point.month) }
}

/// A line of the chart: its class, its name and its amounts.
type Curve = (&'static str, &'static str, fn(&Point) -> Decimal);

fn chart(points: &[Point]) -> Markup {
    let most = points.iter().map(|point| point.total).max().unwrap_or_default();
    let last = points.last().map_or(1, |point| point.month).max(1);
    let x = |point: &Point| LEFT + (RIGHT - LEFT) * point.month / last;
    let y = |amount: Decimal| {
        let share = amount.checked_div(most).unwrap_or_default();
        let up = share.saturating_mul(Decimal::from(BOTTOM - TOP)).round().to_u32().unwrap_or_default();
        BOTTOM.saturating_sub(up)
    };
    let lines: [Curve; 2] = [("all", "in all", |point| point.total), ("stored", "for storage", |point| point.storage)];
    html! {
        svg.growth viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width=(WIDTH) height=(HEIGHT) role="img" {
            title { "US dollars a month from today to in " (last) " months" }
            path.axis d={ "M" (LEFT) " " (TOP) "V" (BOTTOM) "H" (RIGHT) } {}
            text x=(LEFT - 8) y=(TOP + 4) text-anchor="end" { (dollars(most)) }
            text x=(LEFT - 8) y=(BOTTOM + 4) text-anchor="end" { "0" }
            @for point in points {
                path.axis d={ "M" (x(point)) " " (BOTTOM) "v4" } {}
                text x=(x(point)) y=(BOTTOM + 20) text-anchor="middle" {
                    @if point.month == 0 { "today" } @else { (point.month) " months" }
                }
            }
            @for (class, name, of) in lines {
                @let path: Vec<String> = points.iter().map(|point| format!("{} {}", x(point), y(of(point)))).collect();
                path class={ "line " (class) } d={ "M" (path.join("L")) } {}
                @for point in points {
                    circle class={ "dot " (class) } cx=(x(point)) cy=(y(of(point))) r="3.5" {
                        title { (when(point)) ": " (dollars(of(point))) " USD " (name) }
                    }
                }
                @if let Some(point) = points.first() {
                    text.name x=(x(point) + 12) y=(label(y(of(point)))) { "USD " (name) }
                }
            }
        }
    }
}

/// Where a line's name stands: above it, or below where there is no room above.
fn label(y: u32) -> u32 {
    if y < TOP + 14 { y + 18 } else { y - 10 }
}

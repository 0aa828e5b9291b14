//! Item collections as they are drawn in the field: partition key values down the left, the items
//! of each across in the order of their sort keys.

use maud::{Markup, html};

use super::super::Review;
use super::super::collections::{Collection, Drawing, Item, drawings};

pub(super) fn section(review: &Review<'_, '_>) -> Markup {
    let all = review.own().map(|stop| drawings(stop.costing.design, stop.costing.figures)).unwrap_or_default();
    html! {
        section #collections {
            h2 { "Item collections" }
            p.note { "One example of each kind: the partition key value on the left, the items that lie under it in the order of their sort keys. The values are made up from the key templates and types." }
            @for (table, drawings) in &all {
                h3 { "Table " code { (table) } }
                @for (index, drawing) in drawings.iter().enumerate() { (path(drawing, index)) }
            }
        }
    }
}

fn path(drawing: &Drawing, index: usize) -> Markup {
    let widest = drawing.collections.iter().map(|c| c.items.len()).max().unwrap_or(1);
    html! {
        figure.path data-find="" {
            figcaption {
                @if index == 0 { "By the table’s own keys" } @else { (super::prose::line(&drawing.label)) }
                @if let Some(holds) = &drawing.holds { span.note { " " (holds) } }
            }
            @if drawing.collections.is_empty() {
                p { "No entity is in it." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label={ "Item collections of " (drawing.label.replace('`', "")) } {
                    table.items {
                        thead {
                            tr {
                                th scope="col" { (names(&drawing.partition)) small { "partition key" } }
                                th scope="colgroup" colspan=(widest) {
                                    @if drawing.sort.is_empty() { small { (drawing.order()) } }
                                    @else { (names(&drawing.sort)) small { "sort key, in this order →" } }
                                }
                            }
                        }
                        tbody { @for entry in &drawing.collections { (collection(drawing, entry, widest)) } }
                    }
                }
            }
        }
    }
}

fn names(names: &[String]) -> Markup {
    html! { @for (index, name) in names.iter().enumerate() { @if index > 0 { ", " } code { (name) } } }
}

/// Key values; with their names where the key has several attributes.
fn values(names: &[String], values: &[String]) -> Markup {
    html! {
        @for (name, value) in names.iter().zip(values) {
            span.value { @if names.len() > 1 { small { (name) } " " } code { (value) } }
        }
    }
}

fn collection(drawing: &Drawing, entry: &Collection, widest: usize) -> Markup {
    let rest = widest.saturating_sub(entry.items.len());
    html! {
        tr {
            th scope="row" { (values(&drawing.partition, &entry.partition)) }
            @for item in &entry.items { td.item { (card(drawing, item)) } }
            @if rest > 0 { td.empty colspan=(rest) {} }
        }
    }
}

fn card(drawing: &Drawing, item: &Item) -> Markup {
    html! {
        @if !item.sort.is_empty() { div.sort { (values(&drawing.sort, &item.sort)) } }
        p.entity { (item.entity) }
        @if !item.attributes.is_empty() {
            dl { @for (name, value) in &item.attributes { dt { (name) } dd { (value) } } }
        }
        @if item.more > 0 { p.note { "and " (item.more) " more attributes" } }
        @for note in &item.notes { p.note { (note) } }
    }
}

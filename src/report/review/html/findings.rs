//! The findings, the most serious first, and what was accepted.

use maud::{Markup, html};

use super::super::Review;
use super::super::words::counted;
use super::prose;
use crate::check::Located;
use crate::lint::Level;

const LEVELS: [(Level, &str); 3] = [(Level::Error, "Errors"), (Level::Warning, "Warnings"), (Level::Advice, "Advice")];

pub(super) fn section(review: &Review<'_, '_>) -> Markup {
    let accepted = &review.checked.suppressed;
    html! {
        section #findings {
            h2 { "Findings" }
            @if review.checked.findings.is_empty() { p { "Nothing was found." } }
            @for (level, name) in LEVELS {
                @let own: Vec<&Located> = review.checked.findings.iter().filter(|l| l.finding.level == level).collect();
                @if !own.is_empty() {
                    h3 { (name) " " small { (own.len()) } }
                    @for located in own { (finding(review, located)) }
                }
            }
            @if !accepted.is_empty() {
                details {
                    summary { (counted(accepted.len(), "finding is accepted", "findings are accepted")) }
                    ul {
                        @for accepted in accepted {
                            li data-find="" {
                                code { (accepted.located.finding.rule) } " " (prose::line(&accepted.located.finding.message))
                                " (" (review.place(accepted.located.span.start)) "): "
                                @if accepted.reason.trim().is_empty() { "no reason given" } @else { (accepted.reason) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn finding(review: &Review<'_, '_>, located: &Located) -> Markup {
    let finding = &located.finding;
    let level = finding.level.word();
    html! {
        article class={ "finding " (level) } data-find="" {
            p.meta { span.level { (level) } " " code { (finding.rule) } " " span.place { (review.place(located.span.start)) } }
            h4 { (prose::line(&finding.message)) }
            @if let Some(why) = &finding.why { div.why { b { "Why" } div { (prose::lines(why)) } } }
            @if let Some(help) = &finding.help { div.help { b { "Do" } div { (prose::lines(help)) } } }
            @if !located.related.is_empty() {
                p.also { "See also "
                    @for (index, (span, label)) in located.related.iter().enumerate() {
                        @if index > 0 { "; " }
                        span.place { (review.place(span.start)) }
                        @if !label.is_empty() { " (" (prose::line(label)) ")" }
                    }
                }
            }
        }
    }
}

//! Numbers of the model that cannot be right, and gaps that are worth saying.

use crate::IndexMap;
use crate::cost::Missing;
use crate::design::PatternDesign;
use crate::lint::registry::rule;
use crate::lint::wording::{counted, quoted_list, with_article};
use crate::lint::{Context, Finding, Place, Rule};
use crate::load::Unknown;
use crate::model::{AccessPattern, Names, Operation, Updates};
use crate::source::ModelPath;
use crate::units::{Bytes, Count};

pub(super) const RULES: &[Rule] = &[
    rule!("contradicting-numbers", Model, Warning, contradicting_numbers),
    rule!("circular-relation", Model, Error, circular_relation),
    rule!("peak-below-rate", Model, Error, peak_below_rate),
    rule!("suspicious-size", Model, Advice, suspicious_size),
    rule!("missing-numbers", Model, Advice, missing_numbers),
    rule!("undecided-pattern", Model, Advice, undecided_pattern),
    rule!("duplicate-pattern", Model, Advice, duplicate_pattern),
];

fn contradicting_numbers(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for contradiction in &context.design.contradictions {
        let mut finding = Finding::new(Place::value(contradiction.place.clone()), contradiction.message.clone())
            .label("cannot both be right")
            .why("Sizes, heat and cost are derived from these numbers; with two answers, any of them would be a guess.")
            .help("correct one of them, or leave the derived one out");
        if let Some((place, label)) = &contradiction.against {
            finding = finding.related(Place::value(place.clone()), label.clone());
        }
        found.push(finding);
    }
    batch_of_others(context, found);
}

/// A batch whose number of requests is not the number of items that its `in` asks for.
fn batch_of_others(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in &context.design.patterns {
        let (Some(batch), Some(listed)) = (pattern.pattern.batch, pattern.pattern.listed_values()) else { continue };
        if batch.0 == listed {
            continue;
        }
        let all = Count(batch.0.saturating_mul(listed));
        let listed = Count(listed);
        let place = Place::key(pattern.place.key("batch"));
        found.push(
            Finding::new(place, format!("`{}` is a batch of {batch}, and its `in` asks for {listed}", pattern.name))
                .label(format!("{batch} requests"))
                .related(Place::key(pattern.place.key("where")), format!("{listed} values"))
                .why(format!(
                    "The values of an `in` are the requests of a batch. As both numbers differ, each of {batch} requests is taken to ask for {listed} items: {batch} × {listed} = {all} in a call, which sizes and cost are derived from."
                ))
                .help("leave `batch` out, or give the `in` as many values"),
        );
    }
}

fn circular_relation(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for circle in &context.design.cycles {
        let entities: Vec<_> = circle.iter().filter_map(|id| context.design.entity(*id)).collect();
        let Some(first) = entities.first() else { continue };
        if entities.len() == 1 {
            found.push(
                Finding::new(Place::key(first.place.key("belongs_to")), format!("`{}` belongs to itself", first.name))
                    .label("counts cannot be derived")
                    .why("How many items an entity has follows from its parents; here it would follow from itself.")
                    .help("give the number as `items`; a tree of items needs no relation"),
            );
            continue;
        }
        found.push(
            Finding::new(
                Place::key(first.place.key("belongs_to")),
                format!("{} belong to each other in a circle", quoted_list(entities.iter().map(|e| e.name))),
            )
            .label("counts cannot be derived")
            .why("How many items an entity has follows from its parents; in a circle there is no first one.")
            .help("keep the relation of the owner, and give the other side's number as `items`"),
        );
    }
}

fn peak_below_rate(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in &context.design.patterns {
        let (Some(rate), Some(peak)) = (pattern.pattern.rate, pattern.pattern.peak) else { continue };
        if peak.per_second() < rate.per_second() {
            found.push(
                Finding::new(
                    Place::value(pattern.place.key("peak")),
                    format!("the peak of `{}`, {peak}, is below its average, {rate}", pattern.name),
                )
                .label("less than the average")
                .related(
                    Place::value(pattern.place.key("rate")),
                    format!("{} per second", rate.per_second().round_dp(2).normalize()),
                )
                .help("`rate` is the average and `peak` the largest; swap them, or check their periods"),
            );
        }
    }
}

/// A whole item or a text of fewer bytes than this was probably meant in KB.
const TINY_ITEM: u64 = 10;

fn suspicious_size(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (field, size) in [("size", entity.entity.size), ("max_size", entity.entity.max_size)] {
            if let Some(Bytes(bytes)) = size.filter(|size| size.0 < TINY_ITEM) {
                found.push(
                    Finding::new(
                        Place::value(entity.place.key(field)),
                        format!("{} item of {bytes} bytes", with_article(&format!("`{}`", entity.name))),
                    )
                    .label("bytes, or KB?")
                    .why("Sizes without a unit are bytes, and an item counts its attribute names too.")
                    .help(format!("write `{field}: {bytes} KB` if that is meant")),
                );
            }
        }
    }
}

/// Missing numbers that are named; the rest is counted.
const MOST_NAMED: usize = 5;

fn missing_numbers(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let judged = || context.design.patterns.iter().enumerate().filter(|(_, pattern)| super::super::is_judged(pattern));
    let has_rate = |pattern: &AccessPattern| pattern.rate.is_some() || pattern.peak.is_some();
    // A model without any rates is a model without rates, not an unfinished one.
    if !judged().any(|(_, pattern)| has_rate(pattern.pattern)) {
        return;
    }
    // What is missing of patterns without a plan is said elsewhere.
    let is_judged = |pattern: Option<usize>| {
        pattern.is_none_or(|index| context.design.patterns.get(index).is_some_and(super::super::is_judged))
    };
    let gaps = context.figures.bill.gaps.iter().filter(|gap| is_judged(gap.source.pattern));
    let mut missing: Vec<Missing<'_>> = gaps
        .map(|gap| gap.missing)
        .filter(|missing| match missing {
            Missing::Load(Unknown::Unserved(_) | Unknown::Undecided(_)) => false,
            // Prices are not numbers of the model, and few know how often a stream is asked.
            Missing::Price { .. } | Missing::StreamReads(_) => false,
            _ => true,
        })
        .collect();
    missing.sort_unstable();
    missing.dedup();
    // A pattern without a rate has no part in anything.
    let is_rate = |missing: &Missing<'_>| matches!(missing, Missing::Load(Unknown::Rate(_)));
    missing.sort_by_key(|missing| !is_rate(missing));
    let named: Vec<(ModelPath, String)> =
        missing.iter().take(MOST_NAMED).map(|missing| missing.describe(context.design)).collect();
    let Some((_, first)) = named.first() else { return };
    let lacking: Vec<&str> = missing
        .iter()
        .filter_map(|missing| match missing {
            Missing::Load(Unknown::Rate(index)) => Some(context.design.patterns.get(*index)?.name),
            _ => None,
        })
        .collect();
    let rates = match lacking.len() {
        0 => String::new(),
        count => format!(" Without a rate: {} ({}).", quoted_list(lacking), counted(count, "pattern", "patterns")),
    };
    // What takes more than a number to say does not fit beside its place.
    let explained = named.iter().skip(1).map(|(_, words)| words).filter(|words| words.contains("; "));
    let explained: String = explained.map(|words| format!(" And {words}.")).collect();
    let others = missing.len().saturating_sub(named.len());
    let more = if others > 0 { format!(" {others} more are not shown here.") } else { String::new() };
    let mut finding = Finding::new(
        Place::key(ModelPath::of(["access_patterns"])),
        format!("{} missing for units and cost", counted(missing.len(), "number is", "numbers are")),
    )
    .label("sums leave parts out")
    .why(format!("Totals are \"at least\" what is known. First: {first}.{explained}{rates}{more}"))
    .help("add estimates; a rough number is better than none. `keyplan cost --format json` lists all that is missing")
    .number("missing", missing.len());
    for (place, words) in named {
        // How it would be said stands in the reason of the first.
        let cuts = [" (`", ": ", "; "].iter().filter_map(|end| words.find(end));
        let label = cuts.min().and_then(|end| words.get(..end)).unwrap_or(&words).to_owned();
        finding = finding.related(Place::key(place), label);
    }
    found.push(finding);
}

fn undecided_pattern(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for pattern in context.design.patterns.iter().filter(|pattern| pattern.pattern.undecided == Some(true)) {
        found.push(
            Finding::new(Place::key(pattern.place.key("undecided")), format!("`{}` is not designed yet", pattern.name))
                .label("not judged")
                .help(
                    "design it before the tables are created: a local index or another table key cannot be added later",
                ),
        );
    }
}

fn duplicate_pattern(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    // Patterns that may ask the same, by what is quick to compare; the rest is compared in full.
    type Alike<'k> = (Option<Operation>, &'k [String], usize, Option<&'k str>);
    let mut seen: IndexMap<Alike<'_>, Vec<&PatternDesign<'_>>> = IndexMap::default();
    for pattern in context.design.patterns.iter().filter(|pattern| super::super::is_judged(pattern)) {
        let asked = pattern.pattern;
        let first = asked.conditions.keys().next().or(asked.key.keys().next()).map(String::as_str);
        let alike =
            seen.entry((asked.operation, asked.entity.0.as_slice(), asked.conditions.len(), first)).or_default();
        match alike.iter().rev().take(MOST_COMPARED).find(|earlier| asks_the_same(earlier.pattern, asked)) {
            Some(earlier) => found.push(
                Finding::new(
                    Place::key(pattern.place.clone()),
                    format!("`{}` asks the same as `{}`", pattern.name, earlier.name),
                )
                .label("the same again")
                .related(Place::key(earlier.place.clone()), "first here")
                .why("Its rate counts twice in every sum if the two are one call of the application.")
                .help("join them, with the sum of their rates, or say what tells them apart (`where`, `select`)"),
            ),
            None => alike.push(pattern),
        }
    }
}

/// Patterns that look alike are compared with so many earlier ones.
const MOST_COMPARED: usize = 50;

/// Whether two patterns are the same but for their rates and words. What an update sets can be another
/// value each time, which no model says.
fn asks_the_same(a: &AccessPattern, b: &AccessPattern) -> bool {
    let bare = |pattern: &AccessPattern| AccessPattern {
        description: None,
        rate: None,
        peak: None,
        hottest: None,
        evaluates: None,
        returns: None,
        misses: None,
        ..pattern.clone()
    };
    let gives =
        |sets: &Updates, adds: &Names, appends: &Names| !(sets.0.is_empty() && adds.is_empty() && appends.is_empty());
    let mut actions = b.actions.iter();
    if gives(&b.sets, &b.adds, &b.appends) || actions.any(|it| gives(&it.sets, &it.adds, &it.appends)) {
        return false;
    }
    // What differs most often first, before anything is copied.
    a.conditions == b.conditions && a.key == b.key && bare(a) == bare(b)
}

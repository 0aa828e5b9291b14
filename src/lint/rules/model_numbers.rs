//! Numbers of the model that cannot be right, and gaps that are worth saying.

use std::collections::HashMap;

use crate::design::PatternDesign;
use crate::lint::registry::rule;
use crate::lint::wording::{counted, quoted_list};
use crate::lint::{Context, Finding, Place, Rule};
use crate::model::{AccessPattern, Operation};
use crate::source::ModelPath;
use crate::units::Bytes;

pub(super) const RULES: &[Rule] = &[
    rule!("contradicting-numbers", Model, Warning, contradicting_numbers),
    rule!("circular-relation", Model, Error, circular_relation),
    rule!("peak-below-rate", Model, Error, peak_below_rate),
    rule!("suspicious-size", Model, Advice, suspicious_size),
    rule!("missing-rate", Model, Advice, missing_rate),
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
                        format!("a `{}` item of {bytes} bytes", entity.name),
                    )
                    .label("bytes, or KB?")
                    .why("Sizes without a unit are bytes, and an item counts its attribute names too.")
                    .help(format!("write `{field}: {bytes} KB` if that is meant")),
                );
            }
        }
    }
}

fn missing_rate(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let judged = || context.design.patterns.iter().filter(|pattern| super::super::is_judged(pattern));
    let lacking: Vec<&str> =
        judged().filter(|p| p.pattern.rate.is_none() && p.pattern.peak.is_none()).map(|pattern| pattern.name).collect();
    // A model without any rates is a model without rates, not an unfinished one.
    if lacking.is_empty() || lacking.len() == judged().count() {
        return;
    }
    found.push(
        Finding::new(
            Place::key(ModelPath::of(["access_patterns"])),
            format!(
                "{} no rate: {}",
                counted(lacking.len(), "pattern has", "patterns have"),
                quoted_list(lacking.iter().copied())
            ),
        )
        .label("their heat and cost are unknown")
        .why("The other patterns have rates; sums over all of them leave these out.")
        .help("add an estimate such as `rate: 10/s`")
        .number("patterns", lacking.len()),
    );
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
    let mut seen: HashMap<Alike<'_>, Vec<&PatternDesign<'_>>> = HashMap::new();
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

/// Whether two patterns are the same but for their rates and words.
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
    bare(a) == bare(b)
}

//! The cases that a pattern's calls meet, with the share of each: hits and misses, conditions that
//! fail, items that are new or replaced, values that change or stay.

use rust_decimal::Decimal;

use crate::design::{PatternDesign, Request};
use crate::model::{Guard, Operation, Overwrite, Updates};
use crate::units::Share;

/// What happens to one request of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Case {
    /// It finds its item, or puts a new one.
    Usual,
    /// It finds no item.
    Missed,
    /// Its condition does not hold.
    Failed,
    /// An update makes its item.
    Created,
    /// A put meets an item.
    Replaced,
    /// An update in which only these of the attributes that may stay the same change.
    Changed(Vec<String>),
}

impl Case {
    /// The case in a word, for readers.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Usual => "usual".to_owned(),
            Self::Missed => "finds nothing".to_owned(),
            Self::Failed => "condition fails".to_owned(),
            Self::Created => "makes the item".to_owned(),
            Self::Replaced => "replaces an item".to_owned(),
            Self::Changed(names) if names.is_empty() => "changes nothing".to_owned(),
            Self::Changed(names) => format!("changes {}", names.join(", ")),
        }
    }
}

/// What a pattern or an action says of one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'m> {
    /// Attributes that an update sets.
    pub sets: &'m Updates,
    /// Attributes that it adds.
    pub adds: &'m [String],
    /// Attributes that it removes.
    pub removes: &'m [String],
    /// Attributes that it makes longer.
    pub appends: &'m [String],
    /// What a put overwrites.
    pub replaces: Option<&'m Overwrite>,
    /// The write's condition.
    pub condition: Option<&'m Guard>,
    /// The share of updates that make the item.
    pub creates: Option<Share>,
    /// The share of calls that find nothing.
    pub misses: Option<Share>,
}

/// What is said of a request, whether it is a pattern or an action.
pub(super) fn said<'m>(pattern: &PatternDesign<'m>, request: &Request<'m>) -> Said<'m> {
    match request.action {
        Some(action) => Said {
            sets: &action.sets,
            adds: &action.adds.0,
            removes: &action.removes.0,
            appends: &action.appends.0,
            replaces: action.replaces.as_ref(),
            condition: action.condition.as_ref(),
            creates: action.creates,
            misses: action.misses,
        },
        None => {
            let pattern = pattern.pattern;
            Said {
                sets: &pattern.sets,
                adds: &pattern.adds.0,
                removes: &pattern.removes.0,
                appends: &pattern.appends.0,
                replaces: pattern.replaces.as_ref(),
                condition: pattern.condition.as_ref(),
                creates: pattern.creates,
                misses: pattern.misses,
            }
        }
    }
}

/// The most attributes whose change or staying makes cases of its own.
const MOST_UNCERTAIN: usize = 3;

/// The cases of a request. The shares add up to one.
pub(super) fn cases(pattern: &PatternDesign<'_>, request: &Request<'_>) -> Vec<(Decimal, Case)> {
    let said = said(pattern, request);
    let of = |share: Option<Share>| share.map_or(Decimal::ZERO, |share| share.0);
    let fails = of(said.condition.and_then(|guard| guard.fails));
    let misses = of(said.misses);
    let rest =
        |parts: &[Decimal]| parts.iter().fold(Decimal::ONE, |left, part| left.saturating_sub(*part)).max(Decimal::ZERO);
    let mut all = match super::item_operation(request) {
        Operation::Get | Operation::ConditionCheck => vec![(rest(&[misses]), Case::Usual), (misses, Case::Missed)],
        Operation::Delete => {
            vec![(rest(&[misses, fails]), Case::Usual), (fails, Case::Failed), (misses, Case::Missed)]
        }
        Operation::Update => {
            let creates = of(said.creates);
            let mut all = in_place(said.sets, rest(&[misses, fails, creates]));
            all.extend([(creates, Case::Created), (fails, Case::Failed), (misses, Case::Missed)]);
            all
        }
        Operation::Put => match said.replaces {
            Some(overwrite) => {
                let share = overwrite.share.map_or_else(|| rest(&[fails]), |share| share.0);
                vec![(rest(&[share, fails]), Case::Usual), (share, Case::Replaced), (fails, Case::Failed)]
            }
            None => vec![(rest(&[fails]), Case::Usual), (fails, Case::Failed)],
        },
        _ => vec![(Decimal::ONE, Case::Usual)],
    };
    if request.operation == Operation::ConditionCheck && !fails.is_zero() {
        all = all.into_iter().map(|(share, case)| (share.saturating_mul(rest(&[fails])), case)).collect();
        all.push((fails, Case::Failed));
    }
    all.retain(|(share, _)| !share.is_zero());
    all
}

/// Updates in place, by which of the attributes that may keep their values change.
fn in_place(sets: &Updates, share: Decimal) -> Vec<(Decimal, Case)> {
    let uncertain: Vec<(&String, Decimal)> = sets
        .0
        .iter()
        .filter_map(|(name, change)| Some((name, change.as_ref()?.changes?.0)))
        .filter(|(_, share)| *share < Decimal::ONE)
        .collect();
    if uncertain.is_empty() || uncertain.len() > MOST_UNCERTAIN {
        return vec![(share, Case::Usual)];
    }
    let mut all = vec![(share, Vec::new())];
    for (name, changes) in uncertain {
        all = all
            .into_iter()
            .flat_map(|(share, changed): (Decimal, Vec<String>)| {
                let with = changed.iter().cloned().chain([name.clone()]).collect();
                let stays = Decimal::ONE.saturating_sub(changes);
                [(share.saturating_mul(changes), with), (share.saturating_mul(stays), changed)]
            })
            .collect();
    }
    all.into_iter().map(|(share, changed)| (share, Case::Changed(changed))).collect()
}

/// A way in which all requests of a pattern go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scenario {
    /// Its weight in the average of a call; together they are one. Where requests are many, that of
    /// the usual case can be below zero: each of the others is a difference from it.
    pub weight: Decimal,
    /// The case of each request.
    pub cases: Vec<Case>,
    /// Which request is not in its usual case.
    pub odd: Option<usize>,
}

/// The scenarios of a pattern: every request in its most frequent case, and each other case of each
/// request by itself. What a call consumes is a sum over its requests, so that these are enough.
pub(super) fn scenarios(pattern: &PatternDesign<'_>) -> Vec<Scenario> {
    let all: Vec<Vec<(Decimal, Case)>> = pattern.requests.iter().map(|request| cases(pattern, request)).collect();
    let main = |cases: &Vec<(Decimal, Case)>| {
        let best = cases.iter().enumerate().max_by_key(|(index, (share, _))| (*share, std::cmp::Reverse(*index)));
        best.map(|(index, (_, case))| (index, case.clone())).unwrap_or((0, Case::Usual))
    };
    let usual: Vec<(usize, Case)> = all.iter().map(main).collect();
    let usual_cases: Vec<Case> = usual.iter().map(|(_, case)| case.clone()).collect();
    let mut scenarios = vec![Scenario { weight: Decimal::ONE, cases: usual_cases.clone(), odd: None }];
    let mut add = |request: usize, weight: Decimal, case: Case| {
        let mut cases = usual_cases.clone();
        if let Some(place) = cases.get_mut(request) {
            *place = case;
        }
        if let Some(first) = scenarios.first_mut() {
            first.weight = first.weight.saturating_sub(weight);
        }
        scenarios.push(Scenario { weight, cases, odd: Some(request) });
    };
    for (request, cases) in all.iter().enumerate() {
        for (index, (share, case)) in cases.iter().enumerate() {
            if usual.get(request).is_none_or(|(main, _)| *main != index) {
                add(request, *share, case.clone());
            }
        }
    }
    // A condition of the whole transaction, whichever action has it.
    let whole = pattern.pattern.condition.as_ref().filter(|_| !pattern.pattern.actions.is_empty());
    if let Some(fails) = whole.and_then(|guard| guard.fails) {
        add(0, fails.0, Case::Failed);
    }
    scenarios
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::source::load;

    fn of(pattern: &str) -> Vec<(String, String)> {
        let text = format!(
            "keyplan: 1\ntables: {{T: {{partition_key: id}}}}\nentities:\n  E: {{attributes: {{id: uuid, a: string, b: string}}}}\naccess_patterns:\n  p: {pattern}\n"
        );
        let (model, _) = load(&text).unwrap();
        let design = Design::new(&model);
        let shown = |scenario: Scenario| {
            let words: Vec<String> = scenario.cases.iter().map(Case::word).collect();
            (scenario.weight.normalize().to_string(), words.join(" + "))
        };
        scenarios(design.patterns.first().unwrap()).into_iter().map(shown).collect()
    }

    fn shown(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(weight, words)| ((*weight).to_owned(), (*words).to_owned())).collect()
    }

    #[test]
    fn every_case_has_its_share() {
        assert_eq!(
            of("{operation: get, entity: E, where: {id: equals}, misses: 40%}"),
            shown(&[("0.6", "usual"), ("0.4", "finds nothing")])
        );
        assert_eq!(
            of("{operation: put, entity: E, replaces: 70%}"),
            shown(&[("0.7", "replaces an item"), ("0.3", "usual")])
        );
        assert_eq!(
            of("{operation: update, entity: E, where: {id: equals}, sets: {a: {changes: 40%}, b: {}}, creates: 10%}"),
            shown(&[("0.54", "changes nothing"), ("0.36", "changes a"), ("0.1", "makes the item")])
        );
    }

    #[test]
    fn cases_of_several_requests_are_differences_from_the_usual_call() {
        let pattern = "{operation: transact_write, actions: [{operation: put, entity: E, condition: {fails: 1%}}, {operation: delete, entity: E, where: {id: equals}, misses: 20%}]}";
        assert_eq!(
            of(pattern),
            shown(&[("0.79", "usual + usual"), ("0.01", "condition fails + usual"), ("0.2", "usual + finds nothing")])
        );
    }
}

//! What a write can meet: cases that exclude each other, so that their shares are at most all calls.

use rust_decimal::Decimal;

use super::{Contradiction, Design, PatternDesign, Request};
use crate::model::{Guard, Operation, Overwrite};
use crate::units::Share;

/// Writes whose cases add up to more than all of their calls.
pub(super) fn contradictions(design: &Design<'_>) -> Vec<Contradiction> {
    let requests = design.patterns.iter().flat_map(|pattern| pattern.requests.iter().map(move |r| (pattern, r)));
    requests.filter_map(|(pattern, request)| contradiction(pattern, request)).collect()
}

fn contradiction(pattern: &PatternDesign<'_>, request: &Request<'_>) -> Option<Contradiction> {
    let outcomes = outcomes(pattern, request);
    let total = outcomes.iter().fold(Decimal::ZERO, |total, (_, share)| total.saturating_add(share.0));
    let (first, _) = outcomes.first()?;
    if total <= Decimal::ONE {
        return None;
    }
    let listed: Vec<String> = outcomes.iter().map(|(name, share)| format!("`{name}` {share}")).collect();
    Some(Contradiction {
        message: format!(
            "what `{}` meets adds up to {} of its calls: {}",
            pattern.name,
            Share(total),
            listed.join(", ")
        ),
        place: request.place.key(first),
        against: None,
    })
}

/// The cases of a write that the model gives shares of, by the keys that say them.
fn outcomes(pattern: &PatternDesign<'_>, request: &Request<'_>) -> Vec<(&'static str, Share)> {
    let said = pattern.pattern;
    let (misses, creates, condition, replaces) = match request.action {
        Some(action) => (action.misses, action.creates, &action.condition, &action.replaces),
        None => (said.misses, said.creates, &said.condition, &said.replaces),
    };
    let fails = ("condition", condition.as_ref().and_then(|guard: &Guard| guard.fails));
    let replaced = ("replaces", replaces.as_ref().and_then(|overwrite: &Overwrite| overwrite.share));
    let cases = match request.operation {
        Operation::Put => vec![replaced, fails],
        Operation::Update => vec![("misses", misses), ("creates", creates), fails],
        Operation::Delete => vec![("misses", misses), fails],
        _ => Vec::new(),
    };
    cases.into_iter().filter_map(|(name, share)| Some((name, share?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Design;

    #[test]
    fn cases_that_exclude_each_other_are_at_most_all_calls() {
        let text = |shares: &str| {
            format!(
                "keyplan: 1\ntables: {{Tab: {{partition_key: id}}}}\nentities: {{E: {{attributes: {{id: ulid, b: string}}}}}}\n\
                 access_patterns: {{p: {{entity: E, {shares}}}}}"
            )
        };
        let found = |shares: &str| {
            let (model, _) = crate::source::load(&text(shares)).ok()?;
            Some(Design::new(&model).contradictions.iter().map(|c| c.message.clone()).collect::<Vec<_>>())
        };
        assert_eq!(found("operation: put, replaces: 80%, condition: {fails: 20%}"), Some(Vec::new()));
        assert_eq!(
            found("operation: put, replaces: 90%, condition: {fails: 20%}"),
            Some(vec!["what `p` meets adds up to 110% of its calls: `replaces` 90%, `condition` 20%".to_owned()])
        );
        let update = "operation: update, where: {id: equals}, sets: [b], misses: 60%, creates: 50%";
        assert_eq!(found(update).map(|all| all.len()), Some(1));
    }
}

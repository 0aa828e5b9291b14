//! Findings of one cause, said as one to people.

use crate::IndexMap;
use crate::check::Located;
use crate::lint::wording::and_list_whole;
use crate::lint::{Level, Place};

/// So many places of the others are shown beside the first.
const PLACES: usize = 3;

/// What findings of one cause have in common: rule, level, cause and words.
type Cause = (&'static str, Level, Place, (String, String));

/// Joins findings of a rule that have the same cause and level, where the first of them stands.
pub fn joined(findings: Vec<Located>) -> Vec<Located> {
    let mut groups: Vec<Vec<Located>> = Vec::with_capacity(findings.len());
    let mut of_causes: IndexMap<Cause, usize> = IndexMap::default();
    for located in findings {
        let finding = &located.finding;
        let cause =
            finding.together.as_ref().map(|it| (finding.rule, finding.level, it.cause.clone(), it.message.clone()));
        let known = cause.map_or(groups.len(), |cause| *of_causes.entry(cause).or_insert(groups.len()));
        match groups.get_mut(known) {
            Some(group) => group.push(located),
            None => groups.push(vec![located]),
        }
    }
    groups.into_iter().filter_map(one).collect()
}

/// One finding for a group.
fn one(group: Vec<Located>) -> Option<Located> {
    let names: Vec<String> =
        group.iter().filter_map(|it| Some(format!("`{}`", it.finding.together.as_ref()?.name))).collect();
    let mut group = group.into_iter();
    let mut first = group.next()?;
    if let Some(together) = first.finding.together.take_if(|_| names.len() > 1) {
        let (before, after) = together.message;
        first.finding.message = format!("{before}{}{after}", and_list_whole(&names));
        first.finding.why = Some(together.why);
        first.finding.help = Some(together.help);
        first.related.extend(group.take(PLACES).map(|other| (other.span, other.finding.label)));
    }
    Some(first)
}

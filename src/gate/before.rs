//! What a change introduces: the findings that the file did not have before.

use std::collections::BTreeMap;

use super::Fingerprint;
use crate::check::CheckedFile;
use crate::lint::Level;

/// Takes out the findings that an earlier version of the file had as well, counts them, and
/// notes what that version did cost.
///
/// Findings with the same fingerprint are counted: where there were two and are three, one is new,
/// the last in the text. One that was there at a lower level has got worse, and is new.
pub fn keep_new(file: &mut CheckedFile, before: &CheckedFile) {
    let mut had: BTreeMap<Fingerprint, Vec<Level>> = BTreeMap::new();
    for located in &before.findings {
        had.entry(Fingerprint::of(&located.finding)).or_default().push(located.finding.level);
    }
    for levels in had.values_mut() {
        levels.sort_unstable();
    }
    let found = file.findings.len();
    file.findings.retain(|located| {
        let Some(levels) = had.get_mut(&Fingerprint::of(&located.finding)) else { return true };
        let same = levels.iter().position(|level| *level >= located.finding.level);
        same.map(|position| levels.remove(position)).is_none()
    });
    file.cost_before = before.cost.clone();
    file.known.before += found - file.findings.len();
}

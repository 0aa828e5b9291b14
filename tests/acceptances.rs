//! Accepting findings: in the model and by comment, and what is wrong with acceptances.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use keyplan::check::{CheckedFile, Settings, check};
use keyplan::source::SourceFile;

const TABLE: &str = "keyplan: 1
tables: {Things: {partition_key: id}}
entities: {Thing: {attributes: {id: uuid, kind: string}}}
";

fn checked(rest: &str) -> CheckedFile {
    let settings = Settings::on("2026-11-22".parse().unwrap());
    let text = format!("{TABLE}{rest}");
    let checked = check(SourceFile::new("m.yaml", text.into_bytes()).map_err(|bad| bad.1).unwrap(), &settings);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    checked
}

fn rules(checked: &CheckedFile) -> Vec<&'static str> {
    checked.findings.iter().map(|located| located.finding.rule).collect()
}

fn reasons(checked: &CheckedFile) -> Vec<(&'static str, String, bool)> {
    checked.suppressed.iter().map(|s| (s.located.finding.rule, s.reason.clone(), s.in_source)).collect()
}

#[test]
fn a_comment_on_the_line_or_above_covers_what_it_touches() {
    for rest in [
        "access_patterns:\n  all: # keyplan: allow[full-scan] a small table\n    operation: scan\n    entity: Thing\n",
        "access_patterns:\n  # keyplan: allow[full-scan] a small table\n  all:\n    operation: scan\n    entity: Thing\n",
        "access_patterns:\n  all:\n    operation: scan # keyplan: allow[full-scan]: a small table\n    entity: Thing\n",
        "# keyplan: allow-file[full-scan, never-read] a small table\naccess_patterns:\n  all:\n    operation: scan\n    entity: Thing\n",
    ] {
        let checked = checked(rest);
        assert_eq!(reasons(&checked), [("full-scan", "a small table".to_owned(), true)], "{rest}");
        let left = rules(&checked);
        assert!(left.iter().all(|rule| *rule == "unused-allow"), "{left:?} in {rest}");
    }
}

#[test]
fn a_comment_covers_nothing_else() {
    let rest = "access_patterns:
  one: # keyplan: allow[full-scan] a small table
    operation: get
    entity: Thing
    where: {id: equals}
  all:
    operation: scan
    entity: Thing
";
    let checked = checked(rest);
    assert!(checked.suppressed.is_empty());
    assert_eq!(rules(&checked), ["unused-allow", "full-scan"]);
}

#[test]
fn comments_need_a_reason_and_a_rule_that_exists() {
    let checked = checked(
        "access_patterns:\n  # keyplan: allow[full-scan]\n  all:\n    operation: scan\n    entity: Thing\n  # keyplan: allow[ful-scan] typo\n  one: {operation: get, entity: Thing, where: {id: equals}}\n",
    );
    assert_eq!(rules(&checked), ["allow-without-reason", "full-scan", "unknown-rule"]);
}

#[test]
fn the_model_accepts_by_place_until_a_day() {
    let accept = |entry: &str| {
        format!("access_patterns: {{all: {{operation: scan, entity: Thing}}}}\nlint: {{allow: [{entry}]}}\n")
    };
    let good = checked(&accept("{rule: full-scan, at: access_patterns.all, reason: small, until: 2026-11-22}"));
    assert_eq!(reasons(&good), [("full-scan", "small".to_owned(), false)]);
    assert!(good.findings.is_empty());
    let expired = checked(&accept("{rule: full-scan, reason: small, until: 2026-11-21}"));
    assert_eq!(rules(&expired), ["full-scan", "expired-allow"]);
    let elsewhere = checked(&accept("{rule: full-scan, at: tables.Things, reason: small}"));
    assert_eq!(rules(&elsewhere), ["full-scan", "unused-allow"]);
    let nowhere = checked(&accept("{rule: full-scan, at: tables.Thing, reason: small}"));
    assert_eq!(rules(&nowhere), ["full-scan", "unused-allow"]);
    let silent = checked(&accept("{rule: full-scan, reason: ' '}"));
    assert_eq!(rules(&silent), ["full-scan", "allow-without-reason"]);
}

#[test]
fn levels_of_the_model_hold() {
    let level = |level: &str| {
        checked(&format!(
            "access_patterns: {{all: {{operation: scan, entity: Thing}}}}\nlint: {{levels: {{full-scan: {level}, no-such: off}}}}\n"
        ))
    };
    assert_eq!(rules(&level("off")), ["unknown-rule"]);
    let error = level("error");
    assert_eq!(error.worst(), Some(keyplan::lint::Level::Error));
}

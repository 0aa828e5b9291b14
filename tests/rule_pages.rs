//! Every rule has a page, every page a rule, and every example of a page does what it says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use keyplan::IndexMap;
use keyplan::check::{CheckedFile, Settings, check};
use keyplan::interop::{Deployed, Options};
use keyplan::lint::{Level, registry};
use keyplan::model::RuleLevel;
use keyplan::source::SourceFile;

/// A fenced example of a page.
struct Example {
    is_bad: bool,
    model: String,
}

fn examples(page: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut current: Option<Example> = None;
    for line in page.lines() {
        match (&mut current, line.trim_end()) {
            (None, "```yaml bad") => current = Some(Example { is_bad: true, model: String::new() }),
            (None, "```yaml good") => current = Some(Example { is_bad: false, model: String::new() }),
            (Some(_), "```") => found.extend(current.take()),
            (Some(example), line) => {
                example.model.push_str(line);
                example.model.push('\n');
            }
            (None, _) => {}
        }
    }
    for example in &mut found {
        if !example.model.contains("keyplan:") {
            example.model.insert_str(0, "keyplan: 1\n");
        }
    }
    found
}

/// What the page's examples are held against, where it has such a block.
fn deployed(page: &str) -> Option<Arc<Deployed>> {
    let (_, text) = page.split_once("```json deployed\n")?;
    let (text, _) = text.split_once("```").unwrap();
    let file = SourceFile::new("described.json", text.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap();
    Some(Arc::new(Deployed::read(vec![file], &Options::default()).unwrap()))
}

/// The rule under test speaks even if it is off by default.
fn check_with(rule: &str, level: Level, model: &str) -> CheckedFile {
    let level = match level {
        Level::Error => RuleLevel::Error,
        Level::Warning => RuleLevel::Warning,
        Level::Advice => RuleLevel::Advice,
    };
    let is_off = keyplan::lint::find(rule).unwrap().is_off;
    let levels: IndexMap<String, RuleLevel> = is_off.then(|| (rule.to_owned(), level)).into_iter().collect();
    let deployed = deployed(keyplan::lint::find(rule).unwrap().page);
    let settings = Settings { levels, deployed, ..Settings::on("2026-11-22".parse().unwrap()) };
    let file = SourceFile::new("page.yaml", model.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap();
    check(file, &settings)
}

fn shown(checked: &CheckedFile) -> String {
    let mut out = Vec::new();
    keyplan::report::concise::write(&mut out, std::slice::from_ref(checked)).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_page_belongs_to_a_rule_and_every_rule_has_one() {
    let rules: BTreeSet<String> = registry().iter().map(|rule| format!("{}.md", rule.name)).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let pages: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(rules, pages);
    assert_eq!(rules.len(), registry().len(), "two rules have the same name");
}

#[test]
fn front_matter_is_what_the_registry_says() {
    for rule in registry() {
        let level = if rule.is_off { "off" } else { rule.level.word() };
        let expected = format!("---\nname: {}\nfamily: {}\nlevel: {level}\n---\n", rule.name, rule.family.word());
        assert!(rule.page.starts_with(&expected), "rules/{}.md should begin with\n{expected}", rule.name);
        let summary = rule.summary();
        assert!(
            summary.ends_with('.') && summary.len() <= 110,
            "{}: its summary should be one short sentence: {summary}",
            rule.name
        );
        for heading in ["## Why it matters", "## What to do", "## Bad", "## Good", "## Sources"] {
            assert!(rule.page.contains(heading), "rules/{}.md lacks `{heading}`", rule.name);
        }
    }
}

#[test]
fn examples_do_what_they_say() {
    let mut wrong = Vec::new();
    for rule in registry() {
        let examples = examples(rule.page);
        if !examples.iter().any(|e| e.is_bad) || !examples.iter().any(|e| !e.is_bad) {
            wrong.push(format!("{}: a page needs a bad and a good example", rule.name));
        }
        for example in examples {
            let checked = check_with(rule.name, rule.level, &example.model);
            let fires = checked.findings.iter().any(|located| located.finding.rule == rule.name);
            let reads = checked.problems.is_empty();
            let clean = checked
                .findings
                .iter()
                .all(|located| located.finding.level == Level::Advice && located.finding.rule != rule.name);
            if !reads || (example.is_bad && !fires) || (!example.is_bad && !clean) {
                let kind = if example.is_bad { "bad" } else { "good" };
                wrong.push(format!(
                    "{}: its {kind} example gives\n{}in\n{}",
                    rule.name,
                    shown(&checked),
                    example.model
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_bad_example_shows_the_rule_at_its_own_level() {
    let mut wrong = Vec::new();
    for rule in registry() {
        let levels: Vec<Level> = examples(rule.page)
            .iter()
            .filter(|example| example.is_bad)
            .flat_map(|example| check_with(rule.name, rule.level, &example.model).findings)
            .filter(|located| located.finding.rule == rule.name)
            .map(|located| located.finding.level)
            .collect();
        if !levels.contains(&rule.level) {
            wrong.push(rule.name);
        }
    }
    assert!(wrong.is_empty(), "no bad example reaches the rule's level: {wrong:?}");
}

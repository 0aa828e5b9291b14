//! Designs that other people made, with the flaws that they and their reviewers list: which of
//! them are found, by which rule, and which are not, and why. `cargo test --test designs --
//! --nocapture` prints the table.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::fs;
use std::path::Path;

use keyplan::IndexMap;
use keyplan::check::{CheckedFile, Settings, check};
use keyplan::lint::Level;
use keyplan::source::SourceFile;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Without any flaw: no error and no warning may come.
    #[serde(default)]
    good: bool,
    #[serde(default)]
    flaws: Vec<Flaw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flaw {
    flaw: String,
    found_by: Option<String>,
    at: Option<String>,
    not_found: Option<String>,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/designs"))
}

fn checked(name: &str) -> CheckedFile {
    let bytes = fs::read(folder().join(format!("{name}.yaml"))).unwrap();
    let settings = Settings::on("2026-11-22".parse().unwrap());
    check(SourceFile::new(name, bytes).map_err(|bad| bad.1).unwrap(), &settings)
}

#[test]
fn listed_flaws_are_found_or_accounted_for() {
    let text = fs::read_to_string(folder().join("flaws.yaml")).unwrap();
    let designs: IndexMap<String, Expected> = serde_yaml::from_str(&text).unwrap();
    let models = fs::read_dir(folder()).unwrap().count() - 1;
    assert_eq!(designs.len(), models, "every model of the folder is in the table");
    assert!(designs.len() >= 15);
    let (mut found, mut total, mut wrong) = (0, 0, Vec::new());
    for (name, expected) in &designs {
        let checked = checked(name);
        assert!(checked.problems.is_empty(), "{name}: {:?}", checked.problems);
        println!("{name}{}", if expected.good { " (good)" } else { "" });
        if expected.good && checked.findings.iter().any(|located| located.finding.level != Level::Advice) {
            wrong.push(format!("{name} is a good design, but has warnings or errors"));
        }
        for flaw in &expected.flaws {
            total += 1;
            match (&flaw.found_by, &flaw.not_found) {
                (Some(rule), None) => {
                    found += 1;
                    let fires = checked.findings.iter().any(|located| {
                        located.finding.rule == rule
                            && flaw.at.as_ref().is_none_or(|at| located.finding.place.path.to_string().starts_with(at))
                    });
                    println!("  found      {} [{rule}]", flaw.flaw);
                    if !fires {
                        wrong.push(format!("{name}: `{rule}` does not fire at {:?} for: {}", flaw.at, flaw.flaw));
                    }
                }
                (None, Some(why)) => println!("  not found  {} ({why})", flaw.flaw),
                _ => wrong.push(format!("{name}: say either found_by or not_found for: {}", flaw.flaw)),
            }
        }
    }
    println!("{found} of {total} listed flaws found in {} designs", designs.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

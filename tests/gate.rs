//! The gate, with the real binary: baselines, git revisions, configuration, and forms of reports.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

const SCAN: &str = "keyplan: 1
tables:
  Things: {partition_key: pk}
entities:
  E: {attributes: {pk: uuid, name: string}}
access_patterns:
  put_e: {operation: put, entity: E}
  all_e: {operation: scan, entity: E}
";

const WITH_RATES: &str = "keyplan: 1
region: us-east-1
tables:
  Items: {partition_key: pk}
entities:
  E: {items: 1M, size: 1 KB, attributes: {pk: uuid}}
access_patterns:
  put_e: {operation: put, entity: E, rate: 10/s}
  get_e: {operation: get, entity: E, where: {pk: equals}, rate: 100/s}
";

/// A directory of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("keyplan-gate-{}-{number}", std::process::id()));
        fs::create_dir_all(path.join(".git")).unwrap();
        Self(path)
    }

    /// With a repository that holds the files; nothing, and a printed line, where there is no git.
    #[allow(clippy::print_stderr)]
    fn repository(files: &[(&str, &str)]) -> Option<Self> {
        let folder = Self::new();
        fs::remove_dir(folder.0.join(".git")).unwrap();
        for (name, text) in files {
            folder.write(name, text);
        }
        if Command::new("git").arg("--version").output().is_err() {
            eprintln!("SKIPPED: there is no git");
            return None;
        }
        folder.git(&["init", "--quiet", "--initial-branch", "main"]);
        folder.commit();
        Some(folder)
    }

    fn git(&self, arguments: &[&str]) {
        let settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let mut command = Command::new("git");
        command.args(settings).args(arguments).current_dir(&self.0);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "state"]);
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyplan"));
        for name in ["NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS"] {
            command.env_remove(name);
        }
        command.env("COLUMNS", "100").current_dir(&self.0).args(arguments);
        command
    }

    fn run(&self, line: &str) -> (i32, String, String) {
        let mut command = self.command(&line.split(' ').collect::<Vec<_>>());
        if line.starts_with("check") || line.starts_with("baseline") {
            // Prices get old, and that is a finding.
            command.args(["--today", "2026-11-22"]);
        }
        shown(&command.output().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn shown(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn root() -> Folder {
    let folder = Folder::new();
    for name in ["flawed.yaml", "book-match-game.yaml"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap();
        folder.write(&format!("design/{name}"), &text);
    }
    folder.write("design/broken.yaml", "keyplan: 1\ntabels: {}\n");
    folder
}

#[test]
fn code_quality_reports_keep_to_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("code-quality.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (code, out, _) = root().run("check ./design --format gitlab");
    assert_eq!(code, 3);
    let report: Value = serde_json::from_str(&out).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let issues = report.as_array().unwrap();
    let mut fingerprints: Vec<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), issues.len(), "each occurs once");
    let some: Vec<&Value> = issues.iter().take(4).collect();
    insta::assert_snapshot!("gitlab", serde_json::to_string_pretty(&some).unwrap());
}

#[test]
fn junit_counts_what_it_holds() {
    let (_, out, _) = root().run("check design --format junit --fail-on warning");
    assert_eq!(out.matches("<testsuite ").count(), 3);
    assert_eq!(out.matches("<testcase ").count(), out.matches("</testcase>").count() + out.matches("0\"/>").count());
    // The suites, and the first case of each.
    let lines: Vec<&str> = out.lines().collect();
    let shown: Vec<&str> = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| {
            let is_first = *at > 0 && lines[at - 1].contains("<testsuite ");
            is_first || !line.starts_with("    ") && line.trim_start().starts_with("<test")
        })
        .map(|(_, line)| *line)
        .collect();
    insta::assert_snapshot!("junit_suites", shown.join("\n"));
    let folder = Folder::new();
    folder.write("a&b.yaml", "keyplan: 1\ntables: {\"T<\\u0001]]>\": {partition_key: id}}\n");
    let (_, out, _) = folder.run("check a&b.yaml --format junit");
    insta::assert_snapshot!("junit_escapes", out);
}

#[test]
fn a_baseline_hides_what_is_known_and_nothing_else() {
    let folder = Folder::new();
    folder.write("design/a.yaml", SCAN);
    assert_eq!(folder.run("baseline create --level full-scan=error").0, 0);
    insta::assert_snapshot!("baseline", folder.read("keyplan-baseline.json"));
    let check = "check design --baseline keyplan-baseline.json --level full-scan=error";
    let (code, out, err) = folder.run(check);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "design/a.yaml: 2 of 2 access patterns served, nothing new found, 1 in the baseline\n");
    let json: Value = serde_json::from_str(&folder.run(&format!("{check} --format json")).1).unwrap();
    assert_eq!((&json["summary"]["in_baseline"], &json["summary"]["errors"]), (&1.into(), &0.into()));

    // One more of another place is new; the old one stays known.
    folder.write("design/a.yaml", &format!("{SCAN}  more: {{operation: scan, entity: E}}\n"));
    let (code, out, _) = folder.run(&format!("{check} --format concise"));
    assert_eq!(code, 1);
    assert!(out.contains("`more` scans") && !out.contains("`all_e` scans"), "{out}");
    assert_eq!(folder.run("baseline create").0, 2, "never overwritten");

    // What is mended must leave the baseline.
    folder.write("design/a.yaml", &SCAN.replace("  all_e: {operation: scan, entity: E}\n", ""));
    let (code, out, err) = folder.run(check);
    assert_eq!(code, 0, "{out}");
    assert!(err.contains("of the baseline gone; `keyplan baseline prune`"), "{err}");
    let (code, out, _) = folder.run("baseline check");
    assert_eq!(code, 1);
    assert!(out.starts_with("gone: design/a.yaml: "), "{out}");
    assert_eq!(folder.run("baseline prune").0, 0);
    let (code, out, _) = folder.run("baseline check");
    assert_eq!(code, 0, "{out}");
    folder.write("design/a.yaml", SCAN);
    assert_eq!(folder.run("baseline create --force").0, 0);
    fs::remove_file(folder.0.join("design/a.yaml")).unwrap();
    assert_eq!(folder.run("baseline check").0, 1, "a file that is gone");
    assert_eq!(folder.run("baseline prune").0, 0);
    assert!(folder.read("keyplan-baseline.json").contains("\"findings\": []"));
}

#[test]
fn a_baseline_holds_when_a_text_is_moved_about() {
    let folder = root();
    fs::remove_file(folder.0.join("design/broken.yaml")).unwrap();
    assert_eq!(folder.run("baseline create design --baseline known/b.json").0, 3, "no directory");
    fs::create_dir(folder.0.join("known")).unwrap();
    assert_eq!(folder.run("baseline create design --baseline known/b.json").0, 0);
    assert!(folder.read("known/b.json").contains("\"file\": \"../design/flawed.yaml\""));
    let text = folder.read("design/flawed.yaml");
    let check = "check ./design/flawed.yaml --baseline known/b.json --format concise --fail-on advice";
    // As other YAML writers write it: no comments, no flow maps, the sections the other way round.
    let model: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let mut entries: Vec<_> = model.as_mapping().unwrap().clone().into_iter().collect();
    entries.reverse();
    let block = serde_yaml::to_string(&entries.into_iter().collect::<serde_yaml::Mapping>()).unwrap();
    for text in [format!("# first\n\n\n{text}"), text.replace('\n', "\r\n"), block] {
        folder.write("design/flawed.yaml", &text);
        assert_eq!(folder.run(check), (0, String::new(), String::new()));
    }
}

/// Names between backticks are part of a fingerprint, so a number there would make it change.
#[test]
fn messages_quote_names_and_not_numbers() {
    let folder = Folder::new();
    let designs = ["fixtures", "tests/designs"].map(|name| format!("{}/{name}", env!("CARGO_MANIFEST_DIR")));
    let mut command = folder.command(&["check", "--format", "json", "--fail-on", "never"]);
    let report: Value = serde_json::from_slice(&command.args(designs).output().unwrap().stdout).unwrap();
    let findings = report["files"].as_array().unwrap().iter().flat_map(|file| file["findings"].as_array().unwrap());
    let mut count = 0;
    for finding in findings {
        let message = finding["message"].as_str().unwrap();
        for name in message.split('`').skip(1).step_by(2) {
            assert!(!name.starts_with(|c: char| c.is_ascii_digit()), "{message}");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn broken_baselines_are_clear_errors() {
    let folder = Folder::new();
    folder.write("a.yaml", SCAN);
    let entry = r#"{"file": "a.yaml", "rule": "r", "path": "p", "message": "m", "fingerprint": "00000000000000aa", "count": 1}"#;
    let cases = [
        ("{", "is no baseline: EOF while parsing"),
        ("[]", "is no baseline"),
        (r#"{"keyplan_baseline": 2, "entries": []}"#, "is a baseline of version 2; this keyplan reads version 1"),
        (r#"{"keyplan_baseline": 1, "findings": [], "more": 1}"#, "unknown field `more`"),
        (
            &format!(r#"{{"keyplan_baseline": 1, "findings": [{entry}, {entry}]}}"#),
            "entry 2 (a.yaml, r): it is there twice",
        ),
        (&format!(r#"{{"keyplan_baseline": 1, "findings": [{}]}}"#, entry.replace("aa", "a")), "is no fingerprint"),
        (
            &format!(r#"{{"keyplan_baseline": 1, "findings": [{}]}}"#, entry.replace("\"count\": 1", "\"count\": 0")),
            "`count` is 0",
        ),
    ];
    for (text, why) in cases {
        folder.write("b.json", text);
        for line in
            ["check a.yaml --baseline b.json", "baseline check --baseline b.json", "baseline prune --baseline b.json"]
        {
            let (code, _, err) = folder.run(line);
            assert!(code == 3 && err.contains(why), "{line}: {code} {err}");
        }
        assert_eq!(folder.read("b.json"), text);
    }
    let (code, _, err) = folder.run("check a.yaml --baseline none.json");
    assert!(code == 3 && err.contains("`keyplan baseline create` writes one"), "{err}");
}

#[test]
fn only_what_a_change_introduces_is_reported() {
    let Some(folder) = Folder::repository(&[("design/a.yaml", SCAN), ("b.yaml", WITH_RATES)]) else { return };
    let check = "check --base main --level full-scan=error --format concise";
    assert_eq!(folder.run(check), (0, String::new(), String::new()));
    folder.write("design/a.yaml", &format!("# moved\n{SCAN}  more: {{operation: scan, entity: E}}\n"));
    let (code, out, _) = folder.run(check);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        "design/a.yaml:10:3: advice[duplicate-pattern]: `more` asks the same as `all_e`\n\
         design/a.yaml:10:21: error[full-scan]: `more` scans table `Things`\n"
    );
    // From below and from outside of the repository.
    let mut below = folder.command(&["check", "a.yaml", "--base", "HEAD", "--level", "full-scan=error"]);
    assert_eq!(below.current_dir(folder.0.join("design")).output().unwrap().status.code(), Some(1));
    let mut outside = folder.command(&["check", folder.0.join("b.yaml").to_str().unwrap(), "--base", "HEAD"]);
    assert_eq!(outside.current_dir(std::env::temp_dir()).output().unwrap().status.code(), Some(0));

    let (code, out, err) = folder.run("check design --base no-such-branch");
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("git knows no revision `no-such-branch`; fetch it first"), "{err}");
    assert_eq!(folder.run("check design --base=--help").0, 2);
    let mut without = folder.command(&["check", "design", "--base", "main"]);
    let (code, _, err) = shown(&without.env("PATH", "").output().unwrap());
    assert!(code == 3 && err.contains("there is no `git` on the path"), "{err}");
}

#[test]
fn new_renamed_and_unreadable_files() {
    let Some(folder) = Folder::repository(&[("a.yaml", SCAN), ("odd name [1].yaml", "keyplan: 1\ntabels: {}\n")])
    else {
        return;
    };
    folder.git(&["mv", "a.yaml", "z.yaml"]);
    let (code, out, err) = folder.run("check z.yaml --base main --fail-on advice --format concise");
    assert_eq!((code, out.as_str()), (0, ""));
    assert_eq!(err, "keyplan: z.yaml: compared with a.yaml at main\n");
    folder.write("new.yaml", SCAN);
    let (code, _, err) = folder.run("check new.yaml --base main --fail-on advice");
    assert_eq!((code, err.as_str()), (1, "keyplan: new.yaml: not there at main; all of it is new\n"));
    folder.write("odd name [1].yaml", SCAN);
    let mut odd = folder.command(&["check", "odd name [1].yaml", "--base", "main", "--fail-on", "advice"]);
    let (code, _, err) = shown(&odd.output().unwrap());
    assert!(code == 1 && err.contains("cannot be read as a model at main"), "{err}");
}

#[test]
fn growing_costs_fail() {
    let Some(folder) = Folder::repository(&[("a.yaml", WITH_RATES)]) else { return };
    folder.write("a.yaml", &WITH_RATES.replace("100/s", "150/s"));
    let (code, out, _) = folder.run("check --base main --max-cost-increase 20%");
    insta::assert_snapshot!("cost_increase", out);
    assert_eq!(code, 1);
    assert_eq!(folder.run("check --base main --max-cost-increase 90%").0, 0);
    assert_eq!(folder.run("check --base main").0, 0);
    for (limit, expected) in [("5 USD", 1), ("500 USD", 0)] {
        let output = folder.command(&["check", "--base", "main", "--max-cost-increase", limit]).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{limit}");
    }
    // The report of a program stays one.
    let (code, out, err) = folder.run("check --base main --max-cost-increase 1% --format json");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(code == 1 && err.contains("USD more") && report["files"][0]["cost_before"].is_object(), "{err}");
    assert_eq!(folder.run("check --max-cost-increase 1%").0, 2, "without --base");
    assert_eq!(folder.run("check --base main --max-cost-increase 10").0, 2);
    folder.write("a.yaml", &WITH_RATES.replace("100/s", "50/s"));
    assert_eq!(folder.run("check --base main --max-cost-increase 0%").0, 0, "less is never too much");
}

#[test]
fn the_nearest_configuration_counts() {
    let folder = Folder::new();
    folder.write(
        "keyplan.toml",
        "extends = \"house/base.toml\"\nfail_on = \"warning\"\nexclude = [\"drafts/\", \"*.old.yaml\"]\n",
    );
    folder.write("house/base.toml", "fail_on = \"never\"\nformat = \"concise\"\n[levels]\nfull-scan = \"error\"\n");
    for name in ["a.yaml", "drafts/b.yaml", "deep/c.old.yaml"] {
        folder.write(name, SCAN);
    }
    let (code, out, _) = folder.run("check");
    assert_eq!(code, 1);
    assert!(out.contains("a.yaml:8:22: error[full-scan]") && !out.contains("drafts") && !out.contains("old"), "{out}");
    assert!(folder.run("check drafts/b.yaml").1.contains("drafts/b.yaml"), "named itself");
    // The model is more specific than the house, the command line more than both.
    folder.write("a.yaml", &format!("{SCAN}lint: {{levels: {{full-scan: advice}}}}\n"));
    assert!(folder.run("check a.yaml").1.contains("advice[full-scan]"));
    assert!(folder.run("check a.yaml --level full-scan=warning").1.contains("warning[full-scan]"));
    assert!(folder.run("check a.yaml --format human --no-config").1.contains("a.yaml:8:22]"));
    let (_, out, _) = folder.run("config --show a.yaml --format json --level never-read=off");
    insta::assert_snapshot!("config_show", out);
    // A rule that is off by itself.
    folder.write("house/base.toml", "format = \"concise\"\n[levels]\nreserved-word = \"advice\"\n");
    assert!(folder.run("check a.yaml").1.contains("advice[reserved-word]"));
    // A nearer file stands alone; a report has one form.
    folder.write("deep/keyplan.toml", "format = \"github\"\n");
    let (code, _, err) = folder.run("check a.yaml deep/c.old.yaml");
    assert!(code == 2 && err.contains("choose with `--format`"), "{err}");
    assert_eq!(folder.run("check deep/c.old.yaml").0, 0);
    assert_eq!(folder.run("check deep/c.old.yaml --config house/base.toml --fail-on advice").0, 1);
}

#[test]
fn terms_and_prices_of_the_configuration_count() {
    let folder = Folder::new();
    folder.write("a.yaml", WITH_RATES);
    let cost = |folder: &Folder| -> String {
        let json: Value = serde_json::from_str(&folder.run("check a.yaml --format json").1).unwrap();
        json["files"][0]["cost"]["usd_per_month"].as_str().unwrap().to_owned()
    };
    // The same bill in every command.
    let bill = |folder: &Folder, line: &str| folder.run(line).1;
    let usual = (cost(&folder), bill(&folder, "cost a.yaml"), bill(&folder, "plan a.yaml"));
    folder.write("keyplan.toml", "[cost]\nhours_per_month = 365\n");
    let half = (cost(&folder), bill(&folder, "cost a.yaml"), bill(&folder, "plan a.yaml"));
    assert!(half.0 != usual.0 && half.1 != usual.1 && half.2 != usual.2, "{half:?}");
    assert_eq!(half.1, bill(&folder, "cost a.yaml --no-config --hours 365"));
    assert_eq!(usual.1, bill(&folder, "cost a.yaml --hours 730"));
    let usual = usual.0;
    folder.write("keyplan.toml", "[cost]\nfree_tier = true\n");
    assert_ne!(cost(&folder), usual);
    folder.write("keyplan.toml", "prices = \"none.csv\"\n");
    let (code, _, err) = folder.run("check a.yaml");
    assert!(code == 3 && err.contains("none.csv"), "{err}");
}

#[test]
fn wrong_configurations_say_where_and_what_was_meant() {
    let folder = Folder::new();
    folder.write("a.yaml", SCAN);
    folder.write("b.toml", "extends = \"keyplan.toml\"\n");
    let cases = [
        (
            "fial_on = \"error\"\n[levels]\nful-scan = \"off\"\n",
            "keyplan.toml:1:1: there is no key `fial_on`; did you mean `fail_on`?\nkeyplan.toml:3:1: there is no rule `ful-scan`; did you mean `full-scan`?",
        ),
        ("\n[cost]\ngigabite = \"binary\"\n", "keyplan.toml:3:1: there is no key `gigabite`; did you mean `gigabyte`?"),
        (
            "fail_on = \"warnin\"\n",
            "keyplan.toml:1:11: `warnin` is none of advice, warning, error, never; did you mean `warning`?",
        ),
        ("extends = \"b.toml\"\n", "b.toml:1: `extends` goes in a circle: keyplan.toml -> b.toml -> keyplan.toml"),
        ("extends = \"c.toml\"\n", "keyplan.toml:1: `extends`: there is no file `c.toml`"),
        ("max_cost_increase = \"10\"\n", "keyplan.toml:1:21: `10` is no limit of an increase"),
        ("[cost]\nhours_per_month = 800\n", "keyplan.toml:2:19: a month has from 1 to 744 hours"),
        (
            "[cost]\nsavings_plan = true\nreserved = \"1y\"\n",
            "keyplan.toml:3:12: a savings plan and reserved capacity exclude each other",
        ),
        ("exclude = [\"a{b\"]\n", "keyplan.toml:1:12: this is no glob"),
        ("format = \n", "keyplan.toml:1:"),
    ];
    for (text, why) in cases {
        folder.write("keyplan.toml", text);
        let (code, out, err) = folder.run("check a.yaml");
        assert!(code == 2 && out.is_empty() && err.contains(why), "{text}: {code} {err}");
    }
    let (code, _, err) = folder.run("check a.yaml --config none.toml");
    assert!(code == 2 && err.contains("`none.toml` cannot be read"), "{err}");
}

#[test]
fn what_is_written_keeps_to_the_published_schemas() {
    let folder = Folder::new();
    folder.write("a.yaml", SCAN);
    folder.run("baseline create");
    let validator = |of: &str| {
        let schema: Value = serde_json::from_str(&folder.run(&format!("schema --of {of}")).1).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    let baseline: Value = serde_json::from_str(&folder.read("keyplan-baseline.json")).unwrap();
    assert!(validator("baseline").is_valid(&baseline));
    let config = validator("config");
    let valid = serde_json::json!({
        "extends": "x.toml", "fail_on": "never", "format": "junit", "max_cost_increase": ["10%", "5 USD"],
        "exclude": ["a"], "levels": {"full-scan": "off"}, "cost": {"hours_per_month": 744, "reserved": "3y"}
    });
    assert!(config.is_valid(&valid), "{:?}", config.iter_errors(&valid).map(|e| e.to_string()).collect::<Vec<_>>());
    for wrong in [serde_json::json!({"fial_on": "never"}), serde_json::json!({"cost": {"hours": 1}})] {
        assert!(!config.is_valid(&wrong), "{wrong}");
    }
}

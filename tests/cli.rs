//! The real binary, end to end: exit codes, formats, inputs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn keyplan(arguments: &[&str], input: Option<&[u8]>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyplan"));
    for name in ["NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS"] {
        command.env_remove(name);
    }
    command.env("COLUMNS", "80").current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.unwrap_or_default().to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn the_fixtures_read_as_people_see_them() {
    for name in
        ["book-match-game", "online-shop", "clinic-natural-keys", "iot-time-series", "multi-tenant-saas", "flawed"]
    {
        let output = keyplan(&["check", &format!("fixtures/{name}.yaml"), "--today", "2026-11-22"], None);
        insta::assert_snapshot!(format!("check_{name}"), text(&output));
    }
}

#[test]
fn good_fixtures_have_no_errors_or_warnings() {
    for name in ["book-match-game", "online-shop", "clinic-natural-keys", "iot-time-series", "multi-tenant-saas"] {
        let output = keyplan(&["check", &format!("fixtures/{name}.yaml"), "--fail-on", "warning"], None);
        assert_eq!(code(&output), 0, "{name}: {}", text(&output));
    }
}

#[test]
fn exit_codes_are_as_documented() {
    let flawed = "fixtures/flawed.yaml";
    assert_eq!(code(&keyplan(&["check", "fixtures/online-shop.yaml"], None)), 0);
    assert_eq!(code(&keyplan(&["check", "fixtures/online-shop.yaml", "--fail-on", "advice"], None)), 1);
    assert_eq!(code(&keyplan(&["check", flawed], None)), 1);
    assert_eq!(code(&keyplan(&["check", flawed, "--fail-on", "never"], None)), 0);
    assert_eq!(code(&keyplan(&["check", "--format", "papyrus"], None)), 2);
    assert_eq!(code(&keyplan(&["check", "--level", "ful-scan=error"], None)), 2);
    assert_eq!(code(&keyplan(&["explain", "no-such-rule"], None)), 2);
    assert_eq!(code(&keyplan(&["check", "no/such/file.yaml"], None)), 3);
    assert_eq!(code(&keyplan(&["check", "-"], Some(b"keyplan: 1\ntabels: {}\n"))), 3);
}

#[test]
fn levels_on_the_command_line_win() {
    let scan = b"keyplan: 1\ntables: {T: {partition_key: id}}\nentities: {E: {attributes: {id: uuid}}}\naccess_patterns: {all: {operation: scan, entity: E}}\n";
    assert!(text(&keyplan(&["check", "-", "--format", "concise"], Some(scan))).contains("error[invalid-name]"));
    let output = keyplan(
        &["check", "-", "--format", "concise", "--level", "invalid-name=off", "--level", "full-scan=error"],
        Some(scan),
    );
    assert_eq!(text(&output), "<stdin>:4:36: error[full-scan]: `all` scans table `T`\n");
    assert_eq!(code(&output), 1);
}

#[test]
fn standard_input_directories_and_several_files() {
    let shop = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/book-match-game.yaml")).unwrap();
    let output = keyplan(&["check", "-"], Some(&shop));
    assert_eq!(text(&output), "<stdin>: 4 of 4 access patterns served, nothing found\n");
    let all = keyplan(&["check", "fixtures", "--format", "json", "--today", "2026-11-22"], None);
    let parsed: serde_json::Value = serde_json::from_slice(&all.stdout).unwrap();
    let names: Vec<&str> = parsed["files"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    assert!(names.len() >= 6, "{names:?}");
    assert_eq!(all.stdout, keyplan(&["check", "fixtures", "--format", "json", "--today", "2026-11-22"], None).stdout);
}

#[test]
fn json_models_are_models() {
    let model = br#"{"keyplan": 1, "tables": {"Users": {"partition_key": "id"}},
        "entities": {"User": {"attributes": {"id": "uuid", "name": {"type": "string", "size": 20}}}},
        "access_patterns": {"user": {"operation": "get", "entity": "User", "where": {"id": "equals"}},
                            "by_name": {"operation": "query", "entity": "User", "where": {"name": {"is": "equals"}}}}}"#;
    let output = keyplan(&["check", "-", "--format", "concise"], Some(model));
    assert_eq!(text(&output), "<stdin>:4:81: error[unserved-pattern]: no key or index serves `by_name`\n");
}

#[test]
fn machine_formats_are_stable() {
    for format in ["concise", "github", "json", "sarif"] {
        let output = keyplan(&["check", "fixtures/flawed.yaml", "--format", format, "--today", "2026-11-22"], None);
        let shown = text(&output);
        // The rules' pages make up most of the SARIF file; they have tests of their own.
        let shown = if format == "sarif" { without_rules(&shown) } else { shown };
        insta::assert_snapshot!(format!("format_{format}"), shown);
    }
}

fn without_rules(sarif: &str) -> String {
    let mut log: serde_json::Value = serde_json::from_str(sarif).unwrap();
    log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap().truncate(1);
    let results = log["runs"][0]["results"].as_array_mut().unwrap();
    results.truncate(6);
    log["runs"][0]["tool"]["driver"]["rules"][0]["help"] = "…".into();
    serde_json::to_string_pretty(&log).unwrap()
}

#[test]
fn check_output_keeps_to_its_schema() {
    let schema: serde_json::Value =
        serde_json::from_slice(&keyplan(&["schema", "--of", "check"], None).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for arguments in [["check", "fixtures/flawed.yaml"], ["check", "Cargo.toml"]] {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--format", "json"]);
        let output: serde_json::Value = serde_json::from_slice(&keyplan(&arguments, None).stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&output).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn plans_read_as_an_explain() {
    let output = keyplan(&["plan", "fixtures/online-shop.yaml"], None);
    insta::assert_snapshot!("plan_online_shop", text(&output));
    let output = keyplan(&["plan", "fixtures/flawed.yaml", "newest_listings", "orders_of_seller", "paid_orders"], None);
    insta::assert_snapshot!("plan_flawed", text(&output));
    let output = keyplan(&["plan", "fixtures/online-shop.yaml", "recent_orders", "--format", "json"], None);
    insta::assert_snapshot!("plan_json", text(&output));
    let output = keyplan(&["plan", "fixtures/online-shop.yaml", "recent_order"], None);
    assert_eq!(code(&output), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `recent_orders`?"));
}

#[test]
fn init_writes_a_clean_model_and_never_overwrites() {
    let folder = std::env::temp_dir().join(format!("keyplan-init-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("model.yaml");
    let name = file.to_str().unwrap();
    assert_eq!(code(&keyplan(&["init", name], None)), 0);
    let checked = keyplan(&["check", name, "--fail-on", "advice"], None);
    assert_eq!(code(&checked), 0, "{}", text(&checked));
    std::fs::write(&file, "mine").unwrap();
    assert_eq!(code(&keyplan(&["init", name], None)), 2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn catalogue_and_completions_are_there() {
    insta::assert_snapshot!("rules", text(&keyplan(&["rules"], None)));
    assert!(text(&keyplan(&["explain", "full-scan"], None)).starts_with("full-scan (coverage, warning)\n"));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(text(&keyplan(&["completions", shell], None)).contains("keyplan"));
    }
}

#[test]
fn colours_follow_the_option_and_the_environment() {
    let colored = |arguments: &[&str], variable: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyplan"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("NO_COLOR").env_remove("FORCE_COLOR");
        if let Some(name) = variable {
            command.env(name, "1");
        }
        let output = command.args(["check", "fixtures/flawed.yaml"]).args(arguments).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colored(&[], None));
    assert!(colored(&["--color", "always"], Some("NO_COLOR")));
    assert!(colored(&[], Some("FORCE_COLOR")));
    assert!(!colored(&["--color", "never"], Some("FORCE_COLOR")));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_quiet() {
    let script = format!("'{}' check fixtures/flawed.yaml --format sarif | head -c 10", env!("CARGO_BIN_EXE_keyplan"));
    let output = Command::new("sh").args(["-c", &script]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert_eq!(output.stdout.len(), 10);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_missing_file_does_not_hide_the_others() {
    let output = keyplan(&["check", "no-such.yaml", "fixtures/flawed.yaml", "--format", "concise"], None);
    assert_eq!(code(&output), 3);
    let text = text(&output);
    assert!(text.contains("no-such.yaml:1:1: error[unreadable]: the file cannot be read"), "{text}");
    assert!(text.contains("fixtures/flawed.yaml:"), "{text}");
}

#[test]
fn graphs_are_drawn() {
    for format in ["dot", "mermaid"] {
        let output = keyplan(&["graph", "fixtures/clinic-natural-keys.yaml", "--format", format], None);
        insta::assert_snapshot!(format!("graph_{format}"), text(&output));
    }
    let hostile = "keyplan: 1\ntables: {T: {partition_key: id}}\nentities: {E: {attributes: {id: uuid}}}\naccess_patterns:\n  \"a\\\"] --> b<script>\": {operation: get, entity: E, where: {id: equals}}\n";
    let output = keyplan(&["graph", "-", "--format", "mermaid"], Some(hostile.as_bytes()));
    assert!(text(&output).contains("(\"a&quot;] --&gt; b&lt;script&gt;\")"), "{}", text(&output));
}

#[test]
fn what_a_file_holds_does_not_steer_the_terminal() {
    // An escape in a name, and a sign that turns the direction of text in the excerpt.
    let model = "keyplan: 1
tables:
  \"Red\\e[31m\": {partition_key: id}  # \u{202e}
entities:
  Thing: {attributes: {id: uuid}}
access_patterns:
  \"odd\\e]0;title\\a\": {operation: get, entity: Thing, where: {id: equals}}
";
    let steers = |text: &str| text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']);
    for arguments in [
        &["check", "-"][..],
        &["check", "-", "--format", "concise"],
        &["check", "-", "--format", "github"],
        &["plan", "-"],
        &["cost", "-"],
        &["export", "-", "--to", "cloudformation"],
    ] {
        let output = keyplan(arguments, Some(model.as_bytes()));
        let (said, aside) = (text(&output), String::from_utf8(output.stderr).unwrap());
        assert!(!steers(&said) && !steers(&aside), "{arguments:?}: {said:?} {aside:?}");
    }
    let human = text(&keyplan(&["check", "-"], Some(model.as_bytes())));
    assert!(human.contains("`Red\\u{1b}[31m` cannot be the name"), "{human}");
    let broken = text(&keyplan(&["check", "-"], Some(b"keyplan: 1\nfoo: \"a\x1b[31m\"\n")));
    assert!(broken.contains("foo: \"a?[31m\"") && !steers(&broken), "{broken:?}");
}

#[test]
fn which_model_is_meant_is_asked_for_by_what_was_named() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-models");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.to_str().unwrap();
    let two = ["plan", "fixtures/online-shop.yaml", "fixtures/flawed.yaml"];
    for (arguments, status, wanted) in [
        (&["plan", folder][..], 3, "no model in"),
        (&["cost", folder], 3, "no model in"),
        (&["plan", "fixtures"], 2, "several models are in `fixtures`"),
        (&two, 2, "2 files are named"),
    ] {
        let output = keyplan(arguments, None);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(code(&output) == status && said.contains(wanted), "{arguments:?}: {said}");
    }
}

#[test]
fn a_file_that_is_named_twice_counts_once() {
    let shop = "fixtures/online-shop.yaml";
    let twice = keyplan(&["check", shop, "./fixtures/online-shop.yaml", shop, "--today", "2026-11-22"], None);
    assert!(text(&twice).contains(&format!("\n{shop}: ")), "{}", text(&twice));
}

#[test]
fn slips_that_others_make_get_the_word_that_is_meant() {
    let bad = "keyplan: \"1\"
budget: 3000 USD
entities:
  Order: {count: 5, attributes: {id: {type: string, cardinality: 5, length: 3, enum: [a]}}}
access_patterns:
  buy: {operation: transaction, items: []}
";
    let said = text(&keyplan(&["check", "-"], Some(bad.as_bytes())));
    for meant in [
        "without quotes: `keyplan: 1`",
        "write `budget: {monthly_cost: 3000 USD}`",
        "did you mean `items`?",
        "did you mean `distinct`?",
        "did you mean `size`?",
        "did you mean `values`?",
        "did you mean `transact_write`?",
        "did you mean `actions`?",
    ] {
        assert!(said.contains(meant), "{meant} is missing in\n{said}");
    }
    let json = text(&keyplan(&["check", "-"], Some(b"{\n  // shops\n  \"keyplan\": 1\n}\n")));
    assert!(json.contains("JSON has no comments") && !json.contains("lacks"), "{json}");
    let latin = text(&keyplan(&["check", "-"], Some(b"keyplan: 1\n# caf\xe9\n")));
    assert!(latin.contains("the file is not UTF-8 text"), "{latin}");
}

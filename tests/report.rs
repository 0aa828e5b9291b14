//! `keyplan report` with the real binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rust_decimal::Decimal;
use serde_json::Value;

const DAY: [&str; 2] = ["--today", "2026-11-22"];

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text_of(arguments: &[&str], input: &str) -> String {
    let output = run(arguments, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text(arguments: &[&str]) -> String {
    text_of(arguments, "")
}

fn report(model: &str, more: &[&str]) -> String {
    text(&[&["report", model][..], &DAY, more].concat())
}

fn fixtures() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| format!("fixtures/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    names.sort();
    assert!(names.len() >= 6);
    names
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The words of a page, without its markup, its style and its script.
fn words(page: &str) -> String {
    let body = page.split("<body>").nth(1).unwrap();
    let mut out = String::new();
    let mut rest = body.split("<script").next().unwrap();
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        rest = after.split_once('>').unwrap().1;
    }
    out.push_str(rest);
    out
}

fn figures(page: &str) -> Value {
    let json = page.split("type=\"application/json\">").nth(1).unwrap().split("</script>").next().unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn pages_stand_by_themselves() {
    for model in fixtures() {
        let page = report(&model, &[]);
        assert!(page.starts_with("<!DOCTYPE html>"), "{model}");
        let markup = page.to_ascii_lowercase();
        for loads in
            ["src=", "@import", "url(", "<link", "<iframe", "<img", "<base", "fetch(", "xmlhttprequest", "href=\"http"]
        {
            assert!(!markup.contains(loads), "{model} has {loads}");
        }
        assert!(page.contains("default-src 'none'"));
        assert_eq!(page.matches("<script").count(), 2, "{model}");
        // Every drawing has a title, every heading of a table a scope.
        assert_eq!(page.matches("<svg").count(), page.matches("role=\"img\"").count(), "{model}");
        for drawing in page.split("<svg").skip(1) {
            assert!(drawing.split("</svg>").next().unwrap().contains("<title>"), "{model}");
        }
        for heading in page.split("<th ").skip(1).chain(page.split("<th>").skip(1)) {
            assert!(heading.split('>').next().unwrap().contains("scope="), "{model}: {heading:.80}");
        }
    }
}

#[test]
fn everything_of_the_model_appears() {
    for model in fixtures() {
        let checked: Value = serde_json::from_slice(
            &run(&[&["check", &model, "--format", "json", "--fail-on", "never"][..], &DAY].concat(), "").stdout,
        )
        .unwrap();
        let plans: Value = serde_json::from_str(&text(&["plan", &model, "--format", "json"])).unwrap();
        let page = report(&model, &[]);
        let shown = words(&page);
        let markdown = report(&model, &["--format", "markdown"]);
        let plain = markdown.replace('\\', "");
        let file = &checked["files"][0];
        let findings = file["findings"].as_array().unwrap();
        for finding in findings {
            let rule = finding["rule"].as_str().unwrap();
            let message = finding["message"].as_str().unwrap();
            assert!(shown.contains(rule) && plain.contains(rule), "{model}: {rule}");
            assert!(shown.contains(&escaped(&message.replace('`', ""))), "{model}: {message}");
        }
        assert_eq!(page.matches("<article class=\"finding ").count(), findings.len(), "{model}");
        for plan in plans["plans"].as_array().unwrap() {
            let name = plan["pattern"].as_str().unwrap();
            assert!(
                page.contains(&format!("<code>{name}</code>")) && markdown.contains(&format!("`{name}`")),
                "{name}"
            );
            for request in plan["requests"].as_array().unwrap() {
                if let Some(condition) = request["request"]["KeyConditionExpression"].as_str() {
                    let attribute = condition.split([' ', '(', ',']).find(|word| !word.is_empty()).unwrap();
                    assert!(shown.contains(attribute.trim_start_matches('#')), "{model}: {condition}");
                }
                if let Some(path) = request["path"].as_str() {
                    assert!(shown.contains(path), "{model}: {path}");
                }
            }
        }
        let yaml = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&model)).unwrap();
        let tables = yaml.split("\ntables:\n").nth(1).unwrap().split("\nentities:").next().unwrap();
        for table in tables.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let table = table.trim().split(':').next().unwrap();
            assert!(page.contains(&format!("Table <code>{table}</code>")), "{model}: {table}");
            assert!(markdown.contains(&format!("### Table `{table}`")), "{model}: {table}");
        }
    }
}

#[test]
fn reports_are_the_same_every_time() {
    for form in ["html", "markdown"] {
        let once = report("fixtures/flawed.yaml", &["--format", form]);
        assert_eq!(once, report("fixtures/flawed.yaml", &["--format", form]));
    }
}

/// Names that would be markup if anything forgot to escape them.
const HOSTILE: &str = r##"
keyplan: 1
name: "</title><script>alert(1)</script>"
tables:
  "T<script>alert(2)</script>":
    partition_key: pk
    sort_key: sk
    global_indexes:
      "i</script><script>alert(3)</script>": {partition_key: "a\"><b", projection: ["</dl><img src=x onerror=alert(4)>"]}
entities:
  "E<img src=x onerror=alert(5)>":
    items: 10
    keys: {pk: "<!--#{id}", sk: "\"><svg onload=alert(6)>"}
    attributes:
      id: uuid
      "a\"><b": {type: string, size: 5}
      "</dl><img src=x onerror=alert(4)>": {values: ["<script>alert(7)</script>", "\u0000\u001b[31m`|"]}
access_patterns:
  "p\"]<script>alert(8)</script>`|":
    description: "<script>alert(9)</script> & \"quoted\" `code` | bar"
    operation: query
    entity: "E<img src=x onerror=alert(5)>"
    where: {id: equals, "</dl><img src=x onerror=alert(4)>": equals}
    rate: 5/s
  "q<script>": {served_by: "<script>alert(10)</script>", entity: "E<img src=x onerror=alert(5)>"}
  "r<script>": {operation: scan, entity: "E<img src=x onerror=alert(5)>", rate: 1/s}
"##;

#[test]
fn what_a_model_says_is_inert() {
    let page = text_of(&["report", "-"], HOSTILE);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("</title>").count(), page.matches("<title>").count());
    for markup in ["<img", "<svg onload", "<!--", "<b", "\u{0}", "\u{1b}"] {
        let found = page
            .match_indices(markup)
            .filter(|(at, _)| !page[*at..].starts_with("<body") && !page[*at..].starts_with("<b>"));
        assert_eq!(found.count(), 0, "{markup}");
    }
    let markdown = text_of(&["report", "-", "--format", "markdown"], HOSTILE);
    // Outside of code, no tag but the line breaks of table cells.
    let outside = without_code(&markdown);
    assert!(!outside.replace("<br>", "").contains('<'), "{outside}");
    assert!(!markdown.contains('\u{0}') && !markdown.contains('\u{1b}'));
    // Every row of a table has as many cells as its heading.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let lines: Vec<&str> = markdown.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with('|') && pair[1].starts_with('|')) {
        assert_eq!(cells(pair[0]), cells(pair[1]), "{pair:?}");
    }
}

/// Markdown without its code spans and blocks.
fn without_code(markdown: &str) -> String {
    let mut out = String::new();
    let mut is_block = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
            continue;
        }
        if is_block {
            continue;
        }
        let mut rest = line;
        while let Some(at) = rest.find('`') {
            out.push_str(rest[..at].trim_end_matches('\\'));
            let fence: String = rest[at..].chars().take_while(|c| *c == '`').collect();
            let after = &rest[at + fence.len()..];
            if rest[..at].ends_with('\\') {
                rest = after;
                continue;
            }
            let mut end = 0;
            loop {
                let Some(found) = after[end..].find(&fence) else { panic!("open code in {line}") };
                let closing = end + found;
                let run = after[closing..].chars().take_while(|c| *c == '`').count();
                if run == fence.len() {
                    rest = &after[closing + run..];
                    break;
                }
                end = closing + run;
            }
        }
        out.push_str(rest);
        out.push('\n');
    }
    out
}

#[test]
fn markdown_reads_as_people_see_it() {
    insta::assert_snapshot!(
        "report_multi_tenant_saas",
        report("fixtures/multi-tenant-saas.yaml", &["--format", "markdown"])
    );
}

#[test]
fn the_slider_shows_what_cost_calculates() {
    // The last one has provisioned and scaled capacity, which does not follow the traffic in a line.
    for model in ["fixtures/online-shop.yaml", "fixtures/clinic-natural-keys.yaml", "fixtures/iot-time-series.yaml"] {
        same_as_cost(model, "");
    }
    same_as_cost("-", SCALED);
}

const SCALED: &str = "
keyplan: 1
tables:
  T:
    partition_key: id
    billing: provisioned
    autoscaling: {read: {min: 3, max: 400, target: 70%}, write: {min: 2, max: 900, target: 55%}}
    global_indexes:
      by_state: {partition_key: state, projection: keys_only, capacity: {read: 5, write: 25}}
entities:
  E: {items: 1M, attributes: {id: uuid, state: {type: string, size: 9, distinct: 7}, text: {type: string, size: 3 KB}}}
access_patterns:
  get: {operation: get, entity: E, where: {id: equals}, rate: 37/s, peak: 90/s}
  put: {operation: put, entity: E, rate: 1M/day}
";

fn same_as_cost(model: &str, input: &str) {
    let page = text_of(&["report", model], input);
    let figures = figures(&page);
    let factors = figures["factors"].as_array().unwrap();
    assert!(factors.len() > 15 && factors.contains(&"10".into()) && factors.contains(&"0.1".into()));
    for (at, factor) in factors.iter().enumerate() {
        let scale = format!("{}x", factor.as_str().unwrap());
        let cost = text_of(&["cost", model, "--scale", &scale, "--format", "json", "--months", "0"], input);
        let cost: Value = serde_json::from_str(&cost).unwrap();
        let wanted: Decimal = cost["total"]["usd_per_month"].as_str().unwrap().parse().unwrap();
        let total: Decimal = figures["totals"][at].as_str().unwrap().parse().unwrap();
        assert_eq!(total, wanted, "{model} at {scale}");
        let shown = keyplan::cost::dollars(wanted);
        let is_shown =
            |series: &Value| series[at].as_str().unwrap().trim_start_matches("at least ") == format!("{shown} USD");
        assert!(figures["series"].as_array().unwrap().iter().any(is_shown), "{model} at {scale}: {shown}");
    }
}

#[test]
fn a_report_on_other_traffic() {
    let page = report("fixtures/online-shop.yaml", &["--scale", "37x", "--region", "us-east-1"]);
    let figures = figures(&page);
    let base = usize::try_from(figures["base"].as_u64().unwrap()).unwrap();
    assert_eq!(figures["factors"][base], "37");
    let cost = text(&["cost", "fixtures/online-shop.yaml", "--scale", "37x", "--region", "us-east-1"]);
    let total = cost.split(": ").nth(1).unwrap().split(" USD").next().unwrap();
    assert!(words(&page).contains(&format!("{total} USD")), "{total}");
    assert!(!run(&["report", "fixtures/online-shop.yaml", "--region", "us-east-99"], "").status.success());
}

#[test]
fn a_file_is_written_as_a_whole() {
    let folder = std::env::temp_dir().join(format!("keyplan-report-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("report.html");
    std::fs::write(&path, "old").unwrap();
    let printed = report("fixtures/online-shop.yaml", &["-o", path.to_str().unwrap()]);
    assert_eq!(printed, "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), report("fixtures/online-shop.yaml", &[]));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let nowhere = folder.join("none").join("report.html");
    let failed = run(&["report", "fixtures/online-shop.yaml", "-o", nowhere.to_str().unwrap()], "");
    assert_eq!(failed.status.code(), Some(3));
    std::fs::remove_dir_all(&folder).unwrap();
}

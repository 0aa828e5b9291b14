//! Loading: every mistake at its place, and no input that panics or runs away.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use keyplan::check::{CheckedFile, Settings, check, unreadable};
use keyplan::source::SourceFile;

fn checked(bytes: &[u8]) -> CheckedFile {
    let settings = Settings::on("2026-11-22".parse().unwrap());
    match SourceFile::new("input.yaml", bytes.to_vec()) {
        Ok(file) => check(file, &settings),
        Err(bad) => {
            let (file, problem) = *bad;
            unreadable(file, vec![problem])
        }
    }
}

fn human(checked: CheckedFile) -> String {
    let mut out = Vec::new();
    let style = keyplan::report::human::Style { color: false, width: 80 };
    keyplan::report::human::write(&mut out, &[checked], style).unwrap();
    String::from_utf8(out).unwrap()
}

fn first_problem(bytes: &[u8]) -> String {
    let checked = checked(bytes);
    // Drawing must hold for every problem, too.
    let message = checked.problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
    let _ = human(checked);
    message
}

#[test]
fn all_shape_errors_come_at_once() {
    let model = "keyplan: 1
regoin: eu-west-1
tables:
  Orders:
    partition_key: pk
    sort_key: sk
    billing: PAY_PER_REQUEST
    point_in_time_recovery: sometimes
    global_indexes:
      by_status: {partition_key: status, projection: everything}
entities:
  Order:
    items: lots
    keys: {pk: [a, b]}
    attributes:
      total: decimal
      size: {type: string, max_size: 3 XB, presnt: 5%}
      share: {present: 0.5}
      empty:
access_patterns:
  get_order:
    operation: GetItem
    entity: Order
    where: {id: \"=\"}
    rate: 80k
    limit: -3
    where_: {}
  no_map: 12
lint:
  allow: [{rule: full-scan}]
";
    insta::assert_snapshot!(human(checked(model.as_bytes())));
}

/// What people write before they have read how a condition and a key are said.
#[test]
fn habits_of_other_notations_are_shown_the_right_form() {
    let model = "keyplan: 1\ntables:\n  T: {partition_key: pk, sort_key: sk}\nentities:\n  Order:\n    \
        sk: \"ORDER#{id}\"\n    attributes: {id: ulid, status: string, at: timestamp}\naccess_patterns:\n  open:\n    \
        operation: query\n    entity: Order\n    \
        where: {id: {equals: 5}, status: open, at: {between: [2024, 2025]}, sk: {starts_with: \"O#\"}}\n";
    let helps: Vec<String> =
        checked(model.as_bytes()).problems.into_iter().filter_map(|problem| problem.help).collect();
    assert_eq!(helps.len(), 5, "one for each mistake: {helps:#?}");
    let said = helps.join("\n");
    for form in [
        "`keys: {sk: …}`",
        "`id: {is: equals, value: 5}`",
        "`status: {is: equals, value: open}`",
        "`at: {is: between, value: [2024, 2025]}`",
        "`sk: {is: begins_with, value: \"O#\"}`",
    ] {
        assert!(said.contains(form), "{form} in {said}");
    }
}

/// What other tools and the service's own requests write in these places.
#[test]
fn habits_of_the_service_are_shown_the_right_form() {
    let helps = |table: &str, attribute: &str, pattern: &str| -> String {
        let model = format!(
            "keyplan: 1\ntables:\n  T: {{partition_key: id{table}}}\nentities:\n  Order:\n    \
             attributes: {{id: ulid{attribute}}}\naccess_patterns:\n  p: {{operation: put, entity: Order{pattern}}}\n"
        );
        let problems = checked(model.as_bytes()).problems;
        assert_eq!(problems.len(), 1, "{problems:?} in {model}");
        problems[0].help.clone().unwrap_or_default()
    };
    assert_eq!(helps(", global_secondary_indexes: {}", "", ""), "did you mean `global_indexes`?");
    assert_eq!(helps(", LocalSecondaryIndexes: {}", "", ""), "did you mean `local_indexes`?");
    assert_eq!(helps(", time_to_live: {enabled: true, attribute: gone_at}", "", ""), "write `time_to_live: gone_at`");
    assert_eq!(helps("", ", tags: [string]", ""), "write `tags: list`, or `tags: string_set`");
    assert_eq!(helps("", ", lines: [map]", ""), "write `lines: list`");
    let condition = helps("", "", ", condition: attribute_not_exists(id)");
    assert!(condition.starts_with("write `condition: true`, or how often it fails, `condition: {fails: 2%}`"));
    assert_eq!(helps(", point_in_time_recovery: \"on\"", "", ""), "write `true` or `false`");
}

#[test]
fn syntax_errors_say_where_and_what() {
    let cases: [(&str, &str); 7] = [
        ("unquoted template", "keyplan: 1\nentities:\n  A:\n    keys:\n      pk: {id}#X\n"),
        (
            "unquoted template in braces",
            "keyplan: 1\nentities:\n  A:\n    keys: {pk: \"A#{a}\", sk: ROOM#{room}#{at:date}, x: y}\n",
        ),
        (
            "unquoted template on its own line",
            "keyplan: 1\nentities:\n  A:\n    keys: {\n      RoomID: ROOM#{room}\n    }\n",
        ),
        ("tab", "keyplan: 1\ntables:\n\tA: {}\n"),
        ("duplicate key", "keyplan: 1\ntables:\n  A: {partition_key: id}\n  A: {partition_key: id}\n"),
        ("two documents", "keyplan: 1\n---\nkeyplan: 1\n"),
        ("unclosed", "keyplan: 1\ntables: {A: {partition_key: \"id}\n"),
    ];
    let shown: Vec<String> =
        cases.iter().map(|(name, text)| format!("## {name}\n{}", human(checked(text.as_bytes())))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_comment_that_cuts_a_template_is_seen() {
    let model = "keyplan: 1\ntables: {Orders: {partition_key: pk}}\nentities:\n  Order:\n    keys:\n      pk: ORDER #{order_id}\n    attributes: {order_id: ulid}\n";
    insta::assert_snapshot!(human(checked(model.as_bytes())));
}

#[test]
fn hostile_inputs_are_refused_with_a_reason() {
    assert!(first_problem(b"").contains("empty"));
    assert!(first_problem(b"# nothing but a comment\n").contains("empty"));
    assert!(first_problem(&[b'['; 100_000]).contains("nested") || !first_problem(&[b'['; 100_000]).is_empty());
    let nested = format!("{}{}", "[".repeat(70), "]".repeat(70));
    assert!(first_problem(nested.as_bytes()).contains("64 levels"), "{}", first_problem(nested.as_bytes()));
    assert!(first_problem(b"keyplan: 1\n\xff\xfe").contains("not UTF-8"));
    assert!(first_problem(b"\xff\xfe{\0}\0").contains("UTF-16"));
    assert!(first_problem(b"keyplan: 1\nname: a\0b\n").contains("NUL"));
    assert!(first_problem(b"\xff\xfek\0e\0y\0").contains("UTF-8"));
    assert!(first_problem(b"a: &a [*a]\n").contains("alias") || first_problem(b"a: &a [*a]\n").contains("anchor"));
    assert!(!first_problem(b"keyplan: 1\ntables: *nowhere\n").is_empty());
    assert!(!first_problem(b"- a\n- b\n").is_empty());
    assert!(!first_problem(b"just text").is_empty());
    assert!(!first_problem("\u{feff}".as_bytes()).is_empty());
}

#[test]
fn aliases_have_a_budget() {
    let items: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
    let mut bomb = format!("keyplan: 1\nname: x\na: &a [{}]\nb:\n", items.join(", "));
    for _ in 0..5_000 {
        bomb.push_str("  - *a\n");
    }
    assert!(first_problem(bomb.as_bytes()).contains("200,000"));
    let mut laughs = String::from("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let previous = level - 1;
        laughs.push_str(&format!("l{level}: &l{level} [{}]\n", vec![format!("*l{previous}"); 10].join(", ")));
    }
    assert!(first_problem(laughs.as_bytes()).contains("200,000"));
    let mut deep = String::from("d0: &d0 [x]\n");
    for level in 1..200 {
        deep.push_str(&format!("d{level}: &d{level} [*d{}]\n", level - 1));
    }
    assert!(first_problem(deep.as_bytes()).contains("64 levels"));
}

#[test]
fn a_merge_key_brings_what_is_not_said() {
    let model = "keyplan: 1
tables:
  Orders: &base
    partition_key: id
  Copies:
    <<: *base
    sort_key: at
entities:
  Order: {table: Orders, attributes: {id: uuid}}
  Copy: {table: Copies, attributes: {id: uuid, at: timestamp}}
access_patterns:
  one: {operation: get, entity: Copy, where: {id: equals, at: equals}}
";
    let checked = checked(model.as_bytes());
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    assert_eq!(checked.patterns.first().and_then(|pattern| pattern.is_served), Some(true));
}

#[test]
fn large_inputs_are_read() {
    // 20 MB: one long comment, one long text, many patterns.
    let comment = format!("keyplan: 1\n# {}\nname: x\n", "c".repeat(20 << 20));
    assert!(checked(comment.as_bytes()).problems.is_empty());
    let text = format!("keyplan: 1\nname: \"{}\"\n", "t".repeat(20 << 20));
    assert!(checked(text.as_bytes()).problems.is_empty());
    assert!(first_problem(&vec![b'a'; (64 << 20) + 1]).contains("64 MB"));
}

#[test]
fn the_bridge_reads_what_serde_yaml_reads() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (bridged, _) = keyplan::source::load(&text).unwrap();
        let direct: keyplan::model::Model = serde_yaml::from_str(&text).unwrap();
        assert_eq!(bridged, direct, "{}", path.display());
        // What is written reads back as the same model.
        let written = serde_yaml::to_string(&bridged).unwrap();
        let (again, _) = keyplan::source::load(&written).unwrap_or_else(|problems| panic!("{problems:?}\n{written}"));
        assert_eq!(bridged, again, "{}", path.display());
    }
}

#[test]
fn absurd_numbers_saturate() {
    let most = "79228162514264337593543950335";
    let model = format!(
        "keyplan: 1
tables: {{Main: {{partition_key: pk, sort_key: sk}}}}
entities:
  A: {{items: {most}, size: 1, keys: {{pk: \"A#{{a}}\", sk: \"#A\"}}, attributes: {{a: ulid, n: {{values: {{x: 100%, y: 100%}}, distinct: {most}}}}}}}
  B: {{belongs_to: {{A: {{average: {most}, max: {most}}}}}, growth: {most}/s, keys: {{pk: \"A#{{a}}\", sk: \"B#{{t:minute}}#{{b}}\"}}, attributes: {{a: ulid, b: ulid, t: timestamp, n: string}}}}
access_patterns:
  q: {{operation: query, entity: B, where: {{a: equals, n: {{is: in, count: {most}}}, t: {{is: at_least, span: {most}y}}}}, limit: {most}, pages: 7, rate: {most}/s, peak: {most}/s, then: {{pattern: g, times: {most}}}}}
  r: {{operation: query, entity: B, where: {{a: equals, n: equals}}, evaluates: 0.0000000001, returns: {most}}}
  s: {{operation: query, entity: [A, B], where: {{a: equals}}, limit: 0.0000001}}
  g: {{operation: batch_get, entity: A, batch: {most}, where: {{a: {{is: in, count: {most}}}}}}}
  w: {{operation: batch_write, entity: B, batch: {most}, rate: {most}/s}}
"
    );
    let checked_once = checked(model.as_bytes());
    assert!(checked_once.problems.is_empty(), "{:?}", checked_once.problems);
    let _ = human(checked_once);
    // So many patterns on one key that only the first are shown, and many tables of one account.
    let (mut tables, mut entities, mut patterns) = (String::new(), String::new(), String::new());
    let all = format!("operation: get, where: {{c: equals}}, rate: {most}/s, hottest: 100%");
    for n in 0..9 {
        let billing = format!("billing: provisioned, capacity: {{read: {most}, write: {most}}}");
        tables.push_str(&format!("  T0{n}: {{partition_key: c, {billing}}}\n"));
        let attributes = format!("{{c: ulid, d: {{type: string, size: {}}}}}", u64::MAX);
        entities
            .push_str(&format!("  C{n}: {{table: T0{n}, items: {most}, size: 400 KB, attributes: {attributes}}}\n"));
        patterns.push_str(&format!("  one_{n}: {{entity: C{n}, {all}}}\n  same_{n}: {{entity: C0, {all}}}\n"));
    }
    let model = format!("keyplan: 1\ntables:\n{tables}entities:\n{entities}access_patterns:\n{patterns}");
    let checked_again = checked(model.as_bytes());
    assert!(checked_again.problems.is_empty(), "{:?}", checked_again.problems);
    let _ = human(checked_again);
}

/// Shapes that once exhausted the stack, took exponential time or ended within a character.
#[test]
fn long_chains_and_crowded_graphs_are_judged() {
    let mut relations = String::from("keyplan: 1\nentities:\n  E0: {}\n");
    for index in 1..20_000 {
        relations.push_str(&format!("  E{index}: {{belongs_to: E{}}}\n", index - 1));
    }
    assert!(checked(relations.as_bytes()).problems.is_empty());

    let mut layers = String::from("keyplan: 1\naccess_patterns:\n");
    for layer in 0..14 {
        for place in 0..8 {
            let next: Vec<String> = (0..8).map(|next| format!("p{}_{next}", layer + 1)).collect();
            let then = if layer == 13 { String::new() } else { format!(", then: [{}]", next.join(", ")) };
            layers.push_str(&format!("  p{layer}_{place}: {{served_by: nothing{then}}}\n"));
        }
    }
    let layered = checked(layers.as_bytes());
    let steps =
        layered.findings.iter().filter(|l| l.finding.rule == "long-chain" && l.finding.message.contains("14 calls"));
    assert_eq!(steps.count(), 8);

    let circle = "keyplan: 1\naccess_patterns:\n  start: {served_by: x, then: aa}\n  aa: {served_by: x, then: bb}\n  bb: {served_by: x, then: aa}\n";
    let messages: Vec<String> = checked(circle.as_bytes()).findings.into_iter().map(|l| l.finding.message).collect();
    assert_eq!(messages, ["`aa` leads back to itself: `aa` and `bb`"]);

    let wide = "é".repeat(40);
    let model = format!(
        "keyplan: 1\ntables: {{Main: {{partition_key: id}}}}\nentities: {{A: {{attributes: {{id: uuid, {wide}: string}}}}}}\naccess_patterns: {{p: {{operation: query, entity: A, where: {{{wide}: equals}}}}}}\n"
    );
    assert!(checked(model.as_bytes()).problems.is_empty());

    let long = format!("{{a}}{}{{b}}", "x".repeat(100_000));
    let templates = format!(
        "keyplan: 1\ntables: {{Main: {{partition_key: pk}}}}\nentities:\n  A: {{keys: {{pk: \"{long}\"}}}}\n  B: {{keys: {{pk: \"{long}y\"}}}}\n  C: {{keys: {{pk: \"{}\"}}}}\n",
        "#{a}".repeat(10_000)
    );
    assert!(checked(templates.as_bytes()).problems.is_empty());
}

#[test]
fn control_characters_never_start_a_line_of_their_own() {
    let model = "keyplan: 1\naccess_patterns:\n  \"a\\n::warning::x\": {operation: query}\n";
    let mut out = Vec::new();
    keyplan::report::concise::write(&mut out, &[checked(model.as_bytes())]).unwrap();
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 1);
}

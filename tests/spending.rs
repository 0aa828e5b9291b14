//! Units and dollars behind the findings about capacity and cost, and what keeps these rules silent.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use keyplan::check::{CheckedFile, Settings, check};
use keyplan::cost::{Figures, Scale, StatedCapacity, Terms};
use keyplan::design::{Design, PathId};
use keyplan::lint::{Level, registry};
use keyplan::model::RuleLevel;
use keyplan::plan::Plans;
use keyplan::prices::PriceBook;
use keyplan::source::SourceFile;
use rust_decimal::Decimal;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn with<T>(text: &str, ask: impl FnOnce(&Design<'_>, &Figures<'_>) -> T) -> T {
    let (model, _) = keyplan::source::load(text).unwrap();
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let book = PriceBook::embedded();
    let figures = Figures::new(&design, &plans, &book, &Terms::default(), Scale::default());
    ask(&design, &figures)
}

fn checked(text: &str) -> CheckedFile {
    let mut settings = Settings::on("2026-11-22".parse().unwrap());
    // Rules that are off by default speak here too.
    for rule in registry().iter().filter(|rule| rule.is_off) {
        settings.levels.insert(rule.name.to_owned(), RuleLevel::Advice);
    }
    check(SourceFile::new("model.yaml", text.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap(), &settings)
}

/// The findings of a rule with their levels.
fn found(text: &str, rule: &str) -> Vec<(Level, String)> {
    let checked = checked(text);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let of_rule = checked.findings.iter().filter(|located| located.finding.rule == rule);
    of_rule.map(|located| (located.finding.level, located.finding.message.clone())).collect()
}

const JOBS: &str = "keyplan: 1
region: us-east-1
tables:
  Jobs: {partition_key: job_id}
entities:
  Job: {items: 1M, size: 2500, attributes: {job_id: uuid, state: {type: string, size: 4}}}
access_patterns:
";

#[test]
fn units_that_bring_nothing_are_known() {
    let wasted = |pattern: &str| {
        with(&format!("{JOBS}  it:{pattern}\n"), |_, figures| {
            let load = figures.load.patterns.first().unwrap();
            load.charges().map(|charge| (charge.units.unwrap(), charge.wasted.unwrap())).collect::<Vec<_>>()
        })
    };
    let update =
        "{operation: update, entity: Job, where: {job_id: equals}, sets: [state], condition: {fails: 40%}, rate: 1/s}";
    assert_eq!(wasted(&format!(" {update}")), [(dec("3"), dec("1.2"))]);
    let get = "{operation: get, entity: Job, where: {job_id: equals}, misses: 25%, rate: 1/s}";
    assert_eq!(wasted(&format!(" {get}")), [(dec("0.5"), dec("0.125"))]);
    // A transaction is cancelled as a whole, and billed for all of its actions.
    let both = "\n    operation: transact_write\n    actions:\n      \
        - {operation: put, entity: Job, condition: {fails: 10%}}\n      \
        - {operation: update, entity: Job, where: {job_id: equals}, sets: [state]}\n    rate: 1/s";
    assert_eq!(wasted(both), [(dec("6"), dec("0.6")), (dec("6"), dec("0.6"))]);
    let missed = "{operation: delete, entity: Job, where: {job_id: equals}, misses: 50%, rate: 1/s}";
    assert_eq!(wasted(&format!(" {missed}")), [(dec("2"), dec("0"))]);
}

#[test]
fn a_bill_is_the_sum_of_its_parts() {
    let text = format!(
        "{JOBS}  add: {{operation: put, entity: Job, rate: 3/s}}\n  \
         get: {{operation: get, entity: Job, where: {{job_id: equals}}, rate: 5/s}}\n  \
         all: {{operation: scan, entity: Job}}\n"
    );
    with(&text, |_, figures| {
        let bill = &figures.bill;
        let by_what = bill.by(|line| Some(line.what));
        assert_eq!(by_what.values().copied().sum::<Decimal>(), bill.total());
        let by_pattern = bill.by(|line| line.source?.pattern);
        assert_eq!(by_pattern.len(), 2, "storage is no pattern's, and the scan has no rate");
        let missing = bill.missing_by(|gap| gap.source.pattern);
        assert_eq!(missing.keys().copied().collect::<Vec<_>>(), [2]);
    });
}

#[test]
fn capacity_is_what_the_model_says_where_it_says_it() {
    let text = "keyplan: 1
tables:
  T:
    partition_key: id
    billing: provisioned
    capacity: {read: 10, write: 20}
    replicas: {eu-west-1: {capacity: {read: 30}}, eu-west-3: {}}
    global_indexes:
      i: {partition_key: other, autoscaling: {write: {min: 1, max: 9}}}
entities:
  E: {attributes: {id: uuid, other: uuid}}
";
    with(text, |design, _| {
        let of = |path, is_write, region| StatedCapacity::of(design, PathId(path), is_write, region).unwrap();
        assert_eq!(of(0, false, 0).fixed, Some(dec("10")));
        assert_eq!(of(0, false, 1).fixed, Some(dec("30")));
        assert!(of(0, false, 1).is_of_replica);
        assert_eq!(of(0, false, 2).fixed, Some(dec("10")));
        assert_eq!(of(0, true, 1).fixed, Some(dec("20")), "write capacity is the same everywhere");
        assert_eq!(of(1, true, 0).scaled.map(|bounds| bounds.max.0), Some(dec("9")));
        assert!(!of(1, false, 0).is_said());
    });
}

const BUDGET: &str = "keyplan: 1
region: us-east-1
budget: {monthly_cost: 100 USD, access_patterns: {add: {write_units: 50/s}}}
tables:
  Jobs: {partition_key: job_id}
entities:
  Job: {items: 1M, attributes: {job_id: uuid, text: SIZE}}
access_patterns:
  add: {operation: put, entity: Job, RATES}
  more: {operation: get, entity: Job, where: {job_id: equals}, MORE}
";

fn budget(size: &str, rates: &str, more: &str) -> Vec<(Level, String)> {
    found(&BUDGET.replace("SIZE", size).replace("RATES", rates).replace("MORE", more), "over-budget")
}

#[test]
fn budgets_are_held_to_what_is_known() {
    let small = "{type: string, size: 500}";
    assert_eq!(budget(small, "rate: 10/s, peak: 40/s", "rate: 1/s"), []);
    let over = budget(small, "rate: 90/s, peak: 90/s", "rate: 1/s");
    assert_eq!(over.iter().map(|(level, _)| *level).collect::<Vec<_>>(), [Level::Error, Level::Error]);
    // Something is missing: what is known decides, where it is enough.
    let over = budget(small, "rate: 90/s, peak: 90/s", "limit: 1");
    assert!(over.iter().all(|(level, _)| *level == Level::Error), "{over:?}");
    assert!(over.iter().any(|(_, message)| message.contains("at least")), "{over:?}");
    let open = budget("string", "rate: 90/s, peak: 90/s", "rate: 1/s");
    assert!(!open.is_empty() && open.iter().all(|(level, _)| *level == Level::Advice), "{open:?}");
    // A pattern without a plan has no part in the bill.
    let unserved = BUDGET.replace("SIZE", small).replace("RATES", "rate: 1/s, peak: 2/s").replace("MORE", "rate: 1/s");
    let unserved = unserved.replace(
        "operation: get, entity: Job, where: {job_id: equals}",
        "operation: query, entity: Job, where: {text: equals}",
    );
    let open = found(&unserved, "over-budget");
    assert!(
        matches!(open.as_slice(), [(Level::Advice, message)] if message.contains("cannot be confirmed")),
        "{open:?}"
    );
}

#[test]
fn an_amount_just_over_its_budget_is_told_apart_from_it() {
    let just_over =
        BUDGET.replace("SIZE", "{type: string, size: 500}").replace("RATES", "rate: 10/s, peak: 50.000001/s");
    let [(_, message)] = &found(&just_over.replace("MORE", "rate: 1/s"), "over-budget")[..] else { panic!() };
    assert!(message.contains("50.000001 write units") && message.ends_with("budget of 50"), "{message}");
}

const MODES: &str = "keyplan: 1
region: us-east-1
tables:
  T: {partition_key: id}
entities:
  E: {size: 500, attributes: {id: uuid, text: string}}
access_patterns:
  put: {operation: put, entity: E, rate: 100/s, peak: PEAK}
";

#[test]
fn another_mode_is_proposed_only_where_everything_is_known() {
    let mode = |text: &str| found(text, "provisioned-would-be-cheaper").len();
    assert_eq!(mode(&MODES.replace("PEAK", "200/s")), 1);
    assert_eq!(mode(&MODES.replace("PEAK", "600/s")), 0, "too steep for scaling");
    assert_eq!(mode(&MODES.replace(", peak: PEAK", "")), 0, "no peak");
    let open = format!("{}  next: {{entity: E, undecided: true}}\n", MODES.replace("PEAK", "200/s"));
    assert_eq!(mode(&open), 0, "a pattern is not designed yet");
    assert_eq!(mode(&MODES.replace("PEAK", "200/s").replace("us-east-1", "cn-north-1")), 0, "no prices");
}

#[test]
fn models_without_numbers_hear_nothing_of_capacity_and_cost() {
    let sketch = "keyplan: 1
tables:
  T:
    partition_key: id
    replicas: [eu-west-1]
    time_to_live: expires_at
    point_in_time_recovery: true
    global_indexes:
      by_owner: {partition_key: owner, sort_key: made_at}
entities:
  E: {attributes: {id: uuid, owner: uuid, made_at: timestamp, text: string, expires_at: epoch}}
access_patterns:
  add: {operation: transact_write, actions: [{operation: put, entity: E, condition: true}, {operation: put, entity: E}]}
  get: {operation: get, entity: E, where: {id: equals}, consistency: strong}
  of_owner: {operation: query, entity: E, where: {owner: equals}, order_by: made_at desc, select: [id], limit: 10}
";
    let checked = checked(sketch);
    let names: Vec<&str> = checked
        .findings
        .iter()
        .map(|located| located.finding.rule)
        .filter(|name| {
            let family = keyplan::lint::find(name).unwrap().family;
            matches!(family, keyplan::lint::Family::Capacity | keyplan::lint::Family::Cost)
                || *name == "missing-numbers"
        })
        .collect();
    assert_eq!(names, Vec::<&str>::new());
}

const CAPACITY: &str = "keyplan: 1
region: us-east-1
tables:
  T: {partition_key: id, billing: provisioned, capacity: {read: 10, write: 50}}
entities:
  E: {size: 500, attributes: {id: uuid, text: string}}
access_patterns:
  put: {operation: put, entity: E, rate: 10/s, peak: 30/s}
  update: {operation: update, entity: E, where: {id: equals}, sets: [text], rate: 10/s, peak: OTHER}
";

#[test]
fn peaks_that_only_together_exceed_capacity_are_advice() {
    let level = |other: &str| {
        let found = found(&CAPACITY.replace("OTHER", other), "capacity-below-peak");
        found.first().map(|(level, _)| *level)
    };
    assert_eq!(level("15/s"), None);
    assert_eq!(level("40/s"), Some(Level::Advice));
    assert_eq!(level("60/s"), Some(Level::Warning));
}

#[test]
fn proposed_capacity_is_enough_in_both_directions() {
    let helps = |setting: &str| -> Vec<String> {
        let text = CAPACITY.replace("capacity: {read: 10, write: 50}", setting).replace("OTHER", "60/s")
            + "  get: {operation: get, entity: E, where: {id: equals}, rate: 23/s}\n";
        let found = checked(&text).findings.into_iter().map(|located| located.finding);
        found.filter(|finding| finding.rule == "capacity-below-peak").filter_map(|finding| finding.help).collect()
    };
    // 11.5 read units on average; 20 write units on average and 90 at the peak.
    let read = "read: {min: 5, max: 17, target: 70%}";
    let write = "write: {min: 8, max: 129, target: 70%}";
    let both = format!("`capacity: {{read: 12, write: 90}}`, or `autoscaling: {{{read}, {write}}}`");
    assert_eq!(helps("capacity: {read: 5, write: 5}"), [both.as_str(), both.as_str()]);
    assert_eq!(
        helps("capacity: {read: 5, write: 100}"),
        [format!("`capacity: {{read: 12, write: 100}}`, or `autoscaling: {{{read}}}`")]
    );
    assert_eq!(
        helps("autoscaling: {read: {min: 2, max: 20}, write: {min: 9, max: 30, target: 50%}}"),
        ["`autoscaling: {read: {min: 2, max: 20}, write: {min: 9, max: 90, target: 50%}}`"]
    );
}

/// The first bad example of a rule's page.
fn bad_example(rule: &str) -> String {
    let page = keyplan::lint::find(rule).unwrap().page;
    let example = page.split("```yaml bad\n").nth(1).unwrap().split("\n```").next().unwrap();
    format!("keyplan: 1\n{example}\n")
}

/// The example without the lines from one that begins with a text to the next of its depth.
fn without(text: &str, start: &str) -> String {
    let mut out = String::new();
    let mut skipped: Option<usize> = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        if skipped.is_some_and(|at| depth <= at) {
            skipped = None;
        }
        if line.trim_start().starts_with(start) {
            skipped = Some(depth);
        }
        if skipped.is_none() {
            out.push_str(line);
            out.push('\n');
        }
    }
    assert_ne!(out, text, "{start} is in the example");
    out
}

#[test]
fn rules_are_silent_where_an_input_is_missing() {
    let cases = [
        ("capacity-below-peak", "peak:"),
        ("fixed-capacity", "rate:"),
        ("unneeded-strong-read", "rate:"),
        ("missed-reads", "rate:"),
        ("batch-get-in-one-collection", "items:"),
        ("index-write-amplification", "rate: 40/s"),
        ("wide-projection", "select:"),
        ("provisioned-would-be-cheaper", "peak: 150/s"),
        ("on-demand-would-be-cheaper", "rate: 10/s"),
        ("infrequent-access-would-be-cheaper", "store_document:"),
        ("infrequent-access-would-be-cheaper", "items:"),
        ("standard-class-would-be-cheaper", "rate:"),
        ("commitment-would-be-cheaper", "rate:"),
        ("pattern-dominates-cost", "rate: 2/min"),
        ("deletes-instead-of-expiry", "growth:"),
        ("deletes-instead-of-expiry", "retention:"),
        ("recovery-of-short-lived-items", "retention:"),
        ("storage-grows", "growth:"),
        ("storage-grows", "items:"),
        ("prices-out-of-date", "rate:"),
        ("expiry-in-replicas", "growth:"),
        ("replication-multiplies-writes", "rate: 2M/day"),
    ];
    for (rule, input) in cases {
        let example = bad_example(rule);
        assert_ne!(found(&example, rule), [], "{rule} speaks in its bad example");
        let rest = without(&example, input);
        assert_eq!(found(&rest, rule), [], "{rule} without {input}\n{rest}");
    }
}

#[test]
fn what_is_said_of_a_pattern_keeps_rules_silent() {
    let cases = [
        ("single-action-transaction", "    rate: 25/s", "    rate: 25/s\n    repeats: 1%"),
        ("unneeded-strong-read", "    rate: 200/s", "    rate: 200/s\n    needs: [atomic]"),
        ("storage-grows", "    growth: 2M/day", "    growth: 2M/day\n    retention: 5y"),
        ("deletes-instead-of-expiry", "    deletion_protection: true", "    multi_region_consistency: strong"),
        ("provisioned-would-be-cheaper", "    peak: 150/s", "    peak: 950/s"),
        ("infrequent-access-would-be-cheaper", "    items: 40M", "    items: 40k"),
        ("index-write-amplification", "    rate: 1/s", "    rate: 900/s"),
    ];
    for (rule, from, to) in cases {
        let example = bad_example(rule);
        assert!(example.contains(from), "{rule}: {from}");
        let said: Vec<_> = found(&example.replace(from, to), rule)
            .into_iter()
            .filter(|(level, _)| *level != Level::Advice || rule != "index-write-amplification")
            .collect();
        assert_eq!(said, [], "{rule} with {to}");
    }
}

#[test]
fn storage_is_a_word_only_where_it_is_a_part_of_the_bill() {
    for rule in ["overhead-dominates-storage", "long-attribute-names"] {
        let text = bad_example(rule);
        assert_eq!(found(&text, rule).len(), 1, "{rule}");
        let busy = text.replace("rate: 100/s", "rate: 20k/s").replace("rate: 5/s", "rate: 20k/s");
        assert_ne!(busy, text);
        assert_eq!(found(&busy, rule), [], "{rule} speaks of a trifle");
    }
}

#[test]
fn patterns_that_read_an_index_are_counted_once() {
    let text = bad_example("index-write-amplification");
    let why = |text: &str| {
        let found = checked(text).findings.into_iter().map(|located| located.finding);
        found.filter(|f| f.rule == "index-write-amplification").find_map(|finding| finding.why).unwrap()
    };
    assert!(why(&text).contains("What is read through it (1 pattern) is"), "{}", why(&text));
}

/// What a narrower projection is said to save, as a number for machines.
fn said_to_save(text: &str) -> Option<Decimal> {
    let checked = checked(text);
    let finding = checked.findings.iter().find(|located| located.finding.rule == "wide-projection")?;
    Some(dec(finding.finding.numbers.get("saved_usd_per_month")?.as_str()?))
}

#[test]
fn a_narrower_projection_saves_what_the_bills_differ_by() {
    let model = |projection: &str, query: &str| {
        format!(
            "keyplan: 1
region: us-east-1
tables:
  Events: {{partition_key: id, global_indexes: {{by_city: {{partition_key: city, sort_key: at{projection}}}}}}}
entities:
  Event:
    items: 100k
    attributes:
      id: ulid
      city: {{type: string, size: 12, distinct: 50}}
      at: timestamp
      name: {{type: string, size: 80}}
      text: {{type: string, size: 4 KB}}
access_patterns:
  add: {{operation: put, entity: Event, rate: 100/day}}
  in_city: {{operation: query, entity: Event, where: {{city: equals}}, {query}}}
"
        )
    };
    let total = |text: &str| with(text, |_, figures| figures.bill.total());
    // One page of some entries, all pages of a city, and both of two patterns.
    let one = "select: [name, at], limit: 50, rate: 100/s";
    let all = "select: [name], rate: 1/s";
    let both = "select: [name], rate: 1/s}\n  latest: {operation: query, entity: Event, where: {city: equals}, select: [at], limit: 7, rate: 90/s";
    for query in [one, all, both] {
        let saved = total(&model("", query)) - total(&model(", projection: [name]", query));
        let said = said_to_save(&model("", query)).unwrap();
        assert!(saved > dec("5") && (said - saved).abs() < dec("0.000001"), "{query}: {said} instead of {saved}");
        assert_eq!(said_to_save(&model(", projection: [name]", query)), None);
    }
    // Who needs the text would have to fetch it; one entry is one block either way.
    for query in ["limit: 50, rate: 100/s", "select: [name, text], limit: 50, rate: 100/s"] {
        assert_eq!(said_to_save(&model("", query)), None);
    }
    let small = model("", "select: [name], limit: 1, rate: 100/s").replace("4 KB", "3 KB");
    assert_eq!(said_to_save(&small), None);
}

/// Orders whose newest status is asked of an index that does not hold it.
fn statuses(indexes: &str, projection: &str, rate: &str) -> String {
    format!(
        "keyplan: 1
region: us-east-1
tables:
  Orders:
    partition_key: customer
    sort_key: order_id
    {indexes}sort_key: day, projection: [{projection}]}}}}
entities:
  Order:
    items: 15M
    attributes:
      customer: {{type: uuid, distinct: 1M}}
      order_id: ulid
      day: date
      name: {{type: string, size: 30}}
      status: {{type: string, values: [placed, shipped, delivered]}}
      address: {{type: map, size: 150}}
access_patterns:
  place: {{operation: put, entity: Order, rate: 20k/day}}
  ship: {{operation: update, entity: Order, where: {{customer: equals, order_id: equals}}, sets: [status], rate: 40k/day}}
  of_day: {{operation: query, entity: Order, where: {{customer: equals}}, order_by: day, select: [order_id, name], rate: 20/s}}
  newest: {{operation: query, entity: Order, where: {{customer: equals}}, order_by: day desc, limit: 1, select: [order_id, status], via: by_day, rate: {rate}}}
"
    )
}

#[test]
fn a_projection_that_costs_more_than_it_saves_is_no_remedy() {
    let rule = "unprojected-attributes";
    let levels = |text: &str| found(text, rule).into_iter().map(|(level, _)| level).collect::<Vec<_>>();
    let total = |text: &str| with(text, |_, figures| figures.bill.total());
    let (local, global) = ("local_indexes: {by_day: {", "global_indexes: {by_day: {partition_key: customer, ");
    for (indexes, dearer) in [(local, vec![]), (global, vec![Level::Advice])] {
        let [before, after] = ["name", "name, status"].map(|held| total(&statuses(indexes, held, "1/s")));
        assert!(after > before, "{indexes}: {before} and {after}");
        assert_eq!(levels(&statuses(indexes, "name", "1/s")), dearer, "{indexes}");
        let [before, after] = ["name", "name, status"].map(|held| total(&statuses(indexes, held, "100/s")));
        assert!(after < before, "{indexes}: {before} and {after}");
        assert_eq!(levels(&statuses(indexes, "name", "100/s")), [Level::Warning], "{indexes}");
    }
    let checked = checked(&statuses(global, "name", "1/s"));
    let why = checked.findings.iter().find(|it| it.finding.rule == rule).and_then(|it| it.finding.why.as_deref());
    assert!(why.is_some_and(|why| why.contains("would save 0.16 USD a month and cost 0.81 USD")), "{why:?}");
}

#[test]
fn old_prices_are_marked_where_their_region_is_named() {
    for (home, replica) in [("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")] {
        let text = format!(
            "keyplan: 1
region: {home}
tables: {{Jobs: {{partition_key: id, replicas: [{replica}]}}}}
entities:
  Job: {{items: 1M, size: 500, attributes: {{id: uuid}}}}
access_patterns:
  put: {{operation: put, entity: Job, rate: 10/s}}
"
        );
        let mut settings = Settings::on("2027-11-22".parse().unwrap());
        settings.levels.insert("prices-out-of-date".to_owned(), RuleLevel::Advice);
        let checked =
            check(SourceFile::new("model.yaml", text.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap(), &settings);
        let old = checked.findings.iter().find(|located| located.finding.rule == "prices-out-of-date").unwrap();
        let marked = text.get(old.span.start..old.span.end).unwrap();
        assert!(old.finding.message.contains(&format!("of {marked} were")), "{marked}: {}", old.finding.message);
    }
}

//! Items made from models: the laws that they keep, and `keyplan generate` with the real binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keyplan::design::{Design, EntityDesign, EntityId, Part};
use keyplan::load::{Shapes, State};
use keyplan::model::{AttributeType, Model};
use keyplan::source::load;
use keyplan::verify::items::value::{item_from_json, item_size};
use keyplan::verify::items::{AttributeValue, Attributes, Generated, Generator, ItemsError, NoteKind, scale};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

fn models_in(directory: &str) -> Vec<(String, Model)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml") && !path.ends_with("flaws.yaml"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, load(&std::fs::read_to_string(path).unwrap()).unwrap().0)
    };
    files.iter().map(read).collect()
}

fn all_models() -> Vec<(String, Model)> {
    models_in("fixtures").into_iter().chain(models_in("tests/designs")).collect()
}

fn count(number: Option<Decimal>) -> usize {
    number.unwrap().to_usize().unwrap()
}

fn attribute_of(part: &Part) -> Option<&str> {
    match part {
        Part::Attribute { name, .. } => Some(name),
        Part::Text(_) => None,
    }
}

/// A set cannot stand in a key: no item gets the key attribute.
fn has_set_in_key(entity: &EntityDesign<'_>) -> bool {
    let names = entity.fills.values().flat_map(|fill| fill.template.attributes());
    names.into_iter().any(|name| entity.kind_of(name) == AttributeType::StringSet)
}

#[test]
fn items_are_as_many_and_as_large_as_the_scaled_model_says() {
    let mut checked = 0;
    for (name, model) in all_models() {
        for target in [100, 2_000] {
            let scaled = scale(&model, target).unwrap();
            let design = Design::new(&scaled.model);
            let shapes = Shapes::new(&design);
            let generator = Generator::new(&design, 1).unwrap();
            let dataset = generator.dataset();
            assert!(dataset.len() as u64 <= target, "{name}: {} of {target}", dataset.len());
            for entity in &design.entities {
                let made = dataset.of(entity.id);
                if made.is_empty() {
                    assert!(
                        scaled.notes.iter().any(|note| note.message.contains(entity.name)),
                        "{name} {}",
                        entity.name
                    );
                    continue;
                }
                let left_out: u64 =
                    dataset.collisions.iter().filter(|c| c.second == entity.id).map(|collision| collision.items).sum();
                assert_eq!(made.len() as u64 + left_out, count(entity.items) as u64, "{name} {}", entity.name);
                let shape = shapes.of(entity.id).unwrap();
                let expected = shape.item_bytes(&State::default()).unwrap();
                let total: u64 = made.iter().map(|made| item_size(&made.item)).sum();
                let average = Decimal::from(total) / Decimal::from(made.len());
                // The average is rounded up to a byte; shares of attributes are whole numbers of items each
                // on its own, not in all their combinations.
                let slack = Decimal::TWO + expected / Decimal::from(100);
                assert!(
                    (average - expected).abs() <= slack || has_set_in_key(entity),
                    "{name} {} of {}: {average} instead of {expected}",
                    entity.name,
                    made.len()
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn no_two_items_have_the_same_primary_key() {
    for (name, model) in all_models() {
        let scaled = scale(&model, 2_000).unwrap();
        let design = Design::new(&scaled.model);
        let generator = Generator::new(&design, 1).unwrap();
        for table in &design.tables {
            let base = design.path(table.paths[0]).unwrap();
            let mut keys = BTreeSet::new();
            for made in &generator.dataset().tables[table.name] {
                let key: Attributes = base.keys().map(|key| (key.to_owned(), made.item[key].clone())).collect();
                assert!(keys.insert(key), "{name} {:?}", made.item);
            }
        }
        let collisions = &generator.dataset().collisions;
        assert!(collisions.is_empty(), "{name}: {collisions:?}");
    }
}

#[test]
fn collections_are_as_large_as_the_plans_take_them_to_be() {
    let mut checked = 0;
    for (name, model) in all_models() {
        let scaled = scale(&model, 3_000).unwrap();
        let design = Design::new(&scaled.model);
        let shapes = Shapes::new(&design);
        let generator = Generator::new(&design, 1).unwrap();
        for entity in &design.entities {
            let made = generator.dataset().of(entity.id);
            for path in design.paths.iter().filter(|path| design.is_in(entity, path) && !made.is_empty()) {
                let members: Vec<_> = made.iter().filter(|m| path.keys().all(|k| m.item.contains_key(k))).collect();
                let share = shapes.of(entity.id).unwrap().membership(path, &State::default()).unwrap();
                let expected = share * Decimal::from(made.len());
                let slack = Decimal::ONE + expected / Decimal::from(20);
                let found = Decimal::from(members.len());
                assert!(
                    (found - expected).abs() <= slack || has_set_in_key(entity),
                    "{name} {} in {}: {found} not {expected}",
                    entity.name,
                    path.name
                );
                let parts = path.partition.iter().flat_map(|key| entity.fills[key].template.parts.iter());
                // Listed values have shares of their own, how many buckets time has is not known, and values of
                // which only some items are in an index need not all be there. Of several ids of ancestors one
                // decides the others, which the product of their numbers does not say.
                let is_even = parts.clone().all(|part| match part {
                    Part::Attribute { name, cut } => cut.is_none() && entity.attribute(name).unwrap().values.is_none(),
                    Part::Text(_) => true,
                });
                let names: Vec<&str> = parts.filter_map(attribute_of).collect();
                let Some(groups) = design
                    .groups(entity, &names)
                    .filter(|_| is_even && share == Decimal::ONE && !members.is_empty())
                    .filter(|_| names.len() == 1 || entity.parents.is_empty())
                else {
                    continue;
                };
                let key = |made: &&Generated| path.partition.iter().map(|key| made.item[*key].clone()).collect();
                let keys: BTreeSet<Vec<AttributeValue>> = members.iter().map(key).collect();
                let expected = (expected / groups).max(Decimal::ONE);
                let found = found / Decimal::from(keys.len());
                assert!(
                    (found - expected).abs() <= expected / Decimal::TEN,
                    "{name} {} in {}: collections of {found} not {expected}",
                    entity.name,
                    path.name
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 150, "{checked}");
}

/// What is left of a key's text behind what its template says that it begins with.
fn without_part<'t>(text: &'t str, part: &Part, made: &Generated) -> Option<&'t str> {
    match part {
        Part::Text(part) => text.strip_prefix(&**part),
        Part::Attribute { name, cut: None } => {
            let zeros = text.trim_start_matches('0');
            let value = made.values[&**name].text()?;
            text.strip_prefix(value).or_else(|| zeros.strip_prefix(value))
        }
        Part::Attribute { name, cut: Some(cut) } => {
            let (time, rest) = text.split_at_checked(cut.length())?;
            let value = &made.values[&**name];
            (matches!(value, AttributeValue::N(_)) || value.text()?.starts_with(time)).then_some(rest)
        }
    }
}

#[test]
fn keys_are_what_their_templates_say() {
    let mut checked = 0;
    for (name, model) in all_models() {
        let scaled = scale(&model, 300).unwrap();
        let design = Design::new(&scaled.model);
        let generator = Generator::new(&design, 7).unwrap();
        for made in generator.dataset().tables.values().flatten() {
            let entity = design.entity(made.entity).unwrap();
            for (key, fill) in &entity.fills {
                let has_all = fill.template.attributes().all(|name| made.values.contains_key(name));
                let is_let_in = fill.when.into_iter().flatten().all(|(name, members)| {
                    let value = made.values.get(name).and_then(AttributeValue::text);
                    members.0.iter().any(|member| Some(member.text()) == value)
                });
                let Some(value) = made.item.get(*key) else {
                    assert!(!has_all || !is_let_in || has_set_in_key(entity), "{name} {} has no {key}", entity.name);
                    continue;
                };
                // One of the flaws: a boolean cannot be a key.
                let Some(text) = value.text() else {
                    assert_eq!(entity.kind_of(key), AttributeType::Boolean);
                    continue;
                };
                let rest = fill.template.parts.iter().try_fold(text, |text, part| without_part(text, part, made));
                assert_eq!(rest, Some(""), "{name} {} {key}: {text} of {}", entity.name, fill.template);
                checked += 1;
            }
        }
    }
    assert!(checked > 5_000, "{checked}");
}

#[test]
fn attributes_are_present_and_have_their_values_as_often_as_said() {
    let (mut present, mut listed) = (0, 0);
    for (name, model) in all_models() {
        let scaled = scale(&model, 2_000).unwrap();
        let design = Design::new(&scaled.model);
        let generator = Generator::new(&design, 3).unwrap();
        for entity in &design.entities {
            let made = generator.dataset().of(entity.id);
            let share_of = |matching: usize| Decimal::from(matching) / Decimal::from(made.len().max(1));
            let slack = Decimal::ONE / Decimal::from(made.len().max(1));
            for (attribute_name, attribute) in &entity.entity.attributes {
                let is_key = entity.identity.contains(attribute_name);
                let values = || made.iter().filter_map(|made| made.values.get(attribute_name));
                if let Some(share) = attribute.present.filter(|_| !is_key && !made.is_empty()) {
                    let found = share_of(values().count());
                    assert!((found - share.0).abs() <= slack, "{name} {attribute_name}: {found} not {share}");
                    present += 1;
                }
                if attribute.may_be_absent() || is_key || made.is_empty() {
                    continue;
                }
                for (value, share) in attribute.values.iter().flat_map(|values| &values.0) {
                    let is_value = |made: &&AttributeValue| match made {
                        AttributeValue::Bool(is_true) => is_true.to_string() == value.text(),
                        other => other.text() == Some(value.text()),
                    };
                    let found = share_of(values().filter(is_value).count());
                    assert!((found - share.unwrap().0).abs() <= slack, "{name} {attribute_name}: {found} of {value}");
                    listed += 1;
                }
            }
        }
    }
    assert!(present > 15 && listed > 20, "{present} {listed}");
}

#[test]
fn fresh_items_have_keys_that_no_other_item_has() {
    let mut checked = 0;
    for (name, model) in all_models() {
        let scaled = scale(&model, 500).unwrap();
        let design = Design::new(&scaled.model);
        let generator = Generator::new(&design, 1).unwrap();
        for entity in &design.entities {
            let Some(base) = entity.table.and_then(|table| design.base_path(table)) else { continue };
            let key =
                |made: &Generated| -> Vec<AttributeValue> { base.keys().map(|key| made.item[key].clone()).collect() };
            let existing = generator.dataset().of(entity.id);
            let mut keys: BTreeSet<_> = existing.iter().map(key).collect();
            for n in 0..20 {
                let Some(fresh) = generator.fresh(entity.id, n) else { continue };
                assert_eq!(generator.fresh(entity.id, n), Some(fresh.clone()));
                assert!(keys.insert(key(&fresh)), "{name} {}: {:?}", entity.name, fresh.item);
                let names = |made: &Generated| made.item.keys().cloned().collect::<Vec<_>>();
                assert!(existing.iter().any(|made| names(made) == names(&fresh)));
                checked += 1;
            }
        }
    }
    assert!(checked > 2_500, "{checked}");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(12))]

    #[test]
    fn the_same_seed_gives_the_same_items(seed in 0..u64::MAX, items in 20_u64..400) {
        for (name, model) in models_in("fixtures") {
            let scaled = scale(&model, items).unwrap();
            proptest::prop_assert_eq!(&scaled, &scale(&model, items).unwrap());
            let design = Design::new(&scaled.model);
            let generated = |seed| Generator::new(&design, seed).unwrap().dataset().tables.clone();
            let made = generated(seed);
            proptest::prop_assert_eq!(&made, &generated(seed));
            proptest::prop_assert_ne!(&made, &generated(seed ^ 1), "{}", name);
            let count: usize = made.values().map(Vec::len).sum();
            proptest::prop_assert!(count as u64 <= items);
        }
    }
}

fn keyplan(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["generate"])
        .args(arguments)
        .output()
        .unwrap()
}

fn printed(arguments: &[&str]) -> (String, String) {
    let output = keyplan(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    (String::from_utf8(output.stdout).unwrap(), stderr)
}

const SHOP: &str = "fixtures/online-shop.yaml";

#[test]
fn a_small_sample_reads_as_people_see_it() {
    // Lines are cut, so that the snapshot can be looked at.
    let shorten = |line: &str| line.chars().take(300).collect::<String>();
    for (name, every, arguments) in [
        ("shop", 6, vec![SHOP, "--items", "60"]),
        ("devices", 3, vec!["fixtures/iot-time-series.yaml", "--items", "40"]),
        ("game", 1, vec!["fixtures/book-match-game.yaml", "--items", "12", "--table", "BookMatchGame"]),
    ] {
        let (items, notes) = printed(&arguments);
        let lines: Vec<String> = items.lines().step_by(every).map(shorten).collect();
        insta::assert_snapshot!(format!("generate_{name}"), format!("{notes}\n{}", lines.join("\n")));
    }
}

#[test]
fn every_fixture_gives_lines_that_are_items() {
    for (file, model) in models_in("fixtures") {
        let path = format!("fixtures/{file}");
        let (lines, notes) = printed(&[&path, "--items", "500"]);
        let mut tables = BTreeSet::new();
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let table = line["table"].as_str().unwrap();
            assert!(
                item_from_json(line["item"].as_object().unwrap())
                    .unwrap()
                    .contains_key(&model.tables[table].partition_key.0[0])
            );
            tables.insert(table.to_owned());
        }
        assert_eq!(tables.len(), model.tables.len(), "{file}");
        assert!((150..=500).contains(&lines.lines().count()) || notes.contains("assumed"), "{file}: {notes}");
        for table in &tables {
            let (own, _) = printed(&[&path, "--items", "500", "--table", table]);
            let of_table = lines.lines().filter(|line| line.contains(&format!("\"table\":\"{table}\"")));
            let expected: Vec<Value> =
                of_table.map(|line| serde_json::from_str::<Value>(line).unwrap()["item"].take()).collect();
            let found: Vec<Value> =
                own.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["Item"].take()).collect();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn a_data_model_of_nosql_workbench_has_keys_indexes_and_a_facet_of_each_entity() {
    for (file, model) in models_in("fixtures") {
        let path = format!("fixtures/{file}");
        let (text, notes) = printed(&[&path, "--format", "workbench"]);
        let data_model: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(data_model["ModelMetadata"]["Version"], "3.0");
        let tables = data_model["DataModel"].as_array().unwrap();
        assert_eq!(tables.len(), model.tables.len());
        for (table, (name, written)) in tables.iter().zip(&model.tables) {
            assert_eq!(table["TableName"], name.as_str());
            let partition = &table["KeyAttributes"]["PartitionKey"]["AttributeName"];
            assert_eq!(partition, written.partition_key.0[0].as_str());
            let indexes: Vec<&str> = table["GlobalSecondaryIndexes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i["IndexName"].as_str().unwrap())
                .collect();
            for index in written.global_indexes.keys().chain(written.local_indexes.keys()) {
                assert!(indexes.contains(&index.as_str()) != notes.contains(&format!("index `{index}`")), "{index}");
            }
            let entities = model.entities.iter().filter(|(_, e)| e.table.as_ref().is_none_or(|table| table == name));
            let facets = table["TableFacets"].as_array().unwrap();
            for ((entity, _), facet) in entities.zip(facets) {
                assert_eq!(facet["FacetName"], entity.as_str());
                let rows = facet["TableData"].as_array().unwrap();
                assert!(!rows.is_empty() && rows.iter().all(|row| item_from_json(row.as_object().unwrap()).is_some()));
            }
        }
    }
}

#[test]
fn a_file_is_written_as_a_whole() {
    let directory = std::env::temp_dir().join(format!("keyplan-generate-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("items.jsonl");
    let (nothing, _) = printed(&[SHOP, "--items", "50", "--output", file.to_str().unwrap()]);
    assert_eq!(nothing, "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed(&[SHOP, "--items", "50"]).0);
    let missing = directory.join("none").join("items.jsonl");
    let output = keyplan(&[SHOP, "--items", "50", "--output", missing.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    std::fs::remove_dir_all(&directory).unwrap();
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_into_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let pipe = std::env::temp_dir().join(format!("keyplan-generate-{}.pipe", std::process::id()));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    printed(&[SHOP, "--items", "50", "--output", pipe.to_str().unwrap()]);
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(reader.join().unwrap(), printed(&[SHOP, "--items", "50"]).0);
    std::fs::remove_file(&pipe).unwrap();
}

#[test]
fn what_cannot_be_made_is_refused_with_the_reason() {
    for (arguments, code, reason) in [
        (vec![SHOP, "--items", "1000000"], 2, "more than the 200000"),
        (vec![SHOP, "--items", "2"], 2, "too few for 6 entities"),
        (vec![SHOP, "--table", "Shopp"], 2, "did you mean `Shop`?"),
        (vec!["fixtures/none.yaml"], 3, "cannot be read"),
    ] {
        let output = keyplan(&arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(reason), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn keys_that_cannot_be_unique_are_collisions() {
    let text = "keyplan: 1\ntables: {T: {partition_key: pk, sort_key: sk}}\nentities: {Event: {items: 7, keys: {pk: ALL, sk: '{status}'}, attributes: {status: {values: [a, b]}}}}";
    let scaled = scale(&load(text).unwrap().0, 100).unwrap();
    let design = Design::new(&scaled.model);
    let generator = Generator::new(&design, 1).unwrap();
    let dataset = generator.dataset();
    assert_eq!(dataset.len(), 2);
    let [collision] = dataset.collisions.as_slice() else { panic!("{:?}", dataset.collisions) };
    assert_eq!((collision.first, collision.second, collision.items), (EntityId(0), EntityId(0), 5));
    assert_eq!(collision.key["sk"], AttributeValue::S("a".to_owned()));
    assert_eq!(generator.fresh(EntityId(0), 0), None);
}

#[test]
fn children_that_do_not_fit_are_capped_and_said() {
    let text = "keyplan: 1\ntables: {T: {partition_key: a, sort_key: b}, U: {partition_key: a}}\nentities:\n  Parent: {table: U, items: 1k, attributes: {a: uuid}}\n  Child: {table: T, belongs_to: {Parent: 5k}, attributes: {a: uuid, b: timestamp}, retention: 100d}";
    let scaled = scale(&load(text).unwrap().0, 1_000).unwrap();
    let child = &scaled.model.entities["Child"];
    let each = child.belongs_to.0["Parent"].as_ref().unwrap().average.unwrap();
    let parents = scaled.model.entities["Parent"].items.unwrap();
    assert_eq!((parents.ceil(), each.ceil()), (3, 332));
    assert_eq!(child.items.unwrap().ceil(), 996);
    let days = child.retention.unwrap().seconds() / Decimal::from(86_400);
    assert_eq!(days.round_dp(2), "6.64".parse().unwrap());
    assert!(scaled.notes.iter().any(|note| note.kind == NoteKind::Capped && note.message.contains("instead of 5k")));
}

#[test]
fn items_that_are_too_large_together_are_refused() {
    let text = "keyplan: 1\ntables: {T: {partition_key: id}}\nentities: {E: {items: 1M, attributes: {id: uuid, text: {type: string, size: 40 KB}}}}";
    let scaled = scale(&load(text).unwrap().0, 10_000).unwrap();
    let error = Generator::new(&Design::new(&scaled.model), 1).err().unwrap();
    assert!(matches!(error, ItemsError::TooLarge { fewer: 3_000..3_400, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "the items would take 392 MB in all, more than the 128 MB that are made at once; ask for fewer: 3273 items would fit"
    );
}

//! Items made from models: the laws that they keep, and `keyplan generate` with the real binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyplan::design::{Design, EntityDesign};
use keyplan::load::{Shapes, State};
use keyplan::model::{AttributeType, Model};
use keyplan::source::load;
use keyplan::verify::items::value::item_size;
use keyplan::verify::items::{Attributes, Generator, scale};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

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

/// A set cannot stand in a key: no item gets the key attribute.
fn has_set_in_key(entity: &EntityDesign<'_>) -> bool {
    let names = entity.fills.values().flat_map(|fill| fill.template.attributes());
    names.into_iter().any(|name| entity.kind_of(name) == AttributeType::StringSet)
}

#[test]
fn items_are_as_many_and_as_large_as_the_scaled_model_says() {
    let mut checked = 0;
    for (name, model) in all_models() {
        for target in [100, 5_000] {
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

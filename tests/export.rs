//! `keyplan export`: what is written reads back as the same tables.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keyplan::design::Design;
use keyplan::interop::{Imported, Options, Target, export, model_text, read};
use keyplan::model::{AutoScaling, Autoscaled, Billing, KeyType, Model, Replica, Stream, StreamView, Table};
use keyplan::source::{SourceFile, load};
use keyplan::units::{Count, Duration, Period, Share};
#[cfg(feature = "verify")]
use keyplan::verify::engine::{Embedded, Engine};

const EVERY_SETTING: &str = "tests/export/every-setting.yaml";

const TARGETS: [(Target, &str); 8] = [
    (Target::Cloudformation, "cloudformation"),
    (Target::Sam, "sam"),
    (Target::Cdk, "cdk"),
    (Target::CreateTable, "create-table"),
    (Target::Shell, "shell"),
    (Target::Sdk, "sdk"),
    (Target::Terraform, "terraform"),
    (Target::NosqlWorkbench, "nosql-workbench"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn keyplan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyplan"));
    command.env("COLUMNS", "80").current_dir(root()).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn model(path: &str) -> Model {
    load(&fs::read_to_string(root().join(path)).unwrap()).unwrap().0
}

/// Every model that can be exported; one of the fixtures has a key that can be no key, on purpose.
fn models() -> Vec<String> {
    let mut models = vec![EVERY_SETTING.to_owned()];
    let fixtures = fs::read_dir(root().join("fixtures")).unwrap();
    let names = fixtures.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    models.extend(names.filter(|name| name != "flawed.yaml").map(|name| format!("fixtures/{name}")));
    models.sort();
    models
}

fn import(name: &str, text: &str, home: Option<&str>) -> Imported {
    let file = SourceFile::new(name.to_owned(), text.as_bytes().to_vec()).unwrap();
    let mut options = Options::default();
    options.parameters.extend(home.map(|home| ("AWS::Region".to_owned(), home.to_owned())));
    read(&[file], &options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What a target makes of a table: the omissions that it states.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// Table by table; a global table where there are replicas.
    Template,
    /// Every table is a global one.
    Cdk,
    /// The request that creates a table, and no other.
    Request,
    /// Terraform's resource, whose replicas have few settings of their own.
    Terraform,
    /// A Workbench model: keys of one attribute each, and how a table pays.
    Workbench,
}

/// A table in one way of writing: defaults are said, what no format carries is not.
fn plain(mut table: Table, form: Form) -> Table {
    table.description = None;
    table.backups = None;
    table.billing.get_or_insert(Billing::OnDemand);
    table.kinesis_stream = table.kinesis_stream.filter(|on| *on);
    let is_strong = table.multi_region_consistency == Some(keyplan::model::ReplicationConsistency::Strong);
    if form == Form::Workbench {
        table.global_indexes.retain(|_, index| index.partition_key.len() == 1 && index.sort_key.len() <= 1);
        table.global_indexes.values_mut().for_each(|index| {
            (index.capacity, index.autoscaling, index.max_throughput, index.warm_throughput) = (None, None, None, None);
        });
        (table.max_throughput, table.warm_throughput, table.class) = (None, None, None);
        (table.deletion_protection, table.stream) = (None, None);
    }
    if form == Form::Terraform {
        for replica in table.replicas.0.values_mut().flatten() {
            (replica.class, replica.capacity, replica.autoscaling, replica.max_throughput) = (None, None, None, None);
        }
    }
    if form == Form::Request || form == Form::Workbench {
        table.time_to_live = None;
        table.point_in_time_recovery = None;
        table.kinesis_stream = None;
        table.replicas.0.clear();
        table.multi_region_consistency = None;
        table.witness = None;
    }
    let is_global = !table.replicas.0.is_empty();
    if is_global && table.stream.is_none() && (!is_strong || form == Form::Cdk) {
        table.stream = Some(Stream { view: StreamView::NewAndOldImages, readers: Vec::new(), reads: None });
    }
    if let Some(stream) = &mut table.stream {
        stream.readers.clear();
    }
    let replicas = table.replicas.0.values_mut();
    for replica in replicas {
        *replica = replica.take().filter(|replica| *replica != Replica::default());
    }
    let throughputs = table.global_indexes.values_mut().map(|index| (&mut index.capacity, &mut index.autoscaling));
    for (capacity, scaling) in throughputs.chain([(&mut table.capacity, &mut table.autoscaling)]) {
        let writes = capacity.as_ref().and_then(|capacity| capacity.write);
        if (is_global && form == Form::Template) || form == Form::Cdk {
            let stands = scaling.as_ref().is_none_or(|scaling| scaling.write.is_none());
            if let Some(units) = writes.filter(|_| stands) {
                scaling.get_or_insert_default().write = Some(Autoscaled { min: units, max: units, target: None });
            }
        }
        written_scaling(capacity, scaling, form);
    }
    for replica in table.replicas.0.values_mut().flatten() {
        written_scaling(&mut replica.capacity, &mut replica.autoscaling, form);
    }
    let recoveries = table.replicas.0.values_mut().flatten().map(|replica| &mut replica.point_in_time_recovery);
    for recovery in recoveries.chain([&mut table.point_in_time_recovery]).flatten() {
        if let Some(period) = &mut recovery.recovery_period {
            *period = Duration { count: period.seconds() / rust_decimal::Decimal::from(86_400), period: Period::Day };
        }
    }
    table
}

/// The target of scaling is said; the capacity of what is scaled is only its start, and is not.
fn written_scaling(capacity: &mut Option<keyplan::model::Capacity>, scaling: &mut Option<AutoScaling>, form: Form) {
    if let Some(scaling) = scaling {
        let given = capacity.get_or_insert_default();
        let directions = [(&mut scaling.read, &mut given.read), (&mut scaling.write, &mut given.write)];
        for (scaled, units) in directions {
            let Some(scaled) = scaled else { continue };
            scaled.target.get_or_insert(Share("0.7".parse().unwrap()));
            *units = if form == Form::Request { Some(units.unwrap_or(scaled.min)) } else { None };
        }
    }
    *capacity = capacity.take().filter(|capacity| capacity.read.is_some() || capacity.write.is_some());
    if form == Form::Request {
        *scaling = None;
    }
}

fn key_types(imported: &Imported) -> Vec<(String, Vec<(String, KeyType)>)> {
    let sorted = |types: &keyplan::IndexMap<String, KeyType>| {
        let mut types: Vec<_> = types.iter().map(|(name, kind)| (name.clone(), *kind)).collect();
        types.sort();
        types
    };
    imported.tables.iter().map(|table| (table.name.clone(), sorted(&table.key_types))).collect()
}

fn assert_same(path: &str, imported: &Imported, form: Form) {
    let model = model(path);
    let names: Vec<&String> = imported.tables.iter().map(|table| &table.name).collect();
    assert_eq!(names, model.tables.keys().collect::<Vec<_>>(), "{path}");
    for table in &imported.tables {
        let expected = plain(model.tables[&table.name].clone(), form);
        assert_eq!(plain(table.table.clone(), form), expected, "{path}: {}", table.name);
        let told = table.unknown.values().filter(|unknown| unknown.origin.is_some()).count();
        assert_eq!(told, 0, "{path}: {}: {:?}", table.name, table.unknown);
    }
}

#[test]
fn what_is_written_reads_back_as_the_same_tables() {
    let round_trips =
        [(Target::CreateTable, Form::Request), (Target::Cloudformation, Form::Template), (Target::Sam, Form::Template)];
    for path in models() {
        let model = model(&path);
        let design = Design::new(&model);
        let mut types = None;
        for (target, form) in round_trips {
            let exported = export(&design, target, &[]).unwrap();
            let name = if target == Target::Terraform { "main.tf" } else { &path };
            let imported = import(name, &exported.text, None);
            assert_same(&path, &imported, form);
            let types = types.get_or_insert_with(|| key_types(&imported));
            for ((_, found), (name, expected)) in key_types(&imported).iter().zip(types.iter()) {
                // A Workbench model lacks the indexes whose keys are made of several attributes.
                let kept = |part: &&(String, KeyType)| form != Form::Workbench || found.contains(part);
                let expected: Vec<_> = expected.iter().filter(kept).collect();
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{path} {target:?} {name}");
            }
        }
    }
}

/// Stacks that were synthesized outside: `.ci/run` does it and says where they are.
#[test]
fn synthesized_stacks_read_back_as_the_same_tables() {
    let Some(directory) = std::env::var_os("KEYPLAN_SYNTHESIZED") else {
        println!("SKIPPED: KEYPLAN_SYNTHESIZED names no directory of synthesized stacks");
        return;
    };
    for path in models() {
        let model = model(&path);
        let name = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        let file = Path::new(&directory).join(format!("{name}.synthesized.json"));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let imported = import(name, &text, model.region.as_deref());
        assert_same(&path, &imported, Form::Cdk);
        let request = export(&Design::new(&model), Target::CreateTable, &[]).unwrap();
        assert_eq!(key_types(&imported), key_types(&import(name, &request.text, None)), "{path}");
    }
}

/// Keys, projections and their order, which every engine says of a table.
#[cfg(feature = "verify")]
fn shape(table: &Table) -> String {
    let global = table
        .global_indexes
        .iter()
        .map(|(name, index)| format!("{name} {:?} {:?} {:?}", index.partition_key, index.sort_key, index.projection));
    let local =
        table.local_indexes.iter().map(|(name, index)| format!("{name} {:?} {:?}", index.sort_key, index.projection));
    let indexes: Vec<String> = global.chain(local).collect();
    format!("{:?} {:?} {indexes:#?}", table.partition_key, table.sort_key)
}

#[cfg(feature = "verify")]
#[test]
fn an_engine_takes_the_requests() {
    for path in models() {
        let model = model(&path);
        let engine = Embedded::start().unwrap();
        for name in model.tables.keys() {
            let request = export(&Design::new(&model), Target::CreateTable, std::slice::from_ref(name)).unwrap().text;
            let request: serde_json::Value = serde_json::from_str(&request).unwrap();
            engine.call("CreateTable", &request).unwrap_or_else(|error| panic!("{path}: {name}: {error:?}"));
            let described = engine.call("DescribeTable", &serde_json::json!({ "TableName": name })).unwrap();
            let imported = import(name, &described.to_string(), None);
            assert_eq!(shape(&imported.tables[0].table), shape(&model.tables[name]), "{path}");
        }
    }
}

/// What an emulator says of the tables that the exported scripts created: `.ci/run` runs them. It
/// forgets warm throughput and says defaults.
#[test]
fn an_emulator_has_the_tables_of_the_scripts() {
    let Some(file) = std::env::var_os("KEYPLAN_DESCRIBED") else {
        println!("SKIPPED: KEYPLAN_DESCRIBED names no description of tables");
        return;
    };
    let imported = import("described.json", &fs::read_to_string(file).unwrap(), None);
    let remembered = |table: Table| {
        let mut table = plain(table, Form::Request);
        table.warm_throughput = None;
        table.global_indexes.values_mut().for_each(|index| index.warm_throughput = None);
        table.deletion_protection.get_or_insert(false);
        table.class.get_or_insert(keyplan::model::TableClass::Standard);
        table
    };
    let mut expected = 0;
    for path in models() {
        let model = model(&path);
        let request = export(&Design::new(&model), Target::CreateTable, &[]).unwrap();
        for asked in import(&path, &request.text, None).tables {
            let found = imported.tables.iter().find(|table| table.name == asked.name);
            let found = found.unwrap_or_else(|| panic!("{path}: {} is not there", asked.name));
            let name = &asked.name;
            assert_eq!(remembered(found.table.clone()), remembered(model.tables[name].clone()), "{path}: {name}");
            assert_eq!(found.key_types, asked.key_types, "{path}: {name}");
            expected += 1;
        }
    }
    assert_eq!(imported.tables.len(), expected);
}

#[test]
fn an_imported_export_is_a_model_that_can_be_exported_again() {
    let model = model(EVERY_SETTING);
    let first = export(&Design::new(&model), Target::Cloudformation, &[]).unwrap();
    let (again, notes) = import(EVERY_SETTING, &first.text, None).into_model();
    let written = model_text(&again, "Again.", &notes).unwrap();
    let (again, _) = load(&written).unwrap_or_else(|problems| panic!("{problems:?}\n{written}"));
    let second = export(&Design::new(&again), Target::Cloudformation, &[]).unwrap();
    let tables = |text: &str| import(EVERY_SETTING, text, None).tables.into_iter().map(|table| table.table);
    assert_eq!(tables(&second.text).collect::<Vec<_>>(), tables(&first.text).collect::<Vec<_>>());
}

#[test]
fn every_format_reads_as_its_users_expect() {
    for (_, name) in TARGETS {
        let output = keyplan(&["export", EVERY_SETTING, "--to", name]);
        assert!(output.status.success(), "{name}");
        insta::assert_snapshot!(format!("export_{name}"), text(&output.stdout));
        insta::assert_snapshot!(format!("export_{name}_aside"), text(&output.stderr));
    }
}

#[test]
fn the_same_model_is_written_in_the_same_bytes() {
    for (target, _) in TARGETS {
        let written = |_| export(&Design::new(&model(EVERY_SETTING)), target, &[]).unwrap();
        let [first, second] = [0, 1].map(written);
        assert_eq!(first, second);
    }
}

#[test]
fn only_the_named_tables_are_written_and_the_file_is_replaced() {
    let directory = tempfile();
    let path = directory.join("table.json");
    let name = path.to_str().unwrap();
    fs::write(&path, "before").unwrap();
    let arguments = ["export", EVERY_SETTING, "--to", "create-table", "--table", "Plain", "--output", name];
    let output = keyplan(&arguments);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    let imported = import("table.json", &fs::read_to_string(&path).unwrap(), None);
    assert_eq!(imported.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(), ["Plain"]);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing is left beside it");

    let output = keyplan(&["export", EVERY_SETTING, "--to", "create-table", "--table", "Plane", "--output", name]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("no table is called `Plane`"), "{}", text(&output.stderr));
    assert_eq!(import("table.json", &fs::read_to_string(&path).unwrap(), None).tables.len(), 1, "it is as before");
    fs::remove_dir_all(directory).unwrap();
}

fn tempfile() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("export-{}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

fn refused(model: &str) -> String {
    let (model, _) = load(model).unwrap();
    let design = Design::new(&model);
    export(&design, Target::Cloudformation, &[]).expect_err("it cannot be written").to_string()
}

#[test]
fn what_would_be_rejected_or_invented_is_an_error() {
    insta::assert_snapshot!(refused(
        r"
keyplan: 1
tables:
  Unknown: {partition_key: pk, sort_key: sk, billing: provisioned}
  Mixed: {partition_key: id, point_in_time_recovery: {recovery_period: 40d}}
  Wide:
    partition_key: [a, b]
    local_indexes: {by_c: {sort_key: [c, d]}}
    global_indexes: {by_e: {partition_key: [e, e2, e3, e4, e5]}}
  T!: {partition_key: flag, replicas: [eu-west-1], stream: keys_only}
entities:
  A: {table: Mixed, attributes: {id: string}}
  B: {table: Mixed, attributes: {id: number}}
  C: {table: T!, attributes: {flag: boolean}}
  D:
    table: Wide
    attributes: {a: string, b: string, c: string, d: string, e: string, e2: string, e3: string, e4: string, e5: string}
"
    ));
}

#[test]
fn settings_without_effect_are_said() {
    let (model, _) = load(
        r"
keyplan: 1
tables:
  OnDemand:
    partition_key: id
    capacity: {read: 5}
    autoscaling: {read: {min: 1, max: 5}}
    witness: us-west-2
    multi_region_consistency: strong
  Provisioned:
    partition_key: id
    billing: provisioned
    capacity: {read: 5, write: 5}
    max_throughput: {read: 50}
    replicas: {eu-west-1: {capacity: {read: 9, write: 9}}}
entities:
  A: {table: OnDemand, attributes: {id: string}}
  B: {table: Provisioned, attributes: {id: string}}
",
    )
    .unwrap();
    let exported = export(&Design::new(&model), Target::Cloudformation, &[]).unwrap();
    let said: Vec<String> =
        exported.omissions.iter().map(|omission| format!("{}: {}", omission.at, omission.text)).collect();
    insta::assert_snapshot!(said.join("\n"));
    assert!(said.iter().all(|line| exported.text.contains(line.as_str())), "each stands in the template as well");
}

/// Names that mean something to a shell, to YAML or to TypeScript stay names.
#[test]
fn names_cannot_leave_their_place() {
    let hostile = ["$(touch x)`x`'\"\\", "JSON", "a: b #c", "on", "${AWS::Region}", "\u{2028}*/", "12:30", "!Ref x"];
    for name in hostile {
        let mut model = Model { keyplan: 1, name: Some(format!("x\nrm -rf {name}")), ..Model::default() };
        let table = Table {
            partition_key: keyplan::model::Names(vec![name.to_owned()]),
            time_to_live: Some(name.to_owned()),
            ..Table::default()
        };
        model.tables.insert("Orders".to_owned(), table.clone());
        let mut entity = keyplan::model::Entity::default();
        entity.attributes.insert(name.to_owned(), keyplan::model::Attribute::default());
        model.entities.insert("Order".to_owned(), entity);
        let design = Design::new(&model);
        for target in [Target::Cloudformation, Target::Sam] {
            let imported = import(name, &export(&design, target, &[]).unwrap().text, None);
            assert_eq!(plain(imported.tables[0].table.clone(), Form::Template), plain(table.clone(), Form::Template));
        }
        let configuration = export(&design, Target::Terraform, &[]).unwrap().text;
        let imported = import("main.tf", &configuration, None);
        assert_eq!(plain(imported.tables[0].table.clone(), Form::Terraform), plain(table.clone(), Form::Terraform));
        for target in [Target::Shell, Target::Sdk, Target::Cdk, Target::Terraform] {
            let text = export(&design, target, &[]).unwrap().text;
            let outside = text.lines().filter(|line| line.trim_start().starts_with("rm -rf")).count();
            assert_eq!(outside, 0, "{text}");
        }
        let script = export(&design, Target::Shell, &[]).unwrap().text;
        assert_eq!(script.lines().filter(|line| *line == "JSON").count(), 2, "{script}");
    }
}

#[test]
fn capacity_that_is_no_whole_number_is_rounded_up() {
    let mut model = model("fixtures/online-shop.yaml");
    let table = model.tables.values_mut().next().unwrap();
    table.billing = Some(Billing::Provisioned);
    let capacity = |units: &str| {
        let units = Some(Count(units.parse().unwrap()));
        Some(keyplan::model::Capacity { read: units, write: units })
    };
    table.capacity = capacity("0.2");
    for index in table.global_indexes.values_mut() {
        index.capacity = capacity("79228162514264337593543950335");
    }
    let text = export(&Design::new(&model), Target::CreateTable, &[]).unwrap().text;
    assert!(text.contains("\"ReadCapacityUnits\": 1,") && text.contains(&u64::MAX.to_string()), "{text}");
}

//! Terraform's configurations, plans and states as models, and tables as configurations.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use keyplan::design::Design;
use keyplan::interop::{Imported, NoteKind, Options, model_text, read, terraform};
use keyplan::model::{Billing, Model, PointInTimeRecovery, Table};
use keyplan::source::{ModelPath, SourceFile, load};
use keyplan::units::Share;

fn source(name: &str, text: &str) -> SourceFile {
    SourceFile::new(name, text.as_bytes().to_vec()).expect("the sample is UTF-8")
}

fn import(files: &[(&str, &str)]) -> Imported {
    let files: Vec<SourceFile> = files.iter().map(|(name, text)| source(name, text)).collect();
    read(&files, &Options::default()).unwrap_or_else(|error| panic!("{error:?}"))
}

/// The model as a person gets it, with the remarks in it.
fn shown(imported: Imported) -> String {
    let (model, notes) = imported.into_model();
    model_text(&model, "Imported.", &notes).expect("a model can be written")
}

const SHOP: &str = r#"
provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "west"
  region = "eu-west-1"
}

variable "stage" { type = string }

variable "tables" {
  type = map(object({
    hash   = string
    range  = optional(string)
    expiry = optional(string, "")
    mode   = optional(string, "PAY_PER_REQUEST")
  }))
  default = {
    carts    = { hash = "cart_id", expiry = "expires_at" }
    sessions = { hash = "user_id", range = "started_at", mode = "PROVISIONED" }
  }
}

locals {
  name    = "shop-${var.stage}"
  indexes = [for status in ["open", "closed"] : { name = "by_${status}", key = "${status}_at" }]
}

resource "aws_dynamodb_table" "orders" {
  name                        = "${local.name}-orders"
  billing_mode                = "PROVISIONED"
  read_capacity               = 5 * 2
  write_capacity              = max(3, 5)
  hash_key                    = "customer_id"
  range_key                   = "order_id"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  table_class                 = "STANDARD_INFREQUENT_ACCESS"
  deletion_protection_enabled = var.stage == "production"

  dynamic "attribute" {
    for_each = merge({ customer_id = "S", order_id = "N" }, { for index in local.indexes : index.key => "S" })
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.indexes
    iterator = each_index
    content {
      name               = each_index.value.name
      hash_key           = each_index.value.key
      range_key          = "order_id"
      projection_type    = "INCLUDE"
      non_key_attributes = ["total"]
      read_capacity      = 4
      write_capacity     = 4
    }
  }

  local_secondary_index {
    name            = "by_total"
    range_key       = "open_at"
    projection_type = "KEYS_ONLY"
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 14
  }

  replica { region_name = "us-east-1" }

  server_side_encryption { enabled = true }
}

resource "aws_dynamodb_table_replica" "orders" {
  provider                    = aws.west
  global_table_arn            = aws_dynamodb_table.orders.arn
  deletion_protection_enabled = true
}

resource "aws_appautoscaling_target" "orders" {
  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.orders.name}/index/by_open"
  scalable_dimension = "dynamodb:index:ReadCapacityUnits"
  min_capacity       = 4
  max_capacity       = 400
}

resource "aws_appautoscaling_policy" "orders" {
  name               = "orders"
  service_namespace  = aws_appautoscaling_target.orders.service_namespace
  resource_id        = aws_appautoscaling_target.orders.resource_id
  scalable_dimension = aws_appautoscaling_target.orders.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value = 65
  }
}

resource "aws_dynamodb_kinesis_streaming_destination" "orders" {
  stream_arn = "arn:aws:kinesis:eu-central-1:123456789012:stream/orders"
  table_name = aws_dynamodb_table.orders.name
}

resource "aws_dynamodb_table" "small" {
  for_each     = var.tables
  name         = "small-${each.key}"
  billing_mode = each.value.mode
  hash_key     = each.value.hash
  range_key    = each.value.range
  dynamic "attribute" {
    for_each = toset(compact([each.value.hash, each.value.range]))
    content {
      name = attribute.value
      type = "S"
    }
  }
  ttl {
    enabled        = each.value.expiry != ""
    attribute_name = each.value.expiry
  }
}
"#;

#[test]
fn a_configuration_becomes_a_model() {
    insta::assert_snapshot!(shown(import(&[("main.tf", SHOP)])));
}

#[test]
fn values_of_variables_are_taken_from_files_and_from_the_command_line() {
    let values = ("staging.tfvars", "stage = \"staging\"\ntables = {}\n");
    let imported = import(&[("main.tf", SHOP), values]);
    let names: Vec<&str> = imported.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["shop-staging-orders"]);
    let parameters = [("stage".to_owned(), "production".to_owned()), ("tables".to_owned(), "{}".to_owned())];
    let options = Options { parameters: parameters.into_iter().collect(), ..Options::default() };
    let imported = read(&[source("main.tf", SHOP)], &options).expect("it can be read");
    assert_eq!(imported.tables[0].name, "shop-production-orders");
    assert_eq!(imported.tables[0].table.deletion_protection, Some(true));
}

#[test]
fn every_fact_has_its_place_and_every_open_one_its_reason() {
    let imported = import(&[("main.tf", SHOP)]);
    let orders = &imported.tables[0];
    for part in ["billing", "capacity", "stream", "class", "point_in_time_recovery", "replicas", "kinesis_stream"] {
        assert!(orders.origins.contains_key(&ModelPath::of([part])), "{part} has no place");
    }
    let at = ModelPath::of(["global_indexes", "by_open", "autoscaling", "read"]);
    let place = orders.origins.get(&at).expect("the scaling has a place");
    assert!(SHOP[place.span.start..place.span.end].starts_with("resource \"aws_appautoscaling_target\""));
    let open = &orders.unknown[&ModelPath::of(["deletion_protection"])];
    assert!(open.why.contains("`var.stage` has no value"), "{}", open.why);
    assert!(orders.other_names.contains(&"shop-${var.stage}-orders".to_owned()), "{:?}", orders.other_names);
}

/// What an expression comes to, as the name of a table; why not, where it is open.
fn evaluated(expression: &str) -> String {
    let text = format!(
        "variable \"open\" {{}}\nlocals {{\n  list = [\"b\", \"a\", \"b\"]\n  map = {{ x = 1, y = \"two\" }}\n}}\n\
         resource \"aws_dynamodb_table\" \"t\" {{\n  name = {expression}\n  hash_key = \"id\"\n}}\n"
    );
    let imported = import(&[("main.tf", &text)]);
    let table = &imported.tables[0];
    match imported.notes.iter().find(|note| note.kind == NoteKind::Assumed) {
        Some(note) => format!("open: {}", note.text),
        None => table.name.clone(),
    }
}

#[test]
fn expressions_are_evaluated_as_terraform_does() {
    let cases = [
        (r#""a${1 + 2}b""#, "a3b"),
        (r#"join("-", concat(["x"], local.list, toset(local.list)))"#, "x-b-a-b-a-b"),
        (r#"join(",", distinct(local.list))"#, "b,a"),
        (r#"format("%s-%03s%%", "a", "b")"#, "open"),
        (r#"format("%s-%d%%", "a", 5)"#, "a-5%"),
        (r#"lookup(local.map, "z", "none")"#, "none"),
        (r#"try(local.map.z, local.map["y"])"#, "two"),
        (r#"can(local.map.z) ? "yes" : "not""#, "not"),
        (r#"coalesce("", null, "third")"#, "third"),
        (r#"upper(replace(trimsuffix("a.b.c", ".c"), ".", "-"))"#, "A-B"),
        (r#"element(local.list, 4)"#, "a"),
        (r#"join("", [for key, value in local.map : "${key}=${value};" if key != "x"])"#, "y=two;"),
        (r#"keys({ for item in local.list : item => item... })[0]"#, "a"),
        (r#"join("", flatten([["a", ["b"]], "c"]))"#, "abc"),
        (r#"contains(local.list, "a") && !contains(local.list, "z") ? "both" : "none""#, "both"),
        (r#"var.open == "x" || true ? "either" : "neither""#, "either"),
        (r#"true ? "known" : var.open"#, "known"),
        (r#"var.open ? "same" : "same""#, "same"),
        (r#""%{ for item in local.list ~} ${item} %{ endfor ~}""#, "b a b "),
        (r#""%{ if length(local.list) > 2 }many%{ else }few%{ endif }""#, "many"),
        (r#"jsondecode("{\"name\": \"decoded\"}").name"#, "decoded"),
        (r#"local.list[*][0]"#, "open"),
        (r#"one(slice(local.list, 1, 2))"#, "a"),
        (r#"tostring(ceil(7 / 2))"#, "4"),
        (r#"substr("hello", -4, 3)"#, "ell"),
        (r#"merge(local.map, { y = "later" }).y"#, "later"),
        (r#"zipmap(["k"], ["value"])["k"]"#, "value"),
        (r#"join("", sort(values({ b = "2", a = "1" })))"#, "12"),
        (r#"title("order items")"#, "Order Items"),
        (r#"join(".", [for n in range(1, 4) : n])"#, "1.2.3"),
    ];
    for (expression, expected) in cases {
        let found = evaluated(expression);
        if expected == "open" {
            assert!(found.starts_with("open"), "{expression} came to {found}");
        } else {
            assert_eq!(found, expected, "{expression}");
        }
    }
}

#[test]
fn what_is_not_known_is_open_with_its_expression() {
    for (expression, pattern) in [
        (r#""${var.open}-orders""#, "${var.open}-orders"),
        (r#"local.undeclared"#, "${local.undeclared}"),
        (r#"data.aws_caller_identity.current.account_id"#, "${data.aws_caller_identity.current.account_id}"),
        (r#"terraform.workspace"#, "${terraform.workspace}"),
        (r#"uuid()"#, "${uuid()}"),
    ] {
        let found = evaluated(expression);
        assert!(found.contains(&format!("`{pattern}`")), "{expression}: {found}");
    }
}

#[test]
fn modules_are_read_with_what_they_are_called_with() {
    let root = r#"
module "orders" {
  source   = "../modules/table"
  for_each = toset(["eu", "us"])
  name     = "orders-${each.value}"
}
module "audit" {
  source         = "terraform-aws-modules/dynamodb-table/aws"
  version        = "~> 4.0"
  name           = "audit"
  hash_key       = "actor"
  range_key      = "at"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5
  attributes = [
    { name = "actor", type = "S" },
    { name = "at", type = "N" },
  ]
  global_secondary_indexes = [
    { name = "by_time", hash_key = "at", projection_type = "ALL", read_capacity = 1, write_capacity = 1 }
  ]
  autoscaling_enabled = true
  autoscaling_read    = { max_capacity = 50 }
  autoscaling_indexes = { by_time = { read_max_capacity = 30, read_min_capacity = 10 } }
  ttl_enabled         = true
  ttl_attribute_name  = "expires_at"
}
module "elsewhere" {
  source = "git::https://example.com/tables.git"
}
resource "aws_appautoscaling_target" "orders" {
  service_namespace  = "dynamodb"
  resource_id        = "table/${module.orders["eu"].table_name}"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  min_capacity       = 1
  max_capacity       = 9
}
"#;
    let module = r#"
variable "name" {}
variable "hash_key" { default = "id" }
resource "aws_dynamodb_table" "this" {
  name           = var.name
  read_capacity  = 1
  write_capacity = 1
  hash_key       = var.hash_key
  attribute {
    name = var.hash_key
    type = "S"
  }
}
output "table_name" { value = aws_dynamodb_table.this.name }
"#;
    let imported = import(&[("infra/shop/main.tf", root), ("infra/modules/table/main.tf", module)]);
    insta::assert_snapshot!(shown(imported));
}

#[test]
fn json_configurations_are_the_same_as_hcl() {
    let hcl = r#"
variable "stage" { default = "test" }
resource "aws_dynamodb_table" "orders" {
  name         = "orders-${var.stage}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  dynamic "replica" {
    for_each = ["us-east-1", "us-west-2"]
    content {
      region_name = replica.value
    }
  }
}
"#;
    let json = r#"{
  "variable": { "stage": { "default": "test" } },
  "resource": { "aws_dynamodb_table": { "orders": {
    "name": "orders-${var.stage}", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id",
    "attribute": [{ "name": "id", "type": "S" }],
    "dynamic": { "replica": { "for_each": ["us-east-1", "us-west-2"], "content": { "region_name": "${replica.value}" } } }
  } } }
}"#;
    let (hcl, json) = (import(&[("main.tf", hcl)]), import(&[("main.tf.json", json)]));
    assert_eq!(hcl.tables[0].name, "orders-test");
    assert_eq!(hcl.tables[0].table.replicas.0.len(), 2);
    assert_eq!(shown(hcl), shown(json));
}

const PLAN: &str = r#"{
  "format_version": "1.2",
  "terraform_version": "1.9.0",
  "planned_values": { "root_module": {
    "resources": [
      { "address": "aws_dynamodb_table.orders", "mode": "managed", "type": "aws_dynamodb_table", "name": "orders",
        "values": { "billing_mode": "PROVISIONED", "read_capacity": 5, "write_capacity": 5, "hash_key": "id", "range_key": null,
          "attribute": [{ "name": "id", "type": "S" }], "global_secondary_index": [], "replica": [],
          "ttl": [{ "attribute_name": "expires_at", "enabled": true }], "stream_enabled": false, "table_class": null } },
      { "address": "aws_appautoscaling_target.read", "mode": "managed", "type": "aws_appautoscaling_target", "name": "read",
        "values": { "min_capacity": 5, "max_capacity": 50, "scalable_dimension": "dynamodb:table:ReadCapacityUnits", "service_namespace": "dynamodb" } }
    ],
    "child_modules": [ { "address": "module.audit", "resources": [
      { "address": "module.audit.aws_dynamodb_table.this[0]", "mode": "managed", "type": "aws_dynamodb_table", "name": "this", "index": 0,
        "values": { "name": "audit", "billing_mode": "PAY_PER_REQUEST", "read_capacity": 0, "write_capacity": 0, "hash_key": "actor",
          "attribute": [{ "name": "actor", "type": "S" }], "stream_enabled": true, "stream_view_type": "KEYS_ONLY" } }
    ] } ]
  } },
  "resource_changes": [
    { "address": "aws_dynamodb_table.orders", "type": "aws_dynamodb_table", "change": { "actions": ["create"], "after": {},
      "after_unknown": { "name": true, "arn": true, "point_in_time_recovery": true, "ttl": [{}] } } },
    { "address": "aws_appautoscaling_target.read", "type": "aws_appautoscaling_target", "change": { "actions": ["create"], "after": {},
      "after_unknown": { "resource_id": true } } }
  ],
  "configuration": {
    "provider_config": { "aws": { "name": "aws", "expressions": { "region": { "constant_value": "eu-west-1" } } } },
    "root_module": { "resources": [
      { "address": "aws_dynamodb_table.orders", "type": "aws_dynamodb_table", "provider_config_key": "aws" },
      { "address": "aws_appautoscaling_target.read", "type": "aws_appautoscaling_target",
        "expressions": { "resource_id": { "references": ["aws_dynamodb_table.orders.name", "aws_dynamodb_table.orders"] } } }
    ] }
  }
}"#;

#[test]
fn a_plan_becomes_a_model() {
    insta::assert_snapshot!(shown(import(&[("plan.json", PLAN)])));
}

#[test]
fn a_state_file_becomes_a_model() {
    let state = r#"{ "version": 4, "terraform_version": "1.9.0", "serial": 3, "resources": [
      { "mode": "managed", "type": "aws_dynamodb_table", "name": "this", "module": "module.carts", "instances": [
        { "index_key": "eu", "attributes": { "name": "carts-eu", "arn": "arn:aws:dynamodb:eu-west-3:123456789012:table/carts-eu",
          "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "range_key": "", "attribute": [{ "name": "id", "type": "N" }],
          "point_in_time_recovery": [{ "enabled": false, "recovery_period_in_days": 0 }] } } ] } ] }"#;
    let imported = import(&[("terraform.tfstate", state)]);
    assert_eq!(imported.region.as_deref(), Some("eu-west-3"));
    assert_eq!(imported.tables[0].name, "carts-eu");
    assert!(imported.tables[0].table.sort_key.is_empty());
    let recovery = imported.tables[0].table.point_in_time_recovery.as_ref().expect("it is told");
    assert!(!recovery.enabled.0 && recovery.recovery_period.is_none());
}

#[test]
fn tables_of_one_name_are_told_apart_by_what_refers_to_them() {
    let table = |label: &str| {
        format!("resource \"aws_dynamodb_table\" \"{label}\" {{\n  name = \"same\"\n  hash_key = \"id\"\n}}\n")
    };
    let scaling = r#"
resource "aws_appautoscaling_target" "second" {
  resource_id        = "table/${aws_dynamodb_table.second.name}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = 1
  max_capacity       = 2
}
"#;
    let imported = import(&[("main.tf", &(table("first") + &table("second") + scaling))]);
    let scaled: Vec<(&str, bool)> =
        imported.tables.iter().map(|table| (table.name.as_str(), table.table.autoscaling.is_some())).collect();
    assert_eq!(scaled, [("same", false), ("second", true)]);
}

#[test]
fn an_index_of_its_own_belongs_to_the_table_that_it_names() {
    let text = r#"
resource "aws_dynamodb_table" "this" {
  name         = lower("Readers")
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
resource "aws_dynamodb_global_secondary_index" "this" {
  table_name = join("", aws_dynamodb_table.this[*].name)
  index_name = "by_state"
  projection {
    projection_type    = "INCLUDE"
    non_key_attributes = ["mail"]
  }
  key_schema {
    attribute_name = "state"
    attribute_type = "N"
    key_type       = "HASH"
  }
}
"#;
    let imported = import(&[("main.tf", text)]);
    let table = &imported.tables[0];
    let index = &table.table.global_indexes["by_state"];
    assert_eq!(index.partition_key.0, ["state"]);
    assert_eq!(index.projection, keyplan::model::Projection::Include(vec!["mail".to_owned()]));
    assert_eq!(table.key_types["state"], keyplan::model::KeyType::Number);
    assert!(table.unknown.is_empty(), "{:?}", table.unknown);
}

#[test]
fn broken_files_are_refused_and_never_panic() {
    for (name, text) in [("main.tf", SHOP), ("plan.json", PLAN)] {
        for at in (0..text.len()).step_by(5).filter(|at| text.is_char_boundary(*at)) {
            let cut = source(name, &text[..at]);
            let _ = read(&[cut], &Options::default());
        }
        for (at, with) in
            (0..text.len()).step_by(13).flat_map(|at| ["}", "\"", "${", "[", "\u{F0000}"].map(|with| (at, with)))
        {
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                let changed = source(name, &format!("{}{with}{}", &text[..at], &text[at + 1..]));
                let _ = read(&[changed], &Options::default());
            }
        }
    }
    let error =
        read(&[source("main.tf", "resource \"a\" {\n  name = \n}\n")], &Options::default()).expect_err("no HCL");
    assert!(error.message.starts_with("the file is not valid HCL"), "{}", error.message);
    let error = read(&[source("main.tf", "locals {\n  a = 1\n}\n")], &Options::default()).expect_err("no table");
    assert_eq!(error.message, "no resource here has to do with a DynamoDB table");
}

#[test]
fn evaluation_is_bounded() {
    let table = "resource \"aws_dynamodb_table\" \"t\" {\n  name = local.a0\n  hash_key = \"id\"\n}\n";
    let chain = |links: usize, link: &dyn Fn(usize) -> String| {
        let lines: String = (0..links).map(|n| format!("  a{n} = {}\n", link(n + 1))).collect();
        format!("{table}locals {{\n{lines}  a{links} = \"x\"\n}}\n")
    };
    let texts = [
        chain(60, &|n| format!("\"${{local.a{n}}}${{local.a{n}}}\"")),
        chain(60, &|n| format!("[local.a{n}, local.a{n}]")),
        chain(20_000, &|n| format!("local.a{n}")),
        chain(5, &|_| "local.a0".to_owned()),
        format!(
            "{table}locals {{\n  a0 = join(\"\", [for a in range(1000) : join(\"\", [for b in range(1000) : join(\"\", range(1000))])])\n}}\n"
        ),
        format!("{table}locals {{\n  a0 = {}1{}\n}}\n", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{table}locals {{\n  a0 = {}1\n}}\n", "1 + ".repeat(5_000)),
        format!(
            "{table}locals {{\n  a0 = \"x\"\n}}\nresource \"aws_dynamodb_table\" \"many\" {{\n  count = 100000000\n}}\n"
        ),
        format!("{table}locals {{\n  a0 = \"x\"\n}}\nmodule \"self\" {{\n  source = \"./\"\n}}\n"),
        "{".repeat(100_000),
    ];
    for text in &texts {
        let started = std::time::Instant::now();
        let read = read(&[source("main.tf", text)], &Options::default());
        let begins: String = text.chars().skip(table.len()).take(60).collect();
        assert!(started.elapsed().as_secs() < 20, "{begins} took {:?}", started.elapsed());
        if let Ok(imported) = read {
            assert!(imported.tables.len() <= 20, "{begins} made {} tables", imported.tables.len());
        }
    }
}

fn run(arguments: &[&str], directory: &Path) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("terraform-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a scratch directory can be made");
    path
}

#[test]
fn a_directory_is_read_with_its_modules_and_values() {
    let at = scratch("directory");
    for directory in ["shop", "modules/table"] {
        fs::create_dir_all(at.join(directory)).expect("a directory can be made");
    }
    let call = "variable \"stage\" {}\nmodule \"orders\" {\n  source = \"../modules/table\"\n  name   = \"orders-${var.stage}\"\n}\n";
    let table = "variable \"name\" {}\nresource \"aws_dynamodb_table\" \"this\" {\n  name         = var.name\n  \
                 billing_mode = \"PAY_PER_REQUEST\"\n  hash_key     = \"id\"\n  attribute {\n    name = \"id\"\n    type = \"S\"\n  }\n}\n";
    fs::write(at.join("shop/main.tf"), call).expect("a file can be written");
    fs::write(at.join("shop/terraform.tfvars"), "stage = \"live\"\n").expect("a file can be written");
    fs::write(at.join("shop/other.tfvars"), "stage = \"test\"\n").expect("a file can be written");
    fs::write(at.join("modules/table/main.tf"), table).expect("a file can be written");
    let (out, err, code) = run(&["import", "shop", "-o", "model.yaml"], &at);
    assert_eq!((out.as_str(), code), ("", Some(0)), "{err}");
    let (found, err, code) = run(&["check", "model.yaml"], &at);
    assert_ne!(code, Some(3), "{found}{err}");
    let model = fs::read_to_string(at.join("model.yaml")).expect("the model was written");
    assert!(model.contains("  orders-live:\n    partition_key: id\n    billing: on_demand\n"), "{model}");
    let (_, err, code) = run(&["import", "shop", "--parameter", "stage=mine"], &at);
    assert_eq!(code, Some(0), "{err}");
    let (_, err, code) = run(&["import", "modules"], &at);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("no Terraform file in `modules`"), "{err}");
}

/// A table as a configuration can say it: without what is said by leaving it out, and without what
/// has no place there.
fn plain(table: &Table, region: Option<&str>) -> Table {
    let mut table = table.clone();
    let provisioned = table.billing == Some(Billing::Provisioned);
    if !provisioned {
        // A design may say what has no meaning on demand; the writing says that it is left out.
        table.capacity = None;
    }
    table.description = None;
    table.billing = table.billing.or(Some(Billing::OnDemand));
    table.backups = None;
    table.kinesis_stream = table.kinesis_stream.filter(|on| *on);
    if let Some(stream) = &mut table.stream {
        stream.readers.clear();
    }
    table.replicas.0.retain(|name, _| Some(name.as_str()) != region);
    // A replica is as the table where the model says nothing of it; a block says it.
    let recovery = table.point_in_time_recovery.clone().map(|on| PointInTimeRecovery { recovery_period: None, ..on });
    for replica in table.replicas.0.values_mut() {
        let mut there = replica.take().unwrap_or_default();
        there.point_in_time_recovery = there.point_in_time_recovery.or(recovery.clone());
        there.deletion_protection = there.deletion_protection.or(table.deletion_protection);
        *replica = Some(there).filter(|there| *there != Default::default());
    }
    let scale = |scaling: &mut Option<keyplan::model::AutoScaling>| {
        let Some(scaling) = scaling else { return };
        for scaled in [&mut scaling.read, &mut scaling.write].into_iter().flatten() {
            scaled.target = scaled.target.or(Some(Share("0.7".parse().expect("a decimal"))));
        }
    };
    scale(&mut table.autoscaling);
    for index in table.global_indexes.values_mut() {
        index.description = None;
        scale(&mut index.autoscaling);
    }
    for index in table.local_indexes.values_mut() {
        index.description = None;
    }
    assert!(provisioned || table.autoscaling.is_none(), "the samples make sense");
    table
}

const RICH: &str = r#"
keyplan: 1
region: eu-central-1
tables:
  Orders.v2:
    partition_key: pk
    sort_key: sk
    billing: provisioned
    capacity: {read: 10, write: 5}
    autoscaling:
      read: {min: 10, max: 100, target: 60%}
      write: {min: 5, max: 50}
    warm_throughput: {read: 15000, write: 5000}
    class: standard_infrequent_access
    time_to_live: expires_at
    point_in_time_recovery: {recovery_period: 14d}
    deletion_protection: true
    stream: new_and_old_images
    kinesis_stream: true
    replicas:
      us-east-1: {deletion_protection: true, point_in_time_recovery: true}
      us-west-2: {}
    global_indexes:
      by-place:
        partition_key: [country, city]
        sort_key: [day, amount]
        projection: [total, "note ${x} \"quoted\""]
        capacity: {read: 3, write: 2}
        autoscaling:
          write: {min: 2, max: 20}
      by_amount:
        partition_key: amount
        projection: keys_only
        capacity: {read: 1, write: 1}
    local_indexes:
      by_day: {sort_key: day, projection: all}
  orders_v2:
    partition_key: id
    billing: on_demand
    max_throughput: {read: 400, write: 40}
    multi_region_consistency: strong
    replicas: [us-east-2]
    witness: us-west-2
    global_indexes:
      all:
        partition_key: other
        max_throughput: {read: 10}
        warm_throughput: {read: 13000, write: 4500}
entities:
  Order:
    table: Orders.v2
    attributes: {pk: string, sk: string, country: string, city: string, day: date, amount: number, total: number, expires_at: epoch}
  Other:
    table: orders_v2
    attributes: {id: binary, other: number}
"#;

/// Writes a model's tables, reads them again, and expects the same.
fn round_trip(name: &str, model: &Model) {
    let design = Design::new(model);
    let (text, omissions) = terraform::write(&design, |_| true);
    let imported = import(&[("main.tf", &text)]);
    assert!(imported.notes.is_empty(), "{name}: {:?}\n{text}", imported.notes);
    assert_eq!(imported.tables.len(), model.tables.len(), "{name}\n{text}");
    for (table, (expected, settings)) in imported.tables.iter().zip(&model.tables) {
        assert_eq!(&table.name, expected, "{name}");
        assert!(table.unknown.is_empty(), "{name}: {:?}", table.unknown);
        let capacity = ModelPath::of(["tables", expected, "capacity"]);
        let left_out = settings.billing != Some(Billing::Provisioned) && settings.capacity.is_some();
        assert_eq!(omissions.iter().any(|(at, _)| *at == capacity), left_out, "{name}: {omissions:?}");
        assert_eq!(table.table, plain(settings, model.region.as_deref()), "{name}: {expected}\n{text}");
        for (attribute, kind) in &table.key_types {
            let entities =
                model.entities.values().filter(|entity| entity.table.as_deref().is_none_or(|of| of == expected));
            let told = entities.filter_map(|entity| entity.attributes.get(attribute)?.kind.as_key()).next();
            assert!(told.is_none_or(|told| told == *kind), "{name}: {attribute}");
        }
    }
}

#[test]
fn what_is_written_reads_back_the_same() {
    let (rich, _) = load(RICH).expect("the sample is a model");
    round_trip("RICH", &rich);
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut tried = 0;
    for entry in fs::read_dir(fixtures).expect("the fixtures are there") {
        let path = entry.expect("a file").path();
        let text = fs::read_to_string(&path).expect("a fixture is text");
        let (model, _) = load(&text).expect("a fixture is a model");
        round_trip(&path.display().to_string(), &model);
        tried += 1;
    }
    assert!(tried >= 6, "only {tried} fixtures");
}

#[test]
fn a_rich_table_is_written_as_a_person_would() {
    let (rich, _) = load(RICH).expect("the sample is a model");
    let (text, omissions) = terraform::write(&Design::new(&rich), |_| true);
    let said: String = omissions.iter().map(|(at, why)| format!("# {at}: {why}\n")).collect();
    insta::assert_snapshot!(said + &text);
}

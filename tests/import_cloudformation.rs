//! CloudFormation, SAM and Serverless templates become models, and say what they leave open.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

use std::process::Command;
use std::time::{Duration, Instant};

use keyplan::interop::{Imported, ImportedTable, NoteKind, Options, model_text, read};
use keyplan::model::{Billing, Names, TableClass};
use keyplan::source::{ModelPath, SourceFile, load};
use rust_decimal::Decimal;

const TEMPLATE: &str = include_str!("import/orders-template.yaml");
const GLOBAL: &str = include_str!("import/global-table.json");
const SERVERLESS: &str = include_str!("import/serverless.yml");

fn import_with(text: &str, parameters: &[(&str, &str)]) -> Result<Imported, String> {
    let file = SourceFile::new("template", text.as_bytes().to_vec()).map_err(|bad| bad.1.message)?;
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    read(&[file], &Options { parameters, ..Options::default() }).map_err(|error| error.message)
}

fn import(text: &str) -> Imported {
    import_with(text, &[]).unwrap()
}

fn written(imported: Imported) -> String {
    let (model, notes) = imported.into_model();
    let text = model_text(&model, "Imported.", &notes).unwrap();
    // What was imported is a model: it has the shape of one, and says the same when read again.
    let (again, _) = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    assert_eq!(again.tables, model.tables, "{text}");
    text
}

fn table<'i>(imported: &'i Imported, name: &str) -> &'i ImportedTable {
    let found = imported.tables.iter().find(|table| table.name == name);
    found.unwrap_or_else(|| panic!("no table {name}: {:?}", names(imported)))
}

fn names(imported: &Imported) -> Vec<&str> {
    imported.tables.iter().map(|table| table.name.as_str()).collect()
}

/// A template of one table, whose name is an expression.
fn named(expression: &str) -> String {
    format!(
        "AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Stage: {{Type: String, Default: dev}}
  Owner: {{Type: String}}
  Parts: {{Type: CommaDelimitedList, Default: 'red, green'}}
  Image: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}}
Mappings:
  Names:
    dev: {{table: devices, list: [one, two]}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsMine: !Equals [!Ref Owner, me]
  Neither: !Not [!Or [!Condition IsDev, !Condition IsMine]]
  Both: !And [!Condition IsDev, !Condition IsMine]
Resources:
  Thing:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {expression}
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
"
    )
}

#[test]
fn a_template_becomes_a_model() {
    insta::assert_snapshot!(written(import(TEMPLATE)));
}

#[test]
fn a_global_table_becomes_a_model() {
    insta::assert_snapshot!(written(import(GLOBAL)));
}

#[test]
fn a_serverless_file_becomes_a_model() {
    insta::assert_snapshot!(written(import(SERVERLESS)));
}

#[test]
fn functions_that_the_template_answers_are_evaluated() {
    for (expression, name) in [
        ("orders", "orders"),
        ("!Ref Stage", "dev"),
        ("{Ref: Stage}", "dev"),
        ("!Sub '${Stage}-orders'", "dev-orders"),
        ("!Sub ['${A}-${Stage}-${!B}', {A: !Ref Stage}]", "Thing"),
        ("!Sub ['${A}-${Stage}', {A: !Ref Stage}]", "dev-dev"),
        ("!Join ['-', [a, !Ref Stage, !Sub 'x${Stage}']]", "a-dev-xdev"),
        ("!Join ['-', !Ref Parts]", "red-green"),
        ("!Join ['-', !Split [',', 'a,b']]", "a-b"),
        ("!Select [1, !Ref Parts]", "green"),
        ("!Select ['0', [first, !Ref Owner]]", "first"),
        ("!Select [0, !Split ['.', a.b]]", "a"),
        ("!FindInMap [Names, !Ref Stage, table]", "devices"),
        ("!Select [1, !FindInMap [Names, dev, list]]", "two"),
        ("!FindInMap [Names, prod, table, {DefaultValue: fallback}]", "fallback"),
        ("!If [IsDev, yes-it-is, no]", "yes-it-is"),
        ("!If [IsMine, same, same]", "same"),
        ("!If [Neither, a, b]", "b"),
        ("!If [IsMine, a, b]", "Thing"),
        ("!If [Both, a, b]", "Thing"),
        ("!Sub 'n${Length}'", "Thing"),
        ("!Sub ['n${L}', {L: {'Fn::Length': !Ref Parts}}]", "n2"),
        ("!Sub ['n${L}', {L: {'Fn::ToJsonString': 5}}]", "n5"),
        ("!Ref AWS::NoValue", "Thing"),
    ] {
        let imported = import(&named(expression));
        assert_eq!(names(&imported), [name], "{expression}");
    }
}

#[test]
fn functions_that_only_the_deployment_answers_name_themselves_and_the_parameter_to_give() {
    for (expression, pattern, why) in [
        ("!Ref Owner", "${Owner}", "`--parameter Owner=…`"),
        ("!Ref Image", "${Image}", "Systems Manager"),
        ("!Sub '${AWS::StackName}-orders'", "${AWS::StackName}-orders", "`--parameter AWS::StackName=…`"),
        ("!Join ['-', [!Ref Owner, orders]]", "${Owner}-orders", "`Owner`"),
        ("!GetAtt Other.Name", "${Other.Name}", "`Fn::GetAtt Other.Name`"),
        ("{'Fn::GetAtt': [Other, Name]}", "${Other.Name}", "`Fn::GetAtt Other.Name`"),
        ("!ImportValue shared-name", "${shared-name}", "`Fn::ImportValue shared-name`"),
        ("!Sub 'a-${Other.Arn}'", "a-${Other.Arn}", "`Fn::GetAtt Other.Arn`"),
        ("!If [IsMine, a, b]", "${Fn::If}", "condition `IsMine` is open"),
        ("!FindInMap [Names, prod, table]", "${Fn::FindInMap}", "no `Names.prod.table`"),
        ("!Base64 a", "${Fn::Base64}", "`Fn::Base64 a`"),
        ("{'Fn::Transform': {Name: Upper}}", "${Fn::Transform}", "macro"),
    ] {
        let imported = import(&named(expression));
        let table = table(&imported, "Thing");
        assert_eq!(table.other_names, [pattern], "{expression}");
        let note = imported.notes.iter().find(|note| note.kind == NoteKind::Unknown).expect(expression);
        assert!(note.text.contains(why), "{expression}: {}", note.text);
    }
    let imported =
        import_with(&named("!Sub '${AWS::StackName}-${Owner}'"), &[("AWS::StackName", "shop"), ("Owner", "me")]);
    assert_eq!(names(&imported.unwrap()), ["shop-me"]);
}

#[test]
fn a_table_that_these_parameters_do_not_create_is_imported_and_said() {
    let conditional =
        named("orders").replace("    Type: AWS::DynamoDB", "    Condition: Neither\n    Type: AWS::DynamoDB");
    let imported = import(&conditional);
    assert_eq!(names(&imported), ["orders"]);
    assert!(imported.notes.iter().any(|note| note.text.contains("`Neither` is false")), "{:?}", imported.notes);
}

#[test]
fn of_two_tables_of_a_name_the_one_that_is_created_counts() {
    let variants = "Parameters: {Stage: {Type: String, Default: dev}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
Resources:
  Prod: {Type: 'AWS::DynamoDB::Table', Condition: IsProd, Properties: {TableName: t, BillingMode: PROVISIONED, KeySchema: [{AttributeName: id, KeyType: HASH}]}}
  Dev: {Type: 'AWS::DynamoDB::Table', Condition: IsDev, Properties: {TableName: t, BillingMode: PAY_PER_REQUEST, KeySchema: [{AttributeName: id, KeyType: HASH}]}}
";
    let imported = import(variants);
    assert_eq!(names(&imported), ["t"]);
    assert_eq!(table(&imported, "t").table.billing, Some(Billing::OnDemand));
    let imported = import_with(variants, &[("Stage", "prod")]).unwrap();
    assert_eq!(table(&imported, "t").table.billing, Some(Billing::Provisioned));
}

#[test]
fn an_index_behind_an_open_condition_is_unknown_and_the_others_are_read() {
    let index = |name: &str| {
        format!(
            "{{IndexName: {name}, KeySchema: [{{AttributeName: id, KeyType: HASH}}], Projection: {{ProjectionType: KEYS_ONLY}}}}"
        )
    };
    let text = named("orders")
        + &format!(
            "      GlobalSecondaryIndexes:\n        - {}\n        - !If [IsMine, {}, !Ref 'AWS::NoValue']\n        - !If [Neither, {}, !Ref 'AWS::NoValue']\n",
            index("always"),
            index("mine"),
            index("never"),
        );
    let imported = import(&text);
    let orders = table(&imported, "orders");
    assert_eq!(orders.table.global_indexes.keys().collect::<Vec<_>>(), ["always"]);
    assert!(orders.unknown[&ModelPath::of(["global_indexes"])].why.contains("IsMine"));
    let imported = import_with(&text, &[("Owner", "me")]).unwrap();
    let orders = table(&imported, "orders");
    assert_eq!(orders.table.global_indexes.keys().collect::<Vec<_>>(), ["always", "mine"]);
    assert!(orders.unknown.is_empty(), "{:?}", orders.unknown);
}

#[test]
fn scaling_finds_its_table_and_index_however_they_are_named() {
    for (name, id) in [
        ("orders", "table/orders/index/by_date"),
        ("orders", "!Sub 'table/${Thing}/index/by_date'"),
        ("!Sub '${AWS::StackName}-t'", "!Sub 'table/${AWS::StackName}-t/index/by_date'"),
        ("!Sub '${AWS::StackName}-t'", "!Join ['/', [table, !Ref Thing, index, by_date]]"),
        ("!Ref Owner", "!Join ['', [table/, {Ref: Thing}, /index/by_date]]"),
    ] {
        let text = named(name)
            + &format!(
                "      GlobalSecondaryIndexes: [{{IndexName: by_date, KeySchema: [{{AttributeName: id, KeyType: HASH}}], Projection: {{ProjectionType: ALL}}}}]
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties: {{MinCapacity: 5, MaxCapacity: 50, ResourceId: {id}, ScalableDimension: 'dynamodb:index:WriteCapacityUnits', ServiceNamespace: dynamodb}}
  Policy:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties: {{ScalingTargetId: !Ref Target, TargetTrackingScalingPolicyConfiguration: {{TargetValue: 65}}}}
"
            );
        let imported = import(&text);
        let scaling = imported.tables[0].table.global_indexes["by_date"].autoscaling.clone().expect(id);
        let write = scaling.write.expect(id);
        assert_eq!((write.min.0, write.max.0), (Decimal::from(5), Decimal::from(50)), "{id}");
        assert_eq!(write.target.map(|target| target.0), Some(Decimal::new(65, 2)), "{id}");
        assert_eq!(scaling.read, None);
        assert!(imported.tables[0].origins.contains_key(&ModelPath::of([
            "global_indexes",
            "by_date",
            "autoscaling",
            "write"
        ])));
    }
}

#[test]
fn loops_make_tables_and_parts_of_tables() {
    let text = "Transform: AWS::LanguageExtensions
Parameters:
  Kinds: {Type: CommaDelimitedList, Default: 'order-s,items'}
Conditions:
  'Fn::ForEach::Each': [Kind, !Ref Kinds, {'Is&{Kind}': !Equals ['${Kind}', items]}]
Resources:
  'Fn::ForEach::Outer':
    - Kind
    - !Ref Kinds
    - 'Fn::ForEach::Inner':
        - Place
        - [Here, There]
        - '${Place}&{Kind}':
            Type: AWS::DynamoDB::Table
            Properties:
              TableName: !Sub '${Place}-${Kind}'
              BillingMode: !If ['Is&{Kind}', PAY_PER_REQUEST, PROVISIONED]
              KeySchema: [{AttributeName: '${Kind}_id', KeyType: HASH}]
";
    let imported = import(text);
    assert_eq!(names(&imported), ["Here-order-s", "There-order-s", "Here-items", "There-items"]);
    let first = table(&imported, "Here-order-s");
    assert_eq!(first.other_names, ["Hereorders"]);
    assert_eq!(first.table.partition_key, Names(vec!["order-s_id".to_owned()]));
    assert_eq!(first.table.billing, Some(Billing::Provisioned));
    assert_eq!(table(&imported, "There-items").table.billing, Some(Billing::OnDemand));
}

#[test]
fn a_table_of_sam_has_sams_defaults() {
    let text = "Transform: AWS::Serverless-2016-10-31
Globals:
  SimpleTable: {SSESpecification: {SSEEnabled: true}}
Resources:
  Plain: {Type: 'AWS::Serverless::SimpleTable'}
  Keyed:
    Type: AWS::Serverless::SimpleTable
    Properties:
      TableName: keyed
      PrimaryKey: {Name: number, Type: Number}
      ProvisionedThroughput: {ReadCapacityUnits: 3, WriteCapacityUnits: 2}
";
    let imported = import(text);
    let plain = table(&imported, "Plain");
    assert_eq!(
        (plain.table.partition_key.clone(), plain.table.billing),
        (Names(vec!["id".to_owned()]), Some(Billing::OnDemand))
    );
    let keyed = table(&imported, "keyed");
    assert_eq!(keyed.table.billing, Some(Billing::Provisioned));
    assert_eq!(keyed.key_types["number"].letter(), "N");
    let encrypted = imported.notes.iter().filter(|note| note.text.contains("SSESpecification")).count();
    assert_eq!(encrypted, 2, "what `Globals` set counts for both");
}

#[test]
fn variables_of_serverless_are_resolved_as_far_as_the_file_tells() {
    let file = |name: &str| {
        format!(
            "service: shop
provider: {{name: aws, environment: {{TABLE: 'from-env-map'}}, stage: \"${{opt:stage, 'test'}}\"}}
params: {{default: {{prefix: usual}}, prod: {{prefix: special}}}}
custom:
  base: ${{self:service}}-${{sls:stage}}
  names: {{test: short, prod: long}}
  list: [zero, one]
  loop: ${{self:custom.loop}}
resources:
  - Resources:
      Thing:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: {name}
          KeySchema: [{{AttributeName: id, KeyType: HASH}}]
  - ${{file(more.yml)}}
"
        )
    };
    for (expression, test, prod) in [
        ("${self:custom.base}-orders", "shop-test-orders", "shop-prod-orders"),
        ("${self:custom.names.${self:provider.stage}}", "short", "long"),
        ("${self:custom.missing, 'other'}", "other", "other"),
        ("${self:custom.missing, self:custom.list.1}", "one", "one"),
        ("${env:TABLE_NAME, \"fallback\"}", "fallback", "fallback"),
        ("${param:prefix}-x", "usual-x", "special-x"),
        ("${self:provider.environment.TABLE}", "from-env-map", "from-env-map"),
        ("!Sub '${self:service}-${AWS::Region}'", "shop-us-east-1", "shop-us-east-1"),
        ("${file(names.yml):table}", "Thing", "Thing"),
        ("${self:custom.loop}", "Thing", "Thing"),
        ("${ssm:/a/b}", "Thing", "Thing"),
        ("${env:TABLE_NAME}", "Thing", "Thing"),
    ] {
        let text = file(expression);
        assert_eq!(names(&import(&text)), [test], "{expression}");
        assert_eq!(names(&import_with(&text, &[("stage", "prod")]).unwrap()), [prod], "{expression}");
    }
    let given = import_with(&file("${file(names.yml):table}"), &[("file(names.yml):table", "given")]).unwrap();
    assert_eq!(names(&given), ["given"]);
    assert!(given.notes.iter().any(|note| note.text.contains("`${file(more.yml)}` may hold more tables")));
    assert_eq!(given.name.as_deref(), Some("shop"));
}

#[test]
fn fragments_without_sections_are_read() {
    let resource = "Type: AWS::DynamoDB::Table
Properties: {TableName: '${self:custom.name}', KeySchema: [{AttributeName: id, KeyType: HASH}]}
";
    let imported = import(resource);
    assert_eq!(table(&imported, "Table").other_names, ["${self:custom.name}"]);
    let named = format!("Orders:\n{}", resource.lines().map(|line| format!("  {line}\n")).collect::<String>());
    assert_eq!(names(&import(&named)), ["Orders"]);
    assert_eq!(names(&import_with(&named, &[("self:custom.name", "orders")]).unwrap()), ["orders"]);
}

#[test]
fn replicas_beside_the_table_and_tables_of_amplify_are_read() {
    let text = r#"{"Resources": {
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}},
        "R": {"Type": "Custom::DynamoDBReplica", "Properties": {"TableName": {"Ref": "T"}, "Region": "eu-west-2"}},
        "A": {"Type": "Custom::AmplifyDynamoDBTable", "Properties": {
            "tableName": {"Fn::Join": ["", ["Todo-", {"Fn::GetAtt": ["Api", "ApiId"]}]]},
            "attributeDefinitions": [{"attributeName": "id", "attributeType": "S"}],
            "keySchema": [{"attributeName": "id", "keyType": "HASH"}],
            "billingMode": "PAY_PER_REQUEST"}}}}"#;
    let imported = import(text);
    assert_eq!(table(&imported, "T").table.replicas.0.keys().collect::<Vec<_>>(), ["eu-west-2"]);
    let todo = table(&imported, "A");
    assert_eq!(todo.other_names, ["Todo-${Api.ApiId}"]);
    assert_eq!(todo.table.billing, Some(Billing::OnDemand));
    assert_eq!(todo.key_types["id"].letter(), "S");
}

#[test]
fn the_stacks_region_decides_which_replica_is_the_table() {
    let at_home = import(GLOBAL);
    let abroad = import_with(GLOBAL, &[("AWS::Region", "us-east-1")]).unwrap();
    assert_eq!(abroad.region.as_deref(), Some("us-east-1"));
    let class = |imported: &Imported| imported.tables[0].table.class;
    assert_eq!((class(&at_home), class(&abroad)), (None, Some(TableClass::StandardInfrequentAccess)));
    assert!(abroad.tables[0].table.replicas.0.contains_key("eu-west-1"));
}

#[test]
fn a_template_without_tables_says_where_they_may_be() {
    let error = |text: &str| {
        let file = SourceFile::new("t", text.as_bytes().to_vec()).map_err(|bad| bad.1).unwrap();
        let error = read(&[file], &Options::default()).unwrap_err();
        format!("{} / {}", error.message, error.help.unwrap_or_default())
    };
    assert_eq!(
        error("Resources: {Db: {Type: 'AWS::CloudFormation::Stack'}}"),
        "there is no DynamoDB table in this template / it has nested stacks: import the templates of `Db`"
    );
    assert_eq!(
        error("service: a\nprovider: {name: aws}\nresources: ['${file(a.yml)}']"),
        "there is no DynamoDB table in this template / its resources stand in other files: import `${file(a.yml)}`"
    );
}

#[test]
fn circles_and_bombs_end_soon() {
    let mut bombs = vec![
        named("!If [A, a, b]")
            .replace("Conditions:", "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]"),
        // Parameters whose defaults are functions, which they cannot be.
        named("!Ref Stage").replace("Default: dev", "Default: !Ref Stage"),
    ];
    let mut chain = String::from("Conditions:\n  C0: !Equals [a, b]\n");
    let mut wide = String::from("Conditions:\n  W0: !Equals [!Ref Owner, b]\n");
    for level in 1..20_000 {
        chain += &format!("  C{level}: !Not [!Condition C{}]\n", level - 1);
        wide += &format!("  W{level}: !And [!Condition W{0}, !Condition W{0}]\n", level - 1);
    }
    bombs.push(named("!If [C19999, a, b]").replace("Conditions:\n", &chain));
    bombs.push(named("!If [W19999, a, b]").replace("Conditions:\n", &wide));
    let mut sub = "x".repeat(100);
    for _ in 0..20 {
        sub = format!("!Sub ['${{a}}${{a}}${{a}}${{a}}', {{a: {sub}}}]");
    }
    bombs.push(named(&sub));
    let ten = "[a, b, c, d, e, f, g, h, i, j]";
    let mut each = "{'x': 1}".to_owned();
    for level in 0..15 {
        each = format!("{{'Fn::ForEach::L{level}': [I{level}, {ten}, {each}]}}");
    }
    bombs.push(format!("Resources: {each}"));
    let mut variables = String::from("service: s\nprovider: {name: aws}\ncustom:\n  v0: long-text\n");
    for level in 1..60 {
        variables += &format!("  v{level}: \"${{self:custom.v{0}}}${{self:custom.v{0}}}\"\n", level - 1);
    }
    bombs.push(variables + "resources: {Resources: {T: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: '${self:custom.v59}'}}}}\n");
    bombs.push(format!("service: s\nprovider: {{name: {}}}\nresources: {{Resources: {{T: {{Type: 'AWS::DynamoDB::Table', Properties: {{TableName: '{}'}}}}}}}}", "aws", "${self:".repeat(5000) + &"}".repeat(5000)));
    for (position, bomb) in bombs.iter().enumerate() {
        let start = Instant::now();
        if let Ok(imported) = import_with(bomb, &[]) {
            written(imported);
        }
        assert!(start.elapsed() < Duration::from_secs(20), "bomb {position} took {:?}", start.elapsed());
    }
}

#[test]
fn cut_and_spoilt_templates_are_read_or_refused() {
    let small = "Conditions: {A: !Equals [!Ref S, a]}
Resources:
  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub 'x-${S}', KeySchema: [!If [A, {AttributeName: id, KeyType: HASH}, !Ref AWS::NoValue]]}}
";
    for (sample, step) in [(small, 1), (TEMPLATE, 13), (GLOBAL, 13), (SERVERLESS, 13)] {
        let mut starts: Vec<usize> = sample.char_indices().map(|(at, _)| at).collect();
        starts.push(sample.len());
        for (position, at) in starts.iter().enumerate().step_by(step) {
            let (before, after) = sample.split_at(*at);
            let spoilt = [
                before.to_owned(),
                format!("{before}{}", after.chars().skip(1).collect::<String>()),
                format!("{before}{}{after}", ["!", "}", "[", "${", ": ", "'", "- ", "Fn::"][position % 8]),
            ];
            for text in spoilt {
                let imported = import_with(&text, &[]);
                // Writing and reading again takes longer than importing.
                if position % 5 == 0
                    && let Ok(imported) = imported
                {
                    written(imported);
                }
            }
        }
    }
}

#[test]
fn the_program_imports_a_template_and_checks_the_model_without_alarm() {
    let keyplan = env!("CARGO_BIN_EXE_keyplan");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import/orders-template.yaml");
    let output = Command::new(keyplan).args(["import", sample, "--parameter", "Stage=prod"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let model = String::from_utf8(output.stdout).unwrap();
    assert!(model.contains("\n  prod-orders:\n"), "{model}");
    let mut check = Command::new(keyplan)
        .args(["check", "--format", "concise", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut check.stdin.take().unwrap(), model.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    let findings = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{findings}\n{model}");
    assert!(!findings.contains("unknown-reference"), "{findings}");
}

#[test]
fn long_stretches_that_are_commented_out_stop_nothing() {
    let comments = "  # OldTable: {Type: AWS::DynamoDB::Table}\n".repeat(500);
    let text = named("orders").replace("  Thing:\n", &format!("{comments}  Thing:\n{comments}"));
    let model = written(import(&text));
    let long = model.replace("  orders:\n", &format!("{comments}  orders:\n{comments}"));
    assert!(load(&long).is_ok(), "a model may have them as well");
}

/// A property that a table does not have, such as a global table's `Replicas`, is not lost in silence.
#[test]
fn a_property_that_is_not_known_is_said() {
    let imported = import(
        "Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLive: {AttributeName: ttl, Enabled: true}
      Replicas: [{Region: us-west-2}]
",
    );
    let said: Vec<&str> = imported.notes.iter().map(|note| note.text.as_str()).collect();
    let of = "which `AWS::DynamoDB::Table` is not known to have";
    assert_eq!(said, [format!("`TimeToLive`, {of}"), format!("`Replicas`, {of}")]);
}

#[test]
fn a_parameter_that_no_file_takes_is_a_wrong_use() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import");
    let infrastructure = concat!(env!("CARGO_TARGET_TMPDIR"), "/parameters");
    std::fs::create_dir_all(infrastructure).unwrap();
    let main = "variable \"stage\" {}\nresource \"aws_dynamodb_table\" \"t\" {\n  name = \"${var.stage}-t\"\n  hash_key = \"id\"\n  attribute {\n    name = \"id\"\n    type = \"S\"\n  }\n}\n";
    std::fs::write(format!("{infrastructure}/main.tf"), main).unwrap();
    let run = |file: &str, parameter: &str| {
        let keyplan = env!("CARGO_BIN_EXE_keyplan");
        let output = Command::new(keyplan).args(["import", file, "--parameter", parameter]).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let template = format!("{tests}/orders-template.yaml");
    for (file, parameter, wanted) in [
        (template.as_str(), "stage=prod", "did you mean `Stage`?"),
        (infrastructure, "Stage=prod", "did you mean `stage`?"),
        (infrastructure, "zone=a", "no parameter or variable `zone`"),
    ] {
        let (code, said) = run(file, parameter);
        assert!(code == 2 && said.contains(wanted), "{parameter}: {said}");
    }
    let serverless = format!("{tests}/serverless.yml");
    for (file, parameter) in [
        (template.as_str(), "Stage=prod"),
        (&template, "AWS::Region=eu-west-1"),
        (infrastructure, "stage=prod"),
        (infrastructure, "terraform.workspace=blue"),
        (&serverless, "stage=prod"),
        (&serverless, "opt:stage=prod"),
    ] {
        assert_eq!(run(file, parameter).0, 0, "{parameter}: {}", run(file, parameter).1);
    }
}

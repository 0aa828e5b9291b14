//! Tables as a stack of the AWS Cloud Development Kit, in TypeScript.
//!
//! <https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_dynamodb.TableV2.html>

use std::fmt::Write as _;

use super::global_table::standing;
use super::identifiers::{Identifiers, pascal};
use super::script::Expression;
use super::sdk::constant;
use super::wanted::{Wanted, recovery_days};
use crate::design::{AccessPath, PathKind};
use crate::interop::create_table::{stream_view, table_class};
use crate::interop::throughput::{Direction, Throughput, target_percent};
use crate::model::{Autoscaled, KeyType, Model, PointInTimeRecovery, Projection, Replica, ReplicationConsistency};

/// A table of the stack: what it is called there.
struct Named<'w, 'd, 'm> {
    wanted: &'w Wanted<'d, 'm>,
    construct: String,
    field: String,
    /// The property of the stack that takes the ARN of the Kinesis stream.
    stream_arn: Option<String>,
}

/// The stack of some tables.
pub(super) fn stack(model: &Model, tables: &[Wanted<'_, '_>]) -> String {
    let (mut constructs, mut fields, mut properties) =
        (Identifiers::default(), Identifiers::default(), Identifiers::default());
    let mut named: Vec<Named<'_, '_, '_>> = tables
        .iter()
        .map(|wanted| Named {
            wanted,
            construct: constructs.claim(&pascal(wanted.name, "Table")),
            field: fields.claim(&constant(wanted.name)),
            stream_arn: None,
        })
        .collect();
    for table in named.iter_mut().filter(|table| table.wanted.table.kinesis_stream == Some(true)) {
        table.stream_arn = Some(properties.claim(&format!("{}KinesisStreamArn", table.field)));
    }
    let class = pascal(model.name.as_deref().unwrap_or("Tables"), "Tables");
    let class = format!("{class}Stack");
    let takes_arns = named.iter().any(|table| table.stream_arn.is_some());
    let region = model.region.as_deref().filter(|_| tables.iter().any(Wanted::is_replicated));

    let mut text = String::from(
        "import { Stack, type StackProps } from \"aws-cdk-lib\";\n\
         import * as dynamodb from \"aws-cdk-lib/aws-dynamodb\";\n",
    );
    if takes_arns {
        text.push_str("import * as kinesis from \"aws-cdk-lib/aws-kinesis\";\n");
    }
    text.push_str("import type { Construct } from \"constructs\";\n\n");
    let mut parameter = "props?: StackProps".to_owned();
    if takes_arns {
        let _ = writeln!(text, "export interface {class}Props extends StackProps {{");
        for table in &named {
            if let Some(property) = &table.stream_arn {
                let name = table.wanted.name;
                let _ = writeln!(text, "  /** The ARN of the Kinesis data stream that takes the changes of {name}. */");
                let _ = writeln!(text, "  readonly {property}: string;");
            }
        }
        text.push_str("}\n\n");
        parameter = format!("props: {class}Props");
    }
    let _ = writeln!(text, "export class {class} extends Stack {{");
    for table in &named {
        let _ = writeln!(text, "  readonly {}: dynamodb.TableV2;", table.field);
    }
    let _ = writeln!(text, "\n  constructor(scope: Construct, id: string, {parameter}) {{");
    match region {
        // Replicas need a stack whose Region is known.
        Some(region) => {
            let optional = if takes_arns { "" } else { "?" };
            let region = Expression::text(region).written(0, 0);
            let _ = writeln!(
                text,
                "    super(scope, id, {{ ...props, env: {{ region: {region}, ...props{optional}.env }} }});"
            );
        }
        None => text.push_str("    super(scope, id, props);\n"),
    }
    for table in &named {
        let opening = format!("this.{} = new dynamodb.TableV2(this, \"{}\", ", table.field, table.construct);
        // Always over several lines, as tables are written.
        let properties = table.properties().written(4, usize::MAX / 2);
        let _ = write!(text, "\n    {opening}{properties});\n");
    }
    text.push_str("  }\n}\n");
    text
}

impl Named<'_, '_, '_> {
    fn properties(&self) -> Expression {
        let (wanted, table) = (self.wanted, self.wanted.table);
        let base = wanted.paths.iter().find(|path| path.is_table());
        let keys = |names: &[&str]| names.first().map(|name| attribute(wanted, name));
        let list = |items: Vec<Expression>| (!items.is_empty()).then_some(Expression::List(items));
        let of_kind = |is_kind: fn(&PathKind<'_>) -> bool| wanted.paths.iter().filter(move |path| is_kind(&path.kind));
        let global = of_kind(|kind| matches!(kind, PathKind::Global(_))).map(|path| index(wanted, path));
        let local = of_kind(|kind| matches!(kind, PathKind::Local(_))).map(|path| index(wanted, path));
        let replicas = wanted.replicas().map(|(region, replica)| replica_of(wanted, region, replica));
        let stream = table.stream.as_ref().map(|stream| word("StreamViewType", stream_view(stream.view)));
        let consistency = table.multi_region_consistency.map(|consistency| match consistency {
            ReplicationConsistency::Eventual => word("MultiRegionConsistency", "EVENTUAL"),
            ReplicationConsistency::Strong => word("MultiRegionConsistency", "STRONG"),
        });
        let is_replicated = wanted.is_replicated();
        let kinesis = self.stream_arn.as_ref().map(|property| {
            let id = format!("{}KinesisStream", self.construct);
            Expression::code(format!("kinesis.Stream.fromStreamArn(this, \"{id}\", props.{property})"))
        });
        Expression::object([
            ("tableName", Some(Expression::text(wanted.name))),
            ("partitionKey", base.and_then(|path| keys(&path.partition))),
            ("sortKey", base.and_then(|path| keys(&path.sort))),
            ("billing", Some(billing(wanted))),
            ("warmThroughput", warm(&table.into())),
            ("tableClass", table.class.map(|class| word("TableClass", table_class(class)))),
            ("deletionProtection", table.deletion_protection.map(Expression::code)),
            ("timeToLiveAttribute", table.time_to_live.as_deref().map(Expression::text)),
            ("pointInTimeRecoverySpecification", table.point_in_time_recovery.as_ref().map(recovery)),
            ("dynamoStream", stream),
            ("kinesisStream", kinesis),
            ("multiRegionConsistency", consistency.filter(|_| is_replicated)),
            ("witnessRegion", table.witness.as_deref().filter(|_| is_replicated).map(Expression::text)),
            ("replicas", list(replicas.collect())),
            ("globalSecondaryIndexes", list(global.collect())),
            ("localSecondaryIndexes", list(local.collect())),
        ])
    }
}

/// A word of one of the library's enumerations.
fn word(enumeration: &str, name: &str) -> Expression {
    Expression::code(format!("dynamodb.{enumeration}.{name}"))
}

fn attribute(wanted: &Wanted<'_, '_>, name: &str) -> Expression {
    let kind = wanted.key_types.get(name).map(|kind| {
        let name = match kind {
            KeyType::String => "STRING",
            KeyType::Number => "NUMBER",
            KeyType::Binary => "BINARY",
        };
        word("AttributeType", name)
    });
    Expression::object([("name", Some(Expression::text(name))), ("type", kind)])
}

/// Keys of one attribute have properties of their own; those of several are lists.
fn index(wanted: &Wanted<'_, '_>, path: &AccessPath<'_>) -> Expression {
    let one = |names: &[&str]| match names {
        [name] => Some(attribute(wanted, name)),
        _ => None,
    };
    let several = |names: &[&str]| {
        (names.len() > 1).then(|| Expression::List(names.iter().map(|name| attribute(wanted, name)).collect()))
    };
    let (kind, included) = match path.projection {
        Projection::All => (None, None),
        Projection::Include(names) if !names.is_empty() => (Some("INCLUDE"), Some(Expression::texts(names))),
        Projection::KeysOnly | Projection::Include(_) => (Some("KEYS_ONLY"), None),
    };
    let settings = match path.kind {
        PathKind::Global(settings) => Some(Throughput::from(settings)),
        PathKind::Table | PathKind::Local(_) => None,
    };
    let provisioned = settings.filter(|_| wanted.is_provisioned());
    let on_demand = settings.filter(|_| !wanted.is_provisioned());
    let most = |direction| on_demand.and_then(|of| of.most(direction)).map(Expression::code);
    let is_global = path.is_global();
    Expression::object([
        ("indexName", Some(Expression::text(path.name))),
        ("partitionKey", one(&path.partition).filter(|_| is_global)),
        ("partitionKeys", several(&path.partition).filter(|_| is_global)),
        ("sortKey", one(&path.sort)),
        ("sortKeys", several(&path.sort)),
        ("projectionType", kind.map(|kind| word("ProjectionType", kind))),
        ("nonKeyAttributes", included),
        ("readCapacity", provisioned.and_then(|of| capacity(&of, Direction::Read))),
        ("writeCapacity", provisioned.and_then(|of| capacity(&of, Direction::Write))),
        ("maxReadRequestUnits", most(Direction::Read)),
        ("maxWriteRequestUnits", most(Direction::Write)),
        ("warmThroughput", settings.and_then(|of| warm(&of))),
    ])
}

fn billing(wanted: &Wanted<'_, '_>) -> Expression {
    let of = Throughput::from(wanted.table);
    if wanted.is_provisioned() {
        let capacities = Expression::object([
            ("readCapacity", capacity(&of, Direction::Read)),
            ("writeCapacity", capacity(&of, Direction::Write)),
        ]);
        return Expression::call("dynamodb.Billing.provisioned", capacities);
    }
    let most = |direction| of.most(direction).map(Expression::code);
    match (most(Direction::Read), most(Direction::Write)) {
        (None, None) => Expression::code("dynamodb.Billing.onDemand()"),
        (read, write) => {
            let most = Expression::object([("maxReadRequestUnits", read), ("maxWriteRequestUnits", write)]);
            Expression::call("dynamodb.Billing.onDemand", most)
        }
    }
}

/// Provisioned capacity. This construct is a global table also with one Region, so writes scale, or
/// stand still as scaling does with equal bounds.
fn capacity(of: &Throughput<'_>, direction: Direction) -> Option<Expression> {
    let given = of.given(direction);
    if let Some(scaled) = of.scaling(direction) {
        return Some(scaling(scaled, given));
    }
    given.map(|units| match direction {
        Direction::Read => Expression::call("dynamodb.Capacity.fixed", Expression::code(units)),
        Direction::Write => scaling(&standing(units), None),
    })
}

fn scaling(scaled: &Autoscaled, given: Option<u64>) -> Expression {
    let bounds = Expression::object([
        ("minCapacity", Some(Expression::code(scaled.min.ceil()))),
        ("maxCapacity", Some(Expression::code(scaled.max.ceil()))),
        ("targetUtilizationPercent", Some(Expression::code(target_percent(scaled)))),
        ("seedCapacity", given.map(Expression::code)),
    ]);
    Expression::call("dynamodb.Capacity.autoscaled", bounds)
}

fn warm(of: &Throughput<'_>) -> Option<Expression> {
    let [read, write] = Direction::BOTH.map(|direction| of.warm(direction).map(Expression::code));
    let is_said = read.is_some() || write.is_some();
    is_said.then(|| Expression::object([("readUnitsPerSecond", read), ("writeUnitsPerSecond", write)]))
}

fn recovery(settings: &PointInTimeRecovery) -> Expression {
    let days = recovery_days(settings).filter(|_| settings.enabled.0);
    Expression::object([
        ("pointInTimeRecoveryEnabled", Some(Expression::code(settings.enabled.0))),
        ("recoveryPeriodInDays", days.map(Expression::code)),
    ])
}

/// What differs in a Region; the construct takes the rest from the table, as a model does.
fn replica_of(wanted: &Wanted<'_, '_>, region: &str, replica: Option<&Replica>) -> Expression {
    let of = replica.map(Throughput::from);
    let read = of.filter(|_| wanted.is_provisioned()).and_then(|of| capacity(&of, Direction::Read));
    let most = of.filter(|_| !wanted.is_provisioned()).and_then(|of| of.most(Direction::Read));
    let class = replica.and_then(|replica| replica.class);
    let protected = replica.and_then(|replica| replica.deletion_protection);
    let recovered = replica.and_then(|replica| replica.point_in_time_recovery.as_ref());
    Expression::object([
        ("region", Some(Expression::text(region))),
        ("tableClass", class.map(|class| word("TableClass", table_class(class)))),
        ("deletionProtection", protected.map(Expression::code)),
        ("pointInTimeRecoverySpecification", recovered.map(recovery)),
        ("readCapacity", read),
        ("maxReadRequestUnits", most.map(Expression::code)),
    ])
}

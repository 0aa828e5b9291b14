//! Target tracking of provisioned capacity in a template: beside a table, and within a global one.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalingpolicy.html>

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value, json};

use super::identifiers::{Identifiers, pascal};
use super::wanted::Wanted;
use crate::interop::throughput::{Direction, Throughput, target_percent};
use crate::model::Autoscaled;

/// The role that Application Auto Scaling uses for tables; it makes it itself where it is missing.
/// <https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html>
const ROLE: &str = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/\
                    dynamodb.application-autoscaling.amazonaws.com/\
                    AWSServiceRoleForApplicationAutoScaling_DynamoDBTable";

/// The resources that scale a table, which is the resource `id`, and its global indexes.
pub(super) fn resources(wanted: &Wanted<'_, '_>, id: &str, names: &mut Identifiers) -> Vec<(String, Value)> {
    let mut resources = Vec::new();
    let own = Subject { name: id.to_owned(), path: format!("table/${{{id}}}"), kind: "table" };
    let mut all = vec![(own, Throughput::from(wanted.table))];
    for (index, settings) in &wanted.table.global_indexes {
        let name = format!("{id}{}", pascal(index, "Index"));
        let path = format!("table/${{{id}}}/index/{index}");
        all.push((Subject { name, path, kind: "index" }, settings.into()));
    }
    for (subject, throughput) in all {
        for direction in Direction::BOTH {
            if let Some(scaled) = throughput.scaling(direction) {
                resources.extend(subject.scaled(direction, scaled, names));
            }
        }
    }
    resources
}

/// What is scaled: a table or a global index.
struct Subject {
    name: String,
    path: String,
    kind: &'static str,
}

impl Subject {
    /// The bounds, and the policy that moves within them.
    fn scaled(&self, direction: Direction, scaled: &Autoscaled, names: &mut Identifiers) -> [(String, Value); 2] {
        let word = direction.word();
        let target_id = names.claim(&format!("{}{word}ScalableTarget", self.name));
        let policy_id = names.claim(&format!("{}{word}ScalingPolicy", self.name));
        let target = json!({
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ServiceNamespace": "dynamodb",
                "ResourceId": { "Fn::Sub": self.path },
                "ScalableDimension": format!("dynamodb:{}:{word}CapacityUnits", self.kind),
                "MinCapacity": scaled.min.ceil(),
                "MaxCapacity": scaled.max.ceil(),
                "RoleARN": { "Fn::Sub": ROLE },
            },
        });
        let mut tracking = tracking(scaled);
        let metric = json!({ "PredefinedMetricType": format!("DynamoDB{word}CapacityUtilization") });
        tracking.insert("PredefinedMetricSpecification".to_owned(), metric);
        let policy = json!({
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": policy_id,
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": { "Ref": target_id },
                "TargetTrackingScalingPolicyConfiguration": tracking,
            },
        });
        [(target_id, target), (policy_id, policy)]
    }
}

fn tracking(scaled: &Autoscaled) -> Map<String, Value> {
    std::iter::once(("TargetValue".to_owned(), number(target_percent(scaled)))).collect()
}

/// Scaling as a global table says it, which starts at `given` units.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-dynamodb-globaltable-capacityautoscalingsettings.html>
pub(super) fn within_global_table(scaled: &Autoscaled, given: Option<u64>) -> Value {
    let mut settings = Map::new();
    settings.insert("MinCapacity".to_owned(), json!(scaled.min.ceil()));
    settings.insert("MaxCapacity".to_owned(), json!(scaled.max.ceil()));
    if let Some(given) = given {
        settings.insert("SeedCapacity".to_owned(), json!(given));
    }
    settings.insert("TargetTrackingScalingPolicyConfiguration".to_owned(), tracking(scaled).into());
    settings.into()
}

/// A decimal as JSON's number, whole where it is whole.
fn number(decimal: Decimal) -> Value {
    match decimal.to_u64().filter(|_| decimal.is_integer()) {
        Some(whole) => json!(whole),
        None => json!(decimal.to_f64()),
    }
}

//! Replicas that stand beside their table, as the CDK's first `Table` writes them.
//!
//! <https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_dynamodb.Table.html#replicationregions>

use super::super::node::{Node, Told, told};
use super::evaluate::Evaluation;
use super::resources::Resource;
use super::tables::FoundTable;
use crate::source::ModelPath;

/// Adds the Regions of `Custom::DynamoDBReplica` to their tables.
pub(super) fn apply(evaluation: &Evaluation<'_>, resources: &[Resource<'_>], tables: &mut [FoundTable]) {
    for resource in resources.iter().filter(|resource| resource.kind == "Custom::DynamoDBReplica") {
        let Some(written) = resource.body.get("Properties") else { continue };
        let Some(name) = written.get("TableName").map(|name| evaluation.pattern(name, resource.scope())) else {
            continue;
        };
        let Some(found) = tables.iter_mut().find(|table| table.is_called(&name.text)) else { continue };
        let at = ModelPath::of(["replicas"]);
        let properties = resource.properties(evaluation);
        let region = match resource.presence(evaluation) {
            None => continue,
            Some(None) => told(properties.get("Region"), "a Region", |node: &Node| node.text().map(str::to_owned)),
            Some(Some(why)) => Told::Unknown(why, resource.body.origin),
        };
        if let Some(region) = found.table.take(at, region) {
            found.table.table.replicas.0.entry(region).or_insert(None);
        }
    }
}

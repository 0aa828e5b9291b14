//! Tables as inputs of the AWS SDK for JavaScript, version 3.
//!
//! <https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/dynamodb/command/CreateTableCommand/>

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::cloudformation::recovery;
use super::identifiers::{Identifiers, camel};
use super::script::Expression;
use super::wanted::Wanted;

const PACKAGE: &str = "@aws-sdk/client-dynamodb";

/// A constant for each request.
pub(super) fn inputs(tables: &[Wanted<'_, '_>]) -> String {
    let mut names = Identifiers::default();
    let mut constants: Vec<(String, &str, Value)> = Vec::new();
    for wanted in tables {
        let name = names.claim(&constant(wanted.name));
        constants.push((name.clone(), "CreateTableCommandInput", wanted.request.clone()));
        if let Some(attribute) = &wanted.table.time_to_live {
            let expiry = json!({ "AttributeName": attribute, "Enabled": true });
            let input = json!({ "TableName": wanted.name, "TimeToLiveSpecification": expiry });
            constants.push((names.claim(&format!("{name}TimeToLive")), "UpdateTimeToLiveCommandInput", input));
        }
        if let Some(settings) = &wanted.table.point_in_time_recovery {
            let input = json!({ "TableName": wanted.name, "PointInTimeRecoverySpecification": recovery(settings) });
            constants.push((names.claim(&format!("{name}Backups")), "UpdateContinuousBackupsCommandInput", input));
        }
    }
    let mut types: Vec<&str> = constants.iter().map(|(_, kind, _)| *kind).collect();
    types.sort_unstable();
    types.dedup();
    let mut text = format!("import type {{ {} }} from \"{PACKAGE}\";\n", types.join(", "));
    for (name, kind, input) in &constants {
        let declared = format!("export const {name}: {kind} = ");
        let value = Expression::from(input).written(0, declared.len() + 1);
        let _ = write!(text, "\n{declared}{value};\n");
    }
    text
}

/// The name of a table's constant: `Orders` is `ordersTable`, which no word of the language is.
pub(super) fn constant(table: &str) -> String {
    let name = camel(table, "Table");
    let stem = name.strip_suffix("Table").unwrap_or(&name);
    format!("{stem}Table")
}

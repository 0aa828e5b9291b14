//! A script that creates tables in DynamoDB Local.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html>

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::wanted::Wanted;
use crate::model::Model;

/// The line that ends a request. A line of JSON over several lines begins with a space or a brace, so
/// that none can be this one, whatever the names are.
const END: &str = "JSON";

/// The script.
pub(super) fn script(model: &Model, comment: &str, tables: &[Wanted<'_, '_>]) -> String {
    let region = model.region.as_deref().filter(|region| is_plain(region)).unwrap_or("us-east-1");
    let mut script = format!(
        "#!/usr/bin/env bash\n{comment}set -euo pipefail\n\n\
         # DynamoDB Local takes any Region and credentials, but wants some.\n\
         export AWS_DEFAULT_REGION=\"${{AWS_DEFAULT_REGION:-{region}}}\"\n\
         export AWS_ACCESS_KEY_ID=\"${{AWS_ACCESS_KEY_ID:-local}}\"\n\
         export AWS_SECRET_ACCESS_KEY=\"${{AWS_SECRET_ACCESS_KEY:-local}}\"\n\
         # Answers are not paged.\n\
         export AWS_PAGER=\"\"\n"
    );
    for wanted in tables {
        request(&mut script, "create-table", &wanted.request);
        if let Some(name) = &wanted.table.time_to_live {
            let expiry = json!({
                "TableName": wanted.name,
                "TimeToLiveSpecification": { "AttributeName": name, "Enabled": true },
            });
            request(&mut script, "update-time-to-live", &expiry);
        }
    }
    script
}

/// One call of the command line. The quoted mark keeps the shell from reading anything into the JSON.
fn request(script: &mut String, command: &str, input: &Value) {
    let _ = write!(
        script,
        "\naws dynamodb {command} --endpoint-url \"${{ENDPOINT:-http://127.0.0.1:8000}}\" \\\n  \
         --cli-input-json \"$(cat <<'{END}'\n{input:#}\n{END}\n)\"\n"
    );
}

/// Whether a text means only itself within a shell's quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

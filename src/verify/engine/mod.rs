//! Engines: whatever answers DynamoDB's own JSON requests.

#[cfg(feature = "verify")]
mod embedded;
mod endpoint;

use std::borrow::Cow;

use serde_json::Value;

#[cfg(feature = "verify")]
pub use embedded::Embedded;
pub use endpoint::{Endpoint, EndpointError, Remote};

/// Something that answers requests of the DynamoDB API, version 2012-08-10.
pub trait Engine {
    /// Answers one request: `GetItem`, `Query`, … with its body, both as the service has them.
    ///
    /// # Errors
    /// What the engine refuses, under the service's error code.
    fn call(&self, operation: &str, body: &Value) -> Result<Value, EngineError>;
}

/// An error under the service's own code.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {}", beginning(message))]
pub struct EngineError {
    /// The code without its namespace, such as `ValidationException`, or one of those below.
    pub code: String,
    /// What the engine says of it.
    pub message: String,
}

/// Characters of a message that are shown: some engines repeat the whole request in it.
const MOST_SHOWN: usize = 400;

/// The beginning of a message.
fn beginning(message: &str) -> Cow<'_, str> {
    match message.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default().trim_end()).into(),
        None => message.into(),
    }
}

impl EngineError {
    /// The code of an error that is not the engine's: no answer, or none that can be read.
    pub const UNREACHABLE: &'static str = "Unreachable";

    /// The code where someone stopped the run.
    pub const STOPPED: &'static str = "Stopped";

    /// The code where a table is there that should not be.
    pub const EXISTS: &'static str = "TableExists";

    /// An error with a code.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    /// Whether no answer came, so that no other will.
    pub fn is_unreachable(&self) -> bool {
        self.code == Self::UNREACHABLE || self.code == Self::STOPPED
    }

    /// Whether a condition of the write did not hold.
    pub fn is_failed_condition(&self) -> bool {
        self.code == "ConditionalCheckFailedException"
            || (self.code == "TransactionCanceledException" && self.message.contains("ConditionalCheckFailed"))
    }
}

/// The engines whose differences from the service are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum EngineKind {
    /// Dynoxide: the engine inside the program, or its server.
    Dynoxide,
    /// Dynalite, for Node.js.
    Dynalite,
    /// Ministack, for Python.
    Ministack,
    /// DynamoDB Local, of AWS.
    DynamodbLocal,
    /// Any other: no difference is expected of it.
    Other,
}

impl EngineKind {
    /// Its name, for readers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dynoxide => "dynoxide",
            Self::Dynalite => "dynalite",
            Self::Ministack => "ministack",
            Self::DynamodbLocal => "DynamoDB Local",
            Self::Other => "other engine",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EngineError;

    #[test]
    fn a_message_is_shown_as_far_as_it_says_something() {
        let short = EngineError::new("ValidationException", "one key twice");
        assert_eq!(short.to_string(), "ValidationException: one key twice");
        let long = EngineError::new("ValidationException", format!("too many: {}", "ä ".repeat(9_000)));
        assert!(long.to_string().starts_with("ValidationException: too many: ä ä") && long.to_string().ends_with("ä…"));
        assert!(long.to_string().chars().count() < 450);
    }
}

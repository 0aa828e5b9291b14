//! An engine behind HTTP: requests as the service takes them, with a signature that has its form and
//! nothing more, which is what emulators ask for.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Response, Uri};

use super::{Engine, EngineError, EngineKind};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before each further try, so that there are as many more.
const WAITS: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1600)];
/// The most that is read of an answer. A batch of reads brings 16 MB of items, which is more as JSON.
const MOST_BYTES: u64 = 64 << 20;
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=keyplan/20260101/us-east-1/dynamodb/aws4_request, \
    SignedHeaders=host;x-amz-date;x-amz-target, \
    Signature=0000000000000000000000000000000000000000000000000000000000000000";

/// An engine at an address.
#[derive(Debug)]
pub struct Endpoint {
    agent: Agent,
    url: String,
}

/// Why an address is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It cannot be read.
    #[error("`{0}` is no address; write it like `http://127.0.0.1:8000`")]
    Unreadable(String),
    /// It is not plain HTTP.
    #[error("`{0}` is not plain HTTP, which is what emulators speak; write it like `http://127.0.0.1:8000`")]
    Scheme(String),
    /// It is another machine, and nobody said that this is meant.
    #[error(
        "`{0}` is not this machine; tables are created and deleted there, so say `--allow-remote` if that is meant"
    )]
    Remote(String),
}

impl Endpoint {
    /// An engine at an address such as `http://127.0.0.1:8000`.
    ///
    /// # Errors
    /// When it is no address of plain HTTP, or another machine's without leave.
    pub fn at(url: &str, remote: Remote) -> Result<Self, EndpointError> {
        let unreadable = || EndpointError::Unreadable(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| unreadable())?;
        let authority = uri.authority().ok_or_else(unreadable)?;
        match uri.scheme_str() {
            Some("http") => {}
            Some(_) => return Err(EndpointError::Scheme(url.to_owned())),
            None => return Err(unreadable()),
        }
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(unreadable());
        }
        if remote == Remote::Refused && !is_loopback(authority.host()) {
            return Err(EndpointError::Remote(url.to_owned()));
        }
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            // Whatever answers is the engine: no other address is followed, and no proxy asked.
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("keyplan/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.into(), url: format!("http://{authority}/") })
    }

    /// Which engine it is, as far as its answers tell: dynoxide names itself, and DynamoDB Local its web
    /// server.
    pub fn kind(&self) -> EngineKind {
        let Ok(response) = self.send("ListTables", "{}") else { return EngineKind::Other };
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
        };
        let server = header("server");
        let by_server = [("dynoxide", EngineKind::Dynoxide), ("jetty", EngineKind::DynamodbLocal)];
        let known = by_server.into_iter().find(|(name, _)| server.contains(name));
        known.map_or(EngineKind::Other, |(_, kind)| kind)
    }

    fn send(&self, operation: &str, body: &str) -> Result<Response<ureq::Body>, ureq::Error> {
        self.agent
            .post(&self.url)
            .header("Content-Type", "application/x-amz-json-1.0")
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .header("X-Amz-Date", "20260101T000000Z")
            .header("Authorization", AUTHORIZATION)
            .send(body)
    }

    /// One try: the answer, or the error and whether the request surely had no effect, so that it can
    /// be sent again.
    fn try_once(&self, operation: &str, body: &str) -> Result<Value, (EngineError, bool)> {
        let unreachable = |why: String| EngineError::new(EngineError::UNREACHABLE, why);
        let mut response = self.send(operation, body).map_err(|error| {
            let had_no_effect = matches!(
                error,
                ureq::Error::ConnectionFailed | ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
            ) || matches!(&error, ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused);
            (unreachable(format!("no answer from {}: {error}", self.url)), had_no_effect)
        })?;
        let status = response.status();
        let text = response
            .body_mut()
            .with_config()
            .limit(MOST_BYTES)
            .read_to_vec()
            .map_err(|error| (unreachable(format!("the answer of {} cannot be read: {error}", self.url)), false))?;
        let answer: Option<Value> = serde_json::from_slice(&text).ok();
        if status.is_success() {
            let why = || unreachable(format!("{} answers with something that is not JSON", self.url));
            return answer.ok_or_else(|| (why(), false));
        }
        let field = |name: &str| answer.as_ref().and_then(|answer| answer.get(name)).and_then(Value::as_str);
        let Some(code) = field("__type").map(|code| code.rsplit('#').next().unwrap_or(code)) else {
            let why = format!("{} answers with status {status}, which no DynamoDB error has", self.url);
            return Err((unreachable(why), status.is_server_error()));
        };
        let is_busy = matches!(code, "ThrottlingException" | "ProvisionedThroughputExceededException");
        let message = field("message").or_else(|| field("Message")).unwrap_or_default();
        Err((EngineError::new(code, message), is_busy || status.is_server_error()))
    }
}

/// Whether other machines may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// Only this machine.
    Refused,
    /// Any machine.
    Allowed,
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Engine for Endpoint {
    fn call(&self, operation: &str, body: &Value) -> Result<Value, EngineError> {
        let body = body.to_string();
        let mut waits = WAITS.iter();
        loop {
            match (self.try_once(operation, &body), waits.next()) {
                (Ok(answer), _) => return Ok(answer),
                (Err((_, true)), Some(wait)) => std::thread::sleep(*wait),
                (Err((error, _)), _) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_without_leave() {
        for url in ["http://127.0.0.1:8000", "http://localhost:8000/", "http://[::1]:9", "http://127.9.9.9"] {
            assert!(Endpoint::at(url, Remote::Refused).is_ok(), "{url}");
        }
        let far = [
            "http://10.0.0.1:8000",
            "http://localhost.example.com",
            "http://0.0.0.0:8000",
            "http://dynamodb.us-east-1.amazonaws.com",
        ];
        for url in far {
            assert_eq!(Endpoint::at(url, Remote::Refused).unwrap_err(), EndpointError::Remote(url.to_owned()));
            assert!(Endpoint::at(url, Remote::Allowed).is_ok(), "{url}");
        }
        let https = "https://127.0.0.1:8000";
        assert_eq!(Endpoint::at(https, Remote::Refused).unwrap_err(), EndpointError::Scheme(https.to_owned()));
        for url in ["", "8000", "127.0.0.1:8000", "http://", "http://127.0.0.1@example.com/", "/path"] {
            assert!(Endpoint::at(url, Remote::Allowed).is_err(), "{url}");
        }
    }
}

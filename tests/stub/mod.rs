//! A small HTTP server over the engine that is inside keyplan.

#![allow(dead_code, missing_docs, unreachable_pub)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyplan::verify::engine::{Embedded, Engine};
use serde_json::{Value, json};

/// How the server misbehaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It says that reads consume twice what they do.
    DoubleReads,
    /// After so many requests it answers nothing but requests about tables.
    FailsAfter(usize),
    /// It takes its time to put an item.
    Slow,
}

struct Shared {
    engine: Embedded,
    fault: Fault,
    requests: AtomicUsize,
    puts: AtomicUsize,
    created: AtomicUsize,
}

pub struct Stub {
    pub url: String,
    shared: Arc<Shared>,
}

impl Stub {
    pub fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let zero = || AtomicUsize::new(0);
        let engine = Embedded::start().unwrap();
        let shared = Arc::new(Shared { engine, fault, requests: zero(), puts: zero(), created: zero() });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { url, shared }
    }

    pub fn call(&self, operation: &str, body: &Value) -> Value {
        self.shared.engine.call(operation, body).unwrap()
    }

    pub fn tables(&self) -> Vec<Value> {
        self.call("ListTables", &json!({}))["TableNames"].as_array().unwrap().clone()
    }

    pub fn created(&self) -> usize {
        self.shared.created.load(Ordering::SeqCst)
    }

    pub fn wait_for_puts(&self, count: usize) {
        for _ in 0..600 {
            if self.shared.puts.load(Ordering::SeqCst) >= count {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no items within 30 seconds");
    }
}

fn serve(stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut operation, mut line) = (0, String::new(), String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                if line.trim_end().is_empty() { break } else { continue }
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "x-amz-target" => operation = value.trim().rsplit('.').next().unwrap().to_owned(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (status, answer) = answer(shared, &operation, &serde_json::from_slice(&body).unwrap());
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        if (&mut &*stream).write_all(format!("{head}{answer}").as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(shared: &Shared, operation: &str, body: &Value) -> (&'static str, String) {
    let number = shared.requests.fetch_add(1, Ordering::SeqCst);
    let is_about_tables = operation.ends_with("Table") || operation == "ListTables";
    if matches!(shared.fault, Fault::FailsAfter(most) if number >= most) && !is_about_tables {
        return ("500 Internal Server Error", "out of order".to_owned());
    }
    match operation {
        "PutItem" => {
            shared.puts.fetch_add(1, Ordering::SeqCst);
            if shared.fault == Fault::Slow {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        "CreateTable" => drop(shared.created.fetch_add(1, Ordering::SeqCst)),
        _ => {}
    }
    match shared.engine.call(operation, body) {
        Ok(mut response) => {
            if shared.fault == Fault::DoubleReads && operation == "Query" {
                let units = &mut response["ConsumedCapacity"]["CapacityUnits"];
                *units = json!(units.as_f64().unwrap() * 2.0);
            }
            ("200 OK", response.to_string())
        }
        Err(error) => {
            let kind = format!("com.amazonaws.dynamodb.v20120810#{}", error.code);
            ("400 Bad Request", json!({ "__type": kind, "message": error.message }).to_string())
        }
    }
}

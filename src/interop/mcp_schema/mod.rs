//! `schema.json` of AWS Labs' DynamoDB MCP server: tables, entities with key templates, and access
//! patterns, from which the server generates code.
//!
//! <https://github.com/awslabs/mcp/tree/main/src/dynamodb-mcp-server>

mod bind;
mod filters;
mod keys;
mod patterns;
mod read;
pub(super) mod usage;

pub(super) use read::{read, recognises};

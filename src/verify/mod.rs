//! The design on an engine.

pub mod engine;

//! The design on an engine.

mod bind;
mod condition;
mod difference;
pub mod engine;
pub mod items;
mod part;
mod rows;

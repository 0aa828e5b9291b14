//! Other programs' formats, one file for each: what a design is to them.

mod create_table;

pub use create_table::{CreateTable, create_table_input};

//! Holding a design against items: what its tables would hold, at a size that a machine bears.

pub mod items;

//! A design as a Workbench model.
pub fn write() {}

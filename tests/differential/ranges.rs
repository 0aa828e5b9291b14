//! Random queries and scans.

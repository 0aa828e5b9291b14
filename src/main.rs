//! The `keyplan` command.

use std::process::ExitCode;

/// A model becomes many small values; this allocator makes a check a quarter faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keyplan::cli::run()
}

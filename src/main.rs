//! The `keyplan` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyplan::cli::run()
}

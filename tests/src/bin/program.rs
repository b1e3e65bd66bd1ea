//! The program `stillwatch`, built with the tests that run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

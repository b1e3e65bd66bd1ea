//! The program `stillwatch`; all that it does is in the library, which tests run too.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

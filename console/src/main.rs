//! `stillwatch-console`: the menu on a terminal, or one of its items as a command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(console::run(std::env::args_os()))
}

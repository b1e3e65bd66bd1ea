//! `stillwatch console`: the set-up menu, and each of its items as a command.

use std::ffi::OsString;

use clap::Args;

use crate::exit::Exit;

/// What the console is asked.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Console {
    /// Nothing for the menu, or a command of it: console --help lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Runs the verb; the console has exit codes of its own.
pub fn run(args: Console) -> Exit {
    match ::console::run(std::iter::once(OsString::from("stillwatch console")).chain(args.command)) {
        0 => Exit::Ok,
        1 => Exit::Partial,
        _ => Exit::Usage,
    }
}

//! `stillwatch completions`: a script for a shell.

use clap::CommandFactory;

use crate::args::Cli;
use crate::exit::{Exit, Failure};

/// Writes the script to standard output.
pub fn run(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    clap_complete::generate(shell, &mut Cli::command(), "stillwatch", &mut std::io::stdout());
    Ok(Exit::Ok)
}

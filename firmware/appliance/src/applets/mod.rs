//! The parts, one file each. A part is started by PID 1 as `init part NAME …` and gives signs of life.

mod console;
mod lcd;
mod sensor;
mod setup;
mod syslog;
mod update;

use std::process::ExitCode;

use crate::drill::Waiting;

/// Runs the part of that name; what it cannot do it says, and PID 1 tries again.
pub fn run(name: &str, rest: &[&str]) -> ExitCode {
    // The sensor's fault is in its loop.
    if name != "sensor"
        && let Some(waiting) = Waiting::of(rest.first().unwrap_or(&name))
    {
        waiting.beside();
    }
    let done = match (name, rest) {
        ("setup", []) => setup::run(),
        ("sensor", []) => sensor::run(),
        ("update", []) => update::run(),
        ("console", [name, tty]) => console::run(name, tty),
        ("lcd", []) => lcd::run(),
        _ => Err(format!("there is no part {name}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

/// Ends this process at once when PID 1 says so: what it does is not lost by that.
fn end_when_told() -> Result<(), String> {
    sys::signals::on_terminate(|| std::process::exit(0))
        .map_err(|error| format!("no thread for signals: {error}"))
}

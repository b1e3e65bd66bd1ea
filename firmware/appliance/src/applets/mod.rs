//! The parts, one file each. A part is started by PID 1 as `init part NAME …` and gives signs of life.

mod console;
mod lcd;
mod sensor;
mod setup;
mod syslog;
mod update;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use wire::local::SOCKET;

use crate::drill::Waiting;

/// Runs the part of that name; what it cannot do it says, and PID 1 tries again.
pub fn run(name: &str, rest: &[&str]) -> ExitCode {
    whole_or_not_at_all(name);
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

/// A thread that panics ends its part, or half a part would pass for a whole one. The sensor is
/// spared: it catches what a dissector does, and its threads end it in order; nobody but PID 1
/// would miss the one that takes orders.
fn whole_or_not_at_all(name: &str) {
    let (spared, before) = (name == "sensor", std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| {
        if spared && std::thread::current().name() != Some("orders") {
            return before(info);
        }
        // In one line: it becomes the part's last words.
        eprintln!("{}", info.to_string().replace('\n', " "));
        std::process::abort();
    }));
}

/// Ends this process at once when PID 1 says so: what it does is not lost by that.
fn end_when_told() -> Result<(), String> {
    sys::signals::on_terminate(|| std::process::exit(0))
        .map_err(|error| format!("no thread for signals: {error}"))
}

/// Waits for the set-up service's socket, two seconds at most: at the start of the machine all parts begin together, and
/// a face that asks too early shows nothing until its next try.
fn after_setup() {
    for _ in 0..40 {
        if Path::new(SOCKET).exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

//! Exit codes (`cli.md`) and how a run can fail.

use std::fmt;
use std::sync::Mutex;

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Ok = 0,
    /// Finished, but with findings or partial input.
    Partial = 1,
    /// Wrong usage.
    Usage = 2,
    /// Input unreadable or not a capture.
    Input = 3,
    /// The operating system does not let us.
    Permission = 4,
    /// The network or the platform cannot be reached, or says no.
    Away = 5,
    /// What is configured cannot be.
    Invalid = 6,
    /// Our bug.
    Bug = 70,
    /// Ctrl-C, after saying what is known.
    Interrupted = 130,
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage; what was wrong and what to do.
    Usage(String),
    /// Clap said it already.
    Said(Exit),
    /// An input could not be read.
    Input(String),
    /// A capability is missing; which, and how to grant it.
    Permission(String),
    /// The network or the platform; with the code of the operators' table.
    Away(String),
    /// What is configured, or kept on disk, cannot be used.
    Invalid(String),
    /// Writing failed.
    Output(std::io::Error),
}

impl Failure {
    /// What to tell the user; nothing when there is nothing to add (a closed pipe).
    pub fn message(&self) -> Option<String> {
        match self {
            Failure::Usage(text)
            | Failure::Input(text)
            | Failure::Permission(text)
            | Failure::Away(text)
            | Failure::Invalid(text) => Some(text.clone()),
            Failure::Said(_) => None,
            Failure::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => None,
            Failure::Output(error) => Some(format!("cannot write the output: {error}")),
        }
    }

    /// The code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Usage(_) => Exit::Usage,
            Failure::Said(exit) => *exit,
            Failure::Input(_) => Exit::Input,
            Failure::Permission(_) => Exit::Permission,
            Failure::Away(_) => Exit::Away,
            Failure::Invalid(_) => Exit::Invalid,
            Failure::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Ok,
            Failure::Output(_) => Exit::Partial,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<capture::Error> for Failure {
    fn from(error: capture::Error) -> Failure {
        use capture::Error as E;
        match error {
            E::Permission { .. } => Failure::Permission(error.to_string()),
            E::NoPort { .. } | E::PortInUse { .. } => Failure::Usage(error.to_string()),
            _ => Failure::Input(error.to_string()),
        }
    }
}

/// The last panic, for the report.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Keeps panics for [`report_bug`] instead of printing them: a dissector's is
/// caught by the worker, counted, and shown in the totals.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let trace = std::backtrace::Backtrace::force_capture();
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = format!("{info}\n{trace}");
        }
    }));
}

/// Our bug: says so, and where the report is.
pub fn report_bug() -> Exit {
    let text = LAST_PANIC.lock().map(|text| text.clone()).unwrap_or_default();
    let path = std::env::temp_dir().join(format!("stillwatch-bug-{}.txt", std::process::id()));
    let version = env!("CARGO_PKG_VERSION");
    let where_ = match std::fs::write(&path, format!("stillwatch {version}\n{text}\n")) {
        Ok(()) => format!("The report is in {}; it holds no addresses or names of yours.", path.display()),
        Err(_) => first_line(&text).to_owned(),
    };
    anstream::eprintln!("stillwatch: this is our bug, not your input's fault. {where_}");
    Exit::Bug
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message().unwrap_or_default())
    }
}

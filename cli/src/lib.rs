//! `stillwatch`: a capture in, an inventory out.
//!
//! One file a verb under `verbs/`; `read` runs the sensor over captures, `live` over ports, the
//! inventory crates make sense of what it heard, `out` puts it on paper.

mod args;
mod exit;
mod live;
mod out;
mod read;
mod style;
mod tables;
mod verbs;
mod verdict;
mod way;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use exit::{Exit, Failure};

/// Does what the command line asks, and says what went wrong; `main.rs` is no more than this.
pub fn main() -> ExitCode {
    exit::quiet_panics();
    let done = catch_unwind(AssertUnwindSafe(run));
    let code = match done {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            if let Some(message) = failure.message() {
                anstream::eprintln!("{}stillwatch:{:#} {message}", style::BAD, style::BAD);
            }
            failure.exit()
        }
        Err(_) => exit::report_bug(),
    };
    ExitCode::from(code as u8)
}

fn run() -> Result<Exit, Failure> {
    let cli = args::parse()?;
    verbs::run(cli)
}

//! The appliance: one program that is PID 1 ([`init`]) and every part that PID 1 runs
//! ([`applets`]). Nothing else is on the box.
//!
//! ```text
//! kernel ─► init: mounts, modules, watchdog, state, ports ─► supervisor ─┬─ setup    settings, management network
//!                     │                                                  ├─ sensor   frames to reports to platform
//!                     └─ log, endings, power                             ├─ console  one a terminal
//!                                                                        ├─ lcd      where there is a panel
//!                                                                        └─ update   bundles, blessing, news of the system
//! ```
//!
//! Between them: signs of life go to PID 1 through a pipe each, lines of the log through
//! standard error, a wish to restart through [`power`]; how PID 1 stands is in [`status`].
//! Everything else goes through the set-up service's socket. See `docs/appliance.md`.
#![forbid(unsafe_code)]

mod applets;
mod beat;
mod drill;
mod ending;
mod gpt;
mod init;
mod kmsg;
mod log;
mod machine;
mod memory;
mod mounts;
mod paths;
mod ports;
mod power;
mod sockets;
mod standing;
mod state;
mod status;
mod supervisor;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if std::process::id() == 1 {
        init::run();
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // The kernel's own wish to end (Hyper-V asks so), from its `poweroff_cmd`.
        ["poweroff"] => {
            power::ask(true, "the hypervisor asked for it");
            ExitCode::SUCCESS
        }
        ["part", name, rest @ ..] => applets::run(name, rest),
        _ => {
            eprintln!(
                "This program is PID 1 of the Stillwatch appliance, {}. It is started by the kernel of an image\n\
                 (cargo xtask image) and not by hand. On an ordinary host use `stillwatch`.",
                env!("CARGO_PKG_VERSION")
            );
            ExitCode::from(2)
        }
    }
}

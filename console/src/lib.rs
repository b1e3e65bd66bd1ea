//! The set-up menu on a serial line, a VM console and any VT100 (`setup.md` §3), and
//! each of its items as a command.
//!
//! The menu is a conversation over a [`Host`]: somewhere to write, and events (keys,
//! answers of the set-up service, seconds). It reads no clock, opens no file, and writes
//! plain ASCII only, so that it is the same text on every line and can be tested and
//! fuzzed without one. [`drive`] makes a host of a terminal and the service's socket.
//! The settings that it asks come from `contract/settings` by their groups, in its order.
//!
//! # JSON of the commands
//!
//! With `--json` a command writes one object to standard output. Fields are only ever
//! added. Exit codes: 0 `ok` is true; 1 it is false; 2 wrong usage, in words on standard
//! error. A secret's value is never written.
//!
//! | field | of | what |
//! |---|---|---|
//! | `ok` | all | true or false |
//! | `words` | all | what was done, or what went wrong |
//! | `code`, `remedy` | failures | `"E05"` or null; what to do |
//! | `steps` | `test`, `register`, `… set` | each `name`, `ok`, `words`; failed: `code`, `remedy` |
//! | `lines` | `ping`, `resolve`, `routes`, `log`, `update` | lines of text |
//! | `text` | `backup`, `support` | the text |
//! | `wrong` | `… set`, `restore`, `label` | each `id`, `words`, `remedy`; nothing was changed |
//! | `undone_in` | `… set`, `restore` | seconds until it is undone unless `confirm` comes |
//! | `settings` | `… show` | each `id`, `label`, `value` (null for a secret), `set`, `secret` |
//! | `ports` | `ports show` | as in the overview |
//! | `overview` | `overview` | `version`, `slot`, `serial`, `name`, `hostname`, `uptime` (s), `time` (RFC 3339), `zone_minutes`, `clock_offset_ns`, `management`, `platform`, `sensing`, `ports`, `findings`, `hosts`, `cores` (‰), `memory_kib`, `disk_kib`, `spool`, `temperature_millidegrees`, `fingerprints` (`of`, `sha256`), `next`, `undone_in`, `password`, `pin` |
//! | `management` | overview | `port`, `mac`, `link`, `speed` (Mb/s), `addresses` (`address`, `origin`), `gateways`, `dns`, `fault` |
//! | `platform` | overview | `address`, `proxy`, `standing` (`unregistered`, `online`, `offline`, `quarantined`, `deregistered`), `heard`, `certificate_ends`, `fault` |
//! | `sensing` | overview | null (does not run), `holding`, `sensing`, `paused`, `failed` |
//! | `ports` | overview | each `name`, `mac`, `link`, `speed` (Mb/s), `bits` and `packets` (a second), `frames_total`, `bytes_total`, `last`, `lost_card`, `lost_ring`, `driver`, `blind_to_vlans`, `label`, `neighbour`, `verdict` |
#![forbid(unsafe_code)]

mod apply;
mod banner;
pub mod drive;
mod edit;
mod form;
mod host;
mod items;
mod keys;
mod menu;
mod oneshot;
mod paste;
mod prompt;
mod screen;
mod text;

use std::ffi::OsString;

use clap::Parser;

use drive::{Driver, Link, Tty};
use oneshot::{Cli, Exit, Verb};

pub use host::{Away, Event, Host, Wait};
pub use menu::Menu;

/// The program with a command line whose first word is its own name; its exit code: 0 done,
/// 1 failed, 2 wrong usage.
/// Wrong usage and `--help` end the process, as they do for any program.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = Cli::parse_from(args);
    let exit = match &cli.verb {
        None => menu(&cli, None),
        Some(Verb::Menu { tty }) => menu(&cli, tty.as_deref()),
        Some(verb) => oneshot::run(&cli, verb),
    };
    exit as u8
}

/// Shows the menu until its terminal is gone.
fn menu(cli: &Cli, path: Option<&std::path::Path>) -> Exit {
    let tty = match path {
        Some(path) => Tty::open(path),
        None => Tty::standard(),
    };
    match tty {
        Ok(tty) => {
            let mut driver = Driver::new(tty, Link::new(&cli.socket));
            // A terminal of its own is served for ever; who called the menu in a shell wants to go back.
            Menu::new(&mut driver).run(path.is_none());
            Exit::Ok
        }
        Err(why) => {
            let name = path.map_or_else(|| "standard input".into(), |path| path.display().to_string());
            eprintln!("stillwatch-console: the terminal {name} cannot be used: {why}");
            Exit::Failed
        }
    }
}

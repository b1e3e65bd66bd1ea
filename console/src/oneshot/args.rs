//! The command line: every item of the menu as a command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use settings::Group;
use wire::local::SOCKET;

/// The set-up menu of a Stillwatch sensor, and each of its items as a command.
///
/// Without a command the menu is shown. Exit codes: 0 done, 1 failed, 2 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "stillwatch-console", version, max_term_width = 100)]
pub struct Cli {
    /// Socket of the set-up service.
    #[arg(long, global = true, value_name = "PATH", default_value = SOCKET)]
    pub socket: PathBuf,
    /// Answers as one JSON object on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Shows the menu (as without a command).
    Menu {
        /// On this terminal instead of standard input and output; there a session follows the other,
        /// while without it logging out ends the program.
        #[arg(long, value_name = "PATH")]
        tty: Option<PathBuf>,
    },
    /// How everything stands.
    Overview,
    /// Management network.
    Net(Settings),
    /// Proxy.
    Proxy(Settings),
    /// Time servers and zone.
    Time(Settings),
    /// The platform's address.
    Platform(Settings),
    /// Sniffing ports: what arrives, what is wrong; roles and labels.
    Ports(Settings),
    /// PIN of the front panel.
    Access(Settings),
    /// Keeps settings that are being tried.
    Confirm,
    /// Undoes settings that are being tried.
    Revert,
    /// Registers with the platform.
    Register {
        /// 16 digits; `-`: from standard input.
        code: String,
        /// Also when this box is registered: that identity is lost.
        #[arg(long)]
        anew: bool,
    },
    /// Blinks a port's light.
    Blink {
        /// Its name.
        port: String,
        /// For so long.
        #[arg(default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..))]
        seconds: u8,
    },
    /// Writes a word beside a port.
    Label {
        /// Its name.
        port: String,
        /// At most 24 characters; blank: none.
        label: String,
    },
    /// Tests the way to the platform.
    Test,
    /// Does a host answer?
    Ping {
        /// Name or address.
        host: String,
    },
    /// Addresses of a name.
    Resolve {
        /// The name.
        name: String,
    },
    /// The table of routes.
    Routes,
    /// The newest lines of the log.
    Log {
        /// How many.
        #[arg(short = 'n', long, default_value_t = 40)]
        lines: u32,
    },
    /// Sets the console's password: the old one (if there is one) and the new one, each a
    /// line of standard input.
    Password {
        /// There is to be none; only the old one is read.
        #[arg(long)]
        clear: bool,
    },
    /// Restarts the box.
    Reboot(Power),
    /// Switches the box off.
    Shutdown(Power),
    /// Installs the bundle on a USB stick.
    Update(Sure),
    /// Goes back to the version before.
    RollBack(Sure),
    /// Writes all settings but secrets as text.
    Backup,
    /// Takes such a text.
    Restore {
        /// The file; `-`: standard input.
        file: PathBuf,
        /// Keeps a new management network if every test passes, else undoes it.
        #[arg(long)]
        confirm: bool,
    },
    /// Makes a support bundle.
    Support,
    /// Network and proxy as at delivery.
    ResetNetwork(Sure),
    /// Everything as at delivery.
    FactoryReset {
        /// The sensor's name, as `overview` shows it.
        name: String,
    },
}

/// What can be done with a group of settings.
#[derive(Debug, Args)]
pub struct Settings {
    /// Without: show.
    #[command(subcommand)]
    pub what: Option<What>,
}

/// Show or set.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Shows what is set.
    Show,
    /// Sets: all together, or nothing.
    Set {
        /// `network.mode=static`; a blank value clears; `@FILE` reads the value from a file, `@-` from
        /// standard input (for secrets, which others can see on a command line).
        #[arg(required = true, value_name = "ID=VALUE")]
        changes: Vec<String>,
        /// Keeps a new management network if every test passes, else undoes it.
        #[arg(long)]
        confirm: bool,
    },
}

/// Power.
#[derive(Debug, Args)]
pub struct Power {
    /// Why; kept with the reasons of reboots.
    #[arg(long, default_value = "")]
    pub reason: String,
    /// It is meant.
    #[command(flatten)]
    pub sure: Sure,
}

/// What cannot be taken back.
#[derive(Debug, Args)]
pub struct Sure {
    /// It is meant; without, nothing is done.
    #[arg(long)]
    pub yes: bool,
}

impl Verb {
    /// The group of settings it is about.
    pub fn group(&self) -> Option<(Group, &Settings)> {
        Some(match self {
            Verb::Net(settings) => (Group::Network, settings),
            Verb::Proxy(settings) => (Group::Proxy, settings),
            Verb::Time(settings) => (Group::Time, settings),
            Verb::Platform(settings) => (Group::Platform, settings),
            Verb::Ports(settings) => (Group::Ports, settings),
            Verb::Access(settings) => (Group::Access, settings),
            _ => return None,
        })
    }
}

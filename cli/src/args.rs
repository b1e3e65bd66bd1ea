//! The command line: verbs, flags and their help.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::exit::{Exit, Failure};
use crate::verbs;

/// Finds every device on a network without sending it a packet.
#[derive(Debug, Parser)]
#[command(name = "stillwatch", version, disable_help_subcommand = false, before_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  stillwatch office.pcapng                          what is on this network
  stillwatch show office.pcapng fileserver01 --why  one asset, with the evidence
  stillwatch assets office.pcapng --csv -o a.csv    all assets, for a spreadsheet
  stillwatch check office.pcapng                    what is wrong with this capture
  tcpdump -w - | stillwatch assets -                from a pipe
  stillwatch assets -i eth1                         from a mirror port, until Ctrl-C";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Summary of a capture: what was read, how good it is, and the first assets
    /// (the verb of a bare file name)
    Overview {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        tables: Tables,
        /// Show every asset, not only the first
        #[arg(long)]
        all: bool,
    },
    /// The assets of captures
    #[command(
        after_help = "Examples:\n  stillwatch assets office.pcapng --query printer --sort name\n  stillwatch assets *.pcap --jsonl | jq .name"
    )]
    Assets {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        tables: Tables,
        #[command(flatten)]
        format: Format,
        /// Show every asset, not only the first 20 of a table
        #[arg(long)]
        all: bool,
        /// Keep assets that match: words, `column:value`, AND, OR, NOT (type:printer AND NOT os:linux)
        #[arg(long, value_name = "TEXT")]
        query: Vec<String>,
        /// Order of the table
        #[arg(long, value_enum, default_value_t = Sort::Kind)]
        sort: Sort,
    },
    /// One asset: summary, and with --why each value's evidence
    Show {
        /// Capture, or - for standard input
        file: PathBuf,
        /// Its name, IP address, MAC, serial number or asset id (or the start of it)
        asset: String,
        /// The evidence behind every value, the candidates that lost, and what joined it
        #[arg(long)]
        why: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        tables: Tables,
        #[command(flatten)]
        space: Space,
    },
    /// Who talked to whom
    Flows {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        tables: Tables,
        #[command(flatten)]
        format: Format,
        /// Sum up by talkers, ports or applications
        #[arg(long, value_enum)]
        top: Option<Top>,
        /// Show every row, not only the first 20 of a table
        #[arg(long)]
        all: bool,
    },
    /// Who had an address, at a time or ever
    Who {
        /// Capture, or - for standard input
        file: PathBuf,
        /// Address, optionally with a time: 10.1.2.3@2026-11-17T14:05:00Z
        address: String,
        #[command(flatten)]
        space: Space,
    },
    /// What is wrong with a capture: totals, cut frames, copies, one-way traffic
    Check {
        #[command(flatten)]
        input: Input,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Exit with 1 when the verdict is this bad
        #[arg(long, value_enum)]
        fail_on: Option<FailOn>,
    },
    /// The rules that read values out of observations
    Rules {
        /// List or explain
        #[command(subcommand)]
        what: Rules,
    },
    /// JSON Schema of what this program writes, or the list of observations
    Schema {
        /// Which
        #[arg(value_enum)]
        what: SchemaOf,
    },
    /// Everything at once in a browser: a platform, a sensor and traffic that Stillwatch makes itself
    Demo(verbs::Demo),
    /// Captures in a browser
    Serve(verbs::Serve),
    /// The platform that sensors report to
    Platform(verbs::Platform),
    /// Images of the appliance: what is put beside one so that it sets itself up
    #[command(subcommand)]
    Image(verbs::Image),
    /// Make this machine a sensor of a platform
    Register(verbs::Register),
    /// Sense, and report to the platform
    Run(verbs::Run),
    /// The set-up menu of a sensor, and each of its items as a command
    Console(verbs::Console),
    /// The set-up service behind console and front panel
    Setup(verbs::Setup),
    /// The front panel: a real one, or one drawn in this terminal
    #[command(after_help = verbs::Panel::EXAMPLES)]
    Panel(verbs::Panel),
    /// The ports of this machine, and what each is good for
    #[command(
        after_help = "Example:\n  stillwatch ports --release eth1   let a port speak again that was left silent"
    )]
    Ports {
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Take the egress drop off a port, and switch its IPv6, ARP and merging on
        #[arg(long, value_name = "IFACE", conflicts_with = "json")]
        release: Option<String>,
    },
    /// A completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// What to read, and how its address space is laid out.
#[derive(Debug, Args)]
pub struct Input {
    /// Captures (pcap or pcapng, plain, gzip or zstd), or - for standard input
    #[arg(required_unless_present = "interface", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub live: Live,
    #[command(flatten)]
    pub space: Space,
}

/// Tables that the rules look things up in, other than those of this program.
#[derive(Debug, Default, Args)]
pub struct Tables {
    /// Judge with the tables of this rule pack, as a platform would with the pack in force
    #[arg(long, value_name = "FILE", requires = "rules_key", help_heading = "Rules")]
    pub rules: Option<PathBuf>,
    /// Public key of who signs rule packs; may be given twice
    #[arg(long, value_name = "FILE", requires = "rules", help_heading = "Rules")]
    pub rules_key: Vec<PathBuf>,
}

/// Listening to ports instead of reading captures.
#[derive(Debug, Default, Args)]
pub struct Live {
    /// Listen to this port until Ctrl-C; may be given several times. The port is
    /// kept from sending anything meanwhile, unless this machine itself uses it
    #[arg(short, long, value_name = "IFACE", conflicts_with = "files", help_heading = "Live ports")]
    pub interface: Vec<String>,
    /// How to listen
    #[arg(long, value_enum, default_value_t, requires = "interface", help_heading = "Live ports")]
    pub source: Source,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "interface", help_heading = "Live ports")]
    pub duration: Option<Duration>,
    /// Stop after so many frames
    #[arg(long, value_name = "FRAMES", requires = "interface", help_heading = "Live ports")]
    pub count: Option<u64>,
    /// Listen even to the port that this machine reaches the network by, as it is
    #[arg(long, requires = "interface", help_heading = "Live ports")]
    pub even_so: bool,
}

/// How ports are listened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// A ring mapped from the kernel: fast, sees VLANs
    #[default]
    Ring,
    /// The pnet library: portable, slower, does not see VLANs
    Pnet,
}

/// A number of seconds above 0, with or without fractions.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "want a number of seconds, such as 60 or 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "want more than 0 seconds".to_owned())
}

/// Address space.
#[derive(Debug, Default, Args)]
pub struct Space {
    /// Ranges whose hosts become assets (default: private addresses, and the networks of hosts that prove to be on a local link)
    #[arg(long, value_name = "RANGE", help_heading = "Address space")]
    pub internal: Vec<zones::Range>,
    /// Ranges or MACs that are left out altogether
    #[arg(long, value_name = "RANGE|MAC", help_heading = "Address space")]
    pub exclude: Vec<String>,
    /// Frames of a VLAN, tunnel id or interface form a network of their own:
    /// vlan:10=cell-1, tunnel:5001=dc, port:1=lab
    #[arg(long, value_name = "SOURCE=NAME", help_heading = "Address space")]
    pub network: Vec<String>,
    /// Domains whose short and full host names are one (example.org)
    #[arg(long, value_name = "DOMAIN", help_heading = "Address space")]
    pub domain: Vec<String>,
    /// Hostnames that never tell two hosts to be one (factory names)
    #[arg(long, value_name = "NAME", help_heading = "Address space")]
    pub exclude_hostname: Vec<String>,
    /// No progress, no hints on what to do next
    #[arg(short, long)]
    pub quiet: bool,
}

/// How to write.
#[derive(Debug, Default, Args)]
pub struct Format {
    /// One JSON document
    #[arg(long, group = "format")]
    pub json: bool,
    /// One JSON document a line
    #[arg(long, group = "format")]
    pub jsonl: bool,
    /// Comma-separated values with a header line
    #[arg(long, group = "format")]
    pub csv: bool,
    /// Zeek-style logs in this folder
    #[arg(long, value_name = "DIR", group = "format")]
    pub zeek: Option<PathBuf>,
    /// A table without colour or cut columns, for scripts that read text
    #[arg(long, group = "format")]
    pub plain: bool,
    /// Write here instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "zeek")]
    pub output: Option<PathBuf>,
}

/// Order of a table of assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// Known ones first, by category and type
    Kind,
    /// By name
    Name,
    /// By address
    Ip,
    /// By time first heard
    First,
}

/// What flows are summed up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Top {
    /// By host
    Talkers,
    /// By server port
    Ports,
    /// By application
    Apps,
}

/// When a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Anything worth a look
    Amber,
    /// Only what makes the results doubtful
    Red,
}

/// Verbs of `rules`.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Every rule: id, what it reads, what it says
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One rule in full
    Explain {
        /// Its id, with or without version (ssh-0003@1)
        id: String,
    },
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The asset document
    Assets,
    /// A conversation
    Flows,
    /// Every field that may be observed
    Observations,
}

/// Reads the command line. A bare file name means `overview`.
///
/// # Errors
/// Clap's own words, already printed.
pub fn parse() -> Result<Cli, Failure> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if let Some(first) = words.get(1).and_then(|word| word.to_str()) {
        let names = Cli::command();
        let verb = names.get_subcommands().any(|verb| verb.get_name() == first) || first == "help";
        let file = first == "-" || first.contains(['.', '/']) || std::path::Path::new(first).exists();
        if !verb && file && (first == "-" || !first.starts_with('-')) {
            words.insert(1, "overview".into());
        }
    }
    Cli::try_parse_from(words).map_err(|error| {
        let _ = error.print();
        Failure::Said(if error.use_stderr() { Exit::Usage } else { Exit::Ok })
    })
}

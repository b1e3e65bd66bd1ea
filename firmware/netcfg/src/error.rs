//! What can go wrong: for the caller, and for the operator.

use std::fmt;
use std::io;

use model::ErrorCode;

use crate::plan::Change;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel refused a change.
    #[error("cannot {change}: {error}")]
    Change {
        /// What was to be done.
        change: Box<Change>,
        /// What the kernel says.
        error: io::Error,
    },
    /// Something at the machine failed.
    #[error("{what}: {error}")]
    Machine {
        /// What was tried.
        what: String,
        /// What the system says.
        error: io::Error,
    },
    /// The operator has to do something.
    #[error("{0}")]
    Fault(Fault),
    /// Another change was asked for before this one was applied.
    #[error("another change came before this one was applied")]
    Overtaken,
    /// The manager has ended.
    #[error("the network's manager has ended; start the set-up service again")]
    Ended,
}

impl Error {
    pub(crate) fn machine(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        let what = what.into();
        move |error| Error::Machine { what, error }
    }
}

/// A fault as the operator sees it: a code of the table, and what exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Code of the table in `setup.md` §4.
    pub code: ErrorCode,
    /// What exactly, in one line.
    pub words: String,
}

impl Fault {
    /// With its words.
    pub fn new(code: ErrorCode, words: impl Into<String>) -> Fault {
        Fault { code, words: words.into() }
    }
}

/// `E03 address in use: 10.0.0.5 belongs to 02:00:00:00:00:01`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.words)
    }
}

/// What was to be done, as it stands behind "cannot".
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Hostname(name) => write!(f, "call this machine {name}"),
            Change::Speed(interface, None) => write!(f, "let {interface} negotiate its speed"),
            Change::Speed(interface, Some((speed, full))) => {
                let duplex = if *full { "full" } else { "half" };
                write!(f, "set {interface} to {speed} Mbit/s {duplex} duplex")
            }
            Change::Mtu(interface, mtu) => write!(f, "set the MTU of {interface} to {mtu}"),
            Change::AddVlan(below, name, tag) => write!(f, "make {name} for VLAN {tag} on {below}"),
            Change::RemoveVlan(name) => write!(f, "take {name} away"),
            Change::Ipv6(interface, ipv6) => {
                let how = match (ipv6.off, ipv6.advertised) {
                    (true, _) => "off",
                    (false, true) => "on, with routers' advertisements",
                    (false, false) => "on, without routers' advertisements",
                };
                write!(f, "switch IPv6 of {interface} {how}")
            }
            Change::Up(interface) => write!(f, "switch {interface} on"),
            Change::RemoveAddress(interface, ip, prefix) => {
                write!(f, "take {ip}/{prefix} from {interface}")
            }
            Change::AddAddress(interface, ip, prefix) => write!(f, "give {ip}/{prefix} to {interface}"),
            Change::AddRoute(interface, route, _) => write!(f, "add the route {route} at {interface}"),
            Change::RemoveRoute(interface, route, _) => write!(f, "remove the route {route} at {interface}"),
        }
    }
}

/// `10.0.0.0/8 via 10.1.1.1`.
impl fmt::Display for crate::wanted::Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network(), self.prefix)?;
        self.gateway.map_or(Ok(()), |gateway| write!(f, " via {gateway}"))
    }
}

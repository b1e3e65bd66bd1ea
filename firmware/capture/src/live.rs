//! Live ports as one source: which kind, and how they are opened.

use crate::pnet::Pnet;
use crate::ports::Ports;
use crate::ring::{Options, Ring};
use crate::{Error, Source};

/// Longest that [`Source::batch`] of live ports waits, in milliseconds, so that
/// timers run on a silent port.
pub const WAIT_MILLIS: u16 = 100;

/// Most ports of one source.
pub const MAX_PORTS: usize = 16;

/// How a port is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A ring mapped from the kernel: fast, and sees VLANs.
    #[default]
    Ring,
    /// Through the `pnet` library: portable, slower, and without the outer VLAN tag.
    Pnet,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 2] = [Kind::Ring, Kind::Pnet];

    /// Lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Ring => "ring",
            Kind::Pnet => "pnet",
        }
    }

    /// What [`Source::sees_vlans`] will say, before anything is opened.
    pub const fn sees_vlans(self) -> bool {
        matches!(self, Kind::Ring)
    }
}

/// Listens on ports; the index of a name is that of its [`crate::Frame::interface`].
/// Whether they are kept from sending is up to [`crate::port::prepare`].
///
/// # Errors
/// [`Error::Permission`] without `CAP_NET_RAW`, [`Error::NoPort`] for a wrong
/// name, [`Error::Port`] when the system cannot (no memory for the ring).
pub fn open(kind: Kind, names: &[String], options: &Options) -> Result<Box<dyn Source + Send>, Error> {
    Ok(match kind {
        Kind::Ring => {
            let rings: Result<Vec<Ring>, Error> =
                names.iter().map(|name| Ring::open(name, options)).collect();
            Box::new(Ports::new(rings?, options.snaplen))
        }
        Kind::Pnet => {
            let ports: Result<Vec<Pnet>, Error> =
                names.iter().map(|name| Pnet::open(name, options.snaplen)).collect();
            Box::new(Ports::new(ports?, options.snaplen))
        }
    })
}

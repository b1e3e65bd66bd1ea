//! What can go wrong: no capture at all, or damage within one.

use std::path::PathBuf;
use std::{fmt, io};

use crate::{Foreign, MAX_INTERFACES, MAX_ZSTD_WINDOW};

/// Why nothing, or nothing more, can be read. Exit code 3, or 4 for
/// [`Error::Permission`], or 2 for [`Error::NoPort`] and [`Error::PortInUse`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened.
    Open {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operating system failed while reading.
    Read {
        /// Which file or port.
        name: String,
        /// Bytes of it that had been read.
        offset: u64,
        /// What the operating system said.
        source: io::Error,
    },
    /// This is no capture.
    NotACapture {
        /// Which file.
        name: String,
        /// What it is, as far as its first bytes tell.
        what: Foreign,
    },
    /// The operating system does not let us.
    Permission {
        /// What was tried ("listen on eth1").
        doing: String,
        /// The capability that is missing.
        capability: &'static str,
    },
    /// There is no such port.
    NoPort {
        /// The name asked for.
        name: String,
        /// The ports there are.
        known: Vec<String>,
    },
    /// This machine itself lives by this port.
    PortInUse {
        /// Which.
        name: String,
        /// How it is used.
        why: &'static str,
    },
    /// A port disappeared while it was listened to.
    PortGone {
        /// Which.
        name: String,
    },
    /// The operating system or the driver fails at a port.
    Port {
        /// Which.
        name: String,
        /// What was tried ("map the ring of 64 MiB").
        doing: String,
        /// What it said.
        source: io::Error,
    },
}

impl Error {
    /// An error at a port; a missing permission becomes [`Error::Permission`].
    #[cfg(target_os = "linux")]
    pub(crate) fn port(name: &str, doing: &str, capability: &'static str, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::PermissionDenied => {
                Error::Permission { doing: format!("{doing} on {name}"), capability }
            }
            _ => Error::Port { name: name.into(), doing: doing.into(), source },
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Open { path, source } => write!(f, "cannot open {}: {source}", path.display()),
            Error::Read { name, offset, source } => {
                write!(f, "cannot read {name} behind byte {offset}: {source}")
            }
            Error::NotACapture { name, what } => {
                write!(f, "{name} is {what}. {}", what.cure(name))
            }
            Error::Permission { doing, capability } => {
                let program = std::env::current_exe().unwrap_or_else(|_| "stillwatch".into());
                write!(
                    f,
                    "no permission to {doing}: {capability} is missing. Grant it once: \
                     sudo setcap cap_net_raw,cap_net_admin=eip {}",
                    program.display()
                )
            }
            Error::NoPort { name, known } => {
                write!(f, "there is no port {name}; there are: {}", known.join(", "))
            }
            Error::PortInUse { name, why } => write!(
                f,
                "{name} {why}: a sniffing port is for listening alone, and is kept from sending. Choose another \
                 (`stillwatch ports` lists them), or listen to this one as it is with --even-so"
            ),
            Error::PortGone { name } => {
                write!(f, "the port {name} has disappeared: was its driver or virtual port taken away?")
            }
            Error::Port { name, doing, source } => write!(f, "{name}: cannot {doing}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Open { source, .. } | Error::Read { source, .. } | Error::Port { source, .. } => {
                Some(source)
            }
            _ => None,
        }
    }
}

/// Where and why a capture could not be read further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset of the record that cannot be read, in the decompressed file.
    pub offset: u64,
    /// Number the frame would have had, from 1: one more than were delivered.
    pub frame: u64,
    /// What was found.
    pub fault: Fault,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} (frame {})", self.fault, self.offset, self.frame)
    }
}

/// Kinds of damage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file ends within a record: usual when the capturing program was stopped.
    Cut {
        /// Bytes the record needs, as far as is known.
        needs: u64,
        /// Bytes there are.
        has: u64,
    },
    /// A record claims more bytes than any frame can have.
    TooLong {
        /// Bytes claimed.
        claims: u64,
        /// Bytes that are believed.
        limit: u64,
    },
    /// A pcapng block is shorter than its kind must be, or its parts do not fit into it.
    BlockLength {
        /// Block type.
        kind: u32,
        /// Its length as written.
        length: u32,
    },
    /// The length at the end of a pcapng block is not that at its start.
    LengthsDiffer {
        /// At the start.
        start: u32,
        /// At the end.
        end: u32,
    },
    /// A pcapng section header with an unknown byte-order magic.
    ByteOrder(u32),
    /// A pcapng section of an unknown major version.
    Version(u16),
    /// A frame of an interface that was not described.
    Interface(u32),
    /// More than [`MAX_INTERFACES`] interfaces.
    TooManyInterfaces,
    /// The compressed data are damaged, or cut.
    Compressed {
        /// Bytes of the file as it lies on disk that had been taken in.
        at: u64,
        /// What the decompressor said.
        message: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Cut { needs, has } => {
                write!(f, "cut off: a record needs {needs} bytes, {has} are there")
            }
            Fault::TooLong { claims, limit } => {
                write!(f, "a record claims {claims} bytes (at most {limit} are believed)")
            }
            Fault::BlockLength { kind, length } => {
                write!(f, "a pcapng block of type {kind:#x} has the impossible length {length}")
            }
            Fault::LengthsDiffer { start, end } => {
                write!(f, "a pcapng block says it has {start} bytes at its start and {end} at its end")
            }
            Fault::ByteOrder(magic) => write!(f, "unknown pcapng byte-order magic {magic:#010x}"),
            Fault::Version(major) => write!(f, "pcapng section of unknown version {major}"),
            Fault::Interface(id) => write!(f, "a frame of interface {id}, which is not described"),
            Fault::TooManyInterfaces => write!(f, "more than {MAX_INTERFACES} interfaces"),
            Fault::Compressed { at, message } => write!(
                f,
                "compressed data damaged near byte {at} of the file as it is stored ({message}; \
                 zstd windows above {} MiB are refused)",
                MAX_ZSTD_WINDOW >> 20
            ),
        }
    }
}

//! Between the appliance's own processes: what a face (panel, console) asks of
//! the set-up service over its Unix socket, and what it is told.
//!
//! A face sends one [`Ask`] and reads [`Say`]s until one that [`Say::ends`];
//! then it may ask again. Both ends are of one build, so these messages are not
//! frozen. Settings go by id and text: `contract/settings` gives them meaning.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use model::{ErrorCode, Time};
use serde::{Deserialize, Serialize};

use crate::envelope::{Kind, Message, WireError, decode, encode};
use crate::{Fact, PortStatus, SpoolStatus, State, Status};

/// Where the service listens unless it is told otherwise.
pub const SOCKET: &str = "/run/stillwatch/setup.sock";

/// Longest message in bytes.
pub const MAX_LOCAL: usize = 1 << 20;

/// What a face asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// How everything stands → [`Say::Overview`].
    Overview,
    /// What is set → [`Say::Settings`].
    Settings,
    /// Would these changes be taken? → [`Say::Done`], [`Say::Wrong`].
    Check(Vec<Change>),
    /// Take these changes. What concerns the management network is tried, tested
    /// ([`Say::Step`]s) and undone after 110 s unless [`Ask::Confirm`] comes →
    /// [`Say::Done`], [`Say::Confirm`], [`Say::Wrong`], [`Say::Failed`].
    Apply(Vec<Change>),
    /// Keep what is being tried → [`Say::Done`].
    Confirm,
    /// Undo it at once → [`Say::Done`].
    Revert,
    /// Test the way to the platform → [`Say::Step`]s, then [`Say::Done`] or [`Say::Failed`].
    Test,
    /// Register with this personalization code → [`Say::Step`]s, [`Say::Done`] or [`Say::Failed`].
    Register {
        /// As it was typed.
        code: Secret,
        /// Also when the box is registered: its old identity is lost.
        anew: bool,
    },
    /// Look at the network → [`Say::Line`]s, then [`Say::Done`] or [`Say::Failed`].
    Look(Look),
    /// The newest lines of the log → [`Say::Line`]s, [`Say::Done`].
    Log(u32),
    /// Blink a port's light for so many seconds → [`Say::Done`].
    Blink(String, u8),
    /// Is this the console's password? Slow after wrong tries → [`Say::Done`], [`Say::Failed`].
    Login(Secret),
    /// Set the console's password; blank: none → [`Say::Done`], [`Say::Failed`].
    Password {
        /// The one that is set.
        old: Secret,
        /// The new one.
        new: Secret,
    },
    /// Is this the panel's PIN? → [`Say::Done`], [`Say::Failed`].
    Pin(Secret),
    /// Restart or switch off → [`Say::Done`].
    Power {
        /// Off, not restart.
        off: bool,
        /// Why; may be empty. Kept with the reasons of reboots.
        reason: String,
    },
    /// Network and proxy as they were at delivery → [`Say::Done`].
    ResetNetwork,
    /// Everything as at delivery. The sensor's name must be typed → [`Say::Done`], [`Say::Failed`].
    FactoryReset(String),
    /// The settings as a text file, without secrets → [`Say::Text`].
    Backup,
    /// Takes such a file, as [`Ask::Apply`].
    Restore(String),
    /// Makes a support bundle → [`Say::Text`] with what it holds.
    Support,
    /// Install a bundle from a USB stick → [`Say::Line`]s, [`Say::Done`], [`Say::Failed`].
    Update,
    /// Go back to the version before → [`Say::Done`], [`Say::Failed`].
    RollBack,
    /// From the sensing process, every second or so → [`Say::Orders`].
    Sensing(alloc::boxed::Box<Sensing>),
    /// What the sensing process is told → [`Say::Orders`]; for who uses its line to the platform too.
    Orders,
}

/// A setting's id and the text typed for it; blank clears it.
pub type Change = (String, String);

/// Text that `Debug` does not show.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A look at the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// ICMP echo to a name or address.
    Ping(String),
    /// Addresses of a name.
    Resolve(String),
    /// The table of routes.
    Routes,
}

/// What a face is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Say {
    /// How everything stands.
    Overview(alloc::boxed::Box<Overview>),
    /// Every setting, in the order of the list.
    Settings(Vec<Setting>),
    /// A step of a test, as it is done.
    Step(Step),
    /// A line of text.
    Line(String),
    /// Done, in a sentence.
    Done(String),
    /// The changes are in force and tested; they are undone after so many seconds
    /// unless they are confirmed.
    Confirm(u32),
    /// Not taken: what is wrong, by setting. Nothing was changed.
    Wrong(Vec<Wrong>),
    /// It went wrong.
    Failed(Failed),
    /// A text file, or several lines.
    Text(String),
    /// What the sensing process is to do.
    Orders(Orders),
}

impl Say {
    /// Nothing more comes after this one.
    pub fn ends(&self) -> bool {
        !matches!(self, Say::Step(_) | Say::Line(_))
    }
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Its id.
    pub id: String,
    /// Canonical text; empty for a secret and when nothing is set.
    pub value: String,
    /// Somebody set it: not its default.
    pub set: bool,
    /// What a face may start with; empty: nothing.
    pub suggestion: String,
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// Its id.
    pub id: String,
    /// At most 16 characters.
    pub words: String,
    /// What to write instead.
    pub remedy: String,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Its code, when the table of errors has one.
    pub code: Option<ErrorCode>,
    /// What was tried and what came of it.
    pub words: String,
    /// What to do.
    pub remedy: String,
}

impl Failed {
    /// Of a code of the table, whose remedy it has.
    pub fn coded(code: ErrorCode, words: impl Into<String>) -> Failed {
        Failed { code: Some(code), words: words.into(), remedy: code.remedy().into() }
    }

    /// Of words and a remedy alone.
    pub fn plain(words: impl Into<String>, remedy: impl Into<String>) -> Failed {
        Failed { code: None, words: words.into(), remedy: remedy.into() }
    }
}

/// `E05 DNS failed: …. Check the DNS servers and the name.`
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = self.code {
            write!(f, "{code}: ")?;
        }
        write!(f, "{}", self.words)?;
        if !self.remedy.is_empty() {
            write!(f, ". {}", self.remedy)?;
        }
        Ok(())
    }
}

/// A step of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is tested: at most 8 characters (`link`, `gateway`, `DNS`, `TLS`).
    pub name: String,
    /// What was found.
    pub outcome: Result<String, Failed>,
}

/// How everything stands: enough for the console's banner and the panel's rotation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Product and version (`stillwatch 0.1.0`).
    pub version: String,
    /// Which slot runs; empty on an ordinary install.
    pub slot: String,
    /// Serial number of the machine; may be empty.
    pub serial: String,
    /// Name that the platform gave it; empty before registration.
    pub name: String,
    /// Host name.
    pub hostname: String,
    /// Seconds since the machine started.
    pub uptime: u64,
    /// Its clock, and minutes east of UTC in which times are shown.
    pub time: (Time, i32),
    /// How far the clock is off, nanoseconds; none: not known.
    pub clock_offset: Option<i64>,
    /// The management port.
    pub management: Management,
    /// The platform and the way to it.
    pub platform: Platform,
    /// What sensing does; none: it does not run.
    pub sensing: Option<State>,
    /// Sniffing ports.
    pub ports: Vec<Sniffing>,
    /// What is wrong or worth a look, worst first: the mirror verdict and more.
    pub findings: Vec<Fact>,
    /// Sightings known, how many of them are inventoried.
    pub sightings: [u64; 2],
    /// Inventoried sightings that are new in the last 24 hours.
    pub new: u64,
    /// Load of each core, thousandths.
    pub cores: Vec<u16>,
    /// Memory used and present, KiB.
    pub memory_kib: [u64; 2],
    /// Disk of the state used and present, KiB.
    pub disk_kib: [u64; 2],
    /// Reports that wait.
    pub spool: SpoolStatus,
    /// Temperature in thousandths of a degree Celsius, where the board has a sensor.
    pub temperature: Option<i32>,
    /// Fingerprints in full: of what (`platform CA`), SHA-256 in hexadecimal pairs.
    pub fingerprints: Vec<(String, String)>,
    /// What to do next, in a sentence; empty: nothing.
    pub next: String,
    /// What is being tried, and seconds until it is undone.
    pub trying: Option<u32>,
    /// The console has a password.
    pub password: bool,
    /// The panel has a PIN.
    pub pin: bool,
}

/// The management port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Management {
    /// Its name.
    pub port: String,
    /// Its MAC, `aa:bb:cc:dd:ee:ff`.
    pub mac: String,
    /// Carrier.
    pub link: bool,
    /// Mb/s, 0 when not known.
    pub speed: u32,
    /// Addresses with their prefix, each with how it was obtained (`DHCP until 12:00`, `static`, `SLAAC`).
    pub addresses: Vec<(String, String)>,
    /// Gateways in use.
    pub gateways: Vec<String>,
    /// DNS servers in use.
    pub dns: Vec<String>,
    /// What is wrong with it.
    pub fault: Option<Failed>,
}

/// The platform, as this box sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Its address; empty: not set.
    pub address: String,
    /// The proxy on the way; empty: none.
    pub proxy: String,
    /// Where registration stands.
    pub standing: Standing,
    /// When it last took a report or said hello; zero: never.
    pub heard: Time,
    /// What is wrong with the way to it.
    pub fault: Option<Failed>,
    /// When the sensor's certificate ends; zero: none.
    pub certificate_ends: Time,
}

/// Where registration stands (`product.md` §1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// No code has been entered yet.
    #[default]
    Unregistered,
    /// Registered, and the platform answers.
    Online,
    /// Registered, and the platform does not answer.
    Offline,
    /// A copy of this sensor reports too.
    Quarantined,
    /// The platform removed this sensor.
    Deregistered,
}

impl Standing {
    /// At most 16 characters.
    pub const fn words(self) -> &'static str {
        match self {
            Standing::Unregistered => "not registered",
            Standing::Online => "online",
            Standing::Offline => "offline",
            Standing::Quarantined => "quarantined",
            Standing::Deregistered => "removed",
        }
    }
}

/// A sniffing port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sniffing {
    /// How it is doing.
    pub port: PortStatus,
    /// Written beside it; may be empty.
    pub label: String,
    /// Who says by LLDP or CDP that this is the other end (`sw1 Gi1/0/7`); may be empty.
    pub neighbour: String,
}

/// What the sensing process tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sensing {
    /// Its status, as the platform gets it; none: it does not sense yet.
    pub status: Option<Status>,
    /// How the line to the platform stands.
    pub standing: Standing,
    /// What is wrong with it.
    pub fault: Option<Failed>,
    /// When the platform last answered; zero: never.
    pub heard: Time,
    /// Neighbours of ports: port, who.
    pub neighbours: Vec<(String, String)>,
    /// Inventoried sightings that are new in the last 24 hours.
    pub new: u64,
}

/// What the sensing process is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// Grows when anything below, or the box's identity, has changed: begin again with it.
    pub generation: u64,
    /// Registered: there is something to report to.
    pub registered: bool,
    /// Ports to listen at.
    pub ports: Vec<String>,
    /// The proxy; none: none.
    pub proxy: Option<ProxyOrders>,
}

/// The proxy on the way to the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyOrders {
    /// `http`, `https`, `socks5`.
    pub kind: String,
    /// `host:port`.
    pub address: String,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// CAs in PEM of an `https` proxy; empty: the public ones.
    pub ca: String,
    /// Platforms reached without it.
    pub bypass: Vec<String>,
}

impl Message for Ask {
    const KIND: Kind = Kind::LocalAsk;
}
impl Message for Say {
    const KIND: Kind = Kind::LocalSay;
}

/// A message for the socket: its length in four bytes, little-endian, and itself.
pub fn frame<M: Message>(message: &M) -> Vec<u8> {
    let body = encode(message);
    let mut out = Vec::from((body.len() as u32).to_le_bytes());
    out.extend(body);
    out
}

/// Takes the first whole message out of what arrived; `None`: more must come.
///
/// # Errors
/// What is no message: the connection is of no use any more.
pub fn unframe<M: Message>(arrived: &mut Vec<u8>) -> Result<Option<M>, WireError> {
    let Some((length, rest)) = arrived.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_LOCAL {
        return Err(WireError::TooLong(length));
    }
    let Some(body) = rest.get(..length) else { return Ok(None) };
    let message = decode(body)?;
    arrived.drain(..4 + length);
    Ok(Some(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn messages_come_out_whole_however_they_arrive() {
        let asks = [Ask::Overview, Ask::Apply(vec![("network.mode".into(), "dhcp".into())]), Ask::Test];
        let sent: Vec<u8> = asks.iter().flat_map(frame).collect();
        let (mut arrived, mut got) = (Vec::new(), Vec::new());
        for byte in sent {
            arrived.push(byte);
            while let Some(ask) = unframe::<Ask>(&mut arrived).unwrap() {
                got.push(ask);
            }
        }
        assert_eq!(got, asks);
        assert!(arrived.is_empty());
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(unframe::<Ask>(&mut vec![255; 8]), Err(WireError::TooLong(u32::MAX as usize)));
        assert_eq!(unframe::<Ask>(&mut vec![3, 0, 0, 0, 1, 2, 3]), Err(WireError::Foreign));
        assert_eq!(unframe::<Ask>(&mut frame(&Say::Done(String::new()))), Err(WireError::Kind(65)));
    }

    #[test]
    fn secrets_are_not_shown() {
        let ask = Ask::Register { code: Secret("1234".into()), anew: false };
        assert!(!alloc::format!("{ask:?}").contains("1234"));
    }
}

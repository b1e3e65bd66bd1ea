//! The line of deliveries: who is at which number, and whether there is one of
//! each sensor only (`setup.md` §5).

use alloc::string::String;
use alloc::vec::Vec;

use model::Time;
use serde::{Deserialize, Serialize};

use crate::envelope::{Kind, Message};

/// 128 random bits made with a spool: names one line of numbered batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub [u8; 16]);

/// The rolling nonce: each connection shows the last one it was given and gets
/// another. One that was already replaced means *restored or cloned*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Nonce(pub [u8; 16]);

/// Sensor, at each connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Its line.
    pub epoch: Epoch,
    /// Number of the next batch it would send.
    pub next: u64,
    /// The nonce it was given last.
    pub nonce: Nonce,
    /// Product and version.
    pub version: String,
    /// Oldest and newest version of these messages that it understands.
    pub speaks: [u16; 2],
}

/// How the platform sees this line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Go on with this number.
    Continue {
        /// The number the platform waits for.
        next: u64,
    },
    /// The nonce was replaced already: this is a restored or cloned sensor. Make
    /// a new epoch, number what is in the spool anew from 1.
    NewEpoch,
    /// Two lines of this sensor go on side by side, and this is the newer one:
    /// keep the reports; an operator must choose.
    Quarantined,
    /// The sensor was removed: stop reporting, forget the certificate.
    Deregistered,
}

/// Platform's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloReply {
    /// How it stands.
    pub standing: Standing,
    /// The nonce to show next. The one shown stays good until this one was used,
    /// since an answer may be lost.
    pub nonce: Nonce,
    /// The platform's clock.
    pub time: Time,
    /// CAs to trust beside those known already, DER.
    pub authorities: Vec<Vec<u8>>,
}

/// Platform's answer to a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchReply {
    /// Taken and on disk, or known already; the next number.
    Taken {
        /// What to send next.
        next: u64,
    },
    /// Another number was expected.
    Want {
        /// What to send next.
        next: u64,
    },
    /// Its content can never be taken (malformed, of a foreign network): it was
    /// counted and skipped, the reason is on the sensor's page.
    Rejected {
        /// What to send next.
        next: u64,
        /// Why.
        words: String,
    },
    /// Say [`Hello`] first: this line is not known, or no longer good.
    Greet,
}

/// A certificate is two thirds over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewRequest {
    /// Certificate signing request with a new key, DER.
    pub csr: Vec<u8>,
}

/// Its successor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewReply {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// CAs to trust, DER.
    pub authorities: Vec<Vec<u8>>,
}

impl Message for Hello {
    const KIND: Kind = Kind::Hello;
}
impl Message for HelloReply {
    const KIND: Kind = Kind::HelloReply;
}
impl Message for BatchReply {
    const KIND: Kind = Kind::BatchReply;
}
impl Message for RenewRequest {
    const KIND: Kind = Kind::RenewRequest;
}
impl Message for RenewReply {
    const KIND: Kind = Kind::RenewReply;
}

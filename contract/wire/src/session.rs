//! The line of deliveries: who is at which number, and whether there is one of
//! each sensor only (`setup.md` §5).

use alloc::string::String;
use alloc::vec::Vec;

use model::Time;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::envelope::{Kind, Message};

/// 128 random bits made with a spool: names one line of numbered batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub [u8; 16]);

/// The rolling nonce: each connection shows the last one it was given and gets
/// another. One that was already replaced means *restored or cloned*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Nonce(pub [u8; 16]);

/// What a line consists of up to a number: a chain of SHA-256 over the contents
/// taken, all zero before number 1. Two lines with one epoch that went apart have
/// different marks from there on, so no batch of one is taken for one of the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark(pub [u8; 32]);

impl Mark {
    /// After a batch with this content (taken or rejected).
    pub fn content(self, content: &[u8]) -> Mark {
        self.step(0, content)
    }

    /// After a batch that stands for dropped ones up to `last`. Its words do not
    /// count: they may change while it waits.
    pub fn gap(self, last: u64) -> Mark {
        self.step(1, &last.to_le_bytes())
    }

    fn step(self, kind: u8, bytes: &[u8]) -> Mark {
        let hash = Sha256::new().chain_update(self.0).chain_update([kind]).chain_update(bytes);
        Mark(hash.finalize().into())
    }
}

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
    /// Go on with this number, if the mark is yours; else somebody else wrote on
    /// this line (a copy of this sensor, or its own later state): make a new epoch.
    Continue {
        /// The number the platform waits for.
        next: u64,
        /// What it took before that number.
        mark: Mark,
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
    /// The nonce to show next: another one in each answer. The one shown stays good
    /// until this one was used, since an answer may be lost; one given before and
    /// never shown does not, so that two who share a nonce are found out.
    pub nonce: Nonce,
    /// The platform's clock.
    pub time: Time,
    /// CAs to trust beside those known already, DER.
    pub authorities: Vec<Vec<u8>>,
}

/// Platform's answer to a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchReply {
    /// Taken and on disk; the next number.
    Taken {
        /// What to send next.
        next: u64,
    },
    /// Another number was expected. When it is a later one, the sensor greets, so
    /// that the marks are compared before it believes that a batch was taken.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_differ_by_content_order_and_kind() {
        let zero = Mark::default();
        let ab = zero.content(b"a").content(b"b");
        let others = [
            zero,
            zero.content(b"ab"),
            zero.content(b"b").content(b"a"),
            zero.content(b"a"),
            zero.gap(1).content(b"b"),
            zero.content(&1u64.to_le_bytes()),
        ];
        assert!(!others.contains(&ab));
        assert_ne!(zero.gap(1), zero.content(&1u64.to_le_bytes()));
        // Frozen: SHA-256 of 32 zero bytes, a zero byte and "a".
        assert_eq!(zero.content(b"a").0[..4], FROZEN);
    }

    const FROZEN: [u8; 4] = [0x66, 0x39, 0x52, 0x4c];
}

//! Registration by a personalization code (`setup.md` §4, `docs/registration.md`).
//!
//! Three exchanges over TLS that is recorded but not yet trusted. What is
//! `Sealed` is readable only with the key that both ends derive from the code.

use alloc::string::String;
use alloc::vec::Vec;

use model::{ErrorCode, Time};
use serde::{Deserialize, Serialize};

use crate::envelope::{Kind, Message};
use crate::{Nonce, SensorConfig};

/// Sensor: I have the code with this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// First six digits of the code.
    pub id: u32,
    /// The sensor's PAKE element.
    pub element: Vec<u8>,
}

/// Platform: then this is my half. An unknown id is answered all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartReply {
    /// Names this exchange in the next steps.
    pub exchange: [u8; 16],
    /// The platform's PAKE element.
    pub element: Vec<u8>,
}

/// Sensor: I have the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Which exchange.
    pub exchange: [u8; 16],
    /// HMAC-SHA-256 over the transcript under the sensor's confirmation key.
    pub proof: [u8; 32],
}

/// Platform: I have it too, and this is who I really am ([`Offer`], sealed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmReply {
    /// HMAC-SHA-256 over the transcript under the platform's confirmation key.
    pub proof: [u8; 32],
    /// A sealed [`Offer`], or a sealed [`Refusal`] (used, expired, locked).
    pub sealed: Vec<u8>,
}

/// Something sealed under the key of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Which exchange.
    pub exchange: [u8; 16],
    /// ChaCha20-Poly1305 (RFC 8439) of an encoded message.
    pub bytes: Vec<u8>,
}

/// Platform, under the key: what TLS must have shown, and who you will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// SHA-256 of each SubjectPublicKeyInfo the sensor endpoint has (a list, so
    /// that a reverse proxy's own certificate can be named).
    pub endpoint_keys: Vec<[u8; 32]>,
    /// The platform's clock.
    pub time: Time,
    /// Id the sensor gets.
    pub sensor: String,
    /// Its name, as given when the code was made.
    pub name: String,
}

/// Sensor, under the key: sign this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRequest {
    /// Certificate signing request, DER (RFC 2986); the key never left the box.
    pub csr: Vec<u8>,
    /// What the box is.
    pub hardware: Hardware,
}

/// What a box says of itself. Hints for people, never keys: clones share them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    /// Product and version of the software.
    pub version: String,
    /// Board name or `generic`.
    pub board: String,
    /// SMBIOS vendor and product.
    pub product: String,
    /// SMBIOS serial number.
    pub serial: String,
    /// SMBIOS UUID.
    pub uuid: String,
    /// Processors.
    pub cores: u16,
    /// Memory in MiB.
    pub memory_mib: u32,
}

/// Platform, under the key: welcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The sensor's certificate, DER.
    pub certificate: Vec<u8>,
    /// CAs to trust from now on, DER; never the public roots alone.
    pub authorities: Vec<Vec<u8>>,
    /// First rolling nonce.
    pub nonce: Nonce,
    /// First configuration.
    pub config: SensorConfig,
}

/// No, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The code an operator sees.
    pub code: ErrorCode,
    /// One sentence more.
    pub words: String,
}

impl Message for Start {
    const KIND: Kind = Kind::Start;
}
impl Message for StartReply {
    const KIND: Kind = Kind::StartReply;
}
impl Message for Confirm {
    const KIND: Kind = Kind::Confirm;
}
impl Message for ConfirmReply {
    const KIND: Kind = Kind::ConfirmReply;
}
impl Message for Sealed {
    const KIND: Kind = Kind::Sealed;
}
impl Message for Offer {
    const KIND: Kind = Kind::Offer;
}
impl Message for RegistrationRequest {
    const KIND: Kind = Kind::RegistrationRequest;
}
impl Message for Grant {
    const KIND: Kind = Kind::Grant;
}
impl Message for Refusal {
    const KIND: Kind = Kind::Refusal;
}

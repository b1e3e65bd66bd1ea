//! The six bytes before every message.

use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{MAX_MESSAGE, MIN_VERSION, VERSION};

/// `SW`: tells a message from whatever else arrives.
const MAGIC: [u8; 2] = *b"SW";

/// Which message follows. Numbers are released: none is used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Kind {
    /// [`crate::Start`].
    Start = 1,
    /// [`crate::StartReply`].
    StartReply = 2,
    /// [`crate::Confirm`].
    Confirm = 3,
    /// [`crate::ConfirmReply`].
    ConfirmReply = 4,
    /// [`crate::Sealed`].
    Sealed = 5,
    /// [`crate::Offer`].
    Offer = 6,
    /// [`crate::RegistrationRequest`].
    RegistrationRequest = 7,
    /// [`crate::Grant`].
    Grant = 8,
    /// [`crate::Refusal`].
    Refusal = 9,
    /// [`crate::Hello`].
    Hello = 16,
    /// [`crate::HelloReply`].
    HelloReply = 17,
    /// [`crate::Batch`].
    Batch = 18,
    /// [`crate::BatchReply`].
    BatchReply = 19,
    /// [`crate::WaitConfig`].
    WaitConfig = 20,
    /// [`crate::SensorConfig`].
    SensorConfig = 21,
    /// [`crate::Status`].
    Status = 22,
    /// [`crate::StatusReply`].
    StatusReply = 23,
    /// [`crate::RenewRequest`].
    RenewRequest = 24,
    /// [`crate::RenewReply`].
    RenewReply = 25,
    /// [`crate::Content`]: what lies in the spool, without number.
    Content = 26,
    /// [`crate::System`].
    System = 27,
    /// [`crate::SystemReply`].
    SystemReply = 28,
    /// [`crate::local::Ask`].
    LocalAsk = 64,
    /// [`crate::local::Say`].
    LocalSay = 65,
}

/// A message that may stand in an envelope.
pub trait Message: Serialize + DeserializeOwned {
    /// Its kind.
    const KIND: Kind;
}

/// Why bytes are no such message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// More than [`MAX_MESSAGE`] bytes.
    TooLong(usize),
    /// Does not begin like a message.
    Foreign,
    /// Of a version this build does not read.
    Version(u16),
    /// Another message than was expected.
    Kind(u16),
    /// Ends early, has something behind it, or holds what cannot be.
    Malformed,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireError::TooLong(len) => write!(f, "the message has {len} bytes, {MAX_MESSAGE} are allowed"),
            WireError::Foreign => f.write_str("this is no Stillwatch message"),
            WireError::Version(version) => {
                write!(
                    f,
                    "the message has version {version}, versions {MIN_VERSION} to {VERSION} are understood: update the older end"
                )
            }
            WireError::Kind(kind) => write!(f, "a message of kind {kind} was not expected here"),
            WireError::Malformed => f.write_str("the message is damaged"),
        }
    }
}

impl core::error::Error for WireError {}

/// The message in its envelope: `SW`, version and kind as 16-bit little-endian
/// numbers, then the postcard bytes.
pub fn encode<M: Message>(message: &M) -> Vec<u8> {
    let mut out = Vec::from(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.extend((M::KIND as u16).to_le_bytes());
    // Plain data into memory: postcard's only errors are of full buffers and of
    // sequences without a length, of which there are none.
    postcard::to_extend(message, out).unwrap_or_default()
}

/// Reads a message back.
///
/// # Errors
/// As [`WireError`] says; nothing of a refused message is used.
pub fn decode<M: Message>(bytes: &[u8]) -> Result<M, WireError> {
    if bytes.len() > MAX_MESSAGE {
        return Err(WireError::TooLong(bytes.len()));
    }
    let [m0, m1, v0, v1, k0, k1, body @ ..] = bytes else { return Err(WireError::Foreign) };
    if [*m0, *m1] != MAGIC {
        return Err(WireError::Foreign);
    }
    let version = u16::from_le_bytes([*v0, *v1]);
    if !(MIN_VERSION..=VERSION).contains(&version) {
        return Err(WireError::Version(version));
    }
    let kind = u16::from_le_bytes([*k0, *k1]);
    if kind != M::KIND as u16 {
        return Err(WireError::Kind(kind));
    }
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        _ => Err(WireError::Malformed),
    }
}

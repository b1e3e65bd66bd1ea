//! How an exchange ends early.

use alloc::string::String;
use core::fmt;

use model::ErrorCode;
use wire::Refusal;

/// Why an exchange ended. None of it is worth another message under its key:
/// begin again with a new `Start`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The other end has another code: wrong digits, or it has none at all. On
    /// the platform this is one wrong try.
    WrongCode,
    /// What TLS showed is none of the platform's keys: somebody opens TLS on the
    /// way. Found by the sensor, costs no try.
    NotTrusted,
    /// The platform said no under the key (used, expired, locked).
    Refused(Refusal),
    /// Bytes that belong to no such exchange: cut, altered, of another exchange,
    /// or in the wrong place.
    Damaged(&'static str),
}

impl Failed {
    /// What an operator sees.
    pub fn code(&self) -> ErrorCode {
        match self {
            Failed::WrongCode => ErrorCode::CodeUnknown,
            Failed::NotTrusted => ErrorCode::NotTrusted,
            Failed::Refused(refusal) => refusal.code,
            Failed::Damaged(_) => ErrorCode::Platform,
        }
    }

    /// One sentence more.
    pub fn words(&self) -> String {
        match self {
            Failed::WrongCode => "the other end does not know this code".into(),
            Failed::NotTrusted => "the certificate that was shown is not the platform's".into(),
            Failed::Refused(refusal) => refusal.words.clone(),
            Failed::Damaged(what) => (*what).into(),
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.words())
    }
}

impl core::error::Error for Failed {}

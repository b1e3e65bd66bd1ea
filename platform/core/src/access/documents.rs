//! What is written of users, sessions and keys.

use model::Time;
use serde::{Deserialize, Serialize};

use super::password::Hashed;
use super::{IDLE, LIFE};
use crate::views::Role;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserDocument {
    /// Role.
    pub(crate) role: Role,
    /// Password, hashed.
    pub(crate) password: Hashed,
    /// When the account was made.
    pub(crate) made: Time,
    /// When they signed in last.
    pub(crate) last: Option<Time>,
    /// The password must be changed.
    pub(crate) must_change: bool,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionDocument {
    /// Whose.
    pub(crate) user: String,
    /// When it began.
    pub(crate) made: Time,
    /// When it was used last, roughly.
    pub(crate) seen: Time,
    /// Token of its forms.
    pub(crate) form: String,
}

impl SessionDocument {
    /// It is not over.
    pub(super) fn lives(&self, now: Time) -> bool {
        now.since(self.seen) < IDLE * Time::SECOND && now.since(self.made) < LIFE * Time::SECOND
    }
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyDocument {
    /// What it is for.
    pub(crate) name: String,
    /// Role.
    pub(crate) role: Role,
    /// SHA-256 of the whole key, hexadecimal: it has 256 random bits, no more is needed.
    pub(crate) digest: String,
    /// When it was made.
    pub(crate) made: Time,
    /// Until when it is good.
    pub(crate) until: Option<Time>,
    /// When it was used last, roughly.
    pub(crate) last: Option<Time>,
}

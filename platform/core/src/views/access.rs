//! Who may do what.

use assets::doc::Stamp;
use serde::{Deserialize, Serialize};

/// What somebody may do; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Read.
    Viewer,
    /// Judge identity, set values, configure ranges, make and lead sensors.
    Operator,
    /// Everything: users, keys, networks.
    Admin,
}

/// A user, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Name to sign in with.
    pub name: String,
    /// Role.
    pub role: Role,
    /// When the account was made.
    pub made: Stamp,
    /// When they signed in last.
    pub last: Option<Stamp>,
    /// The password must be changed at the next sign-in.
    pub must_change: bool,
}

/// Somebody who is signed in, by session or by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// User's name, or `key:` and the key's name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Guards forms: a form's token must be this (cross-site request forgery). Empty for keys.
    pub form_token: String,
    /// The password must be changed before anything else.
    pub must_change: bool,
}

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Its prefix: names it.
    pub prefix: String,
    /// What it is for.
    pub name: String,
    /// Role.
    pub role: Role,
    /// When it was made.
    pub made: Stamp,
    /// Until when it is good, if not for ever.
    pub until: Option<Stamp>,
    /// When it was used last.
    pub last: Option<Stamp>,
}

/// A new key; the only time its secret is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewKey {
    /// The key.
    pub key: ApiKey,
    /// What to send as `Authorization: Bearer`.
    pub secret: String,
}

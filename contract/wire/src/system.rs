//! What an appliance tells of its own system – version, update, what it recovered from – and
//! what it may install.
//!
//! The platform chooses *when*; *what* is proved by the bundle's own signatures, which the
//! appliance checks with keys built into its image. A platform that was taken over can hold
//! updates back, and nothing more.

use alloc::string::String;
use alloc::vec::Vec;

use model::{ErrorCode, Time};
use serde::{Deserialize, Serialize};

use crate::envelope::{Kind, Message};

/// An appliance, at its start, every few minutes, and when something below changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// Name of its board: images and bundles are made for one.
    pub board: String,
    /// Version that runs, `1.2.3`.
    pub version: String,
    /// Name of the file that was booted; empty where there are no slots to choose from.
    pub slot: String,
    /// The last update.
    pub update: UpdateState,
    /// Why the machine should be restarted (`reboot_required`); empty: no need.
    pub restart: String,
    /// When this start was, by the machine's clock; zero: not known.
    pub started: Time,
    /// How the run before ended, in words; empty: as it was told to.
    pub ended: String,
    /// What was started again since this start, newest last: at most 16 are told.
    pub crashes: Vec<Crash>,
}

/// A part of the appliance that ended by itself and was started again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// Its name (`sensor`, `setup`).
    pub part: String,
    /// When.
    pub at: Time,
    /// How it ended and its last words.
    pub words: String,
}

/// Where the last update stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpdateState {
    /// Nothing has been tried.
    #[default]
    None,
    /// A bundle is being fetched: so many bytes of all are here.
    Fetching {
        /// Version of the bundle.
        version: String,
        /// Bytes that are here.
        done: u64,
        /// All of them.
        size: u64,
    },
    /// Installed; the restart into it comes.
    Installed {
        /// Version of the bundle.
        version: String,
    },
    /// Runs on trial: not blessed yet.
    Trial {
        /// Version of the bundle.
        version: String,
    },
    /// Runs and is kept.
    Good {
        /// Version of the bundle.
        version: String,
    },
    /// Refused before anything was changed.
    Refused {
        /// Version that the bundle says it has; may be empty.
        version: String,
        /// Its code (E19, E20).
        code: ErrorCode,
        /// Why.
        words: String,
    },
    /// Did not work; the version before runs again (E20).
    RolledBack {
        /// Version that was tried.
        version: String,
        /// Why it was given up, in words.
        words: String,
    },
}

/// The platform's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemReply {
    /// What it may install now; none: nothing.
    pub offer: Option<Bundle>,
}

/// A bundle that the platform has for an appliance, got under [`crate::path::BUNDLE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// SHA-256 of the whole file, and its name in the path, in hexadecimal.
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
    /// Version in it.
    pub version: String,
}

impl Message for System {
    const KIND: Kind = Kind::System;
}
impl Message for SystemReply {
    const KIND: Kind = Kind::SystemReply;
}

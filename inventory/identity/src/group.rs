//! The result: groups of observations that are one device.

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::{Mac, NetworkId, Time};

use crate::place::Piece;
use crate::routers::Reason;
use crate::{Key, Proof, Rule};

/// One device, as far as was heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its keys; the first is the strongest and names it.
    pub keys: BTreeSet<Key>,
    /// What is said of it, by interval.
    pub pieces: Vec<Piece>,
    /// Its MACs, in order of network and MAC.
    pub macs: Vec<MacSeen>,
    /// Addresses and when it had them, in order of network, address, time.
    pub addresses: Vec<Held>,
    /// Which rule joined which keys, strongest rule first.
    pub joins: Vec<Joined>,
    /// What is worth a look.
    pub flags: BTreeSet<Flag>,
    /// Keys that users said are never of it.
    pub never: BTreeSet<Key>,
    /// Observations of an address while several MACs claimed it: they are
    /// nobody's, and this is no device.
    pub contested: bool,
}

/// A MAC of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacSeen {
    /// Network it was heard in.
    pub network: NetworkId,
    /// The MAC.
    pub mac: Mac,
    /// What kind it is.
    pub nature: MacNature,
    /// Why it is a router's, if it is.
    pub router: Option<Reason>,
    /// First and last time it was heard, forwarded frames included.
    pub first: Time,
    /// See `first`.
    pub last: Time,
}

/// Kind of a MAC, from the U/L bit and from behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MacNature {
    /// From an IEEE block.
    Universal,
    /// Locally administered and known to stay.
    LocalStable,
    /// Locally administered, and its device has had another one.
    LocalRotating,
    /// Locally administered; too little was heard to say more.
    Local,
}

/// An address a group had.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Its network.
    pub network: NetworkId,
    /// The address.
    pub ip: IpAddr,
    /// The MAC it was on; `None`: no MAC is known.
    pub mac: Option<Mac>,
    /// What binds the two.
    pub proof: Option<Proof>,
    /// First and last time heard.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// Frames or observations.
    pub count: u64,
    /// End of the last lease heard.
    pub lease_until: Option<Time>,
}

/// One step of joining.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Joined {
    /// The rule.
    pub rule: Rule,
    /// One key.
    pub a: Key,
    /// The other.
    pub b: Key,
    /// Intervals that say so (at most [`crate::join::MAX_EVIDENCE`]).
    pub evidence: Vec<usize>,
}

/// Something worth a look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flag {
    /// Stable name.
    pub name: &'static str,
    /// Why, in words.
    pub because: String,
}

impl Flag {
    /// The MAC relays for others.
    pub const ROUTER: &'static str = "router";
    /// A MAC of a redundancy protocol.
    pub const VIRTUAL_ROUTER: &'static str = "virtual-router";
    /// Known by a private MAC only.
    pub const PRIVATE_ADDRESS: &'static str = "private-address";
    /// One MAC or address with several hostnames: a dock, an adapter, a relay.
    pub const SHARED: &'static str = "shared-mac";
    /// Another device claims the same address at the same time.
    pub const DUPLICATE_IP: &'static str = "duplicate-ip";
    /// Someone should look at how it was joined.
    pub const REVIEW: &'static str = "review";

    /// A flag.
    pub fn new(name: &'static str, because: impl Into<String>) -> Flag {
        Flag { name, because: because.into() }
    }
}

//! Every (MAC, IP) that was heard together, and how.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::{Interval, Mac, NetworkId, Time};

use crate::proof::{Proof, is_direct};

/// What is known of one (network, MAC, IP).
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The strongest binding.
    pub proof: Proof,
    /// A TTL that no router has counted down was heard.
    pub direct: bool,
    /// A TTL that a router has counted down was heard.
    pub counted_down: bool,
    /// First and last time of anything heard of the pair.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// Frames of it, by `eth.source`.
    pub frames: u64,
    /// Other observations of it.
    pub observations: u64,
    /// Longest lease heard, in seconds.
    pub lease: Option<u64>,
    /// Last time a lease was acknowledged.
    pub leased: Option<Time>,
}

impl Pair {
    /// Bound by more than a plain frame.
    pub fn is_proven(&self) -> bool {
        self.proof < Proof::Frame
    }

    /// Came from behind a router, as far as its TTL tells.
    pub fn is_remote(&self) -> bool {
        self.counted_down && !self.direct
    }

    /// Frames, or observations when frames were not counted.
    pub fn count(&self) -> u64 {
        if self.frames > 0 { self.frames } else { self.observations }
    }

    /// Both were heard at some time.
    pub fn overlaps(&self, other: &Pair) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Pairs in order of network, MAC, address.
pub type Pairs = BTreeMap<(NetworkId, Mac, IpAddr), Pair>;

/// Collects the pairs of some intervals.
pub fn gather<'a>(intervals: impl Iterator<Item = &'a Interval>) -> Pairs {
    let mut pairs = Pairs::new();
    for interval in intervals {
        let Some((network, mac, ip, proof)) = Proof::of(interval) else {
            continue;
        };
        let pair = pairs.entry((network, mac, ip)).or_insert(Pair {
            proof,
            direct: false,
            counted_down: false,
            first: interval.first,
            last: interval.last,
            frames: 0,
            observations: 0,
            lease: None,
            leased: None,
        });
        pair.proof = pair.proof.min(proof);
        pair.first = pair.first.min(interval.first);
        pair.last = pair.last.max(interval.last);
        let counter = if interval.field == "eth.source" { &mut pair.frames } else { &mut pair.observations };
        *counter = counter.saturating_add(interval.count);
        if interval.field == "ip.ttl" {
            match interval.value.parse().ok().and_then(is_direct) {
                Some(true) => pair.direct = true,
                Some(false) => pair.counted_down = true,
                None => {}
            }
        }
        if proof == Proof::Lease {
            pair.lease = pair.lease.max(interval.value.parse().ok());
            pair.leased = pair.leased.max(Some(interval.last));
        }
    }
    pairs
}

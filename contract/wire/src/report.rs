//! What a sensor heard.

use alloc::string::String;
use alloc::vec::Vec;

use model::{Conversation, Interval, NetworkId, Time};
use serde::{Deserialize, Serialize};
use zones::Range;

use crate::Epoch;
use crate::envelope::{Kind, Message};

/// One numbered delivery of a line of deliveries.
///
/// Numbers of an epoch start at 1 and have no holes: the platform takes `first`
/// only when it is the next one, and then waits for `last` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Which line.
    pub epoch: Epoch,
    /// Its number.
    pub first: u64,
    /// The same, except for a [`Content::Gap`], which stands for several.
    pub last: u64,
    /// An encoded [`Content`], as it lay in the spool.
    pub content: Vec<u8>,
}

/// What a batch holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// What was heard.
    Report(Report),
    /// What was heard and had to be dropped.
    Gap(Gap),
}

/// What was new or changed since the report before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When the sensing process began, in nanoseconds: records of two runs add up.
    pub run: Time,
    /// When the report was made.
    pub made: Time,
    /// The wall clock was moved by so many nanoseconds since the report before;
    /// times before and after it are each of their own clock.
    pub clock_step: i64,
    /// Observations; each a running total of this run.
    pub intervals: Vec<Interval>,
    /// Conversations that ended their reporting period.
    pub records: Vec<Record>,
    /// Observations of this run for which there was no room.
    pub dropped: u64,
}

/// All flows of one conversation in one period. Final: it is never sent again
/// with other counters, so a repeat is recognised by `run`, its key and `start`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Record {
    /// Start of the period, included; a multiple of five minutes of UTC.
    pub start: Time,
    /// End of the period, not included; at most 30 minutes after `start`.
    pub end: Time,
    /// What was counted in it.
    pub conversation: Conversation,
}

/// Batches that were dropped, oldest first, because the spool was full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// When the first of them was made.
    pub since: Time,
    /// When the last of them was made.
    pub until: Time,
    /// Bytes dropped.
    pub bytes: u64,
    /// Why, in words.
    pub reason: String,
}

/// A range in which hosts are heard, told before any range is configured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeardRange {
    /// Which network.
    pub network: NetworkId,
    /// The range: a /24 of IPv4, a /64 of IPv6.
    pub range: Range,
    /// Outer VLAN ids it was heard on, ascending, at most eight; empty: untagged.
    pub vlans: Vec<u16>,
    /// Different hosts.
    pub hosts: u32,
    /// First and last time.
    pub first: Time,
    /// See `first`.
    pub last: Time,
}

impl Message for Batch {
    const KIND: Kind = Kind::Batch;
}
impl Message for Content {
    const KIND: Kind = Kind::Content;
}

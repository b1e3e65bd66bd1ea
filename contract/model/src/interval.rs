//! What was heard of a sighting, folded over time.

use alloc::borrow::Cow;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{Sighting, Time};

/// A service's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Port {
    /// IP protocol number (6 TCP, 17 UDP).
    pub transport: u8,
    /// Port number.
    pub number: u16,
}

/// One (sighting, field, port, value) with when and how often it was heard.
///
/// An interval is a *running total*: a sensor that has more to say of a key sends
/// the whole of it again. Folding two of the same key is therefore a join
/// (commutative, associative, idempotent): order, batching and repeats change nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    /// Whom it is about.
    pub sighting: Sighting,
    /// The field's written form, `protocol.name`.
    pub field: Cow<'static, str>,
    /// The service it was heard on, for fields of scope `Service`.
    pub port: Option<Port>,
    /// The value as text, at most [`crate::MAX_VALUE`] bytes.
    pub value: String,
    /// First and last time it was heard.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// How often.
    pub count: u64,
    /// Number (from 1) of the frame `first` speaks of, 0 when unknown.
    pub frame: u64,
}

impl Interval {
    /// True when both are intervals of the same key and may be folded.
    pub fn same_key(&self, other: &Interval) -> bool {
        (self.sighting, self.port) == (other.sighting, other.port)
            && self.field == other.field
            && self.value == other.value
    }

    /// Takes in another interval of the same key: the union of the times, the
    /// larger count, the frame of the earlier first time.
    pub fn fold(&mut self, other: &Interval) {
        // A frame that is not known (0) never takes the place of one that is.
        let order = |of: &Interval| (of.first, of.frame.wrapping_sub(1));
        if order(other) < order(self) {
            (self.first, self.frame) = (other.first, other.frame);
        }
        self.last = self.last.max(other.last);
        self.count = self.count.max(other.count);
    }
}

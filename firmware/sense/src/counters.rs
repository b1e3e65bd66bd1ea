//! What is counted of a conversation in one period.

use model::Time;

use crate::event::FlowDelta;

/// The counters; what every flow adds to comes first, in one cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Counters {
    pub flows: u64,
    pub packets: [u64; 2],
    pub bytes: [u64; 2],
    pub first: Time,
    pub last: Time,
    pub frame: u64,
    pub copies: [u64; 2],
    pub copy_bytes: [u64; 2],
    /// Beginning of the period.
    pub start: Time,
}

impl Default for Counters {
    fn default() -> Counters {
        Counters {
            flows: 0,
            packets: [0; 2],
            bytes: [0; 2],
            first: Time(u64::MAX),
            last: Time(0),
            frame: 0,
            copies: [0; 2],
            copy_bytes: [0; 2],
            start: Time(u64::MAX),
        }
    }
}

/// Adds two ways.
fn both(to: &mut [u64; 2], from: [u64; 2]) {
    *to = [to[0] + from[0], to[1] + from[1]];
}

impl Counters {
    /// True when nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.flows == 0 && self.packets == [0; 2] && self.copies == [0; 2]
    }

    /// Adds what a flow counted; `start` stays as it is.
    pub fn add(&mut self, delta: &FlowDelta) {
        self.flows += u64::from(delta.flows);
        both(&mut self.packets, delta.packets.map(u64::from));
        both(&mut self.bytes, delta.bytes.map(u64::from));
        both(&mut self.copies, delta.copies.map(u64::from));
        both(&mut self.copy_bytes, delta.copy_bytes.map(u64::from));
        if (delta.first, delta.frame) < (self.first, self.frame) {
            (self.first, self.frame) = (delta.first, delta.frame);
        }
        self.last = self.last.max(delta.last);
    }

    /// Adds other counters of the same conversation; the period is that of both.
    pub fn join(&mut self, other: &Counters) {
        self.flows += other.flows;
        both(&mut self.packets, other.packets);
        both(&mut self.bytes, other.bytes);
        both(&mut self.copies, other.copies);
        both(&mut self.copy_bytes, other.copy_bytes);
        if (other.first, other.frame) < (self.first, self.frame) {
            (self.first, self.frame) = (other.first, other.frame);
        }
        self.last = self.last.max(other.last);
        self.start = self.start.min(other.start);
    }
}

/// Sums of conversations that made room for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many times a conversation was folded away.
    pub conversations: u64,
    /// Flows in them.
    pub flows: u64,
    /// Packets, both ways, and the copies left out.
    pub packets: u64,
    /// See `packets`.
    pub copies: u64,
    /// Bytes, both ways.
    pub bytes: u64,
}

impl Others {
    /// A conversation is folded away.
    pub fn add(&mut self, counters: &Counters) {
        self.conversations += 1;
        self.flows += counters.flows;
        self.packets += counters.packets.iter().sum::<u64>();
        self.copies += counters.copies.iter().sum::<u64>();
        self.bytes += counters.bytes.iter().sum::<u64>();
    }

    /// Flows that were never filed under a conversation.
    pub fn turn_away(&mut self, delta: &FlowDelta) {
        let sum = |ways: [u32; 2]| ways.into_iter().map(u64::from).sum::<u64>();
        self.conversations += u64::from(delta.flows);
        self.flows += u64::from(delta.flows);
        self.packets += sum(delta.packets);
        self.copies += sum(delta.copies);
        self.bytes += sum(delta.bytes);
    }
}

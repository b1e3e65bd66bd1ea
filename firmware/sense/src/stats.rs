//! What a worker counts: totals that reconcile, and what tells of a bad mirror.

use std::collections::BTreeMap;

use packet::Copy;

/// Counters of one worker, or the sum of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Frames taken in, and their bytes on the wire.
    pub frames: u64,
    /// See `frames`.
    pub bytes: u64,
    /// Frames the capture cut short.
    pub truncated: u64,
    /// Frames of link types that are not understood, by LINKTYPE number.
    pub unknown_links: BTreeMap<u16, u64>,
    /// Frames whose headers did not fit.
    pub malformed: u64,
    /// IP packets counted to a conversation.
    pub ip: u64,
    /// Frames without IP (ARP, LLDP, STP …).
    pub other: u64,
    /// Copies left out of `ip`, by kind: exact, re-tagged, routed.
    pub copies: [u64; 3],
    /// TCP flows with data or acknowledgements, and how many of them were heard in one direction only, by VLAN (none: 0xffff).
    pub tcp_flows: BTreeMap<u16, [u64; 2]>,
    /// Bytes of TCP payload that were never heard though later ones were.
    pub gap_bytes: u64,
    /// Layers taken off, by place in [`packet::Stripped::NAMES`].
    pub stripped: [u64; 10],
    /// Frames with each VLAN id.
    pub vlans: BTreeMap<u16, u64>,
    /// Messages that a dissector gave up on, by protocol.
    pub refused: BTreeMap<&'static str, u64>,
    /// Dissectors that panicked, by protocol: our bug, the flow was let go.
    pub panics: BTreeMap<&'static str, u64>,
    /// Flows that made room for others.
    pub evicted: u64,
    /// Streams unread for want of a buffer.
    pub unread: u64,
}

impl Stats {
    pub(crate) fn copy(&mut self, kind: Copy) {
        let place = match kind {
            Copy::Exact => 0,
            Copy::Retagged => 1,
            Copy::Routed => 2,
        };
        self.copies[place] += 1;
    }

    /// All copies.
    pub fn copied(&self) -> u64 {
        self.copies.iter().sum()
    }

    /// Adds another worker's counters.
    pub fn add(&mut self, other: &Stats) {
        fn maps<K: Ord + Clone>(to: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
            from.iter().for_each(|(key, count)| *to.entry(key.clone()).or_default() += count);
        }
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.truncated += other.truncated;
        self.malformed += other.malformed;
        self.ip += other.ip;
        self.other += other.other;
        self.gap_bytes += other.gap_bytes;
        self.evicted += other.evicted;
        self.unread += other.unread;
        self.copies.iter_mut().zip(other.copies).for_each(|(to, from)| *to += from);
        self.stripped.iter_mut().zip(other.stripped).for_each(|(to, from)| *to += from);
        maps(&mut self.unknown_links, &other.unknown_links);
        maps(&mut self.vlans, &other.vlans);
        maps(&mut self.refused, &other.refused);
        maps(&mut self.panics, &other.panics);
        for (vlan, [all, one_way]) in &other.tcp_flows {
            let to = self.tcp_flows.entry(*vlan).or_default();
            *to = [to[0] + all, to[1] + one_way];
        }
    }
}

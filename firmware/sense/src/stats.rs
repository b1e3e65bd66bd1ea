//! What a worker counts: totals that reconcile, and what tells of a bad mirror.

use std::collections::BTreeMap;

use model::Time;
use packet::Copy;

use crate::Input;

/// Ports that are counted for themselves; frames of others are in the totals alone.
const PORTS: usize = 256;

/// What came in on one port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortCount {
    /// Frames.
    pub frames: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// Frames to a broadcast or multicast address.
    pub group: u64,
    /// Time of the last one; zero: none came.
    pub last: Time,
}

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
    /// Frames that gave no IP packet: without IP (ARP, LLDP, STP …), malformed, or of unknown link types.
    pub other: u64,
    /// Those of `other` whose headers did not fit.
    pub other_malformed: u64,
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
    /// By port, as far as the highest one a frame came in on.
    pub ports: Vec<PortCount>,
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

    /// Nothing counted yet, with room for all ports that are.
    pub(crate) fn with_room() -> Stats {
        Stats { ports: Vec::with_capacity(PORTS), ..Stats::default() }
    }

    /// Counts a frame for its port.
    #[inline]
    pub(crate) fn port(&mut self, input: &Input<'_>) {
        let port = usize::from(input.port);
        if port >= self.ports.len() {
            if port >= PORTS {
                return;
            }
            self.ports.resize(port + 1, PortCount::default());
        }
        let count = &mut self.ports[port];
        count.frames += 1;
        count.bytes += u64::from(input.wire_len);
        // The first bit of an Ethernet frame (IEEE 802.3 §3.2.3).
        let group = input.link == 1 && input.data.first().is_some_and(|first| first & 1 != 0);
        count.group += u64::from(group);
        count.last = input.time;
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
        self.other_malformed += other.other_malformed;
        self.gap_bytes += other.gap_bytes;
        self.evicted += other.evicted;
        self.unread += other.unread;
        self.copies.iter_mut().zip(other.copies).for_each(|(to, from)| *to += from);
        self.stripped.iter_mut().zip(other.stripped).for_each(|(to, from)| *to += from);
        if self.ports.len() < other.ports.len() {
            self.ports.resize(other.ports.len(), PortCount::default());
        }
        for (to, from) in self.ports.iter_mut().zip(&other.ports) {
            to.frames += from.frames;
            to.bytes += from.bytes;
            to.group += from.group;
            to.last = to.last.max(from.last);
        }
        maps(&mut self.unknown_links, &other.unknown_links);
        maps(&mut self.vlans, &other.vlans);
        maps(&mut self.refused, &other.refused);
        maps(&mut self.panics, &other.panics);
        for (vlan, [all, one_way]) in &other.tcp_flows {
            let to = self.tcp_flows.entry(*vlan).or_default();
            *to = [to[0] + all, to[1] + one_way];
        }
    }

    /// What was counted since an earlier state of the same counters. Times are the later ones.
    #[must_use]
    pub fn since(&self, before: &Stats) -> Stats {
        fn maps<K: Ord + Clone>(now: &BTreeMap<K, u64>, before: &BTreeMap<K, u64>) -> BTreeMap<K, u64> {
            let more = |(key, count): (&K, &u64)| {
                (key.clone(), count.saturating_sub(before.get(key).copied().unwrap_or(0)))
            };
            now.iter().map(more).filter(|(_, count)| *count != 0).collect()
        }
        let mut more = self.clone();
        let pairs = [
            (&mut more.frames, before.frames),
            (&mut more.bytes, before.bytes),
            (&mut more.truncated, before.truncated),
            (&mut more.malformed, before.malformed),
            (&mut more.ip, before.ip),
            (&mut more.other, before.other),
            (&mut more.other_malformed, before.other_malformed),
            (&mut more.gap_bytes, before.gap_bytes),
            (&mut more.evicted, before.evicted),
            (&mut more.unread, before.unread),
        ];
        // What was missing may have come late: such a count goes down.
        pairs.into_iter().for_each(|(now, before)| *now = now.saturating_sub(before));
        more.copies.iter_mut().zip(before.copies).for_each(|(now, before)| *now = now.saturating_sub(before));
        more.stripped
            .iter_mut()
            .zip(before.stripped)
            .for_each(|(now, before)| *now = now.saturating_sub(before));
        more.unknown_links = maps(&self.unknown_links, &before.unknown_links);
        more.vlans = maps(&self.vlans, &before.vlans);
        more.refused = maps(&self.refused, &before.refused);
        more.panics = maps(&self.panics, &before.panics);
        for (vlan, [all, one_way]) in &before.tcp_flows {
            if let Some(now) = more.tcp_flows.get_mut(vlan) {
                *now = [now[0].saturating_sub(*all), now[1].saturating_sub(*one_way)];
            }
        }
        for (now, before) in more.ports.iter_mut().zip(&before.ports) {
            now.frames = now.frames.saturating_sub(before.frames);
            now.bytes = now.bytes.saturating_sub(before.bytes);
            now.group = now.group.saturating_sub(before.group);
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_since_and_what_was_before_are_all() {
        let port = |frames| PortCount { frames, bytes: 100 * frames, group: 1, last: Time(frames) };
        let part = |frames: u64| Stats {
            frames,
            bytes: 100 * frames,
            copies: [1, frames, 3],
            tcp_flows: BTreeMap::from([(30, [frames, 2])]),
            vlans: BTreeMap::from([(30, frames), (frames as u16, 1)]),
            ports: vec![port(frames), port(1)],
            ..Stats::default()
        };
        let (before, more) = (part(7), part(9));
        let mut all = before.clone();
        all.add(&more);
        assert_eq!(all.since(&before), more);
        assert_eq!(all.since(&all).frames, 0);
        assert_eq!(Stats::default().since(&Stats { gap_bytes: 5, ..Stats::default() }).gap_bytes, 0);
    }
}

//! The shape "enterprise": real captures played over one another for ten
//! minutes, with the addresses of some three thousand internal assets.
//!
//! Every capture of a folder is kept in memory once (at most [`MAX_LOADED`]
//! bytes); what plays is a position in it, and the merge is a heap of positions.
//! So memory depends on the folder and not on how many packets are wanted.

mod recording;
mod rewrite;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::path::Path;

use model::Time;
use recording::Recording;
use rewrite::Mapping;

use crate::random::{Random, mix};
use crate::synthetic::START;
use crate::{LinkType, PcapWriter};

/// Most bytes of captures that are kept; the folder's remaining files are left out.
pub const MAX_LOADED: usize = 256 << 20;

/// Internal assets to look like.
pub const ASSETS: u32 = 3_000;

/// Within this time all instances begin; the last of them then end within [`LONGEST`].
const BEGIN: u64 = 540 * Time::SECOND;

/// A longer capture is played faster, to last so long.
const LONGEST: u64 = 60 * Time::SECOND;

/// What was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Packets written.
    pub packets: u64,
    /// Captures that were used.
    pub captures: usize,
    /// How often one of them was played.
    pub instances: usize,
    /// Internal addresses of one variant of all captures.
    pub hosts: u32,
}

/// A capture being played: ordered by the time of its next frame.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Playing {
    at: Time,
    instance: usize,
    position: usize,
}

/// Writes a pcap file of `packets` packets, made from the Ethernet captures of a
/// folder. The same folder, number and seed give the same bytes.
///
/// Each time a capture is played again its internal (private) addresses become
/// those of other assets while there are unused ones, and its dynamic ports move.
/// Fewer packets are written only when the folder has no usable capture.
///
/// # Errors
/// When the folder cannot be read or `out` not be written; files that are no
/// captures are passed over.
pub fn build(folder: &Path, out: &mut dyn Write, packets: u64, seed: u64) -> io::Result<Built> {
    let recordings = recording::load(folder, MAX_LOADED)?;
    let mut writer = PcapWriter::new(out, LinkType::ETHERNET)?;
    let plan = Plan::new(&recordings, packets, seed);
    let mut playing = BinaryHeap::new();
    let mut begun = 0;
    let mut frame = Vec::new();
    while writer.frames() < packets {
        // The next to begin joins before anything later is written.
        let next = plan.begins(begun);
        let is_due = playing.peek().is_none_or(|Reverse(first): &Reverse<Playing>| next <= first.at);
        if begun < plan.instances && is_due {
            playing.push(Reverse(Playing { at: next, instance: begun, position: 0 }));
            begun += 1;
            continue;
        }
        let Some(Reverse(mut first)) = playing.pop() else { break };
        let Some(recording) = plan.recording(first.instance) else { break };
        if let Some(kept) = recording.frame(first.position) {
            frame.clear();
            frame.extend(kept.data);
            plan.mapping(recording, first.instance).rewrite(&mut frame);
            writer.write(first.at, &frame, kept.wire_len)?;
        }
        first.position += 1;
        if let Some(kept) = recording.frame(first.position) {
            first.at = Time(plan.begins(first.instance).0 + kept.at);
            playing.push(Reverse(first));
        }
    }
    let packets = writer.frames();
    writer.finish()?;
    Ok(Built { packets, captures: recordings.len(), instances: begun, hosts: plan.hosts })
}

/// Which capture plays when, and as whom.
struct Plan<'a> {
    recordings: &'a [Recording],
    /// Indexes into `recordings`, shuffled.
    order: Vec<usize>,
    instances: usize,
    hosts: u32,
    seed: u64,
}

impl<'a> Plan<'a> {
    fn new(recordings: &'a [Recording], packets: u64, seed: u64) -> Plan<'a> {
        let mut random = Random::new(seed);
        let mut order: Vec<usize> = (0..recordings.len()).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last as u64 + 1) as usize);
        }
        let hosts = recordings.iter().map(Recording::hosts).sum();
        let mut plan = Plan { recordings, order, instances: 0, hosts, seed };
        let mut planned = 0;
        while planned < packets {
            let Some(recording) = plan.recording(plan.instances) else { break };
            planned += recording.len() as u64;
            plan.instances += 1;
        }
        plan
    }

    fn index(&self, instance: usize) -> Option<usize> {
        self.order.get(instance.checked_rem(self.order.len())?).copied()
    }

    fn recording(&self, instance: usize) -> Option<&'a Recording> {
        self.recordings.get(self.index(instance)?)
    }

    fn begins(&self, instance: usize) -> Time {
        let share = u128::from(BEGIN) * instance as u128 / self.instances.max(1) as u128;
        Time(START.0 + share as u64)
    }

    /// The addresses of an instance.
    fn mapping<'r>(&self, recording: &'r Recording, instance: usize) -> Mapping<'r> {
        let round = instance / self.order.len().max(1);
        // As many as have assets of their own beside all other captures.
        let spare = ASSETS.saturating_sub(recording.base + recording.hosts());
        let variant = round as u32 % (1 + spare / self.hosts.max(1));
        let index = self.index(instance).unwrap_or(0) as u64;
        Mapping {
            recording,
            base: recording.base.wrapping_add(variant * self.hosts),
            salt: mix(self.seed ^ (index << 20 | u64::from(variant))),
            ports: mix(self.seed.wrapping_add(instance as u64)) as u16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::craft::{Craft, Link, Path as Way, SYN, Segment};
    use crate::{End, PcapFile, drain};
    use model::Mac;
    use std::net::Ipv4Addr;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("enterprise-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn plays_a_folder_over_and_over() {
        let folder = folder("play");
        let mut craft = Craft::new();
        let (mac, other) = (Mac([0, 0x1b, 0x21, 1, 2, 3]), Mac([0, 0x1b, 0x21, 1, 2, 4]));
        let link = Link { src: mac, dst: other, vlan: None };
        let ip = Ipv4Addr::new(192, 168, 1, 5);
        craft.arp(Time(1), &link, 1, (mac, ip), (Mac([0; 6]), Ipv4Addr::new(192, 168, 1, 1)));
        let way = Way { link, src: ip.into(), dst: [198, 51, 100, 1].into(), ttl: 64 };
        let segment = Segment { sport: 50_000, dport: 443, flags: SYN, ..Segment::default() };
        craft.tcp(Time(2), &way, &segment, b"abc");
        let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        for (time, frame) in craft.frames() {
            writer.write(time, frame, frame.len() as u32).unwrap();
        }
        std::fs::write(folder.join("a.pcap"), writer.finish().unwrap()).unwrap();
        std::fs::write(folder.join("b.txt"), "no capture").unwrap();

        let mut out = Vec::new();
        let built = build(&folder, &mut out, 21, 5).unwrap();
        assert_eq!(built, Built { packets: 21, captures: 1, instances: 11, hosts: 2 });
        let mut again = Vec::new();
        build(&folder, &mut again, 21, 5).unwrap();
        assert!(out == again);
        std::fs::remove_dir_all(&folder).unwrap();

        let mut file = PcapFile::from_reader("made", Box::new(io::Cursor::new(out))).unwrap();
        let (mut last, mut senders) = (Time(0), std::collections::BTreeSet::new());
        let end = drain(&mut file, |frame| {
            assert!(frame.time >= last);
            last = frame.time;
            assert_eq!(frame.data[6..9], [0, 0x1b, 0x21]);
            let ip = if frame.data[13] == 6 { &frame.data[28..32] } else { &frame.data[26..30] };
            senders.insert((frame.data[6..12].to_vec(), ip.to_vec()));
            assert_eq!(ip[..2], [10, 100]);
        });
        assert_eq!(end.unwrap(), End::Clean);
        assert_eq!(senders.len(), 11, "each time as another asset");
    }

    #[test]
    fn an_empty_folder_gives_an_empty_file() {
        let folder = folder("none");
        let mut out = Vec::new();
        assert_eq!(build(&folder, &mut out, 10, 1).unwrap(), Built::default());
        assert_eq!(out.len(), 24);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(build(&folder, &mut out, 10, 1).is_err());
    }
}

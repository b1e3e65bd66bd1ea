//! One capture in memory, and which internal hosts it has.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::LONGEST;
use super::rewrite::{Layer, network_layer};
use crate::{LinkType, PcapFile, drain};

/// A capture.
pub(super) struct Recording {
    bytes: Vec<u8>,
    frames: Vec<Place>,
    /// Internal addresses in the order in which they appear.
    numbers: BTreeMap<Ipv4Addr, u32>,
    /// How many hosts the captures before this one have.
    pub(super) base: u32,
}

struct Place {
    /// Nanoseconds since the capture's begin, never going back.
    at: u64,
    end: usize,
    wire_len: u32,
}

/// A frame of a capture.
pub(super) struct Kept<'a> {
    /// Nanoseconds since the capture's begin.
    pub(super) at: u64,
    pub(super) data: &'a [u8],
    pub(super) wire_len: u32,
}

/// Reads the Ethernet captures of a folder, in the order of their names, up to `limit` bytes.
pub(super) fn load(folder: &Path, limit: usize) -> io::Result<Vec<Recording>> {
    let mut paths = Vec::<PathBuf>::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    let (mut recordings, mut bytes, mut hosts) = (Vec::new(), 0, 0);
    for path in paths.iter().filter(|path| path.is_file()) {
        let Some(mut recording) = Recording::read(path, limit - bytes) else { continue };
        bytes += recording.bytes.len();
        recording.base = hosts;
        hosts += recording.hosts();
        recordings.push(recording);
    }
    Ok(recordings)
}

impl Recording {
    /// `None` for what is no capture, has other than Ethernet frames or none, or is above the limit.
    fn read(path: &Path, limit: usize) -> Option<Recording> {
        let mut file = PcapFile::open(path).ok()?;
        let mut recording =
            Recording { bytes: Vec::new(), frames: Vec::new(), numbers: BTreeMap::new(), base: 0 };
        let (mut usable, mut first) = (true, None);
        // What comes before damage is as good as any.
        drain(&mut file, |frame| {
            usable &= frame.link == LinkType::ETHERNET && recording.bytes.len() + frame.data.len() <= limit;
            if usable {
                let at = frame.time.since(*first.get_or_insert(frame.time));
                recording.add(at, frame.data, frame.wire_len);
            }
        })
        .ok()?;
        recording.squeeze();
        (usable && !recording.frames.is_empty()).then_some(recording)
    }

    fn add(&mut self, at: u64, data: &[u8], wire_len: u32) {
        let at = self.frames.last().map_or(at, |last| last.at.max(at));
        self.bytes.extend(data);
        self.frames.push(Place { at, end: self.bytes.len(), wire_len });
        let addresses = match network_layer(data) {
            Some(Layer::Arp(at)) => [at + 14, at + 24],
            // A group or broadcast destination names no host.
            Some(Layer::Ipv4(at)) if data.first().is_some_and(|first| first & 1 == 1) => [at + 12, at + 12],
            Some(Layer::Ipv4(at)) => [at + 12, at + 16],
            _ => return,
        };
        for at in addresses {
            let Some(octets) = data.get(at..).and_then(|rest| rest.first_chunk::<4>()) else { continue };
            let ip = Ipv4Addr::from(*octets);
            let next = self.numbers.len() as u32;
            if ip.is_private() {
                self.numbers.entry(ip).or_insert(next);
            }
        }
    }

    /// Plays faster what lasts longer than [`LONGEST`].
    fn squeeze(&mut self) {
        let length = self.frames.last().map_or(0, |last| last.at);
        if length > LONGEST {
            for frame in &mut self.frames {
                frame.at = (u128::from(frame.at) * u128::from(LONGEST) / u128::from(length)) as u64;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// How many internal hosts it has.
    pub(super) fn hosts(&self) -> u32 {
        self.numbers.len() as u32
    }

    /// An internal host's number.
    pub(super) fn number(&self, ip: Ipv4Addr) -> Option<u32> {
        self.numbers.get(&ip).copied()
    }

    /// A capture without frames that knows these hosts.
    #[cfg(test)]
    pub(super) fn of_hosts(hosts: &[Ipv4Addr]) -> Recording {
        let numbers = hosts.iter().copied().zip(0..).collect();
        Recording { bytes: Vec::new(), frames: Vec::new(), numbers, base: 0 }
    }

    /// The frame at a position; `None` behind the last.
    pub(super) fn frame(&self, position: usize) -> Option<Kept<'_>> {
        let place = self.frames.get(position)?;
        let start = position.checked_sub(1).and_then(|before| self.frames.get(before)).map_or(0, |p| p.end);
        Some(Kept { at: place.at, data: self.bytes.get(start..place.end)?, wire_len: place.wire_len })
    }
}

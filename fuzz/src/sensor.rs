//! The whole sensor: a worker and a tracker over a sequence of frames. What it
//! promises besides: no dissector panics (the worker catches those), every frame
//! is in exactly one of the totals, and every counted packet in one conversation.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use model::{MAX_VALUE, Time};
use packet::Body;
use sense::{Input, Report, Sizes, Stats, Tracker, Worker};
use zones::{Config, Zones};

use crate::case::{Case, Turn};
use crate::{Fault, Said, Target, frames, hash, hunt};

/// Ethernet, and raw IP of what follows its header.
const LINKS: [u16; 2] = [1, 101];

/// One case of so many is read as raw IP.
const CARRIERS: usize = 8;

/// Bytes of frames in one seed: more than this do not become seeds again.
const SEED: usize = 4_096;

static ZONES: LazyLock<Zones> = LazyLock::new(|| Zones::new(&Config::default()));

/// Worker and tracker; every turn is a frame, `step` the milliseconds between two
/// (seconds with `strange_ports`), `cut` a capture that kept less than was sent.
pub struct Sensor;

impl Target for Sensor {
    fn name(&self) -> &'static str {
        "sensor"
    }

    fn carriers(&self) -> usize {
        CARRIERS
    }

    fn seeds(&self) -> Vec<Case> {
        let mut groups: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for frame in frames::demo() {
            groups.entry(between(&frame)).or_default().push(frame);
        }
        groups.insert("layers".into(), frames::layers());
        groups.into_values().flat_map(cases).collect()
    }

    fn likes(&self, _: &Case) -> bool {
        false
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let mut worker = Worker::new(64, 4);
        let mut tracker =
            Tracker::new(ZONES.clone(), Sizes { values: 1 << 10, sightings: 256, conversations: 32 });
        let raw = case.carrier % CARRIERS == CARRIERS - 1;
        let pace = case.step as u64 * if case.strange_ports { 1_000_000_000 } else { 1_000_000 };
        for (number, turn) in case.turns.iter().enumerate() {
            let data = if raw { turn.bytes.get(14..).unwrap_or_default() } else { &turn.bytes };
            let input = Input {
                link: LINKS[usize::from(raw)],
                data,
                wire_len: data.len() as u32 + if case.cut { 100 } else { 0 },
                time: Time(1_800_000_000_000_000_000 + pace * number as u64),
                port: 0,
                number: number as u64 + 1,
            };
            worker.frame(&input, &ZONES, &mut tracker);
        }
        worker.finish(&mut tracker);
        let stats = worker.stats();
        if let Some(name) = stats.panics.keys().next() {
            let kept = hunt::kept_panic().unwrap_or_else(|| Fault::new("panic", ""));
            return Err(Fault::new(&format!("{name}: {}", kept.kind), kept.detail));
        }
        let report = tracker.report();
        totals(&stats, &report, case.turns.len() as u64)?;
        said(&stats, &report)
    }
}

fn totals(stats: &Stats, report: &Report, frames: u64) -> Result<(), Fault> {
    let sum = stats.ip + stats.copied() + stats.other;
    if stats.frames != frames || sum != frames {
        return Err(Fault::new("frames are lost", format!("{frames} given, {sum} in the totals: {stats:?}")));
    }
    let unknown: u64 = stats.unknown_links.values().sum();
    if unknown + stats.other_malformed > stats.other {
        return Err(Fault::new("parts above their sum", format!("{stats:?}")));
    }
    let packets: u64 = report.conversations.iter().flat_map(|talk| talk.packets).sum();
    if packets + report.others.packets != stats.ip {
        let detail = format!("{packets} and {} others of {}", report.others.packets, stats.ip);
        return Err(Fault::new("packets are lost between flows and conversations", detail));
    }
    Ok(())
}

fn said(stats: &Stats, report: &Report) -> Result<Said, Fault> {
    let mut said = Said { count: report.intervals.len() as u64, ..Said::default() };
    let mut fields: Vec<&str> = Vec::new();
    for interval in &report.intervals {
        let value = &interval.value;
        if value.len() > MAX_VALUE || value.contains(char::is_control) {
            return Err(Fault::new(&format!("value of {} is long or has controls", interval.field), value));
        }
        if interval.count == 0 || interval.first > interval.last {
            return Err(Fault::new("an interval without a time", format!("{interval:?}")));
        }
        said.words = hash(said.words, value.as_bytes());
        fields.push(&interval.field);
    }
    fields.dedup();
    fields.sort_unstable();
    fields.dedup();
    let refused = stats.refused.keys().copied();
    let protocols = report.conversations.iter().map(|talk| talk.protocol.as_ref());
    said.shape = fields
        .into_iter()
        .chain(refused)
        .chain(protocols)
        .fold(0, |shape, word| hash(shape, word.as_bytes()));
    let kinds = stats.copies.map(|copies| u8::from(copies > 0));
    said.shape = hash(said.shape, &kinds);
    Ok(said)
}

/// Who talks with whom: frames of one such group make a seed.
fn between(frame: &[u8]) -> String {
    let packet = packet::parse(LINKS[0], frame);
    match packet.body {
        Body::Ip(ip) => format!("{} {}", ip.src.min(ip.dst), ip.src.max(ip.dst)),
        _ => format!("{:?}", packet.src_mac),
    }
}

/// Frames in order, cut into cases of a handy size.
fn cases(frames: Vec<Vec<u8>>) -> Vec<Case> {
    let mut made: Vec<Case> = Vec::new();
    for bytes in frames {
        let fits = made.last().is_some_and(|case| case.size() + bytes.len() <= SEED);
        if !fits {
            made.push(Case { step: 5, ..Case::default() });
        }
        if let Some(case) = made.last_mut() {
            case.turns.push(Turn { back: false, bytes });
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_speak_of_many_protocols() {
        let mut said = 0;
        for case in Sensor.seeds() {
            said += Sensor.run(&case).unwrap().count;
        }
        assert!(said > 300, "{said}");
    }
}

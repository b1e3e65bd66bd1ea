//! What the sensing loop says of itself every second, and the status message
//! that is made of it.

use std::collections::VecDeque;

use capture::{PortStatus as Tap, Source};
use model::{Mac, Time};
use sense::mirror::{self, Port};
use sense::{Counts, Sensor, Stats};
use wire::{Fact, HeardRange, PortStatus, SpoolStatus, State, Status};

use crate::machine::{Cores, memory};

/// Seconds over which a mirror is judged.
const WINDOW: usize = 60;

/// Rates are of this many seconds.
const RATE: usize = 5;

/// The sensing loop's pulse: written by it once a second, read for each status.
#[derive(Clone, Default)]
pub struct Pulse {
    /// When it was noted first; `None`: not yet.
    began: Option<Time>,
    counts: Counts,
    heard: Vec<HeardRange>,
    taps: Vec<Tap>,
    blind: bool,
    /// Counters of the last minute, oldest first.
    window: VecDeque<Look>,
    failed: Option<String>,
    /// Who is at the other end: port, who.
    neighbours: Vec<(String, String)>,
}

/// Counters at one moment.
#[derive(Clone)]
struct Look {
    at: Time,
    stats: Stats,
    /// Lost in the interface and in the kernel, by port.
    lost: Vec<[u64; 2]>,
}

impl Pulse {
    /// Notes how sensing stands.
    pub fn beat(&mut self, now: Time, sensor: &Sensor, source: &dyn Source) {
        self.began = self.began.or(Some(now));
        self.counts = sensor.counts();
        self.heard = sensor.heard_ranges();
        self.blind = !source.sees_vlans();
        self.taps = taps(source);
        let who = |(at, tap): (usize, &Tap)| (tap.name.clone(), sensor.neighbours().of(at as u16));
        self.neighbours = self.taps.iter().enumerate().map(who).filter(|(_, who)| !who.is_empty()).collect();
        let lost = self.taps.iter().map(|tap| [tap.losses.interface_dropped, tap.losses.dropped]).collect();
        if self.window.len() > WINDOW {
            self.window.pop_front();
        }
        self.window.push_back(Look { at: now, stats: sensor.stats(), lost });
    }

    /// No frame can be read any more.
    pub fn fail(&mut self, words: String) {
        self.failed = Some(words);
    }

    /// The state, and the version of the configuration in force; `None` before the
    /// first beat.
    pub fn standing(&self) -> Option<(State, u64)> {
        let state = if self.failed.is_some() { State::Failed } else { self.counts.state };
        self.began.map(|_| (state, self.counts.config))
    }

    /// Who is at the other end of each port, and how many hosts are new.
    pub fn extras(&self) -> (Vec<(String, String)>, u64) {
        (self.neighbours.clone(), self.counts.new)
    }

    /// A status message; `None` before the first beat.
    pub fn status(
        &self,
        wall: Time,
        version: &str,
        rated: u32,
        cores: &mut Cores,
        spool: SpoolStatus,
    ) -> Option<Status> {
        let (began, (state, config)) = (self.began?, self.standing()?);
        let ports: Vec<PortStatus> = (0..self.taps.len()).map(|at| self.port(at, rated)).collect();
        Some(Status {
            time: wall,
            version: version.to_owned(),
            uptime: self.window.back().map_or(0, |look| look.at.since(began) / Time::SECOND),
            state,
            config,
            findings: self.findings(&ports),
            ports,
            cores: cores.load(),
            memory_kib: memory(),
            sightings: self.counts.sightings,
            conversations: self.counts.conversations,
            dropped: self.counts.dropped,
            spool,
            heard: self.heard.clone(),
        })
    }

    fn port(&self, at: usize, rated: u32) -> PortStatus {
        let tap = &self.taps[at];
        let count = |look: &Look| look.stats.ports.get(at).copied().unwrap_or_default();
        let newest = self.window.back();
        let before = self.window.get(self.window.len().saturating_sub(RATE + 1));
        let (bits, packets) = match (before, newest) {
            (Some(before), Some(newest)) if newest.at > before.at => {
                let nanos = newest.at.since(before.at);
                let (from, to) = (count(before), count(newest));
                let per_second =
                    |amount: u64| (u128::from(amount) * u128::from(Time::SECOND) / u128::from(nanos)) as u64;
                (per_second((to.bytes - from.bytes) * 8), per_second(to.frames - from.frames))
            }
            _ => (0, 0),
        };
        let total = newest.map(count).unwrap_or_default();
        let facts = facts_of(&tap.name);
        PortStatus {
            name: tap.name.clone(),
            mac: facts.mac.map(Mac),
            link: tap.up && facts.carrier,
            speed: facts.speed.unwrap_or(0),
            rated,
            bits,
            packets,
            frames: total.frames,
            bytes: total.bytes,
            last: total.last,
            lost: newest.and_then(|look| look.lost.get(at).copied()).unwrap_or_default(),
            driver: facts.driver,
            blind_to_vlans: self.blind,
        }
    }

    /// What is wrong with the mirror in the last minute, and with sensing itself.
    fn findings(&self, ports: &[PortStatus]) -> Vec<Fact> {
        let failed = self.failed.iter().map(|words| Fact { code: None, words: words.clone() });
        let (Some(before), Some(after)) = (self.window.front(), self.window.back()) else {
            return failed.collect();
        };
        let lost = |look: &Look, at: usize| look.lost.get(at).copied().unwrap_or_default();
        let ports: Vec<Port<'_>> = ports
            .iter()
            .enumerate()
            .map(|(at, port)| {
                let (from, to) = (lost(before, at), lost(after, at));
                let lost = [to[0].saturating_sub(from[0]), to[1].saturating_sub(from[1])];
                Port { name: &port.name, number: at as u16, link: port.link, lost }
            })
            .collect();
        // Silence of a few seconds is nothing: a whole window says something.
        let judged = if self.window.len() > WINDOW { &ports[..] } else { &[] };
        let found = mirror::facts(&before.stats, &after.stats, judged, self.counts.dropped);
        failed.chain(found).collect()
    }
}

/// The live ports of a source; one that has none (a replayed capture) is shown
/// as ports that are up.
fn taps(source: &dyn Source) -> Vec<Tap> {
    let live = source.ports();
    if !live.is_empty() {
        return live;
    }
    let name = |name: &str| if name.is_empty() { "replay".to_owned() } else { name.to_owned() };
    let shown =
        |interface: &capture::Interface| Tap { name: name(&interface.name), up: true, ..Tap::default() };
    source.interfaces().iter().map(shown).collect()
}

/// What the system knows of a port.
#[cfg(target_os = "linux")]
fn facts_of(name: &str) -> capture::port::Port {
    let replayed = || capture::port::Port { carrier: true, driver: "replay".into(), ..Default::default() };
    capture::port::find(name).unwrap_or_else(|_| replayed())
}

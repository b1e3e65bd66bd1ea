//! A sensor that runs on, with its one worker: what the loop that reads frames calls.

use std::ops::Range;
use std::sync::Arc;

use model::Time;
use wire::{HeardRange, Report, SensorConfig};
use zones::Zones;

use crate::input::Input;
use crate::neighbours::Neighbours;
use crate::reporter::{Counts, Reporter};
use crate::stats::Stats;
use crate::tracker::Sizes;
use crate::worker::Worker;

/// Worker and reporter in one. Every time given to it is of one clock that never goes
/// back: the monotonic one plus the wall offset of the start.
pub struct Sensor {
    worker: Worker,
    reporter: Reporter,
    zones: Arc<Zones>,
    neighbours: Neighbours,
}

impl Sensor {
    /// For this configuration, from `now` on: `flows` at once, `buffers` streams whose
    /// first message is incomplete. All memory is taken here.
    pub fn new(config: &SensorConfig, sizes: Sizes, flows: usize, buffers: usize, now: Time) -> Sensor {
        let reporter = Reporter::new(config, sizes, now);
        let zones = Arc::clone(reporter.zones());
        Sensor { worker: Worker::new(flows, buffers), reporter, zones, neighbours: Neighbours::default() }
    }

    /// Addresses of its large tables, for whoever may ask the kernel for huge pages.
    pub fn regions(&self) -> impl Iterator<Item = Range<usize>> {
        self.worker.regions().chain(self.reporter.regions())
    }

    /// From now on by this configuration.
    pub fn set_config(&mut self, config: &SensorConfig) {
        self.reporter.set_config(config);
        self.zones = Arc::clone(self.reporter.zones());
    }

    /// The configuration in force.
    pub fn config(&self) -> &SensorConfig {
        &self.reporter.config
    }

    /// Takes in frames in order; none while paused.
    pub fn frames(&mut self, inputs: &[Input<'_>]) {
        inputs.iter().for_each(|input| self.neighbours.frame(input));
        if !self.reporter.config.paused {
            self.worker.frames(inputs, &self.zones, &mut self.reporter);
        }
    }

    /// Lets time pass and gives the next report, if there is one. Once in every turn
    /// of the loop, at least every 100 ms, frames or not.
    pub fn poll(&mut self, now: Time) -> Option<Report> {
        self.worker.tick(now, &mut self.reporter);
        self.reporter.poll(now)
    }

    /// See [`Reporter::clock_step`].
    pub fn clock_step(&mut self, nanos: i64) {
        self.reporter.clock_step(nanos);
    }

    /// The end: everything counted so far, in as many reports as it takes.
    pub fn finish(&mut self, now: Time) -> impl Iterator<Item = Report> {
        self.worker.finish(&mut self.reporter);
        self.reporter.finish(now);
        let reporter = &mut self.reporter;
        std::iter::from_fn(move || {
            loop {
                match reporter.poll(now) {
                    None if reporter.is_idle() => return None,
                    None => {}
                    some => return some,
                }
            }
        })
    }

    /// Who is at the other end of a port, as they say (see [`Neighbours`]).
    pub fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }

    /// What a status message says of it.
    pub fn counts(&self) -> Counts {
        self.reporter.counts()
    }

    /// See [`Reporter::heard_ranges`].
    pub fn heard_ranges(&self) -> Vec<HeardRange> {
        self.reporter.heard_ranges()
    }

    /// What was counted so far, in all and by port.
    pub fn stats(&self) -> Stats {
        self.worker.stats()
    }
}

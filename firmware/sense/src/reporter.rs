//! What a sensor that runs for months tells, and when (`product.md` §1 to 4, §8):
//! a new fact at once, known ones and conversations at boundaries of UTC, and
//! nothing but ranges until one is configured.
//!
//! Pure: driven by the time it is given. Nothing here takes long: each call does a
//! little of what is due (`rounds.rs`).

use std::net::IpAddr;
use std::sync::Arc;

use model::{Field, Sighting, Time};
use wire::{HeardRange, Record, Report, SensorConfig, State};
use zones::{Zone, Zones};

use crate::clock::Clock;
use crate::counters::Others;
use crate::event::{Event, Events, Link, Talk};
use crate::heard;
use crate::rounds::Round;
use crate::tracker::{Sizes, Tracker};

/// Most intervals and most records of one report: encoded it stays below 4 MiB,
/// however long the values are.
pub const INTERVALS: usize = 5_000;
/// See [`INTERVALS`].
pub const RECORDS: usize = 2_000;

/// What a status message says of a reporter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What the sensor does.
    pub state: State,
    /// Version of the configuration in force.
    pub config: u64,
    /// Hosts known, and how many of them are inventoried: IP addresses, and MACs of
    /// which no address is known.
    pub sightings: [u64; 2],
    /// Inventoried hosts that were first heard of in the last 24 hours, in this run.
    pub new: u64,
    /// Conversations being counted.
    pub conversations: u64,
    /// Observations for which there was no room.
    pub dropped: u64,
    /// Facts that were let go, the longest silent ones, to make room.
    pub let_go: u64,
    /// Conversations that could not be told of.
    pub others: Others,
}

/// The tracker of a sensor that runs on, and what it told of. It takes [`Events`] of
/// one worker; see [`crate::Sensor`], which has its worker with it.
pub struct Reporter {
    pub(crate) tracker: Tracker,
    pub(crate) config: SensorConfig,
    run: Time,
    /// Farthest the wall clock was ahead in this run, and where it is, in nanoseconds.
    moved: [i64; 2],
    /// Moved since the last report.
    step: i64,
    /// The report that is being made; times as inside.
    pub(crate) out: Report,
    pub(crate) round: Option<Round>,
    /// Zones have changed: everything is looked at again.
    pub(crate) rezoned: bool,
    pub(crate) next_news: Time,
    /// Presences and facts before these places were looked at when they were new.
    pub(crate) news: [usize; 2],
    /// The last boundary at which counters were closed, and of those of known assets.
    pub(crate) boundary: Time,
    pub(crate) known_boundary: Time,
    /// This is the end: nothing more will be heard.
    pub(crate) ending: bool,
    /// Places of facts have changed.
    pub(crate) removed: bool,
    pub(crate) let_go: u64,
}

impl Reporter {
    /// For this configuration, from `now` on. All memory is taken here.
    pub fn new(config: &SensorConfig, sizes: Sizes, now: Time) -> Reporter {
        let clock = Clock::new(config.timing.new, config.timing.known);
        Reporter {
            tracker: Tracker::running(Arc::new(Zones::new(&config.zones)), sizes, clock),
            config: config.clone(),
            run: now,
            moved: [0; 2],
            step: 0,
            out: Report::default(),
            round: None,
            rezoned: false,
            next_news: now,
            news: [0; 2],
            boundary: Time(0),
            known_boundary: clock.floor(now, clock.known),
            ending: false,
            removed: false,
            let_go: 0,
        }
    }

    /// The address space in force, for the workers.
    pub fn zones(&self) -> &Arc<Zones> {
        self.tracker.zones()
    }

    /// Addresses of its large tables, for whoever may ask the kernel for huge pages.
    pub fn regions(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.tracker.regions()
    }

    /// True while nothing but ranges is told, because no internal range is configured.
    pub(crate) fn is_holding(&self) -> bool {
        self.config.zones.internal.iter().all(|group| group.ranges.is_empty())
    }

    /// What the sensor does. That no port can be read is known elsewhere.
    pub fn state(&self) -> State {
        match (self.config.paused, self.is_holding()) {
            (true, _) => State::Paused,
            (false, true) => State::Holding,
            (false, false) => State::Sensing,
        }
    }

    /// From now on by this configuration. What may no longer be told is let go or
    /// kept back; what may be told now and was not follows in the next reports.
    pub fn set_config(&mut self, config: &SensorConfig) {
        let changed = config.zones != self.config.zones;
        self.config = config.clone();
        if let Some(clock) = &mut self.tracker.conversations.clock {
            *clock = clock.with_periods(config.timing.new, config.timing.known);
        }
        if changed {
            self.tracker.set_zones(Zones::new(&config.zones));
            let Tracker { zones, facts, .. } = &mut self.tracker;
            facts.rezone(zones);
            self.rezoned = true;
        }
        self.filter();
    }

    /// Takes out of the report that is being made what may not be told any more.
    fn filter(&mut self) {
        let holding = self.is_holding();
        let excluded = self.tracker.excluded();
        let zones = &self.tracker.zones;
        self.out.intervals.retain(|interval| {
            let ip = interval.sighting.ip;
            !holding
                && ip.is_none_or(|ip| zones.place(ip).zone == Zone::Inventoried)
                && !excluded.sighting(&interval.sighting)
                && !excluded.named_in(&interval.value)
        });
        let names = self.config.external_names;
        self.out.records.retain_mut(|Record { conversation, .. }| {
            heard::keep_hints(conversation, zones, names);
            !holding && !excluded.ip(conversation.client) && !excluded.ip(conversation.server)
        });
    }

    /// The wall clock was moved by so many nanoseconds. Times given to the reporter
    /// and to workers go on as they were; what is told is shifted from here on.
    pub fn clock_step(&mut self, nanos: i64) {
        let Some(clock) = &mut self.tracker.conversations.clock else { return };
        clock.step(nanos);
        self.step = self.step.saturating_add(nanos);
        let [ahead, now] = &mut self.moved;
        *now = now.saturating_add(nanos);
        *ahead = (*ahead).max(*now);
        // Periods that come a second time are told apart by another run.
        if ahead.abs_diff(*now) > clock.new / 2 {
            *ahead = *now;
            self.run.0 += 1;
        }
    }

    /// The next report, if there is something to tell. Call it with every turn of the
    /// loop that reads frames, at least every 100 ms: it does a little of what is due,
    /// and a long one comes in several parts.
    pub fn poll(&mut self, now: Time) -> Option<Report> {
        self.work(now);
        self.tracker.facts.compact(crate::rounds::ROWS / 4);
        if std::mem::take(&mut self.removed) {
            self.tracker.facts.forget_repeats();
        }
        if self.round.is_some() && !self.is_full() {
            return None;
        }
        let empty = self.out.intervals.is_empty() && self.out.records.is_empty() && self.step == 0;
        (!empty).then(|| self.make(now))
    }

    /// True when the report that is being made takes no more.
    pub(crate) fn is_full(&self) -> bool {
        self.out.intervals.len() >= INTERVALS || self.out.records.len() >= RECORDS
    }

    /// The report, in wall time.
    fn make(&mut self, now: Time) -> Report {
        let mut report = std::mem::take(&mut self.out);
        report.clock_step = std::mem::take(&mut self.step);
        report.dropped = self.tracker.facts.dropped;
        (report.run, report.made) = (self.run, now);
        let Some(clock) = self.tracker.conversations.clock else { return report };
        report.made = clock.wall(now);
        for interval in &mut report.intervals {
            (interval.first, interval.last) = (clock.wall(interval.first), clock.wall(interval.last));
        }
        for Record { start, end, conversation } in &mut report.records {
            *start = clock.wall_boundary(*start);
            // Before the clock was set back, the period may have begun earlier.
            conversation.first = clock.wall(conversation.first).max(*start);
            conversation.last = clock.wall(conversation.last).max(conversation.first);
            let shortest = Time(start.0 + clock.new);
            let longest = Time(start.0 + clock.known);
            *end = clock.wall_boundary(*end).max(shortest).min(longest);
        }
        report
    }

    /// Ends all periods: what is left of everything is due. Workers must have
    /// finished; [`Reporter::poll`] until nothing comes any more.
    pub fn finish(&mut self, now: Time) {
        if let Some(clock) = self.tracker.conversations.clock {
            self.tracker.told_until = Some(clock.ceil(now, clock.known));
            (self.known_boundary, self.ending) = (Time(0), true);
        }
    }

    /// True when no report is due before something more is heard or time passes.
    pub fn is_idle(&self) -> bool {
        self.round.is_none() && !self.rezoned && self.tracker.told_until.is_none()
    }

    /// What a status message says.
    pub fn counts(&self) -> Counts {
        let (mut sightings, mut new) = ([0; 2], 0);
        let day_ago = self.next_news.0.saturating_sub(24 * 3_600 * Time::SECOND);
        for host in self.tracker.facts.hosts.iter().filter(|host| host.counts()) {
            sightings[0] += 1;
            let inventoried = !self.is_holding() && host.is_inventoried();
            sightings[1] += u64::from(inventoried);
            new += u64::from(inventoried && host.first.0 >= day_ago);
        }
        Counts {
            state: self.state(),
            config: self.config.version,
            sightings,
            new,
            conversations: self.tracker.conversations.table.live() as u64,
            dropped: self.tracker.facts.dropped,
            let_go: self.let_go,
            others: self.tracker.conversations.others,
        }
    }

    /// Ranges in which hosts are heard, most hosts first, at most 256: all that is told
    /// before a range is configured. Excluded addresses are not counted.
    pub fn heard_ranges(&self) -> Vec<HeardRange> {
        let excluded = self.tracker.excluded();
        let hosts = self.tracker.facts.hosts.iter().filter(|host| !excluded.sighting(&host.sighting));
        let mut ranges = heard::ranges(hosts);
        if let Some(clock) = self.tracker.conversations.clock {
            for range in &mut ranges {
                (range.first, range.last) = (clock.wall(range.first), clock.wall(range.last));
            }
        }
        ranges
    }
}

impl Events for Reporter {
    fn take(&mut self, event: Event<'_>) {
        self.tracker.take(event);
    }

    fn approach(&self, sighting: &Sighting, link: &Link) -> u64 {
        self.tracker.approach(sighting, link)
    }

    fn approach_row(&self, hash: u64) {
        self.tracker.approach_row(hash);
    }

    fn approach_talk(&self, talk: &Talk) {
        self.tracker.approach_talk(talk);
    }

    fn approach_talk_row(&self, talk: &Talk) {
        self.tracker.approach_talk_row(talk);
    }

    fn approach_repeat(&self, digest: u64) {
        self.tracker.approach_repeat(digest);
    }

    fn approach_repeated(&self, digest: u64) {
        self.tracker.approach_repeated(digest);
    }

    fn wants(&self, ip: &IpAddr, field: &Field) -> bool {
        self.tracker.wants(ip, field)
    }

    fn repeat(&mut self, digest: u64, time: Time) -> bool {
        self.tracker.repeat(digest, time)
    }

    fn boundaries(&self, now: Time) -> [Time; 2] {
        self.tracker.boundaries(now)
    }
}

//! The tracker: the one place that knows every sighting. It drops what is
//! excluded, folds the rest, and reports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::Arc;

use model::{Conversation, Field, Interval, Sighting, Time};
use zones::{Zone, Zones};

use crate::clock::Clock;
use crate::conversations::Conversations;
use crate::counters::Others;
use crate::event::{Event, Events, FlowDelta, Link, Observed, Talk};
use crate::excluded::Excluded;
use crate::facts::{Facts, fields};
use crate::local::{self, Neighbours};

/// How much a tracker remembers; memory is taken for all of it at the start.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Values heard (sighting, field, value). Of a sensor that runs on, three or four
    /// of each sighting are its presence.
    pub values: usize,
    /// Sightings, each way of being carried for itself.
    pub sightings: usize,
    /// Conversations.
    pub conversations: usize,
}

/// Everything heard of a whole capture.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Sorted by key.
    pub intervals: Vec<Interval>,
    /// Sorted by key.
    pub conversations: Vec<Conversation>,
    /// Conversations that made room for others.
    pub others: Others,
    /// Observations there was no room for.
    pub dropped: u64,
}

/// The tracker: of a whole capture, which ends with [`Tracker::report`]; or inside
/// a [`crate::Reporter`] of a sensor that runs on.
pub struct Tracker {
    pub(crate) zones: Arc<Zones>,
    pub(crate) facts: Facts,
    pub(crate) conversations: Conversations,
    /// Public addresses that may be internal; only while a sensor runs on.
    neighbours: Option<Neighbours>,
    /// Flows have told all they counted before this moment.
    pub(crate) told_until: Option<Time>,
}

impl Tracker {
    /// A tracker that folds a whole capture in this address space.
    pub fn new(zones: impl Into<Arc<Zones>>, sizes: Sizes) -> Tracker {
        Tracker {
            zones: zones.into(),
            facts: Facts::new(sizes.values, sizes.sightings),
            conversations: Conversations::new(sizes.conversations),
            neighbours: None,
            told_until: None,
        }
    }

    /// A tracker for a sensor that runs on, with periods of this clock. It keeps what
    /// may turn out to be internal, whatever the zones say.
    pub(crate) fn running(zones: Arc<Zones>, sizes: Sizes, clock: Clock) -> Tracker {
        Tracker {
            facts: Facts::running(sizes.values, sizes.sightings),
            conversations: Conversations::running(sizes.conversations, clock),
            neighbours: Some(Neighbours::default()),
            ..Tracker::new(zones, Sizes { values: 0, sightings: 0, conversations: 0 })
        }
    }

    /// The address space it works from.
    pub fn zones(&self) -> &Arc<Zones> {
        &self.zones
    }

    /// From now on in this address space. What is in the tables already is not looked
    /// at again by this; a [`crate::Reporter`] does so.
    pub fn set_zones(&mut self, zones: impl Into<Arc<Zones>>) {
        self.zones = zones.into();
        self.facts.forget_repeats();
        self.conversations.forget_names();
    }

    /// Addresses of its large tables, for whoever may ask the kernel for huge pages.
    pub fn regions(&self) -> impl Iterator<Item = Range<usize>> {
        self.facts.regions().into_iter().chain(self.conversations.regions())
    }

    /// Everything heard; ends the count.
    pub fn report(&mut self) -> Report {
        let mut intervals: Vec<Interval> = self.facts.intervals().collect();
        intervals.sort_unstable();
        let mut conversations = self.conversations.drain();
        conversations.sort_unstable();
        Report { intervals, conversations, others: self.conversations.others, dropped: self.facts.dropped }
    }

    pub(crate) fn excluded(&self) -> Excluded<'_> {
        Excluded::new(&self.zones)
    }

    /// The conversation as it may be told: an excluded end has no address.
    fn told(&self, talk: &Talk) -> Talk {
        let excluded = self.excluded();
        let told = |ip: IpAddr| match ip {
            _ if !excluded.ip(ip) => ip,
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        Talk { client: told(talk.client), server: told(talk.server), ..*talk }
    }

    /// True when facts of this address are kept: it is inventoried, or it may be
    /// internal, and zones may change.
    fn keeps(&self, ip: IpAddr, neighbours: &Neighbours) -> bool {
        match self.zones.place(ip).zone {
            Zone::Inventoried => true,
            Zone::Excluded => false,
            _ => neighbours.contains(ip),
        }
    }

    fn observed(&mut self, observed: &Observed<'_>) {
        let Observed { sighting, field, value, .. } = observed;
        let excluded = self.excluded();
        if excluded.sighting(sighting) || excluded.named_in(value) {
            return;
        }
        if let (Some(neighbours), Some(ip)) = (&mut self.neighbours, sighting.ip)
            && local::proves(field.key)
        {
            neighbours.proven(ip);
        }
        self.facts.observed(observed);
    }

    fn seen(&mut self, sighting: Sighting, link: Link, count: u32, times: [Time; 2], frame: u64) {
        if let (Some(neighbours), Some(ip)) = (&mut self.neighbours, sighting.ip) {
            neighbours.heard(sighting.mac, ip, link.ttl);
        }
        let kept = match (&self.neighbours, sighting.ip) {
            (Some(neighbours), Some(ip)) => self.keeps(ip, neighbours),
            _ => true,
        };
        if kept {
            self.facts.seen(sighting, link, count, times, frame);
        }
    }
}

impl Events for Tracker {
    // Where an event is made its kind is known: inlined, it is never put together.
    #[inline(always)]
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Seen { sighting, link, count, first, last, frame } => {
                if !self.excluded().sighting(&sighting) {
                    self.seen(sighting, link, count, [first, last], frame);
                }
            }
            Event::Observed(observed) => self.observed(&observed),
            Event::Flow(delta) if self.zones.excludes_any() => {
                self.conversations.add(&FlowDelta { talk: self.told(&delta.talk), ..delta });
            }
            Event::Flow(delta) => self.conversations.add(&delta),
            Event::Hint(talk, kind, value) => {
                if !self.excluded().named_in(value) {
                    self.conversations.hint(&self.told(&talk), kind, value);
                }
            }
            Event::Resolved { network, client, server, name } => {
                let excluded = self.excluded();
                let hidden = excluded.ip(client) || excluded.ip(server) || excluded.named_in(name);
                if !hidden {
                    self.conversations.resolved(network, client, server, name);
                }
            }
            Event::Forwards { network, mac, time, frame } => {
                let sighting = Sighting { network, mac: Some(mac), ip: None };
                let (port, value, digest) = (None, "router", 0);
                self.observed(&Observed {
                    sighting,
                    field: &fields::FORWARDED,
                    port,
                    value,
                    time,
                    frame,
                    digest,
                });
            }
            Event::Boundary(time) => self.told_until = Some(time),
        }
    }

    fn approach(&self, sighting: &Sighting, link: &Link) -> u64 {
        self.facts.approach(sighting, link)
    }

    fn approach_row(&self, hash: u64) {
        self.facts.approach_row(hash);
    }

    fn approach_talk(&self, talk: &Talk) {
        self.conversations.approach(talk);
    }

    fn approach_talk_row(&self, talk: &Talk) {
        self.conversations.approach_row(talk);
    }

    fn approach_repeat(&self, digest: u64) {
        self.facts.approach_repeat(digest);
    }

    fn approach_repeated(&self, digest: u64) {
        self.facts.approach_repeated(digest);
    }

    #[inline]
    fn wants(&self, ip: &IpAddr, field: &Field) -> bool {
        match &self.neighbours {
            None => self.zones.may_be_asset(*ip),
            Some(neighbours) => self.keeps(*ip, neighbours) || local::proves(field.key),
        }
    }

    fn repeat(&mut self, digest: u64, time: Time) -> bool {
        self.facts.repeat(digest, time)
    }

    fn boundaries(&self, now: Time) -> [Time; 2] {
        match &self.conversations.clock {
            Some(clock) => [clock.floor(now, clock.new), clock.ceil(now, clock.new)],
            None => [Time(0), Time(u64::MAX)],
        }
    }
}

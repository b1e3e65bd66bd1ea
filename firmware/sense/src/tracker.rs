//! The tracker: the one place that knows every sighting. It drops what is
//! excluded, folds the rest, and reports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use model::{Conversation, Interval, Sighting, Time};
use zones::Zones;

use crate::conversations::{Conversations, Others};
use crate::event::{Event, Events, FlowDelta, Link, Observed, Talk};
use crate::excluded::Excluded;
use crate::facts::{Facts, fields};

/// How much a tracker remembers; memory is taken for all of it at the start.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Values heard (sighting, field, value).
    pub values: usize,
    /// Sightings, each way of being carried for itself.
    pub sightings: usize,
    /// Conversations.
    pub conversations: usize,
}

/// Everything heard so far.
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

/// The tracker.
pub struct Tracker<'z> {
    zones: &'z Zones,
    excluded: Excluded<'z>,
    facts: Facts,
    conversations: Conversations,
}

impl<'z> Tracker<'z> {
    /// A tracker for this address space.
    pub fn new(zones: &'z Zones, sizes: Sizes) -> Tracker<'z> {
        Tracker {
            zones,
            excluded: Excluded::new(zones),
            facts: Facts::new(sizes.values, sizes.sightings),
            conversations: Conversations::new(sizes.conversations),
        }
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

    /// The conversation as it may be told: an excluded end has no address.
    fn told(&self, talk: &Talk) -> Talk {
        let told = |ip: IpAddr| match ip {
            _ if !self.excluded.ip(ip) => ip,
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        Talk { client: told(talk.client), server: told(talk.server), ..*talk }
    }

    fn observed(&mut self, observed: &Observed<'_>) {
        if !self.excluded.sighting(&observed.sighting) && !self.excluded.named_in(observed.value) {
            self.facts.observed(observed);
        }
    }
}

impl Events for Tracker<'_> {
    // Where an event is made its kind is known: inlined, it is never put together.
    #[inline(always)]
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Seen { sighting, link, count, first, last, frame } => {
                if !self.excluded.sighting(&sighting) {
                    self.facts.seen(sighting, link, count, [first, last], frame);
                }
            }
            Event::Observed(observed) => self.observed(&observed),
            Event::Flow(delta) if self.excluded.any() => {
                self.conversations.add(&FlowDelta { talk: self.told(&delta.talk), ..delta });
            }
            Event::Flow(delta) => self.conversations.add(&delta),
            Event::Hint(talk, kind, value) => {
                if !self.excluded.named_in(value) {
                    self.conversations.hint(&self.told(&talk), kind, value);
                }
            }
            Event::Resolved { network, client, server, name } => {
                let hidden =
                    self.excluded.ip(client) || self.excluded.ip(server) || self.excluded.named_in(name);
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
    fn wants(&self, ip: &IpAddr) -> bool {
        self.zones.may_be_asset(*ip)
    }

    fn repeat(&mut self, digest: u64, time: Time) -> bool {
        self.facts.repeat(digest, time)
    }
}

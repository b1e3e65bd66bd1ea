//! The tracker: the one place that knows every sighting. It drops what is
//! excluded, folds the rest, and reports.

use std::net::IpAddr;
use std::ops::Range;

use model::{Conversation, Interval, Mac, Sighting, Time};
use zones::{Zone, Zones};

use crate::conversations::{Conversations, Others};
use crate::event::{Event, Events, Link, Observed};
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
    excluding: bool,
    facts: Facts,
    conversations: Conversations,
}

impl<'z> Tracker<'z> {
    /// A tracker for this address space.
    pub fn new(zones: &'z Zones, sizes: Sizes) -> Tracker<'z> {
        Tracker {
            zones,
            excluding: zones.excludes_any(),
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

    fn excluded_ip(&self, ip: IpAddr) -> bool {
        self.zones.place(ip).zone == Zone::Excluded
    }

    fn excluded(&self, sighting: &Sighting) -> bool {
        self.excluding
            && (sighting.mac.is_some_and(|mac| self.zones.excludes_mac(mac))
                || sighting.ip.is_some_and(|ip| self.excluded_ip(ip)))
    }

    /// An excluded address written out in a value: any run of characters that
    /// reads as an address, or as a MAC with or without separators.
    fn names_excluded(&self, value: &str) -> bool {
        if !self.excluding {
            return false;
        }
        let part_of_ip = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
        let part_of_mac = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '-');
        let ip = value.split(|c| !part_of_ip(c)).any(|run| {
            let bare = run.trim_matches(['.', ':']);
            let host = bare.split_once(':').map_or(bare, |(host, _)| host);
            [run, bare, host].iter().any(|text| text.parse().is_ok_and(|ip| self.excluded_ip(ip)))
        });
        let mac = value.split(|c| !part_of_mac(c)).any(|run| {
            let digits: String = run.chars().filter(char::is_ascii_hexdigit).collect();
            digits.as_bytes().windows(12).any(|digits| hex_mac(digits).is_some_and(|mac| self.zones.excludes_mac(mac)))
        });
        ip || mac
    }

    fn observed(&mut self, observed: &Observed<'_>) {
        if !self.excluded(&observed.sighting) && !self.names_excluded(observed.value) {
            self.facts.observed(observed);
        }
    }
}

fn hex_mac(digits: &[u8]) -> Option<Mac> {
    let number = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    let [_, _, bytes @ ..] = number.to_be_bytes();
    Some(Mac(bytes))
}

impl Events for Tracker<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Seen { sighting, link, count, first, last, frame } => {
                if !self.excluded(&sighting) {
                    self.facts.seen(sighting, link, count, [first, last], frame);
                }
            }
            Event::Observed(observed) => self.observed(&observed),
            Event::Flow(delta) => self.conversations.add(&delta),
            Event::Hint(talk, kind, value) => {
                if !self.names_excluded(value) {
                    self.conversations.hint(&talk, kind, value);
                }
            }
            Event::Resolved { network, client, server, name } => {
                self.conversations.resolved(network, client, server, name);
            }
            Event::Forwards { network, mac, time, frame } => {
                let sighting = Sighting { network, mac: Some(mac), ip: None };
                let (port, value, digest) = (None, "router", 0);
                self.observed(&Observed { sighting, field: &fields::FORWARDED, port, value, time, frame, digest });
            }
        }
    }

    fn approach(&self, sighting: &Sighting, link: &Link) -> u64 {
        self.facts.approach(sighting, link)
    }

    fn approach_row(&self, hash: u64) {
        self.facts.approach_row(hash);
    }

    fn wants(&self, sighting: &Sighting) -> bool {
        sighting.ip.is_none_or(|ip| self.zones.may_be_asset(ip))
    }

    fn repeat(&mut self, digest: u64, time: Time) -> bool {
        self.facts.repeat(digest, time)
    }
}

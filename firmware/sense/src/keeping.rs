//! What a sensor that runs on does with its facts: presences become facts, old
//! rows go, zones change. Each step is small; `rounds.rs` says when.

use model::Time;
use zones::{Zone, Zones};

use crate::event::Observed;
use crate::facts::{Fact, Facts, Presence, aspects, fact_hash, fields, seen_hash};
use crate::hosts::Host;
use crate::local;

/// A MAC of which no address is known yet is told of when it has been known for so
/// long: it may turn out to belong to a host that is not inventoried.
const SETTLE: u64 = 10 * Time::SECOND;

/// Whether a fact may be told of, as far as zones say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Told,
    /// It may not, unless the zones change.
    Kept,
    /// Not known yet.
    Unsettled,
}

impl Facts {
    /// What was counted of a presence since the last time becomes facts.
    pub fn flush(&mut self, place: usize) {
        let Presence { sighting, link, times, told } = self.seen[place];
        if times.count == told {
            return;
        }
        self.seen[place].told = times.count;
        let more = crate::facts::Times { count: times.count - told, ..times };
        for (field, value) in aspects(&link) {
            let (time, frame) = (times.first, times.frame);
            let value = value.as_str();
            let observed = Observed { sighting, field, port: None, value, time, frame, digest: 0 };
            let Some(at) = self.add(&observed, more) else { continue };
            let vlan = link.vlan.filter(|vlan| *vlan != 0);
            for host in self.facts[at].hosts {
                if let (Some(vlan), Some(host)) = (vlan, self.hosts.get_mut(host))
                    && !host.vlans.contains(&vlan)
                {
                    let _ = host.vlans.push(vlan);
                }
            }
        }
    }

    /// Takes a presence out; what it counted last is lost unless it was flushed.
    /// The last one takes its place.
    pub fn remove_seen(&mut self, place: usize) {
        let gone = self.seen.swap_remove(place);
        self.seen_by_hash.remove(seen_hash(&gone.sighting, &gone.link), place);
        if let Some(moved) = self.seen.get(place) {
            self.seen_by_hash.moved(seen_hash(&moved.sighting, &moved.link), self.seen.len(), place);
        }
    }

    fn hash_of(&self, fact: &Fact) -> u64 {
        fact_hash(&fact.sighting, fact.field, fact.port, self.text.get(fact.text))
    }

    /// Takes a fact out. The last one takes its place, so [`Facts::forget_repeats`]
    /// must follow before the next message.
    pub fn remove(&mut self, place: usize) {
        let gone = self.facts[place];
        self.by_hash.remove(self.hash_of(&gone), place);
        self.text.free(gone.text);
        self.hosts.forget(gone.hosts);
        self.facts.swap_remove(place);
        if let Some(moved) = self.facts.get(place) {
            self.by_hash.moved(self.hash_of(moved), self.facts.len(), place);
            self.text.own(moved.text, place as u32);
        }
    }

    /// Moves texts together where others went, a few at a time.
    pub fn compact(&mut self, blocks: usize) {
        let facts = &mut self.facts;
        self.text.step(blocks, |owner, at| {
            if let Some(fact) = facts.get_mut(owner as usize) {
                fact.text = at;
            }
        });
    }

    /// What a fact says of its hosts: when they were heard, in which zone they are,
    /// and which MAC has which address.
    pub fn introduce(&mut self, place: usize, zones: &Zones) {
        let Fact { field, hosts, times, .. } = self.facts[place];
        let proves = local::proves(field.key);
        for host in hosts {
            self.hosts.place(host, zones);
            if let Some(host) = self.hosts.get_mut(host) {
                host.last = host.last.max(times.last);
                host.heard |= proves || *field == fields::SOURCE;
            }
        }
        if proves {
            self.hosts.bind(hosts);
        }
    }

    /// All zones are looked up again, all at once: which MAC belongs where must be
    /// known before the first fact of it is told.
    pub fn rezone(&mut self, zones: &Zones) {
        self.hosts.forget_zones();
        for place in 0..self.facts.len() {
            if local::proves(self.facts[place].field.key) {
                self.introduce(place, zones);
            }
        }
    }

    /// The host a fact is about: its IP address, else its MAC.
    pub fn host_of(&self, fact: &Fact) -> Option<&Host> {
        let [mac, ip] = fact.hosts;
        self.hosts.get(ip).or_else(|| self.hosts.get(mac))
    }

    /// Whether a fact may be told of. Exclusion is looked at elsewhere, when it is.
    pub fn standing(&self, fact: &Fact, now: Time) -> Standing {
        match self.host_of(fact) {
            Some(host) if host.ip().is_none() && host.zone.is_none() => {
                if now.since(host.first) < SETTLE {
                    Standing::Unsettled
                } else {
                    Standing::Told
                }
            }
            Some(host) if host.is_inventoried() => Standing::Told,
            _ => Standing::Kept,
        }
    }

    /// True when an inventoried host with this address was heard first after `since`.
    pub fn is_new(&self, network: model::NetworkId, ip: std::net::IpAddr, since: Time) -> bool {
        self.hosts
            .find(network, ip)
            .is_some_and(|host| host.zone == Some(Zone::Inventoried) && host.first > since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Link;
    use model::{Interval, Mac, NetworkId, Sighting};

    const HOSTNAME: model::Field = model::Field::host("dhcp.hostname");

    fn sighting(host: u8) -> Sighting {
        Sighting {
            network: NetworkId(0),
            mac: Some(Mac([2, 0, 0, 0, 0, host])),
            ip: Some([10, 0, 0, host].into()),
        }
    }

    fn say(facts: &mut Facts, host: u8, value: &str, time: u64) {
        let (sighting, field) = (sighting(host), &HOSTNAME);
        let time = Time(time);
        facts.observed(&Observed { sighting, field, port: None, value, time, frame: time.0, digest: 0 });
    }

    fn all(facts: &Facts) -> Vec<Interval> {
        let mut all: Vec<Interval> = facts.facts.iter().map(|fact| facts.interval(fact)).collect();
        all.sort();
        all
    }

    #[test]
    fn presences_become_the_facts_a_whole_capture_would_give() {
        let (mut running, mut whole) = (Facts::running(64, 64), Facts::new(64, 64));
        for step in 0..40_u64 {
            let link = Link { vlan: Some(step as u16 % 3), ttl: 64 - step as u8 % 2, ..Link::default() };
            for facts in [&mut running, &mut whole] {
                facts.seen(sighting(step as u8 % 2), link, 3, [Time(step), Time(step + 5)], step + 1);
            }
            if step % 7 == 0 {
                (0..running.seen.len()).for_each(|place| running.flush(place));
            }
        }
        (0..running.seen.len()).for_each(|place| running.flush(place));
        let mut wanted: Vec<Interval> = whole.intervals().collect();
        wanted.sort();
        assert_eq!(all(&running), wanted);
    }

    #[test]
    fn facts_that_go_leave_the_others_as_they_were() {
        let mut facts = Facts::running(64, 64);
        for round in 0..200_u64 {
            for host in 0..20 {
                say(&mut facts, host, &format!("host-{host}-{}", round / 10), round + 1);
            }
            while facts.facts.len() > 25 {
                facts.remove(round as usize % facts.facts.len());
            }
            facts.compact(100);
            facts.forget_limits();
            let before = all(&facts);
            say(&mut facts, 200, "one more", 1_000_000);
            say(&mut facts, 200, "one more", 1_000_001);
            let added = facts.facts.len() - 1;
            assert_eq!(facts.facts[added].times.count, 2, "found again");
            facts.remove(added);
            assert_eq!(all(&facts), before);
        }
        assert_eq!(facts.dropped, 0);
        let named = facts.facts.iter().map(|fact| fact.sighting).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(facts.hosts.iter().count(), 2 * named.len(), "a MAC and an address each");
    }

    #[test]
    fn a_field_with_ever_new_values_is_limited() {
        let mut facts = Facts::running(1_024, 64);
        (0..500).for_each(|n| say(&mut facts, 1, &format!("value {n}"), n));
        assert_eq!((facts.facts.len(), facts.dropped), (64, 436));
        facts.forget_limits();
        say(&mut facts, 1, "value 499", 500);
        assert_eq!(facts.facts.len(), 65);
    }
}

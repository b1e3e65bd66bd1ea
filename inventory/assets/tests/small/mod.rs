//! A platform in small: rows in memory, made component by component.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use assets::{
    Assignment, Component, Config, Hold, Holders, Input, Made, Shared, build, canonical_json, component,
};
use identity::{Assertion, ComponentId, Live, Member};
use model::{Conversation, Interval, NetworkId, Sighting};

/// A platform in small.
pub struct Small<'a> {
    config: &'a Config<'a>,
    /// The index.
    pub live: Live,
    assignment: Assignment,
    numbers: BTreeMap<Sighting, Member>,
    rows: BTreeMap<Member, Vec<Interval>>,
    talks: Vec<Conversation>,
    made: BTreeMap<ComponentId, Made>,
}

impl<'a> Small<'a> {
    /// An empty one.
    pub fn new(config: &'a Config<'a>) -> Small<'a> {
        Small {
            config,
            live: Live::new(config.identity.clone()),
            assignment: Assignment::default(),
            numbers: BTreeMap::new(),
            rows: BTreeMap::new(),
            talks: Vec::new(),
            made: BTreeMap::new(),
        }
    }

    /// Intervals come in.
    pub fn hear(&mut self, intervals: &[Interval]) {
        let internal = self.config.internal();
        for interval in intervals {
            let next = Member(self.numbers.len() as u64 + 1);
            let member = *self.numbers.entry(interval.sighting).or_insert(next);
            self.rows.entry(member).or_default().push(interval.clone());
            let one = std::slice::from_ref(interval);
            self.live.note(member, one, &self.config.knowledge(&internal));
            for network in self.assignment.note(member, one) {
                self.live.touch_network(network);
            }
        }
    }

    /// A conversation touches the components of both ends; what it says of the
    /// server makes that a member, should nothing else have been heard of it.
    pub fn talk(&mut self, talk: &Conversation) {
        self.talks.push(talk.clone());
        let internal = self.config.internal();
        for derived in assets::derived::service_ports(std::slice::from_ref(talk)) {
            let next = Member(self.numbers.len() as u64 + 1);
            let member = *self.numbers.entry(derived.sighting).or_insert(next);
            self.rows.entry(member).or_default();
            self.live.note(member, &[derived], &self.config.knowledge(&internal));
        }
        for ip in [talk.client, talk.server] {
            if let Some(id) = self.live.component_at(talk.network, ip) {
                self.live.touch_component(id);
            }
        }
    }

    /// Makes what was touched, and nothing else.
    pub fn make(&mut self) {
        let touched = self.live.touched();
        for id in touched {
            self.made.remove(&id);
            let members = self.live.members(id);
            let intervals: Vec<&Interval> = members.iter().flat_map(|member| &self.rows[member]).collect();
            let addresses = self.live.addresses(id);
            let here: BTreeSet<&(NetworkId, IpAddr)> = addresses.iter().collect();
            let with =
                |c: &&Conversation| [c.client, c.server].iter().any(|ip| here.contains(&(c.network, *ip)));
            let conversations: Vec<&Conversation> = self.talks.iter().filter(with).collect();
            let made = component(
                &Component {
                    intervals: &intervals,
                    addresses: &addresses,
                    routers: &self.live.routers_of(id),
                    in_force: &self.live.in_force(id),
                    conversations: &conversations,
                },
                &Shared { routers: self.live.routers(), assignment: &self.assignment, config: self.config },
            );
            if made != Made::default() {
                self.made.insert(id, made);
            }
        }
    }

    /// Assets and conversations, each as one line.
    pub fn lines(&self) -> (Vec<String>, Vec<String>) {
        let mut assets: Vec<_> = self.made.values().flat_map(|made| &made.assets).collect();
        assets.sort_by(|a, b| a.asset_id.cmp(&b.asset_id));
        let holds: Vec<Hold> = self.made.values().flat_map(|made| &made.holds).cloned().collect();
        let holders = Holders::of(&holds);
        let talks = assets::fold::conversations(&self.talks).into_iter().map(|conversation| {
            assets::talk(conversation, |network, ip, time| holders.at(network, ip, time), self.config)
        });
        let line = |asset: &assets::Asset| canonical_json(asset).unwrap();
        (assets.into_iter().map(line).collect(), talks.map(|talk| canonical_json(&talk).unwrap()).collect())
    }
}

/// The same of everything at once.
pub fn at_once(
    heard: &[Interval],
    talks: &[Conversation],
    said: &[Assertion],
    config: &Config<'_>,
) -> (Vec<String>, Vec<String>) {
    let input = Input { intervals: heard, conversations: talks, assertions: said };
    let inventory = build(&input, config);
    (
        inventory.assets.iter().map(|asset| canonical_json(asset).unwrap()).collect(),
        inventory.conversations.iter().map(|talk| canonical_json(talk).unwrap()).collect(),
    )
}

//! Identity in memory: which sightings there are, and which hang together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use assets::{Assignment, Component, Made, Shared, component};
use identity::{ComponentId, Key, Live, Member};
use model::{Conversation, Interval, NetworkId};
use store::{SensorNumber, SightingKey, SightingRow, Store, Tally};

use super::context::Context;
use super::fold::is_heard;
use super::ingest::rows_of;
use crate::error::Result;

/// Sums of conversations of one address, side and port that go into a document.
const PER_PORT: usize = 500;
/// Sums of conversations that go into the documents of one component.
const MOST_TALLIES: usize = 2_000;
/// Addresses of one component whose conversations are looked at.
const MOST_ADDRESSES: usize = 1_000;

/// The index.
#[derive(Default)]
pub struct Index {
    /// Keys and components.
    pub live: Live,
    /// How addresses are given in the networks.
    pub assignment: Assignment,
    numbers: HashMap<SightingKey, Member>,
    keys: Vec<SightingKey>,
}

/// What a component is made of, as it is read from the store.
pub struct Material {
    /// Rows of its members.
    pub rows: Vec<SightingRow>,
    /// Its conversations, heard by several sensors once.
    talks: Vec<Conversation>,
}

/// What became of a component: documents, and which sensors heard it.
pub struct Built {
    /// As the inventory makes it.
    pub made: Made,
    /// Members it was made of.
    pub members: Vec<SightingKey>,
    /// Sensors that heard any of it.
    pub sensors: BTreeSet<SensorNumber>,
}

impl Index {
    /// The number of a sighting, when it is known.
    pub fn number(&self, key: &SightingKey) -> Option<Member> {
        self.numbers.get(key).copied()
    }

    /// Notes what is new or has grown of a sighting.
    pub fn note(&mut self, key: SightingKey, intervals: &[Interval], config: &assets::Config<'_>) {
        let member = *self.numbers.entry(key).or_insert_with(|| {
            self.keys.push(key);
            Member(self.keys.len() as u64 - 1)
        });
        let internal = config.internal();
        self.live.note(member, intervals, &config.knowledge(&internal));
        for network in self.assignment.note(member, intervals) {
            self.live.touch_network(network);
        }
    }

    /// The sighting of a number.
    fn key(&self, member: Member) -> Option<SightingKey> {
        self.keys.get(usize::try_from(member.0).ok()?).copied()
    }

    /// Sightings of a component.
    pub fn members(&self, id: ComponentId) -> Vec<SightingKey> {
        self.live.members(id).into_iter().filter_map(|member| self.key(member)).collect()
    }

    /// The component that has any of these keys.
    pub fn component_of(&self, keys: impl IntoIterator<Item = Key>) -> Option<ComponentId> {
        keys.into_iter().find_map(|key| self.live.component_of_key(&key))
    }

    /// Reads what a component is made of.
    pub fn material(&self, id: ComponentId, store: &dyn Store) -> Result<Material> {
        // A damaged row was told of when the platform started.
        let rows = rows_of(store, &self.members(id))?.into_iter().filter_map(|row| row.ok()?).collect();
        let mut ends: Vec<(NetworkId, IpAddr)> = self.live.addresses(id);
        ends.truncate(MOST_ADDRESSES);
        let (tallies, _) = store.tallies(&ends, PER_PORT, MOST_TALLIES)?;
        Ok(Material { rows, talks: once(tallies) })
    }

    /// Makes a component's documents.
    pub fn build(&self, id: ComponentId, material: &Material, context: &Context) -> Built {
        let config = context.config();
        let rows = &material.rows;
        let intervals: Vec<&Interval> =
            rows.iter().flat_map(|row| &row.intervals).filter(|interval| is_heard(interval)).collect();
        let conversations: Vec<&Conversation> = material.talks.iter().collect();
        let component_of = Component {
            intervals: &intervals,
            addresses: &self.live.addresses(id),
            routers: &self.live.routers_of(id),
            in_force: &self.live.in_force(id),
            conversations: &conversations,
        };
        let shared = Shared { routers: self.live.routers(), assignment: &self.assignment, config: &config };
        Built {
            made: component(&component_of, &shared),
            members: rows.iter().map(|row| row.key).collect(),
            sensors: rows.iter().map(|row| row.key.sensor).collect(),
        }
    }
}

/// A conversation that several sensors heard counts once: as told by the one
/// that heard most of it.
fn once(mut tallies: Vec<Tally>) -> Vec<Conversation> {
    let mut best: BTreeMap<(NetworkId, IpAddr, IpAddr, u16, u8), Conversation> = BTreeMap::new();
    tallies.sort();
    for Tally { conversation: c, .. } in tallies {
        let heard = |c: &Conversation| (c.packets[0].saturating_add(c.packets[1]), c.last);
        let key = (c.network, c.client, c.server, c.port, c.transport);
        match best.get(&key) {
            Some(kept) if heard(kept) >= heard(&c) => {}
            _ => {
                best.insert(key, c);
            }
        }
    }
    best.into_values().collect()
}

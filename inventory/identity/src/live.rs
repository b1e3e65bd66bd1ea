//! Components and routers kept up to date while more is heard.
//!
//! [`Live`] holds in memory what bears on identity – keys, who sends for which
//! address, when – and never an interval, so that new intervals cost a few
//! look-ups and only the components they touch are [`crate::resolve`]d again.
//! What it answers is a function of the *set* of what was noted: order, batching
//! and repeats change nothing, and it is the same as from scratch ([`crate::resolve::parts`]).
//!
//! The caller gives every sighting of every sensor a number ([`Member`]) and
//! keeps the intervals. A round is: [`Live::note`] what changed, [`Live::touched`],
//! and for each component [`Live::members`], [`Live::routers_of`],
//! [`Live::in_force`], [`crate::resolve()`].

mod graph;
mod heard;
mod senders;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
// Asked by key alone, never walked, so its order reaches nothing. tidy: allow(pure) because of that
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use model::{Interval, Mac, NetworkId, Sighting};

use crate::assertion::{self, Assertion};
use crate::index::{address_keys, of_all_time};
use crate::place::Presence;
use crate::{Config, Key, Knowledge, Routers};
use graph::{Graph, Node};
use heard::{Fact, Note, mark};
use senders::{Change, Senders};

/// A caller's number for one sighting as one sensor heard it: all its intervals
/// are of one [`Sighting`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member(pub u64);

/// A component. Numbers are given once in the life of a [`Live`]: one that is no
/// more never comes again, and has no members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId(pub u64);

/// The index. See the module.
#[derive(Debug, Default)]
pub struct Live {
    config: Config,
    graph: Graph,
    /// What each node is.
    nodes: Vec<What>,
    members: HashMap<Member, Node>,
    keys: HashMap<Arc<Key>, Node>,
    routers: BTreeMap<(NetworkId, Mac), Node>,
    senders: Senders,
    said: BTreeMap<String, Assertion>,
    /// Nodes of the assertions in force, by id.
    force: BTreeMap<String, Node>,
}

/// What a node of the graph is.
#[derive(Debug, Default)]
enum What {
    #[default]
    Nothing,
    Member(Box<Kept>),
    Key(Arc<Key>),
    /// A MAC that relays: it is of its key's component, whoever else is.
    Router(NetworkId, Mac),
    /// An assertion in force.
    Said(Box<Assertion>),
}

/// What is kept of a member.
#[derive(Debug)]
struct Kept {
    member: Member,
    sighting: Sighting,
    note: Note,
    facts: Vec<Fact>,
}

impl Live {
    /// An empty index.
    pub fn new(config: Config) -> Live {
        Live { config, ..Live::default() }
    }

    /// These intervals of a member's sighting are new or have grown. Intervals of
    /// another sighting than its first one are left out. `knowledge` must answer
    /// as it did before ([`Live::relearn`] when it no longer does).
    pub fn note(&mut self, member: Member, intervals: &[Interval], knowledge: &Knowledge<'_>) {
        let Some(first) = intervals.first() else {
            return;
        };
        let node = match self.members.get(&member) {
            Some(node) => *node,
            None => self.new_member(member, first.sighting),
        };
        let Some(What::Member(kept)) = self.nodes.get_mut(node as usize) else {
            return;
        };
        let before = kept.note;
        let facts = kept.facts.len();
        for interval in intervals.iter().filter(|interval| interval.sighting == kept.sighting) {
            kept.note.take(Note::of(interval));
            if let Some(fact) = Fact::new_in(interval, &kept.facts) {
                kept.facts.reserve_exact(1);
                kept.facts.push(fact);
            }
        }
        let (note, sighting) = (kept.note, kept.sighting);
        let gateways = gateways_of(kept.facts.get(facts..).unwrap_or_default());
        let new_facts = kept.facts.len() > facts;
        if note != before {
            self.senders.grow(sighting, node, note, knowledge);
        }
        for gateway in gateways {
            self.senders.name_gateway(sighting.network, gateway, true);
        }
        if new_facts || (note.marks ^ before.marks) & mark::OWN != 0 || before == Note::EMPTY {
            self.link_keys(node);
        }
        self.graph.touch(node);
        self.follow();
    }

    /// A member is gone, with all its intervals.
    pub fn forget(&mut self, member: Member) {
        let Some(node) = self.members.remove(&member) else {
            return;
        };
        self.graph.touch(node);
        let keys = self.graph.linked(node);
        self.graph.remove(node);
        keys.into_iter().for_each(|key| self.drop_bare(key));
        let What::Member(kept) = self.take(node) else {
            return;
        };
        for gateway in gateways_of(&kept.facts) {
            self.senders.name_gateway(kept.sighting.network, gateway, false);
        }
        let rest = self.rest_of(kept.sighting, node);
        self.senders.shrink(kept.sighting, node, rest);
        self.follow();
    }

    /// A user said something; repeats change nothing.
    pub fn assert(&mut self, assertion: &Assertion) {
        self.assert_all(std::slice::from_ref(assertion));
    }

    /// The same for many at once, which is cheaper than one by one.
    pub fn assert_all(&mut self, assertions: &[Assertion]) {
        for assertion in assertions {
            let kept = self.said.entry(assertion.id.clone()).or_insert_with(|| assertion.clone());
            if *kept < *assertion {
                *kept = assertion.clone();
            }
        }
        self.enforce();
    }

    /// Takes an assertion back altogether, as if it had never been said. (An undo
    /// that users say is an assertion like any other.)
    pub fn unsay(&mut self, id: &str) {
        self.said.remove(id);
        self.enforce();
    }

    /// Other settings. Only components of which a name matches otherwise are
    /// touched when nothing but lists of names and domains has changed.
    pub fn set_config(&mut self, config: Config) {
        let lists = Config {
            domains: config.domains.clone(),
            excluded_hostnames: config.excluded_hostnames.clone(),
            factory_hostnames: config.factory_hostnames.clone(),
            ..self.config.clone()
        };
        let before = std::mem::replace(&mut self.config, config);
        if lists != self.config {
            self.graph.touch_all();
        }
        for node in 0..self.nodes.len() as Node {
            let Some(What::Member(kept)) = self.nodes.get(node as usize) else {
                continue;
            };
            if kept.facts.iter().any(|fact| fact.key(&before) != fact.key(&self.config)) {
                self.link_keys(node);
                self.graph.touch(node);
            }
        }
        self.follow();
    }

    /// `knowledge` answers otherwise than before: judges every MAC anew and
    /// touches every component.
    pub fn relearn(&mut self, knowledge: &Knowledge<'_>) {
        self.senders.relearn(knowledge);
        self.follow();
        self.graph.touch_all();
    }

    /// Touches the component of a member, for a reason of the caller's.
    pub fn touch(&mut self, member: Member) {
        if let Some(node) = self.members.get(&member) {
            self.graph.touch(*node);
        }
    }

    /// Touches a component, for a reason of the caller's.
    pub fn touch_component(&mut self, component: ComponentId) {
        self.graph.touch_part(component.0);
    }

    /// Touches every component with a sighting of this network.
    pub fn touch_network(&mut self, network: NetworkId) {
        for (node, what) in self.nodes.iter().enumerate() {
            let touched = match what {
                What::Member(kept) => kept.sighting.network == network,
                What::Router(of, _) => *of == network,
                What::Nothing | What::Key(_) | What::Said(_) => false,
            };
            if touched {
                self.graph.touch(node as Node);
            }
        }
    }

    /// Components whose result may be another than when this was asked last, in
    /// order of number. One that is no more (merged into another, or empty) comes
    /// too, without members: whatever was made of it goes. Take away what was made
    /// of all of them before putting in what is made of any.
    pub fn touched(&mut self) -> Vec<ComponentId> {
        self.graph.drain().into_iter().map(ComponentId).collect()
    }

    /// Every component, in order of number.
    pub fn components(&self) -> impl Iterator<Item = ComponentId> {
        self.graph.parts().map(ComponentId)
    }

    /// Members of a component, in order of number.
    pub fn members(&self, component: ComponentId) -> Vec<Member> {
        let mut members: Vec<Member> =
            self.parts(component).filter_map(|what| Some(what.member()?.member)).collect();
        members.sort_unstable();
        members
    }

    /// Addresses of a component's members, in order: conversations with one of
    /// them as an end bear on it.
    pub fn addresses(&self, component: ComponentId) -> Vec<(NetworkId, IpAddr)> {
        let address = |what: &What| {
            let Sighting { network, ip, .. } = what.member()?.sighting;
            Some((network, ip?))
        };
        let mut addresses: Vec<(NetworkId, IpAddr)> = self.parts(component).filter_map(address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// The component's routers and when they were heard: what they relayed is of
    /// other components and need not be read again.
    pub fn routers_of(&self, component: ComponentId) -> Vec<Presence> {
        let router = |what: &What| match what {
            What::Router(network, mac) => {
                Some(Presence { network: *network, mac: *mac, span: self.senders.span(*network, *mac)? })
            }
            _ => None,
        };
        let mut routers: Vec<Presence> = self.parts(component).filter_map(router).collect();
        routers.sort_by_key(|router| (router.network, router.mac));
        routers
    }

    /// What users say of a component's keys, latest first: what [`crate::resolve()`] wants.
    pub fn in_force(&self, component: ComponentId) -> Vec<&Assertion> {
        let mut said: Vec<&Assertion> = self.parts(component).filter_map(What::said).collect();
        said.sort_by_key(|assertion| std::cmp::Reverse((assertion.time, &assertion.id)));
        said
    }

    /// The component of a member; `None`: not noted, or nothing of it is a key.
    pub fn component_of(&self, member: Member) -> Option<ComponentId> {
        self.graph.part(*self.members.get(&member)?).map(ComponentId)
    }

    /// The component of a key.
    pub fn component_of_key(&self, key: &Key) -> Option<ComponentId> {
        self.graph.part(*self.keys.get(&of_all_time(key))?).map(ComponentId)
    }

    /// The component of an address.
    pub fn component_at(&self, network: NetworkId, ip: IpAddr) -> Option<ComponentId> {
        self.component_of_key(&Key::of_ip(network, ip))
    }

    /// What is known of MACs: verdicts, and which were heard.
    pub fn routers(&self) -> &Routers {
        self.senders.routers()
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How many members are noted.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True when none is.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn parts(&self, component: ComponentId) -> impl Iterator<Item = &What> {
        self.graph.nodes(component.0).iter().filter_map(|node| self.nodes.get(*node as usize))
    }

    fn add(&mut self, what: What) -> Node {
        let node = self.graph.add();
        if self.nodes.len() <= node as usize {
            self.nodes.resize_with(node as usize + 1, What::default);
        }
        if let Some(slot) = self.nodes.get_mut(node as usize) {
            *slot = what;
        }
        node
    }

    fn take(&mut self, node: Node) -> What {
        self.nodes.get_mut(node as usize).map(std::mem::take).unwrap_or_default()
    }

    fn new_member(&mut self, member: Member, sighting: Sighting) -> Node {
        let kept = Kept { member, sighting, note: Note::EMPTY, facts: Vec::new() };
        let node = self.add(What::Member(Box::new(kept)));
        self.members.insert(member, node);
        node
    }

    /// What the other members of a sighting say; `None`: there are none.
    fn rest_of(&self, sighting: Sighting, without: Node) -> Option<Note> {
        let mut rest = None;
        for node in self.senders.members(sighting).filter(|node| *node != without) {
            if let Some(kept) = self.nodes.get(node as usize).and_then(What::member) {
                rest.get_or_insert(Note::EMPTY).take(kept.note);
            }
        }
        rest
    }

    /// Links a member to its keys as they are now, and to no others.
    fn link_keys(&mut self, node: Node) {
        let Some(kept) = self.nodes.get(node as usize).and_then(What::member) else {
            return;
        };
        let Sighting { network, mac, .. } = kept.sighting;
        let relays = mac.is_some_and(|mac| self.routers().get(network, mac).is_some());
        let own = !relays || kept.note.marks & mark::OWN != 0;
        let mut keys: Vec<Key> = address_keys(kept.sighting, own).collect();
        keys.extend(kept.facts.iter().filter_map(|fact| fact.key(&self.config)));
        self.link(node, keys);
    }

    /// Links a node to these keys and to no others.
    fn link(&mut self, node: Node, keys: Vec<Key>) {
        let mut wanted: Vec<Node> = keys.into_iter().map(|key| self.key(key)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let had = self.graph.linked(node);
        for key in had.iter().filter(|key| wanted.binary_search(key).is_err()) {
            self.graph.unlink(node, *key);
        }
        wanted.iter().for_each(|key| self.graph.link(node, *key));
        had.into_iter().for_each(|key| self.drop_bare(key));
    }

    fn key(&mut self, key: Key) -> Node {
        if let Some(node) = self.keys.get(&key) {
            return *node;
        }
        let key = Arc::new(key);
        let node = self.add(What::Key(key.clone()));
        self.keys.insert(key, node);
        node
    }

    /// Forgets a key that nothing is linked to.
    fn drop_bare(&mut self, node: Node) {
        if self.graph.has_links(node) {
            return;
        }
        if let What::Key(key) = self.take(node) {
            self.keys.remove(&key);
            self.graph.remove(node);
        }
    }

    /// Follows what changed of MACs, and settles the components.
    fn follow(&mut self) {
        for change in self.senders.judge() {
            match change {
                Change::Verdict(network, mac) => self.verdict_changed(network, mac),
                Change::Presence(network, mac) => self.touch_mac(network, mac),
            }
        }
        self.graph.settle();
    }

    /// Links what a MAC sends for anew when it turns out to relay, or not to.
    fn verdict_changed(&mut self, network: NetworkId, mac: Mac) {
        let relays = self.routers().get(network, mac).is_some();
        let known = self.routers.get(&(network, mac)).copied();
        if relays != known.is_some() {
            for node in self.senders.members_with(network, mac) {
                self.link_keys(node);
            }
            if let Some(node) = known {
                self.routers.remove(&(network, mac));
                self.remove(node);
            } else {
                let node = self.add(What::Router(network, mac));
                self.routers.insert((network, mac), node);
                self.link(node, Key::of_mac(network, mac).into_iter().collect());
            }
        }
        self.touch_mac(network, mac);
    }

    fn touch_mac(&mut self, network: NetworkId, mac: Mac) {
        let key = Key::of_mac(network, mac);
        if let Some(node) = key.and_then(|key| self.keys.get(&key)) {
            self.graph.touch(*node);
        }
    }

    fn remove(&mut self, node: Node) {
        let keys = self.graph.linked(node);
        self.take(node);
        self.graph.remove(node);
        keys.into_iter().for_each(|key| self.drop_bare(key));
    }

    /// Links the keys of the assertions in force, and no others.
    fn enforce(&mut self) {
        let all: Vec<Assertion> = self.said.values().cloned().collect();
        let force: BTreeMap<&str, &Assertion> =
            assertion::in_force(&all).into_iter().map(|one| (one.id.as_str(), one)).collect();
        let gone: Vec<String> =
            self.force.keys().filter(|id| !force.contains_key(id.as_str())).cloned().collect();
        for id in gone {
            if let Some(node) = self.force.remove(&id) {
                self.graph.touch(node);
                self.remove(node);
            }
        }
        for (id, assertion) in force {
            let known = self.force.get(id).copied();
            let node = known.unwrap_or_else(|| self.add(What::Nothing));
            if self.nodes.get(node as usize).and_then(What::said) == Some(assertion) {
                continue;
            }
            if let Some(what) = self.nodes.get_mut(node as usize) {
                *what = What::Said(Box::new(assertion.clone()));
            }
            self.force.insert(id.to_owned(), node);
            let keys: BTreeSet<Key> = assertion.act.keys().into_iter().map(of_all_time).collect();
            self.link(node, keys.into_iter().collect());
            self.graph.touch(node);
        }
        self.follow();
    }
}

impl What {
    fn member(&self) -> Option<&Kept> {
        match self {
            What::Member(kept) => Some(kept),
            _ => None,
        }
    }

    fn said(&self) -> Option<&Assertion> {
        match self {
            What::Said(assertion) => Some(assertion),
            _ => None,
        }
    }
}

/// Gateways that DHCP servers named, each once for every time.
fn gateways_of(facts: &[Fact]) -> Vec<IpAddr> {
    facts.iter().flat_map(Fact::gateways).collect()
}
